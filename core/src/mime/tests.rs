//! The corpus of difficult mails (tests/corpus): each `.eml` beside what a careful person would say is in it.
//!
//! A `.facts` file has a line for each fact: `subject`, `from` and `file` (`name | type | octets`), `marks` and `blocked`
//! are all there are; `text` and `html` come with `is`, `begins`, `has` or `lacks`. `\n` is a line end. A mail within is
//! `opens 1 2: subject | text has`, by the numbers of the files on the way.

use std::path::{Path, PathBuf};

use super::*;
use crate::mime;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/corpus")
}

#[test]
fn every_mail_of_the_corpus_reads_as_a_careful_person_would_read_it() {
    let mut names: Vec<PathBuf> = std::fs::read_dir(corpus())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "eml"))
        .collect();
    names.sort();
    assert!(names.len() >= 60, "{}", names.len());
    let wrong: Vec<String> = names.iter().flat_map(|path| differences(path)).collect();
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}

fn differences(path: &Path) -> Vec<String> {
    let raw = std::fs::read(path).unwrap();
    let facts = std::fs::read_to_string(path.with_extension("facts")).unwrap_or_default();
    let opened = mime::open(&raw, Wanted { html: true, ..Wanted::default() });
    let facts: Vec<(&str, String)> = facts
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| {
            let (key, value) = line.split_once(": ").unwrap_or((line.trim_end_matches(':'), ""));
            (key, value.replace("\\n", "\n"))
        })
        .collect();
    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
    let all = |key: &str| -> Vec<&str> {
        facts.iter().filter(|(known, _)| *known == key).map(|(_, value)| value.as_str()).collect()
    };
    let mut wrong = Vec::new();
    let mut same = |what: &str, found: &[String], wanted: &[&str]| {
        if found != wanted {
            wrong.push(format!("{name}: {what} is {found:?}, not {wanted:?}"));
        }
    };
    if !facts.iter().any(|(key, _)| *key == "subject begins") {
        same(
            "subject",
            std::slice::from_ref(&opened.email.subject),
            &[all("subject").first().copied().unwrap_or_default()],
        );
    }
    same("from", &opened.email.from.iter().map(shown).collect::<Vec<_>>(), &all("from"));
    let files: Vec<String> = opened
        .email
        .attachments
        .iter()
        .map(|file| format!("{} | {} | {}", file.name, file.media_type, file.size))
        .collect();
    same("file", &files, &all("file"));
    same(
        "marks",
        &marks(&opened),
        &all("marks").iter().flat_map(|marks| marks.split(' ')).collect::<Vec<_>>(),
    );
    if all("blocked any").is_empty() {
        same("blocked", &opened.blocked, &all("blocked"));
    }
    same(
        "damaged",
        &[opened.email.damaged.to_string()],
        &[if all("damaged").is_empty() { "false" } else { "true" }],
    );
    same("invite", &opened.invitation.iter().map(told).collect::<Vec<_>>(), &all("invite"));
    same("receipt", &opened.receipt_to.iter().map(shown).collect::<Vec<_>>(), &all("receipt"));
    same("unsubscribe", &opened.unsubscribe.iter().map(way).collect::<Vec<_>>(), &all("unsubscribe"));
    let authentication = match opened.authentication {
        Authentication::None => vec![],
        Authentication::Pass => vec!["pass".to_owned()],
        Authentication::Fail => vec!["fail".to_owned()],
    };
    same("authentication", &authentication, &all("authentication"));
    for (key, value) in &facts {
        if let Err(found) = holds(key, value, &opened, &raw) {
            wrong.push(format!("{name}: {key} {value:?}, found {found:?}"));
        }
    }
    wrong
}

/// Whether one fact holds that isn't about all there is; else what was found.
fn holds(key: &str, value: &str, opened: &OpenedEmail, raw: &[u8]) -> Result<(), String> {
    let (text, html) = (&opened.email.text, &opened.html);
    let (well, found): (bool, String) = match key {
        "subject begins" => {
            (opened.email.subject.starts_with(value), opened.email.subject.chars().take(80).collect())
        }
        "text is" => (text == value, text.clone()),
        "text begins" => (text.starts_with(value), text.clone()),
        "text has" => (text.contains(value), text.clone()),
        "text lacks" => (!text.contains(value), text.clone()),
        "html is" => (html == value, html.clone()),
        "html has" => (html.contains(value), html.clone()),
        "html lacks" => (!html.contains(value), html.clone()),
        "blocked any" => (opened.blocked.iter().any(|url| url.contains(value)), opened.blocked.join(" ")),
        "repeats" => {
            (opened.invitation.as_ref().is_some_and(|invitation| invitation.is_repeated), String::new())
        }
        "answers" => {
            let people = opened.invitation.iter().flat_map(|invitation| &invitation.people);
            let people: Vec<String> = people
                .map(|(person, answer)| {
                    format!("{} | {}", shown(person), format!("{answer:?}").to_uppercase())
                })
                .collect();
            (people == [value], people.join(", "))
        }
        key => match key.split_once(' ') {
            Some(("content", number)) => {
                let content = mime::part(raw, number.parse().unwrap()).unwrap_or_default();
                (content == value.as_bytes(), String::from_utf8_lossy(&content).into_owned())
            }
            Some(("opens", numbers)) => {
                let mut within = raw.to_vec();
                for number in numbers.split(' ') {
                    within = mime::part(&within, number.parse().unwrap()).unwrap_or_default();
                }
                let inner = mime::open(&within, Wanted::default()).email;
                let (subject, text) = value.split_once(" | ").unwrap();
                (
                    inner.subject == subject.trim() && inner.text.contains(text) && !inner.damaged,
                    format!("{} | {}", inner.subject, inner.text),
                )
            }
            _ => (
                [
                    "subject",
                    "from",
                    "file",
                    "marks",
                    "blocked",
                    "damaged",
                    "invite",
                    "receipt",
                    "unsubscribe",
                    "authentication",
                ]
                .contains(&key),
                "no such kind of fact".into(),
            ),
        },
    };
    if well { Ok(()) } else { Err(found.chars().take(400).collect()) }
}

fn shown(address: &Address) -> String {
    format!("{} <{}>", address.name, address.address).trim_start().to_owned()
}

fn marks(opened: &OpenedEmail) -> Vec<String> {
    let Marks { signed, encrypted, invite, spoof, truncated, form } = opened.marks;
    let all = [
        ("signed", signed),
        ("encrypted", encrypted),
        ("invite", invite),
        ("spoof", spoof),
        ("truncated", truncated),
        ("form", form),
    ];
    all.into_iter().filter(|(_, is_set)| *is_set).map(|(name, _)| name.to_owned()).collect()
}

/// `method | summary | start | end | place | organiser`
fn told(invitation: &Invitation) -> String {
    let moment = |moment: &Option<Moment>| moment.as_ref().map_or("-".to_owned(), Moment::to_string);
    let or_dash = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
    [
        format!("{:?}", invitation.method).to_uppercase(),
        invitation.summary.clone(),
        moment(&invitation.start),
        moment(&invitation.end),
        or_dash(&invitation.place),
        invitation.organiser.as_ref().map_or("-".to_owned(), shown),
    ]
    .join(" | ")
}

fn way(way: &Unsubscribe) -> String {
    match way {
        Unsubscribe::OneClick(address) => format!("one-click {address}"),
        Unsubscribe::Mail(address) => format!("mail {address}"),
        Unsubscribe::Page(address) => format!("page {address}"),
    }
}

// Limits: something is readable whatever the size, and nothing is walked by recursion.

fn readable(raw: &[u8], words: &str) -> OpenedEmail {
    let opened = mime::open(raw, Wanted { html: true, ..Wanted::default() });
    let text = &opened.email.text;
    assert!(text.contains(words), "{} letters of text without {words:?}", text.len());
    opened
}

#[test]
fn a_mail_of_five_thousand_parts_is_read() {
    let mut raw =
        "Subject: parts\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nthe words\r\n"
            .to_owned();
    for number in 0..5_000 {
        raw.push_str(&format!("--b\r\nContent-Type: application/pdf; name=\"{number}.pdf\"\r\n\r\nx\r\n"));
    }
    let opened = readable(raw.as_bytes(), "the words");
    assert_eq!(opened.email.attachments.len(), 5_000);
    assert_eq!(opened.email.attachments[4_999].name, "4999.pdf");
    assert_eq!(mime::part(raw.as_bytes(), 5_000).as_deref(), Some(&b"x\r\n"[..]));
}

#[test]
fn three_hundred_kilobytes_of_tables_are_read() {
    let row = "<tr><td bgcolor=\"#eee\" width=100>cell</td><td>more</td></tr>";
    let html = format!("<table>{}</table><p>the last words</p>", row.repeat(300_000 / row.len()));
    let opened =
        readable(format!("Subject: x\r\nContent-Type: text/html\r\n\r\n{html}").as_bytes(), "the last words");
    assert!(opened.html.contains("the last words") && !opened.marks.truncated);
}

#[test]
fn ten_thousand_deep_is_read_as_far_as_it_goes() {
    let mut multipart = "Subject: deep\r\n".to_owned();
    let mut mails = "Subject: deep\r\n".to_owned();
    for depth in 0..10_000 {
        multipart
            .push_str(&format!("Content-Type: multipart/mixed; boundary=b{depth}.\r\n\r\n--b{depth}.\r\n"));
        mails.push_str("Content-Type: message/rfc822\r\n\r\nSubject: deeper\r\n");
    }
    multipart.push_str("\r\nthe innermost words\r\n");
    mails.push_str("\r\nthe innermost words\r\n");
    // Of so many the beginning alone is taken apart, and that is told; what stands at the end is read as it is.
    let opened = mime::open(multipart.as_bytes(), Wanted::default());
    assert!(opened.marks.truncated && opened.email.damaged);
    assert!(opened.email.text.ends_with("the innermost words"), "{:?}", opened.email.text);
    assert_eq!(opened.email.subject, "deep");
    let opened = mime::open(mails.as_bytes(), Wanted::default());
    assert_eq!(opened.email.attachments[0].name, "deeper.eml");
    // Each mail within is opened by whoever asks for it, as far down as they like.
    let mut within = mails.into_bytes();
    for _ in 0..50 {
        within = mime::part(&within, 1).unwrap();
    }
    assert_eq!(mime::open(&within, Wanted::default()).email.subject, "deeper");
    let html = format!("{}the innermost words", "<div>".repeat(10_000));
    readable(
        format!("Subject: x\r\nContent-Type: text/html\r\n\r\n{html}").as_bytes(),
        "the innermost words",
    );
}
