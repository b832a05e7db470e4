//! Mails that are to come into being on a server: copies, mails from another account, mails made here.
//!
//! Each is a mail of its own from the start, shown where it will be. Its octets are those of the mail it is a copy of, or
//! wait in `outgoing`, until its own have come back from the server.

use rusqlite::params;

use super::emails::{self, NewRow};
use super::endings::Settled;
use super::intents::{IntentKind, IntentState, NewIntent, add_operation, insert};
use super::writer::{Changed, Tx, Writer, optional};
use super::{Moved, shown};
use crate::command::Ticket;
use crate::error::{Error, ErrorKind};
use crate::mime::{self, HeaderFacts};
use crate::model::{AccountId, Address, FlagBits, Flags, Instant, MailboxId};

/// Queues a copy within the account.
pub(super) fn copy(
    tx: &Tx<'_>,
    operation: Ticket,
    (origin, source, before): (i64, i64, Flags),
    (account, to): (AccountId, MailboxId),
) -> Result<bool, Error> {
    let msg = twin_with_body(tx, origin, account)?;
    insert(
        tx,
        &NewIntent {
            operation,
            account,
            msg,
            kind: IntentKind::Copy,
            source,
            target: to.0,
            before,
            origin,
            ..NewIntent::default()
        },
    )?;
    shown::refresh(tx, msg)?;
    Ok(true)
}

/// Queues handing a mail over to another account, and (`whole`) removing it here once that is proved.
pub(super) fn transfer(
    tx: &Tx<'_>,
    operation: Ticket,
    (origin, source, before): (i64, i64, Flags),
    (account, to): (AccountId, MailboxId),
    whole: bool,
) -> Result<bool, Error> {
    let other: i64 = tx.query_row("SELECT account FROM folder WHERE id = ?1", [to.0], |row| row.get(0))?;
    let msg = twin(tx, origin, AccountId(other))?;
    let handed_over = insert(
        tx,
        &NewIntent {
            operation,
            account: AccountId(other),
            msg,
            kind: IntentKind::Append,
            target: to.0,
            before: before.clone(),
            origin,
            ..NewIntent::default()
        },
    )?;
    shown::refresh(tx, msg)?;
    if whole {
        insert(
            tx,
            &NewIntent {
                operation,
                account,
                msg: origin,
                kind: IntentKind::Expunge,
                source,
                before,
                depends: handed_over,
                ..NewIntent::default()
            },
        )?;
    }
    // Without its octets there is nothing to hand over: they are fetched whatever else is kept on this device.
    tx.prepare_cached(
        "UPDATE wanted SET tries = 0
         WHERE (folder, uid) IN (SELECT folder, uid FROM loc WHERE loc.msg = ?1)",
    )?
    .execute([origin])?;
    let wanted: Option<i64> = optional(
        tx.prepare_cached(
            "INSERT OR IGNORE INTO wanted(folder, uid, msg, size)
             SELECT loc.folder, loc.uid, msg.id, msg.size FROM loc JOIN msg ON msg.id = loc.msg
             WHERE msg.id = ?1 AND NOT EXISTS(SELECT 1 FROM body WHERE body.msg = ?1)
               AND NOT EXISTS(SELECT 1 FROM outgoing WHERE outgoing.msg = ?1) LIMIT 1
             RETURNING folder",
        )?
        .query_row([origin], |row| row.get(0)),
    )?;
    if let Some(folder) = wanted {
        tx.count_wanted(folder, 1);
    }
    tx.wake(account.0);
    Ok(true)
}

/// A second mail like that one, with the same octets in the same file: nothing is fetched again.
pub(super) fn twin_with_body(tx: &Tx<'_>, origin: i64, account: AccountId) -> Result<i64, Error> {
    let msg = twin(tx, origin, account)?;
    tx.prepare_cached(
        "INSERT INTO body(msg, part, pack, off, len, raw, codec)
         SELECT ?1, part, pack, off, len, raw, codec FROM body WHERE msg = ?2",
    )?
    .execute([msg, origin])?;
    Ok(msg)
}

/// A second mail like that one, in that account.
fn twin(tx: &Tx<'_>, msg: i64, account: AccountId) -> Result<i64, Error> {
    let (facts, date, size, preview) = tx
        .prepare_cached(
            "SELECT message_id, refs, written, from_name, from_address, subject, has_attachment, date, size, preview
             FROM msg WHERE id = ?1",
        )?
        .query_row([msg], |row| {
            let refs: String = row.get(1)?;
            let facts = HeaderFacts {
                message_id: Some(row.get::<_, String>(0)?).filter(|id| !id.is_empty()),
                references: refs.split(' ').filter(|id| !id.is_empty()).map(str::to_owned).collect(),
                written: row.get::<_, Option<i64>>(2)?.map(Instant),
                from: Address { name: row.get(3)?, address: row.get(4)? },
                recipients: Vec::new(),
                subject: row.get(5)?,
                has_attachment: row.get(6)?,
            };
            Ok((facts, Instant(row.get(7)?), row.get(8)?, row.get::<_, String>(9)?))
        })?;
    let has_attachment = facts.has_attachment;
    let row = NewRow {
        facts: &facts,
        date,
        size,
        preview: &preview,
        has_attachment,
        server_id: "",
        server_thread: None,
    };
    Ok(emails::insert(tx, account.0, &row)?.0)
}

/// A mail made on this device, as a list shows it.
pub(super) struct Made {
    facts: HeaderFacts,
    preview: String,
    has_attachment: bool,
    date: Instant,
}

impl Made {
    pub(super) fn of(bytes: &[u8], date: Instant) -> Self {
        let (facts, parsed) = mime::parse_with_facts(bytes);
        let preview = mime::preview(&parsed, mime::PREVIEW);
        // Servers keep whole seconds.
        let date = Instant(date.0.div_euclid(1000).saturating_mul(1000));
        Self { facts, preview, has_attachment: !parsed.attachments.is_empty(), date }
    }

    /// Writes its row and its octets.
    pub(super) fn keep(&self, tx: &Tx<'_>, account: AccountId, bytes: &[u8]) -> Result<i64, Error> {
        let row = NewRow {
            facts: &self.facts,
            date: self.date,
            size: bytes.len() as u64,
            preview: &self.preview,
            has_attachment: self.has_attachment,
            server_id: "",
            server_thread: None,
        };
        let (msg, _) = emails::insert(tx, account.0, &row)?;
        tx.prepare_cached("INSERT INTO outgoing(msg, bytes) VALUES(?1, ?2)")?.execute(params![msg, bytes])?;
        Ok(msg)
    }
}

impl Writer {
    /// Queues handing over a mail made here. It and its octets are durable when this returns.
    pub fn append(
        &mut self,
        operation: Ticket,
        to: MailboxId,
        bytes: &[u8],
        flags: FlagBits,
        date: Instant,
        now: Instant,
    ) -> Result<Changed, Error> {
        let account = self.account_of_folder(to)?;
        let made = Made::of(bytes, date);
        let ((), changed) = self.change(|tx| {
            add_operation(tx, operation, account, 0, now)?;
            let msg = made.keep(tx, account, bytes)?;
            insert(
                tx,
                &NewIntent {
                    operation,
                    account,
                    msg,
                    kind: IntentKind::Append,
                    target: to.0,
                    before: Flags { bits: flags & !FlagBits::DELETED, keywords: Vec::new() },
                    ..NewIntent::default()
                },
            )?;
            shown::refresh(tx, msg)
        })?;
        Ok(changed)
    }

    /// The server has these copies. Where UID and numbering are known they are there at once, else they are landed.
    pub fn arrivals_done(&mut self, arrived: &[Moved]) -> Result<(Vec<Settled>, Changed), Error> {
        let ids: Vec<i64> = arrived.iter().map(|arrived| arrived.intent).collect();
        self.end(&ids, |tx, id, msg| {
            let (target, flags, keywords, origin): (i64, i64, String, i64) = tx.query_row(
                "SELECT target, base_flags, keywords, origin FROM intent WHERE id = ?1",
                [id],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
            )?;
            let keywords = match keywords.is_empty() {
                true => keywords_of(tx, origin)?,
                false => keywords,
            };
            let arrived = arrived.iter().find(|arrived| arrived.intent == id);
            if arrived.is_some_and(|arrived| arrived.named) {
                tx.prepare_cached("UPDATE intent SET named = 1 WHERE id = ?1")?.execute([id])?;
            }
            match arrived.and_then(Moved::place) {
                Some(place) => super::endings::put(tx, (id, target), place, msg, (flags, &keywords)),
                None => Ok(IntentState::Landed),
            }
        })
    }

    /// The target of these can't hold them: it is made, if it is one we make (of a role, or made here before).
    ///
    /// # Errors
    /// `NotFound` when it isn't.
    pub fn make_target(&mut self, intent: i64, target: MailboxId) -> Result<(), Error> {
        self.keep(|tx| {
            let operation: i64 =
                tx.query_row("SELECT operation FROM intent WHERE id = ?1", [intent], |row| row.get(0))?;
            let under_way: bool = tx.query_row(
                "SELECT EXISTS(SELECT 1 FROM mailbox_intent WHERE folder = ?1 AND kind = 1 AND state < 10)",
                [target.0],
                |row| row.get(0),
            )?;
            if under_way {
                return Ok(());
            }
            let made = tx.execute(
                "INSERT INTO mailbox_intent(operation, account, folder, kind, path_from, path_to, role)
                 SELECT ?1, account, id, 1, '', path, role FROM folder WHERE id = ?2 AND role IN (2, 3, 4, 5, 6)",
                [operation, target.0],
            )?;
            if made == 0 {
                return Err(Error::note(ErrorKind::NotFound, "the mailbox is no longer there"));
            }
            Ok(())
        })
    }
}

fn keywords_of(tx: &Tx<'_>, msg: i64) -> Result<String, Error> {
    let found: Option<String> = optional(
        tx.prepare_cached("SELECT keywords FROM loc WHERE msg = ?1 LIMIT 1")?
            .query_row([msg], |row| row.get(0)),
    )?;
    Ok(found.unwrap_or_default())
}
