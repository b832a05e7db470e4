//! A disk that is full, made with a small tmpfs: root alone may mount one. `check` leaves these out elsewhere.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command as Program;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use waxwing_core::model::{AccountId, AccountState, FlagBits, ListQuery, Role, Secret};
use waxwing_core::{Command, ErrorKind};
use waxwing_tests::comparison::{assert_same, here, on_server};
use waxwing_tests::dovecot::{Dovecot, User};
use waxwing_tests::engine::{EngineRun, Login, MemoryVault};
use waxwing_tests::generated::{Generated, Mail};
use waxwing_tests::process::within;
use waxwing_tests::second_client::sha256;

/// A file system with little room. It goes with this value.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounted over that directory.
    fn mount(directory: &Path, megabytes: u32) -> Self {
        let options = format!("size={megabytes}m,mode=0700");
        let done = Program::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "waxwing-test"])
            .arg(directory)
            .status()
            .is_ok_and(|status| status.success());
        assert!(done, "mounting a tmpfs takes root; ./check leaves this test out where it can't be done");
        Self(directory.to_owned())
    }

    fn resize(&self, megabytes: u32) {
        let options = format!("remount,size={megabytes}m");
        let status = Program::new("mount").args(["-o", &options]).arg(&self.0).status().unwrap();
        assert!(status.success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a file may still be open when a test fails.
        let _ = Program::new("umount").arg("-l").arg(&self.0).status();
    }
}

struct Ground {
    server: Dovecot,
    user: User,
    run: EngineRun,
    account: AccountId,
    // Unmounted before its directory is removed, and after the engine has ended.
    disk: SmallDisk,
    _directory: Arc<TempDir>,
}

/// An engine that has begun to sync these mails to a disk of that size.
fn ground(mails: Vec<Mail>, megabytes: u32) -> Ground {
    let server = Dovecot::start();
    let user = server.user("ann@example.test", "correct horse");
    server.seed(&user, "INBOX", mails);
    let directory = Arc::new(tempfile::Builder::new().prefix("waxwing-full-").tempdir().unwrap());
    let data = directory.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let disk = SmallDisk::mount(&data, megabytes);
    let login = Login::to(&server, &user);
    let run = EngineRun::open(Arc::clone(&directory), MemoryVault::default(), vec![login.authority.clone()]);
    let account = run.add_account(&login).unwrap();
    Ground { server, user, run, account, disk, _directory: directory }
}

impl Ground {
    fn wait_until_full(&self) {
        self.run.wait_until("the account says that the disk is full", |_| {
            let status = self.run.status(self.account);
            let full = status.error.as_ref().map(|error| error.kind()) == Some(ErrorKind::DiskFull);
            Ok(status.state == AccountState::Failed && full)
        });
    }

    /// The sums of the mails in INBOX that are here, each read whole.
    fn readable(&self) -> BTreeSet<String> {
        let reader = self.run.reader();
        let inbox = self.run.role(self.account, Role::Inbox);
        let rows = reader.page(ListQuery::Mailbox(inbox), 0, 100_000).unwrap().rows;
        let mut sums = BTreeSet::new();
        for row in rows {
            match reader.raw(row.id) {
                Ok(raw) => drop(sums.insert(sha256(&raw))),
                Err(error) => assert_eq!(error.kind(), ErrorKind::NotFound, "{error:?}"),
            }
        }
        sums
    }

    fn assert_completes(&self) {
        let synced = within(Duration::from_secs(30), || {
            self.run.run(Command::SyncAccount { account: self.account }).is_ok()
        });
        assert!(synced, "{:?}", self.run.status(self.account));
        self.run.wait_until_complete(self.account);
        self.run.wait_until("it is well again", |_| {
            let status = self.run.status(self.account);
            Ok(status.state == AccountState::Online && status.error.is_none())
        });
        let snapshot = self.server.second_client(&self.user).snapshot().unwrap();
        assert_same(&here(&self.run.reader(), self.account), &on_server(&snapshot));
    }
}

#[test]
fn bodies_that_do_not_fit_wait_until_there_is_room() {
    let mails: Vec<Mail> = Generated::mailbox(66, 700).collect();
    let octets: usize = mails.iter().map(|mail| mail.raw.len()).sum();
    let ground = ground(mails.clone(), 12);
    ground.wait_until_full();
    let before = ground.readable();
    println!(
        "{octets} octets of mail on 12 MB: {} of {} mails here when it was full",
        before.len(),
        mails.len()
    );
    assert!(!before.is_empty() && before.len() < mails.len());
    let theirs: BTreeSet<String> = mails.iter().map(|mail| sha256(&mail.raw)).collect();
    assert!(before.is_subset(&theirs));

    // It stays full and calm for a while, also when asked again.
    let _ = ground.run.run(Command::SyncAccount { account: ground.account });
    std::thread::sleep(Duration::from_secs(3));
    assert!(ground.readable().is_superset(&before), "what was here is still here");
    assert_eq!(ground.run.status(ground.account).error.unwrap().kind(), ErrorKind::DiskFull);

    ground.disk.resize(300);
    ground.assert_completes();
    assert!(ground.readable().is_superset(&theirs));
}

#[test]
fn headers_that_do_not_fit_wait_until_there_is_room() {
    // Not even the list fits.
    let mails =
        (1..=4000).map(|number| Mail::short(&format!("Letter {number} {}", "x".repeat(400)), "Hello"));
    let ground = ground(mails.collect(), 2);
    ground.wait_until_full();
    ground.readable();
    ground.disk.resize(300);
    ground.assert_completes();
}

#[test]
fn a_store_on_a_full_disk_opens_and_keeps_what_was_acknowledged() {
    let ground = ground(Generated::mailbox(67, 700).collect(), 12);
    ground.wait_until_full();
    let before = ground.readable();
    let inbox = ground.run.role(ground.account, Role::Inbox);
    let ids = ground.run.reader().ids(ListQuery::Mailbox(inbox)).unwrap();
    // Either it is durable or it is refused; it is never shown and lost.
    let count = ids.len().min(200);
    assert!(count > 0, "some mail fits");
    let star =
        Command::SetFlags { emails: ids[..count].to_vec(), add: FlagBits::DRAFT, remove: FlagBits::NONE };
    let ticket = ground.run.submit(star);
    std::thread::sleep(Duration::from_millis(500));
    let marked = |ground: &Ground| {
        let rows = ground.run.reader().page(ListQuery::Mailbox(inbox), 0, 100_000).unwrap().rows;
        rows.into_iter().filter(|row| row.flags.contains(FlagBits::DRAFT)).count()
    };
    let shown = marked(&ground);
    println!("a change on a full disk: {shown} of {count} shown");
    if shown == 0 {
        assert_eq!(ground.run.finished(ticket).unwrap_err().kind(), ErrorKind::DiskFull);
    } else {
        assert_eq!(shown, count);
    }

    let Ground { server, user, run, account, disk, _directory } = ground;
    let ground = Ground { server, user, run: run.reopened(), account, disk, _directory };
    assert!(ground.readable().is_superset(&before));
    assert_eq!(marked(&ground), shown);
    ground.disk.resize(300);
    let secret = Secret::new("correct horse");
    let _ = ground.run.run(Command::SignIn { account, secret });
    ground.assert_completes();
    assert_eq!(marked(&ground), shown);
}
