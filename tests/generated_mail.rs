//! Generated mail is the same everywhere and shaped as promised: other tests and the bench count on it.

use std::collections::HashSet;

use waxwing_tests::generated::{Generated, Mail};
use waxwing_tests::second_client::sha256;

/// Change it only when the generated mail is meant to change: figures measured before are then void.
const FIRST_HUNDRED: (usize, &str) =
    (2_196_430, "d4904576bfedeca5a6f02b4c5a66ec5793c9d68f00b3f9228f28d6c57ee1c0c4");

#[test]
fn the_first_hundred_mails_are_the_same_everywhere() {
    let all: Vec<u8> = Generated::mailbox(1, 100).flat_map(|mail| mail.raw).collect();
    assert_eq!((all.len(), sha256(&all).as_str()), FIRST_HUNDRED);
}

#[test]
fn another_seed_gives_other_mails() {
    let first = |seed| Generated::mailbox(seed, 10).map(|mail| mail.raw).collect::<Vec<_>>();
    assert_eq!(first(1), first(1));
    assert_ne!(first(1), first(2));
}

#[test]
fn ten_thousand_mails_have_the_shape_of_a_mailbox() {
    let (mut sizes, mut ids, mut dates) = (Vec::new(), HashSet::new(), Vec::new());
    let (mut repeated, mut answers, mut without_id, mut seen) = (0, 0, 0, 0);
    for mail in Generated::mailbox(1, 10_000) {
        let head = head(&mail);
        match field(&head, "Message-ID: ") {
            Some(id) => repeated += usize::from(!ids.insert(id.to_owned())),
            None => without_id += 1,
        }
        answers += usize::from(field(&head, "References: ").is_some());
        seen += usize::from(mail.seen);
        sizes.push(mail.raw.len());
        dates.push(mail.received);
    }
    let total: usize = sizes.iter().sum();
    assert!((150_000_000..250_000_000).contains(&total), "{total}");
    sizes.sort_unstable();
    assert!((6_000..11_000).contains(&sizes[5_000]), "median {}", sizes[5_000]);
    assert!((1_000_000..5_500_000).contains(sizes.last().unwrap()), "largest {:?}", sizes.last());
    assert!((5..100).contains(&repeated), "repeated Message-IDs: {repeated}");
    assert!((5..100).contains(&without_id), "without Message-ID: {without_id}");
    assert!((2_000..6_000).contains(&answers), "answers: {answers}");
    assert!((9_000..10_000).contains(&seen), "seen: {seen}");
    assert!(dates.is_sorted());
    let years = (dates[9_999] - dates[0]) as f64 / 31_557_600.0;
    assert!((4.9..5.1).contains(&years), "{years} years");
}

#[test]
fn every_mail_is_fit_for_a_server() {
    let (mut kinds, mut eight_bit_heads) = (HashSet::new(), 0);
    for mail in Generated::mailbox(2, 2_000) {
        assert!(!mail.raw.contains(&0));
        assert!(mail.raw.ends_with(b"\r\n"));
        for line in mail.raw.split_inclusive(|octet| *octet == b'\n') {
            assert!(line.ends_with(b"\r\n") && !line[..line.len() - 2].contains(&b'\r'));
            assert!(line.len() <= 1000, "a line of {} octets", line.len());
        }
        let text = String::from_utf8_lossy(&mail.raw).into_owned();
        for word in [
            "charset=us-ascii",
            "charset=utf-8",
            "charset=iso-8859-1",
            "charset=iso-2022-jp",
            "charset=gb18030",
            "charset=koi8-r",
            ": 7bit",
            ": 8bit",
            ": quoted-printable",
            ": base64",
            "multipart/alternative",
            "multipart/mixed",
            "nobody-knows-this-boundary",
        ] {
            if text.contains(word) {
                kinds.insert(word);
            }
        }
        eight_bit_heads += usize::from(!head(&mail).is_ascii());
    }
    assert_eq!(kinds.len(), 13, "{kinds:?}");
    assert!(eight_bit_heads > 0);
}

fn head(mail: &Mail) -> String {
    let end = mail.raw.windows(4).position(|octets| octets == b"\r\n\r\n").unwrap_or(mail.raw.len());
    String::from_utf8_lossy(&mail.raw[..end]).into_owned()
}

fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| line.strip_prefix(name))
}
