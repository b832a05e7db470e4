//! Handing a mail over to the server, once: what comes next, and what an answer or its loss means.
//!
//! A lost answer may hide a mail that arrived. It is looked for before anything is sent again: among what is new in
//! the mailbox since before, by Message-ID and size (and date, where it has no Message-ID).

use std::sync::Arc;

use super::{Before, Ending, NEWEST, Step, is_passing, lacks_mailbox, refused};
use crate::error::{Error, ErrorKind};
use crate::imap::ops::{Answer, FetchedHeader, Op, OpError, SelectedMailbox};
use crate::imap::{Uid, UidSet};
use crate::mime;
use crate::model::{FlagBits, Flags, Instant};

/// A mail to hand over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    pub intent: i64,
    pub mailbox: Arc<str>,
    pub flags: Flags,
    pub date: Instant,
    /// Empty when it has none.
    pub message_id: String,
    pub size: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Probe,
    ProbeHeaders,
    Status,
    Remember,
    Append,
    Prove,
    ProveHeaders,
    End,
}

/// The run of one mail.
pub struct AppendRun {
    mail: Mail,
    /// Something else is to be removed once it is there: the word of the server alone isn't enough.
    prove: bool,
    stage: Stage,
    uid_next: Uid,
    /// The numbering `uid_next` belongs to; 0 where it isn't known.
    validity: u32,
    before: Before,
    numbering: u32,
    /// The server itself named its UID.
    named: bool,
    /// It was not let in to look: the mailbox is gone, or it is not the moment.
    shut_out: bool,
    range: UidSet,
    ending: Ending,
}

impl AppendRun {
    /// A mail never sent, or (`probe_from`: UIDNEXT and UIDVALIDITY back then) one whose answer was lost.
    pub fn new(mail: Mail, prove: bool, probe_from: Option<(Uid, u32)>) -> Self {
        let (uid_next, validity) = probe_from.unwrap_or_default();
        let stage = if probe_from.is_some() { Stage::Probe } else { Stage::Status };
        let (range, ending) = (UidSet::default(), Ending::Retry);
        let before = Before::default();
        Self {
            mail,
            prove,
            stage,
            uid_next,
            validity,
            before,
            numbering: 0,
            named: false,
            shut_out: false,
            range,
            ending,
        }
    }

    /// The mails that were in the mailbox before what is probed now was sent, in the numbering it was read in here: none of
    /// them is it.
    #[must_use]
    pub fn beside(mut self, numbering: u32, uids: UidSet) -> Self {
        self.before = Before { numbering, uids };
        self
    }

    /// The UIDVALIDITY that the UID of `Ending::Moved` belongs to.
    pub const fn numbering(&self) -> u32 {
        self.numbering
    }

    /// Whether the server itself named the UID of `Ending::Moved`; else it was found by what the mail looks like.
    pub const fn named(&self) -> bool {
        self.named
    }

    /// What to do now. After `Ask` comes `answer`, after `Remember` comes `go_on`.
    pub fn next_step(&mut self) -> Step {
        let mailbox = Arc::clone(&self.mail.mailbox);
        match self.stage {
            Stage::Probe | Stage::Prove => Step::Ask(Op::Select { mailbox }),
            Stage::ProbeHeaders | Stage::ProveHeaders => {
                Step::Ask(Op::FetchHeaders { uids: self.range.clone() })
            }
            Stage::Status => Step::Ask(Op::Status { mailbox }),
            Stage::Remember => Step::Remember {
                intents: vec![self.mail.intent],
                target_uid_next: self.uid_next,
                target_validity: self.validity,
            },
            Stage::Append => Step::Ask(Op::Append {
                mailbox,
                flags: self.mail.flags.clone(),
                date: Some(self.mail.date),
                size: self.mail.size,
            }),
            Stage::End => Step::End(vec![(self.mail.intent, self.ending.clone())]),
        }
    }

    /// What was to be remembered is durable, unless the wish was taken back meanwhile.
    pub fn go_on(&mut self, remembered: &[i64]) {
        if self.stage == Stage::Remember {
            self.stage = if remembered.contains(&self.mail.intent) { Stage::Append } else { Stage::End };
        }
    }

    /// What came of the last `Ask`.
    pub fn answer(&mut self, answer: Result<Answer, OpError>) {
        self.stage = match answer {
            Ok(answer) => self.answered(answer),
            Err(error) => self.failed(error),
        };
    }

    fn answered(&mut self, answer: Answer) -> Stage {
        match (self.stage, answer) {
            (Stage::Probe | Stage::Prove, Answer::Selected(selected)) => self.look_for_it(&selected),
            (Stage::ProbeHeaders | Stage::ProveHeaders, Answer::Headers(headers)) => {
                let found = headers.iter().find(|header| self.is_it(header)).map(|header| header.uid);
                self.found(found)
            }
            // It is there, so that it may have arrived there.
            (Stage::Status, Answer::Status(_)) if self.shut_out => self.end(Ending::Unknown),
            (Stage::Status, Answer::Status(status)) => {
                self.uid_next = status.uid_next.unwrap_or(0);
                self.validity = status.uid_validity.unwrap_or(0);
                Stage::Remember
            }
            (Stage::Append, Answer::Appended(Some((validity, uid)))) => {
                self.numbering = validity;
                self.named = true;
                self.end(Ending::Moved(Some(uid)))
            }
            (Stage::Append, Answer::Appended(None)) if self.prove => Stage::Prove,
            (Stage::Append, Answer::Appended(None)) => self.end(Ending::Moved(None)),
            // An answer of another kind than asked for: our own mistake. Nothing is concluded from it.
            _ => self.broken_off(),
        }
    }

    /// In the mailbox: it can be among those alone that are new since before.
    fn look_for_it(&mut self, selected: &SelectedMailbox) -> Stage {
        self.numbering = selected.uid_validity;
        let renumbered = self.validity != 0 && self.validity != selected.uid_validity;
        if renumbered && self.before.numbering != selected.uid_validity {
            return self.end(Ending::Unknown);
        }
        let newest = selected.uid_next.map_or(Uid::MAX, |next| next.saturating_sub(1));
        let oldest = match if renumbered { 0 } else { self.uid_next } {
            0 if selected.uid_next.is_none() => 1,
            then if then == 0 || then > newest.saturating_add(1) => newest.saturating_sub(NEWEST).max(1),
            then => then,
        };
        if newest < oldest || selected.exists == 0 {
            return self.found(None);
        }
        self.range = UidSet::range(oldest, newest);
        if self.stage == Stage::Probe { Stage::ProbeHeaders } else { Stage::ProveHeaders }
    }

    fn is_it(&self, header: &FetchedHeader) -> bool {
        let facts = header.header.as_deref().map(mime::header_facts).unwrap_or_default();
        // Servers keep whole seconds.
        let same_date = header
            .internal_date
            .is_some_and(|date| date.0.div_euclid(1000) == self.mail.date.0.div_euclid(1000));
        // One that is marked as deleted may be what an earlier move left behind: it proves nothing.
        !self.before.holds(self.numbering, header.uid)
            && !header.flags.bits.contains(FlagBits::DELETED)
            && header.size == Some(self.mail.size)
            && facts.message_id.unwrap_or_default() == self.mail.message_id
            && (!self.mail.message_id.is_empty() || same_date)
    }

    fn found(&mut self, uid: Option<Uid>) -> Stage {
        let probing = matches!(self.stage, Stage::Probe | Stage::ProbeHeaders);
        match uid {
            Some(uid) => self.end(Ending::Moved(Some(uid))),
            None if probing => Stage::Status,
            None => self.end(Ending::Refused(Error::note(
                ErrorKind::ServerRefused,
                "the copy could not be proved, so the mail stays where it was",
            ))),
        }
    }

    fn failed(&mut self, error: OpError) -> Stage {
        match (self.stage, error) {
            // Some servers refuse STATUS, of the selected mailbox at least. The mail is what counts.
            (Stage::Status, OpError::No(refusal)) if !is_passing(&refusal) => Stage::Remember,
            (Stage::Status, OpError::Bad(_)) => Stage::Remember,
            (Stage::Append, OpError::Lost { sent: false, .. }) => self.end(Ending::Retry),
            (_, OpError::Lost { .. } | OpError::Incomplete) => self.broken_off(),
            // A NO to APPEND says that nothing arrived (RFC 9051 section 6.3.12).
            (Stage::Append, OpError::No(refusal)) if is_passing(&refusal) => self.end(Ending::Retry),
            (_, OpError::No(refusal)) if is_passing(&refusal) => self.broken_off(),
            (Stage::Append, OpError::No(refusal)) if lacks_mailbox(&refusal) => {
                self.end(Ending::NoMailbox(refused(&refusal)))
            }
            // A mailbox that is gone holds no mail of ours.
            (Stage::Probe, OpError::No(_) | OpError::Bad(_)) => {
                self.shut_out = true;
                Stage::Status
            }
            // It is there, but nothing can be said about it: what depends on it isn't done.
            (Stage::Prove | Stage::ProveHeaders, OpError::No(_) | OpError::Bad(_)) => self.found(None),
            (_, OpError::No(refusal) | OpError::Bad(refusal)) => self.end(Ending::Refused(refused(&refusal))),
            (_, OpError::NotOffered) => {
                self.end(Ending::Refused(Error::note(ErrorKind::ServerRefused, "the server can't do this")))
            }
            (_, OpError::Unsendable) => self.end(Ending::Refused(Error::new(ErrorKind::InvalidInput))),
        }
    }

    /// What is known when a run breaks off here.
    fn broken_off(&mut self) -> Stage {
        let ending = match self.stage {
            // Whoever probes does so because it may have been sent.
            Stage::Probe | Stage::ProbeHeaders | Stage::Append | Stage::Prove | Stage::ProveHeaders => {
                Ending::Unknown
            }
            Stage::Status if self.shut_out => Ending::Unknown,
            // A probe before this found nothing.
            Stage::Status | Stage::Remember | Stage::End => Ending::Retry,
        };
        self.end(ending)
    }

    fn end(&mut self, ending: Ending) -> Stage {
        self.ending = ending;
        Stage::End
    }
}

#[cfg(test)]
mod tests;
