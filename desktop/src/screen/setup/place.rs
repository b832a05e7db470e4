//! Where the password is kept: said in a line, and asked where the keyring can't be used.

use iced::Element;
use iced::widget::{column, space};
use waxwing_core::model::{ChosenPlace, FileState, KeyringState, Secret, SecretPlace, SecretPlaces};
use waxwing_core::{Command, Error, ErrorKind};

use super::sign_in_settings::SignIn;
use super::{AGAIN_FIELD, Action, Asked, PASSPHRASE_FIELD, State};
use crate::theme;
use crate::ui::form::{choice, labelled};
use crate::ui::{ink, paragraph, plain};
use crate::widget::Field;
use crate::words::setup as texts;

/// What is chosen and typed about it.
#[derive(Clone, Debug)]
pub(super) struct Keeping {
    /// As the engine says; `None` where there is nothing to choose.
    pub places: Option<SecretPlaces>,
    /// What the person chose here; `None`: as it is.
    chosen: Option<ChosenPlace>,
    passphrase: Secret,
    again: Secret,
    problem: Option<&'static str>,
}

/// What can happen to it.
#[derive(Clone, Debug)]
pub enum Message {
    Choose(ChosenPlace),
    Passphrase(Secret),
    Again(Secret),
    /// The keyring may be open by now.
    Look,
}

impl Keeping {
    pub(super) fn new(places: Option<SecretPlaces>) -> Self {
        Self { places, chosen: None, passphrase: Secret::new(""), again: Secret::new(""), problem: None }
    }

    /// Whether there is something to choose: what is chosen can't be used.
    fn is_asked(&self) -> bool {
        self.places.is_some_and(|places| match places.chosen {
            ChosenPlace::Keyring => {
                matches!(places.keyring, KeyringState::Locked | KeyringState::Absent)
            }
            ChosenPlace::Session => false,
            ChosenPlace::File => places.file != FileState::Open,
        })
    }

    /// What stands marked.
    fn marked(&self) -> ChosenPlace {
        self.chosen.unwrap_or(ChosenPlace::Session)
    }

    /// What has to be asked of the engine before the sign-in; `Err`: a field to look at first.
    pub(super) fn before_sign_in(&mut self) -> Result<Option<Command>, &'static str> {
        self.problem = None;
        if !self.is_asked() {
            return Ok(None);
        }
        let place = match self.chosen {
            None | Some(ChosenPlace::Keyring) => return Ok(None),
            Some(ChosenPlace::Session) => SecretPlace::Session,
            Some(ChosenPlace::File) => {
                if self.passphrase.reveal().is_empty() {
                    self.problem = Some(texts::PASSPHRASE_MISSING);
                    return Err(PASSPHRASE_FIELD);
                }
                if self.is_new_file() && self.passphrase.reveal() != self.again.reveal() {
                    self.problem = Some(texts::PASSPHRASES_DIFFER);
                    return Err(AGAIN_FIELD);
                }
                SecretPlace::File { passphrase: self.passphrase.clone() }
            }
        };
        Ok(Some(Command::KeepSecrets { place }))
    }

    fn is_new_file(&self) -> bool {
        self.places.is_none_or(|places| places.file == FileState::None)
    }

    /// It could not be kept there.
    pub(super) fn refused(&mut self, error: &Error) -> &'static str {
        let is_file = self.marked() == ChosenPlace::File;
        self.problem = Some(match (is_file, error.kind()) {
            (true, ErrorKind::VaultLocked) => texts::PASSPHRASE_WRONG,
            (true, _) => texts::FILE_DAMAGED,
            (false, ErrorKind::VaultLocked) => texts::STILL_LOCKED,
            (false, _) => texts::NO_KEYRING,
        });
        if is_file { PASSPHRASE_FIELD } else { super::PASSWORD_FIELD }
    }
}

impl State {
    pub(super) fn keeping(&mut self, message: Message) -> Option<Action> {
        match message {
            Message::Choose(place) => {
                self.keeping.chosen = Some(place);
                self.keeping.problem = None;
                if place == ChosenPlace::File {
                    return Some(Action::Focus(PASSPHRASE_FIELD));
                }
            }
            Message::Passphrase(text) => self.keeping.passphrase = text,
            Message::Again(text) => self.keeping.again = text,
            Message::Look => {
                self.keeping.chosen = None;
                return Some(Action::Do(Asked::Look, Command::KeepSecrets { place: SecretPlace::Keyring }));
            }
        }
        None
    }
}

/// A line, or the choice.
pub(super) fn view<'a>(state: &'a State) -> Element<'a, super::Message> {
    let keeping = &state.keeping;
    let what = if state.settings.as_ref().is_some_and(SignIn::is_by_browser) {
        texts::PERMISSION
    } else {
        texts::PASSWORD
    };
    if !keeping.is_asked() {
        let words = texts::kept(what, keeping.places.map(|places| places.chosen));
        return paragraph(words, theme::SMALL).style(ink(|t| t.muted)).into();
    }
    let (trouble, is_locked) = match keeping.places {
        Some(SecretPlaces { chosen: ChosenPlace::File, .. }) => (texts::FILE_LOCKED, false),
        Some(SecretPlaces { keyring: KeyringState::Locked, .. }) => (texts::KEYRING_LOCKED, true),
        _ => (texts::KEYRING_ABSENT, false),
    };
    let question = texts::where_to_keep(trouble, what);
    let entry = |place, words| {
        choice(words, keeping.marked() == place, super::Message::Keeping(Message::Choose(place)))
    };
    // The button belongs to the question, not to its answers.
    let look = is_locked.then(|| plain(texts::LOOK_AGAIN).on_press(super::Message::Keeping(Message::Look)));
    let mut lines = column![
        space().height(6),
        paragraph(question, theme::CHROME).font(theme::STRONG),
        look,
        entry(ChosenPlace::Session, texts::FOR_THIS_RUN),
        entry(ChosenPlace::File, texts::IN_FILE),
    ]
    .spacing(6);
    if keeping.marked() == ChosenPlace::File {
        lines = lines.push(passphrases(keeping));
    } else {
        lines =
            lines.push(keeping.problem.map(|problem| paragraph(problem, theme::SMALL).style(ink(|t| t.wax))));
    }
    lines.into()
}

fn passphrases(keeping: &Keeping) -> Element<'_, super::Message> {
    let submit = super::Message::SignIn(super::sign_in::Message::SignIn);
    let field = |id, secret: &Secret, message: fn(Secret) -> Message| {
        let on_input = move |text| super::Message::Keeping(message(Secret::new(text)));
        Field::new(id, "", secret.reveal(), true, on_input, Some(submit.clone()))
    };
    let first = field(PASSPHRASE_FIELD, &keeping.passphrase, Message::Passphrase);
    let differs = keeping.problem == Some(texts::PASSPHRASES_DIFFER);
    let hint = keeping.is_new_file().then_some(texts::PASSPHRASE_NEW);
    let of_first = keeping.problem.filter(|_| !differs);
    let mut fields = column![labelled(texts::PASSPHRASE, first, of_first, hint)].spacing(12);
    if keeping.is_new_file() {
        let again = field(AGAIN_FIELD, &keeping.again, Message::Again);
        fields =
            fields.push(labelled(texts::PASSPHRASE_AGAIN, again, keeping.problem.filter(|_| differs), None));
    }
    fields.into()
}
