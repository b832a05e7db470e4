//! What is written and sent arrives as it is: through Debian's Postfix, which takes mail over TLS from whoever signs in, into the
//! mailboxes of a real Dovecot.
//!
//! `WAXWING_SOAK=1` sends many more mails (`./check soak`); `WAXWING_FIRST_SEED=n` others.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use waxwing_core::error::Limited;
use waxwing_core::mime::{self, Composition, Enclosure, Writing, compose};
use waxwing_core::model::{
    AccountConfig, AccountId, Instant, Role, Secret, Security, SendTime, SubmissionServer,
};
use waxwing_core::smtp::{SendFault, send_fault};
use waxwing_core::{Command, Done, Error, ErrorKind, Message};
use waxwing_tests::dovecot::{Dovecot, User};
use waxwing_tests::engine::{EngineRun, Login};
use waxwing_tests::postfix::{self, DOMAIN, Postfix};
use waxwing_tests::process::within;
use waxwing_tests::second_client::{SecondClient, sha256};

use crate::simulation::random::Random;

const ANN: &str = "ann@example.test";
const BOB: &str = "bob@example.test";

struct Ground {
    // Ends before who it asks.
    postfix: Postfix,
    run: EngineRun,
    account: AccountId,
    dovecot: (Dovecot, u16),
    users: Vec<User>,
}

impl Ground {
    fn start(security: Security, others: &[String], settings: &str) -> Self {
        let dovecot = postfix::dovecot();
        let users: Vec<User> = [ANN, BOB].map(|name| dovecot.0.user(name, "correct horse")).into();
        let postfix = Postfix::start(&dovecot, &users, others, settings);
        let login = Login::to(&dovecot.0, &users[0]);
        let run = EngineRun::start(vec![login.authority.clone(), postfix.authority()]);
        let port = match security {
            Security::StartTls => postfix.starttls_port(),
            _ => postfix.port(),
        };
        let submission = Some(SubmissionServer { host: "localhost".into(), port, security });
        let config = AccountConfig { submission, ..login.config() };
        let secret = Secret::new(&login.password);
        let account = match run.run(Command::AddAccount { config, secret }) {
            Ok(Done::Account(account)) => account,
            other => panic!("{other:?}\n{}", postfix.log()),
        };
        Self { postfix, run, account, dovecot, users }
    }

    fn send(&self, octets: &[u8]) -> Result<Done, Error> {
        let message = Message(octets.to_vec());
        self.run.run(Command::Send { account: self.account, message, time: SendTime::After(Duration::ZERO) })
    }

    fn mailbox(&self, user: usize, mailbox: &str) -> SecondClient {
        let mut client = self.dovecot.0.second_client(&self.users[user]);
        client.select(mailbox).unwrap();
        client
    }

    /// The mails of that Message-ID in somebody's mailbox, waited for.
    fn arrived(&self, user: usize, id: &str, count: usize) -> Vec<(u32, Vec<u8>)> {
        let mut client = self.mailbox(user, "INBOX");
        let mut uids = Vec::new();
        within(Duration::from_secs(20), || {
            client.ok("NOOP").unwrap();
            uids = client.search(&format!("HEADER Message-ID <{id}>")).unwrap();
            uids.len() >= count
        });
        assert_eq!(uids.len(), count, "{id}\n{}", self.postfix.log());
        uids.into_iter().map(|uid| (uid, client.body(uid).unwrap())).collect()
    }
}

/// What the servers wrote above the mail is cut off.
fn without_trace(mail: &[u8], id: &str) -> Vec<u8> {
    let begin = format!("Message-ID: <{id}>");
    let place = mail.windows(begin.len()).position(|words| words == begin.as_bytes());
    mail[place.expect("the mail begins with its Message-ID")..].to_vec()
}

fn without_bcc(mail: &[u8]) -> Vec<u8> {
    let text = String::from_utf8(mail.to_vec()).expect("what is composed is ASCII");
    let (header, rest) = text.split_once("\r\n\r\n").unwrap();
    let mut kept = String::new();
    let mut is_bcc = false;
    for line in header.split("\r\n") {
        is_bcc = if line.starts_with([' ', '\t']) {
            is_bcc
        } else {
            line.to_ascii_lowercase().starts_with("bcc:")
        };
        if !is_bcc {
            kept.push_str(&format!("{line}\r\n"));
        }
    }
    format!("{kept}\r\n{rest}").into_bytes()
}

const WORDS: [&str; 24] = [
    "hello",
    "Grüße",
    "дела",
    "早上好",
    "مرحبا",
    "שלום",
    "สวัสดี",
    "🦜🌍",
    "e\u{301}",
    "a-very-long-word-without-any-end",
    ".",
    "..",
    "From ",
    "--",
    ">quoted",
    "=3D",
    "=?utf-8?q?no?=",
    "\u{a0}",
    "&amp;",
    "<b>",
    "**bold**",
    "- item",
    "Bcc: x@example.test",
    "\u{feff}",
];

fn word(random: &mut Random) -> &'static str {
    WORDS[random.below(WORDS.len())]
}

fn text(random: &mut Random) -> String {
    let mut text = String::new();
    for _ in 0..random.below(30) {
        let most = if random.one_in(8) { 900 } else { 12 };
        for _ in 0..random.below(most) {
            text.push_str(word(random));
            if !random.one_in(20) {
                text.push(' ');
            }
        }
        let ends: [&str; 5] = ["\n", "\n", "\r\n", "\n\n", " \n"];
        text.push_str(ends[random.below(ends.len())]);
    }
    text
}

fn composition(random: &mut Random) -> (Composition, Vec<Enclosure>) {
    let name = |random: &mut Random| {
        random.of(&["", "Bob", "Бob, the \\\"Ж\\\"", "山田 太郎", "O'Neill; Ann"]).to_string()
    };
    let to_bob = |name: String| if name.is_empty() { BOB.to_owned() } else { format!("\"{name}\" <{BOB}>") };
    let to = to_bob(name(random));
    let most = if random.one_in(5) { 80 } else { 9 };
    let subject: Vec<&str> = (0..random.below(most)).map(|_| word(random)).collect();
    let mail = Composition {
        from: format!("\"Ann Ä. Field\" <{ANN}>"),
        to,
        cc: if random.one_in(3) { ANN.to_owned() } else { String::new() },
        // Nobody else may hear of it.
        bcc: if random.one_in(2) { format!("Unseen <unseen@{DOMAIN}>") } else { String::new() },
        subject: subject.join(if random.one_in(4) { "\r\n" } else { " " }),
        text: text(random),
        writing: *random.of(&[Writing::Plain, Writing::Markdown]),
        references: (0..random.below(60)).map(|number| format!("before{number}@example.org")).collect(),
        wants_receipt: random.one_in(6),
        ..Composition::default()
    };
    let files = (0..random.below(4)).map(|number| {
        let octets = match random.below(5) {
            0 => Vec::new(),
            1 => b"\r\n.\r\nFrom x\r\n\0\xff\r".repeat(random.below(300)),
            2 => vec![b'.'; random.below(5000)],
            _ => (0..random.below(120_000)).map(|_| random.next() as u8).collect(),
        };
        let names = ["plan.pdf", "Übersicht – Größe.txt", "写真.jpg", "a \"quoted\"; name=x.bin"];
        Enclosure {
            name: format!("{number}{}", random.of(&names)),
            media_type: random
                .of(&["text/plain", "application/pdf", "image/jpeg", "what; is this", ""])
                .to_string(),
            octets,
            ..Enclosure::default()
        }
    });
    (mail, files.collect())
}

/// What is typed behind a mark of a quote, or a mark of the order of octets, is shown apart from it.
fn words(text: &str) -> Vec<String> {
    text.replace('\u{feff}', "").replace('>', " ").split_whitespace().map(str::to_owned).collect()
}

#[test]
fn what_is_composed_arrives_octet_by_octet() {
    let is_soak = std::env::var_os("WAXWING_SOAK").is_some();
    let first: u64 = std::env::var("WAXWING_FIRST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let count = if is_soak { 600 } else { 14 };
    let ground = Ground::start(Security::Tls, &[format!("unseen@{DOMAIN}")], "");
    let mut sent_here = BTreeMap::new();
    for seed in first..first + count {
        let mut random = Random(seed);
        let (mail, files) = composition(&mut random);
        let id = format!("seed{seed}@example.org");
        let composed = compose(&mail, &files, &id, Instant(1_700_000_000_000)).unwrap();
        // No server has a reason to change anything (RFC 6376 section 5.3): ASCII, in lines that all take.
        assert!(composed.is_ascii(), "seed {seed}");
        assert!(
            composed.split(|octet| *octet == b'\n').all(|line| line.len() <= 999 && !line.contains(&0)),
            "seed {seed}: a line of more than 998"
        );
        assert_eq!(ground.send(&composed), Ok(Done::Nothing), "seed {seed}");
        let expected = without_bcc(&composed);
        // Whoever gets it unseen gets it, too: that address is a second one of the same mailbox.
        let copies = if mail.bcc.is_empty() { 1 } else { 2 };
        for (uid, arrived) in ground.arrived(1, &id, copies) {
            let header = arrived.split(|octet| *octet == b'\n').take_while(|line| *line != b"\r");
            let names_bcc = |line: &[u8]| line.to_ascii_lowercase().starts_with(b"bcc");
            assert!(!header.clone().any(names_bcc), "seed {seed}: Bcc is told");
            assert!(without_trace(&arrived, &id) == expected, "seed {seed}: it arrived as another mail");
            // As Dovecot takes it apart.
            let mut client = ground.mailbox(1, "INBOX");
            for (part, file) in (2..).zip(&files) {
                let item = format!("BODY.PEEK[{part}]");
                let fetched = client.fetch(&uid.to_string(), &format!("UID {item}")).unwrap();
                let coded = fetched[&uid][&item.replace(".PEEK", "")].text().into_bytes();
                let coded: Vec<u8> = coded.into_iter().filter(|octet| !b"\r\n".contains(octet)).collect();
                let octets = STANDARD.decode(coded).unwrap();
                assert_eq!(sha256(&octets), sha256(&file.octets), "seed {seed}: {}", file.name);
            }
            let read = mime::parse(&arrived);
            let (shown, typed) = (words(&read.text), words(&mail.text));
            let same = shown.iter().zip(&typed).take_while(|(one, other)| one == other).count();
            let (shown, typed) = (&shown[same.saturating_sub(2)..], &typed[same.saturating_sub(2)..]);
            let begin = |words: &[String]| words[..words.len().min(6)].join("|");
            assert!(shown == typed, "seed {seed}: {} where it was {}", begin(shown), begin(typed));
            let names: Vec<&str> = read.attachments.iter().map(|file| file.name.as_str()).collect();
            // As they may be shown and saved.
            let safe: Vec<String> = files.iter().map(|file| file.name.replace('"', "_")).collect();
            assert_eq!(names, safe, "seed {seed}");
        }
        if !mail.cc.is_empty() {
            assert_eq!(without_trace(&ground.arrived(0, &id, 1)[0].1, &id), expected, "seed {seed}: Cc");
        }
        sent_here.insert(sha256(&composed), seed);
    }
    // Each is kept once, as it was composed, Bcc and all.
    let mut sent = ground.mailbox(0, "Sent");
    let kept = sent.mails().unwrap();
    assert_eq!(kept.len(), sent_here.len());
    for mail in kept.values() {
        assert!(sent_here.contains_key(&mail.sha256) && mail.flags.contains(&"\\Seen".to_owned()));
    }
    let role = ground.run.role(ground.account, Role::Sent);
    let shown = ground.run.reader().mailboxes(ground.account).unwrap();
    assert_eq!(shown.iter().find(|mailbox| mailbox.id == role).unwrap().total, kept.len() as u64);
    println!("{count} mails arrived octet by octet");
}

fn mail_to(id: &str, from: &str, people: &[String], text: &str) -> Vec<u8> {
    format!(
        "Message-ID: <{id}>\r\nDate: Tue, 14 Nov 2023 22:13:20 +0000\r\nFrom: {from}\r\nTo: {}\r\nSubject: x\r\n\r\n{text}",
        people.join(",\r\n ")
    )
    .into_bytes()
}

fn people(count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("person{number}@{DOMAIN}")).collect()
}

#[test]
fn a_hundred_people_get_a_mail_in_eight_bits_after_starttls_and_whoever_is_nobody_is_named() {
    let ground = Ground::start(Security::StartTls, &people(100), "");
    let text = "Grüße\r\n.\r\n..dots\r\n \r\nend\r\n";
    let mail = mail_to("hundred@example.org", ANN, &people(100), text);
    assert_eq!(ground.send(&mail), Ok(Done::Nothing));
    let all = ground.arrived(1, "hundred@example.org", 100);
    assert!(all.iter().all(|(_, arrived)| without_trace(arrived, "hundred@example.org") == mail));
    // Nobody gets one that somebody doesn't get.
    let mut some = people(3);
    some.extend(["nobody@example.test", "nor.this@example.test"].map(str::to_owned));
    let error = ground.send(&mail_to("some@example.org", ANN, &some, text)).unwrap_err();
    assert_eq!(send_fault(&error), Some(SendFault::NobodyThere));
    let said = error.server_text().unwrap();
    assert!(said.lines().count() == 2 && said.contains("<nobody@example.test> 550 5.1.1"), "{said}");
    assert_eq!(ground.mailbox(1, "INBOX").search("HEADER Message-ID some@example.org").unwrap(), [0; 0]);
    // It hangs up on so many refusals: they are told all the same, and aren't tried again.
    let strangers: Vec<String> = (1..=60).map(|number| format!("stranger{number}@{DOMAIN}")).collect();
    let error = ground.send(&mail_to("strangers@example.org", ANN, &strangers, text)).unwrap_err();
    assert_eq!(send_fault(&error), Some(SendFault::NobodyThere), "{error:?}");
    // Somebody whose address has other letters.
    let utf8 = mail_to("utf8@example.org", ANN, &[format!("дима@{DOMAIN}")], text);
    let error = ground.send(&utf8).unwrap_err();
    assert!(
        error.server_text().is_some_and(|said| said.starts_with("<дима@example.test> 550 5.1.1")),
        "{error:?}"
    );
}

#[test]
fn what_a_real_server_does_not_take_is_told_as_what_a_person_can_do() {
    let settings = "message_size_limit = 300000\nsmtpd_recipient_limit = 110\n\
                    smtpd_sender_login_maps = inline:{ann@example.test=ann@example.test, bob@example.test=bob@example.test}\n\
                    smtpd_sender_restrictions = reject_sender_login_mismatch";
    let ground = Ground::start(Security::Tls, &people(120), settings);
    let large = mail_to("large@example.org", ANN, &people(1), &"x\r\n".repeat(200_000));
    let error = ground.send(&large).unwrap_err();
    assert_eq!(error, Error::limit(Limited::Octets, large.len() as u64, 300_000));
    let error = ground.send(&mail_to("many@example.org", ANN, &people(120), "x\r\n")).unwrap_err();
    assert_eq!(error, Error::limit(Limited::People, 120, 110));
    let error = ground.send(&mail_to("other@example.org", BOB, &people(1), "x\r\n")).unwrap_err();
    assert_eq!(send_fault(&error), Some(SendFault::NotYours), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::ServerRefused);
    let mut inbox = ground.mailbox(1, "INBOX");
    assert_eq!(inbox.mails().unwrap().len(), 0, "nobody got any of them");
}
