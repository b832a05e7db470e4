//! Mails that are to be sent.
//!
//! Each is an intent like any other: durable before it is said to be taken, listed while it waits, undone while it can be. It
//! is in no mailbox until the server took it; from then on it is handed over to Sent (`arrivals`), as a part of the same
//! operation. Once its end may have left (`sent`) it is never queued again by itself: `unknown` ends as done where Sent shows
//! that it was, else as refused, and the person decides.

use rusqlite::params;

use super::arrivals::Made;
use super::contacts;
use super::draft_copies;
use super::endings::{Settled, note_error};
use super::intents::{IntentKind, IntentState, NewIntent, add_operation, insert, number};
use super::mailbox_intents::mailbox_of_role;
use super::writer::{Changed, Tx, Writer, optional};
use crate::command::Ticket;
use crate::error::{Error, ErrorKind, MAY_HAVE_BEEN_SENT};
use crate::imap::UidSet;
use crate::mime;
use crate::model::{AccountId, EmailId, FlagBits, Flags, Instant, MailboxId, Role};

/// A mail whose time to be sent has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendRow {
    pub intent: i64,
    pub operation: Ticket,
    pub email: EmailId,
    pub tries: u32,
}

/// What there is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToSend {
    /// This, now.
    Now(SendRow),
    /// Something, not before then.
    At(Instant),
    /// Nothing that has a time of its own.
    Nothing,
}

/// When a mail is to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    pub now: Instant,
    /// Not before then; `None`: at once.
    pub until: Option<Instant>,
    /// It is to be sent later, and not only held back for the person.
    pub is_for_later: bool,
}

impl Held {
    /// What the mail says of when it was sent.
    pub fn dated(self) -> Instant {
        self.until.filter(|_| self.is_for_later).unwrap_or(self.now)
    }
}

/// Its time (?2 is now) has come. One that waits for another try waits for minutes: a time that is further off comes from a
/// clock that was set back, and is now.
///
/// One that is held back for the person is held until the clock says so, and never less. A clock that is earlier than it was when
/// that was said is wrong, or was wrong then; which one can't be known. If it is wrong now it will be set right, and then the
/// time it was held until holds. If it was wrong then, that time may be years off: so while the clock is earlier the mail is
/// held for as long as it was to be held, counted from when that was first seen (`set_back`). That is never early, since so
/// much time has really passed by then, and never for ever.
const IS_TIME: &str = "(not_before <= ?2
  OR held_since = 0 AND not_before - ?2 > 3600000
  OR held_since > ?2 AND set_back > 0 AND ?2 - set_back >= not_before - held_since)";

/// Not before the account's mailboxes are known: one for sent mail would be made though there is one.
const IS_READY: &str = "kind = 6 AND state = 0
  AND EXISTS(SELECT 1 FROM folder WHERE folder.account = ?1 AND role = 1)";

impl Writer {
    /// Queues sending a mail, not before then. It and its octets are durable when this returns.
    pub fn send(
        &mut self,
        operation: Ticket,
        account: AccountId,
        bytes: &[u8],
        held: Held,
    ) -> Result<Changed, Error> {
        let made = Made::of(bytes, held.dated());
        let ((), changed) =
            self.change(|tx| enqueue(tx, (operation, account), (&made, bytes), held).map(|_| ()))?;
        Ok(changed)
    }

    /// What is to be sent next; the oldest of what is due.
    pub fn to_send(&mut self, account: AccountId, now: Instant) -> Result<ToSend, Error> {
        self.see_clock(account, now)?;
        let due = optional(
            self.look()
                .prepare_cached(&format!(
                    "SELECT id, operation, msg, tries FROM intent
                     WHERE account = ?1 AND {IS_READY} AND {IS_TIME} ORDER BY id LIMIT 1"
                ))?
                .query_row([account.0, now.0], |row| {
                    Ok(SendRow {
                        intent: row.get(0)?,
                        operation: Ticket(row.get::<_, i64>(1)?.unsigned_abs()),
                        email: EmailId(row.get(2)?),
                        tries: row.get(3)?,
                    })
                }),
        )?;
        if let Some(row) = due {
            return Ok(ToSend::Now(row));
        }
        let next: Option<i64> = self
            .look()
            .prepare_cached(
                "SELECT min(CASE WHEN held_since > ?2 AND set_back > 0
                              THEN min(not_before, set_back + not_before - held_since) ELSE not_before END)
                 FROM intent WHERE account = ?1 AND kind = 6 AND state = 0 AND not_before > ?2",
            )?
            .query_row([account.0, now.0], |row| row.get(0))?;
        Ok(next.map_or(ToSend::Nothing, |next| ToSend::At(Instant(next))))
    }

    /// Notes where the clock is earlier than when it was said that a mail is to be held back.
    fn see_clock(&mut self, account: AccountId, now: Instant) -> Result<(), Error> {
        const NEWS: &str = "account = ?1 AND kind = 6 AND state = 0 AND held_since > 0
          AND CASE WHEN held_since > ?2 THEN set_back = 0 OR set_back > ?2 ELSE set_back > 0 END";
        let is_news: bool = self
            .look()
            .prepare_cached(&format!("SELECT EXISTS(SELECT 1 FROM intent WHERE {NEWS})"))?
            .query_row([account.0, now.0], |row| row.get(0))?;
        if is_news {
            self.keep(|tx| {
                let set = "set_back = CASE WHEN held_since > ?2 THEN max(?2, 1) ELSE 0 END";
                Ok(tx.execute(&format!("UPDATE intent SET {set} WHERE {NEWS}"), [account.0, now.0])?)
            })?;
        }
        Ok(())
    }

    /// Nobody waits for another try any longer. What is held back for the person still is.
    pub fn hurry_sending(&mut self, account: AccountId) -> Result<(), Error> {
        self.keep(|tx| {
            tx.execute(
                "UPDATE intent SET not_before = 0 WHERE account = ?1 AND kind = 6 AND state = 0 AND tries > 0",
                [account.0],
            )?;
            Ok(())
        })
    }

    /// It was not sent, and that is why: to be tried again, not before then.
    pub fn sending_waits(&mut self, intent: i64, why: &Error, not_before: Instant) -> Result<(), Error> {
        self.keep(|tx| {
            tx.prepare_cached(
                "UPDATE intent SET state = 0, not_before = ?2, held_since = 0, tries = tries + 1
                 WHERE id = ?1 AND state IN (0, 1)",
            )?
            .execute([intent, not_before.0])?;
            note_error(tx, intent, why)
        })
    }

    /// It may have been sent: whether it was is to be found out, not before then.
    pub fn sending_unknown(&mut self, intent: i64, not_before: Instant) -> Result<(), Error> {
        self.keep(|tx| {
            tx.prepare_cached(
                "UPDATE intent SET state = 2, not_before = ?2, tries = 0 WHERE id = ?1 AND state = 1",
            )?
            .execute([intent, not_before.0])?;
            Ok(())
        })
    }

    /// The same for whatever is on its way now.
    pub fn recover_sending(&mut self, account: AccountId, not_before: Instant) -> Result<(), Error> {
        self.keep(|tx| {
            tx.execute(
                "UPDATE intent SET state = 2, not_before = ?2, tries = 0 WHERE account = ?1 AND kind = 6 AND state = 1",
                [account.0, not_before.0],
            )?;
            Ok(())
        })
    }

    /// The server took it. From now on it is to be kept in the mailbox for sent mail, which is made if there is none. Where it was a
    /// draft, what follows from that is done as `tidy`.
    pub fn sending_accepted(
        &mut self,
        intent: i64,
        (tidy, now): (Ticket, Instant),
    ) -> Result<(Vec<Settled>, Changed), Error> {
        self.end(&[intent], |tx, id, msg| {
            draft_copies::sent(tx, id, tidy, now)?;
            let (operation, account): (i64, i64) = tx
                .prepare_cached("SELECT operation, account FROM intent WHERE id = ?1")?
                .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let (operation, account) = (Ticket(operation.unsigned_abs()), AccountId(account));
            tx.prepare_cached("UPDATE intent SET error = 0, error_text = '' WHERE id = ?1")?.execute([id])?;
            was_sent(tx, account, msg)?;
            let sent = mailbox_of_role(tx, operation, account, Role::Sent)?;
            insert(
                tx,
                &NewIntent {
                    operation,
                    account,
                    msg,
                    kind: IntentKind::Append,
                    target: sent.0,
                    before: Flags { bits: FlagBits::SEEN, keywords: Vec::new() },
                    depends: id,
                    ..NewIntent::default()
                },
            )?;
            Ok(IntentState::Done)
        })
    }

    /// The server itself keeps it: what was to be sent is known to have been, or what was sent need not be handed over.
    pub fn kept_by_server(
        &mut self,
        intent: i64,
        (tidy, now): (Ticket, Instant),
    ) -> Result<(Vec<Settled>, Changed), Error> {
        self.end(&[intent], |tx, id, msg| {
            draft_copies::sent(tx, id, tidy, now)?;
            let account: Option<i64> = optional(
                tx.prepare_cached("SELECT account FROM intent WHERE id = ?1 AND kind = 6")?
                    .query_row([id], |row| row.get(0)),
            )?;
            if let Some(account) = account {
                was_sent(tx, AccountId(account), msg)?;
            }
            Ok(IntentState::Done)
        })
    }

    /// The numbering of a mailbox as it is known here, and the UIDs in it of mails that were there before that one was sent,
    /// by the intent to send it or to keep it.
    pub fn there_before_sending(&self, mailbox: MailboxId, intent: i64) -> Result<(u32, UidSet), Error> {
        let numbering = self.folder(mailbox)?.uid_validity;
        let uids = self
            .look()
            .prepare_cached(
                "SELECT uid FROM loc WHERE folder = ?1
                   AND msg <= (SELECT max(seen) FROM intent
                               WHERE kind = 6 AND id IN (?2, (SELECT depends FROM intent WHERE id = ?2)))",
            )?
            .query_map([mailbox.0, intent], |row| row.get(0))?
            .collect::<Result<Vec<u32>, _>>()?;
        Ok((numbering, UidSet::of(uids)))
    }
}

/// Queues sending a mail; gives the intent.
pub(super) fn enqueue(
    tx: &Tx<'_>,
    (operation, account): (Ticket, AccountId),
    (made, bytes): (&Made, &[u8]),
    held: Held,
) -> Result<i64, Error> {
    add_operation(tx, operation, account, 0, held.now)?;
    let msg = made.keep(tx, account, bytes)?;
    let new = NewIntent { operation, account, msg, kind: IntentKind::Send, ..NewIntent::default() };
    let intent = insert(tx, &new)?;
    if let Some(until) = held.until {
        tx.prepare_cached("UPDATE intent SET not_before = ?2, held_since = max(?3, 1) WHERE id = ?1")?
            .execute([intent, until.0, held.now.0])?;
    }
    Ok(intent)
}

/// Those it went to are known from now on.
fn was_sent(tx: &Tx<'_>, account: AccountId, msg: i64) -> Result<(), Error> {
    let sent: Option<(Vec<u8>, i64)> = optional(
        tx.prepare_cached(
            "SELECT bytes, date FROM outgoing JOIN msg ON msg.id = outgoing.msg WHERE msg.id = ?1",
        )?
        .query_row([msg], |row| Ok((row.get(0)?, row.get(1)?))),
    )?;
    let Some((bytes, date)) = sent else { return Ok(()) };
    contacts::wrote(tx, account.0, &mime::header_facts(&bytes), Instant(date))
}

/// Whether an operation holds a mail that was sent, or may have been (`done`: also one that certainly was).
pub(super) fn may_be_sent(tx: &Tx<'_>, operation: Ticket, done: bool) -> Result<bool, Error> {
    Ok(tx
        .prepare_cached(
            "SELECT EXISTS(SELECT 1 FROM intent WHERE operation = ?1 AND kind = 6 AND (state IN (1, 2) OR ?2 AND state = 10))",
        )?
        .query_row(params![number(operation), done], |row| row.get(0))?)
}

pub(super) fn too_late() -> Error {
    Error::note(ErrorKind::WrongState, "it was sent, or may have been")
}

/// Why a mail isn't sent again by itself that may have been sent.
pub fn unknown() -> Error {
    Error::note(ErrorKind::TimedOut, MAY_HAVE_BEEN_SENT)
}
