//! The secret of an account: known, looked for in the vault, or missing.

use std::sync::Arc;

use super::account::Account;
use super::clock::Clock;
use crate::error::{Error, ErrorKind, NO_PASSWORD};
use crate::imap::Credentials;
use crate::model::{Secret, SecretKind};
use crate::oauth::Grant;

/// Whether nothing but the person helps.
pub(super) fn is_persons(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::LoginRefused | ErrorKind::AppPasswordNeeded | ErrorKind::BrowserSignInNeeded
    )
}

impl Account {
    pub(super) fn credentials(&self) -> Option<Credentials> {
        let secret = self.todo().secret.clone()?;
        let kind = self.kind_of(&secret);
        Some(Credentials::new(self.config.user_name.clone(), secret, kind))
    }

    /// What a secret is: what came from the browser shows that itself.
    pub(super) fn kind_of(&self, secret: &Secret) -> SecretKind {
        match (Grant::of_secret(secret), self.config.secret_kind) {
            (Some(_), _) => SecretKind::Grant,
            (None, SecretKind::BearerToken) => SecretKind::BearerToken,
            (None, SecretKind::Password | SecretKind::Grant) => SecretKind::Password,
        }
    }

    /// Whether there is one to sign in with.
    pub(super) fn has_secret(&self) -> bool {
        self.todo().secret.is_some()
    }

    /// What the person agreed to last, also if it no longer holds.
    pub(super) fn last_grant(&self) -> Option<Grant> {
        let todo = self.todo();
        // What came from the browser just now may not have been used yet.
        todo.secret.as_ref().and_then(Grant::of_secret).or_else(|| todo.last_grant.clone())
    }

    /// The access token of what the person agreed to: a new one where it has ended or was `refused`. One at a time asks for one.
    ///
    /// Errors: those of `Grant::refreshed`. Where the person has to agree again, what they agreed to is forgotten.
    pub(super) async fn token(self: &Arc<Self>, refused: Option<&Secret>) -> Result<Secret, Error> {
        let (account, refused) = (Arc::clone(self), refused.cloned());
        // To its end, whoever still waits for it: what is asked with may be good for once alone.
        let asking = tokio::spawn(async move {
            let _kept = account.settling.acquire().await;
            account.current_token(refused.as_ref()).await
        });
        self.todo().asking = Some(asking.abort_handle());
        asking.await.unwrap_or_else(|_| Err(Error::new(ErrorKind::Canceled)))
    }

    async fn current_token(&self, refused: Option<&Secret>) -> Result<Secret, Error> {
        let _alone = self.asks_for_token.lock().await;
        let missing = || Error::new(ErrorKind::BrowserSignInNeeded);
        let is_grant = |secret: &Secret| Grant::of_secret(secret).is_some();
        let mut secret = self.todo().secret.clone().filter(is_grant).ok_or_else(missing)?;
        let mut token = self.token_of(&secret, refused).await;
        // Another process may have renewed it: what was had by it then is in the vault.
        if token.as_ref().is_err_and(is_persons)
            && let Some(newer) = self.taken_from_vault(&secret).await
        {
            token = self.token_of(&newer, refused).await;
            secret = newer;
        }
        if token.as_ref().is_err_and(is_persons) {
            self.forget_secret(&secret);
        }
        token
    }

    /// What the vault has, where that is something else than is `known`; it takes its place unless the person gave another.
    async fn taken_from_vault(&self, known: &Secret) -> Option<Secret> {
        let read = self.read_secret.as_ref()?;
        let found = read().await.ok()??;
        if found.reveal() == known.reveal() || Grant::of_secret(&found).is_none() {
            return None;
        }
        let mut todo = self.todo();
        if todo.secret.as_ref().is_some_and(|secret| secret.reveal() == known.reveal()) {
            todo.secret = Some(found);
        }
        todo.secret.clone()
    }

    async fn token_of(&self, secret: &Secret, refused: Option<&Secret>) -> Result<Secret, Error> {
        let missing = || Error::new(ErrorKind::BrowserSignInNeeded);
        let grant = Grant::of_secret(secret).ok_or_else(missing)?;
        self.todo().last_grant = Some(grant.clone());
        let is_refused = refused.is_some_and(|token| token.reveal() == grant.access().reveal());
        if !is_refused && grant.is_fresh(Clock::wall()) {
            return Ok(grant.access().clone());
        }
        let grant = grant.refreshed(&self.trust, Clock::wall()).await?;
        let kept = grant.to_secret();
        let mut todo = self.todo();
        // A person may have given another one meanwhile.
        if todo.secret.as_ref().is_some_and(|known| known.reveal() == secret.reveal()) {
            todo.secret = Some(kept.clone());
            todo.last_grant = Some(grant.clone());
            if let Some(keep) = &self.keep_secret {
                keep(kept);
            }
        }
        drop(todo);
        Ok(grant.access().clone())
    }

    /// What the person agreed to isn't enough: this token of it was refused, a new one.
    pub(super) fn forget_grant(&self, token: &Secret) {
        let secret = self.todo().secret.clone();
        let known = secret.as_ref().and_then(Grant::of_secret);
        if let (Some(secret), Some(grant)) = (secret, known)
            && grant.access().reveal() == token.reveal()
        {
            self.forget_secret(&secret);
        }
    }

    /// What the person agreed to is put aside until the vault has said whether it has it newer. `None`: there is nothing such, or the
    /// vault is being asked already.
    pub(super) fn grant_is_looked_for(&self) -> Option<Secret> {
        let mut todo = self.todo();
        let is_grant = todo.secret.as_ref().is_some_and(|secret| Grant::of_secret(secret).is_some());
        if todo.vault_is_asked || !is_grant {
            return None;
        }
        todo.vault_is_asked = true;
        todo.secret.take()
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

    /// What other settings are tried with: the secret there is, of what the person agreed to in the browser with a token that
    /// is good; `None` where there is none any more.
    ///
    /// Errors: why the vault gave none; those of `token`.
    pub(super) async fn secret_to_try(self: &Arc<Self>) -> Result<Option<Secret>, Error> {
        match self.credentials_when_known().await {
            Ok(credentials) if credentials.kind == SecretKind::Grant => {
                self.token(None).await?;
                Ok(self.todo().secret.clone())
            }
            Ok(credentials) => Ok(Some(credentials.secret)),
            Err(Some(why)) => Err(why),
            Err(None) => Ok(None),
        }
    }

    /// The same where only the vault has one still: a password may be right elsewhere, what the person agreed to no longer is.
    pub(super) fn secret_to_try_again(&self, kept: Option<Secret>) -> Result<Secret, Error> {
        let kind = kept.as_ref().map_or(self.config.secret_kind, |kept| self.kind_of(kept));
        match kept {
            Some(kept) if kind != SecretKind::Grant => Ok(kept),
            _ if kind == SecretKind::Grant => Err(Error::new(ErrorKind::BrowserSignInNeeded)),
            _ => Err(Error::note(ErrorKind::LoginRefused, NO_PASSWORD)),
        }
    }

    /// This secret was refused; one that came meanwhile was not.
    pub(super) fn forget_secret(&self, refused: &Secret) {
        let mut todo = self.todo();
        if todo.secret.as_ref().is_some_and(|secret| secret.reveal() == refused.reveal()) {
            todo.secret = None;
        }
    }
}
