//! NOTIFY (RFC 5465): a client hears of other mailboxes without asking.

use std::collections::BTreeMap;

use super::command::{NotifyCommand, NotifySelected, NotifyWhere, StatusItem};
use super::connection::{Connection, Reply};
use super::{Mailbox, MailboxId, Mailstore};

/// What a client wants to hear, and what it knows.
#[derive(Default)]
pub(super) struct Watch {
    command: NotifyCommand,
    /// The modseq of each watched mailbox when it was last told.
    told: BTreeMap<MailboxId, u64>,
}

impl Watch {
    pub(super) fn selected(&self) -> Option<NotifySelected> {
        self.command.selected
    }
}

impl Connection {
    pub(super) fn notify(&mut self, store: &Mailstore, user: &str, command: NotifyCommand) -> Reply {
        let tells_all = command.status;
        let mut watch = Watch { command, told: BTreeMap::new() };
        for mailbox in watched(store, user, &watch.command) {
            watch.told.insert(mailbox.id(), mailbox.modseq());
            if tells_all && self.selected_id() != Some(mailbox.id()) {
                self.status_line(mailbox, &self.pushed_items(mailbox));
            }
        }
        self.watch = watch;
        Reply::ok("NOTIFY completed")
    }

    /// Tells the STATUS of every watched mailbox that changed and isn't selected.
    pub(super) fn tell_others(&mut self, store: &Mailstore) {
        let Some(user) = self.user.clone() else { return };
        if self.watch.command.others.is_empty() {
            return;
        }
        let command = self.watch.command.clone();
        for mailbox in watched(store, &user, &command) {
            let before = self.watch.told.insert(mailbox.id(), mailbox.modseq());
            if before != Some(mailbox.modseq()) && self.selected_id() != Some(mailbox.id()) {
                self.status_line(mailbox, &self.pushed_items(mailbox));
            }
        }
    }

    fn selected_id(&self) -> Option<MailboxId> {
        self.selected.as_ref().map(|selected| selected.mailbox)
    }

    fn pushed_items(&self, mailbox: &Mailbox) -> Vec<StatusItem> {
        let mut items =
            vec![StatusItem::UidValidity, StatusItem::UidNext, StatusItem::Messages, StatusItem::Unseen];
        if self.tells_modseq(mailbox) {
            items.push(StatusItem::HighestModSeq);
        }
        items
    }
}

fn watched<'a>(
    store: &'a Mailstore,
    user: &str,
    command: &'a NotifyCommand,
) -> impl Iterator<Item = &'a Mailbox> + use<'a> {
    let mailboxes = store.account(user).map_or(&[][..], |account| account.mailboxes());
    mailboxes.iter().filter(|mailbox| {
        let name = mailbox.name();
        command.others.iter().any(|place| match place {
            NotifyWhere::Personal => true,
            NotifyWhere::Inboxes => name == "INBOX",
            NotifyWhere::Subscribed => mailbox.subscribed(),
            NotifyWhere::Mailboxes(names) => names.iter().any(|wanted| wanted == name),
            NotifyWhere::Subtree(names) => names.iter().any(|top| {
                name.strip_prefix(top.as_str())
                    .is_some_and(|below| below.is_empty() || below.starts_with('/'))
            }),
        })
    })
}
