//! Syncs with a deadline, for moments that a phone's system grants.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout_at};

use super::Desk;
use crate::command::Ticket;
use crate::engine::account::Asker;
use crate::engine::clock::Clock;
use crate::engine::round;
use crate::error::{Error, ErrorKind};
use crate::event::Done;
use crate::model::{AccountId, Role, SyncCounts, SyncScope};

/// Of the time that is granted, for closing connections and the store.
const CLOSING: Duration = Duration::from_millis(400);

/// What came of a round.
pub(super) type Over = (Ticket, Result<SyncCounts, Error>);

/// The rounds that are under way.
#[derive(Default)]
pub(super) struct Rounds {
    waiting: BTreeMap<Ticket, AbortHandle>,
    over: Option<UnboundedSender<Over>>,
}

impl Rounds {
    /// Where rounds tell that they are over.
    pub(super) fn listen(&mut self) -> UnboundedReceiver<Over> {
        let (sender, receiver) = unbounded_channel();
        self.over = Some(sender);
        receiver
    }

    /// Nobody waits for that round any more. `false`: there is no such one.
    pub(super) fn give_up(&mut self, ticket: Ticket) -> bool {
        self.waiting.get(&ticket).inspect(|waiting| waiting.abort()).is_some()
    }
}

impl Desk {
    /// Syncs accounts until a deadline.
    pub(super) async fn sync_now(
        &mut self,
        ticket: Ticket,
        account: Option<AccountId>,
        scope: SyncScope,
        deadline: Duration,
    ) -> Result<(), Error> {
        let begun = Instant::now();
        let end = begun + deadline;
        let until = begun + deadline.saturating_sub(CLOSING.min(deadline / 3));
        if self.suspended {
            if !self.rounds.waiting.is_empty() {
                return Err(Error::note(ErrorKind::WrongState, "another sync is under way"));
            }
            // A secret store may take its time.
            let taken = timeout_at(until, self.take_store()).await;
            let taken = taken.unwrap_or_else(|_| Err(Error::new(ErrorKind::TimedOut)));
            if let Err(error) = taken {
                // Nothing was begun; what was opened is given up again.
                let _ = self.fall_asleep(&error, end).await;
                return Err(error);
            }
        }
        // What is written is for the other devices too, however seldom this one wakes.
        if let Err(error) = self.hand_over_drafts(Clock::wall()).await {
            tracing::warn!(%error, "drafts are on this device alone for now");
        }
        let asked = self.ask_round(ticket, account, scope, until).await;
        if let Err(error) = &asked
            && self.suspended
        {
            self.fall_asleep(error, end).await?;
        }
        asked
    }

    async fn ask_round(
        &mut self,
        ticket: Ticket,
        account: Option<AccountId>,
        scope: SyncScope,
        until: Instant,
    ) -> Result<(), Error> {
        let accounts: Vec<AccountId> = match account {
            Some(id) => vec![self.account(id)?.id],
            None => self.accounts.keys().copied().collect(),
        };
        let (told, parts) = unbounded_channel();
        for id in &accounts {
            let id = *id;
            // Before the first list of mailboxes there is nothing less than everything.
            let inbox = match scope {
                SyncScope::Everything => None,
                _ => self.write(move |writer| writer.folder_with_role(id, Role::Inbox)).await?,
            };
            let scope = if inbox.is_none() { SyncScope::Everything } else { scope };
            let suspended = self.suspended;
            let Some(running) = self.accounts.get_mut(&id) else { continue };
            if suspended {
                // All else is looked at when the engine is resumed.
                let mut todo = running.account.todo();
                todo.mailboxes.clear();
                todo.everything = false;
            }
            let asker = Asker::Round(ticket, running.account.came(), told.clone());
            running.account.ask(asker, inbox);
            if suspended {
                running.go_once(scope, told.clone());
            }
        }
        drop(told);
        let Some(over) = self.rounds.over.clone() else { return Err(Error::new(ErrorKind::Bug)) };
        let round = tokio::spawn(async move {
            let outcome = round::whole(parts, accounts.len(), until).await;
            let _ = over.send((ticket, outcome));
        });
        self.rounds.waiting.insert(ticket, round.abort_handle());
        Ok(())
    }

    /// A round is over: the engine is as it was before, and who asked is answered.
    pub(super) async fn end_round(&mut self, ticket: Ticket, outcome: Result<SyncCounts, Error>) {
        if self.rounds.waiting.remove(&ticket).is_none() {
            // It was given up as it ended, and is answered.
            return;
        }
        for running in self.accounts.values() {
            running.account.give_up(ticket);
        }
        let mut outcome = outcome;
        if self.suspended {
            let canceled = Error::note(ErrorKind::Canceled, "the sync is over");
            if let Err(error) = self.fall_asleep(&canceled, Instant::now() + CLOSING).await {
                outcome = outcome.and(Err(error));
            }
        }
        self.finish(ticket, outcome.map(Done::Synced));
    }

    /// Ends all rounds, and says so.
    pub(super) fn end_rounds(&mut self, error: &Error) {
        for (ticket, round) in std::mem::take(&mut self.rounds.waiting) {
            round.abort();
            for running in self.accounts.values() {
                running.account.give_up(ticket);
            }
            self.finish(ticket, Err(error.clone()));
        }
    }
}
