//! The first step: whose mail it is.

use iced::widget::{column, container};
use iced::{Element, Fill};
use waxwing_core::Command;

use super::{ADDRESS_FIELD, Action, Asked, NAME_FIELD, SUGGESTION, State, Step};
use crate::icon::Icon;
use crate::theme;
use crate::ui::form::{labelled, notice, verbs};
use crate::ui::{Tone, paragraph, plain, primary};
use crate::widget::Field;
use crate::words::{self, setup as texts};

/// What is typed in this step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Person {
    pub name: String,
    pub address: String,
    /// The address was sent away as none.
    pub is_refused: bool,
    /// The address that was probably meant.
    pub suggestion: Option<String>,
}

/// What can happen in this step.
#[derive(Clone, Debug)]
pub enum Message {
    Name(String),
    Address(String),
    /// Look up its settings.
    Continue,
    /// The address that was probably meant is the right one.
    Take,
    /// It is not.
    Keep,
}

impl Person {
    /// The part after the `@`, if the address has both parts.
    pub(super) fn domain(&self) -> Option<&str> {
        let (local, domain) = self.address.trim().rsplit_once('@')?;
        let is_whole = !local.is_empty() && !domain.is_empty();
        let is_plain = !domain.contains(|c: char| c.is_whitespace() || c == ',' || c == '@');
        (is_whole && is_plain && !domain.starts_with('.') && !domain.ends_with('.')).then_some(domain)
    }

    /// The address as it is sent to the engine.
    pub(super) fn address(&self) -> String {
        self.address.trim().to_owned()
    }
}

impl State {
    pub(super) fn person(&mut self, message: Message) -> Option<Action> {
        match message {
            Message::Name(text) => self.person.name = text,
            Message::Address(text) => {
                // What was found was found for another address.
                self.settings = None;
                self.person = Person {
                    address: text,
                    name: std::mem::take(&mut self.person.name),
                    ..Person::default()
                };
            }
            Message::Continue => return self.look_up(),
            Message::Take => {
                if let Some(address) = self.person.suggestion.take() {
                    self.person.address = address;
                    self.settings = None;
                    return self.look_up();
                }
            }
            Message::Keep => {
                self.person.suggestion = None;
                return Some(self.after_search());
            }
        }
        None
    }

    /// Asks for the settings of the address that is typed.
    pub(super) fn look_up(&mut self) -> Option<Action> {
        self.person.is_refused = self.person.domain().is_none();
        if self.person.is_refused {
            return Some(Action::Focus(ADDRESS_FIELD));
        }
        // Back and on again with the same address asks nobody anew.
        if self.settings.is_some() {
            return Some(self.show_sign_in());
        }
        self.person.suggestion = None;
        self.lookup = super::lookup::Lookup::default();
        self.step = Step::Lookup;
        Some(Action::Do(Asked::Discovery, Command::Discover { address: self.person.address() }))
    }
}

/// The step as it is seen.
pub(super) fn view(state: &State) -> Element<'_, super::Message> {
    let person = &state.person;
    let go_on = super::Message::Person(Message::Continue);
    let name = Field::new(
        NAME_FIELD,
        texts::NAME_EXAMPLE,
        &person.name,
        false,
        |text| super::Message::Person(Message::Name(text)),
        Some(go_on.clone()),
    );
    let address = Field::new(
        ADDRESS_FIELD,
        words::ADDRESS_EXAMPLE,
        &person.address,
        false,
        |text| super::Message::Person(Message::Address(text)),
        Some(go_on.clone()),
    );
    let problem = person.is_refused.then_some(words::ADDRESS_INCOMPLETE);
    let mut page = column![
        paragraph(texts::WHO, theme::TITLE).font(theme::STRONG),
        labelled(texts::NAME, name, None, Some(texts::NAME_HINT)),
        labelled(words::ADDRESS, address, problem, None),
    ]
    .spacing(16)
    .width(Fill);
    let back =
        plain(if state.is_first() { words::BACK } else { texts::LEAVE }).on_press(super::Message::Back);
    let Some(meant) = &person.suggestion else {
        let verb = primary(texts::CONTINUE).on_press(go_on);
        return page.push(verbs(state.is_narrow(), Some(back.into()), vec![verb.into()])).into();
    };
    page = page.push(notice(Tone::Note, Icon::CIRCLE_ALERT, texts::did_you_mean(meant), Vec::new(), None));
    let keep = plain(texts::keep_address(&person.address())).on_press(super::Message::Person(Message::Keep));
    let take =
        primary(texts::use_address(meant)).id(SUGGESTION).on_press(super::Message::Person(Message::Take));
    // Beside each other there would be no room for two addresses.
    let below = verbs(state.is_narrow(), Some(back.into()), vec![keep.into()]);
    page.push(column![container(take).align_right(Fill), below].spacing(10)).into()
}
