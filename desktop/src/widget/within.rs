//! One window among several: iced asks the widgets of all windows at once, so what is meant for one says which.

use std::any::Any;

use iced::advanced::widget::operation::{Focusable, Operation, Outcome, Scrollable, TextInput};
use iced::advanced::widget::{Id, operate};
use iced::widget::container;
use iced::{Element, Fill, Rectangle, Task, Vector};

/// All that a window shows, by the name that [`within`] finds it by.
pub fn whole<'a, Message: 'a>(id: Id, content: impl Into<Element<'a, Message>>) -> Element<'a, Message> {
    container(content).id(id).width(Fill).height(Fill).into()
}

/// Does that to the widgets of one window alone.
pub fn within<Message: Send + 'static>(
    window: Id,
    operation: impl Operation<Message> + 'static,
) -> Task<Message> {
    operate(Within { window, operation: Box::new(operation), is_next: false, is_inside: false })
}

struct Within<T> {
    window: Id,
    operation: Box<dyn Operation<T>>,
    /// What is traversed next is what the window shows.
    is_next: bool,
    is_inside: bool,
}

impl<T: 'static> Operation<T> for Within<T> {
    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation<T>)) {
        let enters = std::mem::take(&mut self.is_next);
        if enters {
            self.is_inside = true;
        }
        operate(self);
        if enters {
            self.is_inside = false;
        }
    }

    fn container(&mut self, id: Option<&Id>, bounds: Rectangle) {
        if self.is_inside {
            self.operation.container(id, bounds);
        } else {
            self.is_next = id == Some(&self.window);
        }
    }

    fn scrollable(
        &mut self,
        id: Option<&Id>,
        bounds: Rectangle,
        content: Rectangle,
        translation: Vector,
        state: &mut dyn Scrollable,
    ) {
        if self.is_inside {
            self.operation.scrollable(id, bounds, content, translation, state);
        }
    }

    fn focusable(&mut self, id: Option<&Id>, bounds: Rectangle, state: &mut dyn Focusable) {
        if self.is_inside {
            self.operation.focusable(id, bounds, state);
        }
    }

    fn text_input(&mut self, id: Option<&Id>, bounds: Rectangle, state: &mut dyn TextInput) {
        if self.is_inside {
            self.operation.text_input(id, bounds, state);
        }
    }

    fn text(&mut self, id: Option<&Id>, bounds: Rectangle, text: &str) {
        if self.is_inside {
            self.operation.text(id, bounds, text);
        }
    }

    fn custom(&mut self, id: Option<&Id>, bounds: Rectangle, state: &mut dyn Any) {
        if self.is_inside {
            self.operation.custom(id, bounds, state);
        }
    }

    fn finish(&self) -> Outcome<T> {
        match self.operation.finish() {
            Outcome::Chain(operation) => Outcome::Chain(Box::new(Self {
                window: self.window.clone(),
                operation,
                is_next: false,
                is_inside: false,
            })),
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives the focus to whatever it finds, and counts.
    #[derive(Default)]
    struct State(bool);

    impl Focusable for State {
        fn is_focused(&self) -> bool {
            self.0
        }

        fn focus(&mut self) {
            self.0 = true;
        }

        fn unfocus(&mut self) {
            self.0 = false;
        }
    }

    struct FocusAll;

    impl Operation for FocusAll {
        fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation)) {
            operate(self);
        }

        fn focusable(&mut self, _: Option<&Id>, _: Rectangle, state: &mut dyn Focusable) {
            state.focus();
        }
    }

    #[test]
    fn only_the_widgets_of_that_window_are_asked() {
        let place = Rectangle::default();
        let mut operation = Within {
            window: Id::new("two"),
            operation: Box::new(FocusAll) as Box<dyn Operation>,
            is_next: false,
            is_inside: false,
        };
        let mut fields = [State::default(), State::default(), State::default()];
        for (window, field) in ["one", "two", "three"].into_iter().zip(&mut fields) {
            operation.container(Some(&Id::new(window)), place);
            Operation::<()>::traverse(&mut operation, &mut |operation| {
                operation.container(Some(&Id::new("a part of it")), place);
                operation.traverse(&mut |operation| operation.focusable(None, place, field));
            });
        }
        assert_eq!(fields.map(|field| field.0), [false, true, false]);
    }
}
