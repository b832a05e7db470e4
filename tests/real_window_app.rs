//! The window, used like a person would, against a real Dovecot.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use waxwing_tests::authority::Authority;
use waxwing_tests::desk;
use waxwing_tests::dovecot::{Dovecot, Options, User};
use waxwing_tests::generated::{Generated, Mail};
use waxwing_tests::keyring::Session;
use waxwing_tests::picture::{Area, Picture};
use waxwing_tests::process::within;
use waxwing_tests::second_client::SecondClient;
use waxwing_tests::window::Start;

const DAY: u64 = 86_400;
const SOON: Duration = Duration::from_secs(15);

/// A server with one user and that many mails in the inbox, `Mail 01` the oldest, all unread.
fn server(mails: u64) -> (Dovecot, User) {
    let server = Dovecot::start();
    let user = server.user("ann@example.test", "secret");
    server.seed(&user, "INBOX", (1..=mails).map(numbered));
    (server, user)
}

fn numbered(number: u64) -> Mail {
    let mut mail = Mail::short(&format!("Mail {number:02}"), &format!("This is mail number {number}."));
    mail.received += number * DAY;
    mail
}

/// A directory for one test, and the profile in it.
fn profile() -> (TempDir, PathBuf) {
    let directory = tempfile::Builder::new().prefix("waxwing-app-").tempdir().unwrap();
    let profile = directory.path().join("profile");
    (directory, profile)
}

/// Where the mail with that subject lies, and with which flags.
fn places(client: &mut SecondClient, subject: &str) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    for mailbox in client.mailboxes().unwrap() {
        client.ok(&format!("EXAMINE \"{mailbox}\"")).unwrap();
        let uids = client.search(&format!("SUBJECT \"{subject}\"")).unwrap();
        let flags = client.flags().unwrap();
        found.extend(uids.iter().map(|uid| (mailbox.clone(), flags[uid].clone())));
    }
    found
}

/// Waits until the mail lies in that mailbox only, with exactly those flags. Prints how long that took.
fn agrees(client: &mut SecondClient, subject: &str, mailbox: &str, flags: &str) -> Duration {
    let start = Instant::now();
    let flags: Vec<String> = flags.split_whitespace().map(str::to_owned).collect();
    let wanted = vec![(mailbox.to_owned(), flags)];
    let mut found = Vec::new();
    let does = within(Duration::from_secs(30), || {
        found = places(client, subject);
        found == wanted
    });
    assert!(does, "{subject}: {found:?} instead of {wanted:?}");
    println!("{subject} is in {mailbox} with {:?} after {:?}", wanted[0].1, start.elapsed());
    start.elapsed()
}

fn count(client: &mut SecondClient, mailbox: &str) -> u32 {
    client.select(mailbox).unwrap().exists
}

#[test]
fn the_first_run_leads_from_the_welcome_to_the_mail_and_changes_nothing() {
    let (server, user) = server(12);
    let mut client = server.second_client(&user);
    let before = client.snapshot().unwrap();
    let (_directory, profile) = profile();
    let start = Instant::now();
    let window = Start::new(&profile).trusting(&server.authority_file()).open();
    // The card of the welcome, white in the middle of the window.
    let card = Area::new(400..880, 230..540);
    let shown = desk::until(&window, SOON, "welcome", |now| now.count(&card, [255; 3], 0) > 100_000);
    println!("window {:?} after start, welcome {shown:?} later", start.elapsed() - shown);
    assert!(start.elapsed() < Duration::from_secs(4), "without a keyring there is nothing to wait for");
    desk::settled(&window);
    window.picture("1-welcome");

    let address = format!("{}:{}", server.host(), server.port());
    desk::fill_in(&window, &address, &user, &user.password);
    window.picture("1-form");
    window.keys(&["Return"]);
    let time = desk::until(&window, SOON, "rows", |now| desk::rows(now) == 11);
    println!("a page of rows {time:?} after signing in");
    std::thread::sleep(Duration::from_secs(2));
    window.picture("1-mail");
    assert_eq!(client.snapshot().unwrap(), before, "looking changes nothing on the server");
    assert!((0..11).all(|place| desk::is_unread(&window.pixels(), place)));
}

#[test]
fn what_is_done_by_click_and_key_reaches_the_server_and_can_be_undone() {
    let (server, user) = server(12);
    let mut client = server.second_client(&user);
    client.create("Projects").unwrap();
    let (_directory, profile) = profile();
    let window = Start::new(&profile).trusting(&server.authority_file()).open();
    desk::sign_in(&window, &server, &user);

    desk::click_row(&window, 0);
    let start = Instant::now();
    assert!(desk::is_unread(&window.pixels(), 0), "not read before it was looked at");
    desk::until(&window, SOON, "text", |now| now.ink(&desk::mail()) > 2_000);
    agrees(&mut client, "Mail 12", "INBOX", "\\Seen");
    println!("read {:?} after the click", start.elapsed());
    assert!(start.elapsed() > Duration::from_millis(900), "a second of looking");
    desk::until(&window, SOON, "read", |now| !desk::is_unread(now, 0));

    window.keys(&["s"]);
    desk::until(&window, SOON, "star", |now| desk::is_starred(now, 0));
    agrees(&mut client, "Mail 12", "INBOX", "\\Flagged \\Seen");
    window.keys(&["m"]);
    agrees(&mut client, "Mail 12", "INBOX", "\\Flagged");
    std::thread::sleep(Duration::from_secs(2));
    window.picture("2-starred-unread");
    agrees(&mut client, "Mail 12", "INBOX", "\\Flagged");
    window.keys(&["z"]);
    agrees(&mut client, "Mail 12", "INBOX", "\\Flagged \\Seen");
    window.keys(&["ctrl+z"]);
    agrees(&mut client, "Mail 12", "INBOX", "\\Seen");

    window.keys(&["e"]);
    desk::until(&window, SOON, "toast", desk::has_toast);
    agrees(&mut client, "Mail 12", "Archive", "\\Seen");
    window.picture("2-archived");
    window.keys(&["ctrl+z"]);
    agrees(&mut client, "Mail 12", "INBOX", "\\Seen");
    desk::until(&window, SOON, "no toast", |now| !desk::has_toast(now));

    // What comes back is selected again, whichever mail was opened in between.
    window.keys(&["numbersign"]);
    agrees(&mut client, "Mail 12", "Trash", "\\Seen");
    window.keys(&["z"]);
    agrees(&mut client, "Mail 12", "INBOX", "\\Seen");

    window.keys(&["v"]);
    std::thread::sleep(Duration::from_millis(500));
    window.picture("2-move");
    window.type_text("proj");
    window.keys(&["Return"]);
    agrees(&mut client, "Mail 12", "Projects", "\\Seen");
    window.picture("2-moved");
    desk::click_undo(&window);
    agrees(&mut client, "Mail 12", "INBOX", "\\Seen");
    std::thread::sleep(Duration::from_secs(1));
    window.picture("2-end");
    assert_eq!(count(&mut client, "INBOX"), 12);
}

#[test]
fn what_another_client_does_appears_by_itself() {
    let server = Dovecot::start();
    let user = server.user("ann@example.test", "secret");
    server.seed(&user, "INBOX", (1..=5).map(|number| Mail { seen: true, ..numbered(number) }));
    let mut client = server.second_client(&user);
    let (_directory, profile) = profile();
    let window = Start::new(&profile).trusting(&server.authority_file()).open();
    desk::sign_in(&window, &server, &user);
    desk::until(&window, SOON, "five rows", |now| desk::rows(now) == 5);

    client.select("INBOX").unwrap();
    let sixth = numbered(6);
    client.append("INBOX", "", Some(sixth.received), &sixth.raw).unwrap();
    let time =
        desk::until(&window, SOON, "a sixth row", |now| desk::rows(now) == 6 && desk::is_unread(now, 0));
    println!("new mail is seen after {time:?}");
    window.picture("3-new");

    client.store(&[3], "-FLAGS", "\\Seen").unwrap();
    client.store(&[2], "+FLAGS", "\\Flagged").unwrap();
    let time = desk::until(&window, SOON, "changed flags", |now| {
        desk::is_unread(now, 3) && desk::is_starred(now, 4) && !desk::is_unread(now, 4)
    });
    println!("changed flags are seen after {time:?}");
    window.picture("3-flags");

    client.expunge(&[5, 1]).unwrap();
    let time = desk::until(&window, SOON, "four rows", |now| desk::rows(now) == 4 && desk::is_unread(now, 2));
    println!("deletions are seen after {time:?}");
    window.picture("3-deleted");

    // The rows are what they seem: the second of them is Mail 04 now.
    window.keys(&["j", "j", "e"]);
    agrees(&mut client, "Mail 04", "Archive", "\\Seen");
}

#[test]
fn offline_changes_survive_a_kill_and_reach_the_server_later_with_the_password_from_the_keyring() {
    let session = Session::start();
    let (mut server, user) = server(8);
    let (_directory, profile) = profile();
    let start = Start::new(&profile).trusting(&server.authority_file()).within(&session);
    let mut window = start.open();
    desk::sign_in(&window, &server, &user);
    desk::until(&window, SOON, "eight rows", |now| desk::rows(now) == 8);
    std::thread::sleep(Duration::from_secs(3));
    window.picture("4-online");
    server.stop();
    window.kill();
    drop(window);

    let began = Instant::now();
    let mut window = start.open();
    let time = desk::until(&window, SOON, "the list offline", |now| desk::rows(now) == 8);
    println!("offline: the list {time:?} after the window, {:?} after the start", began.elapsed());
    desk::click_row(&window, 1);
    desk::until(&window, SOON, "text", |now| now.ink(&desk::mail()) > 2_000);
    window.keys(&["e"]);
    desk::until(&window, SOON, "seven rows", |now| desk::rows(now) == 7);
    window.keys(&["e"]);
    desk::until(&window, SOON, "six rows", |now| desk::rows(now) == 6);
    std::thread::sleep(Duration::from_millis(700));
    window.picture("4-offline");
    // Once more: what waits is on the disk, not in the window.
    window.kill();
    drop(window);
    let window = start.open();
    desk::until(&window, SOON, "six rows again", |now| desk::rows(now) == 6);
    std::thread::sleep(Duration::from_secs(2));
    window.picture("4-offline-again");

    server.restart();
    let back = Instant::now();
    let mut client = server.second_client(&user);
    agrees(&mut client, "Mail 07", "Archive", "");
    agrees(&mut client, "Mail 06", "Archive", "");
    println!("the server agrees {:?} after it came back", back.elapsed());
    assert_eq!((count(&mut client, "INBOX"), count(&mut client, "Archive")), (6, 2));
    std::thread::sleep(Duration::from_secs(2));
    window.picture("4-back");
}

#[test]
fn a_second_start_raises_the_window_there_is() {
    let (_directory, profile) = profile();
    let start = Start::new(&profile);
    let window = start.open();
    let windows = || window.screen().xdotool(&["search", "--onlyvisible", "--name", "."]).unwrap();
    let before = windows();
    let began = Instant::now();
    let mut second = start.command();
    second.env("DISPLAY", window.screen().display()).env_remove("WAYLAND_DISPLAY");
    let mut child = second.spawn().unwrap();
    let mut status = None;
    within(SOON, || {
        status = child.try_wait().unwrap();
        status.is_some()
    });
    if status.is_none() {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    println!("the second start ended after {:?}", began.elapsed());
    assert!(status.is_some_and(|status| status.success()), "{status:?}");
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(windows(), before);
    assert!(window.is_running());
}

#[test]
fn the_demo_mailbox_shows_mail_within_seconds_in_every_size_and_theme() {
    let (_directory, profile) = profile();
    let began = Instant::now();
    let window = Start::new(&profile).with(&["--demo"]).open();
    desk::until(&window, SOON, "demo rows", |now| desk::rows(now) >= 5);
    println!("demo: rows {:?} after the start", began.elapsed());
    std::thread::sleep(Duration::from_secs(10));
    println!("demo: {} KiB (PSS) ten seconds later, {:?} of CPU", window.memory(), window.processor_time());
    let before = window.pixels().ink(&desk::mail());
    desk::click_row(&window, 1);
    desk::until(&window, SOON, "a mail", |now| now.ink(&desk::mail()) > before + 2_000);
    std::thread::sleep(Duration::from_millis(1500));
    window.picture("6-demo-light-1280");
    window.keys(&["question"]);
    desk::settled(&window);
    window.picture("6-demo-keys");
    drop(window);
    for (width, height) in [(1280, 800), (900, 700), (480, 700)] {
        for theme in ["light", "dark"] {
            if (width, theme) == (1280, "light") {
                continue;
            }
            let mut start = Start::new(&profile).with(&["--demo"]).size(width, height);
            if theme == "dark" {
                start = start.dark();
            }
            let window = start.open();
            let whole = Area::new(0..width, 60..height);
            desk::until(&window, SOON, "demo rows", |now| now.ink(&whole) > 20_000);
            std::thread::sleep(Duration::from_secs(2));
            window.picture(&format!("6-demo-{theme}-{width}"));
            window.click(200, 150);
            std::thread::sleep(Duration::from_millis(1500));
            window.picture(&format!("6-demo-{theme}-{width}-open"));
            assert!(window.is_running(), "{}", window.errors());
        }
    }
    assert!(!profile.exists(), "the demo touches no profile");
}

#[test]
fn a_certificate_for_another_server_gets_no_password() {
    let (authority, directory) = (Authority::new(), tempfile::tempdir().unwrap());
    let files = authority.write_pem(&authority.leaf(&["mail.elsewhere.example"]), directory.path()).unwrap();
    let read = |path| std::fs::read_to_string(path).unwrap();
    let identity = Some((read(files.certificate), read(files.key)));
    let server = Dovecot::start_with(Options { identity, ..Options::default() });
    let user = server.user("ann@example.test", "secret");
    let (_directory, profile) = profile();
    let window = Start::new(&profile).trusting(&files.root).open();
    let address = format!("{}:{}", server.host(), server.port());
    desk::fill_in(&window, &address, &user, &user.password);
    window.keys(&["Return"]);
    // A red shield, and nothing else in that colour.
    let is_shield = |now: &Picture| now.count(&Area::new(380..900, 100..700), desk::WAX, 12) > 50;
    desk::until(&window, SOON, "the certificate", is_shield);
    desk::settled(&window);
    window.picture("7-certificate");
    assert_eq!(server.sign_ins(&user.name), 0, "{}", server.log());
    assert!(server.log().contains("TLS"), "it was asked: {}", server.log());
    // Enter goes back: nobody should get past this by pressing it twice.
    window.keys(&["Return"]);
    desk::until(&window, SOON, "the form", |now| !is_shield(now));
    desk::settled(&window);
    window.picture("7-certificate-back");
    assert_eq!(server.sign_ins(&user.name), 0, "{}", server.log());
}

#[test]
fn a_wrong_password_is_said_and_typed_anew() {
    let (server, user) = server(3);
    let (_directory, profile) = profile();
    let window = Start::new(&profile).trusting(&server.authority_file()).open();
    let address = format!("{}:{}", server.host(), server.port());
    desk::fill_in(&window, &address, &user, "not this");
    window.keys(&["Return"]);
    assert_eq!(server.sign_ins_reaching(&user.name, 1), 1);
    let card = Area::new(380..900, 60..700);
    desk::until(&window, SOON, "the refusal", |now| now.count(&card, desk::WRONG, 1) > 10_000);
    window.picture("7-password");
    // The wrong one is chosen, so that typing replaces it.
    window.type_text(&user.password);
    window.keys(&["Return"]);
    desk::until(&window, SOON, "rows", |now| desk::rows(now) == 3);
}

#[test]
fn ten_thousand_mails_show_their_newest_at_once_and_stay_where_they_are_read() {
    let server = Dovecot::start();
    let user = server.user("ann@example.test", "secret");
    server.seed(&user, "INBOX", Generated::mailbox(11, 10_000));
    let mut client = server.second_client(&user);
    count(&mut client, "INBOX");
    let (_directory, profile) = profile();
    let window = Start::new(&profile).trusting(&server.authority_file()).open();
    let time = desk::sign_in(&window, &server, &user);
    println!("10,000 mails: first rows {time:?} after signing in");
    window.picture("8-first");
    let full = desk::until(&window, SOON, "a page", |now| desk::rows(now) == 11);
    println!("10,000 mails: a page of rows {full:?} later");
    std::thread::sleep(Duration::from_secs(2));
    window.picture("8-under-way");

    let top = window.pixels().colours(&desk::row(2));
    window.keys(&["j", "End"]);
    desk::settled_list(&window);
    window.picture("8-end");
    assert!(window.pixels().colours(&desk::row(2)) != top);
    window.keys(&["Home"]);
    desk::settled_list(&window);
    assert!(window.pixels().colours(&desk::row(2)) == top, "End and Home lead there and back");
    window.point_at(400, 400);
    window.scroll(30);
    desk::settled_list(&window);
    window.picture("8-wheel");

    let before = window.pixels();
    let unread = desk::side();
    let late = Mail { received: 1_800_000_000, ..Mail::short("Late", "The newest of all.") };
    client.append("INBOX", "", Some(late.received), &late.raw).unwrap();
    let time = desk::until(&window, Duration::from_secs(30), "one more unread", |now| {
        now.colours(&unread) != before.colours(&unread)
    });
    println!("10,000 mails: a new one is counted after {time:?}");
    std::thread::sleep(Duration::from_secs(1));
    window.picture("8-arrived");
    let rows = desk::list_beside_the_bar();
    assert!(window.pixels().colours(&rows) == before.colours(&rows), "the rows stay");
    window.keys(&["Home"]);
    desk::settled_list(&window);
    window.picture("8-late");
    println!("10,000 mails: {} KiB (PSS), {:?} of CPU", window.memory(), window.processor_time());
}
