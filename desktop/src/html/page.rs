//! One mail, laid out for one width. Its lengths are logical pixels, its origin is the top left.

use std::sync::Arc;

use anyrender::ImageRenderer as _;
use anyrender_vello_cpu::VelloCpuImageRenderer;
use blitz_dom::{BaseDocument, DocumentConfig, StyleThreading, UserAgentStylesheet};
use blitz_html::HtmlDocument;
use blitz_traits::net::{Bytes, NetHandler, NetProvider, Request};
use blitz_traits::shell::{ColorScheme, Viewport};

use super::{fonts, normalise};

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
    pub is_dark: bool,
}

/// Pictures that are part of a mail, by the address they have in its HTML.
pub type Pictures = Arc<dyn Fn(&str) -> Option<Vec<u8>> + Send + Sync>;

/// A mail, laid out.
pub struct Page {
    document: HtmlDocument,
    scale: f32,
    height: f32,
}

/// Gives the engine the pictures that are part of the mail. It has no way to anything else.
struct OnlyParts(Pictures);

impl NetProvider for OnlyParts {
    fn fetch(&self, _document: usize, request: Request, handler: Box<dyn NetHandler>) {
        let address = request.url.as_str();
        if let Some(picture) = (self.0)(address) {
            handler.bytes(address.to_owned(), Bytes::from(picture));
        }
    }
}

impl Page {
    /// Lays out HTML that is fit to be shown.
    pub fn new(html: &str, look: &Look, pictures: Pictures) -> Self {
        let scheme = if look.is_dark { ColorScheme::Dark } else { ColorScheme::Light };
        let pixels = whole(look.width * look.scale);
        let config = DocumentConfig {
            viewport: Some(Viewport::new(pixels, pixels, look.scale, scheme)),
            ua_stylesheets: vec![
                UserAgentStylesheet::default_sheet(),
                UserAgentStylesheet::parse(&sheet(look)),
            ],
            net_provider: Some(Arc::new(OnlyParts(pictures))),
            font_ctx: Some(fonts::all()),
            style_threading: StyleThreading::Sequential,
            ..DocumentConfig::default()
        };
        let page = format!("<!DOCTYPE html><html><body>{html}</body></html>");
        let mut document = HtmlDocument::from_html(&page, config);
        normalise::normalise(&mut document);
        document.resolve(0.0);
        // Pictures came at once, and were put into the queue of the document.
        document.resolve(0.0);
        let height = document.root_element().final_layout().size.height.clamp(1.0, TALLEST);
        Self { document, scale: look.scale, height }
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
        document.set_viewport_scroll(blitz_dom::Point { x: 0.0, y: f64::from(top) });
        let scale = f64::from(self.scale);
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

    /// The address of the link at a place.
    pub fn link_at(&self, x: f32, y: f32) -> Option<String> {
        let mut node = self.document.get_node(self.document.hit(x, y)?.node_id);
        while let Some(inner) = node {
            if inner.element_data().is_some_and(|element| &*element.name.local == "a")
                && let Some(address) = inner.attr(blitz_dom::local_name!("href"))
            {
                return Some(address.to_owned());
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
        near.into_iter().find_map(|away| self.document.find_text_position(x, y + away))
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
    format!(
        "html, body {{ margin: 0; padding: 0; background: {}; color: {text}; }}\n\
         body {{ font: 14px/1.57 sans-serif; overflow-wrap: anywhere; }}\n\
         a, a:link, a:visited {{ color: {link}; text-decoration: underline; }}\n\
         img {{ max-width: 100%; }}\n\
         pre {{ white-space: pre-wrap; }}\n\
         blockquote {{ margin: 0.6em 0; padding: 0 0 0 12px; border-left: 2px solid {muted}; color: {muted}; }}\n\
         .waxwing-picture {{ display: inline-block; border: 1px solid {muted}; color: {muted}; padding: 2px 6px; \
         font-size: 12px; overflow: hidden; }}",
        look.ground.css()
    )
}

#[cfg(test)]
mod tests;
