//! Who reads the store just now, and whether anybody may: closed while the store is given up.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::{Error, ErrorKind};

/// Readers go in and out; it closes when the last of them is out.
#[derive(Default)]
pub(super) struct Gate {
    inside: Mutex<Inside>,
    left: Condvar,
}

#[derive(Default)]
struct Inside {
    is_closed: bool,
    readers: usize,
}

/// One reader inside.
pub(super) struct Pass<'a>(&'a Gate);

impl Gate {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Goes in, unless it is closed.
    pub(super) fn enter(&self) -> Result<Pass<'_>, Error> {
        let mut inside = self.inside();
        if inside.is_closed {
            return Err(suspended());
        }
        inside.readers += 1;
        Ok(Pass(self))
    }

    /// Lets nobody in any more and waits for those inside. When they take longer than that it is open again.
    pub(super) fn close(&self, deadline: Duration) -> Result<(), Error> {
        let mut inside = self.inside();
        inside.is_closed = true;
        let waited = self.left.wait_timeout_while(inside, deadline, |inside| inside.readers > 0);
        let (mut inside, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() && inside.readers > 0 {
            inside.is_closed = false;
            return Err(Error::note(ErrorKind::TimedOut, "the store is being read"));
        }
        Ok(())
    }

    pub(super) fn open(&self) {
        self.inside().is_closed = false;
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        let mut inside = self.0.inside();
        inside.readers = inside.readers.saturating_sub(1);
        drop(inside);
        self.0.left.notify_all();
    }
}

/// Why nothing can be read or written now.
pub(super) fn suspended() -> Error {
    Error::note(ErrorKind::WrongState, "the mail store is suspended")
}
