//! The engine on a disk that forgets what was not synced, killed before each of its writes in turn; and on one whose
//! writes fail. I1, I3, I6 and I11 of the invariants, and what SAFETY says of full and failing disks.
//!
//! `WAXWING_CRASHES=n` looks at every n-th call only, or with 1 at all of them, with several choices of what survives.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command as Program, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use rusqlite::Connection;
use waxwing_core::model::{AccountId, EmailId, FlagBits, ListQuery, Secret};
use waxwing_core::store::Store;
use waxwing_core::vault::Vault as _;
use waxwing_demo::model::{Dialect, Flags, Mailstore};
use waxwing_demo::serve::Server;
use waxwing_tests::engine::{EngineRun, Login, MemoryVault, once_unlocked};
use waxwing_tests::forgetful::{EIO, ENOSPC, Fate, ForgetfulDisk};
use waxwing_tests::model::{PASSWORD, USER, serve};
use waxwing_tests::repository::binary;

const MAILS: usize = 6;

fn mail(number: usize) -> Vec<u8> {
    // The last one is longer than what is gathered before a write.
    let text = ".".repeat(if number == MAILS { 300_000 } else { number * 700 });
    format!(
        "From: Grace <grace@example.org>\r\nTo: {USER}\r\nSubject: mail {number}\r\n\
         Message-ID: <{number}@example.org>\r\n\r\n{text}\r\n"
    )
    .into_bytes()
}

fn mailstore() -> Mailstore {
    let mut store = Mailstore::new();
    store.set_password(USER, PASSWORD);
    for (name, special) in [("Archive", "\\Archive"), ("Trash", "\\Trash")] {
        store.add_mailbox(USER, name, Some(special));
    }
    for number in 1..=MAILS {
        let inbox = store.mailbox_mut(USER, "INBOX").unwrap();
        inbox.append(mail(number), Flags::none(), 1_700_000_000_000 + number as i64 * 60_000);
    }
    store
}

/// What is done before the disk forgets.
struct Scenario {
    name: &'static str,
    /// Whether everything is here already.
    synced: bool,
    /// What happens at the server before the program starts.
    at_server: fn(&mut Mailstore),
    words: &'static [&'static str],
}

const SCENARIOS: [Scenario; 5] = [
    Scenario { name: "first sync", synced: false, at_server: |_| {}, words: &["sync", "wait"] },
    Scenario {
        name: "changes",
        synced: true,
        at_server: |_| {},
        words: &[
            "join",
            "star:1",
            "archive:2",
            "archive:3",
            "undo",
            "tag:6",
            "delete:4",
            "sync",
            "star:5",
            "wait",
        ],
    },
    Scenario {
        name: "new mail",
        synced: true,
        at_server: |store| {
            let inbox = store.mailbox_mut(USER, "INBOX").unwrap();
            for number in [7, 8] {
                inbox.append(mail(number), Flags::none(), 1_700_001_000_000 + number as i64);
            }
        },
        words: &["sync", "wait"],
    },
    Scenario {
        name: "a mailbox numbered anew",
        synced: true,
        at_server: |store| {
            store.bump_uid_validity(USER, "INBOX");
        },
        words: &["star:1", "tag:3", "archive:2", "sync", "wait"],
    },
    // The long one leaves so much room that what else is in its file is written anew.
    Scenario {
        name: "mail that went",
        synced: true,
        at_server: |_| {},
        words: &["delete:6", "wait", "sync", "wait", "tidy"],
    },
];

/// A server that is used again and again, and a store on which everything of it is.
struct World {
    server: Server,
    login: Login,
    /// Holds `data` and the authority's certificate.
    home: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let (server, login) = serve(mailstore(), Dialect::full());
        let home = tempfile::Builder::new().prefix("waxwing-forgetful-").tempdir().unwrap();
        fs::write(home.path().join("authority.der"), &login.authority).unwrap();
        let world = Self { server, login, home };
        let child = world.child(&world.home.path().join("data"), &["sync", "wait"]);
        let said = said(child);
        assert_eq!(said.last().map(String::as_str), Some("wait"), "{said:?}");
        world
    }

    fn child(&self, directory: &Path, words: &[&str]) -> Program {
        let mut child = Program::new(binary("crash-child"));
        child.arg(directory).arg(self.login.port.to_string()).arg(self.home.path().join("authority.der"));
        child.arg(USER).args(words).env("CRASH_CHILD_PASSWORD", PASSWORD).env("RUST_BACKTRACE", "0");
        child.stdin(Stdio::null()).stderr(Stdio::inherit());
        child
    }

    /// Plays a scenario on a disk with that fate.
    fn play(&self, scenario: &Scenario, fate: Fate) -> (ForgetfulDisk, Vec<String>) {
        self.server.store().cut_connections();
        self.server.store().with(|store| {
            *store = mailstore();
            (scenario.at_server)(store);
        });
        let disk = if scenario.synced {
            ForgetfulDisk::holding(&self.home.path().join("data"))
        } else {
            ForgetfulDisk::new()
        };
        let mut child = self.child(&disk.live().join("data"), scenario.words);
        disk.under(&mut child, fate);
        (disk, said(child))
    }

    /// What is on the disk is whole, holds what was acknowledged, and comes to what the server has.
    fn judge(&self, scenario: &Scenario, disk: &ForgetfulDisk, said: &[String], case: &str) {
        let data = disk.live().join("data");
        let before = self.judge_store(scenario, &data, said, case);
        let vault = MemoryVault::default();
        vault.set("account-1", &Secret::new(PASSWORD)).unwrap();
        let run = EngineRun::at(data, vault, vec![self.login.authority.clone()]);
        let known = run.reader().accounts().unwrap().first().map(|status| status.id);
        let account = known.unwrap_or_else(|| run.add_account(&self.login).unwrap());
        run.run(waxwing_core::Command::SyncAccount { account }).unwrap();
        run.wait_until_complete(account);
        run.run(waxwing_core::Command::SyncAccount { account }).unwrap();
        run.wait_until_complete(account);
        self.judge_end(scenario, &run, account, said, case);
        for (email, raw) in before {
            // Deleted for ever, or still the same octets.
            if let Ok(now) = run.reader().raw(email) {
                assert_eq!(now, raw, "{case}: {email:?} has other octets now");
            }
        }
    }

    /// Before anything is asked of the server. Gives the bodies that are there.
    fn judge_store(
        &self,
        scenario: &Scenario,
        data: &Path,
        said: &[String],
        case: &str,
    ) -> BTreeMap<EmailId, Vec<u8>> {
        let store = once_unlocked(|| Store::open(data))
            .unwrap_or_else(|error| panic!("{case}: it doesn't open: {error:?}"));
        let database = Connection::open(data.join("mail.db")).unwrap();
        let sound: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(sound, "ok", "{case}");
        let miscounted: i64 = database
            .query_row(
                "SELECT count(*) FROM folder
                 WHERE total <> (SELECT count(*) FROM shown WHERE shown.folder = folder.id)
                    OR unread <> (SELECT count(*) FROM shown WHERE shown.folder = folder.id AND flags & 1 = 0)",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(miscounted, 0, "{case}: counters differ from a recount");
        let reader = store.reader();
        let mut rows = database.prepare("SELECT DISTINCT msg FROM body").unwrap();
        let bodies: BTreeMap<EmailId, Vec<u8>> = rows
            .query_map([], |row| Ok(EmailId(row.get(0)?)))
            .unwrap()
            .map(|id| {
                let id = id.unwrap();
                let raw = reader
                    .raw(id)
                    .unwrap_or_else(|error| panic!("{case}: a row without its body: {error:?}"));
                (id, raw)
            })
            .collect();
        if scenario.synced {
            assert!(bodies.len() >= MAILS - 1, "{case}: {} bodies are left", bodies.len());
        }
        let accounts = reader.accounts().unwrap();
        let was_added = said.iter().any(|line| line == "added");
        assert!(accounts.len() == 1 || !scenario.synced && !was_added, "{case}: no account is left");
        let Some(account) = accounts.first() else { return bodies };
        assert!(is_joined(&reader) || !said.iter().any(|line| line == "join"), "{case}: they aren't joined");
        let lists = lists(&reader, account.id);
        for wish in wishes(scenario, said) {
            wish.judge(&lists, case);
        }
        bodies
    }

    /// At the end here and there are the same, nothing is lost or twice, and what was acknowledged is so.
    fn judge_end(
        &self,
        scenario: &Scenario,
        run: &EngineRun,
        account: AccountId,
        said: &[String],
        case: &str,
    ) {
        let here = lists(&run.reader(), account);
        let there: Vec<(usize, String, Marks)> = self.server.store().with(|store| {
            let mut all = Vec::new();
            for name in ["INBOX", "Archive", "Trash"] {
                for mail in store.mailbox(USER, name).unwrap().mails() {
                    let (star, tag) = (mail.flags().has("\\Flagged"), mail.flags().has("Trip"));
                    all.push((number(mail.raw()), name.to_owned(), Marks { star, tag }));
                }
            }
            all.sort();
            all
        });
        assert_eq!(here, there, "{case}: here and there differ");
        assert!(is_joined(&run.reader()) || !said.iter().any(|line| line == "join"), "{case}: parted again");
        for (number, ..) in &here {
            assert_eq!(
                here.iter().filter(|(its, ..)| its == number).count(),
                1,
                "{case}: mail {number} is twice"
            );
        }
        let all: BTreeSet<usize> = here.iter().map(|(number, ..)| *number).collect();
        for number in 1..=MAILS {
            // A wish may be durable, and so carried out, that there was no time left to acknowledge.
            let may_be_gone = scenario.words.contains(&format!("delete:{number}").as_str());
            assert!(all.contains(&number) || may_be_gone, "{case}: mail {number} is lost");
        }
        for wish in wishes(scenario, said) {
            wish.judge(&here, case);
        }
        for id in run.reader().ids(ListQuery::AllInboxes).unwrap() {
            let raw = run.reader().raw(id).unwrap();
            assert_eq!(raw, mail(number(&raw)), "{case}: other octets than on the server");
        }
    }
}

fn said(mut child: Program) -> Vec<String> {
    let output = child.stdout(Stdio::piped()).output().expect("the child starts");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

fn number(raw: &[u8]) -> usize {
    let text = String::from_utf8_lossy(raw);
    let number = text.lines().find_map(|line| line.strip_prefix("Subject: mail "));
    number.and_then(|number| number.parse().ok()).expect("one of ours")
}

/// What a mail is marked with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Marks {
    star: bool,
    /// The tag Trip.
    tag: bool,
}

/// Whether a person's word on the conversation of mails 5 and 6 holds.
fn is_joined(reader: &waxwing_core::Reader) -> bool {
    let rows = reader.page(ListQuery::AllInboxes, 0, usize::MAX).unwrap().rows;
    let thread = |subject| rows.iter().find(|row| row.subject == subject).map(|row| row.thread);
    thread("mail 5").is_some() && thread("mail 5") == thread("mail 6")
}

/// Every mail that is shown: its number, its mailbox, its marks.
fn lists(reader: &waxwing_core::Reader, account: AccountId) -> Vec<(usize, String, Marks)> {
    let mut all = Vec::new();
    for mailbox in reader.mailboxes(account).unwrap() {
        for row in reader.page(ListQuery::Mailbox(mailbox.id), 0, usize::MAX).unwrap().rows {
            let number = row.subject.strip_prefix("mail ").expect("one of ours").parse().unwrap();
            let star = row.flags.contains(FlagBits::FLAGGED);
            let tag = row.keywords.iter().any(|keyword| keyword.is("Trip"));
            all.push((number, mailbox.path.clone(), Marks { star, tag }));
        }
    }
    all.sort();
    all
}

/// What was acknowledged of a mail.
#[derive(Default)]
struct Wish {
    number: usize,
    /// Where it may be then; nowhere, if it was deleted.
    places: Vec<&'static str>,
    marks: Marks,
}

impl Wish {
    fn judge(&self, shown: &[(usize, String, Marks)], case: &str) {
        let found: Vec<_> = shown.iter().filter(|(number, ..)| *number == self.number).collect();
        match (&self.places[..], &found[..]) {
            ([], []) => {}
            (places, [(_, path, marks)]) if places.contains(&path.as_str()) => {
                assert!(marks.star || !self.marks.star, "{case}: mail {} lost its star", self.number);
                assert!(marks.tag || !self.marks.tag, "{case}: mail {} lost its tag", self.number);
            }
            (places, _) => panic!("{case}: mail {} should be in {places:?}: {found:?}", self.number),
        }
    }
}

fn wishes(scenario: &Scenario, said: &[String]) -> Vec<Wish> {
    let mut wishes: BTreeMap<usize, Wish> = BTreeMap::new();
    let mut archived = 0;
    for line in said {
        let (word, number) = line.split_once(':').unwrap_or((line, ""));
        let number = number.parse().unwrap_or(archived);
        let wish = match word {
            "star" => Wish { number, places: vec!["INBOX"], marks: Marks { star: true, ..Marks::default() } },
            "tag" => Wish { number, places: vec!["INBOX"], marks: Marks { tag: true, ..Marks::default() } },
            "archive" => {
                archived = number;
                Wish { number, places: vec!["Archive"], ..Wish::default() }
            }
            "delete" => Wish { number, ..Wish::default() },
            "undo" => Wish { number, places: vec!["INBOX"], ..Wish::default() },
            _ => continue,
        };
        wishes.insert(number, wish);
    }
    // An undo may be durable, and was not acknowledged: by a moment, or because the disk's answer to the sync was an
    // error and what had been written was there all the same.
    if scenario.words.contains(&"undo")
        && !said.iter().any(|line| line == "undo")
        && let Some(wish) = wishes.get_mut(&archived)
    {
        wish.places.push("INBOX");
    }
    wishes.into_values().collect()
}

fn every() -> Option<u64> {
    std::env::var("WAXWING_CRASHES").ok().and_then(|text| text.parse().ok())
}

/// Does something for each number on two threads, each with a world of its own; a panic in one ends all.
fn for_each(numbers: &[u64], act: impl Fn(&World, u64) + Sync) {
    let next = AtomicU64::new(0);
    let work = || {
        let world = World::new();
        while let Some(number) = numbers.get(next.fetch_add(1, Ordering::Relaxed) as usize) {
            act(&world, *number);
        }
    };
    std::thread::scope(|scope| {
        let workers = [scope.spawn(work), scope.spawn(work)];
        for worker in workers {
            if let Err(panic) = worker.join() {
                next.store(u64::MAX / 2, Ordering::Relaxed);
                std::panic::resume_unwind(panic);
            }
        }
    });
}

/// Kills a scenario at every so-manieth call, and looks at what each kind of crash leaves.
fn kill_at_each_call(scenario: &Scenario, step: u64) {
    let start = Instant::now();
    let calls = {
        let (disk, said) = World::new().play(scenario, Fate::Lives);
        assert_eq!(said.last().map(String::as_str), scenario.words.last().copied(), "{said:?}");
        if scenario.words.contains(&"tidy") {
            let directory = disk.live().join("data").join("packs").join("1");
            let left: u64 =
                fs::read_dir(directory).unwrap().map(|file| file.unwrap().metadata().unwrap().len()).sum();
            assert!(left < 300_000, "it was tidied up: {left} bytes are left");
        }
        disk.calls()
    };
    let thorough = every() == Some(1);
    let step = every().unwrap_or(step);
    // The order of calls isn't the same each time: the last ones are met too, and the moment at which all is done.
    let mut numbers: Vec<u64> = (1..=calls).step_by(step as usize).collect();
    numbers.extend([calls - 1, calls, calls + 20]);
    for_each(&numbers, |world, at| {
        let choices = match at % 3 {
            _ if thorough => vec![None, Some(at), Some(at + 1_000_000)],
            0 => vec![Some(at)],
            _ => vec![None],
        };
        for survivors in choices {
            let (disk, said) = world.play(scenario, Fate::KilledAt(at));
            disk.crash(survivors);
            let case = format!(
                "{} killed at call {at} of {calls}, survivors {survivors:?}, said {said:?}",
                scenario.name
            );
            world.judge(scenario, &disk, &said, &case);
        }
    });
    println!("{}: killed at {} of {calls} calls in {:.1?}", scenario.name, numbers.len(), start.elapsed());
}

#[test]
fn a_power_cut_in_the_first_sync_leaves_a_store_that_opens_and_completes() {
    kill_at_each_call(&SCENARIOS[0], 9);
}

#[test]
fn a_power_cut_takes_no_acknowledged_change_with_it() {
    kill_at_each_call(&SCENARIOS[1], 5);
}

#[test]
fn a_power_cut_while_bodies_are_written_leaves_no_row_without_its_bytes() {
    kill_at_each_call(&SCENARIOS[2], 5);
}

#[test]
fn a_power_cut_while_a_mailbox_is_numbered_anew_loses_no_body_and_no_wish() {
    kill_at_each_call(&SCENARIOS[3], 5);
}

#[test]
fn a_power_cut_while_bodies_are_written_anew_loses_none_of_them() {
    kill_at_each_call(&SCENARIOS[4], 5);
}

/// Lets calls fail, for a moment or until the end of the program.
fn fail_at_each_call(scenario: &Scenario, step: u64) {
    let calls = World::new().play(scenario, Fate::Lives).0.calls();
    let step = every().unwrap_or(step);
    let numbers: Vec<u64> = (1..=calls).step_by(step as usize).collect();
    for_each(&numbers, |world, at| {
        let errno = if at % 2 == 0 { EIO } else { ENOSPC };
        let times = if at % 3 == 0 { 1 } else { u64::MAX };
        let (disk, said) = world.play(scenario, Fate::Fails { at, times, errno });
        if at % 5 == 0 {
            disk.crash(Some(at));
        }
        let case = format!(
            "{}: errno {errno} from call {at} of {calls}, {times} times, said {said:?}",
            scenario.name
        );
        world.judge(scenario, &disk, &said, &case);
    });
}

#[test]
fn a_disk_that_fails_or_is_full_loses_nothing_that_was_acknowledged() {
    fail_at_each_call(&SCENARIOS[1], 11);
    fail_at_each_call(&SCENARIOS[2], 11);
    fail_at_each_call(&SCENARIOS[4], 11);
}

/// One write that fails is no reason to wait for the next start of the program.
#[test]
fn a_wish_whose_end_could_not_be_written_comes_right_without_a_restart() {
    let scenario =
        Scenario { name: "one failure", synced: true, at_server: |_| {}, words: &["archive:2", "settle"] };
    let calls = World::new().play(&scenario, Fate::Lives).0.calls();
    let numbers: Vec<u64> = (1..=calls).step_by(every().unwrap_or(2) as usize).collect();
    for_each(&numbers, |world, at| {
        let (disk, said) = world.play(&scenario, Fate::Fails { at, times: 1, errno: EIO });
        let case = format!("one failure at call {at} of {calls}, said {said:?}");
        let opened = said.first().is_some_and(|line| line == "open");
        assert!(!opened || said.last().is_some_and(|line| line == "settle"), "{case}");
        world.judge(&scenario, &disk, &said, &case);
    });
}

// What the tests above stand on.

/// SQLite's calls among them: a database that doesn't wait for the disk loses its rows.
#[test]
fn what_is_not_synced_is_forgotten_and_what_is_stays() {
    let disk = ForgetfulDisk::new();
    let mut child = Program::new(binary("crash-child"));
    child.arg("write-without-care").arg(disk.live());
    disk.under(&mut child, Fate::Lives);
    assert!(child.status().unwrap().success());
    let text = |name: &str| fs::read_to_string(disk.live().join(name)).ok();
    let rows = |name: &str| -> Option<i64> {
        let database = Connection::open(disk.live().join(name)).unwrap();
        database.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).ok()
    };
    assert_eq!(text("synced").as_deref(), Some("durable, not durable"));
    assert_eq!(text("never synced").as_deref(), Some("content"));
    assert_eq!(text("nameless").as_deref(), Some("content"));
    assert_eq!(text("removed"), None);
    disk.crash(None);
    assert_eq!(text("synced").as_deref(), Some("durable"), "what came after the sync is gone");
    assert_eq!(text("never synced").as_deref(), Some(""), "its name was synced, its content was not");
    assert_eq!(text("nameless"), None, "its content was synced, its name was not");
    assert_eq!(text("removed").as_deref(), Some("still here"), "its removal was not");
    assert_eq!(rows("careful.db"), Some(100));
    assert_eq!(rows("careless.db"), None);
}

#[test]
fn a_call_that_is_to_fail_fails_and_one_that_is_to_kill_kills() {
    let run = |fate| {
        let disk = ForgetfulDisk::new();
        let mut child = Program::new(binary("crash-child"));
        child.arg("write-without-care").arg(disk.live()).stderr(Stdio::null());
        disk.under(&mut child, fate);
        let ended = child.status().unwrap();
        (ended, disk.calls())
    };
    let (ended, calls) = run(Fate::Lives);
    assert!(ended.success() && calls > 20, "{ended} after {calls} calls");
    for at in [1, calls / 2, calls] {
        let (ended, seen) = run(Fate::KilledAt(at));
        assert_eq!((ended.code(), seen), (None, at));
        let (ended, _) = run(Fate::Fails { at, times: 1, errno: EIO });
        assert!(!ended.success(), "call {at} of {calls} failed and nobody noticed");
    }
}
