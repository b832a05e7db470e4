//! Bodies: from a stream of octets to durable bytes with a row that points at them.

use rusqlite::params;
use sha2::{Digest, Sha256};

use super::emails::{self, NewEmail};
use super::endings::Settled;
use super::pack::{Appender, Owner, Place};
use super::writer::{Changed, Tx, Writer, optional};
use super::{pack_directory, search, shown};
use crate::error::{Error, ErrorKind};
use crate::imap::Uid;
use crate::mime::{self, HeaderFacts};
use crate::model::{AccountId, EmailId, Instant, MailboxId};

/// How much of a mail is kept at hand while it arrives, to take its preview from.
const SCRATCH: usize = 16 << 10;
/// How much behind the header is looked at first for them, and how many characters are enough.
const FIRST_WORDS: usize = 3 << 10;
const ENOUGH: usize = 80;
/// How often a body is asked for before it no longer holds up the others.
pub(super) const MOST_TRIES: u32 = 3;
/// Characters of a preview.
const PREVIEW: usize = 160;

/// A piece of the stream of bodies of one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodyEvent {
    /// A body of that many bytes begins.
    Start(u64),
    /// Bytes of it.
    Chunk(Vec<u8>),
    /// It has ended and is the body of that UID; without one it is thrown away.
    End(Option<Uid>),
    /// It has ended and is this mail, which isn't listed yet. What its header says is taken from the body.
    Whole(Box<NewEmail>),
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
    hash: Sha256,
    scratch: Vec<u8>,
    staged: Vec<Staged>,
}

/// A body that is written and not yet counted.
struct Staged {
    owner: Owner,
    place: Place,
    hash: [u8; 32],
    preview: String,
    /// `None`: what was at hand didn't reach to the end, and shows none.
    has_attachment: Option<bool>,
    /// A mail that isn't listed yet.
    new: Option<Box<NewEmail>>,
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
        for event in events {
            match event {
                BodyEvent::Start(size) => {
                    let incoming = self.incoming_of(account)?;
                    incoming.hash = Sha256::new();
                    incoming.scratch.clear();
                    incoming.appender.begin(size)?;
                }
                BodyEvent::Chunk(bytes) => {
                    let incoming = self.incoming_of(account)?;
                    incoming.hash.update(&bytes);
                    let room = SCRATCH.saturating_sub(incoming.scratch.len()).min(bytes.len());
                    incoming.scratch.extend_from_slice(bytes.get(..room).unwrap_or_default());
                    incoming.appender.write(&bytes)?;
                }
                BodyEvent::End(uid) => {
                    let owner = match uid {
                        Some(uid) => self.owner(account, place, uid)?,
                        None => None,
                    };
                    let incoming = self.incoming_of(account)?;
                    match owner {
                        Some(owner) => incoming.stage(owner, None)?,
                        None => incoming.appender.abort()?,
                    }
                }
                BodyEvent::Whole(email) => {
                    let is_numbered_so = self.is_numbered_so(place)?;
                    let incoming = self.incoming_of(account)?;
                    if is_numbered_so {
                        // Its number here is given when it is listed.
                        let (folder, uid_validity) = (place.0.0, place.1);
                        let owner =
                            Owner { account: account.0, msg: 0, folder, uid_validity, uid: email.uid };
                        incoming.stage(owner, Some(email))?;
                    } else {
                        incoming.appender.abort()?;
                    }
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
    fn owner(
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
                "SELECT coalesce(max(pack), 1), coalesce(max(off + len + 36), 0) FROM body
                 WHERE msg IN (SELECT id FROM msg WHERE account = ?1)
                   AND pack = (SELECT max(pack) FROM body WHERE msg IN (SELECT id FROM msg WHERE account = ?1))",
                [account.0],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            let appender = Appender::open(pack_directory(&self.packs, account), pack, end.unsigned_abs())?;
            self.incoming.insert(
                account,
                Incoming { appender, hash: Sha256::new(), scratch: Vec::new(), staged: Vec::new() },
            );
        }
        self.incoming.get_mut(&account).ok_or_else(|| Error::new(crate::ErrorKind::Bug))
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
        self.learn(|tx| {
            let mut arrived = Arrived::default();
            for body in &staged {
                let is_new = match &body.new {
                    Some(email) => list_whole(tx, body, email, &mut arrived.settled)?,
                    None => Listed::Before(body.owner.msg),
                };
                arrived.emails.extend(count_body(tx, body, is_new)?);
            }
            for (folder, low, high) in closed {
                super::folders::close_hole(tx, folder.0, *low, *high)?;
            }
            Ok(arrived)
        })
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
            "SELECT wanted.folder, wanted.uid FROM loc JOIN wanted USING(folder, uid) WHERE loc.msg = ?1 LIMIT 1",
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
            let mut again = tx.prepare_cached(
                "INSERT OR IGNORE INTO wanted(folder, uid, msg, size)
                 SELECT loc.folder, loc.uid, msg.id, msg.size FROM loc JOIN msg ON msg.id = loc.msg
                 WHERE msg.id = ?1 RETURNING folder",
            )?;
            let folders: Vec<i64> =
                again.query_map([email.0], |row| row.get(0))?.collect::<Result<_, _>>()?;
            for folder in &folders {
                tx.count_wanted(*folder, 1);
            }
            if folders.is_empty() {
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

/// What is taken from a body as it passes.
struct Glance {
    facts: HeaderFacts,
    preview: String,
    has_attachment: Option<bool>,
}

/// Looks at the beginning of a mail. Its first words mostly stand right behind its header, and to decode much more of
/// every mail of a mailbox would cost more than everything else that is done with it.
fn glance(beginning: &[u8], is_whole: bool) -> Glance {
    let header = mime::header_length(beginning);
    let first = beginning.get(..header.saturating_add(FIRST_WORDS)).unwrap_or(beginning);
    if first.len() < beginning.len() {
        let (facts, parsed) = mime::parse_with_facts(first);
        let preview = mime::preview(&parsed, PREVIEW);
        // Whether something is attached shows only further down.
        let shows_all = !(facts.has_attachment && is_whole);
        if shows_all && preview.chars().count() >= ENOUGH {
            let has_attachment = (!parsed.attachments.is_empty()).then_some(true);
            return Glance { facts, preview, has_attachment };
        }
    }
    let (facts, parsed) = mime::parse_with_facts(beginning);
    let has_attachment = !parsed.attachments.is_empty();
    Glance {
        facts,
        preview: mime::preview(&parsed, PREVIEW),
        has_attachment: (is_whole || has_attachment).then_some(has_attachment),
    }
}

/// A mail whose body is being counted.
enum Listed {
    /// It got its row a moment ago, with all that the body tells.
    Now(i64),
    Before(i64),
}

/// Lists a mail that came whole.
fn list_whole(
    tx: &Tx<'_>,
    body: &Staged,
    email: &NewEmail,
    settled: &mut Vec<Settled>,
) -> Result<Listed, Error> {
    let before = emails::mail_at(tx, body.owner.folder, email.uid)?;
    let newest: i64 =
        tx.prepare_cached("SELECT coalesce(max(id), 0) FROM msg")?.query_row([], |row| row.get(0))?;
    emails::add_email(tx, body.owner.account, body.owner.folder, email, settled)?;
    let msg = match before {
        Some(msg) => msg,
        None => emails::mail_at(tx, body.owner.folder, email.uid)?.unwrap_or(0),
    };
    Ok(if msg > newest { Listed::Now(msg) } else { Listed::Before(msg) })
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
        "INSERT OR IGNORE INTO body(msg, part, pack, off, len, raw, codec, hash)
         VALUES(?1, '', ?2, ?3, ?4, ?4, 0, ?5)",
    )?
    .execute(params![msg, body.place.pack, body.place.off, body.place.len, body.hash])?;
    if matches!(listed, Listed::Now(_)) {
        return Ok(vec![EmailId(msg)]);
    }
    // In every mailbox: it may have been moved since it was asked for.
    let mut no_more = tx.prepare_cached(
        "DELETE FROM wanted WHERE (folder, uid) IN (SELECT folder, uid FROM loc WHERE loc.msg = ?1)
         RETURNING folder",
    )?;
    for folder in no_more.query_map([msg], |row| row.get(0))? {
        tx.count_wanted(folder?, -1);
    }
    tx.prepare_cached(
        "UPDATE msg SET preview = ?2, has_attachment = coalesce(?3, has_attachment) WHERE id = ?1",
    )?
    .execute(params![msg, body.preview, body.has_attachment])?;
    search::changed(tx, msg)?;
    shown::touch(tx, msg)?;
    // The server's own octets are here now; and who waits for them to hand them over can begin.
    tx.prepare_cached("DELETE FROM outgoing WHERE msg = ?1")?.execute([msg])?;
    super::changes::wake_copies(tx, msg)?;
    let mut mails = vec![EmailId(msg)];
    mails.extend(super::identity::share_body(tx, (body.owner.account, msg), &server_id)?);
    Ok(mails)
}

impl Incoming {
    fn stage(&mut self, owner: Owner, new: Option<Box<NewEmail>>) -> Result<(), Error> {
        let hash = std::mem::take(&mut self.hash).finalize().into();
        let Some(place) = self.appender.finish(owner)? else { return Ok(()) };
        let is_whole = u64::try_from(self.scratch.len()).is_ok_and(|length| length == place.len);
        let Glance { facts, preview, has_attachment } = glance(&self.scratch, is_whole);
        let new = new.map(|mut email| {
            email.facts = facts;
            email.facts.has_attachment = has_attachment.unwrap_or(email.facts.has_attachment);
            email.preview = Some(preview.clone());
            email.size = if email.size == 0 { place.len } else { email.size };
            if email.date == Instant::default() {
                email.date = email.facts.written.unwrap_or_default();
            }
            email
        });
        self.staged.push(Staged { owner, place, hash, preview, has_attachment, new });
        Ok(())
    }
}
