//! UID FETCH of BODYSTRUCTURE: what parts mails have. It costs the server a look into each mail, so it is asked
//! for mails that are shown and not in a header pass.

use std::collections::HashSet;

use super::{Answer, Budget, Exchange, Started, Status, Structure, Uid, UidSet, Unsendable, Writer};
use crate::wire::reader::{Body, Response};

pub(super) fn start(writer: Writer<'_>, uids: &UidSet) -> Result<Started, Unsendable> {
    let fetching = Fetching {
        uids: uids.clone(),
        structures: Vec::new(),
        known: HashSet::new(),
        budget: Budget::default(),
    };
    Ok((writer.fetch_structures(&uids.to_string())?, Box::new(fetching)))
}

struct Fetching {
    uids: UidSet,
    structures: Vec<(Uid, Structure)>,
    known: HashSet<Uid>,
    budget: Budget,
}

impl Exchange for Fetching {
    fn data(&mut self, response: &mut Response<'_>) -> bool {
        let Response::Fetch(fetch) = response else { return false };
        let Some(uid) = fetch.uid.filter(|uid| self.uids.contains(*uid)) else { return false };
        if fetch.flags.is_some() || fetch.header.is_some() || fetch.body != Body::Missing {
            return false;
        }
        // A structure that makes no sense is a gap: taken for news it would be asked for again and again.
        if let Some(structure) = fetch.structure.take()
            && self.budget.spend(weight(&structure))
            && self.known.insert(uid)
        {
            self.structures.push((uid, *structure));
        }
        true
    }

    fn answer(self: Box<Self>, _status: &Status<'_>) -> Answer {
        Answer::Structures(self.structures)
    }
}

/// What it takes in memory, roughly.
fn weight(structure: &Structure) -> usize {
    let mut weight = 0;
    let mut open = vec![structure];
    while let Some(part) = open.pop() {
        let of_disposition = part.disposition.iter().flat_map(|told| &told.parameters);
        let parameters = part.parameters.iter().chain(of_disposition);
        weight += size_of::<Structure>()
            + parameters
                .map(|(name, value)| name.len() + value.len() + 2 * size_of::<String>())
                .sum::<usize>();
        open.extend(&part.parts);
    }
    weight
}

#[cfg(test)]
mod tests {
    use super::super::{Op, trial};
    use super::*;

    #[test]
    fn each_mail_once_and_a_bad_one_is_a_gap() {
        let plain = r#"("text" "plain" NIL NIL NIL "7bit" 5 1)"#;
        let lines = [
            format!("* 1 FETCH (UID 7 BODYSTRUCTURE {plain})"),
            format!("* 1 FETCH (BODYSTRUCTURE {plain} UID 7)"),
            "* 2 FETCH (UID 8 BODYSTRUCTURE oops)".to_owned(),
            format!("* 3 FETCH (UID 10 BODYSTRUCTURE {plain})"),
            "* 2 FETCH (UID 8 FLAGS ())".to_owned(),
        ];
        let lines: Vec<&[u8]> = lines.iter().map(String::as_bytes).collect();
        let played = trial::play(&Op::FetchStructure { uids: UidSet::range(7, 9) }, "", &lines, "A1 OK");
        assert_eq!(played.sent, "A1 UID FETCH 7:9 (UID BODYSTRUCTURE)\\r\\n");
        assert_eq!(played.taken, [true, true, true, false, false]);
        let Answer::Structures(told) = played.answer else { panic!() };
        assert_eq!(
            told.iter().map(|(uid, told)| (*uid, told.kind.as_str())).collect::<Vec<_>>(),
            [(7, "text/plain")]
        );
    }

    #[test]
    fn what_is_gathered_has_an_end() {
        let wide = format!("({} \"mixed\")", r#"("a" "b")"#.repeat(900));
        let lines: Vec<Vec<u8>> =
            (1..1000).map(|uid| format!("* 1 FETCH (UID {uid} BODYSTRUCTURE {wide})").into_bytes()).collect();
        let lines: Vec<&[u8]> = lines.iter().map(Vec::as_slice).collect();
        let played = trial::play(&Op::FetchStructure { uids: UidSet::range(1, 1000) }, "", &lines, "A1 OK");
        let Answer::Structures(told) = played.answer else { panic!() };
        assert!(!told.is_empty() && told.len() < 500, "{}", told.len());
    }
}
