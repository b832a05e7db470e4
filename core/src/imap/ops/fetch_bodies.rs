//! UID FETCH of whole mails. Their octets pass through and are never held; see `Fact::BodyStart`.
//!
//! Quirks: the UID may come behind the octets; NIL or nothing at all where a body should be (Exchange says OK
//! and sends none) is a gap, not an empty mail.

use std::collections::HashSet;

use super::{Answer, Budget, Exchange, Started, Status, Uid, UidSet, Unsendable, Writer};
use crate::wire::reader::{Response, Section};

pub(super) fn start(writer: Writer<'_>, uids: &UidSet) -> Result<Started, Unsendable> {
    let fetching = Fetching::of(uids);
    Ok((writer.fetch_bodies(&uids.to_string())?, Box::new(fetching)))
}

pub(super) struct Fetching {
    uids: UidSet,
    done: Vec<Uid>,
    known: HashSet<Uid>,
    budget: Budget,
}

impl Fetching {
    pub(super) fn of(uids: &UidSet) -> Self {
        Self { uids: uids.clone(), done: Vec::new(), known: HashSet::new(), budget: Budget::default() }
    }
}

impl Exchange for Fetching {
    /// An answer without a body is a gap: taken for news it would be asked for again and again.
    fn data(&mut self, response: &mut Response<'_>) -> bool {
        let Response::Fetch(fetch) = response else { return false };
        fetch.flags.is_none() && fetch.uid.is_some_and(|uid| self.uids.contains(uid))
    }

    fn expects_body(&self, uid: Option<Uid>, section: Section<'_>) -> bool {
        section.is_whole_mail() && uid.is_none_or(|uid| self.uids.contains(uid) && !self.known.contains(&uid))
    }

    fn body_done(&mut self, uid: Uid) -> bool {
        let is_new = self.uids.contains(uid) && self.budget.spend(0) && self.known.insert(uid);
        if is_new {
            self.done.push(uid);
        }
        is_new
    }

    fn answer(self: Box<Self>, _status: &Status<'_>) -> Answer {
        Answer::Bodies(self.done)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Op, trial};
    use super::*;

    #[test]
    fn it_peeks() {
        let lines: [&[u8]; 3] =
            [b"* 1 FETCH (UID 7 BODY[] NIL)", b"* 1 FETCH (UID 7 FLAGS ())", b"* 1 FETCH (UID 8)"];
        let played = trial::play(&Op::FetchBodies { uids: UidSet::of([7, 9]) }, "", &lines, "A1 OK");
        assert_eq!(played.taken, [true, false, false]);
        assert_eq!(played.sent, "A1 UID FETCH 7,9 (UID BODY.PEEK[])\\r\\n");
        assert_eq!(played.answer, Answer::Bodies(vec![]));
    }

    #[test]
    fn a_body_counts_once_and_only_if_asked_for() {
        let mut fetching = Fetching::of(&UidSet::of([7]));
        let whole = Section::default();
        assert!(fetching.expects_body(None, whole) && fetching.expects_body(Some(7), whole));
        assert!(!fetching.expects_body(Some(8), whole) && !fetching.body_done(8));
        assert!(fetching.body_done(7) && !fetching.body_done(7) && !fetching.expects_body(Some(7), whole));
    }

    #[test]
    fn a_piece_is_never_taken_for_the_mail() {
        let fetching = Fetching::of(&UidSet::of([7]));
        for section in [
            Section { part: b"1", ..Section::default() },
            Section { origin: Some(0), ..Section::default() },
            Section { part: b"TEXT", ..Section::default() },
        ] {
            assert!(!fetching.expects_body(Some(7), section) && !fetching.expects_body(None, section));
        }
    }
}
