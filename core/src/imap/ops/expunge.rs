//! UID EXPUNGE (RFC 4315 section 2.1): exactly these, never all that is marked.

use super::{Plain, Started, UidSet, Unsendable, Writer};

pub(super) fn start(writer: Writer<'_>, uids: &UidSet) -> Result<Started, Unsendable> {
    Ok((writer.expunge(&uids.to_string())?, Box::new(Plain)))
}

#[cfg(test)]
mod tests {
    use super::super::{Answer, Capabilities, Op, OpError, trial};
    use super::*;

    #[test]
    fn only_the_named_uids_go() {
        let op = Op::ExpungeUids { uids: UidSet::of([7]) };
        let played = trial::play(&op, "UIDPLUS", &[b"* 3 EXPUNGE"], "A1 OK");
        assert_eq!(played.sent, "A1 UID EXPUNGE 7\\r\\n");
        assert_eq!((played.taken, played.answer), (vec![false], Answer::Done));
    }

    #[test]
    fn without_uidplus_nothing_is_sent() {
        let op = Op::ExpungeUids { uids: UidSet::of([7]) };
        let refused = op.start(Writer { tag: "A1", free_literal: 0 }, &Capabilities::default()).err();
        assert_eq!(refused, Some(OpError::NotOffered));
    }
}
