//! Pictures of messages that lie on the network.

use std::collections::HashMap;
use std::mem::MaybeUninit;

use waxwing_core::Command;

use crate::accounts::request;
use crate::client::{Purpose, waxwing_client, waxwing_request};
use crate::guard;
use crate::ids::{email_id, waxwing_message_id};
use crate::rows::{Row, waxwing_rows};
use crate::status::waxwing_status;
use crate::text::{Texts, waxwing_bytes, waxwing_str};

/// Fetches a message's pictures from the network, because the person said so: those of `waxwing_message_images`, 200 and 32 MiB at
/// most, within 30 seconds. Over https, without cookies or a referrer; known trackers and addresses of the person's own network are
/// never asked. `waxwing_images_snapshot` has them then. Final: DONE, also where it has none or only some could be had; FAILED with
/// E_NOT_FOUND: its body isn't here; and where none of the pictures could be had, with what kept the first of them away:
/// E_NOT_FOUND: there is no picture; E_ARGUMENT: it lies in the person's own network; E_NETWORK, E_DNS, E_TIMEOUT or another of
/// the network.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_images_fetch(
    client: MaybeUninit<&waxwing_client>,
    message: waxwing_message_id,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    request(client, "waxwing_images_fetch", out_request, Purpose::Plain, || {
        Ok(Command::FetchImages { email: email_id(message)? })
    })
}

/// Remembers that the pictures of this sender (local@domain) are fetched whenever a message of theirs is opened, or forgets it
/// (`always` false). The library only remembers it: who shows messages asks for the pictures; better not where
/// WAXWING_MESSAGE_SPOOF is set or `auth_result` is WAXWING_AUTH_RESULT_FAIL. Final: DONE, or FAILED with E_ARGUMENT where it is no
/// address.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_images_remember_sender(
    client: MaybeUninit<&waxwing_client>,
    address: waxwing_str,
    always: bool,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    request(client, "waxwing_images_remember_sender", out_request, Purpose::Plain, || {
        // SAFETY: the caller's promise: a text that lives during the call.
        let sender = unsafe { address.read("address")? }.to_owned();
        Ok(Command::ShowImagesOf { sender, always })
    })
}

/// A sender whose pictures are fetched without asking the person again.
#[repr(C)]
pub struct waxwing_image_sender_row {
    /// In lower case.
    pub address: waxwing_str,
}

// SAFETY: plain data.
unsafe impl Row for waxwing_image_sender_row {}

/// The senders whose pictures are fetched without asking the person again, by their addresses: rows are `waxwing_image_sender_row`.
/// Reads the store. Free it with `waxwing_rows_free`.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_image_senders_snapshot(
    client: MaybeUninit<&waxwing_client>,
    out: MaybeUninit<&mut *mut waxwing_rows>,
) -> waxwing_status {
    guard::from_client(client, "waxwing_image_senders_snapshot", out, |client| {
        let mut texts = Texts::default();
        let senders = client.reader()?.image_senders()?;
        let rows: Vec<waxwing_image_sender_row> =
            senders.iter().map(|address| waxwing_image_sender_row { address: texts.keep(address) }).collect();
        Ok(waxwing_rows::of(rows, texts))
    })
}

/// A picture that was fetched.
#[repr(C)]
pub struct waxwing_image_row {
    /// As `waxwing_message_images` and the HTML of the message have it.
    pub address: waxwing_str,
    /// A PNG, JPEG, GIF or WebP, as it came: whoever decodes it has to bear anything.
    pub content: waxwing_bytes,
}

// SAFETY: plain data.
unsafe impl Row for waxwing_image_row {}

/// The pictures of a message that were fetched, by their addresses: rows are `waxwing_image_row`, copied; none before
/// `waxwing_images_fetch`, nor of a message that isn't there. They are kept in memory until others take their room, or the client is
/// closed. Free it with `waxwing_rows_free`.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_images_snapshot(
    client: MaybeUninit<&waxwing_client>,
    message: waxwing_message_id,
    out: MaybeUninit<&mut *mut waxwing_rows>,
) -> waxwing_status {
    guard::from_client(client, "waxwing_images_snapshot", out, |client| {
        let images = client.reader()?.images(email_id(message)?).unwrap_or_default();
        Ok(rows(&images))
    })
}

fn rows(images: &HashMap<String, Vec<u8>>) -> Box<waxwing_rows> {
    let mut images: Vec<(&String, &Vec<u8>)> = images.iter().collect();
    images.sort_unstable();
    let mut texts = Texts::default();
    let rows: Vec<waxwing_image_row> = images
        .into_iter()
        .map(|(address, content)| waxwing_image_row {
            address: texts.keep(address),
            content: texts.keep_bytes(content),
        })
        .collect();
    waxwing_rows::of(rows, texts)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::rows::waxwing_rows_free;
    use crate::tests::caller;

    /// Whoever reads them a second time finds the same.
    #[test]
    fn bug_pictures_came_in_another_order_each_time() {
        let names = (0..64).map(|number| format!("https://shop.example/{number:02}.png"));
        let wanted: Vec<(String, Vec<u8>)> =
            (0..).zip(names).map(|(number, name)| (name, vec![number; 9])).collect();
        let given = Box::into_raw(rows(&wanted.iter().cloned().collect()));
        let all = caller::rows(given, |row: &waxwing_image_row| {
            // SAFETY: the rows are alive.
            (caller::text(row.address), unsafe { row.content.read("content") }.unwrap().to_vec())
        });
        waxwing_rows_free(given);
        assert_eq!(all, wanted);
    }
}
