//! The search index: a database file of its own, fed in the background from what is here, and made anew when it is
//! lost or damaged. Nothing in it is needed for anything else.
//!
//! `mail.db` says which mails' entries are out of date (`unindexed`); a row leaves only after the entry is durable. So
//! a crash costs doing some of the work again.

mod abroad;
mod asked;
mod coverage;
mod feed;
mod find;
mod look;
mod plan;
mod query;
mod sources;
#[cfg(test)]
mod tests;
mod walk;
mod window;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::gate::Gate;
use super::writer::Writer;
use super::{Reader, make_private_file};
use crate::error::Error;

pub use abroad::Abroad;
pub(super) use abroad::Hits;
pub use coverage::search_words;
pub(super) use feed::{arrived, begin_anew, changed, removed};

/// An index with another number is made anew.
const VERSION: i64 = 2;

/// `main` holds mails whose bodies are here; `head` holds subject and author of every mail, with prefixes of two and
/// three letters, for what is found while the person still types. Both are asked by keys in the order of dates, so that
/// the newest are found first (see `entry_key`). Words come ready made (`mime::words`): the tokenizer only divides them
/// at blanks.
const SCHEMA: &str = "
CREATE TABLE entry(
  key INTEGER PRIMARY KEY,
  msg INTEGER NOT NULL UNIQUE,
  account INTEGER NOT NULL,
  whole INTEGER NOT NULL                          -- 1: it is in `main`
) STRICT;
CREATE TABLE stray(key INTEGER PRIMARY KEY) STRICT;   -- keys of mails of another second
CREATE TABLE coverage(account INTEGER PRIMARY KEY, whole INTEGER NOT NULL, entries INTEGER NOT NULL) STRICT;
CREATE TABLE origin(build INTEGER NOT NULL) STRICT;
CREATE VIRTUAL TABLE main USING fts5(subject, sender, recipients, copies, body, files,
  content='', contentless_delete=1, tokenize='ascii');
CREATE VIRTUAL TABLE head USING fts5(subject, sender,
  content='', contentless_delete=1, tokenize='ascii', prefix='2 3');
";

/// Connections kept open for the next question.
const MOST_IDLE: usize = 2;
/// Pages kept by the one that feeds it, in kB as SQLite writes it.
const CACHE: i64 = -2500;

/// The file, for those who read it.
pub(super) struct Files {
    path: PathBuf,
    /// Open for reading, each with the number of the file it belongs to.
    idle: Mutex<Vec<(u64, Connection)>>,
    file: AtomicU64,
    /// Something can't be read: it is to be made anew.
    unsound: AtomicBool,
    pub(super) gate: Gate,
}

/// What may go wrong: with the index, which is mended, or with the store.
enum Trouble {
    Index(rusqlite::Error),
    Store(Error),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::Index(error)
    }
}

impl Trouble {
    /// Whether making the index anew would help.
    fn is_unsound(&self) -> bool {
        match self {
            Self::Index(error) => matches!(
                error.sqlite_error_code(),
                None | Some(
                    ErrorCode::DatabaseCorrupt
                        | ErrorCode::NotADatabase
                        | ErrorCode::CannotOpen
                        | ErrorCode::ConstraintViolation
                        | ErrorCode::SystemIoFailure
                        | ErrorCode::Unknown
                )
            ),
            Self::Store(_) => false,
        }
    }

    fn into_error(self) -> Error {
        match self {
            Self::Index(error) => error.into(),
            Self::Store(error) => error,
        }
    }
}

impl Files {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path,
            idle: Mutex::default(),
            file: AtomicU64::new(0),
            unsound: AtomicBool::new(false),
            gate: Gate::default(),
        }
    }

    /// Asks questions of one snapshot of the index. `None` when there is none fit to be asked.
    fn with<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Trouble>) -> Result<Option<T>, Error> {
        let _inside = self.gate.enter()?;
        let file = self.file.load(Ordering::Acquire);
        let result = self.idle_or_new(file).and_then(|connection| {
            connection.execute_batch("BEGIN")?;
            let value = work(&connection)?;
            connection.execute_batch("COMMIT")?;
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.len() < MOST_IDLE {
                idle.push((file, connection));
            }
            drop(idle);
            Ok(value)
        });
        match result {
            Ok(value) => Ok(Some(value)),
            Err(Trouble::Store(error)) => Err(error),
            Err(trouble) => {
                tracing::debug!("the search index can't be read");
                if trouble.is_unsound() {
                    self.unsound.store(true, Ordering::Release);
                }
                Ok(None)
            }
        }
    }

    fn idle_or_new(&self, file: u64) -> Result<Connection, Trouble> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(of, _)| *of == file);
        if let Some((_, connection)) = idle.pop() {
            return Ok(connection);
        }
        drop(idle);
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        super::keep_plans(&connection)?;
        connection.set_prepared_statement_cache_capacity(32);
        Ok(connection)
    }

    /// Throws the file away.
    fn remove(&self) -> Result<(), Error> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.file.fetch_add(1, Ordering::AcqRel);
        for end in ["", "-wal", "-shm"] {
            let mut path = self.path.clone().into_os_string();
            path.push(end);
            match fs::remove_file(Path::new(&path)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        self.unsound.store(false, Ordering::Release);
        Ok(())
    }
}

/// Feeds the index. Cheap to clone.
#[derive(Clone)]
pub struct Search {
    files: Arc<Files>,
    reader: Reader,
    writer: Arc<Mutex<Writer>>,
    index: Arc<Mutex<Option<Index>>>,
}

/// The index, open for writing.
struct Index {
    connection: Connection,
    /// The store's word on which index belongs to it.
    build: i64,
    /// Stretches of keys without a gap that were met, each with its end.
    taken: BTreeMap<i64, i64>,
}

impl Search {
    pub(super) fn new(reader: Reader, writer: Arc<Mutex<Writer>>) -> Self {
        Self { files: Arc::clone(&reader.0.index), reader, writer, index: Arc::default() }
    }

    /// Whether there is something for `index_some` to do.
    ///
    /// # Errors
    /// `StorageFailed` when the store can't be read.
    pub fn pending(&self) -> Result<bool, Error> {
        let waiting = self.reader.with(|connection| {
            Ok(connection.query_row("SELECT EXISTS(SELECT 1 FROM unindexed)", [], |row| row.get(0))?)
        })?;
        let is_missing = || !fs::exists(&self.files.path).unwrap_or(false);
        Ok(waiting || self.files.unsound.load(Ordering::Acquire) || is_missing())
    }

    /// What is in the index may be of mail that nobody is to have any more: it is made anew soon.
    pub fn forget(&self) {
        self.files.unsound.store(true, Ordering::Release);
    }

    /// Closes what nobody uses just now.
    pub(super) fn shrink(&self) {
        if let Ok(mut index) = self.index.try_lock() {
            *index = None;
        }
        self.files.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Closes the index, waiting for a step that is under way.
    pub(super) fn release(&self, deadline: std::time::Duration) -> Result<(), Error> {
        *super::locked_within(&self.index, deadline)? = None;
        self.files.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
        Ok(())
    }

    /// Brings up to `most` entries up to date, newest mails first, and makes that durable. Gives how many were, 0 when
    /// nothing is left. An index that is missing, damaged or not ours is made anew first.
    ///
    /// # Errors
    /// `DiskFull`, `StorageFailed`; what was done before stays done.
    pub fn index_some(&self, most: usize) -> Result<usize, Error> {
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        match self.try_to_index(&mut index, most) {
            Err(trouble) if trouble.is_unsound() => {
                tracing::info!("the search index is damaged and made anew");
                *index = None;
                self.files.remove()?;
                self.try_to_index(&mut index, most)
            }
            result => result,
        }
        .map_err(Trouble::into_error)
    }

    fn try_to_index(&self, held: &mut Option<Index>, most: usize) -> Result<usize, Trouble> {
        if self.files.unsound.load(Ordering::Acquire) || !fs::exists(&self.files.path).unwrap_or(false) {
            *held = None;
        }
        let build: i64 = self
            .reader
            .with(|connection| Ok(connection.query_row("SELECT build FROM search", [], |row| row.get(0))?))?;
        let index = match held {
            Some(index) if index.build == build => index,
            _ => {
                *held = None;
                held.insert(self.open(build)?)
            }
        };
        let due = feed::due(&self.reader, most)?;
        if due.is_empty() {
            return Ok(0);
        }
        let done = index.take(&self.reader, due)?;
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        feed::settle(&mut writer, &done)?;
        Ok(done.len())
    }

    /// Opens the index if it is sound, ours and whole; else makes one.
    fn open(&self, build: i64) -> Result<Index, Trouble> {
        if !self.files.unsound.load(Ordering::Acquire) && fs::exists(&self.files.path).unwrap_or(false) {
            match open_existing(&self.files.path, build) {
                Ok(Some(connection)) => return Ok(Index { connection, build, taken: BTreeMap::new() }),
                Ok(None) => {}
                Err(error) => tracing::debug!(%error, "the search index can't be opened"),
            }
        }
        self.files.remove()?;
        drop(
            File::options()
                .create(true)
                .truncate(false)
                .write(true)
                .open(&self.files.path)
                .map_err(Error::from)?,
        );
        make_private_file(&self.files.path)?;
        let connection = super::connect(&self.files.path)?;
        connection.pragma_update(None, "cache_size", CACHE)?;
        connection.execute_batch(SCHEMA)?;
        connection.execute("INSERT INTO origin(build) VALUES(?1)", [build])?;
        {
            let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
            feed::everything(&mut writer)?;
        }
        // Last: an index without it was never whole.
        connection.pragma_update(None, "user_version", VERSION)?;
        Ok(Index { connection, build, taken: BTreeMap::new() })
    }
}

fn open_existing(path: &Path, build: i64) -> Result<Option<Connection>, rusqlite::Error> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version != VERSION {
        return Ok(None);
    }
    let of: i64 = connection.query_row("SELECT build FROM origin", [], |row| row.get(0))?;
    if of != build {
        return Ok(None);
    }
    super::keep_plans(&connection)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "cache_size", CACHE)?;
    connection.pragma_update(None, "journal_size_limit", 8 << 20)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(Some(connection))
}
