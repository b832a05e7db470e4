//! What an app does from its first start on.

use std::ptr::null_mut;

use waxwing_demo::model::Dialect;

use super::caller::*;
use crate::accounts::*;
use crate::changes::*;
use crate::client::*;
use crate::event::*;
use crate::life::*;
use crate::lists::*;
use crate::log::*;
use crate::mailboxes::*;
use crate::message::*;
use crate::queue::*;
use crate::rows::*;
use crate::status::*;

fn ids(ids: &[u64]) -> waxwing_ids {
    waxwing_ids { ptr: ids.as_ptr(), len: ids.len() }
}

/// The mailboxes by role and path, with their counts.
fn mailboxes(caller: &Caller) -> Vec<(u64, i32, String, u64)> {
    let mut found = null_mut();
    assert_eq!(waxwing_mailboxes_snapshot(caller.client(), 0, out(&raw mut found)), WAXWING_OK);
    let all = rows(found, |row: &waxwing_mailbox_row| (row.id, row.role, text(row.path), row.total));
    waxwing_rows_free(found);
    all
}

fn with_role(caller: &Caller, role: i32) -> u64 {
    mailboxes(caller).into_iter().find(|mailbox| mailbox.1 == role).unwrap().0
}

fn list(caller: &Caller, mailbox: u64, window: u32) -> u64 {
    search(caller, mailbox, "", window)
}

fn search(caller: &Caller, mailbox: u64, words: &str, window: u32) -> u64 {
    // SAFETY: all zeros is what C gives.
    let mut query: waxwing_list_query = unsafe { std::mem::zeroed() };
    query.struct_size = u32::try_from(size_of::<waxwing_list_query>()).unwrap();
    query.mailbox = mailbox;
    query.search = str(words);
    let mut list = 0;
    let opened = waxwing_list_open(caller.client(), given(&raw const query), window, out(&raw mut list));
    assert_eq!(opened, WAXWING_OK);
    list
}

/// A window: its subjects with ids, where it begins and how many rows there are.
fn window(caller: &Caller, list: u64) -> (Vec<(u64, String)>, u64, u64) {
    let mut found = null_mut();
    assert_eq!(waxwing_list_snapshot(caller.client(), list, out(&raw mut found)), WAXWING_OK);
    let all = rows(found, |row: &waxwing_message_row| (row.id, text(row.subject)));
    let array = waxwing_rows_array(given(found));
    waxwing_rows_free(found);
    (all, array.first, array.total)
}

#[test]
fn an_app_adds_an_account_reads_changes_and_sleeps() {
    let server = served(30);
    let caller = Caller::open(Some(&server));
    let added = caller.add(&server, PASSWORD);
    assert_eq!((added.kind, added.status), (WAXWING_EVENT_DONE, WAXWING_OK));
    let synced = caller.asked(|out| waxwing_account_sync(caller.client(), added.account, out));
    assert_eq!(caller.answer(synced).kind, WAXWING_EVENT_SYNC_DONE);

    let inbox = with_role(&caller, WAXWING_ROLE_INBOX);
    let list = list(&caller, inbox, 5);
    let (top, first, total) = window(&caller, list);
    let subjects: Vec<&str> = top.iter().map(|row| row.1.as_str()).collect();
    assert_eq!(subjects, ["mail 30", "mail 29", "mail 28", "mail 27", "mail 26"]);
    assert_eq!((first, total), (0, 30));

    // The window stays with its message while mail comes above.
    assert_eq!(waxwing_list_move(caller.client(), list, top[3].0, 1, 2), WAXWING_OK);
    server.store().with(|store| {
        let raw = b"Subject: new\r\nMessage-ID: <new@example.org>\r\n\r\nnew\r\n".to_vec();
        let inbox = store.mailbox_mut(USER, "INBOX").unwrap();
        inbox.append(raw, waxwing_demo::model::Flags::none(), 1_800_000_000_000);
    });
    let (changed, event) = caller.wait(|said| said.kind == WAXWING_EVENT_LIST_CHANGED && said.list == list);
    waxwing_event_free(event);
    assert!(!changed.is_final);
    let synced = caller.asked(|out| waxwing_mailbox_sync(caller.client(), inbox, out));
    assert_eq!(caller.answer(synced).kind, WAXWING_EVENT_SYNC_DONE);
    let (around, first, total) = window(&caller, list);
    let subjects: Vec<&str> = around.iter().map(|row| row.1.as_str()).collect();
    assert_eq!((subjects.as_slice(), first, total), (&["mail 28", "mail 27", "mail 26"][..], 3, 31));

    let loaded = caller.asked(|out| waxwing_message_load(caller.client(), top[0].0, WAXWING_LOAD_TEXT, out));
    let (said, event) = caller.wait(|said| said.request == loaded && said.is_final);
    assert_eq!(said.kind, WAXWING_EVENT_MESSAGE_READY);
    let message = waxwing_event_take_message(given(event));
    assert!(waxwing_event_take_message(given(event)).is_null(), "it is taken once");
    waxwing_event_free(event);
    // SAFETY: the library's promise.
    let view = unsafe { &*waxwing_message_view_get(given(message)) };
    assert_eq!((text(view.text).trim_end(), text(view.from).as_str()), ("Hello 30", "Ann <ann@example.org>"));
    // SAFETY: as above.
    let raw = unsafe { waxwing_message_bytes(given(message)).read("raw").unwrap() };
    assert!(raw.ends_with(b"Hello 30\r\n"), "{raw:?}");
    waxwing_message_free(message);

    let chosen = [top[0].0, top[1].0];
    let flagged = caller
        .asked(|out| waxwing_messages_set_flags(caller.client(), ids(&chosen), WAXWING_FLAG_FLAGGED, 0, out));
    assert_eq!(caller.answer(flagged).kind, WAXWING_EVENT_DONE);
    let archive = with_role(&caller, WAXWING_ROLE_ARCHIVE);
    let moved = caller.asked(|out| waxwing_messages_move(caller.client(), ids(&chosen), archive, out));
    // It is shown before the server has agreed.
    assert_eq!(mailboxes(&caller).into_iter().find(|mailbox| mailbox.0 == archive).unwrap().3, 2);
    assert_eq!(caller.answer(moved).kind, WAXWING_EVENT_DONE);
    server.store().with(|store| {
        let archive = store.mailbox(USER, "Archive").unwrap();
        assert_eq!(archive.mails().iter().filter(|mail| mail.flags().has("\\Flagged")).count(), 2);
    });
    let mut queue = null_mut();
    assert_eq!(waxwing_queue_snapshot(caller.client(), out(&raw mut queue)), WAXWING_OK);
    assert_eq!(waxwing_rows_array(given(queue)).count, 0);
    waxwing_rows_free(queue);

    let suspended = caller.asked(|out| waxwing_client_suspend(caller.client(), 5_000, out));
    assert_eq!(caller.answer(suspended).kind, WAXWING_EVENT_SUSPENDED);
    let mut asleep = null_mut();
    assert_eq!(waxwing_mailboxes_snapshot(caller.client(), 0, out(&raw mut asleep)), WAXWING_E_STATE);
    let mut refused = 0;
    let asked = waxwing_messages_trash(caller.client(), ids(&chosen), out(&raw mut refused));
    assert_eq!((asked, refused), (WAXWING_E_STATE, 0));
    let resumed = caller.asked(|out| waxwing_client_resume(caller.client(), out));
    assert_eq!(caller.answer(resumed).kind, WAXWING_EVENT_DONE);
    assert_eq!(mailboxes(&caller).len(), 3);

    waxwing_client_close(caller.client());
    waxwing_client_close(caller.client());
    loop {
        match caller.next(-1) {
            Ok((_, event)) => waxwing_event_free(event),
            Err(status) => break assert_eq!(status, WAXWING_E_CLOSED),
        }
    }
    assert_eq!(
        waxwing_messages_trash(caller.client(), ids(&chosen), out(&raw mut refused)),
        WAXWING_E_CLOSED
    );
}

#[test]
fn a_wrong_password_is_told_by_its_number_and_nothing_is_kept() {
    let server = served(1);
    let caller = Caller::open(Some(&server));
    let refused = caller.add(&server, "wrong");
    assert_eq!((refused.kind, refused.status), (WAXWING_EVENT_FAILED, WAXWING_E_AUTH));
    assert_eq!(refused.retry_after_ms, 0, "it is for the person");
    assert!(!refused.message.contains(USER) && !refused.message.contains("wrong"), "{}", refused.message);
    let mut accounts = null_mut();
    assert_eq!(waxwing_accounts_snapshot(caller.client(), out(&raw mut accounts)), WAXWING_OK);
    assert_eq!(waxwing_rows_array(given(accounts)).count, 0);
    waxwing_rows_free(accounts);
}

#[test]
fn a_token_signs_in_and_a_new_one_when_the_server_no_longer_takes_it() {
    let dialect = Dialect { oauthbearer: true, plain: false, ..Dialect::full() };
    let server = served_as(dialect, 3);
    server.store().with(|store| store.set_token(USER, "first"));
    let caller = Caller::open(Some(&server));
    let config = Caller::config(&server);
    let added = caller.asked(|out| {
        waxwing_account_add_token(caller.client(), given(&raw const config), bytes(b"first"), out)
    });
    let added = caller.answer(added);
    assert_eq!((added.kind, added.status), (WAXWING_EVENT_DONE, WAXWING_OK));
    server.store().with(|store| store.set_token(USER, "second"));
    server.store().cut_connections();
    // The first is answered by the end of the connection.
    let sync = || {
        let synced = caller.asked(|out| waxwing_account_sync(caller.client(), added.account, out));
        caller.answer(synced).status
    };
    let last = (0..10).map(|_| sync()).find(|status| *status != WAXWING_E_NETWORK);
    assert_eq!(last, Some(WAXWING_E_AUTH));
    let signed_in = caller
        .asked(|out| waxwing_account_sign_in_password(caller.client(), added.account, bytes(b"second"), out));
    assert_eq!(caller.answer(signed_in).kind, WAXWING_EVENT_SYNC_DONE);
}

#[test]
fn an_app_sends_and_one_made_before_sending_was_there_goes_on() {
    let mail = b"From: ada@example.org\nTo: grace@example.org\nBcc: b@example.org\n\nhi\n";
    let server = served(1);
    let caller = Caller::open(Some(&server));
    let account = caller.add_as(Caller::sending(&server), PASSWORD).account;
    let sent = caller.asked(|out| waxwing_send_raw(caller.client(), account, bytes(mail), 0, out));
    assert_eq!(caller.answer(sent).kind, WAXWING_EVENT_DONE);
    let carried = server.store().with_outbox(|outbox| outbox.carried.clone());
    assert_eq!((carried.len(), carried[0].to.len()), (1, 2));
    let held = caller.asked(|out| waxwing_send_raw(caller.client(), account, bytes(mail), 3_600_000, out));
    let mut queue = null_mut();
    assert_eq!(waxwing_queue_snapshot(caller.client(), out(&raw mut queue)), WAXWING_OK);
    assert_eq!(
        rows(queue, |row: &waxwing_queue_row| (row.id, row.kind, row.state)),
        [(held, WAXWING_QUEUE_KIND_SEND, WAXWING_QUEUE_STATE_WAITING)]
    );
    waxwing_rows_free(queue);
    let undone = caller.asked(|out| waxwing_operation_undo(caller.client(), held, out));
    assert_eq!(caller.answer(held).status, WAXWING_E_CANCELLED);
    assert_eq!(caller.answer(undone).kind, WAXWING_EVENT_DONE);

    // Its settings end where they did then; what lies behind them is not read.
    let caller = Caller::open(Some(&server));
    let mut config = Caller::sending(&server);
    config.struct_size = u32::try_from(std::mem::offset_of!(waxwing_account_config, smtp_host)).unwrap();
    config.smtp_security = 99;
    let added = caller.asked(|out| {
        waxwing_account_add_password(
            caller.client(),
            given(&raw const config),
            bytes(PASSWORD.as_bytes()),
            out,
        )
    });
    let account = caller.answer(added).account;
    let mut operation = 0;
    let refused = waxwing_send_raw(caller.client(), account, bytes(mail), 0, out(&raw mut operation));
    assert_eq!((refused, operation), (WAXWING_E_STATE, 0));
}

/// Every request gets one final event, whatever is cancelled and however it ends.
#[test]
fn each_request_is_answered_exactly_once_though_the_client_is_closed() {
    let server = served(40);
    let caller = Caller::open(Some(&server));
    let account = caller.add(&server, PASSWORD).account;
    let synced = caller.asked(|out| waxwing_account_sync(caller.client(), account, out));
    caller.answer(synced);
    let inbox = with_role(&caller, WAXWING_ROLE_INBOX);
    let list = list(&caller, inbox, 40);
    let (all, ..) = window(&caller, list);
    let mut asked = Vec::new();
    for (id, _) in &all {
        asked.push(caller.asked(|out| waxwing_message_load(caller.client(), *id, WAXWING_LOAD_TEXT, out)));
        asked.push(caller.asked(|out| waxwing_account_sync(caller.client(), account, out)));
        assert_eq!(waxwing_client_cancel(caller.client(), asked[asked.len() - 1]), WAXWING_OK);
    }
    waxwing_client_close(caller.client());
    let mut answered = Vec::new();
    loop {
        match caller.next(-1) {
            Ok((said, event)) => {
                waxwing_event_free(event);
                if said.is_final {
                    answered.push(said.request);
                }
            }
            Err(status) => break assert_eq!(status, WAXWING_E_CLOSED),
        }
    }
    answered.sort_unstable();
    asked.sort_unstable();
    assert_eq!(answered, asked);
}

/// What the core says is told as far as it is wanted at that moment.
#[test]
fn the_log_tells_more_or_less_from_the_moment_it_is_told_to() {
    let server = served(1);
    let caller = Caller::open(Some(&server));
    // Each says something for debugging while it signs in.
    let said_while_signing_in = || {
        caller.log.lock().unwrap().clear();
        let added = caller.add(&server, PASSWORD);
        assert_eq!(added.status, WAXWING_OK);
        let removed = caller.asked(|out| waxwing_account_remove(caller.client(), added.account, out));
        assert_eq!(caller.answer(removed).status, WAXWING_OK);
        // A mistake is told whatever the level, and after what came before it.
        waxwing_client_set_log_level(caller.client(), 9);
        let is_marked =
            || caller.log.lock().unwrap().iter().any(|line| line.contains("set_log_level: level"));
        assert!((0..1000).any(|_| is_marked() || {
            std::thread::sleep(std::time::Duration::from_millis(10));
            false
        }));
        let log = caller.log.lock().unwrap();
        log.iter().filter(|line| !line.contains("set_log_level")).cloned().collect::<Vec<_>>()
    };
    assert_eq!(said_while_signing_in(), Vec::<String>::new(), "nothing went wrong");
    waxwing_client_set_log_level(caller.client(), WAXWING_LOG_DEBUG);
    let said = said_while_signing_in();
    assert!(said.iter().any(|line| line.starts_with("4 ")), "{said:?}");
    assert!(!said.iter().any(|line| line.contains(USER) || line.contains(PASSWORD)), "{said:?}");
    waxwing_client_set_log_level(caller.client(), WAXWING_LOG_NONE);
    assert_eq!(said_while_signing_in(), Vec::<String>::new(), "it is silent again");
}

#[test]
fn the_window_of_a_search_stays_with_its_message() {
    let server = served(30);
    let caller = Caller::open(Some(&server));
    let account = caller.add(&server, PASSWORD).account;
    let synced = caller.asked(|out| waxwing_account_sync(caller.client(), account, out));
    assert_eq!(caller.answer(synced).kind, WAXWING_EVENT_SYNC_DONE);
    let inbox = with_role(&caller, WAXWING_ROLE_INBOX);
    let found = search(&caller, inbox, "is:unread", 4);
    let subjects = || {
        let (rows, first, total) = window(&caller, found);
        (rows.into_iter().map(|row| row.1).collect::<Vec<_>>().join(", "), first, total)
    };
    assert_eq!(subjects(), ("mail 30, mail 29, mail 28, mail 27".to_owned(), 0, 30));
    let anchor = window(&caller, found).0[3].0;
    assert_eq!(waxwing_list_move(caller.client(), found, anchor, 1, 2), WAXWING_OK);
    assert_eq!(subjects(), ("mail 28, mail 27, mail 26".to_owned(), 2, 30));
    // Mail that comes above moves nothing.
    server.store().with(|store| {
        let raw = b"Subject: new\r\nMessage-ID: <new@example.org>\r\n\r\nnew\r\n".to_vec();
        let inbox = store.mailbox_mut(USER, "INBOX").unwrap();
        inbox.append(raw, waxwing_demo::model::Flags::none(), 1_800_000_000_000);
    });
    let synced = caller.asked(|out| waxwing_mailbox_sync(caller.client(), inbox, out));
    assert_eq!(caller.answer(synced).kind, WAXWING_EVENT_SYNC_DONE);
    assert_eq!(subjects(), ("mail 28, mail 27, mail 26".to_owned(), 3, 31));
    // It is read, and so no longer found: the window stays where it began.
    let read = caller
        .asked(|out| waxwing_messages_set_flags(caller.client(), ids(&[anchor]), WAXWING_FLAG_SEEN, 0, out));
    assert_eq!(caller.answer(read).kind, WAXWING_EVENT_DONE);
    assert_eq!(subjects(), ("mail 28, mail 26, mail 25".to_owned(), 3, 30));
    assert_eq!(waxwing_list_move(caller.client(), found, 0, 0, 2), WAXWING_OK);
    assert_eq!(subjects(), ("new, mail 30".to_owned(), 0, 30));
}

#[test]
fn what_a_server_offers_and_what_was_made_of_it_is_told() {
    let dialect = Dialect { qresync: false, ..Dialect::full() };
    let server = served_as(dialect, 3);
    let caller = Caller::open(Some(&server));
    let account = caller.add(&server, PASSWORD).account;
    let synced = caller.asked(|out| waxwing_account_sync(caller.client(), account, out));
    assert_eq!(caller.answer(synced).kind, WAXWING_EVENT_SYNC_DONE);
    let asked = caller.asked(|out| waxwing_account_capabilities(caller.client(), account, out));
    let said = caller.answer(asked);
    assert_eq!(said.kind, WAXWING_EVENT_DONE);
    let lines: Vec<&str> = said.text.lines().collect();
    for line in ["state: Online", "sync: CONDSTORE", "move: MOVE"] {
        assert!(lines.contains(&line), "{line}: {lines:?}");
    }
    for private in [USER, PASSWORD, "localhost", "Ada", "Archive"] {
        assert!(!said.text.contains(private), "{private}: {lines:?}");
    }
}

#[test]
fn what_is_tried_again_by_itself_says_when() {
    let server = served(3);
    let caller = Caller::open(Some(&server));
    let account = caller.add(&server, PASSWORD).account;
    let sync = || {
        let synced = caller.asked(|out| waxwing_account_sync(caller.client(), account, out));
        caller.answer(synced)
    };
    assert_eq!((sync().status, sync().retry_after_ms), (WAXWING_OK, 0));
    drop(server);
    let failed = (0..10).map(|_| sync()).find(|said| said.status != WAXWING_OK).unwrap();
    assert_eq!(failed.status, WAXWING_E_NETWORK);
    assert!((1..=300_000).contains(&failed.retry_after_ms), "{failed:?}");
    // Without a network nobody knows when.
    waxwing_client_network_changed(caller.client(), WAXWING_NETWORK_NONE);
    let last = (0..10).map(|_| sync()).find(|said| said.retry_after_ms == 0).unwrap();
    assert_eq!(last.status, WAXWING_E_NETWORK);
}
