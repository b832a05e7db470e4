//! What a response means (RFC 9051 section 7), read leniently: what can't be understood costs no more than
//! the item it stands in.

mod cursor;
mod date;
mod fetch;
mod fetch_extensions;
mod list;
mod namespace;
mod status;
mod structure;

use std::borrow::Cow;

use cursor::Cursor;
pub use fetch::{Body, Fetch, Section, is_part, part_so_far};
pub use fetch_extensions::{Gmail, modseq};
pub use list::{Listed, MailboxCounts};
pub use namespace::Namespaces;
pub use status::{Code, Status, StatusKind};
pub use structure::{Disposition, Structure};

/// A response. Names and texts are as on the wire.
#[derive(Clone, Debug, PartialEq)]
pub enum Response<'a> {
    /// `+`
    Continuation,
    /// The end of a command.
    Tagged {
        tag: &'a [u8],
        status: Status<'a>,
    },
    /// Untagged OK, NO, BAD, BYE or PREAUTH.
    Status(Status<'a>),
    /// The names, separated by spaces.
    Capability(&'a [u8]),
    /// LIST, or XLIST of old.
    Listed(Listed<'a>),
    /// STATUS
    Counts(MailboxCounts<'a>),
    /// NAMESPACE
    Namespaces(Namespaces),
    /// SEARCH
    Search(Vec<u32>),
    /// ESEARCH with ALL (RFC 4731), as ranges.
    SearchRanges(Vec<(u32, u32)>),
    Exists(u32),
    Recent(u32),
    Expunge(u32),
    /// VANISHED (RFC 7162). `earlier` if it answers a question; the UIDs as ranges, `None` if they make no sense.
    Vanished {
        earlier: bool,
        uids: Option<Vec<(u32, u32)>>,
    },
    Flags,
    Fetch(Fetch<'a>),
    /// Something else, or nothing that makes sense.
    Unknown,
}

/// Reads a response as the framer gave it.
pub fn read(line: &[u8]) -> Response<'_> {
    let mut cursor = Cursor::new(line);
    let first = cursor.word();
    match first {
        b"+" => Response::Continuation,
        b"*" => untagged(cursor),
        tag => match status::read(cursor.word(), cursor) {
            Some(status) if matches!(status.kind, StatusKind::Ok | StatusKind::No | StatusKind::Bad) => {
                Response::Tagged { tag, status }
            }
            _ => Response::Unknown,
        },
    }
}

fn untagged(mut cursor: Cursor<'_>) -> Response<'_> {
    let word = cursor.word();
    if let Some(number) = cursor::number(word) {
        return numbered(number, cursor);
    }
    let is = |name: &str| word.eq_ignore_ascii_case(name.as_bytes());
    if is("LIST") || is("XLIST") {
        list::read(cursor).map_or(Response::Unknown, Response::Listed)
    } else if is("SEARCH") {
        Response::Search(search(cursor))
    } else if is("STATUS") {
        list::read_counts(cursor).map_or(Response::Unknown, Response::Counts)
    } else if is("ESEARCH") {
        esearch(cursor).map_or(Response::Unknown, Response::SearchRanges)
    } else if is("NAMESPACE") {
        namespace::read(cursor).map_or(Response::Unknown, Response::Namespaces)
    } else if is("CAPABILITY") {
        Response::Capability(cursor.rest())
    } else if is("VANISHED") {
        vanished(cursor)
    } else if is("FLAGS") {
        Response::Flags
    } else {
        status::read(word, cursor).map_or(Response::Unknown, Response::Status)
    }
}

fn numbered(number: u64, mut cursor: Cursor<'_>) -> Response<'_> {
    let Ok(number) = u32::try_from(number) else { return Response::Unknown };
    let word = cursor.word();
    let is = |name: &str| word.eq_ignore_ascii_case(name.as_bytes());
    if is("FETCH") {
        Response::Fetch(fetch::read(number, cursor))
    } else if is("EXISTS") {
        Response::Exists(number)
    } else if is("EXPUNGE") {
        Response::Expunge(number)
    } else if is("RECENT") {
        Response::Recent(number)
    } else {
        Response::Unknown
    }
}

/// SEARCH: numbers in any order; a `(MODSEQ n)` at the end (RFC 7162) is no UID.
fn search(cursor: Cursor<'_>) -> Vec<u32> {
    cursor
        .rest()
        .split(|byte| *byte == b' ')
        .take_while(|word| !word.starts_with(b"("))
        .filter_map(|word| cursor::number(word).and_then(|number| u32::try_from(number).ok()))
        .filter(|uid| *uid != 0)
        .collect()
}

/// ESEARCH: `(TAG "A1") UID COUNT 2 ALL 3:4`. Without ALL it found nothing.
fn esearch(mut cursor: Cursor<'_>) -> Option<Vec<(u32, u32)>> {
    cursor.spaces();
    if cursor.peek() == Some(b'(') {
        cursor.skip_value()?;
    }
    loop {
        let word = cursor.word();
        if word.is_empty() {
            return Some(Vec::new());
        }
        if word.eq_ignore_ascii_case(b"ALL") {
            return uid_ranges(cursor.word());
        }
        if !word.eq_ignore_ascii_case(b"UID") {
            cursor.skip_value()?;
        }
    }
}

/// VANISHED: `(EARLIER) 41,43:116`
fn vanished<'a>(mut cursor: Cursor<'a>) -> Response<'a> {
    let mut word = cursor.word();
    let earlier = word.eq_ignore_ascii_case(b"(EARLIER)");
    if earlier {
        word = cursor.word();
    }
    Response::Vanished { earlier, uids: uid_ranges(word) }
}

/// A set of UIDs as ranges, in the order given and each from low to high; `None` if it isn't one.
/// A range may be as wide as it likes: nothing may count through it.
pub fn uid_ranges(set: &[u8]) -> Option<Vec<(u32, u32)>> {
    let uid = |bytes: &[u8]| {
        cursor::number(bytes).and_then(|number| u32::try_from(number).ok()).filter(|uid| *uid != 0)
    };
    set.split(|byte| *byte == b',')
        .map(|range| {
            let mut ends = range.splitn(2, |byte| *byte == b':');
            let first = uid(ends.next()?)?;
            let last = ends.next().map_or(Some(first), uid)?;
            Some((first.min(last), first.max(last)))
        })
        .collect()
}

/// Octets of the protocol as text: UTF-8, else each octet that isn't becomes a replacement character.
fn text_of(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

/// A string of the protocol.
#[derive(Clone, Debug, PartialEq)]
pub enum Text<'a> {
    /// NIL
    Nil,
    Here(Cow<'a, [u8]>),
    /// A body that has been handed over.
    HandedOver,
    /// Over the limit.
    Lost,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_names() {
        assert_eq!(read(b"* 23 EXISTS"), Response::Exists(23));
        assert_eq!(read(b"* 4294967295 exists"), Response::Exists(u32::MAX));
        assert_eq!(read(b"* 4294967296 EXISTS"), Response::Unknown);
        assert_eq!(read(b"* 5 EXPUNGE "), Response::Expunge(5));
        assert_eq!(read(b"* 0 RECENT"), Response::Recent(0));
    }

    #[test]
    fn search_in_any_order_and_with_modseq() {
        assert_eq!(read(b"* SEARCH 84 2 882"), Response::Search(vec![84, 2, 882]));
        assert_eq!(read(b"* SEARCH 2 5 (MODSEQ 917162500)"), Response::Search(vec![2, 5]));
        assert_eq!(read(b"* SEARCH"), Response::Search(vec![]));
        assert_eq!(read(b"* SEARCH "), Response::Search(vec![]));
    }

    #[test]
    fn esearch_gives_ranges_it_never_counts_through() {
        assert_eq!(
            read(b"* ESEARCH (TAG \"A282\") UID COUNT 17 ALL 4:1,21"),
            Response::SearchRanges(vec![(1, 4), (21, 21)])
        );
        assert_eq!(
            read(b"* ESEARCH (TAG \"a\") UID ALL 1:4294967295"),
            Response::SearchRanges(vec![(1, u32::MAX)])
        );
        assert_eq!(read(b"* ESEARCH (TAG \"a\") UID"), Response::SearchRanges(vec![]));
        assert_eq!(read(b"* ESEARCH (TAG \"a\") UID ALL 0:x"), Response::Unknown);
    }

    #[test]
    fn vanished_gives_ranges_it_never_counts_through() {
        let all = vec![(1, u32::MAX)];
        assert_eq!(
            read(b"* VANISHED (EARLIER) 1:4294967295"),
            Response::Vanished { earlier: true, uids: Some(all) }
        );
        let news = Response::Vanished { earlier: false, uids: Some(vec![(405, 405), (407, 410)]) };
        assert_eq!(read(b"* vanished 405,410:407"), news);
        for line in [&b"* VANISHED (EARLIER)"[..], b"* VANISHED (EARLIER) x", b"* VANISHED (EARLIER) 0"] {
            assert_eq!(read(line), Response::Vanished { earlier: true, uids: None });
        }
    }

    #[test]
    fn other_things_are_unknown() {
        for line in [&b""[..], b"*", b"* ", b"A1", b"* FOO BAR", b"* ID (\"name\" \"x\")", b"HTTP/1.1 200 OK"]
        {
            assert_eq!(read(line), Response::Unknown, "{}", line.escape_ascii());
        }
    }
}
