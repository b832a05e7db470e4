//! The head of the list while something is sought, and what stands there when nothing is found.

use iced::keyboard::key::Named;
use iced::widget::{column, container, row, space};
use iced::{Border, Center, Color, Element, Fill, Padding, Theme};

use super::search::{NAME_FIELD, OnSearch, SEARCH_FIELD, Search, Server};
use super::{Message, State, view};
use crate::icon::{Icon, icon, small};
use crate::theme;
use crate::ui::{self, colour, icon_button, ink, paragraph, plain, scrolling};
use crate::widget::{Field, Look, Press, Status, line, press};
use crate::words::search as words;

fn say(message: OnSearch) -> Message {
    Message::Search(message)
}

/// What looks like a field and opens it.
pub(super) fn closed<'a>(open: Message) -> Element<'a, Message> {
    let key = container(line("/").size(theme::TINY).color(colour(|t| t.muted)))
        .padding([0, 5])
        .style(ui::card(|t| t.surface, 3.0));
    let inside = row![icon(Icon::SEARCH, 14.0).style(ink(|t| t.muted)), key];
    press(inside.spacing(7).align_y(Center), words::SEARCH)
        .on_press(open)
        .padding([6, 9])
        .style(|theme: &Theme, status| {
            let t = theme::of(theme);
            let background = if status == Status::Active { t.canvas.0 } else { t.hover.0 };
            let border = Border { color: t.line.0, width: 1.0, radius: 6.0.into() };
            Look { background, text: t.text.0, border }
        })
        .into()
}

/// The field, where it searches, and how far what it finds can be trusted.
pub(super) fn head<'a>(state: &'a State, search: &'a Search) -> Element<'a, Message> {
    let (place, _) = view::place_name(state);
    let field = Field::new(
        SEARCH_FIELD,
        &words::search_in(&place),
        &search.text,
        false,
        |text| say(OnSearch::Typed(text)),
        Some(say(OnSearch::ToFound)),
    )
    .on_key(|named| match named {
        Named::ArrowDown => Some(say(OnSearch::ToFound)),
        Named::Escape => Some(say(OnSearch::Close)),
        _ => None,
    });
    let close = icon_button(Icon::X, words::CLOSE_SEARCH, "Esc", Some(say(OnSearch::Close)), None);
    let first = row![field, close].spacing(4).align_y(Center).height(theme::TOOLBAR);
    let here = choice(place, search.elsewhere.is_none(), say(OnSearch::Everywhere(false)));
    let everywhere =
        choice(words::EVERYWHERE.into(), search.elsewhere.is_some(), say(OnSearch::Everywhere(true)));
    let mut second = row![here, everywhere, space().width(Fill)].spacing(4).align_y(Center).height(28);
    if let Some(found) = search.found {
        let count = words::found(found.total, found.is_all);
        second =
            second.push(line(count).size(theme::SMALL).color(colour(|t| t.muted))).push(space().width(2));
    }
    let mut lines = column![first.padding(Padding { right: 8.0, ..Padding::ZERO }), second];
    if let Some(name) = &search.name {
        lines = lines.push(name_line(name));
    } else if !search.is_blank() {
        lines = lines.push(trust(search));
    }
    container(lines).padding(Padding { left: 16.0, right: 8.0, bottom: 6.0, ..Padding::ZERO }).into()
}

/// One of several, of which one holds.
fn choice<'a>(name: String, chosen: bool, message: Message) -> Press<'a, Message> {
    let font = if chosen { theme::STRONG } else { theme::REGULAR };
    press(line(name.clone()).size(theme::SMALL).font(font), name).on_press(message).padding([4, 9]).style(
        move |theme: &Theme, status| {
            let t = theme::of(theme);
            let (background, text) = match (chosen, status) {
                (true, _) => (t.tint.0, t.accent.0),
                (false, Status::Hovered | Status::Pressed) => (t.hover.0, t.text.0),
                (false, Status::Active | Status::Disabled) => (Color::TRANSPARENT, t.muted.0),
            };
            Look { background, text, border: Border { radius: 6.0.into(), ..Border::default() } }
        },
    )
}

/// A small verb in a line of text.
fn verb<'a>(words: &'a str, message: Message) -> Press<'a, Message> {
    press(line(words).size(theme::SMALL).font(theme::MEDIUM), words).on_press(message).padding([2, 5]).style(
        |theme: &Theme, status| {
            let t = theme::of(theme);
            let background = if status == Status::Active { Color::TRANSPARENT } else { t.hover.0 };
            Look { background, text: t.accent.0, border: Border { radius: 4.0.into(), ..Border::default() } }
        },
    )
}

/// What of the mail was searched, and what can be done: about the rest, and to have the search again.
fn trust(search: &Search) -> Element<'_, Message> {
    let (text, more) = match (&search.server, &search.coverage) {
        (Server::Asked(done, total), _) => {
            (words::asking(*done, *total), Some((words::STOP, OnSearch::StopServer)))
        }
        (Server::Failed(_), _) => {
            (words::SERVER_NOT_ASKED.into(), Some((words::SEARCH_SERVER, OnSearch::AskServer)))
        }
        (Server::Answered(true), _) => (words::SERVER_ASKED.into(), None),
        (Server::Answered(false), _) => (words::SERVER_ASKED_IN_PART.into(), None),
        (Server::NotAsked, Some(coverage)) => {
            let ask = search.may_be_elsewhere().then_some((words::SEARCH_SERVER, OnSearch::AskServer));
            (words::coverage(coverage), ask)
        }
        (Server::NotAsked, None) => (String::new(), None),
    };
    let text = line(text).size(theme::SMALL).width(Fill).color(colour(|t| t.muted));
    let mut verbs = row![].spacing(4);
    if let Some((words, message)) = more {
        verbs = verbs.push(verb(words, say(message)));
    }
    verbs = match search.saved {
        None => verbs.push(verb(words::SAVE, say(OnSearch::Save))),
        Some(_) => verbs
            .push(verb(words::RENAME, say(OnSearch::Save)))
            .push(verb(words::DELETE, say(OnSearch::Delete))),
    };
    // The words of the verbs stand below those of the line.
    let verbs = container(verbs).padding(Padding { left: 4.0, ..Padding::ZERO });
    let text = container(text).padding(Padding { left: 9.0, top: 3.0, ..Padding::ZERO });
    column![text, verbs].spacing(1).into()
}

fn name_line(name: &str) -> Element<'_, Message> {
    let done = say(OnSearch::NameDone);
    let field = Field::new(
        NAME_FIELD,
        words::NAME,
        name,
        false,
        |name| say(OnSearch::Name(name)),
        Some(done.clone()),
    )
    .on_key(|named| (named == Named::Escape).then(|| say(OnSearch::NoName)));
    let able = (!name.trim().is_empty()).then_some(done);
    let save = plain(words::SAVE_NAME).on_press_maybe(able);
    container(row![field, save].spacing(6).align_y(Center))
        .padding(Padding { top: 6.0, ..Padding::ZERO })
        .into()
}

/// Nothing is in the list: what can be typed, or what to do about it.
pub(super) fn nothing<'a>(state: &State, search: &Search) -> Element<'a, Message> {
    if search.is_blank() {
        return help();
    }
    if search.found.is_none() {
        return space().into();
    }
    let is_here = search.elsewhere.is_none();
    let next = if is_here { words::NOTHING_FOUND_HERE } else { words::NOTHING_FOUND_EVERYWHERE };
    let mut inside = column![
        icon(Icon::SEARCH, 34.0).style(ink(|t| t.faint)),
        space().height(8),
        paragraph(words::NOTHING_FOUND, (15.0, 22.0)).font(theme::STRONG),
        paragraph(next, theme::CHROME).style(ink(|t| t.muted)).align_x(Center),
        space().height(10),
    ]
    .spacing(4)
    .align_x(Center)
    .max_width(340);
    if is_here {
        inside = inside.push(plain(words::SEARCH_EVERYWHERE).on_press(say(OnSearch::Everywhere(true))));
    }
    let is_missing =
        search.coverage.is_some_and(|coverage| coverage.without_body > 0 || coverage.not_listed > 0);
    if is_missing && search.server == Server::NotAsked && !state.accounts.is_empty() {
        inside = inside.push(plain(words::SEARCH_SERVER).on_press(say(OnSearch::AskServer)));
    }
    container(inside.spacing(6)).center(Fill).padding(24).into()
}

/// What can be typed: each line can be pressed.
fn help<'a>() -> Element<'a, Message> {
    let mut lines =
        column![paragraph(words::HELP, theme::CHROME).style(ink(|t| t.muted)), space().height(6)].spacing(1);
    for (text, meaning) in words::EXAMPLES {
        let inside = row![
            small(Icon::SEARCH).style(ink(|t| t.faint)),
            line(text).font(theme::MEDIUM).width(140),
            line(meaning).color(colour(|t| t.muted)).width(Fill)
        ];
        let entry = press(inside.spacing(9).align_y(Center), text)
            .on_press(say(OnSearch::Example(text)))
            .width(Fill)
            .padding([5, 8])
            .style(|theme: &Theme, status| {
                let t = theme::of(theme);
                let background = if status == Status::Active { Color::TRANSPARENT } else { t.hover.0 };
                Look {
                    background,
                    text: t.text.0,
                    border: Border { radius: 6.0.into(), ..Border::default() },
                }
            });
        lines = lines.push(entry);
    }
    scrolling(container(lines).padding([16, 12])).height(Fill).into()
}
