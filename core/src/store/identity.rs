//! What a server calls a mail, wherever it is: which mails are the same, and which have the same octets.
//!
//! Gmail's X-GM-MSGID names a mail: under every label it is that one, with one set of flags, and so it is one row with a
//! place in each mailbox. EMAILID (RFC 8474) names what a mail holds: a copy has the same one, with flags and a fate of its
//! own, in the same mailbox too. So there each place stays a mail of its own, and only the octets are shared.

use std::sync::LazyLock;

use rusqlite::params;

use super::emails::NewEmail;
use super::endings::Settled;
use super::writer::{Tx, optional};
use super::{bodies, endings, labels, shown, threads};
use crate::error::Error;
use crate::model::{EmailId, FlagBits};
use crate::sync::identity::ServerId;

/// A mail that has no place yet; or was in this mailbox before it was renumbered, whatever other places it has; or is being
/// moved here and was copied so far: the answer was lost, and the copy can't be older than the move. While a move is to be
/// found out about, what is marked as deleted is what this or an earlier one left behind (without UIDPLUS), not the mail.
/// What was deleted for ever doesn't come back: what looks like it is a copy of it. Nor is what was marked as deleted, and is
/// not any more, taken for what it was while a like mail may have been copied here: that is what came.
static FREE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "(NOT EXISTS(SELECT 1 FROM loc WHERE loc.msg = msg.id)
   OR EXISTS(SELECT 1 FROM quarantine WHERE quarantine.msg = msg.id AND quarantine.folder = ?4)
   OR EXISTS(SELECT 1 FROM intent JOIN folder ON folder.id = intent.target
             WHERE intent.msg = msg.id AND kind = 2 AND state = 2 AND target = ?4
               AND target_uid_next BETWEEN 1 AND ?6 AND target_validity = folder.uid_validity
               AND NOT EXISTS(SELECT 1 FROM loc WHERE loc.msg = msg.id AND loc.folder = ?4)))
 AND NOT EXISTS(SELECT 1 FROM quarantine WHERE quarantine.msg = msg.id AND folder <> ?4)
 AND NOT EXISTS(SELECT 1 FROM intent WHERE intent.msg = msg.id AND kind IN (4, 5, 6)
                  AND state <> 10 AND (kind = 6 OR NOT (state IN (2, 3) AND (target = ?4 OR ?5))))
 AND NOT (?9 AND EXISTS(SELECT 1 FROM intent WHERE intent.msg = msg.id AND kind IN (2, 4, 5) AND state IN (2, 3)))
 AND (?9 OR NOT EXISTS(SELECT 1 FROM intent WHERE intent.msg = msg.id AND kind = 3 AND state = 10))
 AND (?9 OR NOT EXISTS(SELECT 1 FROM quarantine WHERE quarantine.msg = msg.id AND quarantine.folder = ?4 AND {MARKED})
      OR NOT EXISTS(SELECT 1 FROM intent JOIN msg AS coming ON coming.id = intent.msg
                    WHERE intent.target = ?4 AND kind IN (2, 4, 5) AND state = 2 AND coming.id <> msg.id
                      AND coming.message_id = msg.message_id AND coming.size = msg.size))"
    )
});

/// What was in the mailbox before it was renumbered comes first; of two copies there, the one that is marked as deleted if
/// this one is: by a move that left it behind, or by a deletion that may have got as far as that. Then what is awaited
/// here, and certainly was sent.
static ORDER: LazyLock<String> = LazyLock::new(|| {
    format!(
        "ORDER BY EXISTS(SELECT 1 FROM quarantine WHERE quarantine.msg = msg.id AND {MARKED} = ?9) DESC,
           EXISTS(SELECT 1 FROM quarantine WHERE quarantine.msg = msg.id) DESC,
           EXISTS(SELECT 1 FROM intent WHERE intent.msg = msg.id AND target = ?4
                    AND (state = 3 AND kind IN (2, 4, 5) OR state = 2 AND kind = 2)) DESC, id LIMIT 1"
    )
});

/// Whether a mail is marked as deleted in the mailbox that was renumbered, or may be.
const MARKED: &str = "(quarantine.flags & 8 <> 0
  OR EXISTS(SELECT 1 FROM intent WHERE intent.msg = quarantine.msg AND kind = 3 AND state < 10 AND seen > 0))";

static BY_CONTENT: LazyLock<String> = LazyLock::new(|| {
    let (free, order) = (&*FREE, &*ORDER);
    format!(
        "SELECT id FROM msg WHERE account = ?1 AND server_id = ?2 AND server_id <> '' AND size = ?3 AND {free} {order}"
    )
});

static BY_MESSAGE_ID: LazyLock<String> = LazyLock::new(|| {
    let (free, order) = (&*FREE, &*ORDER);
    format!(
        "SELECT id FROM msg WHERE account = ?1 AND message_id = ?2 AND message_id <> '' AND size = ?3 AND {free}
           AND (date = ?7 OR EXISTS(SELECT 1 FROM intent WHERE intent.msg = msg.id AND kind IN (2, 4, 5)
                                      AND state IN (2, 3) AND (target = ?4 OR ?5)))
           AND (?8 = '' OR server_id IN ('', ?8)
                OR EXISTS(SELECT 1 FROM quarantine WHERE quarantine.msg = msg.id))
         {order}"
    )
});

/// A mail without a Message-ID is known by its date, and only where one is expected.
static WITHOUT_ID: LazyLock<String> = LazyLock::new(|| {
    let (free, order) = (&*FREE, &*ORDER);
    format!(
        "SELECT id FROM msg WHERE account = ?1 AND message_id = ?2 AND message_id = '' AND size = ?3 AND date = ?7
           AND {free}
           AND (?8 = '' OR server_id IN ('', ?8)
                OR EXISTS(SELECT 1 FROM quarantine WHERE quarantine.msg = msg.id))
           AND (EXISTS(SELECT 1 FROM quarantine WHERE quarantine.msg = msg.id AND folder = ?4)
             OR EXISTS(SELECT 1 FROM intent WHERE intent.msg = msg.id AND kind IN (2, 4, 5) AND target = ?4
                         AND state IN (2, 3)))
         {order}"
    )
});

/// A mail that is here already and has no place in this numbering: moved by us or by another device, or the mailbox was
/// renumbered; or one that Gmail has here as well. The server's own name of it says so, else Message-ID, size and date
/// must agree: a draft that was changed keeps its Message-ID, and its size by chance, but its old body is not to be shown
/// in its place. The date alone may differ where we moved the mail here ourselves, since not every server keeps it.
pub(super) fn known_mail(
    tx: &Tx<'_>,
    account: i64,
    folder: i64,
    email: &NewEmail,
) -> Result<Option<i64>, Error> {
    let id = email.server_id.as_str();
    let is_of_mail = email.server_id.is_of_mail();
    let is_deleted = email.flags.bits.contains(FlagBits::DELETED);
    if is_of_mail {
        let known: Option<i64> = optional(
            tx.prepare_cached(
                "SELECT id FROM msg WHERE account = ?1 AND server_id = ?2 AND server_id <> '' AND size = ?3
                 ORDER BY id LIMIT 1",
            )?
            .query_row(params![account, id, email.size], |row| row.get(0)),
        )?;
        if known.is_some() {
            return Ok(known);
        }
    }
    let find = |by: &str, name: &str| {
        let date = email.date.0;
        optional(tx.prepare_cached(by)?.query_row(
            params![account, name, email.size, folder, is_of_mail, email.uid, date, id, is_deleted],
            |row| row.get(0),
        ))
    };
    let by_looks = || match email.facts.message_id.as_deref().unwrap_or("") {
        "" => find(&WITHOUT_ID, ""),
        // Most mails are new, which is quickly seen.
        message_id if is_known(tx, account, message_id)? => find(&BY_MESSAGE_ID, message_id),
        _ => Ok(None),
    };
    let named = if email.server_id.is_of_content() { find(&BY_CONTENT, id)? } else { None };
    match named {
        None => by_looks(),
        Some(named) if is_awaited(tx, named, folder)? => Ok(Some(named)),
        // What was never read yet has no name: a copy that is awaited here, or was being deleted, is known by its looks.
        Some(named) => Ok(match by_looks()? {
            Some(other) if is_awaited(tx, other, folder)? => Some(other),
            Some(other)
                if is_marked(tx, other)? == Some(is_deleted) && is_marked(tx, named)? != Some(is_deleted) =>
            {
                Some(other)
            }
            _ => Some(named),
        }),
    }
}

/// Whether a mail of a renumbered mailbox is marked as deleted there, or may be.
fn is_marked(tx: &Tx<'_>, msg: i64) -> Result<Option<bool>, Error> {
    optional(
        tx.prepare_cached(&format!("SELECT {MARKED} FROM quarantine WHERE msg = ?1"))?
            .query_row([msg], |row| row.get(0)),
    )
}

/// Whether a mail was sent to that mailbox and not seen there yet, or may have been.
fn is_awaited(tx: &Tx<'_>, msg: i64, folder: i64) -> Result<bool, Error> {
    Ok(tx
        .prepare_cached(
            "SELECT EXISTS(SELECT 1 FROM intent WHERE msg = ?1 AND target = ?2
                             AND (state = 3 AND kind IN (2, 4, 5) OR state = 2 AND kind = 2))",
        )?
        .query_row([msg, folder], |row| row.get(0))?)
}

fn is_known(tx: &Tx<'_>, account: i64, message_id: &str) -> Result<bool, Error> {
    Ok(tx
        .prepare_cached(
            "SELECT EXISTS(SELECT 1 FROM msg WHERE account = ?1 AND message_id = ?2 AND message_id <> '')",
        )?
        .query_row(params![account, message_id], |row| row.get(0))?)
}

/// What the server calls a mail that is here already.
pub(super) fn learn(
    tx: &Tx<'_>,
    account: i64,
    msg: i64,
    email: &NewEmail,
    settled: &mut Vec<Settled>,
) -> Result<(), Error> {
    if !email.server_id.is_empty() {
        let news = tx
            .prepare_cached("UPDATE msg SET server_id = ?2 WHERE id = ?1 AND server_id <> ?2")?
            .execute(params![msg, email.server_id.as_str()])?;
        if news > 0 && email.server_id.is_of_mail() {
            labels::learnt(tx, account, msg, settled)?;
        }
    }
    match &email.server_thread {
        Some(thread) => threads::learnt(tx, account, msg, thread),
        None => Ok(()),
    }
}

/// A mail that is new here and has the octets of one whose body is: they are fetched once.
pub(super) fn take_body(tx: &Tx<'_>, account: i64, msg: i64, email: &NewEmail) -> Result<(), Error> {
    let origin: Option<i64> = optional(
        tx.prepare_cached(
            "SELECT id FROM msg WHERE account = ?1 AND server_id = ?2 AND server_id <> '' AND size = ?3 AND id <> ?4
               AND EXISTS(SELECT 1 FROM body WHERE body.msg = msg.id AND part = '') LIMIT 1",
        )?
        .query_row(params![account, email.server_id.as_str(), email.size, msg], |row| row.get(0)),
    )?;
    match origin {
        Some(origin) => point(tx, origin, msg),
        None => Ok(()),
    }
}

/// The octets of the one are those of the other.
fn point(tx: &Tx<'_>, origin: i64, msg: i64) -> Result<(), Error> {
    tx.prepare_cached(
        "INSERT OR IGNORE INTO body(msg, part, pack, off, len, raw, codec)
         SELECT ?2, part, pack, off, len, raw, codec FROM body WHERE msg = ?1 AND part = ''",
    )?
    .execute([origin, msg])?;
    tx.prepare_cached(
        "UPDATE msg SET (preview, has_attachment) =
           (SELECT preview, has_attachment FROM msg AS origin WHERE origin.id = ?1) WHERE id = ?2",
    )?
    .execute([origin, msg])?;
    Ok(())
}

/// The body of a mail came: it is that of all others with the same octets. Gives those that had been without.
pub(super) fn share_body(
    tx: &Tx<'_>,
    (account, msg): (i64, i64),
    server_id: &str,
) -> Result<Vec<EmailId>, Error> {
    if !server_id.starts_with('e') {
        return Ok(Vec::new());
    }
    let others: Vec<i64> = tx
        .prepare_cached(
            "SELECT other.id FROM msg JOIN msg AS other ON other.account = ?1 AND other.server_id = ?2
               AND other.server_id <> '' AND other.size = msg.size AND other.id <> msg.id
             WHERE msg.id = ?3 AND NOT EXISTS(SELECT 1 FROM body WHERE body.msg = other.id)",
        )?
        .query_map(params![account, server_id, msg], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for other in &others {
        point(tx, msg, *other)?;
        bodies::is_here(tx, *other)?;
    }
    Ok(others.into_iter().map(EmailId).collect())
}

/// A mail that we handed over and the server had already is that one: Gmail keeps the same octets once. What is wanted
/// of ours is wanted of it.
pub(super) fn arrived_as(
    tx: &Tx<'_>,
    (account, folder): (i64, i64),
    email: &NewEmail,
    msg: i64,
    settled: &mut Vec<Settled>,
) -> Result<(), Error> {
    let message_id = email.facts.message_id.as_deref().unwrap_or("");
    let ours: Vec<i64> = tx
        .prepare_cached(
            "SELECT msg.id FROM intent JOIN msg ON msg.id = intent.msg
             WHERE intent.account = ?1 AND state = 3 AND state < 10 AND kind = 5 AND target = ?2 AND msg.id <> ?3
               AND message_id = ?4 AND message_id <> '' AND size = ?5",
        )?
        .query_map(params![account, folder, msg, message_id, email.size], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for twin in ours {
        endings::landed_here(tx, folder, twin, settled)?;
        tx.prepare_cached("UPDATE intent SET msg = ?2 WHERE msg = ?1 AND state < 10")?
            .execute([twin, msg])?;
        tx.prepare_cached("UPDATE OR IGNORE draft_copy SET msg = ?2 WHERE msg = ?1")?.execute([twin, msg])?;
        shown::refresh(tx, twin)?;
    }
    Ok(())
}

/// Whether this mail is one mail in many mailboxes.
pub(super) fn is_label_mail(tx: &Tx<'_>, msg: i64) -> Result<bool, Error> {
    let server_id: String =
        tx.prepare_cached("SELECT server_id FROM msg WHERE id = ?1")?.query_row([msg], |row| row.get(0))?;
    Ok(ServerId::stored(server_id).is_of_mail())
}

/// Whether the server of this account names its mails as Gmail does.
pub(super) fn has_labels(tx: &Tx<'_>, account: i64) -> Result<bool, Error> {
    Ok(tx
        .prepare_cached(
            "SELECT EXISTS(SELECT 1 FROM msg WHERE account = ?1 AND server_id <> ''
                             AND server_id >= 'g' AND server_id < 'h')",
        )?
        .query_row([account], |row| row.get(0))?)
}
