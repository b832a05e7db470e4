//! What a mailbox is for when the server doesn't say: by its name, in the languages servers and clients made them in.

use crate::model::Role;

/// Names that clients give these mailboxes, lower case. Only a mailbox at the top (or right below INBOX) is meant.
const NAMES: [(Role, &[&str]); 5] = [
    (
        Role::Sent,
        &[
            "sent",
            "sent items",
            "sent mail",
            "sent messages",
            "gesendet",
            "gesendete objekte",
            "gesendete elemente",
            "envoyés",
            "éléments envoyés",
            "messages envoyés",
            "enviados",
            "elementos enviados",
            "itens enviados",
            "posta inviata",
            "inviati",
            "verzonden",
            "verzonden items",
            "skickat",
            "skickade",
            "sendt",
            "sendte elementer",
            "lähetetyt",
            "wysłane",
            "odeslané",
            "отправленные",
            "已发送",
            "已傳送",
            "送信済み",
            "보낸편지함",
        ],
    ),
    (
        Role::Drafts,
        &[
            "drafts",
            "draft",
            "entwürfe",
            "brouillons",
            "borradores",
            "rascunhos",
            "bozze",
            "concepten",
            "utkast",
            "kladder",
            "luonnokset",
            "kopie robocze",
            "koncepty",
            "черновики",
            "草稿",
            "草稿箱",
            "下書き",
            "임시보관함",
        ],
    ),
    (
        Role::Trash,
        &[
            "trash",
            "deleted",
            "deleted items",
            "deleted messages",
            "bin",
            "papierkorb",
            "gelöschte objekte",
            "gelöschte elemente",
            "corbeille",
            "éléments supprimés",
            "papelera",
            "elementos eliminados",
            "lixeira",
            "lixo",
            "cestino",
            "prullenbak",
            "verwijderde items",
            "papperskorgen",
            "papirkurv",
            "slettede elementer",
            "roskakori",
            "kosz",
            "koš",
            "корзина",
            "удаленные",
            "已删除",
            "垃圾箱",
            "ゴミ箱",
            "휴지통",
        ],
    ),
    (
        Role::Junk,
        &[
            "junk",
            "spam",
            "junk e-mail",
            "junk email",
            "junk mail",
            "bulk mail",
            "spamverdacht",
            "unerwünscht",
            "courrier indésirable",
            "indésirables",
            "correo no deseado",
            "lixo eletrônico",
            "posta indesiderata",
            "ongewenst",
            "ongewenste e-mail",
            "skräppost",
            "søppelpost",
            "roskaposti",
            "wiadomości-śmieci",
            "nevyžádaná pošta",
            "спам",
            "垃圾邮件",
            "迷惑メール",
            "스팸메일함",
        ],
    ),
    (
        Role::Archive,
        &[
            "archive",
            "archives",
            "archiv",
            "archivo",
            "archivados",
            "arquivo",
            "archivio",
            "archief",
            "arkiv",
            "arkisto",
            "archiwum",
            "архив",
            "归档",
            "存档",
            "アーカイブ",
            "보관함",
        ],
    ),
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
    for (role, names) in NAMES {
        if roles.contains(&role) {
            continue;
        }
        // The order of the names is the order of preference.
        let found = names.iter().find_map(|name| {
            mailboxes
                .iter()
                .zip(&roles)
                .position(|(mailbox, taken)| *taken == Role::None && is_called(mailbox, name))
        });
        if let Some(slot) = found.and_then(|index| roles.get_mut(index)) {
            *slot = role;
        }
    }
    roles
}

fn is_called(mailbox: &Named<'_>, name: &str) -> bool {
    let top = match mailbox.delimiter {
        Some(delimiter) => {
            let mut levels = mailbox.path.split(delimiter);
            match (levels.next(), levels.next(), levels.next()) {
                (Some(only), None, None) => only,
                (Some(inbox), Some(below), None) if inbox.eq_ignore_ascii_case("INBOX") => below,
                _ => return false,
            }
        }
        None => mailbox.path,
    };
    top.to_lowercase() == name
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
    fn names_below_inbox_count_and_deeper_ones_do_not() {
        assert_eq!(
            roles(&[("INBOX", Role::Inbox), ("INBOX.Corbeille", Role::None), ("Travel.Archive", Role::None)]),
            [Role::Inbox, Role::Trash, Role::None]
        );
    }
}
