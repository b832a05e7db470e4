//! Mail that was here before anybody looked for whom it went to.

use std::sync::MutexGuard;

use rusqlite::{Connection, params};

use super::{came_from, is_own, wrote};
use crate::error::Error;
use crate::mime::{self, HeaderFacts};
use crate::model::{Address, EmailId, Instant};
use crate::store::Reader;
use crate::store::writer::Writer;

/// Mails of an earlier version that are looked at in one step, and octets of them.
pub(super) const STEP: usize = 500;
const STEP_OCTETS: usize = 16 << 20;

/// A mail that was stored before contacts were.
struct Old {
    msg: i64,
    account: i64,
    date: Instant,
    from: Address,
    is_own: bool,
    has_body: bool,
    counts: bool,
}

/// One step of it, newest first. The mails of the person are read for whom they went to.
pub(in crate::store) fn meet_some<'a>(
    reader: &Reader,
    writer: impl FnOnce() -> MutexGuard<'a, Writer>,
) -> Result<bool, Error> {
    let (old, mut next) = reader.with(|connection| {
        let next: i64 = connection.query_row("SELECT next FROM contact_backlog", [], |row| row.get(0))?;
        Ok((old_mails(connection, next)?, next))
    })?;
    if next == 0 {
        return Ok(false);
    }
    let (mut met, mut octets) = (Vec::new(), 0);
    let is_whole = old.len() < STEP;
    for mail in old {
        next = mail.msg - 1;
        if mail.is_own && mail.has_body && mail.counts {
            // One that can't be read tells nothing.
            let raw = reader.raw(EmailId(mail.msg)).unwrap_or_default();
            octets += raw.len();
            let facts = mime::header_facts(&raw);
            met.push((mail, facts));
        } else if !mail.is_own && mail.counts {
            met.push((mail, HeaderFacts::default()));
        }
        if octets > STEP_OCTETS {
            break;
        }
    }
    if is_whole && octets <= STEP_OCTETS {
        next = 0;
    }
    writer().keep(|tx| {
        for (mail, facts) in &met {
            // Its account may be gone by now.
            let is_there: bool = tx
                .prepare_cached("SELECT EXISTS(SELECT 1 FROM msg WHERE id = ?1)")?
                .query_row([mail.msg], |row| row.get(0))?;
            match (is_there, mail.is_own) {
                (false, _) => {}
                (true, true) => wrote(tx, mail.account, facts, mail.date)?,
                (true, false) => came_from(tx, mail.account, &mail.from, mail.date)?,
            }
        }
        tx.execute("UPDATE contact_backlog SET next = ?1", [next])?;
        Ok(())
    })?;
    Ok(next > 0)
}

fn old_mails(connection: &Connection, next: i64) -> Result<Vec<Old>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT id, account, date, from_name, from_address,
           EXISTS(SELECT 1 FROM body WHERE body.msg = msg.id AND part = ''),
           EXISTS(SELECT 1 FROM loc JOIN folder ON folder.id = loc.folder
                  WHERE loc.msg = msg.id AND folder.role NOT IN (3, 4, 5))
         FROM msg WHERE id <= ?1 ORDER BY id DESC LIMIT ?2",
    )?;
    let rows = statement.query_map(params![next, STEP], |row| {
        Ok(Old {
            msg: row.get(0)?,
            account: row.get(1)?,
            date: Instant(row.get(2)?),
            from: Address { name: row.get(3)?, address: row.get(4)? },
            is_own: false,
            has_body: row.get(5)?,
            counts: row.get(6)?,
        })
    })?;
    let mut old: Vec<Old> = rows.collect::<Result<_, _>>()?;
    for mail in &mut old {
        mail.is_own = is_own(connection, mail.account, &mail.from.address)?;
    }
    Ok(old)
}
