//! From an address to settings.

use std::mem::MaybeUninit;

use waxwing_core::Command;
use waxwing_core::model::{
    Discovery, HintKind, Obstacle, Proposal, Security, SettingsSource, SignInMethod, SourceState,
};

use crate::accounts::{WAXWING_SECURITY_STARTTLS, WAXWING_SECURITY_TLS, request, waxwing_security};
use crate::client::{Purpose, waxwing_client, waxwing_request};
use crate::rows::{Row, waxwing_rows};
use crate::status::waxwing_status;
use crate::text::{Texts, waxwing_str};

/// A way to sign in.
pub type waxwing_auth = i32;
/// With the password of the account.
pub const WAXWING_AUTH_PASSWORD: waxwing_auth = 1;
/// In the browser (OAuth 2 with PKCE).
pub const WAXWING_AUTH_OAUTH2: waxwing_auth = 2;
/// With a password that the provider makes for an app.
pub const WAXWING_AUTH_APP_PASSWORD: waxwing_auth = 3;

/// Who named settings. An open set.
pub type waxwing_settings_source = i32;
/// The table of well-known providers that comes with the library.
pub const WAXWING_SOURCE_TABLE: waxwing_settings_source = 1;
/// The domain itself, at autoconfig.DOMAIN.
pub const WAXWING_SOURCE_AUTOCONFIG: waxwing_settings_source = 2;
/// Records of services in DNS (RFC 6186).
pub const WAXWING_SOURCE_SRV: waxwing_settings_source = 3;
/// The provider that takes the domain's mail, by DNS.
pub const WAXWING_SOURCE_MX: waxwing_settings_source = 4;
/// Servers of usual names that answered.
pub const WAXWING_SOURCE_GUESS: waxwing_settings_source = 5;
/// The domain itself, under DOMAIN/.well-known.
pub const WAXWING_SOURCE_WELL_KNOWN: waxwing_settings_source = 6;
/// Mozilla's collection of providers.
pub const WAXWING_SOURCE_ISPDB: waxwing_settings_source = 7;

/// Why there is nothing to sign in to. An open set; 0: it isn't known that there isn't.
pub type waxwing_obstacle = i32;
/// The provider has no IMAP.
pub const WAXWING_OBSTACLE_NO_IMAP: waxwing_obstacle = 1;
/// The provider has POP3 alone.
pub const WAXWING_OBSTACLE_POP_ONLY: waxwing_obstacle = 2;
/// There is no such domain.
pub const WAXWING_OBSTACLE_NO_SUCH_DOMAIN: waxwing_obstacle = 3;
/// The network can't be reached.
pub const WAXWING_OBSTACLE_OFFLINE: waxwing_obstacle = 4;
/// Whoever answers is always somebody else: a network that wants a sign-in of its own first.
pub const WAXWING_OBSTACLE_CAPTIVE_PORTAL: waxwing_obstacle = 5;

/// Settings that somebody named for an address.
#[repr(C)]
pub struct waxwing_setup_row {
    /// The provider's name; "" if nobody said. From any source but the table a stranger's text.
    pub provider: waxwing_str,
    pub imap_host: waxwing_str,
    pub imap_port: u16,
    pub imap_security: waxwing_security,
    /// The server to send mail by; "" if none was named.
    pub smtp_host: waxwing_str,
    pub smtp_port: u16,
    pub smtp_security: waxwing_security,
    /// The name to sign in with.
    pub user_name: waxwing_str,
    /// The best way to sign in.
    pub auth: waxwing_auth,
    pub source: waxwing_settings_source,
    /// A server of that name and port proved who it is, and speaks IMAP. Otherwise that wasn't tried, or failed.
    pub verified_tls: bool,
    /// A page of the provider (https) for what the person has to do there first; "" if there is nothing, or no page is known.
    pub hint: waxwing_str,
    /// What that is: 0 nothing, 1 have an app password made, 2 allow IMAP in the settings of the mailbox.
    pub hint_kind: i32,
    /// The host lies outside the address's domain, and only DNS or a guess named it: show it, and have it confirmed, before a
    /// password goes there (RFC 6186 section 6).
    pub needs_confirming: bool,
    /// Another way to sign in; 0 if there is none.
    pub other_auth: waxwing_auth,
    /// The name to try when the server refuses `user_name`; "" if there is none.
    pub other_user_name: waxwing_str,
    /// The address, cleaned: its domain in lower case and as DNS has it.
    pub address: waxwing_str,
    /// OAuth 2: where the person agrees, where tokens are had, and what is asked for, separated by spaces; "" where that isn't
    /// known, and then the browser can't be used.
    pub oauth_authorize: waxwing_str,
    pub oauth_token: waxwing_str,
    pub oauth_scopes: waxwing_str,
}

// SAFETY: plain data.
unsafe impl Row for waxwing_setup_row {}

/// Finds the settings for an address, as a person typed it; at most ten seconds. Meanwhile PROGRESS tells of each source.
/// Nothing is kept of it, and no password is needed. Final: SETUP_FOUND, also where nothing is found; FAILED where this is no
/// address.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_setup_discover(
    client: MaybeUninit<&waxwing_client>,
    address: waxwing_str,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    request(client, "waxwing_setup_discover", out_request, Purpose::Plain, || {
        // SAFETY: the caller's promise.
        let address = unsafe { address.read("address")? }.to_owned();
        Ok(Command::Discover { address })
    })
}

/// The proposals as rows.
pub(crate) fn rows_of(discovery: &Discovery) -> Box<waxwing_rows> {
    let mut texts = Texts::default();
    let address = texts.keep(&discovery.address);
    let rows = discovery.proposals.iter().map(|proposal| row_of(proposal, address, &mut texts)).collect();
    waxwing_rows::of::<waxwing_setup_row>(rows, texts)
}

fn row_of(proposal: &Proposal, address: waxwing_str, texts: &mut Texts) -> waxwing_setup_row {
    let submission = proposal.submission.as_ref();
    let auth = |place: usize| proposal.sign_in.get(place).map_or(0, |method| auth_of(*method));
    let hint = proposal.hint.as_ref();
    let oauth = proposal.oauth.as_ref();
    let mut name =
        |place: usize| texts.keep(proposal.user_names.get(place).map(String::as_str).unwrap_or_default());
    let (user_name, other_user_name) = (name(0), name(1));
    waxwing_setup_row {
        provider: texts.keep(&proposal.provider),
        imap_host: texts.keep(&proposal.imap_host),
        imap_port: proposal.imap_port,
        imap_security: security_of(proposal.imap_security),
        smtp_host: texts.keep(submission.map(|server| server.host.as_str()).unwrap_or_default()),
        smtp_port: submission.map_or(0, |server| server.port),
        smtp_security: submission.map_or(0, |server| security_of(server.security)),
        user_name,
        auth: auth(0),
        source: source_of(proposal.source),
        verified_tls: proposal.is_tls_verified,
        hint: texts.keep(hint.and_then(|hint| hint.page.as_deref()).unwrap_or_default()),
        hint_kind: match hint.map(|hint| hint.kind) {
            None => 0,
            Some(HintKind::AppPassword) => 1,
            Some(HintKind::SwitchOn) => 2,
        },
        needs_confirming: proposal.needs_confirming,
        other_auth: auth(1),
        other_user_name,
        address,
        oauth_authorize: texts.keep(oauth.map(|oauth| oauth.authorize.as_str()).unwrap_or_default()),
        oauth_token: texts.keep(oauth.map(|oauth| oauth.token.as_str()).unwrap_or_default()),
        oauth_scopes: texts.keep(&oauth.map(|oauth| oauth.scopes.join(" ")).unwrap_or_default()),
    }
}

pub(crate) fn security_of(security: Security) -> waxwing_security {
    match security {
        Security::StartTls => WAXWING_SECURITY_STARTTLS,
        // There is no less safe one to be mistaken for it.
        _ => WAXWING_SECURITY_TLS,
    }
}

fn auth_of(method: SignInMethod) -> waxwing_auth {
    match method {
        SignInMethod::Password => WAXWING_AUTH_PASSWORD,
        SignInMethod::Browser => WAXWING_AUTH_OAUTH2,
        SignInMethod::AppPassword => WAXWING_AUTH_APP_PASSWORD,
    }
}

pub(crate) fn source_of(source: SettingsSource) -> waxwing_settings_source {
    match source {
        SettingsSource::Table => WAXWING_SOURCE_TABLE,
        SettingsSource::Autoconfig => WAXWING_SOURCE_AUTOCONFIG,
        SettingsSource::WellKnown => WAXWING_SOURCE_WELL_KNOWN,
        SettingsSource::Ispdb => WAXWING_SOURCE_ISPDB,
        SettingsSource::Srv => WAXWING_SOURCE_SRV,
        SettingsSource::Mx => WAXWING_SOURCE_MX,
        SettingsSource::Guess => WAXWING_SOURCE_GUESS,
    }
}

pub(crate) fn state_of(state: SourceState) -> u64 {
    match state {
        SourceState::Asking => 1,
        SourceState::Found => 2,
        SourceState::Nothing => 3,
        SourceState::Unreached => 4,
    }
}

pub(crate) fn obstacle_of(obstacle: Option<Obstacle>) -> waxwing_obstacle {
    match obstacle {
        None => 0,
        Some(Obstacle::NoImap) => WAXWING_OBSTACLE_NO_IMAP,
        Some(Obstacle::PopOnly) => WAXWING_OBSTACLE_POP_ONLY,
        Some(Obstacle::NoSuchDomain) => WAXWING_OBSTACLE_NO_SUCH_DOMAIN,
        Some(Obstacle::Offline) => WAXWING_OBSTACLE_OFFLINE,
        Some(Obstacle::CaptivePortal) => WAXWING_OBSTACLE_CAPTIVE_PORTAL,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use waxwing_core::model::{Hint, OAuthEndpoints, SubmissionServer};

    use super::*;

    fn text(text: waxwing_str) -> String {
        // SAFETY: its texts live as long as the test.
        unsafe { text.read("a text") }.unwrap().to_owned()
    }

    #[test]
    fn nothing_of_a_proposal_is_lost_on_the_way() {
        let proposal = Proposal {
            provider: "Example".into(),
            source: SettingsSource::Srv,
            imap_host: "imap.example.org".into(),
            imap_port: 143,
            imap_security: Security::StartTls,
            submission: Some(SubmissionServer {
                host: "smtp.example.org".into(),
                port: 587,
                security: Security::StartTls,
            }),
            user_names: vec!["ann@example.org".into(), "ann".into()],
            sign_in: vec![SignInMethod::AppPassword, SignInMethod::Browser],
            oauth: Some(OAuthEndpoints {
                issuer: "example.org".into(),
                authorize: "https://example.org/a".into(),
                token: "https://example.org/t".into(),
                device: None,
                scopes: vec!["read".into(), "send".into()],
            }),
            needs_confirming: true,
            is_tls_verified: true,
            hint: Some(Hint { kind: HintKind::SwitchOn, page: Some("https://example.org/h".into()) }),
        };
        let mut texts = Texts::default();
        let address = texts.keep("ann@example.org");
        let row = row_of(&proposal, address, &mut texts);
        assert_eq!(
            (text(row.imap_host), row.imap_port, row.imap_security),
            ("imap.example.org".into(), 143, 2)
        );
        assert_eq!(
            (text(row.smtp_host), row.smtp_port, row.smtp_security),
            ("smtp.example.org".into(), 587, 2)
        );
        assert_eq!(
            (text(row.user_name), text(row.other_user_name)),
            ("ann@example.org".into(), "ann".into())
        );
        assert_eq!((row.auth, row.other_auth, row.source), (3, 2, 3));
        assert!(row.needs_confirming && row.verified_tls);
        assert_eq!((row.hint_kind, text(row.hint)), (2, "https://example.org/h".into()));
        let oauth = [row.oauth_authorize, row.oauth_token, row.oauth_scopes].map(text);
        assert_eq!(oauth, ["https://example.org/a", "https://example.org/t", "read send"]);
        assert_eq!((text(row.provider), text(row.address)), ("Example".into(), "ann@example.org".into()));

        let bare = Proposal { submission: None, oauth: None, hint: None, sign_in: vec![], ..proposal };
        let row = row_of(&Proposal { user_names: vec!["a".into()], ..bare }, address, &mut texts);
        let none =
            [row.smtp_host, row.other_user_name, row.hint, row.oauth_token, row.oauth_scopes].map(text);
        assert_eq!(none.concat(), "");
        assert_eq!(
            (row.smtp_port, row.smtp_security, row.auth, row.other_auth, row.hint_kind),
            (0, 0, 0, 0, 0)
        );
    }

    #[test]
    fn sources_and_obstacles_have_numbers_of_their_own() {
        let mut sources = SettingsSource::ALL.map(source_of);
        sources.sort_unstable();
        assert_eq!(sources, [1, 2, 3, 4, 5, 6, 7]);
        let obstacles = [
            None,
            Some(Obstacle::NoImap),
            Some(Obstacle::PopOnly),
            Some(Obstacle::NoSuchDomain),
            Some(Obstacle::Offline),
            Some(Obstacle::CaptivePortal),
        ];
        assert_eq!(obstacles.map(obstacle_of), [0, 1, 2, 3, 4, 5]);
    }
}
