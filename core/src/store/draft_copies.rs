//! What the server has of drafts.

use super::writer::Tx;
use crate::command::Ticket;
use crate::error::Error;
use crate::model::{DraftId, Instant};

/// What the server has of it is to be removed.
pub(super) fn remove(_tx: &Tx<'_>, _operation: Ticket, _draft: DraftId, _now: Instant) -> Result<(), Error> {
    Ok(())
}
