//! UID COPY (RFC 9051 section 6.4.7) and what COPYUID says of it (RFC 4315).

use super::{Answer, CopyUid, Exchange, Started, Status, UidSet, Unsendable, Writer};
use crate::wire::reader::{Response, StatusKind, uid_ranges};

pub(super) fn start(writer: Writer<'_>, uids: &UidSet, to: &str) -> Result<Started, Unsendable> {
    Ok((writer.copy(&uids.to_string(), to)?, Box::new(Copying::of(uids))))
}

/// Gathers COPYUID, of COPY and of MOVE.
pub(super) struct Copying {
    uids: UidSet,
    copied: Option<CopyUid>,
}

impl Copying {
    pub(super) fn of(uids: &UidSet) -> Self {
        Self { uids: uids.clone(), copied: None }
    }
}

impl Exchange for Copying {
    fn data(&mut self, response: &mut Response<'_>) -> bool {
        let Response::Status(status) = response else { return false };
        if status.kind != StatusKind::Ok {
            return false;
        }
        let Some(arguments) = status.code("COPYUID") else { return false };
        // A copy of other mails isn't ours; one we can't read proves nothing.
        let Some(copied) = read(arguments, &self.uids) else { return false };
        // A server may report the mails in several lines.
        match &mut self.copied {
            Some(known) if known.uid_validity == copied.uid_validity => {
                let room = self.uids.len().min(PAIRS_LIMIT).saturating_sub(known.pairs.len() as u64);
                known.pairs.extend(copied.pairs.into_iter().take(usize::try_from(room).unwrap_or_default()));
            }
            _ => self.copied = Some(copied),
        }
        true
    }

    fn answer(self: Box<Self>, status: &Status<'_>) -> Answer {
        let last = status.code("COPYUID").and_then(|arguments| read(arguments, &self.uids));
        Answer::Copied(last.or(self.copied))
    }
}

/// `uidvalidity source target`; `None` if it makes no sense or names mails that weren't asked for.
fn read(arguments: &[u8], asked: &UidSet) -> Option<CopyUid> {
    let mut words = arguments.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    let uid_validity = std::str::from_utf8(words.next()?).ok()?.parse().ok()?;
    let (sources, targets) = (uid_ranges(words.next()?)?, uid_ranges(words.next()?)?);
    // A range may claim four thousand million UIDs: it is measured before it is counted through.
    let length = |ranges: &[(u32, u32)]| {
        ranges.iter().map(|(first, last)| u64::from(last - first) + 1).fold(0_u64, u64::saturating_add)
    };
    if length(&sources) != length(&targets) || length(&sources) > asked.len().min(PAIRS_LIMIT) {
        return None;
    }
    let each = |ranges: Vec<(u32, u32)>| ranges.into_iter().flat_map(|(first, last)| first..=last);
    let pairs: Vec<(u32, u32)> = each(sources).zip(each(targets)).collect();
    pairs.iter().all(|(source, _)| asked.contains(*source)).then_some(CopyUid { uid_validity, pairs })
}

/// More mails than anybody moves at once.
const PAIRS_LIMIT: u64 = 1_000_000;

#[cfg(test)]
mod tests {
    use super::super::{Op, trial};
    use super::*;

    fn copied(uids: UidSet, end: &str) -> Answer {
        let op = Op::Copy { uids, to: "Old".into() };
        let played = trial::play(&op, "", &[], end);
        assert!(played.sent.starts_with("A1 UID COPY "));
        played.answer
    }

    #[test]
    fn pairs_in_the_order_given() {
        let answer = copied(UidSet::of([304, 319, 320]), "A1 OK [COPYUID 38505 304,319:320 3956:3958] Done");
        let pairs = vec![(304, 3956), (319, 3957), (320, 3958)];
        assert_eq!(answer, Answer::Copied(Some(CopyUid { uid_validity: 38505, pairs })));
    }

    #[test]
    fn what_makes_no_sense_proves_nothing() {
        for code in [
            "",
            "[COPYUID 1 3 4:5]",
            "[COPYUID 1 9 4]",
            "[COPYUID 1 3]",
            "[COPYUID x 3 4]",
            "[COPYUID 1 0 4]",
        ] {
            assert_eq!(
                copied(UidSet::of([3]), &format!("A1 OK {code} Done")),
                Answer::Copied(None),
                "{code}"
            );
        }
    }

    #[test]
    fn a_huge_range_is_not_counted_through() {
        let end = "A1 OK [COPYUID 1 1:4294967295 1:4294967295] Done";
        assert_eq!(copied(UidSet::range(1, u32::MAX), end), Answer::Copied(None));
    }
}
