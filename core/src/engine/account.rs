//! What the tasks of one account share.

use std::collections::{BTreeMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{Notify, Semaphore, oneshot, watch};

use super::Manner;
use super::clock::Clock;
use super::desk::Seen;
use super::life::{Life, Renewals};
use super::line::{Line, NoLine, Tries};
use super::news::News;
use super::pool::Pool;
use super::secret::is_persons;
use super::server_search::Errand;
use crate::command::Ticket;
use crate::error::{Error, ErrorKind};
use crate::event::{Done, Event};
use crate::imap::Credentials;
use crate::model::{
    AccountConfig, AccountId, AccountState, EmailId, MailboxId, Moment, Secret, SecretKind, SubmissionServer,
    SyncCounts, SyncScope,
};
use crate::net::{Target, Trust};
use crate::oauth::Grant;
use crate::store::{Arrived, Changed, Settled, Store, Writer};
use crate::sync::pace::Packing;

/// From a mail's disappearance to the search for it elsewhere: a device that moves one often moves more.
const GONE: Duration = Duration::from_secs(3);

/// For what is being written when an account stops.
const STOPPING: Duration = Duration::from_secs(2);

/// More endings than are written at once.
const SETTLING: usize = 16;

/// Before a task that ended by a mistake begins anew.
const ANEW: Duration = Duration::from_secs(30);

/// Keeps a secret of one account.
pub(super) type KeepSecret = Arc<dyn Fn(Secret) + Send + Sync>;
/// Asks the vault for it.
pub(super) type ReadSecret = Arc<dyn Fn() -> oneshot::Receiver<Option<Secret>> + Send + Sync>;

/// One account at work.
pub(super) struct Account {
    pub(super) id: AccountId,
    pub(super) config: AccountConfig,
    /// By which server it sends; the one in `config` is the one it began with.
    submission: Mutex<Option<SubmissionServer>>,
    pub(super) store: Store,
    pub(super) news: News,
    pub(super) trust: Trust,
    pub(super) clock: Clock,
    pub(super) life: Life,
    pub(super) pool: Arc<Pool>,
    renewals: Renewals,
    /// How long its server may say nothing while something is due, if that is said.
    manner: Manner,
    /// A large body that is under way is no longer wanted.
    canceled: Notify,
    /// Something to do for the main connection.
    pub(super) work: Notify,
    /// Something to do for the connection that fetches bodies.
    pub(super) bodies: Notify,
    /// Something to send, perhaps.
    pub(super) sends: Notify,
    /// The vault said whether it has the secret.
    pub(super) vault_answered: Notify,
    /// Held by who asks for an access token.
    pub(super) asks_for_token: tokio::sync::Mutex<()>,
    /// Keeps a secret that was had without the person.
    pub(super) keep_secret: Option<KeepSecret>,
    /// The next ticket that no command has or gets.
    pub(super) tickets: Arc<AtomicU64>,
    /// Who is told, in place of the person, that a mail or a file came that they need first.
    afterwards: Mutex<BTreeMap<Ticket, oneshot::Sender<Result<Done, Error>>>>,
    /// Reads it where another process may have kept a newer one.
    pub(super) read_secret: Option<ReadSecret>,
    /// How the account is doing; the other connections wait for `Online`.
    pub(super) state: watch::Sender<AccountState>,
    /// Whether a connection of its own watches INBOX, and whether one fetches bodies.
    pub(super) watched: watch::Sender<bool>,
    /// Another mailbox may be on the screen than before: who waits because of which it is looks again.
    pub(super) shown: Notify,
    pub(super) fetching: AtomicBool,
    /// Whether its connections are compressed.
    packing: Mutex<Packing>,
    /// What the server showed of itself at the last sign-in.
    seen: Mutex<Option<Seen>>,
    /// Held by the connection whose bodies come in: the store takes one stream of them.
    pub(super) intake: tokio::sync::Mutex<()>,
    todo: Mutex<Todo>,
    /// The engine's accounts: what one has done another may wait for.
    pub(super) neighbours: Neighbours,
    /// What came from the server since the account is at work.
    came: Arc<Came>,
    /// Endings that are written and told: the account doesn't stop in the middle of one.
    pub(super) settling: Arc<Semaphore>,
    /// It has other settings by now, and another one of these: what was still to be written came from another server.
    is_over: Arc<AtomicBool>,
}

/// The accounts of an engine that are at work.
#[derive(Clone, Default)]
pub(super) struct Neighbours(Arc<Mutex<BTreeMap<AccountId, Weak<Account>>>>);

impl Neighbours {
    /// This one is at work now.
    pub(super) fn add(&self, account: &Arc<Account>) {
        let mut accounts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        accounts.insert(account.id, Arc::downgrade(account));
    }

    /// Tells an account that there may be something to carry out.
    fn wake(&self, id: AccountId) {
        let account = {
            let accounts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            accounts.get(&id).and_then(Weak::upgrade)
        };
        if let Some(account) = account {
            account.work.notify_one();
            account.bodies.notify_one();
            account.sends.notify_one();
            account.news.tell(&Event::AccountChanged { account: id });
        }
    }
}

/// What came from a server so far.
#[derive(Debug, Default)]
pub(super) struct Came(Mutex<SyncCounts>);

impl Came {
    pub(super) fn count(&self, more: SyncCounts) {
        let mut came = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *came = came.and(more);
    }
}

/// Who waits for what the network has to bring.
#[derive(Debug)]
pub(super) enum Asker {
    /// A command that is done by it.
    Person(Ticket),
    /// A command that is told what came since the account had counted so much.
    Sync(Ticket, SyncCounts),
    /// One of several accounts that are synced together.
    Round(Ticket, SyncCounts, UnboundedSender<Part>),
}

/// What came of one account's part in a round.
pub(super) type Part = (AccountId, Result<SyncCounts, Error>);

impl Asker {
    fn ticket(&self) -> Ticket {
        match self {
            Self::Person(ticket) | Self::Sync(ticket, _) | Self::Round(ticket, ..) => *ticket,
        }
    }
}

/// A mail, or a file of one, that the person wants now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Want {
    pub(super) ticket: Ticket,
    pub(super) email: EmailId,
    pub(super) what: What,
    /// Connections that were lost since something of it came.
    failures: u32,
}

/// How much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// What there is to read of it.
    Body,
    /// All of it.
    Whole,
    /// This file alone.
    Part(u32),
}

impl Want {
    pub(super) const fn new(ticket: Ticket, email: EmailId, what: What) -> Self {
        Self { ticket, email, what, failures: 0 }
    }
}

/// Connections that a file may lose without anything of it coming.
const MOST_FAILURES: u32 = 2;

/// What is asked of an account and not yet begun.
#[derive(Default)]
pub(super) struct Todo {
    pub(super) secret: Option<Secret>,
    /// Whoever asks for an access token just now.
    pub(super) asking: Option<tokio::task::AbortHandle>,
    /// What the person agreed to in the browser last.
    pub(super) last_grant: Option<Grant>,
    /// The vault is being asked for it.
    pub(super) vault_is_asked: bool,
    /// Why the vault gave none.
    pub(super) vault_error: Option<Error>,
    /// Mailboxes to look at, the most urgent first.
    pub(super) mailboxes: VecDeque<MailboxId>,
    /// Who waits for a mailbox, or (`None`) for all of them.
    waiting: Vec<(Asker, Option<MailboxId>)>,
    /// Those of them whose look began after they asked: only they are answered at its end.
    begun: Vec<(Asker, Option<MailboxId>)>,
    /// Bodies the person wants now; each stays here until its ticket is answered.
    pub(super) emails: VecDeque<Want>,
    /// Mails that were read in part and that may be what ended the connection, and how often.
    broke_off: BTreeMap<EmailId, u32>,
    /// A search that has no connection of its own.
    pub(super) errand: Option<Errand>,
    /// The mailbox on the screen.
    pub(super) on_screen: Option<MailboxId>,
    /// List the mailboxes again and look at all of them.
    pub(super) everything: bool,
    /// Don't wait before connecting again.
    pub(super) hurry: bool,
    /// What went wrong with operations whose intents haven't all ended.
    pub(super) errors: BTreeMap<Ticket, Error>,
    /// Mails that were sent, by the intent to keep them, and since when it is watched whether the server does.
    pub(super) watched: BTreeMap<i64, Duration>,
    /// When mailboxes nobody watches are asked after again.
    pub(super) next_poll: Option<Moment>,
    /// A mailbox was looked at since the account was last said to be in step.
    pub(super) looked: bool,
    /// How often mailboxes were asked after.
    pub(super) polls: u64,
    /// Bodies came since this was last looked at.
    pub(super) bodies_came: bool,
    /// What is known of mails that are gone from where they were.
    pub(super) orphans: Orphans,
}

/// Mails gone from where they were may be nowhere now, or in a mailbox that wasn't looked at since. They are forgotten
/// only when every mailbox was asked after them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Orphans {
    /// There are none.
    #[default]
    None,
    /// There are some.
    Some,
    /// Since there are some, every mailbox was asked whether it changed; those that did are being looked at.
    AllAsked,
}

impl Orphans {
    /// Every mailbox is being asked.
    pub(super) fn ask_all(&mut self) {
        if *self == Self::Some {
            *self = Self::AllAsked;
        }
    }
}

impl Todo {
    /// Mails are gone from a mailbox: another device may have moved them, so all mailboxes are asked after soon.
    pub(super) fn gone(&mut self, now: Moment) {
        self.orphans = Orphans::Some;
        let soon = now.after(GONE);
        self.next_poll = Some(self.next_poll.map_or(soon, |poll| poll.min(soon)));
    }

    /// A mailbox is to be looked at after those that are already.
    pub(super) fn look_later(&mut self, mailbox: MailboxId) {
        if !self.mailboxes.contains(&mailbox) {
            self.mailboxes.push_back(mailbox);
        }
    }

    /// A look begins at a mailbox (or, with `None`, at all of them).
    pub(super) fn begin(&mut self, mailbox: Option<MailboxId>) {
        let (begun, rest) = self.waiting.drain(..).partition(|(_, waits_for)| *waits_for == mailbox);
        self.waiting = rest;
        let begun: Vec<(Asker, Option<MailboxId>)> = begun;
        self.begun.extend(begun);
    }

    /// What the person wants most: what is to be read before files.
    pub(super) fn most_wanted(&self) -> Option<Want> {
        let is_mail = |want: &&Want| !matches!(want.what, What::Part(_));
        self.emails.iter().find(is_mail).or_else(|| self.emails.front()).copied()
    }

    /// Whether a file is still wanted, and nothing more than it.
    pub(super) fn goes_on_with(&self, ticket: Ticket) -> bool {
        self.emails.iter().any(|want| want.ticket == ticket)
            && self.most_wanted().is_some_and(|want| matches!(want.what, What::Part(_)))
    }

    /// Something of a file came.
    pub(super) fn part_came(&mut self, ticket: Ticket) {
        for want in self.emails.iter_mut().filter(|want| want.ticket == ticket) {
            want.failures = 0;
        }
    }

    /// A connection was lost on which a file came. Whether it goes on over the next one.
    pub(super) fn part_goes_on(&mut self, ticket: Ticket) -> bool {
        let Some(want) = self.emails.iter_mut().find(|want| want.ticket == ticket) else { return false };
        want.failures += 1;
        want.failures <= MOST_FAILURES
    }

    /// Whether reading that mail in part ended so many connections that it is to be read whole.
    pub(super) fn reads_whole(&self, email: EmailId, most: u32) -> bool {
        self.broke_off.get(&email).is_some_and(|broken| *broken >= most)
    }

    pub(super) fn reading_in_part(&mut self, email: EmailId) {
        *self.broke_off.entry(email).or_default() += 1;
    }

    /// It was read, one way or the other, and the connection lives.
    pub(super) fn read_in_part(&mut self, email: EmailId) {
        self.broke_off.remove(&email);
    }

    /// Its pieces don't fit together.
    pub(super) fn never_in_part(&mut self, email: EmailId, most: u32) {
        self.broke_off.insert(email, most);
    }

    fn take_waiting(&mut self) -> Vec<Asker> {
        let waiting = self.waiting.drain(..).chain(self.begun.drain(..)).map(|(asker, _)| asker);
        waiting.chain(self.emails.drain(..).map(|want| Asker::Person(want.ticket))).collect()
    }
}

impl Account {
    pub(super) fn new(
        id: AccountId,
        config: AccountConfig,
        secret: Option<Secret>,
        (store, news, trust, clock, life): (Store, News, Trust, Clock, Life),
    ) -> Self {
        let todo = Todo { secret, everything: true, ..Todo::default() };
        Self {
            id,
            submission: Mutex::new(config.submission.clone()),
            config,
            store,
            news,
            trust,
            clock,
            life,
            pool: Pool::new(clock, usize::MAX),
            manner: Manner::default(),
            renewals: Renewals::default(),
            canceled: Notify::new(),
            work: Notify::new(),
            bodies: Notify::new(),
            sends: Notify::new(),
            vault_answered: Notify::new(),
            asks_for_token: tokio::sync::Mutex::new(()),
            keep_secret: None,
            tickets: Arc::default(),
            afterwards: Mutex::default(),
            read_secret: None,
            state: watch::Sender::new(AccountState::Offline),
            watched: watch::Sender::new(false),
            shown: Notify::new(),
            fetching: AtomicBool::new(false),
            packing: Mutex::default(),
            seen: Mutex::default(),
            intake: tokio::sync::Mutex::new(()),
            todo: Mutex::new(todo),
            neighbours: Neighbours::default(),
            came: Arc::default(),
            settling: Arc::new(Semaphore::new(SETTLING)),
            is_over: Arc::default(),
        }
    }

    pub(super) fn todo(&self) -> MutexGuard<'_, Todo> {
        self.todo.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How its connections are to be used; before it is at work.
    /// How long a server that isn't known yet is given to keep a mail itself, if not as long as usual.
    pub(super) const fn sent_watch(&self) -> Option<Duration> {
        self.manner.sent_watch
    }

    pub(super) fn manner(&mut self, manner: Manner) {
        *self.packing() = Packing::new(manner.compression);
        self.pool = Pool::new(self.clock, manner.most_connections);
        self.manner = manner;
    }

    pub(super) fn packing(&self) -> MutexGuard<'_, Packing> {
        self.packing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The main connection is signed in. So many there may be in all, or fewer if the server allows no more.
    pub(super) fn signed_in(&self, line: &Line, most_connections: usize) {
        let quirks = line.quirks();
        self.pool.signed_in(quirks.most_connections.min(most_connections));
        let seen = Seen { capabilities: *line.capabilities(), server: quirks.server };
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
    }

    pub(super) fn seen(&self) -> Option<Seen> {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was learnt of the way to the server may no longer hold: there is another network, perhaps.
    pub(super) fn forget_network(&self) {
        self.pool.forget();
        self.packing().forget();
    }

    pub(super) fn target(&self) -> Target {
        Target { host: self.config.imap_host.clone(), port: self.config.imap_port }
    }

    pub(super) fn submission(&self) -> Option<SubmissionServer> {
        self.submission.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set_submission(&self, server: Option<SubmissionServer>) {
        *self.submission.lock().unwrap_or_else(PoisonError::into_inner) = server;
        self.sends.notify_one();
    }

    /// Connects and signs in.
    pub(super) async fn open_line(self: &Arc<Self>, credentials: Credentials) -> Result<Line, NoLine> {
        let mut tries = Tries::default();
        if credentials.kind != SecretKind::Grant {
            return self.open_as(credentials, &mut tries).await;
        }
        let with = |token: &Secret| {
            Credentials::new(credentials.user_name.clone(), token.clone(), SecretKind::BearerToken)
        };
        let no_token = |error| if is_persons(&error) { NoLine::SignIn(error) } else { NoLine::Failed(error) };
        let token = self.token(None).await.map_err(no_token)?;
        match self.open_as(with(&token), &mut tries).await {
            // It may have been withdrawn before its time. A new one is the last try.
            Err(NoLine::SignIn(_)) if tries.are_left() => {
                let token = self.token(Some(&token)).await.map_err(no_token)?;
                let opened = self.open_as(with(&token), &mut tries).await;
                if let Err(NoLine::SignIn(_)) = &opened {
                    self.forget_grant(&token);
                }
                opened
            }
            opened => opened,
        }
    }

    async fn open_as(&self, credentials: Credentials, tries: &mut Tries) -> Result<Line, NoLine> {
        let about = (self.clock, &self.life, &self.renewals, self.manner);
        let place = (&self.target(), self.config.imap_security);
        let mut line = Line::open(place, &self.trust, (credentials, tries), about).await?;
        line.count_for(Arc::clone(&self.came));
        Ok(line)
    }

    /// Ends the wait of whoever has this ticket: nothing the network would have to bring is waited for any more. `false`:
    /// nobody has it.
    pub(super) fn cancel(&self, ticket: Ticket) -> Option<Option<EmailId>> {
        let found = {
            let mut todo = self.todo();
            let email = todo.emails.iter().find(|want| want.ticket == ticket).map(|want| want.email);
            let before = todo.waiting.len() + todo.begun.len();
            todo.emails.retain(|want| want.ticket != ticket);
            todo.waiting.retain(|(other, _)| other.ticket() != ticket);
            todo.begun.retain(|(other, _)| other.ticket() != ticket);
            let waited = before > todo.waiting.len() + todo.begun.len();
            (email.is_some() || waited).then_some(email)
        };
        if found.is_some() {
            self.answer(vec![Asker::Person(ticket)], &Error::new(ErrorKind::Canceled));
        }
        found
    }

    /// Whoever has this ticket waits no longer, and isn't answered.
    pub(super) fn give_up(&self, ticket: Ticket) {
        let mut todo = self.todo();
        todo.waiting.retain(|(other, _)| other.ticket() != ticket);
        todo.begun.retain(|(other, _)| other.ticket() != ticket);
    }

    /// A large body that may be under way is no longer wanted: whoever fetches it closes the connection.
    pub(super) fn stop_fetching(&self) {
        self.canceled.notify_waiters();
    }

    /// Waits until the person no longer wants a mail whose fetching is under way.
    pub(super) async fn no_longer_wanted(&self, ticket: Ticket) {
        loop {
            let canceled = self.canceled.notified();
            if !self.todo().emails.iter().any(|want| want.ticket == ticket) {
                return;
            }
            canceled.await;
        }
    }

    /// Says how the account is doing, if that is news.
    pub(super) fn set_state(&self, state: AccountState, error: Option<Error>) {
        if let Some(error) = &error {
            tracing::info!(account = self.id.0, ?state, %error, "account state");
        }
        self.store.reader().set_state(self.id, state, error);
        self.state.send_replace(state);
        self.news.tell(&Event::AccountChanged { account: self.id });
    }

    /// Work on the store, on a thread that may block.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Writer) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let store = self.store.clone();
        let (since, is_over) = (store.releases(), Arc::clone(&self.is_over));
        let write = move || {
            let mut writer = store.writer_since(since)?;
            // Looked at when nobody else writes: work that waited for its turn outlives the task that asked for it.
            if is_over.load(Ordering::Acquire) {
                return Err(Error::note(ErrorKind::Canceled, "the account has other settings now"));
            }
            work(&mut writer)
        };
        match tokio::task::spawn_blocking(write).await {
            Ok(result) => result,
            Err(error) => Err(Error::new(ErrorKind::Bug).because(error)),
        }
    }

    /// From the next transaction on nothing is written by this one.
    pub(super) fn end_writing(&self) {
        self.is_over.store(true, Ordering::Release);
    }

    /// Takes over from the one that had other settings what isn't about its server.
    pub(super) fn follow(&self, other: &Self) {
        let mut was = other.todo();
        let mut todo = self.todo();
        todo.on_screen = was.on_screen;
        todo.errors = std::mem::take(&mut was.errors);
        todo.last_grant = was.last_grant.take();
    }

    /// Work on the store by which operations may end, and the news of it. It is carried through to the end even if the
    /// task that asked for it is stopped: what ended and was never told would be waited for in vain.
    pub(super) async fn settle(
        self: &Arc<Self>,
        refused: Vec<(Ticket, Error)>,
        work: impl FnOnce(&mut Writer) -> Result<(Vec<Settled>, Changed), Error> + Send + 'static,
    ) -> Result<(), Error> {
        let bug = |error| Error::new(ErrorKind::Bug).because(error);
        let permit = Arc::clone(&self.settling)
            .acquire_owned()
            .await
            .map_err(|error| Error::new(ErrorKind::Bug).because(error))?;
        let account = Arc::clone(self);
        let settled = tokio::spawn(async move {
            let (settled, changed) = account.write(work).await?;
            for (ticket, error) in refused {
                account.news.tell(&Event::ChangeRefused { ticket, error });
            }
            account.tell_changed(changed);
            account.tell_settled(settled);
            drop(permit);
            Ok(())
        });
        settled.await.unwrap_or_else(|error| Err(bug(error)))
    }

    /// Waits for endings that are being written.
    pub(super) async fn settled(&self) {
        let all = u32::try_from(SETTLING).unwrap_or(u32::MAX);
        let _ = tokio::time::timeout(STOPPING, self.settling.acquire_many(all)).await;
    }

    /// A mailbox changed on the server, or may have: look at it soon.
    pub(super) fn look_at(&self, mailbox: MailboxId) {
        {
            let mut todo = self.todo();
            todo.mailboxes.retain(|other| *other != mailbox);
            todo.mailboxes.push_front(mailbox);
        }
        self.work.notify_one();
    }

    /// Tells which lists changed, and wakes who has something to do by that.
    pub(super) fn tell_changed(&self, changed: Changed) {
        self.came.count(changed.told);
        for id in changed.woken {
            self.neighbours.wake(id);
        }
        for account in changed.mailboxes {
            self.news.tell(&Event::MailboxesChanged { account });
        }
        if changed.drafts {
            self.news.tell(&Event::DraftsChanged);
        }
        if changed.folders.is_empty() {
            return;
        }
        for (mailbox, version) in changed.folders {
            self.news.tell(&Event::FolderChanged { mailbox, version });
        }
        self.news.tell(&Event::MailboxesChanged { account: self.id });
    }

    /// Tells which bodies came, and what came of that.
    pub(super) fn tell_arrived(&self, arrived: Arrived, changed: Changed) {
        self.tell_changed(changed);
        self.tell_settled(arrived.settled);
        self.todo().bodies_came |= !arrived.emails.is_empty();
        for email in arrived.emails {
            self.news.tell(&Event::BodyArrived { email });
        }
        if let Ok((done, total)) = self.store.reader().bodies(self.id) {
            self.news.tell(&Event::Progress { account: self.id, done, total });
        }
    }

    /// Tells how operations ended.
    pub(super) fn tell_settled(&self, settled: Vec<Settled>) {
        if settled.is_empty() {
            return;
        }
        for Settled { operation, undoes, well, why } in settled {
            let error = self.todo().errors.remove(&operation);
            let outcome = match (well, error) {
                (false, error) => {
                    Err(error.unwrap_or_else(|| Error::new(why.unwrap_or(ErrorKind::ServerRefused))))
                }
                (true, _) => Ok(undoes.map_or(Done::Nothing, Done::Undone)),
            };
            self.news.tell(&Event::Finished { ticket: operation, outcome });
        }
        self.news.tell(&Event::AccountChanged { account: self.id });
    }

    /// A look has ended: answers those who asked for it before it began.
    pub(super) fn answer_begun(&self, mailbox: Option<MailboxId>, outcome: &Result<Done, Error>) {
        let answered: Vec<(Asker, Option<MailboxId>)> = {
            let mut todo = self.todo();
            let (answered, rest) = todo.begun.drain(..).partition(|(_, waits_for)| *waits_for == mailbox);
            todo.begun = rest;
            answered
        };
        for (asker, _) in answered {
            self.tell(asker, outcome.clone());
        }
    }

    /// Answers who wanted a body, unless that was done meanwhile.
    pub(super) fn answer_email(&self, ticket: Ticket, outcome: Result<Done, Error>) {
        let waited = {
            let mut todo = self.todo();
            let before = todo.emails.len();
            todo.emails.retain(|want| want.ticket != ticket);
            todo.emails.len() < before
        };
        if waited {
            self.answer_person(ticket, outcome);
        }
    }

    /// Answers everyone who wanted a body: none can be had now.
    pub(super) fn answer_emails(&self, error: &Error) {
        let emails = std::mem::take(&mut self.todo().emails);
        for Want { ticket, .. } in emails {
            self.answer_person(ticket, Err(error.clone()));
        }
    }

    /// Answers everyone who waits for anything the network would have to bring.
    pub(super) fn answer_all(&self, error: &Error) {
        let answered = self.todo().take_waiting();
        self.answer(answered, error);
    }

    /// The same, as long as what is missing (a secret, a network) isn't there. `false`: it is by now, and who asked since, or
    /// brought it, waits for what comes of it.
    pub(super) fn answer_unless(&self, is_there: impl FnOnce(&Todo) -> bool, error: &Error) -> bool {
        let answered = {
            let mut todo = self.todo();
            if is_there(&todo) {
                return false;
            }
            todo.take_waiting()
        };
        self.answer(answered, error);
        true
    }

    fn answer(&self, answered: Vec<Asker>, error: &Error) {
        for asker in answered {
            self.tell(asker, Err(error.clone()));
        }
    }

    fn tell(&self, asker: Asker, outcome: Result<Done, Error>) {
        let came = |since| self.came().since(since);
        let (ticket, outcome) = match asker {
            Asker::Person(ticket) => (ticket, outcome),
            Asker::Sync(ticket, since) => (ticket, outcome.map(|_| Done::Synced(came(since)))),
            Asker::Round(_, since, told) => {
                // Whoever gave the round up hears nothing any more.
                let _ = told.send((self.id, outcome.map(|_| came(since))));
                return;
            }
        };
        self.answer_person(ticket, outcome);
    }

    /// Who waits with that ticket for what the network brings is told of it, and the person when they have done what it is for.
    pub(super) fn tell_afterwards(&self, ticket: Ticket, told: oneshot::Sender<Result<Done, Error>>) {
        self.afterwards.lock().unwrap_or_else(PoisonError::into_inner).insert(ticket, told);
    }

    fn answer_person(&self, ticket: Ticket, outcome: Result<Done, Error>) {
        let told = self.afterwards.lock().unwrap_or_else(PoisonError::into_inner).remove(&ticket);
        match told {
            // Whoever gave it up is answered.
            Some(told) => drop(told.send(outcome)),
            None => self.news.tell(&Event::Finished { ticket, outcome }),
        }
    }

    /// A ticket for what follows from something else.
    pub(super) fn ticket(&self) -> Ticket {
        Ticket(self.tickets.fetch_add(1, Ordering::Relaxed))
    }

    /// Asks for a mailbox to be looked at, or (`None`) for all of them, without more waiting.
    pub(super) fn ask(&self, asker: Asker, mailbox: Option<MailboxId>) {
        {
            let mut todo = self.todo();
            todo.waiting.push((asker, mailbox));
            todo.everything |= mailbox.is_none();
            todo.hurry = true;
        }
        match mailbox {
            Some(mailbox) => self.look_at(mailbox),
            None => self.work.notify_one(),
        }
    }

    /// What came from the server until now.
    pub(super) fn came(&self) -> SyncCounts {
        *self.came.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Passes on the server's own words.
    pub(super) fn tell_alerts(&self, alerts: Vec<String>) {
        for text in alerts {
            self.news.tell(&Event::Alert { account: self.id, text });
        }
    }
}

/// Runs a task that never ends. Should a mistake of ours end it, the person is told and it begins anew: an account must
/// not fall silent.
async fn kept_alive<F: Future<Output = ()>>(account: Arc<Account>, task: impl Fn(Arc<Account>) -> F) {
    loop {
        let ended = AssertUnwindSafe(task(Arc::clone(&account))).catch_unwind().await;
        tracing::error!(account = account.id.0, panicked = ended.is_err(), "a task ended and begins anew");
        let error = Error::new(ErrorKind::Bug);
        account.set_state(AccountState::Failed, Some(error.clone()));
        account.answer_all(&error);
        tokio::time::sleep(ANEW).await;
    }
}

/// An account whose tasks are running.
pub(super) struct Running {
    pub(super) account: Arc<Account>,
    pub(super) tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Running {
    /// An account at rest.
    pub(super) fn new(account: Account) -> Self {
        Self { account: Arc::new(account), tasks: Vec::new() }
    }

    /// Starts the tasks, which aren't running.
    pub(super) fn go(&mut self) {
        let account = || Arc::clone(&self.account);
        self.tasks = vec![
            tokio::spawn(kept_alive(account(), super::main_line::run)),
            tokio::spawn(kept_alive(account(), super::body_line::run)),
            tokio::spawn(kept_alive(account(), super::watch_line::run)),
            tokio::spawn(kept_alive(account(), super::send_line::run)),
        ];
    }

    /// Starts one task, which isn't running, that ends by itself.
    pub(super) fn go_once(&mut self, scope: SyncScope, part: UnboundedSender<Part>) {
        self.tasks = vec![tokio::spawn(super::round::once(Arc::clone(&self.account), scope, part))];
    }

    /// Stops them where they are, and answers whoever waited with `error`. The store stays sound: every step of theirs
    /// is a transaction. They may be started again.
    pub(super) async fn halt(&mut self, error: &Error) {
        for task in &self.tasks {
            task.abort();
        }
        for task in std::mem::take(&mut self.tasks) {
            let _ = task.await;
        }
        self.account.settled().await;
        if let Some(asking) = self.account.todo().asking.take() {
            asking.abort();
        }
        self.account.answer_all(error);
    }

    /// The same for good.
    pub(super) async fn stop(mut self, error: &Error) {
        self.halt(error).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{SecretKind, Security};
    use futures_util::StreamExt;

    #[tokio::test]
    async fn an_account_whose_task_died_is_not_silent() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        let config = AccountConfig {
            address: "ada@example.org".into(),
            display_name: String::new(),
            user_name: "ada".into(),
            imap_host: "imap.example.org".into(),
            imap_port: 993,
            imap_security: Security::Tls,
            secret_kind: SecretKind::Password,
            submission: None,
        };
        let id = store.writer().add_account(&config).unwrap();
        let news = News::default();
        let mut told = news.listen();
        let shared = (store.clone(), news, Trust::new(&[]).unwrap(), Clock::new(), Life::default());
        let account = Arc::new(Account::new(id, config, None, shared));
        account.ask(Asker::Person(Ticket(7)), None);
        let task = tokio::spawn(kept_alive(Arc::clone(&account), |_| async { panic!("a mistake") }));
        let answered = async {
            loop {
                if let Some(Event::Finished { ticket, outcome }) = told.next().await {
                    return (ticket, outcome.unwrap_err().kind());
                }
            }
        };
        let answered = tokio::time::timeout(Duration::from_secs(10), answered).await.unwrap();
        assert_eq!(answered, (Ticket(7), ErrorKind::Bug));
        assert_eq!(store.reader().accounts().unwrap()[0].state, AccountState::Failed);
        assert!(!task.is_finished(), "it begins anew");
        task.abort();
    }
}
