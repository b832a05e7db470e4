//! UID SEARCH (RFC 9051 section 6.4.4).
//!
//! Quirks: servers answer in any order, in several lines, or with ESEARCH though plain SEARCH was asked for
//! (IMAP4rev2). A range of an ESEARCH may be as wide as it likes.

use super::{
    Answer, Capabilities, Capability, Criterion, Exchange, Started, Status, Uid, UidSet, Unsendable, Writer,
};
use crate::wire::reader::Response;

/// All UIDs of the mail with this Message-ID from `from_uid` on. HEADER finds substrings and, as `n:*` always
/// holds the last mail, may find one below `from_uid`: that one is left out.
pub(super) fn start_message_id(
    writer: Writer<'_>,
    message_id: &str,
    from_uid: Uid,
) -> Result<Started, Unsendable> {
    let search = Searching { from_uid, uids: Vec::new() };
    Ok((writer.search_message_id(message_id, from_uid)?, Box::new(search)))
}

/// All mails marked as deleted.
pub(super) fn start_deleted(writer: Writer<'_>) -> Result<Started, Unsendable> {
    Ok((writer.search_deleted()?, Box::new(Searching { from_uid: 1, uids: Vec::new() })))
}

/// All mails, as ranges: ESEARCH where it is offered names a whole mailbox in a few octets.
pub(super) fn start_all(writer: Writer<'_>, offered: &Capabilities) -> Result<Started, Unsendable> {
    let returns = offered.has(Capability::Esearch);
    let search = SearchingAll { ranges: Vec::new(), returns, answered: false, incomplete: false };
    Ok((writer.search_all(returns)?, Box::new(search)))
}

/// What was sought, as ranges.
pub(super) fn start(
    writer: Writer<'_>,
    criteria: &[Criterion],
    offered: &Capabilities,
) -> Result<Started, Unsendable> {
    let returns = offered.has(Capability::Esearch);
    let search = SearchingAll { ranges: Vec::new(), returns, answered: false, incomplete: false };
    Ok((writer.search_for(criteria, (returns, offered.utf8()))?, Box::new(search)))
}

/// Gathers ranges. Mails it doesn't find are taken for gone: without an answer, or with half of one, it found
/// nothing out.
struct SearchingAll {
    ranges: Vec<(Uid, Uid)>,
    /// RETURN was asked for: a plain SEARCH is no answer to that (RFC 4731 section 3.1).
    returns: bool,
    answered: bool,
    incomplete: bool,
}

impl Exchange for SearchingAll {
    fn data(&mut self, response: &mut Response<'_>) -> bool {
        let found = match response {
            Response::Search(found) if !self.returns => UidSet::of(found.iter().copied()),
            Response::SearchRanges(found) => UidSet::from_ranges(std::mem::take(found)),
            _ => return false,
        };
        self.answered = true;
        if self.ranges.len() + found.ranges().len() > UIDS_LIMIT {
            self.incomplete = true;
        } else {
            self.ranges.extend(found.ranges());
        }
        true
    }

    fn lost_one(&mut self) {
        self.incomplete = true;
    }

    fn is_whole(&self) -> bool {
        self.answered && !self.incomplete
    }

    fn answer(self: Box<Self>, _status: &Status<'_>) -> Answer {
        Answer::UidRanges(UidSet::from_ranges(self.ranges))
    }
}

struct Searching {
    from_uid: Uid,
    uids: Vec<Uid>,
}

/// More UIDs than this aren't kept: 8 MB of them.
const UIDS_LIMIT: usize = 2_000_000;

impl Exchange for Searching {
    fn data(&mut self, response: &mut Response<'_>) -> bool {
        let room = UIDS_LIMIT.saturating_sub(self.uids.len());
        let from_uid = self.from_uid;
        match response {
            Response::Search(found) => {
                self.uids.extend(found.iter().filter(|uid| **uid >= from_uid).take(room));
            }
            Response::SearchRanges(found) => {
                let each = found.iter().filter(|(_, last)| *last >= from_uid);
                self.uids.extend(each.flat_map(|(first, last)| (*first).max(from_uid)..=*last).take(room));
            }
            _ => return false,
        }
        true
    }

    fn answer(mut self: Box<Self>, _status: &Status<'_>) -> Answer {
        self.uids.sort_unstable();
        self.uids.dedup();
        Answer::Uids(self.uids)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Op, trial};
    use super::*;

    #[test]
    fn a_message_id_is_quoted_and_older_mail_left_out() {
        let op = Op::FindMessageId { message_id: "<a\"b@example.test>".into(), from_uid: 40 };
        let played = trial::play(&op, "", &[b"* SEARCH 41 39 40", b"* 3 EXISTS", b"* SEARCH 41"], "A1 OK");
        assert_eq!(
            played.sent,
            "A1 UID SEARCH UID 40:* HEADER Message-ID \\\"<a\\\\\\\"b@example.test>\\\"\\r\\n"
        );
        assert_eq!((played.taken, played.answer), (vec![true, false, true], Answer::Uids(vec![40, 41])));
    }

    #[test]
    fn what_is_sought_comes_as_ranges_too() {
        let op = Op::Search { criteria: vec![Criterion::Subject("naïve".into()), Criterion::Seen] };
        let played = trial::play(&op, "ESEARCH", &[b"* ESEARCH (TAG \"A1\") UID ALL 2,9:11"], "A1 OK");
        assert_eq!(
            played.sent,
            "A1 UID SEARCH RETURN (ALL) CHARSET UTF-8 SUBJECT {6}\\r\\nna\\xc3\\xafve SEEN\\r\\n"
        );
        assert_eq!(played.answer, Answer::UidRanges(UidSet::from_ranges([(2, 2), (9, 11)])));
        let played = trial::play(&op, "", &[b"* SEARCH 9 2"], "A1 OK");
        assert_eq!(played.answer, Answer::UidRanges(UidSet::of([2, 9])));
    }

    #[test]
    fn deleted_mails() {
        let played = trial::play(&Op::FindDeleted, "", &[b"* ESEARCH (TAG \"A1\") UID ALL 3:4,9"], "A1 OK");
        assert_eq!(played.sent, "A1 UID SEARCH DELETED\\r\\n");
        assert_eq!(played.answer, Answer::Uids(vec![3, 4, 9]));
        assert_eq!(trial::play(&Op::FindDeleted, "", &[], "A1 OK").answer, Answer::Uids(vec![]));
    }

    #[test]
    fn a_huge_range_has_an_end() {
        let played = trial::play(&Op::FindDeleted, "", &[b"* ESEARCH UID ALL 1:4294967295"], "A1 OK");
        assert!(matches!(played.answer, Answer::Uids(uids) if uids.len() == UIDS_LIMIT));
    }

    #[test]
    fn all_uids_stay_ranges() {
        let lines: [&[u8]; 2] = [b"* ESEARCH (TAG \"A1\") UID ALL 7:4000000000,2:3", b"* ESEARCH UID ALL 1"];
        let played = trial::play(&Op::FindAll, "ESEARCH", &lines, "A1 OK");
        assert_eq!(played.sent, "A1 UID SEARCH RETURN (ALL) ALL\\r\\n");
        let all = UidSet::from_ranges([(1, 3), (7, 4_000_000_000)]);
        assert_eq!(played.answer, Answer::UidRanges(all));
        let played = trial::play(&Op::FindAll, "", &[b"* SEARCH 3 1 2 9"], "A1 OK");
        assert_eq!(played.sent, "A1 UID SEARCH ALL\\r\\n");
        assert_eq!(played.answer, Answer::UidRanges(UidSet::of([1, 2, 3, 9])));
    }

    #[test]
    fn bug_a_plain_search_nobody_asked_for_counted_as_part_of_the_answer() {
        let lines: [&[u8]; 2] = [b"* SEARCH 1 2 3", b"* ESEARCH (TAG \"A1\") UID ALL 1:2"];
        let played = trial::play(&Op::FindAll, "ESEARCH", &lines, "A1 OK");
        assert_eq!(
            (played.taken, played.answer),
            (vec![false, true], Answer::UidRanges(UidSet::range(1, 2)))
        );
    }

    #[test]
    fn no_answer_is_not_an_empty_mailbox() {
        let writer = Writer { tag: "A1", free_literal: 0 };
        let (_, mut exchange) = Op::FindAll.start(writer, &Capabilities::read(b"ESEARCH")).unwrap();
        assert!(!exchange.is_whole());
        assert!(exchange.data(&mut crate::wire::reader::read(b"* ESEARCH (TAG \"A1\") UID")));
        assert!(exchange.is_whole());
        exchange.lost_one();
        assert!(!exchange.is_whole());
    }
}
