//! SELECT, and telling a client what happens in the mailbox it selected.

use super::connection::{Connection, Reply};
use super::set::SequenceSet;
use super::{Mail, Mailbox, MailboxId, Mailstore, Uid};

/// What a client knows of the mailbox it selected.
pub(super) struct Selected {
    pub(super) mailbox: MailboxId,
    pub(super) read_only: bool,
    uid_validity: u32,
    /// The mails the client was told of, by sequence number less one. Some may be gone without its knowing yet.
    pub(super) view: Vec<Seen>,
    /// The mailbox's modseq when it was last compared with the view and nothing was left to tell.
    compared_at: Option<u64>,
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
    pub(super) fn select(&mut self, store: &Mailstore, user: &str, name: &str, read_only: bool) -> Reply {
        // A failed SELECT leaves nothing selected (RFC 9051 section 6.3.2).
        self.selected = None;
        let Some(mailbox) = store.mailbox(user, name) else {
            return Reply::no("[NONEXISTENT] No such mailbox");
        };
        let keywords = mailbox.keywords().join(" ");
        let flags = format!("\\Answered \\Flagged \\Deleted \\Seen \\Draft {keywords}");
        let flags = flags.trim_end();
        self.line(&format!("* FLAGS ({flags})"));
        let permanent = if read_only { String::new() } else { format!("{flags} \\*") };
        self.line(&format!("* OK [PERMANENTFLAGS ({permanent})] kept"));
        self.line(&format!("* {} EXISTS", mailbox.mails().len()));
        self.line("* 0 RECENT");
        let unseen = mailbox.mails().iter().position(|mail| !mail.flags.has("\\Seen"));
        if let Some(index) = unseen {
            self.line(&format!("* OK [UNSEEN {}] first unseen", index + 1));
        }
        self.line(&format!("* OK [UIDVALIDITY {}] UIDs valid", mailbox.uid_validity()));
        if self.dialect.uidnext_in_select {
            self.line(&format!("* OK [UIDNEXT {}] next", mailbox.uid_next()));
        }
        self.selected = Some(Selected {
            mailbox: mailbox.id(),
            read_only,
            uid_validity: mailbox.uid_validity(),
            view: mailbox.mails().iter().map(|mail| Seen { uid: mail.uid, modseq: mail.modseq }).collect(),
            compared_at: Some(mailbox.modseq()),
        });
        Reply::ok(if read_only { "[READ-ONLY] EXAMINE completed" } else { "[READ-WRITE] SELECT completed" })
    }

    /// Tells what changed in the selected mailbox: first who is gone (if the client may hear it now), then who is new,
    /// then whose flags changed. A mailbox that was deleted or numbered anew ends the connection.
    pub(super) fn tell_changes(&mut self, store: &Mailstore, expunge_may_pass: bool) {
        let Some(mut selected) = self.selected.take() else { return };
        let account = self.user.as_deref().and_then(|user| store.account(user));
        let mailbox = account.and_then(|account| account.by_id(selected.mailbox));
        let Some(mailbox) = mailbox.filter(|mailbox| mailbox.uid_validity() == selected.uid_validity) else {
            self.bye("The selected mailbox is gone");
            return;
        };
        if selected.compared_at != Some(mailbox.modseq()) {
            if expunge_may_pass {
                self.tell_expunged(&mut selected, mailbox);
            }
            self.tell_new(&mut selected, mailbox);
            self.tell_flags(&mut selected, mailbox);
            let all_told = selected.view.len() == mailbox.mails().len();
            selected.compared_at = all_told.then(|| mailbox.modseq());
        }
        self.selected = Some(selected);
    }

    fn tell_expunged(&mut self, selected: &mut Selected, mailbox: &Mailbox) {
        let mut index = 0;
        selected.view.retain(|seen| {
            let stays = mailbox.mail(seen.uid).is_some();
            if stays {
                index += 1;
            } else {
                // The numbers behind it have already moved up when the next one is told.
                self.line(&format!("* {} EXPUNGE", index + 1));
            }
            stays
        });
    }

    fn tell_new(&mut self, selected: &mut Selected, mailbox: &Mailbox) {
        let last_known = selected.view.last().map_or(0, |seen| seen.uid);
        let new = mailbox.mails().iter().filter(|mail| mail.uid > last_known);
        let before = selected.view.len();
        selected.view.extend(new.map(|mail| Seen { uid: mail.uid, modseq: mail.modseq }));
        if selected.view.len() > before {
            self.line(&format!("* {} EXISTS", selected.view.len()));
            self.line("* 0 RECENT");
        }
    }

    fn tell_flags(&mut self, selected: &mut Selected, mailbox: &Mailbox) {
        for (index, seen) in selected.view.iter_mut().enumerate() {
            let Some(mail) = mailbox.mail(seen.uid) else { continue };
            if mail.modseq > seen.modseq {
                seen.modseq = mail.modseq;
                let uid = if self.dialect.uid_in_unsolicited {
                    format!(" UID {}", mail.uid)
                } else {
                    String::new()
                };
                self.line(&format!("* {} FETCH (FLAGS {}{uid})", index + 1, mail.flags));
            }
        }
    }

    /// The mails of the client's view that a set names. `Err` when it names sequence numbers that don't exist.
    pub(super) fn addressed(&self, uid: bool, set: &SequenceSet) -> Result<Vec<Addressed>, Reply> {
        let view = self.selected.as_ref().map_or(&[][..], |selected| &selected.view);
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

    /// The client knows the flags as they are now, provided it knew them as they were at `before`.
    pub(super) fn flags_told(&mut self, addressed: Addressed, before: u64, mail: &Mail) {
        let seen = self.selected.as_mut().and_then(|selected| selected.view.get_mut(addressed.sequence - 1));
        if let Some(seen) = seen.filter(|seen| seen.modseq >= before) {
            seen.modseq = mail.modseq;
        }
    }
}
