//! The few things the server needs to see inside a mail. Octets in, octets out; nothing is decoded.

/// The header with the empty line that ends it.
pub(super) fn header(raw: &[u8]) -> &[u8] {
    &raw[..header_length(raw)]
}

/// What follows the header.
pub(super) fn text(raw: &[u8]) -> &[u8] {
    &raw[header_length(raw)..]
}

fn header_length(raw: &[u8]) -> usize {
    if raw.starts_with(b"\r\n") {
        return 2;
    }
    raw.windows(4).position(|window| window == b"\r\n\r\n").map_or(raw.len(), |at| at + 4)
}

/// The fields of a header as they are, with the lines they are folded into.
fn fields(raw: &[u8]) -> Vec<&[u8]> {
    let header = header(raw);
    let mut fields = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while let Some(end) = header[at..].windows(2).position(|window| window == b"\r\n") {
        at += end + 2;
        if matches!(header.get(at), Some(b' ' | b'\t')) {
            continue;
        }
        fields.push(&header[start..at]);
        start = at;
    }
    fields.retain(|field| *field != b"\r\n");
    fields
}

fn name_of(field: &[u8]) -> &[u8] {
    let end = field.iter().position(|octet| *octet == b':').unwrap_or(field.len());
    field[..end].trim_ascii_end()
}

/// HEADER.FIELDS and, with `not`, HEADER.FIELDS.NOT: the fields in the mail's order and an empty line.
pub(super) fn header_fields(raw: &[u8], names: &[String], not: bool) -> Vec<u8> {
    let wanted = |field: &&[u8]| {
        let named = names.iter().any(|name| name.as_bytes().eq_ignore_ascii_case(name_of(field)));
        named != not
    };
    let mut kept = fields(raw).into_iter().filter(wanted).collect::<Vec<_>>().concat();
    kept.extend_from_slice(b"\r\n");
    kept
}

/// The first field of that name, unfolded, without its name; empty when there is none.
pub(super) fn field(raw: &[u8], name: &str) -> String {
    all_of_field(raw, name).into_iter().next().unwrap_or_default()
}

/// Every field of that name, unfolded.
pub(super) fn all_of_field(raw: &[u8], name: &str) -> Vec<String> {
    let named = fields(raw).into_iter().filter(|field| name_of(field).eq_ignore_ascii_case(name.as_bytes()));
    let value = |field: &[u8]| {
        let colon = field.iter().position(|octet| *octet == b':').map_or(field.len(), |at| at + 1);
        String::from_utf8_lossy(&field[colon..]).replace("\r\n", "").trim().to_owned()
    };
    named.map(value).collect()
}

/// A number from 1 to 2^63 - 1 for these octets (FNV-1a), as RFC 8474 and Gmail number what they keep.
pub(super) fn hash(pieces: &[&[u8]]) -> u64 {
    let octets = pieces.iter().flat_map(|piece| piece.iter());
    let hash = octets.fold(0xcbf2_9ce4_8422_2325_u64, |hash, octet| {
        (hash ^ u64::from(*octet)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    (hash >> 1).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RAW: &[u8] = b"From: a@x.test\r\nSubject: one\r\n two\r\nX-Y: z\r\n\r\nSubject: not this\r\n";

    #[test]
    fn folded_fields_stay_whole() {
        let names = ["subject".to_owned()];
        assert_eq!(header_fields(RAW, &names, false), b"Subject: one\r\n two\r\n\r\n");
        assert_eq!(header_fields(RAW, &names, true), b"From: a@x.test\r\nX-Y: z\r\n\r\n");
        assert_eq!(field(RAW, "SUBJECT"), "one two");
        assert_eq!(field(RAW, "Date"), "");
    }

    #[test]
    fn header_and_text_make_the_mail() {
        assert_eq!([header(RAW), text(RAW)].concat(), RAW);
        assert_eq!(text(RAW), b"Subject: not this\r\n");
        assert_eq!((header(b"\r\nx"), text(b"\r\nx")), (&b"\r\n"[..], &b"x"[..]));
        assert_eq!((header(b"A: b\r\n"), text(b"A: b\r\n")), (&b"A: b\r\n"[..], &b""[..]));
    }
}
