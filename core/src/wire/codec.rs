//! Commands as bytes, and names for the rare responses, both by imap_codec. No other file names that crate.

#[cfg(test)]
mod oracle;

use std::borrow::Cow;
use std::num::{NonZeroU32, NonZeroU64};

use imap_codec::encode::{Encoder, Fragment};
use imap_codec::imap_types::command::{Command, CommandBody, FetchModifier, SelectParameter};
use imap_codec::imap_types::core::{AString, IString, Literal, Vec1};
use imap_codec::imap_types::fetch::{MacroOrMessageDataItemNames, MessageDataItemName};
use imap_codec::imap_types::flag::{Flag, StoreResponse, StoreType};
use imap_codec::imap_types::mailbox::{Mailbox, MailboxOther};
use imap_codec::imap_types::response::{Data, Response};
use imap_codec::imap_types::search::SearchKey;
use imap_codec::imap_types::sequence::{Sequence, SequenceSet};
use imap_codec::imap_types::status::StatusDataItemName;
use imap_codec::{CommandCodec, ResponseCodec, decode::Decoder};

use super::search::Criterion;

/// The longest command line we send, in octets without literals (RFC 9051 section 4 asks for 8,192 at least;
/// servers close the connection on longer ones).
pub(crate) const LINE_LIMIT: usize = 8_000;

/// A command as it goes out: after each part but the last the server must ask for more.
pub(crate) type Parts = Vec<Vec<u8>>;

/// A command can't be written: an argument holds CR, LF or NUL, or it is too long.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unsendable;

/// Writes the commands of one connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Writer<'a> {
    pub(crate) tag: &'a str,
    /// The longest literal the server takes without being asked: LITERAL+ all, LITERAL- 4096 octets (RFC 7888).
    pub(crate) free_literal: usize,
}

impl Writer<'_> {
    pub(crate) fn capability(self) -> Result<Parts, Unsendable> {
        self.write(CommandBody::Capability)
    }

    pub(crate) fn noop(self) -> Result<Parts, Unsendable> {
        self.write(CommandBody::Noop)
    }

    pub(crate) fn logout(self) -> Result<Parts, Unsendable> {
        self.write(CommandBody::Logout)
    }

    pub(crate) fn idle(self) -> Result<Parts, Unsendable> {
        self.write(CommandBody::Idle)
    }

    pub(crate) fn namespace(self) -> Result<Parts, Unsendable> {
        self.write(CommandBody::Namespace)
    }

    /// `NOTIFY SET …` (RFC 5465), which imap_codec doesn't know.
    pub(crate) fn notify(self, command: &str) -> Result<Parts, Unsendable> {
        self.line(command)
    }

    /// `ID ("name" …)` (RFC 2971)
    pub(crate) fn id(self, name: &str) -> Result<Parts, Unsendable> {
        let key = IString::try_from("name").map_err(|_| Unsendable)?;
        let name = IString::try_from(name).map_err(|_| Unsendable)?;
        let name = imap_codec::imap_types::core::NString(Some(name));
        self.write(CommandBody::Id { parameters: Some(vec![(key, name)]) })
    }

    /// `LIST "" "*"` with these return options; imap_codec doesn't know them all.
    pub(crate) fn list(self, options: &[&str]) -> Result<Parts, Unsendable> {
        if options.is_empty() {
            return self.line("LIST \"\" \"*\"");
        }
        self.line(&format!("LIST \"\" \"*\" RETURN ({})", options.join(" ")))
    }

    /// `STATUS … (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)`, and HIGHESTMODSEQ if `modseq`.
    pub(crate) fn status(self, mailbox: &str, modseq: bool) -> Result<Parts, Unsendable> {
        let mut items = vec![
            StatusDataItemName::Messages,
            StatusDataItemName::UidNext,
            StatusDataItemName::UidValidity,
            StatusDataItemName::Unseen,
        ];
        if modseq {
            items.push(StatusDataItemName::HighestModSeq);
        }
        self.write(CommandBody::Status { mailbox: self.mailbox(mailbox)?, item_names: Cow::Owned(items) })
    }

    pub(crate) fn create(self, mailbox: &str) -> Result<Parts, Unsendable> {
        self.write(CommandBody::Create { mailbox: self.mailbox(mailbox)? })
    }

    /// `CREATE mailbox (USE (\\Use))` (RFC 6154), which imap_codec doesn't know.
    pub(crate) fn create_for(self, mailbox: &str, attribute: &str) -> Result<Parts, Unsendable> {
        self.named("CREATE", mailbox, &format!(" (USE ({attribute}))"))
    }

    pub(crate) fn delete(self, mailbox: &str) -> Result<Parts, Unsendable> {
        self.write(CommandBody::Delete { mailbox: self.mailbox(mailbox)? })
    }

    pub(crate) fn rename(self, from: &str, to: &str) -> Result<Parts, Unsendable> {
        self.write(CommandBody::Rename { from: self.mailbox(from)?, to: self.mailbox(to)? })
    }

    /// `SUBSCRIBE`, or `UNSUBSCRIBE`.
    pub(crate) fn subscribe(self, mailbox: &str, subscribed: bool) -> Result<Parts, Unsendable> {
        let mailbox = self.mailbox(mailbox)?;
        self.write(if subscribed {
            CommandBody::Subscribe { mailbox }
        } else {
            CommandBody::Unsubscribe { mailbox }
        })
    }

    /// `APPEND mailbox (flags) "date" {size}`: all but the literal, and whether it may follow unasked.
    pub(crate) fn append(
        self,
        mailbox: &str,
        flags: &[&str],
        date: Option<&str>,
        size: u64,
    ) -> Result<(Parts, bool), Unsendable> {
        if flags.iter().any(|flag| Flag::try_from(*flag).is_err()) {
            return Err(Unsendable);
        }
        let flags = if flags.is_empty() { String::new() } else { format!(" ({})", flags.join(" ")) };
        let date = date.map(|date| format!(" \"{date}\"")).unwrap_or_default();
        let free = usize::try_from(size).is_ok_and(|size| size <= self.free_literal);
        let plus = if free { "+" } else { "" };
        Ok((self.named("APPEND", mailbox, &format!("{flags}{date} {{{size}{plus}}}"))?, free))
    }

    /// A command that begins with a mailbox's name, whose rest imap_codec can't write.
    fn named(self, verb: &str, mailbox: &str, rest: &str) -> Result<Parts, Unsendable> {
        let mut parts = self.create(mailbox)?;
        if let Some(first) = parts.first_mut() {
            let name = first.strip_prefix(format!("{} CREATE ", self.tag).as_bytes()).ok_or(Unsendable)?;
            let mut written = format!("{} {verb} ", self.tag).into_bytes();
            written.extend_from_slice(name);
            *first = written;
        }
        if let Some(last) = parts.last_mut() {
            last.truncate(last.len().saturating_sub(2));
            last.extend_from_slice(rest.as_bytes());
            last.extend_from_slice(b"\r\n");
        }
        Ok(parts)
    }

    /// `SELECT`, and `(CONDSTORE)` with it if `modseq` (RFC 7162 section 3.1.8).
    pub(crate) fn select(self, mailbox: &str, modseq: bool) -> Result<Parts, Unsendable> {
        let parameters = if modseq { vec![SelectParameter::CondStore] } else { Vec::new() };
        self.write(CommandBody::Select { mailbox: self.mailbox(mailbox)?, parameters })
    }

    /// `SELECT … (QRESYNC (uidvalidity modseq [known]))` (RFC 7162 section 3.2.5)
    pub(crate) fn resync(
        self,
        mailbox: &str,
        (uid_validity, modseq): (u32, u64),
        known: Option<&str>,
    ) -> Result<Parts, Unsendable> {
        let parameter = SelectParameter::QResync {
            uid_validity: NonZeroU32::new(uid_validity).ok_or(Unsendable)?,
            mod_sequence_value: NonZeroU64::new(modseq).ok_or(Unsendable)?,
            known_uids: known.map(sequence_set).transpose()?,
            seq_match_data: None,
        };
        self.write(CommandBody::Select { mailbox: self.mailbox(mailbox)?, parameters: vec![parameter] })
    }

    pub(crate) fn fetch_flags(self, uids: &str) -> Result<Parts, Unsendable> {
        self.fetch(uids, vec![MessageDataItemName::Uid, MessageDataItemName::Flags])
    }

    /// `UID FETCH … (UID FLAGS) (CHANGEDSINCE … [VANISHED])` (RFC 7162 sections 3.1.4.1 and 3.2.6)
    pub(crate) fn fetch_changed(self, uids: &str, since: u64, vanished: bool) -> Result<Parts, Unsendable> {
        let mut modifiers = vec![FetchModifier::ChangedSince(NonZeroU64::new(since).ok_or(Unsendable)?)];
        if vanished {
            modifiers.push(FetchModifier::Vanished);
        }
        self.write(CommandBody::Fetch {
            sequence_set: sequence_set(uids)?,
            macro_or_item_names: MacroOrMessageDataItemNames::MessageDataItemNames(vec![
                MessageDataItemName::Uid,
                MessageDataItemName::Flags,
            ]),
            uid: true,
            modifiers,
        })
    }

    /// UID, flags, date, size and these header fields; `more` are items imap_codec doesn't know.
    pub(crate) fn fetch_headers(
        self,
        uids: &str,
        more: &[&str],
        fields: &[&str],
    ) -> Result<Parts, Unsendable> {
        sequence_set(uids)?;
        let items: Vec<&str> =
            ["UID", "FLAGS"].iter().chain(more).chain(&["INTERNALDATE", "RFC822.SIZE"]).copied().collect();
        let (items, fields) = (items.join(" "), fields.join(" "));
        self.line(&format!("UID FETCH {uids} ({items} BODY.PEEK[HEADER.FIELDS ({fields})])"))
    }

    pub(crate) fn fetch_bodies(self, uids: &str) -> Result<Parts, Unsendable> {
        let body = MessageDataItemName::BodyExt { section: None, partial: None, peek: true };
        self.fetch(uids, vec![MessageDataItemName::Uid, body])
    }

    /// `UID FETCH set (UID FLAGS … INTERNALDATE RFC822.SIZE BODY.PEEK[])`
    pub(crate) fn fetch_whole(self, uids: &str, more: &[&str]) -> Result<Parts, Unsendable> {
        sequence_set(uids)?;
        let items: Vec<&str> =
            ["UID", "FLAGS"].iter().chain(more).chain(&["INTERNALDATE", "RFC822.SIZE"]).copied().collect();
        self.line(&format!("UID FETCH {uids} ({} BODY.PEEK[])", items.join(" ")))
    }

    /// `UID FETCH n (UID BODY.PEEK[part]<offset.length>)`, or BINARY
    pub(crate) fn fetch_part(
        self,
        uid: u32,
        item: &str,
        part: &str,
        (offset, length): (u64, u32),
    ) -> Result<Parts, Unsendable> {
        self.line(&format!("UID FETCH {uid} (UID {item}.PEEK[{part}]<{offset}.{length}>)"))
    }

    pub(crate) fn fetch_structures(self, uids: &str) -> Result<Parts, Unsendable> {
        self.fetch(uids, vec![MessageDataItemName::Uid, MessageDataItemName::BodyStructure])
    }

    /// `UID STORE … +FLAGS.SILENT (…)`, or `-` when `set` is false.
    pub(crate) fn store(self, uids: &str, set: bool, flags: &[&str]) -> Result<Parts, Unsendable> {
        let flags: Vec<Flag<'_>> = flags
            .iter()
            .map(|flag| Flag::try_from(*flag).map_err(|_| Unsendable))
            .collect::<Result<_, _>>()?;
        self.write(CommandBody::Store {
            sequence_set: sequence_set(uids)?,
            kind: if set { StoreType::Add } else { StoreType::Remove },
            response: StoreResponse::Silent,
            flags,
            uid: true,
            modifiers: Vec::new(),
        })
    }

    pub(crate) fn copy(self, uids: &str, to: &str) -> Result<Parts, Unsendable> {
        let (sequence_set, mailbox) = (sequence_set(uids)?, self.mailbox(to)?);
        self.write(CommandBody::Copy { sequence_set, mailbox, uid: true })
    }

    pub(crate) fn r#move(self, uids: &str, to: &str) -> Result<Parts, Unsendable> {
        let (sequence_set, mailbox) = (sequence_set(uids)?, self.mailbox(to)?);
        self.write(CommandBody::Move { sequence_set, mailbox, uid: true })
    }

    pub(crate) fn expunge(self, uids: &str) -> Result<Parts, Unsendable> {
        self.write(CommandBody::ExpungeUid { sequence_set: sequence_set(uids)? })
    }

    pub(crate) fn search_deleted(self) -> Result<Parts, Unsendable> {
        self.search(vec![SearchKey::Deleted])
    }

    /// `UID SEARCH ALL`, answered as ranges if `ranges` (RFC 4731).
    pub(crate) fn search_all(self, ranges: bool) -> Result<Parts, Unsendable> {
        self.line(if ranges { "UID SEARCH RETURN (ALL) ALL" } else { "UID SEARCH ALL" })
    }

    /// `UID SEARCH …`, answered as ranges if `how.0`; see `wire::search`.
    pub(crate) fn search_for(self, criteria: &[Criterion], how: (bool, bool)) -> Result<Parts, Unsendable> {
        super::search::command(self.tag, self.free_literal, criteria, how)
    }

    /// `UID SEARCH UID n:* HEADER Message-ID "…"`
    pub(crate) fn search_message_id(self, message_id: &str, from_uid: u32) -> Result<Parts, Unsendable> {
        let uids = sequence_set(&format!("{}:*", from_uid.max(1)))?;
        let field = AString::try_from("Message-ID").map_err(|_| Unsendable)?;
        self.search(vec![SearchKey::Uid(uids), SearchKey::Header(field, self.text(message_id)?)])
    }

    fn search(self, criteria: Vec<SearchKey<'_>>) -> Result<Parts, Unsendable> {
        let criteria = Vec1::try_from(criteria).map_err(|_| Unsendable)?;
        self.write(CommandBody::Search { charset: None, criteria, uid: true })
    }

    fn fetch(self, uids: &str, items: Vec<MessageDataItemName<'_>>) -> Result<Parts, Unsendable> {
        self.write(CommandBody::Fetch {
            sequence_set: sequence_set(uids)?,
            macro_or_item_names: MacroOrMessageDataItemNames::MessageDataItemNames(items),
            uid: true,
            modifiers: Vec::new(),
        })
    }

    fn mailbox<'n>(self, name: &'n str) -> Result<Mailbox<'n>, Unsendable> {
        if name.eq_ignore_ascii_case("INBOX") {
            return Ok(Mailbox::Inbox);
        }
        MailboxOther::try_from(self.text(name)?).map(Mailbox::Other).map_err(|_| Unsendable)
    }

    /// An argument in the shortest form that is safe: an atom, a quoted string, or a literal for 8-bit text.
    fn text<'n>(self, text: &'n str) -> Result<AString<'n>, Unsendable> {
        if text.bytes().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) || text.len() > LINE_LIMIT {
            return Err(Unsendable);
        }
        if text.is_ascii() {
            return AString::try_from(text).map_err(|_| Unsendable);
        }
        let literal = Literal::try_from(text).map_err(|_| Unsendable)?;
        let is_free = text.len() <= self.free_literal;
        let literal = if is_free { literal.into_non_sync() } else { literal };
        Ok(AString::String(IString::Literal(literal)))
    }

    /// A command imap_codec can't write. Only for words of the protocol, names of ours and numbers.
    fn line(self, command: &str) -> Result<Parts, Unsendable> {
        let is_plain = command.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        let line = format!("{} {command}\r\n", self.tag).into_bytes();
        if is_plain && line.len() <= LINE_LIMIT { Ok(vec![line]) } else { Err(Unsendable) }
    }

    fn write(self, body: CommandBody<'_>) -> Result<Parts, Unsendable> {
        let command = Command::new(self.tag, body).map_err(|_| Unsendable)?;
        let mut parts = vec![Vec::new()];
        for fragment in CommandCodec::default().encode(&command) {
            let is_asked_for = |part: &[u8]| part.ends_with(b"}\r\n") && !part.ends_with(b"+}\r\n");
            match fragment {
                Fragment::Line { data } if data.len() > LINE_LIMIT => return Err(Unsendable),
                Fragment::Line { data } => append(&mut parts, &data),
                Fragment::Literal { data, .. } => {
                    if parts.last().is_some_and(|part| is_asked_for(part)) {
                        parts.push(Vec::new());
                    }
                    append(&mut parts, &data);
                }
            }
        }
        Ok(parts)
    }
}

fn append(parts: &mut Parts, bytes: &[u8]) {
    if let Some(part) = parts.last_mut() {
        part.extend_from_slice(bytes);
    }
}

fn sequence_set(uids: &str) -> Result<SequenceSet, Unsendable> {
    let ranges: Vec<Sequence> = uids
        .split(',')
        .map(|range| Sequence::try_from(range).map_err(|_| Unsendable))
        .collect::<Result<_, _>>()?;
    SequenceSet::try_from(ranges).map_err(|_| Unsendable)
}

/// What kind of response a line is that our reader has no form for: a word for the log, nothing of its content.
pub(crate) fn kind_of_rare(line: &[u8]) -> &'static str {
    // imap_codec is slow on long lines, and there is nothing to gain.
    const LENGTH_LIMIT: usize = 4096;
    if line.len() > LENGTH_LIMIT || line.contains(&b'\n') {
        return "unknown";
    }
    let mut whole = line.to_vec();
    whole.extend_from_slice(b"\r\n");
    match ResponseCodec::default().decode(&whole) {
        Ok((_, Response::Data(data))) => match data {
            Data::Lsub { .. } => "LSUB",
            Data::Sort(..) => "SORT",
            Data::Thread(..) => "THREAD",
            Data::Enabled { .. } => "ENABLED",
            Data::Id { .. } => "ID",
            Data::Namespace { .. } => "NAMESPACE",
            Data::Quota { .. } => "QUOTA",
            Data::QuotaRoot { .. } => "QUOTAROOT",
            _ => "data",
        },
        Ok((_, Response::Status(_))) => "status",
        Ok((_, Response::CommandContinuationRequest(_))) => "continuation",
        Err(_) => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRITER: Writer<'static> = Writer { tag: "A1", free_literal: 0 };

    fn text(parts: Result<Parts, Unsendable>) -> Vec<String> {
        parts.unwrap().iter().map(|part| part.escape_ascii().to_string()).collect()
    }

    #[test]
    fn names_as_atom_quoted_and_literal() {
        assert_eq!(text(WRITER.select("Sent", false)), ["A1 SELECT Sent\\r\\n"]);
        assert_eq!(text(WRITER.select("inbox", false)), ["A1 SELECT INBOX\\r\\n"]);
        assert_eq!(text(WRITER.select("a \"b\\", false)), ["A1 SELECT \\\"a \\\\\\\"b\\\\\\\\\\\"\\r\\n"]);
        assert_eq!(text(WRITER.select("ü", false)), ["A1 SELECT {2}\\r\\n", "\\xc3\\xbc\\r\\n"]);
        let free = Writer { free_literal: 4096, ..WRITER };
        assert_eq!(text(free.select("ü", false)), ["A1 SELECT {2+}\\r\\n\\xc3\\xbc\\r\\n"]);
        assert_eq!(text(WRITER.select("", false)), ["A1 SELECT \\\"\\\"\\r\\n"]);
    }

    #[test]
    fn a_name_that_ends_like_a_literal_is_quoted() {
        assert_eq!(text(WRITER.create("x{5}")), ["A1 CREATE \\\"x{5}\\\"\\r\\n"]);
    }

    #[test]
    fn line_ends_and_nul_are_never_sent() {
        for name in ["a\rb", "a\nb", "a\0b", "ü\r\nA2 LOGOUT"] {
            assert_eq!(WRITER.select(name, false), Err(Unsendable), "{name:?}");
            assert_eq!(WRITER.search_message_id(name, 1), Err(Unsendable));
        }
    }

    #[test]
    fn what_is_too_long_is_not_sent() {
        assert_eq!(WRITER.select(&"x".repeat(LINE_LIMIT + 1), false), Err(Unsendable));
        let scattered = (1..4000).map(|n| (n * 2).to_string()).collect::<Vec<_>>().join(",");
        assert_eq!(WRITER.fetch_flags(&scattered), Err(Unsendable));
    }

    #[test]
    fn rare_responses_have_names_for_the_log() {
        assert_eq!(kind_of_rare(b"* ID (\"name\" \"Cyrus\")"), "ID");
        assert_eq!(kind_of_rare(b"* ENABLED CONDSTORE"), "ENABLED");
        assert_eq!(kind_of_rare(b"* WHAT EVER"), "unknown");
    }
}
