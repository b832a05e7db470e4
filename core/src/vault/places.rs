//! Secrets where a person wants them: the keyring, a sealed file, or memory alone. What can't be kept where it should be is in
//! memory for this run, and never in a file that isn't sealed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::file::{self, SecretFile};
use super::{Keyring, Memory, Vault};
use crate::error::{Error, ErrorKind};
use crate::model::{ChosenPlace, FileState, KeyringState, Secret, SecretPlace, SecretPlaces};

/// Holds which place was chosen, in one word.
const NAME: &str = "secrets.place";
/// Names, one to a line, the keys under which something older is kept than what was to be.
const OUTDATED: &str = "secrets.outdated";

/// All places. Memory is asked first, then the one that is chosen, then the other if it is open.
pub struct Places {
    directory: PathBuf,
    session: Memory,
    file: SecretFile,
    keyring: Box<dyn Vault>,
    state: Mutex<State>,
    /// One change of place at a time.
    changing: Mutex<()>,
}

struct State {
    chosen: ChosenPlace,
    keyring: KeyringState,
    /// A newer secret than what is kept under these was to be.
    outdated: BTreeSet<String>,
}

impl Places {
    /// Those of this data directory, and the keyring of this session. Opens nothing: that is done by `keep`, and by need.
    pub fn new(directory: &Path) -> Self {
        Self::with_keyring(directory, Box::new(Keyring::unseen()))
    }

    /// The same with another keyring.
    pub fn with_keyring(directory: &Path, keyring: Box<dyn Vault>) -> Self {
        let file = SecretFile::new(directory);
        let chosen = match fs::read_to_string(directory.join(NAME)).unwrap_or_default().trim() {
            "session" => ChosenPlace::Session,
            "keyring" => ChosenPlace::Keyring,
            _ if file.state() != FileState::None => ChosenPlace::File,
            _ => ChosenPlace::Keyring,
        };
        let outdated = fs::read_to_string(directory.join(OUTDATED)).unwrap_or_default();
        let outdated = outdated.lines().map(str::to_owned).collect();
        let state = Mutex::new(State { chosen, keyring: KeyringState::Unknown, outdated });
        let directory = directory.to_owned();
        Self { directory, session: Memory::new(), file, keyring, state, changing: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn chosen(&self) -> ChosenPlace {
        self.state().chosen
    }

    /// How things stand. Never blocks for long.
    pub fn stand(&self) -> SecretPlaces {
        let file = self.file.state();
        let state = self.state();
        SecretPlaces { chosen: state.chosen, keyring: state.keyring, file }
    }

    /// Looks whether the keyring is there, where it is chosen. Blocks for a few seconds at most.
    pub fn look(&self) {
        if self.chosen() == ChosenPlace::Keyring {
            // The state says what came of it.
            let _ = self.on_keyring(|keyring| keyring.look(false));
        }
    }

    /// Keeps secrets there from now on, those under these keys too if they can be had; they are taken away from where they
    /// were. Blocks for some seconds at most.
    ///
    /// # Errors
    /// `VaultLocked` and `VaultFailed` where it can't be used: then all is as before.
    pub fn keep(&self, place: &SecretPlace, keys: &[String]) -> Result<(), Error> {
        let _alone = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let makes_file = matches!(place, SecretPlace::File { .. }) && self.file.state() == FileState::None;
        if makes_file {
            // Without a word of the choice a file would be taken for it, also one that a crash leaves half-filled.
            self.choose(self.chosen())?;
        }
        let moved = self.move_to(place, keys);
        if moved.is_err() && makes_file {
            // All that is in it is where it was too.
            self.file.discard();
        }
        moved
    }

    fn move_to(&self, place: &SecretPlace, keys: &[String]) -> Result<(), Error> {
        // Had before anything changes: what was kept in a file that is opened just now is there already.
        let known: Vec<(&String, Secret)> =
            keys.iter().filter_map(|key| Some((key, self.at_hand(key)?))).collect();
        let chosen = match place {
            SecretPlace::Keyring => {
                self.on_keyring(|keyring| keyring.look(true))?;
                ChosenPlace::Keyring
            }
            SecretPlace::Session => ChosenPlace::Session,
            SecretPlace::File { passphrase } => {
                self.file.unlock(passphrase)?;
                ChosenPlace::File
            }
        };
        // Taken from where they were only once the choice will outlive this run: what fails leaves them there.
        for (key, secret) in &known {
            self.store(chosen, key, secret)?;
        }
        self.choose(chosen)?;
        for (key, _) in &known {
            if self.session.get(key)?.is_some() {
                self.note_outdated(key, false);
            }
            self.take_from_others(chosen, key);
        }
        if chosen != ChosenPlace::File && self.file.state() == FileState::Open {
            self.file.remove_if_empty()?;
        }
        Ok(())
    }

    /// Gives the file another passphrase.
    ///
    /// # Errors
    /// `VaultLocked` for another passphrase than its own, `VaultFailed` for a damaged file, `WrongState` where there is none.
    pub fn change_passphrase(&self, old: &Secret, new: &Secret) -> Result<(), Error> {
        let _alone = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        self.file.change_passphrase(old, new)
    }

    /// Writes down whether what is kept under this key is older than what was to be.
    fn note_outdated(&self, key: &str, is_so: bool) {
        let lines: String = {
            let outdated = &mut self.state().outdated;
            let changed = if is_so { outdated.insert(key.to_owned()) } else { outdated.remove(key) };
            if !changed {
                return;
            }
            outdated.iter().map(|key| format!("{key}\n")).collect()
        };
        if let Err(error) = file::replace(&self.directory, OUTDATED, lines.as_bytes()) {
            tracing::warn!(%error, "which secrets are outdated is known for this run only");
        }
    }

    fn choose(&self, chosen: ChosenPlace) -> Result<(), Error> {
        let word: &[u8] = match chosen {
            ChosenPlace::Keyring => b"keyring\n",
            ChosenPlace::Session => b"session\n",
            ChosenPlace::File => b"file\n",
        };
        file::replace(&self.directory, NAME, word)?;
        self.state().chosen = chosen;
        Ok(())
    }

    /// What can be had of a secret without the passphrase of the file.
    fn at_hand(&self, key: &str) -> Option<Secret> {
        if self.chosen() == ChosenPlace::File && self.file.state() != FileState::Open {
            return self.session.get(key).ok().flatten();
        }
        self.get(key).ok().flatten()
    }

    /// Into this place, and out of the others as far as they can be reached.
    fn put(&self, place: ChosenPlace, key: &str, secret: &Secret) -> Result<(), Error> {
        self.store(place, key, secret)?;
        self.take_from_others(place, key);
        Ok(())
    }

    fn store(&self, place: ChosenPlace, key: &str, secret: &Secret) -> Result<(), Error> {
        match place {
            ChosenPlace::Session => self.session.set(key, secret),
            ChosenPlace::File => self.file.set(key, secret),
            ChosenPlace::Keyring => self.on_keyring(|keyring| keyring.set(key, secret)),
        }
    }

    fn take_from_others(&self, place: ChosenPlace, key: &str) {
        let mut taken = Ok(());
        if place != ChosenPlace::Session {
            taken = taken.and(self.session.delete(key));
        }
        if place != ChosenPlace::File && self.file.state() == FileState::Open {
            taken = taken.and(self.file.delete(key));
        }
        // Nobody is asked to open a keyring for that.
        if place != ChosenPlace::Keyring && self.state().keyring == KeyringState::Usable {
            taken = taken.and(self.on_keyring(|keyring| keyring.delete(key)));
        }
        if let Err(error) = taken {
            tracing::warn!(%error, "an old secret is still where secrets are no longer kept");
        }
    }

    fn delete_there(&self, key: &str) -> Result<(), Error> {
        let chosen = self.chosen();
        self.take_from_others(chosen, key);
        match chosen {
            ChosenPlace::Session => Ok(()),
            ChosenPlace::File => self.file.delete(key),
            ChosenPlace::Keyring => match self.on_keyring(|keyring| keyring.delete(key)) {
                // Where there is none nothing is in it.
                Err(_) if self.state().keyring == KeyringState::Absent => Ok(()),
                deleted => deleted,
            },
        }
    }

    fn on_keyring<T>(&self, question: impl FnOnce(&dyn Vault) -> Result<T, Error>) -> Result<T, Error> {
        let answer = question(&*self.keyring);
        self.state().keyring = match &answer {
            Ok(_) => KeyringState::Usable,
            Err(error) if error.kind() == ErrorKind::VaultLocked => KeyringState::Locked,
            Err(_) => KeyringState::Absent,
        };
        answer
    }
}

impl Vault for Places {
    fn get(&self, key: &str) -> Result<Option<Secret>, Error> {
        if let Some(secret) = self.session.get(key)? {
            return Ok(Some(secret));
        }
        match self.chosen() {
            ChosenPlace::Session => Ok(None),
            ChosenPlace::File => match self.file.get(key)? {
                Some(secret) => Ok(Some(secret)),
                // From before there was a file, perhaps.
                None if self.state().keyring == KeyringState::Usable => {
                    Ok(self.on_keyring(|keyring| keyring.get(key)).unwrap_or_default())
                }
                None => Ok(None),
            },
            ChosenPlace::Keyring => match self.on_keyring(|keyring| keyring.get(key)) {
                Ok(Some(secret)) => Ok(Some(secret)),
                answer if self.file.state() == FileState::Open => match self.file.get(key) {
                    Ok(Some(secret)) => Ok(Some(secret)),
                    _ => answer,
                },
                answer => answer,
            },
        }
    }

    /// What can't be kept where it should be is kept in memory, and of an older one that may be there it is written down that it is.
    fn set(&self, key: &str, secret: &Secret) -> Result<(), Error> {
        let kept = self.put(self.chosen(), key, secret);
        self.note_outdated(key, kept.is_err());
        if kept.is_err() {
            self.session.set(key, secret)?;
        }
        kept
    }

    fn delete(&self, key: &str) -> Result<(), Error> {
        self.session.delete(key)?;
        let deleted = self.delete_there(key);
        self.note_outdated(key, deleted.is_err());
        deleted
    }

    fn look(&self, may_ask: bool) -> Result<(), Error> {
        self.on_keyring(|keyring| keyring.look(may_ask))
    }

    fn is_outdated(&self, key: &str) -> bool {
        self.state().outdated.contains(key) && !matches!(self.session.get(key), Ok(Some(_)))
    }

    fn catch_up(&self) {
        let outdated = self.state().outdated.clone();
        for key in outdated {
            if let Ok(Some(secret)) = self.session.get(&key)
                && let Err(error) = self.set(&key, &secret)
            {
                tracing::warn!(%error, "the secret is still kept for this run only");
            }
        }
    }

    fn is_lasting(&self) -> bool {
        let state = self.state();
        match state.chosen {
            ChosenPlace::Session => false,
            ChosenPlace::File => true,
            ChosenPlace::Keyring => state.keyring != KeyringState::Absent,
        }
    }

    fn has_opened(&self) -> bool {
        self.keyring.has_opened()
    }

    fn places(&self) -> Option<&Places> {
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// A keyring that is as it is told.
    #[derive(Default)]
    struct Fake {
        kept: Memory,
        fails: Mutex<Option<ErrorKind>>,
        asked: Mutex<usize>,
    }

    impl Fake {
        fn is_now(&self, fails: Option<ErrorKind>) {
            *self.fails.lock().unwrap() = fails;
        }

        fn answer(&self) -> Result<&Memory, Error> {
            *self.asked.lock().unwrap() += 1;
            match *self.fails.lock().unwrap() {
                Some(kind) => Err(Error::new(kind)),
                None => Ok(&self.kept),
            }
        }
    }

    impl Vault for Arc<Fake> {
        fn get(&self, key: &str) -> Result<Option<Secret>, Error> {
            self.answer()?.get(key)
        }
        fn set(&self, key: &str, secret: &Secret) -> Result<(), Error> {
            self.answer()?.set(key, secret)
        }
        fn delete(&self, key: &str) -> Result<(), Error> {
            self.answer()?.delete(key)
        }
        fn look(&self, _may_ask: bool) -> Result<(), Error> {
            self.answer().map(drop)
        }
        fn is_lasting(&self) -> bool {
            true
        }
    }

    struct Ground {
        directory: tempfile::TempDir,
        keyring: Arc<Fake>,
    }

    impl Ground {
        fn new() -> Self {
            Self { directory: tempfile::tempdir().unwrap(), keyring: Arc::default() }
        }

        /// As after a restart.
        fn places(&self) -> Places {
            Places::with_keyring(self.directory.path(), Box::new(Arc::clone(&self.keyring)))
        }

        fn in_keyring(&self, key: &str) -> bool {
            self.keyring.kept.get(key).unwrap().is_some()
        }
    }

    fn keys() -> [String; 2] {
        ["1".to_owned(), "2".to_owned()]
    }

    fn file(passphrase: &str) -> SecretPlace {
        SecretPlace::File { passphrase: Secret::new(passphrase) }
    }

    fn got(places: &Places, key: &str) -> Option<String> {
        places.get(key).unwrap().map(|secret| secret.reveal().to_owned())
    }

    #[test]
    fn secrets_move_with_the_choice_which_outlives_the_run() {
        let ground = Ground::new();
        let places = ground.places();
        assert_eq!(places.stand().chosen, ChosenPlace::Keyring);
        places.set("1", &Secret::new("first")).unwrap();
        assert!(ground.in_keyring("1"));

        places.keep(&file("open sesame"), &keys()).unwrap();
        assert!(!ground.in_keyring("1"), "it is no longer where it was");
        places.set("2", &Secret::new("second")).unwrap();
        assert!(!ground.in_keyring("2") && places.is_lasting());

        let places = ground.places();
        assert_eq!((places.stand().chosen, places.stand().file), (ChosenPlace::File, FileState::Locked));
        assert_eq!(places.get("1").unwrap_err().kind(), ErrorKind::VaultLocked);
        assert_eq!(places.keep(&file("wrong"), &keys()).unwrap_err().kind(), ErrorKind::VaultLocked);
        assert_eq!(places.stand().file, FileState::Locked);
        places.keep(&file("open sesame"), &keys()).unwrap();
        assert_eq!((got(&places, "1"), got(&places, "2")), (Some("first".into()), Some("second".into())));

        places.keep(&SecretPlace::Keyring, &keys()).unwrap();
        assert!(ground.in_keyring("1") && ground.in_keyring("2"));
        assert_eq!(places.stand().file, FileState::None, "an empty file is no longer there");
        assert_eq!(ground.places().stand().chosen, ChosenPlace::Keyring);

        places.keep(&SecretPlace::Session, &keys()).unwrap();
        assert!(!ground.in_keyring("1") && !places.is_lasting());
        assert_eq!(got(&places, "1").as_deref(), Some("first"));
        let places = ground.places();
        assert_eq!(places.stand().chosen, ChosenPlace::Session);
        assert_eq!(got(&places, "1"), None);
        places.set("1", &Secret::new("first")).unwrap();
        assert!(!ground.in_keyring("1"), "who wants nothing kept is obeyed after a restart too");
    }

    #[test]
    fn what_can_not_be_kept_is_there_for_this_run_and_the_state_says_why() {
        for (kind, state) in
            [(ErrorKind::VaultFailed, KeyringState::Absent), (ErrorKind::VaultLocked, KeyringState::Locked)]
        {
            let ground = Ground::new();
            ground.keyring.is_now(Some(kind));
            let places = ground.places();
            assert_eq!(places.stand().keyring, KeyringState::Unknown);
            assert_eq!(places.set("1", &Secret::new("first")).unwrap_err().kind(), kind);
            assert_eq!(got(&places, "1").as_deref(), Some("first"));
            assert_eq!(places.stand().keyring, state);
            assert_eq!(places.keep(&SecretPlace::Keyring, &keys()).unwrap_err().kind(), kind);
            assert_eq!(ground.places().get("1").unwrap_err().kind(), kind);
            // By the person's word it goes into the file.
            places.keep(&file("open sesame"), &keys()).unwrap();
            let places = ground.places();
            places.keep(&file("open sesame"), &keys()).unwrap();
            assert_eq!(got(&places, "1").as_deref(), Some("first"));
        }
    }

    #[test]
    fn who_uses_a_file_is_never_asked_to_open_a_keyring() {
        let ground = Ground::new();
        ground.places().keep(&file("open sesame"), &[]).unwrap();
        ground.keyring.is_now(Some(ErrorKind::VaultLocked));
        *ground.keyring.asked.lock().unwrap() = 0;
        let places = ground.places();
        places.look();
        assert!(places.get("1").is_err());
        places.keep(&file("open sesame"), &keys()).unwrap();
        places.set("1", &Secret::new("first")).unwrap();
        assert!(places.get("2").unwrap().is_none());
        places.delete("1").unwrap();
        assert_eq!(*ground.keyring.asked.lock().unwrap(), 0);
    }

    #[test]
    fn a_secret_that_is_forgotten_is_forgotten_everywhere() {
        let ground = Ground::new();
        let places = ground.places();
        places.keep(&file("open sesame"), &[]).unwrap();
        places.look();
        ground.keyring.kept.set("1", &Secret::new("old")).unwrap();
        // So that the keyring is known to be open.
        places.keep(&SecretPlace::Keyring, &[]).unwrap();
        places.keep(&file("open sesame"), &[]).unwrap();
        places.set("1", &Secret::new("new")).unwrap();
        assert!(!ground.in_keyring("1"), "an older one does not stay behind");
        ground.keyring.kept.set("1", &Secret::new("old")).unwrap();
        places.delete("1").unwrap();
        assert!(!ground.in_keyring("1") && got(&places, "1").is_none());
    }

    /// As when a password was changed at the provider while the keyring was locked: the old one must not come back.
    #[test]
    fn it_is_known_of_a_secret_that_a_newer_one_could_not_be_kept() {
        let ground = Ground::new();
        let places = ground.places();
        places.set("1", &Secret::new("old")).unwrap();
        ground.keyring.is_now(Some(ErrorKind::VaultLocked));
        places.set("1", &Secret::new("new")).unwrap_err();
        assert_eq!(got(&places, "1").as_deref(), Some("new"), "for this run");
        ground.keyring.is_now(None);
        assert!(ground.in_keyring("1"));
        assert!(!places.is_outdated("1"));
        let places = ground.places();
        assert_eq!((got(&places, "1").as_deref(), places.is_outdated("1")), (Some("old"), true));
        // Elsewhere it is no newer.
        places.keep(&file("open sesame"), &keys()).unwrap();
        assert!(places.is_outdated("1"));
        places.set("1", &Secret::new("newer")).unwrap();
        let places = ground.places();
        places.keep(&file("open sesame"), &keys()).unwrap();
        assert_eq!((got(&places, "1").as_deref(), places.is_outdated("1")), (Some("newer"), false));
    }

    #[test]
    fn what_could_not_be_kept_is_when_the_keyring_is_open() {
        let ground = Ground::new();
        let places = ground.places();
        places.set("1", &Secret::new("old")).unwrap();
        ground.keyring.is_now(Some(ErrorKind::VaultLocked));
        places.set("1", &Secret::new("new")).unwrap_err();
        places.catch_up();
        ground.keyring.is_now(None);
        places.catch_up();
        let places = ground.places();
        assert_eq!((got(&places, "1").as_deref(), places.is_outdated("1")), (Some("new"), false));
    }

    #[test]
    fn bug_a_file_that_was_made_in_vain_is_not_the_place_for_secrets() {
        let ground = Ground::new();
        let places = ground.places();
        for key in keys() {
            places.set(&key, &Secret::new(format!("of {key}"))).unwrap();
        }
        let all_is_there = |places: &Places| {
            assert_eq!((places.stand().chosen, places.stand().file), (ChosenPlace::Keyring, FileState::None));
            for key in keys() {
                assert_eq!(got(places, &key), Some(format!("of {key}")));
            }
        };
        places.keep(&SecretPlace::Keyring, &keys()).unwrap();
        // The file can be written, and that it is chosen can't.
        let in_the_way = ground.directory.path().join(format!("{NAME}.new"));
        let made = || ground.directory.path().join("secrets.vault").exists();
        fs::create_dir(&in_the_way).unwrap();
        places.keep(&file("open sesame"), &keys()).unwrap_err();
        assert!(!made());
        all_is_there(&places);
        fs::remove_dir(in_the_way).unwrap();
        all_is_there(&ground.places());
    }

    #[test]
    fn bug_a_crash_in_the_middle_of_a_move_into_a_file_chooses_nothing() {
        let ground = Ground::new();
        ground.places().set("1", &Secret::new("kept")).unwrap();
        // It fails where a crash would stop it: the file is about to be written.
        let in_the_way = ground.directory.path().join("secrets.vault.new");
        fs::create_dir(&in_the_way).unwrap();
        ground.places().keep(&file("open sesame"), &keys()).unwrap_err();
        fs::remove_dir(in_the_way).unwrap();
        SecretFile::new(ground.directory.path()).unlock(&Secret::new("open sesame")).unwrap();
        let places = ground.places();
        assert_eq!(places.stand().chosen, ChosenPlace::Keyring);
        assert_eq!(got(&places, "1").as_deref(), Some("kept"));
        places.keep(&file("open sesame"), &keys()).unwrap();
        assert_eq!(got(&places, "1").as_deref(), Some("kept"));
    }

    #[test]
    fn bug_a_change_of_place_that_fails_leaves_every_secret_where_it_was() {
        let ground = Ground::new();
        let places = ground.places();
        for key in keys() {
            places.set(&key, &Secret::new(format!("of {key}"))).unwrap();
        }
        // Nothing can be written there, so that the choice can't be either.
        let in_the_way = ground.directory.path().join(format!("{NAME}.new"));
        fs::create_dir(&in_the_way).unwrap();
        let failed = places.keep(&SecretPlace::Session, &keys()).unwrap_err();
        assert_eq!((failed.kind(), places.stand().chosen), (ErrorKind::VaultFailed, ChosenPlace::Keyring));
        fs::remove_dir(in_the_way).unwrap();
        let places = ground.places();
        for key in keys() {
            assert_eq!(got(&places, &key), Some(format!("of {key}")), "it is there after a restart");
        }
    }
}
