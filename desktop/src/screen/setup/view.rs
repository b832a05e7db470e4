//! The welcome, the form and what failed, each a card in the middle of the window.

use iced::widget::{column, container, image, row, space};
use iced::{Center, Element, Fill, Padding};
use waxwing_core::error::{Detail, Error, ErrorKind};
use waxwing_core::model::Secret;

use super::{
    ADDRESS_FIELD, BEGIN, GO_BACK, Message, PASSWORD_FIELD, Problem, SERVER_FIELD, State, Step, USER_FIELD,
};
use crate::icon::{Icon, icon};
use crate::theme::{self, SEAL, SEAL_SIDE};
use crate::ui::{self, Tone, colour, ink, link, paragraph, plain, primary, scrolling};
use crate::widget::{Field, line};
use crate::words::{self, trouble::trouble};

const WIDTH: f32 = 520.0;

/// The screen.
pub fn view(state: &State) -> Element<'_, Message> {
    let inside = match (state.step, &state.failure) {
        (Step::Welcome, _) => welcome(state),
        (Step::SignIn, Some(error)) if error.kind() == ErrorKind::CertificateUntrusted => {
            certificate(state, error)
        }
        (Step::SignIn, _) => sign_in(state),
    };
    let card = container(inside).padding([32, 36]).max_width(WIDTH).style(ui::card(|t| t.surface, 12.0));
    let mut page = column![card].spacing(12).align_x(Center);
    if let Some(note) = &state.run_note {
        page = page.push(paragraph(note.as_str(), theme::SMALL).style(ink(|t| t.muted)));
    }
    let page = container(page).center_x(Fill).padding(16);
    container(scrolling(page)).center(Fill).style(ui::ground(|t| t.canvas)).into()
}

fn welcome(state: &State) -> Element<'_, Message> {
    let seal = image(image::Handle::from_rgba(SEAL_SIDE, SEAL_SIDE, SEAL)).width(60).height(60);
    let add = ui::primary_wide(words::ADD_ACCOUNT).on_press(Message::Begin).id(BEGIN).width(280);
    let mut inside = column![
        seal,
        space().height(16),
        paragraph(words::APP, (24.0, 30.0)).font(theme::STRONG),
        space().height(8),
        paragraph(words::WELCOME, theme::READING).style(ink(|t| t.muted)).align_x(Center),
        space().height(26),
        add,
        space().height(8),
        link(words::LOOK_AROUND).on_press(Message::Demo),
    ]
    .align_x(Center)
    .width(Fill);
    if let Some(failure) = &state.demo_failure {
        inside = inside
            .push(space().height(8))
            .push(paragraph(failure.as_str(), theme::SMALL).style(ink(|t| t.wax)).align_x(Center));
    }
    inside.into()
}

fn sign_in(state: &State) -> Element<'_, Message> {
    let checking = state.is_checking();
    let mut form = column![paragraph(words::SIGN_IN, theme::TITLE).font(theme::STRONG)].spacing(16);
    if let Some(error) = &state.failure {
        form = form.push(failed(state, error));
    }
    form = form.push(address(state)).push(server(state)).push(password(state));
    if checking {
        form = form.push(progress(state));
    }
    let ready = (!checking).then_some(Message::SignIn);
    let again = if state.failure.is_some() { words::TRY_AGAIN } else { words::SIGN_IN };
    let verb = if checking { words::SIGNING_IN } else { again };
    let verbs = row![
        plain(words::BACK).on_press_maybe((!checking).then_some(Message::Back)),
        space().width(Fill),
        primary(verb).on_press_maybe(ready),
    ]
    .align_y(Center);
    form.push(space().height(2)).push(verbs).into()
}

/// A label, its field, and below it what is wrong or worth knowing.
fn labelled<'a>(
    label: &'a str,
    field: Field<'a, Message>,
    problem: Option<Problem>,
    hint: Option<&'a str>,
) -> Element<'a, Message> {
    let mut lines = column![paragraph(label, theme::CHROME).font(theme::STRONG), field].spacing(6);
    if let Some(problem) = problem {
        lines = lines.push(paragraph(problem.words(), theme::SMALL).style(ink(|t| t.wax)));
    } else if let Some(hint) = hint {
        lines = lines.push(paragraph(hint, theme::SMALL).style(ink(|t| t.muted)));
    }
    lines.into()
}

fn first(state: &State, problems: &[Problem]) -> Option<Problem> {
    problems.iter().copied().find(|problem| state.has(*problem))
}

fn address(state: &State) -> Element<'_, Message> {
    let field = Field::new(
        ADDRESS_FIELD,
        words::ADDRESS_EXAMPLE,
        &state.form.address,
        false,
        Message::Address,
        Some(Message::SignIn),
    );
    labelled(words::ADDRESS, field, first(state, &[Problem::AddressIncomplete]), None)
}

fn password(state: &State) -> Element<'_, Message> {
    let field = Field::new(
        PASSWORD_FIELD,
        "",
        state.password.reveal(),
        true,
        |text| Message::Password(Secret::new(text)),
        Some(Message::SignIn),
    );
    let kept = if state.lasting { words::KEPT_IN_KEYRING } else { words::KEPT_FOR_THIS_RUN };
    labelled(words::PASSWORD, field, first(state, &[Problem::PasswordMissing]), Some(kept))
}

/// The server as guessed, with Edit; or the fields for it.
fn server(state: &State) -> Option<Element<'_, Message>> {
    if state.form.open {
        let user = state.form.user_name();
        let user = Field::new(USER_FIELD, "", &user, false, Message::UserName, Some(Message::SignIn));
        let server = state.form.server();
        let server = Field::new(
            SERVER_FIELD,
            words::SERVER_EXAMPLE,
            &server,
            false,
            Message::Server,
            Some(Message::SignIn),
        );
        let of_user = first(state, &[Problem::UserNameMissing]);
        let of_server = first(state, &[Problem::Port143, Problem::ServerIncomplete]);
        let fields = column![
            labelled(words::USER_NAME, user, of_user, None),
            labelled(words::SERVER, server, of_server, Some(words::SERVER_HINT)),
        ];
        return Some(fields.spacing(16).into());
    }
    state.form.domain()?;
    let how = if state.form.server.is_some() { words::ENCRYPTED_CHOSEN } else { words::ENCRYPTED_GUESS };
    let text = column![
        line(state.form.server()).font(theme::STRONG).width(Fill),
        line(how).width(Fill).color(colour(|t| t.muted)),
    ]
    .width(Fill);
    let inside = row![
        icon(Icon::SHIELD_CHECK, 20.0).style(ink(|t| t.ok)),
        text,
        plain(words::EDIT).on_press(Message::Edit)
    ]
    .spacing(14)
    .align_y(Center);
    Some(container(inside).padding([12, 15]).style(ui::card(|t| t.canvas, 8.0)).into())
}

/// `Incoming mail … imap.example.org`, while it is being tried.
fn progress(state: &State) -> Element<'_, Message> {
    let inside = row![
        icon(Icon::REFRESH_CW, 15.0).style(ink(|t| t.accent)),
        line(words::INCOMING).width(Fill),
        line(state.form.server()).width(Fill).color(colour(|t| t.muted)),
    ]
    .spacing(12)
    .align_y(Center);
    column![container(inside).padding([10, 0]), ui::across()].into()
}

fn host(state: &State) -> String {
    let server = state.form.server();
    state.form.config().map_or(server, |config| config.imap_host)
}

fn failed<'a>(state: &State, error: &Error) -> Element<'a, Message> {
    let words = trouble(error, &host(state));
    let mut more = vec![words.advice];
    more.extend(words.server);
    let which = match error.kind() {
        ErrorKind::LoginRefused | ErrorKind::AppPasswordNeeded => Icon::KEY_ROUND,
        ErrorKind::Offline | ErrorKind::NameNotResolved | ErrorKind::TimedOut => Icon::CLOUD_OFF,
        _ => Icon::TRIANGLE_ALERT,
    };
    let banner = ui::banner(Tone::Wrong, which, words.title, more, None, None);
    container(banner).style(ui::card(|t| t.errbg, 8.0)).padding(1).into()
}

/// A page of its own: nobody should click past this one. Going back is the default.
fn certificate<'a>(state: &'a State, error: &'a Error) -> Element<'a, Message> {
    let words = trouble(error, &host(state));
    let title = row![
        icon(Icon::SHIELD_X, 24.0).style(ink(|t| t.wax)),
        paragraph(words.title, theme::TITLE).font(theme::STRONG).width(Fill),
    ]
    .spacing(14)
    .align_y(Center);
    let advice = container(paragraph(words.advice, theme::READING).style(ink(|t| t.muted)))
        .padding(Padding { left: 38.0, ..Padding::ZERO });
    let mut page = column![title, advice].spacing(8);
    if let Detail::Certificate { facts: Some(facts), .. } = error.detail() {
        page = page.push(space().height(8)).push(ui::certificate(facts, &state.now));
    }
    let verbs = row![
        space().width(Fill),
        plain(words::TRY_AGAIN).on_press(Message::SignIn),
        primary(words::GO_BACK).id(GO_BACK).on_press(Message::Back),
    ]
    .spacing(10)
    .align_y(Center);
    page.push(space().height(16)).push(verbs).into()
}
