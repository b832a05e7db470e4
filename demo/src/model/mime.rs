//! The parts of a mail (RFC 2045, RFC 2046), as far as FETCH needs them. Octets stay as they are.

use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

use super::message;

/// Parts inside parts inside parts: deeper ones are taken for text.
const DEEPEST: usize = 50;

/// A mail or a part of one.
pub(super) struct Part<'a> {
    pub(super) header: &'a [u8],
    pub(super) body: &'a [u8],
    /// Type and subtype in small letters.
    pub(super) kind: (String, String),
    pub(super) parameters: Vec<(String, String)>,
    /// Of a multipart the parts; of a message/rfc822 the one mail inside.
    pub(super) children: Vec<Part<'a>>,
}

impl<'a> Part<'a> {
    pub(super) fn of_mail(raw: &'a [u8]) -> Self {
        Self::read(raw, DEEPEST)
    }

    fn read(raw: &'a [u8], depth: usize) -> Self {
        let (header, body) = (message::header(raw), message::text(raw));
        let (kind, parameters) = value_and_parameters(&message::field(raw, "Content-Type"));
        let kind = kind.split_once('/').map(|(main, sub)| (main.to_owned(), sub.to_owned()));
        let (kind, parameters) = match kind {
            Some(kind) => (kind, parameters),
            None => {
                (("text".to_owned(), "plain".to_owned()), vec![("charset".to_owned(), "us-ascii".to_owned())])
            }
        };
        let mut part = Self { header, body, kind, parameters, children: Vec::new() };
        if depth == 0 {
            return part;
        }
        if part.is_multipart() {
            let boundary = part.parameter("boundary").unwrap_or_default().to_owned();
            part.children =
                split(body, &boundary).into_iter().map(|piece| Self::read(piece, depth - 1)).collect();
        } else if part.is_message() {
            part.children.push(Self::read(body, depth - 1));
        }
        part
    }

    pub(super) fn is_multipart(&self) -> bool {
        self.kind.0 == "multipart"
    }

    pub(super) fn is_message(&self) -> bool {
        self.kind.0 == "message" && self.kind.1 == "rfc822"
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn field(&self, name: &str) -> String {
        message::field(self.header, name)
    }

    /// The part with these numbers (RFC 9051 section 6.4.5.1); the mail itself for none.
    pub(super) fn find(&self, path: &[usize]) -> Option<&Part<'a>> {
        let (first, rest) = match path {
            [] => return Some(self),
            [first, rest @ ..] => (*first, rest),
        };
        // The only part of a mail that is no multipart has number 1.
        let part = if self.is_multipart() {
            self.children.get(first.checked_sub(1)?)?
        } else if first == 1 {
            self
        } else {
            return None;
        };
        match rest {
            [] => Some(part),
            _ if part.is_message() => part.children.first()?.find(rest),
            _ if part.is_multipart() => part.find(rest),
            _ => None,
        }
    }

    /// The body without its transfer encoding; `None` for an encoding nobody knows.
    pub(super) fn decoded(&self) -> Option<Vec<u8>> {
        match self.field("Content-Transfer-Encoding").to_ascii_lowercase().as_str() {
            "" | "7bit" | "8bit" | "binary" => Some(self.body.to_vec()),
            "base64" => {
                let octets: Vec<u8> =
                    self.body.iter().copied().filter(|octet| !octet.is_ascii_whitespace()).collect();
                LENIENT.decode(octets).ok()
            }
            "quoted-printable" => Some(quoted_printable(self.body)),
            _ => None,
        }
    }
}

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// `text/plain; charset="utf-8"` as its value in small letters and its parameters.
pub(super) fn value_and_parameters(field: &str) -> (String, Vec<(String, String)>) {
    let mut pieces = pieces(field, ';').into_iter();
    let value = pieces.next().unwrap_or_default().trim().to_ascii_lowercase();
    let parameter = |piece: String| {
        let (name, value) = piece.split_once('=')?;
        Some((name.trim().to_ascii_lowercase(), unquoted(value.trim())))
    };
    (value, pieces.filter_map(parameter).collect())
}

/// Cut at `separator`, but not inside quotes, comments or angle brackets.
pub(super) fn pieces(text: &str, separator: char) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let (mut quoted, mut escaped, mut depth) = (false, false, 0_u32);
    for character in text.chars() {
        let inside = quoted || depth > 0;
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            '(' | '<' if !quoted => depth += 1,
            ')' | '>' if !quoted => depth = depth.saturating_sub(1),
            character if character == separator && !inside => {
                pieces.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push(character);
        }
    }
    pieces
}

/// Without the quotes around it and the backslashes in it.
pub(super) fn unquoted(text: &str) -> String {
    let Some(inner) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) else {
        return text.to_owned();
    };
    let mut plain = String::new();
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        plain.extend(if character == '\\' { characters.next() } else { Some(character) });
    }
    plain
}

/// What stands between the lines that begin with `--boundary`; the line end before such a line belongs to it.
fn split<'a>(body: &'a [u8], boundary: &str) -> Vec<&'a [u8]> {
    let delimiter = format!("--{boundary}");
    let mut parts = Vec::new();
    let mut start = None;
    let mut at = 0;
    while at < body.len() {
        let line_end =
            body[at..].iter().position(|octet| *octet == b'\n').map_or(body.len(), |end| at + end + 1);
        let line = &body[at..line_end];
        if let Some(rest) = line.strip_prefix(delimiter.as_bytes()) {
            let rest = rest.trim_ascii_end();
            if rest.is_empty() || rest == b"--" {
                if let Some(start) = start {
                    let part = body.get(start..at).unwrap_or_default();
                    let part = part.strip_suffix(b"\n").unwrap_or(part);
                    parts.push(part.strip_suffix(b"\r").unwrap_or(part));
                }
                start = Some(line_end);
                if rest == b"--" {
                    return parts;
                }
            }
        }
        at = line_end;
    }
    parts.extend(start.and_then(|start| body.get(start..)));
    parts
}

fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::new();
    let mut rest = body;
    while let Some((octet, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        rest = match (octet, hex, after) {
            (b'=', _, [b'\r', b'\n', after @ ..] | [b'\n', after @ ..]) => after,
            (b'=', Some(hex), _) if u8::from_str_radix(hex, 16).is_ok() => {
                decoded.extend(u8::from_str_radix(hex, 16).ok());
                &after[2..]
            }
            _ => {
                decoded.push(*octet);
                after
            }
        };
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &[u8] =
        b"Subject: x\r\nContent-Type: multipart/mixed; boundary=\"a b\"\r\n\r\npreamble\r\n--a b\r\n\
        \r\none\r\n--a b\r\nContent-Type: message/rfc822\r\n\r\nSubject: y\r\n\r\ninner\r\n--a b\r\n\
        Content-Transfer-Encoding: quoted-printable\r\n\r\nK=C3=A4se=\r\n!\r\n--a b--\r\nepilogue";

    #[test]
    fn parts_have_the_numbers_the_rfc_gives_them() {
        let mail = Part::of_mail(MAIL);
        let body =
            |path: &[usize]| mail.find(path).map(|part| String::from_utf8_lossy(part.body).into_owned());
        assert_eq!(body(&[1]).unwrap(), "one");
        assert_eq!(body(&[2]).unwrap(), "Subject: y\r\n\r\ninner");
        assert_eq!(body(&[2, 1]).unwrap(), "inner");
        assert_eq!(mail.find(&[3]).unwrap().decoded().unwrap(), "Käse!".as_bytes());
        assert!(body(&[4]).is_none() && body(&[1, 1]).is_none() && body(&[0]).is_none());
        let plain = Part::of_mail(b"Subject: z\r\n\r\nhi");
        assert_eq!(plain.find(&[1]).unwrap().body, b"hi");
        assert!(plain.find(&[2]).is_none());
    }
}
