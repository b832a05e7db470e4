//! The screens about accounts, adding them and their settings: what they ask of the engine is carried out here.

use std::time::Duration;

use iced::Task;
use iced::advanced::widget::operate;
use iced::widget::operation;
use waxwing_core::model::{AccountId, AccountStatus, SecretPlaces, TrustQuestion};
use waxwing_core::{Command, Engine, Event, Ticket};

use super::{App, Message, Screen, start_demo};
use crate::news::after;
use crate::platform::browser;
use crate::screen::{mailbox, settings, setup};
use crate::ui;
use crate::widget::reveal;
use crate::words::dates::Now;

/// Gives the focus to a field or a button. What stands in a field is chosen, so that typing replaces it.
pub(super) fn focus(field: &'static str) -> Task<Message> {
    let given = Task::batch([operation::focus(field), operation::select_all(field)]);
    given.chain(if ui::is_read_first(field) { to_the_top() } else { operate(reveal()).discard() })
}

fn to_the_top() -> Task<Message> {
    operation::scroll_to(ui::PAGE, ui::TOP)
}

/// How an account is, as the store has it.
async fn read_one(engine: Engine, id: AccountId) -> Option<Box<AccountStatus>> {
    let accounts = engine.reader().accounts().unwrap_or_default();
    accounts.into_iter().find(|it| it.id == id).map(Box::new)
}

impl App {
    /// Where secrets are kept, where there is something to choose.
    fn places(&self) -> Option<SecretPlaces> {
        self.engine.as_ref().and_then(Engine::secret_places)
    }

    /// What is asked about certificates.
    fn questions(&self) -> Vec<TrustQuestion> {
        self.engine.as_ref().map(|engine| engine.reader().trust_questions()).unwrap_or_default()
    }

    // Coming and going.

    /// The welcome of the first start.
    pub(super) fn show_welcome(&mut self) -> Task<Message> {
        let places = self.places();
        let state = setup::State::new(places, self.size, Now::read(), self.run_note());
        self.show_setup(state)
    }

    fn show_setup(&mut self, state: setup::State) -> Task<Message> {
        let field = state.first_focus();
        self.put_behind(Screen::Setup(Box::new(state)));
        focus(field)
    }

    pub(super) fn show_settings(&mut self) -> Task<Message> {
        self.put_behind(Screen::Settings(Box::new(settings::State::new(self.size, Now::read()))));
        Task::batch([self.read_settings(), focus(settings::ADD)])
    }

    /// Shows a screen in front of the mailbox window, which keeps where it was.
    fn put_behind(&mut self, screen: Screen) {
        if let Screen::Mailbox(state) = std::mem::replace(&mut self.screen, screen) {
            self.behind = Some(state);
        }
    }

    /// To the mailbox window, as it was left, and on to what came meanwhile.
    fn leave(&mut self) -> Task<Message> {
        match self.behind.take() {
            Some(state) => {
                self.screen = Screen::Mailbox(state);
                let size = self.size;
                Task::batch([
                    self.mailbox(mailbox::Message::Resized(size)),
                    self.mailbox(mailbox::Message::News(Event::Resync)),
                ])
            }
            None => self.show_mailbox(),
        }
    }

    fn add_another(&mut self) -> Task<Message> {
        let places = self.places();
        self.show_setup(setup::State::another(places, self.size, Now::read()))
    }

    /// Reads how the account is, and goes to its sign-in then.
    pub(super) fn read_to_sign_in(&self, account: AccountId) -> Task<Message> {
        let Some(engine) = self.engine.clone() else { return Task::none() };
        Task::perform(read_one(engine, account), Message::SignInAgain)
    }

    pub(super) fn sign_in_again(&mut self, account: AccountStatus) -> Task<Message> {
        let (questions, places) = (self.questions(), self.places());
        let state = setup::State::again(account, &questions, places, self.size, Now::read());
        self.show_setup(state)
    }

    // News.

    /// What the engine says while one of these screens is shown. The mailbox window behind it hears all but the answers
    /// to what was asked from here.
    pub(super) fn news_of_accounts(&mut self, event: &Event) -> Task<Message> {
        match &self.screen {
            Screen::Setup(_) => self.setup(setup::Message::News(event.clone())),
            Screen::Settings(_) => self.settings(settings::Message::News(event.clone())),
            _ => Task::none(),
        }
    }

    /// Whether it answers something that these screens asked; known once.
    pub(super) fn is_answer_to_accounts(&mut self, event: &Event) -> bool {
        matches!(event, Event::Finished { ticket, .. } if self.asked_by_accounts.remove(ticket))
    }

    fn submit(&mut self, command: Command) -> Option<Ticket> {
        let ticket = self.engine.as_ref()?.submit(command);
        self.asked_by_accounts.insert(ticket);
        Some(ticket)
    }

    // Their messages and actions.

    pub(super) fn setup(&mut self, message: setup::Message) -> Task<Message> {
        let Screen::Setup(state) = &mut self.screen else { return Task::none() };
        let before = state.step;
        let action = state.update(message);
        // Another step is not begun in the middle, however far this one was scrolled.
        let top = if state.step == before { Task::none() } else { to_the_top() };
        match action {
            None => top,
            Some(action) => top.chain(self.carry_out_setup(action)),
        }
    }

    fn carry_out_setup(&mut self, action: setup::Action) -> Task<Message> {
        use setup::Action;
        match action {
            Action::Do(asked, command) => match self.submit(command) {
                Some(ticket) => self.setup(setup::Message::Submitted(asked, ticket)),
                None => Task::none(),
            },
            Action::Submit(command) => {
                self.submit(command);
                Task::none()
            }
            Action::SubmitAndLeave(command) => {
                self.submit(command);
                self.leave()
            }
            Action::Focus(field) => focus(field),
            // The address is shown beside the button, for where there is no browser.
            Action::Open(page) => Task::future(browser::open(page)).discard(),
            Action::Copy(text) => iced::clipboard::write(text),
            Action::Raise => self.raise(),
            Action::Places => {
                let places = self.places();
                self.setup(setup::Message::Places(places))
            }
            Action::Questions => {
                let questions = self.questions();
                self.setup(setup::Message::Questions(questions))
            }
            Action::Account => self.read_account(),
            Action::InASecond(pause) => Task::perform(after(Duration::from_secs(1)), move |()| {
                Message::Setup(setup::Message::Second(pause))
            }),
            Action::Demo => start_demo(),
            Action::Leave => self.leave(),
        }
    }

    fn read_account(&self) -> Task<Message> {
        let (Some(engine), Screen::Setup(state)) = (self.engine.clone(), &self.screen) else {
            return Task::none();
        };
        let setup::Purpose::Again(account) = &state.purpose else { return Task::none() };
        Task::perform(read_one(engine, account.id), |account| account).then(|account| match account {
            Some(account) => Task::done(Message::Setup(setup::Message::Account(account))),
            None => Task::none(),
        })
    }

    pub(super) fn settings(&mut self, message: settings::Message) -> Task<Message> {
        let Screen::Settings(state) = &mut self.screen else { return Task::none() };
        let before = state.page();
        let action = state.update(message);
        let top = if state.page() == before { Task::none() } else { to_the_top() };
        top.chain(self.carry_out_settings(action))
    }

    fn carry_out_settings(&mut self, action: Option<settings::Action>) -> Task<Message> {
        use settings::Action;
        match action {
            None => Task::none(),
            Some(Action::Do(asked, command)) => match self.submit(command) {
                Some(ticket) => self.settings(settings::Message::Submitted(asked, ticket)),
                None => Task::none(),
            },
            Some(Action::Read) => self.read_settings(),
            Some(Action::Submit(command)) => {
                self.submit(command);
                Task::none()
            }
            Some(Action::Questions) => {
                let questions = self.questions();
                self.settings(settings::Message::Questions(questions))
            }
            Some(Action::Focus(field)) => focus(field),
            Some(Action::Add) => self.add_another(),
            Some(Action::SignInAgain(account)) => self.read_to_sign_in(account),
            Some(Action::LeaveForGood) => {
                self.behind = None;
                self.show_welcome()
            }
            Some(Action::Leave) => self.leave(),
        }
    }

    fn read_settings(&self) -> Task<Message> {
        let Some(engine) = self.engine.clone() else { return Task::none() };
        let read = async move {
            let reader = engine.reader();
            let accounts = reader.accounts()?;
            let identities = accounts.iter().map(|it| Ok((it.id, reader.identities(it.id)?)));
            Ok(settings::Known {
                identities: identities.collect::<Result<_, waxwing_core::Error>>()?,
                templates: reader.templates()?,
                accounts,
                pins: reader.pins()?,
                places: engine.secret_places(),
                image_senders: reader.image_senders()?,
            })
        };
        Task::perform(read, |read: Result<_, waxwing_core::Error>| {
            Message::Settings(match read {
                Ok(known) => settings::Message::Read(Box::new(known)),
                Err(error) => settings::Message::Unread(error),
            })
        })
    }
}
