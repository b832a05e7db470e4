//! Modified UTF-7, the form of mailbox names before UTF8=ACCEPT (RFC 3501 section 5.1.3).

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/// A name from the wire as text; `None` when it isn't modified UTF-7 (then it is best shown as it is).
///
/// A name that other servers would have written otherwise is read all the same; only names that mean nothing
/// are refused.
pub fn decode(name: &str) -> Option<String> {
    if !name.is_ascii() {
        return None;
    }
    let mut text = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((plain, after)) = rest.split_once('&') {
        text.push_str(plain);
        let (shifted, after) = after.split_once('-')?;
        if shifted.is_empty() {
            text.push('&')
        } else {
            decode_shifted(shifted, &mut text)?
        }
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

fn decode_shifted(shifted: &str, text: &mut String) -> Option<()> {
    let (mut bits, mut held) = (0_u32, 0_u32);
    let mut units: Vec<u16> = Vec::with_capacity(shifted.len() / 2);
    for byte in shifted.bytes() {
        let value = ALPHABET.iter().position(|known| *known == byte)?;
        bits = (bits << 6 | u32::try_from(value).ok()?) & 0x00ff_ffff;
        held += 6;
        if held >= 16 {
            held -= 16;
            units.push(u16::try_from(bits >> held & 0xffff).ok()?);
        }
    }
    // What is left over fills up the last letter and must be nothing but zeroes.
    if held >= 6 || bits & ((1 << held) - 1) != 0 {
        return None;
    }
    for unit in char::decode_utf16(units) {
        text.push(unit.ok()?);
    }
    Some(())
}

/// Text as a name for the wire.
pub fn encode(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_plain = |c: char| matches!(c, ' '..='~');
        if first == '&' {
            name.push_str("&-");
            rest = rest.get(1..).unwrap_or_default();
        } else if is_plain(first) {
            let end = rest.find(|c| !is_plain(c) || c == '&').unwrap_or(rest.len());
            let (plain, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            name.push_str(plain);
            rest = after;
        } else {
            let end = rest.find(is_plain).unwrap_or(rest.len());
            let (shifted, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            encode_shifted(shifted, &mut name);
            rest = after;
        }
    }
    name
}

fn encode_shifted(text: &str, name: &mut String) {
    name.push('&');
    let (mut bits, mut held) = (0_u32, 0_u32);
    let mut put = |value: u32| {
        let place = usize::try_from(value & 63).unwrap_or_default();
        name.push(ALPHABET.get(place).map_or('A', |byte| char::from(*byte)));
    };
    for unit in text.encode_utf16() {
        bits = (bits << 16 | u32::from(unit)) & 0x00ff_ffff;
        held += 16;
        while held >= 6 {
            held -= 6;
            put(bits >> held);
        }
    }
    if held > 0 {
        put(bits << (6 - held));
    }
    name.push('-');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_examples_of_the_rfc() {
        assert_eq!(decode("~peter/mail/&U,BTFw-/&ZeVnLIqe-").as_deref(), Some("~peter/mail/台北/日本語"));
        assert_eq!(encode("~peter/mail/台北/日本語"), "~peter/mail/&U,BTFw-/&ZeVnLIqe-");
    }

    #[test]
    fn ampersands_and_umlauts() {
        assert_eq!(decode("Entw&APw-rfe &- mehr").as_deref(), Some("Entwürfe & mehr"));
        assert_eq!(encode("Entwürfe & mehr"), "Entw&APw-rfe &- mehr");
        assert_eq!(encode("😀"), "&2D3eAA-");
        assert_eq!(decode("&2D3eAA-").as_deref(), Some("😀"));
    }

    #[test]
    fn what_means_nothing_is_refused() {
        for name in ["&", "&AP", "&A-", "&2D0-", "&???-", "a&b c-", "Entwürfe", "&APwB-"] {
            assert_eq!(decode(name), None, "{name}");
        }
    }

    proptest! {
        #[test]
        fn every_text_comes_back(text in "\\PC{0,40}") {
            let name = encode(&text);
            prop_assert!(name.is_ascii());
            prop_assert_eq!(decode(&name), Some(text));
        }
    }
}
