//! Whatever arrives: no panic, no hang, bounded memory (I8); and the same facts however it is cut (I9).

use proptest::prelude::*;

use super::*;
use crate::imap::UidSet;
use crate::model::Secret;

const NOW: Moment = Moment(0);

/// What one session has on its way is limited, so there are several.
#[derive(Clone, Copy, Debug)]
enum Work {
    /// Flags, headers, bodies, a move, LIST, SEARCH.
    Plain,
    /// What only some servers know: changes, pieces, structures, all UIDs, all mailboxes, prefixes, NOTIFY.
    Extended,
    /// A SELECT that tells what changed.
    Resync,
}

fn work() -> impl Strategy<Value = Work> {
    prop::sample::select(&[Work::Plain, Work::Extended, Work::Resync][..])
}

/// A session at work: signed in, a mailbox selected, ops on their way behind that (tags from A4 on).
fn at(work: Work) -> Session {
    let credentials = Credentials::password("u", Secret::new("p"));
    let mut session = Session::new(credentials, SessionOptions::default(), NOW);
    session.feed(
        b"* OK [CAPABILITY IMAP4rev1] hi\r\nA1 OK [CAPABILITY MOVE IDLE QRESYNC ESEARCH LIST-STATUS NAMESPACE NOTIFY \
          OBJECTID X-GM-EXT-1] in\r\n* ENABLED CONDSTORE QRESYNC\r\nA2 OK\r\n",
        NOW,
    );
    session.submit(Op::Select { mailbox: "INBOX".into() }, NOW);
    session.feed(b"* OK [HIGHESTMODSEQ 5]\r\nA3 OK\r\n", NOW);
    let uids = UidSet::range(1, 9);
    let part = Op::FetchPart { uid: 7, part: "2".into(), offset: 0, length: 9 };
    let ops = match work {
        Work::Plain => vec![
            Op::FetchFlags { uids: uids.clone() },
            Op::FetchHeaders { uids: uids.clone() },
            Op::FetchBodies { uids: uids.clone() },
            Op::Move { uids, to: "Old".into() },
            Op::List,
            Op::FindDeleted,
            Op::Idle,
        ],
        Work::Extended => vec![
            Op::FetchChanged { uids: uids.clone(), since: 3, vanished: true },
            part,
            Op::FetchStructure { uids: uids.clone() },
            Op::FindAll,
            Op::ListStatus,
            Op::Namespace,
            Op::Notify,
        ],
        Work::Resync => vec![Op::Resync { mailbox: "x".into(), uid_validity: 9, modseq: 3, known: None }],
    };
    for op in ops {
        session.submit(op, NOW);
    }
    session.take_output();
    session
}

/// A session in the middle of a sign-in by proof, with ops waiting for its end.
fn proving() -> Session {
    let options = SessionOptions { client_nonce: Some("abc".into()), ..SessionOptions::default() };
    let mut session = Session::new(Credentials::password("u", Secret::new("p")), options, NOW);
    session.submit(Op::List, NOW);
    session.feed(b"* OK [CAPABILITY IMAP4rev1 AUTH=SCRAM-SHA-256 AUTH=PLAIN SASL-IR] hi\r\n", NOW);
    session.take_output();
    session
}

/// What the session told: chunks of bodies joined, and news said once in a row, as those depend on the cuts.
fn told(mut session: Session, pieces: &[&[u8]]) -> Vec<Fact> {
    let mut facts: Vec<Fact> = Vec::new();
    for piece in pieces {
        session.feed(piece, NOW);
        session.take_output();
        while let Some(fact) = session.next_fact() {
            match (facts.last_mut(), fact) {
                (Some(Fact::BodyChunk { bytes, .. }), Fact::BodyChunk { bytes: more, .. }) => {
                    bytes.extend(more)
                }
                (Some(Fact::MailboxChanged), Fact::MailboxChanged)
                | (Some(Fact::MailboxesChanged), Fact::MailboxesChanged) => {}
                (_, fact) => facts.push(fact),
            }
        }
    }
    session.end_of_stream(None, NOW);
    facts.extend(std::iter::from_fn(|| session.next_fact()));
    facts
}

/// Pieces of the protocol in no good order.
fn soup() -> impl Strategy<Value = Vec<u8>> {
    const TOKENS: &[&str] = &[
        "* ",
        "1 ",
        "0 ",
        "4294967295 ",
        "FETCH (",
        "EXISTS",
        "EXPUNGE",
        "VANISHED 1:4294967295",
        "VANISHED (EARLIER) 3,1:4294967295",
        "* VANISHED (EARLIER) 4:5\r\n",
        "* VANISHED (EARLIER) x\r\n",
        "SEARCH 3 4",
        "ESEARCH UID ALL 1:9",
        "LIST () \"/\" ",
        "STATUS x (MESSAGES 1)",
        "UID 7",
        "UID 3 ",
        "FLAGS (\\Seen a]b)",
        "FLAGS ()",
        "BODY[] ",
        "BODY[HEADER.FIELDS (DATE)] ",
        "RFC822.SIZE 12",
        "INTERNALDATE \"x\"",
        "{3}\r\nabc",
        "{12}\r\nA3 OK\r\n* BYE",
        "{0}\r\n",
        "{5}",
        "\"q\"",
        "\"",
        "\\",
        "(",
        ")",
        " ",
        "\r\n",
        "\n",
        "\r",
        "NIL",
        "A3 OK",
        "A4 NO [X] y",
        "A5 BAD",
        "A6 OK [COPYUID 1 1:2 3:4]",
        "A7 OK",
        "A8 OK",
        "A9 OK",
        "A10 OK",
        "* OK [ALERT] hey",
        "* BYE",
        "+ ",
        "OK",
        "[",
        "]",
        "\0",
        "\u{fc}",
        "MODSEQ (7)",
        "EMAILID (M1) THREADID (",
        "X-GM-LABELS (\\Sent \"a\" ",
        "BODYSTRUCTURE ((\"text\" \"plain\" NIL",
        "NAMESPACE ((\"\" \"/\"",
        "BODY[2]<0> ",
        "BINARY[2]<0> ~",
        "* OK [CLOSED] c\r\n",
        "* OK [UIDVALIDITY 9] v\r\n",
        "* OK [HIGHESTMODSEQ 12] m\r\n",
        "* STATUS x (MESSAGES 1 HIGHESTMODSEQ 4 MAILBOXID (F1))\r\n",
        "* LIST () \"/\" x\r\n",
        "* ESEARCH (TAG \"A6\") UID ALL 4,1:4294967295\r\n",
        "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n",
        "* 2 FETCH (UID 7 BODY[2]<0> {4}\r\npart)\r\n",
        "* 2 FETCH (UID 7 BODYSTRUCTURE (\"text\" \"plain\" NIL NIL NIL \"7bit\" 5 1))\r\n",
        "* 2 FETCH (UID 5 FLAGS (\\Seen) MODSEQ (8))\r\n",
        "* 2 FETCH (UID 5 BODY[] {4}\r\nbody FLAGS (\\Seen))\r\n",
        "* 3 FETCH (FLAGS (\\Seen) UID 6)\r\n",
        "* OK [COPYUID 1 1 2] m\r\n",
    ];
    prop::collection::vec(prop::sample::select(TOKENS), 0..60).prop_map(|tokens| tokens.concat().into_bytes())
}

/// Pieces of a sign-in by proof, none of which proves anything.
fn sign_in_soup() -> impl Strategy<Value = Vec<u8>> {
    const LINES: &[&str] = &[
        "+\r\n",
        "+ what?\r\n",
        // r=abcdef,s=c2FsdA==,i=1
        "+ cj1hYmNkZWYscz1jMkZzZEE9PSxpPTE=\r\n",
        // v=AAAA and e=other-error
        "+ dj1BQUFB\r\n",
        "+ ZT1vdGhlci1lcnJvcg==\r\n",
        "A1 OK [CAPABILITY IMAP4rev1] in\r\n",
        "A1 OK in\r\n",
        "* CAPABILITY IMAP4rev1\r\n",
        "* OK hm\r\n",
        "A1 NO [AUTHENTICATIONFAILED] no\r\n",
        "* BYE\r\n",
        "* ENABLED QRESYNC\r\n",
    ];
    prop::collection::vec(prop::sample::select(LINES), 0..10).prop_map(|lines| lines.concat().into_bytes())
}

fn cut<'b>(bytes: &'b [u8], cuts: &[prop::sample::Index]) -> Vec<&'b [u8]> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    places.extend([0, bytes.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn the_cuts_dont_matter(work in work(), bytes in soup(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12)) {
        let whole = told(at(work), &[&bytes]);
        prop_assert_eq!(&whole, &told(at(work), &cut(&bytes, &cuts)));
        let octets: Vec<&[u8]> = bytes.chunks(1).collect();
        prop_assert_eq!(&whole, &told(at(work), &octets));
    }

    #[test]
    fn any_octets_do_no_harm(work in work(), bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        told(at(work), &[&bytes]);
        let credentials = Credentials::password("u", Secret::new("p"));
        told(Session::new(credentials, SessionOptions::default(), NOW), &[&bytes]);
        told(proving(), &[&bytes]);
    }

    #[test]
    fn nothing_a_server_says_in_a_sign_in_by_proof_signs_in(bytes in sign_in_soup(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6)) {
        let whole = told(proving(), &[&bytes]);
        prop_assert_eq!(&whole, &told(proving(), &cut(&bytes, &cuts)));
        prop_assert!(!whole.contains(&Fact::SignedIn));
        prop_assert!(matches!(whole.last(), Some(Fact::Closed(_))));
    }

    #[test]
    fn everything_ends_well_formed(work in work(), bytes in soup()) {
        let facts = told(at(work), &[&bytes]);
        // One has been answered before.
        let answered = facts.iter().filter(|fact| matches!(fact, Fact::Answered { .. })).count();
        prop_assert_eq!(answered, if matches!(work, Work::Resync) { 2 } else { 8 });
        prop_assert_eq!(facts.iter().filter(|fact| matches!(fact, Fact::Closed(_))).count(), 1);
        prop_assert!(matches!(facts.last(), Some(Fact::Closed(_))));
        let mut open = false;
        for fact in &facts {
            match fact {
                Fact::BodyStart { .. } => { prop_assert!(!open); open = true; }
                Fact::BodyChunk { .. } => prop_assert!(open),
                Fact::BodyEnd { .. } => { prop_assert!(open); open = false; }
                _ => {}
            }
        }
        prop_assert!(!open);
    }
}
