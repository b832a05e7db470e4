//! Conversations as mails come and go: what `sync::threads` says of all mails at once, kept mail by mail.

use rusqlite::params;

use super::reader::{EMAIL, email_row};
use super::writer::{Tx, optional};
use super::{Reader, shown};
use crate::error::Error;
use crate::mime::HeaderFacts;
use crate::model::{EmailRow, ThreadId};
use crate::sync::threads::{Tie, ties};

/// The conversation of a mail that is being added: one that is here, or a new one. Conversations that turn out to be
/// the same become one; the smaller moves, so that no mail moves often.
pub(super) fn join(
    tx: &Tx<'_>,
    account: i64,
    facts: &HeaderFacts,
    server_thread: Option<&str>,
) -> Result<Joined, Error> {
    let ties = ties(facts.message_id.as_deref(), &facts.references, server_thread);
    let mut unknown: Vec<Tie> = Vec::new();
    let mut found: Vec<i64> = Vec::new();
    for tie in ties {
        let thread: Option<i64> = optional(
            tx.prepare_cached("SELECT thread FROM ref WHERE account = ?1 AND tie = ?2")?
                .query_row([account, tie.0], |row| row.get(0)),
        )?;
        match thread {
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
        several => merge(tx, several)?,
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
                merge(tx, &[thread, found])?;
            }
        }
    }
    Ok(())
}

/// A mail of it was forgotten. The others stay together, though what tied them may be gone.
pub(super) fn leave(tx: &Tx<'_>, thread: i64) -> Result<(), Error> {
    tx.prepare_cached("UPDATE thread SET mails = mails - 1 WHERE id = ?1")?.execute([thread])?;
    tx.prepare_cached("DELETE FROM thread WHERE id = ?1 AND mails <= 0")?.execute([thread])?;
    Ok(())
}

fn merge(tx: &Tx<'_>, threads: &[i64]) -> Result<i64, Error> {
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
        shown::merge_threads(tx, &moved, kept)?;
        tx.prepare_cached("UPDATE msg SET thread = ?2 WHERE thread = ?1")?.execute([thread, kept])?;
        tx.prepare_cached("UPDATE ref SET thread = ?2 WHERE thread = ?1")?.execute([thread, kept])?;
        tx.prepare_cached("UPDATE thread SET mails = mails + ?2 WHERE id = ?1")?.execute([kept, mails])?;
        tx.prepare_cached("DELETE FROM thread WHERE id = ?1")?.execute([thread])?;
    }
    Ok(kept)
}

impl Reader {
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
