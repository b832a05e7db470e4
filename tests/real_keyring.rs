//! Secrets in a real keyring (gnome-keyring on a bus of its own): open, locked, silent, and none at all. Each engine is in a
//! process of its own, since the bus is found by the environment.

use std::path::Path;
use std::process::Command as Program;

use waxwing_core::model::{AccountState, KeyringState, Secret, SecretPlace};
use waxwing_core::vault::Places;
use waxwing_core::{Command, Done, ErrorKind};
use waxwing_demo::model::{Dialect, Flags, Mailstore};
use waxwing_tests::engine::{EngineRun, Login};
use waxwing_tests::keyring::Session;
use waxwing_tests::model::{PASSWORD, USER, serve};

const INSIDE: &str = "WAXWING_TEST_KEYRING";
const NOWHERE: &str = "unix:path=/nowhere/bus";

/// What the process inside is to do: its name, where mail is, the server's port, its authority's file.
fn inside(test: &str, what: &str, bus: &str, data_dir: &Path, login: &Login) {
    let authority = data_dir.with_file_name("authority.der");
    std::fs::write(&authority, &login.authority).unwrap();
    let output = Program::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", test])
        .env(INSIDE, what)
        .env("WAXWING_TEST_DATA", data_dir)
        .env("WAXWING_TEST_PORT", login.port.to_string())
        .env("WAXWING_TEST_AUTHORITY", &authority)
        .env("DBUS_SESSION_BUS_ADDRESS", bus)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && said.contains("inside: done"), "{what}:\n{said}\n{errors}");
}

/// The same seen from inside.
fn begin() -> (EngineRun, Login) {
    let variable = |name: &str| std::env::var(name).unwrap();
    let data_dir = variable("WAXWING_TEST_DATA");
    let login = Login {
        host: "localhost".into(),
        port: variable("WAXWING_TEST_PORT").parse().unwrap(),
        user: USER.into(),
        password: PASSWORD.into(),
        authority: std::fs::read(variable("WAXWING_TEST_AUTHORITY")).unwrap(),
    };
    let places = Places::new(Path::new(&data_dir));
    (EngineRun::keeping(data_dir.into(), std::sync::Arc::new(places), vec![login.authority.clone()]), login)
}

fn keyring(run: &EngineRun) -> KeyringState {
    run.engine().secret_places().unwrap().keyring
}

fn state_is(run: &EngineRun, state: AccountState, error: Option<ErrorKind>) {
    let account = run.reader().accounts().unwrap()[0].id;
    run.wait_until(&format!("{state:?} {error:?}"), |_| {
        let status = run.status(account);
        Ok(status.state == state && status.error.map(|error| error.kind()) == error)
    });
}

/// How a keyring stands that holds nothing of ours yet. Nobody is asked to open it for that.
fn look(what: &str) {
    let places = Places::new(Path::new(&std::env::var("WAXWING_TEST_DATA").unwrap()));
    places.look();
    let wanted = if what == "empty open" { KeyringState::Usable } else { KeyringState::Locked };
    assert_eq!(places.stand().keyring, wanted);
    if wanted == KeyringState::Locked {
        // Chosen in so many words, it still can't be used: nobody opens it here.
        assert_eq!(places.keep(&SecretPlace::Keyring, &[]).unwrap_err().kind(), ErrorKind::VaultLocked);
        assert_eq!(places.stand().keyring, KeyringState::Locked);
    }
    println!("inside: done");
}

fn act(what: &str) {
    if what.starts_with("empty") {
        return look(what);
    }
    let (run, login) = begin();
    match what {
        "added" => {
            run.add_account(&login).unwrap();
            assert_eq!(keyring(&run), KeyringState::Usable);
        }
        "open" => {
            state_is(&run, AccountState::Online, None);
            assert_eq!(keyring(&run), KeyringState::Usable);
        }
        "locked" | "silent" => {
            // Answered though the keyring isn't.
            assert!(matches!(run.run(Command::Report).unwrap(), Done::Report(_)));
            state_is(&run, AccountState::SignInNeeded, Some(ErrorKind::VaultLocked));
            assert_eq!(keyring(&run), KeyringState::Locked);
            // By the person's word it goes elsewhere; what is signed in with is used at once.
            let account = run.reader().accounts().unwrap()[0].id;
            let passphrase = Secret::new("open sesame");
            run.run(Command::KeepSecrets { place: SecretPlace::File { passphrase } }).unwrap();
            let secret = Secret::new(PASSWORD);
            assert!(matches!(run.run(Command::SignIn { account, secret }).unwrap(), Done::Synced(_)));
        }
        "absent" => {
            state_is(&run, AccountState::SignInNeeded, Some(ErrorKind::VaultFailed));
            assert_eq!(keyring(&run), KeyringState::Absent);
            let kept = run.run(Command::KeepSecrets { place: SecretPlace::Keyring });
            assert_eq!(kept.unwrap_err().kind(), ErrorKind::VaultFailed);
        }
        "removed" => {
            let account = run.reader().accounts().unwrap()[0].id;
            run.run(Command::RemoveAccount { account }).unwrap();
            let again = run.add_account(&login).unwrap();
            run.wait_until_complete(again);
        }
        other => panic!("what is {other}?"),
    }
    println!("inside: done");
}

#[test]
fn secrets_are_in_a_real_keyring_and_it_holds_nothing_up_when_it_is_locked_silent_or_gone() {
    if let Ok(what) = std::env::var(INSIDE) {
        return act(&what);
    }
    let test = "real_keyring::secrets_are_in_a_real_keyring_and_it_holds_nothing_up_when_it_is_locked_silent_or_gone";
    let mut session = Session::start();
    let mut mailstore = Mailstore::new();
    mailstore.add_account(USER);
    let inbox = mailstore.mailbox_mut(USER, "INBOX").unwrap();
    inbox.append(b"Subject: hello\r\n\r\nText\r\n".to_vec(), Flags::none(), 1_700_000_000_000);
    let (_server, login) = serve(mailstore, Dialect::full());
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().join("data");
    let act = |what: &str, bus: &str| inside(test, what, bus, &data_dir, &login);
    // The choice of another place, which what is done with a locked keyring makes, is taken back by hand.
    let in_keyring_again = || {
        for name in ["secrets.vault", "secrets.place"] {
            std::fs::remove_file(data_dir.join(name)).unwrap();
        }
    };
    act("empty open", &session.bus());
    session.restart_keyring(false);
    act("empty locked", &session.bus());
    session.restart_keyring(true);
    act("added", &session.bus());
    assert!(!data_dir.join("secrets.vault").exists());
    act("open", &session.bus());
    act("absent", NOWHERE);
    session.restart_keyring(false);
    act("locked", &session.bus());
    in_keyring_again();
    session.restart_keyring(true);
    act("open", &session.bus());
    session.freeze_keyring();
    act("silent", &session.bus());
    in_keyring_again();
    session.thaw_keyring();
    act("open", &session.bus());
    act("removed", &session.bus());
}
