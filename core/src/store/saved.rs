//! Searches that are kept.

use rusqlite::{Row, params};

use super::reader::Reader;
use super::writer::Writer;
use crate::error::{Error, ErrorKind};
use crate::model::{AccountId, MailboxId, SavedSearch, SavedSearchId, SearchScope};

/// Longest name and text, in bytes.
const LONGEST: usize = 2_000;

fn saved(row: &Row<'_>) -> rusqlite::Result<SavedSearch> {
    let (account, folder) = (row.get::<_, Option<i64>>(4)?, row.get::<_, Option<i64>>(5)?);
    let scope = match (row.get::<_, i64>(3)?, account, folder) {
        (1, Some(account), _) => SearchScope::Account(AccountId(account)),
        (2, _, Some(folder)) => SearchScope::Mailbox(MailboxId(folder)),
        (3, ..) => SearchScope::Inboxes,
        (4, ..) => SearchScope::Starred,
        _ => SearchScope::Everywhere,
    };
    Ok(SavedSearch { id: SavedSearchId(row.get(0)?), name: row.get(1)?, text: row.get(2)?, scope })
}

/// A name or a text as it is kept.
fn settled(text: &str) -> Result<&str, Error> {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST || text.chars().any(char::is_control) {
        return Err(Error::note(ErrorKind::InvalidInput, "a search that is kept has a name and a text"));
    }
    Ok(text)
}

impl Writer {
    /// Keeps a search.
    ///
    /// # Errors
    /// `InvalidInput` for a blank name or text, `NotFound` for a scope that isn't there.
    pub fn save_search(
        &mut self,
        name: &str,
        text: &str,
        scope: SearchScope,
    ) -> Result<SavedSearchId, Error> {
        let (name, text) = (settled(name)?, settled(text)?);
        let (place, account, folder) = match scope {
            SearchScope::Everywhere => (0, None, None),
            SearchScope::Account(account) => (1, Some(account.0), None),
            SearchScope::Mailbox(mailbox) => (2, None, Some(mailbox.0)),
            SearchScope::Inboxes => (3, None, None),
            SearchScope::Starred => (4, None, None),
        };
        self.keep(|tx| {
            let is_there: bool = tx.query_row(
                "SELECT (?1 IS NULL OR EXISTS(SELECT 1 FROM account WHERE id = ?1))
                   AND (?2 IS NULL OR EXISTS(SELECT 1 FROM folder WHERE id = ?2))",
                params![account, folder],
                |row| row.get(0),
            )?;
            if !is_there {
                return Err(Error::new(ErrorKind::NotFound));
            }
            tx.execute(
                "INSERT INTO saved_search(name, text, place, account, folder) VALUES(?1, ?2, ?3, ?4, ?5)",
                params![name, text, place, account, folder],
            )?;
            Ok(SavedSearchId(tx.last_insert_rowid()))
        })
    }

    /// Gives it another name.
    ///
    /// # Errors
    /// `InvalidInput`, `NotFound`.
    pub fn rename_search(&mut self, id: SavedSearchId, name: &str) -> Result<(), Error> {
        let name = settled(name)?;
        let changed = self.keep(|tx| {
            Ok(tx.execute("UPDATE saved_search SET name = ?2 WHERE id = ?1", params![id.0, name])?)
        })?;
        if changed == 0 { Err(Error::new(ErrorKind::NotFound)) } else { Ok(()) }
    }

    /// Keeps it no longer.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn delete_search(&mut self, id: SavedSearchId) -> Result<(), Error> {
        let removed = self.keep(|tx| Ok(tx.execute("DELETE FROM saved_search WHERE id = ?1", [id.0])?))?;
        if removed == 0 { Err(Error::new(ErrorKind::NotFound)) } else { Ok(()) }
    }
}

impl Reader {
    /// The searches that are kept, by name.
    ///
    /// # Errors
    /// `StorageFailed`.
    pub fn saved_searches(&self) -> Result<Vec<SavedSearch>, Error> {
        self.with(|connection| {
            let mut all: Vec<SavedSearch> = connection
                .prepare_cached("SELECT id, name, text, place, account, folder FROM saved_search")?
                .query_map([], saved)?
                .collect::<Result<_, _>>()?;
            all.sort_by_cached_key(|search| (search.name.to_lowercase(), search.id));
            Ok(all)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AccountConfig, SecretKind, Security};
    use crate::store::Store;

    #[test]
    fn searches_are_kept_by_name_until_what_they_search_is_gone() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        let config = AccountConfig {
            address: "ada@example.org".into(),
            display_name: String::new(),
            user_name: "ada".into(),
            imap_host: "imap.example.org".into(),
            imap_port: 993,
            imap_security: Security::Tls,
            secret_kind: SecretKind::Password,
            submission: None,
        };
        let account = store.writer().add_account(&config).unwrap();
        let of_account = SearchScope::Account(account);
        let bills = store.writer().save_search(" bills ", "subject:invoice", of_account).unwrap();
        let unread = store.writer().save_search("Another", "is:unread", SearchScope::Starred).unwrap();
        let names = || -> Vec<(String, SearchScope)> {
            let all = store.reader().saved_searches().unwrap();
            all.into_iter().map(|saved| (saved.name, saved.scope)).collect()
        };
        assert_eq!(names(), [("Another".into(), SearchScope::Starred), ("bills".into(), of_account)]);
        store.writer().rename_search(unread, "Unread").unwrap();
        assert_eq!(names(), [("bills".into(), of_account), ("Unread".into(), SearchScope::Starred)]);

        let kind = |result: Result<(), Error>| result.unwrap_err().kind();
        assert_eq!(kind(store.writer().rename_search(bills, " ")), ErrorKind::InvalidInput);
        assert_eq!(kind(store.writer().rename_search(SavedSearchId(99), "x")), ErrorKind::NotFound);
        assert_eq!(kind(store.writer().delete_search(SavedSearchId(99))), ErrorKind::NotFound);
        let nowhere = SearchScope::Mailbox(MailboxId(99));
        let failed = store.writer().save_search("x", "y", nowhere).unwrap_err();
        assert_eq!(failed.kind(), ErrorKind::NotFound);

        let bea = AccountConfig { address: "bea@example.org".into(), user_name: "bea".into(), ..config };
        let last = store.writer().add_account(&bea).unwrap();
        let _ = store.writer().remove_account(account).unwrap();
        assert_eq!(names(), [("Unread".into(), SearchScope::Starred)]);
        store.writer().delete_search(unread).unwrap();
        assert_eq!(names(), []);
        store.writer().save_search("Of a person", "from:ann", SearchScope::Everywhere).unwrap();
        let _ = store.writer().remove_account(last).unwrap();
        assert_eq!(names(), [], "no word is left when nobody's mail is here any more");
    }
}
