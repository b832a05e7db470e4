//! Accounts.

use rusqlite::{Connection, Row, params};

use super::Settled;
use super::writer::{Changed, Writer};
use crate::command::Ticket;
use crate::error::{ALREADY_HERE, Error, ErrorKind};
use crate::model::{AccountConfig, AccountId, Instant, SecretKind, Security, SubmissionServer};

const COLUMNS: &str = "id, address, display_name, user_name, imap_host, imap_port, secret_kind,
  submission_host, submission_port, submission_security, imap_security";

fn config(row: &Row<'_>) -> rusqlite::Result<(AccountId, AccountConfig)> {
    Ok((
        AccountId(row.get(0)?),
        AccountConfig {
            address: row.get(1)?,
            display_name: row.get(2)?,
            user_name: row.get(3)?,
            imap_host: row.get(4)?,
            imap_port: row.get(5)?,
            imap_security: security(row.get(10)?),
            secret_kind: kind_of(row.get(6)?),
            submission: submission(row)?,
        },
    ))
}

/// As the store has it; what isn't known is a password.
fn kind_of(number: i64) -> SecretKind {
    match number {
        1 => SecretKind::BearerToken,
        2 => SecretKind::Grant,
        _ => SecretKind::Password,
    }
}

fn number_of(kind: SecretKind) -> i64 {
    match kind {
        SecretKind::Password => 0,
        SecretKind::BearerToken => 1,
        SecretKind::Grant => 2,
    }
}

/// What isn't known is the safest.
fn security(number: i64) -> Security {
    if number == 2 { Security::StartTls } else { Security::Tls }
}

pub(super) fn number(security: Security) -> i64 {
    match security {
        Security::Tls => 1,
        Security::StartTls => 2,
    }
}

fn submission(row: &Row<'_>) -> rusqlite::Result<Option<SubmissionServer>> {
    let server = SubmissionServer { host: row.get(7)?, port: row.get(8)?, security: security(row.get(9)?) };
    Ok((!server.host.is_empty()).then_some(server))
}

pub(super) fn all(connection: &Connection) -> Result<Vec<(AccountId, AccountConfig)>, Error> {
    let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM account ORDER BY id"))?;
    let rows = statement.query_map([], config)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Whether both are the same mail: that of one user, or that for one address, at one server.
pub(crate) fn is_twin(one: &AccountConfig, other: &AccountConfig) -> bool {
    let is_user = !other.user_name.is_empty() && one.user_name == other.user_name;
    let is_address = !other.address.is_empty() && one.address.eq_ignore_ascii_case(&other.address);
    one.imap_host.eq_ignore_ascii_case(&other.imap_host)
        && one.imap_port == other.imap_port
        && (is_user || is_address)
}

impl Writer {
    /// What an account's secret is from now on.
    pub fn set_secret_kind(&mut self, account: AccountId, kind: SecretKind) -> Result<(), Error> {
        self.keep(|tx| {
            let changed = tx.execute(
                "UPDATE account SET secret_kind = ?2 WHERE id = ?1",
                params![account.0, number_of(kind)],
            )?;
            if changed == 0 { Err(Error::new(crate::ErrorKind::NotFound)) } else { Ok(()) }
        })
    }

    /// By which server an account sends.
    pub fn set_submission(
        &mut self,
        account: AccountId,
        server: Option<&SubmissionServer>,
    ) -> Result<(), Error> {
        let (host, port, security) =
            server.map_or(("", 0, 0), |server| (server.host.as_str(), server.port, number(server.security)));
        let changed = self.keep(|tx| {
            super::sent_habits::forget(tx, account)?;
            Ok(tx.execute(
                "UPDATE account SET submission_host = ?2, submission_port = ?3, submission_security = ?4 WHERE id = ?1",
                params![account.0, host, port, security],
            )?)
        })?;
        if changed == 0 { Err(Error::new(ErrorKind::NotFound)) } else { Ok(()) }
    }

    /// Every account's settings, oldest first.
    pub fn accounts(&self) -> Result<Vec<(AccountId, AccountConfig)>, Error> {
        all(self.look())
    }

    /// Keeps an account.
    ///
    /// # Errors
    /// `WrongState` when it is here already: the same user, or the same address, of the same server.
    pub fn add_account(&mut self, config: &AccountConfig) -> Result<AccountId, Error> {
        if self.accounts()?.iter().any(|(_, known)| is_twin(known, config)) {
            return Err(Error::note(ErrorKind::WrongState, ALREADY_HERE));
        }
        let submission = config.submission.as_ref();
        let (id, _) = self.change(|tx| {
            tx.execute(
                "INSERT INTO account(address, display_name, user_name, imap_host, imap_port, imap_security, secret_kind,
                   submission_host, submission_port, submission_security)
                 VALUES(?1, ?2, ?3, ?4, ?5, ?10, ?6, ?7, ?8, ?9)",
                params![
                    config.address,
                    config.display_name,
                    config.user_name,
                    config.imap_host,
                    config.imap_port,
                    number_of(config.secret_kind),
                    submission.map_or("", |server| &server.host),
                    submission.map_or(0, |server| server.port),
                    submission.map_or(0, |server| number(server.security)),
                    number(config.imap_security)
                ],
            )?;
            Ok(tx.last_insert_rowid())
        })?;
        Ok(AccountId(id))
    }

    /// Notes when the account was last wholly in step with its server.
    pub fn account_synced(&mut self, account: AccountId, now: Instant) -> Result<(), Error> {
        self.keep(|tx| Ok(tx.execute("UPDATE account SET synced = ?2 WHERE id = ?1", [account.0, now.0])?))?;
        Ok(())
    }

    /// Removes everything of an account from this device: rows first, then its pack files. Gives the operations that
    /// had not finished.
    ///
    /// What other accounts' mail was to do with this one is taken back: what ended by that and which lists changed is
    /// told besides.
    pub fn remove_account(
        &mut self,
        account: AccountId,
    ) -> Result<(Vec<Ticket>, Vec<Settled>, Changed), Error> {
        self.incoming.remove(&account);
        // What is removed is overwritten, not only left out of account.
        self.look().pragma_update(None, "secure_delete", true)?;
        let removed = self.change(|tx| {
            let others = super::changes::cut_loose(tx, account)?;
            let open: Vec<i64> = tx
                .prepare_cached("SELECT id FROM operation WHERE account = ?1 AND NOT finished ORDER BY id")?
                .query_map([account.0], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            tx.execute("DELETE FROM intent WHERE account = ?1", [account.0])?;
            tx.execute("DELETE FROM mailbox_intent WHERE account = ?1", [account.0])?;
            tx.execute("DELETE FROM operation WHERE account = ?1", [account.0])?;
            tx.execute("DELETE FROM folder WHERE account = ?1", [account.0])?;
            tx.execute("DELETE FROM body WHERE msg IN (SELECT id FROM msg WHERE account = ?1)", [account.0])?;
            tx.execute(
                "DELETE FROM outgoing WHERE msg IN (SELECT id FROM msg WHERE account = ?1)",
                [account.0],
            )?;
            tx.execute("DELETE FROM msg WHERE account = ?1", [account.0])?;
            tx.execute("DELETE FROM account WHERE id = ?1", [account.0])?;
            super::tags::forget_unused(tx)?;
            // What belongs to no account in particular is of the last one.
            for table in ["image_sender", "saved_search", "template"] {
                tx.execute(&format!("DELETE FROM {table} WHERE NOT EXISTS(SELECT 1 FROM account)"), [])?;
            }
            super::search::begin_anew(tx)?;
            let open: Vec<Ticket> = open.into_iter().map(|id| Ticket(id.unsigned_abs())).collect();
            Ok((open, others))
        });
        self.look().pragma_update(None, "secure_delete", false)?;
        let ((open, others), changed) = removed?;
        // So that nothing of it is in the journal either; whoever reads just now keeps some until they are done.
        let _ = self.look().query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        super::pack::remove(&super::pack_directory(&self.packs, account))?;
        Ok((open, others, changed))
    }
}
