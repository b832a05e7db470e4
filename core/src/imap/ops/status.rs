//! STATUS (RFC 9051 section 6.3.11).
//!
//! Quirk: some servers write the name in the answer in another form (quoted, INBOX in lower case), so forms
//! don't count; an answer for another mailbox isn't ours.

use super::{Answer, Exchange, MailboxStatus, Started, Status, Unsendable, Writer};
use crate::wire::reader::Response;

pub(super) fn start(writer: Writer<'_>, mailbox: &str) -> Result<Started, Unsendable> {
    let counting = Counting { mailbox: mailbox.into(), counts: MailboxStatus::default() };
    Ok((writer.status(mailbox)?, Box::new(counting)))
}

struct Counting {
    mailbox: Box<str>,
    counts: MailboxStatus,
}

impl Exchange for Counting {
    fn data(&mut self, response: &mut Response<'_>) -> bool {
        let Response::Counts(counts) = response else { return false };
        let is_inbox = |name: &[u8]| name.eq_ignore_ascii_case(b"INBOX");
        let name = self.mailbox.as_bytes();
        if *counts.name != *name && !(is_inbox(name) && is_inbox(&counts.name)) {
            return false;
        }
        self.counts = MailboxStatus {
            messages: counts.messages.or(self.counts.messages),
            unseen: counts.unseen.or(self.counts.unseen),
            uid_next: counts.uid_next.filter(|uid| *uid != 0).or(self.counts.uid_next),
            uid_validity: counts.uid_validity.or(self.counts.uid_validity),
        };
        true
    }

    fn answer(self: Box<Self>, _status: &Status<'_>) -> Answer {
        Answer::Status(self.counts)
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
}
