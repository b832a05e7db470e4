//! Every text of the window, in one place, so that it can be translated.
//!
//! Short, kind, concrete: what happened and what to do. Server text is quoted and attributed, never repeated as
//! ours.

pub mod conversations;
pub mod dates;
pub mod notices;
pub mod search;
pub mod settings;
pub mod setup;
pub mod trouble;
mod unsent;
pub mod writing;

use waxwing_core::model::{Mailbox, Role};

pub const APP: &str = "Waxwing";
pub const VERSION: &str = concat!("Waxwing ", env!("CARGO_PKG_VERSION"));

// The first screens.
pub const WELCOME: &str = "Your mail, on your computer and on your server,\nsealed on the way.";
pub const ADD_ACCOUNT: &str = "Add my account";
pub const LOOK_AROUND: &str = "Look around with a demo mailbox";
pub const DEMO_MISSING: &str = "The demo mailbox could not be opened.";
pub const DEMO_MISSING_NEXT: &str = "Start Waxwing without --demo to add your own account.";
/// Whose mail the demo shows.
pub const DEMO_NAME: &str = "Ada Kestrel";
pub const SIGN_IN: &str = "Sign in";
pub const SIGNING_IN: &str = "Signing in…";
pub const BACK: &str = "Back";
pub const GO_BACK: &str = "Go back";
pub const CHECK_FOR_MAIL: &str = "Check for mail";
pub const ALL_OF_THEM: &str = "What you do now is done to all of them.";
pub const EDIT: &str = "Edit";
pub const ADDRESS: &str = "Mail address";
pub const ADDRESS_EXAMPLE: &str = "you@example.org";
pub const PASSWORD: &str = "Password";
pub const USER_NAME: &str = "User name";
pub const INCOMING: &str = "Incoming mail";
pub const NOT_SENT: &str = "Your password has not been sent.";

// Trouble with what was typed, said beside the field.
pub const ADDRESS_INCOMPLETE: &str = "A mail address looks like name@example.org.";
pub const PASSWORD_MISSING: &str = "Your password is needed to sign in.";

// The mailbox window.
pub const ALL_INBOXES: &str = "All inboxes";
pub const STARRED: &str = "Starred";
pub const INBOX: &str = "Inbox";
pub const MAILBOXES: &str = "Mailboxes";
pub const NO_SUBJECT: &str = "(no subject)";
pub const NO_SENDER: &str = "(unknown sender)";
pub const NO_TEXT: &str = "This mail has no text.";
pub const TODAY: &str = "Today";
pub const YESTERDAY: &str = "Yesterday";

pub const ARCHIVE: &str = "Archive";
pub const TRASH: &str = "Trash";
pub const JUNK: &str = "Junk";
pub const MOVE: &str = "Move to…";
pub use conversations::*;

pub const MARK_READ: &str = "Mark as read";
pub const MARK_UNREAD: &str = "Mark as unread";
pub const STAR: &str = "Star";
pub const UNSTAR: &str = "Remove star";
pub const UNDO: &str = "Undo";
pub const CLOSE: &str = "Close";
pub const TRY_AGAIN: &str = "Try again";
pub const CANCEL: &str = "Cancel";
pub const DELETE_FOREVER: &str = "Delete for ever";
pub const SHOW_DETAILS: &str = "Details";
pub const HIDE_DETAILS: &str = "Fewer details";
pub const FIND_MAILBOX: &str = "Find a mailbox";
pub const NO_MAILBOX_FOUND: &str = "No mailbox has this in its name.";
pub const MOVE_ONE_ACCOUNT: &str =
    "These mails are of different accounts. Move those of one account at a time.";

pub const NOTHING_SELECTED: &str = "No mail is open";
pub const NOTHING_SELECTED_NEXT: &str = "Choose one from the list, or press j for the first.";
pub const EMPTY: &str = "Nothing here";
pub const EMPTY_INBOX_NEXT: &str = "New mail appears by itself.";
pub const EMPTY_MAILBOX_NEXT: &str = "Mail you move here will be kept here.";
pub const EMPTY_STARRED_NEXT: &str = "Press s on a mail to find it here again.";
pub const FIRST_SYNC: &str = "Fetching your mail";
pub const FIRST_SYNC_NEXT: &str = "The newest comes first. You can read while the rest arrives.";
pub const FETCHING_BODY: &str = "This mail is not on this computer yet. It is being fetched…";
pub const WAITING_BODY: &str =
    "This mail is not on this computer yet. It will be fetched when the server can be reached.";
pub const DAMAGED: &str = "This mail is damaged. What could be read of it is shown below.";
pub const NOT_PAINTED: &str = "This mail could not be shown as it was made. Its text is below.";
pub const REST_LEFT_OUT: &str = "This mail is too long to be shown as a whole. The rest was left out here.";
pub const SOURCE: &str = "Source of this mail, or save it";
pub const FIND_IN_MAIL: &str = "Find in this mail";
pub const NEXT_PLACE: &str = "Next place";
pub const PREVIOUS_PLACE: &str = "Previous place";
pub const QUOTED: &str = "What is quoted from earlier mails";
pub const SHOW_IMAGES: &str = "Show pictures";
pub const ALWAYS_SHOW: &str = "Always from this sender";
pub const NO_LONGER_SHOW: &str = "No longer by themselves";
pub const FETCHING_IMAGES: &str = "Fetching…";
pub const FALSE_LINK: &str = "The text of this link names another site than the one it leads to:";
pub const OPEN_ANYWAY: &str = "Open it anyway";
pub const OPEN: &str = "Open";
pub const SAVE_AS: &str = "Save…";
pub const SAVE_ALL: &str = "Save all…";
pub const FETCHING_FILES: &str = "Fetching the files first…";
pub const READING_FILE: &str = "Reading the file…";
pub const NO_PREVIEW: &str = "This file can’t be shown here. Open it with its own program, or save it.";
pub const FILE_GONE: &str = "This file could not be read.";
pub const NOT_OPENED: &str = "No program could be started for this file.";
pub const NO_DIALOG: &str =
    "Not saved: this desktop has no dialog to choose a place, and there is no folder for downloads.";
pub const NO_BROWSER: &str = "No browser could be started for this link.";
pub const SAVE_FILE: &str = "Save the file";
pub const SAVE_FILES: &str = "Save the files in";
pub const LEAVE_LINK: &str = "Don’t open";
pub const MAIL_GONE: &str = "This mail is no longer here.";

pub const KEYS: &str = "Keys";
pub const KEYS_HINT: &str = "Single keys rest while you type in a field.";

/// The banner of an account that waits for a password.
pub fn sign_in_again(address: &str) -> String {
    format!("Sign in to {address} again")
}

/// The banner of an account in a trouble without a name.
pub fn cannot_go_on(address: &str) -> String {
    format!("{address} can’t go on")
}

/// What of a mail lies on the network: pictures that weren't fetched or were, and who isn't told that it was opened.
pub fn remote_images(count: usize, is_shown: bool, trackers: &[String]) -> String {
    let pictures = match count {
        0 => String::new(),
        1 => "1 picture of this mail".to_owned(),
        _ => format!("{} pictures of this mail", grouped(count as u64)),
    };
    let (is, was) = if count == 1 { ("is", "was") } else { ("are", "were") };
    let mut words = match (count, is_shown) {
        (0, _) => String::new(),
        (_, false) => format!("{pictures} {is} on the network."),
        (_, true) => format!("{pictures} {was} fetched from the network."),
    };
    if let Some((first, others)) = trackers.split_first() {
        let names = match others.len() {
            0 => first.clone(),
            1 => format!("{first} and {}", others.first().map_or("", String::as_str)),
            more => format!("{first} and {} others", grouped(more as u64)),
        };
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(&format!("{names} will not learn that you read it."));
    }
    words
}

/// What a mail is called as a file.
pub fn file_of_mail(subject: &str) -> String {
    let kept = |letter: &char| !letter.is_control() && !"/\\:*?\"<>|".contains(*letter);
    let name: String = subject.chars().filter(kept).take(80).collect();
    let name = name.trim().trim_start_matches('.');
    if name.is_empty() { "Mail.eml".into() } else { format!("{name}.eml") }
}

/// `3 of 12`, or that there is none.
pub fn found_in_mail(count: usize, place: usize) -> String {
    match count {
        0 => "Not found".into(),
        _ => format!("{} of {}", grouped(place as u64 + 1), grouped(count as u64)),
    }
}

/// Before something is opened that runs.
pub fn opens_a_program(name: &str) -> String {
    format!("“{name}” is a program or can hold one. It could do anything on this computer.")
}

/// What was saved, and where to.
pub fn saved(count: usize, place: &str) -> String {
    if count == 1 { format!("Saved: {place}") } else { format!("Saved {count} files in {place}") }
}

/// The same where there is no dialog to choose the place.
pub fn saved_unasked(count: usize, place: &str) -> String {
    format!("This desktop has no dialog to choose a place. {}", saved(count, place))
}

/// Why nothing was saved.
pub fn not_saved(why: &str) -> String {
    format!("Not saved: {why}")
}

/// `14 unread`.
pub fn unread(count: u64) -> String {
    format!("{} unread", grouped(count))
}

/// `3 selected`.
pub fn selected(count: usize) -> String {
    format!("{count} selected")
}

/// `Archived 1 message`, for a verb in the past.
pub fn done(verb: Verb, count: usize) -> String {
    let noun = if count == 1 { "message" } else { "messages" };
    match verb {
        Verb::Archive => format!("Archived {count} {noun}"),
        Verb::Trash => format!("Moved {count} {noun} to Trash"),
        Verb::Junk => format!("Moved {count} {noun} to Junk"),
        Verb::Move => format!("Moved {count} {noun}"),
        Verb::Star | Verb::Read => format!("Changed {count} {noun}"),
        Verb::Tag => format!("Tagged {count} {noun}"),
        Verb::Untag => format!("Took the tag off {count} {noun}"),
        Verb::Split => format!("Split off {count} {noun}"),
        Verb::Send => "Sending".into(),
        Verb::Discard => writing::DISCARDED.into(),
        Verb::Join => "Joined into one conversation".into(),
    }
}

/// What was done to mails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Archive,
    Trash,
    Junk,
    Move,
    Star,
    Read,
    Tag,
    Untag,
    Split,
    Join,
    Send,
    Discard,
}

/// The question before the one thing that has no undo.
pub fn delete_forever(count: usize) -> (String, &'static str) {
    let title = if count == 1 {
        "Delete this mail for ever?".into()
    } else {
        format!("Delete {count} mails for ever?")
    };
    (title, "It is removed from the server too. This can’t be undone.")
}

/// `Up to date · 12:04`.
pub fn up_to_date(time: Option<&str>) -> String {
    time.map_or_else(|| "Up to date".into(), |time| format!("Up to date · {time}"))
}

/// `Downloading 3,412 of 51,000`.
pub fn downloading(done: u64, total: u64) -> String {
    format!("Downloading {} of {}", grouped(done), grouped(total))
}

/// `Offline · 3 changes waiting`.
pub fn offline(waiting: u64) -> String {
    if waiting == 0 { "Offline".into() } else { format!("Offline · {}", changes_waiting(waiting)) }
}

/// `Sending 3 changes`.
pub fn sending(waiting: u64) -> String {
    if waiting == 1 { "Sending 1 change".into() } else { format!("Sending {} changes", grouped(waiting)) }
}

fn changes_waiting(waiting: u64) -> String {
    if waiting == 1 { "1 change waiting".into() } else { format!("{} changes waiting", grouped(waiting)) }
}

pub const CONNECTING: &str = "Connecting…";
pub const NEEDS_YOU: &str = "Waiting for you";

/// A test root is trusted in this run.
pub fn extra_roots(file: &str) -> String {
    format!("Certificates from {file} are trusted until you close this window.")
}

/// `ada@example.org is here already`.
pub fn already_here(address: &str) -> String {
    format!("{address} is here already")
}

/// What a server said, as its words and not ours.
pub fn server_says(text: &str) -> String {
    format!("The server says: “{}”", text.trim())
}

/// An alert of a server, named by the account it belongs to: whose words follow, and the words.
pub fn server_alert(address: &str, text: &str) -> (String, String) {
    (format!("The server of {address} says"), format!("“{}”", text.trim()))
}

/// A mailbox as people call it.
pub fn mailbox_name(mailbox: &Mailbox) -> String {
    if mailbox.role == Role::Inbox { INBOX.into() } else { mailbox.name.clone() }
}

/// `to Ada, Jonas and 3 more`.
pub fn recipients(names: &[String]) -> String {
    match names {
        [] => "to nobody named".into(),
        [only] => format!("to {only}"),
        [one, two] => format!("to {one}, {two}"),
        [one, two, rest @ ..] => format!("to {one}, {two} and {} more", rest.len()),
    }
}

pub const MADE_OUT_TO: &str = "Made out to";
pub const ISSUED_BY: &str = "By";
pub const VALID: &str = "Valid";
pub const FINGERPRINT: &str = "Fingerprint";

pub const FROM: &str = "From";
pub const TO: &str = "To";
pub const COPY: &str = "Copy";
pub const REPLY_TO: &str = "Answers to";
pub const DATE: &str = "Date";

/// A number with its thousands apart: `3,412`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What is done to a file that isn't here.
pub fn download(name: &str) -> String {
    format!("Download {name}")
}

pub fn stop_download(name: &str) -> String {
    format!("Stop downloading {name}")
}

/// How much of something is done, of 100.
pub fn share(of_100: u16) -> String {
    format!("{of_100}\u{a0}%")
}

/// A size for people: `184 KB`, `2.1 MB`.
pub fn size(bytes: u64) -> String {
    let tenths = |unit: u64| {
        let tenths = bytes.saturating_mul(10) / unit;
        if tenths >= 100 { (tenths / 10).to_string() } else { format!("{}.{}", tenths / 10, tenths % 10) }
    };
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} KB", (bytes / 1_000).max(1)),
        1_000_000..1_000_000_000 => format!("{} MB", tenths(1_000_000)),
        _ => format!("{} GB", tenths(1_000_000_000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_sizes_read_well() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(51_000), "51,000");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(size(12), "12 B");
        assert_eq!(size(184_320), "184 KB");
        assert_eq!(size(2_100_000), "2.1 MB");
        assert_eq!(size(31_000_000), "31 MB");
    }

    #[test]
    fn recipients_are_named_and_the_rest_counted() {
        let names: Vec<String> = ["Ada", "Bo", "Cy", "Di"].map(String::from).to_vec();
        assert_eq!(recipients(names.get(..2).unwrap()), "to Ada, Bo");
        assert_eq!(recipients(&names), "to Ada, Bo and 2 more");
    }
}
