//! Lists of conversations, and the one that is open.

use waxwing_core::Command;
use waxwing_core::model::{EmailId, EmailRow, ListQuery, Page, Role};

use super::list::List;
use super::update::pages;
use super::{Action, Ask, Change, State};
use crate::screen::reader::{
    self,
    conversation::{self, Item},
};
use crate::words::{self, Verb};

/// Most mails of a conversation that are open at once: each has a page that is laid out.
const MOST_OPEN: usize = 8;

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
        let stack = &self.stack;
        let is_there = |open: &reader::State| open.wanted().is_some_and(|open| stack.row_of(open).is_some());
        self.beside.retain(is_there);
        let is_astray = self.reader.wanted().is_some() && !is_there(&self.reader);
        let rows = std::iter::once(&mut self.reader).chain(&mut self.beside);
        for open in rows {
            if let Some(row) = open.wanted().and_then(|open| stack.row_of(open)) {
                open.set_row(row);
            }
        }
        let beside: Vec<EmailId> = first.map(|first| self.stack.to_open_beside(first)).unwrap_or_default();
        let open = first.or_else(|| if is_astray { self.next_open() } else { None });
        let mut actions = if again { self.read_stack() } else { Vec::new() };
        if let Some(open) = open.filter(|open| self.reader.wanted() != Some(*open)) {
            actions.extend(self.replace_open(open));
            actions.push(Action::MailTop);
        }
        for id in beside {
            self.beside.push(self.reader.another(id, self.stack.row_of(id)));
            actions.push(Action::Read(Ask::Email(id)));
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

    /// What gets the focus where the mail that had it is gone.
    fn next_open(&self) -> Option<EmailId> {
        self.beside.last().and_then(reader::State::wanted).or_else(|| self.stack.to_open())
    }

    /// One of the conversation's mails takes the place of the one with the focus.
    fn replace_open(&mut self, id: EmailId) -> Vec<Action> {
        if let Some(place) = self.beside.iter().position(|open| open.wanted() == Some(id)) {
            self.reader = self.beside.remove(place);
            return Vec::new();
        }
        self.reader.want(id, self.stack.row_of(id));
        self.begin_to_read(id)
    }

    /// Gives one that is open the focus.
    pub(super) fn focus_on(&mut self, id: EmailId) -> Vec<Action> {
        let Some(place) = self.beside.iter().position(|open| open.wanted() == Some(id)) else {
            return Vec::new();
        };
        let mut open = self.beside.remove(place);
        let wishes = self.reader.hand_find_to(&mut open);
        self.beside.push(std::mem::replace(&mut self.reader, open));
        self.generation += 1;
        pages(wishes)
    }

    /// Opens one of the conversation's mails, or goes to it where it is open.
    fn open_of_stack(&mut self, id: EmailId) -> Vec<Action> {
        if self.reader.wanted() == Some(id) {
            return Vec::new();
        }
        let mut actions = self.focus_on(id);
        if self.reader.wanted() != Some(id) {
            let mut open = self.reader.another(id, self.stack.row_of(id));
            actions.extend(pages(self.reader.hand_find_to(&mut open)));
            self.beside.push(std::mem::replace(&mut self.reader, open));
            // They don't become more and more.
            let surplus = self.beside.len().saturating_sub(MOST_OPEN - 1);
            self.beside.drain(..surplus);
            actions.extend(self.begin_to_read(id));
        }
        actions.push(Action::ShowOpen);
        actions
    }

    /// Makes an open mail a line again; the last one stays.
    fn close_of_stack(&mut self, id: EmailId) -> Vec<Action> {
        if self.beside.is_empty() {
            return Vec::new();
        }
        let mut actions = Vec::new();
        if self.reader.wanted() == Some(id) {
            let open: Vec<EmailId> = self.beside.iter().filter_map(reader::State::wanted).collect();
            let next = self.stack.closest(id, &open).or_else(|| open.last().copied());
            actions.extend(next.map(|next| self.focus_on(next)).unwrap_or_default());
        }
        self.beside.retain(|open| open.wanted() != Some(id));
        actions
    }

    pub(super) fn stack_message(&mut self, message: conversation::Message) -> Vec<Action> {
        match message {
            conversation::Message::Open(id) => self.open_of_stack(id),
            conversation::Message::Close(id) => self.close_of_stack(id),
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
