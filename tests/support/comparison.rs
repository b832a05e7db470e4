//! Whether what is on this device is what the server has, mail for mail.

use std::collections::BTreeMap;

use waxwing_core::Reader;
use waxwing_core::model::{AccountId, EmailId, FlagBits, ListQuery, MailboxId};

use crate::second_client::{Snapshot, sha256};

/// Every mail of an account by mailbox path: the sum of its octets and its flags, sorted. Two of the same are two.
pub type Holdings = BTreeMap<String, Vec<(String, u32)>>;

/// What the server has.
pub fn on_server(snapshot: &Snapshot) -> Holdings {
    let mailbox = |mails: &BTreeMap<u32, crate::second_client::ServerMail>| {
        let mut held: Vec<(String, u32)> =
            mails.values().map(|mail| (mail.sha256.clone(), bits(&mail.flags).0)).collect();
        held.sort();
        held
    };
    snapshot.iter().map(|(name, mails)| (name.clone(), mailbox(mails))).collect()
}

/// What is here. A mail whose body isn't here ends the test.
pub fn here(reader: &Reader, account: AccountId) -> Holdings {
    let mailboxes = reader.mailboxes(account).expect("the store can be read");
    mailboxes.into_iter().map(|mailbox| (mailbox.path, in_mailbox(reader, mailbox.id))).collect()
}

/// What is here of one mailbox.
pub fn in_mailbox(reader: &Reader, mailbox: MailboxId) -> Vec<(String, u32)> {
    let rows = reader.page(ListQuery::Mailbox(mailbox), 0, usize::MAX).expect("the store can be read").rows;
    let mut held: Vec<(String, u32)> =
        rows.into_iter().map(|row| (sum(reader, row.id), row.flags.0)).collect();
    held.sort();
    held
}

/// SHA-256 of a mail that is here.
pub fn sum(reader: &Reader, email: EmailId) -> String {
    sha256(&reader.raw(email).unwrap_or_else(|error| panic!("the body of {email:?}: {error:?}")))
}

/// Flags of the server's spelling as bits; keywords without one are left out.
pub fn bits(flags: &[String]) -> FlagBits {
    let known = FlagBits::NAMES.into_iter().filter(|(_, name)| flags.iter().any(|flag| flag == name));
    known.fold(FlagBits::NONE, |all, (bit, _)| all | bit)
}

/// Ends the test with what differs, and not with thousands of sums.
pub fn assert_same(here: &Holdings, there: &Holdings) {
    for (name, mails) in there {
        let ours = here.get(name).unwrap_or_else(|| panic!("{name} is missing here"));
        if ours != mails {
            let missing: Vec<_> = difference(mails, ours);
            let surplus: Vec<_> = difference(ours, mails);
            panic!(
                "{name}: {} here, {} on the server; only there: {missing:?}; only here: {surplus:?}",
                ours.len(),
                mails.len()
            );
        }
    }
    let names = |holdings: &Holdings| holdings.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(here), names(there));
}

/// The first few of `from` that are not in `other`, each as often as it is there too often.
fn difference(from: &[(String, u32)], other: &[(String, u32)]) -> Vec<(String, u32)> {
    let mut other = other.to_vec();
    let mut left = Vec::new();
    for mail in from {
        match other.iter().position(|known| known == mail) {
            Some(place) => drop(other.swap_remove(place)),
            None => left.push(mail.clone()),
        }
    }
    left.truncate(5);
    left
}
