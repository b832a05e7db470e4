//! Sequence sets (RFC 9051 section 9, `sequence-set`).

use super::Uid;

/// Numbers as ranges; `None` is `*`, the largest number there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SequenceSet {
    ranges: Vec<(Option<u32>, Option<u32>)>,
    /// `$` instead: what the last SEARCH with RETURN (SAVE) found (RFC 5182).
    pub(super) saved: bool,
}

impl SequenceSet {
    pub(super) fn new(ranges: Vec<(Option<u32>, Option<u32>)>) -> Self {
        Self { ranges, saved: false }
    }

    pub(super) fn saved() -> Self {
        Self { ranges: Vec::new(), saved: true }
    }

    /// The numbers one by one in the order they are written, at most `most`; `None` where there is a `*`.
    pub(super) fn numbers(&self, most: usize) -> Option<Vec<u32>> {
        let mut numbers = Vec::new();
        for (first, last) in &self.ranges {
            let (first, last) = ((*first)?, (*last)?);
            numbers.extend((first.min(last)..=first.max(last)).take(most.saturating_sub(numbers.len())));
        }
        Some(numbers)
    }

    /// Whether `number` is in it, when `largest` is what `*` stands for.
    pub(super) fn contains(&self, number: u32, largest: u32) -> bool {
        self.ranges.iter().any(|(first, last)| {
            let (first, last) = (first.unwrap_or(largest), last.unwrap_or(largest));
            (first.min(last)..=first.max(last)).contains(&number)
        })
    }

    /// Whether it names a number above `largest`; for sequence numbers that is the client's mistake.
    pub(super) fn exceeds(&self, largest: u32) -> bool {
        let mut ends = self.ranges.iter().flat_map(|(first, last)| [*first, *last]);
        ends.any(|end| end.map_or(largest == 0, |number| number > largest))
    }
}

/// UIDs as on the wire, in their order: `4:6,9`.
pub(super) fn compact(uids: &[Uid]) -> String {
    let mut ranges: Vec<(Uid, Uid)> = Vec::new();
    for uid in uids {
        match ranges.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(*uid) => *last = *uid,
            _ => ranges.push((*uid, *uid)),
        }
    }
    let text = |(first, last): &(Uid, Uid)| {
        if first == last { first.to_string() } else { format!("{first}:{last}") }
    };
    ranges.iter().map(text).collect::<Vec<_>>().join(",")
}
