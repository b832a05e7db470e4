//! Conversations as mails come and go: what `sync::threads` says of all mails at once, kept mail by mail.

use std::collections::BTreeSet;

use rusqlite::params;

use super::reader::{EMAIL, email_row};
use super::writer::{Tx, optional};
use super::{Reader, lists, regroup, shown};
use crate::error::Error;
use crate::mime::HeaderFacts;
use crate::model::{EmailId, EmailRow, ListQuery, ThreadId};
use crate::sync::threads::{Tie, nearest_first, ties};

/// The conversation of a mail that is being added: one that is here, or a new one. Conversations that turn out to be
/// the same become one; the smaller moves, so that no mail moves often.
pub(super) fn join(
    tx: &Tx<'_>,
    account: i64,
    facts: &HeaderFacts,
    server_thread: Option<&str>,
) -> Result<Joined, Error> {
    let ties = nearest_first(facts.message_id.as_deref(), &facts.references, server_thread);
    let mut unknown: Vec<Tie> = Vec::new();
    let mut found: Vec<i64> = Vec::new();
    for tie in ties {
        let thread: Option<i64> = optional(
            tx.prepare_cached("SELECT thread FROM ref WHERE account = ?1 AND tie = ?2")?
                .query_row([account, tie.0], |row| row.get(0)),
        )?;
        match thread {
            None if unknown.contains(&tie) => {}
            None => unknown.push(tie),
            Some(thread) if found.contains(&thread) => {}
            Some(thread) => found.push(thread),
        }
    }
    let thread = match found.as_slice() {
        [] => {
            tx.prepare_cached("INSERT INTO thread(account, mails) VALUES(?1, 1)")?.execute([account])?;
            tx.last_insert_rowid()
        }
        [thread] => *thread,
        several => merge_allowed(tx, several)?,
    };
    for tie in unknown {
        tx.prepare_cached("INSERT INTO ref(account, tie, thread) VALUES(?1, ?2, ?3)")?
            .execute([account, tie.0, thread])?;
    }
    if !found.is_empty() {
        tx.prepare_cached("UPDATE thread SET mails = mails + 1 WHERE id = ?1")?.execute([thread])?;
    }
    Ok(Joined { thread, is_new: found.is_empty() })
}

/// The conversation that a mail became part of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Joined {
    pub(super) thread: i64,
    /// It has no other mails.
    pub(super) is_new: bool,
}

/// The server's own name of a conversation became known: what it ties together is one.
pub(super) fn learnt(tx: &Tx<'_>, account: i64, msg: i64, server_thread: &str) -> Result<(), Error> {
    let thread: i64 =
        tx.prepare_cached("SELECT thread FROM msg WHERE id = ?1")?.query_row([msg], |row| row.get(0))?;
    for tie in ties(None, &[], Some(server_thread)) {
        let found: Option<i64> = optional(
            tx.prepare_cached("SELECT thread FROM ref WHERE account = ?1 AND tie = ?2")?
                .query_row([account, tie.0], |row| row.get(0)),
        )?;
        match found {
            None => {
                tx.prepare_cached("INSERT INTO ref(account, tie, thread) VALUES(?1, ?2, ?3)")?
                    .execute([account, tie.0, thread])?;
            }
            Some(found) if found == thread => {}
            Some(found) => {
                merge_allowed(tx, &[thread, found])?;
            }
        }
    }
    Ok(())
}

/// A mail of it was forgotten. The others stay together, though what tied them may be gone.
pub(super) fn leave(tx: &Tx<'_>, thread: i64) -> Result<(), Error> {
    tx.prepare_cached("UPDATE thread SET mails = mails - 1 WHERE id = ?1")?.execute([thread])?;
    // What a person decided about it holds for mails to come.
    tx.prepare_cached(
        "DELETE FROM thread WHERE id = ?1 AND mails <= 0 AND NOT EXISTS(SELECT 1 FROM apart WHERE one = ?1)",
    )?
    .execute([thread])?;
    Ok(())
}

/// Conversations that turn out to be the same become one, except for those that a person parted: of these the one that
/// comes first in the list stays by itself, with all that may join it. Gives that one.
fn merge_allowed(tx: &Tx<'_>, threads: &[i64]) -> Result<i64, Error> {
    if !regroup::are_any_apart(tx)? {
        return merge(tx, threads);
    }
    let mut threads = threads.iter().copied();
    let Some(mut kept) = threads.next() else { return Err(Error::new(crate::ErrorKind::Bug)) };
    for thread in threads {
        if !regroup::are_apart(tx, kept, thread)? {
            kept = merge(tx, &[kept, thread])?;
        }
    }
    Ok(kept)
}

/// Makes them one, whatever anybody decided. Gives the one that is left.
pub(super) fn merge(tx: &Tx<'_>, threads: &[i64]) -> Result<i64, Error> {
    let mut sized: Vec<(i64, i64)> = Vec::with_capacity(threads.len());
    for thread in threads {
        let mails = tx
            .prepare_cached("SELECT mails FROM thread WHERE id = ?1")?
            .query_row([thread], |row| row.get(0))?;
        sized.push((mails, *thread));
    }
    // Of equal ones the older stays.
    sized.sort_unstable_by_key(|(mails, thread)| (-mails, *thread));
    let mut sized = sized.into_iter();
    let Some((_, kept)) = sized.next() else { return Err(Error::new(crate::ErrorKind::Bug)) };
    for (mails, thread) in sized {
        let moved: Vec<i64> = tx
            .prepare_cached("SELECT id FROM msg WHERE thread = ?1")?
            .query_map([thread], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        shown::change_thread(tx, &moved, (thread, kept))?;
        tx.prepare_cached("UPDATE msg SET thread = ?2 WHERE thread = ?1")?.execute([thread, kept])?;
        regroup::renamed(tx, thread, kept)?;
        tx.prepare_cached("UPDATE ref SET thread = ?2 WHERE thread = ?1")?.execute([thread, kept])?;
        tx.prepare_cached("UPDATE thread SET mails = mails + ?2 WHERE id = ?1")?.execute([kept, mails])?;
        tx.prepare_cached("DELETE FROM thread WHERE id = ?1")?.execute([thread])?;
    }
    Ok(kept)
}

impl Reader {
    /// Of rows of a list of conversations, all mails that lie in the list's mailboxes; of any other list, these mails.
    ///
    /// # Errors
    /// `StorageFailed`.
    pub fn whole(&self, query: ListQuery, rows: &[EmailId]) -> Result<Vec<EmailId>, Error> {
        if !query.is_of_conversations() {
            return Ok(rows.to_vec());
        }
        self.with(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT msg FROM shown WHERE thread = (SELECT thread FROM msg WHERE id = ?1) AND folder = ?2
                 ORDER BY date DESC, msg DESC",
            )?;
            let folders = lists::folders(connection, query)?;
            let mut all = Vec::new();
            let mut seen = BTreeSet::new();
            for row in rows {
                for folder in &folders {
                    for msg in statement.query_map([row.0, *folder], |row| row.get(0).map(EmailId))? {
                        let msg = msg?;
                        if seen.insert(msg) {
                            all.push(msg);
                        }
                    }
                }
            }
            Ok(all)
        })
    }

    /// The mails of a conversation, oldest first, over all mailboxes; each once. Empty when there is none such.
    pub fn thread(&self, thread: ThreadId) -> Result<Vec<EmailRow>, Error> {
        self.with(|connection| {
            let rows: Vec<EmailRow> = connection
                .prepare_cached(&format!(
                    "SELECT {EMAIL} FROM msg JOIN shown ON shown.msg = msg.id JOIN folder ON folder.id = shown.folder
                     WHERE msg.thread = ?1 AND folder.listed ORDER BY msg.date, msg.id, folder.role = 4, shown.folder"
                ))?
                .query_map(params![thread.0], email_row)?
                .collect::<Result<_, _>>()?;
            let mut once: Vec<EmailRow> = Vec::with_capacity(rows.len());
            for row in rows {
                if once.last().is_none_or(|last| last.id != row.id) {
                    once.push(row);
                }
            }
            Ok(once)
        })
    }
}
