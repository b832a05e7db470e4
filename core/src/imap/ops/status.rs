//! STATUS (RFC 9051 section 6.3.11).
//!
//! Quirk: some servers write the name in the answer in another form (quoted, INBOX in lower case), so forms
//! don't count; an answer for another mailbox isn't ours.

use super::{Answer, Capabilities, Capability, Exchange, MailboxStatus, Started, Status, Unsendable, Writer};
use crate::wire::reader::{MailboxCounts, Response};

pub(super) fn start(
    writer: Writer<'_>,
    mailbox: &str,
    offered: &Capabilities,
) -> Result<Started, Unsendable> {
    let counting = Counting { mailbox: mailbox.into(), counts: MailboxStatus::default() };
    Ok((writer.status(mailbox, offered.has(Capability::Condstore))?, Box::new(counting)))
}

struct Counting {
    mailbox: Box<str>,
    counts: MailboxStatus,
}

impl Exchange for Counting {
    fn data(&mut self, response: &mut Response<'_>) -> bool {
        let Response::Counts(counts) = response else { return false };
        if !is_same_mailbox(&counts.name, self.mailbox.as_bytes()) {
            return false;
        }
        self.counts = joined(self.counts, counts);
        true
    }

    fn answer(self: Box<Self>, _status: &Status<'_>) -> Answer {
        Answer::Status(self.counts)
    }
}

/// Whether two names as on the wire mean one mailbox: INBOX in any case, others as they are.
pub(in crate::imap) fn is_same_mailbox(one: &[u8], other: &[u8]) -> bool {
    let is_inbox = |name: &[u8]| name.eq_ignore_ascii_case(b"INBOX");
    one == other || is_inbox(one) && is_inbox(other)
}

/// What is known, with what a response adds to it.
pub(in crate::imap) fn joined(known: MailboxStatus, counts: &MailboxCounts<'_>) -> MailboxStatus {
    MailboxStatus {
        messages: counts.messages.or(known.messages),
        unseen: counts.unseen.or(known.unseen),
        uid_next: counts.uid_next.filter(|uid| *uid != 0).or(known.uid_next),
        uid_validity: counts.uid_validity.or(known.uid_validity),
        highest_modseq: counts.highest_modseq.or(known.highest_modseq),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Op, trial};
    use super::*;

    #[test]
    fn counts_of_this_mailbox_alone() {
        let lines: [&[u8]; 2] =
            [b"* STATUS Other (MESSAGES 99)", b"* STATUS \"inbox\" (MESSAGES 231 UIDNEXT 44292 UNSEEN x)"];
        let played = trial::play(&Op::Status { mailbox: "INBOX".into() }, "", &lines, "A1 OK");
        assert_eq!(played.sent, "A1 STATUS INBOX (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)\\r\\n");
        assert_eq!(played.taken, [false, true]);
        assert_eq!(
            played.answer,
            Answer::Status(MailboxStatus {
                messages: Some(231),
                uid_next: Some(44292),
                ..MailboxStatus::default()
            })
        );
    }

    #[test]
    fn the_modseq_is_asked_for_where_there_is_one() {
        let op = Op::Status { mailbox: "x".into() };
        let lines: [&[u8]; 1] = [b"* STATUS x (HIGHESTMODSEQ 7011231777)"];
        let played = trial::play(&op, "CONDSTORE", &lines, "A1 OK");
        assert_eq!(played.sent, "A1 STATUS x (MESSAGES UIDNEXT UIDVALIDITY UNSEEN HIGHESTMODSEQ)\\r\\n");
        let status = MailboxStatus { highest_modseq: Some(7_011_231_777), ..MailboxStatus::default() };
        assert_eq!(played.answer, Answer::Status(status));
    }
}
