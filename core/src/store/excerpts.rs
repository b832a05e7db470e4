//! Large mails of which some files aren't here: what was read of them, and files that come piece by piece.
//!
//! A mail is one row of octets. `fragment` says which of them are here, each a record in a pack file with its own checksum, durable
//! before its row is; `left_out` says which were passed over, each of them something of one file. An excerpt is no body: whoever
//! needs the mail itself doesn't see it. When the last octets came they are put together, and it is one.
//!
//! All pieces of a mail are of one numbering of one mailbox: `excerpt` says which.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use rusqlite::{Connection, params};

use super::bodies::Arrived;
use super::pack::{self, Owner, Place};
use super::reader::Reader;
use super::writer::{Changed, Tx, Writer, optional};
use super::{pack_directory, shown};
use crate::error::{Error, ErrorKind};
use crate::imap::Uid;
use crate::mime::{self, LeftOut};
use crate::model::{AccountId, EmailId, MailboxId};
use crate::sync::excerpt::{Excerpt, OVERLAP};

/// Where a server has a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnServer {
    pub mailbox: MailboxId,
    pub uid_validity: u32,
    pub uid: Uid,
}

/// The octets of a mail, as far as they are here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readable {
    pub octets: Vec<u8>,
    /// What isn't here of its files; nothing of one that is whole.
    pub left_out: Vec<LeftOut>,
}

/// Whether a file of a mail is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartState {
    Here,
    /// The mail can be read, and this isn't here.
    Missing,
    /// The mail can be read and has no such file.
    NoSuch,
    /// The mail can't be read yet.
    NoMail,
}

/// What is to be fetched of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToFetch {
    pub at: OnServer,
    /// What was left out: octets of the mail.
    pub left_out: Range<u64>,
    /// How many of them are here, from the first on.
    pub here: u64,
    /// The octets before the next one, as far as they are compared.
    pub before: Vec<u8>,
}

/// What came of keeping a piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// There are more to come.
    More,
    /// The file is here.
    Part,
    /// With it the whole mail is.
    Whole(Arrived, Changed),
    /// With it the mail would be read otherwise than without: it isn't what was left out. Nothing of the mail is kept.
    Contradiction,
    /// It is no longer asked for: the mail came whole, or went, or is somewhere else.
    NotWanted,
}

/// Where the octets of a mail lie that are here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Laid {
    account: AccountId,
    /// Each with where it begins among all that are here, in order.
    pieces: Vec<(u64, Place)>,
    gaps: Vec<Gap>,
}

/// What is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Gap {
    /// Before which octet of those that are here, not counting those of this gap.
    at: u64,
    left_out: Range<u64>,
    /// Octets of it that are here.
    here: u64,
}

impl Laid {
    /// A mail that is here as one.
    pub(super) fn whole(account: AccountId, place: Place) -> Self {
        Self { account, pieces: vec![(0, place)], gaps: Vec::new() }
    }

    fn left_out(&self) -> Vec<LeftOut> {
        let left_out = |gap: &Gap| LeftOut {
            at: usize::try_from(gap.at).unwrap_or(usize::MAX),
            length: gap.left_out.end - gap.left_out.start,
        };
        self.gaps.iter().map(left_out).collect()
    }

    /// Reads all of it, each piece proved by its checksum.
    fn read(&self, packs: &Path) -> Result<Vec<u8>, Error> {
        let directory = pack_directory(packs, self.account);
        let mut octets = Vec::new();
        for (_, place) in &self.pieces {
            octets.append(&mut pack::read(&directory, *place)?.1);
        }
        Ok(octets)
    }

    /// Reads the octets from one on, which were proved before.
    pub(super) fn read_at(&self, packs: &Path, from: u64, octets: &mut [u8]) -> Result<(), Error> {
        let directory = pack_directory(packs, self.account);
        let damaged = || Error::note(ErrorKind::StorageFailed, "a stored mail is damaged");
        let (mut from, mut rest) = (from, octets);
        while !rest.is_empty() {
            let place = self.pieces.partition_point(|(begins, _)| *begins <= from);
            let (begins, piece) =
                place.checked_sub(1).and_then(|place| self.pieces.get(place)).ok_or_else(damaged)?;
            let within = from - begins;
            let count =
                usize::try_from(piece.len.saturating_sub(within)).unwrap_or(usize::MAX).min(rest.len());
            let (now, later) = rest.split_at_mut_checked(count).filter(|_| count > 0).ok_or_else(damaged)?;
            pack::open(&directory, *piece)?.read(within, now)?;
            from = from.saturating_add(count as u64);
            rest = later;
        }
        Ok(())
    }
}

/// What is here of an excerpt; `None`: there is none.
fn laid(connection: &Connection, email: EmailId) -> Result<Option<Laid>, Error> {
    let account: Option<i64> = optional(
        connection
            .prepare_cached("SELECT account FROM excerpt JOIN msg ON msg.id = excerpt.msg WHERE msg = ?1")?
            .query_row([email.0], |row| row.get(0)),
    )?;
    let Some(account) = account else { return Ok(None) };
    let fragments = fragments(connection, email)?;
    let mut gaps: Vec<Gap> = connection
        .prepare_cached("SELECT start, len FROM left_out WHERE msg = ?1 ORDER BY start")?
        .query_map([email.0], |row| {
            let (start, len): (u64, u64) = (row.get(0)?, row.get(1)?);
            Ok(Gap { at: 0, left_out: start..start.saturating_add(len), here: 0 })
        })?
        .collect::<Result<_, _>>()?;
    for gap in &mut gaps {
        let mut end = gap.left_out.start;
        for (start, place) in fragments.range(gap.left_out.clone()) {
            if *start == end {
                end = start.saturating_add(place.len);
            }
        }
        gap.here = end - gap.left_out.start;
    }
    gaps.retain(|gap| gap.here < gap.left_out.end - gap.left_out.start);
    let (mut pieces, mut length, mut next) = (Vec::new(), 0_u64, 0_u64);
    for (start, place) in fragments {
        if gaps.iter().any(|gap| gap.left_out.contains(&start)) {
            continue;
        }
        if let Some(gap) = gaps.iter_mut().find(|gap| gap.left_out.start == next) {
            gap.at = length;
            next = gap.left_out.end;
        }
        if start != next {
            return Err(Error::note(ErrorKind::StorageFailed, "something of a mail is missing"));
        }
        pieces.push((length, place));
        length = length.saturating_add(place.len);
        next = start.saturating_add(place.len);
    }
    if let Some(gap) = gaps.iter_mut().find(|gap| gap.left_out.start == next) {
        gap.at = length;
    }
    Ok(Some(Laid { account: AccountId(account), pieces, gaps }))
}

/// The pieces that are here, by where they begin in the mail.
fn fragments(connection: &Connection, email: EmailId) -> Result<BTreeMap<u64, Place>, Error> {
    let mut statement =
        connection.prepare_cached("SELECT start, pack, off, len FROM fragment WHERE msg = ?1 AND len > 0")?;
    let rows = statement.query_map([email.0], |row| {
        Ok((row.get(0)?, Place { pack: row.get(1)?, off: row.get(2)?, len: row.get(3)? }))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Reader {
    /// A mail to read, whole or without some of its files.
    ///
    /// # Errors
    /// `NotFound` while it isn't here; `StorageFailed`.
    pub fn readable(&self, email: EmailId) -> Result<Readable, Error> {
        match self.raw(email) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            raw => return Ok(Readable { octets: raw?, left_out: Vec::new() }),
        }
        let mut tried = None;
        loop {
            let laid = self.laid(email)?;
            match laid.read(&self.0.packs) {
                // It may be written anew somewhere else just now.
                Err(error) if tried.as_ref() == Some(&laid) => return Err(error),
                Err(_) => tried = Some(laid),
                Ok(octets) => return Ok(Readable { octets, left_out: laid.left_out() }),
            }
        }
    }

    /// Whether the file `number` of a mail is here (from 1, as they are listed).
    ///
    /// # Errors
    /// `StorageFailed`.
    pub fn part_state(&self, email: EmailId, number: u32) -> Result<PartState, Error> {
        match self.readable(email) {
            Ok(readable) => Ok(readable.part_state(number)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(PartState::NoMail),
            Err(error) => Err(error),
        }
    }

    /// Where what is here of a mail lies.
    pub(super) fn laid(&self, email: EmailId) -> Result<Laid, Error> {
        match self.body_place(email) {
            Ok((account, place)) => Ok(Laid::whole(account, place)),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let laid = self.with(|connection| laid(connection, email))?;
                laid.ok_or_else(|| Error::new(ErrorKind::NotFound))
            }
            Err(error) => Err(error),
        }
    }
}

impl Readable {
    /// Whether it is the mail as it is on the server.
    pub fn is_whole(&self) -> bool {
        self.left_out.is_empty()
    }

    /// Whether a file of it is here.
    pub fn part_state(&self, number: u32) -> PartState {
        let Some(place) = usize::try_from(number).ok().and_then(|number| number.checked_sub(1)) else {
            return PartState::NoSuch;
        };
        let missing = mime::files_left_out(&self.octets, &self.left_out).unwrap_or_default();
        if missing.contains(&place) {
            return PartState::Missing;
        }
        if mime::part(&self.octets, number).is_some() { PartState::Here } else { PartState::NoSuch }
    }

    /// The content of a file, decoded; `None` where it isn't here or there is no such one.
    pub fn part(&self, number: u32) -> Option<Vec<u8>> {
        let content = mime::part(&self.octets, number)?;
        let is_here = self.is_whole() || self.part_state(number) == PartState::Here;
        is_here.then_some(content)
    }
}

impl Writer {
    /// Keeps what was read of a mail until all of it is here, in the place of what was kept of it before. `None`: it came meanwhile, or
    /// it is somewhere else by now.
    pub fn keep_excerpt(
        &mut self,
        email: EmailId,
        at: OnServer,
        excerpt: &Excerpt,
    ) -> Result<Option<Changed>, Error> {
        let Some(owner) = self.owner_at(email, at)? else { return Ok(None) };
        let account = AccountId(owner.account);
        let places =
            self.written(account, owner, excerpt.kept.iter().map(|(_, octets)| octets.as_slice()))?;
        let bytes = places.iter().map(|place| place.len).sum();
        let glance = mime::glance(&excerpt.joined().0, true);
        let kept = self.learn(|tx| {
            let replaced = forget(tx, email.0)?;
            tx.prepare_cached("INSERT INTO excerpt(msg, folder, uid_validity, uid) VALUES(?1, ?2, ?3, ?4)")?
                .execute(params![email.0, at.mailbox.0, at.uid_validity, at.uid])?;
            let mut left_out =
                tx.prepare_cached("INSERT INTO left_out(msg, start, len) VALUES(?1, ?2, ?3)")?;
            for hole in &excerpt.left_out {
                left_out.execute(params![email.0, hole.start, hole.end - hole.start])?;
            }
            for ((start, _), place) in excerpt.kept.iter().zip(&places) {
                add_fragment(tx, email.0, *start, *place)?;
            }
            tx.prepare_cached(
                "UPDATE msg SET preview = ?2, has_attachment = coalesce(?3, has_attachment) WHERE id = ?1",
            )?
            .execute(params![email.0, glance.preview, glance.has_attachment])?;
            shown::touch(tx, email.0)?;
            Ok(replaced)
        });
        let (replaced, changed) = kept.inspect_err(|_| {
            self.incoming.remove(&account);
        })?;
        if replaced {
            self.room.gave_up();
        }
        self.room.took(bytes, self.look())?;
        Ok(Some(changed))
    }

    /// What is to be fetched of a file of a mail that isn't whole; `None`: nothing, as `part_state` says, or the mail is to be read anew
    /// before, since it is no longer where it was.
    pub fn part_to_fetch(&mut self, email: EmailId, number: u32) -> Result<Option<ToFetch>, Error> {
        let Some(at) = self.read_at(email)? else { return Ok(None) };
        if self.owner_at(email, at)?.is_none() {
            self.forget_excerpt(email)?;
            return Ok(None);
        }
        let Some(laid) = laid(self.look(), email)? else { return Ok(None) };
        let octets = laid.read(&self.packs)?;
        let files = mime::files_left_out(&octets, &laid.left_out()).unwrap_or_default();
        let place = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
        let gap = files.iter().position(|file| Some(*file) == place).and_then(|gap| laid.gaps.get(gap));
        let Some(gap) = gap else { return Ok(None) };
        let next = gap.left_out.start.saturating_add(gap.here);
        let before = self.before(email, laid.account, next)?;
        Ok(Some(ToFetch { at, left_out: gap.left_out.clone(), here: gap.here, before }))
    }

    /// The octets of a mail that stand before one.
    fn before(&self, email: EmailId, account: AccountId, next: u64) -> Result<Vec<u8>, Error> {
        let fragments = fragments(self.look(), email)?;
        let last = fragments.range(..next).next_back();
        let last = last.filter(|(start, place)| start.saturating_add(place.len) == next);
        let Some((_, place)) = last else { return Ok(Vec::new()) };
        let mut octets = pack::read(&pack_directory(&self.packs, account), *place)?.1;
        let most = usize::try_from(OVERLAP).unwrap_or(0);
        Ok(octets.split_off(octets.len().saturating_sub(most)))
    }

    /// Keeps the next octets of what was left out of a mail.
    pub fn keep_piece(
        &mut self,
        email: EmailId,
        at: OnServer,
        start: u64,
        octets: &[u8],
    ) -> Result<Kept, Error> {
        let is_of_it = self.read_at(email)? == Some(at);
        let owner = if is_of_it { self.owner_at(email, at)? } else { None };
        let (Some(owner), Some(before)) = (owner, laid(self.look(), email)?) else {
            return Ok(Kept::NotWanted);
        };
        let gap = before.gaps.iter().find(|gap| gap.left_out.start.saturating_add(gap.here) == start);
        let end = start.saturating_add(octets.len() as u64);
        let Some(gap) = gap.filter(|gap| end <= gap.left_out.end && !octets.is_empty()) else {
            return Ok(Kept::NotWanted);
        };
        let is_last = end == gap.left_out.end;
        if is_last && !self.fits_in(email, &before, gap, octets)? {
            self.forget_excerpt(email)?;
            return Ok(Kept::Contradiction);
        }
        let is_whole = is_last && before.gaps.len() == 1;
        let account = before.account;
        let place = self.written(account, owner, std::iter::once(octets))?.first().copied();
        let place = place.ok_or_else(|| Error::new(ErrorKind::Bug))?;
        let kept = self.learn(|tx| {
            add_fragment(tx, email.0, start, place)?;
            if is_last {
                shown::touch(tx, email.0)?;
            }
            Ok(())
        });
        let (_, mut changed) = kept.inspect_err(|_| {
            self.incoming.remove(&account);
        })?;
        self.room.took(place.len, self.look())?;
        if !is_last {
            return Ok(Kept::More);
        }
        if is_whole && let Some((arrived, more)) = self.put_together(email, owner)? {
            changed.and(more);
            return Ok(Kept::Whole(arrived, changed));
        }
        Ok(Kept::Part)
    }

    /// Whether a mail is read the same with a file as without it, but for that file.
    fn fits_in(&self, email: EmailId, before: &Laid, gap: &Gap, last: &[u8]) -> Result<bool, Error> {
        let without = before.read(&self.packs)?;
        let directory = pack_directory(&self.packs, before.account);
        let mut file = Vec::new();
        for (_, place) in fragments(self.look(), email)?.range(gap.left_out.clone()) {
            file.append(&mut pack::read(&directory, *place)?.1);
        }
        file.extend_from_slice(last);
        let at = usize::try_from(gap.at).unwrap_or(usize::MAX);
        let (head, behind) = without.split_at_checked(at).ok_or_else(|| Error::new(ErrorKind::Bug))?;
        let with = [head, &file, behind].concat();
        let Some(index) = mime::files_left_out(&without, &before.left_out()).and_then(|files| {
            before.gaps.iter().position(|other| other == gap).and_then(|at| files.get(at).copied())
        }) else {
            return Ok(false);
        };
        let (places_without, places) = (mime::file_places(&without), mime::file_places(&with));
        let moved = places_without.iter().enumerate().map(|(number, place)| {
            let place = place.clone()?;
            let start = place.start + if number > index { file.len() } else { 0 };
            Some(start..place.end + if number >= index { file.len() } else { 0 })
        });
        let (one, other) = (mime::parse(&without), mime::parse(&with));
        let named = |parsed: &mime::ParsedEmail| -> Vec<(String, String)> {
            let files = parsed.attachments.iter();
            files.map(|file| (file.name.clone(), file.media_type.clone())).collect()
        };
        Ok(moved.eq(places.iter().cloned()) && one.text == other.text && named(&one) == named(&other))
    }

    /// All of a mail is here: from now on it is as if it had come at once. `None`: something of it can't be read, and is fetched again.
    fn put_together(&mut self, email: EmailId, owner: Owner) -> Result<Option<(Arrived, Changed)>, Error> {
        let account = AccountId(owner.account);
        let Some(whole) = laid(self.look(), email)?.filter(|laid| laid.gaps.is_empty()) else {
            return Ok(None);
        };
        let octets = match whole.read(&self.packs) {
            Err(error) if pack::is_lost(&error) => {
                self.forget_excerpt(email)?;
                return Ok(None);
            }
            octets => octets?,
        };
        let size: u64 =
            self.look().query_row("SELECT size FROM msg WHERE id = ?1", [email.0], |row| row.get(0))?;
        // A server that doesn't say how long its mails are: it stays in pieces.
        if size != octets.len() as u64 {
            return Ok(None);
        }
        self.take_whole(account, owner, &octets).map(Some)
    }

    /// Nothing is kept any more of a mail that isn't whole.
    pub fn forget_excerpt(&mut self, email: EmailId) -> Result<(), Error> {
        if self.keep(|tx| forget(tx, email.0))? {
            self.room.gave_up();
        }
        Ok(())
    }

    /// Where a mail was read as far as it is here.
    fn read_at(&self, email: EmailId) -> Result<Option<OnServer>, Error> {
        optional(
            self.look()
                .prepare_cached("SELECT folder, uid_validity, uid FROM excerpt WHERE msg = ?1")?
                .query_row([email.0], |row| {
                    Ok(OnServer {
                        mailbox: MailboxId(row.get(0)?),
                        uid_validity: row.get(1)?,
                        uid: row.get(2)?,
                    })
                }),
        )
    }

    /// Whose octets they are; nobody's, if the mail is here or no longer there.
    fn owner_at(&self, email: EmailId, at: OnServer) -> Result<Option<Owner>, Error> {
        if at.uid_validity == 0 {
            return Ok(None);
        }
        let account = self.account_of_folder(at.mailbox)?;
        let owner = self.owner(account, (at.mailbox, at.uid_validity), at.uid)?;
        Ok(owner.filter(|owner| owner.msg == email.0))
    }

    /// Writes records and makes them durable.
    fn written<'o>(
        &mut self,
        account: AccountId,
        owner: Owner,
        records: impl Iterator<Item = &'o [u8]>,
    ) -> Result<Vec<Place>, Error> {
        let written = self.written_of(account, owner, records);
        written.inspect_err(|_| {
            // What the file holds beyond the counted part is unknown now; it is cut off when opened again.
            self.incoming.remove(&account);
        })
    }

    fn written_of<'o>(
        &mut self,
        account: AccountId,
        owner: Owner,
        records: impl Iterator<Item = &'o [u8]>,
    ) -> Result<Vec<Place>, Error> {
        let appender = self.appender_of(account)?;
        let mut places = Vec::new();
        for octets in records {
            appender.begin(octets.len() as u64)?;
            appender.write(octets)?;
            places.push(appender.finish(owner)?.ok_or_else(|| Error::new(ErrorKind::Bug))?);
        }
        appender.sync()?;
        Ok(places)
    }
}

fn add_fragment(tx: &Tx<'_>, msg: i64, start: u64, place: Place) -> Result<(), Error> {
    tx.prepare_cached("INSERT INTO fragment(msg, start, pack, off, len) VALUES(?1, ?2, ?3, ?4, ?5)")?
        .execute(params![msg, start, place.pack, place.off, place.len])?;
    Ok(())
}

/// What was read of mails in these mailboxes can be read still, and nothing is added to it: their numbers are others now.
pub(super) fn is_all_there_is(tx: &Tx<'_>, folders: &str, of: i64) -> Result<(), Error> {
    tx.execute(&format!("UPDATE excerpt SET uid_validity = 0 WHERE folder IN {folders}"), [of])?;
    Ok(())
}

/// How many mails are here in part.
pub(super) fn count(tx: &Tx<'_>) -> Result<i64, Error> {
    Ok(tx.prepare_cached("SELECT count(*) FROM excerpt")?.query_row([], |row| row.get(0))?)
}

/// Forgets what was read of a mail. `false`: there was nothing.
pub(super) fn forget(tx: &Tx<'_>, msg: i64) -> Result<bool, Error> {
    Ok(tx.prepare_cached("DELETE FROM excerpt WHERE msg = ?1")?.execute([msg])? > 0)
}
