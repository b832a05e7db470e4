//! All that is kept on this device.

use crate::error::Error;
use crate::model::{AccountId, AccountStatus, EmailId, ListQuery, Mailbox, Page, ReadableEmail};

/// Reads what is on this device. Cheap to clone; every call is local, fit for a background thread.
#[derive(Clone)]
pub struct Reader {}

impl Reader {
    /// All accounts, oldest first, with how they are doing.
    pub fn accounts(&self) -> Result<Vec<AccountStatus>, Error> {
        Ok(Vec::new())
    }

    /// The mailboxes of an account, roles first, then by path.
    pub fn mailboxes(&self, _account: AccountId) -> Result<Vec<Mailbox>, Error> {
        Ok(Vec::new())
    }

    /// A window of a list: `count` rows from `first` on.
    pub fn page(&self, _query: ListQuery, _first: usize, _count: usize) -> Result<Page, Error> {
        Ok(Page::default())
    }

    /// The ids of the whole list, in its order: for stepping and selecting beyond the window.
    pub fn ids(&self, _query: ListQuery) -> Result<Vec<EmailId>, Error> {
        Ok(Vec::new())
    }

    /// One mail to read.
    pub fn email(&self, _email: EmailId) -> Result<ReadableEmail, Error> {
        Err(Error::new(crate::ErrorKind::NotFound))
    }

    /// The raw octets of a mail as on the server; `NotFound` while they aren't here.
    pub fn raw(&self, _email: EmailId) -> Result<Vec<u8>, Error> {
        Err(Error::new(crate::ErrorKind::NotFound))
    }
}
