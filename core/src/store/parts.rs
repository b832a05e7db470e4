//! The content of an attached file, from any place on, without holding all of it.
//!
//! The mail is parsed once, which also proves its checksum. From then on its octets are read from the pack in pieces and
//! decoded as they come; who goes on where the last read ended pays for what is read alone.

#[cfg(test)]
mod tests;

use super::Reader;
use super::excerpts::{Laid, PartState};
use crate::error::{Error, ErrorKind};
use crate::mime::{self, Decoder, Pieces};
use crate::model::EmailId;

/// Octets of the mail that are read and decoded at a time; few in tests, so that a file takes many.
const STEP: u64 = if cfg!(test) { 512 } else { 16 << 10 };

/// Reads one file of one mail.
pub struct PartReader {
    email: EmailId,
    number: u32,
    /// `None`: it is decoded whole each time, since it is odd or not on the server yet.
    streamed: Option<Streamed>,
}

struct Streamed {
    laid: Laid,
    pieces: Pieces,
    decoder: Decoder,
    /// Octets of the mail that were decoded, counted from the file's first.
    taken: u64,
    /// What was decoded last, and where in the content that begins.
    decoded: Vec<u8>,
    from: u64,
    has_ended: bool,
}

impl Reader {
    /// Opens a file of a mail that is here (from 1, as they are listed).
    ///
    /// # Errors
    /// `NotFound`: the mail or the file isn't here, or the mail has no such file; `StorageFailed`.
    pub fn part_reader(&self, email: EmailId, number: u32) -> Result<PartReader, Error> {
        // Before its octets are read: if it comes to lie elsewhere, that is noticed.
        let laid = if self.made_here(email)?.is_some() { None } else { Some(self.laid(email)?) };
        let readable = self.readable(email)?;
        if !readable.is_whole() && readable.part_state(number) != PartState::Here {
            return Err(Error::new(ErrorKind::NotFound));
        }
        let pieces = mime::part_pieces(&readable.octets, number).ok_or(Error::new(ErrorKind::NotFound))?;
        let streamed = laid.zip(pieces).map(|(laid, pieces)| Streamed::new(laid, pieces));
        Ok(PartReader { email, number, streamed })
    }
}

impl PartReader {
    /// Whether it reads this file.
    pub fn reads(&self, email: EmailId, number: u32) -> bool {
        (self.email, self.number) == (email, number)
    }

    /// Reads the content from `offset` on and says how many octets that are: fewer than there is room for only at its end.
    ///
    /// # Errors
    /// `NotFound`: the mail is gone; `StorageFailed`; `WrongState` while the store is given up.
    pub fn read(&mut self, reader: &Reader, offset: u64, room: &mut [u8]) -> Result<usize, Error> {
        if let Some(streamed) = &self.streamed
            && reader.laid(self.email).ok().as_ref() != Some(&streamed.laid)
        {
            *self = reader.part_reader(self.email, self.number)?;
        }
        let _inside = reader.gate().enter()?;
        match &mut self.streamed {
            Some(streamed) => streamed.read(reader, offset, room),
            None => {
                let whole = reader.readable(self.email)?.part(self.number);
                let whole = whole.ok_or(Error::new(ErrorKind::NotFound))?;
                let rest = usize::try_from(offset).ok().and_then(|offset| whole.get(offset..));
                Ok(copied(rest.unwrap_or_default(), room))
            }
        }
    }
}

impl Streamed {
    fn new(laid: Laid, pieces: Pieces) -> Self {
        let decoder = Decoder::new(pieces.coding);
        Self { laid, pieces, decoder, taken: 0, decoded: Vec::new(), from: 0, has_ended: false }
    }

    fn read(&mut self, reader: &Reader, offset: u64, room: &mut [u8]) -> Result<usize, Error> {
        if offset < self.from {
            *self = Self::new(self.laid.clone(), self.pieces.clone());
        }
        let mut filled = 0;
        while let Some(rest) = room.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let wanted = offset.saturating_add(filled as u64);
            let skipped = usize::try_from(wanted.saturating_sub(self.from)).unwrap_or(usize::MAX);
            if let Some(known) = self.decoded.get(skipped..).filter(|known| !known.is_empty()) {
                filled += copied(known, rest);
                continue;
            }
            if self.has_ended {
                break;
            }
            self.decode(reader)?;
        }
        Ok(filled)
    }

    /// Decodes the next octets in the place of what was decoded last.
    fn decode(&mut self, reader: &Reader) -> Result<(), Error> {
        let damaged = || Error::note(ErrorKind::StorageFailed, "a stored mail is damaged");
        let all = self.pieces.range.len() as u64;
        let count = all.saturating_sub(self.taken).min(STEP);
        let mut octets = vec![0; usize::try_from(count).map_err(|_| damaged())?];
        let from = (self.pieces.range.start as u64).saturating_add(self.taken);
        self.laid.read_at(&reader.0.packs, from, &mut octets)?;
        self.taken += count;
        self.from = self.from.saturating_add(self.decoded.len() as u64);
        self.decoded.clear();
        let mut is_well = self.decoder.push(&octets, &mut self.decoded);
        if self.taken == all {
            self.has_ended = true;
            is_well = is_well && self.decoder.finish(&mut self.decoded);
        }
        // It decoded well when it was opened.
        if is_well { Ok(()) } else { Err(damaged()) }
    }
}

/// Copies as much as there is room for.
fn copied(from: &[u8], room: &mut [u8]) -> usize {
    let count = from.len().min(room.len());
    for (place, octet) in room.iter_mut().zip(from) {
        *place = *octet;
    }
    count
}
