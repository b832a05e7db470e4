//! Which part of what is found is wanted, and what was found of it so far.

use std::collections::VecDeque;
use std::ops::ControlFlow;

use rusqlite::{Connection, OptionalExtension};

use super::Trouble;
use crate::model::EmailRow;

/// Mails counted beyond the window. More would keep the person waiting for a number.
const COUNTED_ON: usize = 250;
/// Mails looked at beyond the window, of which maybe few are counted.
const LOOKED_ON: usize = 500;
/// Looks after which another way is tried where most were in vain.
const DOUBTFUL: usize = 500;
/// Looks at mails for one question. Whoever seeks what is older than all of these says so (`before:`), or says more.
const MOST_LOOKS: usize = 250_000;

/// Which of what is found is wanted.
#[derive(Clone, Copy)]
pub(super) enum Window {
    From {
        first: usize,
        count: usize,
    },
    /// So many before a mail of this date, and after.
    Around {
        msg: i64,
        date: i64,
        before: usize,
        after: usize,
    },
}

/// A mail that the window lies around, and that is yet to be met.
struct Sought {
    msg: i64,
    date: i64,
    /// Its key in the index, if it has one.
    key: Option<i64>,
    before: usize,
    after: usize,
    /// The mails met last: those that stand before it, should it come next.
    last: VecDeque<i64>,
}

/// Where a mail was met: what is gone through is in falling order of it.
#[derive(Clone, Copy)]
pub(super) enum Met {
    InIndex { key: i64 },
    InList { date: i64 },
}

impl Met {
    pub(super) fn key(self) -> Option<i64> {
        match self {
            Self::InIndex { key } => Some(key),
            Self::InList { .. } => None,
        }
    }
}

/// What was found so far.
pub(super) struct Gathered {
    window: Window,
    sought: Option<Sought>,
    /// Beyond everything while a mail is sought.
    pub(super) first: usize,
    count: usize,
    pub(super) rows: Vec<EmailRow>,
    pub(super) total: usize,
    /// Looks at mails beyond the window, and at all.
    looked: usize,
    looks: usize,
    /// There may be more.
    pub(super) cut: bool,
}

impl Gathered {
    pub(super) fn new(window: Window) -> Self {
        let (first, count, sought) = match window {
            Window::From { first, count } => (first, count, None),
            Window::Around { msg, date, before, after } => {
                let sought = Sought { msg, date, key: None, before, after, last: VecDeque::new() };
                (usize::MAX, 0, Some(sought))
            }
        };
        let (rows, total, looked, looks, cut) = (Vec::new(), 0, 0, 0, false);
        Self { window, sought, first, count, rows, total, looked, looks, cut }
    }

    /// Whether there is such a window: the mail around which it lies was met.
    pub(super) fn is_there(&self) -> bool {
        self.sought.is_none()
    }

    /// Where the mail that is sought stands in the index.
    pub(super) fn settle_key(&mut self, index: &Connection) -> Result<(), Trouble> {
        if let Some(sought) = &mut self.sought {
            let mut statement = index.prepare_cached("SELECT key FROM entry WHERE msg = ?1")?;
            sought.key = statement.query_row([sought.msg], |row| row.get(0)).optional()?;
        }
        Ok(())
    }

    /// Whether the mail that is sought would have been met by now.
    pub(super) fn has_passed(&self, msg: i64, met: Met) -> bool {
        self.sought.as_ref().is_some_and(|sought| match met {
            Met::InIndex { key } => sought.key.is_none_or(|place| key < place),
            Met::InList { date } => (date, msg) < (sought.date, sought.msg),
        })
    }

    /// Takes note of a mail that is found. If it is the one that is sought, that says where the window begins, and which
    /// mails before this one are in it.
    pub(super) fn take(&mut self, msg: i64) -> VecDeque<i64> {
        let mut before = VecDeque::new();
        if let Some(mut sought) = self.sought.take() {
            if sought.msg == msg {
                before = sought.last;
                self.first = self.total - before.len();
                self.count = before.len().saturating_add(sought.after);
            } else {
                sought.last.push_back(msg);
                if sought.last.len() > sought.before {
                    sought.last.pop_front();
                }
                self.sought = Some(sought);
            }
        }
        before
    }

    pub(super) fn is_in_window(&self) -> bool {
        self.total >= self.first && self.rows.len() < self.count
    }

    /// Whether what is gone through holds so little of what is sought that there may be a shorter way to it.
    pub(super) fn is_doubtful(&self) -> bool {
        self.looks >= DOUBTFUL
            && self.total < self.first.saturating_add(self.count)
            && self.total.saturating_mul(4) < self.looks
    }

    pub(super) fn next(&mut self) -> ControlFlow<()> {
        self.looks += 1;
        let beyond = self.total.checked_sub(self.first.saturating_add(self.count));
        self.looked += usize::from(beyond.is_some());
        if beyond.is_some_and(|beyond| beyond >= COUNTED_ON)
            || self.looked >= LOOKED_ON
            || self.looks > MOST_LOOKS
        {
            self.cut = true;
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    pub(super) fn begin_again(&mut self) {
        let key = self.sought.as_ref().and_then(|sought| sought.key);
        *self = Self::new(self.window);
        if let Some(sought) = &mut self.sought {
            sought.key = key;
        }
    }
}
