//! Secrets in a file of the data directory, sealed with a key that is made of a passphrase (`docs/vault.md`).
//!
//! Opened, the key alone is held; the file is read anew for every question, since another process may have written to it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Vault;
use super::sealed::{LONGEST, Opener, Secrets, damaged};
use crate::error::{Error, ErrorKind};
use crate::model::{FileState, Secret};

/// How the file is called.
const NAME: &str = "secrets.vault";

/// The file of secrets.
pub struct SecretFile {
    directory: PathBuf,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    opener: Option<Opener>,
    /// At the last look it was.
    is_damaged: bool,
}

impl SecretFile {
    /// The file of that directory, whether there is one or not. It is locked at first.
    pub fn new(directory: &Path) -> Self {
        Self { directory: directory.to_owned(), held: Mutex::default() }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self) -> PathBuf {
        self.directory.join(NAME)
    }

    /// How it stands.
    pub fn state(&self) -> FileState {
        let held = self.held();
        match (&held.opener, held.is_damaged) {
            (_, true) => FileState::Damaged,
            (Some(_), false) => FileState::Open,
            (None, false) if self.path().exists() => FileState::Locked,
            (None, false) => FileState::None,
        }
    }

    /// Opens it; makes one where there is none. Takes some tenths of a second, and 64 MiB for as long.
    ///
    /// # Errors
    /// `VaultLocked` for another passphrase than its own; `VaultFailed` for a damaged file, which is left as it is, and where it
    /// can't be read or written; `InvalidInput` without a passphrase.
    pub fn unlock(&self, passphrase: &Secret) -> Result<(), Error> {
        check(passphrase)?;
        let mut held = self.held();
        match self.read(&mut held)? {
            Some(octets) => {
                let opener = noted(&mut held, Opener::of(&octets, passphrase))?;
                noted(&mut held, opener.open(&octets))?;
                held.opener = Some(opener);
            }
            None => {
                let opener = Opener::new(passphrase)?;
                self.write(&opener, &Secrets::new())?;
                held.opener = Some(opener);
            }
        }
        Ok(())
    }

    /// Gives it another passphrase, and a key of today's cost.
    ///
    /// # Errors
    /// Those of `unlock`; `WrongState` where there is no file.
    pub fn change_passphrase(&self, old: &Secret, new: &Secret) -> Result<(), Error> {
        check(new)?;
        let mut held = self.held();
        let octets = self
            .read(&mut held)?
            .ok_or_else(|| Error::note(ErrorKind::WrongState, "there is no file of secrets"))?;
        let opener = noted(&mut held, Opener::of(&octets, old))?;
        let secrets = noted(&mut held, opener.open(&octets))?;
        let opener = Opener::new(new)?;
        self.write(&opener, &secrets)?;
        held.opener = Some(opener);
        Ok(())
    }

    /// Removes it where it is open and holds nothing. `false`: it is still there.
    pub fn remove_if_empty(&self) -> Result<bool, Error> {
        let mut held = self.held();
        if !self.secrets(&mut held)?.1.is_empty() {
            return Ok(false);
        }
        fs::remove_file(self.path()).map_err(failed)?;
        held.opener = None;
        sync_directory(&self.directory)?;
        Ok(true)
    }

    /// Takes it away with all that is in it: it was made in vain.
    pub(super) fn discard(&self) {
        let mut held = self.held();
        held.opener = None;
        match fs::remove_file(self.path()).map_err(failed).and_then(|()| sync_directory(&self.directory)) {
            Err(error) if self.path().exists() => {
                tracing::warn!(%error, "a file of secrets that isn't used is still there");
            }
            _ => {}
        }
    }

    fn secrets(&self, held: &mut Held) -> Result<(Opener, Secrets), Error> {
        let locked = || Error::note(ErrorKind::VaultLocked, "the file of secrets is locked");
        let Some(opener) = held.opener.clone() else { return Err(locked()) };
        // Somebody took it away: what was in it is gone, and nobody is to believe that it is kept.
        let octets = self.read(held)?;
        let opened = octets.ok_or_else(damaged).and_then(|octets| opener.open(&octets));
        match opened {
            Ok(secrets) => Ok((opener, secrets)),
            Err(error) => {
                if error.kind() == ErrorKind::VaultLocked {
                    held.opener = None;
                }
                noted(held, Err(error))
            }
        }
    }

    fn read(&self, held: &mut Held) -> Result<Option<Vec<u8>>, Error> {
        let mut octets = Vec::new();
        let limit = LONGEST as u64 + 1;
        let read = File::open(self.path()).and_then(|file| file.take(limit).read_to_end(&mut octets));
        match read {
            Ok(length) if length > LONGEST => noted(held, Err(damaged())),
            Ok(_) => {
                held.is_damaged = false;
                Ok(Some(octets))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                held.is_damaged = false;
                Ok(None)
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// The old file is there until the new one is durable.
    fn write(&self, opener: &Opener, secrets: &Secrets) -> Result<(), Error> {
        replace(&self.directory, NAME, &opener.seal(secrets)?)
    }
}

impl Vault for SecretFile {
    fn get(&self, key: &str) -> Result<Option<Secret>, Error> {
        Ok(self.secrets(&mut self.held())?.1.remove(key))
    }

    fn set(&self, key: &str, secret: &Secret) -> Result<(), Error> {
        let mut held = self.held();
        let (opener, mut secrets) = self.secrets(&mut held)?;
        secrets.insert(key.to_owned(), secret.clone());
        self.write(&opener, &secrets)
    }

    fn delete(&self, key: &str) -> Result<(), Error> {
        let mut held = self.held();
        let (opener, mut secrets) = self.secrets(&mut held)?;
        match secrets.remove(key) {
            Some(_) => self.write(&opener, &secrets),
            None => Ok(()),
        }
    }

    fn is_lasting(&self) -> bool {
        true
    }
}

fn check(passphrase: &Secret) -> Result<(), Error> {
    if passphrase.reveal().is_empty() {
        return Err(Error::note(ErrorKind::InvalidInput, "the passphrase is missing"));
    }
    Ok(())
}

/// Remembers whether the file was found to be damaged.
fn noted<T>(held: &mut Held, found: Result<T, Error>) -> Result<T, Error> {
    held.is_damaged = found.as_ref().is_err_and(|error| *error == damaged());
    found
}

/// Writes a small file for its owner's eyes so that at any moment it is the old one or the new one.
pub(super) fn replace(directory: &Path, name: &str, octets: &[u8]) -> Result<(), Error> {
    let (path, new) = (directory.join(name), directory.join(format!("{name}.new")));
    // What a crash left of the last try.
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&new).map_err(failed)?;
    file.write_all(octets).and_then(|()| file.sync_all()).map_err(failed)?;
    drop(file);
    fs::rename(&new, &path).map_err(failed)?;
    sync_directory(directory)
}

/// Makes the names in a directory durable.
fn sync_directory(directory: &Path) -> Result<(), Error> {
    #[cfg(unix)]
    File::open(directory).and_then(|directory| directory.sync_all()).map_err(failed)?;
    #[cfg(not(unix))]
    let _ = directory;
    Ok(())
}

pub(super) fn failed(error: io::Error) -> Error {
    Error::note(ErrorKind::VaultFailed, "the file of secrets can't be read or written").because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(error: &Error, kind: ErrorKind) -> bool {
        error.kind() == kind
    }

    fn opened(directory: &Path) -> SecretFile {
        let file = SecretFile::new(directory);
        file.unlock(&Secret::new("open sesame")).unwrap();
        file
    }

    #[test]
    fn a_secret_comes_back_after_the_passphrase_alone() {
        let directory = tempfile::tempdir().unwrap();
        let file = SecretFile::new(directory.path());
        assert_eq!(file.state(), FileState::None);
        assert!(is(&file.get("1").unwrap_err(), ErrorKind::VaultLocked));
        assert!(is(&file.set("1", &Secret::new("x")).unwrap_err(), ErrorKind::VaultLocked));
        assert!(is(&file.unlock(&Secret::new("")).unwrap_err(), ErrorKind::InvalidInput));
        assert_eq!(file.state(), FileState::None, "none is made by that");
        let file = opened(directory.path());
        file.set("1", &Secret::new("old")).unwrap();
        file.set("1", &Secret::new("gr\u{fc}n")).unwrap();
        file.set("2", &Secret::new("other")).unwrap();
        file.delete("2").unwrap();
        file.delete("2").unwrap();

        let file = SecretFile::new(directory.path());
        assert_eq!(file.state(), FileState::Locked);
        let before = fs::read(file.path()).unwrap();
        assert!(is(&file.unlock(&Secret::new("Open sesame")).unwrap_err(), ErrorKind::VaultLocked));
        assert_eq!(file.state(), FileState::Locked, "that is no damage");
        assert!(is(&file.get("1").unwrap_err(), ErrorKind::VaultLocked));
        assert_eq!(fs::read(file.path()).unwrap(), before);
        file.unlock(&Secret::new("open sesame")).unwrap();
        assert_eq!(file.state(), FileState::Open);
        assert_eq!(file.get("1").unwrap().unwrap().reveal(), "gr\u{fc}n");
        assert!(file.get("2").unwrap().is_none());
    }

    #[test]
    fn a_damaged_file_is_said_to_be_and_left_as_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let file = opened(directory.path());
        file.set("1", &Secret::new("kept")).unwrap();
        let mut octets = fs::read(file.path()).unwrap();
        octets[100] ^= 1;
        fs::write(file.path(), &octets).unwrap();
        for file in [file, SecretFile::new(directory.path())] {
            let tries = [
                file.unlock(&Secret::new("open sesame")),
                file.unlock(&Secret::new("another")),
                file.change_passphrase(&Secret::new("open sesame"), &Secret::new("new")),
            ];
            for error in tries.map(Result::unwrap_err) {
                assert_eq!(error, damaged());
            }
            assert!(file.set("1", &Secret::new("new")).is_err() && file.delete("1").is_err());
            assert!(file.get("1").is_err() && file.remove_if_empty().is_err());
            assert_eq!(file.state(), FileState::Damaged);
            assert_eq!(fs::read(file.path()).unwrap(), octets);
        }
        fs::write(directory.path().join(NAME), vec![0; LONGEST + 1]).unwrap();
        let error = SecretFile::new(directory.path()).unlock(&Secret::new("open sesame")).unwrap_err();
        assert_eq!(error, damaged());
    }

    #[test]
    fn another_passphrase_opens_it_and_the_old_one_no_longer() {
        let directory = tempfile::tempdir().unwrap();
        let (old, new) = (Secret::new("open sesame"), Secret::new("close sesame"));
        let none = SecretFile::new(directory.path()).change_passphrase(&old, &new).unwrap_err();
        assert!(is(&none, ErrorKind::WrongState));
        let elsewhere = opened(directory.path());
        elsewhere.set("1", &Secret::new("kept")).unwrap();
        let file = SecretFile::new(directory.path());
        assert!(is(&file.change_passphrase(&new, &old).unwrap_err(), ErrorKind::VaultLocked));
        file.change_passphrase(&old, &new).unwrap();
        assert_eq!(file.get("1").unwrap().unwrap().reveal(), "kept");
        // Another process that had it open asks anew.
        assert!(is(&elsewhere.get("1").unwrap_err(), ErrorKind::VaultLocked));
        assert_eq!(elsewhere.state(), FileState::Locked);
        assert!(is(&elsewhere.unlock(&old).unwrap_err(), ErrorKind::VaultLocked));
        elsewhere.unlock(&new).unwrap();
        assert_eq!(elsewhere.get("1").unwrap().unwrap().reveal(), "kept");
    }

    #[test]
    fn two_processes_see_what_the_other_one_kept() {
        let directory = tempfile::tempdir().unwrap();
        let (one, other) = (opened(directory.path()), opened(directory.path()));
        one.set("1", &Secret::new("one")).unwrap();
        other.set("2", &Secret::new("other")).unwrap();
        assert_eq!(one.get("2").unwrap().unwrap().reveal(), "other");
        assert!(!one.remove_if_empty().unwrap());
        one.delete("1").unwrap();
        one.delete("2").unwrap();
        assert!(one.remove_if_empty().unwrap());
        assert_eq!(one.state(), FileState::None);
        assert!(other.get("2").is_err(), "what somebody took away is not kept");
    }

    #[cfg(unix)]
    #[test]
    fn it_is_for_its_owner_alone_and_nothing_of_it_is_in_the_clear() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        // What a crash left, with a mode that is too wide.
        let left = directory.path().join(format!("{NAME}.new"));
        fs::write(&left, b"half").unwrap();
        fs::set_permissions(&left, fs::Permissions::from_mode(0o666)).unwrap();
        let file = opened(directory.path());
        file.set("account-1", &Secret::new("correct horse")).unwrap();
        let names: Vec<PathBuf> =
            fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(names, [file.path()], "nothing else is left");
        assert_eq!(fs::metadata(file.path()).unwrap().permissions().mode() & 0o7777, 0o600);
        let octets = fs::read(file.path()).unwrap();
        for word in ["account-1", "correct horse", "open sesame"] {
            assert!(!octets.windows(word.len()).any(|found| found == word.as_bytes()), "{word}");
        }
    }

    /// A process writes until it is killed, again and again: each time the file opens, with a secret that was set whole.
    #[cfg(unix)]
    #[test]
    fn whoever_is_killed_while_writing_leaves_the_old_file_or_the_new_one() {
        const INSIDE: &str = "WAXWING_TEST_WRITES_SECRETS";
        if let Some(directory) = std::env::var_os(INSIDE) {
            let file = opened(Path::new(&directory));
            for number in 0_u64.. {
                file.set("1", &Secret::new(format!("{number:040}").repeat(200))).unwrap();
                println!("{number}");
            }
        }
        let directory = tempfile::tempdir().unwrap();
        opened(directory.path()).set("1", &Secret::new("0".repeat(8000))).unwrap();
        let name = "vault::file::tests::whoever_is_killed_while_writing_leaves_the_old_file_or_the_new_one";
        for moment in 1..12 {
            let mut child = std::process::Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "--nocapture", name])
                .env(INSIDE, directory.path())
                .stdout(std::process::Stdio::piped())
                .spawn()
                .unwrap();
            let mut said = io::BufReader::new(child.stdout.take().unwrap());
            let mut line = String::new();
            while !line.starts_with(char::is_numeric) {
                line.clear();
                assert!(io::BufRead::read_line(&mut said, &mut line).unwrap() > 0, "it writes nothing");
            }
            std::thread::sleep(std::time::Duration::from_micros(moment * 713));
            child.kill().unwrap();
            child.wait().unwrap();
            let file = opened(directory.path());
            let kept = file.get("1").unwrap().unwrap();
            let (first, rest) = kept.reveal().split_at(40);
            assert!(rest.as_bytes().chunks(40).all(|piece| piece == first.as_bytes()), "{first}");
            file.set("1", &kept).unwrap();
        }
    }
}
