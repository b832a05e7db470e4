//! Facts that hold for few mails as a rule: the store knows these mails by an index of their own, newest first.

use rusqlite::{Connection, OptionalExtension};

use super::asked::{has_keyword, octets};
use super::query::Fact;
use crate::error::Error;

/// Different sets of keywords that mails have. Where there are more, they aren't looked at one by one.
const MOST_SETS: usize = 200;
/// Sets that have the one that is sought.
const MOST_STREAMS: usize = 32;

/// Mails of a fact.
pub(super) enum Source {
    Starred,
    Unread,
    Attachment,
    Large,
    /// The sets of keywords in which the one that is sought is, as `shown` has them.
    Keywords(Vec<String>),
}

impl Source {
    /// Where the mails of a fact are; `None` if nothing but a look at each mail says so.
    pub(super) fn of(store: &Connection, fact: &Fact) -> Result<Option<Self>, Error> {
        Ok(match fact {
            Fact::Flag(4) => Some(Self::Starred),
            Fact::NotFlag(1) => Some(Self::Unread),
            Fact::Attachment => Some(Self::Attachment),
            Fact::Larger(size) if *size >= LARGE_SIZE => Some(Self::Large),
            Fact::Tag(name) => keyword_sets(store, name)?.map(Self::Keywords),
            _ => None,
        })
    }

    /// What they are read from, each with the condition that its index is for.
    fn tables(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Starred => vec![("shown INDEXED BY shown_starred", "shown.flags & 4 <> 0".to_owned())],
            Self::Unread => vec![("shown INDEXED BY shown_unread", "shown.flags & 1 = 0".to_owned())],
            Self::Attachment => vec![(ATTACHMENTS, "msg.has_attachment <> 0".to_owned())],
            Self::Large => vec![(LARGE, format!("msg.size > {LARGE_SIZE}"))],
            Self::Keywords(sets) => sets
                .iter()
                .map(|set| {
                    let is = format!("shown.keywords <> '' AND shown.keywords = {}", octets(set));
                    ("shown INDEXED BY shown_keywords", is)
                })
                .collect(),
        }
    }

    /// Questions for date and mail, each answered newest first.
    pub(super) fn questions(&self, condition: &str) -> Vec<String> {
        let question = |(table, is): (&str, String)| {
            let (mail, order) = match self {
                Self::Attachment | Self::Large => ("", "msg.date DESC, msg.id DESC"),
                _ => (mail_for(condition), "shown.date DESC, shown.msg DESC"),
            };
            format!(
                "SELECT shown.date, shown.msg FROM {table} {mail} WHERE {is} AND {condition} ORDER BY {order}"
            )
        };
        self.tables().into_iter().map(question).collect()
    }

    /// How many there are, as far as `most`.
    pub(super) fn count(&self, store: &Connection, most: usize) -> Result<usize, Error> {
        let mut count = 0;
        for (table, is) in self.tables() {
            let table = table_of_mails(table);
            let question = format!("SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {is} LIMIT ?1)");
            count += store.prepare(&question)?.query_row([most - count], |row| row.get::<_, usize>(0))?;
        }
        Ok(count)
    }

    /// All of them with their dates, rising.
    pub(super) fn mails(&self, store: &Connection) -> Result<Vec<(i64, i64)>, Error> {
        let mut mails = Vec::new();
        for (table, is) in self.tables() {
            let question = match self {
                Self::Attachment | Self::Large => {
                    format!("SELECT msg.id, msg.date FROM {} WHERE {is}", table_of_mails(table))
                }
                _ => format!("SELECT shown.msg, shown.date FROM {table} WHERE {is}"),
            };
            let mut statement = store.prepare(&question)?;
            for mail in statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))? {
                mails.push(mail?);
            }
        }
        mails.sort_unstable();
        Ok(mails)
    }
}

const ATTACHMENTS: &str =
    "msg INDEXED BY msg_attachment CROSS JOIN shown INDEXED BY shown_msg ON shown.msg = msg.id";
const LARGE: &str = "msg INDEXED BY msg_large CROSS JOIN shown INDEXED BY shown_msg ON shown.msg = msg.id";
/// From this size on mails are in an index of their own (`msg_large`).
const LARGE_SIZE: i64 = 50_000;

/// The table without the lists: whether a mail is shown need not be known to count it.
fn table_of_mails(table: &'static str) -> &'static str {
    table.split_once(" CROSS JOIN").map_or(table, |(mails, _)| mails)
}

/// `msg`, if a condition asks for it.
pub(super) fn mail_for(condition: &str) -> &'static str {
    if condition.contains("msg.") { "CROSS JOIN msg ON msg.id = shown.msg" } else { "" }
}

/// Which sets of keywords have this one. Mails have few different sets: each is found by a step over all that have the same.
fn keyword_sets(store: &Connection, name: &str) -> Result<Option<Vec<String>>, Error> {
    let mut next = store.prepare_cached(
        "SELECT keywords FROM shown INDEXED BY shown_keywords WHERE keywords <> '' AND keywords > ?1
         ORDER BY keywords LIMIT 1",
    )?;
    let mut sets = Vec::new();
    let mut last = String::new();
    for _ in 0..MOST_SETS {
        let Some(set) = next.query_row([&last], |row| row.get::<_, String>(0)).optional()? else {
            return Ok(Some(sets).filter(|sets| sets.len() <= MOST_STREAMS));
        };
        if has_keyword(&set, name) {
            sets.push(set.clone());
        }
        last = set;
    }
    Ok(None)
}
