//! The values in a response (RFC 9051 section 9).

use std::io;

/// One value of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// An atom, number, quoted string or literal, as its octets.
    Text(Vec<u8>),
    /// A parenthesised list.
    List(Vec<Value>),
}

impl Value {
    /// A text as UTF-8, as far as it is; empty for a list.
    pub fn text(&self) -> String {
        match self {
            Self::Text(octets) => String::from_utf8_lossy(octets).into_owned(),
            Self::List(_) => String::new(),
        }
    }
}

/// The values of a response: atoms, quoted strings, literals and lists.
pub(super) fn parse(text: &[u8]) -> io::Result<Vec<Value>> {
    let mut levels = vec![Vec::new()];
    let mut at = 0;
    while let Some(octet) = text.get(at) {
        match octet {
            b' ' => at += 1,
            b'(' => {
                levels.push(Vec::new());
                at += 1;
            }
            b')' => {
                let list = levels.pop().unwrap_or_default();
                let level = levels.last_mut().ok_or_else(|| io::Error::other("a ) too many"))?;
                level.push(Value::List(list));
                at += 1;
            }
            _ => {
                let (value, next) = parse_text(text, at)?;
                levels.last_mut().ok_or_else(|| io::Error::other("a ) too many"))?.push(Value::Text(value));
                at = next;
            }
        }
    }
    match levels.pop() {
        Some(values) if levels.is_empty() => Ok(values),
        _ => Err(io::Error::other("a ) is missing")),
    }
}

/// One text from `start` on, and the place after it.
fn parse_text(text: &[u8], start: usize) -> io::Result<(Vec<u8>, usize)> {
    let short = || io::Error::other("the response ends early");
    match text[start] {
        b'"' => {
            let mut value = Vec::new();
            let mut at = start + 1;
            loop {
                match text.get(at).ok_or_else(short)? {
                    b'"' => return Ok((value, at + 1)),
                    b'\\' => {
                        value.push(*text.get(at + 1).ok_or_else(short)?);
                        at += 2;
                    }
                    octet => {
                        value.push(*octet);
                        at += 1;
                    }
                }
            }
        }
        b'{' => {
            let close = text[start..].iter().position(|octet| *octet == b'}').ok_or_else(short)? + start;
            let size = literal_size(&text[start..=close]).ok_or_else(short)?;
            let from = close + 3;
            Ok((text.get(from..from + size).ok_or_else(short)?.to_vec(), from + size))
        }
        _ => {
            // An atom; inside brackets, as in BODY[HEADER.FIELDS (SUBJECT)], anything goes.
            let mut depth = 0_u32;
            let mut at = start;
            while let Some(octet) = text.get(at) {
                match octet {
                    b'[' => depth += 1,
                    b']' => depth = depth.saturating_sub(1),
                    b' ' | b'(' | b')' if depth == 0 => break,
                    _ => {}
                }
                at += 1;
            }
            Ok((text[start..at].to_vec(), at))
        }
    }
}

/// The size in a `{n}` at the end of a line.
pub(super) fn literal_size(line: &[u8]) -> Option<usize> {
    let open = line.strip_suffix(b"}")?.iter().rposition(|octet| *octet == b'{')?;
    str::from_utf8(&line[open + 1..line.len() - 1]).ok()?.parse().ok()
}
