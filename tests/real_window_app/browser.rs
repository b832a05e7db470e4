//! A sign-in in the browser, in the real window: Gmail as the table of providers knows it, played by servers of the test. The
//! browser is a program that writes down the page it is sent to; the test goes there in the person's place.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::Duration;

use waxwing_demo::model::{Dialect, Flags, Mailstore, Verb};
use waxwing_demo::serve::{Server, ServerOptions};
use waxwing_tests::authority::Authority;
use waxwing_tests::desk;
use waxwing_tests::picture::Area;
use waxwing_tests::process::within;
use waxwing_tests::provider::{CLIENT, Provider, visit};
use waxwing_tests::repository;
use waxwing_tests::window::Window;

use super::{SOON, profile};

const USER: &str = "ann@gmail.com";
const HOSTS: [&str; 4] = ["imap.gmail.com", "smtp.gmail.com", "accounts.google.com", "oauth2.googleapis.com"];

#[test]
fn who_signs_in_in_the_browser_reads_mail_and_types_no_password() {
    let (directory, profile) = profile();
    let authority = Authority::new();
    let leaf = authority.leaf(&HOSTS);
    let files = authority.write_pem(&leaf, directory.path()).unwrap();
    let mut mailstore = Mailstore::new();
    mailstore.add_account(USER);
    for number in 1..=3 {
        let mail = format!("From: Jonas <jonas@example.org>\r\nSubject: Mail {number}\r\n\r\nHello.\r\n");
        let inbox = mailstore.mailbox_mut(USER, "INBOX").unwrap();
        inbox.append(mail.into_bytes(), Flags::default(), 1_700_000_000_000);
    }
    let dialect = Dialect { oauthbearer: true, xoauth2: true, ..Dialect::full() };
    let users = vec![(USER.to_owned(), "no password of theirs".to_owned())];
    let server = Server::start(ServerOptions { mailstore, dialect, users }).unwrap();
    server.store().show_certificate(leaf.server_config(), &leaf.der());
    let store = server.store().clone();
    let told = move |token: &str| store.with(|store| store.set_token(USER, token));
    let provider = Provider::of(&authority, &HOSTS, "https://mail.google.com/", told);

    let map = directory.path().join("map");
    let ports = [
        (HOSTS[0], 993, server.port()),
        (HOSTS[1], 465, server.submission_port()),
        (HOSTS[2], 443, provider.port()),
        (HOSTS[3], 443, provider.port()),
    ];
    let lines: Vec<String> =
        ports.iter().map(|(host, port, here)| format!("at {host} {port} {here}")).collect();
    fs::write(&map, lines.join("\n")).unwrap();
    let sent_to = directory.path().join("page");
    let browser = directory.path().join("xdg-open");
    fs::write(&browser, format!("#!/bin/sh\nprintf %s \"$1\" > '{}'\n", sent_to.display())).unwrap();
    fs::set_permissions(&browser, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new(repository::binary("examples/window_in_a_small_internet"));
    command.arg(&profile).arg(&files.root).arg(&map);
    command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{}:{path}", directory.path().display()));
    let window = Window::of("small-internet", directory.path(), &mut command);
    let press = |keys: &[&str]| {
        desk::settled(&window);
        window.keys(keys);
        desk::settled(&window);
    };

    let card = Area::new(400..880, 230..540);
    desk::until(&window, SOON, "welcome", |now| now.count(&card, [255; 3], 0) > 100_000);
    press(&["Return"]);
    window.type_text("Ann");
    press(&["Tab"]);
    window.type_text(USER);
    press(&["Return"]);
    desk::until(&window, SOON, "the sign-in", desk::has_primary);
    desk::settled(&window);
    window.picture("9-browser-found");
    // This build knows no id, so that an app password comes first. Behind it: where it is kept, then the other way.
    for _ in 0..3 {
        press(&["Tab"]);
    }
    window.picture("9-browser-offered");
    press(&["Return"]);
    window.type_text(CLIENT);
    window.picture("9-browser-id");
    press(&["Return"]);
    assert!(
        within(SOON, || fs::read_to_string(&sent_to).is_ok_and(|page| !page.is_empty())),
        "no page was opened"
    );
    desk::settled(&window);
    window.picture("9-browser-waiting");
    let said = |verb| server.store().with(|store| store.journal.lines_of(verb).count());
    assert_eq!(said(Verb::Login) + said(Verb::Authenticate), 0, "nothing is said before the person agreed");
    let page = fs::read_to_string(&sent_to).unwrap();
    assert!(page.starts_with("https://accounts.google.com/o/oauth2/v2/auth?"), "{page}");
    let (status, answer) = visit(&provider.agree(&page));
    assert_eq!(status, 200, "{answer}");
    desk::until(&window, Duration::from_secs(20), "the list", |now| desk::rows(now) == 3);
    window.picture("9-browser-list");
    assert_eq!(said(Verb::Login), 0);
    assert!(provider.with(|known| known.refused.is_empty()));
    // What was kept of it stands in no file: without a keyring it lasts as long as the window.
    let kept = fs::read_dir(&profile).unwrap().flatten().filter_map(|entry| fs::read(entry.path()).ok());
    let secrets = ["refresh-", "access-"];
    for file in kept {
        let text = String::from_utf8_lossy(&file);
        assert!(secrets.iter().all(|secret| !text.contains(secret)));
    }
}
