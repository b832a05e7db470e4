//! COMPRESS=DEFLATE (RFC 4978): both directions as one raw deflate stream each, flushed after every answer.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// The two streams of a connection.
pub(super) struct Deflate {
    outgoing: Compress,
    incoming: Decompress,
}

impl Deflate {
    pub(super) fn new() -> Self {
        Self { outgoing: Compress::new(Compression::fast(), false), incoming: Decompress::new(false) }
    }

    /// What goes over the wire for these octets, to the last one. `None` when the stream is broken.
    pub(super) fn pack(&mut self, plain: &[u8]) -> Option<Vec<u8>> {
        let mut packed = Vec::with_capacity(plain.len() / 2 + 64);
        let start = self.outgoing.total_in();
        loop {
            let done = usize::try_from(self.outgoing.total_in() - start).ok()?;
            self.outgoing.compress_vec(plain.get(done..)?, &mut packed, FlushCompress::Sync).ok()?;
            // Room left over means that nothing waits inside.
            if packed.len() < packed.capacity() {
                return Some(packed);
            }
            packed.reserve(packed.len().max(64));
        }
    }

    /// What these octets from the wire mean. `None` when they are no deflate stream or end it.
    pub(super) fn unpack(&mut self, packed: &[u8]) -> Option<Vec<u8>> {
        let mut plain = Vec::with_capacity(packed.len() * 4 + 64);
        let start = self.incoming.total_in();
        loop {
            let done = usize::try_from(self.incoming.total_in() - start).ok()?;
            let rest = packed.get(done..)?;
            let status = self.incoming.decompress_vec(rest, &mut plain, FlushDecompress::Sync).ok()?;
            if status == Status::StreamEnd {
                return None;
            }
            if plain.len() < plain.capacity() {
                return Some(plain);
            }
            plain.reserve(plain.len().max(64));
        }
    }
}
