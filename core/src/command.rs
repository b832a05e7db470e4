//! Every request that can be made of the engine.

use crate::model::{AccountConfig, AccountId, EmailId, FlagBits, MailboxId, Secret};

/// Names one submitted [`Command`]; its single final answer is an [`Event::Finished`](crate::Event) with it.
///
/// For commands that change mail it also names the change afterwards (see [`Command::Undo`]), across restarts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// A request. Each is answered by exactly one `Event::Finished`.
///
/// Changes to mail are shown at once (the change is durable before `FolderChanged` is sent) and finish when
/// the server has agreed, which may be much later: offline is a normal state.
#[derive(Clone, Debug)]
pub enum Command {
    /// Signs in once with these settings; only when that worked are they and the secret kept.
    /// Finishes with [`Done::Account`](crate::Done::Account).
    AddAccount { config: AccountConfig, secret: Secret },
    /// Gives a new secret to an account that asked for one.
    SignIn { account: AccountId, secret: Secret },
    /// Removes the account's local mail, settings and secret. Never touches the server.
    RemoveAccount { account: AccountId },

    /// Sets and clears flags (RFC 9051 section 2.3.2), by `+FLAGS`/`-FLAGS` of exactly these bits.
    SetFlags { emails: Vec<EmailId>, add: FlagBits, remove: FlagBits },
    /// Moves mails to a mailbox of the same account.
    Move { emails: Vec<EmailId>, to: MailboxId },
    /// Moves mails to the account's archive mailbox.
    Archive { emails: Vec<EmailId> },
    /// Moves mails to the account's trash mailbox.
    Trash { emails: Vec<EmailId> },
    /// Expunges exactly these mails. There is no undo.
    DeleteForever { emails: Vec<EmailId> },
    /// Takes back an earlier change: unsent, it is dropped; sent, its inverse is queued.
    Undo { operation: Ticket },

    /// Fetches the body of one mail before everything else, if it isn't here yet.
    FetchBody { email: EmailId },
    /// Brings one mailbox up to date now.
    SyncMailbox { mailbox: MailboxId },
    /// Brings the whole account up to date now, and connects again if it was waiting to.
    SyncAccount { account: AccountId },
    /// Names the mailbox on the screen: it is kept freshest.
    ShowMailbox { mailbox: MailboxId },
}
