//! A program that embeds the library, in short.

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::ptr::{null, null_mut};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use waxwing_demo::model::{Dialect, Flags, Mailstore};
use waxwing_demo::serve::{Server, ServerOptions};

use crate::accounts::*;
use crate::client::*;
use crate::event::*;
use crate::rows::*;
use crate::secrets::*;
use crate::status::*;
use crate::text::{waxwing_bytes, waxwing_str};

pub(super) const USER: &str = "ada@example.org";
pub(super) const PASSWORD: &str = "correct horse";

/// A pointer as C hands it over.
pub(super) fn given<T>(pointer: *const T) -> MaybeUninit<&'static T> {
    let mut given = MaybeUninit::<&T>::zeroed();
    // SAFETY: a pointer is written where one is.
    unsafe { given.as_mut_ptr().cast::<*const T>().write(pointer) };
    given
}

pub(super) fn out<T>(place: *mut T) -> MaybeUninit<&'static mut T> {
    let mut given = MaybeUninit::<&mut T>::zeroed();
    // SAFETY: as above.
    unsafe { given.as_mut_ptr().cast::<*mut T>().write(place) };
    given
}

pub(super) fn str(text: &str) -> waxwing_str {
    waxwing_str { ptr: text.as_ptr().cast::<c_char>(), len: text.len() }
}

pub(super) fn bytes(bytes: &[u8]) -> waxwing_bytes {
    waxwing_bytes { ptr: bytes.as_ptr(), len: bytes.len() }
}

/// A text of the library's, which is what it promises of every one.
pub(crate) fn text(given: waxwing_str) -> String {
    assert!(!given.ptr.is_null());
    // SAFETY: the library's promise, which is being tested.
    unsafe {
        assert_eq!(*given.ptr.add(given.len), 0);
        given.read("text").unwrap().to_owned()
    }
}

/// Rows of a snapshot, by their stride.
pub(crate) fn rows<T, U>(rows: *mut waxwing_rows, read: impl Fn(&T) -> U) -> Vec<U> {
    let array = waxwing_rows_array(given(rows));
    let row = |index: usize| {
        // SAFETY: the library's promise, which is being tested.
        read(unsafe { &*array.base.cast::<u8>().add(index * array.stride).cast::<T>() })
    };
    (0..array.count).map(row).collect()
}

/// What one event said.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Said {
    pub(super) kind: i32,
    pub(super) request: u64,
    pub(super) is_final: bool,
    pub(super) account: u64,
    pub(super) list: u64,
    pub(super) operation: u64,
    pub(super) status: waxwing_status,
    pub(super) message: String,
    pub(super) text: String,
    pub(super) retry_after_ms: u32,
}

pub(super) struct Caller {
    pub(super) client: *mut waxwing_client,
    pub(super) data_dir: TempDir,
    pub(super) log: &'static Mutex<Vec<String>>,
}

// SAFETY: every function may be called from any thread.
unsafe impl Send for Caller {}
// SAFETY: as above.
unsafe impl Sync for Caller {}

pub(super) extern "C" fn write_log(user_data: *mut std::ffi::c_void, level: i32, line: waxwing_str) {
    // SAFETY: it is the log that was given when the client was opened.
    let log = unsafe { &*user_data.cast::<Mutex<Vec<String>>>() };
    log.lock().unwrap().push(format!("{level} {}", text(line)));
}

pub(super) fn served(mails: usize) -> Server {
    served_as(Dialect::full(), mails)
}

pub(super) fn served_as(dialect: Dialect, mails: usize) -> Server {
    let mut mailstore = Mailstore::new();
    mailstore.add_account(USER);
    mailstore.add_mailbox(USER, "Archive", Some("\\Archive"));
    mailstore.add_mailbox(USER, "Trash", Some("\\Trash"));
    let inbox = mailstore.mailbox_mut(USER, "INBOX").unwrap();
    for number in 1..=mails {
        let raw = format!(
            "From: Ann <ann@example.org>\r\nSubject: mail {number}\r\nMessage-ID: <{number}@example.org>\r\n\r\nHello {number}\r\n"
        );
        inbox.append(raw.into_bytes(), Flags::none(), 1_700_000_000_000 + number as i64 * 1000);
    }
    let users = vec![(USER.to_owned(), PASSWORD.to_owned())];
    Server::start(ServerOptions { mailstore, dialect, users }).unwrap()
}

/// A secret store that remembers nothing.
pub(super) fn forgetful() -> waxwing_secret_store {
    // SAFETY: all zeros is what C gives.
    unsafe { std::mem::zeroed() }
}

pub(super) fn options(data_dir: &str, log: &'static Mutex<Vec<String>>) -> waxwing_client_options {
    waxwing_client_options {
        struct_size: u32::try_from(size_of::<waxwing_client_options>()).unwrap(),
        flags: 0,
        data_dir: str(data_dir),
        log_level: 1,
        wake: None,
        log: Some(write_log),
        user_data: std::ptr::from_ref(log).cast_mut().cast(),
        free: None,
        secrets: null(),
        extra_roots_pem: bytes(b""),
        max_connections: 0,
        inactivity_ms: 0,
        verifier: null(),
        cache_dir: str(""),
        memory_cap: 0,
        cache_disk_cap: 0,
    }
}

impl Caller {
    pub(super) fn open(server: Option<&Server>) -> Self {
        Self::open_with(|options| {
            if let Some(server) = server {
                options.extra_roots_pem = bytes(server.ca_pem().as_bytes());
            }
        })
    }

    pub(super) fn open_with(change: impl FnOnce(&mut waxwing_client_options)) -> Self {
        let data_dir = tempfile::tempdir().unwrap();
        let log: &'static Mutex<Vec<String>> = Box::leak(Box::default());
        let path = data_dir.path().join("data");
        let mut options = options(path.to_str().unwrap(), log);
        change(&mut options);
        let (mut client, mut error) = (null_mut(), null_mut());
        let status = waxwing_client_open(given(&raw const options), out(&raw mut client), &raw mut error);
        assert_eq!((status, error.is_null(), client.is_null()), (WAXWING_OK, true, false));
        Self { client, data_dir, log }
    }

    pub(super) fn client(&self) -> MaybeUninit<&'static waxwing_client> {
        given(self.client)
    }

    /// The next event in so many milliseconds; what is not an event is a status.
    pub(super) fn next(&self, timeout_ms: i32) -> Result<(Said, *mut waxwing_event), waxwing_status> {
        let mut event = null_mut();
        match waxwing_client_next_event(self.client(), timeout_ms, out(&raw mut event)) {
            WAXWING_OK => {}
            status => {
                assert!(event.is_null());
                return Err(status);
            }
        }
        // SAFETY: the library's promise.
        let view = unsafe { &*waxwing_event_view_get(given(event)) };
        let (mut status, mut message, mut retry_after_ms) = (WAXWING_OK, String::new(), 0);
        if !view.error.is_null() {
            // SAFETY: as above.
            let error = unsafe { &*waxwing_error_view_get(given(view.error)) };
            (status, message) = (error.status, text(error.message));
            retry_after_ms = error.retry_after_ms;
            assert_eq!(text(error.help_url), "");
        }
        let said = Said {
            kind: view.kind,
            request: view.request,
            is_final: view.r#final,
            account: view.account,
            list: view.list,
            operation: view.operation,
            status,
            message,
            text: text(view.text),
            retry_after_ms,
        };
        Ok((said, event))
    }

    /// Waits for what is wanted; everything before it is let go.
    pub(super) fn wait(&self, wanted: impl Fn(&Said) -> bool) -> (Said, *mut waxwing_event) {
        let until = Instant::now() + Duration::from_secs(30);
        while Instant::now() < until {
            match self.next(1000) {
                Ok((said, event)) if wanted(&said) => return (said, event),
                Ok((_, event)) => waxwing_event_free(event),
                Err(WAXWING_E_TIMEOUT) => {}
                Err(status) => panic!("no event: {status}"),
            }
        }
        panic!("it doesn't come");
    }

    pub(super) fn answer(&self, request: u64) -> Said {
        let (said, event) = self.wait(|said| said.request == request && said.is_final);
        waxwing_event_free(event);
        said
    }

    pub(super) fn asked(&self, ask: impl FnOnce(MaybeUninit<&'static mut u64>) -> waxwing_status) -> u64 {
        let mut request = 0;
        assert_eq!(ask(out(&raw mut request)), WAXWING_OK);
        assert_ne!(request, 0);
        request
    }

    pub(super) fn config(server: &Server) -> waxwing_account_config {
        waxwing_account_config {
            struct_size: u32::try_from(size_of::<waxwing_account_config>()).unwrap(),
            reserved: 0,
            address: str(USER),
            display_name: str("Ada"),
            user_name: str(""),
            imap_host: str("localhost"),
            imap_port: server.port(),
            imap_security: 0,
            smtp_host: str(""),
            smtp_port: 0,
            smtp_security: 0,
        }
    }

    /// The same that sends, too.
    pub(super) fn sending(server: &Server) -> waxwing_account_config {
        waxwing_account_config {
            smtp_host: str("localhost"),
            smtp_port: server.submission_port(),
            smtp_security: WAXWING_SECURITY_TLS,
            ..Self::config(server)
        }
    }

    pub(super) fn add(&self, server: &Server, password: &str) -> Said {
        self.add_as(Self::config(server), password)
    }

    pub(super) fn add_as(&self, config: waxwing_account_config, password: &str) -> Said {
        let request = self.asked(|out| {
            waxwing_account_add_password(
                self.client(),
                given(&raw const config),
                bytes(password.as_bytes()),
                out,
            )
        });
        self.answer(request)
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        waxwing_client_free(self.client);
    }
}
