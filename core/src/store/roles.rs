//! What each mailbox is for: the person's word goes over the server's, and no role is held twice by it.

use rusqlite::Connection;

use super::writer::{Changed, Tx, Writer, optional};
use crate::error::Error;
use crate::model::{AccountId, MailboxId, Role};

/// The mailbox of that role, the first listed one.
pub(super) fn with_role(
    connection: &Connection,
    account: AccountId,
    role: Role,
) -> Result<Option<MailboxId>, Error> {
    optional(connection.query_row(
        "SELECT id FROM folder WHERE account = ?1 AND role = ?2 AND listed AND selectable
         ORDER BY chosen_role IS NULL, id LIMIT 1",
        [account.0, role as i64],
        |row| row.get(0).map(MailboxId),
    ))
}

/// Lays the person's words over what LIST said.
pub(super) fn keep_chosen(tx: &Tx<'_>, account: AccountId) -> Result<(), Error> {
    tx.execute(
        "UPDATE folder SET role = 0 WHERE account = ?1 AND role <> 0 AND chosen_role IS NULL
           AND role IN (SELECT chosen_role FROM folder AS other WHERE other.account = ?1 AND other.listed
                          AND chosen_role IS NOT NULL)",
        [account.0],
    )?;
    tx.execute(
        "UPDATE folder SET role = chosen_role WHERE account = ?1 AND chosen_role IS NOT NULL",
        [account.0],
    )?;
    Ok(())
}

/// Writes the person's word: this mailbox and no other has that role.
pub(super) fn choose(tx: &Tx<'_>, account: AccountId, mailbox: MailboxId, role: Role) -> Result<(), Error> {
    if role != Role::None {
        tx.execute(
            "UPDATE folder SET chosen_role = NULL, role = 0 WHERE account = ?1 AND chosen_role = ?2 AND id <> ?3",
            [account.0, role as i64, mailbox.0],
        )?;
    }
    tx.execute("UPDATE folder SET chosen_role = ?2 WHERE id = ?1", [mailbox.0, role as i64])?;
    tx.touch_mailboxes(account.0);
    keep_chosen(tx, account)
}

impl Writer {
    /// Keeps the person's word on what a mailbox is for.
    pub fn choose_role(&mut self, mailbox: MailboxId, role: Role) -> Result<Changed, Error> {
        let account = self.account_of_folder(mailbox)?;
        let ((), changed) = self.change(|tx| choose(tx, account, mailbox, role))?;
        Ok(changed)
    }
}
