//! What a server is asked to look for, as SEARCH says it (RFC 9051 section 6.4.4).

use super::codec::{LINE_LIMIT, Parts, Unsendable};

/// What a mail must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Criterion {
    /// All of these; without any, every mail has it.
    All(Vec<Criterion>),
    /// One of these.
    Any(Vec<Criterion>),
    Not(Box<Criterion>),
    /// This text, in any case, in a field of its header or in its body.
    Subject(String),
    From(String),
    To(String),
    Cc(String),
    Body(String),
    Seen,
    Answered,
    Flagged,
    Draft,
    Keyword(String),
    /// Received before that day, or on it or after it, in days since 1970.
    Before(i64),
    Since(i64),
    /// More or fewer octets.
    Larger(u32),
    Smaller(u32),
}

/// Nested deeper than this nothing is asked.
const DEEPEST: usize = 16;

impl Criterion {
    /// Whether it holds text that is more than ASCII.
    fn needs_charset(&self) -> bool {
        match self {
            Self::All(all) | Self::Any(all) => all.iter().any(Self::needs_charset),
            Self::Not(one) => one.needs_charset(),
            Self::Subject(text) | Self::From(text) | Self::To(text) | Self::Cc(text) | Self::Body(text) => {
                !text.is_ascii()
            }
            _ => false,
        }
    }
}

/// `tag UID SEARCH [RETURN (ALL)] [CHARSET UTF-8] …`. `is_utf8`: the connection speaks UTF-8 anyway (RFC 6855), and no charset
/// may be named.
pub(crate) fn command(
    tag: &str,
    free_literal: usize,
    criteria: &[Criterion],
    (returns, is_utf8): (bool, bool),
) -> Result<Parts, Unsendable> {
    let mut writing = Writing { parts: vec![Vec::new()], free_literal };
    writing.plain(&format!("{tag} UID SEARCH"));
    if returns {
        writing.plain(" RETURN (ALL)");
    }
    if !is_utf8 && criteria.iter().any(Criterion::needs_charset) {
        writing.plain(" CHARSET UTF-8");
    }
    if criteria.is_empty() {
        writing.plain(" ALL");
    }
    for criterion in criteria {
        writing.plain(" ");
        writing.criterion(criterion, 0)?;
    }
    writing.plain("\r\n");
    if writing.parts.iter().any(|part| part.len() > LINE_LIMIT) { Err(Unsendable) } else { Ok(writing.parts) }
}

struct Writing {
    parts: Parts,
    free_literal: usize,
}

impl Writing {
    fn plain(&mut self, words: &str) {
        if let Some(part) = self.parts.last_mut() {
            part.extend_from_slice(words.as_bytes());
        }
    }

    fn criterion(&mut self, criterion: &Criterion, depth: usize) -> Result<(), Unsendable> {
        if depth > DEEPEST {
            return Err(Unsendable);
        }
        match criterion {
            Criterion::All(all) => self.all(all, depth)?,
            Criterion::Any(any) => self.any(any, depth)?,
            Criterion::Not(one) => {
                self.plain("NOT ");
                self.criterion(one, depth + 1)?;
            }
            Criterion::Subject(text) => self.field("SUBJECT", text)?,
            Criterion::From(text) => self.field("FROM", text)?,
            Criterion::To(text) => self.field("TO", text)?,
            Criterion::Cc(text) => self.field("CC", text)?,
            Criterion::Body(text) => self.field("BODY", text)?,
            Criterion::Seen => self.plain("SEEN"),
            Criterion::Answered => self.plain("ANSWERED"),
            Criterion::Flagged => self.plain("FLAGGED"),
            Criterion::Draft => self.plain("DRAFT"),
            Criterion::Keyword(keyword) if is_atom(keyword) => self.plain(&format!("KEYWORD {keyword}")),
            Criterion::Keyword(_) => return Err(Unsendable),
            Criterion::Before(day) => self.plain(&format!("BEFORE {}", date(*day))),
            Criterion::Since(day) => self.plain(&format!("SINCE {}", date(*day))),
            Criterion::Larger(octets) => self.plain(&format!("LARGER {octets}")),
            Criterion::Smaller(octets) => self.plain(&format!("SMALLER {octets}")),
        }
        Ok(())
    }

    fn all(&mut self, all: &[Criterion], depth: usize) -> Result<(), Unsendable> {
        let [first, rest @ ..] = all else {
            self.plain("ALL");
            return Ok(());
        };
        self.plain("(");
        self.criterion(first, depth + 1)?;
        for one in rest {
            self.plain(" ");
            self.criterion(one, depth + 1)?;
        }
        self.plain(")");
        Ok(())
    }

    /// OR takes two: `OR a OR b c`.
    fn any(&mut self, any: &[Criterion], depth: usize) -> Result<(), Unsendable> {
        let Some((last, before)) = any.split_last() else {
            self.plain("NOT ALL");
            return Ok(());
        };
        for one in before {
            self.plain("OR ");
            self.criterion(one, depth + 1)?;
            self.plain(" ");
        }
        self.criterion(last, depth + 1)
    }

    /// Text in quotes, or as a literal what isn't ASCII. CR, LF and NUL are never sent.
    fn field(&mut self, name: &str, text: &str) -> Result<(), Unsendable> {
        if text.contains(['\r', '\n', '\0']) || text.len() > LINE_LIMIT {
            return Err(Unsendable);
        }
        self.plain(name);
        if text.is_ascii() {
            let quoted = text.replace('\\', "\\\\").replace('"', "\\\"");
            self.plain(&format!(" \"{quoted}\""));
            return Ok(());
        }
        let is_free = text.len() <= self.free_literal;
        self.plain(&format!(" {{{}{}}}\r\n", text.len(), if is_free { "+" } else { "" }));
        if !is_free {
            self.parts.push(Vec::new());
        }
        self.plain(text);
        Ok(())
    }
}

fn is_atom(text: &str) -> bool {
    let is_part = |octet: u8| octet.is_ascii_graphic() && !b"(){%*\"\\]".contains(&octet);
    !text.is_empty() && text.bytes().all(is_part)
}

/// `1-Feb-1994`
fn date(day: i64) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    // Before 1970 and after 9999 no mail was received.
    let day = day.clamp(0, 2_932_896) + 719_468;
    // Years that begin in March, so that the leap day is a year's last; 146,097 days are 400 of them.
    let (era, of_era) = (day / 146_097, day % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let of_month = of_year - (153 * month + 2) / 5 + 1;
    let (month, year) = if month < 10 {
        (month + 2, 400 * era + year_of_era)
    } else {
        (month - 10, 400 * era + year_of_era + 1)
    };
    let name = usize::try_from(month).ok().and_then(|month| MONTHS.get(month)).copied().unwrap_or("Jan");
    format!("{of_month}-{name}-{year}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(criteria: &[Criterion], how: (bool, bool)) -> Vec<String> {
        let parts = command("A1", 0, criteria, how).unwrap();
        parts.iter().map(|part| part.escape_ascii().to_string()).collect()
    }

    fn subject(text: &str) -> Criterion {
        Criterion::Subject(text.into())
    }

    #[test]
    fn each_criterion_as_it_is_said() {
        let all = [
            Criterion::From("ada".into()),
            Criterion::Not(Box::new(Criterion::Any(vec![
                subject("a \"b\\"),
                Criterion::Body("c".into()),
                Criterion::Seen,
            ]))),
            Criterion::All(vec![Criterion::Keyword("$Todo".into()), Criterion::Larger(10)]),
            Criterion::Since(0),
        ];
        assert_eq!(
            sent(&all, (false, false)),
            [
                "A1 UID SEARCH FROM \\\"ada\\\" NOT OR SUBJECT \\\"a \\\\\\\"b\\\\\\\\\\\" OR BODY \\\"c\\\" SEEN \
              (KEYWORD $Todo LARGER 10) SINCE 1-Jan-1970\\r\\n"
            ]
        );
        assert_eq!(sent(&[], (true, false)), ["A1 UID SEARCH RETURN (ALL) ALL\\r\\n"]);
        assert_eq!(sent(&[Criterion::All(vec![])], (false, false)), ["A1 UID SEARCH ALL\\r\\n"]);
    }

    #[test]
    fn other_letters_are_literals_and_the_charset_is_named_unless_it_is_agreed_on() {
        let wanted = ["A1 UID SEARCH CHARSET UTF-8 SUBJECT {2}\\r\\n", "\\xc3\\xbc FLAGGED\\r\\n"];
        assert_eq!(sent(&[subject("ü"), Criterion::Flagged], (false, false)), wanted);
        let wanted = ["A1 UID SEARCH SUBJECT {2}\\r\\n", "\\xc3\\xbc\\r\\n"];
        assert_eq!(sent(&[subject("ü")], (false, true)), wanted);
        let free = command("A1", 4096, &[subject("ü")], (false, false)).unwrap();
        assert_eq!(free, [b"A1 UID SEARCH CHARSET UTF-8 SUBJECT {2+}\r\n\xc3\xbc\r\n".to_vec()]);
    }

    #[test]
    fn line_ends_and_nul_are_never_sent() {
        for text in ["a\rb", "a\nb", "a\0b", "ü\r\nA2 LOGOUT"] {
            assert_eq!(command("A1", 0, &[subject(text)], (false, false)), Err(Unsendable), "{text:?}");
        }
        for keyword in ["", "a b", "a\r\nA2 LOGOUT", "ü", "a)"] {
            assert_eq!(
                command("A1", 0, &[Criterion::Keyword(keyword.into())], (false, false)),
                Err(Unsendable)
            );
        }
        let long = command("A1", 0, &[subject(&"x".repeat(LINE_LIMIT))], (false, false));
        assert_eq!(long, Err(Unsendable));
        let deep = (0..100).fold(Criterion::Seen, |inner, _| Criterion::Not(Box::new(inner)));
        assert_eq!(command("A1", 0, &[deep], (false, false)), Err(Unsendable));
    }

    #[test]
    fn days_have_the_names_the_protocol_has_for_them() {
        for (day, name) in [
            (0, "1-Jan-1970"),
            (19_782, "29-Feb-2024"),
            (19_783, "1-Mar-2024"),
            (10_956, "31-Dec-1999"),
            (-5, "1-Jan-1970"),
            (i64::MAX, "31-Dec-9999"),
        ] {
            assert_eq!(date(day), name);
        }
    }

    proptest::proptest! {
        /// Whatever is sought, there is one command, and its line ends stand where they belong.
        #[test]
        fn no_text_becomes_another_command(text in "\\PC{0,40}|[\\x00-\\x7f]{0,20}") {
            if let Ok(parts) = command("A1", 0, &[subject(&text)], (false, false)) {
                let whole = parts.concat();
                let ends = whole.windows(2).filter(|pair| pair == b"\r\n").count();
                proptest::prop_assert_eq!(ends, parts.len());
                let are_asked_for = parts.iter().take(parts.len() - 1).all(|part| part.ends_with(b"}\r\n"));
                proptest::prop_assert!(are_asked_for);
            }
        }
    }
}
