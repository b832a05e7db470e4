//! The one writer and its transactions.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::bodies::Incoming;
use super::limits::Room;
use super::lists::{Lists, Step};
use crate::error::Error;
use crate::model::{AccountId, MailboxId, SyncCounts};

/// Writes to the database and the pack files.
pub struct Writer {
    connection: Connection,
    pub(super) packs: PathBuf,
    /// Bodies on their way in, one stream per account.
    pub(super) incoming: BTreeMap<AccountId, Incoming>,
    lists: Arc<Lists>,
    pub(super) room: Arc<Room>,
    /// Not while the store is given up: `connection` is then to nothing.
    is_open: bool,
}

/// Which lists changed by a transaction: what `Event::FolderChanged` is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Changed {
    /// Each mailbox whose list changed, with its new version.
    pub folders: Vec<(MailboxId, u64)>,
    /// Accounts whose mailboxes came, went or have other names.
    pub mailboxes: Vec<AccountId>,
    /// Accounts that have something to carry out by this.
    pub woken: Vec<AccountId>,
    /// Drafts are other than they were.
    pub drafts: bool,
    /// What the server told, in mails.
    pub told: SyncCounts,
}

impl Changed {
    /// Adds what another transaction changed.
    pub fn and(&mut self, other: Self) {
        self.told = self.told.and(other.told);
        self.drafts |= other.drafts;
        for (folder, version) in other.folders {
            match self.folders.iter_mut().find(|(known, _)| *known == folder) {
                Some(known) => known.1 = known.1.max(version),
                None => self.folders.push((folder, version)),
            }
        }
        for (own, others) in [(&mut self.mailboxes, other.mailboxes), (&mut self.woken, other.woken)] {
            own.extend(others);
            own.sort_unstable();
            own.dedup();
        }
    }
}

/// An open transaction that remembers which lists it touched.
pub(super) struct Tx<'a> {
    transaction: Transaction<'a>,
    /// What is to be added to each folder's counters when it commits.
    counts: RefCell<BTreeMap<i64, Counts>>,
    /// The same for accounts: mails.
    mails: RefCell<BTreeMap<i64, i64>>,
    mailboxes: RefCell<BTreeSet<i64>>,
    woken: RefCell<BTreeSet<i64>>,
    steps: RefCell<Vec<Step>>,
    threads_moved: Cell<bool>,
    tags_changed: Cell<bool>,
    drafts_changed: Cell<bool>,
    told: Cell<SyncCounts>,
}

/// What a transaction changed about a folder.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    /// Its list is no longer what it was.
    touched: bool,
    /// Mails its list gained, and unread ones among them.
    total: i64,
    unread: i64,
    /// Conversations its list gained.
    threads: i64,
    /// Mails the server is now known to have there.
    on_server: i64,
    /// Bodies still to be fetched.
    wanted: i64,
}

impl<'a> std::ops::Deref for Tx<'a> {
    type Target = Transaction<'a>;
    fn deref(&self) -> &Self::Target {
        &self.transaction
    }
}

impl Tx<'_> {
    /// Says that the list of this folder is no longer what it was.
    pub(super) fn touch(&self, folder: i64) {
        self.counts.borrow_mut().entry(folder).or_default().touched = true;
    }

    /// Counts mails that its list gained or lost, and touches it.
    pub(super) fn count(&self, folder: i64, total: i64, unread: i64) {
        let mut counts = self.counts.borrow_mut();
        let counts = counts.entry(folder).or_default();
        counts.touched = true;
        counts.total += total;
        counts.unread += unread;
    }

    /// Counts conversations that its list gained or lost, and touches it.
    pub(super) fn count_threads(&self, folder: i64, threads: i64) {
        let mut counts = self.counts.borrow_mut();
        let counts = counts.entry(folder).or_default();
        counts.touched = true;
        counts.threads += threads;
    }

    /// Counts rows of `loc` that came or went.
    pub(super) fn count_on_server(&self, folder: i64, mails: i64) {
        self.counts.borrow_mut().entry(folder).or_default().on_server += mails;
    }

    /// Counts mails that an account gained or lost.
    pub(super) fn count_mails(&self, account: i64, mails: i64) {
        *self.mails.borrow_mut().entry(account).or_default() += mails;
    }

    /// Counts rows of `wanted` that came or went.
    pub(super) fn count_wanted(&self, folder: i64, bodies: i64) {
        self.counts.borrow_mut().entry(folder).or_default().wanted += bodies;
    }

    /// Writes the counters; gives the new version of each list that changed.
    fn settle_counts(&self) -> Result<Changed, Error> {
        let accounts = |ids: &RefCell<BTreeSet<i64>>| ids.take().into_iter().map(AccountId).collect();
        let mut changed = Changed {
            folders: Vec::new(),
            mailboxes: accounts(&self.mailboxes),
            woken: accounts(&self.woken),
            drafts: self.drafts_changed.get(),
            told: self.told.get(),
        };
        for (account, mails) in self.mails.take() {
            self.prepare_cached("UPDATE account SET mails = mails + ?2 WHERE id = ?1")?
                .execute([account, mails])?;
        }
        for (folder, counts) in self.counts.take() {
            let version: Option<i64> = optional(
                self.prepare_cached(
                    "UPDATE folder SET version = version + ?2, total = total + ?3, unread = unread + ?4,
                       on_server = on_server + ?5, wanted = wanted + ?6, threads = threads + ?7
                     WHERE id = ?1 RETURNING version",
                )?
                .query_row(
                    [
                        folder,
                        i64::from(counts.touched),
                        counts.total,
                        counts.unread,
                        counts.on_server,
                        counts.wanted,
                        counts.threads,
                    ],
                    |row| row.get(0),
                ),
            )?;
            if let Some(version) = version.filter(|_| counts.touched) {
                changed.folders.push((MailboxId(folder), u64::try_from(version).unwrap_or(0)));
            }
        }
        Ok(changed)
    }

    /// Counts what the server told.
    pub(super) fn count_told(&self, told: SyncCounts) {
        self.told.set(self.told.get().and(told));
    }

    /// Says that the mailboxes of this account are no longer what they were.
    pub(super) fn touch_mailboxes(&self, account: i64) {
        self.mailboxes.borrow_mut().insert(account);
    }

    /// Says that this account has something to carry out.
    pub(super) fn wake(&self, account: i64) {
        self.woken.borrow_mut().insert(account);
    }

    /// A row of `shown` came, went or got other flags: once this is committed, lists held in memory take the same step.
    pub(super) fn note(&self, step: Step) {
        self.steps.borrow_mut().push(step);
    }

    /// Mails are of another conversation than before.
    pub(super) fn threads_moved(&self) {
        self.threads_moved.set(true);
    }

    /// Mails with a tag came or went.
    pub(super) fn tags_changed(&self) {
        self.tags_changed.set(true);
    }

    /// Drafts came, went, or are other than they were.
    pub(super) fn drafts_changed(&self) {
        self.drafts_changed.set(true);
    }
}

impl Writer {
    pub(super) fn new(
        connection: Connection,
        packs: PathBuf,
        lists: Arc<Lists>,
        room: Arc<Room>,
    ) -> Result<Self, Error> {
        let mut writer = Self { connection, packs, incoming: BTreeMap::new(), lists, room, is_open: true };
        writer.recover_all_intents()?;
        writer.room.measure(&writer.connection)?;
        Ok(writer)
    }

    /// One that writes nothing, on nothing.
    pub(super) fn closed(packs: PathBuf, lists: Arc<Lists>, room: Arc<Room>) -> Result<Self, Error> {
        let connection = Connection::open_in_memory()?;
        Ok(Self { connection, packs, incoming: BTreeMap::new(), lists, room, is_open: false })
    }

    /// What `look` sees, of one that writes nothing.
    pub(super) fn look_at(&mut self, connection: Connection) {
        self.connection = connection;
    }

    /// Whether the store is ours now.
    pub(super) fn is_open(&self) -> bool {
        self.is_open
    }

    /// Gives back memory that can be done without.
    pub(super) fn shrink(&self) -> Result<(), Error> {
        Ok(self.connection.execute_batch("PRAGMA shrink_memory")?)
    }

    /// Closes every file.
    pub(super) fn release(&mut self) -> Result<(), Error> {
        let nothing = Connection::open_in_memory()?;
        self.incoming.clear();
        self.is_open = false;
        drop(std::mem::replace(&mut self.connection, nothing));
        Ok(())
    }

    /// Begins anew on the store as it is now.
    pub(super) fn reopen(&mut self, connection: Connection) -> Result<(), Error> {
        *self = Self::new(connection, self.packs.clone(), Arc::clone(&self.lists), Arc::clone(&self.room))?;
        Ok(())
    }

    /// Runs `work` as one transaction: all of it is durable when this returns, or none of it happened.
    pub(super) fn change<T>(
        &mut self,
        work: impl FnOnce(&Tx<'_>) -> Result<T, Error>,
    ) -> Result<(T, Changed), Error> {
        if !self.is_open {
            return Err(super::gate::suspended());
        }
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let tx = Tx {
            transaction,
            counts: RefCell::default(),
            mails: RefCell::default(),
            mailboxes: RefCell::default(),
            woken: RefCell::default(),
            steps: RefCell::default(),
            threads_moved: Cell::new(false),
            tags_changed: Cell::new(false),
            drafts_changed: Cell::new(false),
            told: Cell::default(),
        };
        let value = work(&tx)?;
        let changed = tx.settle_counts()?;
        let (steps, threads_moved, tags_changed) =
            (tx.steps.take(), tx.threads_moved.get(), tx.tags_changed.get());
        tx.transaction.commit()?;
        self.lists.follow(steps, threads_moved, tags_changed);
        Ok((value, changed))
    }

    /// Like `change`, for what the server would tell again: it is all or nothing, and in order with what comes before
    /// and after, but a power cut may take it back, which spares a wait for the disk.
    pub(super) fn learn<T>(
        &mut self,
        work: impl FnOnce(&Tx<'_>) -> Result<T, Error>,
    ) -> Result<(T, Changed), Error> {
        self.connection.pragma_update(None, "synchronous", "NORMAL")?;
        let learnt = self.change(work);
        self.connection.pragma_update(None, "synchronous", "FULL")?;
        learnt
    }

    /// Like `change`, for what no list shows.
    pub(super) fn keep<T>(&mut self, work: impl FnOnce(&Tx<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let (value, changed) = self.change(work)?;
        debug_assert!(changed.folders.is_empty(), "a list changed and nobody is told");
        Ok(value)
    }

    /// Reads through the writer's own connection: what the next transaction will build on.
    pub(super) fn look(&self) -> &Connection {
        &self.connection
    }
}

/// `None` instead of an error when there was no row.
pub(super) fn optional<T>(result: Result<T, rusqlite::Error>) -> Result<Option<T>, Error> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(rusqlite::Error::QueryReturnedNoRows) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
