//! Sending mail: against the model submission server beside the model IMAP server, with the connection cut at every reply,
//! refusals for the moment and for good, and what somebody between here and there may do before TLS.
//!
//! What must hold at the end of each: those it is for got the mail at most once, Sent holds it at most once, there is one
//! mailbox for sent mail, and what the person is told is what the server saw.

use std::time::Duration;

use waxwing_core::model::{
    AccountConfig, AccountId, ChangeKind, ChangeState, Role, Secret, SecretKind, Security, SendTime,
    SubmissionServer, WaitingChange,
};
use waxwing_core::{Command, Done, Error, ErrorKind, Event, Message, Ticket};
use waxwing_demo::model::{Dialect, Fault, Mailstore, Rule, Verb};
use waxwing_demo::serve::Server;
use waxwing_demo::submission::{Carried, Moment, Trouble};
use waxwing_tests::engine::{EngineRun, Login};
use waxwing_tests::model::{PASSWORD, USER, serve};

const MAIL: &str = "From: Ada <ada@example.org>\r\nTo: Grace <grace@example.net>\r\nCc: alan@example.net\r\n\
                    Bcc: secret@example.net,\r\n other@example.net\r\nSubject: hello\r\n\
                    Message-ID: <hello@example.org>\r\n\r\n.dots\r\n..\r\n.\r\nend\r\n";

const HELD: Duration = Duration::from_secs(3000);

pub(crate) struct Ground {
    pub(crate) run: EngineRun,
    pub(crate) server: Server,
    pub(crate) account: AccountId,
}

pub(crate) fn ground_as(
    dialect: Dialect,
    sent: &[(&str, Option<&'static str>)],
    security: Security,
) -> Ground {
    let mut mailstore = Mailstore::new();
    mailstore.add_account(USER);
    for (name, special) in sent {
        mailstore.add_mailbox(USER, name, *special);
    }
    let (server, login) = serve(mailstore, dialect);
    let run = EngineRun::start(vec![login.authority.clone()]);
    let account = add(&run, &config(&server, &login, security), PASSWORD).unwrap();
    Ground { run, server, account }
}

pub(crate) fn ground() -> Ground {
    ground_as(Dialect::full(), &[("Gesendet", Some("\\Sent"))], Security::Tls)
}

fn config(server: &Server, login: &Login, security: Security) -> AccountConfig {
    let port = match security {
        Security::StartTls => server.starttls_port(),
        _ => server.submission_port(),
    };
    let submission = Some(SubmissionServer { host: "localhost".into(), port, security });
    AccountConfig { submission, ..login.config() }
}

/// An account whose server for sending hears of it only when there is something to send.
fn add(run: &EngineRun, config: &AccountConfig, secret: &str) -> Result<AccountId, Error> {
    let reading = AccountConfig { submission: None, ..config.clone() };
    match run.run(Command::AddAccount { config: reading, secret: Secret::new(secret) })? {
        Done::Account(account) => {
            run.run(Command::SetSubmission { account, server: config.submission.clone() })?;
            Ok(account)
        }
        other => panic!("AddAccount finished with {other:?}"),
    }
}

impl Ground {
    pub(crate) fn submit(&self, mail: &str, hold: Duration) -> Result<Ticket, Error> {
        let message = Message(mail.as_bytes().to_vec());
        self.run.engine().submit_durable(Command::Send {
            account: self.account,
            message,
            time: SendTime::After(hold),
        })
    }

    pub(crate) fn send(&self, mail: &str) -> Result<Done, Error> {
        self.run.finished(self.submit(mail, Duration::ZERO)?)
    }

    pub(crate) fn fail(&self, at: Moment, trouble: Trouble) {
        self.server.store().with_outbox(|outbox| outbox.fail_once(at, trouble));
    }

    pub(crate) fn carried(&self) -> Vec<Carried> {
        self.server.store().with_outbox(|outbox| outbox.carried.clone())
    }

    pub(crate) fn said(&self, begin: &str) -> usize {
        self.server.store().with_outbox(|outbox| outbox.count(begin))
    }

    /// Mails with that Message-ID in mailboxes for sent mail, whatever their names; and their octets.
    pub(crate) fn kept(&self, id: &str) -> Vec<(String, Vec<u8>)> {
        self.server.store().with(|store| {
            let places = store.find_message_id(USER, id);
            let of = |(name, uid): (String, u32)| {
                let mail = store.mailbox(USER, &name).unwrap().mail(uid).unwrap();
                (name, mail.raw().to_vec())
            };
            places.into_iter().filter(|(name, _)| name != "[Gmail]/All Mail").map(of).collect()
        })
    }

    pub(crate) fn mailboxes(&self) -> Vec<String> {
        self.server.store().with(|store| {
            store.account(USER).unwrap().mailboxes().iter().map(|mailbox| mailbox.name().to_owned()).collect()
        })
    }

    pub(crate) fn waiting(&self) -> Vec<WaitingChange> {
        self.run.reader().waiting_changes(self.account).unwrap()
    }

    fn wait_for_error(&self) -> WaitingChange {
        self.run.wait_until("why it isn't sent is listed", |reader| {
            Ok(reader.waiting_changes(self.account)?.iter().any(|change| change.error.is_some()))
        });
        self.waiting().remove(0)
    }

    /// How many got the mail, and how many are among sent mail; nothing else may have come of it.
    pub(crate) fn assert_came_to(&self, carried: usize, kept: usize, what: &str) {
        self.run.run(Command::SyncAccount { account: self.account }).unwrap();
        assert_eq!(self.carried().len(), carried, "{what}: those who got it");
        assert_eq!(self.kept("hello@example.org").len(), kept, "{what}: among sent mail");
        assert_eq!(self.mailboxes(), ["INBOX", "Gesendet"], "{what}");
        let sent = self.run.role(self.account, Role::Sent);
        let shown = self.run.reader().mailboxes(self.account).unwrap();
        let shown = shown.iter().find(|mailbox| mailbox.id == sent).unwrap();
        assert_eq!((shown.total, shown.unread), (kept as u64, 0), "{what}: what is shown of sent mail");
    }
}

#[test]
fn a_mail_is_sent_without_bcc_and_kept_once_with_it() {
    let ground = ground();
    assert_eq!(ground.send(MAIL), Ok(Done::Nothing));
    ground.assert_came_to(1, 1, "all well");
    let carried = ground.carried().remove(0);
    assert_eq!(carried.from, "ada@example.org");
    assert_eq!(
        carried.to,
        ["grace@example.net", "alan@example.net", "secret@example.net", "other@example.net"]
    );
    let (before, after) = MAIL.split_once("Bcc: secret@example.net,\r\n other@example.net\r\n").unwrap();
    let sent = String::from_utf8(carried.mail).unwrap();
    assert!(sent.starts_with("Date: ") && sent.ends_with(&format!("{before}{after}")), "{sent}");
    let (name, kept) = ground.kept("hello@example.org").remove(0);
    let kept = String::from_utf8(kept).unwrap();
    assert_eq!(name, "Gesendet");
    assert!(kept.ends_with(MAIL) && kept.lines().next() == sent.lines().next(), "{kept}");
    assert!(ground.waiting().is_empty());
    // Twice the same mail by the person's word is two.
    assert_eq!(ground.send(MAIL), Ok(Done::Nothing));
    ground.assert_came_to(2, 2, "sent again on purpose");
}

/// Runs each case on a ground of its own, several at a time.
pub(crate) fn each<T: Send>(cases: Vec<T>, play: impl Fn(T) + Sync) {
    let cases = std::sync::Mutex::new(cases);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let next = cases.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pop();
                    let Some(case) = next else { return };
                    play(case);
                }
            });
        }
    });
}

const BEFORE_THE_MAIL: [Moment; 6] =
    [Moment::Greeting, Moment::Ehlo, Moment::Auth, Moment::Mail, Moment::Rcpt, Moment::Data];

#[test]
fn a_connection_lost_before_the_mail_is_made_again_and_the_mail_sent_once() {
    let troubles =
        [Trouble::CutBefore, Trouble::LoseReply, Trouble::HalfReply, Trouble::Say("450 4.3.2 not now")];
    let cases = BEFORE_THE_MAIL.iter().flat_map(|at| troubles.iter().map(|trouble| (*at, trouble.clone())));
    each(cases.collect(), |(at, trouble)| {
        let ground = ground();
        ground.fail(at, trouble.clone());
        assert_eq!(ground.send(MAIL), Ok(Done::Nothing), "{at:?} {trouble:?}");
        ground.assert_came_to(1, 1, &format!("{at:?} {trouble:?}"));
        assert!(ground.waiting().is_empty());
    });
}

#[test]
fn a_mail_cut_off_in_its_middle_is_sent_again() {
    let ground = ground();
    // More than lies on the way: what is cut off has not been written whole.
    let mail = format!("{MAIL}{}", format!("{}\r\n", "x".repeat(990)).repeat(16_000));
    ground.server.store().with_outbox(|outbox| outbox.offers = vec!["SIZE"]);
    ground.fail(Moment::Content, Trouble::CutBefore);
    assert_eq!(ground.send(&mail), Ok(Done::Nothing));
    ground.assert_came_to(1, 1, "a large mail");
    assert_eq!(ground.said("DATA"), 2);
    assert!(ground.carried()[0].mail.ends_with(mail.as_bytes()[MAIL.len()..].as_ref()));
}

#[test]
fn a_refusal_for_good_is_told_in_the_servers_words_and_nothing_is_sent() {
    let cases = [Moment::Auth, Moment::Mail, Moment::Rcpt, Moment::Data, Moment::End];
    each(cases.to_vec(), |at| {
        let ground = ground();
        ground.fail(at, Trouble::Say("554 5.7.1 we won't"));
        let ticket = ground.submit(MAIL, Duration::ZERO).unwrap();
        let error = ground.run.finished(ticket).unwrap_err();
        let kind = if at == Moment::Auth { ErrorKind::LoginRefused } else { ErrorKind::ServerRefused };
        // Who was refused stands before.
        let said = match at {
            Moment::Rcpt => "<grace@example.net> 554 5.7.1 we won't",
            _ => "554 5.7.1 we won't",
        };
        assert_eq!((error.kind(), error.server_text()), (kind, Some(said)), "{at:?}");
        let refused =
            ground.run.wait_for("the refusal", |event| matches!(event, Event::ChangeRefused { .. }));
        assert!(matches!(refused, Event::ChangeRefused { ticket: its, .. } if its == ticket));
        ground.assert_came_to(0, 0, &format!("{at:?}"));
        let change = ground.waiting().remove(0);
        assert_eq!(
            (change.kind, change.state, change.operation),
            (ChangeKind::Send, ChangeState::Refused, ticket)
        );
        assert_eq!(change.error.unwrap().server_text(), Some(said));
        // By the person's word it is tried again, with the same Message-ID.
        let again = ground.run.run(Command::RetryChange { operation: ticket });
        assert_eq!(again, Ok(Done::Nothing), "{at:?}");
        ground.assert_came_to(1, 1, &format!("{at:?}, again"));
        assert!(ground.waiting().is_empty());
    });
}

#[test]
fn a_mail_whose_answer_was_lost_is_never_sent_again_by_itself() {
    // What was done before the connection ended, whether the server keeps what it sends, and what comes of it.
    let cases = vec![
        (Trouble::CutBefore, false, (0, 0)),
        (Trouble::CutBefore, true, (0, 0)),
        (Trouble::LoseReply, false, (1, 0)),
        (Trouble::LoseReply, true, (1, 1)),
        (Trouble::HalfReply, false, (1, 0)),
        (Trouble::HalfReply, true, (1, 1)),
    ];
    each(cases, |(trouble, keeps, (carried, kept))| {
        let ground = ground();
        ground.server.store().with_outbox(|outbox| outbox.keeps_sent = keeps);
        ground.fail(Moment::End, trouble.clone());
        let ticket = ground.submit(MAIL, Duration::ZERO).unwrap();
        let outcome = ground.run.finished(ticket);
        let what = format!("{trouble:?}, keeps: {keeps}");
        ground.assert_came_to(carried, kept, &what);
        assert_eq!(ground.said("DATA"), 1, "{what}");
        if kept == 1 {
            assert_eq!(outcome, Ok(Done::Nothing), "{what}");
            assert!(ground.waiting().is_empty(), "{what}");
            return;
        }
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut, "{what}");
        assert!(error.to_string().contains("can't be known whether the mail was sent"), "{error}");
        let change = ground.waiting().remove(0);
        assert_eq!((change.kind, change.state), (ChangeKind::Send, ChangeState::Refused));
        assert_eq!(change.error, Some(error), "the list says the same");
        // It is the person's to decide.
        assert_eq!(ground.run.run(Command::RetryChange { operation: ticket }), Ok(Done::Nothing));
        let again = ground.carried();
        assert_eq!(again.len(), carried + 1, "{what}");
        assert!(
            again.iter().all(|mail| mail.mail == again[0].mail),
            "the same mail with the same Message-ID and Date"
        );
        assert_eq!(ground.kept("hello@example.org").len(), 1, "{what}");
    });
}

#[test]
fn a_refusal_for_the_moment_at_the_end_means_that_nothing_was_sent() {
    let ground = ground();
    ground.fail(Moment::End, Trouble::Say("451 4.7.1 come back later"));
    assert_eq!(ground.send(MAIL), Ok(Done::Nothing));
    ground.assert_came_to(1, 1, "451");
    assert_eq!(ground.said("DATA"), 2);
}

#[test]
fn a_crash_while_the_answer_is_awaited_sends_nothing_twice() {
    each(vec![(false, 0), (true, 1)], |(keeps, kept)| {
        let ground = ground();
        ground.run.run(Command::SyncAccount { account: ground.account }).unwrap();
        ground.server.store().with_outbox(|outbox| outbox.keeps_sent = keeps);
        // It says that it is done when nobody is there any more.
        ground.fail(Moment::End, Trouble::LoseReply);
        // What may have been sent is found out by reading mail, which isn't possible before the restart.
        let shut = |shut: bool| {
            ground.server.store().with(|store| {
                store.faults.hook = if shut { Some(Box::new(|_, _| Some(Fault::CutBefore))) } else { None };
            });
        };
        shut(true);
        ground.server.store().cut_connections();
        let ticket = ground.submit(MAIL, Duration::ZERO).unwrap();
        ground.run.wait_until("the answer is lost", |reader| {
            Ok(reader
                .waiting_changes(ground.account)?
                .iter()
                .any(|change| change.state == ChangeState::Unknown))
        });
        // Taking it back would be too late.
        for command in [Command::Undo { operation: ticket }, Command::DiscardChange { operation: ticket }] {
            let too_late = ground.run.run(command).unwrap_err();
            assert_eq!(too_late.kind(), ErrorKind::WrongState);
        }
        shut(false);
        let Ground { run, server, account } = ground;
        let ground = Ground { run: run.reopened(), server, account };
        let outcome = ground.run.finished(ticket);
        assert_eq!(outcome.is_ok(), keeps, "{outcome:?}");
        ground.assert_came_to(1, kept, "after a restart");
        assert_eq!(ground.said("DATA"), 1);
    });
}

#[test]
fn a_mail_is_held_back_listed_and_taken_back() {
    let ground = ground();
    for command in [|operation| Command::Undo { operation }, |operation| Command::DiscardChange { operation }]
        as [fn(Ticket) -> Command; 2]
    {
        let ticket = ground.submit(MAIL, HELD).unwrap();
        let change = ground.waiting().remove(0);
        assert_eq!(
            (change.operation, change.kind, change.state),
            (ticket, ChangeKind::Send, ChangeState::Queued)
        );
        assert!(change.next_try.is_some() && change.error.is_none());
        ground.run.run(command(ticket)).unwrap();
        assert_eq!(ground.run.finished(ticket).unwrap_err().kind(), ErrorKind::Canceled);
        assert!(ground.waiting().is_empty());
    }
    // A restart changes nothing about it; nor does another network. RetryChange doesn't wait.
    let ticket = ground.submit(MAIL, HELD).unwrap();
    let Ground { run, server, account } = ground;
    let ground = Ground { run: run.reopened(), server, account };
    ground.run.run(Command::NetworkChanged { network: waxwing_core::model::Network::Free }).unwrap();
    ground.run.run(Command::SyncAccount { account }).unwrap();
    assert_eq!((ground.carried().len(), ground.waiting().len()), (0, 1));
    ground.run.run(Command::RetryChange { operation: ticket }).unwrap();
    assert_eq!(ground.run.finished(ticket), Ok(Done::Nothing));
    ground.assert_came_to(1, 1, "held back");
    let too_late = ground.run.run(Command::Undo { operation: ticket }).unwrap_err();
    assert_eq!(too_late.kind(), ErrorKind::WrongState);
    assert_eq!(ground.carried().len(), 1);
    assert_eq!(ground.submit(MAIL, 2 * HELD).unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn a_mail_that_was_sent_is_kept_once_though_keeping_it_fails() {
    let cases = vec![
        Fault::CutBefore,
        Fault::LoseAnswer,
        Fault::Refuse { code: "UNAVAILABLE".into(), text: "no".into() },
    ];
    each(cases, |fault| {
        let ground = ground();
        ground.server.store().with(|store| store.faults.add(Rule::once(Verb::Append, fault.clone())));
        assert_eq!(ground.send(MAIL), Ok(Done::Nothing), "{fault:?}");
        ground.assert_came_to(1, 1, &format!("{fault:?}"));
    });
    // Refused for good: it was sent, which the error is not about; tried again it is kept, and not sent.
    let ground = ground();
    let no = Fault::Refuse { code: "OVERQUOTA".into(), text: "full".into() };
    ground.server.store().with(|store| store.faults.add(Rule::once(Verb::Append, no)));
    let ticket = ground.submit(MAIL, Duration::ZERO).unwrap();
    assert_eq!(ground.run.finished(ticket).unwrap_err().kind(), ErrorKind::QuotaFull);
    assert_eq!(ground.waiting().remove(0).kind, ChangeKind::Append);
    ground.assert_came_to(1, 0, "no room");
    assert_eq!(ground.run.run(Command::RetryChange { operation: ticket }), Ok(Done::Nothing));
    ground.assert_came_to(1, 1, "room again");
}

#[test]
fn a_mailbox_for_sent_mail_is_made_where_there_is_none_and_no_second_one() {
    let ground = ground_as(Dialect::full(), &[], Security::Tls);
    assert_eq!(ground.send(MAIL), Ok(Done::Nothing));
    assert_eq!(ground.mailboxes(), ["INBOX", "Sent"]);
    assert_eq!((ground.carried().len(), ground.kept("hello@example.org").len()), (1, 1));
    // One that is known by its name alone, in another language.
    let ground = ground_as(Dialect::bare_rfc3501(), &[("Enviados", None)], Security::Tls);
    assert_eq!(ground.send(MAIL), Ok(Done::Nothing));
    assert_eq!(ground.mailboxes(), ["INBOX", "Enviados"]);
    assert_eq!((ground.carried().len(), ground.kept("hello@example.org").len()), (1, 1));
}

#[test]
fn a_server_that_keeps_what_it_sends_is_left_to() {
    let ground = ground();
    ground.server.store().with_outbox(|outbox| outbox.keeps_sent = true);
    assert_eq!(ground.send(MAIL), Ok(Done::Nothing));
    ground.assert_came_to(1, 1, "it keeps it early");
    assert_eq!(ground.server.store().with(|store| store.journal.lines_of(Verb::Append).count()), 0);

    let ground = ground_as(Dialect::gmail(), &[], Security::Tls);
    ground.server.store().with_outbox(|outbox| outbox.keeps_sent = true);
    assert_eq!(ground.send(MAIL), Ok(Done::Nothing));
    assert_eq!(ground.carried().len(), 1);
    assert_eq!(ground.kept("hello@example.org").len(), 1);
    // Whenever it does so: nothing is handed over to it.
    ground.server.store().with_outbox(|outbox| outbox.keeps_sent = false);
    assert_eq!(ground.send(&MAIL.replace("hello@", "later@")), Ok(Done::Nothing));
    assert!(ground.kept("later@example.org").is_empty());
    assert_eq!(ground.server.store().with(|store| store.journal.lines_of(Verb::Append).count()), 0);
}

#[test]
fn starttls_is_asked_for_in_the_clear_and_everything_else_inside() {
    let ground = ground_as(Dialect::full(), &[("Gesendet", Some("\\Sent"))], Security::StartTls);
    assert_eq!(ground.send(MAIL), Ok(Done::Nothing));
    ground.assert_came_to(1, 1, "STARTTLS");
    let heard = ground.server.store().with_outbox(|outbox| outbox.heard.clone());
    let clear: Vec<&str> =
        heard.iter().filter(|(inside, _)| !inside).map(|(_, line)| line.as_str()).collect();
    assert_eq!(clear, ["EHLO [127.0.0.1]", "STARTTLS"]);
    let inside: Vec<&str> =
        heard.iter().filter(|(inside, _)| *inside).map(|(_, line)| line.as_str()).collect();
    assert!(inside[0].starts_with("EHLO") && inside.contains(&"AUTH PLAIN"), "{inside:?}");
}

#[test]
fn without_tls_nothing_is_said_whatever_is_done_to_starttls() {
    let cases = vec![
        ("not offered", None),
        ("refused", Some((Moment::StartTls, Trouble::Say("454 4.7.0 no TLS today")))),
        ("refused for good", Some((Moment::StartTls, Trouble::Say("502 5.5.1 what?")))),
        ("more after the answer", Some((Moment::StartTls, Trouble::AlsoSay("250-evil\r\n250 AUTH PLAIN")))),
        ("a greeting that is none", Some((Moment::Greeting, Trouble::Say("230 you are signed in already")))),
        ("another protocol", Some((Moment::Greeting, Trouble::Say("* OK IMAP4rev1 ready")))),
    ];
    each(cases, |(what, trouble)| {
        let ground = ground_as(Dialect::full(), &[("Gesendet", Some("\\Sent"))], Security::StartTls);
        match trouble {
            None => ground.server.store().with_outbox(|outbox| outbox.starttls = false),
            Some((at, trouble)) => ground.server.store().with_outbox(|outbox| {
                outbox.rules.push(waxwing_demo::submission::Rule { at, trouble, times: 100 });
            }),
        }
        let ticket = ground.submit(MAIL, Duration::ZERO).unwrap();
        let change = ground.wait_for_error();
        let kind = change.error.map(|error| error.kind());
        assert!(matches!(kind, Some(ErrorKind::TlsFailed | ErrorKind::ProtocolBroken)), "{what}: {kind:?}");
        assert_eq!((change.operation, change.state), (ticket, ChangeState::Queued), "{what}: it waits");
        for (inside, line) in ground.server.store().with_outbox(|outbox| outbox.heard.clone()) {
            let is_known = line.starts_with("EHLO") || line == "STARTTLS";
            assert!(!inside && is_known, "{what}: {line} was said");
        }
        assert!(ground.carried().is_empty());
    });
}

#[test]
fn a_server_that_cannot_prove_who_it_is_hears_nothing() {
    let ground = ground();
    // Another server's certificate, by another authority.
    let (other, _) = serve(Mailstore::new(), Dialect::full());
    let (_, login) = serve(Mailstore::new(), Dialect::full());
    let login = Login { port: ground.server.port(), ..login };
    for security in [Security::Tls, Security::StartTls] {
        let run = EngineRun::start(vec![ground.server.ca_der().to_vec()]);
        let config =
            AccountConfig { submission: config(&other, &login, security).submission, ..login.config() };
        let account = add(&run, &config, PASSWORD).unwrap();
        let message = Message(MAIL.as_bytes().to_vec());
        run.engine()
            .submit_durable(Command::Send { account, message, time: SendTime::After(Duration::ZERO) })
            .unwrap();
        run.wait_until("why it isn't sent is listed", |reader| {
            let error = reader.waiting_changes(account)?.remove(0).error;
            Ok(error.is_some_and(|error| error.kind() == ErrorKind::CertificateUntrusted))
        });
        let heard = other.store().with_outbox(|outbox| outbox.heard.clone());
        assert!(heard.iter().all(|(inside, _)| !inside), "{security:?}: {heard:?}");
    }
}

#[test]
fn what_a_server_cannot_carry_is_said_before_anything_is_sent() {
    let cases: Vec<(&str, &[&'static str], ErrorKind)> = vec![
        ("Subject: \u{e4}\r\n\r\nx\r\n", &["8BITMIME"], ErrorKind::ServerRefused),
        ("Subject: a\r\n\r\n\u{e4}\r\n", &["SMTPUTF8"], ErrorKind::ServerRefused),
        ("Subject: a\r\n\r\nas long as it is\r\n", &["SIZE 20"], ErrorKind::LimitExceeded),
    ];
    each(cases, |(rest, offers, kind)| {
        let ground = ground();
        ground.server.store().with_outbox(|outbox| outbox.offers = offers.to_vec());
        let mail = format!("From: a@example.org\r\nTo: b@example.net\r\n{rest}");
        assert_eq!(ground.send(&mail).unwrap_err().kind(), kind, "{rest}");
        assert_eq!((ground.said("MAIL"), ground.carried().len()), (0, 0));
        // One that can takes it, and is told so.
        ground.server.store().with_outbox(|outbox| outbox.offers = vec!["8BITMIME", "SMTPUTF8", "SIZE"]);
        let ticket = ground.waiting()[0].operation;
        assert_eq!(ground.run.run(Command::RetryChange { operation: ticket }), Ok(Done::Nothing));
        let carried = ground.carried().remove(0);
        assert_eq!(carried.parameters.contains("SMTPUTF8"), rest.starts_with("Subject: \u{e4}"));
        assert_eq!(carried.parameters.contains("BODY=8BITMIME"), !rest.is_ascii());
        assert!(
            carried.parameters.contains(&format!("SIZE={}", carried.mail.len())),
            "{}",
            carried.parameters
        );
    });
}

#[test]
fn what_cannot_be_sent_is_refused_before_it_is_queued() {
    let ground = ground();
    for mail in [
        "From: a@example.org\r\nSubject: nobody gets it\r\n\r\n",
        "To: b@example.net\r\n\r\nnobody sends it\r\n",
        "From: a@example.org\r\nTo: not an address\r\n\r\n",
        "From: a@example.org\r\nTo: b@example.net\r\nSubject: x\rBcc: c@example.net\r\n\r\n",
        "",
    ] {
        assert_eq!(
            ground.submit(mail, Duration::ZERO).unwrap_err().kind(),
            ErrorKind::InvalidInput,
            "{mail:?}"
        );
    }
    assert!(ground.waiting().is_empty());
    // An account that only reads.
    let (_server, login) = serve(Mailstore::new(), Dialect::full());
    let (run, account) = EngineRun::with_account(&login);
    let message = Message(MAIL.as_bytes().to_vec());
    let refused = run.engine().submit_durable(Command::Send {
        account,
        message,
        time: SendTime::After(Duration::ZERO),
    });
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::WrongState);
}

#[test]
fn passwords_and_tokens_sign_in_by_what_is_offered() {
    each(vec!["PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER", "SCRAM-SHA-256"], |way| {
        let mut mailstore = Mailstore::new();
        mailstore.add_mailbox(USER, "Sent", Some("\\Sent"));
        let dialect = Dialect { oauthbearer: true, ..Dialect::full() };
        let (server, login) = serve(mailstore, dialect);
        server.store().with(|store| store.set_token(USER, "token"));
        server.store().with_outbox(|outbox| outbox.auth = way);
        let run = EngineRun::start(vec![login.authority.clone()]);
        let by_token = way.contains("OAUTH");
        let secret_kind = if by_token { SecretKind::BearerToken } else { SecretKind::Password };
        let config = AccountConfig { secret_kind, ..config(&server, &login, Security::Tls) };
        let account = add(&run, &config, if by_token { "token" } else { PASSWORD }).unwrap();
        let ground = Ground { run, server, account };
        if way.starts_with("SCRAM") {
            assert_eq!(ground.send(MAIL).unwrap_err().kind(), ErrorKind::BrowserSignInNeeded);
            return assert_eq!(ground.said("AUTH"), 0);
        }
        assert_eq!(ground.send(MAIL), Ok(Done::Nothing), "{way}");
        if by_token {
            // It is over; its own words to that are not an answer.
            ground.server.store().with(|store| store.set_token(USER, "another"));
            let error = ground.send(MAIL).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::LoginRefused);
            assert!(error.server_text().unwrap_or_default().contains("535"), "{error:?}");
        }
    });
}

#[test]
fn without_a_network_mail_waits() {
    let ground = ground();
    let network = |network| ground.run.run(Command::NetworkChanged { network }).unwrap();
    network(waxwing_core::model::Network::None);
    let ticket = ground.submit(MAIL, Duration::ZERO).unwrap();
    assert_eq!(ground.waiting().remove(0).state, ChangeState::Queued);
    assert!(ground.carried().is_empty());
    network(waxwing_core::model::Network::Free);
    assert_eq!(ground.run.finished(ticket), Ok(Done::Nothing));
    ground.assert_came_to(1, 1, "the network is back");
}

/// A server in memory: TLS, then what the test says for each line it hears; nothing where there is nothing said.
struct Scripted(std::sync::Arc<std::sync::Mutex<Vec<&'static str>>>, tokio_rustls::TlsAcceptor);

impl waxwing_core::net::Road for Scripted {
    fn go(
        &self,
        _target: &waxwing_core::net::Target,
    ) -> futures_util::future::BoxFuture<'static, std::io::Result<Box<dyn waxwing_core::net::Bytes>>> {
        let (answers, acceptor) = (std::sync::Arc::clone(&self.0), self.1.clone());
        Box::pin(async move {
            let (here, there) = tokio::io::duplex(16 << 10);
            tokio::spawn(async move { scripted(there, acceptor, answers).await });
            Ok(Box::new(here) as Box<dyn waxwing_core::net::Bytes>)
        })
    }
}

async fn scripted(
    stream: tokio::io::DuplexStream,
    acceptor: tokio_rustls::TlsAcceptor,
    answers: std::sync::Arc<std::sync::Mutex<Vec<&'static str>>>,
) -> std::io::Result<()> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = acceptor.accept(stream).await?;
    let mut buffer = [0; 4096];
    loop {
        let answer = {
            let mut answers = answers.lock().unwrap();
            if answers.is_empty() { None } else { Some(answers.remove(0)) }
        };
        match answer {
            Some("flood") => loop {
                stream.write_all(&[b'2'; 4096]).await?;
            },
            Some("flood of lines") => loop {
                stream.write_all("250-again\r\n".repeat(100).as_bytes()).await?;
            },
            Some("latin-1") => stream.write_all(b"250 \xfcbernommen\r\n").await?,
            Some(answer) => stream.write_all(answer.as_bytes()).await?,
            // It stays and says nothing.
            None => {}
        }
        if stream.read(&mut buffer).await? == 0 {
            return Ok(());
        }
    }
}

#[test]
fn a_server_that_falls_silent_or_never_stops_talking_is_left() {
    use waxwing_core::net::Trust;
    use waxwing_core::smtp::{Refused, Sender, Submission, Verdict, envelope};
    let authority = waxwing_tests::authority::Authority::new();
    let acceptor = tokio_rustls::TlsAcceptor::from(authority.leaf(&["smtp.example"]).server_config());
    let trust = Trust::new(&[authority.root()]).unwrap();
    let sender = Sender { user_name: USER.into(), secret: Secret::new(PASSWORD), kind: SecretKind::Password };
    let server = SubmissionServer { host: "smtp.example".into(), port: 465, security: Security::Tls };
    let (hi, ehlo) = ("220 hi\r\n", "250-hi\r\n250 AUTH PLAIN\r\n");
    let signed_in = [hi, ehlo, "235 ok\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n"];
    let play = |answers: &[&'static str]| {
        let script = Scripted(std::sync::Arc::new(std::sync::Mutex::new(answers.to_vec())), acceptor.clone());
        let trust = trust.clone().on(std::sync::Arc::new(script));
        // Time goes by when nothing else does.
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let begin = tokio::time::Instant::now();
            let mail = b"From: a@example.org\r\nTo: b@example.org\r\n\r\nx\r\n";
            let offered = async {
                Submission::open(&server, &trust, &sender).await?.offer(&envelope(mail).unwrap(), mail).await
            };
            let verdict = match offered.await {
                Ok(offered) => offered.finish().await,
                Err(refused) => Verdict::Refused(refused),
            };
            (verdict, begin.elapsed())
        })
    };
    // What RFC 5321 section 4.5.3.2 wants servers to be given: for the greeting, EHLO, AUTH, MAIL, RCPT and DATA.
    let patience = [300, 300, 300, 300, 300, 120].map(Duration::from_secs);
    for heard in 0..signed_in.len() {
        let (silent, waited) = play(&signed_in[..heard]);
        assert!(waited >= patience[heard] && waited < patience[heard] * 2, "after {heard}: {waited:?}");
        assert!(
            matches!(&silent, Verdict::Refused(Refused::Lost(error)) if error.kind() == ErrorKind::TimedOut),
            "after {heard}: {silent:?}"
        );
        for flood in ["flood", "flood of lines"] {
            let answers: Vec<&'static str> = signed_in[..heard].iter().copied().chain([flood]).collect();
            let (lost, _) = play(&answers);
            assert!(matches!(lost, Verdict::Refused(Refused::Lost(_))), "after {heard}, {flood}: {lost:?}");
        }
    }
    // The end of the mail has left.
    let (silent, waited) = play(&signed_in);
    assert!(waited >= Duration::from_secs(600));
    assert!(matches!(&silent, Verdict::Unknown(error) if error.kind() == ErrorKind::TimedOut), "{silent:?}");
    let accepted: Vec<&'static str> = signed_in.iter().copied().chain(["250 ok\r\n"]).collect();
    assert!(matches!(play(&accepted).0, Verdict::Accepted));
    // A number is a number, whatever is said with it.
    let accepted: Vec<&'static str> = signed_in.iter().copied().chain(["latin-1"]).collect();
    assert!(matches!(play(&accepted).0, Verdict::Accepted));
}
