//! What happened on the server, for tests to ask about.

use super::{Uid, Verb};

/// The server's memory of what clients did.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    /// Every command line received, oldest first.
    pub commands: Vec<CommandLine>,
    /// Every mail a client took out of a mailbox, oldest first.
    pub expunged: Vec<Expunged>,
}

/// A command as it was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLine {
    /// Which connection, counted from 1.
    pub connection: u64,
    /// When, in milliseconds since 1970 UTC.
    pub at: i64,
    /// What it was; `None` when the server couldn't read it.
    pub verb: Option<Verb>,
    /// Its text without the line end. Passwords are `***`; a mail that came along is only its size.
    pub line: String,
}

/// A mail that left a mailbox because a client said so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expunged {
    pub connection: u64,
    /// [`Verb::Expunge`], [`Verb::Close`], [`Verb::Move`] or [`Verb::Delete`].
    pub by: Verb,
    /// Whether the command named UIDs.
    pub by_uid: bool,
    pub mailbox: String,
    pub uid: Uid,
    /// Without the brackets; empty when the mail has none.
    pub message_id: String,
    /// Where MOVE put it.
    pub moved_to: Option<(String, Uid)>,
}

impl Journal {
    /// The mails that were destroyed, not moved.
    pub fn destroyed(&self) -> impl Iterator<Item = &Expunged> {
        self.expunged.iter().filter(|expunged| expunged.moved_to.is_none())
    }

    /// The command lines of one verb.
    pub fn lines_of(&self, verb: Verb) -> impl Iterator<Item = &str> {
        self.commands.iter().filter(move |line| line.verb == Some(verb)).map(|line| line.line.as_str())
    }
}
