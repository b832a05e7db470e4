//! What the mailbox window does with each message.

use iced::Size;
use waxwing_core::Command;
use waxwing_core::mime::How;
use waxwing_core::model::ListQuery;

use super::keys::{self, Act, Pressed};
use super::list::{Hunt, Step};
use super::{Action, Ask, FIND_FIELD, Message, Overlay, Pane, State};
use crate::html::Request;
use crate::screen::reader::{self, Wish};
use crate::words;

/// Rows read at once while looking for unread mail.
const HUNT: usize = 500;
/// How far space scrolls a mail, as a share of the window's height.
const READ_ON: f32 = 0.75;

impl State {
    /// Takes a message in; says what is to be done.
    pub fn update(&mut self, message: Message) -> Vec<Action> {
        let before = self.pages();
        let mut actions = self.taken_in(message);
        // What is searched for is marked in the mails that are open.
        let words = self.search_words();
        for open in self.open_mails() {
            actions.extend(pages(open.search(words.clone())));
        }
        let there = self.pages();
        // The pages of mails that were closed are let go.
        if before.iter().any(|page| !there.contains(page)) {
            actions.push(Action::Page(Wish::Ask(Request::Keep { pages: there })));
        }
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
            Message::ShowOutbox => {
                self.show(Overlay::Outbox);
                vec![Action::Read(Ask::Drafts)]
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
            Message::Followed(true) => Vec::new(),
            Message::Followed(false) => self.show_toast(words::NO_BROWSER.into(), false),
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
            Message::Looked(email, look) => self.looked(email, look),
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
            Message::Write(write) => self.write(write),
            Message::NotNow(draft) => {
                self.left.retain(|it| it.id != draft);
                vec![Action::Do(Command::CloseDraft { draft }, None)]
            }
            Message::Sending(ticket, time) => self.sending(ticket, time),
            Message::Discarded(draft) => self.discarded(draft),
            Message::Failed(error) => self.failed(&error),
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
            Act::New => self.write_new(),
            Act::Reply => self.answer(How::Reply),
            Act::ReplyAll => self.answer(How::ReplyAll),
            Act::ReplyList => self.answer(How::ReplyList),
            Act::Forward => self.answer(How::ForwardInline),
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
            Act::Open if self.is_among_drafts() => self.go_on_writing(),
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
            Act::Zoom(zoom) => self.open_mails().flat_map(|open| pages(open.zoom(zoom))).collect(),
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
    pub(super) fn hunt(&mut self, step: Step, from: Option<usize>) -> Vec<Action> {
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
}

/// What the page of the open mail wants, for `app`.
pub(super) fn pages(wishes: Vec<reader::Wish>) -> Vec<Action> {
    wishes.into_iter().map(Action::Page).collect()
}
