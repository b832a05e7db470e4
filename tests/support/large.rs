//! Mails with large files.

/// Octets that no two places have in common.
pub fn content(seed: u64, octets: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    (0..octets).map(|_| next()).collect()
}

/// The same in letters (RFC 4648), in lines of 76.
pub fn base64(octets: &[u8]) -> Vec<u8> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut coded = Vec::new();
    for (place, group) in octets.chunks(3).enumerate() {
        if place > 0 && place % 19 == 0 {
            coded.extend_from_slice(b"\r\n");
        }
        let bits =
            group.iter().fold(0_u32, |bits, octet| bits << 8 | u32::from(*octet)) << (8 * (3 - group.len()));
        for letter in 0..4 {
            let is_there = letter <= group.len();
            coded.push(if is_there { LETTERS[(bits >> (18 - 6 * letter) & 63) as usize] } else { b'=' });
        }
    }
    coded
}

/// Octets of the first file of `mail`, and of the third.
pub const FILM: usize = 1_500_000;
pub const SCAN: usize = 600_000;

/// A mail of a text, a small file, and two large ones.
pub fn mail(subject: &str) -> Vec<u8> {
    let mut raw = format!(
        "From: Ben <ben@example.org>\r\nSubject: {subject}\r\nMessage-ID: <{subject}@example.org>\r\n\
         Content-Type: multipart/mixed; boundary=\"=_b\"\r\n\r\n\
         --=_b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nThe text of {subject}.\r\n"
    )
    .into_bytes();
    let files = [
        ("film.mp4", "video/mp4", FILM),
        ("note.bin", "application/x-note", 3_000),
        ("scan.pdf", "application/pdf", SCAN),
    ];
    for (seed, (name, media_type, octets)) in (1..).zip(files) {
        raw.extend_from_slice(
            format!(
                "--=_b\r\nContent-Type: {media_type}; name=\"{name}\"\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n\
                 Content-Transfer-Encoding: base64\r\n\r\n"
            )
            .as_bytes(),
        );
        raw.extend_from_slice(&base64(&content(seed, octets)));
        raw.extend_from_slice(b"\r\n");
    }
    raw.extend_from_slice(b"--=_b--\r\n");
    raw
}

/// A mail whose files lie deep: an alternative of texts with a small picture, a large mail within, and a text file.
pub fn nested(subject: &str) -> Vec<u8> {
    let mut raw = format!(
        "From: Ben <ben@example.org>\r\nSubject: {subject}\r\nMessage-ID: <{subject}@example.org>\r\n\
         Content-Type: multipart/mixed; boundary=outer\r\n\r\nNobody reads this.\r\n--outer\r\n\
         Content-Type: multipart/alternative; boundary=inner\r\n\r\n\
         --inner\r\nContent-Type: text/plain\r\n\r\nPlain text of {subject}.\r\n\
         --inner\r\nContent-Type: multipart/related; boundary=deep\r\n\r\n\
         --deep\r\nContent-Type: text/html\r\n\r\n<p>Text <img src=\"cid:p@x\"></p>\r\n\
         --deep\r\nContent-Type: image/png; name=p.png\r\nContent-ID: <p@x>\r\nContent-Disposition: inline\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n"
    )
    .into_bytes();
    raw.extend_from_slice(&base64(&content(7, 5_000)));
    raw.extend_from_slice(b"\r\n--deep--\r\n--inner--\r\n--outer\r\nContent-Type: message/rfc822\r\n\r\n");
    raw.extend_from_slice(&mail("The one within"));
    raw.extend_from_slice(
        b"\r\n--outer\r\nContent-Type: text/csv; name=\"=?utf-8?Q?Gr=C3=BC=C3=9Fe.csv?=\"\r\nContent-Disposition: attachment\r\n\r\n",
    );
    for line in 0..20_000 {
        raw.extend_from_slice(format!("{line};a line of numbers\r\n").as_bytes());
    }
    raw.extend_from_slice(b"\r\n--outer--\r\nAfter the end.\r\n");
    raw
}
