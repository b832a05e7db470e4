//! SEARCH (RFC 9051 section 6.4.4, RFC 4731).

use super::super::command::{Command, SearchCommand, SearchKey, SearchResult};
use super::super::date;
use super::{Cursor, Step};

impl Cursor<'_> {
    pub(super) fn search(&mut self, uid: bool) -> Step<Command> {
        self.space()?;
        let mut results = None;
        if self.dialect.esearch && self.next_word() == "RETURN" {
            self.atom()?;
            self.space()?;
            results = Some(self.search_results()?);
            self.space()?;
        }
        if self.next_word() == "CHARSET" {
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
        Ok(Command::Search(SearchCommand { uid, key: SearchKey::And(keys), results }))
    }

    fn search_results(&mut self) -> Step<Vec<SearchResult>> {
        let searchres = self.dialect.searchres;
        let read = |name: String| match name.to_ascii_uppercase().as_str() {
            "ALL" => Ok(SearchResult::All),
            "COUNT" => Ok(SearchResult::Count),
            "MIN" => Ok(SearchResult::Min),
            "MAX" => Ok(SearchResult::Max),
            "SAVE" if searchres => Ok(SearchResult::Save),
            _ => Err("Unknown SEARCH return option"),
        };
        let results: Vec<SearchResult> = self.atoms()?.into_iter().map(read).collect::<Step<_>>()?;
        // RETURN () is RETURN (ALL).
        Ok(if results.is_empty() { vec![SearchResult::All] } else { results })
    }

    /// MODSEQ, with or without the name and kind of a metadata item (RFC 7162 section 3.1.5); those are read over.
    fn modseq_key(&mut self) -> Step<SearchKey> {
        self.space()?;
        if self.peek() == Some(b'"') {
            self.astring()?;
            self.space()?;
            self.atom()?;
            self.space()?;
        }
        Ok(SearchKey::ModSeq(self.modseq()?))
    }

    fn object_id(&mut self, kind: char) -> Step<u64> {
        let text = self.spaced_string()?;
        // An id that was never given out matches nothing.
        Ok(text.strip_prefix(kind).and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or(0))
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
            Some(b'$') if self.dialect.searchres => {
                self.expect(b'$')?;
                return Ok(SearchKey::Saved);
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
            "UID" if self.dialect.searchres && self.rest.starts_with(b" $") => {
                self.rest = &self.rest[2..];
                SearchKey::Saved
            }
            "KEYWORD" => SearchKey::Flag(self.spaced_string()?),
            "UNKEYWORD" => not(SearchKey::Flag(self.spaced_string()?)),
            "MODSEQ" if self.dialect.condstore => self.modseq_key()?,
            "EMAILID" if self.dialect.objectid => SearchKey::EmailId(self.object_id('M')?),
            "THREADID" if self.dialect.objectid => SearchKey::ThreadId(self.object_id('T')?),
            "X-GM-MSGID" if self.dialect.gmail => SearchKey::EmailId(self.spaced_modseq()?),
            "X-GM-THRID" if self.dialect.gmail => SearchKey::ThreadId(self.spaced_modseq()?),
            "X-GM-LABELS" if self.dialect.gmail => {
                self.space()?;
                SearchKey::Label(self.label()?)
            }
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
}
