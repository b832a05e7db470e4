//! What the store promises, tried on a real directory.

mod changes;

use super::*;
use crate::command::Ticket;
use crate::mime::HeaderFacts;
use crate::model::{
    AccountConfig, AccountId, EmailId, FlagBits, Flags, Instant, ListQuery, MailboxId, Role, Security,
};

struct Ground {
    dir: tempfile::TempDir,
    store: Store,
    account: AccountId,
    inbox: MailboxId,
    archive: MailboxId,
}

fn config() -> AccountConfig {
    AccountConfig {
        address: "ada@example.org".into(),
        display_name: String::new(),
        user_name: "ada".into(),
        imap_host: "imap.example.org".into(),
        imap_port: 993,
        imap_security: Security::Tls,
    }
}

/// A mailbox of that name as the server lists it.
pub(super) fn folder(name: &str, role: Role) -> ListedFolder {
    let (wire_name, path) = (name.into(), name.into());
    ListedFolder { wire_name, path, delimiter: Some('/'), role, selectable: true }
}

fn ground() -> Ground {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let account = store.writer().add_account(&config()).unwrap();
    let listed = [folder("INBOX", Role::Inbox), folder("Archive", Role::Archive)];
    let _ = store.writer().list_folders(account, &listed).unwrap();
    let inbox = store.writer().folder_with_role(account, Role::Inbox).unwrap().unwrap();
    let archive = store.writer().folder_with_role(account, Role::Archive).unwrap().unwrap();
    store.writer().extend_folder(inbox, 7, 1).unwrap();
    store.writer().extend_folder(archive, 8, 1).unwrap();
    Ground { dir, store, account, inbox, archive }
}

fn email(uid: u32, flags: FlagBits) -> NewEmail {
    NewEmail {
        uid,
        flags: Flags { bits: flags, keywords: Vec::new() },
        date: Instant(i64::from(uid) * 1000),
        size: 10,
        facts: HeaderFacts {
            subject: format!("mail {uid}"),
            message_id: Some(format!("{uid}@example.org")),
            ..HeaderFacts::default()
        },
        ..NewEmail::default()
    }
}

impl Ground {
    fn arrive(&self, mailbox: MailboxId, emails: &[NewEmail]) -> Vec<Settled> {
        let low = emails.iter().map(|email| email.uid).min().unwrap();
        let high = emails.iter().map(|email| email.uid).max().unwrap();
        let (settled, _) = self.store.writer().add_emails(mailbox, emails, low, high).unwrap();
        self.recount();
        settled
    }

    fn body(&self, mailbox: MailboxId, uid: u32, bytes: &[u8]) {
        let mut writer = self.store.writer();
        let validity = writer.folder(mailbox).unwrap().uid_validity;
        let events = vec![
            BodyEvent::Start(bytes.len() as u64),
            BodyEvent::Chunk(bytes.to_vec()),
            BodyEvent::Ended(uid, Box::new(crate::mime::glance(bytes, true))),
        ];
        writer.take_bodies(mailbox, validity, events).unwrap();
        let _ = writer.commit_bodies(self.account, &[]).unwrap();
    }

    fn subjects(&self, mailbox: MailboxId) -> Vec<String> {
        let page = self.store.reader().page(ListQuery::Mailbox(mailbox), 0, 100).unwrap();
        page.rows.into_iter().map(|row| row.subject).collect()
    }

    fn ids(&self, mailbox: MailboxId) -> Vec<EmailId> {
        self.store.reader().ids(ListQuery::Mailbox(mailbox)).unwrap()
    }

    fn record(&self, ticket: u64, emails: &[EmailId], change: Change) -> usize {
        let changes: Vec<(EmailId, Change)> = emails.iter().map(|email| (*email, change)).collect();
        let (count, _) =
            self.store.writer().record(Ticket(ticket), self.account, &changes, Instant(1)).unwrap();
        self.recount();
        count
    }

    fn due(&self) -> Vec<IntentRow> {
        self.store.writer().due_intents(self.account, Instant(i64::MAX), 100).unwrap()
    }

    /// I11: counters equal a recount, at every point of every test.
    fn recount(&self) {
        let reader = self.store.reader();
        for mailbox in reader.mailboxes(self.account).unwrap() {
            let page = reader.page(ListQuery::Mailbox(mailbox.id), 0, 1_000_000).unwrap();
            let unread = page.rows.iter().filter(|row| !row.flags.contains(FlagBits::SEEN)).count();
            assert_eq!(
                (mailbox.total, mailbox.unread),
                (page.total as u64, unread as u64),
                "{}",
                mailbox.path
            );
            let writer = self.store.writer();
            let wanted: i64 = writer
                .look()
                .query_row("SELECT count(*) - (SELECT wanted FROM folder WHERE id = ?1) FROM wanted WHERE folder = ?1", [mailbox.id.0], |row| row.get(0))
                .unwrap();
            assert_eq!(wanted, 0, "{}", mailbox.path);
            let on_server = writer.folder(mailbox.id).unwrap().on_server;
            assert_eq!(on_server as usize, writer.local_mails(mailbox.id).unwrap().len(), "{}", mailbox.path);
        }
    }

    fn reopen(self) -> Self {
        let Self { dir, store, account, inbox, archive } = self;
        drop(store);
        let store = Store::open(dir.path()).unwrap();
        Self { dir, store, account, inbox, archive }
    }
}

#[test]
fn a_list_is_newest_first_and_survives_a_restart() {
    let ground = ground();
    ground.arrive(
        ground.inbox,
        &[email(1, FlagBits::SEEN), email(3, FlagBits::NONE), email(2, FlagBits::NONE)],
    );
    let ground = ground.reopen();
    assert_eq!(ground.subjects(ground.inbox), ["mail 3", "mail 2", "mail 1"]);
    let mailboxes = ground.store.reader().mailboxes(ground.account).unwrap();
    assert_eq!((mailboxes[0].total, mailboxes[0].unread), (3, 2));
}

#[test]
fn a_body_is_byte_identical_after_a_restart_and_gives_the_preview() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    let raw = b"Subject: hello\r\n\r\nDear Ada,\r\nthe tree is full again.\r\n\0\xff";
    ground.body(ground.inbox, 1, raw);
    let ground = ground.reopen();
    let id = ground.ids(ground.inbox)[0];
    assert_eq!(ground.store.reader().raw(id).unwrap(), raw);
    assert_eq!(ground.store.reader().bodies(ground.account).unwrap(), (1, 1));
}

#[test]
fn a_body_asked_for_under_an_old_numbering_is_not_given_to_another_mail() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    let mut writer = ground.store.writer();
    let events =
        vec![BodyEvent::Start(5), BodyEvent::Chunk(b"wrong".to_vec()), BodyEvent::Ended(1, Box::default())];
    writer.take_bodies(ground.inbox, 6, events).unwrap();
    let (arrived, _) = writer.commit_bodies(ground.account, &[]).unwrap();
    assert!(arrived.emails.is_empty());
}

#[test]
fn a_body_that_did_not_come_is_not_counted_as_here_and_is_asked_for_again_by_the_next_sync() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE), email(2, FlagBits::NONE)]);
    for _ in 0..3 {
        ground.store.writer().bodies_missed(ground.inbox, &[2]).unwrap();
    }
    let wanted = |ground: &Ground| -> Vec<u32> {
        let wanted = ground.store.writer().bodies_to_fetch(ground.inbox, 9, Bulk::Everything).unwrap();
        wanted.iter().map(|wanted| wanted.uid).collect()
    };
    assert_eq!(wanted(&ground), [1], "the others go first");
    ground.body(ground.inbox, 1, b"0123456789");
    assert_eq!(ground.store.reader().bodies(ground.account).unwrap(), (1, 2));
    ground.store.writer().bodies_again(ground.account).unwrap();
    assert_eq!(wanted(&ground), [2]);
}

#[test]
fn a_body_whose_mail_moved_while_it_came_is_not_fetched_again() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    let ids = ground.ids(ground.inbox);
    let events =
        vec![BodyEvent::Start(4), BodyEvent::Chunk(b"body".to_vec()), BodyEvent::Ended(1, Box::default())];
    ground.store.writer().take_bodies(ground.inbox, 7, events).unwrap();
    ground.record(1, &ids, Change::Move { to: ground.archive });
    let moved = [Moved { intent: ground.due()[0].id, target_uid: Some(9), target_validity: 8 }];
    let _ = ground.store.writer().moves_done(&moved).unwrap();
    let _ = ground.store.writer().commit_bodies(ground.account, &[]).unwrap();
    assert_eq!(ground.store.reader().raw(ids[0]).unwrap(), b"body");
    assert_eq!(ground.store.writer().bodies_to_fetch(ground.archive, 9, Bulk::Everything).unwrap(), []);
}

#[test]
fn a_wish_is_shown_at_once_and_a_server_update_does_not_erase_it() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE), email(2, FlagBits::NONE)]);
    let ids = ground.ids(ground.inbox);
    ground.record(1, &ids[..1], Change::Flags { add: FlagBits::SEEN, remove: FlagBits::NONE });
    let starred = Flags { bits: FlagBits::FLAGGED, keywords: Vec::new() };
    let _ = ground.store.writer().apply_flags(ground.inbox, &[(2, starred)], &[]).unwrap();
    ground.recount();
    let row = ground.store.reader().page(ListQuery::Mailbox(ground.inbox), 0, 1).unwrap().rows.remove(0);
    assert_eq!(row.flags, FlagBits::SEEN | FlagBits::FLAGGED);
    assert!(row.pending);
}

#[test]
fn a_move_shows_in_its_target_at_once_and_survives_a_restart() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    let ids = ground.ids(ground.inbox);
    ground.record(1, &ids, Change::Move { to: ground.archive });
    assert_eq!(ground.subjects(ground.inbox), [] as [&str; 0]);
    let ground = ground.reopen();
    assert_eq!(ground.subjects(ground.archive), ["mail 1"]);
    assert_eq!(ground.due().len(), 1);
    assert_eq!(ground.due()[0].uid, Some(1));
}

#[test]
fn a_refused_move_puts_the_mail_back() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    ground.record(1, &ground.ids(ground.inbox), Change::Move { to: ground.archive });
    let due = ground.due();
    let (settled, _) =
        ground.store.writer().intents_refused(&[(due[0].id, Error::new(ErrorKind::ServerRefused))]).unwrap();
    ground.recount();
    assert_eq!(ground.subjects(ground.inbox), ["mail 1"]);
    assert_eq!(
        settled,
        [Settled { operation: Ticket(1), undoes: None, well: false, why: Some(ErrorKind::ServerRefused) }]
    );
}

#[test]
fn a_moved_mail_keeps_its_id_and_body_when_the_new_uid_is_known() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::SEEN)]);
    ground.body(ground.inbox, 1, b"Subject: x\r\n\r\nbody");
    let id = ground.ids(ground.inbox)[0];
    ground.record(1, &[id], Change::Move { to: ground.archive });
    let moved = [Moved { intent: ground.due()[0].id, target_uid: Some(40), target_validity: 8 }];
    let (settled, _) = ground.store.writer().moves_done(&moved).unwrap();
    ground.recount();
    assert!(settled[0].well);
    assert_eq!(ground.ids(ground.archive), [id]);
    // The look at the target that follows finds the mail it already has.
    ground.arrive(ground.archive, &[NewEmail { uid: 40, ..email(1, FlagBits::SEEN) }]);
    assert_eq!(ground.ids(ground.archive), [id]);
    assert!(ground.store.reader().raw(id).is_ok());
}

#[test]
fn a_moved_mail_keeps_its_id_when_only_a_look_at_the_target_finds_it() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    let id = ground.ids(ground.inbox)[0];
    ground.record(1, &[id], Change::Move { to: ground.archive });
    let moved = [Moved { intent: ground.due()[0].id, target_uid: None, target_validity: 8 }];
    let (settled, _) = ground.store.writer().moves_done(&moved).unwrap();
    assert!(settled.is_empty());
    assert_eq!(ground.ids(ground.archive), [id], "it must not vanish in between");
    assert_eq!(ground.store.writer().remove_orphans(ground.account).unwrap(), 0);
    let settled = ground.arrive(ground.archive, &[NewEmail { uid: 9, ..email(1, FlagBits::NONE) }]);
    assert_eq!(settled.len(), 1);
    assert_eq!(ground.ids(ground.archive), [id]);
    let row = ground.store.reader().page(ListQuery::Mailbox(ground.archive), 0, 1).unwrap().rows.remove(0);
    assert!(!row.pending);
}

#[test]
fn a_mail_that_another_device_moved_keeps_its_id_and_body() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    ground.body(ground.inbox, 1, b"Subject: x\r\n\r\nbody");
    let id = ground.ids(ground.inbox)[0];
    let _ = ground.store.writer().apply_flags(ground.inbox, &[], &[1]).unwrap();
    assert!(ground.ids(ground.inbox).is_empty());
    ground.arrive(ground.archive, &[NewEmail { uid: 5, ..email(1, FlagBits::NONE) }]);
    assert_eq!(ground.ids(ground.archive), [id]);
    assert!(ground.store.reader().raw(id).is_ok());
}

#[test]
fn a_renumbered_mailbox_loses_no_mail_no_body_and_no_wish() {
    let ground = ground();
    let mails: Vec<NewEmail> = (1..=5).map(|uid| email(uid, FlagBits::NONE)).collect();
    ground.arrive(ground.inbox, &mails);
    ground.body(ground.inbox, 3, b"Subject: x\r\n\r\nbody");
    let ids = ground.ids(ground.inbox);
    ground.record(1, &ids[..1], Change::Flags { add: FlagBits::FLAGGED, remove: FlagBits::NONE });
    let _ = ground.store.writer().quarantine_folder(ground.inbox, 70).unwrap();
    ground.recount();
    assert_eq!(ground.ids(ground.inbox), ids, "still shown while the new numbering is read");
    assert_eq!(ground.due(), [], "a wish is not given up because its mail waits to be found again");
    assert_eq!(ground.store.writer().waiting_intents(ground.account).unwrap(), (1, None));
    ground.store.writer().extend_folder(ground.inbox, 70, 105).unwrap();
    // Mail 5 was deleted meanwhile; the others have new UIDs in another order.
    let renumbered: Vec<NewEmail> = [(104, 1), (103, 4), (102, 3), (101, 2)]
        .map(|(uid, old)| NewEmail { uid, ..email(old, FlagBits::NONE) })
        .into();
    ground.arrive(ground.inbox, &renumbered);
    let _ = ground.store.writer().end_quarantine(ground.inbox).unwrap();
    ground.recount();
    assert_eq!(ground.ids(ground.inbox), ids[1..]);
    assert!(ground.store.reader().raw(ids[2]).is_ok(), "the body was not thrown away");
    let wish = ground.due();
    assert_eq!(
        (wish[0].email, wish[0].uid),
        (ids[0], None),
        "its mail is gone: the wish is left to be told about"
    );
}

#[test]
fn a_hole_is_there_until_its_last_range_is_read() {
    let ground = ground();
    ground.store.writer().extend_folder(ground.inbox, 7, 1001).unwrap();
    assert_eq!(ground.store.writer().folder(ground.inbox).unwrap().holes, [(1, 1000)]);
    let _ = ground.store.writer().add_emails(ground.inbox, &[email(950, FlagBits::NONE)], 901, 1000).unwrap();
    let _ = ground.store.writer().add_emails(ground.inbox, &[email(500, FlagBits::NONE)], 401, 600).unwrap();
    let ground = ground.reopen();
    assert_eq!(ground.store.writer().folder(ground.inbox).unwrap().holes, [(1, 400), (601, 900)]);
    let _ = ground.store.writer().add_emails(ground.inbox, &[], 1, u32::MAX).unwrap();
    assert_eq!(ground.store.writer().folder(ground.inbox).unwrap().holes, []);
}

#[test]
fn undo_of_what_was_not_sent_leaves_nothing_to_send() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE), email(2, FlagBits::NONE)]);
    let ids = ground.ids(ground.inbox);
    ground.record(1, &ids, Change::Move { to: ground.archive });
    let (Undone { queued: count, settled, .. }, _) =
        ground.store.writer().undo(Ticket(1), Ticket(2), ground.account, Instant(2)).unwrap();
    ground.recount();
    assert_eq!((count, settled.map(|settled| settled.operation)), (0, Some(Ticket(1))));
    assert_eq!(ground.ids(ground.inbox), ids);
    assert!(ground.due().is_empty());
}

#[test]
fn undo_of_what_the_server_did_queues_the_inverse_of_what_really_changed() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::SEEN), email(2, FlagBits::NONE)]);
    let ids = ground.ids(ground.inbox);
    let read = Change::Flags { add: FlagBits::SEEN, remove: FlagBits::NONE };
    assert_eq!(ground.record(1, &ids, read), 1, "the mail that was read already needs nothing");
    let due = ground.due();
    let _ = ground.store.writer().flags_done(&[due[0].id]).unwrap();
    let (Undone { queued: count, .. }, _) =
        ground.store.writer().undo(Ticket(1), Ticket(2), ground.account, Instant(2)).unwrap();
    ground.recount();
    assert_eq!(count, 1);
    let due = ground.due();
    assert_eq!(due[0].email, ids[0]);
    assert_eq!(due[0].change, Change::Flags { add: FlagBits::NONE, remove: FlagBits::SEEN });
}

#[test]
fn wishes_for_one_mail_are_carried_out_in_their_order() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    let ids = ground.ids(ground.inbox);
    ground.record(1, &ids, Change::Move { to: ground.archive });
    ground.record(2, &ids, Change::Flags { add: FlagBits::FLAGGED, remove: FlagBits::NONE });
    ground.record(3, &ids, Change::Move { to: ground.inbox });
    assert_eq!(ground.subjects(ground.inbox), ["mail 1"]);
    for (operation, uid, place) in [(1, 1, ground.inbox), (2, 50, ground.archive), (3, 50, ground.archive)] {
        let due = ground.due();
        assert_eq!(
            (due.len(), due[0].operation, due[0].uid),
            (1, Ticket(operation), Some(uid)),
            "{operation}"
        );
        assert_eq!(due[0].source, place);
        let mut writer = ground.store.writer();
        let _ = match due[0].change {
            Change::Move { .. } => writer
                .moves_done(&[Moved { intent: due[0].id, target_uid: Some(50), target_validity: 8 }])
                .unwrap(),
            _ => writer.flags_done(&[due[0].id]).unwrap(),
        };
    }
    assert_eq!(ground.subjects(ground.inbox), ["mail 1"]);
}

#[test]
fn a_wish_behind_one_that_waits_is_not_due_before_it() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    let ids = ground.ids(ground.inbox);
    ground.record(1, &ids, Change::Flags { add: FlagBits::FLAGGED, remove: FlagBits::NONE });
    ground.record(2, &ids, Change::Move { to: ground.archive });
    let first = ground.due();
    ground.store.writer().intents_waiting(&[first[0].id], IntentState::Queued, Instant(5_000)).unwrap();
    let waiting = ground.store.writer().waiting_intents(ground.account).unwrap();
    assert_eq!(waiting, (2, Some(Instant(5_000))), "else whoever waits for it never rests");
}

#[test]
fn a_move_that_was_being_sent_at_a_crash_is_probed_and_not_repeated() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    ground.record(1, &ground.ids(ground.inbox), Change::Move { to: ground.archive });
    let due = ground.due();
    ground.store.writer().intents_sent(&[due[0].id], 33, 0).unwrap();
    assert!(ground.due().is_empty(), "what is under way is not begun again");
    let ground = ground.reopen();
    let due = ground.due();
    assert_eq!((due[0].state, due[0].target_uid_next), (IntentState::Unknown, 33));
}

#[test]
fn tickets_are_not_given_twice_over_a_restart() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    ground.record(41, &ground.ids(ground.inbox), Change::Expunge);
    let ground = ground.reopen();
    assert_eq!(ground.store.writer().next_ticket().unwrap(), 42);
}

#[test]
fn an_empty_list_of_mailboxes_erases_nothing() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    let _ = ground.store.writer().list_folders(ground.account, &[]).unwrap();
    assert_eq!(ground.store.reader().mailboxes(ground.account).unwrap().len(), 2);
}

/// A process that is being started has copies of all files that are open, until its program runs.
#[test]
fn bug_a_closed_store_was_still_locked_while_another_part_of_the_program_started_a_process() {
    let Ground { dir, store, .. } = ground();
    let copy = store.copy_of_lock();
    assert_eq!(Store::open(dir.path()).err().map(|error| error.kind()), Some(ErrorKind::WrongState));
    drop(store);
    assert!(Store::open(dir.path()).is_ok());
    drop(copy);
}

#[test]
fn a_second_process_is_refused_and_a_newer_store_too() {
    let ground = ground();
    assert_eq!(Store::open(ground.dir.path()).err().map(|error| error.kind()), Some(ErrorKind::WrongState));
    let Ground { dir, store, .. } = ground;
    store.writer().look().pragma_update(None, "user_version", 99).unwrap();
    drop(store);
    assert_eq!(Store::open(dir.path()).err().map(|error| error.kind()), Some(ErrorKind::StorageFailed));
}

#[test]
fn removing_an_account_removes_its_mail_and_packs_and_no_other() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    ground.body(ground.inbox, 1, b"Subject: x\r\n\r\nbody");
    let other =
        ground.store.writer().add_account(&AccountConfig { user_name: "grace".into(), ..config() }).unwrap();
    let _ = ground.store.writer().remove_account(ground.account).unwrap();
    let left: Vec<AccountId> =
        ground.store.reader().accounts().unwrap().iter().map(|account| account.id).collect();
    assert_eq!(left, [other]);
    assert_eq!(std::fs::read_dir(ground.dir.path().join("packs")).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_what_is_kept() {
    use std::os::unix::fs::PermissionsExt;
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    ground.body(ground.inbox, 1, b"Subject: x\r\n\r\nbody");
    let mut seen = 0;
    let mut folders = vec![ground.dir.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
            let wanted = if entry.metadata().unwrap().is_dir() { 0o700 } else { 0o600 };
            assert_eq!(mode, wanted, "{:?}", entry.path());
            if entry.metadata().unwrap().is_dir() {
                folders.push(entry.path());
            }
            seen += 1;
        }
    }
    assert!(seen >= 5, "database, its journal, the lock, a folder and a pack");
}

#[test]
fn all_inboxes_and_starred_are_in_one_order_over_accounts() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::FLAGGED), email(4, FlagBits::NONE)]);
    let other =
        ground.store.writer().add_account(&AccountConfig { user_name: "grace".into(), ..config() }).unwrap();
    let _ = ground.store.writer().list_folders(other, &[folder("INBOX", Role::Inbox)]).unwrap();
    let inbox = ground.store.writer().folder_with_role(other, Role::Inbox).unwrap().unwrap();
    ground.store.writer().extend_folder(inbox, 1, 1).unwrap();
    ground.arrive(inbox, &[email(2, FlagBits::FLAGGED), email(5, FlagBits::NONE)]);
    let subjects = |query| -> Vec<String> {
        ground.store.reader().page(query, 0, 10).unwrap().rows.into_iter().map(|row| row.subject).collect()
    };
    assert_eq!(subjects(ListQuery::AllInboxes), ["mail 5", "mail 4", "mail 2", "mail 1"]);
    assert_eq!(subjects(ListQuery::Starred), ["mail 2", "mail 1"]);
}

#[test]
fn a_change_taken_back_while_the_queue_is_being_read_is_not_sent() {
    for change in [
        Change::Flags { add: FlagBits::FLAGGED, remove: FlagBits::NONE },
        Change::Expunge,
        Change::Move { to: MailboxId(2) },
    ] {
        let ground = ground();
        ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
        ground.record(1, &ground.ids(ground.inbox), change);
        let due = ground.due();
        let (undone, _) =
            ground.store.writer().undo(Ticket(1), Ticket(2), ground.account, Instant(2)).unwrap();
        assert_eq!(undone.queued, 0);
        assert!(ground.store.writer().intents_sent(&[due[0].id], 0, 0).unwrap().is_empty());
        assert!(ground.due().is_empty());
        assert_eq!(ground.subjects(ground.inbox), ["mail 1"]);
    }
}

#[test]
fn what_is_wanted_of_a_mail_after_a_move_that_is_not_made_is_wanted_where_it_still_is() {
    for undone in [false, true] {
        let ground = ground();
        ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
        let ids = ground.ids(ground.inbox);
        ground.record(1, &ids, Change::Move { to: ground.archive });
        ground.record(2, &ids, Change::Flags { add: FlagBits::FLAGGED, remove: FlagBits::NONE });
        ground.record(3, &ids, Change::Expunge);
        if undone {
            let _ = ground.store.writer().undo(Ticket(1), Ticket(4), ground.account, Instant(2)).unwrap();
        } else {
            let due = ground.due();
            let _ = ground
                .store
                .writer()
                .intents_refused(&[(due[0].id, Error::new(ErrorKind::ServerRefused))])
                .unwrap();
        }
        for operation in [2, 3] {
            let due = ground.due();
            assert_eq!(
                (due[0].operation, due[0].source, due[0].uid),
                (Ticket(operation), ground.inbox, Some(1))
            );
            let _ = ground.store.writer().flags_done(&[due[0].id]).unwrap();
        }
        ground.recount();
    }
}

#[test]
fn an_undo_of_a_move_the_server_then_refused_has_nothing_left_to_do() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    ground.record(1, &ground.ids(ground.inbox), Change::Move { to: ground.archive });
    let due = ground.due();
    ground.store.writer().intents_sent(&[due[0].id], 1, 0).unwrap();
    let (undone, _) = ground.store.writer().undo(Ticket(1), Ticket(2), ground.account, Instant(2)).unwrap();
    assert_eq!((undone.queued, undone.settled), (1, None));
    let (settled, _) =
        ground.store.writer().intents_refused(&[(due[0].id, Error::new(ErrorKind::ServerRefused))]).unwrap();
    let ends: Vec<(u64, bool)> = settled.iter().map(|settled| (settled.operation.0, settled.well)).collect();
    assert_eq!(ends, [(1, false), (2, true)]);
    assert_eq!(ground.subjects(ground.inbox), ["mail 1"]);
    assert!(ground.due().is_empty());
}

#[test]
fn a_wish_waits_while_its_mailbox_is_read_anew() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    ground.record(1, &ground.ids(ground.inbox), Change::Move { to: ground.archive });
    let _ = ground.store.writer().quarantine_folder(ground.inbox, 70).unwrap();
    assert!(ground.due().is_empty(), "it would be taken for a mail that is gone");
    assert_eq!(ground.store.writer().waiting_intents(ground.account).unwrap(), (1, None));
    ground.store.writer().extend_folder(ground.inbox, 70, 9).unwrap();
    ground.arrive(ground.inbox, &[NewEmail { uid: 8, ..email(1, FlagBits::NONE) }]);
    assert_eq!(ground.due()[0].uid, Some(8));
}

#[test]
fn a_wish_behind_another_is_due_when_that_one_is() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    let ids = ground.ids(ground.inbox);
    ground.record(1, &ids, Change::Move { to: ground.archive });
    ground.record(2, &ids, Change::Flags { add: FlagBits::FLAGGED, remove: FlagBits::NONE });
    let mut writer = ground.store.writer();
    let first = writer.due_intents(ground.account, Instant(0), 9).unwrap()[0].id;
    writer.intents_waiting(&[first], IntentState::Queued, Instant(5000)).unwrap();
    assert!(writer.due_intents(ground.account, Instant(4999), 9).unwrap().is_empty());
    assert_eq!(writer.waiting_intents(ground.account).unwrap(), (2, Some(Instant(5000))));
    // A wall clock that was a year ahead when the wait began doesn't make it a year.
    writer.intents_waiting(&[first], IntentState::Queued, Instant(31_000_000_000)).unwrap();
    assert_eq!(writer.due_intents(ground.account, Instant(0), 9).unwrap().len(), 1);
}

#[test]
fn a_changed_draft_of_the_same_size_is_not_shown_with_its_old_body() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    ground.body(ground.inbox, 1, b"Subject: x\r\n\r\nold");
    let _ = ground.store.writer().apply_flags(ground.inbox, &[], &[1]).unwrap();
    let changed = NewEmail { uid: 2, date: Instant(60_000), ..email(1, FlagBits::NONE) };
    ground.arrive(ground.inbox, &[changed]);
    let id = ground.ids(ground.inbox)[0];
    assert_eq!(ground.store.reader().raw(id).unwrap_err().kind(), ErrorKind::NotFound);
    let wanted = ground.store.writer().bodies_to_fetch(ground.inbox, 9, Bulk::Everything).unwrap();
    assert_eq!(wanted.iter().map(|wanted| wanted.uid).collect::<Vec<_>>(), [2]);
}

#[test]
fn a_move_of_ours_is_found_at_its_target_under_another_date_too() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    let id = ground.ids(ground.inbox)[0];
    ground.record(1, &[id], Change::Move { to: ground.archive });
    let moved = [Moved { intent: ground.due()[0].id, target_uid: None, target_validity: 8 }];
    let _ = ground.store.writer().moves_done(&moved).unwrap();
    let dated_anew = NewEmail { uid: 9, date: Instant(60_000), ..email(1, FlagBits::NONE) };
    assert_eq!(ground.arrive(ground.archive, &[dated_anew]).len(), 1);
    assert_eq!(ground.ids(ground.archive), [id]);
}

#[test]
fn bodies_that_did_not_come_are_asked_for_last_then_not_at_all_and_later_again() {
    let ground = ground();
    let mails: Vec<NewEmail> = (1..=3).map(|uid| email(uid, FlagBits::NONE)).collect();
    ground.arrive(ground.inbox, &mails);
    let uids = || -> Vec<u32> {
        let wanted = ground.store.writer().bodies_to_fetch(ground.inbox, 9, Bulk::Everything).unwrap();
        wanted.into_iter().map(|wanted| wanted.uid).collect()
    };
    ground.store.writer().bodies_missed(ground.inbox, &[3]).unwrap();
    assert_eq!(uids(), [2, 1, 3]);
    for _ in 0..2 {
        ground.store.writer().bodies_missed(ground.inbox, &[3]).unwrap();
    }
    assert_eq!(uids(), [2, 1]);
    ground.store.writer().bodies_again(ground.account).unwrap();
    assert_eq!(uids(), [2, 1, 3], "behind those that were never asked for");
}

#[test]
fn an_operation_whose_refused_mail_was_forgotten_meanwhile_is_not_told_as_done() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE), email(2, FlagBits::NONE)]);
    let change = Change::Flags { add: FlagBits::FLAGGED, remove: FlagBits::NONE };
    ground.record(1, &ground.ids(ground.inbox), change);
    let due = ground.due();
    let (gone, other) = (
        due.iter().find(|row| row.uid == Some(1)).unwrap(),
        due.iter().find(|row| row.uid == Some(2)).unwrap(),
    );
    let mut writer = ground.store.writer();
    let (settled, _) = writer.intents_refused(&[(gone.id, Error::new(ErrorKind::NotFound))]).unwrap();
    assert!(settled.is_empty(), "the other mail's change is still to come");
    let _ = writer.apply_flags(ground.inbox, &[], &[1]).unwrap();
    writer.remove_orphans(ground.account).unwrap();
    let (settled, _) = writer.flags_done(&[other.id]).unwrap();
    assert!(matches!(settled[..], [Settled { well: false, .. }]), "{settled:?}");
    assert_eq!(writer.remove_orphans(ground.account).unwrap(), 1, "then it can go");
}

#[test]
fn a_copy_seen_while_the_answer_to_its_move_is_unknown_is_the_same_mail() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    let ids = ground.ids(ground.inbox);
    ground.record(1, &ids, Change::Move { to: ground.archive });
    let intent = ground.due()[0].id;
    ground.store.writer().intents_sent(&[intent], 40, 8).unwrap();
    ground.store.writer().intents_waiting(&[intent], IntentState::Unknown, Instant(0)).unwrap();
    let settled = ground.arrive(ground.archive, &[NewEmail { uid: 40, ..email(1, FlagBits::NONE) }]);
    // It is still to be removed where it was.
    assert_eq!(settled, []);
    assert_eq!((ground.ids(ground.inbox), ground.ids(ground.archive)), (vec![], ids.clone()));
    // Refused after all, it is a mail in each of the two.
    let refused = [(intent, Error::new(ErrorKind::ServerRefused))];
    let _ = ground.store.writer().intents_refused(&refused).unwrap();
    ground.recount();
    assert_eq!(ground.ids(ground.inbox), ids);
    assert_eq!(ground.subjects(ground.archive), ["mail 1"]);
    assert_ne!(ground.ids(ground.archive), ids);
}

/// A new connection once took what had been about to be sent for unsent, and only moves for what can't be sent twice.
#[test]
fn a_copy_that_was_being_sent_when_the_connection_ended_is_probed_and_not_sent_again() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    ground.record(1, &ground.ids(ground.inbox), Change::Copy { to: ground.archive });
    let due = ground.due();
    assert_eq!(due.len(), 1, "{due:?}");
    ground.store.writer().intents_sent(&[due[0].id], 8, 1).unwrap();
    ground.store.writer().recover_intents(ground.account).unwrap();
    assert_eq!(ground.due()[0].state, IntentState::Unknown);
}

/// A mailbox whose numbers are the same is not looked at, and what was waiting for a look at it would wait for ever.
#[test]
fn a_mailbox_that_a_move_without_copyuid_landed_in_is_named_until_it_was_read() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    ground.record(1, &ground.ids(ground.inbox), Change::Move { to: ground.archive });
    let intent = ground.due()[0].id;
    assert!(ground.store.writer().landed_folders(ground.account).unwrap().is_empty());
    let moved = Moved { intent, target_uid: None, target_validity: 0 };
    let _ = ground.store.writer().moves_done(&[moved]).unwrap();
    assert_eq!(ground.store.writer().landed_folders(ground.account).unwrap(), [ground.archive]);
    let _ = ground.store.writer().end_landed(&[intent]).unwrap();
    assert!(ground.store.writer().landed_folders(ground.account).unwrap().is_empty());
}

fn listed(names: &[&str]) -> Vec<ListedFolder> {
    names.iter().map(|name| folder(name, Role::None)).collect()
}

/// A mail of INBOX was moved to Archive, where nobody has looked yet. What of it is out of sight when that is the list?
fn landed_out_of_sight(ground: &Ground, listed: &[&str]) -> (Vec<MailboxId>, Vec<i64>) {
    let listed = self::listed(listed);
    let _ = ground.store.writer().list_folders(ground.account, &listed).unwrap();
    let found = ground.store.writer().out_of_sight(ground.account, &listed).unwrap();
    (found.hidden, found.lost)
}

/// Another client renamed the mailbox before anybody looked into it: the move was waited for without an end, and whatever
/// was wished of its mail since waited behind it.
#[test]
fn bug_a_move_that_landed_in_a_mailbox_which_is_gone_was_waited_for_without_an_end() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    ground.record(1, &ground.ids(ground.inbox), Change::Move { to: ground.archive });
    let moved = Moved { intent: ground.due()[0].id, target_uid: None, target_validity: 0 };
    let _ = ground.store.writer().moves_done(&[moved]).unwrap();
    assert_eq!(landed_out_of_sight(&ground, &["INBOX", "Archive"]), (vec![], vec![]));
    let (hidden, lost) = landed_out_of_sight(&ground, &["INBOX", "Old"]);
    assert_eq!((hidden, &lost), (vec![], &vec![moved.intent]));
    let (settled, _) = ground.store.writer().end_landed(&lost).unwrap();
    assert_eq!(settled.len(), 1);
    assert!(settled[0].well);
    assert_eq!(ground.store.writer().waiting_intents(ground.account).unwrap().0, 0);
}

/// A mailbox that is to be deleted isn't shown, so nobody looked into it for a mail that had landed there: its deletion
/// waited for the mail, and so did the wish to move that mail out before.
#[test]
fn bug_a_move_that_landed_in_a_mailbox_which_is_to_be_deleted_was_not_looked_for() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    ground.record(1, &ground.ids(ground.inbox), Change::Move { to: ground.archive });
    let moved = Moved { intent: ground.due()[0].id, target_uid: None, target_validity: 0 };
    let _ = ground.store.writer().moves_done(&[moved]).unwrap();
    let _ = ground.store.writer().delete_mailbox(Ticket(2), ground.archive, Instant(1)).unwrap();
    assert_eq!(landed_out_of_sight(&ground, &["INBOX", "Archive"]), (vec![ground.archive], vec![]));
    assert_eq!(landed_out_of_sight(&ground, &["INBOX"]), (vec![], vec![moved.intent]));
}

/// It was made again, or stayed as a level above others: a body that nobody could fetch was waited for.
#[test]
fn bug_a_deleted_mailbox_still_counted_the_mails_and_missing_bodies_it_had_held() {
    let ground = ground();
    ground.arrive(ground.archive, &[email(1, FlagBits::NONE)]);
    let _ = ground.store.writer().delete_mailbox(Ticket(1), ground.archive, Instant(1)).unwrap();
    let wish = ground.store.writer().due_mailbox(ground.account, Instant(2)).unwrap().unwrap();
    let _ = ground.store.writer().mailbox_done(wish.id, None).unwrap();
    landed_out_of_sight(&ground, &["INBOX", "Archive"]);
    assert_eq!(ground.store.writer().folder(ground.archive).unwrap().on_server, 0);
    let bodies = ground.store.reader().accounts().unwrap()[0].bodies;
    assert_eq!(bodies.0, bodies.1);
}

/// Another client moved the mail away before it was copied, and the server said nothing of that: when the mail turned up
/// elsewhere it was taken for the copy, and taking the copy back destroyed it.
#[test]
fn bug_undo_of_a_copy_destroyed_a_mail_that_was_not_where_the_copy_had_been_put() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    ground.record(1, &ground.ids(ground.inbox), Change::Copy { to: ground.archive });
    let copied = Moved { intent: ground.due()[0].id, target_uid: None, target_validity: 0 };
    let _ = ground.store.writer().arrivals_done(&[copied]).unwrap();
    let _ = ground.store.writer().end_landed(&[copied.intent]).unwrap();
    // It was in neither; here it is, before it is known to have left where it was.
    ground.arrive(ground.inbox, &[NewEmail { uid: 2, ..email(1, FlagBits::NONE) }]);
    let (undone, _) = ground.store.writer().undo(Ticket(1), Ticket(2), ground.account, Instant(2)).unwrap();
    assert_eq!(undone.queued, 0);
    assert_eq!(ground.ids(ground.inbox).len(), 2);
}

/// The answer to a copy was lost, the copy was seen, then the mailbox it was copied from was renumbered: the original was
/// taken for another mail, and the move ended with two of them.
#[test]
fn the_original_of_a_move_is_known_again_after_its_mailbox_was_renumbered() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    ground.record(1, &ground.ids(ground.inbox), Change::Move { to: ground.archive });
    let intent = ground.due()[0].id;
    ground.store.writer().intents_sent(&[intent], 1, 8).unwrap();
    ground.store.writer().recover_intents(ground.account).unwrap();
    ground.arrive(ground.archive, &[email(1, FlagBits::NONE)]);
    let _ = ground.store.writer().quarantine_folder(ground.inbox, 70).unwrap();
    ground.store.writer().extend_folder(ground.inbox, 70, 10).unwrap();
    ground.arrive(ground.inbox, &[NewEmail { uid: 9, ..email(1, FlagBits::NONE) }]);
    let due = ground.due();
    assert_eq!((due.len(), due[0].uid, due[0].state), (1, Some(9), IntentState::Unknown), "{due:?}");
}

/// Without UIDPLUS what was moved stays behind, marked as deleted. Read again before the target was, it was taken for the
/// mail; a move back then counted as done, and the mail stayed where the person had taken it from.
#[test]
fn what_a_move_left_behind_is_not_the_mail() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    let ids = ground.ids(ground.inbox);
    ground.record(1, &ids, Change::Move { to: ground.archive });
    let moved = Moved { intent: ground.due()[0].id, target_uid: None, target_validity: 0 };
    let _ = ground.store.writer().moves_done(&[moved]).unwrap();
    ground.record(2, &ids, Change::Move { to: ground.inbox });
    let settled = ground.arrive(ground.inbox, &[email(1, FlagBits::DELETED)]);
    assert_eq!(settled, []);
    let settled = ground.arrive(ground.archive, &[NewEmail { uid: 5, ..email(1, FlagBits::NONE) }]);
    assert_eq!(settled.iter().map(|settled| settled.operation).collect::<Vec<_>>(), [Ticket(1)]);
    let due = ground.due();
    assert_eq!((due.len(), due[0].email, due[0].uid, due[0].there), (1, ids[0], Some(5), None), "{due:?}");
}

/// The two were told apart by nothing: after the renumbering the mail was the one that was left behind, and moving it moved
/// that.
#[test]
fn a_mail_and_what_an_earlier_move_left_of_it_keep_apart_when_their_mailbox_is_renumbered() {
    let ground = ground();
    let left = NewEmail { uid: 9, ..email(1, FlagBits::DELETED) };
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    ground.arrive(ground.inbox, std::slice::from_ref(&left));
    let ids = ground.ids(ground.inbox);
    let _ = ground.store.writer().quarantine_folder(ground.inbox, 70).unwrap();
    ground.store.writer().extend_folder(ground.inbox, 70, 10).unwrap();
    ground.arrive(ground.inbox, &[NewEmail { uid: 3, ..left }]);
    ground.arrive(ground.inbox, &[NewEmail { uid: 4, ..email(1, FlagBits::NONE) }]);
    assert_eq!(ground.ids(ground.inbox), ids);
    ground.record(1, &ids, Change::Move { to: ground.archive });
    assert_eq!(ground.due()[0].uid, Some(4));
}

/// The mailbox had been renumbered as well, and what was left behind there counted as the mail's arrival.
#[test]
fn a_mail_that_is_marked_as_deleted_is_not_the_arrival_of_a_move() {
    let ground = ground();
    ground.arrive(ground.archive, &[email(1, FlagBits::NONE)]);
    let ids = ground.ids(ground.archive);
    ground.record(1, &ids, Change::Move { to: ground.inbox });
    let moved = Moved { intent: ground.due()[0].id, target_uid: None, target_validity: 0 };
    let _ = ground.store.writer().moves_done(&[moved]).unwrap();
    assert_eq!(ground.arrive(ground.inbox, &[email(1, FlagBits::DELETED)]), []);
    assert_eq!(ground.arrive(ground.inbox, &[NewEmail { uid: 2, ..email(1, FlagBits::NONE) }]).len(), 1);
    assert_eq!(ground.ids(ground.inbox), ids);
}

/// Another client had it numbered anew and then deleted it: the change waited for it to be read without an end.
#[test]
fn a_change_in_a_renumbered_mailbox_that_is_gone_is_not_waited_for() {
    let ground = ground();
    ground.arrive(ground.archive, &[email(1, FlagBits::NONE)]);
    ground.record(1, &ground.ids(ground.archive), Change::Move { to: ground.inbox });
    let _ = ground.store.writer().quarantine_folder(ground.archive, 80).unwrap();
    let writer = || ground.store.writer();
    let stranded = |names: &[&str]| writer().out_of_sight(ground.account, &listed(names)).unwrap().stranded;
    assert_eq!(stranded(&["INBOX", "Archive"]), []);
    assert_eq!(stranded(&[]), [], "a server's bad day");
    let stranded = stranded(&["INBOX"]);
    let refused = [(stranded[0], Error::new(ErrorKind::NotFound))];
    let (settled, _) = writer().intents_refused(&refused).unwrap();
    assert_eq!((settled[0].operation, settled[0].well), (Ticket(1), false));
    assert_eq!(writer().waiting_intents(ground.account).unwrap().0, 0);
}

/// Another client renamed it, and its name was left as a level above others: the download was never over.
#[test]
fn a_body_in_a_mailbox_that_can_not_be_opened_any_more_is_not_waited_for() {
    let ground = ground();
    ground.arrive(ground.archive, &[email(1, FlagBits::NONE)]);
    let mut folders = listed(&["INBOX", "Archive"]);
    folders[1].selectable = false;
    let _ = ground.store.writer().list_folders(ground.account, &folders).unwrap();
    let bodies = ground.store.reader().accounts().unwrap()[0].bodies;
    assert_eq!(bodies.0, bodies.1);
}
