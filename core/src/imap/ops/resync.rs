//! SELECT with QRESYNC (RFC 7162 section 3.2.5): what changed and what is gone since a modseq, in one answer.
//!
//! A server that has forgotten what it expunged names more UIDs as gone than there ever were, as ranges of any
//! width. A mailbox that was selected before may still have news, up to CLOSED: it is thrown away. VANISHED
//! without EARLIER is left to be news, as it may be of that mailbox.
//!
//! Quirk: iCloud says that mail is gone which isn't; QRESYNC is not used there (see the quirk table).

use super::gathered::Gathered;
use super::select::Selecting;
use super::{Answer, Exchange, Resynced, Started, Status, UidSet, Unsendable, Writer};
use crate::wire::codec::LINE_LIMIT;
use crate::wire::reader::Response;

pub(super) fn start(
    writer: Writer<'_>,
    mailbox: &str,
    (uid_validity, modseq): (u32, u64),
    known: Option<&UidSet>,
) -> Result<Started, Unsendable> {
    let known = known.and_then(known_text);
    let parts = writer.resync(mailbox, (uid_validity, modseq), known.as_deref())?;
    let exchange = Resyncing {
        uid_validity,
        selecting: Selecting::default(),
        gathered: Gathered::of(UidSet::range(1, u32::MAX)),
    };
    Ok((parts, Box::new(exchange)))
}

/// The UIDs we know, so that the server needn't name others. A set too long for one line becomes the range
/// it lies in: that only makes the answer longer.
fn known_text(known: &UidSet) -> Option<String> {
    const LIMIT: usize = LINE_LIMIT / 2;
    let text = known.to_string();
    let (first, last) = known.bounds()?;
    Some(if text.len() <= LIMIT { text } else { UidSet::range(first, last).to_string() })
}

struct Resyncing {
    uid_validity: u32,
    selecting: Selecting,
    gathered: Gathered,
}

impl Exchange for Resyncing {
    fn data(&mut self, response: &mut Response<'_>) -> bool {
        if let Response::Status(status) = response
            && status.code("CLOSED").is_some()
        {
            self.gathered.forget();
        }
        self.selecting.data(response) || self.gathered.data(response)
    }

    fn lost_one(&mut self) {
        self.gathered.lost_one();
    }

    fn is_whole(&self) -> bool {
        self.gathered.is_whole()
    }

    fn answer(mut self: Box<Self>, status: &Status<'_>) -> Answer {
        self.selecting.code(status);
        let selected = self.selecting.selected();
        // UIDs of another time name other mails.
        if selected.uid_validity != self.uid_validity {
            self.gathered.forget();
        }
        let (changed, vanished) = self.gathered.told();
        Answer::Resynced(Resynced { selected, changed, vanished })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Capabilities, ChangedMail, Op, OpError, SelectedMailbox, trial};
    use super::*;
    use crate::model::{FlagBits, Flags};

    fn op(known: Option<UidSet>) -> Op {
        Op::Resync { mailbox: "INBOX".into(), uid_validity: 67, modseq: 20_010_715, known }
    }

    fn resynced(lines: &[&[u8]]) -> (Vec<bool>, Resynced) {
        let played = trial::play(&op(None), "QRESYNC", lines, "A1 OK [READ-WRITE] done");
        assert_eq!(played.sent, "A1 SELECT INBOX (QRESYNC (67 20010715))\\r\\n");
        match played.answer {
            Answer::Resynced(resynced) => (played.taken, resynced),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_changed_and_what_is_gone() {
        let (taken, resynced) = resynced(&[
            b"* OK [CLOSED] Previous mailbox closed",
            b"* 100 EXISTS",
            b"* 11 RECENT",
            b"* OK [UIDVALIDITY 67] UIDVALIDITY",
            b"* OK [UIDNEXT 600] Predicted next UID",
            b"* OK [HIGHESTMODSEQ 90060115205545359] Highest",
            b"* VANISHED (EARLIER) 41,43:116,118,120:211,214:540",
            b"* 49 FETCH (UID 117 FLAGS (\\Seen \\Answered) MODSEQ (90060115194045001))",
            b"* 50 FETCH (MODSEQ (90060115194045308) FLAGS ($Junk) UID 119)",
            b"* VANISHED (EARLIER) 42",
        ]);
        assert_eq!(taken, [true; 10]);
        assert_eq!(resynced.vanished.to_string(), "41:116,118,120:211,214:540");
        let flags = |bits| Flags { bits, keywords: vec![] };
        assert_eq!(
            resynced.changed,
            [
                ChangedMail {
                    uid: 117,
                    flags: flags(FlagBits::SEEN | FlagBits::ANSWERED),
                    modseq: Some(90_060_115_194_045_001)
                },
                ChangedMail { uid: 119, flags: flags(FlagBits::JUNK), modseq: Some(90_060_115_194_045_308) },
            ]
        );
        let selected = SelectedMailbox {
            exists: 100,
            uid_validity: 67,
            uid_next: Some(600),
            highest_modseq: Some(90_060_115_205_545_359),
            read_only: false,
            keeps_no_new_keywords: false,
        };
        assert_eq!(resynced.selected, selected);
    }

    #[test]
    fn all_there_ever_was_may_be_gone() {
        let (_, resynced) = resynced(&[
            b"* OK [UIDVALIDITY 67]",
            b"* VANISHED (EARLIER) 1:4294967295",
            b"* VANISHED (EARLIER) 7",
        ]);
        assert_eq!(resynced.vanished, UidSet::range(1, u32::MAX));
    }

    #[test]
    fn news_of_the_mailbox_before_is_not_of_this_one() {
        let (taken, resynced) = resynced(&[
            b"* VANISHED 5:7",
            b"* 1 FETCH (UID 3 FLAGS (\\Seen))",
            b"* OK [CLOSED]",
            b"* OK [UIDVALIDITY 67]",
            b"* VANISHED 8",
            b"* 2 FETCH (FLAGS (\\Seen))",
        ]);
        assert_eq!(taken, [false, true, true, true, false, false]);
        assert_eq!((resynced.changed, resynced.vanished), (vec![], UidSet::default()));
    }

    #[test]
    fn uids_of_another_time_say_nothing() {
        let (_, resynced) = resynced(&[
            b"* OK [UIDVALIDITY 68]",
            b"* VANISHED (EARLIER) 5:7",
            b"* 1 FETCH (UID 3 FLAGS (\\Seen))",
        ]);
        assert_eq!((resynced.changed, resynced.vanished), (vec![], UidSet::default()));
        assert_eq!(resynced.selected.uid_validity, 68);
    }

    #[test]
    fn known_uids_are_told_unless_they_are_too_many() {
        let sent = |known| trial::play(&op(Some(known)), "QRESYNC", &[], "A1 OK").sent;
        let some = UidSet::of([1, 2, 3, 9]);
        assert_eq!(sent(some), "A1 SELECT INBOX (QRESYNC (67 20010715 1:3,9))\\r\\n");
        let many = UidSet::of((1..50_000).map(|n| n * 2));
        assert_eq!(sent(many), "A1 SELECT INBOX (QRESYNC (67 20010715 2:99998))\\r\\n");
        assert_eq!(sent(UidSet::default()), "A1 SELECT INBOX (QRESYNC (67 20010715))\\r\\n");
    }

    #[test]
    fn without_qresync_or_a_modseq_nothing_is_sent() {
        let writer = Writer { tag: "A1", free_literal: 0 };
        let condstore = Capabilities::read(b"CONDSTORE");
        assert_eq!(op(None).start(writer, &condstore).err(), Some(OpError::NotOffered));
        let never = Op::Resync { mailbox: "x".into(), uid_validity: 1, modseq: 0, known: None };
        let qresync = Capabilities::read(b"QRESYNC");
        assert_eq!(never.start(writer, &qresync).err(), Some(OpError::Unsendable));
    }
}
