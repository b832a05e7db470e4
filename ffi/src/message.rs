//! One message to read.

use std::mem::MaybeUninit;

use waxwing_core::mime::{self, Authentication, Marks, OpenedEmail, Wanted};
use waxwing_core::model::{Address, EmailId, EmailRow, FlagBits, Instant, MailboxId, ThreadId};
use waxwing_core::{Command, Error, ErrorKind, Reader};

use crate::accounts::request;
use crate::client::{Purpose, waxwing_client, waxwing_request};
use crate::guard::{self, Misuse, Slot, given, or_else};
use crate::ids::{email_id, waxwing_message_id};
use crate::lists::waxwing_message_row;
use crate::notices::{self, Notices, waxwing_unsubscribe_way};
use crate::rows::{Row, waxwing_array, waxwing_rows};
use crate::status::waxwing_status;
use crate::text::{Texts, waxwing_bytes, waxwing_str};

/// The text to read.
pub const WAXWING_LOAD_TEXT: u32 = 1;
/// The HTML, made fit to be shown: nothing in it runs, asks or loads over the network.
pub const WAXWING_LOAD_HTML: u32 = 2;
/// Pictures by https stay in the HTML. Whoever shows it loads them: without cookies and referrer, please.
pub const WAXWING_LOAD_REMOTE_IMAGES: u32 = 4;
/// All fields of the header.
pub const WAXWING_LOAD_HEADERS: u32 = 8;

/// What is wanted of a message: WAXWING_LOAD_*.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load(u32);

impl Load {
    fn of(what: u32) -> Result<Self, Misuse> {
        let known = WAXWING_LOAD_TEXT | WAXWING_LOAD_HTML | WAXWING_LOAD_REMOTE_IMAGES | WAXWING_LOAD_HEADERS;
        if what & !known == 0 {
            Ok(Self(what))
        } else {
            Err(Misuse::of("what", "has bits that mean nothing"))
        }
    }

    const fn has(self, bit: u32) -> bool {
        self.0 & bit != 0
    }

    const fn wanted(self) -> Wanted {
        Wanted {
            html: self.has(WAXWING_LOAD_HTML),
            remote_images: self.has(WAXWING_LOAD_REMOTE_IMAGES),
            headers: self.has(WAXWING_LOAD_HEADERS),
        }
    }
}

/// An opened message, immutable and opaque; see `waxwing_message_view_get`.
pub struct waxwing_message {
    view: waxwing_message_view,
    row: Box<waxwing_message_row>,
    parts: Box<waxwing_rows>,
    headers: Box<waxwing_rows>,
    remote: Box<waxwing_rows>,
    /// In the order of WAXWING_ADDRESSES_*.
    addresses: [Box<waxwing_rows>; 5],
    notices: Notices,
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
/// It carries a signature (S/MIME, OpenPGP), which was not checked.
pub const WAXWING_MESSAGE_SIGNED: u32 = 4;
/// It is encrypted, or a part of it is.
pub const WAXWING_MESSAGE_ENCRYPTED: u32 = 8;
/// It carries a calendar (text/calendar): an invitation as a rule, see `waxwing_message_invitation`.
pub const WAXWING_MESSAGE_INVITE: u32 = 16;
/// Something pretends, which is worth a warning and no proof: `pretences` says what.
pub const WAXWING_MESSAGE_SPOOF: u32 = 32;
/// Limits of size cut what is shown; `waxwing_message_bytes` is whole.
pub const WAXWING_MESSAGE_TRUNCATED: u32 = 64;
/// Its HTML had a form, which is left out (with LOAD_HTML).
pub const WAXWING_MESSAGE_FORM: u32 = 128;
/// It is large, and of its files some aren't on this device: those without WAXWING_PART_LOCAL. `waxwing_message_bytes` has none.
pub const WAXWING_MESSAGE_PARTIAL: u32 = 256;

/// What the receiving server found of where a message comes from (RFC 8601): of DMARC, and of DKIM and SPF where it says nothing
/// of that.
pub type waxwing_auth_result = i32;
/// Nothing, or nothing certain.
pub const WAXWING_AUTH_RESULT_NONE: waxwing_auth_result = 0;
/// It comes from its author's domain.
pub const WAXWING_AUTH_RESULT_PASS: waxwing_auth_result = 1;
/// It doesn't.
pub const WAXWING_AUTH_RESULT_FAIL: waxwing_auth_result = 2;

/// What is to be read of a message. Library-made: a later version may be longer, as `struct_size` says.
#[repr(C)]
pub struct waxwing_message_view {
    pub struct_size: u32,
    /// WAXWING_MESSAGE_*
    pub flags: u32,
    /// As in a list; borrowed from the message. Of one that was parsed, all ids are 0 and `date_ms` is `written_ms`.
    pub row: *const waxwing_message_row,
    /// The text to read; of mail that is HTML alone its text. Lines end in '\n'. "" without LOAD_TEXT.
    pub text: waxwing_str,
    /// Addresses as `Name <local@domain>`, parted by ", ".
    pub from: waxwing_str,
    pub to: waxwing_str,
    pub cc: waxwing_str,
    pub reply_to: waxwing_str,
    /// When its author says it was written, in milliseconds since 1970-01-01T00:00Z; 0: unknown.
    pub written_ms: i64,
    /// HTML for the body of a page, made fit to be shown; "" without LOAD_HTML, or where the message has none. A picture
    /// `waxwing-part:N` is the part N.
    pub html: waxwing_str,
    pub bcc: waxwing_str,
    /// The Message-ID, without angle brackets; "" if none.
    pub message_id_header: waxwing_str,
    /// An https address to unsubscribe at, else a mailto one (RFC 2369); "" if none. It is for a link; what
    /// `waxwing_message_unsubscribe` would do is in `unsubscribe_way`.
    pub list_unsubscribe_url: waxwing_str,
    /// WAXWING_AUTH_RESULT_*. A hint only: where a server never says anything a sender may have said it in its name.
    pub auth_result: waxwing_auth_result,
    /// How many addresses were left out of the HTML: the rows of `waxwing_message_remote`.
    pub blocked_remote: u32,
    /// WAXWING_PRETENCE_*: why WAXWING_MESSAGE_SPOOF is set; 0 if it isn't.
    pub pretences: u32,
    /// WAXWING_UNSUBSCRIBE_*: how its mailing list is left.
    pub unsubscribe_way: waxwing_unsubscribe_way,
    /// Where that leads: of ONE_CLICK and PAGE an https address, of MAIL a mailto one; "" if there is none. Show its host, or whom
    /// the mail goes to, before the person agrees.
    pub unsubscribe_url: waxwing_str,
    /// Who asks to be told that the message was read (RFC 8098), as in `from`; "": nobody. The library never tells them.
    pub receipt_to: waxwing_str,
}

/// Where a part belongs.
pub type waxwing_disposition = i32;
/// Within the text.
pub const WAXWING_DISPOSITION_INLINE: waxwing_disposition = 0;
pub const WAXWING_DISPOSITION_ATTACHMENT: waxwing_disposition = 1;

/// An attached file, or a picture within the text.
#[repr(C)]
pub struct waxwing_part_row {
    /// Counts from 1, in the order of the message.
    pub part: u32,
    /// Decoded bytes; about as many where it isn't WAXWING_PART_LOCAL.
    pub size: u64,
    /// Such as "image/png".
    pub mime_type: waxwing_str,
    /// Made safe: one component, no control characters, never "".
    pub file_name: waxwing_str,
    /// 0: the message itself. A message within is one part.
    pub parent: u32,
    pub disposition: waxwing_disposition,
    /// WAXWING_PART_*
    pub flags: u32,
    /// The Content-ID, without angle brackets; "" if none.
    pub content_id: waxwing_str,
}

// SAFETY: plain data.
unsafe impl Row for waxwing_part_row {}

/// Its bytes are on this device; else `waxwing_part_fetch` fetches them.
pub const WAXWING_PART_LOCAL: u32 = 1;

/// A field of a header.
#[repr(C)]
pub struct waxwing_header_row {
    pub name: waxwing_str,
    /// Decoded, one line.
    pub value: waxwing_str,
}

// SAFETY: plain data.
unsafe impl Row for waxwing_header_row {}

/// Something that a message's HTML loads, or would have loaded, over the network.
#[repr(C)]
pub struct waxwing_remote_row {
    /// As it stood there, without blanks and controls; of what was left out it may lack its scheme.
    pub url: waxwing_str,
}

// SAFETY: plain data.
unsafe impl Row for waxwing_remote_row {}

/// From.
pub const WAXWING_ADDRESSES_FROM: i32 = 1;
/// To.
pub const WAXWING_ADDRESSES_TO: i32 = 2;
/// Cc.
pub const WAXWING_ADDRESSES_CC: i32 = 3;
/// Bcc.
pub const WAXWING_ADDRESSES_BCC: i32 = 4;
/// Reply-To.
pub const WAXWING_ADDRESSES_REPLY_TO: i32 = 5;

/// One of the addresses of a field.
#[repr(C)]
pub struct waxwing_address_row {
    /// Decoded, without controls and what reorders text; may be "".
    pub name: waxwing_str,
    /// local@domain; "" where there is none.
    pub address: waxwing_str,
}

// SAFETY: plain data.
unsafe impl Row for waxwing_address_row {}

impl waxwing_message {
    pub(crate) fn id(&self) -> i64 {
        i64::try_from(self.row.id).unwrap_or(0)
    }

    /// Reads a message as far as it is here.
    pub(crate) fn read(reader: &Reader, email: EmailId, what: Load) -> Result<Self, Error> {
        let (row, uid) = row(reader, email)?;
        let (bytes, opened) = match reader.readable(email) {
            Ok(here) => {
                let is_whole = here.is_whole();
                let opened = mime::open_excerpt(&here.octets, &here.left_out, what.wanted());
                (if is_whole { here.octets } else { Vec::new() }, opened)
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let mut opened = OpenedEmail::default();
                opened.email.from = vec![row.from.clone()];
                (Vec::new(), opened)
            }
            Err(error) => return Err(error),
        };
        Ok(Self::of(&row, uid, (bytes, &opened), what))
    }

    /// The bytes of a message that is here, and its row.
    fn raw(reader: &Reader, email: EmailId) -> Result<Self, Error> {
        let (row, uid) = row(reader, email)?;
        let bytes = reader.raw(email)?;
        Ok(Self::of(&row, uid, (bytes, &OpenedEmail::default()), Load(0)))
    }

    /// Reads a message from its bytes.
    pub(crate) fn parsed(bytes: Vec<u8>, what: Load) -> Self {
        let opened = mime::open(&bytes, what.wanted());
        let row = EmailRow {
            id: EmailId(0),
            mailbox: MailboxId(0),
            date: opened.email.written.unwrap_or(Instant(0)),
            size: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            flags: FlagBits::NONE,
            keywords: Vec::new(),
            pending: false,
            has_attachment: !opened.email.attachments.is_empty(),
            from: opened.facts.from.clone(),
            subject: opened.facts.subject.clone(),
            preview: mime::preview(&opened.email, mime::PREVIEW),
            thread: ThreadId(0),
            conversation: None,
        };
        Self::of(&row, 0, (bytes, &opened), what)
    }

    fn of(row: &EmailRow, uid: u32, (bytes, opened): (Vec<u8>, &OpenedEmail), what: Load) -> Self {
        let mut texts = Texts::default();
        let row = Box::new(waxwing_message_row::of(row, uid, &mut texts));
        let email = &opened.email;
        let (unsubscribe_way, unsubscribe_url) = notices::unsubscribe(opened);
        let view = waxwing_message_view {
            struct_size: guard::size::<waxwing_message_view>(),
            flags: flags(opened),
            row: std::ptr::from_ref(&*row),
            text: texts.keep(if what.has(WAXWING_LOAD_TEXT) { &email.text } else { "" }),
            from: texts.keep(&listed(&email.from)),
            to: texts.keep(&listed(&email.to)),
            cc: texts.keep(&listed(&email.cc)),
            reply_to: texts.keep(&listed(&email.reply_to)),
            written_ms: email.written.map_or(0, |written| written.0),
            html: texts.keep(&opened.html),
            bcc: texts.keep(&listed(&opened.bcc)),
            message_id_header: texts.keep(opened.facts.message_id.as_deref().unwrap_or_default()),
            list_unsubscribe_url: texts.keep(&opened.list_unsubscribe),
            auth_result: match opened.authentication {
                Authentication::None => WAXWING_AUTH_RESULT_NONE,
                Authentication::Pass => WAXWING_AUTH_RESULT_PASS,
                Authentication::Fail => WAXWING_AUTH_RESULT_FAIL,
            },
            blocked_remote: u32::try_from(opened.blocked.len()).unwrap_or(u32::MAX),
            pretences: notices::pretences(opened),
            unsubscribe_way,
            unsubscribe_url: texts.keep(unsubscribe_url),
            receipt_to: texts.keep(&listed(opened.receipt_to.as_slice())),
        };
        let (parts, headers, remote) = (parts(opened), headers(opened), remote(&opened.blocked));
        let fields = [&email.from, &email.to, &email.cc, &opened.bcc, &email.reply_to];
        let addresses = fields.map(|field| addresses(field));
        let notices = Notices::of(opened);
        Self { view, row, parts, headers, remote, addresses, notices, bytes, _texts: texts }
    }

    pub(crate) fn notices(&self) -> &Notices {
        &self.notices
    }
}

/// A message as in a list, with its UID.
fn row(reader: &Reader, email: EmailId) -> Result<(EmailRow, u32), Error> {
    reader.at_once(|snapshot| {
        let row = snapshot.row(email)?;
        let uid = snapshot.uids(std::slice::from_ref(&row))?.first().copied().unwrap_or(0);
        Ok((row, uid))
    })
}

fn flags(opened: &OpenedEmail) -> u32 {
    let Marks { signed, encrypted, invite, spoof, truncated, form } = opened.marks;
    let flags = [
        (opened.email.damaged, WAXWING_MESSAGE_DAMAGED),
        (opened.email.from_html, WAXWING_MESSAGE_TEXT_FROM_HTML),
        (signed, WAXWING_MESSAGE_SIGNED),
        (encrypted, WAXWING_MESSAGE_ENCRYPTED),
        (invite, WAXWING_MESSAGE_INVITE),
        (spoof, WAXWING_MESSAGE_SPOOF),
        (truncated, WAXWING_MESSAGE_TRUNCATED),
        (form, WAXWING_MESSAGE_FORM),
        (opened.parts.iter().any(|part| part.is_missing), WAXWING_MESSAGE_PARTIAL),
    ];
    flags.into_iter().filter(|(is_set, _)| *is_set).map(|(_, flag)| flag).sum()
}

fn parts(opened: &OpenedEmail) -> Box<waxwing_rows> {
    let mut texts = Texts::default();
    let facts = opened.parts.iter().cloned().chain(std::iter::repeat_with(mime::PartFacts::default));
    let parts = opened.email.attachments.iter().zip(facts).zip(1..).map(|((attachment, facts), part)| {
        waxwing_part_row {
            part,
            size: attachment.size,
            mime_type: texts.keep(&attachment.media_type),
            file_name: texts.keep(&attachment.name),
            parent: 0,
            disposition: if facts.is_inline {
                WAXWING_DISPOSITION_INLINE
            } else {
                WAXWING_DISPOSITION_ATTACHMENT
            },
            flags: if facts.is_missing { 0 } else { WAXWING_PART_LOCAL },
            content_id: texts.keep(&facts.content_id),
        }
    });
    let parts = parts.collect();
    waxwing_rows::of::<waxwing_part_row>(parts, texts)
}

fn headers(opened: &OpenedEmail) -> Box<waxwing_rows> {
    let mut texts = Texts::default();
    let fields = opened.headers.iter();
    let fields =
        fields.map(|(name, value)| waxwing_header_row { name: texts.keep(name), value: texts.keep(value) });
    let fields = fields.collect();
    waxwing_rows::of::<waxwing_header_row>(fields, texts)
}

fn addresses(field: &[Address]) -> Box<waxwing_rows> {
    let mut texts = Texts::default();
    let rows = field
        .iter()
        .map(|Address { name, address }| waxwing_address_row {
            name: texts.keep(name),
            address: texts.keep(address),
        })
        .collect();
    waxwing_rows::of::<waxwing_address_row>(rows, texts)
}

pub(crate) fn remote(urls: &[String]) -> Box<waxwing_rows> {
    let mut texts = Texts::default();
    let urls = urls.iter().map(|url| waxwing_remote_row { url: texts.keep(url) }).collect();
    waxwing_rows::of::<waxwing_remote_row>(urls, texts)
}

/// Addresses for people, as in a header.
pub(crate) fn listed(addresses: &[Address]) -> String {
    let one = |address: &Address| match (address.name.as_str(), address.address.as_str()) {
        ("", address) => address.to_owned(),
        (name, "") => name.to_owned(),
        (name, address) => format!("{name} <{address}>"),
    };
    addresses.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Reads a message, fetching its body first if it isn't here, before everything else; of a large one without its large files,
/// where the server can tell them apart: WAXWING_MESSAGE_PARTIAL. `what` is WAXWING_LOAD_*. Final: MESSAGE_READY with `message`.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_message_load(
    client: MaybeUninit<&waxwing_client>,
    message: waxwing_message_id,
    what: u32,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    let purpose = Purpose::Load { email: EmailId(i64::try_from(message).unwrap_or(0)), what: Load(what) };
    request(client, "waxwing_message_load", out_request, purpose, || {
        Load::of(what)?;
        Ok(Command::FetchBody { email: email_id(message)? })
    })
}

/// Fetches all of a message, with all its files, if it isn't here: as it is on the server. Final: DONE.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_message_fetch(
    client: MaybeUninit<&waxwing_client>,
    message: waxwing_message_id,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    request(client, "waxwing_message_fetch", out_request, Purpose::Plain, || {
        Ok(Command::FetchWhole { email: email_id(message)? })
    })
}

/// Reads a message from its bytes (RFC 5322), such as a file: nothing is stored, no account is needed, and it works while
/// suspended. `what` is WAXWING_LOAD_*. The bytes are copied. Final: MESSAGE_READY with `message`, whatever the bytes.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_message_parse(
    client: MaybeUninit<&waxwing_client>,
    rfc5322: waxwing_bytes,
    what: u32,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    guard::on_client(client, "waxwing_message_parse", |client| {
        // SAFETY: the caller's promise: NULL or memory for an id, and bytes that live during the call.
        let (slot, bytes) = unsafe { (Slot::of(out_request, "out_request")?, rfc5322.read("rfc5322")?) };
        slot.fill(client.parse(bytes.to_vec(), Load::of(what)?)?);
        Ok(())
    })
}

/// The bytes of a message that is here: see `waxwing_message_bytes`. They aren't looked into, so its view says nothing beyond
/// its row. Reads the store: not for UI threads. Free it with `waxwing_message_free`. E_NOT_FOUND while not all of it is here:
/// `waxwing_message_fetch` fetches it.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_message_raw(
    client: MaybeUninit<&waxwing_client>,
    message: waxwing_message_id,
    out: MaybeUninit<&mut *mut waxwing_message>,
) -> waxwing_status {
    guard::from_client(client, "waxwing_message_raw", out, |client| {
        Ok(Box::new(waxwing_message::raw(client.reader()?, email_id(message)?)?))
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

/// The fields of a message's header in order: rows are `waxwing_header_row`. None without LOAD_HEADERS. Reads memory only;
/// borrowed from `message`.
#[unsafe(no_mangle)]
pub extern "C" fn waxwing_message_headers(message: MaybeUninit<&waxwing_message>) -> waxwing_array {
    or_else(waxwing_array::NONE, || {
        // SAFETY: the caller's promise: NULL or a message that lives.
        unsafe { given(message, "message") }.map_or(waxwing_array::NONE, |message| message.headers.array())
    })
}

/// What a message's HTML would have loaded over the network, each once: rows are `waxwing_remote_row`. None without
/// LOAD_HTML; 1000 at most. Reads memory only; borrowed from `message`.
#[unsafe(no_mangle)]
pub extern "C" fn waxwing_message_remote(message: MaybeUninit<&waxwing_message>) -> waxwing_array {
    or_else(waxwing_array::NONE, || {
        // SAFETY: the caller's promise: NULL or a message that lives.
        unsafe { given(message, "message") }.map_or(waxwing_array::NONE, |message| message.remote.array())
    })
}

/// The addresses of a field of a message's header, WAXWING_ADDRESSES_*: rows are `waxwing_address_row`. None for another
/// `field`. Reads memory only; borrowed from `message`.
#[unsafe(no_mangle)]
pub extern "C" fn waxwing_message_addresses(
    message: MaybeUninit<&waxwing_message>,
    field: i32,
) -> waxwing_array {
    or_else(waxwing_array::NONE, || {
        // SAFETY: the caller's promise: NULL or a message that lives.
        let Ok(message) = (unsafe { given(message, "message") }) else { return waxwing_array::NONE };
        let place = usize::try_from(field).ok().and_then(|field| field.checked_sub(1));
        let rows = place.and_then(|place| message.addresses.get(place));
        rows.map_or(waxwing_array::NONE, |rows| rows.array())
    })
}

/// The raw bytes of a message (RFC 5322), as on the server; none where it isn't all here. Reads memory only; borrowed from `message`.
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
