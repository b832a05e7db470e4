//! The text of an HTML mail. Not an HTML parser: it finds tags, keeps what is read, and leaves character
//! references and blanks to the MIME library's own conversion, which knows neither blocks nor attributes.

use mail_parser::decoders::html::html_to_text;

/// Elements whose content is not for readers.
const UNREAD: [&str; 6] = ["script", "style", "template", "title", "object", "svg"];
/// Elements that stand on lines of their own.
const BLOCKS: [&str; 22] = [
    "address", "article", "aside", "center", "dd", "div", "dl", "dt", "fieldset", "figure", "footer", "form",
    "header", "hr", "li", "main", "ol", "section", "table", "tr", "ul", "body",
];
/// Elements with an empty line around them.
const SPACED: [&str; 8] = ["p", "h1", "h2", "h3", "h4", "h5", "h6", "pre"];
/// Marks for the beginning and the end of a quote between the two passes; control characters, so no mail's own.
const QUOTE: char = '\u{1}';
const UNQUOTE: char = '\u{2}';
/// How often a quote may be searched to the end of the mail and not found, before quotes are no longer believed.
const MOST_LOST_QUOTES: usize = 16;
/// Deepest quote that is shown as such.
const DEEPEST_QUOTE: usize = 20;
/// Most link targets listed under the text.
const MOST_LINKS: usize = 500;

/// HTML as text: blocks as lines, quotes with `> `, link targets as footnotes when their text doesn't show them.
pub(super) fn to_text(html: &str) -> String {
    let mut simple = Simplifier::default();
    simple.run(html);
    let mut text = laid_out(&html_to_text(&simple.output));
    if !simple.links.is_empty() {
        text.push('\n');
        for (index, target) in simple.links.iter().enumerate() {
            text.push_str(&format!("\n[{}] {}", index + 1, html_to_text(target)));
        }
    }
    text
}

/// The charset that a page names in its head, where its mail names none.
pub(super) fn charset(html: &str) -> Option<String> {
    const LOOKED_AT: usize = 4096;
    let head = html.get(..html.floor_char_boundary(LOOKED_AT))?.to_ascii_lowercase();
    let (_, behind) = head.split_once("<meta").and_then(|(_, rest)| rest.split_once("charset="))?;
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    let name: String =
        behind.trim_start_matches(['"', '\'']).chars().take_while(|letter| is_part(*letter)).collect();
    (!name.is_empty()).then_some(name)
}

/// First pass: tags to line breaks and marks; text stays as it is, character references and all.
#[derive(Default)]
struct Simplifier<'a> {
    output: String,
    links: Vec<&'a str>,
    /// The target of the link that is open, and where its text begins in `output`.
    open_link: Option<(&'a str, usize)>,
    preformatted: bool,
    /// How many line ends stand at the end of `output`, blanks aside.
    breaks: usize,
    lost_quotes: usize,
    /// There is no `>` in what is left.
    no_more_tags: bool,
}

impl<'a> Simplifier<'a> {
    fn run(&mut self, html: &'a str) {
        let mut rest = html;
        while let Some(start) = rest.find('<') {
            let (before, from_tag) = rest.split_at(start);
            self.text(before);
            rest = self.tag(from_tag);
        }
        self.text(rest);
        self.close_link();
    }

    fn text(&mut self, text: &str) {
        // Blanks at the start of a line are the HTML's layout, not the text's.
        let text = if self.breaks > 0 && !self.preformatted { text.trim_start() } else { text };
        if text.is_empty() {
            return;
        }
        self.breaks = 0;
        for character in text.chars() {
            match character {
                '\n' if self.preformatted => self.output.push_str("<br>"),
                ' ' if self.preformatted => self.output.push('\u{a0}'),
                '\t' if self.preformatted => self.output.push_str("\u{a0}\u{a0}\u{a0}\u{a0}"),
                character if character.is_control() && !character.is_whitespace() => {}
                character => self.output.push(character),
            }
        }
    }

    /// Takes what begins with `<`; what is left after it comes back.
    fn tag(&mut self, from_tag: &'a str) -> &'a str {
        let inside = from_tag.get(1..).unwrap_or_default();
        if let Some(comment) = inside.strip_prefix("!--") {
            return comment.find("-->").and_then(|end| comment.get(end + 3..)).unwrap_or_default();
        }
        let is_tag =
            inside.starts_with(|first: char| first.is_ascii_alphabetic() || matches!(first, '/' | '!' | '?'));
        if !is_tag {
            self.text("&lt;");
            return inside;
        }
        let (tag, rest) = self.tag_and_rest(inside);
        let closes = tag.starts_with('/');
        let tag = tag.trim_start_matches('/');
        let end = tag.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(tag.len());
        let (name, attributes) = tag.split_at(end);
        let name = name.to_ascii_lowercase();
        if UNREAD.contains(&name.as_str()) && !closes && !attributes.trim_end().ends_with('/') {
            return after_element(rest, &name);
        }
        self.element(&name, closes, attributes);
        rest
    }

    /// A tag up to its `>`, which may stand inside quotes before; and what follows.
    fn tag_and_rest(&mut self, inside: &'a str) -> (&'a str, &'a str) {
        let quoted_end = if self.lost_quotes < MOST_LOST_QUOTES { end_of_tag(inside) } else { None };
        if quoted_end.is_none() {
            self.lost_quotes += 1;
        }
        // A quote that never ends: the first `>` must do; and without one there was no tag but text.
        let end = quoted_end.or_else(|| if self.no_more_tags { None } else { inside.find('>') });
        self.no_more_tags |= end.is_none();
        match end {
            Some(end) => (inside.get(..end).unwrap_or_default(), inside.get(end + 1..).unwrap_or_default()),
            None => ("", inside),
        }
    }

    fn element(&mut self, name: &str, closes: bool, attributes: &'a str) {
        match (name, closes) {
            ("br", _) => self.end_line(self.breaks + 1),
            ("blockquote", false) => self.mark(QUOTE),
            ("blockquote", true) => self.mark(UNQUOTE),
            ("td" | "th", true) => self.output.push(' '),
            ("a", closes) => {
                self.close_link();
                if !closes {
                    self.open_link = attribute(attributes, "href").map(|target| (target, self.output.len()));
                }
            }
            (name, closes) if SPACED.contains(&name) => {
                self.preformatted = name == "pre" && !closes;
                self.end_line(2);
            }
            (name, closes) if BLOCKS.contains(&name) => {
                self.end_line(1);
                if name == "li" && !closes {
                    self.breaks = 0;
                    self.output.push_str("• ");
                }
            }
            _ => {}
        }
    }

    /// Ends the line, so that there are at least so many line ends.
    fn end_line(&mut self, breaks: usize) {
        while self.breaks < breaks {
            self.output.push_str("<br>");
            self.breaks += 1;
        }
    }

    fn mark(&mut self, mark: char) {
        self.end_line(1);
        self.output.push(mark);
        self.output.push_str("<br>");
        self.breaks = 2; // a quote begins without an empty line
    }

    /// A target is listed when the reader couldn't know it: not for links that show it, nor for pictures.
    fn close_link(&mut self) {
        let Some((target, start)) = self.open_link.take() else { return };
        let shown = self.output.get(start..).unwrap_or_default();
        let lower = target.to_ascii_lowercase();
        let leads_out = ["http://", "https://"].iter().any(|scheme| lower.starts_with(scheme));
        let bare = target.trim_end_matches('/');
        let bare = bare.split_once("://").map_or(bare, |(_, bare)| bare);
        if leads_out && has_words(shown) && !shown.contains(bare) && self.links.len() < MOST_LINKS {
            let number = match self.links.iter().position(|known| *known == target) {
                Some(known) => known + 1,
                None => {
                    self.links.push(target);
                    self.links.len()
                }
            };
            self.output.push_str(&format!(" [{number}]"));
        }
    }
}

fn has_words(simplified: &str) -> bool {
    simplified.replace("<br>", "").chars().any(char::is_alphanumeric)
}

/// Where the `>` is that ends a tag.
fn end_of_tag(inside: &str) -> Option<usize> {
    let mut quote = None;
    let mut before = ' ';
    for (place, letter) in inside.char_indices() {
        match (quote, letter) {
            (Some(open), letter) if open == letter => quote = None,
            (None, '"' | '\'') if before == '=' => quote = Some(letter),
            (None, '>') => return Some(place),
            _ => {}
        }
        if !letter.is_whitespace() {
            before = letter;
        }
    }
    None
}

/// What follows an element; all is inside it when it never ends.
fn after_element<'a>(rest: &'a str, name: &str) -> &'a str {
    let mut from = rest;
    while let Some(place) = from.find("</") {
        let tail = from.get(place + 2..).unwrap_or_default();
        let is_end = tail.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name));
        if is_end {
            return tail.split_once('>').map_or("", |(_, rest)| rest);
        }
        from = tail;
    }
    ""
}

/// An attribute's value, still with its character references.
fn attribute<'a>(attributes: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = attributes;
    loop {
        rest = rest.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '/');
        let end = rest.find(|letter: char| letter.is_whitespace() || letter == '=')?;
        let (found, after) = rest.split_at(end);
        let Some(after) = after.trim_start().strip_prefix('=') else {
            rest = after;
            continue;
        };
        let after = after.trim_start();
        let (value, after) = match after.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                let after = after.get(1..).unwrap_or_default();
                after.split_once(quote).unwrap_or((after, ""))
            }
            _ => after.split_at(after.find(char::is_whitespace).unwrap_or(after.len())),
        };
        if found.eq_ignore_ascii_case(name) {
            return Some(value.trim());
        }
        rest = after;
    }
}

/// Second pass: quote marks to `> `, blanks folded, no more than one empty line at a time.
fn laid_out(text: &str) -> String {
    let mut laid_out = String::with_capacity(text.len());
    let mut depth = 0_usize;
    let mut blank = true; // no empty line at the start
    for line in text.split('\n') {
        for letter in line.chars() {
            match letter {
                QUOTE => depth += 1,
                UNQUOTE => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        let had_mark = line.contains([QUOTE, UNQUOTE]);
        let line: String = line
            .chars()
            .filter(|letter| {
                !matches!(*letter, QUOTE | UNQUOTE | '\u{200b}' | '\u{feff}' | '\u{ad}' | '\u{34f}')
            })
            .map(|letter| if letter == '\u{a0}' { ' ' } else { letter })
            .collect();
        let line = line.trim_end();
        if line.trim().is_empty() {
            if !blank && !had_mark {
                laid_out.push('\n');
                blank = true;
            }
            continue;
        }
        if depth > 0 {
            laid_out.extend(std::iter::repeat_n('>', depth.min(DEEPEST_QUOTE)));
            laid_out.push(' ');
        }
        laid_out.push_str(line);
        laid_out.push('\n');
        blank = false;
    }
    laid_out.truncate(laid_out.trim_end().len());
    laid_out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(html: &str, wanted: &str) {
        assert_eq!(to_text(html), wanted);
    }

    #[test]
    fn scripts_and_styles_are_not_text() {
        reads(
            "<html><head><title>T</title><style type=\"text/css\" media='a>b'>p { color: red } </style></head>\
             <body><script type='x'>if (a < b) alert('</b>')</script><p>Hello</p><STYLE>x</style ><template>no</template>\
             <!-- <p>hidden --> --><svg><text>drawn</text></svg> you</body></html>",
            "Hello\n\n--> you",
        );
        reads("text<style>never closed", "text");
        reads("<!--[if mso]><p>Outlook</p><![endif]-->all<![if !mso]> others<![endif]>", "all others");
    }

    #[test]
    fn blocks_are_lines_and_inline_is_not() {
        reads("<div>one</div><div>two <b>bo</b>ld</div>", "one\ntwo bold");
        reads("<p class=x>one</p>\n<p>two</p>", "one\n\ntwo");
        reads("<ul><li>a</li><li>b</li></ul>", "• a\n• b");
        reads("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc");
        reads("<pre>  a\n    b</pre>", "  a\n    b");
    }

    #[test]
    fn quotes_are_quoted() {
        reads(
            "yes<blockquote>asked<blockquote><p>older</p></blockquote></blockquote>after",
            "yes\n> asked\n>> older\n\nafter",
        );
        reads("</blockquote></blockquote>x", "x");
    }

    #[test]
    fn references_and_stray_signs_are_text() {
        reads(
            "a &amp; b &lt;c&gt; &#x4e2d;&#25991; &nbsp;&euro;5 &unknown; 1 < 2",
            "a & b <c> 中文  €5 &unknown; 1 < 2",
        );
    }

    #[test]
    fn link_targets_are_listed_once() {
        reads(
            "<a href=\"https://a.example/x?y=1&amp;z=2\">Confirm</a> or <a href='https://a.example/x?y=1&amp;z=2'>here</a>, \
             <a href=https://b.example/>https://b.example</a>, <a href='mailto:a@b.example'>mail</a>, \
             <a href='javascript:x()'>no</a>, <a href='https://c.example'><img src=x></a>",
            "Confirm [1] or here [1], https://b.example, mail, no,\n\n[1] https://a.example/x?y=1&z=2",
        );
    }

    #[test]
    fn broken_tags_lose_no_text_behind_them() {
        reads("a <b title=\"never closed>bold</b> end", "a bold end");
        reads("a < b and <", "a < b and <");
    }

    #[test]
    fn a_megabyte_of_anything_is_read_in_one_go() {
        // What looks at all of it again for each piece takes hours.
        const NO_HANG: std::time::Duration = std::time::Duration::from_secs(180);
        for piece in [
            "<",
            "<a",
            "<a b='",
            "</",
            "<!--",
            "<style>",
            "<blockquote>",
            "<a href=x>",
            "&",
            "<div>",
            "<svg></",
        ] {
            let start = std::time::Instant::now();
            to_text(&piece.repeat((1 << 20) / piece.len()));
            assert!(start.elapsed() < NO_HANG, "{piece}");
        }
    }
}
