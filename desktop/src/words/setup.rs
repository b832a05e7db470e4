//! The texts of adding an account and of signing in again.

use waxwing_core::model::{Obstacle, SettingsSource, SourceState};

use super::trouble::Trouble;

// Name and address.
pub const WHO: &str = "Your name and address";
pub const NAME: &str = "Your name";
pub const NAME_EXAMPLE: &str = "Ada Kestrel";
pub const NAME_HINT: &str = "Others see it beside your address.";
pub const CONTINUE: &str = "Continue";
pub const LEAVE: &str = "Not now";

// Looking up settings.
pub const LOOKING: &str = "Looking up settings";
pub const FOR: &str = "for";
pub const STOP: &str = "Stop";
pub const BY_HAND: &str = "Enter them myself";
pub const CORRECT_ADDRESS: &str = "Correct the address";
pub const OTHER_ADDRESS: &str = "Use another address";
pub const OPEN_BROWSER: &str = "Open the browser";

// Signing in.
pub const EDIT_SETTINGS: &str = "Server settings";
pub const MANUAL_HINT: &str = "Your provider’s help page names them, under IMAP and SMTP.";
pub const APP_PASSWORD: &str = "App password";
pub const APP_PASSWORD_FIRST: &str = "This provider wants a password made for Waxwing, not your usual one. Make it on its page and paste it here.";
pub const APP_PASSWORD_PAGE: &str = "Open the page for app passwords";
pub const SWITCH_ON_FIRST: &str =
    "This provider keeps mail programs out until you allow IMAP in its settings. That is done once.";
pub const SETTINGS_PAGE: &str = "Open the provider’s settings";
pub const ONLY_BROWSER: &str =
    "This provider signs in through the browser only, and Waxwing can’t do that yet.";
pub const SPACES: &str = "Spaces do not matter.";
pub const CONFIRM_HOST: &str = "Yes, this is my provider";
pub const OUTGOING: &str = "Outgoing mail";
pub const MAILBOXES: &str = "Mailboxes";
pub const WAITING: &str = "waiting";
pub const CHECKING: &str = "signing in…";
pub const LISTING: &str = "asking…";
pub const SIGNED_IN: &str = "signed in";
pub const FAILED: &str = "did not work";
pub const READ_NOW: &str = "Read mail now";
pub const OTHER_USER_NAME: &str = "Other user name";
pub const SENDING_FAILED: &str = "Reading works, sending does not";
pub const READ_NOW_ADVICE: &str = "Read mail now, and see to sending later in the settings.";

// The servers, by hand.
pub const SERVER_PORT: &str = "Port";
pub const INCOMING_SERVER: &str = "Incoming server (IMAP)";
pub const OUTGOING_SERVER: &str = "Outgoing server (SMTP)";
pub const OUTGOING_EXAMPLE: &str = "smtp.example.org";
pub const INCOMING_EXAMPLE: &str = "imap.example.org";
pub const OUTGOING_HINT: &str = "Leave it empty to read mail only.";
pub const USER_NAME_HINT: &str = "Empty: your address, or what stands before its @.";
pub const TLS: &str = "TLS";
pub const START_TLS: &str = "STARTTLS";
pub const HOST_INCOMPLETE: &str = "A server looks like imap.example.org.";
pub const PORT_WRONG: &str = "A port is a number, 993 nearly everywhere.";
pub const PORT_OUTGOING_WRONG: &str = "A port is a number, 465 or 587 nearly everywhere.";
pub const PORT_NEEDS_START_TLS: &str =
    "This port begins in the clear: it needs STARTTLS. Better is a port with TLS.";
pub const PORT_25: &str = "Port 25 is for servers among themselves. Try 465.";

// Certificates.
pub const REASON: &str = "Reason";
pub const TRUST_KEY: &str = "Trust this key…";
pub const TRUST_FOR_RUN: &str = "Only until I close Waxwing";
pub const TRUST_ALWAYS: &str = "Trust this key";
pub const TRUST_ADVICE: &str = "Do this only if whoever runs the server gave you this fingerprint in another way, and it is \
    the same to the last letter. From then on Waxwing believes this key there, and no other.";

// Where the password is kept.
pub const KEPT_IN_FILE: &str = "Kept on this computer in a file sealed with your passphrase.";
pub const KEPT_BY_CHOICE: &str = "Waxwing remembers it until you close the window, as you chose.";
pub const KEYRING_ABSENT: &str = "This computer has no keyring. Where should the password be kept?";
pub const KEYRING_LOCKED: &str = "The keyring is locked. Where should the password be kept?";
pub const FILE_LOCKED: &str = "The file of passwords is locked. Where should this one be kept?";
pub const IN_KEYRING: &str = "In the keyring";
pub const FOR_THIS_RUN: &str = "Only until I close Waxwing";
pub const IN_FILE: &str = "In a file with a passphrase";
pub const LOOK_AGAIN: &str = "I have unlocked it";
pub const PASSPHRASE: &str = "Passphrase";
pub const PASSPHRASE_AGAIN: &str = "Once more";
pub const PASSPHRASE_NEW: &str = "Waxwing asks for it at each start. Nobody can bring it back if it is lost.";
pub const PASSPHRASE_MISSING: &str = "The file needs a passphrase.";
pub const PASSPHRASES_DIFFER: &str = "The two are not the same.";
pub const PASSPHRASE_WRONG: &str = "This is not the passphrase of the file.";
pub const FILE_DAMAGED: &str =
    "The file of passwords is damaged and was left as it is. Choose another place.";
pub const STILL_LOCKED: &str = "The keyring is still locked.";
pub const NO_KEYRING: &str = "There is no keyring.";

/// `Did you mean ada@gmail.com?`
pub fn did_you_mean(address: &str) -> String {
    format!("Did you mean {address}?")
}

/// The verb for it.
pub fn use_address(address: &str) -> String {
    format!("Use {address}")
}

/// The verb against it.
pub fn keep_address(address: &str) -> String {
    format!("Keep {address}")
}

/// The name of a line of the search. `domain` is that of the address.
pub fn source(source: SettingsSource, domain: &str) -> String {
    match source {
        SettingsSource::Table => "Known providers".into(),
        SettingsSource::Autoconfig => format!("{domain}’s own settings"),
        SettingsSource::WellKnown => format!("{domain}’s web site"),
        SettingsSource::Ispdb => "Mozilla’s provider list".into(),
        SettingsSource::Srv => "DNS records".into(),
        SettingsSource::Mx => "Who takes its mail".into(),
        SettingsSource::Guess => "Usual names".into(),
    }
}

/// How that line stands; `over` when nobody waits for it any more.
pub fn source_state(source: SettingsSource, state: Option<SourceState>, over: bool) -> &'static str {
    match state {
        Some(SourceState::Found) => "found",
        Some(SourceState::Nothing) if source == SettingsSource::Table => "not in the list",
        Some(SourceState::Nothing) => "nothing",
        Some(SourceState::Unreached) => "no answer",
        Some(SourceState::Asking) | None if over => "not needed",
        Some(SourceState::Asking) => "asking…",
        None => WAITING,
    }
}

/// Where settings came from, for the card.
pub fn from(source: Option<SettingsSource>, domain: &str) -> String {
    match source {
        None => "Encrypted · as you wrote it".into(),
        Some(SettingsSource::Table) => "Encrypted · known provider".into(),
        Some(SettingsSource::Autoconfig | SettingsSource::WellKnown) => {
            format!("Encrypted · settings from {domain}")
        }
        Some(SettingsSource::Ispdb) => "Encrypted · settings from Mozilla’s list".into(),
        Some(SettingsSource::Srv | SettingsSource::Mx) => "Encrypted · settings from DNS".into(),
        Some(SettingsSource::Guess) => "Encrypted · guessed and tried".into(),
    }
}

/// The question about a host outside the domain.
pub fn confirm_host(domain: &str, host: &str) -> (String, String) {
    (
        format!("Is {host} your provider?"),
        format!(
            "Mail of {domain} seems to be kept at {host}. Only the network said so, and that can be forged. Your \
             password would go there: go on only if you know this name."
        ),
    )
}

/// `12 mailboxes`.
pub fn mailboxes(count: u64) -> String {
    if count == 1 { "1 mailbox".into() } else { format!("{} mailboxes", super::grouped(count)) }
}

/// `Try again in 0:45`.
pub fn again_in(seconds: u64) -> String {
    format!("Try again in {}:{:02}", seconds / 60, seconds % 60)
}

/// The verb that tries the other form of the user name.
pub fn sign_in_as(user_name: &str) -> String {
    format!("Sign in as {user_name}")
}

/// `Sign in to ada@example.org`.
pub fn sign_in_to(address: &str) -> String {
    format!("Sign in to {address}")
}

/// `Trust this key for imap.example.org:993?`
pub fn trust_question(host: &str, port: u16) -> String {
    format!("Trust this key for {host}:{port}?")
}

/// Why a search led to nothing.
pub fn obstacle(obstacle: Option<Obstacle>, domain: &str) -> Trouble {
    let (title, advice) = match obstacle {
        None => (
            format!("No settings were found for {domain}"),
            "Your provider’s help page names them, under IMAP and SMTP.".into(),
        ),
        Some(Obstacle::NoImap) => (
            format!("{domain} keeps mail programs out"),
            "Waxwing reads mail by IMAP, and this provider has none. Its web page is the only way there.".into(),
        ),
        Some(Obstacle::PopOnly) => (
            format!("{domain} has POP only"),
            "POP hands mail over and forgets it; Waxwing reads by IMAP, which leaves it on the server. Perhaps the \
             provider offers that elsewhere: its help page says so."
                .into(),
        ),
        Some(Obstacle::NoSuchDomain) => (
            format!("There is no {domain}"),
            "Look for a slip in the part after the @.".into(),
        ),
        Some(Obstacle::Offline) => {
            ("You are offline".into(), "Connect to the network, then try again. What you typed stays.".into())
        }
        Some(Obstacle::CaptivePortal) => (
            "This network wants a sign-in of its own first".into(),
            "Hotels, trains and cafés do that. Open any page in the browser, agree there, then try again.".into(),
        ),
    };
    Trouble { title, advice, server: None }
}
