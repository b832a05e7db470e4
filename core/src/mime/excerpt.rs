//! A mail of which some files were left out: the same mail with less in them.

use std::ops::Range;

use super::files::{self, Content};
use super::opened::{OpenedEmail, Wanted, open};
use super::part::octets_of;
use super::{PARSER, ParsedEmail, body, guard, header, tnef, transfer};

/// Something of a file that isn't here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Before which octet of what is here it belongs.
    pub at: usize,
    /// How many octets it is, coded as it is.
    pub length: u64,
}

/// Where the octets of each of a mail's files lie in it, in the order of its attachments. None of one that is within another or in a text.
pub fn file_places(raw: &[u8]) -> Vec<Option<Range<usize>>> {
    read(raw, |within, message| {
        let body = body::of(message);
        let files = files::of(message, &body);
        files
            .iter()
            .map(|file| match file.content {
                Content::Part(part) => octets_of(within, message, part),
                Content::Octets(_) => None,
            })
            .collect()
    })
    .unwrap_or_default()
}

/// The files something is left out of, by their place in the list of attachments, from 0: one for each. `None` where something is
/// left out that is in no file.
pub fn files_left_out(raw: &[u8], left_out: &[LeftOut]) -> Option<Vec<usize>> {
    let places = file_places(raw);
    let holds = |place: &Option<Range<usize>>, at: usize| {
        place.as_ref().is_some_and(|place| place.start <= at && at <= place.end)
    };
    let files: Vec<usize> = left_out
        .iter()
        .map(|left_out| places.iter().position(|place| holds(place, left_out.at)))
        .collect::<Option<_>>()?;
    // What is left out of one file lies in one piece, and the files are in order.
    files.is_sorted_by(|one, next| one < next).then_some(files)
}

/// Reads such a mail as `open` does. Files that aren't here say so, with about the size they will have.
pub fn open_excerpt(raw: &[u8], left_out: &[LeftOut], wanted: Wanted) -> OpenedEmail {
    let mut opened = open(raw, wanted);
    for (file, size) in sizes(raw, left_out) {
        if let Some(facts) = opened.parts.get_mut(file) {
            facts.is_missing = true;
        }
        if let Some(attachment) = opened.email.attachments.get_mut(file) {
            attachment.size = size;
        }
    }
    opened
}

/// The same for `parse`.
pub fn parse_excerpt(raw: &[u8], left_out: &[LeftOut]) -> ParsedEmail {
    let mut parsed = super::parse(raw);
    for (file, size) in sizes(raw, left_out) {
        if let Some(attachment) = parsed.attachments.get_mut(file) {
            attachment.size = size;
        }
    }
    parsed
}

/// The size that each file will have about, decoded.
fn sizes(raw: &[u8], left_out: &[LeftOut]) -> Vec<(usize, u64)> {
    if left_out.is_empty() {
        return Vec::new();
    }
    let files = files_left_out(raw, left_out).unwrap_or_default();
    let codings = read(raw, |_, message| {
        let body = body::of(message);
        let files = files::of(message, &body);
        let coding = |file: &files::File<'_>| match file.content {
            Content::Part(part) => (transfer::coding(part), file.attachment.size),
            Content::Octets(_) => (mail_parser::Encoding::None, file.attachment.size),
        };
        files.iter().map(coding).collect::<Vec<_>>()
    })
    .unwrap_or_default();
    let sized = files.into_iter().zip(left_out).filter_map(|(file, left_out)| {
        let (coding, here) = codings.get(file)?;
        let size = match coding {
            // 57 octets are a line of 76 letters and its end (RFC 2045 section 6.8).
            mail_parser::Encoding::Base64 => left_out.length / 78 * 57 + left_out.length % 78 * 3 / 4,
            _ => left_out.length,
        };
        Some((file, size.saturating_add(*here)))
    });
    sized.collect()
}

/// The library's reading of a mail, as `part` has it.
fn read<T>(raw: &[u8], work: impl FnOnce(&[u8], &mail_parser::Message<'_>) -> T) -> Option<T> {
    if tnef::as_mail(raw).is_some() {
        return None;
    }
    let raw = &guard::with_lines(raw);
    let (within, _) = guard::within_limits(raw);
    guard::unless_it_panics(|| {
        let quiet = guard::without_nested_mails(within);
        let readable = header::readable(&quiet);
        let message = PARSER.parse(readable.as_ref())?;
        Some(work(within, &message))
    })
    .flatten()
}
