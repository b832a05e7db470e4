//! Marks quoted lines (`> …`) and the signature below `-- `, so that they can be drawn quieter.

use std::ops::Range;

use iced::advanced::text::highlighter::Highlighter;

/// Goes through a mail's text line by line. Its setting names the mail: another one begins anew.
#[derive(Debug)]
pub struct Quotes {
    line: usize,
    /// The line where the signature begins, once it was met.
    signature: Option<usize>,
}

/// A part that is quieter than the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quiet;

impl Highlighter for Quotes {
    type Settings = i64;
    type Highlight = Quiet;
    type Iterator<'a> = std::option::IntoIter<(Range<usize>, Quiet)>;

    fn new(_mail: &i64) -> Self {
        Self { line: 0, signature: None }
    }

    fn update(&mut self, mail: &i64) {
        *self = Self::new(mail);
    }

    fn change_line(&mut self, line: usize) {
        self.line = self.line.min(line);
        self.signature = self.signature.filter(|begin| *begin < line);
    }

    fn highlight_line(&mut self, line: &str) -> Self::Iterator<'_> {
        // RFC 3676 section 4.3: the separator is exactly dash, dash, space; many lose the space on the way.
        if line == "-- " || line == "--" {
            self.signature.get_or_insert(self.line);
        }
        let quiet = line.starts_with('>') || self.signature.is_some();
        self.line += 1;
        quiet.then_some((0..line.len(), Quiet)).into_iter()
    }

    fn current_line(&self) -> usize {
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quiet(text: &[&str]) -> Vec<bool> {
        let mut quotes = Quotes::new(&1);
        text.iter().map(|line| quotes.highlight_line(line).next().is_some()).collect()
    }

    #[test]
    fn quotes_and_signatures_are_quiet() {
        assert_eq!(
            quiet(&["Hi", "> you wrote", ">> and I", "a > b", "-- ", "Ada"]),
            [false, true, true, false, true, true]
        );
    }

    #[test]
    fn another_mail_begins_anew() {
        let mut quotes = Quotes::new(&1);
        let _ = quotes.highlight_line("-- ");
        quotes.update(&2);
        assert_eq!(quotes.current_line(), 0);
        assert!(quotes.highlight_line("Hi").next().is_none());
    }
}
