//! Reading files of mails in pieces, from a real directory.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use super::*;
use crate::mime::HeaderFacts;
use crate::model::AccountId;
use crate::model::{AccountConfig, Instant, ListQuery, MailboxId, Role, SecretKind, Security};
use crate::store::pack_directory;
use crate::store::tests::folder;
use crate::store::{BodyEvent, NewEmail, Store};

struct Ground {
    _dir: tempfile::TempDir,
    store: Store,
    account: AccountId,
    inbox: MailboxId,
    mails: u32,
}

fn ground() -> Ground {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let config = AccountConfig {
        address: "ada@example.org".into(),
        display_name: String::new(),
        user_name: "ada".into(),
        imap_host: "imap.example.org".into(),
        imap_port: 993,
        imap_security: Security::Tls,
        secret_kind: SecretKind::Password,
        submission: None,
    };
    let account = store.writer().add_account(&config).unwrap();
    let _ = store.writer().list_folders(account, &[folder("INBOX", Role::Inbox)]).unwrap();
    let inbox = store.writer().folder_with_role(account, Role::Inbox).unwrap().unwrap();
    store.writer().extend_folder(inbox, 7, 1).unwrap();
    Ground { _dir: dir, store, account, inbox, mails: 0 }
}

impl Ground {
    fn mail(&mut self, raw: &[u8]) -> EmailId {
        self.mails += 1;
        let uid = self.mails;
        let facts = HeaderFacts { message_id: Some(format!("{uid}@here")), ..HeaderFacts::default() };
        let date = Instant(i64::from(uid) * 1000);
        let email = NewEmail { uid, date, size: raw.len() as u64, facts, ..NewEmail::default() };
        let _ = self.store.writer().add_emails(self.inbox, &[email], uid, uid).unwrap();
        let events = vec![
            BodyEvent::Start(raw.len() as u64),
            BodyEvent::Chunk(raw.to_vec()),
            BodyEvent::Ended(uid, Box::new(crate::mime::glance(raw, true))),
        ];
        self.store.writer().take_bodies(self.inbox, 7, events).unwrap();
        let _ = self.store.writer().commit_bodies(self.account, &[]).unwrap();
        self.store.reader().ids(ListQuery::Mailbox(self.inbox)).unwrap()[0]
    }
}

fn base64(content: &[u8], end: &str) -> Vec<u8> {
    let letters = STANDARD.encode(content).into_bytes();
    letters.chunks(76).flat_map(|line| [line, end.as_bytes()].concat()).collect()
}

fn quoted_printable(content: &[u8], end: &str) -> Vec<u8> {
    let mut coded = Vec::new();
    for (place, octet) in content.iter().enumerate() {
        match octet {
            b'\n' => coded.extend_from_slice(end.as_bytes()),
            b'!'..=b'~' | b' ' | b'\t' if *octet != b'=' => coded.push(*octet),
            _ => coded.extend_from_slice(format!("={octet:02X}").as_bytes()),
        }
        if place % 60 == 59 {
            coded.extend_from_slice(format!("={end}").as_bytes());
        }
    }
    coded
}

/// One file: its head and its octets as they are sent.
fn file() -> impl Strategy<Value = (String, Vec<u8>)> {
    let content = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..6_000),
        "[a-z =\t\r\n.-]{0,3000}".prop_map(String::into_bytes),
        Just(vec![b' '; 20_000]),
    ];
    let noise = proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3);
    let kind = prop::sample::select(vec![
        "application/octet-stream; name=a",
        "text/csv; charset=iso-8859-1; name=a",
        "text/html; name=a",
        "message/rfc822",
        "multipart/mixed; boundary=inner",
    ]);
    let coding = prop::sample::select(vec!["base64", "quoted-printable", "8bit", "x-odd", ""]);
    let end = prop::sample::select(vec!["\r\n", "\n"]);
    (content, noise, kind, coding, end, prop::sample::select(vec![0, 0, 0, 1, 2])).prop_map(
        |(content, noise, kind, coding, end, noises)| {
            let mut coded = match coding {
                "base64" => base64(&content, end),
                "quoted-printable" => quoted_printable(&content, end),
                _ => content,
            };
            if kind.starts_with("multipart") {
                let inner = format!(
                    "--inner{end}Content-Type: application/x; name=in{end}Content-Transfer-Encoding: {coding}{end}{end}"
                );
                coded = [inner.as_bytes(), &coded, format!("{end}--inner--{end}").as_bytes()].concat();
            }
            for (place, octet) in noise.into_iter().take(noises) {
                coded.insert(place.index(coded.len() + 1), octet);
            }
            let coding = if coding.is_empty() || kind.starts_with("multipart") {
                String::new()
            } else {
                format!("Content-Transfer-Encoding: {coding}{end}")
            };
            let head = format!("Content-Type: {kind}{end}Content-Disposition: attachment{end}{coding}{end}");
            (head, coded)
        },
    )
}

fn mail(files: &[(String, Vec<u8>)], end: &str) -> Vec<u8> {
    let head =
        format!("Subject: Gr\u{fc}\u{df}e{end}Content-Type: multipart/mixed; boundary=outer{end}{end}");
    let mut raw = head.into_bytes();
    for (head, coded) in files {
        raw.extend_from_slice(format!("--outer{end}{head}").as_bytes());
        raw.extend_from_slice(coded);
        raw.extend_from_slice(end.as_bytes());
    }
    raw.extend_from_slice(format!("--outer--{end}").as_bytes());
    raw
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_read_of_a_file_is_what_is_saved_of_it(
        files in proptest::collection::vec(file(), 1..4),
        end in prop::sample::select(vec!["\r\n", "\n"]),
        reads in proptest::collection::vec((0u64..7_000, 0usize..5_000), 1..12),
    ) {
        let mut ground = ground();
        let raw = mail(&files, end);
        let email = ground.mail(&raw);
        let reader = ground.store.reader();
        for number in 1.. {
            let Some(whole) = mime::part(&raw, number) else {
                prop_assert!(reader.part_reader(email, number).is_err());
                break;
            };
            let mut file = reader.part_reader(email, number).unwrap();
            prop_assert!(file.reads(email, number));
            // Anywhere, and then from the beginning to the end.
            let through = (0..=whole.len() / 700).map(|step| (step as u64 * 700, 700));
            for (offset, len) in reads.iter().copied().chain(through) {
                let mut room = vec![0xaa; len];
                let count = file.read(&reader, offset, &mut room).unwrap();
                let start = usize::try_from(offset).unwrap().min(whole.len());
                prop_assert_eq!(&room[..count], &whole[start..(start + len).min(whole.len())], "{} {}", offset, len);
                prop_assert!(room[count..].iter().all(|octet| *octet == 0xaa));
            }
        }
    }
}

/// A long file of each coding, and what it says.
fn long(coding: &str) -> (Vec<u8>, Vec<u8>) {
    let content: Vec<u8> = (0..900_000u32).map(|number| (number * 7 % 251) as u8).collect();
    let coded = match coding {
        "base64" => base64(&content, "\r\n"),
        "quoted-printable" => quoted_printable(&content, "\r\n"),
        _ => content.clone(),
    };
    let head = format!("Content-Type: application/x; name=a\r\nContent-Transfer-Encoding: {coding}\r\n\r\n");
    let raw = mail(&[(head, coded)], "\r\n");
    let content = mime::part(&raw, 1).unwrap();
    (raw, content)
}

#[test]
fn who_reads_on_pays_for_what_is_read_alone() {
    let mut ground = ground();
    for coding in ["base64", "quoted-printable", "8bit"] {
        let (raw, content) = long(coding);
        let email = ground.mail(&raw);
        let reader = ground.store.reader();
        let mut file = reader.part_reader(email, 1).unwrap();
        let mut room = vec![0; 64 << 10];
        let mut read = Vec::new();
        for _ in 0..4 {
            let count = file.read(&reader, read.len() as u64, &mut room).unwrap();
            read.extend_from_slice(&room[..count]);
        }
        assert_eq!(read, content[..256 << 10], "{coding}");
        // Four times 64 KB were asked for; a code makes at most three octets of one.
        let taken = file.streamed.as_ref().unwrap().taken;
        assert!(taken <= 3 * (256 << 10) + STEP, "{coding}: {taken} octets were looked at");
        loop {
            let count = file.read(&reader, read.len() as u64, &mut room).unwrap();
            read.extend_from_slice(&room[..count]);
            if count == 0 {
                break;
            }
        }
        assert!(read == content, "{coding}");
    }
}

#[test]
fn a_damaged_mail_is_not_read_and_a_mail_that_is_gone_is_not_there() {
    let mut ground = ground();
    let (raw, _) = long("base64");
    let email = ground.mail(&raw);
    let reader = ground.store.reader();
    let mut file = reader.part_reader(email, 1).unwrap();
    let (account, place) = reader.body_place(email).unwrap();
    let pack = pack_directory(&reader.0.packs, account).join(format!("{:06}.pack", place.pack));
    let mut octets = std::fs::read(&pack).unwrap();
    let middle = octets.len() / 2;
    octets[middle] ^= 4;
    std::fs::write(&pack, octets).unwrap();
    let kind = |opened: Result<PartReader, Error>| opened.err().map(|error| error.kind());
    assert_eq!(kind(reader.part_reader(email, 1)), Some(ErrorKind::StorageFailed));
    assert_eq!(kind(reader.part_reader(EmailId(999), 1)), Some(ErrorKind::NotFound));
    let _ = ground.store.writer().remove_account(account).unwrap();
    let gone = file.read(&reader, 0, &mut [0; 10]).unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound);
}
