//! UID MOVE (RFC 6851).
//!
//! Quirk by design: the mails leave the mailbox before the command ends, so COPYUID comes in an untagged OK
//! before the EXPUNGEs. Some servers put it into the tagged OK, as for COPY; both places count.

use super::copy::Copying;
use super::{Started, UidSet, Unsendable, Writer};

pub(super) fn start(writer: Writer<'_>, uids: &UidSet, to: &str) -> Result<Started, Unsendable> {
    Ok((writer.r#move(&uids.to_string(), to)?, Box::new(Copying::of(uids))))
}

#[cfg(test)]
mod tests {
    use super::super::{Answer, Capabilities, CopyUid, Op, OpError, trial};
    use super::*;

    fn op() -> Op {
        Op::Move { uids: UidSet::of([42, 43]), to: "foo bar".into() }
    }

    #[test]
    fn copyuid_comes_before_the_end() {
        let lines: [&[u8]; 3] = [b"* OK [COPYUID 432432 42:43 1202:1203]", b"* 22 EXPUNGE", b"* 22 EXPUNGE"];
        let played = trial::play(&op(), "MOVE", &lines, "A1 OK Done");
        assert_eq!(played.sent, "A1 UID MOVE 42:43 \\\"foo bar\\\"\\r\\n");
        assert_eq!(played.taken, [true, false, false]);
        let pairs = vec![(42, 1202), (43, 1203)];
        assert_eq!(played.answer, Answer::Copied(Some(CopyUid { uid_validity: 432_432, pairs })));
    }

    #[test]
    fn copyuid_comes_at_the_end_or_never() {
        let played = trial::play(&op(), "MOVE", &[], "A1 OK [COPYUID 1 42 7]");
        assert_eq!(played.answer, Answer::Copied(Some(CopyUid { uid_validity: 1, pairs: vec![(42, 7)] })));
        assert_eq!(trial::play(&op(), "MOVE", &[], "A1 OK").answer, Answer::Copied(None));
    }

    #[test]
    fn without_move_nothing_is_sent() {
        let refused = op().start(Writer { tag: "A1", free_literal: 0 }, &Capabilities::default()).err();
        assert_eq!(refused, Some(OpError::NotOffered));
    }
}
