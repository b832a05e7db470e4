//! What a person types to search, as a condition on mails. Any text is a query; what makes no sense as an operator is
//! taken for words.
//!
//! ```text
//! words "a phrase" -without this OR that wor*
//! from:ada to:"Charles B" cc: subject: filename: in:archive
//! has:attachment is:unread is:starred tag:work before:2024-12-31 after:2024-01-01 larger:5M smaller:100k
//! ```

use crate::mime::words::{asked_words, is_lone_letter};

/// Text that is looked at, in bytes, and terms in it: nobody types more.
const LONGEST: usize = 2_000;
const MOST_TERMS: usize = 32;
/// Words of one phrase.
const MOST_WORDS: usize = 32;

/// All of the groups must be true.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) groups: Vec<Group>,
}

/// One of the terms must be true.
pub(super) type Group = Vec<Term>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) negated: bool,
    pub(super) what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// These words in sequence.
    Text { place: Place, words: Vec<String>, ending: Ending },
    /// Something of the mail that is no text.
    Fact(Fact),
}

/// What the last word of a sequence stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Itself.
    Whole,
    /// Words that begin with it, as was asked for (`wor*`).
    Beginning,
    /// Words that begin with it, since it may not be finished yet.
    Typed,
    /// The same in subjects and authors, elsewhere itself.
    TypedInHead,
}

/// Where words must stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Anywhere,
    Subject,
    From,
    To,
    Cc,
    File,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fact {
    Attachment,
    /// Any of these flags.
    Flag(u32),
    NotFlag(u32),
    /// Received before, or at or after, in ms.
    Before(i64),
    After(i64),
    /// In bytes.
    Larger(i64),
    Smaller(i64),
    /// A mailbox by its name, path or role, in lower case.
    In(String),
    /// A keyword, in lower case.
    Tag(String),
}

impl Query {
    /// Reads what was typed.
    pub(super) fn parse(text: &str) -> Self {
        let terms = |group: Vec<Typed>| group.into_iter().map(|typed| typed.term).collect();
        Self { groups: read(text).into_iter().map(terms).collect() }
    }
}

/// A term and the words that were typed for it; none for a fact.
pub(super) struct Typed {
    pub(super) term: Term,
    pub(super) words: String,
}

/// Reads what was typed, keeping its words as they are.
pub(super) fn read(text: &str) -> Vec<Vec<Typed>> {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut rest = text.get(..end).unwrap_or_default();
    let mut groups: Vec<Vec<Typed>> = Vec::new();
    let mut or = false;
    let mut terms = 0;
    while let Some(piece) = Piece::take(&mut rest) {
        if piece.is_or() {
            or = !groups.is_empty();
            continue;
        }
        // A word is still being typed while nothing stands behind it.
        let Some(typed) = piece.term(rest.is_empty()) else { continue };
        match groups.last_mut() {
            Some(group) if or => group.push(typed),
            _ => groups.push(vec![typed]),
        }
        or = false;
        terms += 1;
        if terms == MOST_TERMS {
            break;
        }
    }
    groups
}

/// A piece of the text: `-operator:value`, with or without quotes.
struct Piece<'a> {
    negated: bool,
    operator: Option<&'a str>,
    value: &'a str,
    quoted: bool,
}

const OPERATORS: [&str; 14] = [
    "from",
    "to",
    "cc",
    "subject",
    "filename",
    "in",
    "has",
    "is",
    "before",
    "after",
    "larger",
    "smaller",
    "attachment",
    "tag",
];

impl<'a> Piece<'a> {
    fn take(rest: &mut &'a str) -> Option<Self> {
        let mut text = rest.trim_start();
        if text.is_empty() {
            return None;
        }
        let mut piece = Piece { negated: false, operator: None, value: "", quoted: false };
        if let Some(after) = text.strip_prefix('-')
            && after.starts_with(|letter: char| !letter.is_whitespace() && letter != '-')
        {
            piece.negated = true;
            text = after;
        }
        if let Some((name, after)) = text.split_once(':')
            && OPERATORS.iter().any(|known| known.eq_ignore_ascii_case(name))
        {
            piece.operator = Some(name);
            text = after;
        }
        let mut letters = text.chars();
        if let Some(quote) = letters.next().filter(|letter| is_quote(*letter)) {
            let inner = text.get(quote.len_utf8()..).unwrap_or_default();
            let length = inner.find(is_quote).unwrap_or(inner.len());
            piece.quoted = true;
            (piece.value, text) = inner.split_at(length);
            text = text.strip_prefix(is_quote).unwrap_or(text);
        } else {
            let length =
                text.find(|letter: char| letter.is_whitespace() || is_quote(letter)).unwrap_or(text.len());
            (piece.value, text) = text.split_at(length);
        }
        *rest = text;
        Some(piece)
    }

    fn is_or(&self) -> bool {
        !self.negated && !self.quoted && self.operator.is_none() && self.value == "OR"
    }

    /// `None` where nothing is asked for, as by `-` or `from:` alone.
    fn term(&self, is_last: bool) -> Option<Typed> {
        let operator = self.operator.map(str::to_ascii_lowercase);
        let place = match operator.as_deref() {
            None => Some(Place::Anywhere),
            Some("from") => Some(Place::From),
            Some("to") => Some(Place::To),
            Some("cc") => Some(Place::Cc),
            Some("subject") => Some(Place::Subject),
            Some("filename" | "attachment") => Some(Place::File),
            Some(_) => None,
        };
        let (what, words) = match (place, operator.as_deref()) {
            (Some(place), _) => (self.text(place, self.value, is_last)?, self.value.to_owned()),
            (None, Some(operator)) if !self.value.is_empty() => match fact(operator, self.value) {
                Some(fact) => (What::Fact(fact), String::new()),
                // An operator with a value it can't have: words.
                None => {
                    let words = format!("{operator} {}", self.value);
                    (self.text(Place::Anywhere, &words, is_last)?, words)
                }
            },
            (None, _) => return None,
        };
        Some(Typed { term: Term { negated: self.negated, what }, words })
    }

    fn text(&self, place: Place, text: &str, is_last: bool) -> Option<What> {
        let starred = !self.quoted && text.ends_with('*');
        let mut words = asked_words(text);
        words.truncate(MOST_WORDS);
        let last = words.last()?;
        let ends_in_word = text.ends_with(|letter: char| letter.is_alphanumeric());
        let typing = is_last && !self.quoted && ends_in_word;
        let long_enough = last.chars().nth(1).is_some();
        let ending = match (starred, typing) {
            _ if is_lone_letter(last) => Ending::Beginning,
            (true, _) if long_enough => Ending::Beginning,
            // What must not be there is meant as it stands.
            (_, true) if long_enough && !self.negated => Ending::Typed,
            _ => Ending::Whole,
        };
        Some(What::Text { place, words, ending })
    }
}

fn is_quote(letter: char) -> bool {
    matches!(letter, '"' | '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{ab}' | '\u{bb}')
}

fn fact(operator: &str, value: &str) -> Option<Fact> {
    const SEEN: u32 = 1;
    let value = value.to_lowercase();
    Some(match (operator, value.as_str()) {
        ("has", "attachment" | "attachments" | "file" | "files") => Fact::Attachment,
        ("is", "unread" | "unseen" | "new") => Fact::NotFlag(SEEN),
        ("is", "read" | "seen") => Fact::Flag(SEEN),
        ("is", "answered" | "replied") => Fact::Flag(2),
        ("is", "starred" | "flagged") => Fact::Flag(4),
        ("is", "draft") => Fact::Flag(16),
        ("is", "forwarded") => Fact::Flag(32),
        ("before", date) => Fact::Before(day(date)?),
        ("after", date) => Fact::After(day(date)?),
        ("larger", size) => Fact::Larger(bytes(size)?),
        ("smaller", size) => Fact::Smaller(bytes(size)?),
        ("in", _) => Fact::In(value),
        ("tag", _) => Fact::Tag(value),
        _ => return None,
    })
}

/// The first millisecond of a day in UTC: `2024-12-31`, `2024/12/31`, `2024-12` or `2024`.
fn day(text: &str) -> Option<i64> {
    let mut parts = text.split(['-', '/']);
    let year: i64 = parts.next()?.parse().ok().filter(|year| (1970..=9999).contains(year))?;
    let month: i64 = parts.next().map_or(Some(1), |part| part.parse().ok())?;
    let day: i64 = parts.next().map_or(Some(1), |part| part.parse().ok())?;
    if parts.next().is_some() || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Days of the civil calendar, with years that begin in March, so that the leap day is a year's last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468;
    Some(days * 86_400_000)
}

/// `500`, `100k`, `5M`, `1.5GB`: bytes, in steps of 1024.
fn bytes(text: &str) -> Option<i64> {
    let text = text.strip_suffix('b').unwrap_or(text);
    let (number, unit) = match text.chars().next_back()? {
        'k' => (text.get(..text.len() - 1)?, 10),
        'm' => (text.get(..text.len() - 1)?, 20),
        'g' => (text.get(..text.len() - 1)?, 30),
        _ => (text, 0),
    };
    let (whole, tenths) = number.split_once('.').unwrap_or((number, "0"));
    let whole: i64 = whole.parse().ok().filter(|whole| (0..1 << 30).contains(whole))?;
    let tenth: i64 = tenths.get(..1)?.parse().ok()?;
    Some((whole << unit) + (tenth << unit) / 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(place: Place, words: &[&str], typed: bool) -> Term {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        let ending = if typed { Ending::Typed } else { Ending::Whole };
        Term { negated: false, what: What::Text { place, words, ending } }
    }

    fn groups(text: &str) -> Vec<Group> {
        Query::parse(text).groups
    }

    #[test]
    fn words_phrases_alternatives_and_what_must_not_be() {
        let without = Term { negated: true, ..text(Place::Anywhere, &["dull"], false) };
        assert_eq!(
            groups("Grüße \"an alle\" OR nobody -dull meet"),
            [
                vec![text(Place::Anywhere, &["grusse"], false)],
                vec![
                    text(Place::Anywhere, &["an", "alle"], false),
                    text(Place::Anywhere, &["nobody"], false)
                ],
                vec![without],
                vec![text(Place::Anywhere, &["meet"], true)],
            ]
        );
    }

    #[test]
    fn a_word_is_a_beginning_only_while_it_is_typed() {
        assert_eq!(groups("meet"), [[text(Place::Anywhere, &["meet"], true)]]);
        assert_eq!(groups("meet "), [[text(Place::Anywhere, &["meet"], false)]]);
        assert_eq!(groups("\"meet\""), [[text(Place::Anywhere, &["meet"], false)]]);
        let asked =
            What::Text { place: Place::Anywhere, words: vec!["meet".into()], ending: Ending::Beginning };
        assert_eq!(groups("meet* "), [[Term { negated: false, what: asked }]]);
        assert_eq!(groups("-meet"), [[Term { negated: true, ..text(Place::Anywhere, &["meet"], false) }]]);
        assert_eq!(groups("m"), [[text(Place::Anywhere, &["m"], false)]]);
        assert_eq!(groups("ada@example.or"), [[text(Place::Anywhere, &["ada", "example", "or"], true)]]);
    }

    #[test]
    fn operators_in_any_case_with_or_without_quotes() {
        assert_eq!(
            groups("From:\"Ada L\" x "),
            [[text(Place::From, &["ada", "l"], false)], [text(Place::Anywhere, &["x"], false)]]
        );
        assert_eq!(groups("filename:plan.pdf "), [[text(Place::File, &["plan", "pdf"], false)]]);
        let fact = |text: &str| match &groups(text)[..] {
            [group] => match &group[..] {
                [Term { negated: false, what: What::Fact(fact) }] => Some(fact.clone()),
                _ => None,
            },
            _ => None,
        };
        assert_eq!(fact("has:attachment"), Some(Fact::Attachment));
        assert_eq!(fact("is:unread"), Some(Fact::NotFlag(1)));
        assert_eq!(fact("IS:Starred"), Some(Fact::Flag(4)));
        assert_eq!(fact("before:1970-01-02"), Some(Fact::Before(86_400_000)));
        assert_eq!(fact("after:2024/02/29"), Some(Fact::After(1_709_164_800_000)));
        assert_eq!(fact("after:2024"), Some(Fact::After(1_704_067_200_000)));
        assert_eq!(fact("larger:1.5M"), Some(Fact::Larger(1_572_864)));
        assert_eq!(fact("smaller:100kb"), Some(Fact::Smaller(102_400)));
        assert_eq!(fact("in:\"Old Mail\""), Some(Fact::In("old mail".to_owned())));
        assert_eq!(fact("tag:Work"), Some(Fact::Tag("work".to_owned())));
    }

    #[test]
    fn what_is_no_operator_is_words() {
        assert_eq!(
            groups("note: this "),
            [[text(Place::Anywhere, &["note"], false)], [text(Place::Anywhere, &["this"], false)]]
        );
        assert_eq!(
            groups("https://example.org "),
            [[text(Place::Anywhere, &["https", "example", "org"], false)]]
        );
        assert_eq!(groups("is:bananas "), [[text(Place::Anywhere, &["is", "bananas"], false)]]);
        assert_eq!(groups("before:tomorrow "), [[text(Place::Anywhere, &["before", "tomorrow"], false)]]);
        for nothing in ["", " ", "-", "\"", "OR", "OR OR", "from:", "-from:", "!!!", "-\"\"", "in:"] {
            assert_eq!(groups(nothing), [] as [Group; 0], "{nothing}");
        }
    }

    #[test]
    fn no_text_is_too_long_or_too_odd() {
        assert!(groups(&"a ".repeat(5_000)).len() <= MOST_TERMS);
        assert!(groups(&"語".repeat(5_000)).len() == 1);
        assert_eq!(groups("a OR OR b ").len(), 1);
        assert_eq!(groups("OR a ").len(), 1);
        assert_eq!(groups("a OR").len(), 1);
    }
}
