//! Conversations as a person wants them: mails split off into one of their own, several joined into one.
//!
//! It is done by moving the mails, and what ties later mail to them, and by remembering which conversations were parted:
//! no mail that comes makes those one again. Only this device knows of it. See docs/decisions.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::params;

use super::intents::{add_operation, number};
use super::writer::{Changed, Tx, Writer, optional};
use super::{shown, threads};
use crate::command::Ticket;
use crate::error::{Error, ErrorKind};
use crate::model::{AccountId, EmailId, Instant};
use crate::sync::threads::ties;

/// Kinds of what is remembered for undo.
const SPLIT_MAIL: i64 = 1;
const SPLIT_TIE: i64 = 2;
const PAIR: i64 = 3;
const JOINED_MAIL: i64 = 4;
const JOINED_TIE: i64 = 5;

/// Whether anybody parted conversations at all: nearly always nobody did.
pub(super) fn are_any_apart(tx: &Tx<'_>) -> Result<bool, Error> {
    Ok(tx.prepare_cached("SELECT EXISTS(SELECT 1 FROM apart)")?.query_row([], |row| row.get(0))?)
}

pub(super) fn are_apart(tx: &Tx<'_>, one: i64, other: i64) -> Result<bool, Error> {
    Ok(tx
        .prepare_cached("SELECT EXISTS(SELECT 1 FROM apart WHERE one = ?1 AND other = ?2)")?
        .query_row([one, other], |row| row.get(0))?)
}

/// A conversation became part of another: what was decided about it holds for that one.
pub(super) fn renamed(tx: &Tx<'_>, thread: i64, kept: i64) -> Result<(), Error> {
    if are_any_apart(tx)? {
        for [this, that] in [["one", "other"], ["other", "one"]] {
            tx.prepare_cached(&format!(
                "INSERT OR IGNORE INTO apart({this}, {that}) SELECT ?2, {that} FROM apart WHERE {this} = ?1 AND {that} <> ?2"
            ))?
            .execute([thread, kept])?;
        }
        tx.prepare_cached("DELETE FROM apart WHERE one = ?1 OR other = ?1")?.execute([thread])?;
    }
    tx.prepare_cached("UPDATE OR REPLACE regrouped SET thread = ?2 WHERE thread = ?1 AND kind = 3")?
        .execute([thread, kept])?;
    tx.prepare_cached("UPDATE OR REPLACE regrouped SET id = ?2 WHERE id = ?1 AND kind = 3")?
        .execute([thread, kept])?;
    Ok(())
}

fn part(tx: &Tx<'_>, one: i64, other: i64) -> Result<(), Error> {
    tx.prepare_cached("INSERT OR IGNORE INTO apart(one, other) VALUES(?1, ?2), (?2, ?1)")?
        .execute([one, other])?;
    Ok(())
}

fn unpart(tx: &Tx<'_>, one: i64, other: i64) -> Result<bool, Error> {
    let gone = tx
        .prepare_cached("DELETE FROM apart WHERE one = ?1 AND other = ?2 OR one = ?2 AND other = ?1")?
        .execute([one, other])?;
    Ok(gone > 0)
}

/// Which conversations are apart from this one.
fn partners(tx: &Tx<'_>, thread: i64) -> Result<Vec<i64>, Error> {
    Ok(tx
        .prepare_cached("SELECT other FROM apart WHERE one = ?1 ORDER BY other")?
        .query_map([thread], |row| row.get(0))?
        .collect::<Result<_, _>>()?)
}

fn remember(tx: &Tx<'_>, operation: Ticket, kind: i64, id: i64, thread: i64) -> Result<(), Error> {
    tx.prepare_cached("INSERT OR IGNORE INTO regrouped(operation, kind, id, thread) VALUES(?1, ?2, ?3, ?4)")?
        .execute(params![number(operation), kind, id, thread])?;
    Ok(())
}

fn new_thread(tx: &Tx<'_>, account: AccountId) -> Result<i64, Error> {
    tx.prepare_cached("INSERT INTO thread(account, mails) VALUES(?1, 0)")?.execute([account.0])?;
    Ok(tx.last_insert_rowid())
}

/// Moves mails from one conversation to another; what ties later mail to them isn't moved by this.
fn move_mails(tx: &Tx<'_>, mails: &[i64], (from, to): (i64, i64)) -> Result<(), Error> {
    shown::change_thread(tx, mails, (from, to))?;
    for msg in mails {
        tx.prepare_cached("UPDATE msg SET thread = ?2 WHERE id = ?1")?.execute([*msg, to])?;
    }
    let count = i64::try_from(mails.len()).unwrap_or(0);
    for (thread, more) in [(from, -count), (to, count)] {
        tx.prepare_cached("UPDATE thread SET mails = mails + ?2 WHERE id = ?1")?.execute([thread, more])?;
    }
    Ok(())
}

/// A mail's conversation and its Message-ID.
fn facts(tx: &Tx<'_>, msg: i64) -> Result<(i64, String), Error> {
    Ok(tx
        .prepare_cached("SELECT thread, message_id FROM msg WHERE id = ?1")?
        .query_row([msg], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

/// The mails of a conversation with their Message-IDs.
fn mails_of(tx: &Tx<'_>, thread: i64) -> Result<Vec<(i64, String)>, Error> {
    Ok(tx
        .prepare_cached("SELECT id, message_id FROM msg WHERE thread = ?1")?
        .query_map([thread], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?)
}

impl Writer {
    /// Makes mails of one conversation one of their own. Copies of them go with them. Nothing, where they are all of it.
    ///
    /// # Errors
    /// `InvalidInput` where they are of several.
    pub fn split(
        &mut self,
        operation: Ticket,
        account: AccountId,
        emails: &[EmailId],
        now: Instant,
    ) -> Result<Changed, Error> {
        let ((), changed) = self.change(|tx| {
            begin(tx, operation, account, now)?;
            let (mut ids, mut names, mut whole) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
            for email in emails {
                let (thread, message_id) = facts(tx, email.0)?;
                whole.insert(thread);
                ids.insert(email.0);
                names.extend(Some(message_id).filter(|id| !id.is_empty()));
            }
            let mut whole = whole.into_iter();
            let (Some(from), None) = (whole.next(), whole.next()) else {
                return Err(Error::note(ErrorKind::InvalidInput, "the mails are of several conversations"));
            };
            let (mut going, mut staying) = (Vec::new(), 0);
            for (id, name) in mails_of(tx, from)? {
                match ids.contains(&id) || names.contains(&name) {
                    true => going.push((id, name)),
                    false => staying += 1,
                }
            }
            if staying == 0 {
                return Ok(());
            }
            let to = new_thread(tx, account)?;
            for (msg, name) in &going {
                remember(tx, operation, SPLIT_MAIL, *msg, from)?;
                for tie in ties(Some(name), &[], None) {
                    remember(tx, operation, SPLIT_TIE, tie.0, from)?;
                    tx.prepare_cached("UPDATE ref SET thread = ?3 WHERE account = ?1 AND tie = ?2")?
                        .execute([account.0, tie.0, to])?;
                }
            }
            let going: Vec<i64> = going.into_iter().map(|(msg, _)| msg).collect();
            move_mails(tx, &going, (from, to))?;
            // Whatever was apart from the whole is apart from each part.
            partners(tx, from)?.into_iter().chain([from]).try_for_each(|other| part(tx, to, other))
        })?;
        Ok(changed)
    }

    /// Makes the conversations of these mails one.
    pub fn join(
        &mut self,
        operation: Ticket,
        account: AccountId,
        emails: &[EmailId],
        now: Instant,
    ) -> Result<Changed, Error> {
        let ((), changed) = self.change(|tx| {
            begin(tx, operation, account, now)?;
            let mut threads = BTreeSet::new();
            for email in emails {
                threads.insert(facts(tx, email.0)?.0);
            }
            let threads: Vec<i64> = threads.into_iter().collect();
            if threads.len() < 2 {
                return Ok(());
            }
            let mut pairs = Vec::new();
            for one in &threads {
                for other in partners(tx, *one)? {
                    if threads.contains(&other) {
                        unpart(tx, *one, other)?;
                    }
                    pairs.push((*one, other));
                }
            }
            // How it was before is written after it was done: what becomes of a conversation is followed until then.
            let mut was = Vec::new();
            for thread in &threads {
                was.extend(mails_of(tx, *thread)?.into_iter().map(|(msg, _)| (JOINED_MAIL, msg, *thread)));
                let mut statement = tx.prepare_cached("SELECT tie FROM ref WHERE thread = ?1")?;
                for tie in statement.query_map([thread], |row| row.get(0))? {
                    was.push((JOINED_TIE, tie?, *thread));
                }
            }
            let kept = threads::merge(tx, &threads)?;
            for (kind, id, thread) in was.into_iter().filter(|(_, _, thread)| *thread != kept) {
                remember(tx, operation, kind, id, thread)?;
            }
            pairs.into_iter().try_for_each(|(one, other)| remember(tx, operation, PAIR, one, other))
        })?;
        Ok(changed)
    }
}

/// An operation that is done with this transaction.
fn begin(tx: &Tx<'_>, operation: Ticket, account: AccountId, now: Instant) -> Result<(), Error> {
    add_operation(tx, operation, account, 0, now)?;
    tx.prepare_cached("UPDATE operation SET finished = 1 WHERE id = ?1")?.execute([number(operation)])?;
    Ok(())
}

/// Takes back what an operation made of conversations. `false`: it made nothing of any, or that was taken back already.
pub(super) fn undo(tx: &Tx<'_>, operation: Ticket) -> Result<bool, Error> {
    let rows: Vec<(i64, i64, i64)> = tx
        .prepare_cached("DELETE FROM regrouped WHERE operation = ?1 RETURNING kind, id, thread")?
        .query_map([number(operation)], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    if rows.is_empty() {
        return Ok(false);
    }
    let account = AccountId(tx.query_row(
        "SELECT account FROM operation WHERE id = ?1",
        [number(operation)],
        |row| row.get(0),
    )?);
    let (pairs, moved): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(kind, ..)| *kind == PAIR);
    let mut back: BTreeMap<i64, i64> = BTreeMap::new();
    let mut left: BTreeSet<(i64, i64)> = BTreeSet::new();
    for (kind, id, before) in moved.iter().copied() {
        if matches!(kind, SPLIT_TIE | JOINED_TIE) {
            continue;
        }
        let from: Option<i64> = optional(
            tx.prepare_cached("SELECT thread FROM msg WHERE id = ?1")?.query_row([id], |row| row.get(0)),
        )?;
        let Some(from) = from else { continue };
        let to = match back.get(&before) {
            Some(to) => *to,
            None => return_to(tx, account, (kind, before, from))?,
        };
        back.insert(before, to);
        if from != to {
            move_mails(tx, &[id], (from, to))?;
            left.insert((from, to));
        }
    }
    for (kind, tie, before) in moved {
        if let Some(to) = back.get(&before).filter(|_| matches!(kind, SPLIT_TIE | JOINED_TIE)) {
            tx.prepare_cached("UPDATE ref SET thread = ?3 WHERE account = ?1 AND tie = ?2")?
                .execute([account.0, tie, *to])?;
        }
    }
    for (from, to) in left {
        // It was split off: answers to it that came since go back with it.
        if unpart(tx, from, to)? {
            threads::merge(tx, &[to, from])?;
        }
    }
    for (_, one, other) in pairs {
        if stands(tx, one)? && stands(tx, other)? {
            part(tx, one, other)?;
        }
    }
    Ok(true)
}

/// Where a mail goes back to that was in the conversation `before` and is in `from`.
fn return_to(tx: &Tx<'_>, account: AccountId, (kind, before, from): (i64, i64, i64)) -> Result<i64, Error> {
    if stands(tx, before)? {
        return Ok(before);
    }
    if kind == SPLIT_MAIL {
        // What it was split off has become part of another one: that is the one it is apart from now.
        return Ok(partners(tx, from)?.first().copied().unwrap_or(from));
    }
    // It is the same conversation again, for whatever else remembers it.
    tx.prepare_cached("INSERT INTO thread(id, account, mails) VALUES(?1, ?2, 0)")?
        .execute([before, account.0])?;
    Ok(before)
}

/// Whether there still is a conversation of that number.
fn stands(tx: &Tx<'_>, thread: i64) -> Result<bool, Error> {
    Ok(tx
        .prepare_cached("SELECT EXISTS(SELECT 1 FROM thread WHERE id = ?1)")?
        .query_row([thread], |row| row.get(0))?)
}
