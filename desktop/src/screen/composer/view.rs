//! What the composer looks like.

use iced::keyboard::{Key, Modifiers, key::Named};
use iced::widget::text_editor::{self, Binding, KeyPress};
use iced::widget::{column, container, stack};
use iced::{Border, Color, Element, Fill, Theme};
use waxwing_core::mime::Writing;

use super::highlight::{Markdown, format};
use super::marks::Mark;
use super::{Field, Message, State, TEXT_FIELD, foot, lines};
use crate::icon::Icon;
use crate::theme;
use crate::ui::{self, across};
use crate::widget::{chords, whole};
use crate::words::writing as words;

/// The whole window.
pub fn view(state: &State) -> Element<'_, Message> {
    let mut page = column![lines::head(state), across(), lines::from(state), across()];
    let shown = |field: &Field| match field {
        Field::To => true,
        Field::Cc => state.copies.0,
        Field::Bcc => state.copies.1,
    };
    for field in Field::ALL.into_iter().filter(shown) {
        page = page.push(lines::people(state, field)).push(across());
    }
    let page = page
        .push(lines::subject(state))
        .push(across())
        .push(editor(state))
        .push(foot::folded(state))
        .push(foot::files(state))
        .push(foot::notes(state))
        .push(across())
        .push(foot::toolbar(state));
    let page = container(page).width(Fill).height(Fill).style(ui::ground(|t| t.surface));
    let page: Element<'_, Message> =
        if state.is_hovered { stack![page, drop_here()].into() } else { page.into() };
    whole(state.root.clone(), chords(page, on_chord))
}

/// Over all of it, while a file hovers there.
fn drop_here<'a>() -> Element<'a, Message> {
    let words = ui::empty(Icon::PAPERCLIP, words::ATTACH_FILES, "");
    container(words)
        .width(Fill)
        .height(Fill)
        .style(|theme: &Theme| {
            let t = theme::of(theme);
            container::Style {
                background: Some(Color { a: 0.92, ..t.tint.0 }.into()),
                border: Border { color: t.accent.0, width: 2.0, radius: 0.0.into() },
                ..container::Style::default()
            }
        })
        .into()
}

/// Keys of the window, wherever the focus is.
fn on_chord(key: &Key, modifiers: Modifiers) -> Option<Message> {
    if !modifiers.command() || modifiers.alt() {
        return None;
    }
    match key.as_ref() {
        Key::Named(Named::Enter) => Some(Message::Send),
        Key::Character("w") => Some(Message::Close),
        Key::Character("a" | "A") if modifiers.shift() => Some(Message::Attach),
        _ => None,
    }
}

fn editor(state: &State) -> Element<'_, Message> {
    let editor = text_editor::TextEditor::new(state.text.content())
        .id(TEXT_FIELD)
        .placeholder(words::WRITE_HERE)
        .on_action(Message::Text)
        .key_binding(binding)
        .font(theme::REGULAR)
        .size(theme::READING.0)
        .line_height(theme::leading(theme::READING))
        .padding([18, 18])
        .height(Fill)
        .wrapping(iced::widget::text::Wrapping::WordOrGlyph)
        .style(style);
    match state.writing() {
        Writing::Markdown => editor.highlight_with::<Markdown>(true, format).into(),
        Writing::Plain => editor.into(),
    }
}

fn style(theme: &Theme, _: text_editor::Status) -> text_editor::Style {
    let t = theme::of(theme);
    text_editor::Style {
        background: Color::TRANSPARENT.into(),
        border: Border::default(),
        placeholder: t.faint.0,
        value: t.text.0,
        selection: Color { a: 0.3, ..t.accent.0 },
    }
}

/// What keys do in the text, beside what they do in any.
fn binding(press: KeyPress) -> Option<Binding<Message>> {
    if !matches!(press.status, text_editor::Status::Focused { .. }) {
        return None;
    }
    let command = press.modifiers.command() && !press.modifiers.alt();
    let shift = press.modifiers.shift();
    let message = match press.key.to_latin(press.physical_key) {
        Some('b') if command => Message::Mark(Mark::Bold),
        Some('i') if command => Message::Mark(Mark::Italic),
        Some('k') if command => Message::Mark(Mark::Link),
        Some('z') if command && shift => Message::Redo,
        Some('y') if command => Message::Redo,
        Some('z') if command => Message::Undo,
        Some('v') if command => Message::Paste,
        // What means nothing here means nothing in the window either.
        Some('l' | 'n' | 'r' | 'u' | 'f' | 'e') if command => return None,
        _ => {
            // The window goes round by Tab, and closes what hangs open by Escape.
            if matches!(press.key, Key::Named(Named::Escape | Named::Tab)) {
                return None;
            }
            return word_wise(&press).or_else(|| Binding::from_key_press(press));
        }
    };
    Some(Binding::Custom(message))
}

/// The word before and after the cursor go at once.
fn word_wise(press: &KeyPress) -> Option<Binding<Message>> {
    use text_editor::Motion;
    let (motion, erase) = match press.key {
        Key::Named(Named::Backspace) => (Motion::WordLeft, Binding::Backspace),
        Key::Named(Named::Delete) => (Motion::WordRight, Binding::Delete),
        _ => return None,
    };
    press.modifiers.jump().then(|| Binding::Sequence(vec![Binding::Select(motion), erase]))
}
