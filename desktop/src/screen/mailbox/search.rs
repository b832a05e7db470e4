//! The search above the list: what is typed, what was found, and how far that can be trusted.
//!
//! While it is open the list holds what was found; the list of the place waits in `kept` as it stood.

mod kept;

use std::sync::Arc;
use std::time::Duration;

use waxwing_core::error::Error;
use waxwing_core::model::{Coverage, Found, ListQuery, Page, Role, SavedSearchId, SearchScope, SearchWords};
use waxwing_core::{Command, Done, Ticket, search_words};

use super::list::List;
use super::{Action, Ask, Pane, State, Turn};

/// The field, for the focus.
pub const SEARCH_FIELD: &str = "search";
/// The field for the name of a search that is kept.
pub const NAME_FIELD: &str = "search-name";

/// Mails read at first; each time the end comes near, twice as many; and at most.
const FIRST: usize = 150;
const MOST: usize = 20_000;
/// Rows from the end at which more is read.
const NEAR: usize = 60;
/// How long is waited for the index before it is looked at again.
const SOON: Duration = Duration::from_secs(1);

/// An open search.
pub struct Search {
    pub text: String,
    /// Elsewhere than in the place that is shown.
    pub elsewhere: Option<SearchScope>,
    /// What stands out in the rows.
    pub words: SearchWords,
    /// What the last answer said of how many there are; `None` before the first one.
    pub found: Option<Figures>,
    /// What the search there can find.
    pub coverage: Option<Coverage>,
    pub server: Server,
    /// It is one that is kept.
    pub saved: Option<SavedSearchId>,
    /// The name being typed for it.
    pub name: Option<String>,
    /// The list of the place, as it stood.
    pub(super) kept: List,
    /// Counts what was typed: an answer to anything older is of no use.
    number: u64,
    most: usize,
    turn: Turn,
    coverage_turn: Turn,
    /// The index is looked at again soon.
    waits: bool,
    /// The search of the server that is under way.
    ticket: Option<Ticket>,
}

/// How many were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    pub total: usize,
    pub is_all: bool,
}

/// What the server was asked about this text.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Server {
    #[default]
    NotAsked,
    /// So many of so many mailboxes.
    Asked(u64, u64),
    /// Whether it searched everything.
    Answered(bool),
    Failed(Error),
}

/// What can happen to it.
#[derive(Clone, Debug)]
pub enum OnSearch {
    Open,
    Typed(String),
    /// Another text from a press, after which one goes on typing.
    Example(&'static str),
    Everywhere(bool),
    /// Out of the field, into the list.
    ToFound,
    Close,
    AskServer,
    StopServer,
    /// A command of the search got its ticket.
    Asked(u64, Ticket),
    /// Time to look at the index again, if still the same is sought.
    Again(u64),
    /// Keep it: asks for a name.
    Save,
    Name(String),
    NameDone,
    NoName,
    Delete,
    OpenSaved(SavedSearchId),
}

impl Search {
    fn new(kept: List, number: u64) -> Self {
        Self {
            text: String::new(),
            elsewhere: None,
            words: SearchWords::default(),
            found: None,
            coverage: None,
            server: Server::NotAsked,
            saved: None,
            name: None,
            kept,
            number,
            most: FIRST,
            turn: Turn::default(),
            coverage_turn: Turn::default(),
            waits: false,
            ticket: None,
        }
    }

    /// Whether the server may have what isn't found here.
    pub fn may_be_elsewhere(&self) -> bool {
        self.coverage.is_some_and(|coverage| coverage.without_body > 0 || coverage.not_listed > 0)
    }

    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }
}

/// Where a place is searched.
fn scope_of(place: ListQuery) -> SearchScope {
    match place {
        ListQuery::AllInboxes | ListQuery::InboxConversations => SearchScope::Inboxes,
        ListQuery::Starred => SearchScope::Starred,
        // What has a tag is found by `tag:`.
        ListQuery::Tagged(_) => SearchScope::Everywhere,
        ListQuery::Mailbox(mailbox) | ListQuery::Conversations(mailbox) => SearchScope::Mailbox(mailbox),
    }
}

/// The place that shows what a scope searches; `None`: it is searched from wherever one is.
fn place_of(scope: SearchScope) -> Option<ListQuery> {
    match scope {
        SearchScope::Inboxes => Some(ListQuery::AllInboxes),
        SearchScope::Starred => Some(ListQuery::Starred),
        SearchScope::Mailbox(mailbox) => Some(ListQuery::Mailbox(mailbox)),
        SearchScope::Everywhere | SearchScope::Account(_) => None,
    }
}

impl State {
    /// The words that are sought, for whoever shows an opened mail: see `waxwing_core::mime::places`.
    pub fn search_words(&self) -> Vec<String> {
        self.search.as_ref().map_or_else(Vec::new, |search| search.words.anywhere.clone())
    }

    pub(super) fn on_search(&mut self, message: OnSearch) -> Vec<Action> {
        match message {
            OnSearch::Open => self.open_search(),
            OnSearch::Typed(text) => self.search_typed(text),
            OnSearch::Example(text) => {
                let mut actions = self.search_typed(text.to_owned());
                actions.push(Action::Focus(SEARCH_FIELD));
                actions
            }
            OnSearch::Everywhere(everywhere) => {
                let Some(search) = &mut self.search else { return Vec::new() };
                search.elsewhere = everywhere.then_some(SearchScope::Everywhere);
                self.search_anew()
            }
            OnSearch::ToFound => self.go_to_found(),
            OnSearch::Close => self.close_search(),
            OnSearch::AskServer => self.ask_server(),
            OnSearch::StopServer => self.stop_server(),
            OnSearch::Asked(number, ticket) => self.server_is_asked(number, ticket),
            OnSearch::Again(number) => match &mut self.search {
                Some(search) if search.number == number => {
                    search.waits = false;
                    self.read_found()
                }
                _ => Vec::new(),
            },
            OnSearch::Save => self.ask_for_name(),
            OnSearch::Name(name) => {
                if let Some(search) = &mut self.search {
                    search.name = Some(name);
                }
                Vec::new()
            }
            OnSearch::NameDone => self.keep_search(),
            OnSearch::NoName => {
                if let Some(search) = &mut self.search {
                    search.name = None;
                }
                vec![Action::Focus(SEARCH_FIELD)]
            }
            OnSearch::Delete => self.delete_search(),
            OnSearch::OpenSaved(id) => self.open_saved(id),
        }
    }

    /// Opens the field, or goes back to it.
    pub(super) fn open_search(&mut self) -> Vec<Action> {
        self.overlay = None;
        self.reading = false;
        if self.search.is_none() {
            let empty = List::of_height(self.list.height);
            let kept = std::mem::replace(&mut self.list, empty);
            self.search_number += 1;
            self.search = Some(Search::new(kept, self.search_number));
            self.hunt = None;
        }
        vec![Action::Focus(SEARCH_FIELD)]
    }

    /// The list of the place, as it stood.
    pub(super) fn close_search(&mut self) -> Vec<Action> {
        let mut actions = self.leave_search();
        actions.extend(self.read_list());
        actions.extend(self.opened());
        actions
    }

    /// Ends the search, if there is one; the list is as it stood.
    pub(super) fn leave_search(&mut self) -> Vec<Action> {
        let actions = self.stop_server();
        if let Some(search) = self.search.take() {
            let height = self.list.height;
            self.list = search.kept;
            if height > 0.0 {
                self.list.scrolled(self.list.scroll, height);
            }
            self.rows_asked = None;
            self.hunt = None;
            (self.pane, self.pane_ring) = (Pane::List, false);
        }
        actions
    }

    fn search_typed(&mut self, text: String) -> Vec<Action> {
        let Some(search) = &mut self.search else { return Vec::new() };
        search.text = text;
        search.words = search_words(&search.text);
        search.name = None;
        self.search_anew()
    }

    /// Another text or another place: what was found is of no use any more.
    fn search_anew(&mut self) -> Vec<Action> {
        let mut actions = self.stop_server();
        let Some(search) = &mut self.search else { return actions };
        self.search_number += 1;
        search.number = self.search_number;
        search.most = FIRST;
        search.server = Server::NotAsked;
        search.waits = false;
        search.coverage = None;
        self.list.scroll = 0.0;
        self.recognise();
        let Some(search) = &mut self.search else { return actions };
        if search.is_blank() {
            search.found = None;
            self.list = List::of_height(self.list.height);
            actions.extend(self.opened());
            return actions;
        }
        actions.extend(self.read_found());
        actions
    }

    /// Where is searched.
    pub fn search_scope(&self) -> SearchScope {
        let elsewhere = self.search.as_ref().and_then(|search| search.elsewhere);
        elsewhere.unwrap_or_else(|| scope_of(self.place))
    }

    /// Asks the store what is found and how far that goes, or remembers to when it has answered.
    pub(super) fn read_found(&mut self) -> Vec<Action> {
        let mut actions = self.ask_found();
        actions.extend(self.ask_coverage());
        actions
    }

    fn ask_found(&mut self) -> Vec<Action> {
        let scope = self.search_scope();
        let Some(search) = self.search.as_mut().filter(|search| !search.is_blank()) else {
            return Vec::new();
        };
        if !search.turn.ask() {
            return Vec::new();
        }
        let (words, number, count) = (Arc::from(search.text.as_str()), search.number, search.most);
        vec![Action::Read(Ask::Found { words, scope, count, number })]
    }

    fn ask_coverage(&mut self) -> Vec<Action> {
        let scope = self.search_scope();
        let search = self.search.as_mut().filter(|search| !search.is_blank());
        if search.is_some_and(|search| search.coverage_turn.ask()) {
            return vec![Action::Read(Ask::Coverage(scope))];
        }
        Vec::new()
    }

    pub(super) fn found(&mut self, number: u64, found: Found) -> Vec<Action> {
        let Some(search) = &mut self.search else { return Vec::new() };
        let again = search.turn.answered();
        if number != search.number || search.is_blank() {
            // Something else was typed since.
            return self.ask_found();
        }
        search.found = Some(Figures { total: found.total, is_all: found.is_all });
        let ids = found.rows.iter().map(|row| row.id).collect();
        self.list.take(ids, Page { total: found.rows.len(), rows: found.rows, first: 0 });
        self.refresh_open();
        let mut actions = self.opened();
        actions.extend(if again { self.ask_found() } else { self.find_more() });
        actions
    }

    /// A read of the store failed.
    pub(super) fn finding_failed(&mut self) {
        if let Some(search) = &mut self.search {
            search.turn.answered();
        }
    }

    /// The same of how far it goes.
    pub(super) fn covering_failed(&mut self) {
        if let Some(search) = &mut self.search {
            search.coverage_turn.answered();
        }
    }

    pub(super) fn covered(&mut self, scope: SearchScope, coverage: Coverage) -> Vec<Action> {
        let here = self.search_scope();
        let Some(search) = &mut self.search else { return Vec::new() };
        if search.coverage_turn.answered() || scope != here {
            return self.ask_coverage();
        }
        search.coverage = Some(coverage);
        if coverage.not_indexed > 0 && !std::mem::replace(&mut search.waits, true) {
            let again = super::Message::Search(OnSearch::Again(search.number));
            return vec![Action::After(SOON, again)];
        }
        Vec::new()
    }

    /// Reads more as the end of what was read comes near.
    pub(super) fn find_more(&mut self) -> Vec<Action> {
        let near = self.list.visible().end + NEAR >= self.list.total();
        let Some(search) = &mut self.search else { return Vec::new() };
        let is_full = self.list.total() >= search.most && search.most < MOST;
        let is_more = search.found.is_some_and(|found| !found.is_all || found.total > search.most);
        if !near || !is_full || !is_more || search.turn.busy {
            return Vec::new();
        }
        search.most = (search.most * 2).min(MOST);
        self.ask_found()
    }

    /// The keyboard goes from the field to what was found, and the first of it is opened.
    fn go_to_found(&mut self) -> Vec<Action> {
        if self.list.is_empty() {
            return Vec::new();
        }
        (self.pane, self.pane_ring) = (Pane::List, false);
        let mut actions = vec![Action::Unfocus];
        if self.list.current().is_none()
            && let Some(first) = self.list.id(0)
        {
            self.list.choose(first);
            actions.extend(self.opened());
        }
        actions
    }

    // The server.

    fn ask_server(&mut self) -> Vec<Action> {
        let scope = self.search_scope();
        let mut actions = self.stop_server();
        let Some(search) = self.search.as_mut().filter(|search| !search.is_blank()) else { return actions };
        search.server = Server::Asked(0, 0);
        let command = Command::SearchServer { text: search.text.clone(), scope };
        actions.push(Action::AskServer(command, search.number));
        actions
    }

    fn server_is_asked(&mut self, number: u64, ticket: Ticket) -> Vec<Action> {
        match &mut self.search {
            Some(search) if search.number == number && matches!(search.server, Server::Asked(..)) => {
                search.ticket = Some(ticket);
                Vec::new()
            }
            // Something else is sought by now.
            _ => vec![Action::Do(Command::Cancel { ticket }, None)],
        }
    }

    fn stop_server(&mut self) -> Vec<Action> {
        let Some(search) = &mut self.search else { return Vec::new() };
        if matches!(search.server, Server::Asked(..)) {
            search.server = Server::NotAsked;
        }
        let ticket = search.ticket.take();
        ticket.map_or_else(Vec::new, |ticket| vec![Action::Do(Command::Cancel { ticket }, None)])
    }

    /// How far the server is: what it found so far is found here by now.
    pub(super) fn server_at(&mut self, ticket: Ticket, done: u64, total: u64) -> Vec<Action> {
        match &mut self.search {
            Some(search) if search.ticket == Some(ticket) => {
                search.server = Server::Asked(done, total);
                if done > 0 { self.ask_found() } else { Vec::new() }
            }
            _ => Vec::new(),
        }
    }

    /// The server has answered, if that is its ticket.
    pub(super) fn server_answered(
        &mut self,
        ticket: Ticket,
        outcome: &Result<Done, Error>,
    ) -> Option<Vec<Action>> {
        let search = self.search.as_mut().filter(|search| search.ticket == Some(ticket))?;
        search.ticket = None;
        search.server = match outcome {
            Ok(Done::Searched { is_all, .. }) => Server::Answered(*is_all),
            Ok(_) => Server::Answered(true),
            Err(error) => Server::Failed(error.clone()),
        };
        Some(self.read_found())
    }

    /// The role of the mailbox that all selected mails lie in.
    pub(super) fn role_of_found(&self) -> Role {
        let mut roles = self
            .list
            .selected_rows()
            .map(|row| self.mailbox(row.mailbox).map_or(Role::None, |mailbox| mailbox.role));
        let first = roles.next().unwrap_or(Role::None);
        if roles.all(|role| role == first) { first } else { Role::None }
    }
}
