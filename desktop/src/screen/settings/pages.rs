//! The pages behind an account: changing it, and the one question before it is removed.

use iced::widget::{Column, column, container, text::Wrapping};
use iced::{Element, Fill};
use waxwing_core::error::{ALREADY_HERE, Detail, ErrorKind};
use waxwing_core::event::CheckState;
use waxwing_core::model::{AccountConfig, AccountStatus};

use super::edit::Edit;
use super::view::failure;
use super::{CANCEL, Message, NAME_FIELD, OnEdit, State};
use crate::icon::Icon;
use crate::screen::setup::{CertificateShown, ServerForm, certificate_page, server_check, server_fields};
use crate::theme;
use crate::ui::form::{self, labelled};
use crate::ui::{self, ink, paragraph, plain, primary};
use crate::widget::Field;
use crate::words::{self, settings as texts, setup, trouble::trouble};

/// What an account is set to, to be changed; while that is tried, how far it is.
pub(super) fn edit<'a>(state: &'a State, before: &'a AccountConfig, edit: &'a Edit) -> Element<'a, Message> {
    if let Some(page) = &edit.certificate {
        let shown = CertificateShown {
            host: edit.host(page.step()),
            now: &state.now,
            is_narrow: state.is_narrow(),
            is_busy: state.waits.is_some(),
        };
        let page =
            certificate_page(page, &shown).map(|message| Message::OnEdit(OnEdit::Certificate(message)));
        let padding = if state.is_narrow() { [20, 16] } else { [24, 28] };
        return container(page).padding(padding).width(Fill).style(ui::card(|t| t.surface, 12.0)).into();
    }
    let title = paragraph(before.address.as_str(), theme::TITLE);
    let mut page = column![title.font(theme::STRONG).wrapping(Wrapping::WordOrGlyph)].spacing(16);
    page = page.push(failed(edit, before));
    if !state.is_trying() {
        page = page.push(fields(state, before, edit));
    }
    let has_passed = edit.checks.iter().any(|check| matches!(check, Some(CheckState::Passed(_))));
    if state.is_trying() || has_passed {
        let checks = edit
            .checks(before)
            .map(|(step, check)| server_check(state.is_narrow(), step, check, edit.host(Some(step))));
        page = page.push(Column::with_children(checks));
    }
    let (back, label) = match state.is_trying() {
        true => (setup::STOP, texts::TRYING),
        false => (words::CANCEL, texts::SAVE),
    };
    let save = primary(label).on_press_maybe(state.waits.is_none().then_some(Message::OnEdit(OnEdit::Save)));
    let back = plain(back).id(CANCEL).on_press(Message::Back).into();
    page.push(form::verbs(state.is_narrow(), Some(back), vec![save.into()])).into()
}

/// What failed, what to do, and the server's own words. What was typed stays.
fn failed<'a>(edit: &'a Edit, before: &AccountConfig) -> Option<Element<'a, Message>> {
    let (error, step) = edit.failure.as_ref()?;
    let mut words = trouble(error, edit.host(*step));
    match (error.kind(), error.detail()) {
        (_, Detail::Note(ALREADY_HERE)) => words.title = words::already_here(&before.address),
        // There is no field for a password here.
        (ErrorKind::LoginRefused, Detail::None | Detail::Server(_)) => {
            words.advice = texts::PASSWORD_KEPT.into()
        }
        _ => {}
    }
    let more =
        [Some(words.advice), words.server, Some(texts::AS_IT_WAS.into())].into_iter().flatten().collect();
    Some(form::notice(ui::Tone::Wrong, Icon::TRIANGLE_ALERT, words.title, more, None))
}

fn fields<'a>(state: &'a State, before: &'a AccountConfig, edit: &'a Edit) -> Element<'a, Message> {
    let typed = |text| Message::OnEdit(OnEdit::Name(text));
    let save = Message::OnEdit(OnEdit::Save);
    let name = Field::new(NAME_FIELD, texts::NAME_EXAMPLE, &edit.name, false, typed, Some(save.clone()));
    let servers = ServerForm {
        servers: &edit.servers,
        problems: &edit.problems,
        address: &before.address,
        is_narrow: state.is_narrow(),
    };
    let elsewhere = edit.is_elsewhere(before).then(|| {
        form::notice(
            ui::Tone::Note,
            Icon::CIRCLE_ALERT,
            texts::ELSEWHERE.into(),
            vec![texts::ELSEWHERE_MORE.into()],
            None,
        )
    });
    column![
        labelled(texts::NAME, name, None, Some(texts::NAME_HINT)),
        server_fields(&servers, |edit| Message::OnEdit(OnEdit::Typed(edit)), &save),
        elsewhere,
    ]
    .spacing(14)
    .into()
}

/// The question before an account goes. Keeping it is the default.
pub(super) fn remove<'a>(state: &'a State, account: &'a AccountStatus) -> Element<'a, Message> {
    let waiting = (account.waiting > 0)
        .then(|| paragraph(texts::REMOVE_WAITING, theme::READING).font(theme::STRONG).style(ink(|t| t.wax)));
    let remove = plain(texts::REMOVE_VERB)
        .on_press_maybe(state.waits.is_none().then_some(Message::RemoveConfirmed))
        .into();
    let keep = primary(words::CANCEL).id(CANCEL).on_press(Message::Back).into();
    let inside = column![
        paragraph(texts::remove(&account.config.address), theme::TITLE)
            .font(theme::STRONG)
            .wrapping(Wrapping::WordOrGlyph),
        failure(state),
        paragraph(texts::REMOVE_LOCAL, theme::READING).style(ink(|t| t.muted)),
        waiting,
        paragraph(texts::REMOVE_KEEPS, theme::READING),
        form::verbs(state.is_narrow(), None, vec![remove, keep]),
    ]
    .spacing(12);
    container(inside).padding([24, 28]).width(Fill).style(ui::card(|t| t.surface, 12.0)).into()
}
