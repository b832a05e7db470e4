//! Wishes for mailboxes: made, renamed, deleted, subscribed to. Durable like those for mails, shown at once, and carried
//! out in their order, since a name depends on those before it.

mod effects;

use std::sync::Arc;

use rusqlite::{Row, params};

pub(super) use self::effects::lay_over;
use self::effects::{empty_out, is_called, rename_on_wire, rename_paths, take_back};
use super::endings::{self, Settled};
use super::intents::{IntentState, add_operation, number};
use super::roles;
use super::undo::{Subject, is_taken_back};
use super::writer::{Changed, Tx, Writer, optional};
use crate::command::Ticket;
use crate::error::{Error, ErrorKind};
use crate::model::{AccountId, Instant, MailboxId, Role};
use crate::wire::utf7;

/// Kinds as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailboxKind {
    Create = 1,
    Rename = 2,
    Delete = 3,
    DeleteIfEmpty = 4,
    Subscribe = 5,
    Unsubscribe = 6,
}

impl MailboxKind {
    pub(super) fn from_number(number: i64) -> Self {
        [Self::Create, Self::Rename, Self::Delete, Self::DeleteIfEmpty, Self::Subscribe]
            .into_iter()
            .find(|kind| *kind as i64 == number)
            .unwrap_or(Self::Unsubscribe)
    }
}

/// One open wish with what is needed to carry it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailboxRow {
    pub id: i64,
    pub operation: Ticket,
    pub mailbox: MailboxId,
    pub kind: MailboxKind,
    /// The mailbox's name on the wire now, and (of a rename) the one it is to have.
    pub name: Arc<str>,
    pub to: Arc<str>,
    /// What it is made for on first use: any mailbox of that role does.
    pub first_use: Role,
    /// What it is to be made for.
    pub role: Role,
    pub state: IntentState,
    pub tries: u32,
}

fn row(row: &Row<'_>) -> rusqlite::Result<MailboxRow> {
    Ok(MailboxRow {
        id: row.get(0)?,
        operation: Ticket(row.get::<_, i64>(1)?.unsigned_abs()),
        mailbox: MailboxId(row.get(2)?),
        kind: MailboxKind::from_number(row.get(3)?),
        name: Arc::from(row.get::<_, String>(4)?),
        to: Arc::from(utf7::encode(row.get_ref(5)?.as_str()?)),
        first_use: Role::from_number(row.get(6)?),
        role: Role::from_number(row.get(9)?),
        state: IntentState::from_number(row.get(7)?),
        tries: row.get(8)?,
    })
}

const COLUMNS: &str =
    "mailbox_intent.id, operation, folder, kind, wire_name, path_to, mailbox_intent.role, state,
  tries, folder.role";

/// Waits for nothing but its time: no older wish for a mailbox of the account is open (one that is to be deleted may wait
/// for mail that is to go into one that is made for it first), nor, before a mailbox is deleted, one for a mail in it, or one
/// that is handed over to another account and whose octets are there alone.
const FREE: &str = "state IN (0, 2)
  AND NOT EXISTS(SELECT 1 FROM mailbox_intent AS older
                 WHERE older.account = mailbox_intent.account AND older.id < mailbox_intent.id AND older.state < 10
                   AND NOT (mailbox_intent.kind = 1 AND mailbox_intent.role <> 0
                            AND older.kind IN (3, 4) AND older.folder <> mailbox_intent.folder))
  AND (kind NOT IN (3, 4)
       OR NOT EXISTS(SELECT 1 FROM intent WHERE mailbox_intent.folder IN (source, target) AND intent.state < 10
                       AND intent.operation < mailbox_intent.operation)
          AND NOT EXISTS(SELECT 1 FROM intent JOIN loc ON loc.msg = intent.origin
                         WHERE intent.kind = 5 AND intent.origin <> 0 AND loc.folder = mailbox_intent.folder
                           AND intent.state < 10 AND intent.operation < mailbox_intent.operation
                           AND NOT EXISTS(SELECT 1 FROM body WHERE body.msg = intent.origin)))";

/// A mailbox as a wish sees it.
struct Place {
    account: AccountId,
    path: String,
    delimiter: String,
    role: Role,
}

impl Writer {
    /// Makes a mailbox, shown at once.
    ///
    /// # Errors
    /// `WrongState` when there is one of that name.
    pub fn create_mailbox(
        &mut self,
        operation: Ticket,
        account: AccountId,
        path: &str,
        role: Option<Role>,
        now: Instant,
    ) -> Result<Changed, Error> {
        let ((), changed) = self.change(|tx| {
            if is_taken(tx, account, path)? {
                return Err(taken());
            }
            add_operation(tx, operation, account, 0, now)?;
            let mailbox = put_folder(tx, account, path, Role::None)?;
            if let Some(role) = role {
                roles::choose(tx, account, mailbox, role)?;
            }
            add(tx, operation, account, (mailbox, MailboxKind::Create), ("", path), Role::None)
        })?;
        Ok(changed)
    }

    /// Gives a mailbox another path; those below it go along.
    ///
    /// # Errors
    /// `WrongState` for INBOX, or when there is one of that name.
    pub fn rename_mailbox(
        &mut self,
        operation: Ticket,
        mailbox: MailboxId,
        path: &str,
        now: Instant,
    ) -> Result<Changed, Error> {
        let ((), changed) = self.change(|tx| {
            let place = place(tx, mailbox)?;
            if place.role == Role::Inbox {
                return Err(Error::note(ErrorKind::WrongState, "INBOX keeps its name"));
            }
            if is_taken(tx, place.account, path)?
                || path.starts_with(&format!("{}{}", place.path, place.delimiter))
            {
                return Err(taken());
            }
            add_operation(tx, operation, place.account, 0, now)?;
            rename_paths(tx, place.account, &place.path, path)?;
            let wish = (mailbox, MailboxKind::Rename);
            add(tx, operation, place.account, wish, (&place.path, path), Role::None)
        })?;
        Ok(changed)
    }

    /// Deletes a mailbox with all in it: hidden at once; what is here of it stays until the server agreed.
    ///
    /// # Errors
    /// `WrongState` for INBOX.
    pub fn delete_mailbox(
        &mut self,
        operation: Ticket,
        mailbox: MailboxId,
        now: Instant,
    ) -> Result<Changed, Error> {
        let ((), changed) = self.change(|tx| {
            let place = place(tx, mailbox)?;
            if place.role == Role::Inbox {
                return Err(Error::note(ErrorKind::WrongState, "INBOX can't be deleted"));
            }
            add_operation(tx, operation, place.account, 0, now)?;
            tx.execute("UPDATE folder SET listed = 0 WHERE id = ?1", [mailbox.0])?;
            tx.touch(mailbox.0);
            let wish = (mailbox, MailboxKind::Delete);
            add(tx, operation, place.account, wish, (&place.path, ""), Role::None)
        })?;
        Ok(changed)
    }

    /// Subscribes to a mailbox, or no longer.
    pub fn subscribe_mailbox(
        &mut self,
        operation: Ticket,
        mailbox: MailboxId,
        subscribed: bool,
        now: Instant,
    ) -> Result<Changed, Error> {
        let ((), changed) = self.change(|tx| {
            let place = place(tx, mailbox)?;
            let kind = if subscribed { MailboxKind::Subscribe } else { MailboxKind::Unsubscribe };
            add_operation(tx, operation, place.account, 0, now)?;
            add(tx, operation, place.account, (mailbox, kind), (&place.path, ""), Role::None)
        })?;
        Ok(changed)
    }

    /// The wish to carry out next, if one is due.
    pub fn due_mailbox(&self, account: AccountId, now: Instant) -> Result<Option<MailboxRow>, Error> {
        optional(
            self.look()
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM mailbox_intent JOIN folder ON folder.id = folder
                     WHERE mailbox_intent.account = ?1 AND {FREE}
                       AND (not_before <= ?2 OR not_before - ?2 > 3600000)
                     ORDER BY mailbox_intent.id LIMIT 1"
                ))?
                .query_row([account.0, now.0], row),
        )
    }

    /// How many are open, and when the next one becomes due.
    pub(super) fn waiting_mailbox_intents(
        &self,
        account: AccountId,
    ) -> Result<(u64, Option<Instant>), Error> {
        let (count, next): (i64, Option<i64>) = self
            .look()
            .prepare_cached(&format!(
                "SELECT count(*), min(CASE WHEN {FREE} THEN not_before END) FROM mailbox_intent
                 WHERE account = ?1 AND state < 10"
            ))?
            .query_row([account.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok((count.unsigned_abs(), next.map(Instant)))
    }

    /// Written before bytes leave; `false` when it was taken back a moment ago.
    pub fn mailbox_sent(&mut self, id: i64) -> Result<bool, Error> {
        self.keep(|tx| {
            Ok(tx.execute("UPDATE mailbox_intent SET state = 1 WHERE id = ?1 AND state IN (0, 2)", [id])? > 0)
        })
    }

    /// To be done again, not before then.
    pub fn mailbox_waiting(&mut self, id: i64, state: IntentState, not_before: Instant) -> Result<(), Error> {
        self.keep(|tx| {
            tx.execute(
                "UPDATE mailbox_intent SET state = ?2, not_before = ?3, tries = tries + 1
                 WHERE id = ?1 AND state < 10",
                params![id, state as i64, not_before.0],
            )?;
            Ok(())
        })
    }

    /// The server agreed. `name`: what a mailbox that was made or renamed is called there.
    pub fn mailbox_done(&mut self, id: i64, name: Option<&str>) -> Result<(Vec<Settled>, Changed), Error> {
        self.change(|tx| {
            let Some(row) = open(tx, id)? else { return Ok(Vec::new()) };
            tx.execute("UPDATE mailbox_intent SET state = 10 WHERE id = ?1", [id])?;
            let account = place(tx, row.mailbox)?.account;
            let mut settled = Vec::new();
            match row.kind {
                MailboxKind::Create => {
                    if let Some(name) = name.filter(|name| **name != *row.name) {
                        is_called(tx, account, &row, name)?;
                    }
                }
                MailboxKind::Rename => rename_on_wire(tx, account, &row.name, name.unwrap_or(&row.to))?,
                MailboxKind::Delete | MailboxKind::DeleteIfEmpty => settled = empty_out(tx, row.mailbox)?,
                MailboxKind::Subscribe | MailboxKind::Unsubscribe => {}
            }
            tx.touch_mailboxes(account.0);
            tx.wake(account.0);
            settled.extend(endings::finish_operation(tx, number(row.operation))?);
            Ok(settled)
        })
    }

    /// The server won't: what was shown of it is taken back, and so is what can't be done without it.
    pub fn mailbox_refused(&mut self, id: i64, error: &Error) -> Result<(Vec<Settled>, Changed), Error> {
        self.change(|tx| {
            let Some(row) = open(tx, id)? else { return Ok(Vec::new()) };
            let mut all = refuse(tx, &row, error)?;
            all.extend(endings::finish_operation(tx, number(row.operation))?);
            Ok(all)
        })
    }
}

/// Writes why a wish can't be met, and takes back what was shown of it.
fn refuse(tx: &Tx<'_>, row: &MailboxRow, error: &Error) -> Result<Vec<Settled>, Error> {
    tx.execute(
        "UPDATE mailbox_intent SET state = 11, error = ?2, error_text = ?3 WHERE id = ?1",
        params![row.id, error.kind().code(), error.server_text().unwrap_or_default()],
    )?;
    take_back(tx, row, error)
}

fn taken() -> Error {
    Error::note(ErrorKind::WrongState, "there is a mailbox of that name")
}

fn open(tx: &Tx<'_>, id: i64) -> Result<Option<MailboxRow>, Error> {
    optional(
        tx.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM mailbox_intent JOIN folder ON folder.id = folder
             WHERE mailbox_intent.id = ?1 AND state < 10"
        ))?
        .query_row([id], row),
    )
}

fn place(tx: &Tx<'_>, mailbox: MailboxId) -> Result<Place, Error> {
    Ok(tx.prepare_cached("SELECT account, path, delimiter, role FROM folder WHERE id = ?1")?.query_row(
        [mailbox.0],
        |row| {
            Ok(Place {
                account: AccountId(row.get(0)?),
                path: row.get(1)?,
                delimiter: row.get(2)?,
                role: Role::from_number(row.get(3)?),
            })
        },
    )?)
}

fn is_taken(tx: &Tx<'_>, account: AccountId, path: &str) -> Result<bool, Error> {
    Ok(tx.query_row(
        "SELECT EXISTS(SELECT 1 FROM folder WHERE account = ?1 AND path = ?2 AND listed AND selectable)",
        params![account.0, path],
        |row| row.get(0),
    )?)
}

fn add(
    tx: &Tx<'_>,
    operation: Ticket,
    account: AccountId,
    (mailbox, kind): (MailboxId, MailboxKind),
    (from, to): (&str, &str),
    first_use: Role,
) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO mailbox_intent(operation, account, folder, kind, path_from, path_to, role)
         VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![number(operation), account.0, mailbox.0, kind as i64, from, to, first_use as i64],
    )?;
    tx.touch_mailboxes(account.0);
    tx.wake(account.0);
    Ok(())
}

/// A row for a mailbox that is to be made; one that the server doesn't list any more is taken up again.
fn put_folder(tx: &Tx<'_>, account: AccountId, path: &str, role: Role) -> Result<MailboxId, Error> {
    let delimiter: Option<String> = optional(tx.query_row(
        "SELECT delimiter FROM folder WHERE account = ?1 AND listed ORDER BY role <> 1, id LIMIT 1",
        [account.0],
        |row| row.get(0),
    ))?;
    Ok(tx.query_row(
        "INSERT INTO folder(account, wire_name, path, delimiter, role, selectable) VALUES(?1, ?2, ?3, ?4, ?5, 1)
         ON CONFLICT(account, wire_name) DO UPDATE SET listed = 1, selectable = 1, path = excluded.path,
           role = excluded.role, chosen_role = NULL
         RETURNING id",
        params![account.0, utf7::encode(path), path, delimiter.unwrap_or_default(), role as i64],
        |row| row.get(0).map(MailboxId),
    )?)
}

/// The mailbox of that role; where there is none, one that will be made before anything is put there.
pub(super) fn mailbox_of_role(
    tx: &Tx<'_>,
    operation: Ticket,
    account: AccountId,
    role: Role,
) -> Result<MailboxId, Error> {
    let by_label = if role == Role::Archive { super::labels::archive(tx, account)? } else { None };
    if let Some(mailbox) = by_label.or(roles::with_role(tx, account, role)?) {
        return Ok(mailbox);
    }
    let name = match role {
        Role::Archive => "Archive",
        Role::Trash => "Trash",
        Role::Sent => "Sent",
        Role::Drafts => "Drafts",
        Role::Junk => "Junk",
        Role::None | Role::Inbox | Role::All | Role::Flagged => {
            return Err(Error::note(ErrorKind::NotFound, "this account has no such mailbox"));
        }
    };
    let path = format!("{}{name}", prefix(tx, account)?);
    let mailbox = put_folder(tx, account, &path, role)?;
    add(tx, operation, account, (mailbox, MailboxKind::Create), ("", &path), role)?;
    Ok(mailbox)
}

/// What names begin with where everything lies below INBOX, else nothing.
fn prefix(tx: &Tx<'_>, account: AccountId) -> Result<String, Error> {
    let inbox: Option<String> = optional(tx.query_row(
        "SELECT path || delimiter FROM folder WHERE account = ?1 AND role = 1 AND listed AND delimiter <> ''",
        [account.0],
        |row| row.get(0),
    ))?;
    let Some(inbox) = inbox else { return Ok(String::new()) };
    let (below, beside): (i64, i64) = tx.query_row(
        "SELECT coalesce(sum(lower(substr(path, 1, length(?2))) = lower(?2)), 0),
                coalesce(sum(lower(substr(path, 1, length(?2))) <> lower(?2)), 0)
         FROM folder WHERE account = ?1 AND role <> 1 AND listed",
        params![account.0, inbox],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok(if below > 0 && beside == 0 { inbox } else { String::new() })
}

/// Takes an operation's wishes back; gives how many inverse ones were queued, `None` if it had none.
/// A mailbox that was made for mails (`with_mails`) stays: others may have been put there since.
pub(super) fn undo(
    tx: &Tx<'_>,
    operation: Ticket,
    undo: Ticket,
    with_mails: bool,
    also: &mut Vec<Settled>,
) -> Result<Option<usize>, Error> {
    let wishes: Vec<(i64, i64, i64, String, String, i64, i64)> = tx
        .prepare_cached(
            "SELECT id, folder, kind, path_from, path_to, state, account FROM mailbox_intent
             WHERE operation = ?1 ORDER BY id DESC",
        )?
        .query_map([number(operation)], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?))
        })?
        .collect::<Result<_, _>>()?;
    if wishes.is_empty() {
        return Ok(None);
    }
    let mut queued = 0;
    for (id, folder, kind, from, to, state, account) in wishes {
        let (mailbox, account) = (MailboxId(folder), AccountId(account));
        let (kind, state) = (MailboxKind::from_number(kind), IntentState::from_number(state));
        if with_mails {
            if state < IntentState::Done {
                tx.execute(
                    "UPDATE mailbox_intent SET operation = ?2 WHERE id = ?1",
                    params![id, number(undo)],
                )?;
                queued += 1;
            }
            continue;
        }
        if matches!(state, IntentState::Conflict | IntentState::Undone | IntentState::Discarded) {
            continue;
        }
        if state == IntentState::Queued {
            let row = open(tx, id)?.ok_or_else(|| Error::new(ErrorKind::NotFound))?;
            if kind == MailboxKind::Create && is_awaited(tx, mailbox)? {
                return Err(Error::note(ErrorKind::WrongState, "mail is on its way there"));
            }
            also.extend(take_back(tx, &row, &Error::new(ErrorKind::Canceled))?);
            tx.execute("UPDATE mailbox_intent SET state = 12 WHERE id = ?1", [id])?;
            continue;
        }
        if is_taken_back(tx, number(operation), Subject::Mailbox(folder))? {
            continue;
        }
        let (inverse, paths) = match kind {
            MailboxKind::Create => {
                tx.execute("UPDATE folder SET listed = 0 WHERE id = ?1", [folder])?;
                (MailboxKind::DeleteIfEmpty, (to.as_str(), ""))
            }
            MailboxKind::Rename => {
                rename_paths(tx, account, &to, &from)?;
                (MailboxKind::Rename, (to.as_str(), from.as_str()))
            }
            MailboxKind::Delete | MailboxKind::DeleteIfEmpty => {
                return Err(Error::note(ErrorKind::WrongState, "a deleted mailbox can't be brought back"));
            }
            MailboxKind::Subscribe => (MailboxKind::Unsubscribe, (from.as_str(), "")),
            MailboxKind::Unsubscribe => (MailboxKind::Subscribe, (from.as_str(), "")),
        };
        add(tx, undo, account, (mailbox, inverse), paths, Role::None)?;
        queued += 1;
    }
    Ok(Some(queued))
}

/// Whether a mailbox is to be deleted.
pub(super) fn is_doomed(tx: &Tx<'_>, mailbox: i64) -> Result<bool, Error> {
    Ok(tx
        .prepare_cached(
            "SELECT EXISTS(SELECT 1 FROM mailbox_intent WHERE folder = ?1 AND kind IN (3, 4) AND state < 10)",
        )?
        .query_row([mailbox], |row| row.get(0))?)
}

/// What was to be taken out of a mailbox, or copied, before that is deleted is still in it and nowhere else: it isn't
/// deleted. Gives the operations concerned.
pub(super) fn spare(tx: &Tx<'_>, undone: i64) -> Result<Vec<i64>, Error> {
    let doomed: Vec<(i64, i64)> = tx
        .prepare_cached(
            "SELECT mailbox_intent.id, mailbox_intent.operation FROM intent
             JOIN mailbox_intent ON mailbox_intent.folder = intent.source
               OR intent.kind = 5 AND mailbox_intent.folder IN (SELECT folder FROM loc WHERE loc.msg = intent.origin)
             WHERE (intent.id = ?1 OR intent.depends = ?1)
               AND (intent.kind IN (2, 4, 5) OR intent.kind = 3 AND intent.depends <> 0)
               AND mailbox_intent.kind IN (3, 4) AND mailbox_intent.state < 10
               AND intent.operation < mailbox_intent.operation
               AND EXISTS(SELECT 1 FROM (SELECT folder, msg FROM loc UNION ALL SELECT folder, msg FROM quarantine)
                          WHERE folder = mailbox_intent.folder
                            AND msg = CASE WHEN intent.kind IN (4, 5) THEN intent.origin ELSE intent.msg END)",
        )?
        .query_map([undone], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let error = Error::note(ErrorKind::WrongState, "mail that was to leave it first is still there");
    let mut operations = Vec::new();
    for (id, operation) in doomed {
        let Some(row) = open(tx, id)? else { continue };
        refuse(tx, &row, &error)?;
        tx.wake(place(tx, row.mailbox)?.account.0);
        operations.push(operation);
    }
    Ok(operations)
}

/// Operations that were taken back, each with why, and what ended by that.
pub(super) type TakenBack = (Vec<(Ticket, Error)>, Vec<Settled>);

/// The account has another server: a mailbox that was to be deleted may be another one there, with other mail in it, and stays.
/// Gives the operations concerned and why, and what ended by it. One that is only deleted where it is empty is looked at first.
pub(super) fn spare_all(tx: &Tx<'_>, account: AccountId) -> Result<TakenBack, Error> {
    let doomed: Vec<i64> = tx
        .prepare_cached(
            "SELECT id FROM mailbox_intent WHERE account = ?1 AND kind = 3 AND state < 10 ORDER BY id",
        )?
        .query_map([account.0], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let error = Error::new(ErrorKind::FolderReset);
    let (mut refused, mut settled) = (Vec::new(), Vec::new());
    for id in doomed {
        let Some(row) = open(tx, id)? else { continue };
        settled.extend(refuse(tx, &row, &error)?);
        settled.extend(endings::finish_operation(tx, number(row.operation))?);
        refused.push((row.operation, error.clone()));
    }
    Ok((refused, settled))
}

/// Whether mail is to be put there.
fn is_awaited(tx: &Tx<'_>, mailbox: MailboxId) -> Result<bool, Error> {
    Ok(tx.query_row(
        "SELECT EXISTS(SELECT 1 FROM intent WHERE target = ?1 AND state < 10)",
        [mailbox.0],
        |row| row.get(0),
    )?)
}

/// An operation's wishes are let go: what was refused is no longer listed, what waits isn't done.
/// Gives what ends by that.
pub(super) fn let_go(tx: &Tx<'_>, operation: Ticket) -> Result<Vec<Settled>, Error> {
    tx.execute(
        "UPDATE mailbox_intent SET state = 13 WHERE operation = ?1 AND state = 11",
        [number(operation)],
    )?;
    let queued: Vec<i64> = tx
        .prepare_cached("SELECT id FROM mailbox_intent WHERE operation = ?1 AND state = 0 ORDER BY id DESC")?
        .query_map([number(operation)], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut settled = Vec::new();
    for id in queued {
        let Some(row) = open(tx, id)? else { continue };
        if row.kind == MailboxKind::Create && is_awaited(tx, row.mailbox)? {
            return Err(Error::note(ErrorKind::WrongState, "mail is on its way there"));
        }
        settled.extend(take_back(tx, &row, &Error::new(ErrorKind::Canceled))?);
        tx.execute("UPDATE mailbox_intent SET state = 12 WHERE id = ?1", [id])?;
    }
    Ok(settled)
}
