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
    Compress,
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
    Namespace,
    Noop,
    Notify,
    Rename,
    Search,
    Select,
    Status,
    Store,
    Subscribe,
    Unselect,
    Unsubscribe,
}

/// A command with its arguments. Mailbox names are as in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Append {
        mailbox: String,
        mails: Vec<Appended>,
    },
    Authenticate {
        mechanism: String,
        initial: Option<String>,
    },
    Capability,
    Check,
    Close,
    Compress,
    Copy {
        uid: bool,
        set: SequenceSet,
        mailbox: String,
    },
    Create {
        mailbox: String,
        special_use: Option<String>,
    },
    Delete {
        mailbox: String,
    },
    /// What is to be switched on, in capitals.
    Enable(Vec<String>),
    Expunge {
        uids: Option<SequenceSet>,
    },
    Fetch(FetchCommand),
    Id,
    Idle,
    List(ListCommand),
    Login {
        user: String,
        password: String,
    },
    Logout,
    Lsub {
        reference: String,
        pattern: String,
    },
    Move {
        uid: bool,
        set: SequenceSet,
        mailbox: String,
    },
    Namespace,
    Noop,
    Notify(NotifyCommand),
    Rename {
        from: String,
        to: String,
    },
    Search(SearchCommand),
    Select(SelectCommand),
    Status {
        mailbox: String,
        items: Vec<StatusItem>,
    },
    Store(StoreCommand),
    Subscribe {
        mailbox: String,
        subscribed: bool,
    },
    Unselect,
}

/// One mail of an APPEND.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Appended {
    pub(super) flags: Vec<String>,
    pub(super) date: Option<i64>,
    pub(super) message: Vec<u8>,
    /// It came as a literal8 (RFC 3516), which may hold NUL.
    pub(super) binary: bool,
}

/// SELECT or EXAMINE with what RFC 7162 adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SelectCommand {
    pub(super) mailbox: String,
    pub(super) read_only: bool,
    pub(super) condstore: bool,
    pub(super) qresync: Option<Resync>,
}

/// What a client remembers of a mailbox (RFC 7162 section 3.2.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Resync {
    pub(super) uid_validity: u32,
    pub(super) modseq: u64,
    /// The UIDs it knows; `None` is all below UIDNEXT.
    pub(super) known: Option<SequenceSet>,
    /// Sequence numbers and the UIDs they had, in the same order.
    pub(super) matches: Option<(SequenceSet, SequenceSet)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FetchCommand {
    pub(super) uid: bool,
    pub(super) set: SequenceSet,
    pub(super) items: Vec<FetchItem>,
    pub(super) changed_since: Option<u64>,
    pub(super) vanished: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StoreCommand {
    pub(super) uid: bool,
    pub(super) set: SequenceSet,
    pub(super) unchanged_since: Option<u64>,
    pub(super) how: StoreHow,
    /// X-GM-LABELS instead of FLAGS.
    pub(super) labels: bool,
    pub(super) silent: bool,
    pub(super) values: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SearchCommand {
    pub(super) uid: bool,
    pub(super) key: SearchKey,
    /// What RETURN asks for (RFC 4731); `None` is the plain answer.
    pub(super) results: Option<Vec<SearchResult>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SearchResult {
    All,
    Count,
    Min,
    Max,
    /// Remembers what was found as `$` (RFC 5182).
    Save,
}

/// NOTIFY (RFC 5465), as far as the model goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct NotifyCommand {
    /// A STATUS of each mailbox is told at once.
    pub(super) status: bool,
    /// Which mailboxes besides the selected one are watched; empty is none.
    pub(super) others: Vec<NotifyWhere>,
    /// Whether changes of the selected mailbox are told outside of commands; with EXPUNGE at once or delayed.
    pub(super) selected: Option<NotifySelected>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NotifyWhere {
    Inboxes,
    Personal,
    Subscribed,
    Mailboxes(Vec<String>),
    Subtree(Vec<String>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotifySelected {
    AtOnce,
    /// EXPUNGE only where RFC 9051 lets it through.
    Delayed,
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
    HighestModSeq,
    Size,
    Deleted,
    MailboxId,
    AppendLimit,
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
    ModSeq,
    Envelope,
    /// BODYSTRUCTURE, or BODY without a section, which leaves the extension data out.
    Structure {
        extended: bool,
    },
    /// EMAILID and THREADID (RFC 8474).
    EmailId,
    ThreadId,
    /// X-GM-MSGID, X-GM-THRID and X-GM-LABELS.
    GmailMessage,
    GmailThread,
    GmailLabels,
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
    /// BINARY[…] (RFC 3516): a part without its transfer encoding.
    Binary {
        path: Vec<usize>,
        peek: bool,
        partial: Option<(usize, usize)>,
    },
    BinarySize {
        path: Vec<usize>,
    },
}

/// What is in the brackets of BODY[…]: a part by its numbers, and what of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) path: Vec<usize>,
    pub(super) of: SectionOf,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SectionOf {
    Whole,
    Header,
    Text,
    Mime,
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
    /// What the last SEARCH with RETURN (SAVE) found: `$`.
    Saved,
    /// Changed at this modseq or later.
    ModSeq(u64),
    EmailId(u64),
    ThreadId(u64),
    /// X-GM-LABELS: is in the mailbox of this name as well.
    Label(String),
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
            Self::Compress => Verb::Compress,
            Self::Copy { .. } => Verb::Copy,
            Self::Create { .. } => Verb::Create,
            Self::Delete { .. } => Verb::Delete,
            Self::Enable(_) => Verb::Enable,
            Self::Expunge { .. } => Verb::Expunge,
            Self::Fetch(_) => Verb::Fetch,
            Self::Id => Verb::Id,
            Self::Idle => Verb::Idle,
            Self::List(_) => Verb::List,
            Self::Login { .. } => Verb::Login,
            Self::Logout => Verb::Logout,
            Self::Lsub { .. } => Verb::Lsub,
            Self::Move { .. } => Verb::Move,
            Self::Namespace => Verb::Namespace,
            Self::Noop => Verb::Noop,
            Self::Notify(_) => Verb::Notify,
            Self::Rename { .. } => Verb::Rename,
            Self::Search(_) => Verb::Search,
            Self::Select(select) if select.read_only => Verb::Examine,
            Self::Select(_) => Verb::Select,
            Self::Status { .. } => Verb::Status,
            Self::Store(_) => Verb::Store,
            Self::Subscribe { subscribed: true, .. } => Verb::Subscribe,
            Self::Subscribe { subscribed: false, .. } => Verb::Unsubscribe,
            Self::Unselect => Verb::Unselect,
        }
    }

    /// Whether EXPUNGE may be told while this command is answered (RFC 9051 section 7.5.1): not where the client
    /// may be counting on sequence numbers.
    pub(super) fn lets_expunge_through(&self) -> bool {
        match self {
            Self::Fetch(fetch) => fetch.uid,
            Self::Store(store) => store.uid,
            Self::Search(search) => search.uid,
            _ => true,
        }
    }
}
