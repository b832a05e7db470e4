//! Whatever arrives: no panic, no hang, bounded memory (I8); and the same facts however it is cut (I9).

use proptest::prelude::*;

use super::*;
use crate::imap::UidSet;
use crate::model::Secret;

const NOW: Moment = Moment(0);

/// A session at work: signed in, a mailbox selected, ops of every gathering kind on their way (tags A3 to A8).
fn at_work() -> Session {
    let credentials = Credentials::password("u", Secret::new("p"));
    let mut session = Session::new(credentials, SessionOptions::default(), NOW);
    session.feed(
        b"* OK [CAPABILITY IMAP4rev1 MOVE UIDPLUS IDLE] hi\r\nA1 OK [CAPABILITY MOVE IDLE] in\r\n",
        NOW,
    );
    session.submit(Op::Select { mailbox: "INBOX".into() }, NOW);
    session.feed(b"A2 OK\r\n", NOW);
    let uids = UidSet::range(1, 9);
    session.submit(Op::FetchFlags { uids: uids.clone() }, NOW);
    session.submit(Op::FetchHeaders { uids: uids.clone() }, NOW);
    session.submit(Op::FetchBodies { uids: uids.clone() }, NOW);
    session.submit(Op::Move { uids, to: "Old".into() }, NOW);
    session.submit(Op::List, NOW);
    session.submit(Op::FindDeleted, NOW);
    session.submit(Op::Idle, NOW);
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
                (Some(Fact::MailboxChanged), Fact::MailboxChanged) => {}
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
        "* OK [ALERT] hey",
        "* BYE",
        "+ ",
        "OK",
        "[",
        "]",
        "\0",
        "\u{fc}",
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
    fn the_cuts_dont_matter(bytes in soup(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12)) {
        let whole = told(at_work(), &[&bytes]);
        prop_assert_eq!(&whole, &told(at_work(), &cut(&bytes, &cuts)));
        let octets: Vec<&[u8]> = bytes.chunks(1).collect();
        prop_assert_eq!(&whole, &told(at_work(), &octets));
    }

    #[test]
    fn any_octets_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        told(at_work(), &[&bytes]);
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
    fn everything_ends_well_formed(bytes in soup()) {
        let facts = told(at_work(), &[&bytes]);
        // Seven ops were open, one has been answered before.
        let answered = facts.iter().filter(|fact| matches!(fact, Fact::Answered { .. })).count();
        prop_assert_eq!(answered, 8);
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
