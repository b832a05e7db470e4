//! One mail to read: its head, its text, its attachments. The actions on it are the mailbox window's.

mod attachments;
pub mod conversation;
mod downloads;
mod find;
mod head;
mod images;
mod notices;
mod page;

use std::sync::Arc;

use iced::advanced::text::highlighter::Format;
use iced::keyboard::{Key, key::Named};
use iced::widget::text_editor::{self, Binding, Content, KeyPress};
use iced::widget::{column, container, row, space, text};
use iced::{Border, Center, Color, Element, Fill, Shrink, Theme};
use waxwing_core::error::Error;
use waxwing_core::mime::{self, OpenedEmail};
use waxwing_core::model::{BodyState, EmailId, EmailRow, FlagBits, Keyword, ReadableEmail};

use crate::html::{self, FOLD, Sought};
use crate::icon::{Icon, icon};
use crate::screen::mailbox::{Act, MAIL, list::List};
use crate::theme;
use crate::ui::{self, Tone, ink, paragraph, plain, primary, scrolling};
use crate::widget::{Quiet, Quotes};
use crate::words::{self, dates::Now, trouble::trouble};

use conversation::{Part, Stack};
use find::Find;
use page::Shown;

use attachments::Files;

pub use attachments::{Ask as FileAsk, Message as OnFile, Outcome, Place, Preview, SOURCE};
pub use find::FIND_IN_MAIL;
pub use images::Ask as ImagesAsk;
pub use page::{Message as OnPage, PAGE, Remote, Source, Wish};

/// The mail that has the focus, within what scrolls.
pub const OPEN_MAIL: &str = "open-mail";

/// How much larger or smaller than usual mails can be shown.
const ZOOMS: [f32; 9] = [0.5, 0.67, 0.8, 0.9, 1.0, 1.25, 1.5, 2.0, 3.0];
const USUAL: usize = 4;

/// A mail as it was read from the store, once.
#[derive(Clone, Debug)]
pub struct Mail {
    pub email: ReadableEmail,
    /// What its reader needs beyond that.
    pub opened: Arc<OpenedEmail>,
    /// What is painted of it; `None` while its body isn't here.
    pub page: Option<Arc<Source>>,
}

impl From<ReadableEmail> for Mail {
    /// A mail of which no more is known.
    fn from(email: ReadableEmail) -> Self {
        let page = (email.body != BodyState::NotYet)
            .then(|| Arc::new(Source::of_text(&email.text, &email.row.subject)));
        Self { email, opened: Arc::default(), page }
    }
}

/// What is open, or about to be.
pub struct State {
    wanted: Option<EmailId>,
    email: Option<ReadableEmail>,
    opened: Arc<OpenedEmail>,
    /// What is painted of it.
    page: Option<Shown>,
    /// Its text, where it can't be painted.
    content: Option<Content>,
    failed: Option<Error>,
    details: bool,
    /// The body was asked for from the server.
    asked: bool,
    find: Option<Find>,
    /// Words that were searched for to find this mail: marked in it.
    searched: Vec<String>,
    /// Its files, as far as one is shown.
    files: Files,
    unsubscribing: Unsubscribing,
    /// A link whose text names another host, not followed yet.
    doubtful: Option<String>,
    images: Images,
    /// A place of `ZOOMS`; for all mails.
    zoom: usize,
    /// Which of the times that it came into sight this is; 0: it is out of sight.
    look: u64,
}

/// Whether pictures on the network were asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Images {
    #[default]
    NotAsked,
    Asked,
    /// It is over, well or not.
    Answered,
}

impl Default for State {
    fn default() -> Self {
        Self {
            wanted: None,
            email: None,
            opened: Arc::default(),
            page: None,
            content: None,
            failed: None,
            details: false,
            asked: false,
            find: None,
            searched: Vec::new(),
            files: Files::default(),
            unsubscribing: Unsubscribing::default(),
            doubtful: None,
            images: Images::NotAsked,
            zoom: USUAL,
            look: 0,
        }
    }
}

/// What can happen in the mail.
#[derive(Clone, Debug)]
pub enum Message {
    /// A button of the toolbar.
    Act(Act),
    /// Selecting text.
    Body(text_editor::Action),
    Details,
    Page(OnPage),
    /// Something of another open mail than the one that has the focus.
    Of(EmailId, Box<Message>),
    Find(find::Message),
    Images(ImagesAsk),
    File(OnFile),
    /// The other mails of its conversation.
    Conversation(conversation::Message),
    /// The cross of a tag.
    Untag(Keyword),
    /// Say what will happen.
    Unsubscribe,
    UnsubscribeNow,
    StayOnList,
    Unsubscribed(Result<(), String>),
    /// Follow the doubtful link after all, or leave it.
    FollowAnyway,
    LeaveLink,
}

/// How far leaving a mailing list has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Unsubscribing {
    #[default]
    No,
    /// What will happen is said, and nothing is done yet.
    Asked,
    UnderWay,
    Done,
    Failed(String),
}

/// How large mails are to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zoom {
    In,
    Out,
    Usual,
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

    /// One more that is open, shown in the same way as this one.
    pub fn another(&self, id: EmailId, row: Option<&EmailRow>) -> Self {
        let mut other = Self { zoom: self.zoom, searched: self.searched.clone(), ..Self::default() };
        other.want(id, row);
        other
    }

    /// The focus goes to another mail: what is looked for goes with it.
    pub fn hand_find_to(&mut self, other: &mut Self) -> Vec<Wish> {
        let Some(find) = self.find.take() else { return Vec::new() };
        other.find = Some(find);
        let mut wishes = self.look_for_it();
        wishes.extend(other.look_for_it());
        wishes
    }

    /// The page that is laid out and painted for it.
    pub fn page(&self) -> Option<html::Number> {
        self.page.as_ref().and_then(Shown::page)
    }

    /// It came into sight, for the how manieth time, or went out of it (0).
    pub fn looked_at(&mut self, look: u64) {
        self.look = look;
    }

    /// Whether it is still in sight since then, and unread.
    pub fn is_looked_at(&self, look: u64) -> bool {
        let is_seen = self.page.as_ref().is_some_and(Shown::is_seen);
        let is_unread = self.email.as_ref().is_some_and(|email| !email.row.flags.contains(FlagBits::SEEN));
        look > 0 && self.look == look && is_seen && is_unread
    }

    /// It can't be painted, and is shown as text.
    pub fn is_text(&self) -> bool {
        self.page.as_ref().is_some_and(|page| !page.is_shown())
    }

    /// Its mailing list is being left.
    pub fn is_leaving_list(&self) -> bool {
        self.unsubscribing == Unsubscribing::UnderWay
    }

    /// What is known of its row now.
    pub fn set_row(&mut self, row: &EmailRow) {
        if let Some(email) = self.email.as_mut().filter(|email| email.row.id == row.id) {
            email.row = row.clone();
        }
    }

    /// Another mail is to be shown; its row is shown until it has been read.
    pub fn want(&mut self, id: EmailId, row: Option<&EmailRow>) {
        self.close();
        (self.wanted, self.email) = (Some(id), row.cloned().map(head_only));
    }

    /// No mail is open.
    pub fn close(&mut self) {
        *self = Self { zoom: self.zoom, searched: std::mem::take(&mut self.searched), ..Self::default() };
    }

    /// What the store has of it. Says whether its body had been asked for before.
    pub fn show(&mut self, mail: Result<Mail, Error>) -> bool {
        match mail {
            Ok(Mail { email, opened, page }) => {
                // A page that is painted is kept when only flags changed.
                let is_there = |shown: &Shown| page.as_ref().is_some_and(|page| shown.is_of(page));
                if !self.page.as_ref().is_some_and(is_there) {
                    self.page = page.map(|page| Shown::new(page, self.scale()));
                    self.content = None;
                    let sought = self.sought();
                    if let Some(page) = &mut self.page {
                        // It isn't laid out yet: nothing is to be done.
                        let _ = page.find(sought);
                    }
                }
                self.failed = None;
                let missing = email.body == BodyState::NotYet;
                (self.email, self.opened) = (Some(email), opened);
                missing && std::mem::replace(&mut self.asked, true)
            }
            Err(error) => {
                self.failed = Some(error);
                true
            }
        }
    }

    /// Whether the pictures of the mail that is open are to be fetched unasked: said once.
    pub fn asks_for_images(&mut self) -> Option<EmailId> {
        let remote = self.page.as_ref()?.remote();
        let is_due = remote.is_always && !remote.is_shown && self.images == Images::NotAsked;
        if is_due {
            self.images = Images::Asked;
        }
        self.wanted.filter(|_| is_due)
    }

    /// The pictures of the mail that is open were asked for.
    pub fn images_asked(&mut self) {
        self.images = Images::Asked;
    }

    /// They came, or they won't.
    pub fn images_answered(&mut self) {
        self.images = Images::Answered;
    }

    /// Whose pictures may be shown unasked from now on: nobody who seems to be somebody else.
    pub fn image_sender(&self) -> Option<&str> {
        let from = self.email.as_ref()?.from.first()?;
        (!self.opened.is_doubtful() && from.address.contains('@')).then_some(from.address.as_str())
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

    /// Words that were searched for: to be marked in every mail, until there are others.
    pub fn search(&mut self, words: Vec<String>) -> Vec<Wish> {
        if self.searched == words {
            return Vec::new();
        }
        self.searched = words;
        self.look_for_it()
    }

    /// What is looked for: what was typed to be found here, else what this mail was found by.
    fn sought(&self) -> Sought {
        match &self.find {
            Some(find) => Sought::Letters(find.letters().to_owned()),
            None => Sought::Words(self.searched.clone()),
        }
    }

    fn look_for_it(&mut self) -> Vec<Wish> {
        let sought = self.sought();
        self.page.as_mut().map(|page| page.find(sought)).unwrap_or_default()
    }

    /// Opens the field for what is to be found in the mail.
    pub fn open_find(&mut self) {
        if self.page.is_some() {
            self.find.get_or_insert_default();
        }
    }

    /// Closes it. Says whether it was open, and what is to be done.
    pub fn close_find(&mut self) -> (bool, Vec<Wish>) {
        let was_open = self.find.take().is_some();
        (was_open, self.look_for_it())
    }

    /// Shows mails larger or smaller.
    pub fn zoom(&mut self, zoom: Zoom) -> Vec<Wish> {
        self.zoom = match zoom {
            Zoom::In => (self.zoom + 1).min(ZOOMS.len() - 1),
            Zoom::Out => self.zoom.saturating_sub(1),
            Zoom::Usual => USUAL,
        };
        let scale = self.scale();
        self.page.as_mut().map(|page| page.zoom(scale)).unwrap_or_default()
    }

    /// How large mails were shown at an earlier start, in percent.
    pub fn keep_zoom(&mut self, percent: Option<u16>) {
        let is_it = |zoom: &f32| percent_of(*zoom) == percent.unwrap_or(100);
        self.zoom = ZOOMS.iter().position(is_it).unwrap_or(USUAL);
    }

    /// The same, for the next; none: as usual.
    pub fn zoom_to_keep(&self) -> Option<u16> {
        (self.zoom != USUAL).then(|| percent_of(self.scale()))
    }

    fn scale(&self) -> f32 {
        ZOOMS.get(self.zoom).copied().unwrap_or(1.0)
    }

    pub fn update(&mut self, message: Message) -> Vec<Wish> {
        match message {
            Message::Page(message) => return self.on_page(message),
            Message::Find(message) => return self.on_find(message),
            Message::File(message) => return self.on_file(message),
            Message::Unsubscribe => self.unsubscribing = Unsubscribing::Asked,
            Message::StayOnList => self.unsubscribing = Unsubscribing::No,
            Message::UnsubscribeNow => return self.unsubscribe(),
            Message::Unsubscribed(outcome) => {
                self.unsubscribing = outcome.map_or_else(Unsubscribing::Failed, |()| Unsubscribing::Done);
            }
            // The text is to be read: whatever would change it is left out.
            Message::Body(action) if !action.is_edit() => {
                if let Some(content) = &mut self.content {
                    content.perform(action);
                }
            }
            // Those are the window's to ask for.
            Message::Body(_) | Message::Act(_) | Message::Images(_) => {}
            Message::Conversation(_) | Message::Untag(_) | Message::Of(..) => {}
            Message::Details => self.details = !self.details,
            Message::FollowAnyway => return self.doubtful.take().map(Wish::Follow).into_iter().collect(),
            Message::LeaveLink => self.doubtful = None,
        }
        Vec::new()
    }

    fn on_page(&mut self, message: OnPage) -> Vec<Wish> {
        let Some(page) = &mut self.page else { return Vec::new() };
        let mut wishes = page.update(message);
        if !page.is_shown() && self.content.is_none() {
            self.content = self.email.as_ref().map(|email| Content::with_text(html::shown_of(&email.text)));
        }
        // The card is this one's to show.
        wishes.retain(|wish| match wish {
            Wish::Doubt(address) => {
                self.doubtful = Some(address.clone());
                false
            }
            _ => true,
        });
        wishes
    }

    fn on_file(&mut self, message: OnFile) -> Vec<Wish> {
        let Some(email) = &self.email else { return Vec::new() };
        let asks = self.files.update(message, email.row.id, (&email.attachments, &self.opened.parts));
        asks.into_iter().map(Wish::File).collect()
    }

    /// Closes the file that is shown above the mail. Says whether one was.
    pub fn close_file(&mut self) -> bool {
        let was_open = self.files.is_open();
        if was_open {
            let _ = self.on_file(OnFile::Close);
        }
        was_open
    }

    fn unsubscribe(&mut self) -> Vec<Wish> {
        let (Some(way), Some(email)) = (&self.opened.unsubscribe, &self.email) else { return Vec::new() };
        if self.unsubscribing != Unsubscribing::Asked {
            return Vec::new();
        }
        if let mime::Unsubscribe::Page(address) = way {
            self.unsubscribing = Unsubscribing::No;
            return vec![Wish::Follow(address.clone())];
        }
        self.unsubscribing = Unsubscribing::UnderWay;
        vec![Wish::Unsubscribe(email.row.id)]
    }

    fn on_find(&mut self, message: find::Message) -> Vec<Wish> {
        match message {
            find::Message::Typed(text) => {
                if let Some(find) = &mut self.find {
                    find.text = text;
                }
                self.look_for_it()
            }
            find::Message::Step(forward) => {
                self.page.as_mut().map(|page| page.go_on(forward)).unwrap_or_default()
            }
            find::Message::Close => self.close_find().1,
        }
    }
}

fn percent_of(zoom: f32) -> u16 {
    // Of `ZOOMS`: a few hundred.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let percent = (zoom * 100.0).round() as u16;
    percent
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

/// What is around an open mail.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    pub now: &'a Now,
    /// Nothing can be fetched now.
    pub offline: bool,
    /// The conversation it belongs to, as far as that is shown.
    pub stack: &'a Stack,
    /// Other mails of it that are open.
    pub beside: &'a [State],
}

/// The mail that has the focus, from its subject down, with what is open beside it. `place` names its mailbox.
pub fn view<'a>(state: &'a State, place: String, around: Around<'a>) -> Element<'a, Message> {
    let Some(email) = &state.email else {
        return match &state.failed {
            Some(_) => ui::empty(Icon::MAIL, words::MAIL_GONE, ""),
            None => space().into(),
        };
    };
    let head = around.stack.head(state.wanted).map(|head| head.map(Message::Conversation));
    let body = column![head::subject(email, place), head, ui::across(), mails(state, around)];
    let mail = scrolling(body).id(MAIL).width(Fill).height(Fill);
    let of_others = around.beside.iter().filter_map(|other| {
        let id = other.wanted?;
        Some((id, link(other)?))
    });
    let of_others = of_others.map(|(id, link)| link.map(move |message| Message::Of(id, Box::new(message))));
    let mut layers = iced::widget::stack![mail].push(link(state));
    for link in of_others {
        layers = layers.push(link);
    }
    let layers = layers.push(attachments::overlay(&state.files));
    let found = state.page.as_ref().map(Shown::found).unwrap_or_default();
    let whose = (!around.beside.is_empty()).then(|| words::sender(&email.row.from));
    let find = state.find.as_ref().map(|find| find::view(find, found, whose).map(Message::Find));
    column![].push(find).push(layers.height(Fill)).into()
}

/// The open mails and, around them, a line for each of the others of their conversation.
fn mails<'a>(state: &'a State, around: Around<'a>) -> Element<'a, Message> {
    let is_open =
        |id: EmailId| state.wanted == Some(id) || around.beside.iter().any(|it| it.wanted == Some(id));
    let Some(parts) = state.wanted.and_then(|id| around.stack.parts(id, is_open)) else {
        return mail(state, around, true);
    };
    let count = parts.len();
    let parts = parts.into_iter().enumerate().map(|(place, part)| {
        let is_line = matches!(part, Part::Line(_));
        let (key, part): (i64, Element<'a, Message>) = match part {
            Part::Line(item) => {
                (item.row.id.0, conversation::one(item, around.now).map(Message::Conversation))
            }
            Part::Folded(first, away) => (-first.0, conversation::folded(away).map(Message::Conversation)),
            Part::Open(id) => {
                let other = around.beside.iter().find(|other| other.wanted == Some(id));
                let of = move |message| Message::Of(id, Box::new(message));
                (
                    id.0,
                    other.map_or_else(
                        || mail(state, around, true),
                        |other| mail(other, around, false).map(of),
                    ),
                )
            }
        };
        let rule = (place + 1 < count || is_line).then(ui::across);
        (key, column![part].push(rule).into())
    });
    iced::widget::keyed_column(parts).into()
}

/// One open mail: head, what is to be known of it, its text, its files.
fn mail<'a>(state: &'a State, around: Around<'a>, has_focus: bool) -> Element<'a, Message> {
    let Some(email) = &state.email else { return space().into() };
    let close = (!around.beside.is_empty()).then_some(email.row.id);
    let mail = column![
        head::head(email, around.now, state.details, close),
        state_banner(state, email, around.offline),
        notices::view(&state.opened, &state.unsubscribing, around.now),
        images(state),
        body(state, email, has_focus),
        attachments::view(&email.attachments, &state.opened.parts, &state.files),
    ]
    .spacing(18)
    .padding([16, 24]);
    let mail = container(mail).width(Fill);
    if has_focus { mail.id(OPEN_MAIL).into() } else { mail.into() }
}

/// Where a link leads is seen before it is followed; one that says otherwise is followed only after a question.
fn link(state: &State) -> Option<Element<'_, Message>> {
    let at_the_bottom = |card: Element<'static, Message>| {
        container(card).padding(6).height(Fill).align_y(iced::Bottom).into()
    };
    if let Some(address) = &state.doubtful {
        let verbs = row![
            space().width(Fill),
            plain(words::OPEN_ANYWAY).on_press(Message::FollowAnyway),
            primary(words::LEAVE_LINK).on_press(Message::LeaveLink),
        ];
        let words = column![
            paragraph(words::FALSE_LINK, theme::CHROME).font(theme::STRONG),
            paragraph(address.clone(), theme::SMALL).wrapping(text::Wrapping::WordOrGlyph),
            verbs.spacing(10),
        ];
        let card = container(words.spacing(8)).padding([12, 16]).max_width(560).style(ui::floating(8.0));
        return Some(at_the_bottom(iced::widget::opaque(card)));
    }
    let link = state.page.as_ref().filter(|page| page.is_shown())?.link()?;
    let tone: fn(&theme::Tokens) -> theme::Hex = if link.is_false { |t| t.wax } else { |t| t.text };
    let address = if link.address == FOLD { words::QUOTED.to_owned() } else { link.address.clone() };
    let words = paragraph(address, theme::SMALL).style(ink(tone)).wrapping(text::Wrapping::None);
    Some(at_the_bottom(container(words).padding([4, 10]).style(ui::card(|t| t.raised, 4.0)).into()))
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
        (None, BodyState::Here) => {
            let is_text = state.page.as_ref().is_some_and(|page| !page.is_shown());
            is_text.then(|| quiet_line(Icon::FILE_TEXT, words::NOT_PAINTED))
        }
    }
}

fn images(state: &State) -> Option<Element<'_, Message>> {
    let page = state.page.as_ref().filter(|page| page.is_shown())?;
    images::view(page.remote(), state.images, state.image_sender())
}

fn quiet_line<'a>(which: Icon, words: &'a str) -> Element<'a, Message> {
    row![icon(which, 14.0).style(ink(|t| t.muted)), paragraph(words, theme::SMALL).style(ink(|t| t.muted))]
        .spacing(8)
        .align_y(Center)
        .into()
}

fn body<'a>(state: &'a State, email: &ReadableEmail, has_focus: bool) -> Element<'a, Message> {
    if email.body == BodyState::Here && state.page.as_ref().is_some_and(Shown::is_empty) {
        return paragraph(words::NO_TEXT, theme::READING).style(ink(|t| t.muted)).into();
    }
    if let Some(page) = state.page.as_ref().filter(|page| page.is_shown()) {
        return page.view(has_focus).map(Message::Page);
    }
    let Some(content) = &state.content else { return space().into() };
    let editor = text_editor::TextEditor::new(content)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::mailbox::fixture;

    fn opened() -> (State, ReadableEmail) {
        let (mut state, email) = (State::default(), fixture::email(fixture::row(1)));
        state.want(email.row.id, Some(&email.row));
        let _ = state.show(Ok(email.clone().into()));
        (state, email)
    }

    /// Says that there is so much room; the page that is laid out for it.
    fn room(state: &mut State) -> Option<(u64, f32)> {
        let wishes = state.update(Message::Page(OnPage::Page(crate::widget::Happened::Room(500.0))));
        wishes.into_iter().find_map(|wish| match wish {
            Wish::LayOut { page, zoom, .. } => Some((page, zoom)),
            _ => None,
        })
    }

    #[test]
    fn a_page_is_kept_while_only_flags_change() {
        let (mut state, mut email) = opened();
        let (page, _) = room(&mut state).unwrap();
        let height = |state: &State| state.page.as_ref().unwrap().found();
        email.row.flags = FlagBits::SEEN;
        let _ = state.show(Ok(email.clone().into()));
        let answer = crate::html::Answer::LaidOut { page, height: 80.0 };
        let _ = state.update(Message::Page(OnPage::Painted(answer)));
        assert_eq!(height(&state), (0, 0));
        let answer = crate::html::Answer::Failed { page };
        let _ = state.update(Message::Page(OnPage::Painted(answer)));
        assert!(state.content.is_some(), "it was the same page, and its text is shown instead");
        email.text = "Other words".into();
        let _ = state.show(Ok(email.into()));
        assert!(state.content.is_none() && state.page.as_ref().unwrap().is_shown());
    }

    #[test]
    fn mails_stay_as_large_as_they_were_made() {
        let (mut state, email) = opened();
        assert!(room(&mut state).is_some());
        let wishes = state.zoom(Zoom::In);
        assert!(matches!(wishes[0], Wish::LayOut { zoom, .. } if zoom > 1.2), "{wishes:?}");
        state.want(email.row.id, None);
        let _ = state.show(Ok(email.into()));
        assert!(room(&mut state).unwrap().1 > 1.2);
        for _ in 0..20 {
            let _ = state.zoom(Zoom::Out);
        }
        let _ = state.zoom(Zoom::Usual);
        assert!((state.scale() - 1.0).abs() < 0.01);
    }

    #[test]
    fn a_link_that_says_otherwise_is_asked_about() {
        let (mut state, _) = opened();
        let (page, _) = room(&mut state).unwrap();
        let link = crate::html::Link { address: "https://b.example/".into(), is_false: true };
        let answer = crate::html::Answer::At { page, link: Some(link) };
        let _ = state.update(Message::Page(OnPage::Painted(answer)));
        let click = OnPage::Page(crate::widget::Happened::Clicked(iced::Point::ORIGIN));
        assert!(state.update(Message::Page(click)).is_empty());
        assert_eq!(state.doubtful.as_deref(), Some("https://b.example/"));
        let _ = state.update(Message::LeaveLink);
        assert!(state.update(Message::FollowAnyway).is_empty(), "it was left");
    }
}
