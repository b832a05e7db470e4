//! Brings into view what has the focus, or a part of something, where it lies in something that scrolls.

use iced::advanced::widget::Id;
use iced::advanced::widget::operation::{Focusable, Operation, Outcome, Scrollable};
use iced::widget::scrollable::AbsoluteOffset;
use iced::{Rectangle, Vector};

/// What stays free above and below it, for the ring.
const ROOM: f32 = 12.0;

/// To be done after the focus has moved.
pub fn reveal() -> impl Operation {
    Find { part: None, around: None, wanted: None }
}

/// Brings a part of a container into view, so far below its top and so high.
pub fn reveal_part(container: &'static str, below: f32, height: f32) -> impl Operation {
    Find { part: Some((Id::new(container), below, height)), around: None, wanted: None }
}

/// Looks for what has the focus and what scrolls around it.
struct Find {
    /// Not what has the focus, but this of a container.
    part: Option<(Id, f32, f32)>,
    /// The last thing that scrolls: its place, that of its content, and how far it is scrolled.
    around: Option<(Rectangle, Rectangle, Vector)>,
    /// Which of them to scroll, and how far.
    wanted: Option<(Rectangle, f32)>,
}

impl Operation for Find {
    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation)) {
        operate(self);
    }

    fn scrollable(
        &mut self,
        _id: Option<&Id>,
        bounds: Rectangle,
        content: Rectangle,
        translation: Vector,
        _state: &mut dyn Scrollable,
    ) {
        self.around = Some((bounds, content, translation));
    }

    fn focusable(&mut self, _id: Option<&Id>, bounds: Rectangle, state: &mut dyn Focusable) {
        if self.part.is_none() && state.is_focused() {
            self.want(bounds);
        }
    }

    fn container(&mut self, id: Option<&Id>, bounds: Rectangle) {
        let part = self.part.as_ref().filter(|(wanted, ..)| id == Some(wanted));
        if let Some((_, below, height)) = part {
            self.want(Rectangle { y: bounds.y + below, height: *height, ..bounds });
        }
    }

    fn finish(&self) -> Outcome<()> {
        match self.wanted {
            Some((view, offset)) => Outcome::Chain(Box::new(Scroll { view, offset })),
            None => Outcome::None,
        }
    }
}

impl Find {
    fn want(&mut self, bounds: Rectangle) {
        let Some((view, content, translation)) = self.around else { return };
        let is_inside = bounds.y >= content.y && bounds.y + bounds.height <= content.y + content.height + 1.0;
        if !is_inside {
            return;
        }
        let (top, bottom) = (bounds.y - ROOM - view.y, bounds.y + bounds.height + ROOM - view.y);
        if top < translation.y {
            self.wanted = Some((view, top.max(0.0)));
        } else if bottom > translation.y + view.height {
            self.wanted = Some((view, (bottom - view.height).min(top).max(0.0)));
        }
    }
}

/// Scrolls the one thing with that place.
struct Scroll {
    view: Rectangle,
    offset: f32,
}

impl Operation for Scroll {
    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation)) {
        operate(self);
    }

    fn scrollable(
        &mut self,
        _id: Option<&Id>,
        bounds: Rectangle,
        _content: Rectangle,
        _translation: Vector,
        state: &mut dyn Scrollable,
    ) {
        if bounds == self.view {
            state.scroll_to(AbsoluteOffset { x: None, y: Some(self.offset) });
        }
    }
}
