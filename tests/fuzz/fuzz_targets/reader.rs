//! Any line is a response or none, and costs memory in proportion.

#![no_main]

use libfuzzer_sys::fuzz_target;
use waxwing_core::wire::{reader, text, utf7};
use waxwing_fuzz::within;

fuzz_target!(|line: &[u8]| {
    within(64 * 1024 + 256 * line.len(), || {
        let response = reader::read(line);
        let _ = reader::part_so_far(line);
        drop(response);
    });
    let clean = text::clean(line);
    assert!(!clean.contains(char::is_control), "{clean:?}");
    if let Ok(name) = std::str::from_utf8(line) {
        let encoded = utf7::encode(name);
        assert!(encoded.is_ascii());
        assert_eq!(utf7::decode(&encoded).as_deref(), Some(name));
        let _ = utf7::decode(name);
    }
});
