//! The settings: the page of accounts, with the keys that are trusted and where passwords are kept.

mod pages;
mod secrets;
mod view;

#[cfg(test)]
mod tests;

use iced::Size;
use waxwing_core::model::{AccountId, AccountStatus, Pin, SecretPlaces};
use waxwing_core::{Command, Error, Event, Ticket};

use crate::screen::setup::{ServerProblem, Servers, switch};
use crate::words::dates::Now;

use secrets::Secrets;

pub use secrets::Message as OnSecrets;
pub use view::view;

/// What can have the focus, by name.
pub const ADD: &str = "add-account";
pub const CANCEL: &str = "cancel-settings";
pub const SMTP_FIELD: &str = "settings-smtp";
pub const SMTP_PORT_FIELD: &str = "settings-smtp-port";
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
    Edit { account: AccountId, servers: Servers, problem: Option<ServerProblem> },
    Remove(AccountId),
}

/// What the engine was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Change,
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
    SmtpHost(String),
    SmtpPort(String),
    SmtpSecurity(waxwing_core::model::Security),
    Save,
    /// Ask whether to remove it, and then do.
    Remove(AccountId),
    RemoveConfirmed,
    Unpin(String, u16),
    Secrets(OnSecrets),
    Submitted(Asked, Ticket),
    News(Event),
    /// What was read.
    Read(Vec<AccountStatus>, Vec<Pin>, Option<SecretPlaces>),
    Unread(Error),
    Resized(Size),
}

/// What `app` is to do.
#[derive(Debug)]
pub enum Action {
    /// Give this to the engine, and its ticket back with `Submitted`.
    Do(Asked, Command),
    /// Read accounts, pins and places, and give them back with `Read`.
    Read,
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
            page: Page::List,
            is_read: false,
            failure: None,
            waits: None,
        }
    }

    /// Takes a message in; says what is to be done.
    pub fn update(&mut self, message: Message) -> Option<Action> {
        match message {
            Message::Back => return Some(self.back()),
            Message::Enter => return self.enter(),
            Message::Add => return Some(Action::Add),
            Message::SignInAgain(account) => return Some(Action::SignInAgain(account)),
            Message::Edit(account) => return self.edit(account),
            Message::SmtpHost(text) => self.change(|servers| servers.smtp_host = text),
            Message::SmtpPort(text) => self.change(|servers| servers.smtp_port = text),
            Message::SmtpSecurity(to) => self.change(|servers| {
                switch(&mut servers.smtp_port, &mut servers.smtp_security, to, ["465", "587"])
            }),
            Message::Save => return self.save(),
            Message::Remove(account) => {
                self.failure = None;
                self.page = Page::Remove(account);
                return Some(Action::Focus(CANCEL));
            }
            Message::RemoveConfirmed => return self.remove(),
            Message::Unpin(host, port) => return self.ask(Asked::Change, Command::Unpin { host, port }),
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
            Message::Submitted(asked, ticket) => self.waits = Some((asked, Some(ticket))),
            Message::News(event) => return self.news(event),
            Message::Read(accounts, pins, places) => {
                (self.accounts, self.pins) = (accounts, pins);
                self.secrets.places = places;
                self.is_read = true;
                self.drop_gone();
            }
            Message::Unread(error) => self.failure = Some(error),
            Message::Resized(size) => self.size = size,
        }
        None
    }

    fn ask(&mut self, asked: Asked, command: Command) -> Option<Action> {
        if self.waits.is_some() {
            return None;
        }
        self.failure = None;
        self.waits = Some((asked, None));
        Some(Action::Do(asked, command))
    }

    fn back(&mut self) -> Action {
        self.failure = None;
        if matches!(self.page, Page::List) {
            let has_none = self.is_read && self.accounts.is_empty();
            return if has_none { Action::LeaveForGood } else { Action::Leave };
        }
        self.page = Page::List;
        Action::Focus(ADD)
    }

    /// Enter where nothing has the focus. Never removes anything.
    fn enter(&mut self) -> Option<Action> {
        match self.page {
            Page::List => None,
            Page::Edit { .. } => self.save(),
            Page::Remove(_) => Some(self.back()),
        }
    }

    fn edit(&mut self, id: AccountId) -> Option<Action> {
        let account = self.account(id)?;
        let mut servers = Servers::default();
        if let Some(smtp) = &account.config.submission {
            servers.set_submission(smtp);
        }
        self.failure = None;
        self.page = Page::Edit { account: id, servers, problem: None };
        Some(Action::Focus(SMTP_FIELD))
    }

    fn change(&mut self, change: impl FnOnce(&mut Servers)) {
        if let Page::Edit { servers, .. } = &mut self.page {
            change(servers);
        }
    }

    fn save(&mut self) -> Option<Action> {
        let Page::Edit { account, servers, problem } = &mut self.page else { return None };
        let account = *account;
        match servers.smtp() {
            Ok(server) => {
                *problem = None;
                self.ask(Asked::Change, Command::SetSubmission { account, server })
            }
            Err(found) => {
                *problem = Some(found);
                let is_host = found == ServerProblem::SmtpHost;
                Some(Action::Focus(if is_host { SMTP_FIELD } else { SMTP_PORT_FIELD }))
            }
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
                    (Asked::Secrets, outcome) => self.secrets.answered(outcome.err()),
                }
                Some(Action::Read)
            }
            Event::AccountChanged { .. } | Event::Resync => Some(Action::Read),
            _ => None,
        }
    }

    /// A page about an account that is no longer there goes with it.
    fn drop_gone(&mut self) {
        if let Page::Edit { account, .. } | Page::Remove(account) = self.page
            && self.account(account).is_none()
        {
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
