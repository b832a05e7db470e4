//! UID STORE with +FLAGS.SILENT or -FLAGS.SILENT (RFC 9051 section 6.4.6).
//!
//! Never plain FLAGS: it would overwrite what another client set meanwhile. Quirk: some servers send FETCH in
//! spite of .SILENT; that can't be told from another client's change and stays news.

use super::{FlagBits, Plain, Started, UidSet, Unsendable, Writer};

pub(super) fn start(
    writer: Writer<'_>,
    uids: &UidSet,
    set: bool,
    flags: FlagBits,
) -> Result<Started, Unsendable> {
    let names: Vec<&str> =
        FlagBits::NAMES.iter().filter(|(bit, _)| flags.contains(*bit)).map(|(_, name)| *name).collect();
    Ok((writer.store(&uids.to_string(), set, &names)?, Box::new(Plain)))
}

#[cfg(test)]
mod tests {
    use super::super::{Answer, Op, trial};
    use super::*;

    #[test]
    fn flags_are_added_or_removed_never_replaced() {
        let uids = UidSet::of([3, 4, 9]);
        let op =
            Op::StoreFlags { uids: uids.clone(), set: true, flags: FlagBits::SEEN | FlagBits::FORWARDED };
        let played = trial::play(&op, "", &[b"* 2 FETCH (UID 3 FLAGS (\\Seen))"], "A1 OK");
        assert_eq!(played.sent, "A1 UID STORE 3:4,9 +FLAGS.SILENT (\\\\Seen $Forwarded)\\r\\n");
        assert_eq!((played.taken, played.answer), (vec![false], Answer::Done));
        let op = Op::StoreFlags { uids, set: false, flags: FlagBits::DELETED };
        let played = trial::play(&op, "", &[], "A1 OK");
        assert_eq!(played.sent, "A1 UID STORE 3:4,9 -FLAGS.SILENT (\\\\Deleted)\\r\\n");
    }
}
