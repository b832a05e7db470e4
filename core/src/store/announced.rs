//! Which new mail the person was told of: once each, whichever process of theirs found it.

use rusqlite::params;

use super::reader::{EMAIL, email_row};
use super::writer::Writer;
use crate::error::Error;
use crate::model::{EmailRow, MailboxId};

/// Of the newest so many the rows are given: nobody reads more notifications.
const MOST: i64 = 100;

impl Writer {
    /// New unread mail of an inbox that nobody was told of, oldest first, each with its UID, and how many there are in all:
    /// durable before it is told. Nothing on the first look, which finds what was always there; nor what was put there from
    /// this device.
    pub fn announce(&mut self, inbox: MailboxId) -> Result<(Vec<(EmailRow, u32)>, u64), Error> {
        let (newest, told): (i64, Option<i64>) = self
            .look()
            .prepare_cached(
                "SELECT (SELECT coalesce(max(msg), 0) FROM loc WHERE folder = ?1),
                   (SELECT announced FROM folder WHERE id = ?1)",
            )?
            .query_row([inbox.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if told.is_some_and(|told| told >= newest) {
            return Ok((Vec::new(), 0));
        }
        self.keep(|tx| {
            tx.prepare_cached("UPDATE folder SET announced = ?2 WHERE id = ?1")?
                .execute([inbox.0, newest])?;
            let Some(told) = told else { return Ok((Vec::new(), 0)) };
            let new = "FROM loc JOIN msg ON msg.id = loc.msg
               JOIN shown ON shown.folder = loc.folder AND shown.date = msg.date AND shown.msg = msg.id
             WHERE loc.folder = ?1 AND loc.msg > ?2 AND loc.flags & 1 = 0 AND shown.flags & 1 = 0
               AND NOT EXISTS(SELECT 1 FROM intent WHERE intent.msg = loc.msg AND kind IN (4, 5))";
            let mut rows: Vec<(EmailRow, u32)> = tx
                .prepare_cached(&format!("SELECT {EMAIL}, loc.uid {new} ORDER BY loc.msg DESC LIMIT ?3"))?
                .query_map(params![inbox.0, told, MOST], |row| Ok((email_row(row)?, row.get(13)?)))?
                .collect::<Result<_, _>>()?;
            rows.reverse();
            let all: i64 = tx
                .prepare_cached(&format!("SELECT count(*) {new}"))?
                .query_row([inbox.0, told], |row| row.get(0))?;
            Ok((rows, all.unsigned_abs()))
        })
    }
}
