//! Where a person's secrets are kept.

use super::Secret;

/// Where secrets are to be kept from now on.
#[derive(Clone, Debug)]
pub enum SecretPlace {
    /// In the keyring of the system.
    Keyring,
    /// In memory, until the engine ends.
    Session,
    /// In a file of the data directory, sealed with a passphrase; made where there is none, else opened.
    File { passphrase: Secret },
}

/// How things stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretPlaces {
    /// Which of them is chosen.
    pub chosen: ChosenPlace,
    /// How the keyring was found at the last look at it.
    pub keyring: KeyringState,
    /// How the file stands.
    pub file: FileState,
}

/// A `SecretPlace` without its passphrase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChosenPlace {
    /// `SecretPlace::Keyring`.
    #[default]
    Keyring,
    /// `SecretPlace::Session`.
    Session,
    /// `SecretPlace::File`.
    File,
}

/// The keyring of the system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyringState {
    /// It wasn't looked at.
    #[default]
    Unknown,
    /// It answers.
    Usable,
    /// It is locked, or doesn't answer in time.
    Locked,
    /// There is none, or it fails.
    Absent,
}

/// The file of secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileState {
    /// There is none.
    None,
    /// It waits for its passphrase.
    Locked,
    /// It is open until the engine ends.
    Open,
    /// It can't be read any more. It is left as it is.
    Damaged,
}
