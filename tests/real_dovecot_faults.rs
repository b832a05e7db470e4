//! The core against a real server when things go wrong: nothing lost, nothing twice, nothing told to a stranger.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command as Program, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use waxwing_core::error::{CertificateFault, Detail};
use waxwing_core::model::{AccountState, EmailId, ListQuery, Secret};
use waxwing_core::{Command, Engine, EngineOptions, ErrorKind};
use waxwing_tests::authority::{Authority, Leaf, Validity};
use waxwing_tests::comparison::{assert_same, here, on_server, sum};
use waxwing_tests::dovecot::{Dovecot, Options, User};
use waxwing_tests::engine::{EngineRun, Login, MemoryVault};
use waxwing_tests::generated::{Generated, Mail};
use waxwing_tests::process::within;
use waxwing_tests::repository::binary;
use waxwing_tests::second_client::sha256;

const PASSWORD: &str = "correct horse";

fn short(count: usize) -> Vec<Mail> {
    (1..=count).map(|number| Mail::short(&format!("Letter {number}"), "Hello")).collect()
}

// Who is believed, and what happens when a sign-in fails.

/// A server with that certificate is refused for that fault, and nobody even tries to sign in.
fn refused_for(leaf: &Leaf, authority: &Authority, fault: CertificateFault) {
    let directory = tempfile::tempdir().unwrap();
    let files = authority.write_pem(leaf, directory.path()).unwrap();
    let text = |path: &Path| fs::read_to_string(path).unwrap();
    let identity = Some((text(&files.certificate), text(&files.key)));
    let server = Dovecot::start_with(Options { identity, ..Options::default() });
    let user = server.user("ann@example.test", PASSWORD);
    let run = EngineRun::start(vec![authority.root()]);
    let error = run.add_account(&Login::to(&server, &user)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CertificateUntrusted, "{error:?}");
    let Detail::Certificate { fault: found, facts } = error.detail() else { panic!("{error:?}") };
    assert_eq!(*found, fault);
    assert!(facts.is_some(), "what the person is to be shown");
    assert!(run.reader().accounts().unwrap().is_empty());
    assert!(run.vault().is_empty());
    // The server tells of the connection once it has ended: from then on its log is complete. Just started, it may say
    // that nobody could have signed in yet.
    let told = ["no auth attempts", "SSL_accept() failed"];
    assert!(
        within(Duration::from_secs(10), || told.iter().any(|words| server.log().contains(words))),
        "{}",
        server.log()
    );
    assert_eq!(server.sign_ins(&user.name), 0, "{}", server.log());
    assert!(!server.log().contains("Login:") && !server.log().contains("auth failed"), "{}", server.log());
}

#[test]
fn a_server_that_proves_nothing_is_told_nothing() {
    let authority = Authority::new();
    let here: &[&str] = &["localhost"];
    refused_for(&authority.leaf(&["mail.example"]), &authority, CertificateFault::WrongHost);
    refused_for(&Leaf::self_signed(here, Validity::Now), &authority, CertificateFault::SelfSigned);
    refused_for(&authority.leaf_valid(here, Validity::Past), &authority, CertificateFault::Expired);
    let stranger = Authority::named("Another authority");
    refused_for(&stranger.leaf(here), &authority, CertificateFault::UnknownIssuer);
}

#[test]
fn a_refused_password_is_tried_at_most_twice_and_then_the_person_is_asked() {
    let mut server = Dovecot::start();
    let user = server.user("ann@example.test", PASSWORD);
    server.seed(&user, "INBOX", short(5));
    let wrong = Login { password: "wrong".to_owned(), ..Login::to(&server, &user) };
    let run = EngineRun::start(vec![server.authority()]);
    assert_eq!(run.add_account(&wrong).unwrap_err().kind(), ErrorKind::LoginRefused);
    server.sign_ins_reaching(&user.name, 1);
    std::thread::sleep(Duration::from_secs(1));
    let tries = server.sign_ins(&user.name);
    assert!((1..=2).contains(&tries), "{tries} tries");

    // An account that was good until the password changed.
    let account = run.add_account(&Login::to(&server, &user)).unwrap();
    run.wait_until_complete(account);
    let before = server.sign_ins_reaching(&user.name, tries + 3);
    server.user("ann@example.test", "another horse");
    server.restart();
    run.wait_until("the person is asked", |_| Ok(run.status(account).state == AccountState::SignInNeeded));
    assert_eq!(run.status(account).error.unwrap().kind(), ErrorKind::LoginRefused);
    std::thread::sleep(Duration::from_secs(4));
    let tries = server.sign_ins(&user.name) - before;
    println!("{tries} tries with a password that is no longer right");
    assert!((1..=2).contains(&tries), "{tries} tries");
    assert_eq!(run.reader().ids(ListQuery::AllInboxes).unwrap().len(), 5, "reading goes on");

    let secret = Secret::new("another horse");
    assert!(run.run(Command::SignIn { account, secret }).is_ok());
    assert_eq!(run.status(account).state, AccountState::Online);
}

/// The engine may be about to ask for a password just then; that is no answer to this one.
#[test]
fn a_password_given_right_after_the_start_is_not_taken_for_refused() {
    let server = Dovecot::start();
    let user = server.user("ann@example.test", PASSWORD);
    let directory = Arc::new(tempfile::Builder::new().prefix("waxwing-engine-").tempdir().unwrap());
    let open = || EngineRun::open(Arc::clone(&directory), MemoryVault::default(), vec![server.authority()]);
    let account = open().add_account(&Login::to(&server, &user)).unwrap();
    for round in 0..25 {
        let run = open();
        std::thread::sleep(Duration::from_micros(round * 200));
        let secret = Secret::new(PASSWORD);
        assert!(run.run(Command::SignIn { account, secret }).is_ok(), "round {round}");
    }
}

// Nobody there.

#[test]
fn a_missing_server_is_named_as_such() {
    let free = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let login = |host: &str| Login {
        host: host.to_owned(),
        port: free,
        user: "ann@example.test".to_owned(),
        password: PASSWORD.to_owned(),
        authority: Authority::new().root(),
    };
    let run = EngineRun::start(vec![login("localhost").authority]);
    assert_eq!(run.add_account(&login("localhost")).unwrap_err().kind(), ErrorKind::Offline);
    // RFC 6761: this name never has an address.
    let error = run.add_account(&login("imap.invalid")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NameNotResolved);
    assert!(run.reader().accounts().unwrap().is_empty());
}

#[test]
fn an_account_whose_server_is_gone_keeps_its_mail_and_asks_ever_less_often() {
    let mut server = Dovecot::start();
    let user = server.user("ann@example.test", PASSWORD);
    server.seed(&user, "INBOX", short(7));
    let (run, account) = EngineRun::with_account(&Login::to(&server, &user));
    run.wait_until_complete(account);
    server.stop();
    // In its place one that hangs up at once.
    let mut listener = None;
    within(Duration::from_secs(10), || {
        listener = TcpListener::bind(("127.0.0.1", server.port())).ok();
        listener.is_some()
    });
    let listener = listener.expect("the port is free again");
    let tries = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&tries);
    let stop = Arc::new(AtomicUsize::new(0));
    let stopped = Arc::clone(&stop);
    let thread = std::thread::spawn(move || {
        for socket in listener.incoming() {
            if stopped.load(Ordering::Relaxed) > 0 {
                return;
            }
            counted.fetch_add(1, Ordering::Relaxed);
            drop(socket);
        }
    });
    run.wait_until("offline", |_| Ok(run.status(account).state == AccountState::Offline));
    let before = tries.load(Ordering::Relaxed);
    std::thread::sleep(Duration::from_secs(5));
    let count = tries.load(Ordering::Relaxed) - before;
    println!("{count} connections in five seconds to a server that hangs up");
    assert!(count <= 8, "{count}");
    assert_eq!(run.status(account).error.unwrap().kind(), ErrorKind::Offline);
    let ids = run.reader().ids(ListQuery::AllInboxes).unwrap();
    assert_eq!(ids.len(), 7);
    assert!(ids.iter().all(|id| run.reader().raw(*id).is_ok()));

    stop.store(1, Ordering::Relaxed);
    let _ = std::net::TcpStream::connect(("127.0.0.1", server.port()));
    thread.join().unwrap();
    server.restart();
    let synced = within(Duration::from_secs(20), || run.run(Command::SyncAccount { account }).is_ok());
    assert!(synced, "{:?}", run.status(account));
}

#[test]
fn a_second_engine_on_the_same_directory_is_refused() {
    let run = EngineRun::start(vec![Authority::new().root()]);
    let options = EngineOptions {
        extra_roots: vec![Authority::new().root()],
        ..EngineOptions::new(run.data_dir(), Arc::new(MemoryVault::default()))
    };
    assert_eq!(Engine::start(options).err().unwrap().kind(), ErrorKind::WrongState);
    assert!(run.reader().accounts().unwrap().is_empty(), "the first goes on");
}

// Killed.

/// The child program at work on a directory.
fn child(
    directory: &Path,
    server: &Dovecot,
    user: &User,
    password: &str,
    plan: &str,
    mails: &[u64],
) -> Child {
    let authority = directory.parent().unwrap().join("authority.der");
    fs::write(&authority, server.authority()).unwrap();
    Program::new(binary("sync-child"))
        .args([directory.as_os_str(), server.host().as_ref()])
        .args([&server.port().to_string(), &user.name])
        .arg(&authority)
        .arg(plan)
        .args(mails.iter().map(u64::to_string))
        .env("SYNC_CHILD_PASSWORD", password)
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the child starts")
}

/// xorshift: the same moments in every run.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// What the killed runs said was done.
#[derive(Default)]
struct Acknowledged {
    opened: usize,
    starred: BTreeSet<i64>,
    archived: BTreeSet<i64>,
}

impl Acknowledged {
    fn add(&mut self, said: impl BufRead) {
        for line in said.lines().map_while(Result::ok) {
            match line.split_once(' ') {
                Some(("starred", id)) => drop(self.starred.insert(id.parse().unwrap())),
                Some(("archived", id)) => drop(self.archived.insert(id.parse().unwrap())),
                _ if line == "open" => self.opened += 1,
                _ => {}
            }
        }
    }
}

#[test]
fn killed_fifty_times_in_the_middle_of_its_work_it_loses_and_doubles_nothing() {
    let start = Instant::now();
    let server = Dovecot::start();
    let user = server.user("ann@example.test", PASSWORD);
    let mut mails: Vec<Mail> = Generated::mailbox(50, 2_000).collect();
    let later = mails.split_off(1_500);
    let mut all: Vec<String> = mails.iter().chain(&later).map(|mail| sha256(&mail.raw)).collect();
    all.sort();
    server.seed(&user, "INBOX", mails);
    server.second_client(&user).select("INBOX").unwrap();

    let directory = Arc::new(tempfile::Builder::new().prefix("waxwing-killed-").tempdir().unwrap());
    let data = directory.path().join("data");
    let (mut seeded, mut acknowledged) = (Seeded(0x9e37_79b9_7f4a_7c15), Acknowledged::default());
    for (round, arriving) in later.chunks(10).enumerate() {
        server.seed(&user, "INBOX", arriving.to_vec());
        let changes: Vec<u64> = (0..6).map(|_| seeded.below(1_500)).collect();
        let moment = Duration::from_millis(20 + seeded.below(380));
        let mut child = child(&data, &server, &user, PASSWORD, "quiet", &changes);
        std::thread::sleep(moment);
        child.kill().unwrap();
        let status = child.wait().unwrap();
        let mut errors = String::new();
        std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut errors).unwrap();
        assert_eq!(errors, "", "round {round}");
        assert!(status.success() || std::os::unix::process::ExitStatusExt::signal(&status) == Some(9));
        acknowledged.add(BufReader::new(child.stdout.take().unwrap()));
    }
    let killed = start.elapsed();

    let run = EngineRun::open(directory, MemoryVault::default(), vec![server.authority()]);
    let account = run.reader().accounts().unwrap().first().expect("it was added in one of the runs").id;
    run.run(Command::SignIn { account, secret: Secret::new(PASSWORD) }).unwrap();
    run.wait_until_complete(account);
    let Acknowledged { opened, starred, archived } = acknowledged;
    println!(
        "50 kills in {killed:.1?}: opened {opened} times, {} stars and {} moves acknowledged; complete after {:.1?}",
        starred.len(),
        archived.len(),
        start.elapsed()
    );
    let snapshot = server.second_client(&user).snapshot().unwrap();
    assert_same(&here(&run.reader(), account), &on_server(&snapshot));
    let mut there: Vec<String> =
        snapshot.values().flat_map(BTreeMap::values).map(|mail| mail.sha256.clone()).collect();
    there.sort();
    assert_eq!(there.len(), all.len(), "nothing lost, nothing twice");
    assert!(there == all, "the same mails");
    let reader = run.reader();
    for id in &starred {
        let sum = sum(&reader, EmailId(*id));
        let mail = snapshot.values().flat_map(BTreeMap::values).find(|mail| mail.sha256 == sum).unwrap();
        assert!(mail.flags.iter().any(|flag| flag == "\\Flagged"), "{id} lost its star");
    }
    for id in &archived {
        let sum = sum(&reader, EmailId(*id));
        assert!(snapshot["Archive"].values().any(|mail| mail.sha256 == sum), "{id} isn't archived");
    }
    assert!(opened >= 35 && starred.len() >= 10 && archived.len() >= 10, "the kills came too early to tell");
}

// Secrets.

/// Whether any file below holds these octets; gives the first that does.
fn file_with(directory: &Path, octets: &[u8]) -> Option<std::path::PathBuf> {
    for entry in fs::read_dir(directory).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            if let Some(found) = file_with(&path, octets) {
                return Some(found);
            }
        } else if fs::read(&path).unwrap().windows(octets.len()).any(|window| window == octets) {
            return Some(path);
        }
    }
    None
}

#[test]
fn a_password_is_in_no_file_no_event_and_no_log() {
    use base64::Engine as _;
    let server = Dovecot::start();
    let user = server.user("ann@example.test", "kDq7-unmistakable");
    server.seed(&user, "INBOX", short(20));
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    for password in ["wR0ng-unmistakable", "kDq7-unmistakable"] {
        let output = child(&data, &server, &user, password, "talk", &[2, 3]).wait_with_output().unwrap();
        let said = [output.stdout, output.stderr].map(|octets| String::from_utf8_lossy(&octets).into_owned());
        let last = if password == user.password { "complete" } else { "refused LoginRefused" };
        assert_eq!(said[0].lines().last(), Some(last), "{}", said[1]);
        assert!(said[1].contains("Finished"), "events are told: {}", said[1]);
        let plain = base64::engine::general_purpose::STANDARD.encode(format!("\0{}\0{password}", user.name));
        for secret in [password, plain.as_str()] {
            assert!(!said.iter().any(|text| text.contains(secret)), "{said:?}");
            assert_eq!(file_with(&data, secret.as_bytes()), None);
        }
    }
    // The search finds what is there.
    assert!(file_with(&data, b"Letter 7").is_some());
}
