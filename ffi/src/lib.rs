//! The C ABI of the Waxwing mail core. Every request is a core `Command`, every answer a core `Event`; there is no
//! logic here.
//!
//! Functions are written out, never made by a macro: cbindgen leaves those out silently. They are safe to call from Rust
//! only as C may call them: by the contract at the top of the header. What a pointer leads to is promised there; that it is
//! not NULL is checked (`guard`). Types are called as in C.
#![allow(non_camel_case_types, reason = "they are C's names")]
#![allow(clippy::not_unsafe_ptr_arg_deref, reason = "see above")]

pub mod accounts;
pub mod browser;
pub mod changes;
pub mod client;
pub mod drafts;
pub mod event;
mod guard;
mod herald;
pub mod ids;
pub mod images;
mod inbox;
pub mod life;
pub mod lists;
pub mod log;
pub mod mailboxes;
pub mod message;
pub mod notices;
pub mod parts;
pub mod places;
pub mod queue;
pub mod rows;
pub mod search;
pub mod secrets;
pub mod setup;
pub mod status;
pub mod tags;
pub mod text;
pub mod trust;
pub mod unsubscribe;
pub mod verifier;
pub mod writers;

#[cfg(test)]
mod tests;

use crate::text::waxwing_str;

/// Versions of the ABI: a major one breaks, a minor one adds.
pub const WAXWING_ABI_MAJOR: u32 = 1;
/// See `WAXWING_ABI_MAJOR`.
pub const WAXWING_ABI_MINOR: u32 = 0;

/// The ABI version of this library: `WAXWING_ABI_MAJOR << 16 | WAXWING_ABI_MINOR`. Compare it with the header's.
///
/// May be called at any time, from any thread.
// SAFETY of the name: nothing else in the process is called waxwing_*.
#[unsafe(no_mangle)]
pub extern "C" fn waxwing_abi_version() -> u32 {
    (WAXWING_ABI_MAJOR << 16) | WAXWING_ABI_MINOR
}

/// The version of this library, such as "1.4.2". Static.
///
/// May be called at any time, from any thread.
#[unsafe(no_mangle)]
pub extern "C" fn waxwing_version() -> waxwing_str {
    waxwing_str::of_static(concat!(env!("CARGO_PKG_VERSION"), "\0"))
}
