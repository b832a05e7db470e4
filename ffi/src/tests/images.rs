//! Pictures on the network: whose are fetched unasked, and what is said where there is none.

use std::ptr::null_mut;

use super::caller::*;
use crate::event::*;
use crate::images::*;
use crate::rows::{waxwing_rows, waxwing_rows_free};
use crate::status::{WAXWING_E_NOT_FOUND, WAXWING_OK};

fn senders(caller: &Caller) -> Vec<String> {
    let mut found: *mut waxwing_rows = null_mut();
    assert_eq!(waxwing_image_senders_snapshot(caller.client(), out(&raw mut found)), WAXWING_OK);
    let all = rows(found, |row: &waxwing_image_sender_row| text(row.address));
    waxwing_rows_free(found);
    all
}

#[test]
fn an_app_remembers_whose_pictures_are_fetched_and_forgets_it() {
    let caller = Caller::open(None);
    let remember = |always| {
        let asked = caller.asked(|out| {
            waxwing_images_remember_sender(caller.client(), str("Ann@Shop.example"), always, out)
        });
        assert_eq!(caller.answer(asked).kind, WAXWING_EVENT_DONE);
    };
    remember(true);
    assert_eq!(senders(&caller), ["ann@shop.example"]);
    remember(false);
    assert!(senders(&caller).is_empty());
}

#[test]
fn of_a_message_that_is_not_there_no_pictures_are_fetched() {
    let caller = Caller::open(None);
    let asked = caller.asked(|out| waxwing_images_fetch(caller.client(), 77, out));
    let said = caller.answer(asked);
    assert_eq!((said.kind, said.status), (WAXWING_EVENT_FAILED, WAXWING_E_NOT_FOUND));
    let mut found: *mut waxwing_rows = null_mut();
    assert_eq!(waxwing_images_snapshot(caller.client(), 77, out(&raw mut found)), WAXWING_OK);
    assert!(rows(found, |row: &waxwing_image_row| row.content.len).is_empty());
    waxwing_rows_free(found);
}
