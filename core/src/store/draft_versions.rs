//! What a draft is and what it was: versions, the newest of which is the draft.

use rusqlite::{Row, params};

use super::reader::Reader;
use super::writer::Tx;
use crate::error::Error;
use crate::mime::{Composition, Writing};
use crate::model::{Draft, DraftId, DraftVersion, Instant};

/// How long one version is written over.
const STRETCH: i64 = 5 * 60 * 1000;
/// Octets of text that may go from one save to the next without that being worth a version.
const SLIP: usize = 80;

pub(super) const VERSION: &str =
    "sender, recipients, cc, bcc, reply_to, subject, text, writing, refs, wants_receipt";

/// Of the columns of `VERSION`, which begin at `first`.
pub(super) fn composition(row: &Row<'_>, first: usize) -> rusqlite::Result<Composition> {
    let refs: String = row.get(first + 8)?;
    Ok(Composition {
        from: row.get(first)?,
        to: row.get(first + 1)?,
        cc: row.get(first + 2)?,
        bcc: row.get(first + 3)?,
        reply_to: row.get(first + 4)?,
        subject: row.get(first + 5)?,
        text: row.get(first + 6)?,
        writing: if row.get::<_, i64>(first + 7)? == 1 { Writing::Markdown } else { Writing::Plain },
        references: refs.split(' ').filter(|id| !id.is_empty()).map(str::to_owned).collect(),
        wants_receipt: row.get(first + 9)?,
    })
}

impl Reader {
    /// What a draft was before, newest first; of one that was sent, all it was. They are kept for thirty days.
    ///
    /// # Errors
    /// `StorageFailed`.
    pub fn draft_versions(&self, draft: DraftId) -> Result<Vec<DraftVersion>, Error> {
        self.with(|connection| {
            Ok(connection
                .prepare_cached(&format!(
                    "SELECT at, {VERSION} FROM draft_version AS version WHERE draft = ?1
                       AND (id < (SELECT max(id) FROM draft_version WHERE draft = ?1)
                            OR EXISTS(SELECT 1 FROM draft WHERE id = ?1 AND state = 2))
                     ORDER BY id DESC"
                ))?
                .query_map([draft.0], |row| {
                    Ok(DraftVersion { at: Instant(row.get(0)?), composition: composition(row, 1)? })
                })?
                .collect::<Result<_, _>>()?)
        })
    }
}

/// Writes the newest version over, or begins another one.
pub(super) fn write_version(
    tx: &Tx<'_>,
    known: &Draft,
    composition: &Composition,
    now: Instant,
) -> Result<(), Error> {
    let (newest, begun): (i64, i64) = tx
        .prepare_cached("SELECT id, begun FROM draft_version WHERE draft = ?1 ORDER BY id DESC LIMIT 1")?
        .query_row([known.id.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let is_lost = composition.text.len().saturating_add(SLIP) < known.composition.text.len();
    if is_lost || begun == 0 || !(0..STRETCH).contains(&now.0.saturating_sub(begun)) {
        return insert_version(tx, known.id, composition, now);
    }
    let at = free_time(tx, known.id, now, newest)?;
    fill(tx, newest, composition)?;
    tx.prepare_cached("UPDATE draft_version SET at = ?2 WHERE id = ?1")?.execute([newest, at])?;
    Ok(())
}

/// Begins another version.
pub(super) fn insert_version(
    tx: &Tx<'_>,
    draft: DraftId,
    composition: &Composition,
    now: Instant,
) -> Result<(), Error> {
    let at = free_time(tx, draft, now, 0)?;
    tx.prepare_cached(&format!(
        "INSERT INTO draft_version(draft, begun, at, {VERSION})
         VALUES(?1, max(?2, 1), ?3, '', '', '', '', '', '', '', 0, '', 0)"
    ))?
    .execute([draft.0, now.0, at])?;
    let version = tx.last_insert_rowid();
    fill(tx, version, composition)
}

fn fill(tx: &Tx<'_>, version: i64, composition: &Composition) -> Result<(), Error> {
    tx.prepare_cached(
        "UPDATE draft_version SET sender = ?2, recipients = ?3, cc = ?4, bcc = ?5, subject = ?6, text = ?7, writing = ?8,
           refs = ?9, wants_receipt = ?10, reply_to = ?11 WHERE id = ?1",
    )?
    .execute(params![
        version,
        composition.from,
        composition.to,
        composition.cc,
        composition.bcc,
        composition.subject,
        composition.text,
        i64::from(composition.writing == Writing::Markdown),
        composition.references.join(" "),
        composition.wants_receipt,
        composition.reply_to,
    ])?;
    Ok(())
}

/// A time that names no other version of it: now, or as soon after as may be.
fn free_time(tx: &Tx<'_>, draft: DraftId, now: Instant, version: i64) -> Result<i64, Error> {
    let mut statement = tx.prepare_cached(
        "SELECT EXISTS(SELECT 1 FROM draft_version WHERE draft = ?1 AND at = ?2 AND id <> ?3)",
    )?;
    let mut at = now.0;
    while statement.query_row([draft.0, at, version], |row| row.get::<_, bool>(0))? {
        at = at.saturating_add(1);
    }
    Ok(at)
}

/// Nothing more is written into the newest version.
pub(super) fn end_version(tx: &Tx<'_>, draft: DraftId) -> Result<(), Error> {
    tx.prepare_cached(
        "UPDATE draft_version SET begun = 0 WHERE id = (SELECT max(id) FROM draft_version WHERE draft = ?1)",
    )?
    .execute([draft.0])?;
    Ok(())
}

/// What a draft was then.
pub(super) fn version_at(tx: &Tx<'_>, draft: DraftId, at: Instant) -> Result<Composition, Error> {
    Ok(tx
        .prepare_cached(&format!("SELECT {VERSION} FROM draft_version WHERE draft = ?1 AND at = ?2"))?
        .query_row([draft.0, at.0], |row| composition(row, 0))?)
}
