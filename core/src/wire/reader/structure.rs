//! BODYSTRUCTURE (RFC 9051 section 7.5.2): what parts a mail has, without its octets.
//!
//! Quirks: `()` for NIL; Exchange says NIL where a disposition's kind should be, or gives the kind alone; sizes
//! that are NIL or negative; messages inside without their envelope; lists that end early. What makes no sense
//! costs its field. A mail may be nested as deep as it likes: what lies too deep is passed over.

use std::borrow::Cow;

use super::Text;
use super::cursor::{Cursor, number};
use super::text_of;

/// Parts below this depth are not read.
const DEPTH_LIMIT: usize = 40;

/// Parts beyond these are not read.
const PARTS_LIMIT: usize = 1000;

/// More parameters of one kind make no sense.
const PARAMETERS_LIMIT: usize = 100;

/// One part, with those inside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Structure {
    /// `text/plain`, in lower case.
    pub kind: String,
    /// Names in lower case, values as they came (RFC 2231 and encoded words are not decoded).
    pub parameters: Vec<(String, String)>,
    pub id: Option<String>,
    pub description: Option<String>,
    /// `base64`, in lower case; `None` for one with parts.
    pub encoding: Option<String>,
    /// Octets as they are transferred; `None` for one with parts and where it makes no sense.
    pub size: Option<u64>,
    pub disposition: Option<Disposition>,
    /// Of `multipart/…`; for `message/rfc822` the one part that is the mail inside.
    pub parts: Vec<Structure>,
}

/// Content-Disposition (RFC 2183).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disposition {
    /// `attachment`, in lower case; may be empty.
    pub kind: String,
    pub parameters: Vec<(String, String)>,
}

impl Structure {
    /// A parameter of its type by name in lower case.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        find(&self.parameters, name)
    }

    /// What the file is called, as it came.
    pub fn file_name(&self) -> Option<&str> {
        let of_disposition = self.disposition.as_ref().and_then(|told| find(&told.parameters, "filename"));
        of_disposition.or_else(|| self.parameter("name"))
    }

    /// Whether it is made of parts.
    pub fn is_multipart(&self) -> bool {
        self.kind.starts_with("multipart/")
    }

    /// Every part that isn't made of parts, in order, by the name FETCH knows it (RFC 9051 section 6.4.5): `1`, `2.1`.
    /// A mail inside a mail is one part and so are its own parts.
    pub fn leaves(&self) -> Vec<(String, &Self)> {
        let mut leaves = Vec::new();
        let mut open: Vec<(String, &Self)> = Vec::new();
        if self.is_multipart() {
            push_parts(&mut open, "", self);
        } else {
            open.push(("1".to_owned(), self));
        }
        while let Some((name, part)) = open.pop() {
            if !part.is_multipart() {
                leaves.push((name.clone(), part));
            }
            match part.parts.first() {
                // The parts of a mail inside are named below it, whether or not it is a multipart.
                Some(inner) if !part.is_multipart() && inner.is_multipart() => {
                    push_parts(&mut open, &name, inner);
                }
                Some(_) => push_parts(&mut open, &name, part),
                None => {}
            }
        }
        leaves
    }
}

/// Puts the parts of one on the pile, the first on top.
fn push_parts<'s>(open: &mut Vec<(String, &'s Structure)>, above: &str, whole: &'s Structure) {
    let dot = if above.is_empty() { "" } else { "." };
    let named = (1_usize..).zip(&whole.parts).map(|(place, part)| (format!("{above}{dot}{place}"), part));
    open.extend(named.collect::<Vec<_>>().into_iter().rev());
}

fn find<'p>(parameters: &'p [(String, String)], name: &str) -> Option<&'p str> {
    parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// Reads one structure; the cursor stands behind it then.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Option<Structure> {
    part(cursor, 0, &mut 0)
}

fn part(cursor: &mut Cursor<'_>, depth: usize, parts: &mut usize) -> Option<Structure> {
    cursor.spaces();
    if depth > DEPTH_LIMIT || *parts >= PARTS_LIMIT {
        cursor.skip_value()?;
        return Some(Structure::default());
    }
    *parts += 1;
    if cursor.nil() {
        return Some(Structure::default());
    }
    if cursor.peek() != Some(b'(') {
        cursor.skip_value()?;
        return Some(Structure::default());
    }
    cursor.eat(b'(');
    cursor.spaces();
    let mut structure = Structure::default();
    if cursor.peek() == Some(b'(') {
        multipart(cursor, &mut structure, depth, parts)?;
    } else {
        single(cursor, &mut structure, depth, parts)?;
    }
    rest(cursor)?;
    Some(structure)
}

/// `(…)(…) "mixed" ("boundary" "x") ("attachment" …) …`
fn multipart(
    cursor: &mut Cursor<'_>,
    structure: &mut Structure,
    depth: usize,
    parts: &mut usize,
) -> Option<()> {
    while cursor.peek() == Some(b'(') {
        let is_read = depth < DEPTH_LIMIT && *parts < PARTS_LIMIT;
        let part = part(cursor, depth + 1, parts)?;
        if is_read {
            structure.parts.push(part);
        }
        cursor.spaces();
    }
    let subtype = field(cursor).unwrap_or_else(|| "mixed".to_owned());
    structure.kind = format!("multipart/{}", subtype.to_ascii_lowercase());
    structure.parameters = parameters(cursor);
    structure.disposition = disposition(cursor);
    Some(())
}

/// `"text" "plain" ("charset" "utf-8") id description "7bit" 512 …`
fn single(cursor: &mut Cursor<'_>, structure: &mut Structure, depth: usize, parts: &mut usize) -> Option<()> {
    let kind = field(cursor).unwrap_or_else(|| "application".to_owned()).to_ascii_lowercase();
    let subtype = field(cursor).unwrap_or_else(|| "octet-stream".to_owned()).to_ascii_lowercase();
    structure.parameters = parameters(cursor);
    structure.id = field(cursor);
    structure.description = field(cursor);
    structure.encoding = field(cursor).map(|encoding| encoding.to_ascii_lowercase());
    structure.size = size(cursor);
    structure.kind = format!("{kind}/{subtype}");
    cursor.spaces();
    if kind == "text" {
        size(cursor);
    } else if matches!(structure.kind.as_str(), "message/rfc822" | "message/global")
        && cursor.peek() == Some(b'(')
    {
        // The envelope says what the header of the mail inside says better.
        cursor.skip_value()?;
        cursor.spaces();
        if cursor.peek() == Some(b'(') {
            structure.parts.push(part(cursor, depth + 1, parts)?);
            size(cursor);
        }
    }
    // The MD5 sum, which isn't a list: where one stands it was left out.
    cursor.spaces();
    if !cursor.nil() && cursor.peek() != Some(b'(') {
        field(cursor);
    }
    structure.disposition = disposition(cursor);
    Some(())
}

/// Up to the end of a part, whatever comes there.
fn rest(cursor: &mut Cursor<'_>) -> Option<()> {
    loop {
        cursor.spaces();
        if cursor.eat(b')') {
            return Some(());
        }
        cursor.skip_value()?;
    }
}

/// A string or NIL, if one comes next; a list in its place is passed over.
fn field(cursor: &mut Cursor<'_>) -> Option<String> {
    cursor.spaces();
    let mut value = *cursor;
    match value.peek()? {
        b')' => None,
        b'(' => {
            cursor.skip_value()?;
            None
        }
        _ => {
            let text = if value.nil() { Some(Text::Nil) } else { value.astring() };
            match text {
                Some(Text::Here(text)) => {
                    *cursor = value;
                    Some(text_of(&text))
                }
                Some(Text::Nil | Text::HandedOver | Text::Lost) => {
                    *cursor = value;
                    None
                }
                None => {
                    cursor.skip_value()?;
                    None
                }
            }
        }
    }
}

/// A number, if one comes next. What is none but stands in its place is passed over.
fn size(cursor: &mut Cursor<'_>) -> Option<u64> {
    cursor.spaces();
    match cursor.peek()? {
        b'(' | b')' | b'"' | b'{' => None,
        _ => number(cursor.atom()),
    }
}

/// `("charset" "utf-8" "format" "flowed")`, or NIL.
fn parameters(cursor: &mut Cursor<'_>) -> Vec<(String, String)> {
    let mut read = Vec::new();
    cursor.spaces();
    let mut inside = *cursor;
    if !inside.eat(b'(') {
        field(cursor);
        return read;
    }
    // Whatever is in it, it ends where its parenthesis does.
    if cursor.skip_value().is_none() {
        return read;
    }
    while read.len() < PARAMETERS_LIMIT {
        inside.spaces();
        let Some(name) = string(&mut inside) else { return read };
        inside.spaces();
        let value = string(&mut inside).unwrap_or_default();
        read.push((text_of(&name).to_ascii_lowercase(), text_of(&value)));
    }
    read
}

fn string<'a>(cursor: &mut Cursor<'a>) -> Option<Cow<'a, [u8]>> {
    let text = if cursor.nil() { Some(Text::Nil) } else { cursor.astring() };
    match text? {
        Text::Here(text) => Some(text),
        Text::Nil | Text::HandedOver | Text::Lost => Some(Cow::Borrowed(b"")),
    }
}

/// `("attachment" ("filename" "x"))`, NIL, or the kind alone.
fn disposition(cursor: &mut Cursor<'_>) -> Option<Disposition> {
    cursor.spaces();
    let mut inside = *cursor;
    if cursor.nil() {
        return None;
    }
    if cursor.peek() != Some(b'(') {
        let kind = field(cursor)?.to_ascii_lowercase();
        return Some(Disposition { kind, parameters: Vec::new() });
    }
    cursor.skip_value()?;
    inside.eat(b'(');
    let kind = field(&mut inside).unwrap_or_default().to_ascii_lowercase();
    Some(Disposition { kind, parameters: parameters(&mut inside) })
}

#[cfg(test)]
mod tests {
    use super::super::{Response, read as response};
    use super::*;

    fn structure(text: &str) -> Option<Structure> {
        let line = format!("* 1 FETCH (BODYSTRUCTURE {text} UID 9)");
        match response(line.as_bytes()) {
            Response::Fetch(fetch) => {
                assert_eq!(fetch.uid, Some(9), "{text}");
                fetch.structure.map(|structure| *structure)
            }
            other => panic!("{other:?}"),
        }
    }

    fn leaves(structure: &Structure) -> Vec<String> {
        let named = |(name, part): (String, &Structure)| format!("{name} {}", part.kind);
        structure.leaves().into_iter().map(named).collect()
    }

    #[test]
    fn a_single_part() {
        let told = structure(
            r#"("TEXT" "Plain" ("CHARSET" "utf-8" "Format" "flowed") "<i@d>" NIL "QUOTED-PRINTABLE" 1152 23 NIL NIL "en" NIL)"#,
        )
        .unwrap();
        assert_eq!((told.kind.as_str(), told.size), ("text/plain", Some(1152)));
        assert_eq!(told.parameter("charset"), Some("utf-8"));
        assert_eq!((told.id.as_deref(), told.encoding.as_deref()), (Some("<i@d>"), Some("quoted-printable")));
        assert_eq!((&told.description, &told.disposition), (&None, &None));
        assert_eq!(leaves(&told), ["1 text/plain"]);
    }

    #[test]
    fn parts_in_parts_have_the_names_fetch_knows() {
        let told = structure(
            r#"((("text" "plain" NIL NIL NIL "7bit" 5 1)("text" "html" NIL NIL NIL "7bit" 9 1) "alternative")
             ("application" "pdf" ("name" "old.pdf") NIL NIL "base64" 90000 NIL ("attachment" ("FileName" "new.pdf")) NIL)
             ("message" "rfc822" NIL NIL NIL "7bit" 700 ("date" "subject (" (("a" NIL "b" "c")) NIL NIL NIL NIL NIL NIL "<x>")
               (("text" "plain" NIL NIL NIL "7bit" 1 1)("image" "png" NIL NIL NIL "base64" 4) "mixed") 20)
             ("message" "rfc822" NIL NIL NIL "7bit" 70 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)
               ("text" "plain" NIL NIL NIL "7bit" 1 1) 2 NIL ("inline" NIL))
             "MIXED" ("boundary" "x y") NIL NIL)"#
                .replace(['\n', '\r'], "")
                .as_str(),
        )
        .unwrap();
        assert_eq!((told.kind.as_str(), told.parameter("boundary")), ("multipart/mixed", Some("x y")));
        assert_eq!(
            leaves(&told),
            [
                "1.1 text/plain",
                "1.2 text/html",
                "2 application/pdf",
                "3 message/rfc822",
                "3.1 text/plain",
                "3.2 image/png",
                "4 message/rfc822",
                "4.1 text/plain"
            ]
        );
        let pdf = &told.parts[1];
        assert_eq!((pdf.file_name(), pdf.size), (Some("new.pdf"), Some(90_000)));
        assert_eq!(pdf.disposition.as_ref().unwrap().kind, "attachment");
        assert_eq!(told.parts[3].disposition.as_ref().unwrap().kind, "inline");
    }

    #[test]
    fn what_servers_write_oddly_costs_its_field() {
        for (text, kind, disposition) in [
            (r#"("text" "plain" () () () "7bit" 5 1 () ())"#, "text/plain", None),
            (r#"("text" "plain" NIL NIL NIL "7bit" NIL NIL NIL (NIL NIL) NIL)"#, "text/plain", Some("")),
            (
                r#"("text" "plain" NIL NIL NIL "7bit" 5 NIL ("attachment" NIL))"#,
                "text/plain",
                Some("attachment"),
            ),
            (r#"("text" "plain" NIL NIL NIL NIL -1 -1 NIL "inline" NIL)"#, "text/plain", Some("inline")),
            (r#"("image" NIL NIL NIL NIL "base64")"#, "image/octet-stream", None),
            (r#"(NIL NIL NIL NIL NIL "7bit" 1)"#, "application/octet-stream", None),
            (r#"("message" "rfc822" NIL NIL NIL "7bit" 700 NIL NIL NIL NIL)"#, "message/rfc822", None),
            (
                r#"("message" "delivery-status" NIL NIL NIL "7bit" 7 NIL ("inline" NIL))"#,
                "message/delivery-status",
                Some("inline"),
            ),
            (r#"("text" "plain" ("name" NIL "odd") NIL NIL "7bit" 5 1)"#, "text/plain", None),
            (r#"(("text" "plain" NIL NIL NIL "7bit" 5 1) NIL)"#, "multipart/mixed", None),
            (
                r#"("text" "plain" "charset" NIL NIL "7bit" 5 1 NIL ("attachment" ("x" (("y"))) NIL))"#,
                "text/plain",
                Some("attachment"),
            ),
        ] {
            let told = structure(text).unwrap_or_else(|| panic!("{text}"));
            let of = told.disposition.as_ref().map(|told| told.kind.as_str());
            assert_eq!((told.kind.as_str(), of), (kind, disposition), "{text}");
        }
        assert_eq!(structure("()"), Some(Structure::default()));
        assert_eq!(structure("NIL"), None);
        assert_eq!(structure("oops"), None);
    }

    #[test]
    fn deep_and_wide_mails_have_an_end() {
        let deep = "(".repeat(200_000) + &")".repeat(200_000);
        let told = structure(&deep).unwrap();
        let mut depth = 0;
        let mut part = &told;
        while let Some(inner) = part.parts.first() {
            (depth, part) = (depth + 1, inner);
        }
        assert!(depth <= DEPTH_LIMIT, "{depth}");
        let wide = format!("({} \"mixed\")", "()".repeat(200_000));
        assert_eq!(structure(&wide).unwrap().parts.len(), PARTS_LIMIT - 1);
    }
}
