//! What is at hand for whoever writes: as whom, to whom, with which texts.

use waxwing_core::model::{AccountStatus, Contact, Identity, Template};
use waxwing_core::{Error, Reader};

/// As whom one can write from an account: at least one.
pub(super) fn identities(_reader: &Reader, account: &AccountStatus) -> Result<Vec<Identity>, Error> {
    let config = &account.config;
    Ok(vec![Identity {
        name: config.display_name.clone(),
        address: config.address.clone(),
        ..Identity::default()
    }])
}

/// People whose name or address begins like that.
pub(super) fn complete(_reader: &Reader, _text: &str, _most: usize) -> Vec<Contact> {
    Vec::new()
}

pub(super) fn templates(_reader: &Reader) -> Vec<Template> {
    Vec::new()
}
