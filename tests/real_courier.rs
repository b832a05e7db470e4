//! The conversation of `server_suite` with Courier, and what only Courier does.

use waxwing_core::model::Role;
use waxwing_tests::courier::Courier;
use waxwing_tests::engine::EngineRun;
use waxwing_tests::real_server::RealServer as _;

use crate::server_suite::{self, Finds, every_server_test};

every_server_test!(Courier::start());

/// It says nothing of what a mailbox is for, and has all of them below INBOX.
#[test]
fn mailboxes_below_inbox_have_their_roles_by_name() {
    let courier = Courier::start();
    let capabilities = courier.second_client().capabilities().unwrap();
    for capability in ["CONDSTORE", "MOVE", "SPECIAL-USE", "SASL-IR"] {
        assert!(!capabilities.iter().any(|offered| offered == capability), "{capability}: {capabilities:?}");
    }
    let (run, account) = EngineRun::with_account(&courier.login());
    run.wait_until_complete(account);
    for (role, path) in [
        (Role::Inbox, "INBOX"),
        (Role::Archive, "INBOX.Archive"),
        (Role::Drafts, "INBOX.Drafts"),
        (Role::Junk, "INBOX.Junk"),
        (Role::Sent, "INBOX.Sent"),
        (Role::Trash, "INBOX.Trash"),
    ] {
        assert_eq!(run.mailbox(account, path).id, run.role(account, role), "{path}");
    }
}

#[test]
fn what_changed_is_found_by_comparing_all_flags() {
    server_suite::a_changed_flag_is_found_the_shortest_way(Box::new(Courier::start()), Finds::ByComparison);
}
