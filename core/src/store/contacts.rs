//! Whom mail went to and came from, for whoever writes the next one.
//!
//! Each mail counts when it gets its row: in the transaction that lists it, or in the one in which the server took it to be
//! sent. What counts halves with every three months; since that goes for all alike, one number that never changes by itself
//! keeps their order: the binary logarithm of the sum of 2^(time of each mail, in such quarters).

mod backlog;

use std::collections::HashSet;

use rusqlite::{Connection, params};

use super::reader::Reader;
use super::writer::{Tx, optional};
use crate::error::Error;
use crate::mime::words::{folded, is_part, is_unspaced};
use crate::mime::{self, HeaderFacts};
use crate::model::{Address, Contact, Instant, Role};

pub(super) use backlog::meet_some;

/// In how many milliseconds what counts halves.
const HALF_LIFE: f64 = 90.0 * 86_400_000.0;
/// What one more mail of somebody must weigh to be written down: those who write daily cost nothing then.
const SLIGHT: f64 = 0.1;
/// Longest name, address and word, in bytes, and most words of one.
const LONGEST: usize = 320;
const LONGEST_WORD: usize = 64;
const MOST_WORDS: usize = 24;
/// Most words of what is asked for.
const MOST_ASKED: usize = 6;
/// Where more begin as is asked for than this, they are not gathered and put in order: the first ones are soon met in order.
const FEW: usize = 400;

/// A mail was listed in a mailbox for the first time.
pub(super) fn met_in(
    tx: &Tx<'_>,
    (account, folder): (i64, i64),
    facts: &HeaderFacts,
    date: Instant,
) -> Result<(), Error> {
    let role = tx
        .prepare_cached("SELECT role FROM folder WHERE id = ?1")?
        .query_row([folder], |row| row.get(0).map(Role::from_number))?;
    if !counts(role) {
        return Ok(());
    }
    if is_own(tx, account, &facts.from.address)? {
        wrote(tx, account, facts, date)
    } else {
        came_from(tx, account, &facts.from, date)
    }
}

/// Nobody is known by what was thrown away, is unwanted, or isn't sent yet.
fn counts(role: Role) -> bool {
    !matches!(role, Role::Drafts | Role::Trash | Role::Junk)
}

/// Mail of the person themselves went to all of these.
pub(super) fn wrote(tx: &Tx<'_>, account: i64, facts: &HeaderFacts, date: Instant) -> Result<(), Error> {
    let mut known = HashSet::new();
    for one in &facts.recipients {
        if known.insert(one.address.to_lowercase()) {
            count(tx, account, one, date, true)?;
        }
    }
    Ok(())
}

fn came_from(tx: &Tx<'_>, account: i64, from: &Address, date: Instant) -> Result<(), Error> {
    if takes_no_mail(&from.address) { Ok(()) } else { count(tx, account, from, date, false) }
}

/// Addresses of programs, which nobody answers.
fn takes_no_mail(address: &str) -> bool {
    let local = address.split('@').next().unwrap_or_default().to_lowercase();
    let plain: String = local.chars().filter(|c| c.is_alphanumeric()).collect();
    let names = ["noreply", "donotreply", "nepasrepondre", "nichtantworten", "mailerdaemon", "bounce"];
    names.iter().any(|name| plain.starts_with(name) || plain.ends_with(name)) || local.len() > 50
}

fn is_own(connection: &Connection, account: i64, address: &str) -> Result<bool, Error> {
    Ok(connection
        .prepare_cached(
            "SELECT EXISTS(SELECT 1 FROM account WHERE id = ?1 AND lower(address) = lower(?2))
               OR EXISTS(SELECT 1 FROM identity WHERE account = ?1 AND lower(address) = lower(?2))",
        )?
        .query_row(params![account, address], |row| row.get(0))?)
}

struct Known {
    id: i64,
    name: String,
    named: i64,
    sent: f64,
    received: f64,
}

fn count(tx: &Tx<'_>, account: i64, one: &Address, date: Instant, by_person: bool) -> Result<(), Error> {
    // As it is written to; what no mail can go to is nobody's.
    if one.address.len() > LONGEST {
        return Ok(());
    }
    let read = mime::recipients(&one.address);
    let [read] = &read[..] else { return Ok(()) };
    if !read.is_valid {
        return Ok(());
    }
    let address = &read.address;
    let key = address.to_lowercase();
    let name = one.name.get(..one.name.floor_char_boundary(LONGEST)).unwrap_or_default();
    // A name that is an address says nothing more, or something else.
    let name = if name.contains('@') { "" } else { name };
    let known = optional(
        tx.prepare_cached(
            "SELECT id, name, named, sent, received FROM contact WHERE account = ?1 AND key = ?2",
        )?
        .query_row(params![account, key], |row| {
            Ok(Known {
                id: row.get(0)?,
                name: row.get(1)?,
                named: row.get(2)?,
                sent: row.get(3)?,
                received: row.get(4)?,
            })
        }),
    )?;
    let Some(known) = known else {
        let (sent, received) = if by_person { (more(0.0, date), 0.0) } else { (0.0, more(0.0, date)) };
        let words = words_of(name, address);
        tx.prepare_cached(
            "INSERT INTO contact(account, address, key, name, named, sent, received, words)
             VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![account, address, key, name, date.0, sent, received, spaced(&words)])?;
        return set_words(tx, tx.last_insert_rowid(), &words);
    };
    let (column, before) = if by_person { ("sent", known.sent) } else { ("received", known.received) };
    let weight = more(before, date);
    if by_person || weight - before > SLIGHT {
        tx.prepare_cached(&format!("UPDATE contact SET {column} = ?2 WHERE id = ?1"))?
            .execute(params![known.id, weight])?;
    }
    // Those who are written to are called as they call themselves now. Of others the name may change with every mail.
    let is_newer = !by_person && known.sent > 0.0 && date.0 > known.named;
    if name.is_empty() || name == known.name || !(known.name.is_empty() || is_newer) {
        return Ok(());
    }
    let words = words_of(name, address);
    tx.prepare_cached("UPDATE contact SET name = ?2, named = ?3, words = ?4 WHERE id = ?1")?
        .execute(params![known.id, name, date.0, spaced(&words)])?;
    tx.prepare_cached("DELETE FROM contact_word WHERE contact = ?1")?.execute([known.id])?;
    set_words(tx, known.id, &words)
}

fn set_words(tx: &Tx<'_>, contact: i64, words: &[String]) -> Result<(), Error> {
    let mut insert = tx.prepare_cached("INSERT OR IGNORE INTO contact_word(word, contact) VALUES(?1, ?2)")?;
    for word in words {
        insert.execute(params![word, contact])?;
    }
    Ok(())
}

/// What it weighs with one more mail.
#[expect(clippy::cast_precision_loss, reason = "to a millisecond in thousands of years")]
fn more(before: f64, date: Instant) -> f64 {
    let at = (date.0 as f64 / HALF_LIFE).max(f64::MIN_POSITIVE);
    let (high, low) = if before > at { (before, at) } else { (at, before) };
    if before == 0.0 { at } else { high + (low - high).exp2().ln_1p() / std::f64::consts::LN_2 }
}

/// The beginnings by which somebody is found: parts of the name, of the address, and both as they are.
fn words_of(name: &str, address: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut add = |word: &str| {
        let word = word.get(..word.floor_char_boundary(LONGEST_WORD)).unwrap_or_default();
        if !word.is_empty() && words.len() < MOST_WORDS && !words.iter().any(|known| known == word) {
            words.push(word.to_owned());
        }
    };
    let name = folded(name);
    for token in name.split_whitespace() {
        add(token.trim_matches(|c| !is_part(c)));
        token.split(|c| !is_part(c)).for_each(&mut add);
        // Family names and given names stand together there.
        if token.starts_with(is_unspaced) {
            token
                .char_indices()
                .skip(1)
                .take(7)
                .filter_map(|(place, _)| token.get(place..))
                .for_each(&mut add);
        }
    }
    let address = folded(address);
    add(&address);
    if let Some((local, domain)) = address.rsplit_once('@') {
        local.split(|c| !is_part(c)).for_each(&mut add);
        add(domain);
        // Not `org` or `com`.
        let within = domain.rsplit_once('.').map_or(domain, |(within, _)| within);
        within.split('.').for_each(&mut add);
    }
    words
}

fn spaced(words: &[String]) -> String {
    words.iter().fold(String::new(), |all, word| all + " " + word)
}

impl Reader {
    /// At most so many people whose name or address has words that begin so, whom the person wrote to most and last first;
    /// the person's own addresses last. Each address once, whichever accounts know it.
    ///
    /// # Errors
    /// `StorageFailed`.
    pub fn complete(&self, prefix: &str, max: usize) -> Result<Vec<Contact>, Error> {
        let asked = folded(prefix);
        let mut asked: Vec<&str> = asked
            .split_whitespace()
            .map(|word| word.trim_start_matches(|c| !is_part(c)).trim_end_matches(['"', '>', ',', ';', ')']))
            .map(|word| word.get(..word.floor_char_boundary(LONGEST_WORD)).unwrap_or_default())
            .filter(|word| !word.is_empty())
            .take(MOST_ASKED)
            .collect();
        if asked.is_empty() && !prefix.trim().is_empty() {
            return Ok(Vec::new());
        }
        // The longest leaves the fewest.
        asked.sort_by_key(|word| std::cmp::Reverse(word.len()));
        self.with(|connection| {
            let own = own_addresses(connection)?;
            let mut found =
                Completion { own, known: HashSet::new(), others: Vec::new(), last: Vec::new(), max };
            match asked.first() {
                Some(first) if is_rare(connection, first)? => gathered(connection, &asked, &mut found)?,
                _ => in_order(connection, &asked, &mut found)?,
            }
            found.others.append(&mut found.last);
            found.others.truncate(max);
            Ok(found.others)
        })
    }
}

/// What is found, in its order.
struct Completion {
    own: HashSet<String>,
    known: HashSet<String>,
    others: Vec<Contact>,
    last: Vec<Contact>,
    max: usize,
}

impl Completion {
    /// Takes the next one; whether more are of use.
    fn take(&mut self, contact: Contact) -> bool {
        let key = contact.address.to_lowercase();
        if !self.known.insert(key.clone()) {
            return true;
        }
        match self.own.contains(&key) {
            true => self.last.push(contact),
            false => self.others.push(contact),
        }
        self.others.len() < self.max
    }
}

fn own_addresses(connection: &Connection) -> Result<HashSet<String>, Error> {
    let mut statement =
        connection.prepare_cached("SELECT address FROM account UNION SELECT address FROM identity")?;
    let addresses = statement.query_map([], |row| row.get::<_, String>(0))?;
    Ok(addresses.map(|address| address.map(|address| address.to_lowercase())).collect::<Result<_, _>>()?)
}

/// Everything that begins so lies between these.
fn bounds(prefix: &str) -> (String, String) {
    (prefix.to_owned(), format!("{prefix}\u{10ffff}"))
}

fn is_rare(connection: &Connection, prefix: &str) -> Result<bool, Error> {
    let (low, high) = bounds(prefix);
    let count: usize = connection
        .prepare_cached(
            "SELECT count(*) FROM (SELECT 1 FROM contact_word WHERE word >= ?1 AND word < ?2 LIMIT ?3)",
        )?
        .query_row(params![low, high, FEW + 1], |row| row.get(0))?;
    Ok(count <= FEW)
}

fn gathered(connection: &Connection, asked: &[&str], found: &mut Completion) -> Result<(), Error> {
    let (low, high) = bounds(asked.first().copied().unwrap_or_default());
    let mut statement = connection.prepare_cached(
        "SELECT name, address, words FROM contact
         WHERE id IN (SELECT contact FROM contact_word WHERE word >= ?1 AND word < ?2)
         ORDER BY sent DESC, received DESC, key",
    )?;
    take_from(statement.query(params![low, high])?, asked, found)
}

fn in_order(connection: &Connection, asked: &[&str], found: &mut Completion) -> Result<(), Error> {
    let mut statement = connection.prepare_cached(
        "SELECT name, address, words FROM contact INDEXED BY contact_rank ORDER BY sent DESC, received DESC",
    )?;
    take_from(statement.query([])?, asked, found)
}

fn take_from(mut rows: rusqlite::Rows<'_>, asked: &[&str], found: &mut Completion) -> Result<(), Error> {
    while let Some(row) = rows.next()? {
        let words = row.get_ref(2)?.as_str().unwrap_or_default();
        let begins = |asked: &&str| {
            let mut places = words.match_indices(asked);
            places.any(|(place, _)| words.get(..place).is_some_and(|before| before.ends_with(' ')))
        };
        if asked.iter().all(begins) && !found.take(Contact { name: row.get(0)?, address: row.get(1)? }) {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
