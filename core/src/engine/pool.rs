//! How many connections an account has, and how many its server was found to allow.
//!
//! The main connection is always there. The second one fetches bodies, the third one watches INBOX; with fewer the main
//! one does that as well.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use super::clock::Clock;
use super::line::NoLine;
use crate::error::ErrorKind;
use crate::model::Moment;

/// Never more than this, whatever the server allows.
const MOST: usize = 5;
/// How many connections there must be for one that fetches bodies, and for one that watches INBOX.
pub(super) const FETCHES: usize = 2;
pub(super) const WATCHES: usize = 3;
/// How long a server that allows no further connection is left alone.
const REFUSED: Duration = Duration::from_secs(600);
/// Further connections that fail in a row, with the main one alive: the server doesn't say that it allows no more.
const FAILURES: u32 = 3;

/// The connections of one account.
pub(super) struct Pool {
    clock: Clock,
    state: Mutex<State>,
    /// Counts changes of the limit.
    changes: watch::Sender<u64>,
}

struct State {
    wanted: usize,
    /// What the server is known for, within that.
    most: usize,
    /// What it allowed, and when that was found out.
    learnt: Option<(usize, Moment)>,
    /// Connections besides the main one.
    open: usize,
    failures: u32,
}

/// One further connection; it counts until this is dropped.
pub(super) struct Lease(Arc<Pool>);

impl Pool {
    /// `most`: as many as are wanted, however many there could be.
    pub(super) fn new(clock: Clock, most: usize) -> Arc<Self> {
        let wanted = most.clamp(1, MOST);
        let state = State { wanted, most: wanted, learnt: None, open: 0, failures: 0 };
        Arc::new(Self { clock, state: Mutex::new(state), changes: watch::Sender::new(0) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self) {
        self.changes.send_modify(|changes| *changes = changes.wrapping_add(1));
    }

    /// The main connection found out what kind of server it is.
    pub(super) fn signed_in(&self, most: usize) {
        let mut state = self.state();
        state.most = most.clamp(1, state.wanted);
        drop(state);
        self.changed();
    }

    /// There is another network: what was learnt may have been its doing.
    pub(super) fn forget(&self) {
        let mut state = self.state();
        (state.learnt, state.failures) = (None, 0);
        drop(state);
        self.changed();
    }

    /// Whether so many connections are allowed.
    pub(super) fn allows(&self, connections: usize) -> bool {
        self.missing(connections).is_none()
    }

    /// How many connections are open besides the main one, and how many there may be in all, as far as is known.
    pub(super) fn connections(&self) -> (usize, usize) {
        let state = self.state();
        (state.open, state.learnt.map_or(state.most, |(learnt, _)| learnt.min(state.most)))
    }

    /// Until when so many connections aren't allowed: for ever, or for a time.
    fn missing(&self, connections: usize) -> Option<Duration> {
        let mut state = self.state();
        if state.most < connections {
            return Some(Duration::MAX);
        }
        let (learnt, since) = state.learnt?;
        let waited = self.clock.now().since(since);
        if waited >= REFUSED {
            state.learnt = None;
            return None;
        }
        (learnt < connections).then(|| REFUSED.saturating_sub(waited))
    }

    /// Waits until so many connections are allowed.
    pub(super) async fn wait_to_allow(&self, connections: usize) {
        let mut changes = self.changes.subscribe();
        while let Some(wait) = self.missing(connections) {
            let _ = timeout(wait, changes.changed()).await;
        }
    }

    /// Waits until so many connections are no longer allowed.
    pub(super) async fn wait_to_refuse(&self, connections: usize) {
        let mut changes = self.changes.subscribe();
        while self.allows(connections) {
            let _ = changes.changed().await;
        }
    }

    /// A further connection is signed in.
    pub(super) fn opened(self: &Arc<Self>) -> Lease {
        let mut state = self.state();
        state.open += 1;
        state.failures = 0;
        Lease(Arc::clone(self))
    }

    /// A further connection could not be had though the main one is alive. Says whether fewer are allowed by that.
    pub(super) fn refused(&self, why: &NoLine) -> bool {
        let mut state = self.state();
        let is_said = match why {
            // The main one is signed in with the same secret: it isn't that.
            NoLine::SignIn(_) => true,
            NoLine::Failed(error) => {
                error.kind() == ErrorKind::ServerRefused || error.server_text().is_some()
            }
        };
        state.failures += 1;
        if !is_said && state.failures < FAILURES {
            return false;
        }
        state.failures = 0;
        state.learnt = Some((1 + state.open, self.clock.now()));
        drop(state);
        self.changed();
        true
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.open = state.open.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    fn limit() -> NoLine {
        NoLine::Failed(Error::server(ErrorKind::ServerRefused, "too many"))
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_server_refuses_is_learnt_and_tried_again_later() {
        let pool = Pool::new(Clock::new(), MOST);
        assert!(pool.allows(WATCHES));
        let fetching = pool.opened();
        assert!(pool.refused(&limit()));
        assert!(pool.allows(FETCHES) && !pool.allows(WATCHES));
        drop(fetching);
        assert!(pool.refused(&limit()));
        assert!(!pool.allows(FETCHES));
        // It comes back by itself.
        pool.wait_to_allow(WATCHES).await;
        assert!(pool.clock.now().since(Moment::default()) >= REFUSED);
    }

    #[test]
    fn a_bad_line_is_no_limit_until_it_fails_again_and_again() {
        let pool = Pool::new(Clock::new(), MOST);
        let cut = NoLine::Failed(Error::new(ErrorKind::Offline));
        assert!(!pool.refused(&cut) && !pool.refused(&cut));
        let lease = pool.opened();
        assert!(!pool.refused(&cut) && !pool.refused(&cut) && pool.allows(WATCHES));
        assert!(pool.refused(&cut) && !pool.allows(WATCHES));
        drop(lease);
        pool.forget();
        pool.signed_in(2);
        assert!(pool.allows(FETCHES) && !pool.allows(WATCHES));
    }
}
