//! A program that syncs one account until it is killed, or until everything is here.
//!
//! `sync-child DIRECTORY HOST PORT USER AUTHORITY PLAN [MAIL…]`, the password in `SYNC_CHILD_PASSWORD`. It says on
//! standard output, a line each, what it has done: `open`, `starred ID`, `archived ID` once a change is acknowledged
//! (durable, by the engine's promise), `refused KIND`, `complete`. All that the engine logs and every event go to
//! standard error when PLAN is `talk`.
#![forbid(unsafe_code)]
// A program for tests: it ends loudly at the first thing that isn't as it should be.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use waxwing_core::model::{
    AccountConfig, AccountId, AccountState, EmailId, FlagBits, ListQuery, Role, Secret, SecretKind, Security,
};
use waxwing_core::{Command, Engine, EngineOptions, Error, Event, Ticket};
use waxwing_tests::child::{OneSecret, say};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [directory, host, port, user, authority, plan, mails @ ..] = arguments.as_slice() else {
        panic!("DIRECTORY HOST PORT USER AUTHORITY PLAN [MAIL…]");
    };
    let secret = Secret::new(std::env::var("SYNC_CHILD_PASSWORD").expect("SYNC_CHILD_PASSWORD"));
    if plan == "talk" {
        tracing_subscriber::fmt()
            .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
            .with_writer(std::io::stderr)
            .init();
    }
    let engine = Engine::start(EngineOptions {
        extra_roots: vec![std::fs::read(authority).expect("the authority's file")],
        ..EngineOptions::new(PathBuf::from(directory), Arc::new(OneSecret(secret.clone())))
    })
    .expect("the store opens");
    say("open");
    let told = (plan == "talk").then(|| print_events(&engine));
    let config = AccountConfig {
        address: user.clone(),
        display_name: "Ann Field".to_owned(),
        user_name: user.clone(),
        imap_host: host.clone(),
        imap_port: port.parse().expect("a port"),
        imap_security: Security::Tls,
        secret_kind: SecretKind::Password,
        submission: None,
    };
    if let Some(account) = account(&engine, config, secret) {
        work(&engine, account, mails);
    }
    engine.shut_down();
    if let Some(told) = told {
        told.join().expect("every event was told");
    }
}

fn work(engine: &Engine, account: AccountId, mails: &[String]) {
    // MAIL is a number: which mail of INBOX as it is now. An even one gets a star, an odd one goes to the archive.
    for mail in mails {
        change(engine, account, mail.parse().expect("a number"));
    }
    finish(engine, account);
}

/// Ends when the engine does.
fn print_events(engine: &Engine) -> std::thread::JoinHandle<()> {
    let mut events = engine.events();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            while let Some(event) = events.next().await {
                eprintln!("{event:?}");
            }
        });
    })
}

/// The account, added if it is the first time. `None`: it was refused.
fn account(engine: &Engine, config: AccountConfig, secret: Secret) -> Option<AccountId> {
    let known = |engine: &Engine| engine.reader().accounts().expect("accounts").first().map(|first| first.id);
    if let Some(account) = known(engine) {
        return Some(account);
    }
    let mut events = engine.events();
    let ticket = engine.submit(Command::AddAccount { config, secret });
    let outcome = wait_for_end(&mut events, ticket);
    if let Err(error) = outcome {
        say(&format!("refused {:?}", error.kind()));
        eprintln!("{error} {error:?}");
        return None;
    }
    known(engine)
}

fn wait_for_end(events: &mut waxwing_core::EventStream, ticket: Ticket) -> Result<waxwing_core::Done, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        loop {
            match events.next().await {
                Some(Event::Finished { ticket: its, outcome }) if its == ticket => return outcome,
                Some(_) => {}
                None => panic!("the engine ended"),
            }
        }
    })
}

/// Makes a change and says so when its effect is shown: from then on it must survive.
fn change(engine: &Engine, account: AccountId, number: usize) {
    let reader = engine.reader();
    let mailboxes = reader.mailboxes(account).expect("mailboxes");
    let role = |role: Role| mailboxes.iter().find(|mailbox| mailbox.role == role).map(|mailbox| mailbox.id);
    let (Some(inbox), Some(_)) = (role(Role::Inbox), role(Role::Archive)) else { return };
    let rows = reader.page(ListQuery::Mailbox(inbox), 0, usize::MAX).expect("a list").rows;
    if rows.is_empty() {
        return;
    }
    let row = &rows[number % rows.len()];
    let id = row.id;
    if number.is_multiple_of(2) {
        engine.submit(Command::SetFlags { emails: vec![id], add: FlagBits::FLAGGED, remove: FlagBits::NONE });
        let shown = |id: EmailId| {
            let rows = reader.page(ListQuery::Mailbox(inbox), 0, usize::MAX).expect("a list").rows;
            rows.iter().any(|row| row.id == id && row.flags.contains(FlagBits::FLAGGED))
        };
        wait(|| shown(id));
        say(&format!("starred {}", id.0));
    } else {
        engine.submit(Command::Archive { emails: vec![id] });
        wait(|| !reader.ids(ListQuery::Mailbox(inbox)).expect("a list").contains(&id));
        say(&format!("archived {}", id.0));
    }
}

/// Waits until everything is here and done, and says so.
fn finish(engine: &Engine, account: AccountId) {
    let mut events = engine.events();
    let ticket = engine.submit(Command::SyncAccount { account });
    let synced = wait_for_end(&mut events, ticket);
    if let Err(error) = &synced {
        say(&format!("refused {:?}", error.kind()));
    }
    wait(|| {
        let accounts = engine.reader().accounts().expect("accounts");
        accounts.first().is_none_or(|status| {
            status.state == AccountState::SignInNeeded
                || status.synced.is_some() && status.waiting == 0 && status.bodies.0 == status.bodies.1
        })
    });
    say("complete");
}

fn wait(mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(60), "it takes too long");
        std::thread::sleep(Duration::from_millis(5));
    }
}
