//! The octets of the file of secrets (`docs/vault.md`): a header that anybody may read, and secrets sealed with a key made of
//! a passphrase. Knows no file.

use std::collections::BTreeMap;

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::rand_core::RngCore;
use chacha20poly1305::aead::{AeadInPlace, KeyInit, OsRng};
use chacha20poly1305::{Key, Tag, XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind};
use crate::model::Secret;

const MAGIC: &[u8; 8] = b"WAXVAULT";
const VERSION: u16 = 1;
const SALT: usize = 16;
const NONCE: usize = 24;
const HEADER: usize = 8 + 2 + 3 * 4 + SALT + NONCE;
const TAG: usize = 16;
const SUM: usize = 32;
/// What is sealed is as long as a multiple of this: its length doesn't tell how long a password is.
const BLOCK: usize = 512;
/// Many times what all accounts of a person need.
pub(super) const LONGEST: usize = 1 << 20;

/// How a key is made of a passphrase (Argon2id, RFC 9106): kept in the file, so that newer files may cost more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cost {
    /// In KiB.
    memory: u32,
    passes: u32,
    lanes: u32,
}

impl Cost {
    /// The second of the settings that RFC 9106 section 4 recommends: some tenths of a second, 64 MiB.
    pub(super) const USUAL: Self = Self { memory: 64 << 10, passes: 3, lanes: 4 };

    /// A file isn't believed everything: no more than 512 MiB, and about ten times the usual work, or what has a name.
    fn is_bearable(self) -> bool {
        let work = u64::from(self.memory) * u64::from(self.passes);
        let usual = u64::from(Self::USUAL.memory) * u64::from(Self::USUAL.passes);
        self.memory <= 512 << 10 && (1..=64).contains(&self.lanes) && self.passes > 0 && work <= 16 * usual
    }
}

/// What opens a file: the key and what it was made with.
#[derive(Clone)]
pub(super) struct Opener {
    key: Zeroizing<[u8; 32]>,
    cost: Cost,
    salt: [u8; SALT],
}

/// The secrets by their keys.
pub(super) type Secrets = BTreeMap<String, Secret>;

impl Opener {
    /// For a new file. Takes a moment, and as much memory as the cost says.
    pub(super) fn new(passphrase: &Secret) -> Result<Self, Error> {
        let mut salt = [0; SALT];
        random(&mut salt)?;
        Self::made(passphrase, Cost::USUAL, salt)
    }

    /// For this file, if it is one; whether it opens it isn't known yet. Takes a moment.
    pub(super) fn of(file: &[u8], passphrase: &Secret) -> Result<Self, Error> {
        let Parts { cost, salt, .. } = Parts::of(file)?;
        Self::made(passphrase, cost, salt)
    }

    fn made(passphrase: &Secret, cost: Cost, salt: [u8; SALT]) -> Result<Self, Error> {
        let bug = |_| Error::note(ErrorKind::VaultFailed, "no key can be made of the passphrase");
        let params = Params::new(cost.memory, cost.passes, cost.lanes, Some(32)).map_err(bug)?;
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.reveal().as_bytes(), &salt, &mut *key)
            .map_err(bug)?;
        Ok(Self { key, cost, salt })
    }

    /// The secrets of a file.
    ///
    /// # Errors
    /// `VaultFailed` for a damaged file or one of a newer version, `VaultLocked` where this doesn't open it.
    pub(super) fn open(&self, file: &[u8]) -> Result<Secrets, Error> {
        let parts = Parts::of(file)?;
        if (parts.salt, parts.cost) != (self.salt, self.cost) {
            return Err(Error::note(ErrorKind::VaultLocked, "its passphrase was changed"));
        }
        let mut plain = Zeroizing::new(parts.sealed.to_vec());
        XChaCha20Poly1305::new(Key::from_slice(&*self.key))
            .decrypt_in_place_detached(
                XNonce::from_slice(parts.nonce),
                parts.header,
                &mut plain,
                Tag::from_slice(parts.tag),
            )
            .map_err(|_| Error::note(ErrorKind::VaultLocked, "the passphrase is another one"))?;
        unpacked(&plain).ok_or_else(damaged)
    }

    /// A file that holds these secrets.
    pub(super) fn seal(&self, secrets: &Secrets) -> Result<Vec<u8>, Error> {
        let mut file = Vec::with_capacity(HEADER + BLOCK + TAG + SUM);
        file.extend(MAGIC);
        file.extend(VERSION.to_le_bytes());
        for number in [self.cost.memory, self.cost.passes, self.cost.lanes] {
            file.extend(number.to_le_bytes());
        }
        file.extend(self.salt);
        let mut nonce = [0; NONCE];
        random(&mut nonce)?;
        file.extend(nonce);
        let mut sealed = packed(secrets)?;
        let tag = XChaCha20Poly1305::new(Key::from_slice(&*self.key))
            .encrypt_in_place_detached(XNonce::from_slice(&nonce), &file, &mut sealed)
            .map_err(|_| Error::note(ErrorKind::VaultFailed, "the secrets can't be sealed"))?;
        file.extend_from_slice(&sealed);
        file.extend(tag);
        file.extend(Sha256::digest(&file));
        if file.len() > LONGEST {
            return Err(Error::note(ErrorKind::VaultFailed, "the secrets are too long for the file"));
        }
        Ok(file)
    }
}

/// A file whose sum is right.
struct Parts<'a> {
    cost: Cost,
    salt: [u8; SALT],
    nonce: &'a [u8],
    header: &'a [u8],
    sealed: &'a [u8],
    tag: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(file: &'a [u8]) -> Result<Self, Error> {
        let newer = || Error::note(ErrorKind::VaultFailed, "the file of secrets is of a newer Waxwing");
        let (body, sum) =
            file.len().checked_sub(SUM).and_then(|end| file.split_at_checked(end)).ok_or_else(damaged)?;
        if Sha256::digest(body).as_slice() != sum {
            return Err(damaged());
        }
        let (header, rest) = body.split_at_checked(HEADER).ok_or_else(damaged)?;
        let mut fields = Fields(header);
        if fields.take(MAGIC.len()).ok_or_else(damaged)? != MAGIC {
            return Err(damaged());
        }
        if fields.array().map(u16::from_le_bytes).ok_or_else(damaged)? != VERSION {
            return Err(newer());
        }
        let mut number = || fields.array().map(u32::from_le_bytes).ok_or_else(damaged);
        let cost = Cost { memory: number()?, passes: number()?, lanes: number()? };
        if !cost.is_bearable() {
            return Err(Error::note(ErrorKind::VaultFailed, "the file of secrets asks for too much"));
        }
        let salt = fields.array().ok_or_else(damaged)?;
        let nonce = fields.take(NONCE).ok_or_else(damaged)?;
        let end = rest.len().checked_sub(TAG).ok_or_else(damaged)?;
        let (sealed, tag) = rest.split_at_checked(end).ok_or_else(damaged)?;
        Ok(Self { cost, salt, nonce, header, sealed, tag })
    }
}

/// Octets that are taken from the front.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.array().map(u32::from_le_bytes)?).ok()?;
        std::str::from_utf8(self.take(length)?).ok()
    }
}

/// How many there are, then each key and secret after its length; zeros up to a whole block.
fn packed(secrets: &Secrets) -> Result<Zeroizing<Vec<u8>>, Error> {
    let long = |_| Error::note(ErrorKind::VaultFailed, "the secrets are too long for the file");
    let texts: usize = secrets.iter().map(|(key, secret)| 8 + key.len() + secret.reveal().len()).sum();
    // All of it at once: what a vector leaves behind when it grows is not zeroed.
    let length = (4 + texts).next_multiple_of(BLOCK);
    let mut plain = Zeroizing::new(Vec::with_capacity(length));
    plain.extend(u32::try_from(secrets.len()).map_err(long)?.to_le_bytes());
    for (key, secret) in secrets {
        for text in [key.as_str(), secret.reveal()] {
            plain.extend(u32::try_from(text.len()).map_err(long)?.to_le_bytes());
            plain.extend_from_slice(text.as_bytes());
        }
    }
    plain.resize(length, 0);
    Ok(plain)
}

fn unpacked(plain: &[u8]) -> Option<Secrets> {
    let mut fields = Fields(plain);
    let count = fields.array().map(u32::from_le_bytes)?;
    let mut secrets = Secrets::new();
    for _ in 0..count {
        let key = fields.text()?.to_owned();
        secrets.insert(key, Secret::new(fields.text()?));
    }
    Some(secrets)
}

fn random(octets: &mut [u8]) -> Result<(), Error> {
    OsRng
        .try_fill_bytes(octets)
        .map_err(|_| Error::note(ErrorKind::VaultFailed, "the system gives no random numbers"))
}

pub(super) const fn damaged() -> Error {
    Error::note(ErrorKind::VaultFailed, "the file of secrets is damaged")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with little work, for tests that are about something else.
    fn cheap(passphrase: &str) -> Opener {
        let cost = Cost { memory: 64, passes: 1, lanes: 1 };
        Opener::made(&Secret::new(passphrase), cost, [7; SALT]).unwrap()
    }

    fn secrets() -> Secrets {
        [("account-1", "hunter2"), ("account-2", "grün")]
            .map(|(key, secret)| (key.to_owned(), Secret::new(secret)))
            .into()
    }

    fn resummed(mut file: Vec<u8>) -> Vec<u8> {
        let end = file.len() - SUM;
        let sum = Sha256::digest(&file[..end]);
        file[end..].copy_from_slice(&sum);
        file
    }

    fn said(file: &[u8], opener: &Opener) -> (ErrorKind, String) {
        let error = opener.open(file).unwrap_err();
        (error.kind(), error.to_string())
    }

    #[test]
    fn what_is_sealed_comes_back_and_no_two_files_are_alike() {
        let opener = cheap("open sesame");
        let (one, other) = (opener.seal(&secrets()).unwrap(), opener.seal(&secrets()).unwrap());
        assert_ne!(one, other, "the nonce is used once");
        let opened = Opener::of(&one, &Secret::new("open sesame")).unwrap().open(&one).unwrap();
        assert_eq!(opened.len(), 2);
        assert_eq!(opened["account-2"].reveal(), "grün");
        for word in ["hunter2", "account-1", "open sesame"] {
            assert!(!one.windows(word.len()).any(|octets| octets == word.as_bytes()), "{word}");
        }
        // A longer password makes no longer file.
        let mut longer = secrets();
        longer.insert("account-1".into(), Secret::new("x".repeat(100)));
        assert_eq!(opener.seal(&longer).unwrap().len(), one.len());
    }

    #[test]
    fn another_passphrase_is_no_damage_and_each_damaged_octet_is() {
        let opener = cheap("open sesame");
        let file = opener.seal(&secrets()).unwrap();
        let (kind, text) = said(&file, &cheap("open, sesame"));
        assert_eq!(kind, ErrorKind::VaultLocked);
        assert!(text.contains("passphrase is another one"), "{text}");
        for place in 0..file.len() {
            let mut bad = file.clone();
            bad[place] ^= 1;
            assert_eq!(said(&bad, &opener), (ErrorKind::VaultFailed, damaged().to_string()), "{place}");
            assert!(Opener::of(&bad, &Secret::new("open sesame")).is_err(), "no work is done for it");
        }
        for length in 0..file.len() {
            assert_eq!(said(&file[..length], &opener).0, ErrorKind::VaultFailed, "{length}");
        }
    }

    /// Whoever changes the file may make its sum right; the header is sealed with the rest all the same.
    #[test]
    fn a_file_that_was_changed_on_purpose_does_not_open() {
        let opener = cheap("open sesame");
        let file = opener.seal(&secrets()).unwrap();
        for place in 0..file.len() - SUM {
            let mut bad = file.clone();
            bad[place] ^= 1;
            assert!(opener.open(&resummed(bad)).is_err(), "{place}");
        }
    }

    #[test]
    fn a_file_can_not_ask_for_all_memory_or_time() {
        let file = cheap("open sesame").seal(&secrets()).unwrap();
        for (place, number) in
            [(10, u32::MAX), (10, 600 << 10), (14, u32::MAX), (18, u32::MAX), (18, 0), (14, 0)]
        {
            let mut bad = file.clone();
            bad[place..place + 4].copy_from_slice(&number.to_le_bytes());
            let error = Opener::of(&resummed(bad), &Secret::new("open sesame")).err().unwrap();
            assert_eq!(error.kind(), ErrorKind::VaultFailed);
            assert!(error.to_string().contains("asks for too much"), "{error}");
        }
        assert!(Cost::USUAL.is_bearable());
        let more = Cost { memory: 256 << 10, passes: 4, lanes: 4 };
        assert!(more.is_bearable(), "newer files may cost more");
    }

    #[test]
    fn a_file_of_a_newer_version_is_not_called_damaged() {
        let mut file = cheap("open sesame").seal(&secrets()).unwrap();
        file[8] = 2;
        let (kind, text) = said(&resummed(file), &cheap("open sesame"));
        assert_eq!(kind, ErrorKind::VaultFailed);
        assert!(text.contains("newer"), "{text}");
    }
}
