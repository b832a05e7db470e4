//! SEARCH (RFC 9051 section 6.4.4). Text is looked for in the octets as they are: encoded words and encoded bodies are
//! not decoded, which some servers don't do either.

use super::command::SearchKey;
use super::connection::{Connection, Reply};
use super::select::Addressed;
use super::{Mail, Mailstore, date, message};

/// What `*` stands for while searching.
struct Largest {
    sequence: u32,
    uid: u32,
}

impl Connection {
    pub(super) fn search(&mut self, store: &Mailstore, user: &str, uid: bool, key: &SearchKey) -> Reply {
        let view = self.selected.as_ref().map_or(&[][..], |selected| &selected.view);
        let count = u32::try_from(view.len()).unwrap_or(u32::MAX);
        let largest = Largest { sequence: count, uid: view.last().map_or(0, |seen| seen.uid) };
        let Some(mailbox) = self.mailbox(store, user) else { return Reply::no("No such mailbox") };
        let mut answer = "* SEARCH".to_owned();
        for (index, seen) in view.iter().enumerate() {
            let addressed = Addressed { sequence: index + 1, uid: seen.uid };
            let found = mailbox.mail(seen.uid).is_some_and(|mail| matches(key, mail, addressed, &largest));
            if found {
                let number = if uid { seen.uid as usize } else { addressed.sequence };
                answer.push_str(&format!(" {number}"));
            }
        }
        self.line(&answer);
        Reply::ok("SEARCH completed")
    }
}

fn matches(key: &SearchKey, mail: &Mail, addressed: Addressed, largest: &Largest) -> bool {
    let is = |key: &SearchKey| matches(key, mail, addressed, largest);
    let day = || date::day_of(mail.internal_date);
    match key {
        SearchKey::All => true,
        SearchKey::And(keys) => keys.iter().all(is),
        SearchKey::Or(left, right) => is(left) || is(right),
        SearchKey::Not(key) => !is(key),
        SearchKey::Sequence(set) => {
            u32::try_from(addressed.sequence).is_ok_and(|number| set.contains(number, largest.sequence))
        }
        SearchKey::Uid(set) => set.contains(addressed.uid, largest.uid),
        SearchKey::Flag(flag) => mail.flags.has(flag),
        SearchKey::Header { name, text } => {
            let values = message::all_of_field(&mail.raw, name);
            values.iter().any(|value| contains(value.as_bytes(), text))
        }
        SearchKey::Body(text) => contains(message::text(&mail.raw), text),
        SearchKey::Text(text) => contains(&mail.raw, text),
        SearchKey::Larger(size) => mail.raw.len() > *size,
        SearchKey::Smaller(size) => mail.raw.len() < *size,
        SearchKey::Before(wanted) => day() < *wanted,
        SearchKey::On(wanted) => day() == *wanted,
        SearchKey::Since(wanted) => day() >= *wanted,
    }
}

fn contains(octets: &[u8], text: &str) -> bool {
    let text = text.as_bytes();
    text.is_empty() || octets.windows(text.len()).any(|window| window.eq_ignore_ascii_case(text))
}
