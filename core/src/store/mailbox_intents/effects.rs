//! What wishes for mailboxes do to what is known here: when they are laid over the server's list, when the server agreed,
//! and when it didn't.

use rusqlite::params;

use super::{MailboxKind, MailboxRow, place};
use crate::error::{Error, ErrorKind};
use crate::model::{AccountId, MailboxId};
use crate::store::endings::{self, Settled};
use crate::store::shown;
use crate::store::writer::{Tx, optional};
use crate::wire::utf7;

/// Open wishes over a fresh LIST.
pub(in crate::store) fn lay_over(tx: &Tx<'_>, account: AccountId) -> Result<(), Error> {
    let open: Vec<(i64, i64, String, String, i64)> = tx
        .prepare_cached(
            "SELECT folder, kind, path_from, path_to, role FROM mailbox_intent WHERE account = ?1 AND state < 10
             ORDER BY id",
        )?
        .query_map([account.0], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
        })?
        .collect::<Result<_, _>>()?;
    for (folder, kind, from, to, role) in open {
        match MailboxKind::from_number(kind) {
            MailboxKind::Create => {
                tx.execute(
                    "UPDATE folder SET listed = 1, selectable = 1, role = max(role, ?2) WHERE id = ?1",
                    [folder, role],
                )?;
            }
            MailboxKind::Rename => rename_paths(tx, account, &from, &to)?,
            MailboxKind::Delete | MailboxKind::DeleteIfEmpty => {
                tx.execute("UPDATE folder SET listed = 0 WHERE id = ?1", [folder])?;
            }
            MailboxKind::Subscribe | MailboxKind::Unsubscribe => {}
        }
    }
    Ok(())
}

/// The mailbox at this path and those below it have other paths now.
pub(super) fn rename_paths(tx: &Tx<'_>, account: AccountId, from: &str, to: &str) -> Result<(), Error> {
    tx.execute(
        "UPDATE folder SET path = ?3 || substr(path, length(?2) + 1)
         WHERE account = ?1 AND (path = ?2
           OR delimiter <> '' AND substr(path, 1, length(?2) + 1) = ?2 || delimiter)",
        params![account.0, from, to],
    )?;
    tx.touch_mailboxes(account.0);
    Ok(())
}

/// The same for names on the wire. The server has agreed, so whatever had one of the new names is no more, or was never
/// a mailbox: it gives its name up. One that has given up its name is below nothing any more.
pub(super) fn rename_on_wire(tx: &Tx<'_>, account: AccountId, from: &str, to: &str) -> Result<(), Error> {
    if from == to {
        return Ok(());
    }
    tx.execute(
        "WITH renamed AS (SELECT id, ?3 || substr(wire_name, length(?2) + 1) AS name FROM folder
            WHERE account = ?1 AND (wire_name = ?2
              OR delimiter <> '' AND substr(wire_name, 1, length(?2) + 1) = ?2 || delimiter)
              AND instr(wire_name, char(0)) = 0)
         UPDATE folder SET wire_name = wire_name || char(0) || id, listed = 0
         WHERE account = ?1 AND wire_name IN (SELECT name FROM renamed) AND id NOT IN (SELECT id FROM renamed)",
        params![account.0, from, to],
    )?;
    tx.execute(
        "UPDATE folder SET wire_name = ?3 || substr(wire_name, length(?2) + 1)
         WHERE account = ?1 AND instr(wire_name, char(0)) = 0 AND (wire_name = ?2
           OR delimiter <> '' AND substr(wire_name, 1, length(?2) + 1) = ?2 || delimiter)",
        params![account.0, from, to],
    )?;
    Ok(())
}

/// A mailbox that was to be made is there under another name.
pub(super) fn is_called(tx: &Tx<'_>, account: AccountId, row: &MailboxRow, name: &str) -> Result<(), Error> {
    let known: Option<i64> = optional(tx.query_row(
        "SELECT id FROM folder WHERE account = ?1 AND wire_name = ?2",
        params![account.0, name],
        |row| row.get(0),
    ))?;
    let Some(known) = known else {
        let path = utf7::decode(name).unwrap_or_else(|| name.to_owned());
        tx.execute(
            "UPDATE folder SET wire_name = ?2, path = ?3 WHERE id = ?1",
            params![row.mailbox.0, name, path],
        )?;
        return Ok(());
    };
    // All that was meant for the one goes to the other.
    let waiting: Vec<i64> = tx
        .prepare_cached("SELECT msg FROM intent WHERE ?1 IN (source, target) AND state < 10")?
        .query_map([row.mailbox.0], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for column in ["source", "target"] {
        tx.execute(&format!("UPDATE intent SET {column} = ?2 WHERE {column} = ?1"), [row.mailbox.0, known])?;
    }
    tx.execute("UPDATE mailbox_intent SET folder = ?2 WHERE folder = ?1", [row.mailbox.0, known])?;
    tx.execute(
        "UPDATE folder SET listed = 1, selectable = 1, role = ?2 WHERE id = ?1",
        [known, row.first_use as i64],
    )?;
    for msg in waiting {
        shown::refresh(tx, msg)?;
    }
    // Nothing was ever in it; its row stays so that no number is used twice.
    tx.execute(
        "UPDATE folder SET listed = 0, role = 0, wire_name = wire_name || char(0) || id WHERE id = ?1",
        [row.mailbox.0],
    )?;
    Ok(())
}

/// The server has deleted the mailbox: what it held is there no more.
pub(super) fn empty_out(tx: &Tx<'_>, mailbox: MailboxId) -> Result<Vec<Settled>, Error> {
    let msgs: Vec<i64> = tx
        .prepare_cached(
            "SELECT msg FROM loc WHERE folder = ?1 UNION SELECT msg FROM quarantine WHERE folder = ?1",
        )?
        .query_map([mailbox.0], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for table in ["loc", "wanted", "hole", "quarantine"] {
        tx.execute(&format!("DELETE FROM {table} WHERE folder = ?1"), [mailbox.0])?;
    }
    tx.execute(
        "UPDATE folder SET listed = 0, uid_validity = 0, uid_next = 1, highest_modseq = 0, on_server = 0, wanted = 0,
           chosen_role = NULL
         WHERE id = ?1",
        [mailbox.0],
    )?;
    for msg in msgs {
        shown::refresh(tx, msg)?;
    }
    let error = Error::note(ErrorKind::NotFound, "the mailbox was deleted");
    endings::refuse_in(tx, mailbox.0, &error)
}

/// What was shown of a wish is taken back.
pub(super) fn take_back(tx: &Tx<'_>, row: &MailboxRow, error: &Error) -> Result<Vec<Settled>, Error> {
    let place = place(tx, row.mailbox)?;
    tx.touch_mailboxes(place.account.0);
    tx.touch(row.mailbox.0);
    match row.kind {
        MailboxKind::Create => {
            // Where it is needed by other wishes they can't be met either.
            tx.execute(
                "UPDATE folder SET listed = 0, role = 0, chosen_role = NULL WHERE id = ?1",
                [row.mailbox.0],
            )?;
            return endings::refuse_in(tx, row.mailbox.0, error);
        }
        MailboxKind::Rename => {
            let from: String =
                tx.query_row("SELECT path_from FROM mailbox_intent WHERE id = ?1", [row.id], |row| {
                    row.get(0)
                })?;
            rename_paths(tx, place.account, &place.path, &from)?;
        }
        MailboxKind::Delete | MailboxKind::DeleteIfEmpty => {
            tx.execute("UPDATE folder SET listed = 1 WHERE id = ?1", [row.mailbox.0])?;
        }
        MailboxKind::Subscribe | MailboxKind::Unsubscribe => {}
    }
    Ok(Vec::new())
}
