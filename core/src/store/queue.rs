//! The queue of intents: what is to be carried out next, what is on its way, and what waits until when.

use rusqlite::{Row, params};

use super::folders::split_keywords;
use super::intents::{Change, IntentKind, IntentState, columns, keyword_columns, number, split_names};
use super::writer::{Writer, optional};
use crate::command::Ticket;
use crate::error::Error;
use crate::imap::{Uid, UidSet};
use crate::model::{AccountId, EmailId, FlagBits, Flags, Instant, MailboxId};
use crate::sync::identity::ServerId;

/// One open intent with what is needed to carry it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntentRow {
    pub id: i64,
    pub operation: Ticket,
    pub email: EmailId,
    pub change: Change,
    pub source: MailboxId,
    pub state: IntentState,
    pub tries: u32,
    /// Where the server has the mail in `source` now, as far as is known.
    pub uid: Option<Uid>,
    /// UIDVALIDITY and UID in `source` when it was sent, or, before, when it was made.
    pub base: (u32, Uid),
    /// Where a probe of the target begins, and the numbering that belongs to (0: not known).
    pub target_uid_next: Uid,
    pub target_validity: u32,
    /// Mails up to this number were known when it was sent.
    pub seen: i64,
    /// The mail that this is to be a copy of.
    pub origin: Option<EmailId>,
    /// Flags and keywords of a mail that is handed over.
    pub flags: Flags,
    /// Something is to be removed once this is done.
    pub precedes: bool,
    /// The mail was sent, and is handed over to be kept.
    pub was_sent: bool,
    pub message_id: String,
    pub server_id: ServerId,
    /// Where the target is known to have the mail already, not marked as deleted.
    pub there: Option<Uid>,
    pub size: u64,
    pub date: Instant,
}

const COLUMNS: &str =
    "intent.id, operation, intent.msg, kind, flags_add, flags_remove, source, target, state, tries,
  (SELECT max(uid) FROM loc
   WHERE loc.msg = CASE intent.kind WHEN 4 THEN intent.origin ELSE intent.msg END AND loc.folder = intent.source),
  base_validity, base_uid, target_uid_next, msg.message_id, msg.size, msg.date,
  target_validity, origin, base_flags, intent.keywords,
  EXISTS(SELECT 1 FROM intent AS later WHERE later.depends = intent.id AND later.state < 10),
  msg.server_id, (SELECT max(uid) FROM loc WHERE loc.msg = intent.msg AND loc.folder = intent.target
                    AND loc.flags & 8 = 0), seen,
  EXISTS(SELECT 1 FROM intent AS sending WHERE sending.id = intent.depends AND sending.kind = 6),
  keywords_add, keywords_remove";

/// Waits for nothing but its time: no older intent for the same mail is open, what it depends on is done, the mailbox it
/// is in isn't being read anew after a change of UIDVALIDITY (which will tell where the mail is), nor, where it is to be
/// found out whether it arrived, the one it was to arrive in (which will tell what was there before), nothing else is to be found
/// out about that one (what came there meanwhile would be taken for what is looked for), the octets to hand over
/// are here (or will never be; a mail on its way to another mailbox has them there) and aren't still to be fetched from where
/// it is about to leave, and no mailbox it needs is still to be made or has an uncertain name. A mail
/// to be sent isn't carried out by this (see `outbox`) until it may have been.
const FREE: &str = "state IN (0, 2) AND (kind <> 6 OR state = 2)
  AND NOT EXISTS(SELECT 1 FROM intent AS older
                 WHERE older.msg IN (intent.msg, CASE intent.kind WHEN 4 THEN intent.origin ELSE intent.msg END)
                   AND older.id < intent.id AND older.state < 10)
  AND NOT EXISTS(SELECT 1 FROM intent AS copying
                 WHERE copying.origin = intent.msg AND copying.id < intent.id AND copying.state < 10
                   AND (copying.kind = 4
                        OR copying.kind = 5 AND intent.kind IN (2, 3)
                           AND NOT EXISTS(SELECT 1 FROM body WHERE body.msg = intent.msg)
                           AND NOT EXISTS(SELECT 1 FROM outgoing WHERE outgoing.msg = intent.msg)))
  AND (depends = 0 OR EXISTS(SELECT 1 FROM intent AS first WHERE first.id = intent.depends AND first.state = 10))
  AND NOT EXISTS(SELECT 1 FROM quarantine
                 WHERE quarantine.msg IN (intent.msg, intent.origin) AND quarantine.folder = intent.source)
  AND (kind <> 5 OR NOT EXISTS(SELECT 1 FROM quarantine WHERE quarantine.msg = intent.origin))
  AND (state = 0
       OR target_validity <> 0 AND target_validity = (SELECT uid_validity FROM folder WHERE folder.id = intent.target)
       OR NOT EXISTS(SELECT 1 FROM quarantine WHERE quarantine.folder = intent.target))
  AND (target = 0 OR NOT EXISTS(SELECT 1 FROM intent AS unknown
                                WHERE unknown.target = intent.target AND unknown.state = 2
                                  AND unknown.msg NOT IN (intent.msg, intent.origin)
                                  AND unknown.origin <> intent.msg
                                  AND (intent.state = 0 OR unknown.id < intent.id)
                                  AND NOT (intent.state = 2 AND unknown.operation = intent.operation
                                           AND unknown.source = intent.source)))
  AND (kind <> 5 OR EXISTS(SELECT 1 FROM body WHERE body.msg = intent.origin)
       OR NOT EXISTS(SELECT 1 FROM wanted WHERE wanted.msg = intent.origin)
          AND NOT EXISTS(SELECT 1 FROM intent AS leaving
                         WHERE leaving.msg = intent.origin AND leaving.kind = 2 AND leaving.id < intent.id
                           AND leaving.state < 10))
  AND NOT EXISTS(SELECT 1 FROM mailbox_intent AS first
                 WHERE first.account = intent.account AND first.state < 10
                   AND (first.folder IN (intent.source, intent.target)
                          AND (first.kind = 1 OR first.operation <= intent.operation)
                        OR first.kind = 2 AND first.state IN (1, 2)))";

/// Its time (?2 is now) has come; one far in the future comes from a wall clock that was set back.
const DUE: &str = "(not_before <= ?2 OR not_before - ?2 > 3600000)";

fn row(row: &Row<'_>) -> rusqlite::Result<IntentRow> {
    let change = match IntentKind::from_number(row.get(3)?) {
        Some(IntentKind::Move) => Change::Move { to: MailboxId(row.get(7)?) },
        Some(IntentKind::Copy) => Change::Copy { to: MailboxId(row.get(7)?) },
        Some(IntentKind::Append) => Change::Append { to: MailboxId(row.get(7)?) },
        Some(IntentKind::Expunge) => Change::Expunge,
        Some(IntentKind::Send) => Change::Send,
        Some(IntentKind::Keywords) => Change::Keywords {
            add: split_names(row.get_ref(26)?.as_str()?),
            remove: split_names(row.get_ref(27)?.as_str()?),
        },
        Some(IntentKind::Flags) | None => {
            Change::Flags { add: FlagBits(row.get(4)?), remove: FlagBits(row.get(5)?) }
        }
    };
    Ok(IntentRow {
        id: row.get(0)?,
        operation: Ticket(row.get::<_, i64>(1)?.unsigned_abs()),
        email: EmailId(row.get(2)?),
        change,
        source: MailboxId(row.get(6)?),
        state: IntentState::from_number(row.get(8)?),
        tries: row.get(9)?,
        uid: row.get(10)?,
        base: (row.get(11)?, row.get(12)?),
        target_uid_next: row.get(13)?,
        message_id: row.get(14)?,
        size: row.get(15)?,
        date: Instant(row.get(16)?),
        target_validity: row.get(17)?,
        origin: Some(row.get(18)?).filter(|origin| *origin != 0).map(EmailId),
        flags: Flags { bits: FlagBits(row.get(19)?), keywords: split_keywords(row.get_ref(20)?.as_str()?) },
        precedes: row.get(21)?,
        server_id: ServerId::stored(row.get(22)?),
        there: row.get(23)?,
        seen: row.get(24)?,
        was_sent: row.get(25)?,
    })
}

/// More than are looked at where it isn't known since when a copy is new.
const NEWEST_KNOWN: i64 = 1000;

impl Writer {
    /// After a restart: what was about to be sent may have been sent.
    pub(super) fn recover_all_intents(&mut self) -> Result<(), Error> {
        let accounts: Vec<i64> = self
            .look()
            .prepare_cached("SELECT id FROM account")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        accounts.into_iter().try_for_each(|account| {
            self.recover_sending(AccountId(account), Instant(0))?;
            self.recover_intents(AccountId(account), Instant(0))
        })
    }

    /// The same for an account none of whose intents is on its way: one is left over where its end couldn't be written.
    /// What can't be done twice is to be probed, not before then: moves, copies, mails handed over. Mails on their way to
    /// a submission server are on another connection.
    pub fn recover_intents(&mut self, account: AccountId, not_before: Instant) -> Result<(), Error> {
        self.keep(|tx| {
            tx.execute(
                "UPDATE intent SET state = CASE WHEN kind IN (2, 4, 5) THEN 2 ELSE 0 END,
                   not_before = max(not_before, ?2)
                 WHERE state = 1 AND account = ?1 AND kind <> 6",
                [account.0, not_before.0],
            )?;
            tx.execute(
                "UPDATE mailbox_intent SET state = 2, not_before = max(not_before, ?2)
                 WHERE state = 1 AND account = ?1",
                [account.0, not_before.0],
            )?;
            Ok(())
        })
    }

    /// The intents to carry out next, together: the oldest one that is due, and those of the same operation that want
    /// the same in the same mailbox. None of them has an older open intent for the same mail before it.
    pub fn due_intents(
        &self,
        account: AccountId,
        now: Instant,
        most: usize,
    ) -> Result<Vec<IntentRow>, Error> {
        let first = optional(
            self.look()
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM intent JOIN msg ON msg.id = intent.msg
                     WHERE intent.account = ?1 AND {FREE} AND {DUE}
                     ORDER BY intent.id LIMIT 1"
                ))?
                .query_row([account.0, now.0], row),
        )?;
        let Some(first) = first else { return Ok(Vec::new()) };
        let alike = "operation = ?3 AND source = ?4 AND target = ?5 AND state = ?6 AND kind = ?7
          AND flags_add = ?8 AND flags_remove = ?9 AND keywords_add = ?11 AND keywords_remove = ?12";
        let (kind, target, add, remove) = columns(&first.change);
        let (keywords_add, keywords_remove) = keyword_columns(&first.change);
        let rows = self
            .look()
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM intent JOIN msg ON msg.id = intent.msg
                 WHERE intent.account = ?1 AND {alike} AND {FREE} AND {DUE} ORDER BY intent.id LIMIT ?10"
            ))?
            .query_map(
                params![
                    account.0,
                    now.0,
                    number(first.operation),
                    first.source.0,
                    target,
                    first.state as i64,
                    kind as i64,
                    add.0,
                    remove.0,
                    most,
                    keywords_add,
                    keywords_remove,
                ],
                row,
            )?
            .collect::<Result<_, _>>()?;
        Ok(rows)
    }

    /// When the next intent that waits becomes due (one that waits for another has no time of its own), and how many
    /// are open in all.
    pub fn waiting_intents(&self, account: AccountId) -> Result<(u64, Option<Instant>), Error> {
        let (count, next): (i64, Option<i64>) = self
            .look()
            .prepare_cached(&format!(
                "SELECT count(*), min(CASE WHEN {FREE} THEN not_before END) FROM intent
                 WHERE account = ?1 AND state < 10"
            ))?
            .query_row([account.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (mailboxes, next_mailbox) = self.waiting_mailbox_intents(account)?;
        let next = [next.map(Instant), next_mailbox].into_iter().flatten().min();
        Ok((count.unsigned_abs().saturating_add(mailboxes), next))
    }

    /// Written before bytes leave. Gives those that are to be sent: what was taken back a moment ago is not.
    pub fn intents_sent(
        &mut self,
        ids: &[i64],
        target_uid_next: Uid,
        target_validity: u32,
    ) -> Result<Vec<i64>, Error> {
        self.keep(|tx| {
            let mut sent = Vec::with_capacity(ids.len());
            for id in ids {
                let count = tx
                    .prepare_cached(
                        "UPDATE intent SET state = 1, target_uid_next = ?2, target_validity = ?3,
                           seen = (SELECT coalesce(max(id), 0) FROM msg),
                           base_validity = (SELECT coalesce(max(uid_validity), 0) FROM folder WHERE id = source),
                           base_uid = (SELECT coalesce(max(uid), 0) FROM loc
                                       WHERE loc.msg = intent.msg AND loc.folder = source)
                         WHERE id = ?1 AND state IN (0, 2)",
                    )?
                    .execute(params![id, target_uid_next, target_validity])?;
                if count > 0 {
                    sent.push(*id);
                }
            }
            Ok(sent)
        })
    }

    /// The UIDs of a mailbox at which there are mails, other than these, that are known before those are sent (the newest)
    /// or were when they had been (all).
    pub fn known_before(&self, mailbox: MailboxId, rows: &[IntentRow]) -> Result<UidSet, Error> {
        let were_sent = rows.iter().any(|row| row.state == IntentState::Unknown);
        let seen = rows.iter().map(|row| row.seen).max().unwrap_or(0);
        let (seen, most) = if were_sent { (seen, i64::MAX) } else { (i64::MAX, NEWEST_KNOWN) };
        let mut statement = self.look().prepare_cached(
            "SELECT uid, msg FROM loc WHERE folder = ?1 AND msg <= ?2 ORDER BY uid DESC LIMIT ?3",
        )?;
        let known = statement
            .query_map([mailbox.0, seen, most], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<Vec<(Uid, i64)>, _>>()?;
        let is_other = |msg: i64| !rows.iter().any(|row| row.email.0 == msg);
        Ok(UidSet::of(known.into_iter().filter(|(_, msg)| is_other(*msg)).map(|(uid, _)| uid)))
    }

    /// To be done again, not before then.
    pub fn intents_waiting(
        &mut self,
        ids: &[i64],
        state: IntentState,
        not_before: Instant,
    ) -> Result<(), Error> {
        self.keep(|tx| {
            for id in ids {
                tx.prepare_cached(
                    "UPDATE intent SET state = ?2, not_before = ?3, tries = tries + 1 WHERE id = ?1 AND state < 10",
                )?
                .execute(params![id, state as i64, not_before.0])?;
            }
            Ok(())
        })?;
        Ok(())
    }
}
