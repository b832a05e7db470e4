//! The connection that watches INBOX, so that new mail is seen at once.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::account::Account;
use super::clock::Backoff;
use super::line::{Line, op_error};
use super::pool::WATCHES;
use crate::imap::Capability;
use crate::imap::ops::OpError;
use crate::model::{AccountState, Role};
use crate::store::FolderState;

/// Changes often come in bursts: a look waits this long for the rest of them.
const SETTLE: Duration = Duration::from_millis(150);
/// Before a server that ended IDLE by itself is asked again.
const AGAIN: Duration = Duration::from_secs(2);
/// Without IDLE the mailbox is looked at this often.
const POLL: Duration = Duration::from_secs(60);

/// Runs for as long as the account is here.
pub(super) async fn run(account: Arc<Account>) {
    let mut backoff = Backoff::default();
    loop {
        account.life.network_comes().await;
        account.pool.wait_to_allow(WATCHES).await;
        let mut state = account.state.subscribe();
        let _ = state.wait_for(|state| *state == AccountState::Online).await;
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
                    watched = watch(&account, line, &inbox) => watched,
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

async fn watch(account: &Arc<Account>, mut line: Line, inbox: &FolderState) -> Result<(), OpError> {
    line.enter(&inbox.wire_name).await?;
    // Between the last look and this SELECT something may have arrived.
    account.look_at(inbox.id);
    loop {
        line.changed = false;
        line.idle(std::future::pending()).await?;
        account.tell_alerts(std::mem::take(&mut line.alerts));
        if line.changed {
            sleep(SETTLE).await;
            account.look_at(inbox.id);
        } else {
            // The server ended IDLE by itself: it is asked again, but not at once.
            line.listen(sleep(AGAIN)).await?;
        }
    }
}

/// The server can't push: look now and then, for as long as the main connection lives.
async fn poll(account: &Arc<Account>, inbox: &FolderState) {
    while *account.state.borrow() == AccountState::Online {
        sleep(POLL).await;
        account.look_at(inbox.id);
    }
}
