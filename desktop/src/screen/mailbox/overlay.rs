//! What lies above the panes: the sidebar of a narrow window, the keys, the mailboxes to move to, one question.

use iced::widget::{column, container, mouse_area, opaque, row, space, stack};
use iced::{Center, Element, Fill, Padding};

use super::list::Step;
use super::{CANCEL_BUTTON, FIND_FIELD, Message, Overlay, State, keys, outbox, sidebar};
use crate::icon::{Icon, small};
use crate::theme;
use crate::ui::{self, colour, ink, paragraph, plain, primary, scrolling};
use crate::widget::{Field, Look, Status, line, press};
use crate::words;
use iced::keyboard::key::Named;

/// The overlay above everything, if there is one.
pub(super) fn view(state: &State) -> Option<Element<'_, Message>> {
    let (content, place) = match state.overlay.as_ref()? {
        Overlay::Sidebar => (row![sidebar::view(state), ui::down()].into(), Place::Left),
        Overlay::Outbox => (outbox::view(state), Place::Middle),
        Overlay::Keys => (key_list(state), Place::Middle),
        Overlay::Move { filter, chosen } => (move_menu(state, filter, *chosen), Place::Top),
        Overlay::Tag { filter, chosen } => (tag_menu(state, filter, *chosen), Place::Top),
        Overlay::Delete(emails) => (question(emails.len()), Place::Middle),
    };
    Some(above(content, place))
}

enum Place {
    Left,
    Top,
    Middle,
}

/// The content over a scrim that closes it.
fn above(content: Element<'_, Message>, place: Place) -> Element<'_, Message> {
    let scrim = mouse_area(container(space()).width(Fill).height(Fill).style(ui::scrim))
        .on_press(Message::CloseOverlay);
    let content = opaque(content);
    let placed = match place {
        Place::Left => container(content).height(Fill),
        Place::Top => container(content).center_x(Fill).padding(Padding { top: 60.0, ..Padding::from(16) }),
        Place::Middle => container(content).center(Fill).padding(16),
    };
    opaque(stack![scrim, placed])
}

fn key_list(state: &State) -> Element<'_, Message> {
    let lines: Vec<(&str, String)> = keys::help();
    let columns = if state.size.width >= theme::TWO_PANES { 2 } else { 1 };
    let half = lines.len().div_ceil(columns);
    let mut sides = row![].spacing(36);
    for part in lines.chunks(half) {
        let mut side = column![].spacing(5).width(Fill);
        for (label, keys) in part {
            let keys = line(keys.clone()).font(theme::MEDIUM).color(colour(|t| t.muted));
            side = side.push(row![line(*label).width(Fill), keys].spacing(12));
        }
        sides = sides.push(side);
    }
    let head = row![
        paragraph(words::KEYS, theme::TITLE).font(theme::STRONG).width(Fill),
        plain(words::CLOSE).on_press(Message::CloseOverlay)
    ]
    .align_y(Center);
    let hint = paragraph(words::KEYS_HINT, theme::SMALL).style(ink(|t| t.muted));
    let version = paragraph(words::VERSION, theme::SMALL).style(ink(|t| t.muted));
    let foot = row![hint.width(Fill), version];
    let inside = column![head, scrolling(sides), foot].spacing(16);
    container(inside).padding([20, 28]).max_width(680).style(ui::floating(12.0)).into()
}

fn move_menu<'a>(state: &'a State, filter: &'a str, chosen: usize) -> Element<'a, Message> {
    let field = menu_field(words::FIND_MAILBOX, filter, Message::MoveToChosen);
    let found = state.destinations(filter);
    let mut entries = column![].spacing(1);
    if found.is_empty() {
        let several = state.accounts_of_selection().len() > 1;
        let words = if several { words::MOVE_ONE_ACCOUNT } else { words::NO_MAILBOX_FOUND };
        entries =
            entries.push(container(paragraph(words, theme::CHROME).style(ink(|t| t.muted))).padding([6, 10]));
    }
    for (place, mailbox) in found.into_iter().enumerate() {
        let is_chosen = place == chosen;
        let name = words::mailbox_name(mailbox);
        let path = if mailbox.depth > 0 { mailbox.path.clone() } else { String::new() };
        let inside = row![
            small(sidebar::icon_of(mailbox.role)),
            line(name.clone()),
            line(path).size(theme::TINY).color(colour(|t| t.muted)).width(Fill)
        ]
        .spacing(9)
        .align_y(Center);
        entries = entries.push(menu_entry(inside.into(), name, is_chosen, Message::MoveTo(mailbox.id)));
    }
    menu(field, entries.into())
}

/// The tags: a tick for those that all selected mails have.
fn tag_menu<'a>(state: &'a State, filter: &'a str, chosen: usize) -> Element<'a, Message> {
    let field = menu_field(words::FIND_TAG, filter, Message::ToggleChosenTag);
    let found = state.tag_entries(filter);
    let mut entries = column![].spacing(1);
    if found.is_empty() {
        let words = paragraph(words::TAG_IMPOSSIBLE, theme::CHROME).style(ink(|t| t.muted));
        entries = entries.push(container(words).padding([6, 10]));
    }
    for (place, entry) in found.into_iter().enumerate() {
        let name = if entry.is_new { words::new_tag(&entry.name) } else { entry.name };
        let dot = ui::Chip::of(&entry.keyword).map(|chip| ui::tag_dot(&chip));
        let tick = entry.is_on.then(|| small(Icon::CHECK));
        let inside =
            row![].spacing(9).align_y(Center).push(dot).push(line(name.clone()).width(Fill)).push(tick);
        let toggle = Message::ToggleTag(entry.keyword);
        entries = entries.push(menu_entry(inside.into(), name, place == chosen, toggle));
    }
    menu(field, entries.into())
}

/// The field above a menu: arrows choose, Enter takes what is chosen.
fn menu_field<'a>(hint: &'a str, filter: &'a str, take: Message) -> Element<'a, Message> {
    Field::new(FIND_FIELD, hint, filter, false, Message::Filter, Some(take))
        .on_key(|named| match named {
            Named::ArrowDown => Some(Message::FilterStep(Step::Down)),
            Named::ArrowUp => Some(Message::FilterStep(Step::Up)),
            Named::Escape => Some(Message::CloseOverlay),
            _ => None,
        })
        .into()
}

fn menu_entry<'a>(
    inside: Element<'a, Message>,
    name: String,
    is_chosen: bool,
    message: Message,
) -> Element<'a, Message> {
    press(inside, name)
        .on_press(message)
        .width(Fill)
        .padding([5, 10])
        .style(move |theme, status| {
            let t = theme::of(theme);
            let ground = match (is_chosen, status) {
                (true, _) => t.tint.0,
                (false, Status::Hovered | Status::Pressed) => t.hover.0,
                (false, Status::Active | Status::Disabled) => iced::Color::TRANSPARENT,
            };
            let radius = iced::Border { radius: 6.0.into(), ..iced::Border::default() };
            Look { background: ground, text: t.text.0, border: radius }
        })
        .into()
}

fn menu<'a>(field: Element<'a, Message>, entries: Element<'a, Message>) -> Element<'a, Message> {
    let entries = container(scrolling(entries)).max_height(320);
    container(column![field, entries].spacing(10)).padding(14).max_width(380).style(ui::floating(12.0)).into()
}

fn question<'a>(count: usize) -> Element<'a, Message> {
    let (title, text) = words::delete_forever(count);
    let verbs = row![
        space().width(Fill),
        plain(words::DELETE_FOREVER).on_press(Message::DeleteConfirmed),
        primary(words::CANCEL).id(CANCEL_BUTTON).on_press(Message::CloseOverlay),
    ]
    .spacing(10)
    .align_y(Center);
    let inside = column![
        paragraph(title, theme::TITLE).font(theme::STRONG),
        paragraph(text, theme::READING).style(ink(|t| t.muted)),
        space().height(12),
        verbs,
    ]
    .spacing(6);
    container(inside).padding([24, 28]).max_width(440).style(ui::floating(12.0)).into()
}
