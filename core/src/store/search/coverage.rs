//! How much a search can find, and which of its words stand out in what it found.

use rusqlite::OptionalExtension;

use super::asked::scope_condition;
use super::query::{Ending, Place, What, read};
use crate::error::Error;
use crate::model::{AccountId, Coverage, SearchScope, SearchWords};
use crate::store::Reader;

impl Reader {
    /// How many mails of an account are found by all their words, and how many there are. The others are found by
    /// subject and author.
    pub fn search_coverage(&self, account: AccountId) -> Result<(u64, u64), Error> {
        let total: u64 = self.with(|connection| {
            Ok(connection
                .query_row("SELECT mails FROM account WHERE id = ?1", [account.0], |row| row.get(0))?)
        })?;
        let indexed: Option<Option<u64>> = self.0.index.with(|index| {
            let mut statement = index.prepare_cached("SELECT whole FROM coverage WHERE account = ?1")?;
            Ok(statement.query_row([account.0], |row| row.get(0)).optional()?)
        })?;
        Ok((indexed.flatten().unwrap_or(0).min(total), total))
    }

    /// How much a search there can find.
    ///
    /// # Errors
    /// `StorageFailed` when the store can't be read.
    pub fn coverage(&self, scope: SearchScope) -> Result<Coverage, Error> {
        let folders = format!("listed AND selectable AND {}", scope_condition(scope));
        let starred = if scope == SearchScope::Starred { "AND shown.flags & 4 <> 0" } else { "" };
        self.with(|connection| {
            let mut coverage = connection.query_row(
                &format!(
                    "SELECT coalesce(sum(total), 0), coalesce(sum(wanted), 0),
                       coalesce(sum(uid_validity = 0 OR id IN (SELECT folder FROM hole)), 0)
                     FROM folder WHERE {folders}"
                ),
                [],
                |row| {
                    let (mails, without_body, not_listed) = (row.get(0)?, row.get(1)?, row.get(2)?);
                    Ok(Coverage { mails, without_body, not_indexed: 0, not_listed })
                },
            )?;
            if scope == SearchScope::Starred {
                (coverage.mails, coverage.without_body) = connection.query_row(
                    &format!(
                        "SELECT count(*), coalesce(sum(NOT EXISTS(SELECT 1 FROM body WHERE body.msg = shown.msg)), 0)
                         FROM shown INDEXED BY shown_starred
                         WHERE flags & 4 <> 0 AND folder IN (SELECT id FROM folder WHERE {folders})"
                    ),
                    [],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )?;
            }
            coverage.without_body = coverage.without_body.min(coverage.mails);
            coverage.not_indexed = connection.query_row(
                &format!(
                    "SELECT count(*) FROM unindexed CROSS JOIN shown INDEXED BY shown_msg ON shown.msg = unindexed.msg
                     WHERE true {starred} AND shown.folder IN (SELECT id FROM folder WHERE {folders})"
                ),
                [],
                |row| row.get(0),
            )?;
            Ok(coverage)
        })
    }
}

/// The words of a search that are to stand out in what it finds; a beginning has a `*` at its end.
pub fn search_words(query: &str) -> SearchWords {
    let mut sought = SearchWords::default();
    for typed in read(query).into_iter().flatten().filter(|typed| !typed.term.negated) {
        let What::Text { place, ending, .. } = typed.term.what else { continue };
        let words = match ending {
            Ending::Whole => typed.words,
            Ending::Beginning | Ending::Typed | Ending::TypedInHead => {
                format!("{}*", typed.words.trim_end_matches('*'))
            }
        };
        match place {
            Place::Anywhere => sought.anywhere.push(words),
            Place::Subject => sought.subject.push(words),
            Place::From => sought.from.push(words),
            // They stand in nothing that a list shows.
            Place::To | Place::Cc | Place::File => {}
        }
    }
    sought
}
