//! UID STORE with +FLAGS.SILENT or -FLAGS.SILENT (RFC 9051 section 6.4.6).
//!
//! Never plain FLAGS: it would overwrite what another client set meanwhile. Quirk: some servers send FETCH in
//! spite of .SILENT; that can't be told from another client's change and stays news. With CONDSTORE every
//! server tells the new modseq of each mail (RFC 7162 section 3.1.3): that is the answer to this and no news.

use super::{Answer, Exchange, FlagBits, Started, Status, UidSet, Unsendable, Writer};
use crate::wire::reader::{Body, Response};

pub(super) fn start(
    writer: Writer<'_>,
    uids: &UidSet,
    set: bool,
    flags: FlagBits,
) -> Result<Started, Unsendable> {
    let names: Vec<&str> =
        FlagBits::NAMES.iter().filter(|(bit, _)| flags.contains(*bit)).map(|(_, name)| *name).collect();
    let storing = Storing { uids: uids.clone() };
    Ok((writer.store(&uids.to_string(), set, &names)?, Box::new(storing)))
}

struct Storing {
    uids: UidSet,
}

impl Exchange for Storing {
    fn data(&mut self, response: &mut Response<'_>) -> bool {
        let Response::Fetch(fetch) = response else { return false };
        fetch.modseq.is_some()
            && fetch.flags.is_none()
            && fetch.header.is_none()
            && fetch.body == Body::Missing
            && fetch.uid.is_none_or(|uid| self.uids.contains(uid))
    }

    fn answer(self: Box<Self>, _status: &Status<'_>) -> Answer {
        Answer::Done
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Op, trial};
    use super::*;

    #[test]
    fn flags_are_added_or_removed_never_replaced() {
        let uids = UidSet::of([3, 4, 9]);
        let op =
            Op::StoreFlags { uids: uids.clone(), set: true, flags: FlagBits::SEEN | FlagBits::FORWARDED };
        let played = trial::play(&op, "", &[b"* 2 FETCH (UID 3 FLAGS (\\Seen))"], "A1 OK");
        assert_eq!(played.sent, "A1 UID STORE 3:4,9 +FLAGS.SILENT (\\\\Seen $Forwarded)\\r\\n");
        assert_eq!((played.taken, played.answer), (vec![false], Answer::Done));
        let op = Op::StoreFlags { uids, set: false, flags: FlagBits::DELETED };
        let played = trial::play(&op, "", &[], "A1 OK");
        assert_eq!(played.sent, "A1 UID STORE 3:4,9 -FLAGS.SILENT (\\\\Deleted)\\r\\n");
    }

    #[test]
    fn new_modseqs_of_these_mails_are_no_news() {
        let op = Op::StoreFlags { uids: UidSet::of([3]), set: true, flags: FlagBits::SEEN };
        let lines: [&[u8]; 4] = [
            b"* 2 FETCH (UID 3 MODSEQ (12121231000))",
            b"* 2 FETCH (MODSEQ (12121231000))",
            b"* 2 FETCH (UID 3 MODSEQ (12121231000) FLAGS (\\Seen $Work))",
            b"* 3 FETCH (UID 4 MODSEQ (12121231000))",
        ];
        let played = trial::play(&op, "CONDSTORE", &lines, "A1 OK");
        assert_eq!((played.taken, played.answer), (vec![true, true, false, false], Answer::Done));
    }
}
