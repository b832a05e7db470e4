//! Comparing what is known of a mailbox with what the server says.

use crate::imap::{Uid, UidSet};
use crate::model::Flags;

/// What differs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Known mails whose flags are others now.
    pub changed: Vec<(Uid, Flags)>,
    /// Known mails the server didn't name. Gone only if `proves_absence` says so.
    pub missing: Vec<Uid>,
    /// Mails not known here, newest first.
    pub unknown: Vec<Uid>,
}

/// Compares known mails (by UID, rising) with the server's, in any order; a UID named twice counts as named last.
pub fn compare(known: impl IntoIterator<Item = (Uid, Flags)>, mut server: Vec<(Uid, Flags)>) -> Difference {
    server.sort_by_key(|(uid, _)| *uid);
    let mut difference = Difference::default();
    let mut known = known.into_iter().peekable();
    let mut server = server.into_iter().peekable();
    while let Some((uid, flags)) = server.next() {
        if server.peek().is_some_and(|(next, _)| *next == uid) {
            continue;
        }
        while let Some((gone, _)) = known.next_if(|(known, _)| *known < uid) {
            difference.missing.push(gone);
        }
        match known.next_if(|(known, _)| *known == uid) {
            Some((_, old)) if old == flags => {}
            Some(_) => difference.changed.push((uid, flags)),
            None => difference.unknown.push(uid),
        }
    }
    difference.missing.extend(known.map(|(uid, _)| uid));
    difference.unknown.reverse();
    difference
}

/// Mails whose flags are asked for in one exchange: a session gathers no more than a few times as many.
const FLAGS: u32 = 100_000;

/// What to ask for to hear of every mail's flags: all at once, in a very large mailbox window by window.
pub fn flag_windows(exists: u32, uid_next: Option<Uid>) -> Vec<UidSet> {
    let Some(uid_next) = uid_next.filter(|_| exists > FLAGS) else {
        return if exists == 0 { Vec::new() } else { vec![UidSet::range(1, Uid::MAX)] };
    };
    // Where UIDs are sparse, windows are wider, so that their number stays small.
    let span = FLAGS.max(uid_next / 64);
    let mut windows = Vec::new();
    let mut low: Uid = 1;
    while low.saturating_add(span) < uid_next {
        let high = low.saturating_add(span).saturating_sub(1);
        windows.push(UidSet::range(low, high));
        low = high.saturating_add(1);
    }
    // The last one is open: mail may have come since.
    windows.push(UidSet::range(low, Uid::MAX));
    windows
}

/// Whether an answer to `1:*` is complete enough to take a missing UID for a mail that is gone: a server that leaves
/// mails out by mistake names fewer than it says exist.
pub fn proves_absence(named: usize, exists: u32) -> bool {
    u64::try_from(named).is_ok_and(|named| named == u64::from(exists))
}

/// UIDs whose mails are to be read, newest first, cut into ranges as they are asked for. The ranges together account for
/// every UID there can be.
pub struct Unread<'a> {
    rest: &'a [Uid],
    /// The highest UID that no range accounts for yet.
    top: Uid,
}

impl<'a> Unread<'a> {
    /// For these, highest first.
    pub fn new(uids: &'a [Uid]) -> Self {
        Self { rest: uids, top: Uid::MAX }
    }

    /// How many UIDs are left.
    pub fn len(&self) -> usize {
        self.rest.len()
    }

    /// Whether none is left.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next range, of at most `mails` mails.
    pub fn next(&mut self, mails: usize) -> Option<HeaderRange> {
        let (some, later) = self.rest.split_at(mails.max(1).min(self.rest.len()));
        let last = some.last()?;
        let low = if later.is_empty() { 1 } else { *last };
        let range = HeaderRange { uids: UidSet::of(some.iter().copied()), low, high: self.top };
        self.rest = later;
        self.top = low.saturating_sub(1);
        Some(range)
    }
}

/// A part of a header pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderRange {
    pub uids: UidSet,
    /// With its answer, every UID of `low..=high` is accounted for.
    pub low: Uid,
    pub high: Uid,
}

/// Bodies to ask for together: at most `mails`, at most `bytes` (one larger mail goes alone).
pub fn body_range(wanted: &[(Uid, u64)], mails: usize, bytes: u64) -> UidSet {
    let mut sum = 0u64;
    let mut uids = Vec::new();
    for (uid, size) in wanted.iter().take(mails) {
        sum = sum.saturating_add(*size);
        if !uids.is_empty() && sum > bytes {
            break;
        }
        uids.push(*uid);
    }
    UidSet::of(uids)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FlagBits;

    fn flags(bits: u32) -> Flags {
        Flags { bits: FlagBits(bits), keywords: Vec::new() }
    }

    #[test]
    fn changed_missing_and_unknown_mails_are_told_apart_in_any_order() {
        let known = [(1, flags(0)), (2, flags(1)), (5, flags(0)), (9, flags(0))];
        let server = vec![(12, flags(0)), (5, flags(4)), (2, flags(1)), (7, flags(0)), (1, flags(0))];
        assert_eq!(
            compare(known, server),
            Difference { changed: vec![(5, flags(4))], missing: vec![9], unknown: vec![12, 7] }
        );
    }

    #[test]
    fn a_uid_named_twice_is_one_mail() {
        let difference =
            compare([(1, flags(0))], vec![(1, flags(1)), (3, flags(0)), (1, flags(4)), (3, flags(1))]);
        assert_eq!(difference.changed.len(), 1);
        assert_eq!(difference.unknown, [3]);
    }

    #[test]
    fn an_answer_that_names_fewer_than_exist_proves_nothing() {
        assert!(proves_absence(3, 3));
        assert!(!proves_absence(2, 3));
        assert!(!proves_absence(0, 1));
        assert!(proves_absence(0, 0));
    }

    #[test]
    fn flag_windows_name_every_uid_once_however_large_the_mailbox() {
        assert!(flag_windows(0, Some(7)).is_empty());
        assert_eq!(flag_windows(5, Some(7)), [UidSet::range(1, Uid::MAX)]);
        assert_eq!(flag_windows(400_000, None), [UidSet::range(1, Uid::MAX)]);
        for (exists, uid_next) in [(250_000, 250_001), (400_000, 90_000_000), (100_001, Uid::MAX)] {
            let windows = flag_windows(exists, Some(uid_next));
            assert!((2..=66).contains(&windows.len()), "{}", windows.len());
            let mut next = 1u64;
            for window in &windows {
                let (low, high) = window.ranges()[0];
                assert_eq!(u64::from(low), next);
                next = u64::from(high) + 1;
            }
            assert_eq!(next, u64::from(Uid::MAX) + 1);
        }
    }

    #[test]
    fn ranges_cover_every_uid_once_and_close_all_of_the_space() {
        let unknown: Vec<Uid> = (1..=1000).filter(|uid| uid % 3 == 0).rev().collect();
        let mut unread = Unread::new(&unknown);
        let mut ranges = Vec::new();
        while let Some(range) = unread.next(if ranges.len() % 2 == 0 { 100 } else { 7 }) {
            ranges.push(range);
        }
        assert!(unread.is_empty());
        let mut seen: Vec<Uid> =
            ranges.iter().flat_map(|range| range.uids.iter().collect::<Vec<_>>()).collect();
        seen.sort_unstable_by(|one, other| other.cmp(one));
        assert_eq!(seen, unknown);
        assert_eq!(ranges.first().map(|range| range.high), Some(Uid::MAX));
        assert_eq!(ranges.last().map(|range| range.low), Some(1));
        for pair in ranges.windows(2) {
            assert_eq!(pair[0].low - 1, pair[1].high);
        }
    }

    #[test]
    fn a_large_mail_is_fetched_alone_and_small_ones_together() {
        assert_eq!(body_range(&[(9, 5_000_000), (8, 10)], 100, 1_000_000).to_string(), "9");
        assert_eq!(body_range(&[(9, 10), (8, 10), (7, 5_000_000)], 100, 1_000_000).to_string(), "8:9");
        assert_eq!(body_range(&[(9, 1), (8, 1), (7, 1)], 2, 1_000_000).to_string(), "8:9");
        assert!(body_range(&[], 2, 1).is_empty());
    }
}
