//! The server as a state machine: no socket, no clock, no randomness.
//!
//! A [`Mailstore`] is what the server keeps; a [`Connection`] is one client's session on it. Whoever drives them
//! hands in bytes and the time, takes bytes out, and polls the other connections after a change.
//! [`Dialect`] says what the server offers, [`Faults`] what goes wrong and when, [`Journal`] what happened.

mod command;
mod connection;
mod date;
mod dialect;
mod faults;
mod fetch;
mod journal;
mod list;
mod mailstore;
mod message;
mod parse;
mod reader;
mod search;
mod select;
mod set;
mod write;

#[cfg(test)]
mod tests;

pub use command::Verb;
pub use connection::Connection;
pub use dialect::Dialect;
pub use faults::{Fault, Faults, Rule};
pub use journal::{CommandLine, Expunged, Journal};
pub use mailstore::{Account, Flags, Mail, Mailbox, MailboxId, Mailstore, Uid};
