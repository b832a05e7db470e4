//! A mail is written, kept, sent, taken back and answered by an app.

use std::ptr::{null, null_mut};

use super::caller::*;
use crate::changes::*;
use crate::drafts::*;
use crate::event::*;
use crate::lists::*;
use crate::mailboxes::*;
use crate::message::*;
use crate::rows::*;
use crate::status::*;
use crate::writers::*;

const HOUR_MS: u32 = 3_600_000;

fn letter(account: u64, words: &str) -> waxwing_composition {
    // SAFETY: all zeros is what C gives.
    let nothing: waxwing_composition = unsafe { std::mem::zeroed() };
    waxwing_composition {
        struct_size: u32::try_from(size_of::<waxwing_composition>()).unwrap(),
        account,
        from: str("Ada <ada@example.org>"),
        to: str("Grace <grace@example.net>"),
        bcc: str("secret@example.net"),
        subject: str("Plans"),
        text: str(words),
        ..nothing
    }
}

fn note() -> waxwing_new_file {
    // SAFETY: all zeros is what C gives.
    let nothing: waxwing_new_file = unsafe { std::mem::zeroed() };
    waxwing_new_file {
        struct_size: u32::try_from(size_of::<waxwing_new_file>()).unwrap(),
        name: str("note.txt"),
        media_type: str("text/plain"),
        octets: bytes(b"Remember the boat"),
        ..nothing
    }
}

/// How a request ends, and the first number it gives.
fn number(caller: &Caller, request: u64) -> (i32, u64) {
    let (said, event) = caller.wait(|said| said.request == request && said.is_final);
    // SAFETY: the library's promise.
    let [first, ..] = unsafe { &*waxwing_event_view_get(given(event)) }.counts;
    waxwing_event_free(event);
    (said.kind, first)
}

fn save(caller: &Caller, letter: waxwing_composition) -> u64 {
    let saving = caller.asked(|out| waxwing_draft_save(caller.client(), given(&raw const letter), out));
    let (kind, draft) = number(caller, saving);
    assert_eq!(kind, WAXWING_EVENT_DONE);
    draft
}

fn snapshot<T, U>(
    take: impl FnOnce(std::mem::MaybeUninit<&'static mut *mut waxwing_rows>) -> waxwing_status,
    read: impl Fn(&T) -> U,
) -> Vec<U> {
    let mut found = null_mut();
    assert_eq!(take(out(&raw mut found)), WAXWING_OK);
    let all = rows(found, read);
    waxwing_rows_free(found);
    all
}

fn drafts(caller: &Caller, discarded: bool) -> Vec<(u64, i32, String)> {
    snapshot(
        |out| waxwing_drafts_snapshot(caller.client(), discarded, out),
        |row: &waxwing_draft_row| (row.id, row.state, text(row.text)),
    )
}

#[test]
fn an_app_writes_sends_takes_back_and_sends_again() {
    let server = served(0);
    let caller = Caller::open(Some(&server));
    let account = caller.add_as(Caller::sending(&server), PASSWORD).account;
    let draft = save(&caller, letter(account, "Dear Grace"));
    assert_eq!(
        save(&caller, waxwing_composition { draft, ..letter(account, "Dear Grace,\nshall we?") }),
        draft
    );
    let file = note();
    let adding =
        caller.asked(|out| waxwing_draft_add_file(caller.client(), draft, given(&raw const file), out));
    let (kind, file) = number(&caller, adding);
    assert_eq!(kind, WAXWING_EVENT_DONE);
    let files = snapshot(
        |out| waxwing_draft_files_snapshot(caller.client(), draft, out),
        |row: &waxwing_draft_file_row| (row.id, row.size, text(row.name), text(row.media_type)),
    );
    assert_eq!(files, [(file, 17, "note.txt".to_owned(), "text/plain".to_owned())]);

    let held = caller.asked(|out| waxwing_draft_send(caller.client(), draft, HOUR_MS, 0, out));
    let waiting = (draft, WAXWING_DRAFT_SENDING, "Dear Grace,\nshall we?".to_owned());
    assert_eq!(drafts(&caller, false), [waiting]);
    let undone = caller.asked(|out| waxwing_operation_undo(caller.client(), held, out));
    assert_eq!(caller.answer(held).status, WAXWING_E_CANCELLED);
    assert_eq!(caller.answer(undone).kind, WAXWING_EVENT_DONE);
    let back = (draft, WAXWING_DRAFT_WRITING, "Dear Grace,\nshall we?".to_owned());
    assert_eq!(drafts(&caller, false), [back]);
    assert_eq!(server.store().with_outbox(|outbox| outbox.carried.len()), 0);

    save(&caller, waxwing_composition { draft, ..letter(account, "Dear Grace,\nlet us.") });
    let sent = caller.asked(|out| waxwing_draft_send(caller.client(), draft, 0, 0, out));
    assert_eq!(caller.answer(sent).kind, WAXWING_EVENT_DONE);
    let carried = server.store().with_outbox(|outbox| outbox.carried.clone());
    assert_eq!(carried.len(), 1);
    let mail = String::from_utf8(carried[0].mail.clone()).unwrap();
    assert!(mail.contains("let us.") && mail.contains("note.txt"), "{mail}");
    assert!(!mail.contains("secret@example.net") && carried[0].to.len() == 2, "Bcc is for the server alone");
    assert_eq!(drafts(&caller, false), []);
    let versions = snapshot(
        |out| waxwing_draft_versions_snapshot(caller.client(), draft, out),
        |row: &waxwing_draft_row| text(row.text),
    );
    assert_eq!(versions.first().map(String::as_str), Some("Dear Grace,\nlet us."));
}

#[test]
fn a_draft_is_thrown_away_and_brought_back_and_sent_at_its_time() {
    let server = served(0);
    let caller = Caller::open(Some(&server));
    let account = caller.add_as(Caller::sending(&server), PASSWORD).account;
    let draft = save(&caller, letter(account, "Dear Grace"));
    let discarding = caller.asked(|out| waxwing_draft_discard(caller.client(), draft, out));
    assert_eq!(caller.answer(discarding).kind, WAXWING_EVENT_DONE);
    assert_eq!(drafts(&caller, false), []);
    assert_eq!(drafts(&caller, true), [(draft, WAXWING_DRAFT_DISCARDED, "Dear Grace".to_owned())]);
    let mut nothing = 0;
    let sending = waxwing_draft_send(caller.client(), draft, 0, 0, out(&raw mut nothing));
    assert_eq!(sending, WAXWING_E_STATE);
    let restoring = caller.asked(|out| waxwing_draft_restore(caller.client(), draft, 0, out));
    assert_eq!(number(&caller, restoring), (WAXWING_EVENT_DONE, draft));

    let both = waxwing_draft_send(caller.client(), draft, 5, 5, out(&raw mut nothing));
    assert_eq!(both, WAXWING_E_ARGUMENT, "two times");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let tomorrow = i64::try_from(now.as_millis()).unwrap() + i64::from(HOUR_MS) * 24;
    let later = caller.asked(|out| waxwing_draft_send(caller.client(), draft, 0, tomorrow, out));
    let waiting = snapshot(
        |out| crate::queue::waxwing_queue_snapshot(caller.client(), out),
        |row: &crate::queue::waxwing_queue_row| (row.id, row.next_try_ms),
    );
    assert_eq!(waiting, [(later, tomorrow)]);
    let dropped = caller.asked(|out| waxwing_queue_discard(caller.client(), later, out));
    assert_eq!(caller.answer(dropped).kind, WAXWING_EVENT_DONE);
    assert_eq!(drafts(&caller, false).len(), 1);
}

#[test]
fn an_answer_is_from_the_identity_that_got_the_message() {
    let server = served(1);
    let caller = Caller::open(Some(&server));
    let account = caller.add(&server, PASSWORD).account;
    let synced = caller.asked(|out| crate::accounts::waxwing_account_sync(caller.client(), account, out));
    assert_eq!(caller.answer(synced).kind, WAXWING_EVENT_SYNC_DONE);
    let identity = |name, address, signature| waxwing_identity_row {
        name: str(name),
        address: str(address),
        reply_to: str(""),
        signature: str(signature),
        is_catch_all: false,
    };
    let identities =
        [identity("Ada", "ada@example.org", "Ada L."), identity("Sales", "sales@example.org", "The team")];
    let stride = size_of::<waxwing_identity_row>();
    let set = |count, stride| {
        caller.asked(|out| {
            waxwing_identities_set(caller.client(), account, identities.as_ptr(), count, stride, out)
        })
    };
    assert_eq!(caller.answer(set(2, stride)).kind, WAXWING_EVENT_DONE);
    let mut nothing = 0;
    let too_narrow =
        waxwing_identities_set(caller.client(), account, identities.as_ptr(), 2, 8, out(&raw mut nothing));
    let missing = waxwing_identities_set(caller.client(), account, null(), 2, stride, out(&raw mut nothing));
    assert_eq!([too_narrow, missing], [WAXWING_E_ARGUMENT; 2]);
    let kept = snapshot(
        |out| waxwing_identities_snapshot(caller.client(), account, out),
        |row: &waxwing_identity_row| (text(row.address), text(row.signature)),
    );
    assert_eq!(kept[1], ("sales@example.org".to_owned(), "The team".to_owned()));

    let mail = b"From: Bob <bob@example.net>\r\nTo: sales@example.org\r\nCc: eve@example.net\r\nSubject: Boats\r\n\
                 Message-ID: <boats@example.net>\r\nDate: Mon, 1 Jan 2024 00:00:00 +0000\r\n\r\nHow many?\r\n";
    let mut inbox = 0;
    for (mailbox, role) in snapshot(
        |out| waxwing_mailboxes_snapshot(caller.client(), account, out),
        |row: &waxwing_mailbox_row| (row.id, row.role),
    ) {
        if role == WAXWING_ROLE_INBOX {
            inbox = mailbox;
        }
    }
    let appended = caller.asked(|out| waxwing_message_append(caller.client(), inbox, bytes(mail), 0, 0, out));
    assert_eq!(caller.answer(appended).kind, WAXWING_EVENT_DONE);
    // SAFETY: all zeros is what C gives.
    let mut query: waxwing_list_query = unsafe { std::mem::zeroed() };
    query.struct_size = u32::try_from(size_of::<waxwing_list_query>()).unwrap();
    query.mailbox = inbox;
    let mut list = 0;
    let opened = waxwing_list_open(caller.client(), given(&raw const query), 10, out(&raw mut list));
    assert_eq!(opened, WAXWING_OK);
    let listed = snapshot(
        |out| waxwing_list_snapshot(caller.client(), list, out),
        |row: &waxwing_message_row| (text(row.subject), row.id),
    );
    let (_, message) = listed.into_iter().find(|(subject, _)| subject == "Boats").unwrap();
    let fetching = caller.asked(|out| waxwing_message_fetch(caller.client(), message, out));
    assert_eq!(caller.answer(fetching).kind, WAXWING_EVENT_DONE);
    // SAFETY: all zeros is what C gives.
    let mut words: waxwing_answer_words = unsafe { std::mem::zeroed() };
    words.struct_size = u32::try_from(size_of::<waxwing_answer_words>()).unwrap();
    words.wrote = str("{author} schrieb:");
    let answer = |how| {
        snapshot(
            |out| waxwing_message_answer(caller.client(), message, how, given(&raw const words), out),
            |row: &waxwing_draft_row| {
                let people = [text(row.from), text(row.to), text(row.cc)];
                (row.answers, row.forwards, people, text(row.subject), text(row.text), text(row.references))
            },
        )
        .remove(0)
    };
    let (answers, forwards, [from, to, cc], subject, written, references) = answer(WAXWING_ANSWER_ALL);
    assert_eq!((answers, forwards), (message, 0));
    assert!(from.contains("Sales") && from.contains("sales@example.org"), "{from}");
    assert!(to.contains("bob@example.net") && cc.contains("eve@example.net"), "{to} {cc}");
    assert!(!format!("{to}{cc}").contains("sales@"), "nobody answers themselves");
    assert_eq!((subject.as_str(), references.as_str()), ("Re: Boats", "boats@example.net"));
    assert!(written.contains("Bob schrieb:") && written.contains("> How many?"), "{written}");
    assert!(written.contains("The team"), "{written}");
    let (answers, forwards, ..) = answer(WAXWING_ANSWER_FORWARD);
    assert_eq!((answers, forwards), (0, message));
    let mut nothing = null_mut();
    let odd =
        waxwing_message_answer(caller.client(), message, 9, given(&raw const words), out(&raw mut nothing));
    assert_eq!((odd, nothing), (WAXWING_E_ARGUMENT, null_mut()));
}

#[test]
fn texts_and_people_are_at_hand() {
    let server = served(0);
    let caller = Caller::open(Some(&server));
    let account = caller.add_as(Caller::sending(&server), PASSWORD).account;
    let keep = |id, name: &'static str| {
        let saving = caller.asked(|out| {
            waxwing_template_save(caller.client(), id, str(name), str("Thanks"), str("Thank you."), out)
        });
        number(&caller, saving)
    };
    let (kind, template) = keep(0, "Thanks");
    assert_eq!(kind, WAXWING_EVENT_DONE);
    assert_eq!(keep(template, "Many thanks"), (WAXWING_EVENT_DONE, template));
    assert_eq!(keep(0, " ").0, WAXWING_EVENT_FAILED);
    let kept = || {
        snapshot(
            |out| waxwing_templates_snapshot(caller.client(), out),
            |row: &waxwing_template_row| (row.id, text(row.name), text(row.subject), text(row.text)),
        )
    };
    let row = (template, "Many thanks".to_owned(), "Thanks".to_owned(), "Thank you.".to_owned());
    assert_eq!(kept(), [row]);
    let deleting = caller.asked(|out| waxwing_template_delete(caller.client(), template, out));
    assert_eq!(caller.answer(deleting).kind, WAXWING_EVENT_DONE);
    assert_eq!(kept(), []);

    let draft = save(&caller, letter(account, "Dear Grace"));
    let sent = caller.asked(|out| waxwing_draft_send(caller.client(), draft, 0, 0, out));
    assert_eq!(caller.answer(sent).kind, WAXWING_EVENT_DONE);
    let people = snapshot(
        |out| waxwing_contacts_complete(caller.client(), str("gra"), 5, out),
        |row: &waxwing_contact_row| (text(row.name), text(row.address)),
    );
    assert_eq!(people, [("Grace".to_owned(), "grace@example.net".to_owned())]);
}
