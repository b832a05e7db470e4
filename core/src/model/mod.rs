//! What the client speaks of: accounts, mailboxes, mails, flags, instants. Plain data, no behaviour of its own.

mod account;
mod change;
mod channel;
mod compression;
mod email;
mod flags;
mod id;
mod mailbox;
mod policy;
mod search;
mod secret;
mod setup;
mod sync;
mod time;

pub use account::{AccountConfig, AccountState, AccountStatus, CertificateFacts, Security, SubmissionServer};
pub use change::{ChangeKind, ChangeState, WaitingChange};
pub use channel::ChannelBindings;
pub use compression::Compression;
pub use email::{Address, Attachment, BodyState, Conversation, EmailRow, ListQuery, Page, ReadableEmail};
pub use flags::{FlagBits, Flags};
pub use id::{AccountId, EmailId, MailboxId, ThreadId};
pub use mailbox::{Mailbox, Role};
pub use policy::{Keep, Network};
pub use search::{Found, SearchScope};
pub use secret::{Redacted, Secret, SecretKind};
pub use setup::{
    Discovery, Hint, HintKind, OAuthEndpoints, Obstacle, Proposal, SettingsSource, SignInMethod, SourceState,
};
pub use sync::{SyncCounts, SyncScope};
pub use time::{Instant, Moment};
