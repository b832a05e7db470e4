//! Conversations as a person wants them.

use super::*;
use crate::error::ErrorKind;
use crate::model::{Conversation, EmailRow};

/// A mail that answers those, the nearest last.
fn answer(uid: u32, references: &[u32]) -> NewEmail {
    let mut email = email(uid, FlagBits::NONE);
    email.facts.references = references.iter().map(|uid| format!("{uid}@example.org")).collect();
    email
}

impl Ground {
    /// The numbers of the mails of each conversation, those in the order of their newest mails.
    fn conversations(&self) -> Vec<Vec<i64>> {
        let reader = self.store.reader();
        let page = reader.page(ListQuery::Conversations(self.inbox), 0, 100).unwrap();
        assert_eq!(page.total, page.rows.len());
        assert_eq!(page.rows.len(), reader.ids(ListQuery::Conversations(self.inbox)).unwrap().len());
        let inboxes = reader.page(ListQuery::InboxConversations, 0, 100).unwrap();
        assert_eq!(inboxes, page);
        let numbers = |row: &EmailRow| {
            let mails = reader.thread(row.thread).unwrap();
            let Some(Conversation { mails: count, .. }) = row.conversation else { panic!("{row:?}") };
            assert_eq!(count, mails.len() as u64);
            mails.iter().map(|row| row.date.0 / 1000).collect()
        };
        page.rows.iter().map(numbers).collect()
    }

    fn numbered(&self, numbers: &[i64]) -> Vec<EmailId> {
        let page = self.store.reader().page(ListQuery::Mailbox(self.inbox), 0, 100).unwrap();
        let is_one = |row: &&EmailRow| numbers.contains(&(row.date.0 / 1000));
        page.rows.iter().filter(is_one).map(|row| row.id).collect()
    }

    fn split(&self, ticket: u64, numbers: &[i64]) {
        let ids = self.numbered(numbers);
        let changed = self.store.writer().split(Ticket(ticket), self.account, &ids, Instant(1)).unwrap();
        assert!(!changed.folders.is_empty(), "lists are told");
        self.recount();
    }

    fn join(&self, ticket: u64, numbers: &[i64]) {
        let ids = self.numbered(numbers);
        let _ = self.store.writer().join(Ticket(ticket), self.account, &ids, Instant(1)).unwrap();
        self.recount();
    }

    fn take_back(&self, operation: u64, undo: u64) {
        let (undone, _) =
            self.store.writer().undo(Ticket(operation), Ticket(undo), self.account, Instant(2)).unwrap();
        assert_eq!(undone.queued, 0);
        self.recount();
    }
}

/// A conversation of 1 to 3, and a stranger.
fn four() -> Ground {
    let ground = ground();
    ground.arrive(ground.inbox, &[answer(1, &[]), answer(2, &[1]), answer(3, &[1, 2]), answer(4, &[])]);
    assert_eq!(ground.conversations(), [vec![4], vec![1, 2, 3]]);
    ground
}

#[test]
fn a_mail_that_was_split_off_stays_so_and_answers_to_it_follow() {
    let ground = four();
    ground.split(1, &[2]);
    assert_eq!(ground.conversations(), [vec![4], vec![1, 3], vec![2]]);
    let ground = ground.reopen();
    ground.arrive(ground.inbox, &[answer(5, &[1, 2]), answer(6, &[1]), answer(7, &[1, 2, 5])]);
    assert_eq!(ground.conversations(), [vec![2, 5, 7], vec![1, 3, 6], vec![4]]);
    // One that answers an answer to what stayed, and one that nobody knows what it answers.
    ground.arrive(ground.inbox, &[answer(8, &[1, 2, 3]), answer(9, &[1, 99])]);
    assert_eq!(ground.conversations(), [vec![1, 3, 6, 8, 9], vec![2, 5, 7], vec![4]]);
}

#[test]
fn it_stays_split_when_the_mailbox_is_numbered_anew_or_the_mail_goes_and_comes_back() {
    let ground = four();
    ground.split(1, &[2]);
    let _ = ground.store.writer().quarantine_folder(ground.inbox, 99).unwrap();
    ground.store.writer().extend_folder(ground.inbox, 99, 20).unwrap();
    ground.arrive(ground.inbox, &[answer(1, &[]), answer(2, &[1]), answer(3, &[1, 2]), answer(4, &[])]);
    let _ = ground.store.writer().end_quarantine(ground.inbox).unwrap();
    assert_eq!(ground.conversations(), [vec![4], vec![1, 3], vec![2]]);
    let _ = ground.store.writer().apply_flags(ground.inbox, &[], &[2]).unwrap();
    assert_eq!(ground.store.writer().remove_orphans(ground.account).unwrap(), 1);
    assert_eq!(ground.conversations(), [vec![4], vec![1, 3]]);
    ground.arrive(ground.inbox, &[answer(2, &[1])]);
    assert_eq!(ground.conversations(), [vec![4], vec![1, 3], vec![2]]);
}

#[test]
fn splitting_is_taken_back_with_what_came_since() {
    let ground = four();
    ground.split(1, &[2, 3]);
    assert_eq!(ground.conversations(), [vec![4], vec![2, 3], vec![1]]);
    ground.arrive(ground.inbox, &[answer(5, &[1, 2])]);
    ground.take_back(1, 2);
    assert_eq!(ground.conversations(), [vec![1, 2, 3, 5], vec![4]]);
    ground.arrive(ground.inbox, &[answer(6, &[2])]);
    assert_eq!(ground.conversations(), [vec![1, 2, 3, 5, 6], vec![4]]);
    let again = ground.store.writer().undo(Ticket(1), Ticket(3), ground.account, Instant(2));
    assert_eq!(again.unwrap_err().kind(), ErrorKind::NotFound, "it was taken back");
}

#[test]
fn joined_conversations_are_one_and_later_mail_follows() {
    let ground = four();
    ground.join(1, &[3, 4]);
    assert_eq!(ground.conversations(), [vec![1, 2, 3, 4]]);
    ground.arrive(ground.inbox, &[answer(5, &[4]), answer(6, &[])]);
    assert_eq!(ground.conversations(), [vec![6], vec![1, 2, 3, 4, 5]]);
    ground.take_back(1, 2);
    assert_eq!(ground.conversations(), [vec![6], vec![1, 2, 3, 5], vec![4]]);
    ground.arrive(ground.inbox, &[answer(7, &[2])]);
    assert_eq!(ground.conversations()[0], [1, 2, 3, 5, 7]);
}

#[test]
fn what_was_split_can_be_joined_and_both_taken_back_in_turn() {
    let ground = four();
    ground.split(1, &[2]);
    ground.join(2, &[2, 3]);
    assert_eq!(ground.conversations(), [vec![4], vec![1, 2, 3]]);
    ground.take_back(2, 3);
    assert_eq!(ground.conversations(), [vec![4], vec![1, 3], vec![2]]);
    ground.arrive(ground.inbox, &[answer(5, &[1, 2])]);
    assert_eq!(ground.conversations(), [vec![2, 5], vec![4], vec![1, 3]], "they are apart again");
    ground.take_back(1, 4);
    assert_eq!(ground.conversations(), [vec![1, 2, 3, 5], vec![4]]);
}

#[test]
fn a_split_is_taken_back_after_the_rest_was_joined_with_another() {
    let ground = four();
    ground.split(1, &[2]);
    ground.join(2, &[3, 4]);
    assert_eq!(ground.conversations(), [vec![1, 3, 4], vec![2]]);
    ground.take_back(1, 3);
    assert_eq!(ground.conversations(), [vec![1, 2, 3, 4]]);
}

#[test]
fn copies_of_a_mail_go_with_it() {
    let ground = four();
    let copy = ground.numbered(&[2]);
    ground.record(9, &copy, Change::Copy { to: ground.archive });
    ground.split(1, &[2]);
    assert_eq!(ground.conversations(), [vec![4], vec![1, 3], vec![2, 2]]);
}

#[test]
fn all_of_a_conversation_is_not_split_and_none_of_several() {
    let ground = four();
    let all = ground.numbered(&[1, 2, 3]);
    let changed = ground.store.writer().split(Ticket(1), ground.account, &all, Instant(1)).unwrap();
    assert!(changed.folders.is_empty());
    assert_eq!(ground.conversations(), [vec![4], vec![1, 2, 3]]);
    let two = ground.numbered(&[3, 4]);
    let refused = ground.store.writer().split(Ticket(2), ground.account, &two, Instant(1));
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn a_conversation_is_told_with_its_authors() {
    let ground = ground();
    let by = |uid, references: &[u32], name: &str| {
        let mut email = answer(uid, references);
        email.facts.from.address = format!("{name}@example.org");
        email
    };
    ground
        .arrive(ground.inbox, &[by(1, &[], "ann"), by(2, &[1], "bo"), by(3, &[1], "ANN"), by(4, &[1], "cy")]);
    let page = ground.store.reader().page(ListQuery::Conversations(ground.inbox), 0, 9).unwrap();
    let authors = &page.rows[0].conversation.as_ref().unwrap().authors;
    let names: Vec<&str> = authors.iter().map(|author| author.address.as_str()).collect();
    assert_eq!(names, ["ann@example.org", "bo@example.org", "cy@example.org"]);
}
