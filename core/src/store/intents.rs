//! Intents: what the person wants of mails and the server may not know yet.
//!
//! An intent is durable before anybody sees its effect, and leaves only as done, as a conflict that was told, or undone.
//! `queued` → `sent` (written before bytes leave, for what can't be repeated) → `done`; a lost link makes `sent` into
//! `unknown`, which is probed before anything is repeated (and never repeated, for a mail that was sent); a move whose mail wasn't found at the target yet is `landed`.

use std::sync::Arc;

use rusqlite::params;

use super::identity;
use super::mailbox_intents::mailbox_of_role;
use super::writer::{Changed, Tx, Writer, optional};
use super::{arrivals, draft_copies, labels, shown, writer};
use crate::command::Ticket;
use crate::error::{Error, ErrorKind};
use crate::model::{AccountId, EmailId, FlagBits, Flags, Instant, Keyword, MailboxId, Role};

/// Kinds as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntentKind {
    Flags = 1,
    Move = 2,
    Expunge = 3,
    Copy = 4,
    Append = 5,
    Send = 6,
    Keywords = 7,
}

impl IntentKind {
    pub(super) fn from_number(number: i64) -> Option<Self> {
        [Self::Flags, Self::Move, Self::Expunge, Self::Copy, Self::Append, Self::Send, Self::Keywords]
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Flags {
        add: FlagBits,
        remove: FlagBits,
    },
    Keywords {
        add: Arc<[Keyword]>,
        remove: Arc<[Keyword]>,
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
    /// A mail that is to be sent; recorded by `Writer::send`.
    Send,
}

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
                .query_map([mailbox.0], |row| Ok((EmailId(row.get(0)?), change.clone())))?
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
    if state >= IntentState::Done { draft_copies::ended(tx, id, state) } else { Ok(()) }
}

/// Kind, target and flags as stored.
pub(super) const fn columns(change: &Change) -> (IntentKind, i64, FlagBits, FlagBits) {
    let none = FlagBits::NONE;
    match change {
        Change::Flags { add, remove } => (IntentKind::Flags, 0, *add, *remove),
        Change::Keywords { .. } => (IntentKind::Keywords, 0, none, none),
        Change::Move { to } => (IntentKind::Move, to.0, none, none),
        Change::Copy { to } => (IntentKind::Copy, to.0, none, none),
        Change::Append { to } => (IntentKind::Append, to.0, none, none),
        Change::Expunge => (IntentKind::Expunge, 0, none, none),
        Change::Send => (IntentKind::Send, 0, none, none),
    }
}

/// Keywords to add and to take away as stored.
pub(super) fn keyword_columns(change: &Change) -> (String, String) {
    match change {
        Change::Keywords { add, remove } => (join_names(add), join_names(remove)),
        _ => Default::default(),
    }
}

fn join_names(keywords: &[Keyword]) -> String {
    keywords.iter().map(Keyword::name).collect::<Vec<_>>().join(" ")
}

pub(super) fn split_names(text: &str) -> Arc<[Keyword]> {
    text.split(' ').filter_map(Keyword::new).collect()
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
        if record_one(tx, operation, account, (email.0, from), change.clone())? {
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
    if matches!(change, Change::Flags { .. } | Change::Keywords { .. } | Change::Expunge)
        && identity::has_labels(tx, account.0)?
    {
        return labels::record(tx, operation, account, (msg, from), change);
    }
    let (kind, target, ..) = columns(&change);
    // Where it is shown is where the person acted on it.
    let place: Option<(i64, Flags)> = optional(
        tx.prepare_cached(
            "SELECT shown.folder, shown.flags, shown.keywords FROM shown JOIN folder ON folder.id = shown.folder
             WHERE msg = ?1 AND folder.account = ?2 AND (?4 = 0 OR shown.folder = ?4)
             ORDER BY shown.folder = ?3 LIMIT 1",
        )?
        .query_row(params![msg, account.0, target, from.map_or(0, |from| from.0)], |row| {
            Ok((row.get(0)?, super::folders::flags(row, 1)?))
        }),
    )?;
    let Some((source, before)) = place else { return Ok(false) };
    let (mut keywords_add, mut keywords_remove) = Default::default();
    let (add, remove) = match change {
        Change::Flags { add, remove } if before.bits.changed(add, remove) == before.bits => return Ok(false),
        Change::Flags { add, remove } => (add & !before.bits, remove & before.bits),
        Change::Keywords { .. } => {
            let Some(change) = effective(&before, &change) else { return Ok(false) };
            (keywords_add, keywords_remove) = keyword_columns(&change);
            (FlagBits::NONE, FlagBits::NONE)
        }
        Change::Move { .. } if source == target => return Ok(false),
        Change::Move { to } | Change::Copy { to } => {
            if target_of(tx, to)?.0 != account {
                let whole = kind == IntentKind::Move;
                return arrivals::transfer(tx, operation, (msg, source, before), (account, to), whole);
            }
            if kind == IntentKind::Copy {
                return arrivals::copy(tx, operation, (msg, source, before), (account, to));
            }
            (FlagBits::NONE, FlagBits::NONE)
        }
        Change::Expunge => (FlagBits::NONE, FlagBits::NONE),
        Change::Append { .. } | Change::Send => return Err(Error::new(ErrorKind::Bug)),
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
            keywords_add,
            keywords_remove,
            ..NewIntent::default()
        },
    )?;
    Ok(true)
}

/// What of a change of keywords a mail doesn't have yet; `None`: nothing. What is both to be there and not to be there isn't.
pub(super) fn effective(before: &Flags, change: &Change) -> Option<Change> {
    let Change::Keywords { add, remove } = change else { return None };
    let is_removed = |keyword: &Keyword| remove.iter().any(|removed| removed.is(keyword.name()));
    let missing = |keyword: &&Keyword| !before.has_keyword(keyword) && !is_removed(keyword);
    let add: Arc<[Keyword]> = add.iter().filter(missing).cloned().collect();
    let remove: Arc<[Keyword]> =
        remove.iter().filter(|keyword| before.has_keyword(keyword)).cloned().collect();
    (!add.is_empty() || !remove.is_empty()).then_some(Change::Keywords { add, remove })
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
    /// As shown where it was made; of a mail that is handed over, what it gets.
    pub(super) before: Flags,
    pub(super) keywords_add: String,
    pub(super) keywords_remove: String,
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
            before: Flags::default(),
            keywords_add: String::new(),
            keywords_remove: String::new(),
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
           base_validity, base_uid, base_flags, keywords, origin, depends, labels, keywords_add, keywords_remove)
         VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,
           coalesce((SELECT uid_validity FROM folder WHERE id = ?7), 0),
           coalesce((SELECT uid FROM loc WHERE folder = ?7 AND msg = ?3), 0), ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
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
        new.before.bits.0,
        super::folders::join_keywords(&new.before),
        new.origin,
        new.depends,
        new.labels.iter().map(i64::to_string).collect::<Vec<_>>().join(" "),
        new.keywords_add,
        new.keywords_remove,
    ])?;
    tx.wake(new.account.0);
    Ok(tx.last_insert_rowid())
}
