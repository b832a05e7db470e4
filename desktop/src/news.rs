//! What reaches the window from outside: the engine's events, keys nobody took, the clock, another start.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use iced::futures::channel::mpsc::UnboundedReceiver;
use iced::futures::channel::oneshot;
use iced::futures::stream::{self, BoxStream};
use iced::keyboard::{self, Key, key::Named};
use iced::{Subscription, event, system, window};
use waxwing_core::{Engine, Event};

use crate::app::{Message, on_page};
use crate::html::Answer;
use crate::platform::instance::Listener;
use crate::screen::mailbox::Pressed;
use crate::screen::reader::OnPage;

/// An engine to listen to. Another `number` is another engine.
pub struct Feed {
    pub engine: Engine,
    pub number: u64,
}

impl Hash for Feed {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}

/// The engine's events. It begins with `Resync`, for what came before anybody listened.
pub fn engine(feed: Feed) -> Subscription<Message> {
    Subscription::run_with(feed, |feed| -> BoxStream<'static, Message> {
        let events = feed.engine.events();
        stream::iter([Event::Resync]).chain(events).map(Message::News).boxed()
    })
}

/// Keys that no widget took, the window's size, the system's theme, and every minute.
pub fn window() -> Subscription<Message> {
    Subscription::batch([
        event::listen_with(|event, status, id| match event {
            event::Event::Keyboard(event) if status == event::Status::Ignored => key(id, event),
            event::Event::Window(window::Event::Resized(size)) => Some(Message::Resized(id, size)),
            event::Event::Window(window::Event::Opened { size, .. }) => Some(Message::Opened(id, size)),
            event::Event::Window(window::Event::Rescaled(scale)) => Some(Message::Rescaled(id, scale)),
            event::Event::Window(window::Event::CloseRequested) => Some(Message::CloseRequested(id)),
            event::Event::Window(window::Event::FileHovered(_)) => Some(Message::Hovered(id, true)),
            event::Event::Window(window::Event::FilesHoveredLeft) => Some(Message::Hovered(id, false)),
            event::Event::Window(window::Event::FileDropped(path)) => Some(Message::Dropped(id, path)),
            _ => None,
        }),
        system::theme_changes().map(Message::SystemTheme),
        Subscription::run(minutes),
    ])
}

fn key(id: window::Id, event: keyboard::Event) -> Option<Message> {
    let keyboard::Event::KeyPressed { key, modified_key, modifiers, repeat, .. } = event else { return None };
    if key == Key::Named(Named::Tab) {
        return Some(if modifiers.shift() { Message::FocusPrevious(id) } else { Message::FocusNext(id) });
    }
    Some(Message::Key(id, Pressed { key, typed: modified_key, modifiers, repeat }))
}

fn minutes() -> BoxStream<'static, Message> {
    let minute = |()| async {
        after(Duration::from_secs(60)).await;
        Some((Message::Minute, ()))
    };
    stream::unfold((), minute).boxed()
}

/// What comes from the thread that paints mails, to be listened to once.
#[derive(Clone)]
pub struct Painted(Arc<Mutex<Option<UnboundedReceiver<Answer>>>>);

impl Painted {
    pub fn new(answers: UnboundedReceiver<Answer>) -> Self {
        Self(Arc::new(Mutex::new(Some(answers))))
    }
}

impl Hash for Painted {
    fn hash<H: Hasher>(&self, state: &mut H) {
        "painted".hash(state);
    }
}

/// The answers of the thread that paints mails.
pub fn painted(painted: &Painted) -> Subscription<Message> {
    Subscription::run_with(painted.clone(), |painted| -> BoxStream<'static, Message> {
        let answers = painted.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        stream::iter(answers).flatten().map(|answer| on_page(OnPage::Painted(answer))).boxed()
    })
}

/// Later starts of Waxwing with the same profile, which ask for this window.
pub fn other_starts(listener: &Listener) -> Subscription<Message> {
    Subscription::run_with(listener.clone(), |listener| listener.asks().map(Message::Raise).boxed())
}

/// Waits without keeping a worker of the executor busy.
pub async fn after(time: Duration) {
    let (done, waited) = oneshot::channel();
    std::thread::spawn(move || {
        std::thread::sleep(time);
        let _ = done.send(());
    });
    let _ = waited.await;
}
