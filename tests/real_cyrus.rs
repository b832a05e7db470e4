//! The conversation of `server_suite` with Cyrus, and what only Cyrus does.

use waxwing_core::model::AccountState;
use waxwing_tests::cyrus::Cyrus;
use waxwing_tests::engine::EngineRun;
use waxwing_tests::real_server::RealServer as _;

use crate::server_suite::{self, Finds, every_server_test};

every_server_test!(Cyrus::start());

/// Said once one is signed in, it forbids nothing any more.
#[test]
fn an_account_works_where_logindisabled_is_listed_after_the_sign_in() {
    let cyrus = Cyrus::start();
    let capabilities = cyrus.second_client().capabilities().unwrap();
    for capability in ["LOGINDISABLED", "QRESYNC", "CONDSTORE", "LIST-STATUS", "OBJECTID"] {
        assert!(capabilities.iter().any(|offered| offered == capability), "{capability}: {capabilities:?}");
    }
    let (run, account) = EngineRun::with_account(&cyrus.login());
    run.wait_until_complete(account);
    assert_eq!(run.status(account).state, AccountState::Online);
    // The same for the connections of a second start.
    let run = run.reopened();
    run.wait_until("signed in again", |_| Ok(run.status(account).state == AccountState::Online));
}

#[test]
fn what_changed_is_told_by_qresync() {
    server_suite::a_changed_flag_is_found_the_shortest_way(Box::new(Cyrus::start()), Finds::ByResync);
}

/// It offers SCRAM tied to the connection, refuses it over TLS 1.3, and isn't known by its greeting.
#[test]
fn an_account_works_where_a_tied_sign_in_is_offered_and_refused() {
    let cyrus = Cyrus::start_with("serverinfo: off\n");
    let (run, account) = EngineRun::with_account(&cyrus.login());
    run.wait_until_complete(account);
    assert_eq!(run.status(account).state, AccountState::Online);
}
