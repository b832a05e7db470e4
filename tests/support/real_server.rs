//! What all real servers have in common for a test: a user with a mailbox, an end and a new start.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use crate::dovecot::{Dovecot, Options, User};
use crate::engine::Login;
use crate::second_client::SecondClient;

/// The name all servers know their user by.
pub const USER_NAME: &str = "ann@example.test";
/// The user's password.
pub const PASSWORD: &str = "correct horse";

/// A real server, started for one test, with one user whose mailboxes are INBOX, Archive, Drafts, Junk, Sent and Trash.
pub trait RealServer {
    /// Where it is, and who its user is.
    fn login(&self) -> Login;

    /// The directory that holds all it has.
    fn place(&self) -> PathBuf;

    /// What the names of all mailboxes but INBOX begin with.
    fn prefix(&self) -> &'static str {
        ""
    }

    /// What stands between the levels of a mailbox's name.
    fn delimiter(&self) -> char {
        '/'
    }

    /// The directory where the server itself notes what is said on its connections once they are signed in.
    fn notes(&self) -> PathBuf;

    /// All it has noted so far, by file.
    fn noted(&self) -> Noted {
        let files = fs::read_dir(self.notes()).expect("a directory of notes").flatten();
        let read = |path: PathBuf| (path.clone(), fs::read(path).unwrap_or_default());
        Noted(files.map(|file| read(file.path())).collect())
    }

    /// Ends the server. Mail stays.
    fn stop(&mut self);

    /// Starts the server again, after ending it if it runs, on the same port with the same mail.
    fn restart(&mut self);

    /// The name of a mailbox on this server, from one with `/` between its levels.
    fn mailbox(&self, name: &str) -> String {
        if name == "INBOX" {
            return name.to_owned();
        }
        format!("{}{}", self.prefix(), name.replace('/', &self.delimiter().to_string()))
    }

    /// Signs a second client in.
    fn second_client(&self) -> SecondClient {
        let Login { host, port, user, password, authority } = self.login();
        SecondClient::connect(&host, port, &authority, &user, &password).expect("the second client signs in")
    }
}

/// What a server has noted of its connections.
#[derive(Default)]
pub struct Noted(BTreeMap<PathBuf, Vec<u8>>);

impl Noted {
    /// What of it wasn't there before.
    pub fn since(&self, before: &Self) -> String {
        let old = |path: &PathBuf| before.0.get(path).map_or(0, Vec::len);
        let new = self.0.iter().flat_map(|(path, text)| text.get(old(path)..).unwrap_or_default());
        String::from_utf8_lossy(&new.copied().collect::<Vec<u8>>()).into_owned()
    }
}

/// Dovecot with its user.
pub struct DovecotServer {
    server: Dovecot,
    user: User,
}

impl DovecotServer {
    /// Starts it.
    pub fn start() -> Self {
        let notes = "protocol imap {\n  rawlog_dir = %h/notes\n}".to_owned();
        let server = Dovecot::start_with(Options { settings: vec![notes], ..Options::default() });
        let user = server.user(USER_NAME, PASSWORD);
        let started = Self { server, user };
        fs::create_dir(started.notes()).expect("a directory of our own");
        fs::set_permissions(started.notes(), fs::Permissions::from_mode(0o777)).expect("our own directory");
        started
    }
}

impl RealServer for DovecotServer {
    fn login(&self) -> Login {
        Login::to(&self.server, &self.user)
    }

    fn place(&self) -> PathBuf {
        self.server.authority_file().parent().expect("it lies in the server's directory").to_owned()
    }

    fn notes(&self) -> PathBuf {
        self.server.maildir(&self.user, "INBOX").with_file_name("notes")
    }

    fn stop(&mut self) {
        self.server.stop();
    }

    fn restart(&mut self) {
        self.server.restart();
    }
}
