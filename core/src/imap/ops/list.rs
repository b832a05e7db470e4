//! LIST (RFC 9051 section 6.3.9) with the uses of mailboxes (RFC 6154) and their subscriptions (RFC 5258).
//!
//! Quirks: many servers send the attributes without being asked, Gmail's XLIST of old had other names for
//! them, names come as literals, and Courier lists a mailbox twice.

use std::sync::Arc;

use super::{
    Answer, Budget, Capabilities, Capability, Exchange, ListedMailbox, Role, Started, Status, Unsendable,
    Writer,
};
use crate::wire::reader::{Listed, Response};
use crate::wire::utf7;

pub(super) fn start(writer: Writer<'_>, offered: &Capabilities) -> Result<Started, Unsendable> {
    let options = options(offered);
    Ok((writer.list(&options)?, Box::new(Listing::of(offered))))
}

/// What is asked for beside the names: only where return options are understood.
pub(super) fn options(offered: &Capabilities) -> Vec<&'static str> {
    let mut options = Vec::new();
    if offered.has(Capability::ListExtended) {
        options.push("SUBSCRIBED");
        if offered.has(Capability::SpecialUse) {
            options.push("SPECIAL-USE");
        }
    }
    options
}

pub(super) struct Listing {
    mailboxes: Vec<ListedMailbox>,
    budget: Budget,
    /// A mailbox that isn't told to be subscribed isn't.
    tells_subscriptions: bool,
    /// Names are UTF-8.
    utf8: bool,
}

impl Listing {
    pub(super) fn of(offered: &Capabilities) -> Self {
        Self {
            mailboxes: Vec::new(),
            budget: Budget::default(),
            tells_subscriptions: offered.has(Capability::ListExtended),
            utf8: offered.utf8(),
        }
    }

    /// Each mailbox once.
    pub(super) fn told(mut self) -> Vec<ListedMailbox> {
        let mut known = std::collections::HashSet::new();
        self.mailboxes.retain(|mailbox| known.insert(Arc::clone(&mailbox.name)));
        self.mailboxes
    }
}

impl Exchange for Listing {
    fn data(&mut self, response: &mut Response<'_>) -> bool {
        let Response::Listed(listed) = response else { return false };
        // A name is kept twice, as it is on the wire and decoded.
        if self.budget.spend(2 * listed.name.len()) {
            self.mailboxes.extend(self.mailbox(listed));
        }
        true
    }

    fn answer(self: Box<Self>, _status: &Status<'_>) -> Answer {
        Answer::Mailboxes(self.told())
    }
}

impl Listing {
    /// `None` for a name that could never be sent back: empty, or with line ends.
    fn mailbox(&self, listed: &Listed<'_>) -> Option<ListedMailbox> {
        let name = String::from_utf8_lossy(&listed.name);
        if name.is_empty() || name.contains(['\r', '\n', '\0']) {
            return None;
        }
        let has = |name: &str| {
            listed.attributes.iter().any(|attribute| attribute.eq_ignore_ascii_case(name.as_bytes()))
        };
        let subscribed = has("\\Subscribed");
        let decoded = if self.utf8 { None } else { utf7::decode(&name) };
        Some(ListedMailbox {
            path: decoded.unwrap_or_else(|| name.clone().into_owned()),
            name: Arc::from(&*name),
            delimiter: listed.delimiter,
            role: role_of(&name, listed),
            selectable: !has("\\Noselect") && !has("\\NonExistent"),
            subscribed: (subscribed || self.tells_subscriptions).then_some(subscribed),
            object_id: None,
        })
    }
}

fn role_of(name: &str, listed: &Listed<'_>) -> Role {
    if name.eq_ignore_ascii_case("INBOX") {
        return Role::Inbox;
    }
    let roles = listed.attributes.iter().map(|attribute| role(attribute));
    roles.into_iter().find(|role| *role != Role::None).unwrap_or_default()
}

fn role(attribute: &[u8]) -> Role {
    const ROLES: [(&str, Role); 11] = [
        ("\\Sent", Role::Sent),
        ("\\Drafts", Role::Drafts),
        ("\\Trash", Role::Trash),
        ("\\Junk", Role::Junk),
        ("\\Archive", Role::Archive),
        ("\\All", Role::All),
        ("\\Flagged", Role::Flagged),
        // XLIST
        ("\\Inbox", Role::Inbox),
        ("\\Spam", Role::Junk),
        ("\\AllMail", Role::All),
        ("\\Starred", Role::Flagged),
    ];
    let known = ROLES.iter().find(|(name, _)| attribute.eq_ignore_ascii_case(name.as_bytes()));
    known.map(|(_, role)| *role).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::{Op, trial};
    use super::*;

    fn listed(offered: &str, lines: &[&[u8]]) -> (String, Vec<ListedMailbox>) {
        let played = trial::play(&Op::List, offered, lines, "A1 OK");
        match played.answer {
            Answer::Mailboxes(mailboxes) => (played.sent, mailboxes),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn uses_are_asked_for_only_where_that_is_understood() {
        assert_eq!(listed("SPECIAL-USE", &[]).0, "A1 LIST \\\"\\\" \\\"*\\\"\\r\\n");
        let asked = "A1 LIST \\\"\\\" \\\"*\\\" RETURN (SUBSCRIBED SPECIAL-USE)\\r\\n";
        assert_eq!(listed("SPECIAL-USE LIST-EXTENDED", &[]).0, asked);
        assert_eq!(listed("SPECIAL-USE IMAP4rev2", &[]).0, asked);
    }

    #[test]
    fn names_paths_and_roles() {
        let lines: [&[u8]; 5] = [
            b"* LIST (\\HasNoChildren) \".\" inbox",
            b"* LIST (\\HasNoChildren \\Drafts) \".\" INBOX.Entw&APw-rfe",
            b"* LIST (\\Noselect) \".\" {9}\r\nhalf & od",
            b"* XLIST (\\Spam) NIL Junk",
            b"* LIST () \".\" INBOX.Entw&APw-rfe",
        ];
        let (_, mailboxes) = listed("", &lines);
        let told: Vec<_> = mailboxes
            .iter()
            .map(|m| (&*m.name, m.path.as_str(), m.delimiter, m.role, m.selectable))
            .collect();
        assert_eq!(
            told,
            [
                ("inbox", "inbox", Some('.'), Role::Inbox, true),
                ("INBOX.Entw&APw-rfe", "INBOX.Entwürfe", Some('.'), Role::Drafts, true),
                ("half & od", "half & od", Some('.'), Role::None, false),
                ("Junk", "Junk", None, Role::Junk, true),
            ]
        );
    }

    #[test]
    fn a_name_with_a_line_end_is_no_mailbox() {
        assert_eq!(listed("", &[b"* LIST () \"/\" {3}\r\na\r\n"]).1, []);
    }

    #[test]
    fn subscriptions_are_known_where_they_are_told() {
        let lines: [&[u8]; 2] = [b"* LIST (\\Subscribed) \"/\" a", b"* LIST (\\HasNoChildren) \"/\" b"];
        let told =
            |offered| listed(offered, &lines).1.iter().map(|mailbox| mailbox.subscribed).collect::<Vec<_>>();
        assert_eq!(told("LIST-EXTENDED"), [Some(true), Some(false)]);
        assert_eq!(told(""), [Some(true), None]);
    }

    #[test]
    fn names_in_utf_8_are_not_decoded() {
        let offered = Capabilities::default().in_utf8(true);
        let mut listing = Listing::of(&offered);
        let line = "* LIST () \"/\" \"Entwürfe &AOQ-\"";
        assert!(listing.data(&mut crate::wire::reader::read(line.as_bytes())));
        let told = listing.told();
        assert_eq!((&*told[0].name, told[0].path.as_str()), ("Entwürfe &AOQ-", "Entwürfe &AOQ-"));
    }
}
