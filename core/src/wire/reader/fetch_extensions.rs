//! Items of FETCH that only some servers have: MODSEQ (RFC 7162), EMAILID and THREADID (RFC 8474), and Gmail's.
//!
//! Quirks: Zoho says `MODSEQ (-1)`, others `(0)` or leave the parentheses away; a mail without a thread has
//! `THREADID NIL`; Gmail writes labels as atoms, quoted strings or literals.

use super::cursor::{Cursor, number};
use super::fetch::Fetch;
use super::{Text, text_of};

/// What Gmail alone tells of a mail (X-GM-EXT-1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gmail {
    /// X-GM-MSGID: the same for the same mail in every mailbox.
    pub msgid: Option<u64>,
    /// X-GM-THRID
    pub thrid: Option<u64>,
    /// X-GM-LABELS, as on the wire; those of the system begin with a backslash.
    pub labels: Option<Vec<String>>,
}

/// More labels than this on one mail make no sense.
const LABELS_LIMIT: usize = 1000;

/// The longest id there may be (RFC 8474 section 4).
const ID_LIMIT: usize = 255;

/// Reads the value of one of these items; where it ends if it makes sense.
pub(super) fn read<'a>(name: &[u8], mut value: Cursor<'a>, fetch: &mut Fetch<'a>) -> Option<Cursor<'a>> {
    let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
    if is("MODSEQ") {
        let inside = value.eat(b'(');
        fetch.modseq = modseq(value.atom());
        (!inside || value.eat(b')')).then_some(value)
    } else if is("EMAILID") {
        fetch.email_id = object_id(&mut value);
        fetch.email_id.map(|_| value)
    } else if is("THREADID") {
        fetch.thread_id = object_id(&mut value);
        fetch.thread_id.map(|_| value)
    } else if is("X-GM-MSGID") {
        fetch.gmail.msgid = number(value.atom());
        fetch.gmail.msgid.map(|_| value)
    } else if is("X-GM-THRID") {
        fetch.gmail.thrid = number(value.atom());
        fetch.gmail.thrid.map(|_| value)
    } else if is("X-GM-LABELS") {
        fetch.gmail.labels = labels(&mut value);
        fetch.gmail.labels.as_ref().map(|_| value)
    } else {
        None
    }
}

/// A modification sequence; 0 says that there is none.
pub fn modseq(digits: &[u8]) -> Option<u64> {
    number(digits).filter(|modseq| *modseq != 0)
}

/// `(M6d99ac3275bb4e)`; `None` for NIL and for what no id may be.
pub(super) fn object_id<'a>(cursor: &mut Cursor<'a>) -> Option<&'a str> {
    cursor.eat(b'(').then_some(())?;
    let id = cursor.atom();
    cursor.eat(b')').then_some(())?;
    let is_id = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let fits = !id.is_empty() && id.len() <= ID_LIMIT && id.iter().all(is_id);
    std::str::from_utf8(id).ok().filter(|_| fits)
}

fn labels(cursor: &mut Cursor<'_>) -> Option<Vec<String>> {
    let mut labels = Vec::new();
    if cursor.nil() {
        return Some(labels);
    }
    cursor.eat(b'(').then_some(())?;
    for _ in 0..LABELS_LIMIT {
        cursor.spaces();
        if cursor.eat(b')') {
            return Some(labels);
        }
        match cursor.astring()? {
            Text::Here(label) => labels.push(text_of(&label)),
            Text::Nil | Text::Lost | Text::HandedOver => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::{Response, read};
    use super::*;

    fn fetch(items: &str) -> Fetch<'static> {
        let line = format!("* 1 FETCH ({items} UID 9)").leak();
        match read(line.as_bytes()) {
            Response::Fetch(fetch) => fetch,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn modseqs_in_every_form() {
        for (items, modseq) in [
            ("MODSEQ (624140003)", Some(624_140_003)),
            ("MODSEQ (9223372036854775807)", Some(i64::MAX as u64)),
            ("modseq 7", Some(7)),
            ("MODSEQ (0)", None),
            ("MODSEQ (-1)", None),
            ("MODSEQ ()", None),
            ("MODSEQ NIL", None),
        ] {
            let read = fetch(items);
            assert_eq!((read.modseq, read.uid), (modseq, Some(9)), "{items}");
        }
    }

    #[test]
    fn ids_of_mails_and_threads() {
        let read = fetch("EMAILID (M6d99ac3275bb4e) THREADID (T64b478a75b7ea9)");
        assert_eq!((read.email_id, read.thread_id), (Some("M6d99ac3275bb4e"), Some("T64b478a75b7ea9")));
        let long = format!("EMAILID ({})", "x".repeat(256));
        for items in ["EMAILID NIL THREADID NIL", "EMAILID () THREADID (a b)", "EMAILID (a\u{e4})", &long] {
            let read = fetch(items);
            assert_eq!((read.email_id, read.thread_id, read.uid), (None, None, Some(9)), "{items}");
        }
    }

    #[test]
    fn what_gmail_tells() {
        let read = fetch(
            "X-GM-THRID 1266894439832287888 X-GM-MSGID 1278455344230334865 \
             X-GM-LABELS (\"\\\\Inbox\" \\Sent Important \"Muy Importante\" {4}\r\na)\"b \"&- x\")",
        );
        let labels = ["\\Inbox", "\\Sent", "Important", "Muy Importante", "a)\"b", "&- x"].map(str::to_owned);
        assert_eq!(
            read.gmail,
            Gmail {
                msgid: Some(1_278_455_344_230_334_865),
                thrid: Some(1_266_894_439_832_287_888),
                labels: Some(labels.to_vec())
            }
        );
        assert_eq!(fetch("X-GM-LABELS ()").gmail.labels, Some(vec![]));
        assert_eq!(fetch("X-GM-LABELS (((").gmail.labels, None);
        assert_eq!(fetch("X-GM-MSGID x X-GM-LABELS oops").gmail, Gmail::default());
    }
}
