//! Trouble above the list and the mail: one sentence, one verb, as many as there are accounts in trouble.

use iced::widget::{column, container, row};
use iced::{Center, Element, Fill};
use waxwing_core::error::ErrorKind;
use waxwing_core::model::{AccountState, AccountStatus, Draft};

use super::{Act, Message, State};
use crate::icon::Icon;
use crate::screen::composer::Write;
use crate::theme;
use crate::ui::{self, Tone, banner, ink, plain, quiet};
use crate::words::{self, settings as texts, trouble::trouble, writing};

/// So many drafts that were left are offered at once.
const MOST_LEFT: usize = 3;

/// All banners, most pressing first.
pub(super) fn view(state: &State) -> Option<Element<'_, Message>> {
    let mut all: Vec<Element<'_, Message>> = state.accounts.iter().filter_map(of_account).collect();
    all.extend(state.left.iter().take(MOST_LEFT).map(left));
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

/// A mail that somebody was writing when Waxwing ended without a word.
fn left(draft: &Draft) -> Element<'_, Message> {
    let go_on = plain(writing::GO_ON).on_press(Message::Write(Write::Draft(draft.id)));
    let later = quiet(writing::NOT_NOW).on_press(Message::NotNow(draft.id));
    let verbs = row![later, go_on].spacing(8).align_y(Center).into();
    let title = writing::was_writing(&draft.composition.subject);
    banner(Tone::Note, Icon::SQUARE_PEN, title, Vec::new(), Some(verbs), None)
}

fn of_account(account: &AccountStatus) -> Option<Element<'_, Message>> {
    match account.state {
        AccountState::SignInNeeded => Some(sign_in(account)),
        AccountState::TrustNeeded => Some(certificate(account)),
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

fn sign_in(account: &AccountStatus) -> Element<'_, Message> {
    let mut more = Vec::new();
    if let Some(error) = &account.error {
        let words = trouble(error, &account.config.imap_host);
        more.push(format!("{}. {}", words.title, words.advice));
        more.extend(words.server);
    }
    let verb = plain(texts::SIGN_IN_AGAIN).on_press(Message::SignInAgain(account.id)).into();
    let title = words::sign_in_again(&account.config.address);
    banner(Tone::Note, Icon::KEY_ROUND, title, more, Some(verb), None)
}

fn certificate(account: &AccountStatus) -> Element<'_, Message> {
    let Some(error) = &account.error else { return failed(account) };
    let words = trouble(error, &account.config.imap_host);
    let verb = plain(texts::SHOW_CERTIFICATE).on_press(Message::SignInAgain(account.id)).into();
    banner(Tone::Wrong, Icon::SHIELD_X, words.title, vec![words.advice], Some(verb), None)
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
pub(super) fn many<'a>(count: usize, can_join: bool) -> Element<'a, Message> {
    let join = can_join.then(|| plain(words::JOIN).on_press(Message::Act(Act::Join)));
    let inside = column![
        crate::icon::icon(Icon::CHECK_CHECK, 34.0).style(ink(|t| t.faint)),
        ui::paragraph(words::selected(count), (15.0, 22.0)).font(theme::STRONG),
        ui::paragraph(words::ALL_OF_THEM, theme::CHROME).style(ink(|t| t.muted)),
    ]
    .push(join)
    .spacing(8)
    .align_x(Center);
    container(inside).center(Fill).padding(24).into()
}
