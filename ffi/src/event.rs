//! Events as C sees them, and what each event of the core becomes.

use std::mem::MaybeUninit;

use std::sync::atomic::{AtomicPtr, Ordering};

use waxwing_core::model::{
    AccountId, DraftFileId, DraftId, EmailId, EmailRow, MailboxId, SavedSearchId, SyncCounts, TemplateId,
    TrustQuestion,
};
use waxwing_core::{CheckState, CheckStep, Done, Error, Event, Ticket};

use crate::client::Purpose;
use crate::guard::{self, given, or_else};
use crate::ids::{waxwing_account_id, waxwing_mailbox_id, waxwing_message_id};
use crate::lists::{waxwing_list_id, waxwing_message_row};
use crate::message::waxwing_message;
use crate::rows::waxwing_rows;
use crate::setup;
use crate::status::waxwing_error;
use crate::text::{Texts, waxwing_str};
use crate::trust::{Asked, waxwing_question_id};

/// What an event says. An open set: ignore unknown ones.
pub type waxwing_event_kind = i32;

/// Final: it is done; `account`, `operation`, `counts` or `text` where the request says so.
pub const WAXWING_EVENT_DONE: waxwing_event_kind = 1;
/// Final: see `error`.
pub const WAXWING_EVENT_FAILED: waxwing_event_kind = 2;
/// How much of an account's mail is on this device: `account`, `progress_10k`, `counts[0]` of `counts[1]` messages. With
/// `request`, of `waxwing_setup_discover`: `counts[0]` is a WAXWING_SOURCE_, `counts[1]` how far it is: 1 it is being asked, 2 it
/// named settings, 3 it named none, 4 it can't be reached. Of `waxwing_search_server`:
/// `progress_10k`, and `counts[1]` of `counts[2]` mailboxes. Of a part that is fetched: see `waxwing_part_fetch`.
pub const WAXWING_EVENT_PROGRESS: waxwing_event_kind = 3;
/// Final: settings for an address, best first (`rows`, of `waxwing_setup_row`), may be none. `text`: the address that was
/// probably meant, "" where there is no doubt; `counts[0]`: a WAXWING_OBSTACLE_, or 0.
pub const WAXWING_EVENT_SETUP_FOUND: waxwing_event_kind = 10;
/// Not final: a page to open in a browser, for a sign-in there: `text`, of `https`. `code`: what the person types there, at another
/// device perhaps; "" as a rule.
pub const WAXWING_EVENT_SIGN_IN_URL: waxwing_event_kind = 11;
/// Not final: how far adding an account is. `counts` has the step (WAXWING_CHECK_*), how it goes (0 it began, 1 it went well, 2
/// see `error`) and, of mailboxes, how many there are.
pub const WAXWING_EVENT_ACCOUNT_CHECK: waxwing_event_kind = 12;
/// The state of an account, its error or its count of waiting changes: see `waxwing_accounts_snapshot`.
pub const WAXWING_EVENT_ACCOUNT_CHANGED: waxwing_event_kind = 20;
/// Mailboxes of `account` came, went or were renamed, or their counts changed: see `waxwing_mailboxes_snapshot`.
pub const WAXWING_EVENT_MAILBOXES_CHANGED: waxwing_event_kind = 21;
/// A server's certificate isn't believed: see `waxwing_event_trust`, and `waxwing_trust_decide` with `question`. `account` is 0
/// for one that is being added. Told beside the error of whoever wanted to connect, once for each key at a port of a host.
pub const WAXWING_EVENT_TRUST_QUESTION: waxwing_event_kind = 30;
/// `list` changed; `generation` is its new one: take a new snapshot.
pub const WAXWING_EVENT_LIST_CHANGED: waxwing_event_kind = 40;
/// New unread messages in `mailbox`, an inbox of `account`, for notifications: each is told of once, whatever process found it.
/// `rows` are the newest of them, oldest first (`waxwing_message_row`), `counts[0]` is how many there are.
pub const WAXWING_EVENT_NEW_MAIL: waxwing_event_kind = 41;
/// Final: `message` is here to read.
pub const WAXWING_EVENT_MESSAGE_READY: waxwing_event_kind = 50;
/// Searches that are kept came, went or have other names: see `waxwing_searches_snapshot`.
pub const WAXWING_EVENT_SEARCHES_CHANGED: waxwing_event_kind = 42;
/// Drafts came, went, or are other than they were: see `waxwing_drafts_snapshot`.
pub const WAXWING_EVENT_DRAFTS_CHANGED: waxwing_event_kind = 43;
/// Texts that are kept came, went or are others: see `waxwing_templates_snapshot`.
pub const WAXWING_EVENT_TEMPLATES_CHANGED: waxwing_event_kind = 44;
/// The body of `message_id` has arrived, or was found unreadable.
pub const WAXWING_EVENT_BODY_ARRIVED: waxwing_event_kind = 52;
/// What waits for the server changed, for `account`: see `waxwing_queue_snapshot`.
pub const WAXWING_EVENT_QUEUE_CHANGED: waxwing_event_kind = 70;
/// `operation`, which was shown, was refused by the server for good (`error`) and is taken back.
pub const WAXWING_EVENT_OPERATION_REFUSED: waxwing_event_kind = 71;
/// Final: what was asked for is in step with the server. `counts`: new messages, changed ones, removed ones, and bytes read.
pub const WAXWING_EVENT_SYNC_DONE: waxwing_event_kind = 80;
/// Final: no socket, no timer and no file lock is held any more.
pub const WAXWING_EVENT_SUSPENDED: waxwing_event_kind = 81;
/// The server's own words in `text`, for `account`: untrusted, plain, never from before TLS.
pub const WAXWING_EVENT_ALERT: waxwing_event_kind = 90;
/// Something was missed: read everything again that is on the screen.
pub const WAXWING_EVENT_RESYNC: waxwing_event_kind = 91;

/// Whether the server for mail is who it says and takes the secret.
pub const WAXWING_CHECK_INCOMING: u64 = 1;
/// Which mailboxes there are.
pub const WAXWING_CHECK_MAILBOXES: u64 = 2;
/// The same as the first for the server for sending, where there is one.
pub const WAXWING_CHECK_OUTGOING: u64 = 3;

/// What is said, before it has a form for C.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) kind: waxwing_event_kind,
    pub(crate) request: u64,
    pub(crate) is_final: bool,
    pub(crate) progress_10k: u32,
    pub(crate) account: i64,
    pub(crate) mailbox: i64,
    pub(crate) list: u64,
    pub(crate) message_id: i64,
    pub(crate) operation: u64,
    pub(crate) generation: u64,
    pub(crate) counts: [u64; 4],
    pub(crate) text: String,
    pub(crate) code: String,
    pub(crate) error: Option<Error>,
    pub(crate) rows: Option<Box<waxwing_rows>>,
    pub(crate) message: Option<Box<waxwing_message>>,
    pub(crate) trust: Option<Box<TrustQuestion>>,
}

impl Told {
    /// What the event says the last word on. Answers have none.
    pub(crate) fn subject(&self) -> Option<(waxwing_event_kind, i64, u64)> {
        match self.kind {
            _ if self.is_final => None,
            // Of a request: the last word on one of its parts.
            WAXWING_EVENT_PROGRESS if self.request != 0 => {
                let [part, ..] = self.counts;
                Some((self.kind, i64::try_from(part).unwrap_or(0), self.request))
            }
            WAXWING_EVENT_LIST_CHANGED
            | WAXWING_EVENT_QUEUE_CHANGED
            | WAXWING_EVENT_ACCOUNT_CHANGED
            | WAXWING_EVENT_MAILBOXES_CHANGED
            | WAXWING_EVENT_PROGRESS => Some((self.kind, self.account, self.list)),
            WAXWING_EVENT_BODY_ARRIVED => Some((self.kind, self.message_id, 0)),
            WAXWING_EVENT_RESYNC
            | WAXWING_EVENT_SEARCHES_CHANGED
            | WAXWING_EVENT_DRAFTS_CHANGED
            | WAXWING_EVENT_TEMPLATES_CHANGED => Some((self.kind, 0, 0)),
            _ => None,
        }
    }

    /// The final answer to a request.
    pub(crate) fn answer(ticket: Ticket, purpose: &Purpose, outcome: Result<Done, Error>) -> Self {
        let told = Self { request: ticket.0, is_final: true, ..Self::default() };
        let done = match outcome {
            Err(error) => return Self { kind: WAXWING_EVENT_FAILED, error: Some(error), ..told },
            Ok(done) => done,
        };
        match (done, purpose) {
            (Done::Account(AccountId(account)), _) => Self { kind: WAXWING_EVENT_DONE, account, ..told },
            (Done::Discovered(discovery), _) => Self {
                kind: WAXWING_EVENT_SETUP_FOUND,
                text: discovery.did_you_mean.clone().unwrap_or_default(),
                counts: [u64::from(setup::obstacle_of(discovery.obstacle).unsigned_abs()), 0, 0, 0],
                rows: Some(setup::rows_of(&discovery)),
                ..told
            },
            (Done::Report(text) | Done::Capabilities(text), _) => {
                Self { kind: WAXWING_EVENT_DONE, text, ..told }
            }
            (Done::Searched { found, is_all }, _) => {
                let counts = [found, u64::from(is_all), 0, 0];
                Self { kind: WAXWING_EVENT_DONE, counts, ..told }
            }
            (Done::SearchSaved(SavedSearchId(search)), _) => {
                Self { kind: WAXWING_EVENT_DONE, counts: [id(search), 0, 0, 0], ..told }
            }
            (Done::Draft(DraftId(number)) | Done::DraftFile(DraftFileId(number)), _) => {
                Self { kind: WAXWING_EVENT_DONE, counts: [id(number), 0, 0, 0], ..told }
            }
            (Done::Template(TemplateId(template)), _) => {
                Self { kind: WAXWING_EVENT_DONE, counts: [id(template), 0, 0, 0], ..told }
            }
            (Done::Undone(Ticket(operation)), _) => Self { kind: WAXWING_EVENT_DONE, operation, ..told },
            (Done::Synced(SyncCounts { new, changed, removed, octets }), purpose) => {
                let (account, mailbox) = match purpose {
                    Purpose::Sync { account, mailbox } => (*account, *mailbox),
                    _ => (0, 0),
                };
                let counts = [new, changed, removed, octets];
                Self { kind: WAXWING_EVENT_SYNC_DONE, account, mailbox, counts, ..told }
            }
            (Done::Nothing, Purpose::Suspend) => Self { kind: WAXWING_EVENT_SUSPENDED, ..told },
            (
                Done::Nothing,
                Purpose::Plain
                | Purpose::Silent
                | Purpose::Sync { .. }
                | Purpose::Load { .. }
                | Purpose::Save { .. },
            ) => Self { kind: WAXWING_EVENT_DONE, ..told },
        }
    }

    /// News that nobody asked for.
    pub(crate) fn news(event: Event, tell: &mut dyn FnMut(Self)) {
        match event {
            // Answers are given with their purpose, and what concerns lists by the lists.
            Event::Finished { ticket, outcome } => tell(Self::answer(ticket, &Purpose::Plain, outcome)),
            Event::FolderChanged { .. } => {}
            Event::AccountChanged { account: AccountId(account) } => {
                for kind in [WAXWING_EVENT_ACCOUNT_CHANGED, WAXWING_EVENT_QUEUE_CHANGED] {
                    tell(Self { kind, account, ..Self::default() });
                }
            }
            Event::MailboxesChanged { account: AccountId(account) } => {
                tell(Self { kind: WAXWING_EVENT_MAILBOXES_CHANGED, account, ..Self::default() });
            }
            Event::BodyArrived { email: EmailId(message_id) } => {
                tell(Self { kind: WAXWING_EVENT_BODY_ARRIVED, message_id, ..Self::default() });
            }
            Event::ChangeRefused { ticket: Ticket(operation), error } => tell(Self {
                kind: WAXWING_EVENT_OPERATION_REFUSED,
                operation,
                error: Some(error),
                ..Self::default()
            }),
            Event::SignInPage { ticket, url, code } => tell(Self {
                kind: WAXWING_EVENT_SIGN_IN_URL,
                request: ticket.0,
                text: url,
                code: code.unwrap_or_default(),
                ..Self::default()
            }),
            Event::AccountCheck { ticket, step, state } => tell(Self::check(ticket, step, state)),
            Event::Progress { account: AccountId(account), done, total } => tell(Self {
                kind: WAXWING_EVENT_PROGRESS,
                account,
                progress_10k: share(done, total),
                counts: [done, total, 0, 0],
                ..Self::default()
            }),
            Event::DiscoveryProgress { ticket: Ticket(request), source, state } => {
                let source = u64::from(setup::source_of(source).unsigned_abs());
                tell(Self {
                    kind: WAXWING_EVENT_PROGRESS,
                    request,
                    counts: [source, setup::state_of(state), 0, 0],
                    ..Self::default()
                });
            }
            Event::SearchProgress { ticket: Ticket(request), done, total } => tell(Self {
                kind: WAXWING_EVENT_PROGRESS,
                request,
                progress_10k: share(done, total),
                counts: [0, done, total, 0],
                ..Self::default()
            }),
            Event::PartProgress { ticket: Ticket(request), email, part, done, total } => tell(Self {
                kind: WAXWING_EVENT_PROGRESS,
                request,
                message_id: email.0,
                progress_10k: share(done, total),
                counts: [0, done, total, u64::from(part)],
                ..Self::default()
            }),
            Event::DraftsChanged => tell(Self { kind: WAXWING_EVENT_DRAFTS_CHANGED, ..Self::default() }),
            Event::TemplatesChanged => {
                tell(Self { kind: WAXWING_EVENT_TEMPLATES_CHANGED, ..Self::default() });
            }
            Event::SearchesChanged => tell(Self { kind: WAXWING_EVENT_SEARCHES_CHANGED, ..Self::default() }),
            Event::NewMail { account: AccountId(account), mailbox: MailboxId(mailbox), emails, total } => {
                let counts = [total, 0, 0, 0];
                let rows = Some(new_mail(&emails));
                tell(Self {
                    kind: WAXWING_EVENT_NEW_MAIL,
                    account,
                    mailbox,
                    rows,
                    counts,
                    ..Self::default()
                });
            }
            Event::TrustQuestion(question) => tell(Self {
                kind: WAXWING_EVENT_TRUST_QUESTION,
                account: question.account.map_or(0, |AccountId(account)| account),
                trust: Some(question),
                ..Self::default()
            }),
            Event::Alert { account: AccountId(account), text } => {
                tell(Self { kind: WAXWING_EVENT_ALERT, account, text, ..Self::default() });
            }
            Event::Resync => tell(Self { kind: WAXWING_EVENT_RESYNC, ..Self::default() }),
        }
    }

    fn check(ticket: Ticket, step: CheckStep, state: CheckState) -> Self {
        let step = match step {
            CheckStep::Incoming => WAXWING_CHECK_INCOMING,
            CheckStep::Mailboxes => WAXWING_CHECK_MAILBOXES,
            CheckStep::Outgoing => WAXWING_CHECK_OUTGOING,
        };
        let (state, found, error) = match state {
            CheckState::Begun => (0, 0, None),
            CheckState::Passed(found) => (1, found, None),
            CheckState::Failed(error) => (2, 0, Some(error)),
        };
        let counts = [step, state, found, 0];
        Self { kind: WAXWING_EVENT_ACCOUNT_CHECK, request: ticket.0, counts, error, ..Self::default() }
    }

    /// The final answer to a request for a message.
    pub(crate) fn message(ticket: Ticket, read: Result<waxwing_message, Error>) -> Self {
        let told = Self { request: ticket.0, is_final: true, ..Self::default() };
        match read {
            Ok(message) => {
                let message_id = message.id();
                let message = Some(Box::new(message));
                Self { kind: WAXWING_EVENT_MESSAGE_READY, message_id, message, ..told }
            }
            Err(error) => Self { kind: WAXWING_EVENT_FAILED, error: Some(error), ..told },
        }
    }

    pub(crate) fn list_changed(list: u64, mailbox: MailboxId, generation: u64) -> Self {
        Self { kind: WAXWING_EVENT_LIST_CHANGED, list, mailbox: mailbox.0, generation, ..Self::default() }
    }
}

fn new_mail(emails: &[(EmailRow, u32)]) -> Box<waxwing_rows> {
    let mut texts = Texts::default();
    let rows = emails.iter().map(|(row, uid)| waxwing_message_row::of(row, *uid, &mut texts)).collect();
    waxwing_rows::of::<waxwing_message_row>(rows, texts)
}

/// Parts per 10 000.
fn share(done: u64, total: u64) -> u32 {
    let parts = done.min(total).saturating_mul(10_000).checked_div(total).unwrap_or(10_000);
    u32::try_from(parts).unwrap_or(10_000)
}

/// One immutable event, opaque; see `waxwing_event_view_get`.
pub struct waxwing_event {
    view: waxwing_event_view,
    _texts: Texts,
    _error: Option<Box<waxwing_error>>,
    rows: AtomicPtr<waxwing_rows>,
    message: AtomicPtr<waxwing_message>,
    trust: Option<Box<Asked>>,
}

// SAFETY: nothing of it changes once it is made but the two atomics; what its pointers lead to is its own, or static.
unsafe impl Send for waxwing_event {}
// SAFETY: as above.
unsafe impl Sync for waxwing_event {}

/// What an event says. Library-made: a later version may be longer, as `struct_size` says.
#[repr(C)]
pub struct waxwing_event_view {
    pub struct_size: u32,
    pub kind: waxwing_event_kind,
    /// The request it answers; 0 if unasked.
    pub request: u64,
    /// It is the last event of this request.
    pub r#final: bool,
    pub progress_10k: u32,
    pub account: waxwing_account_id,
    pub mailbox: waxwing_mailbox_id,
    pub list: waxwing_list_id,
    pub message_id: waxwing_message_id,
    pub question: waxwing_question_id,
    /// OPERATION_REFUSED, and DONE of waxwing_operation_undo: the change it is about.
    pub operation: u64,
    /// 0.
    pub draft: u64,
    /// LIST_CHANGED: the list's new generation.
    pub generation: u64,
    /// See the kinds of events.
    pub counts: [u64; 4],
    pub text: waxwing_str,
    /// Borrowed from the event; NULL if none.
    pub error: *const waxwing_error,
    /// Borrowed from the event until `waxwing_event_take_rows`; NULL if none.
    pub rows: *const waxwing_rows,
    /// Borrowed from the event until `waxwing_event_take_message`; NULL if none.
    pub message: *const waxwing_message,
    /// SIGN_IN_URL.
    pub code: waxwing_str,
}

/// Ids are never negative.
pub(crate) fn id(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

impl waxwing_event {
    pub(crate) fn of(told: Told) -> Box<Self> {
        let mut texts = Texts::default();
        let error = told.error.as_ref().map(waxwing_error::of);
        let rows = told.rows.map_or(std::ptr::null_mut(), Box::into_raw);
        let message = told.message.map_or(std::ptr::null_mut(), Box::into_raw);
        let view = waxwing_event_view {
            struct_size: guard::size::<waxwing_event_view>(),
            kind: told.kind,
            request: told.request,
            r#final: told.is_final,
            progress_10k: told.progress_10k,
            account: id(told.account),
            mailbox: id(told.mailbox),
            list: told.list,
            message_id: id(told.message_id),
            question: told.trust.as_ref().map_or(0, |question| question.id.0),
            operation: told.operation,
            draft: 0,
            generation: told.generation,
            counts: told.counts,
            text: texts.keep(&told.text),
            error: error.as_deref().map_or(std::ptr::null(), std::ptr::from_ref),
            rows,
            message,
            code: texts.keep(&told.code),
        };
        let (rows, message) = (AtomicPtr::new(rows), AtomicPtr::new(message));
        let trust = told.trust.map(|question| Box::new(Asked::of(&question)));
        Box::new(Self { view, _texts: texts, _error: error, rows, message, trust })
    }

    pub(crate) fn trust(&self) -> Option<&Asked> {
        self.trust.as_deref()
    }
}

impl Drop for waxwing_event {
    fn drop(&mut self) {
        let (rows, message) = (*self.rows.get_mut(), *self.message.get_mut());
        if !rows.is_null() {
            // SAFETY: nobody took it, so it is the event's own.
            drop(unsafe { Box::from_raw(rows) });
        }
        if !message.is_null() {
            // SAFETY: as above.
            drop(unsafe { Box::from_raw(message) });
        }
    }
}

/// What an event says. Reads memory only; borrowed from `event`. NULL where `event` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn waxwing_event_view_get(event: MaybeUninit<&waxwing_event>) -> *const waxwing_event_view {
    or_else(std::ptr::null(), || {
        // SAFETY: the caller's promise: NULL or an event that lives.
        unsafe { given(event, "event") }.map_or(std::ptr::null(), |event| &raw const event.view)
    })
}

/// Moves the rows out of an event; they are freed with `waxwing_rows_free`. NULL if there are none or they were taken.
#[unsafe(no_mangle)]
pub extern "C" fn waxwing_event_take_rows(event: MaybeUninit<&waxwing_event>) -> *mut waxwing_rows {
    or_else(std::ptr::null_mut(), || {
        // SAFETY: the caller's promise: NULL or an event that lives.
        let event = unsafe { given(event, "event") };
        event.map_or(std::ptr::null_mut(), |event| event.rows.swap(std::ptr::null_mut(), Ordering::AcqRel))
    })
}

/// Moves the message out of an event; it is freed with `waxwing_message_free`. NULL if there is none or it was taken.
#[unsafe(no_mangle)]
pub extern "C" fn waxwing_event_take_message(event: MaybeUninit<&waxwing_event>) -> *mut waxwing_message {
    or_else(std::ptr::null_mut(), || {
        // SAFETY: the caller's promise: NULL or an event that lives.
        let event = unsafe { given(event, "event") };
        event.map_or(std::ptr::null_mut(), |event| event.message.swap(std::ptr::null_mut(), Ordering::AcqRel))
    })
}

/// Frees an event and what is reached through it. NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn waxwing_event_free(event: *mut waxwing_event) {
    // SAFETY: the caller's promise: NULL, or it was given by the library, once, and is given back.
    unsafe { guard::free(event) };
}
