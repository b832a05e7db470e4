//! A window that is none, for tests: a view is laid out, focused, pressed and painted in memory.

mod room;

use std::path::PathBuf;
use std::sync::Once;

use iced::advanced::widget::Id;
use iced::advanced::widget::operation::{
    Focusable, Operation, Outcome, Scrollable, TextInput, focusable, scrollable,
};
use iced::keyboard::key::Named;
use iced::{Element, Event, Rectangle, Size, Theme, Vector, mouse, window};
use iced_test::Simulator;
use iced_test::core::clipboard::Null;
use iced_test::core::renderer::{Headless, Style};
use iced_test::runtime::user_interface::{Cache, UserInterface};

use crate::theme;
use crate::ui;
use crate::widget::reveal;

pub(crate) use room::cut_off;

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
    /// The name of what has it.
    focused: Option<Id>,
    scrolled: f32,
    /// What scrolls: how high it is, and how high what is in it.
    scrolls: Option<(f32, f32)>,
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

    fn focusable(&mut self, id: Option<&Id>, bounds: Rectangle, state: &mut dyn Focusable) {
        self.focusables.push((bounds, state.is_focused()));
        if state.is_focused() {
            self.focused = id.cloned();
        }
    }

    fn scrollable(
        &mut self,
        _: Option<&Id>,
        bounds: Rectangle,
        content: Rectangle,
        translation: Vector,
        _: &mut dyn Scrollable,
    ) {
        self.scrolled = translation.y;
        self.scrolls = Some((bounds.height, content.height));
    }
}

/// A painter without a window, with the window's fonts.
pub(crate) fn renderer() -> iced::Renderer {
    FONTS.call_once(|| {
        let fonts = theme::FONTS.into_iter().map(Into::into).collect();
        let settings = iced::Settings { fonts, ..iced::Settings::default() };
        let _: Simulator<'_, ()> = Simulator::with_settings(settings, iced::widget::space());
    });
    let renderer = <iced::Renderer as Headless>::new(theme::REGULAR, 16.0.into(), Some("tiny-skia"));
    iced::futures::executor::block_on(renderer).unwrap()
}

impl<'a, Message: 'a> Stage<'a, Message> {
    /// The view in a window of that size in logical pixels.
    pub(crate) fn new(view: Element<'a, Message>, size: Size) -> Self {
        let mut renderer = renderer();
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
        if ui::is_read_first(id) {
            self.page_key(Named::Home);
        } else {
            self.operate(reveal());
        }
    }

    /// As the key Tab.
    pub(crate) fn tab(&mut self) {
        self.operate(focusable::focus_next::<()>());
        self.operate(reveal());
    }

    pub(crate) fn key(&mut self, key: Named) {
        self.act(&iced_test::simulator::tap_key(key, None).collect::<Vec<_>>());
    }

    /// Types a text, letter by letter.
    pub(crate) fn type_text(&mut self, text: &str) {
        self.act(&iced_test::simulator::typewrite(text).collect::<Vec<_>>());
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

    /// Whether what has the focus says this, or is called so.
    pub(crate) fn is_at(&mut self, what: &'static str) -> bool {
        let survey = self.survey();
        let Some((bounds, _)) = survey.focusables.iter().find(|(_, is_focused)| *is_focused) else {
            return false;
        };
        survey.focused == Some(Id::new(what))
            || survey.texts.iter().any(|(text, of)| of == bounds && text == what)
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

    /// Whether the first text of the page lies within the window, as far as that is scrolled.
    pub(crate) fn shows_its_title(&mut self) -> bool {
        let survey = self.survey();
        let title = survey.texts.iter().find(|(text, _)| !text.is_empty());
        title.is_some_and(|(_, bounds)| {
            let top = bounds.y - survey.scrolled;
            top >= 0.0 && top + bounds.height <= self.size.height
        })
    }

    pub(crate) fn texts(&mut self) -> Vec<String> {
        self.survey().texts.into_iter().map(|(text, _)| text).collect()
    }

    pub(crate) fn has(&mut self, text: &str) -> bool {
        self.survey().texts.iter().any(|(found, _)| found == text)
    }

    /// Whether the keys of the page lead from its top to its end and back, and no line is jumped over on the way.
    pub(crate) fn is_read_by_keys(&mut self) -> bool {
        self.page_key(Named::Home);
        let leads_to_the_end = self.is_led_to_the_end();
        self.page_key(Named::Home);
        leads_to_the_end && self.survey().scrolled == 0.0
    }

    fn is_led_to_the_end(&mut self) -> bool {
        // At most a page at a time, and at the end nothing is left below.
        loop {
            let before = self.survey();
            let Some((height, content)) = before.scrolls else { return true };
            if before.scrolled + height >= content - 1.0 {
                return true;
            }
            self.page_key(Named::PageDown);
            let step = self.survey().scrolled - before.scrolled;
            if step <= 0.0 || step > height {
                return false;
            }
        }
    }

    /// As the window does it with keys that nothing else takes.
    fn page_key(&mut self, key: Named) {
        if let Some(offset) = ui::page_key(&iced::keyboard::Key::Named(key), self.size.height) {
            self.operate(scrollable::scroll_by::<()>(Id::new(ui::PAGE), offset));
        }
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
