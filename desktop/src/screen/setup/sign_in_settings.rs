//! What there is to sign in with: settings that were found or typed, the ways to sign in by them, and how that goes.

use waxwing_core::ErrorKind;
use waxwing_core::event::{CheckState, CheckStep};
use waxwing_core::model::{
    AccountConfig, AccountStatus, Hint, HintKind, OAuthEndpoints, Proposal, SecretKind, SettingsSource,
    SignInMethod,
};
use waxwing_core::setup::endpoints_of_server;

use super::browser::Browser;
use super::failure::Failure;
use super::person::Person;
use super::servers::{Problem, Servers};
use super::{CLIENT_FIELD, NEXT, PASSWORD_FIELD};
use crate::words;

/// Settings to sign in with, and how that goes.
#[derive(Clone, Debug)]
pub(super) struct SignIn {
    pub(super) proposal: Option<Proposal>,
    pub(super) servers: Servers,
    /// Whether the servers are open to be changed, and whether they were.
    pub(super) is_open: bool,
    pub(super) is_changed: bool,
    /// The person knows the host that only DNS or a guess named.
    pub(super) is_confirmed: bool,
    /// Which checks were told of, in order.
    pub(super) checks: [Option<CheckState>; 3],
    pub(super) failure: Option<Failure>,
    pub(super) problems: Vec<Problem>,
    pub(super) is_password_missing: bool,
    /// Sending is left for later.
    pub(super) without_sending: bool,
    /// The way the person chose, where there are several.
    pub(super) way: Option<SignInMethod>,
    pub(super) browser: Browser,
}

impl SignIn {
    pub(super) fn with(proposal: Proposal, person: &Person) -> Self {
        let servers = Servers::of(&proposal, &person.address());
        let browser = Browser::at(proposal.oauth.as_ref());
        Self { proposal: Some(proposal), browser, ..Self::of(servers) }
    }

    fn of(servers: Servers) -> Self {
        Self {
            proposal: None,
            servers,
            is_open: false,
            is_changed: false,
            is_confirmed: false,
            checks: [None, None, None],
            failure: None,
            problems: Vec::new(),
            is_password_missing: false,
            without_sending: false,
            way: None,
            browser: Browser::default(),
        }
    }

    pub(super) fn by_hand() -> Self {
        Self { is_open: true, ..Self::of(Servers::default()) }
    }

    pub(super) fn again(account: &AccountStatus) -> Self {
        // Sending is nothing it is signed in to for.
        let servers = Servers { smtp_host: String::new(), ..Servers::of_account(&account.config) };
        let failure = account.error.clone().map(|error| Failure { wait: 0, ..Failure::new(error, None) });
        let config = &account.config;
        let is_by_browser = config.secret_kind == SecretKind::Grant;
        let provider = endpoints_of_server(&config.imap_host, config.imap_port);
        let browser = Browser::again(provider.as_ref(), is_by_browser);
        let way = is_by_browser.then_some(SignInMethod::Browser);
        Self { failure, is_changed: true, way, browser, ..Self::of(servers) }
    }

    /// The name on the card.
    pub(super) fn provider(&self) -> &str {
        match &self.proposal {
            Some(proposal) if !self.is_changed && !proposal.provider.is_empty() => &proposal.provider,
            _ => &self.servers.imap_host,
        }
    }

    /// Who named the settings; `None`: the person.
    pub(super) fn source(&self) -> Option<SettingsSource> {
        self.proposal.as_ref().filter(|_| !self.is_changed).map(|proposal| proposal.source)
    }

    /// The host that is to be confirmed first.
    pub(super) fn unconfirmed(&self) -> Option<&str> {
        let proposal = self.proposal.as_ref().filter(|proposal| proposal.needs_confirming)?;
        (!self.is_confirmed && !self.is_changed).then_some(proposal.imap_host.as_str())
    }

    /// Where a sign-in in the browser takes place, if that is known.
    pub(super) fn oauth(&self) -> Option<OAuthEndpoints> {
        match self.proposal.as_ref().filter(|_| !self.is_changed) {
            Some(proposal) => proposal.oauth.clone(),
            None => {
                let imap = self.servers.imap().ok()?;
                endpoints_of_server(&imap.host, imap.port)
            }
        }
    }

    /// Whose page that is, as a host.
    pub(super) fn issuer(&self) -> String {
        self.oauth().map_or_else(|| self.provider().to_owned(), |provider| provider.issuer)
    }

    /// The ways to sign in that can be gone here, best first.
    fn ways(&self) -> Vec<SignInMethod> {
        let has_page = self.oauth().is_some();
        let named = match self.proposal.as_ref().filter(|_| !self.is_changed) {
            Some(proposal) => proposal.sign_in.clone(),
            // Of servers that the person typed nothing else is known.
            None => vec![SignInMethod::Password, SignInMethod::Browser],
        };
        named
            .into_iter()
            .filter(|way| *way != SignInMethod::Browser || has_page || self.is_way(*way))
            .collect()
    }

    fn is_way(&self, way: SignInMethod) -> bool {
        self.way == Some(way)
    }

    /// How to sign in; `None` where there is no way. A client id is asked of the person where there is no other way alone.
    pub(super) fn method(&self) -> Option<SignInMethod> {
        let ways = self.ways();
        let chosen = self.way.filter(|way| ways.contains(way));
        let is_easy = |way: &&SignInMethod| **way != SignInMethod::Browser || self.browser.has_client();
        chosen.or_else(|| ways.iter().find(is_easy).or(ways.first()).copied())
    }

    pub(super) fn is_by_browser(&self) -> bool {
        self.method() == Some(SignInMethod::Browser)
    }

    /// In the browser for who signs in with a password, and the other way round, where both can be done.
    pub(super) fn other_way(&self) -> Option<SignInMethod> {
        let is_by_browser = self.is_by_browser();
        self.ways().into_iter().find(|way| (*way == SignInMethod::Browser) != is_by_browser)
    }

    /// What is to be filled in or pressed first.
    pub(super) fn field(&self) -> &'static str {
        match (self.is_by_browser(), self.browser.has_client()) {
            (false, _) => PASSWORD_FIELD,
            (true, true) => NEXT,
            (true, false) => CLIENT_FIELD,
        }
    }

    /// Whether the password is one made for apps: by the provider's settings, or as it said itself.
    pub(super) fn wants_app_password(&self) -> bool {
        let was_said =
            self.failure.as_ref().is_some_and(|it| it.error.kind() == ErrorKind::AppPasswordNeeded);
        was_said || self.method() == Some(SignInMethod::AppPassword)
    }

    /// What is to be done at the provider first.
    pub(super) fn hint(&self) -> Option<&Hint> {
        let hint = self.proposal.as_ref().and_then(|proposal| proposal.hint.as_ref());
        // Who signs in in the browser needs no password.
        hint.filter(|hint| hint.kind != HintKind::AppPassword || !self.is_by_browser())
    }

    pub(super) fn hint_page(&self) -> Option<(HintKind, String)> {
        self.hint().and_then(|hint| Some((hint.kind, hint.page.clone()?)))
    }

    /// The other of the names a provider is known to take, unless the engine tries both by itself.
    pub(super) fn other_user_name(&self) -> Option<String> {
        let tried = &self.servers.user_name;
        let names = &self.proposal.as_ref()?.user_names;
        names.iter().find(|name| !tried.is_empty() && *name != tried).cloned()
    }

    pub(super) fn config(&self, person: &Person) -> Result<AccountConfig, Problem> {
        let imap = self.servers.imap()?;
        let submission = if self.without_sending { None } else { self.servers.smtp()? };
        Ok(AccountConfig {
            address: person.address(),
            display_name: person.name.trim().to_owned(),
            user_name: self.servers.user_name.trim().to_owned(),
            imap_host: imap.host,
            imap_port: imap.port,
            imap_security: imap.security,
            secret_kind: SecretKind::Password,
            submission,
        })
    }

    /// Takes in how a check goes. `true`: the person was in the browser until now.
    pub(super) fn heard(&mut self, step: CheckStep, state: CheckState) -> bool {
        let [incoming, mailboxes, outgoing] = &mut self.checks;
        let slot = match step {
            CheckStep::Incoming => incoming,
            CheckStep::Mailboxes => mailboxes,
            CheckStep::Outgoing => outgoing,
        };
        *slot = Some(state);
        let was_open = self.browser.is_open();
        self.browser.close();
        was_open
    }

    /// The check that failed.
    pub(super) fn failed_step(&self) -> Option<CheckStep> {
        let steps = [CheckStep::Incoming, CheckStep::Mailboxes, CheckStep::Outgoing];
        let mut failed = steps.into_iter().zip(&self.checks);
        failed.find(|(_, state)| matches!(state, Some(CheckState::Failed(_)))).map(|(step, _)| step)
    }

    pub(super) fn is_without_sending(&self) -> bool {
        self.without_sending
    }

    /// Whether the server wants a pause that isn't over.
    pub(super) fn is_waiting(&self) -> bool {
        self.failure.as_ref().is_some_and(|failure| failure.wait > 0)
    }

    /// What is said below the password if it is missing.
    pub(super) fn password_problem(&self) -> Option<&'static str> {
        self.is_password_missing.then_some(words::PASSWORD_MISSING)
    }
}
