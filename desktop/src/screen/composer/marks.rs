//! The marks of Markdown, put on a text and taken off: what the buttons above a text do, and the key Enter in lists.

use std::ops::Range;

/// A text with the place where one types. Places are offsets in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    /// Where the cursor is.
    pub at: usize,
    /// Where the selection began; `at` where nothing is selected.
    pub anchor: usize,
}

/// What a button puts on a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Bold,
    Italic,
    List,
    Numbers,
    Quote,
    Link,
}

/// What a link leads to before somebody says where.
const NOWHERE: &str = "https://";

impl Piece {
    pub fn new(text: impl Into<String>, anchor: usize, at: usize) -> Self {
        Self { text: text.into(), at, anchor }
    }

    /// What is selected, from its beginning to its end.
    pub fn selection(&self) -> Range<usize> {
        let end = self.text.len();
        self.at.min(self.anchor).min(end)..self.at.max(self.anchor).min(end)
    }

    /// The text with something else in that place, and the cursor behind it.
    pub fn with(&self, range: Range<usize>, other: &str) -> Self {
        let at = range.start + other.len();
        let text = [self.get(0..range.start), other, self.get(range.end..self.text.len())].concat();
        Self { text, at, anchor: at }
    }

    fn get(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }

    fn selecting(self, range: Range<usize>) -> Self {
        Self { anchor: range.start, at: range.end, ..self }
    }

    fn line_start(&self, at: usize) -> usize {
        self.get(0..at).rfind('\n').map_or(0, |place| place + 1)
    }

    fn line_end(&self, at: usize) -> usize {
        self.get(at..self.text.len()).find('\n').map_or(self.text.len(), |place| at + place)
    }

    /// The lines that a range touches, each from its beginning to its end.
    fn lines(&self, range: &Range<usize>) -> Vec<Range<usize>> {
        let mut lines = Vec::new();
        let mut start = self.line_start(range.start);
        loop {
            let end = self.line_end(start);
            lines.push(start..end);
            if end >= range.end || end >= self.text.len() {
                return lines;
            }
            start = end + 1;
            // What is selected to the end of a line, its line end with it, is not the next line too.
            if start == range.end && !range.is_empty() {
                return lines;
            }
        }
    }

    /// The word around the cursor; empty where there is none.
    fn word(&self) -> Range<usize> {
        let is_part = |letter: char| letter.is_alphanumeric() || letter == '\'' || letter == '’';
        let before = self.get(0..self.at);
        let start = before.trim_end_matches(is_part).len();
        let after = self.get(self.at..self.text.len());
        let end = self.at + (after.len() - after.trim_start_matches(is_part).len());
        start..end
    }
}

/// Puts a mark on what is selected, or takes it off where all of it has it.
pub fn toggle(piece: &Piece, mark: Mark) -> Piece {
    match mark {
        Mark::Bold => toggle_stars(piece, 2),
        Mark::Italic => toggle_stars(piece, 1),
        Mark::List | Mark::Numbers | Mark::Quote => toggle_lines(piece, mark),
        Mark::Link => toggle_link(piece),
    }
}

// Bold and italic.

/// A part of a line with stars around it.
struct Starred {
    /// What the stars are around.
    inner: Range<usize>,
    /// How many stars there are on each side.
    stars: usize,
}

fn toggle_stars(piece: &Piece, stars: usize) -> Piece {
    let chosen = if piece.selection().is_empty() { piece.word() } else { piece.selection() };
    let parts: Vec<Starred> = parts(piece, &chosen).into_iter().map(|part| starred(piece, part)).collect();
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else {
        return empty_stars(piece, stars);
    };
    let has = |part: &Starred| if stars == 2 { part.stars >= 2 } else { part.stars % 2 == 1 };
    let takes_off = parts.iter().all(has);
    let mark = "*".repeat(stars);
    let (mut text, mut moved) = (piece.text.clone(), 0_isize);
    for part in parts.iter().rev().filter(|part| takes_off || !has(part)) {
        let Range { start, end } = part.inner;
        if takes_off {
            text.replace_range(end..end + stars, "");
            text.replace_range(start - stars..start, "");
        } else {
            text.insert_str(end, &mark);
            text.insert_str(start, &mark);
        }
        moved += 2;
    }
    // The first mark moves everything that is selected, the last one nothing of it.
    let changed = stars.cast_signed();
    let step = if takes_off { -changed } else { changed };
    let first_moved = if takes_off || !has(first) { step } else { 0 };
    let last_after = if takes_off || !has(last) { step } else { 0 };
    let start = first.inner.start.saturating_add_signed(first_moved);
    let end = last.inner.end.saturating_add_signed(moved * step - last_after);
    let changed = Piece { text, ..piece.clone() };
    if piece.selection().is_empty() {
        let at = piece.at.clamp(first.inner.start, first.inner.end).saturating_add_signed(first_moved);
        return Piece { at, anchor: at, ..changed };
    }
    changed.selecting(start..end)
}

/// What of each line is chosen, without what lists and quotes begin with and without blanks at its ends.
fn parts(piece: &Piece, chosen: &Range<usize>) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    for line in piece.lines(chosen) {
        let begins = line.start + prefix(piece.get(line.clone())).len;
        let (start, end) = (chosen.start.max(begins), chosen.end.min(line.end));
        let words = piece.get(start..end);
        let trimmed = words.trim();
        if !trimmed.is_empty() {
            let start = start + (words.len() - words.trim_start().len());
            parts.push(start..start + trimmed.len());
        }
    }
    parts
}

/// The stars around a part, those in it at its ends and those just outside.
fn starred(piece: &Piece, part: Range<usize>) -> Starred {
    let words = piece.get(part.clone());
    let inside = words.len() - words.trim_start_matches('*').len();
    let words = words.trim_matches('*');
    let inner = part.start + inside..part.start + inside + words.len();
    let line = piece.line_start(part.start);
    let before = piece.get(line..inner.start);
    let after = piece.get(inner.end..piece.line_end(inner.end));
    let run = |text: &str, trimmed: &str| text.len() - trimmed.len();
    let stars = run(before, before.trim_end_matches('*')).min(run(after, after.trim_start_matches('*')));
    Starred { inner, stars: stars.min(3) }
}

/// Where there is no word: marks to write between, or the end of those that stand there with nothing between them.
fn empty_stars(piece: &Piece, stars: usize) -> Piece {
    let mark = "*".repeat(stars);
    let at = piece.selection().start;
    let (before, after) = (piece.get(0..at), piece.get(at..piece.text.len()));
    if before.ends_with(&mark) && after.starts_with(&mark) {
        let without = piece.with(at - stars..at + stars, "");
        return Piece { at: at - stars, anchor: at - stars, ..without };
    }
    let with = piece.with(at..at, &mark.repeat(2));
    Piece { at: at + stars, anchor: at + stars, ..with }
}

// Lists and quotes.

/// What a line begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Prefix {
    /// Blanks before it, in bytes.
    pub(super) indent: usize,
    pub(super) kind: Option<Mark>,
    /// The number of a line of a numbered list.
    number: u32,
    /// All of it, the blanks with it, in bytes.
    pub(super) len: usize,
}

pub(super) fn prefix(line: &str) -> Prefix {
    let indent = line.len() - line.trim_start_matches(' ').len();
    let rest = line.get(indent..).unwrap_or_default();
    let of = |kind, number, len| Prefix { indent, kind, number, len: indent + len };
    if rest.starts_with('>') {
        return of(Some(Mark::Quote), 0, if rest.starts_with("> ") { 2 } else { 1 });
    }
    if ["- ", "* ", "+ "].iter().any(|bullet| rest.starts_with(bullet)) {
        return of(Some(Mark::List), 0, 2);
    }
    let digits = rest.len() - rest.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
    let after = rest.get(digits..).unwrap_or_default();
    // CommonMark knows no longer number.
    if (1..=9).contains(&digits) && (after.starts_with(". ") || after.starts_with(") ")) {
        let number = rest.get(..digits).and_then(|number| number.parse().ok()).unwrap_or(1);
        return of(Some(Mark::Numbers), number, digits + 2);
    }
    of(None, 0, 0)
}

fn toggle_lines(piece: &Piece, mark: Mark) -> Piece {
    let selection = piece.selection();
    let all = piece.lines(&selection);
    // Empty lines stay so, unless there is nothing else.
    let is_blank = |line: &Range<usize>| piece.get(line.clone()).trim().is_empty();
    let counts = |line: &Range<usize>| all.len() == 1 || !is_blank(line) || mark == Mark::Quote;
    let has = |line: &Range<usize>| prefix(piece.get(line.clone())).kind == Some(mark);
    let takes_off = all.iter().filter(|line| counts(line)).all(has);
    let mut number = 0;
    let mut lines = Vec::new();
    for line in &all {
        let words = piece.get(line.clone());
        if !counts(line) {
            lines.push(words.to_owned());
            continue;
        }
        number += 1;
        lines.push(if takes_off { without(words) } else { marked(words, mark, number) });
    }
    let (Some(first), Some(last)) = (all.first(), all.last()) else { return piece.clone() };
    let new = lines.join("\n");
    let changed = piece.with(first.start..last.end, &new);
    if selection.is_empty() {
        let from_end = last.end - piece.at.min(last.end);
        let at = first.start + new.len().saturating_sub(from_end);
        return Piece { at, anchor: at, ..changed };
    }
    changed.selecting(first.start..first.start + new.len())
}

fn without(line: &str) -> String {
    let prefix = prefix(line);
    [line.get(..prefix.indent), line.get(prefix.len..)].map(Option::unwrap_or_default).concat()
}

fn marked(line: &str, mark: Mark, number: u32) -> String {
    let before = prefix(line);
    if mark == Mark::Quote {
        return if line.is_empty() { ">".into() } else { format!("> {line}") };
    }
    // One kind of list takes the place of the other; within a quote a list is not begun.
    let rest = match before.kind {
        Some(Mark::List | Mark::Numbers) => line.get(before.len..),
        _ => line.get(before.indent..),
    };
    let indent = " ".repeat(before.indent);
    let rest = rest.unwrap_or_default();
    match mark {
        Mark::Numbers => format!("{indent}{number}. {rest}"),
        _ => format!("{indent}- {rest}"),
    }
}

/// What the key Enter does where it is more than a new line: a list goes on, an empty line of it ends it, and a quote is
/// parted so that one can write between. `None`: a new line.
pub fn enter(piece: &Piece) -> Option<Piece> {
    if !piece.selection().is_empty() {
        return None;
    }
    let (start, end) = (piece.line_start(piece.at), piece.line_end(piece.at));
    let line = piece.get(start..end);
    let prefix = prefix(line);
    if piece.at < start + prefix.len {
        return None;
    }
    let indent = " ".repeat(prefix.indent);
    let next = match prefix.kind? {
        Mark::Quote => return Some(part_quote(piece, start, end)),
        Mark::Numbers => {
            let closing = line.get(prefix.len - 2..prefix.len - 1).unwrap_or(".");
            format!("{indent}{}{closing} ", prefix.number.saturating_add(1))
        }
        _ => line.get(..prefix.len).unwrap_or_default().to_owned(),
    };
    if line.get(prefix.len..).unwrap_or_default().trim().is_empty() {
        return Some(piece.with(start..end, ""));
    }
    Some(piece.with(piece.at..piece.at, &format!("\n{next}")))
}

/// An empty line on either side, since what follows a quote without one belongs to it (CommonMark section 5.1).
fn part_quote(piece: &Piece, start: usize, end: usize) -> Piece {
    let depth = piece.get(start..end).trim_start_matches(['>', ' ']).len();
    let marks = piece.get(start..end - depth);
    let rest = piece.get(piece.at..end).trim_start();
    let goes_on = piece.get(end..piece.text.len()).starts_with("\n>");
    let (after, taken) = match rest {
        "" if goes_on => ("\n".to_owned(), end),
        "" => (String::new(), end),
        rest => (format!("\n\n{marks}{rest}"), end),
    };
    let parted = piece.with(piece.at..taken, &format!("\n\n{after}"));
    let at = piece.at + 2;
    Piece { at, anchor: at, ..parted }
}

// Links.

fn toggle_link(piece: &Piece) -> Piece {
    let selection = piece.selection();
    if let Some(link) = link_around(piece, &selection) {
        let words = piece.get(link.words.clone()).to_owned();
        let changed = piece.with(link.whole.clone(), &words);
        return changed.selecting(link.whole.start..link.whole.start + words.len());
    }
    let chosen = if selection.is_empty() { piece.word() } else { selection };
    let words = piece.get(chosen.clone()).to_owned();
    let start = chosen.start;
    if words.starts_with("http://") || words.starts_with("https://") || words.starts_with("mailto:") {
        let changed = piece.with(chosen, &format!("[]({words})"));
        return changed.selecting(start + 1..start + 1);
    }
    let changed = piece.with(chosen, &format!("[{words}]({NOWHERE})"));
    if words.is_empty() {
        return changed.selecting(start + 1..start + 1);
    }
    let address = start + words.len() + 3;
    changed.selecting(address..address + NOWHERE.len())
}

pub(super) struct Link {
    pub(super) whole: Range<usize>,
    pub(super) words: Range<usize>,
}

/// The links of a line, `[words](address)`; places in bytes of the line.
pub(super) fn links(line: &str) -> Vec<Link> {
    let mut links = Vec::new();
    let mut from = 0;
    while let Some(open) = line.get(from..).and_then(|rest| rest.find('[')).map(|place| from + place) {
        from = open + 1;
        let Some(middle) = line.get(from..).and_then(|rest| rest.find("](")).map(|place| from + place) else {
            break;
        };
        let Some(close) = line.get(middle..).and_then(|rest| rest.find(')')).map(|place| middle + place)
        else {
            break;
        };
        let words = from..middle;
        if line.get(words.clone()).is_some_and(|words| !words.contains('[')) {
            links.push(Link { whole: open..close + 1, words });
            from = close + 1;
        }
    }
    links
}

fn link_around(piece: &Piece, selection: &Range<usize>) -> Option<Link> {
    let start = piece.line_start(selection.start);
    let line = piece.get(start..piece.line_end(start));
    let moved = |range: &Range<usize>| range.start + start..range.end + start;
    let holds = |link: &Range<usize>| link.start <= selection.start && selection.end <= link.end;
    let link = links(line).into_iter().find(|link| holds(&moved(&link.whole)))?;
    Some(Link { whole: moved(&link.whole), words: moved(&link.words) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `|` is the cursor; of two the first is where the selection began.
    fn piece(text: &str) -> Piece {
        let first = text.find('|').unwrap();
        let rest = text.replacen('|', "", 1);
        match rest.find('|') {
            Some(second) => Piece::new(rest.replacen('|', "", 1), first, second),
            None => Piece::new(rest, first, first),
        }
    }

    fn shown(piece: &Piece) -> String {
        let mut text = piece.text.clone();
        text.insert(piece.at.max(piece.anchor), '|');
        if piece.at != piece.anchor {
            text.insert(piece.at.min(piece.anchor), '|');
        }
        text
    }

    fn after(text: &str, mark: Mark) -> String {
        shown(&toggle(&piece(text), mark))
    }

    #[test]
    fn what_is_selected_gets_stars_and_loses_them_again() {
        for (before, with, mark) in [
            ("a |big| pan", "a **|big|** pan", Mark::Bold),
            ("a |big| pan", "a *|big|* pan", Mark::Italic),
            ("a **|big|** pan", "a ***|big|*** pan", Mark::Italic),
            ("|größer|", "**|größer|**", Mark::Bold),
            ("|one\ntwo|", "**|one**\n**two|**", Mark::Bold),
            ("- |one\n- two|", "- *|one*\n- *two|*", Mark::Italic),
        ] {
            assert_eq!(after(before, mark), with);
            assert_eq!(after(with, mark), before, "and back");
        }
    }

    #[test]
    fn blanks_and_marks_at_the_ends_are_not_within_the_stars() {
        assert_eq!(after("a| big |pan", Mark::Bold), "a **|big|** pan");
        assert_eq!(after("a |**big**| pan", Mark::Bold), "a |big| pan");
        assert_eq!(after("|***x***|", Mark::Bold), "*|x|*");
        assert_eq!(after("|one\n\n> two|", Mark::Bold), "**|one**\n\n> **two|**");
        assert_eq!(after("**|one**\ntwo|", Mark::Bold), "**|one**\n**two|**", "what has them keeps them");
    }

    #[test]
    fn without_a_selection_it_is_the_word_or_what_comes_next() {
        assert_eq!(after("a b|ig pan", Mark::Bold), "a **b|ig** pan");
        assert_eq!(after("a **b|ig** pan", Mark::Bold), "a b|ig pan");
        assert_eq!(after("a | pan", Mark::Bold), "a **|** pan");
        assert_eq!(after("a **|** pan", Mark::Bold), "a | pan");
        assert_eq!(after("|", Mark::Italic), "*|*");
    }

    #[test]
    fn lines_become_a_list_and_lines_again() {
        for (before, with, mark) in [
            ("|one\ntwo|", "|- one\n- two|", Mark::List),
            ("|one\ntwo|", "|1. one\n2. two|", Mark::Numbers),
            ("|one\n\ntwo|", "|> one\n>\n> two|", Mark::Quote),
            ("on|e", "- on|e", Mark::List),
            ("|", "- |", Mark::List),
        ] {
            assert_eq!(after(before, mark), with);
            assert_eq!(after(with, mark), before, "and back");
        }
        assert_eq!(after("|one\n\ntwo|", Mark::Numbers), "|1. one\n\n2. two|");
        assert_eq!(after("|- one\n- two|", Mark::Numbers), "|1. one\n2. two|", "one kind for the other");
        assert_eq!(after("|- one\ntwo|", Mark::List), "|- one\n- two|", "all get it before any loses it");
        assert_eq!(
            after("a|\nb\n|c", Mark::List),
            "|- a\n- b|\nc",
            "the line that begins there is not in it"
        );
    }

    #[test]
    fn enter_goes_on_with_a_list_and_ends_it() {
        let enter = |text: &str| enter(&piece(text)).map(|piece| shown(&piece));
        assert_eq!(enter("- one|").unwrap(), "- one\n- |");
        assert_eq!(enter("  * one|two").unwrap(), "  * one\n  * |two");
        assert_eq!(enter("9. nine|").unwrap(), "9. nine\n10. |");
        assert_eq!(enter("1) one|").unwrap(), "1) one\n2) |");
        assert_eq!(enter("- one\n- |").unwrap(), "- one\n|");
        assert_eq!(enter("words|"), None);
        assert_eq!(enter("|- one"), None, "before the list");
        assert_eq!(enter("- |one|"), None);
        assert_eq!(enter("10 apples|"), None);
    }

    #[test]
    fn enter_parts_a_quote_so_that_an_answer_is_no_part_of_it() {
        let enter = |text: &str| shown(&enter(&piece(text)).unwrap());
        assert_eq!(enter("> one| two\n> three"), "> one\n\n|\n\n> two\n> three");
        assert_eq!(enter(">> one|two"), ">> one\n\n|\n\n>> two");
        assert_eq!(enter("> one|\n> two"), "> one\n\n|\n\n> two");
        assert_eq!(enter("> one|"), "> one\n\n|");
    }

    #[test]
    fn a_link_asks_where_to_and_goes_again() {
        assert_eq!(after("see |this| page", Mark::Link), "see [this](|https://|) page");
        assert_eq!(after("see [this](|https://a.example|) page", Mark::Link), "see |this| page");
        assert_eq!(after("th|is", Mark::Link), "[this](|https://|)");
        assert_eq!(after("|https://a.example/x|", Mark::Link), "[|](https://a.example/x)");
        assert_eq!(after("a |", Mark::Link), "a [|](https://)");
    }

    #[test]
    fn whatever_stands_there_nothing_of_it_is_lost() {
        let text = "> *a* ü\n- [x](y)\n\n1. **b**\n**\n* \n[](\n***ö";
        let bare = |text: &str| -> String {
            text.chars().filter(|letter| letter.is_alphabetic() && !"htps".contains(*letter)).collect()
        };
        let places: Vec<usize> = (0..=text.len()).filter(|place| text.is_char_boundary(*place)).collect();
        for anchor in &places {
            for at in &places {
                let before = Piece::new(text, *anchor, *at);
                for mark in [Mark::Bold, Mark::Italic, Mark::List, Mark::Numbers, Mark::Quote] {
                    let after = toggle(&before, mark);
                    assert_eq!(bare(&after.text), bare(text), "{mark:?} {anchor} {at}");
                    assert!(
                        after.text.is_char_boundary(after.at) && after.text.is_char_boundary(after.anchor)
                    );
                }
                if let Some(after) = enter(&before) {
                    assert_eq!(bare(&after.text), bare(text));
                }
            }
        }
    }
}
