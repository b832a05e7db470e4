//! The third step: the password, and whether the servers take it.

use waxwing_core::error::{CLIENT_MISSING, CLIENT_UNKNOWN, Detail, NOT_AGREED};
use waxwing_core::event::{CheckState, CheckStep};
use waxwing_core::model::{
    AccountConfig, AccountStatus, Hint, HintKind, OAuthEndpoints, Proposal, Secret, SecretKind,
    SettingsSource, SignInMethod,
};
use waxwing_core::setup::endpoints_of_server;
use waxwing_core::{Command, Done, Error, ErrorKind};

use super::browser::Browser;
use super::certificate::Certificate;
use super::failure::{Failure, Verb};
use super::person::Person;
use super::servers::{Edit, Problem, Servers};
use super::{
    ADDRESS_FIELD, Action, Asked, CLIENT_FIELD, IMAP_FIELD, NEXT, PASSWORD_FIELD, Purpose, SMTP_FIELD, State,
    Step, USER_FIELD,
};
use crate::words;

/// Settings to sign in with, and how that goes.
#[derive(Clone, Debug)]
pub(super) struct SignIn {
    proposal: Option<Proposal>,
    pub servers: Servers,
    /// Whether the servers are open to be changed, and whether they were.
    pub is_open: bool,
    is_changed: bool,
    /// The person knows the host that only DNS or a guess named.
    is_confirmed: bool,
    /// Which checks were told of, in order.
    pub(super) checks: [Option<CheckState>; 3],
    pub(super) failure: Option<Failure>,
    pub(super) problems: Vec<Problem>,
    pub(super) is_password_missing: bool,
    /// Sending is left for later.
    without_sending: bool,
    /// The way the person chose, where there are several.
    way: Option<SignInMethod>,
    pub(super) browser: Browser,
}

/// What can happen in this step.
#[derive(Clone, Debug)]
pub enum Message {
    Password(Secret),
    /// Show the servers to change them.
    Edit,
    Typed(Edit),
    /// The host is known to the person.
    Confirm,
    /// Sign in that way.
    Way(SignInMethod),
    SignIn,
    /// What a failure offers.
    Do(Verb),
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

    fn config(&self, person: &Person) -> Result<AccountConfig, Problem> {
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
    fn failed_step(&self) -> Option<CheckStep> {
        let steps = [CheckStep::Incoming, CheckStep::Mailboxes, CheckStep::Outgoing];
        let mut failed = steps.into_iter().zip(&self.checks);
        failed.find(|(_, state)| matches!(state, Some(CheckState::Failed(_)))).map(|(step, _)| step)
    }
}

impl State {
    pub(super) fn sign_in(&mut self, message: Message) -> Option<Action> {
        let is_checking = self.is_checking();
        let settings = self.settings.as_mut()?;
        match message {
            // While it is being tried, the form stays what is tried.
            _ if is_checking => {}
            Message::Password(text) => self.password = text,
            Message::Edit => return Some(self.open_servers(IMAP_FIELD)),
            Message::Confirm => {
                settings.is_confirmed = true;
                return Some(Action::Focus(settings.field()));
            }
            Message::Way(way) => {
                settings.way = Some(way);
                settings.failure = None;
                return Some(Action::Focus(settings.field()));
            }
            Message::SignIn => {
                settings.without_sending = false;
                return self.begin_sign_in();
            }
            Message::Do(verb) => return self.after_failure(verb),
            Message::Typed(edit) => {
                settings.is_changed = true;
                settings.servers.edit(edit);
                let provider = settings.oauth();
                settings.browser.moved(provider.as_ref());
            }
        }
        None
    }

    fn open_servers(&mut self, field: &'static str) -> Action {
        if let Some(settings) = &mut self.settings {
            settings.is_open = true;
            settings.failure = None;
        }
        Action::Focus(field)
    }

    fn after_failure(&mut self, verb: Verb) -> Option<Action> {
        let settings = self.settings.as_mut()?;
        match verb {
            Verb::Again => self.begin_sign_in(),
            Verb::Servers => {
                let is_sending = settings.failure.as_ref().is_some_and(Failure::is_only_sending);
                Some(self.open_servers(if is_sending { SMTP_FIELD } else { IMAP_FIELD }))
            }
            Verb::UserName => Some(self.open_servers(USER_FIELD)),
            Verb::As(name) => {
                settings.servers.user_name = name;
                self.begin_sign_in()
            }
            Verb::OpenPage(_, page) => Some(Action::Open(page)),
            Verb::Way(way) => {
                let focus = self.sign_in(Message::Way(way));
                let goes_on = self.settings.as_ref()?.is_by_browser();
                if goes_on { self.begin_sign_in() } else { focus }
            }
            Verb::ReadNow => {
                settings.without_sending = true;
                self.begin_sign_in()
            }
            Verb::OtherAddress => {
                settings.failure = None;
                self.step = Step::Person;
                Some(Action::Focus(ADDRESS_FIELD))
            }
        }
    }

    /// Looks through what is typed; keeps the password where it was chosen; then signs in.
    pub(super) fn begin_sign_in(&mut self) -> Option<Action> {
        let settings = self.settings.as_mut()?;
        if settings.unconfirmed().is_some() || settings.method().is_none() || settings.is_waiting() {
            return None;
        }
        settings.problems = settings.servers.problems();
        let is_by_browser = settings.is_by_browser();
        settings.is_password_missing = !is_by_browser && self.password.reveal().is_empty();
        if let Some(problem) = settings.problems.first() {
            settings.is_open = true;
            settings.failure = None;
            return Some(Action::Focus(problem.field()));
        }
        if settings.is_password_missing {
            return Some(Action::Focus(PASSWORD_FIELD));
        }
        if is_by_browser && settings.browser.lacks_client() {
            return Some(Action::Focus(CLIENT_FIELD));
        }
        match self.keeping.before_sign_in() {
            Err(field) => Some(Action::Focus(field)),
            Ok(Some(command)) => Some(Action::Do(Asked::Place, command)),
            Ok(None) => self.submit(),
        }
    }

    /// Hands the settings over.
    pub(super) fn submit(&mut self) -> Option<Action> {
        let settings = self.settings.as_mut()?;
        let mut secret = self.password.clone();
        if settings.wants_app_password() {
            secret = Secret::new(secret.reveal().split_whitespace().collect::<String>());
        }
        settings.checks = [None, None, None];
        settings.failure = None;
        settings.is_open = false;
        let is_by_browser = settings.is_by_browser();
        let provider = settings.oauth();
        let command = match &self.purpose {
            Purpose::Again(account) if is_by_browser => settings.browser.sign_in(account.id, provider),
            Purpose::First | Purpose::Another if is_by_browser => {
                settings.browser.add(settings.config(&self.person).ok()?, provider)?
            }
            Purpose::Again(account) => {
                settings.checks[0] = Some(CheckState::Begun);
                Command::SignIn { account: account.id, secret }
            }
            Purpose::First | Purpose::Another => {
                Command::AddAccount { config: settings.config(&self.person).ok()?, secret }
            }
        };
        Some(Action::Do(Asked::Account, command))
    }

    /// The end of the sign-in.
    pub(super) fn signed_in(&mut self, outcome: Result<Done, Error>) -> Option<Action> {
        let error = match outcome {
            Ok(_) => {
                self.password = Secret::new("");
                return Some(Action::Leave);
            }
            Err(error) => error,
        };
        let settings = self.settings.as_mut()?;
        let step = settings.failed_step();
        settings.browser.close();
        match (error.kind(), error.detail()) {
            (_, Detail::Note(CLIENT_UNKNOWN | CLIENT_MISSING)) => {
                settings.browser.refused();
                settings.way = Some(SignInMethod::Browser);
                settings.checks = [None, None, None];
                return Some(Action::Focus(CLIENT_FIELD));
            }
            (ErrorKind::Canceled, detail) if *detail != Detail::Note(NOT_AGREED) => {
                settings.checks = [None, None, None];
                if settings.browser.begins_anew() {
                    return self.submit();
                }
                return Some(Action::Focus(settings.field()));
            }
            _ => {}
        }
        if error.kind() == ErrorKind::CertificateUntrusted {
            self.certificate = Some(Certificate::new(error, step));
            self.step = Step::Certificate;
            return Some(Action::Questions);
        }
        let failure = Failure::new(error, step);
        let (waits, is_only_sending) = (failure.wait > 0, failure.is_only_sending());
        let kind = failure.error.kind();
        settings.failure = Some(failure);
        if waits {
            self.generation += 1;
            return Some(Action::InASecond(self.generation));
        }
        let is_of_password = matches!(kind, ErrorKind::LoginRefused | ErrorKind::AppPasswordNeeded);
        Some(Action::Focus(if is_of_password && !is_only_sending { settings.field() } else { NEXT }))
    }

    /// A second of a pause has passed.
    pub(super) fn second(&mut self, generation: u64) -> Option<Action> {
        let failure = self.settings.as_mut()?.failure.as_mut()?;
        if generation != self.generation || failure.wait == 0 {
            return None;
        }
        failure.wait -= 1;
        Some(if failure.wait == 0 { Action::Focus(NEXT) } else { Action::InASecond(generation) })
    }
}

impl SignIn {
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
