//! A list of which only the visible rows exist.
//!
//! Rows have one height; where the list stands is the caller's (in pixels from its top), so that the caller can
//! hold it still when rows arrive above. Rows are built while laying out, when the height is known.

use std::ops::Range;

use iced::advanced::layout::{self, Layout};
use iced::advanced::widget::{self, Tree, Widget, tree};
use iced::advanced::{Clipboard, Renderer as _, Shell, mouse, renderer};
use iced::keyboard::{self, Modifiers};
use iced::time::Instant;
use iced::{Background, Border, Color, Element, Event, Length, Point, Rectangle, Size, Theme, window};

use crate::theme;

/// Pixels that one notch of the wheel moves.
const NOTCH: f64 = 88.0;
/// How long the wheel's movement takes to do two thirds of its way, in seconds.
const EASE: f64 = 0.045;
/// The room at the right edge that belongs to the scroll bar, and its least length.
const BAR: f32 = 10.0;
const LEAST_THUMB: f32 = 36.0;

/// A press on a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Click {
    pub index: usize,
    /// Shift was held: from the last one to here.
    pub extend: bool,
    /// Mod was held: this one more or less.
    pub toggle: bool,
}

/// The rows of which at least a part is seen.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "both are clamped to 0..=total")]
pub fn visible_rows(total: usize, row: f32, scroll: f64, height: f32) -> Range<usize> {
    let row = f64::from(row);
    let first = (scroll / row).floor().max(0.0) as usize;
    let last = ((scroll + f64::from(height)) / row).ceil().max(0.0) as usize;
    first.min(total)..last.min(total)
}

/// How a row's ground is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ground {
    pub selected: bool,
    /// It carries the accent bar: the mail that is open.
    pub current: bool,
}

type BuildRow<'a, Message> = Box<dyn Fn(usize) -> Element<'a, Message> + 'a>;

/// The list; `scroll` is clamped to what there is.
pub struct List<'a, Message> {
    total: usize,
    row_height: f32,
    scroll: f64,
    build: BuildRow<'a, Message>,
    ground: Box<dyn Fn(usize) -> Ground + 'a>,
    on_scroll: Box<dyn Fn(f64, f32) -> Message + 'a>,
    on_click: Box<dyn Fn(Click) -> Message + 'a>,
    ring: bool,
    rows: Vec<Row<'a, Message>>,
}

struct Row<'a, Message> {
    index: usize,
    /// Its place among the tree's children: a row keeps it while it is scrolled.
    slot: usize,
    element: Element<'a, Message>,
}

impl<'a, Message: 'a> List<'a, Message> {
    /// `build` makes the row of an index; `on_scroll` gets the new position and the height of the list.
    pub fn new(
        total: usize,
        scroll: f64,
        build: impl Fn(usize) -> Element<'a, Message> + 'a,
        on_scroll: impl Fn(f64, f32) -> Message + 'a,
        on_click: impl Fn(Click) -> Message + 'a,
    ) -> Self {
        Self {
            total,
            row_height: theme::ROW,
            scroll,
            build: Box::new(build),
            ground: Box::new(|_| Ground::default()),
            on_scroll: Box::new(on_scroll),
            on_click: Box::new(on_click),
            ring: false,
            rows: Vec::new(),
        }
    }

    /// Which rows are selected.
    #[must_use]
    pub fn ground(mut self, ground: impl Fn(usize) -> Ground + 'a) -> Self {
        self.ground = Box::new(ground);
        self
    }

    /// Whether the keyboard's focus is shown around it.
    #[must_use]
    pub fn ring(mut self, ring: bool) -> Self {
        self.ring = ring;
        self
    }

    /// The furthest position there is.
    #[expect(clippy::cast_precision_loss, reason = "a list longer than 2^52 rows does not fit in memory")]
    fn furthest(&self, height: f32) -> f64 {
        (self.total as f64).mul_add(f64::from(self.row_height), -f64::from(height)).max(0.0)
    }

    fn position(&self, height: f32) -> f64 {
        self.scroll.clamp(0.0, self.furthest(height)).round()
    }

    /// Where the top of that row is, from the list's top edge.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "visible rows only: small"
    )]
    fn top(&self, index: usize, height: f32) -> f32 {
        (index as f64).mul_add(f64::from(self.row_height), -self.position(height)) as f32
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive and below total")]
    fn row_at(&self, point: Point, bounds: Rectangle) -> Option<usize> {
        if !bounds.contains(point) {
            return None;
        }
        let down = f64::from(point.y - bounds.y) + self.position(bounds.height);
        let index = (down / f64::from(self.row_height)) as usize;
        (index < self.total).then_some(index)
    }

    /// The scroll bar's thumb, `None` when everything is seen.
    #[expect(clippy::cast_possible_truncation, reason = "a share between 0 and 1")]
    fn thumb(&self, bounds: Rectangle) -> Option<Rectangle> {
        let furthest = self.furthest(bounds.height);
        if furthest <= 0.0 {
            return None;
        }
        let seen = (f64::from(bounds.height) / (furthest + f64::from(bounds.height))) as f32;
        let height = (bounds.height * seen).max(LEAST_THUMB).min(bounds.height);
        let share = (self.position(bounds.height) / furthest) as f32;
        let y = bounds.y + share * (bounds.height - height);
        Some(Rectangle { x: bounds.x + bounds.width - 8.0, y, width: 5.0, height })
    }

    fn publish_scroll(&self, to: f64, height: f32, shell: &mut Shell<'_, Message>) {
        let to = to.clamp(0.0, self.furthest(height));
        shell.publish((self.on_scroll)(to, height));
    }

    fn wheel(
        &self,
        state: &mut State,
        delta: mouse::ScrollDelta,
        height: f32,
        shell: &mut Shell<'_, Message>,
    ) {
        match delta {
            mouse::ScrollDelta::Lines { y, .. } => {
                let room = self.furthest(height);
                let position = self.position(height);
                let wanted = state.rest - f64::from(y) * NOTCH;
                state.rest = wanted.clamp(-position, room - position);
                state.frame = None;
                shell.request_redraw();
            }
            mouse::ScrollDelta::Pixels { y, .. } => {
                state.rest = 0.0;
                self.publish_scroll(self.position(height) - f64::from(y), height, shell);
            }
        }
        shell.capture_event();
    }

    /// One frame of the wheel's movement.
    fn glide(&self, state: &mut State, now: Instant, height: f32, shell: &mut Shell<'_, Message>) {
        if state.rest == 0.0 {
            return;
        }
        let passed = state.frame.map_or(1.0 / 60.0, |last| now.duration_since(last).as_secs_f64());
        state.frame = Some(now);
        let mut step = state.rest * (1.0 - (-passed / EASE).exp());
        if state.rest.abs() < 1.0 || step.abs() < 0.5 {
            step = if state.rest.abs() < 1.0 { state.rest } else { state.rest.signum() };
        }
        state.rest -= step;
        if state.rest.abs() < 0.01 {
            state.rest = 0.0;
        }
        // The caller's position is kept exact; only drawing rounds it.
        self.publish_scroll(self.scroll.clamp(0.0, self.furthest(height)) + step, height, shell);
        if state.rest != 0.0 {
            shell.request_redraw();
        }
    }

    fn press(&self, state: &mut State, point: Point, bounds: Rectangle, shell: &mut Shell<'_, Message>) {
        if point.x >= bounds.x + bounds.width - BAR
            && let Some(thumb) = self.thumb(bounds)
        {
            let inside = point.y >= thumb.y && point.y <= thumb.y + thumb.height;
            state.grabbed = Some(if inside { point.y - thumb.y } else { thumb.height / 2.0 });
            self.drag(state, point, bounds, shell);
            shell.capture_event();
        } else if let Some(index) = self.row_at(point, bounds) {
            let click = Click { index, extend: state.modifiers.shift(), toggle: state.modifiers.command() };
            shell.publish((self.on_click)(click));
            shell.capture_event();
        }
    }

    fn drag(&self, state: &State, point: Point, bounds: Rectangle, shell: &mut Shell<'_, Message>) {
        if let (Some(grabbed), Some(thumb)) = (state.grabbed, self.thumb(bounds)) {
            let way = f64::from((bounds.height - thumb.height).max(1.0));
            let share = f64::from(point.y - grabbed - bounds.y) / way;
            self.publish_scroll(share.clamp(0.0, 1.0) * self.furthest(bounds.height), bounds.height, shell);
        }
    }
}

/// What the list remembers between frames; never where it stands.
#[derive(Default)]
struct State {
    /// The way the wheel still has to go, in pixels.
    rest: f64,
    frame: Option<Instant>,
    modifiers: Modifiers,
    hovered: Option<usize>,
    over: bool,
    /// Where in the thumb it was taken.
    grabbed: Option<f32>,
    /// The height that was last told.
    told: f32,
}

impl<'a, Message: 'a> Widget<Message, Theme, iced::Renderer> for List<'a, Message> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(State::default())
    }

    fn diff(&self, _tree: &mut Tree) {
        // Rows are made, and compared, while laying out.
    }

    fn size(&self) -> Size<Length> {
        Size::new(Length::Fill, Length::Fill)
    }

    fn layout(
        &mut self,
        tree: &mut Tree,
        renderer: &iced::Renderer,
        limits: &layout::Limits,
    ) -> layout::Node {
        let size = limits.max();
        let visible = visible_rows(self.total, self.row_height, self.position(size.height), size.height);
        let slots = visible_slots(self.row_height, size.height);
        tree.children.resize_with(slots, Tree::empty);
        let row_limits = layout::Limits::new(Size::ZERO, Size::new(size.width, self.row_height));
        let mut nodes = Vec::with_capacity(visible.len());
        self.rows = Vec::with_capacity(visible.len());
        for index in visible {
            let mut element = (self.build)(index);
            let slot = index % slots;
            let Some(child) = tree.children.get_mut(slot) else { continue };
            child.diff(&element);
            let node = element.as_widget_mut().layout(child, renderer, &row_limits);
            nodes.push(node.move_to(Point::new(0.0, self.top(index, size.height))));
            self.rows.push(Row { index, slot, element });
        }
        layout::Node::with_children(size, nodes)
    }

    fn operate(
        &mut self,
        tree: &mut Tree,
        layout: Layout<'_>,
        renderer: &iced::Renderer,
        operation: &mut dyn widget::Operation,
    ) {
        operation.container(None, layout.bounds());
        operation.traverse(&mut |operation| {
            for (row, inner) in self.rows.iter_mut().zip(layout.children()) {
                if let Some(child) = tree.children.get_mut(row.slot) {
                    row.element.as_widget_mut().operate(child, inner, renderer, operation);
                }
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
        let state = tree.state.downcast_mut::<State>();
        let bounds = layout.bounds();
        match event {
            Event::Window(window::Event::RedrawRequested(now)) => {
                if state.told != bounds.height {
                    state.told = bounds.height;
                    shell.publish((self.on_scroll)(self.scroll, bounds.height));
                }
                self.glide(state, *now, bounds.height, shell);
            }
            Event::Keyboard(keyboard::Event::ModifiersChanged(modifiers)) => state.modifiers = *modifiers,
            Event::Mouse(mouse::Event::WheelScrolled { delta }) if cursor.is_over(bounds) => {
                self.wheel(state, *delta, bounds.height, shell);
            }
            Event::Mouse(mouse::Event::ButtonPressed(mouse::Button::Left)) => {
                if let Some(point) = cursor.position_over(bounds) {
                    self.press(state, point, bounds, shell);
                }
            }
            Event::Mouse(mouse::Event::ButtonReleased(mouse::Button::Left)) => state.grabbed = None,
            Event::Mouse(mouse::Event::CursorMoved { .. }) => {
                if let Some(point) = cursor.position() {
                    self.drag(state, point, bounds, shell);
                }
            }
            _ => {}
        }
        let hovered = cursor.position().and_then(|point| self.row_at(point, bounds));
        let over = cursor.is_over(bounds);
        if (state.hovered, state.over) != (hovered, over) {
            (state.hovered, state.over) = (hovered, over);
            shell.request_redraw();
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
        let bounds = layout.bounds();
        let Some(clip) = bounds.intersection(viewport) else { return };
        let state = tree.state.downcast_ref::<State>();
        let t = theme::of(theme);
        renderer.with_layer(clip, |renderer| {
            for (row, inner) in self.rows.iter().zip(layout.children()) {
                let ground = (self.ground)(row.index);
                let place = Rectangle { height: self.row_height, width: bounds.width, ..inner.bounds() };
                draw_ground(renderer, t, place, ground, state.hovered == Some(row.index));
                if let Some(child) = tree.children.get(row.slot) {
                    row.element.as_widget().draw(child, renderer, theme, style, inner, cursor, &clip);
                }
            }
            if (state.over || state.grabbed.is_some())
                && let Some(thumb) = self.thumb(bounds)
            {
                let colour = Color { a: if state.grabbed.is_some() { 0.7 } else { 0.4 }, ..t.muted.0 };
                fill(renderer, thumb, colour, 2.5);
            }
            if self.ring {
                let quad = renderer::Quad {
                    bounds: bounds.shrink(1.0),
                    border: Border { color: t.accent.0, width: 2.0, radius: 2.0.into() },
                    ..renderer::Quad::default()
                };
                renderer.fill_quad(quad, Background::Color(Color::TRANSPARENT));
            }
        });
    }
}

/// How many rows can be seen at most, with one cut at each edge.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a height on a screen")]
fn visible_slots(row: f32, height: f32) -> usize {
    (height / row).ceil().clamp(0.0, 10_000.0) as usize + 2
}

fn draw_ground(
    renderer: &mut iced::Renderer,
    t: &theme::Tokens,
    place: Rectangle,
    ground: Ground,
    hover: bool,
) {
    if ground.selected {
        fill(renderer, place, t.tint.0, 0.0);
    } else if hover {
        fill(renderer, place, t.hover.0, 0.0);
    }
    if ground.current {
        fill(renderer, Rectangle { width: 3.0, ..place }, t.accent.0, 0.0);
    }
    let line = Rectangle { y: place.y + place.height - 1.0, height: 1.0, ..place };
    fill(renderer, line, t.line.0, 0.0);
}

fn fill(renderer: &mut iced::Renderer, bounds: Rectangle, colour: Color, radius: f32) {
    let border = Border { radius: radius.into(), ..Border::default() };
    renderer
        .fill_quad(renderer::Quad { bounds, border, ..renderer::Quad::default() }, Background::Color(colour));
}

impl<'a, Message: 'a> From<List<'a, Message>> for Element<'a, Message> {
    fn from(list: List<'a, Message>) -> Self {
        Self::new(list)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use iced_test::simulator::Simulator;

    use super::*;
    use crate::widget::line;

    #[test]
    fn of_100_000_rows_only_the_visible_ones_are_built() {
        for scroll in [0.0, 3_000_000.5, 6_600_000.0] {
            let built = Cell::new(0_usize);
            let list: List<'_, ()> = List::new(
                100_000,
                scroll,
                |index| {
                    built.set(built.get() + 1);
                    line(format!("row {index}")).into()
                },
                |_, _| (),
                |_| (),
            );
            let mut ui = Simulator::with_size(iced::Settings::default(), Size::new(368.0, 800.0), list);
            let expected = if scroll == 0.0 {
                "row 0"
            } else if scroll > 6e6 {
                "row 99999"
            } else {
                "row 45455"
            };
            assert!(ui.find(expected).is_ok(), "{expected} is seen");
            assert!(built.get() <= 13 + 40, "{} rows built", built.get());
            drop(ui);
        }
    }

    #[test]
    fn visible_rows_at_the_edges() {
        assert_eq!(visible_rows(0, 66.0, 0.0, 800.0), 0..0);
        assert_eq!(visible_rows(3, 66.0, 0.0, 800.0), 0..3);
        assert_eq!(visible_rows(100, 66.0, 65.0, 66.0), 0..2);
        assert_eq!(visible_rows(100, 66.0, 66.0, 66.0), 1..2);
        assert_eq!(visible_rows(10, 66.0, 9_999.0, 66.0), 10..10);
    }

    #[test]
    fn a_click_names_the_row_under_it() {
        let list: List<'_, usize> =
            List::new(50, 6.0, |index| line(format!("row {index}.")).into(), |_, _| 999, |click| click.index);
        let mut ui = Simulator::with_size(iced::Settings::default(), Size::new(368.0, 800.0), list);
        ui.point_at(Point::new(100.0, 70.0));
        let _ = ui.simulate(iced_test::simulator::click());
        let pressed: Vec<usize> = ui.into_messages().filter(|index| *index != 999).collect();
        assert_eq!(pressed, [1]);
    }
}
