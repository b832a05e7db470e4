//! What needs no server: the demo, and a second start.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;
use std::time::Instant;

use waxwing_tests::desk;
use waxwing_tests::picture::Area;
use waxwing_tests::process::within;
use waxwing_tests::window::Start;

use super::{SOON, profile};

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
            // The second row, in the list of every width.
            window.click(300, 150);
            std::thread::sleep(Duration::from_millis(1500));
            window.picture(&format!("6-demo-{theme}-{width}-open"));
            assert!(window.is_running(), "{}", window.errors());
        }
    }
    assert!(!profile.exists(), "the demo touches no profile");
}

#[test]
fn the_window_opens_as_large_as_it_was_left() {
    let (_directory, profile) = profile();
    let window = Start::new(&profile).open();
    window.resize(1000, 700);
    let file = profile.join("window.toml");
    let kept = || std::fs::read_to_string(&file).unwrap_or_default();
    assert!(within(SOON, || kept().contains("width = 1000")), "{:?}", kept());
    drop(window);
    let window = Start::new(&profile).as_it_was_left().open();
    let mut size = (0, 0);
    let is_so = within(SOON, || {
        size = window.size();
        size == (1000, 700)
    });
    assert!(is_so, "{size:?}");
}

/// Where the first file of the newest sample mail stands, and the buttons above what is shown of it.
const FILE: (u32, u32) = (707, 602);
const SAVE: (u32, u32) = (1173, 91);
const OPEN: (u32, u32) = (1100, 91);

#[test]
fn bug_without_a_dialog_for_files_nothing_was_saved_and_nothing_said_so() {
    let (directory, profile) = profile();
    let home = directory.path().join("home");
    let bin = home.join("bin");
    std::fs::create_dir_all(home.join("Downloads")).unwrap();
    std::fs::create_dir_all(&bin).unwrap();
    // The program that opens files writes down which.
    let opened = home.join("opened");
    let program = format!("#!/bin/sh\necho \"$1\" > '{}'\n", opened.display());
    std::fs::write(bin.join("xdg-open"), program).unwrap();
    std::fs::set_permissions(bin.join("xdg-open"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let window = Start::new(&profile).at_home(&home).with(&["--demo"]).open();
    desk::until(&window, SOON, "demo rows", |now| desk::rows(now) >= 5);
    desk::settled(&window);
    let before = window.pixels().ink(&desk::mail());
    desk::click_row(&window, 0);
    desk::until(&window, SOON, "a mail", |now| now.ink(&desk::mail()) > before + 2_000);
    desk::settled(&window);
    window.click(FILE.0, FILE.1);
    desk::settled(&window);
    window.click(SAVE.0, SAVE.1);
    let saved = home.join("Downloads/Beds and lists.pdf");
    let octets = || std::fs::read(&saved).unwrap_or_default();
    assert!(within(SOON, || octets().starts_with(b"%PDF")), "{}", window.errors());
    window.picture("6-demo-saved-unasked");
    window.click(OPEN.0, OPEN.1);
    let path = || std::fs::read_to_string(&opened).unwrap_or_default();
    assert!(within(SOON, || path().ends_with("Beds and lists.pdf\n")), "{}", window.errors());
    assert_eq!(std::fs::read(path().trim()).unwrap(), octets(), "a copy, while the window is open");
}
