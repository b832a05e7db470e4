//! The page of the mail that is open: read from the store, laid out and painted by `html::Worker`.

use std::collections::HashMap;
use std::sync::Arc;

use iced::Task;
use waxwing_core::Reader;
use waxwing_core::error::ErrorKind;
use waxwing_core::mime::{self, Wanted};
use waxwing_core::model::EmailId;

use super::{App, Message};
use crate::html::{Look, Pictures, Request, Rgb};
use crate::news::after;
use crate::platform::browser;
use crate::screen::mailbox;
use crate::screen::reader::{self, OnHtml, Source, Wish};
use crate::theme::{self, Hex};

/// How the HTML of a mail calls the pictures that are part of it.
const PART: &str = "waxwing-part";

impl App {
    pub(super) fn carry_out_wish(&mut self, wish: Wish) -> Task<Message> {
        match wish {
            Wish::LayOut { page, source, width } => {
                let look = self.look(&source, width);
                let html = source.html.clone();
                let pictures: Pictures = Arc::new(move |address| source.parts.get(address).cloned());
                self.paper.ask(Request::Open { page, html, look, pictures });
            }
            Wish::Ask(request) => self.paper.ask(request),
            Wish::Wait(time, page) => {
                return Task::perform(after(time), move |()| on_page(OnHtml::Late(page)));
            }
            Wish::BeginAnew => self.paper.begin_anew(),
            Wish::Follow(address) => browser::open(&address),
            Wish::Copy(text) => return iced::clipboard::write(text),
        }
        Task::none()
    }

    /// The colours of the theme; those of the light one for a mail that brings its own.
    fn look(&self, source: &Source, width: f32) -> Look {
        let theme = if source.has_colours() { theme::light_theme() } else { self.theme() };
        let t = theme::of(&theme);
        Look {
            width,
            scale: self.scale,
            text: rgb(t.text),
            muted: rgb(t.muted),
            link: rgb(t.accent),
            ground: rgb(t.surface),
            is_dark: theme::is_dark(&theme),
        }
    }

    /// The theme or the screen changed.
    pub(super) fn look_changed(&mut self) -> Task<Message> {
        self.update(on_page(OnHtml::LookChanged))
    }
}

/// A message to the page of the open mail.
pub fn on_page(message: OnHtml) -> Message {
    Message::Mailbox(mailbox::Message::Reader(reader::Message::Html(message)))
}

fn rgb(colour: Hex) -> Rgb {
    let [red, green, blue, _] = colour.0.into_rgba8();
    Rgb(red, green, blue)
}

/// The HTML of a mail, if it is here and has some.
pub(super) fn html(reader: &Reader, email: EmailId) -> Result<Option<Arc<Source>>, waxwing_core::Error> {
    let raw = match reader.raw(email) {
        Ok(raw) => raw,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let opened = mime::open(&raw, Wanted { html: true, ..Wanted::default() });
    if opened.html.trim().is_empty() {
        return Ok(None);
    }
    let mut parts = HashMap::new();
    for number in 1..=u32::try_from(opened.parts.len()).unwrap_or(0) {
        let address = format!("{PART}:{number}");
        // Named in full: the first is no beginning of the tenth.
        if opened.html.contains(&format!("\"{address}\""))
            && let Some(picture) = mime::part(&raw, number)
        {
            parts.insert(address, picture);
        }
    }
    Ok(Some(Arc::new(Source { html: opened.html, parts, blocked: opened.blocked.len() })))
}
