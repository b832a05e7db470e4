//! The second step: everybody who may know the settings is asked at once.

use iced::widget::{column, row, space};
use iced::{Element, Fill};
use waxwing_core::model::{Discovery, Obstacle, SettingsSource, SourceState};
use waxwing_core::{Command, Error, ErrorKind, Ticket};

use super::sign_in_settings::SignIn;
use super::{ADDRESS_FIELD, Action, NEXT, SUGGESTION, State, Step};
use crate::theme;
use crate::ui::form::{self, Mark, check_line};
use crate::ui::{ink, paragraph, plain, primary};
use crate::words::trouble::{Trouble, trouble};
use crate::words::{self, setup as texts};

/// How the search goes.
#[derive(Clone, Debug, Default)]
pub(super) struct Lookup {
    pub(super) ticket: Option<Ticket>,
    states: [Option<SourceState>; SettingsSource::ALL.len()],
    end: Option<End>,
}

/// How it ended, where that leads to no sign-in.
#[derive(Clone, Debug)]
enum End {
    Nothing(Option<Obstacle>),
    Failed(Error),
}

/// What can happen in this step.
#[derive(Clone, Debug)]
pub enum Message {
    /// End it. What was found by then is offered; where that is nothing it goes on by hand.
    Stop,
    ByHand,
    CorrectAddress,
    Again,
    OpenBrowser,
}

/// Any page without TLS: a network that wants a sign-in of its own puts itself in its place.
const PLAIN_PAGE: &str = "http://example.com/";

/// What the end of a search offers, the first of them as the primary one.
const fn verbs(end: &End) -> &'static [Verb] {
    match end {
        End::Nothing(None) => &[Verb::ByHand],
        End::Nothing(Some(Obstacle::NoImap | Obstacle::PopOnly)) => &[Verb::OtherAddress, Verb::ByHand],
        End::Nothing(Some(Obstacle::NoSuchDomain)) => &[Verb::CorrectAddress, Verb::ByHand],
        End::Nothing(Some(Obstacle::CaptivePortal)) => &[Verb::OpenBrowser, Verb::Again],
        End::Nothing(Some(Obstacle::Offline)) | End::Failed(_) => &[Verb::Again, Verb::ByHand],
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    ByHand,
    OtherAddress,
    CorrectAddress,
    OpenBrowser,
    Again,
}

impl Verb {
    const fn words(self) -> &'static str {
        match self {
            Self::ByHand => texts::BY_HAND,
            Self::OtherAddress => texts::OTHER_ADDRESS,
            Self::CorrectAddress => texts::CORRECT_ADDRESS,
            Self::OpenBrowser => texts::OPEN_BROWSER,
            Self::Again => words::TRY_AGAIN,
        }
    }

    const fn message(self) -> super::Message {
        super::Message::Lookup(match self {
            Self::ByHand => Message::ByHand,
            Self::OtherAddress | Self::CorrectAddress => Message::CorrectAddress,
            Self::OpenBrowser => Message::OpenBrowser,
            Self::Again => Message::Again,
        })
    }
}

impl Lookup {
    pub(super) fn heard(&mut self, source: SettingsSource, state: SourceState) {
        let place = SettingsSource::ALL.iter().position(|it| *it == source);
        if let Some(slot) = place.and_then(|place| self.states.get_mut(place)) {
            *slot = Some(state);
        }
    }

    /// What Enter does when no button has the focus; `None` while it is under way.
    pub(super) fn primary(&self) -> Option<super::Message> {
        self.end.as_ref().and_then(|end| verbs(end).first()).map(|verb| verb.message())
    }
}

impl State {
    pub(super) fn lookup(&mut self, message: Message) -> Option<Action> {
        match message {
            Message::Stop => self.lookup.ticket.map(|ticket| Action::Submit(Command::Cancel { ticket })),
            Message::ByHand => Some(self.by_hand()),
            Message::CorrectAddress => {
                self.step = Step::Person;
                Some(Action::Focus(ADDRESS_FIELD))
            }
            Message::Again => self.look_up(),
            Message::OpenBrowser => Some(Action::Open(PLAIN_PAGE.into())),
        }
    }

    /// Back, in the middle of a search: it is given up.
    pub(super) fn leave_lookup(&mut self) -> Option<Action> {
        self.step = Step::Person;
        let ticket = self.lookup.ticket.take();
        Some(ticket.map_or(Action::Focus(ADDRESS_FIELD), |ticket| Action::Submit(Command::Cancel { ticket })))
    }

    pub(super) fn searched(&mut self, outcome: Result<Box<Discovery>, Error>) -> Option<Action> {
        self.lookup.ticket = None;
        match outcome {
            Ok(discovery) => {
                self.person.suggestion.clone_from(&discovery.did_you_mean);
                self.lookup.end = Some(End::Nothing(discovery.obstacle));
                self.settings = discovery
                    .proposals
                    .into_iter()
                    .next()
                    .map(|proposal| SignIn::with(proposal, &self.person));
                if self.person.suggestion.is_some() {
                    self.step = Step::Person;
                    return Some(Action::Focus(SUGGESTION));
                }
                Some(self.after_search())
            }
            Err(error) if error.kind() == ErrorKind::Canceled => Some(self.by_hand()),
            Err(error) if error.kind() == ErrorKind::InvalidInput => {
                self.person.is_refused = true;
                self.step = Step::Person;
                Some(Action::Focus(ADDRESS_FIELD))
            }
            Err(error) => {
                self.lookup.end = Some(End::Failed(error));
                Some(Action::Focus(NEXT))
            }
        }
    }

    /// To the sign-in if there is one to do; else it stays, and says why.
    pub(super) fn after_search(&mut self) -> Action {
        if self.settings.is_some() {
            return self.show_sign_in();
        }
        self.step = Step::Lookup;
        Action::Focus(NEXT)
    }
}

/// The step as it is seen.
pub(super) fn view(state: &State) -> Element<'_, super::Message> {
    let lookup = &state.lookup;
    let domain = state.person.domain().unwrap_or_default();
    let is_over = lookup.end.is_some();
    let mut page = column![].spacing(4).width(Fill);
    if let Some(end) = &lookup.end {
        let Trouble { title, advice, server } = said(end, domain);
        page = page.push(paragraph(title, theme::TITLE).font(theme::STRONG));
        page = page.push(paragraph(advice, theme::READING).style(ink(|t| t.muted)));
        page = page.push(server.map(|said| paragraph(said, theme::CHROME).style(ink(|t| t.muted))));
    } else {
        let address = row![
            paragraph(texts::FOR, theme::READING).style(ink(|t| t.muted)),
            paragraph(state.person.address(), theme::READING).font(theme::STRONG).width(Fill),
        ];
        page =
            page.push(paragraph(texts::LOOKING, theme::TITLE).font(theme::STRONG)).push(address.spacing(4));
    }
    page = page.push(space().height(8));
    // Who was asked tells something only where nobody knew anything; and in a narrow place what can be done comes sooner.
    let shows_sources = match &lookup.end {
        None => true,
        Some(End::Nothing(None) | End::Failed(_)) => !state.is_narrow(),
        Some(End::Nothing(Some(_))) => false,
    };
    for (source, found) in SettingsSource::ALL.into_iter().zip(lookup.states).filter(|_| shows_sources) {
        let mark = match found {
            Some(SourceState::Found) => Mark::Done,
            Some(SourceState::Asking) if !is_over => Mark::Busy,
            Some(SourceState::Unreached) => Mark::Trouble,
            None if !is_over => Mark::Waiting,
            Some(SourceState::Asking | SourceState::Nothing) | None => Mark::Nothing,
        };
        let said = texts::source_state(source, found, is_over);
        page = page.push(check_line(state.is_narrow(), mark, texts::source(source, domain), said.into()));
    }
    let back = plain(words::BACK).on_press(super::Message::Back).into();
    let right = match &lookup.end {
        None => {
            let stop = lookup.ticket.map(|_| super::Message::Lookup(Message::Stop));
            vec![plain(texts::STOP).on_press_maybe(stop).into()]
        }
        Some(end) => verb_row(end),
    };
    page.push(space().height(12)).push(form::verbs(state.is_narrow(), Some(back), right)).into()
}

/// The verbs of an end, the primary one last, at the right.
fn verb_row<'a>(end: &End) -> Vec<Element<'a, super::Message>> {
    let button = |(place, verb): (usize, &Verb)| {
        let press = if place == 0 { primary(verb.words()).id(NEXT) } else { plain(verb.words()) };
        press.on_press(verb.message()).into()
    };
    let mut buttons: Vec<Element<'a, super::Message>> = verbs(end).iter().enumerate().map(button).collect();
    buttons.reverse();
    buttons
}

fn said(end: &End, domain: &str) -> Trouble {
    match end {
        End::Nothing(obstacle) => texts::obstacle(*obstacle, domain),
        End::Failed(error) => trouble(error, domain),
    }
}
