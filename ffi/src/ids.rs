//! Ids: 64 bits to C, never 0. One that can't be is as one that isn't.

use waxwing_core::ErrorKind;
use waxwing_core::model::{AccountId, EmailId, MailboxId, TagId};

use crate::guard::Fault;

/// An account. Ids are the same after a restart and never given again; 0 is none.
pub type waxwing_account_id = u64;

/// A mailbox, as `waxwing_account_id`.
pub type waxwing_mailbox_id = u64;

/// A message, as `waxwing_account_id`. It keeps its id when it is moved or its mailbox is numbered anew (UIDVALIDITY), as far
/// as the server lets it be followed.
pub type waxwing_message_id = u64;

/// A conversation.
pub type waxwing_thread_id = u64;

pub(crate) fn number(id: u64) -> Result<i64, Fault> {
    match i64::try_from(id) {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(Fault::of(ErrorKind::NotFound)),
    }
}

pub(crate) fn account_id(id: u64) -> Result<AccountId, Fault> {
    Ok(AccountId(number(id)?))
}

pub(crate) fn mailbox_id(id: u64) -> Result<MailboxId, Fault> {
    Ok(MailboxId(number(id)?))
}

pub(crate) fn tag_id(id: u64) -> Result<TagId, Fault> {
    Ok(TagId(number(id)?))
}

pub(crate) fn email_id(id: u64) -> Result<EmailId, Fault> {
    Ok(EmailId(number(id)?))
}
