//! The texts of searching.

use waxwing_core::model::Coverage;

use super::grouped;

pub const SEARCH: &str = "Search";
pub const CLOSE_SEARCH: &str = "Close the search";
pub const EVERYWHERE: &str = "Everywhere";
pub const SEARCH_EVERYWHERE: &str = "Search everywhere";
pub const SEARCH_SERVER: &str = "Search the server too";
pub const STOP: &str = "Stop";
pub const NOTHING_FOUND: &str = "Nothing found";
pub const NOTHING_FOUND_HERE: &str = "No mail here has all of these words.";
pub const NOTHING_FOUND_EVERYWHERE: &str = "No mail has all of these words. Fewer words find more.";
pub const ASKING_SERVER: &str = "Searching on the server…";
pub const SERVER_ASKED: &str = "The server was searched too";
pub const SERVER_ASKED_IN_PART: &str = "The server could search a part only";
pub const SERVER_NOT_ASKED: &str = "The server could not be searched";

pub const SAVE: &str = "Save this search";
pub const NAME: &str = "Name of this search";
pub const SAVE_NAME: &str = "Save";
pub const RENAME: &str = "Rename";
pub const DELETE: &str = "Delete this search";

pub const HELP: &str = "Words in any order find mail that has all of them.";
/// What can be typed, and what it finds.
pub const EXAMPLES: [(&str, &str); 9] = [
    ("from:mira", "who wrote it"),
    ("to:jonas", "who it went to"),
    ("subject:minutes", "in the subject alone"),
    ("\"exact words\"", "one after another"),
    ("-draft", "without this word"),
    ("has:attachment", "with a file"),
    ("is:unread", "or is:starred"),
    ("after:2026-01-31", "or before:"),
    ("larger:5M", "with its files"),
];

/// `Search Inbox`, `Search all inboxes`.
pub fn search_in(place: &str) -> String {
    if place == super::ALL_INBOXES {
        return "Search all inboxes".into();
    }
    format!("Search {place}")
}

/// `34 found`; `300 or more found` where counting on would keep the person waiting.
pub fn found(total: usize, is_all: bool) -> String {
    let number = grouped(total as u64);
    if is_all { format!("{number} found") } else { format!("{number} or more found") }
}

/// How far the search can be trusted, in one line: what is missing is said before anything else.
pub fn coverage(coverage: &Coverage) -> String {
    let Coverage { mails, without_body, not_indexed, not_listed } = *coverage;
    if not_listed > 0 {
        return "The list of older mail is not all here yet".into();
    }
    match (without_body, not_indexed) {
        (0, 0) if mails == 1 => "The one mail searched".into(),
        (0, 0) => format!("All {} mails searched", grouped(mails)),
        (0, 1) => "1 mail is not searched yet".into(),
        (0, count) => format!("{} mails are not searched yet", grouped(count)),
        (1, _) => "The body of 1 mail is not here yet".into(),
        (count, _) => format!("Bodies of {} mails are not here yet", grouped(count)),
    }
}

/// `Searching on the server: 3 of 12 mailboxes`.
pub fn asking(done: u64, total: u64) -> String {
    if total == 0 {
        return ASKING_SERVER.into();
    }
    format!("Searching on the server: {} of {} mailboxes", grouped(done), grouped(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_said_before_anything_else() {
        let said = |mails, without_body, not_indexed, not_listed| {
            coverage(&Coverage { mails, without_body, not_indexed, not_listed })
        };
        assert_eq!(said(12_031, 0, 0, 0), "All 12,031 mails searched");
        assert_eq!(said(12_031, 3_000, 40, 0), "Bodies of 3,000 mails are not here yet");
        assert_eq!(said(9, 1, 0, 0), "The body of 1 mail is not here yet");
        assert_eq!(said(9, 0, 2, 0), "2 mails are not searched yet");
        assert_eq!(said(9, 0, 0, 1), "The list of older mail is not all here yet");
        assert_eq!(found(300, false), "300 or more found");
    }
}
