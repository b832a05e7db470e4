//! Mails that are being written: kept on this device as they are typed, and on the server for other devices.

use std::time::Duration;

use super::{AccountId, DraftFileId, DraftId, EmailId, Instant};
use crate::command::{Message, Ticket};
use crate::mime::Composition;

/// What is to become of another mail once this one was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Relation {
    #[default]
    None,
    /// It gets `\Answered`.
    Answers(EmailId),
    /// It gets `$Forwarded`.
    Forwards(EmailId),
}

/// A file that goes along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftFile {
    pub id: DraftFileId,
    pub name: String,
    /// `type/subtype`.
    pub media_type: String,
    /// In octets, as it is on this device.
    pub size: u64,
    /// Empty: it is attached. Else it is shown where the text names it (`cid:`).
    pub content_id: String,
}

/// Where a draft stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DraftState {
    /// It may be written on.
    Writing,
    /// It is to be sent, or is being sent, by the operation of this ticket; taken back or refused it is `Writing` again.
    Sending(Ticket),
    /// It was thrown away then, and is kept for thirty days.
    Discarded(Instant),
}

/// A mail that is being written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub id: DraftId,
    pub account: AccountId,
    pub composition: Composition,
    pub relation: Relation,
    /// In the order in which they came.
    pub files: Vec<DraftFile>,
    /// When it was last changed.
    pub changed: Instant,
    pub state: DraftState,
    /// Nobody has written on it since `Command::CloseDraft`. After a crash those that were open aren't.
    pub is_closed: bool,
    /// The server's copy, or the one on its way there, as Drafts lists it. It is another one after each that replaces it.
    pub email: Option<EmailId>,
}

impl Draft {
    /// Whether there is nothing in it that anybody would miss.
    pub fn is_empty(&self) -> bool {
        let Composition { to, cc, bcc, subject, text, .. } = &self.composition;
        self.files.is_empty() && [to, cc, bcc, subject, text].iter().all(|field| field.trim().is_empty())
    }
}

/// What a draft once was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftVersion {
    /// Names it among the versions of its draft: when it was last like that.
    pub at: Instant,
    pub composition: Composition,
}

/// A file that is to go along. Its name is made safe for whoever gets it; what is no `type/subtype` is taken for
/// application/octet-stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewFile {
    Octets {
        name: String,
        media_type: String,
        /// Without brackets; empty: it is attached.
        content_id: String,
        octets: Message,
    },
    /// A whole mail, as message/rfc822.
    Mail(EmailId),
    /// A file of another mail (from 1, as they are listed).
    Part { email: EmailId, part: u32 },
}

/// When a mail is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendTime {
    /// So much later, an hour at most: so long the person may take it back.
    After(Duration),
    /// Then, or when there is a connection; at most a year ahead.
    At(Instant),
}
