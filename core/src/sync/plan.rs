//! Which way to bring a mailbox up to date: chosen from what is known here, what the server offers and what it said
//! when the mailbox was selected.
//!
//! Three ways, each the fallback of the one before: ask for what changed and what is gone (QRESYNC, RFC 7162), ask for
//! what changed and work out what is gone (CONDSTORE), compare every UID and its flags. The last one is no exception:
//! many servers offer nothing else, and whoever contradicts itself gets it too.

use crate::imap::Uid;
use crate::imap::ops::{MailboxStatus, SelectedMailbox};

/// What is known here of a mailbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// 0: never selected.
    pub uid_validity: u32,
    /// UIDs below it are known or in a hole.
    pub uid_next: Uid,
    /// Every change up to this one is known here (RFC 7162); 0: it is not known up to which.
    pub highest_modseq: u64,
    /// Mails known to be there.
    pub count: u32,
    /// UID ranges below `uid_next` were never read.
    pub has_holes: bool,
}

/// What the server offers for this, quirks taken off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offered {
    pub condstore: bool,
    pub qresync: bool,
}

/// How to select the mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entrance {
    /// Selecting tells at once what changed since then.
    Resync {
        uid_validity: u32,
        modseq: u64,
    },
    Select,
}

/// How to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// The mailbox was renumbered: what is known goes into quarantine, then everything is read as new.
    Rebase,
    /// Nothing is known of it yet: every UID is to be listed, flags come with the headers.
    First {
        /// The UIDNEXT to keep; `None` when the server doesn't say and it must be taken from the UIDs themselves.
        uid_next: Option<Uid>,
    },
    /// It is as it was.
    Nothing,
    /// Ask for what changed since `since`; UIDs from the known UIDNEXT on are new.
    Changes { since: u64, uid_next: Uid },
    /// Compare every UID and its flags; UIDs from the known UIDNEXT on are new.
    FullComparison {
        /// As in `First`.
        uid_next: Option<Uid>,
    },
    /// The server contradicts itself (UIDNEXT went back without a new UIDVALIDITY): compare, but trust no number of it.
    Distrust,
}

/// Chooses how to select a mailbox.
pub fn entrance(known: Known, offered: Offered) -> Entrance {
    // While there are holes everything is compared anyway.
    if offered.qresync && known.uid_validity != 0 && known.highest_modseq != 0 && !known.has_holes {
        Entrance::Resync { uid_validity: known.uid_validity, modseq: known.highest_modseq }
    } else {
        Entrance::Select
    }
}

/// Chooses the way for one mailbox.
pub fn plan(known: Known, selected: &SelectedMailbox, offered: Offered) -> Plan {
    if known.uid_validity != 0 && known.uid_validity != selected.uid_validity {
        return Plan::Rebase;
    }
    let uid_next = selected.uid_next;
    if uid_next.is_some_and(|uid_next| uid_next < known.uid_next) {
        return Plan::Distrust;
    }
    if known.count == 0 && known.uid_next <= 1 {
        return Plan::First { uid_next };
    }
    let full = Plan::FullComparison { uid_next };
    let (Some(uid_next), Some(modseq), true) = (uid_next, selected.highest_modseq, offered.condstore) else {
        return full;
    };
    // A modseq that went back, or that stood still while mail came, counts nothing.
    let is_back = modseq < known.highest_modseq;
    let stood_still = modseq == known.highest_modseq && uid_next != known.uid_next;
    if known.highest_modseq == 0 || known.has_holes || is_back || stood_still {
        return full;
    }
    if modseq > known.highest_modseq {
        return Plan::Changes { since: known.highest_modseq, uid_next };
    }
    if selected.exists == known.count { Plan::Nothing } else { full }
}

/// Whether the numbers of a mailbox prove that it is as it was when it was last in step. Only a count of changes does.
pub fn is_in_step(known: Known, status: &MailboxStatus) -> bool {
    known.highest_modseq != 0
        && !known.has_holes
        && status.highest_modseq == Some(known.highest_modseq)
        && status.uid_validity == Some(known.uid_validity)
        && status.uid_next == Some(known.uid_next)
        && status.messages == Some(known.count)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: Offered = Offered { condstore: true, qresync: true };
    const NEITHER: Offered = Offered { condstore: false, qresync: false };

    fn known() -> Known {
        Known { uid_validity: 5, uid_next: 10, highest_modseq: 70, count: 8, has_holes: false }
    }

    fn selected(uid_validity: u32, uid_next: Option<Uid>, modseq: u64, exists: u32) -> SelectedMailbox {
        SelectedMailbox {
            uid_validity,
            uid_next,
            highest_modseq: Some(modseq).filter(|modseq| *modseq != 0),
            exists,
            ..SelectedMailbox::default()
        }
    }

    #[test]
    fn a_new_uidvalidity_is_a_rebase_and_a_first_visit_is_not() {
        assert_eq!(plan(known(), &selected(6, Some(100), 90, 8), BOTH), Plan::Rebase);
        let nothing = Known { uid_next: 1, ..Known::default() };
        assert_eq!(plan(nothing, &selected(6, Some(100), 90, 8), BOTH), Plan::First { uid_next: Some(100) });
    }

    #[test]
    fn a_uidnext_that_went_back_is_not_believed() {
        assert_eq!(plan(known(), &selected(5, Some(9), 90, 8), BOTH), Plan::Distrust);
        assert_eq!(plan(known(), &selected(5, None, 90, 8), BOTH), Plan::FullComparison { uid_next: None });
    }

    #[test]
    fn changes_alone_are_asked_for_where_they_are_counted() {
        assert_eq!(
            plan(known(), &selected(5, Some(12), 90, 8), BOTH),
            Plan::Changes { since: 70, uid_next: 12 }
        );
        let condstore = Offered { qresync: false, ..BOTH };
        assert_eq!(
            plan(known(), &selected(5, Some(10), 71, 7), condstore),
            Plan::Changes { since: 70, uid_next: 10 }
        );
        assert_eq!(plan(known(), &selected(5, Some(10), 70, 8), BOTH), Plan::Nothing);
        assert_eq!(
            plan(known(), &selected(5, Some(10), 70, 8), NEITHER),
            Plan::FullComparison { uid_next: Some(10) }
        );
    }

    #[test]
    fn whoever_contradicts_itself_is_compared_with_in_full() {
        let full = |uid_next| Plan::FullComparison { uid_next: Some(uid_next) };
        // HIGHESTMODSEQ went back; it stood still while mail came; it stood still while mail went.
        assert_eq!(plan(known(), &selected(5, Some(10), 69, 8), BOTH), full(10));
        assert_eq!(plan(known(), &selected(5, Some(11), 70, 9), BOTH), full(11));
        assert_eq!(plan(known(), &selected(5, Some(10), 70, 7), BOTH), full(10));
        // NOMODSEQ, and a mailbox that was never wholly read.
        assert_eq!(plan(known(), &selected(5, Some(10), 0, 8), BOTH), full(10));
        let half_read = Known { has_holes: true, ..known() };
        assert_eq!(plan(half_read, &selected(5, Some(10), 70, 8), BOTH), full(10));
    }

    #[test]
    fn numbers_alone_prove_nothing_where_changes_are_not_counted() {
        let status = MailboxStatus {
            messages: Some(8),
            uid_next: Some(10),
            uid_validity: Some(5),
            highest_modseq: Some(70),
            ..MailboxStatus::default()
        };
        assert!(is_in_step(known(), &status));
        assert!(!is_in_step(Known { has_holes: true, ..known() }, &status));
        assert!(!is_in_step(Known { highest_modseq: 0, ..known() }, &status));
        for other in [
            MailboxStatus { messages: Some(7), ..status },
            MailboxStatus { uid_next: Some(11), ..status },
            MailboxStatus { uid_validity: None, ..status },
            MailboxStatus { highest_modseq: Some(71), ..status },
            MailboxStatus { highest_modseq: None, ..status },
        ] {
            assert!(!is_in_step(known(), &other), "{other:?}");
        }
    }

    #[test]
    fn a_resync_is_asked_for_only_where_all_is_known_up_to_a_change() {
        assert_eq!(entrance(known(), BOTH), Entrance::Resync { uid_validity: 5, modseq: 70 });
        assert_eq!(entrance(known(), NEITHER), Entrance::Select);
        assert_eq!(entrance(Known { has_holes: true, ..known() }, BOTH), Entrance::Select);
        assert_eq!(entrance(Known { highest_modseq: 0, ..known() }, BOTH), Entrance::Select);
        assert_eq!(entrance(Known { uid_validity: 0, ..known() }, BOTH), Entrance::Select);
    }
}
