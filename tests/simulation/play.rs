//! One run: what the person, another client and the line do, and what came of it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use waxwing_core::model::{AccountStatus, EmailId, EmailRow, ListQuery, Mailbox, MailboxId};
use waxwing_core::{Command, Event, Ticket};
use waxwing_demo::model::{Dialect, Fault, Flags, Lie, Mailstore, Verb};
use waxwing_tests::model::USER;

use super::ground::Ground;
use super::mailboxes::MailboxWishes;
use super::person::Wish;
use super::random::Random;

pub(super) const ALL_MAIL: &str = "[Gmail]/All Mail";
pub(super) const GMAIL_TRASH: &str = "[Gmail]/Trash";
pub(super) const SPAM: &str = "[Gmail]/Spam";
/// For everything to settle once faults have stopped, by the clock of the run.
const PATIENCE: Duration = Duration::from_secs(90);

/// A mail that says which one it is. Some have no Message-ID.
pub(super) fn mail(number: usize) -> Vec<u8> {
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

pub(super) fn number(raw: &[u8]) -> usize {
    let text = String::from_utf8_lossy(raw);
    let number = text.lines().find_map(|line| line.strip_prefix("X-Number: "));
    number.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("not one of ours: {text:?}"))
}

fn random_fault(random: &mut Random, verb: Verb, lies: bool) -> Option<Fault> {
    let sign_in = matches!(verb, Verb::Greeting | Verb::Login | Verb::Authenticate | Verb::Capability);
    if sign_in && !random.one_in(4) {
        return None;
    }
    let code =
        |random: &mut Random| (*random.of(&["", "", "UNAVAILABLE", "OVERQUOTA", "SERVERBUG"])).to_owned();
    Some(match random.below(10) {
        0 | 1 => Fault::CutBefore,
        2 | 3 => Fault::LoseAnswer,
        4 => Fault::CutAfter(random.below(120)),
        // ID is no question that can be answered with no (RFC 2971), and NetEase opens no mailbox without.
        5 if sign_in || verb == Verb::Id => Fault::CutBefore,
        5 => Fault::Refuse { code: code(random), text: "not now".into() },
        6 => Fault::Bye { code: "UNAVAILABLE".into(), text: "going down".into() },
        7 if lies && !sign_in => Fault::Lie(lie(random)),
        8 if !sign_in => Fault::Unsolicited { line: unsolicited(random), times: 1 + random.below(3) },
        _ => Fault::Stall(Some(random.below(80) as i64)),
    })
}

/// What a server says that isn't so. That a mailbox holds fewer mails, or has more behind it, than is the case is not
/// among it, nor that flags which changed are left out of what changed: that a client can only believe.
fn lie(random: &mut Random) -> Lie {
    match random.below(5) {
        0 => Lie::Exists(1 + random.below(3) as i64),
        1 => Lie::HighestModSeq(-1 - random.below(5) as i64),
        2 => Lie::OmitMails { every: 1 + random.below(5) },
        3 => Lie::MailsTwice,
        _ => Lie::MailsWithoutUid,
    }
}

/// What nobody asked for.
fn unsolicited(random: &mut Random) -> String {
    let mails = 1 + random.below(20);
    match random.below(6) {
        0 => format!("* VANISHED (EARLIER) 1:{mails}"),
        1 => format!("* VANISHED {mails}"),
        2 => format!("* {mails} FETCH (FLAGS (\\Seen))"),
        3 => "* SEARCH 1 2 3".to_owned(),
        4 => "* OK [ALERT] the server will be down".to_owned(),
        _ => "* X-NEWS {4}\r\nA1 O".to_owned(),
    }
}

/// What is known of a run.
pub(super) struct Play<G> {
    seed: u64,
    name: &'static str,
    pub(super) dialect: Dialect,
    pub(super) random: Random,
    pub(super) ground: G,
    /// The judge's own connection to the store, while one engine has it open.
    pub(super) database: RefCell<Option<rusqlite::Connection>>,
    pub(super) next_mail: usize,
    /// Mails somebody wanted destroyed.
    pub(super) unwanted: BTreeSet<usize>,
    /// Mails of changes by the engine, and by the other client: where both moved one it may end in two places.
    pub(super) moved_here: BTreeSet<usize>,
    pub(super) moved_there: BTreeSet<usize>,
    /// Under which ids each mail was seen when the person changed something.
    pub(super) ids: BTreeMap<usize, BTreeSet<EmailId>>,
    /// Mails of each change, and whether it ended.
    pub(super) changes: BTreeMap<Ticket, BTreeSet<usize>>,
    /// Commands without an answer yet; `true` for changes, which outlive the engine.
    pub(super) unanswered: BTreeMap<Ticket, bool>,
    /// Mails of changes that were refused: a copy may have been made.
    pub(super) refused: BTreeSet<usize>,
    /// How changes ended.
    pub(super) well: BTreeMap<Ticket, bool>,
    /// The last wish for each flag of each mail.
    pub(super) flags: BTreeMap<(usize, u32), (Ticket, bool)>,
    /// The same for tags, by their names in small letters.
    pub(super) tags: BTreeMap<(usize, String), (Ticket, bool)>,
    /// The wishes for where each mail is to be, oldest first.
    pub(super) places: BTreeMap<usize, Vec<Wish>>,
    /// Mails that were made on this device.
    pub(super) made_here: BTreeSet<usize>,
    /// Mails that undos, deletions or the other client touched: no wish is certain.
    pub(super) meddled: BTreeSet<usize>,
    /// What was wished for mailboxes, whether they are subscribed to, and which ones undos or the other client touched.
    pub(super) mailbox_wishes: MailboxWishes,
    /// What a screen shows that reads again only what it was told has changed.
    pub(super) screen: Screen,
    /// The server says at times what isn't so: then a mail may be asked after and not be named though it is there, and
    /// so be read later than UIDNEXT says, and copied a second time.
    pub(super) lies: bool,
    /// Changes asked for, and how often the engine ended.
    made: usize,
    stops: usize,
    pub(super) log: Vec<String>,
}

/// What runs amounted to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) runs: u64,
    /// Changes the person made.
    pub(super) changes: usize,
    /// Commands the server was sent.
    pub(super) commands: usize,
    /// Restarts and crashes.
    pub(super) stops: usize,
    /// By the clocks of the runs.
    pub(super) time: Duration,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.runs += other.runs;
        self.changes += other.changes;
        self.commands += other.commands;
        self.stops += other.stops;
        self.time += other.time;
    }
}

/// Lists and counts as they were when the engine last said that they had changed.
#[derive(Default)]
pub(super) struct Screen {
    pub(super) mailboxes: Vec<Mailbox>,
    pub(super) lists: BTreeMap<MailboxId, Vec<EmailRow>>,
    /// Changes that wait.
    pub(super) waiting: u64,
}

impl<G: Ground> Play<G> {
    pub(super) fn new(seed: u64, (name, dialect): (&'static str, Dialect), mut random: Random) -> Self {
        let mut mailstore = Mailstore::new();
        mailstore.add_account(USER);
        mailstore.add_mailbox(USER, "Work", None);
        if dialect.gmail {
            mailstore.make_gmail(USER);
        } else {
            for (name, special) in [("Archive", "\\Archive"), ("Trash", "\\Trash"), ("Sent", "\\Sent")] {
                mailstore.add_mailbox(USER, name, Some(special));
            }
        }
        // Some with more than one screen, and more than one range of headers.
        let count = if random.one_in(12) { 70 + random.below(250) } else { 4 + random.below(12) };
        for number in 1..=count {
            let inbox = mailstore.mailbox_mut(USER, "INBOX").unwrap();
            inbox.append(mail(number), Flags::none(), date(number));
        }
        mailstore.settle();
        let ground = G::start(mailstore, &dialect, seed);
        let mut play = Self {
            seed,
            name,
            dialect,
            random,
            ground,
            database: RefCell::default(),
            next_mail: count + 1,
            unwanted: BTreeSet::new(),
            moved_here: BTreeSet::new(),
            moved_there: BTreeSet::new(),
            ids: BTreeMap::new(),
            changes: BTreeMap::new(),
            unanswered: BTreeMap::new(),
            refused: BTreeSet::new(),
            well: BTreeMap::new(),
            flags: BTreeMap::new(),
            tags: BTreeMap::new(),
            places: BTreeMap::new(),
            made_here: BTreeSet::new(),
            meddled: BTreeSet::new(),
            mailbox_wishes: MailboxWishes::default(),
            screen: Screen::default(),
            lies: false,
            made: 0,
            stops: 0,
            log: Vec::new(),
        };
        play.read_screen();
        play
    }

    /// What the whole run is: random steps under faults, then everything has to come right.
    pub(super) fn run(mut self) -> Tally {
        // Half the runs begin with everything here, the others in the middle of the first sync.
        if self.random.one_in(2) {
            self.settle();
        }
        self.mailbox_wishes.one_in = *self.random.of(&[3, 3, 8, 40]);
        let one_in = *self.random.of(&[4, 8, 16, 40, 1000]);
        self.lies = self.random.one_in(4);
        self.faults(one_in);
        if self.random.one_in(5) {
            let size = 1 + self.random.below(60);
            self.ground.with(|store| store.faults.pieces = Some(size));
        }
        for _ in 0..10 + self.random.below(30) {
            self = self.step();
            self.judge_store();
        }
        self.settle();
        self.judge();
        let commands = self.ground.with(|store| store.journal.commands.len());
        Tally { runs: 1, changes: self.made, commands, stops: self.stops, time: self.ground.elapsed() }
    }

    pub(super) fn fail(&self, what: &str) -> ! {
        let journal = self.ground.with(|store| {
            store
                .journal
                .commands
                .iter()
                .map(|line| format!("{} {}", line.connection, line.line))
                .collect::<Vec<_>>()
        });
        let last = journal.len().saturating_sub(400);
        panic!(
            "seed {} ({}{}): {what}\n{}\n--\n{}\n--\n{}\n",
            self.seed,
            self.name,
            if self.lies { ", lies" } else { "" },
            self.log.join("\n"),
            self.stored().join("\n"),
            journal[last..].join("\n")
        )
    }

    /// The store's tables that say where mails are and what is wanted of them.
    fn stored(&self) -> Vec<String> {
        let path = self.ground.data_dir().join("mail.db");
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
        let lies = self.lies;
        self.ground.with(|store| {
            store.faults.hook = Some(Box::new(move |_, verb| {
                random.one_in(one_in).then(|| random_fault(&mut random, verb, lies)).flatten()
            }));
        });
    }

    /// Takes in what the engine told. `true` when its news is at its end.
    fn hear(&mut self, limit: Duration) -> bool {
        let (told, ended) = self.ground.told(limit);
        for event in told {
            let (ticket, outcome) = match event {
                Event::Finished { ticket, outcome } => (ticket, outcome),
                event => {
                    self.show(&event);
                    continue;
                }
            };
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

    /// A screen reads again what an event says has changed.
    fn show(&mut self, event: &Event) {
        match event {
            Event::FolderChanged { mailbox, .. } => {
                let rows = self.list(*mailbox);
                self.screen.lists.insert(*mailbox, rows);
            }
            Event::MailboxesChanged { .. } => {
                self.screen.mailboxes = self.mailboxes();
                let all: Vec<MailboxId> = self.screen.mailboxes.iter().map(|mailbox| mailbox.id).collect();
                for mailbox in all {
                    if !self.screen.lists.contains_key(&mailbox) {
                        let rows = self.list(mailbox);
                        self.screen.lists.insert(mailbox, rows);
                    }
                }
            }
            Event::AccountChanged { .. } => self.screen.waiting = self.status().waiting,
            Event::Resync => self.read_screen(),
            _ => {}
        }
    }

    /// A screen that has just opened reads everything.
    fn read_screen(&mut self) {
        let mailboxes = self.mailboxes();
        let lists = mailboxes.iter().map(|mailbox| (mailbox.id, self.list(mailbox.id))).collect();
        self.screen = Screen { mailboxes, lists, waiting: self.status().waiting };
    }

    /// The server's mailboxes.
    pub(super) fn names(&self) -> Vec<String> {
        self.ground.with(|store| {
            let all = store.account(USER).unwrap().mailboxes().iter();
            all.map(|mailbox| mailbox.name().to_owned()).collect()
        })
    }

    /// A mailbox's path here, by its name in the server's store.
    pub(super) fn path(&self, name: &str) -> String {
        let prefix = if name == "INBOX" { "" } else { self.dialect.prefix };
        format!("{prefix}{}", name.replace('/', &self.dialect.delimiter.to_string()))
    }

    /// The same the other way.
    pub(super) fn in_store(&self, path: &str) -> String {
        path.strip_prefix(self.dialect.prefix).unwrap_or(path).replace(self.dialect.delimiter, "/")
    }

    pub(super) fn list(&self, mailbox: MailboxId) -> Vec<EmailRow> {
        self.ground.reader().page(ListQuery::Mailbox(mailbox), 0, 10_000).unwrap().rows
    }

    pub(super) fn status(&self) -> AccountStatus {
        let accounts = self.ground.reader().accounts().unwrap();
        accounts.into_iter().find(|status| status.id == self.ground.account()).unwrap()
    }

    pub(super) fn mailboxes(&self) -> Vec<Mailbox> {
        self.ground.reader().mailboxes(self.ground.account()).unwrap()
    }

    pub(super) fn submit(&mut self, command: Command, lasting: bool) -> Ticket {
        let shown = format!("{command:?}");
        let ticket = self.ground.submit(command);
        // Numbers of commands that left no trace are used again after the engine's end.
        self.well.remove(&ticket);
        self.changes.remove(&ticket);
        self.flags.retain(|_, (other, _)| *other != ticket);
        self.tags.retain(|_, (other, _)| *other != ticket);
        self.places.retain(|_, wishes| {
            wishes.retain(|wish| wish.ticket != ticket);
            !wishes.is_empty()
        });
        self.mailbox_wishes.forget(ticket);
        self.log.push(format!("{ticket:?} {shown}"));
        self.unanswered.insert(ticket, lasting);
        self.made += usize::from(lasting);
        ticket
    }

    pub(super) fn number_of(&self, email: EmailId) -> Option<usize> {
        // The subject says it too, and is here before the body.
        let subject = self.ground.reader().email(email).ok()?.row.subject;
        subject.strip_prefix("mail ").and_then(|number| number.parse().ok())
    }

    /// The program ends and is started again.
    fn restart(mut self) -> Self {
        self.ground.shut_down();
        let start = self.ground.elapsed();
        while !self.hear(Duration::from_millis(200)) && self.ground.elapsed() - start < PATIENCE {}
        let left: Vec<Ticket> =
            self.unanswered.iter().filter(|(_, lasting)| !**lasting).map(|(ticket, _)| *ticket).collect();
        if !left.is_empty() {
            self.fail(&format!("no answer at the engine's end to {left:?}"));
        }
        self.log.push("restart".into());
        self.stops += 1;
        self.database = RefCell::default();
        let mut play = Self { ground: self.ground.reopened(), ..self };
        play.read_screen();
        play
    }

    /// The program is gone in the middle of whatever it does, and started again.
    fn crash(mut self) -> Self {
        self.database = RefCell::default();
        let mut play = Self { ground: self.ground.crashed(), ..self };
        play.log.push("crash".into());
        play.stops += 1;
        // Nobody waits any more for what had left no trace; what had is still to be answered.
        let open = play.open_operations();
        play.unanswered.retain(|ticket, _| open.contains(ticket));
        for ticket in &open {
            play.unanswered.insert(*ticket, true);
        }
        play.read_screen();
        play
    }

    fn step(mut self) -> Self {
        match self.random.below(26) {
            0 => return self.restart(),
            1..=8 => self.other_client(),
            9 => {
                let account = self.ground.account();
                self.submit(Command::SyncAccount { account }, false);
            }
            10 => return self.crash(),
            11 => {
                let mailboxes = self.mailboxes();
                if mailboxes.is_empty() {
                    return self;
                }
                let mailbox = self.random.of(&mailboxes).id;
                self.submit(Command::ShowMailbox { mailbox }, false);
                self.submit(Command::SyncMailbox { mailbox }, false);
            }
            12 => self.ground.cut_connections(),
            _ => self.person(),
        }
        // Often the next thing happens while this one is under way.
        let time = *self.random.of(&[0, 0, 5, 60, 800, 8000]);
        let time = Duration::from_millis(self.random.below(time + 1) as u64).min(G::LONGEST_PAUSE);
        self.ground.pause(time);
        self.hear(Duration::ZERO);
        self
    }

    /// Faults have stopped: everything is to come right by itself.
    fn settle(&mut self) {
        self.ground.with(|store| store.faults.hook = None);
        self.log.push("faults stop".into());
        let start = self.ground.elapsed();
        let mut pause = Duration::from_millis(20);
        loop {
            let account = self.ground.account();
            let ticket = self.submit(Command::SyncAccount { account }, false);
            while self.unanswered.contains_key(&ticket) {
                self.hear(Duration::from_millis(20));
                if self.ground.elapsed() - start > PATIENCE + PATIENCE {
                    self.fail("a sync doesn't end");
                }
            }
            let status = self.status();
            let complete = status.waiting == 0 && status.bodies.0 == status.bodies.1;
            let difference = if complete { self.difference() } else { None };
            if complete && self.unanswered.is_empty() && difference.is_none() {
                return;
            }
            if self.ground.elapsed() - start > PATIENCE {
                self.fail(&format!(
                    "it doesn't come right: {status:?}, unanswered {:?}, {}",
                    self.unanswered,
                    difference.unwrap_or_default()
                ));
            }
            // Longer each time, so that a run that hangs says so in few lines.
            self.hear(pause);
            pause = (pause * 2).min(Duration::from_secs(2));
        }
    }
}

pub(super) fn date(number: usize) -> i64 {
    1_700_000_000_000 + number as i64 * 60_000
}
