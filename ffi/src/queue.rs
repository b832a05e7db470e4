//! What waits for the server.

use std::mem::MaybeUninit;

use waxwing_core::model::{ChangeKind, ChangeState};

use crate::client::{waxwing_client, waxwing_operation_id};
use crate::event::id;
use crate::guard;
use crate::ids::{waxwing_account_id, waxwing_mailbox_id, waxwing_message_id};
use crate::rows::{Row, waxwing_rows};
use crate::status::{WAXWING_OK, waxwing_status};
use crate::text::Texts;

/// What a change is. An open set.
pub type waxwing_queue_kind = i32;
pub const WAXWING_QUEUE_KIND_FLAGS: waxwing_queue_kind = 1;
pub const WAXWING_QUEUE_KIND_MOVE: waxwing_queue_kind = 2;
pub const WAXWING_QUEUE_KIND_COPY: waxwing_queue_kind = 3;
/// For ever.
pub const WAXWING_QUEUE_KIND_DELETE: waxwing_queue_kind = 4;
pub const WAXWING_QUEUE_KIND_APPEND: waxwing_queue_kind = 5;
pub const WAXWING_QUEUE_KIND_CREATE_MAILBOX: waxwing_queue_kind = 6;
pub const WAXWING_QUEUE_KIND_RENAME_MAILBOX: waxwing_queue_kind = 7;
pub const WAXWING_QUEUE_KIND_DELETE_MAILBOX: waxwing_queue_kind = 8;
pub const WAXWING_QUEUE_KIND_SUBSCRIBE: waxwing_queue_kind = 9;
pub const WAXWING_QUEUE_KIND_SEND: waxwing_queue_kind = 10;
pub const WAXWING_QUEUE_KIND_KEYWORDS: waxwing_queue_kind = 11;

/// How far a change is. An open set.
pub type waxwing_queue_state = i32;
pub const WAXWING_QUEUE_STATE_WAITING: waxwing_queue_state = 0;
pub const WAXWING_QUEUE_STATE_RUNNING: waxwing_queue_state = 1;
/// Sent, but the answer was lost: found out before anything else.
pub const WAXWING_QUEUE_STATE_UNSURE: waxwing_queue_state = 2;
/// Listed until it is tried again or let go.
pub const WAXWING_QUEUE_STATE_REFUSED: waxwing_queue_state = 3;

/// A change that the server has not agreed to, or the part of it that is of one kind.
#[repr(C)]
pub struct waxwing_queue_row {
    pub id: waxwing_operation_id,
    pub account: waxwing_account_id,
    pub kind: waxwing_queue_kind,
    pub state: waxwing_queue_state,
    /// How many messages, or mailboxes, it concerns.
    pub messages: u64,
    pub tries: u32,
    /// Why it was refused; WAXWING_OK if it wasn't.
    pub last_status: waxwing_status,
    /// When it is tried next, in milliseconds since 1970-01-01T00:00Z; 0: as soon as it can be.
    pub next_try_ms: i64,
    /// One of the messages; 0 if none.
    pub message_id: waxwing_message_id,
    /// The mailbox it leads to, or takes place in; 0 if none.
    pub mailbox: waxwing_mailbox_id,
}

// SAFETY: plain data.
unsafe impl Row for waxwing_queue_row {}

/// What waits for the server, and what it refused, account by account, oldest first: rows are `waxwing_queue_row`. Reads the
/// store. Free it with `waxwing_rows_free`.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_queue_snapshot(
    client: MaybeUninit<&waxwing_client>,
    out: MaybeUninit<&mut *mut waxwing_rows>,
) -> waxwing_status {
    guard::from_client(client, "waxwing_queue_snapshot", out, |client| {
        let mut rows = Vec::new();
        for account in client.reader()?.accounts()? {
            for change in client.reader()?.waiting_changes(account.id)? {
                rows.push(waxwing_queue_row {
                    id: change.operation.0,
                    account: id(account.id.0),
                    kind: match change.kind {
                        ChangeKind::Flags => WAXWING_QUEUE_KIND_FLAGS,
                        ChangeKind::Move => WAXWING_QUEUE_KIND_MOVE,
                        ChangeKind::Copy => WAXWING_QUEUE_KIND_COPY,
                        ChangeKind::Delete => WAXWING_QUEUE_KIND_DELETE,
                        ChangeKind::Append => WAXWING_QUEUE_KIND_APPEND,
                        ChangeKind::CreateMailbox => WAXWING_QUEUE_KIND_CREATE_MAILBOX,
                        ChangeKind::RenameMailbox => WAXWING_QUEUE_KIND_RENAME_MAILBOX,
                        ChangeKind::DeleteMailbox => WAXWING_QUEUE_KIND_DELETE_MAILBOX,
                        ChangeKind::Subscribe => WAXWING_QUEUE_KIND_SUBSCRIBE,
                        ChangeKind::Send => WAXWING_QUEUE_KIND_SEND,
                        ChangeKind::Keywords => WAXWING_QUEUE_KIND_KEYWORDS,
                    },
                    state: match change.state {
                        ChangeState::Queued => WAXWING_QUEUE_STATE_WAITING,
                        ChangeState::Sending => WAXWING_QUEUE_STATE_RUNNING,
                        ChangeState::Unknown => WAXWING_QUEUE_STATE_UNSURE,
                        ChangeState::Refused => WAXWING_QUEUE_STATE_REFUSED,
                    },
                    messages: change.count,
                    tries: change.tries,
                    last_status: change.error.map_or(WAXWING_OK, |error| error.kind().code()),
                    next_try_ms: change.next_try.map_or(0, |next| next.0),
                    message_id: change.email.map_or(0, |email| id(email.0)),
                    mailbox: change.mailbox.map_or(0, |mailbox| id(mailbox.0)),
                });
            }
        }
        Ok(waxwing_rows::of(rows, Texts::default()))
    })
}
