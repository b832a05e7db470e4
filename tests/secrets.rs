//! Where secrets are kept, and what goes on while they can't be had.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use waxwing_core::error::{Detail, NEWER_NOT_KEPT};
use waxwing_core::model::{
    AccountId, AccountState, ChosenPlace, FileState, FlagBits, KeyringState, ListQuery, Role, Secret,
    SecretPlace, SyncScope,
};
use waxwing_core::vault::{Places, SecretFile, Vault};
use waxwing_core::{Command, Done, Error, ErrorKind, Event};
use waxwing_demo::model::{Dialect, Flags, Mailstore, Verb};
use waxwing_demo::serve::Server;
use waxwing_tests::engine::{EngineRun, Login, MemoryVault, PATIENCE};
use waxwing_tests::model::{PASSWORD, USER, serve};

const PASSPHRASE: &str = "eight bananas in a row";

/// A keyring that is as it is told: open, failing, or silent while its gate is held.
#[derive(Default)]
struct Keyring {
    kept: MemoryVault,
    gate: Mutex<()>,
    fails: Mutex<Option<ErrorKind>>,
    has_opened: AtomicBool,
}

impl Keyring {
    fn is_now(&self, fails: Option<ErrorKind>) {
        *self.fails.lock().unwrap() = fails;
    }

    fn answer(&self) -> Result<&MemoryVault, Error> {
        drop(self.gate.lock());
        match *self.fails.lock().unwrap() {
            Some(kind) => Err(Error::new(kind)),
            None => Ok(&self.kept),
        }
    }
}

struct Shared(Arc<Keyring>);

impl Vault for Shared {
    fn get(&self, key: &str) -> Result<Option<Secret>, Error> {
        self.0.answer()?.get(key)
    }

    fn set(&self, key: &str, secret: &Secret) -> Result<(), Error> {
        self.0.answer()?.set(key, secret)
    }

    fn delete(&self, key: &str) -> Result<(), Error> {
        self.0.answer()?.delete(key)
    }

    fn look(&self, _may_ask: bool) -> Result<(), Error> {
        self.0.answer().map(drop)
    }

    fn is_lasting(&self) -> bool {
        true
    }

    fn has_opened(&self) -> bool {
        self.0.has_opened.swap(false, Ordering::SeqCst)
    }
}

struct Ground {
    server: Server,
    login: Login,
    keyring: Arc<Keyring>,
    directory: tempfile::TempDir,
}

impl Ground {
    fn new() -> Self {
        let mut mailstore = Mailstore::new();
        mailstore.add_account(USER);
        let inbox = mailstore.mailbox_mut(USER, "INBOX").unwrap();
        inbox.append(b"Subject: hello\r\n\r\nText\r\n".to_vec(), Flags::none(), 1_700_000_000_000);
        let (server, login) = serve(mailstore, Dialect::full());
        Self { server, login, keyring: Arc::default(), directory: tempfile::tempdir().unwrap() }
    }

    fn data_dir(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    fn run(&self) -> EngineRun {
        let places = Places::with_keyring(&self.data_dir(), Box::new(Shared(Arc::clone(&self.keyring))));
        EngineRun::keeping(self.data_dir(), Arc::new(places), vec![self.login.authority.clone()])
    }

    fn sign_ins(&self) -> usize {
        self.server.store().with(|store| store.journal.lines_of(Verb::Authenticate).count())
    }
}

fn wait_for_state(run: &EngineRun, account: AccountId, state: AccountState) {
    run.wait_until(&format!("{state:?}"), |_| Ok(run.status(account).state == state));
}

fn is_locked_out(run: &EngineRun, account: AccountId) {
    wait_for_state(run, account, AccountState::SignInNeeded);
    assert_eq!(run.status(account).error.unwrap().kind(), ErrorKind::VaultLocked);
}

fn file(passphrase: &str) -> Command {
    Command::KeepSecrets { place: SecretPlace::File { passphrase: Secret::new(passphrase) } }
}

fn all_files(directory: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(all_files(&path));
        }
        all.push(path);
    }
    all
}

#[test]
fn a_keyring_that_never_answers_keeps_nothing_else_waiting() {
    let ground = Ground::new();
    let run = ground.run();
    let account = run.add_account(&ground.login).unwrap();
    run.wait_until_complete(account);
    let inbox = run.role(account, Role::Inbox);
    drop(run);

    let held = ground.keyring.gate.lock().unwrap();
    let run = ground.run();
    // Whatever needs no secret is done, and a change is kept.
    assert!(matches!(run.run(Command::Report).unwrap(), Done::Report(_)));
    let emails = run.reader().ids(ListQuery::Mailbox(inbox)).unwrap();
    assert_eq!(emails.len(), 1);
    let flags = Command::SetFlags { emails, add: FlagBits::FLAGGED, remove: FlagBits::NONE };
    let flagged = run.engine().submit_durable(flags).unwrap();
    assert!(
        run.reader().page(ListQuery::Mailbox(inbox), 0, 1).unwrap().rows[0].flags.contains(FlagBits::FLAGGED)
    );
    let signing_in = run.submit(Command::SignIn { account, secret: Secret::new(PASSWORD) });
    // A secret that was given is used, though it can't be kept yet.
    assert!(matches!(run.finished(signing_in).unwrap(), Done::Synced(_)));
    run.finished(flagged).unwrap();
    let removing = run.submit(Command::RemoveAccount { account });
    run.wait_until("the account is gone", |reader| Ok(reader.accounts()?.is_empty()));
    assert!(run.run(Command::SetPower { saver: true }).is_ok());
    assert!(!ground.keyring.kept.is_empty());
    drop(held);
    run.finished(removing).unwrap();
    assert!(ground.keyring.kept.is_empty(), "in the order in which it was asked for");
}

/// The old password stood in the keyring and came back at the next start, as if it were fine: the provider counts that as a try.
#[test]
fn bug_an_older_password_is_not_tried_where_a_newer_one_could_not_be_kept() {
    let ground = Ground::new();
    let run = ground.run();
    let account = run.add_account(&ground.login).unwrap();
    ground.keyring.is_now(Some(ErrorKind::VaultLocked));
    let sign_in = || Command::SignIn { account, secret: Secret::new(PASSWORD) };
    run.run(sign_in()).unwrap();
    drop(run);
    ground.keyring.is_now(None);
    assert_eq!(ground.keyring.kept.len(), 1);
    let before = ground.sign_ins();
    let run = ground.run();
    wait_for_state(&run, account, AccountState::SignInNeeded);
    let error = run.status(account).error.unwrap();
    assert_eq!((error.kind(), error.detail()), (ErrorKind::VaultFailed, &Detail::Note(NEWER_NOT_KEPT)));
    assert_eq!(ground.sign_ins(), before, "it was tried");
    run.run(sign_in()).unwrap();
    drop(run);
    let run = ground.run();
    wait_for_state(&run, account, AccountState::Online);

    // A keyring that opens late gets what it missed.
    ground.keyring.is_now(Some(ErrorKind::VaultLocked));
    run.run(sign_in()).unwrap();
    ground.keyring.is_now(None);
    ground.keyring.has_opened.store(true, Ordering::SeqCst);
    let outdated = ground.data_dir().join("secrets.outdated");
    run.wait_until(
        "it is kept",
        |_| Ok(std::fs::read_to_string(&outdated).is_ok_and(|text| text.is_empty())),
    );
    drop(run);
    wait_for_state(&ground.run(), account, AccountState::Online);
}

#[test]
fn an_account_whose_secret_is_in_a_locked_file_goes_on_when_that_is_unlocked() {
    let ground = Ground::new();
    ground.keyring.is_now(Some(ErrorKind::VaultFailed));
    let run = ground.run();
    run.run(file(PASSPHRASE)).unwrap();
    let account = run.add_account(&ground.login).unwrap();
    run.wait_until_complete(account);
    drop(run);

    let run = ground.run();
    let before = ground.sign_ins();
    is_locked_out(&run, account);
    let stand = run.engine().secret_places().unwrap();
    assert_eq!((stand.chosen, stand.file), (ChosenPlace::File, FileState::Locked));
    assert_eq!(run.run(file("nine bananas")).unwrap_err().kind(), ErrorKind::VaultLocked);
    assert_eq!(run.run(Command::SyncAccount { account }).unwrap_err().kind(), ErrorKind::VaultLocked);
    is_locked_out(&run, account);
    assert_eq!(ground.sign_ins(), before, "without its secret nothing is tried");
    run.run(file(PASSPHRASE)).unwrap();
    wait_for_state(&run, account, AccountState::Online);
    assert_eq!(run.engine().secret_places().unwrap().file, FileState::Open);

    let change = |old: &str, new: &str| {
        run.run(Command::ChangePassphrase { old: Secret::new(old), new: Secret::new(new) })
    };
    assert_eq!(change("nine bananas", "ten").unwrap_err().kind(), ErrorKind::VaultLocked);
    change(PASSPHRASE, "ten pears on a tree").unwrap();
    drop(run);
    let run = ground.run();
    is_locked_out(&run, account);
    assert_eq!(run.run(file(PASSPHRASE)).unwrap_err().kind(), ErrorKind::VaultLocked);
    run.run(file("ten pears on a tree")).unwrap();
    wait_for_state(&run, account, AccountState::Online);
}

/// SAFETY.md 11 and 12.
#[cfg(unix)]
#[test]
fn no_file_holds_a_secret_in_the_clear_and_all_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let ground = Ground::new();
    ground.keyring.is_now(Some(ErrorKind::VaultFailed));
    let run = ground.run();
    // Kept for this run, then in the file, then for this run again.
    let account = run.add_account(&ground.login).unwrap();
    let is_nowhere = |what: &str| {
        for path in all_files(&ground.data_dir()) {
            let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o7777;
            assert_eq!(mode, if path.is_dir() { 0o700 } else { 0o600 }, "{what}: {}", path.display());
            if path.is_dir() {
                continue;
            }
            let octets = std::fs::read(&path).unwrap();
            for word in [PASSWORD, PASSPHRASE] {
                let is_there = octets.windows(word.len()).any(|found| found == word.as_bytes());
                assert!(!is_there, "{what}: {word} is in {}", path.display());
            }
        }
    };
    run.wait_until_complete(account);
    is_nowhere("in memory");
    assert_eq!(run.engine().secret_places().unwrap().keyring, KeyringState::Absent);
    run.run(file(PASSPHRASE)).unwrap();
    is_nowhere("in the file");
    assert!(ground.data_dir().join("secrets.vault").exists());
    drop(run);
    is_nowhere("in the file, at rest");
    let run = ground.run();
    is_locked_out(&run, account);
    run.run(file(PASSPHRASE)).unwrap();
    wait_for_state(&run, account, AccountState::Online);
    run.run(Command::KeepSecrets { place: SecretPlace::Session }).unwrap();
    assert!(!ground.data_dir().join("secrets.vault").exists(), "what was taken out of it is gone");
    is_nowhere("in memory again");
    drop(run);
    let run = ground.run();
    wait_for_state(&run, account, AccountState::SignInNeeded);
    assert_eq!(run.status(account).error.unwrap().kind(), ErrorKind::LoginRefused);
    assert_eq!(run.engine().secret_places().unwrap().chosen, ChosenPlace::Session);
}

#[test]
fn the_secret_of_an_account_that_is_removed_is_neither_in_the_keyring_nor_in_the_file() {
    for is_in_file in [false, true] {
        let ground = Ground::new();
        let run = ground.run();
        if is_in_file {
            run.run(file(PASSPHRASE)).unwrap();
        }
        let account = run.add_account(&ground.login).unwrap();
        let key = format!("account-{}", account.0);
        let kept = || -> Option<Secret> {
            let sealed = SecretFile::new(&ground.data_dir());
            if !is_in_file {
                return ground.keyring.kept.get(&key).unwrap();
            }
            sealed.unlock(&Secret::new(PASSPHRASE)).unwrap();
            sealed.get(&key).unwrap()
        };
        assert_eq!(kept().unwrap().reveal(), PASSWORD);
        run.run(Command::RemoveAccount { account }).unwrap();
        assert!(kept().is_none(), "in the file: {is_in_file}");
    }
}

#[test]
fn an_account_goes_on_when_the_keyring_opens_late_or_somebody_asks_again() {
    let ground = Ground::new();
    let run = ground.run();
    let account = run.add_account(&ground.login).unwrap();
    run.wait_until_complete(account);
    drop(run);

    ground.keyring.is_now(Some(ErrorKind::VaultLocked));
    let run = ground.run();
    is_locked_out(&run, account);
    assert_eq!(run.engine().secret_places().unwrap().keyring, KeyringState::Locked);
    // A person opened it in the system's own window, long after we gave up.
    ground.keyring.is_now(None);
    ground.keyring.has_opened.store(true, Ordering::SeqCst);
    wait_for_state(&run, account, AccountState::Online);
    assert_eq!(run.engine().secret_places().unwrap().keyring, KeyringState::Usable);
    drop(run);

    ground.keyring.is_now(Some(ErrorKind::VaultLocked));
    let run = ground.run();
    is_locked_out(&run, account);
    ground.keyring.is_now(None);
    assert!(matches!(run.run(Command::SyncAccount { account }).unwrap(), Done::Synced(_)));
}

#[test]
fn a_password_that_the_server_refused_is_not_fetched_and_tried_again() {
    let ground = Ground::new();
    let run = ground.run();
    let account = run.add_account(&ground.login).unwrap();
    run.wait_until_complete(account);
    ground.server.store().with(|store| store.set_password(USER, "another"));
    ground.server.store().cut_connections();
    wait_for_state(&run, account, AccountState::SignInNeeded);
    assert_eq!(run.status(account).error.unwrap().kind(), ErrorKind::LoginRefused);
    let before = ground.sign_ins();
    assert!(run.run(Command::SyncAccount { account }).is_err());
    run.run(file(PASSPHRASE)).unwrap();
    assert!(run.run(Command::SyncAccount { account }).is_err());
    assert_eq!(ground.sign_ins(), before);
}

#[test]
fn a_sync_out_of_sleep_waits_for_the_secret() {
    let ground = Ground::new();
    let other = ground.run();
    let account = other.add_account(&ground.login).unwrap();
    other.run(Command::Suspend { deadline: PATIENCE }).unwrap();
    // This one has never been awake.
    let run = ground.run();
    run.run(Command::Suspend { deadline: PATIENCE }).unwrap();
    drop(run);
    let held = ground.keyring.gate.lock().unwrap();
    let run = ground.run();
    run.run(Command::Suspend { deadline: PATIENCE }).unwrap();
    let deadline = Duration::from_secs(50);
    let now = run.submit(Command::SyncNow { account: Some(account), scope: SyncScope::Inbox, deadline });
    std::thread::sleep(Duration::from_millis(200));
    drop(held);
    assert!(matches!(run.finished(now).unwrap(), Done::Synced(_)));
}

#[test]
fn an_app_that_keeps_secrets_itself_is_not_told_where_to() {
    let run = EngineRun::start(Vec::new());
    assert!(run.engine().secret_places().is_none());
    let old = || Secret::new("old");
    for command in [
        Command::KeepSecrets { place: SecretPlace::Session },
        Command::KeepSecrets { place: SecretPlace::Keyring },
        file(PASSPHRASE),
        Command::ChangePassphrase { old: old(), new: old() },
    ] {
        assert_eq!(run.run(command).unwrap_err().kind(), ErrorKind::WrongState);
    }
    assert!(!run.data_dir().join("secrets.vault").exists());
}

/// Who waits for the keyring when the engine ends is answered, and what can be kept is.
#[test]
fn the_end_of_the_engine_waits_a_moment_for_secrets_and_leaves_nobody_without_an_answer() {
    let ground = Ground::new();
    let run = ground.run();
    let held = ground.keyring.gate.lock().unwrap();
    let secret = Secret::new(PASSWORD);
    let adding = run.submit(Command::AddAccount { config: ground.login.config(), secret });
    run.wait_until("the account is there", |reader| Ok(!reader.accounts()?.is_empty()));
    run.engine().shut_down();
    drop(held);
    let answered = run
        .wait_for("an answer", |event| matches!(event, Event::Finished { ticket, .. } if *ticket == adding));
    let Event::Finished { outcome, .. } = answered else { panic!("{answered:?}") };
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Closed);
}
