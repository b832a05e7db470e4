//! What is to be indexed, and how it becomes entries.

use std::collections::BTreeMap;

use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use super::super::pack::{self, Place};
use super::super::pack_directory;
use super::super::writer::{Tx, Writer};
use super::{Index, Trouble};
use crate::error::Error;
use crate::mime::words::{EmailWords, add_words, email_words};
use crate::model::AccountId;
use crate::store::Reader;

/// Words gathered before they are written, in bytes: memory stays small whatever the mails.
const MOST_WORDS: usize = 4 << 20;
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

/// These are done, as they were when they were begun.
pub(super) fn settle(writer: &mut Writer, done: &[(i64, i64)]) -> Result<(), Error> {
    writer.keep(|tx| {
        let mut statement = tx.prepare_cached("DELETE FROM unindexed WHERE msg = ?1 AND times = ?2")?;
        for (msg, times) in done {
            statement.execute([msg, times])?;
        }
        Ok(())
    })
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

/// What is to be done next, newest mails first.
pub(super) fn due(reader: &Reader, most: usize) -> Result<Vec<Due>, Error> {
    reader.with(|connection| {
        let mut statement = connection.prepare_cached(
            "SELECT unindexed.msg, times, msg.id IS NOT NULL, account, date, subject, from_name || ' ' || from_address,
               body.msg IS NOT NULL, pack, off, len
             FROM unindexed LEFT JOIN msg ON msg.id = unindexed.msg
               LEFT JOIN body ON body.msg = unindexed.msg AND body.part = ''
             ORDER BY unindexed.msg DESC LIMIT ?1",
        )?;
        let rows = statement.query_map(params![most], |row| {
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
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    })
}

/// An entry as it is.
struct Known {
    key: i64,
    account: i64,
    whole: bool,
}

/// An entry to be written.
struct New {
    msg: i64,
    account: i64,
    date: i64,
    /// `None`: a new entry.
    key: Option<i64>,
    subject: String,
    from: String,
    words: Option<EmailWords>,
}

impl Index {
    /// Writes entries, durably. Gives the mails that were done, each with its `times`: maybe not all.
    pub(super) fn take(&mut self, reader: &Reader, due: Vec<Due>) -> Result<Vec<(i64, i64)>, Trouble> {
        let (mut done, mut gone, mut new) = (Vec::with_capacity(due.len()), Vec::new(), Vec::new());
        let mut bytes = 0;
        for due in due {
            if bytes > MOST_WORDS {
                break;
            }
            done.push((due.msg, due.times));
            let known = known(&self.connection, due.msg)?;
            let Some(mail) = due.mail else {
                gone.extend(known);
                continue;
            };
            if known.as_ref().is_some_and(|known| known.whole || mail.body.is_none()) {
                continue;
            }
            // A body that can't be read is no reason to stop: it is fetched again and comes here again.
            let raw = mail.body.and_then(|place| {
                pack::read(&pack_directory(&reader.0.packs, AccountId(mail.account)), place).ok()
            });
            let words = raw.map(|(_, raw)| email_words(&raw));
            bytes += words.as_ref().map_or(200, EmailWords::size);
            let key = known.map(|known| known.key);
            new.push(New {
                msg: due.msg,
                account: mail.account,
                date: mail.date,
                key,
                subject: mail.subject,
                from: mail.from,
                words,
            });
        }
        self.write(&mut gone, &mut new)?;
        Ok(done)
    }

    fn write(&mut self, gone: &mut [Known], new: &mut [New]) -> Result<(), Trouble> {
        let Self { connection, taken, .. } = self;
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let mut counts: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
        // Rising keys: the engine below writes out what it has gathered at each step back.
        gone.sort_unstable_by_key(|known| known.key);
        for known in gone.iter() {
            transaction.prepare_cached("DELETE FROM head WHERE rowid = ?1")?.execute([known.key])?;
            if known.whole {
                transaction.prepare_cached("DELETE FROM main WHERE rowid = ?1")?.execute([known.key])?;
                counts.entry(known.account).or_default().0 -= 1;
            }
            counts.entry(known.account).or_default().1 -= 1;
            transaction.prepare_cached("DELETE FROM entry WHERE key = ?1")?.execute([known.key])?;
            taken.clear();
        }
        new.sort_unstable_by_key(|new| (new.date, new.msg));
        let mut heads: Vec<(i64, usize)> = Vec::new();
        for (place, new) in new.iter_mut().enumerate() {
            let is_new = new.key.is_none();
            let key = match new.key {
                Some(key) => key,
                None => {
                    heads.push((free_key(&transaction, taken, new.date)?, place));
                    heads.last().map_or(0, |(key, _)| *key)
                }
            };
            new.key = Some(key);
            transaction
                .prepare_cached(
                    "INSERT INTO entry(key, msg, account, whole) VALUES(?1, ?2, ?3, ?4)
                     ON CONFLICT(key) DO UPDATE SET whole = excluded.whole",
                )?
                .execute(params![key, new.msg, new.account, new.words.is_some()])?;
            let (whole, entries) = counts.entry(new.account).or_default();
            *whole += i64::from(new.words.is_some());
            *entries += i64::from(is_new);
        }
        heads.sort_unstable();
        write_heads(&transaction, &heads, new)?;
        new.sort_unstable_by_key(|new| new.key);
        for new in new.iter() {
            let (Some(key), Some(words)) = (new.key, &new.words) else { continue };
            transaction
                .prepare_cached(
                    "INSERT INTO main(rowid, subject, sender, recipients, copies, body, files)
                     VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                )?
                .execute(params![
                    key,
                    words.subject,
                    words.from,
                    words.to,
                    words.cc,
                    words.text,
                    words.files
                ])?;
        }
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
        Ok(())
    }
}

fn write_heads(connection: &Connection, heads: &[(i64, usize)], new: &[New]) -> Result<(), rusqlite::Error> {
    let mut statement: CachedStatement<'_> =
        connection.prepare_cached("INSERT INTO head(rowid, subject, sender) VALUES(?1, ?2, ?3)")?;
    for (key, place) in heads {
        let Some(new) = new.get(*place) else { continue };
        let (mut subject, mut from) = (String::new(), String::new());
        add_words(&new.subject, &mut subject);
        add_words(&new.from, &mut from);
        statement.execute(params![key, subject, from])?;
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
