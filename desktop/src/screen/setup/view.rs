//! The frame of all steps: a card in the middle of the window, with how far one is; and the welcome.

use iced::widget::{column, container, image, space};
use iced::{Center, Element, Fill};

use super::{BEGIN, Message, Purpose, State, Step, certificate, lookup, person, sign_in_view};
use crate::theme::{self, SEAL, SEAL_SIDE};
use crate::ui::{self, form, ink, link, paragraph, scrolling};
use crate::words;

const WIDTH: f32 = 520.0;
const STEPS: usize = 3;

/// The screen.
pub fn view(state: &State) -> Element<'_, Message> {
    let (done, inside) = match state.step {
        Step::Welcome => (0, welcome(state)),
        Step::Person => (1, person::view(state)),
        Step::Lookup => (2, lookup::view(state)),
        Step::SignIn => (
            3,
            state
                .settings
                .as_ref()
                .map_or_else(|| space().into(), |settings| sign_in_view::view(state, settings)),
        ),
        Step::Certificate => (
            3,
            state.certificate.as_ref().map_or_else(
                || space().into(),
                |page| certificate::view(page, &state.certificate_shown(page)).map(Message::Certificate),
            ),
        ),
    };
    let mut lines = column![].spacing(22);
    if done > 0 && !matches!(state.purpose, Purpose::Again(_)) {
        lines = lines.push(form::progress(done, STEPS));
    }
    let padding = if state.is_narrow() { [24, 20] } else { [32, 36] };
    let card =
        container(lines.push(inside)).padding(padding).max_width(WIDTH).style(ui::card(|t| t.surface, 12.0));
    let mut page = column![card].spacing(12).align_x(Center);
    if let Some(note) = &state.run_note {
        page = page.push(paragraph(note.as_str(), theme::SMALL).style(ink(|t| t.muted)).align_x(Center));
    }
    let page = container(page).center_x(Fill).padding(16);
    container(scrolling(page).id(ui::PAGE)).center(Fill).style(ui::ground(|t| t.canvas)).into()
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
