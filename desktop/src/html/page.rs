//! One mail, laid out for one width. Its lengths are logical pixels, its origin is the top left.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use anyrender::ImageRenderer as _;
use anyrender_vello_cpu::VelloCpuImageRenderer;
use blitz_dom::node::TextLayout;
use blitz_dom::{BaseDocument, DocumentConfig, Node, StyleThreading, UserAgentStylesheet};
use blitz_html::HtmlDocument;
use blitz_traits::net::{NetHandler, NetProvider, Request};
use blitz_traits::shell::{ColorScheme, Viewport};
use iced::{Rectangle, Theme};
use parley::{Affinity, Cursor, Selection};

use super::album::Album;
use super::{fonts, normalise};
use crate::theme::{self, Hex};
use crate::words;

/// The address of the link that opens and closes what is quoted at the end of a mail.
pub const FOLD: &str = "waxwing-fold:";

/// Most HTML that is laid out, in bytes.
const LARGEST: usize = 768 << 10;

/// Most places of one search that are told of.
const MOST_PLACES: usize = 1_000;

/// Highest page that is painted, in logical pixels; what is below is left out.
const TALLEST: f32 = 200_000.0;

/// A colour of the theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl Rgb {
    fn css(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

/// How a mail is to look.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// Logical pixels across.
    pub width: f32,
    /// Pixels of the screen to a logical one.
    pub scale: f32,
    pub text: Rgb,
    pub muted: Rgb,
    pub link: Rgb,
    pub ground: Rgb,
    /// Behind the link that opens what is folded.
    pub fold: Rgb,
    pub is_dark: bool,
    /// How much larger than usual.
    pub zoom: f32,
    /// What is quoted at the end is put away behind a link to `FOLD`.
    pub folds: bool,
}

impl Look {
    /// The colours of a theme; the usual size.
    pub fn of(theme: &Theme, width: f32, scale: f32) -> Self {
        let rgb = |colour: Hex| {
            let [red, green, blue, _] = colour.0.into_rgba8();
            Rgb(red, green, blue)
        };
        let t = theme::of(theme);
        Self {
            width,
            scale,
            text: rgb(t.text),
            muted: rgb(t.muted),
            link: rgb(t.accent),
            ground: rgb(t.surface),
            fold: rgb(t.hover),
            is_dark: theme::is_dark(theme),
            zoom: 1.0,
            folds: true,
        }
    }
}

/// What is looked for in a mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Sought {
    #[default]
    Nothing,
    /// These letters, in any case, wherever they stand.
    Letters(String),
    /// Words as a search of the store finds them.
    Words(Vec<String>),
}

impl Sought {
    pub fn is_nothing(&self) -> bool {
        match self {
            Self::Nothing => true,
            Self::Letters(letters) => letters.is_empty(),
            Self::Words(words) => words.is_empty(),
        }
    }

    /// Where it stands in a text.
    fn places(&self, text: &str) -> Vec<Range<usize>> {
        match self {
            Self::Nothing => Vec::new(),
            Self::Letters(letters) => found_in(text, &letters.to_lowercase()),
            Self::Words(words) => waxwing_core::mime::places(text, words),
        }
    }
}

/// A link at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where it leads.
    pub address: String,
    /// Its text names another host.
    pub is_false: bool,
}

/// Pictures that are part of a mail, by the address they have in its HTML.
pub type Pictures = Arc<dyn Fn(&str) -> Option<Vec<u8>> + Send + Sync>;

/// A mail, laid out.
pub struct Page {
    document: HtmlDocument,
    scale: f32,
    zoom: f32,
    height: f32,
}

/// Gives the engine the pictures that are part of the mail. It has no way to anything else.
struct OnlyParts(Arc<Album>);

impl NetProvider for OnlyParts {
    fn fetch(&self, _document: usize, request: Request, handler: Box<dyn NetHandler>) {
        let address = request.url.as_str();
        if let Some(picture) = self.0.picture(address) {
            handler.bytes(address.to_owned(), picture);
        }
    }
}

impl Page {
    /// Lays out HTML that is fit to be shown.
    pub fn new(html: &str, look: &Look, pictures: Pictures) -> Self {
        let scheme = if look.is_dark { ColorScheme::Dark } else { ColorScheme::Light };
        let pixels = whole(look.width * look.scale);
        let album = Arc::new(Album::new(pictures));
        let config = DocumentConfig {
            viewport: Some(Viewport::new(pixels, pixels, look.scale * look.zoom, scheme)),
            ua_stylesheets: vec![
                UserAgentStylesheet::default_sheet(),
                UserAgentStylesheet::parse(&sheet(look)),
            ],
            net_provider: Some(Arc::new(OnlyParts(Arc::clone(&album)))),
            font_ctx: Some(fonts::all()),
            style_threading: StyleThreading::Sequential,
            ..DocumentConfig::default()
        };
        let page = format!("<!DOCTYPE html><html><body>{}</body></html>", within(html));
        let mut document = HtmlDocument::from_html(&page, config);
        normalise::normalise(&mut document, &album, look.folds);
        document.resolve(0.0);
        // Pictures came at once, and were put into the queue of the document.
        document.resolve(0.0);
        let height = document.root_element().final_layout().size.height * look.zoom;
        Self { document, scale: look.scale, zoom: look.zoom, height: height.clamp(1.0, TALLEST) }
    }

    /// How high it is.
    pub fn height(&self) -> f32 {
        self.height
    }

    /// Paints a strip of it: width and height in pixels of the screen, and their colours (RGBA).
    pub fn strip(&mut self, top: f32, height: f32) -> (u32, u32, Vec<u8>) {
        let viewport = self.document.viewport().window_size;
        let (width, rows) = (viewport.0.clamp(1, 16_000), whole(height * self.scale).clamp(1, 16_000));
        let mut renderer = VelloCpuImageRenderer::new(width, rows);
        let mut pixels = Vec::new();
        let document: &mut BaseDocument = &mut self.document;
        document.set_viewport_scroll(blitz_dom::Point { x: 0.0, y: f64::from(top / self.zoom) });
        let scale = f64::from(self.scale * self.zoom);
        renderer.render_to_vec(
            |scene| blitz_paint::paint_scene(scene, document, scale, width, rows, 0, 0),
            &mut pixels,
        );
        document.set_viewport_scroll(blitz_dom::Point { x: 0.0, y: 0.0 });
        (width, rows, pixels)
    }

    /// What so many pixels of the screen are in logical ones.
    pub fn logical(&self, width: u32, height: u32) -> iced::Size {
        let length = |pixels: u32| f32::from(u16::try_from(pixels).unwrap_or(u16::MAX)) / self.scale;
        iced::Size::new(length(width), length(height))
    }

    /// The link at a place.
    pub fn link_at(&self, x: f32, y: f32) -> Option<Link> {
        let mut node = self.document.get_node(self.document.hit(x / self.zoom, y / self.zoom)?.node_id);
        while let Some(inner) = node {
            if inner.element_data().is_some_and(|element| &*element.name.local == "a")
                && let Some(address) = inner.attr(blitz_dom::local_name!("href"))
            {
                let is_false = waxwing_core::mime::is_false_link(&inner.text_content(), address);
                return Some(Link { address: address.to_owned(), is_false });
            }
            node = inner.parent.and_then(|parent| self.document.get_node(parent));
        }
        None
    }

    /// Begins to select text at a place.
    pub fn select_from(&mut self, x: f32, y: f32) {
        match self.text_near(x, y) {
            Some((node, offset)) => self.document.set_text_selection(node, offset, node, offset),
            None => self.document.clear_text_selection(),
        }
    }

    /// The text at a place or, between paragraphs, close above or below it.
    fn text_near(&self, x: f32, y: f32) -> Option<(blitz_dom::NodeId, usize)> {
        let near = [0.0, 6.0, -6.0, 12.0, -12.0, 20.0, -20.0];
        near.into_iter()
            .find_map(|away| self.document.find_text_position(x / self.zoom, (y + away) / self.zoom))
    }

    /// Selects on to a place. Says whether that changed anything.
    pub fn select_to(&mut self, x: f32, y: f32) -> bool {
        let before = self.document.get_text_selection_ranges();
        if let Some((node, offset)) = self.text_near(x, y) {
            self.document.update_selection_focus(node, offset);
        }
        self.document.get_text_selection_ranges() != before
    }

    /// The text that is selected.
    pub fn selected(&self) -> Option<String> {
        self.document.get_selected_text().filter(|text| !text.is_empty())
    }

    /// Where something stands, from top to bottom: of each place, the rectangles it covers.
    pub fn find(&self, sought: &Sought) -> Vec<Vec<Rectangle>> {
        if sought.is_nothing() {
            return Vec::new();
        }
        let mut places = Vec::new();
        let mut open = vec![self.document.root_element().id];
        while let Some(id) = open.pop() {
            let Some(node) = self.document.get_node(id) else { continue };
            let children = node.layout_children.borrow();
            open.extend(children.as_deref().unwrap_or(&node.children).iter().rev());
            let layout = node.element_data().and_then(|element| element.inline_layout_data.as_deref());
            let Some(layout) = layout.filter(|_| node.flags.is_inline_root()) else { continue };
            for range in sought.places(&layout.text) {
                if places.len() == MOST_PLACES {
                    return places;
                }
                places.push(self.rectangles(node, layout, range));
            }
        }
        places.retain(|place| !place.is_empty());
        places.sort_by(|one, other| top(one).total_cmp(&top(other)));
        places
    }

    fn rectangles(&self, node: &Node, text: &TextLayout, range: Range<usize>) -> Vec<Rectangle> {
        let cursor = |index| Cursor::from_byte_index(&text.layout, index, Affinity::Downstream);
        let selection = Selection::new(cursor(range.start), cursor(range.end));
        let content = node.final_layout();
        let left = content.padding.left + content.border.left;
        let above = content.padding.top + content.border.top + text.block_offset;
        let origin = node.absolute_position(left, above);
        let scale = text.layout.scale();
        let mut rectangles = Vec::new();
        selection.geometry_with(&text.layout, |at, _| {
            // Of the size of a window: far within what an f32 counts exactly.
            #[allow(clippy::cast_possible_truncation)]
            let length = |pixels: f64| pixels as f32 / scale;
            rectangles.push(Rectangle {
                x: (origin.x + length(at.x0)) * self.zoom,
                y: (origin.y + length(at.y0)) * self.zoom,
                width: length(at.x1 - at.x0) * self.zoom,
                height: length(at.y1 - at.y0) * self.zoom,
            });
        });
        rectangles
    }
}

fn top(place: &[Rectangle]) -> f32 {
    place.first().map_or(0.0, |rectangle| rectangle.y)
}

/// Where letters, which are in lower case, stand in a text.
fn found_in(text: &str, letters: &str) -> Vec<Range<usize>> {
    let lower = text.to_lowercase();
    // Of a few letters the lower case is longer or shorter: then the places would be others.
    let text = if lower.len() == text.len() { lower.as_str() } else { text };
    text.match_indices(letters).map(|(at, found)| at..at + found.len()).collect()
}

/// The HTML as far as it is laid out: not for minutes.
fn within(html: &str) -> Cow<'_, str> {
    if html.len() <= LARGEST {
        return Cow::Borrowed(html);
    }
    let kept = html.get(..html.floor_char_boundary(LARGEST)).unwrap_or(html);
    // A tag that was cut in two is none; what it stood in is closed by itself.
    let kept = kept.rfind('<').and_then(|tag| kept.get(..tag)).unwrap_or(kept);
    Cow::Owned(format!("{kept}<p>{}</p>", words::REST_LEFT_OUT))
}

/// Rounded up to whole pixels.
fn whole(length: f32) -> u32 {
    // Lengths of windows and strips: far below what a number of pixels holds.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let pixels = length.ceil().clamp(1.0, 65_535.0) as u32;
    pixels
}

/// What a mail looks like that says nothing about it.
fn sheet(look: &Look) -> String {
    let (text, muted, link) = (look.text.css(), look.muted.css(), look.link.css());
    let (fold, reading) = (look.fold.css(), theme::READING_WIDTH);
    format!(
        "html, body {{ margin: 0; padding: 0; background: {}; color: {text}; }}\n\
         body {{ font: 14px/1.57 sans-serif; overflow-wrap: anywhere; }}\n\
         a, a:link, a:visited {{ color: {link}; text-decoration: underline; }}\n\
         img {{ max-width: 100%; }}\n\
         pre {{ white-space: pre-wrap; }}\n\
         .waxwing-text {{ max-width: {reading}px; white-space: pre-wrap; }}\n\
         .waxwing-signature {{ color: {muted}; margin-top: 0.8em; }}\n\
         a.waxwing-fold:link {{ display: inline-block; margin: 6px 0; padding: 0 8px; border-radius: 7px; line-height: 14px; \
         background: {fold}; color: {muted}; text-decoration: none; }}\n\
         blockquote {{ margin: 0.6em 0; padding: 0 0 0 12px; border-left: 2px solid {fold}; color: {muted}; }}\n\
         .waxwing-picture {{ display: inline-block; border: 1px solid {muted}; color: {muted}; padding: 2px 6px; \
         font-size: 12px; overflow: hidden; }}",
        look.ground.css()
    )
}

#[cfg(test)]
mod tests;
