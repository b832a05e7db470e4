//! How much of a device the engine takes, and what one does that may only read.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use waxwing_core::model::{
    AccountId, EmailId, FlagBits, ListQuery, MemoryBudget, MemoryRelease, Network, Role,
};
use waxwing_core::{Command, ErrorKind};
use waxwing_demo::model::{Dialect, Flags, Mailstore};
use waxwing_tests::engine::EngineRun;
use waxwing_tests::model::{PASSWORD, USER, serve};

const SIZE: usize = 40_000;

fn mail(number: usize) -> Vec<u8> {
    let text = "0123456789abcdef".repeat(SIZE / 16);
    format!("Subject: mail {number}\r\nMessage-ID: <{number}@example.org>\r\n\r\n{text}\r\n").into_bytes()
}

fn mailstore(mails: usize) -> Mailstore {
    let mut store = Mailstore::new();
    store.set_password(USER, PASSWORD);
    store.add_mailbox(USER, "Archive", Some("\\Archive"));
    for number in 1..=mails {
        let inbox = store.mailbox_mut(USER, "INBOX").unwrap();
        inbox.append(mail(number), Flags::none(), 1_700_000_000_000 + number as i64 * 60_000);
    }
    store
}

/// Bytes of all files below a directory whose names end so.
fn bytes(directory: &Path, end: &str) -> u64 {
    let Ok(entries) = fs::read_dir(directory) else { return 0 };
    entries
        .filter_map(Result::ok)
        .map(|entry| {
            let is_one = entry.file_name().to_string_lossy().ends_with(end);
            match entry.metadata() {
                Ok(metadata) if metadata.is_dir() => bytes(&entry.path(), end),
                Ok(metadata) if is_one => metadata.len(),
                _ => 0,
            }
        })
        .sum()
}

fn ids(run: &EngineRun, account: AccountId) -> Vec<EmailId> {
    run.reader().ids(ListQuery::Mailbox(run.role(account, Role::Inbox))).unwrap()
}

fn wait(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(60), "not so in time: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn no_more_is_kept_on_disk_than_was_said_and_the_rest_comes_when_it_is_opened() {
    const MOST: u64 = 2_000_000;
    let (_server, login) = serve(mailstore(120), Dialect::full());
    let caches = tempfile::tempdir().unwrap();
    let run = EngineRun::changed(vec![login.authority.clone()], |options| {
        options.most_on_disk = Some(MOST);
        options.cache_dir = Some(caches.path().to_owned());
        options.memory = Some(MemoryBudget::SMALL);
    });
    let account = run.add_account(&login).unwrap();
    run.wait_until_complete(account);
    let fits = MOST / 10 * 9 / SIZE as u64;
    // A batch of bodies that is under way when the room is full still comes, and is given up again.
    wait("what is too much is gone", || run.status(account).bodies.0 <= fits);
    let (here, wanted) = run.status(account).bodies;
    assert!(here == wanted && here + 3 >= fits, "{here} bodies of {wanted} wanted, {fits} fit");
    wait("their bytes are gone too", || bytes(caches.path(), ".pack") <= MOST / 4 * 5);
    assert_eq!(bytes(&run.data_dir(), ".pack"), 0, "they are where they are to be");
    let all = ids(&run, account);
    assert_eq!(all.len(), 120);
    let (newest, oldest) = (all[0], all[119]);
    assert_eq!(run.reader().raw(newest).unwrap(), mail(120));
    assert_eq!(run.reader().raw(oldest).unwrap_err().kind(), ErrorKind::NotFound);
    run.run(Command::FetchBody { email: oldest }).unwrap();
    assert_eq!(run.reader().raw(oldest).unwrap(), mail(1));
}

#[test]
fn an_engine_that_only_reads_shows_what_another_has_and_changes_nothing() {
    let (server, login) = serve(mailstore(5), Dialect::full());
    let (run, account) = EngineRun::with_account(&login);
    run.wait_until_complete(account);
    run.run(Command::NetworkChanged { network: Network::Metered }).unwrap();
    let widget = run.reading_beside();
    assert_eq!(ids(&widget, account), ids(&run, account));
    let email = ids(&widget, account)[0];
    widget.run(Command::FetchBody { email }).unwrap();
    assert_eq!(widget.reader().raw(email).unwrap(), mail(5));
    let inbox = widget.role(account, Role::Inbox);
    for command in [
        Command::SetFlags { emails: vec![email], add: FlagBits::SEEN, remove: FlagBits::NONE },
        Command::SyncAccount { account },
        Command::RemoveAccount { account },
        Command::MarkAllRead { mailbox: inbox },
        Command::FetchBody { email: EmailId(999) },
    ] {
        let what = format!("{command:?}");
        let kind = widget.run(command).unwrap_err().kind();
        assert!(matches!(kind, ErrorKind::WrongState | ErrorKind::NotFound), "{what}: {kind:?}");
    }
    widget.run(Command::ReleaseMemory { release: MemoryRelease::Caches }).unwrap();
    // What the other one does is there when it is read again.
    let inbox_of = |run: &EngineRun| run.mailbox(account, "INBOX").unread;
    assert_eq!(inbox_of(&widget), 5);
    run.run(Command::MarkAllRead { mailbox: inbox }).unwrap();
    assert_eq!(inbox_of(&widget), 0);
    widget.run(Command::Suspend { deadline: Duration::from_secs(2) }).unwrap();
    assert_eq!(widget.reader().accounts().unwrap_err().kind(), ErrorKind::WrongState);
    widget.run(Command::Resume).unwrap();
    assert_eq!(widget.reader().accounts().unwrap().len(), 1);
    let unread = server.store().with(|store| {
        store
            .mailbox(USER, "INBOX")
            .unwrap()
            .mails()
            .iter()
            .filter(|mail| !mail.flags().has("\\Seen"))
            .count()
    });
    assert_eq!(unread, 0);
}
