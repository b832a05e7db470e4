//! The frames of a stream, and what must hold for them.

use waxwing_core::wire::framer::{Frame, Framer};

/// Frames with the pieces of a body joined, since those depend on the cuts.
#[derive(Debug, PartialEq)]
pub enum Whole {
    Response(Vec<u8>),
    Body { head: Vec<u8>, size: u64, octets: Vec<u8> },
    Skipped,
    Broken(&'static str),
}

/// All frames of a stream that comes in these pieces.
pub fn frames(pieces: &[&[u8]]) -> Vec<Whole> {
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
