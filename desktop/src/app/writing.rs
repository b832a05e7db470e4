//! Windows in which mails are written: opened, given what they ask for, and closed.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use iced::advanced::widget::Id;
use iced::advanced::widget::operation::{focusable, text_input};
use iced::{Element, Size, Task, window};
use waxwing_core::error::{Error, ErrorKind};
use waxwing_core::model::{DraftId, DraftState, SendTime};
use waxwing_core::{Command, Done, Event, Ticket};

use super::beginning::{Begin, pasted_picture, read, read_file};
use super::start::window_of;
use super::{App, Message};
use crate::news::after;
use crate::platform::{clipboard, dialog};
use crate::screen::composer::{self, Action, Asked, Then, Write};
use crate::screen::mailbox;
use crate::screen::mailbox::Pressed;
use crate::widget::within;
use crate::words::dates::Now;
use crate::words::writing as words;

/// How large such a window is at first.
const SIZE: Size = Size::new(760.0, 620.0);

/// All windows in which mails are written, and what they wait for.
#[derive(Default)]
pub(super) struct Desk {
    open: BTreeMap<window::Id, composer::State>,
    /// Counts windows.
    opened: u64,
    asked: HashMap<Ticket, (window::Id, Asked)>,
    /// Mails that were handed over and may come back, with why if that is known.
    sending: HashMap<Ticket, (DraftId, Option<String>)>,
    /// What is made a draft, or fetched to be answered.
    beginning: HashMap<Ticket, Write>,
    /// Mails that are taken back, to be sent or discarded then.
    taken_back: HashMap<Ticket, (DraftId, Then)>,
}

impl Desk {
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    pub(super) fn view(&self, id: window::Id) -> Option<Element<'_, composer::Message>> {
        self.open.get(&id).map(composer::view)
    }

    pub(super) fn title(&self, id: window::Id) -> Option<String> {
        self.open.get(&id).map(composer::State::title)
    }

    pub(super) fn root(&self, id: window::Id) -> Option<Id> {
        self.open.get(&id).map(|state| state.root.clone())
    }

    /// The window of a draft.
    fn window_of(&self, draft: DraftId) -> Option<window::Id> {
        self.open.iter().find(|(_, state)| state.draft == Some(draft)).map(|(id, _)| *id)
    }
}

impl App {
    /// Opens a window for a mail, or brings the one forward that has it.
    pub(super) fn write(&mut self, write: Write) -> Task<Message> {
        let Some(engine) = &self.engine else { return Task::none() };
        let command = match &write {
            Write::Stored(email) => Command::OpenDraft { email: *email },
            Write::Restore(draft) => Command::RestoreDraft { draft: *draft, version: None },
            Write::Back { ticket, draft, then } => return self.take_back(*ticket, *draft, *then),
            Write::Draft(draft) if self.desk.window_of(*draft).is_some() => {
                return self.desk.window_of(*draft).map_or_else(Task::none, window::gain_focus);
            }
            _ => return read(engine.reader(), write, None),
        };
        let ticket = engine.submit(command);
        self.desk.beginning.insert(ticket, write);
        Task::none()
    }

    pub(super) fn begin(&mut self, begin: Result<Begin, (Write, Error)>) -> Task<Message> {
        let Some(engine) = &self.engine else { return Task::none() };
        let begin = match begin {
            Ok(begin) => begin,
            // It isn't here yet, and is worth waiting for.
            Err((Write::Answer(email, how), error)) if error.kind() == ErrorKind::NotFound => {
                let ticket = engine.submit(Command::FetchWhole { email });
                self.desk.beginning.insert(ticket, Write::Answer(email, how));
                return Task::none();
            }
            Err((_, error)) => return self.say(&error),
        };
        if let Write::Draft(draft) = begin.write
            && let Some(open) = self.desk.window_of(draft)
        {
            return window::gain_focus(open);
        }
        let (id, opening) =
            window::open(window::Settings { exit_on_close_request: false, ..window_of(SIZE) });
        self.desk.opened += 1;
        let root = Id::from(format!("composer {}", self.desk.opened));
        let (state, actions) = composer::State::new(root, begin.start, SIZE, Now::read());
        self.desk.open.insert(id, state);
        let tasks = self.carry_out_composer(id, actions);
        // The focus has something to go to once the window is there.
        opening.discard().chain(Task::batch([tasks, window::gain_focus(id)]))
    }

    fn say(&mut self, error: &Error) -> Task<Message> {
        self.mailbox(mailbox::Message::Failed(error.clone()))
    }

    fn take_back(&mut self, operation: Ticket, draft: DraftId, then: Then) -> Task<Message> {
        let Some(engine) = &self.engine else { return Task::none() };
        let ticket = engine.submit(Command::Undo { operation });
        if then == Then::Edit {
            self.desk.sending.insert(operation, (draft, None));
        } else {
            self.desk.sending.remove(&operation);
            self.desk.taken_back.insert(ticket, (draft, then));
        }
        Task::none()
    }

    fn taken_back(&mut self, draft: DraftId, then: Then, outcome: &Result<Done, Error>) -> Task<Message> {
        let Some(engine) = &self.engine else { return Task::none() };
        match outcome {
            Err(error) => self.say(&error.clone()),
            Ok(_) if then == Then::Discard => {
                engine.submit(Command::DiscardDraft { draft });
                self.mailbox(mailbox::Message::Discarded(draft))
            }
            Ok(_) => {
                let ticket =
                    engine.submit(Command::SendDraft { draft, time: SendTime::After(Duration::ZERO) });
                self.desk.sending.insert(ticket, (draft, None));
                Task::none()
            }
        }
    }

    // What the windows say.

    pub(super) fn composer(&mut self, id: window::Id, message: composer::Message) -> Task<Message> {
        let Some(state) = self.desk.open.get_mut(&id) else { return Task::none() };
        let actions = state.update(message);
        self.carry_out_composer(id, actions)
    }

    pub(super) fn composer_key(&mut self, id: window::Id, pressed: &Pressed) -> Task<Message> {
        use iced::keyboard::{Key, key::Named};
        match &pressed.key {
            Key::Named(Named::Escape) => self.composer(id, composer::Message::CloseMenu),
            Key::Character(letter) if pressed.modifiers.command() && letter.as_str() == "q" => self.quit(),
            _ => Task::none(),
        }
    }

    pub(super) fn tick_composers(&mut self) -> Task<Message> {
        let now = Now::read();
        let all: Vec<window::Id> = self.desk.open.keys().copied().collect();
        let ticked = all.into_iter().map(|id| self.composer(id, composer::Message::Tick(now.clone())));
        Task::batch(ticked.collect::<Vec<_>>())
    }

    pub(super) fn close_composers(&mut self) -> Task<Message> {
        let all: Vec<window::Id> = self.desk.open.keys().copied().collect();
        let closed = all.into_iter().map(|id| self.composer(id, composer::Message::Close));
        Task::batch(closed.collect::<Vec<_>>())
    }

    fn carry_out_composer(&mut self, id: window::Id, actions: Vec<Action>) -> Task<Message> {
        let tasks: Vec<_> = actions.into_iter().map(|action| self.carry_out_one(id, action)).collect();
        Task::batch(tasks)
    }

    fn carry_out_one(&mut self, id: window::Id, action: Action) -> Task<Message> {
        let on = move |message| Message::Composer(id, message);
        let Some(engine) = &self.engine else {
            // Without one nothing is kept, and nobody waits for it.
            return if matches!(action, Action::Leave { .. }) {
                self.left_composer(id, None)
            } else {
                Task::none()
            };
        };
        match action {
            Action::Do(asked, command) => {
                let ticket = engine.submit(*command);
                self.desk.asked.insert(ticket, (id, asked));
                Task::none()
            }
            Action::Send(draft, time) => self.hand_over(id, draft, time),
            Action::Complete(field, text) => {
                let reader = engine.reader();
                let find = async move {
                    let found = reader.complete(&text, composer::people::PROPOSED).unwrap_or_default();
                    composer::Message::People(field, composer::people::OnPeople::Found(text, found))
                };
                Task::perform(find, on)
            }
            Action::ReadFiles(draft) => {
                let reader = engine.reader();
                let read = async move { reader.draft(draft).ok().flatten().map(|draft| draft.files) };
                Task::perform(read, |files| files).then(move |files| match files {
                    Some(files) => Task::done(on(composer::Message::Files(files))),
                    None => Task::none(),
                })
            }
            Action::ReadTemplates => {
                let reader = engine.reader();
                let read = async move { reader.templates().unwrap_or_default() };
                Task::perform(read, move |templates| {
                    on(composer::Message::Menu(composer::Menu::Templates(templates)))
                })
            }
            Action::ChooseFiles => {
                Task::perform(dialog::pick_files(words::ATTACH_FILES), move |answer| match answer {
                    dialog::Files::Chosen(paths) => on(composer::Message::Chosen(paths)),
                    dialog::Files::Left => on(composer::Message::Chosen(Vec::new())),
                    dialog::Files::NoDialog => on(composer::Message::NoDialog),
                })
            }
            Action::Read(paths) => {
                Task::batch(paths.into_iter().map(|path| Task::perform(async move { read_file(&path) }, on)))
            }
            Action::ReadClipboard { picture_alone } => {
                let picture = move || {
                    Task::perform(async { clipboard::picture() }, move |png| match png {
                        Some(png) => on(composer::Message::FileRead(pasted_picture(png))),
                        None => on(composer::Message::NoPicture),
                    })
                };
                iced::clipboard::read().then(move |text| match text {
                    Some(text) if !picture_alone => Task::done(on(composer::Message::Pasted(text))),
                    _ => picture(),
                })
            }
            Action::SaveAfter(time) => Task::perform(after(time), move |()| on(composer::Message::SaveDue)),
            Action::Focus(field) => {
                let root = self.desk.root(id).unwrap_or_else(|| Id::new(field));
                let focus = within::<()>(root.clone(), focusable::focus(field.into())).discard();
                focus.chain(within::<()>(root, text_input::move_cursor_to_end(field.into())).discard())
            }
            Action::FocusNext => self.in_window(id, focusable::focus_next()),
            Action::Leave { discarded } => self.left_composer(id, discarded),
        }
    }

    /// Hands a mail over. What it is refused with at once is said in its window.
    fn hand_over(&mut self, id: window::Id, draft: DraftId, time: SendTime) -> Task<Message> {
        let Some(engine) = self.engine.clone() else { return Task::none() };
        let send = async move { engine.submit_durable(Command::SendDraft { draft, time }) };
        Task::perform(send, move |outcome| Message::HandedOver(id, draft, time, outcome))
    }

    pub(super) fn handed_over(
        &mut self,
        id: window::Id,
        draft: DraftId,
        time: SendTime,
        outcome: Result<Ticket, Error>,
    ) -> Task<Message> {
        let mut tasks = Vec::new();
        if let Ok(ticket) = &outcome {
            self.desk.sending.insert(*ticket, (draft, None));
            tasks.push(self.mailbox(mailbox::Message::Sending(*ticket, time)));
            // It may have been refused before this was heard.
            tasks.push(self.look_for_returned());
        }
        tasks.push(self.composer(id, composer::Message::Handed(outcome.map(drop))));
        Task::batch(tasks)
    }

    /// The window is done with its mail.
    fn left_composer(&mut self, id: window::Id, discarded: Option<DraftId>) -> Task<Message> {
        self.desk.open.remove(&id);
        let told = match discarded {
            Some(draft) => self.mailbox(mailbox::Message::Discarded(draft)),
            None => Task::none(),
        };
        let end = if self.quitting && self.desk.is_empty() { self.end() } else { Task::none() };
        Task::batch([window::close(id), told, end])
    }

    // What the engine says.

    /// What follows from news for mails that are written; `None`: it is about something else, or others hear it too.
    pub(super) fn news_of_writing(&mut self, event: &Event) -> Option<Task<Message>> {
        match event {
            Event::Finished { ticket, outcome } => {
                if let Some((id, asked)) = self.desk.asked.remove(ticket) {
                    let message = composer::Message::Finished(asked, outcome.clone());
                    return Some(self.composer(id, message));
                }
                if let Some((draft, then)) = self.desk.taken_back.remove(ticket) {
                    return Some(self.taken_back(draft, then, outcome));
                }
                if let Some(write) = self.desk.beginning.remove(ticket) {
                    return Some(self.began(write, outcome));
                }
                if self.desk.sending.contains_key(ticket) {
                    self.note_why(*ticket, outcome.as_ref().err());
                    return Some(self.look_for_returned());
                }
                None
            }
            Event::ChangeRefused { ticket, error } if self.desk.sending.contains_key(ticket) => {
                self.note_why(*ticket, Some(error));
                Some(self.look_for_returned())
            }
            // The mailbox window hears it too.
            Event::DraftsChanged => {
                let returned = self.look_for_returned();
                let told = self.mailbox(mailbox::Message::News(event.clone()));
                Some(Task::batch([returned, told]))
            }
            _ => None,
        }
    }

    fn began(&mut self, write: Write, outcome: &Result<Done, Error>) -> Task<Message> {
        match outcome {
            Ok(Done::Draft(draft)) => self.write(Write::Draft(*draft)),
            Ok(_) => self.write(write),
            Err(error) => self.say(error),
        }
    }

    /// One that was taken back by the person needs no reason.
    fn note_why(&mut self, ticket: Ticket, error: Option<&Error>) {
        if let (Some((_, why)), Some(error)) = (self.desk.sending.get_mut(&ticket), error)
            && error.kind() != ErrorKind::Canceled
        {
            *why = Some(composer::why_not_sent(error));
        }
    }

    /// Mails that were to be sent and are drafts again come back in a window; those that are gone were sent.
    fn look_for_returned(&mut self) -> Task<Message> {
        let Some(engine) = &self.engine else { return Task::none() };
        let reader = engine.reader();
        let (mut tasks, mut over) = (Vec::new(), Vec::new());
        for (ticket, (draft, why)) in &self.desk.sending {
            match reader.draft(*draft) {
                Ok(Some(now)) if now.state == DraftState::Writing => {
                    tasks.push(read(reader.clone(), Write::Draft(*draft), why.clone()));
                    over.push(*ticket);
                }
                Ok(None) => over.push(*ticket),
                _ => {}
            }
        }
        over.iter().for_each(|ticket| drop(self.desk.sending.remove(ticket)));
        Task::batch(tasks)
    }
}
