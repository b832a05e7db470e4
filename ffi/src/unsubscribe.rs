//! Leaving a mailing list.

use std::mem::MaybeUninit;

use waxwing_core::Command;

use crate::accounts::request;
use crate::client::{Purpose, waxwing_client, waxwing_request};
use crate::ids::{email_id, waxwing_message_id};
use crate::status::waxwing_status;

/// Asks to be taken off the mailing list a message is from, which nothing else ever does: by one request over https without
/// cookies where the message allows that (RFC 8058: its fields are signed, as far as the receiving server tells), else by a mail
/// from the account's address, sent and kept as by waxwing_send_raw without a `hold_ms`, so that there is no undo. Which of them it
/// is, and to whom, is in `unsubscribe_way` and `unsubscribe_url`: ask the person first. Final: DONE when the list's server agreed
/// or the mail was sent; FAILED with E_SERVER: it didn't; with E_STATE: the message names no way, or only a page for a browser, or
/// the account has no server for sending; with E_NOT_FOUND: its body isn't here; else with what the network said.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_message_unsubscribe(
    client: MaybeUninit<&waxwing_client>,
    message: waxwing_message_id,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    request(client, "waxwing_message_unsubscribe", out_request, Purpose::Plain, || {
        Ok(Command::LeaveList { email: email_id(message)? })
    })
}
