//! Accounts: adding, signing in, removing, and how they are doing.

use std::mem::MaybeUninit;

use waxwing_core::Command;
use waxwing_core::model::{
    AccountConfig, AccountState, Keep, Secret, SecretKind, Security, SubmissionServer,
};

use crate::client::{Purpose, waxwing_client, waxwing_request};
use crate::event::id;
use crate::guard::{self, Fault, Misuse, Sized32, Slot};
use crate::ids::{account_id, waxwing_account_id};
use crate::rows::{Row, waxwing_rows};
use crate::setup::security_of;
use crate::status::{WAXWING_OK, waxwing_status};
use crate::text::{Texts, waxwing_bytes, waxwing_str};

/// How a connection is secured. There is no value for "not at all".
pub type waxwing_security = i32;
/// TLS from the first byte: port 993 as a rule.
pub const WAXWING_SECURITY_TLS: waxwing_security = 1;
/// TLS after STARTTLS, without which nothing is said: ports 143 and 587 as a rule. For servers that have no other port.
pub const WAXWING_SECURITY_STARTTLS: waxwing_security = 2;

/// An account's settings. Zero it, set `struct_size`, then what is known.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct waxwing_account_config {
    pub struct_size: u32,
    /// 0.
    pub reserved: u32,
    /// The person's mail address.
    pub address: waxwing_str,
    /// The person's name; "" if unknown.
    pub display_name: waxwing_str,
    /// The name to sign in with; "": the address, or, where that is refused, what stands before its @.
    pub user_name: waxwing_str,
    /// The host name; the server's certificate must be for it.
    pub imap_host: waxwing_str,
    /// 0: 993, with WAXWING_SECURITY_STARTTLS 143, which is refused without.
    pub imap_port: u16,
    /// 0: WAXWING_SECURITY_TLS.
    pub imap_security: waxwing_security,
    /// The server to send mail by; "": none, and waxwing_send_raw is refused.
    pub smtp_host: waxwing_str,
    /// 0: 465, with WAXWING_SECURITY_STARTTLS 587.
    pub smtp_port: u16,
    /// 0: WAXWING_SECURITY_TLS.
    pub smtp_security: waxwing_security,
}

// SAFETY: it begins with its size, and is valid where all its bytes are zero.
unsafe impl Sized32 for waxwing_account_config {
    // Without a server to send by.
    const FIRST: usize = std::mem::offset_of!(Self, smtp_host);
}

/// Signs in once with these settings, to the server for sending too where there is one; only when that worked are they kept, and
/// the secret in the secret store alone. ACCOUNT_CHECK tells each step: where only sending fails the account can be added without
/// it. Final: DONE with `account`.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_account_add_password(
    client: MaybeUninit<&waxwing_client>,
    config: MaybeUninit<&waxwing_account_config>,
    secret: waxwing_bytes,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    add(
        client,
        "waxwing_account_add_password",
        (config, SecretKind::Password),
        (secret, "secret"),
        out_request,
    )
}

fn add(
    client: MaybeUninit<&waxwing_client>,
    call: &'static str,
    (config, kind): (MaybeUninit<&waxwing_account_config>, SecretKind),
    (secret, name): (waxwing_bytes, &'static str),
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    guard::on_client(client, call, |client| {
        // SAFETY: the caller's promise: a struct as long as it says, memory for an id, text that lives during the call.
        let (config, slot) =
            unsafe { (guard::sized(config, "config")?, Slot::of(out_request, "out_request")?) };
        // SAFETY: as above.
        let (config, secret) = unsafe { (config_of(config, kind)?, secret_of(secret, name)?) };
        slot.fill(client.submit(Command::AddAccount { config, secret }, Purpose::Plain)?);
        Ok(())
    })
}

/// Signs in once with a ready access token of OAuth 2 (RFC 6750), by OAUTHBEARER or XOAUTH2, for apps that see to tokens
/// themselves; else as `waxwing_account_add_password`. When the server no longer takes it the account needs a sign-in: give
/// it a new one. Final: DONE with `account`.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_account_add_token(
    client: MaybeUninit<&waxwing_client>,
    config: MaybeUninit<&waxwing_account_config>,
    token: waxwing_bytes,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    add(client, "waxwing_account_add_token", (config, SecretKind::BearerToken), (token, "token"), out_request)
}

/// # Safety
/// Its texts live during the call.
pub(crate) unsafe fn config_of(
    config: waxwing_account_config,
    secret_kind: SecretKind,
) -> Result<AccountConfig, Fault> {
    let (imap_security, imap_port) = secured(config.imap_security, "config.imap_security", [993, 143])?;
    if config.reserved != 0 {
        return Err(Misuse::of("config.reserved", "is not 0").into());
    }
    // SAFETY: the caller's promise.
    let (address, display_name, user_name, imap_host, smtp_host) = unsafe {
        (
            config.address.read("config.address")?,
            config.display_name.read("config.display_name")?,
            config.user_name.read("config.user_name")?,
            config.imap_host.read("config.imap_host")?,
            config.smtp_host.read("config.smtp_host")?,
        )
    };
    Ok(AccountConfig {
        submission: submission_of(
            smtp_host,
            config.smtp_port,
            (config.smtp_security, "config.smtp_security"),
        )?,
        address: address.to_owned(),
        display_name: display_name.to_owned(),
        user_name: user_name.to_owned(),
        imap_host: imap_host.to_owned(),
        imap_port: if config.imap_port == 0 { imap_port } else { config.imap_port },
        imap_security,
        secret_kind,
    })
}

/// How a connection is secured, and the port for it.
fn secured(
    security: waxwing_security,
    name: &'static str,
    [tls, starttls]: [u16; 2],
) -> Result<(Security, u16), Fault> {
    match security {
        0 | WAXWING_SECURITY_TLS => Ok((Security::Tls, tls)),
        WAXWING_SECURITY_STARTTLS => Ok((Security::StartTls, starttls)),
        _ => Err(Misuse::of(name, "is no WAXWING_SECURITY_").into()),
    }
}

fn submission_of(
    host: &str,
    port: u16,
    (security, name): (waxwing_security, &'static str),
) -> Result<Option<SubmissionServer>, Fault> {
    let (security, usual) = secured(security, name, [465, 587])?;
    let port = if port == 0 { usual } else { port };
    Ok((!host.is_empty()).then(|| SubmissionServer { host: host.to_owned(), port, security }))
}

/// # Safety
/// It lives during the call.
unsafe fn secret_of(secret: waxwing_bytes, name: &'static str) -> Result<Secret, Fault> {
    // SAFETY: the caller's promise.
    let secret = unsafe { secret.read(name)? };
    match std::str::from_utf8(secret) {
        Ok("") => Err(Misuse::of(name, "is empty").into()),
        Ok(secret) => Ok(Secret::new(secret)),
        Err(_) => Err(Misuse::of(name, "is not UTF-8").into()),
    }
}

/// Gives a new secret to an account, after E_AUTH as a rule: a password, or a token if it was added with one. Final: SYNC_DONE
/// when it signed in and is in step.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_account_sign_in_password(
    client: MaybeUninit<&waxwing_client>,
    account: waxwing_account_id,
    secret: waxwing_bytes,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    guard::on_client(client, "waxwing_account_sign_in_password", |client| {
        // SAFETY: the caller's promise.
        let (secret, slot) = unsafe { (secret_of(secret, "secret")?, Slot::of(out_request, "out_request")?) };
        let account = account_id(account)?;
        let purpose = Purpose::Sync { account: account.0, mailbox: 0 };
        slot.fill(client.submit(Command::SignIn { account, secret }, purpose)?);
        Ok(())
    })
}

/// Gives an account other settings. All of them count: fill `config` with what `waxwing_accounts_snapshot` says, and change what is
/// to be another; `address` may be "", since that stays.
///
/// A changed `display_name` alone is kept at once. Whatever else differs is tried first with the secret there is, over verified TLS,
/// as by `waxwing_account_add_password`, with ACCOUNT_CHECK for each step; where that fails nothing has changed. At another host,
/// port or user name all mailboxes are read anew: mails that are the same keep their bodies, changes that wait are made to those
/// alone, and the list of each mailbox becomes what that server has. Final: DONE; FAILED with E_STATE where it is an account that is
/// here already, with E_AUTH or E_AUTH_BROWSER where there is no secret any more.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_account_edit(
    client: MaybeUninit<&waxwing_client>,
    account: waxwing_account_id,
    config: MaybeUninit<&waxwing_account_config>,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    request(client, "waxwing_account_edit", out_request, Purpose::Plain, || {
        // SAFETY: the caller's promise: a struct as long as it says, text that lives during the call. What the secret is stays.
        let config = unsafe { config_of(guard::sized(config, "config")?, SecretKind::Password)? };
        Ok(Command::EditAccount { account: account_id(account)?, config })
    })
}

/// Removes an account's local mail, settings and secret; never anything on the server. Final: DONE.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_account_remove(
    client: MaybeUninit<&waxwing_client>,
    account: waxwing_account_id,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    request(client, "waxwing_account_remove", out_request, Purpose::Plain, || {
        Ok(Command::RemoveAccount { account: account_id(account)? })
    })
}

/// Brings the whole account up to date now, and connects again if it was waiting to. Final: SYNC_DONE.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_account_sync(
    client: MaybeUninit<&waxwing_client>,
    account: waxwing_account_id,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    let purpose = Purpose::Sync { account: i64::try_from(account).unwrap_or(0), mailbox: 0 };
    request(client, "waxwing_account_sync", out_request, purpose, || {
        Ok(Command::SyncAccount { account: account_id(account)? })
    })
}

/// Of which messages bodies are kept: of all.
pub const WAXWING_OFFLINE_EVERYTHING: i32 = -1;
/// Of none.
pub const WAXWING_OFFLINE_NOTHING: i32 = 0;

/// Says of which messages of an account the bodies are kept on this device unasked: WAXWING_OFFLINE_*, else of those of the
/// last `days` days. Lists are always whole. Final: DONE.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_account_set_offline(
    client: MaybeUninit<&waxwing_client>,
    account: waxwing_account_id,
    days: i32,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    request(client, "waxwing_account_set_offline", out_request, Purpose::Plain, || {
        Ok(Command::SetKeep { account: account_id(account)?, mailbox: None, keep: keep(days)? })
    })
}

pub(crate) fn keep(days: i32) -> Result<Keep, Misuse> {
    match (days, u32::try_from(days)) {
        (WAXWING_OFFLINE_EVERYTHING, _) => Ok(Keep::Everything),
        (WAXWING_OFFLINE_NOTHING, _) => Ok(Keep::Headers),
        (_, Ok(days)) => Ok(Keep::LastDays(days)),
        _ => Err(Misuse::of("days", "is negative and not -1")),
    }
}

/// Says by which server an account sends mail; `host` "": by none. `port` and `security` as in `waxwing_account_config`. Final:
/// DONE.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_account_set_submission(
    client: MaybeUninit<&waxwing_client>,
    account: waxwing_account_id,
    host: waxwing_str,
    port: u16,
    security: waxwing_security,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    request(client, "waxwing_account_set_submission", out_request, Purpose::Plain, || {
        // SAFETY: the caller's promise.
        let host = unsafe { host.read("host")? };
        let server = submission_of(host, port, (security, "security"))?;
        Ok(Command::SetSubmission { account: account_id(account)?, server })
    })
}

/// What an account's server offers, as it was seen at the last sign-in, and which ways were chosen, for whoever helps. Final:
/// DONE with `text`: lines, each a name, a colon and what it is, for people; which there are is no part of the ABI. No address,
/// no name of a person, a server or a mailbox and no secret is in it.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_account_capabilities(
    client: MaybeUninit<&waxwing_client>,
    account: waxwing_account_id,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    request(client, "waxwing_account_capabilities", out_request, Purpose::Plain, || {
        Ok(Command::Capabilities { account: account_id(account)? })
    })
}

/// A request that is one command.
pub(crate) fn request(
    client: MaybeUninit<&waxwing_client>,
    call: &'static str,
    out_request: MaybeUninit<&mut waxwing_request>,
    purpose: Purpose,
    command: impl FnOnce() -> Result<Command, Fault>,
) -> waxwing_status {
    guard::on_client(client, call, |client| {
        // SAFETY: the caller's promise: NULL or memory for an id.
        let slot = unsafe { Slot::of(out_request, "out_request")? };
        slot.fill(client.submit(command()?, purpose)?);
        Ok(())
    })
}

/// How an account is doing. An open set.
pub type waxwing_account_state = i32;
/// Not connected; tried again by itself.
pub const WAXWING_ACCOUNT_OFFLINE: waxwing_account_state = 0;
pub const WAXWING_ACCOUNT_CONNECTING: waxwing_account_state = 1;
pub const WAXWING_ACCOUNT_ONLINE: waxwing_account_state = 2;
/// It waits for `waxwing_account_sign_in_password`.
pub const WAXWING_ACCOUNT_NEEDS_SIGN_IN: waxwing_account_state = 3;
/// It waits for a decision about a certificate.
pub const WAXWING_ACCOUNT_NEEDS_TRUST: waxwing_account_state = 4;
/// It can't go on: see `last_status`.
pub const WAXWING_ACCOUNT_FAILED: waxwing_account_state = 5;

/// An account and how it is doing.
#[repr(C)]
pub struct waxwing_account_row {
    pub id: u64,
    pub address: waxwing_str,
    pub display_name: waxwing_str,
    pub state: waxwing_account_state,
    /// What the present trouble is; WAXWING_OK if none.
    pub last_status: waxwing_status,
    /// When it was last wholly in step with the server, in milliseconds since 1970-01-01T00:00Z; 0: never.
    pub last_sync_ms: i64,
    /// Unread messages in its inbox.
    pub unread: u64,
    /// Changes made here and not yet on the server.
    pub queued: u64,
    /// Bodies on this device, and how many are to be: equal when the download is complete.
    pub bodies: u64,
    pub bodies_total: u64,
    /// Its settings: the name to sign in with, and the server.
    pub user_name: waxwing_str,
    pub imap_host: waxwing_str,
    pub imap_port: u16,
    /// Whether a search finds everything that is here: the index of all accounts has caught up.
    pub is_indexed: bool,
    pub imap_security: waxwing_security,
    /// The server to send by; "" if none.
    pub smtp_host: waxwing_str,
    pub smtp_port: u16,
    pub smtp_security: waxwing_security,
}

// SAFETY: plain data.
unsafe impl Row for waxwing_account_row {}

/// All accounts, oldest first: rows are `waxwing_account_row`. Reads the store. Free it with `waxwing_rows_free`.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_accounts_snapshot(
    client: MaybeUninit<&waxwing_client>,
    out: MaybeUninit<&mut *mut waxwing_rows>,
) -> waxwing_status {
    guard::from_client(client, "waxwing_accounts_snapshot", out, |client| {
        let mut texts = Texts::default();
        let mut rows = Vec::new();
        let is_indexed = client.reader()?.is_indexed()?;
        for status in client.reader()?.accounts()? {
            let mailboxes = client.reader()?.mailboxes(status.id)?;
            let inbox = mailboxes.iter().filter(|mailbox| mailbox.role == waxwing_core::model::Role::Inbox);
            let submission = status.config.submission.as_ref();
            rows.push(waxwing_account_row {
                id: id(status.id.0),
                address: texts.keep(&status.config.address),
                display_name: texts.keep(&status.config.display_name),
                state: match status.state {
                    AccountState::Offline => WAXWING_ACCOUNT_OFFLINE,
                    AccountState::Connecting => WAXWING_ACCOUNT_CONNECTING,
                    AccountState::Online => WAXWING_ACCOUNT_ONLINE,
                    AccountState::SignInNeeded => WAXWING_ACCOUNT_NEEDS_SIGN_IN,
                    AccountState::TrustNeeded => WAXWING_ACCOUNT_NEEDS_TRUST,
                    AccountState::Failed => WAXWING_ACCOUNT_FAILED,
                },
                last_status: status.error.map_or(WAXWING_OK, |error| error.kind().code()),
                last_sync_ms: status.synced.map_or(0, |synced| synced.0),
                unread: inbox.map(|mailbox| mailbox.unread).sum(),
                queued: status.waiting,
                bodies: status.bodies.0,
                bodies_total: status.bodies.1,
                user_name: texts.keep(&status.config.user_name),
                imap_host: texts.keep(&status.config.imap_host),
                imap_port: status.config.imap_port,
                is_indexed,
                imap_security: security_of(status.config.imap_security),
                smtp_host: texts.keep(submission.map_or("", |server| &server.host)),
                smtp_port: submission.map_or(0, |server| server.port),
                smtp_security: submission.map_or(0, |server| security_of(server.security)),
            });
        }
        Ok(waxwing_rows::of(rows, texts))
    })
}
