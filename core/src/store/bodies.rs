//! Bodies: from a stream of octets to durable bytes with a row that points at them.

use std::collections::BTreeMap;

use rusqlite::params;

use super::emails::{self, Listed, NewEmail};
use super::endings::Settled;
use super::pack::{Appender, Owner, Place};
use super::writer::{Changed, Tx, Writer, optional};
use super::{pack_directory, search, shown};
use crate::error::{Error, ErrorKind};
use crate::imap::Uid;
use crate::mime::Glance;
use crate::model::{AccountId, EmailId, MailboxId};

/// How often a body is asked for before it no longer holds up the others.
pub(super) const MOST_TRIES: u32 = 3;

/// A piece of the stream of bodies of one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodyEvent {
    /// A body of that many bytes begins.
    Start(u64),
    /// Bytes of it.
    Chunk(Vec<u8>),
    /// It has ended and is the body of that UID, a mail that is listed.
    Ended(Uid, Box<Glance>),
    /// It has ended and is this mail, which isn't listed yet.
    Whole(Box<NewEmail>),
    /// It has ended and is nobody's.
    Dropped,
}

/// What a commit of bodies brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arrived {
    /// Mails whose bodies are here now.
    pub emails: Vec<EmailId>,
    /// Operations that were finished by a mail's arrival.
    pub settled: Vec<Settled>,
}

/// A body that isn't here yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WantedBody {
    pub uid: Uid,
    /// What the server said, in octets.
    pub size: u64,
    /// How often it was asked for and didn't come.
    pub tries: u32,
}

/// The bodies of one account on their way in.
pub(super) struct Incoming {
    appender: Appender,
    staged: Vec<Staged>,
}

/// A body that is written and not yet counted.
struct Staged {
    owner: Owner,
    place: Place,
    mail: Mail,
}

/// Whose body it is.
enum Mail {
    Listed(Box<Glance>),
    New(Box<NewEmail>),
}

impl Writer {
    /// Takes in a piece of the stream. Bodies nobody wants are dropped. Nothing counts before `commit_bodies`.
    pub fn take_bodies(
        &mut self,
        folder: MailboxId,
        uid_validity: u32,
        events: Vec<BodyEvent>,
    ) -> Result<(), Error> {
        let account = self.account_of_folder(folder)?;
        let result = self.take_bodies_of(account, (folder, uid_validity), events);
        if result.is_err() {
            // What the file holds beyond the counted part is unknown now; it is cut off when opened again.
            self.incoming.remove(&account);
        }
        result
    }

    fn take_bodies_of(
        &mut self,
        account: AccountId,
        place: (MailboxId, u32),
        events: Vec<BodyEvent>,
    ) -> Result<(), Error> {
        let is_numbered_so = self.is_numbered_so(place)?;
        for event in events {
            match event {
                BodyEvent::Start(size) => self.incoming_of(account)?.appender.begin(size)?,
                BodyEvent::Chunk(bytes) => self.incoming_of(account)?.appender.write(&bytes)?,
                BodyEvent::Dropped => self.incoming_of(account)?.appender.abort()?,
                BodyEvent::Ended(uid, glance) => {
                    let owner = self.owner(account, place, uid)?;
                    self.incoming_of(account)?.stage(owner, Mail::Listed(glance))?;
                }
                BodyEvent::Whole(email) => {
                    // Its number here is given when it is listed.
                    let ((folder, uid_validity), uid) = (place, email.uid);
                    let owner = Owner { account: account.0, msg: 0, folder: folder.0, uid_validity, uid };
                    let owner = is_numbered_so.then_some(owner);
                    self.incoming_of(account)?.stage(owner, Mail::New(email))?;
                }
            }
        }
        Ok(())
    }

    fn is_numbered_so(&self, (folder, uid_validity): (MailboxId, u32)) -> Result<bool, Error> {
        Ok(self
            .look()
            .prepare_cached("SELECT EXISTS(SELECT 1 FROM folder WHERE id = ?1 AND uid_validity = ?2)")?
            .query_row(params![folder.0, uid_validity], |row| row.get(0))?)
    }

    /// Whose body it is; nobody's, if the mailbox was renumbered since the server was asked.
    pub(super) fn owner(
        &self,
        account: AccountId,
        (folder, uid_validity): (MailboxId, u32),
        uid: Uid,
    ) -> Result<Option<Owner>, Error> {
        optional(
            self.look()
                .prepare_cached(
                    "SELECT wanted.msg FROM wanted JOIN folder ON folder.id = wanted.folder
                     WHERE wanted.folder = ?1 AND wanted.uid = ?2 AND folder.uid_validity = ?3",
                )?
                .query_row(params![folder.0, uid, uid_validity], |row| {
                    Ok(Owner { account: account.0, msg: row.get(0)?, folder: folder.0, uid_validity, uid })
                }),
        )
    }

    fn incoming_of(&mut self, account: AccountId) -> Result<&mut Incoming, Error> {
        if !self.incoming.contains_key(&account) {
            // Where the last counted record ends: its bytes and its tail.
            let (pack, end): (i64, i64) = self.look().query_row(
                "SELECT coalesce(max(pack), 1), coalesce(max(off + len + 36), 0) FROM stored
                 WHERE msg IN (SELECT id FROM msg WHERE account = ?1)
                   AND pack = (SELECT max(pack) FROM stored WHERE msg IN (SELECT id FROM msg WHERE account = ?1))",
                [account.0],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            let appender = Appender::open(pack_directory(&self.packs, account), pack, end.unsigned_abs())?;
            self.incoming.insert(account, Incoming { appender, staged: Vec::new() });
        }
        self.incoming.get_mut(&account).ok_or_else(|| Error::new(crate::ErrorKind::Bug))
    }

    /// Where bodies of an account are written.
    pub(super) fn appender_of(&mut self, account: AccountId) -> Result<&mut Appender, Error> {
        Ok(&mut self.incoming_of(account)?.appender)
    }

    /// Whether a body is on its way in, up to the moment in which it is counted. Nobody else may give it up: who takes it in
    /// believes that it is here.
    pub(super) fn is_taking_in(&mut self, account: AccountId) -> Result<bool, Error> {
        let incoming = self.incoming_of(account)?;
        Ok(incoming.appender.is_within_record() || !incoming.staged.is_empty())
    }

    /// Whether a body that is not yet counted is in that pack file.
    pub(super) fn is_staged_in(&self, account: AccountId, pack: i64) -> bool {
        let incoming = self.incoming.get(&account);
        incoming.is_some_and(|incoming| incoming.staged.iter().any(|staged| staged.place.pack == pack))
    }

    /// Makes what was taken in durable, and only then points the database at it. Ranges of UIDs that are read to their
    /// end by this are closed in the same transaction.
    pub fn commit_bodies(
        &mut self,
        account: AccountId,
        closed: &[(MailboxId, Uid, Uid)],
    ) -> Result<(Arrived, Changed), Error> {
        let result = self.commit_bodies_of(account, closed);
        if result.is_err() {
            self.incoming.remove(&account);
        }
        result
    }

    fn commit_bodies_of(
        &mut self,
        account: AccountId,
        closed: &[(MailboxId, Uid, Uid)],
    ) -> Result<(Arrived, Changed), Error> {
        let staged = match self.incoming.get_mut(&account) {
            Some(incoming) if !incoming.staged.is_empty() => {
                incoming.appender.sync()?;
                std::mem::take(&mut incoming.staged)
            }
            _ => Vec::new(),
        };
        if staged.is_empty() && closed.is_empty() {
            return Ok(Default::default());
        }
        let bytes = staged.iter().map(|staged| staged.place.len).sum();
        let mut replaces = false;
        let counted = self.learn(|tx| {
            let excerpts = super::excerpts::count(tx)?;
            let mut arrived = Arrived::default();
            let mut numberings: BTreeMap<i64, u32> = BTreeMap::new();
            let mut renumbered = Vec::new();
            for body in &staged {
                let owner = &body.owner;
                let numbering = match numberings.get(&owner.folder) {
                    Some(numbering) => *numbering,
                    None => {
                        let now = tx
                            .prepare_cached("SELECT uid_validity FROM folder WHERE id = ?1")?
                            .query_row([owner.folder], |row| row.get(0))?;
                        numberings.insert(owner.folder, now);
                        now
                    }
                };
                if numbering != owner.uid_validity {
                    renumbered.push(owner.folder);
                    continue;
                }
                // One that is listed now gets its row with all that its body tells.
                let listed = match &body.mail {
                    // One that was listed meanwhile has later flags.
                    Mail::New(email) => match emails::mail_at(tx, owner.folder, email.uid)? {
                        Some(msg) => Listed::Before(msg),
                        None => emails::add_unlisted(
                            tx,
                            owner.account,
                            owner.folder,
                            email,
                            &mut arrived.settled,
                        )?,
                    },
                    Mail::Listed(_) => Listed::Before(owner.msg),
                };
                arrived.emails.extend(count_body(tx, body, listed)?);
            }
            for (folder, low, high) in closed.iter().filter(|(folder, ..)| !renumbered.contains(&folder.0)) {
                super::folders::close_hole(tx, folder.0, *low, *high)?;
            }
            replaces = super::excerpts::count(tx)? < excerpts;
            Ok(arrived)
        })?;
        if replaces {
            self.room.gave_up();
        }
        self.room.took(bytes, self.look())?;
        Ok(counted)
    }

    /// A body whose octets came one after another and are all here.
    pub(super) fn take_whole(
        &mut self,
        account: AccountId,
        owner: Owner,
        octets: &[u8],
    ) -> Result<(Arrived, Changed), Error> {
        let taken = self.stage_whole(account, owner, octets);
        if taken.is_err() {
            self.incoming.remove(&account);
        }
        taken?;
        self.commit_bodies(account, &[])
    }

    fn stage_whole(&mut self, account: AccountId, owner: Owner, octets: &[u8]) -> Result<(), Error> {
        let incoming = self.incoming_of(account)?;
        incoming.appender.begin(octets.len() as u64)?;
        incoming.appender.write(octets)?;
        incoming.stage(Some(owner), Mail::Listed(Box::new(crate::mime::glance(octets, true))))
    }

    /// A new sign-in, or the person's wish: bodies that didn't come are asked for again, each alone.
    pub fn bodies_again(&mut self, account: AccountId) -> Result<(), Error> {
        self.keep(|tx| {
            Ok(tx.execute(
                "UPDATE wanted SET tries = 1 WHERE tries > 1
                   AND folder IN (SELECT id FROM folder WHERE account = ?1)",
                [account.0],
            )?)
        })?;
        Ok(())
    }

    /// Where the body of one mail can be fetched from, if it is missing.
    pub fn wanted_body(&self, email: EmailId) -> Result<Option<(MailboxId, Uid)>, Error> {
        optional(self.look().query_row(
            "SELECT wanted.folder, wanted.uid FROM loc JOIN wanted USING(folder, uid) JOIN folder ON folder.id = loc.folder
             WHERE loc.msg = ?1 ORDER BY folder.listed DESC LIMIT 1",
            [email.0],
            |row| Ok((MailboxId(row.get(0)?), row.get(1)?)),
        ))
    }

    /// What is kept of this body can't be read: it is wanted again, if the server has the mail.
    ///
    /// # Errors
    /// `StorageFailed` when the server doesn't have it: then what is kept stays, for whatever can be saved of it.
    pub fn body_damaged(&mut self, email: EmailId) -> Result<(), Error> {
        self.keep(|tx| {
            if !want_again(tx, email.0)? {
                return Err(Error::note(ErrorKind::StorageFailed, "a stored mail is damaged"));
            }
            tx.execute("DELETE FROM body WHERE msg = ?1", [email.0])?;
            Ok(())
        })
    }

    /// These were asked for and didn't come: after three times they no longer hold up the others.
    pub fn bodies_missed(&mut self, folder: MailboxId, uids: &[Uid]) -> Result<(), Error> {
        self.keep(|tx| {
            for uid in uids {
                tx.prepare_cached("UPDATE wanted SET tries = tries + 1 WHERE folder = ?1 AND uid = ?2")?
                    .execute(params![folder.0, uid])?;
            }
            Ok(())
        })?;
        Ok(())
    }
}

/// Points the database at a body. Gives the mails it is one of: none, where its mail isn't here any more.
fn count_body(tx: &Tx<'_>, body: &Staged, listed: Listed) -> Result<Vec<EmailId>, Error> {
    let (Listed::Now(msg) | Listed::Before(msg)) = listed;
    let server_id: Option<String> = match listed {
        Listed::Now(_) => Some(String::new()),
        Listed::Before(_) => optional(
            tx.prepare_cached("SELECT server_id FROM msg WHERE id = ?1")?.query_row([msg], |row| row.get(0)),
        )?,
    };
    let Some(server_id) = server_id else { return Ok(Vec::new()) };
    tx.prepare_cached(
        "INSERT OR IGNORE INTO body(msg, part, pack, off, len, raw, codec)
         VALUES(?1, '', ?2, ?3, ?4, ?4, 0)",
    )?
    .execute(params![msg, body.place.pack, body.place.off, body.place.len])?;
    if matches!(listed, Listed::Now(_)) {
        return Ok(vec![EmailId(msg)]);
    }
    let (preview, has_attachment) = match &body.mail {
        Mail::Listed(glance) => (glance.preview.as_str(), glance.has_attachment),
        Mail::New(email) => (email.preview.as_deref().unwrap_or_default(), Some(email.facts.has_attachment)),
    };
    tx.prepare_cached(
        "UPDATE msg SET preview = ?2, has_attachment = coalesce(?3, has_attachment) WHERE id = ?1",
    )?
    .execute(params![msg, preview, has_attachment])?;
    // The server's own octets are here now.
    tx.prepare_cached("DELETE FROM outgoing WHERE msg = ?1")?.execute([msg])?;
    is_here(tx, msg)?;
    let mut mails = vec![EmailId(msg)];
    mails.extend(super::identity::share_body(tx, (body.owner.account, msg), &server_id)?);
    Ok(mails)
}

/// The body of a mail is no longer here: it is to be fetched wherever the server has it. `false`: it has it nowhere.
pub(super) fn want_again(tx: &Tx<'_>, msg: i64) -> Result<bool, Error> {
    let mut again = tx.prepare_cached(
        "INSERT OR IGNORE INTO wanted(folder, uid, msg, size)
         SELECT loc.folder, loc.uid, msg.id, msg.size FROM loc JOIN msg ON msg.id = loc.msg
         WHERE msg.id = ?1 RETURNING folder",
    )?;
    let folders: Vec<i64> = again.query_map([msg], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for folder in &folders {
        tx.count_wanted(*folder, 1);
    }
    Ok(!folders.is_empty())
}

/// What follows from a listed mail's body being here: it is no longer wanted, it is found by its words, and who waits for
/// it to hand it over can begin.
pub(super) fn is_here(tx: &Tx<'_>, msg: i64) -> Result<(), Error> {
    // In every mailbox: it may have been moved since it was asked for.
    let mut no_more = tx.prepare_cached(
        "DELETE FROM wanted WHERE (folder, uid) IN (SELECT folder, uid FROM loc WHERE loc.msg = ?1)
         RETURNING folder",
    )?;
    for folder in no_more.query_map([msg], |row| row.get(0))? {
        tx.count_wanted(folder?, -1);
    }
    search::changed(tx, msg)?;
    shown::touch(tx, msg)?;
    super::changes::wake_copies(tx, msg)
}

impl Incoming {
    /// The body begun last is this mail's; nobody's, if it isn't wanted (any more).
    fn stage(&mut self, owner: Option<Owner>, mail: Mail) -> Result<(), Error> {
        let Some(owner) = owner else { return self.appender.abort() };
        if let Some(place) = self.appender.finish(owner)? {
            self.staged.push(Staged { owner, place, mail });
        }
        Ok(())
    }
}
