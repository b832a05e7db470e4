//! LIST with STATUS of every mailbox in one answer (RFC 5819): how a poll of all mailboxes costs one round trip.
//!
//! SIZE isn't asked for: a server may have to open every mail for it.
//!
//! Quirks: the STATUS of a mailbox comes before, behind or long after its LIST; of one that can't be selected,
//! or that fails on the server, it never comes.

use std::collections::HashMap;

use super::list::{Listing, options};
use super::status::joined;
use super::{
    Answer, Budget, Capabilities, Capability, Exchange, MailboxStatus, Started, Status, Unsendable, Writer,
};
use crate::wire::reader::{MailboxCounts, Response};

pub(super) fn start(writer: Writer<'_>, offered: &Capabilities) -> Result<Started, Unsendable> {
    let mut items = "MESSAGES UIDNEXT UIDVALIDITY UNSEEN".to_owned();
    if offered.has(Capability::Condstore) {
        items.push_str(" HIGHESTMODSEQ");
    }
    if offered.has(Capability::ObjectId) {
        items.push_str(" MAILBOXID");
    }
    let status = format!("STATUS ({items})");
    let mut options = options(offered);
    options.push(&status);
    let exchange = Polling { listing: Listing::of(offered), told: HashMap::new(), budget: Budget::default() };
    Ok((writer.list(&options)?, Box::new(exchange)))
}

struct Polling {
    listing: Listing,
    /// By name; INBOX in upper case.
    told: HashMap<Vec<u8>, (MailboxStatus, Option<Box<str>>)>,
    budget: Budget,
}

impl Exchange for Polling {
    fn data(&mut self, response: &mut Response<'_>) -> bool {
        match response {
            Response::Counts(counts) => {
                self.add(counts);
                true
            }
            response => self.listing.data(response),
        }
    }

    fn answer(mut self: Box<Self>, _status: &Status<'_>) -> Answer {
        let with_status = |mut mailbox: super::ListedMailbox| {
            let told = self.told.remove(&key(mailbox.name.as_bytes()));
            let (status, object_id) = told.map_or((None, None), |(status, id)| (Some(status), id));
            mailbox.object_id = object_id;
            (mailbox, status)
        };
        Answer::MailboxesWithStatus(self.listing.told().into_iter().map(with_status).collect())
    }
}

impl Polling {
    fn add(&mut self, counts: &MailboxCounts<'_>) {
        let key = key(&counts.name);
        let weight = key.len() + counts.mailbox_id.map_or(0, str::len) + size_of::<MailboxStatus>();
        if !self.budget.spend(weight) {
            return;
        }
        let (status, object_id) = self.told.entry(key).or_default();
        *status = joined(*status, counts);
        *object_id = counts.mailbox_id.map(Box::from).or(object_id.take());
    }
}

/// Under what name a mailbox is found: INBOX is the same in any case.
fn key(name: &[u8]) -> Vec<u8> {
    if name.eq_ignore_ascii_case(b"INBOX") { b"INBOX".to_vec() } else { name.to_vec() }
}

#[cfg(test)]
mod tests {
    use super::super::{Op, OpError, trial};
    use super::*;

    #[test]
    fn each_mailbox_with_its_counts() {
        let lines: [&[u8]; 7] = [
            b"* STATUS Sent (MESSAGES 1)",
            b"* LIST () \".\" INBOX",
            b"* STATUS \"inbox\" (MESSAGES 17 UIDNEXT 18 UNSEEN 16 UIDVALIDITY 5 HIGHESTMODSEQ 99 MAILBOXID (F1))",
            b"* LIST (\\Noselect) \".\" foo",
            b"* LIST () \".\" foo.bar",
            b"* LIST (\\Sent) \".\" Sent",
            b"* 3 EXISTS",
        ];
        let played = trial::play(&Op::ListStatus, "LIST-STATUS CONDSTORE OBJECTID", &lines, "A1 OK");
        assert_eq!(
            played.sent,
            "A1 LIST \\\"\\\" \\\"*\\\" RETURN (STATUS (MESSAGES UIDNEXT UIDVALIDITY UNSEEN HIGHESTMODSEQ \
             MAILBOXID))\\r\\n"
        );
        assert_eq!(played.taken, [true, true, true, true, true, true, false]);
        let Answer::MailboxesWithStatus(mailboxes) = played.answer else { panic!() };
        let told: Vec<_> = mailboxes
            .iter()
            .map(|(mailbox, status)| (&*mailbox.name, mailbox.object_id.as_deref(), *status))
            .collect();
        let inbox = MailboxStatus {
            messages: Some(17),
            unseen: Some(16),
            uid_next: Some(18),
            uid_validity: Some(5),
            highest_modseq: Some(99),
        };
        let sent = MailboxStatus { messages: Some(1), ..MailboxStatus::default() };
        assert_eq!(
            told,
            [
                ("INBOX", Some("F1"), Some(inbox)),
                ("foo", None, None),
                ("foo.bar", None, None),
                ("Sent", None, Some(sent)),
            ]
        );
    }

    #[test]
    fn it_is_sent_only_where_offered() {
        let writer = Writer { tag: "A1", free_literal: 0 };
        let refused = |offered: &[u8]| Op::ListStatus.start(writer, &Capabilities::read(offered)).err();
        assert_eq!(refused(b"LIST-EXTENDED"), Some(OpError::NotOffered));
        let sent = trial::play(&Op::ListStatus, "IMAP4rev2", &[], "A1 OK").sent;
        let options = "RETURN (SUBSCRIBED SPECIAL-USE STATUS (MESSAGES UIDNEXT UIDVALIDITY UNSEEN))";
        assert!(sent.contains(options), "{sent}");
    }
}
