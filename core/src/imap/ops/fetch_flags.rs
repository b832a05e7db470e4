//! UID FETCH of the flags alone: the way to see what changed where there is no CONDSTORE.

use std::collections::HashMap;

use super::{Answer, Budget, Exchange, Flags, Started, Status, Uid, UidSet, Unsendable, Writer};
use crate::wire::reader::{Body, Response};

pub(super) fn start(writer: Writer<'_>, uids: &UidSet) -> Result<Started, Unsendable> {
    let fetching =
        Fetching { uids: uids.clone(), flags: Vec::new(), places: HashMap::new(), budget: Budget::default() };
    Ok((writer.fetch_flags(&uids.to_string())?, Box::new(fetching)))
}

struct Fetching {
    uids: UidSet,
    flags: Vec<(Uid, Flags)>,
    /// Where in `flags` a UID stands.
    places: HashMap<Uid, usize>,
    budget: Budget,
}

impl Exchange for Fetching {
    fn data(&mut self, response: &mut Response<'_>) -> bool {
        let Response::Fetch(fetch) = response else { return false };
        let Some(uid) = fetch.uid.filter(|uid| self.uids.contains(*uid)) else { return false };
        if fetch.header.is_some() || fetch.body != Body::Missing {
            return false;
        }
        // Flags that make no sense are a gap: taken for news they would be fetched again and again.
        let Some(flags) = fetch.flags.take() else { return true };
        if !self.budget.spend(octets(&flags)) {
            return true;
        }
        // Told twice, the later one is how it is now.
        let place = *self.places.entry(uid).or_insert(self.flags.len());
        match self.flags.get_mut(place) {
            Some(known) => known.1 = flags,
            None => self.flags.push((uid, flags)),
        }
        true
    }

    fn answer(self: Box<Self>, _status: &Status<'_>) -> Answer {
        Answer::Flags(self.flags)
    }
}

/// What flags take in memory, roughly.
pub(super) fn octets(flags: &Flags) -> usize {
    flags.keywords.iter().map(|keyword| keyword.len() + size_of::<Box<str>>()).sum()
}

#[cfg(test)]
mod tests {
    use super::super::{Op, trial};
    use super::*;
    use crate::model::FlagBits;

    #[test]
    fn each_mail_once_with_its_latest_flags() {
        let lines: [&[u8]; 6] = [
            b"* 1 FETCH (UID 3 FLAGS (\\Seen))",
            b"* 2 FETCH (FLAGS (\\Flagged) UID 4)",
            b"* 9 FETCH (UID 70 FLAGS (\\Seen))",
            b"* 2 FETCH (FLAGS (\\Seen))",
            b"* 1 FETCH (UID 3 FLAGS ())",
            b"* 3 FETCH (UID 5 FLAGS oops)",
        ];
        let played = trial::play(&Op::FetchFlags { uids: UidSet::range(1, 5) }, "", &lines, "A1 OK");
        assert_eq!(played.sent, "A1 UID FETCH 1:5 (UID FLAGS)\\r\\n");
        assert_eq!(played.taken, [true, true, false, false, true, true]);
        let flagged = Flags { bits: FlagBits::FLAGGED, keywords: vec![] };
        assert_eq!(played.answer, Answer::Flags(vec![(3, Flags::default()), (4, flagged)]));
    }
}
