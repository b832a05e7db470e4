//! The engine in a process of its own, telling how far it is.
//!
//! `waxwing-bench engine DIRECTORY HOST PORT USER AUTHORITY UNTIL [SECONDS]`, the password in `BENCH_PASSWORD`.
//! Phases: `open` (the store is open), `added` (the account is there, signed in if it is new), `screen` (the first page
//! of INBOX can be read), `listed` (every list is in step with the server), `complete` (every body is here, nothing
//! waits), `pages` (a thousand pages were read), `indexed` (every mail is in the search index, which was asked), `idle`
//! (that many seconds have passed since then). It ends after UNTIL.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use waxwing_core::model::{
    AccountConfig, AccountId, AccountStatus, Compression, Keep, ListQuery, Role, SearchScope, Secret,
    SecretKind, Security,
};
use waxwing_core::{Command, Done, Engine, EngineOptions, Event, EventStream};
use waxwing_tests::child::OneSecret;

use crate::figures::Sample;
use crate::measure::{end_with_parent, own_cpu, say};
use crate::rows_child::pages;
use crate::scenarios::search::WORDS;

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
        secret_kind: SecretKind::Password,
        submission: None,
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
    if until == "indexed" || until == "idle" {
        indexed(&engine);
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
    loop {
        match events.next().await {
            Some(Event::Finished { ticket, outcome }) if ticket == added => {
                let Ok(Done::Account(account)) = outcome else { panic!("{outcome:?}") };
                if std::env::var_os("BENCH_HEADERS_ONLY").is_some() {
                    let keep = Keep::Headers;
                    engine.submit(Command::SetKeep { account, mailbox: None, keep });
                }
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

/// Waits for the search index: says in how many milliseconds of processor time how many mails were taken into it, and how
/// many microseconds 95 of 100 queries don't take longer than.
fn indexed(engine: &Engine) {
    const LIMIT: Duration = Duration::from_secs(300);
    let reader = engine.reader();
    let account = reader.accounts().expect("accounts").first().expect("an account").id;
    let coverage = || reader.search_coverage(account).expect("the coverage");
    let (began, spent, (before, total)) = (Instant::now(), own_cpu(), coverage());
    while coverage().0 < total {
        assert!(began.elapsed() < LIMIT, "the index isn't made");
        std::thread::sleep(Duration::from_millis(50));
    }
    let (spent, mails) = (own_cpu().saturating_sub(spent).as_millis(), total - before);
    let mut queries = Sample::default();
    for words in WORDS.iter().cycle().take(50 * WORDS.len()) {
        let began = Instant::now();
        let found = reader.search(words, SearchScope::Everywhere, 0, SCREEN).expect("the index");
        assert!(found.total > 0, "{words} is in some mails");
        queries.push(began.elapsed().as_secs_f64() * 1e6);
    }
    say("indexed", &format!("{spent} {mails} {:.0}", queries.quantile(0.95)));
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
