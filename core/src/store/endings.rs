//! How intents end: what the server agreed to, refused or no longer has, and which operations are finished by that.

use std::collections::BTreeSet;

use rusqlite::params;

use super::emails::{add_place, mail_at, remove_place};
use super::folders::{ListedFolder, flags, join_keywords};
use super::intents::{IntentKind, IntentState, set_state, split_names};
use super::writer::{Changed, Tx, Writer, optional};
use super::{mailbox_intents, shown};
use crate::command::Ticket;
use crate::error::{Error, ErrorKind};
use crate::imap::Uid;
use crate::model::{AccountId, Flags, MailboxId};

/// An operation whose last intent has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    pub operation: Ticket,
    /// The operation it took back, if it was an undo.
    pub undoes: Option<Ticket>,
    /// Whether every intent of it ended well.
    pub well: bool,
    /// Why not, where that is known.
    pub why: Option<ErrorKind>,
}

/// How one mail's move, or its coming into being, ended on the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    pub intent: i64,
    /// Its UID in the target, where known.
    pub target_uid: Option<Uid>,
    /// The numbering that UID belongs to.
    pub target_validity: u32,
    /// The server itself named that UID; else it was found there by what it looks like.
    pub named: bool,
}

/// What is waited for in mailboxes that aren't shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutOfSight {
    /// Mailboxes that mails have landed in, or that changes wait for, and that the server lists: they are about to be
    /// deleted and can be looked at.
    pub hidden: Vec<MailboxId>,
    /// What has landed in others: no look will tell.
    pub lost: Vec<i64>,
    /// Changes that wait until a mailbox, of theirs or where they go to, has been read in its new numbering which the
    /// server doesn't list any more.
    pub stranded: Vec<i64>,
}

impl Moved {
    /// Numbering and UID, where both are known.
    pub(super) fn place(&self) -> Option<(u32, Uid)> {
        self.target_uid.map(|uid| (self.target_validity, uid))
    }
}

impl Writer {
    /// The server changed the flags as wanted.
    pub fn flags_done(&mut self, ids: &[i64]) -> Result<(Vec<Settled>, Changed), Error> {
        self.end(ids, |tx, id, msg| {
            tx.prepare_cached(
                "UPDATE loc SET flags = (loc.flags | intent.flags_add) & ~intent.flags_remove
                 FROM intent JOIN msg ON msg.id = intent.msg
                 WHERE intent.id = ?1 AND loc.msg = ?2
                   AND (loc.folder = intent.source OR substr(msg.server_id, 1, 1) = 'g')",
            )?
            .execute([id, msg])?;
            Ok(IntentState::Done)
        })
    }

    /// The server changed the keywords as wanted.
    pub fn keywords_done(&mut self, ids: &[i64]) -> Result<(Vec<Settled>, Changed), Error> {
        self.end(ids, |tx, id, msg| {
            let (source, add, remove) = tx
                .prepare_cached("SELECT source, keywords_add, keywords_remove FROM intent WHERE id = ?1")?
                .query_row([id], |row| {
                    let names =
                        |column| Ok::<_, rusqlite::Error>(split_names(row.get_ref(column)?.as_str()?));
                    Ok((row.get::<_, i64>(0)?, names(1)?, names(2)?))
                })?;
            let places: Vec<(i64, Uid, Flags)> = tx
                .prepare_cached(
                    "SELECT loc.folder, loc.uid, loc.flags, loc.keywords FROM loc JOIN msg ON msg.id = loc.msg
                     WHERE loc.msg = ?1 AND (loc.folder = ?2 OR substr(msg.server_id, 1, 1) = 'g')",
                )?
                .query_map([msg, source], |row| Ok((row.get(0)?, row.get(1)?, flags(row, 2)?)))?
                .collect::<Result<_, _>>()?;
            for (folder, uid, mut flags) in places {
                flags.change_keywords(&add, &remove);
                tx.prepare_cached("UPDATE loc SET keywords = ?3 WHERE folder = ?1 AND uid = ?2")?
                    .execute(params![folder, uid, join_keywords(&flags)])?;
            }
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
            let arrived = moved.iter().find(|moved| moved.intent == id).and_then(Moved::place);
            if arrived.is_some() {
                // Otherwise it may have been gone before, and be where it was under its other labels.
                super::labels::arrived(tx, msg, target)?;
            }
            let Some((uid, flags, keywords)) = place else {
                if super::labels::is_at(tx, msg, target)? {
                    return Ok(IntentState::Done);
                }
                // Gone from here before the answer came: the next look at the target finds it.
                return Ok(IntentState::Landed);
            };
            remove_place(tx, source, uid)?;
            match arrived {
                Some(place) => {
                    let state = put(tx, (id, target), place, msg, (flags, &keywords))?;
                    if state == IntentState::Landed {
                        keep_flags(tx, id, flags, &keywords)?;
                    }
                    Ok(state)
                }
                None => {
                    keep_flags(tx, id, flags, &keywords)?;
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

    /// These can't be done, and why: their effect is taken back. The caller tells the person.
    pub fn intents_refused(&mut self, refused: &[(i64, Error)]) -> Result<(Vec<Settled>, Changed), Error> {
        let ids: Vec<i64> = refused.iter().map(|(id, _)| *id).collect();
        self.end(&ids, |tx, id, _| {
            if let Some((_, error)) = refused.iter().find(|(refused, _)| *refused == id) {
                note_error(tx, id, error)?;
            }
            Ok(IntentState::Conflict)
        })
    }

    /// The moves whose mails are somewhere in this target.
    pub fn landed(&self, target: MailboxId) -> Result<Vec<i64>, Error> {
        Ok(self
            .look()
            .prepare_cached("SELECT id FROM intent WHERE target = ?1 AND state = 3")?
            .query_map([target.0], |row| row.get(0))?
            .collect::<Result<_, _>>()?)
    }

    /// The mailboxes that mails have landed in, somewhere: whatever their numbers say, a look at them is waited for.
    pub fn landed_folders(&self, account: AccountId) -> Result<Vec<MailboxId>, Error> {
        Ok(self
            .look()
            .prepare_cached("SELECT DISTINCT target FROM intent WHERE account = ?1 AND state = 3")?
            .query_map([account.0], |row| row.get(0).map(MailboxId))?
            .collect::<Result<_, _>>()?)
    }

    /// What is waited for in mailboxes that aren't shown, by what the server listed.
    pub fn out_of_sight(&self, account: AccountId, listed: &[ListedFolder]) -> Result<OutOfSight, Error> {
        // A list without a mailbox proves that it is gone, unless it is empty or a name is on its way to another.
        let proves = !listed.is_empty() && !self.is_renaming(account)?;
        let mut found = OutOfSight::default();
        let shown = self.folders(account)?;
        for mailbox in self.landed_folders(account)? {
            let name = self.folder(mailbox)?.wire_name;
            if shown.iter().any(|folder| folder.id == mailbox && folder.selectable) {
                continue;
            }
            if listed.iter().any(|listed| listed.wire_name == name && listed.selectable) {
                found.hidden.push(mailbox);
            } else if proves {
                found.lost.extend(self.landed(mailbox)?);
            }
        }
        for (intent, mailbox, name) in self.waiting_for_a_look(account)? {
            let is_shown = shown.iter().any(|folder| folder.id == mailbox && folder.selectable);
            if !listed.iter().any(|listed| *listed.wire_name == *name && listed.selectable) {
                found.stranded.extend(proves.then_some(intent));
            } else if !is_shown && !found.hidden.contains(&mailbox) {
                found.hidden.push(mailbox);
            }
        }
        Ok(found)
    }

    /// Changes that wait until a mailbox has been read in its new numbering, that mailbox and its name.
    fn waiting_for_a_look(&self, account: AccountId) -> Result<Vec<(i64, MailboxId, String)>, Error> {
        Ok(self
            .look()
            .prepare_cached(
                "SELECT intent.id, folder.id, wire_name FROM intent JOIN folder ON folder.id = intent.source
                 WHERE intent.account = ?1 AND state < 10
                   AND EXISTS(SELECT 1 FROM quarantine WHERE quarantine.folder = folder.id
                                AND quarantine.msg IN (intent.msg, intent.origin))
                 UNION SELECT intent.id, folder.id, wire_name FROM intent JOIN folder ON folder.id = intent.target
                 WHERE intent.account = ?1 AND state = 2
                   AND (target_validity = 0 OR target_validity <> folder.uid_validity)
                   AND EXISTS(SELECT 1 FROM quarantine WHERE quarantine.folder = folder.id)
                 UNION SELECT intent.id, folder.id, wire_name FROM intent
                 JOIN quarantine ON quarantine.msg = intent.origin JOIN folder ON folder.id = quarantine.folder
                 WHERE folder.account = ?1 AND kind = 5 AND state < 10",
            )?
            .query_map([account.0], |row| Ok((row.get(0)?, MailboxId(row.get(1)?), row.get(2)?)))?
            .collect::<Result<_, _>>()?)
    }

    /// Whether a mailbox is being renamed, so that it isn't known which name is its.
    fn is_renaming(&self, account: AccountId) -> Result<bool, Error> {
        Ok(self.look().query_row(
            "SELECT EXISTS(SELECT 1 FROM mailbox_intent WHERE account = ?1 AND kind = 2 AND state IN (1, 2))",
            [account.0],
            |row| row.get(0),
        )?)
    }

    /// The target was read to its end since these moves landed there: nothing more can be learnt of them.
    pub fn end_landed(&mut self, ids: &[i64]) -> Result<(Vec<Settled>, Changed), Error> {
        self.end(ids, |tx, id, msg| {
            // What was to be removed for it stays: it isn't where it was to arrive.
            let precedes: bool = tx
                .prepare_cached("SELECT EXISTS(SELECT 1 FROM intent WHERE depends = ?1 AND state < 10)")?
                .query_row([id], |row| row.get(0))?;
            if precedes {
                return Ok(IntentState::Conflict);
            }
            if let Some((folder, uid, seen)) = seen_since(tx, id)? {
                take_over(tx, (folder, uid), seen, msg)?;
            }
            Ok(IntentState::Done)
        })
    }

    /// This target can't be opened, and that is why: where these moves landed is never seen. What was to be deleted there
    /// isn't known to be gone.
    pub fn end_landed_unseen(
        &mut self,
        target: MailboxId,
        why: &Error,
    ) -> Result<(Vec<Settled>, Changed), Error> {
        let deletions = self
            .look()
            .prepare_cached(
                "SELECT DISTINCT later.id FROM intent AS landed
                 JOIN intent AS later ON later.msg = landed.msg AND later.id > landed.id
                 WHERE landed.target = ?1 AND landed.state = 3 AND later.kind = 3 AND later.state = 0
                   AND NOT EXISTS(SELECT 1 FROM loc WHERE loc.msg = landed.msg)",
            )?
            .query_map([target.0], |row| Ok((row.get(0)?, why.clone())))?
            .collect::<Result<Vec<(i64, Error)>, _>>()?;
        // Before the moves end: whatever is left of this is done again.
        let (mut settled, mut changed) = self.intents_refused(&deletions)?;
        let landed = self.landed(target)?;
        let (more, also) = self.end_landed(&landed)?;
        settled.extend(more);
        changed.and(also);
        Ok((settled, changed))
    }

    pub(super) fn end(
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
                operations.extend(end_one(tx, *id, msg, state)?);
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

/// A moved mail is shown with these until it has been seen where it went.
fn keep_flags(tx: &Tx<'_>, id: i64, flags: i64, keywords: &str) -> Result<(), Error> {
    tx.prepare_cached("UPDATE intent SET base_flags = ?2, keywords = ?3 WHERE id = ?1")?
        .execute(params![id, flags, keywords])?;
    Ok(())
}

/// Writes an intent's end, with what follows from it. Gives the operations of others that ended by this.
fn end_one(tx: &Tx<'_>, id: i64, msg: i64, state: IntentState) -> Result<Vec<i64>, Error> {
    set_state(tx, id, state)?;
    let mut operations = Vec::new();
    if state == IntentState::Conflict {
        both_stay(tx, id, msg)?;
        operations.extend(mailbox_intents::spare(tx, id)?);
        operations.extend(stays(tx, id, msg)?);
        operations.extend(dependents_undone(tx, id)?);
    }
    if state == IntentState::Done {
        wake_dependents(tx, id)?;
    }
    shown::refresh(tx, msg)?;
    Ok(operations)
}

/// A move that was refused after its copy had been made and seen: it is two mails from now on.
fn both_stay(tx: &Tx<'_>, id: i64, msg: i64) -> Result<(), Error> {
    let target: Option<i64> = optional(
        tx.prepare_cached("SELECT target FROM intent WHERE id = ?1 AND kind = 2")?
            .query_row([id], |row| row.get(0)),
    )?;
    let Some(target) = target else { return Ok(()) };
    match super::labels::part(tx, msg, target)? {
        Some(twin) => shown::refresh(tx, twin),
        None => Ok(()),
    }
}

/// What was to be done after this intent may be done now, maybe on another account's server.
fn wake_dependents(tx: &Tx<'_>, id: i64) -> Result<(), Error> {
    let accounts: Vec<i64> = tx
        .prepare_cached("SELECT DISTINCT account FROM intent WHERE depends = ?1 AND state < 10")?
        .query_map([id], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for account in accounts {
        tx.wake(account);
    }
    Ok(())
}

/// What was to be done after this intent isn't done. Gives the operations concerned.
pub(super) fn dependents_undone(tx: &Tx<'_>, id: i64) -> Result<Vec<i64>, Error> {
    let dependents: Vec<(i64, i64, i64)> = tx
        .prepare_cached("SELECT id, operation, msg FROM intent WHERE depends = ?1 AND state < 10")?
        .query_map([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    let mut operations = Vec::new();
    for (dependent, operation, msg) in dependents {
        set_state(tx, dependent, IntentState::Undone)?;
        shown::refresh(tx, msg)?;
        operations.push(operation);
    }
    Ok(operations)
}

/// Refuses every open intent that needs this mailbox.
pub(super) fn refuse_in(tx: &Tx<'_>, folder: i64, error: &Error) -> Result<Vec<Settled>, Error> {
    let intents: Vec<(i64, i64, i64)> = tx
        .prepare_cached("SELECT id, operation, msg FROM intent WHERE ?1 IN (source, target) AND state < 10")?
        .query_map([folder], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    let mut settled = Vec::new();
    for intent in intents {
        settled.extend(refuse(tx, intent, error)?);
    }
    Ok(settled)
}

/// Refuses an open intent, by its number, its operation and its mail.
pub(super) fn refuse(
    tx: &Tx<'_>,
    (id, operation, msg): (i64, i64, i64),
    error: &Error,
) -> Result<Vec<Settled>, Error> {
    let is_open: bool = tx
        .prepare_cached("SELECT state < 10 FROM intent WHERE id = ?1")?
        .query_row([id], |row| row.get(0))?;
    if !is_open {
        // What it was to follow wasn't done, by which it was already.
        return Ok(Vec::new());
    }
    note_error(tx, id, error)?;
    let mut operations: BTreeSet<i64> = end_one(tx, id, msg, IntentState::Conflict)?.into_iter().collect();
    operations.insert(operation);
    let mut settled = Vec::new();
    for operation in operations {
        settled.extend(finish_operation(tx, operation)?);
    }
    Ok(settled)
}

pub(super) fn note_error(tx: &Tx<'_>, id: i64, error: &Error) -> Result<(), Error> {
    tx.prepare_cached("UPDATE intent SET error = ?2, error_text = ?3 WHERE id = ?1")?.execute(params![
        id,
        error.kind().code(),
        super::reasons::text_of(error)
    ])?;
    Ok(())
}

/// The mail of an intent is at this place, if the numbering is the one known here; else the next look at the mailbox
/// finds it.
pub(super) fn put(
    tx: &Tx<'_>,
    (intent, folder): (i64, i64),
    (validity, uid): (u32, Uid),
    msg: i64,
    (flags, keywords): (i64, &str),
) -> Result<IntentState, Error> {
    let (known, account): (u32, i64) =
        tx.query_row("SELECT uid_validity, account FROM folder WHERE id = ?1", [folder], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    if known != validity || known == 0 {
        return Ok(IntentState::Landed);
    }
    let before: i64 =
        tx.prepare_cached("SELECT seen FROM intent WHERE id = ?1")?.query_row([intent], |row| row.get(0))?;
    match mail_at(tx, folder, uid)? {
        None if is_in(tx, folder, msg)? && !super::identity::is_label_mail(tx, msg)? => {
            // It was made a second time: the server hid the first.
            let twin = super::arrivals::twin_with_body(tx, msg, AccountId(account))?;
            add_place(tx, folder, uid, twin, flags, keywords)?;
            shown::refresh(tx, twin)?;
        }
        None => add_place(tx, folder, uid, msg, flags, keywords)?,
        // It got its row since it was sent, so nobody had seen it before.
        Some(seen) if seen != msg && seen > before && !is_in(tx, folder, msg)? => {
            take_over(tx, (folder, uid), seen, msg)?
        }
        Some(_) => return Ok(IntentState::Done),
    }
    // Its body may be wanted from there now.
    tx.wake(account);
    Ok(IntentState::Done)
}

fn is_in(tx: &Tx<'_>, folder: i64, msg: i64) -> Result<bool, Error> {
    Ok(tx
        .prepare_cached("SELECT EXISTS(SELECT 1 FROM loc WHERE folder = ?1 AND msg = ?2)")?
        .query_row([folder, msg], |row| row.get(0))?)
}

/// Where a moved mail that is nowhere is in its target after all, and as which one: it was read there before it was known to
/// have left, and so taken for a new one.
fn seen_since(tx: &Tx<'_>, intent: i64) -> Result<Option<(i64, Uid, i64)>, Error> {
    optional(
        tx.prepare_cached(
            "SELECT loc.folder, loc.uid, other.id
             FROM intent JOIN msg ON msg.id = intent.msg
               JOIN msg AS other ON other.account = msg.account AND other.message_id = msg.message_id
                 AND other.size = msg.size AND other.date = msg.date AND other.id > intent.seen
               JOIN loc ON loc.msg = other.id AND loc.folder = intent.target AND loc.flags & 8 = 0
             WHERE intent.id = ?1 AND intent.kind = 2 AND intent.seen > 0 AND other.id <> msg.id
               AND NOT EXISTS(SELECT 1 FROM loc AS place WHERE place.msg = msg.id)
               AND NOT EXISTS(SELECT 1 FROM loc AS place WHERE place.msg = other.id AND place.folder <> intent.target)
               AND NOT EXISTS(SELECT 1 FROM intent AS making WHERE making.msg = other.id AND making.kind IN (2, 4, 5))
             ORDER BY loc.uid LIMIT 1",
        )?
        .query_row([intent], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))),
    )
}

/// A mail that was taken for a new one is the one that was on its way there: its place, and what was wished of it since,
/// is that one's.
fn take_over(tx: &Tx<'_>, (folder, uid): (i64, Uid), seen: i64, msg: i64) -> Result<(), Error> {
    let (flags, keywords): (i64, String) = tx
        .prepare_cached("SELECT flags, keywords FROM loc WHERE folder = ?1 AND uid = ?2")?
        .query_row(params![folder, uid], |row| Ok((row.get(0)?, row.get(1)?)))?;
    remove_place(tx, folder, uid)?;
    add_place(tx, folder, uid, msg, flags, &keywords)?;
    let is_gone: bool = tx
        .prepare_cached("SELECT NOT EXISTS(SELECT 1 FROM loc WHERE msg = ?1)")?
        .query_row([seen], |row| row.get(0))?;
    for column in ["msg", "origin"] {
        tx.prepare_cached(&format!(
            "UPDATE intent SET {column} = ?2 WHERE {column} = ?1 AND (source = ?3 OR ?4) AND state < 10"
        ))?
        .execute(params![seen, msg, folder, is_gone])?;
    }
    shown::refresh(tx, seen)
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
             WHERE (msg = ?1 OR kind = 4 AND origin = ?1) AND id > ?2 AND state = 0 AND source = ?3 ORDER BY id",
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
            "SELECT id, operation FROM intent WHERE msg = ?1 AND target = ?2 AND state IN (2, 3)
               AND (state = 3 OR kind <> 2
                    OR NOT EXISTS(SELECT 1 FROM loc WHERE loc.msg = intent.msg AND loc.folder = intent.source)
                       AND NOT EXISTS(SELECT 1 FROM quarantine
                                      WHERE quarantine.msg = intent.msg AND quarantine.folder = intent.source))",
        )?
        .query_map([msg, folder], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (id, operation) in landed {
        set_state(tx, id, IntentState::Done)?;
        wake_dependents(tx, id)?;
        settled.extend(finish_operation(tx, operation)?);
    }
    Ok(())
}

/// Marks an operation finished if none of its intents is open, and says so once.
pub(super) fn finish_operation(tx: &Tx<'_>, operation: i64) -> Result<Option<Settled>, Error> {
    let (open, refused, why): (i64, i64, i32) = tx
        .prepare_cached(
            "SELECT coalesce(sum(state < 10), 0), coalesce(sum(state = 11), 0), coalesce(max(error), 0) FROM
               (SELECT state, error FROM intent WHERE operation = ?1
                UNION ALL SELECT state, error FROM mailbox_intent WHERE operation = ?1)",
        )?
        .query_row([operation], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
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
        why: ErrorKind::from_code(why),
    }))
}
