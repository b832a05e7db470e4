//! The content of one attached file.

use std::borrow::Cow;
use std::ops::Range;

use mail_parser::{Encoding, Message, MessagePart, PartType};

use super::files::{self, Content, File};
use super::opened::PartFacts;
use super::pieces::{Coding, Pieces};
use super::{PARSER, body, guard, header, tnef, transfer};
use crate::model::Attachment;

/// The content of the attachment `number` (from 1, as `ParsedEmail::attachments` lists them), decoded of its transfer
/// encoding and otherwise as it was sent. `None`: there is no such one.
pub fn part(raw: &[u8], number: u32) -> Option<Vec<u8>> {
    with_file(raw, number, |within, message, file| match &file.content {
        Content::Part(part) => content(within, message, part).into_owned(),
        Content::Octets(octets) => octets.to_vec(),
    })
}

/// How the same can be read without holding all of it: from which octets of the mail, and how they are coded. `Some(None)`: it
/// can't, `part` must be asked. `None`: there is no such one.
pub fn part_pieces(raw: &[u8], number: u32) -> Option<Option<Pieces>> {
    if tnef::as_mail(raw).is_some() {
        return part(raw, number).map(|_| None);
    }
    with_file(raw, number, |within, message, file| {
        let Content::Part(part) = file.content else { return None };
        let range = octets_of(within, message, part)?;
        let declared = match transfer::coding(part) {
            Encoding::None => Coding::Plain,
            Encoding::Base64 => Coding::Base64,
            Encoding::QuotedPrintable => Coding::QuotedPrintable,
        };
        let content = content(within, message, part);
        // What is odd is decoded by the library in its own way: only what comes out the same may be read so.
        let all = [declared, Coding::Plain].into_iter().map(|coding| Pieces { range: range.clone(), coding });
        all.into_iter()
            .find(|pieces| within.get(range.clone()).is_some_and(|octets| pieces.give(octets, &content)))
    })
}

/// All files of a mail with their contents, but those that stand in the midst of its text.
pub(super) fn all(raw: &[u8]) -> Vec<(Attachment, PartFacts, Vec<u8>)> {
    let (within, _) = guard::within_limits(raw);
    let files = guard::unless_it_panics(|| {
        let quiet = guard::without_nested_mails(within);
        let readable = header::readable(&quiet);
        let message = PARSER.parse(readable.as_ref())?;
        let body = body::of(&message);
        let files = files::of(&message, &body);
        let most = files.len().saturating_sub(body.coded.len());
        let contents = files.into_iter().take(most).map(|file| {
            let octets = match &file.content {
                Content::Part(part) => content(within, &message, part).into_owned(),
                Content::Octets(octets) => octets.to_vec(),
            };
            (file.attachment, file.facts, octets)
        });
        Some(contents.collect())
    });
    files.flatten().unwrap_or_default()
}

fn with_file<T>(
    raw: &[u8],
    number: u32,
    work: impl FnOnce(&[u8], &Message<'_>, &File<'_>) -> T,
) -> Option<T> {
    let as_mail = tnef::as_mail(raw);
    let raw = &guard::with_lines(as_mail.as_deref().unwrap_or(raw));
    let (within, _) = guard::within_limits(raw);
    guard::unless_it_panics(|| {
        let quiet = guard::without_nested_mails(within);
        let readable = header::readable(&quiet);
        let message = PARSER.parse(readable.as_ref())?;
        let body = body::of(&message);
        let place = usize::try_from(number).ok()?.checked_sub(1)?;
        let file = files::of(&message, &body).into_iter().nth(place)?;
        Some(work(within, &message, &file))
    })
    .flatten()
}

/// Where a part's octets lie in the mail as it came.
pub(super) fn octets_of(raw: &[u8], message: &Message<'_>, part: &MessagePart<'_>) -> Option<Range<usize>> {
    // The header alone may be longer or shorter than it came.
    let to_raw = |offset: u32| {
        let behind = message.raw_message.len().checked_sub(usize::try_from(offset).ok()?)?;
        raw.len().checked_sub(behind)
    };
    Some(to_raw(part.offset_body)?..to_raw(part.offset_end)?)
}

/// The octets are taken from the mail as it came: for the library the types of mails within were called otherwise.
fn content<'a>(raw: &'a [u8], message: &Message<'_>, part: &'a MessagePart<'_>) -> Cow<'a, [u8]> {
    let octets = octets_of(raw, message, part).and_then(|range| raw.get(range));
    let (Some(octets), false) = (octets, part.is_encoding_problem) else {
        return Cow::Borrowed(part.contents());
    };
    let is_text = matches!(part.body, PartType::Text(_) | PartType::Html(_));
    match part.encoding {
        // No name of a type stands in base64.
        Encoding::Base64 if !is_text => Cow::Borrowed(part.contents()),
        _ => transfer::decoded(octets, transfer::coding(part)).unwrap_or(Cow::Borrowed(part.contents())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(parts: &[&[u8]]) -> Vec<u8> {
        let mut mail = b"Subject: Gr\xfc\xdfe\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n".to_vec();
        for part in parts {
            mail.extend_from_slice(b"--b\r\n");
            mail.extend_from_slice(part);
            mail.extend_from_slice(b"\r\n");
        }
        mail.extend_from_slice(b"--b--\r\n");
        mail
    }

    #[test]
    fn files_come_out_as_they_went_in() {
        let nested: &[u8] = b"Content-Type: message/rfc822\r\n\r\nSubject: in\r\nContent-Type: multipart/digest; boundary=c\r\n\r\n\
            --c\r\n\r\nContent-Type: message/rfc822\r\n\r\nx\r\n--c--";
        let raw = mail(&[
            b"Content-Type: text/plain\r\n\r\ntext",
            b"Content-Type: application/x; name=a\r\nContent-Transfer-Encoding: base64\r\n\r\nAP8KDQ==",
            b"Content-Type: text/csv; charset=iso-8859-1\r\nContent-Disposition: attachment\r\n\r\na;\xfc\r\n",
            b"Content-Type: text/csv; charset=iso-8859-1\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\n/Q==",
            b"Content-Type: text/csv; charset=iso-8859-1\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\na=FDb=\r\nc",
            b"Content-Type: application/y; name=y\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\x01\xff\r\n",
            nested,
        ]);
        let (_, inside) = nested.split_at(b"Content-Type: message/rfc822\r\n\r\n".len());
        let wanted: [&[u8]; 6] =
            [b"\x00\xff\n\r", b"a;\xfc\r\n", b"\xfd", b"a\xfdbc", b"\x01\xff\r\n", inside];
        for (number, wanted) in (1..).zip(wanted) {
            assert_eq!(part(&raw, number).as_deref(), Some(wanted), "file {number}");
        }
        assert_eq!(super::super::parse(&raw).attachments.len(), wanted.len());
        assert_eq!(part(&raw, 0), None);
        assert_eq!(part(&raw, 7), None);
        assert_eq!(part(b"", 1), None);
    }

    #[test]
    fn broken_base64_is_saved_as_it_stands() {
        let raw =
            mail(&[b"Content-Type: image/png; name=a\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%%"]);
        assert_eq!(part(&raw, 1).as_deref(), Some(&b"%%%%"[..]));
    }
}
