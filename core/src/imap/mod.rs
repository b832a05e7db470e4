//! The IMAP session: bytes and moments in, bytes and facts out. No socket, no clock, no randomness.

mod capability;
pub mod ops;
mod session;

pub use capability::{Capabilities, Capability};
pub use ops::{Answer, Op};
pub use session::{CloseReason, Credentials, Fact, OpId, Session};

/// A UID (RFC 9051 section 2.3.1.1). Never 0.
pub type Uid = u32;

/// UIDs as sorted, disjoint, inclusive ranges.
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
        let mut uids: Vec<Uid> = uids.into_iter().filter(|uid| *uid != 0).collect();
        uids.sort_unstable();
        uids.dedup();
        let mut ranges: Vec<(Uid, Uid)> = Vec::new();
        for uid in uids {
            match ranges.last_mut() {
                Some((_, last)) if last.checked_add(1) == Some(uid) => *last = uid,
                _ => ranges.push((uid, uid)),
            }
        }
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
    use super::*;

    #[test]
    fn sets_know_what_they_hold() {
        let set = UidSet::of([5, 1, 2, 3, 9]);
        assert_eq!((set.to_string().as_str(), set.len()), ("1:3,5,9", 5));
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
}
