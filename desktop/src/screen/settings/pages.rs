//! The pages behind an account: changing it, and the one question before it is removed.

use iced::widget::{column, container, row, text::Wrapping};
use iced::{Element, Fill};
use waxwing_core::model::{AccountStatus, Security};

use super::view::failure;
use super::{CANCEL, Message, SMTP_FIELD, SMTP_PORT_FIELD, State};
use crate::screen::setup::{ServerProblem, Servers};
use crate::theme;
use crate::ui::form::{self, choice, labelled};
use crate::ui::{self, ink, paragraph, plain, primary};
use crate::widget::Field;
use crate::words::{self, settings as texts, setup};

fn fact<'a>(label: &'a str, value: String) -> Element<'a, Message> {
    row![
        paragraph(label, theme::CHROME).style(ink(|t| t.muted)).width(110),
        paragraph(value, theme::CHROME).width(Fill).wrapping(Wrapping::WordOrGlyph),
    ]
    .into()
}

/// What an account is set to, and the server it sends by to be changed.
pub(super) fn edit<'a>(
    state: &'a State,
    account: &'a AccountStatus,
    servers: &'a Servers,
    problem: Option<ServerProblem>,
) -> Element<'a, Message> {
    let config = &account.config;
    let name = if config.display_name.is_empty() { texts::NO_NAME } else { &config.display_name };
    let way = if config.imap_security == Security::Tls { setup::TLS } else { setup::START_TLS };
    let facts = column![
        fact(texts::NAME, name.to_owned()),
        fact(words::USER_NAME, config.user_name.clone()),
        fact(texts::READING, texts::server(&config.imap_host, config.imap_port, way)),
        paragraph(texts::FIXED, theme::SMALL).style(ink(|t| t.muted)),
    ]
    .spacing(6);
    let host = Field::new(
        SMTP_FIELD,
        setup::OUTGOING_EXAMPLE,
        &servers.smtp_host,
        false,
        Message::SmtpHost,
        Some(Message::Save),
    );
    let port =
        Field::new(SMTP_PORT_FIELD, "465", &servers.smtp_port, false, Message::SmtpPort, Some(Message::Save));
    let said = problem.map(ServerProblem::words);
    let host = labelled(setup::OUTGOING_SERVER, host, said, Some(setup::OUTGOING_HINT));
    let port = labelled(setup::SERVER_PORT, port, None, None);
    let fields: Element<'a, Message> = if state.is_narrow() {
        column![host, port].spacing(10).into()
    } else {
        row![container(host).width(Fill), container(port).width(92)].spacing(10).into()
    };
    let security = |words, to| choice(words, servers.smtp_security == to, Message::SmtpSecurity(to));
    let ways =
        row![security(setup::TLS, Security::Tls), security(setup::START_TLS, Security::StartTls)].spacing(10);
    let save = primary(texts::SAVE).on_press_maybe(state.waits.is_none().then_some(Message::Save));
    let back = plain(words::CANCEL).on_press(Message::Back).into();
    column![
        paragraph(config.address.as_str(), theme::TITLE).font(theme::STRONG).wrapping(Wrapping::WordOrGlyph),
        failure(state),
        container(facts).padding([12, 16]).width(Fill).style(ui::card(|t| t.surface, 8.0)),
        column![fields, ways].spacing(6),
        form::verbs(state.is_narrow(), Some(back), vec![save.into()]),
    ]
    .spacing(16)
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
