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
            let (before_in, before_out) = (self.incoming.total_in(), self.incoming.total_out());
            let done = usize::try_from(before_in - start).ok()?;
            let rest = packed.get(done..)?;
            let status = self.incoming.decompress_vec(rest, &mut plain, FlushDecompress::Sync).ok()?;
            if status == Status::StreamEnd {
                return None;
            }
            // Room left over does not mean that nothing waits inside; a step that moves nothing does.
            let moved = before_in != self.incoming.total_in() || before_out != self.incoming.total_out();
            if plain.len() == plain.capacity() {
                plain.reserve(plain.len().max(64));
            } else if !moved {
                return Some(plain);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_of_any_size_and_kind_come_back_at_once() {
        let (mut server, mut client) = (Deflate::new(), Deflate::new());
        let mut state = 1_u32;
        let mut random = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        for size in [0, 1, 63, 64, 65, 1000, 32_767, 32_768, 70_000, 300_000] {
            for plain in [vec![b'x'; size], (0..size).map(&mut random).collect()] {
                let packed = server.pack(&plain).unwrap();
                assert_eq!(client.unpack(&packed).unwrap(), plain, "{size} octets");
            }
        }
    }
}
