//! A server's words, made fit to be shown.

/// The most characters that are kept of one text.
const LENGTH_LIMIT: usize = 1000;

/// Text for people: UTF-8 or else Latin-1, without control and bidi characters, of bounded length.
pub fn clean(bytes: &[u8]) -> String {
    let is_shown = |c: &char| {
        !c.is_control()
            && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let text: String = match std::str::from_utf8(bytes) {
        Ok(text) => text.chars().filter(is_shown).take(LENGTH_LIMIT).collect(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).filter(is_shown).take(LENGTH_LIMIT).collect(),
    };
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_bit_text_is_read_as_latin_1() {
        assert_eq!(clean(b"Postf\xe4cher"), "Postf\u{e4}cher");
        assert_eq!(clean("Postfächer".as_bytes()), "Postfächer");
    }

    #[test]
    fn control_and_bidi_characters_are_gone() {
        assert_eq!(clean("a\u{1b}[31m\0b\u{202e}c".as_bytes()), "a[31mbc");
    }

    #[test]
    fn a_text_has_an_end() {
        assert_eq!(clean(&[b'x'; 100_000]).len(), 1000);
    }
}
