//! FETCH and STORE.

use super::super::Dialect;
use super::super::command::{Command, FetchCommand, FetchItem, Section, SectionOf, StoreCommand, StoreHow};
use super::{Cursor, Step};

impl Cursor<'_> {
    pub(super) fn fetch(&mut self, uid: bool) -> Step<Command> {
        let set = self.spaced_set()?;
        self.space()?;
        let items = self.fetch_items()?;
        let mut fetch = FetchCommand { uid, set, items, changed_since: None, vanished: false };
        if self.dialect.condstore && self.rest.starts_with(b" (") {
            self.space()?;
            self.fetch_modifiers(&mut fetch)?;
        }
        Ok(Command::Fetch(fetch))
    }

    /// `(CHANGEDSINCE 1 VANISHED)` (RFC 7162 sections 3.1.4.1 and 3.2.6).
    fn fetch_modifiers(&mut self, fetch: &mut FetchCommand) -> Step<()> {
        self.expect(b'(')?;
        while self.peek() != Some(b')') {
            match self.atom()?.to_ascii_uppercase().as_str() {
                "CHANGEDSINCE" => fetch.changed_since = Some(self.spaced_modseq()?),
                "VANISHED" if self.dialect.qresync => fetch.vanished = true,
                _ => return Err("Unknown FETCH modifier"),
            }
            if self.peek() == Some(b' ') {
                self.space()?;
            }
        }
        if fetch.vanished && (!fetch.uid || fetch.changed_since.is_none()) {
            return Err("VANISHED is for UID FETCH with CHANGEDSINCE");
        }
        self.expect(b')')
    }

    pub(super) fn store(&mut self, uid: bool) -> Step<Command> {
        let set = self.spaced_set()?;
        self.space()?;
        let mut unchanged_since = None;
        if self.dialect.condstore && self.peek() == Some(b'(') {
            self.expect(b'(')?;
            if !self.atom()?.eq_ignore_ascii_case("UNCHANGEDSINCE") {
                return Err("Unknown STORE modifier");
            }
            unchanged_since = Some(self.spaced_modseq()?);
            self.expect(b')')?;
            self.space()?;
        }
        let item = self.atom()?.to_ascii_uppercase();
        let (item, silent) = item.strip_suffix(".SILENT").map_or((item.as_str(), false), |item| (item, true));
        let (how, name) = match item.split_at(item.len().min(1)) {
            ("+", name) => (StoreHow::Add, name),
            ("-", name) => (StoreHow::Remove, name),
            _ => (StoreHow::Replace, item),
        };
        let labels = match name {
            "FLAGS" => false,
            "X-GM-LABELS" if self.dialect.gmail => true,
            _ => return Err("Unknown STORE item"),
        };
        self.space()?;
        let read = if labels { Self::label } else { Self::atom };
        let values = if self.peek() == Some(b'(') {
            self.parenthesized(read)?
        } else {
            let mut values = vec![read(self)?];
            while self.peek() == Some(b' ') {
                self.space()?;
                values.push(read(self)?);
            }
            values
        };
        Ok(Command::Store(StoreCommand { uid, set, unchanged_since, how, labels, silent, values }))
    }

    /// A Gmail label: `\Inbox` and the like, or a mailbox's name as on the wire.
    pub(super) fn label(&mut self) -> Step<String> {
        self.astring()
    }

    pub(super) fn fetch_items(&mut self) -> Step<Vec<FetchItem>> {
        if self.peek() != Some(b'(') {
            let name = self.item_name()?;
            if name == "FAST" {
                return Ok(vec![FetchItem::Flags, FetchItem::InternalDate, FetchItem::Size]);
            }
            if name == "ALL" || name == "FULL" {
                let all = [FetchItem::Flags, FetchItem::InternalDate, FetchItem::Size, FetchItem::Envelope];
                let body = (name == "FULL").then_some(FetchItem::Structure { extended: false });
                return Ok(all.into_iter().chain(body).collect());
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
        Ok(self
            .take_while(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'-'))?
            .to_ascii_uppercase())
    }

    // One arm an item.
    fn fetch_item(&mut self, name: &str) -> Step<FetchItem> {
        let old = |name, of, peek| FetchItem::Old { name, section: Section { path: Vec::new(), of }, peek };
        let Dialect { condstore, objectid, gmail, binary, .. } = *self.dialect;
        Ok(match name {
            "FLAGS" => FetchItem::Flags,
            "UID" => FetchItem::Uid,
            "INTERNALDATE" => FetchItem::InternalDate,
            "RFC822.SIZE" => FetchItem::Size,
            "ENVELOPE" => FetchItem::Envelope,
            "BODYSTRUCTURE" => FetchItem::Structure { extended: true },
            "MODSEQ" if condstore => FetchItem::ModSeq,
            "EMAILID" if objectid => FetchItem::EmailId,
            "THREADID" if objectid => FetchItem::ThreadId,
            "X-GM-MSGID" if gmail => FetchItem::GmailMessage,
            "X-GM-THRID" if gmail => FetchItem::GmailThread,
            "X-GM-LABELS" if gmail => FetchItem::GmailLabels,
            "RFC822" => old("RFC822", SectionOf::Whole, false),
            "RFC822.HEADER" => old("RFC822.HEADER", SectionOf::Header, true),
            "RFC822.TEXT" => old("RFC822.TEXT", SectionOf::Text, false),
            "BODY" | "BODY.PEEK" if self.peek() == Some(b'[') => {
                let section = self.section()?;
                FetchItem::Body { section, peek: name == "BODY.PEEK", partial: self.partial()? }
            }
            "BODY" => FetchItem::Structure { extended: false },
            "BINARY" | "BINARY.PEEK" if binary => {
                let path = self.part_path()?;
                FetchItem::Binary { path, peek: name == "BINARY.PEEK", partial: self.partial()? }
            }
            "BINARY.SIZE" if binary => FetchItem::BinarySize { path: self.part_path()? },
            _ => return Err("Unknown FETCH item"),
        })
    }

    /// `[1.2]`, or `[]` for the whole mail.
    fn part_path(&mut self) -> Step<Vec<usize>> {
        let section = self.section()?;
        if section.of == SectionOf::Whole { Ok(section.path) } else { Err("A part's number expected") }
    }

    fn section(&mut self) -> Step<Section> {
        self.expect(b'[')?;
        let mut path = Vec::new();
        while self.peek().is_some_and(|octet| octet.is_ascii_digit()) {
            path.push(self.number()?);
            if self.peek() == Some(b'.') {
                self.expect(b'.')?;
            } else {
                self.expect(b']')?;
                return Ok(Section { path, of: SectionOf::Whole });
            }
        }
        let name = if self.peek() == Some(b']') { String::new() } else { self.item_name()? };
        let of = match name.as_str() {
            "" if path.is_empty() => SectionOf::Whole,
            "HEADER" => SectionOf::Header,
            "TEXT" => SectionOf::Text,
            "MIME" if !path.is_empty() => SectionOf::Mime,
            "HEADER.FIELDS" | "HEADER.FIELDS.NOT" => {
                self.space()?;
                let names = self.strings()?;
                SectionOf::Fields { names, not: name.ends_with("NOT") }
            }
            _ => return Err("Unknown section"),
        };
        self.expect(b']')?;
        Ok(Section { path, of })
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
}
