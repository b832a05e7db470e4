//! What a mailbox is for when the server doesn't say: by its name, in the languages servers and clients made them in.

use unicode_normalization::UnicodeNormalization;

use crate::model::Role;

/// Names that clients give these mailboxes. Only a mailbox at the top (or right below INBOX) is meant.
const NAMES: &str = include_str!("roles.txt");

/// Those of one role, an earlier one preferred.
fn names_of(role: &str) -> impl Iterator<Item = &'static str> {
    let lines = NAMES.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(move |line| {
            let mut words = line.splitn(3, ' ');
            (words.next() == Some(role)).then(|| words.nth(1)).flatten()
        })
        .flat_map(|names| names.split('|'))
}

/// The roles that a name tells, as the table has them.
const ROLES: [(Role, &str); 5] = [
    (Role::Sent, "sent"),
    (Role::Drafts, "drafts"),
    (Role::Trash, "trash"),
    (Role::Junk, "junk"),
    (Role::Archive, "archive"),
];

/// A listed mailbox as this rule sees it.
pub struct Named<'a> {
    pub path: &'a str,
    pub delimiter: Option<char>,
    pub role: Role,
}

/// Whether these are Gmail's mailboxes, which are labels but for those of its own, and say what those are for. A label
/// called "Trash" is none; and its Trash may be hidden from IMAP.
pub fn are_gmails<'a>(paths: impl IntoIterator<Item = &'a str>) -> bool {
    paths.into_iter().any(|path| {
        ["[Gmail]", "[Google Mail]"]
            .iter()
            .any(|own| path.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    })
}

/// Fills in the roles that no mailbox has by attribute; each role is given once, to the first that fits.
pub fn assign(mailboxes: &[Named<'_>]) -> Vec<Role> {
    let mut roles: Vec<Role> = mailboxes.iter().map(|mailbox| mailbox.role).collect();
    if are_gmails(mailboxes.iter().map(|mailbox| mailbox.path)) {
        return roles;
    }
    let called: Vec<Option<String>> = mailboxes.iter().map(name_of).collect();
    for (role, names) in ROLES {
        if roles.contains(&role) {
            continue;
        }
        // The order of the names is the order of preference.
        let found = names_of(names).find_map(|name| {
            called
                .iter()
                .zip(&roles)
                .position(|(called, taken)| *taken == Role::None && called.as_deref() == Some(name))
        });
        if let Some(slot) = found.and_then(|index| roles.get_mut(index)) {
            *slot = role;
        }
    }
    roles
}

/// What a mailbox at the top is called, in lower case.
fn name_of(mailbox: &Named<'_>) -> Option<String> {
    let top = match mailbox.delimiter {
        Some(delimiter) => {
            let mut levels = mailbox.path.split(delimiter);
            match (levels.next(), levels.next(), levels.next()) {
                (Some(only), None, None) => only,
                (Some(inbox), Some(below), None) if inbox.eq_ignore_ascii_case("INBOX") => below,
                _ => return None,
            }
        }
        None => mailbox.path,
    };
    // Accents may stand behind their letters, as macOS writes them.
    Some(top.trim().to_lowercase().nfc().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles(mailboxes: &[(&str, Role)]) -> Vec<Role> {
        let named: Vec<Named<'_>> =
            mailboxes.iter().map(|(path, role)| Named { path, delimiter: Some('.'), role: *role }).collect();
        assign(&named)
    }

    #[test]
    fn each_name_is_of_one_role_and_each_language_has_one_for_sent_mail_and_drafts() {
        let mut known = std::collections::BTreeMap::new();
        let mut languages = [("sent", 0), ("drafts", 0)];
        for line in NAMES.lines().filter(|line| !line.starts_with('#')) {
            let [role, language, names] = line.splitn(3, ' ').collect::<Vec<_>>()[..] else {
                panic!("{line}")
            };
            assert!(ROLES.iter().any(|(_, name)| *name == role) && language.len() == 2, "{line}");
            for name in names.split('|') {
                assert!(!name.is_empty() && name == name.trim() && name == name.to_lowercase(), "{line}");
                assert_eq!(*known.entry(name).or_insert(role), role, "{name}");
            }
            languages.iter_mut().filter(|(name, _)| *name == role).for_each(|(_, count)| *count += 1);
        }
        assert!(languages.iter().all(|(_, count)| *count == 35), "{languages:?}");
    }

    #[test]
    fn an_attribute_wins_over_a_name_and_no_role_is_given_twice() {
        assert_eq!(
            roles(&[
                ("Sent", Role::None),
                ("Gesendet", Role::Sent),
                ("Trash", Role::None),
                ("Papierkorb", Role::None)
            ]),
            [Role::None, Role::Sent, Role::Trash, Role::None]
        );
    }

    #[test]
    fn bug_a_label_called_trash_was_gmails_trash() {
        let hidden =
            [("INBOX", Role::Inbox), ("[Gmail]", Role::None), ("Trash", Role::None), ("Spam", Role::None)];
        assert_eq!(roles(&hidden), [Role::Inbox, Role::None, Role::None, Role::None]);
    }

    #[test]
    fn a_name_is_the_same_however_its_accents_are_written() {
        let apart = ["\u{45}\u{301}le\u{301}ments envoye\u{301}s", "ENTWU\u{308}RFE"];
        let named = apart.map(|path| Named { path, delimiter: Some('/'), role: Role::None });
        assert_eq!(assign(&named), [Role::Sent, Role::Drafts]);
    }

    #[test]
    fn names_below_inbox_count_and_deeper_ones_do_not() {
        assert_eq!(
            roles(&[("INBOX", Role::Inbox), ("INBOX.Corbeille", Role::None), ("Travel.Archive", Role::None)]),
            [Role::Inbox, Role::Trash, Role::None]
        );
    }
}
