//! Markdown (CommonMark) as the HTML of a mail. HTML that is typed is text.

use pulldown_cmark::{CowStr, Event, LinkType, Options, Parser, Tag, TagEnd, TextMergeStream, html};

use super::flowed::quoted;
use crate::mime::parameters;

/// Pictures that go along, by their Content-IDs.
pub(super) struct Pictures<'a>(pub(super) &'a [&'a str]);

impl Pictures<'_> {
    /// The one that an address names (RFC 2392).
    fn named(&self, address: &str) -> Option<&str> {
        let id = address.split_once(':').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("cid"))?.1;
        let id = parameters::unescaped(id.as_bytes());
        self.0.iter().copied().find(|known| known.as_bytes() == id)
    }
}

/// Whether anything of it is more than paragraphs.
pub(super) fn has_form(text: &str, pictures: &Pictures<'_>) -> bool {
    pieces(text).into_iter().any(|piece| match piece {
        Piece::Signature(_) => false,
        Piece::Text(text) => events(&text).any(|event| match event {
            Event::Start(Tag::Paragraph | Tag::HtmlBlock) => false,
            Event::Start(Tag::Link { link_type: LinkType::Autolink | LinkType::Email, .. }) => false,
            Event::Start(Tag::Image { dest_url, .. }) => pictures.named(&dest_url).is_some(),
            Event::Start(_) | Event::Code(_) | Event::Rule => true,
            _ => false,
        }),
    })
}

/// The pictures of these that the text shows.
pub(super) fn shown<'a>(text: &str, pictures: &Pictures<'a>) -> Vec<&'a str> {
    let mut shown = Vec::new();
    for piece in pieces(text) {
        let Piece::Text(text) = piece else { continue };
        for event in events(&text) {
            if let Event::Start(Tag::Image { dest_url, .. }) = event
                && let Some(id) = pictures.named(&dest_url)
                && let Some(known) = pictures.0.iter().find(|known| **known == id)
                && !shown.contains(known)
            {
                shown.push(*known);
            }
        }
    }
    shown
}

/// A whole document, without anything that is asked for over the network.
pub(super) fn html(text: &str, pictures: &Pictures<'_>) -> String {
    let mut body = String::with_capacity(text.len() * 3 / 2);
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => html::push_html(&mut body, safe(&text, pictures).into_iter()),
            Piece::Signature(lines) => {
                body.push_str("<div>-- ");
                for line in lines.lines() {
                    body.push_str("<br>\n");
                    html::push_html(&mut body, linked(line.into()).into_iter());
                }
                body.push_str("</div>\n");
            }
        }
    }
    format!("<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head><body>\n{body}</body></html>\n")
}

/// What a text is made of.
enum Piece {
    /// Markdown.
    Text(String),
    /// What stands below a line `-- `, up to an empty line: no heading, and lines as they are.
    Signature(String),
}

/// The text with signatures set apart, and with quotes that end where they end: CommonMark would take a line right below a
/// quote for a part of it, and so whoever answers for whoever is answered.
fn pieces(text: &str) -> Vec<Piece> {
    let (mut pieces, mut within) = (Vec::new(), String::new());
    let (mut depth_before, mut fence) = (0, None::<&str>);
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if fence.is_none() && line == "-- " {
            pieces.push(Piece::Text(std::mem::take(&mut within)));
            let lines: Vec<&str> = lines.by_ref().take_while(|line| !line.trim().is_empty()).collect();
            pieces.push(Piece::Signature(lines.join("\n")));
            depth_before = 0;
            continue;
        }
        let depth = if fence.is_some() { 0 } else { quoted(line).0 };
        if depth < depth_before {
            within.push_str(&">".repeat(depth));
            within.push('\n');
        }
        if depth == 0 {
            let mark = ["```", "~~~"].into_iter().find(|mark| line.trim_start().starts_with(mark));
            fence = match (fence, mark) {
                (None, mark) => mark,
                (Some(open), Some(mark)) if open == mark => None,
                (open, _) => open,
            };
        }
        within.push_str(line);
        within.push('\n');
        depth_before = depth;
    }
    pieces.push(Piece::Text(within));
    pieces
}

fn events(text: &str) -> impl Iterator<Item = Event<'_>> {
    Parser::new_ext(text, Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES).map(|event| match event {
        Event::Html(typed) | Event::InlineHtml(typed) => Event::Text(typed),
        // A line that ends is a line that ends: people write letters.
        Event::SoftBreak => Event::HardBreak,
        other => other,
    })
}

/// Links that lead on the web or begin a mail, pictures that go along; of others the text alone.
fn safe<'a>(text: &'a str, pictures: &Pictures<'_>) -> Vec<Event<'a>> {
    let mut safe = Vec::new();
    // For each link and picture that is open, whether it stays.
    let mut open = Vec::new();
    let mut is_code = false;
    for event in TextMergeStream::new(events(text)) {
        match event {
            Event::Start(Tag::Link { ref dest_url, link_type, .. }) => {
                let stays = leads_somewhere(dest_url) || link_type == LinkType::Email;
                open.push(stays);
                safe.extend(stays.then_some(event));
            }
            Event::Start(Tag::Image { ref dest_url, .. }) => {
                let stays = pictures.named(dest_url).is_some();
                open.push(stays);
                safe.extend(stays.then_some(event));
            }
            Event::End(TagEnd::Link | TagEnd::Image) => {
                safe.extend(open.pop().unwrap_or_default().then_some(event));
            }
            Event::Text(text) if open.is_empty() && !is_code => safe.extend(linked(text)),
            event => {
                match event {
                    Event::Start(Tag::CodeBlock(_)) => is_code = true,
                    Event::End(TagEnd::CodeBlock) => is_code = false,
                    _ => {}
                }
                safe.push(event);
            }
        }
    }
    safe
}

fn leads_somewhere(address: &str) -> bool {
    let scheme = address.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    matches!(scheme.as_deref(), Some("http" | "https" | "mailto")) && !address.contains(char::is_control)
}

/// Text with links where addresses of the web stand in it.
fn linked(text: CowStr<'_>) -> Vec<Event<'static>> {
    let mut events = Vec::new();
    let mut rest = &*text;
    let mut plain = String::new();
    while let Some(place) = ["https://", "http://"].iter().filter_map(|scheme| rest.find(scheme)).min() {
        let (before, from) = rest.split_at(place);
        let length = from.find(|c: char| c.is_whitespace() || c.is_control() || "<>\"`".contains(c));
        let address = from.get(..length.unwrap_or(from.len())).unwrap_or_default();
        let has_open = address.contains('(');
        let ends = |c: char| ".,;:!?'*_]}".contains(c) || (c == ')' && !has_open);
        let address = address.trim_end_matches(ends);
        plain.push_str(before);
        let is_word = before.ends_with(|c: char| c.is_alphanumeric());
        if is_word || address.len() <= "https://".len() {
            plain.push_str(address);
        } else {
            events.push(Event::Text(std::mem::take(&mut plain).into()));
            let (link_type, title, id) = (LinkType::Autolink, "".into(), "".into());
            events.push(Event::Start(Tag::Link {
                link_type,
                dest_url: address.to_owned().into(),
                title,
                id,
            }));
            events.push(Event::Text(address.to_owned().into()));
            events.push(Event::End(TagEnd::Link));
        }
        rest = from.get(address.len().max(1)..).unwrap_or_default();
        if address.is_empty() {
            plain.push_str(from.get(..1).unwrap_or_default());
        }
    }
    plain.push_str(rest);
    events.push(Event::Text(plain.into()));
    events
}
