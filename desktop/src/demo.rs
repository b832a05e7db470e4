//! The mailbox to look around in: a server in this process, over loopback TLS, with sample mail.

use std::any::Any;
use std::path::PathBuf;
use std::sync::Arc;

use waxwing_core::model::{AccountConfig, Secret};

use crate::words;

/// A running demo server and all that is needed to sign in to it.
#[derive(Clone)]
pub struct Demo {
    /// A folder of its own that goes when the demo does.
    pub data_dir: PathBuf,
    /// The demo server's own root, as DER.
    pub extra_roots: Vec<Vec<u8>>,
    pub config: AccountConfig,
    pub secret: Secret,
    /// Ends the server, and removes the folder, when the last clone is dropped.
    pub guard: Arc<dyn Any + Send + Sync>,
}

/// Starts the demo server; says in plain words why it can't.
pub fn demo_profile() -> Result<Demo, String> {
    Err(words::DEMO_MISSING.into())
}
