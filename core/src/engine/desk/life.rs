//! Pausing everything, the network that came or went, and waits that are given up.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, timeout};

use super::Desk;
use super::drafts::Tending;
use super::edits::reads_as;
use crate::command::{Command, Ticket};
use crate::engine::clock::Clock;
use crate::engine::index_line;
use crate::engine::life::Beat;
use crate::error::{Error, ErrorKind};
use crate::event::{Done, Event};
use crate::model::{AccountId, AccountState, EmailId, Keep, MailboxId, MemoryRelease, Network};
use crate::store::{PartState, Reader};

/// Writing and closing get this long at least, however little is left.
const LEAST: Duration = Duration::from_millis(300);

impl Desk {
    /// Feeds the search index from now on.
    pub(super) fn begin_indexing(&mut self) {
        let feeding = index_line::run(self.store.clone(), self.news.listen());
        self.indexing = Some(tokio::spawn(feeding));
    }

    /// Ends connections and waits, and gives the store up.
    pub(super) async fn suspend(&mut self, ticket: Ticket, deadline: Duration) -> Result<(), Error> {
        let until = Instant::now() + deadline;
        self.suspended = true;
        let canceled = Error::note(ErrorKind::Canceled, "the engine was suspended");
        self.end_trials(&canceled).await;
        self.end_rounds(&canceled);
        self.fall_asleep(&canceled, until).await?;
        self.finish(ticket, Ok(Done::Nothing));
        Ok(())
    }

    /// Ends everything that is going on, and gives the store up.
    pub(super) async fn fall_asleep(&mut self, canceled: &Error, until: Instant) -> Result<(), Error> {
        let half = until.saturating_duration_since(Instant::now()) / 2;
        let halting = self.accounts.values_mut().map(|running| running.halt(canceled));
        // They are being stopped already; this only waits for what is being written.
        let _ = timeout(half, join_all(halting)).await;
        for running in self.accounts.values() {
            // One that waits for the person still does.
            let is_at_work =
                matches!(*running.account.state.borrow(), AccountState::Online | AccountState::Connecting);
            if is_at_work {
                running.account.set_state(AccountState::Offline, None);
            }
        }
        if let Some(indexing) = self.indexing.take() {
            indexing.abort();
            let _ = indexing.await;
        }
        let left = LEAST.max(until.saturating_duration_since(Instant::now()));
        let store = self.store.clone();
        tokio::task::spawn_blocking(move || store.release(left / 3))
            .await
            .unwrap_or_else(|error| Err(Error::new(ErrorKind::Bug).because(error)))
    }

    /// Takes the store again, with whatever another process did to it, and goes on.
    pub(super) async fn resume(&mut self, ticket: Ticket) -> Result<(), Error> {
        if self.suspended {
            let canceled = Error::note(ErrorKind::Canceled, "the engine was resumed");
            self.end_rounds(&canceled);
            for running in self.accounts.values_mut() {
                running.halt(&canceled).await;
            }
            self.take_store().await?;
            self.suspended = false;
            self.beat = Beat::now(self.clock);
            self.tending = Tending::new();
            self.begin_indexing();
            for running in self.accounts.values_mut() {
                running.account.forget_network();
                running.go();
            }
        }
        self.finish(ticket, Ok(Done::Nothing));
        Ok(())
    }

    /// Takes the store again, with whatever another process did to it. All its accounts are there then, at rest.
    pub(super) async fn take_store(&mut self) -> Result<(), Error> {
        let store = self.store.clone();
        tokio::task::spawn_blocking(move || store.reacquire())
            .await
            .unwrap_or_else(|error| Err(Error::new(ErrorKind::Bug).because(error)))?;
        let (accounts, next) = self.write(|writer| Ok((writer.accounts()?, writer.next_ticket()?))).await?;
        self.read_pins().await?;
        self.tickets.fetch_max(next, Ordering::Relaxed);
        self.accounts.retain(|id, _| accounts.iter().any(|(there, _)| there == id));
        for (id, config) in accounts {
            let known = self.accounts.get(&id).map(|running| Arc::clone(&running.account));
            match known {
                Some(account) if reads_as(&account.config, &config) => {
                    account.set_submission(config.submission)
                }
                // New, or at another server now.
                known => {
                    let secret = known.as_ref().and_then(|account| account.todo().secret.clone());
                    let running = self.at_rest(id, config, secret);
                    if let Some(known) = known {
                        running.account.follow(&known);
                    }
                    self.accounts.insert(id, running);
                }
            }
        }
        self.look_for_secrets();
        self.look_for_newer_grants();
        self.news.tell(&Event::Resync);
        Ok(())
    }

    /// There is another network.
    pub(super) fn network_changed(&mut self, ticket: Ticket, network: Network) {
        self.life.network_changed(network);
        for running in self.accounts.values() {
            running.account.forget_network();
        }
        self.hurry();
        self.finish(ticket, Ok(Done::Nothing));
    }

    pub(super) fn set_power(&mut self, ticket: Ticket, saver: bool) {
        self.life.set_saver(saver);
        for running in self.accounts.values() {
            running.account.bodies.notify_one();
            running.account.work.notify_one();
        }
        self.finish(ticket, Ok(Done::Nothing));
    }

    pub(super) async fn release_memory(&self, ticket: Ticket, release: MemoryRelease) -> Result<(), Error> {
        let store = self.store.clone();
        tokio::task::spawn_blocking(move || store.shrink(release))
            .await
            .unwrap_or_else(|error| Err(Error::new(ErrorKind::Bug).because(error)))?;
        self.finish(ticket, Ok(Done::Nothing));
        Ok(())
    }

    /// What can be done without writing anything.
    pub(super) async fn take_reading_only(&mut self, ticket: Ticket, command: Command) -> Result<(), Error> {
        match command {
            Command::Suspend { deadline } => self.suspend(ticket, deadline).await,
            Command::Resume => {
                let store = self.store.clone();
                tokio::task::spawn_blocking(move || store.reacquire())
                    .await
                    .unwrap_or_else(|error| Err(Error::new(ErrorKind::Bug).because(error)))?;
                self.suspended = false;
                self.news.tell(&Event::Resync);
                self.finish(ticket, Ok(Done::Nothing));
                Ok(())
            }
            Command::ReleaseMemory { release } => self.release_memory(ticket, release).await,
            Command::Report => self.report(ticket).await,
            Command::FetchBody { email } if self.is_readable(email).await? => {
                self.finish(ticket, Ok(Done::Nothing));
                Ok(())
            }
            Command::FetchWhole { email } if self.is_here(email).await? => {
                self.finish(ticket, Ok(Done::Nothing));
                Ok(())
            }
            Command::FetchPart { email, part } if self.has_part(email, part).await? => {
                self.finish(ticket, Ok(Done::Nothing));
                Ok(())
            }
            _ => Err(Error::note(ErrorKind::WrongState, "the mail was opened for reading only")),
        }
    }

    async fn is_here(&self, email: EmailId) -> Result<bool, Error> {
        self.looked(email, move |reader| reader.raw(email).is_ok()).await
    }

    async fn is_readable(&self, email: EmailId) -> Result<bool, Error> {
        self.looked(email, move |reader| reader.readable(email).is_ok()).await
    }

    async fn has_part(&self, email: EmailId, part: u32) -> Result<bool, Error> {
        self.looked(email, move |reader| {
            reader.part_state(email, part).is_ok_and(|state| state == PartState::Here)
        })
        .await
    }

    async fn looked(
        &self,
        email: EmailId,
        look: impl FnOnce(&Reader) -> bool + Send + 'static,
    ) -> Result<bool, Error> {
        let reader = self.store.reader();
        let read = tokio::task::spawn_blocking(move || {
            reader.row(email)?;
            Ok(look(&reader))
        });
        read.await.unwrap_or_else(|error| Err(Error::new(ErrorKind::Bug).because(error)))
    }

    /// Nobody waits for the next try.
    fn hurry(&self) {
        for running in self.accounts.values() {
            running.account.todo().hurry = true;
            running.account.bodies.notify_one();
            running.account.work.notify_one();
        }
    }

    /// Compares the clocks: after a sleep of the machine no connection is known to be alive.
    pub(super) fn beat(&mut self) {
        let now = Beat::now(self.clock);
        if self.beat.jumped(&now) {
            tracing::info!("time jumped: connections are probed");
            self.life.shake();
            for running in self.accounts.values() {
                running.account.todo().everything = true;
            }
            self.hurry();
        }
        self.beat = now;
    }

    pub(super) async fn set_keep(
        &self,
        ticket: Ticket,
        id: AccountId,
        mailbox: Option<MailboxId>,
        keep: Keep,
    ) -> Result<(), Error> {
        let account = Arc::clone(self.account(id)?);
        self.write(move |writer| writer.set_keep(id, mailbox, keep, Clock::wall())).await?;
        account.bodies.notify_one();
        account.work.notify_one();
        self.news.tell(&Event::AccountChanged { account: id });
        self.finish(ticket, Ok(Done::Nothing));
        Ok(())
    }

    /// Gives up what an earlier command waits for.
    pub(super) async fn cancel(&mut self, ticket: Ticket, canceled: Ticket) -> Result<(), Error> {
        // What was found by then is the answer, which comes as that of any search.
        if let Some(search) = self.searches.remove(&canceled) {
            search.now();
            self.finish(ticket, Ok(Done::Nothing));
            return Ok(());
        }
        if let Some(trial) = self.trials.remove(&canceled) {
            trial.abort();
            let _ = trial.await;
            // What it waited for is no longer wanted either.
            for running in self.accounts.values() {
                running.account.cancel(canceled);
            }
            self.finish(canceled, Err(Error::new(ErrorKind::Canceled)));
            self.finish(ticket, Ok(Done::Nothing));
            return Ok(());
        }
        if self.rounds.give_up(canceled) {
            self.end_round(canceled, Err(Error::new(ErrorKind::Canceled))).await;
            self.finish(ticket, Ok(Done::Nothing));
            return Ok(());
        }
        let found = self.accounts.values().find_map(|running| {
            let email = running.account.cancel(canceled)?;
            Some((Arc::clone(&running.account), email))
        });
        let Some((account, email)) = found else {
            return Err(Error::note(ErrorKind::WrongState, "there is no such wait to be given up"));
        };
        if let Some(email) = email {
            let size = self.write(move |writer| writer.size_of(email)).await.unwrap_or(0);
            if size > LARGE {
                account.stop_fetching();
            }
        }
        self.finish(ticket, Ok(Done::Nothing));
        Ok(())
    }

    /// Ends sign-ins with new settings and searches for settings, and says so.
    pub(super) async fn end_trials(&mut self, error: &Error) {
        self.searches.clear();
        for (ticket, trial) in std::mem::take(&mut self.trials) {
            trial.abort();
            let _ = trial.await;
            self.finish(ticket, Err(error.clone()));
        }
    }
}

/// A body that comes for so long that its connection is better closed than waited for, in octets.
const LARGE: u64 = 1 << 20;
