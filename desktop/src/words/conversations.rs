//! Texts about conversations and tags.

use waxwing_core::model::Address;

use super::{NO_SENDER, grouped};

pub const CONVERSATIONS_ON: &str = "Mails of one conversation are one row (g c)";
pub const CONVERSATIONS_OFF: &str = "Show each conversation as one row (g c)";
pub const SPLIT: &str = "Split off from this mail on";
pub const CLOSE_MAIL: &str = "Close this mail of the conversation";
pub const JOIN: &str = "Join into one conversation";

pub const TAG: &str = "Tag…";
pub const FIND_TAG: &str = "Find a tag, or type a new one";
pub const TAG_IMPOSSIBLE: &str = "No tag can be called so: try fewer signs, without $ at the beginning.";
pub const EMPTY_TAGGED_NEXT: &str = "Press t on a mail to find it here again.";
pub const NO_NEW_TAGS_TITLE: &str = "This mailbox takes no new tags";
pub const NO_NEW_TAGS_ADVICE: &str =
    "Its server keeps only tags that it knows already, so the tag was taken off again.";

/// The last entry of the list of tags.
pub fn new_tag(name: &str) -> String {
    format!("New tag “{name}”")
}

/// On the cross of a chip.
pub fn take_off(name: &str) -> String {
    format!("Take off the tag {name}")
}

/// `5 mails in this conversation`.
pub fn in_conversation(count: usize) -> String {
    format!("{} mails in this conversation", grouped(count as u64))
}

/// Which of several open mails words are looked for in.
pub fn finds_in_mail_of(name: &str) -> String {
    format!("In the mail of {name}")
}

/// `2 of 5, in the mail of Ada`.
pub fn found_in_mail_of(found: &str, name: &str) -> String {
    format!("{found}, in the mail of {name}")
}

/// Lines that are put away.
pub fn more_mails(count: usize) -> String {
    if count == 1 { "1 more mail".into() } else { format!("{} more mails", grouped(count as u64)) }
}

/// Who wrote a mail, by name if there is one.
pub fn sender(from: &Address) -> String {
    let named = [&from.name, &from.address].into_iter().find(|text| !text.trim().is_empty());
    named.map_or_else(|| NO_SENDER.into(), |text| text.trim().to_owned())
}

/// Who wrote a conversation: `Ann, Jonas … Mira`, by first names where there are several.
pub fn authors(authors: &[Address]) -> String {
    match authors {
        [] => NO_SENDER.into(),
        [only] => sender(only),
        [one, two] => format!("{}, {}", first_name(one), first_name(two)),
        [one, two, three] => format!("{}, {}, {}", first_name(one), first_name(two), first_name(three)),
        [one, .., before, last] => {
            format!("{} … {}, {}", first_name(one), first_name(before), first_name(last))
        }
    }
}

fn first_name(from: &Address) -> String {
    let name = sender(from);
    // A name of a person, not `Weber, Jonas` or an address.
    let first =
        name.split(' ').next().filter(|first| !first.contains([',', '@']) && first.chars().count() > 1);
    first.map_or_else(|| name.clone(), str::to_owned)
}

/// A mail of a conversation as one sentence.
pub fn conversation_line(unread: bool, sender: &str, place: &str, time: &str) -> String {
    let (unread, place) = (if unread { "Unread, " } else { "" }, if place.is_empty() { "" } else { place });
    let comma = if place.is_empty() { "" } else { ", " };
    format!("{unread}{sender}{comma}{place}, {time}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authors_are_called_by_their_first_names_and_the_middle_is_left_out() {
        let named = |name: &str| Address { name: name.into(), address: "x@example.org".into() };
        assert_eq!(authors(&[named("Mira Lindqvist")]), "Mira Lindqvist");
        assert_eq!(authors(&[named("Mira Lindqvist"), named("Weber, Jonas")]), "Mira, Weber, Jonas");
        let four = ["Ann Lee", "Bo Ek", "Cy Orr", "Di Poe"].map(named);
        assert_eq!(authors(&four), "Ann … Cy, Di");
        assert_eq!(authors(&[named(""), named("Ann Lee")]), "x@example.org, Ann");
    }
}
