//! The server as a state machine: no socket, no clock, no randomness.
//!
//! A [`Mailstore`] is what the server keeps; a [`Connection`] is one client's session on it. Whoever drives them
//! hands in bytes and the time, takes bytes out, and polls the other connections after a change.
//! [`Dialect`] says what the server offers, [`Faults`] what goes wrong and when, [`Journal`] what happened.

mod changes;
mod command;
mod compress;
mod connection;
mod date;
mod dialect;
mod dispatch;
mod envelope;
mod faults;
mod fetch;
mod flags;
mod gmail;
mod journal;
mod list;
mod mailbox;
mod mailstore;
mod message;
mod mime;
mod notify;
mod parse;
mod presets;
mod reader;
mod scram;
mod search;
mod select;
mod set;
mod sign_in;
mod strike;
mod write;

#[cfg(test)]
mod tests;

pub use command::Verb;
pub use connection::Connection;
pub use dialect::Dialect;
pub use faults::{Fault, Faults, Lie, Rule};
pub use flags::Flags;
pub use journal::{CommandLine, Expunged, Journal};
pub use mailbox::{Mail, Mailbox, MailboxId, Uid};
pub use mailstore::{Account, Mailstore};
