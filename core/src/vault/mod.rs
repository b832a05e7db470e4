//! Where secrets are kept. Calls may take long (a locked keyring never answers): each has a time limit.
//!
//! On a desktop they are where the person wants them (`places`): in the keyring, in a sealed file, or nowhere but in memory
//! (SAFETY.md 12). Never in a file that isn't sealed.

mod file;
mod keyring;
mod memory;
mod places;
mod sealed;
mod wishes;

use crate::error::Error;
use crate::model::Secret;

pub use file::SecretFile;
pub use keyring::Keyring;
pub use memory::Memory;
pub use places::Places;

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
    /// Looks whether secrets could be kept. A person who has to open it first is asked to where that `may_ask`; else nobody is
    /// asked for anything. Errors: `VaultLocked` where it isn't open, `VaultFailed` where there is none.
    fn look(&self, may_ask: bool) -> Result<(), Error> {
        let _ = may_ask;
        Ok(())
    }
    /// Whether what it has under that key is older than what was to be kept: the newer one could not be, and is gone.
    fn is_outdated(&self, key: &str) -> bool {
        let _ = key;
        false
    }
    /// Keeps what could not be kept before, where that is possible now.
    fn catch_up(&self) {}
    /// Whether it was found to be open after a call to it was given up (`VaultLocked`), since this was last asked. Never blocks.
    fn has_opened(&self) -> bool {
        false
    }
    /// Where it keeps secrets, if a person may choose that.
    fn places(&self) -> Option<&Places> {
        None
    }
}
