//! The only place with tasks: the handle, account actors, connection drivers, the clock.

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::command::{Command, Ticket};
use crate::error::Error;
use crate::event::Event;
use crate::store::Reader;
use crate::vault::Vault;

/// What an engine needs to start.
pub struct EngineOptions {
    /// Where everything is kept; made with mode 0700 if missing.
    pub data_dir: PathBuf,
    /// Roots trusted besides the platform's, as DER certificates, for this run.
    pub extra_roots: Vec<Vec<u8>>,
    /// Where secrets are kept.
    pub vault: Arc<dyn Vault>,
}

/// The running core. Cheap to clone; it ends when the last clone is dropped or `shut_down` is called.
#[derive(Clone)]
pub struct Engine {}

impl Engine {
    /// Opens the store and starts working on every account in it.
    pub fn start(_options: EngineOptions) -> Result<Self, Error> {
        Ok(Self {})
    }

    /// Hands over a command. Never waits.
    pub fn submit(&self, _command: Command) -> Ticket {
        Ticket(0)
    }

    /// All news from now on.
    pub fn events(&self) -> EventStream {
        EventStream {}
    }

    /// What is on this device.
    pub fn reader(&self) -> Reader {
        Reader {}
    }

    /// Stops all work, closes connections and the store. Blocks for at most a few seconds.
    pub fn shut_down(&self) {}
}

/// The engine's news; ends when the engine does.
pub struct EventStream {}

impl futures_core::Stream for EventStream {
    type Item = Event;
    fn poll_next(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Option<Event>> {
        Poll::Pending
    }
}
