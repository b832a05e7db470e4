//! Reading what is here: never waits for the network, and for the writer only while it commits.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OpenFlags, Row};

use super::pack::{self, Place};
use super::pack_directory;
use super::writer::optional;
use crate::error::{Error, ErrorKind};
use crate::mime;
use crate::model::{
    AccountId, AccountState, AccountStatus, Address, BodyState, EmailId, EmailRow, FlagBits, Instant,
    ListQuery, Mailbox, MailboxId, Page, ReadableEmail, Role, WaitingChange,
};

/// Reads what is on this device. Cheap to clone; every call is local, fit for a background thread.
#[derive(Clone)]
pub struct Reader(Arc<Inner>);

struct Inner {
    path: PathBuf,
    packs: PathBuf,
    idle: Mutex<Vec<Connection>>,
    /// Whole lists as vectors of ids, with the versions of the mailboxes they were made from.
    lists: Mutex<HashMap<ListQuery, List>>,
    /// How accounts are doing: the engine's to say, not stored.
    states: Mutex<HashMap<AccountId, (AccountState, Option<Error>)>>,
}

#[derive(Clone)]
struct List {
    versions: Vec<(i64, i64)>,
    /// (mailbox, mail)
    ids: Arc<Vec<(i64, i64)>>,
}

const ROW: &str =
    "SELECT msg.id, shown.folder, msg.date, msg.size, shown.flags, shown.pending, msg.has_attachment,
  msg.from_name, msg.from_address, msg.subject, msg.preview FROM shown JOIN msg ON msg.id = shown.msg";

fn email_row(row: &Row<'_>) -> rusqlite::Result<EmailRow> {
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
    })
}

impl Reader {
    pub(super) fn new(path: PathBuf, packs: PathBuf) -> Self {
        Self(Arc::new(Inner {
            path,
            packs,
            idle: Mutex::default(),
            lists: Mutex::default(),
            states: Mutex::default(),
        }))
    }

    fn with<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        let idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => {
                let connection = Connection::open_with_flags(
                    &self.0.path,
                    OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
                )?;
                connection.busy_timeout(std::time::Duration::from_secs(5))?;
                connection.set_prepared_statement_cache_capacity(32);
                connection
            }
        };
        // One snapshot for all of a call's questions.
        connection.execute_batch("BEGIN")?;
        let result = work(&connection);
        if connection.execute_batch("COMMIT").is_ok() {
            self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
        result
    }

    /// The engine's word on how an account is doing.
    pub(crate) fn set_state(&self, account: AccountId, state: AccountState, error: Option<Error>) {
        self.0.states.lock().unwrap_or_else(PoisonError::into_inner).insert(account, (state, error));
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
                    bodies: bodies(connection, id)?,
                });
            }
            Ok(all)
        })
    }

    /// How many mails of an account have their bodies here, and how many there are.
    pub fn bodies(&self, account: AccountId) -> Result<(u64, u64), Error> {
        self.with(|connection| bodies(connection, account))
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

    /// A window of a list: `count` rows from `first` on.
    pub fn page(&self, query: ListQuery, first: usize, count: usize) -> Result<Page, Error> {
        let list = self.list(query)?;
        self.with(|connection| {
            let total = list.len();
            let first = first.min(total);
            let window = list.get(first..first.saturating_add(count).min(total)).unwrap_or_default();
            let mut statement = connection.prepare_cached(&format!(
                "{ROW} WHERE shown.folder = ?1 AND shown.msg = ?2 AND shown.date = (SELECT date FROM msg WHERE id = ?2)"
            ))?;
            let mut rows = Vec::with_capacity(window.len());
            for (folder, msg) in window {
                // A row that left since the list was read is left out; FolderChanged is on its way.
                rows.extend(optional(statement.query_row([folder, msg], email_row))?);
            }
            Ok(Page { rows, first, total })
        })
    }

    /// The ids of the whole list, in its order: for stepping and selecting beyond the window.
    pub fn ids(&self, query: ListQuery) -> Result<Vec<EmailId>, Error> {
        Ok(self.list(query)?.iter().map(|(_, msg)| EmailId(*msg)).collect())
    }

    fn list(&self, query: ListQuery) -> Result<Arc<Vec<(i64, i64)>>, Error> {
        self.with(|connection| {
            let versions = versions(connection, query)?;
            let known = self.0.lists.lock().unwrap_or_else(PoisonError::into_inner).get(&query).cloned();
            if let Some(list) = known.filter(|list| list.versions == versions) {
                return Ok(list.ids);
            }
            let ids = Arc::new(read_list(connection, query, &versions)?);
            let mut lists = self.0.lists.lock().unwrap_or_else(PoisonError::into_inner);
            if lists.len() > 8 {
                lists.clear();
            }
            lists.insert(query, List { versions, ids: Arc::clone(&ids) });
            Ok(ids)
        })
    }

    /// One mail to read.
    pub fn email(&self, email: EmailId) -> Result<ReadableEmail, Error> {
        let row = self.with(|connection| {
            Ok(connection
                .prepare_cached(&format!("{ROW} WHERE shown.msg = ?1 LIMIT 1"))?
                .query_row([email.0], email_row)?)
        })?;
        let raw = match self.raw(email) {
            Ok(raw) => Some(raw),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let parsed = raw.as_deref().map(mime::parse);
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
        Ok(ReadableEmail {
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
        })
    }

    /// The raw octets of a mail as on the server; `NotFound` while they aren't here. Of a mail that is to be handed over,
    /// or was and hasn't come back yet, those that are handed over.
    pub fn raw(&self, email: EmailId) -> Result<Vec<u8>, Error> {
        let made_here = self.with(|connection| {
            let found = connection
                .prepare_cached("SELECT bytes FROM outgoing WHERE msg = ?1")?
                .query_row([email.0], |row| row.get(0));
            optional(found)
        })?;
        if let Some(bytes) = made_here {
            return Ok(bytes);
        }
        let (account, place) = self.with(|connection| {
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
        })?;
        Ok(pack::read(&pack_directory(&self.0.packs, account), place)?.1)
    }
}

fn bodies(connection: &Connection, account: AccountId) -> Result<(u64, u64), Error> {
    let (total, missing): (u64, u64) = connection.query_row(
        "SELECT coalesce(sum(total), 0), coalesce(sum(wanted), 0) FROM folder WHERE account = ?1 AND listed",
        [account.0],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok((total.saturating_sub(missing), total))
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

/// Which mailboxes a list is made of, and their versions: equal versions, equal list.
fn versions(connection: &Connection, query: ListQuery) -> Result<Vec<(i64, i64)>, Error> {
    let (condition, value) = match query {
        ListQuery::Mailbox(mailbox) => ("id = ?1", mailbox.0),
        ListQuery::AllInboxes => ("listed AND role = ?1", Role::Inbox as i64),
        ListQuery::Starred => ("listed AND role NOT IN (?1, 5)", Role::Trash as i64),
    };
    let mut statement = connection
        .prepare_cached(&format!("SELECT id, version FROM folder WHERE {condition} ORDER BY id"))?;
    let rows = statement.query_map([value], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn read_list(
    connection: &Connection,
    query: ListQuery,
    folders: &[(i64, i64)],
) -> Result<Vec<(i64, i64)>, Error> {
    let starred = if query == ListQuery::Starred { "AND flags & 4 <> 0" } else { "" };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT date, msg FROM shown WHERE folder = ?1 {starred} ORDER BY date DESC, msg DESC"
    ))?;
    let mut all: Vec<(i64, i64, i64)> = Vec::new();
    for (folder, _) in folders {
        for row in statement.query_map([folder], |row| Ok((row.get(0)?, row.get(1)?)))? {
            let (date, msg): (i64, i64) = row?;
            all.push((date, msg, *folder));
        }
    }
    if folders.len() > 1 {
        all.sort_unstable_by(|one, other| other.cmp(one));
    }
    Ok(all.into_iter().map(|(_, msg, folder)| (folder, msg)).collect())
}
