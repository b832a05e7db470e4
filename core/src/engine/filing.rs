//! What the mailbox for sent mail tells of a mail that was sent: whether it was, and whether the server keeps it by itself.

use std::sync::Arc;

use super::account::{Account, Orphans};
use super::carry::later;
use super::clock::Clock;
use super::line::Line;
use super::main_line::Stop;
use crate::error::Error;
use crate::imap::UidSet;
use crate::imap::ops::{Answer, Op, OpError};
use crate::mime;
use crate::model::{MailboxId, Role};
use crate::store::{IntentRow, IntentState, unknown_whether_sent};

/// How often Sent is looked at for a mail that may have been sent, over about a quarter of a minute: servers that keep sent
/// mail do so within seconds.
const LOOKS: u32 = 5;
/// Mails with one Message-ID that are looked at.
const ALIKE: usize = 50;

/// A mail may have been sent: if Sent shows it, it was.
pub(super) async fn find_out(account: &Arc<Account>, line: &mut Line, row: &IntentRow) -> Result<bool, Stop> {
    let (id, intent) = (account.id, row.id);
    let sent = account.write(move |writer| writer.folder_with_role(id, Role::Sent)).await?;
    let found = match sent {
        Some(sent) => is_there(account, line, row, sent).await?,
        None => false,
    };
    if found {
        kept(account, row, sent).await?;
    } else if row.tries < LOOKS {
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
    if line.quirks().keeps_sent || is_there(account, line, row, sent).await? {
        kept(account, row, Some(sent)).await?;
        return Ok(true);
    }
    Ok(false)
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
