//! Mail that is read, moved and brought back, by the window and by another client.

use std::time::Duration;
use std::time::Instant;

use waxwing_tests::desk;
use waxwing_tests::dovecot::Dovecot;
use waxwing_tests::generated::Mail;
use waxwing_tests::window::Start;

use super::{SOON, agrees, count, numbered, profile, server};

#[test]
fn what_is_done_by_click_and_key_reaches_the_server_and_can_be_undone() {
    let (server, user) = server(12);
    let mut client = server.second_client(&user);
    client.create("Projects").unwrap();
    let (_directory, profile) = profile();
    let window = Start::new(&profile).trusting(&server.authority_file()).open();
    desk::sign_in(&window, &server, &user);
    // What is clicked at is what was looked at.
    desk::settled_list(&window);

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
