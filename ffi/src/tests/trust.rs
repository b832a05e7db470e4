//! A certificate that isn't believed, and what is decided about it.

use std::ptr::null_mut;

use super::caller::*;
use crate::event::*;
use crate::rows::{waxwing_rows, waxwing_rows_free};
use crate::status::{WAXWING_E_ARGUMENT, WAXWING_E_NOT_FOUND, WAXWING_E_TRUST, WAXWING_OK};
use crate::trust::*;

/// Host, port, whether it lasts, subject, key.
fn pins(caller: &Caller) -> Vec<(String, u16, bool, String, String)> {
    let mut found: *mut waxwing_rows = null_mut();
    assert_eq!(waxwing_pins_snapshot(caller.client(), out(&raw mut found)), WAXWING_OK);
    let all = rows(found, |row: &waxwing_pin_row| {
        assert!(row.since_ms > 1_700_000_000_000);
        (text(row.host), row.port, row.lasting, text(row.subject), text(row.key_sha256_hex))
    });
    waxwing_rows_free(found);
    all
}

#[test]
fn an_app_shows_a_certificate_pins_its_key_and_takes_the_pin_away() {
    let server = served(1);
    let caller = Caller::open(None);
    let config = Caller::config(&server);
    let adding = caller.asked(|out| {
        crate::accounts::waxwing_account_add_password(
            caller.client(),
            given(&raw const config),
            bytes(PASSWORD.as_bytes()),
            out,
        )
    });
    let (said, event) = caller.wait(|said| said.kind == WAXWING_EVENT_TRUST_QUESTION);
    assert_eq!((said.is_final, said.request, said.account), (false, 0, 0));
    // SAFETY: the library's promise, which is being tested.
    let (question, view) =
        unsafe { (&*waxwing_event_trust(given(event)), &*waxwing_event_view_get(given(event))) };
    assert_eq!((question.question, question.account), (view.question, 0));
    assert_eq!((question.reason, question.may_pin), (WAXWING_TRUST_UNKNOWN_ISSUER, true));
    assert_eq!((text(question.host).as_str(), question.port), ("localhost", server.port()));
    assert_eq!(text(question.names), "localhost\n127.0.0.1\n::1");
    assert_eq!(text(question.subject), "CN=localhost");
    assert!(text(question.issuer).contains("Waxwing demo CA"));
    assert!(question.not_before_ms < question.not_after_ms);
    assert_eq!((text(question.sha256_hex).len(), text(question.key_sha256_hex).len()), (95, 95));
    // SAFETY: as above.
    assert_eq!(unsafe { question.leaf_der.read("leaf") }.unwrap()[0], 0x30, "DER");
    let (id, key) = (question.question, text(question.key_sha256_hex));
    waxwing_event_free(event);
    let (said, event) = caller.wait(|said| said.request == adding);
    assert_eq!(said.status, WAXWING_E_TRUST);
    assert!(waxwing_event_trust(given(event)).is_null());
    waxwing_event_free(event);
    server.store().with(|store| assert!(store.journal.commands.is_empty(), "the server was told something"));

    let decide = |decision| {
        caller.answer(caller.asked(|out| waxwing_trust_decide(caller.client(), id, decision, out))).status
    };
    assert_eq!(decide(WAXWING_TRUST_REFUSE), WAXWING_OK);
    assert_eq!(pins(&caller), []);
    let mut number = 0;
    assert_eq!(waxwing_trust_decide(caller.client(), id, 3, out(&raw mut number)), WAXWING_E_ARGUMENT);
    assert_eq!(decide(WAXWING_TRUST_PIN), WAXWING_OK);
    assert_eq!(pins(&caller), [("localhost".into(), server.port(), true, "CN=localhost".into(), key)]);
    assert_eq!(caller.add(&server, PASSWORD).kind, WAXWING_EVENT_DONE);
    assert_eq!(decide(WAXWING_TRUST_PIN), WAXWING_E_NOT_FOUND, "it is answered");

    let remove = || {
        let host = str("localhost");
        let removing = caller.asked(|out| waxwing_pin_remove(caller.client(), host, server.port(), out));
        caller.answer(removing).status
    };
    assert_eq!(remove(), WAXWING_OK);
    assert_eq!(pins(&caller), []);
    assert_eq!(remove(), WAXWING_E_NOT_FOUND);
}
