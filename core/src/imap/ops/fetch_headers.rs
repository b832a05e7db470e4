//! UID FETCH of what a list of mails needs. Half the server's work of ENVELOPE, and it has References.
//!
//! Modseqs, ids and Gmail's facts are asked for only where there are some; where there are none the command is
//! the same for every server.
//!
//! Quirk: a server may tell of one mail in several responses; they are joined by its UID.

use std::collections::HashMap;

use super::fetch_flags::octets;
use super::{
    Answer, Budget, Capabilities, Capability, Exchange, FetchedHeader, Started, Status, Uid, UidSet,
    Unsendable, Writer,
};
use crate::wire::reader::{Body, Fetch, Gmail, Response};
use crate::wire::utf7;

/// The header fields a list, threads and roles are made of.
const FIELDS: [&str; 11] = [
    "DATE",
    "FROM",
    "TO",
    "CC",
    "SUBJECT",
    "MESSAGE-ID",
    "IN-REPLY-TO",
    "REFERENCES",
    "CONTENT-TYPE",
    "LIST-ID",
    "REPLY-TO",
];

/// What only some servers know of a mail.
const MORE: [(Capability, &[&str]); 3] = [
    (Capability::Condstore, &["MODSEQ"]),
    (Capability::ObjectId, &["EMAILID", "THREADID"]),
    (Capability::Gmail, &["X-GM-MSGID", "X-GM-THRID", "X-GM-LABELS"]),
];

pub(super) fn start(
    writer: Writer<'_>,
    uids: &UidSet,
    offered: &Capabilities,
) -> Result<Started, Unsendable> {
    let more = more(offered);
    let fetching = Fetching {
        uids: uids.clone(),
        headers: Vec::new(),
        places: HashMap::new(),
        budget: Budget::default(),
    };
    Ok((writer.fetch_headers(&uids.to_string(), &more, &FIELDS)?, Box::new(fetching)))
}

/// What is asked for beside flags, date and size, where there is something.
pub(super) fn more(offered: &Capabilities) -> Vec<&'static str> {
    let there = MORE.iter().filter(|(capability, _)| offered.has(*capability));
    there.flat_map(|(_, items)| items.iter().copied()).collect()
}

struct Fetching {
    uids: UidSet,
    headers: Vec<FetchedHeader>,
    /// Where in `headers` a UID stands.
    places: HashMap<Uid, usize>,
    budget: Budget,
}

impl Exchange for Fetching {
    fn data(&mut self, response: &mut Response<'_>) -> bool {
        let Response::Fetch(fetch) = response else { return false };
        let Some(uid) = fetch.uid.filter(|uid| self.uids.contains(*uid)) else { return false };
        if fetch.body != Body::Missing {
            return false;
        }
        self.add(uid, fetch);
        true
    }

    fn answer(self: Box<Self>, _status: &Status<'_>) -> Answer {
        Answer::Headers(self.headers)
    }
}

impl Fetching {
    fn add(&mut self, uid: Uid, fetch: &mut Fetch<'_>) {
        // What goes beyond the budget counts as not sent.
        let header = fetch.header.take().flatten();
        let weight = header.as_ref().map_or(0, |header| header.len())
            + fetch.flags.as_ref().map_or(0, octets)
            + weight(&fetch.gmail);
        if !self.budget.spend(weight) {
            return;
        }
        let place = *self.places.entry(uid).or_insert(self.headers.len());
        if place == self.headers.len() {
            self.headers.push(FetchedHeader { uid, ..FetchedHeader::default() });
        }
        let Some(known) = self.headers.get_mut(place) else { return };
        take_over(known, fetch);
        if known.header.is_none() {
            known.header = header.map(std::borrow::Cow::into_owned);
        }
    }
}

/// Adds what a response tells of a mail, its header left out.
pub(super) fn take_over(known: &mut FetchedHeader, fetch: &mut Fetch<'_>) {
    if let Some(flags) = fetch.flags.take() {
        known.flags = flags;
    }
    known.internal_date = fetch.internal_date.or(known.internal_date);
    known.size = fetch.size.or(known.size);
    known.modseq = fetch.modseq.or(known.modseq);
    known.email_id = fetch.email_id.map(Box::from).or(known.email_id.take());
    known.thread_id = fetch.thread_id.map(Box::from).or(known.thread_id.take());
    add_gmail(known, std::mem::take(&mut fetch.gmail));
}

fn add_gmail(known: &mut FetchedHeader, told: Gmail) {
    if told == Gmail::default() {
        return;
    }
    let gmail = known.gmail.get_or_insert_default();
    gmail.msgid = told.msgid.unwrap_or(gmail.msgid);
    gmail.thrid = told.thrid.unwrap_or(gmail.thrid);
    if let Some(labels) = told.labels {
        gmail.labels = labels.into_iter().map(|label| utf7::decode(&label).unwrap_or(label)).collect();
    }
}

/// What labels take in memory, roughly.
fn weight(gmail: &Gmail) -> usize {
    gmail.labels.iter().flatten().map(|label| label.len() + size_of::<String>()).sum()
}

#[cfg(test)]
mod tests {
    use super::super::{GmailFacts, Op, trial};
    use super::*;
    use crate::model::{FlagBits, Flags, Instant};

    fn headers(lines: &[&[u8]]) -> (Vec<bool>, Vec<FetchedHeader>) {
        let played = trial::play(&Op::FetchHeaders { uids: UidSet::range(1, 9) }, "", lines, "A1 OK");
        assert_eq!(
            played.sent,
            "A1 UID FETCH 1:9 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (DATE FROM TO CC \
             SUBJECT MESSAGE-ID IN-REPLY-TO REFERENCES CONTENT-TYPE LIST-ID REPLY-TO)])\\r\\n"
        );
        match played.answer {
            Answer::Headers(headers) => (played.taken, headers),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn one_mail_in_one_or_several_responses() {
        let whole = FetchedHeader {
            uid: 7,
            flags: Flags { bits: FlagBits::SEEN, keywords: vec![] },
            internal_date: Some(Instant(0)),
            size: Some(4286),
            header: Some(b"From: x\r\n".to_vec()),
            ..FetchedHeader::default()
        };
        let at_once: &[&[u8]] =
            &[b"* 2 FETCH (UID 7 FLAGS (\\Seen) INTERNALDATE \"01-Jan-1970 00:00:00 +0000\" \
            RFC822.SIZE 4286 BODY[HEADER.FIELDS (DATE)] {9}\r\nFrom: x\r\n)"];
        assert_eq!(headers(at_once), (vec![true], vec![whole.clone()]));
        let in_pieces: &[&[u8]] = &[
            b"* 2 FETCH (UID 7 INTERNALDATE \"01-Jan-1970 00:00:00 +0000\" RFC822.SIZE 4286)",
            b"* 2 FETCH (BODY[HEADER.FIELDS (DATE)] {9}\r\nFrom: x\r\n UID 7)",
            b"* 2 FETCH (UID 7 FLAGS (\\Seen))",
        ];
        assert_eq!(headers(in_pieces), (vec![true; 3], vec![whole]));
    }

    #[test]
    fn modseqs_ids_and_labels_where_there_are_some() {
        let op = Op::FetchHeaders { uids: UidSet::of([7]) };
        let lines: [&[u8]; 2] = [
            b"* 2 FETCH (X-GM-MSGID 12 X-GM-LABELS (\"\\\\Inbox\" Entw&APw-rfe) UID 7 MODSEQ (99))",
            b"* 2 FETCH (UID 7 THREADID (T1) EMAILID (M1) X-GM-THRID 11)",
        ];
        let played = trial::play(&op, "CONDSTORE OBJECTID X-GM-EXT-1", &lines, "A1 OK");
        let asked = "A1 UID FETCH 7 (UID FLAGS MODSEQ EMAILID THREADID X-GM-MSGID X-GM-THRID X-GM-LABELS \
                     INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (DATE ";
        assert!(played.sent.starts_with(asked), "{}", played.sent);
        let labels = vec!["\\Inbox".to_owned(), "Entwürfe".to_owned()];
        let told = FetchedHeader {
            uid: 7,
            modseq: Some(99),
            email_id: Some("M1".into()),
            thread_id: Some("T1".into()),
            gmail: Some(Box::new(GmailFacts { msgid: 12, thrid: 11, labels })),
            ..FetchedHeader::default()
        };
        assert_eq!(played.answer, Answer::Headers(vec![told]));
    }

    #[test]
    fn others_mails_and_nameless_news_are_not_ours() {
        let lines: &[&[u8]] = &[b"* 2 FETCH (UID 70 FLAGS ())", b"* 2 FETCH (FLAGS ())"];
        assert_eq!(headers(lines), (vec![false; 2], vec![]));
    }

    #[test]
    fn what_is_gathered_has_an_end() {
        let mut line = b"* 1 FETCH (UID 1 BODY[HEADER] {900000}\r\n".to_vec();
        line.extend(vec![b'x'; 900_000]);
        line.extend(b")");
        let lines: Vec<Vec<u8>> = (1..=9)
            .flat_map(|uid| {
                let mut line = line.clone();
                line[15] = b'0' + uid;
                std::iter::repeat_n(line, 5)
            })
            .collect();
        let lines: Vec<&[u8]> = lines.iter().map(Vec::as_slice).collect();
        let (_, headers) = headers(&lines);
        let octets: usize = headers.iter().filter_map(|header| header.header.as_ref()).map(Vec::len).sum();
        assert!(octets > 0 && octets <= 24 * 1024 * 1024, "{octets} octets");
        assert!(headers.len() < 9);
    }

    #[test]
    fn a_header_over_the_limit_is_missing() {
        let (_, headers) = headers(&[b"* 2 FETCH (BODY[HEADER.FIELDS (DATE)] {9999999}\nX UID 7)"]);
        assert_eq!(headers, [FetchedHeader { uid: 7, ..FetchedHeader::default() }]);
    }
}
