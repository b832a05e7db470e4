//! One moment of the store, of which several things are asked: nothing changes between two questions.

use std::collections::HashSet;

use rusqlite::Connection;

use super::Reader;
use super::lists::Moment;
use super::reader::{EMAIL, email_row};
use super::writer::optional;
use crate::error::Error;
use crate::model::{Address, Conversation, EmailId, EmailRow, ListQuery, MailboxId, Page, ThreadId};

/// What was committed last when it was first asked something.
pub struct Snapshot<'a> {
    pub(super) reader: &'a Reader,
    pub(super) connection: &'a Connection,
    now: Moment,
}

impl Reader {
    /// Asks several things of one moment.
    ///
    /// # Errors
    /// What `work` gives, `StorageFailed`, `WrongState` while the store is given up.
    pub fn at_once<T>(&self, work: impl FnOnce(&Snapshot<'_>) -> Result<T, Error>) -> Result<T, Error> {
        // Before the snapshot is opened: what is told of until then is in it.
        let now = self.0.lists.now();
        self.with(|connection| work(&Snapshot { reader: self, connection, now }))
    }
}

impl Snapshot<'_> {
    /// A window of a list: `count` rows from `first` on.
    pub fn page(&self, query: ListQuery, first: usize, count: usize) -> Result<Page, Error> {
        let page = match query {
            ListQuery::Mailbox(_) | ListQuery::AllInboxes if first == 0 => {
                let folders = super::lists::folders(self.connection, query)?;
                first_page(self.connection, &folders, count)?
            }
            ListQuery::Conversations(_) | ListQuery::InboxConversations if first == 0 => {
                // Of different accounts, so that no conversation is in two of them.
                let mut page = Page::default();
                for folder in super::lists::folders(self.connection, query)? {
                    let one = first_conversations(self.connection, MailboxId(folder), count)?;
                    page.total += one.total;
                    page.rows.extend(one.rows);
                }
                page.rows.sort_by_key(|row| std::cmp::Reverse((row.date, row.id, row.mailbox)));
                page.rows.truncate(count);
                page
            }
            _ => {
                let (total, first, window) =
                    self.reader.0.lists.read(self.connection, query, self.now, |list| {
                        let first = first.min(list.len());
                        (list.len(), first, list.window(first, count))
                    })?;
                Page { rows: self.rows(window)?, first, total }
            }
        };
        self.with_conversations(query, page)
    }

    /// A window of a list around one of its mails: `before` rows above it, `after` from it on. Where it isn't listed any
    /// more the window begins at `otherwise`.
    pub fn page_around(
        &self,
        query: ListQuery,
        email: EmailId,
        (before, after): (usize, usize),
        otherwise: usize,
    ) -> Result<Page, Error> {
        let (total, first, window) = self.reader.0.lists.read(self.connection, query, self.now, |list| {
            let place = list.place_of(email.0);
            let first = place.map_or(otherwise.min(list.len()), |place| place.saturating_sub(before));
            let count = place.map_or(before, |place| place - first).saturating_add(after);
            (list.len(), first, list.window(first, count))
        })?;
        self.with_conversations(query, Page { rows: self.rows(window)?, first, total })
    }

    /// The rows of (mailbox, mail).
    fn rows(&self, window: Vec<(i64, i64)>) -> Result<Vec<EmailRow>, Error> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {EMAIL} FROM msg CROSS JOIN shown ON shown.folder = ?1 AND shown.date = msg.date AND shown.msg = msg.id
             WHERE msg.id = ?2"
        ))?;
        let mut rows = Vec::with_capacity(window.len());
        for (folder, msg) in window {
            // The list may be of a later moment than this one. A row that isn't there is left out; FolderChanged is on its
            // way.
            rows.extend(optional(statement.query_row([folder, msg], email_row))?);
        }
        Ok(rows)
    }

    fn with_conversations(&self, query: ListQuery, mut page: Page) -> Result<Page, Error> {
        if query.is_of_conversations() {
            for row in &mut page.rows {
                row.conversation = Some(conversation(self.connection, row.thread)?);
            }
        }
        Ok(page)
    }

    /// The server's UID of each of these rows in the mailbox it is listed from; 0 where it is not there yet.
    pub fn uids(&self, rows: &[EmailRow]) -> Result<Vec<u32>, Error> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT coalesce(min(uid), 0) FROM loc WHERE folder = ?1 AND msg = ?2")?;
        let mut uids = Vec::with_capacity(rows.len());
        for row in rows {
            uids.push(statement.query_row([row.mailbox.0, row.id.0], |row| row.get(0))?);
        }
        Ok(uids)
    }

    /// One mail's row, from whichever mailbox lists it.
    ///
    /// # Errors
    /// `NotFound`, `StorageFailed`.
    pub fn row(&self, email: EmailId) -> Result<EmailRow, Error> {
        Ok(self
            .connection
            .prepare_cached(&format!(
                "SELECT {EMAIL} FROM shown JOIN msg ON msg.id = shown.msg WHERE shown.msg = ?1 LIMIT 1"
            ))?
            .query_row([email.0], email_row)?)
    }
}

/// The newest rows of some mailboxes, found by key: their number makes no difference.
fn first_page(connection: &Connection, folders: &[i64], count: usize) -> Result<Page, Error> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {EMAIL} FROM shown CROSS JOIN msg ON msg.id = shown.msg
         WHERE shown.folder = ?1 ORDER BY shown.date DESC, shown.msg DESC LIMIT ?2"
    ))?;
    let mut rows: Vec<EmailRow> = Vec::new();
    let mut total = 0;
    for folder in folders {
        total += connection
            .prepare_cached("SELECT total FROM folder WHERE id = ?1")?
            .query_row([folder], |row| row.get::<_, usize>(0))?;
        let most = i64::try_from(count).unwrap_or(i64::MAX);
        for row in statement.query_map([*folder, most], email_row)? {
            rows.push(row?);
        }
    }
    rows.sort_by_key(|row| std::cmp::Reverse((row.date, row.id, row.mailbox)));
    rows.truncate(count);
    Ok(Page { rows, first: 0, total })
}

/// The conversations of a mailbox with the newest mails, each as its newest mail there.
fn first_conversations(connection: &Connection, mailbox: MailboxId, count: usize) -> Result<Page, Error> {
    let total: Option<usize> = optional(
        connection
            .prepare_cached("SELECT threads FROM folder WHERE id = ?1")?
            .query_row([mailbox.0], |row| row.get(0)),
    )?;
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {EMAIL} FROM shown CROSS JOIN msg ON msg.id = shown.msg
         WHERE shown.folder = ?1 ORDER BY shown.date DESC, shown.msg DESC"
    ))?;
    let mut page = Page { rows: Vec::new(), first: 0, total: total.unwrap_or(0) };
    let mut seen = HashSet::new();
    let mut found = statement.query([mailbox.0])?;
    while page.rows.len() < count.min(page.total) {
        let Some(row) = found.next()? else { break };
        let thread: i64 = row.get(11)?;
        if seen.insert(thread) {
            page.rows.push(email_row(row)?);
        }
    }
    Ok(page)
}

/// How many mails a conversation has in all mailboxes.
fn conversation(connection: &Connection, thread: ThreadId) -> Result<Conversation, Error> {
    let (mails, unread) = connection
        .prepare_cached(
            "SELECT count(*), coalesce(sum(unread), 0) FROM (
               SELECT max(shown.flags & 1 = 0) AS unread
               FROM shown INDEXED BY shown_thread CROSS JOIN folder ON folder.id = shown.folder
               WHERE shown.thread = ?1 AND folder.listed GROUP BY shown.msg)",
        )?
        .query_row([thread.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Conversation { mails, unread, authors: authors(connection, thread)? })
}

/// Mails of a conversation whose authors are asked for.
const MOST_AUTHORED: i64 = 200;

/// Who wrote a conversation, in the order in which they joined in: the first five and the last.
fn authors(connection: &Connection, thread: ThreadId) -> Result<Vec<Address>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT msg.from_name, msg.from_address FROM shown INDEXED BY shown_thread
         CROSS JOIN folder ON folder.id = shown.folder CROSS JOIN msg ON msg.id = shown.msg
         WHERE shown.thread = ?1 AND folder.listed ORDER BY shown.date, shown.msg LIMIT ?2",
    )?;
    let rows = statement.query_map([thread.0, MOST_AUTHORED], |row| {
        Ok(Address { name: row.get(0)?, address: row.get(1)? })
    })?;
    let mut authors: Vec<Address> = Vec::new();
    for author in rows {
        let author = author?;
        let is_same = |known: &Address| {
            known.address.eq_ignore_ascii_case(&author.address)
                && (!author.address.is_empty() || known.name == author.name)
        };
        if !authors.iter().any(is_same) {
            // The last one stays the last.
            authors.truncate(5);
            authors.push(author);
        }
    }
    Ok(authors)
}
