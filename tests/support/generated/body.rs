//! Bodies: one text, text and HTML, or a mixture with attachments.

use base64::Engine as _;

use super::random::Random;
use super::texts::{self, Charset};

/// What a body is made of.
pub(super) enum Body {
    Text { charset: Charset, size: usize },
    Alternative { charset: Charset, size: usize },
    Attachment { charset: Charset, size: usize },
}

impl Body {
    /// Sizes double from 1 KB to 64 KB with equal chance; twelve in a thousand carry up to 512 KB,
    /// one up to 5 MB.
    pub(super) fn of(random: &mut Random, charset: Charset) -> Self {
        let spread = |random: &mut Random, smallest: u64, doublings: u64| {
            let base = smallest << random.below(doublings);
            (base + random.below(base)) as usize
        };
        match random.below(1000) {
            0 => Self::Attachment { charset, size: 1_000_000 + random.below(4_000_000) as usize },
            1..=12 => Self::Attachment { charset, size: spread(random, 32 << 10, 4) },
            13..=400 => Self::Alternative { charset, size: spread(random, 1 << 10, 6) },
            _ => Self::Text { charset, size: spread(random, 1 << 10, 6) },
        }
    }

    /// Adds the body's header fields, the empty line and the body.
    pub(super) fn write(&self, random: &mut Random, raw: &mut Vec<u8>) {
        match *self {
            Self::Text { charset, size } => {
                let text = texts::text(random, charset, size);
                text_part(random, raw, "plain", charset, &text);
            }
            Self::Alternative { charset, size } => {
                let boundary = open_multipart(random, raw, "alternative");
                let text = texts::text(random, charset, size / 4);
                next_part(raw, &boundary);
                text_part(random, raw, "plain", charset, &text);
                next_part(raw, &boundary);
                let page = html(random, charset, size * 3 / 4);
                text_part(random, raw, "html", charset, &page);
                close_multipart(raw, &boundary);
            }
            Self::Attachment { charset, size } => {
                let boundary = open_multipart(random, raw, "mixed");
                next_part(raw, &boundary);
                let text = texts::text(random, charset, 800);
                text_part(random, raw, "plain", charset, &text);
                next_part(raw, &boundary);
                attachment(random, raw, size);
                close_multipart(raw, &boundary);
            }
        }
    }
}

/// Plain text in lines just below RFC 5322's limit of 998 octets.
pub(super) fn long_lines(random: &mut Random, raw: &mut Vec<u8>) {
    raw.extend_from_slice(b"Content-Type: text/plain; charset=us-ascii\r\n\r\n");
    for _ in 0..20 {
        let line = texts::text(random, Charset::Ascii, 990);
        raw.extend(line.into_iter().filter(|octet| !matches!(octet, b'\r' | b'\n')).take(990));
        raw.extend_from_slice(b"\r\n");
    }
}

/// A multipart whose boundary is never closed and whose nested multipart never begins.
pub(super) fn broken_multipart(random: &mut Random, raw: &mut Vec<u8>) {
    let boundary = open_multipart(random, raw, "mixed");
    next_part(raw, &boundary);
    let text = texts::text(random, Charset::Ascii, 2000);
    text_part(random, raw, "plain", Charset::Ascii, &text);
    next_part(raw, &boundary);
    raw.extend_from_slice(b"Content-Type: multipart/related\r\n\r\n--nobody-knows-this-boundary\r\n");
}

fn open_multipart(random: &mut Random, raw: &mut Vec<u8>, kind: &str) -> String {
    let boundary = format!("=_{:016x}", random.next());
    let header = format!("Content-Type: multipart/{kind};\r\n\tboundary=\"{boundary}\"\r\n\r\n");
    raw.extend_from_slice(header.as_bytes());
    if random.chance(300) {
        raw.extend_from_slice(b"This is a multi-part message in MIME format.\r\n");
    }
    boundary
}

fn next_part(raw: &mut Vec<u8>, boundary: &str) {
    raw.extend_from_slice(format!("\r\n--{boundary}\r\n").as_bytes());
}

fn close_multipart(raw: &mut Vec<u8>, boundary: &str) {
    raw.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
}

/// One text part with its header, in a transfer encoding that fits its charset.
fn text_part(random: &mut Random, raw: &mut Vec<u8>, kind: &str, charset: Charset, text: &[u8]) {
    let encoding = match charset {
        Charset::Ascii | Charset::Iso2022Jp => *random.pick(&["7bit", "7bit", "7bit", "quoted-printable"]),
        Charset::Utf8 | Charset::Latin1 => {
            *random.pick(&["8bit", "quoted-printable", "quoted-printable", "base64"])
        }
        Charset::Gb18030 | Charset::Koi8R => *random.pick(&["8bit", "base64"]),
    };
    let header = format!(
        "Content-Type: text/{kind}; charset={}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n",
        charset.name()
    );
    raw.extend_from_slice(header.as_bytes());
    match encoding {
        "quoted-printable" => quoted_printable(text, raw),
        "base64" => base64_lines(text, raw),
        _ => raw.extend_from_slice(text),
    }
}

fn attachment(random: &mut Random, raw: &mut Vec<u8>, size: usize) {
    const KINDS: [(&str, &str); 5] = [
        ("application/pdf", "filename=\"invoice.pdf\""),
        ("image/jpeg", "filename=\"IMG 0042.jpg\""),
        ("application/zip", "filename=archive.zip"),
        ("application/octet-stream", "filename*=UTF-8''%C3%9Cbersicht%202024.ods"),
        ("image/png", "filename=\"=?UTF-8?B?5YaZ55yfLnBuZw==?=\""),
    ];
    let (kind, name) = random.pick(&KINDS);
    let header = format!(
        "Content-Type: {kind}\r\nContent-Disposition: attachment; {name}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    );
    raw.extend_from_slice(header.as_bytes());
    let octets = size * 3 / 4;
    let mut content = Vec::with_capacity(octets + 8);
    while content.len() < octets {
        content.extend_from_slice(&random.next().to_le_bytes());
    }
    base64_lines(&content, raw);
}

fn html(random: &mut Random, charset: Charset, size: usize) -> Vec<u8> {
    let mut page =
        b"<!DOCTYPE html>\r\n<html><head><style>p { margin: 0 0 1em }</style></head><body>\r\n".to_vec();
    while page.len() < size {
        page.extend_from_slice(b"<table width=\"100%\"><tr><td style=\"padding:8px\"><p>\r\n");
        let text = texts::text(random, charset, 600);
        page.extend_from_slice(&text);
        page.extend_from_slice(b"</p><a href=\"https://tide.example/read?id=");
        page.extend_from_slice(random.below(100_000).to_string().as_bytes());
        page.extend_from_slice(b"\">Read on</a></td></tr></table>\r\n");
    }
    page.extend_from_slice(b"</body></html>\r\n");
    page
}

/// RFC 2045 section 6.8, lines of 76.
fn base64_lines(octets: &[u8], raw: &mut Vec<u8>) {
    let text = base64::engine::general_purpose::STANDARD.encode(octets);
    for line in text.as_bytes().chunks(76) {
        raw.extend_from_slice(line);
        raw.extend_from_slice(b"\r\n");
    }
}

/// RFC 2045 section 6.7, lines of at most 76.
fn quoted_printable(text: &[u8], raw: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut column = 0;
    for (place, octet) in text.iter().enumerate() {
        let next = text.get(place + 1);
        if *octet == b'\n' || (*octet == b'\r' && next == Some(&b'\n')) {
            raw.push(*octet);
            column = 0;
            continue;
        }
        if column >= 72 {
            raw.extend_from_slice(b"=\r\n");
            column = 0;
        }
        let ends_line = matches!(next, None | Some(b'\r'));
        let is_plain = matches!(octet, b'!'..=b'<' | b'>'..=b'~') || (*octet == b' ' && !ends_line);
        if is_plain {
            raw.push(*octet);
            column += 1;
        } else {
            raw.extend_from_slice(&[b'=', DIGITS[usize::from(octet >> 4)], DIGITS[usize::from(octet & 15)]]);
            column += 3;
        }
    }
}
