//! Lists of conversations, and the one that is open.

use waxwing_core::Command;
use waxwing_core::model::{EmailId, EmailRow, ListQuery, Page, Role};

use super::list::List;
use super::{Action, Ask, Change, Message, READ_AFTER, State};
use crate::screen::reader::conversation::{self, Item};
use crate::words::{self, Verb};

impl State {
    /// Lists show conversations from now on, or mails again.
    pub(super) fn switch_conversations(&mut self) -> Vec<Action> {
        let mut actions = self.leave_search();
        self.conversations = !self.conversations;
        let open = self.reader.wanted();
        self.forget_list();
        if let Some(id) = open {
            self.list.await_mail(id);
        }
        actions.extend(self.read_list());
        actions
    }

    /// The mails of the conversation that is open are to be read, again perhaps.
    pub(super) fn read_stack(&mut self) -> Vec<Action> {
        match self.stack.row() {
            Some(row) if self.stack_turn.ask() => vec![Action::Read(Ask::Thread(row))],
            _ => Vec::new(),
        }
    }

    /// A newer mail stands for the open conversation from now on: it stays open.
    pub(super) fn follow_conversation(&mut self, ids: &[EmailId], page: &Page) {
        let Some(row) = self.stack.row().filter(|row| !ids.contains(row)) else { return };
        let thread = self.list.row_of(row).map(|row| row.thread);
        if let Some(newest) = thread.and_then(|thread| List::row_of_thread(page, thread)) {
            self.stack.follow(newest);
            self.list.await_mail(newest);
        }
    }

    pub(super) fn thread_answered(&mut self, row: EmailId, mails: Vec<EmailRow>) -> Vec<Action> {
        let again = self.stack_turn.answered();
        if self.stack.row() != Some(row) {
            return self.read_stack();
        }
        let items: Vec<Item> = mails.into_iter().map(|row| self.item(row)).collect();
        let first = self.stack.take(items);
        // What is open was deleted, or belongs to another conversation now.
        let is_astray = self.reader.wanted().is_some_and(|open| self.stack.row_of(open).is_none());
        let open = first.or_else(|| if is_astray { self.stack.to_open() } else { None });
        let mut actions = if again { self.read_stack() } else { Vec::new() };
        if let Some(open) = open.filter(|open| self.reader.wanted() != Some(*open)) {
            actions.extend(self.open_of_stack(open));
        }
        actions
    }

    fn item(&self, row: EmailRow) -> Item {
        let mailbox = self.mailbox(row.mailbox);
        let is_here = match self.place {
            ListQuery::Mailbox(shown) => row.mailbox == shown,
            _ => mailbox.is_some_and(|mailbox| mailbox.role == Role::Inbox),
        };
        let place = mailbox.filter(|_| !is_here).map(words::mailbox_name).unwrap_or_default();
        let is_away =
            !is_here && mailbox.is_some_and(|mailbox| matches!(mailbox.role, Role::Trash | Role::Junk));
        Item { row, place, is_away }
    }

    /// Opens one of the conversation's mails.
    fn open_of_stack(&mut self, id: EmailId) -> Vec<Action> {
        self.reader.want(id, self.stack.row_of(id));
        self.generation += 1;
        vec![
            Action::Read(Ask::Email(id)),
            Action::MailTop,
            Action::After(READ_AFTER, Message::LookedAt(self.generation)),
        ]
    }

    pub(super) fn stack_message(&mut self, message: conversation::Message) -> Vec<Action> {
        match message {
            conversation::Message::Open(id) => self.open_of_stack(id),
            conversation::Message::Unfold => {
                self.stack.unfold();
                Vec::new()
            }
            conversation::Message::Act(act) => self.act(act),
        }
    }

    /// The mail before or after the open one.
    pub(super) fn beside(&mut self, newer: bool) -> Vec<Action> {
        let beside = self.reader.wanted().and_then(|open| self.stack.beside(open, newer));
        beside.map_or_else(Vec::new, |id| self.open_of_stack(id))
    }

    /// The open mail and those after it become a conversation of their own.
    pub(super) fn split(&mut self) -> Vec<Action> {
        let emails = self.reader.wanted().map(|open| self.stack.from_here_on(open)).unwrap_or_default();
        if emails.is_empty() {
            return Vec::new();
        }
        let change = Change::new(Verb::Split, &emails, false);
        vec![Action::Do(Command::SplitConversation { emails }, Some(change))]
    }

    /// Whether the selected rows are conversations that can be joined.
    pub(super) fn can_join(&self) -> bool {
        let accounts = self.accounts_of_selection().len();
        self.lists_conversations() && self.list.selected_count() > 1 && accounts == 1
    }

    pub(super) fn join(&mut self) -> Vec<Action> {
        if !self.can_join() {
            return Vec::new();
        }
        let emails = self.list.targets();
        let change = Change::new(Verb::Join, &emails, false);
        vec![Action::Do(Command::JoinConversations { emails }, Some(change))]
    }
}
