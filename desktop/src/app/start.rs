//! Starting and ending: the engine, the demo, the window, and what the window keeps of itself.

use std::sync::Arc;
use std::time::Duration;

use iced::window::{self, UserAttention};
use iced::{Size, Task};
use waxwing_core::{Engine, EngineOptions, Error};

use super::{App, Message, Options, Screen, Started};
use crate::demo::{Demo, demo_profile};
use crate::kept::{Keeper, Kept};
use crate::news::after;
use crate::platform::secrets;
use crate::screen::composer::Write;
use crate::screen::{mailbox, setup};
use crate::theme;
use crate::words::{self, dates::Now, trouble::trouble};

/// So long after something of the window changed, it is written: once for a window that is being dragged larger.
const KEEP_AFTER: Duration = Duration::from_secs(1);
/// So long windows in which mails are written get to keep what is in them.
const CLOSE_WITHIN: Duration = Duration::from_secs(3);

impl App {
    pub(super) fn started(&mut self, started: Started) -> Task<Message> {
        self.engines += 1;
        self.engine = Some(started.engine);
        if started.has_account {
            return self.show_mailbox();
        }
        self.show_welcome()
    }

    pub(super) fn show_mailbox(&mut self) -> Task<Message> {
        let (state, first) = mailbox::State::kept_as(&self.kept(), self.size, Now::read(), self.run_note());
        self.screen = Screen::Mailbox(Box::new(state));
        let first: Vec<_> = first.into_iter().map(|action| self.carry_out(action)).collect();
        let link = self.options.link.take().map(|link| self.write(Write::Mailto(link)));
        Task::batch(first.into_iter().chain(link))
    }

    pub(super) fn demo_started(&mut self, outcome: Result<(Demo, Started), String>) -> Task<Message> {
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
    pub(super) fn add_demo_account(&mut self) {
        let next = self.demo.as_mut().and_then(|demo| demo.accounts.pop_front());
        if let (Some((config, secret)), Some(engine)) = (next, &self.engine) {
            let _ = engine.submit(waxwing_core::Command::AddAccount { config, secret });
        }
    }

    pub(super) fn run_note(&self) -> Option<String> {
        self.options.extra_roots.as_ref().map(|(file, _)| words::extra_roots(file))
    }

    pub(super) fn raise(&self) -> Task<Message> {
        let id = self.window;
        Task::batch([
            window::minimize(id, false),
            window::gain_focus(id),
            window::request_user_attention(id, Some(UserAttention::Informational)),
        ])
    }

    /// The windows go at once; first the engine gets what is written in them, and then the seconds it needs to end well.
    pub(super) fn quit(&mut self) -> Task<Message> {
        if self.quitting {
            return Task::none();
        }
        self.quitting = true;
        let hide = window::set_mode(self.window, window::Mode::Hidden);
        let close = self.close_composers();
        if self.desk.is_empty() {
            return Task::batch([hide, close, self.end()]);
        }
        Task::batch([hide, close, Task::perform(after(CLOSE_WITHIN), |()| Message::QuitNow)])
    }

    pub(super) fn end(&mut self) -> Task<Message> {
        let engine = self.engine.take();
        let is_due = std::mem::take(&mut self.keeps);
        let write = self.options.keeper.as_ref().filter(|_| is_due).map(Keeper::writing);
        if std::mem::replace(&mut self.has_ended, true) {
            return Task::none();
        }
        let end = async move {
            let _ = write.map(|write| write());
            if let Some(engine) = engine {
                engine.shut_down();
            }
        };
        Task::perform(end, |()| Message::ShutDown)
    }

    // What the window keeps of itself.

    /// What is to be remembered.
    fn kept(&self) -> Kept {
        let Some(keeper) = &self.options.keeper else { return Kept::default() };
        let kept = Kept { size: Some(self.size), ..keeper.kept() };
        match (&self.screen, &self.behind) {
            (Screen::Mailbox(state), _) | (_, Some(state)) => state.kept(kept),
            _ => kept,
        }
    }

    /// Sees to it that what changed is written, before long.
    pub(super) fn keep(&mut self) -> Task<Message> {
        let kept = self.kept();
        let is_new = self.options.keeper.as_mut().is_some_and(|keeper| keeper.set(kept));
        if !is_new || std::mem::replace(&mut self.keeps, true) {
            return Task::none();
        }
        Task::perform(after(KEEP_AFTER), |()| Message::Keep)
    }

    pub(super) fn write_kept(&mut self) -> Task<Message> {
        self.keeps = false;
        let Some(keeper) = &self.options.keeper else { return Task::none() };
        let write = keeper.writing();
        Task::future(async move {
            if let Err(error) = write() {
                tracing::warn!(%error, "what the window remembers could not be written");
            }
        })
        .discard()
    }
}

/// Opens keyring and store away from the window: either may take its time.
pub(super) fn start(options: &Options) -> Task<Message> {
    let data_dir = options.profile.clone();
    let extra_roots = options.extra_roots.as_ref().map(|(_, roots)| roots.clone()).unwrap_or_default();
    let start_engine = Arc::clone(&options.start_engine);
    let start = async move {
        let vault = secrets::open(&data_dir);
        started(start_engine(EngineOptions { extra_roots, ..EngineOptions::new(data_dir, vault) })?)
    };
    Task::perform(start, Message::Started)
}

pub(super) fn start_demo() -> Task<Message> {
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

/// What a window is opened with.
pub(super) fn window_of(size: Size) -> window::Settings {
    let icon = window::icon::from_rgba(theme::SEAL.to_vec(), theme::SEAL_SIDE, theme::SEAL_SIDE);
    window::Settings {
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
    }
}

/// The window with the mailboxes.
pub(super) fn main_window(size: Size) -> window::Settings {
    window_of(size)
}

/// Opens the window and runs until it is closed.
pub fn run(options: Options) -> iced::Result {
    // iced asks for the start by a function it could call again; it calls it once.
    let first = std::cell::RefCell::new(Some(options));
    let boot = move || match first.borrow_mut().take() {
        Some(options) => App::new(options),
        None => std::process::exit(1),
    };
    let mut application = iced::daemon(boot, App::update, App::view)
        .title(App::title)
        .theme(App::theme)
        .subscription(App::subscription)
        .default_font(theme::REGULAR);
    for font in theme::FONTS {
        application = application.font(font);
    }
    application.run()
}
