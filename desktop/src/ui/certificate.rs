//! What a certificate says, as rows.

use iced::widget::{column, container, row};
use iced::{Element, Fill, Font};
use waxwing_core::error::CertificateFault;
use waxwing_core::model::CertificateFacts;

use crate::theme;
use crate::ui::{card, ink, paragraph};
use crate::words::{self, dates::Now};

/// The facts as rows of label and value.
fn rows(facts: &CertificateFacts, fault: Option<CertificateFault>, now: &Now) -> Vec<(&'static str, String)> {
    let names = if facts.names.is_empty() { facts.subject.clone() } else { facts.names.join(", ") };
    let reason = fault.map(|fault| (words::setup::REASON, words::trouble::reason(fault).to_owned()));
    let facts = [
        (words::MADE_OUT_TO, names),
        (words::ISSUED_BY, facts.issuer.clone()),
        (words::VALID, format!("{} – {}", now.date(facts.not_before), now.date(facts.not_after))),
        (words::FINGERPRINT, in_lines(&facts.sha256)),
    ];
    reason.into_iter().chain(facts).collect()
}

/// A fingerprint eight pairs to the line: lines of one length are easier to compare, and no pair is torn apart.
fn in_lines(fingerprint: &str) -> String {
    let pairs: Vec<&str> = fingerprint.split(':').collect();
    pairs.chunks(8).map(|line| line.join(":")).collect::<Vec<_>>().join("\n")
}

/// A card with why a certificate isn't believed, whom it is for, by whom, when, and its SHA-256.
pub fn certificate<'a, Message: 'a>(
    facts: &CertificateFacts,
    fault: Option<CertificateFault>,
    now: &Now,
) -> Element<'a, Message> {
    let mut lines = column![].spacing(4);
    for (label, value) in rows(facts, fault, now) {
        let mono = label == words::FINGERPRINT;
        let value =
            paragraph(value, theme::CHROME).width(Fill).wrapping(iced::widget::text::Wrapping::WordOrGlyph);
        let value = if mono { value.font(Font::MONOSPACE).size(11.5) } else { value };
        lines = lines.push(
            row![paragraph(label, theme::CHROME).style(ink(|t| t.muted)).width(90), value].align_y(iced::Top),
        );
    }
    container(lines).padding([12, 14]).width(Fill).style(card(|t| t.canvas, 8.0)).into()
}
