//! The compressed stream: the same facts as without it, however it is cut; and nothing a server sends fills the memory.

use flate2::{Compress, Compression, FlushCompress};
use proptest::prelude::*;

use super::*;
use crate::imap::UidSet;
use crate::model::Secret;

const NOW: Moment = Moment(0);

/// A session that has agreed on compression, if it is to, with a mailbox selected and ops on their way (tags A4 to A6).
fn at_work(compressed: bool) -> (Session, Compress) {
    let credentials = Credentials::password("u", Secret::new("p"));
    let mut session = Session::new(credentials, SessionOptions::default(), NOW);
    let mut server = Compress::new(Compression::best(), false);
    session.feed(b"* OK [CAPABILITY IMAP4rev1] hi\r\n", NOW);
    session.take_output();
    session.feed(b"A1 OK [CAPABILITY COMPRESS=DEFLATE] in\r\n", NOW);
    let second = if compressed { Op::Select { mailbox: "INBOX".into() } } else { Op::Noop };
    if compressed {
        assert!(session.compress(NOW));
        assert_eq!(session.take_output(), b"A2 COMPRESS DEFLATE\r\n");
        session.submit(second, NOW);
        // What follows the OK at once is compressed.
        let mut bytes = b"A2 OK\r\n".to_vec();
        bytes.extend(deflated(&mut server, b"* OK now\r\n"));
        session.feed(&bytes, NOW);
        assert!(session.is_compressed() && !session.compress(NOW));
        session.take_output();
        session.feed(&deflated(&mut server, b"A3 OK\r\n"), NOW);
    } else {
        session.submit(second, NOW);
        session.submit(Op::Select { mailbox: "INBOX".into() }, NOW);
        session.feed(b"A2 OK\r\n", NOW);
        session.feed(b"A3 OK\r\n", NOW);
    }
    let uids = UidSet::range(1, 9);
    session.submit(Op::FetchFlags { uids: uids.clone() }, NOW);
    session.submit(Op::FetchBodies { uids }, NOW);
    session.submit(Op::FindDeleted, NOW);
    session.take_output();
    while session.next_fact().is_some() {}
    (session, server)
}

fn deflated(server: &mut Compress, plain: &[u8]) -> Vec<u8> {
    let mut wire = Vec::with_capacity(plain.len() + plain.len() / 8 + 1024);
    server.compress_vec(plain, &mut wire, FlushCompress::Sync).unwrap();
    assert!(wire.len() < wire.capacity());
    wire
}

/// What the session told, but for the names of ops and the cuts of bodies.
fn told(mut session: Session, pieces: &[&[u8]]) -> Vec<String> {
    let mut told = Vec::new();
    let mut body = Vec::new();
    let mut listen = |session: &mut Session| {
        while let Some(fact) = session.next_fact() {
            match fact {
                Fact::BodyChunk { bytes, .. } => body.extend(bytes),
                Fact::BodyEnd { uid, .. } => told.push(format!("{uid:?} {:?}", std::mem::take(&mut body))),
                Fact::BodyStart { size, .. } => told.push(format!("body {size}")),
                Fact::Answered { answer, .. } => told.push(format!("{answer:?}")),
                Fact::MailboxChanged if told.last().is_some_and(|last| last == "MailboxChanged") => {}
                other => told.push(format!("{other:?}")),
            }
        }
    };
    for piece in pieces {
        session.feed(piece, NOW);
        session.take_output();
        listen(&mut session);
    }
    session.end_of_stream(None, NOW);
    listen(&mut session);
    told
}

fn lines() -> impl Strategy<Value = Vec<u8>> {
    const LINES: &[&str] = &[
        "* 1 FETCH (UID 5 FLAGS (\\Seen))\r\n",
        "* 2 FETCH (UID 6 BODY[] {11}\r\nA4 OK\r\nbody)\r\n",
        "* 2 FETCH (BODY[] {0}\r\n UID 7)\r\n",
        "* SEARCH 4 5 6\r\n",
        "* 3 EXISTS\r\n",
        "* VANISHED 1:4294967295\r\n",
        "* OK [ALERT] hey\r\n",
        "+ go on\r\n",
        "A4 OK\r\n",
        "A5 OK\r\n",
        "A6 NO [X] y\r\n",
        "* LIST () \"/\" {3}\r\nabc\r\n",
        "nonsense\n",
        "* BYE\r\n",
    ];
    prop::collection::vec(prop::sample::select(LINES), 0..30).prop_map(|lines| lines.concat().into_bytes())
}

fn cut<'b>(bytes: &'b [u8], cuts: &[prop::sample::Index]) -> Vec<&'b [u8]> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    places.extend([0, bytes.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn compression_changes_no_fact_however_it_is_cut(
        batches in prop::collection::vec(lines(), 1..4),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12)
    ) {
        let plain = batches.concat();
        let expected = told(at_work(false).0, &[&plain]);
        let (session, mut server) = at_work(true);
        let wire: Vec<u8> = batches.iter().flat_map(|batch| deflated(&mut server, batch)).collect();
        prop_assert_eq!(&expected, &told(session, &[&wire]));
        prop_assert_eq!(&expected, &told(at_work(true).0, &cut(&wire, &cuts)));
        prop_assert_eq!(&expected, &told(at_work(true).0, &wire.chunks(1).collect::<Vec<_>>()));
    }

    #[test]
    fn any_octets_in_place_of_a_compressed_stream_end_well(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let told = told(at_work(true).0, &[&bytes]);
        prop_assert!(told.last().is_some_and(|last| last.starts_with("Closed")));
    }

    #[test]
    fn a_damaged_stream_tells_nothing_that_was_not_said(place in any::<prop::sample::Index>(), flip in 1u8..) {
        let (session, mut server) = at_work(true);
        let mut wire = deflated(&mut server, &b"* 3 EXISTS\r\n* 1 FETCH (UID 5 FLAGS (\\Seen))\r\n".repeat(20));
        let place = place.index(wire.len());
        wire[place] ^= flip;
        let told = told(session, &wire.chunks(7).collect::<Vec<_>>());
        prop_assert!(told.last().is_some_and(|last| last.starts_with("Closed")));
    }
}

/// Feeds it again and again; how many octets of the wire it took until the session closed.
fn fed_until_closed(plain: &[u8], times: usize) -> Option<u64> {
    let (mut session, mut server) = at_work(true);
    for _ in 0..times {
        let wire = deflated(&mut server, plain);
        for piece in wire.chunks(session.most_to_feed()) {
            session.feed(piece, NOW);
            assert!(session.buffered() <= 17 * 1024 * 1024, "{} octets held", session.buffered());
            while let Some(fact) = session.next_fact() {
                if let Fact::Closed(CloseReason::Failed(error)) = fact {
                    assert_eq!(error.kind(), ErrorKind::ProtocolBroken);
                    return Some(session.wire_bytes().0);
                }
            }
        }
    }
    None
}

#[test]
fn a_bomb_is_cut_off() {
    const MB: usize = 1024 * 1024;
    // One endless line, and lines that each would be harmless.
    assert!(fed_until_closed(&vec![b'x'; 4 * MB], 64).is_some());
    assert!(fed_until_closed(&b"* OK\r\n".repeat(MB), 64).is_some());
}

#[test]
fn a_compressed_mail_of_nothing_but_zeros_is_no_bomb() {
    let (mut session, mut server) = at_work(true);
    let size = 48 * 1024 * 1024;
    session.feed(&deflated(&mut server, format!("* 1 FETCH (UID 7 BODY[] {{{size}}}\r\n").as_bytes()), NOW);
    let mut came = 0;
    for _ in 0..48 {
        let wire = deflated(&mut server, &vec![0; 1024 * 1024]);
        for piece in wire.chunks(session.most_to_feed()) {
            session.feed(piece, NOW);
            let mut at_once = 0;
            while let Some(fact) = session.next_fact() {
                match fact {
                    Fact::BodyChunk { bytes, .. } => at_once += bytes.len(),
                    Fact::Closed(reason) => panic!("{reason:?}"),
                    _ => {}
                }
            }
            assert!(at_once <= 5 * 1024 * 1024, "{at_once} octets at once");
            came += at_once;
        }
    }
    session.feed(&deflated(&mut server, b")\r\n"), NOW);
    assert_eq!(came, size);
    assert!(matches!(session.next_fact(), Some(Fact::BodyEnd { uid: Some(7), .. })));
}

#[test]
fn flags_of_a_hundred_thousand_mails_are_no_bomb() {
    let all: String =
        (1..=100_000).map(|uid| format!("* {uid} FETCH (UID {uid} FLAGS (\\Seen))\r\n")).collect();
    assert_eq!(fed_until_closed(all.as_bytes(), 8), None);
}

#[test]
fn octets_are_counted_before_and_after() {
    let (mut session, mut server) = at_work(true);
    let ((wire_in, wire_out), (plain_in, plain_out)) = (session.wire_bytes(), session.plain_bytes());
    let plain = b"* 1 FETCH (UID 5 FLAGS (\\Seen))\r\n".repeat(500);
    let wire = deflated(&mut server, &plain);
    session.feed(&wire, NOW);
    assert_eq!(session.wire_bytes().0 - wire_in, wire.len() as u64);
    assert_eq!(session.plain_bytes().0 - plain_in, plain.len() as u64);
    session.feed(&deflated(&mut server, b"A4 OK\r\nA5 OK\r\nA6 OK\r\n"), NOW);
    session.submit(Op::Noop, NOW);
    let sent = session.take_output().len() as u64;
    assert_eq!(session.wire_bytes().1 - wire_out, sent);
    assert_eq!(session.plain_bytes().1 - plain_out, b"A7 NOOP\r\n".len() as u64);
}

#[test]
fn compression_waits_for_its_offer_and_for_idle_to_end() {
    let credentials = Credentials::password("u", Secret::new("p"));
    let mut session = Session::new(credentials, SessionOptions::default(), NOW);
    assert!(!session.compress(NOW), "before sign-in");
    session.feed(b"* OK [CAPABILITY IMAP4rev1] hi\r\nA1 OK [CAPABILITY IDLE] in\r\n", NOW);
    assert!(!session.compress(NOW), "not offered");
    session.feed(b"* CAPABILITY IDLE COMPRESS=DEFLATE\r\n", NOW);
    session.submit(Op::Idle, NOW);
    session.feed(b"+ idling\r\n", NOW);
    session.take_output();
    assert!(session.compress(NOW) && !session.compress(NOW));
    assert_eq!(session.take_output(), b"");
    session.finish_idle(NOW);
    assert_eq!(session.take_output(), b"DONE\r\n");
    session.feed(b"A2 OK\r\n", NOW);
    assert_eq!(session.take_output(), b"A3 COMPRESS DEFLATE\r\n");
}
