//! UID FETCH of whole mails with what a list needs of them: one exchange where a fast connection would otherwise make
//! the server open every mail twice.
//!
//! Quirks: those of `fetch_bodies`. A mail that comes without its body is a gap here, to be asked for by its header.

use super::fetch_bodies::Fetching;
use super::fetch_headers::{more, take_over};
use super::{
    Answer, Capabilities, Exchange, FetchedHeader, Started, Status, Uid, UidSet, Unsendable, Writer,
};
use crate::wire::reader::{Fetch, Response, Section};

pub(super) fn start(
    writer: Writer<'_>,
    uids: &UidSet,
    offered: &Capabilities,
) -> Result<Started, Unsendable> {
    let whole = Whole(Fetching::of(uids));
    Ok((writer.fetch_whole(&uids.to_string(), &more(offered))?, Box::new(whole)))
}

struct Whole(Fetching);

impl Exchange for Whole {
    fn data(&mut self, response: &mut Response<'_>) -> bool {
        self.0.data(response)
    }

    fn expects_body(&self, uid: Option<Uid>, section: Section<'_>) -> bool {
        self.0.expects_body(uid, section)
    }

    fn body_done(&mut self, uid: Uid) -> bool {
        self.0.body_done(uid)
    }

    fn whole_mail(&mut self, uid: Uid, fetch: &mut Fetch<'_>) -> Option<Box<FetchedHeader>> {
        let mut mail = Box::new(FetchedHeader { uid, ..FetchedHeader::default() });
        take_over(&mut mail, fetch);
        Some(mail)
    }

    fn answer(self: Box<Self>, status: &Status<'_>) -> Answer {
        Box::new(self.0).answer(status)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Op, trial};
    use super::*;

    #[test]
    fn flags_alone_are_news_and_no_body_is_a_gap() {
        let lines: [&[u8]; 2] =
            [b"* 1 FETCH (UID 7 FLAGS (\\Seen))", b"* 1 FETCH (UID 7 RFC822.SIZE 9 BODY[] NIL)"];
        let op = Op::FetchWhole { uids: UidSet::of([7, 9]) };
        let played = trial::play(&op, "CONDSTORE", &lines, "A1 OK");
        assert_eq!(played.taken, [false, true]);
        assert_eq!(
            played.sent,
            "A1 UID FETCH 7,9 (UID FLAGS MODSEQ INTERNALDATE RFC822.SIZE BODY.PEEK[])\\r\\n"
        );
        assert_eq!(played.answer, Answer::Bodies(vec![]));
    }
}
