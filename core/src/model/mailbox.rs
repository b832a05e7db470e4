//! Mailboxes.

use super::{AccountId, MailboxId};

/// What a mailbox is for (RFC 6154). The numbers are those of the C ABI and of the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// None in particular.
    #[default]
    None = 0,
    /// Where new mail arrives.
    Inbox = 1,
    /// Copies of what was sent.
    Sent = 2,
    /// Mail being written.
    Drafts = 3,
    /// Thrown away.
    Trash = 4,
    /// Unwanted.
    Junk = 5,
    /// Kept out of sight.
    Archive = 6,
    /// Everything (Gmail's All Mail).
    All = 7,
    /// A view of all starred mail.
    Flagged = 8,
}

impl Role {
    /// Every role, in the order of the sidebar.
    pub const ALL: [Self; 9] = [
        Self::Inbox,
        Self::Flagged,
        Self::Drafts,
        Self::Sent,
        Self::Archive,
        Self::All,
        Self::Junk,
        Self::Trash,
        Self::None,
    ];

    /// The role with that number in the store, `None` for unknown ones.
    pub fn from_number(number: i64) -> Self {
        Self::ALL.into_iter().find(|role| *role as i64 == number).unwrap_or_default()
    }
}

/// A mailbox with its counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// Its id on this device.
    pub id: MailboxId,
    /// Whose it is.
    pub account: AccountId,
    /// The last part of its path, as shown; INBOX is left to the interface to name.
    pub name: String,
    /// The whole path, decoded to UTF-8, with the server's delimiter.
    pub path: String,
    /// How deep it lies below the top (0 = top).
    pub depth: u32,
    /// What it is for.
    pub role: Role,
    /// Whether it can hold mail.
    pub selectable: bool,
    /// How many mails are in it, with changes not yet on the server counted as done.
    pub total: u64,
    /// How many of them are unread.
    pub unread: u64,
}
