//! A mailbox worth looking at: about 300 mails, the same ones for the same moment, the newest minutes old.
//! Nobody in it exists, and every address ends in a domain that is kept for examples.

mod bulk;
mod compose;
mod files;
mod languages;
mod newest;
mod words;

use compose::Letter;

use crate::model::{Flags, Mailstore};

/// Whose mailbox it is.
pub const USER: &str = "ada@example.org";
/// Her second account, a small one.
pub const SECOND_USER: &str = "ada@workshop.test";
/// The name she writes under.
pub const NAME: &str = "Ada Kestrel";

const INBOX_MAILS: usize = 120;
const MAILBOXES: [(&str, Option<&str>); 7] = [
    ("Drafts", Some("\\Drafts")),
    ("Sent", Some("\\Sent")),
    ("Archive", Some("\\Archive")),
    ("Junk", Some("\\Junk")),
    ("Trash", Some("\\Trash")),
    ("Travel", None),
    ("Travel/2026", None),
];

/// The sample mail as it is at `now_ms` (milliseconds since 1970 UTC). Nobody can sign in until a password is set:
/// [`Mailstore::set_password`] for [`USER`] and [`SECOND_USER`], or the users of [`crate::serve::ServerOptions`].
pub fn sample_mailstore(now_ms: i64) -> Mailstore {
    let mut store = Mailstore::new();
    store.add_account(USER);
    for (name, special_use) in MAILBOXES {
        store.add_mailbox(USER, name, special_use);
    }
    let mut generator = bulk::Generator::new();
    let mut letters = [newest::letters(), languages::letters(now_ms)].concat();
    let inbox = letters.iter().filter(|letter| letter.mailbox == "INBOX").count();
    let mut older = generator.letters(INBOX_MAILS.saturating_sub(inbox));
    // With the nine by hand: twelve that nobody has read yet.
    let mut unread = 0;
    for letter in older.iter_mut().filter(|letter| letter.mailbox == "INBOX" && !letter.is_answered()) {
        if unread < 3 {
            unread += 1;
            *letter = letter.clone().unread();
        }
    }
    letters.append(&mut older);
    file_all(&mut store, USER, letters, now_ms);

    store.add_account(SECOND_USER);
    store.add_mailbox(SECOND_USER, "Archive", Some("\\Archive"));
    file_all(&mut store, SECOND_USER, workshop(&mut generator), now_ms);
    store
}

/// The mails of the second account.
fn workshop(generator: &mut bulk::Generator) -> Vec<Letter> {
    const COLLEAGUES: &[words::Writer] = words::PEOPLE.split_at(2).0;
    let mut letters = Vec::new();
    for number in 0..22 {
        let letter = generator.letter(COLLEAGUES, 4 + number * 5).to("Ada Kestrel <ada@workshop.test>");
        letters.push(match number {
            0 | 1 => letter.unread(),
            2..12 => letter,
            _ => letter.lies_in("Archive"),
        });
    }
    letters
}

/// Puts the letters into their mailboxes, oldest first, as they would have arrived.
fn file_all(store: &mut Mailstore, user: &str, mut letters: Vec<Letter>, now_ms: i64) {
    letters.sort_by_key(|letter| std::cmp::Reverse(letter.minutes_ago));
    for letter in letters {
        if let Some(mailbox) = store.mailbox_mut(user, letter.mailbox) {
            let flags: Flags = letter.flags.iter().copied().collect();
            mailbox.append(letter.octets(now_ms), flags, letter.received(now_ms));
        }
    }
}

#[cfg(test)]
mod tests;
