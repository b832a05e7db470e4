//! RENAME (RFC 9051 section 6.3.6): what lies below comes along. INBOX is never renamed: it would stay, empty.

use super::{Plain, Started, Unsendable, Writer};

pub(super) fn start(writer: Writer<'_>, mailbox: &str, to: &str) -> Result<Started, Unsendable> {
    if mailbox.eq_ignore_ascii_case("INBOX") {
        return Err(Unsendable);
    }
    Ok((writer.rename(mailbox, to)?, Box::new(Plain)))
}

#[cfg(test)]
mod tests {
    use super::super::{Answer, Op, OpError, trial};
    use crate::imap::Capabilities;
    use crate::wire::codec::Writer;

    #[test]
    fn from_and_to() {
        let op = Op::Rename { mailbox: "Work".into(), to: "Work done".into() };
        let played = trial::play(&op, "", &[], "A1 OK");
        assert_eq!(played.sent, "A1 RENAME Work \\\"Work done\\\"\\r\\n");
        assert_eq!(played.answer, Answer::Done);
    }

    #[test]
    fn inbox_is_never_renamed() {
        let op = Op::Rename { mailbox: "inbox".into(), to: "Old".into() };
        let writer = Writer { tag: "A1", free_literal: 0 };
        assert_eq!(op.start(writer, &Capabilities::default()).err(), Some(OpError::Unsendable));
    }
}
