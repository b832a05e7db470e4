//! The events of one client on their way to whoever takes them: one order, one bell, and the bell's three voices (a thread
//! that waits, a file that becomes readable, a callback).

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use futures_core::Stream;
use waxwing_core::{Event, EventStream};

use crate::event::Told;

/// Events that wait, and those the engine has yet to be asked for.
pub(crate) struct Inbox {
    state: Mutex<State>,
    bell: Arc<Bell>,
    waker: Waker,
}

struct State {
    stream: EventStream,
    /// Told already, not taken yet.
    ready: VecDeque<Told>,
    /// Answers that are made elsewhere and will be told.
    late: usize,
    /// The engine has ended.
    closed: bool,
}

/// What became of a wait.
pub(crate) enum Taken {
    Event(Box<Told>),
    /// Nothing came in time.
    Nothing,
    /// Nothing will come any more.
    Closed,
}

impl Inbox {
    pub(crate) fn new(stream: EventStream) -> std::io::Result<Self> {
        let bell = Arc::new(Bell::new()?);
        let waker = Waker::from(Arc::clone(&bell));
        Ok(Self {
            state: Mutex::new(State { stream, ready: VecDeque::new(), late: 0, closed: false }),
            bell,
            waker,
        })
    }

    pub(crate) fn bell(&self) -> &Arc<Bell> {
        &self.bell
    }

    /// Says that an answer will come by `tell_late`: until then it isn't the end.
    pub(crate) fn expect_late(&self) {
        self.state().late += 1;
    }

    /// Tells an answer that was said to come later.
    pub(crate) fn tell_late(&self, told: Told) {
        let mut state = self.state();
        state.late = state.late.saturating_sub(1);
        merge(&mut state.ready, told);
        drop(state);
        self.bell.ring();
    }

    /// The next event; `translate` gives what one of the engine's is to C, which may be nothing or several, and says whether an
    /// answer comes late (`tell_late`).
    pub(crate) fn take(
        &self,
        timeout: Option<Duration>,
        mut translate: impl FnMut(Event, &mut dyn FnMut(Told)) -> bool,
    ) -> Taken {
        let until = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        loop {
            let rung = self.bell.rung();
            if let Some(taken) = self.take_now(&mut translate) {
                return taken;
            }
            // A time limit that no clock can say is none.
            if !self.bell.wait(rung, until) {
                return Taken::Nothing;
            }
        }
    }

    fn take_now(&self, translate: &mut impl FnMut(Event, &mut dyn FnMut(Told)) -> bool) -> Option<Taken> {
        let mut state = self.state();
        loop {
            if let Some(told) = state.ready.pop_front() {
                return Some(Taken::Event(Box::new(told)));
            }
            if state.closed {
                return if state.late == 0 { Some(Taken::Closed) } else { None };
            }
            let mut context = Context::from_waker(&self.waker);
            match Pin::new(&mut state.stream).poll_next(&mut context) {
                Poll::Ready(Some(event)) => {
                    let ready = &mut state.ready;
                    let is_late = translate(event, &mut |told| merge(ready, told));
                    state.late += usize::from(is_late);
                }
                Poll::Ready(None) => state.closed = true,
                Poll::Pending => return None,
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Adds an event; one that says the same of the same subject, and waits, goes.
fn merge(ready: &mut VecDeque<Told>, told: Told) {
    if let Some(subject) = told.subject() {
        ready.retain(|waiting| waiting.subject() != Some(subject));
    }
    ready.push_back(told);
}

/// Says that events may wait. It is rung once too often rather than once too rarely.
pub(crate) struct Bell {
    rung: Mutex<Rung>,
    heard: Condvar,
    #[cfg(unix)]
    file: File,
}

#[derive(Clone, Copy)]
struct Rung {
    times: u64,
    /// The file holds a byte.
    #[cfg(unix)]
    shows: bool,
    silent: bool,
}

#[cfg(unix)]
struct File {
    read: std::io::PipeReader,
    write: std::io::PipeWriter,
}

impl Bell {
    fn new() -> std::io::Result<Self> {
        #[cfg(unix)]
        let file = {
            let (read, write) = std::io::pipe()?;
            File { read, write }
        };
        let bell = Self {
            rung: Mutex::new(Rung {
                times: 0,
                #[cfg(unix)]
                shows: false,
                silent: false,
            }),
            heard: Condvar::new(),
            #[cfg(unix)]
            file,
        };
        // Whoever waits by the file asks once before anything has come.
        bell.ring();
        Ok(bell)
    }

    /// The file that is readable while events may wait.
    #[cfg(unix)]
    pub(crate) fn file(&self) -> i32 {
        std::os::fd::AsRawFd::as_raw_fd(&self.file.read)
    }

    pub(crate) fn ring(&self) {
        let mut rung = self.locked();
        rung.times += 1;
        #[cfg(unix)]
        if !rung.shows {
            use std::io::Write;
            // One byte in an empty pipe: it never blocks.
            rung.shows = (&self.file.write).write_all(&[1]).is_ok();
        }
        drop(rung);
        self.heard.notify_all();
    }

    /// How often it rang.
    pub(crate) fn rung(&self) -> u64 {
        self.locked().times
    }

    /// Ends the wait of whoever waits without limit for the bell alone.
    pub(crate) fn silence(&self) {
        self.locked().silent = true;
        self.heard.notify_all();
    }

    /// Nothing waits that was there at `rung`: waits for the next ring, without `until` for ever. `false`: there was none in
    /// time.
    fn wait(&self, rung: u64, until: Option<Instant>) -> bool {
        let mut now = self.locked();
        #[cfg(unix)]
        if now.times == rung && now.shows {
            use std::io::Read;
            now.shows = (&self.file.read).read_exact(&mut [0]).is_err();
        }
        while now.times == rung {
            now = match until {
                None => self.heard.wait(now).unwrap_or_else(PoisonError::into_inner),
                Some(until) => {
                    let left = until.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return false;
                    }
                    self.heard.wait_timeout(now, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        true
    }

    /// Waits for a ring after `rung` without taking the file's word back. `None`: the bell is silenced.
    pub(crate) fn listen(&self, rung: u64) -> Option<u64> {
        let mut now = self.locked();
        while now.times == rung && !now.silent {
            now = self.heard.wait(now).unwrap_or_else(PoisonError::into_inner);
        }
        if now.silent { None } else { Some(now.times) }
    }

    fn locked(&self) -> MutexGuard<'_, Rung> {
        self.rung.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.ring();
    }
}
