//! Files of a message, and the message itself, written to where the caller says.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::mem::MaybeUninit;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::time::Duration;

use waxwing_core::model::EmailId;
use waxwing_core::store::PartState;
use waxwing_core::{Command, Error, ErrorKind, Reader};

use crate::accounts::request;
use crate::client::{Purpose, waxwing_client, waxwing_request};
use crate::guard::{self, Fault, Misuse, Slot};
use crate::ids::{email_id, waxwing_message_id};
use crate::status::waxwing_status;
use crate::text::waxwing_str;

/// What is written of a message, and where.
#[derive(Debug)]
pub(crate) struct Saving {
    /// A part, or the whole message.
    part: Option<u32>,
    place: Place,
}

#[derive(Debug)]
enum Place {
    /// A file that is made.
    Path(PathBuf),
    /// One that is open.
    Open(File),
}

impl Saving {
    /// Writes it, once the message is here.
    pub(crate) fn run(self, reader: &Reader, email: EmailId) -> Result<(), Error> {
        let content = match self.part {
            Some(part) => {
                reader.readable(email)?.part(part).ok_or_else(|| Error::new(ErrorKind::NotFound))?
            }
            None => reader.raw(email)?,
        };
        match self.place {
            Place::Open(mut file) => Ok(file.write_all(&content)?),
            Place::Path(path) => write_new(&path, &content),
        }
    }
}

/// Writes a file that wasn't there: never through a link, and nothing is left of one that fails.
fn write_new(path: &Path, content: &[u8]) -> Result<(), Error> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Error::note(ErrorKind::WrongState, "there is something of that name").because(error)
        }
        _ => Error::from(error),
    })?;
    let written = file.write_all(content).and_then(|()| file.sync_all());
    written.map_err(|error| {
        drop(file);
        let _ = std::fs::remove_file(path);
        Error::from(error)
    })
}

/// Fetches a part of a message if it isn't here, alone, in pieces of 256 KB each of which is kept: after a lost connection,
/// `waxwing_client_cancel` or the end of the program it goes on where it was. Messages that are to be read are fetched before.
/// How far it is: PROGRESS with `request`, `message_id`, `progress_10k`, `counts[1]` of `counts[2]` bytes (coded, as they come) and
/// `counts[3]`, the part. Final: DONE: it is WAXWING_PART_LOCAL when the message is loaded again. FAILED with E_NOT_FOUND: there is
/// no such message or part; with E_PROTOCOL: the server sent something else, and nothing of it is kept.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_part_fetch(
    client: MaybeUninit<&waxwing_client>,
    message: waxwing_message_id,
    part: u32,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    request(client, "waxwing_part_fetch", out_request, Purpose::Plain, || {
        Ok(Command::FetchPart { email: email_id(message)?, part })
    })
}

/// Writes a part of a message, decoded, to a new file that its user alone may read; `path` is absolute. What is there of that
/// name is left as it is. The part is fetched first if it isn't here: see `waxwing_part_fetch`. Final: DONE. FAILED with E_STATE: there is something
/// of that name; with E_NOT_FOUND: there is no such message or part.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_part_save_path(
    client: MaybeUninit<&waxwing_client>,
    message: waxwing_message_id,
    part: u32,
    path: waxwing_str,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    save(client, "waxwing_part_save_path", message, Some(part), out_request, || {
        // SAFETY: the caller's promise: text that lives during the call.
        let path = Path::new(unsafe { path.read("path")? });
        if !path.is_absolute() {
            return Err(Misuse::of("path", "is not absolute").into());
        }
        Ok(Place::Path(path.to_owned()))
    })
}

/// Writes a part of a message, decoded, to an open file, from its place on. The descriptor is duplicated: it may be closed when
/// this returns. Its file is to be one that doesn't block: a pipe that nobody reads would hold up every other message. The
/// part is fetched first if it isn't here: see `waxwing_part_fetch`. Final: DONE. FAILED with E_NOT_FOUND: there is no such message or part.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_part_save_fd(
    client: MaybeUninit<&waxwing_client>,
    message: waxwing_message_id,
    part: u32,
    fd: i32,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    save(client, "waxwing_part_save_fd", message, Some(part), out_request, || Ok(Place::Open(opened(fd)?)))
}

/// Writes a whole message (RFC 5322, as on the server: an .eml file) to an open file; see `waxwing_part_save_fd`. It is fetched
/// first, with all its files, if it isn't all here. Final: DONE.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_message_export_fd(
    client: MaybeUninit<&waxwing_client>,
    message: waxwing_message_id,
    fd: i32,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    save(client, "waxwing_message_export_fd", message, None, out_request, || Ok(Place::Open(opened(fd)?)))
}

/// Reads a part of a message, decoded, from `offset` on into `buffer`: `out_len` bytes, `len` of them but at the end of the part,
/// where it is 0. For viewers that go to and fro: the message is parsed at the first read of a part, and then read in pieces, so
/// that whoever reads on pays for what is read alone; a part that is coded in an odd way is decoded whole each time.
///
/// Waits for the part if it isn't here, `timeout_ms` milliseconds at most. E_TIMEOUT: it didn't come in time; it is still being
/// fetched. E_NOT_FOUND: there is no such message or part. `buffer` is written to even then. Not for UI threads.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_part_read(
    client: MaybeUninit<&waxwing_client>,
    message: waxwing_message_id,
    part: u32,
    offset: u64,
    buffer: MaybeUninit<&mut u8>,
    len: usize,
    timeout_ms: u32,
    out_len: MaybeUninit<&mut usize>,
) -> waxwing_status {
    guard::on_client(client, "waxwing_part_read", |client| {
        // SAFETY: the caller's promise: NULL or memory for a number.
        let slot = unsafe { Slot::of(out_len, "out_len")? };
        // SAFETY: the caller's promise: NULL or memory of that length, which nobody else touches during the call.
        let room = unsafe { guard::room(buffer, len, "buffer")? };
        let email = email_id(message)?;
        let reader = client.reader()?;
        let read = match read_part(client, reader, (email, part, offset), room) {
            // It isn't here, or what is here of it is damaged: the server has it.
            Err(error)
                if error.kind() == ErrorKind::StorageFailed
                    || (error.kind() == ErrorKind::NotFound && is_elsewhere(reader, email, part)?) =>
            {
                let timeout = Duration::from_millis(u64::from(timeout_ms));
                client.answered_within(Command::FetchPart { email, part }, timeout)?;
                read_part(client, reader, (email, part, offset), room)
            }
            read => read,
        };
        slot.fill(read?);
        Ok(())
    })
}

/// Whether a part may be on the server alone.
fn is_elsewhere(reader: &Reader, email: EmailId, part: u32) -> Result<bool, Error> {
    Ok(matches!(reader.part_state(email, part)?, PartState::Missing | PartState::NoMail))
}

/// Goes on with the part that was read last, or opens another. Several at once take turns.
fn read_part(
    client: &waxwing_client,
    reader: &Reader,
    (email, part, offset): (EmailId, u32, u64),
    room: &mut [u8],
) -> Result<usize, Error> {
    let mut held = client.part.lock().unwrap_or_else(PoisonError::into_inner);
    let mut opened = match held.take().filter(|known| known.reads(email, part)) {
        Some(known) => known,
        None => reader.part_reader(email, part)?,
    };
    let count = opened.read(reader, offset, room)?;
    *held = Some(opened);
    Ok(count)
}

fn save(
    client: MaybeUninit<&waxwing_client>,
    call: &'static str,
    message: waxwing_message_id,
    part: Option<u32>,
    out_request: MaybeUninit<&mut waxwing_request>,
    place: impl FnOnce() -> Result<Place, Fault>,
) -> waxwing_status {
    guard::on_client(client, call, |client| {
        // SAFETY: the caller's promise: NULL or memory for an id.
        let slot = unsafe { Slot::of(out_request, "out_request")? };
        let saving = Saving { part, place: place()? };
        let email = email_id(message)?;
        let command = match part {
            Some(part) => Command::FetchPart { email, part },
            None => Command::FetchWhole { email },
        };
        slot.fill(client.submit(command, Purpose::Save { email, saving })?);
        Ok(())
    })
}

/// A descriptor of our own for the caller's file.
#[cfg(unix)]
fn opened(fd: i32) -> Result<File, Misuse> {
    if fd < 0 {
        return Err(Misuse::of("fd", "is negative"));
    }
    // SAFETY: it isn't -1, and is only asked for a duplicate: where it is no open file that fails.
    let file = unsafe { std::os::fd::BorrowedFd::borrow_raw(fd) };
    file.try_clone_to_owned().map(File::from).map_err(|_| Misuse::of("fd", "is not an open file"))
}

#[cfg(not(unix))]
fn opened(_: i32) -> Result<File, Misuse> {
    Err(Misuse::of("fd", "is for Unix"))
}
