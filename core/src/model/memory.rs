//! How much memory is held on to.

/// Bytes for caches and for what is on its way from servers. What one mail needs while it is read comes besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryBudget(u64);

/// How much of what is held in memory is given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryRelease {
    /// What nobody uses just now.
    Idle,
    /// All that can be read again from disk.
    Caches,
}

const MIB: u64 = 1 << 20;

impl MemoryBudget {
    /// More than this is of no use.
    pub const USUAL: Self = Self(64 * MIB);
    /// For a process that gets little.
    pub const SMALL: Self = Self(8 * MIB);

    /// So many bytes; at least four MiB are taken.
    pub const fn of(bytes: u64) -> Self {
        Self(if bytes < 4 * MIB { 4 * MIB } else { bytes })
    }

    /// A part of it, no less than `least` and no more than `most`.
    fn share(self, part: u64, least: u64, most: u64) -> u64 {
        (self.0 / part).clamp(least, most)
    }

    /// Bytes that may be on their way to one connection.
    pub(crate) fn window(self) -> u64 {
        self.share(16, MIB / 4, 4 * MIB)
    }

    /// Rows of lists that are held, of four bytes and more.
    pub(crate) fn list_rows(self) -> usize {
        usize::try_from(self.share(32, 100_000, 2_000_000)).unwrap_or(100_000)
    }

    /// Pages of the database, for its writer and for each reader: kB.
    pub(crate) fn pages(self) -> (i64, i64) {
        let kilobytes =
            |part: u64, least, most| i64::try_from(self.share(part * 1024, least, most)).unwrap_or(0);
        (kilobytes(26, 500, 2_500), kilobytes(64, 250, 1_000))
    }

    /// Readers that are held open for the next question.
    pub(crate) const fn idle_readers(self) -> usize {
        if self.0 >= 32 * MIB { 3 } else { 1 }
    }
}

impl Default for MemoryBudget {
    fn default() -> Self {
        Self::USUAL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn less_memory_is_less_of_everything_and_never_nothing() {
        let usual = MemoryBudget::USUAL;
        assert_eq!(
            (usual.window(), usual.list_rows(), usual.pages(), usual.idle_readers()),
            (4 * MIB, 2_000_000, (2_500, 1_000), 3)
        );
        for less in [MemoryBudget::SMALL, MemoryBudget::of(0)] {
            assert!(less.window() < usual.window() && less.list_rows() < usual.list_rows());
            assert!(less.pages() < usual.pages() && less.idle_readers() < usual.idle_readers());
            assert!(less.window() >= MIB / 4 && less.idle_readers() > 0);
        }
    }
}
