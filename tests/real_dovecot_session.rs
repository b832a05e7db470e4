//! The suite of `session_suite` with a real Dovecot over TLS.

use waxwing_tests::dovecot::Dovecot;
use waxwing_tests::peer::Peer;

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
