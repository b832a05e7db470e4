//! A text field that keeps every key to itself while it has the focus, and shows the ring.

use iced::advanced::layout::{self, Layout};
use iced::advanced::text;
use iced::advanced::widget::{self, Tree, Widget, tree};
use iced::advanced::{Clipboard, Renderer as _, Shell, clipboard, mouse, renderer};
use iced::keyboard::{self, Key, key::Named};
use iced::widget::text_input;
use iced::{Background, Border, Color, Element, Event, Font, Length, Rectangle, Size, Theme};

use super::press::ring;
use crate::theme;

type Inner = text_input::State<<iced::Renderer as text::Renderer>::Paragraph>;
type OnKey<'a, Message> = Box<dyn Fn(Named) -> Option<Message> + 'a>;

/// One line to type into.
pub struct Field<'a, Message> {
    input: Element<'a, Message>,
    on_key: Option<OnKey<'a, Message>>,
    on_paste: Option<Box<dyn Fn(String) -> Message + 'a>>,
    /// Without a frame: in a line that is one field.
    is_bare: bool,
}

impl<'a, Message: Clone + 'a> Field<'a, Message> {
    /// A field with that text in it; `secret` shows dots instead. `id` names it for the focus.
    pub fn new(
        id: &'static str,
        placeholder: &str,
        value: &str,
        secret: bool,
        on_input: impl Fn(String) -> Message + 'a,
        on_submit: Option<Message>,
    ) -> Self {
        let input = text_input::TextInput::new(placeholder, value)
            .id(id)
            .secure(secret)
            .on_input(on_input)
            .on_submit_maybe(on_submit)
            .font(theme::REGULAR)
            .size(theme::READING.0)
            .line_height(theme::leading((14.0, 20.0)))
            .padding([7, 11])
            .style(style);
        Self { input: input.into(), on_key: None, on_paste: None, is_bare: false }
    }

    /// A field without a frame, for a line that is one.
    pub fn bare(
        id: &'static str,
        placeholder: &str,
        value: &str,
        font: Font,
        on_input: impl Fn(String) -> Message + 'a,
        on_submit: Option<Message>,
    ) -> Self {
        let input = text_input::TextInput::new(placeholder, value)
            .id(id)
            .on_input(on_input)
            .on_submit_maybe(on_submit)
            .font(font)
            .size(theme::CHROME.0)
            .line_height(theme::leading((13.0, 20.0)))
            .padding([3, 0])
            .style(|theme, status| text_input::Style {
                background: Color::TRANSPARENT.into(),
                border: Border::default(),
                ..style(theme, status)
            });
        Self { input: input.into(), on_key: None, on_paste: None, is_bare: true }
    }

    /// Takes what is pasted as it is: of several lines the field itself would make one word.
    #[must_use]
    pub fn on_paste(mut self, on_paste: impl Fn(String) -> Message + 'a) -> Self {
        self.on_paste = Some(Box::new(on_paste));
        self
    }

    /// Asks about named keys (arrows, Escape …) before the field sees them.
    #[must_use]
    pub fn on_key(mut self, on_key: impl Fn(Named) -> Option<Message> + 'a) -> Self {
        self.on_key = Some(Box::new(on_key));
        self
    }
}

fn style(theme: &Theme, status: text_input::Status) -> text_input::Style {
    let t = theme::of(theme);
    let border = match status {
        text_input::Status::Active | text_input::Status::Disabled => t.line.0,
        text_input::Status::Hovered | text_input::Status::Focused { .. } => t.faint.0,
    };
    text_input::Style {
        background: t.surface.into(),
        border: Border { color: border, width: 1.0, radius: 6.0.into() },
        icon: t.muted.0,
        placeholder: t.faint.0,
        value: t.text.0,
        selection: Color { a: 0.3, ..t.accent.0 },
    }
}

fn is_focused(tree: &Tree) -> bool {
    tree.children.first().is_some_and(|child| child.state.downcast_ref::<Inner>().is_focused())
}

/// Keys that leave the field or act on the window even while one types.
fn is_for_the_window(key: &Key, modifiers: keyboard::Modifiers) -> bool {
    match key {
        Key::Named(Named::Tab | Named::Escape | Named::F1 | Named::F5 | Named::F6) => true,
        Key::Character(letter) => modifiers.command() && letter.as_str() == "q",
        _ => false,
    }
}

impl<Message: Clone> Widget<Message, Theme, iced::Renderer> for Field<'_, Message> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<()>()
    }

    fn children(&self) -> Vec<Tree> {
        vec![Tree::new(&self.input)]
    }

    fn diff(&self, tree: &mut Tree) {
        tree.diff_children(std::slice::from_ref(&self.input));
    }

    fn size(&self) -> Size<Length> {
        self.input.as_widget().size()
    }

    fn layout(
        &mut self,
        tree: &mut Tree,
        renderer: &iced::Renderer,
        limits: &layout::Limits,
    ) -> layout::Node {
        let Some(child) = tree.children.first_mut() else { return layout::Node::new(Size::ZERO) };
        let inner = self.input.as_widget_mut().layout(child, renderer, limits);
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
            self.input.as_widget_mut().operate(child, inner, renderer, operation);
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
        let typed = match event {
            Event::Keyboard(keyboard::Event::KeyPressed { key, modifiers, .. }) if is_focused(tree) => {
                Some((key, *modifiers))
            }
            _ => None,
        };
        if let (Some((Key::Named(named), _)), Some(on_key)) = (typed, &self.on_key)
            && let Some(message) = on_key(*named)
        {
            shell.publish(message);
            shell.capture_event();
            return;
        }
        if let (Some((Key::Character(letter), modifiers)), Some(on_paste)) = (typed, &self.on_paste)
            && modifiers.command()
            && letter.as_str() == "v"
            && let Some(text) = clipboard.read(clipboard::Kind::Standard)
        {
            shell.publish(on_paste(text));
            shell.capture_event();
            return;
        }
        if let (Some(child), Some(inner)) = (tree.children.first_mut(), layout.children().next()) {
            let input = self.input.as_widget_mut();
            input.update(child, event, inner, cursor, renderer, clipboard, shell, viewport);
        }
        if typed.is_some_and(|(key, modifiers)| !is_for_the_window(key, modifiers)) {
            shell.capture_event();
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
        if is_focused(tree) && self.is_bare {
            let bounds = layout.bounds();
            let below = Rectangle { y: bounds.y + bounds.height, height: 2.0, ..bounds };
            let quad = renderer::Quad { bounds: below, ..renderer::Quad::default() };
            renderer.fill_quad(quad, Background::Color(theme::of(theme).accent.0));
        } else if is_focused(tree) {
            ring(renderer, theme, layout.bounds().shrink(1.0), 6.0);
        }
        if let (Some(child), Some(inner)) = (tree.children.first(), layout.children().next()) {
            self.input.as_widget().draw(child, renderer, theme, style, inner, cursor, viewport);
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
                self.input.as_widget().mouse_interaction(child, inner, cursor, viewport, renderer)
            }
            _ => mouse::Interaction::default(),
        }
    }
}

impl<'a, Message: Clone + 'a> From<Field<'a, Message>> for Element<'a, Message> {
    fn from(field: Field<'a, Message>) -> Self {
        Self::new(field)
    }
}
