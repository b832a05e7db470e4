//! What a fault does to a command.

use super::connection::Connection;
use super::faults::Lie;
use super::{Fault, Mailbox, Mailstore, Verb};

impl Connection {
    /// Does `act`, and what the faults say should happen to it.
    pub(super) fn under_fault(
        &mut self,
        store: &mut Mailstore,
        verb: Verb,
        tag: &str,
        act: impl FnOnce(&mut Self, &mut Mailstore),
    ) {
        let before = self.output.len();
        match store.faults.strike(self.id, verb) {
            None => act(self, store),
            Some(Fault::CutBefore) => self.closing = true,
            Some(Fault::LoseAnswer) => {
                act(self, store);
                self.output.truncate(before);
                self.closing = true;
            }
            Some(Fault::CutAfter(octets)) => {
                self.octets_left = Some(octets);
                act(self, store);
            }
            Some(Fault::Stall(milliseconds)) => {
                act(self, store);
                let until = milliseconds.map_or(i64::MAX, |wait| self.now.saturating_add(wait));
                self.held_until = Some(until);
            }
            Some(Fault::Refuse { code, text }) => self.line(&format!("{tag} NO {}{text}", bracketed(&code))),
            Some(Fault::Bye { code, text }) => self.bye(&format!("{}{text}", bracketed(&code))),
            Some(Fault::BumpUidValidity { mailbox }) => {
                if let Some(user) = self.user.clone() {
                    store.bump_uid_validity(&user, &mailbox);
                }
                act(self, store);
            }
            Some(Fault::Lie(lie)) => {
                self.lie = Some(lie);
                act(self, store);
                self.lie = None;
            }
            Some(Fault::Unsolicited { line, times }) => {
                for _ in 0..times {
                    self.line(&line);
                }
                act(self, store);
            }
        }
    }

    /// Whether the command under way is to be untrue in that way.
    pub(super) fn lies(&self, is_that: impl Fn(&Lie) -> bool) -> bool {
        self.lie.as_ref().is_some_and(is_that)
    }

    /// EXISTS as it is told.
    pub(super) fn told_exists(&self, mailbox: &Mailbox) -> u64 {
        let by = if let Some(Lie::Exists(by)) = self.lie { by } else { 0 };
        (mailbox.mails().len() as u64).saturating_add_signed(by)
    }

    /// UIDNEXT as it is told.
    pub(super) fn told_uid_next(&self, mailbox: &Mailbox) -> u64 {
        let by = if let Some(Lie::UidNext(by)) = self.lie { by } else { 0 };
        u64::from(mailbox.uid_next()).saturating_add_signed(by).max(1)
    }

    /// HIGHESTMODSEQ as it is told.
    pub(super) fn told_modseq(&self, mailbox: &Mailbox) -> u64 {
        let by = if let Some(Lie::HighestModSeq(by)) = self.lie { by } else { 0 };
        mailbox.modseq().saturating_add_signed(by).max(1)
    }
}

fn bracketed(code: &str) -> String {
    if code.is_empty() { String::new() } else { format!("[{code}] ") }
}
