//! Copies, mails that are handed over, wishes for mailboxes, and what is kept of changes.

use super::*;
use crate::model::{ChangeState, WaitingChange};

impl Ground {
    pub(super) fn second_account(&self) -> (AccountId, MailboxId) {
        let config = AccountConfig { address: "bob@example.org".into(), user_name: "bob".into(), ..config() };
        let account = self.store.writer().add_account(&config).unwrap();
        let _ = self.store.writer().list_folders(account, &[folder("INBOX", Role::Inbox)]).unwrap();
        let inbox = self.store.writer().folder_with_role(account, Role::Inbox).unwrap().unwrap();
        self.store.writer().extend_folder(inbox, 21, 1).unwrap();
        (account, inbox)
    }

    fn due_of(&self, account: AccountId) -> Vec<IntentRow> {
        self.store.writer().due_intents(account, Instant(i64::MAX), 100).unwrap()
    }

    fn list(&self, names: &[(&str, Role)]) {
        let listed: Vec<ListedFolder> = names.iter().map(|(name, role)| folder(name, *role)).collect();
        let _ = self.store.writer().list_folders(self.account, &listed).unwrap();
    }

    fn paths(&self) -> Vec<String> {
        self.store.reader().mailboxes(self.account).unwrap().into_iter().map(|mailbox| mailbox.path).collect()
    }

    fn waiting(&self) -> Vec<WaitingChange> {
        self.store.reader().waiting_changes(self.account).unwrap()
    }
}

fn refusal() -> Error {
    Error::server(ErrorKind::QuotaFull, "full")
}

#[test]
fn bug_a_copyuid_of_another_numbering_than_the_known_one_names_no_mail_here() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    // Another mail has UID 40 in the numbering that is known of the archive.
    ground.arrive(ground.archive, &[email(40, FlagBits::NONE)]);
    let id = ground.ids(ground.inbox)[0];
    ground.record(1, &[id], Change::Move { to: ground.archive });
    let moved = [Moved { intent: ground.due()[0].id, target_uid: Some(41), target_validity: 9, named: true }];
    let (settled, _) = ground.store.writer().moves_done(&moved).unwrap();
    ground.recount();
    assert_eq!(settled, [], "where it is isn't known before the archive was looked at");
    assert!(ground.ids(ground.archive).contains(&id), "and it is shown there meanwhile");
    assert_eq!(ground.store.writer().local_mails(ground.archive).unwrap().len(), 1);
    let _ = ground.store.writer().quarantine_folder(ground.archive, 9).unwrap();
    let settled = ground.arrive(ground.archive, &[NewEmail { uid: 41, ..email(1, FlagBits::NONE) }]);
    assert!(settled[0].well);
    assert!(ground.ids(ground.archive).contains(&id));
}

#[test]
fn a_mail_made_here_and_its_octets_survive_a_restart() {
    let ground = ground();
    let bytes =
        b"From: Ada <ada@example.org>\r\nMessage-ID: <new@example.org>\r\nSubject: made here\r\n\r\nText\r\n";
    let _ = ground
        .store
        .writer()
        .append(Ticket(1), ground.archive, bytes, FlagBits::SEEN, Instant(9_999), Instant(1))
        .unwrap();
    ground.recount();
    let ground = ground.reopen();
    assert_eq!(ground.subjects(ground.archive), ["made here"]);
    let id = ground.ids(ground.archive)[0];
    assert_eq!(ground.store.reader().raw(id).unwrap(), bytes);
    assert_eq!(ground.store.writer().remove_orphans(ground.account).unwrap(), 0);
    let due = ground.due();
    assert_eq!(
        (due[0].change.clone(), due[0].message_id.as_str()),
        (Change::Append { to: ground.archive }, "new@example.org")
    );
    // About to be sent when the power failed: it may be there.
    ground.store.writer().intents_sent(&[due[0].id], 30, 8).unwrap();
    let ground = ground.reopen();
    let due = ground.due();
    assert_eq!((due[0].state, due[0].target_uid_next, due[0].target_validity), (IntentState::Unknown, 30, 8));
    let arrived = [Moved { intent: due[0].id, target_uid: Some(30), target_validity: 8, named: true }];
    let (settled, changed) = ground.store.writer().arrivals_done(&arrived).unwrap();
    ground.recount();
    assert!(settled[0].well);
    // Found by a run in which the body of a mail that was handed over wasn't fetched before the next poll.
    assert_eq!(changed.woken, [ground.account], "who fetches bodies is told that this one is wanted");
    assert_eq!(ground.ids(ground.archive), [id]);
    assert_eq!(ground.store.reader().raw(id).unwrap(), bytes, "until it has come back it is read from here");
    ground.body(ground.archive, 30, b"as the server has it");
    assert_eq!(ground.store.reader().raw(id).unwrap(), b"as the server has it");
}

#[test]
fn a_mail_between_accounts_is_removed_only_after_it_was_proved_to_have_arrived() {
    let ground = ground();
    let (other, target) = ground.second_account();
    ground.arrive(ground.inbox, &[email(1, FlagBits::FLAGGED)]);
    let id = ground.ids(ground.inbox)[0];
    ground.record(1, &[id], Change::Move { to: target });
    assert!(ground.ids(ground.inbox).is_empty() && ground.ids(target).len() == 1);
    // Its octets aren't here yet.
    assert!(ground.due().is_empty() && ground.due_of(other).is_empty());
    ground.body(ground.inbox, 1, b"octets");
    assert!(ground.due().is_empty());
    let due = ground.due_of(other);
    assert_eq!((due.len(), due[0].precedes, due[0].flags.bits), (1, true, FlagBits::FLAGGED));
    assert_eq!(ground.store.reader().raw(due[0].email).unwrap(), b"octets");
    let ground = ground.reopen();
    let arrived = [Moved { intent: due[0].id, target_uid: Some(5), target_validity: 21, named: true }];
    let (settled, changed) = ground.store.writer().arrivals_done(&arrived).unwrap();
    assert_eq!(settled, []);
    assert!(changed.woken.contains(&ground.account), "who is to remove it is told");
    let due = ground.due();
    assert_eq!((due.len(), due[0].change.clone()), (1, Change::Expunge));
    let (settled, _) = ground.store.writer().expunges_done(&[due[0].id]).unwrap();
    assert!(settled[0].well);
    // Gone here, and read from what is kept until it has come back from the other server.
    ground.store.writer().remove_orphans(ground.account).unwrap();
    let moved = ground.ids(target)[0];
    assert_eq!(ground.store.reader().raw(moved).unwrap(), b"octets");
}

#[test]
fn a_mail_that_landed_and_was_never_found_is_not_removed_where_it_was() {
    let ground = ground();
    let (other, target) = ground.second_account();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    ground.body(ground.inbox, 1, b"octets");
    let id = ground.ids(ground.inbox)[0];
    ground.record(1, &[id], Change::Move { to: target });
    let landed =
        [Moved { intent: ground.due_of(other)[0].id, target_uid: None, target_validity: 0, named: true }];
    let _ = ground.store.writer().arrivals_done(&landed).unwrap();
    let landed = ground.store.writer().landed(target).unwrap();
    let (settled, _) = ground.store.writer().end_landed(&landed).unwrap();
    ground.recount();
    assert!(!settled[0].well);
    assert_eq!(ground.ids(ground.inbox), [id]);
    assert!(ground.due().is_empty());
}

#[test]
fn a_refused_hand_over_shows_the_mail_where_it_was_and_retry_moves_it_whole() {
    let ground = ground();
    let (other, target) = ground.second_account();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    ground.body(ground.inbox, 1, b"octets");
    let id = ground.ids(ground.inbox)[0];
    ground.record(1, &[id], Change::Move { to: target });
    let intent = ground.due_of(other)[0].id;
    let (settled, _) = ground.store.writer().intents_refused(&[(intent, refusal())]).unwrap();
    assert_eq!((settled[0].well, settled[0].why), (false, Some(ErrorKind::QuotaFull)));
    assert_eq!((ground.ids(ground.inbox), ground.ids(target)), (vec![id], vec![]));
    let refused = ground.store.reader().waiting_changes(other).unwrap();
    assert_eq!((refused[0].state, refused[0].error.clone()), (ChangeState::Refused, Some(refusal())));
    ground.store.writer().remove_orphans(other).unwrap();
    let (count, _) = ground.store.writer().retry(Ticket(1), Ticket(2), ground.account, Instant(2)).unwrap();
    ground.recount();
    assert_eq!(count, 1);
    assert!(ground.ids(ground.inbox).is_empty() && ground.ids(target).len() == 1);
    assert_eq!(ground.due_of(other)[0].operation, Ticket(2));
    let _ = ground.store.writer().discard(Ticket(2)).unwrap();
    assert_eq!((ground.ids(ground.inbox), ground.ids(target)), (vec![id], vec![]));
    assert!(ground.store.reader().waiting_changes(other).unwrap().is_empty());
}

#[test]
fn a_mail_that_another_client_put_there_is_not_taken_for_a_copy_that_was_never_sent() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    let id = ground.ids(ground.inbox)[0];
    ground.record(1, &[id], Change::Copy { to: ground.archive });
    let copy = ground.ids(ground.archive)[0];
    assert_ne!(copy, id);
    ground.arrive(ground.archive, &[NewEmail { uid: 7, ..email(1, FlagBits::NONE) }]);
    assert_eq!(ground.ids(ground.archive).len(), 2, "theirs and ours");
    assert_eq!(ground.due()[0].email, copy);
}

#[test]
fn a_change_to_a_mail_waits_for_the_copy_that_is_made_of_it() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    let id = ground.ids(ground.inbox)[0];
    ground.record(1, &[id], Change::Copy { to: ground.archive });
    ground.record(2, &[id], Change::Expunge);
    let due = ground.due();
    assert_eq!((due.len(), due[0].change.clone()), (1, Change::Copy { to: ground.archive }));
    ground.store.writer().intents_waiting(&[due[0].id], IntentState::Queued, Instant(i64::MAX)).unwrap();
    let now = ground.store.writer().due_intents(ground.account, Instant(10), 100).unwrap();
    assert!(now.is_empty() || now[0].operation == Ticket(1), "{now:?}");
}

#[test]
fn large_operations_are_handed_out_in_chunks_and_written_at_once() {
    let ground = ground();
    let mails: Vec<NewEmail> = (1..=1200).map(|uid| email(uid, FlagBits::NONE)).collect();
    ground.arrive(ground.inbox, &mails);
    let change = Change::Flags { add: FlagBits::SEEN, remove: FlagBits::NONE };
    let (count, _) =
        ground.store.writer().record_in(Ticket(1), ground.inbox, change.clone(), Instant(1)).unwrap();
    assert_eq!(count, 1200);
    let mut sizes = Vec::new();
    loop {
        let due = ground.store.writer().due_intents(ground.account, Instant(1), 500).unwrap();
        if due.is_empty() {
            break;
        }
        sizes.push(due.len());
        let ids: Vec<i64> = due.iter().map(|row| row.id).collect();
        let _ = ground.store.writer().flags_done(&ids).unwrap();
    }
    assert_eq!(sizes, [500, 500, 200]);
    ground.recount();
}

#[test]
fn operations_of_long_ago_are_forgotten_and_their_numbers_never_given_again() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE), email(2, FlagBits::NONE)]);
    let ids = ground.ids(ground.inbox);
    let star = Change::Flags { add: FlagBits::FLAGGED, remove: FlagBits::NONE };
    ground.record(7, &ids[..1], star.clone());
    ground.record(8, &ids[1..], star.clone());
    let due = ground.due();
    let _ = ground.store.writer().flags_done(&[due[0].id]).unwrap();
    let due = ground.due();
    let _ = ground.store.writer().intents_refused(&[(due[0].id, refusal())]).unwrap();
    ground.record(9, &ids[..1], Change::Expunge);
    let later = Instant(40 * 24 * 3600 * 1000);
    assert_eq!(ground.store.writer().prune_operations(Instant(1000)).unwrap(), 0);
    assert_eq!(ground.store.writer().prune_operations(later).unwrap(), 1, "what is open or refused stays");
    let due = ground.due();
    let _ = ground.store.writer().expunges_done(&[due[0].id]).unwrap();
    let _ = ground.store.writer().discard(Ticket(8)).unwrap();
    assert_eq!(ground.store.writer().prune_operations(later).unwrap(), 2);
    assert_eq!(ground.store.writer().next_ticket().unwrap(), 10);
    assert_eq!(ground.reopen().store.writer().next_ticket().unwrap(), 10);
}

#[test]
fn wishes_for_mailboxes_are_shown_over_what_the_server_lists() {
    let ground = ground();
    let all = [("INBOX", Role::Inbox), ("Archive", Role::Archive), ("A", Role::None), ("A/B", Role::None)];
    ground.list(&all);
    let a = ground.store.reader().mailboxes(ground.account).unwrap();
    let a = a.iter().find(|mailbox| mailbox.path == "A").unwrap().id;
    let writer = || ground.store.writer();
    let _ = writer().create_mailbox(Ticket(1), ground.account, "Neu ü", None, Instant(1)).unwrap();
    let _ = writer().rename_mailbox(Ticket(2), a, "C", Instant(1)).unwrap();
    let _ = writer().delete_mailbox(Ticket(3), ground.archive, Instant(1)).unwrap();
    for _ in 0..2 {
        let mut paths = ground.paths();
        paths.sort();
        assert_eq!(paths, ["C", "C/B", "INBOX", "Neu ü"]);
        ground.list(&all);
    }
    let row = writer().due_mailbox(ground.account, Instant(1)).unwrap().unwrap();
    assert_eq!((row.kind, &*row.name), (MailboxKind::Create, "Neu &APw-"));
    let _ = writer().mailbox_done(row.id, Some("Neu &APw-")).unwrap();
    let row = writer().due_mailbox(ground.account, Instant(1)).unwrap().unwrap();
    assert_eq!((row.kind, &*row.name, &*row.to), (MailboxKind::Rename, "A", "C"));
    let _ = writer().mailbox_done(row.id, None).unwrap();
    assert_eq!(&*writer().folder(a).unwrap().wire_name, "C");
    let row = writer().due_mailbox(ground.account, Instant(1)).unwrap().unwrap();
    let (settled, _) = writer().mailbox_refused(row.id, &refusal()).unwrap();
    assert_eq!((settled[0].operation, settled[0].well), (Ticket(3), false));
    let mut paths = ground.paths();
    paths.sort();
    assert_eq!(paths, ["Archive", "C", "C/B", "INBOX", "Neu ü"]);
    assert_eq!(ground.waiting().len(), 1);
}

/// The server had made a mailbox of what was listed as a mere level above others, or another client had deleted what had
/// that name: two rows were to have one name, which failed, and with it every sync from then on.
#[test]
fn bug_a_rename_to_a_name_that_was_listed_could_not_be_written_down() {
    let ground = ground();
    let level = ListedFolder { selectable: false, ..folder("Top", Role::None) };
    let below = folder("Top/Below", Role::None);
    let all = [folder("INBOX", Role::Inbox), folder("Archive", Role::Archive), level, below];
    let _ = ground.store.writer().list_folders(ground.account, &all).unwrap();
    let writer = || ground.store.writer();
    let _ = writer().rename_mailbox(Ticket(1), ground.archive, "Top", Instant(1)).unwrap();
    let row = writer().due_mailbox(ground.account, Instant(1)).unwrap().unwrap();
    let _ = writer().mailbox_done(row.id, None).unwrap();
    assert_eq!(&*writer().folder(ground.archive).unwrap().wire_name, "Top");
    let now = [folder("INBOX", Role::Inbox), folder("Top", Role::None), folder("Top/Below", Role::None)];
    let _ = writer().list_folders(ground.account, &now).unwrap();
    let mut paths = ground.paths();
    paths.sort();
    assert_eq!(paths, ["INBOX", "Top", "Top/Below"]);
}

/// There and back again: what had had the new name and given it up counted as below it still, and was to have its name back.
#[test]
fn bug_a_mailbox_renamed_back_could_not_be_written_down() {
    let ground = ground();
    let listed = |name: &str| {
        let below = format!("{name}/Below");
        let all = [folder("INBOX", Role::Inbox), folder(name, Role::None), folder(&below, Role::None)];
        let _ = ground.store.writer().list_folders(ground.account, &all).unwrap();
    };
    listed("Archive");
    for (ticket, name) in [(1, "Old"), (2, "Archive"), (3, "Old")] {
        let writer = || ground.store.writer();
        let _ = writer().rename_mailbox(Ticket(ticket), ground.archive, name, Instant(1)).unwrap();
        let row = writer().due_mailbox(ground.account, Instant(1)).unwrap().unwrap();
        // It was listed before the answer came.
        listed(name);
        let _ = writer().mailbox_done(row.id, None).unwrap();
        assert_eq!(&*writer().folder(ground.archive).unwrap().wire_name, name);
        listed(name);
        let mut paths = ground.paths();
        paths.sort();
        let mut now = ["INBOX".to_owned(), name.to_owned(), format!("{name}/Below")];
        now.sort();
        assert_eq!(paths, now);
    }
}

#[test]
fn a_mailbox_is_deleted_after_the_mail_that_was_moved_out_of_it_and_mail_into_a_new_one_waits_for_it() {
    let ground = ground();
    ground.arrive(ground.archive, &[email(1, FlagBits::NONE)]);
    let id = ground.ids(ground.archive)[0];
    ground.record(1, &[id], Change::Move { to: ground.inbox });
    let writer = || ground.store.writer();
    let _ = writer().delete_mailbox(Ticket(2), ground.archive, Instant(1)).unwrap();
    assert_eq!(writer().due_mailbox(ground.account, Instant(1)).unwrap(), None);
    let moved = [Moved { intent: ground.due()[0].id, target_uid: Some(3), target_validity: 7, named: true }];
    let _ = writer().moves_done(&moved).unwrap();
    let row = writer().due_mailbox(ground.account, Instant(1)).unwrap().unwrap();
    let _ = writer().mailbox_done(row.id, None).unwrap();
    ground.recount();
    assert_eq!(ground.ids(ground.inbox), [id]);
    let (count, _) =
        writer().record_to_role(Ticket(3), ground.account, &[id], Role::Archive, Instant(1)).unwrap();
    assert_eq!(count, 2, "the mail and its mailbox");
    assert!(ground.due().is_empty(), "there is no such mailbox yet");
    let row = writer().due_mailbox(ground.account, Instant(1)).unwrap().unwrap();
    assert_eq!((row.kind, row.first_use), (MailboxKind::Create, Role::Archive));
    let _ = writer().mailbox_done(row.id, Some("Archive")).unwrap();
    assert_eq!(ground.due().len(), 1);
}

#[test]
fn a_mailbox_that_can_not_be_made_takes_back_what_was_to_be_put_there() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    let id = ground.ids(ground.inbox)[0];
    let writer = || ground.store.writer();
    let _ = writer().record_to_role(Ticket(1), ground.account, &[id], Role::Trash, Instant(1)).unwrap();
    assert!(ground.ids(ground.inbox).is_empty());
    let row = writer().due_mailbox(ground.account, Instant(1)).unwrap().unwrap();
    let (settled, _) = writer().mailbox_refused(row.id, &refusal()).unwrap();
    ground.recount();
    assert_eq!((settled.len(), settled[0].well), (1, false));
    assert_eq!(ground.ids(ground.inbox), [id]);
    assert_eq!(ground.paths(), ["INBOX", "Archive"]);
}

#[test]
fn a_role_is_held_by_the_mailbox_the_person_named_and_by_no_other() {
    let ground = ground();
    let all = [("INBOX", Role::Inbox), ("Archive", Role::Archive), ("Keep", Role::None), ("Old", Role::None)];
    ground.list(&all);
    let mailboxes = ground.store.reader().mailboxes(ground.account).unwrap();
    let id = |path: &str| mailboxes.iter().find(|mailbox| mailbox.path == path).unwrap().id;
    let holder = || ground.store.writer().folder_with_role(ground.account, Role::Archive).unwrap();
    for named in ["Keep", "Old", "Archive"] {
        let _ = ground.store.writer().choose_role(id(named), Role::Archive).unwrap();
        ground.list(&all);
        assert_eq!(holder(), Some(id(named)));
        let with_role = ground.store.reader().mailboxes(ground.account).unwrap();
        assert_eq!(with_role.iter().filter(|mailbox| mailbox.role == Role::Archive).count(), 1);
    }
    let _ = ground.store.writer().choose_role(id("Archive"), Role::None).unwrap();
    ground.list(&all);
    assert_eq!(holder(), None);
}

/// A mail was to leave a mailbox before its deletion, into one that another client had deleted and that was to be made for
/// it: the making waited for the deletion, that for the mail, and the mail for the making.
#[test]
fn bug_a_deletion_and_a_mailbox_made_on_first_use_waited_for_each_other() {
    let ground = ground();
    ground.list(&[("INBOX", Role::Inbox), ("Archive", Role::Archive), ("Old", Role::None)]);
    let old = ground.mailbox("Old");
    ground.store.writer().extend_folder(old, 9, 1).unwrap();
    ground.arrive(old, &[email(1, FlagBits::NONE)]);
    ground.record(1, &ground.ids(old), Change::Move { to: ground.archive });
    let writer = || ground.store.writer();
    let _ = writer().delete_mailbox(Ticket(2), old, Instant(1)).unwrap();
    let intent = ground.due()[0].id;
    writer().make_target(intent, ground.archive).unwrap();
    let made = writer().due_mailbox(ground.account, Instant(1)).unwrap().unwrap();
    assert_eq!((made.kind, made.mailbox), (MailboxKind::Create, ground.archive));
    let _ = writer().mailbox_done(made.id, None).unwrap();
    assert_eq!(ground.due().len(), 1);
}

/// A copy that had been refused was asked for again while the answer to a later move of its original, to the same mailbox,
/// was lost: each waited for the other.
#[test]
fn bug_a_copy_tried_again_and_a_move_to_be_found_out_about_waited_for_each_other() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    let ids = ground.ids(ground.inbox);
    ground.record(1, &ids, Change::Copy { to: ground.archive });
    let writer = || ground.store.writer();
    let copy = ground.due()[0].id;
    let _ = writer().intents_refused(&[(copy, refusal())]).unwrap();
    ground.record(2, &ids, Change::Move { to: ground.archive });
    let moving = ground.due()[0].id;
    writer().intents_sent(&[moving], 1, 8).unwrap();
    writer().recover_intents(ground.account, Instant(0)).unwrap();
    let _ = writer().retry(Ticket(1), Ticket(3), ground.account, Instant(1)).unwrap();
    assert_eq!(ground.due().iter().map(|row| row.id).collect::<Vec<_>>(), [copy]);
}

/// Of mailboxes with one name at three levels the one in the middle was given up as if it stood in the way of the lowest.
#[test]
fn bug_a_mailbox_renamed_to_the_name_above_it_was_given_up() {
    let ground = ground();
    let level = ListedFolder { selectable: false, ..folder("A", Role::None) };
    let all = [folder("INBOX", Role::Inbox), level, folder("A/A", Role::None), folder("A/A/A", Role::None)];
    let _ = ground.store.writer().list_folders(ground.account, &all).unwrap();
    let mailboxes = ground.store.reader().mailboxes(ground.account).unwrap();
    let id = |path: &str| mailboxes.iter().find(|mailbox| mailbox.path == path).unwrap().id;
    let (middle, lowest) = (id("A/A"), id("A/A/A"));
    let _ = ground.store.writer().rename_mailbox(Ticket(1), middle, "A", Instant(1)).unwrap();
    let row = ground.store.writer().due_mailbox(ground.account, Instant(1)).unwrap().unwrap();
    let _ = ground.store.writer().mailbox_done(row.id, None).unwrap();
    let name = |mailbox| ground.store.writer().folder(mailbox).unwrap().wire_name;
    assert_eq!((&*name(middle), &*name(lowest)), ("A", "A/A"));
}

/// The answer to handing it over was lost, and it has no Message-ID: what was seen in its mailbox, of its size and date, was
/// taken for another mail. With that moved on, it was handed over a second time.
#[test]
fn bug_a_mail_without_message_id_was_not_known_again_while_its_answer_was_lost() {
    let ground = ground();
    let octets = b"Subject: mail 1\r\n\r\nText\r\n";
    let date = Instant(1000);
    let writer = || ground.store.writer();
    let _ = writer().append(Ticket(1), ground.archive, octets, FlagBits::NONE, date, Instant(1)).unwrap();
    let ids = ground.ids(ground.archive);
    let intent = ground.due()[0].id;
    writer().intents_sent(&[intent], 1, 8).unwrap();
    writer().recover_intents(ground.account, Instant(0)).unwrap();
    let mut seen = NewEmail { size: octets.len() as u64, ..email(1, FlagBits::NONE) };
    seen.facts.message_id = None;
    assert_eq!(ground.arrive(ground.archive, &[seen]).len(), 1);
    assert_eq!(ground.ids(ground.archive), ids);
}

/// Its octets were nowhere but there: the original was removed first, and the copy had nothing to be made of.
#[test]
fn bug_what_was_copied_to_another_account_was_deleted_before_its_octets_were_here() {
    let ground = ground();
    let (other, target) = ground.second_account();
    ground.arrive(ground.archive, &[email(1, FlagBits::NONE), email(2, FlagBits::NONE)]);
    let ids = ground.ids(ground.archive);
    let writer = || ground.store.writer();
    ground.record(1, &ids, Change::Copy { to: target });
    ground.record(2, &ids[..1], Change::Expunge);
    let _ = writer().delete_mailbox(Ticket(3), ground.archive, Instant(1)).unwrap();
    let is_doomed = || writer().due_mailbox(ground.account, Instant(i64::MAX)).unwrap().is_some();
    assert_eq!((ground.due(), ground.due_of(other), is_doomed()), (vec![], vec![], false));
    ground.body(ground.archive, 2, b"octets");
    let due = ground.due();
    assert_eq!((due.len(), due[0].change.clone()), (1, Change::Expunge));
    let _ = writer().expunges_done(&[due[0].id]).unwrap();
    assert!(!is_doomed(), "the other one is there alone");
    ground.body(ground.archive, 1, b"octets");
    assert!(is_doomed());
    assert_eq!(ground.due_of(other).len(), 2);
}

/// It was on its way to another mailbox and not seen there yet, so that it had no place: it was taken for gone.
#[test]
fn bug_what_was_copied_to_another_account_while_it_was_moved_was_said_to_be_gone() {
    let ground = ground();
    let (other, target) = ground.second_account();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    let ids = ground.ids(ground.inbox);
    ground.record(1, &ids, Change::Move { to: ground.archive });
    ground.record(2, &ids, Change::Copy { to: target });
    let moving = ground.due()[0].id;
    let moved = Moved { intent: moving, target_uid: None, target_validity: 0, named: false };
    let _ = ground.store.writer().moves_done(&[moved]).unwrap();
    assert_eq!(ground.due_of(other), []);
    ground.arrive(ground.archive, &[email(1, FlagBits::NONE)]);
    assert_eq!(ground.due_of(other), [], "its octets aren't here yet");
    ground.body(ground.archive, 1, b"octets");
    assert_eq!(ground.due_of(other).len(), 1);
}

/// A copy was wished of a mail that was to be moved: when the move wasn't made, the copy was looked for where it never came.
#[test]
fn bug_a_copy_wished_after_a_move_was_refused_with_it() {
    let ground = ground();
    ground.list(&[("INBOX", Role::Inbox), ("Archive", Role::Archive), ("Work", Role::None)]);
    let work = ground.mailbox("Work");
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    let ids = ground.ids(ground.inbox);
    ground.record(1, &ids, Change::Move { to: ground.archive });
    ground.record(2, &ids, Change::Copy { to: work });
    let moving = ground.due()[0].id;
    let _ = ground.store.writer().intents_refused(&[(moving, refusal())]).unwrap();
    let due = ground.due();
    assert_eq!((due.len(), due[0].source, due[0].uid), (1, ground.inbox, Some(1)));
}
