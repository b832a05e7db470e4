//! Mails that are being written, as this device keeps them.
//!
//! A draft is what its newest version is. A save writes that version over, so that typing for an hour leaves a dozen of them and
//! not a thousand; it begins another one after a while, where much of the text went at once, and after the draft was closed,
//! sent or brought back. What the server has of it is the business of `draft_copies`.

use rusqlite::{Connection, Row, params};

use super::draft_versions::{VERSION, composition, end_version, insert_version, version_at, write_version};
use super::intents::{IntentState, set_state};
use super::reader::Reader;
use super::writer::{Changed, Tx, Writer, optional};
use crate::command::Ticket;
use crate::error::{Error, ErrorKind};
use crate::mime::Composition;
use crate::model::{
    AccountId, Draft, DraftFile, DraftFileId, DraftId, DraftState, EmailId, Instant, Relation,
};

/// What was discarded or sent, and what drafts were before, is kept for thirty days.
const KEPT: i64 = 30 * 24 * 3600 * 1000;
/// The longest text and other field, in octets: far more than anybody types.
const LONGEST_TEXT: usize = 16 << 20;
const LONGEST_FIELD: usize = 1 << 20;
/// Octets of all files of a draft: more than any server takes.
const MOST_IN_FILES: u64 = 256 << 20;

/// `draft.state`.
const WRITING: i64 = 0;
pub(super) const DISCARDED: i64 = 1;
pub(super) const SENT: i64 = 2;

/// A file as it is added.
#[derive(Clone, Debug)]
pub struct AddedFile {
    pub name: String,
    pub media_type: String,
    pub content_id: String,
    pub octets: Vec<u8>,
}

fn relation(row: &Row<'_>, first: usize) -> rusqlite::Result<Relation> {
    let email = EmailId(row.get(first + 1)?);
    Ok(match row.get::<_, i64>(first)? {
        1 => Relation::Answers(email),
        2 => Relation::Forwards(email),
        _ => Relation::None,
    })
}

const fn relation_columns(relation: Relation) -> (i64, i64) {
    match relation {
        Relation::None => (0, 0),
        Relation::Answers(EmailId(email)) => (1, email),
        Relation::Forwards(EmailId(email)) => (2, email),
    }
}

/// Drafts that `which` is true of, the one changed last first.
fn read(connection: &Connection, which: &str, value: i64) -> Result<Vec<Draft>, Error> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT draft.id, account, relation, related, changed, draft.state, since, closed,
           (SELECT operation FROM intent WHERE intent.id = draft.sending AND intent.state < 10),
           (SELECT max(draft_copy.msg) FROM draft_copy JOIN shown ON shown.msg = draft_copy.msg
            WHERE draft_copy.draft = draft.id),
           {VERSION}
         FROM draft JOIN draft_version
           ON draft_version.id = (SELECT max(id) FROM draft_version AS newest WHERE newest.draft = draft.id)
         WHERE {which} ORDER BY changed DESC, draft.id DESC"
    ))?;
    let mut drafts: Vec<Draft> = statement
        .query_map([value], |row| {
            let sending: Option<i64> = row.get(8)?;
            let state = match (row.get::<_, i64>(5)?, sending) {
                (WRITING, Some(operation)) => DraftState::Sending(Ticket(operation.unsigned_abs())),
                (WRITING, None) => DraftState::Writing,
                _ => DraftState::Discarded(Instant(row.get(6)?)),
            };
            Ok(Draft {
                id: DraftId(row.get(0)?),
                account: AccountId(row.get(1)?),
                relation: relation(row, 2)?,
                changed: Instant(row.get(4)?),
                state,
                is_closed: row.get(7)?,
                email: row.get::<_, Option<i64>>(9)?.map(EmailId),
                composition: composition(row, 10)?,
                files: Vec::new(),
            })
        })?
        .collect::<Result<_, _>>()?;
    for draft in &mut drafts {
        draft.files = files(connection, draft.id)?;
    }
    Ok(drafts)
}

/// The files of a draft, without their octets.
fn files(connection: &Connection, draft: DraftId) -> Result<Vec<DraftFile>, Error> {
    Ok(connection
        .prepare_cached(
            "SELECT id, name, media_type, content_id, size FROM draft_file WHERE draft = ?1 ORDER BY id",
        )?
        .query_map([draft.0], |row| {
            Ok(DraftFile {
                id: DraftFileId(row.get(0)?),
                name: row.get(1)?,
                media_type: row.get(2)?,
                content_id: row.get(3)?,
                size: row.get(4)?,
            })
        })?
        .collect::<Result<_, _>>()?)
}

/// One that wasn't sent, discarded or not.
pub(super) fn find(connection: &Connection, draft: DraftId) -> Result<Option<Draft>, Error> {
    Ok(read(connection, "draft.id = ?1 AND draft.state <> 2", draft.0)?.into_iter().next())
}

impl Reader {
    /// The drafts that are here to be written on or are to be sent, the one changed last first.
    ///
    /// # Errors
    /// `StorageFailed`.
    pub fn drafts(&self) -> Result<Vec<Draft>, Error> {
        self.with(|connection| read(connection, "draft.state = ?1", WRITING))
    }

    /// Those that were thrown away, until they are forgotten.
    ///
    /// # Errors
    /// `StorageFailed`.
    pub fn discarded_drafts(&self) -> Result<Vec<Draft>, Error> {
        self.with(|connection| read(connection, "draft.state = ?1", DISCARDED))
    }

    /// One of either; `None` when it was sent, or is forgotten.
    ///
    /// # Errors
    /// `StorageFailed`.
    pub fn draft(&self, draft: DraftId) -> Result<Option<Draft>, Error> {
        self.with(|connection| find(connection, draft))
    }

    /// The octets of a file.
    ///
    /// # Errors
    /// `NotFound`, `StorageFailed`.
    pub fn draft_file(&self, file: DraftFileId) -> Result<Vec<u8>, Error> {
        self.with(|connection| {
            Ok(connection
                .prepare_cached("SELECT octets FROM draft_file WHERE id = ?1")?
                .query_row([file.0], |row| row.get(0))?)
        })
    }
}

impl Writer {
    /// Keeps a mail as far as it is written; without a draft a new one. What is as it was is left alone.
    ///
    /// # Errors
    /// `NotFound`, `WrongState`, `LimitExceeded`.
    pub fn save_draft(
        &mut self,
        draft: Option<DraftId>,
        account: AccountId,
        (composition, relation): (&Composition, Relation),
        now: Instant,
    ) -> Result<(DraftId, Changed), Error> {
        check(composition)?;
        self.change(|tx| {
            let is_account: bool = tx
                .prepare_cached("SELECT EXISTS(SELECT 1 FROM account WHERE id = ?1)")?
                .query_row([account.0], |row| row.get(0))?;
            if !is_account {
                return Err(Error::new(ErrorKind::NotFound));
            }
            let Some(draft) = draft else {
                return insert(tx, account, (composition, relation), now);
            };
            let known = to_write_on(tx, draft)?;
            let is_same_text = known.composition == *composition;
            if is_same_text && known.relation == relation && known.account == account {
                if known.is_closed {
                    tx.execute("UPDATE draft SET closed = 0 WHERE id = ?1", [draft.0])?;
                    tx.drafts_changed();
                }
                return Ok(draft);
            }
            if !is_same_text {
                write_version(tx, &known, composition, now)?;
            }
            let (relation, related) = relation_columns(relation);
            tx.prepare_cached("UPDATE draft SET account = ?2, relation = ?3, related = ?4 WHERE id = ?1")?
                .execute([draft.0, account.0, relation, related])?;
            changed(tx, draft, now)?;
            Ok(draft)
        })
    }

    /// Adds a file.
    ///
    /// # Errors
    /// `NotFound`, `WrongState`, `LimitExceeded`.
    pub fn add_draft_file(
        &mut self,
        draft: DraftId,
        file: &AddedFile,
        now: Instant,
    ) -> Result<(DraftFileId, Changed), Error> {
        self.change(|tx| {
            let known = to_write_on(tx, draft)?;
            let size = file.octets.len() as u64;
            let all = known.files.iter().fold(size, |sum, file| sum.saturating_add(file.size));
            if all > MOST_IN_FILES {
                return Err(Error::note(ErrorKind::LimitExceeded, "the files are too large"));
            }
            let file = add_file(tx, draft, file)?;
            changed(tx, draft, now)?;
            Ok(file)
        })
    }

    /// Takes a file out.
    ///
    /// # Errors
    /// `NotFound`, `WrongState`.
    pub fn remove_draft_file(
        &mut self,
        draft: DraftId,
        file: DraftFileId,
        now: Instant,
    ) -> Result<Changed, Error> {
        let ((), changed) = self.change(|tx| {
            to_write_on(tx, draft)?;
            let removed =
                tx.execute("DELETE FROM draft_file WHERE id = ?1 AND draft = ?2", [file.0, draft.0])?;
            if removed == 0 {
                return Err(Error::new(ErrorKind::NotFound));
            }
            changed(tx, draft, now)
        })?;
        Ok(changed)
    }

    /// Nobody writes on it any more. One in which there is nothing, or that is what the server has, is forgotten.
    ///
    /// # Errors
    /// `NotFound`; one that is to be sent or was discarded is closed already.
    pub fn close_draft(&mut self, operation: Ticket, draft: DraftId, now: Instant) -> Result<Changed, Error> {
        let ((), changed) = self.change(|tx| {
            let known = find(tx, draft)?.ok_or_else(|| Error::new(ErrorKind::NotFound))?;
            if known.state != DraftState::Writing || known.is_closed {
                return Ok(());
            }
            tx.drafts_changed();
            let untouched: bool =
                tx.query_row("SELECT untouched FROM draft WHERE id = ?1", [draft.0], |row| row.get(0))?;
            if untouched {
                tx.execute("DELETE FROM draft WHERE id = ?1", [draft.0])?;
                return Ok(());
            }
            if known.is_empty() {
                super::draft_copies::remove(tx, operation, known.account, draft, now)?;
                tx.execute("DELETE FROM draft WHERE id = ?1", [draft.0])?;
                return Ok(());
            }
            end_version(tx, draft)?;
            tx.execute("UPDATE draft SET closed = 1 WHERE id = ?1", [draft.0])?;
            Ok(())
        })?;
        Ok(changed)
    }

    /// Throws it away; it is kept for a while.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` while it is to be sent.
    pub fn discard_draft(
        &mut self,
        operation: Ticket,
        draft: DraftId,
        now: Instant,
    ) -> Result<Changed, Error> {
        let ((), changed) = self.change(|tx| {
            let known = find(tx, draft)?.ok_or_else(|| Error::new(ErrorKind::NotFound))?;
            if matches!(known.state, DraftState::Discarded(_)) {
                return Ok(());
            }
            to_write_on(tx, draft)?;
            end_version(tx, draft)?;
            put_away(tx, draft, DISCARDED, now)?;
            super::draft_copies::remove(tx, operation, known.account, draft, now)
        })?;
        Ok(changed)
    }

    /// Brings it back, as it was then if that is said. Of one that was sent another one is made.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` while it is to be sent.
    pub fn restore_draft(
        &mut self,
        draft: DraftId,
        version: Option<Instant>,
        now: Instant,
    ) -> Result<(DraftId, Changed), Error> {
        self.change(|tx| {
            let then: Option<Composition> = version.map(|at| version_at(tx, draft, at)).transpose()?;
            let Some(known) = find(tx, draft)? else {
                let sent = of_sent(tx, draft)?;
                let (account, last) = sent.ok_or_else(|| Error::new(ErrorKind::NotFound))?;
                return insert(tx, account, (&then.unwrap_or(last), Relation::None), now);
            };
            if matches!(known.state, DraftState::Discarded(_)) {
                tx.execute("UPDATE draft SET state = 0, since = 0, untouched = 0 WHERE id = ?1", [draft.0])?;
            } else {
                to_write_on(tx, draft)?;
            }
            end_version(tx, draft)?;
            if let Some(then) = then.filter(|then| *then != known.composition) {
                write_version(tx, &known, &then, now)?;
                end_version(tx, draft)?;
            }
            changed(tx, draft, now)?;
            Ok(draft)
        })
    }

    /// Forgets what was kept for long enough.
    pub fn sweep_drafts(&mut self, now: Instant) -> Result<Changed, Error> {
        let before = now.0.saturating_sub(KEPT);
        let ((), changed) = self.change(|tx| {
            let drafts = tx.execute("DELETE FROM draft WHERE state <> 0 AND since < ?1", [before])?;
            let versions = tx.execute(
                "DELETE FROM draft_version WHERE at < ?1
                   AND id <> (SELECT max(id) FROM draft_version AS newest WHERE newest.draft = draft_version.draft)",
                [before],
            )?;
            if drafts + versions > 0 {
                tx.drafts_changed();
            }
            Ok(())
        })?;
        Ok(changed)
    }
}

fn check(composition: &Composition) -> Result<(), Error> {
    let Composition { from, to, cc, bcc, reply_to, subject, text, references, .. } = composition;
    let fields = [from, to, cc, bcc, reply_to, subject].into_iter().chain(references);
    if text.len() > LONGEST_TEXT || fields.into_iter().any(|field| field.len() > LONGEST_FIELD) {
        return Err(Error::note(ErrorKind::LimitExceeded, "the draft is too long"));
    }
    Ok(())
}

/// A draft that may be written on. If it was refused when it was sent, that is seen to.
pub(super) fn to_write_on(tx: &Tx<'_>, draft: DraftId) -> Result<Draft, Error> {
    let known = find(tx, draft)?.ok_or_else(|| Error::new(ErrorKind::NotFound))?;
    match known.state {
        DraftState::Writing => {}
        DraftState::Sending(_) => return Err(Error::note(ErrorKind::WrongState, "the draft is to be sent")),
        DraftState::Discarded(_) => {
            return Err(Error::note(ErrorKind::WrongState, "the draft was discarded"));
        }
    }
    Ok(known)
}

/// What was refused of it is no longer to be tried again: it would be sent as it was then.
pub(super) fn see_to_refusal(tx: &Tx<'_>, draft: DraftId) -> Result<(), Error> {
    let refused: Option<i64> = optional(
        tx.prepare_cached(
            "SELECT intent.id FROM draft JOIN intent ON intent.id = draft.sending
             WHERE draft.id = ?1 AND draft.sending <> 0 AND intent.state = 11",
        )?
        .query_row([draft.0], |row| row.get(0)),
    )?;
    if let Some(refused) = refused {
        set_state(tx, refused, IntentState::Discarded)?;
    }
    tx.prepare_cached("UPDATE draft SET sending = 0 WHERE id = ?1 AND sending <> 0")?.execute([draft.0])?;
    Ok(())
}

/// It is other than it was: so is what the server has of it.
pub(super) fn changed(tx: &Tx<'_>, draft: DraftId, now: Instant) -> Result<(), Error> {
    see_to_refusal(tx, draft)?;
    tx.prepare_cached(
        "UPDATE draft SET changed = ?2, closed = 0, untouched = 0, failed = 0,
           stale = CASE WHEN stale BETWEEN 1 AND ?2 THEN stale ELSE max(?2, 1) END
         WHERE id = ?1",
    )?
    .execute([draft.0, now.0])?;
    tx.drafts_changed();
    Ok(())
}

/// Makes a draft.
pub(super) fn insert(
    tx: &Tx<'_>,
    account: AccountId,
    (composition, relation): (&Composition, Relation),
    now: Instant,
) -> Result<DraftId, Error> {
    let (relation, related) = relation_columns(relation);
    tx.prepare_cached(
        "INSERT INTO draft(account, relation, related, changed, stale) VALUES(?1, ?2, ?3, ?4, max(?4, 1))",
    )?
    .execute([account.0, relation, related, now.0])?;
    let draft = DraftId(tx.last_insert_rowid());
    tx.drafts_changed();
    insert_version(tx, draft, composition, now)?;
    Ok(draft)
}

pub(super) fn add_file(tx: &Tx<'_>, draft: DraftId, file: &AddedFile) -> Result<DraftFileId, Error> {
    tx.prepare_cached(
        "INSERT INTO draft_file(draft, name, media_type, content_id, size, octets) VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        draft.0,
        file.name,
        file.media_type,
        file.content_id,
        file.octets.len() as u64,
        file.octets
    ])?;
    Ok(DraftFileId(tx.last_insert_rowid()))
}

/// It is no longer to be written on.
pub(super) fn put_away(tx: &Tx<'_>, draft: DraftId, state: i64, now: Instant) -> Result<(), Error> {
    see_to_refusal(tx, draft)?;
    tx.prepare_cached("UPDATE draft SET state = ?2, since = ?3, closed = 1, stale = 0 WHERE id = ?1")?
        .execute([draft.0, state, now.0])?;
    tx.drafts_changed();
    Ok(())
}

/// Of one that was sent: from which account, and as what.
fn of_sent(tx: &Tx<'_>, draft: DraftId) -> Result<Option<(AccountId, Composition)>, Error> {
    let sent = read(tx, "draft.id = ?1 AND draft.state = 2", draft.0)?.into_iter().next();
    Ok(sent.map(|draft| (draft.account, draft.composition)))
}
