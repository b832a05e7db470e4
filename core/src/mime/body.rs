//! The text of a mail: which parts it is, and how it is made fit to read.

use std::borrow::Cow;

use base64::Engine;
use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{Encoding, Message, MessagePart, MimeHeaders, PartType};

use super::{header, html};

/// What is to be read of a mail.
pub(super) struct Body {
    pub(super) text: String,
    pub(super) from_html: bool,
    /// The mail did not hold what it promised (a multipart without parts, a broken encoding).
    pub(super) damaged: bool,
    /// The parts shown.
    pub(super) parts: Vec<u32>,
}

/// The text of a mail: plain parts if there are any, else HTML as text, else whatever text there is.
pub(super) fn of(message: &Message<'_>) -> Body {
    let mut body = joined(message, &message.text_body);
    if body.text.is_empty() {
        let from_html = joined(message, &message.html_body);
        if !from_html.text.is_empty() {
            body = from_html;
        }
    }
    if body.text.is_empty() {
        body = last_resort(message);
    }
    body
}

/// A part that HTML is shown of.
pub(super) enum Document<'a> {
    Html(Cow<'a, str>),
    /// Plain text between HTML.
    Text(String),
}

/// What is shown of a mail as HTML, part by part; nothing where it has none.
pub(super) fn documents<'a>(message: &'a Message<'_>) -> Vec<Document<'a>> {
    let parts = message.html_body.iter().filter_map(|id| message.part(*id));
    let documents: Vec<Document<'a>> = parts
        .filter_map(|part| match &part.body {
            PartType::Html(text) => Some(Document::Html(well_decoded(message, part, text))),
            PartType::Text(text) => {
                let text = tidied(&plain(message, part, text));
                (!text.is_empty()).then_some(Document::Text(text))
            }
            _ => None,
        })
        .collect();
    let has_html = documents.iter().any(|document| matches!(document, Document::Html(_)));
    if has_html { documents } else { Vec::new() }
}

fn joined(message: &Message<'_>, ids: &[u32]) -> Body {
    let mut body = Body { text: String::new(), from_html: false, damaged: false, parts: Vec::new() };
    for id in ids {
        let Some(part) = message.part(*id) else { continue };
        let text = match &part.body {
            PartType::Text(text) => plain(message, part, text),
            PartType::Html(text) => {
                let text = html::to_text(&well_decoded(message, part, text));
                body.from_html |= !text.is_empty();
                text
            }
            PartType::Binary(_)
            | PartType::InlineBinary(_)
            | PartType::Message(_)
            | PartType::Multipart(_) => continue,
        };
        let text = tidied(&text);
        if !text.is_empty() {
            if !body.text.is_empty() {
                body.text.push_str("\n\n");
            }
            body.text.push_str(&text);
        }
        body.parts.push(*id);
    }
    body
}

/// A mail whose structure is broken still has text somewhere: the part that should have been a multipart or a
/// body, as it stands.
fn last_resort(message: &Message<'_>) -> Body {
    let mut body = Body { text: String::new(), from_html: false, damaged: false, parts: Vec::new() };
    for (id, part) in (0_u32..).zip(&message.parts) {
        let kind = part.content_type().map_or("text", |kind| kind.ctype());
        let text = match &part.body {
            PartType::Text(text) => Cow::Borrowed(text.as_ref()),
            PartType::Binary(octets) if kind == "multipart" => header::decoded(octets, None),
            _ => continue,
        };
        if !part.is_encoding_problem && kind != "multipart" {
            continue;
        }
        let text = match rescued(part, &text) {
            Some(text) if part.is_content_type("text", "html") => {
                body.from_html = true;
                html::to_text(&text)
            }
            Some(text) => text,
            None if kind == "text" || kind == "multipart" => text.into_owned(),
            None => continue,
        };
        body.text = tidied(&text);
        if !body.text.is_empty() {
            body.damaged = true;
            body.parts.push(id);
            break;
        }
    }
    body
}

/// Base64 with foreign characters or cut off: as much of it as makes sense.
fn rescued(part: &MessagePart<'_>, text: &str) -> Option<String> {
    let is_base64 =
        part.content_transfer_encoding().is_some_and(|name| name.trim().eq_ignore_ascii_case("base64"));
    if !is_base64 || !part.is_encoding_problem {
        return None;
    }
    let mut letters: Vec<u8> =
        text.bytes().filter(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'/')).collect();
    letters.truncate(letters.len() - letters.len() % 4);
    let octets = base64::engine::general_purpose::STANDARD_NO_PAD.decode(letters).ok()?;
    let charset = part.content_type().and_then(|kind| kind.attribute("charset"));
    let text = header::decoded(&octets, charset).into_owned();
    // Not text after all: the encoding was the lie.
    (text.chars().filter(|letter| letter.is_control() && !letter.is_whitespace()).count() * 10 <= text.len())
        .then_some(text)
}

fn plain(message: &Message<'_>, part: &MessagePart<'_>, text: &str) -> String {
    let text = match rescued(part, text) {
        Some(text) => Cow::Owned(text),
        None => well_decoded(message, part, text),
    };
    let attribute = |name| part.content_type().and_then(|kind| kind.attribute(name));
    if attribute("format").is_some_and(|format| format.eq_ignore_ascii_case("flowed")) {
        let delete_space = attribute("delsp").is_some_and(|answer| answer.eq_ignore_ascii_case("yes"));
        return unflowed(&text, delete_space);
    }
    text.into_owned()
}

/// Text whose charset was not told, or is none: the library took it for UTF-8. Guesses better where that failed.
fn well_decoded<'a>(message: &Message<'_>, part: &MessagePart<'_>, text: &'a str) -> Cow<'a, str> {
    let charset = part.content_type().and_then(|kind| kind.attribute("charset"));
    let is_declared = charset.is_some_and(|charset| {
        charset_decoder(charset.as_bytes()).is_some() || charset.trim().eq_ignore_ascii_case("utf-8")
    });
    if is_declared || !text.contains([char::REPLACEMENT_CHARACTER, '\u{1b}']) {
        return Cow::Borrowed(text);
    }
    let range = usize::try_from(part.offset_body).unwrap_or(usize::MAX)
        ..usize::try_from(part.offset_end).unwrap_or(0);
    let Some(octets) = message.raw_message.get(range) else { return Cow::Borrowed(text) };
    let octets = match part.encoding {
        Encoding::None => Some(Cow::Borrowed(octets)),
        Encoding::QuotedPrintable => quoted_printable_decode(octets).map(Cow::Owned),
        Encoding::Base64 => base64_decode(octets).map(Cow::Owned),
    };
    octets.map_or(Cow::Borrowed(text), |octets| Cow::Owned(header::decoded(&octets, None).into_owned()))
}

/// Undoes format=flowed (RFC 3676 section 4.2): a line that ends in a space goes on in the next one of the same
/// quote depth.
fn unflowed(text: &str, delete_space: bool) -> String {
    let mut unflowed = String::with_capacity(text.len());
    let mut open: Option<usize> = None; // the quote depth of a line that goes on
    for line in text.lines() {
        let content = line.trim_start_matches('>');
        let depth = line.len() - content.len();
        let content = content.strip_prefix(' ').unwrap_or(content);
        let is_signature = content == "-- ";
        if open != Some(depth) || is_signature {
            if open.is_some() {
                unflowed.push('\n');
            }
            unflowed.extend(std::iter::repeat_n('>', depth));
            if depth > 0 && !content.is_empty() {
                unflowed.push(' ');
            }
        }
        let goes_on = content.ends_with(' ') && !is_signature;
        let kept =
            if goes_on && delete_space { content.strip_suffix(' ').unwrap_or(content) } else { content };
        unflowed.push_str(kept);
        open = goes_on.then_some(depth);
        if !goes_on {
            unflowed.push('\n');
        }
    }
    unflowed
}

/// `\n` line ends, no control characters but tabs, no empty lines at the start and the end.
pub(super) fn tidied(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    let mut rest = text;
    // Nearly everything is taken over in long pieces.
    while let Some(place) = rest.bytes().position(may_be_untidy) {
        let (clean, from) = rest.split_at(place);
        tidy.push_str(clean);
        let mut letters = from.chars();
        match letters.next() {
            Some('\r') if !letters.as_str().starts_with('\n') => tidy.push('\n'),
            Some('\u{feff}') => {}
            Some(letter) if letter.is_control() => {}
            Some(letter) => tidy.push(letter),
            None => {}
        }
        rest = letters.as_str();
    }
    tidy.push_str(rest);
    let end = tidy.trim_end().len();
    tidy.truncate(end);
    let blank: usize =
        tidy.split_inclusive('\n').take_while(|line| line.trim().is_empty()).map(str::len).sum();
    tidy.drain(..blank);
    tidy
}

/// Whether a character that begins so may be a control character (RFC 20; U+0080 to U+009F) or the byte order mark.
fn may_be_untidy(octet: u8) -> bool {
    (octet < b' ' && octet != b'\n' && octet != b'\t') || matches!(octet, 0x7f | 0xc2 | 0xef)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flowed_lines_are_joined_within_their_quote() {
        let text = "One \ntwo.\n>> deep \n>> quote\n> less\n stuffed\n-- \nname\n";
        assert_eq!(unflowed(text, false), "One two.\n>> deep quote\n> less\nstuffed\n-- \nname\n");
        assert_eq!(unflowed("字 \n字\n", true), "字字\n");
        assert_eq!(unflowed("> open \nplain", false), "> open \nplain\n");
    }

    #[test]
    fn line_ends_and_controls_are_tidied() {
        assert_eq!(tidied("\r\n \r\n  a\r\nb\rc\0\u{7}\td \r\n\r\n"), "  a\nb\nc\td");
        assert_eq!(tidied("\n\n"), "");
        assert_eq!(tidied("\u{feff}\u{a0}\u{85}\u{9f}«ａ\u{7f}\u{fffd}»"), "\u{a0}«ａ\u{fffd}»");
    }
}
