//! What everything is measured on: the server with its mailboxes, and places to put what is downloaded.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use waxwing_tests::dovecot::{Dovecot, User};
use waxwing_tests::generated::Mail;
use waxwing_tests::relay::Relay;
use waxwing_tests::second_client::SecondClient;

use crate::measure::{self, Run};
use crate::{Options, mails};

pub(crate) const PASSWORD: &str = "correct horse";

/// One account with mail in INBOX.
pub(crate) struct Account {
    pub(crate) user: User,
    pub(crate) count: usize,
    pub(crate) bytes: u64,
}

/// The server and its accounts.
pub(crate) struct Ground {
    pub(crate) server: Dovecot,
    authority: PathBuf,
    accounts: Vec<(Kind, Account)>,
    /// In memory, if the system has room there.
    fast: TempDir,
    disk: TempDir,
    quick: bool,
    next: usize,
}

/// Which mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// 10,000 small mails.
    Small,
    /// 4,000 mails, every fourth with an attachment.
    Heavy,
    /// 100,000 small mails.
    Large,
    /// Mails of 12 MB.
    Huge,
    /// 600 small mails.
    Few,
}

/// What a client that was here before knows of a mailbox.
pub(crate) struct Known {
    validity: u32,
    modseq: u64,
    pub(crate) uid_next: u32,
}

impl Known {
    /// As the floor is told it.
    pub(crate) fn qresync(&self) -> String {
        format!("qresync:{}:{}", self.validity, self.modseq)
    }
}

/// So that no run meets the server's limit of connections of one user and address.
const SETTINGS: &str = "mail_max_userip_connections = 100";

impl Ground {
    pub(crate) fn prepare(options: &Options) -> Self {
        let settings = vec![SETTINGS.to_owned()];
        let server = Dovecot::start_with(waxwing_tests::dovecot::Options { settings, ..Default::default() });
        let place = |parent: &Path| tempfile::Builder::new().prefix("waxwing-bench-").tempdir_in(parent);
        let fast = place(&std::env::temp_dir()).expect("a directory");
        let disk = place(&options.disk).expect("a directory on the disk");
        let authority = fast.path().join("authority.der");
        fs::write(&authority, server.authority()).expect("the authority's file");
        Self { server, authority, accounts: Vec::new(), fast, disk, quick: options.quick, next: 0 }
    }

    /// The account with that mailbox, seeded when it is first asked for.
    pub(crate) fn account(&mut self, kind: Kind) -> &Account {
        if !self.accounts.iter().any(|(known, _)| *known == kind) {
            let account = self.seed(kind);
            self.accounts.push((kind, account));
        }
        self.known(kind)
    }

    /// The same, once it was asked for.
    pub(crate) fn known(&self, kind: Kind) -> &Account {
        let found = self.accounts.iter().find(|(known, _)| *known == kind);
        &found.expect("it was seeded").1
    }

    fn seed(&self, kind: Kind) -> Account {
        let quick = |usual: usize, quick: usize| if self.quick { quick } else { usual };
        let (name, mails): (&str, Box<dyn Iterator<Item = Mail>>) = match kind {
            Kind::Small => ("small@example.test", Box::new(mails::small(quick(10_000, 2_000)))),
            Kind::Heavy => ("heavy@example.test", Box::new(mails::heavy(quick(4_000, 200)))),
            Kind::Large => ("large@example.test", Box::new(mails::small(quick(100_000, 4_000)))),
            Kind::Few => ("few@example.test", Box::new(mails::small(quick(600, 100)))),
            Kind::Huge => ("huge@example.test", Box::new(mails::huge(quick(8, 2), 12 << 20))),
        };
        let user = self.server.user(name, PASSWORD);
        let mut bytes = 0;
        let mails = mails.inspect(|mail| bytes += mail.raw.len() as u64);
        let count = self.server.seed(&user, "INBOX", mails);
        // The server's index of it is warm from here on, as it is for a mailbox in use.
        let mut client = self.second_client(&user);
        client.select("INBOX").expect("SELECT");
        Account { user, count, bytes }
    }

    pub(crate) fn second_client(&self, user: &User) -> SecondClient {
        self.server.second_client(user)
    }

    /// What a client would know that is in step with the server now.
    pub(crate) fn known_state(&self, kind: Kind) -> Known {
        let mut client = self.second_client(&self.known(kind).user);
        client.ok("ENABLE QRESYNC").expect("QRESYNC");
        let selected = client.select("INBOX").expect("SELECT");
        Known {
            validity: selected.uid_validity,
            modseq: selected.highest_modseq,
            uid_next: selected.uid_next,
        }
    }

    /// The server forgets what it keeps of the mails' headers.
    pub(crate) fn cool(&self, account: &Account) {
        for entry in fs::read_dir(self.server.maildir(&account.user, "INBOX")).expect("a Maildir").flatten() {
            if entry.file_name().to_string_lossy().starts_with("dovecot.index.cache") {
                fs::remove_file(entry.path()).expect("a file of the server's");
            }
        }
    }

    /// Starts the server anew with more settings than it usually has.
    pub(crate) fn restart_with(&mut self, settings: &[&str]) {
        let all: Vec<&str> = [SETTINGS].iter().chain(settings).copied().collect();
        self.server.set_options(&all);
        self.server.restart();
    }

    /// A directory that isn't there yet.
    pub(crate) fn place(&mut self, on_disk: bool) -> PathBuf {
        self.next += 1;
        let parent = if on_disk { &self.disk } else { &self.fast };
        parent.path().join(format!("place-{}", self.next))
    }

    /// Whether `place(false)` is somewhere else than `place(true)`.
    pub(crate) fn has_memory(&self) -> bool {
        self.fast.path().starts_with("/dev/shm")
    }

    /// The floor for that mailbox: `connections` bare readers of `what`.
    pub(crate) fn floor(&self, account: &Account, port: u16, connections: usize, what: &str) -> Command {
        let mut command = self.child("floor");
        command.args([self.server.host(), &port.to_string(), &account.user.name]);
        command.arg(&self.authority).args([&connections.to_string(), what]);
        command
    }

    /// The engine on that directory.
    pub(crate) fn engine(&self, account: &Account, port: u16, place: &Path, until: &[&str]) -> Command {
        let mut command = self.child("engine");
        // For a profile: the words in front of the engine's, such as `perf record --`.
        if let Ok(wrap) = std::env::var("BENCH_WRAP") {
            let mut words = wrap.split(' ');
            let mut wrapped = Command::new(words.next().expect("a program"));
            wrapped.args(words).arg(command.get_program()).args(command.get_args());
            wrapped.env("BENCH_PASSWORD", PASSWORD);
            command = wrapped;
        }
        command.arg(place).args([self.server.host(), &port.to_string(), &account.user.name]);
        command.arg(&self.authority).args(until);
        command
    }

    /// A store with that many rows is made there, or else read.
    pub(crate) fn rows(&self, place: &Path, make: Option<usize>) -> Command {
        let mut command = self.child("rows");
        command.arg(if make.is_some() { "make" } else { "read" }).arg(place);
        command.args(make.map(|count| count.to_string()));
        command
    }

    fn child(&self, name: &str) -> Command {
        let mut command = Command::new(std::env::current_exe().expect("this program has a file"));
        command.arg(name).env("BENCH_PASSWORD", PASSWORD);
        command
    }

    pub(crate) fn run(&self, mut command: Command) -> Run {
        measure::run(&self.server, &mut command)
    }

    /// Runs a command that is given a relay's port, and gives the bytes that went through it.
    pub(crate) fn count_bytes(&self, command: impl FnOnce(u16) -> Command) -> u64 {
        let relay = Relay::start(self.server.port());
        self.run(command(relay.port()));
        relay.passed().total()
    }
}

/// What an earlier run wrote is on the disk before the next one is measured.
pub(crate) fn settle_disk() {
    let _ = Command::new("sync").status();
}

/// Removes a place and all in it.
pub(crate) fn clear(place: &Path) {
    if place.exists() {
        fs::remove_dir_all(place).expect("our own directory");
    }
}
