//! The engine's life: put to sleep and woken, on this network or that, with as many connections as it gets, and keeping as
//! much as it is told to.

use std::time::{Duration, SystemTime};

use waxwing_core::model::{
    AccountId, AccountState, BodyState, EmailId, FlagBits, Keep, ListQuery, Network, Role, Secret,
};
use waxwing_core::store::Store;
use waxwing_core::{Command, Done, ErrorKind};
use waxwing_demo::model::{Dialect, Fault, Flags, Mailstore, Rule, Verb};
use waxwing_demo::serve::{Server, ServerOptions};
use waxwing_tests::engine::{EngineRun, Login, once_unlocked};
use waxwing_tests::model::{PASSWORD, USER, serve};

const SECOND: Duration = Duration::from_secs(1);
const DAY: i64 = 24 * 60 * 60 * 1000;

fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

fn mail(subject: &str, octets: usize) -> Vec<u8> {
    let mut raw = format!("Subject: {subject}\r\nMessage-ID: <{subject}@example.org>\r\n\r\n").into_bytes();
    while raw.len() < octets {
        raw.extend_from_slice(b"A line of text that makes the mail as long as it is to be.\r\n");
    }
    raw
}

/// So many mails in INBOX, one day older each, and three in the archive.
fn mailstore(count: i64) -> Mailstore {
    let mut mailstore = Mailstore::new();
    mailstore.add_account(USER);
    mailstore.add_mailbox(USER, "Archive", Some("\\Archive"));
    for (mailbox, count) in [("INBOX", count), ("Archive", 3)] {
        for number in (1..=count).rev() {
            let raw = mail(&format!("{mailbox}-{number}"), 300);
            mailstore.mailbox_mut(USER, mailbox).unwrap().append(raw, Flags::none(), now() - number * DAY);
        }
    }
    mailstore
}

fn deliver(server: &Server, subject: &str, octets: usize) {
    server.store().with(|store| {
        store.mailbox_mut(USER, "INBOX").unwrap().append(mail(subject, octets), Flags::none(), now());
    });
}

/// The mails of a mailbox and whether each has its body here, newest first.
fn mails(run: &EngineRun, account: AccountId, role: Role) -> Vec<(String, EmailId, bool)> {
    let (reader, mailbox) = (run.reader(), run.role(account, role));
    let page = reader.page(ListQuery::Mailbox(mailbox), 0, 1000).unwrap();
    let row = |row: waxwing_core::model::EmailRow| {
        let here = reader.email(row.id).unwrap().body == BodyState::Here;
        (row.subject, row.id, here)
    };
    page.rows.into_iter().map(row).collect()
}

fn wait_for_mail(run: &EngineRun, account: AccountId, subject: &str) -> EmailId {
    let mailbox = run.role(account, Role::Inbox);
    let find = |reader: &waxwing_core::Reader| -> Result<Option<EmailId>, waxwing_core::Error> {
        let page = reader.page(ListQuery::Mailbox(mailbox), 0, 1000)?;
        Ok(page.rows.iter().find(|row| row.subject == subject).map(|row| row.id))
    };
    run.wait_until(subject, |reader| Ok(find(reader)?.is_some()));
    find(&run.reader()).unwrap().unwrap()
}

fn wait_for_state(run: &EngineRun, account: AccountId, state: AccountState) {
    run.wait_until("the account's state", |_| Ok(run.status(account).state == state));
}

fn kind(outcome: Result<Done, waxwing_core::Error>) -> ErrorKind {
    outcome.unwrap_err().kind()
}

/// Whether this process has a file below that directory open.
#[cfg(target_os = "linux")]
fn has_open_files(directory: &std::path::Path) -> bool {
    std::fs::read_dir("/proc/self/fd").unwrap().flatten().any(|entry| {
        // One that was closed meanwhile has no target.
        std::fs::read_link(entry.path()).is_ok_and(|target| target.starts_with(directory))
    })
}

#[test]
fn suspended_it_holds_no_connection_no_file_and_no_lock_and_then_goes_on() {
    let (server, login) = serve(mailstore(20), Dialect::full());
    let (run, account) = EngineRun::with_account(&login);
    run.wait_until_complete(account);
    let inbox = run.role(account, Role::Inbox);
    assert_eq!(run.reader().ids(ListQuery::Mailbox(inbox)).unwrap().len(), 20);
    run.run(Command::Suspend { deadline: 20 * SECOND }).unwrap();
    #[cfg(target_os = "linux")]
    assert!(!has_open_files(&run.data_dir()));
    let start = std::time::Instant::now();
    while server.store().connections() > 0 {
        assert!(start.elapsed() < 30 * SECOND, "a connection is still open");
        std::thread::sleep(Duration::from_millis(10));
    }
    // Nothing is to be had meanwhile, and nothing hangs.
    assert_eq!(run.reader().accounts().unwrap_err().kind(), ErrorKind::WrongState);
    assert_eq!(kind(run.run(Command::SyncAccount { account })), ErrorKind::WrongState);
    run.run(Command::Suspend { deadline: SECOND }).unwrap();
    // Another process may use the store.
    let other = once_unlocked(|| Store::open(&run.data_dir())).unwrap();
    assert_eq!(kind(run.run(Command::Resume)), ErrorKind::WrongState);
    let emails = other.reader().ids(ListQuery::Mailbox(inbox)).unwrap();
    assert_eq!(emails.len(), 20);
    drop(other);
    deliver(&server, "while it slept", 300);
    run.run(Command::Resume).unwrap();
    let email = wait_for_mail(&run, account, "while it slept");
    run.run(Command::SetFlags { emails: vec![email], add: FlagBits::FLAGGED, remove: FlagBits::NONE })
        .unwrap();
    run.wait_until_complete(account);
}

#[test]
fn what_another_process_did_to_the_store_meanwhile_is_seen_after_it() {
    let (server, login) = serve(mailstore(5), Dialect::full());
    let (run, account) = EngineRun::with_account(&login);
    run.wait_until_complete(account);
    let inbox = run.role(account, Role::Inbox);
    // A list that is held in memory.
    run.reader().ids(ListQuery::Mailbox(inbox)).unwrap();
    run.run(Command::Suspend { deadline: 20 * SECOND }).unwrap();
    deliver(&server, "seen by the other", 300);
    let other = EngineRun::at(run.data_dir(), run.vault().clone(), vec![login.authority.clone()]);
    let email = wait_for_mail(&other, account, "seen by the other");
    let flags = Command::SetFlags { emails: vec![email], add: FlagBits::FLAGGED, remove: FlagBits::NONE };
    other.run(flags).unwrap();
    other.wait_until_complete(account);
    drop(other);
    server.store().allow_connections(0);
    once_unlocked(|| run.run(Command::Resume)).unwrap();
    assert_eq!(run.reader().ids(ListQuery::Mailbox(inbox)).unwrap().len(), 6);
    assert!(run.reader().email(email).unwrap().row.flags.contains(FlagBits::FLAGGED));
    server.store().allow_connections(usize::MAX);
    // A ticket of this engine names no change of the other one.
    let flags = Command::SetFlags { emails: vec![email], add: FlagBits::SEEN, remove: FlagBits::NONE };
    run.run(flags).unwrap();
}

#[test]
fn suspending_in_the_middle_of_a_download_loses_nothing() {
    let (server, login) = serve(mailstore(0), Dialect::full());
    for number in 0..60 {
        deliver(&server, &format!("large {number}"), 200_000);
    }
    let (run, account) = EngineRun::with_account(&login);
    for round in 1..=4u64 {
        run.wait_until("some bodies are here", |_| Ok(run.status(account).bodies.0 >= round * 4));
        let synced = run.submit(Command::SyncAccount { account });
        run.run(Command::Suspend { deadline: 20 * SECOND }).unwrap();
        // Answered, one way or the other.
        let _ = run.finished(synced);
        run.run(Command::Resume).unwrap();
    }
    run.wait_until_complete(account);
    for (subject, email, _) in mails(&run, account, Role::Inbox) {
        assert_eq!(run.reader().raw(email).unwrap(), mail(&subject, 200_000));
    }
}

#[test]
fn without_a_network_nothing_is_tried_and_with_one_everything_at_once() {
    let (server, login) = serve(mailstore(3), Dialect::full());
    let (run, account) = EngineRun::with_account(&login);
    run.wait_until_complete(account);
    run.run(Command::NetworkChanged { network: Network::None }).unwrap();
    wait_for_state(&run, account, AccountState::Offline);
    assert_eq!(run.status(account).error.unwrap().kind(), ErrorKind::Offline);
    // What was on its way has arrived.
    run.wait_until("the last connection to end", |_| Ok(server.store().connections() == 0));
    deliver(&server, "later", 300);
    let before = server.store().with(|store| store.journal.commands.len());
    assert_eq!(kind(run.run(Command::SyncAccount { account })), ErrorKind::Offline);
    std::thread::sleep(2 * SECOND);
    assert_eq!(server.store().with(|store| store.journal.commands.len()), before);
    assert_eq!(server.store().connections(), 0);
    run.run(Command::NetworkChanged { network: Network::Free }).unwrap();
    wait_for_mail(&run, account, "later");
    run.wait_until_complete(account);
}

#[test]
fn a_change_of_the_network_ends_a_long_wait_for_the_next_try() {
    let (server, login) = serve(mailstore(3), Dialect::full());
    let (run, account) = EngineRun::with_account(&login);
    run.wait_until_complete(account);
    server.store().allow_connections(0);
    server.store().cut_connections();
    wait_for_state(&run, account, AccountState::Offline);
    // Until the waits are long.
    let start = std::time::Instant::now();
    while server.store().turned_away() < 6 && start.elapsed() < 30 * SECOND {
        std::thread::sleep(Duration::from_millis(50));
    }
    server.store().allow_connections(usize::MAX);
    run.run(Command::NetworkChanged { network: Network::Free }).unwrap();
    deliver(&server, "soon", 300);
    wait_for_mail(&run, account, "soon");
}

#[test]
fn a_connection_that_became_a_black_hole_is_replaced_after_a_change_of_the_network() {
    let (server, login) = serve(mailstore(3), Dialect::full());
    // INBOX is watched by a connection that is never told anything.
    server.store().with(|store| store.faults.add(Rule::once(Verb::Idle, Fault::Stall(None))));
    let (run, account) = EngineRun::with_account(&login);
    run.wait_until_complete(account);
    let idles = |store: &Server| store.store().with(|store| store.journal.lines_of(Verb::Idle).count());
    run.wait_until("INBOX is watched", |_| Ok(idles(&server) == 1));
    std::thread::sleep(SECOND / 2);
    deliver(&server, "unheard", 300);
    std::thread::sleep(SECOND);
    assert_eq!(mails(&run, account, Role::Inbox).len(), 3);
    run.run(Command::NetworkChanged { network: Network::Free }).unwrap();
    // Far sooner than mailboxes are asked after.
    wait_for_mail(&run, account, "unheard");
    run.wait_until("INBOX is watched anew", |_| Ok(idles(&server) >= 2));
}

#[test]
fn on_a_metered_network_large_bodies_wait_unless_they_are_opened() {
    let (server, login) = serve(mailstore(5), Dialect::full());
    deliver(&server, "large one", 100_000);
    deliver(&server, "large two", 100_000);
    let run = EngineRun::start(vec![login.authority.clone()]);
    run.run(Command::NetworkChanged { network: Network::Metered }).unwrap();
    let account = run.add_account(&login).unwrap();
    run.wait_until("small bodies are here", |_| {
        Ok(run.status(account).synced.is_some() && run.status(account).bodies == (8, 10))
    });
    std::thread::sleep(SECOND);
    let large = |run: &EngineRun| {
        let mut all = mails(run, account, Role::Inbox);
        all.retain(|(subject, ..)| subject.starts_with("large"));
        all
    };
    assert!(large(&run).iter().all(|(_, _, here)| !here), "{:?}", large(&run));
    let email = large(&run)[0].1;
    run.run(Command::FetchBody { email }).unwrap();
    assert_eq!(large(&run).iter().filter(|(_, _, here)| *here).count(), 1);
    run.run(Command::NetworkChanged { network: Network::Free }).unwrap();
    run.wait_until_complete(account);
}

#[test]
fn to_spare_the_battery_no_body_is_fetched_unless_it_is_opened() {
    let (_server, login) = serve(mailstore(5), Dialect::full());
    let run = EngineRun::start(vec![login.authority.clone()]);
    run.run(Command::SetPower { saver: true }).unwrap();
    let account = run.add_account(&login).unwrap();
    run.wait_until("it is in step", |_| Ok(run.status(account).synced.is_some()));
    std::thread::sleep(SECOND);
    assert_eq!(run.status(account).bodies, (0, 8));
    let email = mails(&run, account, Role::Inbox)[0].1;
    run.run(Command::FetchBody { email }).unwrap();
    assert_eq!(run.status(account).bodies, (1, 8));
    run.run(Command::SetPower { saver: false }).unwrap();
    run.wait_until_complete(account);
}

/// An account that is to keep so much of its mail from the start.
fn keeping(login: &Login, keep: Keep) -> (EngineRun, AccountId) {
    let run = EngineRun::start(vec![login.authority.clone()]);
    run.run(Command::SetPower { saver: true }).unwrap();
    let account = run.add_account(login).unwrap();
    run.run(Command::SetKeep { account, mailbox: None, keep }).unwrap();
    run.run(Command::SetPower { saver: false }).unwrap();
    (run, account)
}

#[test]
fn only_as_much_is_kept_here_as_the_person_says() {
    let (_server, login) = serve(mailstore(10), Dialect::full());
    let (run, account) = keeping(&login, Keep::Headers);
    run.wait_until_complete(account);
    assert_eq!(run.status(account).bodies, (0, 0));
    let here = |role| mails(&run, account, role).iter().filter(|(_, _, here)| *here).count();
    assert_eq!((mails(&run, account, Role::Inbox).len(), here(Role::Inbox)), (10, 0));
    // Opened, it comes.
    let email = mails(&run, account, Role::Inbox)[9].1;
    run.run(Command::FetchBody { email }).unwrap();
    assert_eq!(run.status(account).bodies, (1, 1));
    // One mailbox otherwise than its account.
    let archive = run.role(account, Role::Archive);
    run.run(Command::SetKeep { account, mailbox: Some(archive), keep: Keep::Everything }).unwrap();
    run.wait_until("the archive is here", |_| Ok(run.status(account).bodies == (4, 4)));
    assert_eq!((here(Role::Inbox), here(Role::Archive)), (1, 3));
    // The last days: those from the day on that is so many days ago.
    run.run(Command::SetKeep { account, mailbox: None, keep: Keep::LastDays(4) }).unwrap();
    run.wait_until("the last days are here", |_| {
        let (done, total) = run.status(account).bodies;
        Ok(done == total && done > 4)
    });
    std::thread::sleep(SECOND);
    let days = here(Role::Inbox) - 1;
    assert!((4..=5).contains(&days), "{days}");
    assert_eq!(run.reader().keep(account, None).unwrap(), Some(Keep::LastDays(4)));
    // What is here stays, and it is remembered.
    let run = run.reopened();
    run.wait_until_complete(account);
    assert_eq!(run.reader().keep(account, Some(archive)).unwrap(), Some(Keep::Everything));
    run.run(Command::SetKeep { account, mailbox: None, keep: Keep::Headers }).unwrap();
    assert_eq!(run.status(account).bodies, (3 + 1 + days as u64, 3 + 1 + days as u64));
    run.run(Command::SetKeep { account, mailbox: None, keep: Keep::Everything }).unwrap();
    run.wait_until("all is here", |_| Ok(run.status(account).bodies == (13, 13)));
    let nobody = AccountId(4711);
    assert_eq!(
        kind(run.run(Command::SetKeep { account: nobody, mailbox: None, keep: Keep::Headers })),
        ErrorKind::NotFound
    );
}

#[test]
fn a_mail_that_is_not_kept_here_still_moves_to_another_account() {
    const OTHER: &str = "bob@example.org";
    let mut mailstore = mailstore(3);
    mailstore.add_account(OTHER);
    mailstore.add_mailbox(OTHER, "Archive", Some("\\Archive"));
    let users = vec![(USER.to_owned(), PASSWORD.to_owned()), (OTHER.to_owned(), PASSWORD.to_owned())];
    let server = Server::start(ServerOptions { mailstore, dialect: Dialect::full(), users }).unwrap();
    let login = |user: &str| Login {
        host: "localhost".to_owned(),
        port: server.port(),
        user: user.to_owned(),
        password: PASSWORD.to_owned(),
        authority: server.ca_der().to_vec(),
    };
    let (run, account) = keeping(&login(USER), Keep::Headers);
    run.wait_until_complete(account);
    let other = run.add_account(&login(OTHER)).unwrap();
    run.wait_until_complete(other);
    let (subject, email, here) = mails(&run, account, Role::Inbox).remove(0);
    assert!(!here);
    run.run(Command::NetworkChanged { network: Network::Metered }).unwrap();
    run.run(Command::Move { emails: vec![email], to: run.role(other, Role::Archive) }).unwrap();
    assert_eq!(mails(&run, account, Role::Inbox).len(), 2);
    let there = server.store().with(|store| {
        store
            .mailbox(OTHER, "Archive")
            .unwrap()
            .mails()
            .iter()
            .map(|mail| mail.raw().to_vec())
            .collect::<Vec<_>>()
    });
    assert_eq!(there, [mail(&subject, 300)]);
}

#[test]
fn with_any_number_of_connections_all_mail_comes_and_new_mail_is_seen() {
    for most in 1..=3 {
        let (server, login) = serve(mailstore(150), Dialect::full());
        server.store().allow_connections(most);
        let (run, account) = EngineRun::with_account(&login);
        run.wait_until_complete(account);
        assert_eq!(run.status(account).bodies, (153, 153), "{most}");
        // In the mailbox that is watched, sooner than mailboxes are asked after.
        for number in 0..3 {
            let subject = format!("new {number}");
            deliver(&server, &subject, 2000);
            let email = wait_for_mail(&run, account, &subject);
            let _ = run.run(Command::FetchBody { email });
            run.wait_until_complete(account);
            assert_eq!(run.reader().raw(email).unwrap(), mail(&subject, 2000), "{most}");
        }
        let archive = run.role(account, Role::Archive);
        run.run(Command::ShowMailbox { mailbox: archive }).unwrap();
        let emails = run.reader().ids(ListQuery::Mailbox(archive)).unwrap();
        run.run(Command::SetFlags { emails, add: FlagBits::SEEN, remove: FlagBits::NONE }).unwrap();
        deliver(&server, "elsewhere", 2000);
        wait_for_mail(&run, account, "elsewhere");
        // What was refused isn't asked for again and again.
        assert!(server.store().turned_away() <= 6, "{most}: {}", server.store().turned_away());
        assert_eq!(run.status(account).state, AccountState::Online);
    }
}

#[test]
fn a_server_that_refuses_every_further_sign_in_still_gives_all_mail() {
    for code in ["LIMIT", ""] {
        let (server, login) = serve(mailstore(30), Dialect::full());
        // The first one tries the settings, the second one is the account's.
        server.store().with(|store| {
            store.faults.hook = Some(Box::new(move |connection, verb| {
                let refused = connection > 2 && matches!(verb, Verb::Login | Verb::Authenticate);
                let text = "too many connections".to_owned();
                refused.then(|| Fault::Refuse { code: code.to_owned(), text })
            }));
        });
        let (run, account) = EngineRun::with_account(&login);
        run.wait_until_complete(account);
        assert_eq!(run.status(account).bodies, (33, 33));
        deliver(&server, "new", 300);
        wait_for_mail(&run, account, "new");
        assert_eq!(run.status(account).state, AccountState::Online);
    }
}

#[test]
fn a_server_that_refuses_every_mailbox_after_a_refused_id_is_asked_on_another_connection() {
    let (server, login) = serve(mailstore(3), Dialect::netease());
    // The first one tries the settings.
    server.store().with(|store| {
        let fault = Fault::Refuse { code: String::new(), text: "no".to_owned() };
        store.faults.add(Rule { connection: Some(2), ..Rule::always(Verb::Id, fault) });
    });
    let (run, account) = EngineRun::with_account(&login);
    run.wait_until_complete(account);
    assert_eq!(mails(&run, account, Role::Inbox).len(), 3);
}

#[test]
fn what_waits_for_the_network_can_be_canceled_and_is_answered_once() {
    let (server, login) = serve(mailstore(3), Dialect::full());
    let (run, account) = EngineRun::with_account(&login);
    run.wait_until_complete(account);
    run.run(Command::SetPower { saver: true }).unwrap();
    deliver(&server, "huge", 3_000_000);
    let email = wait_for_mail(&run, account, "huge");
    server.store().with(|store| {
        for verb in [Verb::List, Verb::Greeting, Verb::Fetch] {
            store.faults.add(Rule::always(verb, Fault::Stall(None)));
        }
    });
    let fetched = run.submit(Command::FetchBody { email });
    let synced = run.submit(Command::SyncAccount { account });
    let config = login.config_of("bob@example.test");
    let added = run.submit(Command::AddAccount { config, secret: Secret::new(PASSWORD) });
    std::thread::sleep(SECOND);
    let waiting = [fetched, synced, added];
    let cancels = waiting.map(|ticket| run.submit(Command::Cancel { ticket }));
    let canceled = vec![Some(ErrorKind::Canceled)];
    assert_eq!(run.answers(&waiting, SECOND), [canceled.clone(), canceled.clone(), canceled]);
    // Nobody waits any more.
    let again = run.submit(Command::Cancel { ticket: fetched });
    assert_eq!(kind(run.finished(again)), ErrorKind::WrongState);
    let _ = cancels;
    // The connection that was closed for it is replaced.
    server.store().with(|store| store.faults.rules.clear());
    server.store().cut_connections();
    run.run(Command::NetworkChanged { network: Network::Free }).unwrap();
    // Who asks while there is no connection is told so.
    let came = (0..60).any(|_| {
        let came = run.run(Command::FetchBody { email }).is_ok();
        if !came {
            std::thread::sleep(SECOND / 2);
        }
        came
    });
    assert!(came);
}

#[test]
fn a_change_to_mail_is_not_canceled() {
    let (server, login) = serve(mailstore(3), Dialect::full());
    let (run, account) = EngineRun::with_account(&login);
    run.wait_until_complete(account);
    server.store().with(|store| store.faults.add(Rule::once(Verb::Store, Fault::Stall(Some(2000)))));
    let emails = vec![mails(&run, account, Role::Inbox)[0].1];
    let change = run.submit(Command::SetFlags { emails, add: FlagBits::FLAGGED, remove: FlagBits::NONE });
    assert_eq!(kind(run.run(Command::Cancel { ticket: change })), ErrorKind::WrongState);
    run.finished(change).unwrap();
}

#[test]
fn what_is_asked_as_the_network_comes_is_not_told_that_there_is_none() {
    let (_server, login) = serve(mailstore(3), Dialect::full());
    let (run, account) = EngineRun::with_account(&login);
    run.wait_until_complete(account);
    for _ in 0..20 {
        run.run(Command::NetworkChanged { network: Network::None }).unwrap();
        wait_for_state(&run, account, AccountState::Offline);
        run.submit(Command::NetworkChanged { network: Network::Free });
        assert!(run.run(Command::SyncAccount { account }).is_ok());
    }
}
