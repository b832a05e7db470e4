//! How a call ended, and what is known of an error beyond its number.

use std::mem::MaybeUninit;
use std::time::Duration;

use waxwing_core::error::{Detail, Limited, NetworkFault, SignInFault};
use waxwing_core::smtp::{SendFault, send_fault};
use waxwing_core::{Error, ErrorKind};

use crate::guard::{self, given, or_else};
use crate::text::{Texts, waxwing_str};

/// How a call ended. An open set: treat an unknown one by its hundred, `status / 100`.
pub type waxwing_status = i32;

pub const WAXWING_OK: waxwing_status = 0;
/// The caller's bug: NULL, text that is not UTF-8, an unknown `struct_size` or enum.
pub const WAXWING_E_ARGUMENT: waxwing_status = 100;
/// No such account, mailbox, message, list or operation; a stale id too.
pub const WAXWING_E_NOT_FOUND: waxwing_status = 101;
/// Not in this state: suspended, busy, in use by another process.
pub const WAXWING_E_STATE: waxwing_status = 102;
/// No answer in time.
pub const WAXWING_E_TIMEOUT: waxwing_status = 103;
pub const WAXWING_E_CANCELLED: waxwing_status = 104;
/// The client is closed: no more events will come.
pub const WAXWING_E_CLOSED: waxwing_status = 105;
/// The network or the server can't be reached; tried again by itself.
pub const WAXWING_E_NETWORK: waxwing_status = 200;
/// The server's name has no address; tried again by itself.
pub const WAXWING_E_DNS: waxwing_status = 201;
/// No secure connection could be agreed on.
pub const WAXWING_E_TLS: waxwing_status = 300;
/// The certificate does not prove who the server is.
pub const WAXWING_E_TRUST: waxwing_status = 301;
/// The person must act: password or sign-in again.
pub const WAXWING_E_AUTH: waxwing_status = 400;
/// The provider wants an app password.
pub const WAXWING_E_AUTH_APP_PASSWORD: waxwing_status = 401;
/// The provider wants a sign-in in the browser.
pub const WAXWING_E_AUTH_BROWSER: waxwing_status = 402;
/// The server said no; its words are in the error.
pub const WAXWING_E_SERVER: waxwing_status = 500;
/// The mailbox on the server is full.
pub const WAXWING_E_QUOTA: waxwing_status = 501;
/// Over a limit of size or rate, the server's or ours.
pub const WAXWING_E_LIMIT: waxwing_status = 502;
/// The server broke the protocol; the connection was closed, and is made again by itself.
pub const WAXWING_E_PROTOCOL: waxwing_status = 503;
/// The mailbox was rebuilt on the server; what was meant is not there any more.
pub const WAXWING_E_STALE: waxwing_status = 504;
/// The local store can't be read or written.
pub const WAXWING_E_STORAGE: waxwing_status = 600;
pub const WAXWING_E_DISK_FULL: waxwing_status = 601;
/// The secret store is locked.
pub const WAXWING_E_SECRET: waxwing_status = 700;
/// The secret store failed.
pub const WAXWING_E_SECRET_FAILED: waxwing_status = 701;
/// Our bug.
pub const WAXWING_E_INTERNAL: waxwing_status = 900;

/// The name of a status, such as "E_TRUST"; of an unknown one that of its hundred, or "E_UNKNOWN". Static; never fails.
///
/// May be called at any time, from any thread.
#[unsafe(no_mangle)]
pub extern "C" fn waxwing_status_name(status: waxwing_status) -> waxwing_str {
    waxwing_str::of_static(match status {
        WAXWING_OK => "OK\0",
        WAXWING_E_NOT_FOUND => "E_NOT_FOUND\0",
        WAXWING_E_STATE => "E_STATE\0",
        WAXWING_E_TIMEOUT => "E_TIMEOUT\0",
        WAXWING_E_CANCELLED => "E_CANCELLED\0",
        WAXWING_E_CLOSED => "E_CLOSED\0",
        100..200 => "E_ARGUMENT\0",
        WAXWING_E_DNS => "E_DNS\0",
        200..300 => "E_NETWORK\0",
        WAXWING_E_TRUST => "E_TRUST\0",
        300..400 => "E_TLS\0",
        WAXWING_E_AUTH_APP_PASSWORD => "E_AUTH_APP_PASSWORD\0",
        WAXWING_E_AUTH_BROWSER => "E_AUTH_BROWSER\0",
        400..500 => "E_AUTH\0",
        WAXWING_E_QUOTA => "E_QUOTA\0",
        WAXWING_E_LIMIT => "E_LIMIT\0",
        WAXWING_E_PROTOCOL => "E_PROTOCOL\0",
        WAXWING_E_STALE => "E_STALE\0",
        500..600 => "E_SERVER\0",
        WAXWING_E_DISK_FULL => "E_DISK_FULL\0",
        600..700 => "E_STORAGE\0",
        WAXWING_E_SECRET_FAILED => "E_SECRET_FAILED\0",
        700..800 => "E_SECRET\0",
        900..1000 => "E_INTERNAL\0",
        _ => "E_UNKNOWN\0",
    })
}

/// An error, opaque; see `waxwing_error_view_get`.
pub struct waxwing_error {
    view: waxwing_error_view,
    _texts: Texts,
}

// SAFETY: nothing of it changes once it is made; what its pointers lead to is its own, or static.
unsafe impl Send for waxwing_error {}
// SAFETY: as above.
unsafe impl Sync for waxwing_error {}

/// What is known of an error. Library-made: a later version may be longer, as `struct_size` says.
#[repr(C)]
pub struct waxwing_error_view {
    pub struct_size: u32,
    pub status: waxwing_status,
    /// English, for logs. Never holds secrets, addresses or text of mails.
    pub message: waxwing_str,
    /// A stable key for a translation of one's own, such as "auth.app_password". It may say more than the status: of E_NETWORK and
    /// E_DNS that there is no network ("network.none"), of E_NETWORK that the host answered and that port is closed
    /// ("network.refused").
    pub key: waxwing_str,
    /// What the server said: untrusted plain text, to be attributed to the server; "" if nothing.
    pub server_text: waxwing_str,
    /// A page of the provider's for what the person has to do there, from the table of providers; "" if none.
    pub help_url: waxwing_str,
    /// In how many milliseconds, at the latest, it is tried again by itself. Filled in FAILED of a request that asked for an
    /// account to be in step or to sign in, where its server couldn't be reached, broke off or showed a certificate that is
    /// not trusted: then the account is connected again. 0 everywhere else: it isn't tried again without the person, or when
    /// can't be said (there is no network). When a change is tried next is told by `waxwing_queue_row`.
    pub retry_after_ms: u32,
}

impl waxwing_error {
    pub(crate) fn of(error: &Error) -> Box<Self> {
        Self::saying(error, &error.to_string())
    }

    /// The same error in other words.
    pub(crate) fn saying(error: &Error, message: &str) -> Box<Self> {
        let mut texts = Texts::default();
        let kind = error.kind();
        let view = waxwing_error_view {
            struct_size: guard::size::<waxwing_error_view>(),
            status: kind.code(),
            message: texts.keep(message),
            key: texts.keep(match error.detail() {
                Detail::SignIn { fault, .. } => key_of_sign_in(*fault),
                Detail::Limit { of: Limited::Octets, .. } => "sending.too_large",
                Detail::Limit { of: Limited::People, .. } => "sending.too_many",
                Detail::Network(NetworkFault::NoNetwork) => "network.none",
                Detail::Network(NetworkFault::Refused { .. }) => "network.refused",
                _ => send_fault(error).map_or(key(kind), key_of_sending),
            }),
            server_text: texts.keep(error.server_text().unwrap_or_default()),
            help_url: texts.keep(error.help().unwrap_or_default()),
            retry_after_ms: error.retry().map_or(0, milliseconds),
        };
        Box::new(Self { view, _texts: texts })
    }
}

/// What a refused mail is to a translation.
const fn key_of_sending(fault: SendFault) -> &'static str {
    match fault {
        SendFault::NobodyThere => "sending.nobody_there",
        SendFault::TheirsFull => "sending.theirs_full",
        SendFault::NotYours => "sending.not_yours",
        SendFault::TooLarge => "sending.too_large",
        SendFault::TooMany => "sending.too_many",
        SendFault::OverLimit => "sending.over_limit",
        SendFault::Unwanted => "sending.unwanted",
    }
}

/// What a refused sign-in is to a translation, where it isn't the user name or the password.
const fn key_of_sign_in(fault: SignInFault) -> &'static str {
    match fault {
        SignInFault::ImapOff => "auth.imap_off",
        SignInFault::Locked => "auth.locked",
        SignInFault::TryLater => "auth.try_later",
        SignInFault::PasswordExpired => "auth.password_expired",
        SignInFault::WebVisitNeeded => "auth.web_visit",
        SignInFault::AdminNeeded => "auth.admin",
    }
}

/// One at least: 0 would say that there is none.
fn milliseconds(wait: Duration) -> u32 {
    u32::try_from(wait.as_millis()).unwrap_or(u32::MAX).max(1)
}

/// What an error is to a translation.
const fn key(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::InvalidInput => "usage.argument",
        ErrorKind::NotFound => "usage.not_found",
        ErrorKind::WrongState => "usage.state",
        ErrorKind::TimedOut => "usage.timeout",
        ErrorKind::Canceled => "usage.cancelled",
        ErrorKind::Closed => "usage.closed",
        ErrorKind::Offline => "network.offline",
        ErrorKind::NameNotResolved => "network.dns",
        ErrorKind::TlsFailed => "tls.failed",
        ErrorKind::CertificateUntrusted => "tls.untrusted",
        ErrorKind::LoginRefused => "auth.refused",
        ErrorKind::AppPasswordNeeded => "auth.app_password",
        ErrorKind::BrowserSignInNeeded => "auth.browser",
        ErrorKind::ServerRefused => "server.refused",
        ErrorKind::QuotaFull => "server.quota",
        ErrorKind::LimitExceeded => "server.limit",
        ErrorKind::ProtocolBroken => "server.protocol",
        ErrorKind::FolderReset => "server.rebuilt",
        ErrorKind::StorageFailed => "storage.failed",
        ErrorKind::DiskFull => "storage.full",
        ErrorKind::VaultLocked => "secret.locked",
        ErrorKind::VaultFailed => "secret.failed",
        ErrorKind::Bug => "internal",
    }
}

/// What is known of an error. Reads memory only; borrowed from `error`. NULL where `error` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn waxwing_error_view_get(error: MaybeUninit<&waxwing_error>) -> *const waxwing_error_view {
    or_else(std::ptr::null(), || {
        // SAFETY: the caller's promise: NULL or an error that lives.
        unsafe { given(error, "error") }.map_or(std::ptr::null(), |error| &raw const error.view)
    })
}

/// Frees an error that `waxwing_client_open` gave. NULL is fine. Not for errors reached through an event.
#[unsafe(no_mangle)]
pub extern "C" fn waxwing_error_free(error: *mut waxwing_error) {
    // SAFETY: the caller's promise: NULL, or it was given by the library, once, and is given back.
    unsafe { guard::free(error) };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key_of(error: &Error) -> String {
        // SAFETY: the text is the error's own, which lives.
        unsafe { waxwing_error::of(error).view.key.read("key") }.map_or_else(|_| String::new(), str::to_owned)
    }

    #[test]
    fn why_there_is_no_connection_is_told_by_the_key() {
        let of = |fault| key_of(&Error::network(ErrorKind::Offline, fault));
        assert_eq!(of(NetworkFault::NoNetwork), "network.none");
        assert_eq!(of(NetworkFault::Refused { port: 993 }), "network.refused");
        assert_eq!(key_of(&Error::new(ErrorKind::Offline)), "network.offline");
    }
}
