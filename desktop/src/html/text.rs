//! A mail's plain text as a page: what is quoted as quotes, addresses as links, the signature quieter.

use linkify::{LinkFinder, LinkKind};

/// Levels of quotes that are told apart; what is deeper stands in the last.
const DEEPEST: usize = 12;

/// Writes text as HTML that is fit to be shown: whatever it holds is text.
pub fn of_text(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + text.len() / 4 + 64);
    let mut depth = 0;
    let mut is_signature = false;
    let mut run: Vec<&str> = Vec::new();
    html.push_str("<div class=\"waxwing-text\">");
    for line in text.lines() {
        let (here, content) = quoted(line);
        // RFC 3676 section 4.3: dash, dash, space; many lose the space on the way.
        let begins_signature = here == 0 && !is_signature && (line == "-- " || line == "--");
        if here != depth || begins_signature {
            write_run(&mut html, &mut run);
        }
        while depth < here {
            html.push_str("<blockquote>");
            depth += 1;
        }
        while depth > here {
            html.push_str("</blockquote>");
            depth -= 1;
        }
        if begins_signature {
            html.push_str("<div class=\"waxwing-signature\">");
            is_signature = true;
        }
        run.push(content);
    }
    write_run(&mut html, &mut run);
    html.push_str(&"</blockquote>".repeat(depth));
    html.push_str(if is_signature { "</div></div>" } else { "</div>" });
    html
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
fn write_run(html: &mut String, run: &mut Vec<&str>) {
    let is_blank = |line: &&&str| line.trim().is_empty();
    let first = run.iter().take_while(is_blank).count();
    let last = run.len() - run.iter().rev().take_while(is_blank).count();
    let lines = run.get(first..last).unwrap_or_default();
    if !lines.is_empty() {
        html.push_str("<div>");
        for (place, line) in lines.iter().enumerate() {
            if place > 0 {
                html.push('\n');
            }
            write_line(html, line);
        }
        html.push_str("</div>");
    }
    run.clear();
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
        let html = of_text(text);
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
    fn the_signature_is_marked_where_it_begins() {
        assert_eq!(
            inner("Hi\n-- \nAda\n-- \nx"),
            "<div>Hi</div><div class=\"waxwing-signature\"><div>-- \nAda\n-- \nx</div></div>"
        );
        assert_eq!(inner(""), "");
    }
}
