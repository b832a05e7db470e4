//! Fields of a header: decoded, cleaned and bounded.

use std::borrow::Cow;

use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::{HeaderName, HeaderValue, Message, MimeHeaders};

use super::is_unseen;
use crate::model::{Address, Instant};

/// Longest subject and display name kept, in bytes.
const LONGEST_LINE: usize = 2_000;
/// Longest address or Message-ID kept, in bytes (a line of RFC 5322 section 2.1.1).
const LONGEST_ID: usize = 998;
/// Most addresses of one mail's field.
const MOST_ADDRESSES: usize = 5_000;
/// Most references kept: the nearest ones, which threading needs.
const MOST_REFERENCES: usize = 500;
/// Dates that make sense: from the first network mail (1971) to 2100, in milliseconds.
const POSSIBLE_DATES: std::ops::Range<i64> = 31_536_000_000..4_102_444_800_000;

/// The header of a mail: all up to the first empty line.
pub(super) fn block(raw: &[u8]) -> &[u8] {
    let mut length = 0;
    for line in raw.split_inclusive(|octet| *octet == b'\n') {
        if matches!(line, b"\n" | b"\r\n") {
            break;
        }
        length += line.len();
    }
    raw.get(..length).unwrap_or(raw)
}

/// The mail with its header in UTF-8.
///
/// Raw 8-bit fields are against RFC 5322 and yet common: they are UTF-8, or in the charset of the mail, or in
/// Windows-1252. Raw ISO-2022-JP is 7-bit and is known by its escapes.
pub(super) fn readable(raw: &[u8]) -> Cow<'_, [u8]> {
    let header = block(raw);
    if std::str::from_utf8(header).is_ok() && !header.contains(&0x1b) {
        return Cow::Borrowed(raw);
    }
    let charset = super::PARSER
        .parse_headers(raw)
        .and_then(|message| Some(message.parts.first()?.content_type()?.attribute("charset")?.to_owned()));
    let mut readable = Vec::with_capacity(raw.len() + header.len());
    for line in header.split_inclusive(|octet| *octet == b'\n') {
        let (line, end) = line.strip_suffix(b"\n").map_or((line, None), |line| (line, Some(b'\n')));
        let text = decoded(line, charset.as_deref());
        // A charset's decoder must not make a line end, and so a field, of what was none.
        readable.extend(text.bytes().map(|octet| if octet == b'\n' { b' ' } else { octet }));
        readable.extend(end);
    }
    readable.extend_from_slice(raw.get(header.len()..).unwrap_or_default());
    Cow::Owned(readable)
}

/// Octets of an undeclared charset as text; `charset` is the best guess there is.
pub(super) fn decoded<'a>(octets: &'a [u8], charset: Option<&str>) -> Cow<'a, str> {
    if octets.contains(&0x1b)
        && octets.is_ascii()
        && let Some(decode) = charset_decoder(b"iso-2022-jp")
    {
        return Cow::Owned(decode(octets));
    }
    if let Ok(text) = std::str::from_utf8(octets) {
        return Cow::Borrowed(text);
    }
    let guess = charset.and_then(|charset| charset_decoder(charset.as_bytes()));
    match guess.or_else(|| charset_decoder(b"windows-1252")) {
        Some(decode) => Cow::Owned(decode(octets)),
        None => String::from_utf8_lossy(octets),
    }
}

/// One clean line: blanks folded, no control or bidi characters, not endless.
pub(super) fn line(text: &str) -> String {
    let mut line = String::with_capacity(text.len().min(LONGEST_LINE));
    let mut blank = false;
    for character in text.chars() {
        if line.len() + " ".len() + character.len_utf8() > LONGEST_LINE {
            break;
        }
        if character.is_whitespace() {
            blank = !line.is_empty();
        } else if !is_unseen(character) {
            if std::mem::take(&mut blank) {
                line.push(' ');
            }
            line.push(character);
        }
    }
    line
}

/// The first Subject field.
pub(super) fn subject(message: &Message<'_>) -> String {
    let subject = message.header_values(HeaderName::Subject).find_map(|value| value.as_text());
    subject.map(line).unwrap_or_default()
}

/// All addresses of all fields of that name, groups flattened, in order.
pub(super) fn addresses(message: &Message<'_>, name: HeaderName<'static>) -> Vec<Address> {
    let fields = message.header_values(name).filter_map(HeaderValue::as_address);
    let found = fields.flat_map(mail_parser::Address::iter).map(|found| Address {
        name: found.name().map(line).unwrap_or_default(),
        address: found.address().map(address).unwrap_or_default(),
    });
    found.filter(|found| *found != Address::default()).take(MOST_ADDRESSES).collect()
}

fn address(text: &str) -> String {
    let mut address = line(text);
    let mut length = address.len().min(LONGEST_ID);
    while !address.is_char_boundary(length) {
        length -= 1;
    }
    address.truncate(length);
    address
}

/// The Date field, if it names a day on which mail can have been written.
pub(super) fn written(message: &Message<'_>) -> Option<Instant> {
    let date = message.header_values(HeaderName::Date).find_map(HeaderValue::as_datetime)?;
    if !date.is_valid() {
        return None;
    }
    let milliseconds = date.to_timestamp().checked_mul(1000)?;
    POSSIBLE_DATES.contains(&milliseconds).then_some(Instant(milliseconds))
}

/// The Message-IDs in a field, without brackets.
pub(super) fn message_ids(value: &HeaderValue<'_>) -> Vec<String> {
    let texts: Vec<&str> = match value {
        HeaderValue::Text(text) => vec![text.as_ref()],
        HeaderValue::TextList(texts) => texts.iter().map(AsRef::as_ref).collect(),
        _ => Vec::new(),
    };
    // Words without brackets are taken by the library for an id: "your mail of Monday" is none.
    let ids = texts.into_iter().map(|text| text.trim().trim_matches(['<', '>']));
    ids.filter(|id| {
        (1..=LONGEST_ID).contains(&id.len())
            && !id.chars().any(|letter| letter.is_whitespace() || is_unseen(letter))
    })
    .map(str::to_owned)
    .collect()
}

/// Message-IDs of References and In-Reply-To, oldest first, each once: the parent is the last.
pub(super) fn references(message: &Message<'_>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    let mut found: Vec<String> = Vec::new();
    for name in [HeaderName::References, HeaderName::InReplyTo] {
        let ids = message.header_values(name).flat_map(message_ids);
        found.extend(ids.filter(|id| seen.insert(id.clone())));
    }
    found.split_off(found.len().saturating_sub(MOST_REFERENCES))
}
