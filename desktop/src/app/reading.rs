//! The page of the mail that is open: read from the store, laid out and painted by `html::Worker`.

use std::collections::HashMap;
use std::sync::Arc;

use iced::Task;
use iced::advanced::widget::operate;
use waxwing_core::Reader;
use waxwing_core::error::{Error, ErrorKind};
use waxwing_core::mime::{self, OpenedEmail, ParsedEmail, Wanted};
use waxwing_core::model::{BodyState, EmailId, EmailRow, ReadableEmail};

use super::{App, Message};
use crate::html::{Look, Pictures, Request, usual_address};
use crate::news::after;
use crate::platform::browser;
use crate::screen::mailbox;
use crate::screen::reader::{self, Mail, OnPage, Remote, Source, Wish};
use crate::theme;
use crate::widget::reveal_part;

/// Height of what is brought into sight of a place in a mail: its line and a few around it.
const REVEALED: f32 = 80.0;

/// How the HTML of a mail calls the pictures that are part of it.
const PART: &str = "waxwing-part";

impl App {
    pub(super) fn carry_out_wish(&mut self, wish: Wish) -> Task<Message> {
        match wish {
            Wish::LayOut { page, source, width, zoom, folds } => {
                let look = Look { zoom, folds, ..self.look(&source, width) };
                let html = source.html.clone();
                let pictures: Pictures = Arc::new(move |address| source.parts.get(address).cloned());
                self.paper.ask(Request::Open { page, html, look, pictures });
            }
            Wish::Ask(request) => self.paper.ask(request),
            Wish::Wait(time, page) => {
                return Task::perform(after(time), move |()| on_page(OnPage::Late(page)));
            }
            Wish::BeginAnew => self.paper.begin_anew(),
            Wish::Follow(address) => {
                return Task::perform(browser::open(address), |is_open| {
                    Message::Mailbox(mailbox::Message::Followed(is_open))
                });
            }
            // The screen asks about it.
            Wish::Doubt(_) => {}
            Wish::Reveal(below) => return operate(reveal_part(reader::PAGE, below, REVEALED)).discard(),
            Wish::Copy(text) => return iced::clipboard::write(text),
            Wish::File(ask) => return self.with_files(ask),
            Wish::Unsubscribe(email) => return self.unsubscribe(email),
        }
        Task::none()
    }

    /// The colours of the theme; those of the light one for a mail that brings its own.
    fn look(&self, source: &Source, width: f32) -> Look {
        let theme = if source.has_colours() { theme::light_theme() } else { self.look_now() };
        Look::of(&theme, width, self.scale)
    }

    /// The theme or the screen changed.
    pub(super) fn look_changed(&mut self) -> Task<Message> {
        self.update(on_page(OnPage::LookChanged))
    }
}

/// A message to the page of the open mail.
pub fn on_page(message: OnPage) -> Message {
    Message::Mailbox(mailbox::Message::Reader(reader::Message::Page(message)))
}

/// A mail as the window shows it, read once.
pub(super) fn mail(reader: &Reader, email: EmailId) -> Result<Mail, Error> {
    let row = reader.row(email)?;
    let here = match reader.readable(email) {
        Ok(readable) => readable,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(not_here(row)),
        Err(error) => return Err(error),
    };
    let images = reader.images(email);
    let wanted = Wanted { html: true, remote_images: images.is_some(), ..Wanted::default() };
    let opened = mime::open_excerpt(&here.octets, &here.left_out, wanted);
    let sender = opened.email.from.first().map(|from| from.address.clone()).unwrap_or_default();
    let remote = Remote {
        images: opened.images.len(),
        is_shown: images.is_some(),
        is_always: reader.shows_images_of(&sender)? && !opened.is_doubtful(),
        trackers: opened.trackers.clone(),
    };
    let page = Arc::new(Source { remote, ..page(&here.octets, &opened, images.as_deref()) });
    Ok(Mail { email: readable(row, &opened), opened: Arc::new(opened), page: Some(page) })
}

fn not_here(row: EmailRow) -> Mail {
    let parsed = ParsedEmail { from: vec![row.from.clone()], ..ParsedEmail::default() };
    let email = ReadableEmail::of(row, BodyState::NotYet, parsed);
    Mail { email, opened: Arc::default(), page: None }
}

fn readable(row: EmailRow, opened: &OpenedEmail) -> ReadableEmail {
    let body = if opened.email.damaged { BodyState::Damaged } else { BodyState::Here };
    ReadableEmail::of(row, body, opened.email.clone())
}

/// What is painted: its HTML with the pictures that are part of it, or were fetched; or its text.
fn page(raw: &[u8], opened: &OpenedEmail, fetched: Option<&HashMap<String, Vec<u8>>>) -> Source {
    if opened.html.trim().is_empty() {
        return Source::of_text(&opened.email.text, &opened.email.subject);
    }
    let mut parts = HashMap::new();
    for (number, _) in (1_u32..).zip(&opened.parts).filter(|(_, part)| !part.is_missing) {
        let address = format!("{PART}:{number}");
        // Named in full: the first is no beginning of the tenth.
        if opened.html.contains(&format!("\"{address}\""))
            && let Some(picture) = mime::part(raw, number)
        {
            parts.insert(address, picture);
        }
    }
    let fetched = fetched.into_iter().flatten();
    parts.extend(fetched.map(|(address, picture)| (usual_address(address), picture.clone())));
    Source { html: opened.html.clone(), parts, ..Source::default() }
}
