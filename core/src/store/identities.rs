//! Whom a person writes as.

use rusqlite::params;

use super::reader::Reader;
use super::writer::{Writer, optional};
use crate::error::{Error, ErrorKind};
use crate::mime;
use crate::model::{AccountId, Identity};

/// Most identities of an account, and the longest signature, in bytes.
const MOST: usize = 200;
const LONGEST_SIGNATURE: usize = 64 << 10;

/// An identity as it is kept: with its address as it goes over the wire.
fn usual(identity: &Identity) -> Result<Identity, Error> {
    let wrong = |note| Error::note(ErrorKind::InvalidInput, note);
    let addresses = mime::recipients(&identity.address);
    let [one] = &addresses[..] else { return Err(wrong("an identity has one address")) };
    if !one.is_valid || !one.name.is_empty() {
        return Err(wrong("the address of an identity is none"));
    }
    let answers = mime::recipients(&identity.reply_to);
    if answers.iter().any(|one| !one.is_valid) {
        return Err(wrong("the address for answers is none"));
    }
    if identity.signature.len() > LONGEST_SIGNATURE {
        return Err(wrong("the signature is too long"));
    }
    let named = mime::recipients(&mime::mailbox(&identity.name, &one.address));
    let [named] = &named[..] else { return Err(wrong("the name of an identity is none")) };
    if !named.is_valid {
        return Err(wrong("the name of an identity is too long"));
    }
    Ok(Identity {
        name: named.name.clone(),
        address: one.address.clone(),
        reply_to: answers.iter().map(mime::Recipient::written).collect::<Vec<_>>().join(", "),
        signature: identity.signature.replace("\r\n", "\n"),
        is_catch_all: identity.is_catch_all,
    })
}

impl Writer {
    /// Sets whom an account's person writes as, in their order; none: by the account's own address alone.
    ///
    /// # Errors
    /// `NotFound`, `InvalidInput`.
    pub fn set_identities(&mut self, account: AccountId, identities: &[Identity]) -> Result<(), Error> {
        if identities.len() > MOST {
            return Err(Error::note(ErrorKind::InvalidInput, "those are too many identities"));
        }
        let identities = identities.iter().map(usual).collect::<Result<Vec<_>, _>>()?;
        self.keep(|tx| {
            tx.query_row("SELECT 1 FROM account WHERE id = ?1", [account.0], |_| Ok(()))?;
            tx.execute("DELETE FROM identity WHERE account = ?1", [account.0])?;
            for one in &identities {
                tx.prepare_cached(
                    "INSERT INTO identity(account, name, address, reply_to, signature, is_catch_all)
                     VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![
                    account.0,
                    one.name,
                    one.address,
                    one.reply_to,
                    one.signature,
                    one.is_catch_all
                ])?;
            }
            Ok(())
        })
    }
}

impl Reader {
    /// Whom an account's person writes as: at least one; the first where nothing tells which.
    ///
    /// # Errors
    /// `NotFound`, `StorageFailed`.
    pub fn identities(&self, account: AccountId) -> Result<Vec<Identity>, Error> {
        self.with(|connection| {
            let all: Vec<Identity> = connection
                .prepare_cached(
                    "SELECT name, address, reply_to, signature, is_catch_all FROM identity
                     WHERE account = ?1 ORDER BY id",
                )?
                .query_map([account.0], |row| {
                    Ok(Identity {
                        name: row.get(0)?,
                        address: row.get(1)?,
                        reply_to: row.get(2)?,
                        signature: row.get(3)?,
                        is_catch_all: row.get(4)?,
                    })
                })?
                .collect::<Result<_, _>>()?;
            if !all.is_empty() {
                return Ok(all);
            }
            let own = optional(
                connection
                    .prepare_cached("SELECT display_name, address FROM account WHERE id = ?1")?
                    .query_row([account.0], |row| {
                        Ok(Identity { name: row.get(0)?, address: row.get(1)?, ..Identity::default() })
                    }),
            )?;
            Ok(vec![own.ok_or_else(|| Error::new(ErrorKind::NotFound))?])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AccountConfig, SecretKind, Security};
    use crate::store::Store;

    #[test]
    fn an_account_writes_as_itself_until_it_is_told_otherwise() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        let config = AccountConfig {
            address: "ada@example.org".into(),
            display_name: "Ada".into(),
            user_name: "ada".into(),
            imap_host: "imap.example.org".into(),
            imap_port: 993,
            imap_security: Security::Tls,
            secret_kind: SecretKind::Password,
            submission: None,
        };
        let account = store.writer().add_account(&config).unwrap();
        let itself =
            Identity { name: "Ada".into(), address: "ada@example.org".into(), ..Identity::default() };
        let identities = |account| store.reader().identities(account);
        assert_eq!(identities(account).unwrap(), std::slice::from_ref(&itself));
        let work = Identity {
            name: "Dr. \"A\" L".into(),
            address: "ada@b\u{fc}ro.example".into(),
            reply_to: "Office <office@b\u{fc}ro.example>; x@y.example".into(),
            signature: "Ada\r\nBüro".into(),
            is_catch_all: true,
        };
        store.writer().set_identities(account, &[work.clone(), itself.clone()]).unwrap();
        let kept = Identity {
            address: "ada@xn--bro-hoa.example".into(),
            reply_to: "Office <office@xn--bro-hoa.example>, x@y.example".into(),
            signature: "Ada\nBüro".into(),
            ..work.clone()
        };
        assert_eq!(identities(account).unwrap(), [kept, itself.clone()]);
        for wrong in [
            Identity { address: "ada".into(), ..work.clone() },
            Identity { address: "Ada <ada@example.org>".into(), ..work.clone() },
            Identity { address: "a@b.example, c@d.example".into(), ..work.clone() },
            Identity { reply_to: "nobody".into(), ..work.clone() },
            Identity { signature: "x".repeat(LONGEST_SIGNATURE + 1), ..work.clone() },
            Identity { name: "x".repeat(2_000), ..work },
        ] {
            let error = store.writer().set_identities(account, &[wrong]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
        }
        assert_eq!(identities(account).unwrap().len(), 2, "what is wrong changes nothing");
        store.writer().set_identities(account, &[]).unwrap();
        assert_eq!(identities(account).unwrap(), [itself]);
        assert_eq!(identities(AccountId(99)).unwrap_err().kind(), ErrorKind::NotFound);
        let nobody = store.writer().set_identities(AccountId(99), &[]).unwrap_err();
        assert_eq!(nobody.kind(), ErrorKind::NotFound);
    }
}
