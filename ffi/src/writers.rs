//! What is at hand for whoever writes: identities, people mail went to, and texts that are kept.

use std::mem::MaybeUninit;

use waxwing_core::Command;
use waxwing_core::model::{Contact, Identity, Template, TemplateId};

use crate::accounts::request;
use crate::client::{Purpose, waxwing_client, waxwing_request};
use crate::event::id;
use crate::guard::{self, Fault, Misuse};
use crate::ids::{account_id, number, waxwing_account_id};
use crate::rows::{Row, waxwing_rows};
use crate::status::waxwing_status;
use crate::text::{Texts, waxwing_str};

/// A text that is kept; as `waxwing_account_id`.
pub type waxwing_template_id = u64;

/// Whom somebody writes as.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct waxwing_identity_row {
    /// The name beside the address; may be "".
    pub name: waxwing_str,
    /// One address, without a name.
    pub address: waxwing_str,
    /// Where answers go, as a list of people is typed; "": to the address.
    pub reply_to: waxwing_str,
    /// What stands below a mail, without the line `-- ` above it.
    pub signature: waxwing_str,
    /// Mail to any address of its domain comes here, and is answered from that very address.
    pub is_catch_all: bool,
}

// SAFETY: plain data.
unsafe impl Row for waxwing_identity_row {}

/// Identities of an account, at most; more are refused.
const MOST: usize = 10_000;

/// Says whom an account's person writes as, the usual one first: `count` of them, `stride` bytes from one to the next
/// (`sizeof(waxwing_identity_row)`). None: by the account's own address alone. Final: DONE, or FAILED with E_NOT_FOUND, or with
/// E_ARGUMENT where an address is none or there are more than two hundred. ACCOUNT_CHANGED tells of it.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_identities_set(
    client: MaybeUninit<&waxwing_client>,
    account: waxwing_account_id,
    identities: *const waxwing_identity_row,
    count: usize,
    stride: usize,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    request(client, "waxwing_identities_set", out_request, Purpose::Plain, || {
        // SAFETY: the caller's promise: so many rows, so far from each other, and text that lives during the call.
        let identities = unsafe { read(identities, count, stride)? };
        Ok(Command::SetIdentities { account: account_id(account)?, identities })
    })
}

/// # Safety
/// At `base` are `count` rows, `stride` bytes from one to the next, and their texts are readable.
unsafe fn read(
    base: *const waxwing_identity_row,
    count: usize,
    stride: usize,
) -> Result<Vec<Identity>, Fault> {
    if count == 0 {
        return Ok(Vec::new());
    }
    if base.is_null() {
        return Err(Misuse::of("identities", "is NULL with a count").into());
    }
    if count > MOST {
        return Err(Misuse::of("count", "is more than ten thousand").into());
    }
    if stride < size_of::<waxwing_identity_row>() || stride > size_of::<waxwing_identity_row>() * 16 {
        return Err(Misuse::of("stride", "is no version's").into());
    }
    let mut all = Vec::with_capacity(count);
    for place in 0..count {
        // SAFETY: the caller's promise; it need not be aligned where the stride isn't.
        let row = unsafe { base.byte_add(place * stride).read_unaligned() };
        // SAFETY: the caller's promise.
        let text = |text: waxwing_str, name| unsafe { text.read(name) }.map(str::to_owned);
        all.push(Identity {
            name: text(row.name, "identities.name")?,
            address: text(row.address, "identities.address")?,
            reply_to: text(row.reply_to, "identities.reply_to")?,
            signature: text(row.signature, "identities.signature")?,
            is_catch_all: row.is_catch_all,
        });
    }
    Ok(all)
}

/// Whom an account's person writes as, the usual one first, at least one: rows are `waxwing_identity_row`. Reads the store. Free
/// it with `waxwing_rows_free`.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_identities_snapshot(
    client: MaybeUninit<&waxwing_client>,
    account: waxwing_account_id,
    out: MaybeUninit<&mut *mut waxwing_rows>,
) -> waxwing_status {
    guard::from_client(client, "waxwing_identities_snapshot", out, |client| {
        let mut texts = Texts::default();
        let row = |identity: Identity| waxwing_identity_row {
            name: texts.keep(&identity.name),
            address: texts.keep(&identity.address),
            reply_to: texts.keep(&identity.reply_to),
            signature: texts.keep(&identity.signature),
            is_catch_all: identity.is_catch_all,
        };
        let identities = client.reader()?.identities(account_id(account)?)?;
        let rows: Vec<_> = identities.into_iter().map(row).collect();
        Ok(waxwing_rows::of(rows, texts))
    })
}

/// Somebody that mail may go to.
#[repr(C)]
pub struct waxwing_contact_row {
    /// May be "".
    pub name: waxwing_str,
    pub address: waxwing_str,
}

// SAFETY: plain data.
unsafe impl Row for waxwing_contact_row {}

/// Whom somebody means who typed this: those that were written to often and lately first, `max` of them at most. Rows are
/// `waxwing_contact_row`. Reads the store. Free it with `waxwing_rows_free`.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_contacts_complete(
    client: MaybeUninit<&waxwing_client>,
    typed: waxwing_str,
    max: u32,
    out: MaybeUninit<&mut *mut waxwing_rows>,
) -> waxwing_status {
    guard::from_client(client, "waxwing_contacts_complete", out, |client| {
        // SAFETY: the caller's promise: text that lives during the call.
        let typed = unsafe { typed.read("typed")? };
        let mut texts = Texts::default();
        let row = |contact: Contact| waxwing_contact_row {
            name: texts.keep(&contact.name),
            address: texts.keep(&contact.address),
        };
        let max = usize::try_from(max).unwrap_or(usize::MAX);
        let rows: Vec<_> = client.reader()?.complete(typed, max)?.into_iter().map(row).collect();
        Ok(waxwing_rows::of(rows, texts))
    })
}

/// Keeps a text to be sent again and again, a new one (`template_id` 0) or another in the place of that one. Final: DONE with its
/// id in `counts[0]`; FAILED with E_ARGUMENT for a blank name or a text above 1 MB, with E_NOT_FOUND.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_template_save(
    client: MaybeUninit<&waxwing_client>,
    template_id: waxwing_template_id,
    name: waxwing_str,
    subject: waxwing_str,
    text: waxwing_str,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    request(client, "waxwing_template_save", out_request, Purpose::Plain, || {
        // SAFETY: the caller's promise: text that lives during the call.
        let read = |text: waxwing_str, name| unsafe { text.read(name) }.map(str::to_owned);
        let (name, subject) = (read(name, "name")?, read(subject, "subject")?);
        let text = read(text, "text")?;
        let id = if template_id == 0 { None } else { Some(TemplateId(number(template_id)?)) };
        Ok(Command::SaveTemplate { id, name, subject, text })
    })
}

/// Keeps it no longer. Final: DONE, or FAILED with E_NOT_FOUND.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_template_delete(
    client: MaybeUninit<&waxwing_client>,
    template_id: waxwing_template_id,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    request(client, "waxwing_template_delete", out_request, Purpose::Plain, || {
        Ok(Command::DeleteTemplate { id: TemplateId(number(template_id)?) })
    })
}

/// A text that is kept.
#[repr(C)]
pub struct waxwing_template_row {
    pub id: waxwing_template_id,
    /// What it is called.
    pub name: waxwing_str,
    pub subject: waxwing_str,
    pub text: waxwing_str,
}

// SAFETY: plain data.
unsafe impl Row for waxwing_template_row {}

/// The texts that are kept, by name: rows are `waxwing_template_row`. Reads the store. Free it with `waxwing_rows_free`. When they
/// change TEMPLATES_CHANGED says so.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_templates_snapshot(
    client: MaybeUninit<&waxwing_client>,
    out: MaybeUninit<&mut *mut waxwing_rows>,
) -> waxwing_status {
    guard::from_client(client, "waxwing_templates_snapshot", out, |client| {
        let mut texts = Texts::default();
        let row = |template: Template| waxwing_template_row {
            id: id(template.id.0),
            name: texts.keep(&template.name),
            subject: texts.keep(&template.subject),
            text: texts.keep(&template.text),
        };
        let rows: Vec<_> = client.reader()?.templates()?.into_iter().map(row).collect();
        Ok(waxwing_rows::of(rows, texts))
    })
}
