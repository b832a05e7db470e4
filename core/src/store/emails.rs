//! Mails: what a header pass brings, what a flag pass changes, what is gone.

use rusqlite::params;

use super::threads::Joined;
use super::writer::{Changed, Tx, Writer, optional};
use super::{contacts, identity, search, shown, threads};
use crate::error::Error;
use crate::mime::HeaderFacts;
use crate::model::{AccountId, EmailId, Flags, Instant, MailboxId, SyncCounts};
use crate::sync::identity::ServerId;

/// A mail of a header pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewEmail {
    pub uid: u32,
    pub flags: Flags,
    /// INTERNALDATE.
    pub date: Instant,
    pub size: u64,
    pub facts: HeaderFacts,
    /// What the server calls the mail, wherever it is.
    pub server_id: ServerId,
    /// What it calls its conversation.
    pub server_thread: Option<Box<str>>,
    /// The first words of its text, where its body is here already: then it isn't asked for.
    pub preview: Option<String>,
}

impl Writer {
    /// Takes over the mails of one range and closes it: `low..=high` will not be asked for again. One transaction.
    ///
    /// Gives the operations that this finished (moves whose mails were found where they had been moved to).
    pub fn add_emails(
        &mut self,
        folder: MailboxId,
        emails: &[NewEmail],
        low: u32,
        high: u32,
    ) -> Result<(Vec<super::Settled>, Changed), Error> {
        self.learn(|tx| {
            let account: i64 =
                tx.query_row("SELECT account FROM folder WHERE id = ?1", [folder.0], |row| row.get(0))?;
            let mut settled = Vec::new();
            for email in emails {
                add_email(tx, account, folder.0, email, &mut settled)?;
            }
            super::folders::close_hole(tx, folder.0, low, high)?;
            Ok(settled)
        })
    }

    /// Takes over flags the server reported, and removes mails that are proved to be gone.
    pub fn apply_flags(
        &mut self,
        folder: MailboxId,
        flags: &[(u32, Flags)],
        gone: &[u32],
    ) -> Result<Changed, Error> {
        if flags.is_empty() && gone.is_empty() {
            return Ok(Changed::default());
        }
        let ((), changed) = self.learn(|tx| {
            for (uid, flags) in flags {
                if let Some(msg) = mail_at(tx, folder.0, *uid)? {
                    set_flags(tx, folder.0, *uid, flags)?;
                    shown::refresh(tx, msg)?;
                }
            }
            for uid in gone {
                if let Some(msg) = mail_at(tx, folder.0, *uid)? {
                    remove_place(tx, folder.0, *uid)?;
                    tx.count_told(SyncCounts { removed: 1, ..SyncCounts::default() });
                    shown::refresh(tx, msg)?;
                }
            }
            Ok(())
        })?;
        Ok(changed)
    }

    /// Forgets mails that no mailbox of the account has any more and no open change needs. Only after every mailbox
    /// was looked at: a mail that another device moved is found again there, body and all. How a change of it ended is
    /// part of how the whole operation ends, so it stays until that has.
    pub fn remove_orphans(&mut self, account: AccountId) -> Result<usize, Error> {
        let (removed, _) = self.change(|tx| {
            let orphans: Vec<i64> = tx
                .prepare_cached(
                    "SELECT id FROM msg WHERE account = ?1
                       AND NOT EXISTS(SELECT 1 FROM loc WHERE loc.msg = msg.id)
                       AND NOT EXISTS(SELECT 1 FROM quarantine WHERE quarantine.msg = msg.id)
                       AND NOT EXISTS(SELECT 1 FROM intent JOIN operation ON operation.id = intent.operation
                                      WHERE intent.msg = msg.id AND NOT operation.finished)
                       AND NOT EXISTS(SELECT 1 FROM intent WHERE intent.msg = msg.id
                                        AND (state < 10 OR state = 11 AND kind IN (4, 5, 6)))
                       AND NOT EXISTS(SELECT 1 FROM intent WHERE intent.origin = msg.id
                                        AND (state < 10 OR state = 11
                                             OR state = 10 AND EXISTS(SELECT 1 FROM wanted WHERE wanted.msg = intent.msg)))",
                )?
                .query_map([account.0], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            for msg in &orphans {
                for table in ["intent", "body", "outgoing", "shown", "tagged"] {
                    tx.prepare_cached(&format!("DELETE FROM {table} WHERE msg = ?1"))?.execute([msg])?;
                }
                let thread = tx
                    .prepare_cached("DELETE FROM msg WHERE id = ?1 RETURNING thread")?
                    .query_row([msg], |row| row.get(0))?;
                threads::leave(tx, thread)?;
                search::removed(tx, account.0, *msg)?;
            }
            Ok(orphans.len())
        })?;
        if removed > 0 {
            self.room.gave_up();
        }
        Ok(removed)
    }

    /// Whose mail it is.
    pub fn account_of(&self, email: EmailId) -> Result<AccountId, Error> {
        Ok(self
            .look()
            .query_row("SELECT account FROM msg WHERE id = ?1", [email.0], |row| row.get(0).map(AccountId))?)
    }
}

/// The mail at a UID.
pub(super) fn mail_at(tx: &Tx<'_>, folder: i64, uid: u32) -> Result<Option<i64>, Error> {
    optional(
        tx.prepare_cached("SELECT msg FROM loc WHERE folder = ?1 AND uid = ?2")?
            .query_row(params![folder, uid], |row| row.get(0)),
    )
}

fn set_flags(tx: &Tx<'_>, folder: i64, uid: u32, flags: &Flags) -> Result<(), Error> {
    let news = tx
        .prepare_cached(
            "UPDATE loc SET flags = ?3, keywords = ?4 WHERE folder = ?1 AND uid = ?2 AND (flags, keywords) IS NOT (?3, ?4)",
        )?
        .execute(params![folder, uid, flags.bits.0, super::folders::join_keywords(flags)])?;
    tx.count_told(SyncCounts { changed: news as u64, ..SyncCounts::default() });
    Ok(())
}

/// The server no longer has a mail at this UID.
pub(super) fn remove_place(tx: &Tx<'_>, folder: i64, uid: u32) -> Result<(), Error> {
    let gone =
        tx.prepare_cached("DELETE FROM loc WHERE folder = ?1 AND uid = ?2")?.execute(params![folder, uid])?;
    if gone > 0 {
        tx.count_on_server(folder, -1);
    }
    let unwanted = tx
        .prepare_cached("DELETE FROM wanted WHERE folder = ?1 AND uid = ?2")?
        .execute(params![folder, uid])?;
    if unwanted > 0 {
        tx.count_wanted(folder, -1);
    }
    Ok(())
}

/// The server has `msg` at this UID; its body is wanted if it isn't here.
pub(super) fn add_place(
    tx: &Tx<'_>,
    folder: i64,
    uid: u32,
    msg: i64,
    flags: i64,
    keywords: &str,
) -> Result<(), Error> {
    add_place_of_whole(tx, folder, uid, msg, flags, keywords)?;
    let wanted = tx
        .prepare_cached(
            "INSERT OR IGNORE INTO wanted(folder, uid, msg, size)
             SELECT ?1, ?2, id, size FROM msg
             WHERE id = ?3 AND NOT EXISTS(SELECT 1 FROM body WHERE body.msg = msg.id)",
        )?
        .execute(params![folder, uid, msg])?;
    if wanted > 0 {
        tx.count_wanted(folder, 1);
    }
    Ok(())
}

/// The same for a mail whose body is here.
fn add_place_of_whole(
    tx: &Tx<'_>,
    folder: i64,
    uid: u32,
    msg: i64,
    flags: i64,
    keywords: &str,
) -> Result<(), Error> {
    tx.prepare_cached("INSERT INTO loc(folder, uid, msg, flags, keywords) VALUES(?1, ?2, ?3, ?4, ?5)")?
        .execute(params![folder, uid, msg, flags, keywords])?;
    tx.count_on_server(folder, 1);
    Ok(())
}

/// A mail that the server was said to have at a UID.
pub(super) enum Listed {
    /// It got its row a moment ago.
    Now(i64),
    Before(i64),
}

pub(super) fn add_email(
    tx: &Tx<'_>,
    account: i64,
    folder: i64,
    email: &NewEmail,
    settled: &mut Vec<super::Settled>,
) -> Result<Listed, Error> {
    if let Some(msg) = mail_at(tx, folder, email.uid)? {
        set_flags(tx, folder, email.uid, &email.flags)?;
        shown::refresh(tx, msg)?;
        return Ok(Listed::Before(msg));
    }
    add_unlisted(tx, account, folder, email, settled)
}

/// The same for a UID at which no mail is known.
pub(super) fn add_unlisted(
    tx: &Tx<'_>,
    account: i64,
    folder: i64,
    email: &NewEmail,
    settled: &mut Vec<super::Settled>,
) -> Result<Listed, Error> {
    let (flags, keywords) = (i64::from(email.flags.bits.0), super::folders::join_keywords(&email.flags));
    let Some(msg) = identity::known_mail(tx, account, folder, email)? else {
        let facts = &email.facts;
        let row = NewRow {
            facts,
            date: email.date,
            size: email.size,
            preview: email.preview.as_deref().unwrap_or_default(),
            has_attachment: facts.has_attachment,
            server_id: email.server_id.as_str(),
            server_thread: email.server_thread.as_deref(),
        };
        let (msg, joined) = insert(tx, account, &row)?;
        contacts::met_in(tx, (account, folder), facts, email.date)?;
        tx.count_told(SyncCounts { new: 1, ..SyncCounts::default() });
        if email.preview.is_some() {
            add_place_of_whole(tx, folder, email.uid, msg, flags, &keywords)?;
        } else {
            if email.server_id.is_of_content() {
                identity::take_body(tx, account, msg, email)?;
            }
            add_place(tx, folder, email.uid, msg, flags, &keywords)?;
        }
        // Nobody can have wished anything of it yet.
        shown::show_new(tx, folder, (msg, joined), email.date, &email.flags)?;
        return Ok(Listed::Now(msg));
    };
    identity::learn(tx, account, msg, email, settled)?;
    add_place(tx, folder, email.uid, msg, flags, &keywords)?;
    tx.prepare_cached("DELETE FROM quarantine WHERE folder = ?1 AND msg = ?2")?.execute([folder, msg])?;
    super::endings::landed_here(tx, folder, msg, settled)?;
    if email.server_id.is_of_mail() {
        super::labels::arrived(tx, msg, folder)?;
        identity::arrived_as(tx, (account, folder), email, msg, settled)?;
    }
    shown::refresh(tx, msg)?;
    Ok(Listed::Before(msg))
}

/// A mail that is to get a row.
pub(super) struct NewRow<'a> {
    pub(super) facts: &'a HeaderFacts,
    pub(super) date: Instant,
    pub(super) size: u64,
    pub(super) preview: &'a str,
    pub(super) has_attachment: bool,
    /// Empty and `None` where the server hasn't said yet.
    pub(super) server_id: &'a str,
    pub(super) server_thread: Option<&'a str>,
}

/// Gives a mail its row, its conversation and a place in the search index. Gives its number and its conversation.
pub(super) fn insert(tx: &Tx<'_>, account: i64, row: &NewRow<'_>) -> Result<(i64, Joined), Error> {
    let facts = row.facts;
    let joined = threads::join(tx, account, facts, row.server_thread)?;
    tx.prepare_cached(
        "INSERT INTO msg(account, thread, message_id, refs, date, written, size, from_name, from_address, subject,
           preview, has_attachment, server_id) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?
    .execute(params![
        account,
        joined.thread,
        facts.message_id.as_deref().unwrap_or(""),
        facts.references.join(" "),
        row.date.0,
        facts.written.map(|written| written.0),
        row.size,
        facts.from.name,
        facts.from.address,
        facts.subject,
        row.preview,
        row.has_attachment,
        row.server_id,
    ])?;
    let msg = tx.last_insert_rowid();
    search::arrived(tx, account, msg)?;
    Ok((msg, joined))
}
