//! A sign-in that did not work: what is said, and what can be done next.

use waxwing_core::error::{
    AGREED_AS_ANOTHER, ALREADY_HERE, Detail, Error, ErrorKind, NOBODY_CAME_BACK, NOT_AGREED, NetworkFault,
    SignInFault,
};
use waxwing_core::event::CheckStep;
use waxwing_core::model::{HintKind, SignInMethod};

use super::sign_in_settings::SignIn;
use crate::words::trouble::{Trouble, trouble};
use crate::words::{self, setup as texts};

/// For how many seconds a server that wants a pause is left alone where it names no time.
const PAUSE: u64 = 60;

/// What failed.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub error: Error,
    /// Which of the checks; `None` where it isn't known.
    pub step: Option<CheckStep>,
    /// Seconds until it may be tried again.
    pub wait: u64,
}

/// What can be done about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verb {
    Again,
    /// Open the form with the servers.
    Servers,
    /// Open the form, at the user name.
    UserName,
    /// Sign in by the other form of the user name.
    As(String),
    OpenPage(HintKind, String),
    /// Sign in another way.
    Way(SignInMethod),
    /// Add the account without sending.
    ReadNow,
    OtherAddress,
}

impl Failure {
    pub(super) fn new(error: Error, step: Option<CheckStep>) -> Self {
        let pauses = matches!(error.detail(), Detail::SignIn { fault: SignInFault::TryLater, .. });
        let asked = error.retry().map(|wait| wait.as_secs().clamp(1, 3600));
        let wait = if pauses { asked.unwrap_or(PAUSE) } else { 0 };
        Self { error, step, wait }
    }

    /// Title, advice and the server's words.
    pub(super) fn words(&self, settings: &SignIn) -> Trouble {
        let issuer = settings.issuer();
        let host = match self.step {
            Some(CheckStep::Outgoing) => settings.servers.smtp_host.as_str(),
            // Before the servers, the provider was asked.
            None if settings.is_by_browser() => &issuer,
            Some(CheckStep::Incoming | CheckStep::Mailboxes) | None => settings.servers.imap_host.as_str(),
        };
        let mut words = trouble(&self.error, host.trim());
        if self.error.kind() == ErrorKind::BrowserSignInNeeded && settings.is_by_browser() {
            (words.title, words.advice) = (texts::AGREE_AGAIN.into(), texts::AGREE_AGAIN_ADVICE.into());
        }
        if self.is_only_sending() {
            words.advice = format!("{}. {} {}", words.title, words.advice, texts::READ_NOW_ADVICE);
            words.title = texts::SENDING_FAILED.into();
        }
        words
    }

    /// Whether it is an account that is here.
    pub(super) fn is_here_already(&self) -> bool {
        *self.error.detail() == Detail::Note(ALREADY_HERE)
    }

    /// Whether mail can be read all the same.
    pub(super) fn is_only_sending(&self) -> bool {
        self.step == Some(CheckStep::Outgoing)
    }

    /// What can be done, the primary one first. Not all of it where the account is there already (`is_again`).
    pub(super) fn verbs(&self, settings: &SignIn, is_again: bool) -> Vec<Verb> {
        let page = settings.hint_page().map(|(kind, page)| Verb::OpenPage(kind, page));
        if self.is_only_sending() {
            return vec![Verb::ReadNow, Verb::Again, Verb::Servers];
        }
        if self.is_here_already() {
            return vec![Verb::OtherAddress];
        }
        let mut verbs = vec![Verb::Again];
        match (self.error.kind(), self.error.detail()) {
            (_, Detail::SignIn { fault, .. }) => match fault {
                SignInFault::AdminNeeded => verbs.push(Verb::OtherAddress),
                SignInFault::ImapOff
                | SignInFault::Locked
                | SignInFault::PasswordExpired
                | SignInFault::WebVisitNeeded => verbs.extend(page),
                SignInFault::TryLater => {}
            },
            (ErrorKind::LoginRefused, _) => {
                verbs.extend(page);
                verbs.push(settings.other_user_name().map_or(Verb::UserName, Verb::As));
            }
            (_, Detail::Note(NOT_AGREED | NOBODY_CAME_BACK | AGREED_AS_ANOTHER)) => {
                verbs.extend(settings.other_way().map(Verb::Way))
            }
            (ErrorKind::AppPasswordNeeded, _) => {
                verbs.extend(page);
                verbs.extend(settings.other_way().map(Verb::Way));
            }
            (ErrorKind::BrowserSignInNeeded, _) => {
                if !settings.is_by_browser() {
                    // The password is no use, however often it is sent.
                    verbs = settings.other_way().map_or(verbs, |way| vec![Verb::Way(way)]);
                }
                verbs.extend(page);
                verbs.push(Verb::OtherAddress);
            }
            (_, Detail::Network(NetworkFault::NoNetwork)) => {}
            (ErrorKind::NameNotResolved, _) | (_, Detail::Network(NetworkFault::Refused { .. })) => {
                verbs = vec![Verb::Servers, Verb::Again]
            }
            (
                ErrorKind::Offline
                | ErrorKind::TimedOut
                | ErrorKind::TlsFailed
                | ErrorKind::ProtocolBroken
                | ErrorKind::InvalidInput,
                _,
            ) => verbs.push(Verb::Servers),
            _ => {}
        }
        if settings.is_by_browser() {
            let again = verbs.iter_mut().filter(|verb| **verb == Verb::Again);
            again.for_each(|verb| *verb = Verb::Way(SignInMethod::Browser));
        }
        if is_again {
            verbs.retain(|verb| matches!(verb, Verb::Again | Verb::Way(_) | Verb::OpenPage(..)));
        }
        verbs
    }
}

impl Verb {
    pub fn words(&self) -> String {
        match self {
            Self::Again => words::TRY_AGAIN.into(),
            Self::Servers => texts::EDIT_SETTINGS.into(),
            Self::UserName => texts::OTHER_USER_NAME.into(),
            Self::As(name) => texts::sign_in_as(name),
            Self::OpenPage(HintKind::AppPassword, _) => texts::APP_PASSWORD_PAGE.into(),
            Self::OpenPage(HintKind::SwitchOn, _) => texts::SETTINGS_PAGE.into(),
            Self::Way(SignInMethod::Browser) => texts::CONTINUE_IN_BROWSER.into(),
            Self::Way(SignInMethod::AppPassword) => texts::APP_PASSWORD_INSTEAD.into(),
            Self::Way(SignInMethod::Password) => texts::PASSWORD_INSTEAD.into(),
            Self::ReadNow => texts::READ_NOW.into(),
            Self::OtherAddress => texts::OTHER_ADDRESS.into(),
        }
    }
}
