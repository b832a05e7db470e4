//! Steps through the tokens of a response.

use std::borrow::Cow;

use super::Text;

/// A place in a response. Every step takes something or says that it didn't; none goes back.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(line: &'a [u8]) -> Self {
        Self { rest: line }
    }

    pub(super) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Takes this byte if it comes next.
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        match self.rest.split_first() {
            Some((first, rest)) if *first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    pub(super) fn spaces(&mut self) {
        while self.eat(b' ') {}
    }

    pub(super) fn take_while(&mut self, keep: impl Fn(u8) -> bool) -> &'a [u8] {
        let length = self.rest.iter().position(|byte| !keep(*byte)).unwrap_or(self.rest.len());
        self.advance(length)
    }

    fn advance(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, &[]));
        self.rest = rest;
        taken
    }

    /// What stands up to the next space, and the spaces behind it.
    pub(super) fn word(&mut self) -> &'a [u8] {
        let word = self.take_while(|byte| byte != b' ');
        self.spaces();
        word
    }

    /// An atom, read up to a space or parenthesis.
    pub(super) fn atom(&mut self) -> &'a [u8] {
        self.take_while(|byte| !matches!(byte, b' ' | b'(' | b')'))
    }

    /// A quoted string, a literal or NIL.
    pub(super) fn string(&mut self) -> Option<Text<'a>> {
        match self.peek()? {
            b'"' => self.quoted().map(Text::Here),
            b'{' => self.literal(),
            b'~' => {
                self.eat(b'~');
                self.literal()
            }
            _ => self.nil().then_some(Text::Nil),
        }
    }

    /// A quoted string, a literal or an atom.
    pub(super) fn astring(&mut self) -> Option<Text<'a>> {
        match self.peek()? {
            b'"' | b'{' => self.string(),
            b'(' | b')' | b' ' => None,
            _ => Some(Text::Here(Cow::Borrowed(self.atom()))),
        }
    }

    /// NIL; `()` too, which some servers write for it.
    pub(super) fn nil(&mut self) -> bool {
        let length = if self.rest.get(..3).is_some_and(|word| word.eq_ignore_ascii_case(b"NIL")) {
            3
        } else if self.rest.starts_with(b"()") {
            2
        } else {
            return false;
        };
        self.advance(length);
        true
    }

    fn quoted(&mut self) -> Option<Cow<'a, [u8]>> {
        self.eat(b'"').then_some(())?;
        let plain = self.take_while(|byte| !matches!(byte, b'"' | b'\\'));
        if self.eat(b'"') {
            return Some(Cow::Borrowed(plain));
        }
        let mut text = plain.to_vec();
        loop {
            let (first, rest) = self.rest.split_first()?;
            self.rest = rest;
            match first {
                b'"' => return Some(Cow::Owned(text)),
                b'\\' => {
                    let (escaped, rest) = self.rest.split_first()?;
                    self.rest = rest;
                    text.push(*escaped);
                }
                byte => text.push(*byte),
            }
        }
    }

    fn literal(&mut self) -> Option<Text<'a>> {
        self.eat(b'{').then_some(())?;
        let size = number(self.take_while(|byte| byte.is_ascii_digit()))?;
        self.eat(b'+');
        self.eat(b'}').then_some(())?;
        // How the framer left it: see its module comment.
        if self.rest.starts_with(b"\r\n") {
            self.advance(2);
            let size = usize::try_from(size).ok().filter(|size| *size <= self.rest.len())?;
            return Some(Text::Here(Cow::Borrowed(self.advance(size))));
        }
        match self.advance(2) {
            b"\nS" => Some(Text::HandedOver),
            b"\nX" => Some(Text::Lost),
            _ => None,
        }
    }

    /// Passes over one value, however deep its lists go. `None` if it never ends.
    pub(super) fn skip_value(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            self.spaces();
            match self.peek()? {
                b'(' => {
                    self.eat(b'(');
                    depth += 1;
                }
                b')' if depth == 0 => return None,
                b')' => {
                    self.eat(b')');
                    depth -= 1;
                }
                b'"' => drop(self.quoted()?),
                b'{' => drop(self.literal()?),
                b'~' => {
                    self.eat(b'~');
                    if self.peek() == Some(b'{') {
                        self.literal()?;
                    } else {
                        self.atom();
                    }
                }
                _ => drop(self.atom()),
            }
            if depth == 0 {
                self.spaces();
                return Some(());
            }
        }
    }
}

/// A number without sign; `None` if it is something else or too large.
pub(super) fn number(bytes: &[u8]) -> Option<u64> {
    if bytes.is_empty() {
        return None;
    }
    bytes.iter().try_fold(0_u64, |sum, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        sum.checked_mul(10)?.checked_add(digit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deep_lists_need_no_stack() {
        let mut line = vec![b'('; 500_000];
        line.extend(vec![b')'; 500_000]);
        line.extend(b" next");
        let mut cursor = Cursor::new(&line);
        assert_eq!(cursor.skip_value(), Some(()));
        assert_eq!(cursor.rest(), b"next");
    }

    #[test]
    fn bug_a_number_with_many_zeros_before_it_was_none() {
        assert_eq!(number(b"010000000000000000000"), Some(10_000_000_000_000_000_000));
        assert_eq!(number(b"18446744073709551616"), None);
    }

    #[test]
    fn quoted_strings_unescape() {
        let mut cursor = Cursor::new(b"\"a\\\"b\\\\c\" x");
        assert_eq!(cursor.string(), Some(Text::Here(Cow::Borrowed(b"a\"b\\c"))));
    }

    #[test]
    fn a_string_without_end_is_none() {
        assert_eq!(Cursor::new(b"\"abc").string(), None);
        assert_eq!(Cursor::new(b"\"abc\\").string(), None);
        assert_eq!(Cursor::new(b"{5}\r\nabc").string(), None);
        assert_eq!(Cursor::new(b"{5}").string(), None);
    }
}
