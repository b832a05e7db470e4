//! Mailboxes: LIST, LSUB, STATUS, CREATE, DELETE, RENAME, SUBSCRIBE.

use super::command::{ListCommand, StatusItem};
use super::connection::{Connection, Reply};
use super::journal::Expunged;
use super::mailstore::canonical_name;
use super::{Account, Mailbox, Mailstore, Verb};

/// The uses a mailbox can be made for (RFC 6154).
const USES: [&str; 7] = ["\\All", "\\Archive", "\\Drafts", "\\Flagged", "\\Junk", "\\Sent", "\\Trash"];

impl Connection {
    pub(super) fn list(&mut self, store: &Mailstore, user: &str, list: &ListCommand) -> Reply {
        let Some(account) = store.account(user) else { return Reply::no("No such account") };
        // An empty pattern asks for the delimiter.
        if list.patterns.iter().all(String::is_empty) {
            self.line(&format!("* LIST (\\Noselect) \"{}\" \"\"", self.dialect.delimiter));
            return Reply::ok("LIST completed");
        }
        for name in names(account) {
            let on_wire = self.dialect.name_on_wire(&name);
            let matching = |pattern: &String| {
                let pattern = format!("{}{pattern}", list.reference);
                name_matches(&on_wire, &pattern, self.dialect.delimiter)
            };
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
            let has_children = has_children(account, &name)
                || name == "INBOX" && !self.dialect.prefix.is_empty() && account.mailboxes().len() > 1;
            attributes.push(if has_children { "\\HasChildren" } else { "\\HasNoChildren" });
            attributes.extend(special_use);
            if subscribed && (list.only_subscribed || list.return_subscribed) {
                attributes.push("\\Subscribed");
            }
            let attributes = attributes.join(" ");
            for _ in 0..self.times_listed() {
                let (delimiter, name) = (self.dialect.delimiter, self.quoted(&name));
                self.line(&format!("* LIST ({attributes}) \"{delimiter}\" {name}"));
            }
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
            let delimiter = self.dialect.delimiter;
            if name_matches(&self.dialect.name_on_wire(mailbox.name()), &pattern, delimiter) {
                for _ in 0..self.times_listed() {
                    self.line(&format!("* LSUB () \"{delimiter}\" {}", self.quoted(mailbox.name())));
                }
            }
        }
        Reply::ok("LSUB completed")
    }

    fn times_listed(&self) -> usize {
        if self.dialect.lists_twice { 2 } else { 1 }
    }

    /// A mailbox's name on the wire, as a quoted string.
    pub(super) fn quoted(&self, name: &str) -> String {
        let name = self.dialect.name_on_wire(name);
        format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
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

    pub(super) fn status_line(&mut self, mailbox: &Mailbox, items: &[StatusItem]) {
        // Who asks for it is told it from then on (RFC 7162 section 3.1).
        self.enabled.condstore |= items.contains(&StatusItem::HighestModSeq);
        let deleted = || mailbox.mails().iter().filter(|mail| mail.flags().has("\\Deleted")).count();
        let written = |item: &StatusItem| match item {
            StatusItem::Messages => format!("MESSAGES {}", self.told_exists(mailbox)),
            StatusItem::Recent => "RECENT 0".to_owned(),
            StatusItem::Unseen => format!("UNSEEN {}", mailbox.unseen()),
            StatusItem::UidNext => format!("UIDNEXT {}", self.told_uid_next(mailbox)),
            StatusItem::UidValidity => format!("UIDVALIDITY {}", mailbox.uid_validity()),
            StatusItem::HighestModSeq if !mailbox.keeps_modseq() => "HIGHESTMODSEQ 0".to_owned(),
            StatusItem::HighestModSeq => {
                format!("HIGHESTMODSEQ {}", self.modseq_on_wire(self.told_modseq(mailbox)))
            }
            StatusItem::Size => format!("SIZE {}", mailbox.size()),
            StatusItem::Deleted => format!("DELETED {}", deleted()),
            StatusItem::MailboxId => format!("MAILBOXID ({})", mailbox.object_id()),
            StatusItem::AppendLimit => match self.dialect.append_limit {
                Some(limit) => format!("APPENDLIMIT {limit}"),
                None => "APPENDLIMIT NIL".to_owned(),
            },
        };
        let items = items.iter().map(written).collect::<Vec<_>>().join(" ");
        self.line(&format!("* STATUS {} ({items})", self.quoted(mailbox.name())));
    }

    pub(super) fn create(
        &mut self,
        store: &mut Mailstore,
        user: &str,
        name: &str,
        special_use: Option<&str>,
    ) -> Reply {
        let name = name.strip_suffix('/').unwrap_or(name);
        if name.is_empty() || name.split('/').any(str::is_empty) || name.contains(['*', '%']) {
            return Reply::no("[CANNOT] Not a mailbox name");
        }
        let known = |wanted: &str| USES.into_iter().find(|known| known.eq_ignore_ascii_case(wanted));
        let special_use = match special_use.map(known) {
            Some(None) => return Reply::no("[USEATTR] No such use"),
            known => known.flatten(),
        };
        if !store.add_mailbox(user, name, special_use) {
            return Reply::no("[ALREADYEXISTS] There is a mailbox of that name");
        }
        match store.mailbox(user, name).filter(|_| self.dialect.objectid) {
            Some(mailbox) => Reply::Ok(format!("[MAILBOXID ({})] CREATE completed", mailbox.object_id())),
            None => Reply::ok("CREATE completed"),
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
        let malformed = to.split('/').any(str::is_empty) || to.contains(['*', '%']);
        if malformed || from != "INBOX" && to.starts_with(&format!("{from}/")) {
            return Reply::no("[CANNOT] Not that one");
        }
        let Some(account) = store.account_mut(user) else { return Reply::no("No such account") };
        if account.mailbox(&to).is_some() {
            return Reply::no("[ALREADYEXISTS] There is a mailbox of that name");
        }
        if !names(account).contains(&from) {
            return Reply::no("[NONEXISTENT] No such mailbox");
        }
        if from == "INBOX" {
            // INBOX stays, emptied; what is below it stays where it is (RFC 9051 section 6.3.6).
            store.rename_inbox(user, &to);
        } else {
            account.rename(&from, &to);
        }
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
fn name_matches(name: &str, pattern: &str, delimiter: char) -> bool {
    let mut characters = pattern.chars();
    let Some(first) = characters.next() else { return name.is_empty() };
    let rest = characters.as_str();
    let ends = |stop_at_delimiter: bool| {
        let all = name.char_indices().map(|(at, _)| at).chain([name.len()]);
        let reach = if stop_at_delimiter { name.find(delimiter).unwrap_or(name.len()) } else { name.len() };
        all.take_while(move |at| *at <= reach)
    };
    match first {
        '*' => ends(false).any(|at| name_matches(&name[at..], rest, delimiter)),
        '%' => ends(true).any(|at| name_matches(&name[at..], rest, delimiter)),
        literal => name.strip_prefix(literal).is_some_and(|name| name_matches(name, rest, delimiter)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stop_where_they_should() {
        assert!(name_matches("Travel/2026", "*", '/'));
        assert!(!name_matches("Travel/2026", "%", '/'));
        assert!(name_matches("Travel/2026", "%/%", '/'));
        assert!(name_matches("Travel/2026", "Tr*6", '/'));
        assert!(!name_matches("Travel", "Travel/%", '/'));
        assert!(name_matches("", "", '/'));
    }
}
