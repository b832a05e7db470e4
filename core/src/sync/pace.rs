//! Whether a mailbox's new mails are read whole at once, or their headers first.
//!
//! A list of headers is there soon and makes the server open every mail twice. On a connection so fast that all bodies
//! come within seconds, that costs more than it gives: then every mail comes whole, newest first.

use std::time::Duration;

/// A list that is complete after so long doesn't need its headers first.
const SOON: Duration = Duration::from_secs(12);
/// Octets asked for together: the server works on the next while these are on their way.
const EXCHANGE: u64 = 1 << 20;
/// Mails asked for together.
const MAILS: (u64, u64) = (10, 200);

/// How large the mails of a mailbox are and how fast they come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    mails: u64,
    octets: u64,
    /// Of mails that came whole: octets, and how long they took.
    whole: u64,
    took: Duration,
}

impl Pace {
    /// Mails of so many octets are there.
    pub fn saw(&mut self, mails: u64, octets: u64) {
        self.mails = self.mails.saturating_add(mails);
        self.octets = self.octets.saturating_add(octets);
    }

    /// So many octets came in whole mails, in so long.
    pub fn came(&mut self, octets: u64, took: Duration) {
        self.whole = self.whole.saturating_add(octets);
        self.took = self.took.saturating_add(took);
    }

    /// Whether it is known how fast mails come.
    pub fn is_measured(&self) -> bool {
        self.whole > 0
    }

    /// How many mails to ask for together; `None`: nothing is known of their size.
    pub fn mails_at_once(&self) -> Option<usize> {
        let average = self.octets.checked_div(self.mails)?.max(1);
        usize::try_from((EXCHANGE / average).clamp(MAILS.0, MAILS.1)).ok()
    }

    /// Whether so many mails, of which nothing is here, are to come whole. The first ones are, to see how fast they come.
    pub fn is_whole(&self, left: usize) -> bool {
        let Some(average) = self.octets.checked_div(self.mails) else { return false };
        let Ok(left) = u64::try_from(left) else { return false };
        let micros = u64::try_from(self.took.as_micros()).unwrap_or(u64::MAX).max(1);
        if self.whole == 0 {
            return average <= EXCHANGE;
        }
        // octets a second
        let rate = self.whole.saturating_mul(1_000_000) / micros;
        average.saturating_mul(left) <= rate.saturating_mul(SOON.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_a_fast_connection_mails_come_whole_and_on_a_slow_one_headers_first() {
        let mut pace = Pace::default();
        assert!(!pace.is_whole(1000), "nothing is known");
        pace.saw(60, 60 * 8192);
        assert!(pace.is_whole(20_000), "the first ones tell how fast they come");
        assert_eq!(pace.mails_at_once(), Some(128));
        let mut slow = pace;
        slow.came(1 << 20, Duration::from_millis(900));
        assert!(!slow.is_whole(20_000));
        assert!(slow.is_whole(1500));
        pace.came(1 << 20, Duration::from_millis(8));
        assert!(pace.is_whole(20_000));
        assert!(!pace.is_whole(2_000_000));
    }

    #[test]
    fn large_mails_are_not_waited_for() {
        let mut pace = Pace::default();
        pace.saw(10, 120 << 20);
        assert!(!pace.is_whole(100));
        assert_eq!(pace.mails_at_once(), Some(10));
    }
}
