//! Which bodies are fetched unasked: how much of a mailbox is kept here is the person's word.

use rusqlite::{Connection, params};

use super::bodies::{MOST_TRIES, WantedBody};
use super::limits::Room;
use super::writer::{Writer, optional};
use crate::error::{Error, ErrorKind};
use crate::model::{AccountId, Instant, Keep, MailboxId};

const DAY: i64 = 24 * 60 * 60 * 1000;

/// What may be fetched unasked just now, within what is to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bulk {
    Nothing,
    /// Bodies of at most so many octets.
    UpTo(u64),
    Everything,
}

/// From which date on the bodies of a mailbox are kept, in SQL: of all mail, of none, or what `refresh_keep` wrote.
const SINCE: &str = "CASE coalesce(folder.keep, account.keep)
   WHEN 0 THEN -9223372036854775807 WHEN -1 THEN 9223372036854775807 ELSE folder.keep_since END";

/// Bodies that are wanted in a mailbox and lie within `?2`, of a mail that is shown there.
const WITHIN: &str = "shown CROSS JOIN loc ON loc.msg = shown.msg AND loc.folder = shown.folder
   CROSS JOIN wanted ON wanted.folder = loc.folder AND wanted.uid = loc.uid
   WHERE shown.folder = ?1 AND shown.date >= ?2";

impl Writer {
    /// Keeps so much of an account, or of one mailbox of it, which then no longer follows the account.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn set_keep(
        &mut self,
        account: AccountId,
        mailbox: Option<MailboxId>,
        keep: Keep,
        now: Instant,
    ) -> Result<(), Error> {
        let changed = self.keep(|tx| {
            Ok(match mailbox {
                Some(mailbox) => tx.execute(
                    "UPDATE folder SET keep = ?3 WHERE id = ?2 AND account = ?1",
                    params![account.0, mailbox.0, keep.number()],
                )?,
                None => tx.execute(
                    "UPDATE account SET keep = ?2 WHERE id = ?1",
                    params![account.0, keep.number()],
                )?,
            })
        })?;
        if changed == 0 {
            return Err(Error::new(ErrorKind::NotFound));
        }
        self.refresh_keep(account, now)
    }

    /// Time went by: what is kept for some days begins later. Whole days, so that it is rarely written.
    pub fn refresh_keep(&mut self, account: AccountId, now: Instant) -> Result<(), Error> {
        let today = now.0 - now.0.rem_euclid(DAY);
        let moved = "folder.account = ?1 AND coalesce(folder.keep, account.keep) > 0
           AND folder.keep_since <> ?2 - ?3 * coalesce(folder.keep, account.keep)";
        let is_due: bool = self
            .look()
            .prepare_cached(&format!(
                "SELECT EXISTS(SELECT 1 FROM folder JOIN account ON account.id = folder.account WHERE {moved})"
            ))?
            .query_row([account.0, today, DAY], |row| row.get(0))?;
        if !is_due {
            return Ok(());
        }
        self.keep(|tx| {
            Ok(tx.execute(
                &format!(
                    "UPDATE folder SET keep_since = ?2 - ?3 * coalesce(folder.keep, account.keep)
                     FROM account WHERE account.id = folder.account AND {moved}"
                ),
                [account.0, today, DAY],
            )?)
        })?;
        Ok(())
    }

    /// The bodies to fetch next in a mailbox: those a change waits for, then those that are to be kept here, newest
    /// first, those that failed last.
    pub fn bodies_to_fetch(
        &self,
        folder: MailboxId,
        most: usize,
        bulk: Bulk,
    ) -> Result<Vec<WantedBody>, Error> {
        let (wanted, since): (u64, i64) = self
            .look()
            .prepare_cached(&format!(
                "SELECT wanted, {SINCE} FROM folder JOIN account ON account.id = folder.account WHERE folder.id = ?1"
            ))?
            .query_row([folder.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let since = self.room.since(since);
        if wanted == 0 {
            return Ok(Vec::new());
        }
        let needed = self.needed_bodies(folder, most)?;
        let size = match bulk {
            Bulk::Nothing => return Ok(needed),
            Bulk::UpTo(size) => i64::try_from(size).unwrap_or(i64::MAX),
            Bulk::Everything => i64::MAX,
        };
        if !needed.is_empty() {
            return Ok(needed);
        }
        if since == i64::MAX {
            return Ok(Vec::new());
        }
        let mut statement = if since == -i64::MAX {
            self.look().prepare_cached(
                "SELECT uid, size, tries FROM wanted WHERE folder = ?1 AND ?2 <> 0 AND tries = ?3 AND size <= ?4
                 ORDER BY uid DESC LIMIT ?5",
            )?
        } else {
            self.look().prepare_cached(&format!(
                "SELECT wanted.uid, wanted.size, wanted.tries FROM {WITHIN} AND wanted.tries = ?3 AND wanted.size <= ?4
                 ORDER BY shown.date DESC LIMIT ?5"
            ))?
        };
        let mut wanted: Vec<WantedBody> = Vec::new();
        for tries in 0..MOST_TRIES {
            let room = most.saturating_sub(wanted.len());
            let rows = statement.query_map(params![folder.0, since, tries, size, room], |row| {
                Ok(WantedBody { uid: row.get(0)?, size: row.get(1)?, tries: row.get(2)? })
            })?;
            let mut found = rows.collect::<Result<Vec<_>, _>>()?;
            found.sort_by_key(|body| std::cmp::Reverse(body.uid));
            wanted.extend(found);
        }
        Ok(wanted)
    }

    /// Whether every body of a mailbox is to be here.
    pub fn keeps_everything(&self, folder: MailboxId) -> Result<bool, Error> {
        if self.room.is_limited() {
            return Ok(false);
        }
        let mut statement = self.look().prepare_cached(
            "SELECT coalesce(folder.keep, account.keep) = 0 FROM folder JOIN account ON account.id = folder.account
             WHERE folder.id = ?1",
        )?;
        Ok(statement.query_row([folder.0], |row| row.get(0))?)
    }

    /// Bodies of mails that are to be handed over to another account: what is kept here has no say in that.
    fn needed_bodies(&self, folder: MailboxId, most: usize) -> Result<Vec<WantedBody>, Error> {
        let mut statement = self.look().prepare_cached(
            "SELECT DISTINCT wanted.uid, wanted.size, wanted.tries
             FROM intent JOIN loc ON loc.msg = intent.origin JOIN wanted ON wanted.folder = loc.folder AND wanted.uid = loc.uid
             WHERE intent.origin <> 0 AND intent.kind = 5 AND intent.state < 10 AND loc.folder = ?1 AND wanted.tries < ?2
             ORDER BY wanted.tries, wanted.uid DESC LIMIT ?3",
        )?;
        let rows = statement.query_map(params![folder.0, MOST_TRIES, most], |row| {
            Ok(WantedBody { uid: row.get(0)?, size: row.get(1)?, tries: row.get(2)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What the server said of the size of a mail, in octets.
    pub fn size_of(&self, email: crate::model::EmailId) -> Result<u64, Error> {
        let mut statement = self.look().prepare_cached("SELECT size FROM msg WHERE id = ?1")?;
        Ok(statement.query_row([email.0], |row| row.get(0))?)
    }
}

/// How many bodies of an account are here, and how many are to be. None is to come out of a mailbox that can't be opened.
pub(super) fn bodies(connection: &Connection, room: &Room, account: AccountId) -> Result<(u64, u64), Error> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT folder.id, total, wanted, {SINCE} FROM folder JOIN account ON account.id = folder.account
         WHERE account = ?1 AND listed AND selectable"
    ))?;
    let mut within = connection.prepare_cached(&format!("SELECT count(*) FROM {WITHIN}"))?;
    let (mut here, mut missing) = (0u64, 0u64);
    let mut rows = statement.query([account.0])?;
    while let Some(row) = rows.next()? {
        let (folder, total, wanted, since): (i64, u64, u64, i64) =
            (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        let since = room.since(since);
        here += total.saturating_sub(wanted);
        missing += match since {
            _ if wanted == 0 => 0,
            i64::MAX => 0,
            since if since == -i64::MAX => wanted,
            since => within.query_row([folder, since], |row| row.get(0))?,
        };
    }
    Ok((here, here + missing))
}

/// How much is kept of an account (with `None`) or of a mailbox, which `None` is given for when it follows its account.
pub(super) fn kept(
    connection: &Connection,
    account: AccountId,
    mailbox: Option<MailboxId>,
) -> Result<Option<Keep>, Error> {
    let number: Option<Option<i64>> = optional(match mailbox {
        Some(mailbox) => connection.query_row(
            "SELECT keep FROM folder WHERE id = ?1 AND account = ?2",
            [mailbox.0, account.0],
            |row| row.get(0),
        ),
        None => connection.query_row("SELECT keep FROM account WHERE id = ?1", [account.0], |row| row.get(0)),
    })?;
    let number = number.ok_or_else(|| Error::new(ErrorKind::NotFound))?;
    Ok(number.map(Keep::from_number))
}
