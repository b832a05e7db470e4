//! Which mails have which tag, as lists show them: kept with `shown`, row by row.

use rusqlite::{Connection, params};

use super::Reader;
use super::writer::Tx;
use crate::error::Error;
use crate::model::{self, Keyword, Role, Tag, TagId};

/// A row of `shown`, by mailbox, date and mail, has other keywords than before.
pub(super) fn changed(
    tx: &Tx<'_>,
    (folder, date, msg): (i64, i64, i64),
    before: &[Box<str>],
    after: &[Box<str>],
) -> Result<(), Error> {
    // The tags of one that the other hasn't.
    let only_in = |one: &'_ [Box<str>], other: &[Box<str>]| -> Vec<String> {
        let is_in_other = |name: &str| other.iter().any(|known| known.eq_ignore_ascii_case(name));
        let names = one.iter().map(|name| &**name);
        names.filter(|name| !is_in_other(name) && model::tag(name).is_some()).map(str::to_owned).collect()
    };
    for name in only_in(before, after) {
        tx.prepare_cached(
            "DELETE FROM tagged WHERE tag = (SELECT id FROM tag WHERE name = ?1) AND date = ?2 AND msg = ?3 AND folder = ?4",
        )?
        .execute(params![name, date, msg, folder])?;
        tx.tags_changed();
    }
    for name in only_in(after, before) {
        tx.prepare_cached("INSERT OR IGNORE INTO tag(name) VALUES(?1)")?.execute([&name])?;
        tx.prepare_cached(
            "INSERT OR IGNORE INTO tagged(tag, date, msg, folder) SELECT id, ?2, ?3, ?4 FROM tag WHERE name = ?1",
        )?
        .execute(params![name, date, msg, folder])?;
        tx.tags_changed();
    }
    Ok(())
}

/// Forgets the names of tags that no mail has.
pub(super) fn forget_unused(tx: &Tx<'_>) -> Result<(), Error> {
    tx.execute("DELETE FROM tag WHERE NOT EXISTS(SELECT 1 FROM tagged WHERE tagged.tag = tag.id)", [])?;
    tx.tags_changed();
    Ok(())
}

/// Mailbox, mail and date of each row with that tag.
pub(super) fn rows(connection: &Connection, tag: TagId) -> Result<Vec<(i64, i64, i64)>, Error> {
    Ok(connection
        .prepare_cached("SELECT date, msg, folder FROM tagged WHERE tag = ?1")?
        .query_map([tag.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?)
}

impl Reader {
    /// The tags that mails have, by what they are called; also those that are about to be given.
    ///
    /// # Errors
    /// `StorageFailed`.
    pub fn tags(&self) -> Result<Vec<Tag>, Error> {
        self.with(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT tag.id, tag.name, count(DISTINCT tagged.msg)
                 FROM tagged JOIN folder ON folder.id = tagged.folder JOIN tag ON tag.id = tagged.tag
                 WHERE folder.listed AND folder.role NOT IN (?1, ?2) GROUP BY tag.id",
            )?;
            let rows = statement.query_map([Role::Trash as i64, Role::Junk as i64], |row| {
                Ok((TagId(row.get(0)?), row.get::<_, String>(1)?, row.get(2)?))
            })?;
            let mut tags = Vec::new();
            for row in rows {
                let (id, name, mails) = row?;
                tags.extend(Keyword::new(&name).map(|keyword| Tag { id, keyword, mails }));
            }
            tags.sort_by_cached_key(|tag| tag.keyword.tag().unwrap_or_default().to_lowercase());
            Ok(tags)
        })
    }
}
