//! Mails: as rows of a list and as something to read.

use super::{EmailId, FlagBits, Instant, Keyword, MailboxId, TagId, ThreadId};

/// A name and an address from a header, decoded; bidi and control characters are stripped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Address {
    /// The display name, may be empty.
    pub name: String,
    /// `local@domain`, may be empty when the header had none.
    pub address: String,
}

/// Which mails to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ListQuery {
    /// One mailbox, newest first.
    Mailbox(MailboxId),
    /// The inboxes of all accounts, newest first.
    AllInboxes,
    /// All starred mail, newest first.
    Starred,
    /// All mail with this tag (see `Reader::tags`), newest first. Not what lies in trash or spam, as with `Starred`.
    Tagged(TagId),
    /// The conversations of one mailbox, each as its newest mail there, newest first.
    Conversations(MailboxId),
    /// The conversations of the inboxes of all accounts, each as its newest mail in one of them, newest first.
    InboxConversations,
}

impl ListQuery {
    /// Whether its rows are conversations.
    pub const fn is_of_conversations(self) -> bool {
        matches!(self, Self::Conversations(_) | Self::InboxConversations)
    }
}

/// A tag in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// What `ListQuery::Tagged` takes; the same as long as the store lives.
    pub id: TagId,
    pub keyword: Keyword,
    /// How many mails have it, each once, without those in trash and spam.
    pub mails: u64,
}

/// One row of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailRow {
    /// The mail.
    pub id: EmailId,
    /// The mailbox it is listed from.
    pub mailbox: MailboxId,
    /// When it was received (INTERNALDATE).
    pub date: Instant,
    /// Bytes on the server.
    pub size: u64,
    /// Its flags as shown: the server's with waiting changes laid over.
    pub flags: FlagBits,
    /// Its keywords as shown, in the same way; those without a bit in `flags`, sorted. Which of them are tags says
    /// `Keyword::tag`.
    pub keywords: Vec<Keyword>,
    /// A change of it is not yet on the server.
    pub pending: bool,
    /// It seems to carry an attachment.
    pub has_attachment: bool,
    /// Who wrote it.
    pub from: Address,
    /// Its subject, decoded, one line; may be empty.
    pub subject: String,
    /// The first words of its text, one line; empty while the body isn't here.
    pub preview: String,
    /// The conversation it belongs to. It may become another one when a mail comes that ties two together.
    pub thread: ThreadId,
    /// In a list of conversations: the size of this one.
    pub conversation: Option<Conversation>,
}

/// A conversation, over all mailboxes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// Its mails that are here, each once.
    pub mails: u64,
    /// Those that are unread.
    pub unread: u64,
    /// Who wrote them, each once, in the order in which they joined in; the first five and the last.
    pub authors: Vec<Address>,
}

/// A window of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The rows from `first` on.
    pub rows: Vec<EmailRow>,
    /// The place of `rows[0]` in the whole list.
    pub first: usize,
    /// How many rows the whole list has.
    pub total: usize,
}

/// Whether a mail's body can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyState {
    /// It is here.
    Here,
    /// It is still on the server.
    NotYet,
    /// It is here but makes no sense; what could be read is shown.
    Damaged,
}

/// An attached file, not its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// A file name made safe: one component, no control or bidi characters, never empty.
    pub name: String,
    /// Its media type, such as `image/png`.
    pub media_type: String,
    /// Its decoded size in bytes.
    pub size: u64,
}

/// A mail to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadableEmail {
    /// The row it belongs to.
    pub row: EmailRow,
    /// Whether there is a body to show.
    pub body: BodyState,
    /// All authors; more than one is unusual.
    pub from: Vec<Address>,
    /// To whom.
    pub to: Vec<Address>,
    /// Copies to.
    pub cc: Vec<Address>,
    /// Where an answer should go, if elsewhere.
    pub reply_to: Vec<Address>,
    /// When its author says it was written.
    pub written: Option<Instant>,
    /// The text to read; HTML-only mail as its text. Lines end in `\n`.
    pub text: String,
    /// Whether `text` was made from HTML.
    pub from_html: bool,
    /// Attached files.
    pub attachments: Vec<Attachment>,
}
