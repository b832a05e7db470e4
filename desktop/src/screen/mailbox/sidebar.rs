//! The sidebar: places with their unread counts, and the status line.

use iced::widget::{column, container, row, space};
use iced::{Border, Center, Element, Fill, Padding};
use waxwing_core::model::{AccountStatus, ListQuery, Mailbox, Role};

use super::search::OnSearch;
use super::{Act, Message, Overlay, Pane, State, status};
use crate::icon::{Icon, icon, small};
use crate::theme;
use crate::ui::{self, colour, ink, scrolling, side_item};
use crate::widget::{Look, Status, line, press};
use crate::words::{self, writing};

/// The icon of a mailbox, by what it is for.
pub(super) fn icon_of(role: Role) -> Icon {
    match role {
        Role::None => Icon::FOLDER,
        Role::Inbox => Icon::INBOX,
        Role::Sent => Icon::SEND,
        Role::Drafts => Icon::FILE_TEXT,
        Role::Trash => Icon::TRASH,
        Role::Junk => Icon::SHIELD_ALERT,
        Role::Archive => Icon::ARCHIVE,
        Role::All => Icon::MAILS,
        Role::Flagged => Icon::STAR,
    }
}

/// The whole sidebar, `theme::SIDEBAR` wide.
pub(super) fn view(state: &State) -> Element<'_, Message> {
    let chosen = |place| state.place == place && state.search.is_none();
    let mut places = column![
        side_item(
            Icon::INBOX,
            words::ALL_INBOXES.into(),
            state.unread_in_inboxes(),
            0,
            chosen(ListQuery::AllInboxes),
            Message::Go(ListQuery::AllInboxes),
        ),
        side_item(
            Icon::STAR,
            words::STARRED.into(),
            0,
            0,
            chosen(ListQuery::Starred),
            Message::Go(ListQuery::Starred)
        ),
    ]
    .padding([10, 8]);
    if !state.outbox.is_empty() {
        let count = state.outbox.len() as u64;
        let is_open = state.overlay == Some(Overlay::Outbox);
        let open = Message::ShowOutbox;
        places =
            places.push(side_item(Icon::CALENDAR_CLOCK, writing::OUTBOX.into(), count, 0, is_open, open));
    }
    for saved in &state.saved {
        let is_open = state.search.as_ref().is_some_and(|search| search.saved == Some(saved.id));
        let open = Message::Search(OnSearch::OpenSaved(saved.id));
        places = places.push(side_item(Icon::SEARCH, saved.name.clone(), 0, 0, is_open, open));
    }
    for tag in &state.tags {
        let Some(chip) = ui::Chip::of(&tag.keyword) else { continue };
        let (place, dot) = (ListQuery::Tagged(tag.id), ui::tag_dot(&chip));
        places = places.push(ui::side_entry(dot, chip.name, 0, 0, chosen(place), Message::Go(place)));
    }
    for account in &state.accounts {
        places = places.push(account_head(account, state.collapsed.contains(&account.id)));
        if !state.collapsed.contains(&account.id) {
            for mailbox in state.mailboxes.iter().filter(|mailbox| mailbox.account == account.id) {
                places = places.push(entry(mailbox, chosen(ListQuery::Mailbox(mailbox.id))));
            }
        }
    }
    let places = scrolling(places).height(Fill).width(Fill);
    let ring = state.pane_ring && state.pane == Pane::Sidebar;
    container(column![new_mail(), places, foot(state, 16.0)])
        .width(theme::SIDEBAR)
        .height(Fill)
        .style(move |theme| {
            let t = theme::of(theme);
            let (width, radius) = if ring { (2.0, 2.0) } else { (0.0, 0.0) };
            container::Style {
                border: Border { color: t.accent.0, width, radius: radius.into() },
                ..ui::ground(|t| t.side)(theme)
            }
        })
        .into()
}

/// The one thing to do from here.
fn new_mail<'a>() -> Element<'a, Message> {
    let words = ui::paragraph(writing::NEW_MAIL, theme::CHROME).font(theme::STRONG);
    let inside = row![icon(Icon::SQUARE_PEN, 15.0), words].spacing(9).align_y(Center);
    let button = press(container(inside).center_x(Fill), writing::NEW_MAIL)
        .on_press(Message::Act(Act::New))
        .width(Fill)
        .padding([8, 0])
        .style(ui::primary_look);
    container(button).padding(Padding { top: 10.0, left: 10.0, right: 10.0, bottom: 0.0 }).into()
}

fn account_head(account: &AccountStatus, collapsed: bool) -> Element<'_, Message> {
    let chevron = if collapsed { Icon::CHEVRON_RIGHT } else { Icon::CHEVRON_DOWN };
    let name = line(account.config.address.as_str()).font(theme::STRONG).size(theme::TINY).width(Fill);
    let inside = row![name, icon(chevron, 13.0)].align_y(Center).spacing(4);
    let head = press(inside, account.config.address.as_str())
        .on_press(Message::Collapse(account.id))
        .width(Fill)
        .padding([6, 10])
        .style(|theme, status| Look {
            background: iced::Color::TRANSPARENT,
            text: match status {
                Status::Hovered | Status::Pressed => theme::of(theme).text.0,
                Status::Active | Status::Disabled => theme::of(theme).muted.0,
            },
            border: Border { radius: 6.0.into(), ..Border::default() },
        });
    container(head).padding(Padding { top: 12.0, ..Padding::ZERO }).into()
}

/// A mailbox; one that holds no mail is a heading for those below it.
fn entry(mailbox: &Mailbox, chosen: bool) -> Element<'_, Message> {
    let name = words::mailbox_name(mailbox);
    if mailbox.selectable {
        // Of trash, junk, drafts and what was sent, nobody counts the unread.
        let quiet = matches!(mailbox.role, Role::Trash | Role::Junk | Role::Sent);
        let count = if quiet { 0 } else { mailbox.unread };
        let go = Message::Go(ListQuery::Mailbox(mailbox.id));
        return side_item(icon_of(mailbox.role), name, count, mailbox.depth, chosen, go);
    }
    let indent = 10.0 + 16.0 * u8::try_from(mailbox.depth.min(6)).map_or(0.0, f32::from);
    let inside =
        row![small(Icon::FOLDER).style(ink(|t| t.faint)), line(name).color(colour(|t| t.muted)).width(Fill)];
    container(inside.spacing(9).align_y(Center))
        .padding(Padding { top: 5.0, bottom: 5.0, left: indent, right: 10.0 })
        .into()
}

/// The status line, and what holds for this run only.
pub(super) fn foot(state: &State, bottom: f32) -> Element<'_, Message> {
    let mut lines = column![].spacing(8).padding(Padding { top: 8.0, bottom, left: 18.0, right: 12.0 });
    if let Some(note) = &state.run_note {
        let words = ui::paragraph(note.as_str(), theme::TINY).style(ink(|t| t.warn));
        lines = lines.push(row![icon(Icon::SHIELD_ALERT, 14.0).style(ink(|t| t.warn)), words].spacing(8));
    }
    if let Some(status) = status::status(&state.accounts, &state.now) {
        let words = ui::paragraph(status.text, (11.5, 16.0)).width(Fill).style(ink(|t| t.muted));
        lines = lines
            .push(row![icon(status.icon, 14.0).style(ink(status.tone)), words].spacing(8).align_y(Center));
    } else {
        lines = lines.push(space());
    }
    lines.into()
}
