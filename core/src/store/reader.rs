//! Reading what is here: never waits for the network, and for the writer only while it commits.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OpenFlags, Row};

use super::images::Fetched;
use super::limits::Room;
use super::lists::Lists;
use super::pack::{self, Place};
use super::writer::optional;
use super::{pack_directory, search};
use crate::error::{Error, ErrorKind};
use crate::mime;
use crate::model::{
    AccountId, AccountState, AccountStatus, Address, BodyState, EmailId, EmailRow, FlagBits, Instant, Keep,
    Keyword, ListQuery, Mailbox, MailboxId, MemoryBudget, MemoryRelease, Page, Pin, ReadableEmail, Role,
    ThreadId, TrustQuestion, WaitingChange,
};

/// Reads what is on this device. Cheap to clone; every call is local, fit for a background thread.
#[derive(Clone)]
pub struct Reader(pub(super) Arc<Inner>);

pub(super) struct Inner {
    path: PathBuf,
    pub(super) packs: PathBuf,
    idle: Mutex<Vec<Connection>>,
    pub(super) lists: Arc<Lists>,
    room: Arc<Room>,
    memory: MemoryBudget,
    pub(super) index: Arc<search::Files>,
    /// What servers found, while that is of use.
    pub(super) hits: search::Hits,
    /// How accounts are doing: the engine's to say, not stored.
    states: Mutex<HashMap<AccountId, (AccountState, Option<Error>)>>,
    /// What is asked about certificates, and what was decided for this run: the same.
    trust: Mutex<(Vec<TrustQuestion>, Vec<Pin>)>,
    images: Mutex<Fetched>,
}

/// What `email_row` reads, of `shown` and `msg`.
pub(super) const EMAIL: &str =
    "msg.id, shown.folder, msg.date, msg.size, shown.flags, shown.pending, msg.has_attachment,
  msg.from_name, msg.from_address, msg.subject, msg.preview, msg.thread, shown.keywords";

pub(super) fn email_row(row: &Row<'_>) -> rusqlite::Result<EmailRow> {
    Ok(EmailRow {
        id: EmailId(row.get(0)?),
        mailbox: MailboxId(row.get(1)?),
        date: Instant(row.get(2)?),
        size: row.get(3)?,
        flags: FlagBits(row.get(4)?),
        pending: row.get(5)?,
        has_attachment: row.get(6)?,
        from: Address { name: row.get(7)?, address: row.get(8)? },
        subject: row.get(9)?,
        preview: row.get(10)?,
        thread: ThreadId(row.get(11)?),
        keywords: row.get_ref(12)?.as_str()?.split(' ').filter_map(Keyword::new).collect(),
        conversation: None,
    })
}

impl Reader {
    pub(super) fn new(
        (path, packs): (PathBuf, PathBuf),
        lists: Arc<Lists>,
        index: Arc<search::Files>,
        (room, memory): (Arc<Room>, MemoryBudget),
    ) -> Self {
        let (idle, hits, states, trust, images) = Default::default();
        Self(Arc::new(Inner { path, packs, idle, lists, room, memory, index, hits, states, trust, images }))
    }

    /// Asks questions of one snapshot.
    pub(super) fn with<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        let _inside = self.gate().enter()?;
        let idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => {
                let connection = Connection::open_with_flags(
                    &self.0.path,
                    OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
                )?;
                connection.busy_timeout(std::time::Duration::from_secs(5))?;
                super::keep_plans(&connection)?;
                connection.pragma_update(None, "cache_size", -self.0.memory.pages().1)?;
                connection.set_prepared_statement_cache_capacity(32);
                connection
            }
        };
        connection.execute_batch("BEGIN")?;
        let result = work(&connection);
        if connection.execute_batch("COMMIT").is_ok() {
            let mut idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner);
            // More are opened while more questions are asked at a time.
            if idle.len() < self.0.memory.idle_readers() {
                idle.push(connection);
            }
        }
        result
    }

    /// Who reads, here and in the search index.
    pub(super) fn gate(&self) -> &super::gate::Gate {
        &self.0.index.gate
    }

    pub(super) fn fetched_images(&self) -> std::sync::MutexGuard<'_, Fetched> {
        self.0.images.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives back memory: what idle connections hold, or all that can be read again.
    pub(super) fn shrink(&self, release: MemoryRelease) {
        match release {
            MemoryRelease::Idle => {
                for idle in &*self.0.idle.lock().unwrap_or_else(PoisonError::into_inner) {
                    // One that can't will be opened anew when it is asked.
                    let _ = idle.execute_batch("PRAGMA shrink_memory");
                }
            }
            MemoryRelease::Caches => self.release(),
        }
    }

    /// Closes what is open, nobody reading.
    pub(super) fn release(&self) {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.0.lists.forget();
        *self.fetched_images() = Fetched::default();
    }

    /// The engine's word on how an account is doing.
    pub(crate) fn set_state(&self, account: AccountId, state: AccountState, error: Option<Error>) {
        self.0.states.lock().unwrap_or_else(PoisonError::into_inner).insert(account, (state, error));
    }

    /// The engine's word on what is asked about certificates, and which keys are pinned for this run.
    pub(crate) fn set_trust(&self, questions: Vec<TrustQuestion>, pins: Vec<Pin>) {
        *self.0.trust.lock().unwrap_or_else(PoisonError::into_inner) = (questions, pins);
    }

    /// Certificates that were not believed since the engine was started, oldest first, as far as nobody decided to believe
    /// them since.
    pub fn trust_questions(&self) -> Vec<TrustQuestion> {
        self.0.trust.lock().unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    pub(super) fn pins_of_run(&self) -> Vec<Pin> {
        self.0.trust.lock().unwrap_or_else(PoisonError::into_inner).1.clone()
    }

    /// All accounts, oldest first, with how they are doing.
    pub fn accounts(&self) -> Result<Vec<AccountStatus>, Error> {
        let states = self.0.states.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.with(|connection| {
            let mut all = Vec::new();
            for (id, config) in super::accounts::all(connection)? {
                let (state, error) = states.get(&id).cloned().unwrap_or((AccountState::Offline, None));
                let synced: Option<i64> =
                    connection
                        .query_row("SELECT synced FROM account WHERE id = ?1", [id.0], |row| row.get(0))?;
                let waiting: u64 = connection.query_row(
                    "SELECT (SELECT count(*) FROM intent WHERE account = ?1 AND state < 10 AND state <> 3)
                       + (SELECT count(*) FROM mailbox_intent WHERE account = ?1 AND state < 10)",
                    [id.0],
                    |row| row.get(0),
                )?;
                all.push(AccountStatus {
                    id,
                    config,
                    state,
                    error,
                    waiting,
                    synced: synced.map(Instant),
                    bodies: super::keep::bodies(connection, &self.0.room, id)?,
                });
            }
            Ok(all)
        })
    }

    /// Whether a search finds everything that is here: the index has caught up.
    pub fn is_indexed(&self) -> Result<bool, Error> {
        self.with(|connection| {
            Ok(connection.query_row("SELECT NOT EXISTS(SELECT 1 FROM unindexed)", [], |row| row.get(0))?)
        })
    }

    /// How many mails of an account have their bodies here, and how many are to have them.
    pub fn bodies(&self, account: AccountId) -> Result<(u64, u64), Error> {
        self.with(|connection| super::keep::bodies(connection, &self.0.room, account))
    }

    /// Whether the server has yet to agree to something about a mail of this account.
    pub(crate) fn has_open_intents(&self, account: AccountId) -> Result<bool, Error> {
        self.with(|connection| {
            Ok(connection
                .prepare_cached("SELECT EXISTS(SELECT 1 FROM intent WHERE account = ?1 AND state < 10)")?
                .query_row([account.0], |row| row.get(0))?)
        })
    }

    /// How much is kept here of an account, or of one mailbox; `None` for a mailbox that follows its account.
    ///
    /// # Errors
    /// `NotFound`, `StorageFailed`.
    pub fn keep(&self, account: AccountId, mailbox: Option<MailboxId>) -> Result<Option<Keep>, Error> {
        self.with(|connection| super::keep::kept(connection, account, mailbox))
    }

    /// The changes of an account that the server has not agreed to, oldest first: those that wait, and those that were
    /// refused until they are tried again or let go.
    pub fn waiting_changes(&self, account: AccountId) -> Result<Vec<WaitingChange>, Error> {
        self.with(|connection| super::changes::waiting(connection, account))
    }

    /// The mailboxes of an account, roles first, then by path.
    pub fn mailboxes(&self, account: AccountId) -> Result<Vec<Mailbox>, Error> {
        self.with(|connection| {
            let mut all: Vec<Mailbox> = connection
                .prepare_cached(
                    "SELECT id, path, delimiter, role, selectable, total, unread FROM folder
                     WHERE account = ?1 AND listed",
                )?
                .query_map([account.0], |row| mailbox(account, row))?
                .collect::<Result<_, _>>()?;
            let order = |role: Role| Role::ALL.iter().position(|known| *known == role);
            all.sort_by_cached_key(|mailbox| (order(mailbox.role), mailbox.path.to_lowercase()));
            Ok(all)
        })
    }

    /// Whose mailbox it is.
    ///
    /// # Errors
    /// `NotFound`, `StorageFailed`.
    pub fn account_of(&self, mailbox: MailboxId) -> Result<AccountId, Error> {
        self.with(|connection| {
            Ok(connection
                .prepare_cached("SELECT account FROM folder WHERE id = ?1 AND listed")?
                .query_row([mailbox.0], |row| row.get(0).map(AccountId))?)
        })
    }

    /// A window of a list: `count` rows from `first` on.
    pub fn page(&self, query: ListQuery, first: usize, count: usize) -> Result<Page, Error> {
        self.at_once(|snapshot| snapshot.page(query, first, count))
    }

    /// A window of a list around one of its mails: see `Snapshot::page_around`.
    pub fn page_around(
        &self,
        query: ListQuery,
        email: EmailId,
        rows: (usize, usize),
        otherwise: usize,
    ) -> Result<Page, Error> {
        self.at_once(|snapshot| snapshot.page_around(query, email, rows, otherwise))
    }

    /// The server's UID of each of these rows: see `Snapshot::uids`.
    pub fn uids(&self, rows: &[EmailRow]) -> Result<Vec<u32>, Error> {
        self.at_once(|snapshot| snapshot.uids(rows))
    }

    /// The ids of the whole list, in its order: for stepping and selecting beyond the window.
    pub fn ids(&self, query: ListQuery) -> Result<Vec<EmailId>, Error> {
        let now = self.0.lists.now();
        self.with(|connection| {
            self.0.lists.read(connection, query, now, |list| {
                list.window(0, usize::MAX).into_iter().map(|(_, msg)| EmailId(msg)).collect()
            })
        })
    }

    /// One mail's row, from whichever mailbox lists it.
    ///
    /// # Errors
    /// `NotFound`, `StorageFailed`.
    pub fn row(&self, email: EmailId) -> Result<EmailRow, Error> {
        self.at_once(|snapshot| snapshot.row(email))
    }

    /// One mail to read.
    pub fn email(&self, email: EmailId) -> Result<ReadableEmail, Error> {
        let row = self.row(email)?;
        let here = match self.readable(email) {
            Ok(readable) => Some(readable),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let parsed = here.map(|here| mime::parse_excerpt(&here.octets, &here.left_out));
        let body = match &parsed {
            None => BodyState::NotYet,
            Some(parsed) if parsed.damaged => BodyState::Damaged,
            Some(_) => BodyState::Here,
        };
        let parsed = parsed.unwrap_or_else(|| mime::ParsedEmail {
            from: vec![row.from.clone()],
            subject: row.subject.clone(),
            ..mime::ParsedEmail::default()
        });
        Ok(ReadableEmail::of(row, body, parsed))
    }

    /// The raw octets of a mail as on the server; `NotFound` while they aren't here. Of a mail that is to be handed over,
    /// or was and hasn't come back yet, those that are handed over.
    pub fn raw(&self, email: EmailId) -> Result<Vec<u8>, Error> {
        if let Some(bytes) = self.made_here(email)? {
            return Ok(bytes);
        }
        let mut tried = None;
        loop {
            let (account, place) = self.body_place(email)?;
            match pack::read(&pack_directory(&self.0.packs, account), place) {
                // It may be written anew somewhere else just now.
                Err(error) if tried == Some(place) => return Err(error),
                Err(_) => tried = Some(place),
                Ok((_, raw)) => return Ok(raw),
            }
        }
    }

    /// Whether the octets of a mail aren't here.
    ///
    /// # Errors
    /// `StorageFailed`.
    pub fn raw_is_missing(&self, email: EmailId) -> Result<bool, Error> {
        if self.made_here(email)?.is_some() {
            return Ok(false);
        }
        match self.body_place(email) {
            Ok(_) => Ok(false),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Where a mail's octets as on the server lie, and whose they are; `NotFound` while they aren't here.
    pub(super) fn body_place(&self, email: EmailId) -> Result<(AccountId, Place), Error> {
        self.with(|connection| {
            Ok(connection
                .prepare_cached(
                    "SELECT msg.account, pack, off, len FROM body JOIN msg ON msg.id = body.msg
                     WHERE part = '' AND (body.msg = ?1 OR body.msg IN (SELECT origin FROM intent WHERE intent.msg = ?1))
                     ORDER BY body.msg <> ?1 LIMIT 1",
                )?
                .query_row([email.0], |row| {
                    Ok((
                        AccountId(row.get(0)?),
                        Place { pack: row.get(1)?, off: row.get(2)?, len: row.get(3)? },
                    ))
                })?)
        })
    }

    /// The octets of a mail that was made here and isn't on the server yet.
    pub(super) fn made_here(&self, email: EmailId) -> Result<Option<Vec<u8>>, Error> {
        self.with(|connection| {
            let found = connection
                .prepare_cached("SELECT bytes FROM outgoing WHERE msg = ?1")?
                .query_row([email.0], |row| row.get(0));
            optional(found)
        })
    }
}

impl ReadableEmail {
    /// A row with what was read of its mail.
    pub fn of(row: EmailRow, body: BodyState, parsed: mime::ParsedEmail) -> Self {
        Self {
            row,
            body,
            from: parsed.from,
            to: parsed.to,
            cc: parsed.cc,
            reply_to: parsed.reply_to,
            written: parsed.written,
            text: parsed.text,
            from_html: parsed.from_html,
            attachments: parsed.attachments,
        }
    }
}

fn mailbox(account: AccountId, row: &Row<'_>) -> rusqlite::Result<Mailbox> {
    let path: String = row.get(1)?;
    let delimiter: String = row.get(2)?;
    let levels: Vec<&str> = match delimiter.chars().next() {
        Some(delimiter) => path.split(delimiter).collect(),
        None => vec![path.as_str()],
    };
    Ok(Mailbox {
        id: MailboxId(row.get(0)?),
        account,
        name: levels.last().copied().unwrap_or_default().to_owned(),
        depth: u32::try_from(levels.len().saturating_sub(1)).unwrap_or(0),
        role: Role::from_number(row.get(3)?),
        selectable: row.get(4)?,
        total: row.get(5)?,
        unread: row.get(6)?,
        path,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(reader: &Reader, depth: usize) -> Result<usize, Error> {
        reader.with(|connection| {
            let one: usize = connection.query_row("SELECT 1", [], |row| row.get(0))?;
            Ok(if depth == 0 { one } else { one + nested(reader, depth - 1)? })
        })
    }

    #[test]
    fn connections_of_a_busy_moment_are_not_kept() {
        let directory = tempfile::tempdir().unwrap();
        let store = super::super::Store::open(directory.path()).unwrap();
        let reader = store.reader();
        assert_eq!(nested(&reader, 9).unwrap(), 10);
        assert_eq!(reader.0.idle.lock().unwrap().len(), MemoryBudget::USUAL.idle_readers());
        assert_eq!(nested(&reader, 1).unwrap(), 2);
    }
}
