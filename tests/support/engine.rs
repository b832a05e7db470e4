//! An engine at work for a test: its directory, its secrets, its news.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use tempfile::TempDir;
use tokio::sync::oneshot;
use waxwing_core::model::{
    AccountConfig, AccountId, AccountStatus, Mailbox, MailboxId, Role, Secret, SecretKind, Security,
};
use waxwing_core::vault::Vault;
use waxwing_core::{Command, Done, Engine, EngineOptions, Error, ErrorKind, Event, Reader, Ticket};

use crate::dovecot::{Dovecot, User};

/// Long enough for a busy machine; a test that waits this long has failed.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Secrets in memory. Clones share them, so an engine that is opened again finds them.
#[derive(Clone, Default)]
pub struct MemoryVault(Arc<Mutex<HashMap<String, Secret>>>);

impl MemoryVault {
    /// How many secrets are kept.
    pub fn len(&self) -> usize {
        self.0.lock().expect("no test thread died here").len()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Vault for MemoryVault {
    fn get(&self, key: &str) -> Result<Option<Secret>, Error> {
        Ok(self.0.lock().expect("no test thread died here").get(key).cloned())
    }

    fn set(&self, key: &str, secret: &Secret) -> Result<(), Error> {
        self.0.lock().expect("no test thread died here").insert(key.to_owned(), secret.clone());
        Ok(())
    }

    fn delete(&self, key: &str) -> Result<(), Error> {
        self.0.lock().expect("no test thread died here").remove(key);
        Ok(())
    }

    fn is_lasting(&self) -> bool {
        false
    }
}

/// Where an engine connects and as whom.
#[derive(Clone, Debug)]
pub struct Login {
    pub host: String,
    pub port: u16,
    pub user: String,
    pub password: String,
    /// The authority to trust, DER.
    pub authority: Vec<u8>,
}

impl Login {
    /// As that user of that server.
    pub fn to(server: &Dovecot, user: &User) -> Self {
        Self {
            host: server.host().to_owned(),
            port: server.port(),
            user: user.name.clone(),
            password: user.password.clone(),
            authority: server.authority(),
        }
    }

    /// The account's settings.
    pub fn config(&self) -> AccountConfig {
        AccountConfig {
            address: self.user.clone(),
            display_name: "Ann Field".to_owned(),
            user_name: self.user.clone(),
            imap_host: self.host.clone(),
            imap_port: self.port,
            imap_security: Security::Tls,
            secret_kind: SecretKind::Password,
            submission: None,
        }
    }

    /// The same of somebody else, whom that server need not know.
    pub fn config_of(&self, user: &str) -> AccountConfig {
        AccountConfig { address: user.to_owned(), user_name: user.to_owned(), ..self.config() }
    }
}

/// Opens a store that was open until now. A program that another test is just starting holds all that this process has
/// open, the store's lock among it, for the moment between its fork and its exec.
pub fn once_unlocked<T>(open: impl Fn() -> Result<T, Error>) -> Result<T, Error> {
    for _ in 0..200 {
        match open() {
            Err(error) if error.kind() == ErrorKind::WrongState => {
                std::thread::sleep(Duration::from_millis(10))
            }
            outcome => return outcome,
        }
    }
    open()
}

/// A running engine on a directory of its own. Dropping it shuts the engine down.
pub struct EngineRun {
    engine: Engine,
    news: News,
    vault: MemoryVault,
    extra_roots: Vec<Vec<u8>>,
    data_dir: PathBuf,
    /// Goes with the last engine on it; `None` where the directory is somebody else's.
    directory: Option<Arc<TempDir>>,
}

impl EngineRun {
    /// An engine without accounts that trusts only these authorities (DER) besides the platform's.
    pub fn start(extra_roots: Vec<Vec<u8>>) -> Self {
        let directory = tempfile::Builder::new().prefix("waxwing-engine-").tempdir().expect("a directory");
        Self::open(Arc::new(directory), MemoryVault::default(), extra_roots)
    }

    /// An engine whose one account is that login, signed in.
    pub fn with_account(login: &Login) -> (Self, AccountId) {
        let run = Self::start(vec![login.authority.clone()]);
        let account = run.add_account(login).expect("the account is added");
        (run, account)
    }

    /// Ends this engine and starts another on the same directory, with the same secrets.
    #[must_use]
    pub fn reopened(self) -> Self {
        self.reopened_after(|| {})
    }

    /// The same; `meanwhile` happens while there is no engine.
    #[must_use]
    pub fn reopened_after(self, meanwhile: impl FnOnce()) -> Self {
        let (data_dir, directory) = (self.data_dir.clone(), self.directory.clone());
        let (vault, extra_roots) = (self.vault.clone(), self.extra_roots.clone());
        drop(self);
        meanwhile();
        Self::start_at(data_dir, directory, vault, extra_roots)
    }

    /// An engine on a directory that may hold mail already.
    pub fn open(directory: Arc<TempDir>, vault: MemoryVault, extra_roots: Vec<Vec<u8>>) -> Self {
        let data_dir = directory.path().join("data");
        Self::start_at(data_dir, Some(directory), vault, extra_roots)
    }

    /// The same on a directory that somebody else removes.
    pub fn at(data_dir: PathBuf, vault: MemoryVault, extra_roots: Vec<Vec<u8>>) -> Self {
        Self::start_at(data_dir, None, vault, extra_roots)
    }

    /// The same with secrets kept elsewhere; it isn't for being reopened.
    pub fn keeping(data_dir: PathBuf, vault: Arc<dyn Vault>, extra_roots: Vec<Vec<u8>>) -> Self {
        let options = || EngineOptions {
            extra_roots: extra_roots.clone(),
            ..EngineOptions::new(data_dir.clone(), Arc::clone(&vault))
        };
        let engine = once_unlocked(|| Engine::start(options())).expect("the engine starts");
        let (news, vault, directory) = (News::of(&engine), MemoryVault::default(), None);
        Self { engine, news, vault, extra_roots, data_dir, directory }
    }

    fn start_at(
        data_dir: PathBuf,
        directory: Option<Arc<TempDir>>,
        vault: MemoryVault,
        extra_roots: Vec<Vec<u8>>,
    ) -> Self {
        Self::start_with(data_dir, directory, (vault, extra_roots), |_| {})
    }

    /// An engine on a directory of its own whose options are `change`d before it starts.
    pub fn changed(extra_roots: Vec<Vec<u8>>, change: impl Fn(&mut EngineOptions)) -> Self {
        let directory = tempfile::Builder::new().prefix("waxwing-engine-").tempdir().expect("a directory");
        let data_dir = directory.path().join("data");
        let given = (MemoryVault::default(), extra_roots);
        Self::start_with(data_dir, Some(Arc::new(directory)), given, change)
    }

    /// One that only reads what this one has, beside it.
    #[must_use]
    pub fn reading_beside(&self) -> Self {
        let given = (self.vault.clone(), self.extra_roots.clone());
        Self::start_with(self.data_dir.clone(), None, given, |options| options.is_read_only = true)
    }

    fn start_with(
        data_dir: PathBuf,
        directory: Option<Arc<TempDir>>,
        (vault, extra_roots): (MemoryVault, Vec<Vec<u8>>),
        change: impl Fn(&mut EngineOptions),
    ) -> Self {
        let options = || {
            let mut options = EngineOptions {
                extra_roots: extra_roots.clone(),
                // No test waits for a server that is known to keep nothing by itself.
                sent_watch: Some(Duration::from_millis(300)),
                ..EngineOptions::new(data_dir.clone(), Arc::new(vault.clone()))
            };
            change(&mut options);
            options
        };
        let engine = once_unlocked(|| Engine::start(options())).expect("the engine starts");
        let news = News::of(&engine);
        Self { engine, news, vault, extra_roots, data_dir, directory }
    }

    /// The engine itself.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// What is on this device.
    pub fn reader(&self) -> Reader {
        self.engine.reader()
    }

    /// The secrets.
    pub fn vault(&self) -> &MemoryVault {
        &self.vault
    }

    /// Where the engine keeps everything.
    pub fn data_dir(&self) -> PathBuf {
        self.data_dir.clone()
    }

    /// Submits `AddAccount` and waits for its end.
    pub fn add_account(&self, login: &Login) -> Result<AccountId, Error> {
        let secret = Secret::new(login.password.as_str());
        match self.run(Command::AddAccount { config: login.config(), secret })? {
            Done::Account(account) => Ok(account),
            other => panic!("AddAccount finished with {other:?}"),
        }
    }

    /// Submits a command without waiting.
    pub fn submit(&self, command: Command) -> Ticket {
        self.engine.submit(command)
    }

    /// Submits a command and waits for its end.
    pub fn run(&self, command: Command) -> Result<Done, Error> {
        let ticket = self.submit(command);
        self.finished(ticket)
    }

    /// Waits for the end of a command, also one that has come already.
    pub fn finished(&self, ticket: Ticket) -> Result<Done, Error> {
        let event = self.wait_for(
            "the end of a command",
            |event| matches!(event, Event::Finished { ticket: its, .. } if *its == ticket),
        );
        match event {
            Event::Finished { outcome, .. } => outcome,
            other => panic!("not an end: {other:?}"),
        }
    }

    /// Waits for an event and takes it. Others that came before it stay for later waits.
    pub fn wait_for(&self, what: &str, wanted: impl Fn(&Event) -> bool) -> Event {
        self.news.take(PATIENCE, wanted).unwrap_or_else(|seen| panic!("no {what}; there was {seen:?}"))
    }

    /// Everything that was told and not asked for yet, oldest first, waiting for more no longer than that. Shows whether
    /// the engine's news has ended.
    pub fn told(&self, limit: Duration) -> (Vec<Event>, bool) {
        self.news.all(limit)
    }

    /// What each of these commands was answered, once nothing more is told for so long.
    pub fn answers(&self, tickets: &[Ticket], quiet: Duration) -> Vec<Vec<Option<ErrorKind>>> {
        let (told, _) = self.told(quiet);
        let of = |wanted: Ticket| {
            told.iter().filter_map(move |event| match event {
                Event::Finished { ticket, outcome } if *ticket == wanted => {
                    Some(outcome.as_ref().err().map(Error::kind))
                }
                _ => None,
            })
        };
        tickets.iter().map(|ticket| of(*ticket).collect()).collect()
    }

    /// Waits until what is on this device is as asked, looking again after each event.
    pub fn wait_until(&self, what: &str, is_so: impl Fn(&Reader) -> Result<bool, Error>) {
        let (start, reader) = (Instant::now(), self.reader());
        loop {
            if is_so(&reader).expect("the store can be read") {
                return;
            }
            assert!(start.elapsed() < PATIENCE, "not so after {PATIENCE:?}: {what}");
            self.news.pass(Duration::from_millis(100));
        }
    }

    /// Waits until every body is here and no change is waiting.
    pub fn wait_until_complete(&self, account: AccountId) {
        self.wait_until("all mail is here and nothing waits", |reader| {
            let accounts = reader.accounts()?;
            let status = accounts.iter().find(|status| status.id == account);
            Ok(status.is_some_and(|status| {
                status.synced.is_some() && status.waiting == 0 && status.bodies.0 == status.bodies.1
            }))
        });
    }

    /// How the account is doing.
    pub fn status(&self, account: AccountId) -> AccountStatus {
        let accounts = self.reader().accounts().expect("the store can be read");
        accounts.into_iter().find(|status| status.id == account).expect("the account is there")
    }

    /// The account's mailbox with that path.
    pub fn mailbox(&self, account: AccountId, path: &str) -> Mailbox {
        let mailboxes = self.reader().mailboxes(account).expect("the store can be read");
        mailboxes.into_iter().find(|mailbox| mailbox.path == path).expect("the mailbox is there")
    }

    /// The account's mailbox with that role.
    pub fn role(&self, account: AccountId, role: Role) -> MailboxId {
        let mailboxes = self.reader().mailboxes(account).expect("the store can be read");
        mailboxes.into_iter().find(|mailbox| mailbox.role == role).expect("a mailbox of that role").id
    }
}

impl Drop for EngineRun {
    fn drop(&mut self) {
        self.engine.shut_down();
    }
}

/// The engine's events, carried over to a thread that may block.
struct News {
    coming: Receiver<Event>,
    /// Events that came and were not asked for yet.
    kept: Mutex<Vec<Event>>,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl News {
    fn of(engine: &Engine) -> Self {
        let (sender, coming) = mpsc::channel();
        let (end, ended) = oneshot::channel();
        let events = engine.events();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
            runtime.block_on(async {
                tokio::select! {
                    () = carry(events, sender) => {}
                    _ = ended => {}
                }
            });
        });
        Self { coming, kept: Mutex::new(Vec::new()), end: Some(end), thread: Some(thread) }
    }

    /// The first event that is wanted, or all that came instead.
    fn take(&self, limit: Duration, wanted: impl Fn(&Event) -> bool) -> Result<Event, Vec<Event>> {
        let start = Instant::now();
        let mut kept = self.kept.lock().expect("no test thread died here");
        if let Some(place) = kept.iter().position(&wanted) {
            return Ok(kept.remove(place));
        }
        loop {
            match self.coming.recv_timeout(limit.saturating_sub(start.elapsed())) {
                Ok(event) if wanted(&event) => return Ok(event),
                Ok(event) => kept.push(event),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return Err(kept.clone()),
            }
        }
    }

    /// What was kept and what comes until nothing came for `limit`; and whether nothing can come any more.
    fn all(&self, limit: Duration) -> (Vec<Event>, bool) {
        let mut all = std::mem::take(&mut *self.kept.lock().expect("no test thread died here"));
        loop {
            match self.coming.recv_timeout(limit) {
                Ok(event) => all.push(event),
                Err(error) => return (all, error == RecvTimeoutError::Disconnected),
            }
        }
    }

    /// Waits for the next event, whichever, and keeps it.
    fn pass(&self, limit: Duration) {
        match self.coming.recv_timeout(limit) {
            Ok(event) => self.kept.lock().expect("no test thread died here").push(event),
            Err(RecvTimeoutError::Timeout) => {}
            // The engine has ended: what is asked for may still become true on disk, so go slowly.
            Err(RecvTimeoutError::Disconnected) => std::thread::sleep(limit),
        }
    }
}

impl Drop for News {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            // A panic in there has been shown already.
            let _ = thread.join();
        }
    }
}

async fn carry(mut events: waxwing_core::EventStream, sender: Sender<Event>) {
    while let Some(event) = events.next().await {
        if sender.send(event).is_err() {
            return;
        }
    }
}
