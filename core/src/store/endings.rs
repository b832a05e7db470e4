//! How intents end: what the server agreed to, refused or no longer has, and which operations are finished by that.

use std::collections::BTreeSet;

use super::emails::{add_place, mail_at, remove_place};
use super::intents::{IntentKind, IntentState, set_state};
use super::shown;
use super::writer::{Changed, Tx, Writer, optional};
use crate::command::Ticket;
use crate::error::Error;
use crate::imap::Uid;
use crate::model::MailboxId;

/// An operation whose last intent has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    pub operation: Ticket,
    /// The operation it took back, if it was an undo.
    pub undoes: Option<Ticket>,
    /// Whether every intent of it ended well.
    pub well: bool,
}

/// How one mail's move ended on the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    pub intent: i64,
    /// Its UID in the target, where known.
    pub target_uid: Option<Uid>,
}

impl Writer {
    /// The server changed the flags as wanted.
    pub fn flags_done(&mut self, ids: &[i64]) -> Result<(Vec<Settled>, Changed), Error> {
        self.end(ids, |tx, id, msg| {
            tx.prepare_cached(
                "UPDATE loc SET flags = (loc.flags | intent.flags_add) & ~intent.flags_remove
                 FROM intent WHERE intent.id = ?1 AND loc.msg = ?2 AND loc.folder = intent.source",
            )?
            .execute([id, msg])?;
            Ok(IntentState::Done)
        })
    }

    /// The server moved these. Where the new UID is known the mail is there at once, else it counts as landed.
    pub fn moves_done(&mut self, moved: &[Moved]) -> Result<(Vec<Settled>, Changed), Error> {
        let ids: Vec<i64> = moved.iter().map(|moved| moved.intent).collect();
        self.end(&ids, |tx, id, msg| {
            let (source, target): (i64, i64) =
                tx.query_row("SELECT source, target FROM intent WHERE id = ?1", [id], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?;
            let place: Option<(u32, i64, String)> = optional(
                tx.prepare_cached("SELECT uid, flags, keywords FROM loc WHERE folder = ?1 AND msg = ?2")?
                    .query_row([source, msg], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))),
            )?;
            let Some((uid, flags, keywords)) = place else {
                // Gone from here before the answer came: the next look at the target finds it.
                return Ok(IntentState::Landed);
            };
            remove_place(tx, source, uid)?;
            let target_uid = moved.iter().find(|moved| moved.intent == id).and_then(|moved| moved.target_uid);
            match target_uid {
                Some(target_uid) if mail_at(tx, target, target_uid)?.is_none() => {
                    add_place(tx, target, target_uid, msg, flags, &keywords)?;
                    Ok(IntentState::Done)
                }
                Some(_) => Ok(IntentState::Done),
                None => {
                    tx.execute("UPDATE intent SET base_flags = ?2 WHERE id = ?1", [id, flags])?;
                    Ok(IntentState::Landed)
                }
            }
        })
    }

    /// The server no longer has these, as was wanted.
    pub fn expunges_done(&mut self, ids: &[i64]) -> Result<(Vec<Settled>, Changed), Error> {
        self.end(ids, |tx, id, msg| {
            let source: i64 =
                tx.query_row("SELECT source FROM intent WHERE id = ?1", [id], |row| row.get(0))?;
            let uid: Option<u32> = optional(
                tx.prepare_cached("SELECT uid FROM loc WHERE folder = ?1 AND msg = ?2")?
                    .query_row([source, msg], |row| row.get(0)),
            )?;
            if let Some(uid) = uid {
                remove_place(tx, source, uid)?;
            }
            Ok(IntentState::Done)
        })
    }

    /// These can't be done: their effect is taken back. The caller tells the person.
    pub fn intents_refused(&mut self, ids: &[i64]) -> Result<(Vec<Settled>, Changed), Error> {
        self.end(ids, |_, _, _| Ok(IntentState::Conflict))
    }

    /// The moves whose mails are somewhere in this target.
    pub fn landed(&self, target: MailboxId) -> Result<Vec<i64>, Error> {
        Ok(self
            .look()
            .prepare_cached("SELECT id FROM intent WHERE target = ?1 AND state = 3")?
            .query_map([target.0], |row| row.get(0))?
            .collect::<Result<_, _>>()?)
    }

    /// The target was read to its end since these moves landed there: nothing more can be learnt of them.
    pub fn end_landed(&mut self, ids: &[i64]) -> Result<(Vec<Settled>, Changed), Error> {
        self.end(ids, |_, _, _| Ok(IntentState::Done))
    }

    fn end(
        &mut self,
        ids: &[i64],
        mut effect: impl FnMut(&Tx<'_>, i64, i64) -> Result<IntentState, Error>,
    ) -> Result<(Vec<Settled>, Changed), Error> {
        self.change(|tx| {
            let mut operations = BTreeSet::new();
            for id in ids {
                let found: Option<(i64, i64)> = optional(
                    tx.prepare_cached("SELECT operation, msg FROM intent WHERE id = ?1 AND state < 10")?
                        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?))),
                )?;
                // It ended meanwhile.
                let Some((operation, msg)) = found else { continue };
                let state = effect(tx, *id, msg)?;
                set_state(tx, *id, state)?;
                if state == IntentState::Conflict {
                    operations.extend(stays(tx, *id, msg)?);
                }
                shown::refresh(tx, msg)?;
                operations.insert(operation);
            }
            let mut settled = Vec::new();
            for operation in operations {
                settled.extend(finish_operation(tx, operation)?);
            }
            Ok(settled)
        })
    }
}

/// A move that won't be made: what is wanted of the mail since is wanted where it still is. Gives the operations of
/// moves that have nothing left to do by this.
pub(super) fn stays(tx: &Tx<'_>, intent: i64, msg: i64) -> Result<Vec<i64>, Error> {
    let (kind, source, target): (i64, i64, i64) =
        tx.query_row("SELECT kind, source, target FROM intent WHERE id = ?1", [intent], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    let mut operations = Vec::new();
    if IntentKind::from_number(kind) != Some(IntentKind::Move) {
        return Ok(operations);
    }
    let later: Vec<(i64, i64, i64, i64)> = tx
        .prepare_cached(
            "SELECT id, operation, kind, target FROM intent
             WHERE msg = ?1 AND id > ?2 AND state = 0 AND source = ?3 ORDER BY id",
        )?
        .query_map([msg, intent, target], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
        .collect::<Result<_, _>>()?;
    for (id, operation, kind, its_target) in later {
        tx.prepare_cached("UPDATE intent SET source = ?2 WHERE id = ?1")?.execute([id, source])?;
        if IntentKind::from_number(kind) == Some(IntentKind::Move) {
            if its_target == source {
                set_state(tx, id, IntentState::Done)?;
                operations.push(operation);
            }
            // Whatever comes after it begins where that one ends.
            break;
        }
    }
    Ok(operations)
}

/// A mail arrived in this mailbox that a landed move was waiting for.
pub(super) fn landed_here(
    tx: &Tx<'_>,
    folder: i64,
    msg: i64,
    settled: &mut Vec<Settled>,
) -> Result<(), Error> {
    let landed: Vec<(i64, i64)> = tx
        .prepare_cached(
            "SELECT id, operation FROM intent WHERE msg = ?1 AND target = ?2 AND state IN (2, 3)",
        )?
        .query_map([msg, folder], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (id, operation) in landed {
        set_state(tx, id, IntentState::Done)?;
        settled.extend(finish_operation(tx, operation)?);
    }
    Ok(())
}

/// Marks an operation finished if none of its intents is open, and says so once.
pub(super) fn finish_operation(tx: &Tx<'_>, operation: i64) -> Result<Option<Settled>, Error> {
    let (open, refused): (i64, i64) = tx
        .prepare_cached(
            "SELECT coalesce(sum(state < 10), 0), coalesce(sum(state = 11), 0) FROM intent WHERE operation = ?1",
        )?
        .query_row([operation], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if open > 0 {
        return Ok(None);
    }
    let undoes: Option<i64> = optional(
        tx.prepare_cached(
            "UPDATE operation SET finished = 1 WHERE id = ?1 AND NOT finished RETURNING undoes",
        )?
        .query_row([operation], |row| row.get(0)),
    )?;
    Ok(undoes.map(|undoes| Settled {
        operation: Ticket(operation.unsigned_abs()),
        undoes: (undoes != 0).then_some(Ticket(undoes.unsigned_abs())),
        well: refused == 0,
    }))
}
