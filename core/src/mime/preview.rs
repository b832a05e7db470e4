//! The first words of a mail for a list row.

use super::{ParsedEmail, is_unseen};

/// How much of a text is looked at: what comes later is no first word.
const MOST_LOOKED_AT: usize = 32 << 10;

/// The first words of a parsed mail's text as one line of at most `chars` characters, quotes left out.
pub fn preview(parsed: &ParsedEmail, chars: usize) -> String {
    let mut end = parsed.text.len().min(MOST_LOOKED_AT);
    while !parsed.text.is_char_boundary(end) {
        end -= 1;
    }
    let text = parsed.text.get(..end).unwrap_or_default();
    let own = own_lines(text);
    let line = one_line(own.iter().copied(), parsed.from_html, chars);
    if line.is_empty() {
        // Nothing but a quote: then that is what the mail says.
        let quoted = text.lines().map(|line| line.trim_start_matches(['>', ' ']));
        return one_line(quoted, parsed.from_html, chars);
    }
    line
}

/// The lines the author wrote: no quotes, no line that announces one, no signature, nothing forwarded below.
fn own_lines(text: &str) -> Vec<&str> {
    let mut own: Vec<&str> = Vec::new();
    for line in text.lines() {
        if line.starts_with('>') {
            drop_attribution(&mut own);
            continue;
        }
        if line == "-- "
            || line == "--"
            || (is_divider(line) && !own.iter().all(|line| line.trim().is_empty()))
        {
            break;
        }
        own.push(line);
    }
    own
}

/// Takes back "On Monday, Ann wrote:", which may be folded over two lines.
fn drop_attribution(own: &mut Vec<&str>) {
    let is_blank = |line: &str| line.trim().is_empty();
    while own.last().is_some_and(|line| is_blank(line)) {
        own.pop();
    }
    let Some(last) = own.last().filter(|line| line.trim_end().ends_with(':') && line.len() <= 300) else {
        return;
    };
    // The half with the date or the address tells that it is whole.
    let is_whole = last.contains(|letter: char| letter.is_ascii_digit() || letter == '@');
    own.pop();
    if !is_whole
        && own
            .last()
            .is_some_and(|line| !is_blank(line) && line.contains(|letter: char| letter.is_ascii_digit()))
    {
        own.pop();
    }
}

/// "-----Original Message-----" in any language, or the line of underscores.
fn is_divider(line: &str) -> bool {
    let line = line.trim();
    (line.starts_with("-----") && line.ends_with("-----"))
        || (line.len() >= 20 && line.bytes().all(|octet| octet == b'_'))
}

fn one_line<'a>(lines: impl Iterator<Item = &'a str>, from_html: bool, chars: usize) -> String {
    let mut preview = String::new();
    let mut left = chars;
    for word in lines.flat_map(words) {
        if from_html && is_footnote(word) {
            continue;
        }
        if !preview.is_empty() {
            if left <= 1 {
                break;
            }
            preview.push(' ');
            left -= 1;
        }
        for letter in word.chars().filter(|letter| is_shown(*letter)).take(left) {
            preview.push(letter);
            left -= 1;
        }
        if left == 0 {
            break;
        }
    }
    preview.truncate(preview.trim_end().len());
    preview
}

/// Words with something to see in them; newsletters fill their first lines with invisible ones.
fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split_whitespace().filter(|word| {
        word.chars().any(|letter| is_shown(letter) && letter != '\u{200c}' && letter != '\u{200d}')
    })
}

fn is_shown(letter: char) -> bool {
    !is_unseen(letter) && !matches!(letter, '\u{200b}' | '\u{2060}' | '\u{ad}' | '\u{34f}')
}

/// The `[7]` of a link (see `html`).
fn is_footnote(word: &str) -> bool {
    word.strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
        .is_some_and(|(number, _)| !number.is_empty() && number.bytes().all(|octet| octet.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> String {
        preview(&ParsedEmail { text: text.into(), ..ParsedEmail::default() }, 60)
    }

    #[test]
    fn quotes_and_what_announces_them_are_left_out() {
        assert_eq!(
            of("On Mon, 3 Feb 2025, Ann <ann@a.example> wrote:\n> old\n> words\n\nYes,\n  of course.\n"),
            "Yes, of course."
        );
        assert_eq!(of("On Mon, 3 Feb 2025 at 10:00 Ann\nwrote:\n\n> old\nNew"), "New");
        assert_eq!(of("I need three things:\n\nmilk"), "I need three things: milk");
        assert_eq!(of("Sure.\n-- \nAnn, 555"), "Sure.");
        assert_eq!(of("See below\n-----Original Message-----\nFrom: x"), "See below");
    }

    #[test]
    fn nothing_but_quotes_is_shown_as_such() {
        assert_eq!(of("> only\n> this"), "only this");
        assert_eq!(of(""), "");
    }

    #[test]
    fn it_is_cut_at_a_character() {
        let parsed = ParsedEmail { text: "äöü字 word more".into(), ..ParsedEmail::default() };
        assert_eq!(preview(&parsed, 3), "äöü");
        assert_eq!(preview(&parsed, 5), "äöü字");
        assert_eq!(preview(&parsed, 6), "äöü字 w");
        assert_eq!(preview(&parsed, 0), "");
    }

    #[test]
    fn what_nobody_sees_takes_no_room() {
        assert_eq!(of("\u{200c} \u{34f}\u{200b} Sale\u{202e} \u{ad} now"), "Sale now");
        let html = ParsedEmail {
            text: "Read [1] this\n\n[1] https://a.example".into(),
            from_html: true,
            ..ParsedEmail::default()
        };
        assert!(preview(&html, 60).starts_with("Read this"));
    }
}
