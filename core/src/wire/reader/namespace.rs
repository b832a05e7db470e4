//! NAMESPACE (RFC 9051 section 7.3.5).

use super::Text;
use super::cursor::Cursor;
use super::text_of;

/// Where mailboxes are: prefixes, as on the wire, with what separates the levels below.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Namespaces {
    pub personal: Vec<(String, Option<char>)>,
    pub other: Vec<(String, Option<char>)>,
    pub shared: Vec<(String, Option<char>)>,
}

/// More of one kind make no sense.
const LIMIT: usize = 1000;

/// `(("" "/")) NIL (("Shared/" "/"))`; what is missing at the end is empty, additions to one are passed over.
pub(super) fn read(mut cursor: Cursor<'_>) -> Option<Namespaces> {
    let personal = list(&mut cursor)?;
    let other = list(&mut cursor).unwrap_or_default();
    let shared = list(&mut cursor).unwrap_or_default();
    Some(Namespaces { personal, other, shared })
}

fn list(cursor: &mut Cursor<'_>) -> Option<Vec<(String, Option<char>)>> {
    let mut list = Vec::new();
    cursor.spaces();
    if cursor.nil() {
        return Some(list);
    }
    cursor.eat(b'(').then_some(())?;
    for _ in 0..LIMIT {
        cursor.spaces();
        if cursor.eat(b')') {
            return Some(list);
        }
        list.push(one(cursor)?);
    }
    None
}

fn one(cursor: &mut Cursor<'_>) -> Option<(String, Option<char>)> {
    cursor.eat(b'(').then_some(())?;
    let Text::Here(prefix) = cursor.astring()? else { return None };
    cursor.spaces();
    let delimiter = match cursor.string()? {
        Text::Here(text) => std::str::from_utf8(&text).ok().and_then(|text| text.chars().next()),
        Text::Nil | Text::HandedOver | Text::Lost => None,
    };
    loop {
        cursor.spaces();
        if cursor.eat(b')') {
            return Some((text_of(&prefix), delimiter));
        }
        cursor.skip_value()?;
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Response, read};
    use super::*;

    fn namespaces(line: &str) -> Namespaces {
        match read(line.as_bytes()) {
            Response::Namespaces(namespaces) => namespaces,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn of_three_kinds() {
        let told = namespaces(
            "* NAMESPACE ((\"\" \"/\")(\"#mh/\" \"/\" \"X-PARAM\" (\"FLAG1\" \"FLAG2\"))) ((\"~\" NIL)) NIL",
        );
        assert_eq!(told.personal, [(String::new(), Some('/')), ("#mh/".to_owned(), Some('/'))]);
        assert_eq!((told.other, told.shared), (vec![("~".to_owned(), None)], vec![]));
        let courier =
            namespaces("* NAMESPACE ((\"INBOX.\" \".\")) NIL ((\"#shared.\" \".\")(\"shared.\" \".\"))");
        assert_eq!((courier.personal.len(), courier.shared.len()), (1, 2));
    }

    #[test]
    fn what_is_missing_is_empty_and_what_makes_no_sense_unknown() {
        assert_eq!(namespaces("* namespace NIL"), Namespaces::default());
        assert_eq!(namespaces("* NAMESPACE () ()"), Namespaces::default());
        for line in ["* NAMESPACE", "* NAMESPACE (", "* NAMESPACE ((\"\"", "* NAMESPACE (\"\" \"/\")"] {
            assert_eq!(read(line.as_bytes()), Response::Unknown, "{line}");
        }
    }
}
