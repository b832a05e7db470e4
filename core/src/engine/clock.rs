//! The only place that reads a clock, and the only randomness: how long to wait.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::model::{Instant, Moment};

/// Both clocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    start: tokio::time::Instant,
}

impl Clock {
    pub(super) fn new() -> Self {
        Self { start: tokio::time::Instant::now() }
    }

    /// The clock that never goes back.
    pub(super) fn now(self) -> Moment {
        Moment::default().after(self.start.elapsed())
    }

    /// The same, finer: since the start.
    pub(super) fn precise(self) -> Duration {
        self.start.elapsed()
    }

    /// The wall clock.
    pub(super) fn wall() -> Instant {
        #[cfg(not(feature = "simulation"))]
        let now = SystemTime::now();
        #[cfg(feature = "simulation")]
        let now = simulated_wall();
        let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        Instant(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// The wall clock as far ahead, or behind, as the runtime's clock is; which is not at all unless that one is stopped.
#[cfg(feature = "simulation")]
fn simulated_wall() -> SystemTime {
    let (wall, real) = (SystemTime::now(), std::time::Instant::now());
    let ours = tokio::time::Instant::now().into_std();
    match ours.checked_duration_since(real) {
        Some(ahead) => wall + ahead,
        None => wall - real.duration_since(ours),
    }
}

/// A connection that lasted this long went well.
const WELL: Duration = Duration::from_secs(60);

/// Waits between tries: doubling from 1 s to 5 min, each drawn from the whole span so that many clients don't come back
/// to a server at once.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    tries: u32,
}

impl Backoff {
    /// It went well: the next wait is short again.
    pub(super) fn reset(&mut self) {
        self.tries = 0;
    }

    /// A connection ended that had lasted so long. One that a server ends soon after the sign-in, again and again,
    /// didn't go well.
    pub(super) fn lasted(&mut self, time: Duration) {
        if time >= WELL {
            self.reset();
        }
    }

    /// How long to wait now.
    pub(super) fn next(&mut self) -> Duration {
        let span = 1000u64.saturating_mul(1 << self.tries.min(9)).min(300_000);
        self.tries = self.tries.saturating_add(1);
        let drawn = RandomState::new().hash_one(span) % span;
        Duration::from_millis(drawn.max(span / 4))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_five_minutes_and_start_again_after_success() {
        let mut backoff = Backoff::default();
        assert!(backoff.next() <= Duration::from_secs(1));
        let longest = (0..50).map(|_| backoff.next()).max().unwrap();
        assert!(longest <= Duration::from_secs(300) && longest > Duration::from_secs(75), "{longest:?}");
        backoff.reset();
        assert!(backoff.next() <= Duration::from_secs(1));
    }

    #[test]
    fn a_server_that_ends_every_connection_soon_is_asked_less_and_less() {
        let mut backoff = Backoff::default();
        let waited: Duration = (0..20)
            .map(|_| {
                backoff.lasted(Duration::from_secs(1));
                backoff.next()
            })
            .sum();
        assert!(waited > Duration::from_secs(600), "{waited:?}");
        backoff.lasted(Duration::from_secs(60));
        assert!(backoff.next() <= Duration::from_secs(1));
    }
}
