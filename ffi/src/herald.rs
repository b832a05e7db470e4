//! Calling back: each callback on a thread of its own, one call at a time, no lock held.

use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;

use crate::guard::or_else;
use crate::inbox::Bell;
use crate::log::{WAXWING_LOG_WARNING, waxwing_log_level};
use crate::text::{Texts, waxwing_str};

/// The caller's pointer, which goes back with `free` when the last callback is over.
pub(crate) struct UserData {
    pointer: *mut c_void,
    free: Option<extern "C" fn(user_data: *mut c_void)>,
    kept: AtomicBool,
}

// SAFETY: the library only hands it back; the contract asks for callbacks that may run on any thread.
unsafe impl Send for UserData {}
// SAFETY: as above.
unsafe impl Sync for UserData {}

impl UserData {
    pub(crate) fn new(pointer: *mut c_void, free: Option<extern "C" fn(user_data: *mut c_void)>) -> Self {
        Self { pointer, free, kept: AtomicBool::new(false) }
    }

    pub(crate) fn pointer(&self) -> *mut c_void {
        self.pointer
    }

    /// The call that would have taken it over failed: it stays the caller's.
    pub(crate) fn keep(&self) {
        self.kept.store(true, Ordering::Relaxed);
    }
}

impl Drop for UserData {
    fn drop(&mut self) {
        if let Some(free) = self.free.filter(|_| !self.kept.load(Ordering::Relaxed)) {
            free(self.pointer);
        }
    }
}

type Log = extern "C" fn(user_data: *mut c_void, level: waxwing_log_level, line: waxwing_str);
type Wake = extern "C" fn(user_data: *mut c_void);

/// Lines that wait for a slow log; more are left out, and how many is said.
const MOST_LINES: usize = 1024;

/// The threads that call back.
pub(crate) struct Herald {
    user_data: Arc<UserData>,
    lines: Mutex<Option<Lines>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// Where lines of the log go.
#[derive(Clone)]
pub(crate) struct Lines {
    /// `None` is the end.
    sender: mpsc::SyncSender<Option<(waxwing_log_level, String)>>,
    /// Of what the core says; it may change at any time.
    most: Arc<AtomicI32>,
    left_out: Arc<AtomicU64>,
}

impl Lines {
    pub(crate) fn takes(&self, level: waxwing_log_level) -> bool {
        level <= self.most.load(Ordering::Relaxed)
    }

    pub(crate) fn say(&self, level: waxwing_log_level, line: String) {
        if self.sender.try_send(Some((level, line))).is_err() {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Herald {
    pub(crate) fn new(user_data: &Arc<UserData>, log: Option<Log>, most: waxwing_log_level) -> Self {
        let mut threads = Vec::new();
        let lines = log.map(|log| {
            let (sender, receiver) = mpsc::sync_channel::<Option<(waxwing_log_level, String)>>(MOST_LINES);
            let left_out = Arc::new(AtomicU64::new(0));
            let (theirs, missed) = (Arc::clone(user_data), Arc::clone(&left_out));
            threads.push(std::thread::spawn(move || {
                let say = |level, line: &str| {
                    let mut texts = Texts::default();
                    let line = texts.keep(line);
                    or_else((), || log(theirs.pointer(), level, line));
                };
                for (level, line) in receiver.into_iter().map_while(|line| line) {
                    let missed = missed.swap(0, Ordering::Relaxed);
                    if missed > 0 {
                        say(WAXWING_LOG_WARNING, &format!("{missed} lines were left out"));
                    }
                    say(level, &line);
                }
            }));
            Lines { sender, most: Arc::new(AtomicI32::new(most)), left_out }
        });
        Self { user_data: Arc::clone(user_data), lines: Mutex::new(lines), threads: Mutex::new(threads) }
    }

    /// Wakes the caller's loop whenever the bell rings.
    pub(crate) fn listen(&self, bell: &Arc<Bell>, wake: Option<Wake>) {
        let Some(wake) = wake else { return };
        let (bell, theirs) = (Arc::clone(bell), Arc::clone(&self.user_data));
        self.threads().push(std::thread::spawn(move || {
            let mut rung = 0;
            while let Some(now) = bell.listen(rung) {
                rung = now;
                or_else((), || wake(theirs.pointer()));
            }
        }));
    }

    /// What to do at the start of each of the core's threads, so that what it logs comes here.
    pub(crate) fn thread_log(&self) -> Option<Arc<dyn Fn() + Send + Sync>> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        Some(crate::log::for_threads(lines))
    }

    /// What the core says from now on is told up to this level.
    pub(crate) fn set_level(&self, most: waxwing_log_level) {
        if let Some(lines) = &*self.lines.lock().unwrap_or_else(PoisonError::into_inner) {
            lines.most.store(most, Ordering::Relaxed);
        }
    }

    /// What the caller does wrong is told whatever the level.
    pub(crate) fn log(&self, level: waxwing_log_level, line: &str) {
        if let Some(lines) = &*self.lines.lock().unwrap_or_else(PoisonError::into_inner) {
            lines.say(level, line.to_owned());
        }
    }

    /// No callback runs any more when this returns. The bell is silent, and the core has ended.
    pub(crate) fn end(&self) {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(lines) = lines {
            // One of the core's threads may hold on to its end.
            let _ = lines.sender.send(None);
        }
        for thread in std::mem::take(&mut *self.threads()) {
            let _ = thread.join();
        }
    }

    fn threads(&self) -> std::sync::MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
