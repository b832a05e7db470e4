//! Mails as they come: odd charsets, broken structure, hostile sizes.

use std::time::{Duration, Instant as Clock};

use base64::Engine;
use proptest::prelude::*;

use super::*;

/// No timing: what looks at all of a mail again for each of its parts takes far longer than this.
const NO_HANG: Duration = Duration::from_secs(180);

fn mail(fields: &[&[u8]], body: &[u8]) -> Vec<u8> {
    let mut raw = Vec::new();
    for field in fields {
        raw.extend_from_slice(field);
        raw.extend_from_slice(b"\r\n");
    }
    raw.extend_from_slice(b"\r\n");
    raw.extend_from_slice(body);
    raw
}

fn text_in(charset: &str, encoding: &str, body: &[u8]) -> String {
    let content_type = format!("Content-Type: text/plain; charset={charset}");
    let encoding = format!("Content-Transfer-Encoding: {encoding}");
    let parsed = parse(&mail(&[b"From: a@b.example", content_type.as_bytes(), encoding.as_bytes()], body));
    assert!(!parsed.damaged, "{parsed:?}");
    parsed.text
}

fn subject_of(field: &[u8]) -> String {
    header_facts(&mail(&[field], b"")).subject
}

fn names_of(raw: &[u8]) -> Vec<String> {
    parse(raw).attachments.into_iter().map(|attachment| attachment.name).collect()
}

#[track_caller]
fn in_time<T>(work: impl FnOnce() -> T) -> T {
    let start = Clock::now();
    let done = work();
    assert!(start.elapsed() < NO_HANG, "{:?}", start.elapsed());
    done
}

// Charsets

#[test]
fn declared_charsets_are_decoded() {
    assert_eq!(text_in("iso-8859-1", "8bit", b"Gr\xfc\xdfe"), "Grüße");
    assert_eq!(text_in("windows-1252", "8bit", b"\x8020 \x96 \x93x\x94"), "€20 – “x”");
    assert_eq!(text_in("GB18030", "8bit", b"\xc4\xe3\xba\xc3"), "你好");
    assert_eq!(text_in("iso-2022-jp", "7bit", b"\x1b$B$3$s$K$A$O\x1b(B"), "こんにちは");
    assert_eq!(text_in("Shift_JIS", "8bit", b"\x93\xfa\x96{"), "日本");
    assert_eq!(text_in("koi8-r", "8bit", b"\xf0\xd2\xc9\xd7\xc5\xd4"), "Привет");
    assert_eq!(text_in("\"utf-8\"", "quoted-printable", b"=C3=A9t=C3=A9 =\r\nlong"), "été long");
    assert_eq!(text_in("utf-8", "base64", b"w6kgYW5k\r\nIG1vcmU=\r\n"), "é and more");
}

#[test]
fn undeclared_and_unknown_charsets_are_guessed() {
    let fields: &[&[u8]] = &[b"From: a@b.example"];
    assert_eq!(parse(&mail(fields, "Grüße".as_bytes())).text, "Grüße");
    assert_eq!(parse(&mail(fields, b"Gr\xfc\xdfe")).text, "Grüße");
    assert_eq!(parse(&mail(fields, b"\x1b$B$3$s\x1b(B")).text, "こん");
    assert_eq!(text_in("x-no-such-thing", "8bit", b"Gr\xfc\xdfe"), "Grüße");
    assert_eq!(text_in("x-no-such-thing", "quoted-printable", b"Gr=FC=DFe"), "Grüße");
    assert_eq!(text_in("us-ascii", "8bit", b"Gr\xfc\xdfe"), "Grüße");
}

#[test]
fn subjects_are_decoded_in_all_their_forms() {
    assert_eq!(subject_of(b"Subject: =?utf-8?B?R3LDvMOfZQ==?="), "Grüße");
    assert_eq!(
        subject_of(b"Subject: =?iso-8859-1?Q?Gr=FC?=\r\n =?iso-8859-1?Q?=DFe?= to you"),
        "Grüße to you"
    );
    assert_eq!(subject_of(b"Subject: =?ISO-2022-JP?B?GyRCJDMkcxsoQg==?="), "こん");
    assert_eq!(subject_of("Subject: Grüße".as_bytes()), "Grüße");
    assert_eq!(subject_of(b"Subject: Gr\xfc\xdfe"), "Grüße");
    assert_eq!(subject_of(b"Subject: \x1b$B$3$s\x1b(B"), "こん");
    assert_eq!(subject_of(b"Subject: =?x-unknown?Q?plain?= end"), "plain end");
    assert_eq!(subject_of(b"Subject: folded\r\n\tline"), "folded line");
    assert_eq!(subject_of(b"subject:none"), "none");
    assert_eq!(subject_of(b"X: y"), "");
}

#[test]
fn a_raw_subject_is_in_the_charset_of_its_mail() {
    let fields: &[&[u8]] =
        &[b"Subject: \xf0\xd2\xc9\xd7\xc5\xd4", b"Content-Type: text/plain; charset=koi8-r"];
    assert_eq!(parse(&mail(fields, b"x")).subject, "Привет");
    assert_eq!(header_facts(&mail(fields, b"")).subject, "Привет");
}

#[test]
fn what_would_deceive_is_stripped_from_headers() {
    assert_eq!(subject_of("Subject: a\u{202e}b\u{200f}c\0d\u{7}\u{2066}e".as_bytes()), "abcde");
    assert_eq!(subject_of(b"Subject: =?utf-8?Q?line=0D=0ABcc:_x@y.example=00?="), "line Bcc: x@y.example");
    let facts = header_facts("From: \"a\u{202e}nn\" <a\u{200e}@b.example>\r\n\r\n".as_bytes());
    assert_eq!(facts.from, Address { name: "ann".into(), address: "a@b.example".into() });
}

// Addresses, dates, ids

#[test]
fn addresses_are_found_in_lists_groups_and_comments() {
    let parsed = parse(&mail(
        &[
            b"From: =?utf-8?Q?J=C3=BCrgen?= <j@a.example>",
            b"To: Team: \"Doe, Jane\" <jane@a.example>, bob@a.example;, Eve <eve@a.example>",
            b"Cc: undisclosed-recipients:;",
            b"Reply-To: list@a.example (The List)",
        ],
        b"x",
    ));
    assert_eq!(parsed.from, [Address { name: "Jürgen".into(), address: "j@a.example".into() }]);
    let to: Vec<&str> = parsed.to.iter().map(|found| found.address.as_str()).collect();
    assert_eq!(to, ["jane@a.example", "bob@a.example", "eve@a.example"]);
    assert_eq!(parsed.to[0].name, "Doe, Jane");
    assert_eq!(parsed.cc, []);
    assert_eq!(parsed.reply_to[0], Address { name: "The List".into(), address: "list@a.example".into() });
}

#[test]
fn every_author_is_told() {
    let parsed = parse(&mail(&[b"From: a@x.example, b@x.example", b"From: c@x.example"], b"x"));
    assert_eq!(parsed.from.len(), 3);
    assert_eq!(
        header_facts(&mail(&[b"From: a@x.example", b"From: c@x.example"], b"")).from.address,
        "a@x.example"
    );
}

#[test]
fn raw_names_are_decoded() {
    let parsed = parse(&mail(&[b"From: J\xfcrgen M\xfcller <j@a.example>"], b"x"));
    assert_eq!(parsed.from, [Address { name: "Jürgen Müller".into(), address: "j@a.example".into() }]);
}

#[test]
fn dates_make_sense_or_are_none() {
    let written = |field: &str| header_facts(&mail(&[field.as_bytes()], b"")).written;
    assert_eq!(written("Date: Mon, 3 Feb 2025 10:00:00 +0100"), Some(Instant(1_738_573_200_000)));
    assert_eq!(written("Date: 3 Feb 25 09:00:00 GMT"), Some(Instant(1_738_573_200_000)));
    assert_eq!(written("Date: 3 Feb 2025 09:00 +0000 (comment)"), Some(Instant(1_738_573_200_000)));
    assert_eq!(written("Date: Thu, 1 Jan 1970 00:00:00 +0000"), None);
    assert_eq!(written("Date: Mon, 3 Feb 9999 10:00:00 +0100"), None);
    assert_eq!(written("Date: Mon, 99 Feb 2025 10:00:00 +0100"), None);
    assert_eq!(written("Date: yesterday"), None);
    assert_eq!(written("Date: 99999999999999999999 Feb 2025"), None);
    assert_eq!(written("X: y"), None);
}

#[test]
fn message_ids_lose_their_brackets() {
    let facts = header_facts(&mail(
        &[
            b"Message-ID:  <own@a.example> ",
            b"In-Reply-To: Your mail of Monday <2@a.example>",
            b"References: <1@a.example>\r\n <2@a.example> <1@a.example>",
        ],
        b"",
    ));
    assert_eq!(facts.message_id.as_deref(), Some("own@a.example"));
    assert_eq!(facts.references, ["1@a.example", "2@a.example"]);
    let facts =
        header_facts(&mail(&[b"Message-ID: own@a.example", b"In-Reply-To: Your mail of Monday"], b""));
    assert_eq!(facts.message_id.as_deref(), Some("own@a.example"));
    assert_eq!(facts.references, Vec::<String>::new());
}

#[test]
fn a_header_without_its_last_line_end_is_whole() {
    assert_eq!(header_facts(b"From: a@b.example\r\nSubject: last").subject, "last");
    assert_eq!(header_facts(b""), HeaderFacts::default());
}

#[test]
fn attachments_are_guessed_from_the_content_type() {
    let seems = |field: &str| header_facts(&mail(&[field.as_bytes()], b"")).has_attachment;
    assert!(seems("Content-Type: multipart/mixed; boundary=x"));
    assert!(seems("Content-Type: Application/PDF; name=x.pdf"));
    assert!(seems("Content-Type: text/csv\r\nContent-Disposition: attachment; filename=a.csv"));
    assert!(!seems("Content-Type: multipart/alternative; boundary=x"));
    assert!(!seems("Content-Type: text/html"));
    assert!(!seems("X: y"));
}

// Bodies

#[test]
fn plain_text_is_preferred_to_html() {
    let parsed = parse(&mail(
        &[b"Content-Type: multipart/alternative; boundary=b"],
        b"--b\r\nContent-Type: text/plain\r\n\r\nplain\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>html\r\n--b--\r\n",
    ));
    assert_eq!((parsed.text.as_str(), parsed.from_html), ("plain", false));
    assert_eq!(parsed.attachments, []);
}

#[test]
fn an_empty_plain_part_gives_way_to_html() {
    let parsed = parse(&mail(
        &[b"Content-Type: multipart/alternative; boundary=b"],
        b"--b\r\nContent-Type: text/plain\r\n\r\n \r\n--b\r\nContent-Type: text/html\r\n\r\n<p>html</p>\r\n--b--\r\n",
    ));
    assert_eq!((parsed.text.as_str(), parsed.from_html), ("html", true));
}

#[test]
fn html_alone_is_read_as_text() {
    let parsed = parse(&mail(
        &[b"Content-Type: text/html; charset=iso-8859-1", b"Content-Transfer-Encoding: quoted-printable"],
        b"<style type=3D\"text/css\">p{}</style><p>Gr=FC=DFe</p><script src=3Dx>evil()</script>",
    ));
    assert_eq!((parsed.text.as_str(), parsed.from_html), ("Grüße", true));
}

#[test]
fn flowed_text_is_joined() {
    let parsed =
        parse(&mail(&[b"Content-Type: text/plain; format=flowed"], b"one \r\ntwo\r\n> q \r\n> r\r\n"));
    assert_eq!(parsed.text, "one two\n> q r");
}

#[test]
fn line_ends_and_trailing_lines_are_tidied() {
    assert_eq!(parse(b"From: a@b.example\r\n\r\na\r\nb\0c\r\n\r\n\r\n").text, "a\nbc");
    assert_eq!(parse(b"From: a@b.example\n\nunix\nlines\n").text, "unix\nlines");
}

// Attachments

const ATTACHED: &[u8] = b"--b\r\nContent-Type: text/plain\r\n\r\nsee file\r\n--b\r\n";

fn with_part(part: &[u8]) -> Vec<u8> {
    let body = [ATTACHED, part, b"\r\n--b--\r\n"].concat();
    mail(&[b"Content-Type: multipart/mixed; boundary=b"], &body)
}

#[test]
fn an_attachment_has_name_type_and_decoded_size() {
    let raw = with_part(
        b"Content-Type: APPLICATION/PDF; name=wrong.pdf\r\nContent-Disposition: attachment; filename=\"bill.pdf\"\r\n\
          Content-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQ=",
    );
    let parsed = parse(&raw);
    let wanted = Attachment { name: "bill.pdf".into(), media_type: "application/pdf".into(), size: 8 };
    assert_eq!((parsed.text.as_str(), parsed.attachments), ("see file", vec![wanted]));
}

#[test]
fn attachment_names_are_decoded_and_safe() {
    let named = |parameters: &str| {
        let part = format!(
            "Content-Type: application/pdf\r\nContent-Disposition: attachment; {parameters}\r\n\r\nx"
        );
        names_of(&with_part(part.as_bytes())).remove(0)
    };
    assert_eq!(named("filename*=utf-8''Gr%C3%BC%C3%9Fe.pdf"), "Grüße.pdf");
    assert_eq!(named("filename*0=\"long \"; filename*1=\"name.pdf\""), "long name.pdf");
    assert_eq!(named("filename*0*=utf-8'de'Gr%C3%BC; filename*1*=%C3%9Fe.pdf"), "Grüße.pdf");
    assert_eq!(named("filename=\"=?utf-8?Q?Gr=C3=BC=C3=9Fe.pdf?=\""), "Grüße.pdf");
    assert_eq!(named("filename=\"../../.ssh/authorized_keys\""), "authorized_keys");
    assert_eq!(named("filename*=utf-8''%E2%80%AEfdp.exe%00"), "fdp.exe");
    assert_eq!(named("size=1"), "attachment-1.pdf");
}

#[test]
fn outlook_s_container_is_an_attachment() {
    let raw = with_part(b"Content-Type: application/ms-tnef; name=\"winmail.dat\"\r\nContent-Transfer-Encoding: base64\r\n\r\neJ8+Ig==");
    assert_eq!(names_of(&raw), ["winmail.dat"]);
}

#[test]
fn a_mail_inside_is_a_file_named_by_its_subject() {
    let raw = with_part(
        b"Content-Type: message/rfc822\r\n\r\nSubject: =?utf-8?Q?In/ner?=\r\nFrom: x@y.example\r\n\r\ninner",
    );
    let parsed = parse(&raw);
    assert_eq!(parsed.text, "see file");
    assert_eq!(parsed.attachments.len(), 1);
    assert_eq!(parsed.attachments[0].media_type, "message/rfc822");
    assert_eq!(parsed.attachments[0].name, "In_ner.eml");
    assert!(parsed.subject.is_empty());
}

#[test]
fn a_digest_is_read_as_its_texts() {
    let raw = mail(
        &[b"Content-Type: multipart/digest; boundary=b"],
        b"--b\r\n\r\nSubject: one\r\n\r\nfirst\r\n--b\r\n\r\nSubject: two\r\n\r\nsecond\r\n--b--\r\n",
    );
    let text = parse(&raw).text;
    assert!(text.contains("first") && text.contains("Subject: two"), "{text}");
}

#[test]
fn an_inline_picture_is_listed_and_no_text() {
    let parsed = parse(&with_part(b"Content-Type: image/png; name=a.png\r\nContent-ID: <1>\r\n\r\n\x89PNG"));
    assert_eq!((parsed.text.as_str(), parsed.attachments.len()), ("see file", 1));
}

// Broken ones

#[test]
fn nothing_at_all_is_damaged() {
    assert!(parse(b"").damaged);
    assert!(parse(b"\r\n").text.is_empty());
}

#[test]
fn bytes_that_are_no_mail_are_shown() {
    let parsed = parse(b"just some words\r\nand Gr\xfc\xdfe");
    assert!(parsed.damaged);
    assert_eq!(parsed.text, "just some words\nand Grüße");
    let parsed = parse(b"\0\0\0\0\0words\0");
    assert!(parsed.text.contains("words"), "{parsed:?}");
}

#[test]
fn a_mail_without_header_is_its_body() {
    assert_eq!(parse(b"\r\nbody\r\n").text, "body");
}

#[test]
fn a_multipart_without_its_boundary_is_shown_as_it_stands() {
    for content_type in ["multipart/mixed; boundary=gone", "multipart/mixed"] {
        let field = format!("Content-Type: {content_type}");
        let parsed = parse(&mail(&[field.as_bytes()], b"--other\r\n\r\nsome words\r\n"));
        assert!(parsed.text.contains("some words"), "{parsed:?}");
        assert!(parsed.damaged);
    }
}

#[test]
fn a_cut_mail_shows_what_is_there() {
    let parsed = parse(&mail(
        &[b"Content-Type: multipart/mixed; boundary=b"],
        b"--b\r\nContent-Type: text/plain\r\n\r\nhalf of",
    ));
    assert_eq!(parsed.text, "half of");
    let parsed = parse(&mail(
        &[b"Content-Type: multipart/mixed; boundary=b"],
        b"--b\r\n\r\nwhole\r\n--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KG",
    ));
    assert_eq!(parsed.text, "whole");
}

#[test]
fn broken_base64_is_rescued() {
    let text = base64::engine::general_purpose::STANDARD.encode("Dear all, this is what the mail said.");
    for broken in [
        format!("{}!!\r\n{}", &text[..8], &text[8..]),
        text[..23].to_owned(),
        format!("{text}\r\n-- \r\nList footer ü"),
    ] {
        let parsed = parse(&mail(
            &[b"Content-Type: text/plain; charset=utf-8", b"Content-Transfer-Encoding: base64"],
            broken.as_bytes(),
        ));
        assert!(parsed.text.starts_with("Dear all, this"), "{broken} -> {parsed:?}");
    }
    let parsed = parse(&mail(
        &[b"Content-Type: text/html; charset=utf-8", b"Content-Transfer-Encoding: base64"],
        b"PGI+RGVhciE8L2I+!!IGFsbCB5b3U=",
    ));
    assert!(parsed.text.contains("Dear!"), "{parsed:?}");
}

#[test]
fn an_unknown_encoding_is_shown_raw() {
    assert_eq!(text_in("utf-8", "x-uuencode", b"words"), "words");
}

// Hostile sizes

#[test]
fn ten_thousand_multiparts_deep() {
    for closed in [false, true] {
        let mut raw = b"Subject: deep\r\n".to_vec();
        for depth in 0..10_000 {
            raw.extend(
                format!("Content-Type: multipart/mixed; boundary=b{depth}.\r\n\r\n--b{depth}.\r\n").bytes(),
            );
        }
        raw.extend(b"\r\nbottom\r\n");
        for depth in (0..10_000).rev().filter(|_| closed) {
            raw.extend(format!("--b{depth}.--\r\n").bytes());
        }
        let parsed = in_time(|| parse(&raw));
        assert_eq!(parsed.subject, "deep");
    }
}

#[test]
fn ten_thousand_mails_deep() {
    for inside in [false, true] {
        let mut nested = b"Content-Type: message/rfc822\r\n\r\n".repeat(100_000);
        nested.extend(b"bottom");
        if inside {
            let encoded = base64::engine::general_purpose::STANDARD.encode(&nested);
            nested = mail(
                &[b"Content-Type: message/rfc822", b"Content-Transfer-Encoding: base64"],
                encoded.as_bytes(),
            );
        }
        in_time(|| parse(&nested));
        let digest = b"Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\n".repeat(10_000);
        in_time(|| parse(&digest));
    }
}

#[test]
fn five_thousand_parts() {
    let mut body = Vec::new();
    for number in 0..5_000 {
        body.extend(format!("--b\r\nContent-Type: application/pdf; name={number}.pdf\r\n\r\nx\r\n").bytes());
    }
    body.extend(b"--b--\r\n");
    let parsed = in_time(|| parse(&mail(&[b"Content-Type: multipart/mixed; boundary=b"], &body)));
    assert_eq!(parsed.attachments.len(), 5_000);
}

#[test]
fn boundaries_that_never_come_cost_bounded_time() {
    let mut raw = mail(&[b"Content-Type: multipart/mixed; boundary=b"], b"");
    for number in 0..20_000 {
        raw.extend(
            format!("--b\r\nContent-Type: multipart/mixed; boundary=none{number}\r\n\r\nx\r\n").bytes(),
        );
    }
    let start = Clock::now();
    let parsed = parse(&raw);
    assert!(start.elapsed() < NO_HANG, "{:?}", start.elapsed());
    assert!(parsed.damaged || !parsed.attachments.is_empty());
}

#[test]
fn huge_fields_take_no_time() {
    let pieces: [&[u8]; 12] = [
        b"=?utf-8?Q?x",
        b"=?",
        b"a@b.example,",
        b"(",
        b"\"",
        b"<a",
        b"group:",
        b" \r\n ",
        b"<1@a.example> ",
        b"; a*0=b",
        b"\\",
        b"=?utf-8?B?w6k=?= ",
    ];
    for name in ["Subject", "From", "References", "Content-Type", "Date", "X"] {
        for piece in pieces {
            let field =
                [format!("{name}: text/plain").as_bytes(), piece.repeat(300_000 / piece.len()).as_slice()]
                    .concat();
            let raw = mail(&[field.as_slice(), b"To: a@b.example"], b"body");
            let start = Clock::now();
            let parsed = parse(&raw);
            header_facts(&raw);
            assert!(
                start.elapsed() < NO_HANG,
                "{name} {:?} {:?}",
                String::from_utf8_lossy(piece),
                start.elapsed()
            );
            assert!(parsed.subject.chars().count() <= 2_000);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_give_a_mail(raw in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let parsed = parse(&raw);
        header_facts(&raw);
        prop_assert!(preview(&parsed, 80).chars().count() <= 80);
    }

    /// Pieces of mail in any order reach further into the parser than noise does.
    #[test]
    fn any_shuffle_of_mail_gives_a_mail(pieces in proptest::collection::vec(0..PIECES.len(), 0..60)) {
        let raw: Vec<u8> = pieces.into_iter().flat_map(|piece| PIECES[piece].iter().copied()).collect();
        let parsed = parse(&raw);
        let facts = header_facts(&raw);
        prop_assert!(!parsed.subject.chars().chain(facts.from.name.chars()).any(is_unseen));
        for attachment in &parsed.attachments {
            prop_assert!(!attachment.name.is_empty() && attachment.name.len() <= 255);
            prop_assert!(!attachment.name.contains(['/', '\\']) && !attachment.name.chars().any(is_unseen));
        }
        prop_assert!(!parsed.text.contains(['\r', '\0']));
        prop_assert!(preview(&parsed, 80).lines().count() <= 1);
    }
}

const PIECES: [&[u8]; 40] = [
    b"\r\n",
    b"\r\n\r\n",
    b"\n",
    b"--b\r\n",
    b"--b--\r\n",
    b"--c\r\n",
    b"--c--",
    b"Content-Type: ",
    b"multipart/mixed; boundary=b\r\n",
    b"multipart/alternative; boundary=\"c\"\r\n",
    b"multipart/digest; boundary=b\r\n",
    b"text/plain",
    b"text/html",
    b"message/rfc822\r\n",
    b"; charset=utf-8\r\n",
    b"; charset=shift_jis\r\n",
    b"; format=flowed; delsp=yes\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Transfer-Encoding: quoted-printable\r\n",
    b"Content-Disposition: attachment; filename=\"",
    b"../a\\b.exe\"\r\n",
    b"; name*0*=utf-8''%E2%80%AE; name*1=x",
    b"Subject: ",
    b"From: ",
    b"To: a: b@c.example, ;\r\n",
    b"=?utf-8?Q?=E2=80=AE=00?=",
    b"=?utf-8?B?/w==?=",
    b"<a@b.example>",
    b"\"",
    b"(",
    b")",
    b"Date: Mon, 31 Feb 2025 25:61:00 -9999\r\n",
    b"w6kgYW5kIG1vcmU=",
    b"=C3=A9=\r\n",
    b"\xff\xfe\x80",
    b"\0",
    b"\x1b$B$3",
    b"<style><p>x</p><blockquote><a href='https://a.example'>",
    b"&#x202e;&#0;&#1;",
    b"> quoted \r\n",
];
