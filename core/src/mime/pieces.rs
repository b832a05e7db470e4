//! Decoding the content of an attached file piece by piece (RFC 2045 section 6), in the way the library decodes it whole.

use std::ops::Range;

/// How octets are coded for their way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    Plain,
    Base64,
    QuotedPrintable,
}

/// A file that can be read in pieces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pieces {
    /// Its octets, as they are in the mail.
    pub range: Range<usize>,
    pub coding: Coding,
}

/// Octets looked at between two comparisons.
const STEP: usize = 16 << 10;
/// Blanks that may yet turn out to be the end of a line, which has none. More are left to the library.
const MOST_BLANKS: usize = 4096;

impl Pieces {
    /// Whether these octets, decoded in pieces, are this content.
    pub(super) fn give(&self, octets: &[u8], mut content: &[u8]) -> bool {
        let mut decoder = Decoder::new(self.coding);
        let mut decoded = Vec::new();
        let mut is_next = |decoded: &mut Vec<u8>| {
            let rest = content.strip_prefix(decoded.as_slice());
            content = rest.unwrap_or_default();
            decoded.clear();
            rest.is_some()
        };
        for step in octets.chunks(STEP) {
            if !decoder.push(step, &mut decoded) || !is_next(&mut decoded) {
                return false;
            }
        }
        decoder.finish(&mut decoded) && is_next(&mut decoded) && content.is_empty()
    }
}

/// Decodes octets as they come.
#[derive(Clone, Debug)]
pub struct Decoder(State);

#[derive(Clone, Debug)]
enum State {
    Plain,
    /// Six bits of each of so many letters that make no whole octets yet.
    Base64 {
        bits: u32,
        letters: u8,
    },
    QuotedPrintable {
        escape: Escape,
        /// Blanks that are left out if the line ends here.
        blanks: Vec<u8>,
        /// Lines end in CR LF from the first CR on.
        has_returns: bool,
    },
}

/// How much of `=41` was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Escape {
    None,
    Begun,
    Half(u8),
}

impl Decoder {
    pub fn new(coding: Coding) -> Self {
        Self(match coding {
            Coding::Plain => State::Plain,
            Coding::Base64 => State::Base64 { bits: 0, letters: 0 },
            Coding::QuotedPrintable => {
                State::QuotedPrintable { escape: Escape::None, blanks: Vec::new(), has_returns: false }
            }
        })
    }

    /// Takes further octets and adds what they say. `false`: they are no such code.
    pub fn push(&mut self, octets: &[u8], decoded: &mut Vec<u8>) -> bool {
        match &mut self.0 {
            State::Plain => {
                decoded.extend_from_slice(octets);
                true
            }
            State::Base64 { bits, letters } => {
                octets.iter().all(|octet| base64(*octet, bits, letters, decoded))
            }
            State::QuotedPrintable { escape, blanks, has_returns } => {
                octets.iter().all(|octet| quoted(*octet, (escape, blanks, has_returns), decoded))
            }
        }
    }

    /// Adds what the end says.
    pub fn finish(&mut self, decoded: &mut Vec<u8>) -> bool {
        match &mut self.0 {
            State::Plain => {}
            State::Base64 { bits, letters } => flush(*bits, letters, decoded),
            State::QuotedPrintable { blanks, .. } => decoded.append(blanks),
        }
        true
    }
}

fn base64(octet: u8, bits: &mut u32, letters: &mut u8, decoded: &mut Vec<u8>) -> bool {
    let value = match octet {
        b'A'..=b'Z' => octet - b'A',
        b'a'..=b'z' => octet - b'a' + 26,
        b'0'..=b'9' => octet - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        b'=' => {
            flush(*bits, letters, decoded);
            return true;
        }
        b' ' | b'\t' | b'\r' | b'\n' => return true,
        _ => return false,
    };
    *bits = (*bits << 6) | u32::from(value);
    *letters = (*letters + 1) & 3;
    if *letters == 0 {
        let [_, octets @ ..] = bits.to_be_bytes();
        decoded.extend_from_slice(&octets);
    }
    true
}

/// The last letters, which say one octet or two.
fn flush(bits: u32, letters: &mut u8, decoded: &mut Vec<u8>) {
    let ([.., one], [.., first, second]) = ((bits >> 4).to_be_bytes(), (bits >> 2).to_be_bytes());
    match *letters {
        2 => decoded.push(one),
        3 => decoded.extend_from_slice(&[first, second]),
        _ => {}
    }
    *letters = 0;
}

fn quoted(
    octet: u8,
    (escape, blanks, has_returns): (&mut Escape, &mut Vec<u8>, &mut bool),
    decoded: &mut Vec<u8>,
) -> bool {
    let digit = || char::from(octet).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    match (octet, *escape) {
        (b'=', Escape::None) => *escape = Escape::Begun,
        (b'=', _) => return false,
        // A line that goes on: what stands before its end belongs to it.
        (b'\n', Escape::Begun) => {
            *escape = Escape::None;
            decoded.append(blanks);
        }
        (b'\n', _) => {
            blanks.clear();
            decoded.extend_from_slice(if *has_returns { b"\r\n" } else { b"\n" });
        }
        (b'\r', _) => *has_returns = true,
        (_, Escape::None) if octet.is_ascii_whitespace() => {
            blanks.push(octet);
            return blanks.len() <= MOST_BLANKS;
        }
        (_, Escape::None) => {
            decoded.append(blanks);
            decoded.push(octet);
        }
        (_, Escape::Begun) => match digit() {
            Some(half) => *escape = Escape::Half(half),
            None => return octet.is_ascii_whitespace(),
        },
        (_, Escape::Half(half)) => {
            let Some(other) = digit() else { return false };
            *escape = Escape::None;
            decoded.append(blanks);
            decoded.push((half << 4) | other);
        }
    }
    true
}
