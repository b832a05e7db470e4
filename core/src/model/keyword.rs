//! Keywords that a person gives mails: tags.

use crate::model::FlagBits;
use crate::wire::utf7;

/// What Thunderbird calls its first five tags, which many servers' mails have.
const LABELS: [(&str, &str); 5] = [
    ("$label1", "Important"),
    ("$label2", "Work"),
    ("$label3", "Personal"),
    ("$label4", "To do"),
    ("$label5", "Later"),
];

/// Keywords without a `$` that programs tell each other something by.
const OF_PROGRAMS: [&str; 9] = [
    "Junk",
    "NonJunk",
    "NotJunk",
    "JunkRecorded",
    "Forwarded",
    "Redirected",
    "MDNSent",
    "Receipt-Handled",
    "Unsubscribed",
];

/// A keyword that can be given to mails: an atom of IMAP (RFC 9051 section 9) without a bit of its own in [`FlagBits`].
///
/// Servers take two that differ by case for the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Keyword(Box<str>);

impl Keyword {
    /// The longest name, in octets.
    pub const LONGEST: usize = 100;
    /// The longest that is made of a person's words: servers refuse longer ones.
    pub const LONGEST_MADE: usize = 50;

    /// The keyword of that name on the wire. `None`: none can be called so, or that one has a bit.
    pub fn new(name: &str) -> Option<Self> {
        let is_atom = |octet: u8| octet.is_ascii_graphic() && !b"(){%*\"\\]".contains(&octet);
        let has_bit = FlagBits::NAMES.iter().any(|(_, known)| known.eq_ignore_ascii_case(name));
        let fits = (1..=Self::LONGEST).contains(&name.len());
        (fits && !has_bit && name.bytes().all(is_atom)).then(|| Self(Box::from(name)))
    }

    /// The keyword for a tag as a person types it: spaces, and signs that no atom may hold, become `_`, letters beyond
    /// ASCII are written in modified UTF-7, as Thunderbird does. `None`: nothing is left of it, it is too long, or programs mean
    /// something by it.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let tag = tag.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some((name, _)) = LABELS.iter().find(|(_, known)| known.eq_ignore_ascii_case(&tag)) {
            return Self::new(name);
        }
        if tag.chars().any(is_deceptive) {
            return None;
        }
        let plain = |sign: char| if " (){%*\"\\]".contains(sign) { '_' } else { sign };
        let name = utf7::encode(&tag.chars().map(plain).collect::<String>());
        let keyword = Self::new(&name).filter(|_| name.len() <= Self::LONGEST_MADE)?;
        keyword.tag().is_some().then_some(keyword)
    }

    /// Its name on the wire.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// What it says as a tag; `None` where it is a sign between programs (`$MDNSent`, `NonJunk`, …).
    pub fn tag(&self) -> Option<String> {
        tag(&self.0)
    }

    /// Whether servers take that name for this one.
    pub fn is(&self, name: &str) -> bool {
        self.0.eq_ignore_ascii_case(name)
    }
}

/// What a keyword of that name says as a tag.
pub(crate) fn tag(name: &str) -> Option<String> {
    if let Some((_, known)) = LABELS.iter().find(|(label, _)| label.eq_ignore_ascii_case(name)) {
        return Some((*known).to_owned());
    }
    let is_of_programs =
        name.starts_with(['$', '\\']) || OF_PROGRAMS.iter().any(|known| known.eq_ignore_ascii_case(name));
    if is_of_programs || name.len() > Keyword::LONGEST || Keyword::new(name).is_none() {
        return None;
    }
    let text = utf7::decode(name).unwrap_or_else(|| name.to_owned());
    let text = if text.chars().any(is_deceptive) { name.to_owned() } else { text };
    let words = text.replace('_', " ");
    Some(if words.trim().is_empty() { text } else { words.trim().to_owned() })
}

/// Control characters, and those that turn the direction of what follows or are not seen.
fn is_deceptive(sign: char) -> bool {
    sign.is_control()
        || matches!(sign, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{061c}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyword_is_an_atom_and_nothing_else() {
        for name in ["Work", "$label1", "a&b", "x-1", "to_do", &"x".repeat(Keyword::LONGEST)] {
            assert_eq!(Keyword::new(name).unwrap().name(), name);
        }
        let long = "x".repeat(Keyword::LONGEST + 1);
        let refused = [
            "",
            " ",
            "a b",
            "a\r\nA1 LOGOUT",
            "a\0",
            "(a)",
            "a)",
            "{3}",
            "a%",
            "a*",
            "\"a\"",
            "\\Seen",
            "a]",
            "ü",
            &long,
        ];
        for name in refused {
            assert_eq!(Keyword::new(name), None, "{name:?}");
        }
    }

    #[test]
    fn what_has_a_bit_is_a_flag_and_no_keyword() {
        for name in ["$Forwarded", "$junk"] {
            assert_eq!(Keyword::new(name), None);
        }
    }

    #[test]
    fn what_a_person_types_comes_back_as_it_was_typed() {
        for (typed, name) in
            [("Work trip", "Work_trip"), ("Köln", "K&APY-ln"), ("R&D", "R&-D"), ("日本", "&ZeVnLA-")]
        {
            let keyword = Keyword::of_tag(typed).unwrap();
            assert_eq!((keyword.name(), keyword.tag().as_deref()), (name, Some(typed)));
        }
        assert_eq!(Keyword::of_tag("  a   b ").unwrap().name(), "a_b");
        assert_eq!(Keyword::of_tag("a (b)").unwrap().name(), "a__b_");
    }

    #[test]
    fn the_usual_labels_have_the_names_people_know() {
        assert_eq!(Keyword::of_tag("to do").unwrap().name(), "$label4");
        assert_eq!(Keyword::new("$Label1").unwrap().tag().as_deref(), Some("Important"));
    }

    #[test]
    fn signs_between_programs_are_no_tags() {
        for name in ["$MDNSent", "$Phishing", "NonJunk", "junk", "$anything"] {
            assert_eq!(Keyword::new(name).and_then(|keyword| keyword.tag()), None, "{name}");
            assert_eq!(Keyword::of_tag(name), None, "{name}");
        }
        for typed in ["", " ", "a\u{202e}b", &"x".repeat(Keyword::LONGEST_MADE + 1)] {
            assert_eq!(Keyword::of_tag(typed), None, "{typed:?}");
        }
    }

    #[test]
    fn a_name_that_deceives_is_shown_as_it_is_on_the_wire() {
        // U+202E, which would turn what follows around.
        let keyword = Keyword::new("a&IC4-b").unwrap();
        assert_eq!(keyword.tag().as_deref(), Some("a&IC4-b"));
    }
}
