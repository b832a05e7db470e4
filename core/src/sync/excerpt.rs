//! What is read of a large mail before it is shown: all of it but its large files (an excerpt).
//!
//! A mail is one row of octets, and everything is asked for as pieces of that row (`BODY[]<offset.length>`). The structure that
//! the server tells (BODYSTRUCTURE) is believed in one thing alone, how long a file is, and that is proved: behind a file that
//! was left out there must be the delimiter that ends it. So whatever is left out later fits in to the octet, the mail is read by
//! the one reader whether or not it is here, and its parts have the same numbers.
//!
//! Whatever contradicts itself is read whole, as every other mail.

use std::ops::Range;

use crate::imap::ops::Structure;
use crate::mime;

/// What is left out, and when that is worth it. In octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Files of so many octets are left out.
    pub file: u64,
    /// The same of pictures that stand in the text.
    pub picture: u64,
    /// More than this isn't read before the mail is shown.
    pub kept: u64,
    /// Less than this isn't worth the trouble.
    pub saved: u64,
    /// More exchanges take longer than the mail.
    pub pieces: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { file: 128 << 10, picture: 512 << 10, kept: 2 << 20, saved: 512 << 10, pieces: 100 }
    }
}

/// Of one exchange. The server may hold it all in memory, and so do we.
pub const PIECE: u32 = 256 << 10;
/// So many octets before a piece are asked for once more: a server that gives another piece than the one asked for is found out.
pub const OVERLAP: u64 = 16;
/// The first piece, from the beginning of the mail on.
pub const FIRST: u32 = 64 << 10;
/// What is read behind a file that is left out: the header of another, most of the time.
const BEHIND: u64 = 8 << 10;
/// Longest header of a part.
const LONGEST_HEADER: u64 = 256 << 10;

/// What is read of a mail, and what isn't.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// What was read and where in the mail it stands, in order.
    pub kept: Vec<(u64, Vec<u8>)>,
    /// What lies between.
    pub left_out: Vec<Range<u64>>,
}

/// What is done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Asking for so many octets from there on.
    Ask {
        offset: u64,
        length: u32,
    },
    Done(Excerpt),
    /// Reading the mail whole.
    Whole,
}

/// The reading of one excerpt.
#[derive(Clone, Debug)]
pub struct Reading {
    structure: Structure,
    limits: Limits,
    /// Octets and where they begin: in order, none touching another.
    known: Vec<(u64, Vec<u8>)>,
    /// How long the mail is, once a piece ended there.
    end: Option<u64>,
    asked: usize,
    is_contradictory: bool,
}

impl Reading {
    /// Begins with what the server told of the mail's parts.
    pub fn new(structure: Structure, limits: Limits) -> Self {
        Self { structure, limits, known: Vec::new(), end: None, asked: 0, is_contradictory: false }
    }

    /// What came from `offset` on, of `length` octets that were asked for: fewer only at the end of the mail.
    pub fn came(&mut self, offset: u64, length: u32, octets: &[u8]) {
        let (count, length) = (octets.len() as u64, u64::from(length));
        self.asked += 1;
        if count > length {
            self.is_contradictory = true;
        }
        if count < length {
            let end = offset.saturating_add(count);
            self.is_contradictory |= self.end.is_some_and(|known| known != end);
            self.end = Some(end);
        }
        let place = self.known.partition_point(|(from, _)| *from <= offset);
        let before = place.checked_sub(1).and_then(|place| self.known.get_mut(place));
        match before {
            Some((from, known)) if offset - *from <= known.len() as u64 => {
                let twice = known.get(usize_of(offset - *from)..).unwrap_or_default();
                let is_same = octets.starts_with(twice) || twice.starts_with(octets);
                self.is_contradictory |= !is_same;
                known.extend_from_slice(octets.get(twice.len()..).unwrap_or_default());
            }
            _ => self.known.insert(place, (offset, octets.to_vec())),
        }
    }

    /// What is done next.
    pub fn next(&self) -> Next {
        let mut walk = Walk { reading: self, left_out: Vec::new(), pictures: 0 };
        if self.is_contradictory || self.asked > self.limits.pieces || !self.is_worth_it() {
            return Next::Whole;
        }
        match walk.part(&self.structure, 0, &mut Vec::new(), false) {
            Err(Stop::Needs { offset, length }) => self.ask(offset, length),
            Err(Stop::Contradiction) => Next::Whole,
            Ok(end) => {
                let left_out = walk.left_out;
                self.excerpt(end, left_out).map_or(Next::Whole, Next::Done)
            }
        }
    }

    fn ask(&self, offset: u64, length: u64) -> Next {
        if self.end.is_some_and(|end| offset >= end) {
            return Next::Whole;
        }
        // Going on, some of what is known comes again.
        let goes_on =
            self.known.iter().any(|(from, known)| from.saturating_add(known.len() as u64) == offset);
        let overlap = if goes_on { OVERLAP.min(offset) } else { 0 };
        let length = length.saturating_add(overlap).min(u64::from(PIECE));
        Next::Ask { offset: offset - overlap, length: u32::try_from(length).unwrap_or(PIECE) }
    }

    /// Whether enough would be left out, and little enough read, by what the server says.
    fn is_worth_it(&self) -> bool {
        let (mut kept, mut saved) = (0_u64, 0_u64);
        let mut pictures = 0;
        let mut open = vec![(&self.structure, false)];
        while let Some((part, within_digest)) = open.pop() {
            if part.is_multipart() {
                let is_digest = part.kind == DIGEST;
                open.extend(part.parts.iter().rev().map(|part| (part, is_digest)));
            } else if self.leaves_out(part, within_digest, &mut pictures) {
                saved = saved.saturating_add(part.size.unwrap_or(0));
            } else {
                kept = kept.saturating_add(part.size.unwrap_or(0));
            }
        }
        saved >= self.limits.saved && kept <= self.limits.kept
    }

    /// Whether a part is left out: a file, large, and nothing that the text, the other files or their names depend on.
    fn leaves_out(&self, part: &Structure, within_digest: bool, pictures: &mut u64) -> bool {
        let size = part.size.unwrap_or(0);
        let disposition = part.disposition.as_ref().map_or("", |told| told.kind.as_str());
        let is_attached = disposition == "attachment";
        let (kind, _) = part.kind.split_once('/').unwrap_or_default();
        let encoding = part.encoding.as_deref().unwrap_or_default();
        if size < self.limits.file || within_digest || is_container(part) {
            return false;
        }
        match kind {
            "text" => is_attached && part.kind != "text/calendar",
            // What it is called is in its own header, which is read.
            "message" => part.kind == "message/rfc822" && matches!(encoding, "" | "7bit" | "8bit" | "binary"),
            "image" if !is_attached && (part.id.is_some() || disposition == "inline") => {
                let fits = size < self.limits.picture && pictures.saturating_add(size) < self.limits.kept / 2;
                if fits {
                    *pictures = pictures.saturating_add(size);
                }
                !fits
            }
            "" | "multipart" => false,
            _ => part.kind != "application/ics",
        }
    }

    /// What was read, without what is left out.
    fn excerpt(&self, end: u64, left_out: Vec<Range<u64>>) -> Option<Excerpt> {
        let mut excerpt = Excerpt::default();
        let mut from = 0;
        for hole in left_out.iter().cloned().chain(std::iter::once(end..end)) {
            let octets = self.at(from).get(..usize_of(hole.start.checked_sub(from)?))?;
            excerpt.kept.push((from, octets.to_vec()));
            from = hole.end;
        }
        excerpt.left_out = left_out;
        (!excerpt.left_out.is_empty() && excerpt.is_read_well()).then_some(excerpt)
    }

    /// What is known from there on without a gap.
    fn at(&self, offset: u64) -> &[u8] {
        let place = self.known.partition_point(|(from, _)| *from <= offset);
        let run = place.checked_sub(1).and_then(|place| self.known.get(place));
        run.and_then(|(from, known)| known.get(usize_of(offset - from)..)).unwrap_or_default()
    }
}

impl Excerpt {
    /// All that was read, one after the other, and where in it something is left out.
    pub fn joined(&self) -> (Vec<u8>, Vec<mime::LeftOut>) {
        let octets = self.kept.iter().flat_map(|(_, octets)| octets.iter().copied()).collect();
        let mut before = 0;
        let left_out = self.left_out.iter().zip(&self.kept).map(|(hole, (_, octets))| {
            before += octets.len();
            mime::LeftOut { at: before, length: hole.end - hole.start }
        });
        (octets, left_out.collect())
    }

    /// Whether the reader finds a file around everything that is left out.
    fn is_read_well(&self) -> bool {
        let (octets, left_out) = self.joined();
        mime::files_left_out(&octets, &left_out).is_some()
    }
}

const DIGEST: &str = "multipart/digest";

/// Whether other files are within.
fn is_container(part: &Structure) -> bool {
    matches!(part.kind.as_str(), "application/ms-tnef" | "application/vnd.ms-tnef")
        || part.file_name().is_some_and(|name| name.to_ascii_lowercase().contains("winmail"))
}

enum Stop {
    /// Octets that aren't known yet: from there on, about so many.
    Needs {
        offset: u64,
        length: u64,
    },
    Contradiction,
}

/// One walk through a mail as far as it is known.
struct Walk<'r> {
    reading: &'r Reading,
    left_out: Vec<Range<u64>>,
    pictures: u64,
}

/// A line and where it stands.
struct Line<'r> {
    octets: &'r [u8],
    from: u64,
    next: u64,
}

impl<'r> Walk<'r> {
    /// A part, its header first; gives where the line begins that ends it, which is a delimiter or the end of the mail.
    fn part(
        &mut self,
        structure: &Structure,
        from: u64,
        boundaries: &mut Vec<Vec<u8>>,
        within_digest: bool,
    ) -> Result<u64, Stop> {
        let body = self.header_end(from, boundaries)?;
        if structure.is_multipart() {
            return self.multipart(structure, body, boundaries);
        }
        if self.reading.leaves_out(structure, within_digest, &mut self.pictures) {
            return self.left_out(structure, body, boundaries);
        }
        let about = structure.size.unwrap_or(0).saturating_add(BEHIND);
        self.delimiter(body, boundaries, about)
    }

    fn multipart(
        &mut self,
        structure: &Structure,
        body: u64,
        boundaries: &mut Vec<Vec<u8>>,
    ) -> Result<u64, Stop> {
        let boundary = structure.parameter("boundary").filter(|boundary| !boundary.is_empty());
        boundaries.push(boundary.ok_or(Stop::Contradiction)?.as_bytes().to_vec());
        let is_digest = structure.kind == DIGEST;
        let mut delimiter = self.delimiter(body, boundaries, BEHIND)?;
        for part in &structure.parts {
            let line = self.line(delimiter, BEHIND)?.ok_or(Stop::Contradiction)?;
            if is_delimiter(line.octets, boundaries.last()) != Some(Delimiter::Next) {
                return Err(Stop::Contradiction);
            }
            delimiter = self.part(part, line.next, boundaries, is_digest)?;
        }
        let line = self.line(delimiter, BEHIND)?.ok_or(Stop::Contradiction)?;
        if is_delimiter(line.octets, boundaries.last()) != Some(Delimiter::Last) {
            return Err(Stop::Contradiction);
        }
        boundaries.pop();
        self.delimiter(line.next, boundaries, BEHIND)
    }

    /// A part that is left out.
    fn left_out(&mut self, structure: &Structure, body: u64, boundaries: &[Vec<u8>]) -> Result<u64, Stop> {
        let size = structure.size.ok_or(Stop::Contradiction)?;
        let told = body.checked_add(size).ok_or(Stop::Contradiction)?;
        let is_mail = structure.kind == "message/rfc822";
        let from = if is_mail { self.header_end(body, boundaries)? } else { body };
        // Some count the line end before the delimiter.
        let looked_at =
            told.checked_sub(2).filter(|looked_at| *looked_at > from).ok_or(Stop::Contradiction)?;
        let end = match boundaries.last() {
            None => {
                // The mail ends with it.
                self.need(looked_at, BEHIND)?;
                let end = self.reading.end.ok_or(Stop::Contradiction)?;
                if end.abs_diff(told) > 2 {
                    return Err(Stop::Contradiction);
                }
                self.left_out.push(from..end);
                return Ok(end);
            }
            Some(boundary) => boundary,
        };
        self.need(looked_at, BEHIND)?;
        for line_end in looked_at + 1..=told.saturating_add(1) {
            let at = self.reading.at(line_end);
            if at.first() != Some(&b'\n') {
                continue;
            }
            let next = self.line(line_end + 1, BEHIND)?.ok_or(Stop::Contradiction)?;
            if is_delimiter(next.octets, Some(end)).is_none() {
                continue;
            }
            let has_return = self.reading.at(line_end - 1).first() == Some(&b'\r');
            self.left_out.push(from..line_end - u64::from(has_return));
            return Ok(next.from);
        }
        Err(Stop::Contradiction)
    }

    /// Where the body of a part begins whose header begins there.
    fn header_end(&self, from: u64, boundaries: &[Vec<u8>]) -> Result<u64, Stop> {
        let mut next = from;
        while let Some(line) = self.line(next, BEHIND)? {
            let is_delimiter =
                boundaries.iter().any(|boundary| is_delimiter(line.octets, Some(boundary)).is_some());
            if is_delimiter || line.next - from > LONGEST_HEADER {
                return Err(Stop::Contradiction);
            }
            if line.octets.iter().all(|octet| matches!(octet, b'\r' | b'\n')) {
                return Ok(line.next);
            }
            next = line.next;
        }
        Err(Stop::Contradiction)
    }

    /// Where the next delimiter begins, which must be that of the innermost boundary; without any, the end of the mail.
    fn delimiter(&self, from: u64, boundaries: &[Vec<u8>], about: u64) -> Result<u64, Stop> {
        let behind = from.saturating_add(about);
        let mut next = from;
        while let Some(line) = self.line(next, behind.saturating_sub(next).max(BEHIND))? {
            let met =
                boundaries.iter().rposition(|boundary| is_delimiter(line.octets, Some(boundary)).is_some());
            match met {
                Some(met) if met + 1 == boundaries.len() => return Ok(line.from),
                Some(_) => return Err(Stop::Contradiction),
                None => next = line.next,
            }
        }
        if boundaries.is_empty() { Ok(next) } else { Err(Stop::Contradiction) }
    }

    /// The line that begins there; `None` at the end of the mail.
    fn line(&self, from: u64, about: u64) -> Result<Option<Line<'r>>, Stop> {
        let known = self.reading.at(from);
        let length = memchr::memchr(b'\n', known).map(|place| place + 1);
        let known_to = from.saturating_add(known.len() as u64);
        let length = match length {
            Some(length) => length,
            None if self.reading.end == Some(known_to) && known.is_empty() => return Ok(None),
            None if self.reading.end == Some(known_to) => known.len(),
            None => {
                return Err(Stop::Needs {
                    offset: known_to,
                    length: about.saturating_sub(known.len() as u64).max(BEHIND),
                });
            }
        };
        let octets = known.get(..length).unwrap_or_default();
        Ok(Some(Line { octets, from, next: from.saturating_add(length as u64) }))
    }

    /// That octet is known.
    fn need(&self, offset: u64, length: u64) -> Result<(), Stop> {
        if self.reading.at(offset).is_empty() { Err(Stop::Needs { offset, length }) } else { Ok(()) }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Delimiter {
    Next,
    Last,
}

/// Whether a line divides parts (RFC 2046 section 5.1.1).
fn is_delimiter(line: &[u8], boundary: Option<&Vec<u8>>) -> Option<Delimiter> {
    let behind = line.strip_prefix(b"--")?.strip_prefix(boundary?.as_slice())?;
    if behind.starts_with(b"--") {
        return Some(Delimiter::Last);
    }
    behind.iter().all(u8::is_ascii_whitespace).then_some(Delimiter::Next)
}

fn usize_of(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
