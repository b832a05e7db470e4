//! One exchange, one file: what is sent, what is made of the answer, and what servers do oddly there.

mod append;
mod copy;
mod create;
mod delete;
mod expunge;
mod fetch_bodies;
mod fetch_changed;
mod fetch_flags;
mod fetch_headers;
mod fetch_part;
mod fetch_structure;
mod fetch_whole;
mod gathered;
pub(super) mod idle;
mod list;
mod list_status;
mod logout;
mod r#move;
mod namespace;
mod noop;
mod notify;
mod rename;
mod resync;
mod search;
mod select;
pub(super) mod status;
mod store;
mod subscribe;

use std::sync::Arc;

use self::fetch_part::Piece;
use super::{Capabilities, Capability, Uid, UidSet};
use crate::error::Error;
use crate::model::{FlagBits, Flags, Instant, Keyword, Role};
use crate::wire::codec::{Parts, Unsendable, Writer};
use crate::wire::reader::{Fetch, Response, Section, Status};
use crate::wire::text;

pub use crate::wire::reader::{Disposition, Structure};
pub use crate::wire::search::Criterion;

/// An exchange to be made. Mailbox names are as [`ListedMailbox::name`] gave them: the bytes on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// `LIST "" "*"` with special-use attributes and subscriptions where offered → [`Answer::Mailboxes`]
    List,
    /// `LIST "" "*" RETURN (… STATUS (…))` (RFC 5819): every mailbox and what it holds in one answer; refused without
    /// being sent when not offered → [`Answer::MailboxesWithStatus`]
    ListStatus,
    /// `STATUS` of one mailbox (MESSAGES UIDNEXT UIDVALIDITY UNSEEN, and HIGHESTMODSEQ where CONDSTORE is offered)
    /// → [`Answer::Status`]
    Status { mailbox: Arc<str> },
    /// `CREATE`, saying what it is for where that is offered (RFC 6154) → [`Answer::Done`]
    Create { mailbox: Arc<str>, role: Role },
    /// `DELETE`, with all mail in it → [`Answer::Done`]
    Delete { mailbox: Arc<str> },
    /// `RENAME`, with all mailboxes below it → [`Answer::Done`]
    Rename { mailbox: Arc<str>, to: Arc<str> },
    /// `SUBSCRIBE` or `UNSUBSCRIBE` → [`Answer::Done`]
    Subscribe { mailbox: Arc<str>, subscribed: bool },
    /// `APPEND` of a mail of `size` octets, which are handed over piece by piece as [`super::Fact::LiteralWanted`]
    /// asks for them → [`Answer::Appended`]
    Append { mailbox: Arc<str>, flags: Flags, date: Option<Instant>, size: u64 },
    /// `SELECT` (never EXAMINE; every fetch peeks) → [`Answer::Selected`]
    Select { mailbox: Arc<str> },
    /// `SELECT mailbox (QRESYNC (uid_validity modseq [known]))` (RFC 7162 section 3.2.5): what changed and what is gone
    /// since `modseq`, which isn't 0. `known` are the UIDs we have, if that helps the server to say less. Refused
    /// without being sent where QRESYNC isn't offered → [`Answer::Resynced`]
    Resync { mailbox: Arc<str>, uid_validity: u32, modseq: u64, known: Option<UidSet> },
    /// `UID FETCH set (UID FLAGS)` → [`Answer::Flags`]
    FetchFlags { uids: UidSet },
    /// `UID FETCH set (UID FLAGS) (CHANGEDSINCE since [VANISHED])` (RFC 7162): the flags that changed since that modseq,
    /// and the UIDs of `uids` that are gone if `vanished`. Refused without being sent without CONDSTORE, for `vanished`
    /// without QRESYNC, and in a mailbox that has no modseqs → [`Answer::Changed`]
    FetchChanged { uids: UidSet, since: u64, vanished: bool },
    /// `UID FETCH set (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (…)])`, with MODSEQ, EMAILID, THREADID
    /// and Gmail's items where there are some → [`Answer::Headers`]
    FetchHeaders { uids: UidSet },
    /// `UID FETCH set (UID BODY.PEEK[])`; bodies come as [`super::Fact::BodyStart`] and what follows it → [`Answer::Bodies`]
    FetchBodies { uids: UidSet },
    /// `UID FETCH set (UID FLAGS … INTERNALDATE RFC822.SIZE BODY.PEEK[])`: the whole mail and what a list needs of it in
    /// one, except the header's fields, which stand in the mail. As `FetchBodies`, each `BodyEnd` with its mail →
    /// [`Answer::Bodies`]
    FetchWhole { uids: UidSet },
    /// `UID FETCH uid (UID BODY.PEEK[part]<offset.length>)`: a piece of a part (`1.2`, `TEXT`, or empty for the mail) as
    /// it is transferred; its octets come as [`super::Fact::BodyStart`] and what follows it. A piece shorter than
    /// `length` is the last one → [`Answer::Bodies`]
    FetchPart { uid: Uid, part: Arc<str>, offset: u64, length: u32 },
    /// The same decoded by the server, `offset` and `length` too: `BINARY.PEEK` (RFC 3516); refused without being sent
    /// when not offered. NO with UNKNOWN-CTE: fetch the part anew by [`Op::FetchPart`] → [`Answer::Bodies`]
    FetchBinary { uid: Uid, part: Arc<str>, offset: u64, length: u32 },
    /// `UID FETCH set (UID BODYSTRUCTURE)` → [`Answer::Structures`]
    FetchStructure { uids: UidSet },
    /// `UID STORE set +FLAGS.SILENT/-FLAGS.SILENT (…)`: one of them, never FLAGS → [`Answer::Done`]
    StoreFlags { uids: UidSet, set: bool, flags: FlagBits },
    /// The same for keywords → [`Answer::Done`]
    StoreKeywords { uids: UidSet, set: bool, keywords: Arc<[Keyword]> },
    /// `UID MOVE` (RFC 6851); refused without being sent when not offered → [`Answer::Copied`]
    Move { uids: UidSet, to: Arc<str> },
    /// `UID COPY` → [`Answer::Copied`]
    Copy { uids: UidSet, to: Arc<str> },
    /// `UID EXPUNGE set` (RFC 4315); refused without being sent when not offered → [`Answer::Done`]
    ExpungeUids { uids: UidSet },
    /// `UID SEARCH UID n:*` with `HEADER Message-ID "…"`: all UIDs of that message from `from_uid` on → [`Answer::Uids`]
    FindMessageId { message_id: Arc<str>, from_uid: Uid },
    /// `UID SEARCH DELETED` → [`Answer::Uids`]
    FindDeleted,
    /// `UID SEARCH ALL`, answered as ranges where ESEARCH is offered → [`Answer::UidRanges`]
    FindAll,
    /// `UID SEARCH` of all of these, answered as ranges where ESEARCH is offered → [`Answer::UidRanges`]
    Search { criteria: Vec<Criterion> },
    /// `NAMESPACE` (RFC 2342); refused without being sent when not offered → [`Answer::Namespaces`]
    Namespace,
    /// `NOTIFY SET` (RFC 5465) of all that happens in the person's mailboxes, until the session ends: it comes as
    /// [`super::Fact::MailboxStatus`], [`super::Fact::MailboxesChanged`] and [`super::Fact::MailboxChanged`]. Refused
    /// without being sent when not offered → [`Answer::Done`]
    Notify,
    /// `NOOP` → [`Answer::Done`]
    Noop,
    /// `IDLE` (RFC 2177), until [`super::Session::finish_idle`] → [`Answer::Done`]
    Idle,
    /// `LOGOUT` → [`Answer::Done`], then the session is closed
    Logout,
}

/// What an exchange gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Done,
    Mailboxes(Vec<ListedMailbox>),
    /// `None` where the server told nothing of it, as for one that can't be selected.
    MailboxesWithStatus(Vec<(ListedMailbox, Option<MailboxStatus>)>),
    Status(MailboxStatus),
    Selected(SelectedMailbox),
    Resynced(Resynced),
    /// All of `uids` that changed and that are gone; what isn't named is as it was.
    Changed {
        mails: Vec<ChangedMail>,
        vanished: UidSet,
    },
    /// Each mail's flags, in the server's order. A UID that is missing is a gap, not proof that the mail is gone,
    /// unless the count of the answer equals EXISTS.
    Flags(Vec<(Uid, Flags)>),
    Headers(Vec<FetchedHeader>),
    /// The UIDs whose body, or whose piece of it, was handed over.
    Bodies(Vec<Uid>),
    /// A UID that is missing is a gap.
    Structures(Vec<(Uid, Structure)>),
    /// Prefixes of mailboxes' paths, decoded, with what separates the levels below them.
    Namespaces {
        personal: Vec<(String, Option<char>)>,
        other: Vec<(String, Option<char>)>,
        shared: Vec<(String, Option<char>)>,
    },
    /// `COPYUID` where the server gave it (RFC 4315).
    Copied(Option<CopyUid>),
    /// `APPENDUID` where the server gave it (RFC 4315): UIDVALIDITY and UID.
    Appended(Option<(u32, Uid)>),
    Uids(Vec<Uid>),
    /// What was found, not counted through.
    UidRanges(UidSet),
}

/// One mailbox of a LIST answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedMailbox {
    /// Its name as on the wire (modified UTF-7 unless UTF8=ACCEPT is on); to be sent back unchanged.
    pub name: Arc<str>,
    /// Its name decoded to UTF-8; what can't be decoded stays as it is.
    pub path: String,
    /// What separates the levels, if anything.
    pub delimiter: Option<char>,
    /// What it is for: INBOX by name, others by attribute (RFC 6154, XLIST's names too).
    pub role: Role,
    /// Neither `\Noselect` nor `\NonExistent`.
    pub selectable: bool,
    /// `None` where the server doesn't say.
    pub subscribed: Option<bool>,
    /// MAILBOXID (RFC 8474): stays the same when the mailbox is renamed. Only [`Op::ListStatus`] asks for it.
    pub object_id: Option<Box<str>>,
}

/// A STATUS answer; what the server left out is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MailboxStatus {
    pub messages: Option<u32>,
    pub unseen: Option<u32>,
    pub uid_next: Option<Uid>,
    pub uid_validity: Option<u32>,
    pub highest_modseq: Option<u64>,
}

/// What SELECT told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SelectedMailbox {
    pub exists: u32,
    pub uid_validity: u32,
    /// `None` where the server doesn't say (allowed before RFC 9051).
    pub uid_next: Option<Uid>,
    pub highest_modseq: Option<u64>,
    pub read_only: bool,
    /// It said which flags it keeps, and that it takes no keyword that is new (PERMANENTFLAGS without `\*`).
    pub keeps_no_new_keywords: bool,
}

/// What a SELECT with QRESYNC told. Where `selected.uid_validity` is another than the one asked for, nothing is known of
/// what changed and both lists are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resynced {
    pub selected: SelectedMailbox,
    /// Mails whose flags changed or that are new, in the server's order.
    pub changed: Vec<ChangedMail>,
    /// What is gone. It may name UIDs that never were, in ranges of any width.
    pub vanished: UidSet,
}

/// A mail as it is since it last changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangedMail {
    pub uid: Uid,
    pub flags: Flags,
    pub modseq: Option<u64>,
}

/// One mail of a header pass. `None` is what the server sent wrongly or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FetchedHeader {
    pub uid: Uid,
    pub flags: Flags,
    pub internal_date: Option<Instant>,
    pub size: Option<u64>,
    /// The raw header fields asked for.
    pub header: Option<Vec<u8>>,
    /// Where the mailbox has modseqs (RFC 7162).
    pub modseq: Option<u64>,
    /// The same for the same mail in every mailbox (RFC 8474).
    pub email_id: Option<Box<str>>,
    pub thread_id: Option<Box<str>>,
    /// Of Gmail alone.
    pub gmail: Option<Box<GmailFacts>>,
}

/// What Gmail tells of a mail (X-GM-EXT-1). A number that didn't come is 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GmailFacts {
    /// The same for the same mail under every label.
    pub msgid: u64,
    pub thrid: u64,
    /// Decoded; those of the system begin with a backslash. The label of the selected mailbox isn't among them.
    pub labels: Vec<String>,
}

/// COPYUID (RFC 4315): which source UID became which target UID, pairwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyUid {
    pub uid_validity: u32,
    /// (source, target)
    pub pairs: Vec<(Uid, Uid)>,
}

/// Why an op gave no answer.
#[derive(Clone, Debug, PartialEq)]
pub enum OpError {
    /// The server said NO. It may say yes another day; `code` tells.
    No(Refusal),
    /// The server said BAD: it doesn't know this or we said it wrongly.
    Bad(Refusal),
    /// The server doesn't offer it; nothing was sent.
    NotOffered,
    /// An argument can't be sent (CR, LF, NUL or too long); nothing was sent.
    Unsendable,
    /// The server said OK, but its answer can't be trusted to be whole: something in it couldn't be read, it was too
    /// much to keep, or there was none. What came of it is thrown away.
    Incomplete,
    /// The connection ended before the answer. `sent` tells whether any byte of it had left.
    Lost { sent: bool, error: Error },
}

/// A server's NO, BAD or BYE.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// The response code in brackets (RFC 5530 and others), upper case, without its arguments; may be empty.
    pub code: String,
    /// The server's words. Untrusted.
    pub text: String,
}

impl Refusal {
    /// What a status response says.
    pub(super) fn of(status: &Status<'_>) -> Self {
        let code = status.code.map(|code| text::clean(code.name).to_ascii_uppercase()).unwrap_or_default();
        Self { code, text: text::clean(status.text) }
    }
}

/// One exchange on its way: gathers what the server sends for it.
pub(super) trait Exchange: Send {
    /// Looks at an untagged response; true when it was the answer to this exchange and to nothing else.
    /// What is taken may be moved out of the response.
    fn data(&mut self, _response: &mut Response<'_>) -> bool {
        false
    }

    /// Whether this body of this mail is expected; `None` while its UID hasn't come.
    fn expects_body(&self, _uid: Option<Uid>, _section: Section<'_>) -> bool {
        false
    }

    /// A body was handed over; whether it was this exchange's and the first one for that UID.
    fn body_done(&mut self, _uid: Uid) -> bool {
        false
    }

    /// A response couldn't be kept; it may have been for this exchange.
    fn lost_one(&mut self) {}

    /// Whether what was gathered is all there was. Only for exchanges whose silence on a mail says something.
    fn is_whole(&self) -> bool {
        true
    }

    /// What the response with the body of that mail told besides, where that was asked for.
    fn whole_mail(&mut self, _uid: Uid, _fetch: &mut Fetch<'_>) -> Option<Box<FetchedHeader>> {
        None
    }

    /// The server said OK. `status` is that response.
    fn answer(self: Box<Self>, status: &Status<'_>) -> Answer;
}

/// What an exchange may gather, in octets: a server that never stops must not fill the memory.
pub(super) struct Budget(usize);

impl Default for Budget {
    fn default() -> Self {
        Self(24 * 1024 * 1024)
    }
}

impl Budget {
    /// Takes so much of it, and what an entry costs besides; false if it isn't there any more.
    pub(super) fn spend(&mut self, octets: usize) -> bool {
        const ENTRY: usize = 64;
        match self.0.checked_sub(octets.saturating_add(ENTRY)) {
            Some(left) => {
                self.0 = left;
                true
            }
            None => false,
        }
    }
}

/// An exchange that gathers nothing.
pub(super) struct Plain;

impl Exchange for Plain {
    fn answer(self: Box<Self>, _status: &Status<'_>) -> Answer {
        Answer::Done
    }
}

/// An exchange and the bytes that begin it.
pub(super) type Started = (Parts, Box<dyn Exchange>);

impl From<Unsendable> for OpError {
    fn from(_: Unsendable) -> Self {
        Self::Unsendable
    }
}

impl Op {
    /// Writes the op and makes what gathers its answer.
    pub(super) fn start(&self, writer: Writer<'_>, offered: &Capabilities) -> Result<Started, OpError> {
        let requires = |capability| if offered.has(capability) { Ok(()) } else { Err(OpError::NotOffered) };
        Ok(match self {
            Self::List => list::start(writer, offered)?,
            Self::ListStatus => {
                requires(Capability::ListStatus)?;
                list_status::start(writer, offered)?
            }
            Self::Status { mailbox } => status::start(writer, mailbox, offered)?,
            Self::Create { mailbox, role } => create::start(writer, offered, mailbox, *role)?,
            Self::Delete { mailbox } => delete::start(writer, mailbox)?,
            Self::Rename { mailbox, to } => rename::start(writer, mailbox, to)?,
            Self::Subscribe { mailbox, subscribed } => subscribe::start(writer, mailbox, *subscribed)?,
            Self::Append { mailbox, flags, date, size } => {
                append::start(writer, mailbox, flags, *date, *size)?
            }
            Self::Select { mailbox } => select::start(writer, mailbox, offered)?,
            Self::Resync { mailbox, uid_validity, modseq, known } => {
                requires(Capability::Qresync)?;
                resync::start(writer, mailbox, (*uid_validity, *modseq), known.as_ref())?
            }
            Self::FetchFlags { uids } => fetch_flags::start(writer, uids)?,
            Self::FetchChanged { uids, since, vanished } => {
                requires(if *vanished { Capability::Qresync } else { Capability::Condstore })?;
                fetch_changed::start(writer, uids, *since, *vanished)?
            }
            Self::FetchHeaders { uids } => fetch_headers::start(writer, uids, offered)?,
            Self::FetchBodies { uids } => fetch_bodies::start(writer, uids)?,
            Self::FetchWhole { uids } => fetch_whole::start(writer, uids, offered)?,
            Self::FetchPart { uid, part, offset, length } => {
                let (uid, offset, length) = (*uid, *offset, *length);
                fetch_part::start(writer, &Piece { uid, part, offset, length, binary: false })?
            }
            Self::FetchBinary { uid, part, offset, length } => {
                requires(Capability::Binary)?;
                let (uid, offset, length) = (*uid, *offset, *length);
                fetch_part::start(writer, &Piece { uid, part, offset, length, binary: true })?
            }
            Self::FetchStructure { uids } => fetch_structure::start(writer, uids)?,
            Self::StoreFlags { uids, set, flags } => store::start(writer, uids, *set, *flags)?,
            Self::StoreKeywords { uids, set, keywords } => {
                store::start_keywords(writer, uids, *set, keywords)?
            }
            Self::Move { uids, to } => {
                requires(Capability::Move)?;
                r#move::start(writer, uids, to)?
            }
            Self::Copy { uids, to } => copy::start(writer, uids, to)?,
            Self::ExpungeUids { uids } => {
                requires(Capability::UidPlus)?;
                expunge::start(writer, uids)?
            }
            Self::FindMessageId { message_id, from_uid } => {
                search::start_message_id(writer, message_id, *from_uid)?
            }
            Self::FindDeleted => search::start_deleted(writer)?,
            Self::FindAll => search::start_all(writer, offered)?,
            Self::Search { criteria } => search::start(writer, criteria, offered)?,
            Self::Namespace => {
                requires(Capability::Namespace)?;
                namespace::start(writer, offered)?
            }
            Self::Notify => {
                requires(Capability::Notify)?;
                notify::start(writer)?
            }
            Self::Noop => noop::start(writer)?,
            Self::Idle => {
                requires(Capability::Idle)?;
                idle::start(writer)?
            }
            Self::Logout => logout::start(writer)?,
        })
    }

    /// Whether nothing else may be on its way while this is.
    pub(super) const fn is_alone(&self) -> bool {
        matches!(self, Self::Select { .. } | Self::Resync { .. } | Self::Idle | Self::Logout)
    }

    /// Whether it selects a mailbox.
    pub(super) const fn selects(&self) -> bool {
        matches!(self, Self::Select { .. } | Self::Resync { .. })
    }

    /// Whether it means something only while a mailbox is selected.
    pub(super) const fn needs_mailbox(&self) -> bool {
        match self {
            Self::FetchFlags { .. }
            | Self::FetchChanged { .. }
            | Self::FetchHeaders { .. }
            | Self::FetchBodies { .. }
            | Self::FetchWhole { .. }
            | Self::FetchPart { .. }
            | Self::FetchBinary { .. }
            | Self::FetchStructure { .. }
            | Self::StoreFlags { .. }
            | Self::StoreKeywords { .. }
            | Self::Move { .. }
            | Self::Copy { .. }
            | Self::ExpungeUids { .. }
            | Self::FindMessageId { .. }
            | Self::FindDeleted
            | Self::FindAll
            | Self::Search { .. } => true,
            Self::List
            | Self::ListStatus
            | Self::Status { .. }
            | Self::Create { .. }
            | Self::Delete { .. }
            | Self::Rename { .. }
            | Self::Subscribe { .. }
            | Self::Append { .. }
            | Self::Select { .. }
            | Self::Resync { .. }
            | Self::Namespace
            | Self::Notify
            | Self::Noop
            | Self::Idle
            | Self::Logout => false,
        }
    }

    /// Whether answers to both could not be told apart: LIST and SEARCH don't say whose they are, STATUS names no
    /// more than the mailbox, and FETCH no more than the mail.
    pub(super) fn is_ambiguous_with(&self, other: &Self) -> bool {
        use Op::{FetchChanged, FindAll, FindDeleted, FindMessageId, List, ListStatus, Search, Status};
        match (self, other) {
            (List | ListStatus, List | ListStatus)
            | (ListStatus, Status { .. })
            | (Status { .. }, ListStatus)
            | (
                FindMessageId { .. } | FindDeleted | FindAll | Search { .. },
                FindMessageId { .. } | FindDeleted | FindAll | Search { .. },
            ) => true,
            (Status { mailbox }, Status { mailbox: other }) => {
                status::is_same_mailbox(mailbox.as_bytes(), other.as_bytes())
            }
            // An answer that goes to another exchange would be a change missed.
            (FetchChanged { uids, .. }, other) | (other, FetchChanged { uids, .. }) => {
                other.flags_of().is_some_and(|others| !others.is_disjoint(uids))
            }
            _ => false,
        }
    }

    /// The mails whose flags may come in the answer.
    const fn flags_of(&self) -> Option<&UidSet> {
        match self {
            Self::FetchFlags { uids }
            | Self::FetchChanged { uids, .. }
            | Self::FetchHeaders { uids }
            | Self::StoreFlags { uids, .. }
            | Self::StoreKeywords { uids, .. } => Some(uids),
            _ => None,
        }
    }

    /// The answer that needs no server: an op on no mail at all changes and finds nothing.
    pub(super) fn empty_answer(&self) -> Option<Answer> {
        match self {
            Self::FetchFlags { uids } if uids.is_empty() => Some(Answer::Flags(Vec::new())),
            Self::FetchChanged { uids, .. } if uids.is_empty() => {
                Some(Answer::Changed { mails: Vec::new(), vanished: UidSet::default() })
            }
            Self::FetchHeaders { uids } if uids.is_empty() => Some(Answer::Headers(Vec::new())),
            Self::FetchStructure { uids } if uids.is_empty() => Some(Answer::Structures(Vec::new())),
            Self::FetchBodies { uids } | Self::FetchWhole { uids } if uids.is_empty() => {
                Some(Answer::Bodies(Vec::new()))
            }
            Self::StoreFlags { uids, flags, .. } if uids.is_empty() || flags.is_empty() => Some(Answer::Done),
            Self::StoreKeywords { uids, keywords, .. } if uids.is_empty() || keywords.is_empty() => {
                Some(Answer::Done)
            }
            Self::Move { uids, .. } | Self::Copy { uids, .. } if uids.is_empty() => {
                Some(Answer::Copied(None))
            }
            Self::ExpungeUids { uids } if uids.is_empty() => Some(Answer::Done),
            _ => None,
        }
    }
}

#[cfg(test)]
pub(super) mod trial {
    //! Plays one exchange without a session: what it sends, what it makes of the lines.

    use super::*;
    use crate::imap::Capabilities;

    pub(in crate::imap) struct Played {
        pub(in crate::imap) sent: String,
        /// For each untagged line, whether it was taken.
        pub(in crate::imap) taken: Vec<bool>,
        pub(in crate::imap) answer: Answer,
    }

    pub(in crate::imap) fn play(op: &Op, offered: &str, lines: &[&[u8]], end: &str) -> Played {
        let offered = Capabilities::read(offered.as_bytes());
        let writer = Writer { tag: "A1", free_literal: 0 };
        let (parts, mut exchange) = op.start(writer, &offered).unwrap();
        let taken = lines.iter().map(|line| exchange.data(&mut crate::wire::reader::read(line))).collect();
        let Response::Tagged { status, .. } = crate::wire::reader::read(end.as_bytes()) else {
            panic!("{end}")
        };
        let sent = parts.concat().escape_ascii().to_string();
        Played { sent, taken, answer: exchange.answer(&status) }
    }
}
