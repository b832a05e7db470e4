//! Where secrets are kept. Calls may take long (a locked keyring never answers): each has a time limit.
//!
//! There is no vault in a file: without a keyring secrets live as long as the run (SAFETY.md 12).

mod keyring;
mod memory;

use crate::error::Error;
use crate::model::Secret;

pub use keyring::Keyring;
pub use memory::Memory;

/// A place for secrets. Calls block for at most a few seconds; never call one from an async task.
pub trait Vault: Send + Sync {
    /// The secret under that key, `None` if there is none.
    fn get(&self, key: &str) -> Result<Option<Secret>, Error>;
    /// Keeps a secret.
    fn set(&self, key: &str, secret: &Secret) -> Result<(), Error>;
    /// Forgets a secret; no error if there was none.
    fn delete(&self, key: &str) -> Result<(), Error>;
    /// Whether secrets survive this run.
    fn is_lasting(&self) -> bool;
}
