//! Whether every text of a view has the room it needs: by what was laid out, not by what is painted.

use iced::advanced::layout::{Layout, Limits};
use iced::advanced::text::{Paragraph as _, Renderer as TextRenderer};
use iced::advanced::widget::operation::{Operation, Scrollable};
use iced::advanced::widget::{Id, Tree, text, tree::Tag};
use iced::{Element, Rectangle, Size, Vector};

use crate::widget::cut_line;

type Paragraph = <iced::Renderer as TextRenderer>::Paragraph;

/// Less than this is rounding.
const SLACK: f32 = 0.75;

/// What is cut off in a window of that size: texts that need more room than they have, and things that stick out of what is around
/// them, but below where that scrolls.
pub(crate) fn cut_off<Message>(
    mut view: Element<'_, Message>,
    size: Size,
    renderer: &iced::Renderer,
) -> Vec<String> {
    let mut tree = Tree::new(&view);
    let limits = Limits::new(Size::ZERO, size);
    let node = view.as_widget_mut().layout(&mut tree, renderer, &limits);
    let mut search = Search::default();
    view.as_widget_mut().operate(&mut tree, Layout::new(&node), renderer, &mut search);
    search.look(&tree, Layout::new(&node), Rectangle::with_size(size));
    search.found
}

#[derive(Default)]
struct Search {
    /// What scrolls: its place, and that of what is in it.
    scrolls: Vec<(Rectangle, Rectangle)>,
    found: Vec<String>,
}

impl Operation for Search {
    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation)) {
        operate(self);
    }

    fn scrollable(
        &mut self,
        _: Option<&Id>,
        bounds: Rectangle,
        content: Rectangle,
        _: Vector,
        _: &mut dyn Scrollable,
    ) {
        self.scrolls.push((bounds, content));
    }
}

impl Search {
    /// Looks at one widget that lies in `around`.
    fn look(&mut self, tree: &Tree, layout: Layout<'_>, around: Rectangle) {
        let bounds = layout.bounds();
        let around = if self.scrolls.contains(&(around, bounds)) {
            Rectangle { height: f32::INFINITY, ..around }
        } else {
            around
        };
        let is_in = bounds.x >= around.x - SLACK
            && bounds.y >= around.y - SLACK
            && bounds.x + bounds.width <= around.x + around.width + SLACK
            && bounds.y + bounds.height <= around.y + around.height + SLACK;
        if !is_in {
            self.found.push(format!("{bounds:?} sticks out of {around:?}: {}", words(tree)));
        }
        if let Some(line) = cut_line(tree) {
            self.found.push(format!("{line:?} ends in an ellipsis"));
        }
        if tree.tag == Tag::of::<text::State<Paragraph>>() {
            return self.look_at_text(tree, layout);
        }
        let count = layout.children().count();
        match (tree.children.len(), count) {
            // A field, or nothing to be read.
            (0, _) => {}
            (known, laid_out) if known == laid_out => {
                for (child, layout) in tree.children.iter().zip(layout.children()) {
                    self.look(child, layout, bounds);
                }
            }
            // A frame, which is what is in it in the tree.
            (_, 1) => layout.children().for_each(|inner| self.look(tree, inner, bounds)),
            (known, laid_out) => panic!("{known} widgets and {laid_out} places: {}", words(tree)),
        }
    }

    fn look_at_text(&mut self, tree: &Tree, layout: Layout<'_>) {
        let mut layout = layout;
        while let Some(inner) = layout.children().next() {
            layout = inner;
        }
        let state = tree.state.downcast_ref::<text::State<Paragraph>>();
        let has = layout.bounds();
        // What lies below its place wasn't even measured.
        let mut whole = state.raw().clone();
        whole.resize(Size::new(has.width + SLACK, f32::INFINITY));
        let needs = whole.min_bounds();
        if needs.width > has.width + SLACK || needs.height > has.height + SLACK {
            self.found.push(format!("{:?} needs {needs:?} and has {has:?}", state.content()));
        }
    }
}

/// The texts in there, to tell where it is.
fn words(tree: &Tree) -> String {
    if tree.tag == Tag::of::<text::State<Paragraph>>() {
        return tree.state.downcast_ref::<text::State<Paragraph>>().content().to_owned();
    }
    tree.children.iter().map(words).collect::<Vec<_>>().join(" | ")
}

#[cfg(test)]
mod tests {
    use iced::Fill;
    use iced::widget::{column, container, text::Wrapping};

    use super::*;
    use crate::stage::renderer;
    use crate::theme;
    use crate::ui::{paragraph, plain, scrolling};

    fn cut(view: Element<'_, ()>) -> Vec<String> {
        cut_off(view, Size::new(120.0, 90.0), &renderer())
    }

    #[test]
    fn texts_without_room_are_found() {
        let long = || paragraph("Donaudampfschifffahrtsgesellschaft", theme::CHROME);
        assert_eq!(cut(long().wrapping(Wrapping::Word).into()).len(), 1, "a word that is too long");
        assert_eq!(cut(long().into()), [""; 0]);
        let text = || paragraph("What is too high for its place is cut off", theme::READING);
        assert_eq!(cut(container(text()).height(20).into()).len(), 1);
        assert_eq!(cut(text().into()), [""; 0]);
        assert_eq!(cut(crate::widget::line("A line without an end in sight").width(Fill).into()).len(), 1);
        assert_eq!(cut(plain("Do it").on_press(()).height(10).into()).len(), 1);
        let lines = || column((0..9).map(|_| text().into()));
        assert!(!cut(lines().into()).is_empty(), "below the window");
        assert_eq!(cut(scrolling(lines()).into()), [""; 0]);
    }
}
