//! What is taken from a mail as it passes: what its row in a list shows.

use super::{HeaderFacts, header_length, parse_with_facts, preview};

/// Octets of a mail's beginning that are kept at hand for this.
pub const BEGINNING: usize = 16 << 10;
/// Characters of a preview.
pub const PREVIEW: usize = 160;
/// How much behind the header is looked at, step by step, and how many characters are enough then.
const STEPS: [(usize, usize); 2] = [(1 << 10, PREVIEW), (3 << 10, PREVIEW / 2)];

/// What the beginning of a mail shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Glance {
    pub facts: HeaderFacts,
    pub preview: String,
    /// `None`: what was at hand didn't reach to the end, and shows none.
    pub has_attachment: Option<bool>,
}

/// Looks at the beginning of a mail, or at all of it. Its first words mostly stand right behind its header, and to decode
/// much more of every mail of a mailbox would cost more than everything else that is done with it.
pub fn glance(beginning: &[u8], is_whole: bool) -> Glance {
    let header = header_length(beginning);
    // Where files are attached all of a mail that is at hand is looked through for them anyway.
    let is_mixed = |header: &[u8]| memchr::memmem::find(header, b"multipart/mixed").is_some();
    let steps = match is_whole && beginning.get(..header).is_some_and(is_mixed) {
        true => &[],
        false => STEPS.as_slice(),
    };
    for (behind, enough) in steps {
        let first = beginning.get(..header.saturating_add(*behind)).unwrap_or(beginning);
        if first.len() == beginning.len() {
            break;
        }
        let (facts, parsed) = parse_with_facts(first);
        if facts.has_attachment && is_whole {
            break;
        }
        let preview = preview(&parsed, PREVIEW);
        if preview.chars().count() >= *enough {
            // Whether something is attached shows only further down.
            let has_attachment = (!parsed.attachments.is_empty()).then_some(true);
            return Glance { facts, preview, has_attachment };
        }
    }
    let (facts, parsed) = parse_with_facts(beginning);
    let has_attachment = !parsed.attachments.is_empty();
    Glance {
        facts,
        preview: preview(&parsed, PREVIEW),
        has_attachment: (is_whole || has_attachment).then_some(has_attachment),
    }
}
