//! Lists held in memory, so that any place of a list of a million mails is found at once.
//!
//! A list is a vector of mail numbers, 4 bytes each, oldest first: new mail comes at its end. It is made when a place
//! further down is first asked for, and then follows what the writer does step by step.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use rusqlite::{CachedStatement, Connection};

use super::tags;
use super::writer::optional;
use crate::error::{Error, ErrorKind};
use crate::model::{FlagBits, ListQuery, Role, TagId};

/// Steps kept for lists that are behind; one that is further behind is made anew.
const MOST_STEPS: usize = 16_384;
/// Lists held.
const MOST_LISTS: usize = 4;
/// Mails of a conversation that are looked for one by one in a list.
const MOST_OF_THREAD: i64 = 200;

/// A change of one row of `shown`: its flags before and after; `None` where it isn't there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) folder: i64,
    pub(super) date: i64,
    pub(super) msg: i64,
    pub(super) before: Option<FlagBits>,
    pub(super) after: Option<FlagBits>,
}

impl Step {
    /// Whether the row is in the list before and after.
    fn in_list(&self, query: ListQuery) -> (bool, bool) {
        let counts = |flags: FlagBits| match query {
            ListQuery::Starred => flags.contains(FlagBits::FLAGGED),
            // Flags say nothing of it; see `Moment::tags`.
            ListQuery::Tagged(_) => false,
            _ => true,
        };
        (self.before.is_some_and(counts), self.after.is_some_and(counts))
    }
}

/// The lists of one store, shared by its writer and its readers.
pub(super) struct Lists {
    /// Rows held in all of them; 0 where somebody else writes: none are.
    most_rows: usize,
    done: Mutex<Done>,
    held: Mutex<HashMap<ListQuery, List>>,
    /// Whether lists are held: steps are of no use to anybody else.
    holds: AtomicBool,
}

/// What was done since lists are held.
#[derive(Default)]
struct Done {
    steps: VecDeque<Step>,
    moment: Moment,
}

/// How many steps were done, how often conversations became one, and how often tags changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Moment {
    steps: u64,
    threads: u64,
    tags: u64,
}

/// One list.
struct List {
    upto: Moment,
    /// The mailboxes it is made of, rising.
    folders: Vec<i64>,
    /// Its mails, by date and number, rising.
    mails: Vec<u32>,
    /// For each the place in `folders` of the mailbox it is listed from; empty where there is only one.
    places: Vec<u16>,
}

impl Lists {
    pub(super) fn new(most_rows: usize) -> Self {
        let (done, held, holds) = Default::default();
        Self { most_rows, done, held, holds }
    }

    /// Takes note of a committed transaction's steps.
    pub(super) fn follow(&self, steps: Vec<Step>, threads_moved: bool, tags_changed: bool) {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        for step in steps {
            let starred = |flags: Option<FlagBits>| flags.map(|flags| flags.contains(FlagBits::FLAGGED));
            // Other flags change no list.
            if starred(step.before) != starred(step.after) {
                done.steps.push_back(step);
                done.moment.steps += 1;
            }
        }
        done.moment.threads += u64::from(threads_moved);
        done.moment.tags += u64::from(tags_changed);
        if self.holds.load(Ordering::SeqCst) {
            let excess = done.steps.len().saturating_sub(MOST_STEPS);
            done.steps.drain(..excess);
        } else {
            // One that is being made just now misses them, which it is told by their count.
            done.steps = VecDeque::new();
        }
    }

    /// Somebody else may write from now on: lists are made anew when next asked for.
    pub(super) fn forget(&self) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.holds.store(false, Ordering::SeqCst);
    }

    /// Everything told of until now is in a snapshot that is opened after this.
    pub(super) fn now(&self) -> Moment {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).moment
    }

    /// Reads from a list that is up to date with `now`.
    pub(super) fn read<T>(
        &self,
        connection: &Connection,
        query: ListQuery,
        now: Moment,
        work: impl FnOnce(Listed<'_>) -> T,
    ) -> Result<T, Error> {
        let folders = folders(connection, query)?;
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let list = match held.remove(&query).filter(|list| list.folders == folders) {
            Some(list) => self.brought_up_to_date(connection, query, list, now)?,
            None => None,
        };
        let list = match list {
            Some(list) => list,
            None => List::made(connection, query, now, folders)?,
        };
        let rows: usize = held.values().map(|list| list.mails.len()).sum();
        if held.len() >= MOST_LISTS || rows + list.mails.len() > self.most_rows {
            held.clear();
        }
        let value = work(Listed(&list));
        if self.most_rows > 0 {
            held.insert(query, list);
            self.holds.store(true, Ordering::SeqCst);
        }
        Ok(value)
    }

    /// `None` when it must be made anew.
    fn brought_up_to_date(
        &self,
        connection: &Connection,
        query: ListQuery,
        mut list: List,
        now: Moment,
    ) -> Result<Option<List>, Error> {
        if matches!(query, ListQuery::Tagged(_)) {
            // It is made anew in no time: it holds a part of all mail, and few changes are about tags.
            return Ok((list.upto.tags >= now.tags).then_some(list));
        }
        let steps: Vec<Step> = {
            let done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
            // Counted from the end; what was done after `now` may not be in this snapshot.
            let place = |steps: u64| {
                let back = usize::try_from(done.moment.steps.saturating_sub(steps)).ok()?;
                done.steps.len().checked_sub(back)
            };
            let (Some(from), Some(to)) = (place(list.upto.steps), place(now.steps)) else { return Ok(None) };
            if now.threads > list.upto.threads && query.is_of_conversations() {
                return Ok(None);
            }
            if to <= from {
                return Ok(Some(list));
            }
            list.upto = now;
            let steps = done.steps.range(from..to).filter(|step| {
                let (before, after) = step.in_list(query);
                before != after && list.folders.binary_search(&step.folder).is_ok()
            });
            steps.copied().collect()
        };
        if steps.is_empty() {
            return Ok(Some(list));
        }
        let steps = match query {
            ListQuery::Conversations(_) | ListQuery::InboxConversations => {
                match steps_of_threads(connection, &list.folders, &steps)? {
                    Some(steps) => steps,
                    None => return Ok(None),
                }
            }
            ListQuery::Mailbox(_) | ListQuery::AllInboxes | ListQuery::Starred | ListQuery::Tagged(_) => {
                steps
            }
        };
        Ok(list.take(connection, query, &steps)?.then_some(list))
    }
}

/// A list to look at, newest first.
pub(super) struct Listed<'a>(&'a List);

impl Listed<'_> {
    pub(super) fn len(&self) -> usize {
        self.0.mails.len()
    }

    /// The place of a mail.
    pub(super) fn place_of(&self, mail: i64) -> Option<usize> {
        let mail = number(mail).ok()?;
        let mails = &self.0.mails;
        mails.iter().rposition(|listed| *listed == mail).map(|index| mails.len() - 1 - index)
    }

    /// (mailbox, mail) from the place `first` on.
    pub(super) fn window(&self, first: usize, count: usize) -> Vec<(i64, i64)> {
        let list = self.0;
        let end = list.mails.len().saturating_sub(first);
        let start = end.saturating_sub(count);
        (start..end).rev().filter_map(|index| list.row(index)).collect()
    }
}

impl List {
    fn made(
        connection: &Connection,
        query: ListQuery,
        now: Moment,
        folders: Vec<i64>,
    ) -> Result<Self, Error> {
        let mut list = Self { upto: now, folders, mails: Vec::new(), places: Vec::new() };
        match (query, list.folders.as_slice()) {
            (_, []) => {}
            (ListQuery::Conversations(_) | ListQuery::InboxConversations, [folder]) => {
                list.mails = newest_of_threads(connection, *folder)?
            }
            (ListQuery::Mailbox(_) | ListQuery::AllInboxes, [folder]) => {
                let mut statement = connection
                    .prepare_cached("SELECT msg FROM shown WHERE folder = ?1 ORDER BY date, msg")?;
                for msg in statement.query_map([folder], |row| row.get(0))? {
                    list.mails.push(number(msg?)?);
                }
            }
            _ => {
                list.make_of_several(connection, query)?;
            }
        }
        list.mails.shrink_to_fit();
        Ok(list)
    }

    fn make_of_several(&mut self, connection: &Connection, query: ListQuery) -> Result<(), Error> {
        if query.is_of_conversations() {
            return self.make_of_conversations(connection);
        }
        let mut rows: Vec<(i64, u32, u16)> = Vec::new();
        let mut add = |row: Result<(i64, i64, i64), rusqlite::Error>| -> Result<(), Error> {
            let (date, msg, folder) = row?;
            if let Ok(place) = self.folders.binary_search(&folder) {
                rows.push((date, number(msg)?, u16::try_from(place).unwrap_or(u16::MAX)));
            }
            Ok(())
        };
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        if query == ListQuery::Starred {
            let mut statement =
                connection.prepare_cached("SELECT date, msg, folder FROM shown WHERE flags & 4 <> 0")?;
            statement.query_map([], read)?.try_for_each(&mut add)?;
        } else if let ListQuery::Tagged(tag) = query {
            tags::rows(connection, tag)?.into_iter().map(Ok).try_for_each(&mut add)?;
        } else {
            let mut statement =
                connection.prepare_cached("SELECT date, msg, folder FROM shown WHERE folder = ?1")?;
            for folder in &self.folders {
                statement.query_map([folder], read)?.try_for_each(&mut add)?;
            }
        }
        rows.sort_unstable();
        self.mails = rows.iter().map(|(_, mail, _)| *mail).collect();
        if self.folders.len() > 1 {
            self.places = rows.iter().map(|(_, _, place)| *place).collect();
        }
        Ok(())
    }

    /// The newest mail of each conversation in all these mailboxes together.
    fn make_of_conversations(&mut self, connection: &Connection) -> Result<(), Error> {
        let mut rows: Vec<(i64, u32, u16, i64)> = Vec::new();
        let mut statement =
            connection.prepare_cached("SELECT date, msg, thread FROM shown WHERE folder = ?1")?;
        for (place, folder) in self.folders.iter().enumerate() {
            let place = u16::try_from(place).unwrap_or(u16::MAX);
            let found = statement
                .query_map([folder], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get(2)?)))?;
            for row in found {
                let (date, msg, thread) = row?;
                rows.push((date, number(msg)?, place, thread));
            }
        }
        rows.sort_unstable();
        let mut seen = Seen::default();
        let mut newest: Vec<(u32, u16)> = Vec::new();
        for (_, mail, place, thread) in rows.into_iter().rev() {
            if seen.insert(thread) {
                newest.push((mail, place));
            }
        }
        newest.reverse();
        self.mails = newest.iter().map(|(mail, _)| *mail).collect();
        self.places = newest.iter().map(|(_, place)| *place).collect();
        Ok(())
    }

    fn row(&self, index: usize) -> Option<(i64, i64)> {
        let place = if self.folders.len() > 1 { *self.places.get(index)? } else { 0 };
        Some((*self.folders.get(usize::from(place))?, i64::from(*self.mails.get(index)?)))
    }

    /// Takes the steps. `false` if a row's place can't be found, since a mail on the way to it is forgotten already.
    fn take(&mut self, connection: &Connection, query: ListQuery, steps: &[Step]) -> Result<bool, Error> {
        // What the last step says of a row is all that counts.
        let mut last: HashMap<(i64, i64), &Step> = HashMap::new();
        for step in steps {
            last.insert((step.folder, step.msg), step);
        }
        let mut dates = Dates {
            statement: connection.prepare_cached("SELECT date FROM msg WHERE id = ?1")?,
            known: HashMap::new(),
        };
        dates.known.extend(steps.iter().map(|step| (step.msg, step.date)));
        let mut changes: Vec<(usize, bool, (i64, u32, u16))> = Vec::new();
        for step in last.into_values() {
            let place = self.folders.binary_search(&step.folder).unwrap_or(0);
            let row = (step.date, number(step.msg)?, u16::try_from(place).unwrap_or(u16::MAX));
            let Some(found) = self.find(row, &mut dates)? else { return Ok(false) };
            let (_, wanted) = step.in_list(query);
            match (found, wanted) {
                (Ok(index), false) => changes.push((index, false, row)),
                (Err(index), true) => changes.push((index, true, row)),
                (Ok(_), true) | (Err(_), false) => {}
            }
        }
        changes.sort_unstable_by_key(|(index, _, row)| (*index, *row));
        if changes.len() <= 32 {
            for (index, comes, (_, mail, place)) in changes.into_iter().rev() {
                put(&mut self.mails, index, comes, mail);
                if self.folders.len() > 1 {
                    put(&mut self.places, index, comes, place);
                }
            }
        } else {
            let mails = changes.iter().map(|(index, comes, row)| (*index, *comes, row.1));
            self.mails = put_all(&self.mails, mails);
            if self.folders.len() > 1 {
                let places = changes.iter().map(|(index, comes, row)| (*index, *comes, row.2));
                self.places = put_all(&self.places, places);
            }
        }
        Ok(true)
    }

    /// Where a row is, or where it would be; `None` if that can't be told.
    fn find(
        &self,
        row: (i64, u32, u16),
        dates: &mut Dates<'_>,
    ) -> Result<Option<Result<usize, usize>>, Error> {
        let (mut low, mut high) = (0, self.mails.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let mail = self.mails.get(middle).copied().unwrap_or_default();
            let Some(date) = dates.of(i64::from(mail))? else { return Ok(None) };
            let place = if self.folders.len() > 1 { self.places.get(middle).copied() } else { None };
            match (date, mail, place.unwrap_or(0)).cmp(&row) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Ok(Some(Ok(middle))),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Ok(Some(Err(low)))
    }
}

/// When mails were received.
struct Dates<'a> {
    statement: CachedStatement<'a>,
    known: HashMap<i64, i64>,
}

impl Dates<'_> {
    fn of(&mut self, msg: i64) -> Result<Option<i64>, Error> {
        if let Some(date) = self.known.get(&msg) {
            return Ok(Some(*date));
        }
        let date: Option<i64> = optional(self.statement.query_row([msg], |row| row.get(0)))?;
        if let Some(date) = date {
            self.known.insert(msg, date);
        }
        Ok(date)
    }
}

fn put<T>(list: &mut Vec<T>, index: usize, comes: bool, value: T) {
    if comes && index <= list.len() {
        list.insert(index, value);
    } else if !comes && index < list.len() {
        list.remove(index);
    }
}

/// The list with all changes made, which rise by index.
fn put_all<T: Copy>(list: &[T], changes: impl ExactSizeIterator<Item = (usize, bool, T)>) -> Vec<T> {
    let mut changed = Vec::with_capacity(list.len() + changes.len());
    let mut from = 0;
    for (index, comes, value) in changes {
        changed.extend_from_slice(list.get(from..index).unwrap_or_default());
        from = index;
        if comes {
            changed.push(value);
        } else {
            from += 1;
        }
    }
    changed.extend_from_slice(list.get(from..).unwrap_or_default());
    changed
}

/// What steps mean for a list of conversations: of each conversation they touch, the newest mail is in the list and the
/// others are not. `None` where that can't be told cheaply.
fn steps_of_threads(
    connection: &Connection,
    folders: &[i64],
    steps: &[Step],
) -> Result<Option<Vec<Step>>, Error> {
    let mut thread_of = connection.prepare_cached("SELECT thread FROM msg WHERE id = ?1")?;
    let mut mails_of = connection.prepare_cached(
        "SELECT date, msg FROM shown WHERE folder = ?1 AND thread = ?2 ORDER BY date DESC, msg DESC LIMIT ?3",
    )?;
    let mut told: HashMap<(i64, i64), Step> = HashMap::new();
    let mut known: HashSet<i64> = HashSet::new();
    for step in steps {
        // A conversation's mail that has left the mailbox isn't in the list.
        told.entry((step.folder, step.msg)).or_insert(Step { after: None, ..*step });
        let thread: Option<i64> = optional(thread_of.query_row([step.msg], |row| row.get(0)))?;
        let Some(thread) = thread else { return Ok(None) };
        if !known.insert(thread) {
            continue;
        }
        let mut mails: Vec<(i64, i64, i64)> = Vec::new();
        for folder in folders {
            let rows = mails_of.query_map([*folder, thread, MOST_OF_THREAD], |row| {
                Ok((row.get(0)?, row.get(1)?, *folder))
            })?;
            for row in rows {
                mails.push(row?);
            }
        }
        if i64::try_from(mails.len()).is_ok_and(|mails| mails >= MOST_OF_THREAD) {
            return Ok(None);
        }
        mails.sort_unstable_by(|one, other| other.cmp(one));
        for (place, (date, msg, folder)) in mails.into_iter().enumerate() {
            let after = (place == 0).then_some(FlagBits::NONE);
            told.insert((folder, msg), Step { folder, date, msg, before: None, after });
        }
    }
    Ok(Some(told.into_values().collect()))
}

/// Numbers that were met: a bit each, since those of conversations lie close together.
#[derive(Default)]
struct Seen {
    bits: Vec<u64>,
    far: HashSet<i64>,
}

impl Seen {
    /// Words of bits at most: 8 MB.
    const MOST: usize = 1 << 20;

    /// Whether the number is met for the first time.
    fn insert(&mut self, number: i64) -> bool {
        let place = usize::try_from(number / 64).ok().filter(|place| number >= 0 && *place < Self::MOST);
        let Some(place) = place else { return self.far.insert(number) };
        if place >= self.bits.len() {
            self.bits.resize((place + 1).max(self.bits.len() * 2).min(Self::MOST), 0);
        }
        let bit = 1u64 << (number % 64);
        let Some(word) = self.bits.get_mut(place) else { return false };
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }
}

/// The newest mail of each conversation in a mailbox, oldest first.
fn newest_of_threads(connection: &Connection, folder: i64) -> Result<Vec<u32>, Error> {
    let mut statement = connection
        .prepare_cached("SELECT msg, thread FROM shown WHERE folder = ?1 ORDER BY date DESC, msg DESC")?;
    let mut seen = Seen::default();
    let mut mails = Vec::new();
    for row in statement.query_map([folder], |row| Ok((row.get(0)?, row.get(1)?)))? {
        let (msg, thread) = row?;
        if seen.insert(thread) {
            mails.push(number(msg)?);
        }
    }
    mails.reverse();
    Ok(mails)
}

fn number(msg: i64) -> Result<u32, Error> {
    u32::try_from(msg).map_err(|_| Error::note(ErrorKind::LimitExceeded, "more mails than can be listed"))
}

/// Which mailboxes a list is made of, rising.
pub(super) fn folders(connection: &Connection, query: ListQuery) -> Result<Vec<i64>, Error> {
    let (condition, value) = match query {
        ListQuery::Mailbox(mailbox) | ListQuery::Conversations(mailbox) => ("id = ?1", mailbox.0),
        ListQuery::AllInboxes | ListQuery::InboxConversations => ("listed AND role = ?1", Role::Inbox as i64),
        ListQuery::Starred | ListQuery::Tagged(TagId(_)) => {
            ("listed AND role NOT IN (?1, 5)", Role::Trash as i64)
        }
    };
    let mut statement =
        connection.prepare_cached(&format!("SELECT id FROM folder WHERE {condition} ORDER BY id"))?;
    let rows = statement.query_map([value], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
