//! Dates as people say them.

use jiff::{Timestamp, Zoned, tz::TimeZone};
use waxwing_core::mime::Moment;
use waxwing_core::model::Instant;

use super::{TODAY, YESTERDAY};

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// What time it is, and where.
#[derive(Clone, Debug)]
pub struct Now {
    now: Zoned,
}

impl Now {
    /// The present, in this computer's time zone.
    pub fn read() -> Self {
        Self { now: Zoned::now() }
    }

    /// A fixed present, for tests and pictures.
    pub fn at(instant: Instant, zone: TimeZone) -> Self {
        Self { now: zoned(instant, zone) }
    }

    fn local(&self, instant: Instant) -> Zoned {
        zoned(instant, self.now.time_zone().clone())
    }

    /// For a row: `12:01`, `Yesterday`, `Tue`, `3 Aug`, `2024-05-01`.
    pub fn short(&self, instant: Instant) -> String {
        let then = self.local(instant);
        match self.days_ago(&then) {
            0 => time(&then),
            1 => YESTERDAY.into(),
            2..=6 => day(&then).into(),
            _ if then.year() == self.now.year() => format!("{} {}", then.day(), month(then.month())),
            _ => then.date().to_string(),
        }
    }

    /// For whoever reads it elsewhere, at any time: `28 Nov 2026, 08:15`.
    pub fn written(&self, instant: Instant) -> String {
        let then = self.local(instant);
        format!("{}, {}", full_date(&then), time(&then))
    }

    /// For the head of a mail: `Today 12:01`, `Tue 4 Aug 12:01`, `1 May 2024 12:01`.
    pub fn long(&self, instant: Instant) -> String {
        let then = self.local(instant);
        let time = time(&then);
        match self.days_ago(&then) {
            0 => format!("{TODAY} {time}"),
            1 => format!("{YESTERDAY} {time}"),
            _ if then.year() == self.now.year() => {
                format!("{} {} {} {time}", day(&then), then.day(), month(then.month()))
            }
            _ => format!("{} {time}", full_date(&then)),
        }
    }

    /// `12:04`, or the day too when it wasn't today.
    pub fn clock(&self, instant: Instant) -> String {
        let then = self.local(instant);
        if self.days_ago(&then) == 0 {
            time(&then)
        } else {
            format!("{} {}", self.short(instant), time(&then))
        }
    }

    /// `2 Sep 2026`, for certificates.
    pub fn date(&self, instant: Instant) -> String {
        full_date(&self.local(instant))
    }

    /// When something takes place: by the clock here where that is known, and as it was written where its zone is another.
    pub fn event(&self, start: &Moment, end: Option<&Moment>) -> String {
        let Some((hour, minute)) = start.time else { return whole_days(start, end) };
        let written = |moment: &Moment| {
            let (hour, minute) = moment.time.unwrap_or((hour, minute));
            format!("{} {hour:02}:{minute:02}", date_of(moment))
        };
        let Some(instant) = start.instant else {
            let zone = if start.zone.is_empty() { String::new() } else { format!(" ({})", start.zone) };
            return format!("{}{zone}", written(start));
        };
        let here = self.local(instant);
        let until = end.and_then(|end| end.instant).map(|end| self.local(end));
        let until = until.filter(|end| *end > here).map(|end| match end.date() == here.date() {
            true => format!("–{}", time(&end)),
            false => format!(" – {} {} {}", day(&end), full_date(&end), time(&end)),
        });
        let is_elsewhere = time(&here) != format!("{hour:02}:{minute:02}") && !start.zone.is_empty();
        let there =
            if is_elsewhere { format!(" ({hour:02}:{minute:02} {})", start.zone) } else { String::new() };
        format!("{} {} {}{}{there}", day(&here), full_date(&here), time(&here), until.unwrap_or_default())
    }

    /// The present.
    pub fn instant(&self) -> Instant {
        Instant(self.now.timestamp().as_millisecond())
    }

    /// Six in the evening, while that is a while ahead.
    pub fn this_evening(&self) -> Option<Instant> {
        if self.now.hour() >= 17 { None } else { self.on(self.now.date(), 18, 0) }
    }

    /// Eight in the morning of the next day.
    pub fn tomorrow_morning(&self) -> Option<Instant> {
        self.on(self.now.date().tomorrow().ok()?, 8, 0)
    }

    /// A time as it is typed: `18:30` is the next time it is that late, `2026-12-24 08:00` that day.
    pub fn parse(&self, text: &str) -> Option<Instant> {
        let (date, time) = match text.trim().rsplit_once([' ', 'T']) {
            Some((date, time)) => (Some(date.trim().parse().ok()?), time),
            None => (None, text.trim()),
        };
        let (hour, minute) = time.split_once([':', '.'])?;
        let (hour, minute): (i8, i8) = (hour.parse().ok()?, minute.parse().ok()?);
        if let Some(date) = date {
            return self.on(date, hour, minute);
        }
        let today = self.on(self.now.date(), hour, minute)?;
        if today > self.instant() {
            Some(today)
        } else {
            self.on(self.now.date().tomorrow().ok()?, hour, minute)
        }
    }

    fn on(&self, date: jiff::civil::Date, hour: i8, minute: i8) -> Option<Instant> {
        let time = jiff::civil::Time::new(hour, minute, 0, 0).ok()?;
        let then = date.to_datetime(time).to_zoned(self.now.time_zone().clone()).ok()?;
        Some(Instant(then.timestamp().as_millisecond()))
    }

    /// Whole calendar days between then and now; negative in the future.
    fn days_ago(&self, then: &Zoned) -> i32 {
        self.now.date().since(then.date()).map_or(i32::MAX, |span| span.get_days())
    }
}

/// `14 Feb 2025`, as it was written.
fn date_of(moment: &Moment) -> String {
    format!("{} {} {}", moment.day, month(i8::try_from(moment.month).unwrap_or(1)), moment.year)
}

/// A day, or the first and the last of several; the end that is told is the day after the last.
fn whole_days(start: &Moment, end: Option<&Moment>) -> String {
    let civil = |moment: &Moment| {
        let year = i16::try_from(moment.year).ok()?;
        let (month, day) = (i8::try_from(moment.month).ok()?, i8::try_from(moment.day).ok()?);
        jiff::civil::Date::new(year, month, day).ok()
    };
    let last = end.and_then(civil).and_then(|end| end.yesterday().ok());
    match (civil(start), last) {
        (Some(first), Some(last)) if last > first => {
            format!("{} – {} {} {}", date_of(start), last.day(), month(last.month()), last.year())
        }
        _ => date_of(start),
    }
}

/// `2 Sep 2026` by the clock of Greenwich, where it isn't known what time it is here.
pub fn date(instant: Instant) -> String {
    full_date(&zoned(instant, TimeZone::UTC))
}

fn zoned(instant: Instant, zone: TimeZone) -> Zoned {
    Timestamp::from_millisecond(instant.0).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(zone)
}

fn time(then: &Zoned) -> String {
    format!("{:02}:{:02}", then.hour(), then.minute())
}

fn full_date(then: &Zoned) -> String {
    format!("{} {} {}", then.day(), month(then.month()), then.year())
}

fn day(then: &Zoned) -> &'static str {
    let place = usize::try_from(then.weekday().to_monday_zero_offset()).unwrap_or_default();
    DAYS.get(place).copied().unwrap_or_default()
}

fn month(number: i8) -> &'static str {
    let place = usize::try_from(number - 1).unwrap_or_default();
    MONTHS.get(place).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        Instant(text.parse::<Timestamp>().unwrap().as_millisecond())
    }

    fn berlin() -> Now {
        Now::at(at("2026-08-09T10:04:00Z"), TimeZone::get("Europe/Berlin").unwrap())
    }

    #[test]
    fn rows_say_the_date_the_way_people_do() {
        let now = berlin();
        assert_eq!(now.short(at("2026-08-09T10:01:00Z")), "12:01");
        assert_eq!(now.short(at("2026-08-08T22:30:00Z")), "00:30", "today by the local clock");
        assert_eq!(now.short(at("2026-08-08T21:30:00Z")), "Yesterday");
        assert_eq!(now.short(at("2026-08-04T10:00:00Z")), "Tue");
        assert_eq!(now.short(at("2026-08-03T10:00:00Z")), "Mon");
        assert_eq!(now.short(at("2026-08-02T10:00:00Z")), "2 Aug");
        assert_eq!(now.short(at("2024-05-01T10:00:00Z")), "2024-05-01");
    }

    #[test]
    fn events_are_told_by_the_clock_here_and_as_they_were_written() {
        let at_ten = |zone: &str, instant: Option<&str>| Moment {
            year: 2026,
            month: 8,
            day: 14,
            time: Some((10, 0)),
            zone: zone.into(),
            instant: instant.map(at),
        };
        let now = berlin();
        let tokyo = at_ten("Asia/Tokyo", Some("2026-08-14T01:00:00Z"));
        assert_eq!(now.event(&tokyo, None), "Fri 14 Aug 2026 03:00 (10:00 Asia/Tokyo)");
        let here = at_ten("Europe/Berlin", Some("2026-08-14T08:00:00Z"));
        let end = Moment { time: Some((11, 30)), instant: Some(at("2026-08-14T09:30:00Z")), ..here.clone() };
        assert_eq!(now.event(&here, Some(&end)), "Fri 14 Aug 2026 10:00–11:30");
        assert_eq!(now.event(&at_ten("Nowhere", None), None), "14 Aug 2026 10:00 (Nowhere)");
        let day = Moment { time: None, ..at_ten("", None) };
        assert_eq!(now.event(&day, Some(&Moment { day: 15, ..day.clone() })), "14 Aug 2026");
        assert_eq!(now.event(&day, Some(&Moment { day: 17, ..day.clone() })), "14 Aug 2026 – 16 Aug 2026");
    }

    #[test]
    fn a_mail_from_the_future_gets_its_date() {
        assert_eq!(berlin().short(at("2026-08-11T10:00:00Z")), "11 Aug");
    }

    #[test]
    fn heads_say_day_and_time() {
        let now = berlin();
        assert_eq!(now.long(at("2026-08-09T10:01:00Z")), "Today 12:01");
        assert_eq!(now.long(at("2026-08-04T10:01:00Z")), "Tue 4 Aug 12:01");
        assert_eq!(now.long(at("2024-05-01T10:01:00Z")), "1 May 2024 12:01");
    }

    #[test]
    fn an_impossible_instant_is_still_a_date() {
        assert!(!berlin().short(Instant(i64::MAX)).is_empty());
    }
}
