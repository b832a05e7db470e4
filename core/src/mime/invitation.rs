//! Invitations (RFC 5545, 5546): what a calendar part says, to be shown. Nothing here answers one.

use std::fmt;

use calcard::common::PartialDateTime;
use calcard::common::timezone::Tz;
use calcard::icalendar::{
    ICalendar, ICalendarComponent, ICalendarEntry, ICalendarMethod, ICalendarParameterName,
    ICalendarParameterValue, ICalendarParticipationStatus, ICalendarProperty, ICalendarValue,
};
use calcard::{Entry, Parser};

use super::header::line;
use crate::model::{Address, Instant};

/// Most octets of a calendar that are read.
const LARGEST: usize = 1 << 20;
/// Most people of a meeting, and longest text, that are told of.
const MOST_PEOPLE: usize = 500;
/// Days that make sense.
const YEARS: std::ops::Range<u16> = 1900..2500;

/// What a calendar part wants (RFC 5546 section 1.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// Nothing: it tells of something.
    #[default]
    Publish,
    /// It invites, or changes what it invited to.
    Request,
    Cancel,
    /// Somebody answers.
    Reply,
    /// Another time is proposed, or such a proposal is declined, or the like.
    Other,
}

/// How somebody answered (RFC 5545 section 3.2.12).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Attendance {
    #[default]
    Open,
    Accepted,
    Declined,
    Tentative,
    Other,
}

/// A day, or a time of a day, as it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    pub year: u16,
    pub month: u8,
    pub day: u8,
    /// Hour and minute; `None`: all of the day.
    pub time: Option<(u8, u8)>,
    /// The time zone's name as it was given, "UTC", or "" where it is whatever the reader's clock shows.
    pub zone: String,
    /// The same everywhere; `None`: it is a day, has no zone, or its zone isn't known.
    pub instant: Option<Instant>,
}

/// What is to be shown of a calendar part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Invitation {
    pub method: Method,
    pub summary: String,
    pub place: String,
    pub organiser: Option<Address>,
    pub start: Option<Moment>,
    /// When it is over; of whole days the day after the last.
    pub end: Option<Moment>,
    pub is_repeated: bool,
    /// Whoever is asked, and how they answered.
    pub people: Vec<(Address, Attendance)>,
}

impl fmt::Display for Moment {
    /// `2025-02-14T10:00 Europe/Berlin`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)?;
        if let Some((hour, minute)) = self.time {
            write!(f, "T{hour:02}:{minute:02}")?;
            if !self.zone.is_empty() {
                write!(f, " {}", self.zone)?;
            }
        }
        Ok(())
    }
}

/// Reads a calendar; `None`: nothing in it can be shown.
pub(super) fn read(calendar: &str) -> Option<Invitation> {
    let calendar = calendar.get(..calendar.floor_char_boundary(LARGEST))?;
    let mut parser = Parser::new(calendar);
    let calendar = loop {
        match parser.entry() {
            Entry::ICalendar(calendar) => break calendar,
            Entry::Eof => return None,
            _ => {}
        }
    };
    // What repeats comes with its exceptions; the whole is what is invited to.
    let events =
        || calendar.components.iter().filter(|component| component.component_type.is_event_or_todo());
    let event = events()
        .find(|event| !event.has_property(&ICalendarProperty::RecurrenceId))
        .or_else(|| events().next())?;
    let invitation = of(&calendar, event);
    (invitation.start.is_some() || !invitation.summary.is_empty()).then_some(invitation)
}

fn of(calendar: &ICalendar, event: &ICalendarComponent) -> Invitation {
    let text = |name| event.property(&name).and_then(|entry| entry.values.first()?.as_text());
    let zones = calendar.build_owned_tz_resolver();
    let moment = |name| event.property(&name).and_then(|entry| moment(entry, &|zone| zones.resolve(zone)));
    let start = moment(ICalendarProperty::Dtstart);
    let end = moment(ICalendarProperty::Dtend).or_else(|| {
        let entry = event.property(&ICalendarProperty::Duration)?;
        let Some(ICalendarValue::Duration(duration)) = entry.values.first() else { return None };
        later(start.as_ref()?, duration.as_seconds())
    });
    let people = event.properties(&ICalendarProperty::Attendee).take(MOST_PEOPLE);
    Invitation {
        method: method(calendar),
        summary: text(ICalendarProperty::Summary).map(line).unwrap_or_default(),
        place: text(ICalendarProperty::Location).map(line).unwrap_or_default(),
        organiser: event.property(&ICalendarProperty::Organizer).map(person),
        is_repeated: event.has_property(&ICalendarProperty::Rrule)
            || event.has_property(&ICalendarProperty::Rdate),
        people: people.map(|entry| (person(entry), attendance(entry))).collect(),
        start,
        end,
    }
}

fn method(calendar: &ICalendar) -> Method {
    let entries = calendar.components.iter().flat_map(|component| &component.entries);
    let mut values = entries.filter(|entry| entry.name == ICalendarProperty::Method);
    let value = values.find_map(|entry| entry.values.first());
    match value {
        Some(ICalendarValue::Method(ICalendarMethod::Request)) => Method::Request,
        Some(ICalendarValue::Method(ICalendarMethod::Cancel)) => Method::Cancel,
        Some(ICalendarValue::Method(ICalendarMethod::Reply)) => Method::Reply,
        Some(ICalendarValue::Method(ICalendarMethod::Publish)) | None => Method::Publish,
        Some(_) => Method::Other,
    }
}

fn person(entry: &ICalendarEntry) -> Address {
    let name = entry.parameter(&ICalendarParameterName::Cn).and_then(|name| name.as_text());
    Address {
        name: name.map(line).unwrap_or_default(),
        address: entry.calendar_address().map(line).unwrap_or_default(),
    }
}

fn attendance(entry: &ICalendarEntry) -> Attendance {
    use ICalendarParticipationStatus as Status;
    match entry.parameter(&ICalendarParameterName::Partstat) {
        Some(ICalendarParameterValue::Partstat(status)) => match status {
            Status::NeedsAction => Attendance::Open,
            Status::Accepted => Attendance::Accepted,
            Status::Declined => Attendance::Declined,
            Status::Tentative => Attendance::Tentative,
            _ => Attendance::Other,
        },
        Some(_) => Attendance::Other,
        None => Attendance::Open,
    }
}

fn moment(entry: &ICalendarEntry, zone_of: &dyn Fn(&str) -> Option<Tz>) -> Option<Moment> {
    let date = entry.values.first()?.as_partial_date_time()?;
    let (year, month, day) = (date.year?, date.month?, date.day?);
    if !YEARS.contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let time = match (date.hour, date.minute) {
        (Some(hour @ 0..24), Some(minute @ 0..60)) => Some((hour, minute)),
        _ => None,
    };
    let given = entry.tz_id().map(line).unwrap_or_default();
    let (zone, known) = match date.tz_hour {
        _ if time.is_none() => (String::new(), None),
        Some(0) if date.tz_minute.unwrap_or(0) == 0 => ("UTC".to_owned(), Some(Tz::UTC)),
        Some(_) => (String::new(), Some(Tz::UTC)),
        None => (given.clone(), zone_of(&given)),
    };
    let known = known.filter(|zone| !zone.is_floating());
    Some(Moment { year, month, day, time, zone, instant: known.and_then(|zone| instant(date, zone)) })
}

fn instant(date: &PartialDateTime, zone: Tz) -> Option<Instant> {
    let date = date.to_date_time_with_tz(zone)?;
    Some(Instant(date.timestamp().checked_mul(1000)?))
}

/// A moment so many seconds later, by the same clock.
fn later(start: &Moment, seconds: i64) -> Option<Moment> {
    let (hour, minute) = start.time.unwrap_or_default();
    let date = PartialDateTime {
        year: Some(start.year),
        month: Some(start.month),
        day: Some(start.day),
        hour: Some(hour),
        minute: Some(minute),
        ..PartialDateTime::default()
    };
    let end = mail_parser::DateTime::from_timestamp(date.to_timestamp()?.checked_add(seconds)?);
    Some(Moment {
        year: end.year,
        month: end.month,
        day: end.day,
        time: start.time.map(|_| (end.hour, end.minute)),
        zone: start.zone.clone(),
        instant: start
            .instant
            .and_then(|start| Some(Instant(start.0.checked_add(seconds.checked_mul(1000)?)?))),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn event(lines: &str) -> Option<Invitation> {
        read(&format!(
            "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n{lines}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        ))
    }

    #[test]
    fn a_time_in_a_zone_is_an_instant() {
        let start = |line: &str| event(&format!("SUMMARY:x\r\n{line}")).unwrap().start.unwrap();
        let summer = start("DTSTART;TZID=Europe/Berlin:20250714T100000");
        assert_eq!(summer.instant, Some(Instant(1_752_480_000_000)));
        assert_eq!(start("DTSTART;TZID=\"W. Europe Standard Time\":20250714T100000").instant, summer.instant);
        assert_eq!(start("DTSTART:20250714T080000Z").instant, summer.instant);
        assert_eq!(start("DTSTART:20250714T100000").instant, None);
        assert_eq!(start("DTSTART;TZID=Nowhere:20250714T100000").instant, None);
        assert_eq!(start("DTSTART;TZID=Nowhere:20250714T100000").zone, "Nowhere");
    }

    #[test]
    fn days_that_make_no_sense_are_none() {
        assert_eq!(event("DTSTART:20259999T999999"), None);
        assert_eq!(event("SUMMARY:x\r\nDTSTART:00000101").unwrap().start, None);
        assert_eq!(event("SUMMARY:x\r\nDURATION:P99999999999W").unwrap().end, None);
    }

    #[test]
    fn the_whole_is_shown_and_not_its_exception() {
        let calendar = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:moved\nRECURRENCE-ID:20250101\nEND:VEVENT\n\
            BEGIN:VEVENT\nSUMMARY:all\nRRULE:FREQ=DAILY\nEND:VEVENT\nEND:VCALENDAR\n";
        let shown = read(calendar).unwrap();
        assert_eq!((shown.summary.as_str(), shown.is_repeated), ("all", true));
    }

    proptest! {
        #[test]
        fn any_shuffle_of_its_pieces_is_read_or_not(pieces in prop::collection::vec(prop::sample::select(vec![
            "BEGIN:VCALENDAR\r\n", "END:VCALENDAR\r\n", "BEGIN:VEVENT\r\n", "END:VEVENT\r\n", "SUMMARY:a\r\n", "DTSTART", ";TZID=", "Europe/Berlin",
            ":20250101T000000Z\r\n", ":99999999\r\n", "DURATION:-P9999999999999999D\r\n", "ORGANIZER;CN=", "\"", ":mailto:a@b\r\n", "\r\n ", "RRULE:FREQ=DAILY;INTERVAL=0\r\n",
            "METHOD:", "REQUEST\r\n", "ü", "\u{0}",
        ]), 0..40)) {
            let calendar = pieces.concat();
            let shown = super::super::unless_it_panics(|| read(&calendar));
            prop_assert!(shown.is_some(), "it panics at {calendar:?}");
        }
    }
}
