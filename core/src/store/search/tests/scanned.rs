//! Whatever way a search takes, it finds what a look at every mail finds: random questions to a changing mailbox.

use std::collections::HashMap;

use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::model::{Flags, Keyword};

const MAILS: u32 = 2_200;
const MINUTE: i64 = 60_000;
const BEGINNING: i64 = 1_704_067_200_000;

/// A mail as the test knows it.
#[derive(Clone)]
struct Mail {
    number: u32,
    words: Vec<&'static str>,
    unread: bool,
    starred: bool,
    answered: bool,
    keywords: Vec<&'static str>,
    attachment: bool,
    size: u64,
    archived: bool,
}

/// By number: words and marks of very different frequencies, none of which follows from another.
fn mail(number: u32) -> Mail {
    let scattered = number.wrapping_mul(2_654_435_761) >> 7;
    let one_of = |count: u32, salt: u32| scattered.wrapping_add(salt).is_multiple_of(count);
    let words = [("common", 1), ("second", 2), ("twelfth", 12), ("seldom", 700)];
    let keywords = [("NonJunk", 2), ("work", 30), ("$Important", 90), ("Rare", 600)];
    let those = |of: [(&'static str, u32); 4], salt: u32| {
        let those = of.into_iter().zip(0..).filter(|((_, count), place)| one_of(*count, salt + 3 * place));
        those.map(|((name, _), _)| name).collect()
    };
    Mail {
        number,
        words: those(words, 0),
        unread: one_of(5, 40) || number < 700,
        starred: one_of(250, 50),
        answered: one_of(9, 60),
        keywords: those(keywords, 70),
        attachment: one_of(40, 90),
        size: if one_of(150, 95) {
            90_000
        } else if one_of(70, 96) {
            9_000
        } else {
            100
        },
        archived: one_of(4, 99),
    }
}

fn new_email(mail: &Mail) -> NewEmail {
    let mut bits = FlagBits::NONE;
    let flags =
        [(!mail.unread, FlagBits::SEEN), (mail.starred, FlagBits::FLAGGED), (mail.answered, FlagBits(2))];
    for (_, flag) in flags.into_iter().filter(|(is_set, _)| *is_set) {
        bits = bits.changed(flag, FlagBits::NONE);
    }
    let keywords = mail.keywords.iter().map(|name| (*name).into()).collect();
    NewEmail {
        uid: mail.number,
        flags: Flags { bits, keywords },
        date: Instant(BEGINNING + i64::from(mail.number) * MINUTE),
        size: mail.size,
        facts: HeaderFacts {
            subject: format!("{} {}", mail.words.join(" "), mail.number),
            message_id: Some(mail.number.to_string()),
            has_attachment: mail.attachment,
            ..HeaderFacts::default()
        },
        ..NewEmail::default()
    }
}

struct Mailbox {
    ground: Ground,
    mails: Vec<Mail>,
    /// By number.
    ids: HashMap<u32, EmailId>,
}

fn filled() -> Mailbox {
    let ground = ground();
    let mails: Vec<Mail> = (1..=MAILS).map(mail).collect();
    for (mailbox, archived) in [(ground.inbox, false), (ground.archive, true)] {
        let emails: Vec<NewEmail> =
            mails.iter().filter(|mail| mail.archived == archived).map(new_email).collect();
        let _ = ground.store.writer().add_emails(mailbox, &emails, 1, MAILS).unwrap();
    }
    while ground.store.search().index_some(2_000).unwrap() > 0 {}
    let all = ground.store.reader().search("common ", SearchScope::Everywhere, 0, 10_000).unwrap();
    let ids: HashMap<u32, EmailId> = all.rows.iter().map(|row| (number(row.date), row.id)).collect();
    assert_eq!(ids.len(), MAILS as usize);
    Mailbox { ground, mails, ids }
}

fn number(date: Instant) -> u32 {
    u32::try_from((date.0 - BEGINNING) / MINUTE).unwrap()
}

/// A term as it is typed.
fn terms() -> impl Strategy<Value = &'static str> {
    select(vec![
        "common",
        "second",
        "twelfth",
        "seldom",
        "never",
        "-second",
        "-common",
        "is:unread",
        "is:read",
        "is:starred",
        "-is:starred",
        "is:answered",
        "has:attachment",
        "-has:attachment",
        "tag:work",
        "tag:rare",
        "tag:important",
        "tag:$important",
        "tag:nonjunk",
        "tag:nobody",
        "-tag:work",
        "larger:1k",
        "larger:80k",
        "in:inbox",
        "in:archive",
        "before:2024-01-02",
        "after:2024-01-02",
        "\"second twelfth\"",
    ])
}

/// Whether it holds, by a look at the mail.
fn holds(term: &str, mail: &Mail) -> bool {
    if let Some(term) = term.strip_prefix('-') {
        return !holds(term, mail);
    }
    let tagged = |name: &str| mail.keywords.iter().any(|keyword| keyword.eq_ignore_ascii_case(name));
    let second_day = mail.number >= 24 * 60;
    match term {
        "is:unread" => mail.unread,
        "is:read" => !mail.unread,
        "is:starred" => mail.starred,
        "is:answered" => mail.answered,
        "has:attachment" => mail.attachment,
        "tag:important" | "tag:$important" => tagged("$Important"),
        "larger:1k" => mail.size > 1024,
        "larger:80k" => mail.size > 80 * 1024,
        "in:inbox" => !mail.archived,
        "in:archive" => mail.archived,
        "before:2024-01-02" => !second_day,
        "after:2024-01-02" => second_day,
        "\"second twelfth\"" => mail.words.contains(&"second") && mail.words.contains(&"twelfth"),
        word => match word.strip_prefix("tag:") {
            Some(name) => tagged(name),
            None => mail.words.contains(&word),
        },
    }
}

/// All of the groups, one of the terms of each.
fn queries() -> impl Strategy<Value = Vec<Vec<&'static str>>> {
    let group =
        prop_oneof![3 => prop::collection::vec(terms(), 1), 1 => prop::collection::vec(terms(), 2..4)];
    prop::collection::vec(group, 1..4)
}

impl Mailbox {
    /// A person marks, tags or moves a mail.
    fn change(&mut self, (place, kind): (usize, u8), ticket: u64) {
        let Some(mail) = self.mails.get_mut(place) else { return };
        let id = self.ids[&mail.number];
        let flip = |is_set: bool, flag: FlagBits| match is_set {
            true => Change::Flags { add: FlagBits::NONE, remove: flag },
            false => Change::Flags { add: flag, remove: FlagBits::NONE },
        };
        let change = match kind {
            0 => {
                mail.unread = !mail.unread;
                flip(mail.unread, FlagBits::SEEN)
            }
            1 => {
                mail.starred = !mail.starred;
                flip(!mail.starred, FlagBits::FLAGGED)
            }
            2 => {
                mail.archived = !mail.archived;
                Change::Move { to: if mail.archived { self.ground.archive } else { self.ground.inbox } }
            }
            _ => {
                let name = if kind == 3 { "Rare" } else { "work" };
                let keyword: std::sync::Arc<[Keyword]> = Keyword::new(name).into_iter().collect();
                let none: std::sync::Arc<[Keyword]> = [].into();
                if mail.keywords.contains(&name) {
                    mail.keywords.retain(|known| *known != name);
                    Change::Keywords { add: none, remove: keyword }
                } else {
                    mail.keywords.push(name);
                    Change::Keywords { add: keyword, remove: none }
                }
            }
        };
        let account = self.ground.account;
        let _ = self
            .ground
            .store
            .writer()
            .record(crate::Ticket(ticket), account, &[(id, change)], Instant(1))
            .unwrap();
    }

    fn compare(&self, query: &[Vec<&str>], scope: SearchScope) -> Result<(), TestCaseError> {
        let text: String = query.iter().map(|group| group.join(" OR ") + " ").collect();
        let is_wanted = |mail: &&Mail| {
            let in_scope = match scope {
                SearchScope::Mailbox(mailbox) => mail.archived == (mailbox == self.ground.archive),
                SearchScope::Starred => mail.starred,
                _ => true,
            };
            in_scope && query.iter().all(|group| group.iter().any(|term| holds(term, mail)))
        };
        let wanted: Vec<u32> = self.mails.iter().rev().filter(is_wanted).map(|mail| mail.number).collect();
        let reader = self.ground.store.reader();
        for (first, count) in [(0, 50), (0, 10_000), (120, 300)] {
            let found = reader.search(&text, scope, first, count).unwrap();
            let rows: Vec<u32> = found.rows.iter().map(|row| number(row.date)).collect();
            let window: Vec<u32> = wanted.iter().copied().skip(first).take(count).collect();
            prop_assert_eq!(&rows, &window, "{:?} {:?} from {}", &text, scope, first);
            if found.is_all {
                prop_assert_eq!(found.total, wanted.len(), "{:?} {:?}", &text, scope);
            } else {
                prop_assert!(found.total <= wanted.len() && found.total >= (first + count).min(wanted.len()));
            }
        }
        if let Some(anchor) = wanted.get(wanted.len() / 2) {
            let place = wanted.len() / 2;
            let id = self.ids[anchor];
            let around =
                reader.at_once(|snapshot| snapshot.search_around(&text, scope, id, (3, 4), 0)).unwrap();
            let rows: Vec<u32> = around.rows.iter().map(|row| number(row.date)).collect();
            let first = place.saturating_sub(3);
            prop_assert_eq!(
                (around.first, &rows[..]),
                (first, &wanted[first..(place + 4).min(wanted.len())]),
                "{}",
                &text
            );
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5, max_shrink_iters: 60, ..ProptestConfig::default() })]
    #[test]
    fn every_way_to_what_is_sought_finds_what_a_look_at_each_mail_finds(
        rounds in prop::collection::vec(
            (prop::collection::vec((0..MAILS as usize, 0..5u8), 0..12), prop::collection::vec((queries(), 0..4u8), 12)),
            3,
        )
    ) {
        let mut mailbox = filled();
        let mut ticket = 0;
        for (changes, queries) in rounds {
            for change in changes {
                ticket += 1;
                mailbox.change(change, ticket);
            }
            for (query, place) in queries {
                let scope = match place {
                    0 => SearchScope::Mailbox(mailbox.ground.inbox),
                    1 => SearchScope::Starred,
                    _ => SearchScope::Everywhere,
                };
                mailbox.compare(&query, scope)?;
            }
        }
    }
}

/// Mails of one second have keys of later seconds, by which the index knows them.
#[test]
fn one_or_the_other_is_found_by_date_though_an_import_has_one_date() {
    let ground = ground();
    let emails: Vec<NewEmail> = (1..=600)
        .map(|uid| NewEmail {
            date: Instant(BEGINNING + i64::from(uid / 200) * 1_000),
            ..new_email(&Mail { starred: uid % 7 == 0, ..mail(uid) })
        })
        .collect();
    let _ = ground.store.writer().add_emails(ground.inbox, &emails, 1, 600).unwrap();
    ground.index();
    let found =
        ground.store.reader().search("is:starred OR second ", SearchScope::Everywhere, 0, 1_000).unwrap();
    let wanted = (1..=600).filter(|uid| uid % 7 == 0 || mail(*uid).words.contains(&"second")).count();
    assert_eq!((found.rows.len(), found.total, found.is_all), (wanted, wanted, true));
    assert!(found.rows.is_sorted_by_key(|row| std::cmp::Reverse((row.date, row.id))));
}
