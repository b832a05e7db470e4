//! The first page: accounts, privacy, passwords, trusted keys.

use iced::widget::{Column, Row, column, container, row, space, text::Wrapping};
use iced::{Center, Element, Fill};
use waxwing_core::model::{AccountState, AccountStatus, Pin};

use super::{ADD, Message, OnWriting, Page, State, pages, secrets, senders, writing};
use crate::icon::{Icon, icon};
use crate::theme;
use crate::ui::{self, ink, paragraph, plain, primary, quiet, scrolling};
use crate::words::{self, settings as texts, trouble::trouble};

const WIDTH: f32 = 640.0;

/// The screen.
pub fn view(state: &State) -> Element<'_, Message> {
    let inside = match &state.page {
        Page::List => list(state),
        Page::Edit(edit) => state
            .account(edit.account)
            .map_or_else(|| list(state), |account| pages::edit(state, &account.config, edit)),
        Page::Remove(account) => {
            state.account(*account).map_or_else(|| list(state), |account| pages::remove(state, account))
        }
        Page::Writers(account) => writing::writers(state, *account),
        Page::Form(form) => writing::view(state, form),
    };
    let padding = if state.is_narrow() { [20, 16] } else { [32, 36] };
    let page = container(container(inside).max_width(WIDTH)).center_x(Fill).padding(padding);
    container(scrolling(page).id(ui::PAGE)).width(Fill).height(Fill).style(ui::ground(|t| t.canvas)).into()
}

/// What went wrong with what was asked for.
pub(super) fn failure(state: &State) -> Option<Element<'_, Message>> {
    let words = trouble(state.failure.as_ref()?, "");
    let more = [Some(words.advice), words.server].into_iter().flatten().collect();
    Some(ui::form::notice(ui::Tone::Wrong, Icon::TRIANGLE_ALERT, words.title, more, None))
}

fn heading(words: &str) -> iced::widget::Text<'_> {
    paragraph(words, (15.0, 22.0)).font(theme::STRONG)
}

/// A card with lines in it, and a rule between each two.
pub(super) fn group<'a>(lines: Vec<Element<'a, Message>>) -> Element<'a, Message> {
    let mut inside = Column::new();
    for (place, one) in lines.into_iter().enumerate() {
        if place > 0 {
            inside = inside.push(ui::across());
        }
        inside = inside.push(container(one).padding([12, 16]).width(Fill));
    }
    container(inside).width(Fill).style(ui::card(|t| t.surface, 8.0)).into()
}

fn list(state: &State) -> Element<'_, Message> {
    let head = row![
        paragraph(texts::SETTINGS, theme::TITLE).font(theme::STRONG).width(Fill),
        plain(words::CLOSE).on_press(Message::Back),
    ]
    .align_y(Center);
    let accounts: Vec<Element<'_, Message>> = if state.accounts.is_empty() {
        vec![paragraph(texts::NONE_YET, theme::CHROME).style(ink(|t| t.muted)).into()]
    } else {
        state.accounts.iter().map(|one| account(state, one)).collect()
    };
    let add = primary(texts::ADD).id(ADD).on_press(Message::Add);
    let mut page = column![head].spacing(16).width(Fill);
    page = page.push(failure(state)).push(heading(texts::ACCOUNTS)).push(group(accounts)).push(add);
    page = page.push(space().height(4)).push(heading(texts::TEMPLATES)).push(writing::templates(state));
    page = page.push(space().height(4)).push(heading(texts::PRIVACY)).push(senders::view(state));
    if let Some(choice) = secrets::view(&state.secrets) {
        page = page.push(space().height(4)).push(heading(texts::SECRETS)).push(group(vec![choice]));
    }
    page.push(space().height(4)).push(heading(texts::KEYS)).push(keys(state)).into()
}

/// One account: how it is doing, and what can be done with it.
fn account<'a>(state: &'a State, account: &'a AccountStatus) -> Element<'a, Message> {
    let id = account.id;
    let (which, pick): (Icon, fn(&theme::Tokens) -> theme::Hex) = match account.state {
        AccountState::Online => (Icon::CIRCLE_CHECK, |t| t.ok),
        AccountState::Connecting => (Icon::REFRESH_CW, |t| t.accent),
        AccountState::Offline => (Icon::CLOUD_OFF, |t| t.muted),
        AccountState::SignInNeeded => (Icon::KEY_ROUND, |t| t.warn),
        AccountState::TrustNeeded => (Icon::SHIELD_ALERT, |t| t.warn),
        AccountState::Failed => (Icon::TRIANGLE_ALERT, |t| t.wax),
    };
    let title = paragraph(account.config.address.as_str(), theme::CHROME)
        .font(theme::STRONG)
        .wrapping(Wrapping::WordOrGlyph);
    let mut said = texts::state(account.state).to_owned();
    if let Some(error) = account.error.as_ref().filter(|_| account.state == AccountState::Failed) {
        said = format!("{said}. {}", trouble(error, &account.config.imap_host).title);
    }
    let words = column![title, paragraph(said, theme::CHROME).style(ink(|t| t.muted))].width(Fill);
    let again = match account.state {
        AccountState::SignInNeeded => Some(texts::SIGN_IN_AGAIN),
        AccountState::TrustNeeded => Some(texts::SHOW_CERTIFICATE),
        _ => None,
    };
    let is_free = state.waits.is_none();
    let verb = |words, message| plain(words).on_press_maybe(is_free.then_some(message));
    let mut verbs = Row::new().spacing(8);
    if let Some(again) = again {
        verbs = verbs.push(verb(again, Message::SignInAgain(id)));
    }
    // A password may be known to be another one before the server says so.
    if account.state == AccountState::Online || account.state == AccountState::Failed {
        verbs = verbs.push(verb(texts::SIGN_IN_AGAIN, Message::SignInAgain(id)));
    }
    verbs = verbs.push(verb(texts::SIGNATURES, Message::Writing(OnWriting::Open(id))));
    verbs = verbs.push(verb(texts::CHANGE, Message::Edit(id))).push(verb(texts::REMOVE, Message::Remove(id)));
    let mark = container(icon(which, theme::ICON).style(ink(pick))).padding([1, 0]);
    column![
        row![mark, words].spacing(12),
        container(verbs.wrap()).padding(iced::Padding { left: 28.0, ..iced::Padding::ZERO })
    ]
    .spacing(10)
    .into()
}

fn keys(state: &State) -> Element<'_, Message> {
    if state.pins.is_empty() {
        return paragraph(texts::NO_KEYS, theme::CHROME).style(ink(|t| t.muted)).into();
    }
    let hint = paragraph(texts::KEYS_HINT, theme::CHROME).style(ink(|t| t.muted));
    column![hint, group(state.pins.iter().map(|pin| key(state, pin)).collect())].spacing(10).into()
}

fn key<'a>(state: &'a State, pin: &'a Pin) -> Element<'a, Message> {
    let since = texts::since(&state.now.date(pin.since));
    let when = if pin.is_lasting { since } else { format!("{since}, {}", texts::FOR_THIS_RUN) };
    let hex: Vec<String> = pin.key.iter().map(|byte| format!("{byte:02X}")).collect();
    let print = hex.chunks(16).map(|line| line.join(":")).collect::<Vec<_>>().join("\n");
    let whole = Wrapping::WordOrGlyph;
    let words = column![
        paragraph(format!("{}:{}", pin.host, pin.port), theme::CHROME).font(theme::STRONG).wrapping(whole),
        paragraph(when, theme::CHROME).style(ink(|t| t.muted)),
        paragraph(print, theme::CHROME).font(iced::Font::MONOSPACE).size(11.5).wrapping(whole),
    ]
    .spacing(2)
    .width(Fill);
    let unpin = Message::Unpin(pin.host.clone(), pin.port);
    let verb = quiet(texts::FORGET_KEY).on_press_maybe(state.waits.is_none().then_some(unpin));
    if state.is_narrow() { column![words, verb].spacing(8).into() } else { row![words, verb].into() }
}
