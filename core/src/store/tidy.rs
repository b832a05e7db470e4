//! Room on the disk: bodies beyond what may be kept go, oldest mail first; and the bytes of those that went, of mail that is
//! gone too, leave the disk with the pack file they are in, once what else is in it was written elsewhere.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::Path;

use rusqlite::{Connection, params};

use super::pack::{self, FRAME, Place};
use super::writer::Writer;
use super::{Store, pack_directory};
use crate::error::{Error, ErrorKind};
use crate::model::{AccountId, EmailId};

/// A pack file is written anew when so many bytes of it are of no use, and a quarter of it.
const LEAST_WASTE: u64 = 256 << 10;
/// Bodies given up, and bytes written, in one step: a few milliseconds and some hundredths of a second.
const MOST_AT_A_TIME: usize = 500;
const STEP: u64 = 2 << 20;

/// What there is to tidy up, done step by step.
pub struct Tidying {
    store: Store,
    /// Mails whose bodies are to go, the oldest last.
    too_much: Vec<i64>,
    /// `None` while bodies go: only then it is known.
    packs: Option<Vec<Wasteful>>,
}

/// A pack file that is written anew.
#[derive(Clone, Copy, Debug)]
struct Wasteful {
    account: AccountId,
    pack: i64,
    /// What lies before was done.
    from: u64,
}

/// A body in a pack file, and the mails it is the body of.
struct Record {
    place: Place,
    mails: Vec<i64>,
}

/// What came of a step at a pack file.
enum Step {
    /// There is more of it, from there on.
    More(u64),
    Done,
    /// A body is on its way into the account's newest file: later.
    Busy,
}

impl Store {
    /// What there is to tidy up; `None` when nothing went since this was last asked.
    ///
    /// # Errors
    /// `StorageFailed`, `WrongState` when the store is given up.
    pub fn tidying(&self) -> Result<Option<Tidying>, Error> {
        if !self.room.take_untidy() {
            return Ok(None);
        }
        let too_much = self.reader.with(|connection| {
            self.room.measure(connection)?;
            if !self.room.is_limited() {
                return Ok(Vec::new());
            }
            let mut statement = connection.prepare(
                "SELECT id FROM msg WHERE date < ?1
                   AND (EXISTS(SELECT 1 FROM body WHERE msg = id) OR EXISTS(SELECT 1 FROM excerpt WHERE msg = id))
                 ORDER BY date DESC",
            )?;
            let rows = statement.query_map([self.room.since(i64::MIN)], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })?;
        self.reader.with(|connection| remove_left_behind(connection, &self.reader.0.packs))?;
        Ok(Some(Tidying { store: self.clone(), too_much, packs: None }))
    }
}

/// Removes the files of accounts that were removed while that could not be brought to its end. No number is used twice; one that
/// was never given out here is nobody's we know of.
fn remove_left_behind(connection: &Connection, packs: &Path) -> Result<(), Error> {
    let mut was_removed = connection.prepare_cached(
        "SELECT ?1 BETWEEN 1 AND seq AND NOT EXISTS(SELECT 1 FROM account WHERE id = ?1)
         FROM sqlite_sequence WHERE name = 'account'",
    )?;
    let entries = match std::fs::read_dir(packs) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let number = entry?.file_name().to_str().and_then(|name| name.parse().ok());
        let Some(account) = number.map(AccountId) else { continue };
        if super::writer::optional(was_removed.query_row([account.0], |row| row.get(0)))? == Some(true) {
            pack::remove(&pack_directory(packs, account))?;
        }
    }
    Ok(())
}

impl Store {
    /// It wasn't all done.
    pub fn untidy(&self) {
        self.room.gave_up();
    }
}

impl Tidying {
    /// Does some of it. `false` when that was all.
    ///
    /// # Errors
    /// `DiskFull`, `StorageFailed`, `WrongState` when the store is given up. What was done stays done.
    pub fn step(&mut self) -> Result<bool, Error> {
        if !self.too_much.is_empty() {
            let from = self.too_much.len().saturating_sub(MOST_AT_A_TIME);
            self.store.writer().give_up_bodies(&self.too_much.split_off(from))?;
            return Ok(true);
        }
        let packs = match &mut self.packs {
            Some(packs) => packs,
            None => {
                let store = &self.store;
                self.packs
                    .insert(store.reader.with(|connection| wasteful(connection, &store.reader.0.packs))?)
            }
        };
        let Some(wasteful) = packs.last_mut() else { return Ok(false) };
        match self.store.writer().write_anew(*wasteful)? {
            Step::More(from) => wasteful.from = from,
            Step::Done => {
                packs.pop();
            }
            Step::Busy => {
                self.store.room.gave_up();
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Bytes that are of use in each pack file of each account.
fn used(connection: &Connection) -> Result<BTreeMap<(AccountId, i64), u64>, Error> {
    let mut statement = connection.prepare(
        "SELECT account, pack, sum(len + ?1) FROM
           (SELECT DISTINCT account, pack, off, len FROM stored JOIN msg ON msg.id = stored.msg) GROUP BY account, pack",
    )?;
    let rows =
        statement.query_map([FRAME], |row| Ok(((AccountId(row.get(0)?), row.get(1)?), row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn accounts(connection: &Connection) -> Result<Vec<AccountId>, Error> {
    let mut statement = connection.prepare_cached("SELECT id FROM account")?;
    let rows = statement.query_map([], |row| row.get(0).map(AccountId))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn wasteful(connection: &Connection, packs: &Path) -> Result<Vec<Wasteful>, Error> {
    let used = used(connection)?;
    let mut wasteful = Vec::new();
    for account in accounts(connection)? {
        for (pack, size) in pack::files(&pack_directory(packs, account))? {
            let of_use = used.get(&(account, pack)).copied().unwrap_or(0);
            let waste = size.saturating_sub(of_use);
            if waste > 0 && of_use == 0 || waste > LEAST_WASTE.max(size / 4) {
                wasteful.push(Wasteful { account, pack, from: 0 });
            }
        }
    }
    Ok(wasteful)
}

impl Writer {
    /// Bodies that the server has go from this device, and come again when they are asked for. One that a change still
    /// needs stays.
    fn give_up_bodies(&mut self, mails: &[i64]) -> Result<(), Error> {
        self.keep(|tx| {
            let mut give_up = tx.prepare_cached(
                "DELETE FROM body WHERE msg = ?1
                   AND EXISTS(SELECT 1 FROM loc JOIN folder ON folder.id = loc.folder WHERE loc.msg = ?1 AND listed)
                   AND NOT EXISTS(SELECT 1 FROM intent WHERE (intent.msg = ?1 OR intent.origin = ?1) AND state < 10)",
            )?;
            for msg in mails {
                if give_up.execute([msg])? > 0 {
                    super::bodies::want_again(tx, *msg)?;
                }
                super::excerpts::forget(tx, *msg)?;
            }
            Ok(())
        })?;
        self.room.gave_up();
        Ok(())
    }

    /// Writes what is of use in a pack file to the newest one, some of it, and removes the file when nothing is left.
    fn write_anew(&mut self, Wasteful { account, pack, from }: Wasteful) -> Result<Step, Error> {
        if !self.is_open() {
            return Err(super::gate::suspended());
        }
        if self.is_taking_in(account)? {
            return Ok(Step::Busy);
        }
        let appender = self.appender_of(account)?;
        if appender.pack() == pack {
            appender.succeed()?;
        }
        let (records, next) = self.records(account, pack, from)?;
        let moved = self.copied(account, &records);
        let result = moved.and_then(|moved| {
            self.keep(|tx| {
                for table in ["body", "fragment"] {
                    let mut point = tx.prepare_cached(&format!(
                        "UPDATE {table} SET pack = ?3, off = ?4 WHERE msg = ?1 AND pack = ?2 AND off = ?5"
                    ))?;
                    for (Record { place, mails }, new) in &moved {
                        for msg in mails {
                            point.execute(params![msg, place.pack, new.pack, new.off, place.off])?;
                        }
                    }
                }
                Ok(())
            })
        });
        if let Err(error) = result {
            // What the newest file holds beyond the counted part is unknown now.
            self.incoming.remove(&account);
            return Err(error);
        }
        if let Some(next) = next {
            return Ok(Step::More(next));
        }
        if !self.is_pointed_at(account, pack)? {
            pack::remove_file(&pack_directory(&self.packs, account), pack)?;
        }
        Ok(Step::Done)
    }

    /// The records of a pack file from there on, each with its mails, as many as are moved in one step; and where the next
    /// ones are.
    fn records(&self, account: AccountId, pack: i64, from: u64) -> Result<(Vec<Record>, Option<u64>), Error> {
        let mut statement = self.look().prepare_cached(
            "SELECT off, len, stored.msg FROM stored JOIN msg ON msg.id = stored.msg
             WHERE msg.account = ?1 AND pack = ?2 AND off >= ?3",
        )?;
        let mut all: BTreeMap<u64, (u64, Vec<i64>)> = BTreeMap::new();
        let mut rows = statement.query(params![account.0, pack, from])?;
        while let Some(row) = rows.next()? {
            match all.entry(row.get(0)?) {
                Entry::Vacant(new) => drop(new.insert((row.get(1)?, vec![row.get(2)?]))),
                Entry::Occupied(mut known) => known.get_mut().1.push(row.get(2)?),
            }
        }
        let (mut records, mut bytes) = (Vec::new(), 0u64);
        for (off, (len, mails)) in all {
            if bytes >= STEP {
                return Ok((records, Some(off)));
            }
            bytes = bytes.saturating_add(len);
            records.push(Record { place: Place { pack, off, len }, mails });
        }
        Ok((records, None))
    }

    /// Copies records to the newest pack file and makes them durable there. One that is damaged is asked for again.
    ///
    /// Errors: those of the disk, reading too: then all is where it was.
    fn copied<'r>(
        &mut self,
        account: AccountId,
        records: &'r [Record],
    ) -> Result<Vec<(&'r Record, Place)>, Error> {
        let directory = pack_directory(&self.packs, account);
        let mut moved = Vec::with_capacity(records.len());
        for record @ Record { place, mails } in records {
            let (owner, bytes) = match pack::read(&directory, *place) {
                Err(error) if pack::is_lost(&error) => {
                    for msg in mails {
                        // Where the server doesn't have it, it stays for whatever can be saved of it.
                        let _ = self.body_damaged(EmailId(*msg));
                        let _ = self.forget_excerpt(EmailId(*msg));
                    }
                    continue;
                }
                read => read?,
            };
            let appender = self.appender_of(account)?;
            appender.begin(place.len)?;
            appender.write(&bytes)?;
            let new = appender.finish(owner)?.ok_or_else(|| Error::new(ErrorKind::Bug))?;
            moved.push((record, new));
        }
        self.appender_of(account)?.sync()?;
        Ok(moved)
    }

    /// Whether something of it is in use, or about to be.
    fn is_pointed_at(&mut self, account: AccountId, pack: i64) -> Result<bool, Error> {
        if self.is_staged_in(account, pack) || self.appender_of(account)?.pack() == pack {
            return Ok(true);
        }
        let mut statement = self.look().prepare_cached(
            "SELECT EXISTS(SELECT 1 FROM stored JOIN msg ON msg.id = stored.msg WHERE msg.account = ?1 AND pack = ?2)",
        )?;
        Ok(statement.query_row(params![account.0, pack], |row| row.get(0))?)
    }

    /// Caches may be emptied by others: bodies whose pack files are gone are to be fetched again.
    pub(super) fn miss_lost_packs(&mut self) -> Result<(), Error> {
        let used = used(self.look())?;
        for account in accounts(self.look())? {
            let files = pack::files(&pack_directory(&self.packs, account))?;
            let packs = used.range((account, i64::MIN)..=(account, i64::MAX)).map(|((_, pack), _)| *pack);
            for lost in packs.filter(|pack| files.iter().all(|(file, _)| file != pack)) {
                tracing::info!(pack = lost, "a pack file is gone: its mail is fetched again");
                self.miss(account, lost)?;
            }
        }
        Ok(())
    }

    /// Nothing of that pack file can be read any more. Rows of what the server doesn't have stay.
    fn miss(&mut self, account: AccountId, pack: i64) -> Result<(), Error> {
        self.keep(|tx| {
            let mails: Vec<i64> = tx
                .prepare(
                    "SELECT DISTINCT stored.msg FROM stored JOIN msg ON msg.id = stored.msg
                     WHERE msg.account = ?1 AND pack = ?2 AND EXISTS(SELECT 1 FROM loc WHERE loc.msg = stored.msg)",
                )?
                .query_map(params![account.0, pack], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            for msg in mails {
                super::bodies::want_again(tx, msg)?;
                tx.prepare_cached("DELETE FROM body WHERE msg = ?1")?.execute([msg])?;
                super::excerpts::forget(tx, msg)?;
            }
            Ok(())
        })
    }
}
