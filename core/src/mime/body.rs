//! The text of a mail: which parts it is, and how it is made fit to read.

use std::borrow::Cow;

use mail_parser::{Encoding, Message, MessagePart, MimeHeaders, PartType};

use super::{PARSER, charset, files, guard, header, html, tnef, transfer, uuencode};

/// What is to be read of a mail.
#[derive(Default)]
pub(super) struct Body {
    pub(super) text: String,
    pub(super) from_html: bool,
    /// The mail did not hold what it promised (a multipart without parts, a broken encoding).
    pub(super) damaged: bool,
    /// The parts shown.
    pub(super) parts: Vec<u32>,
    /// Mails of a digest (RFC 2046 section 5.1.5): their text is shown, and they are listed as files.
    pub(super) members: Vec<u32>,
    /// Containers of files, opened.
    pub(super) containers: Vec<(u32, tnef::Opened)>,
    /// Files that stood in the text.
    pub(super) coded: Vec<uuencode::File>,
}

/// Most mails of a digest whose text is shown.
const MOST_MEMBERS: usize = 200;

/// The text of a mail: plain parts if there are any, else HTML as text, else whatever text there is.
pub(super) fn of(message: &Message<'_>) -> Body {
    let members = members(message);
    let mut body = joined(message, &message.text_body, &members);
    if body.text.is_empty() {
        let from_html = joined(message, &message.html_body, &members);
        if !from_html.text.is_empty() {
            body = from_html;
        }
    }
    let containers = files::containers(message);
    if body.text.is_empty() {
        for (_, opened) in &containers {
            body.text = tidied(&opened.text);
            if body.text.is_empty() {
                body.text = tidied(&html::to_text(&opened.html));
                body.from_html = !body.text.is_empty();
            }
            if !body.text.is_empty() {
                break;
            }
        }
    }
    if body.text.is_empty() {
        let others = others(message);
        body = joined(message, &others, &[]);
    }
    if body.text.is_empty() {
        body = last_resort(message);
    }
    Body { members, containers, ..body }
}

/// Text that the library takes for attached: the root of what belongs together, where it isn't the first, and text of
/// another kind than plain and HTML, which is to be read like it (RFC 2046 section 4.1.4).
fn others(message: &Message<'_>) -> Vec<u32> {
    let parts = message.attachments.iter().filter_map(|id| Some((*id, message.part(*id)?)));
    let is_text = |part: &MessagePart<'_>| {
        let is_attached = part.content_disposition().is_some_and(|disposition| disposition.is_attachment());
        let is_of_text = match part.content_type() {
            Some(kind) => kind.ctype() == "text" && !kind.subtype().is_some_and(|kind| FILES.contains(&kind)),
            None => true,
        };
        matches!(part.body, PartType::Text(_) | PartType::Html(_))
            && is_of_text
            && !is_attached
            && !part.is_encoding_problem
            && part.attachment_name().is_none()
    };
    parts.filter(|(_, part)| is_text(part)).map(|(id, _)| id).take(1).collect()
}

/// Text that is for programs.
const FILES: [&str; 8] =
    ["calendar", "vcard", "x-vcard", "directory", "csv", "rfc822-headers", "rfc82_-headers", "xml"];

/// The mails of digests. Their kind isn't told, so that the library takes them for text.
fn members(message: &Message<'_>) -> Vec<u32> {
    let is_digest = |part: &&MessagePart<'_>| part.is_content_type("multipart", guard::DIGEST_MEANWHILE);
    let parts = message.parts.iter().filter(is_digest).filter_map(|part| match &part.body {
        PartType::Multipart(within) => Some(within),
        _ => None,
    });
    let untold = |id: &u32| message.part(*id).is_some_and(|part| part.content_type().is_none());
    parts.flatten().copied().filter(untold).collect()
}

/// A mail of a digest, with what tells it from the others.
fn member_text(part: &MessagePart<'_>) -> String {
    let octets = part.contents();
    let quiet = guard::without_nested_mails(octets);
    let readable = header::readable(&quiet);
    let Some(message) = PARSER.parse(readable.as_ref()) else { return String::new() };
    let facts = super::facts_of(&message);
    let body = joined(&message, &message.text_body, &[]);
    let from = [facts.from.name, facts.from.address].into_iter().find(|name| !name.is_empty());
    format!("Subject: {}\nFrom: {}\n\n{}", facts.subject, from.unwrap_or_default(), body.text)
}

/// A part that HTML is shown of.
pub(super) enum Document<'a> {
    Html(Cow<'a, str>),
    /// Plain text between HTML.
    Text(String),
}

/// What is shown of a mail as HTML, part by part; nothing where it has none.
pub(super) fn documents<'a>(message: &'a Message<'_>, body: &'a Body) -> Vec<Document<'a>> {
    // Whatever is shown as text is shown here too, if only this has it.
    let others =
        if message.html_body.iter().any(|id| is_html(message, *id)) { &[] } else { body.parts.as_slice() };
    let ids = message.html_body.iter().chain(others.iter().filter(|id| !message.html_body.contains(id)));
    let parts = ids.filter_map(|id| message.part(*id));
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
    if documents.iter().any(|document| matches!(document, Document::Html(_))) {
        return documents;
    }
    // A container's HTML where the mail says nothing by itself.
    let within =
        body.containers.iter().map(|(_, opened)| opened.html.as_str()).find(|html| !html.trim().is_empty());
    match within.filter(|_| body.from_html) {
        Some(html) => vec![Document::Html(Cow::Borrowed(html))],
        None => Vec::new(),
    }
}

fn is_html(message: &Message<'_>, id: u32) -> bool {
    message.part(id).is_some_and(|part| matches!(part.body, PartType::Html(_)))
}

fn joined(message: &Message<'_>, ids: &[u32], members: &[u32]) -> Body {
    let mut body = Body::default();
    let mut shown_members = 0;
    for id in ids {
        let Some(part) = message.part(*id) else { continue };
        let is_member = members.contains(id);
        let text = match &part.body {
            PartType::Text(_) if is_member && shown_members >= MOST_MEMBERS => continue,
            PartType::Text(_) if is_member => {
                shown_members += 1;
                member_text(part)
            }
            PartType::Text(text) => {
                body.damaged |= part.is_encoding_problem;
                let mut text = plain(message, part, text);
                if ["enriched", "richtext"].iter().any(|kind| part.is_content_type("text", kind)) {
                    text = html::to_text(&text);
                }
                match uuencode::without_files(&text) {
                    Some((text, files)) => {
                        body.coded.extend(files);
                        text
                    }
                    None => text,
                }
            }
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
        if !is_member {
            body.parts.push(*id);
        }
    }
    body
}

/// A mail whose structure is broken still has text somewhere: the part that should have been a multipart or a
/// body, as it stands.
fn last_resort(message: &Message<'_>) -> Body {
    let mut body = Body::default();
    for (id, part) in (0_u32..).zip(&message.parts) {
        let kind = part.content_type().map_or("text", |kind| kind.ctype());
        let text = match &part.body {
            PartType::Text(text) => Cow::Borrowed(text.as_ref()),
            PartType::Binary(octets) if kind == "multipart" => charset::decoded(octets, None),
            _ => continue,
        };
        if !part.is_encoding_problem && kind != "multipart" {
            continue;
        }
        let text = match transfer::rescued(part, &text) {
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

fn plain(message: &Message<'_>, part: &MessagePart<'_>, text: &str) -> String {
    let text = match transfer::rescued(part, text) {
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

/// A part that is text of some kind, such as a calendar.
pub(super) fn text_of<'a>(message: &'a Message<'_>, part: &'a MessagePart<'_>) -> Cow<'a, str> {
    match &part.body {
        PartType::Text(text) | PartType::Html(text) => well_decoded(message, part, text),
        PartType::Binary(octets) | PartType::InlineBinary(octets) => charset::decoded(octets, Some("utf-8")),
        PartType::Message(_) | PartType::Multipart(_) => Cow::Borrowed(""),
    }
}

/// Text whose charset was not told, or is none: the library took it for UTF-8. Guesses better where that failed.
fn well_decoded<'a>(message: &Message<'_>, part: &MessagePart<'_>, text: &'a str) -> Cow<'a, str> {
    let declared = part.content_type().and_then(|kind| kind.attribute("charset"));
    let in_page = match (&part.body, declared) {
        (PartType::Html(html), None) if !charset::is_settled(text, None) => html::charset(html),
        _ => None,
    };
    let declared = in_page.as_deref().or(declared);
    let coding = transfer::coding(part);
    let is_odd = coding != part.encoding
        || (coding == Encoding::QuotedPrintable
            && transfer::octets(message, part).is_some_and(transfer::has_stray_escape));
    if charset::is_settled(text, declared) && in_page.is_none() && !is_odd {
        return Cow::Borrowed(text);
    }
    let octets = transfer::octets(message, part).and_then(|octets| transfer::decoded(octets, coding));
    octets.map_or(Cow::Borrowed(text), |octets| Cow::Owned(charset::decoded(&octets, declared).into_owned()))
}

/// Undoes format=flowed (RFC 3676 section 4.2): a line that ends in a space goes on in the next one of the same
/// quote depth.
pub(super) fn unflowed(text: &str, delete_space: bool) -> String {
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
