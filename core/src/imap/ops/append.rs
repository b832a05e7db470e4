//! APPEND (RFC 9051 section 6.3.12) and what APPENDUID says of it (RFC 4315). The mail itself is streamed by the
//! session: here is all that goes before it.

use super::{Answer, Exchange, Started, Status, Uid, Unsendable, Writer};
use crate::model::{FlagBits, Flags, Instant};

pub(super) fn start(
    writer: Writer<'_>,
    mailbox: &str,
    flags: &Flags,
    date: Option<Instant>,
    size: u64,
) -> Result<Started, Unsendable> {
    let date = date.and_then(written);
    let (parts, _) = writer.append(mailbox, &names(flags), date.as_deref(), size)?;
    Ok((parts, Box::new(Appending)))
}

/// Flags to append with. A mail is never born deleted, and what can't be a keyword is left out.
fn names(flags: &Flags) -> Vec<&str> {
    let known = FlagBits::NAMES
        .iter()
        .filter(|(bit, _)| *bit != FlagBits::DELETED && flags.bits.contains(*bit))
        .map(|(_, name)| *name);
    let is_atom = |keyword: &&str| {
        keyword.bytes().all(|byte| byte.is_ascii_graphic() && !b"(){%*\"\\]".contains(&byte))
    };
    known.chain(flags.keywords.iter().map(|keyword| &**keyword).filter(is_atom)).collect()
}

/// A date-time of RFC 9051, in UTC; none before 1970 or after 9999, which servers refuse.
fn written(date: Instant) -> Option<String> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let seconds = u64::try_from(date.0).ok()? / 1000;
    let (days, time) = (seconds / 86_400, seconds % 86_400);
    // Years that begin in March, so that the leap day is the last one.
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let name = MONTHS.get(usize::try_from(month).ok()?.checked_sub(1)?)?;
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    (year <= 9999).then(|| format!("{day:2}-{name}-{year:04} {hour:02}:{minute:02}:{second:02} +0000"))
}

struct Appending;

impl Exchange for Appending {
    fn answer(self: Box<Self>, status: &Status<'_>) -> Answer {
        Answer::Appended(status.code("APPENDUID").and_then(read))
    }
}

/// `uidvalidity uid`; a set of UIDs belongs to MULTIAPPEND, which isn't ours.
fn read(arguments: &[u8]) -> Option<(u32, Uid)> {
    let mut words = std::str::from_utf8(arguments).ok()?.split_ascii_whitespace();
    let (validity, uid): (u32, Uid) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    (validity > 0 && uid > 0 && words.next().is_none()).then_some((validity, uid))
}

#[cfg(test)]
mod tests {
    use super::super::{Op, trial};
    use super::*;

    fn op(flags: Flags, date: Option<Instant>) -> Op {
        Op::Append { mailbox: "Sent".into(), flags, date, size: 310 }
    }

    #[test]
    fn flags_and_date_go_along_and_the_mail_is_announced() {
        let mut flags = Flags { bits: FlagBits::SEEN | FlagBits::DELETED, keywords: Vec::new() };
        flags.insert("$Work");
        flags.insert("no(atom");
        let played = trial::play(&op(flags, Some(Instant(1_709_251_199_000))), "", &[], "A1 OK done");
        assert_eq!(
            played.sent,
            "A1 APPEND Sent (\\\\Seen $Work) \\\"29-Feb-2024 23:59:59 +0000\\\" {310}\\r\\n"
        );
        assert_eq!(played.answer, Answer::Appended(None));
        let bare = trial::play(&op(Flags::default(), None), "", &[], "A1 OK");
        assert_eq!(bare.sent, "A1 APPEND Sent {310}\\r\\n");
    }

    #[test]
    fn dates_are_right_at_the_edges() {
        assert_eq!(written(Instant(0)).as_deref(), Some(" 1-Jan-1970 00:00:00 +0000"));
        assert_eq!(written(Instant(951_782_400_000)).as_deref(), Some("29-Feb-2000 00:00:00 +0000"));
        assert_eq!(written(Instant(1_795_719_845_000)).as_deref(), Some("26-Nov-2026 19:04:05 +0000"));
        assert_eq!(written(Instant(-1)), None);
        assert_eq!(written(Instant(i64::MAX)), None);
    }

    #[test]
    fn where_it_is_now() {
        let answer = |end| trial::play(&op(Flags::default(), None), "", &[], end).answer;
        assert_eq!(answer("A1 OK [APPENDUID 38505 3955] done"), Answer::Appended(Some((38505, 3955))));
        for odd in ["A1 OK [APPENDUID 0 5] x", "A1 OK [APPENDUID 7 1:2] x", "A1 OK [APPENDUID 7] x"] {
            assert_eq!(answer(odd), Answer::Appended(None));
        }
    }
}
