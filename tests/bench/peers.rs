//! Other programs at the same work: mbsync, notmuch, mu.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use waxwing_tests::dovecot::Dovecot;
use waxwing_tests::process::is_installed;

use crate::ground::{Account, PASSWORD};

/// Debian's packages by the program that is looked for.
pub(crate) const PEERS: [(&str, &str); 3] =
    [("mbsync", "isync"), ("notmuch", "notmuch"), ("mu", "maildir-utils")];

pub(crate) fn has(program: &str) -> bool {
    is_installed(program)
}

/// Which version of it is here, as it says itself.
pub(crate) fn version(program: &str) -> String {
    let output = Command::new(program).arg("--version").output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    text.lines().next().unwrap_or("not installed").to_owned()
}

/// mbsync from INBOX to one Maildir in `place`. It keeps what it knows there: called again it goes on.
pub(crate) fn mbsync(server: &Dovecot, account: &Account, port: u16, place: &Path, fsync: bool) -> Command {
    fs::create_dir_all(place.join("mail")).expect("a directory");
    let configuration = place.join("mbsyncrc");
    let text = format!(
        "FSync {fsync}\n\
         IMAPAccount bench\nHost {host}\nPort {port}\nUser {user}\nPass \"{PASSWORD}\"\nSSLType IMAPS\n\
         CertificateFile {authority}\nAuthMechs LOGIN\n\n\
         IMAPStore far\nAccount bench\n\n\
         MaildirStore near\nPath {place}/mail/\nInbox {place}/mail/INBOX\n\n\
         Channel bench\nFar :far:INBOX\nNear :near:INBOX\nCreate Near\nExpunge Both\nSync All\n\
         SyncState *\n",
        fsync = if fsync { "yes" } else { "no" },
        host = server.host(),
        user = account.user.name,
        authority = server.authority_file().display(),
        place = place.display(),
    );
    fs::write(&configuration, text).expect("mbsync's configuration");
    let mut command = Command::new("mbsync");
    command.arg("-q").arg("-c").arg(&configuration).arg("bench");
    command
}

/// Where `mbsync` puts the mail.
pub(crate) fn maildir(place: &Path) -> PathBuf {
    place.join("mail")
}

/// A program that makes a search index of a Maildir.
pub(crate) struct Index {
    pub(crate) name: &'static str,
    /// Where its index is.
    pub(crate) directory: PathBuf,
    maildir: PathBuf,
    configuration: PathBuf,
}

impl Index {
    pub(crate) fn notmuch(place: &Path, maildir: &Path) -> Self {
        let configuration = place.join("notmuch.conf");
        let text =
            format!("[database]\npath={}\n[new]\ntags=new\n[search]\nexclude_tags=\n", maildir.display());
        fs::write(&configuration, text).expect("notmuch's configuration");
        Self {
            name: "notmuch",
            directory: maildir.join(".notmuch"),
            maildir: maildir.to_owned(),
            configuration,
        }
    }

    pub(crate) fn mu(place: &Path, maildir: &Path) -> Self {
        let directory = place.join("mu");
        Self { name: "mu", configuration: directory.clone(), directory, maildir: maildir.to_owned() }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.name);
        command.args(arguments);
        if self.name == "mu" {
            command.arg("--muhome").arg(&self.directory);
        } else {
            command.env("NOTMUCH_CONFIG", &self.configuration);
        }
        command
    }

    /// What has to be run once, before it is measured.
    pub(crate) fn prepare(&self) -> Vec<Command> {
        if self.name != "mu" {
            return Vec::new();
        }
        let mut init = self.command(&["init"]);
        init.arg("--maildir").arg(&self.maildir);
        vec![init]
    }

    pub(crate) fn build(&self) -> Command {
        self.command(if self.name == "mu" { &["index", "--quiet"] } else { &["new", "--quiet"] })
    }

    pub(crate) fn query(&self, words: &str) -> Command {
        let limited: &[&str] = if self.name == "mu" {
            &["find", "--maxnum=50", "--sortfield=date", "--reverse", "--fields=i"]
        } else {
            &["search", "--output=messages", "--limit=50", "--sort=newest-first"]
        };
        let mut command = self.command(limited);
        command.args(words.split(' '));
        command
    }
}
