//! What is to be written to the stream.

use zeroize::Zeroize;

/// Octets on their way out. No copy of them stays behind here: a secret may be among them.
#[derive(Default)]
pub(super) struct Outgoing {
    bytes: Vec<u8>,
    /// How many octets were handed out so far.
    taken: u64,
}

impl Outgoing {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let length = self.bytes.len().saturating_add(bytes.len());
        if length > self.bytes.capacity() {
            // A vector that grows leaves its old octets behind.
            let mut larger = Vec::with_capacity(length.next_power_of_two());
            larger.extend_from_slice(&self.bytes);
            self.bytes.zeroize();
            self.bytes = larger;
        }
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn take(&mut self) -> Vec<u8> {
        self.taken = self.end();
        std::mem::take(&mut self.bytes)
    }

    /// The place in the whole stream where the next octet will stand.
    pub(super) const fn end(&self) -> u64 {
        self.taken + self.bytes.len() as u64
    }

    /// Whether the octet at this place was handed out.
    pub(super) const fn has_left(&self, place: u64) -> bool {
        place < self.taken
    }

    pub(super) const fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn clear(&mut self) {
        self.bytes.zeroize();
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}
