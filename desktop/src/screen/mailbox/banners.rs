//! Trouble above the list and the mail: one sentence, one verb, as many as there are accounts in trouble.

use iced::widget::{column, container, row};
use iced::{Center, Element, Fill, Length};
use waxwing_core::error::{Detail, ErrorKind};
use waxwing_core::model::{AccountState, AccountStatus, Secret};

use super::{Message, PASSWORD_FIELD, State};
use crate::icon::Icon;
use crate::theme;
use crate::ui::{self, Tone, banner, ink, plain, primary, quiet};
use crate::widget::Field;
use crate::words::{self, trouble::trouble};

/// All banners, most pressing first.
pub(super) fn view(state: &State) -> Option<Element<'_, Message>> {
    let mut all: Vec<Element<'_, Message>> =
        state.accounts.iter().filter_map(|account| of_account(state, account)).collect();
    for (place, alert) in state.alerts.iter().enumerate() {
        let address = state.account(alert.account).map_or("", |account| account.config.address.as_str());
        let verb = quiet(words::CLOSE).on_press(Message::CloseAlert(place)).into();
        let (title, text) = words::server_alert(address, &alert.text);
        all.push(banner(Tone::Note, Icon::INFO, title, vec![text], Some(verb), None));
    }
    if all.is_empty() {
        return None;
    }
    let mut lines = column![];
    for one in all {
        lines = lines.push(one).push(ui::across());
    }
    Some(lines.into())
}

fn of_account<'a>(state: &'a State, account: &'a AccountStatus) -> Option<Element<'a, Message>> {
    match account.state {
        AccountState::SignInNeeded => Some(sign_in(state, account)),
        AccountState::TrustNeeded => Some(certificate(state, account)),
        AccountState::Failed => Some(failed(account)),
        // Full disks and broken stores stand in the way even while connected; the rest passes by itself.
        AccountState::Online | AccountState::Connecting | AccountState::Offline => account
            .error
            .as_ref()
            .filter(|error| {
                matches!(
                    error.kind(),
                    ErrorKind::DiskFull
                        | ErrorKind::StorageFailed
                        | ErrorKind::QuotaFull
                        | ErrorKind::VaultLocked
                )
            })
            .map(|_| failed(account)),
    }
}

fn sign_in<'a>(state: &'a State, account: &'a AccountStatus) -> Element<'a, Message> {
    let id = account.id;
    let busy = matches!(state.signing_in, Some((of, _)) if of == id);
    let mut more = Vec::new();
    if let Some(error) = &account.error {
        let words = trouble(error, &account.config.imap_host);
        more.push(format!("{}. {}", words.title, words.advice));
        more.extend(words.server);
    }
    let typed = match &state.password {
        Some((of, secret)) if *of == id => secret.reveal(),
        _ => "",
    };
    let password = move |text| Message::Password(id, Secret::new(text));
    let field = Field::new(PASSWORD_FIELD, words::PASSWORD, typed, true, password, Some(Message::SignIn(id)));
    let verb = if busy { words::SIGNING_IN } else { words::SIGN_IN };
    let ready = !busy && !typed.is_empty();
    let button = primary(verb).on_press_maybe(ready.then_some(Message::SignIn(id)));
    let width = if state.has_three_panes() { Length::Fixed(300.0) } else { Fill };
    let line = row![container(field).width(width), button].spacing(12).align_y(Center);
    let title = words::sign_in_again(&account.config.address);
    banner(Tone::Note, Icon::KEY_ROUND, title, more, None, Some(container(line).padding([4, 0]).into()))
}

fn certificate<'a>(state: &'a State, account: &'a AccountStatus) -> Element<'a, Message> {
    let id = account.id;
    let Some(error) = &account.error else { return failed(account) };
    let words = trouble(error, &account.config.imap_host);
    let open = state.certificate_of == Some(id);
    let facts = match error.detail() {
        Detail::Certificate { facts: Some(facts), .. } => Some(facts),
        _ => None,
    };
    let details = facts.map(|_| {
        let verb = if open { words::HIDE_DETAILS } else { words::SHOW_DETAILS };
        quiet(verb).on_press(Message::ShowCertificate(id))
    });
    let verbs =
        row![plain(words::TRY_AGAIN).on_press(Message::TryAgain(id)), details].spacing(6).align_y(Center);
    let facts =
        facts.filter(|_| open).map(|facts| container(ui::certificate(facts, &state.now)).max_width(560));
    let below = column![].push(facts).push(verbs).spacing(10).into();
    banner(Tone::Wrong, Icon::SHIELD_X, words.title, vec![words.advice], None, Some(below))
}

fn failed(account: &AccountStatus) -> Element<'_, Message> {
    let words = account.error.as_ref().map(|error| trouble(error, &account.config.imap_host));
    let (title, more) = match words {
        Some(words) => {
            let mut more = vec![words.advice];
            more.extend(words.server);
            (words.title, more)
        }
        None => (words::cannot_go_on(&account.config.address), Vec::new()),
    };
    let verb = plain(words::TRY_AGAIN).on_press(Message::TryAgain(account.id)).into();
    banner(Tone::Wrong, Icon::TRIANGLE_ALERT, title, more, Some(verb), None)
}

/// Many mails at once: how many, and what can be done is in the toolbar.
pub(super) fn many<'a>(count: usize) -> Element<'a, Message> {
    let inside = column![
        crate::icon::icon(Icon::CHECK_CHECK, 34.0).style(ink(|t| t.faint)),
        ui::paragraph(words::selected(count), (15.0, 22.0)).font(theme::STRONG),
        ui::paragraph(words::ALL_OF_THEM, theme::CHROME).style(ink(|t| t.muted)),
    ]
    .spacing(8)
    .align_x(Center);
    container(inside).center(Fill).padding(24).into()
}
