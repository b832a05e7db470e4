//! IDLE (RFC 2177). Waiting, renewing and DONE are the session's; what the server tells meanwhile is news.
//!
//! Quirk: Yahoo and other servers don't offer it; they are asked by NOOP.

use super::{Plain, Started, Unsendable, Writer};

/// What ends it; it is no command and has no tag.
pub(in crate::imap) const DONE: &[u8] = b"DONE\r\n";

pub(super) fn start(writer: Writer<'_>) -> Result<Started, Unsendable> {
    Ok((writer.idle()?, Box::new(Plain)))
}

#[cfg(test)]
mod tests {
    use super::super::{Capabilities, Op, OpError, Writer, trial};

    #[test]
    fn it_is_sent_only_where_offered() {
        assert_eq!(trial::play(&Op::Idle, "IDLE", &[], "A1 OK").sent, "A1 IDLE\\r\\n");
        let refused = Op::Idle.start(Writer { tag: "A1", free_literal: 0 }, &Capabilities::default()).err();
        assert_eq!(refused, Some(OpError::NotOffered));
    }
}
