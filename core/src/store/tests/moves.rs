//! Which mail is which: moved by us or by others, copied, renumbered, waited for.

use super::*;
use crate::imap::UidSet;
use crate::sync::identity::ServerId;

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
    let moved = [Moved { intent: ground.due()[0].id, target_uid: Some(40), target_validity: 8, named: true }];
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
    let moved = [Moved { intent: ground.due()[0].id, target_uid: None, target_validity: 8, named: true }];
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
    let moved = [Moved { intent: ground.due()[0].id, target_uid: None, target_validity: 8, named: true }];
    let _ = ground.store.writer().moves_done(&moved).unwrap();
    let dated_anew = NewEmail { uid: 9, date: Instant(60_000), ..email(1, FlagBits::NONE) };
    assert_eq!(ground.arrive(ground.archive, &[dated_anew]).len(), 1);
    assert_eq!(ground.ids(ground.archive), [id]);
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
    ground.store.writer().recover_intents(ground.account, Instant(0)).unwrap();
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
    let moved = Moved { intent, target_uid: None, target_validity: 0, named: true };
    let _ = ground.store.writer().moves_done(&[moved]).unwrap();
    assert_eq!(ground.store.writer().landed_folders(ground.account).unwrap(), [ground.archive]);
    let _ = ground.store.writer().end_landed(&[intent]).unwrap();
    assert!(ground.store.writer().landed_folders(ground.account).unwrap().is_empty());
}

/// Archive couldn't be opened when it was to be seen where the mail is: it had no place, which was taken for its being gone.
#[test]
fn bug_a_mail_nobody_had_seen_since_it_was_handed_over_was_said_to_be_deleted_for_ever() {
    let ground = ground();
    let octets = b"Subject: a\r\n\r\nb";
    let _ = ground
        .store
        .writer()
        .append(Ticket(1), ground.archive, octets, FlagBits::NONE, Instant(1000), Instant(1))
        .unwrap();
    ground.record(2, &ground.ids(ground.archive), Change::Expunge);
    let landed = Moved { intent: ground.due()[0].id, target_uid: None, target_validity: 0, named: true };
    let _ = ground.store.writer().arrivals_done(&[landed]).unwrap();
    assert!(ground.due().is_empty(), "the deletion waits until the mail was seen");
    let why = Error::note(ErrorKind::ServerRefused, "closed");
    let (settled, _) = ground.store.writer().end_landed_unseen(ground.archive, &why).unwrap();
    let mut ends: Vec<_> = settled.iter().map(|settled| (settled.operation, settled.well)).collect();
    ends.sort_unstable();
    assert_eq!(ends, [(Ticket(1), true), (Ticket(2), false)]);
    assert!(ground.due().is_empty());
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
    let moved = Moved { intent: ground.due()[0].id, target_uid: None, target_validity: 0, named: true };
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
    let moved = Moved { intent: ground.due()[0].id, target_uid: None, target_validity: 0, named: true };
    let _ = ground.store.writer().moves_done(&[moved]).unwrap();
    let _ = ground.store.writer().delete_mailbox(Ticket(2), ground.archive, Instant(1)).unwrap();
    assert_eq!(landed_out_of_sight(&ground, &["INBOX", "Archive"]), (vec![ground.archive], vec![]));
    assert_eq!(landed_out_of_sight(&ground, &["INBOX"]), (vec![], vec![moved.intent]));
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
    ground.store.writer().recover_intents(ground.account, Instant(0)).unwrap();
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
    let moved = Moved { intent: ground.due()[0].id, target_uid: None, target_validity: 0, named: true };
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

/// Of a mail and its copy beside it the copy was being deleted, and was marked when the mailbox was renumbered: the two
/// changed places here, the other was deleted as well, and no mail was left.
#[test]
fn bug_a_mail_was_deleted_in_place_of_its_copy_in_a_renumbered_mailbox() {
    for (marked_first, was_read) in [(true, true), (false, true), (true, false), (false, false)] {
        let ground = ground();
        let email = |uid, flags| NewEmail { server_id: ServerId::stored("e1".into()), ..email(uid, flags) };
        ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
        let original = ground.ids(ground.inbox)[0];
        if was_read {
            ground.arrive(ground.inbox, &[NewEmail { uid: 9, ..email(1, FlagBits::NONE) }]);
        } else {
            ground.record(2, &[original], Change::Copy { to: ground.inbox });
            let copied =
                Moved { intent: ground.due()[0].id, target_uid: Some(9), target_validity: 7, named: true };
            let _ = ground.store.writer().arrivals_done(&[copied]).unwrap();
        }
        let copy = *ground.ids(ground.inbox).iter().find(|id| **id != original).unwrap();
        ground.record(1, &[copy], Change::Expunge);
        let intent = ground.due()[0].id;
        ground.store.writer().intents_sent(&[intent], 0, 0).unwrap();
        ground.store.writer().recover_intents(ground.account, Instant(0)).unwrap();
        let _ = ground.store.writer().quarantine_folder(ground.inbox, 70).unwrap();
        ground.store.writer().extend_folder(ground.inbox, 70, 10).unwrap();
        let mut there = [email(1, FlagBits::NONE), NewEmail { uid: 9, ..email(1, FlagBits::DELETED) }];
        if marked_first {
            there.reverse();
        }
        for mail in there {
            ground.arrive(ground.inbox, &[mail]);
        }
        let due = ground.due();
        assert_eq!((due.len(), due[0].email, due[0].uid), (1, copy, Some(9)), "{due:?}");
    }
}

/// A mail that had left its twin behind, marked, was being moved back as the mailbox was renumbered. Its copy there was taken for
/// the twin, and so for one that was there before; the mail was copied a second time.
#[test]
fn bug_a_copy_was_taken_for_what_was_left_behind_and_made_again_in_a_renumbered_mailbox() {
    for newest_first in [true, false] {
        let ground = ground();
        ground.arrive(ground.inbox, &[email(1, FlagBits::DELETED)]);
        ground.arrive(ground.archive, &[email(1, FlagBits::NONE)]);
        ground.record(1, &ground.ids(ground.archive), Change::Move { to: ground.inbox });
        ground.store.writer().intents_sent(&[1], 9, 7).unwrap();
        ground.store.writer().recover_intents(ground.account, Instant(0)).unwrap();
        let _ = ground.store.writer().quarantine_folder(ground.inbox, 70).unwrap();
        ground.store.writer().extend_folder(ground.inbox, 70, 10).unwrap();
        let mut there = [NewEmail { uid: 9, ..email(1, FlagBits::NONE) }, email(1, FlagBits::DELETED)];
        if !newest_first {
            there.reverse();
        }
        for mail in there {
            ground.arrive(ground.inbox, &[mail]);
        }
        let _ = ground.store.writer().end_quarantine(ground.inbox).unwrap();
        let due = ground.due();
        assert_eq!((due.len(), due[0].state), (1, IntentState::Unknown));
        let before = ground.store.writer().known_before(ground.inbox, &due).unwrap();
        assert_eq!(before, UidSet::of([1]), "{newest_first}");
    }
}

/// The mailbox had been renumbered as well, and what was left behind there counted as the mail's arrival.
#[test]
fn a_mail_that_is_marked_as_deleted_is_not_the_arrival_of_a_move() {
    let ground = ground();
    ground.arrive(ground.archive, &[email(1, FlagBits::NONE)]);
    let ids = ground.ids(ground.archive);
    ground.record(1, &ids, Change::Move { to: ground.inbox });
    let moved = Moved { intent: ground.due()[0].id, target_uid: None, target_validity: 0, named: true };
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
    assert_eq!(stranded(&["INBOX", "Archive"]), [0i64; 0]);
    assert_eq!(stranded(&[]), [0i64; 0], "a server's bad day");
    let stranded = stranded(&["INBOX"]);
    let refused = [(stranded[0], Error::new(ErrorKind::NotFound))];
    let (settled, _) = writer().intents_refused(&refused).unwrap();
    assert_eq!((settled[0].operation, settled[0].well), (Ticket(1), false));
    assert_eq!(writer().waiting_intents(ground.account).unwrap().0, 0);
}

/// A copy has the octets of what it was made of. Found where nobody had seen it yet it was taken for the original, which
/// had been deleted for ever: that came back, and the wish to move the copy was met by nothing.
#[test]
fn bug_a_mail_deleted_for_ever_came_back_as_the_copy_that_had_been_made_of_it() {
    for is_awaited in [true, false] {
        let ground = ground();
        let octets = ServerId::stored("e1".into());
        let named = |uid| NewEmail { uid, server_id: octets.clone(), ..email(1, FlagBits::NONE) };
        ground.arrive(ground.inbox, &[named(1), named(2)]);
        let ids = ground.ids(ground.inbox);
        let (original, copy) = (ids[1], ids[0]);
        if is_awaited {
            ground.record(1, &[copy], Change::Move { to: ground.archive });
            let moved =
                Moved { intent: ground.due()[0].id, target_uid: None, target_validity: 0, named: true };
            let _ = ground.store.writer().moves_done(&[moved]).unwrap();
        } else {
            // Another device moved it.
            let _ = ground.store.writer().apply_flags(ground.inbox, &[], &[2]).unwrap();
        }
        ground.record(2, &[original], Change::Expunge);
        let expunge = ground.due()[0].id;
        let _ = ground.store.writer().expunges_done(&[expunge]).unwrap();
        let settled = ground.arrive(ground.archive, &[named(5)]);
        assert_eq!((settled.len(), ground.ids(ground.archive)), (usize::from(is_awaited), vec![copy]));
    }
}

/// A wish that needs no removal first: the copy is what is waited for, though the original is without a place just now.
#[test]
fn what_is_awaited_in_a_mailbox_comes_before_what_only_has_no_place() {
    let ground = ground();
    let named = |uid| NewEmail { uid, server_id: ServerId::stored("e1".into()), ..email(1, FlagBits::NONE) };
    ground.arrive(ground.inbox, &[named(1), named(2)]);
    let copy = ground.ids(ground.inbox)[0];
    ground.record(1, &[copy], Change::Move { to: ground.archive });
    let moved = Moved { intent: ground.due()[0].id, target_uid: None, target_validity: 0, named: true };
    let _ = ground.store.writer().moves_done(&[moved]).unwrap();
    let _ = ground.store.writer().apply_flags(ground.inbox, &[], &[1]).unwrap();
    assert_eq!(ground.arrive(ground.archive, &[named(5)]).len(), 1);
    assert_eq!(ground.ids(ground.archive), [copy]);
}

/// A copy whose UID the server didn't name has no name yet. The original had one, and was on its way elsewhere: what arrived
/// for the copy was taken for it, and its deletion there then found nothing to delete.
#[test]
fn bug_a_copy_without_a_name_was_taken_for_its_original_where_it_was_awaited() {
    let ground = ground();
    let all = [
        folder("INBOX", Role::Inbox),
        folder("Archive", Role::Archive),
        folder("Work", Role::None),
        folder("Sent", Role::Sent),
    ];
    let _ = ground.store.writer().list_folders(ground.account, &all).unwrap();
    let mailboxes = ground.store.reader().mailboxes(ground.account).unwrap();
    let id = |path: &str| mailboxes.iter().find(|mailbox| mailbox.path == path).unwrap().id;
    let (work, sent) = (id("Work"), id("Sent"));
    let named = |uid| NewEmail { uid, server_id: ServerId::stored("e1".into()), ..email(1, FlagBits::NONE) };
    ground.arrive(ground.inbox, &[named(1)]);
    let original = ground.ids(ground.inbox)[0];
    ground.record(1, &[original], Change::Copy { to: ground.archive });
    let made = Moved { intent: ground.due()[0].id, target_uid: Some(3), target_validity: 8, named: false };
    let _ = ground.store.writer().arrivals_done(&[made]).unwrap();
    let copy = ground.ids(ground.archive)[0];
    for (ticket, mail, to) in [(2, original, work), (3, copy, sent)] {
        ground.record(ticket, &[mail], Change::Move { to });
        let moved = Moved { intent: ground.due()[0].id, target_uid: None, target_validity: 0, named: false };
        let _ = ground.store.writer().moves_done(&[moved]).unwrap();
    }
    assert_eq!(ground.arrive(sent, &[named(1)]).len(), 1);
    assert_eq!(ground.ids(sent), [copy]);
}

/// Every mail of labels is in All Mail, and where it is to be taken from wasn't known since that was renumbered: reading
/// All Mail anew ended the move, and the mail stayed in INBOX.
#[test]
fn bug_a_move_ended_by_a_look_at_all_mail_while_its_own_mailbox_was_being_read_anew() {
    let ground = ground();
    ground.arrive(ground.inbox, &[of_labels(1)]);
    let ids = ground.ids(ground.inbox);
    ground.record(1, &ids, Change::Move { to: ground.archive });
    let intent = ground.due()[0].id;
    ground.store.writer().intents_sent(&[intent], 1, 8).unwrap();
    ground.store.writer().recover_intents(ground.account, Instant(0)).unwrap();
    let _ = ground.store.writer().quarantine_folder(ground.inbox, 70).unwrap();
    assert_eq!(ground.arrive(ground.archive, &[of_labels(1)]), []);
    ground.store.writer().extend_folder(ground.inbox, 70, 1).unwrap();
    ground.arrive(ground.inbox, &[of_labels(1)]);
    assert_eq!(ground.due().iter().map(|row| row.uid).collect::<Vec<_>>(), [Some(1)]);
}

/// The server agreed to a move whose mail had meanwhile been seen in the target, and taken for a new one: that stayed a
/// second mail, and what was wished of the moved one since was met by nothing.
#[test]
fn bug_a_mail_seen_before_the_answer_to_its_move_stayed_another_one() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    let ids = ground.ids(ground.inbox);
    ground.record(1, &ids, Change::Move { to: ground.archive });
    ground.record(2, &ids, Change::Expunge);
    ground.arrive(ground.archive, &[NewEmail { uid: 4, ..email(1, FlagBits::SEEN) }]);
    let seen = *ground.ids(ground.archive).iter().find(|id| **id != ids[0]).unwrap();
    ground.record(3, &[seen], Change::Flags { add: FlagBits::FLAGGED, remove: FlagBits::NONE });
    let moved = Moved { intent: ground.due()[0].id, target_uid: Some(4), target_validity: 8, named: true };
    let (settled, _) = ground.store.writer().moves_done(&[moved]).unwrap();
    ground.recount();
    assert_eq!(settled.len(), 1);
    assert_eq!(ground.ids(ground.archive), []);
    let due = ground.due();
    assert_eq!((due[0].email, due[0].change.clone(), due[0].uid), (ids[0], Change::Expunge, Some(4)));
    let _ = ground.store.writer().expunges_done(&[due[0].id]).unwrap();
    assert_eq!(
        ground.due().iter().map(|row| row.email).collect::<Vec<_>>(),
        ids,
        "and what was wished since"
    );
}

/// The answer to a move was lost and its target renumbered and read, before its own mailbox was looked at: the mail was a
/// new one there, and its deletion, said to be done, deleted nothing.
#[test]
fn bug_a_moved_mail_read_in_a_renumbered_target_stayed_another_one() {
    for (is_there, is_named) in [(true, true), (true, false), (false, true)] {
        let ground = ground();
        let mail = |number, flags| {
            let mut mail = email(number, flags);
            mail.facts.message_id = mail.facts.message_id.filter(|_| is_named);
            mail
        };
        ground.arrive(ground.inbox, &[mail(1, FlagBits::NONE)]);
        let ids = ground.ids(ground.inbox);
        ground.record(1, &ids, Change::Move { to: ground.archive });
        let moving = ground.due()[0].id;
        {
            let mut writer = ground.store.writer();
            assert_eq!(writer.intents_sent(&[moving], 1, 8).unwrap(), [moving]);
            writer.intents_waiting(&[moving], IntentState::Unknown, Instant(0)).unwrap();
            let _ = writer.quarantine_folder(ground.archive, 9).unwrap();
        }
        let other = mail(if is_there { 1 } else { 2 }, FlagBits::SEEN);
        ground.arrive(ground.archive, &[NewEmail { uid: 4, ..other }]);
        ground.record(2, &ids, Change::Expunge);
        {
            let mut writer = ground.store.writer();
            let _ = writer.end_quarantine(ground.archive).unwrap();
            let _ = writer.apply_flags(ground.inbox, &[], &[1]).unwrap();
            let moved = Moved { intent: moving, target_uid: None, target_validity: 0, named: false };
            let _ = writer.moves_done(&[moved]).unwrap();
            let _ = writer.end_landed(&[moving]).unwrap();
        }
        ground.recount();
        let due = ground.due();
        let place = if is_there { Some(4) } else { None };
        assert_eq!((due[0].email, due[0].change.clone(), due[0].uid), (ids[0], Change::Expunge, place));
        assert_eq!(ground.subjects(ground.archive).len(), usize::from(!is_there));
    }
}

/// It was handed over and deleted before the server had said that it is a mail of labels: only one of them was taken off.
#[test]
fn bug_a_mail_of_labels_deleted_for_ever_at_once_only_lost_a_label() {
    for has_trash in [true, false] {
        let ground = ground();
        let mut all = vec![folder("INBOX", Role::Inbox), folder("Archive", Role::Archive)];
        if has_trash {
            all.push(folder("Trash", Role::Trash));
        }
        let _ = ground.store.writer().list_folders(ground.account, &all).unwrap();
        let trash = ground.store.writer().folder_with_role(ground.account, Role::Trash).unwrap();
        let octets = b"Message-ID: <1@example.org>\r\n\r\nText\r\n";
        let writer = || ground.store.writer();
        let _ = writer()
            .append(Ticket(1), ground.archive, octets, FlagBits::NONE, Instant(1000), Instant(1))
            .unwrap();
        let ids = ground.ids(ground.archive);
        let handed = Moved { intent: ground.due()[0].id, target_uid: None, target_validity: 0, named: true };
        let _ = writer().arrivals_done(&[handed]).unwrap();
        ground.record(2, &ids, Change::Expunge);
        let read = NewEmail { size: octets.len() as u64, ..of_labels(1) };
        let settled: Vec<(Ticket, bool)> =
            ground.arrive(ground.archive, &[read]).iter().map(|it| (it.operation, it.well)).collect();
        let due: Vec<Change> = ground.due().iter().map(|row| row.change.clone()).collect();
        match trash {
            Some(trash) => {
                assert_eq!((due, settled), (vec![Change::Move { to: trash }], vec![(Ticket(1), true)]));
            }
            None => assert_eq!((due, settled), (vec![], vec![(Ticket(2), false), (Ticket(1), true)])),
        }
    }
}

/// A mailbox that is to be deleted isn't shown, so nobody read it in its new numbering; the mail that was to leave it first
/// waited for that, and its deletion for the mail.
#[test]
fn bug_a_renumbered_mailbox_that_is_to_be_deleted_was_not_read_anew() {
    let ground = ground();
    ground.arrive(ground.archive, &[email(1, FlagBits::NONE)]);
    ground.record(1, &ground.ids(ground.archive), Change::Move { to: ground.inbox });
    let _ = ground.store.writer().delete_mailbox(Ticket(2), ground.archive, Instant(1)).unwrap();
    let _ = ground.store.writer().quarantine_folder(ground.archive, 80).unwrap();
    assert_eq!(landed_out_of_sight(&ground, &["INBOX", "Archive"]).0, [ground.archive]);
}

/// It was found in Trash, and still known in All Mail, so that bringing it back there had nothing to do; and the other way
/// round.
#[test]
fn bug_a_mail_in_trash_was_known_in_other_mailboxes_too() {
    let ground = ground();
    let all = [
        folder("INBOX", Role::Inbox),
        folder("[Gmail]/All Mail", Role::All),
        folder("[Gmail]/Trash", Role::Trash),
        folder("Spam", Role::Junk),
    ];
    let _ = ground.store.writer().list_folders(ground.account, &all).unwrap();
    let with = |role| ground.store.writer().folder_with_role(ground.account, role).unwrap().unwrap();
    let (all_mail, trash) = (with(Role::All), with(Role::Trash));
    for (number, mailbox) in [(1, ground.inbox), (2, all_mail), (3, trash)] {
        ground.store.writer().extend_folder(mailbox, 7, number).unwrap();
        ground.arrive(mailbox, &[NewEmail { uid: number, ..of_labels(1) }]);
    }
    let ids = ground.ids(trash);
    assert_eq!((ground.ids(ground.inbox), ground.ids(all_mail)), (vec![], vec![]));
    assert_eq!(ground.record(1, &ids, Change::Move { to: all_mail }), 1);
    ground.arrive(all_mail, &[NewEmail { uid: 4, ..of_labels(1) }]);
    assert_eq!((ground.ids(all_mail), ground.ids(trash)), (ids.clone(), vec![]));
    // A label of the person's that only is called so.
    let label = with(Role::Junk);
    ground.store.writer().extend_folder(label, 7, 1).unwrap();
    ground.arrive(label, &[of_labels(1)]);
    assert_eq!((ground.ids(all_mail), ground.ids(label)), (ids.clone(), ids));
}

fn of_labels(uid: u32) -> NewEmail {
    NewEmail { server_id: ServerId::stored("g1".into()), ..email(uid, FlagBits::NONE) }
}

/// Between the loss of an answer and the look for what had come of it another mail with the same octets was moved to the
/// same mailbox: it counted as the one looked for, which was then removed where it was.
#[test]
fn bug_what_came_to_a_mailbox_before_the_look_counted_as_what_was_looked_for() {
    let ground = ground();
    let twin = |uid| NewEmail { uid, ..email(1, FlagBits::NONE) };
    ground.arrive(ground.inbox, &[twin(1), twin(2)]);
    let ids = ground.ids(ground.inbox);
    let to_archive = Change::Move { to: ground.archive };
    ground.record(1, &ids[..1], to_archive.clone());
    ground.record(2, &ids[1..], to_archive.clone());
    let first = ground.due()[0].id;
    let writer = || ground.store.writer();
    writer().intents_sent(&[first], 1, 8).unwrap();
    writer().intents_waiting(&[first], IntentState::Unknown, Instant(50)).unwrap();
    assert_eq!(writer().due_intents(ground.account, Instant(10), 100).unwrap(), [], "it is not time yet");
    assert_eq!(ground.due().iter().map(|row| row.id).collect::<Vec<_>>(), [first]);
    let moved = Moved { intent: first, target_uid: Some(1), target_validity: 8, named: true };
    let _ = writer().moves_done(&[moved]).unwrap();
    assert_eq!(ground.due().iter().map(|row| row.operation).collect::<Vec<_>>(), [Ticket(2)]);
}

/// A server didn't name the copy when it was looked for, so that it was made again: the mail had two places in one mailbox,
/// which showed it once, for ever.
#[test]
fn bug_a_mail_that_was_copied_twice_had_two_places_and_was_shown_once() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    ground.record(1, &ground.ids(ground.inbox), Change::Move { to: ground.archive });
    let intent = ground.due()[0].id;
    ground.store.writer().intents_sent(&[intent], 3, 8).unwrap();
    ground.store.writer().recover_intents(ground.account, Instant(0)).unwrap();
    ground.arrive(ground.archive, &[NewEmail { uid: 3, ..email(1, FlagBits::NONE) }]);
    let moved = Moved { intent, target_uid: Some(4), target_validity: 8, named: true };
    let _ = ground.store.writer().moves_done(&[moved]).unwrap();
    ground.recount();
    assert_eq!(ground.ids(ground.archive).len(), 2);
}

/// A copy that may never have been made was preferred to the mail itself, which another device had moved there: taking the
/// copy back would have destroyed it.
#[test]
fn a_mail_is_itself_before_it_is_a_copy_that_may_never_have_been_made() {
    let ground = ground();
    ground.arrive(ground.inbox, &[email(1, FlagBits::NONE)]);
    let ids = ground.ids(ground.inbox);
    ground.record(1, &ids, Change::Copy { to: ground.archive });
    let copy = ground.due()[0].id;
    ground.store.writer().intents_sent(&[copy], 1, 8).unwrap();
    ground.store.writer().recover_intents(ground.account, Instant(0)).unwrap();
    let _ = ground.store.writer().apply_flags(ground.inbox, &[], &[1]).unwrap();
    assert_eq!(ground.arrive(ground.archive, &[email(1, FlagBits::NONE)]), []);
    assert!(ground.ids(ground.archive).contains(&ids[0]));
    assert_eq!(ground.store.writer().waiting_intents(ground.account).unwrap().0, 1);
}

/// Another client deleted it and left it as a level above others: a change waited for it to be read.
#[test]
fn bug_a_renumbered_mailbox_that_can_not_be_opened_any_more_was_waited_for() {
    let ground = ground();
    ground.arrive(ground.archive, &[email(1, FlagBits::NONE)]);
    ground.record(1, &ground.ids(ground.archive), Change::Move { to: ground.inbox });
    let _ = ground.store.writer().quarantine_folder(ground.archive, 80).unwrap();
    let mut all = listed(&["INBOX", "Archive"]);
    all[1].selectable = false;
    assert_eq!(ground.store.writer().out_of_sight(ground.account, &all).unwrap().stranded.len(), 1);
}

/// A mail was on its way out of a mailbox, and its copy, which had never been read, on its way in; both answers were lost. The
/// copy that was read there was taken for the mail.
#[test]
fn bug_a_copy_on_its_way_to_a_mailbox_was_taken_for_the_mail_that_had_left_it() {
    let ground = ground();
    let named = |uid| NewEmail { uid, server_id: ServerId::stored("e1".into()), ..email(1, FlagBits::NONE) };
    ground.arrive(ground.inbox, &[named(1)]);
    let mail = ground.ids(ground.inbox)[0];
    ground.record(1, &[mail], Change::Copy { to: ground.archive });
    let copied = Moved { intent: ground.due()[0].id, target_uid: Some(5), target_validity: 8, named: true };
    let _ = ground.store.writer().arrivals_done(&[copied]).unwrap();
    let copy = ground.ids(ground.archive)[0];
    let lose = |ticket: u64, id, change: Change, numbering| {
        ground.record(ticket, &[id], change.clone());
        let sql = format!("SELECT id FROM intent WHERE operation = {ticket}");
        let intent = ground.store.writer().look().query_row(&sql, [], |row| row.get(0)).unwrap();
        ground.store.writer().intents_sent(&[intent], 2, numbering).unwrap();
        ground.store.writer().recover_intents(ground.account, Instant(0)).unwrap();
    };
    lose(2, mail, Change::Move { to: ground.archive }, 8);
    lose(3, copy, Change::Move { to: ground.inbox }, 7);
    let sent = ground.store.writer().look().query_row(
        "SELECT group_concat(base_validity || ':' || base_uid, ' ') FROM intent WHERE operation > 1",
        [],
        |row| row.get::<_, String>(0),
    );
    assert_eq!(sent.unwrap(), "7:1 8:5");
    let _ = ground.store.writer().apply_flags(ground.inbox, &[], &[1]).unwrap();
    let _ = ground.store.writer().apply_flags(ground.archive, &[], &[5]).unwrap();
    ground.arrive(ground.inbox, &[named(20)]);
    let there =
        ground.store.writer().look().query_row("SELECT msg FROM loc WHERE uid = 20", [], |row| row.get(0));
    assert_eq!(there, Ok(copy.0));
}
