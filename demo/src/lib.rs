//! A model IMAP server in memory, over loopback TLS, with sample mail.
//!
//! - [`model`]: the server without a socket or a clock: bytes in, bytes out. Tests step it by hand.
//! - [`submission`]: a model submission server, made the same way.
//! - [`serve`]: both behind TLS on 127.0.0.1, on a thread of their own.
//! - [`sample`]: a mailbox worth looking at, the same one for the same moment.
//!
//! It exists for the demo and for tests. It keeps everything in memory and listens on loopback only.
#![forbid(unsafe_code)]
// The model slices what it just measured; should it ever be wrong about that, a test falls over, not a mailbox.
#![allow(clippy::indexing_slicing)]
// In a test a panic is the answer.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod model;
pub mod sample;
pub mod serve;
pub mod submission;
