//! Sets of UIDs. A server names four thousand million of them in a few octets: no set is counted through.

use super::Uid;

/// UIDs as sorted, disjoint, inclusive ranges with a gap between each and the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UidSet(Vec<(Uid, Uid)>);

impl UidSet {
    /// `first..=last`, whichever of the two is larger; 0 is not a UID and is left out.
    pub fn range(first: Uid, last: Uid) -> Self {
        let (low, high) = (first.min(last).max(1), first.max(last));
        if high == 0 { Self::default() } else { Self(vec![(low, high)]) }
    }

    /// Exactly these, in any order, repeats allowed.
    pub fn of(uids: impl IntoIterator<Item = Uid>) -> Self {
        Self::from_ranges(uids.into_iter().map(|uid| (uid, uid)))
    }

    /// These ranges, in any order, each from either end, overlapping or not; 0 is left out.
    pub fn from_ranges(ranges: impl IntoIterator<Item = (Uid, Uid)>) -> Self {
        let mut ranges: Vec<(Uid, Uid)> = ranges
            .into_iter()
            .map(|(first, last)| (first.min(last).max(1), first.max(last)))
            .filter(|(_, last)| *last != 0)
            .collect();
        ranges.sort_unstable();
        // Those that overlap or touch become one.
        ranges.dedup_by(|next, kept| {
            let touches = next.0 <= kept.1.saturating_add(1);
            if touches {
                kept.1 = kept.1.max(next.1);
            }
            touches
        });
        Self(ranges)
    }

    /// The ranges, lowest first.
    pub fn ranges(&self) -> &[(Uid, Uid)] {
        &self.0
    }

    /// Whether there is no UID in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every UID, lowest first. Only for sets made from UIDs one holds: a server's range may be huge.
    pub fn iter(&self) -> impl Iterator<Item = Uid> + '_ {
        self.0.iter().flat_map(|(first, last)| *first..=*last)
    }

    /// Whether `uid` is in it.
    pub fn contains(&self, uid: Uid) -> bool {
        let above = self.0.partition_point(|(_, last)| *last < uid);
        self.0.get(above).is_some_and(|(first, _)| *first <= uid)
    }

    /// How many UIDs are in it.
    pub fn len(&self) -> u64 {
        self.0.iter().map(|(first, last)| u64::from(last - first) + 1).sum()
    }

    /// The lowest and the highest.
    pub fn bounds(&self) -> Option<(Uid, Uid)> {
        Some((self.0.first()?.0, self.0.last()?.1))
    }

    /// What is in either of the two.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self::from_ranges(self.0.iter().chain(&other.0).copied())
    }

    /// What is in this one and not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let mut left = Vec::with_capacity(self.0.len());
        let mut holes = other.0.iter().copied().peekable();
        for (mut first, last) in self.0.iter().copied() {
            while holes.next_if(|(_, end)| *end < first).is_some() {}
            let mut is_over = false;
            while let Some((hole, end)) = holes.peek().copied().filter(|(hole, _)| *hole <= last) {
                if hole > first {
                    left.push((first, hole - 1));
                }
                // A hole that reaches beyond this range may go on in the next one.
                if end >= last {
                    is_over = true;
                    break;
                }
                first = end + 1;
                holes.next();
            }
            if !is_over {
                left.push((first, last));
            }
        }
        Self(left)
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.difference(&self.difference(other))
    }

    /// Whether no UID is in both.
    pub fn is_disjoint(&self, other: &Self) -> bool {
        let (mut ours, mut theirs) = (self.0.iter().peekable(), other.0.iter().peekable());
        while let (Some(one), Some(two)) = (ours.peek(), theirs.peek()) {
            if one.1 < two.0 {
                ours.next();
            } else if two.1 < one.0 {
                theirs.next();
            } else {
                return false;
            }
        }
        true
    }

    /// The same UIDs in pieces whose form on the wire is at most `octets` long (one range at least), so that
    /// scattered UIDs don't make a command too long to be sent.
    pub fn pieces(&self, octets: usize) -> Vec<Self> {
        let mut pieces: Vec<Self> = Vec::new();
        let mut length = 0;
        for range in &self.0 {
            let added = Self(vec![*range]).to_string().len() + 1;
            match pieces.last_mut() {
                Some(piece) if length + added <= octets => {
                    piece.0.push(*range);
                    length += added;
                }
                _ => {
                    pieces.push(Self(vec![*range]));
                    length = added;
                }
            }
        }
        pieces
    }
}

impl std::fmt::Display for UidSet {
    /// The form on the wire: `1:5,7`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, (first, last)) in self.0.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            if first == last { write!(f, "{comma}{first}")? } else { write!(f, "{comma}{first}:{last}")? }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sets_know_what_they_hold() {
        let set = UidSet::of([5, 1, 2, 3, 9]);
        assert_eq!((set.to_string().as_str(), set.len()), ("1:3,5,9", 5));
        assert_eq!((set.bounds(), UidSet::default().bounds()), (Some((1, 9)), None));
        let held: Vec<Uid> = (0..=10).filter(|uid| set.contains(*uid)).collect();
        assert_eq!(held, [1, 2, 3, 5, 9]);
        assert_eq!(UidSet::range(1, u32::MAX).len(), u64::from(u32::MAX));
        assert!(!UidSet::default().contains(1));
    }

    #[test]
    fn pieces_hold_all_and_are_short() {
        let set = UidSet::of((1..5000).map(|n| n * 3));
        let pieces = set.pieces(1000);
        assert!(pieces.len() > 10 && pieces.iter().all(|piece| piece.to_string().len() <= 1000));
        assert_eq!(UidSet::of(pieces.iter().flat_map(UidSet::iter)), set);
    }

    #[test]
    fn a_servers_ranges_are_put_in_order() {
        let set = UidSet::from_ranges([(9, 7), (0, 0), (2, 3), (0, 1), (8, 12), (4, 4), (20, 20)]);
        assert_eq!(set.to_string(), "1:4,7:12,20");
        let all = UidSet::from_ranges([(1, u32::MAX), (5, 6), (u32::MAX, u32::MAX)]);
        assert_eq!(all.ranges(), [(1, u32::MAX)]);
        assert_eq!(all.difference(&UidSet::of([u32::MAX])).ranges(), [(1, u32::MAX - 1)]);
        assert_eq!(UidSet::of([1]).difference(&all), UidSet::default());
    }

    fn ranges() -> impl Strategy<Value = Vec<(Uid, Uid)>> {
        prop::collection::vec((0..60_u32, 0..60_u32), 0..9)
    }

    fn counted(ranges: &[(Uid, Uid)]) -> BTreeSet<Uid> {
        let each = |(first, last): &(Uid, Uid)| *first.min(last)..=*first.max(last);
        ranges.iter().flat_map(each).filter(|uid| *uid != 0).collect()
    }

    proptest! {
        #[test]
        fn they_do_what_counted_sets_do(one in ranges(), two in ranges()) {
            let (a, b) = (counted(&one), counted(&two));
            let (one, two) = (UidSet::from_ranges(one), UidSet::from_ranges(two));
            prop_assert_eq!(&one, &UidSet::of(a.iter().copied()));
            prop_assert_eq!(one.union(&two), UidSet::of(a.union(&b).copied()));
            prop_assert_eq!(one.difference(&two), UidSet::of(a.difference(&b).copied()));
            prop_assert_eq!(one.intersection(&two), UidSet::of(a.intersection(&b).copied()));
            prop_assert_eq!(one.is_disjoint(&two), a.is_disjoint(&b));
        }
    }
}
