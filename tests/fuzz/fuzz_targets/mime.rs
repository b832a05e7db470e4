//! Any octets are a mail: what is shown of it keeps to its lengths and holds nothing that is not to be shown.
//!
//! The first octet is the length of the preview.

#![no_main]

use libfuzzer_sys::fuzz_target;
use waxwing_core::mime::{self, words};
use waxwing_fuzz::{choice, pass_over_panics_of_the_mime_library, within};

/// Longest name of an attached file, in octets.
const LONGEST_NAME: usize = 255;

fn is_line(text: &str, most: usize) -> bool {
    text.chars().count() <= most && !text.contains(char::is_control)
}

fuzz_target!(init: pass_over_panics_of_the_mime_library(), |input: &[u8]| {
    let Some((length, mail)) = choice(input) else { return };
    let length = usize::from(length);
    within(4 * 1024 * 1024 + 2048 * mail.len(), || {
        assert!(mime::header_length(mail) <= mail.len());
        let _ = mime::header_facts(mail);
        let email = mime::parse(mail);
        let preview = mime::preview(&email, length);
        assert!(is_line(&preview, length), "{preview:?} for {length}");
        for file in &email.attachments {
            let name = &file.name;
            assert!(!name.is_empty() && name.len() <= LONGEST_NAME, "{name:?}");
            assert!(!name.starts_with('.') && !name.contains(['/', '\\', ':']), "{name:?}");
            assert!(!name.contains(char::is_control), "{name:?}");
        }
        for is_whole in [true, false] {
            let glance = mime::glance(mail, is_whole);
            assert!(is_line(&glance.preview, mime::PREVIEW), "{:?}", glance.preview);
            assert!(!glance.facts.subject.contains(char::is_control), "{:?}", glance.facts.subject);
        }
        let words = words::email_words(mail);
        for words in [&words.subject, &words.from, &words.to, &words.cc, &words.text, &words.files] {
            // A quote would end the words of a question to the index.
            assert!(!words.contains(['"', '*', '\n', '\0']), "{words:?}");
        }
    });
});
