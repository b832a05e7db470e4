//! Whether a server keeps what is sent by it among sent mail itself, and how long that takes: learnt from each mail, so that
//! nobody waits for a server that never does, and nothing is kept twice by one that takes its time.

use std::time::Duration;

use rusqlite::params;

use super::writer::{Tx, Writer, optional};
use crate::error::Error;
use crate::model::{AccountId, MailboxId};

/// What an account's server does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SentHabit {
    #[default]
    Unknown,
    /// It kept the last one, and the slowest took so long.
    Keeps { longest: Duration },
    /// It kept none of so many in a row.
    Leaves { mails: u32 },
}

impl Writer {
    /// What is known of it.
    pub fn sent_habit(&self, account: AccountId) -> Result<SentHabit, Error> {
        let row: Option<(u32, u64)> = optional(
            self.look()
                .prepare_cached("SELECT left_out, longest FROM sent_habit WHERE account = ?1")?
                .query_row([account.0], |row| Ok((row.get(0)?, row.get(1)?))),
        )?;
        Ok(match row {
            None => SentHabit::Unknown,
            Some((0, longest)) => SentHabit::Keeps { longest: Duration::from_millis(longest) },
            Some((mails, _)) => SentHabit::Leaves { mails },
        })
    }

    /// It kept a mail, so long after it took it.
    pub fn sent_was_kept(&mut self, account: AccountId, after: Duration) -> Result<(), Error> {
        let after = i64::try_from(after.as_millis()).unwrap_or(i64::MAX);
        self.keep(|tx| {
            tx.prepare_cached(
                "INSERT INTO sent_habit(account, left_out, longest) VALUES(?1, 0, ?2)
                 ON CONFLICT(account) DO UPDATE SET left_out = 0, longest = max(longest, excluded.longest)",
            )?
            .execute(params![account.0, after])?;
            Ok(())
        })
    }

    /// It didn't keep a mail in the time it was given. One that used to is to be waited for again before it counts as changed.
    pub fn sent_was_left(&mut self, account: AccountId) -> Result<(), Error> {
        let before = self.sent_habit(account)?;
        self.keep(|tx| match before {
            SentHabit::Keeps { .. } => forget(tx, account),
            SentHabit::Unknown | SentHabit::Leaves { .. } => {
                tx.prepare_cached(
                    "INSERT INTO sent_habit(account, left_out, longest) VALUES(?1, 1, 0)
                     ON CONFLICT(account) DO UPDATE SET left_out = left_out + 1",
                )?
                .execute([account.0])?;
                Ok(())
            }
        })
    }

    /// Whether one of the last mails that were handed over to this mailbox is in it twice: its server kept it after all, later than
    /// it was waited for.
    pub fn sent_came_twice(&self, account: AccountId, sent: MailboxId) -> Result<bool, Error> {
        Ok(self
            .look()
            .prepare_cached(
                "SELECT EXISTS(
                   SELECT 1 FROM (SELECT intent.msg, msg.message_id FROM intent JOIN msg ON msg.id = intent.msg
                                  WHERE intent.account = ?1 AND intent.kind = 5 AND intent.target = ?2 AND intent.state = 10
                                    AND intent.depends <> 0 ORDER BY intent.id DESC LIMIT 3) AS ours
                   JOIN msg AS other ON other.account = ?1 AND other.message_id = ours.message_id AND other.id <> ours.msg
                   JOIN loc ON loc.msg = other.id AND loc.folder = ?2
                   WHERE ours.message_id <> '')",
            )?
            .query_row([account.0, sent.0], |row| row.get(0))?)
    }

    /// The server may do so at any time: looked for again, not before then.
    pub fn filing_waits(&mut self, intent: i64, not_before: crate::model::Instant) -> Result<(), Error> {
        self.keep(|tx| {
            tx.prepare_cached("UPDATE intent SET not_before = ?2 WHERE id = ?1 AND state = 0")?
                .execute([intent, not_before.0])?;
            Ok(())
        })
    }
}

/// Another server does as it likes.
pub(super) fn forget(tx: &Tx<'_>, account: AccountId) -> Result<(), Error> {
    tx.prepare_cached("DELETE FROM sent_habit WHERE account = ?1")?.execute([account.0])?;
    Ok(())
}
