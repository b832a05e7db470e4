//! The engine in a process of its own, telling how far it is.
//!
//! `waxwing-bench engine DIRECTORY HOST PORT USER AUTHORITY UNTIL [SECONDS]`, the password in `BENCH_PASSWORD`.
//! Phases: `open` (the store is open), `added` (the account is there, signed in if it is new), `screen` (the first page
//! of INBOX can be read), `listed` (every list is in step with the server), `complete` (every body is here, nothing
//! waits), `pages` (a thousand pages were read), `idle` (that many seconds have passed). It ends after UNTIL.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use waxwing_core::model::{
    AccountConfig, AccountId, AccountStatus, Compression, Keep, ListQuery, Role, Secret, Security,
};
use waxwing_core::{Command, Done, Engine, EngineOptions, Event, EventStream};
use waxwing_tests::child::OneSecret;

use crate::measure::{end_with_parent, own_cpu, say};
use crate::rows_child::pages;

/// Rows of a first page.
const SCREEN: usize = 50;

/// Whether to compress, by its name in the scenarios.
fn compression(choice: &str) -> Compression {
    match choice {
        "always" => Compression::Always,
        "never" => Compression::Never,
        _ => Compression::Chosen,
    }
}

pub(crate) fn main(arguments: &[String]) {
    end_with_parent();
    let [directory, host, port, user, authority, until, rest @ ..] = arguments else {
        panic!("DIRECTORY HOST PORT USER AUTHORITY UNTIL [SECONDS]");
    };
    let secret = Secret::new(std::env::var("BENCH_PASSWORD").expect("BENCH_PASSWORD"));
    let config = AccountConfig {
        address: user.clone(),
        display_name: "Ann Field".to_owned(),
        user_name: user.clone(),
        imap_host: host.clone(),
        imap_port: port.parse().expect("a port"),
        imap_security: Security::Tls,
    };
    let mut options = EngineOptions {
        extra_roots: vec![std::fs::read(authority).expect("the authority's file")],
        ..EngineOptions::new(PathBuf::from(directory), Arc::new(OneSecret(secret.clone())))
    };
    if let Ok(choice) = std::env::var("BENCH_COMPRESSION") {
        options.compression = compression(&choice);
    }
    let engine = Engine::start(options).expect("the store opens");
    let before = engine.reader().accounts().expect("accounts").first().and_then(|status| status.synced);
    let mut events = engine.events();
    say("open", "");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let account = account(&engine, &mut events, config, secret).await;
        say("added", "");
        let is_in_step = |status: &AccountStatus| status.synced.is_some() && status.synced != before;
        follow(&engine, &mut events, account, until, is_in_step).await;
    });
    if until == "pages" {
        pages(&engine.reader());
    }
    if until == "idle" {
        idle(rest.first().and_then(|seconds| seconds.parse().ok()).unwrap_or(30));
    }
    engine.shut_down();
}

async fn account(
    engine: &Engine,
    events: &mut EventStream,
    config: AccountConfig,
    secret: Secret,
) -> AccountId {
    if let Some(known) = engine.reader().accounts().expect("accounts").first() {
        return known.id;
    }
    let added = engine.submit(Command::AddAccount { config, secret });
    let mut keep = std::env::var_os("BENCH_HEADERS_ONLY").map(|_| Keep::Headers);
    loop {
        match events.next().await {
            Some(Event::AccountChanged { account }) if keep.is_some() => {
                let keep = keep.take().unwrap_or_default();
                engine.submit(Command::SetKeep { account, mailbox: None, keep });
            }
            Some(Event::Finished { ticket, outcome }) if ticket == added => {
                let Ok(Done::Account(account)) = outcome else { panic!("{outcome:?}") };
                return account;
            }
            Some(_) => {}
            None => panic!("the engine ended"),
        }
    }
}

/// Tells of each phase until the last one. Looks only when an event says that there may be something to see.
async fn follow(
    engine: &Engine,
    events: &mut EventStream,
    account: AccountId,
    until: &str,
    is_in_step: impl Fn(&AccountStatus) -> bool,
) {
    let reader = engine.reader();
    let (mut screen, mut listed) = (false, false);
    loop {
        if !screen && first_page(engine, account) {
            screen = true;
            say("screen", "");
            if until == "screen" {
                return;
            }
        }
        let statuses = reader.accounts().expect("accounts");
        let status = statuses.iter().find(|status| status.id == account).expect("the account");
        if !listed && is_in_step(status) {
            listed = true;
            say("listed", "");
            if until == "listed" {
                return;
            }
        }
        if listed && status.waiting == 0 && status.bodies.0 == status.bodies.1 {
            say("complete", &status.bodies.0.to_string());
            return;
        }
        wait(events, screen, listed).await;
    }
}

/// Until there may be something new to see.
async fn wait(events: &mut EventStream, screen: bool, listed: bool) {
    loop {
        match events.next().await.expect("the engine goes on") {
            Event::FolderChanged { .. } if !screen => return,
            Event::Progress { done, total, .. } if listed && done == total => return,
            Event::AccountChanged { .. } | Event::Resync => return,
            _ => {}
        }
    }
}

fn first_page(engine: &Engine, account: AccountId) -> bool {
    let reader = engine.reader();
    let mailboxes = reader.mailboxes(account).expect("mailboxes");
    let Some(inbox) = mailboxes.into_iter().find(|mailbox| mailbox.role == Role::Inbox) else { return false };
    let page = reader.page(ListQuery::Mailbox(inbox.id), 0, SCREEN).expect("a page");
    page.rows.len() == SCREEN
}

/// Processor time while nothing happens.
fn idle(seconds: u64) {
    // What the download left to do is done.
    std::thread::sleep(Duration::from_secs(3));
    let before = own_cpu();
    std::thread::sleep(Duration::from_secs(seconds));
    let spent = own_cpu().saturating_sub(before);
    say("idle", &format!("{} {seconds}", spent.as_millis()));
}
