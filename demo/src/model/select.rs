//! SELECT, with what CONDSTORE and QRESYNC (RFC 7162) make of it.

use super::command::{Resync, SelectCommand};
use super::connection::{Connection, Reply};
use super::set::{SequenceSet, compact};
use super::{Mailbox, MailboxId, Mailstore, Uid};

/// What a client knows of the mailbox it selected.
pub(super) struct Selected {
    pub(super) mailbox: MailboxId,
    pub(super) read_only: bool,
    pub(super) uid_validity: u32,
    /// The mails the client was told of, by sequence number less one. Some may be gone without its knowing yet.
    pub(super) view: Vec<Seen>,
    /// The mailbox's modseq when it was last compared with the view and nothing was left to tell.
    pub(super) compared_at: Option<u64>,
}

/// One mail as the client knows it.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    pub(super) uid: Uid,
    /// The mail's modseq when its flags were last told.
    pub(super) modseq: u64,
}

/// A mail a command is about.
#[derive(Clone, Copy)]
pub(super) struct Addressed {
    pub(super) sequence: usize,
    pub(super) uid: Uid,
}

impl Connection {
    pub(super) fn select(&mut self, store: &Mailstore, user: &str, select: &SelectCommand) -> Reply {
        if self.dialect.select_needs_id && !self.said_id {
            return Reply::no("SELECT Unsafe Login. Please contact the provider for help");
        }
        if select.qresync.is_some() && !self.enabled.qresync {
            return Reply::Bad("QRESYNC was not enabled".to_owned());
        }
        // A failed SELECT leaves nothing selected (RFC 9051 section 6.3.2).
        if self.selected.take().is_some() && (self.dialect.qresync || self.dialect.rev2) {
            self.line("* OK [CLOSED] the mailbox before");
        }
        self.saved.clear();
        let Some(mailbox) = store.mailbox(user, &select.mailbox) else {
            return Reply::no("[NONEXISTENT] No such mailbox");
        };
        if select.condstore || select.qresync.is_some() {
            self.enabled.condstore = true;
        }
        self.describe(mailbox, select.read_only);
        self.selected = Some(Selected {
            mailbox: mailbox.id(),
            read_only: select.read_only,
            uid_validity: mailbox.uid_validity(),
            view: mailbox.mails().iter().map(|mail| Seen { uid: mail.uid, modseq: mail.modseq }).collect(),
            compared_at: Some(mailbox.modseq()),
        });
        if let Some(resync) = &select.qresync {
            self.resynchronize(mailbox, resync);
        }
        Reply::ok(if select.read_only {
            "[READ-ONLY] EXAMINE completed"
        } else {
            "[READ-WRITE] SELECT completed"
        })
    }

    fn describe(&mut self, mailbox: &Mailbox, read_only: bool) {
        let keywords = mailbox.keywords().join(" ");
        let flags = format!("\\Answered \\Flagged \\Deleted \\Seen \\Draft {keywords}");
        let flags = flags.trim_end();
        self.line(&format!("* FLAGS ({flags})"));
        let permanent = match (read_only, self.dialect.no_new_keywords) {
            (true, _) => String::new(),
            (false, true) => flags.to_owned(),
            (false, false) => format!("{flags} \\*"),
        };
        self.line(&format!("* OK [PERMANENTFLAGS ({permanent})] kept"));
        self.line(&format!("* {} EXISTS", self.told_exists(mailbox)));
        self.tell_recent();
        let unseen = mailbox.mails().iter().position(|mail| !mail.flags.has("\\Seen"));
        if let Some(index) = unseen.filter(|_| !self.enabled.rev2) {
            self.line(&format!("* OK [UNSEEN {}] first unseen", index + 1));
        }
        self.line(&format!("* OK [UIDVALIDITY {}] UIDs valid", mailbox.uid_validity()));
        if self.dialect.uidnext_in_select {
            self.line(&format!("* OK [UIDNEXT {}] next", self.told_uid_next(mailbox)));
        }
        if self.dialect.condstore && mailbox.keeps_modseq() {
            let highest = self.modseq_on_wire(self.told_modseq(mailbox));
            self.line(&format!("* OK [HIGHESTMODSEQ {highest}] highest"));
        } else if self.dialect.condstore {
            self.line("* OK [NOMODSEQ] No mod-sequences here");
        }
        if self.dialect.objectid {
            self.line(&format!("* OK [MAILBOXID ({})] id", mailbox.object_id()));
        }
        if self.enabled.rev2 {
            let (delimiter, name) = (self.dialect.delimiter, self.quoted(mailbox.name()));
            self.line(&format!("* LIST () \"{delimiter}\" {name}"));
        }
    }

    /// What went and what changed since the client looked last (RFC 7162 section 3.2.5).
    fn resynchronize(&mut self, mailbox: &Mailbox, resync: &Resync) {
        // Who knows other UIDs, or nothing of modseqs, gets a plain SELECT.
        if resync.uid_validity != mailbox.uid_validity() || !mailbox.keeps_modseq() {
            return;
        }
        let largest = mailbox.uid_next().saturating_sub(1);
        let is_known = |uid: Uid| resync.known.as_ref().is_none_or(|known| known.contains(uid, largest));
        let agreed =
            resync.matches.as_ref().map_or(0, |(sequence, uids)| agreed_uid(mailbox, sequence, uids));
        let mut vanished = self.vanished_since(mailbox, resync.modseq, agreed);
        vanished.retain(|uid| is_known(*uid));
        if !vanished.is_empty() {
            self.line(&format!("* VANISHED (EARLIER) {}", compact(&vanished)));
        }
        for (mail, sequence) in mailbox.mails().iter().zip(1..) {
            if mail.modseq > resync.modseq && is_known(mail.uid) {
                let (uid, flags) = (format!("UID {}", mail.uid), format!("FLAGS {}", mail.flags));
                self.fetch_line(sequence, &[uid, flags, self.modseq_item(mail.modseq)]);
            }
        }
    }

    /// The UIDs to tell as VANISHED (EARLIER) to one who knows the state at `modseq`, ascending. Who forgot when mails went
    /// tells all that aren't there above `agreed`, up to which both sides know the same ones.
    pub(super) fn vanished_since(&self, mailbox: &Mailbox, modseq: u64, agreed: Uid) -> Vec<Uid> {
        let mut vanished = if !self.dialect.forgetful_expunges {
            mailbox.expunged_since(modseq)
        } else if modseq < mailbox.modseq() {
            (agreed + 1..mailbox.uid_next()).filter(|uid| mailbox.mail(*uid).is_none()).collect()
        } else {
            Vec::new()
        };
        if self.dialect.false_vanished {
            vanished.extend(mailbox.mails().iter().map(|mail| mail.uid).filter(|uid| uid % 3 == 0));
            vanished.sort_unstable();
        }
        vanished
    }

    /// The mails of the client's view that a set names. `Err` when it names sequence numbers that don't exist.
    pub(super) fn addressed(&self, uid: bool, set: &SequenceSet) -> Result<Vec<Addressed>, Reply> {
        let view = self.selected.as_ref().map_or(&[][..], |selected| &selected.view);
        if set.saved {
            let found = view.iter().zip(1..).filter(|(seen, _)| self.saved.contains(&seen.uid));
            return Ok(found.map(|(seen, sequence)| Addressed { sequence, uid: seen.uid }).collect());
        }
        let count = u32::try_from(view.len()).unwrap_or(u32::MAX);
        if !uid && set.exceeds(count) {
            return Err(Reply::Bad("No such message number".to_owned()));
        }
        let largest = if uid { view.last().map_or(0, |seen| seen.uid) } else { count };
        let numbered = view.iter().zip(1_u32..);
        let named =
            numbered.filter(|(seen, sequence)| set.contains(if uid { seen.uid } else { *sequence }, largest));
        Ok(named.map(|(seen, sequence)| Addressed { sequence: sequence as usize, uid: seen.uid }).collect())
    }

    /// The sequence number the client has for a mail.
    pub(super) fn sequence_of(&self, uid: Uid) -> Option<usize> {
        let view = &self.selected.as_ref()?.view;
        view.binary_search_by_key(&uid, |seen| seen.uid).ok().map(|index| index + 1)
    }

    /// The selected mailbox.
    pub(super) fn mailbox<'a>(&self, store: &'a Mailstore, user: &str) -> Option<&'a Mailbox> {
        let id = self.selected.as_ref()?.mailbox;
        store.account(user)?.by_id(id)
    }

    /// The selected mailbox, to be changed.
    pub(super) fn mailbox_mut<'a>(&self, store: &'a mut Mailstore, user: &str) -> Option<&'a mut Mailbox> {
        let id = self.selected.as_ref()?.mailbox;
        store.account_mut(user)?.by_id_mut(id)
    }

    /// Whether the client may change the selected mailbox.
    pub(super) fn writable(&self) -> bool {
        self.selected.as_ref().is_some_and(|selected| !selected.read_only)
    }
}

/// The highest UID of those the client says it knows by sequence number where the number is still right: up to it, nothing
/// went (RFC 7162 section 3.2.5.2).
fn agreed_uid(mailbox: &Mailbox, sequence: &SequenceSet, uids: &SequenceSet) -> Uid {
    let most = mailbox.mails().len();
    let (Some(sequence), Some(uids)) = (sequence.numbers(most), uids.numbers(most)) else { return 0 };
    let agree = sequence.into_iter().zip(uids).filter(|(sequence, uid)| {
        let index = usize::try_from(sequence.saturating_sub(1)).unwrap_or(usize::MAX);
        mailbox.mails().get(index).is_some_and(|mail| mail.uid == *uid)
    });
    agree.map(|(_, uid)| uid).max().unwrap_or(0)
}
