//! Secrets for one run.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Vault;
use crate::error::Error;
use crate::model::Secret;

/// Keeps secrets in memory; they are zeroed and gone when it is dropped.
#[derive(Default)]
pub struct Memory {
    secrets: Mutex<HashMap<String, Secret>>,
}

impl Memory {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    fn secrets(&self) -> MutexGuard<'_, HashMap<String, Secret>> {
        // Nothing here can leave the map half-changed.
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Vault for Memory {
    fn get(&self, key: &str) -> Result<Option<Secret>, Error> {
        Ok(self.secrets().get(key).cloned())
    }

    fn set(&self, key: &str, secret: &Secret) -> Result<(), Error> {
        self.secrets().insert(key.to_owned(), secret.clone());
        Ok(())
    }

    fn delete(&self, key: &str) -> Result<(), Error> {
        self.secrets().remove(key);
        Ok(())
    }

    fn is_lasting(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_comes_back_until_it_is_forgotten() {
        let vault = Memory::new();
        assert!(vault.get("1").unwrap().is_none());
        vault.set("1", &Secret::new("old")).unwrap();
        vault.set("1", &Secret::new("new")).unwrap();
        assert_eq!(vault.get("1").unwrap().unwrap().reveal(), "new");
        assert!(vault.get("2").unwrap().is_none());
        vault.delete("1").unwrap();
        vault.delete("1").unwrap();
        assert!(vault.get("1").unwrap().is_none());
        assert!(!vault.is_lasting());
    }
}
