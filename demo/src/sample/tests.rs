//! The sample mail has to be what the demo shows, and mail that any parser reads.

use std::collections::{HashMap, HashSet};

use mail_parser::{MessageParser, MimeHeaders};

use super::*;
use crate::model::{Mail, Mailbox};

const NOW: i64 = 1_783_418_400_000;

fn mailbox<'a>(store: &'a Mailstore, name: &str) -> &'a Mailbox {
    store.mailbox(USER, name).unwrap()
}

fn all(store: &Mailstore) -> impl Iterator<Item = (&Mailbox, &Mail)> {
    let mailboxes = store.users().flat_map(|user| store.account(user).unwrap().mailboxes());
    mailboxes.flat_map(|mailbox| mailbox.mails().iter().map(move |mail| (mailbox, mail)))
}

/// The mail of that key, as a parser sees it.
fn parsed<'a>(store: &'a Mailstore, key: &str) -> mail_parser::Message<'a> {
    let id = format!("{key}@mail.example");
    let mail = all(store).map(|(_, mail)| mail).find(|mail| mail.message_id() == id).expect(key);
    MessageParser::default().parse(mail.raw()).unwrap()
}

#[test]
fn counts_are_those_of_the_picture() {
    let store = sample_mailstore(NOW);
    let count = |name: &str| (mailbox(&store, name).mails().len(), mailbox(&store, name).unseen());
    assert_eq!(count("INBOX"), (120, 12));
    assert_eq!(count("Drafts"), (3, 0));
    assert_eq!(count("Archive"), (60, 0));
    assert_eq!(count("Junk"), (12, 5));
    assert_eq!(count("Trash"), (10, 0));
    assert_eq!(count("Travel"), (20, 0));
    assert_eq!(count("Travel/2026"), (15, 0));
    assert!((30..90).contains(&count("Sent").0), "{}", count("Sent").0);
    let second = store.mailbox(SECOND_USER, "INBOX").unwrap();
    assert_eq!((second.mails().len(), second.unseen()), (12, 2));
    assert!((290..360).contains(&all(&store).count()), "{}", all(&store).count());
}

#[test]
fn every_mail_is_read_by_a_parser() {
    let store = sample_mailstore(NOW);
    let mut ids = HashSet::new();
    for (mailbox, mail) in all(&store) {
        let id = mail.message_id();
        assert!(ids.insert(id.clone()), "{id} twice");
        let message = MessageParser::default().parse(mail.raw()).unwrap();
        assert!(
            message.subject().is_some_and(|subject| !subject.is_empty()) || id.starts_with("no-subject"),
            "{id}"
        );
        assert!(
            message.from().and_then(|from| from.first()).and_then(|from| from.address()).is_some(),
            "{id}"
        );
        let date = message.date().unwrap();
        assert!(date.is_valid() && date.to_timestamp() == mail.internal_date() / 1_000, "{id}");
        assert!(
            message.body_text(0).is_some_and(|text| !text.trim().is_empty()),
            "{id} in {}",
            mailbox.name()
        );
        for part in &message.parts {
            assert!(!part.is_encoding_problem, "{id}");
        }
        let text = message.body_text(0).unwrap();
        assert!(!text.contains('\u{fffd}') && !text.contains('{') && !text.contains('}'), "{id}: {text}");
        assert!(!message.subject().unwrap_or_default().contains('{'), "{id}");
    }
}

#[test]
fn every_line_is_one_that_mail_may_have() {
    let store = sample_mailstore(NOW);
    for (_, mail) in all(&store) {
        let id = mail.message_id();
        let lines: Vec<&[u8]> = mail.raw().split(|octet| *octet == b'\n').collect();
        let (last, whole) = lines.split_last().unwrap();
        assert!(last.len() <= 998 && !last.contains(&b'\r'), "{id}");
        for line in whole {
            assert!(line.len() <= 999 && line.ends_with(b"\r"), "{id}: {}", String::from_utf8_lossy(line));
            assert!(!line[..line.len() - 1].contains(&b'\r'), "{id}");
        }
        let header = mail.raw().split(|octet| *octet == b'\n').take_while(|line| *line != b"\r");
        assert!(header.into_iter().all(|line| line.is_ascii()), "{id}");
    }
}

#[test]
fn the_top_of_the_inbox_is_that_of_the_picture() {
    let store = sample_mailstore(NOW);
    let mut threads: Vec<String> = Vec::new();
    for mail in mailbox(&store, "INBOX").mails().iter().rev() {
        let message = MessageParser::default().parse(mail.raw()).unwrap();
        let subject = message.subject().unwrap_or_default().trim_start_matches("Re: ").to_owned();
        if !threads.contains(&subject) {
            threads.push(subject);
        }
    }
    assert_eq!(
        threads[..10],
        [
            "Cabin in August: dates and keys",
            "Your July statement is ready",
            "Workshop photos",
            "[octo/waxwing] Keep MODSEQ with its batch (#214)",
            "会議の時間",
            "apples",
            "Booking confirmed: Lyon → Turin, 14 Aug",
            "Two loans are due on Friday",
            "Draft of the talk",
            "Sunday ride moved to 9:00"
        ]
    );
    let newest = mailbox(&store, "INBOX").mails().last().unwrap();
    assert!(NOW - newest.internal_date() < 10 * 60_000 && newest.flags().has("\\Flagged"));
    let mut sizes: HashMap<&str, usize> = HashMap::new();
    for (_, mail) in all(&store) {
        for key in ["cabin-", "photos-", "kaigi-", "talk-"] {
            *sizes.entry(key).or_default() += usize::from(mail.message_id().starts_with(key));
        }
    }
    assert_eq!((sizes["cabin-"], sizes["photos-"], sizes["kaigi-"], sizes["talk-"]), (4, 2, 7, 3));
}

#[test]
fn conversations_refer_to_mails_that_exist() {
    let store = sample_mailstore(NOW);
    let when: HashMap<String, i64> =
        all(&store).map(|(_, mail)| (mail.message_id(), mail.internal_date())).collect();
    let mut answers = 0;
    for (_, mail) in all(&store) {
        let message = MessageParser::default().parse(mail.raw()).unwrap();
        for reference in message.references().as_text_list().unwrap_or_default() {
            answers += 1;
            let before = when.get(reference.as_ref()).unwrap_or_else(|| panic!("{reference} is missing"));
            assert!(*before < mail.internal_date(), "{} is older than {reference}", mail.message_id());
        }
    }
    assert!(answers > 60, "{answers}");
}

#[test]
fn charsets_and_names_come_out_as_they_were_written() {
    let store = sample_mailstore(NOW);
    let text = |key: &str| parsed(&store, key).body_text(0).unwrap().into_owned();
    assert!(text("kiln").contains("Über Kuchen würde sich übrigens niemand beschweren."));
    assert!(text("choir-ru").contains("Начало в семь, чай в половине седьмого."));
    assert!(text("tea-zh").contains("一片叶子也没有碎"));
    assert!(text("kaigi-1").contains("木曜日の十時はいかがでしょうか"));
    assert!(text("party").contains('🦖'));
    assert!(text("recipe-he").contains("ארבעה תפוחים"));
    assert_eq!(parsed(&store, "kaigi-7").from().unwrap().first().unwrap().name(), Some("田中 恵"));
    assert_eq!(parsed(&store, "party").subject(), Some("🎈 Lotta turns six 🎂 come hungry"));
    assert_eq!(parsed(&store, "tea-zh").attachments().next().unwrap().attachment_name(), Some("路线图.png"));
    assert_eq!(parsed(&store, "street-party").to().unwrap().iter().count(), 41);
    assert!(text("minutes").len() > 20_000);
    assert!(text("ride-9").contains("lemonade"));
}

#[test]
fn attachments_are_what_they_say() {
    let store = sample_mailstore(NOW);
    let file = |key: &str, index: usize| {
        let message = parsed(&store, key);
        let part = message.attachments().nth(index).unwrap();
        (part.attachment_name().map(str::to_owned), part.contents().to_vec())
    };
    let (name, pdf) = file("cabin-4", 0);
    assert_eq!(name.as_deref(), Some("Beds and lists.pdf"));
    assert!(pdf.starts_with(b"%PDF-1.4"));
    assert!(file("cabin-4", 1).1.starts_with(b"\x89PNG\r\n"));
    assert!(file("photos-2", 0).1.starts_with(b"PK\x03\x04"));
    let (_, invite) = file("circle-19", 0);
    assert!(invite.starts_with(b"BEGIN:VCALENDAR\r\n"));
    let outer = parsed(&store, "forwarded");
    let inner = outer.attachments().find_map(|part| part.message()).unwrap();
    assert_eq!(inner.subject(), Some("Your parcel waits at the corner shop"));
}

#[test]
fn the_same_moment_gives_the_same_mail() {
    let (one, two) = (sample_mailstore(NOW), sample_mailstore(NOW));
    assert!(all(&one).zip(all(&two)).all(|((_, one), (_, two))| one.raw() == two.raw()));
}

#[test]
fn every_address_is_in_a_domain_kept_for_examples() {
    let store = sample_mailstore(NOW);
    for (_, mail) in all(&store) {
        let text = String::from_utf8_lossy(mail.raw());
        let header = text.split("\r\n\r\n").next().unwrap_or_default();
        for piece in header.split('@').skip(1) {
            let domain: String =
                piece.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '.' | '-')).collect();
            let kept = [".example", ".test", "example.org"].iter().any(|end| domain.ends_with(end));
            assert!(kept, "{domain} in {}", mail.message_id());
        }
    }
}
