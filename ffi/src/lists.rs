//! Lists of messages: windows that follow a message rather than a place, so that mail which comes above moves nothing.

use std::mem::MaybeUninit;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use waxwing_core::model::{EmailId, EmailRow, Keyword, ListQuery, MailboxId, SearchScope};
use waxwing_core::{Error, ErrorKind, Snapshot};

use crate::client::waxwing_client;
use crate::event::id;
use crate::guard::{self, Fault, Misuse, Sized32, Slot};
use crate::ids::{
    account_id, email_id, mailbox_id, tag_id, waxwing_account_id, waxwing_mailbox_id, waxwing_message_id,
    waxwing_thread_id,
};
use crate::mailboxes::{WAXWING_ROLE_FLAGGED, WAXWING_ROLE_INBOX, WAXWING_ROLE_NONE, waxwing_role};
use crate::rows::{Row, waxwing_rows};
use crate::status::waxwing_status;
use crate::text::{Texts, waxwing_str};

/// A list of this process; 0 is none.
pub type waxwing_list_id = u64;

/// One row of a conversation: it is listed as its newest message in the mailbox, or (`mailbox` 0) in all inboxes. Not together with
/// `search`, `tag` or WAXWING_ROLE_FLAGGED.
pub const WAXWING_LIST_THREADS: u32 = 1;

/// Which messages to list, newest first. Zero it, set `struct_size`, then what is wanted: nothing else means everything in
/// all inboxes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct waxwing_list_query {
    pub struct_size: u32,
    /// WAXWING_LIST_*
    pub flags: u32,
    /// Of a search: only in this account; 0: in all. Of anything else 0.
    pub account: waxwing_account_id,
    /// The messages of this mailbox; of a search: only in it; 0: in all.
    pub mailbox: waxwing_mailbox_id,
    /// WAXWING_ROLE_FLAGGED: all flagged messages. _INBOX or 0: all inboxes. Of a search: only among these; 0: in all. Not
    /// together with `mailbox`.
    pub role: waxwing_role,
    /// A person's words: from:ann "exact words" before:2024-05. "": no search.
    pub search: waxwing_str,
    /// All messages with this tag (`waxwing_tag_row.id`), and nothing else said; 0: no tag.
    pub tag: u64,
}

// SAFETY: it begins with its size, and is valid where all its bytes are zero.
unsafe impl Sized32 for waxwing_list_query {
    const FIRST: usize = std::mem::offset_of!(Self, tag);
}

pub const WAXWING_FLAG_SEEN: u32 = 1;
pub const WAXWING_FLAG_ANSWERED: u32 = 2;
pub const WAXWING_FLAG_FLAGGED: u32 = 4;
pub const WAXWING_FLAG_DELETED: u32 = 8;
pub const WAXWING_FLAG_DRAFT: u32 = 16;
pub const WAXWING_FLAG_FORWARDED: u32 = 32;
pub const WAXWING_FLAG_JUNK: u32 = 64;
/// A change of it is not yet on the server.
pub const WAXWING_FLAG_PENDING: u32 = 0x10000;
pub const WAXWING_FLAG_HAS_ATTACHMENT: u32 = 0x20000;

/// A message in a list.
#[repr(C)]
pub struct waxwing_message_row {
    pub id: u64,
    pub thread: waxwing_thread_id,
    /// The mailbox it is listed from.
    pub mailbox: waxwing_mailbox_id,
    /// When it was received (INTERNALDATE), in milliseconds since 1970-01-01T00:00Z.
    pub date_ms: i64,
    /// Bytes on the server.
    pub size: u64,
    /// The server's UID, in that mailbox; 0 while it is not yet there.
    pub uid: u32,
    /// WAXWING_FLAG_*, as shown: changes that wait are laid over what the server has.
    pub flags: u32,
    /// In a list of conversations: how many messages this one has; else 0.
    pub thread_count: u32,
    pub from_name: waxwing_str,
    pub from_address: waxwing_str,
    /// Decoded, one line.
    pub subject: waxwing_str,
    /// The first words, one line; "" while the body isn't here.
    pub preview: waxwing_str,
    /// Its keywords as shown, those without a WAXWING_FLAG_*: names joined by spaces.
    pub keywords: waxwing_str,
    /// In a list of conversations: who wrote this one, in the order in which they joined in, the first five and the last, as in
    /// a header; else "".
    pub thread_authors: waxwing_str,
    /// In a list of conversations: how many messages of this one are unread; else 0.
    pub thread_unread: u32,
}

// SAFETY: plain data.
unsafe impl Row for waxwing_message_row {}

impl waxwing_message_row {
    pub(crate) fn of(row: &EmailRow, uid: u32, texts: &mut Texts) -> Self {
        let mut flags = row.flags.0;
        if row.pending {
            flags |= WAXWING_FLAG_PENDING;
        }
        if row.has_attachment {
            flags |= WAXWING_FLAG_HAS_ATTACHMENT;
        }
        let conversation = row.conversation.as_ref();
        let number = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        let keywords: Vec<&str> = row.keywords.iter().map(Keyword::name).collect();
        let authors = conversation.map(|conversation| crate::message::listed(&conversation.authors));
        Self {
            id: id(row.id.0),
            thread: id(row.thread.0),
            mailbox: id(row.mailbox.0),
            date_ms: row.date.0,
            size: row.size,
            uid,
            flags,
            thread_count: conversation.map_or(0, |conversation| number(conversation.mails)),
            from_name: texts.keep(&row.from.name),
            from_address: texts.keep(&row.from.address),
            subject: texts.keep(&row.subject),
            preview: texts.keep(&row.preview),
            keywords: texts.keep(&keywords.join(" ")),
            thread_authors: texts.keep(&authors.unwrap_or_default()),
            thread_unread: conversation.map_or(0, |conversation| number(conversation.unread)),
        }
    }
}

/// The lists that are open.
#[derive(Default)]
pub(crate) struct Lists(Mutex<Open>);

#[derive(Default)]
struct Open {
    last: waxwing_list_id,
    lists: BTreeMap<waxwing_list_id, List>,
}

#[derive(Clone)]
struct List {
    what: What,
    generation: u64,
    /// The window: so many rows before and after a message, or from a place on.
    anchor: Option<EmailId>,
    before: usize,
    after: usize,
    /// Where the window began when it was last read.
    first: usize,
}

#[derive(Clone)]
enum What {
    Of(ListQuery),
    Found(SearchScope, String),
}

impl List {
    fn concerns(&self, mailbox: MailboxId) -> bool {
        match &self.what {
            What::Of(ListQuery::Mailbox(one) | ListQuery::Conversations(one))
            | What::Found(SearchScope::Mailbox(one), _) => *one == mailbox,
            What::Of(
                ListQuery::AllInboxes
                | ListQuery::Starred
                | ListQuery::Tagged(_)
                | ListQuery::InboxConversations,
            )
            | What::Found(_, _) => true,
        }
    }

    /// The rows of the window, the place of the first, and how many there are in all.
    fn read(&self, snapshot: &Snapshot<'_>) -> Result<(Vec<EmailRow>, usize, usize), Error> {
        let (rows, count) = ((self.before, self.after), self.before.saturating_add(self.after));
        Ok(match (&self.what, self.anchor) {
            (What::Of(query), Some(anchor)) => {
                let page = snapshot.page_around(*query, anchor, rows, self.first)?;
                (page.rows, page.first, page.total)
            }
            (What::Of(query), None) => {
                let page = snapshot.page(*query, 0, count)?;
                (page.rows, page.first, page.total)
            }
            (What::Found(scope, words), Some(anchor)) => {
                let found = snapshot.search_around(words, *scope, anchor, rows, self.first)?;
                (found.rows, found.first, found.total)
            }
            (What::Found(scope, words), None) => {
                let found = snapshot.search(words, *scope, 0, count)?;
                (found.rows, found.first, found.total)
            }
        })
    }
}

impl Lists {
    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A mailbox changed: which lists do, and their new generations.
    pub(crate) fn changed(&self, mailbox: MailboxId) -> Vec<(waxwing_list_id, u64)> {
        let mut open = self.open();
        let concerned = open.lists.iter_mut().filter(|(_, list)| list.concerns(mailbox));
        concerned
            .map(|(id, list)| {
                list.generation += 1;
                (*id, list.generation)
            })
            .collect()
    }

    fn with<T>(&self, id: waxwing_list_id, work: impl FnOnce(&mut List) -> T) -> Result<T, Fault> {
        self.open().lists.get_mut(&id).map(work).ok_or_else(|| Fault::of(ErrorKind::NotFound))
    }
}

/// Rows of a window, at most.
const MOST: u32 = 10_000;

fn size(rows: u32, name: &'static str) -> Result<usize, Misuse> {
    if rows > MOST {
        return Err(Misuse::of(name, "is more than 10000"));
    }
    Ok(usize::try_from(rows).unwrap_or(0))
}

/// Opens a list with a window of its first `window` rows, 10 000 at most. Whenever it changes LIST_CHANGED tells its new
/// generation. Reads nothing yet. Close it with `waxwing_list_close`.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_list_open(
    client: MaybeUninit<&waxwing_client>,
    query: MaybeUninit<&waxwing_list_query>,
    window: u32,
    out_list: MaybeUninit<&mut waxwing_list_id>,
) -> waxwing_status {
    guard::on_client(client, "waxwing_list_open", |client| {
        // SAFETY: the caller's promise: a struct as long as it says, memory for an id, text that lives during the call.
        let (query, slot) = unsafe { (guard::sized(query, "query")?, Slot::of(out_list, "out_list")?) };
        // SAFETY: as above.
        let words = unsafe { query.search.read("query.search")? };
        let after = size(window, "window")?;
        let what = what(query, words)?;
        let mut open = client.lists.open();
        open.last += 1;
        let id = open.last;
        open.lists.insert(id, List { what, generation: 1, anchor: None, before: 0, after, first: 0 });
        slot.fill(id);
        Ok(())
    })
}

/// Where is searched.
pub(crate) fn scope(query: waxwing_list_query) -> Result<SearchScope, Fault> {
    match (query.mailbox, query.account, query.role) {
        (0, 0, WAXWING_ROLE_NONE) => Ok(SearchScope::Everywhere),
        (0, account, WAXWING_ROLE_NONE) => Ok(SearchScope::Account(account_id(account)?)),
        (0, 0, WAXWING_ROLE_INBOX) => Ok(SearchScope::Inboxes),
        (0, 0, WAXWING_ROLE_FLAGGED) => Ok(SearchScope::Starred),
        (mailbox, _, WAXWING_ROLE_NONE) => Ok(SearchScope::Mailbox(mailbox_id(mailbox)?)),
        _ => Err(Misuse::of("query.role", "is not 0, or _INBOX or _FLAGGED alone").into()),
    }
}

fn what(query: waxwing_list_query, words: &str) -> Result<What, Fault> {
    let threads = match query.flags {
        0 => false,
        WAXWING_LIST_THREADS => true,
        _ => return Err(Misuse::of("query.flags", "has bits that mean nothing").into()),
    };
    if query.tag != 0 {
        let is_alone = !threads && words.is_empty() && query.role == 0 && query.mailbox == 0;
        if !is_alone || query.account != 0 {
            return Err(Misuse::of("query.tag", "can't be with anything else").into());
        }
        return Ok(What::Of(ListQuery::Tagged(tag_id(query.tag)?)));
    }
    if !words.is_empty() {
        if threads {
            return Err(Misuse::of("query.search", "can't be with threads").into());
        }
        return Ok(What::Found(scope(query)?, words.to_owned()));
    }
    if query.account != 0 {
        return Err(Misuse::of("query.account", "is for searches").into());
    }
    match (query.mailbox, query.role, threads) {
        (0, WAXWING_ROLE_NONE | WAXWING_ROLE_INBOX, false) => Ok(What::Of(ListQuery::AllInboxes)),
        (0, WAXWING_ROLE_FLAGGED, false) => Ok(What::Of(ListQuery::Starred)),
        (0, _, false) => Err(Misuse::of("query.role", "is not 0, _INBOX or _FLAGGED").into()),
        (0, WAXWING_ROLE_NONE | WAXWING_ROLE_INBOX, true) => Ok(What::Of(ListQuery::InboxConversations)),
        (0, _, true) => Err(Misuse::of("query.role", "is not 0 or _INBOX with threads").into()),
        (mailbox, 0, false) => Ok(What::Of(ListQuery::Mailbox(mailbox_id(mailbox)?))),
        (mailbox, 0, true) => Ok(What::Of(ListQuery::Conversations(mailbox_id(mailbox)?))),
        (_, _, _) => Err(Misuse::of("query.role", "can't be with a mailbox").into()),
    }
}

/// Moves a list's window: `before` rows above the message `anchor` and `after` rows from it on. The window follows the
/// message: mail that comes above doesn't move what a person reads. Where it isn't listed any more the window stays at the
/// place where it began. `anchor` 0 is the top. Reads nothing yet.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_list_move(
    client: MaybeUninit<&waxwing_client>,
    list: waxwing_list_id,
    anchor: waxwing_message_id,
    before: u32,
    after: u32,
) -> waxwing_status {
    guard::on_client(client, "waxwing_list_move", |client| {
        let (before, after) = (size(before, "before")?, size(after, "after")?);
        let anchor = if anchor == 0 { None } else { Some(email_id(anchor)?) };
        client.lists.with(list, |list| {
            (list.anchor, list.before, list.after) = (anchor, before, after);
            if anchor.is_none() {
                list.first = 0;
            }
        })
    })
}

/// The window of a list now: rows are `waxwing_message_row`. Reads the store: milliseconds, not for UI threads. Free it with
/// `waxwing_rows_free`.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_list_snapshot(
    client: MaybeUninit<&waxwing_client>,
    list: waxwing_list_id,
    out: MaybeUninit<&mut *mut waxwing_rows>,
) -> waxwing_status {
    guard::from_client(client, "waxwing_list_snapshot", out, |client| {
        let now = client.lists.with(list, |list| list.clone())?;
        // Of one moment: a row and its UID belong together.
        let ((rows, first, total), uids) = client.reader()?.at_once(|snapshot| {
            let window = now.read(snapshot)?;
            let uids = snapshot.uids(&window.0)?;
            Ok((window, uids))
        })?;
        // It may have been closed meanwhile.
        let _ = client.lists.with(list, |list| list.first = first);
        let mut texts = Texts::default();
        let rows =
            rows.iter().zip(uids).map(|(row, uid)| waxwing_message_row::of(row, uid, &mut texts)).collect();
        let place = (now.generation, first as u64, total as u64);
        Ok(waxwing_rows::window(rows, texts, place))
    })
}

/// Closes a list. Unknown ids are ignored.
#[unsafe(no_mangle)]
pub extern "C" fn waxwing_list_close(client: MaybeUninit<&waxwing_client>, list: waxwing_list_id) {
    guard::on_client(client, "waxwing_list_close", |client| {
        client.lists.open().lists.remove(&list);
        Ok(())
    });
}
