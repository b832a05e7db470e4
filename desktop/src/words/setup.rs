//! The texts of adding an account and of signing in again.

use waxwing_core::model::{ChosenPlace, Obstacle, SettingsSource, SourceState};

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
pub const ONLY_BROWSER: &str = "This provider signs in through the browser only, and says nowhere that Waxwing knows of on which page. Perhaps \
    its help page tells of app passwords: then enter the servers yourself.";
pub const SPACES: &str = "Spaces do not matter.";
pub const CONFIRM_HOST: &str = "Yes, this is my provider";
pub const OUTGOING: &str = "Outgoing mail";
pub const MAILBOXES: &str = "Mailboxes";
pub const WAITING: &str = "waiting";
pub const CHECKING: &str = "signing in…";
pub const LISTING: &str = "asking…";
pub const FAILED: &str = "did not work";
pub const READ_NOW: &str = "Read mail now";
pub const OTHER_USER_NAME: &str = "Other user name";
pub const SENDING_FAILED: &str = "Reading works, sending does not";
pub const READ_NOW_ADVICE: &str = "Read mail now, and see to sending later in the settings.";

// In the browser.
pub const CONTINUE_IN_BROWSER: &str = "Continue in browser";
pub const BROWSER_INSTEAD: &str = "Sign in in the browser instead";
pub const APP_PASSWORD_INSTEAD: &str = "Use an app password instead";
pub const PASSWORD_INSTEAD: &str = "Use a password instead";
pub const CLIENT_ID: &str = "Client ID";
pub const CLIENT_ID_HINT: &str = "This provider only lets in programs it knows, and this copy of Waxwing isn’t among them. With an ID of \
    your own, from its pages for developers, it works.";
pub const CLIENT_SECRET: &str = "Client secret";
pub const CLIENT_SECRET_HINT: &str = "Where the provider gave one with the ID.";
pub const CLIENT_MISSING: &str = "The provider’s pages for developers give one.";
pub const CLIENT_UNKNOWN: &str = "The provider doesn’t know Waxwing by this ID.";
pub const GO_ON_IN_BROWSER: &str = "Go on in your browser";
pub const TYPE_THE_CODE: &str = "Type this code in a browser";
pub const CODE_ADVICE: &str =
    "Open the page here or on any other device, type the code and sign in there. Waxwing goes on by itself.";
pub const OPEN_PAGE: &str = "Open the page";
pub const OPEN_PAGE_AGAIN: &str = "Open it again";
pub const COPY_PAGE: &str = "Copy its address";
pub const COPY_CODE: &str = "Copy the code";
pub const BY_CODE: &str = "Use a code instead";
pub const AGREE_AGAIN: &str = "Your provider wants you to sign in again";
pub const AGREE_AGAIN_ADVICE: &str =
    "What you agreed to in the browser no longer counts there. Mail that is here stays readable.";

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
pub const PASSWORD: &str = "password";
/// What the person agrees to in the browser.
pub const PERMISSION: &str = "permission";
pub const KEYRING_ABSENT: &str = "This computer has no keyring.";
pub const KEYRING_LOCKED: &str = "The keyring is locked.";
pub const FILE_LOCKED: &str = "The file of passwords is locked.";
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

/// Where the password (or what else it is) is kept; `None`: there is nothing to choose from.
pub fn kept(what: &str, place: Option<ChosenPlace>) -> String {
    match place {
        Some(ChosenPlace::Keyring) => {
            format!("The {what} is kept in this computer’s keyring, nowhere else.")
        }
        Some(ChosenPlace::File) => {
            format!("The {what} is kept on this computer, in a file sealed with your passphrase.")
        }
        Some(ChosenPlace::Session) => {
            format!("Waxwing remembers the {what} until you close the window, as you chose.")
        }
        None => format!(
            "This computer has no keyring: Waxwing remembers the {what} until you close the window, and asks again next time."
        ),
    }
}

/// The question where it can't be kept as it was chosen.
pub fn where_to_keep(trouble: &str, what: &str) -> String {
    format!("{trouble} Where should the {what} be kept?")
}

/// Where the person signs in.
pub fn on_the_page_of(issuer: &str) -> String {
    format!("You sign in on the page of {issuer}. Waxwing never sees that password.")
}

/// What is going on while the person is in the browser.
pub fn page_is_open(issuer: &str) -> String {
    format!("The page of {issuer} was opened there. Sign in and agree; Waxwing goes on by itself.")
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
