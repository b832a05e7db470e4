//! Whether a mailbox's new mails are read whole at once, or their headers first.
//!
//! A list of headers is there soon and makes the server open every mail twice. On a connection so fast that all bodies
//! come within seconds, that costs more than it gives: then every mail comes whole, newest first.

use std::time::Duration;

use crate::model::Compression;

/// A list whose newest mails are there at once, and that is complete after so long, doesn't need its headers first. For a
/// hundred thousand small mails that is so on every connection that isn't slow: a guess from the first few doesn't decide.
const SOON: Duration = Duration::from_secs(20);
/// Octets asked for together: the server works on the next while these are on their way.
const EXCHANGE: u64 = 1 << 20;
/// The same of the first ones: somewhat more than has to come, as mails are of all sizes.
const FIRST_EXCHANGE: u64 = MEASURED + MEASURED / 2;
/// Octets in whole mails by which it is certain how fast they come.
const CERTAIN: u64 = 2 << 20;
/// Mails asked for together.
const MAILS: (u64, u64) = (10, 200);

/// Octets a second below which compression may be worth the server's time: 160 Mbit/s. With TLS and a server on the same
/// machine it breaks even between 200 and 330 Mbit/s.
const SLOW: u64 = 20_000_000;
/// Octets that have to come before it is said how fast they do.
const MEASURED: u64 = 256 << 10;
/// By how much compressed mail must come faster to stay so, in percent.
const GAIN: u64 = 10;

/// Whether connections to a server are compressed: chosen by how fast mail comes on them, plain and packed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Packing {
    wish: Compression,
    /// Octets of mail a second, in the one way and in the other, where that is known.
    plain: Option<u64>,
    packed: Option<u64>,
    /// How often that was measured.
    times: u32,
}

impl Packing {
    /// As the person, or the app, wishes.
    pub fn new(wish: Compression) -> Self {
        Self { wish, ..Self::default() }
    }

    /// So many octets of mail came, in so long. Gives whether that was enough to tell anything.
    pub fn came(&mut self, is_packed: bool, octets: u64, took: Duration) -> bool {
        if octets < MEASURED {
            return false;
        }
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX).max(1);
        let rate = Some(octets.saturating_mul(1_000_000) / micros);
        self.times = self.times.saturating_add(1);
        if is_packed {
            self.packed = rate;
        } else {
            self.plain = rate;
        }
        true
    }

    /// Whether it isn't known yet how fast mail comes.
    pub fn is_open(&self) -> bool {
        self.wish == Compression::Chosen && self.plain.is_none()
    }

    /// Whether it was measured often enough to rely on it for long.
    pub fn is_certain(&self) -> bool {
        self.wish != Compression::Chosen || self.times >= 3
    }

    /// Another network, perhaps: nothing is known of it.
    pub fn forget(&mut self) {
        *self = Self::new(self.wish);
    }

    /// Whether a connection is to be compressed, as far as is known.
    pub fn is_packed(&self) -> bool {
        match (self.wish, self.plain, self.packed) {
            (Compression::Always, ..) => true,
            (Compression::Never, ..) | (Compression::Chosen, None, _) => false,
            (Compression::Chosen, Some(plain), None) => plain < SLOW,
            (Compression::Chosen, Some(plain), Some(packed)) => {
                packed.saturating_mul(100) >= plain.saturating_mul(100 + GAIN)
            }
        }
    }
}

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

    /// Whether enough came to be sure of that: the first ones may have waited together on their way.
    pub fn is_certain(&self) -> bool {
        self.whole >= CERTAIN
    }

    /// How many mails to ask for together; `None`: nothing is known of their size. The first time they are as few as tell
    /// how fast mail comes.
    pub fn mails_at_once(&self) -> Option<usize> {
        let average = self.octets.checked_div(self.mails)?.max(1);
        let octets = if self.is_measured() { EXCHANGE } else { FIRST_EXCHANGE };
        usize::try_from((octets / average).clamp(MAILS.0, MAILS.1)).ok()
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
        rate >= SLOW && average.saturating_mul(left) <= rate.saturating_mul(SOON.as_secs())
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
        assert_eq!(pace.mails_at_once(), Some(48));
        let mut slow = pace;
        slow.came(1 << 20, Duration::from_millis(900));
        assert!(!slow.is_whole(20_000));
        assert!(!slow.is_whole(1500), "there compression may be worth more");
        pace.came(1 << 20, Duration::from_millis(8));
        assert_eq!(pace.mails_at_once(), Some(128));
        assert!(!pace.is_certain(), "it may have been luck");
        assert!(pace.is_whole(20_000));
        assert!(!pace.is_whole(2_000_000));
    }

    #[test]
    fn what_has_shown_to_be_faster_is_chosen() {
        let second = Duration::from_secs(1);
        let mut packing = Packing::new(Compression::Chosen);
        assert!(!packing.is_packed(), "nothing is known yet");
        assert!(!packing.came(false, 10_000, second), "too little to tell");
        assert!(packing.came(false, 1_200_000, second) && packing.is_packed(), "10 Mbit/s: it is tried");
        packing.came(true, 3_000_000, second);
        assert!(packing.is_packed(), "and stays");
        packing.came(true, 1_100_000, second);
        assert!(!packing.is_packed(), "or doesn't: it was the server that was slow");
        packing.forget();
        packing.came(false, 100_000_000, second);
        assert!(!packing.is_packed(), "a fast connection is left alone");
        assert!(Packing::new(Compression::Always).is_packed());
        let mut never = Packing::new(Compression::Never);
        never.came(false, 1_200_000, second);
        assert!(!never.is_packed());
    }

    #[test]
    fn large_mails_are_not_waited_for() {
        let mut pace = Pace::default();
        pace.saw(10, 120 << 20);
        assert!(!pace.is_whole(100));
        assert_eq!(pace.mails_at_once(), Some(10));
    }
}
