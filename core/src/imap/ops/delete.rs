//! DELETE (RFC 9051 section 6.3.5): the mailbox with all mail in it.

use super::{Plain, Started, Unsendable, Writer};

pub(super) fn start(writer: Writer<'_>, mailbox: &str) -> Result<Started, Unsendable> {
    Ok((writer.delete(mailbox)?, Box::new(Plain)))
}

#[cfg(test)]
mod tests {
    use super::super::{Answer, Op, trial};

    #[test]
    fn exactly_the_mailbox_named() {
        let played = trial::play(&Op::Delete { mailbox: "Old/2019 b".into() }, "", &[], "A1 OK");
        assert_eq!(played.sent, "A1 DELETE \\\"Old/2019 b\\\"\\r\\n");
        assert_eq!(played.answer, Answer::Done);
    }
}
