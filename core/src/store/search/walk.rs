//! The ways to the mails that may be sought, each from the newest on.

use std::collections::{BTreeMap, BinaryHeap, HashSet};
use std::ops::ControlFlow;

use rusqlite::{Connection, OptionalExtension, Rows, Statement, params};

use super::Trouble;
use super::feed::{first_key, last_date};
use super::plan::Stream;

/// What is done with each mail that is met.
pub(super) type Visit<'a> = dyn FnMut(i64, i64) -> Result<ControlFlow<()>, Trouble> + 'a;

/// Goes through what the index finds and what servers found, newest first, each mail once, by its key. Of `moments`, if they are
/// known, are all that matter: others are passed over unread.
pub(super) fn walk_index(
    index: &Connection,
    (streams, abroad): (&[Stream], &BTreeMap<i64, i64>),
    (keys, moments): ((i64, i64), Option<&Moments>),
    visit: &mut Visit<'_>,
) -> Result<(), Trouble> {
    let mut statements = Vec::new();
    for stream in streams {
        let table = stream.table;
        statements.push(index.prepare(&format!(
            "SELECT rowid FROM {table} WHERE {table} MATCH ?1 AND rowid BETWEEN ?2 AND ?3 ORDER BY rowid DESC"
        ))?);
    }
    let mut has = index.prepare("SELECT 1 FROM main WHERE main MATCH ?1 AND rowid = ?2")?;
    let mut msg_of = index.prepare("SELECT msg, whole FROM entry WHERE key = ?1")?;
    let mut walks: Vec<(Rows<'_>, Option<i64>, &Stream)> = Vec::new();
    for (statement, stream) in statements.iter_mut().zip(streams) {
        let mut rows = statement.query(params![stream.asked, keys.0, keys.1])?;
        let next = next_key(&mut rows, moments)?;
        walks.push((rows, next, stream));
    }
    let mut abroad = abroad.range(keys.0..=keys.1).rev().peekable();
    loop {
        let next = walks.iter().filter_map(|(_, next, _)| *next).max();
        let Some(key) = next.max(abroad.peek().map(|(key, _)| **key)) else { break };
        let hit = abroad.next_if(|(next, _)| **next == key).map(|(_, msg)| *msg);
        let entry = msg_of.query_row([key], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let mut found = false;
        for (rows, next, stream) in walks.iter_mut().filter(|(_, next, _)| *next == Some(key)) {
            let is_asked = entry.is_some_and(|(_, whole): (i64, bool)| !(stream.rest && whole));
            if !found && is_asked {
                let with = stream.must.as_ref().map_or(Ok(true), |asked| has.exists(params![asked, key]))?;
                let without =
                    stream.must_not.as_ref().map_or(Ok(false), |asked| has.exists(params![asked, key]))?;
                found = with && !without;
            }
            *next = next_key(rows, moments)?;
        }
        if let Some(msg) = hit.or(entry.filter(|_| found).map(|(msg, _)| msg))
            && visit(key, msg)?.is_break()
        {
            break;
        }
    }
    Ok(())
}

/// The next key, or the next of these moments.
fn next_key(rows: &mut Rows<'_>, moments: Option<&Moments>) -> Result<Option<i64>, rusqlite::Error> {
    while let Some(row) = rows.next()? {
        let key = row.get(0)?;
        if moments.is_none_or(|moments| moments.may_have(key)) {
            return Ok(Some(key));
        }
    }
    Ok(None)
}

/// The seconds in which certain mails lie, as keys of the index say them.
pub(super) struct Moments {
    seconds: HashSet<i64>,
    /// Keys that don't say the second of their mails.
    stray: HashSet<i64>,
}

impl Moments {
    /// Of mails with these dates.
    pub(super) fn of(index: &Connection, dates: impl Iterator<Item = i64>) -> Result<Self, Trouble> {
        let seconds = dates.map(|date| last_date(first_key(date))).collect();
        let mut all = index.prepare_cached("SELECT key FROM stray")?;
        let stray = all.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(Self { seconds, stray })
    }

    fn may_have(&self, key: i64) -> bool {
        self.seconds.contains(&last_date(key)) || self.stray.contains(&key)
    }
}

/// Words that are asked of a table of the index, so that the mails that have them are met by their dates.
pub(super) struct Worded {
    pub(super) table: &'static str,
    pub(super) asked: String,
}

/// Goes through the answers to questions for (date, mail), each in falling order, through mails with words and through
/// `others`, which are in falling order too: all of them as one. What comes from the index is held back until nothing
/// newer can come after it, since a key says the date to the second and may be one of a later second.
pub(super) fn walk_dates(
    store: &Connection,
    questions: &[String],
    (index, worded): (Option<&Connection>, &[Worded]),
    others: Vec<(i64, i64)>,
    visit: &mut Visit<'_>,
) -> Result<(), Trouble> {
    let mut lists = Vec::new();
    for question in questions {
        lists.push(store.prepare(question).map_err(of_store)?);
    }
    let mut walks = Vec::new();
    for statement in &mut lists {
        let mut rows = statement.query([]).map_err(of_store)?;
        let first = next_row(&mut rows)?;
        walks.push((rows, first));
    }
    let mut others = others.into_iter().peekable();
    let mut found = Vec::new();
    for Worded { table, .. } in index.iter().flat_map(|_| worded) {
        let question = format!("SELECT rowid FROM {table} WHERE {table} MATCH ?1 ORDER BY rowid DESC");
        found.extend(index.map(|index| index.prepare(&question)).transpose()?);
    }
    let mut keys = Vec::new();
    for (statement, words) in found.iter_mut().zip(worded) {
        let mut rows = statement.query([&words.asked])?;
        let first = next_key(&mut rows, None)?;
        keys.push((rows, first));
    }
    let mut dates = index.map(|index| Dates::new(store, index)).transpose()?;
    let mut held = BinaryHeap::new();
    loop {
        let newest = walks.iter().filter_map(|(_, next)| *next).max();
        let newest = newest.max(others.peek().copied()).max(held.peek().copied());
        let key = keys.iter().filter_map(|(_, next)| *next).max();
        if let (Some(key), Some(dates)) = (key, &mut dates)
            && newest.is_none_or(|(date, _)| date <= last_date(key))
        {
            for (rows, next) in keys.iter_mut().filter(|(_, next)| *next == Some(key)) {
                *next = next_key(rows, None)?;
            }
            held.extend(dates.of(key)?);
            continue;
        }
        let Some(newest) = newest else { break };
        for (rows, row) in walks.iter_mut().filter(|(_, row)| *row == Some(newest)) {
            *row = next_row(rows)?;
        }
        while others.next_if_eq(&newest).is_some() {}
        while held.peek() == Some(&newest) {
            held.pop();
        }
        if visit(newest.0, newest.1)?.is_break() {
            break;
        }
    }
    Ok(())
}

fn next_row(rows: &mut Rows<'_>) -> Result<Option<(i64, i64)>, Trouble> {
    let next = rows.next().and_then(|row| row.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose());
    next.map_err(of_store)
}

/// The dates of mails that the index knows by keys, as far as lists show them.
struct Dates<'a> {
    msg: Statement<'a>,
    date: Statement<'a>,
}

impl<'a> Dates<'a> {
    fn new(store: &'a Connection, index: &'a Connection) -> Result<Self, Trouble> {
        let date = "SELECT date FROM shown INDEXED BY shown_msg WHERE msg = ?1";
        Ok(Self {
            msg: index.prepare("SELECT msg FROM entry WHERE key = ?1")?,
            date: store.prepare(date).map_err(of_store)?,
        })
    }

    fn of(&mut self, key: i64) -> Result<Option<(i64, i64)>, Trouble> {
        let msg: Option<i64> = self.msg.query_row([key], |row| row.get(0)).optional()?;
        let Some(msg) = msg else { return Ok(None) };
        let date = self.date.query_row([msg], |row| row.get(0)).optional().map_err(of_store)?;
        Ok(date.map(|date| (date, msg)))
    }
}

pub(super) fn of_store(error: rusqlite::Error) -> Trouble {
    Trouble::Store(error.into())
}
