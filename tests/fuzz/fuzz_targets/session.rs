//! Whatever a server says while ops are under way: the session closes or waits, answers each op once, keeps little,
//! and says little.
//!
//! The first octet chooses what is under way and how it ends, the second the cuts.

#![no_main]

use libfuzzer_sys::fuzz_target;
use waxwing_fuzz::session::{Work, told};
use waxwing_fuzz::{choice, pieces, within};

/// What a session may be fed at once.
const MOST: usize = 64 * 1024;

fuzz_target!(|input: &[u8]| {
    let Some((way, input)) = choice(input) else { return };
    let Some((cuts, input)) = choice(input) else { return };
    let work = Work::ALL[usize::from(way) % Work::ALL.len()];
    let in_silence = way & 0x80 != 0;
    let most = 1024 * 1024 + 1024 * input.len();
    let cut = within(most, || told(work, &pieces(input, cuts, MOST), in_silence));
    if work.is_all_sent() {
        assert_eq!(within(most, || told(work, &pieces(input, 0, MOST), in_silence)), cut);
    }
});
