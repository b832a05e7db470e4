//! INTERNALDATE (RFC 9051, `date-time`).

use crate::model::Instant;

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// `17-Jul-1996 02:44:25 -0700`, its day padded with a space or not; `None` if it is no such date.
pub(super) fn read(text: &[u8]) -> Option<Instant> {
    let text = std::str::from_utf8(text).ok()?;
    let mut parts = text.split_ascii_whitespace();
    let (date, time, zone) = (parts.next()?, parts.next()?, parts.next()?);
    let mut date = date.splitn(3, '-');
    let day = digits(date.next()?, 1..=31)?;
    let name = date.next()?;
    let month = MONTHS.iter().position(|month| month.eq_ignore_ascii_case(name))?;
    let year = digits(date.next()?, 0..=9999)?;
    let mut time = time.splitn(3, ':');
    let hour = digits(time.next()?, 0..=23)?;
    let minute = digits(time.next()?, 0..=59)?;
    let second = digits(time.next()?, 0..=60)?;
    let days = days_before(year, i64::try_from(month).ok()? + 1, day);
    let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - offset(zone)?;
    Some(Instant(seconds * 1000))
}

fn digits(text: &str, range: std::ops::RangeInclusive<i64>) -> Option<i64> {
    let is_number = !text.is_empty() && text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok())?.filter(|number| range.contains(number))
}

/// Seconds east of Greenwich.
fn offset(zone: &str) -> Option<i64> {
    let (sign, zone) = match zone.split_at_checked(1)? {
        ("+", zone) => (1, zone),
        ("-", zone) => (-1, zone),
        _ => return None,
    };
    let (hours, minutes) = zone.split_at_checked(2)?;
    Some(sign * (digits(hours, 0..=23)? * 3_600 + digits(minutes, 0..=59)? * 60))
}

/// Days from 1970-01-01 to this day of the Gregorian calendar, counted in years that begin in March.
fn days_before(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    // 153 days are five months from March on: 31, 30, 31, 30, 31.
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    year * 365 + leap_days + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_with_zones() {
        assert_eq!(read(b"01-Jan-1970 00:00:00 +0000"), Some(Instant(0)));
        assert_eq!(read(b"17-Jul-1996 02:44:25 -0700"), Some(Instant(837_596_665_000)));
        assert_eq!(read(b" 7-jul-2024 23:59:60 +0530"), Some(Instant(1_720_376_940_000 + 60_000)));
        assert_eq!(read(b"29-Feb-2000 12:00:00 +0000"), Some(Instant(951_825_600_000)));
        assert_eq!(read(b"31-Dec-1969 23:59:59 +0000"), Some(Instant(-1000)));
    }

    #[test]
    fn what_is_no_date() {
        for text in [
            "",
            "NIL",
            "17-Jul-1996",
            "17-Foo-1996 02:44:25 -0700",
            "17-Jul-1996 2:4 +0000",
            "1-Jan-1 0:0:0 x",
        ] {
            assert_eq!(read(text.as_bytes()), None, "{text}");
        }
    }
}
