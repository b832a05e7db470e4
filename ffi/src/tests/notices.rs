//! What is to be known of a message before it is read.

use super::caller::*;
use crate::event::*;
use crate::message::*;
use crate::notices::*;
use crate::rows::*;
use crate::text::waxwing_str;

/// A message read from its bytes, and what is to be seen of it.
fn parsed<T>(mail: &str, what: u32, see: impl FnOnce(*const waxwing_message) -> T) -> T {
    let caller = Caller::open(None);
    let mail = mail.replace('\n', "\r\n");
    let asked = caller.asked(|out| waxwing_message_parse(caller.client(), bytes(mail.as_bytes()), what, out));
    let (_, event) = caller.wait(|said| said.request == asked && said.is_final);
    // SAFETY: the library's promise.
    let seen = see(unsafe { &*waxwing_event_view_get(given(event)) }.message);
    waxwing_event_free(event);
    seen
}

fn view(message: *const waxwing_message) -> &'static waxwing_message_view {
    // SAFETY: the library's promise, while the message lives.
    unsafe { &*waxwing_message_view_get(given(message)) }
}

fn listed<R, T>(array: waxwing_array, read: impl Fn(&R) -> T) -> Vec<T> {
    let row = |index: usize| {
        // SAFETY: the library's promise, which is being tested.
        read(unsafe { &*array.base.cast::<u8>().add(index * array.stride).cast::<R>() })
    };
    (0..array.count).map(row).collect()
}

fn invitation(event: &str, see: impl FnOnce(&waxwing_invitation_view, Vec<(String, String, i32)>)) {
    let mail = format!(
        "Subject: x\nContent-Type: text/calendar\n\n\
         BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\n{event}\nEND:VEVENT\nEND:VCALENDAR\n"
    );
    parsed(&mail, WAXWING_LOAD_TEXT, |message| {
        assert_eq!(view(message).flags & WAXWING_MESSAGE_INVITE, WAXWING_MESSAGE_INVITE);
        // SAFETY: the library's promise.
        let invitation = unsafe { waxwing_message_invitation(given(message)).as_ref() }.unwrap();
        let people = listed(waxwing_message_invited(given(message)), |row: &waxwing_invited_row| {
            (text(row.name), text(row.address), row.attendance)
        });
        see(invitation, people);
    });
}

/// Day, time, instant and zone.
type Seen = ((u16, u8, u8), Option<(u8, u8)>, Option<i64>, String);

fn moment(moment: *const waxwing_moment_view) -> Seen {
    // SAFETY: the library's promise.
    let moment = unsafe { &*moment };
    let time = (!moment.all_day).then_some((moment.hour, moment.minute));
    let instant = moment.has_instant.then_some(moment.instant_ms);
    ((moment.year, moment.month, moment.day), time, instant, text(moment.zone))
}

#[test]
fn an_invitation_says_who_what_when_and_where() {
    let event = "DTSTART;TZID=Europe/Berlin:20250214T100000\nDURATION:PT90M\nSUMMARY:Planning\\, again\n\
        LOCATION:Room 4\nORGANIZER;CN=Ann Roe:mailto:ann@shop.example\nRRULE:FREQ=WEEKLY\n\
        ATTENDEE;CN=Bob;PARTSTAT=TENTATIVE:mailto:bob@home.example\nATTENDEE:mailto:eve@home.example";
    invitation(event, |invitation, people| {
        assert_eq!((invitation.method, invitation.repeated), (WAXWING_INVITATION_REQUEST, true));
        let texts =
            [invitation.summary, invitation.place, invitation.organiser_name, invitation.organiser_address];
        assert_eq!(texts.map(text), ["Planning, again", "Room 4", "Ann Roe", "ann@shop.example"]);
        let berlin = "Europe/Berlin".to_owned();
        let start = ((2025, 2, 14), Some((10, 0)), Some(1_739_523_600_000), berlin.clone());
        assert_eq!(moment(invitation.start), start);
        assert_eq!(moment(invitation.end), ((2025, 2, 14), Some((11, 30)), Some(1_739_529_000_000), berlin));
        let bob = ("Bob".to_owned(), "bob@home.example".to_owned(), WAXWING_ATTENDANCE_TENTATIVE);
        let eve = (String::new(), "eve@home.example".to_owned(), WAXWING_ATTENDANCE_OPEN);
        assert_eq!(people, [bob, eve]);
    });
}

#[test]
fn a_day_is_no_instant_and_nor_is_a_time_of_no_zone() {
    invitation("SUMMARY:x\nDTSTART;VALUE=DATE:20250214", |invitation, people| {
        assert_eq!(moment(invitation.start), ((2025, 2, 14), None, None, String::new()));
        assert!(invitation.end.is_null() && people.is_empty());
    });
    invitation("SUMMARY:x\nDTSTART:19700101T000000Z\nDTEND:20250214T100000", |invitation, _| {
        let epoch = ((1970, 1, 1), Some((0, 0)), Some(0), "UTC".to_owned());
        assert_eq!(moment(invitation.start), epoch, "the instant 0 is one");
        assert_eq!(moment(invitation.end), ((2025, 2, 14), Some((10, 0)), None, String::new()));
    });
}

#[test]
fn a_calendar_of_which_nothing_can_be_shown_is_no_invitation() {
    parsed("Content-Type: text/calendar\n\nBEGIN:VCALENDAR\nEND:VCALENDAR\n", WAXWING_LOAD_TEXT, |message| {
        assert_eq!(view(message).flags & WAXWING_MESSAGE_INVITE, WAXWING_MESSAGE_INVITE);
        assert!(waxwing_message_invitation(given(message)).is_null());
        assert_eq!(waxwing_message_invited(given(message)).count, 0);
    });
}

const PRETENDING: &str = "From: \"boss@bank.example\" <ann@shop.example>\nReply-To: ann@freemail.test\n\
    Disposition-Notification-To: Ann <ann@shop.example>\nList-Unsubscribe: <https://shop.example/u>, <mailto:u@shop.example>\n\
    Content-Type: text/html\n\n<a href=https://evil.test/>https://bank.example</a><img src=https://shop.example/a.png>\
    <img src=https://x.list-manage.com/track/open.php?u=1>\n";

#[test]
fn what_pretends_what_is_asked_for_and_who_would_be_told_is_said() {
    parsed(PRETENDING, WAXWING_LOAD_HTML, |message| {
        let view = view(message);
        let pretences = WAXWING_PRETENCE_NAME_IS_AN_ADDRESS
            | WAXWING_PRETENCE_ANSWERS_ELSEWHERE
            | WAXWING_PRETENCE_FALSE_LINK;
        assert_eq!((view.pretences, view.flags & WAXWING_MESSAGE_SPOOF), (pretences, WAXWING_MESSAGE_SPOOF));
        assert_eq!(text(view.receipt_to), "Ann <ann@shop.example>");
        assert_eq!(view.unsubscribe_way, WAXWING_UNSUBSCRIBE_MAIL);
        assert_eq!(text(view.unsubscribe_url), "mailto:u@shop.example");
        assert_eq!(text(view.list_unsubscribe_url), "https://shop.example/u");
        let images = listed(waxwing_message_images(given(message)), |row: &waxwing_remote_row| text(row.url));
        assert_eq!(images, ["https://shop.example/a.png"]);
        let trackers =
            listed(waxwing_message_trackers(given(message)), |row: &waxwing_tracker_row| text(row.name));
        assert_eq!(trackers, ["Mailchimp"]);
    });
    parsed(PRETENDING, WAXWING_LOAD_TEXT, |message| {
        assert_eq!(view(message).pretences & WAXWING_PRETENCE_FALSE_LINK, 0, "its HTML wasn't wanted");
        assert_eq!(waxwing_message_images(given(message)).count, 0);
        assert_eq!(waxwing_message_trackers(given(message)).count, 0);
    });
    parsed("Subject: x\n\nx\n", WAXWING_LOAD_HTML, |message| {
        let view = view(message);
        assert_eq!((view.pretences, view.unsubscribe_way), (0, WAXWING_UNSUBSCRIBE_NONE));
        assert_eq!([view.receipt_to, view.unsubscribe_url].map(text), ["", ""]);
        assert!(waxwing_message_invitation(given(message)).is_null());
    });
}

#[test]
fn a_link_that_names_another_host_is_false() {
    let is_false = |shown: &'static str, url: &'static str| waxwing_link_is_false(str(shown), str(url));
    assert!(is_false("bank.example", "https://evil.test/"));
    assert!(!is_false("bank.example", "https://www.bank.example/login"));
    assert!(!is_false("Log in", "https://evil.test/"));
    let none = waxwing_str { ptr: std::ptr::null(), len: 3 };
    assert!(!waxwing_link_is_false(none, str("https://evil.test/")));
}
