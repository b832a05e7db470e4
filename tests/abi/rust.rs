//! The scenario in Rust, by the engine itself: what the C ABI says is what the engine says.

use std::fmt::Write as _;
use std::time::Duration;

use waxwing_core::error::CertificateFault;
use waxwing_core::model::{
    AccountConfig, AccountId, Address, EmailId, EmailRow, FlagBits, Instant, Keyword, ListQuery, MailboxId,
    SearchScope, Secret, Security, SendTime, SubmissionServer, TrustDecision,
};
use waxwing_core::{Command, Done, Error, ErrorKind, Event, Message};
use waxwing_tests::engine::{EngineRun, Login};

use super::{PASSWORD, USER, server_of_scenario};

mod reading;

const WINDOW: usize = 5;

/// An app and what it has printed.
struct App {
    run: EngineRun,
    said: String,
}

impl App {
    fn say(&mut self, line: &str) {
        writeln!(self.said, "{line}").unwrap();
    }

    /// Prints how a command ended, and gives what it gave.
    fn end(&mut self, what: &str, command: Command) -> Option<Done> {
        let kind = if matches!(command, Command::Suspend { .. }) { "SUSPENDED" } else { "DONE" };
        self.end_as(what, kind, command)
    }

    /// The same for one whose final event is of that kind in C.
    fn end_as(&mut self, what: &str, kind: &str, command: Command) -> Option<Done> {
        let outcome = self.run.run(command);
        let end = match &outcome {
            Ok(Done::Synced(_)) => "SYNC_DONE".to_owned(),
            Ok(_) => kind.to_owned(),
            Err(error) => format!("FAILED {}", name(error)),
        };
        self.say(&format!("{what} {end}"));
        outcome.ok()
    }

    fn mailbox(&self, account: AccountId, path: &str) -> MailboxId {
        self.run.mailbox(account, path).id
    }

    fn window(&self, mailbox: MailboxId) -> (Vec<EmailRow>, usize) {
        let page = self.run.reader().page(ListQuery::Mailbox(mailbox), 0, WINDOW).unwrap();
        (page.rows, page.total)
    }

    fn email(&self, mailbox: MailboxId, subject: &str) -> EmailId {
        let (rows, _) = self.window(mailbox);
        rows.iter().find(|row| row.subject == subject).unwrap_or_else(|| panic!("{subject}: {rows:?}")).id
    }

    fn list(&mut self, mailbox: MailboxId) {
        let (rows, total) = self.window(mailbox);
        self.rows(&rows, total);
    }

    fn rows(&mut self, rows: &[EmailRow], total: usize) {
        let uids = self.run.reader().uids(rows).unwrap();
        self.say(&format!("list {total}"));
        for (row, uid) in rows.iter().zip(uids) {
            let (subject, name) = (quoted(&row.subject), quoted(&row.from.name));
            self.say(&format!("row {subject} {name} {} {} {uid}", row.from.address, row.flags.0));
        }
    }

    fn load(&mut self, email: EmailId) {
        let outcome = self.run.run(Command::FetchBody { email });
        if let Err(error) = outcome {
            return self.say(&format!("load FAILED {}", name(&error)));
        }
        self.say("load MESSAGE_READY");
        let reader = self.run.reader();
        let (read, raw) = (reader.email(email).unwrap(), reader.raw(email).unwrap());
        let from: Vec<String> =
            read.from.iter().map(|Address { name, address }| format!("{name} <{address}>")).collect();
        let (subject, from, text) = (quoted(&read.row.subject), quoted(&from.join(", ")), quoted(&read.text));
        self.say(&format!("message {subject} {from} {text} {}", raw.len()));
        for (number, part) in (1..).zip(&read.attachments) {
            self.say(&format!("part {number} {} {} {}", quoted(&part.name), part.media_type, part.size));
        }
    }

    fn fetch(&mut self, email: EmailId) {
        self.end("file", Command::FetchPart { email, part: 1 });
        self.end("file", Command::FetchPart { email, part: 2 });
        self.end("whole", Command::FetchWhole { email });
    }

    fn change(&mut self, account: AccountId, inbox: MailboxId) {
        let path = |app: &Self, path| app.mailbox(account, path);
        let (archive, work, trash) = (path(self, "Archive"), path(self, "Work"), path(self, "Trash"));

        let emails = vec![self.email(inbox, "mail 30")];
        let add = FlagBits::FLAGGED | FlagBits::SEEN;
        self.end("flag", Command::SetFlags { emails, add, remove: FlagBits::NONE });
        self.list(inbox);
        let emails = vec![self.email(inbox, "mail 30")];
        let add = vec![Keyword::new("Trip").unwrap()];
        self.end("tag", Command::SetKeywords { emails, add, remove: Vec::new() });
        for tag in self.run.reader().tags().unwrap() {
            let title = tag.keyword.tag().unwrap();
            self.say(&format!("tagged {} {}", quoted(&title), tag.mails));
        }

        let emails = vec![self.email(inbox, "mail 29")];
        let operation = self.run.submit(Command::Move { emails, to: archive });
        self.run.finished(operation).unwrap();
        self.say("move DONE");
        self.list(archive);
        self.end("undo", Command::Undo { operation });
        self.list(archive);

        let emails = vec![self.email(inbox, "mail 28")];
        self.end("copy", Command::Copy { emails, to: work });
        self.list(work);

        let head =
            "Subject: appended\r\nFrom: Ada <ada@example.org>\r\nMessage-ID: <appended@example.org>\r\n";
        let message = Message(format!("{head}\r\nHello\r\n").into_bytes());
        let date = Instant(1_700_000_500_000);
        self.end("append", Command::Append { mailbox: archive, message, flags: FlagBits::SEEN, date });
        self.list(archive);

        let emails = vec![self.email(inbox, "mail 27")];
        self.end("trash", Command::Trash { emails: emails.clone() });
        self.list(trash);
        self.end("delete", Command::DeleteForever { emails });
        self.list(trash);
    }

    fn send(&mut self, account: AccountId) {
        let mail = "From: Ada <ada@example.org>\r\nTo: Grace <grace@example.org>\r\nBcc: alan@example.org\r\n\
            Subject: sent\r\nMessage-ID: <sent@example.org>\r\n\r\nHello\r\n";
        let send = |mail: &str| Command::Send {
            account,
            message: Message(mail.as_bytes().to_vec()),
            time: SendTime::After(Duration::ZERO),
        };
        let operation = self.run.submit(send(mail));
        self.run.finished(operation).unwrap();
        self.say("send DONE");
        self.list(self.mailbox(account, "Sent"));
        let late = self.run.engine().submit_durable(Command::Undo { operation });
        self.say(&format!("late {}", name(&late.unwrap_err())));
        let nobody = self.run.engine().submit_durable(send(mail.split_inclusive('\n').next().unwrap()));
        self.say(&format!("nobody {}", name(&nobody.unwrap_err())));
    }

    fn search(&mut self, account: AccountId) {
        let reader = self.run.reader();
        let find = || reader.search("subject:\"mail 26\"", SearchScope::Account(account), 0, WINDOW).unwrap();
        let found = (0..200).map(|_| find()).find(|found| {
            if found.rows.is_empty() {
                std::thread::sleep(Duration::from_millis(50));
            }
            !found.rows.is_empty()
        });
        let found = found.expect("it is found");
        self.rows(&found.rows, found.total);
    }
}

/// The name of the status that an error is in C.
fn name(error: &Error) -> &'static str {
    match error.kind() {
        ErrorKind::InvalidInput => "E_ARGUMENT",
        ErrorKind::NotFound => "E_NOT_FOUND",
        ErrorKind::WrongState => "E_STATE",
        ErrorKind::CertificateUntrusted => "E_TRUST",
        _ => panic!("{error:?}"),
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

/// A client that trusts nobody here, until its person says so.
fn stranger(login: &Login) -> String {
    let mut app = App { run: EngineRun::start(Vec::new()), said: String::new() };
    let add = || Command::AddAccount { config: login.config(), secret: Secret::new(PASSWORD) };
    app.end("stranger", add());
    let asked = app.run.wait_for("a question", |event| matches!(event, Event::TrustQuestion(_)));
    let Event::TrustQuestion(question) = asked else { panic!("{asked:?}") };
    assert_eq!(question.fault, CertificateFault::UnknownIssuer);
    let may_pin = u8::from(question.may_pin);
    app.say(&format!("question 1 {may_pin} {}", quoted(&question.facts.subject)));
    app.end("decide", Command::DecideTrust { question: question.id, decision: TrustDecision::Pin });
    let pins = |app: &App| format!("pins {}", app.run.reader().pins().unwrap().len());
    app.say(&pins(&app));
    app.end("believed", add());
    app.end("unpin", Command::Unpin { host: login.host.clone(), port: login.port });
    app.say(&pins(&app));
    app.said
}

#[test]
fn the_scenario_runs_in_rust() {
    let server = server_of_scenario();
    let login = Login {
        host: "localhost".into(),
        port: server.port(),
        user: USER.into(),
        password: PASSWORD.into(),
        authority: server.ca_der().to_vec(),
    };
    let said = stranger(&login);
    let mut app = App { run: EngineRun::start(vec![login.authority.clone()]), said };
    app.say("open OK");
    let submission = SubmissionServer {
        host: login.host.clone(),
        port: server.submission_port(),
        security: Security::Tls,
    };
    let config = AccountConfig { submission: Some(submission), ..login.config() };
    let added = app.run.run(Command::AddAccount { config, secret: Secret::new(PASSWORD) });
    let Ok(Done::Account(account)) = added else { panic!("{added:?}") };
    app.say("add DONE");
    app.end("sync", Command::SyncAccount { account });
    for mailbox in app.run.reader().mailboxes(account).unwrap() {
        let flags = u32::from(mailbox.selectable);
        app.say(&format!(
            "mailbox {} role {} flags {flags} depth {} total {} unread {}",
            quoted(&mailbox.path),
            mailbox.role as i64,
            mailbox.depth,
            mailbox.total,
            mailbox.unread
        ));
    }
    let inbox = app.mailbox(account, "INBOX");
    app.list(inbox);
    app.load(app.email(inbox, "mail 30"));
    app.change(account, inbox);
    app.send(account);
    app.search(account);
    app.read_mails(account, inbox);
    app.end("stale", Command::FetchBody { email: EmailId(999_999) });
    let waiting = app.run.reader().waiting_changes(account).unwrap().len();
    app.say(&format!("queue {waiting}"));
    app.end("suspend", Command::Suspend { deadline: Duration::from_secs(5) });
    let asleep = app.run.reader().accounts().unwrap_err();
    app.say(&format!("asleep {}", name(&asleep)));
    app.end("resume", Command::Resume);
    app.list(inbox);
    app.fetch(app.email(inbox, "mail 30"));
    app.run.engine().shut_down();
    // Nothing comes after what was left.
    assert!(app.run.told(Duration::from_secs(10)).1);
    app.say("close E_CLOSED");
    let scenario = std::fs::read_to_string(super::folder("tests/abi/scenario.txt")).unwrap();
    // That there must be something to move is said by C's function itself.
    let lines = scenario.lines().filter(|line| !line.starts_with("nothing "));
    assert_eq!(app.said.lines().collect::<Vec<_>>(), lines.collect::<Vec<_>>());
}
