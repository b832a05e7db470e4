//! Searching beyond this device, and searches that are kept.

use std::ptr::null_mut;

use super::caller::*;
use crate::event::*;
use crate::life::*;
use crate::lists::*;
use crate::mailboxes::*;
use crate::rows::*;
use crate::search::*;
use crate::status::*;

fn query(account: u64, role: i32, words: &str) -> waxwing_list_query {
    // SAFETY: all zeros is what C gives.
    let mut query: waxwing_list_query = unsafe { std::mem::zeroed() };
    query.struct_size = u32::try_from(size_of::<waxwing_list_query>()).unwrap();
    (query.account, query.role, query.search) = (account, role, str(words));
    query
}

/// What a final event says in its counts.
fn counts(caller: &Caller, request: u64) -> (i32, [u64; 4]) {
    let (said, event) = caller.wait(|said| said.request == request && said.is_final);
    // SAFETY: the library's promise.
    let counts = unsafe { &*waxwing_event_view_get(given(event)) }.counts;
    waxwing_event_free(event);
    (said.kind, counts)
}

fn found(caller: &Caller, list: u64) -> Vec<String> {
    let mut found = null_mut();
    assert_eq!(waxwing_list_snapshot(caller.client(), list, out(&raw mut found)), WAXWING_OK);
    let all = rows(found, |row: &waxwing_message_row| text(row.subject));
    waxwing_rows_free(found);
    all
}

fn kept(caller: &Caller) -> Vec<(u64, u64, i32, String, String)> {
    let mut found = null_mut();
    assert_eq!(waxwing_searches_snapshot(caller.client(), out(&raw mut found)), WAXWING_OK);
    let all = rows(found, |row: &waxwing_search_row| {
        assert_eq!(row.mailbox, 0);
        (row.id, row.account, row.role, text(row.name), text(row.search))
    });
    waxwing_rows_free(found);
    all
}

#[test]
fn an_app_says_how_far_a_search_goes_and_searches_the_server_too() {
    let server = served(30);
    let caller = Caller::open(Some(&server));
    waxwing_client_set_power_saver(caller.client(), true);
    let account = caller.add(&server, PASSWORD).account;
    let synced = caller.asked(|out| crate::accounts::waxwing_account_sync(caller.client(), account, out));
    assert_eq!(caller.answer(synced).kind, WAXWING_EVENT_SYNC_DONE);

    let inboxes = query(0, WAXWING_ROLE_INBOX, "\"hello 17\"");
    let mut covered = [7_u64; 4];
    let [messages, without_body, not_indexed, not_listed] = &mut covered;
    let status = waxwing_search_coverage(
        caller.client(),
        given(&raw const inboxes),
        out(messages),
        out(without_body),
        out(not_indexed),
        out(not_listed),
    );
    assert_eq!((status, &covered[..2], covered[3]), (WAXWING_OK, &[30, 30][..], 0));
    assert!(covered[2] <= 30, "as far as the index has come");
    let mut list = 0;
    let opened = waxwing_list_open(caller.client(), given(&raw const inboxes), 10, out(&raw mut list));
    assert_eq!(opened, WAXWING_OK);
    assert_eq!(found(&caller, list), [] as [String; 0]);

    let asked = caller.asked(|out| waxwing_search_server(caller.client(), given(&raw const inboxes), out));
    assert_eq!(counts(&caller, asked), (WAXWING_EVENT_DONE, [1, 1, 0, 0]));
    assert_eq!(found(&caller, list), ["mail 17"]);

    let nothing = query(0, 0, " - ");
    let asked = caller.asked(|out| waxwing_search_server(caller.client(), given(&raw const nothing), out));
    assert_eq!(caller.answer(asked).status, WAXWING_E_ARGUMENT);
    let nowhere = query(account, WAXWING_ROLE_INBOX, "a");
    let mut number = 0;
    let asked = waxwing_search_server(caller.client(), given(&raw const nowhere), out(&raw mut number));
    assert_eq!((asked, number), (WAXWING_E_ARGUMENT, 0), "an account and a role");
}

/// Whoever keeps the search of a list, with all that it was opened with, finds it again or hears that it can't be.
#[test]
fn bug_what_a_list_is_of_was_passed_over_by_a_search() {
    let caller = Caller::open(None);
    let of_tag = waxwing_list_query { tag: 7, ..query(0, 0, "invoice") };
    let of_threads = waxwing_list_query { flags: WAXWING_LIST_THREADS, ..query(0, 0, "invoice") };
    let mut number = 0;
    for query in [&raw const of_tag, &raw const of_threads] {
        let searched = waxwing_search_server(caller.client(), given(query), out(&raw mut number));
        let saved = waxwing_search_save(caller.client(), str("Name"), given(query), out(&raw mut number));
        let mut covered = [7_u64; 4];
        let [messages, without_body, not_indexed, not_listed] = covered.each_mut().map(|count| out(count));
        let counted = waxwing_search_coverage(
            caller.client(),
            given(query),
            messages,
            without_body,
            not_indexed,
            not_listed,
        );
        assert_eq!([searched, saved, counted], [WAXWING_E_ARGUMENT; 3]);
        assert_eq!((number, covered), (0, [7; 4]), "nothing is written");
    }
    assert!(kept(&caller).is_empty());
}

#[test]
fn an_app_keeps_searches() {
    let server = served(1);
    let caller = Caller::open(Some(&server));
    let account = caller.add(&server, PASSWORD).account;
    let save = |name: &'static str, query: waxwing_list_query| {
        let query = std::ptr::from_ref(&query);
        let saving = caller.asked(|out| waxwing_search_save(caller.client(), str(name), given(query), out));
        counts(&caller, saving)
    };
    let (kind, [bills, ..]) = save("Bills", query(account, 0, "subject:invoice"));
    assert_eq!(kind, WAXWING_EVENT_DONE);
    let (_, [stars, ..]) = save("A star", query(0, WAXWING_ROLE_FLAGGED, "is:unread"));
    let row =
        |id, account, role, name: &str, words: &str| (id, account, role, name.to_owned(), words.to_owned());
    let first = row(stars, 0, WAXWING_ROLE_FLAGGED, "A star", "is:unread");
    assert_eq!(kept(&caller), [first.clone(), row(bills, account, 0, "Bills", "subject:invoice")]);
    assert_eq!(save(" ", query(0, 0, "a")).0, WAXWING_EVENT_FAILED);

    let answer = |request| caller.answer(request).status;
    let renaming = caller.asked(|out| waxwing_search_rename(caller.client(), bills, str("Invoices"), out));
    // It is told before the answer.
    let (said, event) = caller.wait(|said| said.kind == WAXWING_EVENT_SEARCHES_CHANGED);
    assert!(!said.is_final);
    waxwing_event_free(event);
    assert_eq!(answer(renaming), WAXWING_OK);
    assert_eq!(kept(&caller), [first.clone(), row(bills, account, 0, "Invoices", "subject:invoice")]);
    for (status, id) in [(WAXWING_OK, bills), (WAXWING_E_NOT_FOUND, bills)] {
        let deleting = caller.asked(|out| waxwing_search_delete(caller.client(), id, out));
        assert_eq!(answer(deleting), status);
    }
    assert_eq!(kept(&caller), [first]);
}
