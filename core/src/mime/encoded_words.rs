//! Encoded words of headers (RFC 2047), as mailers write them: cut within a character, without their end, with blanks.

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

use super::charset;

/// Takes base64 with bits left over at its end, since words are cut anywhere.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// Longest text of a word; the RFC has 75.
const LONGEST: usize = 4_000;
/// How often something may begin like a word and be none, before nothing is believed to be one any more: each is searched
/// for its end.
const MOST_FALSE: usize = 64;

/// One word: its charset and its octets.
struct Word {
    charset: String,
    octets: Vec<u8>,
}

/// Header fields with each run of encoded words as one word that any reader understands: where a field begins and ends, and
/// what is a name and what an address, stays to be found as it stands.
pub(super) fn rewritten(header: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memmem::find(header, b"=?").is_none() {
        return Cow::Borrowed(header);
    }
    let mut output = Vec::with_capacity(header.len());
    each_run(header, |plain, text| {
        output.extend_from_slice(plain);
        if let Some(text) = text {
            let coded = base64::engine::general_purpose::STANDARD.encode(text);
            output.extend_from_slice(format!("=?utf-8?B?{coded}?=").as_bytes());
        }
    });
    Cow::Owned(output)
}

/// The text of a value with its encoded words decoded.
pub(super) fn decoded(value: &[u8]) -> String {
    let mut output = String::new();
    each_run(value, |plain, text| {
        output.push_str(&charset::decoded(plain, None));
        output.push_str(&text.unwrap_or_default());
    });
    output
}

/// Calls with what stands before a run of words and with the text of the run; at the end without a run.
fn each_run(mut rest: &[u8], mut each: impl FnMut(&[u8], Option<String>)) {
    let (mut searched, mut false_ones) = (0, 0);
    while false_ones < MOST_FALSE {
        let found = rest.get(searched..).and_then(|rest| memchr::memmem::find(rest, b"=?"));
        let Some(start) = found.map(|place| place + searched) else { break };
        let (plain, from) = rest.split_at(start);
        let Some((text, length)) = run(from) else {
            searched = start + 2;
            false_ones += 1;
            continue;
        };
        each(plain, Some(text));
        rest = from.get(length..).unwrap_or_default();
        searched = 0;
    }
    each(rest, None);
}

/// The words at the beginning, with nothing but blanks between them, and their length.
fn run(octets: &[u8]) -> Option<(String, usize)> {
    let (first, mut length) = word(octets)?;
    let mut words = vec![first];
    loop {
        let rest = octets.get(length..).unwrap_or_default();
        let blanks = rest.iter().take_while(|octet| octet.is_ascii_whitespace()).count();
        let Some((next, further)) = rest.get(blanks..).and_then(word) else { break };
        length += blanks + further;
        match words.last_mut() {
            // A character may begin in one and end in the next.
            Some(last) if last.charset == next.charset && !is_stateful(&last.charset) => {
                last.octets.extend(next.octets);
            }
            _ => words.push(next),
        }
    }
    let text =
        words.iter().map(|word| charset::decoded(&word.octets, Some(&word.charset)).into_owned()).collect();
    Some((text, length))
}

/// Charsets with escapes, in which each word begins anew.
fn is_stateful(charset: &str) -> bool {
    charset.starts_with("iso-2022") || charset.starts_with("utf-7") || charset.starts_with("hz-")
}

/// `=?charset*language?B?…?=`
fn word(octets: &[u8]) -> Option<(Word, usize)> {
    const LONGEST_CHARSET: usize = 60;
    let inside = octets.strip_prefix(b"=?")?;
    let length = inside.iter().take(LONGEST_CHARSET).position(|octet| *octet == b'?')?;
    let (charset, rest) = inside.split_at(length);
    let is_part = |octet: &u8| octet.is_ascii_graphic();
    if charset.is_empty() || !charset.iter().all(is_part) {
        return None;
    }
    let charset = charset.split(|octet| *octet == b'*').next().unwrap_or_default();
    let (coding, text) = match rest {
        [b'?', coding, b'?', text @ ..] => (coding.to_ascii_lowercase(), text),
        _ => return None,
    };
    if !matches!(coding, b'b' | b'q') {
        return None;
    }
    let is_cut = text.len() > LONGEST;
    let text = text.get(..LONGEST).unwrap_or(text);
    let is_folded = |text: &[u8]| {
        let mut further = text.split(|octet| *octet == b'\n').skip(1);
        further.all(|line| line.starts_with(b" ") || line.starts_with(b"\t"))
    };
    let end = memchr::memmem::find(text, b"?=").filter(|end| {
        let inside = text.get(..*end).unwrap_or_default();
        is_folded(inside) && memchr::memmem::find(inside, b"=?").is_none()
    });
    // One without an end ends with its line.
    let (length, end_length) = match end {
        Some(end) => (end, 2),
        None => match text.iter().position(|octet| matches!(octet, b'\r' | b'\n')) {
            Some(line) => (line, 0),
            None if is_cut => return None,
            None => (text.len(), 0),
        },
    };
    let text = text.get(..length)?;
    let octets = match coding {
        b'b' => base64(text)?,
        _ => quoted(text),
    };
    let head = "=??".len() + inside.len() - rest.len() + 2;
    let charset = String::from_utf8_lossy(charset).to_ascii_lowercase();
    Some((Word { charset, octets }, head + length + end_length))
}

fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let is_letter = |octet: &u8| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'/');
    let mut octets = Vec::with_capacity(text.len());
    // Each piece that ends in padding is one by itself.
    for piece in text.split(|octet| *octet == b'=') {
        let mut letters: Vec<u8> = piece.iter().copied().filter(is_letter).collect();
        if letters.len() % 4 == 1 {
            letters.pop();
        }
        octets.extend(LENIENT.decode(letters).ok()?);
    }
    Some(octets)
}

/// `_` is a blank, `=` with two digits an octet, and all else as it stands.
fn quoted(text: &[u8]) -> Vec<u8> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((octet, behind)) = rest.split_first() {
        rest = behind;
        let escaped = || {
            let digits = std::str::from_utf8(behind.get(..2)?).ok()?;
            if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return None;
            }
            u8::from_str_radix(digits, 16).ok()
        };
        match octet {
            b'_' => octets.push(b' '),
            b'=' => match escaped() {
                Some(octet) => {
                    octets.push(octet);
                    rest = behind.get(2..).unwrap_or_default();
                }
                None => octets.push(b'='),
            },
            b'\r' | b'\n' => {}
            octet => octets.push(*octet),
        }
    }
    octets
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_decoded_together() {
        assert_eq!(decoded(b"=?utf-8?B?5pel5g==?= =?UTF-8?B?nKw=?= and"), "日本 and");
        assert_eq!(decoded(b"a =?utf-8?Q?b=C3?==?utf-8?q?=BC?=c"), "a büc");
        assert_eq!(decoded(b"=?utf-8?Q?one?= two =?utf-8?Q?three?="), "one two three");
        assert_eq!(decoded(b"=?utf-8?Q?one?=\r\n =?koi8-r?B?8NLJ?="), "oneПри");
    }

    #[test]
    fn a_word_without_its_end_doesnt_reach_into_the_next_field() {
        let header = b"Subject: =?utf-8?Q?Gr=C3=BC\r\nFrom: =?utf-8?Q?Ann?= <a@b.example>\r\n";
        assert_eq!(decoded(header), "Subject: Grü\r\nFrom: Ann <a@b.example>\r\n");
        assert_eq!(decoded(b"=?utf-8?Q?=?= x"), "= x");
    }

    #[test]
    fn what_is_no_word_stays() {
        for text in ["=?", "=?a?", "a=?b", "=??Q?x?=", "=?utf-8?X?abc?=", "=?a b?Q?x?=", "1=?2"] {
            assert_eq!(decoded(text.as_bytes()), text);
            assert_eq!(rewritten(text.as_bytes()).as_ref(), text.as_bytes());
        }
    }

    proptest! {
        #[test]
        fn no_line_is_made_of_what_was_none(header in prop::collection::vec(prop::sample::select(vec![
            "=?", "?=", "utf-8", "?Q?", "?B?", "=0D=0A", "DQo=", "\r\n ", " ", "x", "_", "=", "?", "\u{fc}", "iso-2022-jp",
        ]), 0..30)) {
            let header = header.concat();
            let lines = |octets: &[u8]| octets.iter().filter(|octet| **octet == b'\n').count();
            prop_assert!(lines(&rewritten(header.as_bytes())) <= lines(header.as_bytes()));
        }
    }
}
