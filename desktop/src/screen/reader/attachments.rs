//! The files that came with a mail, and what is shown of one of them above it.

use std::path::PathBuf;

use iced::advanced::image::Handle;
use iced::widget::{Image, column, container, row, space, text};
use iced::{Border, Center, Element, Fill};
use waxwing_core::mime::{OpenedEmail, PartFacts};
use waxwing_core::model::{Address, Attachment, EmailId};

use super::Message as Reader;
use super::downloads::{Came, Downloads};
use crate::icon::{Icon, small};
use crate::theme;
use crate::ui::{self, icon_button, ink, paragraph, plain, primary, scrolling};
use crate::widget::{Look, Status, press};
use crate::words;

/// What a mail is written in, as a file of it.
pub const SOURCE: &str = "message/x-source";

/// A file of a mail, or of a mail within it: the numbers of the files on the way, from 1; none: the mail itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub email: EmailId,
    pub numbers: Vec<u32>,
}

/// What `app` is to do with files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Read what is shown of it.
    Preview(Place, Attachment),
    /// Open it with the program for it.
    Open(Place, String),
    /// Ask where to and save it under that name.
    Save(Place, String),
    /// Ask where to and save those of this mail.
    SaveAll(EmailId),
    /// Fetch it from the server.
    Fetch(EmailId, u32),
    /// No longer.
    Stop(EmailId, u32),
}

/// What there is to see of a file.
#[derive(Clone, Debug)]
pub enum Preview {
    Picture(Handle),
    Text(String),
    Mail(Box<OpenedEmail>),
    /// None: the program for it shows it.
    Nothing,
}

/// How something ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Opened,
    Saved(PathBuf),
    SavedAll(usize, PathBuf),
    /// The same where nobody could be asked where to.
    SavedUnasked(PathBuf),
    SavedAllUnasked(usize, PathBuf),
    /// The person changed their mind.
    Left,
    Failed(String),
}

/// What can happen here.
#[derive(Clone, Debug)]
pub enum Message {
    /// A file of the open mail was pressed.
    Show(u32),
    /// A file of the mail that is shown above it.
    Within(u32),
    /// What the open mail is written in, under that name.
    Source(String),
    Loaded(Place, Preview),
    Open,
    OpenAnyway,
    Save,
    SaveAll,
    Ended(Outcome),
    /// A file of that mail is being fetched: so many octets of so many are here.
    Progress(EmailId, u32, (u64, u64)),
    /// That is over: it is here, or it was stopped (`None`), or it failed.
    Fetched(EmailId, u32, Result<(), Option<String>>),
    Stop(u32),
    /// Back to the mail around it, or to the open mail.
    Close,
}

/// A file that is shown.
struct Shown {
    place: Place,
    attachment: Attachment,
    /// `None`: it is being read.
    preview: Option<Preview>,
}

/// The files of the open mail that are shown above it, one within the other.
#[derive(Default)]
pub(super) struct Files {
    shown: Vec<Shown>,
    /// It is a program, and was to be opened.
    is_asking: bool,
    outcome: Option<Outcome>,
    downloads: Downloads,
}

impl Files {
    pub(super) fn is_open(&self) -> bool {
        !self.shown.is_empty()
    }

    /// `parts` says which of the files are here.
    pub(super) fn update(
        &mut self,
        message: Message,
        email: EmailId,
        (files, parts): (&[Attachment], &[PartFacts]),
    ) -> Vec<Ask> {
        match message {
            Message::SaveAll => {
                let asks = self.downloads.fetch_all(email, parts);
                if asks.is_empty() && !self.downloads.is_for_all() { vec![Ask::SaveAll(email)] } else { asks }
            }
            Message::Progress(of, number, (done, total)) if of == email => {
                self.downloads.progress(number, done, total);
                Vec::new()
            }
            Message::Fetched(of, number, outcome) if of == email => {
                match self.downloads.ended(number, outcome, parts) {
                    Came::Show(number) if !self.is_open() => {
                        self.update(Message::Show(number), email, (files, parts))
                    }
                    Came::SaveAll => vec![Ask::SaveAll(email)],
                    Came::Show(_) | Came::Nothing => Vec::new(),
                }
            }
            Message::Stop(number) if self.downloads.is_under_way(number) => vec![Ask::Stop(email, number)],
            Message::Show(number) if self.downloads.is_missing(parts, number) => {
                self.downloads.fetch(email, number).into_iter().collect()
            }
            Message::Progress(..) | Message::Fetched(..) | Message::Stop(_) => Vec::new(),
            message => self.on_shown(message, email, files).into_iter().collect(),
        }
    }

    fn on_shown(&mut self, message: Message, email: EmailId, files: &[Attachment]) -> Option<Ask> {
        match message {
            Message::Show(number) => {
                self.shown.clear();
                self.show(Place { email, numbers: vec![number] }, at(files, number)?)
            }
            Message::Within(number) => {
                let around = self.shown.last()?;
                let Some(Preview::Mail(mail)) = &around.preview else { return None };
                let attachment = at(&mail.email.attachments, number)?;
                let numbers = around.place.numbers.iter().copied().chain([number]).collect();
                self.show(Place { email, numbers }, attachment)
            }
            Message::Source(subject) => {
                self.shown.clear();
                let attachment =
                    Attachment { name: words::file_of_mail(&subject), media_type: SOURCE.into(), size: 0 };
                self.show(Place { email, numbers: Vec::new() }, attachment)
            }
            Message::Loaded(place, preview) => {
                if let Some(shown) = self.shown.iter_mut().find(|shown| shown.place == place) {
                    shown.preview = Some(preview);
                }
                None
            }
            Message::Open => {
                let shown = self.shown.last()?;
                if is_program(&shown.attachment.name) && !self.is_asking {
                    self.is_asking = true;
                    return None;
                }
                self.open()
            }
            Message::OpenAnyway => self.open(),
            Message::Save => {
                let shown = self.shown.last()?;
                Some(Ask::Save(shown.place.clone(), shown.attachment.name.clone()))
            }
            Message::SaveAll | Message::Progress(..) | Message::Fetched(..) | Message::Stop(_) => None,
            Message::Ended(outcome) => {
                self.outcome = (!matches!(outcome, Outcome::Left | Outcome::Opened)).then_some(outcome);
                None
            }
            Message::Close => {
                self.shown.pop();
                (self.is_asking, self.outcome) = (false, None);
                None
            }
        }
    }

    fn show(&mut self, place: Place, attachment: Attachment) -> Option<Ask> {
        (self.is_asking, self.outcome) = (false, None);
        self.shown.push(Shown { place: place.clone(), attachment: attachment.clone(), preview: None });
        Some(Ask::Preview(place, attachment))
    }

    fn open(&mut self) -> Option<Ask> {
        self.is_asking = false;
        let shown = self.shown.last()?;
        Some(Ask::Open(shown.place.clone(), shown.attachment.name.clone()))
    }
}

fn at(files: &[Attachment], number: u32) -> Option<Attachment> {
    let place = usize::try_from(number).ok()?.checked_sub(1)?;
    files.get(place).cloned()
}

/// Whether opening it runs it, or what is in it (SAFETY.md 16), on any of the systems.
pub(super) fn is_program(name: &str) -> bool {
    const PROGRAMS: [&str; 58] = [
        "apk",
        "app",
        "appimage",
        "applescript",
        "bash",
        "bat",
        "bin",
        "chm",
        "cmd",
        "com",
        "command",
        "cpl",
        "csh",
        "deb",
        "desktop",
        "dll",
        "dmg",
        "docm",
        "elf",
        "exe",
        "gadget",
        "hta",
        "inf",
        "iso",
        "img",
        "jar",
        "jnlp",
        "js",
        "jse",
        "lnk",
        "msc",
        "msi",
        "msp",
        "pif",
        "pkg",
        "pl",
        "ps1",
        "psm1",
        "py",
        "rb",
        "reg",
        "rpm",
        "run",
        "scr",
        "sct",
        "sh",
        "svg",
        "htm",
        "html",
        "url",
        "vb",
        "vbe",
        "vbs",
        "vhd",
        "wsf",
        "wsh",
        "xlsm",
        "xhtml",
    ];
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension).trim();
    PROGRAMS.iter().any(|program| extension.eq_ignore_ascii_case(program))
}

/// What stands below the mail: a chip for each file.
pub(super) fn view<'a>(
    attachments: &'a [Attachment],
    parts: &[PartFacts],
    files: &'a Files,
) -> Option<Element<'a, Reader>> {
    if attachments.is_empty() {
        return None;
    }
    let chips = (1_u32..).zip(attachments).map(|(number, attachment)| {
        if files.downloads.is_missing(parts, number) {
            files.downloads.chip(number, attachment)
        } else {
            chip(attachment, Message::Show(number))
        }
    });
    let mut all = column![wrapped(chips)].spacing(8);
    let outcome = files.outcome.as_ref().filter(|_| !files.is_open()).map(outcome);
    let outcome = match files.downloads.is_for_all() {
        true => Some(paragraph(words::FETCHING_FILES, theme::SMALL).style(ink(|t| t.muted)).into()),
        false => outcome,
    };
    if attachments.len() > 1 || outcome.is_some() {
        let save = (attachments.len() > 1).then(|| plain(words::SAVE_ALL).on_press(Message::SaveAll));
        all = all.push(row![].push(save).push(outcome).spacing(12).align_y(Center));
    }
    Some(Element::from(all).map(Reader::File))
}

fn chips<'a>(attachments: &'a [Attachment], pressed: fn(u32) -> Message) -> Element<'a, Message> {
    wrapped((1_u32..).zip(attachments).map(|(number, attachment)| chip(attachment, pressed(number))))
}

fn wrapped<'a>(chips: impl Iterator<Item = Element<'a, Message>>) -> Element<'a, Message> {
    row(chips).spacing(8).wrap().vertical_spacing(8).into()
}

fn chip(attachment: &Attachment, pressed: Message) -> Element<'_, Message> {
    let name = paragraph(attachment.name.as_str(), theme::CHROME).wrapping(text::Wrapping::WordOrGlyph);
    let size = paragraph(words::size(attachment.size), theme::TINY).style(ink(|t| t.muted));
    let inside = row![small(kind(&attachment.media_type)).style(ink(|t| t.muted)), name, size];
    press(inside.spacing(8).align_y(Center).wrap(), attachment.name.clone())
        .padding([6, 12])
        .style(chip_look)
        .on_press(pressed)
        .into()
}

pub(super) fn chip_look(theme: &iced::Theme, status: Status) -> Look {
    let t = theme::of(theme);
    let (ground, line) = match status {
        Status::Hovered | Status::Pressed => (t.canvas.0, t.muted.0),
        _ => (t.raised.0, t.line.0),
    };
    Look {
        background: ground,
        text: t.text.0,
        border: Border { color: line, width: 1.0, radius: 6.0.into() },
    }
}

/// The file that is shown above the mail.
pub(super) fn overlay(files: &Files) -> Option<Element<'_, Reader>> {
    let shown = files.shown.last()?;
    let name = shown.attachment.name.as_str();
    let size = words::size(shown.attachment.size);
    let is_source = shown.attachment.media_type == SOURCE;
    let title = column![paragraph(name, theme::CHROME).font(theme::STRONG),]
        .push((!is_source).then(|| paragraph(size, theme::SMALL).style(ink(|t| t.muted))));
    let is_mail = is_source || matches!(shown.preview, Some(Preview::Mail(_)));
    let open = (!is_mail).then(|| plain(words::OPEN).on_press(Message::Open));
    let close = icon_button(Icon::X, words::CLOSE, "Esc", Some(Message::Close), None);
    let head = row![small(kind(&shown.attachment.media_type)).style(ink(|t| t.muted)), title.width(Fill)]
        .push(open)
        .push(plain(words::SAVE_AS).on_press(Message::Save))
        .push(close)
        .spacing(10)
        .align_y(Center);
    let question = files.is_asking.then(|| question(name));
    let outcome = files.outcome.as_ref().map(outcome);
    let content = match &shown.preview {
        None => middle(words::READING_FILE),
        Some(Preview::Nothing) => middle(words::NO_PREVIEW),
        Some(Preview::Picture(handle)) => {
            container(Image::new(handle.clone())).center(Fill).padding(16).into()
        }
        Some(Preview::Text(content)) => {
            let words = paragraph(content.as_str(), theme::READING);
            scrolling(container(words).padding([12, 24]).width(Fill)).width(Fill).height(Fill).into()
        }
        Some(Preview::Mail(mail)) => mail_within(mail),
    };
    let inside = column![container(head).padding([10, 16]), ui::across()]
        .push(question)
        .push(outcome.map(|outcome| container(outcome).padding([8, 16])))
        .push(content);
    let card = container(inside).width(Fill).height(Fill).style(ui::floating(8.0));
    // All of the mail is behind it.
    let ground = container(card).padding(12).style(|theme: &iced::Theme| container::Style {
        background: Some(theme::of(theme).surface.0.into()),
        ..container::Style::default()
    });
    Some(Element::from(iced::widget::opaque(ground)).map(Reader::File))
}

fn middle<'a>(words: &'a str) -> Element<'a, Message> {
    container(paragraph(words, theme::CHROME).style(ink(|t| t.muted))).center(Fill).padding(24).into()
}

/// A program is opened only after a question, and its whole name is in it.
fn question<'a>(name: &'a str) -> Element<'a, Message> {
    let verbs = row![
        space().width(Fill),
        plain(words::OPEN_ANYWAY).on_press(Message::OpenAnyway),
        primary(words::SAVE_AS).on_press(Message::Save),
    ]
    .align_y(Center);
    let inside = column![
        paragraph(words::opens_a_program(name), theme::CHROME).font(theme::MEDIUM),
        verbs.spacing(10)
    ];
    container(inside.spacing(8))
        .padding([10, 16])
        .width(Fill)
        .style(|theme: &iced::Theme| container::Style {
            background: Some(theme::of(theme).errbg.into()),
            text_color: Some(theme::of(theme).text.0),
            ..container::Style::default()
        })
        .into()
}

fn outcome<'a>(outcome: &Outcome) -> Element<'a, Message> {
    let (words, tone): (String, fn(&theme::Tokens) -> theme::Hex) = match outcome {
        Outcome::Saved(path) => (words::saved(1, &path.display().to_string()), |t| t.muted),
        Outcome::SavedAll(count, path) => (words::saved(*count, &path.display().to_string()), |t| t.muted),
        Outcome::SavedUnasked(path) => (words::saved_unasked(1, &path.display().to_string()), |t| t.muted),
        Outcome::SavedAllUnasked(count, path) => {
            (words::saved_unasked(*count, &path.display().to_string()), |t| t.muted)
        }
        Outcome::Failed(why) => (why.clone(), |t| t.wax),
        Outcome::Opened | Outcome::Left => (String::new(), |t| t.muted),
    };
    paragraph(words, theme::SMALL).style(ink(tone)).into()
}

/// A mail within the mail: who, what, and its text.
fn mail_within(mail: &OpenedEmail) -> Element<'_, Message> {
    let email = &mail.email;
    let subject = if email.subject.is_empty() { words::NO_SUBJECT } else { email.subject.as_str() };
    let mut head = column![paragraph(subject, theme::HEADING).font(theme::STRONG)].spacing(4);
    for (label, people) in [(words::FROM, &email.from), (words::TO, &email.to), (words::COPY, &email.cc)] {
        if !people.is_empty() {
            let label = paragraph(label, theme::SMALL).style(ink(|t| t.muted)).width(60);
            let people = people.iter().map(in_full).collect::<Vec<_>>().join(", ");
            head = head.push(row![label, paragraph(people, theme::SMALL).width(Fill)]);
        }
    }
    let text = if email.text.is_empty() { words::NO_TEXT } else { email.text.as_str() };
    let inside = column![head, paragraph(text, theme::READING)].spacing(16);
    let inside =
        inside.push((!email.attachments.is_empty()).then(|| chips(&email.attachments, Message::Within)));
    let inside = container(inside.max_width(theme::READING_WIDTH)).padding([16, 24]).width(Fill);
    scrolling(inside).width(Fill).height(Fill).into()
}

pub(super) fn in_full(address: &Address) -> String {
    match (address.name.as_str(), address.address.as_str()) {
        ("", address) => address.to_owned(),
        (name, "") => name.to_owned(),
        (name, address) => format!("{name} <{address}>"),
    }
}

pub(super) fn kind(media_type: &str) -> Icon {
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

    fn file(name: &str) -> Attachment {
        Attachment { name: name.into(), media_type: "x/y".into(), size: 1 }
    }

    const EMAIL: EmailId = EmailId(7);

    fn place(numbers: &[u32]) -> Place {
        Place { email: EMAIL, numbers: numbers.to_vec() }
    }

    #[test]
    fn a_program_is_opened_after_a_question_alone() {
        let (mut files, list) = (Files::default(), [file("bill.pdf"), file("photo.jpg.exe")]);
        let mut say = |message| files.update(message, EMAIL, (&list, &[])).pop();
        assert_eq!(say(Message::Show(1)), Some(Ask::Preview(place(&[1]), file("bill.pdf"))));
        assert_eq!(say(Message::Open), Some(Ask::Open(place(&[1]), "bill.pdf".into())));
        assert_eq!(say(Message::Show(2)), Some(Ask::Preview(place(&[2]), file("photo.jpg.exe"))));
        assert_eq!(say(Message::Open), None);
        assert_eq!(say(Message::OpenAnyway), Some(Ask::Open(place(&[2]), "photo.jpg.exe".into())));
        assert_eq!(say(Message::Show(3)), None, "there is no such file");
    }

    #[test]
    fn the_source_of_a_mail_is_shown_and_saved_as_a_file_of_it() {
        let mut files = Files::default();
        let asked = files.update(Message::Source("Re: a/b\\c".into()), EMAIL, (&[], &[])).pop();
        let Some(Ask::Preview(at, source)) = asked else { panic!("{asked:?}") };
        assert_eq!((at, source.name.as_str()), (place(&[]), "Re abc.eml"));
        assert_eq!(
            files.update(Message::Save, EMAIL, (&[], &[])).pop(),
            Some(Ask::Save(place(&[]), "Re abc.eml".into()))
        );
        assert_eq!(words::file_of_mail("..//"), "Mail.eml");
    }

    #[test]
    fn a_mail_within_a_mail_shows_its_own_files() {
        let (mut files, list) = (Files::default(), [file("inner.eml")]);
        let _ = files.update(Message::Show(1), EMAIL, (&list, &[])).pop();
        assert_eq!(files.update(Message::Within(1), EMAIL, (&list, &[])).pop(), None, "it isn't read yet");
        let mut inner = OpenedEmail::default();
        inner.email.attachments = vec![file("a"), file("b")];
        let _ = files
            .update(Message::Loaded(place(&[1]), Preview::Mail(inner.into())), EMAIL, (&list, &[]))
            .pop();
        assert_eq!(
            files.update(Message::Within(2), EMAIL, (&list, &[])).pop(),
            Some(Ask::Preview(place(&[1, 2]), file("b")))
        );
        let _ = files.update(Message::Close, EMAIL, (&list, &[])).pop();
        assert_eq!(
            files.update(Message::Save, EMAIL, (&list, &[])).pop(),
            Some(Ask::Save(place(&[1]), "inner.eml".into()))
        );
    }

    fn missing(is_missing: bool) -> PartFacts {
        PartFacts { is_missing, ..PartFacts::default() }
    }

    #[test]
    fn a_file_that_is_not_here_is_fetched_and_then_shown() {
        let (mut files, list) = (Files::default(), [file("film.mp4"), file("b")]);
        let parts = [missing(true), missing(false)];
        let mut say = |message| files.update(message, EMAIL, (&list, &parts));
        assert_eq!(say(Message::Show(1)), [Ask::Fetch(EMAIL, 1)]);
        assert_eq!(say(Message::Show(1)), [], "it is being fetched");
        assert_eq!(say(Message::Progress(EMAIL, 1, (50, 200))), []);
        assert_eq!(say(Message::Fetched(EmailId(8), 1, Ok(()))), [], "that is another mail's");
        assert_eq!(say(Message::Stop(1)), [Ask::Stop(EMAIL, 1)]);
        assert_eq!(say(Message::Fetched(EMAIL, 1, Err(None))), []);
        assert_eq!(say(Message::Stop(1)), [], "there is nothing to stop");
        assert_eq!(say(Message::Show(1)), [Ask::Fetch(EMAIL, 1)]);
        assert_eq!(say(Message::Fetched(EMAIL, 1, Err(Some("no connection".into())))), []);
        assert_eq!(say(Message::Show(1)), [Ask::Fetch(EMAIL, 1)], "it is tried again");
        assert_eq!(say(Message::Fetched(EMAIL, 1, Ok(()))), [Ask::Preview(place(&[1]), file("film.mp4"))]);
        assert_eq!(say(Message::Show(1)), [Ask::Preview(place(&[1]), file("film.mp4"))]);
    }

    #[test]
    fn all_files_are_saved_when_all_are_here() {
        let (mut files, list) = (Files::default(), [file("a"), file("b"), file("c")]);
        let parts = [missing(true), missing(false), missing(true)];
        let mut say = |message| files.update(message, EMAIL, (&list, &parts));
        assert_eq!(say(Message::SaveAll), [Ask::Fetch(EMAIL, 1), Ask::Fetch(EMAIL, 3)]);
        assert_eq!(say(Message::SaveAll), []);
        assert_eq!(say(Message::Fetched(EMAIL, 3, Ok(()))), []);
        assert_eq!(say(Message::Fetched(EMAIL, 1, Ok(()))), [Ask::SaveAll(EMAIL)]);
        assert_eq!(say(Message::SaveAll), [Ask::SaveAll(EMAIL)]);
    }

    #[test]
    fn programs_are_known_by_the_last_end_of_their_names() {
        for name in ["a.exe", "photo.jpg.SCR", "x.desktop", "page.html", "photo.jpg .exe "] {
            assert!(is_program(name), "{name}");
        }
        for name in ["exe", "a.pdf", "a.exe.txt", "a.jpg"] {
            assert!(!is_program(name), "{name}");
        }
    }
}
