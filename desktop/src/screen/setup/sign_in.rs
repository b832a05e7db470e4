//! The third step: the password, and whether the servers take it.

use waxwing_core::error::{CLIENT_MISSING, CLIENT_UNKNOWN, Detail, NOT_AGREED};
use waxwing_core::event::CheckState;
use waxwing_core::model::{Secret, SignInMethod};
use waxwing_core::{Command, Done, Error, ErrorKind};

use super::certificate::Certificate;
use super::failure::{Failure, Verb};
use super::servers::Edit;
use super::{
    ADDRESS_FIELD, Action, Asked, CLIENT_FIELD, IMAP_FIELD, NEXT, PASSWORD_FIELD, Purpose, SMTP_FIELD, State,
    Step, USER_FIELD,
};

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
