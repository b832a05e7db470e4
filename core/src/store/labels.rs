//! What a change means where mailboxes are labels (Gmail): a mail is one mail in all of them, in All Mail always, and in
//! Trash or Spam alone.
//!
//! Archive takes it out of INBOX and leaves every other label; a move takes one label off and puts another on; a copy puts
//! one on. Taking it out of a label deletes nothing, so deleting for ever is a move to Trash and an expunge there. See
//! docs/decisions/0006-one-mail-many-labels.md.

use rusqlite::params;

use super::emails::{add_place, mail_at, remove_place};
use super::endings::{self, Settled};
use super::intents::{Change, IntentKind, NewIntent, effective, insert, keyword_columns};
use super::queue::IntentRow;
use super::writer::{Tx, Writer, optional};
use super::{identity, roles};
use crate::command::Ticket;
use crate::error::{Error, ErrorKind};
use crate::model::{AccountId, FlagBits, Flags, MailboxId, Role};

/// Where a mail is shown.
#[derive(Clone)]
struct Shown {
    folder: i64,
    flags: Flags,
    role: Role,
}

/// What a wish comes to.
enum Meant {
    Nothing,
    Flags(Shown, FlagBits, FlagBits),
    Keywords(Shown, Change),
    Move(Shown, i64),
    /// Puts a label on.
    Label(Shown, i64),
    Expunge(Shown),
    /// By way of Trash.
    Delete(Shown, i64),
}

/// A mail in one of these is nowhere else.
pub(super) const fn is_alone(role: Role) -> bool {
    matches!(role, Role::Trash | Role::Junk)
}

/// Which place a change begins at, where the person didn't say: INBOX, then other labels; views of all mail last.
const fn rank(role: Role) -> u8 {
    match role {
        Role::Inbox => 0,
        Role::None | Role::Archive => 1,
        Role::Trash | Role::Junk => 2,
        Role::Sent | Role::Drafts => 3,
        Role::All => 4,
        Role::Flagged => 5,
    }
}

/// Writes what a change within such an account comes to; `from`: of the mail in that mailbox. `false`: nothing.
pub(super) fn record(
    tx: &Tx<'_>,
    operation: Ticket,
    account: AccountId,
    (msg, from): (i64, Option<MailboxId>),
    change: Change,
) -> Result<bool, Error> {
    let places = places(tx, account, msg, from)?;
    let new = |kind, shown: &Shown| NewIntent {
        operation,
        account,
        msg,
        kind,
        source: shown.folder,
        before: shown.flags.clone(),
        ..NewIntent::default()
    };
    match meant(tx, account, &places, from.is_some(), change)? {
        Meant::Nothing => return Ok(false),
        Meant::Flags(shown, add, remove) => {
            insert(tx, &NewIntent { add, remove, ..new(IntentKind::Flags, &shown) })?;
        }
        Meant::Keywords(shown, change) => {
            let (keywords_add, keywords_remove) = keyword_columns(&change);
            insert(tx, &NewIntent { keywords_add, keywords_remove, ..new(IntentKind::Keywords, &shown) })?;
        }
        Meant::Move(shown, target) => {
            let labels = taken_off(tx, account, msg, (shown.folder, target))?;
            insert(tx, &NewIntent { target, labels, ..new(IntentKind::Move, &shown) })?;
        }
        Meant::Label(shown, target) => {
            insert(tx, &NewIntent { target, origin: msg, ..new(IntentKind::Copy, &shown) })?;
        }
        Meant::Expunge(shown) => {
            insert(tx, &new(IntentKind::Expunge, &shown))?;
        }
        Meant::Delete(shown, trash) => {
            let depends = insert(tx, &NewIntent { target: trash, ..new(IntentKind::Move, &shown) })?;
            let there = Shown { folder: trash, ..shown };
            insert(tx, &NewIntent { depends, ..new(IntentKind::Expunge, &there) })?;
        }
    }
    Ok(true)
}

/// Which labels a move takes off besides the one it begins at: all, where it goes to Trash or Spam.
fn taken_off(
    tx: &Tx<'_>,
    account: AccountId,
    msg: i64,
    (source, target): (i64, i64),
) -> Result<Vec<i64>, Error> {
    if !is_alone(role_of(tx, target)?) {
        return Ok(Vec::new());
    }
    let others = places(tx, account, msg, None)?.into_iter().filter(|place| {
        place.folder != source
            && place.folder != target
            && !matches!(place.role, Role::All | Role::Flagged)
            && !is_alone(place.role)
    });
    Ok(others.map(|place| place.folder).collect())
}

fn no_trash() -> Error {
    Error::note(ErrorKind::NotFound, "the server shows no trash, and only from there mail is deleted")
}

/// It is a mail of labels, as turns out after it was wished to be deleted for ever. One that had been copied meanwhile, which
/// is itself then, only loses the label.
pub(super) fn learnt(tx: &Tx<'_>, account: i64, msg: i64, settled: &mut Vec<Settled>) -> Result<(), Error> {
    let wishes: Vec<(i64, i64, i64, Flags)> = tx
        .prepare_cached(
            "SELECT id, operation, source, base_flags, keywords FROM intent WHERE msg = ?1 AND kind = 3 AND state = 0
               AND depends = 0
               AND NOT EXISTS(SELECT 1 FROM intent AS copying WHERE copying.origin = ?1 AND copying.kind = 4
                                AND copying.state <= 10)",
        )?
        .query_map([msg], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, super::folders::flags(row, 3)?)))?
        .collect::<Result<_, _>>()?;
    for (id, operation, source, flags) in wishes {
        if is_alone(role_of(tx, source)?) {
            continue;
        }
        let Some(trash) = roles::with_role(tx, AccountId(account), Role::Trash)? else {
            settled.extend(endings::refuse(tx, (id, operation, msg), &no_trash())?);
            continue;
        };
        tx.prepare_cached("UPDATE intent SET kind = 2, target = ?2 WHERE id = ?1")?.execute([id, trash.0])?;
        let expunge = NewIntent {
            operation: Ticket(operation.unsigned_abs()),
            account: AccountId(account),
            msg,
            kind: IntentKind::Expunge,
            source: trash.0,
            before: flags,
            depends: id,
            ..NewIntent::default()
        };
        insert(tx, &expunge)?;
    }
    Ok(())
}

fn places(tx: &Tx<'_>, account: AccountId, msg: i64, from: Option<MailboxId>) -> Result<Vec<Shown>, Error> {
    let mut places: Vec<Shown> = tx
        .prepare_cached(
            "SELECT shown.folder, shown.flags, shown.keywords, folder.role FROM shown JOIN folder ON folder.id = shown.folder
             WHERE msg = ?1 AND folder.account = ?2 AND folder.listed AND (?3 = 0 OR shown.folder = ?3)
             ORDER BY shown.folder",
        )?
        .query_map(params![msg, account.0, from.map_or(0, |from| from.0)], |row| {
            Ok(Shown {
                folder: row.get(0)?,
                flags: super::folders::flags(row, 1)?,
                role: Role::from_number(row.get(3)?),
            })
        })?
        .collect::<Result<_, _>>()?;
    places.sort_by_key(|place| rank(place.role));
    Ok(places)
}

fn meant(
    tx: &Tx<'_>,
    account: AccountId,
    places: &[Shown],
    chosen: bool,
    change: Change,
) -> Result<Meant, Error> {
    let Some(first) = places.first().cloned() else { return Ok(Meant::Nothing) };
    Ok(match change {
        Change::Flags { add, remove } => {
            let bits = first.flags.bits;
            match bits.changed(add, remove) == bits {
                true => Meant::Nothing,
                false => Meant::Flags(first, add & !bits, remove & bits),
            }
        }
        Change::Keywords { .. } => match effective(&first.flags, &change) {
            Some(change) => Meant::Keywords(first, change),
            None => Meant::Nothing,
        },
        Change::Expunge if is_alone(first.role) => Meant::Expunge(first),
        Change::Expunge => match roles::with_role(tx, account, Role::Trash)? {
            Some(trash) => Meant::Delete(first, trash.0),
            // Anywhere else it would only lose a label.
            None => return Err(no_trash()),
        },
        Change::Move { to } => to_mailbox(tx, places, to.0, (true, chosen))?,
        Change::Copy { to } => to_mailbox(tx, places, to.0, (false, chosen))?,
        Change::Append { .. } | Change::Send => return Err(Error::new(ErrorKind::Bug)),
    })
}

/// A move, or a copy (`leaves`: is it to leave where it is), into that mailbox.
fn to_mailbox(
    tx: &Tx<'_>,
    places: &[Shown],
    target: i64,
    (leaves, chosen): (bool, bool),
) -> Result<Meant, Error> {
    let Some(first) = places.first().cloned() else { return Ok(Meant::Nothing) };
    let role = role_of(tx, target)?;
    let is_there = places.iter().any(|place| place.folder == target);
    if is_alone(first.role) || is_alone(role) {
        // It can't be there and elsewhere.
        return Ok(if is_there { Meant::Nothing } else { Meant::Move(first, target) });
    }
    let takes_off = |place: &&Shown| {
        place.folder != target
            && match place.role {
                // It is in the one always, in the other for as long as it has a star.
                Role::All | Role::Flagged => false,
                Role::Inbox => true,
                _ => chosen || role != Role::All,
            }
    };
    Ok(match places.iter().find(takes_off) {
        Some(place) if leaves => Meant::Move(place.clone(), target),
        _ if is_there || role == Role::All => Meant::Nothing,
        _ => Meant::Label(first, target),
    })
}

fn role_of(tx: &Tx<'_>, folder: i64) -> Result<Role, Error> {
    Ok(tx
        .prepare_cached("SELECT role FROM folder WHERE id = ?1")?
        .query_row([folder], |row| Ok(Role::from_number(row.get(0)?)))?)
}

/// Archive is All Mail here, unless the person chose a mailbox for it.
pub(super) fn archive(tx: &Tx<'_>, account: AccountId) -> Result<Option<MailboxId>, Error> {
    if !identity::has_labels(tx, account.0)? {
        return Ok(None);
    }
    let chosen: bool = tx.query_row(
        "SELECT EXISTS(SELECT 1 FROM folder WHERE account = ?1 AND chosen_role = 6 AND listed AND selectable)",
        [account.0],
        |row| row.get(0),
    )?;
    if chosen { Ok(None) } else { roles::with_role(tx, account, Role::All) }
}

/// Whether a mail that may be in many mailboxes is in that one.
pub(super) fn is_at(tx: &Tx<'_>, msg: i64, folder: i64) -> Result<bool, Error> {
    Ok(tx
        .prepare_cached(
            "SELECT EXISTS(SELECT 1 FROM loc JOIN msg ON msg.id = loc.msg
                           WHERE loc.msg = ?1 AND loc.folder = ?2 AND substr(msg.server_id, 1, 1) = 'g')",
        )?
        .query_row([msg, folder], |row| row.get(0))?)
}

/// A mail is there now, whatever was known of it before: Gmail's own Trash and Spam hold no mail that is elsewhere. A label
/// of a name like theirs does.
pub(super) fn arrived(tx: &Tx<'_>, msg: i64, folder: i64) -> Result<(), Error> {
    if !identity::is_label_mail(tx, msg)? {
        return Ok(());
    }
    let others: Vec<(i64, u32)> = tx
        .prepare_cached(
            "SELECT loc.folder, loc.uid FROM loc JOIN folder AS other ON other.id = loc.folder, folder AS this
             WHERE loc.msg = ?1 AND loc.folder <> ?2 AND this.id = ?2
               AND (this.role IN (4, 5) AND this.path LIKE '[%' OR other.role IN (4, 5) AND other.path LIKE '[%')",
        )?
        .query_map([msg, folder], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (other, uid) in others {
        remove_place(tx, other, uid)?;
    }
    Ok(())
}

impl Writer {
    /// These mails left the mailbox that a change was to begin in. Where it is the same in any of their mailboxes it begins
    /// in another one; gives those of which that isn't so.
    pub fn begin_elsewhere(&mut self, rows: Vec<IntentRow>) -> Result<Vec<IntentRow>, Error> {
        self.keep(|tx| {
            let mut left = Vec::new();
            for row in rows {
                let anywhere = match row.change {
                    Change::Flags { .. } | Change::Keywords { .. } => true,
                    Change::Move { to } => is_alone(role_of(tx, to.0)?),
                    Change::Copy { .. } | Change::Append { .. } | Change::Expunge | Change::Send => false,
                };
                // One that is there already has arrived.
                let is_queued = row.state == super::IntentState::Queued && row.there.is_none();
                let place: Option<i64> = match anywhere && is_queued && row.server_id.is_of_mail() {
                    true => optional(
                        tx.prepare_cached(
                            "SELECT folder FROM loc JOIN folder ON folder.id = loc.folder
                             WHERE msg = ?1 AND folder <> ?2 AND listed ORDER BY folder LIMIT 1",
                        )?
                        .query_row([row.email.0, row.source.0], |row| row.get(0)),
                    )?,
                    false => None,
                };
                match place {
                    Some(place) => {
                        tx.prepare_cached("UPDATE intent SET source = ?2 WHERE id = ?1")?
                            .execute([row.id, place])?;
                    }
                    None => left.push(row),
                }
            }
            Ok(left)
        })
    }
}

/// A move that ended without its mail having left is in two places, though it is no mail of labels: each is a mail.
pub(super) fn part(tx: &Tx<'_>, msg: i64, target: i64) -> Result<Option<i64>, Error> {
    if identity::is_label_mail(tx, msg)? {
        return Ok(None);
    }
    let place: Option<(u32, i64, String)> = optional(
        tx.prepare_cached(
            "SELECT uid, flags, keywords FROM loc WHERE folder = ?2 AND msg = ?1
               AND EXISTS(SELECT 1 FROM loc AS other WHERE other.msg = ?1 AND other.folder <> ?2)",
        )?
        .query_row([msg, target], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))),
    )?;
    let Some((uid, flags, keywords)) = place else { return Ok(None) };
    let account = AccountId(tx.query_row("SELECT account FROM msg WHERE id = ?1", [msg], |row| row.get(0))?);
    let twin = super::arrivals::twin_with_body(tx, msg, account)?;
    remove_place(tx, target, uid)?;
    if mail_at(tx, target, uid)?.is_none() {
        add_place(tx, target, uid, twin, flags, &keywords)?;
    }
    Ok(Some(twin))
}
