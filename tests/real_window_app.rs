//! The window, used like a person would: keys and clicks go in, and what is seen on the screen and found on the server
//! is compared. Modules named `dovecot…` need Dovecot, `dovecot_keyring` a message bus and a keyring besides.

mod browser;
mod dovecot_keyring;
mod dovecot_large;
mod dovecot_mail;
mod dovecot_paths;
mod dovecot_search;
mod dovecot_sign_in;
mod without_server;
mod writing;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use waxwing_tests::dovecot::{Dovecot, User};
use waxwing_tests::generated::Mail;
use waxwing_tests::process::within;
use waxwing_tests::second_client::SecondClient;

const DAY: u64 = 86_400;
const SOON: Duration = Duration::from_secs(15);

/// A server with one user and that many mails in the inbox, `Mail 01` the oldest, all unread.
fn server(mails: u64) -> (Dovecot, User) {
    let server = Dovecot::start();
    let user = server.user("ann@example.test", "secret");
    server.seed(&user, "INBOX", (1..=mails).map(numbered));
    (server, user)
}

fn numbered(number: u64) -> Mail {
    let mut mail = Mail::short(&format!("Mail {number:02}"), &format!("This is mail number {number}."));
    mail.received += number * DAY;
    mail
}

/// A directory for one test, and the profile in it.
fn profile() -> (TempDir, PathBuf) {
    let directory = tempfile::Builder::new().prefix("waxwing-app-").tempdir().unwrap();
    let profile = directory.path().join("profile");
    (directory, profile)
}

/// Where the mail with that subject lies, and with which flags.
fn places(client: &mut SecondClient, subject: &str) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    for mailbox in client.mailboxes().unwrap() {
        client.ok(&format!("EXAMINE \"{mailbox}\"")).unwrap();
        let uids = client.search(&format!("SUBJECT \"{subject}\"")).unwrap();
        let flags = client.flags().unwrap();
        // One that was moved away in between is found next time, where it is then.
        found.extend(uids.iter().filter_map(|uid| Some((mailbox.clone(), flags.get(uid)?.clone()))));
    }
    found
}

/// Waits until the mail lies in that mailbox only, with exactly those flags. Prints how long that took.
fn agrees(client: &mut SecondClient, subject: &str, mailbox: &str, flags: &str) -> Duration {
    let start = Instant::now();
    let flags: Vec<String> = flags.split_whitespace().map(str::to_owned).collect();
    let wanted = vec![(mailbox.to_owned(), flags)];
    let mut found = Vec::new();
    let does = within(Duration::from_secs(30), || {
        found = places(client, subject);
        found == wanted
    });
    assert!(does, "{subject}: {found:?} instead of {wanted:?}");
    println!("{subject} is in {mailbox} with {:?} after {:?}", wanted[0].1, start.elapsed());
    start.elapsed()
}

fn count(client: &mut SecondClient, mailbox: &str) -> u32 {
    client.select(mailbox).unwrap().exists
}
