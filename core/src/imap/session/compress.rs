//! COMPRESS=DEFLATE (RFC 4978): after the server's OK both directions are compressed.
//!
//! When it pays is not known here: on a fast link it costs the server more time than it saves.

use super::deflate::{Deflate, Inflate};
use super::{CloseReason, Order, Phase, Session};
use crate::error::{Error, ErrorKind};
use crate::imap::Capability;
use crate::model::Moment;
use crate::wire::framer::Framer;
use crate::wire::reader::{Status, StatusKind};

/// How much one read may bring: a compressed octet can become a thousand.
const READ: usize = 64 * 1024;
const READ_COMPRESSED: usize = 4 * 1024;

/// Both directions, and how much went through.
#[derive(Default)]
pub(super) struct Compressed {
    /// COMPRESS is to be sent as soon as nothing else is on its way.
    pub(super) is_wanted: bool,
    pub(super) inflate: Option<Inflate>,
    deflate: Option<Deflate>,
    wire: (u64, u64),
    plain: (u64, u64),
}

fn add(sum: &mut u64, octets: usize) {
    *sum = sum.saturating_add(u64::try_from(octets).unwrap_or(u64::MAX));
}

impl Session {
    /// Compresses the stream from the next moment on at which nothing is on its way (an IDLE must be finished first).
    /// Ops submitted meanwhile wait. If the server refuses, everything goes on as it was.
    ///
    /// Gives whether it will be asked: not where COMPRESS=DEFLATE isn't offered, before sign-in, or a second time.
    pub fn compress(&mut self, now: Moment) -> bool {
        let may_be = self.phase == Phase::Ready
            && self.capabilities.has(Capability::Compress)
            && !self.is_compressed()
            && !self.is_asking_to_compress();
        if may_be {
            self.compressed.is_wanted = true;
            self.send_waiting(now);
        }
        may_be
    }

    /// Whether the stream is compressed.
    pub fn is_compressed(&self) -> bool {
        self.compressed.deflate.is_some()
    }

    /// Octets of the stream so far, received and sent.
    pub fn wire_bytes(&self) -> (u64, u64) {
        self.compressed.wire
    }

    /// What they were before compression and after it was undone: what the protocol itself took.
    pub fn plain_bytes(&self) -> (u64, u64) {
        self.compressed.plain
    }

    /// How many octets to give to [`Session::feed`] at once, so that what becomes of them stays small.
    pub fn most_to_feed(&self) -> usize {
        if self.is_compressed() { READ_COMPRESSED } else { READ }
    }

    fn is_asking_to_compress(&self) -> bool {
        self.compressed.is_wanted
            || self.running.iter().any(|running| matches!(running.order, Order::Compress))
    }

    /// Sends COMPRESS if it is wanted and its moment has come; whether everything else has to wait for it.
    pub(super) fn holds_for_compression(&mut self, now: Moment) -> bool {
        if self.compressed.is_wanted && self.running.is_empty() {
            self.compressed.is_wanted = false;
            let tag = self.next_tag();
            let command = format!("{tag} COMPRESS DEFLATE\r\n").into_bytes();
            self.start(tag, Order::Compress, vec![command], now);
        }
        self.is_asking_to_compress()
    }

    /// The server has answered COMPRESS.
    pub(super) fn compression_answered(&mut self, status: &Status<'_>) {
        if status.kind != StatusKind::Ok {
            return;
        }
        if self.outgoing.len() > 0 {
            // Nothing but COMPRESS itself can be waiting there.
            let error = Error::note(ErrorKind::ProtocolBroken, "an answer to what was not sent");
            return self.close(CloseReason::Failed(error));
        }
        self.compressed.inflate = Some(Inflate::new());
        self.compressed.deflate = Some(Deflate::new());
    }

    /// Gives what arrived to the framer. From the octet on that follows the OK to COMPRESS it is compressed.
    pub(super) fn arrived(&mut self, framer: &mut Framer, bytes: &[u8], now: Moment) {
        add(&mut self.compressed.wire.0, bytes.len());
        let mut rest = bytes;
        if self.compressed.inflate.is_none() {
            self.frames(framer, &mut rest, now);
            add(&mut self.compressed.plain.0, bytes.len().saturating_sub(rest.len()));
        }
        // While it is taken out, `frames` goes on to the end of its input.
        let Some(mut inflate) = self.compressed.inflate.take() else { return };
        if let Err(note) = self.inflate(&mut inflate, framer, &mut rest, now) {
            self.close(CloseReason::Failed(Error::note(ErrorKind::ProtocolBroken, note)));
        }
        self.compressed.inflate = Some(inflate);
    }

    fn inflate(
        &mut self,
        inflate: &mut Inflate,
        framer: &mut Framer,
        input: &mut &[u8],
        now: Moment,
    ) -> Result<(), &'static str> {
        while self.phase != Phase::Closed {
            let Some(mut piece) = inflate.next(input)? else { break };
            let size = piece.len();
            add(&mut self.compressed.plain.0, size);
            let of_bodies = self.body_octets;
            self.frames(framer, &mut piece, now);
            let of_bodies = self.body_octets.saturating_sub(of_bodies);
            inflate.judge(u64::try_from(size).unwrap_or_default().saturating_sub(of_bodies))?;
        }
        Ok(())
    }

    /// What was written, as it goes out.
    pub(super) fn sent(&mut self, plain: Vec<u8>) -> Vec<u8> {
        if plain.is_empty() {
            return plain;
        }
        add(&mut self.compressed.plain.1, plain.len());
        let wire = match &mut self.compressed.deflate {
            None => plain,
            Some(deflate) => match deflate.batch(&plain) {
                Some(wire) => wire,
                None => {
                    self.close(CloseReason::Failed(Error::note(ErrorKind::Bug, "nothing can be compressed")));
                    Vec::new()
                }
            },
        };
        add(&mut self.compressed.wire.1, wire.len());
        wire
    }
}
