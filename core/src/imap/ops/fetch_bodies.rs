//! UID FETCH of whole mails. Their octets pass through and are never held; see `Fact::BodyStart`.
//!
//! Quirks: the UID may come behind the octets; NIL or nothing at all where a body should be (Exchange says OK
//! and sends none) is a gap, not an empty mail.

use std::collections::HashSet;

use super::{Answer, Exchange, Started, Status, Uid, UidSet, Unsendable, Writer};

pub(super) fn start(writer: Writer<'_>, uids: &UidSet) -> Result<Started, Unsendable> {
    let fetching = Fetching { uids: uids.clone(), done: Vec::new(), known: HashSet::new() };
    Ok((writer.fetch_bodies(&uids.to_string())?, Box::new(fetching)))
}

struct Fetching {
    uids: UidSet,
    done: Vec<Uid>,
    known: HashSet<Uid>,
}

impl Exchange for Fetching {
    fn expects_body(&self, uid: Option<Uid>) -> bool {
        uid.is_none_or(|uid| self.uids.contains(uid) && !self.known.contains(&uid))
    }

    fn body_done(&mut self, uid: Uid) -> bool {
        let is_new = self.uids.contains(uid) && self.known.insert(uid);
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
        let played = trial::play(&Op::FetchBodies { uids: UidSet::of([7, 9]) }, "", &[], "A1 OK");
        assert_eq!(played.sent, "A1 UID FETCH 7,9 (UID BODY.PEEK[])\\r\\n");
        assert_eq!(played.answer, Answer::Bodies(vec![]));
    }

    #[test]
    fn a_body_counts_once_and_only_if_asked_for() {
        let mut fetching = Fetching { uids: UidSet::of([7]), done: Vec::new(), known: HashSet::new() };
        assert!(fetching.expects_body(None) && fetching.expects_body(Some(7)));
        assert!(!fetching.expects_body(Some(8)) && !fetching.body_done(8));
        assert!(fetching.body_done(7) && !fetching.body_done(7) && !fetching.expects_body(Some(7)));
    }
}
