//! The compressed stream of a server: octets that need not be one, and lines that are told of as if they had come
//! uncompressed.
//!
//! The first octet chooses between the two, the second the cuts.

#![no_main]

use flate2::{Compress, Compression, FlushCompress};
use libfuzzer_sys::fuzz_target;
use waxwing_core::ErrorKind;
use waxwing_core::imap::{CloseReason, Credentials, Fact, Op, Session, SessionOptions, UidSet};
use waxwing_core::model::Secret;
use waxwing_fuzz::session::{NOW, Told};
use waxwing_fuzz::{choice, pieces, within};

/// An octet may become a thousand, and what was made of it may be held twice.
const MOST_PER_OCTET: usize = 4 * 1024;
const OPS: u64 = 4;

/// A session that was granted or denied compression, with ops on their way, and what the server compresses with.
fn at_work(compressed: bool) -> (Session, Compress) {
    let mut server = Compress::new(Compression::best(), false);
    let credentials = Credentials::password("u", Secret::new("p"));
    let mut session = Session::new(credentials, SessionOptions::default(), NOW);
    session.feed(b"* OK [CAPABILITY IMAP4rev1] hi\r\n", NOW);
    session.take_output();
    session.feed(b"A1 OK [CAPABILITY COMPRESS=DEFLATE] in\r\n", NOW);
    session.submit(Op::Select { mailbox: "INBOX".into() }, NOW);
    session.take_output();
    session.feed(b"A2 OK\r\n", NOW);
    assert!(session.compress(NOW));
    session.take_output();
    session.feed(if compressed { b"A3 OK\r\n" } else { b"A3 NO\r\n" }, NOW);
    assert_eq!(session.is_compressed(), compressed);
    let hello = b"* OK now\r\n";
    if compressed {
        session.feed(&deflated(&mut server, hello), NOW);
    } else {
        session.feed(hello, NOW);
    }
    while session.next_fact().is_some() {}
    let uids = UidSet::range(1, 9);
    session.submit(Op::FetchFlags { uids: uids.clone() }, NOW);
    session.submit(Op::FetchBodies { uids }, NOW);
    session.submit(Op::FindDeleted, NOW);
    session.submit(Op::List, NOW);
    session.take_output();
    (session, server)
}

fn deflated(server: &mut Compress, plain: &[u8]) -> Vec<u8> {
    let mut wire = Vec::with_capacity(2 * plain.len() + 1024);
    server.compress_vec(plain, &mut wire, FlushCompress::Sync).expect("room for it");
    wire
}

fn told(mut session: Session, octets: &[u8], cuts: u8) -> Vec<Fact> {
    let mut told = Told::default();
    for piece in pieces(octets, cuts, session.most_to_feed()) {
        told.feed(&mut session, piece);
    }
    told.end(&mut session, false);
    told.is_well_formed(OPS);
    told.facts
}

fn is_broken(facts: &[Fact]) -> bool {
    matches!(facts.last(), Some(Fact::Closed(CloseReason::Failed(error))) if error.kind() == ErrorKind::ProtocolBroken)
}

fuzz_target!(|input: &[u8]| {
    let Some((way, input)) = choice(input) else { return };
    let Some((cuts, input)) = choice(input) else { return };
    let most = 2 * 1024 * 1024 + MOST_PER_OCTET * input.len();
    if way != b'=' {
        let whole = within(most, || told(at_work(true).0, input, 0));
        let cut = within(most, || told(at_work(true).0, input, cuts));
        // What stands right before damage may be lost with it.
        assert!(is_broken(&whole) || is_broken(&cut) || whole == cut, "the cuts matter");
        return;
    }
    let plain = told(at_work(false).0, input, 0);
    let (session, mut server) = at_work(true);
    // The server may compress in pieces of its own.
    let wire: Vec<u8> =
        pieces(input, cuts / 16, 4096).into_iter().flat_map(|piece| deflated(&mut server, piece)).collect();
    assert_eq!(plain, told(session, &wire, cuts));
});
