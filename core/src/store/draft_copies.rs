//! What the server has of drafts: which is to be handed over when, what goes once that is proved, and what becomes of a draft
//! that was sent.
//!
//! Handing over is an intent like any other, and so is removing the copy before it, which depends on that one: a copy goes only
//! when the next one was seen to be there. A copy is named by its place alone, and each has a Message-ID of its own; what
//! another program made of it is another mail, which nothing here names.

use rusqlite::params;

use super::arrivals::Made;
use super::draft_versions::end_version;
use super::drafts::{self, AddedFile};
use super::endings::{dependents_undone, finish_operation};
use super::intents::{
    Change, IntentKind, IntentState, NewIntent, add_operation, insert, number, record_one, set_state,
};
use super::mailbox_intents::mailbox_of_role;
use super::outbox::{Held, enqueue};
use super::shown;
use super::writer::{Changed, Tx, Writer, optional};
use crate::command::Ticket;
use crate::error::{Error, ErrorKind};
use crate::mime::{Composition, Enclosure};
use crate::model::{
    AccountId, Draft, DraftId, DraftState, EmailId, FlagBits, Flags, Instant, MailboxId, Relation, Role,
};

/// After the last change. As much more as a slow line takes for the files, which all go again: one second for each 100 kB.
const REST: i64 = 30_000;
const OCTETS_A_MS: i64 = 100;
/// Whoever never rests is waited for so many times as long.
const MOST_RESTS: i64 = 10;
/// After the server refused it, or where it could not be made.
const AGAIN: i64 = 3_600_000;
const AGAIN_IF_CHANGED: i64 = 300_000;

/// None of these waits is longer.
const LONGEST: i64 = 24 * AGAIN;

/// The open intent by which a draft is sent is none.
const IS_NOT_SENT: &str = "draft.state = 0
  AND NOT EXISTS(SELECT 1 FROM intent WHERE intent.id = draft.sending AND intent.state < 10)";

/// Its copies that are on their way to the server, or were refused.
const HANDED_OVER: &str =
    "SELECT 1 FROM draft_copy JOIN intent ON intent.msg = draft_copy.msg AND intent.kind = 5
     WHERE draft_copy.draft = draft.id";

/// Where other devices look for drafts.
const DRAFTS: i64 = Role::Drafts as i64;

/// Drafts that the server is to have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToHandOver {
    pub now: Vec<DraftId>,
    /// When there may be more to be; `None`: when something changes.
    pub next: Option<Instant>,
}

impl Writer {
    /// Which drafts the server is to have now. Of each no more than one copy is under way; none before the account's mailboxes
    /// are known (INBOX is looked at after they were listed): one for drafts would be made though there is one.
    pub fn drafts_to_hand_over(&self, now: Instant) -> Result<ToHandOver, Error> {
        let waiting: Vec<(i64, i64)> = self
            .look()
            .prepare_cached(&format!(
                "SELECT draft.id, changed, stale, tried, closed, failed,
                   (SELECT coalesce(sum(size), 0) FROM draft_file WHERE draft_file.draft = draft.id),
                   EXISTS({HANDED_OVER} AND intent.state = 11)
                 FROM draft WHERE {IS_NOT_SENT} AND (stale > 0 OR EXISTS({HANDED_OVER} AND intent.state = 11))
                   AND NOT EXISTS({HANDED_OVER} AND intent.state < 10)
                   AND EXISTS(SELECT 1 FROM folder
                              WHERE folder.account = draft.account AND role = 1 AND uid_validity <> 0)
                 ORDER BY draft.id"
            ))?
            .query_map([], |row| {
                let (changed, stale, tried): (i64, i64, i64) = (row.get(1)?, row.get(2)?, row.get(3)?);
                let (closed, failed, refused): (bool, bool, bool) = (row.get(4)?, row.get(5)?, row.get(7)?);
                let rest = REST + row.get::<_, i64>(6)? / OCTETS_A_MS;
                let rested = changed.saturating_add(rest).min(stale.saturating_add(MOST_RESTS * rest));
                let due = if closed { changed } else { rested };
                Ok((
                    row.get(0)?,
                    match (refused, stale > 0) {
                        (true, true) => due.max(tried.saturating_add(AGAIN_IF_CHANGED)),
                        (true, false) => tried.saturating_add(AGAIN),
                        (false, _) if failed => tried.saturating_add(AGAIN),
                        (false, _) => due,
                    },
                ))
            })?
            .collect::<Result<_, _>>()?;
        let mut found = ToHandOver::default();
        for (draft, due) in waiting {
            // A time that is further off comes from a clock that was set back.
            if !(1..=LONGEST).contains(&due.saturating_sub(now.0)) {
                found.now.push(DraftId(draft));
            } else if found.next.is_none_or(|next| due < next.0) {
                found.next = Some(Instant(due));
            }
        }
        Ok(found)
    }

    /// A draft with its files, as a mail is made of them, and the address of its account. `None` when it may not be written on.
    pub fn draft_to_compose(&self, draft: DraftId) -> Result<Option<(Draft, Vec<Enclosure>, String)>, Error> {
        let found = drafts::find(self.look(), draft)?;
        let Some(draft) = found.filter(|draft| draft.state == DraftState::Writing) else { return Ok(None) };
        let files = self
            .look()
            .prepare_cached(
                "SELECT name, media_type, octets, content_id FROM draft_file WHERE draft = ?1 ORDER BY id",
            )?
            .query_map([draft.id.0], |row| {
                let (name, media_type) = (row.get(0)?, row.get(1)?);
                Ok(Enclosure { name, media_type, octets: row.get(2)?, content_id: row.get(3)? })
            })?
            .collect::<Result<_, _>>()?;
        let own =
            self.look().query_row("SELECT address FROM account WHERE id = ?1", [draft.account.0], |row| {
                row.get(0)
            })?;
        Ok(Some((draft, files, own)))
    }

    /// It can't be made into a mail, or there is nothing in it: later.
    pub fn draft_not_handed_over(&mut self, draft: DraftId, now: Instant) -> Result<(), Error> {
        self.keep(|tx| {
            tx.execute("UPDATE draft SET tried = ?2, failed = 1 WHERE id = ?1", [draft.0, now.0])?;
            Ok(())
        })
    }

    /// Queues handing over a draft as it is now, which these are the octets of, and removing the copy before it once that is
    /// proved. All of it is durable when this returns.
    pub fn hand_over_draft(
        &mut self,
        operation: Ticket,
        draft: DraftId,
        bytes: &[u8],
        now: Instant,
    ) -> Result<Changed, Error> {
        let made = Made::of(bytes, now);
        let ((), changed) = self.change(|tx| {
            let known = drafts::find(tx, draft)?.ok_or_else(|| Error::new(ErrorKind::NotFound))?;
            let account = known.account;
            add_operation(tx, operation, account, 0, now)?;
            let msg = made.keep(tx, account, bytes)?;
            let target = mailbox_of_role(tx, operation, account, Role::Drafts)?;
            let append = insert(
                tx,
                &NewIntent {
                    operation,
                    account,
                    msg,
                    kind: IntentKind::Append,
                    target: target.0,
                    before: flags(tx, known.email)?,
                    ..NewIntent::default()
                },
            )?;
            let before = copies(tx, draft)?;
            let_refused_go(tx, draft)?;
            tx.prepare_cached("INSERT INTO draft_copy(msg, draft) VALUES(?1, ?2)")?
                .execute([msg, draft.0])?;
            shown::refresh(tx, msg)?;
            for old in before {
                if expunge(tx, operation, old)? {
                    tx.prepare_cached(
                        "UPDATE intent SET depends = ?3 WHERE operation = ?1 AND msg = ?2 AND depends = 0",
                    )?
                    .execute([number(operation), old, append])?;
                }
            }
            tx.prepare_cached("UPDATE draft SET stale = 0, tried = ?2, failed = 0 WHERE id = ?1")?
                .execute([draft.0, now.0])?;
            tx.drafts_changed();
            Ok(())
        })?;
        Ok(changed)
    }

    /// Queues sending a draft as it is now, which these are the octets of.
    ///
    /// # Errors
    /// `NotFound`, `WrongState`.
    pub fn send_draft(
        &mut self,
        operation: Ticket,
        draft: DraftId,
        bytes: &[u8],
        held: Held,
    ) -> Result<Changed, Error> {
        let made = Made::of(bytes, held.dated());
        let ((), changed) = self.change(|tx| {
            let account = drafts::to_write_on(tx, draft)?.account;
            drafts::see_to_refusal(tx, draft)?;
            let intent = enqueue(tx, (operation, account), (&made, bytes), held)?;
            end_version(tx, draft)?;
            tx.prepare_cached("UPDATE draft SET sending = ?2, closed = 1, untouched = 0 WHERE id = ?1")?
                .execute([draft.0, intent])?;
            tx.drafts_changed();
            Ok(())
        })?;
        Ok(changed)
    }

    /// The draft that a mail is a copy of, if it is here to be written on; else whether the mail is in a mailbox for drafts.
    pub fn draft_of(&self, email: EmailId) -> Result<(Option<DraftId>, bool), Error> {
        let draft = optional(
            self.look()
                .prepare_cached(
                    "SELECT draft.id FROM draft_copy JOIN draft ON draft.id = draft_copy.draft
                     WHERE draft_copy.msg = ?1 AND draft.state = 0",
                )?
                .query_row([email.0], |row| row.get(0).map(DraftId)),
        )?;
        let is_in_drafts = self
            .look()
            .prepare_cached(
                "SELECT EXISTS(SELECT 1 FROM shown JOIN folder ON folder.id = shown.folder
                               WHERE shown.msg = ?1 AND folder.role = ?2)",
            )?
            .query_row([email.0, DRAFTS], |row| row.get(0))?;
        Ok((draft, is_in_drafts))
    }

    /// Makes a draft of a mail in a mailbox for drafts. What it answers, as far as the mail says, is known by its Message-ID.
    pub fn open_draft(
        &mut self,
        email: EmailId,
        (composition, files): (&Composition, &[AddedFile]),
        now: Instant,
    ) -> Result<(DraftId, Changed), Error> {
        let account = self.account_of(email)?;
        self.change(|tx| {
            let answered = composition.references.last().map_or("", String::as_str);
            let answered: Option<i64> = optional(
                tx.prepare_cached(
                    "SELECT id FROM msg WHERE account = ?1 AND message_id = ?2 AND message_id <> '' AND id <> ?3
                     ORDER BY id LIMIT 1",
                )?
                .query_row(params![account.0, answered, email.0], |row| row.get(0)),
            )?;
            let relation = answered.map_or(Relation::None, |email| Relation::Answers(EmailId(email)));
            let draft = drafts::insert(tx, account, (composition, relation), now)?;
            for file in files {
                drafts::add_file(tx, draft, file)?;
            }
            tx.prepare_cached("INSERT OR REPLACE INTO draft_copy(msg, draft, proved) VALUES(?1, ?2, 1)")?
                .execute([email.0, draft.0])?;
            tx.prepare_cached("UPDATE draft SET stale = 0, untouched = 1 WHERE id = ?1")?.execute([draft.0])?;
            Ok(draft)
        })
    }

    /// Puts away drafts that are no longer among the server's: nobody wrote on them here, and somebody sent, deleted or moved
    /// what the server had of them.
    pub fn drafts_gone_elsewhere(&mut self, now: Instant) -> Result<Changed, Error> {
        let gone: Vec<DraftId> = self
            .look()
            .prepare_cached(&format!(
                "SELECT draft.id FROM draft WHERE {IS_NOT_SENT} AND closed AND stale = 0
                   AND (SELECT proved FROM draft_copy WHERE draft_copy.draft = draft.id ORDER BY msg DESC LIMIT 1)
                   AND NOT EXISTS({HANDED_OVER} AND intent.state < 10)
                   AND NOT EXISTS(SELECT 1 FROM draft_copy JOIN msg ON msg.id = draft_copy.msg
                                  WHERE draft_copy.draft = draft.id
                                    AND (NOT EXISTS(SELECT 1 FROM shown WHERE shown.msg = msg.id)
                                         OR EXISTS(SELECT 1 FROM shown JOIN folder ON folder.id = shown.folder
                                                   WHERE shown.msg = msg.id AND folder.role = {DRAFTS})))"
            ))?
            .query_map([], |row| row.get(0).map(DraftId))?
            .collect::<Result<_, _>>()?;
        if gone.is_empty() {
            return Ok(Changed::default());
        }
        let ((), changed) = self.change(|tx| {
            gone.iter().try_for_each(|draft| drafts::put_away(tx, *draft, drafts::DISCARDED, now))
        })?;
        Ok(changed)
    }
}

/// What the server has of it is to be removed, by an operation of its own; what isn't on its way yet isn't sent.
pub(super) fn remove(
    tx: &Tx<'_>,
    operation: Ticket,
    account: AccountId,
    draft: DraftId,
    now: Instant,
) -> Result<(), Error> {
    add_operation(tx, operation, account, 0, now)?;
    remove_all(tx, operation, draft)?;
    finish_operation(tx, number(operation))?;
    Ok(())
}

fn remove_all(tx: &Tx<'_>, operation: Ticket, draft: DraftId) -> Result<(), Error> {
    let unsent: Vec<(i64, i64, i64)> = tx
        .prepare_cached(
            "SELECT intent.id, intent.operation, intent.msg FROM draft_copy JOIN intent ON intent.msg = draft_copy.msg
             WHERE draft_copy.draft = ?1 AND intent.kind = 5 AND intent.state = 0 AND intent.seen = 0",
        )?
        .query_map([draft.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    for (intent, of, msg) in unsent {
        set_state(tx, intent, IntentState::Undone)?;
        shown::refresh(tx, msg)?;
        dependents_undone(tx, intent)?;
        finish_operation(tx, of)?;
    }
    let_refused_go(tx, draft)?;
    for msg in copies(tx, draft)? {
        expunge(tx, operation, msg)?;
    }
    Ok(())
}

/// A mail was sent: where it was a draft, that is over, what it answers or forwards is marked so, and what the server has of it is
/// removed. By an operation of its own, so that the mail counts as sent whatever comes of that.
pub(super) fn sent(tx: &Tx<'_>, intent: i64, tidy: Ticket, now: Instant) -> Result<(), Error> {
    let found: Option<(i64, i64, i64, i64)> = optional(
        tx.prepare_cached(
            "SELECT id, account, relation, related FROM draft WHERE sending = ?1 AND state = 0",
        )?
        .query_row([intent], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))),
    )?;
    let Some((draft, account, relation, related)) = found else { return Ok(()) };
    drafts::put_away(tx, DraftId(draft), drafts::SENT, now)?;
    tx.execute("DELETE FROM draft_file WHERE draft = ?1", [draft])?;
    add_operation(tx, tidy, AccountId(account), 0, now)?;
    remove_all(tx, tidy, DraftId(draft))?;
    let add = if relation == 2 { FlagBits::FORWARDED } else { FlagBits::ANSWERED };
    let owner: Option<i64> = optional(
        tx.prepare_cached("SELECT account FROM msg WHERE id = ?1 AND ?2 <> 0")?
            .query_row([related, relation], |row| row.get(0)),
    )?;
    if let Some(owner) = owner {
        let change = Change::Flags { add, remove: FlagBits::NONE };
        if record_one(tx, tidy, AccountId(owner), (related, None), change)? {
            shown::refresh(tx, related)?;
        }
    }
    finish_operation(tx, number(tidy))?;
    Ok(())
}

/// An intent ended that may be one of a draft: what is said of that may have changed.
pub(super) fn ended(tx: &Tx<'_>, intent: i64, state: IntentState) -> Result<(), Error> {
    let is_copy = tx
        .prepare_cached(
            "UPDATE draft_copy SET proved = max(proved, ?2)
             WHERE msg = (SELECT msg FROM intent WHERE id = ?1 AND kind = 5)",
        )?
        .execute(params![intent, state == IntentState::Done])?
        > 0;
    let is_sending = || -> Result<bool, Error> {
        Ok(tx
            .prepare_cached("SELECT EXISTS(SELECT 1 FROM draft WHERE sending = ?1 AND sending <> 0)")?
            .query_row([intent], |row| row.get(0))?)
    };
    if is_copy || is_sending()? {
        tx.drafts_changed();
    }
    Ok(())
}

/// At another server there may be no copy: it gets one.
pub(super) fn at_another_server(tx: &Tx<'_>, account: AccountId) -> Result<(), Error> {
    tx.execute("UPDATE draft SET stale = max(changed, 1) WHERE account = ?1 AND state = 0", [account.0])?;
    Ok(())
}

/// Its copies, as far as they are shown in a mailbox for drafts or anywhere else, oldest first.
fn copies(tx: &Tx<'_>, draft: DraftId) -> Result<Vec<i64>, Error> {
    Ok(tx
        .prepare_cached(
            "SELECT draft_copy.msg FROM draft_copy JOIN msg ON msg.id = draft_copy.msg WHERE draft = ?1 ORDER BY msg.id",
        )?
        .query_map([draft.0], |row| row.get(0))?
        .collect::<Result<_, _>>()?)
}

/// What replaces a copy keeps its star.
fn flags(tx: &Tx<'_>, copy: Option<EmailId>) -> Result<Flags, Error> {
    let was: Option<u32> = optional(
        tx.prepare_cached("SELECT flags FROM shown WHERE msg = ?1 LIMIT 1")?
            .query_row([copy.map_or(0, |copy| copy.0)], |row| row.get(0)),
    )?;
    let star = FlagBits(was.unwrap_or(0)) & FlagBits::FLAGGED;
    Ok(Flags { bits: FlagBits::DRAFT | FlagBits::SEEN | star, keywords: Vec::new() })
}

/// Removes a copy from the mailbox for drafts; one that somebody moved elsewhere stays there. `false`: it isn't there.
fn expunge(tx: &Tx<'_>, operation: Ticket, msg: i64) -> Result<bool, Error> {
    let place: Option<(i64, i64)> = optional(
        tx.prepare_cached(
            "SELECT folder.id, folder.account FROM shown JOIN folder ON folder.id = shown.folder
             WHERE shown.msg = ?1 AND folder.role = ?2 LIMIT 1",
        )?
        .query_row([msg, DRAFTS], |row| Ok((row.get(0)?, row.get(1)?))),
    )?;
    let Some((folder, account)) = place else { return Ok(false) };
    let is_recorded =
        record_one(tx, operation, AccountId(account), (msg, Some(MailboxId(folder))), Change::Expunge)?;
    if is_recorded {
        shown::refresh(tx, msg)?;
    }
    Ok(is_recorded)
}

/// What was refused of it before is no longer to be tried again: another one takes its place.
fn let_refused_go(tx: &Tx<'_>, draft: DraftId) -> Result<(), Error> {
    let refused: Vec<i64> = tx
        .prepare_cached(
            "SELECT intent.id FROM draft_copy JOIN intent ON intent.msg = draft_copy.msg
             WHERE draft_copy.draft = ?1 AND intent.kind = 5 AND intent.state = 11",
        )?
        .query_map([draft.0], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    refused.into_iter().try_for_each(|intent| set_state(tx, intent, IntentState::Discarded))
}
