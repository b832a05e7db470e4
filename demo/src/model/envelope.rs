//! ENVELOPE, BODYSTRUCTURE and BODY (RFC 9051 section 7.5.2).

use super::message;
use super::mime::{Part, pieces, unquoted, value_and_parameters};

/// ENVELOPE of the mail that begins with this header.
pub(super) fn envelope(header: &[u8]) -> Vec<u8> {
    let field = |name: &str| nstring(&message::field(header, name));
    let people = |name: &str| {
        let all = message::all_of_field(header, name).join(", ");
        // A mail without Sender or Reply-To was sent by who it is from.
        let default = matches!(name, "Sender" | "Reply-To") && all.trim().is_empty();
        addresses(&if default { message::field(header, "From") } else { all })
    };
    let mut items = vec![field("Date"), field("Subject")];
    items.extend(["From", "Sender", "Reply-To", "To", "Cc", "Bcc"].map(people));
    items.extend([field("In-Reply-To"), field("Message-ID")]);
    list(&items)
}

/// BODYSTRUCTURE, or without the extension data BODY.
/// Sizes are told as so many octets more than they are.
pub(super) fn structure(part: &Part<'_>, extended: bool, off: isize) -> Vec<u8> {
    let parameters = parameters(&part.parameters);
    if part.is_multipart() && !part.children.is_empty() {
        let mut items = vec![
            part.children.iter().map(|child| structure(child, extended, off)).collect::<Vec<_>>().concat(),
        ];
        items.push(quoted(&part.kind.1));
        if extended {
            items.extend([parameters, disposition(part), nstring(&part.field("Content-Language"))]);
            items.push(nstring(&part.field("Content-Location")));
        }
        return list(&items);
    }
    let encoding = part.field("Content-Transfer-Encoding");
    let mut items = vec![
        quoted(&part.kind.0),
        quoted(&part.kind.1),
        parameters,
        nstring(&part.field("Content-ID")),
        nstring(&part.field("Content-Description")),
        quoted(if encoding.is_empty() { "7bit" } else { &encoding }),
        part.body.len().saturating_add_signed(off).to_string().into_bytes(),
    ];
    let lines = part.body.iter().filter(|octet| **octet == b'\n').count().to_string().into_bytes();
    if let Some(inner) = part.children.first() {
        items.extend([envelope(inner.header), structure(inner, extended, off), lines]);
    } else if part.kind.0 == "text" {
        items.push(lines);
    }
    if extended {
        items.extend([nstring(&part.field("Content-MD5")), disposition(part)]);
        items.extend(["Content-Language", "Content-Location"].map(|name| nstring(&part.field(name))));
    }
    list(&items)
}

fn disposition(part: &Part<'_>) -> Vec<u8> {
    let (kind, values) = value_and_parameters(&part.field("Content-Disposition"));
    if kind.is_empty() { b"NIL".to_vec() } else { list(&[quoted(&kind), parameters(&values)]) }
}

fn parameters(parameters: &[(String, String)]) -> Vec<u8> {
    if parameters.is_empty() {
        return b"NIL".to_vec();
    }
    let items = parameters.iter().flat_map(|(name, value)| [quoted(name), quoted(value)]);
    list(&items.collect::<Vec<_>>())
}

/// An address list; a group is its name, its members and an end (RFC 9051 section 7.5.2).
fn addresses(field: &str) -> Vec<u8> {
    let mut written = Vec::new();
    for piece in pieces(field, ',') {
        let mut piece = piece.trim();
        let group = pieces(piece, ':');
        if let [name, _, ..] = &group[..] {
            written.extend(address(None, &unquoted(name.trim()), None));
            piece = piece[name.len() + 1..].trim();
        }
        let ends = piece.strip_suffix(';');
        let one = ends.unwrap_or(piece).trim();
        if !one.is_empty() {
            written.extend(one_address(one));
        }
        if ends.is_some() {
            written.extend(b"(NIL NIL NIL NIL)");
        }
    }
    if written.is_empty() { b"NIL".to_vec() } else { [b"(", &written[..], b")"].concat() }
}

fn one_address(text: &str) -> Vec<u8> {
    let angle = text.rsplit_once('<').map(|(name, rest)| (name.trim(), rest.trim_end_matches('>').trim()));
    let (name, spec) = angle.unwrap_or_else(|| {
        // `a@x.test (Ada)`: the old way to give a name.
        let (spec, comment) = text.split_once('(').unwrap_or((text, ""));
        (comment.trim_end_matches(')'), spec.trim())
    });
    let (mailbox, host) = spec.rsplit_once('@').unwrap_or((spec, ""));
    address(Some(&unquoted(name)).filter(|name| !name.is_empty()).map(String::as_str), mailbox, Some(host))
}

fn address(name: Option<&str>, mailbox: &str, host: Option<&str>) -> Vec<u8> {
    let optional = |text: Option<&str>| text.map_or_else(|| b"NIL".to_vec(), quoted);
    list(&[optional(name), b"NIL".to_vec(), quoted(mailbox), optional(host)])
}

fn list(items: &[Vec<u8>]) -> Vec<u8> {
    [b"(", &items.join(&b' ')[..], b")"].concat()
}

fn nstring(text: &str) -> Vec<u8> {
    if text.is_empty() { b"NIL".to_vec() } else { quoted(text) }
}

/// A quoted string, or a literal where that can't be one.
pub(super) fn quoted(text: &str) -> Vec<u8> {
    if text.bytes().any(|octet| !matches!(octet, b'\t' | b' '..=b'~')) {
        return format!("{{{}}}\r\n{text}", text.len()).into_bytes();
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(octets: Vec<u8>) -> String {
        String::from_utf8(octets).unwrap()
    }

    #[test]
    fn an_envelope_reads_like_the_rfcs_example() {
        let header = b"Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\r\nFrom: Terry Gray <gray@cac.example>\r\n\
            Subject: IMAP4rev2 \"WG\"\r\nTo: imap@cac.example\r\nCc: minutes@x.test, \"Doe, Jo\" <jo@x.test>,\r\n \
            Crew: a@x.test (Al);\r\nMessage-ID: <B27397-0100000@cac.example>\r\n\r\n";
        assert_eq!(
            text(envelope(header)),
            "(\"Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\" \"IMAP4rev2 \\\"WG\\\"\" \
             ((\"Terry Gray\" NIL \"gray\" \"cac.example\")) ((\"Terry Gray\" NIL \"gray\" \"cac.example\")) \
             ((\"Terry Gray\" NIL \"gray\" \"cac.example\")) ((NIL NIL \"imap\" \"cac.example\")) \
             ((NIL NIL \"minutes\" \"x.test\")(\"Doe, Jo\" NIL \"jo\" \"x.test\")(NIL NIL \"Crew\" NIL)\
             (\"Al\" NIL \"a\" \"x.test\")(NIL NIL NIL NIL)) NIL NIL \"<B27397-0100000@cac.example>\")"
        );
    }

    #[test]
    fn a_structure_shows_parts_mails_in_mails_and_attachments() {
        let raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: TEXT/HTML; charset=utf-8\r\n\r\n\
            hi\r\nyou\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\nx\r\n--b\r\n\
            Content-Type: image/png\r\nContent-ID: <c>\r\nContent-Transfer-Encoding: base64\r\n\
            Content-Disposition: attachment; filename=\"a.png\"\r\n\r\nAAAA\r\n--b--\r\n";
        let plain = "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 1 0 NIL NIL NIL NIL)";
        let inner = "(NIL \"in\" NIL NIL NIL NIL NIL NIL NIL NIL)";
        assert_eq!(
            text(structure(&Part::of_mail(raw), true, 0)),
            format!(
                "((\"text\" \"html\" (\"charset\" \"utf-8\") NIL NIL \"7bit\" 7 1 NIL NIL NIL NIL)\
                 (\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 16 {inner} {plain} 2 NIL NIL NIL NIL)\
                 (\"image\" \"png\" NIL \"<c>\" NIL \"base64\" 4 NIL (\"attachment\" (\"filename\" \"a.png\")) NIL NIL) \
                 \"mixed\" (\"boundary\" \"b\") NIL NIL NIL)"
            )
        );
        assert!(text(structure(&Part::of_mail(raw), false, 0)).ends_with("\"base64\" 4) \"mixed\")"));
    }
}
