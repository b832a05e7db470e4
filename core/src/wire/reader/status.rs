//! OK, NO, BAD, BYE and PREAUTH with their response codes (RFC 9051 section 7.1).

use super::cursor::Cursor;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusKind {
    Ok,
    No,
    Bad,
    Bye,
    PreAuth,
}

/// A status response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status<'a> {
    pub kind: StatusKind,
    pub code: Option<Code<'a>>,
    /// The words for people, untrusted, in any charset.
    pub text: &'a [u8],
}

/// A response code: `[NAME arguments]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code<'a> {
    pub name: &'a [u8],
    pub arguments: &'a [u8],
}

impl<'a> Status<'a> {
    /// The arguments of the response code, if it is this one.
    pub fn code(&self, name: &str) -> Option<&'a [u8]> {
        self.code.filter(|code| code.name.eq_ignore_ascii_case(name.as_bytes())).map(|code| code.arguments)
    }
}

/// Reads what follows a status word. The text may be missing altogether, as some servers have it.
pub(super) fn read<'a>(word: &[u8], mut cursor: Cursor<'a>) -> Option<Status<'a>> {
    let kind = kind(word)?;
    let code = code(&mut cursor);
    cursor.spaces();
    Some(Status { kind, code, text: cursor.rest() })
}

fn kind(word: &[u8]) -> Option<StatusKind> {
    let is = |name: &str| word.eq_ignore_ascii_case(name.as_bytes());
    if is("OK") {
        Some(StatusKind::Ok)
    } else if is("NO") {
        Some(StatusKind::No)
    } else if is("BAD") {
        Some(StatusKind::Bad)
    } else if is("BYE") {
        Some(StatusKind::Bye)
    } else if is("PREAUTH") {
        Some(StatusKind::PreAuth)
    } else {
        None
    }
}

fn code<'a>(cursor: &mut Cursor<'a>) -> Option<Code<'a>> {
    let mut inside = *cursor;
    inside.eat(b'[').then_some(())?;
    let length = code_length(inside.rest())?;
    let (code, rest) = inside.rest().split_at_checked(length)?;
    *cursor = Cursor::new(rest.get(1..).unwrap_or_default());
    let mut code = Cursor::new(code);
    Some(Code { name: code.word(), arguments: code.rest() })
}

/// Where the closing bracket is. Brackets in strings and lists (a keyword such as `$a]b`) don't close the code,
/// unless nothing else does.
fn code_length(text: &[u8]) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (place, byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b']' if depth == 0 => return Some(place),
            _ => {}
        }
    }
    text.iter().position(|byte| *byte == b']')
}

#[cfg(test)]
mod tests {
    use super::super::{Response, read};
    use super::*;

    fn status(line: &[u8]) -> Status<'_> {
        match read(line) {
            Response::Status(status) | Response::Tagged { status, .. } => status,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn codes_and_texts() {
        let ok = status(b"* OK [UIDNEXT 4392] Predicted next UID");
        assert_eq!(ok.code("uidnext"), Some(&b"4392"[..]));
        assert_eq!(ok.text, b"Predicted next UID");
        let no = status(b"A7 NO [OVERQUOTA] full");
        assert_eq!((no.kind, no.code("OVERQUOTA"), no.text), (StatusKind::No, Some(&b""[..]), &b"full"[..]));
    }

    #[test]
    fn the_text_may_be_missing() {
        assert_eq!(status(b"A7 OK").text, b"");
        assert_eq!(status(b"* OK [READ-ONLY]").code("READ-ONLY"), Some(&b""[..]));
        assert_eq!(status(b"* BYE").kind, StatusKind::Bye);
    }

    #[test]
    fn brackets_in_keywords_dont_end_the_code() {
        let ok = status(b"* OK [PERMANENTFLAGS (\\Seen $a]b)] Limited");
        assert_eq!(ok.code("PERMANENTFLAGS"), Some(&b"(\\Seen $a]b)"[..]));
        assert_eq!(ok.text, b"Limited");
    }

    #[test]
    fn a_bracket_that_never_closes_is_text() {
        let no = status(b"A1 NO [oops");
        assert_eq!((no.code, no.text), (None, &b"[oops"[..]));
    }
}
