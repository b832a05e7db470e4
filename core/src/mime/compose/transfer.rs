//! Text as it goes over the wire (RFC 2045 section 6): nothing that a relay may change stands in it as it is, so that a signature
//! over it (RFC 6376) stays valid.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Longest line (RFC 2045 section 6.7), and of text that isn't coded (RFC 5322 section 2.1.1).
const LINE: usize = 76;
const PLAIN_LINE: usize = 78;

/// Lines that end in CR LF, coded where they must be; and how.
pub(super) fn coded(text: &str) -> (&'static str, Vec<u8>) {
    if is_plain(text) {
        return ("7bit", text.as_bytes().to_vec());
    }
    let quoted = quoted_printable(text);
    match text.len() / 57 * 78 < quoted.len() {
        true => ("base64", base64_lines(text.as_bytes())),
        false => ("quoted-printable", quoted),
    }
}

/// Octets in lines of base64.
pub(super) fn base64_lines(octets: &[u8]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(octets.len() / 57 * 78 + 80);
    for line in octets.chunks(57) {
        lines.extend_from_slice(STANDARD.encode(line).as_bytes());
        lines.extend_from_slice(b"\r\n");
    }
    lines
}

/// Whether no line would be changed on its way: broken, stripped of blanks, of a dot, or given a `>`.
fn is_plain(text: &str) -> bool {
    let is_clean = |c: u8| matches!(c, b' '..=b'~' | b'\t');
    text.split_terminator("\r\n").all(|line| {
        line.len() <= PLAIN_LINE
            && line.bytes().all(is_clean)
            && !line.ends_with([' ', '\t'])
            && !line.starts_with('.')
            && !line.starts_with("From ")
    })
}

fn quoted_printable(text: &str) -> Vec<u8> {
    let mut coded = Vec::with_capacity(text.len() + text.len() / 8);
    for line in text.split_terminator("\r\n") {
        let octets = line.as_bytes();
        let mut column = 0;
        for (place, octet) in octets.iter().enumerate() {
            let rest = octets.get(place..).unwrap_or_default();
            let is_last = rest.len() == 1;
            let is_escaped = match octet {
                b' ' | b'\t' => is_last,
                b'=' => true,
                b'.' => column == 0,
                b'F' => column == 0 && rest.starts_with(b"From "),
                b'!'..=b'~' => false,
                _ => true,
            };
            // There is room for a `=` behind what isn't the last of its line.
            let width = if is_escaped { 3 } else { 1 };
            if column + width > LINE - usize::from(!is_last) {
                coded.extend_from_slice(b"=\r\n");
                column = 0;
            }
            let begins_badly = column == 0 && (*octet == b'.' || rest.starts_with(b"From "));
            if is_escaped || begins_badly {
                coded.extend_from_slice(format!("={octet:02X}").as_bytes());
                column += 3;
            } else {
                coded.push(*octet);
                column += 1;
            }
        }
        coded.extend_from_slice(b"\r\n");
    }
    coded
}

/// A text as encoded words (RFC 2047); between them a line may be folded.
pub(super) fn words(text: &str) -> String {
    /// Octets of a word: with the name of the field it fits into a line.
    const WORD: usize = 39;
    let (mut words, mut rest) = (Vec::new(), text);
    while !rest.is_empty() {
        let (word, behind) = rest.split_at(rest.floor_char_boundary(WORD));
        words.push(format!("=?utf-8?B?{}?=", STANDARD.encode(word)));
        rest = behind;
    }
    words.join(" ")
}
