//! Secrets on their way to and from the vault. It is asked one thing after another, away from everything else: a keyring that is
//! locked may take seconds to say so, and nobody but who needs a secret waits for it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::{Desk, key};
use crate::command::Ticket;
use crate::engine::account::{Account, KeepSecret, ReadSecret};
use crate::engine::news::News;
use crate::error::{Error, ErrorKind, NEWER_NOT_KEPT};
use crate::event::{Done, Event};
use crate::model::{AccountId, Secret, SecretPlace};
use crate::oauth::Grant;
use crate::vault::{Places, Vault};

/// For what is still to be kept when the engine ends.
const CLOSING: Duration = Duration::from_secs(1);

/// What the vault is to do, and what is to be done with its answer.
type Job = Box<dyn FnOnce(&dyn Vault) + Send>;

/// The way to the vault.
pub(super) struct Keeping {
    vault: Arc<dyn Vault>,
    jobs: UnboundedSender<Job>,
    queue: Option<UnboundedReceiver<Job>>,
    answers: Answers,
}

/// Who waits for the vault: each is answered once.
#[derive(Clone)]
struct Answers {
    waiting: Arc<Mutex<BTreeSet<Ticket>>>,
    news: News,
}

impl Answers {
    fn waiting(&self) -> MutexGuard<'_, BTreeSet<Ticket>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give(&self, ticket: Ticket, outcome: Result<Done, Error>) {
        if self.waiting().remove(&ticket) {
            self.news.tell(&Event::Finished { ticket, outcome });
        }
    }
}

impl Keeping {
    pub(super) fn new(vault: Arc<dyn Vault>, news: News) -> Self {
        let (jobs, queue) = unbounded_channel();
        Self { vault, jobs, queue: Some(queue), answers: Answers { waiting: Arc::default(), news } }
    }

    /// Begins to ask.
    pub(super) fn begin(&mut self) {
        let Some(mut queue) = self.queue.take() else { return };
        let vault = Arc::clone(&self.vault);
        tokio::spawn(async move {
            while let Some(job) = queue.recv().await {
                let vault = Arc::clone(&vault);
                // One that panics was ours: who waits for it is answered when the engine ends.
                let _ = tokio::task::spawn_blocking(move || job(&*vault)).await;
            }
        });
    }

    fn ask(&self, job: impl FnOnce(&dyn Vault) + Send + 'static) {
        // The engine is ending where nobody takes it.
        let _ = self.jobs.send(Box::new(job));
    }

    /// The same; `ticket` is answered with what comes of it.
    fn ask_for(&self, ticket: Ticket, job: impl FnOnce(&dyn Vault) -> Result<Done, Error> + Send + 'static) {
        self.answers.waiting().insert(ticket);
        let answers = self.answers.clone();
        self.ask(move |vault| answers.give(ticket, job(vault)));
    }

    /// Waits a moment for what is to be kept; then whoever still waits is answered with `error`.
    pub(super) async fn end(&self, error: &Error) {
        let (all, done) = oneshot::channel();
        self.ask(move |_| {
            let _ = all.send(());
        });
        let _ = timeout(CLOSING, done).await;
        let waiting: Vec<Ticket> = self.answers.waiting().iter().copied().collect();
        for ticket in waiting {
            self.answers.give(ticket, Err(error.clone()));
        }
    }

    fn places(&self) -> Result<(), Error> {
        match self.vault.places() {
            Some(_) => Ok(()),
            None => Err(Error::note(ErrorKind::WrongState, "secrets are kept by the app")),
        }
    }
}

/// Its choice, which was looked at before.
fn placed(vault: &dyn Vault) -> Result<&Places, Error> {
    vault.places().ok_or_else(|| Error::new(ErrorKind::Bug))
}

impl Desk {
    /// Looks for the secret of an account, which waits for it.
    pub(super) fn look_for_secret(&self, account: &Arc<Account>) {
        if !account.secret_is_asked_for() {
            return;
        }
        let account = Arc::clone(account);
        self.keeping.ask(move |vault| {
            let found = found(vault, account.id);
            if let Err(error) = &found {
                tracing::warn!(%error, "the secret store gave no secret");
            }
            account.secret_found(found);
        });
    }

    /// The same for accounts that have none because the vault gave none.
    pub(super) fn look_for_secrets(&self) {
        for running in self.accounts.values() {
            if running.account.waits_for_vault() {
                self.look_for_secret(&running.account);
            }
        }
    }

    /// A vault that fails doesn't keep anybody from their mail: the secret then lives for this run.
    pub(super) fn keep_secret(&self, id: AccountId, secret: Secret) {
        self.keeping.ask(move |vault| kept(vault, id, &secret));
    }

    /// What does so for one account.
    pub(super) fn keeper(&self, id: AccountId) -> KeepSecret {
        let jobs = self.keeping.jobs.clone();
        Arc::new(move |secret| {
            let job: Job = Box::new(move |vault| kept(vault, id, &secret));
            let _ = jobs.send(job);
        })
    }

    /// What reads it again, for one account.
    pub(super) fn reader_of(&self, id: AccountId) -> ReadSecret {
        let jobs = self.keeping.jobs.clone();
        Arc::new(move || {
            let (sender, read) = oneshot::channel();
            let job: Job = Box::new(move |vault| drop(sender.send(found(vault, id).ok().flatten())));
            let _ = jobs.send(job);
            read
        })
    }

    /// Another process may have renewed what a person agreed to, and what was had here may no longer hold: whoever wants to sign in
    /// waits until that was looked at.
    pub(super) fn look_for_newer_grants(&self) {
        for running in self.accounts.values() {
            let account = Arc::clone(&running.account);
            let Some(known) = account.grant_is_looked_for() else { continue };
            self.keeping.ask(move |vault| {
                let newer = found(vault, account.id).ok().flatten().filter(|found| is_newer(found, &known));
                account.secret_found(Ok(Some(newer.unwrap_or(known))));
            });
        }
    }

    /// The same for an account that was added just now, which is told then.
    pub(super) fn keep_first_secret(&self, ticket: Ticket, id: AccountId, secret: Secret) {
        let news = self.news.clone();
        self.keeping.ask_for(ticket, move |vault| {
            kept(vault, id, &secret);
            news.tell(&Event::AccountChanged { account: id });
            Ok(Done::Account(id))
        });
    }

    /// What asks for the secret that is kept of an account, when that is called.
    pub(super) fn vault_of(
        &self,
        id: AccountId,
    ) -> impl FnOnce() -> oneshot::Receiver<Result<Option<Secret>, Error>> + Send + use<> {
        let jobs = self.keeping.jobs.clone();
        move || {
            let (sender, found) = oneshot::channel();
            let job: Job = Box::new(move |vault| drop(sender.send(vault.get(&key(id)))));
            let _ = jobs.send(job);
            found
        }
    }

    /// Forgets the secret of an account; says when that is done, and with what error.
    pub(super) fn forget_secret(&self, id: AccountId) -> oneshot::Receiver<Result<(), Error>> {
        let (sender, forgotten) = oneshot::channel();
        self.keeping.ask(move |vault| drop(sender.send(vault.delete(&key(id)))));
        forgotten
    }

    /// Answers the removal of an account once its secret is forgotten.
    pub(super) fn finish_when_forgotten(
        &self,
        ticket: Ticket,
        forgotten: oneshot::Receiver<Result<(), Error>>,
    ) {
        let answers = self.keeping.answers.clone();
        answers.waiting().insert(ticket);
        tokio::spawn(async move {
            let outcome = forgotten.await.unwrap_or_else(|_| Err(Error::new(ErrorKind::Closed)));
            answers.give(ticket, outcome.map(|()| Done::Nothing));
        });
    }

    /// Keeps secrets elsewhere from now on. Accounts that wait for theirs go on if it is found there.
    pub(super) fn keep_secrets(&self, ticket: Ticket, place: SecretPlace) -> Result<(), Error> {
        self.keeping.places()?;
        let accounts: Vec<Arc<Account>> =
            self.accounts.values().map(|running| Arc::clone(&running.account)).collect();
        self.keeping.ask_for(ticket, move |vault| {
            let keys: Vec<String> = accounts.iter().map(|account| key(account.id)).collect();
            placed(vault)?.keep(&place, &keys)?;
            for account in accounts {
                if account.waits_for_vault() && account.secret_is_asked_for() {
                    account.secret_found(found(vault, account.id));
                }
            }
            Ok(Done::Nothing)
        });
        Ok(())
    }

    pub(super) fn change_passphrase(&self, ticket: Ticket, old: Secret, new: Secret) -> Result<(), Error> {
        self.keeping.places()?;
        self.keeping.ask_for(ticket, move |vault| {
            placed(vault)?.change_passphrase(&old, &new)?;
            Ok(Done::Nothing)
        });
        Ok(())
    }

    /// A keyring that took too long to open may be open by now.
    pub(super) fn look_at_vault(&self) {
        if self.keeping.vault.has_opened() {
            self.keeping.ask(|vault| vault.catch_up());
            self.look_for_secrets();
        }
    }
}

fn is_newer(found: &Secret, known: &Secret) -> bool {
    let grants = (Grant::of_secret(found), Grant::of_secret(known));
    matches!(grants, (Some(found), Some(known)) if found.is_newer_than(&known))
}

/// The secret of an account, where it is the newest one. A password that was replaced is the wrong one, and must not be tried at each
/// start; of what a person agreed to in the browser the older is as good as a rule, and if not is refused once and forgotten.
fn found(vault: &dyn Vault, id: AccountId) -> Result<Option<Secret>, Error> {
    let key = key(id);
    match vault.get(&key)? {
        Some(secret) if vault.is_outdated(&key) && Grant::of_secret(&secret).is_none() => {
            Err(Error::note(ErrorKind::VaultFailed, NEWER_NOT_KEPT))
        }
        found => Ok(found),
    }
}

fn kept(vault: &dyn Vault, id: AccountId, secret: &Secret) {
    if let Err(error) = vault.set(&key(id), secret) {
        tracing::warn!(%error, "the secret is kept for this run only");
    }
}
