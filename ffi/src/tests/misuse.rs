//! What a caller does wrong: it is told by a status and a name, and nothing else happens.

use std::collections::BTreeSet;
use std::mem::MaybeUninit;
use std::ptr::{null, null_mut};

use super::caller::*;
use crate::accounts::*;
use crate::browser::*;
use crate::changes::*;
use crate::client::*;
use crate::drafts::*;
use crate::event::*;
use crate::guard::injected;
use crate::images::*;
use crate::life::*;
use crate::lists::*;
use crate::log::*;
use crate::mailboxes::*;
use crate::message::*;
use crate::notices::*;
use crate::parts::*;
use crate::places::*;
use crate::queue::*;
use crate::rows::*;
use crate::search::*;
use crate::secrets::*;
use crate::setup::*;
use crate::status::*;
use crate::tags::*;
use crate::text::waxwing_str;
use crate::trust::*;
use crate::unsubscribe::*;
use crate::writers::*;

type Client = MaybeUninit<&'static waxwing_client>;
type Number = MaybeUninit<&'static mut u64>;
type Call = (&'static str, fn(Client, Number, u64) -> waxwing_status);

fn ids(id: u64) -> waxwing_ids {
    waxwing_ids { ptr: std::ptr::from_ref(Box::leak(Box::new(id))), len: 1 }
}

fn config() -> MaybeUninit<&'static waxwing_account_config> {
    // SAFETY: all zeros is what C gives.
    let mut config: waxwing_account_config = unsafe { std::mem::zeroed() };
    config.struct_size = u32::try_from(size_of::<waxwing_account_config>()).unwrap();
    config.imap_host = str("localhost");
    config.address = str(USER);
    given(std::ptr::from_ref(Box::leak(Box::new(config))))
}

fn oauth() -> MaybeUninit<&'static waxwing_oauth_client> {
    // SAFETY: all zeros is what C gives.
    let mut oauth: waxwing_oauth_client = unsafe { std::mem::zeroed() };
    oauth.struct_size = u32::try_from(size_of::<waxwing_oauth_client>()).unwrap();
    oauth.client_id = str("app");
    given(std::ptr::from_ref(Box::leak(Box::new(oauth))))
}

fn query(mailbox: u64) -> MaybeUninit<&'static waxwing_list_query> {
    // SAFETY: all zeros is what C gives.
    let mut query: waxwing_list_query = unsafe { std::mem::zeroed() };
    query.struct_size = u32::try_from(size_of::<waxwing_list_query>()).unwrap();
    query.mailbox = mailbox;
    given(std::ptr::from_ref(Box::leak(Box::new(query))))
}

/// Every function that answers at once with a status and gives a number, with whatever id.
const CALLS: [Call; 76] = [
    ("waxwing_part_fetch", |client, out, id| waxwing_part_fetch(client, id, 1, out)),
    ("waxwing_message_fetch", |client, out, id| waxwing_message_fetch(client, id, out)),
    ("waxwing_images_fetch", |client, out, id| waxwing_images_fetch(client, id, out)),
    ("waxwing_images_remember_sender", |client, out, _| {
        waxwing_images_remember_sender(client, str("ann@shop.example"), true, out)
    }),
    ("waxwing_account_add_oauth", |client, out, _| waxwing_account_add_oauth(client, config(), oauth(), out)),
    ("waxwing_account_sign_in_oauth", |client, out, id| {
        waxwing_account_sign_in_oauth(client, id, std::ptr::null(), out)
    }),
    ("waxwing_account_oauth_redirect", |client, out, id| {
        waxwing_account_oauth_redirect(client, id, str("org.example.app:/back"), out)
    }),
    ("waxwing_setup_discover", |client, out, _| waxwing_setup_discover(client, str("ann@gmail.com"), out)),
    ("waxwing_account_capabilities", |client, out, id| waxwing_account_capabilities(client, id, out)),
    ("waxwing_account_add_token", |client, out, _| {
        waxwing_account_add_token(client, config(), bytes(b"token"), out)
    }),
    ("waxwing_account_add_password", |client, out, _| {
        waxwing_account_add_password(client, config(), bytes(b"secret"), out)
    }),
    ("waxwing_account_sign_in_password", |client, out, id| {
        waxwing_account_sign_in_password(client, id, bytes(b"secret"), out)
    }),
    ("waxwing_account_edit", |client, out, id| waxwing_account_edit(client, id, config(), out)),
    ("waxwing_account_remove", |client, out, id| waxwing_account_remove(client, id, out)),
    ("waxwing_account_sync", |client, out, id| waxwing_account_sync(client, id, out)),
    ("waxwing_account_set_offline", |client, out, id| waxwing_account_set_offline(client, id, 30, out)),
    ("waxwing_account_empty_trash", |client, out, id| waxwing_account_empty_trash(client, id, out)),
    ("waxwing_mailbox_create", |client, out, id| waxwing_mailbox_create(client, id, str("New"), 0, out)),
    ("waxwing_mailbox_rename", |client, out, id| waxwing_mailbox_rename(client, id, str("New"), out)),
    ("waxwing_mailbox_delete", |client, out, id| waxwing_mailbox_delete(client, id, out)),
    ("waxwing_mailbox_set_subscribed", |client, out, id| {
        waxwing_mailbox_set_subscribed(client, id, true, out)
    }),
    ("waxwing_mailbox_set_role", |client, out, id| waxwing_mailbox_set_role(client, id, 0, out)),
    ("waxwing_mailbox_sync", |client, out, id| waxwing_mailbox_sync(client, id, out)),
    ("waxwing_mailbox_show", |client, out, id| waxwing_mailbox_show(client, id, out)),
    ("waxwing_mailbox_set_offline", |client, out, id| {
        waxwing_mailbox_set_offline(client, id, WAXWING_OFFLINE_NOTHING, out)
    }),
    ("waxwing_mailbox_mark_all_read", |client, out, id| waxwing_mailbox_mark_all_read(client, id, out)),
    ("waxwing_messages_set_flags", |client, out, id| {
        waxwing_messages_set_flags(client, ids(id), WAXWING_FLAG_SEEN, 0, out)
    }),
    ("waxwing_messages_set_keywords", |client, out, id| {
        waxwing_messages_set_keywords(client, ids(id), str("Work"), str(""), out)
    }),
    ("waxwing_conversation_split", |client, out, id| waxwing_conversation_split(client, ids(id), out)),
    ("waxwing_conversations_join", |client, out, id| waxwing_conversations_join(client, ids(id), out)),
    ("waxwing_messages_move", |client, out, id| waxwing_messages_move(client, ids(id), 1, out)),
    ("waxwing_messages_copy", |client, out, id| waxwing_messages_copy(client, ids(id), 1, out)),
    ("waxwing_messages_archive", |client, out, id| waxwing_messages_archive(client, ids(id), out)),
    ("waxwing_messages_trash", |client, out, id| waxwing_messages_trash(client, ids(id), out)),
    ("waxwing_messages_delete_forever", |client, out, id| {
        waxwing_messages_delete_forever(client, ids(id), out)
    }),
    ("waxwing_message_append", |client, out, id| {
        waxwing_message_append(client, id, bytes(b"Subject: x\n\nx\n"), 0, 0, out)
    }),
    ("waxwing_message_load", |client, out, id| waxwing_message_load(client, id, WAXWING_LOAD_TEXT, out)),
    ("waxwing_message_export_fd", |client, out, id| waxwing_message_export_fd(client, id, 2, out)),
    ("waxwing_part_save_fd", |client, out, id| waxwing_part_save_fd(client, id, 1, 2, out)),
    ("waxwing_part_save_path", |client, out, id| {
        waxwing_part_save_path(client, id, 1, str("/nowhere/to/be/found"), out)
    }),
    ("waxwing_message_parse", |client, out, _| {
        waxwing_message_parse(client, bytes(b"Subject: x\n\nx\n"), WAXWING_LOAD_TEXT, out)
    }),
    ("waxwing_send_raw", |client, out, id| waxwing_send_raw(client, id, bytes(b"To: a@b.c\n\nx\n"), 0, out)),
    ("waxwing_message_unsubscribe", |client, out, id| waxwing_message_unsubscribe(client, id, out)),
    ("waxwing_message_raw", |client, out, id| {
        let _ = out;
        waxwing_message_raw(client, id, pointer())
    }),
    ("waxwing_operation_undo", |client, out, id| waxwing_operation_undo(client, id, out)),
    ("waxwing_queue_retry", |client, out, id| waxwing_queue_retry(client, id, out)),
    ("waxwing_queue_discard", |client, out, id| waxwing_queue_discard(client, id, out)),
    ("waxwing_list_open", |client, out, id| waxwing_list_open(client, query(id), 10, out)),
    ("waxwing_list_move", |client, _, id| waxwing_list_move(client, id, 0, 0, 10)),
    ("waxwing_list_snapshot", |client, _, id| waxwing_list_snapshot(client, id, pointer())),
    ("waxwing_mailboxes_snapshot", |client, _, id| waxwing_mailboxes_snapshot(client, id, pointer())),
    ("waxwing_client_cancel", |client, _, id| waxwing_client_cancel(client, id)),
    ("waxwing_client_suspend", |client, out, _| waxwing_client_suspend(client, 100, out)),
    ("waxwing_account_set_submission", |client, out, id| {
        waxwing_account_set_submission(client, id, str("smtp.example.org"), 0, 0, out)
    }),
    ("waxwing_sync_now", |client, out, id| waxwing_sync_now(client, id, WAXWING_SYNC_INBOXES, 100, out)),
    ("waxwing_client_resume", |client, out, _| waxwing_client_resume(client, out)),
    ("waxwing_client_report", |client, out, _| waxwing_client_report(client, out)),
    ("waxwing_trust_decide", |client, out, id| waxwing_trust_decide(client, id, WAXWING_TRUST_PIN, out)),
    ("waxwing_secrets_keep", |client, out, _| {
        waxwing_secrets_keep(client, WAXWING_SECRETS_SESSION, bytes(b""), out)
    }),
    ("waxwing_secrets_change_passphrase", |client, out, _| {
        waxwing_secrets_change_passphrase(client, bytes(b"old"), bytes(b"new"), out)
    }),
    ("waxwing_pin_remove", |client, out, id| {
        waxwing_pin_remove(client, str("imap.example.org"), u16::try_from(id).unwrap_or(993), out)
    }),
    ("waxwing_search_server", |client, out, id| waxwing_search_server(client, search(id), out)),
    ("waxwing_search_save", |client, out, id| waxwing_search_save(client, str("Name"), search(id), out)),
    ("waxwing_search_rename", |client, out, id| waxwing_search_rename(client, id, str("Name"), out)),
    ("waxwing_search_delete", |client, out, id| waxwing_search_delete(client, id, out)),
    ("waxwing_draft_save", |client, out, id| waxwing_draft_save(client, composition(id), out)),
    ("waxwing_draft_add_file", |client, out, id| waxwing_draft_add_file(client, id, file(), out)),
    ("waxwing_draft_remove_file", |client, out, id| waxwing_draft_remove_file(client, id, 1, out)),
    ("waxwing_draft_close", |client, out, id| waxwing_draft_close(client, id, out)),
    ("waxwing_draft_discard", |client, out, id| waxwing_draft_discard(client, id, out)),
    ("waxwing_draft_restore", |client, out, id| waxwing_draft_restore(client, id, 0, out)),
    ("waxwing_draft_open", |client, out, id| waxwing_draft_open(client, id, out)),
    ("waxwing_draft_send", |client, out, id| waxwing_draft_send(client, id, 0, 0, out)),
    ("waxwing_identities_set", |client, out, id| waxwing_identities_set(client, id, null(), 0, 0, out)),
    ("waxwing_template_save", |client, out, id| {
        waxwing_template_save(client, id, str("Name"), str(""), str(""), out)
    }),
    ("waxwing_template_delete", |client, out, id| waxwing_template_delete(client, id, out)),
];

fn composition(account: u64) -> MaybeUninit<&'static waxwing_composition> {
    // SAFETY: all zeros is what C gives.
    let mut composition: waxwing_composition = unsafe { std::mem::zeroed() };
    composition.struct_size = u32::try_from(size_of::<waxwing_composition>()).unwrap();
    composition.account = account;
    given(std::ptr::from_ref(Box::leak(Box::new(composition))))
}

fn file() -> MaybeUninit<&'static waxwing_new_file> {
    // SAFETY: all zeros is what C gives.
    let mut file: waxwing_new_file = unsafe { std::mem::zeroed() };
    file.struct_size = u32::try_from(size_of::<waxwing_new_file>()).unwrap();
    file.name = str("note.txt");
    file.octets = bytes(b"note");
    given(std::ptr::from_ref(Box::leak(Box::new(file))))
}

fn search(mailbox: u64) -> MaybeUninit<&'static waxwing_list_query> {
    // SAFETY: all zeros is what C gives.
    let mut query: waxwing_list_query = unsafe { std::mem::zeroed() };
    query.struct_size = u32::try_from(size_of::<waxwing_list_query>()).unwrap();
    query.mailbox = mailbox;
    query.search = str("words");
    given(std::ptr::from_ref(Box::leak(Box::new(query))))
}

/// Memory for a pointer that nobody looks at.
fn pointer<T>() -> MaybeUninit<&'static mut *mut T> {
    out(std::ptr::from_mut(Box::leak(Box::new(null_mut()))))
}

/// Those of another kind, called with nothing at all.
fn called_with_nothing() -> BTreeSet<&'static str> {
    let client = || given(null());
    assert_eq!(waxwing_client_open(given(null()), out(null_mut()), null_mut()), WAXWING_E_ARGUMENT);
    assert_eq!(waxwing_client_open(given(null()), pointer(), null_mut()), WAXWING_E_ARGUMENT);
    assert_eq!(waxwing_client_next_event(client(), 0, pointer()), WAXWING_E_ARGUMENT);
    assert_eq!(waxwing_accounts_snapshot(client(), pointer()), WAXWING_E_ARGUMENT);
    assert_eq!(waxwing_queue_snapshot(client(), pointer()), WAXWING_E_ARGUMENT);
    assert_eq!(waxwing_tags_snapshot(client(), pointer()), WAXWING_E_ARGUMENT);
    assert_eq!(waxwing_pins_snapshot(client(), pointer()), WAXWING_E_ARGUMENT);
    assert_eq!(waxwing_image_senders_snapshot(client(), pointer()), WAXWING_E_ARGUMENT);
    assert_eq!(waxwing_images_snapshot(client(), 1, pointer()), WAXWING_E_ARGUMENT);
    assert_eq!(waxwing_searches_snapshot(client(), pointer()), WAXWING_E_ARGUMENT);
    assert_eq!(waxwing_drafts_snapshot(client(), false, pointer()), WAXWING_E_ARGUMENT);
    assert_eq!(waxwing_draft_versions_snapshot(client(), 1, pointer()), WAXWING_E_ARGUMENT);
    assert_eq!(waxwing_draft_files_snapshot(client(), 1, pointer()), WAXWING_E_ARGUMENT);
    assert_eq!(
        waxwing_message_answer(client(), 1, WAXWING_ANSWER_ALL, given(null()), pointer()),
        WAXWING_E_ARGUMENT
    );
    assert_eq!(waxwing_identities_snapshot(client(), 1, pointer()), WAXWING_E_ARGUMENT);
    assert_eq!(waxwing_contacts_complete(client(), str("a"), 1, pointer()), WAXWING_E_ARGUMENT);
    assert_eq!(waxwing_templates_snapshot(client(), pointer()), WAXWING_E_ARGUMENT);
    let number = || out(null_mut());
    let covered = waxwing_search_coverage(client(), given(null()), number(), number(), number(), number());
    assert_eq!(covered, WAXWING_E_ARGUMENT);
    let nowhere = || out(null_mut());
    assert_eq!(waxwing_secrets_state(client(), nowhere(), nowhere(), nowhere()), WAXWING_E_ARGUMENT);
    assert_eq!(waxwing_client_event_fd(client()), -1);
    waxwing_client_close(client());
    waxwing_client_free(null_mut());
    waxwing_client_network_changed(client(), WAXWING_NETWORK_NONE);
    waxwing_client_set_power_saver(client(), true);
    waxwing_client_memory_pressure(client(), 1);
    waxwing_client_set_log_level(client(), WAXWING_LOG_DEBUG);
    waxwing_list_close(client(), 1);
    let (buffer, count) = (out(null_mut()), out(null_mut()));
    assert_eq!(waxwing_part_read(client(), 1, 1, 0, buffer, 9, 9, count), WAXWING_E_ARGUMENT);
    waxwing_reply_secret(client(), 1, 0, bytes(b""));
    waxwing_reply_status(client(), 1, 0);
    assert!(waxwing_event_view_get(given(null())).is_null());
    assert!(waxwing_event_take_rows(given(null())).is_null());
    assert!(waxwing_event_trust(given(null())).is_null());
    assert!(waxwing_event_take_message(given(null())).is_null());
    waxwing_event_free(null_mut());
    assert_eq!(waxwing_rows_array(given(null())).count, 0);
    waxwing_rows_free(null_mut());
    assert!(waxwing_message_view_get(given(null())).is_null());
    assert_eq!(waxwing_message_parts(given(null())).count, 0);
    assert_eq!(waxwing_message_headers(given(null())).count, 0);
    assert_eq!(waxwing_message_remote(given(null())).count, 0);
    assert_eq!(waxwing_message_addresses(given(null()), WAXWING_ADDRESSES_FROM).count, 0);
    assert!(waxwing_message_invitation(given(null())).is_null());
    assert_eq!(waxwing_message_invited(given(null())).count, 0);
    assert_eq!(waxwing_message_images(given(null())).count, 0);
    assert_eq!(waxwing_message_trackers(given(null())).count, 0);
    let nothing = waxwing_str { ptr: null(), len: 1 };
    assert!(!waxwing_link_is_false(nothing, nothing));
    assert_eq!(waxwing_message_bytes(given(null())).len, 0);
    waxwing_message_free(null_mut());
    assert!(waxwing_error_view_get(given(null())).is_null());
    waxwing_error_free(null_mut());
    assert_eq!(text(waxwing_status_name(12_345)), "E_UNKNOWN");
    [
        "waxwing_client_open",
        "waxwing_client_next_event",
        "waxwing_accounts_snapshot",
        "waxwing_queue_snapshot",
        "waxwing_tags_snapshot",
        "waxwing_pins_snapshot",
        "waxwing_image_senders_snapshot",
        "waxwing_images_snapshot",
        "waxwing_searches_snapshot",
        "waxwing_drafts_snapshot",
        "waxwing_draft_versions_snapshot",
        "waxwing_draft_files_snapshot",
        "waxwing_message_answer",
        "waxwing_identities_snapshot",
        "waxwing_contacts_complete",
        "waxwing_templates_snapshot",
        "waxwing_search_coverage",
        "waxwing_secrets_state",
        "waxwing_client_event_fd",
        "waxwing_client_close",
        "waxwing_client_free",
        "waxwing_client_network_changed",
        "waxwing_client_set_power_saver",
        "waxwing_client_memory_pressure",
        "waxwing_client_set_log_level",
        "waxwing_list_close",
        "waxwing_part_read",
        "waxwing_reply_secret",
        "waxwing_reply_status",
        "waxwing_event_view_get",
        "waxwing_event_take_rows",
        "waxwing_event_trust",
        "waxwing_event_take_message",
        "waxwing_event_free",
        "waxwing_rows_array",
        "waxwing_rows_free",
        "waxwing_message_view_get",
        "waxwing_message_parts",
        "waxwing_message_headers",
        "waxwing_message_remote",
        "waxwing_message_addresses",
        "waxwing_message_invitation",
        "waxwing_message_invited",
        "waxwing_message_images",
        "waxwing_message_trackers",
        "waxwing_link_is_false",
        "waxwing_message_bytes",
        "waxwing_message_free",
        "waxwing_error_view_get",
        "waxwing_error_free",
        "waxwing_status_name",
        "waxwing_abi_version",
        "waxwing_version",
    ]
    .into()
}

/// The functions of the header.
fn declared() -> BTreeSet<String> {
    let header = super::header();
    let code = header.lines().filter(|line| !line.starts_with("//") && !line.starts_with(' '));
    let names = code.filter_map(|line| {
        let (before, _) = line.split_once('(')?;
        let name = before.rsplit([' ', '*']).next()?;
        name.starts_with("waxwing_").then(|| name.to_owned())
    });
    names.collect()
}

#[test]
fn every_function_is_called_with_nothing_and_says_so() {
    let mut called = called_with_nothing();
    for (name, call) in CALLS {
        let mut number = 0;
        assert_eq!(call(given(null()), out(&raw mut number), 1), WAXWING_E_ARGUMENT, "{name}");
        assert_eq!(number, 0, "{name} writes on success alone");
        called.insert(name);
    }
    let called: BTreeSet<String> = called.into_iter().map(str::to_owned).collect();
    assert_eq!(called, declared(), "each function of the header, and no other");
}

#[test]
fn a_missing_place_for_the_answer_is_told_by_its_name() {
    let caller = Caller::open(None);
    for (name, call) in CALLS {
        caller.log.lock().unwrap().clear();
        let status = call(caller.client(), out(null_mut()), 7);
        let takes_none = ["waxwing_message_raw", "waxwing_list_move", "waxwing_list_snapshot"];
        if takes_none.contains(&name)
            || name == "waxwing_mailboxes_snapshot"
            || name == "waxwing_client_cancel"
        {
            continue;
        }
        assert_eq!(status, WAXWING_E_ARGUMENT, "{name}");
        let said = logged(&caller, name);
        assert!(said.contains("out_") && said.ends_with("is NULL"), "{name}: {said}");
    }
}

/// What the log says of a call.
fn logged(caller: &Caller, name: &str) -> String {
    for _ in 0..500 {
        let found = caller.log.lock().unwrap().iter().find(|line| line.contains(name)).cloned();
        if let Some(line) = found {
            return line;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("nothing was said of {name}");
}

#[test]
fn ids_of_nothing_are_not_found_at_once_or_by_the_answer() {
    let caller = Caller::open(None);
    for (name, call) in CALLS {
        let takes_no_id = [
            "waxwing_account_add_password",
            "waxwing_account_add_token",
            "waxwing_account_add_oauth",
            "waxwing_client_suspend",
            "waxwing_client_resume",
            "waxwing_client_report",
            "waxwing_images_remember_sender",
            "waxwing_message_parse",
            "waxwing_secrets_keep",
            "waxwing_secrets_change_passphrase",
            "waxwing_setup_discover",
            "waxwing_search_save",
            // Nobody can be asked: then all was asked.
            "waxwing_search_server",
        ];
        if takes_no_id.contains(&name) {
            continue;
        }
        for id in [0, 7_777, u64::MAX] {
            let mut number = 0;
            match (call(caller.client(), out(&raw mut number), id), number) {
                (WAXWING_E_NOT_FOUND, 0) => {}
                // 0 is no operation, and to cancel what isn't there is nothing.
                (WAXWING_E_ARGUMENT, 0) if id == 0 => {}
                (WAXWING_OK, 0) if name == "waxwing_client_cancel" => {}
                // All accounts, all inboxes; a list of a mailbox that isn't there is empty.
                (WAXWING_OK, _) if name == "waxwing_mailboxes_snapshot" || name == "waxwing_list_open" => {}
                (WAXWING_OK, _) if name == "waxwing_sync_now" && id == 0 => {}
                // A new one.
                (WAXWING_OK, _) if name == "waxwing_template_save" && id == 0 => {}
                (WAXWING_OK, request) => {
                    let answer = caller.answer(request);
                    assert_eq!(answer.status, WAXWING_E_NOT_FOUND, "{name} {id} {answer:?}");
                }
                (status, number) => panic!("{name} {id}: {status} {number}"),
            }
        }
    }
}

#[test]
fn a_panic_at_any_entry_is_an_internal_error_and_the_client_goes_on() {
    let caller = Caller::open(None);
    for (name, call) in CALLS {
        let mut number = 0;
        injected::next();
        assert_eq!(call(caller.client(), out(&raw mut number), 1), WAXWING_E_INTERNAL, "{name}");
        assert_eq!(number, 0);
    }
    injected::next();
    waxwing_client_network_changed(caller.client(), WAXWING_NETWORK_FREE);
    injected::next();
    assert_eq!(waxwing_client_event_fd(caller.client()), -1);
    assert!(waxwing_client_event_fd(caller.client()) >= 0);
    let mut accounts = null_mut();
    assert_eq!(waxwing_accounts_snapshot(caller.client(), out(&raw mut accounts)), WAXWING_OK);
    waxwing_rows_free(accounts);
}

#[test]
fn what_can_not_be_opened_is_told_by_the_name_of_the_option() {
    let log = Box::leak(Box::default());
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data");
    let good = options(path.to_str().unwrap(), log);
    let said = |options: waxwing_client_options| {
        let (mut client, mut error) = (null_mut(), null_mut());
        let status = waxwing_client_open(given(&raw const options), out(&raw mut client), &raw mut error);
        assert!(client.is_null());
        // SAFETY: the library's promise.
        let view = unsafe { &*waxwing_error_view_get(given(error)) };
        let said = (view.status, text(view.message));
        assert_eq!(status, said.0);
        waxwing_error_free(error);
        said.1
    };
    assert_eq!(
        said(waxwing_client_options { struct_size: 3, ..good }),
        "options has a struct_size that is no version's"
    );
    assert_eq!(
        said(waxwing_client_options { data_dir: str("data"), ..good }),
        "options.data_dir is not an absolute path"
    );
    let null_text = waxwing_str { ptr: null(), len: 4 };
    assert_eq!(
        said(waxwing_client_options { data_dir: null_text, ..good }),
        "options.data_dir is NULL with a length"
    );
    assert_eq!(
        said(waxwing_client_options { flags: 1 << 30, ..good }),
        "options.flags has bits that mean nothing"
    );
    assert_eq!(said(waxwing_client_options { log_level: 9, ..good }), "options.log_level is not 0 to 4");
    let no_pem = waxwing_client_options { extra_roots_pem: bytes(b"nonsense"), ..good };
    assert_eq!(said(no_pem), "options.extra_roots_pem holds no certificate or something else");
    let store = waxwing_secret_store {
        struct_size: u32::try_from(size_of::<waxwing_secret_store>()).unwrap(),
        ..forgetful()
    };
    let no_functions = waxwing_client_options { secrets: &raw const store, ..good };
    assert_eq!(said(no_functions), "options.secrets.get is NULL");
    let held = Caller::open(None);
    let taken = held.data_dir.path().join("data");
    let busy = waxwing_client_options { data_dir: str(taken.to_str().unwrap()), ..good };
    assert!(said(busy).contains("not possible now"), "another client has the store");
}
