//! What is to be indexed, and how it becomes entries.

use std::collections::BTreeMap;

use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use super::super::pack::{self, Place};
use super::super::pack_directory;
use super::super::writer::{Tx, Writer};
use super::{Index, Trouble};
use crate::error::Error;
use crate::mime::words::{add_words, email_words};
use crate::model::AccountId;
use crate::store::Reader;

/// Raw bytes of mail that become entries in one transaction. Each mail is read and forgotten in turn: this bounds what
/// a crash costs and how long the newest waits, not memory.
const MOST_RAW: u64 = 16 << 20;
/// Keys per second: mails of one second get keys of their own.
const KEYS_A_SECOND: i64 = 4;

/// A mail is new here.
pub(in crate::store) fn arrived(tx: &Tx<'_>, account: i64, msg: i64) -> Result<(), Error> {
    tx.count_mails(account, 1);
    changed(tx, msg)
}

/// A mail was forgotten.
pub(in crate::store) fn removed(tx: &Tx<'_>, account: i64, msg: i64) -> Result<(), Error> {
    tx.count_mails(account, -1);
    changed(tx, msg)
}

/// The body of a mail came.
pub(in crate::store) fn changed(tx: &Tx<'_>, msg: i64) -> Result<(), Error> {
    tx.prepare_cached(
        "INSERT INTO unindexed(msg, times) VALUES(?1, 1) ON CONFLICT(msg) DO UPDATE SET times = times + 1",
    )?
    .execute([msg])?;
    Ok(())
}

/// The index there is holds what must be on this device no longer: the next one is made from what is left.
pub(in crate::store) fn begin_anew(tx: &Tx<'_>) -> Result<(), Error> {
    tx.execute("UPDATE search SET build = build + 1", [])?;
    Ok(())
}

/// Every mail is to be indexed.
pub(super) fn everything(writer: &mut Writer) -> Result<(), Error> {
    writer.keep(|tx| {
        tx.execute(
            "INSERT INTO unindexed(msg, times) SELECT id, 1 FROM msg WHERE true
             ON CONFLICT(msg) DO UPDATE SET times = times + 1",
            [],
        )?;
        Ok(())
    })
}

/// These are done, as they were when they were begun. A power cut may take that back: they are done again then.
pub(super) fn settle(writer: &mut Writer, done: &[(i64, i64)]) -> Result<(), Error> {
    let (_, changed) = writer.learn(|tx| {
        let mut statement = tx.prepare_cached("DELETE FROM unindexed WHERE msg = ?1 AND times = ?2")?;
        for (msg, times) in done {
            statement.execute([msg, times])?;
        }
        Ok(())
    })?;
    debug_assert!(changed.folders.is_empty(), "a list changed and nobody is told");
    Ok(())
}

/// A mail whose entry is out of date.
pub(super) struct Due {
    msg: i64,
    times: i64,
    /// `None`: it is gone.
    mail: Option<Mail>,
}

struct Mail {
    account: i64,
    date: i64,
    subject: String,
    from: String,
    body: Option<Place>,
}

/// What is to be done next, newest mails first: as many as fit into one transaction.
pub(super) fn due(reader: &Reader, most: usize) -> Result<Vec<Due>, Error> {
    reader.with(|connection| {
        let mut statement = connection.prepare_cached(
            "SELECT unindexed.msg, times, msg.id IS NOT NULL, account, date, subject, from_name || ' ' || from_address,
               body.msg IS NOT NULL, pack, off, len, coalesce(raw, 0)
             FROM unindexed LEFT JOIN msg ON msg.id = unindexed.msg
               LEFT JOIN body ON body.msg = unindexed.msg AND body.part = ''
             ORDER BY unindexed.msg DESC LIMIT ?1",
        )?;
        let (mut all, mut raw) = (Vec::new(), 0u64);
        let mut rows = statement.query(params![most])?;
        while raw < MOST_RAW
            && let Some(row) = rows.next()?
        {
            all.push(due_mail(row)?);
            raw = raw.saturating_add(row.get(11)?);
        }
        Ok(all)
    })
}

fn due_mail(row: &rusqlite::Row<'_>) -> rusqlite::Result<Due> {
    let mail = if row.get(2)? {
        let body = if row.get(7)? {
            Some(Place { pack: row.get(8)?, off: row.get(9)?, len: row.get(10)? })
        } else {
            None
        };
        Some(Mail { account: row.get(3)?, date: row.get(4)?, subject: row.get(5)?, from: row.get(6)?, body })
    } else {
        None
    };
    Ok(Due { msg: row.get(0)?, times: row.get(1)?, mail })
}

/// An entry as it is.
struct Known {
    key: i64,
    account: i64,
    whole: bool,
}

/// An entry to be written.
struct New {
    key: i64,
    msg: i64,
    /// It is in `head` already.
    has_head: bool,
    mail: Mail,
}

impl Index {
    /// Writes entries, durably. Gives the mails that were done, each with its `times`.
    pub(super) fn take(&mut self, reader: &Reader, due: Vec<Due>) -> Result<Vec<(i64, i64)>, Trouble> {
        let Self { connection, taken, .. } = self;
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let done = due.iter().map(|due| (due.msg, due.times)).collect();
        let mut counts = Counts::new();
        let (mut gone, mut new) = (Vec::new(), Vec::new());
        for due in due {
            let known = known(&transaction, due.msg)?;
            match (due.mail, known) {
                (None, known) => gone.extend(known),
                (Some(mail), Some(known)) if known.whole || mail.body.is_none() => drop(mail),
                (Some(mail), known) => {
                    let has_head = known.is_some();
                    new.push(New { key: known.map_or(0, |known| known.key), msg: due.msg, has_head, mail });
                }
            }
        }
        if !gone.is_empty() {
            taken.clear();
        }
        remove(&transaction, &mut gone, &mut counts)?;
        give_keys(&transaction, taken, &mut new, &mut counts)?;
        // Rising keys: the engine below writes out what it has gathered at each step back.
        new.sort_unstable_by_key(|new| new.key);
        write_heads(&transaction, &new)?;
        write_bodies(&transaction, reader, &new, &mut counts)?;
        for (account, (whole, entries)) in counts {
            transaction
                .prepare_cached(
                    "INSERT INTO coverage(account, whole, entries) VALUES(?1, ?2, ?3)
                     ON CONFLICT(account) DO UPDATE
                       SET whole = whole + excluded.whole, entries = entries + excluded.entries",
                )?
                .execute([account, whole, entries])?;
        }
        transaction.commit()?;
        Ok(done)
    }
}

/// What each account gained: mails in `main`, entries.
type Counts = BTreeMap<i64, (i64, i64)>;

fn remove(connection: &Connection, gone: &mut [Known], counts: &mut Counts) -> Result<(), rusqlite::Error> {
    gone.sort_unstable_by_key(|known| known.key);
    for known in gone.iter() {
        let (whole, entries) = counts.entry(known.account).or_default();
        *entries -= 1;
        connection.prepare_cached("DELETE FROM head WHERE rowid = ?1")?.execute([known.key])?;
        if known.whole {
            connection.prepare_cached("DELETE FROM main WHERE rowid = ?1")?.execute([known.key])?;
            *whole -= 1;
        }
        connection.prepare_cached("DELETE FROM entry WHERE key = ?1")?.execute([known.key])?;
        connection.prepare_cached("DELETE FROM stray WHERE key = ?1")?.execute([known.key])?;
    }
    Ok(())
}

/// Makes entries of those that are new.
fn give_keys(
    connection: &Connection,
    taken: &mut BTreeMap<i64, i64>,
    new: &mut [New],
    counts: &mut Counts,
) -> Result<(), Trouble> {
    new.sort_unstable_by_key(|new| (new.mail.date, new.msg));
    let mut entry =
        connection.prepare_cached("INSERT INTO entry(key, msg, account, whole) VALUES(?1, ?2, ?3, 0)")?;
    for new in new.iter_mut().filter(|new| !new.has_head) {
        new.key = free_key(connection, taken, new.mail.date)?;
        entry.execute([new.key, new.msg, new.mail.account])?;
        if new.key >= first_key(new.mail.date).saturating_add(KEYS_A_SECOND) {
            connection.prepare_cached("INSERT OR IGNORE INTO stray(key) VALUES(?1)")?.execute([new.key])?;
        }
        counts.entry(new.mail.account).or_default().1 += 1;
    }
    Ok(())
}

fn write_heads(connection: &Connection, new: &[New]) -> Result<(), rusqlite::Error> {
    let mut statement: CachedStatement<'_> =
        connection.prepare_cached("INSERT INTO head(rowid, subject, sender) VALUES(?1, ?2, ?3)")?;
    let (mut subject, mut from) = (String::new(), String::new());
    for new in new.iter().filter(|new| !new.has_head) {
        subject.clear();
        from.clear();
        add_words(&new.mail.subject, &mut subject);
        add_words(&new.mail.from, &mut from);
        statement.execute(params![new.key, subject, from])?;
    }
    Ok(())
}

fn write_bodies(
    connection: &Connection,
    reader: &Reader,
    new: &[New],
    counts: &mut Counts,
) -> Result<(), Trouble> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO main(rowid, subject, sender, recipients, copies, body, files)
         VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    let mut whole = connection.prepare_cached("UPDATE entry SET whole = 1 WHERE key = ?1")?;
    for new in new {
        let Some(place) = new.mail.body else { continue };
        // A body that can't be read is no reason to stop: it is fetched again and comes here again.
        let directory = pack_directory(&reader.0.packs, AccountId(new.mail.account));
        let Ok((_, raw)) = pack::read(&directory, place) else { continue };
        let words = email_words(&raw);
        drop(raw);
        insert.execute(params![
            new.key,
            words.subject,
            words.from,
            words.to,
            words.cc,
            words.text,
            words.files
        ])?;
        whole.execute([new.key])?;
        counts.entry(new.mail.account).or_default().0 += 1;
    }
    Ok(())
}

fn known(connection: &Connection, msg: i64) -> Result<Option<Known>, Trouble> {
    let mut statement = connection.prepare_cached("SELECT key, account, whole FROM entry WHERE msg = ?1")?;
    let known = statement
        .query_row([msg], |row| Ok(Known { key: row.get(0)?, account: row.get(1)?, whole: row.get(2)? }));
    Ok(known.optional()?)
}

/// The first key of a date. Small steps from one mail to the next keep the index small.
pub(super) fn first_key(date: i64) -> i64 {
    date.clamp(0, 1 << 50).div_euclid(1000).saturating_mul(KEYS_A_SECOND).saturating_add(1)
}

/// The last date that the mail of a key or of any below it may have, but for dates beyond all reason.
pub(super) fn last_date(key: i64) -> i64 {
    key.saturating_sub(1).div_euclid(KEYS_A_SECOND).saturating_mul(1000).saturating_add(999)
}

/// A key for a mail of that date that no other has. Thousands of mails of one second (an import) take those of the
/// seconds after it as well: their order among mails of these seconds is lost, and nothing else.
fn free_key(connection: &Connection, taken: &mut BTreeMap<i64, i64>, date: i64) -> Result<i64, Trouble> {
    let first = first_key(date);
    let mut key = first;
    if let Some((_, end)) = taken.range(..=key).next_back()
        && *end > key
    {
        key = *end;
    }
    let mut statement = connection.prepare_cached("SELECT key FROM entry WHERE key >= ?1 ORDER BY key")?;
    let mut rows = statement.query([key])?;
    while let Some(row) = rows.next()? {
        if row.get::<_, i64>(0)? != key {
            break;
        }
        key += 1;
    }
    // Only long stretches are worth remembering.
    if key - first > 64 {
        let start = taken
            .range(..=first)
            .next_back()
            .filter(|(_, end)| **end >= first)
            .map_or(first, |(start, _)| *start);
        taken.insert(start, key);
        if taken.len() > 1_000 {
            taken.pop_first();
        }
    }
    Ok(key)
}
