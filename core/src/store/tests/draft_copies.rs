//! What the server has of drafts.

use super::drafts::{file, letter, text};
use super::*;
use crate::model::{DraftId, DraftState};

const SECOND: i64 = 1_000;
const RAW: &[u8] = b"From: ada@example.org\r\nSubject: a letter\r\nMessage-ID: <copy@x>\r\n\r\nhi\r\n";

/// With a mailbox for drafts, whose UIDs begin at 1.
fn ground_with_drafts() -> (Ground, MailboxId) {
    let ground = ground();
    let listed = [folder("INBOX", Role::Inbox), folder("Notes", Role::Drafts)];
    let _ = ground.store.writer().list_folders(ground.account, &listed).unwrap();
    let drafts = ground.store.writer().folder_with_role(ground.account, Role::Drafts).unwrap().unwrap();
    ground.store.writer().extend_folder(drafts, 9, 1).unwrap();
    (ground, drafts)
}

impl Ground {
    fn to_hand_over(&self, now: i64) -> (Vec<DraftId>, Option<Instant>) {
        let found = self.store.writer().drafts_to_hand_over(Instant(now)).unwrap();
        (found.now, found.next)
    }

    fn hand_over(&self, ticket: u64, draft: DraftId, now: i64) {
        let _ = self.store.writer().hand_over_draft(Ticket(ticket), draft, RAW, Instant(now)).unwrap();
    }

    /// The server has what is to be handed over next, as this UID.
    fn arrives(&self, uid: u32) {
        let [append] = &self.due()[..] else { panic!("{:?}", self.due()) };
        assert!(matches!(append.change, Change::Append { .. }), "{append:?}");
        let intent = append.id;
        let moved = Moved { intent, target_uid: Some(uid), target_validity: 9, named: true };
        let _ = self.store.writer().intents_sent(&[intent], uid, 9).unwrap();
        let _ = self.store.writer().arrivals_done(&[moved]).unwrap();
    }

    fn close(&self, draft: DraftId, now: i64) {
        let _ = self.store.writer().close_draft(Ticket(900), draft, Instant(now)).unwrap();
    }
}

#[test]
fn a_draft_is_handed_over_after_a_rest_and_at_once_when_it_is_closed() {
    let (ground, _) = ground_with_drafts();
    let draft = ground.save(None, &letter(), SECOND);
    assert_eq!(ground.to_hand_over(30 * SECOND), (vec![], Some(Instant(31 * SECOND))));
    assert_eq!(ground.to_hand_over(31 * SECOND).0, [draft]);
    // Whoever never rests is handed over all the same.
    let mut words = String::new();
    for second in (2..=301).step_by(2) {
        words.push_str("word ");
        ground.save(Some(draft), &text(&words), second * SECOND);
        let is_due = !ground.to_hand_over(second * SECOND).0.is_empty();
        assert_eq!(is_due, second >= 301, "at {second}");
    }
    assert_eq!(ground.to_hand_over(301 * SECOND).0, [draft]);
    // What takes longer on the way is handed over less often.
    let large = ground.save(None, &text("with a film"), 0);
    let _ =
        ground.store.writer().add_draft_file(large, &file("film", &vec![1; 1_000_000]), Instant(0)).unwrap();
    assert!(!ground.to_hand_over(39 * SECOND).0.contains(&large));
    assert!(ground.to_hand_over(40 * SECOND).0.contains(&large));
    ground.close(large, 2 * SECOND);
    assert!(ground.to_hand_over(2 * SECOND).0.contains(&large));
}

#[test]
fn a_copy_goes_only_when_the_next_one_is_there_and_none_is_under_way_beside_another() {
    let (ground, drafts) = ground_with_drafts();
    let draft = ground.save(None, &letter(), 0);
    ground.hand_over(1, draft, 60 * SECOND);
    assert_eq!(ground.to_hand_over(i64::from(i32::MAX)), (vec![], None));
    ground.save(Some(draft), &text("more"), 61 * SECOND);
    assert_eq!(ground.to_hand_over(100 * SECOND), (vec![], None), "one is under way");
    ground.arrives(1);
    let first = ground.draft(draft).email.unwrap();
    assert_eq!(ground.to_hand_over(100 * SECOND).0, [draft]);
    ground.hand_over(2, draft, 100 * SECOND);
    assert_eq!(ground.ids(drafts).len(), 1, "the list shows the new one alone");
    assert_ne!(ground.draft(draft).email, Some(first));
    let changes: Vec<Change> = ground.due().into_iter().map(|row| row.change).collect();
    assert_eq!(changes, [Change::Append { to: drafts }], "nothing is removed before that is proved");
    let ground = ground.reopen();
    ground.arrives(2);
    let [removal] = &ground.due()[..] else { panic!("{:?}", ground.due()) };
    assert_eq!((removal.change.clone(), removal.email, removal.uid), (Change::Expunge, first, Some(1)));
}

#[test]
fn a_copy_that_is_refused_leaves_the_one_before_and_is_tried_again_in_an_hour() {
    let (ground, drafts) = ground_with_drafts();
    let draft = ground.save(None, &letter(), 0);
    ground.hand_over(1, draft, 60 * SECOND);
    ground.arrives(1);
    let first = ground.draft(draft).email.unwrap();
    ground.save(Some(draft), &text("more"), 61 * SECOND);
    ground.close(draft, 62 * SECOND);
    ground.hand_over(2, draft, 62 * SECOND);
    let refused = (ground.due()[0].id, Error::new(ErrorKind::QuotaFull));
    let (_, changed) = ground.store.writer().intents_refused(&[refused]).unwrap();
    assert!(changed.drafts);
    assert_eq!((ground.ids(drafts), ground.draft(draft).email), (vec![first], Some(first)));
    assert!(ground.due().is_empty());
    assert_eq!(ground.to_hand_over(63 * SECOND), (vec![], Some(Instant(3_662 * SECOND))));
    let _ = ground.store.writer().drafts_gone_elsewhere(Instant(64 * SECOND)).unwrap();
    assert_eq!(ground.draft(draft).state, DraftState::Writing);
    // What is written since is tried sooner, and takes the place of what was refused.
    ground.save(Some(draft), &text("more and more"), 70 * SECOND);
    assert_eq!(ground.to_hand_over(361 * SECOND), (vec![], Some(Instant(362 * SECOND))));
    ground.hand_over(3, draft, 362 * SECOND);
    assert_eq!(
        ground.store.reader().waiting_changes(ground.account).unwrap().len(),
        2,
        "it, and what goes for it"
    );
}

#[test]
fn nothing_is_handed_over_before_the_mailboxes_are_known() {
    let ground = ground();
    let other = AccountConfig { address: "grace@example.org".into(), user_name: "grace".into(), ..config() };
    let other = ground.store.writer().add_account(&other).unwrap();
    let words = (&text("hello"), crate::model::Relation::None);
    let (draft, _) = ground.store.writer().save_draft(None, other, words, Instant(0)).unwrap();
    ground.close(draft, SECOND);
    assert_eq!(ground.to_hand_over(i64::from(i32::MAX)), (vec![], None));
    let _ = ground.store.writer().list_folders(other, &[folder("INBOX", Role::Inbox)]).unwrap();
    let inbox = ground.store.writer().folder_with_role(other, Role::Inbox).unwrap().unwrap();
    ground.store.writer().extend_folder(inbox, 7, 1).unwrap();
    assert_eq!(ground.to_hand_over(SECOND).0, [draft]);
}

#[test]
fn a_draft_that_moves_to_another_account_leaves_the_first_when_the_other_has_it() {
    let (ground, drafts) = ground_with_drafts();
    let draft = ground.save(None, &letter(), 0);
    ground.hand_over(1, draft, 60 * SECOND);
    ground.arrives(1);
    let other = AccountConfig { address: "grace@example.org".into(), user_name: "grace".into(), ..config() };
    let other = ground.store.writer().add_account(&other).unwrap();
    let listed = [folder("INBOX", Role::Inbox), folder("Drafts", Role::Drafts)];
    let _ = ground.store.writer().list_folders(other, &listed).unwrap();
    let words = (&letter(), crate::model::Relation::None);
    let _ = ground.store.writer().save_draft(Some(draft), other, words, Instant(61 * SECOND)).unwrap();
    ground.hand_over(2, draft, 100 * SECOND);
    assert!(ground.due().is_empty(), "it waits for the other server");
    let [append] = &ground.store.writer().due_intents(other, Instant(i64::MAX / 2), 9).unwrap()[..] else {
        panic!("nothing is handed over there")
    };
    let moved = Moved { intent: append.id, target_uid: None, target_validity: 0, named: false };
    let _ = ground.store.writer().arrivals_done(&[moved]).unwrap();
    assert!(ground.due().is_empty(), "it was not seen there yet");
    let _ = ground.store.writer().discard_draft(Ticket(3), draft, Instant(101 * SECOND)).unwrap();
    assert!(ground.ids(drafts).is_empty());
}

#[test]
fn at_another_server_a_draft_is_handed_over_anew() {
    let (ground, _) = ground_with_drafts();
    let draft = ground.save(None, &letter(), 0);
    ground.close(draft, SECOND);
    ground.hand_over(1, draft, 60 * SECOND);
    ground.arrives(1);
    assert_eq!(ground.to_hand_over(i64::from(i32::MAX)), (vec![], None));
    let before = config();
    let after = AccountConfig { imap_host: "imap.example.net".into(), ..config() };
    let edited = ground.store.writer().edit_account(ground.account, &before, &after, ServerNow::Another);
    edited.unwrap();
    let _ = ground.store.writer().drafts_gone_elsewhere(Instant(61 * SECOND)).unwrap();
    assert_eq!(ground.draft(draft).state, DraftState::Writing);
    assert_eq!(ground.to_hand_over(61 * SECOND).0, [], "not before its mailboxes were looked at");
    ground.store.writer().extend_folder(ground.inbox, 77, 1).unwrap();
    assert_eq!(ground.to_hand_over(61 * SECOND).0, [draft]);
}
