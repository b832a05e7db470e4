//! Looking at one mailbox: compare, take over what changed, read the headers of what is new.

use std::sync::Arc;

use super::account::Account;
use super::carry;
use super::line::{Line, op_error};
use super::main_line::{Stop, lost};
use crate::error::{Error, ErrorKind};
use crate::event::Done;
use crate::imap::ops::{Answer, FetchedHeader, MailboxStatus, Op, OpError, SelectedMailbox};
use crate::imap::{Uid, UidSet};
use crate::mime;
use crate::model::{Flags, Instant, MailboxId};
use crate::store::{FolderState, NewEmail};
use crate::sync::folder::{self, HeaderRange};
use crate::sync::plan::{self, Known, Plan};

/// Mails of one header exchange.
const HEADERS: usize = 200;
/// Polls after which bodies that didn't come are asked for again.
const BODIES_AGAIN: u64 = 15;
/// Mails of the very first one: what a screen shows.
const FIRST_HEADERS: usize = 60;

/// Brings the list of a mailbox up to date. The answer for who asked: one that can't be selected stays as it was.
pub(super) async fn at(
    account: &Arc<Account>,
    line: &mut Line,
    mailbox: MailboxId,
) -> Result<Result<Done, Error>, Stop> {
    // Twice at the most: a rebase or a count that moved meanwhile wants a second look, not an endless one.
    for _ in 0..2 {
        let folder = match account.write(move |writer| writer.folder(mailbox)).await {
            Ok(folder) => folder,
            Err(error) => return Ok(Err(error)),
        };
        let selected = match line.ask(Op::Select { mailbox: Arc::clone(&folder.wire_name) }).await {
            Ok(Answer::Selected(selected)) => selected,
            Ok(_) => return Ok(Err(Error::new(ErrorKind::Bug))),
            Err(error @ OpError::Lost { .. }) => return Err(lost(error)),
            Err(error) => return Ok(Err(op_error(&error))),
        };
        line.changed = false;
        let known = Known { uid_validity: folder.uid_validity, uid_next: folder.uid_next };
        match plan::plan(known, &selected) {
            Plan::Rebase => {
                let changed = account
                    .write(move |writer| writer.quarantine_folder(mailbox, selected.uid_validity))
                    .await?;
                account.tell_changed(changed);
            }
            Plan::FullComparison { uid_next } => {
                if compare(account, line, &folder, selected, uid_next).await? {
                    break;
                }
            }
            Plan::Distrust => {
                if compare(account, line, &folder, selected, None).await? {
                    break;
                }
            }
        }
    }
    account.bodies.notify_one();
    Ok(Ok(Done::Nothing))
}

/// The full comparison. `false`: the server named another number of mails than it says exist, look again.
async fn compare(
    account: &Arc<Account>,
    line: &mut Line,
    folder: &FolderState,
    selected: SelectedMailbox,
    uid_next: Option<Uid>,
) -> Result<bool, Stop> {
    let mailbox = folder.id;
    if let Some(uid_next) = uid_next {
        account.write(move |writer| writer.extend_folder(mailbox, selected.uid_validity, uid_next)).await?;
        first_screen(account, line, folder, selected, uid_next).await?;
    }
    // What lands here from now on may come too late to be seen.
    let landed = account.write(move |writer| writer.landed(mailbox)).await?;
    let mut server = Vec::new();
    for uids in folder::flag_windows(selected.exists, uid_next) {
        match line.ask(Op::FetchFlags { uids }).await {
            Ok(Answer::Flags(flags)) => server.extend(flags),
            Err(error @ OpError::Lost { .. }) => return Err(lost(error)),
            Ok(_) | Err(_) => return Ok(true),
        }
    }
    let named = server.len();
    let highest = server.iter().map(|(uid, _)| *uid).max().unwrap_or(0);
    let settled_next = highest.saturating_add(1).max(uid_next.unwrap_or(1));
    account.write(move |writer| writer.extend_folder(mailbox, selected.uid_validity, settled_next)).await?;
    let local = account.write(move |writer| writer.local_mails(mailbox)).await?;
    let difference = folder::compare(local.into_iter().map(|mail| (mail.uid, mail.flags)), server);
    let complete = folder::proves_absence(named, selected.exists);
    let gone = if complete { difference.missing.clone() } else { Vec::new() };
    if !gone.is_empty() {
        let now = account.clock.now();
        account.todo().gone(now);
    }
    let changes: Vec<(Uid, Flags)> = difference.changed;
    let changed = account.write(move |writer| writer.apply_flags(mailbox, &changes, &gone)).await?;
    account.tell_changed(changed);
    let mut all_read = true;
    for range in folder::header_ranges(&difference.unknown, 1, HEADERS) {
        all_read &= read_headers(account, line, folder, selected, range).await?;
        // The person's wishes come before the next range.
        while carry::due(account, line).await? {}
    }
    let landed = (complete && all_read).then_some(landed);
    finish(account, mailbox, complete && difference.unknown.is_empty(), landed).await?;
    Ok(all_read && (complete || difference.missing.is_empty()))
}

/// Everything the server named is here: close what holes are left, and (`landed`: with those that had landed before)
/// end what waited for this.
async fn finish(
    account: &Arc<Account>,
    mailbox: MailboxId,
    nothing_new: bool,
    landed: Option<Vec<i64>>,
) -> Result<(), Stop> {
    account
        .settle(Vec::new(), move |writer| {
            let (mut settled, mut changed) = Default::default();
            if nothing_new {
                let (more, also) = writer.add_emails(mailbox, &[], 1, Uid::MAX)?;
                settled = more;
                changed = also;
            }
            if let Some(landed) = landed {
                changed.and(writer.end_quarantine(mailbox)?);
                let (more, also) = writer.end_landed(&landed)?;
                settled.extend(more);
                changed.and(also);
            }
            Ok((settled, changed))
        })
        .await?;
    Ok(())
}

/// A mailbox with much to read shows its newest mails before the long comparison begins.
async fn first_screen(
    account: &Arc<Account>,
    line: &mut Line,
    folder: &FolderState,
    selected: SelectedMailbox,
    uid_next: Uid,
) -> Result<(), Stop> {
    let new = uid_next.saturating_sub(folder.uid_next);
    if usize::try_from(selected.exists).unwrap_or(usize::MAX) <= FIRST_HEADERS || new == 0 {
        return Ok(());
    }
    let span = u32::try_from(FIRST_HEADERS).unwrap_or(new).min(new);
    let low = uid_next.saturating_sub(span);
    let high = uid_next.saturating_sub(1);
    let range = HeaderRange { uids: UidSet::range(low, high), low, high };
    read_headers(account, line, folder, selected, range).await.map(|_| ())
}

/// One header exchange and its transaction. `false`: the server gave nothing, or the mailbox isn't the one it was.
async fn read_headers(
    account: &Arc<Account>,
    line: &mut Line,
    folder: &FolderState,
    selected: SelectedMailbox,
    range: HeaderRange,
) -> Result<bool, Stop> {
    let mailbox = folder.id;
    match line.enter(&folder.wire_name).await {
        // Renumbered since the UIDs were told: they mean other mails now.
        Ok(Answer::Selected(now)) if now.uid_validity != selected.uid_validity => return Ok(false),
        Ok(_) => {}
        Err(error @ OpError::Lost { .. }) => return Err(lost(error)),
        Err(_) => return Ok(false),
    }
    let headers = match line.ask(Op::FetchHeaders { uids: range.uids }).await {
        Ok(Answer::Headers(headers)) => headers.into_iter().filter(came).collect::<Vec<_>>(),
        Err(error @ OpError::Lost { .. }) => return Err(lost(error)),
        Ok(_) | Err(_) => return Ok(false),
    };
    if headers.is_empty() {
        return Ok(false);
    }
    account
        .settle(Vec::new(), move |writer| {
            let emails: Vec<NewEmail> = headers.into_iter().map(new_email).collect();
            writer.add_emails(mailbox, &emails, range.low, range.high)
        })
        .await?;
    account.bodies.notify_one();
    Ok(true)
}

/// News of its flags alone isn't the mail: that is still to come.
fn came(fetched: &FetchedHeader) -> bool {
    fetched.header.is_some() || fetched.size.is_some()
}

/// A mail whose header made no sense is still a mail: it is listed with what is known.
fn new_email(fetched: FetchedHeader) -> NewEmail {
    let facts = fetched.header.as_deref().map(mime::header_facts).unwrap_or_default();
    let date = fetched.internal_date.or(facts.written).unwrap_or(Instant(0));
    NewEmail { uid: fetched.uid, flags: fetched.flags, date, size: fetched.size.unwrap_or(0), facts }
}

/// Asks after every mailbox that nobody watches, and looks at those that changed.
pub(super) async fn poll(account: &Arc<Account>, line: &mut Line) -> Result<(), Stop> {
    let id = account.id;
    let folders = account.write(move |writer| writer.folders(id)).await?;
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
    for folder in folders.into_iter().filter(|folder| folder.selectable) {
        let status = match line.ask(Op::Status { mailbox: Arc::clone(&folder.wire_name) }).await {
            Ok(Answer::Status(status)) => status,
            Err(error @ OpError::Lost { .. }) => return Err(lost(error)),
            // Who doesn't say whether it changed is looked at.
            Ok(_) | Err(_) => MailboxStatus::default(),
        };
        let mailbox = folder.id;
        let (total, unread) = account.write(move |writer| writer.known_counts(mailbox)).await?;
        let same = status.messages == Some(total)
            && status.unseen.is_none_or(|unseen| unseen == unread)
            && status.uid_next.is_none_or(|uid_next| uid_next == folder.uid_next)
            && status.uid_validity.is_none_or(|validity| validity == folder.uid_validity);
        // Flags other than \Seen leave no trace in STATUS: what is on the screen is compared every time.
        if !same || on_screen == Some(folder.id) {
            let mut todo = account.todo();
            if !todo.mailboxes.contains(&folder.id) {
                todo.mailboxes.push_back(folder.id);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_of_flags_during_a_header_pass_is_no_mail_of_size_zero() {
        let news = FetchedHeader { uid: 5, ..FetchedHeader::default() };
        assert!(!came(&news));
        assert!(came(&FetchedHeader { size: Some(10), ..news.clone() }));
        assert!(came(&FetchedHeader { header: Some(Vec::new()), ..news }));
    }
}
