//! Telling a client what happens in the mailbox it selected.

use super::connection::Connection;
use super::select::{Addressed, Seen, Selected};
use super::set::compact;
use super::{Mail, Mailbox, Mailstore, Uid};

impl Connection {
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

    /// EXPUNGE one by one, or VANISHED at once where QRESYNC was enabled (RFC 7162 section 3.2.10.2).
    fn tell_expunged(&mut self, selected: &mut Selected, mailbox: &Mailbox) {
        let mut vanished: Vec<Uid> = Vec::new();
        let mut index = 0;
        selected.view.retain(|seen| {
            let stays = mailbox.mail(seen.uid).is_some();
            if stays {
                index += 1;
            } else if self.enabled.qresync {
                vanished.push(seen.uid);
            } else {
                // The numbers behind it have already moved up when the next one is told.
                self.line(&format!("* {} EXPUNGE", index + 1));
                if self.dialect.fetch_of_zero {
                    self.line("* 0 FETCH (FLAGS ())");
                }
            }
            stays
        });
        if !vanished.is_empty() {
            self.line(&format!("* VANISHED {}", compact(&vanished)));
        }
        // What was found and is gone is no longer meant by `$` (RFC 5182 section 2.1).
        self.saved.retain(|uid| mailbox.mail(*uid).is_some());
    }

    fn tell_new(&mut self, selected: &mut Selected, mailbox: &Mailbox) {
        let last_known = selected.view.last().map_or(0, |seen| seen.uid);
        let new = mailbox.mails().iter().filter(|mail| mail.uid > last_known);
        let before = selected.view.len();
        selected.view.extend(new.map(|mail| Seen { uid: mail.uid, modseq: mail.modseq }));
        if selected.view.len() > before {
            self.line(&format!("* {} EXISTS", selected.view.len()));
            self.tell_recent();
        }
    }

    fn tell_flags(&mut self, selected: &mut Selected, mailbox: &Mailbox) {
        for (index, seen) in selected.view.iter_mut().enumerate() {
            let Some(mail) = mailbox.mail(seen.uid) else { continue };
            if mail.modseq > seen.modseq {
                seen.modseq = mail.modseq;
                let mut items = vec![format!("FLAGS {}", mail.flags)];
                if self.dialect.uid_in_unsolicited || self.enabled.qresync {
                    items.push(format!("UID {}", mail.uid));
                }
                if self.tells_modseq(mailbox) {
                    items.push(self.modseq_item(mail.modseq));
                }
                self.fetch_line(index + 1, &items);
            }
        }
    }

    /// `* 0 RECENT`, which IMAP4rev2 no longer has. The model has no recent mails.
    pub(super) fn tell_recent(&mut self) {
        if !self.enabled.rev2 {
            self.line("* 0 RECENT");
        }
    }

    /// Whether MODSEQ is part of every FETCH that wasn't asked for (RFC 7162 section 3.1).
    pub(super) fn tells_modseq(&self, mailbox: &Mailbox) -> bool {
        self.enabled.condstore && mailbox.keeps_modseq()
    }

    pub(super) fn modseq_item(&self, modseq: u64) -> String {
        format!("MODSEQ ({})", self.modseq_on_wire(modseq))
    }

    pub(super) fn modseq_on_wire(&self, modseq: u64) -> String {
        if self.dialect.modseq_minus_one { "-1".to_owned() } else { modseq.to_string() }
    }

    /// Puts out a FETCH of these items.
    pub(super) fn fetch_line(&mut self, sequence: usize, items: &[impl AsRef<[u8]>]) {
        self.put(format!("* {sequence} FETCH (").as_bytes());
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.put(b" ");
            }
            self.put(item.as_ref());
        }
        self.put(if self.dialect.space_before_bracket { b" )\r\n" } else { b")\r\n" });
    }

    /// The client knows the flags as they are now, provided it knew them as they were at `before`.
    pub(super) fn flags_told(&mut self, addressed: Addressed, before: u64, mail: &Mail) {
        let seen = self.selected.as_mut().and_then(|selected| selected.view.get_mut(addressed.sequence - 1));
        if let Some(seen) = seen.filter(|seen| seen.modseq >= before) {
            seen.modseq = mail.modseq;
        }
    }
}
