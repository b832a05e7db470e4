//! Mailboxes and how far each is synced.

use std::collections::BTreeSet;
use std::sync::Arc;

use rusqlite::{Row, params};

use super::writer::{Changed, Tx, Writer};
use crate::error::Error;
use crate::imap::{Uid, UidSet};
use crate::model::{AccountId, FlagBits, Flags, MailboxId, Role};

/// A mailbox as LIST and the role rules gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedFolder {
    pub wire_name: Arc<str>,
    pub path: String,
    pub delimiter: Option<char>,
    pub role: Role,
    pub selectable: bool,
}

/// How far a mailbox is synced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderState {
    pub id: MailboxId,
    pub account: AccountId,
    pub wire_name: Arc<str>,
    pub role: Role,
    pub selectable: bool,
    /// 0: never selected.
    pub uid_validity: u32,
    /// Every UID below is known here or lies in a hole.
    pub uid_next: u32,
    /// Every change up to this one is known here (RFC 7162); 0: it is not known up to which.
    pub highest_modseq: u64,
    /// Mails known to be on the server.
    pub on_server: u32,
    /// It was renumbered, and mails of the old numbering wait to be found in the new one.
    pub quarantined: bool,
    /// Ranges whose headers are still missing, lowest first, inclusive.
    pub holes: Vec<(u32, u32)>,
}

/// One mail the server is known to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalMail {
    pub uid: u32,
    pub flags: Flags,
}

const COLUMNS: &str =
    "id, account, wire_name, role, selectable, uid_validity, uid_next, highest_modseq, on_server,
  EXISTS(SELECT 1 FROM quarantine WHERE quarantine.folder = folder.id)";

fn state(row: &Row<'_>) -> rusqlite::Result<FolderState> {
    Ok(FolderState {
        id: MailboxId(row.get(0)?),
        account: AccountId(row.get(1)?),
        wire_name: Arc::from(row.get::<_, String>(2)?),
        role: Role::from_number(row.get(3)?),
        selectable: row.get(4)?,
        uid_validity: row.get(5)?,
        uid_next: row.get(6)?,
        highest_modseq: row.get(7)?,
        on_server: row.get(8)?,
        quarantined: row.get(9)?,
        holes: Vec::new(),
    })
}

/// Keywords as one column: joined by spaces, which no keyword can hold.
pub(super) fn join_keywords(flags: &Flags) -> String {
    flags.keywords.join(" ")
}

/// Flags and keywords of a row: two columns, from that one on.
pub(super) fn flags(row: &Row<'_>, column: usize) -> rusqlite::Result<Flags> {
    let keywords = split_keywords(row.get_ref(column + 1)?.as_str()?);
    Ok(Flags { bits: FlagBits(row.get(column)?), keywords })
}

pub(super) fn split_keywords(text: &str) -> Vec<Box<str>> {
    text.split(' ').filter(|word| !word.is_empty()).map(Box::from).collect()
}

impl Writer {
    /// Takes over the server's list of mailboxes. One that is no longer listed stays, with its mail, but isn't shown
    /// (an empty list changes nothing: it is a server's bad day, not the end of all mail).
    pub fn list_folders(&mut self, account: AccountId, listed: &[ListedFolder]) -> Result<Changed, Error> {
        if listed.is_empty() {
            return Ok(Changed::default());
        }
        let ((), changed) = self.change(|tx| {
            tx.execute("UPDATE folder SET listed = 0 WHERE account = ?1", [account.0])?;
            for folder in listed {
                let delimiter = folder.delimiter.map(String::from).unwrap_or_default();
                tx.prepare_cached(
                    "INSERT INTO folder(account, wire_name, path, delimiter, role, selectable)
                     VALUES(?1, ?2, ?3, ?4, ?5, ?6)
                     ON CONFLICT(account, wire_name) DO UPDATE SET path = excluded.path, delimiter = excluded.delimiter,
                       role = excluded.role, selectable = excluded.selectable, listed = 1",
                )?
                .execute(params![
                    account.0, folder.wire_name, folder.path, delimiter, folder.role as i64, folder.selectable
                ])?;
            }
            // What the person said of them goes over what the server says.
            super::mailbox_intents::lay_over(tx, account)?;
            super::roles::keep_chosen(tx, account)
        })?;
        Ok(changed)
    }

    /// Every listed mailbox of an account with its sync state, inbox first.
    pub fn folders(&self, account: AccountId) -> Result<Vec<FolderState>, Error> {
        let ids: Vec<i64> = self
            .look()
            .prepare_cached("SELECT id FROM folder WHERE account = ?1 AND listed ORDER BY role <> 1, id")?
            .query_map([account.0], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        ids.into_iter().map(|id| self.folder(MailboxId(id))).collect()
    }

    /// One mailbox's sync state.
    pub fn folder(&self, folder: MailboxId) -> Result<FolderState, Error> {
        let mut found = self
            .look()
            .prepare_cached(&format!("SELECT {COLUMNS} FROM folder WHERE id = ?1"))?
            .query_row([folder.0], state)?;
        found.holes = self
            .look()
            .prepare_cached("SELECT low, high FROM hole WHERE folder = ?1 ORDER BY low")?
            .query_map([folder.0], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        Ok(found)
    }

    /// How many mails the server is known to have in a mailbox, and how many of them are unread. Counts them: for polls.
    pub fn known_counts(&self, folder: MailboxId) -> Result<(u32, u32), Error> {
        Ok(self
            .look()
            .prepare_cached("SELECT count(*), coalesce(sum(flags & 1 = 0), 0) FROM loc WHERE folder = ?1")?
            .query_row([folder.0], |row| Ok((row.get(0)?, row.get(1)?)))?)
    }

    /// Of these UIDs, those at which the server isn't known to have a mail, in the order given.
    pub fn unknown_uids(&self, folder: MailboxId, uids: &[Uid]) -> Result<Vec<Uid>, Error> {
        let mut statement =
            self.look().prepare_cached("SELECT EXISTS(SELECT 1 FROM loc WHERE folder = ?1 AND uid = ?2)")?;
        let mut unknown = Vec::new();
        for uid in uids {
            if !statement.query_row(params![folder.0, uid], |row| row.get::<_, bool>(0))? {
                unknown.push(*uid);
            }
        }
        Ok(unknown)
    }

    /// The UIDs within these ranges at which the server is known to have a mail, rising.
    pub fn known_uids(&self, folder: MailboxId, within: &UidSet) -> Result<Vec<Uid>, Error> {
        let mut statement = self
            .look()
            .prepare_cached("SELECT uid FROM loc WHERE folder = ?1 AND uid BETWEEN ?2 AND ?3 ORDER BY uid")?;
        let mut known = Vec::new();
        for (low, high) in within.ranges() {
            let rows = statement.query_map(params![folder.0, low, high], |row| row.get(0))?;
            for uid in rows {
                known.push(uid?);
            }
        }
        Ok(known)
    }

    /// Every mail the server is known to have in a mailbox, by UID.
    pub fn local_mails(&self, folder: MailboxId) -> Result<Vec<LocalMail>, Error> {
        let mut statement = self
            .look()
            .prepare_cached("SELECT uid, flags, keywords FROM loc WHERE folder = ?1 ORDER BY uid")?;
        let rows = statement.query_map([folder.0], |row| {
            let keywords = row.get_ref(2)?.as_str()?;
            Ok(LocalMail {
                uid: row.get(0)?,
                flags: Flags { bits: FlagBits(row.get(1)?), keywords: split_keywords(keywords) },
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether the server listed a mailbox the last time.
    pub fn is_listed(&self, folder: MailboxId) -> Result<bool, Error> {
        Ok(self
            .look()
            .prepare_cached("SELECT listed FROM folder WHERE id = ?1")?
            .query_row([folder.0], |row| row.get(0))?)
    }

    /// New UIDs below `uid_next` exist: they become a hole in the same transaction, so that none is forgotten.
    pub fn extend_folder(
        &mut self,
        folder: MailboxId,
        uid_validity: u32,
        uid_next: u32,
    ) -> Result<(), Error> {
        let _ = self.learn(|tx| {
            let known: u32 =
                tx.query_row("SELECT uid_next FROM folder WHERE id = ?1", [folder.0], |row| row.get(0))?;
            if uid_next > known {
                tx.execute(
                    "INSERT OR REPLACE INTO hole(folder, low, high) VALUES(?1, ?2, ?3)",
                    params![folder.0, known, uid_next.saturating_sub(1)],
                )?;
            }
            tx.execute(
                "UPDATE folder SET uid_validity = ?2, uid_next = max(uid_next, ?3) WHERE id = ?1",
                params![folder.0, uid_validity, uid_next],
            )?;
            Ok(())
        })?;
        Ok(())
    }

    /// The mailbox was renumbered (UIDVALIDITY changed): what was known of it waits in quarantine until the new
    /// numbering has been read; nothing is wiped.
    pub fn quarantine_folder(&mut self, folder: MailboxId, uid_validity: u32) -> Result<Changed, Error> {
        let ((), changed) = self.change(|tx| {
            tx.execute(
                "INSERT OR REPLACE INTO quarantine(folder, msg, flags, keywords)
                 SELECT folder, msg, flags, keywords FROM loc WHERE folder = ?1",
                [folder.0],
            )?;
            for table in ["loc", "wanted", "hole"] {
                tx.execute(&format!("DELETE FROM {table} WHERE folder = ?1"), [folder.0])?;
            }
            tx.execute(
                "UPDATE folder SET uid_validity = ?2, uid_next = 1, highest_modseq = 0, on_server = 0, wanted = 0
                 WHERE id = ?1",
                params![folder.0, uid_validity],
            )?;
            super::excerpts::is_all_there_is(tx, "(?1)", folder.0)
        })?;
        Ok(changed)
    }

    /// The new numbering has been read to the end: what is still in quarantine isn't on the server any more.
    pub fn end_quarantine(&mut self, folder: MailboxId) -> Result<Changed, Error> {
        let ((), changed) = self.change(|tx| {
            let left: Vec<i64> = tx
                .prepare_cached("SELECT msg FROM quarantine WHERE folder = ?1")?
                .query_map([folder.0], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            tx.execute("DELETE FROM quarantine WHERE folder = ?1", [folder.0])?;
            for msg in left {
                super::shown::refresh(tx, msg)?;
            }
            Ok(())
        })?;
        Ok(changed)
    }

    /// Every change up to `modseq` is known here, as it was up to `before` when that was asked for. Only where no range is
    /// left to be read: what a change means for a mail nobody read can't be known.
    pub fn folder_in_step(&mut self, folder: MailboxId, (before, modseq): (u64, u64)) -> Result<(), Error> {
        let _ = self.learn(|tx| {
            tx.execute(
                "UPDATE folder SET highest_modseq = ?3 WHERE id = ?1 AND highest_modseq = ?2
                   AND NOT EXISTS(SELECT 1 FROM hole WHERE hole.folder = folder.id)",
                params![folder.0, before, modseq],
            )?;
            Ok(())
        })?;
        Ok(())
    }

    /// It isn't known any more up to which change a mailbox is known here: the next look compares all of it.
    pub fn folder_out_of_step(&mut self, folder: MailboxId) -> Result<(), Error> {
        let _ = self.learn(|tx| {
            tx.execute("UPDATE folder SET highest_modseq = 0 WHERE id = ?1", [folder.0])?;
            Ok(())
        })?;
        Ok(())
    }

    /// The mailbox of that role, the first listed one.
    pub fn folder_with_role(&self, account: AccountId, role: Role) -> Result<Option<MailboxId>, Error> {
        super::roles::with_role(self.look(), account, role)
    }

    /// Whose mailbox it is.
    pub fn account_of_folder(&self, folder: MailboxId) -> Result<AccountId, Error> {
        Ok(self.look().query_row("SELECT account FROM folder WHERE id = ?1", [folder.0], |row| {
            row.get(0).map(AccountId)
        })?)
    }
}

/// Cuts `low..=high` out of the folder's holes.
pub(super) fn close_hole(tx: &Tx<'_>, folder: i64, low: u32, high: u32) -> Result<(), Error> {
    let holes: BTreeSet<(u32, u32)> = tx
        .prepare_cached("SELECT low, high FROM hole WHERE folder = ?1 AND low <= ?3 AND high >= ?2")?
        .query_map(params![folder, low, high], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (from, to) in holes {
        tx.prepare_cached("DELETE FROM hole WHERE folder = ?1 AND low = ?2")?
            .execute(params![folder, from])?;
        let mut keep =
            tx.prepare_cached("INSERT OR REPLACE INTO hole(folder, low, high) VALUES(?1, ?2, ?3)")?;
        if from < low {
            keep.execute(params![folder, from, low.saturating_sub(1)])?;
        }
        if to > high {
            keep.execute(params![folder, high.saturating_add(1), to])?;
        }
    }
    Ok(())
}
