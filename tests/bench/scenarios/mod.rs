//! What is measured. Each scenario gives its sections of the report.

mod compress;
mod full_sync;
mod in_step;
mod list;
mod peak;
mod rows;
pub(crate) mod search;

use crate::Options;
use crate::figures::Section;
use crate::ground::Ground;

pub(crate) use compress::{LINKS, TITLE as COMPRESS_TITLE};

/// What the sections that targets look at are called.
pub(crate) mod titles {
    pub(crate) const SMALL: &str = "First full sync, small mail, in memory";
    pub(crate) const SMALL_DISK: &str = "First full sync, small mail, on disk";
    pub(crate) const HEAVY: &str = "First full sync, with attachments, in memory";
    pub(crate) const HEAVY_DISK: &str = "First full sync, with attachments, on disk";
    pub(crate) const HEADERS: &str = "List of 10,000 mails";
    pub(crate) const LARGE: &str = "List of 100,000 mails";
    pub(crate) const COLD: &str = "First screen of 100,000 mails, the server's index cold";
    pub(crate) const COST: &str = "First full sync of 100,000 mails";
    pub(crate) const SAME: &str = "Nothing changed";
    pub(crate) const SAME_POOR: &str = "Nothing changed, a server without CONDSTORE";
    pub(crate) const DELTA: &str = "100 flags, 10 new, 10 gone";
    pub(crate) const HUGE: &str = "Mails of 12 MB";
    pub(crate) const IDLE: &str = "Idle";
    pub(crate) const ROWS: &str = "List of a million mails";
    pub(crate) const BUILD: &str = "Search: building the index";
    pub(crate) const QUERIES: &str = "Search: queries";
}

type Scenario = fn(&mut Ground, &Options) -> Vec<Section>;

/// All of them, by the name `--only` knows.
pub(crate) const ALL: [(&str, Scenario); 12] = [
    ("full-small", full_sync::small),
    ("full-disk", full_sync::small_on_disk),
    ("heavy", full_sync::heavy),
    ("heavy-disk", full_sync::heavy_on_disk),
    ("headers", list::headers),
    ("step", in_step::nothing_changed),
    ("delta", in_step::delta),
    ("large", list::large),
    ("memory", peak::memory_and_rest),
    ("rows", rows::a_million),
    ("search", search::build_and_queries),
    ("compress", compress::by_throughput),
];

/// The contenders of a round in another order each time, so that none is always the one after the same other.
fn in_turn<T>(contenders: &[T], round: usize) -> impl Iterator<Item = &T> {
    let (front, back) = contenders.split_at(round % contenders.len().max(1));
    back.iter().chain(front)
}
