//! Gmail's ways (X-GM-EXT-1): labels are mailboxes, and a mail is one mail in all of them.
//!
//! Each place keeps a mail of its own with the same octets, internal date and so the same `email_id`; [`Mailstore::settle`]
//! brings their flags together and puts what is nowhere else into All Mail.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::command::{StoreCommand, StoreHow};
use super::connection::Connection;
use super::envelope::quoted;
use super::select::Addressed;
use super::{Account, Flags, Mail, Mailbox, Mailstore, Uid};

const ALL_MAIL: &str = "[Gmail]/All Mail";
const SPAM: &str = "[Gmail]/Spam";
const TRASH: &str = "[Gmail]/Trash";
const MAILBOXES: [(&str, &str); 6] = [
    (ALL_MAIL, "\\All"),
    ("[Gmail]/Drafts", "\\Drafts"),
    ("[Gmail]/Sent Mail", "\\Sent"),
    (SPAM, "\\Junk"),
    ("[Gmail]/Starred", "\\Flagged"),
    (TRASH, "\\Trash"),
];

/// What an account of Gmail's kind remembers.
#[derive(Default)]
pub(super) struct Labels {
    /// The flags of each mail when its places last agreed, by `email_id`.
    agreed: BTreeMap<u64, Flags>,
    /// The modseqs of all mailboxes added up when that was.
    settled_at: u64,
}

impl Mailstore {
    /// Makes the account one of Gmail's kind, with the mailboxes below `[Gmail]`.
    pub fn make_gmail(&mut self, user: &str) {
        for (name, special_use) in MAILBOXES {
            self.add_mailbox(user, name, Some(special_use));
        }
        if let Some(account) = self.account_mut(user) {
            account.labels.get_or_insert_default();
        }
        self.settle();
    }

    /// Brings together what was changed in single mailboxes of Gmail's kind. Connections call it; so does a test that
    /// changed mailboxes and looks at others.
    pub fn settle(&mut self) {
        let users: Vec<String> = self.users().map(str::to_owned).collect();
        for user in users {
            if let Some(account) = self.account_mut(&user) {
                account.settle();
            }
        }
    }

    /// Puts a mail into a mailbox; gives its UID. For Gmail, a mail that is there already stays as it is; Trash and Spam take
    /// it out of all other places, and other places out of those.
    pub(super) fn place(
        &mut self,
        user: &str,
        name: &str,
        (raw, flags, date): (Arc<[u8]>, Flags, i64),
    ) -> Option<Uid> {
        let is_gmail = self.account(user)?.labels.is_some();
        if !is_gmail {
            return Some(self.mailbox_mut(user, name)?.append(raw, flags, date));
        }
        // The same octets are the same mail, whenever they come.
        let account = self.account_mut(user)?;
        let twin = account.mailboxes().iter().flat_map(Mailbox::mails).find(|mail| mail.raw == raw);
        let date = twin.map_or(date, Mail::internal_date);
        let here = account.mailbox(name)?.mails().iter().find(|mail| mail.raw == raw).map(Mail::uid);
        let uid = match here {
            Some(uid) => uid,
            None => self.mailbox_mut(user, name)?.append(Arc::clone(&raw), flags, date),
        };
        let removed = |place: &str| match name {
            TRASH | SPAM => place != name,
            _ => place == TRASH || place == SPAM,
        };
        let account = self.account_mut(user)?;
        for mailbox in account.mailboxes_mut().iter_mut().filter(|mailbox| removed(&mailbox.name)) {
            let there = mailbox.mails().iter().find(|mail| mail.raw == raw).map(Mail::uid);
            if let Some(uid) = there {
                mailbox.remove(uid);
            }
        }
        account.settle();
        Some(uid)
    }

    /// Where a mail still is that was taken out of a mailbox, if the account is of Gmail's kind. Out of All Mail there is no
    /// way but to Trash: it comes back.
    pub(super) fn archived(&mut self, user: &str, from: &str, mail: &Mail) -> Option<(String, Uid)> {
        let is_gmail = self.account(user)?.labels.is_some();
        if !is_gmail || from == TRASH || from == SPAM {
            return None;
        }
        let all = self.mailbox_mut(user, ALL_MAIL)?;
        let there = all.mails().iter().find(|other| other.raw == mail.raw).map(Mail::uid);
        let uid = there.unwrap_or_else(|| {
            let mut flags = mail.flags.clone();
            flags.remove("\\Deleted");
            all.append(Arc::clone(&mail.raw), flags, mail.internal_date)
        });
        Some((ALL_MAIL.to_owned(), uid))
    }
}

impl Account {
    fn settle(&mut self) {
        let Some(mut labels) = self.labels.take() else { return };
        let modseqs = |account: &Self| account.mailboxes().iter().map(Mailbox::modseq).sum::<u64>();
        if labels.settled_at != modseqs(self) {
            self.put_into_all_mail();
            self.agree_on_flags(&mut labels.agreed);
            labels.settled_at = modseqs(self);
        }
        self.labels = Some(labels);
    }

    fn put_into_all_mail(&mut self) {
        let ids = |name: &str| {
            let mails = self.mailbox(name).map_or(&[][..], Mailbox::mails);
            mails.iter().map(Mail::email_id).collect::<BTreeSet<u64>>()
        };
        let mut kept = ids(ALL_MAIL);
        kept.extend(ids(TRASH));
        kept.extend(ids(SPAM));
        let mut missing = Vec::new();
        for mail in self.mailboxes().iter().flat_map(Mailbox::mails) {
            if kept.insert(mail.email_id()) {
                missing.push(mail.clone());
            }
        }
        if let Some(all) = self.mailboxes_mut().iter_mut().find(|mailbox| mailbox.name == ALL_MAIL) {
            for mail in missing {
                all.append(mail.raw, mail.flags, mail.internal_date);
            }
        }
    }

    /// Every flag that one place got or lost since they last agreed, all get or lose; but \Deleted, which is each place's own.
    fn agree_on_flags(&mut self, agreed: &mut BTreeMap<u64, Flags>) {
        let mut places: BTreeMap<u64, Vec<Flags>> = BTreeMap::new();
        for mail in self.mailboxes().iter().flat_map(Mailbox::mails) {
            let mut flags = mail.flags.clone();
            flags.remove("\\Deleted");
            places.entry(mail.email_id()).or_default().push(flags);
        }
        let merged = |(id, places): (u64, Vec<Flags>)| {
            let mut now: Flags = places.iter().flat_map(Flags::iter).collect();
            for flag in agreed.get(&id).iter().flat_map(|before| before.iter()) {
                if places.iter().any(|place| !place.has(flag)) {
                    now.remove(flag);
                }
            }
            (id, now)
        };
        *agreed = places.into_iter().map(merged).collect();
        for mailbox in self.mailboxes_mut() {
            let mails: Vec<(Uid, u64)> =
                mailbox.mails().iter().map(|mail| (mail.uid, mail.email_id())).collect();
            for (uid, id) in mails {
                let Some(now) = agreed.get(&id) else { continue };
                mailbox.change_flags(uid, |own| {
                    let deleted = own.has("\\Deleted");
                    *own = now.clone();
                    if deleted {
                        own.add("\\Deleted");
                    }
                });
            }
        }
    }
}

impl Connection {
    /// Whether the mail is in the mailbox this label stands for.
    pub(super) fn has_label(&self, store: &Mailstore, user: &str, mail: &Mail, label: &str) -> bool {
        let Some(account) = store.account(user) else { return false };
        let mailbox = account.mailbox(&self.mailbox_of(account, label));
        mailbox.is_some_and(|mailbox| mailbox.mails().iter().any(|other| other.email_id() == mail.email_id()))
    }

    /// X-GM-LABELS: where else the mail is. The selected mailbox and All Mail are left out.
    pub(super) fn labels_item(&self, store: &Mailstore, user: &str, mail: &Mail) -> Vec<u8> {
        let here = self.selected.as_ref().map(|selected| selected.mailbox);
        let mailboxes = store.account(user).map_or(&[][..], Account::mailboxes).iter();
        let others = mailboxes.filter(|mailbox| Some(mailbox.id()) != here && mailbox.name() != ALL_MAIL);
        let holding =
            others.filter(|mailbox| mailbox.mails().iter().any(|other| other.email_id() == mail.email_id()));
        let labels: Vec<Vec<u8>> = holding.map(|mailbox| quoted(&label_of(mailbox))).collect();
        [b"X-GM-LABELS (", &labels.join(&b' ')[..], b")"].concat()
    }

    /// STORE X-GM-LABELS: into and out of mailboxes; one that doesn't exist is made.
    pub(super) fn store_labels(
        &mut self,
        store: &mut Mailstore,
        user: &str,
        message: Addressed,
        command: &StoreCommand,
    ) {
        let Some(mail) = self.mailbox(store, user).and_then(|mailbox| mailbox.mail(message.uid)).cloned()
        else {
            return;
        };
        let Some(account) = store.account(user) else { return };
        let named: Vec<String> = command.values.iter().map(|label| self.mailbox_of(account, label)).collect();
        let here = self.mailbox(store, user).map(|mailbox| mailbox.name().to_owned()).unwrap_or_default();
        let places = account.mailboxes().iter().map(|mailbox| mailbox.name().to_owned());
        let removed: Vec<String> = match command.how {
            StoreHow::Add => Vec::new(),
            StoreHow::Remove => named.clone(),
            StoreHow::Replace => places.filter(|name| !named.contains(name) && *name != here).collect(),
        };
        for name in removed.iter().filter(|name| *name != ALL_MAIL) {
            let Some(mailbox) = store.mailbox_mut(user, name) else { continue };
            let there =
                mailbox.mails().iter().find(|other| other.email_id() == mail.email_id()).map(Mail::uid);
            if let Some(uid) = there {
                mailbox.remove(uid);
            }
        }
        for name in named.iter().filter(|_| command.how != StoreHow::Remove) {
            store.add_mailbox(user, name, None);
            store.place(user, name, (Arc::clone(&mail.raw), mail.flags.clone(), mail.internal_date));
        }
        store.settle();
        if !command.silent {
            let uid = format!("UID {}", mail.uid).into_bytes();
            let labels = self.labels_item(store, user, &mail);
            self.fetch_line(message.sequence, &[labels, uid]);
        }
    }

    fn mailbox_of(&self, account: &Account, label: &str) -> String {
        let system = account
            .mailboxes()
            .iter()
            .find(|mailbox| label.starts_with('\\') && label_of(mailbox).eq_ignore_ascii_case(label));
        system.map_or_else(|| self.dialect.name_in_store(label), |mailbox| mailbox.name().to_owned())
    }
}

/// What Gmail calls a mailbox as a label.
fn label_of(mailbox: &Mailbox) -> String {
    let label = match mailbox.special_use() {
        _ if mailbox.name() == "INBOX" => "\\Inbox",
        Some("\\Drafts") => "\\Draft",
        Some("\\Sent") => "\\Sent",
        Some("\\Junk") => "\\Spam",
        Some("\\Flagged") => "\\Starred",
        Some("\\Trash") => "\\Trash",
        _ => mailbox.name(),
    };
    label.to_owned()
}
