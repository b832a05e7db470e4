//! The settings: accounts, whose pictures are fetched by themselves, where passwords are kept, and the keys that are trusted.

mod edit;
mod pages;
mod secrets;
mod senders;
mod view;
mod writing;

#[cfg(test)]
mod tests;

use iced::Size;
use waxwing_core::model::{AccountId, AccountStatus, Identity, Pin, SecretPlaces, Template, TrustQuestion};
use waxwing_core::{Command, Error, Event, Ticket};

use crate::words::dates::Now;

use edit::Edit;
use secrets::Secrets;
use senders::Senders;

pub use edit::Message as OnEdit;
pub use secrets::Message as OnSecrets;
pub use view::view;
pub use writing::OnWriting;

/// What can have the focus, by name.
pub const ADD: &str = "add-account";
pub const CANCEL: &str = "cancel-settings";
pub const NAME_FIELD: &str = "settings-name";
pub const PASSPHRASE_FIELD: &str = "settings-passphrase";
pub const AGAIN_FIELD: &str = "settings-passphrase-again";

/// Narrower than this, things stand below each other.
const NARROW: f32 = 560.0;

/// All that the settings remember.
pub struct State {
    pub size: Size,
    pub now: Now,
    accounts: Vec<AccountStatus>,
    pins: Vec<Pin>,
    secrets: Secrets,
    senders: Senders,
    /// As whom one can write, by account.
    identities: Vec<(AccountId, Vec<Identity>)>,
    templates: Vec<Template>,
    page: Page,
    /// Whether `accounts` is what there is.
    is_read: bool,
    failure: Option<Error>,
    /// What the engine was asked and hasn't answered.
    waits: Option<(Asked, Option<Ticket>)>,
}

/// What is shown of them.
#[derive(Clone, Debug)]
enum Page {
    List,
    Edit(Box<Edit>),
    Remove(AccountId),
    /// Those one can write as.
    Writers(AccountId),
    /// One of them, or a text that is kept.
    Form(Box<writing::Form>),
}

/// What the engine was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Change,
    /// To try other settings of an account and keep them.
    Edit,
    /// To believe a key that stands in the way of that.
    Trust,
    Secrets,
}

/// What can happen.
#[derive(Clone, Debug)]
pub enum Message {
    Back,
    Enter,
    Add,
    SignInAgain(AccountId),
    Edit(AccountId),
    OnEdit(OnEdit),
    /// Ask whether to remove it, and then do.
    Remove(AccountId),
    RemoveConfirmed,
    Unpin(String, u16),
    /// Fetch the pictures of a sender by themselves no longer, or again.
    Sender {
        sender: String,
        always: bool,
    },
    Secrets(OnSecrets),
    Writing(OnWriting),
    Submitted(Asked, Ticket),
    News(Event),
    /// What was read.
    Read(Box<Known>),
    Unread(Error),
    /// The questions about certificates.
    Questions(Vec<TrustQuestion>),
    Resized(Size),
}

/// What the settings are about.
#[derive(Clone, Debug, Default)]
pub struct Known {
    pub accounts: Vec<AccountStatus>,
    pub pins: Vec<Pin>,
    /// Where secrets may be kept, where there is something to choose.
    pub places: Option<SecretPlaces>,
    /// Whose pictures on the network are fetched by themselves.
    pub image_senders: Vec<String>,
    /// As whom one can write, by account.
    pub identities: Vec<(AccountId, Vec<Identity>)>,
    pub templates: Vec<Template>,
}

/// What `app` is to do.
#[derive(Debug)]
pub enum Action {
    /// Give this to the engine, and its ticket back with `Submitted`.
    Do(Asked, Command),
    /// Read what they are about, and give it back with `Read`.
    Read,
    /// Give this to the engine; nobody waits for its answer.
    Submit(Command),
    /// Read the questions about certificates, and give them back with `Questions`.
    Questions,
    Focus(&'static str),
    /// Add one more account.
    Add,
    SignInAgain(AccountId),
    Leave,
    /// There is no account any more: to the beginning.
    LeaveForGood,
}

impl State {
    /// The page before anything was read.
    pub fn new(size: Size, now: Now) -> Self {
        Self {
            size,
            now,
            accounts: Vec::new(),
            pins: Vec::new(),
            secrets: Secrets::default(),
            senders: Senders::default(),
            identities: Vec::new(),
            templates: Vec::new(),
            page: Page::List,
            is_read: false,
            failure: None,
            waits: None,
        }
    }

    /// Takes a message in; says what is to be done.
    pub fn update(&mut self, message: Message) -> Option<Action> {
        match message {
            Message::Back => return self.back(),
            Message::Enter => return self.enter(),
            Message::Add => return Some(Action::Add),
            Message::SignInAgain(account) => return Some(Action::SignInAgain(account)),
            Message::Edit(account) => return self.open_edit(account),
            Message::OnEdit(message) => return self.on_edit(message),
            Message::Remove(account) => {
                self.failure = None;
                self.page = Page::Remove(account);
                return Some(Action::Focus(CANCEL));
            }
            Message::RemoveConfirmed => return self.remove(),
            Message::Unpin(host, port) => return self.ask(Asked::Change, Command::Unpin { host, port }),
            Message::Sender { sender, always } if self.waits.is_none() => {
                let command = self.senders.change(sender, always);
                return self.ask(Asked::Change, command);
            }
            Message::Sender { .. } => {}
            Message::Secrets(message) => {
                if self.waits.is_some() {
                    return None;
                }
                return match self.secrets.update(message) {
                    secrets::Next::Nothing => None,
                    secrets::Next::Focus(field) => Some(Action::Focus(field)),
                    secrets::Next::Keep(place) => self.ask(Asked::Secrets, Command::KeepSecrets { place }),
                };
            }
            Message::Writing(message) => return self.on_writing(message),
            Message::Submitted(asked, ticket) => self.waits = Some((asked, Some(ticket))),
            Message::News(event) => return self.news(event),
            Message::Read(known) => {
                (self.accounts, self.pins) = (known.accounts, known.pins);
                self.secrets.places = known.places;
                self.senders.read(known.image_senders);
                (self.identities, self.templates) = (known.identities, known.templates);
                self.is_read = true;
                self.drop_gone();
            }
            Message::Unread(error) => self.failure = Some(error),
            Message::Questions(questions) => return self.asked_about(&questions),
            Message::Resized(size) => self.size = size,
        }
        None
    }

    /// Which page is shown, as a number that tells them apart.
    pub fn page(&self) -> u8 {
        match self.page {
            Page::List => 0,
            Page::Edit(_) => 1,
            Page::Remove(_) => 2,
            Page::Writers(_) => 3,
            Page::Form(_) => 4,
        }
    }

    fn ask(&mut self, asked: Asked, command: Command) -> Option<Action> {
        if self.waits.is_some() {
            return None;
        }
        self.failure = None;
        self.waits = Some((asked, None));
        Some(Action::Do(asked, command))
    }

    fn back(&mut self) -> Option<Action> {
        if let Some((Asked::Edit, ticket)) = self.waits {
            return ticket.map(|ticket| Action::Submit(Command::Cancel { ticket }));
        }
        if let Page::Edit(edit) = &self.page
            && edit.certificate.is_some()
        {
            return self.leave_certificate();
        }
        self.failure = None;
        if matches!(self.page, Page::List) {
            let has_none = self.is_read && self.accounts.is_empty();
            return Some(if has_none { Action::LeaveForGood } else { Action::Leave });
        }
        self.page = Page::List;
        Some(Action::Focus(ADD))
    }

    /// Enter where nothing has the focus. Never removes anything, and believes no certificate.
    fn enter(&mut self) -> Option<Action> {
        match &self.page {
            Page::List => None,
            Page::Edit(edit) if edit.certificate.is_some() => self.back(),
            Page::Edit(_) => self.on_edit(OnEdit::Save),
            Page::Remove(_) | Page::Writers(_) => self.back(),
            Page::Form(_) => self.on_writing(OnWriting::Save),
        }
    }

    fn remove(&mut self) -> Option<Action> {
        let Page::Remove(account) = self.page else { return None };
        self.ask(Asked::Change, Command::RemoveAccount { account })
    }

    fn news(&mut self, event: Event) -> Option<Action> {
        let waits = self.waits;
        match event {
            Event::Finished { ticket, outcome } => {
                let (asked, _) = waits.filter(|(_, of)| *of == Some(ticket))?;
                self.waits = None;
                match (asked, outcome) {
                    (Asked::Change, Ok(_)) => {
                        self.page = Page::List;
                    }
                    (Asked::Change, Err(error)) => self.failure = Some(error),
                    (Asked::Edit, outcome) => return self.edited(outcome),
                    (Asked::Trust, outcome) => return self.trusted(outcome),
                    (Asked::Secrets, outcome) => self.secrets.answered(outcome.err()),
                }
                Some(Action::Read)
            }
            Event::AccountCheck { ticket, step, state } => {
                waits.filter(|(asked, of)| *asked == Asked::Edit && *of == Some(ticket))?;
                self.heard(step, state);
                None
            }
            Event::AccountChanged { .. } | Event::TemplatesChanged | Event::Resync => Some(Action::Read),
            _ => None,
        }
    }

    /// A page about an account that is no longer there goes with it.
    fn drop_gone(&mut self) {
        let about = match &self.page {
            Page::List => return,
            Page::Edit(edit) => edit.account,
            Page::Remove(account) | Page::Writers(account) => *account,
            Page::Form(form) => match form.account() {
                Some(account) => account,
                None => return,
            },
        };
        if self.account(about).is_none() {
            self.page = Page::List;
        }
    }

    fn account(&self, id: AccountId) -> Option<&AccountStatus> {
        self.accounts.iter().find(|account| account.id == id)
    }

    fn is_narrow(&self) -> bool {
        self.size.width < NARROW
    }
}
