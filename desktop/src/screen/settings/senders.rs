//! Whose pictures on the network are fetched by themselves, and taking that back.

use iced::widget::{column, row, text::Wrapping};
use iced::{Center, Element, Fill};
use waxwing_core::Command;

use super::view::group;
use super::{Message, State};
use crate::theme;
use crate::ui::{ink, paragraph, quiet};
use crate::words::{self, settings as texts};

/// The senders, and those that were removed since the page was opened: they stay in their place, to be put back.
#[derive(Clone, Debug, Default)]
pub(super) struct Senders {
    shown: Vec<String>,
    removed: Vec<String>,
}

impl Senders {
    /// What there is now.
    pub(super) fn read(&mut self, senders: Vec<String>) {
        self.shown = senders;
    }

    /// One is removed, or put back: what is to be asked for.
    pub(super) fn change(&mut self, sender: String, always: bool) -> Command {
        if !always && !self.removed.contains(&sender) {
            self.removed.push(sender.clone());
        }
        Command::ShowImagesOf { sender, always }
    }

    /// By name: the address, and whether it is still there.
    fn lines(&self) -> Vec<(&str, bool)> {
        let gone = self.removed.iter().filter(|sender| !self.shown.contains(sender));
        let mut lines: Vec<(&str, bool)> = self.shown.iter().map(|sender| (sender.as_str(), true)).collect();
        lines.extend(gone.map(|sender| (sender.as_str(), false)));
        lines.sort_unstable();
        lines
    }
}

/// What it is for, and a line for each of them.
pub(super) fn view(state: &State) -> Element<'_, Message> {
    let lines = state.senders.lines();
    if lines.is_empty() {
        return paragraph(texts::NO_SENDERS, theme::CHROME).style(ink(|t| t.muted)).into();
    }
    let hint = paragraph(texts::SENDERS_HINT, theme::CHROME).style(ink(|t| t.muted));
    let lines = lines.into_iter().map(|(sender, is_there)| line(state, sender, is_there)).collect();
    column![hint, group(lines)].spacing(10).into()
}

fn line<'a>(state: &'a State, sender: &'a str, is_there: bool) -> Element<'a, Message> {
    let (address, said, tone): (_, _, fn(&theme::Tokens) -> theme::Hex) = match is_there {
        true => (sender.to_owned(), texts::REMOVE, |t| t.text),
        false => (texts::sender_removed(sender), words::UNDO, |t| t.muted),
    };
    let address =
        paragraph(address, theme::CHROME).wrapping(Wrapping::WordOrGlyph).style(ink(tone)).width(Fill);
    let message = Message::Sender { sender: sender.to_owned(), always: !is_there };
    let verb = quiet(said).on_press_maybe(state.waits.is_none().then_some(message));
    if state.is_narrow() {
        return column![address, verb].spacing(8).into();
    }
    row![address, verb].spacing(12).align_y(Center).into()
}
