//! A window that is none, for tests: a view is laid out, focused, pressed and painted in memory.

use std::path::PathBuf;
use std::sync::Once;

use iced::advanced::widget::Id;
use iced::advanced::widget::operation::{Focusable, Operation, Outcome, Scrollable, TextInput, focusable};
use iced::keyboard::key::Named;
use iced::{Element, Event, Rectangle, Size, Theme, Vector, mouse, window};
use iced_test::Simulator;
use iced_test::core::clipboard::Null;
use iced_test::core::renderer::{Headless, Style};
use iced_test::runtime::user_interface::{Cache, UserInterface};

use crate::theme;
use crate::widget::reveal;

/// The window's fonts are loaded once for all tests.
static FONTS: Once = Once::new();

pub(crate) struct Stage<'a, Message> {
    ui: UserInterface<'a, Message, Theme, iced::Renderer>,
    renderer: iced::Renderer,
    size: Size,
    pub(crate) messages: Vec<Message>,
}

/// Everything of a view that has a place.
#[derive(Default)]
struct Survey {
    /// Texts, with their place.
    texts: Vec<(String, Rectangle)>,
    /// What can have the focus, and whether it has.
    focusables: Vec<(Rectangle, bool)>,
    scrolled: f32,
}

impl Operation for Survey {
    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation)) {
        operate(self);
    }

    fn text(&mut self, _: Option<&Id>, bounds: Rectangle, text: &str) {
        self.texts.push((text.to_owned(), bounds));
    }

    fn text_input(&mut self, _: Option<&Id>, bounds: Rectangle, state: &mut dyn TextInput) {
        self.texts.push((state.text().to_owned(), bounds));
    }

    fn focusable(&mut self, _: Option<&Id>, bounds: Rectangle, state: &mut dyn Focusable) {
        self.focusables.push((bounds, state.is_focused()));
    }

    fn scrollable(
        &mut self,
        _: Option<&Id>,
        _: Rectangle,
        _: Rectangle,
        translation: Vector,
        _: &mut dyn Scrollable,
    ) {
        self.scrolled = translation.y;
    }
}

impl<'a, Message: 'a> Stage<'a, Message> {
    /// The view in a window of that size in logical pixels.
    pub(crate) fn new(view: Element<'a, Message>, size: Size) -> Self {
        FONTS.call_once(|| {
            let fonts = theme::FONTS.into_iter().map(Into::into).collect();
            let settings = iced::Settings { fonts, ..iced::Settings::default() };
            let _: Simulator<'_, ()> = Simulator::with_settings(settings, iced::widget::space());
        });
        let renderer = <iced::Renderer as Headless>::new(theme::REGULAR, 16.0.into(), Some("tiny-skia"));
        let mut renderer = iced::futures::executor::block_on(renderer).unwrap();
        let ui = UserInterface::build(view, size, Cache::default(), &mut renderer);
        Self { ui, renderer, size, messages: Vec::new() }
    }

    fn operate(&mut self, operation: impl Operation + 'static) {
        let mut next: Option<Box<dyn Operation>> = Some(Box::new(operation));
        while let Some(mut operation) = next.take() {
            self.ui.operate(&self.renderer, operation.as_mut());
            if let Outcome::Chain(more) = operation.finish() {
                next = Some(more);
            }
        }
    }

    pub(crate) fn focus(&mut self, id: &'static str) {
        self.operate(focusable::focus::<()>(Id::new(id)));
        self.operate(reveal());
    }

    /// As the key Tab.
    pub(crate) fn tab(&mut self) {
        self.operate(focusable::focus_next::<()>());
        self.operate(reveal());
    }

    pub(crate) fn key(&mut self, key: Named) {
        self.act(&iced_test::simulator::tap_key(key, None).collect::<Vec<_>>());
    }

    fn act(&mut self, events: &[Event]) {
        let nowhere = mouse::Cursor::Unavailable;
        let _ = self.ui.update(events, nowhere, &mut self.renderer, &mut Null, &mut self.messages);
    }

    fn survey(&mut self) -> Survey {
        let mut survey = Survey::default();
        self.ui.operate(&self.renderer, &mut survey);
        survey
    }

    /// The places of all that can have the focus, and which of them has it.
    pub(crate) fn focus_order(&mut self) -> (Vec<Rectangle>, Option<usize>) {
        let found = self.survey().focusables;
        let at = found.iter().position(|(_, is_focused)| *is_focused);
        (found.into_iter().map(|(bounds, _)| bounds).collect(), at)
    }

    /// Whether what has the focus lies within the window, with its ring.
    pub(crate) fn shows_focus(&mut self) -> bool {
        let survey = self.survey();
        let Some((bounds, _)) = survey.focusables.iter().find(|(_, is_focused)| *is_focused) else {
            return false;
        };
        let top = bounds.y - survey.scrolled;
        bounds.x >= 4.0
            && bounds.x + bounds.width <= self.size.width - 4.0
            && top >= 4.0
            && top + bounds.height <= self.size.height - 4.0
    }

    pub(crate) fn texts(&mut self) -> Vec<String> {
        self.survey().texts.into_iter().map(|(text, _)| text).collect()
    }

    pub(crate) fn has(&mut self, text: &str) -> bool {
        self.survey().texts.iter().any(|(found, _)| found == text)
    }

    /// Texts that stick out of the window at a side, or have no room.
    pub(crate) fn clipped(&mut self) -> Vec<String> {
        let width = self.size.width;
        let is_clipped = |bounds: &Rectangle| {
            bounds.x < 0.0
                || bounds.x + bounds.width > width + 0.5
                || bounds.width < 4.0
                || bounds.height < 4.0
        };
        let texts = self.survey().texts.into_iter();
        texts.filter(|(text, bounds)| !text.is_empty() && is_clipped(bounds)).map(|(text, _)| text).collect()
    }

    /// Paints it into `target/screens/NAME.png`, `scale` pixels to each logical one.
    pub(crate) fn picture(&mut self, name: &str, look: &Theme, scale: f32) {
        self.act(&[Event::Window(window::Event::RedrawRequested(std::time::Instant::now()))]);
        let ink = Style { text_color: theme::of(look).text.0 };
        self.ui.draw(&mut self.renderer, look, &ink, mouse::Cursor::Unavailable);
        let size = Size::new((self.size.width * scale) as u32, (self.size.height * scale) as u32);
        let rgba = self.renderer.screenshot(size, scale, theme::of(look).canvas.0);
        // The test's program lies in target/debug/deps.
        let program = std::env::current_exe().unwrap();
        let screens: PathBuf = program.ancestors().nth(3).unwrap().join("screens");
        std::fs::create_dir_all(&screens).unwrap();
        std::fs::write(screens.join(format!("{name}.png")), png(size, &rgba)).unwrap();
    }
}

/// A picture as PNG (ISO/IEC 15948), its pixels not compressed.
fn png(size: Size<u32>, rgba: &[u8]) -> Vec<u8> {
    let row = size.width as usize * 4;
    let lines: Vec<u8> =
        rgba.chunks(row).flat_map(|line| std::iter::once(0).chain(line.iter().copied())).collect();
    // zlib (RFC 1950) around blocks as they are (RFC 1951 section 3.2.4).
    let mut data = vec![0x78, 0x01];
    let blocks = lines.chunks(65_535);
    let last = blocks.len() - 1;
    for (place, block) in blocks.enumerate() {
        let length = u16::try_from(block.len()).unwrap();
        data.push(u8::from(place == last));
        data.extend(length.to_le_bytes());
        data.extend((!length).to_le_bytes());
        data.extend(block);
    }
    let (a, b) = lines.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    data.extend(((b << 16) | a).to_be_bytes());
    let mut header = [size.width.to_be_bytes(), size.height.to_be_bytes()].concat();
    header.extend([8, 6, 0, 0, 0]);
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, content) in [(b"IHDR", header), (b"IDAT", data), (b"IEND", Vec::new())] {
        let chunk = [kind.as_slice(), &content].concat();
        file.extend(u32::try_from(content.len()).unwrap().to_be_bytes());
        file.extend(&chunk);
        file.extend(checksum(&chunk).to_be_bytes());
    }
    file
}

/// CRC-32 as PNG has it.
fn checksum(bytes: &[u8]) -> u32 {
    let table: Vec<u32> = (0..256_u32)
        .map(|byte| {
            (0..8).fold(byte, |crc, _| if crc & 1 == 1 { 0xEDB8_8320 ^ (crc >> 1) } else { crc >> 1 })
        })
        .collect();
    !bytes.iter().fold(u32::MAX, |crc, byte| table[((crc ^ u32::from(*byte)) & 0xFF) as usize] ^ (crc >> 8))
}
