//! Tags: shown at once, sent, refused, taken back; and which mails have which.

use std::sync::Arc;

use super::*;
use crate::error::{Error, ErrorKind, NO_NEW_TAGS};
use crate::model::{ChangeKind, Keyword, TagId};

fn keywords(names: &[&str]) -> Arc<[Keyword]> {
    names.iter().map(|name| Keyword::new(name).unwrap()).collect()
}

fn tag(add: &[&str], remove: &[&str]) -> Change {
    Change::Keywords { add: keywords(add), remove: keywords(remove) }
}

/// A mail that the server has with these keywords.
fn tagged(uid: u32, names: &[&str]) -> NewEmail {
    let mut email = email(uid, FlagBits::NONE);
    for name in names {
        email.flags.insert(name);
    }
    email
}

impl Ground {
    /// The keywords of the mails of a list, newest first.
    fn shown(&self, mailbox: MailboxId) -> Vec<Vec<String>> {
        let page = self.store.reader().page(ListQuery::Mailbox(mailbox), 0, 100).unwrap();
        let names =
            |row: crate::model::EmailRow| row.keywords.iter().map(|it| it.name().to_owned()).collect();
        page.rows.into_iter().map(names).collect()
    }

    /// Name and number of mails of each tag, and those a list of it gives.
    fn tags(&self) -> Vec<(String, u64, Vec<String>)> {
        let reader = self.store.reader();
        let list = |id: TagId| {
            let page = reader.page(ListQuery::Tagged(id), 0, 100).unwrap();
            assert_eq!(page.total, reader.ids(ListQuery::Tagged(id)).unwrap().len());
            page.rows.into_iter().map(|row| row.subject).collect()
        };
        let of = |tag: crate::model::Tag| (tag.keyword.tag().unwrap(), tag.mails, list(tag.id));
        reader.tags().unwrap().into_iter().map(of).collect()
    }

    fn sent(&self) -> Vec<IntentRow> {
        let due = self.due();
        let ids: Vec<i64> = due.iter().map(|row| row.id).collect();
        self.store.writer().intents_sent(&ids, 0, 0).unwrap();
        due
    }
}

#[test]
fn a_tag_is_shown_at_once_and_sent_with_those_that_want_the_same() {
    let ground = ground();
    ground.arrive(ground.inbox, &[tagged(1, &[]), tagged(2, &["Work"]), tagged(3, &["work", "NonJunk"])]);
    let ids = ground.ids(ground.inbox);
    assert_eq!(ground.record(1, &ids, tag(&["Work", "Trip"], &[])), 3);
    assert_eq!(
        ground.shown(ground.inbox),
        [vec!["NonJunk", "Trip", "work"], vec!["Trip", "Work"], vec!["Trip", "Work"]]
    );
    assert!(ground.store.reader().row(ids[0]).unwrap().pending);
    // What a mail has in another case it has; it is asked for what it lacks.
    let due = ground.sent();
    assert_eq!(due.len(), 2, "{due:?}");
    assert!(due.iter().all(|row| row.change == tag(&["Trip"], &[])));
    let _ = ground.store.writer().keywords_done(&due.iter().map(|row| row.id).collect::<Vec<_>>()).unwrap();
    let due = ground.sent();
    assert_eq!((due.len(), due[0].change.clone()), (1, tag(&["Work", "Trip"], &[])));
    let (settled, _) = ground.store.writer().keywords_done(&[due[0].id]).unwrap();
    assert!(settled[0].well);
    let local = ground.store.writer().local_mails(ground.inbox).unwrap();
    assert_eq!(local[0].flags.keywords, [Box::from("Trip"), Box::from("Work")]);
    assert!(!ground.store.reader().row(ids[0]).unwrap().pending);
    assert_eq!(ground.record(2, &ids, tag(&["trip"], &["Later"])), 0, "they are as wanted already");
}

#[test]
fn what_the_server_says_meanwhile_does_not_take_a_waiting_tag_away() {
    let ground = ground();
    ground.arrive(ground.inbox, &[tagged(1, &["Old"])]);
    ground.record(1, &ground.ids(ground.inbox), tag(&["New"], &["Old"]));
    let mut flags = Flags { bits: FlagBits::SEEN, keywords: Vec::new() };
    flags.insert("Old");
    flags.insert("Theirs");
    let _ = ground.store.writer().apply_flags(ground.inbox, &[(1, flags)], &[]).unwrap();
    assert_eq!(ground.shown(ground.inbox), [["New", "Theirs"]]);
    let ground = ground.reopen();
    assert_eq!(ground.shown(ground.inbox), [["New", "Theirs"]]);
    assert_eq!(ground.due().len(), 1);
}

#[test]
fn a_refused_tag_is_taken_back_told_and_can_be_tried_again() {
    let ground = ground();
    ground.arrive(ground.inbox, &[tagged(1, &[])]);
    ground.record(1, &ground.ids(ground.inbox), tag(&["New"], &[]));
    let due = ground.sent();
    let refusal = Error::note(ErrorKind::ServerRefused, NO_NEW_TAGS);
    let (settled, _) = ground.store.writer().intents_refused(&[(due[0].id, refusal)]).unwrap();
    assert!(!settled[0].well);
    assert_eq!(ground.shown(ground.inbox), [[""; 0]]);
    assert!(ground.tags().is_empty());
    let waiting = ground.store.reader().waiting_changes(ground.account).unwrap();
    assert_eq!(waiting[0].kind, ChangeKind::Keywords);
    let (count, _) = ground.store.writer().retry(Ticket(1), Ticket(2), ground.account, Instant(1)).unwrap();
    assert_eq!(count, 1);
    assert_eq!(ground.shown(ground.inbox), [["New"]]);
    assert_eq!(ground.due()[0].change, tag(&["New"], &[]));
}

#[test]
fn undo_changes_back_only_what_was_really_changed() {
    let ground = ground();
    ground.arrive(ground.inbox, &[tagged(1, &["A"]), tagged(2, &["B"])]);
    let ids = ground.ids(ground.inbox);
    ground.record(1, &ids, tag(&["A"], &["B"]));
    assert_eq!(ground.shown(ground.inbox), [["A"], ["A"]]);
    let due = ground.sent();
    let _ = ground.store.writer().keywords_done(&[due[0].id]).unwrap();
    let (undone, _) = ground.store.writer().undo(Ticket(1), Ticket(2), ground.account, Instant(2)).unwrap();
    assert_eq!(undone.queued, 1);
    assert_eq!(ground.shown(ground.inbox), [["B"], ["A"]]);
    assert_eq!(ground.due()[0].change, tag(&["B"], &["A"]));
}

#[test]
fn tags_go_with_a_mail_that_is_moved_or_numbered_anew() {
    let ground = ground();
    ground.arrive(ground.inbox, &[tagged(1, &["A"])]);
    let ids = ground.ids(ground.inbox);
    ground.record(1, &ids, tag(&["B"], &[]));
    ground.record(2, &ids, Change::Move { to: ground.archive });
    assert_eq!(ground.shown(ground.archive), [["A", "B"]]);
    let due = ground.sent();
    let _ = ground.store.writer().keywords_done(&[due[0].id]).unwrap();
    let due = ground.sent();
    let moved = Moved { intent: due[0].id, target_uid: None, target_validity: 0, named: false };
    let _ = ground.store.writer().moves_done(&[moved]).unwrap();
    assert_eq!(ground.shown(ground.archive), [["A", "B"]], "it is on its way, and still tagged");
    assert_eq!(ground.tags()[1].2, ["mail 1"]);
    let _ = ground.store.writer().quarantine_folder(ground.archive, 99).unwrap();
    assert_eq!(ground.shown(ground.archive), [["A", "B"]]);
}

#[test]
fn tags_in_use_are_counted_and_listed_over_all_mailboxes() {
    let ground = ground();
    ground.arrive(ground.inbox, &[tagged(1, &["Work", "NonJunk"]), tagged(2, &["$label1"]), tagged(3, &[])]);
    ground.arrive(ground.archive, &[tagged(9, &["work", "$MDNSent"])]);
    let all = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        ground.tags(),
        [("Important".into(), 1, all(&["mail 2"])), ("Work".into(), 2, all(&["mail 9", "mail 1"]))]
    );
    let newest = ground.ids(ground.inbox)[0];
    ground.record(1, &[newest], tag(&["Work"], &[]));
    assert_eq!(ground.tags()[1].2, ["mail 9", "mail 3", "mail 1"], "a list that is held follows");
    let _ = ground.store.writer().apply_flags(ground.archive, &[], &[9]).unwrap();
    assert_eq!(ground.tags()[1].2, ["mail 3", "mail 1"]);
}

#[test]
fn tags_of_a_store_of_the_version_before_are_found() {
    let ground = ground();
    ground.arrive(ground.inbox, &[tagged(1, &["Work", "NonJunk", "$label2"]), tagged(2, &["Work"])]);
    let (before, shown) = (ground.tags(), ground.shown(ground.inbox));
    let Ground { dir, store, account, inbox, archive } = ground;
    drop(store);
    let connection = rusqlite::Connection::open(dir.path().join("mail.db")).unwrap();
    connection
        .execute_batch(
            "DROP TABLE tagged; DROP TABLE tag; DROP TABLE apart; DROP TABLE regrouped;
             DROP INDEX shown_keywords; DROP INDEX msg_attachment;
             DROP TRIGGER whole; DROP VIEW stored; DROP TABLE fragment; DROP TABLE left_out; DROP TABLE excerpt;
             DROP TABLE sent_habit;
             ALTER TABLE shown DROP COLUMN keywords;
             ALTER TABLE intent DROP COLUMN keywords_add; ALTER TABLE intent DROP COLUMN keywords_remove;
             PRAGMA user_version = 7;",
        )
        .unwrap();
    drop(connection);
    let store = Store::open(dir.path()).unwrap();
    let ground = Ground { dir, store, account, inbox, archive };
    assert_eq!((ground.tags(), ground.shown(ground.inbox)), (before, shown));
}
