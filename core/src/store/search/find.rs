//! Finding: words are asked of the index, everything else of what lists show, at the moment of the question.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};

use super::Trouble;
use super::asked::term_asked;
use super::plan::Plan;
use super::query::{Ending, Query, What};
use super::window::{Gathered, Window};
use crate::error::Error;
use crate::model::{EmailId, Found, SearchScope};
use crate::store::{Reader, Snapshot};

/// Beginnings of so many letters are looked for in subjects and authors alone; in a large index longer ones are, too.
const SHORT: usize = 3;
const SHORT_OF_LARGE: usize = 5;
const LARGE: i64 = 100_000;
/// What so many mails have as a word of its own is no beginning any more.
const FREQUENT: i64 = 300;

impl Reader {
    /// Searches. Any text is a query (words, `"phrases"`, `-not`, `OR`, `from:` `to:` `cc:` `subject:` `in:`
    /// `has:attachment` `is:unread` `is:starred` `tag:` `before:` `after:` `larger:` `smaller:` `filename:`); the word
    /// still being typed is found by its beginning: a short one, or one that is a frequent word already, in subjects
    /// and authors alone. Gives `count` mails from `first` on, newest first.
    ///
    /// Mails whose bodies aren't here or not indexed yet (see `search_coverage`) are found by subject and author.
    ///
    /// # Errors
    /// `StorageFailed` when the store can't be read. A damaged index is no error: it finds nothing until it is mended.
    pub fn search(
        &self,
        query: &str,
        scope: SearchScope,
        first: usize,
        count: usize,
    ) -> Result<Found, Error> {
        self.at_once(|snapshot| snapshot.search(query, scope, first, count))
    }
}

impl Snapshot<'_> {
    /// As `Reader::search`.
    pub fn search(
        &self,
        query: &str,
        scope: SearchScope,
        first: usize,
        count: usize,
    ) -> Result<Found, Error> {
        let (_, found) = self.found(query, scope, Window::From { first, count })?;
        Ok(found)
    }

    /// A window of what is found around one of these mails: `before` rows above it, `after` from it on. Where it isn't found
    /// any more the window begins at `otherwise`.
    pub fn search_around(
        &self,
        query: &str,
        scope: SearchScope,
        email: EmailId,
        (before, after): (usize, usize),
        otherwise: usize,
    ) -> Result<Found, Error> {
        let date: Option<i64> = self
            .connection
            .prepare_cached("SELECT date FROM msg WHERE id = ?1")?
            .query_row([email.0], |row| row.get(0))
            .optional()?;
        if let Some(date) = date {
            let around = Window::Around { msg: email.0, date, before, after };
            if let (true, found) = self.found(query, scope, around)? {
                return Ok(found);
            }
        }
        self.search(query, scope, otherwise, before.saturating_add(after))
    }

    /// A window of what is found, and whether there is such a window.
    fn found(&self, query: &str, scope: SearchScope, window: Window) -> Result<(bool, Found), Error> {
        let abroad = self.reader.0.hits.of(query);
        let mut query = Query::parse(query);
        if query.groups.is_empty() {
            return Ok((true, Found { is_all: true, ..Found::default() }));
        }
        let store = self.connection;
        let asks_index = query.groups.iter().flatten().any(|term| matches!(term.what, What::Text { .. }));
        let mut gathered = Gathered::new(window);
        let done = if asks_index {
            self.reader.0.index.with(|index| {
                settle_beginnings(&mut query, index)?;
                gathered.settle_key(index)?;
                let plan = Plan::new(store, &query, scope)?.with(Arc::clone(&abroad));
                plan.run(store, Some(index), &mut gathered)
            })?
        } else {
            match Plan::new(store, &query, scope)?.run(store, None, &mut gathered) {
                Ok(()) => Some(()),
                Err(trouble) => return Err(trouble.into_error()),
            }
        };
        if done.is_none() && !abroad.is_empty() {
            // Without an index nothing is known by its words but what servers found.
            gathered = Gathered::new(window);
            let plan = Plan::new(store, &query, scope)?.with(abroad);
            plan.run_abroad(store, &mut gathered).map_err(Trouble::into_error)?;
        }
        let is_all = done.is_some() && !gathered.cut;
        let first = gathered.first.min(gathered.total);
        let is_there = gathered.is_there();
        Ok((is_there, Found { rows: gathered.rows, first, total: gathered.total, is_all }))
    }
}

/// Decides where the beginning of a word that is being typed is looked for: a frequent one would cost a look at every
/// mail that has it.
fn settle_beginnings(query: &mut Query, index: &Connection) -> Result<(), Trouble> {
    for term in query.groups.iter_mut().flatten() {
        let whole = term_asked(term, "main").map(|asked| asked.trim_end_matches(['*', ' ']).to_owned());
        let What::Text { words, ending, .. } = &mut term.what else { continue };
        let (Ending::Typed, Some(whole), Some(word)) = (*ending, whole, words.last()) else { continue };
        let entries: i64 =
            index.query_row("SELECT coalesce(sum(entries), 0) FROM coverage", [], |row| row.get(0))?;
        let short = if entries > LARGE { SHORT_OF_LARGE } else { SHORT };
        let is_short = word.chars().nth(short).is_none();
        let mails = "SELECT count(*) FROM (SELECT 1 FROM main WHERE main MATCH ?1 LIMIT ?2)";
        if is_short
            || index.query_row(mails, params![whole, FREQUENT], |row| row.get::<_, i64>(0))? >= FREQUENT
        {
            *ending = Ending::TypedInHead;
        }
    }
    Ok(())
}
