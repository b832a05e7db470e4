//! What is found among thousands of mails, where the first way to it would be a long one.

use super::*;
use crate::model::Flags;

const MAILS: u32 = 6_000;

struct Mail {
    number: u32,
    unread: bool,
    starred: bool,
    archived: bool,
    third: bool,
}

fn mail(number: u32) -> Mail {
    Mail {
        number,
        unread: number <= 2_500,
        starred: [10, 700, 5_000].contains(&number),
        archived: number <= 5,
        third: number.is_multiple_of(3),
    }
}

/// One mail a minute; the oldest are unread, so that the newest with a word are the wrong ones.
fn filled() -> Ground {
    let ground = ground();
    let emails = |archived: bool| -> Vec<NewEmail> {
        let mails = (1..=MAILS).map(mail).filter(|mail| mail.archived == archived);
        let email = |mail: Mail| {
            let mut bits = FlagBits::NONE;
            if !mail.unread {
                bits = bits.changed(FlagBits::SEEN, FlagBits::NONE);
            }
            if mail.starred {
                bits = bits.changed(FlagBits::FLAGGED, FlagBits::NONE);
            }
            let third = if mail.third { "third" } else { "" };
            NewEmail {
                uid: mail.number,
                flags: Flags { bits, keywords: Vec::new() },
                date: Instant(1_704_067_200_000 + i64::from(mail.number) * 60_000),
                size: 9,
                facts: HeaderFacts {
                    subject: format!("import {third} {}", mail.number),
                    message_id: Some(mail.number.to_string()),
                    ..HeaderFacts::default()
                },
                ..NewEmail::default()
            }
        };
        mails.map(email).collect()
    };
    for (mailbox, archived) in [(ground.inbox, false), (ground.archive, true)] {
        let _ = ground.store.writer().add_emails(mailbox, &emails(archived), 1, MAILS).unwrap();
    }
    while ground.store.search().index_some(2_000).unwrap() > 0 {}
    ground
}

#[test]
fn the_few_that_are_wanted_among_thousands_with_a_word_are_found_in_every_window() {
    let ground = filled();
    type Wanted = fn(&Mail) -> bool;
    let queries: [(&str, Wanted); 14] = [
        ("import is:starred", |mail| mail.starred),
        ("import is:unread ", |mail| mail.unread),
        ("third is:unread", |mail| mail.third && mail.unread),
        ("import is:unread is:starred ", |mail| mail.unread && mail.starred),
        ("import in:old/archive ", |mail| mail.archived),
        ("import third in:archive ", |mail| mail.archived && mail.third),
        ("import -third is:unread in:inbox ", |mail| !mail.third && mail.unread && !mail.archived),
        ("import larger:1k ", |_| false),
        ("-third", |mail| !mail.third),
        ("-third is:unread", |mail| !mail.third && mail.unread),
        ("-third is:starred", |mail| !mail.third && mail.starred),
        ("is:starred OR third", |mail| mail.starred || mail.third),
        ("is:unread OR -third", |mail| mail.unread || !mail.third),
        ("import is:starred OR -import", |mail| mail.starred),
    ];
    for (query, is_wanted) in queries {
        let wanted: Vec<u32> =
            (1..=MAILS).rev().map(mail).filter(is_wanted).map(|mail| mail.number).collect();
        for first in [0, 3, 1_000, 2_490] {
            let found = ground.store.reader().search(query, SearchScope::Everywhere, first, 50).unwrap();
            let number = |subject: &str| subject.rsplit(' ').next().unwrap().parse::<u32>().unwrap();
            let rows: Vec<u32> = found.rows.iter().map(|row| number(&row.subject)).collect();
            let window: Vec<u32> = wanted.iter().copied().skip(first).take(50).collect();
            assert_eq!(rows, window, "{query} from {first}");
            if found.is_all {
                assert_eq!(found.total, wanted.len(), "{query} from {first}");
            } else {
                assert!(
                    found.total < wanted.len() && found.total >= (first + 50).min(wanted.len()),
                    "{query}"
                );
            }
        }
    }
}

#[test]
fn what_was_starred_a_moment_ago_is_found_though_the_index_knows_nothing_of_it() {
    let ground = filled();
    let star = Change::Flags { add: FlagBits::FLAGGED, remove: FlagBits::NONE };
    let oldest = *ground.ids(ground.inbox).last().unwrap();
    let _ = ground
        .store
        .writer()
        .record(crate::Ticket(1), ground.account, &[(oldest, star.clone())], Instant(1))
        .unwrap();
    let found = ground.found("import is:starred ", SearchScope::Mailbox(ground.inbox));
    assert_eq!((found.total, found.is_all), (4, true));
    assert_eq!(found.rows.last().unwrap().id, oldest);
}

#[test]
fn a_window_lies_around_a_mail_wherever_that_is() {
    let ground = filled();
    let reader = ground.store.reader();
    let around = |query: &str, email, rows, otherwise| {
        reader
            .at_once(|snapshot| {
                snapshot.search_around(query, SearchScope::Everywhere, email, rows, otherwise)
            })
            .unwrap()
    };
    let queries = [
        "import ",
        "third is:unread",
        "is:unread",
        "import in:archive ",
        "-third is:starred",
        "import is:starred",
    ];
    for query in queries {
        let all = reader.search(query, SearchScope::Everywhere, 0, 10_000).unwrap().rows;
        assert!(all.len() > 1, "{query}");
        for place in [0, 1, 7, all.len() / 2, all.len() - 1] {
            let Some(anchor) = all.get(place) else { continue };
            for (before, after) in [(0, 1), (3, 5), (2, 0), (700, 2)] {
                let window = around(query, anchor.id, (before, after), 1);
                let first = place.saturating_sub(before);
                assert_eq!(window.first, first, "{query}: {before} before {place}");
                let end = (place + after).min(all.len());
                assert_eq!(window.rows, all[first..end], "{query}: {before}, {after} around {place}");
            }
        }
        // Where there is no such mail, or it isn't among them, it begins where it is said to.
        let read = reader.search("is:read -third -is:starred ", SearchScope::Everywhere, 2_000, 1).unwrap();
        let is_among = |id| all.iter().any(|row| row.id == id);
        let other = read.rows.iter().map(|row| row.id).filter(|id| !is_among(*id));
        for anchor in other.chain([EmailId(999_999)]) {
            let window = around(query, anchor, (1, 2), 1);
            assert_eq!((window.first, window.rows), (1, all[1..all.len().min(4)].to_vec()), "{query}");
        }
    }
}

/// More mails than a second has keys lie beside each other: some have a key of a later second.
#[test]
fn starred_mails_of_one_second_are_found_with_a_word_after_others_of_it_are_gone() {
    let ground = ground();
    let starred = |number: u32| number % 5 == 1;
    let emails: Vec<NewEmail> = (1..=300)
        .map(|number| NewEmail {
            uid: number,
            flags: Flags {
                bits: if starred(number) { FlagBits::FLAGGED } else { FlagBits::SEEN },
                keywords: Vec::new(),
            },
            date: Instant(1_704_067_200_000 + i64::from(number / 100) * 1_000),
            facts: HeaderFacts {
                subject: format!("letter {number}"),
                message_id: Some(number.to_string()),
                ..HeaderFacts::default()
            },
            ..NewEmail::default()
        })
        .collect();
    let _ = ground.store.writer().add_emails(ground.inbox, &emails, 1, 300).unwrap();
    ground.index();
    let gone: Vec<u32> = (1..=300).filter(|number| number % 4 == 0).collect();
    let _ = ground.store.writer().apply_flags(ground.inbox, &[], &gone).unwrap();
    ground.index();
    let mut wanted: Vec<String> = (1..=300)
        .filter(|number| starred(*number) && !gone.contains(number))
        .map(|number| format!("letter {number}"))
        .collect();
    for query in ["is:starred lett", "letter is:starred "] {
        let found = ground.found(query, SearchScope::Everywhere);
        let mut subjects: Vec<String> = found.rows.into_iter().map(|row| row.subject).collect();
        subjects.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(subjects, wanted, "{query}");
    }
}
