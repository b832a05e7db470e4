//! Accounts: what was configured and how they are doing.

use super::{AccountId, Instant, SecretKind};
use crate::error::Error;

/// How a connection is secured. There is no value for "not at all".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Security {
    /// TLS from the first byte (RFC 8314).
    #[default]
    Tls,
    /// TLS after words in the clear (STARTTLS, RFC 3207): only where a person or a program chose it. A server that doesn't
    /// offer it, or refuses it, is left.
    StartTls,
}

/// The server an account sends mail by (RFC 6409). The user name and the secret are those of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubmissionServer {
    /// Its host name (or address literal); its certificate must be for this name.
    pub host: String,
    /// 465 with TLS from the first byte, 587 with STARTTLS, as a rule.
    pub port: u16,
    /// How the connection is secured.
    pub security: Security,
}

/// An account's settings; its secret lives in the vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountConfig {
    /// The person's mail address.
    pub address: String,
    /// The person's name, may be empty.
    pub display_name: String,
    /// The name to sign in with, often the address.
    pub user_name: String,
    /// The IMAP server's host name (or address literal); its certificate must be for this name.
    pub imap_host: String,
    /// The IMAP server's port, 993 as a rule; 143 is refused.
    pub imap_port: u16,
    /// How the connection is secured.
    pub imap_security: Security,
    /// What its secret is.
    pub secret_kind: SecretKind,
    /// By which server it sends; without one `Command::Send` is refused.
    pub submission: Option<SubmissionServer>,
}

/// How an account is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountState {
    /// Not connected; tried again by itself.
    Offline,
    /// Connecting or signing in.
    Connecting,
    /// Connected.
    Online,
    /// Waits for a new secret.
    SignInNeeded,
    /// Waits for a decision about a certificate.
    TrustNeeded,
    /// Can't go on; `error` says why.
    Failed,
}

/// An account as the interface shows it.
#[derive(Clone, Debug)]
pub struct AccountStatus {
    /// Its id on this device.
    pub id: AccountId,
    /// Its settings.
    pub config: AccountConfig,
    /// How it is doing.
    pub state: AccountState,
    /// What the present trouble is, if any.
    pub error: Option<Error>,
    /// Changes made here and not yet on the server.
    pub waiting: u64,
    /// When it was last wholly in step with the server.
    pub synced: Option<Instant>,
    /// Mails whose bodies are here, and those besides that are to be fetched: equal when the download is complete. Which
    /// those are is said by `Command::SetKeep`.
    pub bodies: (u64, u64),
}

/// What a certificate says, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFacts {
    /// Whom it names (subject), as text.
    pub subject: String,
    /// Who vouches for it (issuer), as text.
    pub issuer: String,
    /// The host names and addresses it is for.
    pub names: Vec<String>,
    /// Its first moment.
    pub not_before: Instant,
    /// Its last moment.
    pub not_after: Instant,
    /// SHA-256 of the whole certificate, upper-case hex in pairs joined by colons.
    pub sha256: String,
    /// SHA-256 of its public key (SPKI), the thing a pin would hold.
    pub key_sha256: [u8; 32],
}
