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
    /// In the inboxes of all accounts.
    Inboxes,
    /// In all starred mail.
    Starred,
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

/// How much of what a search looks at it can find: what it doesn't find may still be there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Mails that are listed.
    pub mails: u64,
    /// Those of them whose bodies aren't on this device: they are found by subject and author.
    pub without_body: u64,
    /// Those of them that came, or whose bodies did, and aren't indexed yet, which comes by itself: they may not be found.
    pub not_indexed: u64,
    /// Mailboxes whose list isn't whole yet: older mail may be missing, which comes by itself.
    pub not_listed: u64,
}

impl Coverage {
    /// Mails that are found by all their words, at least.
    pub const fn whole(&self) -> u64 {
        self.mails.saturating_sub(self.without_body).saturating_sub(self.not_indexed)
    }

    /// Whether a search finds whatever is there.
    pub const fn is_whole(&self) -> bool {
        self.without_body == 0 && self.not_indexed == 0 && self.not_listed == 0
    }
}

/// The words of a search that are to be found somewhere, for `mime::places`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchWords {
    /// Wherever they stand.
    pub anywhere: Vec<String>,
    /// In the subject alone, and in the author's name and address alone.
    pub subject: Vec<String>,
    pub from: Vec<String>,
}

/// A search that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SavedSearchId(pub i64);

/// A search that is kept under a name: a folder of whatever it finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedSearch {
    pub id: SavedSearchId,
    pub name: String,
    pub text: String,
    pub scope: SearchScope,
}
