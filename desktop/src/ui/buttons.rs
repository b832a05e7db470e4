//! Buttons by weight: one primary in a view, plain ones beside it, quiet ones in bars.

use iced::widget::{container, row, text, tooltip};
use iced::{Border, Center, Color, Element, Fill, Theme};

use crate::icon::{Icon, icon, small};
use crate::theme::{self, Tokens};
use crate::ui::{ink, paragraph};
use crate::widget::{Look, Press, Status, press};

const RADIUS: f32 = 6.0;

fn border(colour: Color, width: f32) -> Border {
    Border { color: colour, width, radius: RADIUS.into() }
}

/// One colour laid over another.
fn over(ground: Color, top: Color, share: f32) -> Color {
    let mix = |a: f32, b: f32| a + (b - a) * share;
    Color::from_rgb(mix(ground.r, top.r), mix(ground.g, top.g), mix(ground.b, top.b))
}

pub(crate) fn primary_look(theme: &Theme, status: Status) -> Look {
    let t = theme::of(theme);
    let background = match status {
        Status::Active => t.accent.0,
        Status::Hovered => over(t.accent.0, t.text.0, 0.08),
        Status::Pressed => over(t.accent.0, t.text.0, 0.16),
        Status::Disabled => t.line.0,
    };
    let text = if status == Status::Disabled { t.muted.0 } else { t.onaccent.0 };
    Look { background, text, border: border(Color::TRANSPARENT, 0.0) }
}

fn plain_look(theme: &Theme, status: Status) -> Look {
    let t = theme::of(theme);
    let background = match status {
        Status::Active | Status::Disabled => t.raised.0,
        Status::Hovered => t.hover.0,
        Status::Pressed => t.line.0,
    };
    let text = if status == Status::Disabled { t.faint.0 } else { t.text.0 };
    Look { background, text, border: border(t.line.0, 1.0) }
}

pub(crate) fn quiet_look(theme: &Theme, status: Status) -> Look {
    let t = theme::of(theme);
    let (background, text) = match status {
        Status::Active => (Color::TRANSPARENT, t.muted.0),
        Status::Hovered => (t.hover.0, t.text.0),
        Status::Pressed => (t.line.0, t.text.0),
        Status::Disabled => (Color::TRANSPARENT, Color { a: 0.45, ..t.faint.0 }),
    };
    Look { background, text, border: border(Color::TRANSPARENT, 0.0) }
}

fn label<'a>(words: String) -> text::Text<'a> {
    paragraph(words, theme::CHROME).font(theme::MEDIUM)
}

/// The one thing to do.
pub fn primary<'a, Message: Clone + 'a>(words: impl Into<String>) -> Press<'a, Message> {
    let words = words.into();
    press(label(words.clone()), words).padding([8, 19]).style(primary_look)
}

/// The one thing to do, with its words in the middle of whatever width it is given.
pub fn primary_wide<'a, Message: Clone + 'a>(words: impl Into<String>) -> Press<'a, Message> {
    let words = words.into();
    press(container(label(words.clone())).center_x(Fill), words).padding([11, 0]).style(primary_look)
}

/// Another thing to do.
pub fn plain<'a, Message: Clone + 'a>(words: impl Into<String>) -> Press<'a, Message> {
    let words = words.into();
    press(label(words.clone()), words).padding([6, 13]).style(plain_look)
}

/// A bold verb without a frame, in the colour of what is around it.
pub fn quiet<'a, Message: Clone + 'a>(words: impl Into<String>) -> Press<'a, Message> {
    let words = words.into();
    press(label(words.clone()).font(theme::STRONG), words)
        .padding([4, 8])
        .style(|theme, status| Look { text: theme::of(theme).text.0, ..quiet_look(theme, status) })
}

/// A verb as text in the muted colour.
pub fn link<'a, Message: Clone + 'a>(words: impl Into<String>) -> Press<'a, Message> {
    let words = words.into();
    press(label(words.clone()), words).padding([6, 10]).style(quiet_look)
}

/// An icon in a bar; `words` are its label and its hint on hovering, `key` the key that does the same.
pub fn icon_button<'a, Message: Clone + 'a>(
    which: Icon,
    words: &'a str,
    key: &'a str,
    message: Option<Message>,
    colour: Option<fn(&Tokens) -> theme::Hex>,
) -> Element<'a, Message> {
    let mut glyph = icon(which, theme::ICON);
    if let Some(colour) = colour {
        glyph = glyph.style(ink(colour));
    }
    let button = press(container(glyph).center(Fill), words)
        .width(34)
        .height(32)
        .style(quiet_look)
        .on_press_maybe(message);
    let mut hint = row![paragraph(words, theme::SMALL)].spacing(8);
    if !key.is_empty() {
        hint = hint.push(paragraph(key, theme::SMALL).style(|theme: &Theme| text::Style {
            color: Some(Color { a: 0.7, ..theme::of(theme).surface.0 }),
        }));
    }
    let hint = container(hint).padding([5, 9]).style(inverted);
    tooltip(button, hint, tooltip::Position::Bottom)
        .gap(4)
        .delay(std::time::Duration::from_millis(500))
        .into()
}

/// A switch in a bar: whether it is on is seen by a tick, not by colour alone.
pub fn switch<'a, Message: Clone + 'a>(
    id: &'static str,
    which: Icon,
    hint: &'a str,
    on: bool,
    message: Message,
) -> Element<'a, Message> {
    let tick = on.then(|| icon(Icon::CHECK, 12.0));
    let inside = row![icon(which, 15.0)].push(tick);
    let button = press(inside.spacing(3).align_y(Center), hint)
        .id(id)
        .padding([6, 8])
        .on_press(message)
        .style(move |theme, status| {
            let t = theme::of(theme);
            let (mut look, frame) = match on {
                true => {
                    (Look { background: t.tint.0, text: t.accent.0, ..quiet_look(theme, status) }, t.accent.0)
                }
                false => (quiet_look(theme, status), t.line.0),
            };
            look.border = border(frame, 1.0);
            look
        });
    let hint = container(paragraph(hint, theme::SMALL)).padding([5, 9]).style(inverted);
    tooltip(button, hint, tooltip::Position::Bottom)
        .gap(4)
        .delay(std::time::Duration::from_millis(500))
        .into()
}

/// The inverted ground of hints and toasts.
pub(crate) fn inverted(theme: &Theme) -> container::Style {
    let t = theme::of(theme);
    container::Style {
        background: Some(t.text.into()),
        text_color: Some(t.surface.0),
        border: Border { radius: RADIUS.into(), ..Border::default() },
        ..container::Style::default()
    }
}

/// An entry of the sidebar.
pub fn side_item<'a, Message: Clone + 'a>(
    which: Icon,
    name: String,
    count: u64,
    depth: u32,
    chosen: bool,
    message: Message,
) -> Element<'a, Message> {
    side_entry(small(which).into(), name, count, depth, chosen, message)
}

/// The same with something else than an icon before its name.
pub fn side_entry<'a, Message: Clone + 'a>(
    lead: Element<'a, Message>,
    name: String,
    count: u64,
    depth: u32,
    chosen: bool,
    message: Message,
) -> Element<'a, Message> {
    let font = if chosen { theme::STRONG } else { theme::REGULAR };
    let mut inside =
        row![lead, crate::widget::line(name.clone()).font(font).width(Fill),].spacing(7).align_y(Center);
    if count > 0 {
        let count = crate::words::grouped(count);
        let number = crate::widget::line(count).size(theme::TINY).font(theme::STRONG);
        inside = inside.push(if chosen { number } else { number.color(crate::ui::colour(|t| t.muted)) });
    }
    let indent = 10.0 + 16.0 * u8::try_from(depth.min(6)).map_or(0.0, f32::from);
    press(inside, name)
        .on_press(message)
        .width(Fill)
        .padding(iced::Padding { top: 5.0, bottom: 5.0, left: indent, right: 10.0 })
        .style(move |theme, status| {
            let t = theme::of(theme);
            let (background, text) = match (chosen, status) {
                (true, _) => (t.tint.0, t.accent.0),
                (false, Status::Hovered | Status::Pressed) => (over(t.side.0, t.text.0, 0.05), t.text.0),
                (false, Status::Active | Status::Disabled) => (Color::TRANSPARENT, t.text.0),
            };
            Look { background, text, border: border(Color::TRANSPARENT, 0.0) }
        })
        .into()
}
