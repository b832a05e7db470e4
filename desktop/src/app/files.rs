//! Files of the open mail: read, shown, opened and saved.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use iced::Task;
use iced::advanced::image::Handle;
use tempfile::TempDir;
use waxwing_core::error::{Error, ErrorKind};
use waxwing_core::mime::{self, Wanted};
use waxwing_core::model::{Attachment, EmailId};
use waxwing_core::{Command, Done, Reader, Ticket};

use super::{App, Message};
use crate::picture::Bounds;
use crate::platform::browser;
use crate::platform::dialog::{self, Answer};
use crate::screen::mailbox;
use crate::screen::reader::{self, FileAsk, OnFile, Outcome, Place, Preview, SOURCE};
use crate::words;
use crate::words::trouble::trouble;

/// Pictures are shown no larger than this, so that a photo takes no hundred megabytes to paint.
const BOUNDS: Bounds = Bounds { most_to_decode: 64 << 20, longest: 1_600 };
/// Most of a text that is shown.
const MOST_TEXT: usize = 200 << 10;

/// What was asked of the engine about files.
#[derive(Default)]
pub(super) struct Asked {
    /// Files that are fetched.
    parts: HashMap<Ticket, (EmailId, u32)>,
    /// Whole mails that are fetched, and what for.
    whole: HashMap<Ticket, FileAsk>,
}

impl App {
    pub(super) fn with_files(&mut self, ask: FileAsk) -> Task<Message> {
        let Some(engine) = &self.engine else { return Task::none() };
        let reader = engine.reader();
        match ask {
            // The mail as it is on the server is more than what is read of it.
            FileAsk::Preview(ref place, _) | FileAsk::Save(ref place, _)
                if place.numbers.is_empty() && reader.raw_is_missing(place.email).unwrap_or(false) =>
            {
                let ticket = engine.submit(Command::FetchWhole { email: place.email });
                self.files.whole.insert(ticket, ask);
                Task::none()
            }
            FileAsk::Fetch(email, part) => {
                let ticket = engine.submit(Command::FetchPart { email, part });
                self.files.parts.insert(ticket, (email, part));
                Task::none()
            }
            FileAsk::Stop(email, part) => {
                let stopped = self.files.parts.iter().filter(|(_, its)| **its == (email, part));
                for ticket in stopped.map(|(ticket, _)| *ticket) {
                    engine.submit(Command::Cancel { ticket });
                }
                Task::none()
            }
            FileAsk::Preview(place, file) => {
                let read = async move {
                    let preview =
                        content(&reader, &place).map_or(Preview::Nothing, |octets| preview(&file, &octets));
                    OnFile::Loaded(place, preview)
                };
                Task::perform(read, on_file)
            }
            FileAsk::Open(place, name) => {
                let Some(directory) = self.private_directory() else {
                    return Task::done(on_file(OnFile::Ended(Outcome::Failed(words::NOT_OPENED.into()))));
                };
                Task::perform(
                    async move { OnFile::Ended(open(&reader, &place, directory.join(name)).await) },
                    on_file,
                )
            }
            FileAsk::Save(place, name) => {
                Task::perform(async move { OnFile::Ended(save(&reader, &place, name).await) }, on_file)
            }
            FileAsk::SaveAll(email) => {
                Task::perform(async move { OnFile::Ended(save_all(&reader, email).await) }, on_file)
            }
        }
    }

    /// What follows from the end of a command about files; `None`: it is about something else.
    pub(super) fn file_fetched(
        &mut self,
        ticket: Ticket,
        outcome: &Result<Done, Error>,
    ) -> Option<Task<Message>> {
        if let Some((email, part)) = self.files.parts.remove(&ticket) {
            let outcome = outcome
                .as_ref()
                .map(|_| ())
                .map_err(|error| (error.kind() != ErrorKind::Canceled).then(|| trouble(error, "").title));
            return Some(self.update(on_file(OnFile::Fetched(email, part, outcome))));
        }
        let ask = self.files.whole.remove(&ticket)?;
        Some(match outcome {
            Ok(_) => self.with_files(ask),
            Err(error) => {
                let failed = OnFile::Ended(Outcome::Failed(trouble(error, "").title));
                let task = self.update(on_file(failed));
                match ask {
                    FileAsk::Preview(place, _) => {
                        Task::batch([task, self.update(on_file(OnFile::Loaded(place, Preview::Nothing)))])
                    }
                    _ => task,
                }
            }
        })
    }

    /// One for each file that is opened, since two may have one name; all go when the window does.
    fn private_directory(&mut self) -> Option<PathBuf> {
        let directory = TempDir::with_prefix("waxwing-").ok()?;
        let path = directory.path().to_owned();
        self.opened_files.push(directory);
        Some(path)
    }

    pub(super) fn unsubscribe(&mut self, email: EmailId) -> Task<Message> {
        let Some(engine) = &self.engine else { return Task::none() };
        let ticket = engine.submit(Command::LeaveList { email });
        self.unsubscribing = Some(ticket);
        Task::none()
    }
}

fn on_file(message: OnFile) -> Message {
    Message::Mailbox(mailbox::Message::Reader(reader::Message::File(message)))
}

/// The octets of a file, decoded of their way; of a mail within a mail by way of that.
fn content(reader: &Reader, place: &Place) -> Result<Vec<u8>, Error> {
    let gone = || Error::new(ErrorKind::NotFound);
    let Some((first, within)) = place.numbers.split_first() else { return reader.raw(place.email) };
    let mut octets = reader.readable(place.email)?.part(*first).ok_or_else(gone)?;
    for number in within {
        octets = mime::part(&octets, *number).ok_or_else(gone)?;
    }
    Ok(octets)
}

fn preview(file: &Attachment, octets: &[u8]) -> Preview {
    if file.media_type == SOURCE {
        // As it is, but for what would move other letters about.
        let text = String::from_utf8_lossy(octets.get(..MOST_TEXT).unwrap_or(octets));
        let seen = |letter: &char| matches!(letter, '\n' | '\t') || !letter.is_control();
        return Preview::Text(text.chars().filter(seen).collect());
    }
    let name = file.name.to_ascii_lowercase();
    if matches!(file.media_type.as_str(), "message/rfc822" | "message/global" | "application/ms-tnef")
        || name.ends_with(".eml")
    {
        return Preview::Mail(Box::new(mime::open(octets, Wanted::default())));
    }
    if let Some(picture) = picture(octets) {
        return Preview::Picture(picture);
    }
    let is_text = file.media_type.starts_with("text/")
        || file.media_type.starts_with("message/")
        || matches!(file.media_type.as_str(), "application/json" | "application/xml")
        || [".txt", ".log", ".csv", ".md", ".json", ".xml", ".ics"].iter().any(|end| name.ends_with(end));
    let Some(text) = is_text.then(|| mime::plain_text(octets)).filter(|text| !text.trim().is_empty()) else {
        return Preview::Nothing;
    };
    let end = text.floor_char_boundary(MOST_TEXT);
    Preview::Text(text.get(..end).unwrap_or_default().to_owned())
}

fn picture(octets: &[u8]) -> Option<Handle> {
    let picture = BOUNDS.decode(octets)?;
    Some(Handle::from_rgba(picture.width(), picture.height(), picture.into_rgba8().into_raw()))
}

/// Opens a copy that nobody else can read.
async fn open(reader: &Reader, place: &Place, path: PathBuf) -> Outcome {
    let Ok(octets) = content(reader, place) else { return Outcome::Failed(words::FILE_GONE.into()) };
    if write_new(&path, &octets).is_err() || !browser::open_file(&path).await {
        return Outcome::Failed(words::NOT_OPENED.into());
    }
    Outcome::Opened
}

async fn save(reader: &Reader, place: &Place, name: String) -> Outcome {
    let Ok(octets) = content(reader, place) else { return Outcome::Failed(words::FILE_GONE.into()) };
    let not_saved = |error: std::io::Error| Outcome::Failed(words::not_saved(&error.to_string()));
    match dialog::save_file(name.clone()).await {
        // The dialog asks before it gives a name that is taken.
        Answer::Chosen(path) => replace(&path, &octets).map_or_else(not_saved, |()| Outcome::Saved(path)),
        Answer::Left => Outcome::Left,
        Answer::NoDialog => match dialog::downloads() {
            Some(folder) => {
                write_beside(&folder, &name, &octets).map_or_else(not_saved, Outcome::SavedUnasked)
            }
            None => Outcome::Failed(words::NO_DIALOG.into()),
        },
    }
}

async fn save_all(reader: &Reader, email: EmailId) -> Outcome {
    let Ok(mail) = reader.readable(email) else { return Outcome::Failed(words::FILE_GONE.into()) };
    let (directory, is_asked) = match dialog::pick_folder().await {
        Answer::Chosen(folder) => (folder, true),
        Answer::Left => return Outcome::Left,
        Answer::NoDialog => match dialog::downloads() {
            Some(folder) => (folder, false),
            None => return Outcome::Failed(words::NO_DIALOG.into()),
        },
    };
    let files = mime::parse(&mail.octets).attachments;
    let mut count = 0;
    for (number, file) in (1..).zip(&files) {
        let Some(octets) = mail.part(number) else { return Outcome::Failed(words::FILE_GONE.into()) };
        if let Err(error) = write_beside(&directory, &file.name, &octets) {
            return Outcome::Failed(words::not_saved(&error.to_string()));
        }
        count += 1;
    }
    if is_asked { Outcome::SavedAll(count, directory) } else { Outcome::SavedAllUnasked(count, directory) }
}

/// Under its name, or under that with a number where there is something of that name: nothing is overwritten.
/// Says where it is.
fn write_beside(directory: &Path, name: &str, octets: &[u8]) -> std::io::Result<PathBuf> {
    const MOST_TRIES: u32 = 1_000;
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => (stem, format!(".{extension}")),
        _ => (name, String::new()),
    };
    for number in 1..MOST_TRIES {
        let name = if number == 1 { name.to_owned() } else { format!("{stem} ({number}){extension}") };
        let path = directory.join(name);
        match write_new(&path, octets) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            done => return done.map(|()| path),
        }
    }
    Err(std::io::ErrorKind::AlreadyExists.into())
}

/// Writes a file that wasn't there, for its user alone; nothing is left of one that fails.
fn write_new(path: &Path, octets: &[u8]) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    written(file, octets).inspect_err(|_| {
        let _ = std::fs::remove_file(path);
    })
}

fn written(mut file: File, octets: &[u8]) -> std::io::Result<()> {
    file.write_all(octets)?;
    file.sync_all()
}

/// Puts a file in the place of what was there, once all of it is written.
fn replace(path: &Path, octets: &[u8]) -> std::io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(octets)?;
    file.as_file().sync_all()?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::tests::png;

    fn file(name: &str, media_type: &str) -> Attachment {
        Attachment { name: name.into(), media_type: media_type.into(), size: 0 }
    }

    #[test]
    fn what_a_file_is_decides_what_is_shown_of_it() {
        let shown = |name, media_type, octets: &[u8]| preview(&file(name, media_type), octets);
        assert!(matches!(shown("a", "application/octet-stream", &png(4, 3)), Preview::Picture(_)));
        assert!(
            matches!(shown("a.txt", "application/octet-stream", "Grüße".as_bytes()), Preview::Text(text) if text == "Grüße")
        );
        assert!(
            matches!(shown("a.txt", "text/plain", b"Gr\xfc\xdfe"), Preview::Text(text) if text == "Grüße")
        );
        assert!(
            matches!(shown("a.eml", "application/octet-stream", b"Subject: x\r\n\r\ny"), Preview::Mail(mail) if mail.email.subject == "x")
        );
        assert!(
            matches!(shown("a.eml", SOURCE, b"Subject: =?x?=\r\n\x07y"), Preview::Text(text) if text == "Subject: =?x?=\ny")
        );
        assert!(matches!(shown("a.pdf", "application/pdf", b"%PDF"), Preview::Nothing));
        assert!(matches!(shown("a.png", "image/png", b"no picture"), Preview::Nothing));
    }

    #[test]
    fn nothing_that_is_there_is_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| std::fs::read(directory.path().join(name)).unwrap();
        for octets in [b"1", b"2", b"3"] {
            write_beside(directory.path(), "a.tar.gz", octets).unwrap();
        }
        assert_eq!([at("a.tar.gz"), at("a.tar (2).gz"), at("a.tar (3).gz")], [b"1", b"2", b"3"]);
        assert!(write_new(&directory.path().join("a.tar.gz"), b"x").is_err());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(directory.path().join("a.tar.gz")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}
