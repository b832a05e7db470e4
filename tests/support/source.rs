//! Rust source without what is no code: enough of its grammar to look for words in it.

/// The source with comments, the contents of string and character literals and items under `#[cfg(test)]` blanked
/// out. Line breaks stay, so that line numbers do.
pub fn code(source: &str) -> String {
    without_tests(&without_comments(source))
}

fn without_comments(source: &str) -> String {
    let letters: Vec<char> = source.chars().collect();
    let mut code = String::with_capacity(source.len());
    let mut at = 0;
    while at < letters.len() {
        let end = match (letters[at], letters.get(at + 1)) {
            ('/', Some('/')) => line_end(&letters, at),
            ('/', Some('*')) => comment_end(&letters, at),
            ('"', _) => string_end(&letters, at),
            ('r' | '#', _) if raw_string(&letters, at).is_some() => {
                raw_string(&letters, at).unwrap_or(at + 1)
            }
            ('\'', _) => character_end(&letters, at),
            _ => {
                code.push(letters[at]);
                at += 1;
                continue;
            }
        };
        code.extend(letters[at..end].iter().map(|letter| if *letter == '\n' { '\n' } else { ' ' }));
        at = end;
    }
    // What is blank at a line's end was a comment.
    code.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

fn line_end(letters: &[char], start: usize) -> usize {
    letters[start..].iter().position(|letter| *letter == '\n').map_or(letters.len(), |length| start + length)
}

/// Block comments nest.
fn comment_end(letters: &[char], start: usize) -> usize {
    let mut depth = 0;
    let mut at = start;
    while at < letters.len() {
        match (letters[at], letters.get(at + 1)) {
            ('/', Some('*')) => {
                depth += 1;
                at += 2;
            }
            ('*', Some('/')) => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    letters.len()
}

fn string_end(letters: &[char], start: usize) -> usize {
    let mut at = start + 1;
    while at < letters.len() {
        match letters[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    letters.len()
}

/// The end of `r"…"` or `r#"…"#` if one begins here.
fn raw_string(letters: &[char], start: usize) -> Option<usize> {
    let is_name = |letter: &char| letter.is_alphanumeric() || *letter == '_';
    // The `b` of `br"…"` may stand before it, any other letter means that a name goes on.
    if letters[start] != 'r' || (start > 0 && is_name(&letters[start - 1]) && letters[start - 1] != 'b') {
        return None;
    }
    let hashes = letters[start + 1..].iter().take_while(|letter| **letter == '#').count();
    let open = start + 1 + hashes;
    if letters.get(open) != Some(&'"') {
        return None;
    }
    let mut at = open + 1;
    while at < letters.len() {
        let closes = letters[at] == '"'
            && letters[at + 1..].iter().take(hashes).filter(|it| **it == '#').count() == hashes;
        if closes {
            return Some(at + 1 + hashes);
        }
        at += 1;
    }
    Some(letters.len())
}

/// The end of a character literal, or of the quote alone where it begins a lifetime.
fn character_end(letters: &[char], start: usize) -> usize {
    match (letters.get(start + 1), letters.get(start + 2)) {
        // The letter after the backslash may itself be a quote.
        (Some('\\'), _) => {
            let rest = letters.iter().skip(start + 3);
            start + 3 + rest.take_while(|letter| **letter != '\'').count() + 1
        }
        (Some(_), Some('\'')) => start + 3,
        _ => start + 1,
    }
    .min(letters.len())
}

/// Blanks each item that follows `#[cfg(test)]`: up to its closing brace, or to a semicolon before any brace.
fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut kept = String::with_capacity(code.len());
    let mut rest = code;
    while let Some((before, after)) = rest.split_once(MARK) {
        kept.push_str(before);
        let (mut depth, mut end) = (0_i32, after.len());
        for (place, letter) in after.char_indices() {
            match letter {
                '{' => depth += 1,
                '}' => depth -= 1,
                ';' => {}
                _ => continue,
            }
            if depth <= 0 {
                end = place + 1;
                break;
            }
        }
        kept.extend(after[..end].chars().filter(|letter| *letter == '\n'));
        rest = &after[end..];
    }
    kept + rest
}
