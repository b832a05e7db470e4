//! Random work of two clients on one account, with faults at random commands: whatever happens, in the end this
//! device and the server hold the same mails, and none that nobody wanted gone is gone.
//!
//! `WAXWING_SEED=n` plays one run again, `WAXWING_SEEDS=n` plays that many.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use waxwing_core::model::{AccountId, EmailId, FlagBits, ListQuery, MailboxId};
use waxwing_core::{Command, Event, Ticket};
use waxwing_demo::model::{Dialect, Fault, Flags, Mailstore, Verb};
use waxwing_demo::serve::Server;
use waxwing_tests::engine::EngineRun;
use waxwing_tests::model::{USER, serve};

const MAILBOXES: [&str; 5] = ["INBOX", "Archive", "Trash", "Sent", "Work"];
/// For everything to settle once faults have stopped.
const PATIENCE: Duration = Duration::from_secs(60);

/// SplitMix64: enough to be unpredictable, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

fn dialect(random: &mut Random) -> (&'static str, Dialect) {
    match random.below(7) {
        0 => ("full", Dialect::full()),
        1 => ("bare RFC 3501", Dialect::bare_rfc3501()),
        2 => ("no MOVE", Dialect::no_move()),
        3 => ("no UIDPLUS", Dialect::no_uidplus()),
        4 => ("MOVE without COPYUID", Dialect { copyuid: false, ..Dialect::full() }),
        5 => ("COPY without COPYUID", Dialect { copyuid: false, ..Dialect::no_move() }),
        _ => ("no UIDNEXT", Dialect { uidnext_in_select: false, ..Dialect::full() }),
    }
}

/// A mail that says which one it is. Some have no Message-ID.
fn mail(number: usize) -> Vec<u8> {
    let message_id = match number % 6 {
        5 => String::new(),
        _ => format!("Message-ID: <{number}@example.org>\r\n"),
    };
    format!(
        "From: Grace <grace@example.org>\r\nTo: {USER}\r\nSubject: mail {number}\r\n{message_id}\
         Date: Mon, 23 Nov 2026 10:00:00 +0000\r\nX-Number: {number}\r\n\r\nText of mail {number}{}\r\n",
        ".".repeat(number % 37)
    )
    .into_bytes()
}

fn number(raw: &[u8]) -> usize {
    let text = String::from_utf8_lossy(raw);
    let number = text.lines().find_map(|line| line.strip_prefix("X-Number: "));
    number.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("not one of ours: {text:?}"))
}

fn random_fault(random: &mut Random, verb: Verb) -> Option<Fault> {
    let sign_in = matches!(verb, Verb::Greeting | Verb::Login | Verb::Authenticate | Verb::Capability);
    if sign_in && !random.one_in(4) {
        return None;
    }
    let code =
        |random: &mut Random| (*random.of(&["", "", "UNAVAILABLE", "OVERQUOTA", "SERVERBUG"])).to_owned();
    Some(match random.below(8) {
        0 | 1 => Fault::CutBefore,
        2 | 3 => Fault::LoseAnswer,
        4 => Fault::CutAfter(random.below(120)),
        5 if sign_in => Fault::CutBefore,
        5 => Fault::Refuse { code: code(random), text: "not now".into() },
        6 => Fault::Bye { code: "UNAVAILABLE".into(), text: "going down".into() },
        _ => Fault::Stall(Some(random.below(80) as i64)),
    })
}

/// What is known of a run.
struct Play {
    seed: u64,
    name: &'static str,
    dialect: Dialect,
    random: Random,
    server: Server,
    run: EngineRun,
    account: AccountId,
    next_mail: usize,
    /// Mails somebody wanted destroyed.
    unwanted: BTreeSet<usize>,
    /// Mails of changes by the engine, and by the other client: where both moved one it may end in two places.
    moved_here: BTreeSet<usize>,
    moved_there: BTreeSet<usize>,
    /// Mails of each change, and whether it ended.
    changes: BTreeMap<Ticket, BTreeSet<usize>>,
    /// Commands without an answer yet; `true` for changes, which outlive the engine.
    unanswered: BTreeMap<Ticket, bool>,
    /// Mails of changes that were refused: a copy may have been made.
    refused: BTreeSet<usize>,
    /// How changes ended.
    well: BTreeMap<Ticket, bool>,
    /// The last wish for a flag, and for a place, of each mail.
    flags: BTreeMap<(usize, u32), (Ticket, bool)>,
    places: BTreeMap<usize, (Ticket, String)>,
    /// Mails that undos, deletions or the other client touched: no wish is certain.
    meddled: BTreeSet<usize>,
    log: Vec<String>,
}

impl Play {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let (name, dialect) = dialect(&mut random);
        let mut mailstore = Mailstore::new();
        mailstore.add_account(USER);
        for (name, special) in [
            ("Archive", Some("\\Archive")),
            ("Trash", Some("\\Trash")),
            ("Sent", Some("\\Sent")),
            ("Work", None),
        ] {
            mailstore.add_mailbox(USER, name, special);
        }
        // Some with more than one screen, and more than one range of headers.
        let count = if random.one_in(12) { 70 + random.below(250) } else { 4 + random.below(12) };
        for number in 1..=count {
            let inbox = mailstore.mailbox_mut(USER, "INBOX").unwrap();
            inbox.append(mail(number), Flags::none(), date(number));
        }
        let (server, login) = serve(mailstore, dialect.clone());
        let (run, account) = EngineRun::with_account(&login);
        run.wait_until_complete(account);
        Self {
            seed,
            name,
            dialect,
            random,
            server,
            run,
            account,
            next_mail: count + 1,
            unwanted: BTreeSet::new(),
            moved_here: BTreeSet::new(),
            moved_there: BTreeSet::new(),
            changes: BTreeMap::new(),
            unanswered: BTreeMap::new(),
            refused: BTreeSet::new(),
            well: BTreeMap::new(),
            flags: BTreeMap::new(),
            places: BTreeMap::new(),
            meddled: BTreeSet::new(),
            log: Vec::new(),
        }
    }

    fn fail(&self, what: &str) -> ! {
        let journal = self.server.store().with(|store| {
            store
                .journal
                .commands
                .iter()
                .map(|line| format!("{} {}", line.connection, line.line))
                .collect::<Vec<_>>()
        });
        let last = journal.len().saturating_sub(400);
        panic!(
            "seed {} ({}): {what}\n{}\n--\n{}\n--\n{}\n",
            self.seed,
            self.name,
            self.log.join("\n"),
            self.stored().join("\n"),
            journal[last..].join("\n")
        )
    }

    /// The store's tables that say where mails are and what is wanted of them.
    fn stored(&self) -> Vec<String> {
        let path = self.run.data_dir().join("mail.db");
        let Ok(database) = rusqlite::Connection::open(path) else { return Vec::new() };
        let mut lines = Vec::new();
        for table in ["loc", "quarantine", "intent", "operation", "wanted", "hole", "folder"] {
            let Ok(mut statement) = database.prepare(&format!("SELECT * FROM {table}")) else { continue };
            let columns = statement.column_count();
            let names = statement.column_names().collect::<Vec<_>>().join(" ");
            lines.push(format!("{table}: {names}"));
            let rows = statement.query_map([], |row| {
                (0..columns).map(|column| row.get(column)).collect::<Result<Vec<rusqlite::types::Value>, _>>()
            });
            for row in rows.into_iter().flatten().flatten() {
                let shown: Vec<String> = row
                    .into_iter()
                    .map(|value| match value {
                        rusqlite::types::Value::Integer(number) => number.to_string(),
                        rusqlite::types::Value::Text(text) => format!("{text:?}"),
                        _ => "-".into(),
                    })
                    .collect();
                lines.push(format!("  {}", shown.join(" ")));
            }
        }
        lines
    }

    fn faults(&self, one_in: usize) {
        let mut random = Random(self.seed ^ 0xfau64);
        self.server.store().with(|store| {
            store.faults.hook = Some(Box::new(move |_, verb| {
                random.one_in(one_in).then(|| random_fault(&mut random, verb)).flatten()
            }));
        });
    }

    /// Takes in what the engine told. `true` when its news is at its end.
    fn hear(&mut self, limit: Duration) -> bool {
        let (told, ended) = self.run.told(limit);
        for event in told {
            let Event::Finished { ticket, outcome } = event else { continue };
            if self.unanswered.remove(&ticket).is_none() {
                self.fail(&format!("{ticket:?} was answered twice, or never asked: {outcome:?}"));
            }
            self.log.push(format!("  {ticket:?} finished: {outcome:?}"));
            self.well.insert(ticket, outcome.is_ok());
            if outcome.is_err()
                && let Some(mails) = self.changes.get(&ticket)
            {
                self.refused.extend(mails);
            }
        }
        ended
    }

    fn submit(&mut self, command: Command, lasting: bool) -> Ticket {
        let shown = format!("{command:?}");
        let ticket = self.run.submit(command);
        self.log.push(format!("{ticket:?} {shown}"));
        self.unanswered.insert(ticket, lasting);
        ticket
    }

    fn mailboxes(&self) -> Vec<(String, MailboxId)> {
        let all = self.run.reader().mailboxes(self.account).unwrap();
        all.into_iter().map(|mailbox| (mailbox.path, mailbox.id)).collect()
    }

    fn number_of(&self, email: EmailId) -> Option<usize> {
        // The subject says it too, and is here before the body.
        let subject = self.run.reader().email(email).ok()?.row.subject;
        subject.strip_prefix("mail ").and_then(|number| number.parse().ok())
    }

    /// Something the person does here.
    fn person(&mut self) {
        if !self.changes.is_empty() && self.random.one_in(6) {
            let tickets: Vec<Ticket> = self.changes.keys().copied().collect();
            let operation = *self.random.of(&tickets);
            let mails = self.changes[&operation].clone();
            let ticket = self.submit(Command::Undo { operation }, true);
            self.moved_here.extend(&mails);
            self.meddled.extend(&mails);
            self.changes.insert(ticket, mails);
            return;
        }
        let mailboxes = self.mailboxes();
        let (_, mailbox) = self.random.of(&mailboxes).clone();
        let mut ids = self.run.reader().ids(ListQuery::Mailbox(mailbox)).unwrap();
        while ids.len() > 1 + self.random.below(3) {
            ids.remove(self.random.below(ids.len()));
        }
        // A mail can leave while we look.
        let mails: BTreeSet<usize> = ids.iter().filter_map(|id| self.number_of(*id)).collect();
        if ids.is_empty() || mails.len() != ids.len() {
            return;
        }
        let bits = [FlagBits::SEEN, FlagBits::FLAGGED, FlagBits::ANSWERED];
        let (one, other) = (*self.random.of(&bits), *self.random.of(&bits));
        let emails = ids;
        let command = match self.random.below(10) {
            0..=2 if one == other => Command::SetFlags { emails, add: FlagBits::NONE, remove: one },
            0..=2 => Command::SetFlags { emails, add: one, remove: other },
            3 | 4 => Command::Move { emails, to: self.random.of(&mailboxes).1 },
            5 | 6 => Command::Archive { emails },
            7 | 8 => Command::Trash { emails },
            _ => {
                self.unwanted.extend(&mails);
                self.meddled.extend(&mails);
                Command::DeleteForever { emails }
            }
        };
        let place = match &command {
            Command::Move { to, .. } => {
                mailboxes.iter().find(|(_, id)| id == to).map(|(path, _)| path.clone())
            }
            Command::Archive { .. } => Some("Archive".into()),
            Command::Trash { .. } => Some("Trash".into()),
            _ => None,
        };
        let bits = match command {
            Command::SetFlags { add, remove, .. } => vec![(remove.0, false), (add.0, true)],
            _ => Vec::new(),
        };
        if !matches!(command, Command::SetFlags { .. }) {
            self.moved_here.extend(&mails);
        }
        let ticket = self.submit(command, true);
        for number in &mails {
            if let Some(place) = &place {
                self.places.insert(*number, (ticket, place.clone()));
            }
            for (bit, value) in bits.iter().filter(|(bit, _)| *bit != 0) {
                self.flags.insert((*number, *bit), (ticket, *value));
            }
        }
        self.changes.insert(ticket, mails);
    }

    /// Something another client does.
    fn other_client(&mut self) {
        let name = *self.random.of(&MAILBOXES);
        let to = *self.random.of(&MAILBOXES);
        let (action, pick, flag) = (
            self.random.below(12),
            self.random.below(100),
            *self.random.of(&["\\Seen", "\\Flagged", "$Label"]),
        );
        let next = self.next_mail;
        let done = self.server.store().with(|store| {
            let mailbox = store.mailbox_mut(USER, name).unwrap();
            let alive: Vec<u32> = mailbox
                .mails()
                .iter()
                .filter(|mail| !mail.flags().has("\\Deleted"))
                .map(|mail| mail.uid())
                .collect();
            if action < 3 {
                mailbox.append(mail(next), Flags::none(), date(next));
                return Some(("appended", next));
            }
            if action == 3 {
                store.bump_uid_validity(USER, name);
                return Some(("renumbered", 0));
            }
            let uid = *alive.get(pick % alive.len().max(1))?;
            let number = number(mailbox.mail(uid)?.raw());
            match action {
                4 => {
                    mailbox.remove(uid);
                    Some(("removed", number))
                }
                5..=7 if name != to => {
                    let mail = mailbox.remove(uid)?;
                    let target = store.mailbox_mut(USER, to).unwrap();
                    target.append(mail.raw(), mail.flags().clone(), mail.internal_date());
                    Some(("moved", number))
                }
                _ => {
                    mailbox.change_flags(uid, |flags| {
                        if flags.has(flag) { flags.remove(flag) } else { flags.add(flag) }
                    });
                    Some(("flagged", number))
                }
            }
        });
        let Some((what, number)) = done else { return };
        self.log.push(format!("elsewhere {what} {number} in {name} ({to})"));
        self.meddled.insert(number);
        match what {
            "appended" => self.next_mail += 1,
            "removed" => drop(self.unwanted.insert(number)),
            "moved" => drop(self.moved_there.insert(number)),
            _ => {}
        }
    }

    /// The program ends and is started again.
    fn restart(mut self) -> Self {
        self.run.engine().shut_down();
        let start = Instant::now();
        while !self.hear(Duration::from_millis(200)) && start.elapsed() < PATIENCE {}
        let left: Vec<Ticket> =
            self.unanswered.iter().filter(|(_, lasting)| !**lasting).map(|(ticket, _)| *ticket).collect();
        if !left.is_empty() {
            self.fail(&format!("no answer at the engine's end to {left:?}"));
        }
        self.log.push("restart".into());
        Self { run: self.run.reopened(), ..self }
    }

    fn step(mut self) -> Self {
        match self.random.below(24) {
            0 => return self.restart(),
            1..=8 => self.other_client(),
            9 | 10 => {
                let account = self.account;
                self.submit(Command::SyncAccount { account }, false);
            }
            11 => {
                let mailboxes = self.mailboxes();
                let mailbox = self.random.of(&mailboxes).1;
                self.submit(Command::ShowMailbox { mailbox }, false);
                self.submit(Command::SyncMailbox { mailbox }, false);
            }
            12 => self.server.store().cut_connections(),
            13..=15 => std::thread::sleep(Duration::from_millis(self.random.below(120) as u64)),
            _ => self.person(),
        }
        self.hear(Duration::ZERO);
        self
    }

    /// Faults have stopped: everything is to come right by itself.
    fn settle(&mut self) {
        self.server.store().with(|store| store.faults.hook = None);
        self.log.push("faults stop".into());
        let start = Instant::now();
        let mut pause = Duration::from_millis(20);
        loop {
            let account = self.account;
            let ticket = self.submit(Command::SyncAccount { account }, false);
            while self.unanswered.contains_key(&ticket) {
                self.hear(Duration::from_millis(20));
                if start.elapsed() > PATIENCE {
                    self.fail("a sync doesn't end");
                }
            }
            let status = self.run.status(account);
            let complete = status.waiting == 0 && status.bodies.0 == status.bodies.1;
            if complete && self.unanswered.is_empty() && self.difference().is_none() {
                return;
            }
            if start.elapsed() > PATIENCE {
                self.fail(&format!(
                    "it doesn't come right: {status:?}, unanswered {:?}, {}",
                    self.unanswered,
                    self.difference().unwrap_or_default()
                ));
            }
            // Longer each time, so that a run that hangs says so in few lines.
            self.hear(pause);
            pause = (pause * 2).min(Duration::from_secs(2));
        }
    }

    /// How this device and the server differ.
    fn difference(&self) -> Option<String> {
        let reader = self.run.reader();
        for mailbox in reader.mailboxes(self.account).unwrap() {
            let page = reader.page(ListQuery::Mailbox(mailbox.id), 0, 10_000).unwrap();
            let unread = page.rows.iter().filter(|row| !row.flags.contains(FlagBits::SEEN)).count();
            if (mailbox.total as usize, mailbox.unread as usize) != (page.rows.len(), unread) {
                return Some(format!("{}: counters {}/{}", mailbox.path, mailbox.total, mailbox.unread));
            }
            let mut here: Vec<(usize, bool, bool, bool)> = Vec::new();
            for row in page.rows {
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
            let there = self.on_server(&mailbox.path);
            if here != there {
                return Some(format!("{}: here {here:?}, on the server {there:?}", mailbox.path));
            }
        }
        None
    }

    fn on_server(&self, name: &str) -> Vec<(usize, bool, bool, bool)> {
        self.server.store().with(|store| {
            let mails = store.mailbox(USER, name).unwrap().mails();
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
        let certain = |number: usize, ticket: Ticket| {
            !self.meddled.contains(&number)
                && !self.refused.contains(&number)
                && self.well.get(&ticket) == Some(&true)
        };
        for (number, (ticket, place)) in &self.places {
            if certain(*number, *ticket)
                && places.get(number).is_none_or(|found| found[..] != [place.as_str()])
            {
                self.fail(&format!(
                    "mail {number} isn't in {place} ({ticket:?}) but in {:?}",
                    places.get(number)
                ));
            }
        }
        for ((number, bit), (ticket, value)) in &self.flags {
            let has = MAILBOXES.iter().flat_map(|name| self.on_server(name)).find(|mail| mail.0 == *number);
            let Some((_, seen, flagged, answered)) = has else { continue };
            let is = match FlagBits(*bit) {
                FlagBits::SEEN => seen,
                FlagBits::FLAGGED => flagged,
                _ => answered,
            };
            if certain(*number, *ticket) && is != *value {
                self.fail(&format!("flag {bit} of mail {number} isn't {value} ({ticket:?})"));
            }
        }
    }

    /// No mail is gone that nobody wanted gone, none is there twice.
    fn judge(&self) {
        let mut places: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        for name in MAILBOXES {
            for (number, ..) in self.on_server(name) {
                places.entry(number).or_default().push(name);
            }
        }
        for number in 1..self.next_mail {
            let found = places.get(&number).map_or(&[][..], Vec::as_slice);
            if found.is_empty() && !self.unwanted.contains(&number) {
                self.fail(&format!("mail {number} is lost"));
            }
            // Two clients that move one mail at the same time, one of them by copying.
            let contested = !self.dialect.move_
                && (self.moved_here.contains(&number) && self.moved_there.contains(&number));
            if found.len() > 1 && !contested && !self.refused.contains(&number) {
                self.fail(&format!("mail {number} is there twice: {found:?}"));
            }
        }
        self.judge_wishes(&places);
        let unscoped = self
            .server
            .store()
            .with(|store| store.journal.expunged.iter().filter(|gone| !gone.by_uid).count());
        if unscoped > 0 {
            self.fail("something was expunged without being named");
        }
    }
}

fn date(number: usize) -> i64 {
    1_700_000_000_000 + number as i64 * 60_000
}

fn play(seed: u64) {
    let mut play = Play::new(seed);
    let one_in = *play.random.of(&[4, 8, 16, 40, 1000]);
    play.faults(one_in);
    if play.random.one_in(5) {
        let size = 1 + play.random.below(60);
        play.server.store().with(|store| store.faults.pieces = Some(size));
    }
    for _ in 0..10 + play.random.below(30) {
        play = play.step();
    }
    play.settle();
    play.judge();
}

#[test]
fn whatever_two_clients_and_a_bad_line_do_mail_is_neither_lost_nor_doubled() {
    let variable = |name| std::env::var(name).ok().and_then(|value: String| value.parse::<u64>().ok());
    if let Some(seed) = variable("WAXWING_SEED") {
        play(seed);
        return;
    }
    let (first, count) =
        (variable("WAXWING_FIRST_SEED").unwrap_or(1), variable("WAXWING_SEEDS").unwrap_or(80));
    let next = AtomicU64::new(first);
    // A run is mostly waiting.
    let failed: Vec<bool> = std::thread::scope(|scope| {
        let players: Vec<_> = (0..6)
            .map(|_| {
                scope.spawn(|| {
                    let mut well = true;
                    loop {
                        let seed = next.fetch_add(1, Ordering::Relaxed);
                        if seed >= first + count {
                            return !well;
                        }
                        well &= std::thread::Builder::new()
                            .name(format!("seed {seed}"))
                            .spawn(move || play(seed))
                            .unwrap()
                            .join()
                            .is_ok();
                    }
                })
            })
            .collect();
        players.into_iter().map(|player| player.join().unwrap_or(true)).collect()
    });
    assert!(!failed.contains(&true), "see the seeds above; WAXWING_SEED plays one again");
}
