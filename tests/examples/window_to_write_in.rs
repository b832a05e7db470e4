//! Waxwing's window with one account, whose servers and password the test says: a program of its own, since the one that is shipped
//! takes no password from anybody but the person.
//!
//! `window_to_write_in PROFILE ROOTS IMAP-PORT SUBMISSION-PORT ADDRESS PASSWORD [MAILTO]`
#![allow(clippy::unwrap_used, reason = "it serves tests")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use iced::Size;
use waxwing_core::error::Error;
use waxwing_core::model::{AccountConfig, Secret, SecretKind, Security, SubmissionServer};
use waxwing_core::{Command, Engine, EngineOptions};
use waxwing_desktop::app::{self, Options};
use waxwing_desktop::platform::{self, instance, secrets};
use waxwing_desktop::theme::Choice;

fn main() -> iced::Result {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [profile, roots, imap, submission, address, password, link @ ..] = &arguments[..] else {
        std::process::exit(2);
    };
    let profile = PathBuf::from(profile);
    platform::make_profile(&profile).unwrap();
    let link = link.first().cloned();
    let instance = match instance::start(&profile, link.as_deref()).unwrap() {
        instance::Start::First(instance) => instance,
        instance::Start::HandedOver => return Ok(()),
    };
    let roots = waxwing_core::roots_of_pem(&std::fs::read(roots).unwrap()).unwrap();
    let config = AccountConfig {
        address: address.clone(),
        display_name: "Ann Example".into(),
        user_name: address.clone(),
        imap_host: "localhost".into(),
        imap_port: imap.parse().unwrap(),
        imap_security: Security::Tls,
        secret_kind: SecretKind::Password,
        submission: Some(SubmissionServer {
            host: "localhost".into(),
            port: submission.parse().unwrap(),
            security: Security::Tls,
        }),
    };
    let password = password.clone();
    let start = move |options: EngineOptions| {
        let options = EngineOptions { vault: secrets::for_this_run(), extra_roots: roots.clone(), ..options };
        with_account(Engine::start(options)?, &config, &password)
    };
    app::run(Options {
        profile,
        demo: false,
        extra_roots: None,
        size: Size::new(1280.0, 800.0),
        theme: Choice::Light,
        instance: Some(instance),
        keeper: None,
        link,
        start_engine: Arc::new(start),
    })
}

/// The engine once the account is there; at another start its password is said anew.
fn with_account(engine: Engine, config: &AccountConfig, password: &str) -> Result<Engine, Error> {
    if let Some(account) = engine.reader().accounts()?.first() {
        engine.submit(Command::SignIn { account: account.id, secret: Secret::new(password) });
        return Ok(engine);
    }
    engine.submit(Command::AddAccount { config: config.clone(), secret: Secret::new(password) });
    let begin = Instant::now();
    while engine.reader().accounts()?.is_empty() && begin.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(engine)
}
