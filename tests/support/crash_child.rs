//! A program that does what it is told with one account, and says what was acknowledged: for tests that end it, or let
//! its disk fail, at a certain moment.
//!
//! `crash-child DIRECTORY PORT AUTHORITY USER WORD…`, the password in `CRASH_CHILD_PASSWORD`; words are `star:N`,
//! `archive:N`, `delete:N` (of the mail with the subject `mail N` in INBOX), `undo` (of the last of them), `sync` and
//! `wait` (until everything is here and done), `settle` (the same, asking again and again) and, as the last one, `tidy` (give
//! room on the disk back). It says on standard output, a line each: `open`, `added`, each word once
//! its effect is shown (durable, by the engine's promise), `failed WORD KIND` where there was an error.
//!
//! `crash-child write-drafts DIRECTORY ACCOUNT SEED` writes drafts into a store that is there, and says the number of each step
//! that was acknowledged.
//!
//! `crash-child write-without-care DIRECTORY` uses files as the engine must not: what a forgetful disk is tried on.
#![forbid(unsafe_code)]
// A program for tests: it ends loudly at the first thing that isn't as it should be.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use waxwing_core::model::{
    AccountConfig, AccountId, AccountState, AccountStatus, EmailId, EmailRow, FlagBits, Keyword, ListQuery,
    MailboxId, Role, Secret, SecretKind, Security,
};
use waxwing_core::store::Store;
use waxwing_core::{Command, Engine, EngineOptions, Event, EventStream, Reader, Ticket};
use waxwing_tests::child::{OneSecret, say};
use waxwing_tests::engine::once_unlocked;
use waxwing_tests::typing;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [word, directory] = arguments.as_slice()
        && word == "write-without-care"
    {
        return write_without_care(Path::new(directory));
    }
    if let [word, directory, account, seed] = arguments.as_slice()
        && word == "write-drafts"
    {
        let store = Store::open(Path::new(directory)).expect("the store");
        let account = AccountId(account.parse().expect("an account"));
        return typing::write(&store, account, seed.parse().expect("a seed"), |step| say(&step.to_string()));
    }
    let [directory, port, authority, user, words @ ..] = arguments.as_slice() else {
        panic!("DIRECTORY PORT AUTHORITY USER WORD…");
    };
    let secret = Secret::new(std::env::var("CRASH_CHILD_PASSWORD").expect("CRASH_CHILD_PASSWORD"));
    let engine = Engine::start(EngineOptions {
        extra_roots: vec![std::fs::read(authority).expect("the authority's file")],
        ..EngineOptions::new(PathBuf::from(directory), Arc::new(OneSecret(secret.clone())))
    });
    let engine = match engine {
        Ok(engine) => engine,
        Err(error) => return say(&format!("failed open {:?}", error.kind())),
    };
    say("open");
    let events = engine.events();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let directory = PathBuf::from(directory);
    let mut work = Work { directory, reader: engine.reader(), engine, events, runtime, last: None };
    if work.reader.accounts().is_ok_and(|accounts| accounts.is_empty()) {
        let config = AccountConfig {
            address: user.clone(),
            display_name: "Ann Field".to_owned(),
            user_name: user.clone(),
            imap_host: "localhost".to_owned(),
            imap_port: port.parse().expect("a port"),
            imap_security: Security::Tls,
            secret_kind: SecretKind::Password,
            submission: None,
        };
        let ticket = work.engine.submit(Command::AddAccount { config, secret });
        if !work.shown("added", ticket, |_| false) {
            return work.engine.shut_down();
        }
    }
    for word in words {
        work.out(word);
    }
    work.engine.shut_down();
}

struct Work {
    engine: Engine,
    directory: PathBuf,
    reader: Reader,
    events: EventStream,
    runtime: tokio::runtime::Runtime,
    /// The last change.
    last: Option<(Ticket, EmailId)>,
}

impl Work {
    fn out(&mut self, word: &str) {
        let Ok(Some(account)) = self.reader.accounts().map(|all| all.first().map(|first| first.id)) else {
            return say(&format!("failed {word} nothing to read"));
        };
        let (verb, number) = word.split_once(':').unwrap_or((word, ""));
        match verb {
            "sync" => {
                let ticket = self.engine.submit(Command::SyncAccount { account });
                self.shown(word, ticket, |_| false);
            }
            "wait" => self.wait(),
            "settle" => self.settle(account),
            "tidy" => self.tidy(),
            "undo" => {
                let Some((operation, email)) = self.last else { return };
                let Some(inbox) = role(&self.reader, account, Role::Inbox) else { return };
                let ticket = self.engine.submit(Command::Undo { operation });
                self.shown(word, ticket, |reader| is_in(reader, inbox, email));
            }
            "join" => self.join(),
            _ => self.change(account, word, verb, number),
        }
    }

    /// Makes the conversations of mails 5 and 6 one.
    fn join(&mut self) {
        let Ok(page) = self.reader.page(ListQuery::AllInboxes, 0, usize::MAX) else { return };
        let is_one = |row: &&EmailRow| ["mail 5", "mail 6"].contains(&row.subject.as_str());
        let emails: Vec<EmailId> = page.rows.iter().filter(is_one).map(|row| row.id).collect();
        let [one, other] = emails[..] else { return };
        let ticket = self.engine.submit(Command::JoinConversations { emails });
        let thread = |reader: &Reader, email| reader.row(email).ok().map(|row| row.thread);
        self.shown("join", ticket, |reader| thread(reader, one) == thread(reader, other));
    }

    fn change(&mut self, account: AccountId, word: &str, verb: &str, number: &str) {
        self.last = None;
        let subject = format!("mail {number}");
        let Some(inbox) = role(&self.reader, account, Role::Inbox) else { return };
        let Ok(page) = self.reader.page(ListQuery::Mailbox(inbox), 0, usize::MAX) else { return };
        let Some(id) = page.rows.iter().find(|row| row.subject == subject).map(|row| row.id) else { return };
        let emails = vec![id];
        let command = match verb {
            "star" => Command::SetFlags { emails, add: FlagBits::FLAGGED, remove: FlagBits::NONE },
            "tag" => {
                let add = Keyword::new("Trip").into_iter().collect();
                Command::SetKeywords { emails, add, remove: Vec::new() }
            }
            "archive" => Command::Archive { emails },
            "delete" => Command::DeleteForever { emails },
            _ => panic!("no word of ours: {word}"),
        };
        let ticket = self.engine.submit(command);
        let is_done = |reader: &Reader| match verb {
            "star" => is_starred(reader, id),
            "tag" => reader.row(id).is_ok_and(|row| row.keywords.iter().any(|keyword| keyword.is("Trip"))),
            _ => !is_in(reader, inbox, id),
        };
        if self.shown(word, ticket, is_done) {
            self.last = Some((ticket, id));
        }
    }

    /// Waits until an effect is shown or the command has ended, and says which.
    fn shown(&mut self, word: &str, ticket: Ticket, is_shown: impl Fn(&Reader) -> bool) -> bool {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(60) {
            if is_shown(&self.reader) {
                say(word);
                return true;
            }
            match self.event() {
                Some(Event::Finished { ticket: its, outcome }) if its == ticket => {
                    match &outcome {
                        Ok(_) => say(word),
                        Err(error) => say(&format!("failed {word} {:?}", error.kind())),
                    }
                    return outcome.is_ok();
                }
                _ => {}
            }
        }
        panic!("{word} takes too long");
    }

    /// The next event, or none for a moment.
    fn event(&mut self) -> Option<Event> {
        let Self { runtime, events, .. } = self;
        let moment = Duration::from_millis(5);
        runtime.block_on(async { tokio::time::timeout(moment, events.next()).await.ok().flatten() })
    }

    fn settle(&mut self, account: AccountId) {
        let start = Instant::now();
        while !self.is_complete() {
            assert!(
                start.elapsed() < Duration::from_secs(60),
                "it takes too long: {:?}",
                self.reader.accounts()
            );
            let ticket = self.engine.submit(Command::SyncAccount { account });
            self.shown("sync", ticket, |_| false);
        }
        say("settle");
    }

    /// As the engine does while nothing else goes on; it is shut down for that.
    fn tidy(&self) {
        self.engine.shut_down();
        let tidied = once_unlocked(|| Store::open(&self.directory)).and_then(|store| {
            let mut tidying = store.tidying()?;
            while let Some(rest) = &mut tidying
                && rest.step()?
            {}
            Ok(())
        });
        match tidied {
            Ok(()) => say("tidy"),
            Err(error) => say(&format!("failed tidy {:?}", error.kind())),
        }
    }

    fn is_complete(&self) -> bool {
        self.reader.accounts().is_ok_and(|accounts| accounts.iter().all(is_complete))
    }

    /// Waits until everything is here and done, or the account can't go on.
    fn wait(&mut self) {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(60) {
            let Ok(accounts) = self.reader.accounts() else { return say("failed wait to read") };
            let Some(status) = accounts.first() else { return };
            if status.state == AccountState::Failed {
                return say("failed wait");
            }
            if is_complete(status) {
                return say("wait");
            }
            self.event();
        }
        panic!("it takes too long: {:?}", self.reader.accounts());
    }
}

fn role(reader: &Reader, account: AccountId, role: Role) -> Option<MailboxId> {
    let mailboxes = reader.mailboxes(account).ok()?;
    mailboxes.iter().find(|mailbox| mailbox.role == role).map(|mailbox| mailbox.id)
}

fn is_in(reader: &Reader, mailbox: MailboxId, email: EmailId) -> bool {
    reader.ids(ListQuery::Mailbox(mailbox)).is_ok_and(|ids| ids.contains(&email))
}

fn is_complete(status: &AccountStatus) -> bool {
    status.synced.is_some() && status.waiting == 0 && status.bodies.0 == status.bodies.1
}

fn is_starred(reader: &Reader, email: EmailId) -> bool {
    reader.email(email).is_ok_and(|mail| mail.row.flags.contains(FlagBits::FLAGGED))
}

fn write_without_care(directory: &Path) {
    let fill = |name: &str, text: &str| {
        let mut file = File::create(directory.join(name)).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    };
    let mut synced = fill("synced", "durable");
    synced.sync_all().unwrap();
    synced.write_all(b", not durable").unwrap();
    fill("never synced", "content");
    fill("removed", "still here").sync_data().unwrap();
    for (name, synchronous) in [("careless.db", "OFF"), ("careful.db", "FULL")] {
        let database = rusqlite::Connection::open(directory.join(name)).unwrap();
        database.pragma_update(None, "journal_mode", "WAL").unwrap();
        database.pragma_update(None, "synchronous", synchronous).unwrap();
        database.execute_batch("CREATE TABLE t(number INTEGER)").unwrap();
        for number in 0..100 {
            database.execute("INSERT INTO t VALUES(?1)", [number]).unwrap();
        }
        // Not closed: that would copy the journal into the database.
        std::mem::forget(database);
    }
    File::open(directory).unwrap().sync_all().unwrap();
    fill("nameless", "content").sync_all().unwrap();
    std::fs::remove_file(directory.join("removed")).unwrap();
}
