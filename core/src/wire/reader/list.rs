//! LIST and STATUS (RFC 9051 sections 7.3.1 and 7.3.4).

use std::borrow::Cow;

use super::Text;
use super::cursor::{Cursor, number};
use super::fetch_extensions::{modseq, object_id};

/// One mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed<'a> {
    /// With their backslashes.
    pub attributes: Vec<&'a [u8]>,
    pub delimiter: Option<char>,
    pub name: Cow<'a, [u8]>,
}

/// The counts of a mailbox; what is missing or makes no sense is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailboxCounts<'a> {
    pub name: Cow<'a, [u8]>,
    pub messages: Option<u32>,
    pub unseen: Option<u32>,
    pub uid_next: Option<u32>,
    pub uid_validity: Option<u32>,
    /// HIGHESTMODSEQ (RFC 7162); 0 is `None`.
    pub highest_modseq: Option<u64>,
    /// MAILBOXID (RFC 8474)
    pub mailbox_id: Option<&'a str>,
}

/// `(\HasNoChildren) "/" name`; extended data behind the name is left alone.
pub(super) fn read(mut cursor: Cursor<'_>) -> Option<Listed<'_>> {
    let attributes = attributes(&mut cursor)?;
    cursor.spaces();
    let delimiter = match cursor.string()? {
        Text::Here(text) => std::str::from_utf8(&text).ok().and_then(|text| text.chars().next()),
        Text::Nil | Text::HandedOver | Text::Lost => None,
    };
    cursor.spaces();
    let whole = cursor;
    let Text::Here(name) = cursor.astring()? else { return None };
    cursor.spaces();
    // A name with a space that the server forgot to quote.
    let unquoted = !matches!(whole.peek(), Some(b'"' | b'{'));
    let name = match cursor.peek() {
        Some(byte) if unquoted && byte != b'(' => Cow::Borrowed(whole.rest().trim_ascii_end()),
        _ => name,
    };
    Some(Listed { attributes, delimiter, name })
}

fn attributes<'a>(cursor: &mut Cursor<'a>) -> Option<Vec<&'a [u8]>> {
    let mut attributes = Vec::new();
    if !cursor.eat(b'(') {
        return cursor.nil().then_some(attributes);
    }
    loop {
        cursor.spaces();
        if cursor.eat(b')') {
            return Some(attributes);
        }
        match cursor.atom() {
            b"" => return None,
            attribute => attributes.push(attribute),
        }
    }
}

/// `name (MESSAGES 3 UIDNEXT 7)`
pub(super) fn read_counts(mut cursor: Cursor<'_>) -> Option<MailboxCounts<'_>> {
    let Text::Here(name) = cursor.astring()? else { return None };
    let mut counts = MailboxCounts { name, ..MailboxCounts::default() };
    cursor.spaces();
    cursor.eat(b'(').then_some(())?;
    loop {
        cursor.spaces();
        let key = cursor.atom();
        cursor.spaces();
        if key.is_empty() {
            return Some(counts);
        }
        let mut value = cursor;
        if key.eq_ignore_ascii_case(b"HIGHESTMODSEQ") {
            counts.highest_modseq = modseq(value.atom());
        } else if key.eq_ignore_ascii_case(b"MAILBOXID") {
            counts.mailbox_id = object_id(&mut value);
        }
        let mut value = cursor;
        let value = number(value.atom()).and_then(|number| u32::try_from(number).ok());
        let place = match key.to_ascii_uppercase().as_slice() {
            b"MESSAGES" => Some(&mut counts.messages),
            b"UNSEEN" => Some(&mut counts.unseen),
            b"UIDNEXT" => Some(&mut counts.uid_next),
            b"UIDVALIDITY" => Some(&mut counts.uid_validity),
            _ => None,
        };
        if let Some(place) = place {
            *place = value;
        }
        if cursor.skip_value().is_none() {
            return Some(counts);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Response, read};

    fn listed(line: &str) -> (Vec<String>, Option<char>, String) {
        match read(line.as_bytes()) {
            Response::Listed(listed) => (
                listed.attributes.iter().map(|a| a.escape_ascii().to_string()).collect(),
                listed.delimiter,
                String::from_utf8_lossy(&listed.name).into_owned(),
            ),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn names_in_every_form() {
        for line in [
            "* LIST () \"/\" Sent",
            "* list () \"/\" \"Sent\"",
            "* LIST () \"/\" {4}\r\nSent",
            "* XLIST () \"/\" \"Sent\"",
            "* LIST () \"/\" Sent (\"CHILDINFO\" (\"SUBSCRIBED\"))",
            "* LIST ( ) \"/\"  Sent ",
        ] {
            assert_eq!(listed(line), (vec![], Some('/'), "Sent".to_owned()), "{line}");
        }
        assert_eq!(listed("* LIST () \"/\" Sent Items").2, "Sent Items");
        assert_eq!(listed("* LIST () \"/\" \"a \\\"b\\\" c\"").2, "a \"b\" c");
        assert_eq!(listed("* LIST () \"/\" {9}\r\na\r\nb \"() ").2, "a\r\nb \"() ");
    }

    #[test]
    fn attributes_and_delimiters() {
        let (attributes, delimiter, _) = listed("* LIST (\\HasNoChildren \\Sent) \"\\\\\" x");
        assert_eq!(attributes, ["\\\\HasNoChildren", "\\\\Sent"]);
        assert_eq!(delimiter, Some('\\'));
        assert_eq!(listed("* LIST (\\Noselect) NIL x").1, None);
    }

    #[test]
    fn counts_in_any_order_with_a_space_too_many() {
        let Response::Counts(counts) = read(b"* STATUS \"a b\" (UIDNEXT 4 SIZE 9 messages 3 UNSEEN -1 ) ")
        else {
            panic!()
        };
        assert_eq!(&*counts.name, b"a b");
        assert_eq!((counts.messages, counts.uid_next, counts.unseen), (Some(3), Some(4), None));
    }

    #[test]
    fn modseqs_and_ids_of_mailboxes() {
        let Response::Counts(counts) = read(b"* STATUS x (MAILBOXID (F22-a_b) HIGHESTMODSEQ 7011231777)")
        else {
            panic!()
        };
        assert_eq!((counts.highest_modseq, counts.mailbox_id), (Some(7_011_231_777), Some("F22-a_b")));
        for none in ["HIGHESTMODSEQ 0", "HIGHESTMODSEQ -1", "MAILBOXID NIL", "MAILBOXID ()"] {
            let line = format!("* STATUS x ({none} MESSAGES 3)");
            let Response::Counts(counts) = read(line.as_bytes()) else { panic!() };
            assert_eq!((counts.highest_modseq, counts.mailbox_id, counts.messages), (None, None, Some(3)));
        }
    }

    #[test]
    fn what_makes_no_sense_is_unknown() {
        for line in
            ["* LIST", "* LIST (", "* LIST () \"/\"", "* LIST () \"/\" {5}\r\nab", "* STATUS x", "* STATUS"]
        {
            assert_eq!(read(line.as_bytes()), Response::Unknown, "{line}");
        }
    }
}
