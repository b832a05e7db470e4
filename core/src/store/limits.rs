//! How much of the device the store takes: where, how much on disk, how much in memory.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use rusqlite::Connection;

use crate::error::Error;
use crate::model::MemoryBudget;

/// What the store may take.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// Where bodies and the search index are, which can be fetched or made again if they are lost; `None`: with the rest.
    pub caches: Option<PathBuf>,
    /// Bytes of bodies on disk; `None`: as many as there are to be kept.
    pub bodies: Option<u64>,
    /// Bytes in memory.
    pub memory: MemoryBudget,
}

/// The room for bodies, shared by writer and readers.
pub(super) struct Room {
    most: Option<u64>,
    /// Bytes of bodies that are here, as far as they were counted.
    held: AtomicU64,
    /// Bodies of mail from then on fit in, ms.
    since: AtomicI64,
    /// Something went, or came to be too much, since it was last tidied up.
    untidy: AtomicBool,
}

/// Everything fits in, as far as was counted; nothing was.
const ALWAYS: i64 = -i64::MAX;
const UNCOUNTED: i64 = i64::MIN;

impl Room {
    pub(super) fn new(most: Option<u64>) -> Self {
        let (held, since) = (AtomicU64::new(0), AtomicI64::new(UNCOUNTED));
        Self { most, held, since, untidy: AtomicBool::new(true) }
    }

    pub(super) const fn is_limited(&self) -> bool {
        self.most.is_some()
    }

    /// From when on bodies are kept that are to be kept from `since` on (`i64::MAX`: none).
    pub(super) fn since(&self, since: i64) -> i64 {
        since.max(self.since.load(Ordering::Relaxed))
    }

    /// Bodies went, and with them what pack files are for.
    pub(super) fn gave_up(&self) {
        self.untidy.store(true, Ordering::Release);
    }

    /// Whether there may be something to tidy up; asked for once.
    pub(super) fn take_untidy(&self) -> bool {
        self.untidy.swap(false, Ordering::AcqRel)
    }

    /// So many bytes came. Where that is too much, older mail is no longer fetched from now on.
    pub(super) fn took(&self, bytes: u64, connection: &Connection) -> Result<(), Error> {
        let Some(most) = self.most else { return Ok(()) };
        if self.held.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes) > most {
            self.measure(connection)?;
            self.gave_up();
        }
        Ok(())
    }

    /// Counts what is here, and from when on bodies fit in. That moves only if too much is here, or a third of the room is
    /// free: not with every mail that comes.
    pub(super) fn measure(&self, connection: &Connection) -> Result<(), Error> {
        let Some(most) = self.most else { return Ok(()) };
        let held: u64 = connection
            .prepare_cached(
                "SELECT coalesce(sum(len), 0) FROM
                   (SELECT DISTINCT account, pack, off, len FROM stored JOIN msg ON msg.id = stored.msg)",
            )?
            .query_row([], |row| row.get(0))?;
        self.held.store(held, Ordering::Relaxed);
        let may_move = match self.since.load(Ordering::Relaxed) {
            UNCOUNTED => true,
            ALWAYS => held > most,
            _ => held > most || held < most / 3 * 2,
        };
        if may_move {
            self.since.store(fitting(connection, most)?, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// From when on the bodies of all mail fit in, with a tenth left free.
fn fitting(connection: &Connection, most: u64) -> Result<i64, Error> {
    let total: u64 = connection.query_row("SELECT coalesce(sum(size), 0) FROM msg", [], |row| row.get(0))?;
    if total <= most {
        return Ok(ALWAYS);
    }
    let mut left = most / 10 * 9;
    let mut statement = connection.prepare_cached("SELECT date, size FROM msg ORDER BY date DESC")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        match left.checked_sub(row.get(1)?) {
            Some(rest) => left = rest,
            None => return Ok(row.get::<_, i64>(0)?.saturating_add(1)),
        }
    }
    Ok(ALWAYS)
}
