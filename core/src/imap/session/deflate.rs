//! The compressed stream (RFC 1951), in both directions and in bounded pieces.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// How much is inflated before it is looked at.
const PIECE: usize = 16 * 1024;

/// So much text outside of bodies, made of a five-hundredth of it or less, is no mail: it is sent to fill the memory or
/// to take time. Lists of flags shrink to a tenth.
const BOMB_SIZE: u64 = 16 * 1024 * 1024;
const BOMB_RATIO: u64 = 500;

/// What comes in.
pub(super) struct Inflate {
    state: Decompress,
    piece: Box<[u8]>,
    /// The stream said that it is over.
    is_over: bool,
    /// Octets outside of bodies since last judged, and what they were made of.
    outside: u64,
    wire: u64,
}

impl Inflate {
    pub(super) fn new() -> Self {
        // Without zlib's header (RFC 4978 section 4).
        let piece = vec![0; PIECE].into_boxed_slice();
        Self { state: Decompress::new(false), piece, is_over: false, outside: 0, wire: 0 }
    }

    /// The next piece, at most 16 KiB, taken from the front of `input`; `None` when there is no more in it.
    pub(super) fn next(&mut self, input: &mut &[u8]) -> Result<Option<&[u8]>, &'static str> {
        loop {
            if self.is_over {
                return if input.is_empty() { Ok(None) } else { Err("more after the end of compression") };
            }
            let (taken, given) = (self.state.total_in(), self.state.total_out());
            let status = self.state.decompress(input, &mut self.piece, FlushDecompress::None);
            self.is_over = match status {
                Ok(status) => status == Status::StreamEnd,
                Err(_) => return Err("the compressed stream is damaged"),
            };
            let taken = self.state.total_in().saturating_sub(taken);
            let given = usize::try_from(self.state.total_out().saturating_sub(given)).unwrap_or_default();
            self.wire = self.wire.saturating_add(taken);
            let rest = usize::try_from(taken).ok().and_then(|taken| input.get(taken..));
            *input = rest.unwrap_or_default();
            if given > 0 {
                return Ok(self.piece.get(..given));
            }
            if taken == 0 {
                return Ok(None);
            }
        }
    }

    /// Counts what was outside of bodies in the last piece; an error if there is far too much of it.
    pub(super) fn judge(&mut self, outside: u64) -> Result<(), &'static str> {
        self.outside = self.outside.saturating_add(outside);
        if self.outside < BOMB_SIZE {
            return Ok(());
        }
        if self.outside / BOMB_RATIO > self.wire {
            return Err("a few compressed octets that become very many");
        }
        (self.outside, self.wire) = (0, 0);
        Ok(())
    }
}

/// What goes out.
pub(super) struct Deflate(Compress);

impl Deflate {
    pub(super) fn new() -> Self {
        // Commands are short: more effort gains nothing.
        Self(Compress::new(Compression::fast(), false))
    }

    /// All of it, compressed and ended so that the server can read it to the last octet.
    pub(super) fn batch(&mut self, plain: &[u8]) -> Option<Vec<u8>> {
        let mut output = Vec::new();
        let mut rest = plain;
        loop {
            output.reserve(rest.len() / 2 + 64);
            let before = self.0.total_in();
            self.0.compress_vec(rest, &mut output, FlushCompress::Sync).ok()?;
            let taken = usize::try_from(self.0.total_in().saturating_sub(before)).ok()?;
            rest = rest.get(taken..)?;
            // Room that was left over means that there was nothing left to write.
            if rest.is_empty() && output.len() < output.capacity() {
                return Some(output);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn inflated(inflate: &mut Inflate, mut input: &[u8]) -> Result<Vec<u8>, &'static str> {
        let mut all = Vec::new();
        while let Some(piece) = inflate.next(&mut input)? {
            assert!(piece.len() <= PIECE);
            all.extend_from_slice(piece);
        }
        assert!(input.is_empty());
        Ok(all)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn every_batch_can_be_read_to_its_end(batches in prop::collection::vec(
            prop::collection::vec(any::<u8>(), 0..3000), 0..8
        )) {
            let (mut deflate, mut inflate) = (Deflate::new(), Inflate::new());
            for batch in batches {
                let compressed = deflate.batch(&batch).unwrap();
                prop_assert_eq!(inflated(&mut inflate, &compressed).unwrap(), batch);
            }
        }

        #[test]
        fn any_octets_are_read_or_refused(octets in prop::collection::vec(any::<u8>(), 0..3000), size in 1usize..50) {
            let mut inflate = Inflate::new();
            for piece in octets.chunks(size) {
                if inflated(&mut inflate, piece).is_err() {
                    break;
                }
            }
        }
    }

    #[test]
    fn large_batches_come_through_whole() {
        let plain: Vec<u8> =
            (0..3_000_000u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let compressed = Deflate::new().batch(&plain).unwrap();
        assert!(inflated(&mut Inflate::new(), &compressed).unwrap() == plain);
    }

    #[test]
    fn nothing_follows_the_end() {
        // An empty final block.
        let mut inflate = Inflate::new();
        assert_eq!(inflated(&mut inflate, &[0x03, 0x00]), Ok(Vec::new()));
        assert_eq!(inflate.next(&mut &b"x"[..]), Err("more after the end of compression"));
    }
}
