//! Mailboxes.

use std::mem::MaybeUninit;

use waxwing_core::Command;
use waxwing_core::model::{AccountId, Mailbox, Role};

use crate::accounts::{keep, request};
use crate::client::{Purpose, waxwing_client, waxwing_operation_id, waxwing_request};
use crate::event::id;
use crate::guard::{self, Fault, Misuse, Slot};
use crate::ids::{account_id, mailbox_id, waxwing_account_id, waxwing_mailbox_id};
use crate::rows::{Row, waxwing_rows};
use crate::status::waxwing_status;
use crate::text::{Texts, waxwing_str};

/// What a mailbox is for (RFC 6154).
pub type waxwing_role = i32;
pub const WAXWING_ROLE_NONE: waxwing_role = 0;
pub const WAXWING_ROLE_INBOX: waxwing_role = 1;
pub const WAXWING_ROLE_SENT: waxwing_role = 2;
pub const WAXWING_ROLE_DRAFTS: waxwing_role = 3;
pub const WAXWING_ROLE_TRASH: waxwing_role = 4;
pub const WAXWING_ROLE_JUNK: waxwing_role = 5;
pub const WAXWING_ROLE_ARCHIVE: waxwing_role = 6;
/// Everything: Gmail's All Mail.
pub const WAXWING_ROLE_ALL: waxwing_role = 7;
/// A view of all flagged messages.
pub const WAXWING_ROLE_FLAGGED: waxwing_role = 8;

/// It can hold messages.
pub const WAXWING_MAILBOX_SELECTABLE: u32 = 1;
pub const WAXWING_MAILBOX_HAS_CHILDREN: u32 = 4;

/// A mailbox with its counts, changes that wait counted as done.
#[repr(C)]
pub struct waxwing_mailbox_row {
    pub id: u64,
    /// The mailbox it is in; 0 at the top.
    pub parent: waxwing_mailbox_id,
    pub account: waxwing_account_id,
    /// The last part of its path, as shown; INBOX is left to you to name.
    pub name: waxwing_str,
    /// The whole path, with the server's delimiter.
    pub path: waxwing_str,
    /// 0 at the top.
    pub depth: u32,
    pub role: waxwing_role,
    /// WAXWING_MAILBOX_*
    pub flags: u32,
    pub total: u64,
    pub unread: u64,
}

// SAFETY: plain data.
unsafe impl Row for waxwing_mailbox_row {}

/// The mailboxes of an account, or of all (0), account by account, roles first, then by path: rows are `waxwing_mailbox_row`.
/// Reads the store. Free it with `waxwing_rows_free`.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_mailboxes_snapshot(
    client: MaybeUninit<&waxwing_client>,
    account: waxwing_account_id,
    out: MaybeUninit<&mut *mut waxwing_rows>,
) -> waxwing_status {
    guard::from_client(client, "waxwing_mailboxes_snapshot", out, |client| {
        let all: Vec<AccountId> = client.reader()?.accounts()?.into_iter().map(|status| status.id).collect();
        let accounts = match account {
            0 => all,
            one => {
                let one = account_id(one)?;
                if !all.contains(&one) {
                    return Err(Fault::of(waxwing_core::ErrorKind::NotFound));
                }
                vec![one]
            }
        };
        let mut texts = Texts::default();
        let mut rows = Vec::new();
        for account in accounts {
            let mailboxes = client.reader()?.mailboxes(account)?;
            rows.extend(mailboxes.iter().map(|mailbox| row(mailbox, &mailboxes, &mut texts)));
        }
        Ok(waxwing_rows::of(rows, texts))
    })
}

fn row(mailbox: &Mailbox, all: &[Mailbox], texts: &mut Texts) -> waxwing_mailbox_row {
    let parent = all.iter().find(|other| is_in(mailbox, other));
    let mut flags = 0;
    if mailbox.selectable {
        flags |= WAXWING_MAILBOX_SELECTABLE;
    }
    if all.iter().any(|other| is_in(other, mailbox)) {
        flags |= WAXWING_MAILBOX_HAS_CHILDREN;
    }
    waxwing_mailbox_row {
        id: id(mailbox.id.0),
        parent: parent.map_or(0, |parent| id(parent.id.0)),
        account: id(mailbox.account.0),
        name: texts.keep(&mailbox.name),
        path: texts.keep(&mailbox.path),
        depth: mailbox.depth,
        role: mailbox.role as waxwing_role,
        flags,
        total: mailbox.total,
        unread: mailbox.unread,
    }
}

/// Whether a mailbox is right below another one: that one's path, the delimiter, its own name.
fn is_in(mailbox: &Mailbox, parent: &Mailbox) -> bool {
    mailbox.depth == parent.depth + 1
        && mailbox.path.strip_suffix(mailbox.name.as_str()).is_some_and(|above| {
            let mut above = above.chars();
            above.next_back().is_some() && above.as_str() == parent.path
        })
}

/// Makes a mailbox at this path (with the server's delimiter); `role` WAXWING_ROLE_NONE: for nothing in particular. Shown at
/// once. Final: DONE when the server agreed. [durable]
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_mailbox_create(
    client: MaybeUninit<&waxwing_client>,
    account: waxwing_account_id,
    path: waxwing_str,
    role: waxwing_role,
    out_op: MaybeUninit<&mut waxwing_operation_id>,
) -> waxwing_status {
    crate::changes::durable(client, "waxwing_mailbox_create", out_op, || {
        // SAFETY: the caller's promise: text that lives during the call.
        let path = unsafe { path.read("path")? }.to_owned();
        let role = role_of(role)?;
        let role = if role == Role::None { None } else { Some(role) };
        Ok(Command::CreateMailbox { account: account_id(account)?, path, role })
    })
}

fn role_of(role: waxwing_role) -> Result<Role, Misuse> {
    let known = Role::ALL.into_iter().find(|known| *known as waxwing_role == role);
    known.ok_or(Misuse::of("role", "is none that there is"))
}

/// Gives a mailbox, and with it those below it, another path. Final: DONE when the server agreed. [durable]
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_mailbox_rename(
    client: MaybeUninit<&waxwing_client>,
    mailbox: waxwing_mailbox_id,
    path: waxwing_str,
    out_op: MaybeUninit<&mut waxwing_operation_id>,
) -> waxwing_status {
    crate::changes::durable(client, "waxwing_mailbox_rename", out_op, || {
        // SAFETY: the caller's promise: text that lives during the call.
        let path = unsafe { path.read("path")? }.to_owned();
        Ok(Command::RenameMailbox { mailbox: mailbox_id(mailbox)?, path })
    })
}

/// Deletes a mailbox with all messages in it. They stay here until the server agreed; there is no undo once it was sent. Final:
/// DONE. [durable]
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_mailbox_delete(
    client: MaybeUninit<&waxwing_client>,
    mailbox: waxwing_mailbox_id,
    out_op: MaybeUninit<&mut waxwing_operation_id>,
) -> waxwing_status {
    crate::changes::durable(client, "waxwing_mailbox_delete", out_op, || {
        Ok(Command::DeleteMailbox { mailbox: mailbox_id(mailbox)? })
    })
}

/// Subscribes to a mailbox, or no longer does: other clients show those. Final: DONE when the server agreed. [durable]
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_mailbox_set_subscribed(
    client: MaybeUninit<&waxwing_client>,
    mailbox: waxwing_mailbox_id,
    subscribed: bool,
    out_op: MaybeUninit<&mut waxwing_operation_id>,
) -> waxwing_status {
    crate::changes::durable(client, "waxwing_mailbox_set_subscribed", out_op, || {
        let mailbox = mailbox_id(mailbox)?;
        Ok(if subscribed { Command::Subscribe { mailbox } } else { Command::Unsubscribe { mailbox } })
    })
}

/// Says what a mailbox is for, which goes over what the server or its name says. Final: DONE.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_mailbox_set_role(
    client: MaybeUninit<&waxwing_client>,
    mailbox: waxwing_mailbox_id,
    role: waxwing_role,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    request(client, "waxwing_mailbox_set_role", out_request, Purpose::Plain, || {
        Ok(Command::SetRole { mailbox: mailbox_id(mailbox)?, role: role_of(role)? })
    })
}

/// Brings one mailbox up to date now. Final: SYNC_DONE.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_mailbox_sync(
    client: MaybeUninit<&waxwing_client>,
    mailbox: waxwing_mailbox_id,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    let purpose = Purpose::Sync { account: 0, mailbox: i64::try_from(mailbox).unwrap_or(0) };
    request(client, "waxwing_mailbox_sync", out_request, purpose, || {
        Ok(Command::SyncMailbox { mailbox: mailbox_id(mailbox)? })
    })
}

/// Names the mailbox on the screen: it is kept freshest. Final: DONE.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_mailbox_show(
    client: MaybeUninit<&waxwing_client>,
    mailbox: waxwing_mailbox_id,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    request(client, "waxwing_mailbox_show", out_request, Purpose::Plain, || {
        Ok(Command::ShowMailbox { mailbox: mailbox_id(mailbox)? })
    })
}

/// Says of which messages of a mailbox the bodies are kept on this device unasked: see `waxwing_account_set_offline`. Final:
/// DONE.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_mailbox_set_offline(
    client: MaybeUninit<&waxwing_client>,
    mailbox: waxwing_mailbox_id,
    days: i32,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    guard::on_client(client, "waxwing_mailbox_set_offline", |client| {
        // SAFETY: the caller's promise: NULL or memory for an id.
        let slot = unsafe { Slot::of(out_request, "out_request")? };
        let (mailbox, keep) = (mailbox_id(mailbox)?, keep(days)?);
        let account = client.reader()?.account_of(mailbox)?;
        let command = Command::SetKeep { account, mailbox: Some(mailbox), keep };
        slot.fill(client.submit(command, Purpose::Plain)?);
        Ok(())
    })
}
