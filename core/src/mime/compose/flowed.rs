//! Text as format=flowed (RFC 3676): lines that any program can show, which one that knows better joins again.

/// Columns of a line; RFC 3676 section 4.2 asks for 66 to 78.
const COLUMNS: usize = 72;

/// Lines with CR LF; those that go on end in a space.
pub(super) fn flowed(text: &str) -> String {
    let mut flowed = String::with_capacity(text.len() + text.len() / 32);
    for line in text.split('\n') {
        let (depth, content) = quoted(line);
        let marks = ">".repeat(depth);
        // The line before a signature ends in a space and goes nowhere (section 4.3).
        let content = if content == "-- " { content } else { content.trim_end_matches(' ') };
        for piece in pieces(content, COLUMNS.saturating_sub(depth + 2).max(20)) {
            flowed.push_str(&marks);
            let wants_stuffing = piece.starts_with([' ', '>']) || piece.starts_with("From ");
            if (depth > 0 && !piece.is_empty()) || wants_stuffing {
                flowed.push(' ');
            }
            flowed.push_str(piece);
            flowed.push_str("\r\n");
        }
    }
    flowed
}

/// How deep a line is quoted, and what is quoted: `> > word` is twice.
pub(in crate::mime) fn quoted(line: &str) -> (usize, &str) {
    let (mut depth, mut rest) = (0, line);
    while let Some(after) = rest.strip_prefix('>').or_else(|| match depth {
        0 => None,
        _ => rest.strip_prefix(" >"),
    }) {
        (depth, rest) = (depth + 1, after);
    }
    let content = if depth > 0 { rest.strip_prefix(' ').unwrap_or(rest) } else { rest };
    (depth, content)
}

/// A line in pieces of about so many characters; each but the last ends in the space it was broken after. A word is not
/// broken.
fn pieces(content: &str, columns: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = content;
    while rest.chars().nth(columns).is_some() {
        let reach = rest.char_indices().nth(columns).map_or(rest.len(), |(place, _)| place);
        let begins = rest.len() - rest.trim_start_matches(' ').len();
        let within =
            rest.get(begins..reach).and_then(|within| within.rfind(' ')).map(|place| begins + place + 1);
        // This alone on a line begins a signature, and is joined to nothing (section 4.3).
        let within = within.filter(|place| rest.get(..*place) != Some("-- "));
        let beyond = || {
            rest.get(reach.max(begins)..)
                .and_then(|far| far.find(' '))
                .map(|place| reach.max(begins) + place + 1)
        };
        let Some((piece, after)) = within.or_else(beyond).and_then(|place| rest.split_at_checked(place))
        else {
            break;
        };
        // What would begin with a space is left together: joined again, it would be another text.
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bug_a_long_line_was_broken_into_one_that_begins_a_signature() {
        let line = format!("-- {} end", "x".repeat(90));
        assert_eq!(flowed(&line), format!("-- {} \r\nend\r\n", "x".repeat(90)));
    }
}
