//! The conversation of `server_suite` with Cyrus, and what only Cyrus does.

use waxwing_core::model::AccountState;
use waxwing_tests::cyrus::Cyrus;
use waxwing_tests::engine::EngineRun;
use waxwing_tests::real_server::RealServer as _;

use crate::server_suite::every_server_test;

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
