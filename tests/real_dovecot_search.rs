//! Searching on a real server: what its SEARCH makes of our questions, in every kind of letters.

use waxwing_core::model::{AccountId, Role, SearchScope};
use waxwing_core::{Command, Done};
use waxwing_tests::dovecot::{Dovecot, User};
use waxwing_tests::engine::{EngineRun, Login};
use waxwing_tests::generated::Mail;

const DAY: u64 = 86_400;

/// A mail of one line, its header encoded (RFC 2047), its body as quoted-printable.
fn mail(number: u64, subject: &str, text: &str) -> Mail {
    let mut mail = Mail::short("", "");
    let hex = |text: &str| text.bytes().map(|octet| format!("={octet:02X}")).collect::<String>();
    mail.raw = format!(
        "From: Ada <ada@example.org>\r\nTo: Bo <bo@example.org>\r\nSubject: =?utf-8?Q?{}?=\r\n\
         Message-ID: <search.{number}@example.org>\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{}\r\n",
        hex(subject),
        hex(text)
    )
    .into_bytes();
    mail.received += number * DAY;
    mail
}

fn ground() -> (Dovecot, User, EngineRun, AccountId) {
    let server = Dovecot::start();
    let user = server.user("ann@example.test", "secret");
    server.seed(
        &user,
        "INBOX",
        [
            mail(1, "plain", "nothing of note"),
            mail(2, "Grüße aus Łódź", "Schöne Tage"),
            mail(3, "other", "viele Grüße an alle"),
            mail(4, "会議の時間", "木曜日の十時でお願いします"),
            mail(5, "quoted", "he said \"back\\slash\" and left"),
        ],
    );
    let run = EngineRun::start(vec![server.authority()]);
    run.run(Command::SetPower { saver: true }).unwrap();
    let account = run.add_account(&Login::to(&server, &user)).unwrap();
    run.wait_until("the list is here", |reader| {
        Ok(reader.coverage(SearchScope::Account(account))?.mails == 5)
    });
    run.run(Command::SyncAccount { account }).unwrap();
    (server, user, run, account)
}

#[test]
fn a_real_server_finds_words_in_every_kind_of_letters() {
    let (server, user, run, account) = ground();
    let inbox = SearchScope::Mailbox(run.role(account, Role::Inbox));
    for (text, subjects) in [
        ("Grüße ", vec!["other", "Grüße aus Łódź"]),
        ("\"viele Grüße\"", vec!["other"]),
        ("木曜日", vec!["会議の時間"]),
        ("時間", vec!["会議の時間"]),
        ("\"back\\slash\"", vec!["quoted"]),
        ("Grüße -viele ", vec!["Grüße aus Łódź"]),
        ("木曜日 OR note ", vec!["会議の時間", "plain"]),
        ("from:ada is:unread Tage ", vec!["Grüße aus Łódź"]),
        ("note larger:1M ", vec![]),
        ("nowhere ", vec![]),
    ] {
        let found = subjects.len() as u64;
        let search = Command::SearchServer { text: text.into(), scope: inbox };
        assert_eq!(run.run(search), Ok(Done::Searched { found, is_all: true }), "{text}");
        let here = run.reader().search(text, inbox, 0, 10).unwrap();
        let here: Vec<&str> = here.rows.iter().map(|row| row.subject.as_str()).collect();
        assert_eq!(here, subjects, "{text}");
    }
    // Searching changes nothing there.
    let mut client = server.second_client(&user);
    client.ok("EXAMINE INBOX").unwrap();
    let flags = client.flags().unwrap();
    assert!(flags.values().all(|flags| !flags.iter().any(|flag| flag == "\\Seen")), "{flags:?}");
}
