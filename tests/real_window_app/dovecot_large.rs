//! A mailbox of ten thousand mails.

use std::time::Duration;

use waxwing_tests::desk;
use waxwing_tests::dovecot::Dovecot;
use waxwing_tests::generated::Generated;
use waxwing_tests::generated::Mail;
use waxwing_tests::window::Start;

use super::{SOON, count, profile};

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

    let top = desk::heads(&window.pixels());
    // The first row is the chosen one afterwards.
    window.keys(&["j", "End"]);
    desk::until(&window, SOON, "End leads away", |now| desk::heads(now)[1..] != top[1..]);
    desk::settled_list(&window);
    window.picture("8-end");
    window.keys(&["Home"]);
    desk::until(&window, SOON, "Home leads back", |now| desk::heads(now)[1..] == top[1..]);
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
    assert!(desk::heads(&window.pixels()) == desk::heads(&before), "the rows stay");
    window.keys(&["Home"]);
    desk::settled_list(&window);
    window.picture("8-late");
    println!("10,000 mails: {} KiB (PSS), {:?} of CPU", window.memory(), window.processor_time());
}
