//! What all real servers have in common for a test: a user with a mailbox, an end and a new start.

use std::path::PathBuf;

use crate::dovecot::{Dovecot, User};
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

/// Dovecot with its user.
pub struct DovecotServer {
    server: Dovecot,
    user: User,
}

impl DovecotServer {
    /// Starts it.
    pub fn start() -> Self {
        let server = Dovecot::start();
        let user = server.user(USER_NAME, PASSWORD);
        Self { server, user }
    }
}

impl RealServer for DovecotServer {
    fn login(&self) -> Login {
        Login::to(&self.server, &self.user)
    }

    fn place(&self) -> PathBuf {
        self.server.authority_file().parent().expect("it lies in the server's directory").to_owned()
    }

    fn stop(&mut self) {
        self.server.stop();
    }

    fn restart(&mut self) {
        self.server.restart();
    }
}
