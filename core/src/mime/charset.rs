//! Octets as text: what a mail says of its charset, and what can be known better.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use mail_parser::decoders::charsets::map::charset_decoder;

/// How much of a text is looked at to guess its charset.
const LOOKED_AT: usize = 64 << 10;

/// What a declared charset is worth.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Declared {
    /// None, or one that is no charset or holds no letter beyond ASCII.
    Nothing,
    Utf8,
    /// One of those that programs name when they know nothing: any octets make sense in it.
    Western,
    /// Two octets a letter, in an order that isn't told.
    Wide,
    Other,
}

/// Octets as text; `charset` is what was declared. A declaration that can't be true isn't believed.
pub(super) fn decoded<'a>(octets: &'a [u8], charset: Option<&str>) -> Cow<'a, str> {
    if octets.contains(&0x1b)
        && octets.is_ascii()
        && let Some(decode) = charset_decoder(b"iso-2022-jp")
    {
        return Cow::Owned(decode(octets));
    }
    let declared = declared(charset);
    if !matches!(declared, Declared::Other | Declared::Wide)
        && let Ok(text) = std::str::from_utf8(octets)
    {
        return Cow::Borrowed(text);
    }
    if declared == Declared::Wide {
        return Cow::Owned(wide(octets));
    }
    let named = || charset_decoder(cleaned(charset.unwrap_or_default()).as_bytes());
    match declared {
        Declared::Western | Declared::Other | Declared::Wide => match named() {
            Some(decode) => Cow::Owned(decode(octets)),
            None => guessed(octets),
        },
        Declared::Utf8 if is_mostly_utf8(octets) => String::from_utf8_lossy(octets),
        Declared::Utf8 | Declared::Nothing => guessed(octets),
    }
}

/// Whether the library has made of such a text what `decoded` would: what is in no doubt isn't decoded again.
pub(super) fn is_settled(text: &str, charset: Option<&str>) -> bool {
    match declared(charset) {
        Declared::Other => true,
        Declared::Wide => false,
        Declared::Western => text.is_ascii() && !text.contains('\u{1b}'),
        Declared::Utf8 => !text.contains(char::REPLACEMENT_CHARACTER),
        // The library takes it for UTF-8, or for Windows-1252 where ASCII was declared.
        Declared::Nothing if charset.is_none() => !text.contains([char::REPLACEMENT_CHARACTER, '\u{1b}']),
        Declared::Nothing => text.is_ascii() && !text.contains('\u{1b}'),
    }
}

fn cleaned(charset: &str) -> String {
    charset
        .trim_matches(|letter: char| letter.is_whitespace() || matches!(letter, '"' | '\''))
        .to_ascii_lowercase()
}

fn declared(charset: Option<&str>) -> Declared {
    let name = cleaned(charset.unwrap_or_default());
    match name.as_str() {
        "utf-8" | "utf8" | "unicode-1-1-utf-8" => Declared::Utf8,
        "" | "us-ascii" | "ascii" | "ansi_x3.4-1968" | "iso646-us" => Declared::Nothing,
        "iso-8859-1" | "iso8859-1" | "iso_8859-1" | "latin1" | "windows-1252" | "cp1252" | "iso-8859-15" => {
            Declared::Western
        }
        "utf-16" | "utf16" | "ucs-2" | "iso-10646-ucs-2" | "unicode" => Declared::Wide,
        name if charset_decoder(name.as_bytes()).is_some() => Declared::Other,
        _ => Declared::Nothing,
    }
}

/// Whether it is UTF-8 that was damaged, not text of another kind: nearly all that isn't ASCII makes sense.
fn is_mostly_utf8(octets: &[u8]) -> bool {
    let (mut good, mut bad) = (0_usize, 0_usize);
    for chunk in octets.utf8_chunks() {
        good += chunk.valid().chars().filter(|letter| !letter.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good >= 2 * bad && good > 0
}

/// UTF-16 in the order its mark tells, or else the one in which more letters are of the commonest kind.
fn wide(octets: &[u8]) -> String {
    let (pairs, _) = octets.as_chunks::<2>();
    let (is_big, pairs) = match pairs {
        [[0xfe, 0xff], rest @ ..] => (true, rest),
        [[0xff, 0xfe], rest @ ..] => (false, rest),
        pairs => {
            let zeroes = |place: fn(&[u8; 2]) -> u8| pairs.iter().filter(|pair| place(pair) == 0).count();
            (zeroes(|[first, _]| *first) >= zeroes(|[_, second]| *second), pairs)
        }
    };
    let unit = |pair: &[u8; 2]| if is_big { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) };
    let letters = char::decode_utf16(pairs.iter().map(unit));
    letters.map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// By how its letters are spread.
fn guessed(octets: &[u8]) -> Cow<'_, str> {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(octets.get(..LOOKED_AT).unwrap_or(octets), true);
    let name = detector.guess(None, Utf8Detection::Deny).name();
    let decode = charset_decoder(name.as_bytes()).or_else(|| charset_decoder(b"windows-1252"));
    decode.map_or_else(|| String::from_utf8_lossy(octets), |decode| Cow::Owned(decode(octets)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declaration_that_cant_be_true_isnt_believed() {
        assert_eq!(decoded("Grüße".as_bytes(), Some("iso-8859-1")), "Grüße");
        assert_eq!(decoded(b"Gr\xfc\xdfe", Some("utf-8")), "Grüße");
        assert_eq!(decoded(b"Gr\xfc\xdfe \x93x\x94", Some("ISO-8859-1")), "Grüße “x”");
        assert_eq!(decoded(b"Gr\xc3\xbc\xc3\x9fe \xe6\x97", Some("utf-8")), "Grüße \u{fffd}");
        assert_eq!(decoded(b"\xf0\xd2\xc9\xd7\xc5\xd4", Some("koi8-r")), "Привет");
    }

    #[test]
    fn any_octets_are_text() {
        for charset in
            [None, Some("utf-8"), Some("utf-7"), Some("utf-16"), Some("gb18030"), Some(""), Some("\u{0}")]
        {
            for octet in 0..=255_u8 {
                let _ = decoded(&[octet, 0xff, octet], charset);
            }
            assert_eq!(decoded(b"", charset), "");
        }
    }
}
