//! Adding an account, in steps: a welcome, name and address, a search for the settings, the sign-in. Signing in again is the
//! last of them alone.
//!
//! Each step has a file with what can happen in it and how it looks; `State` holds them all, so that what was typed stays.

mod browser;
mod certificate;
mod failure;
mod lookup;
mod person;
mod place;
mod servers;
mod servers_view;
mod sign_in;
mod sign_in_settings;
mod sign_in_view;
mod view;

#[cfg(test)]
pub(crate) mod pictures;
#[cfg(test)]
mod reach;
#[cfg(test)]
mod tests;

use iced::Size;
use waxwing_core::model::{AccountState, AccountStatus, Secret, SecretPlaces, TrustQuestion};
use waxwing_core::{Command, Done, Event, Ticket};

use crate::words::dates::Now;

use lookup::Lookup;
use person::Person;
use place::Keeping;
use sign_in_settings::SignIn;

pub use browser::Message as OnBrowser;
pub use certificate::{
    Certificate, Message as OnCertificate, Shown as CertificateShown, view as certificate_page,
};
pub use failure::Verb;
pub use lookup::Message as OnLookup;
pub use person::Message as OnPerson;
pub use place::Message as OnPlace;
pub use servers::{Edit as ServerEdit, Problem as ServerProblem, Servers};
pub use servers_view::{Form as ServerForm, check as server_check, servers as server_fields};
pub use sign_in::Message as OnSignIn;
pub use view::view;

/// What can have the focus, by name.
pub const BEGIN: &str = "begin";
pub const NAME_FIELD: &str = "name";
pub const ADDRESS_FIELD: &str = "address";
pub const SUGGESTION: &str = "suggestion";
pub const PASSWORD_FIELD: &str = "password";
pub const PASSPHRASE_FIELD: &str = "passphrase";
pub const AGAIN_FIELD: &str = "passphrase-again";
pub const CLIENT_FIELD: &str = "client";
pub const CLIENT_SECRET_FIELD: &str = "client-secret";
pub const USER_FIELD: &str = "user";
pub const IMAP_FIELD: &str = "imap";
pub const IMAP_PORT_FIELD: &str = "imap-port";
pub const SMTP_FIELD: &str = "smtp";
pub const SMTP_PORT_FIELD: &str = "smtp-port";
/// The primary button of a step, and the way back from a certificate, which has the focus there.
pub use crate::ui::{GO_BACK, NEXT};

/// Narrower than this, things stand below each other.
const NARROW: f32 = 560.0;

/// All that these screens remember.
pub struct State {
    pub step: Step,
    pub purpose: Purpose,
    pub now: Now,
    pub size: Size,
    person: Person,
    lookup: Lookup,
    /// What there is to sign in with; `None` before anything was found.
    settings: Option<SignIn>,
    password: Secret,
    keeping: Keeping,
    certificate: Option<Certificate>,
    /// What the engine was asked and hasn't answered.
    waits: Option<(Asked, Option<Ticket>)>,
    /// Counts pauses, so that a late second is known to be late.
    generation: u64,
    /// Why the demo mailbox did not start.
    demo_failure: Option<String>,
    run_note: Option<String>,
}

/// Which of the screens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Welcome,
    Person,
    Lookup,
    SignIn,
    Certificate,
}

/// What it is for.
#[derive(Clone, Debug)]
pub enum Purpose {
    /// There is no account yet.
    First,
    /// One more account.
    Another,
    /// An account that waits for a password, or for a word about a certificate.
    Again(Box<AccountStatus>),
}

/// What the engine was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Discovery,
    /// To add the account, or to sign in to it.
    Account,
    /// To keep secrets somewhere, before that.
    Place,
    /// Whether the keyring is open by now.
    Look,
    Trust,
}

/// What can happen.
#[derive(Clone, Debug)]
pub enum Message {
    Begin,
    Back,
    /// Enter, where no button has the focus.
    Enter,
    Demo,
    DemoFailed(String),
    Person(OnPerson),
    Lookup(OnLookup),
    SignIn(OnSignIn),
    Browser(OnBrowser),
    Keeping(OnPlace),
    Certificate(OnCertificate),
    Submitted(Asked, Ticket),
    News(Event),
    /// Answers to actions.
    Places(Option<SecretPlaces>),
    Questions(Vec<TrustQuestion>),
    Account(Box<AccountStatus>),
    /// A second of that pause is over.
    Second(u64),
    Resized(Size),
}

/// What `app` is to do.
#[derive(Debug)]
pub enum Action {
    /// Give this to the engine, and its ticket back with `Submitted`.
    Do(Asked, Command),
    /// Give this to the engine; nobody waits for its answer.
    Submit(Command),
    SubmitAndLeave(Command),
    Focus(&'static str),
    /// Open a page in the browser.
    Open(String),
    /// Put this on the clipboard.
    Copy(String),
    /// The person is back from the browser: bring the window forward.
    Raise,
    /// Ask the engine where secrets are kept.
    Places,
    /// Read the questions about certificates.
    Questions,
    /// Read how the account is that is signed in to again.
    Account,
    InASecond(u64),
    /// Start the demo mailbox in this process and go to it.
    Demo,
    /// To the mailbox window.
    Leave,
}

impl State {
    /// The first start.
    pub fn new(places: Option<SecretPlaces>, size: Size, now: Now, run_note: Option<String>) -> Self {
        Self {
            step: Step::Welcome,
            purpose: Purpose::First,
            now,
            size,
            person: Person::default(),
            lookup: Lookup::default(),
            settings: None,
            password: Secret::new(""),
            keeping: Keeping::new(places),
            certificate: None,
            waits: None,
            generation: 0,
            demo_failure: None,
            run_note,
        }
    }

    /// One more account.
    pub fn another(places: Option<SecretPlaces>, size: Size, now: Now) -> Self {
        Self { step: Step::Person, purpose: Purpose::Another, ..Self::new(places, size, now, None) }
    }

    /// An account that is there, and what is asked about certificates.
    pub fn again(
        account: AccountStatus,
        questions: &[TrustQuestion],
        places: Option<SecretPlaces>,
        size: Size,
        now: Now,
    ) -> Self {
        let mut state = Self::new(places, size, now, None);
        state.person.address.clone_from(&account.config.address);
        state.settings = Some(SignIn::again(&account));
        let trouble = account.error.clone().filter(|_| account.state == AccountState::TrustNeeded);
        let id = account.id;
        state.purpose = Purpose::Again(Box::new(account));
        state.step = Step::SignIn;
        if let Some(error) = trouble {
            let mut certificate = Certificate::new(error, None);
            certificate.ask(questions, Some(id));
            state.certificate = Some(certificate);
            state.step = Step::Certificate;
        }
        state
    }

    /// What has the focus at first.
    pub fn first_focus(&self) -> &'static str {
        match self.step {
            Step::Welcome => BEGIN,
            Step::Person => NAME_FIELD,
            Step::Lookup => NEXT,
            Step::SignIn => self.settings.as_ref().map_or(PASSWORD_FIELD, SignIn::field),
            Step::Certificate => GO_BACK,
        }
    }

    /// Takes a message in; says what is to be done.
    pub fn update(&mut self, message: Message) -> Option<Action> {
        match message {
            Message::Begin => {
                self.step = Step::Person;
                return Some(Action::Focus(NAME_FIELD));
            }
            Message::Back => return self.back(),
            Message::Enter => return self.primary().and_then(|message| self.update(message)),
            Message::Demo => {
                self.demo_failure = None;
                return Some(Action::Demo);
            }
            Message::DemoFailed(text) => self.demo_failure = Some(text),
            Message::Person(message) => return self.person(message),
            Message::Lookup(message) => return self.lookup(message),
            Message::SignIn(message) => return self.sign_in(message),
            Message::Browser(message) => return self.browser(message),
            Message::Keeping(message) if !self.is_busy() => return self.keeping(message),
            Message::Keeping(_) => {}
            Message::Certificate(message) => return self.on_certificate(message),
            Message::Submitted(asked, ticket) => {
                self.waits = Some((asked, Some(ticket)));
                if asked == Asked::Discovery {
                    self.lookup.ticket = Some(ticket);
                }
            }
            Message::News(event) => return self.news(event),
            Message::Places(places) => self.keeping.places = places,
            Message::Questions(questions) => {
                if let Some(certificate) = &mut self.certificate {
                    let account = match &self.purpose {
                        Purpose::Again(account) => Some(account.id),
                        Purpose::First | Purpose::Another => None,
                    };
                    certificate.ask(&questions, account);
                }
                return Some(Action::Focus(GO_BACK));
            }
            Message::Account(account) => {
                let is_in = self.is_checking() && account.state == AccountState::Online;
                return is_in.then_some(Action::Leave);
            }
            Message::Second(generation) => return self.second(generation),
            Message::Resized(size) => self.size = size,
        }
        None
    }

    /// What Enter does in this step.
    fn primary(&self) -> Option<Message> {
        match self.step {
            Step::Welcome => Some(Message::Begin),
            Step::Person => Some(Message::Person(OnPerson::Continue)),
            Step::Lookup => self.lookup.primary(),
            Step::SignIn => Some(Message::SignIn(OnSignIn::SignIn)),
            Step::Certificate => Some(Message::Back),
        }
    }

    /// One step back. What was typed stays.
    fn back(&mut self) -> Option<Action> {
        if let Some((Asked::Account, Some(ticket))) = self.waits {
            return Some(Action::Submit(Command::Cancel { ticket }));
        }
        if self.is_busy() && self.step != Step::Lookup {
            return None;
        }
        match self.step {
            Step::Welcome => None,
            Step::Person if self.is_first() => {
                self.step = Step::Welcome;
                Some(Action::Focus(BEGIN))
            }
            Step::Person => Some(Action::Leave),
            Step::Lookup => {
                self.waits = None;
                self.leave_lookup()
            }
            Step::SignIn => self.leave_sign_in(),
            Step::Certificate => self.leave_certificate(),
        }
    }

    fn leave_sign_in(&mut self) -> Option<Action> {
        let settings = self.settings.as_mut()?;
        settings.checks = [None, None, None];
        if matches!(self.purpose, Purpose::Again(_)) {
            return Some(Action::Leave);
        }
        if settings.failure.take().is_some() {
            return Some(Action::Focus(settings.field()));
        }
        self.step = Step::Person;
        Some(Action::Focus(ADDRESS_FIELD))
    }

    fn news(&mut self, event: Event) -> Option<Action> {
        let waits = self.waits;
        let is_ours = |ticket| matches!(waits, Some((_, Some(of))) if of == ticket);
        match event {
            Event::DiscoveryProgress { ticket, source, state } if is_ours(ticket) => {
                self.lookup.heard(source, state);
            }
            Event::AccountCheck { ticket, step, state } if is_ours(ticket) => {
                return self.settings.as_mut()?.heard(step, state).then_some(Action::Raise);
            }
            Event::SignInPage { ticket, url, code } if is_ours(ticket) => return self.opens(url, code),
            Event::Finished { ticket, outcome } if is_ours(ticket) => {
                let (asked, _) = self.waits.take()?;
                return self.finished(asked, outcome);
            }
            Event::AccountChanged { account }
                if matches!(&self.purpose, Purpose::Again(of) if of.id == account)
                    && self.is_checking()
                    && !self.is_in_browser() =>
            {
                return Some(Action::Account);
            }
            _ => {}
        }
        None
    }

    fn finished(&mut self, asked: Asked, outcome: Result<Done, waxwing_core::Error>) -> Option<Action> {
        match asked {
            Asked::Discovery => match outcome {
                Ok(Done::Discovered(discovery)) => self.searched(Ok(discovery)),
                Ok(_) => None,
                Err(error) => self.searched(Err(error)),
            },
            Asked::Account => self.signed_in(outcome),
            Asked::Place => match outcome {
                Ok(_) => self.submit(),
                Err(error) => Some(Action::Focus(self.keeping.refused(&error))),
            },
            Asked::Look => {
                if let Err(error) = outcome {
                    self.keeping.refused(&error);
                }
                Some(Action::Places)
            }
            Asked::Trust => self.trusted(outcome.map(drop)),
        }
    }

    fn show_sign_in(&mut self) -> Action {
        self.step = Step::SignIn;
        let settings = self.settings.get_or_insert_with(SignIn::by_hand);
        let field = if settings.unconfirmed().is_some() {
            NEXT
        } else if settings.is_open && settings.servers.imap_host.is_empty() {
            IMAP_FIELD
        } else {
            settings.field()
        };
        Action::Focus(field)
    }

    /// The sign-in with servers that the person types.
    fn by_hand(&mut self) -> Action {
        self.settings = Some(SignIn::by_hand());
        self.show_sign_in()
    }

    pub fn is_checking(&self) -> bool {
        matches!(self.waits, Some((Asked::Account, _)))
    }

    fn is_in_browser(&self) -> bool {
        self.settings.as_ref().is_some_and(|settings| settings.browser.is_open())
    }

    fn is_busy(&self) -> bool {
        self.waits.is_some()
    }

    fn is_first(&self) -> bool {
        matches!(self.purpose, Purpose::First)
    }

    fn is_narrow(&self) -> bool {
        self.size.width < NARROW
    }
}
