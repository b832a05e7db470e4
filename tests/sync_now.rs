//! A sync with a deadline, as a phone's system grants it to an app that is asleep.

use std::time::{Duration, Instant};

use waxwing_core::model::{
    AccountConfig, AccountId, AccountState, FlagBits, ListQuery, Network, Role, Secret, Security, SendTime,
    SubmissionServer, SyncCounts, SyncScope,
};
use waxwing_core::store::Store;
use waxwing_core::{Command, Done, Error, ErrorKind, Event, Message};
use waxwing_demo::model::{Dialect, Fault, Flags, Mailstore, Rule, Verb};
use waxwing_demo::serve::Server;
use waxwing_tests::engine::{EngineRun, once_unlocked};
use waxwing_tests::model::{USER, serve};

const SECOND: Duration = Duration::from_secs(1);

fn mailstore() -> Mailstore {
    let mut mailstore = Mailstore::new();
    mailstore.add_account(USER);
    for mailbox in ["Archive", "Work"] {
        mailstore.add_mailbox(USER, mailbox, None);
    }
    for number in 1..=8 {
        mailstore.mailbox_mut(USER, "INBOX").unwrap().append(
            mail(&number.to_string()),
            Flags::none(),
            number,
        );
    }
    mailstore
}

fn mail(name: &str) -> Vec<u8> {
    format!(
        "From: Ann <ann@example.org>\r\nSubject: {name}\r\nMessage-ID: <{name}@example.org>\r\n\r\nText.\r\n"
    )
    .into_bytes()
}

fn deliver(server: &Server, mailbox: &str, name: &str) {
    server.store().with(|store| {
        store.mailbox_mut(USER, mailbox).unwrap().append(mail(name), Flags::none(), 1_700_000_000_000);
    });
}

/// An engine that is in step and asleep.
fn asleep() -> (Server, EngineRun, AccountId) {
    let (server, login) = serve(mailstore(), Dialect::full());
    let (run, account) = EngineRun::with_account(&login);
    run.wait_until_complete(account);
    sleep(&server, &run);
    (server, run, account)
}

fn sleep(server: &Server, run: &EngineRun) {
    run.run(Command::Suspend { deadline: 20 * SECOND }).unwrap();
    wait_for_no_connection(server);
    server.store().with(|store| store.journal.commands.clear());
}

fn wait_for_no_connection(server: &Server) {
    let start = Instant::now();
    while server.store().connections() > 0 {
        assert!(start.elapsed() < 30 * SECOND, "a connection is still open");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn sync(run: &EngineRun, scope: SyncScope) -> Result<Done, Error> {
    run.run(Command::SyncNow { account: None, scope, deadline: 20 * SECOND })
}

fn counts(outcome: Result<Done, Error>) -> SyncCounts {
    match outcome.unwrap() {
        Done::Synced(counts) => counts,
        other => panic!("{other:?}"),
    }
}

/// What was asked of the server, as its verbs and where they led.
fn asked(server: &Server, verb: Verb) -> Vec<String> {
    server.store().with(|store| {
        let lines = store.journal.commands.iter().filter(|line| line.verb == Some(verb));
        lines.map(|line| line.line.clone()).collect()
    })
}

/// Everything is given up: another process may have it.
fn assert_asleep(server: &Server, run: &EngineRun) {
    wait_for_no_connection(server);
    assert_eq!(run.reader().accounts().unwrap_err().kind(), ErrorKind::WrongState);
    drop(once_unlocked(|| Store::open(&run.data_dir())).unwrap());
}

fn subjects(run: &EngineRun, account: AccountId) -> Vec<String> {
    let inbox = run.role(account, Role::Inbox);
    let page = run.reader().page(ListQuery::Mailbox(inbox), 0, 100).unwrap();
    page.rows.into_iter().map(|row| row.subject).collect()
}

#[test]
fn asleep_it_brings_what_is_new_in_inbox_and_sleeps_again() {
    let (server, run, account) = asleep();
    deliver(&server, "INBOX", "new");
    deliver(&server, "Work", "elsewhere");
    let came = counts(sync(&run, SyncScope::Inbox));
    assert_eq!((came.new, came.changed, came.removed), (1, 0, 0));
    assert!((1..20_000).contains(&came.octets), "{came:?}");
    assert_asleep(&server, &run);
    // One connection, one mailbox.
    let lines = server.store().with(|store| store.journal.commands.clone());
    assert!(lines.iter().all(|line| line.connection == lines[0].connection), "{lines:?}");
    assert_eq!(asked(&server, Verb::Select).len(), 1);
    assert!(asked(&server, Verb::List).is_empty() && asked(&server, Verb::Idle).is_empty());
    run.run(Command::NetworkChanged { network: Network::None }).unwrap();
    run.run(Command::Resume).unwrap();
    assert!(subjects(&run, account).contains(&"new".to_owned()));
}

#[test]
fn changes_that_wait_are_carried_out_only_if_that_was_asked_for() {
    let (server, login) = serve(mailstore(), Dialect::full());
    let (run, account) = EngineRun::with_account(&login);
    run.wait_until_complete(account);
    run.run(Command::NetworkChanged { network: Network::None }).unwrap();
    let inbox = run.role(account, Role::Inbox);
    let emails = run.reader().ids(ListQuery::Mailbox(inbox)).unwrap()[..1].to_vec();
    let flagged = run.submit(Command::SetFlags { emails, add: FlagBits::FLAGGED, remove: FlagBits::NONE });
    run.wait_until("the wish is here", |_| Ok(run.status(account).waiting == 1));
    sleep(&server, &run);
    run.run(Command::NetworkChanged { network: Network::Free }).unwrap();
    counts(sync(&run, SyncScope::Inbox));
    assert!(asked(&server, Verb::Store).is_empty());
    counts(sync(&run, SyncScope::Changes));
    run.finished(flagged).unwrap();
    assert_eq!(asked(&server, Verb::Store).len(), 1);
    assert_asleep(&server, &run);
}

#[test]
fn mail_that_waits_to_be_sent_is_sent_and_filed_before_it_sleeps_again() {
    let mut mailstore = mailstore();
    mailstore.add_mailbox(USER, "Sent", Some("\\Sent"));
    let (server, login) = serve(mailstore, Dialect::full());
    let run = EngineRun::start(vec![login.authority.clone()]);
    let submission = SubmissionServer {
        host: login.host.clone(),
        port: server.submission_port(),
        security: Security::Tls,
    };
    let config = AccountConfig { submission: Some(submission), ..login.config() };
    let added = run.run(Command::AddAccount { config, secret: Secret::new(login.password.as_str()) });
    let Ok(Done::Account(account)) = added else { panic!("{added:?}") };
    run.wait_until_complete(account);
    run.run(Command::NetworkChanged { network: Network::None }).unwrap();
    let message =
        Message(b"From: ada@example.org\r\nTo: ann@example.org\r\nSubject: a\r\n\r\nb\r\n".to_vec());
    let sent = run.submit(Command::Send { account, message, time: SendTime::After(Duration::ZERO) });
    run.wait_until("the wish is here", |_| Ok(run.status(account).waiting == 1));
    sleep(&server, &run);
    run.run(Command::NetworkChanged { network: Network::Free }).unwrap();
    counts(sync(&run, SyncScope::Inbox));
    assert_eq!(server.store().with_outbox(|outbox| outbox.carried.len()), 0);
    counts(sync(&run, SyncScope::Changes));
    run.finished(sent).unwrap();
    assert_eq!(server.store().with_outbox(|outbox| outbox.carried.len()), 1);
    let filed = server.store().with(|store| store.mailbox_mut(USER, "Sent").unwrap().mails().len());
    assert_eq!(filed, 1);
    assert_asleep(&server, &run);
}

#[test]
fn everything_is_all_mailboxes_with_their_bodies() {
    let (server, run, account) = asleep();
    for name in ["a", "b"] {
        deliver(&server, "Work", name);
    }
    server.store().with(|store| {
        let inbox = store.mailbox_mut(USER, "INBOX").unwrap();
        inbox.remove(1).unwrap();
        assert!(inbox.change_flags(2, |flags| flags.add("\\Seen")));
    });
    let came = counts(sync(&run, SyncScope::Everything));
    assert_eq!((came.new, came.changed, came.removed), (2, 1, 1));
    assert_asleep(&server, &run);
    run.run(Command::NetworkChanged { network: Network::None }).unwrap();
    run.run(Command::Resume).unwrap();
    let (here, of) = run.status(account).bodies;
    assert_eq!((here, of), (9, 9));
}

#[test]
fn what_the_server_keeps_silent_about_ends_with_the_deadline_and_holds_nothing() {
    let (server, run, account) = asleep();
    deliver(&server, "INBOX", "new");
    server.store().with(|store| store.faults.add(Rule::always(Verb::Select, Fault::Stall(None))));
    let late = Command::SyncNow { account: Some(account), scope: SyncScope::Inbox, deadline: SECOND };
    assert_eq!(run.run(late).unwrap_err().kind(), ErrorKind::TimedOut);
    assert_asleep(&server, &run);
    server.store().with(|store| store.faults.rules.clear());
    assert_eq!(counts(sync(&run, SyncScope::Inbox)).new, 1);
}

#[test]
fn one_account_that_cannot_be_reached_does_not_spoil_it_for_another() {
    let (server, login) = serve(mailstore(), Dialect::full());
    let (run, account) = EngineRun::with_account(&login);
    let (other_server, other_login) = serve(mailstore(), Dialect::full());
    drop(run);
    // Both authorities are trusted from the beginning.
    let run = EngineRun::start(vec![login.authority.clone(), other_login.authority.clone()]);
    let first = run.add_account(&login).unwrap();
    let second = run.add_account(&other_login).unwrap();
    assert_eq!(account, first);
    run.wait_until_complete(first);
    run.wait_until_complete(second);
    run.run(Command::Suspend { deadline: 20 * SECOND }).unwrap();
    drop(other_server);
    deliver(&server, "INBOX", "new");
    assert_eq!(counts(sync(&run, SyncScope::Changes)).new, 1);
    let alone = Command::SyncNow { account: Some(second), scope: SyncScope::Inbox, deadline: 20 * SECOND };
    assert_eq!(run.run(alone).unwrap_err().kind(), ErrorKind::Offline);
    assert_asleep(&server, &run);
}

#[test]
fn a_refused_password_is_still_known_to_be_refused_afterwards() {
    let (server, run, account) = asleep();
    server.store().with(|store| {
        let refused = Fault::Refuse { code: "AUTHENTICATIONFAILED".into(), text: "no".into() };
        store.faults.add(Rule::always(Verb::Authenticate, refused));
    });
    assert_eq!(sync(&run, SyncScope::Inbox).unwrap_err().kind(), ErrorKind::LoginRefused);
    // It isn't tried a second time.
    let tries = asked(&server, Verb::Authenticate).len();
    assert_eq!(sync(&run, SyncScope::Inbox).unwrap_err().kind(), ErrorKind::LoginRefused);
    assert_eq!(asked(&server, Verb::Authenticate).len(), tries);
    run.run(Command::Resume).unwrap();
    run.wait_until("it asks for a secret", |_| Ok(run.status(account).state == AccountState::SignInNeeded));
}

#[test]
fn while_it_is_awake_it_stays_awake() {
    let (server, login) = serve(mailstore(), Dialect::full());
    let (run, account) = EngineRun::with_account(&login);
    run.wait_until_complete(account);
    deliver(&server, "Work", "new");
    for scope in [SyncScope::Inbox, SyncScope::Changes, SyncScope::Everything] {
        counts(sync(&run, scope));
    }
    run.wait_until_complete(account);
    assert_eq!(run.status(account).state, AccountState::Online);
    assert_eq!(
        run.run(Command::SyncMailbox { mailbox: run.role(account, Role::Inbox) }).map(|done| match done {
            Done::Synced(counts) => (counts.new, counts.removed),
            _ => (9, 9),
        }),
        Ok((0, 0))
    );
}

#[test]
fn it_can_be_canceled_and_is_ended_by_waking_and_is_answered_once() {
    let (server, run, account) = asleep();
    server.store().with(|store| store.faults.add(Rule::always(Verb::Select, Fault::Stall(None))));
    let long = || Command::SyncNow { account: None, scope: SyncScope::Inbox, deadline: 600 * SECOND };
    let first = run.submit(long());
    // One at a time.
    assert_eq!(run.run(long()).unwrap_err().kind(), ErrorKind::WrongState);
    run.run(Command::Cancel { ticket: first }).unwrap();
    assert_eq!(run.answers(&[first], SECOND), [vec![Some(ErrorKind::Canceled)]]);
    assert_asleep(&server, &run);
    let second = run.submit(long());
    run.run(Command::Suspend { deadline: 20 * SECOND }).unwrap();
    assert_eq!(run.answers(&[second], SECOND), [vec![Some(ErrorKind::Canceled)]]);
    assert_asleep(&server, &run);
    let third = run.submit(long());
    server.store().with(|store| store.faults.rules.clear());
    run.run(Command::Resume).unwrap();
    assert_eq!(run.answers(&[third], SECOND), [vec![Some(ErrorKind::Canceled)]]);
    run.wait_until_complete(account);
}

#[test]
fn another_process_that_has_the_store_is_left_alone() {
    let (server, run, _) = asleep();
    let other = once_unlocked(|| Store::open(&run.data_dir())).unwrap();
    assert_eq!(sync(&run, SyncScope::Inbox).unwrap_err().kind(), ErrorKind::WrongState);
    assert!(asked(&server, Verb::Authenticate).is_empty());
    drop(other);
    once_unlocked(|| sync(&run, SyncScope::Inbox)).unwrap();
}

fn new_mail(run: &EngineRun) -> Vec<(String, u32)> {
    let event = run.wait_for("new mail", |event| matches!(event, Event::NewMail { .. }));
    let Event::NewMail { emails, total, .. } = event else { panic!("{event:?}") };
    assert_eq!(total, emails.len() as u64);
    emails.into_iter().map(|(row, uid)| (row.subject, uid)).collect()
}

fn is_told(run: &EngineRun) -> bool {
    run.told(SECOND).0.iter().any(|event| matches!(event, Event::NewMail { .. }))
}

#[test]
fn new_unread_mail_is_told_of_once_whatever_process_finds_it() {
    let (server, run, _) = asleep();
    // What was there from the beginning is no news.
    assert!(!is_told(&run));
    deliver(&server, "INBOX", "one");
    deliver(&server, "INBOX", "two");
    deliver(&server, "Work", "not in an inbox");
    server.store().with(|store| {
        let mut seen = Flags::none();
        seen.add("\\Seen");
        store.mailbox_mut(USER, "INBOX").unwrap().append(mail("read elsewhere"), seen, 1_700_000_000_000);
    });
    counts(sync(&run, SyncScope::Inbox));
    assert_eq!(new_mail(&run), [("one".to_owned(), 9), ("two".to_owned(), 10)]);
    // Not by this one again, nor by one that is started on the same store.
    counts(sync(&run, SyncScope::Everything));
    assert!(!is_told(&run));
    run.run(Command::Resume).unwrap();
    let run = run.reopened();
    counts(sync(&run, SyncScope::Everything));
    assert!(!is_told(&run));
    deliver(&server, "INBOX", "three");
    assert_eq!(new_mail(&run), [("three".to_owned(), 12)]);
}
