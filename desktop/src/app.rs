//! The parent of the screens: it alone talks to the engine and reads the store.

mod accounts;
mod beginning;
mod files;
mod reading;
mod start;
mod store;
mod writing;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use iced::advanced::widget::Operation;
use iced::advanced::widget::operate;
use iced::advanced::widget::operation::focusable;
use iced::widget::{container, operation, space};
use iced::window;
use iced::{Element, Size, Subscription, Task, Theme, theme::Mode};
use waxwing_core::model::{AccountStatus, DraftId, SendTime};
use waxwing_core::{Done, Engine, EngineOptions, Error, Event, Ticket};

use crate::demo::Demo;
use crate::html::Worker;
use crate::kept::Keeper;
use crate::news::{self, Feed, Painted, after};
use crate::platform::instance::Instance;
use crate::screen::composer::{self, Write};
use crate::screen::mailbox::search::OnSearch;
use crate::screen::mailbox::{self, Pressed};
use crate::screen::{reader, settings, setup};
use crate::theme::Choice;
use crate::widget::{reveal, reveal_part, whole, within};
use crate::words::{self, dates::Now, trouble::trouble};
use crate::{icon::Icon, ui};

pub use reading::on_page;
pub use start::run;

use beginning::Begin;
use start::{start, start_demo};

/// The name of the window with the mailboxes, for the focus.
const MAIN: &str = "main";

/// So much of a mail that is opened below others is brought into sight, in logical pixels.
const OPEN_HEAD: f32 = 240.0;

/// How to start.
pub struct Options {
    /// Where everything is kept; must exist.
    pub profile: PathBuf,
    /// Go straight to the demo mailbox.
    pub demo: bool,
    /// Roots for this run as DER, and the file they came from.
    pub extra_roots: Option<(String, Vec<Vec<u8>>)>,
    pub size: Size,
    pub theme: Choice,
    /// The hold on the profile; the demo touches none.
    pub instance: Option<Instance>,
    /// What the window keeps of itself in the profile.
    pub keeper: Option<Keeper>,
    /// The mail to begin with (RFC 6068).
    pub link: Option<String>,
    /// `Engine::start`; a program for tests may have another road to servers.
    pub start_engine: StartEngine,
}

/// Starts an engine.
pub type StartEngine = Arc<dyn Fn(EngineOptions) -> Result<Engine, Error> + Send + Sync>;

/// The running window.
pub struct App {
    options: Options,
    system: Mode,
    size: Size,
    /// The window with the mailboxes.
    window: window::Id,
    engine: Option<Engine>,
    /// Counts engines, so that the news of an earlier one end.
    engines: u64,
    demo: Option<Demo>,
    screen: Screen,
    /// The mailbox window, while another screen is in front of it.
    behind: Option<Box<mailbox::State>>,
    /// What the screens about accounts asked of the engine, so that no other screen takes the answer for its own.
    asked_by_accounts: HashSet<Ticket>,
    quitting: bool,
    has_ended: bool,
    /// Lays out and paints the mail that is open.
    paper: Worker,
    painted: Painted,
    /// Pixels of the screen to a logical one.
    scale: f32,
    /// What is kept of the window is to be written before long.
    keeps: bool,
    /// Copies of files that other programs show.
    opened_files: Vec<tempfile::TempDir>,
    /// Files that are fetched.
    files: files::Asked,
    /// The mailing list that is being left.
    unsubscribing: Option<Ticket>,
    /// Windows in which mails are written.
    desk: writing::Desk,
}

enum Screen {
    Starting,
    Setup(Box<setup::State>),
    Settings(Box<settings::State>),
    Mailbox(Box<mailbox::State>),
    /// The store can't be opened.
    Broken(Error),
    /// `--demo` could not be had.
    NoDemo(String),
}

/// A started engine, and what decides about the first screen.
#[derive(Clone)]
pub struct Started {
    engine: Engine,
    has_account: bool,
}

/// Everything that can happen.
#[derive(Clone)]
pub enum Message {
    Started(Result<Started, Error>),
    DemoStarted(Result<(Demo, Started), String>),
    Setup(setup::Message),
    Settings(settings::Message),
    /// The account to sign in to again, as it was read.
    SignInAgain(Option<Box<AccountStatus>>),
    Mailbox(mailbox::Message),
    /// In a window in which a mail is written.
    Composer(window::Id, composer::Message),
    /// A mail was to be handed over; how that was answered at once.
    HandedOver(window::Id, DraftId, SendTime, Result<Ticket, Error>),
    /// A mail to be written, as it begins.
    Begin(Box<Result<Begin, (Write, Error)>>),
    News(Event),
    Key(window::Id, Pressed),
    FocusNext(window::Id),
    FocusPrevious(window::Id),
    Opened(window::Id, Size),
    Resized(window::Id, Size),
    CloseRequested(window::Id),
    /// A file hovers over a window, or no longer does.
    Hovered(window::Id, bool),
    Dropped(window::Id, PathBuf),
    SystemTheme(Mode),
    Rescaled(window::Id, f32),
    Minute,
    /// Another start asked for this window, and for a mail to that address.
    Raise(Option<String>),
    /// It is time to write what is kept of the window.
    Keep,
    Quit,
    /// The windows had their time to keep what is in them.
    QuitNow,
    ShutDown,
    Retry,
}

impl App {
    /// The window as it opens, and the start of the engine.
    pub fn new(options: Options) -> (Self, Task<Message>) {
        let (window, opening) = window::open(start::main_window(options.size));
        let task = if options.demo { start_demo() } else { start(&options) };
        let (paper, painted) = Worker::start();
        let app = Self {
            system: Mode::None,
            size: options.size,
            window,
            engine: None,
            engines: 0,
            demo: None,
            screen: Screen::Starting,
            behind: None,
            asked_by_accounts: HashSet::new(),
            quitting: false,
            has_ended: false,
            paper,
            painted: Painted::new(painted),
            scale: 1.0,
            keeps: false,
            opened_files: Vec::new(),
            files: files::Asked::default(),
            unsubscribing: None,
            desk: writing::Desk::default(),
            options,
        };
        (app, Task::batch([opening.discard(), task, iced::system::theme().map(Message::SystemTheme)]))
    }

    pub fn theme(&self, _: window::Id) -> Theme {
        self.look_now()
    }

    fn look_now(&self) -> Theme {
        self.options.theme.theme(self.system)
    }

    pub fn subscription(&self) -> Subscription<Message> {
        let mut all = vec![news::window(), news::painted(&self.painted)];
        all.extend(self.options.instance.as_ref().map(|instance| news::other_starts(instance.listener())));
        if let Some(engine) = &self.engine {
            all.push(news::engine(Feed { engine: engine.clone(), number: self.engines }));
        }
        Subscription::batch(all)
    }

    pub fn update(&mut self, message: Message) -> Task<Message> {
        match message {
            Message::Started(Ok(started)) => self.started(started),
            Message::Started(Err(error)) => {
                tracing::error!(%error, "the engine did not start");
                self.screen = Screen::Broken(error);
                Task::none()
            }
            Message::DemoStarted(outcome) => self.demo_started(outcome),
            Message::Setup(message) => self.setup(message),
            Message::Settings(message) => self.settings(message),
            Message::SignInAgain(Some(account)) => self.sign_in_again(*account),
            Message::SignInAgain(None) => Task::none(),
            Message::Mailbox(message) => self.mailbox(message),
            Message::News(event) => self.news(event),
            Message::Composer(id, message) => self.composer(id, message),
            Message::HandedOver(id, draft, time, outcome) => self.handed_over(id, draft, time, outcome),
            Message::Begin(begin) => self.begin(*begin),
            Message::Key(id, pressed) if id == self.window => self.key(pressed),
            Message::Key(id, pressed) => self.composer_key(id, &pressed),
            Message::FocusNext(id) => {
                self.in_window(id, focusable::focus_next()).chain(self.in_window(id, reveal()))
            }
            Message::FocusPrevious(id) => {
                self.in_window(id, focusable::focus_previous()).chain(self.in_window(id, reveal()))
            }
            Message::Opened(id, size) => {
                let scale = window::scale_factor(id).map(move |scale| Message::Rescaled(id, scale));
                Task::batch([self.update(Message::Resized(id, size)), scale])
            }
            Message::Resized(id, size) if id != self.window => {
                self.composer(id, composer::Message::Resized(size))
            }
            Message::CloseRequested(id) if id == self.window => self.quit(),
            Message::CloseRequested(id) => self.composer(id, composer::Message::Close),
            Message::Hovered(id, hovers) => self.composer(id, composer::Message::Hovered(hovers)),
            Message::Dropped(id, path) => self.composer(id, composer::Message::Dropped(path)),
            Message::Resized(_, size) => {
                self.size = size;
                Task::batch([
                    self.setup(setup::Message::Resized(size)),
                    self.settings(settings::Message::Resized(size)),
                    self.mailbox(mailbox::Message::Resized(size)),
                    self.keep(),
                ])
            }
            Message::SystemTheme(mode) => {
                self.system = mode;
                self.look_changed()
            }
            Message::Rescaled(id, _) if id != self.window => Task::none(),
            Message::Rescaled(_, scale) => {
                self.scale = scale;
                self.look_changed()
            }
            Message::Minute => {
                Task::batch([self.mailbox(mailbox::Message::Tick(Now::read())), self.tick_composers()])
            }
            Message::Raise(None) => self.raise(),
            Message::Raise(Some(link)) => self.write(Write::Mailto(link)),
            Message::Keep => self.write_kept(),
            Message::Quit => self.quit(),
            Message::QuitNow => self.end(),
            Message::ShutDown => iced::exit(),
            Message::Retry => {
                self.screen = Screen::Starting;
                start(&self.options)
            }
        }
    }

    pub fn title(&self, id: window::Id) -> String {
        self.desk.title(id).unwrap_or_else(|| words::APP.to_owned())
    }

    pub fn view(&self, id: window::Id) -> Element<'_, Message> {
        match self.desk.view(id) {
            Some(composer) => composer.map(move |message| Message::Composer(id, message)),
            None if id == self.window => whole(MAIN.into(), self.main_view()),
            None => space().into(),
        }
    }

    /// Does that to the widgets of one window.
    fn in_window(&self, id: window::Id, operation: impl Operation + 'static) -> Task<Message> {
        let root = self.desk.root(id).unwrap_or_else(|| MAIN.into());
        within::<()>(root, operation).discard()
    }

    fn main_view(&self) -> Element<'_, Message> {
        match &self.screen {
            Screen::Starting => container(space()).center(iced::Fill).style(ui::ground(|t| t.surface)).into(),
            Screen::Setup(state) => setup::view(state).map(Message::Setup),
            Screen::Settings(state) => settings::view(state).map(Message::Settings),
            Screen::Mailbox(state) => mailbox::view(state).map(Message::Mailbox),
            Screen::NoDemo(words) => {
                let page = ui::empty(Icon::INBOX, words.as_str(), words::DEMO_MISSING_NEXT);
                container(page).style(ui::ground(|t| t.canvas)).into()
            }
            Screen::Broken(error) => {
                let words = trouble(error, "");
                let verb = ui::plain(words::TRY_AGAIN).on_press(Message::Retry);
                let page = iced::widget::column![
                    container(ui::empty(Icon::HARD_DRIVE, words.title, words.advice)).height(200),
                    verb
                ];
                container(page.align_x(iced::Center))
                    .center(iced::Fill)
                    .style(ui::ground(|t| t.canvas))
                    .into()
            }
        }
    }

    fn key(&mut self, pressed: Pressed) -> Task<Message> {
        use iced::keyboard::{Key, key::Named};
        let is_quit = pressed.modifiers.command() && pressed.key == Key::Character("q".into());
        match &self.screen {
            Screen::Mailbox(_) => self.mailbox(mailbox::Message::Key(pressed)),
            _ if is_quit => self.quit(),
            Screen::Setup(_) if pressed.key == Key::Named(Named::Escape) => self.setup(setup::Message::Back),
            Screen::Setup(_) if pressed.key == Key::Named(Named::Enter) => self.setup(setup::Message::Enter),
            Screen::Settings(_) if pressed.key == Key::Named(Named::Escape) => {
                self.settings(settings::Message::Back)
            }
            Screen::Settings(_) if pressed.key == Key::Named(Named::Enter) => {
                self.settings(settings::Message::Enter)
            }
            Screen::Setup(_) | Screen::Settings(_) => ui::page_key(&pressed.key, self.size.height)
                .map_or_else(Task::none, |offset| operation::scroll_by(ui::PAGE, offset)),
            Screen::Starting | Screen::Broken(_) | Screen::NoDemo(_) => Task::none(),
        }
    }

    fn news(&mut self, event: Event) -> Task<Message> {
        let is_answer = self.is_answer_to_accounts(&event);
        let of_accounts = self.news_of_accounts(&event);
        if is_answer {
            return of_accounts;
        }
        if let Event::Finished { ticket, outcome } = &event
            && self.unsubscribing == Some(*ticket)
        {
            self.unsubscribing = None;
            let outcome = outcome.as_ref().map(|_| ()).map_err(|error| trouble(error, "").title);
            let message = reader::Message::Unsubscribed(outcome);
            return Task::batch([of_accounts, self.mailbox(mailbox::Message::Reader(message))]);
        }
        if let Some(task) = self.news_of_writing(&event) {
            return Task::batch([of_accounts, task]);
        }
        if let Event::Finished { ticket, outcome } = &event
            && let Some(task) = self.file_fetched(*ticket, outcome)
        {
            return Task::batch([of_accounts, task]);
        }
        let is_added = matches!(event, Event::Finished { outcome: Ok(Done::Account(_)), .. });
        if is_added && matches!(self.screen, Screen::Mailbox(_)) {
            self.add_demo_account();
        }
        Task::batch([of_accounts, self.mailbox(mailbox::Message::News(event))])
    }

    fn mailbox(&mut self, message: mailbox::Message) -> Task<Message> {
        let state = match (&mut self.screen, &mut self.behind) {
            (Screen::Mailbox(state), _) | (_, Some(state)) => state,
            _ => return Task::none(),
        };
        let actions = state.update(message);
        let carried_out: Vec<_> = actions.into_iter().map(|action| self.carry_out(action)).collect();
        Task::batch(carried_out.into_iter().chain([self.keep()]))
    }

    fn carry_out(&mut self, action: mailbox::Action) -> Task<Message> {
        use mailbox::Action;
        let Some(engine) = &self.engine else { return Task::none() };
        match action {
            Action::Do(command, change) => {
                let ticket = engine.submit(command);
                self.mailbox(mailbox::Message::Submitted(ticket, change))
            }
            Action::Images(command) => {
                let ticket = engine.submit(command);
                self.mailbox(mailbox::Message::ImagesSubmitted(ticket))
            }
            Action::AskServer(command, number) => {
                let ticket = engine.submit(command);
                self.mailbox(mailbox::Message::Search(OnSearch::Asked(number, ticket)))
            }
            Action::DoToWhole(query, command, change) => {
                let reader = engine.reader();
                let whole = async move { mailbox::of_whole(&reader, query, command) };
                Task::perform(whole, move |whole| match whole {
                    Ok(command) => {
                        Message::Mailbox(mailbox::Message::Whole(Box::new(command), change.clone()))
                    }
                    Err(error) => Message::Mailbox(mailbox::Message::WholeUnknown(error)),
                })
            }
            Action::FindWhole(query, emails) => {
                let reader = engine.reader();
                let whole = async move { reader.whole(query, &emails) };
                Task::perform(whole, move |whole| match whole {
                    Ok(emails) => Message::Mailbox(mailbox::Message::WholeToDelete(emails)),
                    Err(error) => Message::Mailbox(mailbox::Message::WholeUnknown(error)),
                })
            }
            Action::SignInAgain(account) => self.read_to_sign_in(account),
            Action::Settings => self.show_settings(),
            Action::Write(write) => self.write(write),
            Action::Page(wish) => self.carry_out_wish(wish),
            Action::Read(ask) => {
                let reader = engine.reader();
                Task::perform(async move { store::read(&reader, ask) }, |answer| {
                    Message::Mailbox(mailbox::Message::Answered(answer))
                })
            }
            Action::After(time, message) => {
                Task::perform(after(time), move |()| Message::Mailbox(message.clone()))
            }
            // Not out of a screen that is in front of it.
            Action::Focus(field) if self.behind.is_none() => {
                self.in_window(self.window, focusable::focus(field.into()))
            }
            Action::Focus(_) => Task::none(),
            Action::Unfocus => self.in_window(self.window, focusable::unfocus()),
            Action::ScrollMail(pixels) => {
                let offset = iced::widget::scrollable::AbsoluteOffset { x: 0.0, y: pixels };
                operation::scroll_by(mailbox::MAIL, offset)
            }
            Action::ShowOpen => operate(reveal_part(reader::OPEN_MAIL, 0.0, OPEN_HEAD)).discard(),
            Action::MailTop => {
                let offset = iced::widget::scrollable::RelativeOffset { x: None, y: Some(0.0) };
                operation::snap_to(mailbox::MAIL, offset)
            }
            Action::Quit => self.quit(),
        }
    }
}
