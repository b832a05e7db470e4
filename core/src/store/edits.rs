//! Other settings for an account that is here; and what no longer holds once it has another server.

use std::collections::BTreeSet;

use rusqlite::params;

use super::accounts::{self, number};
use super::endings::Settled;
use super::writer::{Changed, Tx, Writer};
use super::{draft_copies, mailbox_intents, sent_habits, shown};
use crate::command::Ticket;
use crate::error::{ALREADY_HERE, Error, ErrorKind};
use crate::model::{AccountConfig, AccountId};
use crate::sync::threads::ties;

/// Whether an account goes on with the mail it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerNow {
    /// The mailboxes are the same, and numbered as they were.
    Same,
    /// Numbers, and what the server calls anything, may mean other mail.
    Another,
    /// The same, but for the names of mails: those are Gmail's, which are the same wherever that person signs in.
    AnotherOfGmail,
}

/// What came of other settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Edited {
    /// As they are kept now.
    pub config: AccountConfig,
    /// Wishes that were taken back, and why.
    pub refused: Vec<(Ticket, Error)>,
    /// What ended by that.
    pub settled: Vec<Settled>,
    pub changed: Changed,
}

impl Writer {
    /// Keeps other settings for an account, in one transaction with what follows for its mail.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` when they are no longer as they were `before`, or when that user of that server is another
    /// account's.
    pub fn edit_account(
        &mut self,
        account: AccountId,
        before: &AccountConfig,
        config: &AccountConfig,
        server: ServerNow,
    ) -> Result<Edited, Error> {
        let ((refused, settled), changed) = self.change(|tx| {
            let known = accounts::all(tx)?;
            let kept = known.iter().find(|(id, _)| *id == account).map(|(_, kept)| kept);
            let kept = kept.ok_or_else(|| Error::new(ErrorKind::NotFound))?;
            if (AccountConfig { secret_kind: before.secret_kind, ..kept.clone() }) != *before {
                return Err(Error::note(ErrorKind::WrongState, "the account got other settings in between"));
            }
            if known.iter().any(|(id, other)| *id != account && accounts::is_twin(other, config)) {
                return Err(Error::note(ErrorKind::WrongState, ALREADY_HERE));
            }
            write(tx, account, config)?;
            if kept.submission != config.submission || server != ServerNow::Same {
                sent_habits::forget(tx, account)?;
            }
            if server == ServerNow::Same {
                return Ok(Default::default());
            }
            forget_numbers(tx, account)?;
            draft_copies::at_another_server(tx, account)?;
            if server == ServerNow::Another {
                forget_names(tx, account)?;
            }
            let taken_back = mailbox_intents::spare_all(tx, account)?;
            for msg in wished_of(tx, account)? {
                shown::refresh(tx, msg)?;
            }
            tx.touch_mailboxes(account.0);
            Ok(taken_back)
        })?;
        // What came of bodies from the old server and isn't counted yet is nobody's.
        if server != ServerNow::Same {
            self.incoming.remove(&account);
        }
        let kept = self.accounts()?.into_iter().find(|(id, _)| *id == account);
        let (_, config) = kept.ok_or_else(|| Error::new(ErrorKind::NotFound))?;
        Ok(Edited { config, refused, settled, changed })
    }
}

fn write(tx: &Tx<'_>, account: AccountId, config: &AccountConfig) -> Result<(), Error> {
    let submission = config.submission.as_ref();
    tx.execute(
        "UPDATE account SET display_name = ?2, user_name = ?3, imap_host = ?4, imap_port = ?5, imap_security = ?6,
           submission_host = ?7, submission_port = ?8, submission_security = ?9 WHERE id = ?1",
        params![
            account.0,
            config.display_name,
            config.user_name,
            config.imap_host,
            config.imap_port,
            number(config.imap_security),
            submission.map_or("", |server| &server.host),
            submission.map_or(0, |server| server.port),
            submission.map_or(0, |server| number(server.security)),
        ],
    )?;
    Ok(())
}

/// No number of the old server is believed any more: all its mailboxes were as good as renumbered. Unlike there the new
/// UIDVALIDITY isn't known, and may be the old one by chance; so each counts as never selected, and what was in it waits
/// until it has been read. What waits to be done has no number to begin at either.
fn forget_numbers(tx: &Tx<'_>, account: AccountId) -> Result<(), Error> {
    let its = "(SELECT id FROM folder WHERE account = ?1)";
    tx.execute(
        &format!(
            "INSERT OR REPLACE INTO quarantine(folder, msg, flags, keywords)
             SELECT folder, msg, flags, keywords FROM loc WHERE folder IN {its}"
        ),
        [account.0],
    )?;
    for table in ["loc", "wanted", "hole"] {
        tx.execute(&format!("DELETE FROM {table} WHERE folder IN {its}"), [account.0])?;
    }
    // Nobody is told of all that is there as if it had just come.
    tx.execute(
        "UPDATE folder SET uid_validity = 0, uid_next = 1, highest_modseq = 0, on_server = 0, wanted = 0,
           announced = NULL
         WHERE account = ?1",
        [account.0],
    )?;
    tx.execute("UPDATE account SET synced = NULL WHERE id = ?1", [account.0])?;
    super::excerpts::is_all_there_is(tx, its, account.0)?;
    tx.execute(
        &format!("UPDATE intent SET base_validity = 0, base_uid = 0 WHERE state < 10 AND source IN {its}"),
        [account.0],
    )?;
    tx.execute(
        &format!(
            "UPDATE intent SET target_uid_next = 0, target_validity = 0 WHERE state < 10 AND target IN {its}"
        ),
        [account.0],
    )?;
    Ok(())
}

/// Nor is what the old server called mails and conversations: another one may call others so. What was to be done with labels
/// means mails from now on.
fn forget_names(tx: &Tx<'_>, account: AccountId) -> Result<(), Error> {
    let named =
        tx.execute("UPDATE msg SET server_id = '' WHERE account = ?1 AND server_id <> ''", [account.0])?;
    if named == 0 {
        return Ok(());
    }
    tx.execute(
        "UPDATE intent SET labels = '' WHERE account = ?1 AND state < 10 AND labels <> ''",
        [account.0],
    )?;
    // Who names conversations names mails. Those that are one stay one; new mail joins by what mails say alone.
    let mut said: BTreeSet<i64> = BTreeSet::new();
    let mut mails = tx.prepare_cached("SELECT message_id, refs FROM msg WHERE account = ?1")?;
    let mut rows = mails.query([account.0])?;
    while let Some(row) = rows.next()? {
        let (message_id, references): (String, String) = (row.get(0)?, row.get(1)?);
        let references: Vec<String> = references.split(' ').map(str::to_owned).collect();
        said.extend(ties(Some(&message_id), &references, None).iter().map(|tie| tie.0));
    }
    let kept: Vec<i64> = tx
        .prepare_cached("SELECT tie FROM ref WHERE account = ?1")?
        .query_map([account.0], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for tie in kept.into_iter().filter(|tie| !said.contains(tie)) {
        tx.prepare_cached("DELETE FROM ref WHERE account = ?1 AND tie = ?2")?.execute([account.0, tie])?;
    }
    Ok(())
}

/// The mails of an account that something is still wished of.
fn wished_of(tx: &Tx<'_>, account: AccountId) -> Result<Vec<i64>, Error> {
    Ok(tx
        .prepare_cached("SELECT DISTINCT msg FROM intent WHERE account = ?1 AND state < 10")?
        .query_map([account.0], |row| row.get(0))?
        .collect::<Result<_, _>>()?)
}
