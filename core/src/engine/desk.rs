//! The desk: takes commands in order, writes their effect on this device, and leaves the rest to the connections.

mod accounts;
mod browser;
mod capabilities;
mod changes;
mod drafts;
mod edits;
mod fetching;
mod images;
mod leave_list;
mod life;
mod report;
mod rounds;
mod search;
mod secrets;
mod setup;
mod trust;
mod writers;

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use futures_util::FutureExt;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use self::accounts::{check, settled};
use self::changes::{Regroup, Wish};
use self::drafts::{Errand, Tending};
use self::edits::Edit;
pub(super) use self::report::Seen;
use self::rounds::Rounds;
use self::secrets::Keeping;
use super::account::{Account, Asker, Neighbours, Running, What};
use super::clock::Clock;
use super::discovery::Stop;
use super::life::{BEAT, Beat, Life};
use super::news::News;
use super::trust::Questions;
use super::{Manner, Order};
use crate::command::{Command, Ticket};
use crate::error::{Error, ErrorKind};
use crate::event::{Done, Event};
use crate::model::{AccountConfig, AccountId, Discovery, FlagBits, MailboxId, Role, Secret};
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
    /// How each of those searches is ended before its time.
    searches: BTreeMap<Ticket, Stop>,
    /// The search on servers that was begun last; it may be over.
    server_search: Option<Ticket>,
    /// Sign-ins that wait for the browser.
    browsers: BTreeMap<Ticket, UnboundedSender<Secret>>,
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
    tending: Tending,
}

/// What came of a sign-in with new settings, of looking for settings, or of a search on servers.
struct Tried {
    ticket: Ticket,
    outcome: Result<Proved, Error>,
}

enum Proved {
    SignedIn(Box<AccountConfig>, Secret),
    /// With other settings, for an account that is here.
    Edited(Box<Edit>),
    /// In the browser, for an account that is here.
    Agreed(AccountId, Secret),
    Discovered(Box<Discovery>),
    /// Pictures were fetched, and are where readers find them.
    Images,
    /// A mail came that a draft needs.
    Fetched(Errand),
    /// A mailing list's server took the request.
    LeftList,
    /// Servers were searched.
    Searched(Done),
}

impl Desk {
    pub(super) fn new(
        (store, news, trust, vault): (Store, News, Trust, Arc<dyn Vault>),
        clock: Clock,
        tickets: Arc<AtomicU64>,
    ) -> Self {
        let (manner, accounts, trials, searches, server_search) = Default::default();
        let (browsers, neighbours, life) = Default::default();
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
            searches,
            server_search,
            browsers,
            neighbours,
            life,
            beat,
            suspended,
            reads_only,
            indexing,
            tickets,
            rounds: Rounds::default(),
            tending: Tending::new(),
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
        // A moment and not a wait: one that begins again with each command would not end while somebody types.
        let mut next_beat = Instant::now() + BEAT;
        let (tried_sender, mut tried) = mpsc::unbounded_channel();
        let mut rounds_over = self.rounds.listen();
        loop {
            let is_at_work = !self.suspended && !self.reads_only;
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
                () = sleep_until(self.tending.due), if is_at_work => self.tend_drafts().await,
                () = sleep_until(next_beat), if is_at_work => {
                    next_beat = Instant::now() + BEAT;
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
        account.tickets = Arc::clone(&self.tickets);
        account.keep_secret = Some(self.keeper(id));
        account.read_secret = Some(self.reader_of(id));
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
            Command::AddAccountInBrowser { config, client } => {
                self.try_account_in_browser(ticket, config, *client, tried)
            }
            Command::SignIn { account, secret } => self.sign_in(ticket, account, secret).await,
            Command::SignInInBrowser { account, client } => {
                self.sign_in_in_browser(ticket, account, client.map(|client| *client), tried)
            }
            Command::BrowserReturned { ticket: waiting, url } => self.browser_returned(ticket, waiting, url),
            Command::SetSubmission { account, server } => self.set_submission(ticket, account, server).await,
            Command::EditAccount { account, config } => self.edit(ticket, account, config, tried).await,
            Command::RemoveAccount { account } => self.remove(ticket, account).await,
            Command::KeepSecrets { place } => self.keep_secrets(ticket, place),
            Command::ChangePassphrase { old, new } => self.change_passphrase(ticket, old, new),
            Command::DecideTrust { question, decision } => self.decide(ticket, question, decision).await,
            Command::Unpin { host, port } => self.unpin(ticket, &host, port).await,
            Command::SetFlags { emails, add, remove } => {
                self.change(ticket, emails, Wish::All(Change::Flags { add, remove })).await
            }
            Command::SetKeywords { emails, add, remove } => {
                let change = Change::Keywords { add: add.into(), remove: remove.into() };
                self.change(ticket, emails, Wish::All(change)).await
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
            Command::Send { account, message, time } => self.send(ticket, account, message, time).await,
            Command::SaveDraft { draft, account, composition, relation } => {
                self.save_draft(ticket, draft, account, (composition, relation)).await
            }
            Command::AddFile { draft, file } => self.add_file(ticket, draft, file, tried).await,
            Command::RemoveFile { draft, file } => self.remove_file(ticket, draft, file).await,
            Command::CloseDraft { draft } => self.close_draft(ticket, draft).await,
            Command::DiscardDraft { draft } => self.discard_draft(ticket, draft).await,
            Command::RestoreDraft { draft, version } => self.restore_draft(ticket, draft, version).await,
            Command::OpenDraft { email } => self.open_draft(ticket, email, tried).await,
            Command::SendDraft { draft, time } => self.send_draft(ticket, draft, time).await,
            Command::SplitConversation { emails } => self.regroup(ticket, emails, Regroup::Split).await,
            Command::JoinConversations { emails } => self.regroup(ticket, emails, Regroup::Join).await,
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
            Command::SearchServer { text, scope } => self.search_server(ticket, text, scope, tried).await,
            Command::SaveSearch { name, text, scope } => self.save_search(ticket, name, text, scope).await,
            Command::RenameSearch { id, name } => self.rename_search(ticket, id, name).await,
            Command::DeleteSearch { id } => self.delete_search(ticket, id).await,
            Command::SetIdentities { account, identities } => {
                self.set_identities(ticket, account, identities).await
            }
            Command::SaveTemplate { id, name, subject, text } => {
                self.save_template(ticket, id, (name, subject, text)).await
            }
            Command::DeleteTemplate { id } => self.delete_template(ticket, id).await,
            Command::FetchBody { email } => self.fetch_body(ticket, email, What::Body).await,
            Command::FetchWhole { email } => self.fetch_body(ticket, email, What::Whole).await,
            Command::FetchPart { email, part } => self.fetch_part(ticket, email, part).await,
            Command::FetchImages { email } => self.fetch_images(ticket, email, tried),
            Command::ShowImagesOf { sender, always } => self.show_images_of(ticket, sender, always).await,
            Command::LeaveList { email } => self.leave_list(ticket, email, tried).await,
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

    // Looking and fetching.

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
        account.shown.notify_one();
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
