//! Life on a phone: sleep, other networks, a battery that runs low.

use std::mem::MaybeUninit;

use std::time::Duration;

use waxwing_core::Command;
use waxwing_core::model::{MemoryRelease, Network, SyncScope};

use crate::accounts::request;
use crate::client::{Purpose, waxwing_client, waxwing_request};
use crate::guard::{self, Misuse};
use crate::ids::{account_id, waxwing_account_id};
use crate::status::waxwing_status;

/// Before the process is put to sleep: ends connections, waits for what is being written and gives the store up, within
/// `deadline_ms`. Final: SUSPENDED: no socket, no timer and no lock is left, and another process may use the store. Until
/// `waxwing_client_resume` all else is refused with E_STATE, reading too; who waits for the network gets E_CANCELLED.
///
/// FAILED with E_TIMEOUT: connections are closed but something is still reading or writing; it may be asked for again.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_client_suspend(
    client: MaybeUninit<&waxwing_client>,
    deadline_ms: u32,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    request(client, "waxwing_client_suspend", out_request, Purpose::Suspend, || {
        Ok(Command::Suspend { deadline: Duration::from_millis(u64::from(deadline_ms)) })
    })
}

/// Goes on after `waxwing_client_suspend`; RESYNC tells to read everything again. Final: DONE. FAILED with E_STATE: another
/// process has the store; it stays suspended, and this may be tried again.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_client_resume(
    client: MaybeUninit<&waxwing_client>,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    request(client, "waxwing_client_resume", out_request, Purpose::Plain, || Ok(Command::Resume))
}

/// How far a sync goes; each does what those before it do.
pub type waxwing_sync_scope = i32;
/// New mail in inboxes.
pub const WAXWING_SYNC_INBOXES: waxwing_sync_scope = 1;
/// The changes that wait.
pub const WAXWING_SYNC_CHANGES: waxwing_sync_scope = 2;
/// All mailboxes and, while there is time, bodies.
pub const WAXWING_SYNC_EVERYTHING: waxwing_sync_scope = 3;

/// Brings accounts (`account`, or with 0 all) up to date, with at most `deadline_ms` of time: for BGAppRefreshTask, a silent
/// push, WorkManager, a notification extension. `scope` is WAXWING_SYNC_*. Final: SYNC_DONE, or FAILED (E_TIMEOUT: what came
/// until then is kept), within the deadline.
///
/// While the client is suspended it goes on for as long as this takes, over one connection for each account, and is suspended
/// again when this is answered. Then E_STATE: another process has the store, or another of these is under way.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_sync_now(
    client: MaybeUninit<&waxwing_client>,
    account: waxwing_account_id,
    scope: waxwing_sync_scope,
    deadline_ms: u32,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    let purpose = Purpose::Sync { account: i64::try_from(account).unwrap_or(0), mailbox: 0 };
    request(client, "waxwing_sync_now", out_request, purpose, || {
        let account = if account == 0 { None } else { Some(account_id(account)?) };
        let scope = match scope {
            WAXWING_SYNC_INBOXES => SyncScope::Inbox,
            WAXWING_SYNC_CHANGES => SyncScope::Changes,
            WAXWING_SYNC_EVERYTHING => SyncScope::Everything,
            _ => return Err(Misuse::of("scope", "is no WAXWING_SYNC_").into()),
        };
        let deadline = Duration::from_millis(u64::from(deadline_ms));
        Ok(Command::SyncNow { account, scope, deadline })
    })
}

/// What network there is.
pub type waxwing_network = i32;
pub const WAXWING_NETWORK_NONE: waxwing_network = 0;
/// One that is paid for by use.
pub const WAXWING_NETWORK_METERED: waxwing_network = 1;
pub const WAXWING_NETWORK_FREE: waxwing_network = 2;

/// There is another network. Returns at once.
#[unsafe(no_mangle)]
pub extern "C" fn waxwing_client_network_changed(
    client: MaybeUninit<&waxwing_client>,
    network: waxwing_network,
) {
    guard::on_client(client, "waxwing_client_network_changed", |client| {
        let network = match network {
            WAXWING_NETWORK_NONE => Network::None,
            WAXWING_NETWORK_METERED => Network::Metered,
            WAXWING_NETWORK_FREE => Network::Free,
            _ => return Err(Misuse::of("network", "is no WAXWING_NETWORK_").into()),
        };
        client.submit(Command::NetworkChanged { network }, Purpose::Silent)?;
        Ok(())
    });
}

/// The system is short of memory: 1 gives back what nobody uses just now, 2 all that can be read again from disk. Returns at once.
#[unsafe(no_mangle)]
pub extern "C" fn waxwing_client_memory_pressure(client: MaybeUninit<&waxwing_client>, level: i32) {
    guard::on_client(client, "waxwing_client_memory_pressure", |client| {
        let release = match level {
            1 => MemoryRelease::Idle,
            2 => MemoryRelease::Caches,
            _ => return Err(Misuse::of("level", "is not 1 or 2").into()),
        };
        client.submit(Command::ReleaseMemory { release }, Purpose::Silent)?;
        Ok(())
    });
}

/// Whether to spare the battery: then no body is fetched unasked. Returns at once.
#[unsafe(no_mangle)]
pub extern "C" fn waxwing_client_set_power_saver(client: MaybeUninit<&waxwing_client>, saver: bool) {
    guard::on_client(client, "waxwing_client_set_power_saver", |client| {
        client.submit(Command::SetPower { saver }, Purpose::Silent)?;
        Ok(())
    });
}
