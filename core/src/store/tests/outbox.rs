//! Mails that are to be sent.

use super::*;
use crate::model::{ChangeKind, ChangeState};

const MAIL: &[u8] =
    b"From: ada@example.org\r\nTo: b@example.org\r\nSubject: out\r\nMessage-ID: <out@x>\r\n\r\nhi\r\n";

impl Ground {
    fn send(&self, ticket: u64, not_before: i64) {
        let until = (not_before > 0).then_some(Instant(not_before));
        let held = Held { now: Instant(5_000), until, is_for_later: false };
        let changed = self.store.writer().send(Ticket(ticket), self.account, MAIL, held).unwrap();
        assert!(changed.folders.is_empty(), "it is in no mailbox");
    }

    fn to_send(&self, now: i64) -> ToSend {
        self.store.writer().to_send(self.account, Instant(now)).unwrap()
    }

    fn intent_to_send(&self, now: i64) -> i64 {
        match self.to_send(now) {
            ToSend::Now(row) => row.intent,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_mail_waits_for_its_time_and_is_then_sent_once() {
    let ground = ground();
    let listed =
        [folder("INBOX", Role::Inbox), folder("Archive", Role::Archive), folder("Gesendet", Role::Sent)];
    let _ = ground.store.writer().list_folders(ground.account, &listed).unwrap();
    let sent = ground.store.writer().folder_with_role(ground.account, Role::Sent).unwrap().unwrap();
    ground.send(1, 9_000);
    assert_eq!(ground.to_send(8_999), ToSend::At(Instant(9_000)));
    let ground = ground.reopen();
    let intent = ground.intent_to_send(9_000);
    assert!(ground.due().is_empty(), "reading mail carries nothing out for it");
    assert_eq!(ground.store.writer().intents_sent(&[intent], 0, 0).unwrap(), [intent]);
    assert_eq!(ground.to_send(9_000), ToSend::Nothing);
    let (settled, changed) =
        ground.store.writer().sending_accepted(intent, (Ticket(99), Instant(9_000))).unwrap();
    assert!(settled.is_empty() && !changed.woken.is_empty(), "it is to be kept yet");
    let due = ground.due();
    assert_eq!((due.len(), due[0].change.clone()), (1, Change::Append { to: sent }));
    assert!(due[0].was_sent && due[0].flags.bits == FlagBits::SEEN);
    assert_eq!(ground.subjects(sent), ["out"]);
}

#[test]
fn a_mail_taken_back_while_it_is_handed_over_is_not_sent() {
    let ground = ground();
    ground.send(1, 0);
    let intent = ground.intent_to_send(1);
    let (undone, _) = ground.store.writer().undo(Ticket(1), Ticket(2), ground.account, Instant(2)).unwrap();
    assert!(undone.queued == 0 && undone.settled.is_some());
    assert!(ground.store.writer().intents_sent(&[intent], 0, 0).unwrap().is_empty());
    assert_eq!(ground.to_send(1), ToSend::Nothing);
}

#[test]
fn what_may_have_been_sent_is_not_to_be_sent_and_not_taken_back() {
    let ground = ground();
    ground.send(1, 0);
    let intent = ground.intent_to_send(1);
    let _ = ground.store.writer().intents_sent(&[intent], 0, 0).unwrap();
    // Another connection to the mailboxes has nothing to do with it.
    ground.store.writer().recover_intents(ground.account, Instant(0)).unwrap();
    let state = |ground: &Ground| ground.store.reader().waiting_changes(ground.account).unwrap()[0].state;
    assert_eq!(state(&ground), ChangeState::Sending);
    let ground = ground.reopen();
    assert_eq!(state(&ground), ChangeState::Unknown);
    assert_eq!(ground.to_send(1), ToSend::Nothing);
    let late = ground.store.writer().undo(Ticket(1), Ticket(2), ground.account, Instant(2)).unwrap_err();
    assert_eq!(late.kind(), ErrorKind::WrongState);
    assert_eq!(ground.store.writer().discard(Ticket(1)).unwrap_err().kind(), ErrorKind::WrongState);
    let due = ground.due();
    assert_eq!(
        (due[0].id, due[0].change.clone(), due[0].state),
        (intent, Change::Send, IntentState::Unknown)
    );
    // It can't be found out: why is listed, also after a restart.
    let error = unknown_whether_sent();
    let (settled, _) = ground.store.writer().intents_refused(&[(intent, error.clone())]).unwrap();
    assert!(!settled[0].well);
    let ground = ground.reopen();
    let listed = ground.store.reader().waiting_changes(ground.account).unwrap().remove(0);
    assert_eq!(
        (listed.kind, listed.state, listed.error),
        (ChangeKind::Send, ChangeState::Refused, Some(error))
    );
    // Its octets stay for as long as it is listed.
    let email = listed.email.unwrap();
    ground.store.writer().remove_orphans(ground.account).unwrap();
    assert_eq!(ground.store.reader().raw(email).unwrap(), MAIL);
    let _ = ground.store.writer().discard(Ticket(1)).unwrap();
    ground.store.writer().remove_orphans(ground.account).unwrap();
    assert!(ground.store.reader().raw(email).is_err(), "let go, it is forgotten");
}

#[test]
fn nobody_waits_for_another_try_but_for_the_undo_time() {
    let ground = ground();
    ground.send(1, 0);
    ground.send(2, 9_000);
    let intent = ground.intent_to_send(5_001);
    let why = Error::server(ErrorKind::ServerRefused, "450 later");
    ground.store.writer().sending_waits(intent, &why, Instant(7_000)).unwrap();
    let listed = ground.store.reader().waiting_changes(ground.account).unwrap().remove(0);
    assert_eq!((listed.state, listed.tries, listed.error), (ChangeState::Queued, 1, Some(why)));
    assert_eq!(ground.to_send(5_001), ToSend::At(Instant(7_000)));
    ground.store.writer().hurry_sending(ground.account).unwrap();
    assert_eq!(ground.intent_to_send(5_001), intent);
}

#[test]
fn a_mail_to_oneself_is_another_mail_than_the_one_that_waits() {
    let ground = ground();
    ground.send(1, 0);
    let waiting = ground.store.reader().waiting_changes(ground.account).unwrap()[0].email;
    let mut arrived = email(1, FlagBits::NONE);
    (arrived.date, arrived.size) = (Instant(5_000), MAIL.len() as u64);
    arrived.facts = crate::mime::header_facts(MAIL);
    ground.arrive(ground.inbox, &[arrived]);
    assert_ne!(ground.ids(ground.inbox)[0], waiting.unwrap());
}

#[test]
fn nothing_is_sent_before_the_mailboxes_are_known() {
    let ground = ground();
    let other = AccountConfig { address: "grace@example.org".into(), user_name: "grace".into(), ..config() };
    let other = ground.store.writer().add_account(&other).unwrap();
    let held = Held { now: Instant(1), until: None, is_for_later: false };
    let _ = ground.store.writer().send(Ticket(1), other, MAIL, held).unwrap();
    assert_eq!(ground.store.writer().to_send(other, Instant(1)).unwrap(), ToSend::Nothing);
    let _ = ground.store.writer().list_folders(other, &[folder("INBOX", Role::Inbox)]).unwrap();
    assert!(matches!(ground.store.writer().to_send(other, Instant(1)).unwrap(), ToSend::Now(_)));
}

const HOUR: i64 = 3_600_000;

/// Held from noon on for two days.
fn held_for_two_days() -> Ground {
    let ground = ground();
    let now = Instant(1_000 * HOUR);
    let held = Held { now, until: Some(Instant(now.0 + 48 * HOUR)), is_for_later: true };
    let _ = ground.store.writer().send(Ticket(1), ground.account, MAIL, held).unwrap();
    ground
}

#[test]
fn a_clock_that_is_set_back_a_little_sends_nothing_early() {
    let ground = held_for_two_days();
    let then = ToSend::At(Instant(1_048 * HOUR));
    for hours in [1_000, 1_047, 1_001, 1_030, 1_046] {
        assert_eq!(ground.to_send(hours * HOUR), then, "at {hours}");
    }
    ground.intent_to_send(1_048 * HOUR);
}

#[test]
fn while_the_clock_is_earlier_than_it_was_a_mail_is_held_for_its_whole_time_and_no_longer() {
    let ground = held_for_two_days();
    // Nobody knows whether it was wrong then or is wrong now.
    assert_eq!(ground.to_send(7 * HOUR), ToSend::At(Instant(55 * HOUR)));
    assert_eq!(ground.to_send(54 * HOUR), ToSend::At(Instant(55 * HOUR)));
    let ground = ground.reopen();
    ground.intent_to_send(55 * HOUR);

    // It was wrong for a moment: the time that was meant holds.
    let ground = held_for_two_days();
    assert_eq!(ground.to_send(7 * HOUR), ToSend::At(Instant(55 * HOUR)));
    assert_eq!(ground.to_send(1_010 * HOUR), ToSend::At(Instant(1_048 * HOUR)), "set right again");
    // And once more, further back: counted anew.
    assert_eq!(ground.to_send(60 * HOUR), ToSend::At(Instant(108 * HOUR)));
    assert_eq!(ground.to_send(2 * HOUR), ToSend::At(Instant(50 * HOUR)));
    ground.intent_to_send(50 * HOUR);
}

#[test]
fn a_mail_that_waits_for_another_try_does_not_wait_for_a_clock_that_was_set_back() {
    let ground = held_for_two_days();
    let intent = ground.intent_to_send(1_048 * HOUR);
    let why = Error::server(ErrorKind::ServerRefused, "450 later");
    ground.store.writer().sending_waits(intent, &why, Instant(1_048 * HOUR + 9_000)).unwrap();
    assert_eq!(ground.to_send(1_048 * HOUR), ToSend::At(Instant(1_048 * HOUR + 9_000)));
    assert_eq!(ground.intent_to_send(7 * HOUR), intent);
}
