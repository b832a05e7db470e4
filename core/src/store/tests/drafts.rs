//! Mails that are being written.

use super::*;
use crate::mime::{Composition, Writing};
use crate::model::{Draft, DraftId, DraftState, Relation};

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

pub(super) fn text(text: &str) -> Composition {
    Composition { text: text.into(), ..Composition::default() }
}

pub(super) fn letter() -> Composition {
    Composition {
        from: "Ada <ada@example.org>".into(),
        to: "grace@example.net, Alan <alan@".into(),
        cc: "c@example.net".into(),
        bcc: "secret@example.net".into(),
        reply_to: "elsewhere@example.org".into(),
        subject: "a letter".into(),
        text: "Dear Grace,\n\nall is *well*.".into(),
        writing: Writing::Markdown,
        references: vec!["first@x".into(), "last@x".into()],
        wants_receipt: true,
    }
}

pub(super) fn file(name: &str, octets: &[u8]) -> AddedFile {
    AddedFile {
        name: name.into(),
        media_type: "image/png".into(),
        content_id: String::new(),
        octets: octets.into(),
    }
}

impl Ground {
    pub(super) fn save(&self, draft: Option<DraftId>, composition: &Composition, now: i64) -> DraftId {
        let relation = Relation::None;
        let saved =
            self.store.writer().save_draft(draft, self.account, (composition, relation), Instant(now));
        let (draft, changed) = saved.unwrap();
        assert!(changed.folders.is_empty(), "no list shows it");
        draft
    }

    pub(super) fn draft(&self, draft: DraftId) -> Draft {
        self.store.reader().draft(draft).unwrap().unwrap()
    }

    fn versions(&self, draft: DraftId) -> Vec<String> {
        let versions = self.store.reader().draft_versions(draft).unwrap();
        versions.into_iter().map(|version| version.composition.text).collect()
    }

    pub(super) fn restore(&self, draft: DraftId, version: Option<Instant>, now: i64) -> DraftId {
        self.store.writer().restore_draft(draft, version, Instant(now)).unwrap().0
    }
}

#[test]
fn what_is_saved_is_there_after_a_restart_to_the_last_field() {
    let ground = ground();
    let relation = Relation::Answers(EmailId(7));
    let saved = ground.store.writer().save_draft(None, ground.account, (&letter(), relation), Instant(5_000));
    let (draft, changed) = saved.unwrap();
    assert!(changed.drafts);
    let (file_id, _) =
        ground.store.writer().add_draft_file(draft, &file("a.png", b"\0octets"), Instant(6_000)).unwrap();
    let ground = ground.reopen();
    let kept = ground.draft(draft);
    assert_eq!((&kept.composition, kept.relation, kept.account), (&letter(), relation, ground.account));
    assert_eq!((kept.changed, kept.state, kept.is_closed), (Instant(6_000), DraftState::Writing, false));
    assert_eq!((kept.files[0].id, kept.files[0].name.as_str(), kept.files[0].size), (file_id, "a.png", 7));
    assert_eq!(ground.store.reader().draft_file(file_id).unwrap(), b"\0octets");
    assert_eq!(ground.store.reader().drafts().unwrap(), [kept]);
    let _ = ground.store.writer().remove_draft_file(draft, file_id, Instant(7_000)).unwrap();
    assert!(ground.draft(draft).files.is_empty());
    assert_eq!(ground.store.reader().draft_file(file_id).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn what_is_as_it_was_is_not_written_again() {
    let ground = ground();
    let draft = ground.save(None, &letter(), 5_000);
    ground.save(Some(draft), &letter(), 9_000);
    assert_eq!(ground.draft(draft).changed, Instant(5_000));
}

#[test]
fn an_hour_of_typing_leaves_a_version_for_every_few_minutes() {
    let ground = ground();
    let draft = ground.save(None, &text("0"), 1);
    let mut typed = String::from("0");
    for second in 1..=600i64 {
        typed.push('x');
        ground.save(Some(draft), &text(&typed), second * 2_000);
    }
    assert_eq!(ground.draft(draft).composition.text, typed);
    let versions = ground.versions(draft);
    assert_eq!(versions.len(), 3, "{versions:?}");
    assert!(versions.iter().all(|version| typed.starts_with(version)));
}

#[test]
fn text_that_went_at_once_can_be_brought_back() {
    let ground = ground();
    let long = "a paragraph of some length, ".repeat(9);
    let draft = ground.save(None, &text(&long), 1_000);
    ground.save(Some(draft), &text("oh"), 3_000);
    let version = ground.store.reader().draft_versions(draft).unwrap().remove(0);
    assert_eq!((version.composition.text, version.at), (long.clone(), Instant(1_000)));
    assert_eq!(ground.restore(draft, Some(version.at), 5_000), draft);
    assert_eq!(ground.draft(draft).composition.text, long);
    assert_eq!(ground.versions(draft)[0], "oh", "and so can what it was replaced by");
}

#[test]
fn versions_have_times_of_their_own_whatever_the_clock_says() {
    let ground = ground();
    let draft = ground.save(None, &text(&"x".repeat(1000)), 5_000);
    for length in (0..9).rev() {
        ground.save(Some(draft), &text(&"x".repeat(length * 100)), 5_000);
        ground.save(Some(draft), &text(&"y".repeat(1000)), 4_000);
    }
    let versions = ground.store.reader().draft_versions(draft).unwrap();
    let mut times: Vec<Instant> = versions.iter().map(|version| version.at).collect();
    times.sort_unstable();
    times.dedup();
    assert_eq!(times.len(), versions.len());
    assert_eq!(ground.draft(draft).composition.text, "y".repeat(1000));
}

#[test]
fn a_draft_that_is_thrown_away_is_kept_for_thirty_days_with_its_files() {
    let ground = ground();
    let draft = ground.save(None, &letter(), 1);
    let _ = ground.store.writer().add_draft_file(draft, &file("a.png", b"octets"), Instant(2)).unwrap();
    let _ = ground.store.writer().discard_draft(Ticket(1), draft, Instant(DAY)).unwrap();
    assert!(ground.store.reader().drafts().unwrap().is_empty());
    let discarded = ground.store.reader().discarded_drafts().unwrap();
    assert_eq!((discarded.len(), discarded[0].state), (1, DraftState::Discarded(Instant(DAY))));
    let refused = ground.store.writer().save_draft(
        Some(draft),
        ground.account,
        (&text("x"), Relation::None),
        Instant(DAY),
    );
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::WrongState);
    let _ = ground.store.writer().sweep_drafts(Instant(31 * DAY)).unwrap();
    assert_eq!(ground.restore(draft, None, 31 * DAY), draft);
    let back = ground.draft(draft);
    assert_eq!((back.composition, back.state, back.files.len()), (letter(), DraftState::Writing, 1));
    let _ = ground.store.writer().discard_draft(Ticket(2), draft, Instant(32 * DAY)).unwrap();
    let _ = ground.store.writer().sweep_drafts(Instant(62 * DAY + 1)).unwrap();
    assert_eq!(ground.store.reader().draft(draft).unwrap(), None);
    assert_ne!(ground.save(None, &letter(), 62 * DAY), draft, "no number is used twice");
}

#[test]
fn versions_of_a_draft_that_is_written_on_are_forgotten_and_the_draft_is_not() {
    let ground = ground();
    let draft = ground.save(None, &text("first"), 1);
    ground.save(Some(draft), &text("second"), 6 * MINUTE);
    let _ = ground.store.writer().sweep_drafts(Instant(40 * DAY)).unwrap();
    assert!(ground.versions(draft).is_empty());
    assert_eq!(ground.draft(draft).composition.text, "second");
}

#[test]
fn closing_drops_what_is_empty_and_nothing_else() {
    let ground = ground();
    let close = |draft, now| {
        let _ = ground.store.writer().close_draft(Ticket(1), draft, Instant(now)).unwrap();
    };
    let empty = ground.save(None, &Composition { from: "ada@example.org".into(), ..text(" \n") }, 1);
    close(empty, 2);
    assert_eq!(ground.store.reader().draft(empty).unwrap(), None);
    let draft = ground.save(None, &text("hello"), 1);
    close(draft, 2);
    assert!(ground.draft(draft).is_closed);
    ground.save(Some(draft), &text("hello"), 3);
    assert!(!ground.draft(draft).is_closed, "somebody has it open");
    let file_only = ground.save(None, &Composition::default(), 1);
    let _ = ground.store.writer().add_draft_file(file_only, &file("a.png", b"x"), Instant(2)).unwrap();
    close(file_only, 3);
    assert_eq!(ground.draft(file_only).files.len(), 1);
}

#[test]
fn nothing_is_written_into_a_version_that_was_closed() {
    let ground = ground();
    let draft = ground.save(None, &text("as I left it"), 1_000);
    let _ = ground.store.writer().close_draft(Ticket(1), draft, Instant(2_000)).unwrap();
    ground.save(Some(draft), &text("as I left it, and more"), 3_000);
    assert_eq!(ground.versions(draft), ["as I left it"]);
}

#[test]
fn drafts_go_with_their_account() {
    let ground = ground();
    let draft = ground.save(None, &letter(), 1);
    let other = AccountConfig { address: "grace@example.org".into(), user_name: "grace".into(), ..config() };
    let other = ground.store.writer().add_account(&other).unwrap();
    let moved = ground.save(None, &text("moves"), 1);
    let of_other = (&text("moves"), Relation::None);
    let _ = ground.store.writer().save_draft(Some(moved), other, of_other, Instant(2)).unwrap();
    let _ = ground.store.writer().remove_account(ground.account).unwrap();
    assert_eq!(ground.store.reader().draft(draft).unwrap(), None);
    let kept = ground.store.reader().drafts().unwrap();
    assert_eq!((kept.len(), kept[0].id, kept[0].account), (1, moved, other));
    let nowhere =
        ground.store.writer().save_draft(None, ground.account, (&text("x"), Relation::None), Instant(3));
    assert_eq!(nowhere.unwrap_err().kind(), ErrorKind::NotFound);
}
