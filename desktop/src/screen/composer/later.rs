//! When a mail is to be sent, if not now.

use std::time::Duration;

use iced::widget::{column, container, row};
use iced::{Center, Element, Fill};
use waxwing_core::model::Instant;

use super::lines::{menu, menu_entry};
use super::{Message, State, TIME_FIELD};
use crate::icon::{Icon, small};
use crate::theme;
use crate::ui::{colour, ink, paragraph, plain};
use crate::widget::{Field, line};
use crate::words::writing as words;

const HOUR: Duration = Duration::from_secs(3_600);

/// The times that are proposed.
fn proposed(state: &State) -> Vec<(&'static str, Instant)> {
    let hour = i64::try_from(HOUR.as_millis()).unwrap_or_default();
    let in_an_hour = Instant(state.now.instant().0 + hour);
    let mut times = vec![(words::IN_AN_HOUR, in_an_hour)];
    times.extend(state.now.this_evening().map(|at| (words::THIS_EVENING, at)));
    times.extend(state.now.tomorrow_morning().map(|at| (words::TOMORROW_MORNING, at)));
    times
}

/// The menu of times.
pub(super) fn view<'a>(state: &State, typed: &str, problem: Option<&'static str>) -> Element<'a, Message> {
    let mut entries = column![].spacing(1);
    for (label, at) in proposed(state) {
        let time = line(state.now.long(at)).color(colour(|t| t.muted));
        let inside = row![small(Icon::CLOCK), line(label).width(Fill), time].spacing(9).align_y(Center);
        entries = entries.push(menu_entry(inside.into(), label, Message::SendLater(at)));
    }
    let field = Field::new(
        TIME_FIELD,
        words::TIME_EXAMPLE,
        typed,
        false,
        Message::TimeTyped,
        Some(Message::TimeDone),
    );
    let own = row![field, plain(words::SEND).on_press(Message::TimeDone)].spacing(8).align_y(Center);
    let mut below =
        column![paragraph(words::AT_A_TIME, theme::SMALL).style(ink(|t| t.muted)), own].spacing(6);
    if let Some(problem) = problem {
        below = below.push(paragraph(problem, theme::SMALL).style(ink(|t| t.wax)));
    }
    menu(column![entries, container(below).padding([8, 10])].spacing(4).into(), 330.0)
}
