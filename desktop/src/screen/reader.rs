//! One mail to read: its head, its text, its attachments. The actions on it are the mailbox window's.

pub mod conversation;
mod html;

use std::sync::Arc;

use iced::advanced::text::highlighter::Format;
use iced::keyboard::{Key, key::Named};
use iced::widget::text_editor::{self, Binding, Content, KeyPress};
use iced::widget::{column, container, row, space, text};
use iced::{Border, Center, Color, Element, Fill, Shrink, Theme};
use waxwing_core::error::Error;
use waxwing_core::model::{
    Address, Attachment, BodyState, EmailId, EmailRow, FlagBits, Keyword, ReadableEmail,
};

use crate::icon::{Icon, icon, small};
use crate::screen::mailbox::{Act, MAIL, list::List};
use crate::theme;
use crate::ui::{self, Tone, colour, ink, paragraph, scrolling};
use crate::widget::{Quiet, Quotes, line, press};
use crate::words::{self, dates::Now, trouble::trouble};

use conversation::Stack;
use html::Shown;

pub use html::{Message as OnHtml, Source, Wish};

/// What is open, or about to be.
#[derive(Default)]
pub struct State {
    wanted: Option<EmailId>,
    email: Option<ReadableEmail>,
    content: Content,
    /// Its HTML, if it has some.
    html: Option<Shown>,
    /// The HTML of what is shown was asked for from the store.
    html_asked: bool,
    failed: Option<Error>,
    details: bool,
    /// The body was asked for from the server.
    asked: bool,
}

/// What can happen in the mail.
#[derive(Clone, Debug)]
pub enum Message {
    /// A button of the toolbar.
    Act(Act),
    /// Selecting text.
    Body(text_editor::Action),
    Details,
    Html(OnHtml),
    /// The other mails of its conversation.
    Conversation(conversation::Message),
    /// The cross of a tag.
    Untag(Keyword),
}

impl State {
    /// The mail that is to be shown.
    pub fn wanted(&self) -> Option<EmailId> {
        self.wanted
    }

    /// What is known of it.
    pub fn email(&self) -> Option<&ReadableEmail> {
        self.email.as_ref()
    }

    /// Another mail is to be shown; its row is shown until it has been read.
    pub fn want(&mut self, id: EmailId, row: Option<&EmailRow>) {
        *self = Self { wanted: Some(id), email: row.cloned().map(head_only), ..Self::default() };
    }

    /// No mail is open.
    pub fn close(&mut self) {
        *self = Self::default();
    }

    /// What the store has of it. Says whether its body had been asked for before.
    pub fn show(&mut self, email: Result<ReadableEmail, Error>) -> bool {
        match email {
            Ok(email) => {
                // Another body has other HTML; where only flags changed it is the same.
                self.html_asked &=
                    self.email.as_ref().is_some_and(|old| old.body == email.body && old.text == email.text);
                // A selection is kept when only flags changed.
                if self.email.as_ref().is_none_or(|old| old.text != email.text) {
                    self.content = Content::with_text(&email.text);
                }
                self.failed = None;
                let missing = email.body == BodyState::NotYet;
                self.email = Some(email);
                missing && std::mem::replace(&mut self.asked, true)
            }
            Err(error) => {
                self.failed = Some(error);
                true
            }
        }
    }

    /// The list was read again: flags may have changed.
    pub fn refresh(&mut self, list: &List) {
        if let Some(email) = &mut self.email
            && let Some(row) = list.row_of(email.row.id)
        {
            email.row = row.clone();
        }
    }

    /// Shows the flags of a change before the store tells of it.
    pub fn patch_flags(&mut self, emails: &[EmailId], add: FlagBits, remove: FlagBits) {
        if let Some(email) = self.email.as_mut().filter(|email| emails.contains(&email.row.id)) {
            email.row.flags = email.row.flags.changed(add, remove);
        }
    }

    /// The same for keywords.
    pub fn patch_keywords(&mut self, emails: &[EmailId], add: &[Keyword], remove: &[Keyword]) {
        if let Some(email) = self.email.as_mut().filter(|email| emails.contains(&email.row.id)) {
            crate::screen::mailbox::list::change_keywords(&mut email.row.keywords, add, remove);
        }
    }

    /// Whether its HTML is to be read, once it is here: said once.
    pub fn asks_for_html(&mut self) -> bool {
        !std::mem::replace(&mut self.html_asked, true)
    }

    /// Its HTML could not be read: it may be at the next look.
    pub fn html_failed(&mut self) {
        self.html_asked = false;
    }

    /// Takes in its HTML; `None`: it has none.
    pub fn show_html(&mut self, id: EmailId, source: Option<Arc<Source>>) {
        if self.wanted != Some(id) {
            return;
        }
        let is_there = |shown: &Shown| source.as_ref().is_some_and(|source| shown.is_of(source));
        if !self.html.as_ref().is_some_and(is_there) {
            self.html = source.map(Shown::new);
        }
    }

    /// What the mouse is on leads there.
    pub fn link(&self) -> Option<&str> {
        self.html.as_ref().filter(|html| html.is_shown()).and_then(Shown::link)
    }

    pub fn update(&mut self, message: Message) -> Vec<Wish> {
        match message {
            Message::Html(message) => {
                return self.html.as_mut().map(|html| html.update(message)).unwrap_or_default();
            }
            // The text is to be read: whatever would change it is left out.
            Message::Body(action) if !action.is_edit() => self.content.perform(action),
            Message::Body(_) | Message::Act(_) | Message::Conversation(_) | Message::Untag(_) => {}
            Message::Details => self.details = !self.details,
        }
        Vec::new()
    }
}

/// What a row knows, as a mail whose body is on its way from the store.
fn head_only(row: EmailRow) -> ReadableEmail {
    ReadableEmail {
        body: BodyState::Here,
        from: vec![row.from.clone()],
        to: Vec::new(),
        cc: Vec::new(),
        reply_to: Vec::new(),
        written: None,
        text: String::new(),
        from_html: false,
        attachments: Vec::new(),
        row,
    }
}

/// The mail, from its subject down. `place` names its mailbox; `offline` says that nothing can be fetched now.
pub fn view<'a>(
    state: &'a State,
    now: &Now,
    place: String,
    offline: bool,
    stack: &'a Stack,
) -> Element<'a, Message> {
    let Some(email) = &state.email else {
        return match &state.failed {
            Some(_) => ui::empty(Icon::MAIL, words::MAIL_GONE, ""),
            None => space().into(),
        };
    };
    let around = |lines: Option<Element<'a, conversation::Message>>| {
        lines.map(|lines| lines.map(Message::Conversation))
    };
    let body = column![
        subject(email, place),
        around(stack.head(state.wanted)),
        ui::across(),
        around(stack.older(state.wanted, now)),
        column![
            head(email, now, state.details),
            state_banner(state, email, offline),
            body(state, email),
            attachments(&email.attachments),
        ]
        .spacing(18)
        .padding([16, 24]),
        around(stack.newer(state.wanted, now)),
    ];
    let mail = scrolling(body).id(MAIL).width(Fill).height(Fill);
    // Where a link leads is seen before it is followed.
    let link = state.link().map(|address| {
        let words = paragraph(address, theme::SMALL).wrapping(text::Wrapping::None);
        container(container(words).padding([4, 10]).style(ui::card(|t| t.raised, 4.0)))
            .padding(6)
            .height(Fill)
            .align_y(iced::Bottom)
    });
    iced::widget::stack![mail].push(link).into()
}

fn subject<'a>(email: &ReadableEmail, place: String) -> Element<'a, Message> {
    let words = if email.row.subject.is_empty() { words::NO_SUBJECT } else { email.row.subject.as_str() };
    let title = paragraph(words.to_owned(), theme::HEADING).font(theme::STRONG).width(Fill);
    column![title, paragraph(place, theme::SMALL).style(ink(|t| t.muted)), tags(email)]
        .spacing(5)
        .padding(iced::Padding { top: 18.0, bottom: 13.0, left: 24.0, right: 24.0 })
        .into()
}

/// Its tags, each with a cross that takes it off.
fn tags<'a>(email: &ReadableEmail) -> Option<Element<'a, Message>> {
    let chips = email.row.keywords.iter().filter_map(|keyword| {
        let chip = ui::Chip::of(keyword)?;
        Some(ui::chip(&chip, words::take_off(&chip.name), Message::Untag(keyword.clone())))
    });
    let chips: Vec<Element<'a, Message>> = chips.collect();
    (!chips.is_empty()).then(|| row(chips).spacing(6).wrap().vertical_spacing(4).into())
}

fn head<'a>(email: &'a ReadableEmail, now: &Now, details: bool) -> Element<'a, Message> {
    let nobody = Address::default();
    let from = email.from.first().unwrap_or(&nobody);
    let name = if from.name.is_empty() { None } else { Some(from.name.as_str()) };
    let address = if from.address.is_empty() { words::NO_SENDER } else { from.address.as_str() };
    // The address is always there: a name proves nothing.
    let mut who = row![].spacing(8).align_y(Center);
    if let Some(name) = name {
        who = who.push(line(name).font(theme::STRONG).size((14.0, 20.0)));
    }
    let plain = line(address).width(Fill);
    who = who.push(if name.is_some() { plain.color(colour(|t| t.muted)) } else { plain.font(theme::STRONG) });
    let date = line(now.long(email.written.unwrap_or(email.row.date))).color(colour(|t| t.muted));
    let top = row![who.width(Fill), date.size(theme::SMALL)].spacing(12).align_y(Center);
    let mut lines = column![top].spacing(1);
    if !email.to.is_empty() || !email.cc.is_empty() {
        lines = lines.push(recipients(email, details));
    }
    let mut head =
        column![row![ui::avatar(from, 36.0), lines.width(Fill)].spacing(12).align_y(Center)].spacing(10);
    if details {
        head = head.push(all_addresses(email, now));
    }
    head.into()
}

/// `to Ada, Jonas ⌄`, which opens the whole list.
fn recipients<'a>(email: &ReadableEmail, details: bool) -> Element<'a, Message> {
    let names: Vec<String> = email.to.iter().chain(&email.cc).map(called).collect();
    let chevron = if details { Icon::CHEVRON_DOWN } else { Icon::CHEVRON_RIGHT };
    let inside = row![line(words::recipients(&names)).size(theme::SMALL), icon(chevron, 12.0)];
    let label = if details { words::HIDE_DETAILS } else { words::SHOW_DETAILS };
    press(inside.spacing(4).align_y(Center), label)
        .on_press(Message::Details)
        .style(|theme, status| crate::widget::Look {
            background: Color::TRANSPARENT,
            text: match status {
                crate::widget::Status::Hovered => theme::of(theme).text.0,
                _ => theme::of(theme).muted.0,
            },
            border: Border { radius: 4.0.into(), ..Border::default() },
        })
        .into()
}

fn called(address: &Address) -> String {
    if address.name.is_empty() { address.address.clone() } else { address.name.clone() }
}

fn in_full(addresses: &[Address]) -> String {
    let one = |address: &Address| {
        if address.name.is_empty() {
            address.address.clone()
        } else {
            format!("{} <{}>", address.name, address.address)
        }
    };
    addresses.iter().map(one).collect::<Vec<_>>().join("\n")
}

/// Everybody by name and address, as a card below the head.
fn all_addresses<'a>(email: &ReadableEmail, now: &Now) -> Element<'a, Message> {
    let mut lines = column![].spacing(5);
    let date = email.written.map(|written| now.long(written)).unwrap_or_default();
    let all = [
        (words::FROM, in_full(&email.from)),
        (words::TO, in_full(&email.to)),
        (words::COPY, in_full(&email.cc)),
        (words::REPLY_TO, in_full(&email.reply_to)),
        (words::DATE, date),
    ];
    for (label, value) in all.into_iter().filter(|(_, value)| !value.is_empty()) {
        let label = paragraph(label, theme::SMALL).style(ink(|t| t.muted)).width(80);
        let value = paragraph(value, theme::SMALL).width(Fill).wrapping(text::Wrapping::WordOrGlyph);
        lines = lines.push(row![label, value]);
    }
    container(lines).padding([10, 14]).width(Fill).style(ui::card(|t| t.canvas, 8.0)).into()
}

/// What stands between the reader and the text, if anything.
fn state_banner<'a>(state: &State, email: &ReadableEmail, offline: bool) -> Option<Element<'a, Message>> {
    let note = ui::note;
    match (&state.failed, email.body) {
        (Some(error), _) => {
            let words = trouble(error, "");
            Some(ui::banner(Tone::Wrong, Icon::TRIANGLE_ALERT, words.title, vec![words.advice], None, None))
        }
        (None, BodyState::NotYet) if offline => Some(note(Icon::CLOUD_OFF, words::WAITING_BODY)),
        (None, BodyState::NotYet) => Some(quiet_line(Icon::DOWNLOAD, words::FETCHING_BODY)),
        (None, BodyState::Damaged) => Some(note(Icon::TRIANGLE_ALERT, words::DAMAGED)),
        (None, BodyState::Here) => match &state.html {
            Some(html) if html.is_shown() => None,
            Some(_) => Some(quiet_line(Icon::FILE_TEXT, words::NOT_PAINTED)),
            None if email.from_html => Some(quiet_line(Icon::FILE_TEXT, words::FROM_HTML)),
            None => None,
        },
    }
}

fn quiet_line<'a>(which: Icon, words: &'a str) -> Element<'a, Message> {
    row![icon(which, 14.0).style(ink(|t| t.muted)), paragraph(words, theme::SMALL).style(ink(|t| t.muted))]
        .spacing(8)
        .align_y(Center)
        .into()
}

fn body<'a>(state: &'a State, email: &ReadableEmail) -> Element<'a, Message> {
    if let Some(html) = state.html.as_ref().filter(|html| html.is_shown()) {
        return html.view().map(Message::Html);
    }
    // Until the store has answered, `to` and text are empty alike: show nothing rather than "no text".
    let answered = state.content.line_count() > 1 || !state.content.is_empty();
    if !answered {
        let nothing = email.body == BodyState::Here && !email.to.is_empty();
        return if nothing {
            paragraph(words::NO_TEXT, theme::READING).style(ink(|t| t.muted)).into()
        } else {
            space().into()
        };
    }
    let editor = text_editor::TextEditor::new(&state.content)
        .on_action(Message::Body)
        .key_binding(binding)
        .font(theme::REGULAR)
        .size(theme::READING.0)
        .line_height(theme::leading(theme::READING))
        .padding(0)
        .height(Shrink)
        .wrapping(text::Wrapping::WordOrGlyph)
        .highlight_with::<Quotes>(email.row.id.0, |Quiet, theme: &Theme| Format {
            color: Some(theme::of(theme).muted.0),
            font: None,
        })
        .style(|theme: &Theme, _| {
            let t = theme::of(theme);
            text_editor::Style {
                background: Color::TRANSPARENT.into(),
                border: Border::default(),
                placeholder: t.faint.0,
                value: t.text.0,
                selection: Color { a: 0.28, ..t.accent.0 },
            }
        });
    container(editor).max_width(theme::READING_WIDTH).into()
}

/// Keys of the text: copying and selecting with Mod; all others stay keys of the window.
fn binding(press: KeyPress) -> Option<Binding<Message>> {
    let modifiers = press.modifiers;
    let for_text = match &press.key {
        Key::Character(_) => modifiers.command(),
        Key::Named(Named::ArrowLeft | Named::ArrowRight) => true,
        Key::Named(_) | Key::Unidentified => false,
    };
    if !for_text {
        return None;
    }
    match Binding::from_key_press(press)? {
        binding @ (Binding::Copy | Binding::SelectAll | Binding::Move(_) | Binding::Select(_)) => {
            Some(binding)
        }
        _ => None,
    }
}

fn attachments<'a>(attachments: &'a [Attachment]) -> Option<Element<'a, Message>> {
    if attachments.is_empty() {
        return None;
    }
    let chips = attachments.iter().map(|attachment| {
        let name = paragraph(attachment.name.as_str(), theme::CHROME).wrapping(text::Wrapping::WordOrGlyph);
        let size = paragraph(words::size(attachment.size), theme::TINY).style(ink(|t| t.muted));
        let inside = row![small(kind(&attachment.media_type)).style(ink(|t| t.muted)), name, size];
        container(inside.spacing(8).align_y(Center))
            .padding([6, 12])
            .style(ui::card(|t| t.raised, 6.0))
            .into()
    });
    Some(row(chips).spacing(8).wrap().vertical_spacing(8).into())
}

fn kind(media_type: &str) -> Icon {
    let (top, sub) = media_type.split_once('/').unwrap_or((media_type, ""));
    match (top, sub) {
        ("image", _) => Icon::IMAGE,
        ("audio", _) => Icon::MUSIC,
        ("video", _) => Icon::VIDEO,
        ("text", "calendar") => Icon::CALENDAR,
        ("message", _) => Icon::MAIL,
        ("application", "zip" | "gzip" | "x-tar" | "x-7z-compressed") => Icon::FILE_ARCHIVE,
        ("text", _) | ("application", "pdf") => Icon::FILE_TEXT,
        _ => Icon::FILE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::mailbox::fixture;

    #[test]
    fn the_html_of_a_mail_is_read_once_and_again_where_its_body_is_another() {
        let mut state = State::default();
        let mut mail = fixture::email(fixture::row(1));
        state.want(mail.row.id, Some(&mail.row));
        let _ = state.show(Ok(mail.clone()));
        assert!(state.asks_for_html());
        mail.row.flags = FlagBits::SEEN;
        let _ = state.show(Ok(mail.clone()));
        assert!(!state.asks_for_html(), "only its flags changed");
        state.html_failed();
        assert!(state.asks_for_html());
        mail.body = BodyState::Damaged;
        let _ = state.show(Ok(mail.clone()));
        assert!(state.asks_for_html());
        state.want(mail.row.id, Some(&mail.row));
        assert!(state.asks_for_html(), "opened anew");
    }
}
