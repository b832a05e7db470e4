//! Parts of forms: labelled fields, a choice of several, lines that tick, verbs at the foot.

use iced::widget::{Column, Row, column, container, row, space, text};
use iced::{Border, Center, Color, Element, Fill, FillPortion, Theme, Top};

use crate::icon::{Icon, icon};
use crate::theme;
use crate::ui::{Tone, across, banner, card, ink, paragraph};
use crate::widget::{Look, Press, Status, press};

/// A label, its field, and below it what is wrong or worth knowing.
pub fn labelled<'a, Message: 'a>(
    label: &'a str,
    field: impl Into<Element<'a, Message>>,
    problem: Option<&'a str>,
    hint: Option<&'a str>,
) -> Element<'a, Message> {
    let mut lines = column![paragraph(label, theme::CHROME).font(theme::STRONG), field.into()].spacing(6);
    if let Some(problem) = problem {
        lines = lines.push(paragraph(problem, theme::SMALL).style(ink(|t| t.wax)));
    } else if let Some(hint) = hint {
        lines = lines.push(paragraph(hint, theme::SMALL).style(ink(|t| t.muted)));
    }
    lines.into()
}

/// One of several that exclude each other.
pub fn choice<'a, Message: Clone + 'a>(
    words: &'a str,
    is_chosen: bool,
    message: Message,
) -> Press<'a, Message> {
    let dot = container(space()).width(6).height(6).style(move |theme: &Theme| container::Style {
        background: is_chosen.then(|| theme::of(theme).accent.into()),
        border: Border { radius: 3.0.into(), ..Border::default() },
        ..container::Style::default()
    });
    let ring = container(dot).center(14).style(move |theme: &Theme| {
        let t = theme::of(theme);
        let color = if is_chosen { t.accent.0 } else { t.faint.0 };
        container::Style {
            border: Border { color, width: 1.5, radius: 7.0.into() },
            ..container::Style::default()
        }
    });
    let inside = row![ring, paragraph(words, theme::CHROME)].spacing(9).align_y(Center);
    // The ring stands below the first letter of what is above: no ground that would begin before it.
    press(inside, words).padding([4, 0]).on_press(message).style(|theme, status| {
        let t = theme::of(theme);
        Look {
            background: Color::TRANSPARENT,
            text: match status {
                Status::Hovered | Status::Pressed => t.accent.0,
                Status::Active | Status::Disabled => t.text.0,
            },
            border: Border { radius: 6.0.into(), ..Border::default() },
        }
    })
}

/// A banner as a card within a page.
pub fn notice<'a, Message: 'a>(
    tone: Tone,
    which: Icon,
    title: String,
    more: Vec<String>,
    below: Option<Element<'a, Message>>,
) -> Element<'a, Message> {
    let inside = banner(tone, which, title, more, None, below);
    let ground = move |theme: &Theme| match tone {
        Tone::Note => card(|t| t.warnbg, 8.0)(theme),
        Tone::Wrong => card(|t| t.errbg, 8.0)(theme),
    };
    container(inside).style(ground).padding(1).into()
}

/// How a line that ticks stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Waiting,
    Busy,
    Done,
    Nothing,
    Trouble,
    Failed,
}

fn mark<'a, Message: 'a>(mark: Mark) -> Element<'a, Message> {
    let glyph = |which, pick| icon(which, theme::ICON).style(ink(pick)).into();
    match mark {
        Mark::Busy => glyph(Icon::REFRESH_CW, |t| t.accent),
        Mark::Done => glyph(Icon::CIRCLE_CHECK, |t| t.ok),
        Mark::Trouble => glyph(Icon::CIRCLE_ALERT, |t| t.warn),
        Mark::Failed => glyph(Icon::CIRCLE_ALERT, |t| t.wax),
        Mark::Waiting | Mark::Nothing => circle(mark == Mark::Nothing),
    }
}

/// An icon the font lacks: a circle, with a bar in it or empty.
fn circle<'a, Message: 'a>(has_bar: bool) -> Element<'a, Message> {
    let bar = container(space()).width(5).height(1.5).style(move |theme: &Theme| container::Style {
        background: has_bar.then(|| theme::of(theme).muted.into()),
        ..container::Style::default()
    });
    let ring = container(bar).center(14).style(|theme: &Theme| container::Style {
        border: Border { color: theme::of(theme).muted.0, width: 1.4, radius: 7.0.into() },
        ..container::Style::default()
    });
    container(ring).center(theme::ICON).into()
}

/// One line that ticks: how it stands, what it is, and what came of it. In a narrow place the last goes below.
pub fn check_line<'a, Message: 'a>(
    is_narrow: bool,
    how: Mark,
    label: String,
    said: String,
) -> Element<'a, Message> {
    let whole = text::Wrapping::WordOrGlyph;
    let label = paragraph(label, theme::CHROME).wrapping(whole);
    let said = paragraph(said, theme::CHROME).wrapping(whole).style(ink(|t| t.muted));
    let mark = container(mark(how)).padding([1, 0]);
    let words: Element<'a, Message> = if is_narrow {
        column![label, said].width(Fill).into()
    } else {
        row![label.width(FillPortion(55)), said.width(FillPortion(50))].spacing(8).into()
    };
    column![container(row![mark, words].spacing(12).align_y(Top)).padding([9, 0]), across()].into()
}

/// The foot of a page: one verb at the left, others at the right with the primary one last. In a narrow place they stand
/// below each other, the primary one first.
pub fn verbs<'a, Message: 'a>(
    is_narrow: bool,
    left: Option<Element<'a, Message>>,
    mut right: Vec<Element<'a, Message>>,
) -> Element<'a, Message> {
    if is_narrow {
        right.reverse();
        return container(stacked(right.into_iter().chain(left).collect())).align_right(Fill).into();
    }
    Row::with_children(left).push(space().width(Fill)).extend(right).spacing(10).align_y(Center).into()
}

/// Verbs below each other, the primary one first.
pub fn stacked<'a, Message: 'a>(verbs: Vec<Element<'a, Message>>) -> Element<'a, Message> {
    Column::with_children(verbs).spacing(10).align_x(iced::Right).into()
}

/// How far one is: `done` of `all` steps.
pub fn progress<'a, Message: 'a>(done: usize, all: usize) -> Element<'a, Message> {
    let part = |place| {
        container(space()).height(4).width(Fill).style(move |theme: &Theme| {
            let t = theme::of(theme);
            container::Style {
                background: Some(if place < done { t.accent.into() } else { t.line.into() }),
                border: Border { radius: 2.0.into(), ..Border::default() },
                ..container::Style::default()
            }
        })
    };
    Row::with_children((0..all).map(|place| part(place).into())).spacing(6).into()
}
