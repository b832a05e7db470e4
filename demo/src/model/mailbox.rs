//! One mailbox and the mails in it.

use std::sync::{Arc, OnceLock};

use super::{Flags, message};

/// A UID (RFC 9051 section 2.3.1.1). Never 0.
pub type Uid = u32;

/// Names a mailbox for as long as it exists, whatever it is renamed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MailboxId(pub(super) u64);

/// One mailbox. Every change to it moves its `modseq` (RFC 7162).
#[derive(Clone, Debug)]
pub struct Mailbox {
    id: MailboxId,
    pub(super) name: String,
    uid_validity: u32,
    uid_next: Uid,
    modseq: u64,
    keeps_modseq: bool,
    special_use: Option<&'static str>,
    subscribed: bool,
    mails: Vec<Mail>,
    /// Every mail that left since the mailbox was last numbered anew, with the modseq of that moment, oldest first.
    expunged: Vec<(Uid, u64)>,
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
    /// Worked out when someone asks.
    email_id: OnceLock<u64>,
}

impl Mailbox {
    /// An empty, subscribed one.
    pub(super) fn new(
        id: MailboxId,
        name: String,
        uid_validity: u32,
        special_use: Option<&'static str>,
    ) -> Self {
        Self {
            id,
            name,
            uid_validity,
            uid_next: 1,
            modseq: 1,
            keeps_modseq: true,
            special_use,
            subscribed: true,
            mails: Vec::new(),
            expunged: Vec::new(),
        }
    }

    pub fn id(&self) -> MailboxId {
        self.id
    }

    /// As in the store: levels parted by `/`, no prefix, whatever the dialect shows.
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

    /// HIGHESTMODSEQ: moves with every change of flags, every arrival and every removal.
    pub fn modseq(&self) -> u64 {
        self.modseq
    }

    /// Whether it has mod-sequences; else SELECT says NOMODSEQ, as RFC 7162 section 3.1.2.2 allows for single mailboxes.
    pub fn keeps_modseq(&self) -> bool {
        self.keeps_modseq
    }

    /// Makes it a mailbox with or without mod-sequences.
    pub fn set_keeps_modseq(&mut self, keeps: bool) {
        self.keeps_modseq = keeps;
    }

    pub fn special_use(&self) -> Option<&'static str> {
        self.special_use
    }

    /// Gives it a use of RFC 6154 or takes it away.
    pub fn set_special_use(&mut self, special_use: Option<&'static str>) {
        self.special_use = special_use;
    }

    pub fn subscribed(&self) -> bool {
        self.subscribed
    }

    pub fn set_subscribed(&mut self, subscribed: bool) {
        self.subscribed = subscribed;
    }

    /// The mails, lowest UID first.
    pub fn mails(&self) -> &[Mail] {
        &self.mails
    }

    pub fn mail(&self, uid: Uid) -> Option<&Mail> {
        let index = self.index(uid)?;
        self.mails.get(index)
    }

    /// The octets of all mails together.
    pub fn size(&self) -> usize {
        self.mails.iter().map(|mail| mail.raw.len()).sum()
    }

    /// How many mails lack \Seen.
    pub fn unseen(&self) -> usize {
        self.mails.iter().filter(|mail| !mail.flags.has("\\Seen")).count()
    }

    /// Adds a mail; gives its UID. `internal_date` is in milliseconds since 1970 UTC.
    pub fn append(&mut self, raw: impl Into<Arc<[u8]>>, flags: Flags, internal_date: i64) -> Uid {
        let uid = self.uid_next;
        self.uid_next += 1;
        self.modseq += 1;
        self.mails.push(Mail {
            uid,
            flags,
            modseq: self.modseq,
            internal_date,
            raw: raw.into(),
            email_id: OnceLock::new(),
        });
        uid
    }

    /// Changes a mail's flags; `false` when there is no such mail.
    pub fn change_flags(&mut self, uid: Uid, change: impl FnOnce(&mut Flags)) -> bool {
        let Some(mail) = self.index(uid).and_then(|index| self.mails.get_mut(index)) else { return false };
        let before = mail.flags.clone();
        change(&mut mail.flags);
        if mail.flags != before {
            self.modseq += 1;
            mail.modseq = self.modseq;
        }
        true
    }

    /// A mail has other octets from now on, which no server may do.
    pub fn swap_octets(&mut self, uid: Uid, raw: impl Into<Arc<[u8]>>) {
        if let Some(mail) = self.mails.iter_mut().find(|mail| mail.uid == uid) {
            mail.raw = raw.into();
        }
    }

    /// Takes a mail out for good. Not in the journal: that is for what clients asked for.
    pub fn remove(&mut self, uid: Uid) -> Option<Mail> {
        let index = self.index(uid)?;
        self.modseq += 1;
        self.expunged.push((uid, self.modseq));
        Some(self.mails.remove(index))
    }

    /// Leaves out UIDs up to this one, as if mails had come and gone: the next mail gets a higher one.
    pub fn skip_uids_to(&mut self, uid: Uid) {
        self.uid_next = self.uid_next.max(uid.saturating_add(1));
    }

    /// Puts the mod-sequences back to at most this one, as a server does that was restored from a backup: it contradicts
    /// what it said before.
    pub fn set_back_modseq(&mut self, modseq: u64) {
        self.modseq = self.modseq.min(modseq.max(1));
        for mail in &mut self.mails {
            mail.modseq = mail.modseq.min(self.modseq);
        }
        self.expunged.retain(|(_, at)| *at <= self.modseq);
    }

    /// The UIDs below UIDNEXT that are gone and left after `modseq`, ascending (RFC 7162 section 3.2.6).
    pub(super) fn expunged_since(&self, modseq: u64) -> Vec<Uid> {
        let since = self.expunged.iter().filter(|(_, at)| *at > modseq);
        let mut uids: Vec<Uid> = since.map(|(uid, _)| *uid).collect();
        uids.sort_unstable();
        uids
    }

    /// Numbers it anew, UIDs from 1; what was expunged is forgotten.
    pub(super) fn number_anew(&mut self, uid_validity: u32) {
        self.uid_validity = uid_validity;
        self.uid_next = 1;
        self.modseq += 1;
        self.expunged.clear();
        for mail in &mut self.mails {
            mail.uid = self.uid_next;
            mail.modseq = self.modseq;
            self.uid_next += 1;
        }
    }

    /// MAILBOXID (RFC 8474).
    pub(super) fn object_id(&self) -> String {
        format!("F{}", self.id.0)
    }

    /// The keywords in use, for FLAGS and PERMANENTFLAGS.
    pub(super) fn keywords(&self) -> Vec<&str> {
        let all = self.mails.iter().flat_map(|mail| mail.flags.iter());
        let mut keywords: Vec<&str> = all.filter(|flag| !flag.starts_with('\\')).collect();
        keywords.sort_unstable();
        keywords.dedup();
        keywords
    }

    fn index(&self, uid: Uid) -> Option<usize> {
        self.mails.binary_search_by_key(&uid, |mail| mail.uid).ok()
    }
}

impl Mail {
    pub fn uid(&self) -> Uid {
        self.uid
    }

    pub fn flags(&self) -> &Flags {
        &self.flags
    }

    /// The mailbox's modseq when this mail came or its flags last changed.
    pub fn modseq(&self) -> u64 {
        self.modseq
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

    /// The same for mails of the same octets and internal date, in whatever mailbox (EMAILID of RFC 8474, X-GM-MSGID).
    pub fn email_id(&self) -> u64 {
        *self.email_id.get_or_init(|| message::hash(&[&self.internal_date.to_be_bytes(), &self.raw]))
    }

    /// The same for mails of one conversation: those whose References begin alike (THREADID, X-GM-THRID).
    pub fn thread_id(&self) -> u64 {
        let first = |name: &str| {
            let value = message::field(&self.raw, name);
            value.split_whitespace().next().map(|id| id.trim_matches(['<', '>']).to_owned())
        };
        let root = first("References").or_else(|| first("In-Reply-To")).unwrap_or_else(|| self.message_id());
        if root.is_empty() { self.email_id() } else { message::hash(&[root.as_bytes()]) }
    }
}
