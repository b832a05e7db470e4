//! The only place with tasks: the handle, the desk that takes commands, each account's connections, the clock.
//!
//! An account has three connections, as far as its server allows (`pool`). `main_line` does everything that has an order:
//! intents, lists, headers. `body_line` fetches bodies, `watch_line` watches INBOX; where there is no connection for that
//! `main_line` does it in its rest. `life` knows the network, the battery and time that jumped. A command's local effect is written at the desk, at once,
//! whatever the connections are doing. `send_line` sends mail. `index_line` feeds the search index while nothing else is going on.

mod account;
mod body_line;
mod browser;
mod carry;
mod census;
mod clock;
mod desk;
mod discovery;
mod filing;
mod headers;
mod images;
mod index_line;
mod intake;
mod life;
mod line;
mod look;
mod mailboxes;
mod main_line;
mod news;
mod opening;
mod parts;
mod pool;
mod round;
mod secret;
mod send_line;
mod server_search;
mod trial;
mod trust;
mod watch_line;
mod whole;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

pub use news::EventStream;

use self::clock::Clock;
use self::news::News;
use crate::command::{Command, Ticket};
use crate::error::{Error, ErrorKind};
use crate::event::Event;
use crate::model::{Compression, MemoryBudget, SecretPlaces};
use crate::net::{ChainVerifier, Trust};
use crate::store::{Limits, Reader, Store};
use crate::vault::{Places, Vault};

/// What an engine needs to start.
pub struct EngineOptions {
    /// Where everything is kept; made with mode 0700 if missing.
    pub data_dir: PathBuf,
    /// Roots trusted besides the platform's, as DER certificates, for this run.
    pub extra_roots: Vec<Vec<u8>>,
    /// Who says whether an authority stands behind a server, in place of the platform's roots and of `extra_roots`.
    pub verifier: Option<Arc<dyn ChainVerifier>>,
    /// Where secrets are kept.
    pub vault: Arc<dyn Vault>,
    /// Whether connections are compressed (RFC 4978).
    pub compression: Compression,
    /// It begins as after `Command::Suspend`.
    pub is_suspended: bool,
    /// It is one of a process that lives for seconds and gets little memory, beside the app (an extension of iOS): it does
    /// with less of both.
    pub is_extension: bool,
    /// Connections for each account; `None`: as many as are of use.
    pub most_connections: Option<usize>,
    /// How long a server may say nothing while something is due; `None`: a minute.
    pub inactivity: Option<Duration>,
    /// How long a server that isn't known yet is given to keep a mail that was sent by it among sent mail itself, before that is done
    /// here; `None`: a quarter of a minute. What it does is learnt from a mail or two.
    pub sent_watch: Option<Duration>,
    /// The store is only read, whoever else is at work on it: nothing is written, no connection is opened, and what others
    /// do isn't told of. All but reading is answered with `WrongState`.
    pub is_read_only: bool,
    /// Where bodies and the search index are kept, which can be fetched or made again: the system may empty it at any time.
    /// `None`: in `data_dir`. The same each time, or all is fetched again.
    pub cache_dir: Option<PathBuf>,
    /// Bytes of bodies that are kept on disk; `None`: as many as `Command::SetKeep` says. Those of the oldest mail go first,
    /// and come again when they are asked for.
    pub most_on_disk: Option<u64>,
    /// Bytes for caches and what is on its way; `None`: the usual, or the small one of an extension.
    pub memory: Option<MemoryBudget>,
    /// Called at the start of each of its threads: for what belongs to a thread, such as where its log goes.
    pub on_thread: Option<Arc<dyn Fn() + Send + Sync>>,
}

impl EngineOptions {
    /// With the platform's roots alone, and everything else as it suits most.
    pub fn new(data_dir: PathBuf, vault: Arc<dyn Vault>) -> Self {
        let (extra_roots, compression, most_connections, inactivity, sent_watch) = Default::default();
        Self {
            data_dir,
            extra_roots,
            verifier: None,
            vault,
            compression,
            is_suspended: false,
            is_extension: false,
            most_connections,
            inactivity,
            sent_watch,
            is_read_only: false,
            cache_dir: None,
            most_on_disk: None,
            memory: None,
            on_thread: None,
        }
    }
}

/// How connections are used.
#[derive(Clone, Copy, Debug)]
struct Manner {
    compression: Compression,
    most_connections: usize,
    inactivity: Option<Duration>,
    sent_watch: Option<Duration>,
    memory: MemoryBudget,
}

impl Default for Manner {
    fn default() -> Self {
        let (compression, inactivity, sent_watch, memory) = Default::default();
        Self { compression, most_connections: usize::MAX, inactivity, sent_watch, memory }
    }
}

/// As what an engine begins.
#[derive(Clone, Copy, Debug)]
enum Beginning {
    AtWork,
    Suspended,
    Reading,
}

/// The running core. Cheap to clone; it ends when the last clone is dropped or `shut_down` is called.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    orders: UnboundedSender<Order>,
    tickets: Arc<AtomicU64>,
    news: News,
    reader: Reader,
    vault: Arc<dyn Vault>,
    runtime: Mutex<Option<Runtime>>,
}

/// What comes to the desk.
enum Order {
    Do(Ticket, Command),
    /// The same; who asked waits until what it comes to here is durable, and is told if it is refused.
    DoDurably(Ticket, Command, mpsc::Sender<Result<(), Error>>),
    /// Answer everybody who waits and take nothing more; then say so.
    Close(mpsc::Sender<()>),
}

/// For everybody who waits to be answered when the engine ends.
const CLOSING: Duration = Duration::from_secs(3);

impl Engine {
    /// Opens the store and starts working on every account in it.
    ///
    /// # Errors
    /// `WrongState` when another process has the store open, `DiskFull`, `StorageFailed`, `TlsFailed` when no root of
    /// trust can be had.
    pub fn start(options: EngineOptions) -> Result<Self, Error> {
        let usual = if options.is_extension { MemoryBudget::SMALL } else { MemoryBudget::USUAL };
        let memory = options.memory.unwrap_or(usual);
        let limits = Limits { caches: options.cache_dir, bodies: options.most_on_disk, memory };
        let store = if options.is_read_only {
            Store::open_for_reading(&options.data_dir, limits)?
        } else {
            Store::open_within(&options.data_dir, limits)?
        };
        let trust = match options.verifier {
            Some(verifier) => Trust::asking(verifier)?,
            None => Trust::new(&options.extra_roots)?,
        };
        let mut runtime = Builder::new_multi_thread();
        runtime.worker_threads(if options.is_extension { 1 } else { 2 }).thread_name("waxwing").enable_all();
        if let Some(on_thread) = options.on_thread {
            runtime.on_thread_start(move || on_thread());
        }
        let runtime = runtime.build().map_err(|error| Error::new(ErrorKind::Bug).because(error))?;
        let handle = runtime.handle().clone();
        let manner = Manner {
            compression: options.compression,
            most_connections: options.most_connections.unwrap_or(usize::MAX),
            inactivity: options.inactivity,
            sent_watch: options.sent_watch,
            memory,
        };
        let beginning = match (options.is_read_only, options.is_suspended) {
            (true, _) => Beginning::Reading,
            (false, true) => Beginning::Suspended,
            (false, false) => Beginning::AtWork,
        };
        Self::begin((store, trust, options.vault), (manner, beginning), &handle, Some(runtime))
    }

    /// An engine on a runtime, and so a clock, that is the caller's, which reaches its servers over a road of the
    /// caller's: for simulations. It ends with that runtime, or by `end`.
    ///
    /// # Errors
    /// Those of `start`.
    #[cfg(feature = "simulation")]
    pub fn start_on(
        runtime: &tokio::runtime::Handle,
        trust: Trust,
        data_dir: &std::path::Path,
        vault: Arc<dyn Vault>,
    ) -> Result<Self, Error> {
        // The engine's clock starts as it is there.
        let _entered = runtime.enter();
        let manner = Manner { compression: Compression::Never, ..Manner::default() };
        Self::begin((Store::open(data_dir)?, trust, vault), (manner, Beginning::AtWork), runtime, None)
    }

    fn begin(
        (store, trust, vault): (Store, Trust, Arc<dyn Vault>),
        (manner, beginning): (Manner, Beginning),
        handle: &Handle,
        runtime: Option<Runtime>,
    ) -> Result<Self, Error> {
        let trust = trust.anew();
        let (next_ticket, accounts) = {
            let writer = store.writer();
            let pins = writer.pins()?.into_iter().map(|pin| (pin.host, pin.port, pin.key));
            trust.pins().replace(pins);
            (writer.next_ticket()?, writer.accounts()?)
        };
        let (news, asked) = (News::default(), Arc::clone(&vault));
        let reader = store.reader();
        let (orders, inbox) = unbounded_channel();
        let tickets = Arc::new(AtomicU64::new(next_ticket));
        let mut desk =
            desk::Desk::new((store.clone(), news.clone(), trust, vault), Clock::new(), Arc::clone(&tickets));
        desk.manner = manner;
        let accounts = match beginning {
            Beginning::AtWork => accounts,
            Beginning::Suspended => {
                store.release(CLOSING)?;
                desk.suspended = true;
                Vec::new()
            }
            Beginning::Reading => {
                desk.reads_only = true;
                Vec::new()
            }
        };
        handle.spawn(desk.run(accounts, inbox));
        let runtime = Mutex::new(runtime);
        Ok(Self(Arc::new(Inner { orders, tickets, news, reader, vault: asked, runtime })))
    }

    /// A ticket that no command has or gets: for what a caller answers itself.
    pub fn reserve_ticket(&self) -> Ticket {
        Ticket(self.0.tickets.fetch_add(1, Ordering::Relaxed))
    }

    /// Hands over a command. Never waits. After `shut_down` it is answered with `Closed`.
    pub fn submit(&self, command: Command) -> Ticket {
        let ticket = self.reserve_ticket();
        if self.0.orders.send(Order::Do(ticket, command)).is_err() {
            let outcome = Err(Error::new(ErrorKind::Closed));
            self.0.news.tell(&Event::Finished { ticket, outcome });
        }
        ticket
    }

    /// Hands over a command and waits until what it comes to on this device is durable: a few milliseconds. An error is its
    /// answer, and no `Event::Finished` follows. Not for async tasks.
    ///
    /// # Errors
    /// Whatever the command is refused with at once; `Closed`.
    pub fn submit_durable(&self, command: Command) -> Result<Ticket, Error> {
        let ticket = self.reserve_ticket();
        let (taken, wait) = mpsc::channel();
        let closed = |_| Error::new(ErrorKind::Closed);
        self.0.orders.send(Order::DoDurably(ticket, command, taken)).map_err(|_| closed(mpsc::RecvError))?;
        wait.recv().map_err(closed)??;
        Ok(ticket)
    }

    /// All news from now on.
    pub fn events(&self) -> EventStream {
        self.0.news.listen()
    }

    /// What is on this device.
    pub fn reader(&self) -> Reader {
        self.0.reader.clone()
    }

    /// Where secrets are kept and how that stands; `None` where the app keeps them itself. Reads no more than whether there is a
    /// file; the keyring is as it was found when a secret was last kept there or looked for.
    pub fn secret_places(&self) -> Option<SecretPlaces> {
        self.0.vault.places().map(Places::stand)
    }

    /// Stops all work and closes connections and the store. Blocks for at most a few seconds; not for async tasks.
    ///
    /// Commands without an answer get `Closed`, except changes to mail that are durable already: they go on when the
    /// engine is started again, and are answered then.
    pub fn shut_down(&self) {
        // Held to the end: whoever comes second waits until all is answered.
        let mut runtime = self.0.runtime.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = runtime.take() {
            let (closed, wait) = mpsc::channel();
            if self.0.orders.send(Order::Close(closed)).is_ok() {
                let _ = wait.recv_timeout(CLOSING);
            }
            runtime.shutdown_timeout(Duration::from_secs(3));
        }
        self.0.news.close();
    }

    /// `shut_down` for an engine on the caller's runtime.
    #[cfg(feature = "simulation")]
    pub async fn end(&self) {
        let (closed, wait) = mpsc::channel();
        if self.0.orders.send(Order::Close(closed)).is_ok() {
            let over = tokio::time::Instant::now() + CLOSING;
            while wait.try_recv() == Err(mpsc::TryRecvError::Empty) && tokio::time::Instant::now() < over {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        self.0.news.close();
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let runtime = self.runtime.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(runtime) = runtime {
            runtime.shutdown_background();
        }
        self.news.close();
    }
}
