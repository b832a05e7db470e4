//! A page that is painted elsewhere, strip by strip: it shows the strips there are, says which are in sight, and what the mouse
//! does on it.

use std::ops::Range;

use iced::advanced::image::{Handle, Image, Renderer as _};
use iced::advanced::layout::{self, Layout};
use iced::advanced::widget::{Tree, Widget, tree};
use iced::advanced::{Clipboard, Renderer as _, Shell, mouse, renderer};
use iced::keyboard::{self, Key};
use iced::{Element, Event, Length, Point, Rectangle, Size, Theme};

use crate::theme;

/// A strip as it was painted, with the logical pixels it is wide and high.
#[derive(Clone, Debug)]
pub struct Strip {
    pub image: Handle,
    pub size: Size,
}

/// So much of a page, in logical pixels, is enough to be read.
const READABLE: f32 = 48.0;

/// What happened to the page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Happened {
    /// There is so much room across.
    Room(f32),
    /// Whether enough of it to be read is to be seen.
    Seen(bool),
    /// Strips from the first to before the second are in sight, or about to be.
    InSight(usize, usize),
    /// The mouse is there.
    At(Point),
    Pressed(Point),
    Dragged(Point),
    /// It was pressed and released at one place.
    Clicked(Point),
    /// What is selected is to be copied.
    Copy,
}

/// A page of a height, cut into strips of another.
pub struct Paper<'a, Message> {
    height: f32,
    strip: f32,
    strips: &'a [Option<Strip>],
    marks: &'a [Vec<Rectangle>],
    marked: usize,
    is_over_link: bool,
    number: u64,
    says: Box<dyn Fn(Happened) -> Message + 'a>,
}

/// A page; `strips` may be fewer than it has.
pub fn paper<'a, Message>(
    height: f32,
    strip: f32,
    strips: &'a [Option<Strip>],
    says: impl Fn(Happened) -> Message + 'a,
) -> Paper<'a, Message> {
    Paper {
        height,
        strip,
        strips,
        marks: &[],
        marked: 0,
        is_over_link: false,
        number: 0,
        says: Box::new(says),
    }
}

impl<'a, Message> Paper<'a, Message> {
    /// Which of several pages it is: another one in its place is asked for anew.
    #[must_use]
    pub fn number(mut self, number: u64) -> Self {
        self.number = number;
        self
    }

    /// Shows a hand, for a link.
    #[must_use]
    pub fn over_link(mut self, is_over_link: bool) -> Self {
        self.is_over_link = is_over_link;
        self
    }

    /// Lays colour over places, more over one of them.
    #[must_use]
    pub fn marks(mut self, marks: &'a [Vec<Rectangle>], marked: usize) -> Self {
        (self.marks, self.marked) = (marks, marked);
        self
    }

    /// The strips in a part of the page, and one more on either side: scrolling finds them painted.
    fn strips_in(&self, bounds: Rectangle, seen: Rectangle) -> Range<usize> {
        let count = (self.height / self.strip).ceil().max(1.0);
        let first = ((seen.y - bounds.y) / self.strip).floor() - 1.0;
        let last = ((seen.y + seen.height - bounds.y) / self.strip).ceil() + 1.0;
        index(first.clamp(0.0, count))..index(last.clamp(0.0, count))
    }
}

fn index(number: f32) -> usize {
    // Between 0 and the number of strips.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let index = number as usize;
    index
}

#[derive(Default)]
struct State {
    number: u64,
    is_seen: bool,
    room: f32,
    in_sight: Range<usize>,
    pressed: Option<Point>,
    is_dragging: bool,
    /// The last thing pressed was this page.
    has_keys: bool,
}

impl<Message> Widget<Message, Theme, iced::Renderer> for Paper<'_, Message> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(State::default())
    }

    fn size(&self) -> Size<Length> {
        Size::new(Length::Fill, Length::Shrink)
    }

    fn layout(&mut self, _: &mut Tree, _: &iced::Renderer, limits: &layout::Limits) -> layout::Node {
        layout::Node::new(Size::new(limits.max().width, self.height))
    }

    fn update(
        &mut self,
        tree: &mut Tree,
        event: &Event,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        _: &iced::Renderer,
        _: &mut dyn Clipboard,
        shell: &mut Shell<'_, Message>,
        viewport: &Rectangle,
    ) {
        let state = tree.state.downcast_mut::<State>();
        let bounds = layout.bounds();
        if state.number != self.number {
            *state = State { number: self.number, ..State::default() };
        }
        if (state.room - bounds.width).abs() > 0.5 {
            state.room = bounds.width;
            shell.publish((self.says)(Happened::Room(bounds.width)));
        }
        let in_sight = bounds.intersection(viewport).map_or(0..0, |seen| self.strips_in(bounds, seen));
        if state.in_sight != in_sight {
            shell.publish((self.says)(Happened::InSight(in_sight.start, in_sight.end)));
            state.in_sight = in_sight;
        }
        let seen = bounds.intersection(viewport).map_or(0.0, |seen| seen.height);
        let is_seen = seen > 0.0 && seen >= bounds.height.min(READABLE);
        if state.is_seen != is_seen {
            shell.publish((self.says)(Happened::Seen(is_seen)));
            state.is_seen = is_seen;
        }
        let over = cursor.position_in(bounds);
        if let Event::Mouse(event) = event {
            self.mouse(state, *event, over, cursor.position().map(|at| at - bounds.position()), shell);
        }
        if let Event::Keyboard(keyboard::Event::KeyPressed { key, modifiers, .. }) = event
            && state.has_keys
            && modifiers.command()
            && matches!(key.as_ref(), Key::Character("c"))
        {
            shell.publish((self.says)(Happened::Copy));
            shell.capture_event();
        }
    }

    fn mouse_interaction(
        &self,
        _: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        _: &Rectangle,
        _: &iced::Renderer,
    ) -> mouse::Interaction {
        match (cursor.is_over(layout.bounds()), self.is_over_link) {
            (false, _) => mouse::Interaction::None,
            (true, true) => mouse::Interaction::Pointer,
            (true, false) => mouse::Interaction::Text,
        }
    }

    fn draw(
        &self,
        _: &Tree,
        renderer: &mut iced::Renderer,
        theme: &Theme,
        _: &renderer::Style,
        layout: Layout<'_>,
        _: mouse::Cursor,
        viewport: &Rectangle,
    ) {
        let bounds = layout.bounds();
        let Some(seen) = bounds.intersection(viewport) else { return };
        let mut top = bounds.y;
        for strip in self.strips {
            let place = Rectangle { y: top, height: self.strip, ..bounds };
            top += self.strip;
            if let (Some(strip), Some(clip)) = (strip, place.intersection(&seen)) {
                let place = Rectangle::new(place.position(), strip.size);
                renderer.draw_image(Image::new(strip.image.clone()).snap(true), place, clip);
            }
        }
        if self.marks.is_empty() {
            return;
        }
        // Of one layer, pictures are drawn last.
        renderer.with_layer(seen, |renderer| {
            let star = theme::of(theme).star.0;
            for (number, mark) in self.marks.iter().enumerate() {
                let alpha = if number == self.marked { 0.5 } else { 0.28 };
                for part in mark {
                    let place = Rectangle { x: bounds.x + part.x, y: bounds.y + part.y, ..*part };
                    if let Some(place) = place.intersection(&seen) {
                        let quad = renderer::Quad { bounds: place, ..renderer::Quad::default() };
                        renderer.fill_quad(quad, iced::Color { a: alpha, ..star });
                    }
                }
            }
        });
    }
}

impl<Message> Paper<'_, Message> {
    fn mouse(
        &self,
        state: &mut State,
        event: mouse::Event,
        over: Option<Point>,
        anywhere: Option<iced::Vector>,
        shell: &mut Shell<'_, Message>,
    ) {
        let mut say = |happened| shell.publish((self.says)(happened));
        match event {
            mouse::Event::ButtonPressed(mouse::Button::Left) => {
                state.has_keys = over.is_some();
                state.pressed = over;
                state.is_dragging = false;
                if let Some(at) = over {
                    say(Happened::Pressed(at));
                }
            }
            mouse::Event::CursorMoved { .. } => match (state.pressed, anywhere, over) {
                (Some(from), Some(at), _) => {
                    let at = Point::new(at.x, at.y);
                    state.is_dragging |= from.distance(at) > 3.0;
                    if state.is_dragging {
                        say(Happened::Dragged(at));
                    }
                }
                (None, _, Some(at)) => say(Happened::At(at)),
                _ => {}
            },
            mouse::Event::ButtonReleased(mouse::Button::Left) => {
                if let Some(at) = state.pressed.take().filter(|_| !state.is_dragging) {
                    say(Happened::Clicked(at));
                }
            }
            _ => {}
        }
    }
}

impl<'a, Message: 'a> From<Paper<'a, Message>> for Element<'a, Message> {
    fn from(paper: Paper<'a, Message>) -> Self {
        Self::new(paper)
    }
}
