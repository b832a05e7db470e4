use super::*;
use crate::mime::{self, Wanted};

const AT: Instant = Instant(1_786_000_000_000);

fn letter() -> Composition {
    Composition {
        from: "Ada <ada@example.org>".into(),
        to: "Grace <grace@example.net>".into(),
        subject: "Plans".into(),
        text: "Dear Grace,\n\nshall we?\n".into(),
        ..Composition::default()
    }
}

fn octets(mail: &Composition) -> Vec<u8> {
    with_files(mail, &[])
}

fn with_files(mail: &Composition, files: &[Enclosure]) -> Vec<u8> {
    compose(mail, files, "one@example.org", AT).unwrap()
}

fn text_of(mail: &Composition) -> String {
    String::from_utf8(octets(mail)).unwrap()
}

#[test]
fn a_letter_is_read_as_it_was_written() {
    let mail = Composition {
        cc: "\"Lee, Ann\" <ann@b\u{fc}cher.example>".into(),
        bcc: "bob@example.org".into(),
        subject: "Pl\u{e4}ne f\u{fc}r den Sommer \u{1f33b}".into(),
        text: "Liebe Grace,\n\nschöne Grüße\n-- \nAda\n".into(),
        ..letter()
    };
    let raw = octets(&mail);
    let read = mime::open(&raw, Wanted { headers: true, ..Wanted::default() });
    assert_eq!(read.email.subject, mail.subject);
    assert_eq!(read.email.from[0].name, "Ada");
    assert_eq!(read.email.to[0].address, "grace@example.net");
    assert_eq!(
        (&*read.email.cc[0].name, &*read.email.cc[0].address),
        ("Lee, Ann", "ann@xn--bcher-kva.example")
    );
    assert_eq!(read.bcc[0].address, "bob@example.org");
    assert_eq!(read.email.written, Some(AT));
    assert_eq!(read.facts.message_id.as_deref(), Some("one@example.org"));
    assert_eq!(read.email.text.trim_end(), mail.text.trim_end());
    assert!(!String::from_utf8_lossy(&raw).contains("localhost"), "nothing of the machine is told");
}

#[test]
fn every_line_ends_in_cr_lf_and_none_is_longer_than_may_be() {
    let mail = Composition {
        subject: "word ".repeat(300),
        to: (0..100).map(|n| format!("Person {n} <p{n}@example.org>")).collect::<Vec<_>>().join(", "),
        text: format!("{}\n{}\n.\n..\nFrom here\n", "x".repeat(5_000), "\u{8a9e}".repeat(2_000)),
        references: (0..200).map(|n| format!("{n}@example.org")).collect(),
        ..letter()
    };
    let file = Enclosure {
        name: "Bericht \u{fc}ber alles.pdf".into(),
        media_type: "application/pdf".into(),
        octets: (0..=255).cycle().take(9_000).collect(),
        ..Enclosure::default()
    };
    let raw = with_files(&mail, std::slice::from_ref(&file));
    for line in raw.split_inclusive(|octet| *octet == b'\n') {
        assert!(line.ends_with(b"\r\n") && line.len() <= 1_000, "{}", String::from_utf8_lossy(line));
        assert!(line.is_ascii() && !line[..line.len() - 2].contains(&b'\r'));
    }
    let read = mime::parse(&raw);
    assert_eq!(read.to.len(), 100);
    assert_eq!(read.text.trim_end(), mail.text.trim_end());
    assert_eq!(read.attachments[0].name, "Bericht \u{fc}ber alles.pdf");
    assert_eq!(mime::part(&raw, 1).unwrap(), file.octets);
    let facts = mime::header_facts(&raw);
    assert_eq!((facts.references.len(), &*facts.references[0]), (REFERENCES, "0@example.org"));
    assert_eq!(facts.references.last().unwrap(), "199@example.org");
}

#[test]
fn nothing_that_is_typed_becomes_a_field() {
    let bad = "x\r\nBcc: eve@evil.example";
    let raw = text_of(&Composition { subject: bad.into(), ..letter() });
    assert!(!raw.lines().any(|line| line.starts_with("Bcc")), "{raw}");
    let name = Composition { to: "\"x\r\nBcc: eve@evil.example\" <grace@example.net>".into(), ..letter() };
    match compose(&name, &[], "one@example.org", AT) {
        Err(error) => assert_eq!(error.kind(), ErrorKind::InvalidInput),
        Ok(raw) => assert!(!String::from_utf8(raw).unwrap().lines().any(|line| line.starts_with("Bcc"))),
    }
    for wrong in [
        Composition { from: String::new(), ..letter() },
        Composition { from: "a@example.org, b@example.org".into(), ..letter() },
        Composition { to: "grace".into(), ..letter() },
        Composition { references: vec!["a b".into()], ..letter() },
        Composition { subject: "x".repeat(5_000), ..letter() },
    ] {
        let error = compose(&wrong, &[], "one@example.org", AT).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{wrong:?}");
    }
    for wrong in ["../a", "a\r\nb", ""] {
        let file = Enclosure { name: wrong.into(), ..Enclosure::default() };
        let error = compose(&letter(), &[file], "one@example.org", AT).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{wrong:?}");
    }
    assert!(compose(&letter(), &[], "a>\r\nBcc: x", AT).is_err());
}

#[test]
fn markdown_goes_as_it_is_typed_and_as_html_beside_it() {
    let mail = Composition {
        writing: Writing::Markdown,
        text: "# Plans\n\n**bold** [here](https://example.org/a?b=1) [no](javascript:alert(1))\n\n\
               <script>x</script> ![picture](https://tracker.example/1.gif)\n\n- one\n- two\n\n> said\n"
            .into(),
        ..letter()
    };
    let read = mime::open(&octets(&mail), Wanted { html: true, remote_images: true, headers: false });
    for wanted in [
        "<h1>Plans</h1>",
        "<strong>bold</strong>",
        "https://example.org/a?b=1",
        "<li>one</li>",
        "<blockquote>",
    ] {
        assert!(read.html.contains(wanted), "{wanted}: {}", read.html);
    }
    let raw = text_of(&mail);
    assert!(raw.contains("&lt;script") && !raw.contains("href=3D\"javascript"), "{raw}");
    assert!(read.images.is_empty() && read.blocked.is_empty());
    assert!(read.email.text.contains("**bold**") || !read.email.from_html);
    let plain = Composition {
        writing: Writing::Markdown,
        text: "Just words, 2 * 3 and http://example.org\n".into(),
        ..letter()
    };
    assert!(!text_of(&plain).contains("text/html"));
}

#[test]
fn a_mail_within_is_not_coded_unless_it_must_be_and_then_is_a_file() {
    let within = |octets: &[u8]| {
        let media_type = "message/rfc822".into();
        let name = "a.eml".into();
        let mail = Enclosure { name, media_type, octets: octets.to_vec(), ..Enclosure::default() };
        with_files(&letter(), &[mail])
    };
    let clean = String::from_utf8(within(b"Subject: within\r\n\r\nText\r\n")).unwrap();
    assert!(clean.contains("message/rfc822") && clean.contains("\r\nSubject: within\r\n"));
    for odd in [&b"Subject: \xff\r\n\r\nText\r\n"[..], b"Subject: within\n\nText\n"] {
        let raw = within(odd);
        assert!(!String::from_utf8_lossy(&raw).contains("message/rfc822"));
        assert_eq!(mime::part(&raw, 1).unwrap(), odd);
    }
}

proptest::proptest! {
    /// RFC 3676: joined again it is what was typed, but for spaces at ends of lines and how quotes are marked.
    #[test]
    fn flowed_text_is_read_as_it_was_typed(lines in proptest::collection::vec("(> ?){0,3}[ a-z.>]{0,20}([a-z]{1,9} ){0,25}", 0..6)) {
        let typed = lines.join("\n");
        let mail = Composition { text: typed.clone(), ..letter() };
        let read = mime::parse(&octets(&mail));
        let shape = |text: &str| {
            text.lines().map(|line| {
                let (depth, content) = super::flowed::quoted(line);
                format!("{}{}", "> ".repeat(depth), content.trim())
            }).collect::<Vec<_>>().join("\n").trim().to_owned()
        };
        proptest::prop_assert_eq!(shape(&read.text), shape(&typed));
    }
}
