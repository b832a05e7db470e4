//! Terms of a query as questions: words to the index, facts to the store. What was typed reaches neither as syntax.

use rusqlite::Connection;

use super::query::{Ending, Fact, Group, Place, Term, What};
use crate::error::Error;
use crate::model::{Role, SearchScope};

/// The mailboxes of a scope, as a condition on `folder`.
pub(super) fn scope_condition(scope: SearchScope) -> String {
    match scope {
        SearchScope::Everywhere => "true".to_owned(),
        SearchScope::Account(account) => format!("account = {}", account.0),
        SearchScope::Mailbox(mailbox) => format!("id = {}", mailbox.0),
        SearchScope::Inboxes => format!("role = {}", Role::Inbox as i64),
        SearchScope::Starred => {
            format!("role NOT IN ({}, {})", Role::Trash as i64, Role::Junk as i64)
        }
    }
}

/// A mailbox, as far as `in:` names it.
pub(super) struct Mailbox {
    pub(super) id: i64,
    role: Role,
    path: String,
    name: String,
}

impl Mailbox {
    pub(super) fn all(store: &Connection, condition: &str) -> Result<Vec<Self>, Error> {
        let mut statement = store
            .prepare(&format!("SELECT id, role, path, delimiter FROM folder WHERE listed AND {condition}"))?;
        let rows = statement.query_map([], |row| {
            let path = row.get::<_, String>(2)?.to_lowercase();
            let delimiter: String = row.get(3)?;
            let name = delimiter.chars().next().and_then(|delimiter| path.rsplit(delimiter).next());
            let name = name.unwrap_or(&path).to_owned();
            Ok(Self { id: row.get(0)?, role: Role::from_number(row.get(1)?), path, name })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub(super) fn is_called(&self, name: &str) -> bool {
        let role = match name {
            "any" | "anywhere" => return true,
            "inbox" => Role::Inbox,
            "sent" => Role::Sent,
            "drafts" | "draft" => Role::Drafts,
            "trash" | "bin" | "deleted" => Role::Trash,
            "junk" | "spam" => Role::Junk,
            "archive" => Role::Archive,
            "all" => Role::All,
            _ => Role::None,
        };
        (role != Role::None && self.role == role) || self.name == name || self.path == name
    }
}

/// A fact as a condition on `shown` and `msg`; `None` for words.
pub(super) fn term_condition(term: &Term, mailboxes: &[Mailbox]) -> Option<String> {
    match &term.what {
        What::Text { .. } => None,
        What::Fact(fact) if term.negated => Some(format!("NOT ({})", fact_condition(fact, mailboxes))),
        What::Fact(fact) => Some(fact_condition(fact, mailboxes)),
    }
}

pub(super) fn fact_condition(fact: &Fact, mailboxes: &[Mailbox]) -> String {
    match fact {
        Fact::Attachment => "msg.has_attachment <> 0".to_owned(),
        Fact::Flag(flag) => format!("shown.flags & {flag} <> 0"),
        Fact::NotFlag(flag) => format!("shown.flags & {flag} = 0"),
        Fact::Before(date) => format!("shown.date < {date}"),
        Fact::After(date) => format!("shown.date >= {date}"),
        Fact::Larger(size) => format!("msg.size > {size}"),
        Fact::Smaller(size) => format!("msg.size < {size}"),
        Fact::In(name) => folder_condition(
            mailboxes.iter().filter(|mailbox| mailbox.is_called(name)).map(|mailbox| mailbox.id),
        ),
        Fact::Tag(name) => keyword_condition(name),
    }
}

/// Whether a mail has this keyword, in whatever case, or the same with the `$` of those that are registered.
fn keyword_condition(name: &str) -> String {
    let has = |name: &str| {
        format!("instr(' ' || lower(shown.keywords) || ' ', {}) > 0", octets(&format!(" {name} ")))
    };
    format!("(shown.keywords <> '' AND ({} OR {}))", has(name), has(&format!("${name}")))
}

/// The same of a set of keywords.
pub(super) fn has_keyword(set: &str, name: &str) -> bool {
    let set = format!(" {} ", set.to_ascii_lowercase());
    set.contains(&format!(" {name} ")) || set.contains(&format!(" ${name} "))
}

/// A text for a question, as octets: nothing that was typed is to stand in one.
pub(super) fn octets(text: &str) -> String {
    let octets: String = text.bytes().map(|octet| format!("{octet:02x}")).collect();
    format!("CAST(x'{octets}' AS TEXT)")
}

/// 0 is no mailbox; without it, no mailbox would be no condition on `folder` that an index can be used for.
pub(super) fn folder_condition(folders: impl Iterator<Item = i64>) -> String {
    let ids: Vec<String> = std::iter::once(0).chain(folders).map(|id| id.to_string()).collect();
    format!("shown.folder IN ({})", ids.join(","))
}

/// A group of words as a question to a table; `None` if none of its terms can be there.
pub(super) fn group_asked(group: &Group, table: &str) -> Option<String> {
    let terms: Vec<String> = group.iter().filter_map(|term| term_asked(term, table)).collect();
    (!terms.is_empty()).then(|| format!("({})", terms.join(" OR ")))
}

/// Words as a question to a table. Words are letters and digits alone, so nothing in them can be taken for syntax.
pub(super) fn term_asked(term: &Term, table: &str) -> Option<String> {
    let What::Text { place, words, ending } = &term.what else { return None };
    let column = match place {
        Place::Anywhere => "",
        Place::Subject => "subject : ",
        Place::From => "sender : ",
        Place::To | Place::Cc | Place::File if table == "head" => return None,
        Place::To => "recipients : ",
        Place::Cc => "copies : ",
        Place::File => "files : ",
    };
    let star = match ending {
        Ending::Beginning | Ending::Typed => " *",
        Ending::TypedInHead if table == "head" => " *",
        Ending::TypedInHead | Ending::Whole => "",
    };
    Some(format!("{column}\"{}\"{star}", words.join(" ")))
}

/// Whether its beginning is looked for in subjects and authors alone.
pub(super) fn is_short_beginning(term: &Term) -> bool {
    matches!(term.what, What::Text { ending: Ending::TypedInHead, .. })
}
