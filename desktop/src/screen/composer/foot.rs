//! Below the text: what is folded away, files, what is worth saying, and the marks.

use iced::widget::{Row, column, container, row, space};
use iced::{Border, Center, Color, Element, Fill, Padding, Theme};
use waxwing_core::mime::Writing;
use waxwing_core::model::DraftFile;

use super::lines::{menu, menu_entry};
use super::marks::Mark;
use super::{Menu, Message, State, USUAL_LIMIT, fold};
use crate::icon::{Icon, icon, small};
use crate::theme::{self, Hex, Tokens};
use crate::ui::{self, colour, icon_button, ink, paragraph, quiet};
use crate::widget::{Look, line, popup, press};
use crate::words::{self as all_words, writing as words};

const SIDE: f32 = 18.0;

/// What is quoted below, folded away.
pub(super) fn folded(state: &State) -> Option<Element<'_, Message>> {
    if state.folded.is_empty() {
        return None;
    }
    let (introduction, lines) = fold::described(&state.folded);
    let words = words::folded(&introduction, lines);
    let inside = row![icon(Icon::CHEVRON_RIGHT, 14.0), line(words.clone())].spacing(7).align_y(Center);
    let unfold = press(inside, words).on_press(Message::Unfold).padding([5, 6]).style(ui::quiet_look);
    Some(container(unfold).padding(Padding { left: SIDE - 6.0, right: SIDE, bottom: 8.0, top: 0.0 }).into())
}

/// The files that go along.
pub(super) fn files(state: &State) -> Option<Element<'_, Message>> {
    if state.files.is_empty() {
        return None;
    }
    let files = state.files.iter().map(file);
    let files = Row::with_children(files).spacing(8).wrap().vertical_spacing(6);
    let place = container(files).padding(Padding { left: SIDE, right: SIDE, bottom: 10.0, top: 0.0 });
    Some(place.width(Fill).into())
}

fn file(file: &DraftFile) -> Element<'_, Message> {
    let which = if file.media_type.starts_with("image/") { Icon::IMAGE } else { Icon::FILE };
    let size = line(all_words::size(file.size)).size(theme::SMALL).color(colour(|t| t.muted));
    let name = container(line(file.name.as_str())).max_width(260);
    let cross = press(icon(Icon::X, 12.0), words::remove(&file.name))
        .on_press(Message::RemoveFile(file.id))
        .padding(4)
        .style(ui::quiet_look);
    let inside = row![small(which).style(ink(|t| t.muted)), name, size, cross].spacing(8).align_y(Center);
    container(inside)
        .padding(Padding { top: 4.0, bottom: 4.0, left: 10.0, right: 6.0 })
        .style(ui::card(|t| t.canvas, 6.0))
        .into()
}

/// What is worth saying before it is sent, or why it wasn't.
pub(super) fn notes(state: &State) -> Option<Element<'_, Message>> {
    let mut notes: Vec<Element<'_, Message>> = Vec::new();
    if let Some(trouble) = &state.trouble {
        notes.push(note(Icon::CIRCLE_ALERT, trouble.clone(), |t| t.wax, |t| t.errbg, Vec::new()));
    }
    if let Some(is_asked) = state.forgotten() {
        let attach = quiet(words::ATTACH_NOW).on_press(Message::Attach).into();
        let anyway = is_asked.then(|| quiet(words::SEND_ANYWAY).on_press(Message::SendAnyway).into());
        let verbs = anyway.into_iter().chain([attach]).collect();
        notes.push(note(Icon::PAPERCLIP, words::FORGOTTEN.to_owned(), |t| t.warn, |t| t.warnbg, verbs));
    }
    if let Some(weight) = state.too_large() {
        let words = words::too_large(weight, USUAL_LIMIT);
        let anyway = quiet(words::SEND_ANYWAY).on_press(Message::SendAnyway).into();
        let verbs = if state.told.too_large { vec![anyway] } else { Vec::new() };
        notes.push(note(Icon::TRIANGLE_ALERT, words, |t| t.warn, |t| t.warnbg, verbs));
    }
    if notes.is_empty() {
        return None;
    }
    let place = container(column(notes).spacing(6));
    Some(place.padding(Padding { left: SIDE, right: SIDE, bottom: 8.0, top: 0.0 }).into())
}

fn note<'a>(
    which: Icon,
    words: String,
    sign: fn(&Tokens) -> Hex,
    ground: fn(&Tokens) -> Hex,
    verbs: Vec<Element<'a, Message>>,
) -> Element<'a, Message> {
    let words = paragraph(words, theme::CHROME).style(ink(sign)).width(Fill);
    let has_verbs = !verbs.is_empty();
    let inside = row![small(which).style(ink(sign)), words].extend(verbs).spacing(9).align_y(Center);
    container(inside)
        .padding([if has_verbs { 4 } else { 8 }, 12])
        .width(Fill)
        .style(move |theme: &Theme| container::Style {
            background: Some(ground(theme::of(theme)).into()),
            text_color: Some(theme::of(theme).text.0),
            border: Border { radius: 6.0.into(), ..Border::default() },
            ..container::Style::default()
        })
        .into()
}

/// The marks, files, and how large it is.
pub(super) fn toolbar(state: &State) -> Element<'_, Message> {
    let mark = |which, words, key: &'static str, mark| {
        icon_button(which, words, key, Some(Message::Mark(mark)), None)
    };
    let bar = row![
        mark(Icon::BOLD, words::BOLD, BOLD_KEY, Mark::Bold),
        mark(Icon::ITALIC, words::ITALIC, ITALIC_KEY, Mark::Italic),
        mark(Icon::LIST, words::LIST, "", Mark::List),
        mark(Icon::LIST_ORDERED, words::NUMBERS, "", Mark::Numbers),
        mark(Icon::LINK, words::LINK, LINK_KEY, Mark::Link),
        mark(Icon::QUOTE, words::QUOTE, "", Mark::Quote),
        icon_button(Icon::PAPERCLIP, words::ATTACH, "", Some(Message::Attach), None),
        icon_button(Icon::IMAGE, words::ADD_PICTURE, "", Some(Message::PastePicture), None),
        templates(state),
        space().width(Fill),
    ]
    .push((state.size.width >= 600.0).then(|| weight(state)))
    .align_y(Center)
    .height(47);
    container(bar).padding(Padding { left: 10.0, right: SIDE - 6.0, ..Padding::ZERO }).into()
}

const BOLD_KEY: &str = if cfg!(target_os = "macos") { "⌘ B" } else { "Ctrl B" };
const ITALIC_KEY: &str = if cfg!(target_os = "macos") { "⌘ I" } else { "Ctrl I" };
const LINK_KEY: &str = if cfg!(target_os = "macos") { "⌘ K" } else { "Ctrl K" };

fn templates(state: &State) -> Element<'_, Message> {
    let button = icon_button(Icon::FILE_TEXT, words::TEMPLATES, "", Some(Message::OpenTemplates), None);
    let hanging = match &state.menu {
        Some(Menu::Templates(templates)) => {
            let mut entries = column![].spacing(1);
            if templates.is_empty() {
                let words = paragraph(words::NO_TEMPLATES, theme::CHROME).style(ink(|t| t.muted));
                entries = entries.push(container(words).padding([6, 10]));
            }
            for template in templates {
                let inside = line(template.name.as_str()).width(Fill);
                let entry =
                    menu_entry(inside.into(), template.name.clone(), Message::Insert(template.clone()));
                entries = entries.push(entry);
            }
            Some(menu(ui::scrolling(entries).into(), 260.0))
        }
        _ => None,
    };
    popup(state.root.clone(), button, hanging, Message::CloseMenu).into()
}

/// In which forms it is sent, and how large it is.
fn weight(state: &State) -> Element<'_, Message> {
    let (form, hint) = match state.writing() {
        Writing::Markdown => (words::PLAIN_AND_FORMATTED, words::SWITCH_TO_PLAIN),
        Writing::Plain => (words::PLAIN_ONLY, words::SWITCH_TO_FORMATTED),
    };
    let words = format!("{form} · {}", words::size_of(state.weight(), USUAL_LIMIT));
    let is_large = state.too_large().is_some();
    let words = line(words).size(theme::SMALL).color(move |theme| {
        let t = theme::of(theme);
        if is_large { t.wax.0 } else { t.muted.0 }
    });
    press(words, hint)
        .on_press(Message::SwitchWriting)
        .padding([5, 6])
        .style(|theme, status| Look {
            border: Border { radius: 4.0.into(), color: Color::TRANSPARENT, width: 0.0 },
            ..ui::quiet_look(theme, status)
        })
        .into()
}
