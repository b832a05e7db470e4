//! Pictures of mails that lie on the network: whose are fetched unasked, and what was fetched. The pictures themselves are in
//! memory alone.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use rusqlite::params;

use super::reader::Reader;
use super::writer::Writer;
use crate::error::Error;
use crate::model::EmailId;

/// Pictures of a mail, by the address they have in it.
pub type Images = Arc<HashMap<String, Vec<u8>>>;

/// Most memory for pictures of mails that were open before, in octets.
const MOST: usize = 48 << 20;

/// The pictures that were fetched, of the mails that were looked at last.
#[derive(Default)]
pub(super) struct Fetched {
    mails: VecDeque<(EmailId, Images)>,
}

impl Fetched {
    fn add(&mut self, email: EmailId, images: Images) {
        self.mails.retain(|(known, _)| *known != email);
        self.mails.push_front((email, images));
        let size = |(_, images): &(EmailId, Images)| images.values().map(Vec::len).sum::<usize>();
        while self.mails.len() > 1 && self.mails.iter().map(size).sum::<usize>() > MOST {
            self.mails.pop_back();
        }
    }

    fn of(&self, email: EmailId) -> Option<Images> {
        self.mails.iter().find(|(known, _)| *known == email).map(|(_, images)| Arc::clone(images))
    }
}

/// How an address is compared.
fn usual(sender: &str) -> String {
    sender.trim().to_lowercase()
}

impl Writer {
    /// Remembers that a sender's pictures are fetched unasked, or forgets it.
    pub fn show_images_of(&mut self, sender: &str, always: bool) -> Result<(), Error> {
        let sender = usual(sender);
        self.keep(|tx| {
            if always {
                tx.execute("INSERT INTO image_sender(address) VALUES(?1) ON CONFLICT DO NOTHING", [sender])?;
            } else {
                tx.execute("DELETE FROM image_sender WHERE address = ?1", [sender])?;
            }
            Ok(())
        })
    }
}

impl Reader {
    /// The addresses of senders whose pictures are fetched unasked.
    ///
    /// # Errors
    /// `StorageFailed`.
    pub fn image_senders(&self) -> Result<Vec<String>, Error> {
        self.with(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT address FROM image_sender ORDER BY address")?;
            let rows = statement.query_map([], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Whether the pictures of this sender are fetched unasked.
    ///
    /// # Errors
    /// `StorageFailed`.
    pub fn shows_images_of(&self, sender: &str) -> Result<bool, Error> {
        let sender = usual(sender);
        self.with(|connection| {
            Ok(connection
                .prepare_cached("SELECT EXISTS(SELECT 1 FROM image_sender WHERE address = ?1)")?
                .query_row(params![sender], |row| row.get(0))?)
        })
    }

    /// The pictures of a mail that were fetched from the network, by the address they have in it; `None` while none were asked
    /// for. They are kept until others take their room, at the latest until the engine ends.
    pub fn images(&self, email: EmailId) -> Option<Images> {
        self.fetched_images().of(email)
    }

    pub(crate) fn set_images(&self, email: EmailId, images: HashMap<String, Vec<u8>>) {
        self.fetched_images().add(email, Arc::new(images));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn images(size: usize) -> HashMap<String, Vec<u8>> {
        HashMap::from([("https://a.example/1".to_owned(), vec![0; size])])
    }

    #[test]
    fn senders_are_remembered_and_forgotten() {
        let directory = tempfile::tempdir().unwrap();
        let store = super::super::Store::open(directory.path()).unwrap();
        let reader = store.reader();
        let always = |sender: &str, always| store.writer().show_images_of(sender, always);
        always("Ann@Shop.example", true).unwrap();
        always(" ann@shop.example", true).unwrap();
        assert_eq!(reader.image_senders().unwrap(), ["ann@shop.example"]);
        assert!(reader.shows_images_of("ANN@shop.example").unwrap());
        assert!(!reader.shows_images_of("ann@shop.example.org").unwrap());
        always("ann@shop.example", false).unwrap();
        assert!(!reader.shows_images_of("ann@shop.example").unwrap());
    }

    #[test]
    fn pictures_of_the_mails_looked_at_last_are_kept() {
        let mut fetched = Fetched::default();
        for email in 1..=4 {
            fetched.add(EmailId(email), Arc::new(images(MOST / 3)));
        }
        assert!(fetched.of(EmailId(1)).is_none() && fetched.of(EmailId(2)).is_some());
        fetched.add(EmailId(5), Arc::new(images(MOST * 2)));
        assert!(fetched.of(EmailId(5)).is_some() && fetched.of(EmailId(4)).is_none());
    }
}
