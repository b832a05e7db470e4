//! NOOP (RFC 9051 section 6.1.2). What the server has to tell meanwhile is news of the mailbox, not an answer.

use super::{Plain, Started, Unsendable, Writer};

pub(super) fn start(writer: Writer<'_>) -> Result<Started, Unsendable> {
    Ok((writer.noop()?, Box::new(Plain)))
}

#[cfg(test)]
mod tests {
    use super::super::{Answer, Op, trial};

    #[test]
    fn news_is_left_to_others() {
        let played = trial::play(&Op::Noop, "", &[b"* 3 EXISTS", b"* 1 EXPUNGE"], "A1 OK");
        assert_eq!((played.sent.as_str(), played.taken), ("A1 NOOP\\r\\n", vec![false, false]));
        assert_eq!(played.answer, Answer::Done);
    }
}
