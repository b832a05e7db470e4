//! Dates as IMAP writes them (RFC 9051 section 9, `date-time` and `date`). All of them in milliseconds since 1970 UTC.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;

const DAY: i64 = 86_400_000;

/// ` 7-Jul-2026 10:00:00 +0000`, in UTC.
pub(super) fn internal_date(milliseconds: i64) -> String {
    let moment = Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH);
    moment.to_zoned(TimeZone::UTC).strftime("%e-%b-%Y %H:%M:%S +0000").to_string()
}

/// Reads what [`internal_date`] writes, in any zone.
pub(super) fn read_internal_date(text: &str) -> Option<i64> {
    let broken_down = BrokenDownTime::parse("%d-%b-%Y %H:%M:%S %z", text.trim_start()).ok()?;
    Some(broken_down.to_timestamp().ok()?.as_millisecond())
}

/// Reads `7-Jul-2026` as the day's number since 1970.
pub(super) fn read_day(text: &str) -> Option<i64> {
    let date = Date::strptime("%d-%b-%Y", text).ok()?;
    let midnight = date.to_zoned(TimeZone::UTC).ok()?;
    Some(midnight.timestamp().as_millisecond().div_euclid(DAY))
}

/// The number since 1970 of the UTC day of a moment.
pub(super) fn day_of(milliseconds: i64) -> i64 {
    milliseconds.div_euclid(DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_survive_the_wire() {
        let written = internal_date(1_783_418_400_000);
        assert_eq!(written, " 7-Jul-2026 10:00:00 +0000");
        assert_eq!(read_internal_date(&written), Some(1_783_418_400_000));
        assert_eq!(read_internal_date("07-Jul-2026 12:00:00 +0200"), Some(1_783_418_400_000));
        assert_eq!(read_day("7-Jul-2026"), Some(day_of(1_783_418_400_000)));
        assert_eq!(read_internal_date("yesterday"), None);
    }
}
