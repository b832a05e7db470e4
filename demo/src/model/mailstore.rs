//! What the server keeps: accounts, their mailboxes, the mails in them.

use std::collections::BTreeMap;

use super::gmail::Labels;
use super::{Faults, Journal, Mailbox, MailboxId, Uid};

/// Everything the server keeps, shared by its connections.
#[derive(Default)]
pub struct Mailstore {
    accounts: BTreeMap<String, Account>,
    /// What is to go wrong.
    pub faults: Faults,
    /// What happened so far.
    pub journal: Journal,
    last_mailbox: u64,
    last_connection: u64,
    last_uid_validity: u32,
}

/// One person's mailboxes.
#[derive(Default)]
pub struct Account {
    password: Option<String>,
    token: Option<String>,
    mailboxes: Vec<Mailbox>,
    /// Only in an account of Gmail's kind.
    pub(super) labels: Option<Labels>,
}

impl Mailstore {
    /// A store without accounts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives the account this password; makes the account, with an empty INBOX, if there is none of that name.
    pub fn set_password(&mut self, user: &str, password: &str) {
        self.add_account(user);
        if let Some(account) = self.accounts.get_mut(user) {
            account.password = Some(password.to_owned());
        }
    }

    /// Gives the account this token for XOAUTH2 and OAUTHBEARER; makes the account if there is none of that name.
    pub fn set_token(&mut self, user: &str, token: &str) {
        self.add_account(user);
        if let Some(account) = self.accounts.get_mut(user) {
            account.token = Some(token.to_owned());
        }
    }

    /// Makes an account with an empty INBOX; nothing happens if it exists. Without a password nobody can sign in.
    pub fn add_account(&mut self, user: &str) {
        if !self.accounts.contains_key(user) {
            self.accounts.insert(user.to_owned(), Account::default());
            self.add_mailbox(user, "INBOX", None);
        }
    }

    /// Makes an empty, subscribed mailbox. `special_use` is an attribute of RFC 6154 such as `\Sent`.
    /// `name` is as on the wire: modified UTF-7, levels parted by `/`. `false` if it exists or there is no account.
    pub fn add_mailbox(&mut self, user: &str, name: &str, special_use: Option<&'static str>) -> bool {
        let name = canonical_name(name);
        if self.accounts.get(user).is_none_or(|account| account.mailbox(&name).is_some()) {
            return false;
        }
        self.last_mailbox += 1;
        let uid_validity = self.next_uid_validity();
        let mailbox = Mailbox::new(MailboxId(self.last_mailbox), name, uid_validity, special_use);
        if let Some(account) = self.accounts.get_mut(user) {
            account.mailboxes.push(mailbox);
        }
        true
    }

    /// The account of that name.
    pub fn account(&self, user: &str) -> Option<&Account> {
        self.accounts.get(user)
    }

    /// The names of all accounts.
    pub fn users(&self) -> impl Iterator<Item = &str> {
        self.accounts.keys().map(String::as_str)
    }

    /// A mailbox by its name; INBOX in any case.
    pub fn mailbox(&self, user: &str, name: &str) -> Option<&Mailbox> {
        self.accounts.get(user)?.mailbox(name)
    }

    /// A mailbox to change, as if another client had done it. Connections see it when they are polled.
    pub fn mailbox_mut(&mut self, user: &str, name: &str) -> Option<&mut Mailbox> {
        let name = canonical_name(name);
        self.accounts.get_mut(user)?.mailboxes.iter_mut().find(|mailbox| mailbox.name == name)
    }

    /// Gives a mailbox another name, as if another client had done it. `false` if there is none, or one of that name.
    pub fn rename_mailbox(&mut self, user: &str, from: &str, to: &str) -> bool {
        let Some(account) = self.accounts.get_mut(user) else { return false };
        let can = account.mailbox(from).is_some() && account.mailbox(to).is_none();
        if can {
            account.rename(&canonical_name(from), to);
        }
        can
    }

    /// Deletes a mailbox with all in it, as if another client had done it. Not in the journal.
    pub fn remove_mailbox(&mut self, user: &str, name: &str) -> bool {
        let Some(account) = self.accounts.get_mut(user) else { return false };
        let Some(id) = account.mailbox(name).map(Mailbox::id) else { return false };
        account.remove(id);
        true
    }

    /// Numbers the mailbox anew: another UIDVALIDITY, UIDs from 1. Whoever has it selected is thrown out.
    pub fn bump_uid_validity(&mut self, user: &str, name: &str) -> bool {
        let uid_validity = self.next_uid_validity();
        let Some(mailbox) = self.mailbox_mut(user, name) else { return false };
        mailbox.number_anew(uid_validity);
        true
    }

    /// Moves a mail, as if another client had done it; gives its new UID. Not in the journal.
    pub fn move_mail(&mut self, user: &str, from: &str, uid: Uid, to: &str) -> Option<Uid> {
        let copy = self.copy_mail(user, from, uid, to)?;
        // Gmail's Trash has already taken it out.
        if let Some(mail) = self.mailbox_mut(user, from)?.remove(uid) {
            self.archived(user, from, &mail);
        }
        Some(copy)
    }

    /// Copies a mail, as if another client had done it; gives the copy's UID.
    pub fn copy_mail(&mut self, user: &str, from: &str, uid: Uid, to: &str) -> Option<Uid> {
        let mail = self.mailbox(user, from)?.mail(uid)?.clone();
        self.place(user, to, (mail.raw, mail.flags, mail.internal_date))
    }

    /// INBOX's mails go to a new mailbox; INBOX stays.
    pub(super) fn rename_inbox(&mut self, user: &str, to: &str) {
        self.add_mailbox(user, to, None);
        let Some(inbox) = self.mailbox_mut(user, "INBOX") else { return };
        let uids: Vec<Uid> = inbox.mails().iter().map(|mail| mail.uid()).collect();
        let mails: Vec<_> = uids.into_iter().filter_map(|uid| inbox.remove(uid)).collect();
        let Some(target) = self.mailbox_mut(user, to) else { return };
        for mail in mails {
            target.append(mail.raw, mail.flags, mail.internal_date);
        }
    }

    /// Where mails of this Message-ID are: mailbox name and UID. The brackets may be left out.
    pub fn find_message_id(&self, user: &str, message_id: &str) -> Vec<(String, Uid)> {
        let wanted = message_id.trim_matches(['<', '>']);
        let mailboxes = self.accounts.get(user).map_or(&[][..], |account| &account.mailboxes);
        let places = mailboxes.iter().flat_map(|mailbox| {
            let hits = mailbox.mails().iter().filter(|mail| mail.message_id() == wanted);
            hits.map(|mail| (mailbox.name.clone(), mail.uid()))
        });
        places.collect()
    }

    pub(super) fn account_mut(&mut self, user: &str) -> Option<&mut Account> {
        self.accounts.get_mut(user)
    }

    pub(super) fn next_connection(&mut self) -> u64 {
        self.last_connection += 1;
        self.last_connection
    }

    fn next_uid_validity(&mut self) -> u32 {
        self.last_uid_validity += 1;
        // Far from the UIDs, so that one is never taken for the other in a test.
        1_700_000_000 + self.last_uid_validity
    }
}

impl Account {
    /// All mailboxes, in the order they were made.
    pub fn mailboxes(&self) -> &[Mailbox] {
        &self.mailboxes
    }

    /// A mailbox by its name; INBOX in any case.
    pub fn mailbox(&self, name: &str) -> Option<&Mailbox> {
        let name = canonical_name(name);
        self.mailboxes.iter().find(|mailbox| mailbox.name == name)
    }

    pub(super) fn by_id(&self, id: MailboxId) -> Option<&Mailbox> {
        self.mailboxes.iter().find(|mailbox| mailbox.id() == id)
    }

    pub(super) fn by_id_mut(&mut self, id: MailboxId) -> Option<&mut Mailbox> {
        self.mailboxes.iter_mut().find(|mailbox| mailbox.id() == id)
    }

    pub(super) fn mailboxes_mut(&mut self) -> &mut Vec<Mailbox> {
        &mut self.mailboxes
    }

    pub(super) fn password(&self) -> Option<&str> {
        self.password.as_deref()
    }

    pub(crate) fn accepts_token(&self, token: &str) -> bool {
        self.token.as_deref() == Some(token)
    }

    pub(crate) fn accepts(&self, password: &str) -> bool {
        self.password.as_deref() == Some(password)
    }

    pub(super) fn remove(&mut self, id: MailboxId) {
        self.mailboxes.retain(|mailbox| mailbox.id() != id);
    }

    pub(super) fn rename(&mut self, from: &str, to: &str) {
        let below = format!("{from}/");
        for mailbox in &mut self.mailboxes {
            if mailbox.name == from {
                mailbox.name = to.to_owned();
            } else if let Some(rest) = mailbox.name.strip_prefix(&below) {
                mailbox.name = format!("{to}/{rest}");
            }
        }
    }
}

/// INBOX has one spelling; every other name is taken as it is.
pub(super) fn canonical_name(name: &str) -> String {
    let (first, rest) = name.split_once('/').map_or((name, None), |(first, rest)| (first, Some(rest)));
    match (first.eq_ignore_ascii_case("INBOX"), rest) {
        (true, None) => "INBOX".to_owned(),
        (true, Some(rest)) => format!("INBOX/{rest}"),
        (false, _) => name.to_owned(),
    }
}
