//! Secrets in the system's keyring: Secret Service, Keychain, Credential Manager.
//!
//! All calls go to one thread of its own and are waited for only so long: a Secret Service that asks for its
//! password, or is broken, may never answer. A thread that got stuck is given up, with what it held; the next
//! call gets a new one. At most `MOST_STUCK` threads are lost that way, then calls fail at once until one of
//! them comes loose.
//!
//! What a thread that got stuck was to write it may write much later. It then looks whether that is still what is wanted, and if
//! not writes what is: the newest wish for a key wins, however late the older ones come.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, SendError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use keyring_core::{CredentialStore, Entry};
use zeroize::Zeroizing;

use super::Vault;
use super::wishes::{Turn, Wishes};
use crate::error::{Error, ErrorKind};
use crate::model::Secret;

/// How our entries are called in the keyring.
const SERVICE: &str = "waxwing";
/// How long a call may take: enough for a slow disk, and not so long that a person thinks we hang.
const LIMIT: Duration = Duration::from_secs(5);
/// How many threads may be stuck at a time. Each holds one connection to the keyring.
const MOST_STUCK: usize = 4;

/// Opens the keyring's store; called on the keyring's own thread.
type Opener = Arc<dyn Fn() -> keyring_core::Result<Arc<CredentialStore>> + Send + Sync>;
/// Says with an error that a person has to open the keyring first, who is asked to where that may be.
type Locked = Arc<dyn Fn(bool) -> keyring_core::Result<()> + Send + Sync>;
/// One question to the store, or to the reason why there is none.
type Work = Box<dyn FnOnce(Result<&CredentialStore, Error>) + Send>;

/// The system's keyring.
pub struct Keyring {
    opener: Opener,
    locked: Locked,
    wishes: Arc<Wishes>,
    limit: Duration,
    /// The door to the thread at work; `None` while there is none.
    door: Mutex<Option<Sender<Work>>>,
    /// How many threads were given up and have not come loose.
    stuck: Arc<AtomicUsize>,
    /// A question that was given up was answered well after all: it is open now.
    opened_late: Arc<AtomicBool>,
}

impl Keyring {
    /// The keyring of this session, after making sure that it answers. Blocks for at most a few seconds.
    ///
    /// Errors: `VaultFailed` when there is none, `VaultLocked` when it doesn't answer.
    pub fn open() -> Result<Self, Error> {
        Self::open_store(Arc::new(system_store), LIMIT).map(Self::of_system)
    }

    /// The same without a look whether it is there: every call says so.
    pub fn unseen() -> Self {
        Self::of(Arc::new(system_store), LIMIT).of_system()
    }

    fn of_system(self) -> Self {
        Self { locked: Arc::new(system_lock), ..self }
    }

    fn of(opener: Opener, limit: Duration) -> Self {
        let (wishes, door, stuck, opened_late) = Default::default();
        Self { opener, locked: Arc::new(|_| Ok(())), wishes, limit, door, stuck, opened_late }
    }

    fn open_store(opener: Opener, limit: Duration) -> Result<Self, Error> {
        let keyring = Self::of(opener, limit);
        keyring.ask(|_store| Ok(()))?;
        Ok(keyring)
    }

    /// Has `question` answered on the keyring's thread, or gives up after the limit.
    ///
    /// A question given up while the keyring is at it may still take effect later: nobody can stop it there. What is written goes
    /// by `wish`, for that reason.
    fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&CredentialStore) -> keyring_core::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        // Held while waiting: callers queue up, so that a stuck thread is met by one of them and not by each.
        let mut place = self.door.lock().unwrap_or_else(PoisonError::into_inner);
        let (answer, answered) = channel();
        // Whoever sets it first decides: the thread that it has answered, or the caller that it was given up.
        let settled = Arc::new(AtomicBool::new(false));
        let (stuck, theirs) = (Arc::clone(&self.stuck), Arc::clone(&settled));
        let opened_late = Arc::clone(&self.opened_late);
        let work: Work = Box::new(move |store| {
            let found = match store {
                _ if theirs.load(Ordering::SeqCst) => None,
                Ok(store) => Some(question(store).map_err(public_error)),
                Err(error) => Some(Err(error)),
            };
            match found {
                Some(found) if !theirs.swap(true, Ordering::SeqCst) => drop(answer.send(found)),
                found => {
                    let is_well = matches!(found, Some(Ok(_)));
                    opened_late.fetch_or(is_well, Ordering::SeqCst);
                    stuck.fetch_sub(1, Ordering::SeqCst);
                }
            }
        });
        let door = self.hand_over(place.take(), work)?;
        let found = match answered.recv_timeout(self.limit) {
            Err(RecvTimeoutError::Timeout) => {
                self.stuck.fetch_add(1, Ordering::SeqCst);
                if !settled.swap(true, Ordering::SeqCst) {
                    return Err(no_answer());
                }
                // It came at the last moment after all.
                self.stuck.fetch_sub(1, Ordering::SeqCst);
                answered.recv().map_err(|_| thread_is_gone())?
            }
            Err(RecvTimeoutError::Disconnected) => return Err(thread_is_gone()),
            Ok(found) => found,
        };
        if found.is_ok() {
            // After an error the next call opens the keyring anew: it may have been restarted.
            *place = Some(door);
        }
        found
    }

    /// Gives work to the thread behind `door`, or to a new one when there is none.
    fn hand_over(&self, door: Option<Sender<Work>>, work: Work) -> Result<Sender<Work>, Error> {
        let work = match door {
            Some(door) => match door.send(work) {
                Ok(()) => return Ok(door),
                Err(SendError(work)) => work,
            },
            None => work,
        };
        let door = self.start_thread()?;
        door.send(work).map_err(|_| thread_is_gone())?;
        Ok(door)
    }

    fn start_thread(&self) -> Result<Sender<Work>, Error> {
        if self.stuck.load(Ordering::SeqCst) >= MOST_STUCK {
            return Err(no_answer());
        }
        let (door, questions) = channel::<Work>();
        let opener = Arc::clone(&self.opener);
        let work = move || {
            let store = opener().map_err(public_error);
            for question in questions {
                question(store.as_deref().map_err(Clone::clone));
            }
        };
        thread::Builder::new()
            .name("keyring".to_owned())
            .spawn(work)
            .map_err(|error| Error::new(ErrorKind::VaultFailed).because(error))?;
        Ok(door)
    }
}

impl Vault for Keyring {
    fn get(&self, key: &str) -> Result<Option<Secret>, Error> {
        let key = key.to_owned();
        let found = self.ask(move |store| match one_secret(&entry(store, &key)?) {
            Ok(octets) => Ok(Some(Zeroizing::new(octets))),
            Err(keyring_core::Error::NoEntry) => Ok(None),
            Err(error) => Err(error),
        })?;
        let Some(octets) = found else { return Ok(None) };
        // The error of a failed conversion would hold the secret: it is not passed on.
        let text = std::str::from_utf8(&octets)
            .map_err(|_| Error::note(ErrorKind::VaultFailed, "what it keeps for Waxwing is no text"))?;
        Ok(Some(Secret::new(text)))
    }

    fn set(&self, key: &str, secret: &Secret) -> Result<(), Error> {
        self.wish(key, Some(secret.clone()))
    }

    fn delete(&self, key: &str) -> Result<(), Error> {
        self.wish(key, None)
    }

    fn look(&self, may_ask: bool) -> Result<(), Error> {
        let locked = Arc::clone(&self.locked);
        self.ask(move |_store| locked(may_ask))
    }

    fn is_lasting(&self) -> bool {
        true
    }

    fn has_opened(&self) -> bool {
        self.opened_late.swap(false, Ordering::SeqCst)
    }
}

impl Keyring {
    /// Has a secret kept under that key, or none.
    fn wish(&self, key: &str, wanted: Option<Secret>) -> Result<(), Error> {
        let turn = Turn::new(&self.wishes, key, wanted);
        self.ask(move |store| turn.carry_out(store))
    }
}

/// Whether the keyring that is written to is open (Secret Service, the collection called `default`). One that doesn't exist yet
/// is made, and its person asked for a password for it, when something is to be kept.
#[cfg(target_os = "linux")]
fn system_lock(may_ask: bool) -> keyring_core::Result<()> {
    use secret_service::blocking::SecretService;
    use secret_service::{EncryptionType, Error as Trouble};
    let told = |trouble: Trouble| match trouble {
        Trouble::Locked | Trouble::Prompt => keyring_core::Error::NoStorageAccess(Box::new(trouble)),
        trouble => keyring_core::Error::PlatformFailure(Box::new(trouble)),
    };
    // No secret is asked for on this connection.
    let service = SecretService::connect(EncryptionType::Plain).map_err(told)?;
    let collection = match service.get_default_collection() {
        Err(Trouble::NoResult) => return Ok(()),
        found => found.map_err(told)?,
    };
    if may_ask && collection.is_locked().map_err(told)? {
        collection.unlock().map_err(told)?;
    }
    collection.ensure_unlocked().map_err(told)
}

/// These say so themselves when they are asked.
#[cfg(not(target_os = "linux"))]
fn system_lock(_may_ask: bool) -> keyring_core::Result<()> {
    Ok(())
}

#[cfg(target_os = "linux")]
fn system_store() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(zbus_secret_service_keyring_store::Store::new()?)
}

#[cfg(target_os = "macos")]
fn system_store() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(apple_native_keyring_store::keychain::Store::new()?)
}

#[cfg(windows)]
fn system_store() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(windows_native_keyring_store::Store::new()?)
}

#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
fn system_store() -> keyring_core::Result<Arc<CredentialStore>> {
    Err(keyring_core::Error::NoDefaultStore)
}

pub(super) fn entry(store: &CredentialStore, key: &str) -> keyring_core::Result<Entry> {
    store.build(SERVICE, key, None)
}

/// An entry's secret; of several entries under one key (made by other tools), the first one's.
fn one_secret(entry: &Entry) -> keyring_core::Result<Vec<u8>> {
    match entry.get_secret() {
        Err(keyring_core::Error::Ambiguous(twins)) => {
            twins.first().map_or(Err(keyring_core::Error::NoEntry), Entry::get_secret)
        }
        outcome => outcome,
    }
}

/// The platform's error as ours. Only causes that can't hold a secret are kept.
fn public_error(error: keyring_core::Error) -> Error {
    match error {
        keyring_core::Error::NoStorageAccess(cause) => {
            Error::new(ErrorKind::VaultLocked).because(std::io::Error::other(cause))
        }
        keyring_core::Error::PlatformFailure(cause) => {
            Error::new(ErrorKind::VaultFailed).because(std::io::Error::other(cause))
        }
        keyring_core::Error::TooLong(..) => {
            Error::note(ErrorKind::VaultFailed, "the secret is too long for it")
        }
        keyring_core::Error::NoDefaultStore => {
            Error::note(ErrorKind::VaultFailed, "there is no keyring for this system")
        }
        _ => Error::new(ErrorKind::VaultFailed),
    }
}

const fn no_answer() -> Error {
    Error::note(ErrorKind::VaultLocked, "it does not answer")
}

const fn thread_is_gone() -> Error {
    Error::note(ErrorKind::VaultFailed, "its thread is gone")
}

#[cfg(test)]
mod tests {
    use std::any::Any;
    use std::collections::HashMap;
    use std::time::Instant;

    use keyring_core::api::CredentialStoreApi;

    use super::*;

    const SHORT: Duration = Duration::from_millis(100);
    /// No timing: who waits for as long as this waits in vain.
    const NO_HANG: Duration = Duration::from_secs(180);

    /// A store in memory that waits before each call for as long as it is told.
    struct Fake {
        /// Unlike a fresh mock, gives the same entry for the same key.
        entries: Arc<Mutex<HashMap<String, Arc<Entry>>>>,
        inner: Arc<CredentialStore>,
        gate: Arc<Mutex<()>>,
    }

    impl CredentialStoreApi for Fake {
        fn vendor(&self) -> String {
            "fake".into()
        }
        fn id(&self) -> String {
            "fake".into()
        }
        fn build(
            &self,
            service: &str,
            user: &str,
            modifiers: Option<&HashMap<&str, &str>>,
        ) -> keyring_core::Result<Entry> {
            drop(self.gate.lock());
            assert_eq!(service, "waxwing");
            let mut entries = self.entries.lock().unwrap();
            if !entries.contains_key(user) {
                entries.insert(user.to_owned(), Arc::new(self.inner.build(service, user, modifiers)?));
            }
            // A copy of an entry is made through its credential.
            let credential = Shared(Arc::clone(&entries[user]));
            Ok(Entry::new_with_credential(Arc::new(credential)))
        }
        fn as_any(&self) -> &dyn Any {
            self
        }
        fn debug_fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("fake")
        }
    }

    struct Shared(Arc<Entry>);

    impl keyring_core::api::CredentialApi for Shared {
        fn set_secret(&self, secret: &[u8]) -> keyring_core::Result<()> {
            self.0.set_secret(secret)
        }
        fn get_secret(&self) -> keyring_core::Result<Vec<u8>> {
            self.0.get_secret()
        }
        fn delete_credential(&self) -> keyring_core::Result<()> {
            self.0.delete_credential()
        }
        fn get_credential(&self) -> keyring_core::Result<Option<Arc<keyring_core::Credential>>> {
            Ok(None)
        }
        fn get_specifiers(&self) -> Option<(String, String)> {
            None
        }
        fn as_any(&self) -> &dyn Any {
            self
        }
        fn debug_fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("shared")
        }
    }

    /// A keyring over a fake store, and the gate that makes the store hang while it is locked.
    fn fake(limit: Duration) -> (Keyring, Arc<Mutex<()>>) {
        let gate = Arc::new(Mutex::new(()));
        let store: Arc<CredentialStore> = Arc::new(Fake {
            entries: Arc::default(),
            inner: keyring_core::mock::Store::new().unwrap(),
            gate: Arc::clone(&gate),
        });
        (Keyring::open_store(Arc::new(move || Ok(Arc::clone(&store))), limit).unwrap(), gate)
    }

    #[test]
    fn a_secret_comes_back_until_it_is_forgotten() {
        let (vault, _gate) = fake(LIMIT);
        assert!(vault.get("1").unwrap().is_none());
        vault.set("1", &Secret::new("old")).unwrap();
        vault.set("1", &Secret::new("grün")).unwrap();
        assert_eq!(vault.get("1").unwrap().unwrap().reveal(), "grün");
        assert!(vault.get("2").unwrap().is_none());
        vault.delete("1").unwrap();
        vault.delete("1").unwrap();
        assert!(vault.get("1").unwrap().is_none());
        assert!(vault.is_lasting());
    }

    #[test]
    fn a_keyring_that_never_answers_blocks_nobody_and_works_again_afterwards() {
        let (mut vault, gate) = fake(LIMIT);
        vault.set("1", &Secret::new("kept")).unwrap();
        let locked = gate.lock().unwrap();
        vault.limit = SHORT;
        for _ in 0..MOST_STUCK {
            assert_eq!(vault.get("1").unwrap_err().kind(), ErrorKind::VaultLocked);
        }
        // No thread is lost any more, and no time: nobody waits for what isn't asked.
        vault.limit = NO_HANG;
        for _ in 0..100 {
            assert_eq!(vault.get("1").unwrap_err().kind(), ErrorKind::VaultLocked);
            assert_eq!(vault.stuck.load(Ordering::SeqCst), MOST_STUCK);
        }

        assert!(!vault.has_opened());
        drop(locked);
        let until = Instant::now() + NO_HANG;
        let mut has_opened = false;
        while !has_opened && Instant::now() < until {
            thread::sleep(Duration::from_millis(10));
            has_opened = vault.has_opened();
        }
        assert!(has_opened, "a call that was given up ended well");
        let stuck = || vault.stuck.load(Ordering::SeqCst);
        while (vault.get("1").is_err() || stuck() > 0) && Instant::now() < until {
            thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(vault.get("1").unwrap().unwrap().reveal(), "kept");
        assert_eq!(stuck(), 0);
    }

    /// Somebody types a password for the keyring long after we gave up: what was to be written then is no longer wanted.
    #[test]
    fn bug_what_was_given_up_and_is_written_late_does_not_undo_what_is_newer() {
        let gate = Arc::new(Mutex::new(()));
        let inner: Arc<CredentialStore> = keyring_core::mock::Store::new().unwrap();
        let entries: Arc<Mutex<HashMap<String, Arc<Entry>>>> = Arc::default();
        // Only the first connection hangs.
        let gates = Mutex::new(vec![Arc::clone(&gate)]);
        let (theirs, first) = (Arc::clone(&entries), Arc::clone(&inner));
        let opener: Opener = Arc::new(move || {
            let gate = gates.lock().unwrap().pop().unwrap_or_default();
            let (entries, inner) = (Arc::clone(&theirs), Arc::clone(&first));
            Ok(Arc::new(Fake { entries, inner, gate }))
        });
        let mut keyring = Keyring::of(opener, LIMIT);
        keyring.look(false).unwrap();
        let locked = gate.lock().unwrap();
        keyring.limit = SHORT;
        keyring.set("1", &Secret::new("old")).unwrap_err();
        keyring.limit = LIMIT;
        keyring.set("1", &Secret::new("new")).unwrap();
        drop(locked);
        let until = Instant::now() + NO_HANG;
        while keyring.stuck.load(Ordering::SeqCst) > 0 && Instant::now() < until {
            thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(keyring.get("1").unwrap().unwrap().reveal(), "new");
        assert!(keyring.wishes.is_empty(), "nothing is remembered of it");
    }

    #[test]
    fn a_keyring_that_hangs_at_opening_is_locked_and_one_that_is_missing_failed() {
        let hangs: Opener = Arc::new(|| {
            thread::sleep(SHORT * 5);
            Err(keyring_core::Error::NoEntry)
        });
        assert_eq!(Keyring::open_store(hangs, SHORT).err().unwrap().kind(), ErrorKind::VaultLocked);
        let missing: Opener = Arc::new(|| Err(keyring_core::Error::PlatformFailure("no bus".into())));
        assert_eq!(Keyring::open_store(missing, SHORT).err().unwrap().kind(), ErrorKind::VaultFailed);
    }

    /// Asked in a process of its own, whose session has no bus.
    #[cfg(target_os = "linux")]
    #[test]
    fn without_a_secret_service_opening_fails_soon() {
        const INSIDE: &str = "WAXWING_TEST_WITHOUT_BUS";
        if std::env::var_os(INSIDE).is_some() {
            // One that is waited for in vain would be VaultLocked.
            assert_eq!(Keyring::open().err().unwrap().kind(), ErrorKind::VaultFailed);
            println!("inside: done");
            return;
        }
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "--nocapture",
                "vault::keyring::tests::without_a_secret_service_opening_fails_soon",
            ])
            .env(INSIDE, "1")
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && said.contains("inside: done"), "{said}");
    }

    #[test]
    fn a_question_given_up_before_its_turn_is_not_asked_later() {
        let gate = Arc::new(Mutex::new(()));
        let held = gate.lock().unwrap();
        let (theirs, asked) = (Arc::clone(&gate), Arc::new(AtomicBool::new(false)));
        let store: Arc<CredentialStore> = keyring_core::mock::Store::new().unwrap();
        let opener: Opener = Arc::new(move || {
            drop(theirs.lock());
            Ok(Arc::clone(&store))
        });
        let keyring = Keyring::of(opener, SHORT);
        let flag = Arc::clone(&asked);
        let question = move |_: &CredentialStore| {
            flag.store(true, Ordering::SeqCst);
            Ok(())
        };
        keyring.ask(question).unwrap_err();
        drop(held);
        let until = Instant::now() + NO_HANG;
        while keyring.stuck.load(Ordering::SeqCst) > 0 && Instant::now() < until {
            thread::sleep(Duration::from_millis(5));
        }
        assert!(!asked.load(Ordering::SeqCst));
    }

    #[test]
    fn errors_never_hold_what_was_kept() {
        let error = public_error(keyring_core::Error::BadEncoding(b"hunter2\xff".to_vec()));
        assert!(!format!("{error:?}").contains("104, 117"), "{error:?}");
        assert_eq!(error.kind(), ErrorKind::VaultFailed);
    }
}
