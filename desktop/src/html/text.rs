//! A mail's plain text as a page: what is quoted as quotes, addresses as links, the signature quieter.

use linkify::{LinkFinder, LinkKind};

use super::attribution;
use crate::words;

/// Levels of quotes that are told apart; what is deeper stands in the last.
const DEEPEST: usize = 12;

/// Most text that is shown, in bytes: a book is not read in a window of mail, and would take seconds to lay out.
const LONGEST: usize = 256 << 10;

/// The text as far as it is shown.
pub fn shown_of(text: &str) -> &str {
    text.get(..text.floor_char_boundary(LONGEST)).unwrap_or(text)
}

/// Writes the text of a mail with that subject as HTML that is fit to be shown: whatever it holds is text.
pub fn of_text(text: &str, subject: &str) -> String {
    let is_cut = text.len() > LONGEST;
    let lines: Vec<&str> = shown_of(text).lines().collect();
    // What is passed on is what the mail was sent for: it is not put away.
    let original = if attribution::is_forwarded(subject) { None } else { attribution::original(&lines) };
    let own = lines.get(..original.unwrap_or(lines.len())).unwrap_or_default();
    let original = original.and_then(|original| lines.get(original..)).unwrap_or_default();
    let mut page =
        Writer { html: String::with_capacity(text.len() + text.len() / 4 + 64), ..Writer::default() };
    page.html.push_str("<div class=\"waxwing-text\">");
    page.lines(own, true);
    page.end_signature();
    if !original.is_empty() {
        page.html.push_str("<div class=\"waxwing-original\">");
        page.lines(original, false);
        page.html.push_str("</div>");
    }
    page.html.push_str("</div>");
    if is_cut {
        page.html.push_str(&format!("<p class=\"waxwing-signature\">{}</p>", words::REST_LEFT_OUT));
    }
    page.html
}

/// A page that is being written.
#[derive(Default)]
struct Writer<'a> {
    html: String,
    /// Lines of one depth that are yet to be written.
    run: Vec<&'a str>,
    depth: usize,
    is_signature: bool,
}

impl<'a> Writer<'a> {
    /// `is_own`: what isn't quoted is the author's, and may end in a signature.
    fn lines(&mut self, lines: &[&'a str], is_own: bool) {
        for line in lines {
            let (here, content) = quoted(line);
            // RFC 3676 section 4.3: dash, dash, space; many lose the space on the way.
            let begins_signature =
                is_own && here == 0 && !self.is_signature && (*line == "-- " || *line == "--");
            if here != self.depth || begins_signature {
                self.write_run(here > self.depth && self.depth == 0);
            }
            self.go_to(here);
            if begins_signature {
                self.html.push_str("<div class=\"waxwing-signature\">");
                self.is_signature = true;
            }
            self.run.push(content);
        }
        self.write_run(false);
        self.go_to(0);
    }

    fn go_to(&mut self, depth: usize) {
        while self.depth < depth {
            self.html.push_str("<blockquote>");
            self.depth += 1;
        }
        while self.depth > depth {
            self.html.push_str("</blockquote>");
            self.depth -= 1;
        }
    }

    fn end_signature(&mut self) {
        if std::mem::take(&mut self.is_signature) {
            self.html.push_str("</div>");
        }
    }

    /// Writes the lines of one depth; `before_quote`: what follows them is quoted, and the last ones may say of whom.
    fn write_run(&mut self, before_quote: bool) {
        let run = std::mem::take(&mut self.run);
        let introduces = if before_quote { attribution::introduction(&run) } else { 0 };
        let (own, introduction) = run.split_at(run.len() - introduces.min(run.len()));
        write_block(&mut self.html, own, "<div>");
        write_block(&mut self.html, introduction, "<div class=\"waxwing-introduction\">");
    }
}

/// How deep a line is quoted (`> > text`, `>>text`), and what it says.
fn quoted(line: &str) -> (usize, &str) {
    let mut rest = line;
    let mut depth = 0;
    // A mark behind a blank is one of a quote within a quote; the first stands at the very beginning.
    while let Some(behind) = rest.strip_prefix('>').or_else(|| {
        let inner = rest.strip_prefix(' ').filter(|_| depth > 0)?;
        inner.strip_prefix('>')
    }) {
        depth += 1;
        rest = behind;
    }
    if depth > 0 { (depth.min(DEEPEST), rest.strip_prefix(' ').unwrap_or(rest)) } else { (0, line) }
}

/// Lines of one depth. Empty ones at the edge of a quote are its distance, which the page has anyway.
fn write_block(html: &mut String, run: &[&str], begin: &str) {
    let is_blank = |line: &&&str| line.trim().is_empty();
    let first = run.iter().take_while(is_blank).count();
    let last = run.len() - run.iter().rev().take_while(is_blank).count();
    let lines = run.get(first..last).unwrap_or_default();
    if lines.is_empty() {
        return;
    }
    html.push_str(begin);
    for (place, line) in lines.iter().enumerate() {
        if place > 0 {
            html.push('\n');
        }
        write_line(html, line);
    }
    html.push_str("</div>");
}

fn write_line(html: &mut String, line: &str) {
    // What can't be an address needs no search.
    if !line.contains(['@', ':']) {
        return escape(html, line);
    }
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url, LinkKind::Email]);
    for piece in finder.spans(line) {
        let (text, mail) = (piece.as_str(), "mailto:");
        let scheme = match piece.kind() {
            Some(LinkKind::Email) => Some(mail),
            Some(LinkKind::Url) if leads_somewhere(text) => Some(""),
            _ => None,
        };
        match scheme {
            Some(scheme) => {
                html.push_str("<a href=\"");
                html.push_str(scheme);
                escape(html, text);
                html.push_str("\">");
                escape(html, text);
                html.push_str("</a>");
            }
            None => escape(html, text),
        }
    }
}

/// Whether an address is of a kind that a person follows out of a mail.
fn leads_somewhere(address: &str) -> bool {
    ["https://", "http://", "mailto:"].iter().any(|scheme| {
        address.get(..scheme.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(scheme))
    })
}

fn escape(html: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            other => html.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inner(text: &str) -> String {
        let html = of_text(text, "");
        html.strip_prefix("<div class=\"waxwing-text\">").unwrap().strip_suffix("</div>").unwrap().to_owned()
    }

    #[test]
    fn what_is_quoted_stands_in_quotes_of_its_depth() {
        assert_eq!(
            inner("Yes.\n\nOn Monday:\n> No.\n> > Why?\n>>> Because.\n> \n> Later\nend > here"),
            "<div>Yes.\n\nOn Monday:</div><blockquote><div>No.</div><blockquote><div>Why?</div><blockquote>\
             <div>Because.</div></blockquote></blockquote><div>Later</div></blockquote><div>end &gt; here</div>"
        );
        assert_eq!(inner(" > no quote"), "<div> &gt; no quote</div>");
    }

    #[test]
    fn who_wrote_what_is_quoted_stands_apart_from_what_is_said() {
        assert_eq!(
            inner("Yes.\n\nOn 1/3/22 12:30, Ada wrote:\n\n> No.\nWhy?"),
            "<div>Yes.</div><div class=\"waxwing-introduction\">On 1/3/22 12:30, Ada wrote:</div>\
             <blockquote><div>No.</div></blockquote><div>Why?</div>"
        );
        let original = "From: Ada\nSent: today\nTo: Jonas\nSubject: Keys\n\n> Old\nNew\n-- \nAda";
        assert_eq!(
            inner(&format!("Yes.\n-- \nJ\n\n{original}")),
            "<div>Yes.</div><div class=\"waxwing-signature\"><div>-- \nJ</div></div><div class=\"waxwing-original\">\
             <div>From: Ada\nSent: today\nTo: Jonas\nSubject: Keys</div><blockquote><div>Old</div></blockquote>\
             <div>New\n-- \nAda</div></div>"
        );
        assert!(!of_text(&format!("See.\n\n{original}"), "Fwd: Keys").contains("waxwing-original"));
    }

    #[test]
    fn addresses_lead_somewhere_and_what_stands_around_them_does_not() {
        assert_eq!(
            inner("(see https://a.example/b?c=d&e=\"f.) or ann@b.example, not javascript:alert(1)"),
            "<div>(see <a href=\"https://a.example/b?c=d&amp;e=\">https://a.example/b?c=d&amp;e=</a>&quot;f.) or \
             <a href=\"mailto:ann@b.example\">ann@b.example</a>, not javascript:alert(1)</div>"
        );
        assert_eq!(inner("file:///etc/passwd"), "<div>file:///etc/passwd</div>");
    }

    #[test]
    fn text_is_never_taken_for_html() {
        assert_eq!(inner("<b onclick=x>&amp;</b>"), "<div>&lt;b onclick=x&gt;&amp;amp;&lt;/b&gt;</div>");
    }

    #[test]
    fn a_book_is_cut_and_says_so() {
        let html = of_text(&"字 word\n".repeat(100_000), "");
        assert!(html.len() < LONGEST + 1_000 && html.contains(words::REST_LEFT_OUT));
    }

    #[test]
    fn the_signature_is_marked_where_it_begins() {
        assert_eq!(
            inner("Hi\n-- \nAda\n-- \nx"),
            "<div>Hi</div><div class=\"waxwing-signature\"><div>-- \nAda\n-- \nx</div></div>"
        );
        assert_eq!(inner(""), "");
    }
}
