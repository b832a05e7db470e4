//! One window for one profile: a second start asks the first one to come forward, and ends.
//!
//! A lock on a file in the profile says who is first (the system lets go of it however a process ends); a local
//! socket beside it carries the one request there is.

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

/// Takes the profile, or asks the window that has it to come forward.
pub fn start(profile: &Path) -> io::Result<Start> {
    let lock =
        OpenOptions::new().create(true).truncate(false).write(true).open(profile.join("window.lock"))?;
    let path = socket_path(profile);
    match lock.try_lock() {
        Ok(()) => Ok(Start::First(Instance { listener: Listener::bind(&path), _lock: lock })),
        Err(TryLockError::WouldBlock) => {
            ask(&path)?;
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
    use std::io::{self, Read, Write};
    use std::os::unix::net::{UnixListener, UnixStream};
    use std::path::Path;
    use std::time::Duration;

    pub(super) type Socket = UnixListener;

    /// What a second start sends.
    const RAISE: &[u8] = b"raise\n";

    pub(super) fn bind(path: &Path) -> io::Result<Socket> {
        // Left behind by a window that was killed: the lock says that nobody has it.
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => UnixListener::bind(path),
        }
    }

    pub(super) fn ask(path: &Path) -> io::Result<()> {
        let mut stream = UnixStream::connect(path)?;
        stream.set_write_timeout(Some(Duration::from_secs(2)))?;
        stream.write_all(RAISE)
    }

    /// Waits for the next request; `None` when the socket is gone.
    pub(super) fn next(socket: &Socket) -> Option<()> {
        loop {
            let (mut stream, _) = socket.accept().ok()?;
            let mut words = [0; RAISE.len()];
            let _ = stream.set_read_timeout(Some(Duration::from_secs(1)));
            if stream.read_exact(&mut words).is_ok() && words == RAISE {
                return Some(());
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

    pub(super) fn ask(_path: &Path) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn next(_socket: &Socket) -> Option<()> {
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

    /// An item for each later start. A thread of its own waits on the socket.
    pub fn asks(&self) -> BoxStream<'static, ()> {
        let Some(socket) = self.0.clone() else { return stream::pending().boxed() };
        let (sender, receiver) = iced::futures::channel::mpsc::unbounded();
        std::thread::spawn(move || {
            while local::next(&socket).is_some() {
                if sender.unbounded_send(()).is_err() {
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
        let Start::First(first) = start(folder.path()).unwrap() else { panic!("nobody else is here") };
        let mut asks = first.listener().asks();
        assert!(matches!(start(folder.path()).unwrap(), Start::HandedOver));
        assert_eq!(block_on(asks.next()), Some(()));
    }

    #[test]
    fn a_window_that_was_killed_does_not_stand_in_the_way() {
        let folder = tempfile::tempdir().unwrap();
        drop(start(folder.path()).unwrap());
        assert!(folder.path().join("window.socket").exists(), "as after a kill");
        assert!(matches!(start(folder.path()).unwrap(), Start::First(_)));
    }

    #[test]
    fn a_long_path_still_gets_a_socket() {
        let long = PathBuf::from("/").join("x".repeat(200));
        assert!(socket_path(&long).as_os_str().len() < 100);
    }
}
