//! What the fuzz targets share: cuts, a measure of memory, and sessions at work.

pub mod frames;
pub mod session;

use peak_alloc::PeakAlloc;

/// Counts what is allocated, so that a target can say how much its input may cost.
#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Does `work`, which must not need more than `most` octets of memory at once.
pub fn within<T>(most: usize, work: impl FnOnce() -> T) -> T {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let value = work();
    let used = MEMORY.peak_usage().saturating_sub(before);
    assert!(used <= most, "{used} octets of memory, not {most} at most");
    value
}

/// The first octet of an input, which chooses, and what is left.
pub fn choice(input: &[u8]) -> Option<(u8, &[u8])> {
    let (first, rest) = input.split_first()?;
    Some((*first, rest))
}

/// The octets in pieces: as a whole for 0, one by one for 1, else of sizes that follow from `how`, none over `most`.
pub fn pieces(octets: &[u8], how: u8, most: usize) -> Vec<&[u8]> {
    let largest = match how {
        0 => most,
        1 => 1,
        how => (1 << (how % 8)) + 1,
    };
    let largest = largest.min(most).max(1);
    let mut state = u32::from(how);
    let (mut pieces, mut rest) = (Vec::new(), octets);
    while !rest.is_empty() {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let size = if how < 2 { largest } else { (state >> 8) as usize % largest + 1 };
        let (piece, after) = rest.split_at(size.min(rest.len()));
        pieces.push(piece);
        rest = after;
    }
    pieces
}

/// Leaves a panic of the MIME library alone, which ours catches and which costs that mail alone. To be called once,
/// before the first input.
pub fn pass_over_panics_of_the_mime_library() {
    let otherwise = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !panic.location().is_some_and(|place| place.file().contains("mail-parser-")) {
            otherwise(panic);
        }
    }));
}
