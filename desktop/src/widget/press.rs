//! Something that can be pressed, with the mouse or by keyboard, and shows when it has the focus.

use iced::advanced::layout::{self, Layout};
use iced::advanced::widget::operation::Focusable;
use iced::advanced::widget::{self, Tree, Widget, tree};
use iced::advanced::{Clipboard, Renderer as _, Shell, mouse, overlay, renderer};
use iced::keyboard::{self, Key, key::Named};
use iced::{Background, Border, Color, Element, Event, Length, Padding, Rectangle, Size, Theme, Vector};

use crate::theme;

/// How it is at the moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    #[default]
    Active,
    Hovered,
    Pressed,
    Disabled,
}

/// How it looks.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    pub background: Color,
    pub text: Color,
    pub border: Border,
}

type Style<'a> = Box<dyn Fn(&Theme, Status) -> Look + 'a>;

/// A button of any look; see [`press`].
pub struct Press<'a, Message> {
    content: Element<'a, Message>,
    message: Option<Message>,
    label: String,
    id: Option<widget::Id>,
    width: Length,
    height: Length,
    padding: Padding,
    style: Style<'a>,
    status: Status,
}

/// A thing to press; `label` says what it does, for tests and for screen readers.
pub fn press<'a, Message>(
    content: impl Into<Element<'a, Message>>,
    label: impl Into<String>,
) -> Press<'a, Message> {
    let content = content.into();
    let size = content.as_widget().size_hint();
    Press {
        content,
        message: None,
        label: label.into(),
        id: None,
        width: size.width.fluid(),
        height: size.height.fluid(),
        padding: Padding::ZERO,
        style: Box::new(|_, _| Look {
            background: Color::TRANSPARENT,
            text: Color::BLACK,
            border: Border::default(),
        }),
        status: Status::Disabled,
    }
}

impl<'a, Message> Press<'a, Message> {
    /// What it says when pressed; without it, it is disabled.
    #[must_use]
    pub fn on_press(mut self, message: Message) -> Self {
        self.message = Some(message);
        self
    }

    /// As `on_press`, disabled on `None`.
    #[must_use]
    pub fn on_press_maybe(mut self, message: Option<Message>) -> Self {
        self.message = message;
        self
    }

    #[must_use]
    pub fn id(mut self, id: impl Into<widget::Id>) -> Self {
        self.id = Some(id.into());
        self
    }

    #[must_use]
    pub fn width(mut self, width: impl Into<Length>) -> Self {
        self.width = width.into();
        self
    }

    #[must_use]
    pub fn height(mut self, height: impl Into<Length>) -> Self {
        self.height = height.into();
        self
    }

    #[must_use]
    pub fn padding(mut self, padding: impl Into<Padding>) -> Self {
        self.padding = padding.into();
        self
    }

    #[must_use]
    pub fn style(mut self, style: impl Fn(&Theme, Status) -> Look + 'a) -> Self {
        self.style = Box::new(style);
        self
    }
}

#[derive(Default)]
struct State {
    pressed: bool,
    focused: bool,
}

impl Focusable for State {
    fn is_focused(&self) -> bool {
        self.focused
    }

    fn focus(&mut self) {
        self.focused = true;
    }

    fn unfocus(&mut self) {
        self.focused = false;
    }
}

/// Draws the focus ring around `bounds`: 2 px, 2 px away.
pub(super) fn ring(renderer: &mut iced::Renderer, theme: &Theme, bounds: Rectangle, radius: f32) {
    let quad = renderer::Quad {
        bounds: bounds.expand(4.0),
        border: Border { color: theme::of(theme).accent.0, width: 2.0, radius: (radius + 4.0).into() },
        ..renderer::Quad::default()
    };
    renderer.fill_quad(quad, Background::Color(Color::TRANSPARENT));
}

impl<Message: Clone> Press<'_, Message> {
    /// Follows the mouse and the keys; publishes the message when it was pressed.
    fn follow(&self, state: &mut State, event: &Event, over: bool, shell: &mut Shell<'_, Message>) {
        let Some(message) = &self.message else { return };
        match event {
            Event::Mouse(mouse::Event::ButtonPressed(mouse::Button::Left)) => {
                state.focused = false;
                state.pressed = over;
                if over {
                    shell.capture_event();
                }
            }
            Event::Mouse(mouse::Event::ButtonReleased(mouse::Button::Left)) => {
                if std::mem::take(&mut state.pressed) && over {
                    shell.publish(message.clone());
                    shell.capture_event();
                }
            }
            Event::Keyboard(keyboard::Event::KeyPressed {
                key: Key::Named(Named::Enter | Named::Space),
                ..
            }) if state.focused => {
                shell.publish(message.clone());
                shell.capture_event();
            }
            _ => {}
        }
    }

    fn status(&self, state: &State, over: bool) -> Status {
        match (&self.message, over, state.pressed) {
            (None, ..) => Status::Disabled,
            (Some(_), true, true) => Status::Pressed,
            (Some(_), true, false) => Status::Hovered,
            (Some(_), false, _) => Status::Active,
        }
    }
}

impl<Message: Clone> Widget<Message, Theme, iced::Renderer> for Press<'_, Message> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(State::default())
    }

    fn children(&self) -> Vec<Tree> {
        vec![Tree::new(&self.content)]
    }

    fn diff(&self, tree: &mut Tree) {
        tree.diff_children(std::slice::from_ref(&self.content));
    }

    fn size(&self) -> Size<Length> {
        Size::new(self.width, self.height)
    }

    fn layout(
        &mut self,
        tree: &mut Tree,
        renderer: &iced::Renderer,
        limits: &layout::Limits,
    ) -> layout::Node {
        layout::padded(limits, self.width, self.height, self.padding, |limits| {
            let Some(child) = tree.children.first_mut() else { return layout::Node::new(Size::ZERO) };
            self.content.as_widget_mut().layout(child, renderer, limits)
        })
    }

    fn operate(
        &mut self,
        tree: &mut Tree,
        layout: Layout<'_>,
        renderer: &iced::Renderer,
        operation: &mut dyn widget::Operation,
    ) {
        let bounds = layout.bounds();
        if self.message.is_some() {
            operation.focusable(self.id.as_ref(), bounds, tree.state.downcast_mut::<State>());
        }
        operation.text(None, bounds, &self.label);
        operation.traverse(&mut |operation| {
            if let (Some(child), Some(inner)) = (tree.children.first_mut(), layout.children().next()) {
                self.content.as_widget_mut().operate(child, inner, renderer, operation);
            }
        });
    }

    fn update(
        &mut self,
        tree: &mut Tree,
        event: &Event,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        _renderer: &iced::Renderer,
        _clipboard: &mut dyn Clipboard,
        shell: &mut Shell<'_, Message>,
        _viewport: &Rectangle,
    ) {
        let over = cursor.is_over(layout.bounds());
        let state = tree.state.downcast_mut::<State>();
        self.follow(state, event, over, shell);
        let status = self.status(state, over);
        if let Event::Window(iced::window::Event::RedrawRequested(_)) = event {
            self.status = status;
        } else if self.status != status {
            shell.request_redraw();
        }
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut iced::Renderer,
        theme: &Theme,
        _style: &renderer::Style,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
    ) {
        let bounds = layout.bounds();
        let status = if self.message.is_none() { Status::Disabled } else { self.status };
        let look = (self.style)(theme, status);
        if look.background.a > 0.0 || look.border.width > 0.0 {
            let quad = renderer::Quad { bounds, border: look.border, ..renderer::Quad::default() };
            renderer.fill_quad(quad, Background::Color(look.background));
        }
        if tree.state.downcast_ref::<State>().focused {
            ring(renderer, theme, bounds, look.border.radius.top_left);
        }
        let inside = renderer::Style { text_color: look.text };
        if let (Some(child), Some(inner)) = (tree.children.first(), layout.children().next()) {
            self.content.as_widget().draw(child, renderer, theme, &inside, inner, cursor, viewport);
        }
    }

    fn mouse_interaction(
        &self,
        _tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        _viewport: &Rectangle,
        _renderer: &iced::Renderer,
    ) -> mouse::Interaction {
        if self.message.is_some() && cursor.is_over(layout.bounds()) {
            mouse::Interaction::Pointer
        } else {
            mouse::Interaction::default()
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
        let child = tree.children.first_mut()?;
        let inner = layout.children().next()?;
        self.content.as_widget_mut().overlay(child, inner, renderer, viewport, translation)
    }
}

impl<'a, Message: Clone + 'a> From<Press<'a, Message>> for Element<'a, Message> {
    fn from(press: Press<'a, Message>) -> Self {
        Self::new(press)
    }
}
