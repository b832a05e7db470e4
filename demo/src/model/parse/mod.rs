//! The grammar of commands (RFC 9051 section 9), as far as the model goes.

mod commands;
mod fetch;
mod list;
mod search;

use super::Dialect;
use super::command::Command;
use super::reader::announced_literal;
use super::set::SequenceSet;

/// A command with its tag, or with what is wrong with it.
pub(super) struct Parsed {
    /// `*` when not even the tag could be read.
    pub(super) tag: String,
    pub(super) command: Result<Command, &'static str>,
}

type Step<T> = Result<T, &'static str>;

/// Reads one whole command.
pub(super) fn parse(line: &[u8], dialect: &Dialect) -> Parsed {
    let mut cursor = Cursor { rest: line, dialect };
    let Ok(tag) = cursor.atom() else {
        return Parsed { tag: "*".to_owned(), command: Err("No tag") };
    };
    let command = cursor.space().and_then(|()| cursor.command());
    let whole = command.and_then(|command| {
        if cursor.rest.trim_ascii().is_empty() { Ok(command) } else { Err("Too many arguments") }
    });
    Parsed { tag, command: whole }
}

/// What is still to be read.
struct Cursor<'a> {
    rest: &'a [u8],
    dialect: &'a Dialect,
}

impl Cursor<'_> {
    fn command(&mut self) -> Step<Command> {
        let name = self.atom()?.to_ascii_uppercase();
        if name == "UID" {
            self.space()?;
            let name = self.atom()?.to_ascii_uppercase();
            return self.message_command(&name, true);
        }
        self.plain_command(&name)
    }

    fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    fn expect(&mut self, octet: u8) -> Step<()> {
        self.rest = self.rest.strip_prefix(&[octet]).ok_or("Syntax error")?;
        Ok(())
    }

    fn space(&mut self) -> Step<()> {
        self.expect(b' ')
    }

    fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> Step<String> {
        let end = self.rest.iter().position(|octet| !wanted(*octet)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        if taken.is_empty() {
            return Err("Argument expected");
        }
        self.rest = rest;
        Ok(String::from_utf8_lossy(taken).into_owned())
    }

    /// An atom, a flag, a tag: all that is neither a space, a bracket of a list, a quote nor a control character.
    fn atom(&mut self) -> Step<String> {
        self.take_while(|octet| !matches!(octet, 0..=b' ' | b'(' | b')' | b'{' | b'"' | 0x7f))
    }

    fn number(&mut self) -> Step<usize> {
        self.take_while(|octet| octet.is_ascii_digit())?.parse().map_err(|_| "Number too large")
    }

    fn spaced_number(&mut self) -> Step<usize> {
        self.space()?;
        self.number()
    }

    /// `(a b c)`; may be empty.
    fn atoms(&mut self) -> Step<Vec<String>> {
        self.parenthesized(Self::atom)
    }

    /// The same of strings.
    fn strings(&mut self) -> Step<Vec<String>> {
        self.parenthesized(Self::astring)
    }

    fn parenthesized<T>(&mut self, read: impl Fn(&mut Self) -> Step<T>) -> Step<Vec<T>> {
        self.expect(b'(')?;
        let mut list = Vec::new();
        while self.peek() != Some(b')') {
            list.push(read(self)?);
            if self.peek() == Some(b' ') {
                self.space()?;
            }
        }
        self.expect(b')')?;
        Ok(list)
    }

    fn spaced_string(&mut self) -> Step<String> {
        self.space()?;
        self.astring()
    }

    /// A mailbox's name, as the store has it.
    fn mailbox(&mut self) -> Step<String> {
        self.space()?;
        self.mailbox_name()
    }

    fn mailbox_name(&mut self) -> Step<String> {
        let name = self.astring()?;
        if name.is_empty() { Err("Empty mailbox name") } else { Ok(self.dialect.name_in_store(&name)) }
    }

    fn pattern(&mut self) -> Step<String> {
        self.space()?;
        self.list_mailbox()
    }

    /// As `astring`, and `%` and `*` are what they are in atoms anyway.
    fn list_mailbox(&mut self) -> Step<String> {
        self.astring()
    }

    /// An atom, a quoted string or a literal.
    fn astring(&mut self) -> Step<String> {
        match self.peek() {
            Some(b'"') => self.quoted(),
            Some(b'{') => String::from_utf8(self.literal()?).map_err(|_| "Not UTF-8"),
            _ => self.atom(),
        }
    }

    fn quoted(&mut self) -> Step<String> {
        self.expect(b'"')?;
        let mut text = Vec::new();
        loop {
            let (octet, rest) = self.rest.split_first().ok_or("Quoted string without end")?;
            self.rest = rest;
            match octet {
                b'"' => return String::from_utf8(text).map_err(|_| "Not UTF-8"),
                b'\\' => {
                    let (escaped, rest) = self.rest.split_first().ok_or("Quoted string without end")?;
                    if !matches!(escaped, b'"' | b'\\') {
                        return Err("Only quote and backslash can be quoted");
                    }
                    self.rest = rest;
                    text.push(*escaped);
                }
                b'\r' | b'\n' | 0 => return Err("Line end in a quoted string"),
                octet => text.push(*octet),
            }
        }
    }

    fn literal(&mut self) -> Step<Vec<u8>> {
        let line_end = self.rest.iter().position(|octet| *octet == b'\n').ok_or("Literal expected")?;
        let announcement = self.rest[..line_end].trim_ascii_end();
        // A literal8 (RFC 3516) begins with a tilde.
        let announcement = announcement.strip_prefix(b"~").unwrap_or(announcement);
        if announcement.first() != Some(&b'{') {
            return Err("Literal expected");
        }
        let (size, _) =
            announced_literal(announcement, self.dialect.nonsync_literals() > 0).ok_or("Bad literal")?;
        let octets = self.rest.get(line_end + 1..line_end + 1 + size).ok_or("Literal cut short")?;
        self.rest = &self.rest[line_end + 1 + size..];
        Ok(octets.to_vec())
    }

    /// The next word in capitals, if it is one of letters; nothing is taken.
    fn next_word(&self) -> String {
        let end = self.rest.iter().position(|octet| !octet.is_ascii_alphabetic()).unwrap_or(self.rest.len());
        String::from_utf8_lossy(&self.rest[..end]).to_ascii_uppercase()
    }

    /// A mod-sequence: 63 bits (RFC 7162 section 7).
    fn modseq(&mut self) -> Step<u64> {
        let number = self.take_while(|octet| octet.is_ascii_digit())?.parse::<u64>();
        number.ok().filter(|number| i64::try_from(*number).is_ok()).ok_or("Bad mod-sequence")
    }

    fn spaced_modseq(&mut self) -> Step<u64> {
        self.space()?;
        self.modseq()
    }

    fn spaced_set(&mut self) -> Step<SequenceSet> {
        self.space()?;
        self.set()
    }

    fn set(&mut self) -> Step<SequenceSet> {
        if self.dialect.searchres && self.peek() == Some(b'$') {
            self.expect(b'$')?;
            return Ok(SequenceSet::saved());
        }
        let text = self.take_while(|octet| matches!(octet, b'0'..=b'9' | b'*' | b':' | b','))?;
        let end = |text: &str| match text {
            "*" => Ok(None),
            digits => match digits.parse::<u32>() {
                Ok(0) | Err(_) => Err("Bad sequence set"),
                Ok(number) => Ok(Some(number)),
            },
        };
        let range = |text: &str| {
            let (first, last) = text.split_once(':').unwrap_or((text, text));
            Ok((end(first)?, end(last)?))
        };
        Ok(SequenceSet::new(text.split(',').map(range).collect::<Step<_>>()?))
    }
}
