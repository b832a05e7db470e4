//! Parts of screens that are used in more than one: buttons, banners, empty states, lines.

mod avatar;
mod banner;
mod buttons;
mod certificate;
mod chip;
pub mod form;
mod scroll;

pub use avatar::{avatar, initials};
pub use banner::{Tone, banner, note};
pub use buttons::{icon_button, link, plain, primary, primary_wide, quiet, side_entry, side_item, switch};
pub(crate) use buttons::{inverted, primary_look, quiet_look};
pub use certificate::certificate;
pub use chip::{Chip, chip, small_chip, tag_dot};
pub use scroll::{GO_BACK, NEXT, PAGE, TOP, is_read_first, page_key, scrolling};

use iced::widget::{column, container, rule, space, text};
use iced::{Background, Border, Center, Color, Element, Fill, Theme};

use crate::icon::{Icon, icon};
use crate::theme::{self, Hex, Tokens};

/// Text that may take several lines. A word longer than a line, as hosts and addresses are, goes on in the next.
pub fn paragraph<'a>(content: impl text::IntoFragment<'a>, size: (f32, f32)) -> text::Text<'a> {
    let words = text(content).size(size.0).line_height(theme::leading(size)).font(theme::REGULAR);
    words.wrapping(text::Wrapping::WordOrGlyph)
}

/// The colour of a text, by token.
pub fn ink(pick: fn(&Tokens) -> Hex) -> impl Fn(&Theme) -> text::Style {
    move |theme| text::Style { color: Some(pick(theme::of(theme)).0) }
}

/// As `ink`, for lines.
pub fn colour(pick: fn(&Tokens) -> Hex) -> impl Fn(&Theme) -> Color {
    move |theme| pick(theme::of(theme)).0
}

/// A ground of one colour.
pub fn ground(pick: fn(&Tokens) -> Hex) -> impl Fn(&Theme) -> container::Style {
    move |theme| {
        let t = theme::of(theme);
        container::Style {
            background: Some(pick(t).into()),
            text_color: Some(t.text.0),
            ..container::Style::default()
        }
    }
}

/// A card with a border; `radius` in pixels.
pub fn card(pick: fn(&Tokens) -> Hex, radius: f32) -> impl Fn(&Theme) -> container::Style {
    move |theme| {
        let t = theme::of(theme);
        container::Style {
            background: Some(pick(t).into()),
            text_color: Some(t.text.0),
            border: Border { color: t.line.0, width: 1.0, radius: radius.into() },
            ..container::Style::default()
        }
    }
}

/// A light card in a dark window, for what brings colours of its own.
pub fn light_card(_: &Theme) -> container::Style {
    let t = theme::of(&theme::light_theme());
    container::Style {
        background: Some(t.surface.into()),
        text_color: Some(t.text.0),
        border: Border { radius: 8.0.into(), ..Border::default() },
        ..container::Style::default()
    }
}

/// A card that floats above the rest. It has no shadow: iced's painter without a GPU lays a shadow over itself again
/// with each partial repaint, until it is black.
pub fn floating(radius: f32) -> impl Fn(&Theme) -> container::Style {
    card(|t| t.raised, radius)
}

/// What dims the window behind a question.
pub fn scrim(_theme: &Theme) -> container::Style {
    container::Style {
        background: Some(Background::Color(Color { a: 0.35, ..Color::BLACK })),
        ..container::Style::default()
    }
}

/// A line across.
pub fn across<'a>() -> rule::Rule<'a, Theme> {
    rule::horizontal(1).style(rule_style)
}

/// A line down.
pub fn down<'a>() -> rule::Rule<'a, Theme> {
    rule::vertical(1).style(rule_style)
}

fn rule_style(theme: &Theme) -> rule::Style {
    rule::Style {
        color: theme::of(theme).line.0,
        radius: 0.0.into(),
        fill_mode: rule::FillMode::Full,
        snap: true,
    }
}

/// Nothing is here: what, and what next.
pub fn empty<'a, Message: 'a>(
    which: Icon,
    title: impl Into<String>,
    next: impl Into<String>,
) -> Element<'a, Message> {
    let title: String = title.into();
    let next: String = next.into();
    let inside = column![
        icon(which, 34.0).style(ink(|t| t.faint)),
        space().height(8),
        paragraph(title, (15.0, 22.0)).font(theme::STRONG).align_x(Center),
        paragraph(next, theme::CHROME).style(ink(|t| t.muted)).align_x(Center),
    ]
    .spacing(4)
    .align_x(Center)
    .max_width(340);
    container(inside).center(Fill).padding(24).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_floats_has_a_shadow() {
        for theme in [theme::light_theme(), theme::dark_theme()] {
            for style in [floating(12.0)(&theme), inverted(&theme)] {
                assert_eq!(style.shadow.color.a, 0.0);
            }
        }
    }
}
