//! What the client speaks of: accounts, mailboxes, mails, flags, instants. Plain data, no behaviour of its own.

mod account;
mod change;
mod channel;
mod compression;
mod draft;
mod email;
mod flags;
mod id;
mod keyword;
mod mailbox;
mod memory;
mod oauth;
mod places;
mod policy;
mod search;
mod secret;
mod setup;
mod sync;
mod time;
mod trust;
mod writing;

pub use account::{AccountConfig, AccountState, AccountStatus, CertificateFacts, Security, SubmissionServer};
pub use change::{ChangeKind, ChangeState, WaitingChange};
pub use channel::ChannelBindings;
pub use compression::Compression;
pub use draft::{Draft, DraftFile, DraftState, DraftVersion, NewFile, Relation, SendTime};
pub use email::{
    Address, Attachment, BodyState, Conversation, EmailRow, ListQuery, Page, ReadableEmail, Tag,
};
pub use flags::{FlagBits, Flags};
pub use id::{AccountId, DraftFileId, DraftId, EmailId, MailboxId, TagId, TemplateId, ThreadId};
pub use keyword::Keyword;
pub(crate) use keyword::tag;
pub use mailbox::{Mailbox, Role};
pub use memory::{MemoryBudget, MemoryRelease};
pub use oauth::{BrowserWay, OAuthClient};
pub use places::{ChosenPlace, FileState, KeyringState, SecretPlace, SecretPlaces};
pub use policy::{Keep, Network};
pub use search::{Coverage, Found, SavedSearch, SavedSearchId, SearchScope, SearchWords};
pub use secret::{Redacted, Secret, SecretKind};
pub use setup::{
    Discovery, Hint, HintKind, OAuthEndpoints, Obstacle, Proposal, SettingsSource, SignInMethod, SourceState,
};
pub use sync::{SyncCounts, SyncScope};
pub use time::{Instant, Moment};
pub use trust::{Pin, QuestionId, TrustDecision, TrustQuestion};
pub use writing::{Contact, Identity, Template};
