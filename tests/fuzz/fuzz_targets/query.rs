//! Any text is a query: it is answered from the index, and is never taken for a fault of it.
//!
//! The first octet chooses where is searched.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;
use waxwing_core::mime;
use waxwing_core::model::{AccountConfig, AccountId, Instant, MailboxId, Role, SearchScope, SecretKind, Security};
use waxwing_core::store::{BodyEvent, ListedFolder, NewEmail, Store};
use waxwing_fuzz::choice;

/// Mails with words of several scripts, flags and a file, in the index.
struct Ground {
    store: Store,
    account: AccountId,
    inbox: MailboxId,
    _directory: TempDir,
}

thread_local! {
    // Of the thread, so that the directory goes with it.
    static GROUND: Ground = ground();
}

const MAILS: [&str; 4] = [
    "From: Ada <ada@example.org>\r\nSubject: Meeting at the harbour\r\n\r\nbring the plan\r\n",
    "From: Ben <ben@example.org>\r\nTo: ada@example.org\r\nSubject: Re: Meeting\r\n\r\nnot today\r\n",
    "From: Ada <ada@example.org>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nContent-Type: text/plain; charset=utf-8\
     \r\n\r\n会議室 in Łódź\r\n",
    "From: Ada <ada@example.org>\r\nCc: c@example.org\r\nContent-Type: application/pdf; name=plan.pdf\r\n\r\nx\r\n",
];

fn ground() -> Ground {
    let directory = tempfile::tempdir().expect("a directory");
    let store = Store::open(directory.path()).expect("a store");
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
    let mut writer = store.writer();
    let account = writer.add_account(&config).expect("an account");
    let inbox = ListedFolder {
        wire_name: "INBOX".into(),
        path: "INBOX".into(),
        delimiter: Some('/'),
        role: Role::Inbox,
        selectable: true,
    };
    let _ = writer.list_folders(account, &[inbox]).expect("a list");
    let inbox = writer.folder_with_role(account, Role::Inbox).expect("roles").expect("an INBOX");
    writer.extend_folder(inbox, 7, 1).expect("a mailbox");
    for (uid, raw) in (1..).zip(MAILS.map(str::as_bytes)) {
        let date = Instant(1_704_067_200_000 + i64::from(uid) * 86_400_000);
        let facts = mime::header_facts(raw);
        let email = NewEmail { uid, date, size: raw.len() as u64, facts, ..NewEmail::default() };
        let _ = writer.add_emails(inbox, &[email], uid, uid).expect("a mail");
        let glance = Box::new(mime::glance(raw, true));
        let body = [
            BodyEvent::Start(raw.len() as u64),
            BodyEvent::Chunk(raw.to_vec()),
            BodyEvent::Ended(uid, glance),
        ];
        writer.take_bodies(inbox, 7, body.into()).expect("a body");
        let _ = writer.commit_bodies(account, &[]).expect("a body that lasts");
    }
    drop(writer);
    while store.search().index_some(10).expect("an index") > 0 {}
    let ground = Ground { store, account, inbox, _directory: directory };
    for (query, mails) in [("meeting", 2), ("会議 from:ada", 1), ("filename:plan.pdf has:file", 1)] {
        let found = ground.store.reader().search(query, SearchScope::Everywhere, 0, 9).expect("a search");
        assert_eq!(found.total, mails, "{query}");
    }
    ground
}

fuzz_target!(|input: &[u8]| {
    let Some((scope, input)) = choice(input) else { return };
    let text = String::from_utf8_lossy(input);
    GROUND.with(|ground| {
        let scope = match scope % 3 {
            0 => SearchScope::Everywhere,
            1 => SearchScope::Account(ground.account),
            _ => SearchScope::Mailbox(ground.inbox),
        };
        let found = ground.store.reader().search(&text, scope, 0, 2).expect("any text is a query");
        assert!(found.rows.len() <= 2 && found.total <= MAILS.len() && found.is_all, "{text:?}");
        // A question that makes no sense to the index looks like damage, after which it is made anew.
        assert!(!ground.store.search().pending().expect("a store"), "{text:?} broke the index");
    });
});
