//! The commands the server knows, as values.

use super::set::SequenceSet;

/// What kind of command it is; `UID FETCH` is a Fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// Not a command: the moment a connection is greeted. Only for faults.
    Greeting,
    Append,
    Authenticate,
    Capability,
    Check,
    Close,
    Copy,
    Create,
    Delete,
    Enable,
    Examine,
    Expunge,
    Fetch,
    Id,
    Idle,
    List,
    Login,
    Logout,
    Lsub,
    Move,
    Noop,
    Rename,
    Search,
    Select,
    Status,
    Store,
    Subscribe,
    Unselect,
    Unsubscribe,
}

/// A command with its arguments. Mailbox names are as on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Append { mailbox: String, flags: Vec<String>, date: Option<i64>, message: Vec<u8> },
    Authenticate { mechanism: String, initial: Option<String> },
    Capability,
    Check,
    Close,
    Copy { uid: bool, set: SequenceSet, mailbox: String },
    Create { mailbox: String },
    Delete { mailbox: String },
    Enable,
    Expunge { uids: Option<SequenceSet> },
    Fetch { uid: bool, set: SequenceSet, items: Vec<FetchItem> },
    Id,
    Idle,
    List(ListCommand),
    Login { user: String, password: String },
    Logout,
    Lsub { reference: String, pattern: String },
    Move { uid: bool, set: SequenceSet, mailbox: String },
    Noop,
    Rename { from: String, to: String },
    Search { uid: bool, key: SearchKey },
    Select { mailbox: String, read_only: bool },
    Status { mailbox: String, items: Vec<StatusItem> },
    Store { uid: bool, set: SequenceSet, how: StoreHow, silent: bool, flags: Vec<String> },
    Subscribe { mailbox: String, subscribed: bool },
    Unselect,
}

/// LIST with what RFC 5258 adds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ListCommand {
    pub(super) only_subscribed: bool,
    pub(super) only_special_use: bool,
    pub(super) reference: String,
    pub(super) patterns: Vec<String>,
    pub(super) return_subscribed: bool,
    pub(super) return_status: Option<Vec<StatusItem>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StatusItem {
    Messages,
    Recent,
    Unseen,
    UidNext,
    UidValidity,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StoreHow {
    Add,
    Remove,
    Replace,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FetchItem {
    Flags,
    Uid,
    InternalDate,
    Size,
    /// RFC822, RFC822.HEADER and RFC822.TEXT: a section under an old name.
    Old {
        name: &'static str,
        section: Section,
        peek: bool,
    },
    /// BODY[…]: the section, and (first octet, count) where only a part of it is wanted.
    Body {
        section: Section,
        peek: bool,
        partial: Option<(usize, usize)>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Whole,
    Header,
    Text,
    Fields { names: Vec<String>, not: bool },
}

/// What SEARCH looks for. Text is compared without regard to ASCII case, in the octets as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SearchKey {
    All,
    And(Vec<SearchKey>),
    Or(Box<SearchKey>, Box<SearchKey>),
    Not(Box<SearchKey>),
    Sequence(SequenceSet),
    Uid(SequenceSet),
    /// Has this flag or keyword.
    Flag(String),
    Header {
        name: String,
        text: String,
    },
    Body(String),
    Text(String),
    Larger(usize),
    Smaller(usize),
    /// The internal date's day, counted from 1970: before, on, or from that day on.
    Before(i64),
    On(i64),
    Since(i64),
}

impl Command {
    pub(super) fn verb(&self) -> Verb {
        match self {
            Self::Append { .. } => Verb::Append,
            Self::Authenticate { .. } => Verb::Authenticate,
            Self::Capability => Verb::Capability,
            Self::Check => Verb::Check,
            Self::Close => Verb::Close,
            Self::Copy { .. } => Verb::Copy,
            Self::Create { .. } => Verb::Create,
            Self::Delete { .. } => Verb::Delete,
            Self::Enable => Verb::Enable,
            Self::Expunge { .. } => Verb::Expunge,
            Self::Fetch { .. } => Verb::Fetch,
            Self::Id => Verb::Id,
            Self::Idle => Verb::Idle,
            Self::List(_) => Verb::List,
            Self::Login { .. } => Verb::Login,
            Self::Logout => Verb::Logout,
            Self::Lsub { .. } => Verb::Lsub,
            Self::Move { .. } => Verb::Move,
            Self::Noop => Verb::Noop,
            Self::Rename { .. } => Verb::Rename,
            Self::Search { .. } => Verb::Search,
            Self::Select { read_only: false, .. } => Verb::Select,
            Self::Select { read_only: true, .. } => Verb::Examine,
            Self::Status { .. } => Verb::Status,
            Self::Store { .. } => Verb::Store,
            Self::Subscribe { subscribed: true, .. } => Verb::Subscribe,
            Self::Subscribe { subscribed: false, .. } => Verb::Unsubscribe,
            Self::Unselect => Verb::Unselect,
        }
    }

    /// Whether EXPUNGE may be told while this command is answered (RFC 9051 section 7.5.1): not where the client
    /// may be counting on sequence numbers.
    pub(super) fn lets_expunge_through(&self) -> bool {
        !matches!(
            self,
            Self::Fetch { uid: false, .. } | Self::Store { uid: false, .. } | Self::Search { uid: false, .. }
        )
    }
}
