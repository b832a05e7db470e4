//! What the mailbox window does with each message.

use iced::Size;
use waxwing_core::error::Error;
use waxwing_core::model::{BodyState, EmailId, FlagBits, ListQuery, Role};
use waxwing_core::{Command, Event, Ticket};

use super::keys::{self, Act, Pressed};
use super::list::{Hunt, Step};
use super::{Action, Alert, Answer, Ask, FIND_FIELD, Message, Overlay, Pane, READ_AFTER, State};
use crate::screen::reader::{self, ImagesAsk};
use crate::words::trouble::trouble;

/// Rows read at once while looking for unread mail.
const HUNT: usize = 500;
/// How far space scrolls a mail, as a share of the window's height.
const READ_ON: f32 = 0.75;

impl State {
    /// Takes a message in; says what is to be done.
    pub fn update(&mut self, message: Message) -> Vec<Action> {
        let mut actions = self.taken_in(message);
        // What is searched for is marked in the mail that is open.
        actions.extend(pages(self.reader.search(self.search_words())));
        actions
    }

    fn taken_in(&mut self, message: Message) -> Vec<Action> {
        match message {
            Message::Act(act) => self.act(act),
            Message::Key(pressed) => self.key(&pressed),
            Message::Go(place) => self.go(place),
            Message::Collapse(account) => {
                if !self.collapsed.remove(&account) {
                    self.collapsed.insert(account);
                }
                Vec::new()
            }
            Message::ShowSidebar => self.show(Overlay::Sidebar),
            Message::Scrolled(scroll, height) => {
                self.list.scrolled(scroll, height);
                self.fill_gap()
            }
            Message::Clicked(click) => {
                (self.pane, self.pane_ring) = (Pane::List, false);
                self.list.click(click);
                self.reading |= !click.toggle && !click.extend;
                self.opened()
            }
            Message::Reader(message) => self.reader_message(message),
            Message::Search(message) => self.on_search(message),
            Message::CloseOverlay => {
                self.overlay = None;
                Vec::new()
            }
            Message::Filter(filter) => match self.overlay {
                Some(Overlay::Tag { .. }) => self.show(Overlay::Tag { filter, chosen: 0 }),
                _ => self.show(Overlay::Move { filter, chosen: 0 }),
            },
            Message::ToggleTag(keyword) => self.toggle_tag(keyword),
            Message::ToggleChosenTag => self.toggle_chosen_tag(),
            Message::Whole(command, change) => Self::whole(*command, change),
            Message::WholeUnknown(error) => {
                let mut actions = self.failed(&error);
                actions.extend(self.read_list());
                actions
            }
            Message::WholeToDelete(emails) => self.ask_delete_of(emails),
            Message::FilterStep(step) => self.filter_step(step),
            Message::MoveTo(mailbox) => self.move_to(mailbox),
            Message::MoveToChosen => self.move_to_chosen(),
            Message::DeleteConfirmed => self.delete_confirmed(),
            Message::CloseAlert(place) => {
                if place < self.alerts.len() {
                    self.alerts.remove(place);
                }
                Vec::new()
            }
            Message::Submitted(ticket, change) => self.submitted(ticket, change),
            Message::ImagesSubmitted(ticket) => {
                self.images.insert(ticket);
                Vec::new()
            }
            Message::Answered(answer) => self.answered(answer),
            Message::News(event) => self.news(event),
            Message::LookedAt(generation) => self.looked_at(generation),
            Message::ToastOver(generation) => {
                self.toast.take_if(|toast| toast.generation == generation);
                Vec::new()
            }
            Message::Tick(now) => {
                self.now = now;
                Vec::new()
            }
            Message::Resized(size) => self.resized(size),
            Message::SignInAgain(account) => vec![Action::SignInAgain(account)],
            Message::TryAgain(account) => vec![Action::Do(Command::SyncAccount { account }, None)],
        }
    }

    fn show(&mut self, overlay: Overlay) -> Vec<Action> {
        self.overlay = Some(overlay);
        Vec::new()
    }

    fn resized(&mut self, size: Size) -> Vec<Action> {
        self.size = size;
        if self.has_three_panes() {
            self.overlay.take_if(|overlay| *overlay == Overlay::Sidebar);
        }
        Vec::new()
    }

    // Keys.

    fn key(&mut self, pressed: &Pressed) -> Vec<Action> {
        let after_g = std::mem::take(&mut self.after_g);
        if !after_g && pressed.is_g() && self.overlay.is_none() {
            self.after_g = true;
            return Vec::new();
        }
        let Some(act) = keys::find(pressed, after_g) else { return Vec::new() };
        if pressed.repeat && !act.repeats() {
            return Vec::new();
        }
        match (&self.overlay, act) {
            (None, _) | (Some(_), Act::Back | Act::Quit) => self.act(act),
            (Some(Overlay::Keys), Act::Help) => self.act(Act::Back),
            // Behind a question or a menu, keys have no meaning.
            (Some(_), _) => Vec::new(),
        }
    }

    pub(super) fn act(&mut self, act: Act) -> Vec<Action> {
        match act {
            Act::Archive => self.archive(),
            Act::Trash => self.trash(),
            Act::DeleteForever => self.ask_delete(),
            Act::Junk => self.junk(),
            Act::ToggleRead => self.toggle_read(),
            Act::ToggleStar => self.toggle_star(),
            Act::Move => self.open_move(),
            Act::Tag => self.open_tags(),
            Act::Split => self.split(),
            Act::Join => self.join(),
            Act::Conversations => self.switch_conversations(),
            Act::Older => self.beside(false),
            Act::Newer => self.beside(true),
            Act::Next => self.step(Step::Down),
            Act::Previous => self.step(Step::Up),
            Act::NextUnread => self.hunt(Step::Down, None),
            Act::PreviousUnread => self.hunt(Step::Up, None),
            Act::PageDown => self.stride(Step::Down, self.list.page_rows()),
            Act::PageUp => self.stride(Step::Up, self.list.page_rows()),
            Act::First => self.stride(Step::Up, usize::MAX),
            Act::Last => self.stride(Step::Down, usize::MAX),
            Act::ExtendDown => self.extend(Step::Down),
            Act::ExtendUp => self.extend(Step::Up),
            Act::ToggleSelect => {
                if let Some(id) = self.list.current() {
                    self.list.toggle(id);
                }
                self.opened()
            }
            Act::SelectAll => {
                self.list.select_all();
                self.opened()
            }
            Act::Open => {
                self.reading = self.list.current().is_some();
                self.opened()
            }
            Act::MailDown => vec![Action::ScrollMail(self.size.height * READ_ON)],
            Act::MailUp => vec![Action::ScrollMail(-self.size.height * READ_ON)],
            Act::Find => {
                self.reader.open_find();
                vec![Action::Focus(reader::FIND_IN_MAIL)]
            }
            Act::Zoom(zoom) => pages(self.reader.zoom(zoom)),
            Act::Undo => self.undo(),
            Act::Search => self.open_search(),
            Act::Sync => self
                .accounts
                .iter()
                .map(|a| Action::Do(Command::SyncAccount { account: a.id }, None))
                .collect(),
            Act::NextPane => self.other_pane(1),
            Act::PreviousPane => self.other_pane(2),
            Act::Inbox => self.go(ListQuery::AllInboxes),
            Act::Place(number) => {
                let place = self.places().get(usize::from(number)).copied();
                place.map_or_else(Vec::new, |place| self.go(place))
            }
            Act::Help => self.show(Overlay::Keys),
            Act::Back => self.back(),
            Act::Settings => vec![Action::Settings],
            Act::Quit => vec![Action::Quit],
        }
    }

    fn back(&mut self) -> Vec<Action> {
        if self.overlay.take().is_some() {
            return Vec::new();
        }
        if self.reader.close_file() {
            return Vec::new();
        }
        let (was_open, wishes) = self.reader.close_find();
        if was_open {
            return pages(wishes);
        }
        if self.has_one_pane() && self.reading {
            self.reading = false;
        } else if self.list.selected_count() > 1 {
            self.list.narrow();
            return self.opened();
        } else if self.search.is_some() {
            return self.close_search();
        } else {
            self.pane_ring = false;
        }
        Vec::new()
    }

    fn other_pane(&mut self, by: usize) -> Vec<Action> {
        const PANES: [Pane; 3] = [Pane::Sidebar, Pane::List, Pane::Mail];
        let panes = PANES.get(if self.has_three_panes() { 0.. } else { 1.. }).unwrap_or(&PANES);
        let here = panes.iter().position(|pane| *pane == self.pane).unwrap_or_default();
        let by = if by == 1 { 1 } else { panes.len() - 1 };
        if let Some(pane) = panes.get((here + by) % panes.len()) {
            (self.pane, self.pane_ring) = (*pane, true);
            self.reading = *pane == Pane::Mail;
        }
        Vec::new()
    }

    /// An arrow, in the pane that has the focus.
    fn step(&mut self, step: Step) -> Vec<Action> {
        match self.pane {
            Pane::List => self.stride(step, 1),
            Pane::Mail if self.pane_ring => {
                vec![Action::ScrollMail(if step == Step::Down { 66.0 } else { -66.0 })]
            }
            Pane::Mail => self.stride(step, 1),
            Pane::Sidebar => {
                let places = self.places();
                let here = places.iter().position(|place| *place == self.place).unwrap_or_default();
                let there = if step == Step::Down { here + 1 } else { here.wrapping_sub(1) };
                places.get(there).copied().map_or_else(Vec::new, |place| self.go(place))
            }
        }
    }

    fn stride(&mut self, step: Step, rows: usize) -> Vec<Action> {
        self.list.go(step, rows);
        let mut actions = self.opened();
        actions.extend(self.fill_gap());
        actions
    }

    fn extend(&mut self, step: Step) -> Vec<Action> {
        self.list.extend(step);
        let mut actions = self.opened();
        actions.extend(self.fill_gap());
        actions
    }

    /// Looks for unread mail from here or from `from` on, reading more rows where they aren't loaded.
    fn hunt(&mut self, step: Step, from: Option<usize>) -> Vec<Action> {
        self.hunt = None;
        match self.list.unread_from(from.or_else(|| self.list.current_index()), step) {
            Hunt::Found(id) => {
                self.list.choose(id);
                self.opened()
            }
            Hunt::Unknown(at) => {
                self.hunt = Some((step, at));
                let first = if step == Step::Down { at } else { (at + 1).saturating_sub(HUNT) };
                vec![Action::Read(Ask::Rows { query: self.query(), first, count: HUNT })]
            }
            Hunt::Nothing => Vec::new(),
        }
    }

    fn open_move(&mut self) -> Vec<Action> {
        if self.list.selected_count() == 0 {
            return Vec::new();
        }
        self.overlay = Some(Overlay::Move { filter: String::new(), chosen: 0 });
        vec![Action::Focus(FIND_FIELD)]
    }

    fn filter_step(&mut self, step: Step) -> Vec<Action> {
        let stepped = |chosen: usize, entries: usize| match step {
            Step::Down => (chosen + 1).min(entries.saturating_sub(1)),
            Step::Up => chosen.saturating_sub(1),
        };
        match self.overlay.clone() {
            Some(Overlay::Move { filter, chosen }) => {
                let chosen = stepped(chosen, self.destinations(&filter).len());
                self.show(Overlay::Move { filter, chosen })
            }
            Some(Overlay::Tag { filter, chosen }) => {
                let chosen = stepped(chosen, self.tag_entries(&filter).len());
                self.show(Overlay::Tag { filter, chosen })
            }
            _ => Vec::new(),
        }
    }

    fn move_to_chosen(&mut self) -> Vec<Action> {
        let Some(Overlay::Move { filter, chosen }) = &self.overlay else { return Vec::new() };
        let to = self.destinations(filter).get(*chosen).map(|mailbox| mailbox.id);
        to.map_or_else(Vec::new, |to| self.move_to(to))
    }

    // Places and mails.

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
        self.reader.close();
        self.stack.close();
    }

    /// After the selection changed: reads the mail that is open now, and starts its second of being looked at.
    pub(super) fn opened(&mut self) -> Vec<Action> {
        let single = self.list.selected_count() == 1;
        let Some(id) = self.list.current().filter(|id| single && self.list.is_selected(*id)) else {
            self.reader.close();
            self.stack.close();
            self.generation += 1;
            return Vec::new();
        };
        let is_of_conversations = self.lists_conversations();
        let shown = if is_of_conversations { self.stack.row() } else { self.reader.wanted() };
        if shown == Some(id) {
            return Vec::new();
        }
        self.reader.want(id, self.list.row_of(id));
        self.generation += 1;
        let mut actions = vec![
            Action::Read(Ask::Email(id)),
            Action::MailTop,
            Action::After(READ_AFTER, Message::LookedAt(self.generation)),
        ];
        if is_of_conversations {
            self.stack.begin(id);
            actions.extend(self.read_stack());
        } else {
            self.stack.close();
        }
        actions
    }

    fn looked_at(&mut self, generation: u64) -> Vec<Action> {
        let Some(id) = self.reader.wanted().filter(|_| generation == self.generation) else {
            return Vec::new();
        };
        if self.has_one_pane() && !self.reading {
            return Vec::new();
        }
        match self.stack.row_of(id).or_else(|| self.list.row_of(id)) {
            Some(row) if !row.flags.contains(FlagBits::SEEN) => {
                vec![self.set_flags(vec![id], FlagBits::SEEN, FlagBits::NONE, None)]
            }
            _ => Vec::new(),
        }
    }

    fn reader_message(&mut self, message: reader::Message) -> Vec<Action> {
        match message {
            reader::Message::Act(act) => self.act(act),
            reader::Message::Conversation(message) => self.stack_message(message),
            reader::Message::Untag(keyword) => self.untag_open(keyword),
            reader::Message::Body(_) | reader::Message::Details => {
                (self.pane, self.pane_ring) = (Pane::Mail, false);
                pages(self.reader.update(message))
            }
            reader::Message::Images(ask) => self.images(ask),
            _ => pages(self.reader.update(message)),
        }
    }

    /// Pictures of the open mail that lie on the network.
    fn images(&mut self, ask: ImagesAsk) -> Vec<Action> {
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

    // The store's answers.

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

    fn fill_gap(&mut self) -> Vec<Action> {
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

    fn answered(&mut self, answer: Answer) -> Vec<Action> {
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
                    Ask::Email(_) => false,
                };
                self.failed(&error)
            }
        }
    }

    fn list_answered(
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
            let open_elsewhere = self.reader.wanted().filter(|id| !in_page(id));
            self.follow_conversation(&ids, &page);
            self.list.take(ids, page);
            self.rows_asked = None;
            self.reader.refresh(&self.list);
            actions.extend(self.opened());
            // The open mail is far from what is seen: its flags may have changed all the same.
            if let Some(id) = open_elsewhere.filter(|id| self.reader.wanted() == Some(*id)) {
                actions.push(Action::Read(Ask::Email(id)));
            }
            actions.extend(self.fill_gap());
            actions.extend(self.read_stack());
        }
        if again || query != self.query() {
            actions.extend(self.read_list());
        }
        actions
    }

    fn email_answered(&mut self, id: EmailId, mail: Result<reader::Mail, Error>) -> Vec<Action> {
        if self.reader.wanted() != Some(id) {
            return Vec::new();
        }
        let missing = matches!(&mail, Ok(mail) if mail.email.body == BodyState::NotYet);
        if let Ok(mail) = &mail {
            self.list.freshen(mail.email.row.clone());
        }
        let asked = self.reader.show(mail);
        if let Some(email) = self.reader.asks_for_images() {
            return vec![Action::Images(Command::FetchImages { email })];
        }
        if missing && !asked { vec![Action::Do(Command::FetchBody { email: id }, None)] } else { Vec::new() }
    }

    // The engine's news.

    fn news(&mut self, event: Event) -> Vec<Action> {
        match event {
            Event::Finished { ticket, outcome } => match self.server_answered(ticket, &outcome) {
                Some(actions) => actions,
                None => self.finished(ticket, outcome.err()),
            },
            Event::SearchProgress { ticket, done, total } => self.server_at(ticket, done, total),
            Event::SearchesChanged => self.read_saved(),
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
            Event::BodyArrived { email } if self.reader.wanted() == Some(email) => {
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
                let message = reader::OnFile::Progress(email, part, (done, total));
                let wishes = self.reader.update(reader::Message::File(message));
                wishes.into_iter().map(Action::Page).collect()
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
                actions.extend(self.read_saved());
                actions.extend(self.read_list());
                actions.extend(self.reader.wanted().map(|id| Action::Read(Ask::Email(id))));
                actions
            }
        }
    }

    fn finished(&mut self, ticket: Ticket, error: Option<Error>) -> Vec<Action> {
        if self.images.remove(&ticket) {
            self.reader.images_answered();
            let mut actions = error.map(|error| self.failed(&error)).unwrap_or_default();
            actions.extend(self.reader.wanted().map(|id| Action::Read(Ask::Email(id))));
            return actions;
        }
        let Some(error) = error.filter(|error| !error.kind().is_passing()) else { return Vec::new() };
        let mut actions = self.failed(&error);
        actions.extend(self.read_list());
        self.forget_change(ticket);
        actions
    }

    fn failed(&mut self, error: &Error) -> Vec<Action> {
        let words = trouble(error, "");
        let text = match words.server {
            Some(server) => format!("{}. {server}", words.title),
            None => format!("{}. {}", words.title, words.advice),
        };
        self.show_toast(text, false)
    }
}

/// What the page of the open mail wants, for `app`.
fn pages(wishes: Vec<reader::Wish>) -> Vec<Action> {
    wishes.into_iter().map(Action::Page).collect()
}
