//! A store that is filled without a server.

use std::path::Path;

use waxwing_core::model::{AccountConfig, AccountId, MailboxId, Role, SecretKind, Security};
use waxwing_core::store::{ListedFolder, Store};

/// A new store with one account, whose INBOX is empty and has UIDVALIDITY 1.
pub fn with_inbox(directory: &Path) -> (Store, AccountId, MailboxId) {
    let store = Store::open(directory).expect("a new store");
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
    let account = store.writer().add_account(&config).expect("an account");
    let inbox = ListedFolder {
        wire_name: "INBOX".into(),
        path: "INBOX".into(),
        delimiter: Some('/'),
        role: Role::Inbox,
        selectable: true,
    };
    // Nobody is there to be told what changed.
    let _ = store.writer().list_folders(account, &[inbox]).expect("a mailbox");
    let inbox = store.writer().folder_with_role(account, Role::Inbox).ok().flatten().expect("the mailbox");
    store.writer().extend_folder(inbox, 1, 1).expect("its numbering");
    (store, account, inbox)
}
