//! Taking an operation back: what wasn't sent is dropped, for the rest the inverse is queued.

use std::collections::BTreeSet;
use std::sync::Arc;

use rusqlite::Row;

use super::endings::{Settled, dependents_undone, finish_operation, stays};
use super::intents::{
    Change, IntentKind, IntentState, add_operation, number, record_one, set_state, split_names,
};
use super::writer::{Changed, Tx, Writer, optional};
use super::{mailbox_intents, outbox, regroup, shown};
use crate::command::Ticket;
use crate::error::{Error, ErrorKind};
use crate::model::{AccountId, FlagBits, Instant, Keyword, MailboxId, Role};

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
    account: AccountId,
    msg: i64,
    kind: Option<IntentKind>,
    add: FlagBits,
    remove: FlagBits,
    keywords_add: Arc<[Keyword]>,
    keywords_remove: Arc<[Keyword]>,
    source: i64,
    before: FlagBits,
    state: IntentState,
    depends: i64,
    target: i64,
    origin: i64,
    /// Folders that it took the mail out of besides `source`.
    labels: Vec<i64>,
    /// The server itself named the copy it made.
    named: bool,
    /// It left this device at least once: what is queued again may have been done.
    was_sent: bool,
}

fn past(row: &Row<'_>) -> rusqlite::Result<Past> {
    Ok(Past {
        id: row.get(0)?,
        account: AccountId(row.get(8)?),
        msg: row.get(1)?,
        kind: IntentKind::from_number(row.get(2)?),
        add: FlagBits(row.get(3)?),
        remove: FlagBits(row.get(4)?),
        source: row.get(5)?,
        before: FlagBits(row.get(6)?),
        state: IntentState::from_number(row.get(7)?),
        depends: row.get(9)?,
        target: row.get(10)?,
        origin: row.get(11)?,
        labels: row.get_ref(12)?.as_str()?.split(' ').filter_map(|folder| folder.parse().ok()).collect(),
        named: row.get(13)?,
        was_sent: row.get::<_, i64>(14)? > 0,
        keywords_add: split_names(row.get_ref(15)?.as_str()?),
        keywords_remove: split_names(row.get_ref(16)?.as_str()?),
    })
}

impl Past {
    /// Whether nothing can have come of it yet. What can be done twice is queued again after a lost answer.
    fn is_unsent(&self) -> bool {
        let is_done_twice =
            matches!(self.kind, Some(IntentKind::Flags | IntentKind::Keywords | IntentKind::Expunge));
        self.state == IntentState::Queued && !(self.was_sent && is_done_twice)
    }

    /// What makes it as it was. Only flags that it really changed are changed back.
    fn inverse(&self, tx: &Tx<'_>) -> Result<Option<Change>, Error> {
        Ok(match self.kind {
            Some(IntentKind::Move) => Some(Change::Move { to: MailboxId(self.source) }),
            Some(IntentKind::Flags) => {
                Some(Change::Flags { add: self.remove & self.before, remove: self.add & !self.before })
            }
            // Only what it really changed is part of it.
            Some(IntentKind::Keywords) => Some(Change::Keywords {
                add: Arc::clone(&self.keywords_remove),
                remove: Arc::clone(&self.keywords_add),
            }),
            // A label: it is taken off again. One that was made before the server had named the mail looked like a copy.
            Some(IntentKind::Copy)
                if self.origin == self.msg || super::identity::has_labels(tx, self.account.0)? =>
            {
                let all = super::roles::with_role(tx, self.account, Role::All)?;
                let to = all.ok_or_else(|| {
                    Error::note(
                        ErrorKind::NotFound,
                        "the server shows no mailbox of all mail to put it back to",
                    )
                })?;
                Some(Change::Move { to })
            }
            // The mail that was made is removed; where the other one is gone for it, it goes back there.
            Some(IntentKind::Copy | IntentKind::Append) => match removed_for(tx, self.id)? {
                Some(source) => Some(Change::Move { to: MailboxId(source) }),
                // Anywhere else it may be one that only looks like it.
                None if !is_where_it_was_put(tx, self.msg)? => None,
                None if self.named => Some(Change::Expunge),
                // It was found by what it looks like, and may be the only one.
                None => super::roles::with_role(tx, self.account, Role::Trash)?.map(|to| Change::Move { to }),
            },
            Some(IntentKind::Expunge | IntentKind::Send) | None => None,
        })
    }

    /// Where the inverse begins, where a mail may be in many mailboxes: where this one ended.
    fn place(&self, tx: &Tx<'_>) -> Result<Option<MailboxId>, Error> {
        let ends = matches!(self.kind, Some(IntentKind::Move | IntentKind::Copy));
        Ok((ends && super::identity::is_label_mail(tx, self.msg)?).then_some(MailboxId(self.target)))
    }
}

/// Whose part in an operation it is.
#[derive(Clone, Copy)]
pub(super) enum Subject {
    Email(i64),
    Mailbox(i64),
}

/// Whether an operation has been taken back already, and that not taken back in its turn. An undo that came to nothing
/// may be tried again.
pub(super) fn is_taken_back(tx: &Tx<'_>, operation: i64, subject: Subject) -> Result<bool, Error> {
    let (table, column, id) = match subject {
        Subject::Email(msg) => ("intent", "msg", msg),
        Subject::Mailbox(folder) => ("mailbox_intent", "folder", folder),
    };
    let undos: Vec<i64> = tx
        .prepare_cached(&format!(
            "SELECT operation.id FROM operation WHERE undoes = ?1 AND undoes <> 0
               AND EXISTS(SELECT 1 FROM {table} WHERE operation = operation.id AND {column} = ?2 AND state <= 10)"
        ))?
        .query_map([operation, id], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for undo in undos {
        if !is_taken_back(tx, undo, subject)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a mail that was made here, or is a copy, is where somebody put it on this device.
fn is_where_it_was_put(tx: &Tx<'_>, msg: i64) -> Result<bool, Error> {
    Ok(tx
        .prepare_cached(
            "SELECT EXISTS(SELECT 1 FROM shown JOIN intent ON intent.msg = shown.msg AND target = shown.folder
                           WHERE shown.msg = ?1 AND kind IN (2, 4, 5) AND state <= 10)",
        )?
        .query_row([msg], |row| row.get(0))?)
}

/// Where the mail was that was removed, or is about to be, once this one had arrived.
fn removed_for(tx: &Tx<'_>, intent: i64) -> Result<Option<i64>, Error> {
    optional(
        tx.prepare_cached(
            "SELECT source FROM intent WHERE depends = ?1 AND (state IN (1, 2, 10) OR seen > 0)",
        )?
        .query_row([intent], |row| row.get(0)),
    )
}

/// Puts the labels on again that Trash took off, once the mail is back under the first one. Gives how many.
fn labels_again(tx: &Tx<'_>, undo: Ticket, past: &Past) -> Result<usize, Error> {
    let mut count = 0;
    for label in &past.labels {
        let is_there: bool = tx
            .prepare_cached("SELECT EXISTS(SELECT 1 FROM folder WHERE id = ?1 AND listed AND selectable)")?
            .query_row([label], |row| row.get(0))?;
        let (from, to) = (Some(MailboxId(past.source)), MailboxId(*label));
        if is_there && record_one(tx, undo, past.account, (past.msg, from), Change::Copy { to })? {
            shown::refresh(tx, past.msg)?;
            count += 1;
        }
    }
    Ok(count)
}

impl Writer {
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
                    "SELECT id, msg, kind, flags_add, flags_remove, source, base_flags, state, account, depends,
                       target, origin, labels, named, seen, keywords_add, keywords_remove FROM intent WHERE operation = ?1 ORDER BY id DESC",
                )?
                .query_map([number(operation)], past)?
                .collect::<Result<_, _>>()?;
            // After its own move it is one by way of Trash.
            let follows_itself = |past: &Past| {
                intents.iter().any(|first| first.id == past.depends && first.msg == past.msg)
            };
            let is_for_ever = |past: &Past| {
                past.kind == Some(IntentKind::Expunge)
                    && (past.depends == 0 || follows_itself(past))
                    && !past.is_unsent()
            };
            if intents.iter().any(is_for_ever) {
                return Err(Error::note(
                    ErrorKind::WrongState,
                    "mail deleted for ever can't be brought back",
                ));
            }
            if outbox::may_be_sent(tx, operation, true)? {
                return Err(outbox::too_late());
            }
            add_operation(tx, undo, account, number(operation), now)?;
            if regroup::undo(tx, operation)? {
                tx.execute("UPDATE operation SET finished = 1 WHERE id = ?1", [number(undo)])?;
                return Ok(Undone { queued: 0, settled: None, also: Vec::new() });
            }
            let with_mails = !intents.is_empty();
            let mut others = BTreeSet::new();
            let mut count = 0;
            for past in intents {
                count += undo_one(tx, (operation, undo), &past, &mut others)?;
            }
            let mut also = Vec::new();
            match mailbox_intents::undo(tx, operation, undo, with_mails, &mut also)? {
                Some(queued) => count += queued,
                None if with_mails => {}
                None => return Err(Error::new(ErrorKind::NotFound)),
            }
            let settled = finish_operation(tx, number(operation))?;
            if count == 0 {
                tx.execute("UPDATE operation SET finished = 1 WHERE id = ?1", [number(undo)])?;
            }
            for other in others {
                also.extend(finish_operation(tx, other)?);
            }
            tx.wake(account.0);
            Ok(Undone { queued: count, settled, also })
        })
    }
}

/// Whether without it a mail would be left to the deletion of the mailbox it is in: it takes the mail elsewhere, by itself
/// or, after it was handed over to another account, as the second half of that.
pub(super) fn saves_from_deletion(
    tx: &Tx<'_>,
    (kind, depends, source): (Option<IntentKind>, i64, i64),
) -> Result<bool, Error> {
    let takes_away = kind == Some(IntentKind::Move) || kind == Some(IntentKind::Expunge) && depends != 0;
    Ok(takes_away && mailbox_intents::is_doomed(tx, source)?)
}

fn undo_one(
    tx: &Tx<'_>,
    (operation, undo): (Ticket, Ticket),
    past: &Past,
    others: &mut BTreeSet<i64>,
) -> Result<usize, Error> {
    match past.state {
        IntentState::Queued
            if past.is_unsent() && saves_from_deletion(tx, (past.kind, past.depends, past.source))? =>
        {
            return Err(Error::note(ErrorKind::WrongState, "the mailbox it was in is being deleted"));
        }
        IntentState::Queued if past.is_unsent() => {
            set_state(tx, past.id, IntentState::Undone)?;
            others.extend(stays(tx, past.id, past.msg)?);
            others.extend(dependents_undone(tx, past.id)?);
            shown::refresh(tx, past.msg)?;
        }
        IntentState::Conflict | IntentState::Undone | IntentState::Discarded => {}
        IntentState::Queued
        | IntentState::Sent
        | IntentState::Unknown
        | IntentState::Landed
        | IntentState::Done => {
            if is_taken_back(tx, number(operation), Subject::Email(past.msg))? {
                return Ok(0);
            }
            if let Some(inverse) = past.inverse(tx)?
                && record_one(tx, undo, past.account, (past.msg, past.place(tx)?), inverse)?
            {
                shown::refresh(tx, past.msg)?;
                return Ok(1 + labels_again(tx, undo, past)?);
            }
        }
    }
    Ok(0)
}
