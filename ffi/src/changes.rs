//! Changes to messages: shown at once, durable, sent when the server can be reached, undoable.

use std::mem::MaybeUninit;
use std::time::Duration;

use waxwing_core::command::Message;
use waxwing_core::model::{EmailId, FlagBits, Instant, SendTime};
use waxwing_core::{Command, Ticket};

use crate::client::{waxwing_client, waxwing_operation_id};
use crate::guard::{self, Fault, Misuse, Slot};
use crate::ids::{
    account_id, email_id, mailbox_id, waxwing_account_id, waxwing_mailbox_id, waxwing_message_id,
};
use crate::status::waxwing_status;
use crate::text::waxwing_bytes;

/// Ids of messages. NULL with `len` 0 is none.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct waxwing_ids {
    pub ptr: *const waxwing_message_id,
    pub len: usize,
}

/// Messages of one change, at most.
const MOST: usize = 1_000_000;

impl waxwing_ids {
    /// # Safety
    /// `ptr` and `len` describe readable memory during the call.
    pub(crate) unsafe fn read(self) -> Result<Vec<EmailId>, Fault> {
        if self.len == 0 {
            return Err(Misuse::of("ids", "are none").into());
        }
        if self.ptr.is_null() {
            return Err(Misuse::of("ids", "is NULL with a length").into());
        }
        if self.len > MOST {
            return Err(Misuse::of("ids", "are more than a million").into());
        }
        // SAFETY: the caller's promise.
        let ids = unsafe { std::slice::from_raw_parts(self.ptr, self.len) };
        ids.iter().map(|id| email_id(*id)).collect()
    }
}

/// Makes one local commit before it returns: milliseconds, a disk's flush. A refusal is told at once.
pub(crate) fn durable(
    client: MaybeUninit<&waxwing_client>,
    call: &'static str,
    out_op: MaybeUninit<&mut waxwing_operation_id>,
    command: impl FnOnce() -> Result<Command, Fault>,
) -> waxwing_status {
    guard::on_client(client, call, |client| {
        // SAFETY: the caller's promise: NULL or memory for an id.
        let slot = unsafe { Slot::of(out_op, "out_op")? };
        let Ticket(operation) = client.engine.submit_durable(command()?)?;
        slot.fill(operation);
        Ok(())
    })
}

/// Flags that have a bit here.
const FLAGS: u32 = 0x7f;

fn bits(flags: u32, name: &'static str) -> Result<FlagBits, Misuse> {
    if flags & !FLAGS == 0 {
        Ok(FlagBits(flags))
    } else {
        Err(Misuse::of(name, "has bits that can't be set"))
    }
}

/// Sets and clears flags (WAXWING_FLAG_SEEN to _JUNK) of messages of one account. [durable]
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_messages_set_flags(
    client: MaybeUninit<&waxwing_client>,
    ids: waxwing_ids,
    add: u32,
    remove: u32,
    out_op: MaybeUninit<&mut waxwing_operation_id>,
) -> waxwing_status {
    durable(client, "waxwing_messages_set_flags", out_op, || {
        let (add, remove) = (bits(add, "add")?, bits(remove, "remove")?);
        // SAFETY: the caller's promise.
        Ok(Command::SetFlags { emails: unsafe { ids.read()? }, add, remove })
    })
}

/// Moves messages of one account to a mailbox. To another account they are handed over whole, and removed where they were
/// only when that is proved. [durable]
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_messages_move(
    client: MaybeUninit<&waxwing_client>,
    ids: waxwing_ids,
    to: waxwing_mailbox_id,
    out_op: MaybeUninit<&mut waxwing_operation_id>,
) -> waxwing_status {
    durable(client, "waxwing_messages_move", out_op, || {
        // SAFETY: the caller's promise.
        Ok(Command::Move { emails: unsafe { ids.read()? }, to: mailbox_id(to)? })
    })
}

/// Makes a second message of each in a mailbox. [durable]
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_messages_copy(
    client: MaybeUninit<&waxwing_client>,
    ids: waxwing_ids,
    to: waxwing_mailbox_id,
    out_op: MaybeUninit<&mut waxwing_operation_id>,
) -> waxwing_status {
    durable(client, "waxwing_messages_copy", out_op, || {
        // SAFETY: the caller's promise.
        Ok(Command::Copy { emails: unsafe { ids.read()? }, to: mailbox_id(to)? })
    })
}

/// Moves messages to their account's archive, which is made if there is none. [durable]
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_messages_archive(
    client: MaybeUninit<&waxwing_client>,
    ids: waxwing_ids,
    out_op: MaybeUninit<&mut waxwing_operation_id>,
) -> waxwing_status {
    durable(client, "waxwing_messages_archive", out_op, || {
        // SAFETY: the caller's promise.
        Ok(Command::Archive { emails: unsafe { ids.read()? } })
    })
}

/// Moves messages to their account's trash, which is made if there is none. [durable]
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_messages_trash(
    client: MaybeUninit<&waxwing_client>,
    ids: waxwing_ids,
    out_op: MaybeUninit<&mut waxwing_operation_id>,
) -> waxwing_status {
    durable(client, "waxwing_messages_trash", out_op, || {
        // SAFETY: the caller's promise.
        Ok(Command::Trash { emails: unsafe { ids.read()? } })
    })
}

/// Expunges exactly these messages. There is no undo. [durable]
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_messages_delete_forever(
    client: MaybeUninit<&waxwing_client>,
    ids: waxwing_ids,
    out_op: MaybeUninit<&mut waxwing_operation_id>,
) -> waxwing_status {
    durable(client, "waxwing_messages_delete_forever", out_op, || {
        // SAFETY: the caller's promise.
        Ok(Command::DeleteForever { emails: unsafe { ids.read()? } })
    })
}

/// Sets the seen flag of exactly the messages of a mailbox that are unread now. [durable]
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_mailbox_mark_all_read(
    client: MaybeUninit<&waxwing_client>,
    mailbox: waxwing_mailbox_id,
    out_op: MaybeUninit<&mut waxwing_operation_id>,
) -> waxwing_status {
    durable(client, "waxwing_mailbox_mark_all_read", out_op, || {
        Ok(Command::MarkAllRead { mailbox: mailbox_id(mailbox)? })
    })
}

/// Expunges exactly the messages that are in the account's trash now. There is no undo. [durable]
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_account_empty_trash(
    client: MaybeUninit<&waxwing_client>,
    account: waxwing_account_id,
    out_op: MaybeUninit<&mut waxwing_operation_id>,
) -> waxwing_status {
    durable(client, "waxwing_account_empty_trash", out_op, || {
        Ok(Command::EmptyTrash { account: account_id(account)? })
    })
}

/// Hands a message (RFC 5322, lone line feeds become line ends) over to the server, exactly once where that can be found out:
/// into this mailbox, with these flags, received at `date_ms`. [durable]
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_message_append(
    client: MaybeUninit<&waxwing_client>,
    mailbox: waxwing_mailbox_id,
    rfc5322: waxwing_bytes,
    flags: u32,
    date_ms: i64,
    out_op: MaybeUninit<&mut waxwing_operation_id>,
) -> waxwing_status {
    durable(client, "waxwing_message_append", out_op, || {
        let flags = bits(flags, "flags")?;
        // SAFETY: the caller's promise.
        let message = Message(unsafe { rfc5322.read("rfc5322")? }.to_vec());
        Ok(Command::Append { mailbox: mailbox_id(mailbox)?, message, flags, date: Instant(date_ms) })
    })
}

/// Sends a finished message (RFC 5322) by the account's server for sending, once, `hold_ms` from now (an hour at most) or when
/// there is a connection; until its end is on its way waxwing_operation_undo takes it back. Its Sender or From says who sends it;
/// those in To, Cc and Bcc get it, all or nobody; Bcc is not sent. A Date and a Message-ID are added where they are missing. What
/// was sent is kept in the account's sent messages, once. E_ARGUMENT: it can't be sent to those it names; E_STATE: the account has
/// no server for sending. Final: DONE when it was sent and is kept; FAILED when the server refused it for good, and with E_TIMEOUT
/// when it can't be known whether it was sent: then it isn't sent again unless waxwing_queue_retry says so. [durable]
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_send_raw(
    client: MaybeUninit<&waxwing_client>,
    account: waxwing_account_id,
    rfc5322: waxwing_bytes,
    hold_ms: u32,
    out_op: MaybeUninit<&mut waxwing_operation_id>,
) -> waxwing_status {
    durable(client, "waxwing_send_raw", out_op, || {
        // SAFETY: the caller's promise.
        let message = Message(unsafe { rfc5322.read("rfc5322")? }.to_vec());
        let time = SendTime::After(Duration::from_millis(u64::from(hold_ms)));
        Ok(Command::Send { account: account_id(account)?, message, time })
    })
}

fn operation(op: waxwing_operation_id) -> Result<Ticket, Misuse> {
    if op == 0 { Err(Misuse::of("op", "is 0")) } else { Ok(Ticket(op)) }
}

/// Takes back a change: unsent, it is dropped; sent, its inverse is queued, as the new operation `out_op`. E_STATE: it can't
/// be undone. [durable]
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_operation_undo(
    client: MaybeUninit<&waxwing_client>,
    op: waxwing_operation_id,
    out_op: MaybeUninit<&mut waxwing_operation_id>,
) -> waxwing_status {
    durable(client, "waxwing_operation_undo", out_op, || Ok(Command::Undo { operation: operation(op)? }))
}

/// Tries a change now: one that waits, without more waiting; one that was refused, anew. [durable]
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_queue_retry(
    client: MaybeUninit<&waxwing_client>,
    op: waxwing_operation_id,
    out_op: MaybeUninit<&mut waxwing_operation_id>,
) -> waxwing_status {
    durable(client, "waxwing_queue_retry", out_op, || Ok(Command::RetryChange { operation: operation(op)? }))
}

/// Lets a change go: one that waits isn't made and its effect here is taken back; one that was refused is no longer listed.
/// [durable]
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_queue_discard(
    client: MaybeUninit<&waxwing_client>,
    op: waxwing_operation_id,
    out_op: MaybeUninit<&mut waxwing_operation_id>,
) -> waxwing_status {
    durable(client, "waxwing_queue_discard", out_op, || {
        Ok(Command::DiscardChange { operation: operation(op)? })
    })
}
