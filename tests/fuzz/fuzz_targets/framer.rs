//! Any cuts of a stream give the same frames as the whole of it, and no more is kept than came.
//!
//! The first octet chooses the cuts, the second whether each NUL stands for a long run, so that limits are met.

#![no_main]

use libfuzzer_sys::fuzz_target;
use waxwing_core::wire::framer::{Frame, Framer};
use waxwing_fuzz::{choice, pieces};

/// Two of them are over the limit of a line or a literal.
const RUN: usize = 600_000;
const MOST_RUNS: usize = 4;

/// Frames with the pieces of a body joined, since those depend on the cuts.
#[derive(Debug, PartialEq)]
enum Whole {
    Response(Vec<u8>),
    Body { head: Vec<u8>, size: u64, octets: Vec<u8> },
    Skipped,
    Broken(&'static str),
}

fn frames(pieces: &[&[u8]]) -> Vec<Whole> {
    let mut framer = Framer::default();
    let mut frames = Vec::new();
    let mut fed = 0;
    for piece in pieces {
        let mut rest = *piece;
        while let Some(frame) = framer.next(&mut rest) {
            assert!(!matches!(frames.last(), Some(Whole::Broken(_))), "something follows the end");
            match frame {
                Frame::Response(line) => frames.push(Whole::Response(line.to_vec())),
                Frame::BodyStart { head, size } => {
                    frames.push(Whole::Body { head: head.to_vec(), size, octets: Vec::new() });
                }
                Frame::BodyChunk(chunk) => match frames.last_mut() {
                    Some(Whole::Body { size, octets, .. }) => {
                        octets.extend_from_slice(chunk);
                        assert!(octets.len() as u64 <= *size, "more than was announced");
                    }
                    other => panic!("octets of a body after {other:?}"),
                },
                Frame::Skipped => frames.push(Whole::Skipped),
                Frame::Broken(why) => frames.push(Whole::Broken(why)),
            }
        }
        assert!(rest.is_empty());
        fed += piece.len();
        assert!(framer.kept() <= 17 * 1024 + 3 * fed, "{} kept of {fed}", framer.kept());
    }
    frames
}

fuzz_target!(|input: &[u8]| {
    let Some((cuts, input)) = choice(input) else { return };
    let Some((stretch, input)) = choice(input) else { return };
    if stretch != b'~' {
        let whole = frames(&[input]);
        assert_eq!(whole, frames(&pieces(input, cuts, usize::MAX)));
        assert_eq!(whole, frames(&pieces(input, 1, usize::MAX)));
        return;
    }
    let mut long = Vec::new();
    for (place, part) in input.split(|octet| *octet == 0).enumerate() {
        if (1..=MOST_RUNS).contains(&place) {
            long.resize(long.len() + RUN, b'x');
        }
        long.extend_from_slice(part);
    }
    let whole = frames(&[&long]);
    assert!(whole == frames(&pieces(&long, 2 + cuts % 6, usize::MAX)), "small cuts of a long stream matter");
    let half = long.len() * usize::from(cuts) / 256;
    assert!(whole == frames(&[&long[..half], &long[half..]]), "one cut of a long stream matters");
});
