//! The window with mail in it: sidebar, list, mail.
//!
//! `State` is what the interface remembers (selection, scroll, half-typed text) and the last thing read from the
//! store. `update` turns a `Message` into `Action`s, which `app` carries out; it reads nothing and waits for
//! nothing.

pub mod keys;
pub mod list;
pub mod rows;
pub mod search;
pub mod status;

mod answers;
mod banners;
mod change;
mod conversations;
mod news;
mod opening;
mod outbox;
mod overlay;
mod search_view;
mod sidebar;
mod tags;
mod update;
mod view;
mod writing;

#[cfg(test)]
#[path = "../../../examples/fixture/mod.rs"]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use iced::Size;
use waxwing_core::error::Error;
use waxwing_core::model::{
    AccountId, AccountStatus, Coverage, Draft, DraftId, EmailId, EmailRow, Found, Keyword, ListQuery,
    Mailbox, MailboxId, Page, Role, SavedSearch, SearchScope, SendTime, Tag, TagId,
};
use waxwing_core::{Command, Event, Ticket};

use crate::kept::Kept;
use crate::screen::composer::Write;
use crate::screen::reader::{self, conversation::Stack};
use crate::theme;
use crate::widget::Click;
use crate::words::dates::Now;

pub use change::{Change, of_whole};
pub use keys::{Act, Pressed};
pub use outbox::Waiting;
pub use view::view;

use list::{List, Step};
use search::{OnSearch, Search};

/// The fields one can type into, for the focus.
pub const FIND_FIELD: &str = "find-mailbox";
/// The verb that changes nothing, in a question.
pub const CANCEL_BUTTON: &str = "cancel";
/// The switch between conversations and mails.
pub const CONVERSATIONS_SWITCH: &str = "conversations";
/// The scrolling mail.
pub const MAIL: &str = "mail";

/// How long a mail is looked at before it counts as read, and how long a toast stays.
const READ_AFTER: Duration = Duration::from_secs(1);
const TOAST: Duration = Duration::from_secs(8);

/// All that the mailbox window remembers.
pub struct State {
    pub accounts: Vec<AccountStatus>,
    /// Of all accounts, account after account.
    pub mailboxes: Vec<Mailbox>,
    /// Those that mails have, by name.
    pub tags: Vec<Tag>,
    pub place: ListQuery,
    /// Lists of mailboxes show conversations, not mails.
    pub conversations: bool,
    pub list: List,
    /// The conversation that is open, where the list is one of conversations.
    pub stack: Stack,
    /// The open mail that has the focus.
    pub reader: reader::State,
    /// Others that are open, of one conversation; the one that had the focus longest ago first.
    pub beside: Vec<reader::State>,
    pub now: Now,
    pub size: Size,
    /// A line about this run that stays: which extra roots are trusted.
    pub run_note: Option<String>,
    pub overlay: Option<Overlay>,
    pub toast: Option<Toast>,
    pub alerts: Vec<Alert>,
    /// Drafts that a window was open for when Waxwing ended without a word.
    pub left: Vec<Draft>,
    /// Mails that wait to be sent.
    pub outbox: Vec<Waiting>,
    has_read_left: bool,
    /// While it is open, `list` holds what was found.
    pub search: Option<Search>,
    /// The searches that are kept, by name.
    pub saved: Vec<SavedSearch>,
    saved_turn: Turn,
    search_number: u64,
    collapsed: HashSet<AccountId>,
    undo: Vec<Change>,
    /// Requests about pictures on the network that are under way.
    images: HashSet<Ticket>,
    pane: Pane,
    /// Whether the pane with the focus shows it: only after the keyboard was used for it.
    pane_ring: bool,
    /// In a narrow window: the mail is shown instead of the list.
    reading: bool,
    after_g: bool,
    /// Counts openings of mails, so that a late timer is known to be late; and the same for toasts.
    generation: u64,
    /// Counts how often one of several open mails came into sight, likewise.
    looks: u64,
    generation_of_toast: u64,
    overview: Turn,
    tags_turn: Turn,
    stack_turn: Turn,
    /// What the tag that is shown was called, for when no mail has it any more.
    place_tag: String,
    list_turn: Turn,
    rows_turn: Turn,
    /// The window of rows that was asked for last: one that came back with gaps is not asked for again and again.
    rows_asked: Option<(usize, usize)>,
    hunt: Option<(Step, usize)>,
}

/// Keeps one read of a kind under way: a wish in between is remembered, not queued.
#[derive(Clone, Copy, Debug, Default)]
struct Turn {
    busy: bool,
    again: bool,
}

impl Turn {
    /// Whether to read now.
    fn ask(&mut self) -> bool {
        self.again = self.busy;
        !std::mem::replace(&mut self.busy, true)
    }

    /// An answer came; whether to read once more.
    fn answered(&mut self) -> bool {
        self.busy = false;
        std::mem::take(&mut self.again)
    }
}

/// What has the keyboard's arrows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pane {
    Sidebar,
    #[default]
    List,
    Mail,
}

/// Something above the panes.
#[derive(Clone, Debug, PartialEq)]
pub enum Overlay {
    /// The sidebar, where it has no place of its own.
    Sidebar,
    Keys,
    Outbox,
    Move {
        filter: String,
        chosen: usize,
    },
    /// The tags, to be put on and taken off.
    Tag {
        filter: String,
        chosen: usize,
    },
    Delete(Vec<EmailId>),
}

/// The inverted line at the bottom.
#[derive(Clone, Debug, PartialEq)]
pub struct Toast {
    pub text: String,
    pub undo: bool,
    generation: u64,
}

/// What a server wants to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    pub account: AccountId,
    pub text: String,
}

/// What can happen.
#[derive(Clone, Debug)]
pub enum Message {
    Act(Act),
    Key(Pressed),
    Go(ListQuery),
    Collapse(AccountId),
    ShowSidebar,
    ShowOutbox,
    Scrolled(f64, f32),
    Clicked(Click),
    Reader(reader::Message),
    /// A link was followed; whether a browser could be started.
    Followed(bool),
    Search(OnSearch),
    CloseOverlay,
    Filter(String),
    FilterStep(Step),
    MoveTo(MailboxId),
    MoveToChosen,
    ToggleTag(Keyword),
    ToggleChosenTag,
    /// What all mails of conversations are to get, now that they are known.
    Whole(Box<Command>, Option<Change>),
    /// Those that are to be deleted for ever, which is asked about first.
    WholeToDelete(Vec<EmailId>),
    /// It can't be read which mails conversations have: nothing is done to them.
    WholeUnknown(Error),
    DeleteConfirmed,
    /// To the account's sign-in, or to its certificate.
    SignInAgain(AccountId),
    /// A mail is to be written.
    Write(Write),
    /// A draft that was left is not to be offered any more.
    NotNow(DraftId),
    /// A mail was handed over, to be sent at a time; and a draft was thrown away.
    Sending(Ticket, SendTime),
    Discarded(DraftId),
    /// Something that was wanted can't be had.
    Failed(Error),
    TryAgain(AccountId),
    CloseAlert(usize),
    /// A command got its ticket.
    Submitted(Ticket, Option<Change>),
    /// A request about pictures on the network got its own.
    ImagesSubmitted(Ticket),
    Answered(Answer),
    News(Event),
    /// The mail of that generation has been looked at for a while.
    LookedAt(u64),
    /// That mail, of several that are open, has been in sight for a while since it came into it for that time.
    Looked(EmailId, u64),
    ToastOver(u64),
    Tick(Now),
    Resized(Size),
}

/// What `app` is to do.
#[derive(Debug)]
pub enum Action {
    /// Give this to the engine, and its ticket back with `Submitted`.
    Do(Command, Option<Change>),
    /// Give this to the engine, and its ticket back with `ImagesSubmitted`.
    Images(Command),
    /// The same to all mails of these conversations that lie where they are listed, by `Message::Whole`.
    DoToWhole(ListQuery, Command, Option<Change>),
    /// Say which mails these are, by `Message::WholeToDelete`.
    FindWhole(ListQuery, Vec<EmailId>),
    /// To the account's sign-in, or to its certificate.
    SignInAgain(AccountId),
    Settings,
    /// Open a window to write in.
    Write(Write),
    /// Read from the store, and give the answer back.
    Read(Ask),
    After(Duration, Message),
    Focus(&'static str),
    /// No field has the keyboard any more.
    Unfocus,
    /// As `Do`, the ticket back with `OnSearch::Asked` and this number.
    AskServer(Command, u64),
    /// What the page of the open mail wants.
    Page(reader::Wish),
    /// Scroll the mail by so many pixels.
    ScrollMail(f32),
    /// Scroll so that the beginning of the mail with the focus is seen.
    ShowOpen,
    /// Scroll the mail to its top.
    MailTop,
    Quit,
}

/// A read of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Accounts and mailboxes.
    Overview,
    /// All ids, and the rows of a window.
    List {
        query: ListQuery,
        first: usize,
        count: usize,
    },
    /// The rows of a window.
    Rows {
        query: ListQuery,
        first: usize,
        count: usize,
    },
    /// A mail with its page.
    Email(EmailId),
    /// The newest that a search finds.
    Found {
        words: Arc<str>,
        scope: SearchScope,
        count: usize,
        number: u64,
    },
    Coverage(SearchScope),
    /// The searches that are kept.
    Saved,
    Tags,
    /// Mails that are being written.
    Drafts,
    /// The mails of the conversation of this one.
    Thread(EmailId),
}

/// What was read.
#[derive(Clone, Debug)]
pub enum Answer {
    Overview(Vec<AccountStatus>, Vec<Mailbox>),
    List(ListQuery, Vec<EmailId>, Page),
    Rows(ListQuery, Page),
    Email(EmailId, Box<Result<reader::Mail, Error>>),
    Found(u64, Found),
    Coverage(SearchScope, Coverage),
    Saved(Vec<SavedSearch>),
    Tags(Vec<Tag>),
    /// Mails that are being written, and those that wait to be sent.
    Drafts(Vec<Draft>, Vec<Waiting>),
    Thread(EmailId, Vec<EmailRow>),
    /// A read failed.
    Failed(Ask, Error),
}

impl State {
    /// An empty window and what to read first.
    pub fn new(size: Size, now: Now, run_note: Option<String>) -> (Self, Vec<Action>) {
        let mut state = Self {
            accounts: Vec::new(),
            mailboxes: Vec::new(),
            tags: Vec::new(),
            place: ListQuery::AllInboxes,
            conversations: false,
            list: List::default(),
            stack: Stack::default(),
            reader: reader::State::default(),
            beside: Vec::new(),
            now,
            size,
            run_note,
            overlay: None,
            toast: None,
            alerts: Vec::new(),
            left: Vec::new(),
            outbox: Vec::new(),
            has_read_left: false,
            search: None,
            saved: Vec::new(),
            saved_turn: Turn::default(),
            search_number: 0,
            collapsed: HashSet::new(),
            undo: Vec::new(),
            images: HashSet::new(),
            pane: Pane::List,
            pane_ring: false,
            reading: false,
            after_g: false,
            generation: 0,
            looks: 0,
            generation_of_toast: 0,
            overview: Turn::default(),
            tags_turn: Turn::default(),
            stack_turn: Turn::default(),
            place_tag: String::new(),
            list_turn: Turn::default(),
            rows_turn: Turn::default(),
            rows_asked: None,
            hunt: None,
        };
        let first = state.first();
        (state, first)
    }

    /// What is read first.
    fn first(&mut self) -> Vec<Action> {
        let mut first = self.read_overview();
        first.extend(self.read_list());
        first.push(Action::Read(Ask::Drafts));
        first
    }

    /// The same, as it was left.
    pub fn kept_as(kept: &Kept, size: Size, now: Now, run_note: Option<String>) -> (Self, Vec<Action>) {
        let (mut state, _) = Self::new(size, now, run_note);
        state.conversations = kept.conversations;
        state.reader.keep_zoom(kept.zoom);
        (state.overview, state.list_turn) = (Turn::default(), Turn::default());
        let first = state.first();
        (state, first)
    }

    /// What of it is to be remembered, over what was.
    pub fn kept(&self, before: Kept) -> Kept {
        Kept { conversations: self.conversations, zoom: self.reader.zoom_to_keep(), ..before }
    }

    /// What is listed of the place that is shown.
    pub fn query(&self) -> ListQuery {
        match self.place {
            ListQuery::Mailbox(mailbox) if self.conversations => ListQuery::Conversations(mailbox),
            ListQuery::AllInboxes if self.conversations => ListQuery::InboxConversations,
            place => place,
        }
    }

    /// Whether the rows of the list are conversations; what a search found are mails.
    pub(super) fn lists_conversations(&self) -> bool {
        self.search.is_none() && self.query().is_of_conversations()
    }

    pub fn account(&self, id: AccountId) -> Option<&AccountStatus> {
        self.accounts.iter().find(|account| account.id == id)
    }

    pub fn mailbox(&self, id: MailboxId) -> Option<&Mailbox> {
        self.mailboxes.iter().find(|mailbox| mailbox.id == id)
    }

    /// The account's mailbox for that purpose.
    fn with_role(&self, account: AccountId, role: Role) -> Option<&Mailbox> {
        self.mailboxes.iter().find(|mailbox| mailbox.account == account && mailbox.role == role)
    }

    /// The role of the mailbox that is shown; of those that what was found is in, while something is sought.
    fn place_role(&self) -> Role {
        if self.search.is_some() {
            return self.role_of_found();
        }
        match self.place {
            ListQuery::Mailbox(id) | ListQuery::Conversations(id) => {
                self.mailbox(id).map_or(Role::None, |mailbox| mailbox.role)
            }
            ListQuery::AllInboxes | ListQuery::InboxConversations => Role::Inbox,
            // Like that one it is a view of mail that lies elsewhere.
            ListQuery::Starred | ListQuery::Tagged(_) => Role::Flagged,
        }
    }

    /// The accounts that the selected mails belong to; all of them while that isn't known.
    fn accounts_of_selection(&self) -> HashSet<AccountId> {
        let account = |mailbox: MailboxId| self.mailbox(mailbox).map(|mailbox| mailbox.account);
        match self.place {
            _ if self.search.is_some() && self.list.knows_selection() => {
                self.list.selected_rows().filter_map(|row| account(row.mailbox)).collect()
            }
            ListQuery::Mailbox(mailbox) | ListQuery::Conversations(mailbox) => {
                account(mailbox).into_iter().collect()
            }
            _ if self.list.knows_selection() => {
                self.list.selected_rows().filter_map(|row| account(row.mailbox)).collect()
            }
            _ => self.accounts.iter().map(|it| it.id).collect(),
        }
    }

    /// What a tag is called.
    fn tag_name(&self, id: TagId) -> String {
        let tag = self.tags.iter().find(|tag| tag.id == id);
        tag.and_then(|tag| tag.keyword.tag()).unwrap_or_else(|| self.place_tag.clone())
    }

    /// Unread mails in the sidebar's first entry.
    fn unread_in_inboxes(&self) -> u64 {
        self.mailboxes
            .iter()
            .filter(|mailbox| mailbox.role == Role::Inbox)
            .map(|mailbox| mailbox.unread)
            .sum()
    }

    /// Every place of the sidebar, in its order.
    fn places(&self) -> Vec<ListQuery> {
        let shown = |mailbox: &&Mailbox| mailbox.selectable && !self.collapsed.contains(&mailbox.account);
        let mailboxes = self.mailboxes.iter().filter(shown).map(|mailbox| ListQuery::Mailbox(mailbox.id));
        let tags = self.tags.iter().map(|tag| ListQuery::Tagged(tag.id));
        [ListQuery::AllInboxes, ListQuery::Starred].into_iter().chain(tags).chain(mailboxes).collect()
    }

    /// The mailboxes one can move the selected mails to, by the filter.
    fn destinations(&self, filter: &str) -> Vec<&Mailbox> {
        let accounts = self.accounts_of_selection();
        let mut places = self.list.selected_rows().map(|row| row.mailbox);
        let first = places.next();
        let here = first.filter(|first| places.all(|place| place == *first));
        let filter = filter.trim().to_lowercase();
        self.mailboxes
            .iter()
            .filter(|mailbox| accounts.len() == 1 && accounts.contains(&mailbox.account))
            .filter(|mailbox| mailbox.selectable && Some(mailbox.id) != here)
            .filter(|mailbox| !matches!(mailbox.role, Role::Flagged | Role::All))
            .filter(|mailbox| filter.is_empty() || mailbox.path.to_lowercase().contains(&filter))
            .collect()
    }

    fn has_three_panes(&self) -> bool {
        self.size.width >= theme::THREE_PANES
    }

    fn has_one_pane(&self) -> bool {
        self.size.width < theme::TWO_PANES
    }
}
