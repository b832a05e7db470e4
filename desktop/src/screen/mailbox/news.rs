//! What the engine tells.

use waxwing_core::error::Error;
use waxwing_core::model::{ListQuery, Role};
use waxwing_core::{Event, Ticket};

use super::{Action, Alert, Ask, State};
use crate::screen::reader::{self, OnFile};
use crate::words::trouble::trouble;

impl State {
    pub(super) fn news(&mut self, event: Event) -> Vec<Action> {
        match event {
            Event::Finished { ticket, outcome } => match self.server_answered(ticket, &outcome) {
                Some(actions) => actions,
                None => self.finished(ticket, outcome.err()),
            },
            Event::SearchProgress { ticket, done, total } => self.server_at(ticket, done, total),
            Event::DraftsChanged => vec![Action::Read(Ask::Drafts)],
            Event::SearchesChanged => self.read_saved(),
            // Read when they are asked for.
            Event::TemplatesChanged => Vec::new(),
            Event::AccountChanged { .. } if !self.outbox.is_empty() => {
                let mut actions = self.read_overview();
                actions.push(Action::Read(Ask::Drafts));
                actions
            }
            Event::AccountChanged { .. } | Event::MailboxesChanged { .. } => self.read_overview(),
            Event::FolderChanged { mailbox, .. } => {
                let concerns_us = match self.place {
                    _ if self.search.is_some() => true,
                    ListQuery::Mailbox(shown) | ListQuery::Conversations(shown) => shown == mailbox,
                    ListQuery::AllInboxes | ListQuery::InboxConversations => {
                        self.mailbox(mailbox).is_none_or(|it| it.role == Role::Inbox)
                    }
                    ListQuery::Starred | ListQuery::Tagged(_) => true,
                };
                let mut actions = if concerns_us { self.read_list() } else { self.read_stack() };
                actions.extend(self.read_tags());
                actions
            }
            Event::BodyArrived { email } if self.open_ids().contains(&email) => {
                vec![Action::Read(Ask::Email(email))]
            }
            Event::BodyArrived { .. } => Vec::new(),
            Event::ChangeRefused { ticket, error } => {
                self.forget_change(ticket);
                let mut actions = self.failed(&error);
                actions.extend(self.read_list());
                actions
            }
            Event::Progress { account, done, total } => {
                if let Some(account) = self.accounts.iter_mut().find(|it| it.id == account) {
                    account.bodies = (done, total);
                }
                Vec::new()
            }
            // Lists show it; notifications are not this screen's. Nor is a new account. The account's state, which is told
            // besides, says that somebody is to decide.
            Event::NewMail { .. }
            | Event::TrustQuestion(_)
            | Event::AccountCheck { .. }
            | Event::SignInPage { .. }
            | Event::DiscoveryProgress { .. } => Vec::new(),
            Event::PartProgress { email, part, done, total, .. } => {
                self.reader_message(reader::Message::File(OnFile::Progress(email, part, (done, total))))
            }
            Event::Alert { account, text } => {
                let alert = Alert { account, text };
                if !self.alerts.contains(&alert) && self.alerts.len() < 3 {
                    self.alerts.push(alert);
                }
                Vec::new()
            }
            Event::Resync => {
                let mut actions = self.read_overview();
                actions.push(Action::Read(Ask::Drafts));
                actions.extend(self.read_saved());
                actions.extend(self.read_list());
                actions.extend(self.read_open());
                actions
            }
        }
    }

    /// Reads what is open once more.
    fn read_open(&self) -> Vec<Action> {
        self.open_ids().into_iter().map(|id| Action::Read(Ask::Email(id))).collect()
    }

    pub(super) fn finished(&mut self, ticket: Ticket, error: Option<Error>) -> Vec<Action> {
        if self.images.remove(&ticket) {
            let is_last = self.images.is_empty();
            self.open_mails().filter(|_| is_last).for_each(reader::State::images_answered);
            let mut actions = error.map(|error| self.failed(&error)).unwrap_or_default();
            actions.extend(self.read_open());
            return actions;
        }
        let Some(error) = error.filter(|error| !error.kind().is_passing()) else { return Vec::new() };
        let mut actions = self.failed(&error);
        actions.extend(self.read_list());
        self.forget_change(ticket);
        actions
    }

    pub(super) fn failed(&mut self, error: &Error) -> Vec<Action> {
        let words = trouble(error, "");
        let text = match words.server {
            Some(server) => format!("{}. {server}", words.title),
            None => format!("{}. {}", words.title, words.advice),
        };
        self.show_toast(text, false)
    }
}
