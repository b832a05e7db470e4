//! The tables, and how an older store becomes a newer one.
//!
//! Every table is STRICT and every column NOT NULL unless "unknown" is a fact worth keeping; ids are AUTOINCREMENT so
//! that none is ever reused.

use rusqlite::Connection;

use crate::error::{Error, ErrorKind};

/// The version this code writes. A store with a higher one is refused.
pub(super) const VERSION: i64 = MIGRATIONS.len() as i64;

/// One step per version; a released step is never edited.
const MIGRATIONS: [&str; 15] = [
    VERSION_1,
    VERSION_2,
    VERSION_3,
    VERSION_4,
    VERSION_5,
    IMAGE_SENDERS,
    SAVED_SEARCHES,
    TAGS,
    PARTED_CONVERSATIONS,
    SEARCHED_FACTS,
    EXCERPTS,
    SEARCHED_SIZES,
    DRAFTS,
    WRITERS,
    SENT_HABITS,
];

const VERSION_1: &str = "
CREATE TABLE account(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  address TEXT NOT NULL, display_name TEXT NOT NULL, user_name TEXT NOT NULL,
  imap_host TEXT NOT NULL, imap_port INTEGER NOT NULL,
  imap_security INTEGER NOT NULL,           -- 1 TLS from the first byte, 2 STARTTLS
  synced INTEGER,                           -- ms since 1970; NULL = never
  keep INTEGER NOT NULL DEFAULT 0,          -- bodies fetched unasked: 0 all, -1 none, else of so many days
  mails INTEGER NOT NULL DEFAULT 0          -- rows of `msg`
) STRICT;

CREATE TABLE folder(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
  wire_name TEXT NOT NULL,                  -- as LIST gave it, to be sent back unchanged
  path TEXT NOT NULL, delimiter TEXT NOT NULL, role INTEGER NOT NULL, selectable INTEGER NOT NULL,
  chosen_role INTEGER,                      -- the person's word; NULL = none was said
  keep INTEGER,                             -- as in `account`; NULL = as there
  keep_since INTEGER NOT NULL DEFAULT 9223372036854775807,  -- where it is of some days: from when on, ms
  listed INTEGER NOT NULL DEFAULT 1,        -- 0: the server no longer lists it
  uid_validity INTEGER NOT NULL DEFAULT 0,  -- 0: never selected
  uid_next INTEGER NOT NULL DEFAULT 1,      -- UIDs below are known or in a hole
  highest_modseq INTEGER NOT NULL DEFAULT 0, -- every change up to it is known here; 0 = not known up to which
  on_server INTEGER NOT NULL DEFAULT 0,     -- rows of `loc`
  wanted INTEGER NOT NULL DEFAULT 0,        -- rows of `wanted`
  total INTEGER NOT NULL DEFAULT 0, unread INTEGER NOT NULL DEFAULT 0,  -- of `shown`
  threads INTEGER NOT NULL DEFAULT 0,       -- conversations in `shown`
  version INTEGER NOT NULL DEFAULT 0,       -- grows with every change of `shown`
  UNIQUE(account, wire_name)
) STRICT;

-- UID ranges whose headers are not here yet.
CREATE TABLE hole(
  folder INTEGER NOT NULL REFERENCES folder(id) ON DELETE CASCADE,
  low INTEGER NOT NULL, high INTEGER NOT NULL,
  PRIMARY KEY(folder, low)
) STRICT, WITHOUT ROWID;

-- A conversation: mails tied together by their Message-IDs and References. Kept by store/threads.rs alone.
CREATE TABLE thread(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
  mails INTEGER NOT NULL
) STRICT;

-- Which conversation a Message-ID belongs to, whether its mail is here or was only referred to.
CREATE TABLE ref(
  account INTEGER NOT NULL,
  tie INTEGER NOT NULL,                           -- see sync/threads.rs
  thread INTEGER NOT NULL REFERENCES thread(id) ON DELETE CASCADE,
  PRIMARY KEY(account, tie)
) STRICT, WITHOUT ROWID;
CREATE INDEX ref_thread ON ref(thread);

CREATE TABLE msg(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
  thread INTEGER NOT NULL REFERENCES thread(id),
  message_id TEXT NOT NULL, refs TEXT NOT NULL,   -- '' = none; refs joined by spaces, oldest first
  server_id TEXT NOT NULL DEFAULT '',             -- see store/identity.rs; '' = the server gave none
  date INTEGER NOT NULL,                          -- INTERNALDATE, ms
  written INTEGER,                                -- Date field, ms
  size INTEGER NOT NULL,
  from_name TEXT NOT NULL, from_address TEXT NOT NULL, subject TEXT NOT NULL, preview TEXT NOT NULL,
  has_attachment INTEGER NOT NULL
) STRICT;
CREATE INDEX msg_message_id ON msg(account, message_id) WHERE message_id <> '';
CREATE INDEX msg_without_id ON msg(account, size) WHERE message_id = '';
CREATE INDEX msg_server_id ON msg(account, server_id) WHERE server_id <> '';
CREATE INDEX msg_thread ON msg(thread);

-- Where the server has a mail, and its flags there.
CREATE TABLE loc(
  folder INTEGER NOT NULL REFERENCES folder(id) ON DELETE CASCADE,
  uid INTEGER NOT NULL,
  msg INTEGER NOT NULL REFERENCES msg(id),
  flags INTEGER NOT NULL, keywords TEXT NOT NULL,  -- keywords joined by spaces, sorted
  PRIMARY KEY(folder, uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX loc_msg ON loc(msg);

-- After a UIDVALIDITY change: what was in the mailbox, until a mail of the new numbering proves to be the same.
CREATE TABLE quarantine(
  folder INTEGER NOT NULL REFERENCES folder(id) ON DELETE CASCADE,
  msg INTEGER NOT NULL REFERENCES msg(id),
  flags INTEGER NOT NULL, keywords TEXT NOT NULL,
  PRIMARY KEY(folder, msg)
) STRICT, WITHOUT ROWID;
CREATE INDEX quarantine_msg ON quarantine(msg);

-- What lists show: loc and quarantine with pending intents laid over. Kept by store/shown.rs alone.
CREATE TABLE shown(
  folder INTEGER NOT NULL REFERENCES folder(id) ON DELETE CASCADE,
  date INTEGER NOT NULL,
  msg INTEGER NOT NULL REFERENCES msg(id),
  flags INTEGER NOT NULL, pending INTEGER NOT NULL,
  thread INTEGER NOT NULL,                        -- as in `msg`
  PRIMARY KEY(folder, date, msg)
) STRICT, WITHOUT ROWID;
CREATE INDEX shown_msg ON shown(msg);
-- With `flags`, so that these answer without a look at the table.
CREATE INDEX shown_thread ON shown(thread, folder, date, msg, flags);
CREATE INDEX shown_starred ON shown(date, msg, flags) WHERE flags & 4 <> 0;
CREATE INDEX shown_unread ON shown(date, msg, flags) WHERE flags & 1 = 0;

-- Mails whose entry in the search index is not what it should be: new, with a body that came, or gone.
CREATE TABLE unindexed(
  msg INTEGER PRIMARY KEY,
  times INTEGER NOT NULL                          -- grows when it changes again while it is being indexed
) STRICT;
-- Which index belongs to this store: another one is thrown away and made anew.
CREATE TABLE search(build INTEGER NOT NULL) STRICT;
INSERT INTO search(build) VALUES(1);

-- Bodies still to be fetched; a row leaves in the transaction that points `body` at its bytes.
CREATE TABLE wanted(
  folder INTEGER NOT NULL REFERENCES folder(id) ON DELETE CASCADE,
  uid INTEGER NOT NULL, msg INTEGER NOT NULL, size INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY(folder, uid)
) STRICT, WITHOUT ROWID;

CREATE TABLE body(
  msg INTEGER NOT NULL REFERENCES msg(id),
  part TEXT NOT NULL,                             -- '' = the whole mail
  pack INTEGER NOT NULL, off INTEGER NOT NULL, len INTEGER NOT NULL,
  raw INTEGER NOT NULL, codec INTEGER NOT NULL,   -- raw size; 0 = stored as it came
  PRIMARY KEY(msg, part)
) STRICT, WITHOUT ROWID;

-- One thing the person did; its id is its ticket.
CREATE TABLE operation(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
  made INTEGER NOT NULL,
  undoes INTEGER NOT NULL DEFAULT 0,              -- the operation it takes back
  finished INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX operation_undoes ON operation(undoes) WHERE undoes <> 0;

-- What it means for one mail: a wish the server may not know of yet.
CREATE TABLE intent(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  operation INTEGER NOT NULL REFERENCES operation(id) ON DELETE CASCADE,
  account INTEGER NOT NULL, msg INTEGER NOT NULL REFERENCES msg(id),
  kind INTEGER NOT NULL,                          -- 1 flags, 2 move, 3 expunge, 4 copy, 5 append
  flags_add INTEGER NOT NULL DEFAULT 0, flags_remove INTEGER NOT NULL DEFAULT 0,
  source INTEGER NOT NULL DEFAULT 0, target INTEGER NOT NULL DEFAULT 0,     -- folders
  base_validity INTEGER NOT NULL DEFAULT 0, base_uid INTEGER NOT NULL DEFAULT 0,
  base_flags INTEGER NOT NULL DEFAULT 0,          -- what was shown before
  keywords TEXT NOT NULL DEFAULT '',              -- of a mail that is handed over
  labels TEXT NOT NULL DEFAULT '',                -- folders that a move to Trash takes it out of, besides `source`
  origin INTEGER NOT NULL DEFAULT 0,              -- the mail that a copy (4, 5) is one of
  depends INTEGER NOT NULL DEFAULT 0,             -- the intent that must be done before
  target_uid_next INTEGER NOT NULL DEFAULT 0,     -- where a probe of the target begins
  target_validity INTEGER NOT NULL DEFAULT 0,     -- the numbering that belongs to
  seen INTEGER NOT NULL DEFAULT 0,                -- the newest row of `msg` when it was sent
  named INTEGER NOT NULL DEFAULT 0,               -- 1: the server itself named the copy it made
  state INTEGER NOT NULL DEFAULT 0,               -- see model of states in store/intents.rs
  tries INTEGER NOT NULL DEFAULT 0, not_before INTEGER NOT NULL DEFAULT 0,
  error INTEGER NOT NULL DEFAULT 0, error_text TEXT NOT NULL DEFAULT ''   -- why it was refused
) STRICT;
CREATE INDEX intent_open ON intent(account, id) WHERE state < 10;
CREATE INDEX intent_msg ON intent(msg);
CREATE INDEX intent_origin ON intent(origin) WHERE origin <> 0;
CREATE INDEX intent_depends ON intent(depends) WHERE depends <> 0;
CREATE INDEX intent_operation ON intent(operation);
CREATE INDEX intent_unknown ON intent(target) WHERE state = 2;

-- A wish for a mailbox. Those of an account are carried out in their order.
CREATE TABLE mailbox_intent(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  operation INTEGER NOT NULL REFERENCES operation(id) ON DELETE CASCADE,
  account INTEGER NOT NULL, folder INTEGER NOT NULL REFERENCES folder(id) ON DELETE CASCADE,
  kind INTEGER NOT NULL,            -- 1 create, 2 rename, 3 delete, 4 delete if empty, 5 subscribe, 6 unsubscribe
  path_from TEXT NOT NULL, path_to TEXT NOT NULL,
  role INTEGER NOT NULL DEFAULT 0,                -- what one is made for, on first use
  state INTEGER NOT NULL DEFAULT 0, tries INTEGER NOT NULL DEFAULT 0, not_before INTEGER NOT NULL DEFAULT 0,
  error INTEGER NOT NULL DEFAULT 0, error_text TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX mailbox_intent_open ON mailbox_intent(account, id) WHERE state < 10;
CREATE INDEX mailbox_intent_operation ON mailbox_intent(operation);

-- Mails made on this device, until their bodies have come back from the server.
CREATE TABLE outgoing(
  msg INTEGER PRIMARY KEY REFERENCES msg(id),
  bytes BLOB NOT NULL
) STRICT;
";

const VERSION_2: &str = "
ALTER TABLE account ADD COLUMN secret_kind INTEGER NOT NULL DEFAULT 0;   -- 0 a password, 1 a token of OAuth 2, 2 a grant of it
";

const VERSION_3: &str = "
ALTER TABLE folder ADD COLUMN announced INTEGER;   -- the newest row of `msg` in it that somebody was told of; NULL = never looked
";

/// Sending. `intent.kind` may be 6 from here on: a mail to be sent, whose octets are in `outgoing`.
const VERSION_4: &str = "
ALTER TABLE account ADD COLUMN submission_host TEXT NOT NULL DEFAULT '';      -- '' = it can't send
ALTER TABLE account ADD COLUMN submission_port INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN submission_security INTEGER NOT NULL DEFAULT 0; -- 1 TLS from the first byte, 2 STARTTLS
CREATE INDEX intent_to_send ON intent(account, id) WHERE kind = 6 AND state < 10;
";

const VERSION_5: &str = "
-- The one key that is believed at a port of a host: a person said so.
CREATE TABLE pin(
  host TEXT NOT NULL,                       -- lower case, no brackets, no last dot
  port INTEGER NOT NULL,
  key BLOB NOT NULL,                        -- SHA-256 of the public key (SPKI)
  since INTEGER NOT NULL,                   -- ms since 1970
  subject TEXT NOT NULL,                    -- whom the certificate named that was shown then
  PRIMARY KEY(host, port)
) STRICT, WITHOUT ROWID;
";

const IMAGE_SENDERS: &str = "
-- Senders whose pictures on the network are fetched unasked, in lower case.
CREATE TABLE image_sender(address TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
";

const SAVED_SEARCHES: &str = "
CREATE TABLE saved_search(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL, text TEXT NOT NULL,
  place INTEGER NOT NULL,                   -- 0 everywhere, 1 an account, 2 a mailbox, 3 all inboxes, 4 starred mail
  account INTEGER REFERENCES account(id) ON DELETE CASCADE,     -- NULL = not of one
  folder INTEGER REFERENCES folder(id) ON DELETE CASCADE
) STRICT;
";

/// Tags. `intent.kind` may be 7 from here on: keywords.
const TAGS: &str = "
ALTER TABLE shown ADD COLUMN keywords TEXT NOT NULL DEFAULT '';   -- as in `loc`, with what waits laid over
UPDATE shown SET keywords = loc.keywords FROM loc
  WHERE loc.folder = shown.folder AND loc.msg = shown.msg AND loc.keywords <> '';
UPDATE shown SET keywords = quarantine.keywords FROM quarantine
  WHERE quarantine.folder = shown.folder AND quarantine.msg = shown.msg AND quarantine.keywords <> ''
    AND shown.keywords = '';
ALTER TABLE intent ADD COLUMN keywords_add TEXT NOT NULL DEFAULT '';     -- joined by spaces
ALTER TABLE intent ADD COLUMN keywords_remove TEXT NOT NULL DEFAULT '';

-- Keywords that mean something to the person. Kept by store/tags.rs alone.
CREATE TABLE tag(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL COLLATE NOCASE UNIQUE        -- on the wire, as it was met first
) STRICT;

-- What `shown` holds of each of them.
CREATE TABLE tagged(
  tag INTEGER NOT NULL REFERENCES tag(id),
  date INTEGER NOT NULL,
  msg INTEGER NOT NULL,
  folder INTEGER NOT NULL REFERENCES folder(id) ON DELETE CASCADE,
  PRIMARY KEY(tag, date, msg, folder)
) STRICT, WITHOUT ROWID;
CREATE INDEX tagged_msg ON tagged(msg);
CREATE INDEX tagged_folder ON tagged(folder);

CREATE TEMP TABLE word(folder, date, msg, name);
WITH RECURSIVE split(folder, date, msg, name, rest) AS (
  SELECT folder, date, msg, '', keywords || ' ' FROM shown WHERE keywords <> ''
  UNION ALL
  SELECT folder, date, msg, substr(rest, 1, instr(rest, ' ') - 1), substr(rest, instr(rest, ' ') + 1)
    FROM split WHERE rest <> '')
INSERT INTO word SELECT folder, date, msg, name FROM split
  WHERE name <> '' AND (substr(name, 1, 1) NOT IN ('$', '\\')
                        OR lower(name) IN ('$label1', '$label2', '$label3', '$label4', '$label5'))
    AND lower(name) NOT IN ('junk', 'nonjunk', 'notjunk', 'junkrecorded', 'forwarded', 'redirected', 'mdnsent',
                            'receipt-handled', 'unsubscribed');
INSERT OR IGNORE INTO tag(name) SELECT DISTINCT name FROM word;
INSERT OR IGNORE INTO tagged(tag, date, msg, folder)
  SELECT tag.id, date, msg, folder FROM word JOIN tag ON tag.name = word.name;
DROP TABLE word;
";

/// What a person decided about conversations. Kept by store/regroup.rs alone.
const PARTED_CONVERSATIONS: &str = "
-- Conversations that a person parted: no mail makes them one. Each pair in both orders.
CREATE TABLE apart(
  one INTEGER NOT NULL REFERENCES thread(id) ON DELETE CASCADE,
  other INTEGER NOT NULL REFERENCES thread(id) ON DELETE CASCADE,
  PRIMARY KEY(one, other)
) STRICT, WITHOUT ROWID;
CREATE INDEX apart_other ON apart(other);

-- What such a decision changed, for undo.
CREATE TABLE regrouped(
  operation INTEGER NOT NULL REFERENCES operation(id) ON DELETE CASCADE,
  kind INTEGER NOT NULL,                          -- see store/regroup.rs
  id INTEGER NOT NULL,                            -- msg, tie, or the one of them
  thread INTEGER NOT NULL,                        -- where it was before, or the other one
  PRIMARY KEY(operation, kind, id, thread)
) STRICT, WITHOUT ROWID;
";

/// What searches ask for that few mails have: those alone are in these, newest first.
const SEARCHED_FACTS: &str = "
CREATE INDEX shown_keywords ON shown(keywords, date, msg) WHERE keywords <> '';
CREATE INDEX msg_attachment ON msg(date) WHERE has_attachment <> 0;
";

/// The same of large mails.
const SEARCHED_SIZES: &str = "
CREATE INDEX msg_large ON msg(date) WHERE size > 50000;
";

/// Large mails of which some files aren't here. Kept by store/excerpts.rs alone.
const EXCERPTS: &str = "
-- A mail without a row in `body` that can be read all the same, and where the server had it when that was read.
CREATE TABLE excerpt(
  msg INTEGER PRIMARY KEY REFERENCES msg(id) ON DELETE CASCADE,
  folder INTEGER NOT NULL, uid_validity INTEGER NOT NULL, uid INTEGER NOT NULL
) STRICT;

-- Octets of it that were passed over: something of one file each.
CREATE TABLE left_out(
  msg INTEGER NOT NULL REFERENCES excerpt(msg) ON DELETE CASCADE,
  start INTEGER NOT NULL, len INTEGER NOT NULL,
  PRIMARY KEY(msg, start)
) STRICT, WITHOUT ROWID;

-- Octets of it that are here.
CREATE TABLE fragment(
  msg INTEGER NOT NULL REFERENCES excerpt(msg) ON DELETE CASCADE,
  start INTEGER NOT NULL,
  pack INTEGER NOT NULL, off INTEGER NOT NULL, len INTEGER NOT NULL,
  PRIMARY KEY(msg, start)
) STRICT, WITHOUT ROWID;

-- What is of use in pack files.
CREATE VIEW stored AS
  SELECT msg, pack, off, len FROM body UNION ALL SELECT msg, pack, off, len FROM fragment;

-- The mail itself is here: wherever that comes from.
CREATE TRIGGER whole AFTER INSERT ON body BEGIN DELETE FROM excerpt WHERE msg = NEW.msg; END;
";

/// Mails that are being written. Kept by store/drafts.rs and store/draft_copies.rs alone.
const DRAFTS: &str = "
CREATE TABLE draft(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
  relation INTEGER NOT NULL,                      -- 0 none, 1 it answers `related`, 2 it forwards it
  related INTEGER NOT NULL,                       -- a row of `msg`, which may be gone
  changed INTEGER NOT NULL,                       -- ms
  state INTEGER NOT NULL DEFAULT 0,               -- 0 it is here to be written on, 1 discarded, 2 sent
  since INTEGER NOT NULL DEFAULT 0,               -- of 1 and 2: since when, ms
  closed INTEGER NOT NULL DEFAULT 0,              -- 1: nobody writes on it
  untouched INTEGER NOT NULL DEFAULT 0,           -- 1: it was opened from the server and is what it was there
  sending INTEGER NOT NULL DEFAULT 0,             -- the intent by which it is sent; while that is open it stays as it is
  stale INTEGER NOT NULL DEFAULT 0,               -- since when the server has not what it is, ms; 0 = it has
  tried INTEGER NOT NULL DEFAULT 0,               -- when it was last to be handed over, ms
  failed INTEGER NOT NULL DEFAULT 0               -- 1: as it is it could not be made into a mail then
) STRICT;
CREATE INDEX draft_sending ON draft(sending) WHERE sending <> 0;

-- What a draft was; the newest one is what it is.
CREATE TABLE draft_version(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  draft INTEGER NOT NULL REFERENCES draft(id) ON DELETE CASCADE,
  begun INTEGER NOT NULL,                         -- ms; 0 = no more is written into it
  at INTEGER NOT NULL,                            -- when it was last written, ms
  sender TEXT NOT NULL, recipients TEXT NOT NULL, cc TEXT NOT NULL, bcc TEXT NOT NULL, reply_to TEXT NOT NULL,
  subject TEXT NOT NULL,
  writing INTEGER NOT NULL,                       -- 0 plain, 1 Markdown
  refs TEXT NOT NULL,                             -- Message-IDs joined by spaces, oldest first
  wants_receipt INTEGER NOT NULL,
  text TEXT NOT NULL,
  UNIQUE(draft, at)
) STRICT;

-- Its octets are in no pack file: those may lie where a system throws away what can be fetched again.
CREATE TABLE draft_file(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  draft INTEGER NOT NULL REFERENCES draft(id) ON DELETE CASCADE,
  name TEXT NOT NULL, media_type TEXT NOT NULL, content_id TEXT NOT NULL,
  size INTEGER NOT NULL,
  octets BLOB NOT NULL
) STRICT;
CREATE INDEX draft_file_draft ON draft_file(draft);

-- Mails in a mailbox for drafts that are a draft, or were what it was before.
CREATE TABLE draft_copy(
  msg INTEGER PRIMARY KEY,                        -- a row of `msg`, which may be gone
  draft INTEGER NOT NULL REFERENCES draft(id) ON DELETE CASCADE,
  proved INTEGER NOT NULL DEFAULT 0               -- 1: it was seen to be on the server
) STRICT;
CREATE INDEX draft_copy_draft ON draft_copy(draft);

-- Mails that are held back before they are sent.
ALTER TABLE intent ADD COLUMN held_since INTEGER NOT NULL DEFAULT 0;  -- when that was said, ms; 0 = it isn't
ALTER TABLE intent ADD COLUMN set_back INTEGER NOT NULL DEFAULT 0;    -- when the clock was first seen to be before that, ms
";

/// What is at hand for whoever writes: whom they write as, to whom, and what again and again.
const WRITERS: &str = "
CREATE TABLE identity(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
  name TEXT NOT NULL, address TEXT NOT NULL,
  reply_to TEXT NOT NULL,                         -- a list of recipients; '' = the address
  signature TEXT NOT NULL,
  is_catch_all INTEGER NOT NULL
) STRICT;
CREATE INDEX identity_account ON identity(account, id);

CREATE TABLE template(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL, subject TEXT NOT NULL, text TEXT NOT NULL
) STRICT;

-- Whom mail went to and came from. Kept by store/contacts.rs alone.
CREATE TABLE contact(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
  address TEXT NOT NULL,                          -- as it goes over the wire
  key TEXT NOT NULL,                              -- the same in lower case
  name TEXT NOT NULL, named INTEGER NOT NULL,     -- by a mail of when, ms
  sent REAL NOT NULL, received REAL NOT NULL,     -- how often and how lately; 0 = never
  words TEXT NOT NULL,                            -- what it is found by, each with a space before it
  UNIQUE(account, key)
) STRICT;
CREATE INDEX contact_rank ON contact(sent DESC, received DESC);
CREATE TABLE contact_word(
  word TEXT NOT NULL,
  contact INTEGER NOT NULL REFERENCES contact(id) ON DELETE CASCADE,
  PRIMARY KEY(word, contact)
) STRICT, WITHOUT ROWID;
CREATE INDEX contact_word_contact ON contact_word(contact);

-- Mails that were here before: up to which row of `msg` nobody looked yet for whom they went to.
CREATE TABLE contact_backlog(next INTEGER NOT NULL) STRICT;
INSERT INTO contact_backlog(next) SELECT coalesce(max(id), 0) FROM msg;
";

/// What is learnt of servers that keep, or don't keep, what is sent by them. Kept by store/sent_habits.rs alone.
const SENT_HABITS: &str = "
CREATE TABLE sent_habit(
  account INTEGER PRIMARY KEY REFERENCES account(id) ON DELETE CASCADE,
  left_out INTEGER NOT NULL,                      -- mails in a row that the server didn't keep; 0 = it kept the last one
  longest INTEGER NOT NULL                        -- ms it took at most to keep one
) STRICT;
";

/// Brings the database to `VERSION`, or refuses one from the future.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), Error> {
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > VERSION {
        return Err(Error::note(ErrorKind::StorageFailed, "it was written by a newer Waxwing"));
    }
    for (version, step) in (1i64..).zip(MIGRATIONS) {
        if version > found {
            let transaction = connection.transaction()?;
            transaction.execute_batch(step)?;
            transaction.pragma_update(None, "user_version", version)?;
            transaction.commit()?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A store as an earlier version left it, with an account.
    #[test]
    fn an_account_of_an_earlier_version_is_kept_and_cannot_send_yet() {
        let mut connection = Connection::open_in_memory().unwrap();
        for step in &MIGRATIONS[..2] {
            connection.execute_batch(step).unwrap();
        }
        connection.pragma_update(None, "user_version", 2).unwrap();
        connection
            .execute_batch(
                "INSERT INTO account(address, display_name, user_name, imap_host, imap_port, imap_security)
                 VALUES('ada@example.org', 'Ada', 'ada', 'imap.example.org', 993, 1)",
            )
            .unwrap();
        migrate(&mut connection).unwrap();
        let accounts = super::super::accounts::all(&connection).unwrap();
        assert_eq!(accounts.len(), 1);
        assert_eq!((accounts[0].1.user_name.as_str(), &accounts[0].1.submission), ("ada", &None));
        migrate(&mut connection).unwrap();
    }

    /// A step is taken by the writer before anybody reads.
    #[test]
    fn a_store_of_an_earlier_version_gets_the_indexes_that_searches_name() {
        let mut connection = Connection::open_in_memory().unwrap();
        for step in &MIGRATIONS[..9] {
            connection.execute_batch(step).unwrap();
        }
        connection.pragma_update(None, "user_version", 9).unwrap();
        connection
            .execute_batch(
                "PRAGMA foreign_keys = OFF;
                 INSERT INTO msg(id, account, thread, message_id, refs, date, size, from_name, from_address, subject,
                   preview, has_attachment)
                   VALUES(1, 1, 1, '', '', 5, 9, '', '', '', '', 1), (2, 1, 1, '', '', 6, 9, '', '', '', '', 0);
                 INSERT INTO shown(folder, date, msg, flags, pending, thread, keywords)
                   VALUES(1, 5, 1, 0, 0, 1, ''), (1, 6, 2, 0, 0, 1, 'Work');",
            )
            .unwrap();
        migrate(&mut connection).unwrap();
        let count = |table: &str| -> i64 {
            connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
        };
        assert_eq!(count("shown INDEXED BY shown_keywords WHERE keywords <> ''"), 1);
        assert_eq!(count("msg INDEXED BY msg_attachment WHERE has_attachment <> 0"), 1);
        let sound: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(sound, "ok");
    }
}
