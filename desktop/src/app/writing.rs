//! Windows in which mails are written: opened, given what they ask for, and closed.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::time::Duration;

use iced::advanced::widget::Id;
use iced::advanced::widget::operation::{focusable, text_input};
use iced::{Element, Size, Task, window};
use waxwing_core::error::{Error, ErrorKind};
use waxwing_core::mime::{self, AnswerWords, Composition, How, SignaturePlace, Writing};
use waxwing_core::model::{
    AccountId, AccountStatus, DraftId, DraftState, EmailId, MailboxId, NewFile, Relation, SendTime,
};
use waxwing_core::{Command, Done, Event, Reader, Ticket};

use super::start::window_of;
use super::{App, Message};
use crate::news::after;
use crate::platform::{clipboard, dialog};
use crate::screen::composer::{self, Action, Asked, Sender, Start, Then, Write, media_type};
use crate::screen::mailbox;
use crate::screen::mailbox::Pressed;
use crate::widget::within;
use crate::words::dates::Now;
use crate::words::writing as words;

/// How large such a window is at first.
const SIZE: Size = Size::new(760.0, 620.0);
/// Files larger than this are not read.
const MOST_FILE: u64 = 100 << 20;

/// A mail to be written, read from the store.
#[derive(Clone)]
pub struct Begin {
    write: Write,
    start: Start,
}

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

/// Reads what a mail begins with, away from the window.
fn read(reader: Reader, write: Write, why: Option<String>) -> Task<Message> {
    let read = async move {
        let start = start(&reader, &write, why);
        start.map(|start| Begin { write: write.clone(), start }).map_err(|error| (write, error))
    };
    Task::perform(read, |begin| Message::Begin(Box::new(begin)))
}

fn start(reader: &Reader, write: &Write, trouble: Option<String>) -> Result<Start, Error> {
    let senders = senders(reader)?;
    let usual = |account: Option<AccountId>| {
        let of_account = senders.iter().find(|it| account.is_none_or(|account| it.account == account));
        of_account.or(senders.first()).cloned().ok_or(Error::new(ErrorKind::WrongState))
    };
    let new = |account: Option<AccountId>, composition: Composition| {
        let sender = usual(account)?;
        let text = composition.text.trim_end().to_owned() + &composer::signed(&sender.identity.signature);
        let composition =
            Composition { from: sender.in_full(), writing: Writing::Markdown, text, ..composition };
        Ok(Start {
            draft: None,
            account: sender.account,
            senders: senders.clone(),
            composition,
            relation: Relation::None,
            files: Vec::new(),
            trouble: None,
        })
    };
    match write {
        Write::New(account) => new(*account, Composition::default()),
        Write::Mailto(link) => new(None, mime::mailto(link).unwrap_or_default()),
        Write::Draft(id) => {
            let draft = reader.draft(*id)?.ok_or(Error::new(ErrorKind::NotFound))?;
            Ok(Start {
                account: draft.account,
                senders: senders.clone(),
                composition: draft.composition.clone(),
                relation: draft.relation,
                files: Vec::new(),
                trouble,
                draft: Some(draft),
            })
        }
        Write::Answer(email, how) => answer(reader, *email, *how, senders.clone()),
        // They are made drafts first.
        Write::Stored(_) | Write::Restore(_) | Write::Back { .. } => Err(Error::new(ErrorKind::WrongState)),
    }
}

fn senders(reader: &Reader) -> Result<Vec<Sender>, Error> {
    let mut senders = Vec::new();
    for account in reader.accounts()? {
        let of_account = reader.identities(account.id)?;
        senders.extend(of_account.into_iter().map(|identity| Sender { account: account.id, identity }));
    }
    Ok(senders)
}

fn answer(reader: &Reader, email: EmailId, how: How, senders: Vec<Sender>) -> Result<Start, Error> {
    let row = reader.row(email)?;
    let octets = reader.readable(email)?.octets;
    let account = account_of(reader, row.mailbox)?;
    let identities = reader.identities(account.id)?;
    let account = account.id;
    let now = Now::read();
    let words = AnswerWords {
        date: now.written(row.date),
        signature: SignaturePlace::Above,
        ..AnswerWords::default()
    };
    let answer = mime::answer(&octets, how, &identities, None, &words);
    let parts = answer.files.iter().map(|part| NewFile::Part { email, part: *part });
    let (relation, files) = match how {
        How::Reply | How::ReplyAll | How::ReplyList => (Relation::Answers(email), Vec::new()),
        How::ForwardInline => (Relation::Forwards(email), parts.collect()),
        How::ForwardAttached => (Relation::Forwards(email), vec![NewFile::Mail(email)]),
    };
    let composition = Composition { writing: Writing::Markdown, ..answer.composition };
    Ok(Start { draft: None, account, senders, composition, relation, files, trouble: None })
}

fn account_of(reader: &Reader, mailbox: MailboxId) -> Result<AccountStatus, Error> {
    for account in reader.accounts()? {
        if reader.mailboxes(account.id)?.iter().any(|it| it.id == mailbox) {
            return Ok(account);
        }
    }
    Err(Error::new(ErrorKind::NotFound))
}

/// A file of the person's, to go along.
fn read_file(path: &Path) -> composer::Message {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let failed = |name: String, why: &str| composer::Message::FileFailed(name, why.to_owned());
    match std::fs::metadata(path) {
        Ok(file) if !file.is_file() => return failed(name, words::NO_FILE),
        Ok(file) if file.len() > MOST_FILE => return failed(name, words::FILE_TOO_LARGE),
        _ => {}
    }
    match std::fs::read(path) {
        Ok(octets) => composer::Message::FileRead(NewFile::Octets {
            media_type: media_type(&name).into(),
            name,
            content_id: String::new(),
            octets: waxwing_core::Message(octets),
        }),
        Err(error) => failed(name, &error.to_string()),
    }
}

fn pasted_picture(png: Vec<u8>) -> NewFile {
    NewFile::Octets {
        name: words::PASTED_PICTURE.into(),
        media_type: "image/png".into(),
        content_id: String::new(),
        octets: waxwing_core::Message(png),
    }
}
