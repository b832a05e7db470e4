//! The core in step with a real server, in both directions, with mail as people have it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use waxwing_core::model::{AccountId, BodyState, EmailId, FlagBits, ListQuery, MailboxId, Role};
use waxwing_core::{Command, Done};
use waxwing_tests::comparison::{assert_same, bits, here, on_server, sum};
use waxwing_tests::dovecot::{Dovecot, User};
use waxwing_tests::engine::{EngineRun, Login};
use waxwing_tests::generated::{Generated, Mail};
use waxwing_tests::process::within;
use waxwing_tests::second_client::{SecondClient, sha256};

/// A server with mail, and an engine in step with it.
struct Ground {
    server: Dovecot,
    user: User,
    run: EngineRun,
    account: AccountId,
}

fn ground(seeds: &[(&str, Vec<Mail>)]) -> Ground {
    let server = Dovecot::start();
    let user = server.user("ann@example.test", "correct horse");
    for (mailbox, mails) in seeds {
        server.seed(&user, mailbox, mails.clone());
    }
    let (run, account) = EngineRun::with_account(&Login::to(&server, &user));
    run.wait_until_complete(account);
    Ground { server, user, run, account }
}

fn short(prefix: &str, count: usize) -> Vec<Mail> {
    (1..=count).map(|number| Mail::short(&format!("{prefix} {number}"), "Hello")).collect()
}

impl Ground {
    fn second_client(&self) -> SecondClient {
        self.server.second_client(&self.user)
    }

    fn ids(&self, mailbox: MailboxId) -> Vec<EmailId> {
        self.run.reader().ids(ListQuery::Mailbox(mailbox)).unwrap()
    }

    /// The mail with that subject in that mailbox.
    fn mail(&self, mailbox: MailboxId, subject: &str) -> EmailId {
        let page = self.run.reader().page(ListQuery::Mailbox(mailbox), 0, 10_000).unwrap();
        page.rows.iter().find(|row| row.subject == subject).unwrap_or_else(|| panic!("no {subject}")).id
    }

    /// Brings everything up to date, trying again while the server is only just coming back.
    fn sync(&self) {
        let synced = within(Duration::from_secs(30), || {
            self.run.run(Command::SyncAccount { account: self.account }).is_ok()
        });
        assert!(synced, "{:?}", self.run.status(self.account));
        self.run.wait_until_complete(self.account);
    }

    fn assert_in_step(&self) {
        let snapshot = self.second_client().snapshot().unwrap();
        assert_same(&here(&self.run.reader(), self.account), &on_server(&snapshot));
    }
}

#[test]
fn ten_thousand_mails_come_over_octet_by_octet() {
    let server = Dovecot::start();
    let user = server.user("ann@example.test", "correct horse");
    let mails: Vec<Mail> = Generated::mailbox(20_260, 10_000).collect();
    let octets: usize = mails.iter().map(|mail| mail.raw.len()).sum();
    server.seed(&user, "INBOX", mails);
    // The server reads a mailbox it has never seen once, at length; that time isn't ours.
    server.second_client(&user).select("INBOX").unwrap();

    let login = Login::to(&server, &user);
    let run = EngineRun::start(vec![login.authority.clone()]);
    let start = Instant::now();
    let account = run.add_account(&login).unwrap();
    let signed_in = start.elapsed();
    run.wait_until("the first page of INBOX", |reader| {
        let mailboxes = reader.mailboxes(account)?;
        let Some(inbox) = mailboxes.iter().find(|mailbox| mailbox.role == Role::Inbox) else {
            return Ok(false);
        };
        Ok(reader.page(ListQuery::Mailbox(inbox.id), 0, 50)?.rows.len() == 50)
    });
    let first_page = start.elapsed();
    let total = |run: &EngineRun| {
        let mailboxes = run.reader().mailboxes(account).unwrap();
        mailboxes.iter().find(|mailbox| mailbox.role == Role::Inbox).map_or(0, |inbox| inbox.total)
    };
    wait_as_long_as_more_comes(&run, "mails listed", || total(&run), |listed| listed == 10_000);
    let listed = start.elapsed();
    let bodies = || run.status(account).bodies;
    wait_as_long_as_more_comes(&run, "bodies", bodies, |(here, all)| here == all && all == 10_000);
    run.wait_until_complete(account);
    let complete = start.elapsed();
    println!(
        "10,000 mails, {octets} octets: signed in {signed_in:.2?}, first page {first_page:.2?}, \
         whole list {listed:.2?}, all bodies {complete:.2?}"
    );

    let snapshot = server.second_client(&user).snapshot().unwrap();
    assert_eq!(snapshot["INBOX"].len(), 10_000);
    assert_same(&here(&run.reader(), account), &on_server(&snapshot));
}

/// Waits until enough has come. However long that takes, something must come now and then.
fn wait_as_long_as_more_comes<T: PartialEq + Copy + std::fmt::Debug>(
    run: &EngineRun,
    what: &str,
    count: impl Fn() -> T,
    enough: impl Fn(T) -> bool,
) {
    let mut before = count();
    while !enough(before) {
        run.wait_until(&format!("more {what} than {before:?}"), |_| Ok(count() != before));
        before = count();
    }
}

#[test]
fn changes_made_here_reach_the_server_at_once() {
    let ground = ground(&[("INBOX", short("Letter", 30)), ("Travel", short("Ticket", 3))]);
    let run = &ground.run;
    let inbox = run.role(ground.account, Role::Inbox);
    let travel = run.mailbox(ground.account, "Travel").id;
    let mail = |number: usize| ground.mail(inbox, &format!("Letter {number}"));
    let read = FlagBits::SEEN | FlagBits::FLAGGED;
    let (flags, moved) = (vec![mail(1), mail(2)], vec![mail(3), mail(4)]);
    let (archived, trashed, deleted) = (vec![mail(5)], vec![mail(6), mail(7)], vec![mail(8)]);
    let sums = |ids: &[EmailId]| ids.iter().map(|id| sum(&run.reader(), *id)).collect::<Vec<_>>();
    let (their_flags, their_moved) = (sums(&flags), sums(&moved));
    let (their_archived, their_trashed, their_deleted) = (sums(&archived), sums(&trashed), sums(&deleted));

    // With another mailbox on the screen, which is watched meanwhile.
    run.run(Command::ShowMailbox { mailbox: travel }).unwrap();
    let mut longest = Duration::ZERO;
    for (what, command) in [
        ("flags", Command::SetFlags { emails: flags, add: read, remove: FlagBits::NONE }),
        ("move", Command::Move { emails: moved, to: travel }),
        ("archive", Command::Archive { emails: archived }),
        ("trash", Command::Trash { emails: trashed }),
        ("delete for ever", Command::DeleteForever { emails: deleted }),
    ] {
        std::thread::sleep(Duration::from_millis(300));
        let start = Instant::now();
        assert_eq!(run.run(command), Ok(Done::Nothing), "{what}");
        println!("{what}: agreed by the server after {:.1?}", start.elapsed());
        longest = longest.max(start.elapsed());
    }
    assert!(longest < Duration::from_millis(900), "{longest:?}");

    let snapshot = ground.second_client().snapshot().unwrap();
    let has = |mailbox: &str, sums: &[String]| {
        sums.iter().filter(|sum| snapshot[mailbox].values().any(|mail| mail.sha256 == **sum)).count()
    };
    assert_eq!(has("Travel", &their_moved), 2);
    assert_eq!((has("Archive", &their_archived), has("Trash", &their_trashed)), (1, 2));
    assert!(snapshot.keys().all(|mailbox| has(mailbox, &their_deleted) == 0));
    assert_eq!(snapshot["INBOX"].len(), 30 - 2 - 1 - 2 - 1);
    let starred = snapshot["INBOX"].values().filter(|mail| bits(&mail.flags) == read);
    assert_eq!(starred.map(|mail| mail.sha256.clone()).collect::<Vec<_>>().len(), their_flags.len());
    assert_same(&here(&run.reader(), ground.account), &on_server(&snapshot));
}

/// Its UIDs there belong to no numbering known here yet: that is no reason to give their bodies up.
#[test]
fn mail_moved_on_while_it_arrives_to_a_mailbox_never_looked_at_comes_whole() {
    let server = Dovecot::start();
    let user = server.user("ann@example.test", "correct horse");
    server.seed(&user, "INBOX", Generated::mailbox(90, 1500));
    let (run, account) = EngineRun::with_account(&Login::to(&server, &user));
    let inbox = |reader: &waxwing_core::Reader| {
        let mailboxes = reader.mailboxes(account).unwrap();
        mailboxes.into_iter().find(|mailbox| mailbox.role == Role::Inbox).map(|mailbox| mailbox.id)
    };
    run.wait_until("the first mails", |reader| {
        Ok(match inbox(reader) {
            Some(inbox) => reader.ids(ListQuery::Mailbox(inbox))?.len() >= 50,
            None => false,
        })
    });
    let ids = run.reader().ids(ListQuery::Mailbox(inbox(&run.reader()).unwrap())).unwrap();
    for some in ids[..40].chunks(4) {
        run.submit(Command::Archive { emails: some.to_vec() });
    }
    // One of them is opened meanwhile.
    assert_eq!(run.run(Command::FetchBody { email: ids[20] }), Ok(Done::Nothing));
    assert!(run.reader().raw(ids[20]).is_ok());
    run.wait_until_complete(account);
    let snapshot = server.second_client(&user).snapshot().unwrap();
    assert_eq!(snapshot["Archive"].len(), 40);
    assert_same(&here(&run.reader(), account), &on_server(&snapshot));
}

/// What the second client does in a mailbox of ten short mails is seen here without a command; gives the longest
/// time that took.
fn seen_without_asking(ground: &Ground, mailbox: MailboxId, name: &str) -> Duration {
    let run = &ground.run;
    let mut other = ground.second_client();
    other.select(name).unwrap();
    let mut longest = Duration::ZERO;
    let mut seen = |what: &str, is_so: &dyn Fn(&BTreeMap<String, FlagBits>) -> bool| {
        let start = Instant::now();
        run.wait_until(&format!("{name}: {what}"), |reader| {
            let rows = reader.page(ListQuery::Mailbox(mailbox), 0, 1000)?.rows;
            Ok(is_so(&rows.into_iter().map(|row| (row.subject, row.flags)).collect()))
        });
        println!("{name}: {what} seen after {:.1?}", start.elapsed());
        longest = longest.max(start.elapsed());
    };
    other.append(name, "\\Flagged", None, &Mail::short("Fresh", "Hello").raw).unwrap();
    seen("a new mail", &|rows| rows.get("Fresh") == Some(&FlagBits::FLAGGED));
    other.store(&[1, 2], "+FLAGS", "\\Seen").unwrap();
    seen("flags", &|rows| rows.values().filter(|flags| **flags == FlagBits::SEEN).count() == 2);
    other.store(&[1], "-FLAGS", "\\Seen").unwrap();
    seen("a flag taken away", &|rows| rows.values().filter(|flags| **flags == FlagBits::SEEN).count() == 1);
    other.expunge(&[3, 4]).unwrap();
    seen("mails gone", &|rows| rows.len() == 9);
    other.move_to(&[5], "Archive").unwrap();
    seen("a mail moved away", &|rows| rows.len() == 8);
    longest
}

#[test]
fn changes_made_elsewhere_appear_by_themselves_in_the_inbox() {
    let ground = ground(&[("INBOX", short("Letter", 10))]);
    let inbox = ground.run.role(ground.account, Role::Inbox);
    let longest = seen_without_asking(&ground, inbox, "INBOX");
    assert!(longest < Duration::from_secs(10), "{longest:?}");
    ground.sync();
    ground.assert_in_step();
}

#[test]
fn changes_made_elsewhere_appear_by_themselves_in_the_mailbox_on_the_screen() {
    let ground = ground(&[("INBOX", short("Letter", 3)), ("Travel", short("Ticket", 10))]);
    let travel = ground.run.mailbox(ground.account, "Travel").id;
    assert_eq!(ground.run.run(Command::ShowMailbox { mailbox: travel }), Ok(Done::Nothing));
    let longest = seen_without_asking(&ground, travel, "Travel");
    // And at once: not only when the main connection needn't see to INBOX any longer, ten seconds after the sign-in.
    assert!(longest < Duration::from_secs(5), "{longest:?}");
    // The inbox is watched all the same.
    ground.second_client().append("INBOX", "", None, &Mail::short("Fresh", "Hello").raw).unwrap();
    let inbox = ground.run.role(ground.account, Role::Inbox);
    ground.run.wait_until("new mail in INBOX", |reader| {
        Ok(reader.page(ListQuery::Mailbox(inbox), 0, 9)?.rows.len() == 4)
    });
    ground.sync();
    ground.assert_in_step();
}

/// While the main connection was elsewhere for a change, nobody watched the mailbox on the screen.
#[test]
fn mail_that_came_to_the_mailbox_on_the_screen_during_a_change_elsewhere_is_not_missed() {
    let ground = ground(&[("INBOX", short("Letter", 12)), ("Travel", short("Ticket", 2))]);
    let travel = ground.run.mailbox(ground.account, "Travel").id;
    let inbox = ground.run.role(ground.account, Role::Inbox);
    ground.run.run(Command::ShowMailbox { mailbox: travel }).unwrap();
    let mut other = ground.second_client();
    for round in 1..=12 {
        let star = Command::SetFlags {
            emails: vec![ground.mail(inbox, &format!("Letter {round}"))],
            add: FlagBits::FLAGGED,
            remove: FlagBits::NONE,
        };
        let ticket = ground.run.submit(star);
        std::thread::sleep(Duration::from_millis(round % 6 * 2));
        other.append("Travel", "", None, &Mail::short(&format!("Late {round}"), "Hello").raw).unwrap();
        ground.run.finished(ticket).unwrap();
        let seen = within(Duration::from_secs(15), || ground.ids(travel).len() as u64 == 2 + round);
        assert!(seen, "round {round}: {} mails", ground.ids(travel).len());
    }
}

#[test]
fn a_mailbox_on_the_screen_that_is_deleted_elsewhere_leaves_the_account_online() {
    let ground = ground(&[("INBOX", short("Letter", 3)), ("Travel", short("Ticket", 2))]);
    let travel = ground.run.mailbox(ground.account, "Travel").id;
    ground.run.run(Command::ShowMailbox { mailbox: travel }).unwrap();
    std::thread::sleep(Duration::from_millis(500));
    ground.second_client().delete("Travel").unwrap();
    ground.sync();
    let before = ground.server.sign_ins_reaching(&ground.user.name, 1);
    std::thread::sleep(Duration::from_secs(4));
    let after = ground.server.sign_ins(&ground.user.name);
    assert!(after <= before + 2, "{} sign-ins in four seconds", after - before);
    let inbox = ground.run.role(ground.account, Role::Inbox);
    let star =
        Command::SetFlags { emails: ground.ids(inbox), add: FlagBits::FLAGGED, remove: FlagBits::NONE };
    assert_eq!(ground.run.run(star), Ok(Done::Nothing));
}

#[test]
fn what_was_done_offline_and_before_a_restart_reaches_the_server_once() {
    let mut ground =
        ground(&[("INBOX", Generated::mailbox(31, 40).collect()), ("Travel", short("Ticket", 3))]);
    let inbox = ground.run.role(ground.account, Role::Inbox);
    let travel = ground.run.mailbox(ground.account, "Travel").id;
    let ids = ground.ids(inbox);
    let mut expected = on_server(&ground.second_client().snapshot().unwrap());
    ground.server.stop();

    // What each change means for the server, worked out without the engine.
    let mut count = 0;
    let mut change = |command: Command, ids: &[EmailId], target: Option<&str>, add: FlagBits| {
        for id in ids {
            let sum = sum(&ground.run.reader(), *id);
            let (from, place) = expected
                .iter()
                .find_map(|(name, mails)| Some((name.clone(), mails.iter().position(|mail| mail.0 == sum)?)))
                .unwrap();
            let (sum, flags) = expected.get_mut(&from).unwrap().remove(place);
            // Generated mail may have its star already.
            count += u64::from(target != Some(from.as_str()) || flags & add.0 != add.0);
            if let Some(target) = target {
                expected.get_mut(target).unwrap().push((sum, flags | add.0));
            }
        }
        ground.run.submit(command);
    };
    let star = |ids: &[EmailId]| Command::SetFlags {
        emails: ids.to_vec(),
        add: FlagBits::FLAGGED,
        remove: FlagBits::NONE,
    };
    for id in ids[..10].chunks(1) {
        change(star(id), id, Some("INBOX"), FlagBits::FLAGGED);
    }
    for id in ids[5..12].chunks(1) {
        change(Command::Move { emails: id.to_vec(), to: travel }, id, Some("Travel"), FlagBits::NONE);
    }
    for id in ids[12..19].chunks(1) {
        change(Command::Archive { emails: id.to_vec() }, id, Some("Archive"), FlagBits::NONE);
    }
    for id in ids[19..23].chunks(2) {
        change(Command::Trash { emails: id.to_vec() }, id, Some("Trash"), FlagBits::NONE);
    }
    for id in ids[23..26].chunks(1) {
        change(Command::DeleteForever { emails: id.to_vec() }, id, None, FlagBits::NONE);
    }
    // And on to a third place, with a flag set on the way.
    change(star(&ids[11..12]), &ids[11..12], Some("Travel"), FlagBits::FLAGGED);
    change(Command::Archive { emails: ids[11..12].to_vec() }, &ids[11..12], Some("Archive"), FlagBits::NONE);
    for mails in expected.values_mut() {
        mails.sort();
    }
    let shown = |ground: &Ground| {
        within(Duration::from_secs(10), || here(&ground.run.reader(), ground.account) == expected)
    };
    assert!(shown(&ground), "shown at once, offline");
    let Ground { server, user, run, account } = ground;
    let mut ground = Ground { server, user, run: run.reopened(), account };
    assert!(shown(&ground), "and after a restart");
    assert_eq!(ground.run.status(account).waiting, count);
    assert!(count >= 30, "{count}");

    ground.server.restart();
    ground.sync();
    let snapshot = ground.second_client().snapshot().unwrap();
    assert_same(&on_server(&snapshot), &expected);
    ground.assert_in_step();
}

/// The octets of bodies the server has sent so far, as it logs them when connections end.
fn body_octets_sent(server: &Dovecot) -> u64 {
    let log = server.log();
    let figures = log.lines().filter_map(|line| line.split_once("body_bytes="));
    figures.map(|(_, rest)| rest.split(' ').next().unwrap().parse::<u64>().unwrap()).sum()
}

#[test]
fn a_renumbered_mailbox_keeps_its_bodies_and_what_was_wanted_of_it() {
    let mails: Vec<Mail> = Generated::mailbox(77, 600).collect();
    let octets: u64 = mails.iter().map(|mail| mail.raw.len() as u64).sum();
    let ground = ground(&[("INBOX", mails)]);
    let inbox = ground.run.role(ground.account, Role::Inbox);
    let ids = ground.ids(inbox);
    let Ground { mut server, user, run, account } = ground;
    // What a connection sent is logged when it ends.
    let run = run.reopened();
    assert!(within(Duration::from_secs(10), || body_octets_sent(&server) >= octets), "the log tells");
    let first = body_octets_sent(&server);
    server.stop();
    let star =
        Command::SetFlags { emails: ids[300..310].to_vec(), add: FlagBits::FLAGGED, remove: FlagBits::NONE };
    run.submit(star);
    run.submit(Command::Archive { emails: ids[590..].to_vec() });
    run.wait_until("the changes are shown", |reader| Ok(reader.ids(ListQuery::Mailbox(inbox))?.len() == 590));
    server.reset_uids(&user, "INBOX");
    server.restart();

    let ground = Ground { server, user, run, account };
    ground.sync();
    let Ground { server, user, run, account } = ground;
    let run = run.reopened();
    std::thread::sleep(Duration::from_secs(1));
    let again = body_octets_sent(&server) - first;
    let ground = Ground { server, user, run, account };
    ground.sync();
    ground.assert_in_step();
    assert_eq!(ground.ids(inbox), ids[..590], "the same mails, not new ones");
    let archive = ground.run.role(account, Role::Archive);
    let mut archived = ground.ids(archive);
    archived.sort();
    let mut wanted = ids[590..].to_vec();
    wanted.sort();
    assert_eq!(archived, wanted);
    let rows = ground.run.reader().page(ListQuery::Mailbox(inbox), 300, 10).unwrap().rows;
    assert!(rows.iter().all(|row| row.flags.contains(FlagBits::FLAGGED)));

    println!("{octets} octets of mail; {again} of bodies came again after the renumbering");
    assert!(again * 50 <= octets, "{again} of {octets}");
}

#[test]
fn a_mail_that_makes_no_sense_and_an_empty_one_are_listed_and_open() {
    let mut mails = short("Letter", 2);
    mails.push(Mail::new([0xff, 0xfe, 0, 1, b'\r', b'\n', 0x80, 0xc3, b'\r', b'\n', b'\r', b'\n', 0xff]));
    mails.push(Mail::new(Vec::new()));
    mails.push(Mail::new("no header at all, no line end"));
    mails.push(Mail::new("Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/"));
    mails.push(Mail::new("\r\n"));
    let count = mails.len();
    let ground = ground(&[("INBOX", mails)]);
    let inbox = ground.run.role(ground.account, Role::Inbox);
    let ids = ground.ids(inbox);
    assert_eq!(ids.len(), count);
    for id in ids {
        let email = ground.run.reader().email(id).unwrap();
        assert_ne!(email.body, BodyState::NotYet, "{email:?}");
    }
    ground.assert_in_step();
    assert!(here(&ground.run.reader(), ground.account)["INBOX"].iter().any(|mail| mail.0 == sha256(b"")));
}
