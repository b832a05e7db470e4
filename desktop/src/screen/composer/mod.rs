//! The window in which a mail is written.
//!
//! What is kept of it is a draft of the engine; `State` holds what is being typed and what of it the engine has. One mail is
//! one window, and there may be several.

pub mod history;
pub mod marks;
pub mod people;

mod attaching;
mod fold;
mod foot;
mod highlight;
mod later;
mod leaving;
mod lines;
mod text;
mod update;
mod view;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Duration;

use iced::Size;
use iced::advanced::widget::Id;
use iced::widget::text_editor;
use waxwing_core::error::Error;
use waxwing_core::mime::{Composition, How, Writing};
use waxwing_core::model::{
    AccountId, Draft, DraftFile, DraftFileId, DraftId, EmailId, Identity, Instant, NewFile, Relation,
    SendTime, Template,
};
use waxwing_core::{Command, Done, Ticket};

use crate::words;
use crate::words::dates::Now;
use leaving::Leaving;
use marks::Mark;
use people::{OnPeople, People};
use text::Text;

pub use attaching::media_type;
pub use leaving::why_not_sent;
pub use update::signed;
pub use view::view;

/// What can have the keyboard, by name.
pub const SUBJECT_FIELD: &str = "subject";
pub const TEXT_FIELD: &str = "text";
pub const TIME_FIELD: &str = "time";

/// So long after a change it is kept: no more than this, and what keeping takes, is lost with the power.
const SAVE_AFTER: Duration = Duration::from_millis(1_500);
/// So long a mail that was sent may be taken back.
pub const HOLD: Duration = Duration::from_secs(10);
/// Most that servers usually take, in octets.
const USUAL_LIMIT: u64 = 25_000_000;

/// A mail that is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// From that account, if it is clear which.
    New(Option<AccountId>),
    Answer(EmailId, How),
    /// A mail in the mailbox for drafts.
    Stored(EmailId),
    Draft(DraftId),
    /// One that was discarded.
    Restore(DraftId),
    /// What a link says (RFC 6068).
    Mailto(String),
    /// One that waits to be sent, by this operation: taken back first.
    Back {
        ticket: Ticket,
        draft: DraftId,
        then: Then,
    },
}

/// What becomes of a mail that is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    Edit,
    /// It is sent at once.
    Send,
    Discard,
}

/// A field with people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    To,
    Cc,
    Bcc,
}

impl Field {
    pub const ALL: [Self; 3] = [Self::To, Self::Cc, Self::Bcc];

    /// By what it gets the keyboard.
    pub fn id(self) -> &'static str {
        match self {
            Self::To => "to",
            Self::Cc => "cc",
            Self::Bcc => "bcc",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::To => words::writing::TO,
            Self::Cc => words::writing::CC,
            Self::Bcc => words::writing::BCC,
        }
    }
}

/// As whom one can write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    pub account: AccountId,
    pub identity: Identity,
}

impl Sender {
    /// As it stands in a mail.
    pub fn in_full(&self) -> String {
        people::in_full(&waxwing_core::model::Contact {
            name: self.identity.name.clone(),
            address: self.identity.address.clone(),
        })
    }
}

/// What a window begins with.
#[derive(Clone, Debug)]
pub struct Start {
    /// One that is there already.
    pub draft: Option<Draft>,
    pub account: AccountId,
    pub senders: Vec<Sender>,
    pub composition: Composition,
    pub relation: Relation,
    /// What goes along, once there is a draft that has it.
    pub files: Vec<NewFile>,
    /// Something to be said about it.
    pub trouble: Option<String>,
}

/// What the engine has of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Saved {
    #[default]
    Nothing,
    At(Instant),
    Failed(String),
}

/// Something that hangs open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Menu {
    From,
    /// What is typed of a time, and what is wrong with it.
    Later(String, Option<&'static str>),
    Templates(Vec<Template>),
}

/// What was said about the mail, so that it is said once.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    no_subject: bool,
    forgotten: bool,
    too_large: bool,
}

/// All that the window remembers.
pub struct State {
    /// Which of the windows it is, for the focus.
    pub root: Id,
    pub draft: Option<DraftId>,
    pub account: AccountId,
    pub senders: Vec<Sender>,
    pub to: People,
    pub cc: People,
    pub bcc: People,
    /// Fields for copies are shown.
    pub copies: (bool, bool),
    pub subject: String,
    pub text: Text,
    /// What is quoted below the text, folded away.
    pub folded: String,
    pub relation: Relation,
    pub files: Vec<DraftFile>,
    pub saved: Saved,
    pub menu: Option<Menu>,
    /// Why it wasn't sent, or what went wrong with a file.
    pub trouble: Option<String>,
    pub now: Now,
    pub size: Size,
    /// Sender, references and the like; the rest of it is older than what is above.
    composition: Composition,
    /// Counts changes; the engine has all up to the second, and is being given all up to the third.
    changes: u64,
    kept: u64,
    keeping: Option<u64>,
    /// It is looked before long whether there is something to be kept.
    is_save_due: bool,
    waiting_files: Vec<NewFile>,
    /// Files that the engine is being given.
    adding: usize,
    leaving: Option<Leaving>,
    /// What the window began with is not from a draft; it had so many changes then.
    begun: Option<u64>,
    /// It could not be kept when the window was to be closed: the next time it closes all the same.
    may_be_lost: bool,
    told: Told,
    /// The people are said to be wrong, since somebody wanted to send it.
    is_checked: bool,
    /// The text speaks of something attached, and nothing is.
    forgets: bool,
    /// A file hovers over the window.
    pub is_hovered: bool,
}

/// What can happen.
#[derive(Clone, Debug)]
pub enum Message {
    People(Field, OnPeople),
    ShowCopies(Field),
    Subject(String),
    SubjectDone,
    Text(text_editor::Action),
    Mark(Mark),
    Undo,
    Redo,
    Unfold,
    SwitchWriting,
    Menu(Menu),
    CloseMenu,
    From(usize),
    OpenTemplates,
    Insert(Template),
    // Files.
    Attach,
    Chosen(Vec<PathBuf>),
    NoDialog,
    Hovered(bool),
    Dropped(PathBuf),
    FileRead(NewFile),
    FileFailed(String, String),
    RemoveFile(DraftFileId),
    Paste,
    PastePicture,
    Pasted(String),
    NoPicture,
    // Keeping and sending.
    SaveDue,
    Send,
    SendAnyway,
    SendLater(Instant),
    TimeTyped(String),
    TimeDone,
    Discard,
    Close,
    /// The engine answered.
    Finished(Asked, Result<Done, Error>),
    /// The mail is on its way, or isn't.
    Handed(Result<(), Error>),
    Files(Vec<DraftFile>),
    Tick(Now),
    Resized(Size),
}

/// What was asked of the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// To keep all changes up to this.
    Save(u64),
    /// To add a file of that name.
    AddFile(String),
    RemoveFile,
    Close,
    Discard,
}

/// What `app` is to do.
#[derive(Clone, Debug)]
pub enum Action {
    Do(Asked, Box<Command>),
    /// Hand it over; the answer comes back with `Handed`.
    Send(DraftId, SendTime),
    Complete(Field, String),
    /// Read the files of the draft anew.
    ReadFiles(DraftId),
    ReadTemplates,
    /// Ask which files.
    ChooseFiles,
    /// Read these to add them.
    Read(Vec<PathBuf>),
    /// Read the clipboard: a text, else a picture; or a picture alone.
    ReadClipboard {
        picture_alone: bool,
    },
    SaveAfter(Duration),
    Focus(&'static str),
    FocusNext,
    /// The window goes. What was discarded can be brought back.
    Leave {
        discarded: Option<DraftId>,
    },
}

impl State {
    pub fn new(root: Id, start: Start, size: Size, now: Now) -> (Self, Vec<Action>) {
        let composition = start.composition;
        let draft = start.draft.as_ref();
        let (own, folded) = fold::fold(&composition.text);
        let people = [&composition.to, &composition.cc, &composition.bcc].map(|list| People::of(list));
        let [to, cc, bcc] = people;
        let mut text = Text::of(&own);
        text.begin_at_top();
        let has_content = draft.is_none() && !start.files.is_empty();
        let mut state = Self {
            root,
            draft: draft.map(|draft| draft.id),
            account: start.account,
            senders: start.senders,
            copies: (!cc.is_empty(), !bcc.is_empty()),
            to,
            cc,
            bcc,
            subject: composition.subject.clone(),
            text,
            folded,
            relation: start.relation,
            files: draft.map(|draft| draft.files.clone()).unwrap_or_default(),
            saved: draft.map_or(Saved::Nothing, |draft| Saved::At(draft.changed)),
            menu: None,
            trouble: start.trouble,
            now,
            size,
            composition,
            changes: 0,
            kept: 0,
            keeping: None,
            is_save_due: false,
            waiting_files: start.files,
            adding: 0,
            leaving: None,
            begun: None,
            may_be_lost: false,
            told: Told::default(),
            is_checked: false,
            forgets: false,
            is_hovered: false,
        };
        let mut actions = Vec::new();
        if has_content {
            // Files need a draft to be in.
            actions.extend(state.changed());
            actions.extend(state.save());
        } else if draft.is_some() {
            actions.extend(state.add_waiting());
        }
        state.begun = draft.is_none().then_some(state.changes);
        actions.push(Action::Focus(state.first_focus()));
        (state, actions)
    }

    /// Where one begins to write.
    fn first_focus(&self) -> &'static str {
        match (self.to.is_empty(), self.subject.is_empty()) {
            (true, _) => Field::To.id(),
            (false, true) => SUBJECT_FIELD,
            (false, false) => TEXT_FIELD,
        }
    }

    /// The mail as it is written now.
    pub fn composition(&self) -> Composition {
        Composition {
            to: self.to.list(),
            cc: self.cc.list(),
            bcc: self.bcc.list(),
            subject: self.subject.clone(),
            text: fold::whole(&self.text.text(), &self.folded),
            ..self.composition.clone()
        }
    }

    /// The title of the window.
    pub fn title(&self) -> String {
        let subject = self.subject.trim();
        if subject.is_empty() { words::writing::NEW_MAIL.into() } else { subject.to_owned() }
    }

    pub fn people(&self, field: Field) -> &People {
        match field {
            Field::To => &self.to,
            Field::Cc => &self.cc,
            Field::Bcc => &self.bcc,
        }
    }

    fn people_mut(&mut self, field: Field) -> &mut People {
        match field {
            Field::To => &mut self.to,
            Field::Cc => &mut self.cc,
            Field::Bcc => &mut self.bcc,
        }
    }

    /// Who writes: the chosen one of the senders, if it is one.
    pub fn sender(&self) -> Option<&Sender> {
        let from = waxwing_core::mime::recipients(&self.composition.from);
        let address = &from.first()?.address;
        self.senders
            .iter()
            .find(|it| it.account == self.account && it.identity.address.eq_ignore_ascii_case(address))
    }

    pub fn from(&self) -> &str {
        &self.composition.from
    }

    pub fn writing(&self) -> Writing {
        self.composition.writing
    }

    /// About how large the mail is once it is written: files by a third more, and text in two forms.
    pub fn weight(&self) -> u64 {
        let text = (self.text.content().line_count() * 40 + self.folded.len()) as u64;
        let files: u64 = self.files.iter().map(|file| file.size + file.size / 3 + file.size / 38).sum();
        2_000 + 2 * text + files
    }

    /// Whether something is typed or changed that the engine doesn't have.
    pub fn is_unsaved(&self) -> bool {
        self.changes > self.kept
    }
}
