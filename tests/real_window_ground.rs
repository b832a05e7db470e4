//! Whether the ground the window's tests stand on holds: a screen, a pointer, pictures.

use std::fs;
use std::process::Command;
use std::time::Duration;

use waxwing_tests::process::within;
use waxwing_tests::window::{SIZE, Screen, Window, processor_time, proportional_memory};

#[test]
fn a_screen_has_a_pointer_and_can_be_pictured() {
    let screen = Screen::start();
    let size = screen.xdotool(&["getdisplaygeometry"]).unwrap();
    assert_eq!(size, format!("{} {}", SIZE.0, SIZE.1));
    screen.xdotool(&["mousemove", "321", "123"]).unwrap();
    let place = screen.xdotool(&["getmouselocation"]).unwrap();
    assert!(place.starts_with("x:321 y:123 "), "{place}");
    assert!(screen.xdotool(&["search", "--onlyvisible", "--name", "."]).is_none_or(|found| found.is_empty()));

    let picture = fs::read(screen.picture("ground")).unwrap();
    // PNG: eight octets of signature, then IHDR with width and height.
    assert_eq!(&picture[..8], b"\x89PNG\r\n\x1a\n");
    let number = |at: usize| u32::from_be_bytes(picture[at..at + 4].try_into().unwrap());
    assert_eq!((number(16), number(20)), SIZE);
}

#[test]
fn two_screens_stand_side_by_side_and_go_one_by_one() {
    let (one, other) = (Screen::start(), Screen::start());
    assert_ne!(one.display(), other.display());
    let socket = format!("/tmp/.X11-unix/X{}", one.display().trim_start_matches(':'));
    assert!(fs::exists(&socket).unwrap());
    drop(one);
    assert!(!fs::exists(&socket).unwrap());
    assert!(other.is_running());
    assert!(other.xdotool(&["getdisplaygeometry"]).is_some());
}

#[test]
fn a_window_is_found_pictured_and_takes_keys() {
    let directory = tempfile::tempdir().unwrap();
    // ImageMagick's viewer: any small program with a window that ends when Q is pressed.
    let mut command = Command::new("display");
    command.args(["-title", "A picture", "-size", "300x200", "xc:red"]);
    let window = Window::of("display", directory.path(), &mut command);
    assert_eq!(window.title(), "A picture");
    assert!(window.memory() > 1000);
    let seen = || fs::read(window.picture("ground-window")).unwrap();
    let empty = fs::read(Screen::start().picture("ground-empty")).unwrap();
    assert!(within(Duration::from_secs(5), || seen() != empty), "the window is on the picture");
    window.keys(&["q"]);
    assert!(within(Duration::from_secs(5), || !window.is_running()), "the key arrives");
}

#[test]
fn memory_and_processor_time_of_a_process_can_be_read() {
    let own = std::process::id();
    assert!(proportional_memory(own) > 500);
    let start = processor_time(own);
    let mut number = 1_u64;
    while processor_time(own) - start < Duration::from_millis(20) {
        for _ in 0..100_000 {
            number = std::hint::black_box(number.wrapping_mul(6_364_136_223_846_793_005));
        }
    }
    assert!(processor_time(own) > start);
}
