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
        self.0.iter().any(|(first, last)| (*first..=*last).contains(&uid))
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
