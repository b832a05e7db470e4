//! Finding words in the mail that is open.

use iced::keyboard::key::Named;
use iced::widget::{container, row};
use iced::{Center, Element, Fill};

use crate::icon::Icon;
use crate::theme;
use crate::ui::{self, icon_button, ink, paragraph};
use crate::widget::Field;
use crate::words;

/// The field, for the focus.
pub const FIND_IN_MAIL: &str = "find-in-mail";

/// What is looked for.
#[derive(Debug, Default)]
pub(super) struct Find {
    pub(super) text: String,
}

impl Find {
    pub(super) fn letters(&self) -> &str {
        self.text.trim()
    }
}

/// What can happen there.
#[derive(Clone, Debug)]
pub enum Message {
    Typed(String),
    /// To the next place, or to the one before.
    Step(bool),
    Close,
}

/// The line with the field; `found`: how many places there are, and which was gone to; `whose`: it is one of several mails that
/// are open, and from them.
pub(super) fn view(find: &Find, found: (usize, usize), whose: Option<String>) -> Element<'_, Message> {
    let field = Field::new(
        FIND_IN_MAIL,
        words::FIND_IN_MAIL,
        &find.text,
        false,
        Message::Typed,
        Some(Message::Step(true)),
    )
    .on_key(|named| match named {
        Named::ArrowDown => Some(Message::Step(true)),
        Named::ArrowUp => Some(Message::Step(false)),
        Named::Escape => Some(Message::Close),
        _ => None,
    });
    let (count, place) = found;
    let is_asked = !find.letters().is_empty();
    let words = if is_asked { words::found_in_mail(count, place) } else { String::new() };
    let words = match whose {
        Some(name) if is_asked => words::found_in_mail_of(&words, &name),
        Some(name) => words::finds_in_mail_of(&name),
        None => words,
    };
    let tone: fn(&theme::Tokens) -> theme::Hex = if count == 0 { |t| t.wax } else { |t| t.muted };
    let step = |forward| (count > 1).then_some(Message::Step(forward));
    let line = row![
        container(field).max_width(320),
        container(paragraph(words, theme::SMALL).style(ink(tone))).width(Fill),
        icon_button(Icon::CHEVRON_UP, words::PREVIOUS_PLACE, "↑", step(false), None),
        icon_button(Icon::CHEVRON_DOWN, words::NEXT_PLACE, "↓", step(true), None),
        icon_button(Icon::X, words::CLOSE, "Esc", Some(Message::Close), None),
    ];
    iced::widget::column![
        container(line.spacing(10).align_y(Center)).padding([6, 24]).style(ui::ground(|t| t.canvas)),
        ui::across()
    ]
    .into()
}
