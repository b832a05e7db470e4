//! Searching on servers, and searches that are kept.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use tokio::sync::mpsc::UnboundedSender;

use super::{Desk, Proved, Tried};
use crate::command::Ticket;
use crate::engine::account::Account;
use crate::engine::server_search::{self, Sought};
use crate::error::{Error, ErrorKind};
use crate::event::{Done, Event};
use crate::model::{AccountId, MailboxId, SavedSearchId, SearchScope};
use crate::store::Writer;

impl Desk {
    /// One at a time: the one before is given up.
    pub(super) async fn search_server(
        &mut self,
        ticket: Ticket,
        text: String,
        scope: SearchScope,
        tried: &UnboundedSender<Tried>,
    ) -> Result<(), Error> {
        let reader = self.store.reader();
        let asked = text.clone();
        let abroad = tokio::task::spawn_blocking(move || reader.abroad(&text, scope))
            .await
            .unwrap_or_else(|error| Err(Error::new(ErrorKind::Bug).because(error)))?;
        if let Some(before) = self.server_search.replace(ticket)
            && let Some(trial) = self.trials.remove(&before)
        {
            trial.abort();
            let _ = trial.await;
            self.finish(before, Err(Error::note(ErrorKind::Canceled, "something else is sought")));
        }
        self.store.reader().begin_abroad(&asked);
        let mut by_account: BTreeMap<AccountId, Vec<MailboxId>> = BTreeMap::new();
        for (account, mailbox) in abroad.mailboxes {
            by_account.entry(account).or_default().push(mailbox);
        }
        let places: Vec<(Arc<Account>, Vec<MailboxId>)> = by_account
            .into_iter()
            .filter_map(|(id, mailboxes)| Some((Arc::clone(self.account(id).ok()?), mailboxes)))
            .collect();
        let sought = Arc::new(Sought {
            ticket,
            text: asked,
            criteria: abroad.criteria,
            proves: abroad.proves,
            news: self.news.clone(),
            done: AtomicU64::new(0),
            total: AtomicU64::new(0),
            found: AtomicU64::new(0),
        });
        self.attempt(ticket, tried, async move {
            Ok(Proved::Searched(server_search::run(sought, places).await?))
        });
        Ok(())
    }

    pub(super) async fn save_search(
        &self,
        ticket: Ticket,
        name: String,
        text: String,
        scope: SearchScope,
    ) -> Result<(), Error> {
        let id = self.write(move |writer| writer.save_search(&name, &text, scope)).await?;
        self.searches_changed(ticket, Done::SearchSaved(id));
        Ok(())
    }

    pub(super) async fn rename_search(
        &self,
        ticket: Ticket,
        id: SavedSearchId,
        name: String,
    ) -> Result<(), Error> {
        self.change_search(ticket, move |writer| writer.rename_search(id, &name)).await
    }

    pub(super) async fn delete_search(&self, ticket: Ticket, id: SavedSearchId) -> Result<(), Error> {
        self.change_search(ticket, move |writer| writer.delete_search(id)).await
    }

    async fn change_search(
        &self,
        ticket: Ticket,
        change: impl FnOnce(&mut Writer) -> Result<(), Error> + Send + 'static,
    ) -> Result<(), Error> {
        self.write(change).await?;
        self.searches_changed(ticket, Done::Nothing);
        Ok(())
    }

    fn searches_changed(&self, ticket: Ticket, done: Done) {
        self.news.tell(&Event::SearchesChanged);
        self.finish(ticket, Ok(done));
    }
}
