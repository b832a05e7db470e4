//! How a window ends: the mail is sent, kept, or thrown away. First all of it is given to the engine.

use std::time::Duration;

use waxwing_core::model::{Instant, SendTime};
use waxwing_core::{Command, Error};

use super::{Action, Asked, Field, HOLD, Menu, Message, State, TIME_FIELD, USUAL_LIMIT};
use crate::words::trouble::trouble;
use crate::words::writing as words;

/// A mail waits no longer than this.
const LONGEST_WAIT: Duration = Duration::from_secs(365 * 86_400);

/// What is to be done once everything is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaving {
    Send(SendTime),
    Close,
    Discard,
    /// It goes without a word.
    Drop,
    /// The engine has it in hand.
    UnderWay,
}

impl State {
    pub(super) fn on_leaving(&mut self, message: Message) -> Vec<Action> {
        match message {
            Message::Send => self.send(SendTime::After(HOLD)),
            Message::SendAnyway => {
                (self.told.forgotten, self.told.too_large, self.told.no_subject) = (true, true, true);
                self.send(SendTime::After(HOLD))
            }
            Message::SendLater(at) => {
                self.menu = None;
                self.send(SendTime::At(at))
            }
            Message::TimeTyped(text) => {
                self.menu = Some(Menu::Later(text, None));
                Vec::new()
            }
            Message::TimeDone => self.time_typed(),
            Message::Discard => self.leave(Leaving::Discard),
            Message::Close => self.close(),
            Message::Handed(Ok(())) => vec![Action::Leave { discarded: None }],
            Message::Handed(Err(error)) => {
                self.leaving = None;
                self.trouble = Some(why_not_sent(&error));
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// Sends it, unless something is missing that is better said first.
    fn send(&mut self, time: SendTime) -> Vec<Action> {
        self.take_people();
        self.trouble = None;
        self.is_checked = true;
        if let Some(field) = Field::ALL.into_iter().find(|field| self.people(*field).wrong() > 0) {
            return vec![Action::Focus(field.id())];
        }
        if Field::ALL.into_iter().all(|field| self.people(field).is_empty()) {
            return vec![Action::Focus(Field::To.id())];
        }
        if self.subject.trim().is_empty() && !std::mem::replace(&mut self.told.no_subject, true) {
            return Self::focus_subject();
        }
        self.forgets =
            self.has_no_file() && waxwing_core::mime::forgets_attachment(&self.subject, &self.text.text());
        if self.forgets && !std::mem::replace(&mut self.told.forgotten, true) {
            return Vec::new();
        }
        if self.weight() > USUAL_LIMIT && !std::mem::replace(&mut self.told.too_large, true) {
            return Vec::new();
        }
        self.leave(Leaving::Send(time))
    }

    fn has_no_file(&self) -> bool {
        self.files.is_empty() && self.waiting_files.is_empty() && self.adding == 0
    }

    /// What is wrong with a field of people, once somebody wanted to send the mail.
    pub(super) fn problem_of(&self, field: Field) -> Option<String> {
        let people = self.people(field);
        let wrong =
            people.chips.iter().find(|chip| !chip.is_valid).map(|chip| words::no_address(&chip.typed));
        let all_empty = Field::ALL.into_iter().all(|field| self.people(field).is_empty());
        let nobody = (field == Field::To && all_empty).then(|| words::NOBODY.to_owned());
        wrong.or(nobody).filter(|_| self.is_checked)
    }

    pub(super) fn has_no_subject(&self) -> bool {
        self.told.no_subject && self.subject.trim().is_empty() && self.leaving.is_none()
    }

    /// The text speaks of something attached; whether it is to be asked about before it is sent.
    pub(super) fn forgotten(&self) -> Option<bool> {
        (self.forgets && self.has_no_file()).then_some(self.told.forgotten)
    }

    pub(super) fn too_large(&self) -> Option<u64> {
        Some(self.weight()).filter(|weight| *weight > USUAL_LIMIT)
    }

    fn time_typed(&mut self) -> Vec<Action> {
        let Some(Menu::Later(text, _)) = &self.menu else { return Vec::new() };
        let (text, now) = (text.clone(), self.now.instant());
        let last = Instant(now.0.saturating_add(i64::try_from(LONGEST_WAIT.as_millis()).unwrap_or(i64::MAX)));
        let problem = match self.now.parse(&text) {
            None => words::TIME_UNREAD,
            Some(at) if at <= now => words::TIME_PAST,
            Some(at) if at > last => words::TIME_FAR,
            Some(at) => {
                self.menu = None;
                return self.send(SendTime::At(at));
            }
        };
        self.menu = Some(Menu::Later(text, Some(problem)));
        vec![Action::Focus(TIME_FIELD)]
    }

    /// Closing once more, when nothing could be kept, closes without that.
    fn close(&mut self) -> Vec<Action> {
        if self.may_be_lost {
            return vec![Action::Leave { discarded: None }];
        }
        // An answer that nobody wrote a word of is not worth keeping.
        let is_untouched = self.begun == Some(self.changes);
        self.leave(if is_untouched { Leaving::Drop } else { Leaving::Close })
    }

    fn leave(&mut self, leaving: Leaving) -> Vec<Action> {
        if self.leaving == Some(Leaving::UnderWay) {
            return Vec::new();
        }
        self.menu = None;
        self.leaving = Some(leaving);
        self.go_on_leaving()
    }

    /// The next step on the way out; nothing while the engine is at one.
    pub(super) fn go_on_leaving(&mut self) -> Vec<Action> {
        let Some(leaving) = self.leaving.filter(|leaving| *leaving != Leaving::UnderWay) else {
            return Vec::new();
        };
        let is_discarded = matches!(leaving, Leaving::Discard | Leaving::Drop);
        if self.keeping.is_some() || (self.adding > 0 && !is_discarded) {
            return Vec::new();
        }
        let needs_draft = matches!(leaving, Leaving::Send(_)) && self.draft.is_none();
        if needs_draft && !self.is_unsaved() {
            self.changes += 1;
        }
        if self.is_unsaved() && !is_discarded {
            self.take_people();
            return self.save();
        }
        let Some(draft) = self.draft else {
            self.leaving = Some(Leaving::UnderWay);
            return vec![Action::Leave { discarded: None }];
        };
        self.leaving = Some(Leaving::UnderWay);
        let (asked, command) = match leaving {
            Leaving::Send(time) => return vec![Action::Send(draft, time)],
            Leaving::Discard => (Asked::Discard, Command::DiscardDraft { draft }),
            Leaving::Drop => (Asked::Close, Command::DiscardDraft { draft }),
            Leaving::Close | Leaving::UnderWay => (Asked::Close, Command::CloseDraft { draft }),
        };
        vec![Action::Do(asked, Box::new(command))]
    }

    /// Whether it is on its way out, so that nothing more is written.
    pub fn is_leaving(&self) -> bool {
        self.leaving.is_some()
    }
}

/// In one sentence, with the server's own words where it said any.
pub fn why_not_sent(error: &Error) -> String {
    let words = trouble(error, "");
    let what = match words.server {
        Some(server) => format!("{}. {server}", words.title),
        None => format!("{}. {}", words.title, words.advice),
    };
    super::words::writing::not_sent(&what)
}
