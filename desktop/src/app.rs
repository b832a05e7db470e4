//! The parent of the screens: it alone talks to the engine and reads the store.

mod accounts;
mod files;
mod reading;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use iced::advanced::widget::operate;
use iced::advanced::widget::operation::focusable::unfocus;
use iced::widget::{container, operation, space};
use iced::window::{self, UserAttention};
use iced::{Element, Size, Subscription, Task, Theme, theme::Mode};
use waxwing_core::model::AccountStatus;
use waxwing_core::{Done, Engine, EngineOptions, Error, ErrorKind, Event, Reader, Ticket};

use crate::demo::{Demo, demo_profile};
use crate::html::Worker;
use crate::news::{self, Feed, Painted, after};
use crate::platform::instance::Instance;
use crate::platform::secrets;
use crate::screen::mailbox::search::OnSearch;
use crate::screen::mailbox::{self, Answer, Ask, Pressed};
use crate::screen::{reader, settings, setup};
use crate::theme::{self, Choice};
use crate::widget::reveal;
use crate::words::{self, dates::Now, trouble::trouble};
use crate::{icon::Icon, ui};

pub use reading::on_page;

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
    window: Option<window::Id>,
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
    /// Lays out and paints the mail that is open.
    paper: Worker,
    painted: Painted,
    /// Pixels of the screen to a logical one.
    scale: f32,
    /// Copies of files that other programs show.
    opened_files: Vec<tempfile::TempDir>,
    /// Files that are fetched.
    files: files::Asked,
    /// The mailing list that is being left.
    unsubscribing: Option<Ticket>,
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
    News(Event),
    Key(Pressed),
    FocusNext,
    FocusPrevious,
    Opened(window::Id, Size),
    Resized(Size),
    SystemTheme(Mode),
    Rescaled(f32),
    Minute,
    /// Another start asked for this window.
    Raise,
    Quit,
    ShutDown,
    Retry,
}

impl App {
    /// The window as it opens, and the start of the engine.
    pub fn new(options: Options) -> (Self, Task<Message>) {
        let task = if options.demo { start_demo() } else { start(&options) };
        let (paper, painted) = Worker::start();
        let app = Self {
            system: Mode::None,
            size: options.size,
            window: None,
            engine: None,
            engines: 0,
            demo: None,
            screen: Screen::Starting,
            behind: None,
            asked_by_accounts: HashSet::new(),
            quitting: false,
            paper,
            painted: Painted::new(painted),
            scale: 1.0,
            opened_files: Vec::new(),
            files: files::Asked::default(),
            unsubscribing: None,
            options,
        };
        (app, Task::batch([task, iced::system::theme().map(Message::SystemTheme)]))
    }

    pub fn theme(&self) -> Theme {
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
            Message::Key(pressed) => self.key(pressed),
            Message::FocusNext => operation::focus_next().chain(operate(reveal()).discard()),
            Message::FocusPrevious => operation::focus_previous().chain(operate(reveal()).discard()),
            Message::Opened(id, size) => {
                self.window = Some(id);
                let scale = window::scale_factor(id).map(Message::Rescaled);
                Task::batch([self.update(Message::Resized(size)), scale])
            }
            Message::Resized(size) => {
                self.size = size;
                Task::batch([
                    self.setup(setup::Message::Resized(size)),
                    self.settings(settings::Message::Resized(size)),
                    self.mailbox(mailbox::Message::Resized(size)),
                ])
            }
            Message::SystemTheme(mode) => {
                self.system = mode;
                self.look_changed()
            }
            Message::Rescaled(scale) => {
                self.scale = scale;
                self.look_changed()
            }
            Message::Minute => self.mailbox(mailbox::Message::Tick(Now::read())),
            Message::Raise => self.raise(),
            Message::Quit => self.quit(),
            Message::ShutDown => iced::exit(),
            Message::Retry => {
                self.screen = Screen::Starting;
                start(&self.options)
            }
        }
    }

    pub fn view(&self) -> Element<'_, Message> {
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

    // Starting and ending.

    fn started(&mut self, started: Started) -> Task<Message> {
        self.engines += 1;
        self.engine = Some(started.engine);
        if started.has_account {
            return self.show_mailbox();
        }
        self.show_welcome()
    }

    fn show_mailbox(&mut self) -> Task<Message> {
        let (state, first) = mailbox::State::new(self.size, Now::read(), self.run_note());
        self.screen = Screen::Mailbox(Box::new(state));
        Task::batch(first.into_iter().map(|action| self.carry_out(action)))
    }

    fn demo_started(&mut self, outcome: Result<(Demo, Started), String>) -> Task<Message> {
        match outcome {
            Ok((demo, started)) => {
                if let Some(engine) = self.engine.take() {
                    std::thread::spawn(move || engine.shut_down());
                }
                self.engines += 1;
                self.engine = Some(started.engine);
                self.demo = Some(demo);
                self.add_demo_account();
                self.show_mailbox()
            }
            Err(words) if matches!(self.screen, Screen::Setup(_)) => {
                self.setup(setup::Message::DemoFailed(words))
            }
            // Who asked for the demo does not want to find their own mail instead.
            Err(words) => {
                self.screen = Screen::NoDemo(words);
                Task::none()
            }
        }
    }

    /// One after another, so that they stand in the sidebar in their order.
    fn add_demo_account(&mut self) {
        let next = self.demo.as_mut().and_then(|demo| demo.accounts.pop_front());
        if let (Some((config, secret)), Some(engine)) = (next, &self.engine) {
            let _ = engine.submit(waxwing_core::Command::AddAccount { config, secret });
        }
    }

    fn run_note(&self) -> Option<String> {
        self.options.extra_roots.as_ref().map(|(file, _)| words::extra_roots(file))
    }

    fn raise(&self) -> Task<Message> {
        let Some(id) = self.window else { return Task::none() };
        Task::batch([
            window::minimize(id, false),
            window::gain_focus(id),
            window::request_user_attention(id, Some(UserAttention::Informational)),
        ])
    }

    /// The window goes at once; the engine gets the seconds it needs to end well.
    fn quit(&mut self) -> Task<Message> {
        if std::mem::replace(&mut self.quitting, true) {
            return Task::none();
        }
        let hide = self.window.map_or_else(Task::none, |id| window::set_mode(id, window::Mode::Hidden));
        let engine = self.engine.take();
        let end = async move {
            if let Some(engine) = engine {
                engine.shut_down();
            }
        };
        Task::batch([hide, Task::perform(end, |()| Message::ShutDown)])
    }

    // The screens.

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
        Task::batch(actions.into_iter().map(|action| self.carry_out(action)))
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
            Action::Page(wish) => self.carry_out_wish(wish),
            Action::Read(ask) => {
                let reader = engine.reader();
                Task::perform(async move { read(&reader, ask) }, |answer| {
                    Message::Mailbox(mailbox::Message::Answered(answer))
                })
            }
            Action::After(time, message) => {
                Task::perform(after(time), move |()| Message::Mailbox(message.clone()))
            }
            // Not out of a screen that is in front of it.
            Action::Focus(field) if self.behind.is_none() => operation::focus(field),
            Action::Focus(_) => Task::none(),
            Action::Unfocus => operate(unfocus()),
            Action::ScrollMail(pixels) => {
                let offset = iced::widget::scrollable::AbsoluteOffset { x: 0.0, y: pixels };
                operation::scroll_by(mailbox::MAIL, offset)
            }
            Action::MailTop => {
                let offset = iced::widget::scrollable::RelativeOffset { x: None, y: Some(0.0) };
                operation::snap_to(mailbox::MAIL, offset)
            }
            Action::Quit => self.quit(),
        }
    }
}

/// Opens keyring and store away from the window: either may take its time.
fn start(options: &Options) -> Task<Message> {
    let data_dir = options.profile.clone();
    let extra_roots = options.extra_roots.as_ref().map(|(_, roots)| roots.clone()).unwrap_or_default();
    let start_engine = Arc::clone(&options.start_engine);
    let start = async move {
        let vault = secrets::open(&data_dir);
        started(start_engine(EngineOptions { extra_roots, ..EngineOptions::new(data_dir, vault) })?)
    };
    Task::perform(start, Message::Started)
}

fn start_demo() -> Task<Message> {
    let start = async {
        let demo = demo_profile()?;
        let options = EngineOptions {
            extra_roots: demo.extra_roots.clone(),
            ..EngineOptions::new(demo.data_dir.clone(), secrets::for_this_run())
        };
        let started = Engine::start(options).and_then(started).map_err(|error| trouble(&error, "").title)?;
        Ok((demo, started))
    };
    Task::perform(start, Message::DemoStarted)
}

fn started(engine: Engine) -> Result<Started, Error> {
    let has_account = !engine.reader().accounts()?.is_empty();
    Ok(Started { engine, has_account })
}

/// One read of the store, on a thread of the executor.
fn read(reader: &Reader, ask: Ask) -> Answer {
    let answer = match ask {
        Ask::Overview => overview(reader),
        Ask::List { query, first, count } => {
            let ids = reader.ids(query);
            ids.and_then(|ids| Ok(Answer::List(query, ids, reader.page(query, first, count)?)))
        }
        Ask::Rows { query, first, count } => {
            reader.page(query, first, count).map(|page| Answer::Rows(query, page))
        }
        Ask::Tags => reader.tags().map(Answer::Tags),
        Ask::Thread(email) => {
            let thread = reader.row(email).and_then(|row| reader.thread(row.thread));
            match thread {
                // It went meanwhile: so does its place in the list.
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(Answer::Thread(email, Vec::new())),
                thread => thread.map(|mails| Answer::Thread(email, mails)),
            }
        }
        Ask::Email(email) => Ok(Answer::Email(email, Box::new(reading::mail(reader, email)))),
        Ask::Found { ref words, scope, count, number } => {
            reader.search(words, scope, 0, count).map(|found| Answer::Found(number, found))
        }
        Ask::Coverage(scope) => reader.coverage(scope).map(|coverage| Answer::Coverage(scope, coverage)),
        Ask::Saved => reader.saved_searches().map(Answer::Saved),
    };
    answer.unwrap_or_else(|error| Answer::Failed(ask, error))
}

fn overview(reader: &Reader) -> Result<Answer, Error> {
    let accounts = reader.accounts()?;
    let mut mailboxes = Vec::new();
    for account in &accounts {
        mailboxes.extend(reader.mailboxes(account.id)?);
    }
    Ok(Answer::Overview(accounts, mailboxes))
}

/// Opens the window and runs until it is closed.
pub fn run(options: Options) -> iced::Result {
    let (size, icon) =
        (options.size, window::icon::from_rgba(theme::SEAL.to_vec(), theme::SEAL_SIDE, theme::SEAL_SIDE));
    let settings = window::Settings {
        size,
        min_size: Some(Size::new(360.0, 400.0)),
        icon: icon.ok(),
        exit_on_close_request: false,
        #[cfg(target_os = "linux")]
        platform_specific: window::settings::PlatformSpecific {
            application_id: "waxwing".into(),
            ..Default::default()
        },
        ..window::Settings::default()
    };
    // iced asks for the start by a function it could call again; it calls it once.
    let first = std::cell::RefCell::new(Some(options));
    let boot = move || match first.borrow_mut().take() {
        Some(options) => App::new(options),
        None => std::process::exit(1),
    };
    let mut application = iced::application(boot, App::update, App::view)
        .title(words::APP)
        .theme(App::theme)
        .subscription(App::subscription)
        .default_font(theme::REGULAR)
        .window(settings);
    for font in theme::FONTS {
        application = application.font(font);
    }
    application.run()
}
