//! The main connection of an account: carries out intents, lists mailboxes, keeps every list in step.
//!
//! One exchange at a time, so that what is written to the store is in the order in which the server said it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::sleep;

use super::account::Account;
use super::account::{Orphans, Todo};
use super::body_line::Waiting;
use super::clock::{Backoff, Clock};
use super::life::no_network;
use super::line::{Line, NoLine, op_error};
use super::pool::FETCHES;
use super::{body_line, carry, census, look, server_search};
use crate::error::{Error, ErrorKind};
use crate::event::{Done, Event};
use crate::imap::Capability;
use crate::imap::ops::OpError;
use crate::model::{AccountState, MailboxId, Role, SyncScope};
use crate::store::FolderState;

/// Between two looks at mailboxes nobody watches.
const POLL: Duration = Duration::from_secs(120);
/// The same where no other connection watches INBOX and this one can't, or does nothing else.
const POLL_ALONE: Duration = Duration::from_secs(60);
/// Before a server that ended or refused IDLE is asked for it again.
const AGAIN: Duration = Duration::from_secs(2);
/// How long one round waits for the mailbox for sent mail, and how often it looks whether it is time.
const FILING: Duration = Duration::from_secs(20);
const FILED: Duration = Duration::from_millis(250);
/// After a local failure (a full disk, say).
const STORE_TROUBLE: Duration = Duration::from_secs(30);

/// Why a connected account stopped working.
#[derive(Debug)]
pub(super) enum Stop {
    /// The connection ended.
    Line(Error),
    /// The store can't be used.
    Store(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

/// What a failed exchange means for the connection: a refusal doesn't end it.
pub(super) fn lost(error: OpError) -> Stop {
    Stop::Line(op_error(&error))
}

/// Runs for as long as the account is here.
pub(super) async fn run(account: Arc<Account>) {
    let mut backoff = Backoff::default();
    let mut refusal = Error::new(ErrorKind::LoginRefused);
    loop {
        if !account.life.has_network() {
            wait_for_network(&account).await;
            backoff.reset();
        }
        let credentials = match account.credentials_when_known().await {
            Ok(credentials) => credentials,
            Err(why) => {
                ask_for_secret(&account, why.as_ref().unwrap_or(&refusal)).await;
                continue;
            }
        };
        let secret = credentials.secret.clone();
        account.todo().hurry = false;
        account.set_state(AccountState::Connecting, None);
        let opened = tokio::select! {
            opened = account.open_line(credentials) => opened,
            // It is tried anew over the network there is now.
            () = account.life.shaken() => continue,
        };
        let (state, error, wait) = match opened {
            Ok(line) => {
                account.signed_in(&line, usize::MAX);
                account.set_state(AccountState::Online, None);
                let since = account.clock.now();
                let stop = tokio::select! {
                    stop = work(&account, line) => stop,
                    () = account.life.network_goes() => Stop::Line(no_network()),
                };
                account.settled().await;
                backoff.lasted(account.clock.now().since(since));
                match stop {
                    Stop::Line(error) => (AccountState::Offline, error, backoff.next()),
                    Stop::Store(error) => (AccountState::Failed, error, STORE_TROUBLE),
                }
            }
            Err(NoLine::SignIn(error)) => {
                account.forget_secret(&secret);
                refusal = error;
                continue;
            }
            Err(NoLine::Failed(error)) if error.kind() == ErrorKind::CertificateUntrusted => {
                // Tried again at long intervals: a certificate is renewed by others, and no secret is at risk.
                (AccountState::TrustNeeded, error, Duration::from_secs(300))
            }
            Err(NoLine::Failed(error)) => (AccountState::Offline, error, backoff.next()),
        };
        let error = error.retried_in(wait);
        account.set_state(state, Some(error.clone()));
        account.answer_all(&error);
        if pause(&account, wait).await {
            backoff.reset();
        }
    }
}

/// Says that a secret is needed, and waits for one. Who asks for mail meanwhile is told at once.
async fn ask_for_secret(account: &Account, refusal: &Error) {
    account.set_state(AccountState::SignInNeeded, Some(refusal.clone()));
    let is_there = |todo: &Todo| todo.secret.is_some() || todo.vault_is_asked;
    let why = account.todo().vault_error.clone();
    while account.answer_unless(is_there, refusal) && account.todo().vault_error == why {
        account.work.notified().await;
    }
}

/// Says that there is no network, and waits for one. Who asks for mail meanwhile is told at once.
async fn wait_for_network(account: &Account) {
    let error = no_network();
    account.set_state(AccountState::Offline, Some(error.clone()));
    while account.answer_unless(|_| account.life.has_network(), &error) {
        tokio::select! {
            () = account.life.network_comes() => return,
            () = account.work.notified() => {}
        }
    }
}

/// Waits, or less if somebody asks to hurry or the network changes, which is told.
async fn pause(account: &Account, wait: Duration) -> bool {
    let wait = sleep(wait);
    let shaken = account.life.shaken();
    tokio::pin!(wait, shaken);
    while !account.todo().hurry {
        tokio::select! {
            () = &mut wait => return false,
            () = &mut shaken => return true,
            () = account.work.notified() => {}
        }
    }
    false
}

/// Works until the connection or the store fails.
async fn work(account: &Arc<Account>, mut line: Line) -> Stop {
    account.todo().everything = true;
    let id = account.id;
    if let Err(error) =
        account.write(move |writer| writer.recover_intents(id, carry::after(carry::ARRIVED))).await
    {
        line.log_out().await;
        return Stop::Store(error);
    }
    loop {
        if let Err(stop) = step(account, &mut line).await {
            if let Stop::Store(_) = stop {
                line.log_out().await;
            }
            return stop;
        }
    }
}

/// Works until nothing within `scope` is left to do, and signs out.
pub(super) async fn work_once(account: &Arc<Account>, mut line: Line, scope: SyncScope) -> Result<(), Stop> {
    let id = account.id;
    account.write(move |writer| writer.recover_intents(id, carry::after(carry::ARRIVED))).await?;
    let begun = account.clock.precise();
    loop {
        while do_next(account, &mut line, scope).await? {}
        // Sent just now: the server is given time to keep it by itself, and this connection is the one that does it otherwise.
        let watches = scope >= SyncScope::Changes && !account.todo().watched.is_empty();
        if !watches || account.clock.precise().saturating_sub(begun) > FILING {
            break;
        }
        sleep(FILED).await;
    }
    if scope == SyncScope::Everything {
        in_step(account).await?;
    }
    line.log_out().await;
    Ok(())
}

/// Does the most urgent thing, or waits for one.
async fn step(account: &Arc<Account>, line: &mut Line) -> Result<(), Stop> {
    if do_next(account, line, SyncScope::Everything).await? {
        return Ok(());
    }
    in_step(account).await?;
    rest(account, line).await
}

/// Does the most urgent thing within `scope`. `false`: there is none.
async fn do_next(account: &Arc<Account>, line: &mut Line, scope: SyncScope) -> Result<bool, Stop> {
    account.tell_alerts(std::mem::take(&mut line.alerts));
    if scope >= SyncScope::Changes && carry::due(account, line).await? {
        return Ok(true);
    }
    if scope == SyncScope::Everything && server_search::errand(account, line).await? {
        return Ok(true);
    }
    if std::mem::take(&mut account.todo().everything) {
        {
            let mut todo = account.todo();
            todo.looked = true;
            todo.begin(None);
            todo.orphans.ask_all();
        }
        census::list(account, line).await?;
        // Nothing is sent before it is known where sent mail goes.
        account.sends.notify_one();
        return Ok(true);
    }
    let next = {
        let mut todo = account.todo();
        let next = todo.mailboxes.pop_front();
        if next.is_some() {
            todo.begin(next);
            todo.looked = true;
        }
        next
    };
    if let Some(mailbox) = next {
        let outcome = look::at(account, line, mailbox).await?;
        if let Err(error) = &outcome {
            shut_out(account, line, mailbox, error);
        }
        account.answer_begun(Some(mailbox), &outcome);
        refused_for_ever(account, line.quirks().id_first, mailbox, &outcome).await?;
        return Ok(true);
    }
    Ok(scope == SyncScope::Everything && fetch(account, line).await?)
}

/// A server that wants to be told who asks, and wasn't content with what it was told, refuses every mailbox for as long
/// as the connection lives: another one is tried.
async fn refused_for_ever(
    account: &Arc<Account>,
    wants_id: bool,
    mailbox: MailboxId,
    outcome: &Result<Done, Error>,
) -> Result<(), Stop> {
    let Err(error) = outcome else { return Ok(()) };
    // NetEase's word for it, by which it is known even if it didn't say who it is.
    let is_unsafe =
        error.server_text().is_some_and(|text| text.to_ascii_lowercase().contains("unsafe login"));
    if error.kind() != ErrorKind::ServerRefused || !(wants_id || is_unsafe) {
        return Ok(());
    }
    let role = account.write(move |writer| Ok(writer.folder(mailbox)?.role)).await?;
    if role == Role::Inbox { Err(Stop::Line(error.clone())) } else { Ok(()) }
}

/// A few small bodies aren't worth a connection of their own: they are fetched on this one. All are where the server allows
/// no other: what the person wants at once, the rest in small steps when nothing is more urgent. `false`: there is nothing
/// to fetch, or another connection does it.
async fn fetch(account: &Arc<Account>, line: &mut Line) -> Result<bool, Stop> {
    if account.pool.allows(FETCHES) {
        if account.fetching.load(Ordering::SeqCst) || body_line::waiting(account).await? != Waiting::Little {
            return Ok(false);
        }
    } else if body_line::wanted_by_person(account, line, body_line::Portion::Small).await? {
        return Ok(true);
    }
    // In step is the account without its bodies.
    in_step(account).await?;
    let fetched = body_line::some(account, line, body_line::Portion::Small).await;
    // What didn't come is another connection's.
    account.bodies.notify_one();
    fetched
}

/// Nothing is left to look at: the account is in step with its server.
async fn in_step(account: &Arc<Account>) -> Result<(), Stop> {
    let id = account.id;
    if !std::mem::take(&mut account.todo().looked) {
        return Ok(());
    }
    let orphans = {
        let mut todo = account.todo();
        let all_asked = todo.orphans == Orphans::AllAsked;
        if all_asked {
            todo.orphans = Orphans::None;
        }
        all_asked
    };
    account
        .write(move |writer| {
            if orphans {
                writer.remove_orphans(id)?;
            }
            writer.refresh_keep(id, Clock::wall())?;
            writer.account_synced(id, Clock::wall())
        })
        .await?;
    account.answer_begun(None, &Ok(Done::Nothing));
    account.news.tell(&Event::AccountChanged { account: id });
    account.bodies.notify_one();
    Ok(())
}

/// Waits for work: in IDLE on the mailbox on the screen where that is possible, and not longer than until the next poll
/// or the next intent that is due.
async fn rest(account: &Arc<Account>, line: &mut Line) -> Result<(), Stop> {
    let id = account.id;
    let on_screen = account.todo().on_screen;
    // Otherwise it has a connection of its own.
    let mut watched = account.watched.subscribe();
    let watches_inbox = !*watched.borrow_and_update();
    let (next, folder) = account
        .write(move |writer| {
            let watched = if watches_inbox { writer.folder_with_role(id, Role::Inbox)? } else { on_screen };
            let folder = match watched {
                Some(mailbox) => {
                    writer.folder(mailbox).ok().filter(|folder| folder.account == id && folder.selectable)
                }
                None => None,
            };
            Ok((writer.waiting_intents(id)?.1, folder))
        })
        .await?;
    let next_poll = *account.todo().next_poll.get_or_insert_with(|| {
        let sees_all = !watches_inbox || folder_is_watched(line, on_screen, folder.as_ref());
        account.clock.now().after(if sees_all { POLL } else { POLL_ALONE })
    });
    let until_poll = next_poll.since(account.clock.now());
    let until_intent = next.map(|next| {
        let wait = next.0.saturating_sub(Clock::wall().0);
        Duration::from_millis(u64::try_from(wait).unwrap_or(0))
    });
    let wait = until_intent.unwrap_or(until_poll).min(until_poll);
    let folder = folder.filter(|folder| {
        (watches_inbox || folder.role != Role::Inbox) && !line.shut_out_of.contains(&folder.id)
    });
    let woken = async {
        tokio::select! {
            () = sleep(wait) => {}
            () = account.work.notified() => {}
            // The sender lives as long as the account.
            _ = watched.changed() => {}
        }
    };
    match folder {
        Some(folder) if line.capabilities().has(Capability::Idle) => {
            if !line.is_in(&folder.wire_name) {
                // Nobody watched it while the connection was elsewhere.
                account.look_at(folder.id);
                return Ok(());
            }
            let ended_by_us = match line.idle(woken).await {
                Ok(ended_by_us) => ended_by_us,
                Err(error @ OpError::Lost { .. }) => return Err(lost(error)),
                Err(_) => false,
            };
            if std::mem::take(&mut line.changed) {
                account.look_at(folder.id);
            } else if !ended_by_us {
                // A server that ends IDLE by itself, or refuses it, is not asked again at once.
                line.listen(sleep(AGAIN)).await.map_err(lost)?;
            }
        }
        _ => {
            line.listen(woken).await.map_err(lost)?;
            line.changed = false;
        }
    }
    if account.clock.now() >= next_poll {
        account.todo().next_poll = None;
        line.shut_out_of.clear();
        census::poll(account, line).await?;
    }
    Ok(())
}

/// Whether IDLE, where it is, tells of everything that is to be fresh: INBOX, and the mailbox on the screen.
fn folder_is_watched(line: &Line, on_screen: Option<MailboxId>, folder: Option<&FolderState>) -> bool {
    line.capabilities().has(Capability::Idle)
        && folder.is_some_and(|folder| on_screen.is_none_or(|on_screen| on_screen == folder.id))
}

/// A mailbox that can't be selected is no longer watched for a while, whatever the reason: else it would be looked at again
/// and again. What became of one on the screen that is closed or gone the list of mailboxes will tell.
fn shut_out(account: &Account, line: &mut Line, mailbox: MailboxId, why: &Error) {
    if why.kind() == ErrorKind::ProtocolBroken {
        // It is open; what the server says of it doesn't fit together.
        return;
    }
    line.shut_out_of.insert(mailbox);
    let is_closed = matches!(why.kind(), ErrorKind::ServerRefused | ErrorKind::NotFound);
    let mut todo = account.todo();
    if is_closed && todo.on_screen == Some(mailbox) {
        todo.on_screen = None;
        todo.everything = true;
    }
}
