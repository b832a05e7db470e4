//! The same as `framer` for streams that meet its limits: each of the first NULs stands for a long run.
//!
//! The first octet chooses the one cut.

#![no_main]

use libfuzzer_sys::fuzz_target;
use waxwing_fuzz::choice;
use waxwing_fuzz::frames::frames;

/// Two of them are over the limit of a line or a literal. More take too long.
const RUN: usize = 600_000;
const MOST_RUNS: usize = 2;

fuzz_target!(|input: &[u8]| {
    let Some((cut, input)) = choice(input) else { return };
    let mut stream = Vec::new();
    for (place, part) in input.split(|octet| *octet == 0).enumerate() {
        if (1..=MOST_RUNS).contains(&place) {
            stream.resize(stream.len() + RUN, b'x');
        }
        stream.extend_from_slice(part);
    }
    let (first, second) = stream.split_at(stream.len() * usize::from(cut) / 256);
    // Not shown: they are long.
    assert!(frames(&[&stream]) == frames(&[first, second]), "the cut matters");
});
