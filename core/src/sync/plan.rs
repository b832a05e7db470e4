//! Which way to bring a mailbox up to date: chosen from what is known here and what SELECT said.
//!
//! The ways that need CONDSTORE or QRESYNC join here; the full comparison stays, since many servers offer neither.

use crate::imap::Uid;
use crate::imap::ops::SelectedMailbox;

/// What is known here of a mailbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// 0: never selected.
    pub uid_validity: u32,
    /// UIDs below it are known or in a hole.
    pub uid_next: Uid,
}

/// How to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// The mailbox was renumbered: what is known goes into quarantine, then everything is read as new.
    Rebase,
    /// Compare every UID and its flags; UIDs from the known UIDNEXT on are new.
    FullComparison {
        /// The UIDNEXT to keep; `None` when the server doesn't say and it must be taken from the UIDs themselves.
        uid_next: Option<Uid>,
    },
    /// The server contradicts itself (UIDNEXT went back without a new UIDVALIDITY): compare, but trust no number of it.
    Distrust,
}

/// Chooses the way for one mailbox.
pub fn plan(known: Known, selected: &SelectedMailbox) -> Plan {
    if known.uid_validity != 0 && known.uid_validity != selected.uid_validity {
        return Plan::Rebase;
    }
    match selected.uid_next {
        Some(uid_next) if uid_next < known.uid_next => Plan::Distrust,
        uid_next => Plan::FullComparison { uid_next },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(uid_validity: u32, uid_next: Option<Uid>) -> SelectedMailbox {
        SelectedMailbox { uid_validity, uid_next, ..SelectedMailbox::default() }
    }

    #[test]
    fn a_new_uidvalidity_is_a_rebase_and_a_first_visit_is_not() {
        let known = Known { uid_validity: 5, uid_next: 10 };
        assert_eq!(plan(known, &selected(6, Some(100))), Plan::Rebase);
        assert_eq!(
            plan(Known::default(), &selected(6, Some(100))),
            Plan::FullComparison { uid_next: Some(100) }
        );
    }

    #[test]
    fn a_uidnext_that_went_back_is_not_believed() {
        let known = Known { uid_validity: 5, uid_next: 10 };
        assert_eq!(plan(known, &selected(5, Some(9))), Plan::Distrust);
        assert_eq!(plan(known, &selected(5, None)), Plan::FullComparison { uid_next: None });
    }
}
