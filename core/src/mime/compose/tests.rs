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

fn html_of(text: &str) -> String {
    let mail = Composition { writing: Writing::Markdown, text: text.into(), ..letter() };
    let raw = octets(&mail);
    let html = raw.split(|octet| *octet == b'\n').any(|line| line.starts_with(b"Content-Type: text/html"));
    if !html {
        return String::new();
    }
    super::markdown::html(text, &super::markdown::Pictures(&[])).replace('\n', "")
}

#[test]
fn who_answers_below_a_quote_is_not_taken_for_who_is_answered() {
    let html = html_of("> Shall we?\nYes.\n>> And when?\n> Soon.\nOn Monday.\n");
    for wanted in [
        "<p>Shall we?</p></blockquote><p>Yes.</p>",
        "<p>And when?</p></blockquote><p>Soon.</p></blockquote><p>On Monday.</p>",
    ] {
        assert!(html.contains(wanted), "{wanted}: {html}");
    }
    let code = html_of("```\n> a\nb\n```\n");
    assert!(code.contains("<pre><code>&gt; ab</code></pre>"), "{code}");
}

#[test]
fn a_signature_is_no_heading_and_its_lines_stay() {
    let html = html_of("**Bold**\n-- \nAda *L*\nhttps://a.example/\n");
    assert!(!html.contains("<h2>"), "{html}");
    assert!(
        html.contains("-- <br>Ada *L*<br><a href=\"https://a.example/\">https://a.example/</a></div>"),
        "{html}"
    );
    assert_eq!(html_of("Words\n-- \nAda\n"), "", "a signature alone is no form");
}

#[test]
fn links_lead_on_the_web_or_begin_a_mail_and_nowhere_else() {
    let html = html_of(
        "# x\n[a](https://a.example) [b](HTTP://b.example) [c](mailto:c@c.example) [d](javascript:x) [e](data:text/html,x) \
         [f](file:///x) [g](tel:1) [h](vbscript:x) [i](//i.example) [j](cid:j) <k@k.example> [l](java&#x73;cript:x)",
    );
    let links: Vec<&str> = html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(
        links,
        ["https://a.example", "HTTP://b.example", "mailto:c@c.example", "mailto:k@k.example"],
        "{html}"
    );
    for text in ["d", "e", "f", "g", "h", "i", "j", "l"] {
        assert!(
            html.contains(&format!(" {text} ")) || html.ends_with(&format!(" {text}</p></body></html>")),
            "{text}: {html}"
        );
    }
}

#[test]
fn addresses_of_the_web_are_links_without_being_marked() {
    let html = html_of(
        "- see https://a.example/x_(y)_z?q=1&r=2. Or (http://b.example/) and `https://c.example`, xhttps://d.example\n",
    );
    let links: Vec<&str> = html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(links, ["https://a.example/x_(y)_z?q=1&amp;r=2", "http://b.example/"], "{html}");
}

#[test]
fn answers_go_where_they_are_wanted() {
    let mail = Composition { reply_to: "Office <office@example.org>, b@example.org".into(), ..letter() };
    let read = mime::parse(&octets(&mail));
    assert_eq!((&*read.reply_to[0].name, &*read.reply_to[1].address), ("Office", "b@example.org"));
    assert!(
        compose(&Composition { reply_to: "nobody".into(), ..letter() }, &[], "one@example.org", AT).is_err()
    );
}

#[test]
fn text_in_hebrew_keeps_its_marks_of_direction() {
    let mail = Composition { text: "\u{5e9}\u{5dc}\u{5d5}\u{5dd} (\u{200f}abc\u{200f})".into(), ..letter() };
    assert_eq!(mime::parse(&octets(&mail)).text, mail.text);
}

proptest::proptest! {
    /// Whatever is typed, the HTML of it runs nothing and asks for nothing.
    #[test]
    fn no_html_that_is_typed_is_html(text in "(<[a-z/!]|>|\"|'|&[a-z#0-9]{0,4};?|\\[|\\]|\\(|\\)|!|javascript:|https://|cid:|`|\\*|\n|> |[ a-z]){0,60}") {
        let html = super::markdown::html(&text, &super::markdown::Pictures(&[]));
        let read = crate::mime::open(format!("Content-Type: text/html; charset=utf-8\r\n\r\n{html}").as_bytes(), Wanted { html: true, ..Wanted::default() });
        proptest::prop_assert!(read.blocked.is_empty() && read.images.is_empty() && !read.marks.form, "{html}");
        let lower = html.to_lowercase();
        for bad in ["<script", "<img", "<iframe", "<style", "<form", "<svg", "href=\"java", "<object"] {
            proptest::prop_assert!(!lower.contains(bad), "{bad}: {html}");
        }
    }
}
