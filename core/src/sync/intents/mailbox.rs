//! Work on mailboxes: make, rename, delete, subscribe. Which exchange comes next, and what its answer means.
//!
//! A lost answer is never followed by the same command unseen: LIST tells whether it was done.

use std::sync::Arc;

use super::{is_passing, refused};
use crate::error::{Error, ErrorKind};
use crate::imap::ops::{Answer, ListedMailbox, Op, OpError, Refusal};
use crate::model::Role;
use crate::sync::roles;

/// What is wanted. Names are as on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailboxWant {
    /// A mailbox of that name. With `look`, any one that has the role by now does as well, and is used instead.
    Create {
        name: Arc<str>,
        role: Role,
        look: bool,
    },
    Rename {
        name: Arc<str>,
        to: Arc<str>,
    },
    /// With `if_empty`, only one without mail and without mailboxes below it.
    Delete {
        name: Arc<str>,
        if_empty: bool,
    },
    Subscribe {
        name: Arc<str>,
        subscribed: bool,
    },
}

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum MailboxStep {
    Ask(Op),
    /// Write durably that it is about to be sent; then `go_on`.
    Remember,
    /// The run is over.
    End(MailboxEnding),
}

/// How it ended.
#[derive(Clone, Debug, PartialEq)]
pub enum MailboxEnding {
    /// As wanted. `name`: what a mailbox that was to be made or renamed is called in truth.
    Done {
        name: Option<Arc<str>>,
    },
    /// To be done again.
    Retry,
    /// It may have happened: LIST will tell.
    Unknown,
    Refused(Error),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// What is there? After a lost answer, and before a mailbox with a role is made.
    List,
    /// How much mail is in it?
    Count,
    /// No mailbox can be deleted from within.
    Leave,
    Remember,
    Do,
    /// Other clients list subscribed mailboxes only.
    Subscribe,
    End,
}

/// One run.
pub struct MailboxRun {
    want: MailboxWant,
    /// Its answer was lost before.
    probing: bool,
    /// The name with INBOX before it was tried.
    nested: bool,
    /// The server said no: is there such a mailbox after all?
    refusal: Option<Refusal>,
    stage: Stage,
    listed: Vec<ListedMailbox>,
    ending: MailboxEnding,
}

impl MailboxRun {
    /// A wish never sent, or (`probing`) one whose answer was lost.
    pub fn new(want: MailboxWant, probing: bool) -> Self {
        let stage = match &want {
            MailboxWant::Create { look: true, .. } | MailboxWant::Delete { if_empty: true, .. } => {
                Stage::List
            }
            MailboxWant::Subscribe { .. } => Stage::Remember,
            _ if probing => Stage::List,
            MailboxWant::Delete { .. } => Stage::Leave,
            MailboxWant::Create { .. } | MailboxWant::Rename { .. } => Stage::Remember,
        };
        let ending = MailboxEnding::Retry;
        Self { want, probing, nested: false, refusal: None, stage, listed: Vec::new(), ending }
    }

    /// What to do now. After `Ask` comes `answer`, after `Remember` comes `go_on`.
    pub fn next_step(&mut self) -> MailboxStep {
        match self.stage {
            Stage::List => MailboxStep::Ask(Op::List),
            Stage::Count => MailboxStep::Ask(Op::Status { mailbox: self.name() }),
            Stage::Leave => MailboxStep::Ask(Op::Select { mailbox: Arc::from("INBOX") }),
            Stage::Remember => MailboxStep::Remember,
            Stage::Do => MailboxStep::Ask(match &self.want {
                MailboxWant::Create { name, role, .. } => {
                    Op::Create { mailbox: Arc::clone(name), role: *role }
                }
                MailboxWant::Rename { name, to } => {
                    Op::Rename { mailbox: Arc::clone(name), to: Arc::clone(to) }
                }
                MailboxWant::Delete { name, .. } => Op::Delete { mailbox: Arc::clone(name) },
                MailboxWant::Subscribe { name, subscribed } => {
                    Op::Subscribe { mailbox: Arc::clone(name), subscribed: *subscribed }
                }
            }),
            Stage::Subscribe => MailboxStep::Ask(Op::Subscribe { mailbox: self.name(), subscribed: true }),
            Stage::End => MailboxStep::End(self.ending.clone()),
        }
    }

    /// That it is about to be sent is durable; or (`false`) it was taken back meanwhile.
    pub fn go_on(&mut self, remembered: bool) {
        if self.stage == Stage::Remember {
            self.stage = if remembered { Stage::Do } else { Stage::End };
        }
    }

    /// What came of the last `Ask`.
    pub fn answer(&mut self, answer: Result<Answer, OpError>) {
        self.stage = match (self.stage, answer) {
            (Stage::List, Ok(Answer::Mailboxes(listed))) => self.seen(listed),
            (Stage::Count, Ok(Answer::Status(status))) if status.messages == Some(0) => Stage::Leave,
            (Stage::Count, Ok(_)) => self.not_empty(),
            // Whichever mailbox it is in: this one isn't it, or the server will say so.
            (Stage::Leave, Ok(_) | Err(OpError::No(_) | OpError::Bad(_))) => Stage::Remember,
            (Stage::Do, Ok(_)) => match self.want {
                MailboxWant::Create { .. } => Stage::Subscribe,
                _ => self.done(),
            },
            // It is made; whether it is subscribed to is no reason to say it wasn't.
            (Stage::Subscribe, _) => self.done(),
            (stage, Ok(_)) => {
                debug_assert!(false, "an answer of another kind at {stage:?}");
                self.end(MailboxEnding::Retry)
            }
            (Stage::Do, Err(error)) => self.failed(error),
            (_, Err(OpError::No(refusal) | OpError::Bad(refusal))) if !is_passing(&refusal) => {
                self.end(MailboxEnding::Refused(refused(&refusal)))
            }
            // Nothing was changed by what only looks.
            (_, Err(_)) => self.end(if self.probing { MailboxEnding::Unknown } else { MailboxEnding::Retry }),
        };
    }

    fn name(&self) -> Arc<str> {
        match &self.want {
            MailboxWant::Create { name, .. }
            | MailboxWant::Rename { name, .. }
            | MailboxWant::Delete { name, .. }
            | MailboxWant::Subscribe { name, .. } => Arc::clone(name),
        }
    }

    fn is_listed(&self, name: &str) -> bool {
        self.listed.iter().any(|mailbox| *mailbox.name == *name)
    }

    /// What is there, as LIST says. An empty list says nothing: INBOX always exists.
    fn seen(&mut self, listed: Vec<ListedMailbox>) -> Stage {
        if listed.is_empty() {
            return self.end(if self.probing { MailboxEnding::Unknown } else { MailboxEnding::Retry });
        }
        self.listed = listed;
        let name = self.name();
        match &self.want {
            MailboxWant::Create { role, look, .. } => {
                let (role, look) = (*role, *look);
                if let Some(found) = self.with_role(role).filter(|_| look) {
                    if let MailboxWant::Create { name, .. } = &mut self.want {
                        *name = found;
                    }
                    return self.done();
                }
                // A label of that name would leave the mail where it is.
                let is_own = matches!(role, Role::Trash | Role::Junk);
                if look && is_own && roles::are_gmails(self.listed.iter().map(|mailbox| &*mailbox.path)) {
                    return self.end(MailboxEnding::Refused(Error::note(
                        ErrorKind::WrongState,
                        "Gmail hides this mailbox: its settings, under Labels, say whether it is shown in IMAP",
                    )));
                }
                if self.listed.iter().any(|mailbox| mailbox.name == name && mailbox.selectable) {
                    return self.done();
                }
                if let Some(refusal) = self.refusal.take() {
                    return self.below_inbox(look, &refusal);
                }
                self.nest();
                Stage::Remember
            }
            MailboxWant::Rename { to, .. } => {
                let to = Arc::clone(to);
                match (self.is_listed(&name), self.is_listed(&to)) {
                    (false, true) => self.done(),
                    (true, false) => Stage::Remember,
                    (true, true) => self.end(MailboxEnding::Refused(Error::note(
                        ErrorKind::ServerRefused,
                        "there is a mailbox of that name",
                    ))),
                    (false, false) => self.end(MailboxEnding::Refused(gone())),
                }
            }
            MailboxWant::Delete { if_empty, .. } => match (self.is_listed(&name), *if_empty) {
                (false, _) => self.done(),
                (true, true) if self.has_children(&name) => self.not_empty(),
                (true, true) => Stage::Count,
                (true, false) => Stage::Leave,
            },
            MailboxWant::Subscribe { .. } => Stage::Remember,
        }
    }

    /// The mailbox that has the role, by attribute or by name.
    fn with_role(&self, role: Role) -> Option<Arc<str>> {
        let named: Vec<roles::Named<'_>> = self
            .listed
            .iter()
            .map(|mailbox| roles::Named {
                path: &mailbox.path,
                delimiter: mailbox.delimiter,
                role: mailbox.role,
            })
            .collect();
        let roles = roles::assign(&named);
        let with_role =
            self.listed.iter().zip(roles).find(|(mailbox, its)| *its == role && mailbox.selectable);
        with_role.filter(|_| role != Role::None).map(|(mailbox, _)| Arc::clone(&mailbox.name))
    }

    /// Where everything lies below INBOX, so does what is made for a role.
    fn nest(&mut self) {
        let MailboxWant::Create { name, look: true, .. } = &mut self.want else { return };
        let prefix = self.listed.iter().find_map(|mailbox| {
            let delimiter = mailbox.delimiter?;
            mailbox.name.eq_ignore_ascii_case("INBOX").then(|| format!("{}{delimiter}", mailbox.name))
        });
        let Some(prefix) = prefix else { return };
        let below =
            |name: &str| name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(&prefix));
        let mut others =
            self.listed.iter().filter(|mailbox| !mailbox.name.eq_ignore_ascii_case("INBOX")).peekable();
        if others.peek().is_some() && others.all(|mailbox| below(&mailbox.name)) && !below(name) {
            *name = Arc::from(format!("{prefix}{name}"));
            self.nested = true;
        }
    }

    fn has_children(&self, name: &str) -> bool {
        self.listed.iter().any(|mailbox| {
            mailbox.delimiter.is_some_and(|delimiter| mailbox.name.starts_with(&format!("{name}{delimiter}")))
        })
    }

    fn failed(&mut self, error: OpError) -> Stage {
        match error {
            OpError::Lost { sent: false, .. } => self.end(MailboxEnding::Retry),
            OpError::Lost { .. } | OpError::Incomplete => self.end(MailboxEnding::Unknown),
            OpError::No(refusal) if is_passing(&refusal) => self.end(MailboxEnding::Retry),
            OpError::No(refusal) | OpError::Bad(refusal) => self.said_no(&refusal),
            OpError::NotOffered => self.end(MailboxEnding::Refused(Error::note(
                ErrorKind::ServerRefused,
                "the server can't do this",
            ))),
            OpError::Unsendable => self.end(MailboxEnding::Refused(Error::new(ErrorKind::InvalidInput))),
        }
    }

    fn said_no(&mut self, refusal: &Refusal) -> Stage {
        match (&self.want, refusal.code.as_str()) {
            // Another client was faster: that one is meant.
            (MailboxWant::Create { .. }, "ALREADYEXISTS") | (MailboxWant::Delete { .. }, "NONEXISTENT") => {
                self.done()
            }
            // Not every server says why: it may be there by now.
            (MailboxWant::Create { .. }, _) => {
                self.refusal = Some(refusal.clone());
                Stage::List
            }
            _ => self.end(MailboxEnding::Refused(refused(refusal))),
        }
    }

    /// Some servers keep everything below INBOX and say so no other way than by a NO.
    fn below_inbox(&mut self, look: bool, refusal: &Refusal) -> Stage {
        let inbox = self.listed.iter().find(|mailbox| mailbox.name.eq_ignore_ascii_case("INBOX"));
        let prefix = inbox.and_then(|inbox| Some(format!("{}{}", inbox.name, inbox.delimiter?)));
        match (&mut self.want, prefix) {
            (MailboxWant::Create { name, .. }, Some(prefix))
                if look && !self.nested && !name.starts_with(&prefix) =>
            {
                self.nested = true;
                *name = Arc::from(format!("{prefix}{name}"));
                Stage::Do
            }
            _ => self.end(MailboxEnding::Refused(refused(refusal))),
        }
    }

    fn not_empty(&mut self) -> Stage {
        self.end(MailboxEnding::Refused(Error::note(
            ErrorKind::WrongState,
            "the mailbox isn't empty any more",
        )))
    }

    fn done(&mut self) -> Stage {
        let name = match &self.want {
            MailboxWant::Create { name, .. } | MailboxWant::Rename { to: name, .. } => Some(Arc::clone(name)),
            MailboxWant::Delete { .. } | MailboxWant::Subscribe { .. } => None,
        };
        self.end(MailboxEnding::Done { name })
    }

    fn end(&mut self, ending: MailboxEnding) -> Stage {
        self.ending = ending;
        Stage::End
    }
}

fn gone() -> Error {
    Error::note(ErrorKind::NotFound, "the mailbox is no longer there")
}

#[cfg(test)]
mod tests;
