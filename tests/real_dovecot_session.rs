//! The suite of `session_suite` with a real Dovecot over TLS.

use std::time::Duration;

use waxwing_core::imap::{Answer, Capability, Op, Server, UidSet};
use waxwing_tests::dovecot::{Dovecot, Options};
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
