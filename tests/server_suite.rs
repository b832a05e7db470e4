//! One conversation for every real server: the core in step with it in both directions, through restarts, with mail and
//! names as people have them. `every_server_test!` makes the tests of one server of it.

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use waxwing_core::model::{AccountId, EmailId, FlagBits, Keyword, ListQuery, MailboxId, Secret};
use waxwing_core::{Command, Done, ErrorKind, Event};
use waxwing_tests::comparison::{assert_same, bits, here, on_server, sum};
use waxwing_tests::engine::{EngineRun, Login, MemoryVault};
use waxwing_tests::generated::{Generated, Mail};
use waxwing_tests::peer::Peer;
use waxwing_tests::process::within;
use waxwing_tests::real_server::{Noted, PASSWORD, RealServer};
use waxwing_tests::second_client::{SecondClient, Snapshot, sha256};

use crate::session_suite;

/// The tests of one server, each on a server of its own.
macro_rules! every_server_test {
    ($start:expr) => {
        $crate::server_suite::every_server_test!($start =>
            the_session_and_the_server_agree
            a_wrong_password_is_refused_and_nothing_else_is_asked
            every_mail_comes_over_octet_by_octet_with_its_flags
            changes_made_here_reach_the_server
            changes_made_elsewhere_reach_us
            tags_go_both_ways
            what_changed_while_the_app_was_closed_is_found_at_the_next_start
            what_was_done_offline_reaches_the_server_once_it_is_back
            a_restart_in_the_middle_of_a_sync_loses_nothing
            mail_that_is_expunged_while_it_is_fetched_costs_nothing_else
            a_mailbox_that_was_deleted_and_made_anew_is_read_anew
            mail_that_somebody_else_marked_as_deleted_survives_what_is_done_here
            names_with_umlauts_and_special_characters
            a_dropped_server_leaves_nothing_behind
        );
    };
    ($start:expr => $($name:ident)*) => {
        $(#[test]
        fn $name() {
            $crate::server_suite::$name(Box::new($start));
        })*
    };
}
pub(crate) use every_server_test;

/// What a list shows: subjects and flags.
type Rows = [(String, FlagBits)];

/// What a second client does.
type Change<'a> = &'a dyn Fn(&mut SecondClient);

/// A server with mail, and an engine in step with it.
struct Ground {
    // Before `server`: the engine signs out while somebody is there to hear it.
    run: EngineRun,
    server: Box<dyn RealServer>,
    account: AccountId,
}

/// Starts an engine on a server that has these mails.
fn ground(server: Box<dyn RealServer>, seeds: &[(&str, Vec<Mail>)]) -> Ground {
    let mut second = server.second_client();
    for (mailbox, mails) in seeds {
        seed(&*server, &mut second, mailbox, mails);
    }
    let (run, account) = EngineRun::with_account(&server.login());
    run.wait_until_complete(account);
    Ground { run, server, account }
}

/// Puts mails into a mailbox, made if missing. Gives how many the server took: not every server takes every mail.
fn seed(server: &dyn RealServer, second: &mut SecondClient, mailbox: &str, mails: &[Mail]) -> usize {
    let mailbox = server.mailbox(mailbox);
    if !second.mailboxes().unwrap().contains(&mailbox) {
        second.create(&mailbox).unwrap();
    }
    let took = |mail: &&Mail| second.append(&mailbox, &mail.flags(), Some(mail.received), &mail.raw).is_ok();
    mails.iter().filter(took).count()
}

fn short(prefix: &str, count: usize) -> Vec<Mail> {
    (1..=count).map(|number| Mail::short(&format!("{prefix} {number}"), "Hello")).collect()
}

impl Ground {
    /// The id here of a mailbox, from its name with `/` between its levels.
    fn mailbox(&self, name: &str) -> MailboxId {
        self.run.mailbox(self.account, &self.server.mailbox(name)).id
    }

    fn ids(&self, mailbox: MailboxId) -> Vec<EmailId> {
        self.run.reader().ids(ListQuery::Mailbox(mailbox)).unwrap()
    }

    /// The mails with these subjects in that mailbox.
    fn mails(&self, mailbox: MailboxId, subjects: &[&str]) -> Vec<EmailId> {
        let rows = self.run.reader().page(ListQuery::Mailbox(mailbox), 0, 10_000).unwrap().rows;
        let find = |subject: &&str| rows.iter().find(|row| row.subject == **subject).map(|row| row.id);
        subjects.iter().map(|subject| find(subject).unwrap_or_else(|| panic!("no {subject}"))).collect()
    }

    /// The subjects in a mailbox, sorted, as they are shown.
    fn subjects(&self, mailbox: MailboxId) -> Vec<String> {
        let rows = self.run.reader().page(ListQuery::Mailbox(mailbox), 0, 10_000).unwrap().rows;
        let mut subjects: Vec<String> = rows.into_iter().map(|row| row.subject).collect();
        subjects.sort();
        subjects
    }

    /// Brings everything up to date, trying again while the server is only just coming back.
    fn sync(&self) {
        let synced = within(Duration::from_secs(60), || {
            self.run.run(Command::SyncAccount { account: self.account }).is_ok()
        });
        assert!(synced, "{:?}", self.run.status(self.account));
        self.run.wait_until_complete(self.account);
    }

    fn snapshot(&self) -> Snapshot {
        self.server.second_client().snapshot().unwrap()
    }

    /// Every mail and every flag here is as on the server, and so are the mailboxes.
    fn assert_in_step(&self) {
        assert_same(&here(&self.run.reader(), self.account), &on_server(&self.snapshot()));
    }

    /// Does one thing, to which the server agrees.
    fn agreed(&self, what: &str, command: Command) {
        assert_eq!(self.run.run(command), Ok(Done::Nothing), "{what}");
    }
}

/// How a sync finds out what changed while the app was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finds {
    /// By what the server tells when the mailbox is selected.
    ByResync,
    /// By every mail's flags.
    ByComparison,
}

/// What is said on all connections, as the server noted it, when one flag of sixty mails changed meanwhile.
pub(crate) fn a_changed_flag_is_found_the_shortest_way(server: Box<dyn RealServer>, finds: Finds) {
    let Ground { run, server, account } = ground(server, &[("INBOX", short("Letter", 60))]);
    let mut before = None;
    let run = run.reopened_after(|| {
        let mut other = server.second_client();
        other.select("INBOX").unwrap();
        other.store(&[7], "+FLAGS", "\\Flagged").unwrap();
        drop(other);
        before = Some(server.noted());
    });
    let ground = Ground { run, server, account };
    ground.sync();
    // Courier notes one word a line.
    let said =
        ground.server.noted().since(&before.unwrap()).to_ascii_uppercase().replace("\nREAD: ATOM: ", " ");
    let resynced = said.contains("SELECT INBOX (QRESYNC (");
    let compared = said
        .lines()
        .any(|line| line.ends_with("UID FETCH 1:* (UID FLAGS)") || line.ends_with("UID FETCH 1:*"));
    assert_eq!((resynced, compared), (finds == Finds::ByResync, finds == Finds::ByComparison), "{said}");
    assert!(!said.contains("BODY.PEEK["), "nothing is fetched again: {said}");
    ground.assert_in_step();
}

/// Nobody watches these mailboxes but the server, which tells of them (NOTIFY); a poll would come two minutes later.
pub(crate) fn what_happens_where_nobody_looks_is_seen_without_a_poll(server: Box<dyn RealServer>) {
    let ground = ground(server, &[("INBOX", short("Letter", 3)), ("Travel", short("Ticket", 3))]);
    let travel = ground.mailbox("Travel");
    let mut other = ground.server.second_client();
    let listed = |count: usize| {
        let is_so = within(Duration::from_secs(60), || ground.ids(travel).len() == count);
        assert!(is_so, "{count}: {}", ground.server.noted().since(&Noted::default()));
    };
    for number in 4..=6 {
        let fresh = Mail::short(&format!("Ticket {number}"), "Hello");
        other.append(&ground.server.mailbox("Travel"), "", None, &fresh.raw).unwrap();
        listed(number);
    }
    other.select(&ground.server.mailbox("Travel")).unwrap();
    other.store(&[2], "+FLAGS", "\\Flagged").unwrap();
    ground.run.wait_until("the flag is shown", |reader| {
        let rows = reader.page(ListQuery::Mailbox(travel), 0, 10)?.rows;
        Ok(rows.iter().filter(|row| row.flags.contains(FlagBits::FLAGGED)).count() == 1)
    });
    other.expunge(&[1]).unwrap();
    listed(5);
    assert!(ground.server.noted().since(&Noted::default()).contains("NOTIFY SET"));
    other.create("Bills").unwrap();
    ground.run.wait_until("the new mailbox is listed", |reader| {
        Ok(reader.mailboxes(ground.account)?.iter().any(|mailbox| mailbox.path == "Bills"))
    });
    ground.assert_in_step();
}

/// How many mails of a mailbox on the server are among these sums.
fn count_of(snapshot: &Snapshot, mailbox: &str, sums: &[String]) -> usize {
    snapshot[mailbox].values().filter(|mail| sums.contains(&mail.sha256)).count()
}

pub(crate) fn the_session_and_the_server_agree(server: Box<dyn RealServer>) {
    let mut second = server.second_client();
    for raw in session_suite::mails() {
        second.append("INBOX", "", None, &raw).unwrap();
    }
    let Login { host, port, user, password, authority } = server.login();
    let peer = Peer::real(&host, port, authority, &user, &password);
    session_suite::run(peer, |_| {
        second.append("INBOX", "", None, &session_suite::mails()[0]).unwrap();
    });
}

pub(crate) fn a_wrong_password_is_refused_and_nothing_else_is_asked(server: Box<dyn RealServer>) {
    let wrong = Login { password: format!("{PASSWORD}!"), ..server.login() };
    let run = EngineRun::start(vec![wrong.authority.clone()]);
    assert_eq!(run.add_account(&wrong).unwrap_err().kind(), ErrorKind::LoginRefused);
    assert!(run.reader().accounts().unwrap().is_empty());
    assert!(run.vault().is_empty());
    // And the right one is still taken.
    let account = run.add_account(&server.login()).unwrap();
    run.wait_until_complete(account);
}

pub(crate) fn every_mail_comes_over_octet_by_octet_with_its_flags(server: Box<dyn RealServer>) {
    let mails: Vec<Mail> = Generated::mailbox(20_261, 240).collect();
    let nested: Vec<Mail> = Generated::mailbox(20_262, 30).collect();
    let mut second = server.second_client();
    let took = seed(&*server, &mut second, "INBOX", &mails);
    assert!(took * 10 >= mails.len() * 9, "{took} of {}", mails.len());
    seed(&*server, &mut second, "Lists", &short("News", 3));
    seed(&*server, &mut second, "Lists/Tide", &nested);
    let (run, account) = EngineRun::with_account(&server.login());
    run.wait_until_complete(account);
    let ground = Ground { run, server, account };
    assert_eq!(ground.ids(ground.mailbox("INBOX")).len(), took);
    let flagged = mails.iter().filter(|mail| mail.flagged).count();
    assert!(flagged > 0 && mails.iter().any(|mail| mail.answered));
    ground.assert_in_step();
}

pub(crate) fn changes_made_here_reach_the_server(server: Box<dyn RealServer>) {
    let ground = ground(server, &[("INBOX", short("Letter", 20)), ("Travel", short("Ticket", 3))]);
    let (inbox, travel) = (ground.mailbox("INBOX"), ground.mailbox("Travel"));
    let letters = |numbers: &[u32]| {
        let subjects: Vec<String> = numbers.iter().map(|number| format!("Letter {number}")).collect();
        ground.mails(inbox, &subjects.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let sums = |ids: &[EmailId]| ids.iter().map(|id| sum(&ground.run.reader(), *id)).collect::<Vec<_>>();
    let flags = |emails: Vec<EmailId>, add, remove| Command::SetFlags { emails, add, remove };
    let both = FlagBits::SEEN | FlagBits::FLAGGED;
    let (moved, archived, trashed) = (letters(&[3, 4]), letters(&[5]), letters(&[6, 7]));
    let deleted = letters(&[8]);
    let [their_moved, their_archived, their_trashed, their_deleted] =
        [&moved, &archived, &trashed, &deleted].map(|ids| sums(ids));

    ground.agreed("flags set", flags(letters(&[1, 2]), both, FlagBits::NONE));
    ground.agreed("a flag taken away", flags(letters(&[2]), FlagBits::NONE, FlagBits::SEEN));
    ground.agreed("move", Command::Move { emails: moved, to: travel });
    ground.agreed("archive", Command::Archive { emails: archived });
    ground.agreed("trash", Command::Trash { emails: trashed });
    ground.agreed("delete for ever", Command::DeleteForever { emails: deleted });

    let snapshot = ground.snapshot();
    let name = |mailbox: &str| ground.server.mailbox(mailbox);
    assert_eq!(count_of(&snapshot, &name("Travel"), &their_moved), 2);
    assert_eq!(count_of(&snapshot, &name("Archive"), &their_archived), 1);
    assert_eq!(count_of(&snapshot, &name("Trash"), &their_trashed), 2);
    assert!(snapshot.keys().all(|mailbox| count_of(&snapshot, mailbox, &their_deleted) == 0));
    assert_eq!(snapshot["INBOX"].len(), 20 - 2 - 1 - 2 - 1);
    let with =
        |wanted: FlagBits| snapshot["INBOX"].values().filter(|mail| bits(&mail.flags) == wanted).count();
    assert_eq!((with(both), with(FlagBits::FLAGGED), with(FlagBits::NONE)), (1, 1, 12));
    ground.sync();
    ground.assert_in_step();
}

pub(crate) fn changes_made_elsewhere_reach_us(server: Box<dyn RealServer>) {
    let ground = ground(server, &[("INBOX", short("Letter", 10)), ("Travel", short("Ticket", 6))]);
    let inbox = ground.mailbox("INBOX");
    let mut other = ground.server.second_client();
    // In the inbox, which is watched, without a command.
    other.append("INBOX", "\\Flagged", None, &Mail::short("Fresh", "Hello").raw).unwrap();
    let seen = |what: &str, is_so: &dyn Fn(&Rows) -> bool| {
        ground.run.wait_until(what, |reader| {
            let rows = reader.page(ListQuery::Mailbox(inbox), 0, 1000)?.rows;
            Ok(is_so(&rows.into_iter().map(|row| (row.subject, row.flags)).collect::<Vec<_>>()))
        });
    };
    seen("a new mail", &|rows| rows.contains(&("Fresh".to_owned(), FlagBits::FLAGGED)));
    other.select("INBOX").unwrap();
    other.store(&[1, 2], "+FLAGS", "\\Seen").unwrap();
    seen("flags", &|rows| rows.iter().filter(|(_, flags)| *flags == FlagBits::SEEN).count() == 2);
    other.store(&[1], "-FLAGS", "\\Seen").unwrap();
    seen("a flag less", &|rows| rows.iter().filter(|(_, flags)| *flags == FlagBits::SEEN).count() == 1);
    other.expunge(&[3, 4]).unwrap();
    seen("mails gone", &|rows| rows.len() == 9);
    // In a mailbox that nobody watches, at the next sync: all of it at once, and keywords with it.
    let travel = ground.server.mailbox("Travel");
    other.select(&travel).unwrap();
    other.store(&[1], "+FLAGS", "\\Answered $Forwarded").unwrap();
    other.expunge(&[2, 6]).unwrap();
    other.append(&travel, "\\Seen", None, &Mail::short("Boarding", "Hello").raw).unwrap();
    other.copy_to(&[3], &ground.server.mailbox("Archive")).unwrap();
    other.create(&ground.server.mailbox("Bills")).unwrap();
    ground.sync();
    ground.assert_in_step();
    // Not while it is open: some servers wouldn't.
    other.select("INBOX").unwrap();
    other.rename(&travel, &ground.server.mailbox("Journeys")).unwrap();
    other.delete(&ground.server.mailbox("Bills")).unwrap();
    ground.sync();
    ground.assert_in_step();
    assert_eq!(
        ground.subjects(ground.mailbox("Journeys")),
        ["Boarding", "Ticket 1", "Ticket 3", "Ticket 4", "Ticket 5"]
    );
}

pub(crate) fn tags_go_both_ways(server: Box<dyn RealServer>) {
    let ground = ground(server, &[("INBOX", short("Letter", 6))]);
    let inbox = ground.mailbox("INBOX");
    let keyword = |name| Keyword::new(name).unwrap();
    let tagged = |subject: &str| -> Vec<String> {
        let rows = ground.run.reader().page(ListQuery::Mailbox(inbox), 0, 1000).unwrap().rows;
        let row = rows.into_iter().find(|row| row.subject == subject).unwrap();
        row.keywords.iter().map(|keyword| keyword.name().to_owned()).collect()
    };
    let emails = ground.mails(inbox, &["Letter 1", "Letter 2", "Letter 3"]);
    let add = vec![keyword("Trip"), keyword("$label1"), Keyword::of_tag("Köln").unwrap()];
    let ticket = ground.run.submit(Command::SetKeywords { emails, add, remove: Vec::new() });
    assert_eq!(ground.run.finished(ticket), Ok(Done::Nothing));
    assert_eq!(tagged("Letter 2"), ["$label1", "K&APY-ln", "Trip"]);
    let mut other = ground.server.second_client();
    other.select("INBOX").unwrap();
    // However it is spelled, it is one to the server.
    other.store(&[1], "-FLAGS", "trip").unwrap();
    other.store(&[4], "+FLAGS", "TRIP Work").unwrap();
    ground.sync();
    ground.assert_in_step();
    assert_eq!(tagged("Letter 1"), ["$label1", "K&APY-ln"]);
    let theirs = tagged("Letter 4");
    assert!(theirs.len() == 2 && theirs.iter().any(|name| name.eq_ignore_ascii_case("trip")), "{theirs:?}");
    let trips = ground.run.reader().tags().unwrap();
    let trip = trips.iter().find(|tag| tag.keyword.is("Trip")).unwrap();
    assert_eq!(trip.mails, 3);
    // What is given here again isn't asked for, what the server has is taken away by whatever name.
    let emails = ground.mails(inbox, &["Letter 2", "Letter 3", "Letter 4"]);
    let remove = vec![keyword("tRIP")];
    assert!(ground.run.run(Command::SetKeywords { emails, add: Vec::new(), remove }).is_ok());
    assert!(ground.run.reader().tags().unwrap().iter().all(|tag| !tag.keyword.is("Trip")));
    ground.run.run(Command::Undo { operation: ticket }).unwrap();
    ground.sync();
    ground.assert_in_step();
    assert_eq!((tagged("Letter 1"), tagged("Letter 2")), (vec![], vec![]));
    let left = ground.snapshot();
    assert!(left["INBOX"].values().all(|mail| !mail.flags.iter().any(|flag| flag == "$label1")));
}

/// Where a server tells only what changed since, this is what it tells.
pub(crate) fn what_changed_while_the_app_was_closed_is_found_at_the_next_start(server: Box<dyn RealServer>) {
    let mut ground = ground(server, &[("INBOX", short("Letter", 60)), ("Travel", short("Ticket", 8))]);
    let travel = ground.server.mailbox("Travel");
    let mut other = ground.server.second_client();
    let fresh = |other: &mut SecondClient, mailbox: &str, subject: &str| {
        other.append(mailbox, "\\Seen", None, &Mail::short(subject, "Hello").raw).unwrap()
    };
    let rounds: [(&str, Change); 6] = [
        ("flags, new mails and mails gone, the newest among them", &|other| {
            other.select("INBOX").unwrap();
            other.store(&(1..=30).collect::<Vec<_>>(), "+FLAGS", "\\Seen $Forwarded").unwrap();
            other.store(&[5, 6], "-FLAGS", "\\Seen").unwrap();
            other.expunge(&[2, 3, 31, 40, 59, 60]).unwrap();
            for number in 1..=10 {
                fresh(other, "INBOX", &format!("Fresh {number}"));
            }
        }),
        ("mails that came and went in between", &|other| {
            let uids = [fresh(other, "INBOX", "Brief 1"), fresh(other, "INBOX", "Brief 2")];
            other.select("INBOX").unwrap();
            other.expunge(&uids).unwrap();
        }),
        ("one flag of one old mail", &|other| {
            other.select("INBOX").unwrap();
            other.store(&[7], "+FLAGS", "\\Answered").unwrap();
        }),
        ("one goes, one comes, so that there are as many as before", &|other| {
            other.select("INBOX").unwrap();
            other.expunge(&[20]).unwrap();
            fresh(other, "INBOX", "In its place");
        }),
        ("a mailbox emptied", &|other| {
            let uids = other.select(&travel).and_then(|_| other.flags()).unwrap();
            other.expunge(&uids.into_keys().collect::<Vec<_>>()).unwrap();
        }),
        ("and filled again", &|other| {
            fresh(other, &travel, "Anew 1");
            fresh(other, &travel, "Anew 2");
        }),
    ];
    for (what, change) in rounds {
        println!("{what}");
        let Ground { run, server, account } = ground;
        ground = Ground { run: run.reopened_after(|| change(&mut other)), server, account };
        ground.sync();
        ground.assert_in_step();
    }
}

pub(crate) fn what_was_done_offline_reaches_the_server_once_it_is_back(server: Box<dyn RealServer>) {
    let seeds = [("INBOX", Generated::mailbox(31, 40).collect()), ("Travel", short("Ticket", 3))];
    let mut ground = ground(server, &seeds);
    let (inbox, travel) = (ground.mailbox("INBOX"), ground.mailbox("Travel"));
    let ids = ground.ids(inbox);
    let mut all: Vec<String> = sums_of(&ground.snapshot());
    ground.server.stop();

    let deleted = sum(&ground.run.reader(), ids[20]);
    all.remove(all.iter().position(|sum| *sum == deleted).unwrap());
    let star =
        Command::SetFlags { emails: ids[..6].to_vec(), add: FlagBits::FLAGGED, remove: FlagBits::NONE };
    ground.run.submit(star);
    ground.run.submit(Command::Move { emails: ids[4..10].to_vec(), to: travel });
    ground.run.submit(Command::Archive { emails: ids[10..14].to_vec() });
    ground.run.submit(Command::Trash { emails: ids[14..18].to_vec() });
    ground.run.submit(Command::DeleteForever { emails: vec![ids[20]] });
    // And on to a third place.
    ground.run.submit(Command::Archive { emails: vec![ids[9]] });
    let shown = |ground: &Ground| ground.ids(inbox).len() == 25 && ground.ids(travel).len() == 8;
    assert!(within(Duration::from_secs(20), || shown(&ground)), "shown at once, offline");
    let Ground { server, run, account } = ground;
    let mut ground = Ground { server, run: run.reopened(), account };
    assert!(within(Duration::from_secs(20), || shown(&ground)), "and after a restart here");
    let expected = here(&ground.run.reader(), ground.account);

    ground.server.restart();
    ground.sync();
    let snapshot = ground.snapshot();
    assert_eq!(sums_of(&snapshot), all, "nothing lost, nothing twice");
    assert_same(&expected, &on_server(&snapshot));
    ground.assert_in_step();
}

/// The sums of all mails on the server, sorted.
fn sums_of(snapshot: &Snapshot) -> Vec<String> {
    let mut sums: Vec<String> =
        snapshot.values().flat_map(|mails| mails.values().map(|mail| mail.sha256.clone())).collect();
    sums.sort();
    sums
}

pub(crate) fn a_restart_in_the_middle_of_a_sync_loses_nothing(server: Box<dyn RealServer>) {
    let mut server = server;
    let mails: Vec<Mail> = Generated::mailbox(47, 400).collect();
    seed(&*server, &mut server.second_client(), "INBOX", &mails);
    let before = sums_of(&server.second_client().snapshot().unwrap());
    let (run, account) = EngineRun::with_account(&server.login());
    let bodies = |run: &EngineRun| run.status(account).bodies.0;
    for part in [1, 150] {
        run.wait_until("some bodies", |_| Ok(bodies(&run) >= part));
        server.restart();
    }
    let mut ground = Ground { run, server, account };
    ground.sync();
    ground.assert_in_step();
    // At rest, too: what comes next is not kept waiting by connections that are dead.
    ground.server.restart();
    ground.server.second_client().append("INBOX", "", None, &Mail::short("Fresh", "Hello").raw).unwrap();
    let archived = ground.ids(ground.mailbox("INBOX"))[0];
    let outcome = within(Duration::from_secs(60), || {
        ground.run.run(Command::Archive { emails: vec![archived] }) == Ok(Done::Nothing)
    });
    assert!(outcome, "{:?}", ground.run.status(account));
    ground.sync();
    assert_eq!(sums_of(&ground.snapshot()).len(), before.len() + 1);
    ground.assert_in_step();
}

/// Courier hangs up on who asks for a mail that another has expunged meanwhile.
pub(crate) fn mail_that_is_expunged_while_it_is_fetched_costs_nothing_else(server: Box<dyn RealServer>) {
    let mails: Vec<Mail> = Generated::mailbox(53, 300).collect();
    let mut second = server.second_client();
    let took = seed(&*server, &mut second, "INBOX", &mails);
    second.select("INBOX").unwrap();
    let (run, account) = EngineRun::with_account(&server.login());
    run.wait_until("the first bodies", |_| Ok(run.status(account).bodies.0 > 0));
    // The newest come first: these, of the oldest, are mostly still to come.
    for first in [1, 31, 61, 91] {
        let uids: Vec<u32> = (first..first + 30).step_by(3).collect();
        second.expunge(&uids).unwrap();
    }
    drop(second);
    let ground = Ground { run, server, account };
    ground.sync();
    assert_eq!(ground.ids(ground.mailbox("INBOX")).len(), took - 40);
    ground.assert_in_step();
}

pub(crate) fn a_mailbox_that_was_deleted_and_made_anew_is_read_anew(server: Box<dyn RealServer>) {
    let mut server = server;
    let mut second = server.second_client();
    let mut mails = short("Ticket", 6);
    seed(&*server, &mut second, "Travel", &mails);
    let travel = server.mailbox("Travel");
    let old = second.select(&travel).unwrap();
    drop(second);
    let login = server.login();
    let directory = Arc::new(tempfile::Builder::new().prefix("waxwing-anew-").tempdir().unwrap());
    let open =
        || EngineRun::open(Arc::clone(&directory), MemoryVault::default(), vec![login.authority.clone()]);
    let run = open();
    let account = run.add_account(&login).unwrap();
    run.wait_until_complete(account);
    server.stop();
    let ground = Ground { run, server, account };
    let mailbox = ground.mailbox("Travel");
    // Wanted of a mail that will be there again under another UID, and of one that won't.
    let ids = ground.mails(mailbox, &["Ticket 2", "Ticket 5"]);
    for id in &ids {
        let add = FlagBits::FLAGGED;
        ground.run.submit(Command::SetFlags { emails: vec![*id], add, remove: FlagBits::NONE });
    }
    ground.run.wait_until("both are shown", |reader| {
        let rows = reader.page(ListQuery::Mailbox(mailbox), 0, 10)?.rows;
        Ok(rows.iter().filter(|row| row.flags.contains(FlagBits::FLAGGED)).count() == 2)
    });
    let Ground { mut server, run, .. } = ground;
    drop(run);

    server.restart();
    let mut second = server.second_client();
    second.delete(&travel).unwrap();
    // A numbering is often the second in which it was begun.
    std::thread::sleep(Duration::from_millis(2100));
    // Other mails under the UIDs of old, and the second of the old ones last.
    let returning = mails.remove(1);
    let mut anew = short("Voucher", 4);
    anew.push(returning);
    seed(&*server, &mut second, "Travel", &anew);
    let new = second.select(&travel).unwrap();
    assert_ne!(new.uid_validity, old.uid_validity);

    let run = open();
    run.run(Command::SignIn { account, secret: Secret::new(PASSWORD) }).unwrap();
    let refused = run.wait_for("a refused change", |event| matches!(event, Event::ChangeRefused { .. }));
    assert!(matches!(refused, Event::ChangeRefused { .. }));
    let ground = Ground { run, server, account };
    ground.sync();
    ground.assert_in_step();
    let mailbox = ground.mailbox("Travel");
    assert_eq!(ground.subjects(mailbox), ["Ticket 2", "Voucher 1", "Voucher 2", "Voucher 3", "Voucher 4"]);
    let snapshot = ground.snapshot();
    let flagged: Vec<u32> = snapshot[&travel]
        .iter()
        .filter(|(_, mail)| mail.flags.contains(&"\\Flagged".to_owned()))
        .map(|(uid, _)| *uid)
        .collect();
    assert_eq!(flagged, [5], "the mail that is there again, and no other");
}

/// Loss F1 of the manual: an EXPUNGE takes everything with it that anybody has marked.
pub(crate) fn mail_that_somebody_else_marked_as_deleted_survives_what_is_done_here(
    server: Box<dyn RealServer>,
) {
    let ground = ground(server, &[("INBOX", short("Letter", 12)), ("Travel", short("Ticket", 2))]);
    let (inbox, travel) = (ground.mailbox("INBOX"), ground.mailbox("Travel"));
    let mut other = ground.server.second_client();
    other.select("INBOX").unwrap();
    other.store(&[1, 2, 9], "+FLAGS", "\\Deleted").unwrap();
    ground.sync();
    let mails = |subjects: &[&str]| ground.mails(inbox, subjects);
    ground.agreed("delete for ever", Command::DeleteForever { emails: mails(&["Letter 3"]) });
    ground.agreed("move", Command::Move { emails: mails(&["Letter 4", "Letter 5"]), to: travel });
    ground.agreed("archive", Command::Archive { emails: mails(&["Letter 6"]) });
    ground.agreed("trash", Command::Trash { emails: mails(&["Letter 10"]) });
    ground.sync();
    let left: BTreeSet<u32> = ground.snapshot()["INBOX"].keys().copied().collect();
    assert_eq!(left, BTreeSet::from([1, 2, 7, 8, 9, 11, 12]));
    let marked = ground.snapshot()["INBOX"]
        .iter()
        .filter(|(_, mail)| mail.flags.contains(&"\\Deleted".to_owned()))
        .map(|(uid, _)| *uid)
        .collect::<Vec<_>>();
    assert_eq!(marked, [1, 2, 9]);
    // What is marked is not shown.
    assert_eq!(ground.subjects(inbox), ["Letter 11", "Letter 12", "Letter 7", "Letter 8"]);
}

/// Names on the wire (RFC 3501 section 5.1.3) and as they are shown. Only one of the levels of a name is tried: what
/// stands between levels differs.
const NAMES: [(&str, &str); 7] = [
    ("Entw&APw-rfe &- mehr", "Entwürfe & mehr"),
    ("Gr&APYA3w-e", "Größe"),
    ("&ZeVnLIqe-", "日本語"),
    ("&BB8EMARABDA-", "Пара"),
    ("&2Dzf+g- 2024", "🏺 2024"),
    ("a 'quoted' (name) #1 + ~tilde", "a 'quoted' (name) #1 + ~tilde"),
    ("&AWE-", "š"),
];

pub(crate) fn names_with_umlauts_and_special_characters(server: Box<dyn RealServer>) {
    let mut second = server.second_client();
    let mut names = NAMES.map(|(wire, shown)| (server.mailbox(wire), server.mailbox(shown))).to_vec();
    // Courier makes no mailbox whose name has a letter of more than sixteen bits.
    names.retain(|(wire, shown)| {
        second.create(wire).is_ok() || shown.chars().all(|letter| letter <= '\u{ffff}')
    });
    assert!(names.len() + 1 >= NAMES.len());
    seed(&*server, &mut second, "INBOX", &short("Letter", names.len()));
    let (run, account) = EngineRun::with_account(&server.login());
    run.wait_until_complete(account);
    let mut ground = Ground { run, server, account };
    let inbox = ground.mailbox("INBOX");
    for (number, (_, shown)) in (1..).zip(&names) {
        let to = ground.run.mailbox(account, shown).id;
        let emails = ground.mails(inbox, &[&format!("Letter {number}")]);
        ground.agreed(shown, Command::Move { emails, to });
    }
    // What is in them comes from there, too.
    for (wire, _) in &names {
        second.append(wire, "\\Seen", None, &Mail::short("Later", "Hello").raw).unwrap();
    }
    ground.server.restart();
    ground.sync();
    let snapshot = ground.snapshot();
    for (number, (wire, shown)) in (1..).zip(&names) {
        let expected = ["Later".to_owned(), format!("Letter {number}")];
        assert_eq!(ground.subjects(ground.run.mailbox(account, shown).id), expected, "{shown}");
        let sums: BTreeSet<&String> = snapshot[wire].values().map(|mail| &mail.sha256).collect();
        let letter = sha256(&Mail::short(&format!("Letter {number}"), "Hello").raw);
        assert!(sums.len() == 2 && sums.contains(&letter), "{shown}");
    }
    assert_eq!(ground.run.reader().mailboxes(account).unwrap().len(), snapshot.len());
}

pub(crate) fn a_dropped_server_leaves_nothing_behind(server: Box<dyn RealServer>) {
    let port = server.login().port;
    let mut connected = server.second_client();
    connected.select("INBOX").unwrap();
    let place = server.place();
    assert!(place.exists() && !processes_of(&place).is_empty());
    drop(server);
    assert!(!place.exists());
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    assert_eq!(processes_of(&place), Vec::<String>::new());
}

/// The processes that run in that directory as their root, or have it in their command line.
fn processes_of(place: &Path) -> Vec<String> {
    let name = place.to_string_lossy();
    let is_of = |process: &Path| {
        let root = fs::read_link(process.join("root")).unwrap_or_default();
        let line = fs::read(process.join("cmdline")).unwrap_or_default();
        root.to_string_lossy().starts_with(&*name) || String::from_utf8_lossy(&line).contains(&*name)
    };
    let processes = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    processes.filter(|process| is_of(process)).map(|process| process.display().to_string()).collect()
}
