//! Everything the engine says.
//!
//! Events invalidate, they carry no rows (but for new mail): on `FolderChanged` a reader reads its visible window again.

use crate::command::Ticket;
use crate::error::Error;
use crate::model::{
    AccountId, Discovery, DraftFileId, DraftId, EmailId, EmailRow, MailboxId, SavedSearchId, SettingsSource,
    SourceState, SyncCounts, TemplateId, TrustQuestion,
};

/// News from the engine, in one total order. A slow listener gets one `Resync` in place of what it missed
/// (never in place of a `Finished`, of new mail or of a question).
#[derive(Clone, Debug)]
pub enum Event {
    /// The one final answer to a command.
    Finished { ticket: Ticket, outcome: Result<Done, Error> },
    /// The state of an account, its error or its count of waiting changes: see `Reader::accounts`.
    AccountChanged { account: AccountId },
    /// Mailboxes came, went or were renamed, or their counts changed: see `Reader::mailboxes`.
    MailboxesChanged { account: AccountId },
    /// The list of a mailbox, or a mail in it, changed. `version` grows with each change.
    FolderChanged { mailbox: MailboxId, version: u64 },
    /// The body of a mail, or something of it that can be read, has arrived, or was found unreadable.
    BodyArrived { email: EmailId },
    /// A change that had been shown was refused by the server for good and is taken back.
    ChangeRefused { ticket: Ticket, error: Error },
    /// How far `Command::AddAccount` or `Command::EditAccount` is; before its end.
    AccountCheck { ticket: Ticket, step: CheckStep, state: CheckState },
    /// A sign-in in the browser: open this page (`https`). With a code: the person types that there, perhaps at another device.
    SignInPage { ticket: Ticket, url: String, code: Option<String> },
    /// New unread mail in an inbox, for notifications: each is told of once, whatever process found it, and never again. So
    /// this alone carries rows: the newest of `total`, oldest first, each with its UID.
    NewMail { account: AccountId, mailbox: MailboxId, emails: Vec<(EmailRow, u32)>, total: u64 },
    /// A server's certificate is not believed, and a person may decide otherwise ([`Command::DecideTrust`](crate::Command)).
    /// Beside the error of whoever wanted to connect; once for each key at a port of a host, however often that is tried. All
    /// of them: `Reader::trust_questions`.
    TrustQuestion(Box<TrustQuestion>),
    /// `done` of `total` mails of this account have their bodies on this device.
    Progress { account: AccountId, done: u64, total: u64 },
    /// How far a search for settings has come with one source. Before its end; a source of which no more is told than `Asking` was
    /// no longer needed.
    DiscoveryProgress { ticket: Ticket, source: SettingsSource, state: SourceState },
    /// How many of `total` mailboxes a search on servers has been through; before its end.
    SearchProgress { ticket: Ticket, done: u64, total: u64 },
    /// `done` of `total` octets of a file of a mail, coded as they come, are here: `Command::FetchPart`; before its end.
    PartProgress { ticket: Ticket, email: EmailId, part: u32, done: u64, total: u64 },
    /// Searches that are kept came, went or have other names: see `Reader::saved_searches`.
    SearchesChanged,
    /// Drafts came, went, or are other than they were: see `Reader::drafts`.
    DraftsChanged,
    /// Texts that are kept came, went or are others: see `Reader::templates`.
    TemplatesChanged,
    /// The server's own words (RFC 9051 ALERT): untrusted plain text, to be attributed to the server.
    Alert { account: AccountId, text: String },
    /// Something was missed: read everything on the screen again.
    Resync,
}

/// What is tried of new settings, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckStep {
    /// Whether the server for mail is who it says, and takes the secret.
    Incoming,
    /// Which mailboxes there are.
    Mailboxes,
    /// The same as the first for the server for sending, where there is one.
    Outgoing,
}

/// How a step of it goes.
#[derive(Clone, Debug, PartialEq)]
pub enum CheckState {
    /// It is under way.
    Begun,
    /// It went well; of mailboxes how many there are.
    Passed(u64),
    /// With this error the command ends.
    Failed(Error),
}

/// What a finished command gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// It is done; there is nothing to hand over.
    Nothing,
    /// The account that was added.
    Account(AccountId),
    /// What was found out about an address.
    Discovered(Box<Discovery>),
    /// It was synced; what came for its accounts meanwhile.
    Synced(SyncCounts),
    /// Servers were searched. How many mails they found, and whether every mailbox was searched for everything.
    Searched { found: u64, is_all: bool },
    /// The search that is kept.
    SearchSaved(SavedSearchId),
    /// The draft.
    Draft(DraftId),
    /// The file of a draft.
    DraftFile(DraftFileId),
    /// The text that is kept.
    Template(TemplateId),
    /// A change was taken back before it left this device, or its inverse is queued under this ticket.
    Undone(Ticket),
    /// How everything is doing, for whoever helps: JSON on one line, without an address, a name of a person, a server or a
    /// mailbox, text of mails or a secret. Its form changes from version to version.
    Report(String),
    /// What a server offers and which ways were chosen, for whoever helps: lines of a name, a colon and what it is, with as
    /// little private as in the report.
    Capabilities(String),
}
