//! Intents: what the person wants of mails and the server may not know yet.
//!
//! An intent is durable before anybody sees its effect, and leaves only as done, as a conflict that was told, or undone.
//! `queued` → `sent` (written before bytes leave, for what can't be repeated) → `done`; a lost link makes `sent` into
//! `unknown`, which is probed before anything is repeated; a move whose mail wasn't found at the target yet is `landed`.

use rusqlite::{Row, params};

use super::folders::split_keywords;
use super::identity;
use super::mailbox_intents::mailbox_of_role;
use super::writer::{Changed, Tx, Writer, optional};
use super::{arrivals, labels, shown, writer};
use crate::command::Ticket;
use crate::error::{Error, ErrorKind};
use crate::imap::{Uid, UidSet};
use crate::model::{AccountId, EmailId, FlagBits, Flags, Instant, MailboxId, Role};
use crate::sync::identity::ServerId;

/// Kinds as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntentKind {
    Flags = 1,
    Move = 2,
    Expunge = 3,
    Copy = 4,
    Append = 5,
}

impl IntentKind {
    pub(super) fn from_number(number: i64) -> Option<Self> {
        [Self::Flags, Self::Move, Self::Expunge, Self::Copy, Self::Append]
            .into_iter()
            .find(|kind| *kind as i64 == number)
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
    /// Refused, and the person has seen to it.
    Discarded = 13,
}

impl IntentState {
    pub(super) fn from_number(number: i64) -> Self {
        [Self::Queued, Self::Sent, Self::Unknown, Self::Landed, Self::Done, Self::Conflict, Self::Discarded]
            .into_iter()
            .find(|state| *state as i64 == number)
            .unwrap_or(Self::Undone)
    }
}

/// What is wanted of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Flags {
        add: FlagBits,
        remove: FlagBits,
    },
    /// Between accounts: handed over there, and removed here once that is proved.
    Move {
        to: MailboxId,
    },
    Copy {
        to: MailboxId,
    },
    Expunge,
    /// A mail that is to be handed over to the server; recorded by `Writer::append`, or as a part of the others.
    Append {
        to: MailboxId,
    },
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
    /// Where a probe of the target begins, and the numbering that belongs to (0: not known).
    pub target_uid_next: Uid,
    pub target_validity: u32,
    /// Mails up to this number were known when it was sent.
    pub seen: i64,
    /// The mail that this is to be a copy of.
    pub origin: Option<EmailId>,
    /// Flags and keywords of a mail that is handed over.
    pub flags: Flags,
    /// Something is to be removed once this is done.
    pub precedes: bool,
    pub message_id: String,
    pub server_id: ServerId,
    /// Where the target is known to have the mail already, not marked as deleted.
    pub there: Option<Uid>,
    pub size: u64,
    pub date: Instant,
}

const COLUMNS: &str =
    "intent.id, operation, intent.msg, kind, flags_add, flags_remove, source, target, state, tries,
  (SELECT max(uid) FROM loc
   WHERE loc.msg = CASE intent.kind WHEN 4 THEN intent.origin ELSE intent.msg END AND loc.folder = intent.source),
  base_validity, base_uid, target_uid_next, msg.message_id, msg.size, msg.date,
  target_validity, origin, base_flags, intent.keywords,
  EXISTS(SELECT 1 FROM intent AS later WHERE later.depends = intent.id AND later.state < 10),
  msg.server_id, (SELECT max(uid) FROM loc WHERE loc.msg = intent.msg AND loc.folder = intent.target
                    AND loc.flags & 8 = 0), seen";

/// Waits for nothing but its time: no older intent for the same mail is open, what it depends on is done, the mailbox it
/// is in isn't being read anew after a change of UIDVALIDITY (which will tell where the mail is), nor, where it is to be
/// found out whether it arrived, the one it was to arrive in (which will tell what was there before), nothing else is to be found
/// out about that one (what came there meanwhile would be taken for what is looked for), the octets to hand over
/// are here (or will never be), and no mailbox it needs is still to be made or has an uncertain name.
const FREE: &str = "state IN (0, 2)
  AND NOT EXISTS(SELECT 1 FROM intent AS older
                 WHERE older.msg IN (intent.msg, CASE intent.kind WHEN 4 THEN intent.origin ELSE intent.msg END)
                   AND older.id < intent.id AND older.state < 10)
  AND NOT EXISTS(SELECT 1 FROM intent AS copying
                 WHERE copying.origin = intent.msg AND copying.kind = 4 AND copying.id < intent.id
                   AND copying.state < 10)
  AND (depends = 0 OR EXISTS(SELECT 1 FROM intent AS first WHERE first.id = intent.depends AND first.state = 10))
  AND NOT EXISTS(SELECT 1 FROM quarantine
                 WHERE quarantine.msg IN (intent.msg, intent.origin) AND quarantine.folder = intent.source)
  AND (kind <> 5 OR NOT EXISTS(SELECT 1 FROM quarantine WHERE quarantine.msg = intent.origin))
  AND (state = 0 OR target_validity = (SELECT uid_validity FROM folder WHERE folder.id = intent.target)
       OR NOT EXISTS(SELECT 1 FROM quarantine WHERE quarantine.folder = intent.target))
  AND (target = 0 OR NOT EXISTS(SELECT 1 FROM intent AS unknown
                                WHERE unknown.target = intent.target AND unknown.state = 2
                                  AND unknown.msg NOT IN (intent.msg, intent.origin)
                                  AND unknown.origin <> intent.msg
                                  AND (intent.state = 0 OR unknown.id < intent.id)
                                  AND NOT (intent.state = 2 AND unknown.operation = intent.operation
                                           AND unknown.source = intent.source)))
  AND (kind <> 5 OR NOT EXISTS(SELECT 1 FROM wanted WHERE wanted.msg = intent.origin)
       OR EXISTS(SELECT 1 FROM body WHERE body.msg = intent.origin))
  AND NOT EXISTS(SELECT 1 FROM mailbox_intent AS first
                 WHERE first.account = intent.account AND first.state < 10
                   AND (first.folder IN (intent.source, intent.target)
                          AND (first.kind = 1 OR first.operation <= intent.operation)
                        OR first.kind = 2 AND first.state IN (1, 2)))";

/// Its time (?2 is now) has come; one far in the future comes from a wall clock that was set back.
const DUE: &str = "(not_before <= ?2 OR not_before - ?2 > 3600000)";

fn row(row: &Row<'_>) -> rusqlite::Result<IntentRow> {
    let change = match IntentKind::from_number(row.get(3)?) {
        Some(IntentKind::Move) => Change::Move { to: MailboxId(row.get(7)?) },
        Some(IntentKind::Copy) => Change::Copy { to: MailboxId(row.get(7)?) },
        Some(IntentKind::Append) => Change::Append { to: MailboxId(row.get(7)?) },
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
        target_validity: row.get(17)?,
        origin: Some(row.get(18)?).filter(|origin| *origin != 0).map(EmailId),
        flags: Flags { bits: FlagBits(row.get(19)?), keywords: split_keywords(row.get_ref(20)?.as_str()?) },
        precedes: row.get(21)?,
        server_id: ServerId::stored(row.get(22)?),
        there: row.get(23)?,
        seen: row.get(24)?,
    })
}

/// More than are looked at where it isn't known since when a copy is new.
const NEWEST_KNOWN: i64 = 1000;

/// A ticket as the database holds it.
pub(super) fn number(ticket: Ticket) -> i64 {
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
        let accounts: Vec<i64> = self
            .look()
            .prepare_cached("SELECT id FROM account")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        accounts.into_iter().try_for_each(|account| self.recover_intents(AccountId(account), Instant(0)))
    }

    /// The same for an account none of whose intents is on its way: one is left over where its end couldn't be written.
    /// What can't be sent twice is to be probed, not before then: moves, copies, mails handed over.
    pub fn recover_intents(&mut self, account: AccountId, not_before: Instant) -> Result<(), Error> {
        self.keep(|tx| {
            tx.execute(
                "UPDATE intent SET state = CASE WHEN kind IN (2, 4, 5) THEN 2 ELSE 0 END,
                   not_before = max(not_before, ?2)
                 WHERE state = 1 AND account = ?1",
                [account.0, not_before.0],
            )?;
            tx.execute(
                "UPDATE mailbox_intent SET state = 2, not_before = max(not_before, ?2)
                 WHERE state = 1 AND account = ?1",
                [account.0, not_before.0],
            )?;
            Ok(())
        })
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
            record_all(tx, operation, account, changes, None)
        })
    }

    /// The same change to every mail that is shown in a mailbox now; of those for flags, to those it concerns.
    pub fn record_in(
        &mut self,
        operation: Ticket,
        mailbox: MailboxId,
        change: Change,
        now: Instant,
    ) -> Result<(usize, Changed), Error> {
        let account = self.account_of_folder(mailbox)?;
        self.change(|tx| {
            add_operation(tx, operation, account, 0, now)?;
            let changes: Vec<(EmailId, Change)> = tx
                .prepare_cached("SELECT msg FROM shown WHERE folder = ?1 ORDER BY date DESC, msg DESC")?
                .query_map([mailbox.0], |row| Ok((EmailId(row.get(0)?), change)))?
                .collect::<Result<_, _>>()?;
            record_all(tx, operation, account, &changes, Some(mailbox))
        })
    }

    /// Moves mails to the mailbox of that role. Where there is none it is made first.
    pub fn record_to_role(
        &mut self,
        operation: Ticket,
        account: AccountId,
        emails: &[EmailId],
        role: Role,
        now: Instant,
    ) -> Result<(usize, Changed), Error> {
        self.change(|tx| {
            add_operation(tx, operation, account, 0, now)?;
            let to = mailbox_of_role(tx, operation, account, role)?;
            let changes: Vec<(EmailId, Change)> =
                emails.iter().map(|email| (*email, Change::Move { to })).collect();
            record_all(tx, operation, account, &changes, None)
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
        let alike = "operation = ?3 AND source = ?4 AND target = ?5 AND state = ?6 AND kind = ?7
          AND flags_add = ?8 AND flags_remove = ?9";
        let (kind, target, add, remove) = columns(first.change);
        let rows = self
            .look()
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM intent JOIN msg ON msg.id = intent.msg
                 WHERE intent.account = ?1 AND {alike} AND {FREE} AND {DUE} ORDER BY intent.id LIMIT ?10"
            ))?
            .query_map(
                params![
                    account.0,
                    now.0,
                    number(first.operation),
                    first.source.0,
                    target,
                    first.state as i64,
                    kind as i64,
                    add.0,
                    remove.0,
                    most
                ],
                row,
            )?
            .collect::<Result<_, _>>()?;
        Ok(rows)
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
        let (mailboxes, next_mailbox) = self.waiting_mailbox_intents(account)?;
        let next = [next.map(Instant), next_mailbox].into_iter().flatten().min();
        Ok((count.unsigned_abs().saturating_add(mailboxes), next))
    }

    /// Written before bytes leave. Gives those that are to be sent: what was taken back a moment ago is not.
    pub fn intents_sent(
        &mut self,
        ids: &[i64],
        target_uid_next: Uid,
        target_validity: u32,
    ) -> Result<Vec<i64>, Error> {
        self.keep(|tx| {
            let mut sent = Vec::with_capacity(ids.len());
            for id in ids {
                let count = tx
                    .prepare_cached(
                        "UPDATE intent SET state = 1, target_uid_next = ?2, target_validity = ?3,
                           seen = (SELECT coalesce(max(id), 0) FROM msg)
                         WHERE id = ?1 AND state IN (0, 2)",
                    )?
                    .execute(params![id, target_uid_next, target_validity])?;
                if count > 0 {
                    sent.push(*id);
                }
            }
            Ok(sent)
        })
    }

    /// The UIDs of a mailbox at which there are mails, other than these, that are known before those are sent (the newest)
    /// or were when they had been (all).
    pub fn known_before(&self, mailbox: MailboxId, rows: &[IntentRow]) -> Result<UidSet, Error> {
        let were_sent = rows.iter().any(|row| row.state == IntentState::Unknown);
        let seen = rows.iter().map(|row| row.seen).max().unwrap_or(0);
        let (seen, most) = if were_sent { (seen, i64::MAX) } else { (i64::MAX, NEWEST_KNOWN) };
        let mut statement = self.look().prepare_cached(
            "SELECT uid, msg FROM loc WHERE folder = ?1 AND msg <= ?2 ORDER BY uid DESC LIMIT ?3",
        )?;
        let known = statement
            .query_map([mailbox.0, seen, most], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<Vec<(Uid, i64)>, _>>()?;
        let is_other = |msg: i64| !rows.iter().any(|row| row.email.0 == msg);
        Ok(UidSet::of(known.into_iter().filter(|(_, msg)| is_other(*msg)).map(|(uid, _)| uid)))
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

pub(super) fn add_operation(
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

/// Kind, target and flags as stored.
const fn columns(change: Change) -> (IntentKind, i64, FlagBits, FlagBits) {
    let none = FlagBits::NONE;
    match change {
        Change::Flags { add, remove } => (IntentKind::Flags, 0, add, remove),
        Change::Move { to } => (IntentKind::Move, to.0, none, none),
        Change::Copy { to } => (IntentKind::Copy, to.0, none, none),
        Change::Append { to } => (IntentKind::Append, to.0, none, none),
        Change::Expunge => (IntentKind::Expunge, 0, none, none),
    }
}

/// Writes an operation's intents and what lists show by them; `from`: of the mails in that mailbox.
fn record_all(
    tx: &Tx<'_>,
    operation: Ticket,
    account: AccountId,
    changes: &[(EmailId, Change)],
    from: Option<MailboxId>,
) -> Result<usize, Error> {
    let mut count = 0;
    for (email, change) in changes {
        if record_one(tx, operation, account, (email.0, from), *change)? {
            shown::refresh(tx, email.0)?;
            count += 1;
        }
    }
    // A mailbox that is made for them is a thing to wait for as well.
    let made: usize = tx.query_row(
        "SELECT count(*) FROM mailbox_intent WHERE operation = ?1",
        [number(operation)],
        |row| row.get(0),
    )?;
    if count + made == 0 {
        tx.execute("UPDATE operation SET finished = 1 WHERE id = ?1", [number(operation)])?;
    }
    tx.wake(account.0);
    Ok(count + made)
}

/// Writes one intent, unless the mail already is as wanted (then `false`).
pub(super) fn record_one(
    tx: &Tx<'_>,
    operation: Ticket,
    account: AccountId,
    (msg, from): (i64, Option<MailboxId>),
    change: Change,
) -> Result<bool, Error> {
    let mut change = change;
    if let Change::Move { to } | Change::Copy { to } = change {
        let (owner, role) = target_of(tx, to)?;
        if role == Role::Flagged {
            // A view of what has a star.
            change = Change::Flags { add: FlagBits::FLAGGED, remove: FlagBits::NONE };
        } else if owner == account && identity::has_labels(tx, account.0)? {
            return labels::record(tx, operation, account, (msg, from), change);
        }
    }
    if matches!(change, Change::Flags { .. } | Change::Expunge) && identity::has_labels(tx, account.0)? {
        return labels::record(tx, operation, account, (msg, from), change);
    }
    let (kind, target, ..) = columns(change);
    // Where it is shown is where the person acted on it.
    let place: Option<(i64, FlagBits)> = optional(
        tx.prepare_cached(
            "SELECT shown.folder, shown.flags FROM shown JOIN folder ON folder.id = shown.folder
             WHERE msg = ?1 AND folder.account = ?2 AND (?4 = 0 OR shown.folder = ?4)
             ORDER BY shown.folder = ?3 LIMIT 1",
        )?
        .query_row(params![msg, account.0, target, from.map_or(0, |from| from.0)], |row| {
            Ok((row.get(0)?, FlagBits(row.get(1)?)))
        }),
    )?;
    let Some((source, before)) = place else { return Ok(false) };
    let (add, remove) = match change {
        Change::Flags { add, remove } if before.changed(add, remove) == before => return Ok(false),
        Change::Flags { add, remove } => (add & !before, remove & before),
        Change::Move { .. } if source == target => return Ok(false),
        Change::Move { to } | Change::Copy { to } => {
            if target_of(tx, to)?.0 != account {
                let whole = matches!(change, Change::Move { .. });
                return arrivals::transfer(tx, operation, (msg, source, before), (account, to), whole);
            }
            if kind == IntentKind::Copy {
                return arrivals::copy(tx, operation, (msg, source, before), (account, to));
            }
            (FlagBits::NONE, FlagBits::NONE)
        }
        Change::Expunge => (FlagBits::NONE, FlagBits::NONE),
        Change::Append { .. } => return Err(Error::new(ErrorKind::Bug)),
    };
    insert(
        tx,
        &NewIntent {
            operation,
            account,
            msg,
            kind,
            add,
            remove,
            source,
            target,
            before,
            ..NewIntent::default()
        },
    )?;
    Ok(true)
}

/// Whose mailbox it is, and what for.
fn target_of(tx: &Tx<'_>, target: MailboxId) -> Result<(AccountId, Role), Error> {
    Ok(tx
        .prepare_cached("SELECT account, role FROM folder WHERE id = ?1")?
        .query_row([target.0], |row| Ok((AccountId(row.get(0)?), Role::from_number(row.get(1)?))))?)
}

/// An intent as it is written first.
pub(super) struct NewIntent {
    pub(super) operation: Ticket,
    pub(super) account: AccountId,
    pub(super) msg: i64,
    pub(super) kind: IntentKind,
    pub(super) add: FlagBits,
    pub(super) remove: FlagBits,
    pub(super) source: i64,
    pub(super) target: i64,
    pub(super) before: FlagBits,
    pub(super) keywords: String,
    /// Folders that a move takes it out of, besides `source`.
    pub(super) labels: Vec<i64>,
    pub(super) origin: i64,
    pub(super) depends: i64,
}

impl Default for NewIntent {
    fn default() -> Self {
        Self {
            operation: Ticket(0),
            account: AccountId(0),
            msg: 0,
            kind: IntentKind::Flags,
            add: FlagBits::NONE,
            remove: FlagBits::NONE,
            source: 0,
            target: 0,
            before: FlagBits::NONE,
            keywords: String::new(),
            labels: Vec::new(),
            origin: 0,
            depends: 0,
        }
    }
}

/// Writes an intent; gives its id.
pub(super) fn insert(tx: &Tx<'_>, new: &NewIntent) -> Result<i64, Error> {
    tx.prepare_cached(
        "INSERT INTO intent(operation, account, msg, kind, flags_add, flags_remove, source, target,
           base_validity, base_uid, base_flags, keywords, origin, depends, labels)
         VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,
           coalesce((SELECT uid_validity FROM folder WHERE id = ?7), 0),
           coalesce((SELECT uid FROM loc WHERE folder = ?7 AND msg = ?3), 0), ?9, ?10, ?11, ?12, ?13)",
    )?
    .execute(params![
        number(new.operation),
        new.account.0,
        new.msg,
        new.kind as i64,
        new.add.0,
        new.remove.0,
        new.source,
        new.target,
        new.before.0,
        new.keywords,
        new.origin,
        new.depends,
        new.labels.iter().map(i64::to_string).collect::<Vec<_>>().join(" ")
    ])?;
    tx.wake(new.account.0);
    Ok(tx.last_insert_rowid())
}
