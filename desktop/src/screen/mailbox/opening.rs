//! Going to places, opening mails, and what is done in the open ones.

use waxwing_core::Command;
use waxwing_core::model::{EmailId, FlagBits, ListQuery};

use super::update::pages;
use super::{Action, Ask, Message, Pane, READ_AFTER, State};
use crate::screen::reader::{self, ImagesAsk, OnFile, OnPage, Wish};
use crate::widget::Happened;

impl State {
    pub(super) fn go(&mut self, place: ListQuery) -> Vec<Action> {
        self.overlay = None;
        self.reading = false;
        if place == self.place {
            return if self.search.is_some() { self.close_search() } else { Vec::new() };
        }
        let mut actions = self.leave_search();
        if let ListQuery::Tagged(tag) = place {
            self.place_tag = self.tag_name(tag);
        }
        self.place = place;
        self.forget_list();
        actions.extend(self.read_list());
        if let ListQuery::Mailbox(mailbox) = place {
            actions.push(Action::Do(Command::ShowMailbox { mailbox }, None));
        }
        actions
    }

    /// Another list is shown.
    pub(super) fn forget_list(&mut self) {
        self.list.reset();
        self.rows_asked = None;
        self.hunt = None;
        self.close_mails();
    }

    /// After the selection changed: reads the mail that is open now, and starts its second of being looked at.
    pub(super) fn opened(&mut self) -> Vec<Action> {
        let single = self.list.selected_count() == 1;
        let Some(id) = self.list.current().filter(|id| single && self.list.is_selected(*id)) else {
            self.close_mails();
            self.generation += 1;
            return Vec::new();
        };
        let is_of_conversations = self.lists_conversations();
        let shown = if is_of_conversations { self.stack.row() } else { self.reader.wanted() };
        if shown == Some(id) {
            return Vec::new();
        }
        self.beside.clear();
        self.reader.want(id, self.list.row_of(id));
        let mut actions = self.begin_to_read(id);
        actions.push(Action::MailTop);
        if is_of_conversations {
            self.stack.begin(id);
            actions.extend(self.read_stack());
        } else {
            self.stack.close();
        }
        actions
    }

    /// The mail that has the focus now is read from the store, and counts as read after a second of being looked at.
    pub(super) fn begin_to_read(&mut self, id: EmailId) -> Vec<Action> {
        self.generation += 1;
        let looked_at = Message::LookedAt(self.generation);
        vec![Action::Read(Ask::Email(id)), Action::After(READ_AFTER, looked_at)]
    }

    /// No mail is open any more.
    pub(super) fn close_mails(&mut self) {
        self.reader.close();
        self.beside.clear();
        self.stack.close();
    }

    pub(super) fn looked_at(&mut self, generation: u64) -> Vec<Action> {
        let Some(id) = self.reader.wanted().filter(|_| generation == self.generation) else {
            return Vec::new();
        };
        // Of several, each says itself when it is to be seen; but text has no way to.
        if !self.shows_mail() || !(self.beside.is_empty() || self.reader.is_text()) {
            return Vec::new();
        }
        self.read(id)
    }

    /// Whether the mail has a place in the window.
    fn shows_mail(&self) -> bool {
        self.reading || !self.has_one_pane()
    }

    fn read(&mut self, id: EmailId) -> Vec<Action> {
        match self.stack.row_of(id).or_else(|| self.list.row_of(id)) {
            Some(row) if !row.flags.contains(FlagBits::SEEN) => {
                vec![self.set_flags(vec![id], FlagBits::SEEN, FlagBits::NONE, None)]
            }
            _ => Vec::new(),
        }
    }

    /// One of several open mails came into sight, or went out of it.
    fn seen(&mut self, id: EmailId, is_seen: bool) -> Vec<Action> {
        self.looks += u64::from(is_seen);
        let look = if is_seen { self.looks } else { 0 };
        if let Some(open) = self.open_mail(id) {
            open.looked_at(look);
        }
        if is_seen { vec![Action::After(READ_AFTER, Message::Looked(id, look))] } else { Vec::new() }
    }

    /// It has been in sight for a while, if it still is.
    pub(super) fn looked(&mut self, id: EmailId, look: u64) -> Vec<Action> {
        let is_read = self.open_mail(id).is_some_and(|open| open.is_looked_at(look));
        if is_read && self.shows_mail() { self.read(id) } else { Vec::new() }
    }

    // The mails that are open.

    /// All of them, the one that has the focus first.
    pub(super) fn open_mails(&mut self) -> impl Iterator<Item = &mut reader::State> {
        std::iter::once(&mut self.reader).chain(&mut self.beside)
    }

    pub(super) fn open_mail(&mut self, id: EmailId) -> Option<&mut reader::State> {
        self.open_mails().find(|open| open.wanted() == Some(id))
    }

    /// The mails that are open, by their ids.
    pub(super) fn open_ids(&self) -> Vec<EmailId> {
        std::iter::once(&self.reader).chain(&self.beside).filter_map(reader::State::wanted).collect()
    }

    /// Their pages, as the thread that paints knows them.
    pub(super) fn pages(&self) -> Vec<crate::html::Number> {
        std::iter::once(&self.reader).chain(&self.beside).filter_map(reader::State::page).collect()
    }

    pub(super) fn reader_message(&mut self, message: reader::Message) -> Vec<Action> {
        match message {
            reader::Message::Of(id, message) => self.message_of(id, *message),
            reader::Message::Act(act) => self.act(act),
            reader::Message::Conversation(message) => self.stack_message(message),
            reader::Message::Untag(keyword) => self.untag_open(keyword),
            reader::Message::Body(_) | reader::Message::Details => {
                (self.pane, self.pane_ring) = (Pane::Mail, false);
                pages(self.reader.update(message))
            }
            reader::Message::Images(ask) => self.images(ask),
            reader::Message::Page(OnPage::Page(happened)) => {
                let seen = match (happened, self.reader.wanted()) {
                    (Happened::Seen(is_seen), Some(id)) => self.seen(id, is_seen),
                    _ => Vec::new(),
                };
                let mut actions = pages(self.reader.update(message));
                actions.extend(seen);
                actions
            }
            // Each of them knows whether it is meant.
            reader::Message::Page(message) => self.on_pages(&message),
            reader::Message::File(
                OnFile::Loaded(reader::Place { email, .. }, _)
                | OnFile::Progress(email, ..)
                | OnFile::Fetched(email, ..),
            ) => {
                let open = self.open_mail(email);
                open.map(|open| pages(open.update(message))).unwrap_or_default()
            }
            reader::Message::Unsubscribed(_) => {
                let leaves = |open: &&mut reader::State| open.is_leaving_list();
                let open = self.open_mails().find(leaves);
                open.map(|open| pages(open.update(message))).unwrap_or_default()
            }
            _ => pages(self.reader.update(message)),
        }
    }

    /// Something of another open mail than the one with the focus: whatever a person does there gives it the focus.
    fn message_of(&mut self, id: EmailId, message: reader::Message) -> Vec<Action> {
        if let reader::Message::Page(OnPage::Page(
            happened @ (Happened::Room(_) | Happened::InSight(..) | Happened::At(_) | Happened::Seen(_)),
        )) = message
        {
            let open = self.open_mail(id);
            let mut actions = open.map(|open| pages(open.update(message))).unwrap_or_default();
            if let Happened::Seen(is_seen) = happened {
                actions.extend(self.seen(id, is_seen));
            }
            return actions;
        }
        // A mail that is made a line again needs no focus for that.
        if let reader::Message::Conversation(message) = message {
            return self.stack_message(message);
        }
        let mut actions = self.focus_on(id);
        actions.extend(self.reader_message(message));
        actions
    }

    fn on_pages(&mut self, message: &OnPage) -> Vec<Action> {
        let mut actions = Vec::new();
        for open in self.open_mails() {
            actions.extend(pages(open.update(reader::Message::Page(message.clone()))));
        }
        // Another thread knows none of the other pages.
        if actions.iter().any(|action| matches!(action, Action::Page(Wish::BeginAnew))) {
            for open in self.open_mails() {
                actions.extend(pages(open.update(reader::Message::Page(OnPage::LookChanged))));
            }
        }
        actions
    }

    /// Pictures of the open mail that lie on the network.
    pub(super) fn images(&mut self, ask: ImagesAsk) -> Vec<Action> {
        let Some(email) = self.reader.wanted() else { return Vec::new() };
        let mut actions = Vec::new();
        if let ImagesAsk::Always(always) = ask {
            let Some(sender) = self.reader.image_sender() else { return Vec::new() };
            actions.push(Action::Images(Command::ShowImagesOf { sender: sender.to_owned(), always }));
        }
        if ask != ImagesAsk::Always(false) {
            self.reader.images_asked();
            actions.push(Action::Images(Command::FetchImages { email }));
        }
        actions
    }
}
