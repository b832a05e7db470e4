//! From the engine to its listeners: one order, never blocking the engine, bounded.

use std::collections::{BTreeMap, HashMap};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{Instant, sleep};

use crate::command::Ticket;
use crate::event::Event;
use crate::model::{AccountId, MailboxId, SettingsSource};

/// What a listener may be behind before it is told to read everything again.
const MOST: usize = 4096;
/// A listener is woken no more often than a screen is drawn for what only says that something is to be read again.
const PAUSE: Duration = Duration::from_millis(16);

/// Where news goes out.
#[derive(Clone, Default)]
pub(super) struct News(Arc<Mutex<Listeners>>);

#[derive(Default)]
struct Listeners {
    queues: Vec<Weak<Queue>>,
    /// The engine has ended: what is told now is told to those who still listen, and that is all.
    closed: bool,
}

#[derive(Default)]
struct Queue(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    /// By their number, which rises.
    events: BTreeMap<u64, Event>,
    told: u64,
    /// The number of the event that says so of it.
    newest: HashMap<Subject, u64>,
    waker: Option<Waker>,
    closed: bool,
    /// When the listener was last woken, and whether it will be by itself.
    woken: Option<Instant>,
    alarm: bool,
}

impl News {
    /// Tells every listener.
    pub(super) fn tell(&self, event: &Event) {
        let mut listeners = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.queues.retain(|listener| {
            let Some(queue) = listener.upgrade() else { return false };
            let waker = {
                let mut waiting = queue.0.lock().unwrap_or_else(PoisonError::into_inner);
                waiting.push(event.clone());
                if can_wait(event) && Queue::is_woken_later(&queue, &mut waiting) {
                    None
                } else {
                    waiting.wake()
                }
            };
            if let Some(waker) = waker {
                waker.wake();
            }
            true
        });
    }

    /// Ends every stream once what it holds has been read.
    pub(super) fn close(&self) {
        let mut listeners = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.closed = true;
        for queue in listeners.queues.iter().filter_map(Weak::upgrade) {
            let waker = {
                let mut waiting = queue.0.lock().unwrap_or_else(PoisonError::into_inner);
                waiting.closed = true;
                waiting.waker.take()
            };
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }

    /// A new listener, for all news from now on.
    pub(super) fn listen(&self) -> EventStream {
        let mut listeners = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = Arc::new(Queue(Mutex::new(Waiting { closed: listeners.closed, ..Waiting::default() })));
        listeners.queues.push(Arc::downgrade(&queue));
        EventStream(queue)
    }
}

/// Whether what the event says can't be read anywhere else.
fn is_told_once(event: &Event) -> bool {
    matches!(
        event,
        Event::Finished { .. } | Event::NewMail { .. } | Event::TrustQuestion(_) | Event::SignInPage { .. }
    )
}

/// Whether the event invalidates something that may change again a moment later. Answers never wait.
fn can_wait(event: &Event) -> bool {
    match event {
        Event::AccountChanged { .. }
        | Event::MailboxesChanged { .. }
        | Event::FolderChanged { .. }
        | Event::BodyArrived { .. }
        | Event::Progress { .. }
        | Event::DiscoveryProgress { .. }
        | Event::SearchProgress { .. }
        | Event::PartProgress { .. } => true,
        Event::Finished { .. }
        | Event::ChangeRefused { .. }
        | Event::AccountCheck { .. }
        | Event::SignInPage { .. }
        | Event::NewMail { .. }
        | Event::TrustQuestion(_)
        | Event::Alert { .. }
        | Event::SearchesChanged
        | Event::DraftsChanged
        | Event::TemplatesChanged
        | Event::Resync => false,
    }
}

impl Queue {
    /// Sees to it that a listener who was woken a moment ago is woken when the pause is over. `false` where nobody
    /// could do that.
    fn is_woken_later(queue: &Arc<Self>, waiting: &mut Waiting) -> bool {
        let Some(rest) = waiting.woken.and_then(|woken| PAUSE.checked_sub(woken.elapsed())) else {
            return false;
        };
        if waiting.alarm {
            return true;
        }
        let Ok(runtime) = Handle::try_current() else { return false };
        waiting.alarm = true;
        let queue = Arc::downgrade(queue);
        runtime.spawn(async move {
            sleep(rest).await;
            let Some(queue) = queue.upgrade() else { return };
            let waker = {
                let mut waiting = queue.0.lock().unwrap_or_else(PoisonError::into_inner);
                waiting.alarm = false;
                if waiting.events.is_empty() { None } else { waiting.wake() }
            };
            if let Some(waker) = waker {
                waker.wake();
            }
        });
        true
    }
}

impl Waiting {
    fn wake(&mut self) -> Option<Waker> {
        let waker = self.waker.take()?;
        self.woken = Some(Instant::now());
        Some(waker)
    }

    /// Adds an event; an earlier, unread one of the same subject goes.
    fn push(&mut self, event: Event) {
        self.told += 1;
        if let Some(subject) = Subject::of(&event)
            && let Some(twin) = self.newest.insert(subject, self.told)
        {
            self.events.remove(&twin);
        }
        if self.events.len() >= MOST && !is_told_once(&event) {
            self.events.retain(|_, event| is_told_once(event));
            self.newest.clear();
            self.events.insert(self.told, Event::Resync);
        } else {
            self.events.insert(self.told, event);
        }
    }

    fn pop(&mut self) -> Option<Event> {
        let (_, event) = self.events.pop_first()?;
        if let Some(subject) = Subject::of(&event) {
            self.newest.remove(&subject);
        }
        Some(event)
    }
}

/// What an event says the last word on: whoever reads a later one needs no earlier one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Subject {
    Account(AccountId),
    Mailboxes(AccountId),
    Folder(MailboxId),
    Progress(AccountId),
    Source(Ticket, SettingsSource),
    Search(Ticket),
    Part(Ticket),
    Searches,
    Drafts,
    Templates,
}

impl Subject {
    fn of(event: &Event) -> Option<Self> {
        match event {
            Event::AccountChanged { account } => Some(Self::Account(*account)),
            Event::MailboxesChanged { account } => Some(Self::Mailboxes(*account)),
            Event::FolderChanged { mailbox, .. } => Some(Self::Folder(*mailbox)),
            Event::Progress { account, .. } => Some(Self::Progress(*account)),
            Event::DiscoveryProgress { ticket, source, .. } => Some(Self::Source(*ticket, *source)),
            Event::SearchProgress { ticket, .. } => Some(Self::Search(*ticket)),
            Event::PartProgress { ticket, .. } => Some(Self::Part(*ticket)),
            Event::SearchesChanged => Some(Self::Searches),
            Event::DraftsChanged => Some(Self::Drafts),
            Event::TemplatesChanged => Some(Self::Templates),
            Event::BodyArrived { .. }
            | Event::Finished { .. }
            | Event::ChangeRefused { .. }
            | Event::AccountCheck { .. }
            | Event::SignInPage { .. }
            | Event::NewMail { .. }
            | Event::TrustQuestion(_)
            | Event::Alert { .. }
            | Event::Resync => None,
        }
    }
}

/// The engine's news; ends when the engine does.
pub struct EventStream(Arc<Queue>);

impl futures_core::Stream for EventStream {
    type Item = Event;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event>> {
        let mut waiting = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        match waiting.pop() {
            Some(event) => Poll::Ready(Some(event)),
            None if waiting.closed => Poll::Ready(None),
            None => {
                waiting.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Ticket;
    use crate::event::Done;
    use crate::model::EmailId;
    use futures_util::{FutureExt, StreamExt};

    fn all(stream: &mut EventStream) -> Vec<Event> {
        std::iter::from_fn(|| stream.next().now_or_never().flatten()).collect()
    }

    #[test]
    fn a_mailbox_that_changed_twice_is_told_once_with_its_last_version() {
        let news = News::default();
        let mut stream = news.listen();
        for version in 1..=3 {
            news.tell(&Event::FolderChanged { mailbox: MailboxId(1), version });
            news.tell(&Event::FolderChanged { mailbox: MailboxId(2), version });
        }
        let told = all(&mut stream);
        assert!(
            matches!(
                told[..],
                [Event::FolderChanged { version: 3, .. }, Event::FolderChanged { version: 3, .. }]
            ),
            "{told:?}"
        );
    }

    #[test]
    fn what_is_read_already_is_no_reason_to_keep_news_back_and_others_keep_their_order() {
        let news = News::default();
        let mut stream = news.listen();
        let body = |number| Event::BodyArrived { email: EmailId(number) };
        let folder = |version| Event::FolderChanged { mailbox: MailboxId(1), version };
        news.tell(&folder(1));
        assert!(matches!(stream.next().now_or_never(), Some(Some(Event::FolderChanged { version: 1, .. }))));
        for event in [body(1), folder(2), body(2), folder(3), body(1)] {
            news.tell(&event);
        }
        let told = all(&mut stream);
        assert!(
            matches!(
                told[..],
                [
                    Event::BodyArrived { email: EmailId(1) },
                    Event::BodyArrived { email: EmailId(2) },
                    Event::FolderChanged { version: 3, .. },
                    Event::BodyArrived { email: EmailId(1) },
                ]
            ),
            "{told:?}"
        );
        // After a listener was told to read everything again, what changes then is told as ever.
        for number in 0..5_000 {
            news.tell(&body(number));
            news.tell(&folder(4));
        }
        news.tell(&folder(5));
        let told = all(&mut stream);
        assert!(told.iter().any(|event| matches!(event, Event::Resync)));
        assert!(matches!(told.last(), Some(Event::FolderChanged { version: 5, .. })), "{:?}", told.last());
        let folders = told.iter().filter(|event| matches!(event, Event::FolderChanged { .. }));
        assert_eq!(folders.count(), 1);
    }

    #[tokio::test]
    async fn a_mailbox_that_changes_all_the_time_wakes_a_listener_once_a_frame() {
        let news = News::default();
        let mut stream = news.listen();
        let teller = news.clone();
        // A thousand changes, ten in a millisecond; an answer in the middle.
        let telling = tokio::spawn(async move {
            for version in 1..=1_000u64 {
                teller.tell(&Event::FolderChanged { mailbox: MailboxId(1), version });
                if version == 505 {
                    teller.tell(&Event::Finished { ticket: Ticket(1), outcome: Ok(Done::Nothing) });
                }
                if version % 10 == 0 {
                    sleep(Duration::from_millis(1)).await;
                }
            }
            teller.close();
        });
        let began = Instant::now();
        let (mut versions, mut answers) = (Vec::new(), 0);
        while let Some(event) = stream.next().await {
            match event {
                Event::FolderChanged { version, .. } => versions.push(version),
                Event::Finished { .. } => answers += 1,
                other => panic!("{other:?}"),
            }
        }
        telling.await.unwrap();
        assert_eq!(versions.last(), Some(&1_000), "the last change is told");
        assert!(versions.is_sorted());
        assert_eq!(answers, 1);
        // However slow this machine is: as many frames as went by, one at the beginning, the answer, the end.
        let frames = usize::try_from(began.elapsed().as_millis() / PAUSE.as_millis()).unwrap();
        assert!(versions.len() <= frames + 3, "woken {} times in {frames} frames", versions.len());
    }

    #[test]
    fn a_slow_listener_loses_detail_and_never_an_answer() {
        let news = News::default();
        let mut stream = news.listen();
        for number in 0..10_000 {
            news.tell(&Event::FolderChanged { mailbox: MailboxId(number), version: 1 });
            if number % 100 == 0 {
                news.tell(&Event::Finished { ticket: Ticket(number as u64), outcome: Ok(Done::Nothing) });
            }
        }
        let told = all(&mut stream);
        assert!(told.len() <= MOST + 1);
        assert_eq!(told.iter().filter(|event| matches!(event, Event::Finished { .. })).count(), 100);
        assert!(told.iter().any(|event| matches!(event, Event::Resync)));
        news.close();
        assert!(matches!(stream.next().now_or_never(), Some(None)));
    }

    #[test]
    fn after_the_end_an_answer_still_comes_and_no_stream_waits_for_ever() {
        let news = News::default();
        let mut stream = news.listen();
        news.close();
        news.tell(&Event::Finished { ticket: Ticket(1), outcome: Ok(Done::Nothing) });
        assert_eq!(all(&mut stream).len(), 1);
        assert!(matches!(news.listen().next().now_or_never(), Some(None)));
    }
}
