//! What changes mails: APPEND, STORE, COPY, MOVE, EXPUNGE, CLOSE.

use super::command::StoreHow;
use super::connection::{Connection, Reply};
use super::journal::Expunged;
use super::select::Addressed;
use super::set::{SequenceSet, compact};
use super::{Flags, Mailstore, Uid, Verb};

const READ_ONLY: &str = "The mailbox was opened read-only";
const NO_TARGET: &str = "[TRYCREATE] No such mailbox";

impl Connection {
    pub(super) fn append(
        &mut self,
        store: &mut Mailstore,
        user: &str,
        name: &str,
        flags: &[String],
        date: Option<i64>,
        message: Vec<u8>,
    ) -> Reply {
        let date = date.unwrap_or(self.now);
        let Some(mailbox) = store.mailbox_mut(user, name) else { return Reply::no(NO_TARGET) };
        if message.contains(&0) {
            return Reply::no("A mail can't hold NUL");
        }
        let uid = mailbox.append(message, flags.iter().map(String::as_str).collect(), date);
        if !self.dialect.uidplus {
            return Reply::ok("APPEND completed");
        }
        Reply::Ok(format!("[APPENDUID {} {uid}] APPEND completed", mailbox.uid_validity()))
    }

    // As many arguments as STORE has.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn store_flags(
        &mut self,
        store: &mut Mailstore,
        user: &str,
        uid: bool,
        set: &SequenceSet,
        how: StoreHow,
        silent: bool,
        flags: &[String],
    ) -> Reply {
        if !self.writable() {
            return Reply::no(READ_ONLY);
        }
        let addressed = match self.addressed(uid, set) {
            Ok(addressed) => addressed,
            Err(reply) => return reply,
        };
        let mut missing = false;
        for message in addressed {
            let Some(mailbox) = self.mailbox_mut(store, user) else { break };
            let Some(before) = mailbox.mail(message.uid).map(|mail| mail.modseq) else {
                missing = true;
                continue;
            };
            mailbox.change_flags(message.uid, |own| change(own, how, flags));
            let Some(mail) = mailbox.mail(message.uid) else { continue };
            if silent {
                self.flags_told(message, before, mail);
            } else {
                let uid = if uid { format!(" UID {}", mail.uid) } else { String::new() };
                self.line(&format!("* {} FETCH (FLAGS {}{uid})", message.sequence, mail.flags));
                self.flags_told(message, 0, mail);
            }
        }
        Reply::ok(if missing { "[EXPUNGEISSUED] STORE completed" } else { "STORE completed" })
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
        for (source, copy) in pairs {
            self.take_out(store, user, source, (Verb::Move, uid), Some((target.clone(), copy)));
        }
        Reply::ok("MOVE completed")
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
        let Some(target) = store.mailbox_mut(user, target) else { return Err(Reply::no(NO_TARGET)) };
        let mut pairs = Vec::new();
        for mail in mails {
            pairs.push((mail.uid, target.append(mail.raw, mail.flags, mail.internal_date)));
        }
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
        self.expunge_deleted(store, user, named.as_ref(), Verb::Expunge);
        Reply::ok("EXPUNGE completed")
    }

    /// CLOSE expunges without telling.
    pub(super) fn close(&mut self, store: &mut Mailstore, user: &str) -> Reply {
        if self.writable() {
            self.expunge_deleted(store, user, None, Verb::Close);
        }
        self.selected = None;
        Reply::ok("CLOSE completed")
    }

    fn expunge_deleted(&self, store: &mut Mailstore, user: &str, named: Option<&Vec<Uid>>, by: Verb) {
        let Some(mailbox) = self.mailbox(store, user) else { return };
        let deleted = mailbox.mails().iter().filter(|mail| mail.flags.has("\\Deleted")).map(|mail| mail.uid);
        let going: Vec<Uid> = deleted.filter(|uid| named.is_none_or(|named| named.contains(uid))).collect();
        for uid in going {
            self.take_out(store, user, uid, (by, named.is_some()), None);
        }
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
