//! What a search is asked and what it answers.

use super::{AccountId, EmailRow, MailboxId};

/// Where to search.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SearchScope {
    /// In every mailbox of every account.
    #[default]
    Everywhere,
    /// In every mailbox of one account.
    Account(AccountId),
    /// In one mailbox.
    Mailbox(MailboxId),
}

/// A window of what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The rows from `first` on, newest first; each mail once.
    pub rows: Vec<EmailRow>,
    /// The place of `rows[0]` in all that was found.
    pub first: usize,
    /// How many mails were found.
    pub total: usize,
    /// Whether that is all. If not, there are at least `total`: counting on would keep the person waiting.
    pub is_all: bool,
}
