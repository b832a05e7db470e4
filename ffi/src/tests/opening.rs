//! One message, from the store or from its bytes.

use std::ptr::null_mut;

use super::caller::*;
use crate::client::*;
use crate::event::*;
use crate::life::*;
use crate::message::*;
use crate::rows::*;
use crate::status::*;

const EVERYTHING: u32 = WAXWING_LOAD_TEXT | WAXWING_LOAD_HTML | WAXWING_LOAD_HEADERS;

const MAIL: &str = "From: Ann <ann@a.example>\r\nReply-To: x@evil.test\r\nBcc: c@c.example\r\nSubject: Gr\u{fc}\u{df}e\r\n\
    Message-ID: <1@a.example>\r\nList-Unsubscribe: <https://a.example/u>\r\n\
    Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n\
    <p onclick=x()>Hi<img src=cid:p@a><img src=https://t.example/1 alt=t></p><script>x()</script>\r\n--b\r\n\
    Content-Type: image/png; name=p.png\r\nContent-ID: <p@a>\r\nContent-Disposition: inline\r\n\r\nxx\r\n--b--\r\n";

/// Parses bytes and gives the message that answers.
fn parsed(caller: &Caller, mail: &[u8], what: u32) -> *mut waxwing_message {
    let request = caller.asked(|out| waxwing_message_parse(caller.client(), bytes(mail), what, out));
    let (said, event) = caller.wait(|said| said.request == request && said.is_final);
    assert_eq!((said.kind, said.status), (WAXWING_EVENT_MESSAGE_READY, WAXWING_OK));
    let message = waxwing_event_take_message(given(event));
    waxwing_event_free(event);
    message
}

fn view(message: *mut waxwing_message) -> &'static waxwing_message_view {
    // SAFETY: the library's promise, while the message lives.
    unsafe { &*waxwing_message_view_get(given(message)) }
}

fn all<T, U>(array: waxwing_array, read: impl Fn(&T) -> U) -> Vec<U> {
    // SAFETY: the library's promise, which is being tested.
    let row = |index: usize| read(unsafe { &*array.base.cast::<u8>().add(index * array.stride).cast::<T>() });
    (0..array.count).map(row).collect()
}

#[test]
fn a_message_is_read_from_its_bytes_without_an_account() {
    let caller = Caller::open(None);
    let message = parsed(&caller, MAIL.as_bytes(), EVERYTHING);
    let seen = view(message);
    assert_eq!(text(seen.html), "<p>Hi<img src=\"waxwing-part:1\"><img alt=\"t\"></p>");
    assert_eq!((text(seen.text).as_str(), text(seen.bcc).as_str()), ("Hi", "c@c.example"));
    assert_eq!(text(seen.message_id_header), "1@a.example");
    assert_eq!(text(seen.list_unsubscribe_url), "https://a.example/u");
    assert_eq!((seen.auth_result, seen.blocked_remote), (0, 1));
    assert_eq!(seen.flags, WAXWING_MESSAGE_TEXT_FROM_HTML | WAXWING_MESSAGE_SPOOF);
    // SAFETY: as above.
    let row = unsafe { &*seen.row };
    assert_eq!((row.id, text(row.subject).as_str(), row.size), (0, "Gr\u{fc}\u{df}e", MAIL.len() as u64));
    let remote = all(waxwing_message_remote(given(message)), |row: &waxwing_remote_row| text(row.url));
    assert_eq!(remote, ["https://t.example/1"]);
    let headers = all(waxwing_message_headers(given(message)), |row: &waxwing_header_row| {
        (text(row.name), text(row.value))
    });
    assert_eq!(headers[1], ("Reply-To".into(), "x@evil.test".into()));
    let parts = all(waxwing_message_parts(given(message)), |row: &waxwing_part_row| {
        (row.part, row.parent, row.disposition, row.flags, text(row.content_id))
    });
    assert_eq!(parts, [(1, 0, 0, WAXWING_PART_LOCAL, "p@a".into())]);
    // SAFETY: as above.
    assert_eq!(unsafe { waxwing_message_bytes(given(message)).read("bytes").unwrap() }, MAIL.as_bytes());
    waxwing_message_free(message);

    let message = parsed(&caller, MAIL.as_bytes(), EVERYTHING | WAXWING_LOAD_REMOTE_IMAGES);
    assert!(text(view(message).html).contains("src=\"https://t.example/1\""));
    assert_eq!(view(message).blocked_remote, 0);
    waxwing_message_free(message);

    let message = parsed(&caller, MAIL.as_bytes(), 0);
    assert_eq!((text(view(message).html).as_str(), text(view(message).text).as_str()), ("", ""));
    assert_eq!(waxwing_message_headers(given(message)).count, 0);
    waxwing_message_free(message);
}

#[test]
fn whatever_is_parsed_is_answered_with_a_message() {
    let caller = Caller::open(None);
    for raw in [&b""[..], b"\0\xff", b"\r\n\r\n", &[b'x'; 200_000]] {
        waxwing_message_free(parsed(&caller, raw, EVERYTHING));
    }
}

#[test]
fn a_message_is_parsed_asleep_and_before_the_end() {
    let caller = Caller::open(None);
    let suspended = caller.asked(|out| waxwing_client_suspend(caller.client(), 5_000, out));
    assert_eq!(caller.answer(suspended).kind, WAXWING_EVENT_SUSPENDED);
    waxwing_message_free(parsed(&caller, MAIL.as_bytes(), EVERYTHING));
    let asked: Vec<u64> = (0..20)
        .map(|_| {
            caller
                .asked(|out| waxwing_message_parse(caller.client(), bytes(MAIL.as_bytes()), EVERYTHING, out))
        })
        .collect();
    waxwing_client_close(caller.client());
    let mut answered = Vec::new();
    loop {
        match caller.next(-1) {
            Ok((said, event)) => {
                answered.extend((said.kind == WAXWING_EVENT_MESSAGE_READY).then_some(said.request));
                waxwing_event_free(event);
            }
            Err(status) => break assert_eq!(status, WAXWING_E_CLOSED),
        }
    }
    assert_eq!(answered, asked, "each has its one answer, in order");
    let mut number = 0;
    let late = waxwing_message_parse(caller.client(), bytes(b"x"), 0, out(&raw mut number));
    assert_eq!((late, number), (WAXWING_E_CLOSED, 0));
}

#[test]
fn what_is_wanted_is_known_or_refused() {
    let caller = Caller::open(None);
    let mut number = 0;
    assert_eq!(
        waxwing_message_parse(caller.client(), bytes(b"x"), 16, out(&raw mut number)),
        WAXWING_E_ARGUMENT
    );
    assert_eq!(waxwing_message_load(caller.client(), 1, 1 << 31, out(&raw mut number)), WAXWING_E_ARGUMENT);
    let mut message = null_mut();
    assert_eq!(waxwing_message_raw(caller.client(), 1, out(&raw mut message)), WAXWING_E_NOT_FOUND);
    assert_eq!((number, message.is_null()), (0, true));
}
