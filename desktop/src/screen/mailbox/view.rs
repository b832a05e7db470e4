//! The panes of the mailbox window.

use iced::widget::{column, container, row, space, stack};
use iced::{Center, Element, Fill, Padding, Theme};
use waxwing_core::model::{AccountState, FlagBits, ListQuery, Role};

use super::search::OnSearch;
use super::{
    Act, CONVERSATIONS_SWITCH, Message, Pane, State, Toast, banners, keys, overlay, rows, search_view,
    sidebar,
};
use crate::icon::Icon;
use crate::screen::reader;
use crate::theme;
use crate::ui::{self, colour, icon_button};
use crate::widget::{Ground, List, Look, Status, line, press};
use crate::words::{self, writing};

/// The whole window.
pub fn view(state: &State) -> Element<'_, Message> {
    let panes: Element<'_, Message> = if state.has_three_panes() {
        let list = container(list_pane(state)).width(theme::LIST);
        row![sidebar::view(state), ui::down(), list, ui::down(), mail_pane(state)].into()
    } else if state.has_one_pane() {
        if state.reading { mail_pane(state) } else { list_pane(state) }
    } else {
        let width = (state.size.width * 0.42).min(theme::LIST);
        row![container(list_pane(state)).width(width), ui::down(), mail_pane(state)].into()
    };
    // No ground of its own: the window is cleared with `surface`, and the painter without a GPU pays for each
    // large quad that is only partly repainted.
    let mut layers = stack![container(panes).width(Fill).height(Fill)];
    if let Some(toast) = &state.toast {
        layers = layers.push(placed_toast(state, toast));
    }
    if let Some(overlay) = overlay::view(state) {
        layers = layers.push(overlay);
    }
    layers.into()
}

// The list.

fn list_pane(state: &State) -> Element<'_, Message> {
    let head =
        state.search.as_ref().map_or_else(|| list_head(state), |search| search_view::head(state, search));
    let mut pane = column![head, ui::across()];
    // Beside the sidebar trouble belongs to the mail; alone it has to be here.
    if state.has_one_pane() {
        pane = pane.push(banners::view(state));
    }
    let list: Element<'_, Message> = match &state.search {
        _ if !state.list.is_empty() => mails(state),
        Some(search) => search_view::nothing(state, search),
        None => nothing(state),
    };
    pane = pane.push(container(list).height(Fill));
    // Where the sidebar is put away, what it says at its foot is said here.
    if !state.has_three_panes() {
        pane = pane.push(ui::across()).push(sidebar::foot(state, 8.0));
    }
    pane.into()
}

/// The place that is shown, and how much in it is unread.
pub(super) fn place_name(state: &State) -> (String, u64) {
    match state.place {
        ListQuery::AllInboxes | ListQuery::InboxConversations => {
            (words::ALL_INBOXES.to_owned(), state.unread_in_inboxes())
        }
        ListQuery::Tagged(tag) => (state.tag_name(tag), 0),
        ListQuery::Starred => (words::STARRED.to_owned(), 0),
        ListQuery::Mailbox(id) | ListQuery::Conversations(id) => {
            state.mailbox(id).map_or_else(Default::default, |it| (words::mailbox_name(it), it.unread))
        }
    }
}

fn list_head(state: &State) -> Element<'_, Message> {
    let (name, unread) = place_name(state);
    let mut head = row![].align_y(Center).height(theme::TOOLBAR);
    let mut left = 16.0;
    if !state.has_three_panes() {
        let open = Some(Message::ShowSidebar);
        head = head.push(icon_button(Icon::MENU, words::MAILBOXES, "", open, None)).push(space().width(4));
        left = 8.0;
    }
    let mut called = row![line(name).font(theme::STRONG).size((15.0, 20.0))].align_y(Center).width(Fill);
    if unread > 0 {
        let count = line(format!("  · {}", words::unread(unread))).color(colour(|t| t.muted));
        called = called.push(count);
    }
    let sync = Some(Message::Act(Act::Sync));
    let fetch = icon_button(Icon::REFRESH_CW, words::CHECK_FOR_MAIL, "F5", sync, None);
    let mut head = head.push(called).push(space().width(8));
    head = head.push(search_view::closed(Message::Search(OnSearch::Open))).push(space().width(6));
    if matches!(state.place, ListQuery::Mailbox(_) | ListQuery::AllInboxes) {
        let hint = if state.conversations { words::CONVERSATIONS_ON } else { words::CONVERSATIONS_OFF };
        let toggle = Message::Act(Act::Conversations);
        let which = Icon::MESSAGES_SQUARE;
        head = head.push(ui::switch(CONVERSATIONS_SWITCH, which, hint, state.conversations, toggle));
    }
    head.push(space().width(4)).push(fetch).padding(Padding { left, right: 8.0, ..Padding::ZERO }).into()
}

fn mails(state: &State) -> Element<'_, Message> {
    let list = &state.list;
    let build = move |index: usize| match list.row(index) {
        Some(row) => {
            let model = rows::RowModel::new(row, &state.now);
            rows::view(match &state.search {
                Some(search) => model.marked(&search.words),
                None => model,
            })
        }
        None => rows::placeholder(),
    };
    let ground = move |index: usize| {
        let id = list.id(index);
        Ground {
            selected: id.is_some_and(|id| list.is_selected(id)),
            current: id.is_some() && id == list.current(),
        }
    };
    List::new(list.total(), list.scroll, build, Message::Scrolled, Message::Clicked)
        .ground(ground)
        .ring(state.pane_ring && state.pane == Pane::List)
        .into()
}

/// No mail in the list: why, and what next.
fn nothing(state: &State) -> Element<'_, Message> {
    let first_sync = state.accounts.iter().any(|account| {
        account.synced.is_none() && matches!(account.state, AccountState::Online | AccountState::Connecting)
    });
    if !state.list.loaded {
        return space().into();
    }
    match state.place {
        _ if first_sync => ui::empty(Icon::DOWNLOAD, words::FIRST_SYNC, words::FIRST_SYNC_NEXT),
        ListQuery::Starred => ui::empty(Icon::STAR, words::EMPTY, words::EMPTY_STARRED_NEXT),
        ListQuery::Tagged(_) => ui::empty(Icon::TAG, words::EMPTY, words::EMPTY_TAGGED_NEXT),
        _ => match state.place_role() {
            Role::Inbox => ui::empty(Icon::INBOX, words::EMPTY, words::EMPTY_INBOX_NEXT),
            role => ui::empty(sidebar::icon_of(role), words::EMPTY, words::EMPTY_MAILBOX_NEXT),
        },
    }
}

// The mail.

fn mail_pane(state: &State) -> Element<'_, Message> {
    let mut pane = column![toolbar(state), ui::across()].push(banners::view(state));
    let selected = state.list.selected_count();
    let content = if selected > 1 {
        banners::many(selected, state.can_join())
    } else if state.reader.wanted().is_none() {
        if state.list.is_empty() {
            space().into()
        } else {
            ui::empty(Icon::MAIL_OPEN, words::NOTHING_SELECTED, words::NOTHING_SELECTED_NEXT)
        }
    } else {
        let around = reader::Around {
            now: &state.now,
            offline: cannot_fetch(state),
            stack: &state.stack,
            beside: &state.beside,
        };
        reader::view(&state.reader, place_of_mail(state), around).map(Message::Reader)
    };
    let ring = state.pane_ring && state.pane == Pane::Mail;
    pane = pane.push(container(content).width(Fill).height(Fill));
    container(pane)
        .width(Fill)
        .height(Fill)
        .style(move |theme: &Theme| {
            let t = theme::of(theme);
            let (width, radius) = if ring { (2.0, 2.0) } else { (0.0, 0.0) };
            let border = iced::Border { color: t.accent.0, width, radius: radius.into() };
            container::Style { border, ..container::Style::default() }
        })
        .into()
}

/// Where the open mail lies: mailbox, and account when there are several.
fn place_of_mail(state: &State) -> String {
    let mailbox = state.reader.email().and_then(|email| state.mailbox(email.row.mailbox));
    let Some(mailbox) = mailbox else { return String::new() };
    let name = words::mailbox_name(mailbox);
    match state.account(mailbox.account) {
        Some(account) if state.accounts.len() > 1 => format!("{name} · {}", account.config.address),
        _ => name,
    }
}

/// Whether the open mail's account can't fetch anything at present.
fn cannot_fetch(state: &State) -> bool {
    let mailbox = state.reader.email().and_then(|email| state.mailbox(email.row.mailbox));
    let account = mailbox.and_then(|mailbox| state.account(mailbox.account));
    account.is_some_and(|account| !matches!(account.state, AccountState::Online | AccountState::Connecting))
}

fn toolbar(state: &State) -> Element<'_, Message> {
    let any = state.list.selected_count() > 0;
    let able = |act, able: bool| (any && able).then_some(Message::Act(act));
    let role = state.place_role();
    let mut bar = row![].spacing(0).align_y(Center).height(theme::TOOLBAR);
    if state.has_one_pane() {
        let back = Some(Message::Act(Act::Back));
        bar = bar.push(icon_button(Icon::ARROW_LEFT, words::BACK, "Esc", back, None));
    }
    bar = bar.push(answers(state, any));
    let archive = able(Act::Archive, role != Role::Archive);
    bar = bar.push(icon_button(Icon::ARCHIVE, words::ARCHIVE, "e", archive, None));
    let (trash, word, key) = if role == Role::Trash {
        (Act::DeleteForever, words::DELETE_FOREVER, "Shift Del")
    } else {
        (Act::Trash, words::TRASH, "#")
    };
    bar = bar.push(icon_button(Icon::TRASH, word, key, able(trash, true), None));
    let has_junk =
        state.accounts_of_selection().iter().any(|account| state.with_role(*account, Role::Junk).is_some());
    if has_junk && role != Role::Junk {
        bar = bar.push(icon_button(Icon::SHIELD_ALERT, words::JUNK, "!", able(Act::Junk, true), None));
    }
    bar = bar.push(icon_button(Icon::FOLDER_INPUT, words::MOVE, "v", able(Act::Move, true), None));
    bar = bar.push(icon_button(Icon::TAG, words::TAG, "t", able(Act::Tag, true), None));
    let (icon, word) = if state.selection_has(FlagBits::SEEN) {
        (Icon::MAIL, words::MARK_UNREAD)
    } else {
        (Icon::MAIL_OPEN, words::MARK_READ)
    };
    bar = bar.push(icon_button(icon, word, "m", able(Act::ToggleRead, true), None));
    let starred = any && state.selection_has(FlagBits::FLAGGED);
    let (icon, word) = if starred { (Icon::STAR_FILLED, words::UNSTAR) } else { (Icon::STAR, words::STAR) };
    let tone: Option<fn(&theme::Tokens) -> theme::Hex> = if starred { Some(|t| t.star) } else { None };
    bar = bar.push(space().width(Fill)).push(icon_button(icon, word, "s", able(Act::ToggleStar, true), tone));
    let help = Some(Message::Act(Act::Help));
    bar = bar.push(icon_button(Icon::HELP, words::KEYS, "?", help, None));
    // So that the first glyph stands above the first letter of the mail.
    let left = if state.has_one_pane() { 8.0 } else { 15.0 };
    bar.padding(Padding { left, right: 15.0, ..Padding::ZERO }).into()
}

/// Below this width the toolbar has icons alone.
const NARROW_BAR: f32 = 820.0;

/// Reply, with its word where there is room, and the others; or, among drafts, the verb to go on writing.
fn answers(state: &State, any: bool) -> Element<'_, Message> {
    let one = any && state.list.selected_count() == 1;
    let able = |act| one.then_some(Message::Act(act));
    if state.is_among_drafts() {
        let edit = icon_button(Icon::SQUARE_PEN, writing::GO_ON, "Enter", able(Act::Open), None);
        return row![edit, bar_line()].align_y(Center).into();
    }
    let reply_all = icon_button(Icon::REPLY_ALL, writing::REPLY_ALL, "a", able(Act::ReplyAll), None);
    let forward = icon_button(Icon::FORWARD, writing::FORWARD, "f", able(Act::Forward), None);
    if state.size.width < NARROW_BAR {
        let reply = icon_button(Icon::REPLY, writing::REPLY, "r", able(Act::Reply), None);
        return row![reply, reply_all, forward].align_y(Center).into();
    }
    let inside = row![
        crate::icon::small(Icon::REPLY),
        ui::paragraph(writing::REPLY, theme::CHROME).font(theme::MEDIUM)
    ];
    let reply = press(inside.spacing(8).align_y(Center), writing::REPLY)
        .on_press_maybe(able(Act::Reply))
        .padding([7, 9])
        .style(ui::quiet_look);
    row![reply, reply_all, forward, bar_line(),].align_y(Center).into()
}

/// A line between groups of verbs.
fn bar_line<'a>() -> Element<'a, Message> {
    container(ui::down()).height(20).padding([0, 9]).into()
}

// The toast.

fn placed_toast<'a>(state: &State, toast: &'a Toast) -> Element<'a, Message> {
    let (left, width) = if state.has_three_panes() {
        (theme::SIDEBAR + 1.0 + 14.0, theme::LIST - 28.0)
    } else {
        (14.0, (state.size.width - 28.0).min(theme::LIST - 28.0))
    };
    let mut inside =
        row![ui::paragraph(toast.text.as_str(), theme::CHROME).width(Fill)].spacing(14).align_y(Center);
    if toast.undo {
        let verb = press(ui::paragraph(words::UNDO, theme::CHROME).font(theme::STRONG), words::UNDO)
            .on_press(Message::Act(Act::Undo))
            .padding([4, 6])
            .style(|theme: &Theme, status| {
                let t = theme::of(theme);
                let alpha = if status == Status::Active { 0.0 } else { 0.14 };
                let background = iced::Color { a: alpha, ..t.surface.0 };
                let border = iced::Border { radius: 4.0.into(), ..iced::Border::default() };
                Look { background, text: t.surface.0, border }
            });
        let key = line(format!("{} Z", keys::MOD))
            .size(theme::TINY)
            .color(|theme: &Theme| iced::Color { a: 0.72, ..theme::of(theme).surface.0 });
        inside = inside.push(verb).push(key);
    }
    let card = container(inside.padding([8, 14])).width(width).style(ui::inverted);
    container(card)
        .width(Fill)
        .height(Fill)
        .align_y(iced::Bottom)
        .padding(Padding { left, bottom: 14.0, ..Padding::ZERO })
        .into()
}
