//! One exchange, one file: what is sent, what is made of the answer, and what servers do oddly there.

mod append;
mod copy;
mod create;
mod delete;
mod expunge;
mod fetch_bodies;
mod fetch_flags;
mod fetch_headers;
pub(super) mod idle;
mod list;
mod logout;
mod r#move;
mod noop;
mod rename;
mod search;
mod select;
mod status;
mod store;
mod subscribe;

use std::sync::Arc;

use super::{Capabilities, Capability, Uid, UidSet};
use crate::error::Error;
use crate::model::{FlagBits, Flags, Instant, Role};
use crate::wire::codec::{Parts, Unsendable, Writer};
use crate::wire::reader::{Response, Status};
use crate::wire::text;

/// An exchange to be made. Mailbox names are as [`ListedMailbox::name`] gave them: the bytes on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// `LIST "" "*"` with special-use attributes where offered → [`Answer::Mailboxes`]
    List,
    /// `STATUS` of one mailbox (MESSAGES UIDNEXT UIDVALIDITY UNSEEN) → [`Answer::Status`]
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
    /// `UID FETCH set (UID FLAGS)` → [`Answer::Flags`]
    FetchFlags { uids: UidSet },
    /// `UID FETCH set (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (…)])` → [`Answer::Headers`]
    FetchHeaders { uids: UidSet },
    /// `UID FETCH set (UID BODY.PEEK[])`; bodies come as [`super::Fact::BodyStart`] and what follows it → [`Answer::Bodies`]
    FetchBodies { uids: UidSet },
    /// `UID STORE set +FLAGS.SILENT/-FLAGS.SILENT (…)`: one of them, never FLAGS → [`Answer::Done`]
    StoreFlags { uids: UidSet, set: bool, flags: FlagBits },
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
    Status(MailboxStatus),
    Selected(SelectedMailbox),
    /// Each mail's flags, in the server's order. A UID that is missing is a gap, not proof that the mail is gone,
    /// unless the count of the answer equals EXISTS.
    Flags(Vec<(Uid, Flags)>),
    Headers(Vec<FetchedHeader>),
    /// The UIDs whose whole body was handed over.
    Bodies(Vec<Uid>),
    /// `COPYUID` where the server gave it (RFC 4315).
    Copied(Option<CopyUid>),
    /// `APPENDUID` where the server gave it (RFC 4315): UIDVALIDITY and UID.
    Appended(Option<(u32, Uid)>),
    Uids(Vec<Uid>),
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
}

/// A STATUS answer; what the server left out is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MailboxStatus {
    pub messages: Option<u32>,
    pub unseen: Option<u32>,
    pub uid_next: Option<Uid>,
    pub uid_validity: Option<u32>,
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

    /// Whether a body of this mail is expected; `None` while its UID hasn't come.
    fn expects_body(&self, _uid: Option<Uid>) -> bool {
        false
    }

    /// A body was handed over; whether it was this exchange's and the first one for that UID.
    fn body_done(&mut self, _uid: Uid) -> bool {
        false
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
            Self::Status { mailbox } => status::start(writer, mailbox)?,
            Self::Create { mailbox, role } => create::start(writer, offered, mailbox, *role)?,
            Self::Delete { mailbox } => delete::start(writer, mailbox)?,
            Self::Rename { mailbox, to } => rename::start(writer, mailbox, to)?,
            Self::Subscribe { mailbox, subscribed } => subscribe::start(writer, mailbox, *subscribed)?,
            Self::Append { mailbox, flags, date, size } => {
                append::start(writer, mailbox, flags, *date, *size)?
            }
            Self::Select { mailbox } => select::start(writer, mailbox)?,
            Self::FetchFlags { uids } => fetch_flags::start(writer, uids)?,
            Self::FetchHeaders { uids } => fetch_headers::start(writer, uids)?,
            Self::FetchBodies { uids } => fetch_bodies::start(writer, uids)?,
            Self::StoreFlags { uids, set, flags } => store::start(writer, uids, *set, *flags)?,
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
        matches!(self, Self::Select { .. } | Self::Idle | Self::Logout)
    }

    /// Whether it means something only while a mailbox is selected.
    pub(super) const fn needs_mailbox(&self) -> bool {
        match self {
            Self::FetchFlags { .. }
            | Self::FetchHeaders { .. }
            | Self::FetchBodies { .. }
            | Self::StoreFlags { .. }
            | Self::Move { .. }
            | Self::Copy { .. }
            | Self::ExpungeUids { .. }
            | Self::FindMessageId { .. }
            | Self::FindDeleted => true,
            Self::List
            | Self::Status { .. }
            | Self::Create { .. }
            | Self::Delete { .. }
            | Self::Rename { .. }
            | Self::Subscribe { .. }
            | Self::Append { .. }
            | Self::Select { .. }
            | Self::Noop
            | Self::Idle
            | Self::Logout => false,
        }
    }

    /// Whether answers to both could not be told apart: LIST and SEARCH don't say whose they are.
    pub(super) const fn is_ambiguous_with(&self, other: &Self) -> bool {
        const fn is_search(op: &Op) -> bool {
            matches!(op, Op::FindMessageId { .. } | Op::FindDeleted)
        }
        matches!((self, other), (Self::List, Self::List)) || is_search(self) && is_search(other)
    }

    /// The answer that needs no server: an op on no mail at all changes and finds nothing.
    pub(super) fn empty_answer(&self) -> Option<Answer> {
        match self {
            Self::FetchFlags { uids } if uids.is_empty() => Some(Answer::Flags(Vec::new())),
            Self::FetchHeaders { uids } if uids.is_empty() => Some(Answer::Headers(Vec::new())),
            Self::FetchBodies { uids } if uids.is_empty() => Some(Answer::Bodies(Vec::new())),
            Self::StoreFlags { uids, flags, .. } if uids.is_empty() || flags.is_empty() => Some(Answer::Done),
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
