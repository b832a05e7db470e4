//! The third step as it is seen: what was found, the password, the checks, and what failed.

use iced::widget::{column, container, row, space, text::Wrapping};
use iced::{Center, Element, Fill};
use waxwing_core::event::{CheckState, CheckStep};
use waxwing_core::model::{HintKind, Secret};

use super::failure::Failure;
use super::servers_view;
use super::sign_in::Message;
use super::sign_in_settings::SignIn;
use super::{NEXT, PASSWORD_FIELD, Purpose, State, browser, place};
use crate::icon::{Icon, icon};
use crate::theme;
use crate::ui::form::{self, labelled};
use crate::ui::{self, ink, paragraph, plain, primary};
use crate::widget::Field;
use crate::words::{self, setup as texts};

type Part<'a> = Element<'a, super::Message>;

fn said(message: Message) -> super::Message {
    super::Message::SignIn(message)
}

/// The step.
pub(super) fn view<'a>(state: &'a State, settings: &'a SignIn) -> Part<'a> {
    if let Some(host) = settings.unconfirmed().filter(|_| !settings.is_open) {
        return confirm(state, host);
    }
    if let Some(waiting) = browser::waiting(state, settings) {
        return waiting;
    }
    let mut page = column![].spacing(16).width(Fill);
    page = match &settings.failure {
        Some(failure) => page.push(failed(state, settings, failure)),
        None => page.push(paragraph(title(state), theme::TITLE).font(theme::STRONG)),
    };
    if settings.is_open {
        page = page.push(servers(state, settings));
    } else if settings.failure.is_none() {
        page = page.push(card(state, settings));
    }
    if settings.method().is_none() {
        page = page.push(paragraph(texts::ONLY_BROWSER, theme::READING).style(ink(|t| t.muted)));
        return page.push(form::verbs(state.is_narrow(), Some(back(state)), Vec::new())).into();
    }
    // What comes first at the provider; once it failed, that says what to do.
    if settings.failure.is_none() && !state.is_checking() {
        page = page.push(hint(settings));
    }
    page = page.push(secret(state, settings));
    let shows_checks = settings.checks.iter().any(|check| {
        // Once all is over, what worked tells something; that nothing did is said above.
        matches!(check, Some(CheckState::Passed(_))) || (check.is_some() && state.is_checking())
    });
    if shows_checks {
        page = page.push(checks(state, settings));
    }
    if settings.failure.is_none() {
        page = page.push(browser::other_way(state, settings));
    }
    page.push(foot(state, settings)).into()
}

fn title(state: &State) -> String {
    match &state.purpose {
        Purpose::Again(account) => texts::sign_in_to(&account.config.address),
        Purpose::First | Purpose::Another => words::SIGN_IN.into(),
    }
}

/// A host that only DNS or a guess named: nothing else is to be done here before it is known.
fn confirm<'a>(state: &'a State, host: &'a str) -> Part<'a> {
    let (title, advice) = texts::confirm_host(state.person.domain().unwrap_or_default(), host);
    let host = container(
        row![
            icon(Icon::SHIELD_ALERT, 20.0).style(ink(|t| t.warn)),
            paragraph(host, theme::READING).font(theme::STRONG).width(Fill).wrapping(Wrapping::WordOrGlyph),
        ]
        .spacing(14)
        .align_y(Center),
    );
    let verbs = vec![
        plain(texts::EDIT_SETTINGS).on_press(said(Message::Edit)).into(),
        plain(texts::CONFIRM_HOST).on_press(said(Message::Confirm)).into(),
    ];
    column![
        paragraph(title, theme::TITLE).font(theme::STRONG).wrapping(Wrapping::WordOrGlyph),
        paragraph(advice, theme::READING).style(ink(|t| t.muted)).wrapping(Wrapping::WordOrGlyph),
        host.padding([12, 15]).style(ui::card(|t| t.canvas, 8.0)),
        form::verbs(state.is_narrow(), Some(back(state)), verbs),
    ]
    .spacing(16)
    .into()
}

/// What happened, what to do, the server's own words, and the other things that can be done.
fn failed<'a>(state: &'a State, settings: &'a SignIn, failure: &'a Failure) -> Part<'a> {
    let mut words = failure.words(settings);
    if failure.is_here_already() {
        words.title = words::already_here(&state.person.address());
    }
    let title = paragraph(words.title, theme::TITLE).font(theme::STRONG).wrapping(Wrapping::WordOrGlyph);
    let mut lines =
        column![title, paragraph(words.advice, theme::READING).style(ink(|t| t.muted))].spacing(8);
    if let Some(server) = words.server {
        let server = paragraph(server, theme::CHROME).wrapping(Wrapping::WordOrGlyph);
        let card = container(server).padding([8, 12]).width(Fill).style(ui::card(|t| t.canvas, 8.0));
        lines = lines.push(card);
    }
    let is_again = matches!(state.purpose, Purpose::Again(_));
    let others = failure.verbs(settings, is_again).into_iter().skip(1);
    let others = others.map(|verb| plain(verb.words()).on_press(said(Message::Do(verb))).into());
    let others: Vec<Part<'a>> = others.collect();
    if !others.is_empty() {
        lines =
            lines.push(space().height(2)).push(iced::widget::Row::with_children(others).spacing(8).wrap());
    }
    lines.into()
}

/// The settings in two lines, with Edit.
fn card<'a>(state: &'a State, settings: &'a SignIn) -> Part<'a> {
    let is_again = matches!(state.purpose, Purpose::Again(_));
    let from = texts::from(settings.source(), state.person.domain().unwrap_or_default());
    let words = column![
        paragraph(settings.provider(), theme::CHROME).font(theme::STRONG).wrapping(Wrapping::WordOrGlyph),
        paragraph(from, theme::CHROME).style(ink(|t| t.muted)).wrapping(Wrapping::WordOrGlyph),
    ]
    .width(Fill);
    let edit = (!is_again)
        .then(|| plain(words::EDIT).on_press_maybe((!state.is_checking()).then_some(said(Message::Edit))));
    let inside =
        row![icon(Icon::SHIELD_CHECK, 20.0).style(ink(|t| t.ok)), words, edit].spacing(14).align_y(Center);
    container(inside).padding([12, 15]).style(ui::card(|t| t.canvas, 8.0)).into()
}

/// What has to be done at the provider first, with its page.
fn hint(settings: &SignIn) -> Option<Part<'_>> {
    let hint = settings.hint()?;
    let (words, verb) = match hint.kind {
        HintKind::AppPassword => (texts::APP_PASSWORD_FIRST, texts::APP_PASSWORD_PAGE),
        HintKind::SwitchOn => (texts::SWITCH_ON_FIRST, texts::SETTINGS_PAGE),
    };
    let page = hint.page.clone().map(|page| {
        let verb = super::failure::Verb::OpenPage(hint.kind, page);
        said(Message::Do(verb))
    });
    let verb = page.map(|message| plain(verb).on_press(message));
    Some(column![paragraph(words, theme::CHROME).style(ink(|t| t.muted)), verb].spacing(10).into())
}

/// The password, or the way to the browser; and where what comes of it is kept.
fn secret<'a>(state: &'a State, settings: &'a SignIn) -> Part<'a> {
    if settings.is_by_browser() {
        return column![browser::view(settings), place::view(state)].spacing(6).into();
    }
    let typed = |text| said(Message::Password(Secret::new(text)));
    let field =
        Field::new(PASSWORD_FIELD, "", state.password.reveal(), true, typed, Some(said(Message::SignIn)));
    let is_app = settings.wants_app_password();
    let label = if is_app { texts::APP_PASSWORD } else { words::PASSWORD };
    let hint = is_app.then_some(texts::SPACES);
    column![labelled(label, field, settings.password_problem(), hint), place::view(state)].spacing(6).into()
}

/// Incoming, mailboxes, outgoing, as far as they have come.
fn checks<'a>(state: &'a State, settings: &'a SignIn) -> Part<'a> {
    let steps = [CheckStep::Incoming, CheckStep::Mailboxes, CheckStep::Outgoing];
    let is_again = matches!(state.purpose, Purpose::Again(_));
    let without = is_again || settings.servers.smtp_host.trim().is_empty() || settings.is_without_sending();
    let mut lines = column![];
    for (step, check) in steps.into_iter().zip(&settings.checks) {
        if (step == CheckStep::Outgoing && without) || (is_again && step == CheckStep::Mailboxes) {
            continue;
        }
        let host = match step {
            CheckStep::Outgoing => &settings.servers.smtp_host,
            CheckStep::Incoming | CheckStep::Mailboxes => &settings.servers.imap_host,
        };
        lines = lines.push(servers_view::check(state.is_narrow(), step, check.as_ref(), host));
    }
    lines.into()
}

fn back(state: &State) -> Part<'_> {
    let is_again = matches!(state.purpose, Purpose::Again(_));
    let words = match (state.is_checking(), is_again) {
        (true, _) => texts::STOP,
        (false, true) => texts::LEAVE,
        (false, false) => words::BACK,
    };
    plain(words).on_press(super::Message::Back).into()
}

fn foot<'a>(state: &'a State, settings: &'a SignIn) -> Part<'a> {
    let is_again = matches!(state.purpose, Purpose::Again(_));
    let first = settings.failure.as_ref().and_then(|it| it.verbs(settings, is_again).into_iter().next());
    let (label, message) = match (state.is_checking() || state.is_busy(), &settings.failure, first) {
        (true, ..) => (words::SIGNING_IN.into(), None),
        (false, Some(failure), _) if failure.wait > 0 => (texts::again_in(failure.wait), None),
        (false, Some(_), Some(verb)) => (verb.words(), Some(said(Message::Do(verb)))),
        (false, ..) if settings.is_by_browser() => {
            (texts::CONTINUE_IN_BROWSER.into(), Some(said(Message::SignIn)))
        }
        (false, ..) => (words::SIGN_IN.into(), Some(said(Message::SignIn))),
    };
    let verb = primary(label).id(NEXT).on_press_maybe(message);
    form::verbs(state.is_narrow(), Some(back(state)), vec![verb.into()])
}

/// The servers, to be changed.
fn servers<'a>(state: &'a State, settings: &'a SignIn) -> Part<'a> {
    let form = servers_view::Form {
        servers: &settings.servers,
        problems: &settings.problems,
        address: state.person.address.trim(),
        is_narrow: state.is_narrow(),
    };
    let fields = servers_view::servers(&form, |edit| said(Message::Typed(edit)), &said(Message::SignIn));
    column![paragraph(texts::MANUAL_HINT, theme::CHROME).style(ink(|t| t.muted)), fields].spacing(14).into()
}
