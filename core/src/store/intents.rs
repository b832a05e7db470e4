//! Intents: what the person wants of mails and the server may not know yet.
//!
//! An intent is durable before anybody sees its effect, and leaves only as done, as a conflict that was told, or undone.
//! `queued` → `sent` (written before bytes leave, for what can't be repeated) → `done`; a lost link makes `sent` into
//! `unknown`, which is probed before anything is repeated; a move whose mail wasn't found at the target yet is `landed`.

use std::collections::BTreeSet;

use rusqlite::{Row, params};

use super::endings::{Settled, finish_operation, stays};
use super::writer::{Changed, Tx, Writer, optional};
use super::{shown, writer};
use crate::command::Ticket;
use crate::error::{Error, ErrorKind};
use crate::imap::Uid;
use crate::model::{AccountId, EmailId, FlagBits, Instant, MailboxId};

/// Kinds as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntentKind {
    Flags = 1,
    Move = 2,
    Expunge = 3,
}

impl IntentKind {
    pub(super) fn from_number(number: i64) -> Option<Self> {
        [Self::Flags, Self::Move, Self::Expunge].into_iter().find(|kind| *kind as i64 == number)
    }
}

/// States as stored; below 10 is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IntentState {
    /// Not sent.
    Queued = 0,
    /// Maybe sent: bytes were about to leave.
    Sent = 1,
    /// Sent, and the answer was lost: to be probed.
    Unknown = 2,
    /// A move the server agreed to; where the mail is now is found by the next look at the target.
    Landed = 3,
    /// The server agreed.
    Done = 10,
    /// The server refused for good, or the mail is gone.
    Conflict = 11,
    /// Taken back before it was sent.
    Undone = 12,
}

impl IntentState {
    fn from_number(number: i64) -> Self {
        [Self::Queued, Self::Sent, Self::Unknown, Self::Landed, Self::Done, Self::Conflict]
            .into_iter()
            .find(|state| *state as i64 == number)
            .unwrap_or(Self::Undone)
    }
}

/// What is wanted of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Flags { add: FlagBits, remove: FlagBits },
    Move { to: MailboxId },
    Expunge,
}

/// One open intent with what is needed to carry it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntentRow {
    pub id: i64,
    pub operation: Ticket,
    pub email: EmailId,
    pub change: Change,
    pub source: MailboxId,
    pub state: IntentState,
    pub tries: u32,
    /// Where the server has the mail in `source` now, as far as is known.
    pub uid: Option<Uid>,
    /// UIDVALIDITY and UID when the intent was made: what the person saw.
    pub base: (u32, Uid),
    /// Where a probe of the target begins.
    pub target_uid_next: Uid,
    pub message_id: String,
    pub size: u64,
    pub date: Instant,
}

/// What taking an operation back came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undone {
    /// How many inverse intents were queued.
    pub queued: usize,
    /// The operation itself, if it ended by this.
    pub settled: Option<Settled>,
    /// Others that have nothing left to do by this.
    pub also: Vec<Settled>,
}

/// An intent that is to be taken back.
struct Past {
    id: i64,
    msg: i64,
    kind: Option<IntentKind>,
    add: FlagBits,
    remove: FlagBits,
    source: i64,
    before: FlagBits,
    state: IntentState,
}

fn past(row: &Row<'_>) -> rusqlite::Result<Past> {
    Ok(Past {
        id: row.get(0)?,
        msg: row.get(1)?,
        kind: IntentKind::from_number(row.get(2)?),
        add: FlagBits(row.get(3)?),
        remove: FlagBits(row.get(4)?),
        source: row.get(5)?,
        before: FlagBits(row.get(6)?),
        state: IntentState::from_number(row.get(7)?),
    })
}

impl Past {
    /// What makes it as it was. Only flags that it really changed are changed back.
    fn inverse(&self) -> Change {
        match self.kind {
            Some(IntentKind::Move) => Change::Move { to: MailboxId(self.source) },
            Some(IntentKind::Flags | IntentKind::Expunge) | None => {
                Change::Flags { add: self.remove & self.before, remove: self.add & !self.before }
            }
        }
    }
}

const COLUMNS: &str =
    "intent.id, operation, intent.msg, kind, flags_add, flags_remove, source, target, state, tries,
  (SELECT uid FROM loc WHERE loc.msg = intent.msg AND loc.folder = intent.source),
  base_validity, base_uid, target_uid_next, msg.message_id, msg.size, msg.date";

/// Waits for nothing but its time: no older intent for the same mail is open, and the mailbox it is in isn't being
/// read anew after a change of UIDVALIDITY, which will tell where the mail is.
const FREE: &str = "state IN (0, 2)
  AND NOT EXISTS(SELECT 1 FROM intent AS older
                 WHERE older.msg = intent.msg AND older.id < intent.id AND older.state < 10)
  AND NOT EXISTS(SELECT 1 FROM quarantine WHERE quarantine.msg = intent.msg AND quarantine.folder = intent.source)";

/// Its time (?2 is now) has come; one far in the future comes from a wall clock that was set back.
const DUE: &str = "(not_before <= ?2 OR not_before - ?2 > 3600000)";

fn row(row: &Row<'_>) -> rusqlite::Result<IntentRow> {
    let change = match IntentKind::from_number(row.get(3)?) {
        Some(IntentKind::Move) => Change::Move { to: MailboxId(row.get(7)?) },
        Some(IntentKind::Expunge) => Change::Expunge,
        Some(IntentKind::Flags) | None => {
            Change::Flags { add: FlagBits(row.get(4)?), remove: FlagBits(row.get(5)?) }
        }
    };
    Ok(IntentRow {
        id: row.get(0)?,
        operation: Ticket(row.get::<_, i64>(1)?.unsigned_abs()),
        email: EmailId(row.get(2)?),
        change,
        source: MailboxId(row.get(6)?),
        state: IntentState::from_number(row.get(8)?),
        tries: row.get(9)?,
        uid: row.get(10)?,
        base: (row.get(11)?, row.get(12)?),
        target_uid_next: row.get(13)?,
        message_id: row.get(14)?,
        size: row.get(15)?,
        date: Instant(row.get(16)?),
    })
}

/// A ticket as the database holds it.
fn number(ticket: Ticket) -> i64 {
    i64::try_from(ticket.0).unwrap_or(i64::MAX)
}

impl Writer {
    /// The first ticket number that no operation has had.
    pub fn next_ticket(&self) -> Result<u64, Error> {
        let used: Option<i64> = writer::optional(self.look().query_row(
            "SELECT seq FROM sqlite_sequence WHERE name = 'operation'",
            [],
            |row| row.get(0),
        ))?;
        Ok(used.unwrap_or(0).unsigned_abs().saturating_add(1))
    }

    /// After a restart: what was about to be sent may have been sent.
    pub(super) fn recover_all_intents(&mut self) -> Result<(), Error> {
        self.keep(|tx| {
            Ok(tx.execute(
                "UPDATE intent SET state = CASE kind WHEN 2 THEN 2 ELSE 0 END WHERE state = 1",
                [],
            )?)
        })?;
        Ok(())
    }

    /// The same for an account none of whose intents is on its way: one is left over where its end couldn't be written.
    pub fn recover_intents(&mut self, account: AccountId) -> Result<(), Error> {
        self.keep(|tx| {
            Ok(tx.execute(
                "UPDATE intent SET state = CASE kind WHEN 2 THEN 2 ELSE 0 END WHERE state = 1 AND account = ?1",
                [account.0],
            )?)
        })?;
        Ok(())
    }

    /// Makes one operation of changes to mails, with their effect on every list, in one durable transaction.
    /// Mails that already are as wanted need nothing; the count is of those that do.
    pub fn record(
        &mut self,
        operation: Ticket,
        account: AccountId,
        changes: &[(EmailId, Change)],
        now: Instant,
    ) -> Result<(usize, Changed), Error> {
        self.change(|tx| {
            add_operation(tx, operation, account, 0, now)?;
            let mut count = 0;
            for (email, change) in changes {
                if record_one(tx, operation, account, email.0, *change)? {
                    shown::refresh(tx, email.0)?;
                    count += 1;
                }
            }
            if count == 0 {
                tx.execute("UPDATE operation SET finished = 1 WHERE id = ?1", [number(operation)])?;
            }
            Ok(count)
        })
    }

    /// Takes an operation back: what wasn't sent is dropped, for the rest the inverse is queued as `undo`.
    pub fn undo(
        &mut self,
        operation: Ticket,
        undo: Ticket,
        account: AccountId,
        now: Instant,
    ) -> Result<(Undone, Changed), Error> {
        self.change(|tx| {
            let intents: Vec<Past> = tx
                .prepare_cached(
                    "SELECT id, msg, kind, flags_add, flags_remove, source, base_flags, state FROM intent
                     WHERE operation = ?1 AND account = ?2 ORDER BY id DESC",
                )?
                .query_map([number(operation), account.0], past)?
                .collect::<Result<_, _>>()?;
            if intents.is_empty() {
                return Err(Error::new(ErrorKind::NotFound));
            }
            if intents
                .iter()
                .any(|past| past.kind == Some(IntentKind::Expunge) && past.state != IntentState::Queued)
            {
                return Err(Error::note(
                    ErrorKind::WrongState,
                    "mail deleted for ever can't be brought back",
                ));
            }
            add_operation(tx, undo, account, number(operation), now)?;
            let mut count = 0;
            let mut others = BTreeSet::new();
            for past in intents {
                match past.state {
                    IntentState::Queued => {
                        set_state(tx, past.id, IntentState::Undone)?;
                        others.extend(stays(tx, past.id, past.msg)?);
                        shown::refresh(tx, past.msg)?;
                    }
                    IntentState::Conflict | IntentState::Undone => {}
                    IntentState::Sent | IntentState::Unknown | IntentState::Landed | IntentState::Done => {
                        if record_one(tx, undo, account, past.msg, past.inverse())? {
                            shown::refresh(tx, past.msg)?;
                            count += 1;
                        }
                    }
                }
            }
            let settled = finish_operation(tx, number(operation))?;
            if count == 0 {
                tx.execute("UPDATE operation SET finished = 1 WHERE id = ?1", [number(undo)])?;
            }
            let mut also = Vec::new();
            for other in others {
                also.extend(finish_operation(tx, other)?);
            }
            Ok(Undone { queued: count, settled, also })
        })
    }

    /// Whose operation it was.
    pub fn account_of_operation(&self, operation: Ticket) -> Result<AccountId, Error> {
        Ok(self.look().query_row(
            "SELECT account FROM operation WHERE id = ?1",
            [number(operation)],
            |row| row.get(0).map(AccountId),
        )?)
    }

    /// The intents to carry out next, together: the oldest one that is due, and those of the same operation that want
    /// the same in the same mailbox. None of them has an older open intent for the same mail before it.
    pub fn due_intents(
        &self,
        account: AccountId,
        now: Instant,
        most: usize,
    ) -> Result<Vec<IntentRow>, Error> {
        let first = optional(
            self.look()
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM intent JOIN msg ON msg.id = intent.msg
                     WHERE intent.account = ?1 AND {FREE} AND {DUE}
                     ORDER BY intent.id LIMIT 1"
                ))?
                .query_row([account.0, now.0], row),
        )?;
        let Some(first) = first else { return Ok(Vec::new()) };
        let rows: Vec<IntentRow> = self
            .look()
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM intent JOIN msg ON msg.id = intent.msg
                 WHERE operation = ?1 AND source = ?3 AND state = ?4 AND {FREE} AND {DUE}
                 ORDER BY intent.id"
            ))?
            .query_map(params![number(first.operation), now.0, first.source.0, first.state as i64], row)?
            .collect::<Result<_, _>>()?;
        Ok(rows.into_iter().filter(|row| row.change == first.change).take(most).collect())
    }

    /// When the next intent that waits becomes due (one that waits for another has no time of its own), and how many
    /// are open in all.
    pub fn waiting_intents(&self, account: AccountId) -> Result<(u64, Option<Instant>), Error> {
        let (count, next): (i64, Option<i64>) = self
            .look()
            .prepare_cached(&format!(
                "SELECT count(*), min(CASE WHEN {FREE} THEN not_before END) FROM intent
                 WHERE account = ?1 AND state < 10"
            ))?
            .query_row([account.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok((count.unsigned_abs(), next.map(Instant)))
    }

    /// Written before bytes leave. Gives those that are to be sent: what was taken back a moment ago is not.
    pub fn intents_sent(&mut self, ids: &[i64], target_uid_next: Uid) -> Result<Vec<i64>, Error> {
        self.keep(|tx| {
            let mut sent = Vec::with_capacity(ids.len());
            for id in ids {
                let count = tx
                    .prepare_cached(
                        "UPDATE intent SET state = 1, target_uid_next = ?2 WHERE id = ?1 AND state IN (0, 2)",
                    )?
                    .execute(params![id, target_uid_next])?;
                if count > 0 {
                    sent.push(*id);
                }
            }
            Ok(sent)
        })
    }

    /// To be done again, not before then.
    pub fn intents_waiting(
        &mut self,
        ids: &[i64],
        state: IntentState,
        not_before: Instant,
    ) -> Result<(), Error> {
        self.keep(|tx| {
            for id in ids {
                tx.prepare_cached(
                    "UPDATE intent SET state = ?2, not_before = ?3, tries = tries + 1 WHERE id = ?1 AND state < 10",
                )?
                .execute(params![id, state as i64, not_before.0])?;
            }
            Ok(())
        })?;
        Ok(())
    }
}

fn add_operation(
    tx: &Tx<'_>,
    operation: Ticket,
    account: AccountId,
    undoes: i64,
    now: Instant,
) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO operation(id, account, made, undoes) VALUES(?1, ?2, ?3, ?4)",
        [number(operation), account.0, now.0, undoes],
    )?;
    Ok(())
}

pub(super) fn set_state(tx: &Tx<'_>, id: i64, state: IntentState) -> Result<(), Error> {
    tx.prepare_cached("UPDATE intent SET state = ?2 WHERE id = ?1")?.execute([id, state as i64])?;
    Ok(())
}

/// Writes one intent, unless the mail already is as wanted (then `false`).
fn record_one(
    tx: &Tx<'_>,
    operation: Ticket,
    account: AccountId,
    msg: i64,
    change: Change,
) -> Result<bool, Error> {
    let target = match change {
        Change::Move { to } => to.0,
        Change::Flags { .. } | Change::Expunge => 0,
    };
    // Where it is shown is where the person acted on it.
    let place: Option<(i64, FlagBits)> = optional(
        tx.prepare_cached(
            "SELECT shown.folder, shown.flags FROM shown JOIN folder ON folder.id = shown.folder
             WHERE msg = ?1 AND folder.account = ?2 ORDER BY shown.folder = ?3 LIMIT 1",
        )?
        .query_row([msg, account.0, target], |row| Ok((row.get(0)?, FlagBits(row.get(1)?)))),
    )?;
    let Some((source, before)) = place else { return Ok(false) };
    let (kind, add, remove) = match change {
        Change::Flags { add, remove } => {
            if before.changed(add, remove) == before {
                return Ok(false);
            }
            (IntentKind::Flags, add & !before, remove & before)
        }
        Change::Move { .. } if source == target => return Ok(false),
        Change::Move { .. } => (IntentKind::Move, FlagBits::NONE, FlagBits::NONE),
        Change::Expunge => (IntentKind::Expunge, FlagBits::NONE, FlagBits::NONE),
    };
    tx.prepare_cached(
        "INSERT INTO intent(operation, account, msg, kind, flags_add, flags_remove, source, target,
           base_validity, base_uid, base_flags)
         VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,
           (SELECT uid_validity FROM folder WHERE id = ?7),
           coalesce((SELECT uid FROM loc WHERE folder = ?7 AND msg = ?3), 0), ?9)",
    )?
    .execute(params![
        number(operation),
        account.0,
        msg,
        kind as i64,
        add.0,
        remove.0,
        source,
        target,
        before.0
    ])?;
    Ok(true)
}
