//! Mailboxes: LIST, LSUB, STATUS, CREATE, DELETE, RENAME, SUBSCRIBE.

use super::command::{ListCommand, StatusItem};
use super::connection::{Connection, Reply};
use super::journal::Expunged;
use super::mailstore::canonical_name;
use super::{Account, Mailbox, Mailstore, Verb};

impl Connection {
    pub(super) fn list(&mut self, store: &Mailstore, user: &str, list: &ListCommand) -> Reply {
        let Some(account) = store.account(user) else { return Reply::no("No such account") };
        // An empty pattern asks for the delimiter.
        if list.patterns.iter().all(String::is_empty) {
            self.line("* LIST (\\Noselect) \"/\" \"\"");
            return Reply::ok("LIST completed");
        }
        for name in names(account) {
            let matching = |pattern: &String| name_matches(&name, &format!("{}{pattern}", list.reference));
            if !list.patterns.iter().any(matching) {
                continue;
            }
            let mailbox = account.mailbox(&name);
            let subscribed = mailbox.is_some_and(Mailbox::subscribed);
            let special_use = mailbox.and_then(Mailbox::special_use).filter(|_| self.dialect.special_use);
            if list.only_subscribed && !subscribed || list.only_special_use && special_use.is_none() {
                continue;
            }
            let mut attributes = Vec::new();
            if mailbox.is_none() {
                attributes.push("\\Noselect");
            }
            attributes.push(if has_children(account, &name) { "\\HasChildren" } else { "\\HasNoChildren" });
            attributes.extend(special_use);
            if subscribed && (list.only_subscribed || list.return_subscribed) {
                attributes.push("\\Subscribed");
            }
            self.line(&format!("* LIST ({}) \"/\" {}", attributes.join(" "), quoted(&name)));
            if let (Some(items), Some(mailbox)) = (&list.return_status, mailbox) {
                self.status_line(mailbox, items);
            }
        }
        Reply::ok("LIST completed")
    }

    pub(super) fn lsub(&mut self, store: &Mailstore, user: &str, reference: &str, pattern: &str) -> Reply {
        let mailboxes = store.account(user).map_or(&[][..], Account::mailboxes);
        let pattern = format!("{reference}{pattern}");
        for mailbox in mailboxes.iter().filter(|mailbox| mailbox.subscribed()) {
            if name_matches(mailbox.name(), &pattern) {
                self.line(&format!("* LSUB () \"/\" {}", quoted(mailbox.name())));
            }
        }
        Reply::ok("LSUB completed")
    }

    pub(super) fn status(
        &mut self,
        store: &Mailstore,
        user: &str,
        name: &str,
        items: &[StatusItem],
    ) -> Reply {
        let Some(mailbox) = store.mailbox(user, name) else {
            return Reply::no("[NONEXISTENT] No such mailbox");
        };
        self.status_line(mailbox, items);
        Reply::ok("STATUS completed")
    }

    fn status_line(&mut self, mailbox: &Mailbox, items: &[StatusItem]) {
        let written = |item: &StatusItem| match item {
            StatusItem::Messages => format!("MESSAGES {}", mailbox.mails().len()),
            StatusItem::Recent => "RECENT 0".to_owned(),
            StatusItem::Unseen => format!("UNSEEN {}", mailbox.unseen()),
            StatusItem::UidNext => format!("UIDNEXT {}", mailbox.uid_next()),
            StatusItem::UidValidity => format!("UIDVALIDITY {}", mailbox.uid_validity()),
        };
        let items = items.iter().map(written).collect::<Vec<_>>().join(" ");
        self.line(&format!("* STATUS {} ({items})", quoted(mailbox.name())));
    }

    pub(super) fn create(&mut self, store: &mut Mailstore, user: &str, name: &str) -> Reply {
        let name = name.strip_suffix('/').unwrap_or(name);
        if name.is_empty() || name.split('/').any(str::is_empty) || name.contains(['*', '%']) {
            return Reply::no("[CANNOT] Not a mailbox name");
        }
        if store.add_mailbox(user, name, None) {
            Reply::ok("CREATE completed")
        } else {
            Reply::no("[ALREADYEXISTS] There is a mailbox of that name")
        }
    }

    /// Deletes a mailbox with all in it; every mail goes into the journal.
    pub(super) fn delete(&mut self, store: &mut Mailstore, user: &str, name: &str) -> Reply {
        let name = canonical_name(name);
        if name == "INBOX" {
            return Reply::no("[CANNOT] INBOX stays");
        }
        let Some(mailbox) = store.mailbox(user, &name) else {
            return Reply::no("[NONEXISTENT] No such mailbox");
        };
        let id = mailbox.id();
        let gone = mailbox.mails().iter().map(|mail| Expunged {
            connection: self.id,
            by: Verb::Delete,
            by_uid: false,
            mailbox: name.clone(),
            uid: mail.uid,
            message_id: mail.message_id(),
            moved_to: None,
        });
        let gone: Vec<Expunged> = gone.collect();
        store.journal.expunged.extend(gone);
        if let Some(account) = store.account_mut(user) {
            account.remove(id);
        }
        Reply::ok("DELETE completed")
    }

    pub(super) fn rename(&mut self, store: &mut Mailstore, user: &str, from: &str, to: &str) -> Reply {
        let (from, to) = (canonical_name(from), canonical_name(to));
        // RENAME INBOX would leave an INBOX behind; the model doesn't do it.
        if from == "INBOX" || to.starts_with(&format!("{from}/")) {
            return Reply::no("[CANNOT] Not that one");
        }
        let Some(account) = store.account_mut(user) else { return Reply::no("No such account") };
        if account.mailbox(&to).is_some() {
            return Reply::no("[ALREADYEXISTS] There is a mailbox of that name");
        }
        if !names(account).contains(&from) {
            return Reply::no("[NONEXISTENT] No such mailbox");
        }
        account.rename(&from, &to);
        Reply::ok("RENAME completed")
    }

    pub(super) fn subscribe(
        &mut self,
        store: &mut Mailstore,
        user: &str,
        name: &str,
        subscribed: bool,
    ) -> Reply {
        match store.mailbox_mut(user, name) {
            None => Reply::no("[NONEXISTENT] No such mailbox"),
            Some(mailbox) => {
                mailbox.set_subscribed(subscribed);
                Reply::ok("done")
            }
        }
    }
}

/// The names of all mailboxes, and of the levels above them that are none themselves; a parent before its children.
fn names(account: &Account) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for mailbox in account.mailboxes() {
        let name = mailbox.name();
        let parents = name.match_indices('/').map(|(at, _)| name[..at].to_owned());
        for level in parents.chain([name.to_owned()]) {
            if !names.contains(&level) {
                names.push(level);
            }
        }
    }
    names
}

fn has_children(account: &Account, name: &str) -> bool {
    let below = format!("{name}/");
    account.mailboxes().iter().any(|mailbox| mailbox.name().starts_with(&below))
}

/// `*` stands for anything, `%` for anything but the delimiter.
fn name_matches(name: &str, pattern: &str) -> bool {
    let mut characters = pattern.chars();
    let Some(first) = characters.next() else { return name.is_empty() };
    let rest = characters.as_str();
    let ends = |stop_at_delimiter: bool| {
        let all = name.char_indices().map(|(at, _)| at).chain([name.len()]);
        let reach = if stop_at_delimiter { name.find('/').unwrap_or(name.len()) } else { name.len() };
        all.take_while(move |at| *at <= reach)
    };
    match first {
        '*' => ends(false).any(|at| name_matches(&name[at..], rest)),
        '%' => ends(true).any(|at| name_matches(&name[at..], rest)),
        literal => name.strip_prefix(literal).is_some_and(|name| name_matches(name, rest)),
    }
}

/// A name as a quoted string.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stop_where_they_should() {
        assert!(name_matches("Travel/2026", "*"));
        assert!(!name_matches("Travel/2026", "%"));
        assert!(name_matches("Travel/2026", "%/%"));
        assert!(name_matches("Travel/2026", "Tr*6"));
        assert!(!name_matches("Travel", "Travel/%"));
        assert!(name_matches("", ""));
    }
}
