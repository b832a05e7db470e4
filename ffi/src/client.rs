//! The client: the running core with its queue of events.

use std::mem::MaybeUninit;

use std::collections::HashMap;
use std::ffi::c_void;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use waxwing_core::model::{EmailId, MemoryBudget};
use waxwing_core::{
    Command, Done, Engine, EngineOptions, Error, ErrorKind, Event, PartReader, Reader, Ticket,
};

use crate::event::{Told, waxwing_event};
use crate::guard::{self, Fault, Misuse, Sized32, Slot, caught, or_else};
use crate::herald::{Herald, UserData};
use crate::inbox::{Inbox, Taken};
use crate::lists::Lists;
use crate::log::{WAXWING_LOG_ERROR, waxwing_log_level};
use crate::message::{Load, waxwing_message};
use crate::parts::Saving;
use crate::secrets::{Replies, Secrets, waxwing_secret_store};
use crate::status::{WAXWING_E_CLOSED, WAXWING_E_TIMEOUT, WAXWING_OK, waxwing_error, waxwing_status};
use crate::text::{waxwing_bytes, waxwing_str};
use crate::verifier::waxwing_tls_verifier;

/// Names a request; its single final answer is one event with it. Never 0, never reused in a client's life.
pub type waxwing_request = u64;

/// A change that was made here: it survives restarts, and while the client lives it is also the request id of its final event.
pub type waxwing_operation_id = u64;

/// The process lives for seconds, beside the app, and gets little memory (an extension of iOS, a worker): it begins suspended,
/// is used by `waxwing_sync_now`, and does with less of everything.
pub const WAXWING_CLIENT_EXTENSION: u32 = 1;
/// It begins as after `waxwing_client_suspend`.
pub const WAXWING_CLIENT_START_SUSPENDED: u32 = 2;

/// The store is only read, while the app itself may be at work on it (a widget, say): snapshots and messages that are here are
/// had, all else is E_STATE. Nothing is written, no connection is opened, and nobody tells what the app does meanwhile: take
/// snapshots again. Not with EXTENSION or START_SUSPENDED.
pub const WAXWING_CLIENT_READ_ONLY: u32 = 4;

/// The core: store, accounts, network, timers. Opaque.
pub struct waxwing_client {
    pub(crate) engine: Engine,
    reader: Reader,
    pub(crate) lists: Lists,
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) replies: Arc<Replies>,
    /// What requests are answered with, where that isn't plain.
    requests: Mutex<Requests>,
    /// The file of a message that was read from last.
    pub(crate) part: Mutex<Option<PartReader>>,
    readings: Mutex<Option<mpsc::Sender<Reading>>>,
    reading: Mutex<Option<JoinHandle<()>>>,
    pub(crate) herald: Herald,
    /// Called last of all.
    _user_data: Arc<UserData>,
}

/// Requests that wait.
#[derive(Default)]
struct Requests {
    open: HashMap<Ticket, Purpose>,
    /// No more are taken.
    closed: bool,
}

/// What a request is for, as far as its answer depends on it.
#[derive(Debug)]
pub(crate) enum Purpose {
    Plain,
    /// Nobody waits for it.
    Silent,
    Sync {
        account: i64,
        mailbox: i64,
    },
    Suspend,
    Load {
        email: EmailId,
        what: Load,
    },
    Save {
        email: EmailId,
        saving: Saving,
    },
}

/// Work that reads the store for long, away from the caller's threads.
type Reading = Box<dyn FnOnce() + Send>;

/// How a client is opened. Zero it, set `struct_size` to `sizeof(waxwing_client_options)`, then what is wanted.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct waxwing_client_options {
    pub struct_size: u32,
    /// WAXWING_CLIENT_*
    pub flags: u32,
    /// Required, absolute; made if missing. Nothing is written elsewhere, but for `cache_dir`.
    pub data_dir: waxwing_str,
    /// WAXWING_LOG_*: how much is told to `log`; 0: nothing but the caller's mistakes. See `waxwing_client_set_log_level`.
    pub log_level: waxwing_log_level,
    /// Events may wait; edge triggered. Only signal your loop here. NULL: none.
    pub wake: Option<extern "C" fn(user_data: *mut c_void)>,
    /// A line of the log, without its end. NULL: none.
    pub log: Option<extern "C" fn(user_data: *mut c_void, level: waxwing_log_level, line: waxwing_str)>,
    /// For `wake` and `log`.
    pub user_data: *mut c_void,
    /// Called once, after the last callback; not when opening fails. NULL: none.
    pub free: Option<extern "C" fn(user_data: *mut c_void)>,
    /// Copied. NULL: the keyring of the desktop, where there is one, or what `waxwing_secrets_keep` says; what can't be kept there
    /// lives as long as the client.
    pub secrets: *const waxwing_secret_store,
    /// More trust anchors, for this client only (a company's own, tests). Empty: none.
    pub extra_roots_pem: waxwing_bytes,
    /// Connections for each account; 0: as many as are of use (5 at most).
    pub max_connections: u32,
    /// A connection on which nothing comes for so long while an answer is due is given up; 0: 60 000.
    pub inactivity_ms: u32,
    /// Copied. NULL: the platform's own verifier and `extra_roots_pem`, which otherwise isn't used.
    pub verifier: *const waxwing_tls_verifier,
    /// Absolute; made if missing. Where bodies and the search index are, which can be fetched or made again: the system may empty
    /// it at any time. The same each time, or all is fetched again. "": in `data_dir`.
    pub cache_dir: waxwing_str,
    /// Bytes for caches and for what is on its way from servers, at least 4 MiB; one message that is being read comes besides.
    /// 0: 64 MiB, more than which is of no use; as EXTENSION 8 MiB.
    pub memory_cap: u64,
    /// Bytes of bodies kept on disk. Those of the oldest messages go first, and come again when they are asked for. 0: as many as
    /// `waxwing_mailbox_set_offline` says.
    pub cache_disk_cap: u64,
}

// SAFETY: it begins with its size, and is valid where all its bytes are zero.
unsafe impl Sized32 for waxwing_client_options {
    const FIRST: usize = size_of::<Self>();
}

/// Opens the store and starts working on every account in it. Blocks while the store is opened (milliseconds).
///
/// `out_error` may be NULL; what it gets is freed with `waxwing_error_free`. E_STATE: another process has the store.
/// E_NOT_FOUND: READ_ONLY, and there is none.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_client_open(
    options: MaybeUninit<&waxwing_client_options>,
    out: MaybeUninit<&mut *mut waxwing_client>,
    out_error: *mut *mut waxwing_error,
) -> waxwing_status {
    // SAFETY: the caller's promise: NULL or memory for a pointer.
    let slot = unsafe { guard::slot_for_pointer(out, "out") };
    // SAFETY: as above.
    let for_error = unsafe { Slot::of_nullable(out_error) };
    let opened = caught(|| {
        let slot = slot?;
        // SAFETY: the caller's promise: a struct as long as it says, whose texts live during the call.
        let client = unsafe { open(guard::sized(options, "options")?)? };
        slot.fill(Box::into_raw(Box::new(client)));
        Ok(())
    });
    let Err(fault) = opened else {
        if let Some(slot) = for_error {
            slot.fill(std::ptr::null_mut());
        }
        return WAXWING_OK;
    };
    if let Some(slot) = for_error {
        let error = match &fault {
            Fault::Misuse(misuse) => {
                waxwing_error::saying(&Error::new(ErrorKind::InvalidInput), &misuse.to_string())
            }
            Fault::Core(error) => waxwing_error::of(error),
        };
        slot.fill(Box::into_raw(error));
    }
    fault.status()
}

/// # Safety
/// What the options point at lives during the call, and callbacks may be called until `free` is.
unsafe fn open(options: waxwing_client_options) -> Result<waxwing_client, Fault> {
    // SAFETY: the caller's promise, here and below.
    let data_dir = unsafe { options.data_dir.read("options.data_dir")? };
    if !Path::new(data_dir).is_absolute() {
        return Err(Misuse::of("options.data_dir", "is not an absolute path").into());
    }
    // SAFETY: as above.
    let cache_dir = unsafe { options.cache_dir.read("options.cache_dir")? };
    if !cache_dir.is_empty() && !Path::new(cache_dir).is_absolute() {
        return Err(Misuse::of("options.cache_dir", "is not an absolute path").into());
    }
    let sleeping = WAXWING_CLIENT_EXTENSION | WAXWING_CLIENT_START_SUSPENDED;
    let is_read_only = options.flags & WAXWING_CLIENT_READ_ONLY != 0;
    if options.flags & !(sleeping | WAXWING_CLIENT_READ_ONLY) != 0 {
        return Err(Misuse::of("options.flags", "has bits that mean nothing").into());
    }
    if is_read_only && options.flags & sleeping != 0 {
        return Err(Misuse::of("options.flags", "has READ_ONLY with another").into());
    }
    let log_level = crate::log::known(options.log_level, "options.log_level")?;
    // SAFETY: as above.
    let pem = unsafe { options.extra_roots_pem.read("options.extra_roots_pem")? };
    let extra_roots = waxwing_core::roots_of_pem(pem)
        .map_err(|_| Misuse::of("options.extra_roots_pem", "holds no certificate or something else"))?;
    let replies = Arc::new(Replies::default());
    // SAFETY: as above.
    let Secrets { vault, user_data: secrets } =
        unsafe { crate::secrets::vault(options.secrets, Path::new(data_dir), &replies)? };
    // SAFETY: as above.
    let verifier = unsafe { crate::verifier::verifier(options.verifier, &replies) };
    let verifier = verifier.inspect_err(|_| secrets.iter().for_each(|secrets| secrets.keep()))?;
    // From here on the caller's data are ours to free, unless opening fails.
    let user_data = Arc::new(UserData::new(options.user_data, options.free));
    let keep = || {
        user_data.keep();
        secrets.iter().for_each(|secrets| secrets.keep());
        verifier.iter().for_each(|(_, theirs)| theirs.keep());
    };
    let herald = Herald::new(&user_data, options.log, log_level);
    let mut engine_options = EngineOptions::new(PathBuf::from(data_dir), vault);
    engine_options.extra_roots = extra_roots;
    engine_options.verifier = verifier.as_ref().map(|(verifier, _)| Arc::clone(verifier));
    engine_options.is_extension = options.flags & WAXWING_CLIENT_EXTENSION != 0;
    engine_options.is_suspended = options.flags & sleeping != 0;
    engine_options.is_read_only = is_read_only;
    engine_options.cache_dir = Some(PathBuf::from(cache_dir)).filter(|path| !path.as_os_str().is_empty());
    engine_options.memory = Some(options.memory_cap).filter(|bytes| *bytes > 0).map(MemoryBudget::of);
    engine_options.most_on_disk = Some(options.cache_disk_cap).filter(|bytes| *bytes > 0);
    engine_options.most_connections = usize::try_from(options.max_connections).ok().filter(|most| *most > 0);
    let inactivity = Duration::from_millis(u64::from(options.inactivity_ms));
    engine_options.inactivity = Some(inactivity).filter(|inactivity| !inactivity.is_zero());
    engine_options.on_thread = herald.thread_log();
    let engine = match Engine::start(engine_options) {
        Ok(engine) => engine,
        Err(error) => {
            keep();
            return Err(error.into());
        }
    };
    let inbox = match Inbox::new(engine.events()) {
        Ok(inbox) => Arc::new(inbox),
        Err(error) => {
            keep();
            return Err(Error::new(ErrorKind::Bug).because(error).into());
        }
    };
    let (readings, reading) = reader_thread();
    herald.listen(inbox.bell(), options.wake);
    Ok(waxwing_client {
        reader: engine.reader(),
        engine,
        lists: Lists::default(),
        inbox,
        replies,
        requests: Mutex::default(),
        part: Mutex::default(),
        readings: Mutex::new(Some(readings)),
        reading: Mutex::new(Some(reading)),
        herald,
        _user_data: user_data,
    })
}

/// Ends all work: requests that wait are answered with E_CLOSED, connections and the store are closed, then
/// `waxwing_client_next_event` says E_CLOSED. Idempotent. Blocks for at most a few seconds. Changes to mail are kept and go on
/// when the store is opened again.
#[unsafe(no_mangle)]
pub extern "C" fn waxwing_client_close(client: MaybeUninit<&waxwing_client>) {
    or_else((), || {
        // SAFETY: the caller's promise: NULL or a client that lives.
        if let Ok(client) = unsafe { guard::given(client, "client") } {
            client.close();
        }
    });
}

/// Closes a client if need be, waits for its threads and frees it. NULL is fine. Not from a callback of its own.
#[unsafe(no_mangle)]
pub extern "C" fn waxwing_client_free(client: *mut waxwing_client) {
    // SAFETY: the caller's promise: NULL, or it was given by the library, once, and is given back.
    unsafe { guard::free(client) };
}

/// Waits for the next event, `timeout_ms` milliseconds: 0 only looks, -1 waits for ever.
///
/// The event is freed with `waxwing_event_free`. E_TIMEOUT: none came. E_CLOSED: none will come any more.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_client_next_event(
    client: MaybeUninit<&waxwing_client>,
    timeout_ms: i32,
    out: MaybeUninit<&mut *mut waxwing_event>,
) -> waxwing_status {
    let mut status = WAXWING_OK;
    // SAFETY: the caller's promise: NULL or memory for a pointer.
    let slot = unsafe { guard::slot_for_pointer(out, "out") };
    let called = guard::on_client(client, "waxwing_client_next_event", |client| {
        let slot = slot?;
        let timeout = match u64::try_from(timeout_ms) {
            Ok(timeout) => Some(Duration::from_millis(timeout)),
            Err(_) if timeout_ms == -1 => None,
            Err(_) => return Err(Misuse::of("timeout_ms", "is negative and not -1").into()),
        };
        match client.inbox.take(timeout, |event, tell| client.translate(event, tell)) {
            Taken::Event(told) => slot.fill(Box::into_raw(waxwing_event::of(*told))),
            Taken::Nothing => status = WAXWING_E_TIMEOUT,
            Taken::Closed => status = WAXWING_E_CLOSED,
        }
        Ok(())
    });
    if called == WAXWING_OK { status } else { called }
}

/// A file descriptor that is readable while events may wait: poll it, then take events until E_TIMEOUT. Owned by the client;
/// don't read or close it. -1 where there are none (Windows).
#[unsafe(no_mangle)]
pub extern "C" fn waxwing_client_event_fd(client: MaybeUninit<&waxwing_client>) -> i32 {
    or_else(-1, || {
        // SAFETY: the caller's promise: NULL or a client that lives.
        let Ok(_client) = (unsafe { guard::given(client, "client") }) else { return -1 };
        #[cfg(unix)]
        return _client.inbox.bell().file();
        #[cfg(not(unix))]
        -1
    })
}

/// Ends the wait for a request that may be ended: looking for settings, adding an account, signing in, syncing, loading, searching
/// servers, fetching pictures, a part or a whole message, and leaving a list by one request, which may have been made by then. Its
/// final event is then FAILED with E_CANCELLED or, if it was too late, its result. Looking for settings ends with SETUP_FOUND and
/// what was found by then, if that is anything to sign in with. Returns at once. Nothing happens where there is no such request, or
/// it is a change: that is taken back by `waxwing_operation_undo`.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_client_cancel(
    client: MaybeUninit<&waxwing_client>,
    request: waxwing_request,
) -> waxwing_status {
    guard::on_client(client, "waxwing_client_cancel", |client| {
        if request == 0 {
            return Err(Misuse::of("request", "is 0").into());
        }
        client.submit(Command::Cancel { ticket: Ticket(request) }, Purpose::Silent)?;
        Ok(())
    })
}

/// A report for whoever helps: how everything is doing, what the servers offer, which ways were chosen. Final: DONE with `text`:
/// JSON on one line, for people; its form is no part of the ABI. No address, no name of a person, a server or a mailbox, no
/// text of messages and no secret is in it.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_client_report(
    client: MaybeUninit<&waxwing_client>,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    crate::accounts::request(client, "waxwing_client_report", out_request, Purpose::Plain, || {
        Ok(Command::Report)
    })
}

impl waxwing_client {
    /// Hands a command over. Its answer is told by what it is for.
    pub(crate) fn submit(&self, command: Command, purpose: Purpose) -> Result<waxwing_request, Fault> {
        // Held until the purpose is known: the answer may come at once.
        let mut requests = self.requests();
        if requests.closed {
            return Err(Fault::of(ErrorKind::Closed));
        }
        let ticket = self.engine.submit(command);
        if !matches!(purpose, Purpose::Plain) {
            requests.open.insert(ticket, purpose);
        }
        Ok(ticket.0)
    }

    /// What is on this device, until the client is closed.
    pub(crate) fn reader(&self) -> Result<&Reader, Fault> {
        if self.requests().closed { Err(Fault::of(ErrorKind::Closed)) } else { Ok(&self.reader) }
    }

    fn requests(&self) -> MutexGuard<'_, Requests> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What an event of the core is to C. `true`: an answer comes late.
    fn translate(&self, event: Event, tell: &mut dyn FnMut(Told)) -> bool {
        match event {
            Event::Finished { ticket, outcome } => {
                let purpose = self.requests().open.remove(&ticket).unwrap_or(Purpose::Plain);
                match (purpose, outcome) {
                    (Purpose::Silent, _) => {}
                    (Purpose::Load { email, what }, Ok(_)) => {
                        let reader = self.reader.clone();
                        self.read_late(ticket, move || Ok(waxwing_message::read(&reader, email, what)?));
                        return true;
                    }
                    (Purpose::Save { email, saving }, Ok(_)) => {
                        let reader = self.reader.clone();
                        self.tell_late(move || {
                            let saved = caught(|| Ok(saving.run(&reader, email)?)).map_err(Fault::into_error);
                            Told::answer(ticket, &Purpose::Plain, saved.map(|()| Done::Nothing))
                        });
                        return true;
                    }
                    (purpose, outcome) => tell(Told::answer(ticket, &purpose, outcome)),
                }
            }
            Event::FolderChanged { mailbox, .. } => {
                for (list, generation) in self.lists.changed(mailbox) {
                    tell(Told::list_changed(list, mailbox, generation));
                }
            }
            event => Told::news(event, tell),
        }
        false
    }

    /// Submits a command that nobody else is told the answer of, and waits for that.
    pub(crate) fn answered_within(&self, command: Command, timeout: Duration) -> Result<(), Fault> {
        let bug = |error| Fault::from(Error::new(ErrorKind::Bug).because(error));
        // It listens before anything can be said.
        let answers = Inbox::new(self.engine.events()).map_err(bug)?;
        let ticket = Ticket(self.submit(command, Purpose::Silent)?);
        let taken = answers.take(Some(timeout), |event, tell| {
            if let Event::Finished { ticket: answered, outcome } = event
                && answered == ticket
            {
                tell(Told::answer(ticket, &Purpose::Plain, outcome));
            }
            false
        });
        match taken {
            Taken::Event(told) => told.error.map_or(Ok(()), |error| Err(error.into())),
            Taken::Nothing => Err(Fault::of(ErrorKind::TimedOut)),
            Taken::Closed => Err(Fault::of(ErrorKind::Closed)),
        }
    }

    /// Reads a message from its bytes and tells of it. Nothing of the engine's is needed for that, so it may be asleep.
    pub(crate) fn parse(&self, bytes: Vec<u8>, what: Load) -> Result<waxwing_request, Fault> {
        // Held until it is on its way: whoever closes waits for it.
        let requests = self.requests();
        if requests.closed {
            return Err(Fault::of(ErrorKind::Closed));
        }
        let ticket = self.engine.reserve_ticket();
        self.inbox.expect_late();
        self.read_late(ticket, move || Ok(waxwing_message::parsed(bytes, what)));
        drop(requests);
        Ok(ticket.0)
    }

    /// Reads a message away from the caller's threads and tells of it.
    fn read_late(
        &self,
        ticket: Ticket,
        read: impl FnOnce() -> Result<waxwing_message, Fault> + Send + 'static,
    ) {
        self.tell_late(move || Told::message(ticket, caught(read).map_err(Fault::into_error)));
    }

    /// Does something away from the caller's threads and tells what came of it.
    fn tell_late(&self, work: impl FnOnce() -> Told + Send + 'static) {
        let inbox = Arc::clone(&self.inbox);
        let reading: Reading = Box::new(move || inbox.tell_late(work()));
        let readings = self.readings.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever reads is gone: it is read here, an answer is owed.
        if let Err(mpsc::SendError(reading)) = match &*readings {
            Some(readings) => readings.send(reading),
            None => Err(mpsc::SendError(reading)),
        } {
            drop(readings);
            std::thread::spawn(reading);
        }
    }

    pub(crate) fn log_fault(&self, call: &str, fault: &Fault) {
        self.herald.log(WAXWING_LOG_ERROR, &format!("{call}: {fault}"));
    }

    fn close(&self) {
        self.requests().closed = true;
        self.replies.close();
        self.engine.shut_down();
        // What is being read is answered first.
        drop(self.readings.lock().unwrap_or_else(PoisonError::into_inner).take());
        let reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(reading) = reading {
            let _ = reading.join();
        }
    }
}

impl Drop for waxwing_client {
    fn drop(&mut self) {
        self.close();
        self.inbox.bell().silence();
        self.herald.end();
    }
}

/// The thread that reads messages, one after another.
fn reader_thread() -> (mpsc::Sender<Reading>, JoinHandle<()>) {
    let (sender, readings) = mpsc::channel::<Reading>();
    let thread = std::thread::spawn(move || readings.into_iter().for_each(|reading| reading()));
    (sender, thread)
}
