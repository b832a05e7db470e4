//! Changes made offline, and a password that lasts.

use std::time::Duration;
use std::time::Instant;

use waxwing_tests::desk;
use waxwing_tests::keyring::Session;
use waxwing_tests::picture::Area;
use waxwing_tests::process::within;
use waxwing_tests::window::Start;

use super::{SOON, count, places, profile, server};

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
    // Whether a second of looking had passed depends on how busy the machine is: flags are no matter here.
    for subject in ["Mail 07", "Mail 06"] {
        let mut found = Vec::new();
        let does = within(Duration::from_secs(60), || {
            found = places(&mut client, subject);
            found.len() == 1 && found[0].0 == "Archive"
        });
        assert!(does, "{subject}: {found:?}");
    }
    println!("the server agrees {:?} after it came back", back.elapsed());
    assert_eq!((count(&mut client, "INBOX"), count(&mut client, "Archive")), (6, 2));
    std::thread::sleep(Duration::from_secs(2));
    window.picture("4-back");
}

#[test]
fn a_locked_keyring_is_said_and_the_window_stays_live() {
    let mut session = Session::start();
    session.restart_keyring(false);
    let (server, user) = server(3);
    let (_directory, profile) = profile();
    let start = Start::new(&profile).trusting(&server.authority_file()).within(&session);
    let window = start.open();
    let card = Area::new(400..880, 230..540);
    desk::until(&window, SOON, "welcome", |now| now.count(&card, [255; 3], 0) > 100_000);
    let address = format!("{}:{}", server.host(), server.port());
    desk::fill_in(&window, &address, &user, &user.password);
    window.picture("9-locked");
    window.keys(&["Return"]);
    // Nobody opens the keyring: the password is kept for this run, and mail comes.
    desk::until(&window, SOON, "rows", |now| desk::rows(now) == 3);
    // Nor does one that answers nothing at all hold up the window.
    session.freeze_keyring();
    drop(window);
    let window = start.open();
    desk::until(&window, SOON, "rows without a keyring", |now| desk::rows(now) == 3);
    desk::click_row(&window, 1);
    desk::until(&window, SOON, "text", |now| now.ink(&desk::mail()) > 1_500);
    window.picture("9-frozen");
    session.thaw_keyring();
}
