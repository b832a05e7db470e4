//! What must hold: after every step in the store, and in the end on both sides.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;
use waxwing_core::Ticket;
use waxwing_core::model::{FlagBits, Flags};
use waxwing_demo::model::{Expunged, Uid, Verb};
use waxwing_tests::model::USER;

use super::ground::Ground;
use super::mailboxes::stem;
use super::person::{Wish, WishKind};
use super::play::{ALL_MAIL, GMAIL_TRASH, Play, SPAM, mail, number};

/// A mail of a mailbox as the server has it: UID, flags with a bit, keywords joined by spaces.
type Exact = (Uid, u32, String);

/// A mailbox as the server has it: its path here, its mails that aren't marked as deleted, each with its mod-sequence.
struct OnServer {
    path: String,
    uid_validity: u32,
    modseq: u64,
    mails: Vec<(u64, Exact)>,
}

impl<G: Ground> Play<G> {
    /// How this device and the server differ, or a screen and this device.
    pub(super) fn difference(&self) -> Option<String> {
        self.difference_in_mailboxes()
            .or_else(|| self.difference_shown())
            .or_else(|| self.exact_difference())
            .or_else(|| self.tag_difference())
            .or_else(|| self.stale())
    }

    fn difference_in_mailboxes(&self) -> Option<String> {
        let shown = self.mailboxes().into_iter().filter(|mailbox| mailbox.selectable);
        let here: BTreeSet<String> = shown.map(|mailbox| mailbox.path).collect();
        let there: BTreeSet<String> = self.names().iter().map(|name| self.path(name)).collect();
        (here != there).then(|| format!("mailboxes here {here:?}, on the server {there:?}"))
    }

    fn difference_shown(&self) -> Option<String> {
        let reader = self.ground.reader();
        for mailbox in self.mailboxes().into_iter().filter(|mailbox| mailbox.selectable) {
            let mut here: Vec<(usize, bool, bool, bool)> = Vec::new();
            for row in self.list(mailbox.id) {
                let Ok(raw) = reader.raw(row.id) else {
                    return Some(format!("{}: no body of {:?}", mailbox.path, row.subject));
                };
                let number = number(&raw);
                if raw != mail(number) || row.subject != format!("mail {number}") {
                    return Some(format!("{}: another body at {:?}", mailbox.path, row.subject));
                }
                let has = |bit| row.flags.contains(bit);
                here.push((number, has(FlagBits::SEEN), has(FlagBits::FLAGGED), has(FlagBits::ANSWERED)));
            }
            here.sort_unstable();
            let there = self.on_server(&self.in_store(&mailbox.path));
            if here != there {
                return Some(format!("{}: here {here:?}, on the server {there:?}", mailbox.path));
            }
        }
        None
    }

    pub(super) fn on_server(&self, name: &str) -> Vec<(usize, bool, bool, bool)> {
        self.ground.with(|store| {
            let mails = store.mailbox(USER, name).map_or(&[][..], |mailbox| mailbox.mails());
            let alive = mails.iter().filter(|mail| !mail.flags().has("\\Deleted"));
            let mut all: Vec<_> = alive
                .map(|mail| {
                    let has = |flag| mail.flags().has(flag);
                    (number(mail.raw()), has("\\Seen"), has("\\Flagged"), has("\\Answered"))
                })
                .collect();
            all.sort_unstable();
            all
        })
    }

    /// What the person was told is done is so, where nobody else had a hand in it.
    fn judge_wishes(&self, places: &BTreeMap<usize, Vec<&str>>) {
        for (number, wishes) in &self.places {
            let certain = wishes.iter().all(|wish| self.is_certain(*number, wish.ticket));
            let found = places.get(number).map_or(&[][..], Vec::as_slice);
            if certain && !self.is_contested(*number) && !self.is_met(*number, wishes, found) {
                let wanted: Vec<String> =
                    wishes.iter().map(|wish| format!("{:?} to {}", wish.ticket, wish.to)).collect();
                self.fail(&format!("mail {number} was wished {wanted:?} and is in {found:?}"));
            }
        }
        self.judge_tags();
        for ((number, bit), (ticket, value)) in &self.flags {
            let names = self.names();
            let all = names.iter().flat_map(|name| self.on_server(name));
            let is = |(_, seen, flagged, answered): (usize, bool, bool, bool)| match FlagBits(*bit) {
                FlagBits::SEEN => seen,
                FlagBits::FLAGGED => flagged,
                _ => answered,
            };
            let found: Vec<bool> = all.filter(|mail| mail.0 == *number).map(is).collect();
            // Where it may be there twice, the one that was made first is as it was.
            let is_met = found.is_empty()
                || found.contains(value) && (self.is_contested(*number) || found[0] == *value);
            // Of one and its copy each has flags of its own.
            let one = if self.dialect.gmail { !self.was_two(*number) } else { self.copies(*number) == 0 };
            if one && self.is_certain(*number, *ticket) && !is_met {
                self.fail(&format!("flag {bit} of mail {number} isn't {value} ({ticket:?})"));
            }
        }
    }

    /// The same for tags.
    fn judge_tags(&self) {
        let names = self.names();
        for ((number, tag), (ticket, value)) in &self.tags {
            let has: Vec<bool> = self.ground.with(|store| {
                let mailboxes = names.iter().filter_map(|name| store.mailbox(USER, name));
                let mails = mailboxes.flat_map(|mailbox| mailbox.mails());
                let alive = mails.filter(|mail| !mail.flags().has("\\Deleted"));
                let these = alive.filter(|mail| super::play::number(mail.raw()) == *number);
                these.map(|mail| mail.flags().has(tag)).collect()
            });
            let is_met = has.is_empty() || has.contains(value);
            let one = if self.dialect.gmail { !self.was_two(*number) } else { self.copies(*number) == 0 };
            if one && self.is_certain(*number, *ticket) && !is_met {
                self.fail(&format!("tag {tag} of mail {number} isn't {value} ({ticket:?})"));
            }
        }
    }

    /// What is shown of keywords is what the server has, once nothing waits.
    pub(super) fn tag_difference(&self) -> Option<String> {
        self.look(|database| {
            let sql = "SELECT shown.msg, shown.keywords, loc.keywords FROM shown
                       JOIN loc ON loc.folder = shown.folder AND loc.msg = shown.msg
                       WHERE loc.keywords <> shown.keywords
                         AND NOT EXISTS(SELECT 1 FROM intent WHERE intent.msg = loc.msg AND state < 10)
                       UNION ALL
                       SELECT msg, 'tagged', folder FROM tagged
                       WHERE NOT EXISTS(SELECT 1 FROM shown WHERE shown.msg = tagged.msg AND shown.folder = tagged.folder)";
            let mut statement = database.prepare_cached(sql).unwrap();
            let row = |row: &rusqlite::Row<'_>| {
                Ok(format!("{:?}: {:?} and {:?}", row.get_ref(0)?, row.get_ref(1)?, row.get_ref(2)?))
            };
            let mut rows = statement.query_map([], row).unwrap();
            rows.next().map(Result::unwrap).map(|row| format!("keywords of mail {row}"))
        })
    }

    /// Whether this wish was met, as the person was told, and nothing came between.
    fn is_certain(&self, number: usize, ticket: Ticket) -> bool {
        !self.meddled.contains(&number)
            && !self.refused.contains(&number)
            && self.well.get(&ticket) == Some(&true)
    }

    /// Whether a mail was two here that is one on the server (labels): before the server had named one that was made here,
    /// a copy of it was another mail.
    fn was_two(&self, number: usize) -> bool {
        self.made_here.contains(&number) && self.copies(number) > 0
    }

    /// How many copies of a mail were wished for.
    pub(super) fn copies(&self, number: usize) -> usize {
        let wishes = self.places.get(&number).map_or(&[][..], Vec::as_slice);
        wishes.iter().filter(|wish| wish.kind == WishKind::Copied).count()
    }

    /// Whether a mail that is in these mailboxes is where it was wanted.
    fn is_met(&self, number: usize, wishes: &[Wish], found: &[&str]) -> bool {
        if self.dialect.gmail {
            if self.was_two(number) {
                return true;
            }
            let wanted = labels(wishes);
            if wanted.is_empty() {
                return found.is_empty();
            }
            // What is archived keeps its labels, but for INBOX; unless it was seen in All Mail alone, before INBOX was read.
            let last = wishes.iter().rfind(|wish| wish.kind == WishKind::Moved);
            let archived = last.is_some_and(|wish| wish.to == ALL_MAIL && wish.from != ALL_MAIL)
                && !wanted.contains(&"INBOX");
            return wanted.iter().all(|place| found.contains(place))
                && !(archived && found.contains(&"INBOX"));
        }
        let mut wanted = places(!self.made_here.contains(&number), wishes);
        let mut found = found.to_vec();
        wanted.sort_unstable();
        found.sort_unstable();
        wanted == found
    }

    /// Whether a mail may be in these mailboxes at once.
    fn is_allowed(&self, number: usize, found: &[&str]) -> bool {
        if self.dialect.gmail {
            return found.len() <= 1 || !found.iter().any(|name| is_alone(name));
        }
        found.len() <= 1 + self.copies(number)
    }

    /// Whether a mail has to be somewhere: one that was made here, once the person was told that it is.
    fn is_missed(&self, number: usize) -> bool {
        let wishes = self.places.get(&number).map_or(&[][..], Vec::as_slice);
        let mut made = wishes.iter().filter(|wish| wish.kind == WishKind::Made);
        !self.unwanted.contains(&number)
            && (!self.made_here.contains(&number)
                || made.any(|wish| self.well.get(&wish.ticket) == Some(&true)))
    }

    /// Whether a mail may end in two places: a copy that was made couldn't be found again, or is somebody's who has
    /// moved it since.
    fn is_contested(&self, number: usize) -> bool {
        // Between its copy and its removal from where it was, a mail is in two places for all to see and move.
        let both_moved = self.moved_here.contains(&number) && self.moved_there.contains(&number);
        let both_shown = self.ids.get(&number).is_some_and(|ids| ids.len() > 1);
        // What is looked for after a lost answer can't be found where it was put when somebody has moved it on.
        let made = self.made_here.contains(&number) || self.copies(number) > 0;
        let moved_on = made && self.moved_there.contains(&number);
        self.lies || moved_on || !self.dialect.move_ && (both_moved || both_shown)
    }

    /// No mail is gone that nobody wanted gone, none is there twice.
    pub(super) fn judge(&self) {
        let mut places: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        let names = self.names();
        for name in &names {
            for (number, ..) in self.on_server(name) {
                places.entry(number).or_default().push(stem(name));
            }
        }
        for number in 1..self.next_mail {
            let found = places.get(&number).map_or(&[][..], Vec::as_slice);
            if found.is_empty() && self.is_missed(number) {
                self.fail(&format!("mail {number} is lost"));
            }
            if !self.is_allowed(number, found)
                && !self.is_contested(number)
                && !self.refused.contains(&number)
            {
                self.fail(&format!("mail {number} is there twice: {found:?}"));
            }
        }
        self.judge_wishes(&places);
        self.judge_mailboxes();
        // What went with its mailbox was named by that.
        let unnamed = |gone: &&Expunged| !gone.by_uid && gone.by != Verb::Delete;
        let unscoped = self.ground.with(|store| store.journal.expunged.iter().filter(unnamed).count());
        if unscoped > 0 {
            self.fail("something was expunged without being named");
        }
    }
    /// Looks at the store as it was committed last, by itself: one moment of it.
    fn look<T>(&self, act: impl FnOnce(&Connection) -> T) -> T {
        let mut kept = self.database.borrow_mut();
        let database = kept.get_or_insert_with(|| {
            let database = Connection::open(self.ground.data_dir().join("mail.db")).unwrap();
            database.set_prepared_statement_cache_capacity(16);
            database
        });
        let moment = database.transaction().unwrap();
        act(&moment)
    }

    /// Changes that have a trace in the store and no end.
    pub(super) fn open_operations(&self) -> BTreeSet<Ticket> {
        self.look(|database| {
            let mut statement = database.prepare("SELECT id FROM operation WHERE finished = 0").unwrap();
            let rows = statement.query_map([], |row| row.get(0)).unwrap();
            rows.map(|id| Ticket(id.unwrap())).collect()
        })
    }

    /// What holds at any moment, whatever is under way: I3, I7 and I11.
    pub(super) fn judge_store(&self) {
        // The server first: what it has now and the store learns of meanwhile is no fault.
        let there: Vec<OnServer> =
            self.names().iter().filter_map(|name| self.numbers_on_server(name)).collect();
        self.look(|database| {
            self.judge_counters(database);
            if !self.lies {
                self.judge_marks(database, &there);
            }
            self.judge_packs(database);
        });
    }

    /// I11: counters are what a recount gives.
    fn judge_counters(&self, database: &Connection) {
        let wrong = "SELECT path || ': ' || total || '/' || unread FROM folder
             WHERE total <> (SELECT count(*) FROM shown WHERE shown.folder = folder.id)
                OR unread <> (SELECT count(*) FROM shown WHERE shown.folder = folder.id AND flags & 1 = 0)";
        let mut statement = database.prepare_cached(wrong).unwrap();
        let wrong: Vec<String> =
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        if !wrong.is_empty() {
            self.fail(&format!("counters differ from a recount: {wrong:?}"));
        }
    }

    /// I7: what lies below UIDNEXT as stored is known here, or known to be missing; what isn't newer than HIGHESTMODSEQ as
    /// stored has the server's flags.
    fn judge_marks(&self, database: &Connection, there: &[OnServer]) {
        for OnServer { path, uid_validity, modseq, mails } in there {
            let marks =
                "SELECT id, uid_next, highest_modseq FROM folder WHERE path = ?1 AND uid_validity = ?2";
            let marks = database.prepare_cached(marks).unwrap().query_row((path, uid_validity), |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, Uid>(1)?, row.get::<_, u64>(2)?))
            });
            // Never looked at, or numbered anew since.
            let Ok((folder, uid_next, highest_modseq)) = marks else { continue };
            if highest_modseq > *modseq {
                self.fail(&format!("HIGHESTMODSEQ of {path} is {highest_modseq}, the server's {modseq}"));
            }
            for (modseq, (uid, flags, keywords)) in mails.iter().filter(|(_, (uid, ..))| *uid < uid_next) {
                let known = "SELECT flags, keywords FROM loc WHERE folder = ?1 AND uid = ?2";
                let known = database
                    .prepare_cached(known)
                    .unwrap()
                    .query_row((folder, uid), |row| Ok((row.get::<_, u32>(0)?, row.get::<_, String>(1)?)));
                match known {
                    Ok(known) if *modseq > highest_modseq || known == (*flags, keywords.clone()) => {}
                    Ok(known) => self.fail(&format!(
                        "HIGHESTMODSEQ of {path} is {highest_modseq}, mail {uid} changed at {modseq} and is {known:?}"
                    )),
                    Err(_) if is_in_hole(database, folder, *uid) => {}
                    Err(_) => self.fail(&format!("UIDNEXT of {path} is past mail {uid}, which was never read")),
                }
            }
        }
    }

    /// I3: where a row points there are bytes.
    fn judge_packs(&self, database: &Connection) {
        let mut statement = database
            .prepare_cached(
                "SELECT account, pack, max(off + len + 36) FROM body JOIN msg ON msg.id = msg GROUP BY 1, 2",
            )
            .unwrap();
        let ends = statement
            .query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, u64>(2)?)));
        for (account, pack, end) in ends.unwrap().map(Result::unwrap) {
            let path = self.ground.data_dir().join(format!("packs/{account}/{pack:06}.pack"));
            let there = std::fs::metadata(&path).map_or(0, |file| file.len());
            if there < end {
                self.fail(&format!("pack {pack} has {there} bytes and rows up to {end}"));
            }
        }
    }

    fn numbers_on_server(&self, name: &str) -> Option<OnServer> {
        self.ground.with(|store| {
            let mailbox = store.mailbox(USER, name)?;
            // Where nothing can be expunged alone, a mail that was moved stays behind, marked.
            let alive = mailbox.mails().iter().filter(|mail| !mail.flags().has("\\Deleted"));
            Some(OnServer {
                path: self.path(name),
                uid_validity: mailbox.uid_validity(),
                modseq: mailbox.modseq(),
                mails: alive.map(|mail| (mail.modseq(), exact(mail.uid(), mail.flags().iter()))).collect(),
            })
        })
    }

    /// I2: the server's numbers, flags and keywords are those that are kept of it.
    fn exact_difference(&self) -> Option<String> {
        self.look(|database| self.names().iter().find_map(|name| self.difference_in(database, name)))
    }

    fn difference_in(&self, database: &Connection, name: &str) -> Option<String> {
        let mut there: Vec<Exact> = self.ground.with(|store| {
            let mails = store.mailbox(USER, name).map_or(&[][..], |mailbox| mailbox.mails());
            mails.iter().map(|mail| exact(mail.uid(), mail.flags().iter())).collect()
        });
        there.sort_unstable();
        let mut statement = database
            .prepare_cached(
                "SELECT uid, flags, keywords FROM loc JOIN folder ON folder.id = folder WHERE path = ?1
                   AND listed ORDER BY uid",
            )
            .unwrap();
        let here = statement.query_map([self.path(name)], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        let here: Vec<Exact> = here.unwrap().map(Result::unwrap).collect();
        (here != there).then(|| format!("{name} exactly: kept {here:?}, on the server {there:?}"))
    }

    /// I10: who read again only what was told to have changed sees what there is.
    fn stale(&self) -> Option<String> {
        let mailboxes = self.mailboxes();
        if self.screen.mailboxes != mailboxes {
            return Some(format!(
                "mailboxes on a screen are stale: {:?}, are {mailboxes:?}",
                self.screen.mailboxes
            ));
        }
        for mailbox in mailboxes {
            let rows = self.list(mailbox.id);
            if self.screen.lists.get(&mailbox.id) != Some(&rows) {
                return Some(format!(
                    "the list of {} on a screen is stale: {:?}, is {rows:?}",
                    mailbox.path,
                    self.screen.lists.get(&mailbox.id)
                ));
            }
        }
        let waiting = self.status().waiting;
        (self.screen.waiting != waiting)
            .then(|| format!("a screen says {} changes wait, it is {waiting}", self.screen.waiting))
    }
}

/// Trash and spam: a mail there is nowhere else, where mailboxes are labels.
fn is_alone(name: &str) -> bool {
    [GMAIL_TRASH, SPAM].contains(&name)
}

/// What a wish that came after others found: `None` when its mail was to be gone by then, so that it asked for nothing.
fn found_by(wishes: &[Wish], index: usize) -> Option<&str> {
    let wish = &wishes[index];
    let same = wishes[..index].iter().filter(|last| last.email == wish.email);
    let earlier: Vec<&Wish> = same.filter(|last| last.kind != WishKind::Copied).collect();
    if earlier.iter().any(|last| last.kind == WishKind::Deleted) {
        return None;
    }
    // Where it was seen may be from before the last wish for it.
    Some(earlier.last().map_or(&wish.from, |last| &last.to))
}

/// Where a mail is after these wishes: it was in INBOX before, unless it was made here.
fn places(arrived: bool, wishes: &[Wish]) -> Vec<&str> {
    let mut places = if arrived { vec!["INBOX"] } else { Vec::new() };
    for (index, wish) in wishes.iter().enumerate() {
        let Some(from) = found_by(wishes, index) else { continue };
        if matches!(wish.kind, WishKind::Moved | WishKind::Deleted)
            && let Some(left) = places.iter().position(|place| *place == from)
        {
            places.swap_remove(left);
        }
        if wish.kind != WishKind::Deleted {
            places.push(&wish.to);
        }
    }
    places
}

/// Labels a mail has at least after these wishes. A move takes one off, whichever; a copy puts one on, but to where a
/// mail is alone, or from there, it is a move.
fn labels(wishes: &[Wish]) -> Vec<&str> {
    let mut labels: Vec<&str> = Vec::new();
    for (index, wish) in wishes.iter().enumerate() {
        if found_by(wishes, index).is_none() {
            continue;
        }
        let alone = is_alone(labels.last().unwrap_or(&&*wish.from)) || is_alone(&wish.to);
        if wish.kind != WishKind::Copied || alone {
            labels.clear();
        }
        if wish.kind != WishKind::Deleted {
            labels.push(&wish.to);
        }
    }
    labels
}

fn exact<'a>(uid: Uid, names: impl Iterator<Item = &'a str>) -> Exact {
    let mut flags = Flags::default();
    for name in names {
        flags.insert(name);
    }
    (uid, flags.bits.0, flags.keywords.join(" "))
}

fn is_in_hole(database: &Connection, folder: i64, uid: Uid) -> bool {
    let sql = "SELECT EXISTS(SELECT 1 FROM hole WHERE folder = ?1 AND ?2 BETWEEN low AND high)";
    database.prepare_cached(sql).unwrap().query_row((folder, uid), |row| row.get(0)).unwrap()
}
