//! Asking after every mailbox at once, to look at those alone that changed.

use std::sync::Arc;

use super::account::Account;
use super::line::Line;
use super::main_line::{Stop, lost};
use super::{carry, look};
use crate::event::Event;
use crate::imap::Capability;
use crate::imap::ops::{Answer, ListedMailbox, MailboxStatus, Op, OpError};
use crate::model::MailboxId;
use crate::store::{FolderState, ListedFolder, OutOfSight};
use crate::sync::{plan, roles};

/// Polls after which bodies that didn't come are asked for again.
const BODIES_AGAIN: u64 = 15;
/// STATUS commands that are under way at once.
const STATUSES: usize = 25;

/// Lists the mailboxes and puts those that have changed, or may have, on the list of what to look at.
pub(super) async fn list(account: &Arc<Account>, line: &mut Line) -> Result<(), Stop> {
    let listed = listed(line).await?;
    let folders = named(&listed);
    let id = account.id;
    let (changed, all, landed, out_of_sight) = account
        .write(move |writer| {
            writer.bodies_again(id)?;
            let changed = writer.list_folders(id, &folders)?;
            let out_of_sight = writer.out_of_sight(id, &folders)?;
            Ok((changed, writer.folders(id)?, writer.landed_folders(id)?, out_of_sight))
        })
        .await?;
    account.tell_changed(changed);
    let OutOfSight { hidden, lost, stranded } = out_of_sight;
    if !lost.is_empty() {
        account.settle(Vec::new(), move |writer| writer.end_landed(&lost)).await?;
    }
    if !stranded.is_empty() {
        let refused: Vec<_> = stranded.into_iter().map(|intent| (intent, carry::gone_error())).collect();
        account.settle(Vec::new(), move |writer| writer.intents_refused(&refused)).await?;
    }
    account.news.tell(&Event::MailboxesChanged { account: id });
    let inbox = all.first().map(|folder| folder.id);
    let on_screen = account.todo().on_screen;
    let mut order: Vec<MailboxId> = hidden;
    for folder in all.iter().filter(|folder| folder.selectable) {
        let status = listed.iter().find(|(mailbox, _)| mailbox.name == folder.wire_name);
        let status = status.and_then(|(_, status)| status.as_ref());
        // Only a count of changes proves that there was none. Where a mail has landed, a look is waited for.
        if landed.contains(&folder.id)
            || !status.is_some_and(|status| plan::is_in_step(look::known(folder), status))
        {
            order.push(folder.id);
        }
    }
    // INBOX comes first, the mailbox on the screen right after it.
    order.sort_by_key(|mailbox| (Some(*mailbox) != inbox, Some(*mailbox) != on_screen));
    let mut todo = account.todo();
    for mailbox in order {
        todo.look_later(mailbox);
    }
    Ok(())
}

/// The server's list, with the numbers of each mailbox where one question gives both. A refused LIST is empty, which
/// erases nothing.
async fn listed(line: &mut Line) -> Result<Vec<(ListedMailbox, Option<MailboxStatus>)>, Stop> {
    match line.ask(Op::ListStatus).await {
        Ok(Answer::MailboxesWithStatus(listed)) if !listed.is_empty() => return Ok(listed),
        Err(error @ OpError::Lost { .. }) => return Err(lost(error)),
        Ok(_) | Err(_) => {}
    }
    match line.ask(Op::List).await {
        Ok(Answer::Mailboxes(listed)) => Ok(listed.into_iter().map(|mailbox| (mailbox, None)).collect()),
        Err(error @ OpError::Lost { .. }) => Err(lost(error)),
        Ok(_) | Err(_) => Ok(Vec::new()),
    }
}

fn named(listed: &[(ListedMailbox, Option<MailboxStatus>)]) -> Vec<ListedFolder> {
    let named: Vec<roles::Named<'_>> = listed
        .iter()
        .map(|(mailbox, _)| roles::Named {
            path: &mailbox.path,
            delimiter: mailbox.delimiter,
            role: mailbox.role,
        })
        .collect();
    let roles = roles::assign(&named);
    listed
        .iter()
        .zip(roles)
        .map(|((mailbox, _), role)| ListedFolder {
            wire_name: Arc::clone(&mailbox.name),
            path: mailbox.path.clone(),
            delimiter: mailbox.delimiter,
            role,
            selectable: mailbox.selectable,
        })
        .collect()
}

/// Asks after every mailbox that nobody watches, and puts those that changed on the list of what to look at.
pub(super) async fn poll(account: &Arc<Account>, line: &mut Line) -> Result<(), Stop> {
    let id = account.id;
    let (mut folders, landed) =
        account.write(move |writer| Ok((writer.folders(id)?, writer.landed_folders(id)?))).await?;
    folders.retain(|folder| folder.selectable);
    let (on_screen, bodies_again) = {
        let mut todo = account.todo();
        todo.orphans.ask_all();
        todo.looked = true;
        todo.polls = todo.polls.wrapping_add(1);
        (todo.on_screen, todo.polls.is_multiple_of(BODIES_AGAIN))
    };
    if bodies_again {
        account.write(move |writer| writer.bodies_again(id)).await?;
    }
    for (folder, status) in statuses(line, folders).await? {
        let mailbox = folder.id;
        let is_same = plan::is_in_step(look::known(&folder), &status) || {
            let (total, unread) = account.write(move |writer| writer.known_counts(mailbox)).await?;
            // Flags other than \Seen leave no trace here: what is on the screen is compared every time.
            on_screen != Some(mailbox) && looks_the_same(&folder, (total, unread), &status)
        };
        if !is_same || folder.quarantined || landed.contains(&mailbox) {
            account.todo().look_later(mailbox);
        }
    }
    Ok(())
}

/// The numbers of each mailbox: by one question where the server takes it, else by one each. Who doesn't say gives none.
async fn statuses(
    line: &mut Line,
    folders: Vec<FolderState>,
) -> Result<Vec<(FolderState, MailboxStatus)>, Stop> {
    if line.capabilities().has(Capability::ListStatus) {
        let listed = listed(line).await?;
        let with_status = |folder: FolderState| {
            let found = listed.iter().find(|(mailbox, _)| mailbox.name == folder.wire_name);
            let status = found.and_then(|(_, status)| *status).unwrap_or_default();
            (folder, status)
        };
        return Ok(folders.into_iter().map(with_status).collect());
    }
    let mut told = Vec::with_capacity(folders.len());
    for folders in folders.chunks(STATUSES) {
        let ops = folders.iter().map(|folder| Op::Status { mailbox: Arc::clone(&folder.wire_name) });
        for (folder, answer) in folders.iter().zip(line.ask_all(ops).await) {
            let status = match answer {
                Ok(Answer::Status(status)) => status,
                Err(error @ OpError::Lost { .. }) => return Err(lost(error)),
                Ok(_) | Err(_) => MailboxStatus::default(),
            };
            told.push((folder.clone(), status));
        }
    }
    Ok(told)
}

fn looks_the_same(folder: &FolderState, (total, unread): (u32, u32), status: &MailboxStatus) -> bool {
    // Where changes are counted, another count is another state, whatever the rest says.
    let counted = folder.highest_modseq != 0
        && status.highest_modseq.is_some_and(|modseq| modseq != folder.highest_modseq);
    !counted
        && status.messages == Some(total)
        && status.unseen.is_none_or(|unseen| unseen == unread)
        && status.uid_next.is_none_or(|uid_next| uid_next == folder.uid_next)
        && status.uid_validity.is_none_or(|validity| validity == folder.uid_validity)
}
