//! How a text that is written as Markdown looks while it is written: its marks stay, and are seen to do something.

use std::ops::Range;

use iced::advanced::text::highlighter::{Format, Highlighter};
use iced::{Font, Theme, font};

use super::marks::{Mark, links, prefix};
use crate::theme;

/// How a part of a line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// The sign that makes something bold, a line of a list, a heading.
    Sign,
    /// The same before what is bold or italic, in its font: where a word begins decides about all of it.
    SignOf(Emphasis),
    Bold,
    Italic,
    BoldItalic,
    Heading,
    Quote,
    Code,
    Link,
    /// Below the line that begins a signature.
    Signature,
}

/// What stars make of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Emphasis {
    Bold,
    Italic,
    Both,
}

/// What earlier lines mean for the next one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Around {
    in_code: bool,
    in_signature: bool,
}

/// Follows a text line by line.
#[derive(Debug)]
pub(super) struct Markdown {
    /// What each line begins in, up to the one that is next.
    begins: Vec<Around>,
}

impl Highlighter for Markdown {
    type Settings = bool;
    type Highlight = Look;
    type Iterator<'a> = std::vec::IntoIter<(Range<usize>, Look)>;

    fn new(_: &bool) -> Self {
        Self { begins: vec![Around::default()] }
    }

    fn update(&mut self, _: &bool) {
        self.change_line(0);
    }

    fn change_line(&mut self, line: usize) {
        self.begins.truncate(line + 1);
    }

    fn highlight_line(&mut self, line: &str) -> Self::Iterator<'_> {
        let around = self.begins.last().copied().unwrap_or_default();
        let (spans, next) = spans(line, around);
        self.begins.push(next);
        spans.into_iter()
    }

    fn current_line(&self) -> usize {
        self.begins.len() - 1
    }
}

/// The colour and weight of a look.
pub(super) fn format(look: &Look, theme: &Theme) -> Format<Font> {
    let t = theme::of(theme);
    let italic = |font: Font| Font { style: font::Style::Italic, ..font };
    let (color, font) = match look {
        Look::Sign => (t.faint, None),
        Look::SignOf(Emphasis::Bold) => (t.faint, Some(theme::STRONG)),
        Look::SignOf(Emphasis::Italic) => (t.faint, Some(italic(theme::REGULAR))),
        Look::SignOf(Emphasis::Both) => (t.faint, Some(italic(theme::STRONG))),
        Look::Bold | Look::Heading => (t.text, Some(theme::STRONG)),
        Look::Italic => (t.text, Some(italic(theme::REGULAR))),
        Look::BoldItalic => (t.text, Some(italic(theme::STRONG))),
        Look::Quote | Look::Signature => (t.muted, None),
        Look::Code => (t.text, Some(Font::MONOSPACE)),
        Look::Link => (t.accent, None),
    };
    Format { color: Some(color.0), font }
}

fn spans(line: &str, around: Around) -> (Vec<(Range<usize>, Look)>, Around) {
    let whole = |look| vec![(0..line.len(), look)];
    if line.trim_start().starts_with("```") {
        return (whole(Look::Code), Around { in_code: !around.in_code, ..around });
    }
    if around.in_code {
        return (whole(Look::Code), around);
    }
    let prefix = prefix(line);
    if prefix.kind == Some(Mark::Quote) {
        return (whole(Look::Quote), Around::default());
    }
    if line == "-- " || around.in_signature {
        return (whole(Look::Signature), Around { in_signature: true, ..around });
    }
    let hashes = line.len() - line.trim_start_matches('#').len();
    if (1..=6).contains(&hashes) && line.get(hashes..).is_some_and(|rest| rest.starts_with(' ')) {
        return (vec![(0..hashes, Look::Sign), (hashes..line.len(), Look::Heading)], around);
    }
    let mut spans = Vec::new();
    if prefix.kind.is_some() {
        spans.push((prefix.indent..prefix.len, Look::Sign));
    }
    inline(line, prefix.len, &mut spans);
    (spans, around)
}

/// What stands within a line: code, links, bold and italic.
fn inline(line: &str, from: usize, spans: &mut Vec<(Range<usize>, Look)>) {
    let links = links(line);
    let mut place = from;
    while let Some(rest) = line.get(place..).filter(|rest| !rest.is_empty()) {
        if let Some(link) = links.iter().find(|link| link.whole.start == place) {
            spans.push((place..link.words.start, Look::Sign));
            spans.push((link.words.clone(), Look::Link));
            spans.push((link.words.end..link.whole.end, Look::Sign));
            place = link.whole.end;
        } else if let Some(end) = web_address(rest) {
            spans.push((place..place + end, Look::Link));
            place += end;
        } else if let Some(end) = code(rest) {
            spans.push((place..place + end, Look::Code));
            place += end;
        } else if let Some((sign, inner)) = emphasis(line, place) {
            let (look, opens) = match sign {
                1 => (Look::Italic, Emphasis::Italic),
                2 => (Look::Bold, Emphasis::Bold),
                _ => (Look::BoldItalic, Emphasis::Both),
            };
            spans.push((place..inner.start, Look::SignOf(opens)));
            spans.push((inner.clone(), look));
            spans.push((inner.end..inner.end + sign, Look::SignOf(opens)));
            place = inner.end + sign;
        } else {
            // A run of signs that means nothing is passed as a whole.
            let run = rest.len() - rest.trim_start_matches('*').len();
            place += run.max(rest.chars().next().map_or(1, char::len_utf8));
        }
    }
}

fn web_address(rest: &str) -> Option<usize> {
    if !rest.starts_with("https://") && !rest.starts_with("http://") {
        return None;
    }
    let end =
        rest.find(|letter: char| letter.is_whitespace() || "<>\"".contains(letter)).unwrap_or(rest.len());
    rest.get(..end).map(|address| address.trim_end_matches(['.', ',', ')', ';', ':', '!', '?']).len())
}

fn code(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix('`')?;
    inner.find('`').filter(|end| *end > 0).map(|end| end + 2)
}

/// `*x*`, `**x**`, `***x***`, or the same with `_` around whole words: how many signs, and what is between them.
fn emphasis(line: &str, place: usize) -> Option<(usize, Range<usize>)> {
    let rest = line.get(place..)?;
    let sign = rest.chars().next().filter(|sign| matches!(sign, '*' | '_'))?;
    let run = rest.len() - rest.trim_start_matches(sign).len();
    let is_word = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    if run > 3 || (sign == '_' && is_word(line.get(..place)?.chars().next_back())) {
        return None;
    }
    let start = place + run;
    if line.get(start..)?.starts_with(|letter: char| letter.is_whitespace()) {
        return None;
    }
    let closing = sign.to_string().repeat(run);
    let mut from = start;
    while let Some(end) = line.get(from..)?.find(&closing).map(|found| from + found) {
        let after = line.get(end + run..)?;
        let before_it = line.get(..end)?.ends_with(|letter: char| letter.is_whitespace() || letter == sign);
        let in_a_word = sign == '_' && is_word(after.chars().next());
        let closes = end > start && !before_it && !after.starts_with(sign) && !in_a_word;
        if closes {
            return Some((run, start..end));
        }
        from = end + (line.get(end..)?.len() - line.get(end..)?.trim_start_matches(sign).len());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(line: &str) -> Vec<(&str, Look)> {
        let (found, _) = spans(line, Around::default());
        let is_sign = |look: &Look| matches!(look, Look::Sign | Look::SignOf(_));
        found.into_iter().filter(|(_, look)| !is_sign(look)).map(|(at, look)| (&line[at], look)).collect()
    }

    #[test]
    fn marks_show_what_they_do() {
        assert_eq!(looks("a **big** pan"), [("big", Look::Bold)]);
        assert_eq!(looks("*ö* and ***b***"), [("ö", Look::Italic), ("b", Look::BoldItalic)]);
        assert_eq!(looks("__b__ _i_"), [("b", Look::Bold), ("i", Look::Italic)]);
        assert_eq!(looks("# Head"), [(" Head", Look::Heading)]);
        assert_eq!(looks("> all **of** it"), [("> all **of** it", Look::Quote)]);
        assert_eq!(looks("see [this](https://a.example/*x*)"), [("this", Look::Link)]);
        assert_eq!(looks("at https://a.example/x_y_z."), [("https://a.example/x_y_z", Look::Link)]);
        assert_eq!(looks("`a*b*`"), [("`a*b*`", Look::Code)]);
        assert_eq!(looks("- *x*"), [("x", Look::Italic)]);
    }

    #[test]
    fn what_is_no_mark_looks_like_text() {
        for text in
            ["2 * 3 * 4", "snake_case_name", "a ** b **", "****", "#tag", "[x] (y)", "`", "* ", "*", "10.5"]
        {
            assert_eq!(looks(text), [], "{text}");
        }
    }

    #[test]
    fn a_line_may_depend_on_those_before_and_is_seen_anew_when_they_change() {
        let mut markdown = Markdown::new(&true);
        let mut look = |line: &str| markdown.highlight_line(line).next().map(|(_, look)| look);
        assert_eq!(
            [look("```"), look("*x*"), look("```"), look("x")].map(|it| it.is_some()),
            [true, true, true, false]
        );
        assert_eq!([look("-- "), look("Ada")], [Some(Look::Signature); 2]);
        assert_eq!(look("> quoted"), Some(Look::Quote));
        assert_eq!(look("mine"), None);
        assert_eq!(markdown.current_line(), 8);
        markdown.change_line(1);
        assert_eq!(markdown.current_line(), 1);
        assert_eq!(markdown.highlight_line("*x*").next().map(|(_, look)| look), Some(Look::Code));
        markdown.change_line(0);
        assert_eq!(markdown.highlight_line("*x*").nth(1).map(|(_, look)| look), Some(Look::Italic));
    }

    #[test]
    fn any_line_is_read_to_its_end() {
        for line in ["***", "*_*_", "[[[](", "](", "_ö_ö_", "**a*b**", "`` ` ``", "http://", "https://)"] {
            let (found, _) = spans(line, Around::default());
            assert!(found.iter().all(|(at, _)| line.get(at.clone()).is_some()), "{line}");
        }
    }
}
