//! Searching beyond this device, how far a search here can be trusted, and searches that are kept.
//!
//! What a search finds is a list: `waxwing_list_open` with `search`.

use std::mem::MaybeUninit;

use waxwing_core::model::{SavedSearch, SavedSearchId, SearchScope};
use waxwing_core::{Command, ErrorKind};

use crate::accounts::request;
use crate::client::{Purpose, waxwing_client, waxwing_request};
use crate::event::id;
use crate::guard::{self, Fault, Misuse, Slot};
use crate::ids::{waxwing_account_id, waxwing_mailbox_id};
use crate::lists::{scope, waxwing_list_query};
use crate::mailboxes::{WAXWING_ROLE_FLAGGED, WAXWING_ROLE_INBOX, WAXWING_ROLE_NONE, waxwing_role};
use crate::rows::{Row, waxwing_rows};
use crate::status::waxwing_status;
use crate::text::{Texts, waxwing_str};

/// A search that is kept; as `waxwing_account_id`.
pub type waxwing_search_id = u64;

/// Where and what is sought.
fn read(query: MaybeUninit<&waxwing_list_query>) -> Result<(SearchScope, String), Fault> {
    // SAFETY: the caller's promise: a struct as long as it says, and text that lives during the call.
    let query = unsafe { guard::sized(query, "query")? };
    // SAFETY: as above.
    let words = unsafe { query.search.read("query.search")? };
    // Passed over, they would have something else searched or kept than what was said.
    if query.flags != 0 {
        return Err(Misuse::of("query.flags", "can't be with a search").into());
    }
    if query.tag != 0 {
        return Err(Misuse::of("query.tag", "can't be with a search").into());
    }
    Ok((scope(query)?, words.to_owned()))
}

fn search_id(search: waxwing_search_id) -> Result<SavedSearchId, Fault> {
    match i64::try_from(search) {
        Ok(number) if number > 0 => Ok(SavedSearchId(number)),
        _ => Err(Fault::of(ErrorKind::NotFound)),
    }
}

/// Searches on the servers too, for what is not on this device: `query` as for `waxwing_list_open`, with `search`, its `flags` and
/// `tag` 0. What they find is listed, and lists of the same search have it as well; until another one begins, which ends this with
/// E_CANCELLED, as does `waxwing_client_cancel`. PROGRESS tells how far it is. Final: DONE with how many messages servers found in `counts[0]`, those
/// that are here among them, and 1 in `counts[1]` if every mailbox was searched for everything, else 0; FAILED with E_ARGUMENT where
/// nothing is sought, or, where no server could be searched, with what kept the first one from it (E_NETWORK: its account isn't
/// connected).
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_search_server(
    client: MaybeUninit<&waxwing_client>,
    query: MaybeUninit<&waxwing_list_query>,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    request(client, "waxwing_search_server", out_request, Purpose::Plain, || {
        let (scope, text) = read(query)?;
        Ok(Command::SearchServer { text, scope })
    })
}

/// Keeps a search under a name, one that another has too if need be; `query` as for `waxwing_search_server`. It goes with the
/// account or the mailbox that it searches. Final: DONE with its id in `counts[0]`; FAILED with E_ARGUMENT: name or search is blank,
/// has controls or more than 2000 bytes; with E_NOT_FOUND: there is no such account or mailbox.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_search_save(
    client: MaybeUninit<&waxwing_client>,
    name: waxwing_str,
    query: MaybeUninit<&waxwing_list_query>,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    request(client, "waxwing_search_save", out_request, Purpose::Plain, || {
        // SAFETY: the caller's promise: text that lives during the call.
        let name = unsafe { name.read("name")? }.to_owned();
        let (scope, text) = read(query)?;
        Ok(Command::SaveSearch { name, text, scope })
    })
}

/// Gives a search that is kept another name. Final: DONE, or FAILED with E_NOT_FOUND, or with E_ARGUMENT as in
/// `waxwing_search_save`.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_search_rename(
    client: MaybeUninit<&waxwing_client>,
    search: waxwing_search_id,
    name: waxwing_str,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    request(client, "waxwing_search_rename", out_request, Purpose::Plain, || {
        // SAFETY: the caller's promise: text that lives during the call.
        let name = unsafe { name.read("name")? }.to_owned();
        Ok(Command::RenameSearch { id: search_id(search)?, name })
    })
}

/// No longer keeps a search; messages stay as they are. Final: DONE, or FAILED with E_NOT_FOUND.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_search_delete(
    client: MaybeUninit<&waxwing_client>,
    search: waxwing_search_id,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    request(client, "waxwing_search_delete", out_request, Purpose::Plain, || {
        Ok(Command::DeleteSearch { id: search_id(search)? })
    })
}

/// A search that is kept: what to open a list with.
#[repr(C)]
pub struct waxwing_search_row {
    pub id: waxwing_search_id,
    /// As in `waxwing_list_query`.
    pub account: waxwing_account_id,
    pub mailbox: waxwing_mailbox_id,
    pub role: waxwing_role,
    pub name: waxwing_str,
    pub search: waxwing_str,
}

// SAFETY: plain data.
unsafe impl Row for waxwing_search_row {}

/// The searches that are kept, by name: rows are `waxwing_search_row`. Reads the store. Free it with `waxwing_rows_free`. When
/// they change SEARCHES_CHANGED says so.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_searches_snapshot(
    client: MaybeUninit<&waxwing_client>,
    out: MaybeUninit<&mut *mut waxwing_rows>,
) -> waxwing_status {
    guard::from_client(client, "waxwing_searches_snapshot", out, |client| {
        let mut texts = Texts::default();
        let row = |saved: SavedSearch| {
            let (account, mailbox, role) = match saved.scope {
                SearchScope::Everywhere => (0, 0, WAXWING_ROLE_NONE),
                SearchScope::Account(account) => (id(account.0), 0, WAXWING_ROLE_NONE),
                SearchScope::Mailbox(mailbox) => (0, id(mailbox.0), WAXWING_ROLE_NONE),
                SearchScope::Inboxes => (0, 0, WAXWING_ROLE_INBOX),
                SearchScope::Starred => (0, 0, WAXWING_ROLE_FLAGGED),
            };
            let (name, search) = (texts.keep(&saved.name), texts.keep(&saved.text));
            waxwing_search_row { id: id(saved.id.0), account, mailbox, role, name, search }
        };
        let rows: Vec<waxwing_search_row> = client.reader()?.saved_searches()?.into_iter().map(row).collect();
        Ok(waxwing_rows::of(rows, texts))
    })
}

/// How far a search there can be trusted: how many messages are listed; of how many of them the body is not on this device,
/// which are found by subject and author alone; how many are not yet indexed, which may not be found; and how many mailboxes are
/// not yet listed whole. Of `query` its words don't matter; `flags` and `tag` are 0. All four are written, or none. Reads the store.
/// E_ARGUMENT as for `waxwing_list_open`; of an account or mailbox that isn't there all are 0.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_search_coverage(
    client: MaybeUninit<&waxwing_client>,
    query: MaybeUninit<&waxwing_list_query>,
    out_messages: MaybeUninit<&mut u64>,
    out_without_body: MaybeUninit<&mut u64>,
    out_not_indexed: MaybeUninit<&mut u64>,
    out_not_listed: MaybeUninit<&mut u64>,
) -> waxwing_status {
    guard::on_client(client, "waxwing_search_coverage", |client| {
        // SAFETY: the caller's promise: NULL or memory for a number.
        let slots = unsafe {
            (
                Slot::of(out_messages, "out_messages")?,
                Slot::of(out_without_body, "out_without_body")?,
                Slot::of(out_not_indexed, "out_not_indexed")?,
                Slot::of(out_not_listed, "out_not_listed")?,
            )
        };
        let (scope, _) = read(query)?;
        let coverage = client.reader()?.coverage(scope)?;
        let (messages, without_body, not_indexed, not_listed) = slots;
        messages.fill(coverage.mails);
        without_body.fill(coverage.without_body);
        not_indexed.fill(coverage.not_indexed);
        not_listed.fill(coverage.not_listed);
        Ok(())
    })
}
