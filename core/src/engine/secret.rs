//! The secret of an account: known, looked for in the vault, or missing.

use super::account::Account;
use crate::error::Error;
use crate::imap::Credentials;
use crate::model::Secret;

impl Account {
    pub(super) fn credentials(&self) -> Option<Credentials> {
        let secret = self.todo().secret.clone()?;
        Some(Credentials::new(self.config.user_name.clone(), secret, self.config.secret_kind))
    }

    /// The vault is being asked for the secret from now on. `false`: it is already.
    pub(super) fn secret_is_asked_for(&self) -> bool {
        !std::mem::replace(&mut self.todo().vault_is_asked, true)
    }

    /// What the vault said. A secret that a person gave meanwhile is the newer one.
    pub(super) fn secret_found(&self, found: Result<Option<Secret>, Error>) {
        {
            let mut todo = self.todo();
            todo.vault_is_asked = false;
            todo.vault_error = found.as_ref().err().cloned();
            if todo.secret.is_none() {
                todo.secret = found.ok().flatten();
            }
        }
        self.vault_answered.notify_waiters();
        self.work.notify_one();
        self.sends.notify_one();
    }

    /// Whether it has no secret because the vault didn't give one; not because it has none, or a wrong one.
    pub(super) fn waits_for_vault(&self) -> bool {
        let todo = self.todo();
        todo.secret.is_none() && todo.vault_error.is_some()
    }

    /// What a person gave.
    pub(super) fn set_secret(&self, secret: Secret) {
        {
            let mut todo = self.todo();
            todo.secret = Some(secret);
            todo.vault_error = None;
        }
        // Nobody waits for the vault any longer.
        self.vault_answered.notify_waiters();
    }

    /// As `credentials`, once the vault has said whether it has the secret; else why there is none, where that is the vault's
    /// doing.
    pub(super) async fn credentials_when_known(&self) -> Result<Credentials, Option<Error>> {
        loop {
            let answered = self.vault_answered.notified();
            tokio::pin!(answered);
            answered.as_mut().enable();
            {
                let todo = self.todo();
                if todo.secret.is_some() || !todo.vault_is_asked {
                    break;
                }
            }
            answered.await;
        }
        self.credentials().ok_or_else(|| self.todo().vault_error.clone())
    }

    /// This secret was refused; one that came meanwhile was not.
    pub(super) fn forget_secret(&self, refused: &Secret) {
        let mut todo = self.todo();
        if todo.secret.as_ref().is_some_and(|secret| secret.reveal() == refused.reveal()) {
            todo.secret = None;
        }
    }
}
