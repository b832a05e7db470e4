//! A person who adds an account: the real screens, laid out without a window, and the real engine behind them.

use futures_util::StreamExt as _;
use iced::advanced::widget::Id;
use iced::{Settings, Size};
use iced_test::Simulator;
use iced_test::core::Rectangle;
use iced_test::selector::{Candidate, Target};
use tokio::time::timeout;
use waxwing_core::model::Secret;
use waxwing_core::{Event, EventStream, Ticket};
use waxwing_desktop::screen::setup::{
    self, ADDRESS_FIELD, AGAIN_FIELD, Action, GO_BACK, IMAP_FIELD, IMAP_PORT_FIELD, Message, NAME_FIELD,
    NEXT, OnPerson, OnSignIn, PASSPHRASE_FIELD, PASSWORD_FIELD, SMTP_FIELD, SMTP_PORT_FIELD, SUGGESTION,
    ServerEdit, State, Step, USER_FIELD,
};
use waxwing_desktop::theme;
use waxwing_desktop::words::dates::Now;

use super::internet::{Device, PATIENCE};

/// High enough that nothing has to be scrolled to.
const SIZE: Size = Size::new(860.0, 1600.0);
const PRIMARY: [&str; 3] = [NEXT, SUGGESTION, GO_BACK];
const FIELDS: [&str; 10] = [
    NAME_FIELD,
    ADDRESS_FIELD,
    PASSWORD_FIELD,
    PASSPHRASE_FIELD,
    AGAIN_FIELD,
    USER_FIELD,
    IMAP_FIELD,
    IMAP_PORT_FIELD,
    SMTP_FIELD,
    SMTP_PORT_FIELD,
];

/// What there is on the screen.
pub(super) struct Seen {
    /// All texts, those of buttons among them.
    pub(super) texts: Vec<String>,
    /// What can be pressed, in the order of the keyboard; the primary one begins with a star.
    pub(super) verbs: Vec<String>,
    /// What can be typed in, by name.
    pub(super) fields: Vec<&'static str>,
}

pub(super) struct Newcomer<'a> {
    device: &'a Device,
    events: EventStream,
    pub(super) state: State,
    waits: Option<Ticket>,
    /// A second of a pause is to be let pass.
    pause: Option<u64>,
    /// Where the focus is.
    pub(super) focus: &'static str,
    /// Pages that were opened in the browser.
    pub(super) opened: Vec<String>,
    /// The mail window is shown.
    pub(super) is_in: bool,
}

impl<'a> Newcomer<'a> {
    /// In front of the welcome.
    pub(super) fn at(device: &'a Device) -> Self {
        let state = State::new(device.engine.secret_places(), SIZE, Now::read(), None);
        let (events, focus) = (device.engine.events(), state.first_focus());
        let (opened, is_in) = (Vec::new(), false);
        Self { device, events, state, waits: None, pause: None, focus, opened, is_in }
    }

    /// Types name and address, and waits for what comes of it.
    pub(super) fn types_address(&mut self, address: &str) {
        self.presses("Add my account");
        self.tells(Message::Person(OnPerson::Name("Ann Field".to_owned())));
        self.tells(Message::Person(OnPerson::Address(address.to_owned())));
        self.tells(Message::Enter);
    }

    /// Types the password, if the screen asks for one, and waits for what comes of it.
    pub(super) fn types_password(&mut self, password: &str) {
        if self.sees().fields.contains(&PASSWORD_FIELD) {
            self.tells(Message::SignIn(OnSignIn::Password(Secret::new(password))));
            self.tells(Message::Enter);
        }
    }

    /// Types another user name where the servers are open, and signs in.
    pub(super) fn types_user_name(&mut self, name: &str) {
        self.tells(Message::SignIn(OnSignIn::Typed(ServerEdit::UserName(name.to_owned()))));
        self.tells(Message::Enter);
    }

    /// Presses a button with the mouse, and waits for what comes of it.
    pub(super) fn presses(&mut self, verb: &str) {
        let mut screen = screen(&self.state);
        let pressed = screen.click(verb);
        assert!(pressed.is_ok(), "{verb} can't be pressed: {pressed:?}");
        let messages: Vec<Message> = screen.into_messages().collect();
        assert!(!messages.is_empty(), "{verb} does nothing");
        for message in messages {
            self.tells(message);
        }
    }

    /// Lets the seconds of a pause pass.
    pub(super) fn waits_for_the_pause(&mut self) -> usize {
        let mut seconds = 0;
        while let Some(pause) = self.pause.take() {
            seconds += 1;
            self.tells(Message::Second(pause));
        }
        seconds
    }

    pub(super) fn is_at(&self, step: Step) -> bool {
        self.state.step == step
    }

    /// What the screen shows.
    pub(super) fn sees(&self) -> Seen {
        let mut all = Vec::new();
        let _ = screen(&self.state).find(|candidate: Candidate<'_>| -> Option<()> {
            all.push(Target::from(candidate));
            None
        });
        seen(&all)
    }

    fn tells(&mut self, message: Message) {
        let mut next = self.state.update(message);
        loop {
            while let Some(action) = next {
                next = self.carries_out(action);
            }
            let Some(ticket) = self.waits else { return };
            let next_event = async { timeout(PATIENCE, self.events.next()).await };
            let event =
                self.device.runtime.block_on(next_event).expect("in time").expect("the engine is at work");
            if matches!(event, Event::Finished { ticket: of, .. } if of == ticket) {
                self.waits = None;
            }
            next = self.state.update(Message::News(event));
        }
    }

    /// As the window does.
    fn carries_out(&mut self, action: Action) -> Option<Action> {
        let engine = &self.device.engine;
        match action {
            Action::Do(asked, command) => {
                let ticket = engine.submit(command);
                self.waits = Some(ticket);
                return self.state.update(Message::Submitted(asked, ticket));
            }
            Action::Questions => {
                let questions = engine.reader().trust_questions();
                return self.state.update(Message::Questions(questions));
            }
            Action::Places => {
                let places = engine.secret_places();
                return self.state.update(Message::Places(places));
            }
            Action::Focus(field) => self.focus = field,
            Action::Open(page) => self.opened.push(page),
            Action::InASecond(pause) => self.pause = Some(pause),
            Action::Leave => self.is_in = true,
            other => panic!("nobody adds an account that way: {other:?}"),
        }
        None
    }
}

fn screen(state: &State) -> Simulator<'_, Message> {
    let fonts = theme::FONTS.into_iter().map(Into::into).collect();
    Simulator::with_size(Settings { fonts, ..Settings::default() }, SIZE, setup::view(state))
}

/// A button tells that it can be pressed, and then what it says.
fn seen(all: &[Target]) -> Seen {
    let of_field = |bounds: &Rectangle| {
        all.iter().any(|target| matches!(target, Target::TextInput { bounds: of, .. } if of == bounds))
    };
    let is = |id: &Option<Id>, name: &'static str| *id == Some(Id::new(name));
    let mut seen = Seen { texts: Vec::new(), verbs: Vec::new(), fields: Vec::new() };
    for (place, target) in all.iter().enumerate() {
        match target {
            Target::Text { content, .. } => seen.texts.push(content.clone()),
            Target::TextInput { id, .. } => seen.fields.extend(FIELDS.iter().filter(|name| is(id, name))),
            Target::Focusable { id, bounds, .. } if !of_field(bounds) => {
                let Some(Target::Text { content, .. }) = all.get(place + 1) else {
                    panic!("a button that says nothing: {target:?}")
                };
                let is_primary = PRIMARY.iter().any(|name| is(id, name));
                seen.verbs.push(format!("{}{content}", if is_primary { "*" } else { "" }));
            }
            _ => {}
        }
    }
    seen
}
