//! Where secrets are kept, for callers without a store of their own.

use std::mem::MaybeUninit;

use waxwing_core::model::{ChosenPlace, FileState, KeyringState, Secret, SecretPlace};
use waxwing_core::{Command, Error, ErrorKind};

use crate::accounts::request;
use crate::client::{Purpose, waxwing_client, waxwing_request};
use crate::guard::{self, Fault, Misuse, Slot};
use crate::status::waxwing_status;
use crate::text::waxwing_bytes;

/// A place for secrets.
pub type waxwing_secret_place = i32;
/// The keyring of the system.
pub const WAXWING_SECRETS_KEYRING: waxwing_secret_place = 0;
/// Memory, until the client is closed.
pub const WAXWING_SECRETS_SESSION: waxwing_secret_place = 1;
/// A file of the data directory, sealed with a passphrase.
pub const WAXWING_SECRETS_FILE: waxwing_secret_place = 2;

/// How a place for secrets is found. An open set.
pub type waxwing_secret_state = i32;
/// It wasn't looked at.
pub const WAXWING_SECRETS_UNKNOWN: waxwing_secret_state = 0;
/// It can be used.
pub const WAXWING_SECRETS_OPEN: waxwing_secret_state = 1;
/// It waits for its password.
pub const WAXWING_SECRETS_LOCKED: waxwing_secret_state = 2;
/// There is none.
pub const WAXWING_SECRETS_ABSENT: waxwing_secret_state = 3;
/// It can't be read any more, and is left as it is.
pub const WAXWING_SECRETS_DAMAGED: waxwing_secret_state = 4;

/// Keeps secrets in another place from now on, those that are known too. With WAXWING_SECRETS_FILE `passphrase` (UTF-8) opens the
/// file, which is made where there is none; else it is empty. Accounts that wait for a sign-in because their secret could not be
/// had go on if it is there. Final: DONE, or FAILED: E_SECRET (it is locked, or the passphrase is another one),
/// E_SECRET_FAILED (there is no keyring, or the file is damaged), E_STATE where the client has a store of the caller's.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_secrets_keep(
    client: MaybeUninit<&waxwing_client>,
    place: waxwing_secret_place,
    passphrase: waxwing_bytes,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    request(client, "waxwing_secrets_keep", out_request, Purpose::Plain, || {
        // SAFETY: the caller's promise: bytes that live during the call.
        let passphrase = unsafe { secret(passphrase, "passphrase")? };
        let place = match place {
            WAXWING_SECRETS_FILE => SecretPlace::File { passphrase },
            _ if !passphrase.reveal().is_empty() => {
                return Err(Misuse::of("passphrase", "is for the file alone").into());
            }
            WAXWING_SECRETS_KEYRING => SecretPlace::Keyring,
            WAXWING_SECRETS_SESSION => SecretPlace::Session,
            _ => return Err(Misuse::of("place", "is not 0, 1 or 2").into()),
        };
        Ok(Command::KeepSecrets { place })
    })
}

/// Gives the file of secrets another passphrase. Final: DONE, or FAILED as with `waxwing_secrets_keep`; E_STATE where there is no
/// file, too.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_secrets_change_passphrase(
    client: MaybeUninit<&waxwing_client>,
    old_passphrase: waxwing_bytes,
    new_passphrase: waxwing_bytes,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    request(client, "waxwing_secrets_change_passphrase", out_request, Purpose::Plain, || {
        // SAFETY: the caller's promise: bytes that live during the call.
        let (old, new) =
            unsafe { (secret(old_passphrase, "old_passphrase")?, secret(new_passphrase, "new_passphrase")?) };
        Ok(Command::ChangePassphrase { old, new })
    })
}

/// Where secrets are kept (WAXWING_SECRETS_KEYRING, _SESSION or _FILE), and how keyring and file stand (WAXWING_SECRETS_UNKNOWN and
/// the like). The keyring is as it was found when it was last used. E_STATE where the client has a store of the caller's.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_secrets_state(
    client: MaybeUninit<&waxwing_client>,
    out_place: MaybeUninit<&mut waxwing_secret_place>,
    out_keyring: MaybeUninit<&mut waxwing_secret_state>,
    out_file: MaybeUninit<&mut waxwing_secret_state>,
) -> waxwing_status {
    guard::on_client(client, "waxwing_secrets_state", |client| {
        // SAFETY: the caller's promise: NULL or memory for a number.
        let (place, keyring, file) = unsafe {
            (
                Slot::of(out_place, "out_place")?,
                Slot::of(out_keyring, "out_keyring")?,
                Slot::of(out_file, "out_file")?,
            )
        };
        let stand = client.engine.secret_places().ok_or_else(|| Error::new(ErrorKind::WrongState))?;
        place.fill(match stand.chosen {
            ChosenPlace::Keyring => WAXWING_SECRETS_KEYRING,
            ChosenPlace::Session => WAXWING_SECRETS_SESSION,
            ChosenPlace::File => WAXWING_SECRETS_FILE,
        });
        keyring.fill(match stand.keyring {
            KeyringState::Unknown => WAXWING_SECRETS_UNKNOWN,
            KeyringState::Usable => WAXWING_SECRETS_OPEN,
            KeyringState::Locked => WAXWING_SECRETS_LOCKED,
            KeyringState::Absent => WAXWING_SECRETS_ABSENT,
        });
        file.fill(match stand.file {
            FileState::None => WAXWING_SECRETS_ABSENT,
            FileState::Locked => WAXWING_SECRETS_LOCKED,
            FileState::Open => WAXWING_SECRETS_OPEN,
            FileState::Damaged => WAXWING_SECRETS_DAMAGED,
        });
        Ok(())
    })
}

/// # Safety
/// The bytes live during the call.
unsafe fn secret(bytes: waxwing_bytes, name: &'static str) -> Result<Secret, Fault> {
    // SAFETY: the caller's promise.
    let bytes = unsafe { bytes.read(name)? };
    let text = std::str::from_utf8(bytes).map_err(|_| Misuse::of(name, "is not UTF-8"))?;
    Ok(Secret::new(text))
}
