//! A sync with a deadline: every account once, over one connection each where the engine is suspended, and one answer.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, sleep, timeout_at};

use super::account::{Account, Part};
use super::clock::Backoff;
use super::life::no_network;
use super::line::NoLine;
use super::main_line::{self, Stop};
use super::send_line;
use crate::error::{Error, ErrorKind};
use crate::model::{AccountState, SyncCounts, SyncScope};

/// Connections that are tried for one account. Whoever is granted seconds gains nothing by more.
const TRIES: u32 = 3;

/// Waits for each account's part, or until it is late, and says what comes of it. Parts end when nobody can send any more.
pub(super) async fn whole(
    mut parts: UnboundedReceiver<Part>,
    accounts: usize,
    until: Instant,
) -> Result<SyncCounts, Error> {
    let mut outcomes = Vec::new();
    let all = async {
        while let Some((_, outcome)) = parts.recv().await {
            outcomes.push(outcome);
        }
    };
    let is_late = timeout_at(until, all).await.is_err();
    if outcomes.len() < accounts {
        let kind = if is_late { ErrorKind::TimedOut } else { ErrorKind::Canceled };
        return Err(Error::new(kind));
    }
    let mut together: Option<SyncCounts> = None;
    let mut why = None;
    for outcome in outcomes {
        match outcome {
            Ok(counts) => together = Some(together.unwrap_or_default().and(counts)),
            Err(error) => why = why.or(Some(error)),
        }
    }
    match (together, why) {
        (None, Some(error)) => Err(error),
        (together, _) => Ok(together.unwrap_or_default()),
    }
}

/// One account's part, from the connection to the sign-out. The round isn't over before `part` is gone.
pub(super) async fn once(account: Arc<Account>, scope: SyncScope, part: UnboundedSender<Part>) {
    let ended = AssertUnwindSafe(connected(&account, scope)).catch_unwind().await;
    let (state, error) = match ended {
        Ok(Ok(())) => (AccountState::Offline, None),
        Ok(Err((state, error))) => (state, Some(error)),
        Err(_) => (AccountState::Failed, Some(Error::new(ErrorKind::Bug))),
    };
    account.set_state(state, error.clone());
    account.answer_all(&error.unwrap_or_else(|| Error::new(ErrorKind::ServerRefused)));
    drop(part);
}

async fn connected(account: &Arc<Account>, scope: SyncScope) -> Result<(), (AccountState, Error)> {
    let mut backoff = Backoff::default();
    // Sending needs it too.
    let _ = account.credentials_when_known().await;
    if scope >= SyncScope::Changes && account.life.has_network() {
        send_line::once(account).await.map_err(|error| (AccountState::Failed, error))?;
    }
    for tried in 1.. {
        if !account.life.has_network() {
            return Err((AccountState::Offline, no_network()));
        }
        let credentials = account.credentials_when_known().await.map_err(|why| {
            let error = why.unwrap_or_else(|| Error::new(ErrorKind::LoginRefused));
            (AccountState::SignInNeeded, error)
        })?;
        let secret = credentials.secret.clone();
        account.set_state(AccountState::Connecting, None);
        let (state, error) = match account.open_line(credentials).await {
            Ok(line) => {
                account.signed_in(&line, 1);
                account.set_state(AccountState::Online, None);
                let worked = main_line::work_once(account, line, scope).await;
                account.settled().await;
                match worked {
                    Ok(()) => return Ok(()),
                    Err(Stop::Line(error)) => (AccountState::Offline, error),
                    Err(Stop::Store(error)) => return Err((AccountState::Failed, error)),
                }
            }
            Err(NoLine::SignIn(error)) => {
                account.forget_secret(&secret);
                return Err((AccountState::SignInNeeded, error));
            }
            Err(NoLine::Failed(error)) if error.kind() == ErrorKind::CertificateUntrusted => {
                return Err((AccountState::TrustNeeded, error));
            }
            Err(NoLine::Failed(error)) => (AccountState::Offline, error),
        };
        if tried >= TRIES {
            return Err((state, error));
        }
        sleep(backoff.next()).await;
    }
    Ok(())
}
