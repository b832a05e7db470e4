//! One exchange, one file: what is sent, what is made of the answer, and what servers do oddly there.

use std::sync::Arc;

use super::{Uid, UidSet};
use crate::error::Error;
use crate::model::{FlagBits, Flags, Instant, Role};

/// An exchange to be made. Mailbox names are as [`ListedMailbox::name`] gave them: the bytes on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// `LIST "" "*"` with special-use attributes where offered → [`Answer::Mailboxes`]
    List,
    /// `STATUS` of one mailbox (MESSAGES UIDNEXT UIDVALIDITY UNSEEN) → [`Answer::Status`]
    Status { mailbox: Arc<str> },
    /// `CREATE` → [`Answer::Done`]
    Create { mailbox: Arc<str> },
    /// `SELECT` (never EXAMINE; every fetch peeks) → [`Answer::Selected`]
    Select { mailbox: Arc<str> },
    /// `UID FETCH set (UID FLAGS)` → [`Answer::Flags`]
    FetchFlags { uids: UidSet },
    /// `UID FETCH set (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (…)])` → [`Answer::Headers`]
    FetchHeaders { uids: UidSet },
    /// `UID FETCH set (UID BODY.PEEK[])`; bodies come as [`super::Fact::Body`] → [`Answer::Bodies`]
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
