//! What changes mails: APPEND, STORE, COPY, MOVE, EXPUNGE, CLOSE.

use super::command::{Appended, StoreCommand, StoreHow};
use super::connection::{Connection, Reply};
use super::journal::Expunged;
use super::select::Addressed;
use super::set::{SequenceSet, compact};
use super::{Account, Flags, Mailbox, Mailstore, Uid, Verb};

const READ_ONLY: &str = "The mailbox was opened read-only";
const NO_TARGET: &str = "[TRYCREATE] No such mailbox";

impl Connection {
    /// All of the mails or none (RFC 3502).
    pub(super) fn append(
        &mut self,
        store: &mut Mailstore,
        user: &str,
        name: &str,
        mails: Vec<Appended>,
    ) -> Reply {
        let Some(account) = store.account(user) else { return Reply::no(NO_TARGET) };
        if account.mailbox(name).is_none() {
            return Reply::no(NO_TARGET);
        }
        let too_big =
            |mail: &Appended| self.dialect.append_limit.is_some_and(|limit| mail.message.len() > limit);
        if mails.iter().any(too_big) {
            return Reply::no("[TOOBIG] Larger than APPENDLIMIT");
        }
        if mails.iter().any(|mail| !mail.binary && mail.message.contains(&0)) {
            return Reply::no("A mail can't hold NUL");
        }
        if let Err(reply) = self.has_room(account, mails.iter().map(|mail| mail.message.len()).sum()) {
            return reply;
        }
        let mut uids = Vec::new();
        for mail in mails {
            let flags = mail.flags.iter().map(String::as_str).collect();
            let date = mail.date.unwrap_or(self.now);
            uids.extend(store.place(user, name, (mail.message.into(), flags, date)));
        }
        let validity = store.mailbox(user, name).map_or(0, Mailbox::uid_validity);
        if !self.dialect.uidplus {
            return Reply::ok("APPEND completed");
        }
        Reply::Ok(format!("[APPENDUID {validity} {}] APPEND completed", compact(&uids)))
    }

    fn has_room(&self, account: &Account, octets: usize) -> Result<(), Reply> {
        let kept: usize = account.mailboxes().iter().map(Mailbox::size).sum();
        match self.dialect.quota {
            Some(quota) if kept.saturating_add(octets) > quota => Err(Reply::no("[OVERQUOTA] No room left")),
            _ => Ok(()),
        }
    }

    pub(super) fn store(&mut self, store: &mut Mailstore, user: &str, command: &StoreCommand) -> Reply {
        if !self.writable() {
            return Reply::no(READ_ONLY);
        }
        let addressed = match self.addressed(command.uid, &command.set) {
            Ok(addressed) => addressed,
            Err(reply) => return reply,
        };
        if let (Some(_), Some(mailbox)) = (command.unchanged_since, self.mailbox(store, user))
            && let Err(reply) = self.asks_for_modseq(mailbox)
        {
            return reply;
        }
        let values = match self.kept_values(store, user, command) {
            Ok(values) => values,
            Err(reply) => return reply,
        };
        let (mut missing, mut modified) = (false, Vec::new());
        for message in addressed {
            let Some(mailbox) = self.mailbox_mut(store, user) else { break };
            let Some(before) = mailbox.mail(message.uid).map(|mail| mail.modseq) else {
                missing = true;
                continue;
            };
            if command.unchanged_since.is_some_and(|since| before > since) {
                let sequence = u32::try_from(message.sequence).unwrap_or(u32::MAX);
                modified.push(if command.uid { message.uid } else { sequence });
            } else if command.labels {
                self.store_labels(store, user, message, command);
            } else {
                mailbox.change_flags(message.uid, |own| change(own, command.how, &values));
                self.tell_stored(store, user, command, message, before);
            }
        }
        if !modified.is_empty() {
            return Reply::Ok(format!("[MODIFIED {}] Conditional STORE failed", compact(&modified)));
        }
        Reply::ok(if missing { "[EXPUNGEISSUED] STORE completed" } else { "STORE completed" })
    }

    /// The flags of a STORE that are kept here.
    fn kept_values(
        &self,
        store: &Mailstore,
        user: &str,
        command: &StoreCommand,
    ) -> Result<Vec<String>, Reply> {
        let mut values = command.values.clone();
        if self.dialect.no_new_keywords && !command.labels {
            let known = self.mailbox(store, user).map(Mailbox::keywords).unwrap_or_default();
            let is_kept = |value: &String| {
                value.starts_with('\\') || known.iter().any(|known| known.eq_ignore_ascii_case(value))
            };
            if self.dialect.refuses_new_keywords && !values.iter().all(is_kept) {
                return Err(Reply::no("No such keyword here"));
            }
            values.retain(is_kept);
        }
        Ok(values)
    }

    /// The FETCH that STORE causes. With .SILENT it has MODSEQ alone where that is told at all (RFC 7162 section 3.1.3).
    fn tell_stored(
        &mut self,
        store: &Mailstore,
        user: &str,
        command: &StoreCommand,
        message: Addressed,
        before: u64,
    ) {
        let Some(mailbox) = self.mailbox(store, user) else { return };
        let Some(mail) = mailbox.mail(message.uid) else { return };
        let tells_modseq = self.tells_modseq(mailbox);
        let mut items = Vec::new();
        if !command.silent {
            items.push(format!("FLAGS {}", mail.flags));
        }
        if command.uid || self.enabled.qresync {
            items.push(format!("UID {}", mail.uid));
        }
        if tells_modseq {
            items.push(self.modseq_item(mail.modseq));
        }
        if !command.silent || tells_modseq {
            self.fetch_line(message.sequence, &items);
        }
        self.flags_told(message, if command.silent { before } else { 0 }, mail);
    }

    pub(super) fn copy(
        &mut self,
        store: &mut Mailstore,
        user: &str,
        uid: bool,
        set: &SequenceSet,
        target: &str,
    ) -> Reply {
        match self.copy_mails(store, user, uid, set, target) {
            Err(reply) => reply,
            Ok((code, _)) => Reply::Ok(format!("{code}COPY completed")),
        }
    }

    pub(super) fn move_mails(
        &mut self,
        store: &mut Mailstore,
        user: &str,
        uid: bool,
        set: &SequenceSet,
        target: &str,
    ) -> Reply {
        if !self.writable() {
            return Reply::no(READ_ONLY);
        }
        let (code, pairs) = match self.copy_mails(store, user, uid, set, target) {
            Err(reply) => return reply,
            Ok(done) => done,
        };
        // RFC 6851 section 4.3: COPYUID in an untagged OK, before the EXPUNGEs.
        if !code.is_empty() {
            self.line(&format!("* OK {code}moved"));
        }
        let target = super::mailstore::canonical_name(target);
        let stays =
            self.mailbox(store, user).is_some_and(|source| source.name() == target) && self.dialect.gmail;
        let took = !pairs.is_empty() && !stays;
        for (source, copy) in pairs {
            if took {
                self.take_out(store, user, source, (Verb::Move, uid), Some((target.clone(), copy)));
            }
        }
        self.expunged_reply(store, user, took, "MOVE completed")
    }

    /// The COPYUID code, with a space behind it where there is one, and which UID became which.
    fn copy_mails(
        &mut self,
        store: &mut Mailstore,
        user: &str,
        uid: bool,
        set: &SequenceSet,
        target: &str,
    ) -> Result<(String, Vec<(Uid, Uid)>), Reply> {
        let addressed = self.addressed(uid, set)?;
        if store.mailbox(user, target).is_none() {
            return Err(Reply::no(NO_TARGET));
        }
        let source = self.mailbox(store, user).ok_or_else(|| Reply::no("No such mailbox"))?;
        // All of them or none (RFC 9051 section 6.4.7): a mail that is gone fails a COPY by sequence number.
        let mails: Vec<_> =
            addressed.iter().filter_map(|message| source.mail(message.uid).cloned()).collect();
        if !uid && mails.len() < addressed.len() {
            return Err(Reply::no("[EXPUNGEISSUED] Some of the messages are gone"));
        }
        if let Some(account) = store.account(user) {
            self.has_room(account, mails.iter().map(|mail| mail.raw().len()).sum())?;
        }
        let mut pairs = Vec::new();
        for mail in mails {
            let copy = store.place(user, target, (mail.raw, mail.flags, mail.internal_date));
            pairs.extend(copy.map(|copy| (mail.uid, copy)));
        }
        let Some(target) = store.mailbox(user, target) else { return Err(Reply::no(NO_TARGET)) };
        if pairs.is_empty() || !self.dialect.copyuid {
            return Ok((String::new(), pairs));
        }
        let (from, to): (Vec<Uid>, Vec<Uid>) = pairs.iter().copied().unzip();
        let code = format!("[COPYUID {} {} {}] ", target.uid_validity(), compact(&from), compact(&to));
        Ok((code, pairs))
    }

    /// EXPUNGE of all that is \Deleted, or of what is \Deleted among `uids`.
    pub(super) fn expunge(&mut self, store: &mut Mailstore, user: &str, uids: Option<&SequenceSet>) -> Reply {
        if !self.writable() {
            return Reply::no(READ_ONLY);
        }
        let named = match uids {
            Some(set) => match self.addressed(true, set) {
                Ok(addressed) => Some(addressed.into_iter().map(|message: Addressed| message.uid).collect()),
                Err(reply) => return reply,
            },
            None => None,
        };
        let took = self.expunge_deleted(store, user, named.as_ref(), Verb::Expunge);
        self.expunged_reply(store, user, took, "EXPUNGE completed")
    }

    /// CLOSE expunges without telling.
    pub(super) fn close(&mut self, store: &mut Mailstore, user: &str) -> Reply {
        let took = self.writable() && self.expunge_deleted(store, user, None, Verb::Close);
        let reply = self.expunged_reply(store, user, took, "CLOSE completed");
        self.selected = None;
        reply
    }

    /// With the modseq that the removal made, for those who keep count (RFC 7162 sections 3.2.7 and 3.2.8).
    fn expunged_reply(&self, store: &Mailstore, user: &str, took: bool, text: &str) -> Reply {
        match self.mailbox(store, user) {
            Some(mailbox) if took && self.tells_modseq(mailbox) => {
                Reply::Ok(format!("[HIGHESTMODSEQ {}] {text}", self.modseq_on_wire(mailbox.modseq())))
            }
            _ => Reply::ok(text),
        }
    }

    /// Whether there was anything to expunge.
    fn expunge_deleted(&self, store: &mut Mailstore, user: &str, named: Option<&Vec<Uid>>, by: Verb) -> bool {
        let Some(mailbox) = self.mailbox(store, user) else { return false };
        let deleted = mailbox.mails().iter().filter(|mail| mail.flags.has("\\Deleted")).map(|mail| mail.uid);
        let going: Vec<Uid> = deleted.filter(|uid| named.is_none_or(|named| named.contains(uid))).collect();
        for uid in &going {
            self.take_out(store, user, *uid, (by, named.is_some()), None);
        }
        !going.is_empty()
    }

    /// Takes a mail out of the selected mailbox and writes it into the journal.
    fn take_out(
        &self,
        store: &mut Mailstore,
        user: &str,
        uid: Uid,
        (by, by_uid): (Verb, bool),
        moved_to: Option<(String, Uid)>,
    ) {
        let Some(mailbox) = self.mailbox_mut(store, user) else { return };
        let name = mailbox.name().to_owned();
        let Some(mail) = mailbox.remove(uid) else { return };
        // What leaves one of Gmail's labels is still in All Mail.
        let moved_to = moved_to.or_else(|| store.archived(user, &name, &mail));
        let message_id = mail.message_id();
        let connection = self.id;
        store.journal.expunged.push(Expunged {
            connection,
            by,
            by_uid,
            mailbox: name,
            uid,
            message_id,
            moved_to,
        });
    }
}

fn change(own: &mut Flags, how: StoreHow, flags: &[String]) {
    if how == StoreHow::Replace {
        *own = Flags::none();
    }
    for flag in flags {
        match how {
            StoreHow::Add | StoreHow::Replace => own.add(flag),
            StoreHow::Remove => own.remove(flag),
        }
    }
}
