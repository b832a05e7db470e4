//! The text of compressed rich text (MS-OXRTFCP), which is all that some mails of Outlook have.
//!
//! No layout: what is read stays, groups that say how it looks are passed over. HTML that was made rich text (MS-OXRTFEX)
//! is read by the same rules, since its tags stand in such groups.

use mail_parser::decoders::charsets::map::charset_decoder;

/// Most octets of rich text that are unpacked.
const MOST: usize = 8 << 20;
/// Deepest group that is told apart from the one around it.
const DEEPEST: usize = 256;

const COMPRESSED: &[u8] = b"LZFu";
const PLAIN: &[u8] = b"MELA";

/// What the window holds before anything was unpacked (MS-OXRTFCP section 2.1.2.1).
const DICTIONARY: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \
\\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
const WINDOW: usize = 4096;

/// Groups that hold no text to read.
const UNREAD: [&str; 14] = [
    "fonttbl",
    "colortbl",
    "stylesheet",
    "info",
    "pict",
    "object",
    "htmltag",
    "mhtmltag",
    "header",
    "footer",
    "footnote",
    "generator",
    "listtable",
    "fldinst",
];

/// The text of compressed rich text; "" where it is none.
pub(super) fn to_text(octets: &[u8]) -> String {
    let Some((head, rest)) = octets.split_at_checked(16) else { return String::new() };
    match head.get(8..12) {
        Some(PLAIN) => text_of(rest.get(..MOST).unwrap_or(rest)),
        Some(COMPRESSED) => text_of(&unpacked(rest)),
        _ => String::new(),
    }
}

/// Runs of eight: a letter, or how far back something stands and how long it is.
fn unpacked(octets: &[u8]) -> Vec<u8> {
    let mut window = [b' '; WINDOW];
    for (place, octet) in window.iter_mut().zip(DICTIONARY) {
        *place = *octet;
    }
    let mut place = DICTIONARY.len();
    let mut output = Vec::new();
    let mut push = |octet: u8, window: &mut [u8; WINDOW], place: &mut usize| {
        output.push(octet);
        if let Some(here) = window.get_mut(*place) {
            *here = octet;
        }
        *place = (*place + 1) % WINDOW;
        output.len() < MOST
    };
    let mut rest = octets.iter().copied();
    while let Some(control) = rest.next() {
        for bit in 0..8 {
            if control >> bit & 1 == 0 {
                match rest.next() {
                    Some(octet) if push(octet, &mut window, &mut place) => {}
                    _ => return output,
                }
                continue;
            }
            let (Some(high), Some(low)) = (rest.next(), rest.next()) else { return output };
            let from = usize::from(high) << 4 | usize::from(low) >> 4;
            if from == place {
                return output;
            }
            for step in 0..usize::from(low & 15) + 2 {
                let octet = window.get((from + step) % WINDOW).copied().unwrap_or_default();
                if !push(octet, &mut window, &mut place) {
                    return output;
                }
            }
        }
    }
    output
}

/// What holds within a group.
#[derive(Clone, Copy)]
struct Group {
    is_unread: bool,
    /// What a reader without Unicode would show in place of a character: so many letters.
    fallback: usize,
}

struct Reading {
    groups: Vec<Group>,
    group: Group,
    /// Groups beyond the deepest.
    deeper: usize,
    charset: String,
    /// Letters in the charset that aren't text yet.
    narrow: Vec<u8>,
    /// Letters to pass over.
    passed_over: usize,
    high: Option<u16>,
    text: String,
}

fn text_of(rtf: &[u8]) -> String {
    let group = Group { is_unread: false, fallback: 1 };
    let mut reading = Reading {
        groups: Vec::new(),
        group,
        deeper: 0,
        charset: "windows-1252".into(),
        narrow: Vec::new(),
        passed_over: 0,
        high: None,
        text: String::new(),
    };
    let mut rest = rtf;
    let mut is_first_of_group = false;
    while let Some((octet, behind)) = rest.split_first() {
        rest = behind;
        let was_first = std::mem::take(&mut is_first_of_group);
        match octet {
            b'{' => {
                reading.open();
                is_first_of_group = true;
            }
            b'}' => reading.close(),
            b'\\' => {
                is_first_of_group = reading.control(&mut rest, was_first);
            }
            b'\r' | b'\n' | 0 => {}
            octet => reading.letter(*octet),
        }
    }
    reading.flush();
    reading.text
}

impl Reading {
    fn open(&mut self) {
        if self.groups.len() < DEEPEST {
            self.groups.push(self.group);
        } else {
            self.deeper += 1;
        }
    }

    fn close(&mut self) {
        self.flush();
        if self.deeper > 0 {
            self.deeper -= 1;
        } else if let Some(group) = self.groups.pop() {
            self.group = group;
        }
    }

    fn letter(&mut self, octet: u8) {
        if self.passed_over > 0 {
            self.passed_over -= 1;
        } else if !self.group.is_unread {
            self.narrow.push(octet);
        }
    }

    fn flush(&mut self) {
        if self.narrow.is_empty() {
            return;
        }
        let octets = std::mem::take(&mut self.narrow);
        match charset_decoder(self.charset.as_bytes()) {
            Some(decode) => self.text.push_str(&decode(&octets)),
            None => self.text.push_str(&String::from_utf8_lossy(&octets)),
        }
    }

    fn character(&mut self, character: char) {
        self.flush();
        if !self.group.is_unread {
            self.text.push(character);
        }
    }

    /// What follows a `\`. Says whether the next word may still say what the group is.
    fn control(&mut self, rest: &mut &[u8], is_first_of_group: bool) -> bool {
        let Some(first) = rest.first().copied() else { return false };
        if !first.is_ascii_alphabetic() {
            *rest = rest.get(1..).unwrap_or_default();
            match first {
                b'\'' => {
                    let digits = rest.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
                    if let Some(octet) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
                        *rest = rest.get(2..).unwrap_or_default();
                        self.letter(octet);
                    }
                }
                // A group that may be passed over by who doesn't know it.
                b'*' => {
                    self.group.is_unread = true;
                    return true;
                }
                b'~' => self.character('\u{a0}'),
                b'_' => self.letter(b'-'),
                b'{' | b'}' | b'\\' => self.letter(first),
                b'\r' | b'\n' => self.character('\n'),
                _ => {}
            }
            return false;
        }
        let length = rest.iter().position(|octet| !octet.is_ascii_alphabetic()).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(length);
        let sign = usize::from(behind.first() == Some(&b'-'));
        let digits = behind.iter().skip(sign).take_while(|octet| octet.is_ascii_digit()).count();
        let digits = if digits == 0 { 0 } else { sign + digits };
        let (number, behind) = behind.split_at(digits);
        let number = std::str::from_utf8(number).ok().and_then(|number| number.parse::<i32>().ok());
        // One blank ends the word.
        *rest = behind.strip_prefix(b" ").unwrap_or(behind);
        self.word(std::str::from_utf8(word).unwrap_or_default(), number, is_first_of_group);
        false
    }

    fn word(&mut self, word: &str, number: Option<i32>, is_first_of_group: bool) {
        match word {
            "par" | "line" | "row" => self.character('\n'),
            "tab" | "cell" => self.character('\t'),
            "emdash" => self.character('—'),
            "endash" => self.character('–'),
            "bullet" => self.character('•'),
            "lquote" => self.character('‘'),
            "rquote" => self.character('’'),
            "ldblquote" => self.character('“'),
            "rdblquote" => self.character('”'),
            "ansicpg" => {
                let page = number.unwrap_or(0);
                let charset = format!("windows-{page}");
                if charset_decoder(charset.as_bytes()).is_some() {
                    self.charset = charset;
                }
            }
            "uc" => self.group.fallback = usize::try_from(number.unwrap_or(1)).unwrap_or(0).min(16),
            "u" => self.unit(number.unwrap_or(0)),
            // Made for readers without HTML; the HTML's own words stand outside.
            "htmlrtf" => self.group.is_unread = number != Some(0),
            word if is_first_of_group && UNREAD.contains(&word) => self.group.is_unread = true,
            _ => {}
        }
    }

    /// A unit of UTF-16, negative from 32,768 on.
    fn unit(&mut self, number: i32) {
        self.passed_over = self.group.fallback;
        let Ok(unit) = u16::try_from(number.rem_euclid(0x1_0000)) else { return };
        let units = match self.high.take() {
            Some(high) => vec![high, unit],
            None if (0xd800..0xdc00).contains(&unit) => {
                self.high = Some(unit);
                return;
            }
            None => vec![unit],
        };
        for character in char::decode_utf16(units) {
            self.character(character.unwrap_or(char::REPLACEMENT_CHARACTER));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_is_read_and_what_says_how_it_looks_is_not() {
        let text = |rtf: &str| text_of(rtf.as_bytes());
        assert_eq!(text(r"{\rtf1{\fonttbl{\f0 Arial;}}\pard Hello \b you\b0 .\par}"), "Hello you.\n");
        assert_eq!(text(r"{\rtf1\ansicpg1251 \'cf\'f0\'e8}"), "При");
        assert_eq!(text(r"{\rtf1\uc1 \u26085?\u-10179?\u-8704? x}"), "日😀 x");
        assert_eq!(text(r"{\rtf1\{a\}\\ b}"), r"{a}\ b");
        assert_eq!(
            text(
                r"{\rtf1\fromhtml1 {\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 words\htmlrtf \par}\htmlrtf0 {\*\htmltag72 </p>}}"
            ),
            "words"
        );
    }

    #[test]
    fn compressed_text_is_unpacked() {
        // The example of MS-OXRTFCP, section 3.1.1.
        let octets = [
            0x2d, 0, 0, 0, 0x2b, 0, 0, 0, 0x4c, 0x5a, 0x46, 0x75, 0xf1, 0xc5, 0xc7, 0xa7, 3, 0, 0x0a, 0,
            0x72, 0x63, 0x70, 0x67, 0x31, 0x32, 0x35, 0x42, 0x32, 0x0a, 0xf3, 0x20, 0x68, 0x65, 0x6c, 0x09,
            0, 0x20, 0x62, 0x77, 0x05, 0xb0, 0x6c, 0x64, 0x7d, 0x0a, 0x80, 0x0f, 0xa0,
        ];
        assert_eq!(unpacked(&octets[16..]), b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
        assert_eq!(to_text(&octets), "hello world");
    }

    proptest! {
        #[test]
        fn any_octets_are_text(octets in prop::collection::vec(prop::sample::select(b"{}\\'*u1 par-htmlrtf0\0\xffab".to_vec()), 0..300), kind in any::<bool>()) {
            let mut whole = vec![0; 8];
            whole.extend(if kind { COMPRESSED } else { PLAIN });
            whole.extend([0; 4]);
            whole.extend(octets);
            let _ = to_text(&whole);
        }
    }
}
