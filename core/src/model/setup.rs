//! Setting up an account: what an address says about where its mail is.

use super::{Security, SubmissionServer};

/// Who named settings, the most trusted first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SettingsSource {
    /// The table of well-known providers that comes with the program.
    Table,
    /// The domain itself, at `autoconfig.DOMAIN`, over TLS.
    Autoconfig,
    /// The domain itself, under `DOMAIN/.well-known`, over TLS.
    WellKnown,
    /// Mozilla's collection of providers (ISPDB), over TLS.
    Ispdb,
    /// Records of services in DNS (RFC 6186, RFC 8314).
    Srv,
    /// The provider that takes the domain's mail, by DNS.
    Mx,
    /// Servers of usual names that answered.
    Guess,
}

impl SettingsSource {
    /// All of them, the most trusted first.
    pub const ALL: [Self; 7] =
        [Self::Table, Self::Autoconfig, Self::WellKnown, Self::Ispdb, Self::Srv, Self::Mx, Self::Guess];
}

/// How far the question to a source has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SourceState {
    /// It is being asked.
    Asking,
    /// It named settings, or said that there are none that could be used here.
    Found,
    /// It answered, and named nothing.
    Nothing,
    /// No answer was had.
    Unreached,
}

/// What was found out about an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discovery {
    /// The address without what was around it, its domain in lower case and as DNS has it (RFC 5890 A-labels).
    pub address: String,
    /// The same as people read it; differs only where the domain isn't written in ASCII.
    pub shown: String,
    /// Whose address it is, as the table knows; "" if it doesn't.
    pub provider: String,
    /// Settings to sign in with, best first.
    pub proposals: Vec<Proposal>,
    /// The address that was probably meant: its domain is nearly that of a well-known provider. Servers of the domain as it
    /// was typed were not told the address.
    pub did_you_mean: Option<String>,
    /// Why there is nothing to sign in to, where that is known.
    pub obstacle: Option<Obstacle>,
}

/// Settings that somebody named for an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The provider's name, plain text; "" if nobody said. From anyone but the table it is a stranger's text.
    pub provider: String,
    /// Who named the settings.
    pub source: SettingsSource,
    /// The server for reading mail; its certificate must be for this name.
    pub imap_host: String,
    /// Its port.
    pub imap_port: u16,
    /// How the connection to it is secured.
    pub imap_security: Security,
    /// The server for sending mail, where one was named.
    pub submission: Option<SubmissionServer>,
    /// The names to sign in with, in the order to try them: one or two.
    pub user_names: Vec<String>,
    /// The ways to sign in, best first: at least one.
    pub sign_in: Vec<SignInMethod>,
    /// Where a sign-in in the browser is done, for providers whose addresses for that are known. Without it `Browser` can't be
    /// done here.
    pub oauth: Option<OAuthEndpoints>,
    /// The host lies outside the address's domain, and only DNS or a guess named it: whoever can forge DNS could have. It is
    /// shown and confirmed before a password goes there (RFC 6186 section 6).
    pub needs_confirming: bool,
    /// A server of that name and port proved who it is, and speaks IMAP. Otherwise that wasn't tried, or failed.
    pub is_tls_verified: bool,
    /// What the person has to do at the provider first; from the table alone.
    pub hint: Option<Hint>,
}

/// A way to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignInMethod {
    /// The password of the account.
    Password,
    /// A password that the provider makes for an app.
    AppPassword,
    /// In the browser (OAuth 2).
    Browser,
}

/// Where OAuth 2 takes place (RFC 6749, RFC 8628); addresses of `https`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuthEndpoints {
    /// Who issues tokens, as a host name.
    pub issuer: String,
    /// Where the person agrees.
    pub authorize: String,
    /// Where tokens are had.
    pub token: String,
    /// Where a device without a browser of its own begins, if there is such a way to mail.
    pub device: Option<String>,
    /// What is asked for: reading and sending mail.
    pub scopes: Vec<String>,
}

/// What a person has to do at the provider before the sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    pub kind: HintKind,
    /// The provider's page for it (`https`), where that is known.
    pub page: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HintKind {
    /// Have a password made for this app.
    AppPassword,
    /// Allow IMAP in the settings of the mailbox.
    SwitchOn,
}

/// Why there is nothing to sign in to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Obstacle {
    /// The provider has no IMAP.
    NoImap,
    /// The provider has POP3 alone.
    PopOnly,
    /// There is no such domain.
    NoSuchDomain,
    /// The network can't be reached.
    Offline,
    /// Whoever answers is always somebody else: a network that wants a sign-in of its own first.
    CaptivePortal,
}
