//! One line of text that ends in an ellipsis when there is no room for all of it.

use std::ops::Range;

use iced::advanced::layout::{self, Layout};
use iced::advanced::text::{self, Paragraph as _, Span};
use iced::advanced::widget::{self, Tree, Widget, tree};
use iced::advanced::{Renderer as _, mouse, renderer};
use iced::{Border, Color, Element, Font, Length, Rectangle, Size, Theme, alignment};

use crate::theme;

type Paragraph = <iced::Renderer as text::Renderer>::Paragraph;
type Colour<'a> = Box<dyn Fn(&Theme) -> Color + 'a>;

/// A single line; see [`line`].
pub struct Line<'a> {
    content: String,
    font: Font,
    size: (f32, f32),
    width: Length,
    colour: Option<Colour<'a>>,
    marks: Vec<Range<usize>>,
}

/// Text on one line, cut with an ellipsis where its room ends. Line breaks in it become spaces.
pub fn line<'a>(content: impl Into<String>) -> Line<'a> {
    let mut content: String = content.into();
    if content.contains(['\n', '\r', '\t']) {
        content = content.replace(['\n', '\r', '\t'], " ");
    }
    Line {
        content,
        font: theme::REGULAR,
        size: theme::CHROME,
        width: Length::Shrink,
        colour: None,
        marks: Vec::new(),
    }
}

impl<'a> Line<'a> {
    /// The font, REGULAR unless set.
    #[must_use]
    pub fn font(mut self, font: Font) -> Self {
        self.font = font;
        self
    }

    /// Size and line height in pixels.
    #[must_use]
    pub fn size(mut self, size: (f32, f32)) -> Self {
        self.size = size;
        self
    }

    /// How much room it takes; `Shrink` takes what the text needs.
    #[must_use]
    pub fn width(mut self, width: impl Into<Length>) -> Self {
        self.width = width.into();
        self
    }

    /// Its colour, by theme.
    #[must_use]
    pub fn color(mut self, colour: impl Fn(&Theme) -> Color + 'a) -> Self {
        self.colour = Some(Box::new(colour));
        self
    }

    /// Places in the text, in octets, that stand out: rising, none touching another.
    #[must_use]
    pub fn marks(mut self, marks: Vec<Range<usize>>) -> Self {
        self.marks = marks;
        self
    }
}

/// What was laid out last, so that an unchanged line costs nothing.
#[derive(Default)]
struct State {
    paragraph: Paragraph,
    content: String,
    marks: Vec<Range<usize>>,
    font: Option<Font>,
    size: f32,
    room: f32,
    needed: f32,
    shown: Size,
}

impl State {
    /// Whether the last layout still holds for this text and this room.
    fn holds(&self, line: &Line<'_>, room: f32) -> bool {
        let same = self.font == Some(line.font) && self.size == line.size.0 && self.content == line.content;
        let same = same && self.marks == line.marks;
        same && (self.room == room || (self.needed <= room && self.needed <= self.room))
    }

    fn lay_out(&mut self, line: &Line<'_>, room: f32) {
        self.paragraph = shape(line, &line.content);
        self.needed = self.paragraph.min_width().ceil();
        if self.needed > room {
            self.paragraph = cut(line, &self.paragraph, room);
        }
        self.shown = Size::new(self.paragraph.min_width().ceil().min(room), line.size.1);
        self.content.clone_from(&line.content);
        self.marks.clone_from(&line.marks);
        (self.font, self.size, self.room) = (Some(line.font), line.size.0, room);
    }
}

/// What a laid out line says, if it had no room for all of it.
#[cfg(test)]
pub(crate) fn cut_line(tree: &Tree) -> Option<&str> {
    let state = (tree.tag == tree::Tag::of::<State>()).then(|| tree.state.downcast_ref::<State>())?;
    (state.needed > state.room).then_some(&state.content)
}

fn shape(line: &Line<'_>, content: &str) -> Paragraph {
    let text = text::Text {
        content: (),
        // As wide as it needs to be measured.
        bounds: Size::INFINITE,
        size: line.size.0.into(),
        line_height: theme::leading(line.size),
        font: line.font,
        align_x: text::Alignment::Left,
        align_y: alignment::Vertical::Top,
        shaping: text::Shaping::default(),
        wrapping: text::Wrapping::None,
    };
    let mut paragraph = if line.marks.is_empty() {
        Paragraph::with_text(text.with_content(content))
    } else {
        Paragraph::with_spans(text.with_content(&spans(content, &line.marks)))
    };
    // Right-to-left text stands at the right edge, so there has to be one.
    paragraph.resize(Size::new(paragraph.min_width().ceil() + 1.0, line.size.1));
    paragraph
}

/// The text cut at its marks: every second piece stands out, the first doesn't.
fn spans<'t>(content: &'t str, marks: &[Range<usize>]) -> Vec<Span<'t, (), Font>> {
    let mut spans = Vec::with_capacity(marks.len() * 2 + 1);
    let mut after = 0;
    for mark in marks {
        // What was cut off is no longer there.
        let (Some(before), Some(within)) = (content.get(after..mark.start), content.get(mark.clone())) else {
            break;
        };
        spans.extend([Span::new(before), Span::new(within)]);
        after = mark.end;
    }
    spans.push(Span::new(content.get(after..).unwrap_or_default()));
    spans
}

/// The longest beginning that fits into `room` with an ellipsis behind it.
fn cut(line: &Line<'_>, whole: &Paragraph, room: f32) -> Paragraph {
    let room_for_text = (room - line.size.0).max(0.0);
    let point = iced::Point::new(room_for_text, line.size.1 / 2.0);
    let mut end = whole.hit_test(point).map_or(0, text::Hit::cursor).min(line.content.len());
    // Right-to-left text is hit from its end: a beginning of the same share is close enough to fit below.
    for attempt in 0..64 {
        while !line.content.is_char_boundary(end) {
            end -= 1;
        }
        let beginning = line.content.get(..end).unwrap_or_default().trim_end();
        let candidate = shape(line, &format!("{beginning}…"));
        if candidate.min_width() <= room || end == 0 {
            return candidate;
        }
        // One letter less, and larger steps only when the first guess was far off.
        end = end.saturating_sub(if attempt < 4 { 1 } else { 1 + end / 8 });
    }
    shape(line, "…")
}

impl<Message> Widget<Message, Theme, iced::Renderer> for Line<'_> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(State::default())
    }

    fn size(&self) -> Size<Length> {
        Size::new(self.width, Length::Fixed(self.size.1))
    }

    fn layout(&mut self, tree: &mut Tree, _: &iced::Renderer, limits: &layout::Limits) -> layout::Node {
        let state = tree.state.downcast_mut::<State>();
        let limits = limits.width(self.width).height(Length::Fixed(self.size.1));
        let room = limits.max().width;
        if !state.holds(self, room) {
            state.lay_out(self, room);
        }
        layout::Node::new(limits.resolve(self.width, Length::Fixed(self.size.1), state.shown))
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut iced::Renderer,
        theme: &Theme,
        style: &renderer::Style,
        layout: Layout<'_>,
        _cursor: mouse::Cursor,
        viewport: &Rectangle,
    ) {
        let bounds = layout.bounds();
        if !bounds.intersects(viewport) {
            return;
        }
        let state = tree.state.downcast_ref::<State>();
        for place in (0..state.marks.len()).flat_map(|mark| state.paragraph.span_bounds(2 * mark + 1)) {
            let bounds = place + (bounds.position() - iced::Point::ORIGIN);
            let border = Border { radius: 2.0.into(), ..Border::default() };
            let quad = renderer::Quad { bounds, border, ..renderer::Quad::default() };
            renderer.fill_quad(quad, theme::of(theme).mark.0);
        }
        let colour = self.colour.as_ref().map_or(style.text_color, |colour| colour(theme));
        text::Renderer::fill_paragraph(renderer, &state.paragraph, bounds.position(), colour, *viewport);
    }

    fn operate(
        &mut self,
        _tree: &mut Tree,
        layout: Layout<'_>,
        _renderer: &iced::Renderer,
        operation: &mut dyn widget::Operation,
    ) {
        operation.text(None, layout.bounds(), &self.content);
    }
}

impl<'a, Message: 'a> From<Line<'a>> for Element<'a, Message> {
    fn from(line: Line<'a>) -> Self {
        Self::new(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_line_fits_and_says_so() {
        for content in [
            "Cabin in August: dates and keys",
            "田中さん、会議の時間ですがよろしいですか",
            "מכתב ארוך מאוד על שום דבר",
        ] {
            let line = line(content);
            let whole = shape(&line, content);
            let room = whole.min_width() / 2.0;
            let cut = cut(&line, &whole, room);
            assert!(cut.min_width() <= room, "{content}");
            assert!(cut.min_width() > room / 4.0, "{content} keeps something");
        }
    }
}
