//! LIST (RFC 9051 section 6.3.9) with the uses of mailboxes (RFC 6154).
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
    let knows_return = offered.has(Capability::ListExtended) || offered.has(Capability::Imap4Rev2);
    let special_use = offered.has(Capability::SpecialUse) && knows_return;
    Ok((writer.list(special_use)?, Box::new(Listing::default())))
}

#[derive(Default)]
struct Listing {
    mailboxes: Vec<ListedMailbox>,
    budget: Budget,
}

impl Exchange for Listing {
    fn data(&mut self, response: &mut Response<'_>) -> bool {
        let Response::Listed(listed) = response else { return false };
        // A name is kept twice, as it is on the wire and decoded.
        if self.budget.spend(2 * listed.name.len()) {
            self.mailboxes.extend(mailbox(listed));
        }
        true
    }

    fn answer(mut self: Box<Self>, _status: &Status<'_>) -> Answer {
        let mut known = std::collections::HashSet::new();
        self.mailboxes.retain(|mailbox| known.insert(Arc::clone(&mailbox.name)));
        Answer::Mailboxes(self.mailboxes)
    }
}

/// `None` for a name that could never be sent back: empty, or with line ends.
fn mailbox(listed: &Listed<'_>) -> Option<ListedMailbox> {
    let name = String::from_utf8_lossy(&listed.name);
    if name.is_empty() || name.contains(['\r', '\n', '\0']) {
        return None;
    }
    let is = |attribute: &[u8], name: &str| attribute.eq_ignore_ascii_case(name.as_bytes());
    let unselectable = listed
        .attributes
        .iter()
        .any(|attribute| is(attribute, "\\Noselect") || is(attribute, "\\NonExistent"));
    let role = if name.eq_ignore_ascii_case("INBOX") {
        Role::Inbox
    } else {
        listed
            .attributes
            .iter()
            .map(|attribute| role(attribute))
            .find(|role| *role != Role::None)
            .unwrap_or_default()
    };
    Some(ListedMailbox {
        path: utf7::decode(&name).unwrap_or_else(|| name.clone().into_owned()),
        name: Arc::from(&*name),
        delimiter: listed.delimiter,
        role,
        selectable: !unselectable,
    })
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
        let asked = "A1 LIST \\\"\\\" \\\"*\\\" RETURN (SPECIAL-USE)\\r\\n";
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
}
