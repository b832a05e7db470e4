//! Bytes to lines, literals and typed responses, and back. The only place that names imap_codec.
//!
//! [`framer`] cuts the stream into responses, [`reader`] says what a response means, `codec` writes
//! commands. Nothing here knows what was asked or what comes next: that is `imap`.

pub(crate) mod codec;
pub mod framer;
pub mod reader;
pub(crate) mod search;
pub mod text;
pub mod utf7;
