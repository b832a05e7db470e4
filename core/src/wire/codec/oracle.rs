//! Where imap_codec understands a response, our reader must have understood the same.

use imap_codec::ResponseCodec;
use imap_codec::decode::Decoder;
use imap_codec::imap_types::body::{BodyStructure, SpecificFields};
use imap_codec::imap_types::core::{AString, IString};
use imap_codec::imap_types::fetch::MessageDataItem;
use imap_codec::imap_types::flag::FlagFetch;
use imap_codec::imap_types::mailbox::Mailbox;
use imap_codec::imap_types::response::{
    Data, Response as Known, Status as KnownStatus, StatusKind as KnownKind,
};
use imap_codec::imap_types::status::StatusDataItem;
use proptest::prelude::*;

use crate::model::Flags;
use crate::wire::reader::{self, Body, Response, StatusKind, Structure};

fn name_of(mailbox: &Mailbox<'_>) -> Vec<u8> {
    match mailbox {
        Mailbox::Inbox => b"INBOX".to_vec(),
        Mailbox::Other(other) => match other.inner() {
            AString::Atom(atom) => atom.inner().as_bytes().to_vec(),
            AString::String(string) => string.as_ref().to_vec(),
        },
    }
}

fn same_name(known: &Mailbox<'_>, ours: &[u8]) -> bool {
    let known = name_of(known);
    known == ours || known == b"INBOX" && ours.eq_ignore_ascii_case(b"INBOX")
}

/// Kinds, sizes and parts, as text.
fn outline(structure: &Structure) -> String {
    let size = structure.size.map(|size| size.to_string()).unwrap_or_default();
    let parts: String = structure.parts.iter().map(outline).collect();
    format!("({} {size} {parts})", structure.kind)
}

/// The same of imap_codec's reading.
fn outline_of(structure: &BodyStructure<'_>) -> String {
    let text = |text: &IString<'_>| String::from_utf8_lossy(text.as_ref()).to_ascii_lowercase();
    match structure {
        BodyStructure::Multi { bodies, subtype, .. } => {
            let parts: String = bodies.as_ref().iter().map(outline_of).collect();
            format!("(multipart/{}  {parts})", text(subtype))
        }
        BodyStructure::Single { body, .. } => {
            let (kind, part) = match &body.specific {
                SpecificFields::Basic { r#type, subtype } => {
                    (format!("{}/{}", text(r#type), text(subtype)), String::new())
                }
                SpecificFields::Text { subtype, .. } => (format!("text/{}", text(subtype)), String::new()),
                SpecificFields::Message { body_structure, .. } => {
                    ("message/rfc822".to_owned(), outline_of(body_structure))
                }
            };
            format!("({kind} {} {part})", body.basic.size)
        }
    }
}

/// Compares the two readings; true if imap_codec had one of a kind that is compared.
fn agrees(line: &[u8]) -> Result<bool, TestCaseError> {
    let whole = [line, b"\r\n"].concat();
    let Ok((rest, known)) = ResponseCodec::default().decode(&whole) else { return Ok(false) };
    if !rest.is_empty() {
        return Ok(false);
    }
    match (known, reader::read(line)) {
        (Known::Data(Data::List { items, delimiter, mailbox }), Response::Listed(ours)) => {
            prop_assert!(same_name(&mailbox, &ours.name), "{mailbox:?} {ours:?}");
            prop_assert_eq!(delimiter.map(|delimiter| delimiter.inner()), ours.delimiter);
            prop_assert_eq!(items.len(), ours.attributes.len());
        }
        (Known::Data(Data::Status { mailbox, items }), Response::Counts(ours)) => {
            prop_assert!(same_name(&mailbox, &ours.name), "{mailbox:?} {ours:?}");
            for item in items.iter() {
                match item {
                    StatusDataItem::Messages(count) => prop_assert_eq!(Some(*count), ours.messages),
                    StatusDataItem::Unseen(count) => prop_assert_eq!(Some(*count), ours.unseen),
                    StatusDataItem::UidNext(uid) => prop_assert_eq!(Some(uid.get()), ours.uid_next),
                    StatusDataItem::UidValidity(uid) => prop_assert_eq!(Some(uid.get()), ours.uid_validity),
                    _ => {}
                }
            }
        }
        (Known::Data(Data::Search(uids, _)), Response::Search(ours)) => {
            prop_assert_eq!(uids.iter().map(|uid| uid.get()).collect::<Vec<_>>(), ours);
        }
        (Known::Data(Data::Fetch { seq, items }), Response::Fetch(ours)) => {
            prop_assert_eq!(seq.get(), ours.sequence);
            for item in items.as_ref() {
                match item {
                    MessageDataItem::Uid(uid) => prop_assert_eq!(Some(uid.get()), ours.uid),
                    MessageDataItem::Rfc822Size(size) => prop_assert_eq!(Some(u64::from(*size)), ours.size),
                    MessageDataItem::InternalDate(date) => {
                        let known = date.as_ref().timestamp_millis();
                        prop_assert_eq!(Some(known), ours.internal_date.map(|instant| instant.0));
                    }
                    MessageDataItem::Flags(flags) => {
                        let mut known = Flags::default();
                        for flag in flags {
                            if let FlagFetch::Flag(flag) = flag {
                                known.insert(&flag.to_string());
                            }
                        }
                        prop_assert_eq!(Some(&known), ours.flags.as_ref());
                    }
                    MessageDataItem::BodyExt { section: None, data, .. } => {
                        let known = data.0.as_ref().map(|text| text.as_ref().to_vec());
                        let ours = match &ours.body {
                            Body::Here(text) => Some(text.to_vec()),
                            _ => None,
                        };
                        prop_assert_eq!(known, ours);
                    }
                    MessageDataItem::BodyStructure(known) => {
                        let ours = ours.structure.as_deref();
                        prop_assert_eq!(Some(outline_of(known)), ours.map(outline));
                    }
                    MessageDataItem::ModSeq(known) => {
                        prop_assert_eq!(Some(known.get()).filter(|modseq| *modseq != 0), ours.modseq);
                    }
                    _ => {}
                }
            }
        }
        (Known::Data(Data::Exists(count)), ours) => prop_assert_eq!(Response::Exists(count), ours),
        (Known::Data(Data::Expunge(place)), ours) => prop_assert_eq!(Response::Expunge(place.get()), ours),
        (Known::Status(KnownStatus::Tagged(known)), Response::Tagged { tag, status }) => {
            prop_assert_eq!(known.tag.inner().as_bytes(), tag);
            let kind = match known.body.kind {
                KnownKind::Ok => StatusKind::Ok,
                KnownKind::No => StatusKind::No,
                KnownKind::Bad => StatusKind::Bad,
            };
            prop_assert_eq!(kind, status.kind);
            if known.body.code.is_some() == status.code.is_some() {
                prop_assert_eq!(known.body.text.inner().trim_start().as_bytes(), status.text);
            }
        }
        (
            known @ Known::Data(
                Data::List { .. } | Data::Status { .. } | Data::Search(..) | Data::Fetch { .. },
            ),
            ours,
        ) => {
            prop_assert!(false, "{known:?} but {ours:?}");
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z0-9./&+-]{1,12}",
        "\"[A-Za-z0-9 ()\\[\\]{}%*]{0,12}\"",
        "\"[a-z]{0,3}(\\\\\\\\|\\\\\")[a-z ]{0,3}\"",
        "[a-zA-Z ()\"]{0,9}".prop_map(|text| format!("{{{}}}\r\n{text}", text.len())),
        Just("inbox".to_owned()),
    ]
}

fn flag() -> impl Strategy<Value = String> {
    prop_oneof!["\\\\(Seen|Deleted|Flagged|Recent|Draft|XFoo)", "[$]?[A-Za-z0-9]{1,8}"]
}

fn fetch_item() -> impl Strategy<Value = String> {
    let flags = prop::collection::vec(flag(), 0..4).prop_map(|flags| format!("FLAGS ({})", flags.join(" ")));
    prop_oneof![
        (1..=u32::MAX).prop_map(|uid| format!("UID {uid}")),
        flags,
        (0..=u32::MAX).prop_map(|size| format!("RFC822.SIZE {size}")),
        "[a-z \r\n(){}\"]{0,20}".prop_map(|text| format!("BODY[] {{{}}}\r\n{text}", text.len())),
        Just("BODY[] NIL".to_owned()),
        Just("BODY[] \"a \\\"b\"".to_owned()),
        (1..=28_u32, 1990..2100_u32, 0..24_u32, 0..60_u32, 0..1400_u32).prop_map(
            |(day, year, hour, minute, zone)| {
                let zone = zone / 100 * 100 + zone % 60;
                format!("INTERNALDATE \"{day:2}-Mar-{year} {hour:02}:{minute:02}:07 -{zone:04}\"")
            }
        ),
        Just("ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)".to_owned()),
        Just("BODY[HEADER.FIELDS (DATE \"FROM\")] \"x\"".to_owned()),
        (1..=u64::MAX).prop_map(|modseq| format!("MODSEQ ({modseq})")),
        structure().prop_map(|structure| format!("BODYSTRUCTURE {structure}")),
    ]
}

/// A part as servers that follow the RFC write it, with parts in it.
fn structure() -> impl Strategy<Value = String> {
    let list = prop_oneof![Just("NIL"), Just("(\"name\" \"a b\")"), Just("(\"a\" \"b\" \"c\" {1}\r\n)\"\")")];
    let string = prop_oneof![Just("NIL"), Just("\"x (y\""), Just("{2}\r\n\"(")];
    let disposition = prop_oneof![Just(""), Just(" NIL NIL"), Just(" NIL (\"inline\" NIL) NIL NIL")];
    let basic = (list, string, 0..=u32::MAX, disposition)
        .prop_map(|(list, string, size, rest)| (format!("{list} {string} {string} \"7BIT\" {size}"), rest));
    let leaf = prop_oneof![
        basic.clone().prop_map(|(basic, rest)| format!("(\"TEXT\" \"PLAIN\" {basic} 3{rest})")),
        basic.clone().prop_map(|(basic, rest)| format!("(\"image\" {{3}}\r\nPng {basic}{rest})")),
        basic.clone().prop_map(|(basic, rest)| format!("(\"message\" \"delivery-status\" {basic}{rest})")),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        let envelope = "(NIL \"a(\" ((NIL NIL \"b\" \"c\")) NIL NIL NIL NIL NIL NIL \"<x>\")";
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4)
                .prop_map(|parts| format!("({} \"MIXED\" (\"boundary\" \"=\") NIL NIL)", parts.concat())),
            (basic.clone(), inner).prop_map(move |((basic, rest), inner)| {
                format!("(\"message\" \"rfc822\" {basic} {envelope} {inner} 9{rest})")
            }),
        ]
    })
}

/// Items with different keys: what a key means that comes twice is open.
fn each_once(mut items: Vec<String>) -> String {
    let key = |item: &String| item.split([' ', '[']).next().unwrap_or_default().to_owned();
    items.sort_by_key(key);
    items.dedup_by_key(|item| key(item));
    items.join(" ")
}

fn line() -> impl Strategy<Value = String> {
    let numbers = |key: &'static str| (0..=u32::MAX).prop_map(move |number| format!("{key} {number}"));
    let counts = prop_oneof![
        numbers("MESSAGES"),
        numbers("UNSEEN"),
        numbers("UIDNEXT"),
        numbers("UIDVALIDITY"),
        numbers("SIZE"),
        numbers("RECENT"),
    ];
    let delimiter = prop_oneof![Just("NIL"), Just("\"/\""), Just("\".\""), Just("\"\\\\\"")];
    let attributes = prop::collection::vec("\\\\(Noselect|HasChildren|Sent|Marked)", 0..3);
    prop_oneof![
        (attributes, delimiter, name()).prop_map(|(attributes, delimiter, name)| {
            format!("* LIST ({}) {delimiter} {name}", attributes.join(" "))
        }),
        (name(), prop::collection::vec(counts, 0..4))
            .prop_map(|(name, counts)| format!("* STATUS {name} ({})", each_once(counts))),
        prop::collection::vec(any::<u32>(), 0..9).prop_map(|uids| {
            uids.iter().fold("* SEARCH".to_owned(), |line, uid| format!("{line} {uid}"))
        }),
        (1..99_u32, prop::collection::vec(fetch_item(), 1..4))
            .prop_map(|(number, items)| { format!("* {number} FETCH ({})", each_once(items)) }),
        ("A[0-9]{1,3}", "(OK|NO|BAD)", "( [A-Za-z ]{1,9}| \\[READ-ONLY\\] done| \\[X-Y z\\] done)")
            .prop_map(|(tag, kind, text)| format!("{tag} {kind}{text}")),
        any::<u32>().prop_map(|count| format!("* {count} EXISTS")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_both_understand_is_the_same(line in line()) {
        agrees(line.as_bytes())?;
    }

    #[test]
    fn a_damaged_line_is_understood_alike_if_at_all(
        line in line(),
        place in any::<prop::sample::Index>(),
        byte in prop::sample::select(b" ()[]{}\"\\0aN-".to_vec()),
        remove in any::<bool>(),
    ) {
        let mut line = line.into_bytes();
        let place = place.index(line.len());
        if remove {
            line.remove(place);
        } else {
            line.insert(place, byte);
        }
        agrees(&line)?;
    }
}

#[test]
fn the_comparison_compares() {
    for line in [
        "* LIST (\\Sent) \"/\" {4}\r\nSent",
        "* STATUS inbox (MESSAGES 3 UIDNEXT 4)",
        "* SEARCH 2 84 882",
        "* 1 FETCH (UID 7 FLAGS (\\Seen $x) RFC822.SIZE 4 INTERNALDATE \"17-Jul-1996 02:44:25 -0700\")",
        "* 1 FETCH (BODY[] {5}\r\nhello UID 3)",
        "* 1 FETCH (BODYSTRUCTURE (\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 5 1) MODSEQ (7))",
        "* 1 FETCH (BODYSTRUCTURE ((\"image\" \"png\" (\"a\" {1}\r\n)) NIL NIL \"7BIT\" 5) \"MIXED\"))",
        "A1 NO [ALERT] full",
    ] {
        assert!(agrees(line.as_bytes()).unwrap(), "{line}");
    }
}
