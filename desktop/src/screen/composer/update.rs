//! What the composer does with each message.

use iced::widget::text_editor;
use waxwing_core::mime::{self, Writing};
use waxwing_core::{Command, Done, Error};

use super::leaving::Leaving;
use super::people::{OnPeople, Wanted};
use super::text::Text;
use super::{Action, Asked, Field, Menu, Message, SAVE_AFTER, SUBJECT_FIELD, Saved, State, TEXT_FIELD, fold};
use crate::words::trouble::trouble;
use crate::words::writing as words;

/// Who could be meant is asked for so many letters on.
const COMPLETED_FROM: usize = 1;

impl State {
    /// Takes a message in; says what is to be done.
    pub fn update(&mut self, message: Message) -> Vec<Action> {
        match message {
            Message::People(field, message) => self.on_people(field, message),
            Message::ShowCopies(field) => {
                match field {
                    Field::Bcc => self.copies.1 = true,
                    _ => self.copies.0 = true,
                }
                vec![Action::Focus(field.id())]
            }
            Message::Subject(subject) => {
                self.take_people();
                // What is pasted may have line ends.
                self.subject = subject.replace(['\r', '\n'], " ");
                self.told.no_subject = false;
                self.changed()
            }
            Message::SubjectDone => vec![Action::Focus(TEXT_FIELD)],
            Message::Text(action) => self.on_text(action),
            Message::Mark(mark) => {
                self.text.toggle(mark);
                self.composition.writing = Writing::Markdown;
                self.changed_text()
            }
            Message::Undo => {
                if self.text.undo() {
                    self.changed_text()
                } else {
                    Vec::new()
                }
            }
            Message::Redo => {
                if self.text.redo() {
                    self.changed_text()
                } else {
                    Vec::new()
                }
            }
            Message::Unfold => {
                let whole = fold::whole(&self.text.text(), &std::mem::take(&mut self.folded));
                self.text.replace(&whole);
                vec![Action::Focus(TEXT_FIELD)]
            }
            Message::SwitchWriting => {
                self.composition.writing = match self.composition.writing {
                    Writing::Plain => Writing::Markdown,
                    Writing::Markdown => Writing::Plain,
                };
                self.changed()
            }
            Message::Menu(menu) => self.open_menu(menu),
            Message::CloseMenu => {
                self.menu = None;
                for field in Field::ALL {
                    self.people_mut(field).update(OnPeople::NoProposals);
                }
                Vec::new()
            }
            Message::From(place) => self.write_as(place),
            Message::OpenTemplates => vec![Action::ReadTemplates],
            Message::Insert(template) => {
                self.menu = None;
                if self.subject.trim().is_empty() {
                    self.subject = template.subject;
                }
                self.text.insert(&template.text);
                let mut actions = self.changed_text();
                actions.push(Action::Focus(TEXT_FIELD));
                actions
            }
            Message::Attach
            | Message::Chosen(_)
            | Message::NoDialog
            | Message::Hovered(_)
            | Message::Dropped(_)
            | Message::FileRead(_)
            | Message::FileFailed(..)
            | Message::RemoveFile(_)
            | Message::Paste
            | Message::PastePicture
            | Message::Pasted(_)
            | Message::NoPicture
            | Message::Files(_) => self.on_files(message),
            Message::SaveDue => {
                self.is_save_due = false;
                self.forgets = self.files.is_empty()
                    && self.waiting_files.is_empty()
                    && mime::forgets_attachment(&self.subject, &self.text.text());
                self.save()
            }
            Message::Send
            | Message::SendAnyway
            | Message::SendLater(_)
            | Message::TimeTyped(_)
            | Message::TimeDone
            | Message::Discard
            | Message::Close
            | Message::Handed(_) => self.on_leaving(message),
            Message::Finished(asked, outcome) => self.finished(asked, outcome),
            Message::Tick(now) => {
                self.now = now;
                Vec::new()
            }
            Message::Resized(size) => {
                self.size = size;
                Vec::new()
            }
        }
    }

    fn on_people(&mut self, field: Field, message: OnPeople) -> Vec<Action> {
        let before = self.people(field).list();
        let wanted = self.people_mut(field).update(message);
        let is_other = self.people(field).list() != before;
        let mut actions = if is_other { self.changed() } else { Vec::new() };
        self.is_checked &= !is_other;
        match wanted {
            Wanted::Nothing => {}
            Wanted::Proposals(text) if text.chars().count() >= COMPLETED_FROM => {
                actions.push(Action::Complete(field, text));
            }
            Wanted::Proposals(_) => {}
            Wanted::Stay => actions.push(Action::Focus(field.id())),
            Wanted::Leave => actions.push(Action::FocusNext),
        }
        actions
    }

    /// Whoever is typed is taken in as soon as something else is written.
    pub(super) fn take_people(&mut self) {
        for field in Field::ALL {
            if !self.people(field).typed.trim().is_empty() {
                self.people_mut(field).take();
            }
        }
    }

    fn on_text(&mut self, action: text_editor::Action) -> Vec<Action> {
        self.take_people();
        if self.text.perform(action) { self.changed_text() } else { Vec::new() }
    }

    fn changed_text(&mut self) -> Vec<Action> {
        self.told.forgotten = false;
        self.changed()
    }

    fn open_menu(&mut self, menu: Menu) -> Vec<Action> {
        // What opens it closes it too.
        let same = |open: &Menu| std::mem::discriminant(open) == std::mem::discriminant(&menu);
        if self.menu.as_ref().is_some_and(same) && !matches!(menu, Menu::Templates(_)) {
            self.menu = None;
            return Vec::new();
        }
        self.menu = Some(menu);
        Vec::new()
    }

    /// Writes as another of the senders: the signature is theirs too.
    fn write_as(&mut self, place: usize) -> Vec<Action> {
        self.menu = None;
        let Some(next) = self.senders.get(place).cloned() else { return Vec::new() };
        let before = self.sender().map(|sender| sender.identity.signature.clone()).unwrap_or_default();
        let (text, after) = (self.text.text(), &next.identity.signature);
        if let Some(changed) = with_other_signature(&text, &before, after) {
            self.text.replace(&changed);
        }
        self.composition.from = next.in_full();
        self.account = next.account;
        self.changed()
    }

    // What the engine has.

    /// Something is another than it was: it is kept before long.
    pub(super) fn changed(&mut self) -> Vec<Action> {
        self.changes += 1;
        self.trouble = None;
        self.told.too_large = false;
        if std::mem::replace(&mut self.is_save_due, true) {
            return Vec::new();
        }
        vec![Action::SaveAfter(SAVE_AFTER)]
    }

    /// Keeps what is written, unless that is under way.
    pub(super) fn save(&mut self) -> Vec<Action> {
        if self.keeping.is_some() || !self.is_unsaved() {
            return Vec::new();
        }
        self.keeping = Some(self.changes);
        let command = Command::SaveDraft {
            draft: self.draft,
            account: self.account,
            composition: self.composition(),
            relation: self.relation,
        };
        vec![Action::Do(Asked::Save(self.changes), Box::new(command))]
    }

    fn finished(&mut self, asked: Asked, outcome: Result<Done, Error>) -> Vec<Action> {
        let mut actions = match (asked, outcome) {
            (Asked::Save(changes), Ok(done)) => {
                if let Done::Draft(draft) = done {
                    self.draft = Some(draft);
                }
                (self.keeping, self.kept) = (None, changes);
                self.saved = Saved::At(self.now_read());
                self.add_waiting()
            }
            (Asked::Save(_), Err(error)) => {
                self.keeping = None;
                self.saved = Saved::Failed(trouble(&error, "").title);
                self.may_be_lost = self.leaving.take() == Some(Leaving::Close);
                // It is tried again as long as the window is there.
                self.is_save_due = true;
                vec![Action::SaveAfter(SAVE_AFTER * 4)]
            }
            (Asked::AddFile(_), Ok(_)) => {
                self.adding = self.adding.saturating_sub(1);
                self.read_files()
            }
            (Asked::AddFile(name), Err(error)) => {
                self.adding = self.adding.saturating_sub(1);
                self.leaving = None;
                self.trouble = Some(words::not_attached(&name, &trouble(&error, "").title));
                Vec::new()
            }
            (Asked::RemoveFile, _) => self.read_files(),
            (Asked::Close, _) => vec![Action::Leave { discarded: None }],
            (Asked::Discard, Ok(_)) => vec![Action::Leave { discarded: self.draft }],
            (Asked::Discard, Err(error)) => {
                self.leaving = None;
                self.trouble = Some(trouble(&error, "").title);
                Vec::new()
            }
        };
        actions.extend(self.go_on_leaving());
        actions
    }

    /// The time by the clock of the window, as it was last told; no more is shown of it than the minute.
    fn now_read(&self) -> waxwing_core::model::Instant {
        self.now.instant()
    }

    /// Where somebody is to look first: what was forgotten.
    pub(super) fn focus_subject() -> Vec<Action> {
        vec![Action::Focus(SUBJECT_FIELD)]
    }
}

/// The text with the signature of somebody else, if it has that of the one before; at its end if it had none to begin with.
fn with_other_signature(text: &str, before: &str, after: &str) -> Option<String> {
    const SIGN: &str = "\n-- \n";
    if before == after {
        return None;
    }
    let block = |signature: &str| match signature.trim_end() {
        "" => String::new(),
        signature => format!("{SIGN}{signature}"),
    };
    let (old, new) = (block(before), block(after));
    if old.is_empty() {
        let text = text.trim_end_matches('\n');
        return Some(format!("{text}\n{new}"));
    }
    text.contains(&old).then(|| text.replacen(&old, &new, 1))
}

/// A new mail's text: room to write, and the signature.
pub fn signed(signature: &str) -> String {
    with_other_signature("\n", "", signature).filter(|_| !signature.trim().is_empty()).unwrap_or_default()
}

impl State {
    /// Another text, for pictures and tests.
    #[doc(hidden)]
    pub fn set_text(&mut self, text: &str) {
        self.text = Text::of(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_sender_signs_with_their_own_name() {
        let of = |text, before, after| with_other_signature(text, before, after);
        assert_eq!(of("Hi\n\n-- \nAda\n", "Ada", "Work").unwrap(), "Hi\n\n-- \nWork\n");
        assert_eq!(of("Hi\n\n-- \nAda", "Ada", "").unwrap(), "Hi\n");
        assert_eq!(of("Hi", "", "Ada").unwrap(), "Hi\n\n-- \nAda");
        assert_eq!(of("Hi\n\n-- \nby hand", "Ada", "Work"), None, "what somebody wrote stays");
        assert_eq!(of("Hi", "Ada", "Ada"), None);
        assert_eq!(signed("Ada"), "\n\n-- \nAda");
        assert_eq!(signed(""), "");
    }
}
