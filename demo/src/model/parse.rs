//! The grammar of commands (RFC 9051 section 9), as far as the model goes.

use super::command::{Command, FetchItem, ListCommand, SearchKey, Section, StatusItem, StoreHow};
use super::reader::announced_literal;
use super::set::SequenceSet;
use super::{Dialect, date};

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

    // One arm a command: longer than other functions, and read like a table.
    fn plain_command(&mut self, name: &str) -> Step<Command> {
        let dialect = self.dialect;
        Ok(match name {
            "CAPABILITY" => Command::Capability,
            "NOOP" => Command::Noop,
            "CHECK" => Command::Check,
            "LOGOUT" => Command::Logout,
            "CLOSE" => Command::Close,
            "EXPUNGE" => Command::Expunge { uids: None },
            "UNSELECT" if dialect.unselect => Command::Unselect,
            "IDLE" if dialect.idle => Command::Idle,
            "ID" if dialect.id => {
                self.rest = b"";
                Command::Id
            }
            "ENABLE" if dialect.enable => {
                self.rest = b"";
                Command::Enable
            }
            "LOGIN" => Command::Login { user: self.spaced_string()?, password: self.spaced_string()? },
            "AUTHENTICATE" => {
                self.space()?;
                let mechanism = self.atom()?.to_ascii_uppercase();
                let initial = if self.peek() == Some(b' ') {
                    self.space()?;
                    Some(self.atom()?)
                } else {
                    None
                };
                Command::Authenticate { mechanism, initial }
            }
            "SELECT" | "EXAMINE" => {
                Command::Select { mailbox: self.mailbox()?, read_only: name == "EXAMINE" }
            }
            "CREATE" => Command::Create { mailbox: self.mailbox()? },
            "DELETE" => Command::Delete { mailbox: self.mailbox()? },
            "RENAME" => Command::Rename { from: self.mailbox()?, to: self.mailbox()? },
            "SUBSCRIBE" | "UNSUBSCRIBE" => {
                Command::Subscribe { mailbox: self.mailbox()?, subscribed: name == "SUBSCRIBE" }
            }
            "LIST" => self.list()?,
            "LSUB" => Command::Lsub { reference: self.spaced_string()?, pattern: self.pattern()? },
            "STATUS" => {
                let mailbox = self.mailbox()?;
                self.space()?;
                Command::Status { mailbox, items: self.status_items()? }
            }
            "APPEND" => self.append()?,
            other => return self.message_command(other, false),
        })
    }

    fn message_command(&mut self, name: &str, uid: bool) -> Step<Command> {
        match name {
            "FETCH" => {
                let set = self.spaced_set()?;
                self.space()?;
                Ok(Command::Fetch { uid, set, items: self.fetch_items()? })
            }
            "SEARCH" => self.search(uid),
            "STORE" => self.store(uid),
            "COPY" => Ok(Command::Copy { uid, set: self.spaced_set()?, mailbox: self.mailbox()? }),
            "MOVE" if self.dialect.move_ => {
                Ok(Command::Move { uid, set: self.spaced_set()?, mailbox: self.mailbox()? })
            }
            "EXPUNGE" if uid && self.dialect.uidplus => {
                Ok(Command::Expunge { uids: Some(self.spaced_set()?) })
            }
            _ => Err("Unknown command"),
        }
    }

    fn list(&mut self) -> Step<Command> {
        let mut list = ListCommand::default();
        self.space()?;
        if self.peek() == Some(b'(') && self.dialect.list_status {
            for option in self.atoms()? {
                match option.to_ascii_uppercase().as_str() {
                    "SUBSCRIBED" => list.only_subscribed = true,
                    "SPECIAL-USE" if self.dialect.special_use => list.only_special_use = true,
                    "REMOTE" | "RECURSIVEMATCH" => {}
                    _ => return Err("Unknown LIST selection option"),
                }
            }
            self.space()?;
        }
        list.reference = self.astring()?;
        self.space()?;
        if self.peek() == Some(b'(') && self.dialect.list_status {
            self.expect(b'(')?;
            list.patterns.push(self.list_mailbox()?);
            while self.peek() == Some(b' ') {
                self.space()?;
                list.patterns.push(self.list_mailbox()?);
            }
            self.expect(b')')?;
        } else {
            list.patterns.push(self.list_mailbox()?);
        }
        if self.peek() == Some(b' ') && (self.dialect.list_status || self.dialect.special_use) {
            self.space()?;
            if !self.atom()?.eq_ignore_ascii_case("RETURN") {
                return Err("RETURN expected");
            }
            self.space()?;
            self.list_return(&mut list)?;
        }
        Ok(Command::List(list))
    }

    fn list_return(&mut self, list: &mut ListCommand) -> Step<()> {
        self.expect(b'(')?;
        while self.peek() != Some(b')') {
            match self.atom()?.to_ascii_uppercase().as_str() {
                "SUBSCRIBED" => list.return_subscribed = true,
                "CHILDREN" | "SPECIAL-USE" => {}
                "STATUS" if self.dialect.list_status => {
                    self.space()?;
                    list.return_status = Some(self.status_items()?);
                }
                _ => return Err("Unknown LIST return option"),
            }
            if self.peek() == Some(b' ') {
                self.space()?;
            }
        }
        self.expect(b')')
    }

    fn status_items(&mut self) -> Step<Vec<StatusItem>> {
        let read = |name: String| match name.to_ascii_uppercase().as_str() {
            "MESSAGES" => Ok(StatusItem::Messages),
            "RECENT" => Ok(StatusItem::Recent),
            "UNSEEN" => Ok(StatusItem::Unseen),
            "UIDNEXT" => Ok(StatusItem::UidNext),
            "UIDVALIDITY" => Ok(StatusItem::UidValidity),
            _ => Err("Unknown STATUS item"),
        };
        self.atoms()?.into_iter().map(read).collect()
    }

    fn append(&mut self) -> Step<Command> {
        let mailbox = self.mailbox()?;
        self.space()?;
        let mut flags = Vec::new();
        if self.peek() == Some(b'(') {
            flags = self.atoms()?;
            self.space()?;
        }
        let mut received = None;
        if self.peek() == Some(b'"') {
            let text = self.astring()?;
            received = Some(date::read_internal_date(&text).ok_or("Bad date-time")?);
            self.space()?;
        }
        let message = self.literal()?;
        Ok(Command::Append { mailbox, flags, date: received, message })
    }

    fn store(&mut self, uid: bool) -> Step<Command> {
        let set = self.spaced_set()?;
        self.space()?;
        let item = self.atom()?.to_ascii_uppercase();
        let (item, silent) = item.strip_suffix(".SILENT").map_or((item.as_str(), false), |item| (item, true));
        let how = match item {
            "+FLAGS" => StoreHow::Add,
            "-FLAGS" => StoreHow::Remove,
            "FLAGS" => StoreHow::Replace,
            _ => return Err("Unknown STORE item"),
        };
        self.space()?;
        let flags = if self.peek() == Some(b'(') {
            self.atoms()?
        } else {
            let mut flags = vec![self.atom()?];
            while self.peek() == Some(b' ') {
                self.space()?;
                flags.push(self.atom()?);
            }
            flags
        };
        Ok(Command::Store { uid, set, how, silent, flags })
    }

    fn fetch_items(&mut self) -> Step<Vec<FetchItem>> {
        if self.peek() != Some(b'(') {
            let name = self.item_name()?;
            if name == "FAST" {
                return Ok(vec![FetchItem::Flags, FetchItem::InternalDate, FetchItem::Size]);
            }
            return Ok(vec![self.fetch_item(&name)?]);
        }
        self.expect(b'(')?;
        let mut items = Vec::new();
        loop {
            let name = self.item_name()?;
            items.push(self.fetch_item(&name)?);
            if self.peek() != Some(b' ') {
                break;
            }
            self.space()?;
        }
        self.expect(b')')?;
        Ok(items)
    }

    /// An item's name, up to a bracket.
    fn item_name(&mut self) -> Step<String> {
        Ok(self.take_while(|octet| octet.is_ascii_alphanumeric() || octet == b'.')?.to_ascii_uppercase())
    }

    fn fetch_item(&mut self, name: &str) -> Step<FetchItem> {
        let old = |name, section, peek| FetchItem::Old { name, section, peek };
        Ok(match name {
            "FLAGS" => FetchItem::Flags,
            "UID" => FetchItem::Uid,
            "INTERNALDATE" => FetchItem::InternalDate,
            "RFC822.SIZE" => FetchItem::Size,
            "RFC822" => old("RFC822", Section::Whole, false),
            "RFC822.HEADER" => old("RFC822.HEADER", Section::Header, true),
            "RFC822.TEXT" => old("RFC822.TEXT", Section::Text, false),
            "BODY" | "BODY.PEEK" if self.peek() == Some(b'[') => {
                let section = self.section()?;
                FetchItem::Body { section, peek: name == "BODY.PEEK", partial: self.partial()? }
            }
            // ENVELOPE, BODYSTRUCTURE and sections by part number are not modelled yet.
            _ => return Err("Unknown FETCH item"),
        })
    }

    fn section(&mut self) -> Step<Section> {
        self.expect(b'[')?;
        let name = if self.peek() == Some(b']') { String::new() } else { self.item_name()? };
        let section = match name.as_str() {
            "" => Section::Whole,
            "HEADER" => Section::Header,
            "TEXT" => Section::Text,
            "HEADER.FIELDS" | "HEADER.FIELDS.NOT" => {
                self.space()?;
                let names = self.strings()?;
                Section::Fields { names, not: name.ends_with("NOT") }
            }
            _ => return Err("Unknown section"),
        };
        self.expect(b']')?;
        Ok(section)
    }

    fn partial(&mut self) -> Step<Option<(usize, usize)>> {
        if self.peek() != Some(b'<') {
            return Ok(None);
        }
        self.expect(b'<')?;
        let first = self.number()?;
        self.expect(b'.')?;
        let count = self.number()?;
        self.expect(b'>')?;
        Ok(Some((first, count)))
    }

    fn search(&mut self, uid: bool) -> Step<Command> {
        self.space()?;
        if self.rest.len() > 8 && self.rest[..8].eq_ignore_ascii_case(b"CHARSET ") {
            self.atom()?;
            let charset = self.spaced_string()?.to_ascii_uppercase();
            if charset != "UTF-8" && charset != "US-ASCII" {
                return Err("Unknown charset");
            }
            self.space()?;
        }
        let mut keys = vec![self.search_key()?];
        while self.peek() == Some(b' ') {
            self.space()?;
            keys.push(self.search_key()?);
        }
        Ok(Command::Search { uid, key: SearchKey::And(keys) })
    }

    // One arm a key.
    fn search_key(&mut self) -> Step<SearchKey> {
        match self.peek() {
            Some(b'(') => {
                self.expect(b'(')?;
                let mut keys = vec![self.search_key()?];
                while self.peek() == Some(b' ') {
                    self.space()?;
                    keys.push(self.search_key()?);
                }
                self.expect(b')')?;
                return Ok(SearchKey::And(keys));
            }
            Some(b'0'..=b'9' | b'*') => return Ok(SearchKey::Sequence(self.set()?)),
            _ => {}
        }
        let flag = |name: &str| SearchKey::Flag(name.to_owned());
        let not = |key| SearchKey::Not(Box::new(key));
        let field = |name: &str, text| SearchKey::Header { name: name.to_owned(), text };
        let name = self.atom()?.to_ascii_uppercase();
        Ok(match name.as_str() {
            "ALL" | "OLD" => SearchKey::All,
            "NEW" | "RECENT" => not(SearchKey::All),
            "ANSWERED" => flag("\\Answered"),
            "DELETED" => flag("\\Deleted"),
            "DRAFT" => flag("\\Draft"),
            "FLAGGED" => flag("\\Flagged"),
            "SEEN" => flag("\\Seen"),
            "UNANSWERED" => not(flag("\\Answered")),
            "UNDELETED" => not(flag("\\Deleted")),
            "UNDRAFT" => not(flag("\\Draft")),
            "UNFLAGGED" => not(flag("\\Flagged")),
            "UNSEEN" => not(flag("\\Seen")),
            "KEYWORD" => SearchKey::Flag(self.spaced_string()?),
            "UNKEYWORD" => not(SearchKey::Flag(self.spaced_string()?)),
            "UID" => SearchKey::Uid(self.spaced_set()?),
            "HEADER" => SearchKey::Header { name: self.spaced_string()?, text: self.spaced_string()? },
            "FROM" | "TO" | "CC" | "BCC" | "SUBJECT" => field(&name, self.spaced_string()?),
            "BODY" => SearchKey::Body(self.spaced_string()?),
            "TEXT" => SearchKey::Text(self.spaced_string()?),
            "LARGER" => SearchKey::Larger(self.spaced_number()?),
            "SMALLER" => SearchKey::Smaller(self.spaced_number()?),
            "BEFORE" => SearchKey::Before(self.day()?),
            "ON" => SearchKey::On(self.day()?),
            "SINCE" => SearchKey::Since(self.day()?),
            "NOT" => {
                self.space()?;
                not(self.search_key()?)
            }
            "OR" => {
                self.space()?;
                let left = self.search_key()?;
                self.space()?;
                SearchKey::Or(Box::new(left), Box::new(self.search_key()?))
            }
            _ => return Err("Unknown SEARCH key"),
        })
    }

    fn day(&mut self) -> Step<i64> {
        date::read_day(&self.spaced_string()?).ok_or("Bad date")
    }

    // What everything above is made of.

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

    fn parenthesized(&mut self, read: impl Fn(&mut Self) -> Step<String>) -> Step<Vec<String>> {
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

    fn mailbox(&mut self) -> Step<String> {
        let name = self.spaced_string()?;
        if name.is_empty() { Err("Empty mailbox name") } else { Ok(name) }
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
        if announcement.first() != Some(&b'{') {
            return Err("Literal expected");
        }
        let (size, _) = announced_literal(announcement, self.dialect.literal_plus).ok_or("Bad literal")?;
        let octets = self.rest.get(line_end + 1..line_end + 1 + size).ok_or("Literal cut short")?;
        self.rest = &self.rest[line_end + 1 + size..];
        Ok(octets.to_vec())
    }

    fn spaced_set(&mut self) -> Step<SequenceSet> {
        self.space()?;
        self.set()
    }

    fn set(&mut self) -> Step<SequenceSet> {
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
        Ok(SequenceSet(text.split(',').map(range).collect::<Step<_>>()?))
    }
}
