//! Texts that are kept to be sent again and again.

use rusqlite::params;

use super::reader::Reader;
use super::writer::Writer;
use crate::error::{Error, ErrorKind};
use crate::model::{Template, TemplateId};

/// Longest name and subject, and longest text, in bytes.
const LONGEST_LINE: usize = 2_000;
const LONGEST_TEXT: usize = 1 << 20;

impl Writer {
    /// Keeps a text, or another one in the place of that one.
    ///
    /// # Errors
    /// `InvalidInput` for a blank name, or where something is too long; `NotFound`.
    pub fn save_template(
        &mut self,
        id: Option<TemplateId>,
        name: &str,
        subject: &str,
        text: &str,
    ) -> Result<TemplateId, Error> {
        let (name, subject) = (name.trim(), subject.trim());
        let is_line = |line: &str| line.len() <= LONGEST_LINE && !line.chars().any(char::is_control);
        if name.is_empty() || !is_line(name) || !is_line(subject) || text.len() > LONGEST_TEXT {
            return Err(Error::note(
                ErrorKind::InvalidInput,
                "a text that is kept has a name, and is not endless",
            ));
        }
        self.keep(|tx| {
            let Some(id) = id else {
                tx.execute(
                    "INSERT INTO template(name, subject, text) VALUES(?1, ?2, ?3)",
                    params![name, subject, text],
                )?;
                return Ok(TemplateId(tx.last_insert_rowid()));
            };
            let changed = tx.execute(
                "UPDATE template SET name = ?2, subject = ?3, text = ?4 WHERE id = ?1",
                params![id.0, name, subject, text],
            )?;
            if changed == 0 { Err(Error::new(ErrorKind::NotFound)) } else { Ok(id) }
        })
    }

    /// Keeps it no longer.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn delete_template(&mut self, id: TemplateId) -> Result<(), Error> {
        let removed = self.keep(|tx| Ok(tx.execute("DELETE FROM template WHERE id = ?1", [id.0])?))?;
        if removed == 0 { Err(Error::new(ErrorKind::NotFound)) } else { Ok(()) }
    }
}

impl Reader {
    /// The texts that are kept, by name.
    ///
    /// # Errors
    /// `StorageFailed`.
    pub fn templates(&self) -> Result<Vec<Template>, Error> {
        self.with(|connection| {
            let mut all: Vec<Template> = connection
                .prepare_cached("SELECT id, name, subject, text FROM template")?
                .query_map([], |row| {
                    Ok(Template {
                        id: TemplateId(row.get(0)?),
                        name: row.get(1)?,
                        subject: row.get(2)?,
                        text: row.get(3)?,
                    })
                })?
                .collect::<Result<_, _>>()?;
            all.sort_by_cached_key(|template| (template.name.to_lowercase(), template.id));
            Ok(all)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[test]
    fn texts_are_kept_changed_and_deleted() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        let save = |id, name: &str, text: &str| store.writer().save_template(id, name, "Re", text);
        let thanks = save(None, " thanks ", "Thank you\n").unwrap();
        let offer = save(None, "Offer", "").unwrap();
        let names = || -> Vec<(String, String)> {
            store.reader().templates().unwrap().into_iter().map(|one| (one.name, one.text)).collect()
        };
        assert_eq!(names(), [("Offer".into(), String::new()), ("thanks".into(), "Thank you\n".into())]);
        assert_eq!(save(Some(thanks), "A lot of thanks", "x").unwrap(), thanks);
        assert_eq!(names()[0], ("A lot of thanks".into(), "x".into()));
        store.writer().delete_template(thanks).unwrap();
        assert_eq!(names().len(), 1);
        for error in
            [save(Some(thanks), "x", "").unwrap_err(), store.writer().delete_template(thanks).unwrap_err()]
        {
            assert_eq!(error.kind(), ErrorKind::NotFound);
        }
        for (name, text) in [(" ", ""), ("a\nb", ""), ("a", &*"x".repeat(LONGEST_TEXT + 1))] {
            assert_eq!(save(Some(offer), name, text).unwrap_err().kind(), ErrorKind::InvalidInput);
        }
    }
}
