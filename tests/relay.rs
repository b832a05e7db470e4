//! The relay does to bytes what it is told to, so that what is measured or broken through it can be believed.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use waxwing_tests::relay::{Passed, Relay, Way};

/// A server that gives every byte back, until its client says no more.
fn echo() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let (mut from, mut to) = (&socket, &socket);
                let _ = std::io::copy(&mut from, &mut to);
            });
        }
    });
    port
}

/// Sends those bytes and reads what comes back, until that many have come or the connection ends.
fn sent_and_back(relay: &Relay, bytes: &[u8]) -> Vec<u8> {
    let mut socket = TcpStream::connect(("127.0.0.1", relay.port())).unwrap();
    let mut writer = socket.try_clone().unwrap();
    let to_send = bytes.to_vec();
    let sender = std::thread::spawn(move || {
        // The connection may be cut while this goes on: that is what one test wants.
        let _ = writer.write_all(&to_send);
    });
    let mut back = Vec::new();
    let mut buffer = [0; 4096];
    while back.len() < bytes.len() {
        match socket.read(&mut buffer) {
            Ok(count @ 1..) => back.extend_from_slice(&buffer[..count]),
            Ok(_) | Err(_) => break,
        }
    }
    sender.join().unwrap();
    back
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|place| (place % 251) as u8).collect()
}

#[test]
fn bytes_pass_unchanged_and_are_counted_in_both_directions() {
    let relay = Relay::start(echo());
    let bytes = pattern(300_000);
    assert!(sent_and_back(&relay, &bytes) == bytes);
    assert!(sent_and_back(&relay, &bytes[..1000]) == bytes[..1000]);
    assert_eq!(relay.passed(), Passed { to_server: 301_000, to_client: 301_000 });
    assert_eq!(relay.connections(), 2);
}

/// Only that it takes no less than it must: how much more is up to the machine.
#[test]
fn nothing_arrives_before_its_delay_nor_faster_than_the_rate() {
    let delay = Duration::from_millis(40);
    let relay =
        Relay::with(echo(), Way { delay, ..Way::default() }, Way { delay: delay * 2, ..Way::default() });
    let start = Instant::now();
    assert_eq!(sent_and_back(&relay, b"ping"), b"ping");
    assert!(start.elapsed() >= delay * 3);

    // 50,000 bytes at 1 Mbit/s need 0.4 s, less what the link may have saved up.
    let slow = Relay::with(echo(), Way { rate: Some(1_000_000), ..Way::default() }, Way::default());
    let bytes = pattern(50_000);
    let start = Instant::now();
    assert!(sent_and_back(&slow, &bytes) == bytes);
    assert!(start.elapsed() >= Duration::from_millis(390));
}

#[test]
fn two_connections_share_the_rate_of_one_link() {
    let slow = Relay::with(echo(), Way::default(), Way { rate: Some(1_000_000), ..Way::default() });
    let bytes = pattern(25_000);
    let start = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| assert!(sent_and_back(&slow, &bytes) == bytes));
        assert!(sent_and_back(&slow, &bytes) == bytes);
    });
    assert!(start.elapsed() >= Duration::from_millis(390));
}

#[test]
fn a_cut_comes_after_exactly_that_many_bytes_of_each_connection() {
    let relay = Relay::with(echo(), Way::default(), Way { cut_after: Some(70_001), ..Way::default() });
    let bytes = pattern(200_000);
    for _ in 0..2 {
        let back = sent_and_back(&relay, &bytes);
        assert_eq!(back.len(), 70_001);
        assert!(back == bytes[..70_001]);
    }
}

#[test]
fn a_connection_can_be_cut_by_hand_and_the_next_one_is_taken() {
    let relay = Relay::start(echo());
    let mut socket = TcpStream::connect(("127.0.0.1", relay.port())).unwrap();
    socket.write_all(b"here").unwrap();
    let mut back = [0; 4];
    socket.read_exact(&mut back).unwrap();
    relay.cut();
    // Ended, one way or the other.
    assert!(matches!(socket.read(&mut back), Ok(0) | Err(_)));
    assert_eq!(sent_and_back(&relay, b"again"), b"again");
}
