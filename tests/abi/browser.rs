//! A program in C signs in in the browser; this plays the browser, and the provider.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use waxwing_core::model::BrowserWay;
use waxwing_demo::model::{Dialect, Mailstore};
use waxwing_demo::serve::{Server, ServerOptions};
use waxwing_tests::provider::{Provider, visit};

use super::c::compiled;
use super::{Ground, USER};

/// A line that doesn't come within this is missing.
const PATIENCE: Duration = Duration::from_secs(60);

/// The program, which is ended where a test ends early.
struct Running {
    child: Child,
    lines: Receiver<String>,
    back: ChildStdin,
}

impl Running {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = mpsc::channel();
        let said = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || said.lines().map_while(Result::ok).all(|line| sender.send(line).is_ok()));
        let back = child.stdin.take().unwrap();
        Self { child, lines, back }
    }

    fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("the program says something")
    }

    /// The page and the code that it wants to be opened and typed.
    fn page(&self, way: &str) -> (String, String) {
        let line = self.line();
        let words: Vec<&str> = line.split(' ').collect();
        assert_eq!(words[..2], ["open", way], "{line}");
        (words[2].to_owned(), words[3].to_owned())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A mail server that takes tokens alone, and whoever gives them out.
fn ground() -> (Ground, Provider) {
    let mut mailstore = Mailstore::new();
    mailstore.add_account(USER);
    let dialect = Dialect { oauthbearer: true, xoauth2: true, ..Dialect::full() };
    let users = vec![(USER.to_owned(), "no password of theirs".to_owned())];
    let ground = Ground::on(Server::start(ServerOptions { mailstore, dialect, users }).unwrap());
    let store = ground.server.store().clone();
    let provider = Provider::start(move |token| store.with(|store| store.set_token(USER, token)));
    let theirs = STANDARD.encode(provider.authority());
    let roots = format!(
        "{}\n-----BEGIN CERTIFICATE-----\n{theirs}\n-----END CERTIFICATE-----\n",
        ground.server.ca_pem()
    );
    std::fs::write(ground.directory.path().join("CA.pem"), roots).unwrap();
    (ground, provider)
}

#[test]
fn a_program_in_c_signs_in_in_the_browser_in_every_way() {
    let (ground, provider) = ground();
    let endpoints = provider.client(BrowserWay::Loopback).endpoints.unwrap();
    let base = endpoints.token.strip_suffix("/token").unwrap();
    let program = compiled("browser", ground.directory.path());
    let mut running =
        Running::start(ground.arguments(&mut Command::new(program)).env("WAXWING_PROVIDER", base));

    let (open, code) = running.page("loopback");
    assert_eq!(code, "-", "nothing is to be typed");
    assert_eq!(visit(&provider.agree(&open)).0, 200);
    for wanted in ["check 1", "check 2", "check 3", "added"] {
        assert_eq!(running.line(), wanted);
    }

    let (open, _) = running.page("app");
    let back = provider.agree(&open);
    assert!(back.starts_with("org.example.app:/signed-in"), "{back}");
    writeln!(running.back, "{back}").unwrap();
    assert_eq!(running.line(), "signed in app");

    for _ in 0..2 {
        let (page, code) = running.page("device");
        assert_eq!((page.as_str(), code.as_str()), ("https://localhost/type", "WXYZ-1234"));
        provider.with(|known| known.typed = true);
        assert_eq!(running.line(), "signed in device");
        provider.with(|known| known.typed = false);
    }
    assert_eq!(running.line(), "ok");
    assert_eq!(running.lines.recv_timeout(PATIENCE), Err(RecvTimeoutError::Disconnected), "it ends");
    assert!(running.child.wait().unwrap().success());
    let (refused, asked) = provider.with(|known| (known.refused.clone(), known.asked.clone()));
    assert_eq!(refused, [""; 0]);
    assert_eq!(asked["authorization_code"], 2);
}
