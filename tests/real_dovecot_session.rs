//! The suite of `session_suite` with a real Dovecot over TLS.

use std::time::Duration;

use waxwing_core::imap::ops::OpError;
use waxwing_core::imap::{Answer, Capability, Op, Server, UidSet};
use waxwing_tests::dovecot::{Dovecot, Options};
use waxwing_tests::generated::{Generated, Mail};
use waxwing_tests::peer::Peer;
use waxwing_tests::process::within;

use crate::session_suite;

#[test]
fn the_session_and_dovecot_agree() {
    let dovecot = Dovecot::start();
    let user = dovecot.user("ada@example.org", "sesame");
    let mut second = dovecot.second_client(&user);
    for raw in session_suite::mails() {
        second.append("INBOX", "", None, &raw).unwrap();
    }
    let peer = Peer::real(dovecot.host(), dovecot.port(), dovecot.authority(), &user.name, &user.password);
    session_suite::run(peer, |_| {
        second.append("INBOX", "", None, &session_suite::mails()[0]).unwrap();
    });
}

#[test]
fn the_password_is_proved_and_not_told_where_dovecot_offers_that() {
    for mechanism in ["scram-sha-256", "scram-sha-1"] {
        let settings = vec![format!("auth_mechanisms = plain login {mechanism}")];
        let dovecot = Dovecot::start_with(Options { settings, ..Options::default() });
        let ascii = dovecot.user("ada@example.org", "sesame, \"open\"=");
        let other = dovecot.user("bob@example.org", "sésame");
        for (user, method) in [(&ascii, mechanism.to_uppercase()), (&other, "PLAIN".to_owned())] {
            let mut peer =
                Peer::real(dovecot.host(), dovecot.port(), dovecot.authority(), &user.name, &user.password);
            assert_eq!(peer.ask(Op::Noop), Ok(Answer::Done));
            let line = format!("Login: user=<{}>, method={method}", user.name);
            assert!(within(Duration::from_secs(20), || dovecot.log().contains(&line)), "{}", dovecot.log());
        }
    }
}

#[test]
fn a_wrong_password_is_refused_by_proof_too() {
    let settings = vec!["auth_mechanisms = plain login scram-sha-256".to_owned()];
    let dovecot = Dovecot::start_with(Options { settings, ..Options::default() });
    let user = dovecot.user("ada@example.org", "sesame");
    let refused = Peer::refused(dovecot.host(), dovecot.port(), dovecot.authority(), &user.name, "guess");
    assert_eq!(refused.code, "AUTHENTICATIONFAILED");
    let tried = || dovecot.log().lines().filter(|line| line.contains(&format!("({}", user.name))).count();
    assert!(within(Duration::from_secs(20), || tried() > 0));
    assert_eq!(tried(), 1, "{}", dovecot.log());
}

#[test]
fn the_session_and_dovecot_agree_on_a_compressed_stream() {
    let plugins =
        "mail_plugins = $mail_plugins zlib\nprotocol imap {\n  mail_plugins = $mail_plugins imap_zlib\n}";
    let settings = vec![plugins.to_owned()];
    let dovecot = Dovecot::start_with(Options { settings, ..Options::default() });
    let user = dovecot.user("ada@example.org", "sesame");
    let mut second = dovecot.second_client(&user);
    for raw in session_suite::mails() {
        second.append("INBOX", "", None, &raw).unwrap();
    }
    let mut peer =
        Peer::real(dovecot.host(), dovecot.port(), dovecot.authority(), &user.name, &user.password);
    assert!(peer.session().enabled().has(Capability::Qresync));
    assert_eq!(peer.session().quirks().server, Some(Server::Dovecot));
    peer.compress();
    peer.ask(Op::Select { mailbox: "INBOX".into() }).unwrap();
    let (wire, plain) = (peer.session().wire_bytes().0, peer.session().plain_bytes().0);
    assert_eq!(
        peer.ask(Op::FetchBodies { uids: UidSet::range(1, 5) }),
        Ok(Answer::Bodies(vec![1, 2, 3, 4, 5]))
    );
    let (wire, plain) = (peer.session().wire_bytes().0 - wire, peer.session().plain_bytes().0 - plain);
    assert!(wire * 4 < plain, "{wire} octets for {plain}");
    peer.bodies.clear();
    session_suite::run(peer, |_| {
        second.append("INBOX", "", None, &session_suite::mails()[0]).unwrap();
    });
}

#[test]
fn dovecot_tells_of_every_mailbox_at_once() {
    let dovecot = Dovecot::start_with(Options {
        settings: vec!["mailbox_list_index = yes".to_owned()],
        ..Options::default()
    });
    let user = dovecot.user("ada@example.org", "sesame");
    let mut second = dovecot.second_client(&user);
    for mailbox in ["INBOX", "Archive"] {
        second.append(mailbox, "", None, &session_suite::mails()[0]).unwrap();
    }
    let mut peer =
        Peer::real(dovecot.host(), dovecot.port(), dovecot.authority(), &user.name, &user.password);
    peer.ask(Op::Select { mailbox: "INBOX".into() }).unwrap();
    assert_eq!(peer.ask(Op::Notify), Ok(Answer::Done));
    second.append("Archive", "", None, &session_suite::mails()[1]).unwrap();
    peer.listen(|peer| {
        peer.told.iter().any(|(name, status)| name == "Archive" && status.messages == Some(2))
    });
    second.select("Archive").unwrap();
    second.store(&[1], "+FLAGS", "\\Seen").unwrap();
    let before = peer.told.len();
    peer.listen(|peer| {
        let told = peer.told.get(before..).unwrap_or_default();
        told.iter().any(|(name, status)| name == "Archive" && status.highest_modseq.is_some())
    });
    assert!(!peer.changed);
    second.append("INBOX", "", None, &session_suite::mails()[1]).unwrap();
    peer.listen(|peer| peer.changed);
    second.create("New one").unwrap();
    peer.listen(|peer| peer.listed_anew);
}

#[test]
fn every_part_dovecot_names_can_be_fetched_and_is_as_long_as_it_says() {
    let dovecot = Dovecot::start();
    let user = dovecot.user("ada@example.org", "sesame");
    let mails: Vec<Mail> = Generated::mailbox(11, 120).collect();
    dovecot.seed(&user, "INBOX", mails);
    let mut peer =
        Peer::real(dovecot.host(), dovecot.port(), dovecot.authority(), &user.name, &user.password);
    peer.ask(Op::Select { mailbox: "INBOX".into() }).unwrap();
    let structures = match peer.ask(Op::FetchStructure { uids: UidSet::range(1, 120) }) {
        Ok(Answer::Structures(structures)) => structures,
        other => panic!("{other:?}"),
    };
    assert_eq!(structures.len(), 120);
    let (mut parts, mut multiparts) = (0, 0);
    for (uid, structure) in &structures {
        multiparts += usize::from(structure.is_multipart());
        for (name, part) in structure.leaves() {
            // The whole part, in two pieces.
            let size = part.size.unwrap();
            let half = u32::try_from(size / 2 + 1).unwrap();
            for offset in [0, u64::from(half)] {
                let ask = Op::FetchPart { uid: *uid, part: name.as_str().into(), offset, length: half };
                assert_eq!(peer.ask(ask), Ok(Answer::Bodies(vec![*uid])), "{uid} {name}");
            }
            let octets: usize = peer.bodies.drain(..).map(|(_, body)| body.len()).sum();
            assert_eq!(octets as u64, size, "{uid} {name} {}", part.kind);
            parts += 1;
        }
    }
    assert!(parts > 120 && multiparts > 5, "{parts} parts, {multiparts} mails of several");
}

#[test]
fn dovecot_decodes_parts_where_it_can() {
    let dovecot = Dovecot::start();
    let user = dovecot.user("ada@example.org", "sesame");
    let raw = b"MIME-Version: 1.0\r\nSubject: parts\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n\
        --x\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nYWIAKQ0KeHk=\r\n\
        --x\r\nContent-Type: application/x\r\nContent-Transfer-Encoding: x-odd\r\n\r\n????\r\n--x--\r\n";
    dovecot.second_client(&user).append("INBOX", "", None, raw).unwrap();
    let mut peer =
        Peer::real(dovecot.host(), dovecot.port(), dovecot.authority(), &user.name, &user.password);
    peer.ask(Op::Select { mailbox: "INBOX".into() }).unwrap();
    let ask = |part: &str, offset| Op::FetchBinary { uid: 1, part: part.into(), offset, length: 4 };
    for offset in [0, 4] {
        assert_eq!(peer.ask(ask("1", offset)), Ok(Answer::Bodies(vec![1])));
    }
    let octets: Vec<Vec<u8>> = peer.bodies.drain(..).map(|(_, body)| body).collect();
    assert_eq!(octets, [b"ab\0)".to_vec(), b"\r\nxy".to_vec()]);
    let refused = peer.ask(ask("2", 0));
    assert!(matches!(&refused, Err(OpError::No(refusal)) if refusal.code == "UNKNOWN-CTE"), "{refused:?}");
    let whole = Op::FetchPart { uid: 1, part: "2".into(), offset: 0, length: 9 };
    assert_eq!(peer.ask(whole), Ok(Answer::Bodies(vec![1])));
    assert_eq!(peer.bodies, [(1, b"????".to_vec())]);
}
