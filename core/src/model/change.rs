//! Changes that the server has not agreed to.

use super::{EmailId, Instant, MailboxId};
use crate::command::Ticket;
use crate::error::Error;

/// What a change is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    Flags,
    /// Tags.
    Keywords,
    Move,
    Copy,
    /// Deletes mails for ever: also those that another account has by now.
    Delete,
    /// Hands mails over to a server: made here, or from another account.
    Append,
    /// Sends a mail. Once the server has taken it, filing it in Sent is an `Append` of the same operation.
    Send,
    CreateMailbox,
    RenameMailbox,
    DeleteMailbox,
    Subscribe,
}

/// How far a change is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChangeState {
    /// It waits for its turn, a connection, or its next try.
    Queued,
    /// It is being sent.
    Sending,
    /// It was sent and the answer was lost: whether it happened is found out before anything else.
    Unknown,
    /// It was refused and taken back; it waits for `RetryChange` or `DiscardChange`.
    Refused,
}

/// A change, or the part of it that is of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct WaitingChange {
    /// What names it in commands.
    pub operation: Ticket,
    pub kind: ChangeKind,
    pub state: ChangeState,
    /// How often it was tried.
    pub tries: u32,
    /// When it is tried next, if it waits for that.
    pub next_try: Option<Instant>,
    /// Why it was refused; of a mail that waits to be sent, why the last try failed.
    pub error: Option<Error>,
    /// How many mails (or mailboxes) it concerns.
    pub count: u64,
    /// One of the mails.
    pub email: Option<EmailId>,
    /// The mailbox it leads to, or takes place in.
    pub mailbox: Option<MailboxId>,
}
