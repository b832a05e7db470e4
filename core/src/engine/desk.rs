//! The desk: takes commands in order, writes their effect on this device, and leaves the rest to the connections.

mod capabilities;
mod changes;
mod life;
mod report;
mod rounds;
mod secrets;
mod setup;
mod trust;

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use futures_util::FutureExt;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use self::changes::Wish;
pub(super) use self::report::Seen;
use self::rounds::Rounds;
use self::secrets::Keeping;
use super::account::{Account, Asker, Neighbours, Running};
use super::clock::Clock;
use super::life::{BEAT, Beat, Life};
use super::news::News;
use super::trial::Trial;
use super::trust::Questions;
use super::{Manner, Order};
use crate::command::{Command, Ticket};
use crate::error::{Error, ErrorKind};
use crate::event::{Done, Event};
use crate::model::{
    AccountConfig, AccountId, Discovery, EmailId, FlagBits, MailboxId, Role, Secret, Security,
    SubmissionServer,
};
use crate::net::Trust;
use crate::store::{Change, Store, Writer};
use crate::vault::Vault;

/// Takes commands, one after another.
pub(super) struct Desk {
    store: Store,
    news: News,
    trust: Trust,
    questions: Questions,
    keeping: Keeping,
    clock: Clock,
    pub(super) manner: Manner,
    accounts: BTreeMap<AccountId, Running>,
    /// Sign-ins with new settings, and searches for settings, under way.
    trials: BTreeMap<Ticket, JoinHandle<()>>,
    neighbours: Neighbours,
    life: Life,
    /// When the clocks were last compared.
    beat: Beat,
    /// No connection is open and no account at work.
    pub(super) suspended: bool,
    /// Another process may be at work on the store: it is only read.
    pub(super) reads_only: bool,
    indexing: Option<JoinHandle<()>>,
    tickets: Arc<AtomicU64>,
    /// Syncs with a deadline that are under way.
    rounds: Rounds,
}

/// What came of a sign-in with new settings, or of looking for settings.
struct Tried {
    ticket: Ticket,
    outcome: Result<Proved, Error>,
}

enum Proved {
    SignedIn(Box<AccountConfig>, Secret),
    Discovered(Box<Discovery>),
}

impl Desk {
    pub(super) fn new(
        (store, news, trust, vault): (Store, News, Trust, Arc<dyn Vault>),
        clock: Clock,
        tickets: Arc<AtomicU64>,
    ) -> Self {
        let (manner, accounts, trials, neighbours, life) = Default::default();
        let (beat, suspended, reads_only, indexing) = (Beat::now(clock), false, false, None);
        let questions = Questions::new(store.reader(), news.clone());
        let keeping = Keeping::new(vault, news.clone());
        Self {
            store,
            news,
            trust,
            questions,
            keeping,
            clock,
            manner,
            accounts,
            trials,
            neighbours,
            life,
            beat,
            suspended,
            reads_only,
            indexing,
            tickets,
            rounds: Rounds::default(),
        }
    }

    /// Runs until the engine is gone.
    pub(super) async fn run(
        mut self,
        accounts: Vec<(AccountId, AccountConfig)>,
        mut orders: UnboundedReceiver<Order>,
    ) {
        self.keeping.begin();
        let is_at_work = !self.suspended && !self.reads_only;
        if is_at_work {
            self.begin_indexing();
        }
        for (id, config) in accounts {
            self.start(id, config, None);
        }
        if is_at_work && let Err(error) = self.write(|writer| writer.prune_operations(Clock::wall())).await {
            tracing::warn!(%error, "old operations are still kept");
        }
        let (tried_sender, mut tried) = mpsc::unbounded_channel();
        let mut rounds_over = self.rounds.listen();
        loop {
            tokio::select! {
                order = orders.recv() => match order {
                    None => return,
                    Some(Order::Do(ticket, command)) => {
                        if let Err(error) = self.take_safely(ticket, command, &tried_sender).await {
                            self.finish(ticket, Err(error));
                        }
                    }
                    Some(Order::DoDurably(ticket, command, told)) => {
                        let _ = told.send(self.take_safely(ticket, command, &tried_sender).await);
                    }
                    Some(Order::Close(closed)) => {
                        self.close(&mut orders).await;
                        let _ = closed.send(());
                        return;
                    }
                },
                Some(tried) = tried.recv() => self.keep(tried).await,
                Some((ticket, outcome)) = rounds_over.recv() => self.end_round(ticket, outcome).await,
                () = sleep(BEAT), if !self.suspended && !self.reads_only => {
                    self.beat();
                    self.look_at_vault();
                }
            }
        }
    }

    /// A mistake in one command must not leave every later one without an answer.
    async fn take_safely(
        &mut self,
        ticket: Ticket,
        command: Command,
        tried: &UnboundedSender<Tried>,
    ) -> Result<(), Error> {
        let taken = AssertUnwindSafe(self.take(ticket, command, tried)).catch_unwind();
        taken.await.unwrap_or_else(|_| Err(Error::new(ErrorKind::Bug)))
    }

    /// Answers everybody who would wait in vain.
    async fn close(&mut self, orders: &mut UnboundedReceiver<Order>) {
        let closed = || Error::new(ErrorKind::Closed);
        orders.close();
        while let Some(order) = orders.recv().await {
            match order {
                Order::Do(ticket, _) => self.finish(ticket, Err(closed())),
                // Whoever waits for it is told by its end.
                Order::DoDurably(..) | Order::Close(_) => {}
            }
        }
        self.end_trials(&closed()).await;
        self.end_rounds(&closed());
        for running in std::mem::take(&mut self.accounts).into_values() {
            running.stop(&closed()).await;
        }
        self.keeping.end(&closed()).await;
    }

    fn finish(&self, ticket: Ticket, outcome: Result<Done, Error>) {
        self.news.tell(&Event::Finished { ticket, outcome });
    }

    /// Without a `secret` it is looked for in the vault.
    fn start(&mut self, id: AccountId, config: AccountConfig, secret: Option<Secret>) {
        let mut running = self.at_rest(id, config, secret);
        running.go();
        self.accounts.insert(id, running);
    }

    fn at_rest(&self, id: AccountId, config: AccountConfig, secret: Option<Secret>) -> Running {
        let trust = self.questions.asked_by(&self.trust, Some(id));
        let shared = (self.store.clone(), self.news.clone(), trust, self.clock, self.life.clone());
        let is_known = secret.is_some();
        let mut account = Account::new(id, config, secret, shared);
        account.manner(self.manner);
        account.neighbours = self.neighbours.clone();
        let running = Running::new(account);
        self.neighbours.add(&running.account);
        if !is_known {
            self.look_for_secret(&running.account);
        }
        running
    }

    fn account(&self, id: AccountId) -> Result<&Arc<Account>, Error> {
        self.accounts.get(&id).map(|running| &running.account).ok_or_else(|| Error::new(ErrorKind::NotFound))
    }

    /// Does what a command asks of this device. An error is its final answer; so is success, where nothing is left
    /// for a connection to do.
    async fn take(
        &mut self,
        ticket: Ticket,
        command: Command,
        tried: &UnboundedSender<Tried>,
    ) -> Result<(), Error> {
        if self.reads_only {
            return self.take_reading_only(ticket, command).await;
        }
        if self.suspended && !command.is_for_suspended() {
            return Err(Error::note(ErrorKind::WrongState, "the engine is suspended"));
        }
        match command {
            Command::Suspend { deadline } => self.suspend(ticket, deadline).await,
            Command::Resume => self.resume(ticket).await,
            Command::NetworkChanged { network } => {
                self.network_changed(ticket, network);
                Ok(())
            }
            Command::SetPower { saver } => {
                self.set_power(ticket, saver);
                Ok(())
            }
            Command::SetKeep { account, mailbox, keep } => {
                self.set_keep(ticket, account, mailbox, keep).await
            }
            Command::ReleaseMemory { release } => self.release_memory(ticket, release).await,
            Command::Report => self.report(ticket).await,
            Command::Capabilities { account } => self.capabilities(ticket, account).await,
            Command::Cancel { ticket: canceled } => self.cancel(ticket, canceled).await,
            Command::Discover { address } => self.discover(ticket, &address, tried),
            Command::AddAccount { config, secret } => self.try_account(ticket, config, secret, tried),
            Command::SignIn { account, secret } => self.sign_in(ticket, account, secret),
            Command::SetSubmission { account, server } => self.set_submission(ticket, account, server).await,
            Command::RemoveAccount { account } => self.remove(ticket, account).await,
            Command::KeepSecrets { place } => self.keep_secrets(ticket, place),
            Command::ChangePassphrase { old, new } => self.change_passphrase(ticket, old, new),
            Command::DecideTrust { question, decision } => self.decide(ticket, question, decision).await,
            Command::Unpin { host, port } => self.unpin(ticket, &host, port).await,
            Command::SetFlags { emails, add, remove } => {
                self.change(ticket, emails, Wish::All(Change::Flags { add, remove })).await
            }
            Command::Move { emails, to } => self.change(ticket, emails, Wish::All(Change::Move { to })).await,
            Command::Copy { emails, to } => self.change(ticket, emails, Wish::All(Change::Copy { to })).await,
            Command::Archive { emails } => self.change(ticket, emails, Wish::ToRole(Role::Archive)).await,
            Command::Trash { emails } => self.change(ticket, emails, Wish::ToRole(Role::Trash)).await,
            Command::DeleteForever { emails } => {
                self.change(ticket, emails, Wish::All(Change::Expunge)).await
            }
            Command::Append { mailbox, message, flags, date } => {
                self.append(ticket, mailbox, message, flags, date).await
            }
            Command::Send { account, message, hold } => self.send(ticket, account, message, hold).await,
            Command::EmptyTrash { account } => self.empty_trash(ticket, account).await,
            Command::MarkAllRead { mailbox } => {
                let change = Change::Flags { add: FlagBits::SEEN, remove: FlagBits::NONE };
                self.change_all_in(ticket, mailbox, change).await
            }
            Command::Undo { operation } => self.undo(ticket, operation).await,
            Command::RetryChange { operation } => self.retry(ticket, operation).await,
            Command::DiscardChange { operation } => self.discard(ticket, operation).await,
            Command::CreateMailbox { account, path, role } => {
                self.create_mailbox(ticket, account, path, role).await
            }
            Command::RenameMailbox { mailbox, path } => self.rename_mailbox(ticket, mailbox, path).await,
            Command::DeleteMailbox { mailbox } => {
                self.wish(mailbox, move |writer| writer.delete_mailbox(ticket, mailbox, Clock::wall())).await
            }
            Command::Subscribe { mailbox } => self.subscribe(ticket, mailbox, true).await,
            Command::Unsubscribe { mailbox } => self.subscribe(ticket, mailbox, false).await,
            Command::SetRole { mailbox, role } => self.set_role(ticket, mailbox, role).await,
            Command::FetchBody { email } => self.fetch_body(ticket, email).await,
            Command::SyncMailbox { mailbox } => self.sync_mailbox(ticket, mailbox).await,
            Command::SyncAccount { account } => self.sync_account(ticket, account),
            Command::SyncNow { account, scope, deadline } => {
                self.sync_now(ticket, account, scope, deadline).await
            }
            Command::ShowMailbox { mailbox } => self.show_mailbox(ticket, mailbox).await,
        }
    }

    /// Runs work on the store where it may block.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Writer) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let store = self.store.clone();
        let since = store.releases();
        tokio::task::spawn_blocking(move || work(&mut *store.writer_since(since)?))
            .await
            .unwrap_or_else(|error| Err(Error::new(ErrorKind::Bug).because(error)))
    }

    // Accounts.

    fn try_account(
        &mut self,
        ticket: Ticket,
        mut config: AccountConfig,
        secret: Secret,
        tried: &UnboundedSender<Tried>,
    ) -> Result<(), Error> {
        config.imap_host = config.imap_host.trim().trim_end_matches('.').to_ascii_lowercase();
        config.submission = config.submission.map(usual).transpose()?;
        check(&config, &secret)?;
        let trust = self.questions.asked_by(&self.trust, None);
        let (clock, life, news) = (self.clock, self.life.clone(), self.news.clone());
        let trial = Trial { ticket, config, secret, trust, clock, life, manner: self.manner, news };
        let tried = tried.clone();
        let trial = tokio::spawn(async move {
            let outcome = AssertUnwindSafe(trial.run()).catch_unwind().await;
            let outcome = outcome.unwrap_or_else(|_| Err(Error::new(ErrorKind::Bug)));
            let outcome = outcome.map(|(config, secret)| Proved::SignedIn(Box::new(config), secret));
            let _ = tried.send(Tried { ticket, outcome });
        });
        self.trials.insert(ticket, trial);
        Ok(())
    }

    async fn keep(&mut self, Tried { ticket, outcome }: Tried) {
        if self.trials.remove(&ticket).is_none() {
            // It was given up as it ended, and is answered.
            return;
        }
        let (config, secret) = match outcome {
            Ok(Proved::SignedIn(config, secret)) => (*config, secret),
            Ok(Proved::Discovered(discovery)) => return self.finish(ticket, Ok(Done::Discovered(discovery))),
            Err(error) => return self.finish(ticket, Err(error)),
        };
        let stored = config.clone();
        match self.write(move |writer| writer.add_account(&stored)).await {
            Ok(id) => {
                self.start(id, config, Some(secret.clone()));
                self.keep_first_secret(ticket, id, secret);
            }
            Err(error) => self.finish(ticket, Err(error)),
        }
    }

    fn sign_in(&self, ticket: Ticket, id: AccountId, secret: Secret) -> Result<(), Error> {
        let account = Arc::clone(self.account(id)?);
        self.keep_secret(id, secret.clone());
        account.set_secret(secret);
        account.ask(Asker::Sync(ticket, account.came()), None);
        account.sends.notify_one();
        Ok(())
    }

    async fn set_submission(
        &self,
        ticket: Ticket,
        id: AccountId,
        server: Option<SubmissionServer>,
    ) -> Result<(), Error> {
        let account = Arc::clone(self.account(id)?);
        let server = server.map(usual).transpose()?;
        let stored = server.clone();
        self.write(move |writer| writer.set_submission(id, stored.as_ref())).await?;
        account.set_submission(server);
        self.finish(ticket, Ok(Done::Nothing));
        Ok(())
    }

    async fn remove(&mut self, ticket: Ticket, id: AccountId) -> Result<(), Error> {
        let running = self.accounts.remove(&id).ok_or_else(|| Error::new(ErrorKind::NotFound))?;
        running.stop(&Error::new(ErrorKind::Canceled)).await;
        let forgotten = self.forget_secret(id);
        let (open, others, changed) = self.write(move |writer| writer.remove_account(id)).await?;
        if let Some(other) = self.accounts.values().next() {
            other.account.tell_changed(changed);
        }
        for operation in open.into_iter().chain(others.into_iter().map(|other| other.operation)) {
            self.finish(operation, Err(Error::new(ErrorKind::Canceled)));
        }
        self.news.tell(&Event::AccountChanged { account: id });
        self.news.tell(&Event::Resync);
        self.finish_when_forgotten(ticket, forgotten);
        Ok(())
    }

    // Looking and fetching.

    async fn fetch_body(&self, ticket: Ticket, email: EmailId) -> Result<(), Error> {
        let reader = self.store.reader();
        let (id, here) = self
            .write(move |writer| {
                let id = writer.account_of(email)?;
                if writer.wanted_body(email)?.is_some() {
                    return Ok((id, None));
                }
                match reader.raw(email) {
                    // What is kept of it is damaged: the server has it still.
                    Err(error) if error.kind() == ErrorKind::StorageFailed => {
                        writer.body_damaged(email)?;
                        Ok((id, None))
                    }
                    read => Ok((id, Some(read.map(|_| Done::Nothing)))),
                }
            })
            .await?;
        if let Some(outcome) = here {
            self.finish(ticket, outcome);
            return Ok(());
        }
        let account = self.account(id)?;
        {
            let mut todo = account.todo();
            todo.emails.push_front((ticket, email));
            // Who opens a mail wants to know now whether it can be had.
            todo.hurry = true;
        }
        account.bodies.notify_one();
        account.work.notify_one();
        Ok(())
    }

    async fn sync_mailbox(&self, ticket: Ticket, mailbox: MailboxId) -> Result<(), Error> {
        let id = self.write(move |writer| writer.account_of_folder(mailbox)).await?;
        let account = self.account(id)?;
        self.look_for_secrets();
        account.ask(Asker::Sync(ticket, account.came()), Some(mailbox));
        Ok(())
    }

    fn sync_account(&self, ticket: Ticket, id: AccountId) -> Result<(), Error> {
        let account = self.account(id)?;
        // A person who asks may have opened the keyring.
        self.look_for_secrets();
        account.ask(Asker::Sync(ticket, account.came()), None);
        Ok(())
    }

    async fn show_mailbox(&self, ticket: Ticket, mailbox: MailboxId) -> Result<(), Error> {
        let id = self.write(move |writer| writer.account_of_folder(mailbox)).await?;
        let account = self.account(id)?;
        account.todo().on_screen = Some(mailbox);
        account.look_at(mailbox);
        account.bodies.notify_one();
        self.finish(ticket, Ok(Done::Nothing));
        Ok(())
    }
}

/// What names an account's secret in the vault.
fn key(id: AccountId) -> String {
    format!("account-{}", id.0)
}

fn is_no_host(host: &str) -> bool {
    host.is_empty() || host.contains([' ', '/', '@']) || host.chars().any(char::is_control)
}

/// A server to send by, as it is written as a rule; one that can't be right is refused.
fn usual(mut server: SubmissionServer) -> Result<SubmissionServer, Error> {
    server.host = server.host.trim().trim_end_matches('.').to_ascii_lowercase();
    let wrong = |note| Err(Error::note(ErrorKind::InvalidInput, note));
    match () {
        () if is_no_host(&server.host) => wrong("the name of the server for sending is not a host name"),
        () if server.port == 0 => wrong("the port of the server for sending is missing"),
        () => Ok(server),
    }
}

/// Settings that can't be right are refused before anything is sent anywhere.
fn check(config: &AccountConfig, secret: &Secret) -> Result<(), Error> {
    let wrong = |note| Err(Error::note(ErrorKind::InvalidInput, note));
    let texts = [&config.address, &config.user_name, &config.imap_host, &config.display_name];
    if texts.iter().any(|text| text.chars().any(char::is_control)) {
        return wrong("a setting holds a control character");
    }
    match config.imap_port {
        0 => return wrong("the port is missing"),
        143 if config.imap_security != Security::StartTls => {
            return wrong("port 143 is for connections that are not encrypted; use 993, or STARTTLS");
        }
        _ => {}
    }
    if is_no_host(&config.imap_host) {
        return wrong("the server name is not a host name");
    }
    if config.user_name.is_empty() && config.address.is_empty() {
        return wrong("the user name is missing");
    }
    if secret.reveal().is_empty() {
        return wrong("the password is missing");
    }
    Ok(())
}
