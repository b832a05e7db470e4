//! Trouble that a person can do something about: one sentence, one bold verb, never a modal.

use iced::widget::{column, container, row, space};
use iced::{Alignment, Border, Element, Fill, Theme};

use crate::icon::{Icon, small};
use crate::theme::{self, Hex, Tokens};
use crate::ui::{ink, paragraph};

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Something to know or to do when there is time.
    Note,
    /// Something that stands in the way.
    Wrong,
}

impl Tone {
    fn ground(self) -> fn(&Tokens) -> Hex {
        match self {
            Self::Note => |t| t.warnbg,
            Self::Wrong => |t| t.errbg,
        }
    }

    fn mark(self) -> fn(&Tokens) -> Hex {
        match self {
            Self::Note => |t| t.warn,
            Self::Wrong => |t| t.wax,
        }
    }
}

/// A banner: `title` in one sentence, `more` in quieter lines below, `verb` at the right, `below` under all.
pub fn banner<'a, Message: 'a>(
    tone: Tone,
    which: Icon,
    title: String,
    more: Vec<String>,
    verb: Option<Element<'a, Message>>,
    below: Option<Element<'a, Message>>,
) -> Element<'a, Message> {
    // One line stands beside the middle of its verb.
    let align = if more.is_empty() && below.is_none() { Alignment::Center } else { Alignment::Start };
    let mut words =
        column![paragraph(title, theme::CHROME).font(theme::STRONG).style(ink(|t| t.text))].spacing(2);
    for line in more {
        words = words.push(paragraph(line, theme::CHROME).style(ink(|t| t.muted)));
    }
    if let Some(below) = below {
        words = words.push(space().height(4)).push(below);
    }
    let mark = container(small(which).style(ink(tone.mark()))).padding([1, 0]);
    let mut inside = row![mark, words.width(Fill)].spacing(12);
    if let Some(verb) = verb {
        inside = inside.push(verb);
    }
    container(inside.align_y(align))
        .padding([10, 24])
        .width(Fill)
        .style(move |theme: &Theme| container::Style {
            background: Some(tone.ground()(theme::of(theme)).into()),
            text_color: Some(theme::of(theme).text.0),
            border: Border::default(),
            ..container::Style::default()
        })
        .into()
}

/// A line inside a mail about the mail.
pub fn note<'a, Message: 'a>(which: Icon, words: &'a str) -> Element<'a, Message> {
    let words = paragraph(words, theme::CHROME).width(Fill);
    container(row![small(which), words].spacing(9).align_y(Alignment::Center))
        .padding([7, 12])
        .width(Fill)
        .style(|theme: &Theme| container::Style {
            background: Some(theme::of(theme).warnbg.into()),
            text_color: Some(theme::of(theme).warn.0),
            border: Border { radius: 6.0.into(), ..Border::default() },
            ..container::Style::default()
        })
        .into()
}
