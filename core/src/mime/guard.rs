//! The limits around the MIME library: its time, its stack, its panics.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Most bytes of a mail that are parsed.
const LARGEST: usize = 64 << 20;
/// Most work for the library, in bytes looked at: each boundary may make it search the rest of the mail.
const MOST_WORK: usize = 2_000_000_000;
/// A mail of so many bytes can't make it work that much, were it nothing but the word `boundary`.
const HARMLESS: usize = 120_000;
const _: () = assert!(HARMLESS / BOUNDARY.len() * HARMLESS < MOST_WORK);

const BOUNDARY: &[u8] = b"boundary";

/// The media type of a mail within a mail.
pub(super) const NESTED_MAIL: &str = "message/rfc822";

/// What a digest is called while the library reads it.
pub(super) const DIGEST_MEANWHILE: &str = "mixed_";

/// Types under which the library would open a mail within a mail, and what they are called meanwhile. Same
/// length, so that no offset moves.
const NESTING: [(&[u8], &[u8]); 3] = [(b"rfc822", b"rfc82_"), (b"global", b"globa_"), (b"digest", b"mixed_")];

/// Runs something of the library; `None` if it panics.
pub(crate) fn unless_it_panics<T>(work: impl FnOnce() -> T) -> Option<T> {
    // What the closure touched is dropped with it, so no half-changed value is ever seen.
    catch_unwind(AssertUnwindSafe(work)).ok()
}

/// The part of a mail that can be parsed in bounded time, and whether something was left out.
pub(super) fn within_limits(raw: &[u8]) -> (&[u8], bool) {
    if raw.len() <= HARMLESS {
        return (raw, false);
    }
    let within = raw.get(..LARGEST).unwrap_or(raw);
    let mut boundaries = 0_usize;
    for place in places(within, BOUNDARY) {
        boundaries += 1;
        if boundaries.saturating_mul(place) > MOST_WORK {
            return (within.get(..place).unwrap_or(within), true);
        }
    }
    // The last ones may each search to the very end.
    let affordable = MOST_WORK.checked_div(boundaries).unwrap_or(usize::MAX);
    let kept = within.get(..affordable.max(1 << 20)).unwrap_or(within);
    (kept, kept.len() < raw.len())
}

/// The mail with the mails inside it made plain attachments.
///
/// The library opens a mail inside a mail by recursion somewhere (at the latest when it is dropped), without a
/// limit: a mail of a few hundred kilobytes could use up the stack, which nothing can catch. Nothing of a mail
/// inside is shown anyway but its subject.
pub(super) fn without_nested_mails(raw: &[u8]) -> Cow<'_, [u8]> {
    let mut quiet = Cow::Borrowed(raw);
    let mut from = 0;
    while let Some(start) = next_content_type(raw, from) {
        let end = start + field_length(raw.get(start..).unwrap_or_default());
        let field = raw.get(start..end).unwrap_or_default();
        // Parameters stay as they are (a boundary may hold any word), unless a comment may hide where they begin.
        let type_length = match field.iter().position(|octet| *octet == b';') {
            Some(length) if !field.iter().take(length).any(|octet| *octet == b'(') => length,
            _ => field.len(),
        };
        for (name, meanwhile) in NESTING {
            for place in places(field.get(..type_length).unwrap_or_default(), name) {
                let place = start + place;
                if let Some(octets) = quiet.to_mut().get_mut(place..place + name.len()) {
                    octets.copy_from_slice(meanwhile);
                }
            }
        }
        from = end.max(start + 1);
    }
    quiet
}

/// The name a type had before `without_nested_mails`.
pub(super) fn true_media_type(media_type: &str) -> String {
    let mut name = media_type.to_owned();
    for (before, meanwhile) in NESTING {
        if let (Ok(before), Ok(meanwhile)) = (std::str::from_utf8(before), std::str::from_utf8(meanwhile)) {
            name = name.replace(meanwhile, before);
        }
    }
    name
}

/// A mail whose lines end in CR alone, as some programs of old left them, with LF in its place.
pub(super) fn with_lines(raw: &[u8]) -> Cow<'_, [u8]> {
    /// A header has its first line end by then.
    const LOOKED_AT: usize = 4096;
    let beginning = raw.get(..LOOKED_AT).unwrap_or(raw);
    if memchr::memchr(b'\n', beginning).is_some() || memchr::memchr(b'\r', beginning).is_none() {
        return Cow::Borrowed(raw);
    }
    Cow::Owned(raw.iter().map(|octet| if *octet == b'\r' { b'\n' } else { *octet }).collect())
}

/// Where the next value of something like a Content-Type field begins: as generous as the library, which takes
/// blanks within the name and does not need the field to begin a line.
fn next_content_type(raw: &[u8], from: usize) -> Option<usize> {
    const NAME: &[u8] = b"content-type";
    let rest = raw.get(from..).unwrap_or_default();
    // From each colon backwards: there are few. Blanks before one are walked through once, as no colon is among them.
    memchr::memchr_iter(b':', rest).find_map(|colon| {
        let before = rest.get(..colon).unwrap_or_default().iter().rev();
        let mut letters = before.filter(|octet| **octet == b'\n' || !octet.is_ascii_whitespace());
        NAME.iter()
            .rev()
            .all(|wanted| letters.next().is_some_and(|octet| octet.eq_ignore_ascii_case(wanted)))
            .then(|| from + colon + 1)
    })
}

/// The length of a field's value with its folded lines.
fn field_length(value: &[u8]) -> usize {
    let mut length = 0;
    for line in value.split_inclusive(|octet| *octet == b'\n') {
        if length > 0 && !line.starts_with(b" ") && !line.starts_with(b"\t") {
            break;
        }
        length += line.len();
    }
    length
}

/// Where `word` (in lower case) occurs, whatever its case.
fn places<'a>(within: &'a [u8], word: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let first = word.first().copied().unwrap_or_default();
    memchr::memchr2_iter(first, first.to_ascii_uppercase(), within).filter(move |place| {
        within.get(*place..place + word.len()).is_some_and(|found| found.eq_ignore_ascii_case(word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_types_of_content_type_fields_are_renamed() {
        let raw = b"Subject: message/rfc822\r\nContent-Type: multipart/mixed; boundary=digest\r\n\r\nmessage/rfc822 \
            digest\r\n--digest\r\nCONTENT -Type :\r\n\tMessage/RFC822\r\n\r\n";
        let wanted = b"Subject: message/rfc822\r\nContent-Type: multipart/mixed; boundary=digest\r\n\r\nmessage/rfc822 \
            digest\r\n--digest\r\nCONTENT -Type :\r\n\tMessage/rfc82_\r\n\r\n";
        assert_eq!(without_nested_mails(raw).as_ref(), wanted);
        assert!(matches!(without_nested_mails(b"Content-Type: text/plain\n\nx"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_comment_hides_nothing() {
        let raw = b"Content-Type: (;) message/rfc822\n\n";
        assert_eq!(without_nested_mails(raw).as_ref(), b"Content-Type: (;) message/rfc82_\n\n");
    }

    #[test]
    fn mail_of_a_common_kind_is_never_cut() {
        let mut raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n".to_vec();
        raw.resize(30 << 20, b'x');
        assert_eq!(within_limits(&raw), (raw.as_slice(), false));
        assert!(within_limits(&vec![b'x'; LARGEST + 1]).1);
    }
}
