//! Secrets kept by the caller, and the slots its answers come into.

use std::mem::MaybeUninit;

use std::collections::BTreeMap;
use std::ffi::c_void;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use waxwing_core::model::Secret;
use waxwing_core::vault::{Places, Vault};
use waxwing_core::{Error, ErrorKind};

use crate::client::waxwing_client;
use crate::guard::{self, Fault, Misuse, Sized32, or_else};
use crate::herald::UserData;
use crate::status::{WAXWING_E_NOT_FOUND, WAXWING_OK, waxwing_status};
use crate::text::{Texts, waxwing_bytes, waxwing_str};

/// Names a question that a callback asks. Answer it with exactly one `waxwing_reply_*`, once, inside the callback or later,
/// from any thread. What it is needed for fails (E_SECRET_FAILED, E_TRUST) when it isn't answered within 60 s. A question may be asked
/// before `waxwing_client_open` has returned: keep its answer until there is a client.
pub type waxwing_reply = u64;

/// A place for secrets: Keychain, Android Keystore, a keyring. Zero it, set `struct_size`, then all three functions. They
/// run on threads of the library, one at a time, and must not block.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct waxwing_secret_store {
    pub struct_size: u32,
    /// Answer with `waxwing_reply_secret`: the secret, or E_NOT_FOUND.
    pub get: Option<extern "C" fn(user_data: *mut c_void, key: waxwing_str, reply: waxwing_reply)>,
    /// Keep it. `secret` is gone after the call. Answer with `waxwing_reply_status`.
    pub put: Option<
        extern "C" fn(user_data: *mut c_void, key: waxwing_str, secret: waxwing_bytes, reply: waxwing_reply),
    >,
    /// Forget it; one that isn't there is no error. Answer with `waxwing_reply_status`.
    pub remove: Option<extern "C" fn(user_data: *mut c_void, key: waxwing_str, reply: waxwing_reply)>,
    pub user_data: *mut c_void,
    /// Called once, after the last callback; not when opening the client fails. NULL: none.
    pub free: Option<extern "C" fn(user_data: *mut c_void)>,
}

// SAFETY: it begins with its size, and is valid where all its bytes are zero.
unsafe impl Sized32 for waxwing_secret_store {
    const FIRST: usize = size_of::<Self>();
}

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// Questions without an answer.
#[derive(Default)]
pub(crate) struct Replies {
    state: Mutex<State>,
    came: Condvar,
}

#[derive(Default)]
struct State {
    last: waxwing_reply,
    /// `None` until it is answered.
    asked: BTreeMap<waxwing_reply, Option<Answer>>,
    closed: bool,
}

enum Answer {
    Status(waxwing_status),
    Secret(Secret),
}

impl Replies {
    pub(crate) fn ask(&self) -> waxwing_reply {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.last += 1;
        let reply = state.last;
        state.asked.insert(reply, None);
        reply
    }

    /// `false`: nobody asks that any more.
    fn answer(&self, reply: waxwing_reply, answer: Answer) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match state.asked.get_mut(&reply) {
            Some(slot @ None) => *slot = Some(answer),
            _ => return false,
        }
        self.came.notify_all();
        true
    }

    fn wait(&self, reply: waxwing_reply) -> Option<Answer> {
        let until = Instant::now() + PATIENCE;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(Some(_)) = state.asked.get(&reply) {
                break;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || state.closed {
                break;
            }
            state = self.came.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.asked.remove(&reply).flatten()
    }

    /// Whether the answer is that all is well.
    pub(crate) fn is_well(&self, reply: waxwing_reply) -> bool {
        matches!(self.wait(reply), Some(Answer::Status(WAXWING_OK)))
    }

    fn secret(&self, reply: waxwing_reply) -> Result<Option<Secret>, Error> {
        match self.wait(reply) {
            Some(Answer::Secret(secret)) => Ok(Some(secret)),
            Some(Answer::Status(WAXWING_OK | WAXWING_E_NOT_FOUND)) => Ok(None),
            Some(Answer::Status(700)) => Err(Error::new(ErrorKind::VaultLocked)),
            Some(Answer::Status(_)) => Err(Error::new(ErrorKind::VaultFailed)),
            None => Err(Error::note(ErrorKind::VaultFailed, "the secret store didn't answer")),
        }
    }

    /// Nobody waits any longer.
    pub(crate) fn close(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.came.notify_all();
    }
}

/// The caller's secret store.
struct Theirs {
    store: waxwing_secret_store,
    user_data: Arc<UserData>,
    replies: Arc<Replies>,
    /// One call at a time.
    turn: Mutex<()>,
}

// SAFETY: its functions may be called from any thread, as the contract says.
unsafe impl Send for Theirs {}
// SAFETY: as above.
unsafe impl Sync for Theirs {}

impl Theirs {
    fn ask(
        &self,
        key: &str,
        call: impl FnOnce(&waxwing_secret_store, waxwing_str, waxwing_reply),
    ) -> Result<Option<Secret>, Error> {
        let reply = self.replies.ask();
        {
            let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
            let mut texts = Texts::default();
            let key = texts.keep(key);
            call(&self.store, key, reply);
        }
        self.replies.secret(reply)
    }
}

impl Vault for Theirs {
    fn get(&self, key: &str) -> Result<Option<Secret>, Error> {
        self.ask(key, |store, key, reply| {
            if let Some(get) = store.get {
                get(self.user_data.pointer(), key, reply);
            }
        })
    }

    fn set(&self, key: &str, secret: &Secret) -> Result<(), Error> {
        let asked = self.ask(key, |store, key, reply| {
            if let Some(put) = store.put {
                put(self.user_data.pointer(), key, waxwing_bytes::of(secret.reveal().as_bytes()), reply);
            }
        });
        asked.map(drop)
    }

    fn delete(&self, key: &str) -> Result<(), Error> {
        let asked = self.ask(key, |store, key, reply| {
            if let Some(remove) = store.remove {
                remove(self.user_data.pointer(), key, reply);
            }
        });
        asked.map(drop)
    }

    fn is_lasting(&self) -> bool {
        true
    }
}

/// Where a client keeps its secrets.
pub(crate) struct Secrets {
    pub(crate) vault: Arc<dyn Vault>,
    /// Of a store of the caller's: it is the caller's again where opening fails.
    pub(crate) user_data: Option<Arc<UserData>>,
}

/// What the options say of it.
///
/// # Safety
/// `store` is NULL or as long as it says, and its functions may be called until its `free` is.
pub(crate) unsafe fn vault(
    store: *const waxwing_secret_store,
    data_dir: &Path,
    replies: &Arc<Replies>,
) -> Result<Secrets, Fault> {
    if store.is_null() {
        return Ok(Secrets { vault: Arc::new(Places::new(data_dir)), user_data: None });
    }
    // SAFETY: the caller's promise; a reference that may be dangling is never made of it.
    let store = unsafe { guard::sized(std::mem::MaybeUninit::new(&*store), "options.secrets")? };
    for (is_there, name) in [
        (store.get.is_some(), "options.secrets.get"),
        (store.put.is_some(), "options.secrets.put"),
        (store.remove.is_some(), "options.secrets.remove"),
    ] {
        if !is_there {
            return Err(Misuse::of(name, "is NULL").into());
        }
    }
    let user_data = Arc::new(UserData::new(store.user_data, store.free));
    let (kept, replies) = (Arc::clone(&user_data), Arc::clone(replies));
    let vault = Arc::new(Theirs { store, user_data, replies, turn: Mutex::default() });
    Ok(Secrets { vault, user_data: Some(kept) })
}

/// Answers `get` of a secret store: with WAXWING_OK the secret (UTF-8), with E_NOT_FOUND that there is none, with any other
/// status why it can't be had. It is zeroed in the library after use.
#[unsafe(no_mangle)]
pub extern "C" fn waxwing_reply_secret(
    client: MaybeUninit<&waxwing_client>,
    reply: waxwing_reply,
    status: waxwing_status,
    secret: waxwing_bytes,
) {
    or_else((), || {
        guard::on_client(client, "waxwing_reply_secret", |client| {
            let answer = if status == WAXWING_OK {
                // SAFETY: the caller's promise.
                let secret = unsafe { secret.read("secret")? };
                match std::str::from_utf8(secret) {
                    Ok(secret) => Answer::Secret(Secret::new(secret)),
                    Err(_) => return Err(Misuse::of("secret", "is not UTF-8").into()),
                }
            } else {
                Answer::Status(status)
            };
            answered(client, reply, answer)
        });
    });
}

/// Answers `put` and `remove` of a secret store, and `verify` of a verifier.
#[unsafe(no_mangle)]
pub extern "C" fn waxwing_reply_status(
    client: MaybeUninit<&waxwing_client>,
    reply: waxwing_reply,
    status: waxwing_status,
) {
    or_else((), || {
        guard::on_client(client, "waxwing_reply_status", |client| {
            answered(client, reply, Answer::Status(status))
        });
    });
}

fn answered(client: &waxwing_client, reply: waxwing_reply, answer: Answer) -> Result<(), Fault> {
    if client.replies.answer(reply, answer) {
        Ok(())
    } else {
        Err(Misuse::of("reply", "is answered already, or names no question").into())
    }
}
