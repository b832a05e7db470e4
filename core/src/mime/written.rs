//! A mail that was written here or elsewhere, read back to be written on.

use mail_parser::{MimeHeaders, PartType};

use super::compose::{Composition, Enclosure, MARKDOWN, MARKUP, Writing};
use super::opened::{Wanted, open};
use super::{PARSER, body, guard, header, part, recipients};
use crate::model::Address;

/// What `compose` made this mail of, where it did; of another program's mail as much as can be written on here: its people, its
/// subject, its text and its files. Never panics, whatever the bytes.
pub fn written(raw: &[u8]) -> (Composition, Vec<Enclosure>) {
    let raw = &guard::with_lines(raw);
    let mail = open(raw, Wanted::default());
    let (text, writing) = match own_text(raw) {
        Some(own) if !mail.email.from_html => own,
        _ => (mail.email.text.clone(), Writing::Plain),
    };
    let files = part::all(raw).into_iter().map(|(file, facts, octets)| Enclosure {
        name: file.name,
        media_type: file.media_type,
        octets,
        content_id: facts.content_id,
    });
    let composition = Composition {
        from: list(mail.email.from.get(..1).unwrap_or_default()),
        to: list(&mail.email.to),
        cc: list(&mail.email.cc),
        bcc: list(&mail.bcc),
        reply_to: list(&mail.email.reply_to),
        subject: mail.email.subject,
        text,
        writing,
        references: mail.facts.references,
        wants_receipt: mail.receipt_to.is_some(),
    };
    (composition, files.collect())
}

fn list(people: &[Address]) -> String {
    let people = people.iter().map(|one| match one.address.is_empty() {
        true => one.name.clone(),
        false => recipients::mailbox(&one.name, &one.address),
    });
    people.collect::<Vec<_>>().join(", ")
}

/// The plain text as it was typed, to its last blank, and how it was meant; `None`: there isn't exactly one.
fn own_text(raw: &[u8]) -> Option<(String, Writing)> {
    let (within, _) = guard::within_limits(raw);
    guard::unless_it_panics(|| {
        let quiet = guard::without_nested_mails(within);
        let readable = header::readable(&quiet);
        let message = PARSER.parse(readable.as_ref())?;
        let [id] = message.text_body[..] else { return None };
        let part = message.part(id)?;
        if !matches!(part.body, PartType::Text(_)) || part.is_encoding_problem {
            return None;
        }
        let attribute = |name| part.content_type().and_then(|kind| kind.attribute(name)).unwrap_or_default();
        let text = body::text_of(&message, part);
        let text = match attribute("format").eq_ignore_ascii_case("flowed") {
            true => body::unflowed(&text, attribute("delsp").eq_ignore_ascii_case("yes")),
            false => text.replace("\r\n", "\n").replace('\r', "\n"),
        };
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let clean = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
        let is_markdown = attribute(MARKUP).eq_ignore_ascii_case(MARKDOWN);
        Some((clean, if is_markdown { Writing::Markdown } else { Writing::Plain }))
    })
    .flatten()
}

#[cfg(test)]
mod tests;
