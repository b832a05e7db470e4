//! Finding: words are asked of the index, everything else of what lists show, at the moment of the question.

use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Rows, Statement, params};

use super::super::reader::{EMAIL, email_row};
use super::Trouble;
use super::asked::{
    Mailbox, fact_condition, folder_condition, group_asked, is_short_beginning, scope_condition, term_asked,
    term_condition,
};
use super::feed::first_key;
use super::query::{Ending, Fact, Group, Query, Term, What};
use super::window::{Gathered, Met, Window};
use crate::error::Error;
use crate::model::{EmailId, EmailRow, FlagBits, Found, SearchScope};
use crate::store::{Reader, Snapshot};

/// Mails with the words that were looked at in vain before another way is tried: through what is wanted otherwise, if
/// that is few, or at least with that in mind.
const DOUBTFUL: usize = 500;
const FEW: usize = 200;
const MANY: usize = 250_000;
/// So many mails are looked up in the index beforehand, so that others need no look there.
const SOME: usize = 5_000;
/// Keys of mails with a word that are read at a time, at first and at most.
const KEYS: usize = 256;
const MOST_KEYS: usize = 16_384;
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

/// How a query is answered.
struct Plan<'a> {
    /// Groups of words alone: the index is asked for them.
    words: Vec<&'a Group>,
    /// Words that must not be there.
    without: Vec<&'a Term>,
    /// Groups of words and facts: each mail found otherwise is asked for them.
    mixed: Vec<&'a Group>,
    /// Everything else, as a condition on `shown` and `msg`. Holds numbers alone of what was typed.
    condition: String,
    /// Mailboxes searched, where a list has to be gone through.
    folders: Vec<i64>,
    /// Keys in which all that is wanted lies.
    keys: (i64, i64),
    /// Lists that hold everything wanted and little else.
    only: Option<Only>,
    /// Mails that servers found: they have the words, and what was mixed with them.
    abroad: Arc<HashSet<i64>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Only {
    Starred,
    Unread,
}

/// A question to the index, and what is to be asked of each mail it finds.
struct Stream {
    table: &'static str,
    asked: String,
    /// Asked of `main`.
    must: Option<String>,
    must_not: Option<String>,
    /// Only of mails that aren't in `main`, which answers for the others.
    rest: bool,
}

impl<'a> Plan<'a> {
    fn new(store: &Connection, query: &'a Query, scope: SearchScope) -> Result<Self, Error> {
        let mailboxes = Mailbox::all(store, &scope_condition(scope))?;
        let mut plan = Self {
            words: Vec::new(),
            without: Vec::new(),
            mixed: Vec::new(),
            condition: String::new(),
            folders: Vec::new(),
            keys: (0, i64::MAX),
            only: None,
            abroad: Arc::default(),
        };
        let mut conditions = Vec::new();
        let mut within: Vec<&Mailbox> = mailboxes.iter().collect();
        for group in &query.groups {
            let texts = group.iter().filter(|term| matches!(term.what, What::Text { .. })).count();
            match group.as_slice() {
                [term] if texts == 1 && term.negated => plan.without.push(term),
                terms if texts == terms.len() && terms.iter().all(|term| !term.negated) => {
                    plan.words.push(group)
                }
                [Term { negated: false, what: What::Fact(fact) }] => {
                    plan.narrow(fact);
                    match fact {
                        Fact::In(name) => within.retain(|mailbox| mailbox.is_called(name)),
                        _ => conditions.push(fact_condition(fact, &mailboxes)),
                    }
                }
                terms if texts == 0 => {
                    let terms: Vec<String> =
                        terms.iter().filter_map(|term| term_condition(term, &mailboxes)).collect();
                    conditions.push(format!("({})", terms.join(" OR ")));
                }
                _ => plan.mixed.push(group),
            }
        }
        if scope == SearchScope::Starred {
            let starred = Fact::Flag(FlagBits::FLAGGED.0);
            plan.narrow(&starred);
            conditions.push(fact_condition(&starred, &mailboxes));
        }
        plan.folders = within.iter().map(|mailbox| mailbox.id).collect();
        conditions.insert(0, folder_condition(plan.folders.iter().copied()));
        plan.condition = conditions.join(" AND ");
        Ok(plan)
    }

    fn with(self, abroad: Arc<HashSet<i64>>) -> Self {
        Self { abroad, ..self }
    }

    /// The mails that servers found, by their keys in the index; one that isn't there yet, by the key it could have.
    fn keys_abroad(
        &self,
        store: &Connection,
        index: Option<&Connection>,
    ) -> Result<BTreeMap<i64, i64>, Trouble> {
        let mut keys = BTreeMap::new();
        if self.abroad.is_empty() {
            return Ok(keys);
        }
        let mut key_of =
            index.map(|index| index.prepare("SELECT key FROM entry WHERE msg = ?1")).transpose()?;
        let mut date_of = store
            .prepare("SELECT date FROM msg WHERE id = ?1")
            .map_err(|error| Trouble::Store(error.into()))?;
        for msg in self.abroad.iter() {
            if let Some(key_of) = &mut key_of
                && let Some(key) = key_of.query_row([msg], |row| row.get(0)).optional()?
            {
                keys.insert(key, *msg);
                continue;
            }
            let date = date_of.query_row([msg], |row| row.get(0)).optional();
            let Some(date) = date.map_err(|error| Trouble::Store(error.into()))? else { continue };
            let mut key = first_key(date);
            while keys.contains_key(&key) {
                key += 1;
            }
            keys.insert(key, *msg);
        }
        Ok(keys)
    }

    /// A fact that holds for all that is wanted may leave little to look at.
    fn narrow(&mut self, fact: &Fact) {
        match fact {
            Fact::Flag(4) => self.only = Some(Only::Starred),
            Fact::NotFlag(1) if self.only.is_none() => self.only = Some(Only::Unread),
            Fact::Before(date) => self.keys.1 = self.keys.1.min(first_key(*date).saturating_add(1 << 20)),
            Fact::After(date) => self.keys.0 = self.keys.0.max(first_key(*date)),
            _ => {}
        }
    }

    fn run(
        &self,
        store: &Connection,
        index: Option<&Connection>,
        gathered: &mut Gathered,
    ) -> Result<(), Trouble> {
        let mut look = Look::new(store, self, index)?;
        let Some(index) = index.filter(|_| !self.words.is_empty()) else {
            return self.walk_lists(store, &mut |date, msg| look.at(gathered, msg, Met::InList { date }));
        };
        let all_whole: bool =
            index.query_row("SELECT coalesce(sum(whole) = sum(entries), 1) FROM coverage", [], |row| {
                row.get(0)
            })?;
        let mut streams = self.streams();
        streams.retain(|stream| !(stream.rest && all_whole));
        let abroad = self.keys_abroad(store, Some(index))?;
        let mut doubtful = None;
        walk_index(index, (&streams, &abroad), self.keys, None, &mut |key, msg| {
            if gathered.looks >= DOUBTFUL && !gathered.is_full() {
                doubtful = Some(key);
                return Ok(ControlFlow::Break(()));
            }
            look.at(gathered, msg, Met::InIndex { key })
        })?;
        let Some(key) = doubtful else { return Ok(()) };
        match self.wanted(store, FEW)? {
            Some(_) => {
                gathered.begin_again();
                if let Some(index) = &mut look.index {
                    index.few = true;
                }
                self.walk_lists(store, &mut |date, msg| look.at(gathered, msg, Met::InList { date }))
            }
            None => {
                look.wanted = self.wanted(store, MANY)?;
                let only = look.wanted.as_ref().filter(|mails| mails.len() <= SOME);
                let only = only.map(|mails| keys_of(index, mails)).transpose()?;
                let keys = (self.keys.0, key);
                walk_index(index, (&streams, &abroad), keys, only.as_ref(), &mut |key, msg| {
                    look.at(gathered, msg, Met::InIndex { key })
                })
            }
        }
    }

    /// The same of what servers found alone.
    fn run_abroad(&self, store: &Connection, gathered: &mut Gathered) -> Result<(), Trouble> {
        let mut look = Look::new(store, self, None)?;
        for (key, msg) in self.keys_abroad(store, None)?.into_iter().rev() {
            if look.at(gathered, msg, Met::InIndex { key })?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// All mails that may be wanted, words aside, if it is easily said which these are, and that they are so few.
    fn wanted(&self, store: &Connection, most: usize) -> Result<Option<HashSet<i64>>, Error> {
        let which = match self.only {
            Some(Only::Starred) => "INDEXED BY shown_starred WHERE flags & 4 <> 0".to_owned(),
            Some(Only::Unread) => "INDEXED BY shown_unread WHERE flags & 1 = 0".to_owned(),
            None => {
                let mut total = store.prepare("SELECT total FROM folder WHERE id = ?1")?;
                let mut mails = 0;
                for folder in &self.folders {
                    mails += total.query_row([folder], |row| row.get::<_, usize>(0))?;
                }
                if mails > most {
                    return Ok(None);
                }
                format!("WHERE {}", folder_condition(self.folders.iter().copied()))
            }
        };
        let mut statement = store.prepare(&format!("SELECT msg FROM shown {which} LIMIT ?1"))?;
        let mails: HashSet<i64> =
            statement.query_map([most + 1], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok((mails.len() <= most).then_some(mails))
    }

    fn streams(&self) -> Vec<Stream> {
        let without = |table: &str| -> Option<String> {
            let terms: Vec<String> = self.without.iter().filter_map(|term| term_asked(term, table)).collect();
            (!terms.is_empty()).then(|| terms.join(" OR "))
        };
        let with = |asked: String, table: &str| match without(table) {
            Some(without) => format!("({asked}) NOT ({without})"),
            None => asked,
        };
        let main: Vec<String> = self.words.iter().filter_map(|group| group_asked(group, "main")).collect();
        let head: Vec<String> = self.words.iter().filter_map(|group| group_asked(group, "head")).collect();
        let must_not = without("main");
        let short = self.words.iter().position(|group| group.iter().any(is_short_beginning));
        let mut streams = Vec::new();
        if main.len() == self.words.len() {
            streams.push(Stream {
                table: "main",
                asked: with(main.join(" AND "), "main"),
                must: None,
                must_not: None,
                rest: false,
            });
        }
        if head.len() == self.words.len() {
            let asked = with(head.join(" AND "), "head");
            let (must_not, rest) = if short.is_some() { (must_not.clone(), false) } else { (None, true) };
            streams.push(Stream { table: "head", asked, must: None, must_not, rest });
        }
        // A short beginning in the subject, the other words anywhere.
        if let Some(short) = short.filter(|_| self.words.len() > 1)
            && let Some(asked) = self.words.get(short).and_then(|group| group_asked(group, "head"))
        {
            let others = self.words.iter().enumerate().filter(|(place, _)| *place != short);
            let others: Vec<String> = others.filter_map(|(_, group)| group_asked(group, "main")).collect();
            let must = Some(others.join(" AND "));
            streams.push(Stream { table: "head", asked: with(asked, "head"), must, must_not, rest: false });
        }
        streams
    }

    /// Goes through what lists show, newest first.
    fn walk_lists(
        &self,
        store: &Connection,
        visit: &mut dyn FnMut(i64, i64) -> Result<ControlFlow<()>, Trouble>,
    ) -> Result<(), Trouble> {
        let few = |index: &str, flags: &str| {
            format!(
                "SELECT shown.date, shown.msg FROM shown INDEXED BY {index} CROSS JOIN msg ON msg.id = shown.msg
                 WHERE shown.flags & {flags} AND {} ORDER BY shown.date DESC, shown.msg DESC",
                self.condition
            )
        };
        let questions: Vec<String> = match self.only {
            Some(Only::Starred) => vec![few("shown_starred", "4 <> 0")],
            Some(Only::Unread) => vec![few("shown_unread", "1 = 0")],
            None => self
                .folders
                .iter()
                .map(|folder| {
                    format!(
                        "SELECT shown.date, shown.msg FROM shown CROSS JOIN msg ON msg.id = shown.msg
                 WHERE shown.folder = {folder} AND {} ORDER BY shown.date DESC, shown.msg DESC",
                        self.condition
                    )
                })
                .collect(),
        };
        walk_rows(store, &questions, visit).map_err(|trouble| match trouble {
            Trouble::Index(error) => Trouble::Store(error.into()),
            Trouble::Store(error) => Trouble::Store(error),
        })
    }
}

/// Asks a mail what the index couldn't answer.
struct Look<'a> {
    row: Statement<'a>,
    holds: Statement<'a>,
    /// What a mail that was met in a list must have, and what it mustn't.
    words: Vec<Words>,
    mixed: Vec<Vec<Asked<'a>>>,
    index: Option<Index<'a>>,
    seen: HashSet<i64>,
    /// Others need no look.
    wanted: Option<HashSet<i64>>,
    /// Of these servers said that they have the words.
    abroad: Arc<HashSet<i64>>,
}

enum Asked<'a> {
    Words(Words),
    Fact(Statement<'a>),
}

/// Questions to the index about one mail.
struct Index<'a> {
    connection: &'a Connection,
    key: Statement<'a>,
    main: Statement<'a>,
    head: Statement<'a>,
    /// The mails asked about are few and far between.
    few: bool,
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
            let most = (KEYS << self.read.min(16)).min(MOST_KEYS);
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
            let has = match (index.few, *table) {
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
    fn new(
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

    fn at(&mut self, gathered: &mut Gathered, msg: i64, met: Met) -> Result<ControlFlow<()>, Trouble> {
        if gathered.has_passed(msg, met) || gathered.next().is_break() {
            return Ok(ControlFlow::Break(()));
        }
        if self.wanted.as_ref().is_some_and(|wanted| !wanted.contains(&msg)) {
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
        let key = met.key();
        // A mail in several mailboxes may come several times.
        if !holds || !self.has_the_rest(msg, key)? || (key.is_none() && !self.seen.insert(msg)) {
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

/// The keys of mails, as far as they have any.
fn keys_of(index: &Connection, mails: &HashSet<i64>) -> Result<HashSet<i64>, Trouble> {
    let mut statement = index.prepare("SELECT key FROM entry WHERE msg = ?1")?;
    let mut keys = HashSet::with_capacity(mails.len());
    for msg in mails {
        keys.extend(statement.query_row([msg], |row| row.get::<_, i64>(0)).optional()?);
    }
    Ok(keys)
}

/// Goes through what the index finds (of `only` these) and what servers found, newest first, each mail once.
fn walk_index(
    index: &Connection,
    (streams, abroad): (&[Stream], &BTreeMap<i64, i64>),
    keys: (i64, i64),
    only: Option<&HashSet<i64>>,
    visit: &mut dyn FnMut(i64, i64) -> Result<ControlFlow<()>, Trouble>,
) -> Result<(), Trouble> {
    let mut statements = Vec::new();
    for stream in streams {
        let table = stream.table;
        statements.push(index.prepare(&format!(
            "SELECT rowid FROM {table} WHERE {table} MATCH ?1 AND rowid BETWEEN ?2 AND ?3 ORDER BY rowid DESC"
        ))?);
    }
    let mut has = index.prepare("SELECT 1 FROM main WHERE main MATCH ?1 AND rowid = ?2")?;
    let mut msg_of = index.prepare("SELECT msg, whole FROM entry WHERE key = ?1")?;
    let mut walks: Vec<(Rows<'_>, Option<i64>, &Stream)> = Vec::new();
    for (statement, stream) in statements.iter_mut().zip(streams) {
        let mut rows = statement.query(params![stream.asked, keys.0, keys.1])?;
        let next = next_key(&mut rows)?;
        walks.push((rows, next, stream));
    }
    let mut abroad = abroad.range(keys.0..=keys.1).rev().peekable();
    loop {
        let next = walks.iter().filter_map(|(_, next, _)| *next).max();
        let Some(key) = next.max(abroad.peek().map(|(key, _)| **key)) else { break };
        let hit = abroad.next_if(|(next, _)| **next == key).map(|(_, msg)| *msg);
        if hit.is_none() && only.is_some_and(|keys| !keys.contains(&key)) {
            for (rows, next, _) in walks.iter_mut().filter(|(_, next, _)| *next == Some(key)) {
                *next = next_key(rows)?;
            }
            continue;
        }
        let entry = msg_of.query_row([key], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let mut found = false;
        for (rows, next, stream) in walks.iter_mut().filter(|(_, next, _)| *next == Some(key)) {
            let is_asked = entry.is_some_and(|(_, whole): (i64, bool)| !(stream.rest && whole));
            if !found && is_asked {
                let with = stream.must.as_ref().map_or(Ok(true), |asked| has.exists(params![asked, key]))?;
                let without =
                    stream.must_not.as_ref().map_or(Ok(false), |asked| has.exists(params![asked, key]))?;
                found = with && !without;
            }
            *next = next_key(rows)?;
        }
        if let Some(msg) = hit.or(entry.filter(|_| found).map(|(msg, _)| msg))
            && visit(key, msg)?.is_break()
        {
            break;
        }
    }
    Ok(())
}

fn next_key(rows: &mut Rows<'_>) -> Result<Option<i64>, rusqlite::Error> {
    rows.next()?.map(|row| row.get(0)).transpose()
}

/// Goes through the answers to questions for (date, mail), each in falling order, as one.
fn walk_rows(
    store: &Connection,
    questions: &[String],
    visit: &mut dyn FnMut(i64, i64) -> Result<ControlFlow<()>, Trouble>,
) -> Result<(), Trouble> {
    let mut statements = Vec::new();
    for question in questions {
        statements.push(store.prepare(question)?);
    }
    let next = |rows: &mut Rows<'_>| -> Result<Option<(i64, i64)>, rusqlite::Error> {
        rows.next()?.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
    };
    let mut walks = Vec::new();
    for statement in &mut statements {
        let mut rows = statement.query([])?;
        let first = next(&mut rows)?;
        walks.push((rows, first));
    }
    while let Some(newest) = walks.iter().filter_map(|(_, next)| *next).max() {
        for (rows, row) in walks.iter_mut().filter(|(_, row)| *row == Some(newest)) {
            *row = next(rows)?;
        }
        if visit(newest.0, newest.1)?.is_break() {
            break;
        }
    }
    Ok(())
}
