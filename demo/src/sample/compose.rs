//! From a letter's words to the octets a mailer would have sent. It writes what real mailers write, old charsets
//! included, and is not for mail that goes anywhere.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

/// A mail to be, and where it lies.
#[derive(Clone)]
pub(super) struct Letter {
    pub(super) mailbox: &'static str,
    pub(super) flags: Vec<&'static str>,
    pub(super) minutes_ago: i64,
    key: String,
    answers: Vec<String>,
    from: String,
    to: String,
    cc: String,
    subject: String,
    /// The sender's offset from UTC, in hours.
    zone: i8,
    fields: Vec<(&'static str, String)>,
    body: Part,
}

/// A body part.
#[derive(Clone)]
pub(super) enum Part {
    Text {
        kind: &'static str,
        charset: Charset,
        text: String,
    },
    Multi {
        kind: &'static str,
        parts: Vec<Part>,
    },
    File {
        name: String,
        kind: &'static str,
        octets: Vec<u8>,
        content_id: Option<&'static str>,
    },
    /// A mail inside a mail.
    Message(Vec<u8>),
}

/// How a text becomes octets.
#[derive(Clone, Copy)]
pub(super) enum Charset {
    Utf8,
    /// UTF-8 sent as it is, as 8bit.
    Utf8AsIs,
    Latin1,
    Koi8R,
    /// Already in the charset of that name and 7 bits wide.
    SevenBit(&'static str),
    /// Base64 of octets in the charset of that name.
    Encoded(&'static str),
}

pub(super) const ADA: &str = "Ada Kestrel <ada@example.org>";

impl Letter {
    /// A read mail in INBOX to Ada. `from` is `Name <address>`; the key makes its Message-ID.
    pub(super) fn new(key: impl Into<String>, from: &str, subject: impl Into<String>) -> Self {
        Self {
            mailbox: "INBOX",
            flags: vec!["\\Seen"],
            minutes_ago: 0,
            key: key.into(),
            answers: Vec::new(),
            from: from.to_owned(),
            to: ADA.to_owned(),
            cc: String::new(),
            subject: subject.into(),
            zone: 2,
            fields: Vec::new(),
            body: plain(""),
        }
    }

    /// A mail Ada wrote.
    pub(super) fn sent(key: impl Into<String>, to: &str, subject: impl Into<String>) -> Self {
        Self::new(key, ADA, subject).to(to).lies_in("Sent")
    }

    pub(super) fn lies_in(mut self, mailbox: &'static str) -> Self {
        self.mailbox = mailbox;
        self
    }

    pub(super) fn to(mut self, to: &str) -> Self {
        self.to = to.to_owned();
        self
    }

    pub(super) fn cc(mut self, cc: &str) -> Self {
        self.cc = cc.to_owned();
        self
    }

    pub(super) fn minutes_ago(mut self, minutes: i64) -> Self {
        self.minutes_ago = minutes;
        self
    }

    pub(super) fn hours_ago(self, hours: i64) -> Self {
        self.minutes_ago(hours * 60)
    }

    pub(super) fn days_ago(self, days: i64, minutes: i64) -> Self {
        self.minutes_ago(days * 24 * 60 + minutes)
    }

    pub(super) fn zone(mut self, hours: i8) -> Self {
        self.zone = hours;
        self
    }

    pub(super) fn unread(mut self) -> Self {
        self.flags.retain(|flag| *flag != "\\Seen");
        self
    }

    pub(super) fn flag(mut self, flag: &'static str) -> Self {
        self.flags.push(flag);
        self
    }

    pub(super) fn starred(self) -> Self {
        self.flag("\\Flagged")
    }

    pub(super) fn is_answered(&self) -> bool {
        self.flags.contains(&"\\Answered")
    }

    pub(super) fn answered(self) -> Self {
        self.flag("\\Answered")
    }

    /// The keys of the mails before it in its conversation, oldest first.
    pub(super) fn answers(mut self, keys: &[&str]) -> Self {
        self.answers = keys.iter().map(|key| (*key).to_owned()).collect();
        self
    }

    pub(super) fn field(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.fields.push((name, value.into()));
        self
    }

    pub(super) fn body(mut self, body: Part) -> Self {
        self.body = body;
        self
    }

    pub(super) fn text(self, text: &str) -> Self {
        self.body(plain(text))
    }

    /// The whole mail when it is `now`, in milliseconds since 1970 UTC.
    pub(super) fn octets(&self, now: i64) -> Vec<u8> {
        let mut mail = String::new();
        let mut field = |name: &str, value: &str| {
            if !value.is_empty() || name == "Subject" {
                mail.push_str(&folded(&format!("{name}: {value}")));
            }
        };
        field("Date", &self.date(now));
        field("From", &addresses(&self.from));
        field("To", &addresses(&self.to));
        field("Cc", &addresses(&self.cc));
        field("Subject", &words(&self.subject));
        field("Message-ID", &message_id(&self.key));
        if let Some(last) = self.answers.last() {
            field("In-Reply-To", &message_id(last));
            let references: Vec<String> = self.answers.iter().map(|key| message_id(key)).collect();
            field("References", &references.join(" "));
        }
        for (name, value) in &self.fields {
            field(name, value);
        }
        field("MIME-Version", "1.0");
        let mut octets = mail.into_bytes();
        self.body.write(
            &mut octets,
            &format!("=_{}", self.key.replace(|c: char| !c.is_ascii_alphanumeric(), "_")),
        );
        octets
    }

    fn date(&self, now: i64) -> String {
        let sent = Timestamp::from_millisecond(self.received(now)).unwrap_or(Timestamp::UNIX_EPOCH);
        let zone = TimeZone::fixed(Offset::constant(self.zone));
        sent.to_zoned(zone).strftime("%a, %-d %b %Y %H:%M:%S %z").to_string()
    }

    /// When it arrived, in milliseconds since 1970 UTC.
    pub(super) fn received(&self, now: i64) -> i64 {
        now - self.minutes_ago * 60_000
    }
}

/// Plain text in UTF-8.
pub(super) fn plain(text: &str) -> Part {
    text_part("text/plain", Charset::Utf8, text)
}

/// HTML in UTF-8. `inner` is what stands in the body.
pub(super) fn html(inner: &str) -> Part {
    let page = format!(
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head>\n<body style=\"font-family: sans-serif\">\n{inner}\n</body></html>\n"
    );
    text_part("text/html", Charset::Utf8, &page)
}

pub(super) fn text_part(kind: &'static str, charset: Charset, text: &str) -> Part {
    Part::Text { kind, charset, text: text.to_owned() }
}

/// The same thing twice, the better one last.
pub(super) fn alternative(text: &str, inner: &str) -> Part {
    Part::Multi { kind: "alternative", parts: vec![plain(text), html(inner)] }
}

/// A body and what is attached to it.
pub(super) fn with_files(body: Part, files: Vec<Part>) -> Part {
    Part::Multi { kind: "mixed", parts: [vec![body], files].concat() }
}

pub(super) fn file(name: &str, kind: &'static str, octets: Vec<u8>) -> Part {
    Part::File { name: name.to_owned(), kind, octets, content_id: None }
}

pub(super) fn message_id(key: &str) -> String {
    format!("<{key}@mail.example>")
}

impl Part {
    /// Its header fields, an empty line, and its content.
    fn write(&self, out: &mut Vec<u8>, boundary: &str) {
        match self {
            Self::Text { kind, charset, text } => charset.write(out, kind, &text.replace('\n', "\r\n")),
            Self::Multi { kind, parts } => {
                let head = format!("Content-Type: multipart/{kind}; boundary=\"{boundary}\"\r\n\r\n");
                out.extend_from_slice(head.as_bytes());
                for (index, part) in parts.iter().enumerate() {
                    out.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
                    part.write(out, &format!("{boundary}.{index}"));
                    out.extend_from_slice(b"\r\n");
                }
                out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
            }
            Self::File { name, kind, octets, content_id } => {
                let disposition = if content_id.is_some() { "inline" } else { "attachment" };
                let mut head = format!("Content-Type: {kind}; {}\r\n", parameter("name", name));
                head.push_str(&format!(
                    "Content-Disposition: {disposition}; {}\r\n",
                    parameter("filename", name)
                ));
                if let Some(id) = content_id {
                    head.push_str(&format!("Content-ID: <{id}>\r\n"));
                }
                head.push_str("Content-Transfer-Encoding: base64\r\n\r\n");
                out.extend_from_slice(head.as_bytes());
                out.extend_from_slice(base64_lines(octets).as_bytes());
            }
            Self::Message(octets) => {
                out.extend_from_slice(b"Content-Type: message/rfc822\r\nContent-Disposition: inline\r\n\r\n");
                out.extend_from_slice(octets);
            }
        }
    }
}

/// A name in a parameter; in the way of RFC 2231 where it isn't ASCII.
fn parameter(parameter: &str, value: &str) -> String {
    if value.is_ascii() {
        return format!("{parameter}=\"{value}\"");
    }
    let encoded = value.bytes().map(|octet| {
        if octet.is_ascii_alphanumeric() || octet == b'.' {
            char::from(octet).to_string()
        } else {
            format!("%{octet:02X}")
        }
    });
    format!("{parameter}*=UTF-8''{}", encoded.collect::<String>())
}

impl Charset {
    fn write(self, out: &mut Vec<u8>, kind: &str, text: &str) {
        let (name, octets) = match self {
            Self::Utf8 | Self::Utf8AsIs => ("utf-8", text.as_bytes().to_vec()),
            Self::Latin1 => ("iso-8859-1", text.chars().map(|c| u8::try_from(c).unwrap_or(b'?')).collect()),
            Self::Koi8R => ("koi8-r", text.chars().map(koi8_r).collect()),
            Self::SevenBit(name) => (name, text.as_bytes().to_vec()),
            Self::Encoded(name) => (name, BASE64.decode(text.trim()).unwrap_or_default()),
        };
        let short = octets.split(|octet| *octet == b'\n').all(|line| line.len() < 900);
        let high = octets.iter().filter(|octet| !octet.is_ascii()).count();
        let (encoding, content) = match self {
            Self::Utf8AsIs => ("8bit", octets),
            Self::SevenBit(_) => ("7bit", octets),
            _ if high == 0 && short => ("7bit", octets),
            _ if high * 4 > octets.len() => ("base64", base64_lines(&octets).into_bytes()),
            _ => ("quoted-printable", quoted_printable(&octets).into_bytes()),
        };
        let head =
            format!("Content-Type: {kind}; charset={name}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n");
        out.extend_from_slice(head.as_bytes());
        out.extend_from_slice(&content);
    }
}

/// The letters of RFC 1489, from 0xC0 on.
const KOI8_LETTERS: &str = "юабцдефгхийклмнопярстужвьызшэщчъЮАБЦДЕФГХИЙКЛМНОПЯРСТУЖВЬЫЗШЭЩЧЪ";

fn koi8_r(character: char) -> u8 {
    let letter = KOI8_LETTERS.chars().zip(0xC0_u8..=0xFF).find(|(letter, _)| *letter == character);
    match (letter, character) {
        (Some((_, octet)), _) => octet,
        (None, 'ё') => 0xA3,
        (None, other) => u8::try_from(other).ok().filter(u8::is_ascii).unwrap_or(b'?'),
    }
}

fn base64_lines(octets: &[u8]) -> String {
    let lines = octets.chunks(57).map(|chunk| BASE64.encode(chunk) + "\r\n");
    lines.collect()
}

/// RFC 2045 section 6.7. The text has CRLF at its line ends.
fn quoted_printable(octets: &[u8]) -> String {
    let mut encoded = String::new();
    let mut column = 0;
    for (index, octet) in octets.iter().enumerate() {
        let at_end = matches!(octets.get(index + 1), None | Some(b'\r'));
        let written = match octet {
            b'\r' | b'\n' => char::from(*octet).to_string(),
            b' ' | b'\t' if !at_end => char::from(*octet).to_string(),
            b'!'..=b'~' if *octet != b'=' => char::from(*octet).to_string(),
            other => format!("={other:02X}"),
        };
        if matches!(octet, b'\r' | b'\n') {
            column = 0;
        } else if column + written.len() > 75 {
            encoded.push_str("=\r\n");
            column = written.len();
        } else {
            column += written.len();
        }
        encoded.push_str(&written);
    }
    encoded
}

/// A header text, in encoded words (RFC 2047) where it isn't ASCII.
fn words(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut words = Vec::new();
    let mut piece = String::new();
    for character in text.chars() {
        if piece.len() + character.len_utf8() > 42 {
            words.push(std::mem::take(&mut piece));
        }
        piece.push(character);
    }
    words.push(piece);
    let encoded = words.iter().map(|word| format!("=?UTF-8?B?{}?=", BASE64.encode(word)));
    encoded.collect::<Vec<_>>().join(" ")
}

/// Addresses parted by commas; their names in encoded words or in quotes where they have to be.
fn addresses(list: &str) -> String {
    let address = |one: &str| match one.trim().split_once(" <") {
        Some((name, rest)) if !name.is_ascii() => format!("{} <{rest}", words(name)),
        Some((name, rest)) if name.contains(['.', '/', '(', '@']) => format!("\"{name}\" <{rest}"),
        _ => one.trim().to_owned(),
    };
    list.split(',').map(address).collect::<Vec<_>>().join(", ")
}

/// A field folded at spaces, so that its lines are about 76 long, with its line end.
fn folded(field: &str) -> String {
    let mut folded = String::new();
    let mut column = 0;
    for (index, word) in field.split(' ').enumerate() {
        // Never right behind the name: a line of nothing but spaces would follow an empty subject.
        if index > 1 && column + word.len() > 75 {
            folded.push_str("\r\n ");
            column = 1;
        } else if index > 0 {
            folded.push(' ');
            column += 1;
        }
        folded.push_str(word);
        column += word.len();
    }
    folded.push_str("\r\n");
    folded
}
