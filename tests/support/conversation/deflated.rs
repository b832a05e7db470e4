//! The server's end of a compressed stream.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};

pub(super) struct Deflated {
    to_client: Compress,
    from_client: Decompress,
}

impl Default for Deflated {
    fn default() -> Self {
        Self { to_client: Compress::new(Compression::default(), false), from_client: Decompress::new(false) }
    }
}

impl Deflated {
    /// What the server says, as it goes out.
    pub(super) fn batch(&mut self, plain: &[u8]) -> Vec<u8> {
        let mut wire = Vec::with_capacity(plain.len() * 2 + 1024);
        self.to_client.compress_vec(plain, &mut wire, FlushCompress::Sync).expect("compressed");
        assert!(wire.len() < wire.capacity(), "room for all of it");
        wire
    }

    /// What the client said.
    pub(super) fn inflated(&mut self, wire: &[u8]) -> Vec<u8> {
        let mut plain = Vec::with_capacity(64 * 1024);
        self.from_client
            .decompress_vec(wire, &mut plain, FlushDecompress::Sync)
            .expect("a compressed stream");
        assert!(plain.len() < plain.capacity(), "room for all of it");
        plain
    }
}
