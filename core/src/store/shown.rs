//! What lists show: the server's state with pending intents laid over it. The only code that writes `shown` and the
//! counters.

use std::sync::Arc;

use rusqlite::params;

use super::folders::{flags, join_keywords};
use super::intents::{IntentKind, IntentState, split_names};
use super::lists::Step;
use super::tags;
use super::threads::Joined;
use super::writer::Tx;
use crate::error::Error;
use crate::model::{FlagBits, Flags, Instant, Keyword};

/// A mail as shown in one mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    folder: i64,
    flags: Flags,
    pending: bool,
}

/// An open intent, as far as it changes what is shown.
struct Overlay {
    kind: i64,
    add: FlagBits,
    remove: FlagBits,
    source: i64,
    target: i64,
    keywords_add: Arc<[Keyword]>,
    keywords_remove: Arc<[Keyword]>,
    base_flags: Flags,
    state: i64,
    /// The target takes the mail out of everywhere else (labels).
    alone: bool,
}

/// Works out anew what is shown of one mail, and writes what differs.
pub(super) fn refresh(tx: &Tx<'_>, msg: i64) -> Result<(), Error> {
    let mut wanted = on_server(tx, msg)?;
    for overlay in overlays(tx, msg)? {
        lay_over(&mut wanted, &overlay);
    }
    wanted.retain(|entry| !entry.flags.bits.contains(FlagBits::DELETED));
    let (date, thread): (i64, i64) = tx
        .prepare_cached("SELECT date, thread FROM msg WHERE id = ?1")?
        .query_row([msg], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let current: Vec<Entry> = tx
        .prepare_cached("SELECT folder, flags, keywords, pending FROM shown WHERE msg = ?1")?
        .query_map([msg], entry)?
        .collect::<Result<_, _>>()?;
    for old in &current {
        if !wanted.iter().any(|new| new.folder == old.folder) {
            tx.prepare_cached("DELETE FROM shown WHERE folder = ?1 AND date = ?2 AND msg = ?3")?
                .execute(params![old.folder, date, msg])?;
            if !has_thread(tx, old.folder, thread)? {
                tx.count_threads(old.folder, -1);
            }
            tags::changed(tx, (old.folder, date, msg), &old.flags.keywords, &[])?;
            tx.note(Step { folder: old.folder, date, msg, before: Some(old.flags.bits), after: None });
            tx.count(old.folder, -1, if old.flags.bits.contains(FlagBits::SEEN) { 0 } else { -1 });
        }
    }
    for new in &wanted {
        let old = current.iter().find(|old| old.folder == new.folder);
        if old == Some(new) {
            continue;
        }
        if old.is_none() && !has_thread(tx, new.folder, thread)? {
            tx.count_threads(new.folder, 1);
        }
        tx.prepare_cached(
            "INSERT INTO shown(folder, date, msg, flags, pending, thread, keywords) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT(folder, date, msg) DO UPDATE SET flags = excluded.flags, pending = excluded.pending,
               keywords = excluded.keywords",
        )?
        .execute(params![
            new.folder,
            date,
            msg,
            new.flags.bits.0,
            new.pending,
            thread,
            join_keywords(&new.flags)
        ])?;
        let keywords = old.map_or(&[][..], |old| &old.flags.keywords);
        tags::changed(tx, (new.folder, date, msg), keywords, &new.flags.keywords)?;
        let before = old.map(|old| old.flags.bits);
        tx.note(Step { folder: new.folder, date, msg, before, after: Some(new.flags.bits) });
        let unread = i64::from(!new.flags.bits.contains(FlagBits::SEEN));
        let was_unread = i64::from(old.is_some_and(|old| !old.flags.bits.contains(FlagBits::SEEN)));
        tx.count(new.folder, i64::from(old.is_none()), unread - was_unread);
    }
    Ok(())
}

/// Shows a mail that is new on this device: no intent, no other place, nothing shown of it.
pub(super) fn show_new(
    tx: &Tx<'_>,
    folder: i64,
    (msg, joined): (i64, Joined),
    date: Instant,
    flags: &Flags,
) -> Result<(), Error> {
    let bits = flags.bits;
    if bits.contains(FlagBits::DELETED) {
        return Ok(());
    }
    let Joined { thread, is_new } = joined;
    if is_new || !has_thread(tx, folder, thread)? {
        tx.count_threads(folder, 1);
    }
    tx.prepare_cached(
        "INSERT INTO shown(folder, date, msg, flags, pending, thread, keywords) VALUES(?1, ?2, ?3, ?4, 0, ?5, ?6)",
    )?
    .execute(params![folder, date.0, msg, bits.0, thread, join_keywords(flags)])?;
    tags::changed(tx, (folder, date.0, msg), &[], &flags.keywords)?;
    tx.note(Step { folder, date: date.0, msg, before: None, after: Some(bits) });
    tx.count(folder, 1, i64::from(!bits.contains(FlagBits::SEEN)));
    Ok(())
}

fn entry(row: &rusqlite::Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry { folder: row.get(0)?, flags: flags(row, 1)?, pending: row.get(3)? })
}

fn on_server(tx: &Tx<'_>, msg: i64) -> Result<Vec<Entry>, Error> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut statement = tx.prepare_cached(
        "SELECT folder, flags, keywords, 0 FROM loc WHERE msg = ?1
         UNION ALL SELECT folder, flags, keywords, 0 FROM quarantine WHERE msg = ?1",
    )?;
    for found in statement.query_map([msg], entry)? {
        let found = found?;
        if !entries.iter().any(|known| known.folder == found.folder) {
            entries.push(found);
        }
    }
    Ok(entries)
}

fn overlays(tx: &Tx<'_>, msg: i64) -> Result<Vec<Overlay>, Error> {
    let mut statement = tx.prepare_cached(
        "SELECT kind, flags_add, flags_remove, source, target, base_flags, keywords, state, keywords_add,
           keywords_remove, EXISTS(SELECT 1 FROM folder JOIN msg ON msg.id = intent.msg
                  WHERE folder.id = target AND role IN (4, 5) AND substr(msg.server_id, 1, 1) = 'g')
         FROM intent WHERE msg = ?1 AND state < 10 ORDER BY id",
    )?;
    let rows = statement.query_map([msg], |row| {
        Ok(Overlay {
            kind: row.get(0)?,
            add: FlagBits(row.get(1)?),
            remove: FlagBits(row.get(2)?),
            source: row.get(3)?,
            target: row.get(4)?,
            base_flags: flags(row, 5)?,
            state: row.get(7)?,
            keywords_add: split_names(row.get_ref(8)?.as_str()?),
            keywords_remove: split_names(row.get_ref(9)?.as_str()?),
            alone: row.get(10)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn lay_over(entries: &mut Vec<Entry>, overlay: &Overlay) {
    let source = entries.iter().position(|entry| entry.folder == overlay.source);
    match IntentKind::from_number(overlay.kind) {
        Some(IntentKind::Flags) => {
            for entry in entries {
                entry.flags.bits = entry.flags.bits.changed(overlay.add, overlay.remove);
                entry.pending = true;
            }
        }
        Some(IntentKind::Keywords) => {
            for entry in entries {
                entry.flags.change_keywords(&overlay.keywords_add, &overlay.keywords_remove);
                entry.pending = true;
            }
        }
        Some(IntentKind::Move) => {
            let flags = match source {
                Some(index) => entries.remove(index).flags,
                // It left that label before the wish was sent, which holds wherever it is.
                None if overlay.alone && !entries.is_empty() => overlay.base_flags.clone(),
                // Already gone there on our order, not yet found at the target: it must not vanish meanwhile.
                None if overlay.state != IntentState::Queued as i64 => overlay.base_flags.clone(),
                None => return,
            };
            if !entries.iter().any(|entry| entry.folder == overlay.target) {
                entries.push(Entry { folder: overlay.target, flags, pending: true });
            }
            if overlay.alone {
                entries.retain(|entry| entry.folder == overlay.target);
            }
        }
        Some(IntentKind::Copy | IntentKind::Append)
            if !entries.iter().any(|entry| entry.folder == overlay.target) =>
        {
            entries.push(Entry { folder: overlay.target, flags: overlay.base_flags.clone(), pending: true });
        }
        Some(IntentKind::Expunge) => {
            if let Some(index) = source {
                entries.remove(index);
            }
        }
        Some(IntentKind::Copy | IntentKind::Append | IntentKind::Send) | None => {}
    }
}

/// Whether a mailbox shows a mail of this conversation.
fn has_thread(tx: &Tx<'_>, folder: i64, thread: i64) -> Result<bool, Error> {
    Ok(tx
        .prepare_cached("SELECT EXISTS(SELECT 1 FROM shown WHERE folder = ?1 AND thread = ?2)")?
        .query_row([folder, thread], |row| row.get(0))?)
}

/// These mails are about to leave one conversation for another.
pub(super) fn change_thread(tx: &Tx<'_>, mails: &[i64], (from, to): (i64, i64)) -> Result<(), Error> {
    let mut folders = std::collections::BTreeSet::new();
    for msg in mails {
        let mut statement = tx.prepare_cached("SELECT folder FROM shown WHERE msg = ?1")?;
        for folder in statement.query_map([msg], |row| row.get::<_, i64>(0))? {
            folders.insert(folder?);
        }
    }
    let count = |folder: i64| -> Result<i64, Error> {
        Ok(i64::from(has_thread(tx, folder, from)?) + i64::from(has_thread(tx, folder, to)?))
    };
    let mut before = Vec::with_capacity(folders.len());
    for folder in folders {
        before.push((folder, count(folder)?));
    }
    for msg in mails {
        tx.prepare_cached("UPDATE shown SET thread = ?2 WHERE msg = ?1")?.execute([*msg, to])?;
    }
    for (folder, before) in before {
        tx.count_threads(folder, count(folder)? - before);
    }
    tx.threads_moved();
    Ok(())
}

/// Says that something of a mail changed that lists show but `shown` doesn't hold (its preview, say).
pub(super) fn touch(tx: &Tx<'_>, msg: i64) -> Result<(), Error> {
    let mut statement = tx.prepare_cached("SELECT folder FROM shown WHERE msg = ?1")?;
    for folder in statement.query_map([msg], |row| row.get(0))? {
        tx.touch(folder?);
    }
    Ok(())
}
