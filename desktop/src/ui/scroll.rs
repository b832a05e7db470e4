//! Content that may be higher than its place.

use iced::keyboard::{Key, key::Named};
use iced::widget::scrollable::{self, AbsoluteOffset, Direction, Scrollable, Scrollbar};
use iced::{Border, Color, Element, Theme};

use crate::theme;

/// What scrolls as a whole where a page is all that the window shows, by name.
pub const PAGE: &str = "page";

/// The primary button of a page that says something new, by name.
pub const NEXT: &str = "next";
/// The way back from a page that nobody should click past.
pub const GO_BACK: &str = "go-back";

/// Whether a page is to be read from its top where this gets the focus, though it may stand below what the window shows: what
/// has happened comes before what can be done.
pub fn is_read_first(field: &str) -> bool {
    [NEXT, GO_BACK].contains(&field)
}

/// To the top of a page.
pub const TOP: AbsoluteOffset = AbsoluteOffset { x: 0.0, y: 0.0 };

/// How far up or down a key moves a page in a window of that height. A line of the page before stays to be seen.
pub fn page_key(key: &Key, height: f32) -> Option<AbsoluteOffset> {
    const LINE: f32 = 40.0;
    // Further than any page goes: it stops at its end.
    const FAR: f32 = 100_000.0;
    let page = (height - LINE).max(LINE);
    let Key::Named(key) = key else { return None };
    let y = match key {
        Named::PageUp => -page,
        Named::PageDown => page,
        Named::ArrowUp => -LINE,
        Named::ArrowDown => LINE,
        Named::Home => -FAR,
        Named::End => FAR,
        _ => return None,
    };
    Some(AbsoluteOffset { x: 0.0, y })
}

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
