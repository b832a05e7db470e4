//! UID STORE with +FLAGS.SILENT or -FLAGS.SILENT (RFC 9051 section 6.4.6).
//!
//! Never plain FLAGS: it would overwrite what another client set meanwhile. With CONDSTORE every server tells the new
//! modseq of each mail (RFC 7162 section 3.1.3): that is the answer to this and no news.
//!
//! Quirk: some servers send FETCH with the flags in spite of .SILENT. Where the modseq stands beside them (Cyrus) and
//! they are as we wanted them, that is the answer, too: should another client have changed others of them at the same
//! time, the mailbox's modseq tells at the next look. Without a modseq it would be lost: there they stay news.

use super::{Answer, Exchange, FlagBits, Flags, Started, Status, UidSet, Unsendable, Writer};
use crate::model::Keyword;
use crate::wire::reader::{Body, Response};

pub(super) fn start(
    writer: Writer<'_>,
    uids: &UidSet,
    set: bool,
    flags: FlagBits,
) -> Result<Started, Unsendable> {
    let names: Vec<&str> =
        FlagBits::NAMES.iter().filter(|(bit, _)| flags.contains(*bit)).map(|(_, name)| *name).collect();
    let wanted = FlagBits::NAMES.iter().map(|(bit, _)| *bit).filter(|bit| flags.contains(*bit)).collect();
    let storing = Storing { uids: uids.clone(), set, wanted, keywords: Vec::new() };
    Ok((writer.store(&uids.to_string(), set, &names)?, Box::new(storing)))
}

pub(super) fn start_keywords(
    writer: Writer<'_>,
    uids: &UidSet,
    set: bool,
    keywords: &[Keyword],
) -> Result<Started, Unsendable> {
    let names: Vec<&str> = keywords.iter().map(Keyword::name).collect();
    let storing = Storing { uids: uids.clone(), set, wanted: Vec::new(), keywords: keywords.to_vec() };
    Ok((writer.store(&uids.to_string(), set, &names)?, Box::new(storing)))
}

struct Storing {
    uids: UidSet,
    set: bool,
    /// The flags set or taken away, one by one.
    wanted: Vec<FlagBits>,
    keywords: Vec<Keyword>,
}

impl Storing {
    /// Whether a mail has what this set, and nothing of what it took away.
    fn agrees_with(&self, flags: &Flags) -> bool {
        self.wanted.iter().all(|flag| flags.bits.contains(*flag) == self.set)
            && self.keywords.iter().all(|keyword| flags.has_keyword(keyword) == self.set)
    }
}

impl Exchange for Storing {
    fn data(&mut self, response: &mut Response<'_>) -> bool {
        let Response::Fetch(fetch) = response else { return false };
        let is_ours = match (&fetch.flags, fetch.uid) {
            (None, None) => true,
            // Whose flags would they be?
            (Some(_), None) => false,
            (None, Some(uid)) => self.uids.contains(uid),
            (Some(flags), Some(uid)) => self.uids.contains(uid) && self.agrees_with(flags),
        };
        is_ours && fetch.modseq.is_some() && fetch.header.is_none() && fetch.body == Body::Missing
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
    fn keywords_are_added_or_removed_by_their_names() {
        let keywords = |names: &[&str]| names.iter().map(|name| Keyword::new(name).unwrap()).collect();
        let op = Op::StoreKeywords {
            uids: UidSet::of([3]),
            set: true,
            keywords: keywords(&["Work", "$label1", "K&APY-ln"]),
        };
        let lines: [&[u8]; 2] = [
            b"* 2 FETCH (FLAGS (work) UID 3 MODSEQ (11))",
            b"* 2 FETCH (FLAGS (work $Label1 K&APY-ln) UID 3 MODSEQ (12))",
        ];
        let played = trial::play(&op, "CONDSTORE", &lines, "A1 OK");
        assert_eq!(played.sent, "A1 UID STORE 3 +FLAGS.SILENT (Work $label1 K&APY-ln)\\r\\n");
        assert_eq!(played.taken, [false, true], "where one is missing, somebody else was at work");
        let op = Op::StoreKeywords { uids: UidSet::of([3]), set: false, keywords: keywords(&["Work"]) };
        assert_eq!(trial::play(&op, "", &[], "A1 OK").sent, "A1 UID STORE 3 -FLAGS.SILENT (Work)\\r\\n");
    }

    #[test]
    fn new_modseqs_of_these_mails_are_no_news() {
        let op = Op::StoreFlags { uids: UidSet::of([3]), set: true, flags: FlagBits::SEEN };
        let lines: [&[u8]; 3] = [
            b"* 2 FETCH (UID 3 MODSEQ (12121231000))",
            b"* 2 FETCH (MODSEQ (12121231000))",
            b"* 3 FETCH (UID 4 MODSEQ (12121231000))",
        ];
        let played = trial::play(&op, "CONDSTORE", &lines, "A1 OK");
        assert_eq!((played.taken, played.answer), (vec![true, true, false], Answer::Done));
    }

    #[test]
    fn flags_told_in_spite_of_silent_are_no_news_where_a_modseq_tells_of_other_changes() {
        let lines: [&[u8]; 6] = [
            b"* 2 FETCH (FLAGS (\\Seen $Work) UID 3 MODSEQ (11))",
            b"* 2 FETCH (FLAGS (\\Flagged) UID 3 MODSEQ (12))",
            b"* 2 FETCH (FLAGS () UID 3 MODSEQ (12))",
            b"* 2 FETCH (FLAGS (\\Seen) UID 3)",
            b"* 3 FETCH (FLAGS (\\Seen) UID 4 MODSEQ (11))",
            b"* 2 FETCH (FLAGS (\\Seen) MODSEQ (11))",
        ];
        for (set, taken) in [
            (true, [true, false, false, false, false, false]),
            (false, [false, true, true, false, false, false]),
        ] {
            let op = Op::StoreFlags { uids: UidSet::of([3]), set, flags: FlagBits::SEEN };
            assert_eq!(trial::play(&op, "CONDSTORE", &lines, "A1 OK").taken, taken, "{set}");
        }
    }
}
