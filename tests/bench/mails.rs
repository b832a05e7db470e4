//! The mailboxes that are measured, the same on every machine.

use base64::Engine as _;
use waxwing_tests::generated::{Generated, Mail};

const SEED: u64 = 3;
/// A small mail is no larger.
const SMALL: usize = 64 << 10;

/// Mails of a median of 8 KB and at most 64 KB. The first ones of a larger mailbox are those of a smaller one.
pub(crate) fn small(count: usize) -> impl Iterator<Item = Mail> {
    // One in fifty or so is too large.
    Generated::mailbox(SEED, count + count / 10 + 50).filter(|mail| mail.raw.len() <= SMALL).take(count)
}

/// The same with an attachment of 64 KB to 1 MB on every fourth.
pub(crate) fn heavy(count: usize) -> impl Iterator<Item = Mail> {
    small(count).enumerate().map(|(number, mail)| {
        if number % 4 != 0 {
            return mail;
        }
        let size = (64 << 10) << (number / 4 % 4);
        Mail { raw: with_attachment(number, size + number * 997 % size), ..mail }
    })
}

/// Mails of one attachment each, of that many bytes on the wire.
pub(crate) fn huge(count: usize, size: usize) -> impl Iterator<Item = Mail> {
    (0..count).map(move |number| Mail::new(with_attachment(number, size)))
}

/// New mail, none like another.
pub(crate) fn fresh(number: usize) -> Vec<u8> {
    let text = "A line of no great interest, as there are in most mails.\r\n".repeat(120);
    let mail = Mail::short(&format!("Fresh {number}"), &text);
    mail.raw
}

fn with_attachment(number: usize, size: usize) -> Vec<u8> {
    let mut raw = format!(
        "From: Ann Field <ann@field.example>\r\nTo: Bo Lund <bo@lund.example>\r\nSubject: File {number}\r\n\
         Date: Mon, 01 Jan 2024 00:00:00 +0000\r\nMessage-ID: <file.{number}.{size}@field.example>\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"=_parts\"\r\n\r\n\
         --=_parts\r\nContent-Type: text/plain\r\n\r\nHere it is.\r\n\
         --=_parts\r\nContent-Type: application/octet-stream\r\n\
         Content-Disposition: attachment; filename=\"file-{number}.bin\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n"
    )
    .into_bytes();
    // Bytes that don't compress: Marsaglia's xorshift64.
    let mut state = 0x9E37_79B9_7F4A_7C15 ^ (number as u64 + 1);
    // 57 bytes are a line of 76.
    let mut line = [0; 57];
    while raw.len() < size {
        for octet in &mut line {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            *octet = (state >> 24) as u8;
        }
        raw.extend_from_slice(base64::engine::general_purpose::STANDARD.encode(line).as_bytes());
        raw.extend_from_slice(b"\r\n");
    }
    raw.extend_from_slice(b"--=_parts--\r\n");
    raw
}
