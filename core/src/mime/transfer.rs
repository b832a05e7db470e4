//! How parts are coded for their way (RFC 2045 section 6), where what they say of it isn't what the library expects.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{Encoding, Message, MessagePart, MimeHeaders};

use super::charset;

/// How a part is coded. Its field may hold a comment, by which the library doesn't know it.
pub(super) fn coding(part: &MessagePart<'_>) -> Encoding {
    if part.encoding != Encoding::None || part.is_encoding_problem {
        return part.encoding;
    }
    let name = part.content_transfer_encoding().unwrap_or_default();
    match name.split('(').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "base64" => Encoding::Base64,
        "quoted-printable" => Encoding::QuotedPrintable,
        _ => Encoding::None,
    }
}

/// The octets of a part as they stand in the mail that the library read.
pub(super) fn octets<'a>(message: &'a Message<'_>, part: &MessagePart<'_>) -> Option<&'a [u8]> {
    let (start, end) = (usize::try_from(part.offset_body).ok()?, usize::try_from(part.offset_end).ok()?);
    message.raw_message.get(start..end)
}

/// Octets decoded; `None`: they are no such code.
pub(super) fn decoded(octets: &[u8], coding: Encoding) -> Option<Cow<'_, [u8]>> {
    match coding {
        Encoding::None => Some(Cow::Borrowed(octets)),
        Encoding::Base64 => base64_decode(octets).map(Cow::Owned),
        Encoding::QuotedPrintable if has_stray_escape(octets) => Some(Cow::Owned(quoted_printable(octets))),
        Encoding::QuotedPrintable => quoted_printable_decode(octets).map(Cow::Owned),
    }
}

/// Whether a `=` stands before a blank in the midst of a line, where it means itself; the library takes the blank for the end
/// of the line.
pub(super) fn has_stray_escape(octets: &[u8]) -> bool {
    memchr::memchr_iter(b'=', octets).any(|place| {
        let rest = octets.get(place + 1..).unwrap_or_default();
        let blanks = rest.iter().take_while(|octet| matches!(octet, b' ' | b'\t')).count();
        blanks > 0 && !rest.get(blanks).is_none_or(|octet| matches!(octet, b'\r' | b'\n'))
    })
}

/// Line by line: what is no escape means itself.
fn quoted_printable(octets: &[u8]) -> Vec<u8> {
    let mut output = Vec::with_capacity(octets.len());
    for line in octets.split_inclusive(|octet| *octet == b'\n') {
        let content = line.trim_ascii_end();
        let goes_on = content.strip_suffix(b"=");
        let mut rest = goes_on.unwrap_or(content);
        while let Some((octet, behind)) = rest.split_first() {
            rest = behind;
            let digits = behind.get(..2).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
            let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
            match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
                Some(escaped) if *octet == b'=' => {
                    output.push(escaped);
                    rest = behind.get(2..).unwrap_or_default();
                }
                _ => output.push(*octet),
            }
        }
        if goes_on.is_none() && line.ends_with(b"\n") {
            output.extend_from_slice(if line.ends_with(b"\r\n") { b"\r\n" } else { b"\n" });
        }
    }
    output
}

/// Base64 with foreign characters, cut off, or with lines of something else behind it: as much of it as makes sense, and those
/// lines as they stand.
pub(super) fn rescued(part: &MessagePart<'_>, text: &str) -> Option<String> {
    let is_base64 =
        part.content_transfer_encoding().is_some_and(|name| name.trim().eq_ignore_ascii_case("base64"));
    if !is_base64 || !part.is_encoding_problem {
        return None;
    }
    let is_letter = |octet: &u8| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'/');
    // Words have blanks between them, and base64 has none.
    let is_coded = |line: &&str| {
        let line = line.trim();
        let letters = line.bytes().filter(|octet| is_letter(octet) || *octet == b'=').count();
        !line.contains(char::is_whitespace) && letters * 5 >= line.len() * 4
    };
    let coded: usize = text.split_inclusive('\n').take_while(is_coded).map(str::len).sum();
    let (coded, behind) = text.split_at_checked(coded)?;
    let mut letters: Vec<u8> = coded.bytes().filter(is_letter).collect();
    letters.truncate(letters.len() - letters.len() % 4);
    if letters.is_empty() {
        return None;
    }
    let letters_left: Vec<u8> = coded.bytes().filter(is_letter).skip(letters.len()).collect();
    let mut octets = STANDARD_NO_PAD.decode(letters).ok()?;
    // What is left over at the end says an octet or two, if it says anything.
    octets.extend(STANDARD_NO_PAD.decode(letters_left).unwrap_or_default());
    let declared = part.content_type().and_then(|kind| kind.attribute("charset"));
    let mut text = charset::decoded(&octets, declared).into_owned();
    let odd = text.chars().filter(|letter| letter.is_control() && !letter.is_whitespace()).count();
    // Not text after all: the encoding was the lie.
    if odd * 10 > text.len() {
        return None;
    }
    if !behind.trim().is_empty() {
        text.push('\n');
        text.push_str(behind);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_escape_means_itself() {
        assert!(has_stray_escape(b"a = b") && has_stray_escape(b"x=\t1"));
        assert!(!has_stray_escape(b"a=  \r\nb=3D=\nc= "));
        assert_eq!(
            quoted_printable(b"a = b=3D=ZZ, =C3=BC  \r\nc= \r\nd=\ne\n"),
            "a = b==ZZ, ü\r\ncde\n".as_bytes()
        );
    }
}
