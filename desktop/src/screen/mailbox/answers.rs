//! What the store answers.

use waxwing_core::Command;
use waxwing_core::error::Error;
use waxwing_core::model::{BodyState, EmailId, ListQuery};

use super::list::Step;
use super::{Action, Answer, Ask, State};
use crate::screen::reader;

impl State {
    pub(super) fn read_overview(&mut self) -> Vec<Action> {
        if self.overview.ask() { vec![Action::Read(Ask::Overview)] } else { Vec::new() }
    }

    /// What the list is made of: what was found while something is sought, else the mails of the place.
    pub(super) fn read_list(&mut self) -> Vec<Action> {
        if self.search.is_some() {
            return self.read_found();
        }
        if !self.list_turn.ask() {
            return Vec::new();
        }
        let (first, count) = self.list.window();
        vec![Action::Read(Ask::List { query: self.query(), first, count })]
    }

    pub(super) fn read_tags(&mut self) -> Vec<Action> {
        if self.tags_turn.ask() { vec![Action::Read(Ask::Tags)] } else { Vec::new() }
    }

    pub(super) fn fill_gap(&mut self) -> Vec<Action> {
        if self.search.is_some() {
            return self.find_more();
        }
        let (first, count) = self.list.window();
        if !self.list.has_gap() || self.rows_asked == Some((first, count)) || !self.rows_turn.ask() {
            return Vec::new();
        }
        self.rows_asked = Some((first, count));
        vec![Action::Read(Ask::Rows { query: self.query(), first, count })]
    }

    pub(super) fn answered(&mut self, answer: Answer) -> Vec<Action> {
        match answer {
            Answer::Overview(accounts, mailboxes) => {
                (self.accounts, self.mailboxes) = (accounts, mailboxes);
                let mut actions = if self.overview.answered() { self.read_overview() } else { Vec::new() };
                actions.extend(self.read_saved());
                actions.extend(self.read_tags());
                // The mailbox that is shown was deleted elsewhere.
                if matches!(self.place, ListQuery::Mailbox(id) if self.mailbox(id).is_none()) {
                    actions.extend(self.go(ListQuery::AllInboxes));
                }
                actions
            }
            Answer::Tags(tags) => {
                self.tags = tags;
                if self.tags_turn.answered() { self.read_tags() } else { Vec::new() }
            }
            Answer::Drafts(drafts, waiting) => {
                self.outbox = waiting;
                self.drafts_read(drafts);
                Vec::new()
            }
            Answer::Thread(row, mails) => self.thread_answered(row, mails),
            Answer::List(query, ids, page) => self.list_answered(query, ids, page),
            Answer::Rows(query, page) => {
                self.rows_turn.answered();
                if query != self.query() || self.search.is_some() {
                    return self.fill_gap();
                }
                self.list.add_rows(page);
                match self.hunt.take().filter(|(_, at)| self.list.row(*at).is_some()) {
                    Some((step, at)) => {
                        let from = if step == Step::Down { at.checked_sub(1) } else { Some(at + 1) };
                        self.hunt(step, from)
                    }
                    None => self.fill_gap(),
                }
            }
            Answer::Email(id, email) => self.email_answered(id, *email),
            Answer::Found(number, found) => self.found(number, found),
            Answer::Coverage(scope, coverage) => self.covered(scope, coverage),
            Answer::Saved(saved) => self.saved_answered(saved),
            Answer::Failed(ask, error) => {
                match ask {
                    Ask::Found { .. } => {
                        self.finding_failed();
                        false
                    }
                    Ask::Coverage(_) => {
                        self.covering_failed();
                        false
                    }
                    Ask::Saved => self.saved_turn.answered(),
                    Ask::Overview => self.overview.answered(),
                    Ask::Tags => self.tags_turn.answered(),
                    Ask::Thread(_) => self.stack_turn.answered(),
                    Ask::List { .. } => self.list_turn.answered(),
                    Ask::Rows { .. } => self.rows_turn.answered(),
                    Ask::Email(_) | Ask::Drafts => false,
                };
                self.failed(&error)
            }
        }
    }

    pub(super) fn list_answered(
        &mut self,
        query: ListQuery,
        ids: Vec<EmailId>,
        page: waxwing_core::model::Page,
    ) -> Vec<Action> {
        let again = self.list_turn.answered();
        let mut actions = Vec::new();
        let is_here = query == self.query();
        if let Some(search) = &mut self.search {
            // The list of the place waits; it is as fresh as when the search was opened.
            if is_here {
                search.kept.take(ids, page);
            }
            return actions;
        }
        if is_here {
            let in_page = |id: &EmailId| page.rows.iter().any(|row| row.id == *id);
            let open_elsewhere: Vec<EmailId> =
                self.open_ids().into_iter().filter(|id| !in_page(id)).collect();
            self.follow_conversation(&ids, &page);
            self.list.take(ids, page);
            self.rows_asked = None;
            self.refresh_open();
            actions.extend(self.opened());
            // An open mail is far from what is seen: its flags may have changed all the same.
            let open = self.open_ids();
            let elsewhere = open_elsewhere.into_iter().filter(|id| open.contains(id));
            actions.extend(elsewhere.map(|id| Action::Read(Ask::Email(id))));
            actions.extend(self.fill_gap());
            actions.extend(self.read_stack());
        }
        if again || query != self.query() {
            actions.extend(self.read_list());
        }
        actions
    }

    pub(super) fn email_answered(&mut self, id: EmailId, mail: Result<reader::Mail, Error>) -> Vec<Action> {
        let missing = matches!(&mail, Ok(mail) if mail.email.body == BodyState::NotYet);
        let row = mail.as_ref().ok().map(|mail| mail.email.row.clone());
        let Some(open) = self.open_mail(id) else { return Vec::new() };
        let asked = open.show(mail);
        let images = open.asks_for_images();
        if let Some(row) = row {
            self.list.freshen(row);
        }
        if let Some(email) = images {
            return vec![Action::Images(Command::FetchImages { email })];
        }
        if missing && !asked { vec![Action::Do(Command::FetchBody { email: id }, None)] } else { Vec::new() }
    }

    /// The list was read again: flags of what is open may have changed.
    pub(super) fn refresh_open(&mut self) {
        let list = &self.list;
        for open in std::iter::once(&mut self.reader).chain(&mut self.beside) {
            open.refresh(list);
        }
    }
}
