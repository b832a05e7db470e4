//! Words about writing and sending.

use super::{grouped, size};

pub const NEW_MAIL: &str = "New mail";
pub const REPLY: &str = "Reply";
pub const REPLY_ALL: &str = "Reply to all";
pub const REPLY_LIST: &str = "Reply to the list";
pub const FORWARD: &str = "Forward";
pub const FORWARD_ATTACHED: &str = "Forward as attachment";
pub const TO: &str = "To";
pub const CC: &str = "Cc";
pub const BCC: &str = "Bcc";
pub const SUBJECT: &str = "Subject";
pub const TEXT: &str = "Text";
pub const WRITE_HERE: &str = "Write here…";
pub const SEND: &str = "Send";
pub const SEND_ANYWAY: &str = "Send anyway";
pub const SEND_LATER: &str = "Send later";
pub const IN_AN_HOUR: &str = "In an hour";
pub const THIS_EVENING: &str = "This evening";
pub const TOMORROW_MORNING: &str = "Tomorrow morning";
pub const AT_A_TIME: &str = "At a time";
pub const TIME_EXAMPLE: &str = "18:30 or 2026-12-24 08:00";
pub const TIME_UNREAD: &str = "Write a time like 18:30, or a day and a time like 2026-12-24 08:00.";
pub const TIME_PAST: &str = "This time has passed.";
pub const TIME_FAR: &str = "A mail can wait for a year at most.";
pub const DISCARD: &str = "Discard draft";
pub const DISCARDED: &str = "Draft discarded";
pub const ATTACH: &str = "Attach files";
pub const ATTACH_NOW: &str = "Attach…";
pub const ATTACH_FILES: &str = "Attach files to this mail";
pub const ADD_PICTURE: &str = "Paste the copied picture";
pub const TEMPLATES: &str = "Templates";
pub const NO_TEMPLATES: &str = "No templates yet. Add some in the settings.";
pub const BOLD: &str = "Bold";
pub const ITALIC: &str = "Italic";
pub const LIST: &str = "List";
pub const NUMBERS: &str = "Numbered list";
pub const QUOTE: &str = "Quote";
pub const LINK: &str = "Link";
pub const PLAIN_AND_FORMATTED: &str = "Plain and formatted";
pub const PLAIN_ONLY: &str = "Plain text";
pub const SWITCH_TO_PLAIN: &str = "Sent as plain text and formatted; click to send plain text alone";
pub const SWITCH_TO_FORMATTED: &str = "Sent as plain text; click to send it formatted too";
pub const SAVING: &str = "Saving…";
pub const NOBODY: &str = "Say whom this mail is for.";
pub const NO_SUBJECT_YET: &str = "This mail has no subject. Send once more to send it without.";
pub const FORGOTTEN: &str = "You mention an attachment, but there is none.";
pub const NO_PICTURE: &str = "There is no picture on the clipboard.";
pub const NO_DIALOG_TO_ATTACH: &str =
    "This desktop has no dialog to choose files. Drop them on this window instead.";
pub const GO_ON: &str = "Go on";
pub const NOT_NOW: &str = "Not now";
pub const OUTBOX: &str = "Outbox";
pub const OUTBOX_EMPTY: &str = "No mail waits to be sent.";
pub const SENDING: &str = "Being sent…";
pub const REFUSED: &str = "The server refused it.";
pub const WAITS_FOR_CONNECTION: &str = "Waits for a connection";
pub const DISCARD_SHORT: &str = "Discard";
pub const SEND_NOW: &str = "Send now";

pub const NO_FILE: &str = "it is no file";
pub const FILE_TOO_LARGE: &str = "it is too large for any mail";
pub const PASTED_PICTURE: &str = "Picture.png";

/// `Draft saved 12:07`.
pub fn saved_at(time: &str) -> String {
    format!("Draft saved {time}")
}

/// Why a draft isn't kept.
pub fn draft_not_saved(why: &str) -> String {
    format!("Not saved: {why}")
}

/// Why a mail wasn't sent.
pub fn not_sent(why: &str) -> String {
    format!("Not sent: {why}")
}

/// Why a file isn't there.
pub fn not_attached(name: &str, why: &str) -> String {
    format!("“{name}” was not attached: {why}")
}

/// Below a field with addresses that are none.
pub fn no_address(what: &str) -> String {
    format!("“{what}” is no mail address. Addresses look like name@example.org.")
}

/// The label of the cross of a chip or a file.
pub fn remove(name: &str) -> String {
    format!("Remove {name}")
}

/// What is folded away below an answer.
pub fn folded(introduction: &str, lines: usize) -> String {
    let lines = if lines == 1 { "1 line".to_owned() } else { format!("{} lines", grouped(lines as u64)) };
    let introduction = introduction.trim().trim_end_matches(':');
    if introduction.is_empty() { format!("Quoted · {lines}") } else { format!("{introduction} · {lines}") }
}

/// `2.3 KB of 25 MB`.
pub fn size_of(bytes: u64, most: u64) -> String {
    format!("{} of {}", size(bytes), size(most))
}

/// A mail that is larger than servers take.
pub fn too_large(bytes: u64, most: u64) -> String {
    format!("This mail has {}. Most servers take no more than {}.", size(bytes), size(most))
}

/// While it can be taken back.
pub fn sending_in(seconds: u64) -> String {
    format!("Sending in {seconds} s")
}

/// A mail that waits for its time.
pub fn sending_at(time: &str) -> String {
    format!("Will be sent {time}")
}

/// When the next try is.
pub fn tried_again(time: &str) -> String {
    format!("Tried again {time}.")
}

/// A draft that was left by a crash.
pub fn was_writing(subject: &str) -> String {
    if subject.trim().is_empty() {
        "You were writing a mail".into()
    } else {
        format!("You were writing “{}”", subject.trim())
    }
}
