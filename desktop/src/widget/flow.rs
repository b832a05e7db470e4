//! Things in lines one after another, and a field behind the last of them, which keeps its state however many there are.

use iced::advanced::layout::{self, Layout};
use iced::advanced::widget::{self, Tree, Widget};
use iced::advanced::{Clipboard, Shell, mouse, overlay, renderer};
use iced::{Element, Event, Length, Point, Rectangle, Size, Theme, Vector};

/// Between two of them, across and down.
const GAP: Vector = Vector::new(8.0, 6.0);
/// Where the field has less room than this it begins a line.
const LEAST: f32 = 130.0;

/// Things, and a field behind them; see [`flow`].
pub struct Flow<'a, Message> {
    /// The field first, so that it is the same child whatever comes and goes.
    children: Vec<Element<'a, Message>>,
}

/// `field` gets the rest of the last line.
pub fn flow<'a, Message>(
    things: impl IntoIterator<Item = Element<'a, Message>>,
    field: impl Into<Element<'a, Message>>,
) -> Flow<'a, Message> {
    Flow { children: std::iter::once(field.into()).chain(things).collect() }
}

/// Where things of that width and height lie in lines so wide, and how high all of them are. The last one is the field: it is as
/// wide as there is room.
fn places(things: &[Size], field: f32, width: f32) -> (Vec<Rectangle>, f32) {
    let (mut lines, mut line): (Vec<Vec<Rectangle>>, Vec<Rectangle>) = (Vec::new(), Vec::new());
    let mut x = 0.0;
    for thing in things {
        if x > 0.0 && x + thing.width > width {
            lines.push(std::mem::take(&mut line));
            x = 0.0;
        }
        line.push(Rectangle::new(Point::new(x, 0.0), *thing));
        x += thing.width + GAP.x;
    }
    if x > 0.0 && width - x < LEAST {
        lines.push(std::mem::take(&mut line));
        x = 0.0;
    }
    line.push(Rectangle::new(Point::new(x, 0.0), Size::new((width - x).max(0.0), field)));
    lines.push(line);
    let mut y = 0.0;
    let mut all = Vec::new();
    for line in lines {
        let height = line.iter().map(|place| place.height).fold(field, f32::max);
        all.extend(line.into_iter().map(|place| Rectangle { y: y + (height - place.height) / 2.0, ..place }));
        y += height + GAP.y;
    }
    (all, y - GAP.y)
}

/// The layout of the child of that number: the things come first there, the field last.
fn of_child<'a>(layout: Layout<'a>, number: usize, count: usize) -> Option<Layout<'a>> {
    layout.children().nth(if number == 0 { count.checked_sub(1)? } else { number - 1 })
}

/// The children in the order they are seen.
fn order(count: usize) -> impl Iterator<Item = usize> {
    (1..count).chain((count > 0).then_some(0))
}

impl<Message> Widget<Message, Theme, iced::Renderer> for Flow<'_, Message> {
    fn children(&self) -> Vec<Tree> {
        self.children.iter().map(Tree::new).collect()
    }

    fn diff(&self, tree: &mut Tree) {
        tree.diff_children(&self.children);
    }

    fn size(&self) -> Size<Length> {
        Size::new(Length::Fill, Length::Shrink)
    }

    fn layout(
        &mut self,
        tree: &mut Tree,
        renderer: &iced::Renderer,
        limits: &layout::Limits,
    ) -> layout::Node {
        let width = limits.max().width;
        let loose = limits.loose();
        let mut pairs = self.children.iter_mut().zip(&mut tree.children);
        let Some((field, field_tree)) = pairs.next() else { return layout::Node::new(Size::ZERO) };
        let mut nodes: Vec<layout::Node> =
            pairs.map(|(child, tree)| child.as_widget_mut().layout(tree, renderer, &loose)).collect();
        let sizes: Vec<Size> = nodes.iter().map(layout::Node::size).collect();
        let height = field.as_widget_mut().layout(field_tree, renderer, &loose).size().height;
        let (places, whole) = places(&sizes, height, width);
        let room = places.last().map_or(width, |place| place.width);
        let limits = layout::Limits::new(Size::ZERO, Size::new(room, limits.max().height)).width(room);
        nodes.push(field.as_widget_mut().layout(field_tree, renderer, &limits));
        let placed = nodes.into_iter().zip(&places).map(|(node, place)| node.move_to(place.position()));
        layout::Node::with_children(Size::new(width, whole), placed.collect())
    }

    fn operate(
        &mut self,
        tree: &mut Tree,
        layout: Layout<'_>,
        renderer: &iced::Renderer,
        operation: &mut dyn widget::Operation,
    ) {
        let count = self.children.len();
        operation.container(None, layout.bounds());
        operation.traverse(&mut |operation| {
            for number in order(count) {
                if let (Some(child), Some(tree), Some(layout)) = (
                    self.children.get_mut(number),
                    tree.children.get_mut(number),
                    of_child(layout, number, count),
                ) {
                    child.as_widget_mut().operate(tree, layout, renderer, operation);
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
        renderer: &iced::Renderer,
        clipboard: &mut dyn Clipboard,
        shell: &mut Shell<'_, Message>,
        viewport: &Rectangle,
    ) {
        let count = self.children.len();
        for (number, (child, tree)) in self.children.iter_mut().zip(&mut tree.children).enumerate() {
            if let Some(layout) = of_child(layout, number, count) {
                let child = child.as_widget_mut();
                child.update(tree, event, layout, cursor, renderer, clipboard, shell, viewport);
            }
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
        let count = self.children.len();
        for (number, (child, tree)) in self.children.iter().zip(&tree.children).enumerate() {
            if let Some(layout) = of_child(layout, number, count) {
                child.as_widget().draw(tree, renderer, theme, style, layout, cursor, viewport);
            }
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
        let count = self.children.len();
        let all = self.children.iter().zip(&tree.children).enumerate();
        all.filter_map(|(number, (child, tree))| {
            let layout = of_child(layout, number, count)?;
            Some(child.as_widget().mouse_interaction(tree, layout, cursor, viewport, renderer))
        })
        .max()
        .unwrap_or_default()
    }

    fn overlay<'b>(
        &'b mut self,
        tree: &'b mut Tree,
        layout: Layout<'b>,
        renderer: &iced::Renderer,
        viewport: &Rectangle,
        translation: Vector,
    ) -> Option<overlay::Element<'b, Message, Theme, iced::Renderer>> {
        let count = self.children.len();
        let all = self.children.iter_mut().zip(&mut tree.children).enumerate();
        let found: Vec<_> = all
            .filter_map(|(number, (child, tree))| {
                let layout = of_child(layout, number, count)?;
                child.as_widget_mut().overlay(tree, layout, renderer, viewport, translation)
            })
            .collect();
        (!found.is_empty()).then(|| overlay::Group::with_children(found).overlay())
    }
}

impl<'a, Message: 'a> From<Flow<'a, Message>> for Element<'a, Message> {
    fn from(flow: Flow<'a, Message>) -> Self {
        Self::new(flow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_gets_the_rest_of_the_line_or_a_line_of_its_own() {
        let chip = Size::new(100.0, 24.0);
        let (alone, height) = places(&[], 26.0, 400.0);
        assert_eq!((alone[0].width, height), (400.0, 26.0));
        let (beside, _) = places(&[chip, chip], 26.0, 400.0);
        assert_eq!((beside[2].x, beside[2].y, beside[2].width), (216.0, 0.0, 184.0));
        let (below, height) = places(&[chip, chip, chip], 26.0, 400.0);
        assert_eq!((below[3].x, below[3].y, below[3].width), (0.0, 32.0, 400.0));
        assert_eq!(height, 58.0);
        let (wrapped, _) = places(&[chip; 5], 26.0, 400.0);
        assert_eq!((wrapped[3].x, wrapped[3].y), (0.0, 33.0), "in the middle of its line");
        assert_eq!(wrapped[5].y, 32.0);
    }
}
