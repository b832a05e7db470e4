//! One message, from the store or from its bytes.

use std::ptr::null_mut;

use super::caller::*;
use crate::accounts::*;
use crate::client::*;
use crate::event::*;
use crate::life::*;
use crate::lists::*;
use crate::message::*;
#[cfg(unix)]
use crate::parts::*;
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
    let from = all(
        waxwing_message_addresses(given(message), WAXWING_ADDRESSES_FROM),
        |row: &waxwing_address_row| (text(row.name), text(row.address)),
    );
    assert_eq!(from.len(), 1, "{from:?}");
    for field in [i32::MIN, 0, 6, i32::MAX] {
        assert_eq!(waxwing_message_addresses(given(message), field).count, 0);
    }
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

/// The id of the newest message.
fn first_of_inbox(caller: &Caller) -> u64 {
    // SAFETY: all zeros is what C gives.
    let mut query: waxwing_list_query = unsafe { std::mem::zeroed() };
    query.struct_size = u32::try_from(size_of::<waxwing_list_query>()).unwrap();
    let (mut list, mut found) = (0, null_mut());
    assert_eq!(
        waxwing_list_open(caller.client(), given(&raw const query), 1, out(&raw mut list)),
        WAXWING_OK
    );
    assert_eq!(waxwing_list_snapshot(caller.client(), list, out(&raw mut found)), WAXWING_OK);
    let ids = rows(found, |row: &waxwing_message_row| row.id);
    waxwing_rows_free(found);
    ids[0]
}

/// A caller with one mail that has a file, and the mail's id.
fn with_a_file() -> (Caller, waxwing_demo::serve::Server, u64) {
    let server = served(0);
    server.store().with(|store| {
        let inbox = store.mailbox_mut(USER, "INBOX").unwrap();
        inbox.append(MAIL.as_bytes().to_vec(), waxwing_demo::model::Flags::none(), 1_700_000_000_000);
    });
    let caller = Caller::open(Some(&server));
    let added = caller.add(&server, PASSWORD);
    let synced = caller.asked(|out| waxwing_account_sync(caller.client(), added.account, out));
    assert_eq!(caller.answer(synced).kind, WAXWING_EVENT_SYNC_DONE);
    let id = first_of_inbox(&caller);
    (caller, server, id)
}

#[cfg(unix)]
/// Whoever wants the bytes alone doesn't wait for them to be understood.
#[test]
fn the_bytes_of_a_message_are_given_without_looking_into_them() {
    let (caller, server, id) = with_a_file();
    let loaded = caller.asked(|out| waxwing_message_load(caller.client(), id, EVERYTHING, out));
    assert_eq!(caller.answer(loaded).status, WAXWING_OK);
    let mut message = null_mut();
    assert_eq!(waxwing_message_raw(caller.client(), id, out(&raw mut message)), WAXWING_OK);
    // SAFETY: the library's promise.
    let raw = unsafe { waxwing_message_bytes(given(message)).read("raw").unwrap() };
    server.store().with(|store| {
        assert_eq!(store.mailbox(USER, "INBOX").unwrap().mails()[0].raw(), raw);
    });
    let seen = view(message);
    // SAFETY: as above.
    assert_eq!(unsafe { (*seen.row).id }, id);
    assert_eq!((text(seen.text), text(seen.from)), (String::new(), String::new()));
    assert_eq!(waxwing_message_parts(given(message)).count, 0);
    waxwing_message_free(message);
}

fn first_account(caller: &Caller) -> u64 {
    let mut found = null_mut();
    assert_eq!(waxwing_accounts_snapshot(caller.client(), out(&raw mut found)), WAXWING_OK);
    let ids = rows(found, |row: &waxwing_account_row| row.id);
    waxwing_rows_free(found);
    ids[0]
}

/// A mail of a text and a file of a megabyte and a half.
fn large() -> Vec<u8> {
    let mut raw =
        b"Subject: large\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHello\r\n--b\r\n\
        Content-Type: video/mp4; name=film.mp4\r\nContent-Disposition: attachment\r\n\r\n"
            .to_vec();
    for line in 0..60_000 {
        raw.extend_from_slice(format!("{line:06} of a long film\r\n").as_bytes());
    }
    raw.extend_from_slice(b"\r\n--b--\r\n");
    raw
}

#[test]
fn a_large_file_is_fetched_alone_with_its_progress_and_can_be_given_up() {
    let (caller, server, _) = with_a_file();
    let accounts = first_account(&caller);
    let offline = caller
        .asked(|out| waxwing_account_set_offline(caller.client(), accounts, WAXWING_OFFLINE_NOTHING, out));
    assert_eq!(caller.answer(offline).status, WAXWING_OK);
    server.store().with(|store| {
        let inbox = store.mailbox_mut(USER, "INBOX").unwrap();
        inbox.append(large(), waxwing_demo::model::Flags::none(), 1_800_000_000_000);
    });
    let synced = caller.asked(|out| waxwing_account_sync(caller.client(), accounts, out));
    assert_eq!(caller.answer(synced).kind, WAXWING_EVENT_SYNC_DONE);
    let id = first_of_inbox(&caller);
    let load = || {
        let loaded = caller.asked(|out| waxwing_message_load(caller.client(), id, EVERYTHING, out));
        let (_, event) = caller.wait(|said| said.request == loaded && said.is_final);
        let message = waxwing_event_take_message(given(event));
        waxwing_event_free(event);
        let part = |row: &waxwing_part_row| (text(row.file_name), row.size, row.flags);
        let parts = all(waxwing_message_parts(given(message)), part);
        let flags = view(message).flags;
        // SAFETY: the library's promise.
        let octets = unsafe { waxwing_message_bytes(given(message)).read("bytes").unwrap().len() };
        let read = text(view(message).text);
        waxwing_message_free(message);
        (parts, flags, octets, read)
    };
    let size = 60_000 * 23;
    let (parts, flags, octets, read) = load();
    assert_eq!((parts, read.as_str()), (vec![("film.mp4".to_owned(), size, 0)], "Hello"));
    assert_eq!((flags & WAXWING_MESSAGE_PARTIAL, octets), (WAXWING_MESSAGE_PARTIAL, 0));
    let mut message = null_mut();
    assert_eq!(waxwing_message_raw(caller.client(), id, out(&raw mut message)), WAXWING_E_NOT_FOUND);

    // What goes before a file is given up takes its time.
    server.store().with(|store| {
        let stall = waxwing_demo::model::Fault::Stall(Some(500));
        store.faults.add(waxwing_demo::model::Rule {
            skip: 2,
            ..waxwing_demo::model::Rule::once(waxwing_demo::model::Verb::Fetch, stall)
        });
    });
    let fetched = caller.asked(|out| waxwing_part_fetch(caller.client(), id, 1, out));
    let (_, event) = caller.wait(|said| said.request == fetched && said.kind == WAXWING_EVENT_PROGRESS);
    waxwing_event_free(event);
    assert_eq!(waxwing_client_cancel(caller.client(), fetched), WAXWING_OK);
    assert_eq!(caller.answer(fetched).status, WAXWING_E_CANCELLED);

    let fetched = caller.asked(|out| waxwing_part_fetch(caller.client(), id, 1, out));
    let mut shares = Vec::new();
    loop {
        let (said, event) = caller.wait(|said| said.request == fetched);
        // SAFETY: the library's promise.
        let seen = unsafe { &*waxwing_event_view_get(given(event)) };
        if said.kind == WAXWING_EVENT_PROGRESS {
            assert_eq!((seen.message_id, seen.counts[2], seen.counts[3]), (id, size, 1));
            assert_eq!(u64::from(seen.progress_10k), seen.counts[1] * 10_000 / size);
            shares.push(seen.progress_10k);
        }
        let (is_final, status) = (said.is_final, said.status);
        waxwing_event_free(event);
        if is_final {
            assert_eq!(status, WAXWING_OK);
            break;
        }
    }
    assert!(shares.is_sorted(), "{shares:?}");
    // With its one file the mail is whole.
    let (parts, flags, octets, _) = load();
    assert_eq!((parts[0].2, flags & WAXWING_MESSAGE_PARTIAL, octets), (WAXWING_PART_LOCAL, 0, large().len()));
}

#[test]
fn a_file_is_saved_where_there_was_none_and_nowhere_else() {
    use std::os::unix::fs::PermissionsExt;
    let (caller, _server, id) = with_a_file();
    let save = |part: u32, path: &std::path::Path| {
        let path = path.to_str().unwrap();
        let request = caller.asked(|out| waxwing_part_save_path(caller.client(), id, part, str(path), out));
        let said = caller.answer(request);
        (said.kind, said.status)
    };
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("p.png");
    assert_eq!(save(1, &path), (WAXWING_EVENT_DONE, WAXWING_OK));
    assert_eq!(std::fs::read(&path).unwrap(), b"xx");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

    std::fs::write(&path, b"mine").unwrap();
    assert_eq!(save(1, &path), (WAXWING_EVENT_FAILED, WAXWING_E_STATE));
    assert_eq!(std::fs::read(&path).unwrap(), b"mine");
    let link = directory.path().join("link");
    std::os::unix::fs::symlink(directory.path().join("target"), &link).unwrap();
    assert_eq!(save(1, &link), (WAXWING_EVENT_FAILED, WAXWING_E_STATE));
    assert!(!directory.path().join("target").exists(), "nothing goes through a link");
    let other = directory.path().join("other");
    assert_eq!(save(2, &other), (WAXWING_EVENT_FAILED, WAXWING_E_NOT_FOUND));
    assert!(!other.exists());
    assert_eq!(
        save(1, &directory.path().join("no/such/directory")),
        (WAXWING_EVENT_FAILED, WAXWING_E_STORAGE)
    );
}

#[cfg(unix)]
#[test]
fn a_file_and_a_whole_message_are_written_to_open_files() {
    use std::io::{Read, Seek};
    use std::os::fd::AsRawFd;
    let (caller, _server, id) = with_a_file();
    let written = |ask: &dyn Fn(i32, std::mem::MaybeUninit<&'static mut u64>) -> i32| {
        let mut file = tempfile::tempfile().unwrap();
        let mut ours = Some(file.try_clone().unwrap());
        let fd = ours.as_ref().unwrap().as_raw_fd();
        let request = caller.asked(|out| {
            let status = ask(fd, out);
            // The library has its own.
            ours.take();
            status
        });
        assert_eq!(caller.answer(request).kind, WAXWING_EVENT_DONE);
        let mut content = Vec::new();
        file.rewind().unwrap();
        file.read_to_end(&mut content).unwrap();
        content
    };
    assert_eq!(written(&|fd, out| waxwing_part_save_fd(caller.client(), id, 1, fd, out)), b"xx");
    let whole = written(&|fd, out| waxwing_message_export_fd(caller.client(), id, fd, out));
    assert_eq!(whole, MAIL.as_bytes());
}

/// Reads of a part: what came, or why nothing did.
#[cfg(unix)]
fn read(
    caller: &Caller,
    id: u64,
    part: u32,
    offset: u64,
    timeout_ms: u32,
) -> Result<Vec<u8>, waxwing_status> {
    let (mut room, mut count) = ([0xaa_u8; 5], 9);
    let (room_place, len) = (room.as_mut_ptr(), room.len());
    let status = waxwing_part_read(
        caller.client(),
        id,
        part,
        offset,
        out(room_place),
        len,
        timeout_ms,
        out(&raw mut count),
    );
    if status == WAXWING_OK { Ok(room[..count].to_vec()) } else { Err(status) }
}

#[cfg(unix)]
#[test]
fn a_file_is_read_from_any_place_and_waited_for_where_it_is_not_here() {
    const FILE: &[u8] = b"the content of a file that is read in pieces";
    let mail =
        b"Subject: a\r\nMessage-ID: <1@here>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
        Content-Type: application/x; name=a\r\nContent-Transfer-Encoding: base64\r\n\r\n\
        dGhlIGNvbnRlbnQgb2YgYSBmaWxlIHRoYXQgaXMgcmVhZCBpbiBwaWVjZXM=\r\n--b--\r\n";
    let server = served(0);
    server.store().with(|store| {
        let inbox = store.mailbox_mut(USER, "INBOX").unwrap();
        inbox.append(mail.to_vec(), waxwing_demo::model::Flags::none(), 1_700_000_000_000);
    });
    let caller = Caller::open(Some(&server));
    // No body comes unasked.
    waxwing_client_set_power_saver(caller.client(), true);
    let added = caller.add(&server, PASSWORD);
    let synced = caller.asked(|out| waxwing_account_sync(caller.client(), added.account, out));
    assert_eq!(caller.answer(synced).kind, WAXWING_EVENT_SYNC_DONE);
    let id = first_of_inbox(&caller);
    let mut message = null_mut();
    assert_eq!(waxwing_message_raw(caller.client(), id, out(&raw mut message)), WAXWING_E_NOT_FOUND);

    assert_eq!(read(&caller, id, 1, 0, 0), Err(WAXWING_E_TIMEOUT), "it isn't waited for");
    // Nobody takes events meanwhile.
    assert_eq!(read(&caller, id, 1, 4, 20_000).as_deref(), Ok(&FILE[4..9]));
    let (mut whole, mut offset) = (Vec::new(), 0);
    loop {
        let piece = read(&caller, id, 1, offset, 0).unwrap();
        if piece.is_empty() {
            break;
        }
        offset += piece.len() as u64;
        whole.extend_from_slice(&piece);
    }
    assert_eq!(whole, FILE);
    assert_eq!(read(&caller, id, 1, u64::MAX, 0), Ok(Vec::new()));
    assert_eq!(read(&caller, id, 1, 42, 0).as_deref(), Ok(&b"es"[..]));
    assert_eq!(read(&caller, id, 2, 0, 20_000), Err(WAXWING_E_NOT_FOUND));
    assert_eq!(read(&caller, 999_999, 1, 0, 20_000), Err(WAXWING_E_NOT_FOUND));
    let suspended = caller.asked(|out| waxwing_client_suspend(caller.client(), 5_000, out));
    assert_eq!(caller.answer(suspended).kind, WAXWING_EVENT_SUSPENDED);
    assert_eq!(read(&caller, id, 1, 0, 20_000), Err(WAXWING_E_STATE));
}
