//! What can go wrong, by what a person can do about it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::model::CertificateFacts;

/// The one list of error kinds; `code()` gives the C status of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The request itself is wrong.
    InvalidInput,
    /// No such account, mailbox, mail or operation.
    NotFound,
    /// Not possible in the present state.
    WrongState,
    /// No answer in time.
    TimedOut,
    /// Canceled on request.
    Canceled,
    /// The engine is shut down.
    Closed,
    /// The network or the server can't be reached.
    Offline,
    /// The server's name has no address.
    NameNotResolved,
    /// TLS could not be agreed on.
    TlsFailed,
    /// The server's certificate does not prove who it is.
    CertificateUntrusted,
    /// User name or password were refused.
    LoginRefused,
    /// The provider wants an app password.
    AppPasswordNeeded,
    /// The provider wants a sign-in in the browser.
    BrowserSignInNeeded,
    /// The server said no.
    ServerRefused,
    /// The mailbox on the server is full.
    QuotaFull,
    /// Over a limit of the server or of ours.
    LimitExceeded,
    /// The server broke the protocol.
    ProtocolBroken,
    /// The mailbox was rebuilt on the server and what was meant is gone.
    FolderReset,
    /// The local store can't be read or written.
    StorageFailed,
    /// The disk is full.
    DiskFull,
    /// The secret store is locked.
    VaultLocked,
    /// The secret store failed.
    VaultFailed,
    /// Our mistake.
    Bug,
}

impl ErrorKind {
    /// The status number of the C ABI. Numbers are never reused.
    pub const fn code(self) -> i32 {
        match self {
            Self::InvalidInput => 100,
            Self::NotFound => 101,
            Self::WrongState => 102,
            Self::TimedOut => 103,
            Self::Canceled => 104,
            Self::Closed => 105,
            Self::Offline => 200,
            Self::NameNotResolved => 201,
            Self::TlsFailed => 300,
            Self::CertificateUntrusted => 301,
            Self::LoginRefused => 400,
            Self::AppPasswordNeeded => 401,
            Self::BrowserSignInNeeded => 402,
            Self::ServerRefused => 500,
            Self::QuotaFull => 501,
            Self::LimitExceeded => 502,
            Self::ProtocolBroken => 503,
            Self::FolderReset => 504,
            Self::StorageFailed => 600,
            Self::DiskFull => 601,
            Self::VaultLocked => 700,
            Self::VaultFailed => 701,
            Self::Bug => 900,
        }
    }

    /// The kind with that status number.
    pub fn from_code(code: i32) -> Option<Self> {
        const ALL: [ErrorKind; 23] = [
            ErrorKind::InvalidInput,
            ErrorKind::NotFound,
            ErrorKind::WrongState,
            ErrorKind::TimedOut,
            ErrorKind::Canceled,
            ErrorKind::Closed,
            ErrorKind::Offline,
            ErrorKind::NameNotResolved,
            ErrorKind::TlsFailed,
            ErrorKind::CertificateUntrusted,
            ErrorKind::LoginRefused,
            ErrorKind::AppPasswordNeeded,
            ErrorKind::BrowserSignInNeeded,
            ErrorKind::ServerRefused,
            ErrorKind::QuotaFull,
            ErrorKind::LimitExceeded,
            ErrorKind::ProtocolBroken,
            ErrorKind::FolderReset,
            ErrorKind::StorageFailed,
            ErrorKind::DiskFull,
            ErrorKind::VaultLocked,
            ErrorKind::VaultFailed,
            ErrorKind::Bug,
        ];
        ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// Whether the engine tries again by itself: nobody has to do anything.
    pub const fn is_passing(self) -> bool {
        matches!(self, Self::TimedOut | Self::Offline | Self::NameNotResolved | Self::ProtocolBroken)
    }

    /// What happened, as half a sentence that holds nothing private.
    const fn sentence(self) -> &'static str {
        match self {
            Self::InvalidInput => "the request is not valid",
            Self::NotFound => "there is no such thing",
            Self::WrongState => "not possible now",
            Self::TimedOut => "no answer in time",
            Self::Canceled => "canceled",
            Self::Closed => "the engine is shut down",
            Self::Offline => "the server can't be reached",
            Self::NameNotResolved => "the server's name has no address",
            Self::TlsFailed => "no secure connection could be made",
            Self::CertificateUntrusted => "the server's certificate is not trusted",
            Self::LoginRefused => "the server refused the user name or password",
            Self::AppPasswordNeeded => "the provider wants an app password",
            Self::BrowserSignInNeeded => "the provider wants a sign-in in the browser",
            Self::ServerRefused => "the server refused",
            Self::QuotaFull => "the mailbox on the server is full",
            Self::LimitExceeded => "over a limit",
            Self::ProtocolBroken => "the server's answer makes no sense",
            Self::FolderReset => "the mailbox was rebuilt on the server",
            Self::StorageFailed => "the local store can't be used",
            Self::DiskFull => "the disk is full",
            Self::VaultLocked => "the secret store is locked",
            Self::VaultFailed => "the secret store can't be used",
            Self::Bug => "a mistake in Waxwing",
        }
    }
}

/// The note of the error (`TimedOut`) of a mail that may have been sent, and isn't sent again unless the person says so.
pub const MAY_HAVE_BEEN_SENT: &str =
    "it can't be known whether the mail was sent: the server's answer was lost";

/// The note of the error (`Canceled`) of a sign-in in the browser to which the person said no there.
pub const NOT_AGREED: &str = "the sign-in was refused in the browser";

/// The note of the error (`TimedOut`) of a sign-in in the browser that nobody ended.
pub const NOBODY_CAME_BACK: &str = "nobody came back from the browser";

/// The note of the error (`InvalidInput`) of a sign-in in the browser with a client id that the provider doesn't know.
pub const CLIENT_UNKNOWN: &str = "the provider doesn't know this program by its id";

/// The note of the error (`InvalidInput`) of a sign-in in the browser that names no client id, of an account that has none.
pub const CLIENT_MISSING: &str = "it isn't known as which program to sign in in the browser";

/// The note of the error (`VaultFailed`) of an account whose secret is known to be an older one: the newer could not be kept.
pub const NEWER_NOT_KEPT: &str = "what is kept is older than what was to be";

/// The note of the error (`LoginRefused`) of a sign-in in the browser whose outcome the mail server doesn't take.
pub const AGREED_AS_ANOTHER: &str = "the mail server doesn't take what the browser gave";

/// The note of the error (`WrongState`) of an account that would be here twice.
pub const ALREADY_HERE: &str = "this account is here already";

/// The note of the error (`LoginRefused`) of settings that there is no secret any more to try with.
pub const NO_PASSWORD: &str = "there is no password any more: sign in first";

/// The note of the error (`InvalidInput`) of a server that may not get the tokens of an account.
pub const PROVIDERS_ONLY: &str = "the sign-in of this account is for its provider's servers alone";

/// The note of the error (`ServerRefused`) of a tag that is new to a mailbox which takes no new ones.
pub const NO_NEW_TAGS: &str = "this mailbox takes no new tags";

/// The note of the error (`ServerRefused`) of a mail to or from an address that the server for sending can't carry.
pub const NO_SUCH_ADDRESSES: &str = "the server for sending carries no addresses in other letters than ASCII";

/// The same of a subject or a name.
pub const NO_SUCH_LETTERS: &str =
    "the server for sending carries no other letters than ASCII above the text as they are";

/// The same of the text.
pub const NO_SUCH_TEXT: &str = "the server for sending carries no text in other letters than ASCII as it is";

/// Why a certificate was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CertificateFault {
    /// No known authority stands behind it.
    UnknownIssuer,
    /// It vouches for itself.
    SelfSigned,
    /// Its last day has passed; nothing else is wrong with it.
    Expired,
    /// Its first day is yet to come; nothing else is wrong with it. Authorities give none out ahead of time: as a rule it is this
    /// device's clock that is wrong.
    NotYetValid,
    /// It belongs to another host, whatever else is wrong with it.
    WrongHost,
    /// Its issuer withdrew it.
    Revoked,
    /// Its key or signature is too weak.
    Weak,
    /// This host had been pinned to another key.
    PinChanged,
    /// It is damaged or not meant for servers.
    Unusable,
}

/// Why a server refused a sign-in, where it isn't the user name or the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignInFault {
    /// IMAP is (or may be) switched off for this mailbox, at the provider.
    ImapOff,
    /// The account is locked or disabled.
    Locked,
    /// Too many sign-ins or connections for now.
    TryLater,
    /// The password has to be changed first.
    PasswordExpired,
    /// The provider wants to see the person on its web page first.
    WebVisitNeeded,
    /// An administrator has to allow it.
    AdminNeeded,
}

/// Why a server can't be reached, where that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NetworkFault {
    /// There is no way out of this device.
    NoNetwork,
    /// Its host answered that nobody serves this port.
    Refused { port: u16 },
}

/// Of what there is too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limited {
    /// Octets of a mail.
    Octets,
    /// People that a mail is for.
    People,
}

/// What is known beyond the kind.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Detail {
    /// Nothing more.
    None,
    /// One more half sentence, ours, holding nothing private.
    Note(&'static str),
    /// Which certificate, and what is wrong with it.
    Certificate { fault: CertificateFault, facts: Option<Arc<CertificateFacts>> },
    /// What the server said. Untrusted: shown as plain text and attributed, never logged.
    Server(Arc<str>),
    /// Why there is no connection: of `Offline`, and of `NameNotResolved` where nobody could be asked for the name.
    Network(NetworkFault),
    /// How much there is of something, and how much of it is taken: of `LimitExceeded`.
    Limit { of: Limited, is: u64, most: u64 },
    /// Why a sign-in was refused, and in which words of the server, which are as those of `Server`.
    SignIn { fault: SignInFault, said: Arc<str> },
}

/// An error. Its `Display` is one sentence that is safe in any log: no address, no subject, no secret, no
/// server text.
#[derive(Clone, Debug)]
pub struct Error {
    kind: ErrorKind,
    detail: Detail,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
    retry: Option<Duration>,
    help: Option<&'static str>,
}

impl Error {
    /// An error with no more to say than its kind.
    pub const fn new(kind: ErrorKind) -> Self {
        Self { kind, detail: Detail::None, source: None, retry: None, help: None }
    }

    /// An error with one more half sentence, such as `"the port must be 993"`.
    pub const fn note(kind: ErrorKind, note: &'static str) -> Self {
        Self { kind, detail: Detail::Note(note), source: None, retry: None, help: None }
    }

    /// A server that can't be reached, and why.
    pub const fn network(kind: ErrorKind, fault: NetworkFault) -> Self {
        Self { kind, detail: Detail::Network(fault), source: None, retry: None, help: None }
    }

    /// There is more of something than is taken.
    pub const fn limit(of: Limited, is: u64, most: u64) -> Self {
        let detail = Detail::Limit { of, is, most };
        Self { kind: ErrorKind::LimitExceeded, detail, source: None, retry: None, help: None }
    }

    /// What the server said when it refused.
    pub fn server(kind: ErrorKind, text: &str) -> Self {
        Self { kind, detail: Detail::Server(Arc::from(text)), source: None, retry: None, help: None }
    }

    /// A sign-in that was refused for another reason than the user name or the password, in these words of the server.
    pub fn sign_in(fault: SignInFault, said: &str) -> Self {
        let kind = match fault {
            SignInFault::TryLater => ErrorKind::ServerRefused,
            SignInFault::ImapOff
            | SignInFault::Locked
            | SignInFault::PasswordExpired
            | SignInFault::WebVisitNeeded
            | SignInFault::AdminNeeded => ErrorKind::LoginRefused,
        };
        Self {
            kind,
            detail: Detail::SignIn { fault, said: Arc::from(said) },
            source: None,
            retry: None,
            help: None,
        }
    }

    /// A certificate that was not accepted.
    pub const fn certificate(fault: CertificateFault, facts: Option<Arc<CertificateFacts>>) -> Self {
        Self {
            kind: ErrorKind::CertificateUntrusted,
            detail: Detail::Certificate { fault, facts },
            source: None,
            retry: None,
            help: None,
        }
    }

    /// The same error with its cause.
    #[must_use]
    pub fn because(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    /// The same error, after which it is tried again by itself: when so much time has passed, if not before.
    #[must_use]
    pub const fn retried_in(mut self, wait: Duration) -> Self {
        self.retry = Some(wait);
        self
    }

    /// In what time from when it was told it is tried again by itself, at the latest. `None`: not without the person, or
    /// that can't be said (there is no network).
    pub const fn retry(&self) -> Option<Duration> {
        self.retry
    }

    /// The same error with the provider's page that helps.
    #[must_use]
    pub(crate) const fn helped_by(mut self, page: Option<&'static str>) -> Self {
        self.help = page;
        self
    }

    /// The provider's page (`https`) for what the person has to do there, from the table of providers alone.
    pub const fn help(&self) -> Option<&'static str> {
        self.help
    }

    /// What the person can do.
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What is known beyond the kind.
    pub const fn detail(&self) -> &Detail {
        &self.detail
    }

    /// What the server said, if it did.
    pub fn server_text(&self) -> Option<&str> {
        match &self.detail {
            Detail::Server(text) | Detail::SignIn { said: text, .. } => Some(text),
            Detail::None
            | Detail::Note(_)
            | Detail::Certificate { .. }
            | Detail::Network(_)
            | Detail::Limit { .. } => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.sentence())?;
        match &self.detail {
            Detail::Note(note) => write!(f, ": {note}"),
            Detail::Certificate { fault, .. } => write!(f, ": {fault:?}"),
            Detail::SignIn { fault, .. } => write!(f, ": {fault:?}"),
            Detail::Limit { of, is, most } => {
                let of = match of {
                    Limited::Octets => "octets",
                    Limited::People => "people",
                };
                write!(f, ": {is} {of}, where {most} are the most")
            }
            Detail::Network(NetworkFault::NoNetwork) => f.write_str(": there is no network"),
            Detail::Network(NetworkFault::Refused { port }) => write!(f, ": port {port} is closed"),
            Detail::None | Detail::Server(_) => Ok(()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| &**source as &(dyn std::error::Error + 'static))
    }
}

impl PartialEq for Error {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.detail == other.detail
    }
}
