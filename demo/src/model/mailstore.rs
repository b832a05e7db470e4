//! What the server keeps: accounts, their mailboxes, the mails in them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::{Faults, Journal, message};

/// A UID (RFC 9051 section 2.3.1.1). Never 0.
pub type Uid = u32;

/// Names a mailbox for as long as it exists, whatever it is renamed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MailboxId(u64);

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
    mailboxes: Vec<Mailbox>,
}

/// One mailbox. Every change to it moves its `modseq`.
#[derive(Clone, Debug)]
pub struct Mailbox {
    id: MailboxId,
    name: String,
    uid_validity: u32,
    uid_next: Uid,
    modseq: u64,
    special_use: Option<&'static str>,
    subscribed: bool,
    mails: Vec<Mail>,
}

/// One mail in one mailbox.
#[derive(Clone, Debug)]
pub struct Mail {
    pub(super) uid: Uid,
    pub(super) flags: Flags,
    pub(super) modseq: u64,
    /// Milliseconds since 1970 UTC; the wire shows whole seconds.
    pub(super) internal_date: i64,
    pub(super) raw: Arc<[u8]>,
}

/// System flags and keywords, in the order they were set. Compared without regard to case.
#[derive(Clone, Debug, Default)]
pub struct Flags(Vec<String>);

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
        let mailbox = Mailbox {
            id: MailboxId(self.last_mailbox),
            name,
            uid_validity: self.next_uid_validity(),
            uid_next: 1,
            modseq: 1,
            special_use,
            subscribed: true,
            mails: Vec::new(),
        };
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

    /// Numbers the mailbox anew: another UIDVALIDITY, UIDs from 1. Whoever has it selected is thrown out.
    pub fn bump_uid_validity(&mut self, user: &str, name: &str) -> bool {
        let uid_validity = self.next_uid_validity();
        let Some(mailbox) = self.mailbox_mut(user, name) else { return false };
        mailbox.uid_validity = uid_validity;
        mailbox.uid_next = 1;
        mailbox.modseq += 1;
        for mail in &mut mailbox.mails {
            mail.uid = mailbox.uid_next;
            mail.modseq = mailbox.modseq;
            mailbox.uid_next += 1;
        }
        true
    }

    /// Where mails of this Message-ID are: mailbox name and UID. The brackets may be left out.
    pub fn find_message_id(&self, user: &str, message_id: &str) -> Vec<(String, Uid)> {
        let wanted = message_id.trim_matches(['<', '>']);
        let mailboxes = self.accounts.get(user).map_or(&[][..], |account| &account.mailboxes);
        let places = mailboxes.iter().flat_map(|mailbox| {
            let hits = mailbox.mails.iter().filter(|mail| mail.message_id() == wanted);
            hits.map(|mail| (mailbox.name.clone(), mail.uid))
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
        self.mailboxes.iter().find(|mailbox| mailbox.id == id)
    }

    pub(super) fn by_id_mut(&mut self, id: MailboxId) -> Option<&mut Mailbox> {
        self.mailboxes.iter_mut().find(|mailbox| mailbox.id == id)
    }

    pub(super) fn accepts(&self, password: &str) -> bool {
        self.password.as_deref() == Some(password)
    }

    pub(super) fn remove(&mut self, id: MailboxId) {
        self.mailboxes.retain(|mailbox| mailbox.id != id);
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

impl Mailbox {
    pub fn id(&self) -> MailboxId {
        self.id
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn uid_validity(&self) -> u32 {
        self.uid_validity
    }

    /// The UID the next mail gets.
    pub fn uid_next(&self) -> Uid {
        self.uid_next
    }

    /// Moves with every change.
    pub fn modseq(&self) -> u64 {
        self.modseq
    }

    pub fn special_use(&self) -> Option<&'static str> {
        self.special_use
    }

    pub fn subscribed(&self) -> bool {
        self.subscribed
    }

    pub(super) fn set_subscribed(&mut self, subscribed: bool) {
        self.subscribed = subscribed;
    }

    /// The mails, lowest UID first.
    pub fn mails(&self) -> &[Mail] {
        &self.mails
    }

    pub fn mail(&self, uid: Uid) -> Option<&Mail> {
        let index = self.mails.binary_search_by_key(&uid, |mail| mail.uid).ok()?;
        self.mails.get(index)
    }

    /// Adds a mail; gives its UID. `internal_date` is in milliseconds since 1970 UTC.
    pub fn append(&mut self, raw: impl Into<Arc<[u8]>>, flags: Flags, internal_date: i64) -> Uid {
        let uid = self.uid_next;
        self.uid_next += 1;
        self.modseq += 1;
        self.mails.push(Mail { uid, flags, modseq: self.modseq, internal_date, raw: raw.into() });
        uid
    }

    /// Changes a mail's flags; `false` when there is no such mail.
    pub fn change_flags(&mut self, uid: Uid, change: impl FnOnce(&mut Flags)) -> bool {
        let Ok(index) = self.mails.binary_search_by_key(&uid, |mail| mail.uid) else { return false };
        let Some(mail) = self.mails.get_mut(index) else { return false };
        let before = mail.flags.clone();
        change(&mut mail.flags);
        if mail.flags != before {
            self.modseq += 1;
            mail.modseq = self.modseq;
        }
        true
    }

    /// Takes a mail out for good. Not in the journal: that is for what clients asked for.
    pub fn remove(&mut self, uid: Uid) -> Option<Mail> {
        let index = self.mails.binary_search_by_key(&uid, |mail| mail.uid).ok()?;
        self.modseq += 1;
        Some(self.mails.remove(index))
    }

    /// How many mails lack \Seen.
    pub fn unseen(&self) -> usize {
        self.mails.iter().filter(|mail| !mail.flags.has("\\Seen")).count()
    }

    /// The keywords in use, for FLAGS and PERMANENTFLAGS.
    pub(super) fn keywords(&self) -> Vec<&str> {
        let all = self.mails.iter().flat_map(|mail| mail.flags.iter());
        let mut keywords: Vec<&str> = all.filter(|flag| !flag.starts_with('\\')).collect();
        keywords.sort_unstable();
        keywords.dedup();
        keywords
    }
}

impl Mail {
    pub fn uid(&self) -> Uid {
        self.uid
    }

    pub fn flags(&self) -> &Flags {
        &self.flags
    }

    /// Milliseconds since 1970 UTC.
    pub fn internal_date(&self) -> i64 {
        self.internal_date
    }

    /// The whole mail, as RFC 5322 has it.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// Its Message-ID without the brackets; empty when it has none.
    pub fn message_id(&self) -> String {
        message::field(&self.raw, "Message-ID").trim().trim_matches(['<', '>']).to_owned()
    }
}

impl Flags {
    /// No flags.
    pub fn none() -> Self {
        Self::default()
    }

    pub fn has(&self, flag: &str) -> bool {
        self.0.iter().any(|own| own.eq_ignore_ascii_case(flag))
    }

    pub fn add(&mut self, flag: &str) {
        if !self.has(flag) {
            self.0.push(flag.to_owned());
        }
    }

    pub fn remove(&mut self, flag: &str) {
        self.0.retain(|own| !own.eq_ignore_ascii_case(flag));
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl<'a> FromIterator<&'a str> for Flags {
    fn from_iter<T: IntoIterator<Item = &'a str>>(flags: T) -> Self {
        let mut set = Self::default();
        for flag in flags {
            set.add(flag);
        }
        set
    }
}

impl<'a, const N: usize> From<[&'a str; N]> for Flags {
    fn from(flags: [&'a str; N]) -> Self {
        flags.into_iter().collect()
    }
}

impl PartialEq for Flags {
    /// The same flags, in whatever order and case.
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.0.iter().all(|flag| other.has(flag))
    }
}

impl fmt::Display for Flags {
    /// As on the wire: `(\Seen $Forwarded)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({})", self.0.join(" "))
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
