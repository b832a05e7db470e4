//! What the mailbox for sent mail tells of a mail that was sent: whether it was, and whether the server keeps it by itself.
//!
//! Some servers do so before they say that they took the mail, some a while later, most never. How long it is waited for is
//! learnt (`store/sent_habits.rs`): from the third mail on nobody waits for a server that never does.

use std::sync::Arc;
use std::time::Duration;

use super::account::{Account, Orphans};
use super::carry::{after, later};
use super::clock::Clock;
use super::line::Line;
use super::main_line::Stop;
use crate::error::Error;
use crate::imap::UidSet;
use crate::imap::ops::{Answer, Op, OpError};
use crate::mime;
use crate::model::{MailboxId, Role};
use crate::store::{IntentRow, IntentState, SentHabit, unknown_whether_sent};

/// How often Sent is looked at for a mail that may have been sent, over about a quarter of a minute: servers that keep sent
/// mail do so within seconds.
const LOOKS: u32 = 5;
/// The same once the server is known to keep nothing.
const FEW_LOOKS: u32 = 2;
/// The same at most, of one that takes its time: two minutes.
const MOST_LOOKS: u32 = 8;
/// How long a server that isn't known yet is given to keep a mail itself.
const WATCH: Duration = Duration::from_secs(15);
/// The same at least, of one that does.
const LONG_WATCH: Duration = Duration::from_secs(60);
/// How long one took, as far as is known, that kept a mail after it was no longer waited for.
const LATE: Duration = Duration::from_secs(60);
/// Between two looks for it, at least and at most; in between as long as it was waited for already.
const PAUSES: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(10));
/// That many mails in a row tell that a server keeps none.
const TELLING: u32 = 2;
/// Mails with one Message-ID that are looked at.
const ALIKE: usize = 50;

/// A mail may have been sent: if Sent shows it, it was.
pub(super) async fn find_out(account: &Arc<Account>, line: &mut Line, row: &IntentRow) -> Result<bool, Stop> {
    let (id, intent) = (account.id, row.id);
    let (sent, habit) = account
        .write(move |writer| Ok((writer.folder_with_role(id, Role::Sent)?, writer.sent_habit(id)?)))
        .await?;
    let found = match sent {
        Some(sent) => is_there(account, line, row, sent).await?,
        None => false,
    };
    if found {
        account.write(move |writer| writer.sent_was_kept(id, Duration::ZERO)).await?;
        kept(account, row, sent).await?;
    } else if row.tries < looks(habit) {
        let not_before = later(row.tries);
        account
            .write(move |writer| writer.intents_waiting(&[intent], IntentState::Unknown, not_before))
            .await?;
    } else {
        let (operation, error) = (row.operation, unknown_whether_sent());
        account.todo().errors.insert(operation, error.clone());
        let refused = vec![(intent, error.clone())];
        account.settle(vec![(operation, error)], move |writer| writer.intents_refused(&refused)).await?;
    }
    Ok(true)
}

/// A mail was sent and is to be handed over to Sent: whether the server has done that itself, or will. Then that is all.
pub(super) async fn is_kept_by_server(
    account: &Arc<Account>,
    line: &mut Line,
    row: &IntentRow,
    sent: MailboxId,
) -> Result<bool, Stop> {
    // Once it may have been handed over, what is there is ours.
    if row.state != IntentState::Queued || row.tries > 0 {
        return Ok(false);
    }
    if line.quirks().keeps_sent {
        kept(account, row, Some(sent)).await?;
        return Ok(true);
    }
    let (id, intent) = (account.id, row.id);
    let now = account.clock.precise();
    let waited = now.saturating_sub(*account.todo().watched.entry(intent).or_insert(now));
    if is_there(account, line, row, sent).await? {
        account.write(move |writer| writer.sent_was_kept(id, waited)).await?;
        account.todo().watched.remove(&intent);
        kept(account, row, Some(sent)).await?;
        return Ok(true);
    }
    let habit = account
        .write(move |writer| {
            let leaves = matches!(writer.sent_habit(id)?, SentHabit::Leaves { .. });
            if leaves && writer.sent_came_twice(id, sent)? {
                writer.sent_was_kept(id, LATE)?;
            }
            writer.sent_habit(id)
        })
        .await?;
    let left = watch(habit, account.sent_watch()).saturating_sub(waited);
    if left.is_zero() {
        account.todo().watched.remove(&intent);
        account.write(move |writer| writer.sent_was_left(id)).await?;
        return Ok(false);
    }
    let not_before = after(waited.clamp(PAUSES.0, PAUSES.1).min(left));
    account.write(move |writer| writer.filing_waits(intent, not_before)).await?;
    Ok(true)
}

/// How long a server is given to keep a mail itself, from when it took it.
fn watch(habit: SentHabit, first: Option<Duration>) -> Duration {
    match habit {
        SentHabit::Leaves { mails } if mails >= TELLING => Duration::ZERO,
        SentHabit::Unknown | SentHabit::Leaves { .. } => first.unwrap_or(WATCH),
        SentHabit::Keeps { longest } => longest.saturating_mul(3).max(LONG_WATCH),
    }
}

/// How often Sent is looked at for a mail that may have been sent: `later` doubles the time between them, from half a second on.
fn looks(habit: SentHabit) -> u32 {
    match habit {
        SentHabit::Leaves { mails } if mails >= TELLING => FEW_LOOKS,
        SentHabit::Unknown | SentHabit::Leaves { .. } => LOOKS,
        SentHabit::Keeps { longest } => (LOOKS..MOST_LOOKS)
            .find(|looks| Duration::from_millis(500 * ((1 << looks) - 1)) > longest.saturating_mul(2))
            .unwrap_or(MOST_LOOKS),
    }
}

async fn kept(account: &Arc<Account>, row: &IntentRow, sent: Option<MailboxId>) -> Result<(), Error> {
    let intent = row.id;
    // The one made here is in no mailbox: the server's is.
    account.todo().orphans = Orphans::Some;
    let tidy = (account.ticket(), Clock::wall());
    account.settle(Vec::new(), move |writer| writer.kept_by_server(intent, tidy)).await?;
    if let Some(sent) = sent {
        account.look_at(sent);
    }
    Ok(())
}

/// Whether the mailbox holds the mail, and didn't before it was sent. One that can't be looked into holds nothing.
async fn is_there(
    account: &Arc<Account>,
    line: &mut Line,
    row: &IntentRow,
    sent: MailboxId,
) -> Result<bool, Stop> {
    if row.message_id.is_empty() {
        return Ok(false);
    }
    let intent = row.id;
    let (folder, (numbering, before)) = account
        .write(move |writer| Ok((writer.folder(sent)?, writer.there_before_sending(sent, intent)?)))
        .await?;
    let Some(Answer::Selected(selected)) = asked(line.ask(Op::Select { mailbox: folder.wire_name }).await)?
    else {
        return Ok(false);
    };
    let find = Op::FindMessageId { message_id: Arc::from(row.message_id.as_str()), from_uid: 1 };
    let Some(Answer::Uids(mut uids)) = asked(line.ask(find).await)? else { return Ok(false) };
    if numbering == selected.uid_validity {
        uids.retain(|uid| !before.contains(*uid));
    }
    let uids = UidSet::of(uids.into_iter().rev().take(ALIKE));
    if uids.is_empty() {
        return Ok(false);
    }
    // It was searched for as a part of the field.
    let Some(Answer::Headers(headers)) = asked(line.ask(Op::FetchHeaders { uids }).await)? else {
        return Ok(false);
    };
    Ok(headers.iter().any(|header| {
        let facts = header.header.as_deref().map(mime::header_facts).unwrap_or_default();
        facts.message_id.as_deref() == Some(row.message_id.as_str())
    }))
}

/// A refusal is an answer; a lost line is none.
fn asked(answer: Result<Answer, OpError>) -> Result<Option<Answer>, Stop> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(OpError::Lost { error, .. }) => Err(Stop::Line(error)),
        Err(_) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_waited_for_as_long_as_is_known_to_be_of_use() {
        let seconds = Duration::from_secs;
        let keeps = |longest| SentHabit::Keeps { longest };
        assert_eq!(watch(SentHabit::Unknown, None), WATCH);
        assert_eq!(watch(SentHabit::Leaves { mails: 1 }, None), WATCH);
        assert_eq!(watch(SentHabit::Leaves { mails: 2 }, None), Duration::ZERO);
        assert_eq!(watch(keeps(seconds(1)), None), LONG_WATCH);
        assert_eq!(watch(keeps(seconds(40)), None), seconds(120));
        assert_eq!(looks(SentHabit::Unknown), LOOKS);
        assert_eq!(looks(SentHabit::Leaves { mails: 7 }), FEW_LOOKS);
        assert_eq!([0, 10, 20, 50, 500].map(|longest| looks(keeps(seconds(longest)))), [5, 6, 7, 8, 8]);
    }
}
