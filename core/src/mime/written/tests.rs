use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::*;
use crate::mime::{compose, parse};
use crate::model::Instant;

const AT: Instant = Instant(1_786_000_000_000);

fn octets(mail: &Composition, files: &[Enclosure]) -> Vec<u8> {
    compose(mail, files, "one@example.org", AT).unwrap()
}

fn letter() -> Composition {
    Composition {
        from: "Ada <ada@example.org>".into(),
        to: "Grace <grace@example.net>".into(),
        subject: "Plans".into(),
        text: "Dear Grace,\n\nshall we?\n".into(),
        ..Composition::default()
    }
}

/// A name with whatever people have in names.
fn person() -> impl Strategy<Value = String> {
    (
        "\\PC{0,24}|[a-zA-Z ,.\"\\\\()<>@:;=?_-]{0,24}|=\\?utf-8\\?[qb]\\?[a-z=]{0,8}\\?=",
        "[a-z]{1,8}",
        "[a-z]{1,8}\\.example|b\u{fc}cher\\.example",
    )
        .prop_map(|(name, local, domain)| {
            let written = recipients::mailbox(&name, &format!("{local}@{domain}"));
            recipients::read(&written).first().map(recipients::Recipient::written).unwrap()
        })
}

fn people() -> impl Strategy<Value = String> {
    prop::collection::vec(person(), 0..4).prop_map(|people| {
        let people = recipients::read(&people.join(", "));
        people.iter().map(recipients::Recipient::written).collect::<Vec<_>>().join(", ")
    })
}

/// Texts with whatever a relay, a reader of format=flowed or of Markdown takes for something.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "\\PC{0,30}",
        "([a-z]{1,9} ){0,30}",
        "(> ?){1,4}[ a-z.>]{0,20}",
        Just("-- ".to_owned()),
        Just("From here".to_owned()),
        "[.]{1,3}",
        Just("--one".to_owned()),
        Just("begin 644 a.txt".to_owned()),
        "[ \t]{0,4}",
        "(# |- |1\\. |\\*\\*|```|    |<b>|!\\[x\\]\\(cid:p@x\\)|\\[x\\]\\(javascript:y\\)|https://a\\.example/)[a-z_* ]{0,12}",
        "[\u{8a9e}\u{1f33b}\u{5d0}\u{200f}]{1,200}",
        "[a-z]{900,1100}",
    ];
    prop::collection::vec(piece, 0..8).prop_map(|lines| lines.join("\n"))
}

fn file(is_inline: bool) -> impl Strategy<Value = Enclosure> {
    (
        "[a-zA-Z0-9 \u{e9}\u{8a9e}'%;=,()-]{0,40}",
        prop::sample::select(vec!["image/png", "text/plain", "application/pdf", "text/html"]),
        prop::collection::vec(any::<u8>(), 0..300),
    )
        .prop_map(move |(name, media_type, octets)| Enclosure {
            name: format!("a{}z.bin", name.split_whitespace().collect::<Vec<_>>().join(" ")),
            media_type: if is_inline { "image/png".to_owned() } else { media_type.to_owned() },
            octets,
            content_id: if is_inline { "p@x".to_owned() } else { String::new() },
        })
}

fn mail() -> impl Strategy<Value = (Composition, Vec<Enclosure>)> {
    let files = (prop::option::of(file(true)), prop::collection::vec(file(false), 0..3))
        .prop_map(|(inline, files)| inline.into_iter().chain(files).collect::<Vec<_>>());
    let people = (person(), people(), people(), people(), people());
    let rest = (
        "\\PC{0,60}|([a-z\u{8a9e}]{1,12} ){0,30}|=\\?utf-8\\?q\\?x\\?=",
        text(),
        any::<(bool, bool)>(),
        prop::collection::vec("[a-z0-9.]{1,50}@[a-z]{1,9}", 0..12),
    );
    (people, rest, files).prop_map(
        |(
            (from, to, cc, bcc, reply_to),
            (subject, text, (is_markdown, wants_receipt), references),
            files,
        )| {
            let mut known = std::collections::HashSet::new();
            let references = references.into_iter().filter(|id| known.insert(id.clone())).collect();
            let subject = crate::mime::header::line(&subject);
            let writing = if is_markdown { Writing::Markdown } else { Writing::Plain };
            (
                Composition {
                    from,
                    to,
                    cc,
                    bcc,
                    reply_to,
                    subject,
                    text,
                    writing,
                    references,
                    wants_receipt,
                },
                files,
            )
        },
    )
}

proptest! {
    #[test]
    fn what_was_written_is_written_on((mail, files) in mail()) {
        let (again, enclosed) = written(&octets(&mail, &files));
        prop_assert_eq!(&again, &mail);
        prop_assert_eq!(&enclosed, &files);
    }

    #[test]
    fn what_is_composed_is_read((mail, files) in mail()) {
        let raw = octets(&mail, &files);
        let read = parse(&raw);
        prop_assert_eq!(&read.subject, &mail.subject);
        prop_assert_eq!(list(&read.to), mail.to);
        prop_assert_eq!(list(&read.cc), mail.cc);
        if !mail.text.contains("begin 644") {
            prop_assert_eq!(&read.text, &crate::mime::body::tidied(&mail.text));
        }
        let sums = |octets: &[u8]| Sha256::digest(octets).to_vec();
        for (number, file) in (1..).zip(&files) {
            prop_assert_eq!(&read.attachments[number as usize - 1].name, &file.name);
            prop_assert_eq!(sums(&crate::mime::part(&raw, number).unwrap()), sums(&file.octets));
        }
    }

    /// RFC 5322 section 2.1.1, and what relays change: RFC 6376 section 5.3.
    #[test]
    fn no_relay_has_to_change_a_line((mail, files) in mail()) {
        let raw = octets(&mail, &files);
        prop_assert!(raw.ends_with(b"\r\n"));
        for line in raw.split_inclusive(|octet| *octet == b'\n') {
            let content = line.strip_suffix(b"\r\n").expect("CR LF");
            let shown = String::from_utf8_lossy(line).into_owned();
            prop_assert!(content.iter().all(|c| matches!(c, b' '..=b'~' | b'\t')), "{shown:?}");
            prop_assert!(content.len() <= 78, "{shown:?}");
            prop_assert!(!content.ends_with(b" ") && !content.ends_with(b"\t") && !content.starts_with(b".") && !content.starts_with(b"From "), "{shown:?}");
        }
    }

    #[test]
    fn any_octets_can_be_written_on(raw in prop::collection::vec(prop::sample::select(b"From: a@b.c\r\nContent-Type: multipart/mixed; boundary=b\r\n--b\r\n\xff x=?\"<>".to_vec()), 0..300)) {
        let _ = written(&raw);
    }
}

#[test]
fn a_draft_of_another_program_is_written_on() {
    let raw = b"From: Ada <ada@example.org>\r\nTo: undisclosed, b@b.example\r\nSubject: =?utf-8?Q?Pl=C3=A4ne?=\r\n\
        Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n\
        --b\r\nContent-Type: text/plain; format=flowed\r\n\r\nOne \r\nline.\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>One line.\r\n--b--\r\n\
        --m\r\nContent-Type: text/plain; name=a.txt\r\nContent-Disposition: attachment\r\n\r\nx\r\n--m--\r\n";
    let (mail, files) = written(raw);
    assert_eq!((&*mail.subject, &*mail.text, mail.writing), ("Pl\u{e4}ne", "One line.", Writing::Plain));
    assert_eq!(mail.to, "undisclosed, b@b.example");
    assert_eq!((files.len(), &*files[0].name, &files[0].octets[..]), (1, "a.txt", &b"x"[..]));
    let html = b"From: a@b.example\r\nContent-Type: text/html\r\n\r\n<p>Hello <b>you</b>\r\n";
    assert_eq!(written(html).0.text, "Hello you");
}

#[test]
fn a_picture_stands_where_the_text_has_it_and_is_a_file_where_it_has_none() {
    let picture = Enclosure {
        name: "p.png".into(),
        media_type: "image/png".into(),
        octets: b"png".to_vec(),
        content_id: "p%1@x".into(),
    };
    let mail =
        Composition { writing: Writing::Markdown, text: "Look: ![a cat](cid:p%251@x)\n".into(), ..letter() };
    let raw = octets(&mail, std::slice::from_ref(&picture));
    let read = open(&raw, Wanted { html: true, ..Wanted::default() });
    assert!(read.html.contains("src=\"waxwing-part:1\"") && read.html.contains("a cat"), "{}", read.html);
    assert!(read.parts[0].is_inline && read.blocked.is_empty());
    let text = String::from_utf8(raw).unwrap();
    assert!(text.contains("multipart/related") && !text.contains("multipart/mixed"));

    let without =
        Composition { text: "No picture. ![x](cid:other@x) ![y](https://a.example/1.png)".into(), ..mail };
    let raw = octets(&without, std::slice::from_ref(&picture));
    let read = open(&raw, Wanted { html: true, ..Wanted::default() });
    assert!(!read.parts[0].is_inline && read.html.is_empty(), "{}", read.html);
    assert_eq!(written(&raw).1, [picture]);
}

#[test]
fn thirty_megabytes_and_a_hundred_people_are_written() {
    let octets_of = |n: u32| n.wrapping_mul(2_654_435_761).to_le_bytes();
    let file = Enclosure {
        name: "large.bin".into(),
        media_type: "application/octet-stream".into(),
        octets: (0..7_500_000).flat_map(octets_of).collect(),
        ..Enclosure::default()
    };
    let to = (0..100).map(|n| format!("Pers\u{f6}n {n} <p{n}@example.org>")).collect::<Vec<_>>().join(", ");
    let mail = Composition { to, ..letter() };
    let (again, files) = written(&octets(&mail, std::slice::from_ref(&file)));
    assert_eq!(again, mail);
    assert_eq!(Sha256::digest(&files[0].octets), Sha256::digest(&file.octets));
}
