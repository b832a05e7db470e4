//! The conversation of `server_suite` with Dovecot: everything that speeds a sync up, Maildirs behind it.

use waxwing_tests::real_server::{DovecotServer, RealServer as _};

use crate::server_suite::{self, Finds, every_server_test};

every_server_test!(DovecotServer::start());

#[test]
fn what_changed_is_told_by_qresync() {
    let dovecot = DovecotServer::start();
    let capabilities = dovecot.second_client().capabilities().unwrap();
    for capability in ["QRESYNC", "CONDSTORE", "LIST-STATUS", "NOTIFY", "MOVE", "SPECIAL-USE", "LITERAL+"] {
        assert!(capabilities.iter().any(|offered| offered == capability), "{capability}: {capabilities:?}");
    }
    server_suite::a_changed_flag_is_found_the_shortest_way(Box::new(dovecot), Finds::ByResync);
}

#[test]
fn every_mailbox_is_watched_by_notify() {
    server_suite::what_happens_where_nobody_looks_is_seen_without_a_poll(Box::new(DovecotServer::start()));
}
