//! Pack files: bodies one after another, as they arrived, never rewritten.
//!
//! A record is `head | bytes | tail`. The head (magic, length) is written when the body begins, the tail (whose body it
//! is, checksum) when it has ended, since a server may name the mail last. All numbers are little-endian.
//! A body counts once the file is synced *and* the database points at it; what lies behind the last such record is cut
//! off when the file is opened again.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::error::{Detail, Error, ErrorKind};

/// A file that has grown past this gets a successor.
const SEGMENT: u64 = 64 << 20;
const MAGIC: [u8; 4] = *b"WXB1";
/// magic 4, length 8
const HEAD: u64 = 12;
/// account 8, mail 8, mailbox 8, UIDVALIDITY 4, UID 4, CRC-32 of bytes and tail 4
const TAIL: usize = 36;
/// Bytes gathered before a write.
const BUFFER: usize = 256 << 10;

const DAMAGED: &str = "a stored mail is damaged";

/// Whose body a record holds: enough to make its database row again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) account: i64,
    pub(super) msg: i64,
    pub(super) folder: i64,
    pub(super) uid_validity: u32,
    pub(super) uid: u32,
}

/// Where a body lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) pack: i64,
    /// Where its bytes begin.
    pub(super) off: u64,
    pub(super) len: u64,
}

fn segment_path(directory: &Path, pack: i64) -> PathBuf {
    directory.join(format!("{pack:06}.pack"))
}

/// Appends to the newest pack file of one account.
pub(super) struct Appender {
    directory: PathBuf,
    pack: i64,
    file: File,
    /// Where the next record begins: all before is whole.
    end: u64,
    buffer: Vec<u8>,
    open: Option<OpenRecord>,
}

struct OpenRecord {
    announced: u64,
    written: u64,
    crc: crc32fast::Hasher,
}

impl Appender {
    /// Opens the file `pack`, known to hold good records up to `end`; what lies behind was never counted.
    pub(super) fn open(directory: PathBuf, pack: i64, end: u64) -> Result<Self, Error> {
        super::make_private_directory(&directory)?;
        let pack = pack.max(1);
        let path = segment_path(&directory, pack);
        let mut file = File::options().create(true).truncate(false).read(true).write(true).open(&path)?;
        super::make_private_file(&path)?;
        if file.metadata()?.len() < end {
            // Bodies of it are lost, which reading them shows; what comes from now on needs a sound file.
            tracing::error!(pack, "a pack file is shorter than it was");
            return Self::open(directory, pack.saturating_add(1), 0);
        }
        file.set_len(end)?;
        file.seek(SeekFrom::Start(end))?;
        super::sync_directory(&directory)?;
        Ok(Self { directory, pack, file, end, buffer: Vec::new(), open: None })
    }

    /// Begins a record of `size` bytes.
    pub(super) fn begin(&mut self, size: u64) -> Result<(), Error> {
        self.abort()?;
        if self.end >= SEGMENT {
            self.succeed()?;
        }
        self.buffer.extend_from_slice(&MAGIC);
        self.buffer.extend_from_slice(&size.to_le_bytes());
        self.open = Some(OpenRecord { announced: size, written: 0, crc: crc32fast::Hasher::new() });
        Ok(())
    }

    /// Adds bytes to the record begun last; without one they are dropped.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let Some(open) = &mut self.open else { return Ok(()) };
        open.crc.update(bytes);
        open.written = open.written.saturating_add(bytes.len() as u64);
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= BUFFER {
            self.flush()?;
        }
        Ok(())
    }

    /// Ends the record: it is whole if as many bytes came as were announced.
    pub(super) fn finish(&mut self, owner: Owner) -> Result<Option<Place>, Error> {
        let Some(mut open) = self.open.take() else { return Ok(None) };
        if open.written != open.announced {
            self.open = Some(open);
            self.abort()?;
            return Ok(None);
        }
        let mut tail = Vec::with_capacity(TAIL);
        tail.extend_from_slice(&owner.account.to_le_bytes());
        tail.extend_from_slice(&owner.msg.to_le_bytes());
        tail.extend_from_slice(&owner.folder.to_le_bytes());
        tail.extend_from_slice(&owner.uid_validity.to_le_bytes());
        tail.extend_from_slice(&owner.uid.to_le_bytes());
        open.crc.update(&tail);
        tail.extend_from_slice(&open.crc.finalize().to_le_bytes());
        self.buffer.extend_from_slice(&tail);
        let off = self.end.saturating_add(HEAD);
        self.end = off.saturating_add(open.written).saturating_add(TAIL as u64);
        if self.buffer.len() >= BUFFER {
            self.flush()?;
        }
        Ok(Some(Place { pack: self.pack, off, len: open.written }))
    }

    /// Forgets the record begun last.
    pub(super) fn abort(&mut self) -> Result<(), Error> {
        if let Some(open) = self.open.take() {
            let begun = HEAD.saturating_add(open.written);
            let kept = (self.buffer.len() as u64).saturating_sub(begun);
            // Bytes of earlier, whole records may still be in the buffer: they stay.
            if self.buffer.len() as u64 >= begun {
                self.buffer.truncate(usize::try_from(kept).unwrap_or(0));
            } else {
                self.buffer.clear();
                self.file.set_len(self.end)?;
                self.file.seek(SeekFrom::Start(self.end))?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Error> {
        let result = self.file.write_all(&self.buffer);
        self.buffer.clear();
        Ok(result?)
    }

    /// Makes every finished record durable.
    ///
    /// Errors: `StorageFailed` also where somebody removed the file, as may be done with caches.
    pub(super) fn sync(&mut self) -> Result<(), Error> {
        self.flush()?;
        self.file.sync_data()?;
        if !fs::exists(segment_path(&self.directory, self.pack))? {
            return Err(Error::note(ErrorKind::StorageFailed, "a pack file was removed"));
        }
        Ok(())
    }

    /// The file it appends to.
    pub(super) const fn pack(&self) -> i64 {
        self.pack
    }

    /// Whether a record is begun and not ended.
    pub(super) const fn is_within_record(&self) -> bool {
        self.open.is_some()
    }

    /// Goes on with another file, so that nothing is added to the present one any more.
    pub(super) fn succeed(&mut self) -> Result<(), Error> {
        self.abort()?;
        self.sync()?;
        *self = Self::open(self.directory.clone(), self.pack.saturating_add(1), 0)?;
        Ok(())
    }
}

/// What a record takes besides its bytes.
pub(super) const FRAME: u64 = HEAD + TAIL as u64;

/// The pack files of an account, and the bytes of each.
pub(super) fn files(directory: &Path) -> Result<Vec<(i64, u64)>, Error> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(".pack")).map(str::parse);
        if let Some(Ok(number)) = number {
            files.push((number, entry.metadata()?.len()));
        }
    }
    files.sort_unstable();
    Ok(files)
}

/// Removes one file. Nothing may point into it.
pub(super) fn remove_file(directory: &Path, pack: i64) -> Result<(), Error> {
    match fs::remove_file(segment_path(directory, pack)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => super::sync_directory(directory),
    }
}

/// Reads a body and proves it by its checksum.
pub(super) fn read(directory: &Path, place: Place) -> Result<(Owner, Vec<u8>), Error> {
    let damaged = || Error::note(ErrorKind::StorageFailed, DAMAGED);
    let mut file = File::open(segment_path(directory, place.pack))?;
    file.seek(SeekFrom::Start(place.off))?;
    let len = usize::try_from(place.len).map_err(|_| damaged())?;
    let whole = place.len.saturating_add(TAIL as u64);
    if file.metadata()?.len() < place.off.saturating_add(whole) {
        return Err(damaged());
    }
    let mut bytes = Vec::with_capacity(len.saturating_add(TAIL));
    file.take(whole).read_to_end(&mut bytes)?;
    let tail = bytes.split_off(len.min(bytes.len()));
    let (fields, crc) = tail.split_at_checked(TAIL - 4).ok_or_else(damaged)?;
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&bytes);
    hasher.update(fields);
    if crc != hasher.finalize().to_le_bytes() {
        return Err(damaged());
    }
    Ok((owner(fields).ok_or_else(damaged)?, bytes))
}

/// Whether what `read` failed with means that the body is lost: it isn't what was written, or its file is gone. Anything else is the
/// disk's, and may pass.
pub(super) fn is_lost(error: &Error) -> bool {
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<std::io::Error>());
    matches!(error.detail(), Detail::Note(DAMAGED))
        || cause.is_some_and(|cause| cause.kind() == std::io::ErrorKind::NotFound)
}

/// A body whose checksum was proved, to be read in pieces.
pub(super) struct Opened {
    file: File,
    place: Place,
}

/// Opens a body.
pub(super) fn open(directory: &Path, place: Place) -> Result<Opened, Error> {
    Ok(Opened { file: File::open(segment_path(directory, place.pack))?, place })
}

impl Opened {
    /// Reads the octets from one on.
    pub(super) fn read(&mut self, from: u64, octets: &mut [u8]) -> Result<(), Error> {
        self.file.seek(SeekFrom::Start(self.place.off.saturating_add(from)))?;
        Ok(self.file.read_exact(octets)?)
    }
}

fn owner(fields: &[u8]) -> Option<Owner> {
    let (account, rest) = fields.split_first_chunk()?;
    let (msg, rest) = rest.split_first_chunk()?;
    let (folder, rest) = rest.split_first_chunk()?;
    let (uid_validity, rest) = rest.split_first_chunk()?;
    let (uid, _) = rest.split_first_chunk()?;
    Some(Owner {
        account: i64::from_le_bytes(*account),
        msg: i64::from_le_bytes(*msg),
        folder: i64::from_le_bytes(*folder),
        uid_validity: u32::from_le_bytes(*uid_validity),
        uid: u32::from_le_bytes(*uid),
    })
}

/// Removes all pack files of an account.
pub(super) fn remove(directory: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: Owner = Owner { account: 1, msg: 2, folder: 3, uid_validity: 4, uid: 5 };

    fn append(appender: &mut Appender, chunks: &[&[u8]]) -> Place {
        appender.begin(chunks.iter().map(|chunk| chunk.len() as u64).sum()).unwrap();
        for chunk in chunks {
            appender.write(chunk).unwrap();
        }
        appender.finish(OWNER).unwrap().unwrap()
    }

    #[test]
    fn a_body_comes_back_as_it_was_written_and_knows_its_owner() {
        let dir = tempfile::tempdir().unwrap();
        let mut appender = Appender::open(dir.path().into(), 1, 0).unwrap();
        let big = vec![7u8; 3 * BUFFER];
        let places = [
            append(&mut appender, &[b"one ", b"mail"]),
            append(&mut appender, &[&big]),
            append(&mut appender, &[]),
        ];
        appender.sync().unwrap();
        for (place, bytes) in places.into_iter().zip([b"one mail".to_vec(), big, Vec::new()]) {
            assert_eq!(read(dir.path(), place).unwrap(), (OWNER, bytes));
        }
    }

    #[test]
    fn a_body_that_came_short_leaves_no_trace() {
        let dir = tempfile::tempdir().unwrap();
        let mut appender = Appender::open(dir.path().into(), 1, 0).unwrap();
        let first = append(&mut appender, &[b"kept"]);
        for size in [10, 3 * BUFFER] {
            appender.begin(size as u64).unwrap();
            appender.write(&vec![1; size - 1]).unwrap();
            assert_eq!(appender.finish(OWNER).unwrap(), None);
        }
        appender.begin(100).unwrap();
        appender.write(b"half").unwrap();
        let last = append(&mut appender, &[b"kept too"]);
        appender.sync().unwrap();
        assert_eq!(read(dir.path(), first).unwrap().1, b"kept");
        assert_eq!(read(dir.path(), last).unwrap().1, b"kept too");
        assert_eq!(last.off, first.off + 4 + TAIL as u64 + HEAD);
    }

    #[test]
    fn one_flipped_bit_is_noticed_wherever_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let mut appender = Appender::open(dir.path().into(), 1, 0).unwrap();
        let place = append(&mut appender, &[b"a letter from the bank"]);
        appender.sync().unwrap();
        let path = segment_path(dir.path(), 1);
        let good = fs::read(&path).unwrap();
        for index in HEAD as usize..good.len() {
            let mut bad = good.clone();
            bad[index] ^= 4;
            fs::write(&path, bad).unwrap();
            assert_eq!(read(dir.path(), place).unwrap_err().kind(), ErrorKind::StorageFailed);
        }
    }

    #[test]
    fn what_was_written_but_never_counted_is_cut_off() {
        let dir = tempfile::tempdir().unwrap();
        let mut appender = Appender::open(dir.path().into(), 1, 0).unwrap();
        let kept = append(&mut appender, &[b"counted"]);
        let end = appender.end;
        append(&mut appender, &[b"not counted"]);
        appender.sync().unwrap();
        drop(appender);
        let mut appender = Appender::open(dir.path().into(), 1, end).unwrap();
        let next = append(&mut appender, &[b"after the crash"]);
        appender.sync().unwrap();
        assert_eq!(read(dir.path(), kept).unwrap().1, b"counted");
        assert_eq!(read(dir.path(), next).unwrap().1, b"after the crash");
    }

    #[test]
    fn a_pack_that_was_cut_short_keeps_nothing_new_from_being_kept() {
        let dir = tempfile::tempdir().unwrap();
        let mut appender = Appender::open(dir.path().into(), 1, 0).unwrap();
        let kept = append(&mut appender, &[b"kept"]);
        let lost = append(&mut appender, &[b"lost"]);
        appender.sync().unwrap();
        let end = appender.end;
        File::options().write(true).open(segment_path(dir.path(), 1)).unwrap().set_len(end - 3).unwrap();
        let mut appender = Appender::open(dir.path().into(), 1, end).unwrap();
        let new = append(&mut appender, &[b"new"]);
        appender.sync().unwrap();
        assert_eq!(read(dir.path(), kept).unwrap().1, b"kept");
        assert!(read(dir.path(), lost).is_err());
        assert_eq!(read(dir.path(), new).unwrap().1, b"new");
    }
}
