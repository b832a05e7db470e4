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

/// A change that the server has not agreed to, or the part of it that is of one kind.
#[repr(C)]
pub struct waxwing_queue_row {
    pub id: waxwing_operation_id,
    pub account: waxwing_account_id,
    /// 1 flags, 2 move, 3 copy, 4 delete for ever, 5 append, 6 create, 7 rename, 8 delete a mailbox, 9 subscribe,
    /// 10 send.
    pub kind: i32,
    /// 0 waiting; 1 running; 2 sent, the answer was lost: found out before anything else; 3 refused, until it is tried again
    /// or let go.
    pub state: i32,
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
                        ChangeKind::Flags => 1,
                        ChangeKind::Move => 2,
                        ChangeKind::Copy => 3,
                        ChangeKind::Delete => 4,
                        ChangeKind::Append => 5,
                        ChangeKind::CreateMailbox => 6,
                        ChangeKind::RenameMailbox => 7,
                        ChangeKind::DeleteMailbox => 8,
                        ChangeKind::Subscribe => 9,
                        ChangeKind::Send => 10,
                    },
                    state: match change.state {
                        ChangeState::Queued => 0,
                        ChangeState::Sending => 1,
                        ChangeState::Unknown => 2,
                        ChangeState::Refused => 3,
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
