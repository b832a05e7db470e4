//! FETCH (RFC 9051 section 7.5.2). Each item stands for itself: one that makes no sense is `None`, one that
//! is not known is passed over.

use std::borrow::Cow;

use super::Text;
use super::cursor::{Cursor, number};
use super::date;
use super::fetch_extensions::{self, Gmail};
use super::structure::{self, Structure};
use crate::model::{Flags, Instant};

/// More flags than this on one mail make no sense; they would only cost time.
const FLAGS_LIMIT: usize = 1000;

/// What is known of one mail.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fetch<'a> {
    /// The sequence number; some servers send 0. Never used to name a mail.
    pub sequence: u32,
    /// `None` if it was missing, 0, or there were two.
    pub uid: Option<u32>,
    pub flags: Option<Flags>,
    /// There were flags that made no sense.
    pub flags_lost: bool,
    pub internal_date: Option<Instant>,
    pub size: Option<u64>,
    /// `BODY[HEADER…]`; `None` inside is NIL or over the limit.
    pub header: Option<Option<Cow<'a, [u8]>>>,
    pub body: Body<'a>,
    /// Of what part the body is.
    pub section: Section<'a>,
    /// BODYSTRUCTURE
    pub structure: Option<Box<Structure>>,
    /// MODSEQ (RFC 7162); 0 and what is no number are `None`.
    pub modseq: Option<u64>,
    /// EMAILID and THREADID (RFC 8474).
    pub email_id: Option<&'a str>,
    pub thread_id: Option<&'a str>,
    pub gmail: Gmail,
}

/// The octets of a mail or of a part of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Body<'a> {
    /// There was none.
    #[default]
    Missing,
    /// The framer handed it over.
    HandedOver,
    /// It came as a quoted string, or behind another body.
    Here(Cow<'a, [u8]>),
}

/// What the octets are: `BODY[1.2]<0>`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Section<'a> {
    /// `1.2`; empty for the whole mail.
    pub part: &'a [u8],
    /// Where in it they begin, if they are a piece of it.
    pub origin: Option<u64>,
    /// Decoded by the server: `BINARY[1.2]` (RFC 3516).
    pub binary: bool,
}

impl Section<'_> {
    /// Whether it is `BODY[]`.
    pub fn is_whole_mail(&self) -> bool {
        *self == Section::default()
    }
}

/// Reads the list of items.
pub(super) fn read(sequence: u32, mut cursor: Cursor<'_>) -> Fetch<'_> {
    let mut fetch = Fetch { sequence, ..Fetch::default() };
    let mut uids = 0;
    cursor.eat(b'(');
    while item(&mut cursor, &mut fetch, &mut uids).is_some() {}
    if uids > 1 {
        fetch.uid = None;
    }
    fetch
}

/// In a response that ends where a body begins: the UID, if it has come already, and what the body is.
pub fn part_so_far(head: &[u8]) -> (Option<u32>, Section<'_>) {
    match super::read(head) {
        super::Response::Fetch(fetch) => (fetch.uid, fetch.section),
        _ => (None, Section::default()),
    }
}

/// Whether an item holds octets of a mail that are handed over and not kept: a whole mail, its text, or a part.
/// Headers aren't.
pub fn is_part(name: &[u8], section: &[u8]) -> bool {
    let is_number = section.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    let is_text = section.len() >= 4
        && section.get(section.len() - 4..).is_some_and(|end| end.eq_ignore_ascii_case(b"TEXT"))
        && section.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'.');
    name.eq_ignore_ascii_case(b"BODY") && (is_number || is_text)
        || name.eq_ignore_ascii_case(b"BINARY") && is_number
}

fn item<'a>(cursor: &mut Cursor<'a>, fetch: &mut Fetch<'a>, uids: &mut usize) -> Option<()> {
    cursor.spaces();
    let Key { name, section, origin } = key(cursor)?;
    cursor.spaces();
    let mut value = *cursor;
    let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
    let end = match section {
        None if is("UID") => {
            let uid = atom_number(&mut value).and_then(|uid| u32::try_from(uid).ok()).filter(|uid| *uid != 0);
            // The same UID twice is no contradiction.
            *uids += usize::from(*uids == 0 || fetch.uid != uid);
            fetch.uid = uid;
            fetch.uid.map(|_| value)
        }
        None if is("FLAGS") => {
            fetch.flags = flags(&mut value);
            fetch.flags_lost = fetch.flags.is_none();
            fetch.flags.as_ref().map(|_| value)
        }
        None if is("RFC822.SIZE") => {
            fetch.size = atom_number(&mut value);
            fetch.size.map(|_| value)
        }
        None if is("INTERNALDATE") => match value.string() {
            Some(Text::Here(text)) => {
                fetch.internal_date = date::read(&text);
                Some(value)
            }
            _ => None,
        },
        Some(part) if is_part(name, part) => {
            let section = Section { part, origin, binary: is("BINARY") };
            let body = value.string();
            match &body {
                Some(Text::HandedOver) => (fetch.body, fetch.section) = (Body::HandedOver, section),
                Some(Text::Here(text)) if fetch.body == Body::Missing => {
                    (fetch.body, fetch.section) = (Body::Here(text.clone()), section);
                }
                _ => {}
            }
            body_end(body, value)
        }
        None if is("BODYSTRUCTURE") => {
            // NIL is none.
            let structure = if value.peek() == Some(b'(') { structure::read(&mut value) } else { None };
            fetch.structure = structure.map(Box::new);
            fetch.structure.as_ref().map(|_| value)
        }
        Some(section) if is("BODY") && is_header(section) => {
            let header = value.string();
            fetch.header = Some(match &header {
                Some(Text::Here(text)) => Some(text.clone()),
                _ => None,
            });
            body_end(header, value)
        }
        None => fetch_extensions::read(name, value, fetch),
        _ => None,
    };
    match end {
        Some(end) => *cursor = end,
        None => cursor.skip_value()?,
    }
    Some(())
}

fn body_end<'a>(text: Option<Text<'a>>, end: Cursor<'a>) -> Option<Cursor<'a>> {
    text.map(|_| end)
}

/// The key of an item: `BODY[1.2]<0>`.
struct Key<'a> {
    name: &'a [u8],
    section: Option<&'a [u8]>,
    /// Where the octets begin.
    origin: Option<u64>,
}

fn key<'a>(cursor: &mut Cursor<'a>) -> Option<Key<'a>> {
    let name = cursor.take_while(|byte| !matches!(byte, b' ' | b'(' | b')' | b'['));
    if name.is_empty() {
        return None;
    }
    if !cursor.eat(b'[') {
        return Some(Key { name, section: None, origin: None });
    }
    let section = cursor.rest();
    let mut depth = 0_usize;
    loop {
        let byte = cursor.peek()?;
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        match byte {
            // In the list of fields a bracket is part of a name.
            b']' if depth == 0 => break,
            b'"' | b'{' => drop(cursor.string()?),
            byte => drop(cursor.eat(byte)),
        }
    }
    let length = section.len().saturating_sub(cursor.rest().len());
    cursor.eat(b']');
    let mut origin = None;
    if cursor.eat(b'<') {
        origin = number(cursor.take_while(|byte| byte.is_ascii_digit()));
        cursor.eat(b'>').then_some(())?;
    }
    Some(Key { name, section: section.get(..length), origin })
}

fn is_header(section: &[u8]) -> bool {
    section.get(..6).is_some_and(|word| word.eq_ignore_ascii_case(b"HEADER"))
}

fn atom_number(cursor: &mut Cursor<'_>) -> Option<u64> {
    number(cursor.atom())
}

/// `(\Seen $Junk a]b)`; NIL too.
fn flags(cursor: &mut Cursor<'_>) -> Option<Flags> {
    let mut flags = Flags::default();
    if cursor.nil() {
        return Some(flags);
    }
    cursor.eat(b'(').then_some(())?;
    for _ in 0..FLAGS_LIMIT {
        cursor.spaces();
        if cursor.eat(b')') {
            return Some(flags);
        }
        let flag = cursor.atom();
        if flag.is_empty() {
            return None;
        }
        // A keyword that is no text can't be kept and is never changed by us.
        if let Ok(flag) = std::str::from_utf8(flag) {
            flags.insert(flag);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::{Response, read};
    use super::*;
    use crate::model::FlagBits;

    fn fetch(line: &[u8]) -> Fetch<'_> {
        match read(line) {
            Response::Fetch(fetch) => fetch,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_header_pass() {
        let fetch = fetch(
            b"* 12 FETCH (FLAGS (\\Seen $Junk Blue) UID 7 INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" \
              RFC822.SIZE 4286 BODY[HEADER.FIELDS (DATE FROM)] {9}\r\nFrom: x\r\n)",
        );
        assert_eq!((fetch.sequence, fetch.uid, fetch.size), (12, Some(7), Some(4286)));
        assert_eq!(fetch.internal_date, Some(Instant(837_596_665_000)));
        let flags = fetch.flags.unwrap();
        assert_eq!(flags.bits, FlagBits::SEEN | FlagBits::JUNK);
        assert_eq!(flags.keywords, [Box::from("Blue")]);
        assert_eq!(fetch.header, Some(Some(Cow::Borrowed(&b"From: x\r\n"[..]))));
    }

    #[test]
    fn the_uid_may_come_last_and_the_list_end_oddly() {
        assert_eq!(fetch(b"* 1 FETCH (FLAGS () UID 7 )").uid, Some(7));
        assert_eq!(fetch(b"* 1 FETCH (BODY[] {3}\nS UID 7").uid, Some(7));
        assert_eq!(fetch(b"* 0 FETCH (UID 7)").uid, Some(7));
        assert_eq!(fetch(b"* 1 fetch (body[] {3}\nS uid 7)").body, Body::HandedOver);
    }

    #[test]
    fn a_bad_item_costs_itself() {
        let fetch = fetch(
            b"* 1 FETCH (RFC822.SIZE -1 INTERNALDATE \"yesterday\" FLAGS 7 X-GM-LABELS (\"a)b\" {2}\r\n)( ~x) MODSEQ (0) UID 9 )",
        );
        assert_eq!((fetch.uid, fetch.size, fetch.internal_date, fetch.flags), (Some(9), None, None, None));
    }

    #[test]
    fn two_uids_are_none() {
        assert_eq!(fetch(b"* 1 FETCH (UID 7 UID 8)").uid, None);
        assert_eq!(fetch(b"* 1 FETCH (UID 7 UID 7)").uid, Some(7));
        assert_eq!(fetch(b"* 1 FETCH (UID 0)").uid, None);
        assert_eq!(fetch(b"* 1 FETCH (UID 4294967296 FLAGS ())").uid, None);
    }

    #[test]
    fn bodies_as_strings() {
        assert_eq!(fetch(b"* 1 FETCH (UID 7 BODY[] \"hi\")").body, Body::Here(Cow::Borrowed(b"hi")));
        assert_eq!(fetch(b"* 1 FETCH (UID 7 BODY[] NIL)").body, Body::Missing);
        assert_eq!(fetch(b"* 1 FETCH (UID 7 BODY[]<0> \"hi\")").uid, Some(7));
    }

    #[test]
    fn a_body_says_what_it_is() {
        let read = fetch(b"* 1 FETCH (BODY[1.2]<262144> {3}\nS UID 7)");
        assert_eq!((read.uid, &read.body), (Some(7), &Body::HandedOver));
        assert_eq!(read.section, Section { part: b"1.2", origin: Some(262_144), binary: false });
        let read = fetch(b"* 1 FETCH (UID 7 BINARY[2] ~{3}\nS)");
        assert_eq!(read.section, Section { part: b"2", origin: None, binary: true });
        assert!(fetch(b"* 1 FETCH (UID 7 BODY[] {3}\nS)").section.is_whole_mail());
        assert!(!fetch(b"* 1 FETCH (UID 7 BODY[]<0> {3}\nS)").section.is_whole_mail());
        assert_eq!(part_so_far(b"* 1 FETCH (UID 7 BODY[TEXT] {3}\nS").1.part, b"TEXT");
        for headers in
            [&b"HEADER"[..], b"1.MIME", b"2.HEADER", b"HEADER.FIELDS (TEXT)", b"HEADER.FIELDS.NOT (X-TEXT)"]
        {
            assert!(!is_part(b"BODY", headers), "{}", headers.escape_ascii());
        }
    }

    #[test]
    fn flags_with_brackets_and_without_end() {
        let marked = fetch(b"* 1 FETCH (FLAGS (a]b \\Seen) UID 3)");
        assert_eq!(marked.flags.unwrap().keywords, [Box::from("a]b")]);
        assert_eq!(fetch(b"* 1 FETCH (UID 3 FLAGS (\\Seen").flags, None);
        let mut many = b"* 1 FETCH (FLAGS (".to_vec();
        (0..100_000).for_each(|n| many.extend(format!("k{n} ").bytes()));
        many.extend(b") UID 3)");
        assert_eq!((fetch(&many).flags, fetch(&many).uid), (None, Some(3)));
    }

    #[test]
    fn sections_with_strings() {
        let read = fetch(b"* 1 FETCH (BODY[HEADER.FIELDS (\"DA]TE\" {2}\r\n]))] {1}\r\nx UID 3)");
        assert_eq!((read.uid, read.header), (Some(3), Some(Some(Cow::Borrowed(&b"x"[..])))));
        assert_eq!(fetch(b"* 1 FETCH (BODY[HEADER.FIELDS (A] B)] \"x\" UID 3)").uid, Some(3));
        let lost = fetch(b"* 1 FETCH (BODY[HEADER] {9999999}\nX UID 3)");
        assert_eq!((lost.uid, lost.header), (Some(3), Some(None)));
    }
}
