//! UID FETCH of the flags that changed since a modseq (RFC 7162 section 3.1.4.1), with what is gone where
//! QRESYNC is on (section 3.2.6).
//!
//! Quirk: Cyrus doesn't repeat what it told this connection by itself when it was expunged. Who wants to know all that is
//! gone asks when the mailbox is selected (`resync`).
//!
//! MODSEQ comes without being asked for. A mail that isn't named didn't change; so an answer that can't be
//! kept whole is none.

use super::gathered::Gathered;
use super::{Answer, Exchange, Started, Status, UidSet, Unsendable, Writer};
use crate::wire::reader::Response;

pub(super) fn start(
    writer: Writer<'_>,
    uids: &UidSet,
    since: u64,
    vanished: bool,
) -> Result<Started, Unsendable> {
    let fetching = Fetching { gathered: Gathered::of(uids.clone()), vanished };
    Ok((writer.fetch_changed(&uids.to_string(), since, vanished)?, Box::new(fetching)))
}

struct Fetching {
    gathered: Gathered,
    /// What is gone was asked for.
    vanished: bool,
}

impl Exchange for Fetching {
    fn data(&mut self, response: &mut Response<'_>) -> bool {
        // Believed without having been asked for, it could hide that something else is gone: only the counts are compared.
        let is_asked = self.vanished || !matches!(response, Response::Vanished { .. });
        is_asked && self.gathered.data(response)
    }

    fn lost_one(&mut self) {
        self.gathered.lost_one();
    }

    fn is_whole(&self) -> bool {
        self.gathered.is_whole()
    }

    fn answer(self: Box<Self>, _status: &Status<'_>) -> Answer {
        let (mails, vanished) = self.gathered.told();
        Answer::Changed { mails, vanished }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Capabilities, ChangedMail, Op, OpError, trial};
    use super::*;
    use crate::model::{FlagBits, Flags};

    fn op(vanished: bool) -> Op {
        Op::FetchChanged { uids: UidSet::range(1, 900), since: 12_345, vanished }
    }

    #[test]
    fn the_latest_state_of_each_changed_mail() {
        let lines: [&[u8]; 6] = [
            b"* 1 FETCH (UID 4 MODSEQ (65402) FLAGS (\\Seen))",
            b"* 2 FETCH (UID 6 MODSEQ (75403) FLAGS (\\Deleted))",
            b"* 1 FETCH (UID 4 MODSEQ (75404) FLAGS ())",
            b"* 9 FETCH (UID 901 FLAGS ())",
            b"* VANISHED 7",
            b"* 3 FETCH (UID 8 MODSEQ (75405))",
        ];
        let played = trial::play(&op(false), "CONDSTORE", &lines, "A1 OK");
        assert_eq!(played.sent, "A1 UID FETCH 1:900 (UID FLAGS) (CHANGEDSINCE 12345)\\r\\n");
        assert_eq!(played.taken, [true, true, true, false, false, false]);
        let deleted = Flags { bits: FlagBits::DELETED, keywords: vec![] };
        let mails = vec![
            ChangedMail { uid: 4, flags: Flags::default(), modseq: Some(75_404) },
            ChangedMail { uid: 6, flags: deleted, modseq: Some(75_403) },
        ];
        assert_eq!(played.answer, Answer::Changed { mails, vanished: UidSet::default() });
    }

    #[test]
    fn what_is_gone_comes_along() {
        let played = trial::play(&op(true), "QRESYNC", &[b"* VANISHED (EARLIER) 300:310,405"], "A1 OK");
        assert_eq!(played.sent, "A1 UID FETCH 1:900 (UID FLAGS) (CHANGEDSINCE 12345 VANISHED)\\r\\n");
        let vanished = UidSet::from_ranges([(300, 310), (405, 405)]);
        assert_eq!(played.answer, Answer::Changed { mails: vec![], vanished });
    }

    #[test]
    fn what_is_told_to_be_gone_without_being_asked_for_is_not_believed() {
        let lines: [&[u8]; 2] = [b"* VANISHED (EARLIER) 1", b"* 2 FETCH (UID 6 MODSEQ (75403) FLAGS ())"];
        let played = trial::play(&op(false), "CONDSTORE", &lines, "A1 OK");
        assert_eq!(played.taken, [false, true]);
        let mails = vec![ChangedMail { uid: 6, flags: Flags::default(), modseq: Some(75_403) }];
        assert_eq!(played.answer, Answer::Changed { mails, vanished: UidSet::default() });
    }

    #[test]
    fn it_is_sent_only_where_offered() {
        let writer = Writer { tag: "A1", free_literal: 0 };
        let refused =
            |vanished, offered: &[u8]| op(vanished).start(writer, &Capabilities::read(offered)).err();
        assert_eq!(refused(false, b"IDLE"), Some(OpError::NotOffered));
        assert_eq!(refused(true, b"CONDSTORE"), Some(OpError::NotOffered));
        assert_eq!(refused(true, b"QRESYNC"), None);
    }

    #[test]
    fn an_answer_that_misses_a_mail_is_none() {
        for line in [&b"* 1 FETCH (UID 4 FLAGS oops)"[..], b"* VANISHED (EARLIER) x"] {
            let (_, mut exchange) = op(true)
                .start(Writer { tag: "A1", free_literal: 0 }, &Capabilities::read(b"QRESYNC"))
                .unwrap();
            assert!(exchange.is_whole());
            assert!(exchange.data(&mut crate::wire::reader::read(line)));
            assert!(!exchange.is_whole(), "{}", line.escape_ascii());
        }
        // Whose flags these are can't be known. It was passed over, and the next question began behind it.
        let mut gathered = Gathered::of(UidSet::range(1, 900));
        assert!(!gathered.data(&mut crate::wire::reader::read(b"* 1 FETCH (MODSEQ (9) FLAGS (\\Seen))")));
        assert!(!gathered.is_whole());
        let mut gathered = Gathered::of(UidSet::range(1, u32::MAX));
        for uid in 1..=1_000_000 {
            let line = format!("* 1 FETCH (UID {uid} FLAGS ())");
            gathered.data(&mut crate::wire::reader::read(line.as_bytes()));
        }
        assert!(!gathered.is_whole());
        assert!(gathered.told().0.len() < 500_000, "what is gathered has an end");
    }
}
