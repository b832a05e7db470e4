//! What is to be known of a message before it is read: what it invites to, how it pretends, who would be told, how its list is
//! left.

use std::mem::MaybeUninit;

use waxwing_core::mime::{self, Attendance, Invitation, Method, Moment, OpenedEmail, Pretence, Unsubscribe};

use crate::guard::{self, given, or_else};
use crate::message::{remote, waxwing_message};
use crate::rows::{Row, waxwing_array, waxwing_rows};
use crate::text::{Texts, waxwing_str};

/// It names several authors (RFC 5322 section 3.6.2).
pub const WAXWING_PRETENCE_SEVERAL_AUTHORS: u32 = 1;
/// The name of an author is the address of somebody else: show the address.
pub const WAXWING_PRETENCE_NAME_IS_AN_ADDRESS: u32 = 2;
/// A domain is written in letters of several scripts, or in others than it seems (UTS 39).
pub const WAXWING_PRETENCE_MIXED_SCRIPTS: u32 = 4;
/// Answers go to another domain than it came from.
pub const WAXWING_PRETENCE_ANSWERS_ELSEWHERE: u32 = 8;
/// The text of a link names another host than it leads to (known with LOAD_HTML alone): see `waxwing_link_is_false`.
pub const WAXWING_PRETENCE_FALSE_LINK: u32 = 16;

pub(crate) fn pretences(opened: &OpenedEmail) -> u32 {
    let bit = |pretence: &Pretence| match pretence {
        Pretence::SeveralAuthors => WAXWING_PRETENCE_SEVERAL_AUTHORS,
        Pretence::NameIsAnAddress => WAXWING_PRETENCE_NAME_IS_AN_ADDRESS,
        Pretence::MixedScripts => WAXWING_PRETENCE_MIXED_SCRIPTS,
        Pretence::AnswersElsewhere => WAXWING_PRETENCE_ANSWERS_ELSEWHERE,
        Pretence::FalseLink => WAXWING_PRETENCE_FALSE_LINK,
    };
    opened.pretences.iter().map(bit).fold(0, |all, one| all | one)
}

/// How `waxwing_message_unsubscribe` would leave a message's mailing list. An open set.
pub type waxwing_unsubscribe_way = i32;
/// The message names none.
pub const WAXWING_UNSUBSCRIBE_NONE: waxwing_unsubscribe_way = 0;
/// By one request over https, without a page (RFC 8058).
pub const WAXWING_UNSUBSCRIBE_ONE_CLICK: waxwing_unsubscribe_way = 1;
/// By a mail.
pub const WAXWING_UNSUBSCRIBE_MAIL: waxwing_unsubscribe_way = 2;
/// Not at all: there is a page, which the person has to open in a browser.
pub const WAXWING_UNSUBSCRIBE_PAGE: waxwing_unsubscribe_way = 3;

/// The best way to leave its list, and the address that this leads to.
pub(crate) fn unsubscribe(opened: &OpenedEmail) -> (waxwing_unsubscribe_way, &str) {
    match &opened.unsubscribe {
        None => (WAXWING_UNSUBSCRIBE_NONE, ""),
        Some(Unsubscribe::OneClick(address)) => (WAXWING_UNSUBSCRIBE_ONE_CLICK, address),
        Some(Unsubscribe::Mail(address)) => (WAXWING_UNSUBSCRIBE_MAIL, address),
        Some(Unsubscribe::Page(address)) => (WAXWING_UNSUBSCRIBE_PAGE, address),
    }
}

/// What an invitation wants (RFC 5546 section 1.4). An open set.
pub type waxwing_invitation_method = i32;
/// Nothing: it tells of an event.
pub const WAXWING_INVITATION_PUBLISH: waxwing_invitation_method = 0;
/// It invites, or changes what it invited to.
pub const WAXWING_INVITATION_REQUEST: waxwing_invitation_method = 1;
/// The event doesn't take place, or somebody is no longer invited.
pub const WAXWING_INVITATION_CANCEL: waxwing_invitation_method = 2;
/// Somebody answers: see `attendance` of the one row of `waxwing_message_invited`.
pub const WAXWING_INVITATION_REPLY: waxwing_invitation_method = 3;
/// Something else: another time is proposed, say.
pub const WAXWING_INVITATION_OTHER: waxwing_invitation_method = 4;

/// How somebody answered an invitation (RFC 5545 section 3.2.12). An open set.
pub type waxwing_attendance = i32;
/// Not yet.
pub const WAXWING_ATTENDANCE_OPEN: waxwing_attendance = 0;
pub const WAXWING_ATTENDANCE_ACCEPTED: waxwing_attendance = 1;
pub const WAXWING_ATTENDANCE_DECLINED: waxwing_attendance = 2;
pub const WAXWING_ATTENDANCE_TENTATIVE: waxwing_attendance = 3;
/// In another way: somebody else was sent, say.
pub const WAXWING_ATTENDANCE_OTHER: waxwing_attendance = 4;

/// A day, or a time of a day, as a calendar wrote it (RFC 5545 sections 3.3.4 and 3.3.5). Library-made: a later version may be
/// longer, as `struct_size` says.
#[repr(C)]
pub struct waxwing_moment_view {
    pub struct_size: u32,
    /// 1900 to 2499.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31, which need not be in that month.
    pub day: u8,
    /// It is a day as a whole: `hour` and `minute` are 0, `zone` is "".
    pub all_day: bool,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// Whether `instant_ms` says something. Otherwise it is a day, its zone isn't known, or it is whatever the clock of the reader
    /// shows.
    pub has_instant: bool,
    /// The same everywhere: milliseconds since 1970-01-01T00:00Z.
    pub instant_ms: i64,
    /// The time zone's name as the calendar gives it, not always one that systems know; "UTC"; or "", where it names none: the
    /// clock of the reader (unless `has_instant`).
    pub zone: waxwing_str,
}

/// What the calendar of a message says, to be shown: the library never answers one. All texts are a stranger's, of one line, without
/// controls. Library-made: a later version may be longer, as `struct_size` says.
#[repr(C)]
pub struct waxwing_invitation_view {
    pub struct_size: u32,
    pub method: waxwing_invitation_method,
    /// What it is; "" if it doesn't say.
    pub summary: waxwing_str,
    /// Where; "" if it doesn't say.
    pub place: waxwing_str,
    /// Who invites: nothing proves that it is whoever wrote the message. Both "" if it doesn't say.
    pub organiser_name: waxwing_str,
    pub organiser_address: waxwing_str,
    /// When it begins; NULL if it doesn't say. Borrowed from the message.
    pub start: *const waxwing_moment_view,
    /// When it is over, of whole days the day after the last (RFC 5545 section 3.6.1); NULL if it doesn't say. Borrowed from the
    /// message.
    pub end: *const waxwing_moment_view,
    /// It takes place several times; `start` and `end` are of the first.
    pub repeated: bool,
}

/// Somebody who is asked to come, or who answers.
#[repr(C)]
pub struct waxwing_invited_row {
    /// May be "".
    pub name: waxwing_str,
    /// As the calendar has it, without "mailto:"; may be "".
    pub address: waxwing_str,
    pub attendance: waxwing_attendance,
}

// SAFETY: plain data.
unsafe impl Row for waxwing_invited_row {}

/// Somebody who would be told that a message was opened.
#[repr(C)]
pub struct waxwing_tracker_row {
    /// The name of a known service, or a host.
    pub name: waxwing_str,
}

// SAFETY: plain data.
unsafe impl Row for waxwing_tracker_row {}

/// All of it that isn't in the view of the message.
pub(crate) struct Notices {
    invitation: Option<Invited>,
    people: Box<waxwing_rows>,
    images: Box<waxwing_rows>,
    trackers: Box<waxwing_rows>,
}

impl Notices {
    pub(crate) fn of(opened: &OpenedEmail) -> Self {
        Self {
            invitation: opened.invitation.as_ref().map(Invited::of),
            people: people(opened.invitation.as_ref()),
            images: remote(&opened.images),
            trackers: trackers(&opened.trackers),
        }
    }
}

/// An invitation with what its pointers lead to.
struct Invited {
    view: waxwing_invitation_view,
    _moments: [Option<Box<waxwing_moment_view>>; 2],
    _texts: Texts,
}

impl Invited {
    fn of(invitation: &Invitation) -> Self {
        let mut texts = Texts::default();
        let moments = [&invitation.start, &invitation.end]
            .map(|moment| moment.as_ref().map(|moment| Box::new(moment_view(moment, &mut texts))));
        let [start, end] =
            moments.each_ref().map(|moment| moment.as_deref().map_or(std::ptr::null(), std::ptr::from_ref));
        let organiser = invitation.organiser.clone().unwrap_or_default();
        let view = waxwing_invitation_view {
            struct_size: guard::size::<waxwing_invitation_view>(),
            method: match invitation.method {
                Method::Publish => WAXWING_INVITATION_PUBLISH,
                Method::Request => WAXWING_INVITATION_REQUEST,
                Method::Cancel => WAXWING_INVITATION_CANCEL,
                Method::Reply => WAXWING_INVITATION_REPLY,
                Method::Other => WAXWING_INVITATION_OTHER,
            },
            summary: texts.keep(&invitation.summary),
            place: texts.keep(&invitation.place),
            organiser_name: texts.keep(&organiser.name),
            organiser_address: texts.keep(&organiser.address),
            start,
            end,
            repeated: invitation.is_repeated,
        };
        Self { view, _moments: moments, _texts: texts }
    }
}

fn moment_view(moment: &Moment, texts: &mut Texts) -> waxwing_moment_view {
    let (hour, minute) = moment.time.unwrap_or_default();
    waxwing_moment_view {
        struct_size: guard::size::<waxwing_moment_view>(),
        year: moment.year,
        month: moment.month,
        day: moment.day,
        all_day: moment.time.is_none(),
        hour,
        minute,
        has_instant: moment.instant.is_some(),
        instant_ms: moment.instant.map_or(0, |instant| instant.0),
        zone: texts.keep(&moment.zone),
    }
}

fn people(invitation: Option<&Invitation>) -> Box<waxwing_rows> {
    let mut texts = Texts::default();
    let people = invitation.map(|invitation| invitation.people.as_slice()).unwrap_or_default();
    let rows = people
        .iter()
        .map(|(person, attendance)| waxwing_invited_row {
            name: texts.keep(&person.name),
            address: texts.keep(&person.address),
            attendance: match attendance {
                Attendance::Open => WAXWING_ATTENDANCE_OPEN,
                Attendance::Accepted => WAXWING_ATTENDANCE_ACCEPTED,
                Attendance::Declined => WAXWING_ATTENDANCE_DECLINED,
                Attendance::Tentative => WAXWING_ATTENDANCE_TENTATIVE,
                Attendance::Other => WAXWING_ATTENDANCE_OTHER,
            },
        })
        .collect();
    waxwing_rows::of::<waxwing_invited_row>(rows, texts)
}

fn trackers(names: &[String]) -> Box<waxwing_rows> {
    let mut texts = Texts::default();
    let rows = names.iter().map(|name| waxwing_tracker_row { name: texts.keep(name) }).collect();
    waxwing_rows::of::<waxwing_tracker_row>(rows, texts)
}

/// What the calendar of a message says (RFC 5545, RFC 5546): the first that makes sense. NULL if there is none, also where
/// WAXWING_MESSAGE_INVITE is set and nothing in it can be shown. Reads memory only; borrowed from `message`.
#[unsafe(no_mangle)]
pub extern "C" fn waxwing_message_invitation(
    message: MaybeUninit<&waxwing_message>,
) -> *const waxwing_invitation_view {
    or_else(std::ptr::null(), || {
        // SAFETY: the caller's promise: NULL or a message that lives.
        let Ok(message) = (unsafe { given(message, "message") }) else { return std::ptr::null() };
        let invitation = message.notices().invitation.as_ref();
        invitation.map_or(std::ptr::null(), |invitation| &raw const invitation.view)
    })
}

/// Whoever an invitation asks, or who answers one, 500 at most: rows are `waxwing_invited_row`. None where there is no
/// invitation. Reads memory only; borrowed from `message`.
#[unsafe(no_mangle)]
pub extern "C" fn waxwing_message_invited(message: MaybeUninit<&waxwing_message>) -> waxwing_array {
    or_else(waxwing_array::NONE, || {
        // SAFETY: the caller's promise: NULL or a message that lives.
        let message = unsafe { given(message, "message") };
        message.map_or(waxwing_array::NONE, |message| message.notices().people.array())
    })
}

/// A message's pictures on the network, each once: those that `waxwing_images_fetch` asks for and that stay in the HTML with
/// LOAD_REMOTE_IMAGES. By https alone; none that nobody would see, and none of a known tracker. Rows are `waxwing_remote_row`;
/// none without LOAD_HTML. Reads memory only; borrowed from `message`.
#[unsafe(no_mangle)]
pub extern "C" fn waxwing_message_images(message: MaybeUninit<&waxwing_message>) -> waxwing_array {
    or_else(waxwing_array::NONE, || {
        // SAFETY: the caller's promise: NULL or a message that lives.
        let message = unsafe { given(message, "message") };
        message.map_or(waxwing_array::NONE, |message| message.notices().images.array())
    })
}

/// Who would be told that a message was opened, if all its pictures were loaded, each once: rows are `waxwing_tracker_row`. The
/// library never asks them. None without LOAD_HTML. Reads memory only; borrowed from `message`.
#[unsafe(no_mangle)]
pub extern "C" fn waxwing_message_trackers(message: MaybeUninit<&waxwing_message>) -> waxwing_array {
    or_else(waxwing_array::NONE, || {
        // SAFETY: the caller's promise: NULL or a message that lives.
        let message = unsafe { given(message, "message") };
        message.map_or(waxwing_array::NONE, |message| message.notices().trackers.array())
    })
}

/// Whether the text of a link names another host than `url` leads to: ask before such a link is opened, and show where it leads.
/// Words name no host, and nor does what is no text. Reads memory only.
///
/// May be called at any time, from any thread.
#[unsafe(no_mangle)]
pub extern "C" fn waxwing_link_is_false(shown: waxwing_str, url: waxwing_str) -> bool {
    or_else(false, || {
        // SAFETY: the caller's promise: texts that live during the call.
        match unsafe { (shown.read("shown"), url.read("url")) } {
            (Ok(shown), Ok(url)) => mime::is_false_link(shown, url),
            _ => false,
        }
    })
}
