//! What changed and what is gone, gathered for those exchanges that ask for it.
//!
//! One mail that is missing here would be missed for good, since the next question begins where this answer
//! ends. So what can't be kept or can't be read makes the whole answer incomplete.

use std::collections::HashMap;

use super::fetch_flags::octets;
use super::{Budget, ChangedMail, Uid, UidSet};
use crate::wire::reader::{Body, Fetch, Response};

pub(super) struct Gathered {
    asked: UidSet,
    changed: Vec<ChangedMail>,
    /// Where in `changed` a UID stands.
    places: HashMap<Uid, usize>,
    vanished: Vec<(Uid, Uid)>,
    budget: Budget,
    incomplete: bool,
}

impl Gathered {
    pub(super) fn of(asked: UidSet) -> Self {
        Self {
            asked,
            changed: Vec::new(),
            places: HashMap::new(),
            vanished: Vec::new(),
            budget: Budget::default(),
            incomplete: false,
        }
    }

    /// Whether it was VANISHED (EARLIER) or the flags of a mail that was asked for.
    pub(super) fn data(&mut self, response: &mut Response<'_>) -> bool {
        match response {
            Response::Vanished { earlier: true, uids } => {
                match uids.take() {
                    Some(ranges) if self.budget.spend(ranges.len() * size_of::<(Uid, Uid)>()) => {
                        self.vanished.extend(ranges);
                    }
                    _ => self.incomplete = true,
                }
                true
            }
            Response::Fetch(fetch) => self.fetch(fetch),
            _ => false,
        }
    }

    fn fetch(&mut self, fetch: &mut Fetch<'_>) -> bool {
        if fetch.uid.is_none() && (fetch.flags.is_some() || fetch.flags_lost) {
            // News of the mailbox, or a part of the answer by a server that leaves the UID out.
            self.incomplete = true;
        }
        let Some(uid) = fetch.uid.filter(|uid| self.asked.contains(*uid)) else { return false };
        if fetch.header.is_some() || fetch.body != Body::Missing {
            return false;
        }
        if fetch.flags.is_none() && !fetch.flags_lost {
            return false;
        }
        let Some(flags) = fetch.flags.take().filter(|flags| self.budget.spend(octets(flags))) else {
            self.incomplete = true;
            return true;
        };
        let mail = ChangedMail { uid, flags, modseq: fetch.modseq };
        // Told twice, the later one is how it is now.
        let place = *self.places.entry(uid).or_insert(self.changed.len());
        match self.changed.get_mut(place) {
            Some(known) => *known = mail,
            None => self.changed.push(mail),
        }
        true
    }

    /// Something couldn't be read that may have been for here.
    pub(super) const fn lost_one(&mut self) {
        self.incomplete = true;
    }

    pub(super) const fn is_whole(&self) -> bool {
        !self.incomplete
    }

    /// What came was of another mailbox, or of another time.
    pub(super) fn forget(&mut self) {
        *self = Self::of(std::mem::take(&mut self.asked));
    }

    pub(super) fn told(self) -> (Vec<ChangedMail>, UidSet) {
        (self.changed, UidSet::from_ranges(self.vanished))
    }
}
