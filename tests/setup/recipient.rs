//! Somebody who gets mail in the small internet.

use waxwing_core::model::{
    AccountConfig, EmailId, FlagBits, Instant, ListQuery, Role, Secret, SecretKind, Security,
};
use waxwing_core::{Command, Done, Message};

use super::internet::{Device, Internet, Server};
use super::model::Model;

const ADDRESS: &str = "ada@harbour.example";
const PASSWORD: &str = "correct horse";
const IMAP: &str = "imap.harbour.example";

pub(crate) struct Recipient {
    pub(crate) internet: Internet,
    pub(crate) device: Device,
}

impl Recipient {
    pub(crate) fn new() -> Self {
        let internet = Internet::default();
        internet.put(IMAP, 993, Server::Model(Model::knowing(ADDRESS, PASSWORD)));
        let device = Device::on(&internet);
        let config = AccountConfig {
            address: ADDRESS.into(),
            display_name: "Ada".into(),
            user_name: ADDRESS.into(),
            imap_host: IMAP.into(),
            imap_port: 993,
            imap_security: Security::Tls,
            secret_kind: SecretKind::Password,
            submission: None,
        };
        let added = device.finished(Command::AddAccount { config, secret: Secret::new(PASSWORD) });
        let Ok(Done::Account(account)) = added else { panic!("{added:?}") };
        device.finished(Command::SyncAccount { account }).unwrap();
        Self { internet, device }
    }

    /// A mail that came, and is here.
    pub(crate) fn mail(&self, message: &str) -> EmailId {
        let reader = self.device.engine.reader();
        let account = reader.accounts().unwrap()[0].id;
        let inbox =
            reader.mailboxes(account).unwrap().into_iter().find(|mailbox| mailbox.role == Role::Inbox);
        let mailbox = inbox.unwrap().id;
        let (flags, date) = (FlagBits::NONE, Instant(1_786_000_000_000));
        let ids = || reader.ids(ListQuery::Mailbox(mailbox)).unwrap();
        let before = ids();
        let append = Command::Append { mailbox, message: Message(message.as_bytes().to_vec()), flags, date };
        self.device.finished(append).unwrap();
        ids().into_iter().find(|id| !before.contains(id)).unwrap()
    }

    /// Who was asked for anything but mail.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.internet.asked().into_iter().filter(|what| !what.contains(IMAP)).collect()
    }
}
