//! Fields of a header: decoded, cleaned and bounded.

use std::borrow::Cow;

use mail_parser::{HeaderName, HeaderValue, Message, MimeHeaders};

use super::charset::decoded;
use super::{encoded_words, is_unseen};
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

/// The header of a mail: all up to the first empty line, or to where its text begins without one.
pub(super) fn block(raw: &[u8]) -> &[u8] {
    let mut length = 0;
    // Where the text may begin: a line that is no field, unless there are fields of a mail behind it.
    let mut text = None;
    for line in raw.split_inclusive(|octet| *octet == b'\n') {
        if is_empty(line) {
            break;
        }
        match kind(line) {
            Line::KnownField => text = None,
            Line::Field | Line::Further => {}
            Line::Other if length == 0 && (line.starts_with(b"From ") || line.starts_with(b">From ")) => {}
            Line::Other => {
                text.get_or_insert(length);
            }
        }
        length += line.len();
    }
    raw.get(..text.unwrap_or(length)).unwrap_or(raw)
}

/// Whether there is something where the header should be, and it isn't one.
pub(super) fn is_missing(raw: &[u8]) -> bool {
    let header = block(raw);
    let first = raw.split_inclusive(|octet| *octet == b'\n').next().unwrap_or_default();
    let mut lines = header.split_inclusive(|octet| *octet == b'\n');
    !is_empty(first) && !lines.any(|line| matches!(kind(line), Line::Field | Line::KnownField))
}

/// Some programs end lines in CR CR LF.
fn is_empty(line: &[u8]) -> bool {
    line.ends_with(b"\n") && line.iter().all(|octet| matches!(octet, b'\r' | b'\n'))
}

enum Line {
    /// Of a name that no text begins with.
    KnownField,
    Field,
    /// What goes on from the line before.
    Further,
    Other,
}

fn kind(line: &[u8]) -> Line {
    const KNOWN: [&str; 12] = [
        "received",
        "return-path",
        "from",
        "to",
        "cc",
        "subject",
        "date",
        "message-id",
        "mime-version",
        "content-type",
        "content-transfer-encoding",
        "reply-to",
    ];
    const LONGEST_NAME: usize = 200;
    if line.starts_with(b" ") || line.starts_with(b"\t") {
        return Line::Further;
    }
    let Some(colon) = line.iter().take(LONGEST_NAME).position(|octet| *octet == b':') else {
        return Line::Other;
    };
    let name = line.get(..colon).unwrap_or_default().trim_ascii_end();
    if name.is_empty() || !name.iter().all(u8::is_ascii_graphic) {
        return Line::Other;
    }
    let is_known = KNOWN.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()));
    if is_known { Line::KnownField } else { Line::Field }
}

/// The mail with its header in UTF-8.
///
/// Raw 8-bit fields are against RFC 5322 and yet common: they are UTF-8, or in the charset of the mail, or in
/// Windows-1252. Raw ISO-2022-JP is 7-bit and is known by its escapes.
///
/// What else the library would not read as it is meant is written as it does: encoded words, and the end of the header.
pub(super) fn readable(raw: &[u8]) -> Cow<'_, [u8]> {
    let header = block(raw);
    let behind = raw.get(header.len()..).unwrap_or_default();
    let has_end = behind.is_empty() || behind.starts_with(b"\n") || behind.starts_with(b"\r");
    let is_plain = std::str::from_utf8(header).is_ok() && !header.contains(&0x1b);
    let in_utf8 = if is_plain { Cow::Borrowed(header) } else { Cow::Owned(in_utf8(header, raw)) };
    let rewritten = encoded_words::rewritten(&in_utf8);
    if has_end && is_plain && matches!(rewritten, Cow::Borrowed(_)) {
        return Cow::Borrowed(raw);
    }
    let mut readable = Vec::with_capacity(raw.len() + header.len());
    readable.extend_from_slice(&rewritten);
    if !has_end {
        readable.extend_from_slice(b"\r\n");
    }
    readable.extend_from_slice(behind);
    Cow::Owned(readable)
}

fn in_utf8(header: &[u8], raw: &[u8]) -> Vec<u8> {
    let charset = super::PARSER
        .parse_headers(raw)
        .and_then(|message| Some(message.parts.first()?.content_type()?.attribute("charset")?.to_owned()));
    let mut readable = Vec::with_capacity(2 * header.len());
    for line in header.split_inclusive(|octet| *octet == b'\n') {
        let (line, end) = line.strip_suffix(b"\n").map_or((line, None), |line| (line, Some(b'\n')));
        let text = decoded(line, charset.as_deref());
        // A charset's decoder must not make a line end, and so a field, of what was none.
        readable.extend(text.bytes().map(|octet| if octet == b'\n' { b' ' } else { octet }));
        readable.extend(end);
    }
    readable
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
    let mut addresses: Vec<Address> = Vec::new();
    for field in fields {
        let is_group = matches!(field, mail_parser::Address::Group(_));
        // A name in two, since nobody put quotes around its comma.
        let mut begun = String::new();
        for found in field.iter().take(MOST_ADDRESSES - addresses.len()) {
            let name = found.name().map(line).unwrap_or_default();
            let found = Address { name, address: found.address().map(address).unwrap_or_default() };
            match (found.address.as_str(), found.name.as_str()) {
                ("", "") => {}
                ("", name) if !is_group && begun.is_empty() => begun = name.to_owned(),
                (address, name) if !begun.is_empty() && !address.is_empty() && !name.is_empty() => {
                    let name = line(&format!("{}, {name}", std::mem::take(&mut begun)));
                    addresses.push(Address { name, address: address.to_owned() });
                }
                _ => {
                    let begun = std::mem::take(&mut begun);
                    addresses.extend(
                        (!begun.is_empty()).then_some(Address { name: begun, address: String::new() }),
                    );
                    addresses.push(found);
                }
            }
        }
        addresses.extend((!begun.is_empty()).then_some(Address { name: begun, address: String::new() }));
    }
    addresses.truncate(MOST_ADDRESSES);
    addresses
}

fn address(text: &str) -> String {
    let mut address = line(text);
    // The way it was to take (RFC 5322 section 4.4).
    if address.starts_with('@')
        && let Some((_, target)) = address.rsplit_once(':')
    {
        address = target.to_owned();
    }
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
