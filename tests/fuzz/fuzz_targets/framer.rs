//! Any cuts of a stream give the same frames as the whole of it, and no more is kept than came.
//!
//! The first octet chooses the cuts.

#![no_main]

use libfuzzer_sys::fuzz_target;
use waxwing_fuzz::frames::frames;
use waxwing_fuzz::{choice, pieces};

fuzz_target!(|input: &[u8]| {
    let Some((cuts, input)) = choice(input) else { return };
    let whole = frames(&[input]);
    assert_eq!(whole, frames(&pieces(input, cuts, usize::MAX)));
    assert_eq!(whole, frames(&pieces(input, 1, usize::MAX)));
});
