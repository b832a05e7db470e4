//! All that is kept on this device: the database, the pack files, and who may touch them.
//!
//! One writer, behind one lock; any number of readers, which see the last committed state. Nothing here knows the
//! network or the clock.

mod accounts;
mod announced;
mod arrivals;
mod bodies;
mod changes;
mod contacts;
mod draft_copies;
mod draft_versions;
mod drafts;
mod edits;
mod emails;
mod endings;
mod excerpts;
mod folders;
mod gate;
mod identities;
mod identity;
mod images;
mod intents;
mod keep;
mod labels;
mod limits;
mod lists;
mod mailbox_intents;
mod outbox;
mod pack;
mod parts;
mod pins;
mod queue;
mod reader;
mod reasons;
mod regroup;
mod roles;
mod saved;
mod schema;
mod search;
mod sent_habits;
mod shown;
mod snapshot;
mod tags;
mod templates;
#[cfg(test)]
mod tests;
mod threads;
mod tidy;
mod undo;
mod writer;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use fs4::FileExt;
use rusqlite::{Connection, OpenFlags};

pub(crate) use accounts::is_twin;
pub use bodies::{Arrived, BodyEvent, WantedBody};
pub use draft_copies::ToHandOver;
pub use drafts::AddedFile;
pub use edits::{Edited, ServerNow};
pub use emails::NewEmail;
pub use endings::{Moved, OutOfSight, Settled};
pub use excerpts::{Kept, OnServer, PartState, Readable, ToFetch};
pub use folders::{FolderState, ListedFolder, LocalMail};
pub use images::Images;
pub use intents::{Change, IntentKind, IntentState};
pub use keep::Bulk;
pub use limits::Limits;
pub use mailbox_intents::{MailboxKind, MailboxRow};
pub use outbox::{Held, SendRow, ToSend, unknown as unknown_whether_sent};
pub use parts::PartReader;
pub use queue::IntentRow;
pub use reader::Reader;
pub use search::{Abroad, Search, search_words};
pub use sent_habits::SentHabit;
pub use snapshot::Snapshot;
pub use tidy::Tidying;
pub use undo::Undone;
pub use writer::{Changed, Writer};

use self::limits::Room;
use crate::error::{Error, ErrorKind};
use crate::model::{MemoryBudget, MemoryRelease};

/// The opened store. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    writer: Arc<Mutex<Writer>>,
    reader: Reader,
    search: Search,
    room: Arc<Room>,
    place: Arc<Place>,
    // Held as long as any clone lives, unless it is given up: one process per data directory.
    lock: Arc<Mutex<Option<Lock>>>,
    /// How often it was given up.
    releases: Arc<AtomicU64>,
}

/// Where it is.
struct Place {
    directory: PathBuf,
    /// Where what can be fetched again is, if that isn't in it.
    caches: Option<PathBuf>,
    memory: MemoryBudget,
    is_read_only: bool,
}

impl Store {
    /// Opens the store in `directory`, making it (mode 0700) when it isn't there.
    ///
    /// # Errors
    /// `WrongState` when another process has it open, `DiskFull`, `StorageFailed`.
    pub fn open(directory: &Path) -> Result<Self, Error> {
        Self::open_within(directory, Limits::default())
    }

    /// The same, taking no more of the device than that.
    ///
    /// # Errors
    /// Those of `open`.
    pub fn open_within(directory: &Path, limits: Limits) -> Result<Self, Error> {
        let Limits { caches, bodies, memory } = limits;
        make_private_directory(directory)?;
        let lock = self::lock(directory)?;
        let path = directory.join("mail.db");
        // Made before SQLite opens it, since its journals take over the mode of the file they belong to.
        drop(File::options().create(true).truncate(false).write(true).open(&path)?);
        make_private_file(&path)?;
        let mut connection = connect(&path)?;
        schema::migrate(&mut connection)?;
        connection.pragma_update(None, "cache_size", -memory.pages().0)?;
        let again = caches.as_deref().unwrap_or(directory);
        let packs = again.join("packs");
        make_private_directory(again)?;
        make_private_directory(&packs)?;
        let lists = Arc::new(lists::Lists::new(memory.list_rows()));
        let room = Arc::new(Room::new(bodies));
        let index = Arc::new(search::Files::new(again.join("search.db")));
        let mut writer = Writer::new(connection, packs.clone(), Arc::clone(&lists), Arc::clone(&room))?;
        if caches.is_some() {
            writer.miss_lost_packs()?;
        }
        let writer = Arc::new(Mutex::new(writer));
        let reader = Reader::new((path, packs), lists, index, (Arc::clone(&room), memory));
        let search = Search::new(reader.clone(), Arc::clone(&writer));
        let lock = Arc::new(Mutex::new(Some(lock)));
        let place = Arc::new(Place { directory: directory.to_owned(), caches, memory, is_read_only: false });
        Ok(Self { writer, reader, search, room, place, lock, releases: Arc::default() })
    }

    /// Opens the store that is there, whoever else has it, to read it and nothing else.
    ///
    /// # Errors
    /// `NotFound` when there is none; `WrongState` when it is to be brought to this version first; `StorageFailed`.
    pub fn open_for_reading(directory: &Path, limits: Limits) -> Result<Self, Error> {
        let Limits { caches, memory, .. } = limits;
        let path = directory.join("mail.db");
        let connection = connect_for_reading(&path)?;
        let again = caches.as_deref().unwrap_or(directory);
        let (packs, index) = (again.join("packs"), Arc::new(search::Files::new(again.join("search.db"))));
        let (lists, room) = (Arc::new(lists::Lists::new(0)), Arc::new(Room::new(None)));
        let mut writer = Writer::closed(packs.clone(), Arc::clone(&lists), Arc::clone(&room))?;
        writer.look_at(connection);
        let writer = Arc::new(Mutex::new(writer));
        let reader = Reader::new((path, packs), lists, index, (Arc::clone(&room), memory));
        let search = Search::new(reader.clone(), Arc::clone(&writer));
        let place = Arc::new(Place { directory: directory.to_owned(), caches, memory, is_read_only: true });
        Ok(Self { writer, reader, search, room, place, lock: Arc::default(), releases: Arc::default() })
    }

    /// Gives back memory.
    ///
    /// # Errors
    /// `StorageFailed`, `WrongState` when the store is given up.
    pub fn shrink(&self, release: MemoryRelease) -> Result<(), Error> {
        self.writer().shrink()?;
        let _inside = self.reader.gate().enter()?;
        self.reader.shrink(release);
        if release == MemoryRelease::Caches {
            self.search.shrink();
        }
        Ok(())
    }

    /// The one writer. Blocks while another thread writes; hold it for one transaction.
    pub fn writer(&self) -> MutexGuard<'_, Writer> {
        // A panic while writing rolled its transaction back; the writer itself stays sound.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often the store was given up until now: for `writer_since`.
    pub fn releases(&self) -> u64 {
        self.releases.load(Ordering::Acquire)
    }

    /// The writer, for work that was meant for the store as it was then.
    ///
    /// # Errors
    /// `WrongState` when it was given up since: somebody else may have written to it.
    pub fn writer_since(&self, releases: u64) -> Result<MutexGuard<'_, Writer>, Error> {
        let writer = self.writer();
        if self.releases() != releases || !writer.is_open() {
            return Err(gate::suspended());
        }
        Ok(writer)
    }

    /// Gives the store up: no file of it stays open and no lock is held, so that another process may use it. What is
    /// being read or written is waited for, the deadline once for each of readers, index and writer. Until `reacquire`
    /// every call is answered with `WrongState`.
    ///
    /// # Errors
    /// `TimedOut` when something took longer: then the store is open as before.
    pub fn release(&self, deadline: Duration) -> Result<(), Error> {
        let gate = self.reader.gate();
        gate.close(deadline)?;
        let released = self.search.release(deadline).and_then(|()| {
            let mut writer = locked_within(&self.writer, deadline)?;
            self.reader.release();
            self.releases.fetch_add(1, Ordering::AcqRel);
            // Last, since who closes the last connection tidies up.
            writer.release()
        });
        if released.is_err() {
            gate.open();
            return released;
        }
        *self.lock.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(())
    }

    /// Takes the store again after `release`; somebody else may have written to it meanwhile.
    ///
    /// # Errors
    /// `WrongState` when another process has it open: then it stays given up. Otherwise those of `open`.
    pub fn reacquire(&self) -> Result<(), Error> {
        let mut held = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        if held.is_some() {
            return Ok(());
        }
        let Place { directory, caches, memory, is_read_only } = &*self.place;
        if *is_read_only {
            let connection = connect_for_reading(&directory.join("mail.db"))?;
            self.writer().look_at(connection);
            self.reader.gate().open();
            return Ok(());
        }
        let lock = lock(directory)?;
        let mut connection = connect(&directory.join("mail.db"))?;
        schema::migrate(&mut connection)?;
        connection.pragma_update(None, "cache_size", -memory.pages().0)?;
        let mut writer = self.writer();
        writer.reopen(connection)?;
        if caches.is_some() {
            writer.miss_lost_packs()?;
        }
        drop(writer);
        self.room.gave_up();
        *held = Some(lock);
        self.reader.gate().open();
        Ok(())
    }

    /// The lock's file as a process that is just being started has it.
    #[cfg(test)]
    fn copy_of_lock(&self) -> File {
        let lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        lock.as_ref().expect("it is held").0.try_clone().expect("an open file")
    }

    /// Looks for whom mail went to that was here before anybody did, some of it. `false`: all of it was looked at.
    ///
    /// # Errors
    /// `DiskFull`, `StorageFailed`, `WrongState` when the store is given up.
    pub fn meet_some(&self) -> Result<bool, Error> {
        contacts::meet_some(&self.reader, || self.writer())
    }

    /// The search index, to feed.
    pub fn search(&self) -> Search {
        self.search.clone()
    }

    /// What is here, to read.
    pub fn reader(&self) -> Reader {
        self.reader.clone()
    }
}

/// Waits for a lock, but not for ever.
fn locked_within<T>(mutex: &Mutex<T>, deadline: Duration) -> Result<MutexGuard<'_, T>, Error> {
    const STEP: Duration = Duration::from_millis(5);
    let mut waited = Duration::ZERO;
    loop {
        match mutex.try_lock() {
            Ok(guard) => return Ok(guard),
            Err(TryLockError::Poisoned(poisoned)) => return Ok(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) if waited < deadline => {
                std::thread::sleep(STEP);
                waited += STEP;
            }
            Err(TryLockError::WouldBlock) => {
                return Err(Error::note(ErrorKind::TimedOut, "the store is being written"));
            }
        }
    }
}

/// The lock that keeps a second engine out.
struct Lock(File);

impl Drop for Lock {
    /// Closing the file isn't enough: a child process that is just being started by another part of the program has
    /// a copy of it until it runs, and the lock would be held for as long.
    fn drop(&mut self) {
        let _ = FileExt::unlock(&self.0);
    }
}

fn lock(directory: &Path) -> Result<Lock, Error> {
    let path = directory.join("lock");
    let file = File::options().create(true).truncate(false).write(true).open(&path)?;
    make_private_file(&path)?;
    match FileExt::try_lock(&file) {
        Ok(()) => Ok(Lock(file)),
        Err(_) => Err(Error::note(ErrorKind::WrongState, "another Waxwing has this mail open")),
    }
}

/// A connection with the settings every connection of ours has.
fn connect(path: &Path) -> Result<Connection, Error> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // FULL: what was shown as done must survive a power cut, not only a crash.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    keep_plans(&connection)?;
    // Not after every 4 MB: while much comes in, the same pages would be written over and over.
    connection.pragma_update(None, "wal_autocheckpoint", 4000)?;
    connection.pragma_update(None, "journal_size_limit", 16 << 20)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

/// A connection that can't write. Whoever writes may be at work.
fn connect_for_reading(path: &Path) -> Result<Connection, Error> {
    if !fs::exists(path)? {
        return Err(Error::note(ErrorKind::NotFound, "there is no mail store"));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version != schema::VERSION {
        return Err(Error::note(ErrorKind::WrongState, "the mail store is of another version"));
    }
    keep_plans(&connection)?;
    Ok(connection)
}

/// Plans that depend on the values bound are made anew at each use, which costs more than any of them saves here.
fn keep_plans(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// Makes a directory that a power cut doesn't take away again with everything in it: its name is synced too, and those
/// of the directories above that weren't there.
fn make_private_directory(path: &Path) -> Result<(), Error> {
    let missing: Vec<&Path> = path.ancestors().skip(1).take_while(|above| !above.exists()).collect();
    fs::create_dir_all(path)?;
    for new in missing.into_iter().rev().chain([path]) {
        if let Some(parent) = new.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            sync_directory(parent)?;
        }
    }
    set_mode(path, 0o700)
}

/// Makes the names in a directory durable.
#[cfg(unix)]
fn sync_directory(path: &Path) -> Result<(), Error> {
    Ok(File::open(path)?.sync_all()?)
}

#[cfg(not(unix))]
fn sync_directory(_path: &Path) -> Result<(), Error> {
    // Directories can't be opened there; names are durable with their files.
    Ok(())
}

fn make_private_file(path: &Path) -> Result<(), Error> {
    set_mode(path, 0o600)
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> Result<(), Error> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(mode))?)
}

#[cfg(not(unix))]
fn set_mode(_path: &Path, _mode: u32) -> Result<(), Error> {
    // Elsewhere the profile directory's own access list keeps others out.
    Ok(())
}

/// Where an account's pack files are.
fn pack_directory(packs: &Path, account: crate::model::AccountId) -> PathBuf {
    packs.join(account.0.to_string())
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        let kind = match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => ErrorKind::DiskFull,
            // A journal that can't grow on a full disk is reported as an I/O error.
            _ if matches!(error, rusqlite::Error::QueryReturnedNoRows) => ErrorKind::NotFound,
            _ => ErrorKind::StorageFailed,
        };
        Self::new(kind).because(error)
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        let kind = match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => ErrorKind::DiskFull,
            _ => ErrorKind::StorageFailed,
        };
        Self::new(kind).because(error)
    }
}
