//! Mails that wait to be sent: when, or why they haven't been, and what can be done about them.

use iced::widget::{column, container, row};
use iced::{Center, Element, Fill};
use waxwing_core::Ticket;
use waxwing_core::model::{ChangeState, Draft, WaitingChange};

use super::{Message, State};
use crate::icon::{Icon, small};
use crate::screen::composer::{Then, Write};
use crate::theme;
use crate::ui::{self, colour, ink, paragraph, plain, quiet, scrolling};
use crate::widget::line;
use crate::words::trouble::trouble;
use crate::words::{self, writing as texts};

/// A mail that waits.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    pub draft: Draft,
    /// The operation that sends it.
    pub ticket: Ticket,
    /// How that stands.
    pub change: Option<WaitingChange>,
}

/// When it is sent, or why it wasn't.
fn how(state: &State, waiting: &Waiting) -> String {
    let Some(change) = &waiting.change else { return texts::SENDING.into() };
    if let Some(error) = &change.error {
        let again = change.next_try.map(|at| texts::tried_again(&state.now.long(at))).unwrap_or_default();
        return format!("{}. {again}", trouble(error, "").title).trim_end().to_owned();
    }
    match (change.state, change.next_try) {
        (ChangeState::Queued, Some(at)) => texts::sending_at(&state.now.long(at)),
        (ChangeState::Queued, None) => texts::WAITS_FOR_CONNECTION.into(),
        (ChangeState::Sending | ChangeState::Unknown, _) => texts::SENDING.into(),
        (ChangeState::Refused, _) => texts::REFUSED.into(),
    }
}

/// The card with all of them.
pub(super) fn view(state: &State) -> Element<'_, Message> {
    let head = row![
        paragraph(texts::OUTBOX, theme::TITLE).font(theme::STRONG).width(Fill),
        plain(words::CLOSE).on_press(Message::CloseOverlay)
    ]
    .align_y(Center);
    let mut entries = column![].spacing(0);
    if state.outbox.is_empty() {
        entries = entries.push(paragraph(texts::OUTBOX_EMPTY, theme::CHROME).style(ink(|t| t.muted)));
    }
    for waiting in &state.outbox {
        entries = entries.push(entry(state, waiting)).push(ui::across());
    }
    let inside = column![head, scrolling(entries)].spacing(14);
    container(inside).padding([20, 24]).width(560).max_height(520).style(ui::floating(12.0)).into()
}

fn entry<'a>(state: &'a State, waiting: &'a Waiting) -> Element<'a, Message> {
    let composition = &waiting.draft.composition;
    let subject = composition.subject.trim();
    let subject = if subject.is_empty() { words::NO_SUBJECT } else { subject };
    let is_wrong = waiting.change.as_ref().is_some_and(|change| change.error.is_some());
    let how = line(how(state, waiting)).size(theme::SMALL).color(move |theme| {
        let t = theme::of(theme);
        if is_wrong { t.wax.0 } else { t.muted.0 }
    });
    let to = line(composition.to.as_str()).size(theme::SMALL).color(colour(|t| t.muted));
    let words = column![line(subject).font(theme::STRONG), to, how].spacing(2).width(Fill);
    let verb = |label, then| {
        let write = Write::Back { ticket: waiting.ticket, draft: waiting.draft.id, then };
        quiet(label).on_press(Message::Write(write))
    };
    let verbs = row![
        verb(texts::SEND_NOW, Then::Send),
        verb(words::EDIT, Then::Edit),
        verb(texts::DISCARD_SHORT, Then::Discard)
    ];
    row![small(Icon::SEND).style(ink(|t| t.muted)), words, verbs]
        .spacing(12)
        .padding([10, 0])
        .align_y(Center)
        .into()
}
