//! What the store promises, tried on a real directory.

mod changes;
mod conversations;
mod draft_copies;
mod drafts;
mod edits;
mod excerpts;
mod keywords;
mod moves;
mod outbox;
mod space;
mod undo;

use super::*;
use crate::command::Ticket;
use crate::mime::HeaderFacts;
use crate::model::{
    AccountConfig, AccountId, EmailId, FlagBits, Flags, Instant, ListQuery, MailboxId, Role, SecretKind,
    Security, SubmissionServer,
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
        secret_kind: SecretKind::Password,
        submission: None,
    }
}

/// A mailbox of that name as the server lists it.
pub(super) fn folder(name: &str, role: Role) -> ListedFolder {
    let (wire_name, path) = (name.into(), name.into());
    ListedFolder { wire_name, path, delimiter: Some('/'), role, selectable: true }
}

/// Mailboxes of these names as the server lists them.
fn listed(names: &[&str]) -> Vec<ListedFolder> {
    names.iter().map(|name| folder(name, Role::None)).collect()
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

    fn mailbox(&self, path: &str) -> MailboxId {
        let mailboxes = self.store.reader().mailboxes(self.account).unwrap();
        mailboxes.iter().find(|mailbox| mailbox.path == path).unwrap().id
    }

    fn record(&self, ticket: u64, emails: &[EmailId], change: Change) -> usize {
        let changes: Vec<(EmailId, Change)> = emails.iter().map(|email| (*email, change.clone())).collect();
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
    let moved = [Moved { intent: ground.due()[0].id, target_uid: Some(9), target_validity: 8, named: true }];
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
                .moves_done(&[Moved {
                    intent: due[0].id,
                    target_uid: Some(50),
                    target_validity: 8,
                    named: true,
                }])
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
fn whether_an_account_signs_in_with_a_token_survives_a_restart() {
    let ground = ground();
    let with_token = AccountConfig {
        address: "token@example.org".into(),
        user_name: "token".into(),
        secret_kind: SecretKind::BearerToken,
        ..config()
    };
    ground.store.writer().add_account(&with_token).unwrap();
    let accounts = ground.reopen().store.writer().accounts().unwrap();
    assert_eq!(accounts.into_iter().map(|(_, config)| config).collect::<Vec<_>>(), [config(), with_token]);
}

#[test]
fn by_which_server_an_account_sends_survives_a_restart() {
    let ground = ground();
    let sends = |name: &str, security| AccountConfig {
        address: format!("{name}@example.org"),
        user_name: name.into(),
        submission: Some(SubmissionServer { host: format!("{name}.example.org"), port: 465, security }),
        ..config()
    };
    let added = [sends("tls", Security::Tls), sends("starttls", Security::StartTls)];
    for account in &added {
        ground.store.writer().add_account(account).unwrap();
    }
    let accounts = ground.reopen().store.writer().accounts().unwrap();
    assert_eq!(accounts.into_iter().skip(1).map(|(_, config)| config).collect::<Vec<_>>(), added);
}

#[test]
fn removing_an_account_removes_its_mail_and_packs_and_no_other() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    ground.body(ground.inbox, 1, b"Subject: x\r\n\r\nbody");
    let other = ground
        .store
        .writer()
        .add_account(&AccountConfig {
            address: "grace@example.org".into(),
            user_name: "grace".into(),
            ..config()
        })
        .unwrap();
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
    let other = ground
        .store
        .writer()
        .add_account(&AccountConfig {
            address: "grace@example.org".into(),
            user_name: "grace".into(),
            ..config()
        })
        .unwrap();
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
    ground.record(1, &ground.ids(ground.inbox), change.clone());
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

/// It was made again, or stayed as a level above others: a body that nobody could fetch was waited for.
#[test]
fn bug_a_deleted_mailbox_still_counted_the_mails_and_missing_bodies_it_had_held() {
    let ground = ground();
    ground.arrive(ground.archive, &[email(1, FlagBits::NONE)]);
    let _ = ground.store.writer().delete_mailbox(Ticket(1), ground.archive, Instant(1)).unwrap();
    let wish = ground.store.writer().due_mailbox(ground.account, Instant(2)).unwrap().unwrap();
    let _ = ground.store.writer().mailbox_done(wish.id, None).unwrap();
    let _ = ground.store.writer().list_folders(ground.account, &listed(&["INBOX", "Archive"])).unwrap();
    assert_eq!(ground.store.writer().folder(ground.archive).unwrap().on_server, 0);
    let bodies = ground.store.reader().accounts().unwrap()[0].bodies;
    assert_eq!(bodies.0, bodies.1);
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

/// A row and its UID are of one moment, though the server gives the mail another number in between.
#[test]
fn what_is_asked_at_once_is_of_one_moment() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE), email(2, FlagBits::NONE)]);
    let query = ListQuery::Mailbox(ground.inbox);
    let reader = ground.store.reader();
    let seen = reader.at_once(|snapshot| {
        let page = snapshot.page(query, 0, 10)?;
        // The mailbox is numbered anew.
        let mut writer = ground.store.writer();
        let _ = writer.quarantine_folder(ground.inbox, 9)?;
        let renumbered = [NewEmail { uid: 70, ..email(2, FlagBits::SEEN) }];
        let _ = writer.add_emails(ground.inbox, &renumbered, 70, 70)?;
        let _ = writer.end_quarantine(ground.inbox)?;
        let again = snapshot.page(query, 0, 10)?;
        let around = snapshot.page_around(query, page.rows[1].id, (1, 1), 0)?;
        assert_eq!((&again, &around), (&page, &page));
        Ok((page.rows.iter().map(|row| row.flags).collect::<Vec<_>>(), snapshot.uids(&page.rows)?))
    });
    assert_eq!(seen.unwrap(), (vec![FlagBits::NONE; 2], vec![2, 1]));
    let now = reader.at_once(|snapshot| {
        let page = snapshot.page(query, 0, 10)?;
        Ok((page.rows.iter().map(|row| row.flags).collect::<Vec<_>>(), snapshot.uids(&page.rows)?))
    });
    assert_eq!(now.unwrap(), (vec![FlagBits::SEEN], vec![70]));
}
