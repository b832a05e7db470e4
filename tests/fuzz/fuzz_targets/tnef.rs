//! Any octets are Outlook's container of files, or none: what comes out of one is bounded by what went in.

#![no_main]

use libfuzzer_sys::fuzz_target;
use waxwing_core::mime::{self, Wanted};
use waxwing_fuzz::{pass_over_panics_of_the_mime_library, within};

fuzz_target!(init: pass_over_panics_of_the_mime_library(), |input: &[u8]| {
    let mut container = vec![0x78, 0x9f, 0x3e, 0x22, 1, 0];
    container.extend_from_slice(input);
    within(16 * 1024 * 1024 + 2048 * container.len(), || {
        let opened = mime::open(&container, Wanted { html: true, ..Wanted::default() });
        for (number, file) in (1..).zip(&opened.email.attachments) {
            let content = mime::part(&container, number).unwrap_or_default();
            assert!(content.len() <= container.len(), "{} octets", content.len());
            assert!(!file.name.is_empty() && !file.name.contains(['/', '\\']), "{:?}", file.name);
        }
    });
});
