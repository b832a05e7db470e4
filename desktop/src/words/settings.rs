//! The texts of the settings.

use waxwing_core::model::AccountState;

pub const ACCOUNTS: &str = "Accounts";
pub const ADD: &str = "Add an account";
pub const NONE_YET: &str = "There is no account yet.";
pub const SIGN_IN_AGAIN: &str = "Sign in again";
pub const SHOW_CERTIFICATE: &str = "Show certificate";
pub const CHANGE: &str = "Change";
pub const REMOVE: &str = "Remove";
pub const SAVE: &str = "Save";
pub const READING: &str = "Reading";
pub const NAME: &str = "Name";
pub const NO_NAME: &str = "none";
pub const FIXED: &str = "To change the name or the server for reading, add the account anew: mail that is here stays until \
    you remove it.";
pub const KEYS: &str = "Trusted keys";
pub const KEYS_HINT: &str = "Servers whose certificate proves nothing, and that you trust by their key. No other key is believed there.";
pub const NO_KEYS: &str = "None. Every server proves who it is by its certificate.";
pub const FORGET_KEY: &str = "Trust no longer";
pub const FOR_THIS_RUN: &str = "until Waxwing is closed";
pub const SECRETS: &str = "Passwords";
pub const IN_KEYRING: &str = "In this computer’s keyring";
pub const FOR_RUN: &str = "Only until I close Waxwing";
pub const IN_FILE: &str = "In a file with a passphrase";
pub const KEYRING_LOCKED: &str =
    "The keyring is locked. Until it is opened, passwords last until you close Waxwing.";
pub const KEYRING_ABSENT: &str =
    "There is no keyring. Until you choose another place, passwords last until you close Waxwing.";
pub const FILE_LOCKED: &str = "The file waits for its passphrase.";
pub const FILE_DAMAGED: &str = "The file is damaged. It is left as it is.";
pub const UNLOCK: &str = "Open";
pub const USE_FILE: &str = "Keep them there";
pub const REMOVE_LOCAL: &str = "Removed from this computer: its mail, its settings and its password.";
pub const REMOVE_WAITING: &str = "Changes that are not on the server yet are lost.";
pub const REMOVE_KEEPS: &str = "The server keeps everything.";
pub const REMOVE_VERB: &str = "Remove from this computer";

/// `Remove ada@example.org?`
pub fn remove(address: &str) -> String {
    format!("Remove {address}?")
}

/// How an account is doing, in a word or two.
pub fn state(state: AccountState) -> &'static str {
    match state {
        AccountState::Online => "Connected",
        AccountState::Connecting => "Connecting…",
        AccountState::Offline => "Offline",
        AccountState::SignInNeeded => "Waits for a password",
        AccountState::TrustNeeded => "Waits for a word about a certificate",
        AccountState::Failed => "Can’t go on",
    }
}

/// `imap.example.org, port 993, TLS`.
pub fn server(host: &str, port: u16, security: &str) -> String {
    format!("{host}, port {port}, {security}")
}

/// `since 2 Sep 2026`.
pub fn since(date: &str) -> String {
    format!("since {date}")
}
