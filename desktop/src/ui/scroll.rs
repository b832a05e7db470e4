//! Content that may be higher than its place.

use iced::widget::scrollable::{self, Direction, Scrollable, Scrollbar};
use iced::{Border, Color, Element, Theme};

use crate::theme;

/// Scrolls its content up and down, with a thin bar at the right.
pub fn scrolling<'a, Message: 'a>(content: impl Into<Element<'a, Message>>) -> Scrollable<'a, Message> {
    let bar = Scrollbar::new().width(6).scroller_width(5).margin(2);
    Scrollable::with_direction(content, Direction::Vertical(bar)).style(style)
}

/// A thin bar that is seen while it is of use.
fn style(theme: &Theme, status: scrollable::Status) -> scrollable::Style {
    let t = theme::of(theme);
    let alpha = match status {
        scrollable::Status::Active { .. } => 0.0,
        scrollable::Status::Hovered { is_vertical_scrollbar_hovered: true, .. } => 0.6,
        scrollable::Status::Hovered { .. } => 0.35,
        scrollable::Status::Dragged { .. } => 0.7,
    };
    let rail = scrollable::Rail {
        background: None,
        border: Border::default(),
        scroller: scrollable::Scroller {
            background: Color { a: alpha, ..t.muted.0 }.into(),
            border: Border { radius: 3.0.into(), ..Border::default() },
        },
    };
    scrollable::Style { vertical_rail: rail, horizontal_rail: rail, ..scrollable::default(theme, status) }
}
