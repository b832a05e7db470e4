//! One message to read.

use std::mem::MaybeUninit;

use waxwing_core::model::{Address, BodyState, EmailId};
use waxwing_core::{Command, Error, Reader};

use crate::accounts::request;
use crate::client::{Purpose, waxwing_client, waxwing_request};
use crate::guard::{self, given, or_else};
use crate::ids::{email_id, waxwing_message_id};
use crate::lists::waxwing_message_row;
use crate::rows::{Row, waxwing_array, waxwing_rows};
use crate::status::waxwing_status;
use crate::text::{Texts, waxwing_bytes, waxwing_str};

/// An opened message, immutable and opaque; see `waxwing_message_view_get`.
pub struct waxwing_message {
    view: waxwing_message_view,
    row: Box<waxwing_message_row>,
    parts: Box<waxwing_rows>,
    bytes: Vec<u8>,
    _texts: Texts,
}

// SAFETY: nothing of it changes once it is made; what its pointers lead to is its own, or static.
unsafe impl Send for waxwing_message {}
// SAFETY: as above.
unsafe impl Sync for waxwing_message {}

/// It makes no sense; what could be read is shown.
pub const WAXWING_MESSAGE_DAMAGED: u32 = 1;
/// The text was made from HTML.
pub const WAXWING_MESSAGE_TEXT_FROM_HTML: u32 = 2;

/// What is to be read of a message. Library-made: a later version may be longer, as `struct_size` says.
#[repr(C)]
pub struct waxwing_message_view {
    pub struct_size: u32,
    /// WAXWING_MESSAGE_*
    pub flags: u32,
    /// As in a list; borrowed from the message.
    pub row: *const waxwing_message_row,
    /// The text to read; of mail that is HTML alone its text. Lines end in '\n'.
    pub text: waxwing_str,
    /// Addresses as `Name <local@domain>`, parted by ", ".
    pub from: waxwing_str,
    pub to: waxwing_str,
    pub cc: waxwing_str,
    pub reply_to: waxwing_str,
    /// When its author says it was written, in milliseconds since 1970-01-01T00:00Z; 0: unknown.
    pub written_ms: i64,
}

/// An attached file.
#[repr(C)]
pub struct waxwing_part_row {
    /// Counts from 1, in the order of the message.
    pub part: u32,
    /// Decoded bytes.
    pub size: u64,
    /// Such as "image/png".
    pub mime_type: waxwing_str,
    /// Made safe: one component, no control characters, never "".
    pub file_name: waxwing_str,
}

// SAFETY: plain data.
unsafe impl Row for waxwing_part_row {}

impl waxwing_message {
    pub(crate) fn id(&self) -> i64 {
        i64::try_from(self.row.id).unwrap_or(0)
    }

    /// Reads a message whose body is here.
    pub(crate) fn read(reader: &Reader, email: EmailId) -> Result<Self, Error> {
        let read = reader.email(email)?;
        let bytes = if read.body == BodyState::NotYet { Vec::new() } else { reader.raw(email)? };
        let uid = reader.uids(std::slice::from_ref(&read.row))?.first().copied().unwrap_or(0);
        let mut texts = Texts::default();
        let mut flags = 0;
        if read.body == BodyState::Damaged {
            flags |= WAXWING_MESSAGE_DAMAGED;
        }
        if read.from_html {
            flags |= WAXWING_MESSAGE_TEXT_FROM_HTML;
        }
        let row = Box::new(waxwing_message_row::of(&read.row, uid, &mut texts));
        let view = waxwing_message_view {
            struct_size: guard::size::<waxwing_message_view>(),
            flags,
            row: std::ptr::from_ref(&*row),
            text: texts.keep(&read.text),
            from: texts.keep(&listed(&read.from)),
            to: texts.keep(&listed(&read.to)),
            cc: texts.keep(&listed(&read.cc)),
            reply_to: texts.keep(&listed(&read.reply_to)),
            written_ms: read.written.map_or(0, |written| written.0),
        };
        let mut part_texts = Texts::default();
        let parts = read.attachments.iter().zip(1..).map(|(attachment, part)| waxwing_part_row {
            part,
            size: attachment.size,
            mime_type: part_texts.keep(&attachment.media_type),
            file_name: part_texts.keep(&attachment.name),
        });
        let parts = parts.collect();
        let parts = waxwing_rows::of::<waxwing_part_row>(parts, part_texts);
        Ok(Self { view, row, parts, bytes, _texts: texts })
    }
}

/// Addresses for people, as in a header.
fn listed(addresses: &[Address]) -> String {
    let one = |address: &Address| match (address.name.as_str(), address.address.as_str()) {
        ("", address) => address.to_owned(),
        (name, "") => name.to_owned(),
        (name, address) => format!("{name} <{address}>"),
    };
    addresses.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Reads a message, fetching its body first if it isn't here, before everything else. Final: MESSAGE_READY with `message`.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_message_load(
    client: MaybeUninit<&waxwing_client>,
    message: waxwing_message_id,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    let purpose = Purpose::Load { email: EmailId(i64::try_from(message).unwrap_or(0)) };
    request(client, "waxwing_message_load", out_request, purpose, || {
        Ok(Command::FetchBody { email: email_id(message)? })
    })
}

/// A message that is here. Reads the store: not for UI threads. Free it with `waxwing_message_free`. E_NOT_FOUND while its body
/// isn't here: `waxwing_message_load` fetches it.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_message_raw(
    client: MaybeUninit<&waxwing_client>,
    message: waxwing_message_id,
    out: MaybeUninit<&mut *mut waxwing_message>,
) -> waxwing_status {
    guard::from_client(client, "waxwing_message_raw", out, |client| {
        let read = waxwing_message::read(client.reader()?, email_id(message)?)?;
        if read.bytes.is_empty() {
            return Err(guard::Fault::of(waxwing_core::ErrorKind::NotFound));
        }
        Ok(Box::new(read))
    })
}

/// What is to be read of a message. Reads memory only; borrowed from `message`. NULL where `message` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn waxwing_message_view_get(
    message: MaybeUninit<&waxwing_message>,
) -> *const waxwing_message_view {
    or_else(std::ptr::null(), || {
        // SAFETY: the caller's promise: NULL or a message that lives.
        unsafe { given(message, "message") }.map_or(std::ptr::null(), |message| &raw const message.view)
    })
}

/// The attached files of a message: rows are `waxwing_part_row`. Reads memory only; borrowed from `message`.
#[unsafe(no_mangle)]
pub extern "C" fn waxwing_message_parts(message: MaybeUninit<&waxwing_message>) -> waxwing_array {
    or_else(waxwing_array::NONE, || {
        // SAFETY: the caller's promise: NULL or a message that lives.
        unsafe { given(message, "message") }.map_or(waxwing_array::NONE, |message| message.parts.array())
    })
}

/// The raw bytes of a message (RFC 5322), as on the server. Reads memory only; borrowed from `message`.
#[unsafe(no_mangle)]
pub extern "C" fn waxwing_message_bytes(message: MaybeUninit<&waxwing_message>) -> waxwing_bytes {
    or_else(waxwing_bytes::empty(), || {
        // SAFETY: the caller's promise: NULL or a message that lives.
        let message = unsafe { given(message, "message") };
        message.map_or(waxwing_bytes::empty(), |message| waxwing_bytes::of(&message.bytes))
    })
}

/// Frees a message. NULL is fine. Not for messages reached through an event, unless they were taken.
#[unsafe(no_mangle)]
pub extern "C" fn waxwing_message_free(message: *mut waxwing_message) {
    // SAFETY: the caller's promise: NULL, or it was given by the library, once, and is given back.
    unsafe { guard::free(message) };
}
