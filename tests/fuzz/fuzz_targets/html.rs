//! Any HTML becomes text, of a length in proportion, and HTML that may be shown.

#![no_main]

use libfuzzer_sys::fuzz_target;
use waxwing_core::mime;
use waxwing_fuzz::{pass_over_panics_of_the_mime_library, within};

const HEADER: &[u8] = b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n";

fuzz_target!(init: pass_over_panics_of_the_mime_library(), |html: &[u8]| {
    let mail = [HEADER, html].concat();
    let email = within(1024 * 1024 + 512 * mail.len(), || mime::parse(&mail));
    let wanted = mime::Wanted { html: true, remote_images: false, headers: true };
    let shown = mime::open(&mail, wanted).html.to_ascii_lowercase();
    let bad = ["<script", "<style", "<iframe", "<form", "<svg", "<meta"];
    assert!(shown.len() <= 1024 + 64 * mail.len() && !bad.iter().any(|bad| shown.contains(bad)), "{shown:?}");
    assert!(email.text.len() <= 1024 + 64 * mail.len(), "{} octets of text", email.text.len());
    assert!(!email.text.contains(['\r', '\0', '\u{1}', '\u{2}']), "{:?}", email.text);
    let preview = mime::preview(&email, mime::PREVIEW);
    assert!(preview.chars().count() <= mime::PREVIEW && !preview.contains(char::is_control), "{preview:?}");
});
