//! The first start: a welcome, and one form to sign in with.

mod form;
mod view;

use waxwing_core::error::{Error, ErrorKind};
use waxwing_core::model::Secret;
use waxwing_core::{Command, Ticket};

use crate::words::dates::Now;

pub use form::{Form, Problem};
pub use view::view;

/// The fields, for the focus.
pub const ADDRESS_FIELD: &str = "address";
/// The one thing to do on the first screen: it has the focus.
pub const BEGIN: &str = "begin";
pub const USER_FIELD: &str = "user";
pub const SERVER_FIELD: &str = "server";
pub const PASSWORD_FIELD: &str = "password";
/// The way back from a certificate: it has the focus there.
pub const GO_BACK: &str = "go-back";

/// All that the first screens remember.
pub struct State {
    pub step: Step,
    pub form: Form,
    pub password: Secret,
    /// Whether a password survives this run.
    pub lasting: bool,
    pub now: Now,
    /// The sign-in that is under way.
    checking: Option<Option<Ticket>>,
    problems: Vec<Problem>,
    failure: Option<Error>,
    /// Why the demo mailbox did not start.
    demo_failure: Option<String>,
    pub run_note: Option<String>,
}

/// Which of the screens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Welcome,
    SignIn,
}

/// What can happen.
#[derive(Clone, Debug)]
pub enum Message {
    Begin,
    Back,
    Address(String),
    Password(Secret),
    UserName(String),
    Server(String),
    Edit,
    SignIn,
    Submitted(Ticket),
    Finished(Ticket, Option<Error>),
    Demo,
    DemoFailed(String),
}

/// What `app` is to do.
#[derive(Debug)]
pub enum Action {
    /// Give this to the engine, and its ticket back with `Submitted`.
    Do(Command),
    Focus(&'static str),
    /// Start the demo mailbox in this process and go to it.
    Demo,
}

impl State {
    pub fn new(lasting: bool, now: Now, run_note: Option<String>) -> Self {
        Self {
            step: Step::Welcome,
            form: Form::default(),
            password: Secret::new(""),
            lasting,
            now,
            checking: None,
            problems: Vec::new(),
            failure: None,
            demo_failure: None,
            run_note,
        }
    }

    /// Takes a message in; says what is to be done.
    pub fn update(&mut self, message: Message) -> Option<Action> {
        match message {
            Message::Begin => {
                self.step = Step::SignIn;
                return Some(Action::Focus(ADDRESS_FIELD));
            }
            Message::Back => return self.back(),
            // While it is being tried, the form stays what is tried.
            Message::Address(_) | Message::Password(_) | Message::UserName(_) | Message::Server(_)
                if self.checking.is_some() => {}
            Message::Address(text) => self.form.address = text,
            Message::Password(text) => self.password = text,
            Message::UserName(text) => self.form.user_name = Some(text),
            Message::Server(text) => self.form.server = Some(text),
            Message::Edit => {
                self.form.open = true;
                return Some(Action::Focus(USER_FIELD));
            }
            Message::SignIn => return self.sign_in(),
            Message::Submitted(ticket) => self.checking = Some(Some(ticket)),
            Message::Finished(ticket, outcome) => {
                if self.checking == Some(Some(ticket)) {
                    self.checking = None;
                    return self.fail(outcome);
                }
            }
            Message::Demo => {
                self.demo_failure = None;
                return Some(Action::Demo);
            }
            Message::DemoFailed(text) => self.demo_failure = Some(text),
        }
        None
    }

    /// From a failure to the form, from the form to the welcome. What was typed stays.
    fn back(&mut self) -> Option<Action> {
        if self.checking.is_some() {
            return None;
        }
        if let Some(error) = self.failure.take() {
            return Some(Action::Focus(field_of(&error)));
        }
        self.problems.clear();
        self.step = Step::Welcome;
        None
    }

    fn sign_in(&mut self) -> Option<Action> {
        if self.checking.is_some() {
            return None;
        }
        self.failure = None;
        let mut problems = Vec::new();
        let config = self.form.config().map_err(|found| problems = found).ok();
        if self.password.reveal().is_empty() {
            problems.push(Problem::PasswordMissing);
        }
        self.form.open |= problems.iter().any(|problem| problem.is_in_details());
        self.problems = problems;
        if let Some(problem) = self.problems.first() {
            return Some(Action::Focus(problem.field()));
        }
        let config = config?;
        self.checking = Some(None);
        Some(Action::Do(Command::AddAccount { config, secret: self.password.clone() }))
    }

    fn fail(&mut self, outcome: Option<Error>) -> Option<Action> {
        let error = outcome?;
        let (kind, field) = (error.kind(), field_of(&error));
        // When the server may be the wrong one, its name is shown to be looked at.
        self.form.open |= field == SERVER_FIELD;
        self.failure = Some(error);
        Some(Action::Focus(if kind == ErrorKind::CertificateUntrusted { GO_BACK } else { field }))
    }

    pub fn is_checking(&self) -> bool {
        self.checking.is_some()
    }

    fn has(&self, problem: Problem) -> bool {
        self.problems.contains(&problem)
    }
}

/// Where to look first after a failure.
fn field_of(error: &Error) -> &'static str {
    match error.kind() {
        ErrorKind::NameNotResolved
        | ErrorKind::Offline
        | ErrorKind::TimedOut
        | ErrorKind::TlsFailed
        | ErrorKind::ProtocolBroken
        | ErrorKind::CertificateUntrusted
        | ErrorKind::InvalidInput => SERVER_FIELD,
        _ => PASSWORD_FIELD,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words;
    use waxwing_core::error::CertificateFault;

    fn filled() -> State {
        let mut state = State::new(true, crate::screen::mailbox::fixture::now(), None);
        let _ = state.update(Message::Begin);
        let _ = state.update(Message::Address("ada@example.org".into()));
        let _ = state.update(Message::Password(Secret::new("secret")));
        state
    }

    #[test]
    fn address_and_password_are_enough() {
        let mut state = filled();
        let Some(Action::Do(Command::AddAccount { config, secret })) = state.update(Message::SignIn) else {
            panic!("it signs in")
        };
        assert_eq!((config.imap_host.as_str(), config.imap_port), ("imap.example.org", 993));
        assert_eq!((config.user_name.as_str(), secret.reveal()), ("ada@example.org", "secret"));
        assert!(state.update(Message::SignIn).is_none(), "one sign-in at a time");
    }

    #[test]
    fn port_143_never_reaches_the_engine() {
        let mut state = filled();
        let _ = state.update(Message::Server("mail.example.org:143".into()));
        let action = state.update(Message::SignIn);
        assert!(matches!(action, Some(Action::Focus(SERVER_FIELD))), "{action:?}");
        assert!(state.has(Problem::Port143) && state.form.open);
    }

    #[test]
    fn the_keyboard_is_in_the_field_that_comes_next() {
        let mut state = filled();
        let action = state.update(Message::Edit);
        assert!(matches!(action, Some(Action::Focus(USER_FIELD))), "{action:?}");
        let _ = state.update(Message::Password(Secret::new("")));
        let action = state.update(Message::SignIn);
        assert!(matches!(action, Some(Action::Focus(PASSWORD_FIELD))), "{action:?}");
        let _ = state.update(Message::Address("ada".into()));
        let action = state.update(Message::SignIn);
        assert!(matches!(action, Some(Action::Focus(ADDRESS_FIELD))), "{action:?}");
    }

    #[test]
    fn what_was_typed_stays_after_a_failure() {
        let mut state = filled();
        let _ = state.update(Message::SignIn);
        let _ = state.update(Message::Submitted(Ticket(7)));
        let error = Error::certificate(CertificateFault::WrongHost, None);
        let _ = state.update(Message::Finished(Ticket(7), Some(error)));
        assert!(state.failure.is_some());
        let _ = state.update(Message::Back);
        assert!(state.failure.is_none() && state.step == Step::SignIn);
        assert_eq!(state.form.address, "ada@example.org");
        assert_eq!(state.password.reveal(), "secret");
    }

    #[test]
    fn after_a_failure_the_keyboard_is_where_it_is_mended() {
        let after = |error: Error| {
            let mut state = filled();
            let _ = state.update(Message::SignIn);
            let _ = state.update(Message::Submitted(Ticket(7)));
            let Some(Action::Focus(field)) = state.update(Message::Finished(Ticket(7), Some(error))) else {
                panic!("the focus is told")
            };
            (field, state)
        };
        assert_eq!(after(Error::new(ErrorKind::LoginRefused)).0, PASSWORD_FIELD);
        let (field, state) = after(Error::new(ErrorKind::NameNotResolved));
        assert!(field == SERVER_FIELD && state.form.open);
        // Nobody gets past a certificate by pressing Enter twice.
        let (field, mut state) = after(Error::certificate(CertificateFault::WrongHost, None));
        assert_eq!(field, GO_BACK);
        let action = state.update(Message::Back);
        assert!(matches!(action, Some(Action::Focus(SERVER_FIELD))) && state.form.open, "{action:?}");
    }

    #[test]
    fn an_answer_to_something_else_changes_nothing() {
        let mut state = filled();
        let _ = state.update(Message::SignIn);
        let _ = state.update(Message::Submitted(Ticket(7)));
        let _ = state.update(Message::Finished(Ticket(8), Some(Error::new(ErrorKind::LoginRefused))));
        assert!(state.is_checking() && state.failure.is_none());
    }

    fn seen(state: &State, words: &str) -> bool {
        let settings = iced::Settings::default();
        let size = iced::Size::new(860.0, 620.0);
        iced_test::simulator::Simulator::with_size(settings, size, view(state)).find(words).is_ok()
    }

    #[test]
    fn the_first_screen_has_one_primary_button_and_no_server_words() {
        let state = State::new(true, crate::screen::mailbox::fixture::now(), None);
        assert!(seen(&state, words::ADD_ACCOUNT) && seen(&state, words::LOOK_AROUND));
        assert!(!seen(&state, words::SERVER) && !seen(&state, words::PASSWORD));
    }

    #[test]
    fn the_form_says_where_the_password_is_kept() {
        let mut state = filled();
        assert!(seen(&state, words::KEPT_IN_KEYRING));
        state.lasting = false;
        assert!(seen(&state, words::KEPT_FOR_THIS_RUN));
    }

    #[test]
    fn a_certificate_is_shown_whole_and_there_is_no_way_past_it() {
        let facts = waxwing_core::model::CertificateFacts {
            subject: "CN=mx4.hoster.test".into(),
            issuer: "R11".into(),
            names: vec!["mx4.hoster.test".into()],
            not_before: waxwing_core::model::Instant(0),
            not_after: waxwing_core::model::Instant(0),
            sha256: vec!["AB"; 32].join(":"),
            key_sha256: [0; 32],
        };
        let mut state = filled();
        let _ = state.update(Message::SignIn);
        let _ = state.update(Message::Submitted(Ticket(7)));
        let error = Error::certificate(CertificateFault::WrongHost, Some(std::sync::Arc::new(facts)));
        let _ = state.update(Message::Finished(Ticket(7), Some(error)));
        assert!(seen(&state, "mx4.hoster.test") && seen(&state, "1 Jan 1970 – 1 Jan 1970"));
        assert!(seen(&state, words::GO_BACK) && seen(&state, words::TRY_AGAIN));
        assert!(!seen(&state, words::SIGN_IN), "nothing here signs in");
    }

    #[test]
    fn a_demo_that_does_not_start_says_so() {
        let mut state = State::new(true, crate::screen::mailbox::fixture::now(), None);
        assert!(matches!(state.update(Message::Demo), Some(Action::Demo)));
        let _ = state.update(Message::DemoFailed("No demo today.".into()));
        assert!(seen(&state, "No demo today."));
    }
}
