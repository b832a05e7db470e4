//! What a run stands on: an engine and the model server it talks to, either simulated or for real.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use waxwing_core::model::AccountId;
use waxwing_core::{Command, Event, Reader, Ticket};
use waxwing_demo::model::{Dialect, Mailstore};
use waxwing_demo::serve::Server;
use waxwing_tests::engine::EngineRun;
use waxwing_tests::model::serve;

/// An engine with one account, and its server.
pub(crate) trait Ground: Sized {
    /// Between two things that happen.
    const LONGEST_PAUSE: Duration;

    /// Serves this mail and adds the account.
    fn start(mailstore: Mailstore, dialect: &Dialect, seed: u64) -> Self;
    fn account(&self) -> AccountId;
    fn reader(&self) -> Reader;
    fn data_dir(&self) -> PathBuf;
    fn submit(&mut self, command: Command) -> Ticket;
    /// Looks at the server's mail or changes it.
    fn with<T>(&self, act: impl FnOnce(&mut Mailstore) -> T) -> T;
    /// Ends every connection there is now, without a word.
    fn cut_connections(&self);
    /// What was told and not asked for yet, waiting for more no longer than that. Shows whether the news has ended.
    fn told(&mut self, limit: Duration) -> (Vec<Event>, bool);
    /// Lets that much time go by.
    fn pause(&mut self, time: Duration);
    /// How long the run has gone on, by its own clock.
    fn elapsed(&self) -> Duration;
    /// The engine ends in good order.
    fn shut_down(&mut self);
    /// Another engine on the same directory.
    fn reopened(self) -> Self;
    /// The engine stops wherever it is, in the middle of anything, and another one opens the same directory.
    fn crashed(self) -> Self;
}

/// The engine as it is shipped: its own threads, real sockets, a real clock.
pub(super) struct Real {
    server: Server,
    run: EngineRun,
    account: AccountId,
    start: Instant,
}

impl Ground for Real {
    const LONGEST_PAUSE: Duration = Duration::from_millis(120);

    fn start(mailstore: Mailstore, dialect: &Dialect, _seed: u64) -> Self {
        let (server, login) = serve(mailstore, dialect.clone());
        let (run, account) = EngineRun::with_account(&login);
        Self { server, run, account, start: Instant::now() }
    }

    fn account(&self) -> AccountId {
        self.account
    }

    fn reader(&self) -> Reader {
        self.run.reader()
    }

    fn data_dir(&self) -> PathBuf {
        self.run.data_dir()
    }

    fn submit(&mut self, command: Command) -> Ticket {
        self.run.submit(command)
    }

    fn with<T>(&self, act: impl FnOnce(&mut Mailstore) -> T) -> T {
        self.server.store().with(act)
    }

    fn cut_connections(&self) {
        self.server.store().cut_connections();
    }

    fn told(&mut self, limit: Duration) -> (Vec<Event>, bool) {
        self.run.told(limit)
    }

    fn pause(&mut self, time: Duration) {
        std::thread::sleep(time);
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    fn shut_down(&mut self) {
        self.run.engine().shut_down();
    }

    fn reopened(self) -> Self {
        Self { run: self.run.reopened(), ..self }
    }

    /// Threads can't be stopped in the middle: `sync-child` is there for that.
    fn crashed(self) -> Self {
        self.reopened()
    }
}

/// A directory in memory where there is one: nothing here is about the disk.
pub(super) fn directory() -> Arc<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("waxwing-simulation-");
    let made = builder.tempdir_in("/dev/shm").or_else(|_| builder.tempdir());
    Arc::new(made.expect("a directory"))
}
