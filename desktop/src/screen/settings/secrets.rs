//! Where passwords are kept, and changing it.

use iced::Element;
use iced::widget::{column, container};
use waxwing_core::model::{ChosenPlace, FileState, KeyringState, Secret, SecretPlace, SecretPlaces};
use waxwing_core::{Error, ErrorKind};

use super::{AGAIN_FIELD, PASSPHRASE_FIELD};
use crate::theme;
use crate::ui::form::{choice, labelled};
use crate::ui::{ink, paragraph, plain};
use crate::widget::Field;
use crate::words::{settings as texts, setup};

/// How it stands and what is typed.
#[derive(Clone, Debug)]
pub(super) struct Secrets {
    pub(super) places: Option<SecretPlaces>,
    /// The file was chosen, and its passphrase is being typed.
    is_typing: bool,
    passphrase: Secret,
    again: Secret,
    problem: Option<&'static str>,
    /// What was asked for last, to say what went wrong with it.
    asked: ChosenPlace,
}

impl Default for Secrets {
    fn default() -> Self {
        Self {
            places: None,
            is_typing: false,
            passphrase: Secret::new(""),
            again: Secret::new(""),
            problem: None,
            asked: ChosenPlace::Keyring,
        }
    }
}

/// What can happen to it.
#[derive(Clone, Debug)]
pub enum Message {
    Choose(ChosenPlace),
    Passphrase(Secret),
    Again(Secret),
    UseFile,
}

/// What is to be done then.
pub(super) enum Next {
    Nothing,
    Focus(&'static str),
    Keep(SecretPlace),
}

impl Secrets {
    pub(super) fn update(&mut self, message: Message) -> Next {
        match message {
            Message::Choose(place) => {
                self.problem = None;
                self.is_typing = place == ChosenPlace::File && !self.has_open_file();
                self.asked = place;
                match place {
                    ChosenPlace::Keyring => Next::Keep(SecretPlace::Keyring),
                    ChosenPlace::Session => Next::Keep(SecretPlace::Session),
                    ChosenPlace::File => Next::Focus(PASSPHRASE_FIELD),
                }
            }
            Message::Passphrase(text) => {
                self.passphrase = text;
                Next::Nothing
            }
            Message::Again(text) => {
                self.again = text;
                Next::Nothing
            }
            Message::UseFile => self.use_file(),
        }
    }

    fn use_file(&mut self) -> Next {
        self.problem = None;
        if self.passphrase.reveal().is_empty() {
            self.problem = Some(setup::PASSPHRASE_MISSING);
            return Next::Focus(PASSPHRASE_FIELD);
        }
        if self.is_new_file() && self.passphrase.reveal() != self.again.reveal() {
            self.problem = Some(setup::PASSPHRASES_DIFFER);
            return Next::Focus(AGAIN_FIELD);
        }
        self.asked = ChosenPlace::File;
        Next::Keep(SecretPlace::File { passphrase: self.passphrase.clone() })
    }

    /// The answer of the engine.
    pub(super) fn answered(&mut self, error: Option<Error>) {
        let Some(error) = error else {
            self.is_typing = false;
            (self.passphrase, self.again) = (Secret::new(""), Secret::new(""));
            return;
        };
        self.problem = Some(match (self.asked, error.kind()) {
            (ChosenPlace::File, ErrorKind::VaultLocked) => setup::PASSPHRASE_WRONG,
            (ChosenPlace::File, _) => setup::FILE_DAMAGED,
            (_, ErrorKind::VaultLocked) => setup::STILL_LOCKED,
            (..) => setup::NO_KEYRING,
        });
    }

    fn file(&self) -> FileState {
        self.places.map_or(FileState::None, |places| places.file)
    }

    fn is_new_file(&self) -> bool {
        self.file() == FileState::None
    }

    fn has_open_file(&self) -> bool {
        let is_chosen = self.places.is_some_and(|places| places.chosen == ChosenPlace::File);
        is_chosen && self.file() == FileState::Open
    }

    /// What stands in the way of the place that is chosen.
    fn trouble(&self) -> Option<&'static str> {
        let places = self.places?;
        match (places.chosen, places.keyring, places.file) {
            (ChosenPlace::Keyring, KeyringState::Locked, _) => Some(texts::KEYRING_LOCKED),
            (ChosenPlace::Keyring, KeyringState::Absent, _) => Some(texts::KEYRING_ABSENT),
            (ChosenPlace::File, _, FileState::Locked) => Some(texts::FILE_LOCKED),
            (ChosenPlace::File, _, FileState::Damaged) => Some(texts::FILE_DAMAGED),
            _ => None,
        }
    }
}

/// The choice, and the passphrase of the file where it is to be typed. Nothing where there is nothing to choose.
pub(super) fn view(secrets: &Secrets) -> Option<Element<'_, super::Message>> {
    let places = secrets.places?;
    let is_locked = places.chosen == ChosenPlace::File && places.file == FileState::Locked;
    let shows_fields = secrets.is_typing || is_locked;
    let marked = if secrets.is_typing { ChosenPlace::File } else { places.chosen };
    let entry =
        |place, words| choice(words, marked == place, super::Message::Secrets(Message::Choose(place)));
    let mut lines = column![
        entry(ChosenPlace::Keyring, texts::IN_KEYRING),
        entry(ChosenPlace::File, texts::IN_FILE),
        entry(ChosenPlace::Session, texts::FOR_RUN),
    ]
    .spacing(4);
    if let Some(trouble) = secrets.trouble().filter(|_| !secrets.is_typing) {
        lines = lines.push(paragraph(trouble, theme::SMALL).style(ink(|t| t.warn)));
    }
    if shows_fields {
        lines = lines.push(container(passphrases(secrets)).padding([8, 0]));
    } else {
        lines =
            lines.push(secrets.problem.map(|problem| paragraph(problem, theme::SMALL).style(ink(|t| t.wax))));
    }
    Some(lines.into())
}

fn passphrases(secrets: &Secrets) -> Element<'_, super::Message> {
    let field = |id, secret: &Secret, message: fn(Secret) -> Message| {
        let on_input = move |text| super::Message::Secrets(message(Secret::new(text)));
        Field::new(id, "", secret.reveal(), true, on_input, Some(super::Message::Secrets(Message::UseFile)))
    };
    let first = field(PASSPHRASE_FIELD, &secrets.passphrase, Message::Passphrase);
    let again = field(AGAIN_FIELD, &secrets.again, Message::Again);
    let differs = secrets.problem == Some(setup::PASSPHRASES_DIFFER);
    let hint = secrets.is_new_file().then_some(setup::PASSPHRASE_NEW);
    let mut fields =
        column![labelled(setup::PASSPHRASE, first, secrets.problem.filter(|_| !differs), hint)].spacing(12);
    if secrets.is_new_file() {
        let problem = secrets.problem.filter(|_| differs);
        fields = fields.push(labelled(setup::PASSPHRASE_AGAIN, again, problem, None));
    }
    let verb = if secrets.is_new_file() { texts::USE_FILE } else { texts::UNLOCK };
    fields.push(plain(verb).on_press(super::Message::Secrets(Message::UseFile))).into()
}
