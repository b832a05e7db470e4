//! waxwing-probe where no real server is needed: what it refuses, what goes wrong on the way to a server, what is said of it.

use std::collections::BTreeSet;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;
use waxwing_demo::model::{Dialect, Fault, Flags, Mailstore, Rule, Verb};
use waxwing_demo::serve::Server;
use waxwing_tests::authority::Authority;
use waxwing_tests::engine::Login;
use waxwing_tests::model;
use waxwing_tests::probe::{self, Probe, events, kind, text, well};

use super::folder;

/// The model server with one mail, all of whose texts are awkward.
fn ground() -> (Server, Probe) {
    // Whoever has the token may sign in with that, too.
    let dialect = Dialect { oauthbearer: true, ..Dialect::full() };
    let mut mailstore = Mailstore::new();
    mailstore.add_account(model::USER);
    mailstore.set_token(model::USER, TOKEN);
    mailstore.add_mailbox(model::USER, "Quo\"te\\d", None);
    let inbox = mailstore.mailbox_mut(model::USER, "INBOX").unwrap();
    inbox.append(AWKWARD.as_bytes().to_vec(), Flags::none(), 1_700_000_000_000);
    let (server, login) = model::serve(mailstore, dialect);
    let probe = Probe::of(&login);
    (server, probe)
}

const TOKEN: &str = "ya29.token";

const AWKWARD: &str = "From: \"O'Brien \\\"Bo\\\"\" <bo@example.org>\r\n\
    Subject: =?utf-8?q?=22a=22_=5C_b=09c_=E2=80=A8_=C3=BC?=\r\nMessage-ID: <1@example.org>\r\n\r\nheron\r\n";

/// Nobody is there but who listens on this port.
fn nobody(port: u16) -> Probe {
    let (user, password) = (model::USER.to_owned(), model::PASSWORD.to_owned());
    Probe::of(&Login { host: "localhost".into(), port, user, password, authority: Authority::new().root() })
}

#[test]
fn what_can_not_be_asked_is_refused_before_anything_is_done() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let probe = nobody(listener.local_addr().unwrap().port());
    for arguments in [
        &["fly"][..],
        &[],
        &["list", "more"],
        &["move", "1"],
        &["flag", "1", "Seen"],
        &["flag", "1", "+\\Unheard"],
        &["flag", "one", "+\\Seen"],
        &["delete", "0"],
        &["idle", "-1"],
        &["append", "INBOX", "/nowhere/mail.eml"],
        &["search"],
        &["list", "--colour", "red"],
        &["list", "--timeout", "0"],
        &["list", "--port", "70000"],
        &["list", "--security", "none"],
        &["list", "--smtp-security", "ssl"],
        &["list", "--smtp-port", "70000"],
        &["send", "mail.eml"],
        &["parse", "mail.eml"],
    ] {
        assert_eq!(kind(&mut probe.without_state(arguments)), "usage", "{arguments:?}");
    }
    let mut without_password = probe.without_state(&["list"]);
    assert_eq!(kind(without_password.env_remove("WAXWING_PROBE_PASSWORD")), "usage");
    assert_eq!(
        kind(Command::new(probe::program()).args(["dump", "--host", "localhost"])),
        "usage",
        "no state"
    );
    assert_not_connected(&listener);
}

fn assert_not_connected(listener: &TcpListener) {
    listener.set_nonblocking(true).unwrap();
    let connected = listener.accept().map(drop).map_err(|error| error.kind());
    assert_eq!(connected, Err(ErrorKind::WouldBlock), "somebody connected");
}

const ODD: &[u8] = b"Received: from a.example by b.example\r\nFrom: \"Ann \\\"A\\\" Field\" <ann@example.org>\r\n\
Date: Tue, 14 Nov 2023 22:13:20 +0100\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nMIME-Version: 1.0\r\n\
Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n\
<p onclick=x()>Hello</p><img src=https://tracker.example/1.gif><form><input></form>\r\n--b\r\n\
Content-Type: text/calendar; name=\"../day.ics\"\r\nContent-Disposition: attachment\r\n\r\nBEGIN:VCALENDAR\r\n--b--\r\n";

/// Whatever a file holds: one object, and no connection.
#[test]
fn a_file_is_parsed_to_one_object_whatever_it_holds() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let probe = nobody(listener.local_addr().unwrap().port());
    let of_file = |name: &str, file: &str| {
        let mut run = Command::new(probe::program());
        let output = run.args(["parse", file]).output().unwrap();
        assert!(output.status.success(), "{name}: {output:?}");
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(said.lines().count(), 1, "{name}: {said}");
        let object: serde_json::Value = serde_json::from_str(&said).unwrap();
        let names: Vec<&String> = object.as_object().unwrap().keys().collect();
        assert_eq!(names, ["attachments", "date", "flags", "from", "html", "remote", "subject", "text"]);
        object
    };
    let parsed = |name: &str, content: &[u8]| of_file(name, &probe.file(name, content));
    let odd = parsed("odd.eml", ODD);
    assert_eq!(odd["subject"], "Gr\u{fc}\u{df}e");
    assert_eq!(odd["from"], serde_json::json!([{"name": "Ann \"A\" Field", "addr": "ann@example.org"}]));
    assert_eq!(odd["date"], "2023-11-14T21:13:20Z");
    assert_eq!((&odd["text"], &odd["html"]), (&"Hello".into(), &"<p>Hello</p>".into()));
    assert_eq!(odd["remote"], serde_json::json!(["https://tracker.example/1.gif"]));
    let attachment = &odd["attachments"][0];
    assert_eq!((&attachment["name"], &attachment["type"]), (&"day.ics".into(), &"text/calendar".into()));
    assert_eq!(odd["flags"], serde_json::json!(["invite", "form"]));
    let empty = parsed("empty.eml", b"");
    assert_eq!((&empty["date"], &empty["from"]), (&serde_json::Value::Null, &serde_json::json!([])));
    let octets: Vec<u8> = (0..=255).cycle().take(5000).collect();
    parsed("noise.eml", &octets);
    parsed("nul.eml", b"Subject: a\0b\x1b[31m\r\n\r\n\0\xff");
    let corpus = waxwing_tests::repository::root().join("tests/corpus");
    let mails = std::fs::read_dir(corpus).unwrap().map(|entry| entry.unwrap().path());
    let mails: Vec<_> = mails.filter(|file| file.extension().is_some_and(|kind| kind == "eml")).collect();
    assert!(mails.len() >= 60, "{}", mails.len());
    for mail in mails {
        of_file(&mail.display().to_string(), mail.to_str().unwrap());
    }
    assert_not_connected(&listener);
}

/// Bcc is for the server's eyes alone; and by which server to send may be said later than by which to read.
#[test]
fn a_file_is_sent_and_kept_among_sent_mail_once() {
    let (server, probe) = ground();
    server.store().with(|store| store.add_mailbox(model::USER, "Sent", Some("\\Sent")));
    let file = |name: &str| {
        let mail = format!(
            "From: Ada <ada@example.org>\r\nTo: Ann <ann@example.org>\r\nBcc: bob@example.org\r\nSubject: {name}\r\n\
             Message-ID: <{name}@example.org>\r\n\r\nText.\r\n"
        );
        probe.file(name, mail.as_bytes())
    };
    assert_eq!(probe.refused(&["send", &file("unsent")]), "usage", "by which server?");
    let (tls, starttls) = (server.submission_port().to_string(), server.starttls_port().to_string());
    probe.run(&["send", &file("one"), "--smtp-host", "localhost", "--smtp-port", &tls]);
    let two = file("two");
    let options = ["--smtp-host", "localhost", "--smtp-port", &starttls, "--smtp-security", "starttls"];
    probe.run(&[&["send", &two][..], &options].concat());
    let carried = || server.store().with_outbox(|outbox| outbox.carried.clone());
    assert_eq!(carried().len(), 2);
    for sent in carried() {
        assert_eq!(sent.to, ["ann@example.org", "bob@example.org"]);
        assert!(!String::from_utf8_lossy(&sent.mail).contains("bob@example.org"));
    }
    let kept = server.store().with(|store| store.mailbox_mut(model::USER, "Sent").unwrap().mails().len());
    assert_eq!(kept, 2);
    // Of a mail to nobody nothing is sent.
    let nobody = probe.file("nobody", b"From: ada@example.org\r\n\r\nText.\r\n");
    assert_eq!(probe.refused(&[&["send", &nobody][..], &options].concat()), "usage");
    assert_eq!(carried().len(), 2);
}

#[test]
fn a_server_that_is_not_there_is_trouble_with_the_network() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    assert_eq!(nobody(port).refused(&["list"]), "network");
}

#[test]
fn a_server_that_says_nothing_is_left_in_time() {
    // It is connected to and never answers.
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let probe = nobody(listener.local_addr().unwrap().port());
    let began = Instant::now();
    assert_eq!(probe.refused(&["list", "--timeout", "2"]), "timeout");
    // This is what is promised, so it is measured.
    assert!(began.elapsed() < Duration::from_secs(4 * 2), "{:?}", began.elapsed());
}

fn add(server: &Server, rule: Rule) {
    server.store().with(|store| store.faults.add(rule));
}

#[test]
fn a_server_that_falls_silent_after_the_sign_in_is_left_in_time() {
    let (server, probe) = ground();
    add(&server, Rule::always(Verb::List, Fault::Stall(None)));
    let began = Instant::now();
    assert_eq!(probe.refused(&["list", "--timeout", "2"]), "timeout");
    assert!(began.elapsed() < Duration::from_secs(4 * 2), "{:?}", began.elapsed());
}

#[test]
fn a_line_that_breaks_once_costs_nothing_and_one_that_always_does_is_trouble_with_the_network() {
    let (server, probe) = ground();
    for verb in [Verb::List, Verb::Select, Verb::Fetch] {
        add(&server, Rule::once(verb, Fault::CutBefore));
        let said = well(&mut probe.without_state(&["sync"]));
        assert!(events(&said, "message")[0]["sha256"].is_string(), "{verb:?}");
    }
    add(&server, Rule::always(Verb::List, Fault::CutBefore));
    assert_eq!(probe.refused(&["list"]), "network");
}

#[test]
fn what_the_server_says_is_passed_on() {
    let (server, probe) = ground();
    let line = "* OK [ALERT] Down at \"noon\"".to_owned();
    add(&server, Rule::once(Verb::Select, Fault::Unsolicited { line, times: 1 }));
    let said = probe.run(&["headers", "INBOX"]);
    assert_eq!(text(events(&said, "alert")[0], "text"), "Down at \"noon\"");

    let full = Fault::Refuse { code: "OVERQUOTA".into(), text: "Mailbox is full".into() };
    add(&server, Rule::always(Verb::Append, full));
    let mail = probe.file("mail.eml", AWKWARD.as_bytes());
    let output = probe.command(&["append", "INBOX", &mail]).output().unwrap();
    let (said, status) = probe::said(&output);
    let result = said.last().unwrap();
    assert_eq!((status, text(result, "kind")), (1, "server"));
    assert!(text(result, "text").contains("Mailbox is full"), "{result}");
}

#[test]
fn a_server_that_greets_in_the_clear_is_told_nothing() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let probe = nobody(listener.local_addr().unwrap().port());
    let server = std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        socket.write_all(b"* OK IMAP4rev1 ready\r\n").unwrap();
        let mut got = Vec::new();
        let _ = socket.read_to_end(&mut got);
        got
    });
    assert_eq!(probe.refused(&["login"]), "tls");
    let got = server.join().unwrap();
    let is_there = |word: &str| got.windows(word.len()).any(|part| part == word.as_bytes());
    assert!(!is_there(model::PASSWORD) && !is_there(model::USER));
}

#[test]
fn a_certificate_of_a_stranger_is_refused() {
    let (_server, probe) = ground();
    let stranger = probe.file("stranger.pem", Authority::named("Somebody else").root_pem().as_bytes());
    assert_eq!(probe.refused(&["login", "--ca", &stranger]), "cert");
}

#[test]
fn awkward_texts_come_through() {
    let (_server, probe) = ground();
    let listed = probe.run(&["list"]);
    let names: BTreeSet<&str> = events(&listed, "mailbox").iter().map(|line| text(line, "name")).collect();
    assert!(names.contains("Quo\"te\\d"), "{names:?}");
    let said = probe.run(&["headers", "inbox"]);
    let message = events(&said, "message")[0];
    assert_eq!(text(message, "from"), "O'Brien \"Bo\" <bo@example.org>");
    let subject = text(message, "subject");
    assert!(subject.starts_with("\"a\" \\ b") && subject.ends_with('ü'), "{subject:?}");
}

#[test]
fn a_token_signs_in() {
    let (_server, probe) = ground();
    well(probe.command(&["login-oauth"]).env("WAXWING_PROBE_PASSWORD", TOKEN));
    // A password is none.
    assert_eq!(kind(&mut probe.without_state(&["login-oauth"])), "auth");
}

#[test]
fn what_is_asked_offline_is_answered_without_a_word_to_the_server() {
    // Whoever connects once the server is gone is seen. Another test may have taken its port meanwhile.
    let synced = || {
        let (server, probe) = ground();
        probe.run(&["sync"]);
        let port = server.port();
        drop(server);
        Some((TcpListener::bind(("127.0.0.1", port)).ok()?, probe))
    };
    let (listener, probe) = (0..5).find_map(|_| synced()).expect("its port is free again");
    let dumped = probe.run(&["dump"]);
    assert_eq!(
        text(events(&dumped, "message")[0], "sha256"),
        waxwing_tests::second_client::sha256(AWKWARD.as_bytes())
    );
    let found = probe.run(&["search", "heron"]);
    assert_eq!(events(&found, "message").len(), 1);
    assert_eq!(probe.run(&["search", "cormorant"]), Vec::<Value>::new());
    // Another server, another port: whatever is there doesn't get the password.
    for other in [["--host", "127.0.0.1"], ["--port", "1"], ["--user", "eve"]] {
        assert_eq!(probe.refused(&["list", other[0], other[1]]), "usage", "{other:?}");
        assert_eq!(probe.refused(&["dump", other[0], other[1]]), "usage", "{other:?}");
    }
    assert_not_connected(&listener);
    assert_eq!(kind(Command::new(probe::program()).args(["dump", "--state", "/nowhere/at/all"])), "usage");
}

#[test]
fn nothing_is_left_behind_without_a_state_directory() {
    let (_server, probe) = ground();
    let directory = tempfile::tempdir().unwrap();
    let mut command = probe.without_state(&["sync"]);
    well(command.env("TMPDIR", directory.path()));
    let mut refused = probe.without_state(&["login"]);
    kind(refused.env("TMPDIR", directory.path()).env("WAXWING_PROBE_PASSWORD", "wrong"));
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}

/// Whatever way a run ends, all is freed.
#[test]
fn valgrind_finds_nothing_lost_after_the_probe() {
    let (server, probe) = ground();
    let mail = probe.file("mail.eml", AWKWARD.as_bytes());
    let check = |command: &Command, password: &str, wanted: i32| {
        let mut valgrind = super::c::under_valgrind(probe::program());
        let output =
            valgrind.args(command.get_args()).env("WAXWING_PROBE_PASSWORD", password).output().unwrap();
        let (said, status) = probe::said(&output);
        assert_eq!(status, wanted, "{command:?}: {said:?}");
    };
    for arguments in [
        &["sync"][..],
        &["capabilities"],
        &["append", "INBOX", &mail],
        &["flag", "1", "+\\Seen"],
        &["dump"],
        &["search", "heron", "or", "egret"],
    ] {
        check(&probe.command(arguments), model::PASSWORD, 0);
    }
    check(&probe.without_state(&["login"]), "wrong", 1);
    check(&probe.without_state(&["move", "9", "Nowhere"]), model::PASSWORD, 1);
    check(&probe.without_state(&["fly"]), model::PASSWORD, 1);
    check(&probe.command(&["list", "--user", "eve"]), model::PASSWORD, 1);
    drop(server);
    check(&probe.command(&["list", "--timeout", "2"]), model::PASSWORD, 1);
}

/// Every warning of both compilers is on.
#[test]
fn it_compiles_without_a_warning() {
    for compiler in ["gcc", "clang"] {
        if Command::new(compiler).arg("--version").output().is_err() {
            eprintln!("{compiler} is not here: the probe was not compiled with it");
            continue;
        }
        let mut command = Command::new(compiler);
        command.args(["-std=c11", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I"]);
        command.arg(folder("include")).arg(folder("tests/c/waxwing-probe.c"));
        super::well(&command.output().unwrap(), &command);
    }
}
