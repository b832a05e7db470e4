//! UID FETCH of a piece of one part (RFC 9051 section 6.4.5), so that a large attachment can go on where it broke
//! off. The octets pass through as those of whole mails do; see `Fact::BodyStart`.
//!
//! As they are transferred (`BODY`), or decoded by the server (`BINARY`, RFC 3516): offsets count different octets
//! then, so the two are never mixed within one part. A server that can't decode a part says NO [UNKNOWN-CTE]; it
//! has to be fetched anew by `BODY`.
//!
//! Quirks: some servers leave the origin away when it is 0; one that sends another piece than the one asked for
//! has sent none; Exchange corrupts pieces (not used there, see the quirk table).

use std::sync::Arc;

use super::{Answer, Exchange, Started, Status, Uid, Unsendable, Writer};
use crate::wire::reader::{Response, Section, is_part};

/// The piece that is asked for.
pub(super) struct Piece<'p> {
    pub(super) uid: Uid,
    pub(super) part: &'p Arc<str>,
    pub(super) offset: u64,
    pub(super) length: u32,
    pub(super) binary: bool,
}

pub(super) fn start(writer: Writer<'_>, piece: &Piece<'_>) -> Result<Started, Unsendable> {
    let item = if piece.binary { "BINARY" } else { "BODY" };
    // RFC 9051 has 63 bits of offset and no empty piece.
    let is_sendable = is_part(item.as_bytes(), piece.part.as_bytes())
        && piece.uid != 0
        && piece.length != 0
        && i64::try_from(piece.offset).is_ok();
    if !is_sendable {
        return Err(Unsendable);
    }
    let parts = writer.fetch_part(piece.uid, item, piece.part, (piece.offset, piece.length))?;
    let fetching = Fetching {
        uid: piece.uid,
        part: Arc::clone(piece.part),
        offset: piece.offset,
        binary: piece.binary,
        is_done: false,
    };
    Ok((parts, Box::new(fetching)))
}

struct Fetching {
    uid: Uid,
    part: Arc<str>,
    offset: u64,
    binary: bool,
    is_done: bool,
}

impl Exchange for Fetching {
    /// An answer without octets is a gap: taken for news it would be asked for again and again.
    fn data(&mut self, response: &mut Response<'_>) -> bool {
        let Response::Fetch(fetch) = response else { return false };
        fetch.flags.is_none() && fetch.structure.is_none() && fetch.uid == Some(self.uid)
    }

    fn expects_body(&self, uid: Option<Uid>, section: Section<'_>) -> bool {
        !self.is_done
            && uid.is_none_or(|uid| uid == self.uid)
            && section.binary == self.binary
            && section.part.eq_ignore_ascii_case(self.part.as_bytes())
            && section.origin.unwrap_or_default() == self.offset
            // Without its origin it is the whole mail that somebody else asked for.
            && !(self.part.is_empty() && section.origin.is_none())
    }

    fn body_done(&mut self, uid: Uid) -> bool {
        let is_new = uid == self.uid && !self.is_done;
        self.is_done |= is_new;
        is_new
    }

    fn answer(self: Box<Self>, _status: &Status<'_>) -> Answer {
        Answer::Bodies(if self.is_done { vec![self.uid] } else { Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Capabilities, Op, OpError, trial};
    use super::*;

    fn op(part: &str, offset: u64) -> Op {
        Op::FetchPart { uid: 7, part: part.into(), offset, length: 262_144 }
    }

    fn exchange(op: &Op) -> Box<dyn Exchange> {
        let writer = Writer { tag: "A1", free_literal: 0 };
        op.start(writer, &Capabilities::read(b"BINARY")).unwrap().1
    }

    #[test]
    fn it_peeks_at_a_piece() {
        let played = trial::play(&op("2.1", 524_288), "", &[b"* 1 FETCH (UID 7 BODY[2.1] NIL)"], "A1 OK");
        assert_eq!(played.sent, "A1 UID FETCH 7 (UID BODY.PEEK[2.1]<524288.262144>)\\r\\n");
        assert_eq!((played.taken, played.answer), (vec![true], Answer::Bodies(vec![])));
        let binary = Op::FetchBinary { uid: 7, part: "2".into(), offset: 0, length: 9 };
        let sent = trial::play(&binary, "BINARY", &[], "A1 OK").sent;
        assert_eq!(sent, "A1 UID FETCH 7 (UID BINARY.PEEK[2]<0.9>)\\r\\n");
        let refused = binary.start(Writer { tag: "A1", free_literal: 0 }, &Capabilities::default()).err();
        assert_eq!(refused, Some(OpError::NotOffered));
    }

    #[test]
    fn only_that_piece_counts_and_once() {
        let mut fetching = exchange(&op("TEXT", 10));
        let section = Section { part: b"text", origin: Some(10), binary: false };
        assert!(fetching.expects_body(None, section) && fetching.expects_body(Some(7), section));
        for (uid, other) in [
            (Some(8), section),
            (None, Section { origin: Some(11), ..section }),
            (None, Section { origin: None, ..section }),
            (None, Section { part: b"", ..section }),
            (None, Section { binary: true, ..section }),
        ] {
            assert!(!fetching.expects_body(uid, other), "{uid:?} {other:?}");
        }
        assert!(!fetching.body_done(8) && fetching.body_done(7) && !fetching.body_done(7));
        assert!(!fetching.expects_body(None, section));
        assert_eq!(
            fetching.answer(&Status { kind: crate::wire::reader::StatusKind::Ok, code: None, text: b"" }),
            Answer::Bodies(vec![7])
        );
    }

    #[test]
    fn the_first_piece_may_lack_its_origin_but_not_of_the_whole_mail() {
        let section = |part| Section { part, origin: None, binary: false };
        assert!(exchange(&op("1", 0)).expects_body(None, section(b"1")));
        assert!(!exchange(&op("", 0)).expects_body(None, section(b"")));
        assert!(exchange(&op("", 0)).expects_body(None, Section { origin: Some(0), ..section(b"") }));
    }

    #[test]
    fn what_is_no_part_is_not_sent() {
        let writer = Writer { tag: "A1", free_literal: 0 };
        for part in ["1]<0.1> BODY[", "1 2", "HEADER", "1.MIME", "\r\n"] {
            assert_eq!(op(part, 0).start(writer, &Capabilities::default()).err(), Some(OpError::Unsendable));
        }
        assert_eq!(
            op("1", u64::MAX).start(writer, &Capabilities::default()).err(),
            Some(OpError::Unsendable)
        );
        let text = Op::FetchBinary { uid: 7, part: "TEXT".into(), offset: 0, length: 9 };
        assert_eq!(text.start(writer, &Capabilities::read(b"BINARY")).err(), Some(OpError::Unsendable));
    }
}
