//! A mail that was written here or elsewhere, read back to be written on.

use super::compose::{Composition, Enclosure, Writing};
use super::opened::{Wanted, open};
use super::{part, recipients};
use crate::model::Address;

/// As much of a mail as can be written on here: its people, its subject, its text and its files.
pub fn written(raw: &[u8]) -> (Composition, Vec<Enclosure>) {
    let mail = open(raw, Wanted::default());
    let numbered = (1..).zip(mail.email.attachments.iter().zip(&mail.parts));
    let files = numbered.filter_map(|(number, (file, facts))| {
        let (name, media_type) = (file.name.clone(), file.media_type.clone());
        let content_id = facts.content_id.clone();
        Some(Enclosure { name, media_type, octets: part(raw, number)?, content_id })
    });
    let composition = Composition {
        from: list(mail.email.from.get(..1).unwrap_or_default()),
        to: list(&mail.email.to),
        cc: list(&mail.email.cc),
        bcc: list(&mail.bcc),
        reply_to: list(&mail.email.reply_to),
        subject: mail.email.subject.clone(),
        text: mail.email.text.clone(),
        writing: Writing::Plain,
        references: mail.facts.references.clone(),
        wants_receipt: mail.receipt_to.is_some(),
    };
    (composition, files.collect())
}

fn list(people: &[Address]) -> String {
    let people = people.iter().map(|one| recipients::mailbox(&one.name, &one.address));
    people.collect::<Vec<_>>().join(", ")
}
