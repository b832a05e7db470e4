//! Where passwords are kept. The one place that chooses.

use std::sync::Arc;

use waxwing_core::vault::{Keyring, Memory, Vault};

/// The system's keyring where there is one, else a store that forgets at the end of this run.
/// May take some seconds: a locked keyring is slow to say so.
pub fn open() -> Arc<dyn Vault> {
    match Keyring::open() {
        Ok(keyring) => Arc::new(keyring),
        Err(error) => {
            tracing::warn!(%error, "no keyring: passwords are kept until the end of this run");
            for_this_run()
        }
    }
}

/// A store that forgets: for the demo, whose password is worth nothing, and where there is no keyring.
pub fn for_this_run() -> Arc<dyn Vault> {
    Arc::new(Memory::new())
}
