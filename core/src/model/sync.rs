//! A sync that somebody asked for: how far it goes, and what it brought.

/// How far `Command::SyncNow` goes. Each does what those before it do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SyncScope {
    /// What is new in INBOX.
    Inbox,
    /// Changes that wait are carried out first.
    Changes,
    /// All mailboxes; and, while there is time, bodies.
    Everything,
}

/// What came from a server between two moments, whoever asked for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SyncCounts {
    /// Mails that weren't known.
    pub new: u64,
    /// Mails whose flags are others than they were.
    pub changed: u64,
    /// Mails that are gone from where they were.
    pub removed: u64,
    /// Octets of IMAP that were read.
    pub octets: u64,
}

impl SyncCounts {
    /// Both together.
    pub(crate) fn and(self, other: Self) -> Self {
        self.with(other, u64::saturating_add)
    }

    /// What came since it was `earlier`.
    pub(crate) fn since(self, earlier: Self) -> Self {
        self.with(earlier, u64::saturating_sub)
    }

    fn with(self, other: Self, of: fn(u64, u64) -> u64) -> Self {
        Self {
            new: of(self.new, other.new),
            changed: of(self.changed, other.changed),
            removed: of(self.removed, other.removed),
            octets: of(self.octets, other.octets),
        }
    }
}
