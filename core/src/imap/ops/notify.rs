//! NOTIFY (RFC 5465): the server tells of every mailbox of its own accord, so that one connection watches them all.
//!
//! What it tells comes as news: of the selected mailbox as always, of others as `Fact::MailboxStatus`, and as
//! `Fact::MailboxesChanged`. UIDs are all we name, so an EXPUNGE at any time does no harm.
//!
//! A server to which that becomes too much says NOTIFICATIONOVERFLOW (section 5.8) and tells nothing any more:
//! `Fact::NotifyEnded`.
//!
//! Quirk: a server that doesn't know an event refuses the whole with NO [BADEVENT]; nothing is watched then.

use super::{Plain, Started, Unsendable, Writer};

/// A flag that changes elsewhere shows in UNSEEN, or in the modseq where there is one.
const EVENTS: &str = "NOTIFY SET (selected (MessageNew MessageExpunge FlagChange)) \
                      (personal (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange))";

pub(super) fn start(writer: Writer<'_>) -> Result<Started, Unsendable> {
    Ok((writer.notify(EVENTS)?, Box::new(Plain)))
}

#[cfg(test)]
mod tests {
    use super::super::{Capabilities, Op, OpError, Writer, trial};

    #[test]
    fn what_it_tells_is_news() {
        let lines: [&[u8]; 3] =
            [b"* STATUS Old (MESSAGES 3)", b"* LIST (\\NonExistent) \"/\" gone", b"* 3 EXISTS"];
        let played = trial::play(&Op::Notify, "NOTIFY", &lines, "A1 OK");
        assert_eq!(
            played.sent,
            "A1 NOTIFY SET (selected (MessageNew MessageExpunge FlagChange)) (personal (MessageNew \
             MessageExpunge FlagChange MailboxName SubscriptionChange))\\r\\n"
        );
        assert_eq!(played.taken, [false; 3]);
        let refused = Op::Notify.start(Writer { tag: "A1", free_literal: 0 }, &Capabilities::default()).err();
        assert_eq!(refused, Some(OpError::NotOffered));
    }
}
