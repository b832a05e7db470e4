//! The connection that watches INBOX, so that new mail is seen at once; and every other mailbox, too, where the server
//! tells of them (NOTIFY, RFC 5465).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::account::Account;
use super::clock::Backoff;
use super::line::{Elsewhere, Line, op_error};
use super::look;
use super::pool::WATCHES;
use crate::imap::Capability;
use crate::imap::ops::{MailboxStatus, Op, OpError};
use crate::model::{AccountState, Role};
use crate::store::FolderState;
use crate::sync::plan;

/// So long the main connection sees to INBOX itself, unless another mailbox is on the screen: a visit that is over by then
/// costs one connection.
const VISIT: Duration = Duration::from_secs(10);
/// Changes often come in bursts: a look waits this long for the rest of them.
const SETTLE: Duration = Duration::from_millis(150);
/// Before a server that ended IDLE by itself is asked again.
const AGAIN: Duration = Duration::from_secs(2);
/// Without IDLE the mailbox is looked at this often.
const POLL: Duration = Duration::from_secs(60);

/// Runs for as long as the account is here.
pub(super) async fn run(account: Arc<Account>) {
    let mut backoff = Backoff::default();
    let mut may_notify = true;
    loop {
        account.life.network_comes().await;
        account.pool.wait_to_allow(WATCHES).await;
        let mut state = account.state.subscribe();
        let _ = state.wait_for(|state| *state == AccountState::Online).await;
        tokio::select! {
            () = sleep(VISIT) => {}
            () = other_on_screen(&account) => {}
            _ = state.wait_for(|state| *state != AccountState::Online) => continue,
        }
        let (Some(inbox), Some(credentials)) = (inbox(&account).await, account.credentials()) else {
            sleep(Duration::from_secs(1)).await;
            continue;
        };
        let opened = tokio::select! {
            opened = account.open_line(credentials) => opened,
            () = account.life.shaken() => continue,
        };
        match opened {
            Ok(line) => {
                let _lease = account.pool.opened();
                let since = account.clock.now();
                if !line.capabilities().has(Capability::Idle) {
                    line.log_out().await;
                    poll(&account, &inbox).await;
                    continue;
                }
                let watched = tokio::select! {
                    watched = watch(&account, line, &inbox, &mut may_notify) => watched,
                    // Without a word, since there is nobody to hear it.
                    () = account.life.network_goes() => continue,
                    // The main connection watches then.
                    () = account.pool.wait_to_refuse(WATCHES) => continue,
                };
                if let Err(error) = watched {
                    tracing::debug!(account = account.id.0, error = %op_error(&error), "watching ended");
                    if !matches!(error, OpError::Lost { .. }) {
                        // It offers IDLE and refuses it, or refuses INBOX.
                        poll(&account, &inbox).await;
                    }
                }
                backoff.lasted(account.clock.now().since(since));
                // What happened while nobody watched is found by a look.
                account.look_at(inbox.id);
            }
            Err(why) => {
                if *account.state.borrow() == AccountState::Online {
                    account.pool.refused(&why);
                }
            }
        }
        tokio::select! {
            () = sleep(backoff.next()) => {}
            () = account.life.shaken() => backoff.reset(),
        }
    }
}

async fn inbox(account: &Account) -> Option<FolderState> {
    let id = account.id;
    let found = account.write(move |writer| match writer.folder_with_role(id, Role::Inbox)? {
        Some(inbox) => writer.folder(inbox).map(Some),
        None => Ok(None),
    });
    found.await.ok().flatten().filter(|inbox| inbox.selectable)
}

/// Until a mailbox is on the screen that nobody watches as long as the main connection sees to INBOX.
async fn other_on_screen(account: &Account) {
    loop {
        let on_screen = account.todo().on_screen;
        if let (Some(on_screen), Some(inbox)) = (on_screen, inbox(account).await)
            && on_screen != inbox.id
        {
            return;
        }
        account.shown.notified().await;
    }
}

/// Watches until the connection ends. `may_notify` is taken back from a server to which telling is too much.
async fn watch(
    account: &Arc<Account>,
    mut line: Line,
    inbox: &FolderState,
    may_notify: &mut bool,
) -> Result<(), OpError> {
    line.enter(&inbox.wire_name).await?;
    *may_notify = *may_notify && ask_to_be_told(&mut line).await?;
    if *may_notify {
        // What happened elsewhere before the server agreed it doesn't tell.
        account.todo().next_poll = Some(account.clock.now());
        account.work.notify_one();
    }
    let mut told = BTreeMap::new();
    let _watched = Watched::begin(account);
    // Between the last look and this SELECT something may have arrived.
    account.look_at(inbox.id);
    loop {
        line.changed = false;
        line.idle(std::future::pending()).await?;
        account.tell_alerts(std::mem::take(&mut line.alerts));
        let elsewhere = std::mem::take(&mut line.elsewhere);
        if elsewhere.ended {
            // Of INBOX nothing is told either: the next connection watches that alone.
            *may_notify = false;
            account.todo().everything = true;
            account.work.notify_one();
            line.log_out().await;
            return Ok(());
        }
        let is_told = look_elsewhere(account, elsewhere, &mut told).await;
        if line.changed {
            sleep(SETTLE).await;
            account.look_at(inbox.id);
        } else if is_told {
            sleep(SETTLE).await;
        } else {
            // The server ended IDLE by itself: it is asked again, but not at once.
            line.listen(sleep(AGAIN)).await?;
            if line.changed {
                account.look_at(inbox.id);
            }
        }
    }
}

/// While it lives, the main connection doesn't watch INBOX.
struct Watched<'a>(&'a Account);

impl<'a> Watched<'a> {
    fn begin(account: &'a Account) -> Self {
        account.watched.send_replace(true);
        Self(account)
    }
}

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        self.0.watched.send_replace(false);
    }
}

/// Asks the server to tell of all mailboxes. `false`: it doesn't offer that, or not for what is asked, and INBOX alone is
/// watched.
async fn ask_to_be_told(line: &mut Line) -> Result<bool, OpError> {
    if !line.capabilities().has(Capability::Notify) {
        return Ok(false);
    }
    match line.ask(Op::Notify).await {
        Ok(_) => Ok(true),
        Err(error @ OpError::Lost { .. }) => Err(error),
        Err(error) => {
            tracing::debug!(error = %op_error(&error), "the server tells of no other mailboxes");
            Ok(false)
        }
    }
}

/// Has the mailboxes looked at that changed, and their list when one isn't known. `false`: nothing was told. The same
/// numbers twice are no news: looking at a mailbox makes some servers tell of it.
async fn look_elsewhere(
    account: &Arc<Account>,
    elsewhere: Elsewhere,
    told: &mut BTreeMap<Arc<str>, MailboxStatus>,
) -> bool {
    let Elsewhere { mailboxes, mut list, .. } = elsewhere;
    if mailboxes.is_empty() && !list {
        return false;
    }
    let id = account.id;
    let folders = account.write(move |writer| writer.folders(id)).await.unwrap_or_default();
    for (name, status) in mailboxes {
        match folders.iter().find(|folder| folder.wire_name == name) {
            Some(folder) => {
                let is_old =
                    plan::is_in_step(look::known(folder), &status) || told.get(&name) == Some(&status);
                if !is_old {
                    account.look_at(folder.id);
                }
                told.insert(name, status);
            }
            None => list = true,
        }
    }
    if list {
        account.todo().everything = true;
        account.work.notify_one();
    }
    true
}

/// The server can't push: look now and then, for as long as the main connection lives.
async fn poll(account: &Arc<Account>, inbox: &FolderState) {
    while *account.state.borrow() == AccountState::Online {
        sleep(POLL).await;
        account.look_at(inbox.id);
    }
}
