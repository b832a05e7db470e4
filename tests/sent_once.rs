//! A mail is sent once and kept once, or the person is asked: with the line cut at every reply of the submission server and after
//! every octet of the last one, with servers that keep sent mail early, late or never, and where handing it over to them fails.
//!
//! On a clock that jumps: servers that take their time cost none. `./check` plays a part of the cases, `./check soak` all
//! (`WAXWING_SOAK=1`).

use std::time::Duration;

use waxwing_core::model::{ChangeKind, ChangeState, Security, SendTime, SubmissionServer};
use waxwing_core::{Command, Done, Error, ErrorKind, Event, Message, Ticket};
use waxwing_demo::model::{Dialect, Fault, Mailstore, Rule, Verb};
use waxwing_demo::submission::{Moment, Trouble};
use waxwing_tests::model::USER;

use crate::simulation::ground::Ground as _;
use crate::simulation::simulated::{SENT, SUBMISSION, Simulated};

const REPLY: &str = "250 2.0.0 queued\r\n";

fn mail(name: &str) -> Vec<u8> {
    format!(
        "From: Ada <ada@example.org>\r\nTo: grace@example.net\r\nBcc: secret@example.net\r\nSubject: once\r\n\
         Message-ID: <{name}@example.org>\r\n\r\n.\r\nhello\r\n"
    )
    .into_bytes()
}

struct Ground(Simulated);

impl Ground {
    fn start(seed: u64) -> Self {
        let mut mailstore = Mailstore::new();
        mailstore.add_account(USER);
        mailstore.add_mailbox(USER, SENT, Some("\\Sent"));
        let mut ground = Self(Simulated::start(mailstore, &Dialect::full(), seed));
        let account = ground.0.account();
        let server =
            Some(SubmissionServer { host: "mail.example".into(), port: SUBMISSION, security: Security::Tls });
        ground.run(Command::SetSubmission { account, server }).unwrap();
        ground.run(Command::SyncAccount { account }).unwrap();
        ground
    }

    /// What became of it, in whatever time.
    fn run(&mut self, command: Command) -> Result<Done, Error> {
        let ticket = self.0.submit(command);
        self.finished(ticket)
    }

    fn finished(&mut self, ticket: Ticket) -> Result<Done, Error> {
        // Step by step, so that the moment of it is known to a second.
        for _ in 0..5000 {
            for event in self.0.told(Duration::from_millis(200)).0 {
                match event {
                    Event::Finished { ticket: its, outcome } if its == ticket => return outcome,
                    _ => {}
                }
            }
        }
        panic!("{ticket:?} doesn't end");
    }

    fn send(&mut self, name: &str) -> Result<Done, Error> {
        let message = Message(mail(name));
        let account = self.0.account();
        self.run(Command::Send { account, message, time: SendTime::After(Duration::ZERO) })
    }

    fn carried(&self) -> usize {
        self.0.with_outbox(|outbox| outbox.carried.len())
    }

    fn kept(&self, name: &str) -> usize {
        let id = format!("{name}@example.org");
        self.0.with(|store| store.find_message_id(USER, &id).len())
    }

    fn handed_over(&self) -> usize {
        self.0.with(|store| store.journal.lines_of(Verb::Append).count())
    }

    fn waiting(&self) -> Vec<(ChangeKind, ChangeState)> {
        let waiting = self.0.reader().waiting_changes(self.0.account()).unwrap();
        waiting.into_iter().map(|change| (change.kind, change.state)).collect()
    }
}

/// What a server does with what it sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keeps {
    Never,
    Early,
    After(Duration),
}

/// What goes wrong with handing the mail over to Sent.
fn appends() -> Vec<Option<Fault>> {
    let refused = |code: &str| Some(Fault::Refuse { code: code.into(), text: "no".into() });
    vec![None, Some(Fault::CutBefore), Some(Fault::LoseAnswer), refused("UNAVAILABLE"), refused("OVERQUOTA")]
}

/// Where the line is cut.
fn cuts() -> Vec<(Moment, Trouble)> {
    let moments = [
        Moment::Greeting,
        Moment::Ehlo,
        Moment::Auth,
        Moment::Mail,
        Moment::Rcpt,
        Moment::Data,
        Moment::Content,
        Moment::End,
        Moment::Quit,
    ];
    let troubles = [Trouble::CutBefore, Trouble::LoseReply, Trouble::HalfReply];
    let at_replies =
        moments.into_iter().flat_map(|at| troubles.iter().map(move |trouble| (at, trouble.clone())));
    let in_the_last = (0..=REPLY.len()).map(|octets| (Moment::End, Trouble::CutReply(octets)));
    at_replies.chain(in_the_last).collect()
}

fn play(seed: u64, (at, trouble): (Moment, Trouble), keeps: Keeps, append: Option<Fault>) {
    let what = format!("{at:?} {trouble:?}, kept {keeps:?}, APPEND {append:?}");
    let mut ground = Ground::start(seed);
    ground.0.with_outbox(|outbox| {
        outbox.keeps_sent = keeps == Keeps::Early;
        outbox.fail_once(at, trouble);
    });
    ground.0.keep_after(match keeps {
        Keeps::After(time) => Some(time),
        Keeps::Never | Keeps::Early => None,
    });
    if let Some(fault) = append {
        ground.0.with(|store| store.faults.add(Rule::once(Verb::Append, fault)));
    }
    let outcome = ground.send("once");
    // Whatever may still come.
    ground.0.pause(Duration::from_secs(300));
    let (carried, kept) = (ground.carried(), ground.kept("once"));
    assert!(carried <= 1 && kept <= 1, "{what}: sent {carried}, kept {kept}");
    match outcome {
        Ok(_) => {
            assert_eq!((carried, kept), (1, 1), "{what}");
            assert!(ground.waiting().is_empty(), "{what}");
        }
        // It was sent, and there is no room to keep it: the person is told, and it is no question whether it was sent.
        Err(error) if error.kind() == ErrorKind::QuotaFull => {
            assert_eq!((carried, kept), (1, 0), "{what}");
            assert_eq!(ground.waiting(), [(ChangeKind::Append, ChangeState::Refused)], "{what}");
        }
        Err(error) => {
            let may_be_sent = matches!(at, Moment::Content | Moment::End);
            assert!(
                may_be_sent && error.kind() == ErrorKind::TimedOut,
                "{what}: asked for no reason: {error}"
            );
            assert_eq!(ground.waiting(), [(ChangeKind::Send, ChangeState::Refused)], "{what}");
            assert!(keeps == Keeps::Never || kept == 0, "{what}: Sent shows it, and nobody looked");
        }
    }
    let names: Vec<String> = ground.0.with(|store| {
        store.account(USER).unwrap().mailboxes().iter().map(|mailbox| mailbox.name().to_owned()).collect()
    });
    assert_eq!(names, ["INBOX", SENT], "{what}");
}

#[test]
fn cut_anywhere_a_mail_is_sent_once_and_kept_once_or_the_person_is_asked() {
    let is_soak = std::env::var_os("WAXWING_SOAK").is_some();
    let late = [2, 11].map(|seconds| Keeps::After(Duration::from_secs(seconds)));
    let keeps = [Keeps::Never, Keeps::Early, late[0], late[1]];
    let mut cases = Vec::new();
    for cut in cuts() {
        for keeps in keeps {
            for append in appends() {
                cases.push((cases.len() as u64, cut.clone(), keeps, append));
            }
        }
    }
    let all = cases.len();
    // 11 has no divisor in common with the others: each cut, each habit and each fault comes up, in changing company.
    cases.retain(|(number, ..)| is_soak || number % 11 == 0);
    println!("{} of {all} cases", cases.len());
    let cases = std::sync::Mutex::new(cases);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, Into::into) {
            scope.spawn(|| {
                loop {
                    let next = cases.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pop();
                    let Some((number, cut, keeps, append)) = next else { return };
                    play(number, cut, keeps, append);
                }
            });
        }
    });
}

impl Ground {
    /// Sends a mail, and gives how long it took until it was kept.
    fn time_of(&mut self, name: &str) -> Duration {
        let before = self.0.elapsed();
        assert_eq!(self.send(name), Ok(Done::Nothing), "{name}");
        self.0.elapsed() - before
    }
}

#[test]
fn a_server_that_keeps_nothing_is_waited_for_twice_and_no_more() {
    let mut ground = Ground::start(1);
    let times = ["one", "two", "three", "four"].map(|name| ground.time_of(name));
    assert!(times[0] >= Duration::from_secs(14) && times[1] >= Duration::from_secs(14), "{times:?}");
    assert!(times[2] < Duration::from_secs(5) && times[3] < Duration::from_secs(5), "{times:?}");
    // It is still known after a restart; by another server for sending all is open again.
    ground.0 = ground.0.reopened();
    assert!(ground.time_of("five") < Duration::from_secs(5));
    let account = ground.0.account();
    let server = Some(SubmissionServer {
        host: "other.mail.example".into(),
        port: SUBMISSION,
        security: Security::Tls,
    });
    let back =
        Some(SubmissionServer { host: "mail.example".into(), port: SUBMISSION, security: Security::Tls });
    for server in [server, back] {
        ground.run(Command::SetSubmission { account, server }).unwrap();
    }
    assert!(ground.time_of("six") >= Duration::from_secs(14));
    for name in ["one", "two", "three", "four", "five", "six"] {
        assert_eq!(ground.kept(name), 1, "{name}");
    }
}

#[test]
fn a_server_that_keeps_mail_late_is_left_to_however_late_it_comes() {
    let mut ground = Ground::start(2);
    for (name, late) in [("one", 9), ("two", 25), ("three", 50), ("four", 1)] {
        ground.0.keep_after(Some(Duration::from_secs(late)));
        let time = ground.time_of(name);
        assert!(
            time >= Duration::from_secs(late) && time < Duration::from_secs(late + 15),
            "{name}: {time:?}"
        );
        assert_eq!(ground.kept(name), 1, "{name}");
    }
    assert_eq!(ground.handed_over(), 0);
    // It does so no longer: the mail is kept all the same, and whoever comes next doesn't wait as long.
    ground.0.keep_after(None);
    assert!(ground.time_of("five") >= Duration::from_secs(100));
    assert!(ground.time_of("six") < Duration::from_secs(30));
    assert_eq!((ground.kept("five"), ground.kept("six")), (1, 1));
}

#[test]
fn a_server_that_keeps_mail_later_than_it_is_waited_for_does_so_twice_once_and_not_again() {
    let mut ground = Ground::start(4);
    ground.0.keep_after(Some(Duration::from_secs(40)));
    for (name, kept) in [("one", 2), ("two", 1), ("three", 1)] {
        ground.time_of(name);
        ground.0.pause(Duration::from_secs(100));
        let account = ground.0.account();
        ground.run(Command::SyncAccount { account }).unwrap();
        assert_eq!(ground.kept(name), kept, "{name}");
    }
}

#[test]
fn a_server_that_begins_to_keep_mail_does_so_twice_once_and_not_again() {
    let mut ground = Ground::start(3);
    for name in ["one", "two", "three"] {
        ground.time_of(name);
    }
    ground.0.keep_after(Some(Duration::from_secs(5)));
    ground.time_of("four");
    ground.0.pause(Duration::from_secs(30));
    let account = ground.0.account();
    ground.run(Command::SyncAccount { account }).unwrap();
    assert_eq!(ground.kept("four"), 2, "nobody could know");
    for name in ["five", "six"] {
        ground.time_of(name);
        ground.0.pause(Duration::from_secs(30));
        assert_eq!(ground.kept(name), 1, "{name}");
    }
}
