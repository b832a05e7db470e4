//! The engine on a clock that jumps to the next moment at which anything happens, and on connections in memory.
//!
//! Engine and server share one thread. TLS is spoken and verified as ever. While the test itself does something, no
//! time goes by and nothing else moves: a run costs what is computed in it and no waiting.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tokio_rustls::TlsAcceptor;
use waxwing_core::model::{AccountConfig, AccountId, Secret, SecretKind, Security};
use waxwing_core::net::{Bytes, Road, Target, Trust};
use waxwing_core::{Command, Done, Engine, Event, EventStream, Reader, Ticket};
use waxwing_demo::model::{Connection, Dialect, Flags, Mailstore};
use waxwing_demo::submission::{Outbox, Talk};
use waxwing_tests::authority::Authority;
use waxwing_tests::engine::{MemoryVault, once_unlocked};
use waxwing_tests::model::{PASSWORD, USER};

use super::ground::{Ground, directory};
use super::random::Random;

/// What a connection holds on its way, each direction.
const IN_FLIGHT: usize = 64 << 10;
/// The port of the submission server, over TLS.
pub(crate) const SUBMISSION: u16 = 465;
/// Where the server's clock begins, in milliseconds since 1970.
const DAWN: i64 = 1_790_000_000_000;

/// The mailbox for sent mail.
pub(crate) const SENT: &str = "Gesendet";

/// Whom all simulated engines trust and how all simulated servers prove themselves: made once, it is slow.
static IDENTITY: LazyLock<(Trust, TlsAcceptor)> = LazyLock::new(|| {
    let authority = Authority::new();
    let leaf = authority.leaf(&["mail.example"]);
    let trust = Trust::new(&[authority.root()]).expect("an authority");
    (trust, TlsAcceptor::from(leaf.server_config()))
});

/// The server, as all its connections and the test see it.
struct Shared {
    store: Mutex<Mailstore>,
    dialect: Dialect,
    /// Counts changes; connections look at the store when it moves.
    changes: watch::Sender<u64>,
    /// Counts how often all connections were cut.
    cuts: watch::Sender<u64>,
    random: Mutex<Random>,
    /// The longest time an answer takes on its way, in milliseconds.
    latency: usize,
    /// The submission server, and how long after it took a mail that one is among sent mail, if it is put there.
    outbox: Mutex<Outbox>,
    keeps_after: Mutex<Option<Duration>>,
}

impl Shared {
    fn with<T>(&self, act: impl FnOnce(&mut Mailstore) -> T) -> T {
        let result = act(&mut self.store.lock().unwrap_or_else(PoisonError::into_inner));
        self.changes.send_modify(|count| *count += 1);
        result
    }

    /// What a change on another connection does here; nobody else has to hear of it.
    fn look<T>(&self, act: impl FnOnce(&mut Mailstore) -> T) -> T {
        act(&mut self.store.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn with_outbox<T>(&self, act: impl FnOnce(&mut Outbox) -> T) -> T {
        act(&mut self.outbox.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn travel(&self) {
        let time = self.random.lock().unwrap_or_else(PoisonError::into_inner).below(self.latency + 1);
        if time > 0 {
            sleep(Duration::from_millis(time as u64)).await;
        }
    }
}

/// The way to that server.
struct InMemory(Arc<Shared>);

impl Road for InMemory {
    fn go(&self, target: &Target) -> BoxFuture<'static, io::Result<Box<dyn Bytes>>> {
        let (shared, sends) = (Arc::clone(&self.0), target.port == SUBMISSION);
        async move {
            let (here, there) = duplex(IN_FLIGHT);
            // A connection that fails is the client's to notice.
            tokio::spawn(async move {
                drop(if sends { submit(there, shared).await } else { attend(there, shared).await })
            });
            Ok(Box::new(here) as Box<dyn Bytes>)
        }
        .boxed()
    }
}

fn now() -> i64 {
    // Counted from the same moment in every runtime of this process.
    static START: LazyLock<std::time::Instant> = LazyLock::new(std::time::Instant::now);
    let start = *START;
    DAWN + i64::try_from(Instant::now().into_std().duration_since(start).as_millis()).unwrap_or(0)
}

/// One connection from handshake to end.
async fn attend(stream: DuplexStream, shared: Arc<Shared>) -> io::Result<()> {
    let (mut changes, mut cuts) = (shared.changes.subscribe(), shared.cuts.subscribe());
    let mut stream = IDENTITY.1.accept(stream).await?;
    let mut connection = shared.look(|store| Connection::open(store, shared.dialect.clone(), now()));
    let mut buffer = vec![0; 16 << 10];
    loop {
        loop {
            let piece = connection.take_output();
            if piece.is_empty() {
                break;
            }
            tokio::select! {
                written = stream.write_all(&piece) => written?,
                _ = cuts.changed() => return Ok(()),
            }
            stream.flush().await?;
        }
        if connection.is_closed() && connection.wake_at().is_none() {
            return stream.shutdown().await;
        }
        let wake_at = connection.wake_at();
        tokio::select! {
            size = stream.read(&mut buffer) => {
                let size = size?;
                if size == 0 {
                    return Ok(());
                }
                shared.travel().await;
                shared.with(|store| {
                    // Meanwhile its mailbox may have been numbered anew, which no session survives (RFC 9051, 2.3.1.1).
                    connection.poll(store, now());
                    connection.feed(store, &buffer[..size], now());
                });
            }
            _ = changes.changed() => shared.look(|store| connection.poll(store, now())),
            () = until(wake_at) => shared.look(|store| connection.poll(store, now())),
            _ = cuts.changed() => return Ok(()),
        }
    }
}

/// One connection that sends mail.
async fn submit(stream: DuplexStream, shared: Arc<Shared>) -> io::Result<()> {
    let mut stream = IDENTITY.1.accept(stream).await?;
    let mut talk = shared.with_outbox(|outbox| Talk::open(outbox, true));
    let mut buffer = vec![0; 16 << 10];
    loop {
        stream.write_all(&talk.take_output()).await?;
        stream.flush().await?;
        if talk.is_closed() {
            return stream.shutdown().await;
        }
        let size = stream.read(&mut buffer).await?;
        if size == 0 {
            return Ok(());
        }
        let before = shared.with_outbox(|outbox| outbox.carried.len());
        shared.with(|store| shared.with_outbox(|outbox| talk.feed(&buffer[..size], outbox, store, now())));
        let carried = shared.with_outbox(|outbox| outbox.carried.get(before).cloned());
        let after = *shared.keeps_after.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(carried), Some(after)) = (carried, after) {
            let shared = Arc::clone(&shared);
            tokio::spawn(async move {
                sleep(after).await;
                shared.with(|store| {
                    let sent = store.mailbox_mut(USER, SENT).expect("there is one for sent mail");
                    sent.append(carried.mail, Flags::from(["\\Seen"]), now());
                });
            });
        }
    }
}

async fn until(moment: Option<i64>) {
    match moment {
        None => std::future::pending().await,
        Some(moment) => {
            sleep(Duration::from_millis(u64::try_from(moment.saturating_sub(now())).unwrap_or(0))).await;
        }
    }
}

/// An engine in a world of its own.
pub(crate) struct Simulated {
    // First, so that it is gone before the store it works on is opened again.
    runtime: Option<Runtime>,
    engine: Option<Engine>,
    events: EventStream,
    shared: Arc<Shared>,
    vault: MemoryVault,
    account: AccountId,
    directory: Arc<TempDir>,
    start: Instant,
}

fn runtime() -> Runtime {
    Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        // Work on the store is done in the order in which it was asked for.
        .max_blocking_threads(1)
        .build()
        .expect("a runtime")
}

fn engine(runtime: &Runtime, shared: &Arc<Shared>, vault: &MemoryVault, directory: &TempDir) -> Engine {
    let trust = || IDENTITY.0.clone().on(Arc::new(InMemory(Arc::clone(shared))));
    let data = directory.path().join("data");
    once_unlocked(|| Engine::start_on(runtime.handle(), trust(), &data, Arc::new(vault.clone())))
        .expect("the store opens")
}

impl Simulated {
    /// Looks at what was sent, or says what is to go wrong with what will be.
    pub(crate) fn with_outbox<T>(&self, act: impl FnOnce(&mut Outbox) -> T) -> T {
        self.shared.with_outbox(act)
    }

    /// From now on the server puts a mail among sent mail so long after it took it.
    pub(crate) fn keep_after(&self, time: Option<Duration>) {
        *self.shared.keeps_after.lock().unwrap_or_else(PoisonError::into_inner) = time;
    }

    fn engine(&self) -> &Engine {
        self.engine.as_ref().expect("it runs")
    }

    fn runtime(&self) -> &Runtime {
        self.runtime.as_ref().expect("it runs")
    }

    fn again(mut self) -> Self {
        let before = self.elapsed();
        self.engine = None;
        // Waits for work on the store that has begun; all else stops where it is.
        drop(self.runtime.take());
        let runtime = runtime();
        // The clock goes on where it was: what is kept until a certain moment is due then.
        let start = runtime.block_on(async {
            let start = Instant::now();
            tokio::time::advance(before).await;
            start
        });
        let engine = engine(&runtime, &self.shared, &self.vault, &self.directory);
        let events = engine.events();
        Self { runtime: Some(runtime), engine: Some(engine), events, start, ..self }
    }
}

impl Ground for Simulated {
    const LONGEST_PAUSE: Duration = Duration::from_secs(60);

    fn start(mut mailstore: Mailstore, dialect: &Dialect, seed: u64) -> Self {
        mailstore.set_password(USER, PASSWORD);
        let mut random = Random(seed ^ 0x51_u64);
        let latency = *random.of(&[0, 2, 30, 400]);
        let shared = Arc::new(Shared {
            store: Mutex::new(mailstore),
            dialect: dialect.clone(),
            changes: watch::Sender::new(0),
            cuts: watch::Sender::new(0),
            random: Mutex::new(random),
            latency,
            outbox: Mutex::default(),
            keeps_after: Mutex::default(),
        });
        let (runtime, vault, directory) = (runtime(), MemoryVault::default(), directory());
        let engine = engine(&runtime, &shared, &vault, &directory);
        let mut events = engine.events();
        let config = AccountConfig {
            address: USER.to_owned(),
            display_name: "Ada".to_owned(),
            user_name: USER.to_owned(),
            imap_host: "mail.example".to_owned(),
            imap_port: 993,
            imap_security: Security::Tls,
            secret_kind: SecretKind::Password,
            submission: None,
        };
        engine.submit(Command::AddAccount { config, secret: Secret::new(PASSWORD) });
        let start = runtime.block_on(async { Instant::now() });
        let account = runtime.block_on(async {
            loop {
                match events.next().await {
                    Some(Event::Finished { outcome, .. }) => match outcome.expect("the account is added") {
                        Done::Account(account) => return account,
                        other => panic!("AddAccount finished with {other:?}"),
                    },
                    Some(_) => {}
                    None => panic!("the engine ended"),
                }
            }
        });
        Self {
            runtime: Some(runtime),
            engine: Some(engine),
            events,
            shared,
            vault,
            account,
            directory,
            start,
        }
    }

    fn account(&self) -> AccountId {
        self.account
    }

    fn reader(&self) -> Reader {
        self.engine().reader()
    }

    fn data_dir(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    fn submit(&mut self, command: Command) -> Ticket {
        self.engine().submit(command)
    }

    fn with<T>(&self, act: impl FnOnce(&mut Mailstore) -> T) -> T {
        self.shared.with(act)
    }

    fn cut_connections(&self) {
        self.shared.cuts.send_modify(|count| *count += 1);
    }

    fn told(&mut self, limit: Duration) -> (Vec<Event>, bool) {
        let Self { runtime, events, .. } = self;
        runtime.as_ref().expect("it runs").block_on(async {
            let mut all = Vec::new();
            loop {
                match timeout(limit, events.next()).await {
                    Ok(Some(event)) => all.push(event),
                    Ok(None) => return (all, true),
                    Err(_) => return (all, false),
                }
            }
        })
    }

    fn pause(&mut self, time: Duration) {
        self.runtime().block_on(async { sleep(time).await });
    }

    fn elapsed(&self) -> Duration {
        self.runtime().block_on(async { self.start.elapsed() })
    }

    fn shut_down(&mut self) {
        let engine = self.engine().clone();
        self.runtime().block_on(async move { engine.end().await });
    }

    fn reopened(self) -> Self {
        self.again()
    }

    fn crashed(self) -> Self {
        self.again()
    }
}
