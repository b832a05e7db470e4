//! A look at one mail: whether it is what is sought, as far as that isn't known by where it was met.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Statement, params};

use super::super::reader::{EMAIL, email_row};
use super::Trouble;
use super::asked::{Mailbox, group_asked, term_asked, term_condition};
use super::plan::Plan;
use super::window::{Gathered, Met};
use crate::model::EmailRow;

/// Keys of mails with a word that are read at a time, at first and at most.
const KEYS: usize = 256;
const MOST_KEYS: usize = 16_384;
const ALL: usize = 1 << 40;

/// Asks a mail what the index couldn't answer.
pub(super) struct Look<'a> {
    row: Statement<'a>,
    holds: Statement<'a>,
    /// What a mail that was met in a list must have, and what it mustn't.
    words: Vec<Words>,
    mixed: Vec<Vec<Asked<'a>>>,
    pub(super) index: Option<Index<'a>>,
    seen: HashSet<i64>,
    /// Others need no look; rising.
    pub(super) wanted: Option<Vec<i64>>,
    /// Of these servers said that they have the words.
    abroad: Arc<HashSet<i64>>,
}

enum Asked<'a> {
    Words(Words),
    Fact(Statement<'a>),
}

/// Questions to the index about one mail.
pub(super) struct Index<'a> {
    connection: &'a Connection,
    key: Statement<'a>,
    main: Statement<'a>,
    head: Statement<'a>,
    /// The mails asked about are few and far between.
    pub(super) few: bool,
}

/// Mails that have certain words, newest first as far as they were needed: one after another is asked about.
#[derive(Default)]
struct Having {
    keys: HashSet<i64>,
    /// Known are all from here on.
    from: Option<i64>,
    read: usize,
}

impl Having {
    fn has(&mut self, index: &Connection, table: &str, asked: &str, key: i64) -> Result<bool, Trouble> {
        while self.from.is_none_or(|from| key < from) {
            // Those of a beginning are all gathered at each question.
            let most = if asked.contains('*') { ALL } else { (KEYS << self.read.min(16)).min(MOST_KEYS) };
            self.read += 1;
            let mut statement = index.prepare_cached(&format!(
                "SELECT rowid FROM {table} WHERE {table} MATCH ?1 AND rowid < ?2 ORDER BY rowid DESC LIMIT ?3"
            ))?;
            let mut rows = statement.query(params![asked, self.from.unwrap_or(i64::MAX), most])?;
            let (mut last, mut count) = (i64::MIN, 0);
            while let Some(row) = rows.next()? {
                (last, count) = (row.get(0)?, count + 1);
                self.keys.insert(last);
            }
            self.from = Some(if count < most { i64::MIN } else { last });
        }
        Ok(self.keys.contains(&key))
    }
}

/// Words as questions to both tables, and what is known of the answers.
struct Words {
    tables: Vec<(&'static str, String, Having)>,
    negated: bool,
}

impl Words {
    fn new(main: Option<String>, head: Option<String>, negated: bool) -> Self {
        let tables = [("main", main), ("head", head)];
        let tables = tables.into_iter().filter_map(|(table, asked)| Some((table, asked?, Having::default())));
        Self { tables: tables.collect(), negated }
    }

    /// Whether a mail has them, or hasn't where it mustn't.
    fn holds(&mut self, index: &mut Option<Index<'_>>, key: Option<i64>) -> Result<bool, Trouble> {
        let (Some(index), Some(key)) = (index, key) else { return Ok(self.negated) };
        for (table, asked, having) in &mut self.tables {
            let asked = asked.as_str();
            let has = match (index.few && !asked.contains('*'), *table) {
                (true, "main") => index.main.exists(params![asked, key])?,
                (true, _) => index.head.exists(params![asked, key])?,
                (false, table) => having.has(index.connection, table, asked, key)?,
            };
            if has {
                return Ok(!self.negated);
            }
        }
        Ok(self.negated)
    }
}

impl<'a> Look<'a> {
    pub(super) fn new(
        store: &'a Connection,
        plan: &'a Plan<'a>,
        index: Option<&'a Connection>,
    ) -> Result<Self, Trouble> {
        let about = |what: &str, condition: &str| {
            let is_of_mail = what.contains("msg.") || condition.contains("msg.");
            let mail = if is_of_mail { "CROSS JOIN msg ON msg.id = shown.msg" } else { "" };
            let statement = store.prepare(&format!(
                "SELECT {what} FROM shown INDEXED BY shown_msg {mail}
                 WHERE shown.msg = ?1 AND {condition} ORDER BY shown.folder LIMIT 1"
            ));
            statement.map_err(|error| Trouble::Store(error.into()))
        };
        let mailboxes = if plan.mixed.is_empty() { Vec::new() } else { Mailbox::all(store, "true")? };
        let mut mixed = Vec::new();
        for group in &plan.mixed {
            let mut asked = Vec::new();
            for term in *group {
                asked.push(match term_condition(term, &mailboxes) {
                    Some(condition) => Asked::Fact(about("1", &condition)?),
                    None => Asked::Words(Words::new(
                        term_asked(term, "main"),
                        term_asked(term, "head"),
                        term.negated,
                    )),
                });
            }
            mixed.push(asked);
        }
        let with = plan
            .words
            .iter()
            .map(|group| Words::new(group_asked(group, "main"), group_asked(group, "head"), false));
        let without = plan
            .without
            .iter()
            .map(|term| Words::new(term_asked(term, "main"), term_asked(term, "head"), true));
        let words = with.chain(without).collect();
        let index = match index {
            None => None,
            Some(index) => Some(Index {
                connection: index,
                few: false,
                key: index.prepare("SELECT key FROM entry WHERE msg = ?1")?,
                main: index.prepare("SELECT 1 FROM main WHERE main MATCH ?1 AND rowid = ?2")?,
                head: index.prepare("SELECT 1 FROM head WHERE head MATCH ?1 AND rowid = ?2")?,
            }),
        };
        Ok(Self {
            row: about(EMAIL, &plan.condition)?,
            holds: about("1", &plan.condition)?,
            words,
            mixed,
            index,
            seen: HashSet::new(),
            wanted: None,
            abroad: Arc::clone(&plan.abroad),
        })
    }

    pub(super) fn at(
        &mut self,
        gathered: &mut Gathered,
        msg: i64,
        met: Met,
    ) -> Result<ControlFlow<()>, Trouble> {
        if gathered.has_passed(msg, met) || gathered.next().is_break() {
            return Ok(ControlFlow::Break(()));
        }
        if self.wanted.as_ref().is_some_and(|wanted| wanted.binary_search(&msg).is_err()) {
            return Ok(ControlFlow::Continue(()));
        }
        let key = met.key();
        // Where the words aren't known yet, most mails haven't them: they need not be read.
        if key.is_none() && !self.has_the_rest(msg, key)? {
            return Ok(ControlFlow::Continue(()));
        }
        let in_window = gathered.is_in_window();
        let row = if in_window { self.row_of(msg)? } else { None };
        let holds = row.is_some()
            || (!in_window
                && self
                    .holds
                    .exists([msg])
                    .map_err(|error: rusqlite::Error| Trouble::Store(error.into()))?);
        let rest = key.is_none() || self.has_the_rest(msg, key)?;
        // A mail in several mailboxes may come several times.
        if !holds || !rest || (key.is_none() && !self.seen.insert(msg)) {
            return Ok(ControlFlow::Continue(()));
        }
        for before in gathered.take(msg) {
            gathered.rows.extend(self.row_of(before)?);
        }
        // It may be in the window because it is itself the one around which that lies.
        let row = if in_window || !gathered.is_in_window() { row } else { self.row_of(msg)? };
        gathered.total += 1;
        gathered.rows.extend(row);
        Ok(ControlFlow::Continue(()))
    }

    fn row_of(&mut self, msg: i64) -> Result<Option<EmailRow>, Trouble> {
        self.row.query_row([msg], email_row).optional().map_err(|error| Trouble::Store(error.into()))
    }

    /// The words that weren't asked of the index beforehand.
    fn has_the_rest(&mut self, msg: i64, key: Option<i64>) -> Result<bool, Trouble> {
        if self.abroad.contains(&msg) {
            return Ok(true);
        }
        let by_words = key.is_some();
        if self.mixed.is_empty() && (by_words || self.words.is_empty()) {
            return Ok(true);
        }
        let key = match (key, &mut self.index) {
            (Some(key), _) => Some(key),
            (None, Some(index)) => index.key.query_row([msg], |row| row.get(0)).optional()?,
            (None, None) => None,
        };
        if !by_words {
            for words in &mut self.words {
                if !words.holds(&mut self.index, key)? {
                    return Ok(false);
                }
            }
        }
        for group in &mut self.mixed {
            let mut is_true = false;
            for asked in group {
                is_true = is_true
                    || match asked {
                        Asked::Fact(statement) => {
                            statement.exists([msg]).map_err(|error| Trouble::Store(error.into()))?
                        }
                        Asked::Words(words) => words.holds(&mut self.index, key)?,
                    };
            }
            if !is_true {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
