//! The one writer and its transactions.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::bodies::Incoming;
use super::lists::{Lists, Step};
use crate::error::Error;
use crate::model::{AccountId, MailboxId};

/// Writes to the database and the pack files.
pub struct Writer {
    connection: Connection,
    pub(super) packs: PathBuf,
    /// Bodies on their way in, one stream per account.
    pub(super) incoming: BTreeMap<AccountId, Incoming>,
    lists: Arc<Lists>,
}

/// Which lists changed by a transaction: what `Event::FolderChanged` is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Changed {
    /// Each mailbox whose list changed, with its new version.
    pub folders: Vec<(MailboxId, u64)>,
}

impl Changed {
    /// Adds what another transaction changed.
    pub fn and(&mut self, other: Self) {
        for (folder, version) in other.folders {
            match self.folders.iter_mut().find(|(known, _)| *known == folder) {
                Some(known) => known.1 = known.1.max(version),
                None => self.folders.push((folder, version)),
            }
        }
    }
}

/// An open transaction that remembers which lists it touched.
pub(super) struct Tx<'a> {
    transaction: Transaction<'a>,
    touched: RefCell<BTreeSet<i64>>,
    steps: RefCell<Vec<Step>>,
    threads_moved: Cell<bool>,
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
        self.touched.borrow_mut().insert(folder);
    }

    /// A row of `shown` came, went or got other flags: once this is committed, lists held in memory take the same step.
    pub(super) fn note(&self, step: Step) {
        self.steps.borrow_mut().push(step);
    }

    /// Conversations became one.
    pub(super) fn threads_moved(&self) {
        self.threads_moved.set(true);
    }
}

impl Writer {
    pub(super) fn new(connection: Connection, packs: PathBuf, lists: Arc<Lists>) -> Result<Self, Error> {
        let mut writer = Self { connection, packs, incoming: BTreeMap::new(), lists };
        writer.recover_intents()?;
        Ok(writer)
    }

    /// Runs `work` as one transaction: all of it is durable when this returns, or none of it happened.
    pub(super) fn change<T>(
        &mut self,
        work: impl FnOnce(&Tx<'_>) -> Result<T, Error>,
    ) -> Result<(T, Changed), Error> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let tx = Tx {
            transaction,
            touched: RefCell::default(),
            steps: RefCell::default(),
            threads_moved: Cell::new(false),
        };
        let value = work(&tx)?;
        let mut changed = Changed::default();
        for folder in tx.touched.take() {
            let version: Option<i64> = optional(
                tx.prepare_cached("UPDATE folder SET version = version + 1 WHERE id = ?1 RETURNING version")?
                    .query_row([folder], |row| row.get(0)),
            )?;
            if let Some(version) = version {
                changed.folders.push((MailboxId(folder), u64::try_from(version).unwrap_or(0)));
            }
        }
        let (steps, threads_moved) = (tx.steps.take(), tx.threads_moved.get());
        tx.transaction.commit()?;
        self.lists.follow(steps, threads_moved);
        Ok((value, changed))
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
