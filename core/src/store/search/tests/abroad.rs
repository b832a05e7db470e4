//! How far a search goes, and what servers add to it.

use super::*;
use crate::imap::ops::Criterion;
use crate::model::{Coverage, Flags};

fn raw(subject: &str, text: &str) -> Vec<u8> {
    format!("From: Ada <ada@example.org>\r\nSubject: {subject}\r\n\r\n{text}\r\n").into_bytes()
}

impl Ground {
    fn covers(&self, scope: SearchScope) -> Coverage {
        self.store.reader().coverage(scope).unwrap()
    }

    /// What a server found for that text: mails by the order in which they arrived.
    fn server_finds(&self, text: &str, mailbox: MailboxId, uids: &[u32]) {
        let mails = self.store.writer().not_known_by_words(mailbox, uids).unwrap();
        self.store.reader().found_abroad(text, &mails);
    }
}

#[test]
fn how_far_a_search_goes_is_counted_for_each_scope() {
    let mut ground = ground();
    let (inbox, archive) = (ground.inbox, ground.archive);
    for _ in 0..3 {
        ground.line("here", "whole");
    }
    ground.head(archive, &raw("head", ""));
    let of = |mails, without_body, not_indexed, not_listed| Coverage {
        mails,
        without_body,
        not_indexed,
        not_listed,
    };
    assert_eq!(ground.covers(SearchScope::Everywhere), of(4, 1, 4, 0));
    assert_eq!(ground.covers(SearchScope::Mailbox(inbox)), of(3, 0, 3, 0));
    ground.index();
    assert_eq!(ground.covers(SearchScope::Inboxes), of(3, 0, 0, 0));
    assert!(ground.covers(SearchScope::Inboxes).is_whole());
    assert_eq!(ground.covers(SearchScope::Account(ground.account)), of(4, 1, 0, 0));
    assert_eq!(ground.covers(SearchScope::Account(ground.account)).whole(), 3);
    assert_eq!(ground.covers(SearchScope::Starred), of(0, 0, 0, 0));
    let starred = Flags { bits: FlagBits::FLAGGED, ..Flags::default() };
    let _ = ground.store.writer().apply_flags(archive, &[(4, starred)], &[]).unwrap();
    assert_eq!(ground.covers(SearchScope::Starred), of(1, 1, 0, 0));
    // More is on the server than is listed.
    ground.store.writer().extend_folder(archive, 8, 100).unwrap();
    assert_eq!(ground.covers(SearchScope::Mailbox(archive)), of(1, 1, 0, 1));
    assert_eq!(ground.covers(SearchScope::Mailbox(inbox)), of(3, 0, 0, 0));
}

#[test]
fn places_are_searched_alone() {
    let mut ground = ground();
    ground.line("one", "word");
    ground.line("two", "word");
    let archived = ground.mail(ground.archive, &raw("three", "word"));
    let starred = Flags { bits: FlagBits::FLAGGED, ..Flags::default() };
    let _ = ground.store.writer().apply_flags(ground.inbox, &[(2, starred.clone())], &[]).unwrap();
    let _ = ground.store.writer().apply_flags(ground.archive, &[(archived, starred)], &[]).unwrap();
    ground.index();
    let found = |query: &str, scope| ground.found(query, scope).total;
    assert_eq!(found("word", SearchScope::Inboxes), 2);
    assert_eq!(found("word", SearchScope::Starred), 2);
    assert_eq!(found("word is:unread", SearchScope::Starred), 2);
    assert_eq!(found("word -is:starred", SearchScope::Starred), 0);
    assert_eq!(found("is:unread", SearchScope::Inboxes), 2);
    assert_eq!(found("subject:three", SearchScope::Inboxes), 0);
}

#[test]
fn mails_are_found_by_their_keywords_in_whatever_case() {
    let mut ground = ground();
    for subject in ["one", "two", "three"] {
        ground.line(subject, "word");
    }
    let with = |keywords: &[&str]| Flags {
        keywords: keywords.iter().map(|keyword| Box::from(*keyword)).collect(),
        ..Flags::default()
    };
    let news = [(1, with(&["$Todo", "Work"])), (2, with(&["Homework"]))];
    let _ = ground.store.writer().apply_flags(ground.inbox, &news, &[]).unwrap();
    ground.index();
    for (query, mails) in [
        ("tag:work", vec![1]),
        ("tag:WORK word", vec![1]),
        ("tag:todo", vec![1]),
        ("tag:$todo", vec![1]),
        ("tag:homework", vec![2]),
        ("tag:home", vec![]),
        ("word -tag:work", vec![3, 2]),
        ("tag:work OR tag:homework", vec![2, 1]),
        ("tag:\"x' OR 1 --\"", vec![]),
        ("tag:%", vec![]),
    ] {
        assert_eq!(ground.find(query), mails, "{query}");
    }
}

#[test]
fn what_a_server_found_is_found_here_until_something_else_is_sought() {
    let mut ground = ground();
    let (inbox, archive) = (ground.inbox, ground.archive);
    ground.line("treasure", "here in full");
    ground.line("party", "no such word, but its letters: untreasured");
    ground.head(inbox, &raw("head alone", ""));
    ground.head(archive, &raw("elsewhere", ""));
    ground.index();
    ground.store.reader().begin_abroad("treasure");
    assert_eq!(ground.find("treasure"), [1]);
    // A server looks for letters: of what is known here by its words, it is not asked.
    ground.server_finds("treasure", inbox, &[1, 2, 3]);
    ground.server_finds("treasure", archive, &[4]);
    assert_eq!(ground.find("treasure"), [4, 3, 1]);
    assert_eq!(ground.find(" treasure "), [4, 3, 1]);
    assert_eq!(ground.found("treasure", SearchScope::Mailbox(inbox)).total, 2);
    assert_eq!(ground.find("treasures"), [] as [u32; 0], "another text");
    // What else is asked for is still asked here.
    assert_eq!(ground.find("treasure is:starred"), [] as [u32; 0]);

    // When it is here in full it stays found as long as the search does: it must not vanish while it is read.
    ground.body(inbox, 3, &raw("head alone", "untreasured"));
    ground.index();
    assert_eq!(ground.find("treasure"), [4, 3, 1]);
    ground.store.reader().begin_abroad("other");
    assert_eq!(ground.find("treasure"), [1]);
    ground.server_finds("treasure", archive, &[4]);
    assert_eq!(ground.find("treasure"), [1], "too late");
}

#[test]
fn facts_are_asked_here_of_what_a_server_found() {
    let mut ground = ground();
    ground.head(ground.inbox, &raw("old", ""));
    ground.head(ground.inbox, &raw("new", ""));
    ground.index();
    let text = "letter after:2024-01-03 -is:starred";
    ground.store.reader().begin_abroad(text);
    ground.server_finds(text, ground.inbox, &[1, 2]);
    assert_eq!(ground.find(text), [2], "a server counts days in a zone of its own");
    let starred = Flags { bits: FlagBits::FLAGGED, ..Flags::default() };
    let _ = ground.store.writer().apply_flags(ground.inbox, &[(2, starred)], &[]).unwrap();
    assert_eq!(ground.find(text), [] as [u32; 0]);
}

#[test]
fn a_mail_that_a_server_found_is_found_before_the_index_knows_it() {
    let mut ground = ground();
    ground.line("letter", "one");
    ground.index();
    ground.store.reader().begin_abroad("letter");
    ground.head(ground.inbox, &raw("new", ""));
    ground.head(ground.inbox, &raw("newer", ""));
    ground.server_finds("letter", ground.inbox, &[2, 3]);
    assert_eq!(ground.find("letter"), [3, 2, 1]);
    ground.index();
    assert_eq!(ground.find("letter"), [3, 2, 1]);
    // A window of it is the same as that part of the whole.
    let some = ground.store.reader().search("letter", SearchScope::Everywhere, 1, 1).unwrap();
    assert_eq!((some.rows.len(), some.total, some.first), (1, 3, 1));
}

#[test]
fn without_an_index_what_servers_found_is_found_and_no_more_is_claimed() {
    let mut ground = ground();
    ground.head(ground.inbox, &raw("old", ""));
    ground.head(ground.inbox, &raw("new", ""));
    ground.store.reader().begin_abroad("letter -dull ");
    ground.server_finds("letter -dull ", ground.inbox, &[1, 2]);
    let found = ground.found("letter -dull ", SearchScope::Everywhere);
    let subjects: Vec<&str> = found.rows.iter().map(|row| row.subject.as_str()).collect();
    assert_eq!((subjects, found.is_all), (vec!["new", "old"], false));
}

fn asked(text: &str) -> (Vec<Criterion>, bool) {
    let ground = ground();
    let abroad = ground.store.reader().abroad(text, SearchScope::Everywhere).unwrap();
    (abroad.criteria, abroad.proves)
}

#[test]
fn a_server_is_asked_for_the_words_as_they_were_typed() {
    let anywhere = |words: &str| {
        Criterion::Any(vec![
            Criterion::Subject(words.into()),
            Criterion::From(words.into()),
            Criterion::To(words.into()),
            Criterion::Cc(words.into()),
            Criterion::Body(words.into()),
        ])
    };
    let not = |criterion| Criterion::Not(Box::new(criterion));
    assert_eq!(
        asked("Grüße \"exact  words\" wor*"),
        (vec![anywhere("Grüße"), anywhere("exact words"), anywhere("wor")], true)
    );
    assert_eq!(
        asked("from:ada -subject:dull to:bo cc:cy"),
        (
            vec![
                Criterion::From("ada".into()),
                not(Criterion::Subject("dull".into())),
                Criterion::To("bo".into()),
                Criterion::Cc("cy".into())
            ],
            true
        )
    );
    assert_eq!(
        asked("from:a OR is:starred is:unread larger:1k tag:todo"),
        (
            vec![
                Criterion::Any(vec![Criterion::From("a".into()), Criterion::Flagged]),
                not(Criterion::Seen),
                Criterion::Larger(1024),
                Criterion::Any(vec![Criterion::Keyword("todo".into()), Criterion::Keyword("$todo".into())]),
            ],
            true
        )
    );
    // A day more on each side: its zone is the server's choice.
    let (criteria, _) = asked("before:2024-03-01 after:2024-02-01");
    assert_eq!(criteria, [Criterion::Before(19_785), Criterion::Since(19_753)]);
}

#[test]
fn what_a_server_can_not_be_asked_is_known_here_or_proved_by_nothing() {
    assert_eq!(asked("has:attachment from:ada"), (vec![Criterion::From("ada".into())], true));
    assert_eq!(asked("filename:plan from:ada"), (vec![Criterion::From("ada".into())], false));
    assert_eq!(asked("filename:plan OR ada"), (vec![], false));
    assert_eq!(asked("tag:\"a b\""), (vec![], true));
    let ground = ground();
    let abroad = |text: &str, scope| ground.store.reader().abroad(text, scope);
    let kind = |text: &str| abroad(text, SearchScope::Everywhere).unwrap_err().kind();
    assert_eq!((kind(""), kind(" - ")), (ErrorKind::InvalidInput, ErrorKind::InvalidInput));
    let mailboxes = |text: &str, scope| -> Vec<MailboxId> {
        abroad(text, scope).unwrap().mailboxes.into_iter().map(|(_, mailbox)| mailbox).collect()
    };
    assert_eq!(mailboxes("a", SearchScope::Everywhere), [ground.inbox, ground.archive]);
    assert_eq!(mailboxes("a in:archive", SearchScope::Everywhere), [ground.archive]);
    assert_eq!(mailboxes("a -in:archive", SearchScope::Everywhere), [ground.inbox]);
    assert_eq!(mailboxes("a", SearchScope::Inboxes), [ground.inbox]);
    assert_eq!(mailboxes("a", SearchScope::Mailbox(ground.archive)), [ground.archive]);
    let starred = abroad("a", SearchScope::Starred).unwrap();
    assert!(starred.criteria.contains(&Criterion::Flagged));
}

#[test]
fn nothing_that_was_typed_ends_a_line_on_the_way_to_a_server() {
    for text in ["\"a\r\nA2 LOGOUT\"", "from:\"a\nb\"", "\"a\0b\"", "subject:\"x\u{7f}\u{85}y\""] {
        let (criteria, _) = asked(text);
        assert!(!criteria.is_empty());
        let said = format!("{criteria:?}");
        assert!(!said.contains("\\r") && !said.contains("\\n") && !said.contains("\\0"), "{said}");
    }
    assert_eq!(asked("tag:\"a\r\nLOGOUT\"").0, [] as [Criterion; 0]);
}

#[test]
fn mails_that_a_search_brought_leave_the_rest_to_be_read() {
    let mut ground = ground();
    ground.store.writer().extend_folder(ground.archive, 8, 100).unwrap();
    let email = |uid| NewEmail { uid, date: Instant(i64::from(uid)), size: 1, ..NewEmail::default() };
    let brought = [email(40), email(60), email(200)];
    let ((_, is_the_same), _) = ground.store.writer().add_found(ground.archive, 8, &brought).unwrap();
    assert!(is_the_same);
    let folder = ground.store.writer().folder(ground.archive).unwrap();
    assert_eq!(folder.holes, [(1, 39), (41, 59), (61, 99)]);
    assert_eq!((folder.on_server, folder.uid_next), (2, 100), "a newer one is left to the next look");
    let ((_, is_the_same), _) = ground.store.writer().add_found(ground.archive, 9, &brought).unwrap();
    assert!(!is_the_same, "renumbered: these are other mails");
    ground.next = 41;
}
