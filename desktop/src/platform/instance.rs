//! One window for one profile: a second start asks the first one to come forward, or to write a mail, and ends.
//!
//! A lock on a file in the profile says who is first (the system lets go of it however a process ends); a local
//! socket beside it carries the request.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::StreamExt;
use iced::futures::stream::{self, BoxStream};

/// What a start found.
pub enum Start {
    /// No other window has this profile. Keep the value: with it the lock goes.
    First(Instance),
    /// Another window has it, and has been asked to come forward.
    HandedOver,
}

/// The hold on a profile.
pub struct Instance {
    listener: Listener,
    _lock: File,
}

impl Instance {
    pub fn listener(&self) -> &Listener {
        &self.listener
    }
}

/// Takes the profile, or asks the window that has it to come forward; to write a mail, if there is a link that says which.
pub fn start(profile: &Path, link: Option<&str>) -> io::Result<Start> {
    let lock =
        OpenOptions::new().create(true).truncate(false).write(true).open(profile.join("window.lock"))?;
    let path = socket_path(profile);
    match lock.try_lock() {
        Ok(()) => Ok(Start::First(Instance { listener: Listener::bind(&path), _lock: lock })),
        Err(TryLockError::WouldBlock) => {
            ask(&path, link)?;
            Ok(Start::HandedOver)
        }
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// In the profile, or in the folder for temporary files where that path is too long for a socket (108 bytes).
fn socket_path(profile: &Path) -> PathBuf {
    let path = profile.join("window.socket");
    if path.as_os_str().len() < 100 {
        return path;
    }
    let hash = profile.as_os_str().as_encoded_bytes().iter().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01B3)
    });
    std::env::temp_dir().join(format!("waxwing-{hash:016x}.socket"))
}

#[cfg(unix)]
mod local {
    use std::io::{self, BufRead, BufReader, Read, Write};
    use std::os::unix::net::{UnixListener, UnixStream};
    use std::path::Path;
    use std::time::Duration;

    pub(super) type Socket = UnixListener;

    /// What a second start sends: this, or this and a link.
    const RAISE: &str = "raise";
    const WRITE: &str = "write ";
    /// Longest request that is read, in bytes.
    const LONGEST: u64 = 256 << 10;

    pub(super) fn bind(path: &Path) -> io::Result<Socket> {
        // Left behind by a window that was killed: the lock says that nobody has it.
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => UnixListener::bind(path),
        }
    }

    pub(super) fn ask(path: &Path, link: Option<&str>) -> io::Result<()> {
        let mut stream = UnixStream::connect(path)?;
        stream.set_write_timeout(Some(Duration::from_secs(2)))?;
        // One line is one request.
        let link = link.map(|link| link.replace(['\r', '\n'], ""));
        let request = link.map_or_else(|| format!("{RAISE}\n"), |link| format!("{WRITE}{link}\n"));
        stream.write_all(request.as_bytes())
    }

    /// Waits for the next request, with its link; `None` when the socket is gone.
    pub(super) fn next(socket: &Socket) -> Option<Option<String>> {
        loop {
            let (stream, _) = socket.accept().ok()?;
            let _ = stream.set_read_timeout(Some(Duration::from_secs(1)));
            let mut line = String::new();
            if BufReader::new(stream.take(LONGEST)).read_line(&mut line).is_err() || !line.ends_with('\n') {
                continue;
            }
            let line = line.trim_end();
            match line.strip_prefix(WRITE) {
                Some(link) => return Some(Some(link.to_owned())),
                None if line == RAISE => return Some(None),
                None => {}
            }
        }
    }
}

#[cfg(not(unix))]
mod local {
    use std::io;
    use std::path::Path;

    pub(super) struct Socket;

    pub(super) fn bind(_path: &Path) -> io::Result<Socket> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn ask(_path: &Path, _link: Option<&str>) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn next(_socket: &Socket) -> Option<Option<String>> {
        None
    }
}

use local::ask;

/// Hears later starts; deaf where a local socket can't be had, which costs only the coming forward.
#[derive(Clone)]
pub struct Listener(Option<Arc<local::Socket>>);

impl std::hash::Hash for Listener {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.is_some().hash(state);
    }
}

impl Listener {
    fn bind(path: &Path) -> Self {
        Self(local::bind(path).ok().map(Arc::new))
    }

    /// An item for each later start, with the link it was given. A thread of its own waits on the socket.
    pub fn asks(&self) -> BoxStream<'static, Option<String>> {
        let Some(socket) = self.0.clone() else { return stream::pending().boxed() };
        let (sender, receiver) = iced::futures::channel::mpsc::unbounded();
        std::thread::spawn(move || {
            while let Some(link) = local::next(&socket) {
                if sender.unbounded_send(link).is_err() {
                    return;
                }
            }
        });
        receiver.boxed()
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use iced::futures::executor::block_on;

    #[test]
    fn a_second_start_raises_the_first_and_ends() {
        let folder = tempfile::tempdir().unwrap();
        let Start::First(first) = start(folder.path(), None).unwrap() else { panic!("nobody else is here") };
        let mut asks = first.listener().asks();
        assert!(matches!(start(folder.path(), None).unwrap(), Start::HandedOver));
        assert_eq!(block_on(asks.next()), Some(None));
    }

    #[test]
    fn a_second_start_with_a_link_has_the_first_write_the_mail() {
        let folder = tempfile::tempdir().unwrap();
        let Start::First(first) = start(folder.path(), None).unwrap() else { panic!("nobody else is here") };
        let mut asks = first.listener().asks();
        let link = "mailto:a@example.org?subject=Hi%0Ahello";
        assert!(matches!(start(folder.path(), Some(link)).unwrap(), Start::HandedOver));
        assert!(matches!(start(folder.path(), Some("mailto:b\nraise")).unwrap(), Start::HandedOver));
        assert_eq!(block_on(asks.next()), Some(Some(link.into())));
        assert_eq!(block_on(asks.next()), Some(Some("mailto:braise".into())), "one start is one request");
    }

    #[test]
    fn a_window_that_was_killed_does_not_stand_in_the_way() {
        let folder = tempfile::tempdir().unwrap();
        drop(start(folder.path(), None).unwrap());
        assert!(folder.path().join("window.socket").exists(), "as after a kill");
        assert!(matches!(start(folder.path(), None).unwrap(), Start::First(_)));
    }

    #[test]
    fn a_long_path_still_gets_a_socket() {
        let long = PathBuf::from("/").join("x".repeat(200));
        assert!(socket_path(&long).as_os_str().len() < 100);
    }
}
