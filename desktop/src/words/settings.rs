//! The texts of the settings.

use waxwing_core::model::AccountState;

pub const SETTINGS: &str = "Settings";
pub const ACCOUNTS: &str = "Accounts";
pub const ADD: &str = "Add an account";
pub const NONE_YET: &str = "There is no account yet.";
pub const SIGN_IN_AGAIN: &str = "Sign in again";
pub const SHOW_CERTIFICATE: &str = "Show certificate";
pub const CHANGE: &str = "Change";
pub const REMOVE: &str = "Remove";
pub const SAVE: &str = "Save";
pub const NAME: &str = "Your name";
pub const NAME_EXAMPLE: &str = "Ada Kestrel";
pub const NAME_HINT: &str = "Those who get your mail see it.";
pub const TRYING: &str = "Trying…";
pub const ELSEWHERE: &str = "You will see the mail that is at this server";
pub const ELSEWHERE_MORE: &str = "Mail that is the same there is not fetched again; mail that is not there is no longer shown here. \
    Changes that still wait are made to the same mail alone.";
pub const AS_IT_WAS: &str = "Nothing was changed: the account goes on as it was.";
pub const PASSWORD_KEPT: &str = "It was tried with the password you gave before. Look at the user name; if the password is another \
    one there, give it by “Sign in again” first.";
pub const SIGNATURES: &str = "Addresses and signatures";
pub const WRITERS_HINT: &str = "An answer is written as whichever of these got the mail.";
pub const ADD_IDENTITY: &str = "Add an address";
pub const IDENTITY: &str = "Writing as";
pub const SIGNATURE: &str = "Signature";
pub const SIGNED: &str = "with a signature";
pub const UNSIGNED: &str = "no signature";
pub const REPLY_TO_HINT: &str = "Where answers are to go, if not to this address.";
pub const CATCH_ALL: &str = "Mail to any address of this domain comes here; answer it from that very address";
pub const TEMPLATES: &str = "Templates";
pub const TEMPLATE: &str = "Template";
pub const TEMPLATE_NAME: &str = "Name";
pub const TEMPLATE_EXAMPLE: &str = "Directions to our house";
pub const TEMPLATE_NAMELESS: &str = "A template needs a name to be found by.";
pub const ADD_TEMPLATE: &str = "Add a template";
pub const NO_TEMPLATES: &str =
    "Texts that you send again and again can be kept here, and put into a mail from its toolbar.";
pub const PRIVACY: &str = "Privacy: pictures in mail";
pub const SENDERS_HINT: &str = "Pictures on the network tell who sent a mail when it is read. Those of these senders are fetched by \
    themselves; all others when you ask for them.";
pub const NO_SENDERS: &str = "Pictures on the network are fetched only when you ask for them in a mail: fetching them tells its \
    sender that it is read. Senders for whom you choose “Always from this sender” are listed here.";
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

/// `since 2 Sep 2026`.
pub fn since(date: &str) -> String {
    format!("since {date}")
}

/// In the place of a sender that was removed.
pub fn sender_removed(address: &str) -> String {
    format!("{address}: no longer by themselves")
}
