//! Something that hangs below or above another thing, over the rest of the window: a menu of it, what could be meant.

use iced::advanced::layout::{self, Layout};
use iced::advanced::widget::{self, Id, Tree, Widget};
use iced::advanced::{Clipboard, Shell, mouse, overlay, renderer};
use iced::{Element, Event, Length, Point, Rectangle, Size, Theme, Vector};

/// How far away it hangs.
const GAP: f32 = 4.0;
/// What stays free at the edges of the window.
const MARGIN: f32 = 8.0;

/// A thing with something hanging on it; see [`popup`].
pub struct Popup<'a, Message> {
    content: Element<'a, Message>,
    hanging: Option<Element<'a, Message>>,
    /// By which the window is asked for its widgets.
    window: Id,
    /// Said when somebody clicks elsewhere.
    away: Option<Message>,
}

/// `hanging` is shown below `content`, above it where there is no room below; `window` is the name of the window.
pub fn popup<'a, Message>(
    window: Id,
    content: impl Into<Element<'a, Message>>,
    hanging: Option<Element<'a, Message>>,
    away: Message,
) -> Popup<'a, Message> {
    Popup { content: content.into(), hanging, window, away: Some(away) }
}

impl<Message: Clone> Widget<Message, Theme, iced::Renderer> for Popup<'_, Message> {
    fn children(&self) -> Vec<Tree> {
        std::iter::once(&self.content).chain(&self.hanging).map(Tree::new).collect()
    }

    fn diff(&self, tree: &mut Tree) {
        let all: Vec<&Element<'_, Message>> = std::iter::once(&self.content).chain(&self.hanging).collect();
        tree.diff_children(&all);
    }

    fn size(&self) -> Size<Length> {
        self.content.as_widget().size()
    }

    fn layout(
        &mut self,
        tree: &mut Tree,
        renderer: &iced::Renderer,
        limits: &layout::Limits,
    ) -> layout::Node {
        let Some(child) = tree.children.first_mut() else { return layout::Node::new(Size::ZERO) };
        let inner = self.content.as_widget_mut().layout(child, renderer, limits);
        layout::Node::with_children(inner.size(), vec![inner])
    }

    fn operate(
        &mut self,
        tree: &mut Tree,
        layout: Layout<'_>,
        renderer: &iced::Renderer,
        operation: &mut dyn widget::Operation,
    ) {
        if let (Some(child), Some(inner)) = (tree.children.first_mut(), layout.children().next()) {
            self.content.as_widget_mut().operate(child, inner, renderer, operation);
        }
    }

    fn update(
        &mut self,
        tree: &mut Tree,
        event: &Event,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        renderer: &iced::Renderer,
        clipboard: &mut dyn Clipboard,
        shell: &mut Shell<'_, Message>,
        viewport: &Rectangle,
    ) {
        if let (Some(child), Some(inner)) = (tree.children.first_mut(), layout.children().next()) {
            let content = self.content.as_widget_mut();
            content.update(child, event, inner, cursor, renderer, clipboard, shell, viewport);
        }
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut iced::Renderer,
        theme: &Theme,
        style: &renderer::Style,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
    ) {
        if let (Some(child), Some(inner)) = (tree.children.first(), layout.children().next()) {
            self.content.as_widget().draw(child, renderer, theme, style, inner, cursor, viewport);
        }
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
        renderer: &iced::Renderer,
    ) -> mouse::Interaction {
        match (tree.children.first(), layout.children().next()) {
            (Some(child), Some(inner)) => {
                self.content.as_widget().mouse_interaction(child, inner, cursor, viewport, renderer)
            }
            _ => mouse::Interaction::default(),
        }
    }

    fn overlay<'b>(
        &'b mut self,
        tree: &'b mut Tree,
        layout: Layout<'b>,
        renderer: &iced::Renderer,
        viewport: &Rectangle,
        translation: Vector,
    ) -> Option<overlay::Element<'b, Message, Theme, iced::Renderer>> {
        let bounds = layout.bounds() + translation;
        let mut trees = tree.children.iter_mut();
        let (first, second) = (trees.next()?, trees.next());
        let content = self.content.as_widget_mut().overlay(
            first,
            layout.children().next()?,
            renderer,
            viewport,
            translation,
        );
        let hanging = self.hanging.as_mut().zip(second).map(|(hanging, tree)| {
            overlay::Element::new(Box::new(Hanging {
                hanging,
                tree,
                below: bounds,
                window: &self.window,
                away: self.away.clone(),
            }))
        });
        let all: Vec<_> = content.into_iter().chain(hanging).collect();
        (!all.is_empty()).then(|| overlay::Group::with_children(all).overlay())
    }
}

struct Hanging<'a, 'b, Message> {
    hanging: &'b mut Element<'a, Message>,
    tree: &'b mut Tree,
    /// The place of what it hangs on.
    below: Rectangle,
    window: &'b Id,
    away: Option<Message>,
}

impl<Message: Clone> overlay::Overlay<Message, Theme, iced::Renderer> for Hanging<'_, '_, Message> {
    fn layout(&mut self, renderer: &iced::Renderer, window: Size) -> layout::Node {
        let room = Size::new(window.width - 2.0 * MARGIN, window.height - 2.0 * MARGIN);
        let limits = layout::Limits::new(Size::ZERO, room);
        let node = self.hanging.as_widget_mut().layout(self.tree, renderer, &limits);
        let size = node.size();
        let x = self.below.x.min(window.width - MARGIN - size.width).max(MARGIN);
        let under = self.below.y + self.below.height + GAP;
        let over = self.below.y - GAP - size.height;
        let fits = under + size.height + MARGIN <= window.height || over < MARGIN;
        let y = if fits { under.min(window.height - MARGIN - size.height).max(MARGIN) } else { over };
        node.move_to(Point::new(x, y))
    }

    fn operate(
        &mut self,
        layout: Layout<'_>,
        renderer: &iced::Renderer,
        operation: &mut dyn widget::Operation,
    ) {
        operation.container(Some(self.window), layout.bounds());
        operation.traverse(&mut |operation| {
            self.hanging.as_widget_mut().operate(self.tree, layout, renderer, operation);
        });
    }

    fn update(
        &mut self,
        event: &Event,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        renderer: &iced::Renderer,
        clipboard: &mut dyn Clipboard,
        shell: &mut Shell<'_, Message>,
    ) {
        let bounds = layout.bounds();
        self.hanging
            .as_widget_mut()
            .update(self.tree, event, layout, cursor, renderer, clipboard, shell, &bounds);
        let is_press = matches!(event, Event::Mouse(mouse::Event::ButtonPressed(_)));
        if is_press && !cursor.is_over(bounds) && !cursor.is_over(self.below) {
            if let Some(away) = self.away.clone() {
                shell.publish(away);
            }
        } else if is_press && cursor.is_over(bounds) {
            // What lies behind it isn't pressed.
            shell.capture_event();
        }
    }

    fn draw(
        &self,
        renderer: &mut iced::Renderer,
        theme: &Theme,
        style: &renderer::Style,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
    ) {
        let bounds = layout.bounds();
        self.hanging.as_widget().draw(self.tree, renderer, theme, style, layout, cursor, &bounds);
    }

    fn mouse_interaction(
        &self,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        renderer: &iced::Renderer,
    ) -> mouse::Interaction {
        let bounds = layout.bounds();
        let inside = self.hanging.as_widget().mouse_interaction(self.tree, layout, cursor, &bounds, renderer);
        // What lies behind it has no say.
        if inside == mouse::Interaction::None && cursor.is_over(bounds) {
            return mouse::Interaction::Idle;
        }
        inside
    }
}

impl<'a, Message: Clone + 'a> From<Popup<'a, Message>> for Element<'a, Message> {
    fn from(popup: Popup<'a, Message>) -> Self {
        Self::new(popup)
    }
}
