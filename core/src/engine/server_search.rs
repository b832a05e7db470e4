//! A search on servers: each mailbox is asked, what isn't listed here yet is listed, and the store keeps in mind what was found.
//!
//! It has a connection of its own, so that nothing waits behind a server that reads all its mail for it; where the server allows
//! no further one, the main connection does it in between.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::account::Account;
use super::headers::new_email;
use super::line::{Line, op_error};
use super::main_line::{Stop, lost};
use super::news::News;
use crate::command::Ticket;
use crate::error::{Error, ErrorKind};
use crate::event::{Done, Event};
use crate::imap::ops::{Answer, Criterion, Op, OpError};
use crate::imap::{Capability, Uid, UidSet};
use crate::model::{AccountState, MailboxId, Role};
use crate::store::{FolderState, NewEmail, Writer};

/// The newest mails of a mailbox that are taken, and of those that weren't listed how many get listed.
const MOST_FOUND: usize = 1_000;
const MOST_LISTED: usize = 500;
/// Headers of one exchange.
const HEADERS: usize = 100;
/// Mailboxes of one account.
const MOST_MAILBOXES: usize = 1_000;
/// For one account, in all.
const OVERALL: Duration = Duration::from_secs(10 * 60);

/// What is sought, and how far it is.
pub(super) struct Sought {
    pub(super) ticket: Ticket,
    pub(super) text: String,
    pub(super) criteria: Vec<Criterion>,
    /// What was found counts as found.
    pub(super) proves: bool,
    pub(super) news: News,
    pub(super) done: AtomicU64,
    pub(super) total: AtomicU64,
    pub(super) found: AtomicU64,
}

/// A search that the main connection is to do.
pub(super) struct Errand {
    sought: Arc<Sought>,
    mailboxes: Vec<MailboxId>,
    told: oneshot::Sender<Result<bool, Error>>,
}

impl Sought {
    fn tell(&self) {
        let (done, total) = (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed));
        self.news.tell(&Event::SearchProgress { ticket: self.ticket, done, total });
    }

    fn passed(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
        self.tell();
    }
}

/// Searches all these accounts' mailboxes.
pub(super) async fn run(
    sought: Arc<Sought>,
    places: Vec<(Arc<Account>, Vec<MailboxId>)>,
) -> Result<Done, Error> {
    let total = places.iter().map(|(_, mailboxes)| mailboxes.len().min(MOST_MAILBOXES) as u64).sum();
    sought.total.store(total, Ordering::Relaxed);
    sought.tell();
    let all = places.into_iter().map(|(account, mailboxes)| {
        let sought = Arc::clone(&sought);
        async move {
            let searched = timeout(OVERALL, in_account(&account, &sought, mailboxes)).await;
            searched.unwrap_or_else(|_| Err(Error::new(ErrorKind::TimedOut)))
        }
    });
    let outcomes = join_all(all).await;
    let is_all = outcomes.iter().all(|outcome| matches!(outcome, Ok(true)));
    if outcomes.iter().all(Result::is_err)
        && let Some(Err(error)) = outcomes.into_iter().next()
    {
        return Err(error);
    }
    Ok(Done::Searched { found: sought.found.load(Ordering::Relaxed), is_all })
}

/// Whether every mailbox of this account was searched for everything.
async fn in_account(
    account: &Arc<Account>,
    sought: &Arc<Sought>,
    mailboxes: Vec<MailboxId>,
) -> Result<bool, Error> {
    if *account.state.borrow() != AccountState::Online {
        return Err(Error::note(ErrorKind::Offline, "the account isn't connected"));
    }
    let (open, allowed) = account.pool.connections();
    // One more than there are, with the main one.
    if open + 2 <= allowed
        && let Some(credentials) = account.credentials()
    {
        match account.open_line(credentials).await {
            Ok(mut line) => {
                let _lease = account.pool.opened();
                let searched = on(account, &mut line, sought, mailboxes, &|| false).await;
                if searched.is_ok() {
                    line.log_out().await;
                }
                return searched.map_err(|stop| match stop {
                    Stop::Line(error) | Stop::Store(error) => error,
                });
            }
            Err(why) => {
                account.pool.refused(&why);
            }
        }
    }
    by_main_line(account, sought, mailboxes).await
}

/// The main connection does it when it has nothing more urgent.
async fn by_main_line(
    account: &Arc<Account>,
    sought: &Arc<Sought>,
    mailboxes: Vec<MailboxId>,
) -> Result<bool, Error> {
    let (told, outcome) = oneshot::channel();
    account.todo().errand = Some(Errand { sought: Arc::clone(sought), mailboxes, told });
    account.work.notify_one();
    let mut state = account.state.subscribe();
    let gone = || Error::note(ErrorKind::Offline, "the connection ended");
    tokio::select! {
        outcome = outcome => outcome.unwrap_or_else(|_| Err(gone())),
        _ = state.wait_for(|state| *state != AccountState::Online) => Err(gone()),
    }
}

/// Does a search that waits for this connection. `false`: there is none.
pub(super) async fn errand(account: &Arc<Account>, line: &mut Line) -> Result<bool, Stop> {
    let Some(Errand { sought, mailboxes, told }) = account.todo().errand.take() else { return Ok(false) };
    if told.is_closed() {
        return Ok(true);
    }
    let searched = on(account, line, &sought, mailboxes, &|| told.is_closed()).await;
    let outcome = match &searched {
        Ok(is_all) => Ok(*is_all),
        Err(Stop::Line(error) | Stop::Store(error)) => Err(error.clone()),
    };
    // Nobody may wait any more.
    let _ = told.send(outcome);
    searched.map(|_| true)
}

/// Searches mailbox after mailbox, the inbox first, until nobody wants it any more. Whether all was searched.
async fn on(
    account: &Arc<Account>,
    line: &mut Line,
    sought: &Sought,
    mailboxes: Vec<MailboxId>,
    is_over: &(dyn Fn() -> bool + Sync),
) -> Result<bool, Stop> {
    // One that went meanwhile has nothing to be found.
    let known = move |writer: &mut Writer| -> Result<Vec<FolderState>, Error> {
        Ok(mailboxes.iter().filter_map(|mailbox| writer.folder(*mailbox).ok()).collect())
    };
    let mut folders = account.write(known).await?;
    if line.capabilities().has(Capability::Gmail) && folders.iter().any(|folder| folder.role == Role::All) {
        // Everything is in that one, but for these.
        folders.retain(|folder| matches!(folder.role, Role::All | Role::Trash | Role::Junk));
    }
    folders.sort_by_key(|folder| (folder.role != Role::Inbox, folder.id));
    let mut is_all = folders.len() <= MOST_MAILBOXES;
    for folder in folders.iter().take(MOST_MAILBOXES) {
        if is_over() {
            return Ok(false);
        }
        is_all &= in_mailbox(account, line, sought, folder).await?;
        sought.passed();
    }
    Ok(is_all)
}

async fn in_mailbox(
    account: &Arc<Account>,
    line: &mut Line,
    sought: &Sought,
    folder: &FolderState,
) -> Result<bool, Stop> {
    match line.enter(&folder.wire_name).await {
        Ok(Answer::Selected(selected)) if selected.exists == 0 => return Ok(true),
        Ok(Answer::Selected(selected)) if selected.uid_validity == folder.uid_validity => {}
        // It was never looked at, or is renumbered: the look at it comes first.
        Ok(_) => {
            account.look_at(folder.id);
            return Ok(false);
        }
        Err(error @ OpError::Lost { .. }) => return Err(lost(error)),
        Err(_) => return Ok(false),
    }
    let found = match line.ask(Op::Search { criteria: sought.criteria.clone() }).await {
        Ok(Answer::UidRanges(found)) => found,
        Err(error @ OpError::Lost { .. }) => return Err(lost(error)),
        Ok(_) => return Ok(false),
        Err(error) => {
            tracing::debug!(account = account.id.0, error = %op_error(&error), "a mailbox can't be searched");
            return Ok(false);
        }
    };
    let newest = newest(&found, MOST_FOUND);
    let mut is_all = found.len() <= MOST_FOUND as u64;
    let (id, uids) = (folder.id, newest.clone());
    let mut unknown = account.write(move |writer| writer.unknown_uids(id, &uids)).await?;
    is_all &= unknown.len() <= MOST_LISTED;
    unknown.truncate(MOST_LISTED);
    if !unknown.is_empty() {
        is_all &= list(account, line, folder, &unknown).await?;
    }
    let (mails, listed) = account
        .write(move |writer| {
            let listed = newest.len() - writer.unknown_uids(id, &newest)?.len();
            Ok((writer.not_known_by_words(id, &newest)?, listed))
        })
        .await?;
    sought.found.fetch_add(listed as u64, Ordering::Relaxed);
    if sought.proves {
        account.store.reader().found_abroad(&sought.text, &mails);
    }
    Ok(is_all)
}

/// The highest UIDs, highest first.
fn newest(found: &UidSet, most: usize) -> Vec<Uid> {
    found.ranges().iter().rev().flat_map(|(first, last)| (*first..=*last).rev()).take(most).collect()
}

/// Lists mails that weren't listed yet. Whether all of them came.
async fn list(
    account: &Arc<Account>,
    line: &mut Line,
    folder: &FolderState,
    unknown: &[Uid],
) -> Result<bool, Stop> {
    let (id, uid_validity) = (folder.id, folder.uid_validity);
    let mut are_all = true;
    for some in unknown.chunks(HEADERS.min(line.most_uids()).max(1)) {
        let uids = UidSet::of(some.iter().copied());
        let headers = match line.ask(Op::FetchHeaders { uids }).await {
            Ok(Answer::Headers(headers)) => headers,
            Err(error @ OpError::Lost { .. }) => return Err(lost(error)),
            Ok(_) | Err(_) => Vec::new(),
        };
        let asked: Vec<Uid> = some.to_vec();
        let came = headers.into_iter().filter(|header| asked.contains(&header.uid) && header.size.is_some());
        let emails: Vec<NewEmail> = came.map(new_email).collect();
        are_all &= emails.len() >= some.len();
        account
            .settle(Vec::new(), move |writer| {
                let ((settled, _), changed) = writer.add_found(id, uid_validity, &emails)?;
                Ok((settled, changed))
            })
            .await?;
    }
    // What went or came since is seen there, in the order in which the server tells it.
    account.look_at(id);
    account.bodies.notify_one();
    Ok(are_all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_was_found_the_newest_are_taken_however_much_a_server_claims() {
        let found = UidSet::from_ranges([(1, 5), (9, 10), (4_000_000_000, 4_294_967_295)]);
        let taken = newest(&found, 3);
        assert_eq!(taken, [4_294_967_295, 4_294_967_294, 4_294_967_293]);
        assert_eq!(newest(&UidSet::from_ranges([(1, 3), (9, 10)]), 4), [10, 9, 3, 2]);
    }
}
