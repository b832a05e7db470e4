//! winmail.dat: Outlook's own container (MS-OXTNEF), opened so that a mail's files and its text are there.
//!
//! The one published crate that reads it gives up at the first oddity, and leaves out what is read here. A stream of
//! attributes, each with its length: what goes beyond the end ends it, and what was found till then counts. It is walked
//! through once, and nothing is set aside that isn't there.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mail_parser::decoders::charsets::map::charset_decoder;

use super::rtf;

/// What a container is called.
pub(super) const MEDIA_TYPE: &str = "application/ms-tnef";

/// The first four octets.
const SIGNATURE: u32 = 0x223e_9f78;
/// Most files of one container, and most properties of one list.
const MOST_FILES: usize = 1_000;
const MOST_PROPERTIES: u32 = 10_000;

// Attributes (MS-OXTNEF section 2.1.3).
const OEM_CODE_PAGE: u16 = 0x9007;
const MESSAGE_PROPERTIES: u16 = 0x9003;
const BODY: u16 = 0x800c;
const FILE_BEGINS: u16 = 0x9002;
const FILE_TITLE: u16 = 0x8010;
const FILE_CONTENT: u16 = 0x800f;
const FILE_PROPERTIES: u16 = 0x9005;

// Properties (MS-OXPROPS).
const SUBJECT: u16 = 0x0037;
const PLAIN: u16 = 0x1000;
const RICH: u16 = 0x1009;
const HTML: u16 = 0x1013;
const INTERNET_CODE_PAGE: u16 = 0x3fde;
const CONTENT: u16 = 0x3701;
const LONG_NAME: u16 = 0x3707;
const SHORT_NAME: u16 = 0x3704;
const DISPLAY_NAME: u16 = 0x3001;
const MIME_TAG: u16 = 0x370e;
const CONTENT_ID: u16 = 0x3712;

/// What was in a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Opened {
    pub(super) subject: String,
    /// Its text, from rich text where it has nothing else.
    pub(super) text: String,
    pub(super) html: String,
    pub(super) files: Vec<File>,
}

/// A file of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) media_type: String,
    pub(super) content_id: String,
    pub(super) content: Vec<u8>,
    /// A message of Outlook's, not a file: its content is a container itself.
    pub(super) is_container: bool,
}

/// Opens a container; `None`: it is none.
pub(super) fn open(octets: &[u8]) -> Option<Opened> {
    let mut rest = Octets(octets);
    if rest.number::<4>()? != SIGNATURE {
        return None;
    }
    rest.number::<2>()?;
    let mut opened = Opened::default();
    let mut charset = "windows-1252".to_owned();
    while let Some((id, data)) = attribute(&mut rest) {
        match id {
            OEM_CODE_PAGE => charset = charset_of(Octets(data).number::<4>().unwrap_or(0)).unwrap_or(charset),
            MESSAGE_PROPERTIES => message(data, &charset, &mut opened),
            BODY if opened.text.is_empty() => opened.text = narrow(data, &charset),
            FILE_BEGINS if opened.files.len() >= MOST_FILES => break,
            FILE_BEGINS => opened.files.push(File::default()),
            _ => {
                if let Some(file) = opened.files.last_mut() {
                    file_attribute(id, data, &charset, file);
                }
            }
        }
    }
    opened.files.retain(|file| !file.name.is_empty() || !file.content.is_empty());
    Some(opened)
}

/// A container alone, such as a message within another, as a mail that has nothing else.
pub(super) fn as_mail(octets: &[u8]) -> Option<Vec<u8>> {
    if !octets.starts_with(&SIGNATURE.to_le_bytes()) {
        return None;
    }
    let subject = STANDARD.encode(open(octets)?.subject);
    let head = format!(
        "Subject: =?utf-8?B?{subject}?=\r\nContent-Type: {MEDIA_TYPE}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    );
    let mut mail = head.into_bytes();
    mail.extend(STANDARD.encode(octets).into_bytes());
    Some(mail)
}

/// The next attribute. Its sum isn't asked for: what arrived otherwise than it was sent is shown all the same.
fn attribute<'a>(rest: &mut Octets<'a>) -> Option<(u16, &'a [u8])> {
    let _level = rest.number::<1>()?;
    let id = u16::try_from(rest.number::<2>()?).ok()?;
    let _kind = rest.number::<2>()?;
    let length = usize::try_from(rest.number::<4>()?).ok()?;
    // The last one may have been cut off with the mail.
    let data = rest.take(length).unwrap_or_else(|| std::mem::take(&mut rest.0));
    rest.take(2);
    Some((id, data))
}

fn message(data: &[u8], charset: &str, opened: &mut Opened) {
    let mut rich = String::new();
    let mut html_charset = None;
    let mut html: &[u8] = &[];
    for property in properties(data) {
        match property.id {
            SUBJECT => opened.subject = property.text(charset),
            PLAIN => opened.text = property.text(charset),
            HTML if property.kind == BINARY => html = property.data,
            HTML => opened.html = property.text(charset),
            INTERNET_CODE_PAGE => html_charset = Octets(property.data).number::<4>().and_then(charset_of),
            RICH => rich = rtf::to_text(property.data),
            _ => {}
        }
    }
    if !html.is_empty() {
        opened.html = super::charset::decoded(html, html_charset.as_deref()).into_owned();
    }
    if opened.text.trim().is_empty() && opened.html.trim().is_empty() {
        opened.text = rich;
    }
}

fn file_attribute(id: u16, data: &[u8], charset: &str, file: &mut File) {
    match id {
        FILE_TITLE if file.name.is_empty() => file.name = narrow(data, charset),
        FILE_CONTENT => file.content = data.to_vec(),
        FILE_PROPERTIES => {
            let mut rank = 0;
            for property in properties(data) {
                let better = match property.id {
                    LONG_NAME => 3,
                    DISPLAY_NAME => 2,
                    SHORT_NAME => 1,
                    _ => 0,
                };
                match property.id {
                    LONG_NAME | DISPLAY_NAME | SHORT_NAME if better > rank => {
                        let name = property.text(charset);
                        if !name.trim().is_empty() && (better != 1 || file.name.is_empty()) {
                            file.name = name;
                            rank = better;
                        }
                    }
                    MIME_TAG => file.media_type = property.text(charset).to_ascii_lowercase(),
                    CONTENT_ID => file.content_id = property.text(charset),
                    CONTENT if property.kind == OBJECT => {
                        // The id of an interface, then what it is.
                        file.content = property.data.get(16..).unwrap_or_default().to_vec();
                        file.is_container = file.content.starts_with(&SIGNATURE.to_le_bytes());
                    }
                    CONTENT if file.content.is_empty() => file.content = property.data.to_vec(),
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

// Kinds of values (MS-OXCDATA section 2.11.1).
const WIDE_TEXT: u16 = 0x1f;
const NARROW_TEXT: u16 = 0x1e;
const OBJECT: u16 = 0x0d;
const BINARY: u16 = 0x102;
const SEVERAL: u16 = 0x1000;

struct Property<'a> {
    id: u16,
    kind: u16,
    data: &'a [u8],
}

impl Property<'_> {
    fn text(&self, charset: &str) -> String {
        match self.kind {
            WIDE_TEXT => {
                let (units, _) = self.data.as_chunks::<2>();
                let units = units.iter().map(|unit| u16::from_le_bytes(*unit)).take_while(|unit| *unit != 0);
                char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
            }
            NARROW_TEXT | BINARY => narrow(self.data, charset),
            _ => String::new(),
        }
    }
}

/// The properties of a list, as far as it makes sense; of several values the first.
fn properties(data: &[u8]) -> Vec<Property<'_>> {
    let mut rest = Octets(data);
    let count = rest.number::<4>().unwrap_or(0).min(MOST_PROPERTIES);
    let mut found = Vec::new();
    for _ in 0..count {
        match property(&mut rest) {
            Some(property) => found.push(property),
            None => break,
        }
    }
    found
}

fn property<'a>(rest: &mut Octets<'a>) -> Option<Property<'a>> {
    let kind = u16::try_from(rest.number::<2>()?).ok()?;
    let id = u16::try_from(rest.number::<2>()?).ok()?;
    if id >= 0x8000 {
        named(rest)?;
    }
    let (is_several, kind) = (kind & SEVERAL != 0, kind & !SEVERAL);
    let fixed = match kind {
        0x02 | 0x03 | 0x04 | 0x0a | 0x0b => Some(4),
        0x05 | 0x06 | 0x07 | 0x14 | 0x40 => Some(8),
        0x48 => Some(16),
        WIDE_TEXT | NARROW_TEXT | OBJECT | BINARY => None,
        _ => return None,
    };
    let count = if is_several || fixed.is_none() { rest.number::<4>()? } else { 1 };
    let mut first: Option<&[u8]> = None;
    for _ in 0..count {
        let length = match fixed {
            Some(length) => length,
            None => usize::try_from(rest.number::<4>()?).ok()?,
        };
        let data = rest.take(length)?;
        rest.take(length.next_multiple_of(4) - length);
        first.get_or_insert(data);
    }
    Some(Property { id, kind, data: first.unwrap_or_default() })
}

/// Passes over the name of a property.
fn named(rest: &mut Octets<'_>) -> Option<()> {
    rest.take(16)?;
    if rest.number::<4>()? == 0 {
        rest.take(4)?;
    } else {
        let length = usize::try_from(rest.number::<4>()?).ok()?;
        rest.take(length.checked_next_multiple_of(4)?)?;
    }
    Some(())
}

/// Text of a code page, up to its NUL.
fn narrow(data: &[u8], charset: &str) -> String {
    let text = data.split(|octet| *octet == 0).next().unwrap_or_default();
    let text = match charset_decoder(charset.as_bytes()) {
        Some(decode) if std::str::from_utf8(text).is_err() => Cow::Owned(decode(text)),
        _ => String::from_utf8_lossy(text),
    };
    text.into_owned()
}

/// The charset of a code page.
fn charset_of(code_page: u32) -> Option<String> {
    let name = match code_page {
        65001 => "utf-8".to_owned(),
        932 => "shift_jis".to_owned(),
        936 => "gbk".to_owned(),
        949 => "euc-kr".to_owned(),
        950 => "big5".to_owned(),
        20866 => "koi8-r".to_owned(),
        28591..=28605 => format!("iso-8859-{}", code_page - 28590),
        850 | 866 => format!("cp{code_page}"),
        1250..=1258 => format!("windows-{code_page}"),
        _ => return None,
    };
    (name == "utf-8" || charset_decoder(name.as_bytes()).is_some()).then_some(name)
}

/// Octets that are read from the front.
struct Octets<'a>(&'a [u8]);

impl<'a> Octets<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// A number of so many octets, at most four; the lowest comes first.
    fn number<const LENGTH: usize>(&mut self) -> Option<u32> {
        let octets = self.take(LENGTH)?;
        Some(octets.iter().rev().fold(0, |number, octet| (number << 8) | u32::from(*octet)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn attribute_of(id: u16, data: &[u8]) -> Vec<u8> {
        let mut octets = vec![2];
        octets.extend(id.to_le_bytes());
        octets.extend([6, 0]);
        octets.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        octets.extend(data);
        octets.extend([0, 0]);
        octets
    }

    fn container(attributes: &[Vec<u8>]) -> Vec<u8> {
        let mut octets = SIGNATURE.to_le_bytes().to_vec();
        octets.extend([1, 0]);
        octets.extend(attributes.concat());
        octets
    }

    #[test]
    fn a_file_has_its_name_and_content() {
        let octets = container(&[
            attribute_of(FILE_BEGINS, &[]),
            attribute_of(FILE_TITLE, b"Gr\xfc\xdfe.txt\0"),
            attribute_of(FILE_CONTENT, b"notes"),
        ]);
        let opened = open(&octets).unwrap();
        assert_eq!(opened.files.len(), 1);
        assert_eq!(
            (opened.files[0].name.as_str(), opened.files[0].content.as_slice()),
            ("Grüße.txt", &b"notes"[..])
        );
    }

    #[test]
    fn what_isnt_there_is_not_set_aside() {
        let mut octets = container(&[attribute_of(FILE_BEGINS, &[])]);
        octets.extend([2, 0x0f, 0x80, 6, 0, 0xff, 0xff, 0xff, 0xff, b'x']);
        assert_eq!(open(&octets).unwrap().files[0].content, b"x");
        assert_eq!(open(b"x\x9f\x3e\x22"), None);
        assert_eq!(open(b"words"), None);
    }

    proptest! {
        #[test]
        fn any_octets_are_a_container_or_not(octets in prop::collection::vec(any::<u8>(), 0..400)) {
            let mut whole = SIGNATURE.to_le_bytes().to_vec();
            whole.extend([0, 0]);
            whole.extend(&octets);
            let opened = open(&whole).unwrap();
            let content: usize = opened.files.iter().map(|file| file.content.len()).sum();
            prop_assert!(content <= whole.len());
        }

        #[test]
        fn any_properties_are_read_as_far_as_they_make_sense(
            kinds in prop::collection::vec((prop::sample::select(vec![0x02_u16, 0x1e, 0x1f, 0x0d, 0x102, 0x101f, 0x48, 0x7777]),
                prop::sample::select(vec![PLAIN, RICH, HTML, LONG_NAME, CONTENT, 0x8001])), 0..8),
            filling in prop::collection::vec(any::<u8>(), 0..80),
        ) {
            let mut data = 8_u32.to_le_bytes().to_vec();
            for (kind, id) in kinds {
                data.extend(kind.to_le_bytes());
                data.extend(id.to_le_bytes());
                data.extend(&filling);
            }
            let octets = container(&[attribute_of(MESSAGE_PROPERTIES, &data), attribute_of(FILE_BEGINS, &[]), attribute_of(FILE_PROPERTIES, &data)]);
            prop_assert!(open(&octets).is_some());
        }
    }
}
