//! What is taken back, and what happens to wishes that came after.

use super::*;
use crate::model::ChangeKind;
use crate::sync::identity::ServerId;

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
    assert_eq!(ground.record(1, &ids, read.clone()), 1, "the mail that was read already needs nothing");
    let due = ground.due();
    let _ = ground.store.writer().flags_done(&[due[0].id]).unwrap();
    let (Undone { queued: count, .. }, _) =
        ground.store.writer().undo(Ticket(1), Ticket(2), ground.account, Instant(2)).unwrap();
    ground.recount();
    assert_eq!(count, 1);
    let due = ground.due();
    assert_eq!(due[0].email, ids[0]);
    assert_eq!(due[0].change.clone(), Change::Flags { add: FlagBits::NONE, remove: FlagBits::SEEN });
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
        ground.record(1, &ground.ids(ground.inbox), change.clone());
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

/// Another client moved the mail away before it was copied, and the server said nothing of that: when the mail turned up
/// elsewhere it was taken for the copy, and taking the copy back destroyed it.
#[test]
fn bug_undo_of_a_copy_destroyed_a_mail_that_was_not_where_the_copy_had_been_put() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    ground.record(1, &ground.ids(ground.inbox), Change::Copy { to: ground.archive });
    let copied = Moved { intent: ground.due()[0].id, target_uid: None, target_validity: 0, named: true };
    let _ = ground.store.writer().arrivals_done(&[copied]).unwrap();
    let _ = ground.store.writer().end_landed(&[copied.intent]).unwrap();
    // It was in neither; here it is, before it is known to have left where it was.
    ground.arrive(ground.inbox, &[NewEmail { uid: 2, ..email(1, FlagBits::NONE) }]);
    let (undone, _) = ground.store.writer().undo(Ticket(1), Ticket(2), ground.account, Instant(2)).unwrap();
    assert_eq!(undone.queued, 0);
    assert_eq!(ground.ids(ground.inbox).len(), 2);
}

/// The mail was in a mailbox that was to be deleted since. Back there it was deleted with it, whatever had been wished of
/// it after that move.
#[test]
fn bug_undo_of_a_move_put_its_mail_back_into_a_mailbox_that_was_about_to_be_deleted() {
    let ground = ground();
    ground.arrive(ground.archive, &[email(1, FlagBits::NONE)]);
    let ids = ground.ids(ground.archive);
    ground.record(1, &ids, Change::Move { to: ground.inbox });
    let writer = || ground.store.writer();
    let _ = writer().delete_mailbox(Ticket(2), ground.archive, Instant(1)).unwrap();
    let refused = writer().undo(Ticket(1), Ticket(3), ground.account, Instant(2)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::WrongState);
    assert_eq!(ground.ids(ground.inbox), ids);
    assert_eq!(writer().due_mailbox(ground.account, Instant(2)).unwrap(), None, "the mail leaves first");
    assert_eq!(ground.due().len(), 1);
}

/// What was to leave a mailbox before its deletion couldn't: the deletion went on, and took it along.
#[test]
fn bug_a_mailbox_was_deleted_with_the_mail_that_could_not_be_moved_out_of_it() {
    let (other, full) = (Error::new(ErrorKind::ServerRefused), Error::server(ErrorKind::QuotaFull, "full"));
    for (change, error) in [("move", &other), ("copy", &full)] {
        let ground = ground();
        ground.arrive(ground.archive, &[email(1, FlagBits::NONE)]);
        let ids = ground.ids(ground.archive);
        let to = ground.inbox;
        ground.record(1, &ids, if change == "move" { Change::Move { to } } else { Change::Copy { to } });
        let writer = || ground.store.writer();
        let _ = writer().delete_mailbox(Ticket(2), ground.archive, Instant(1)).unwrap();
        let refused = [(ground.due()[0].id, error.clone())];
        let (settled, _) = writer().intents_refused(&refused).unwrap();
        assert_eq!(
            settled.iter().map(|it| (it.operation, it.well)).collect::<Vec<_>>(),
            [(Ticket(1), false), (Ticket(2), false)]
        );
        assert_eq!(writer().due_mailbox(ground.account, Instant(i64::MAX)).unwrap(), None);
        ground.recount();
        assert_eq!(ground.ids(ground.archive), ids, "it is shown again, with its mail");
    }
}

/// It isn't in there any more, so that it can't get lost with the mailbox.
#[test]
fn a_mail_that_is_gone_does_not_keep_its_mailbox_from_being_deleted() {
    let ground = ground();
    ground.arrive(ground.archive, &[email(1, FlagBits::NONE)]);
    ground.record(1, &ground.ids(ground.archive), Change::Move { to: ground.inbox });
    let _ = ground.store.writer().delete_mailbox(Ticket(2), ground.archive, Instant(1)).unwrap();
    let gone = [(ground.due()[0].id, Error::new(ErrorKind::NotFound))];
    let _ = ground.store.writer().apply_flags(ground.archive, &[], &[1]).unwrap();
    let _ = ground.store.writer().intents_refused(&gone).unwrap();
    assert!(ground.store.writer().due_mailbox(ground.account, Instant(1)).unwrap().is_some());
}

/// A second undo of the same operation made its inverse again, whatever had been wished since: of a star that was put on
/// anew, or a copy that only looked like the one that had been taken back.
#[test]
fn bug_an_operation_that_had_been_taken_back_was_taken_back_once_more() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    let ids = ground.ids(ground.inbox);
    let star = Change::Flags { add: FlagBits::FLAGGED, remove: FlagBits::NONE };
    let do_next = || {
        let intent = ground.due()[0].id;
        let _ = ground.store.writer().flags_done(&[intent]).unwrap();
    };
    let undo = |operation, undo| {
        let writer = &mut ground.store.writer();
        writer.undo(Ticket(operation), Ticket(undo), ground.account, Instant(2)).unwrap().0.queued
    };
    ground.record(1, &ids, star.clone());
    do_next();
    assert_eq!(undo(1, 2), 1);
    do_next();
    ground.record(3, &ids, star.clone());
    do_next();
    assert_eq!(undo(1, 4), 0, "the star is another one");
    assert_eq!(undo(3, 5), 1);
    do_next();
    assert_eq!(undo(5, 6), 1, "on again");
    do_next();
    assert_eq!(undo(3, 7), 1, "so that it can be taken off again");
}

/// It was found by what it looks like, and was the original itself, which another client had moved there: taking the copy
/// back destroyed it.
#[test]
fn bug_undo_of_a_copy_that_the_server_did_not_name_destroyed_a_mail_that_looked_like_it() {
    for named in [true, false] {
        let ground = ground();
        let all =
            [folder("INBOX", Role::Inbox), folder("Archive", Role::Archive), folder("Trash", Role::Trash)];
        let _ = ground.store.writer().list_folders(ground.account, &all).unwrap();
        let trash = ground.store.writer().folder_with_role(ground.account, Role::Trash).unwrap().unwrap();
        ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
        ground.record(1, &ground.ids(ground.inbox), Change::Copy { to: ground.archive });
        let made = Moved { intent: ground.due()[0].id, target_uid: Some(3), target_validity: 8, named };
        let _ = ground.store.writer().arrivals_done(&[made]).unwrap();
        let _ = ground.store.writer().undo(Ticket(1), Ticket(2), ground.account, Instant(2)).unwrap();
        let inverse = if named { Change::Expunge } else { Change::Move { to: trash } };
        assert_eq!(ground.due().iter().map(|row| row.change.clone()).collect::<Vec<_>>(), [inverse]);
    }
}

/// A mail on its way to another account was to leave its mailbox before that is deleted. Whatever gave that up, undo, letting
/// it go or removing the other account, left it to the deletion.
#[test]
fn bug_a_mail_that_was_to_go_to_another_account_was_deleted_with_its_mailbox() {
    for given_up_by in ["undo", "discard", "removal of the account"] {
        let ground = ground();
        let (other, elsewhere) = ground.second_account();
        ground.arrive(ground.archive, &[email(1, FlagBits::NONE)]);
        let ids = ground.ids(ground.archive);
        ground.record(1, &ids, Change::Move { to: elsewhere });
        let writer = || ground.store.writer();
        let _ = writer().delete_mailbox(Ticket(2), ground.archive, Instant(1)).unwrap();
        let refused = match given_up_by {
            "undo" => writer().undo(Ticket(1), Ticket(3), ground.account, Instant(2)).err(),
            "discard" => writer().discard(Ticket(1)).err(),
            _ => writer().remove_account(other).err(),
        };
        let is_doomed = writer().due_mailbox(ground.account, Instant(i64::MAX)).unwrap().is_some();
        assert!(!is_doomed, "{given_up_by}");
        match given_up_by {
            "undo" | "discard" => assert_eq!(refused.map(|it| it.kind()), Some(ErrorKind::WrongState)),
            _ => assert_eq!((refused.is_none(), ground.ids(ground.archive)), (true, ids)),
        }
    }
}

/// It was to go to a mailbox that was deleted as well, before. The refusal said of the mail that it wasn't found, which was
/// taken for its being gone.
#[test]
fn bug_a_mail_on_its_way_to_a_deleted_mailbox_was_deleted_with_its_own() {
    let ground = ground();
    let all = [folder("INBOX", Role::Inbox), folder("Archive", Role::Archive), folder("Old", Role::None)];
    let _ = ground.store.writer().list_folders(ground.account, &all).unwrap();
    let old = ground.mailbox("Old");
    ground.arrive(ground.archive, &[email(1, FlagBits::NONE)]);
    let ids = ground.ids(ground.archive);
    let writer = || ground.store.writer();
    let _ = writer().delete_mailbox(Ticket(1), old, Instant(1)).unwrap();
    ground.record(2, &ids, Change::Move { to: old });
    let _ = writer().delete_mailbox(Ticket(3), ground.archive, Instant(1)).unwrap();
    let first = writer().due_mailbox(ground.account, Instant(1)).unwrap().unwrap();
    assert_eq!(first.mailbox, old);
    let _ = writer().mailbox_done(first.id, None).unwrap();
    assert_eq!(writer().due_mailbox(ground.account, Instant(i64::MAX)).unwrap(), None);
    assert_eq!(ground.ids(ground.archive), ids);
}

/// The mail had arrived and was removed where it was, but the answer to that was lost: it was to be removed again, as if
/// nothing had been. Taking it all back removed the one that had arrived.
#[test]
fn bug_undo_of_a_move_to_another_account_destroyed_the_mail_on_both() {
    for ending in ["queued again", "refused"] {
        let ground = ground();
        let (other, target) = ground.second_account();
        ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
        ground.body(ground.inbox, 1, b"octets");
        ground.record(1, &ground.ids(ground.inbox), Change::Move { to: target });
        let writer = || ground.store.writer();
        let due_of = |account| writer().due_intents(account, Instant(i64::MAX), 100).unwrap();
        let handing = due_of(other)[0].id;
        assert_eq!(writer().intents_sent(&[handing], 1, 21).unwrap(), [handing]);
        let arrived = Moved { intent: handing, target_uid: Some(5), target_validity: 21, named: true };
        let _ = writer().arrivals_done(&[arrived]).unwrap();
        let removing = due_of(ground.account)[0].id;
        assert_eq!(writer().intents_sent(&[removing], 0, 0).unwrap(), [removing]);
        if ending == "refused" {
            let _ = writer().intents_refused(&[(removing, Error::new(ErrorKind::ServerRefused))]).unwrap();
        } else {
            writer().intents_waiting(&[removing], IntentState::Queued, Instant(0)).unwrap();
        }
        let _ = writer().undo(Ticket(1), Ticket(2), ground.account, Instant(2)).unwrap();
        ground.recount();
        assert_eq!(due_of(other), [], "{ending}: nothing is removed there before it has come back");
        let waiting = ground.store.reader().waiting_changes(ground.account).unwrap();
        let back = waiting.iter().find(|change| change.operation == Ticket(2)).unwrap();
        assert_eq!((back.kind, back.mailbox), (ChangeKind::Append, Some(ground.inbox)), "{ending}");
    }
}

/// What can be done twice is queued again after a lost answer. It counted as never sent: it was dropped, and stayed done.
#[test]
fn bug_undo_of_flags_whose_answer_was_lost_did_nothing() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    let ids = ground.ids(ground.inbox);
    let add = |bits| Change::Flags { add: bits, remove: FlagBits::NONE };
    ground.record(1, &ids, add(FlagBits::FLAGGED));
    let sent = ground.due()[0].id;
    assert_eq!(ground.store.writer().intents_sent(&[sent], 0, 0).unwrap(), [sent]);
    ground.store.writer().intents_waiting(&[sent], IntentState::Queued, Instant(0)).unwrap();
    let (undone, _) = ground.store.writer().undo(Ticket(1), Ticket(2), ground.account, Instant(2)).unwrap();
    assert_eq!(undone.queued, 1);
    let _ = ground.store.writer().flags_done(&[sent]).unwrap();
    let due = ground.due();
    assert_eq!(due[0].change.clone(), Change::Flags { add: FlagBits::NONE, remove: FlagBits::FLAGGED });
    // What was sent to be deleted for ever can't be promised to come back.
    let _ = ground.store.writer().flags_done(&[due[0].id]).unwrap();
    ground.record(3, &ids, Change::Expunge);
    let deleting = ground.due()[0].id;
    assert_eq!(ground.store.writer().intents_sent(&[deleting], 0, 0).unwrap(), [deleting]);
    ground.store.writer().intents_waiting(&[deleting], IntentState::Queued, Instant(0)).unwrap();
    let refused = ground.store.writer().undo(Ticket(3), Ticket(4), ground.account, Instant(2)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::WrongState);
}

/// A mail made in it was taken back first; flags of that mail still waited, ended with the mailbox, and nobody was told.
#[test]
fn bug_what_ended_with_a_mailbox_that_was_taken_back_was_never_told() {
    for discarded in [false, true] {
        let ground = ground();
        let writer = || ground.store.writer();
        let _ = writer().create_mailbox(Ticket(1), ground.account, "New", None, Instant(1)).unwrap();
        let folders = ground.store.reader().mailboxes(ground.account).unwrap();
        let new = folders.iter().find(|mailbox| mailbox.path == "New").unwrap().id;
        let octets = b"Subject: x\r\n\r\nx\r\n";
        let _ = writer().append(Ticket(2), new, octets, FlagBits::NONE, Instant(1), Instant(1)).unwrap();
        let ids = ground.ids(new);
        ground.record(3, &ids, Change::Flags { add: FlagBits::SEEN, remove: FlagBits::NONE });
        let _ = writer().undo(Ticket(2), Ticket(4), ground.account, Instant(2)).unwrap();
        let ended: Vec<Settled> = if discarded {
            writer().discard(Ticket(1)).unwrap().0
        } else {
            let (undone, _) = writer().undo(Ticket(1), Ticket(5), ground.account, Instant(2)).unwrap();
            undone.settled.into_iter().chain(undone.also).collect()
        };
        let mut operations: Vec<u64> = ended.iter().map(|settled| settled.operation.0).collect();
        operations.sort_unstable();
        assert_eq!(operations, [1, 3]);
    }
}

/// It was given a label before the server had named it: that looked like a copy, which undo deleted for ever, and with it
/// the mail.
#[test]
fn bug_undo_of_a_label_destroyed_a_mail_that_had_no_name_yet() {
    let ground = ground();
    let writer = || ground.store.writer();
    let all = [folder("INBOX", Role::Inbox), folder("All", Role::All), folder("Trash", Role::Trash)];
    let _ = writer().list_folders(ground.account, &all).unwrap();
    let all_mail = ground.mailbox("All");
    writer().extend_folder(all_mail, 7, 1).unwrap();
    let named = NewEmail { server_id: ServerId::stored("g1".into()), ..email(1, FlagBits::NONE) };
    ground.arrive(all_mail, &[named]);
    ground.arrive(all_mail, &[email(2, FlagBits::NONE)]);
    let made = *ground.ids(all_mail).iter().max_by_key(|id| id.0).unwrap();
    ground.record(1, &[made], Change::Copy { to: ground.inbox });
    let labelled =
        Moved { intent: ground.due()[0].id, target_uid: Some(14), target_validity: 7, named: true };
    let _ = writer().arrivals_done(&[labelled]).unwrap();
    let (undone, _) = writer().undo(Ticket(1), Ticket(2), ground.account, Instant(2)).unwrap();
    assert_eq!(undone.queued, 1);
    assert_eq!(ground.due()[0].change, Change::Move { to: all_mail });
}
