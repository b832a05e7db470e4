//! How a query is answered: where its mails are met, and what is left to be asked of each.

use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension};

use super::Trouble;
use super::asked::{
    Mailbox, fact_condition, folder_condition, group_asked, is_short_beginning, scope_condition, term_asked,
    term_condition,
};
use super::feed::first_key;
use super::look::Look;
use super::query::{Fact, Group, Query, Term, What};
use super::sources::{Source, mail_for};
use super::walk::{Moments, Visit, Worded, walk_dates, walk_index};
use super::window::{Gathered, Met};
use crate::error::Error;
use crate::model::{FlagBits, SearchScope};

/// So few mails are asked about their words before any other way is tried.
const HANDFUL: usize = if cfg!(test) { 5 } else { 20 };
/// So few mails are looked up in the index one by one.
const FEW: usize = if cfg!(test) { 20 } else { 200 };
/// So many are gone through instead of those with the words.
const SOME: usize = if cfg!(test) { 100 } else { 5_000 };
/// Mails of a source are counted so far. Tests have fewer mails, so that these take every way, too.
const MANY: usize = if cfg!(test) { 500 } else { 20_000 };

/// How a query is answered.
pub(super) struct Plan<'a> {
    /// Groups of words alone: the index is asked for them.
    pub(super) words: Vec<&'a Group>,
    /// Words that must not be there.
    pub(super) without: Vec<&'a Term>,
    /// Groups of words and facts: each mail found otherwise is asked for them.
    pub(super) mixed: Vec<&'a Group>,
    /// Everything else, as a condition on `shown` and `msg`. Holds numbers alone of what was typed.
    pub(super) condition: String,
    /// Mailboxes searched, where a list has to be gone through.
    folders: Vec<i64>,
    /// Keys in which all that is wanted lies.
    keys: (i64, i64),
    /// Each holds everything that is wanted.
    sources: Vec<Source>,
    /// Everything wanted is of a fact or has words of these.
    either: Option<Either<'a>>,
    /// Mails that servers found: they have the words, and what was mixed with them.
    pub(super) abroad: Arc<HashSet<i64>>,
}

/// Facts and words of which one must be.
struct Either<'a> {
    facts: Vec<Source>,
    words: Vec<&'a Term>,
}

impl<'a> Either<'a> {
    /// `None` if one of the terms says only what mustn't be, or is of a fact whose mails aren't known by an index.
    fn of(store: &Connection, group: &'a Group) -> Result<Option<Self>, Error> {
        let mut either = Self { facts: Vec::new(), words: Vec::new() };
        for term in group {
            match &term.what {
                _ if term.negated => return Ok(None),
                What::Text { .. } => either.words.push(term),
                What::Fact(fact) => match Source::of(store, fact)? {
                    Some(source) => either.facts.push(source),
                    None => return Ok(None),
                },
            }
        }
        Ok(Some(either))
    }
}

/// A question to the index, and what is to be asked of each mail it finds.
pub(super) struct Stream {
    pub(super) table: &'static str,
    pub(super) asked: String,
    /// Asked of `main`.
    pub(super) must: Option<String>,
    pub(super) must_not: Option<String>,
    /// Only of mails that aren't in `main`, which answers for the others.
    pub(super) rest: bool,
}

impl<'a> Plan<'a> {
    pub(super) fn new(store: &Connection, query: &'a Query, scope: SearchScope) -> Result<Self, Error> {
        let mailboxes = Mailbox::all(store, &scope_condition(scope))?;
        let mut plan = Self {
            words: Vec::new(),
            without: Vec::new(),
            mixed: Vec::new(),
            condition: String::new(),
            folders: Vec::new(),
            keys: (0, i64::MAX),
            sources: Vec::new(),
            either: None,
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
                    plan.narrow(store, fact)?;
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
            if plan.either.is_none() && group.len() > 1 && texts < group.len() {
                plan.either = Either::of(store, group)?;
            }
        }
        if scope == SearchScope::Starred {
            let starred = Fact::Flag(FlagBits::FLAGGED.0);
            plan.narrow(store, &starred)?;
            conditions.push(fact_condition(&starred, &mailboxes));
        }
        plan.folders = within.iter().map(|mailbox| mailbox.id).collect();
        conditions.insert(0, folder_condition(plan.folders.iter().copied()));
        plan.condition = conditions.join(" AND ");
        Ok(plan)
    }

    pub(super) fn with(self, abroad: Arc<HashSet<i64>>) -> Self {
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
    fn narrow(&mut self, store: &Connection, fact: &Fact) -> Result<(), Error> {
        match fact {
            Fact::Before(date) => self.keys.1 = self.keys.1.min(first_key(*date).saturating_add(1 << 20)),
            Fact::After(date) => self.keys.0 = self.keys.0.max(first_key(*date)),
            _ => self.sources.extend(Source::of(store, fact)?),
        }
        Ok(())
    }

    pub(super) fn run(
        &self,
        store: &Connection,
        index: Option<&Connection>,
        gathered: &mut Gathered,
    ) -> Result<(), Trouble> {
        let mut look = Look::new(store, self, index)?;
        let Some(index) = index.filter(|_| !self.words.is_empty()) else {
            let (source, _) = self.fewest(store, MANY)?;
            return self.walk_lists(store, index, source, &mut |date, msg| {
                look.at(gathered, msg, Met::InList { date })
            });
        };
        // All mails with a beginning are gathered before the first of them is known.
        let streams = self.streams();
        let enough = if streams.iter().any(|stream| stream.asked.contains('*')) { SOME } else { HANDFUL };
        let (source, mails) = self.fewest(store, enough + 1)?;
        if mails <= HANDFUL || mails <= enough && source.is_none() {
            return self.walk_few(store, (source, mails), look, gathered);
        }
        let all_whole: bool =
            index.query_row("SELECT coalesce(sum(whole) = sum(entries), 1) FROM coverage", [], |row| {
                row.get(0)
            })?;
        let mut streams = streams;
        streams.retain(|stream| !(stream.rest && all_whole));
        let abroad = self.keys_abroad(store, Some(index))?;
        let mut doubtful = (mails <= enough).then_some(self.keys.1);
        if doubtful.is_none() {
            walk_index(index, (&streams, &abroad), (self.keys, None), &mut |key, msg| {
                if gathered.is_doubtful() {
                    doubtful = Some(key);
                    return Ok(ControlFlow::Break(()));
                }
                look.at(gathered, msg, Met::InIndex { key })
            })?;
        }
        let Some(key) = doubtful else { return Ok(()) };
        let (source, mails) = self.fewest(store, MANY)?;
        if mails <= FEW {
            gathered.begin_again();
            return self.walk_few(store, (source, mails), look, gathered);
        }
        // Where many are wanted, a look at each costs less than to read which they are.
        let wanted = source.filter(|_| mails < MANY).map(|source| source.mails(store)).transpose()?;
        let moments = match &wanted {
            Some(mails) => Some(Moments::of(index, mails.iter().map(|(_, date)| *date))?),
            None => None,
        };
        look.wanted = wanted.map(|mails| mails.into_iter().map(|(mail, _)| mail).collect());
        walk_index(index, (&streams, &abroad), ((self.keys.0, key), moments.as_ref()), &mut |key, msg| {
            look.at(gathered, msg, Met::InIndex { key })
        })
    }

    /// Asks each of so few mails whether it has the words.
    fn walk_few(
        &self,
        store: &Connection,
        (source, mails): (Option<&Source>, usize),
        mut look: Look<'_>,
        gathered: &mut Gathered,
    ) -> Result<(), Trouble> {
        if let Some(index) = &mut look.index {
            index.few = mails <= FEW;
        }
        self.walk_lists(store, None, source, &mut |date, msg| look.at(gathered, msg, Met::InList { date }))
    }

    /// The same of what servers found alone.
    pub(super) fn run_abroad(&self, store: &Connection, gathered: &mut Gathered) -> Result<(), Trouble> {
        let mut look = Look::new(store, self, None)?;
        for (key, msg) in self.keys_abroad(store, None)?.into_iter().rev() {
            if look.at(gathered, msg, Met::InIndex { key })?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// What holds the fewest mails of those that hold all that is wanted, words aside, and how many, as far as `most`.
    /// `None`: the lists of the mailboxes do.
    fn fewest(&self, store: &Connection, most: usize) -> Result<(Option<&Source>, usize), Error> {
        let mut total = store.prepare_cached("SELECT total FROM folder WHERE id = ?1")?;
        let mut fewest = 0;
        for folder in &self.folders {
            fewest += total.query_row([folder], |row| row.get::<_, usize>(0))?;
        }
        fewest = fewest.min(most);
        let mut best = None;
        for source in &self.sources {
            let mails = source.count(store, fewest)?;
            if mails < fewest || best.is_none() && mails == most {
                (best, fewest) = (Some(source), mails);
            }
        }
        Ok((best, fewest))
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

    /// Goes through what lists show, newest first: what a source holds, or what is of one of several things, or all.
    fn walk_lists(
        &self,
        store: &Connection,
        index: Option<&Connection>,
        source: Option<&Source>,
        visit: &mut Visit<'_>,
    ) -> Result<(), Trouble> {
        if let Some(source) = source {
            return walk_dates(store, &source.questions(&self.condition), (None, &[]), Vec::new(), visit);
        }
        if let Some(either) = self.either.as_ref().filter(|either| index.is_some() || either.words.is_empty())
        {
            let facts: Vec<String> =
                either.facts.iter().flat_map(|source| source.questions(&self.condition)).collect();
            let mut worded = Vec::new();
            for term in &either.words {
                for table in ["main", "head"] {
                    worded.extend(term_asked(term, table).map(|asked| Worded { table, asked }));
                }
            }
            return walk_dates(store, &facts, (index, &worded), self.dates_abroad(store)?, visit);
        }
        let mail = mail_for(&self.condition);
        let question = |folder: &i64| {
            format!(
                "SELECT shown.date, shown.msg FROM shown {mail}
                 WHERE shown.folder = {folder} AND {} ORDER BY shown.date DESC, shown.msg DESC",
                self.condition
            )
        };
        let questions: Vec<String> = self.folders.iter().map(question).collect();
        walk_dates(store, &questions, (None, &[]), Vec::new(), visit)
    }

    /// The mails that servers found, by their dates, newest first.
    fn dates_abroad(&self, store: &Connection) -> Result<Vec<(i64, i64)>, Error> {
        let mut date_of = store.prepare_cached("SELECT date FROM msg WHERE id = ?1")?;
        let mut dates = Vec::new();
        for msg in self.abroad.iter() {
            let date: Option<i64> = date_of.query_row([msg], |row| row.get(0)).optional()?;
            dates.extend(date.map(|date| (date, *msg)));
        }
        dates.sort_unstable_by(|one, other| other.cmp(one));
        Ok(dates)
    }
}
