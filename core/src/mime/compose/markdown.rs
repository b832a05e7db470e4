//! Markdown (CommonMark) as the HTML of a mail. HTML that is typed is text.

use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd, html};

fn events(text: &str) -> impl Iterator<Item = Event<'_>> {
    Parser::new_ext(text, Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES).map(|event| match event {
        Event::Html(typed) | Event::InlineHtml(typed) => Event::Text(typed),
        // A line that ends is a line that ends: people write letters.
        Event::SoftBreak => Event::HardBreak,
        other => other,
    })
}

/// Whether anything of it is more than paragraphs.
pub(super) fn has_form(text: &str) -> bool {
    events(text).any(|event| match event {
        Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph) => false,
        Event::Start(Tag::Link { link_type: LinkType::Autolink | LinkType::Email, .. }) => false,
        Event::Start(_) | Event::Code(_) | Event::Rule => true,
        _ => false,
    })
}

/// A whole document, without a picture or anything else that is asked for over the network.
pub(super) fn html(text: &str) -> String {
    let mut body = String::with_capacity(text.len() * 3 / 2);
    let mut within_picture = 0_usize;
    let shown = events(text).filter_map(|event| match event {
        Event::Start(Tag::Image { .. }) => {
            within_picture += 1;
            None
        }
        Event::End(TagEnd::Image) => {
            within_picture = within_picture.saturating_sub(1);
            None
        }
        Event::Start(Tag::Link { dest_url, .. }) if !leads_somewhere(&dest_url) => {
            Some(Event::Start(Tag::Emphasis))
        }
        other => Some(other),
    });
    html::push_html(&mut body, matched(shown));
    format!("<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head><body>\n{body}</body></html>\n")
}

/// Links that were made emphasis end as such.
fn matched<'a>(events: impl Iterator<Item = Event<'a>>) -> impl Iterator<Item = Event<'a>> {
    let mut open = Vec::new();
    events.map(move |event| {
        match &event {
            Event::Start(tag @ (Tag::Link { .. } | Tag::Emphasis)) => open.push(tag.to_end()),
            Event::End(TagEnd::Link | TagEnd::Emphasis) => {
                if let Some(end) = open.pop() {
                    return Event::End(end);
                }
            }
            _ => {}
        }
        event
    })
}

fn leads_somewhere(address: &str) -> bool {
    let scheme = address.split(':').next().unwrap_or_default().to_ascii_lowercase();
    matches!(scheme.as_str(), "http" | "https" | "mailto" | "tel") && address.contains(':')
}
