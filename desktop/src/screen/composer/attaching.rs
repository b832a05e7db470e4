//! Files that go along.

use waxwing_core::Command;
use waxwing_core::model::NewFile;

use super::{Action, Asked, Message, State};
use crate::words::writing as words;

impl State {
    pub(super) fn on_files(&mut self, message: Message) -> Vec<Action> {
        match message {
            Message::Attach => vec![Action::ChooseFiles],
            Message::Chosen(paths) => vec![Action::Read(paths)],
            Message::NoDialog => {
                self.trouble = Some(words::NO_DIALOG_TO_ATTACH.into());
                Vec::new()
            }
            Message::Hovered(is_hovered) => {
                self.is_hovered = is_hovered;
                Vec::new()
            }
            Message::Dropped(path) => {
                self.is_hovered = false;
                vec![Action::Read(vec![path])]
            }
            Message::FileRead(file) => self.add(file),
            Message::FileFailed(name, why) => {
                self.trouble = Some(words::not_attached(&name, &why));
                Vec::new()
            }
            Message::RemoveFile(file) => match self.draft {
                Some(draft) => {
                    self.files.retain(|it| it.id != file);
                    vec![Action::Do(Asked::RemoveFile, Box::new(Command::RemoveFile { draft, file }))]
                }
                None => Vec::new(),
            },
            Message::Paste => vec![Action::ReadClipboard { picture_alone: false }],
            Message::PastePicture => vec![Action::ReadClipboard { picture_alone: true }],
            Message::Pasted(text) => {
                self.text.insert(&text);
                self.changed()
            }
            Message::NoPicture => {
                self.trouble = Some(words::NO_PICTURE.into());
                Vec::new()
            }
            Message::Files(files) => {
                self.files = files;
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// Adds a file as soon as there is a draft for it to be in.
    pub(super) fn add(&mut self, file: NewFile) -> Vec<Action> {
        self.forgets = false;
        self.waiting_files.push(file);
        if self.draft.is_some() {
            return self.add_waiting();
        }
        let mut actions = self.changed();
        actions.extend(self.save());
        actions
    }

    pub(super) fn add_waiting(&mut self) -> Vec<Action> {
        let Some(draft) = self.draft else { return Vec::new() };
        let waiting = std::mem::take(&mut self.waiting_files);
        self.adding += waiting.len();
        let add = |file: NewFile| {
            let name = match &file {
                NewFile::Octets { name, .. } => name.clone(),
                NewFile::Mail(_) | NewFile::Part { .. } => words::FORWARD.to_owned(),
            };
            Action::Do(Asked::AddFile(name), Box::new(Command::AddFile { draft, file }))
        };
        waiting.into_iter().map(add).collect()
    }

    pub(super) fn read_files(&self) -> Vec<Action> {
        self.draft.map(Action::ReadFiles).into_iter().collect()
    }
}

/// What a file is, by the end of its name; what isn't known here is octets.
pub fn media_type(name: &str) -> &'static str {
    let end = name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).unwrap_or_default();
    match end.as_str() {
        "txt" | "log" | "md" => "text/plain",
        "csv" => "text/csv",
        "html" | "htm" => "text/html",
        "ics" => "text/calendar",
        "vcf" => "text/vcard",
        "pdf" => "application/pdf",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "svg" => "image/svg+xml",
        "heic" => "image/heic",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        "mp4" => "video/mp4",
        "zip" => "application/zip",
        "gz" => "application/gzip",
        "json" => "application/json",
        "xml" => "application/xml",
        "doc" => "application/msword",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xls" => "application/vnd.ms-excel",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "ppt" => "application/vnd.ms-powerpoint",
        "pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "odt" => "application/vnd.oasis.opendocument.text",
        "ods" => "application/vnd.oasis.opendocument.spreadsheet",
        "odp" => "application/vnd.oasis.opendocument.presentation",
        "eml" => "message/rfc822",
        _ => "application/octet-stream",
    }
}
