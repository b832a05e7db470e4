//! The first run, and what may go wrong in it.

use std::time::Duration;
use std::time::Instant;

use waxwing_tests::authority::Authority;
use waxwing_tests::desk;
use waxwing_tests::dovecot::Dovecot;
use waxwing_tests::dovecot::Options;
use waxwing_tests::picture::Area;
use waxwing_tests::picture::Picture;
use waxwing_tests::window::Start;

use super::{SOON, profile, server};

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
    desk::until(&window, SOON, "the sign-in under way", |now| !desk::has_primary(now));
    assert_eq!(server.sign_ins_reaching(&user.name, 1), 1);
    desk::until(&window, SOON, "the refusal", desk::has_primary);
    window.picture("7-password");
    // The wrong one is chosen, so that typing replaces it.
    window.type_text(&user.password);
    window.keys(&["Return"]);
    desk::until(&window, SOON, "rows", |now| desk::rows(now) == 3);
}

#[test]
fn a_key_is_trusted_behind_a_further_click_and_is_the_only_one_from_then_on() {
    let (server, user) = server(3);
    let (_directory, profile) = profile();
    // Nobody vouches for the server here.
    let start = Start::new(&profile);
    let window = start.open();
    let address = format!("{}:{}", server.host(), server.port());
    desk::fill_in(&window, &address, &user, &user.password);
    window.keys(&["Return"]);
    let is_shield = |now: &Picture| now.count(&Area::new(380..900, 100..700), desk::WAX, 12) > 50;
    desk::until(&window, SOON, "the certificate", is_shield);
    desk::settled(&window);
    window.picture("7-key");
    for picture in ["7-key-question", "7-key-trusted"] {
        assert_eq!(server.sign_ins(&user.name), 0, "{}", server.log());
        // Going back has the focus; what trusts stands before it.
        window.keys(&["shift+Tab"]);
        window.keys(&["Return"]);
        desk::settled(&window);
        window.picture(picture);
    }
    desk::until(&window, SOON, "rows", |now| desk::rows(now) == 3);
    drop(window);
    // It is kept: the next start needs the password alone, for want of a keyring.
    let window = start.open();
    desk::until(&window, SOON, "rows again", |now| desk::rows(now) == 3);
    std::thread::sleep(Duration::from_secs(2));
    window.picture("7-key-kept");
}

#[test]
fn an_account_is_removed_from_this_computer_and_the_server_keeps_everything() {
    let (server, user) = server(3);
    let mut client = server.second_client(&user);
    let (_directory, profile) = profile();
    let window = Start::new(&profile).trusting(&server.authority_file()).open();
    desk::sign_in(&window, &server, &user);
    desk::until(&window, SOON, "three rows", |now| desk::rows(now) == 3);
    desk::settled(&window);
    let before = client.snapshot().unwrap();
    let press = |keys: &[&str]| {
        window.keys(keys);
        desk::settled(&window);
    };
    press(&["ctrl+comma"]);
    window.picture("8-settings");
    // Back to where it was, and to the settings again.
    press(&["Escape"]);
    assert_eq!(desk::rows(&window.pixels()), 3);
    press(&["ctrl+comma"]);
    // The button that adds an account has the focus; before it stand those of the account.
    press(&["shift+Tab"]);
    press(&["Return"]);
    window.picture("8-remove");
    press(&["shift+Tab"]);
    press(&["Return"]);
    window.picture("8-removed");
    press(&["Escape"]);
    let card = Area::new(400..880, 230..540);
    desk::until(&window, SOON, "welcome", |now| now.count(&card, [255; 3], 0) > 100_000);
    assert_eq!(client.snapshot().unwrap(), before);
}
