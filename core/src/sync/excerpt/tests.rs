//! Reading mails in part, with a server that is a slice of octets.

use super::*;
use crate::imap::ops::Disposition;

const LIMITS: Limits = Limits { file: 1000, picture: 4000, kept: 20_000, saved: 1000, pieces: 20 };

/// What a server does with what it is asked for.
struct Server<'m> {
    mail: &'m [u8],
    /// Pieces that don't begin at 0 begin so much too early.
    skew: usize,
    longest: usize,
}

fn honest(mail: &[u8]) -> Server<'_> {
    Server { mail, skew: 0, longest: usize::MAX }
}

impl Server<'_> {
    fn piece(&self, offset: u64, length: u32) -> &[u8] {
        let offset = usize::try_from(offset).unwrap();
        let from = if offset > 0 { offset - self.skew } else { 0 }.min(self.mail.len());
        let count = usize::try_from(length).unwrap().min(self.longest);
        &self.mail[from..from.saturating_add(count).min(self.mail.len())]
    }

    /// The excerpt, and how many octets it took to read it; `None`: the mail is to be read whole.
    fn read(&self, structure: &Structure) -> Option<(Excerpt, usize)> {
        let mut reading = Reading::new(structure.clone(), LIMITS);
        let mut octets = 0;
        let mut next = Next::Ask { offset: 0, length: 2000 };
        for _ in 0..100 {
            match next {
                Next::Ask { offset, length } => {
                    let piece = self.piece(offset, length);
                    octets += piece.len();
                    reading.came(offset, length, piece);
                }
                Next::Done(excerpt) => return Some((excerpt, octets)),
                Next::Whole => return None,
            }
            next = reading.next();
        }
        panic!("it asks without end");
    }
}

fn leaf(kind: &str, size: usize) -> Structure {
    let encoding = Some("7bit".to_owned());
    Structure { kind: kind.into(), encoding, size: Some(size as u64), ..Structure::default() }
}

fn multipart(boundary: &str, parts: Vec<Structure>) -> Structure {
    let parameters = vec![("boundary".to_owned(), boundary.to_owned())];
    Structure { kind: "multipart/mixed".into(), parameters, parts, ..Structure::default() }
}

fn file(size: usize) -> Vec<u8> {
    b"A line of a file that is as long as it is to be.\r\n".iter().copied().cycle().take(size).collect()
}

/// A mail of a text and two files, the second within another multipart, and what its server says of it.
fn mail() -> (Vec<u8>, Structure) {
    let (one, two) = (file(9000), file(5003));
    let mut mail = b"Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n--b\r\n\r\nHello\r\n--b\r\n\
        Content-Type: application/pdf; name=one.pdf\r\n\r\n"
        .to_vec();
    mail.extend_from_slice(&one);
    mail.extend_from_slice(
        b"\r\n--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nand\r\n--c\r\n\
        Content-Type: application/zip; name=two.zip\r\n\r\n",
    );
    mail.extend_from_slice(&two);
    mail.extend_from_slice(b"\r\n--c--\r\nbetween\r\n--b--\r\nepilogue\r\n");
    let inner = multipart("c", vec![leaf("text/plain", 3), leaf("application/zip", two.len())]);
    let structure = multipart("b", vec![leaf("text/plain", 5), leaf("application/pdf", one.len()), inner]);
    (mail, structure)
}

/// The mail again: what was read, with what was left out in its place.
fn filled(excerpt: &Excerpt, mail: &[u8]) -> Vec<u8> {
    let at = |offset: u64| usize::try_from(offset).unwrap();
    let mut whole = Vec::new();
    for (index, (from, octets)) in excerpt.kept.iter().enumerate() {
        assert_eq!(at(*from), whole.len());
        whole.extend_from_slice(octets);
        if let Some(hole) = excerpt.left_out.get(index) {
            whole.extend_from_slice(&mail[at(hole.start)..at(hole.end)]);
        }
    }
    whole
}

#[test]
fn files_are_left_out_and_everything_else_is_read() {
    let (mail, structure) = mail();
    let (excerpt, octets) = honest(&mail).read(&structure).unwrap();
    let left_out: Vec<u64> = excerpt.left_out.iter().map(|hole| hole.end - hole.start).collect();
    assert_eq!(left_out, [9000, 5003]);
    assert_eq!(filled(&excerpt, &mail), mail);
    let (read, left_out) = excerpt.joined();
    let (opened, whole) = (mime::open_excerpt(&read, &left_out, mime::Wanted::default()), mime::parse(&mail));
    assert_eq!((opened.email.text, opened.email.attachments), (whole.text, whole.attachments));
    assert!(opened.parts.iter().all(|part| part.is_missing));
    assert!(octets < 11_000, "{octets} octets of {}", mail.len());
}

#[test]
fn a_mail_that_is_one_file_is_its_header() {
    let mail =
        [b"Subject: x\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\n".to_vec(), file(9000)].concat();
    for off in [9000, 8999, 9001] {
        let (excerpt, _) = honest(&mail).read(&leaf("application/pdf", off)).unwrap();
        assert_eq!((excerpt.left_out.len(), filled(&excerpt, &mail)), (1, mail.clone()));
    }
    for off in [0, 8000, 8990, 9010, 20_000, usize::MAX] {
        assert_eq!(honest(&mail).read(&leaf("application/pdf", off)), None, "{off}");
    }
}

#[test]
fn of_a_mail_within_the_header_is_read_since_it_names_it() {
    let inner = [b"Subject: The inner one\r\n\r\n".to_vec(), file(9000)].concat();
    let mail = [
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHi\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n".to_vec(),
        inner.clone(),
        b"\r\n--b--\r\n".to_vec(),
    ]
    .concat();
    let nested = Structure { parts: vec![leaf("text/plain", 9000)], ..leaf("message/rfc822", inner.len()) };
    let structure = multipart("b", vec![leaf("text/plain", 2), nested]);
    let (excerpt, _) = honest(&mail).read(&structure).unwrap();
    let (read, left_out) = excerpt.joined();
    let opened = mime::open_excerpt(&read, &left_out, mime::Wanted::default());
    assert_eq!(opened.email.attachments, mime::parse(&mail).attachments);
    assert_eq!(opened.email.attachments[0].name, "The inner one.eml");
}

#[test]
fn a_structure_that_is_not_the_mail_s_is_not_believed() {
    let (mail, structure) = mail();
    let with = |change: &dyn Fn(&mut Structure)| {
        let mut other = structure.clone();
        change(&mut other);
        honest(&mail).read(&other)
    };
    for size in [8000, 8996, 8999, 9003, 9010, 9900, 14_000, 60_000, u64::MAX] {
        assert_eq!(with(&|structure| structure.parts[1].size = Some(size)), None, "{size}");
    }
    // Some count the line end before the delimiter.
    for size in 9000..=9002 {
        let counted = with(&|structure| structure.parts[1].size = Some(size));
        let counted = counted.unwrap_or_else(|| panic!("{size}")).0;
        assert_eq!(filled(&counted, &mail), mail);
        assert_eq!(counted.left_out[0].end - counted.left_out[0].start, 9000);
    }
    assert_eq!(with(&|structure| drop(structure.parts.pop())), None);
    assert_eq!(with(&|structure| structure.parts.push(leaf("application/pdf", 2000))), None);
    assert_eq!(with(&|structure| structure.parts[2].parameters[0].1 = "b".into()), None);
    assert_eq!(with(&|structure| structure.parameters.clear()), None);
    assert_eq!(with(&|structure| structure.parts[2] = leaf("application/zip", 5003)), None);
    assert_eq!(with(&|structure| structure.parts.swap(0, 1)), None);
}

#[test]
fn a_server_that_sends_other_pieces_is_not_believed() {
    let (mail, structure) = mail();
    assert_eq!(Server { mail: &mail, skew: 1, longest: usize::MAX }.read(&structure), None);
    assert_eq!(Server { mail: &mail, skew: 0, longest: 1500 }.read(&structure), None);
    // In lines without CR the delimiter stands one octet earlier, where a skewed piece has it too.
    let unix: Vec<u8> = mail.iter().copied().filter(|octet| *octet != b'\r').collect();
    assert_eq!(Server { mail: &unix, skew: 1, longest: usize::MAX }.read(&structure), None);
    for cut in 0..mail.len() {
        assert_eq!(honest(&mail[..cut]).read(&structure).filter(|_| cut + 20 < mail.len()), None, "{cut}");
    }
}

#[test]
fn what_is_not_worth_it_is_read_whole() {
    let (mail, structure) = mail();
    let whole = |structure: &Structure| honest(&mail).read(structure).is_none();
    let small = multipart("b", vec![leaf("text/plain", 5), leaf("application/pdf", 900)]);
    assert!(whole(&small) && whole(&leaf("text/plain", 9000)) && whole(&Structure::default()));
    let mut text = structure.clone();
    text.parts[0].size = Some(LIMITS.kept + 1);
    assert!(whole(&text));
}

#[test]
fn what_the_text_or_the_list_of_files_depends_on_is_read() {
    let reading = Reading::new(Structure::default(), LIMITS);
    let leaves_out = |part: &Structure| reading.leaves_out(part, false, &mut 0);
    let attached = |part: Structure| Structure {
        disposition: Some(Disposition { kind: "attachment".into(), parameters: Vec::new() }),
        ..part
    };
    let picture = |size| Structure { id: Some("<p@a>".into()), ..leaf("image/png", size) };
    for part in [
        leaf("text/html", 5000),
        leaf("text/calendar", 5000),
        attached(leaf("text/calendar", 5000)),
        leaf("application/ics", 5000),
        leaf("application/ms-tnef", 5000),
        attached(Structure {
            parameters: vec![("name".into(), "WINMAIL.DAT".into())],
            ..leaf("application/x", 5000)
        }),
        Structure { encoding: Some("base64".into()), ..leaf("message/rfc822", 5000) },
        leaf("message/delivery-status", 5000),
        leaf("application/pdf", 999),
        picture(3999),
    ] {
        assert!(!leaves_out(&part), "{part:?}");
    }
    for part in [
        attached(leaf("text/csv", 5000)),
        attached(leaf("text/plain", 5000)),
        leaf("message/rfc822", 5000),
        leaf("image/png", 5000),
        attached(picture(3999)),
        picture(4000),
        leaf("application/pkcs7-mime", 5000),
    ] {
        assert!(leaves_out(&part), "{part:?}");
    }
    assert!(!reading.leaves_out(&leaf("message/rfc822", 5000), true, &mut 0), "it is a member of a digest");
}
