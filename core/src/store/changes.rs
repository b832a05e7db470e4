//! Changes as the person sees them: which wait and which were refused, to be tried again or let go.

use std::collections::BTreeSet;
use std::sync::Arc;

use rusqlite::{Connection, params};

use super::endings::{Settled, finish_operation, stays};
use super::intents::{
    Change, IntentKind, IntentState, add_operation, number, record_one, set_state, split_names,
};
use super::mailbox_intents::MailboxKind;
use super::undo::saves_from_deletion;
use super::writer::{Changed, Tx, Writer};
use super::{outbox, reasons, shown};
use crate::command::Ticket;
use crate::error::{Error, ErrorKind};
use crate::model::{
    AccountId, ChangeKind, ChangeState, EmailId, FlagBits, Instant, Keyword, MailboxId, WaitingChange,
};

/// Finished operations are kept this long, for undo: thirty days.
const KEPT: i64 = 30 * 24 * 3600 * 1000;

/// One row per operation: ids of an intent of it, kind, state, tries, next try, error, count.
const WAITING: &str = "
  SELECT operation, 0, kind, max(state), max(tries), max(not_before), max(error), max(error_text), count(*),
         min(msg), min(CASE WHEN target <> 0 THEN target ELSE source END), min(state)
    FROM intent WHERE account = ?1 AND (state < 10 AND state <> 3 OR state = 11) GROUP BY operation, kind
  UNION ALL
  SELECT operation, 1, kind, state, tries, not_before, error, error_text, 1, 0, folder, state
    FROM mailbox_intent WHERE account = ?1 AND (state < 10 OR state = 11)
  ORDER BY 1";

pub(super) fn waiting(connection: &Connection, account: AccountId) -> Result<Vec<WaitingChange>, Error> {
    let mut statement = connection.prepare_cached(WAITING)?;
    let rows = statement.query_map([account.0], |row| {
        let (highest, lowest) = (state(row.get(3)?), state(row.get(11)?));
        let error: Option<ErrorKind> = ErrorKind::from_code(row.get(6)?);
        let text: String = row.get(7)?;
        let not_before: i64 = row.get(5)?;
        let (email, mailbox): (i64, i64) = (row.get(9)?, row.get(10)?);
        let is_unknown_send =
            IntentKind::from_number(row.get(2)?) == Some(IntentKind::Send) && highest == ChangeState::Refused;
        Ok(WaitingChange {
            operation: Ticket(row.get::<_, i64>(0)?.unsigned_abs()),
            kind: if row.get(1)? { mailbox_kind(row.get(2)?) } else { mail_kind(row.get(2)?) },
            // What was refused is said before what waits.
            state: if highest == ChangeState::Refused { highest } else { lowest },
            tries: row.get(4)?,
            next_try: (not_before > 0).then_some(Instant(not_before)),
            error: error.map(|kind| match (kind, text.is_empty()) {
                (ErrorKind::TimedOut, true) if is_unknown_send => outbox::unknown(),
                (kind, _) => reasons::error_of(kind, &text),
            }),
            count: row.get(8)?,
            email: (email != 0).then_some(EmailId(email)),
            mailbox: (mailbox != 0).then_some(MailboxId(mailbox)),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn state(number: i64) -> ChangeState {
    match IntentState::from_number(number) {
        IntentState::Sent => ChangeState::Sending,
        IntentState::Unknown => ChangeState::Unknown,
        IntentState::Conflict => ChangeState::Refused,
        _ => ChangeState::Queued,
    }
}

fn mail_kind(number: i64) -> ChangeKind {
    match IntentKind::from_number(number) {
        Some(IntentKind::Move) => ChangeKind::Move,
        Some(IntentKind::Copy) => ChangeKind::Copy,
        Some(IntentKind::Append) => ChangeKind::Append,
        Some(IntentKind::Send) => ChangeKind::Send,
        Some(IntentKind::Expunge) => ChangeKind::Delete,
        Some(IntentKind::Keywords) => ChangeKind::Keywords,
        Some(IntentKind::Flags) | None => ChangeKind::Flags,
    }
}

fn mailbox_kind(number: i64) -> ChangeKind {
    match MailboxKind::from_number(number) {
        MailboxKind::Create => ChangeKind::CreateMailbox,
        MailboxKind::Rename => ChangeKind::RenameMailbox,
        MailboxKind::Delete | MailboxKind::DeleteIfEmpty => ChangeKind::DeleteMailbox,
        MailboxKind::Subscribe | MailboxKind::Unsubscribe => ChangeKind::Subscribe,
    }
}

/// A refused intent, to be tried again.
struct Refused {
    id: i64,
    account: AccountId,
    msg: i64,
    kind: Option<IntentKind>,
    add: FlagBits,
    remove: FlagBits,
    target: i64,
    keywords: (Arc<[Keyword]>, Arc<[Keyword]>),
}

impl Writer {
    /// What waits is tried at once; what was refused becomes the operation `retry` and is tried again. Gives how many
    /// wishes that operation has.
    pub fn retry(
        &mut self,
        operation: Ticket,
        retry: Ticket,
        account: AccountId,
        now: Instant,
    ) -> Result<(usize, Changed), Error> {
        self.change(|tx| {
            for table in ["intent", "mailbox_intent"] {
                let accounts: Vec<i64> = tx
                    .prepare(&format!(
                        "UPDATE {table} SET not_before = 0, tries = 0 WHERE operation = ?1 AND state < 10
                         RETURNING account"
                    ))?
                    .query_map([number(operation)], |row| row.get(0))?
                    .collect::<Result<_, _>>()?;
                for account in accounts {
                    tx.wake(account);
                }
            }
            add_operation(tx, retry, account, 0, now)?;
            let mut count = 0;
            for refused in refused(tx, operation)? {
                count += usize::from(retry_one(tx, retry, &refused)?);
            }
            count += retry_mailboxes(tx, operation, retry)?;
            if count == 0 {
                tx.execute("UPDATE operation SET finished = 1 WHERE id = ?1", [number(retry)])?;
            }
            Ok(count)
        })
    }

    /// Lets an operation go: what was refused is no longer listed, what waits isn't done.
    ///
    /// # Errors
    /// `WrongState` while some of it is being sent, when it may have been (a mail that was handed to the server
    /// for sending), or when its mail would be left in a mailbox that is to be deleted.
    pub fn discard(&mut self, operation: Ticket) -> Result<(Vec<Settled>, Changed), Error> {
        self.change(|tx| {
            let waiting: Vec<(Option<IntentKind>, i64, i64)> = tx
                .prepare_cached(
                    "SELECT kind, depends, source FROM intent WHERE operation = ?1 AND state < 3",
                )?
                .query_map([number(operation)], |row| {
                    Ok((IntentKind::from_number(row.get(0)?), row.get(1)?, row.get(2)?))
                })?
                .collect::<Result<_, _>>()?;
            for intent in waiting {
                if saves_from_deletion(tx, intent)? {
                    return Err(Error::note(ErrorKind::WrongState, "the mailbox it is in is being deleted"));
                }
            }
            let open: Vec<(i64, i64, i64, i64)> = tx
                .prepare_cached(
                    "SELECT id, msg, state, account FROM intent
                     WHERE operation = ?1 AND (state < 3 OR state = 11) ORDER BY id DESC",
                )?
                .query_map([number(operation)], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
                })?
                .collect::<Result<_, _>>()?;
            if outbox::may_be_sent(tx, operation, false)? {
                return Err(outbox::too_late());
            }
            let sending = |tx: &Tx<'_>| -> Result<bool, Error> {
                Ok(tx.query_row(
                    "SELECT EXISTS(SELECT 1 FROM mailbox_intent WHERE operation = ?1 AND state IN (1, 2))",
                    [number(operation)],
                    |row| row.get(0),
                )?)
            };
            if open.iter().any(|(_, _, state, _)| *state == IntentState::Sent as i64) || sending(tx)? {
                return Err(Error::note(ErrorKind::WrongState, "it is being sent"));
            }
            let mut operations = BTreeSet::from([number(operation)]);
            for (id, msg, state, account) in open {
                if state == IntentState::Conflict as i64 {
                    set_state(tx, id, IntentState::Discarded)?;
                } else {
                    set_state(tx, id, IntentState::Undone)?;
                    operations.extend(stays(tx, id, msg)?);
                    operations.extend(super::endings::dependents_undone(tx, id)?);
                    shown::refresh(tx, msg)?;
                }
                tx.wake(account);
            }
            let mut settled = super::mailbox_intents::let_go(tx, operation)?;
            for operation in operations {
                settled.extend(finish_operation(tx, operation)?);
            }
            Ok(settled)
        })
    }

    /// Forgets operations that finished long ago. Their numbers are never given again.
    pub fn prune_operations(&mut self, now: Instant) -> Result<usize, Error> {
        self.keep(|tx| {
            Ok(tx.execute(
                "DELETE FROM operation WHERE finished AND made < ?1
                   AND NOT EXISTS(SELECT 1 FROM intent WHERE intent.operation = operation.id
                                    AND (state < 10 OR state = 11))
                   AND NOT EXISTS(SELECT 1 FROM mailbox_intent WHERE mailbox_intent.operation = operation.id
                                    AND (state < 10 OR state = 11))
                   AND NOT EXISTS(SELECT 1 FROM intent JOIN intent AS later ON later.depends = intent.id
                                  WHERE intent.operation = operation.id AND later.state < 10)",
                [now.0.saturating_sub(KEPT)],
            )?)
        })
    }
}

fn refused(tx: &Tx<'_>, operation: Ticket) -> Result<Vec<Refused>, Error> {
    Ok(tx
        .prepare_cached(
            "SELECT id, account, msg, kind, flags_add, flags_remove, target, keywords_add, keywords_remove FROM intent
             WHERE operation = ?1 AND state = 11 ORDER BY id",
        )?
        .query_map([number(operation)], |row| {
            Ok(Refused {
                id: row.get(0)?,
                account: AccountId(row.get(1)?),
                msg: row.get(2)?,
                kind: IntentKind::from_number(row.get(3)?),
                add: FlagBits(row.get(4)?),
                remove: FlagBits(row.get(5)?),
                target: row.get(6)?,
                keywords: (split_names(row.get_ref(7)?.as_str()?), split_names(row.get_ref(8)?.as_str()?)),
            })
        })?
        .collect::<Result<_, _>>()?)
}

/// Tries one wish anew, beginning where its mail is now.
fn retry_one(tx: &Tx<'_>, retry: Ticket, refused: &Refused) -> Result<bool, Error> {
    let change = match refused.kind {
        Some(IntentKind::Flags) => Change::Flags { add: refused.add, remove: refused.remove },
        Some(IntentKind::Keywords) => {
            let (add, remove) = refused.keywords.clone();
            Change::Keywords { add, remove }
        }
        // What was to be deleted by way of Trash still is.
        Some(IntentKind::Move) if precedes_expunge(tx, refused)? => Change::Expunge,
        Some(IntentKind::Move) => Change::Move { to: MailboxId(refused.target) },
        Some(IntentKind::Expunge) => Change::Expunge,
        Some(IntentKind::Copy | IntentKind::Append | IntentKind::Send) => {
            // The mail itself was kept for this; what was to be removed for it comes along.
            tx.execute(
                "UPDATE intent SET operation = ?2, state = 0, tries = 0, not_before = 0, error = 0, error_text = ''
                 WHERE id = ?1",
                params![refused.id, number(retry)],
            )?;
            let removals: Vec<i64> = tx
                .prepare_cached(
                    "UPDATE intent SET operation = ?2, state = 0, tries = 0, not_before = 0
                     WHERE depends = ?1 AND state = 12 RETURNING msg",
                )?
                .query_map(params![refused.id, number(retry)], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            for msg in removals {
                shown::refresh(tx, msg)?;
            }
            shown::refresh(tx, refused.msg)?;
            // It may be that of a draft.
            tx.drafts_changed();
            tx.wake(refused.account.0);
            return Ok(true);
        }
        None => return Ok(false),
    };
    set_state(tx, refused.id, IntentState::Discarded)?;
    let recorded = record_one(tx, retry, refused.account, (refused.msg, None), change)?;
    shown::refresh(tx, refused.msg)?;
    Ok(recorded)
}

fn precedes_expunge(tx: &Tx<'_>, refused: &Refused) -> Result<bool, Error> {
    Ok(tx
        .prepare_cached("SELECT EXISTS(SELECT 1 FROM intent WHERE depends = ?1 AND msg = ?2 AND kind = 3)")?
        .query_row([refused.id, refused.msg], |row| row.get(0))?)
}

fn retry_mailboxes(tx: &Tx<'_>, operation: Ticket, retry: Ticket) -> Result<usize, Error> {
    let again: Vec<i64> = tx
        .prepare_cached(
            "UPDATE mailbox_intent SET operation = ?2, state = 0, tries = 0, not_before = 0, error = 0,
               error_text = '' WHERE operation = ?1 AND state = 11 RETURNING account",
        )?
        .query_map([number(operation), number(retry)], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for account in &again {
        super::mailbox_intents::lay_over(tx, AccountId(*account))?;
        tx.touch_mailboxes(*account);
        tx.wake(*account);
    }
    Ok(again.len())
}

/// A body is here that others are made of: they can be handed over.
pub(super) fn wake_copies(tx: &Tx<'_>, msg: i64) -> Result<(), Error> {
    let accounts: Vec<i64> = tx
        .prepare_cached(
            "SELECT DISTINCT account FROM intent WHERE origin = ?1 AND origin <> 0 AND state < 10",
        )?
        .query_map([msg], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for account in accounts {
        tx.wake(account);
    }
    Ok(())
}

/// An account is about to leave: what other accounts were to do for it, or after it, isn't done. Their mail stays.
pub(super) fn cut_loose(tx: &Tx<'_>, account: AccountId) -> Result<Vec<Settled>, Error> {
    let others: Vec<(i64, i64, i64)> = tx
        .prepare_cached(
            "SELECT id, operation, msg FROM intent WHERE account <> ?1 AND state < 10
               AND (operation IN (SELECT id FROM operation WHERE account = ?1)
                    OR depends IN (SELECT id FROM intent AS first WHERE first.account = ?1)
                    OR origin IN (SELECT id FROM msg WHERE account = ?1))",
        )?
        .query_map([account.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    let mut operations = BTreeSet::new();
    for (id, operation, msg) in others {
        operations.extend(super::mailbox_intents::spare(tx, id)?);
        set_state(tx, id, IntentState::Undone)?;
        shown::refresh(tx, msg)?;
        operations.insert(operation);
    }
    // Those that were to be done here end with the account.
    tx.execute("UPDATE intent SET state = 12 WHERE account = ?1 AND state < 10", [account.0])?;
    let mut settled = Vec::new();
    for operation in operations {
        settled.extend(finish_operation(tx, operation)?);
    }
    Ok(settled)
}
