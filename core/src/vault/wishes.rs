//! What is to be written to the keyring, where a write may be given up and still take effect much later.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use keyring_core::{CredentialStore, Entry};

use super::keyring::entry;
use crate::model::Secret;

/// What is to be kept under each key that is being written.
#[derive(Default)]
pub(super) struct Wishes(Mutex<HashMap<String, Wish>>);

struct Wish {
    /// Grows with each.
    number: u64,
    secret: Option<Secret>,
    /// How many threads have it, or an older one, still to write.
    turns: usize,
}

impl Wishes {
    fn all(&self) -> MutexGuard<'_, HashMap<String, Wish>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.all().is_empty()
    }
}

/// A thread's part in it.
pub(super) struct Turn {
    wishes: Arc<Wishes>,
    key: String,
}

impl Turn {
    pub(super) fn new(wishes: &Arc<Wishes>, key: &str, secret: Option<Secret>) -> Self {
        let mut all = wishes.all();
        let wish = all.entry(key.to_owned()).or_insert(Wish { number: 0, secret: None, turns: 0 });
        (wish.number, wish.secret, wish.turns) = (wish.number + 1, secret, wish.turns + 1);
        Self { wishes: Arc::clone(wishes), key: key.to_owned() }
    }

    fn newest(&self) -> (u64, Option<Secret>) {
        self.wishes.all().get(&self.key).map_or((0, None), |wish| (wish.number, wish.secret.clone()))
    }

    /// Writes the newest wish, which may have come while this was about to write an older one.
    pub(super) fn carry_out(&self, store: &CredentialStore) -> keyring_core::Result<()> {
        loop {
            let (number, secret) = self.newest();
            let entry = entry(store, &self.key)?;
            match secret {
                Some(secret) => keep(&entry, &secret)?,
                None => forget(&entry)?,
            }
            if self.newest().0 == number {
                return Ok(());
            }
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut all = self.wishes.all();
        let Some(wish) = all.get_mut(&self.key) else { return };
        wish.turns -= 1;
        if wish.turns == 0 {
            all.remove(&self.key);
        }
    }
}

fn keep(entry: &Entry, secret: &Secret) -> keyring_core::Result<()> {
    match entry.set_secret(secret.reveal().as_bytes()) {
        Err(keyring_core::Error::Ambiguous(twins)) => {
            delete_all(&twins)?;
            entry.set_secret(secret.reveal().as_bytes())
        }
        outcome => outcome,
    }
}

fn forget(entry: &Entry) -> keyring_core::Result<()> {
    match entry.delete_credential() {
        Err(keyring_core::Error::NoEntry) => Ok(()),
        Err(keyring_core::Error::Ambiguous(twins)) => delete_all(&twins),
        outcome => outcome,
    }
}

fn delete_all(entries: &[Entry]) -> keyring_core::Result<()> {
    entries.iter().try_for_each(Entry::delete_credential)
}
