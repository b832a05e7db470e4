//! waxwing-probe on every real server: what it prints is what the server has, and what it does another client sees.
//! `every_probe_test!` makes the tests of one server of it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use waxwing_tests::generated::{Generated, Mail};
use waxwing_tests::probe::{Probe, events, kind, text, well};
use waxwing_tests::process::within;
use waxwing_tests::real_server::{Noted, RealServer};
use waxwing_tests::second_client::{SecondClient, ServerMail};

/// The tests of one server, each on a server of its own.
macro_rules! every_probe_test {
    ($start:expr) => {
        $crate::probe_suite::every_probe_test!($start =>
            what_the_server_has_is_printed_and_kept
            changes_are_seen_by_another_client
            news_is_printed_as_it_comes
            what_goes_wrong_has_its_kind
        );
    };
    ($start:expr => $($name:ident)*) => {
        $(#[test]
        fn $name() {
            $crate::probe_suite::$name(&$start);
        })*
    };
}
pub(crate) use every_probe_test;

fn seed(server: &dyn RealServer, mailbox: &str, mails: &[Mail]) -> usize {
    let mut second = server.second_client();
    let mailbox = server.mailbox(mailbox);
    let took = |mail: &&Mail| second.append(&mailbox, &mail.flags(), Some(mail.received), &mail.raw).is_ok();
    mails.iter().filter(took).count()
}

/// UID by UID, what a mailbox holds.
fn mails(second: &mut SecondClient, mailbox: &str) -> BTreeMap<u32, ServerMail> {
    second.select(mailbox).unwrap();
    second.mails().unwrap()
}

/// The messages of a mailbox among what was printed, each UID once.
fn messages(said: &[Value], mailbox: &str) -> BTreeMap<u32, Value> {
    let mut found = BTreeMap::new();
    for message in events(said, "message").into_iter().filter(|message| message["mailbox"] == mailbox) {
        let uid = u32::try_from(message["uid"].as_u64().unwrap()).unwrap();
        assert!(found.insert(uid, message.clone()).is_none(), "UID {uid} twice");
    }
    found
}

fn flags(message: &Value) -> BTreeSet<&str> {
    message["flags"].as_array().unwrap().iter().map(|flag| flag.as_str().unwrap()).collect()
}

/// The UID of the mail with this subject.
fn uid(second: &mut SecondClient, mailbox: &str, subject: &str) -> u32 {
    second.select(mailbox).unwrap();
    let found = second.search(&format!("SUBJECT \"{subject}\"")).unwrap();
    assert_eq!(found.len(), 1, "{subject} in {mailbox}");
    found[0]
}

fn count(second: &mut SecondClient, mailbox: &str, subject: &str) -> usize {
    second.select(mailbox).unwrap();
    second.search(&format!("SUBJECT \"{subject}\"")).unwrap().len()
}

pub(crate) fn what_the_server_has_is_printed_and_kept(server: &dyn RealServer) {
    let generated: Vec<Mail> = Generated::mailbox(7, 120).collect();
    seed(server, "INBOX", &generated);
    seed(server, "INBOX", &[Mail::short("Kestrel \\\"sighted\\\"", "by the river")]);
    seed(server, "Archive", &[Mail::short("old thing", "kept")]);
    let probe = Probe::of(&server.login());
    let mut second = server.second_client();
    let (inbox, archive) = (mails(&mut second, "INBOX"), server.mailbox("Archive"));

    assert_eq!(probe.run(&["login"]), Vec::<Value>::new());

    let listed = probe.run(&["list"]);
    let names: BTreeSet<&str> = events(&listed, "mailbox").iter().map(|line| text(line, "name")).collect();
    assert_eq!(names, second.mailboxes().unwrap().iter().map(String::as_str).collect());
    let role = |name: &str| {
        let mailboxes = events(&listed, "mailbox");
        text(mailboxes.iter().find(|line| line["name"] == name).unwrap(), "role").to_owned()
    };
    assert_eq!((role("INBOX").as_str(), role(&archive).as_str()), ("inbox", "archive"));

    let headers = probe.run(&["headers", &archive]);
    let rows = messages(&headers, &archive);
    assert_eq!(rows.len(), 1);
    assert_eq!(events(&headers, "message").len(), 1, "of that mailbox only");
    let old = rows.values().next().unwrap();
    assert_eq!(text(old, "subject"), "old thing");
    assert_eq!(text(old, "from"), "Ann Field <ann@field.example>");
    assert_eq!(text(old, "date"), "2024-01-01T00:00:00Z");
    assert!(old.get("sha256").is_none(), "no body was asked for");

    let synced = probe.run(&["sync"]);
    let dumped = probe.run(&["dump"]);
    for said in [&synced, &dumped] {
        let rows = messages(said, "INBOX");
        assert_eq!(rows.keys().collect::<Vec<_>>(), inbox.keys().collect::<Vec<_>>());
        for (uid, mail) in &inbox {
            let row = &rows[uid];
            assert_eq!(text(row, "sha256"), mail.sha256, "UID {uid}");
            assert_eq!(flags(row), mail.flags.iter().map(String::as_str).collect(), "UID {uid}");
        }
    }
    assert_eq!(messages(&synced, &archive).len(), 1);
    assert!(events(&dumped, "message").iter().all(|message| message["mailbox"] == "INBOX"));

    let found = probe.run(&["search", "kestrel", "river"]);
    assert_eq!(events(&found, "message").len(), 1);
    assert!(text(events(&found, "message")[0], "subject").starts_with("Kestrel"));

    let said = probe.run(&["capabilities"]);
    let said = events(&said, "capabilities")[0];
    let lines: Vec<&str> =
        said["lines"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    let line = |name: &str| {
        let lines = lines.iter().filter_map(|line| line.split_once(": "));
        lines.filter(|(named, _)| *named == name).map(|(_, value)| value).next().unwrap_or_default()
    };
    let offered = second.capabilities().unwrap();
    for capability in ["IDLE", "MOVE", "CONDSTORE", "QRESYNC", "LIST-STATUS"] {
        let is_offered = offered.iter().any(|name| name == capability);
        assert_eq!(
            line("offers").split(' ').any(|name| name == capability),
            is_offered,
            "{capability}: {said}"
        );
    }
    assert!(!line("sync").is_empty() && !line("news").is_empty(), "{said}");
    let login = server.login();
    for private in [&login.host, &login.user, &login.password, "Archive"] {
        assert!(!said.to_string().contains(private), "{private}: {said}");
    }
}

pub(crate) fn changes_are_seen_by_another_client(server: &dyn RealServer) {
    let subjects = ["to move", "to copy", "to flag", "to delete", "to trash"];
    let seeds: Vec<Mail> = subjects.iter().map(|subject| Mail::short(subject, "Hello")).collect();
    assert_eq!(seed(server, "INBOX", &seeds), seeds.len());
    let probe = Probe::of(&server.login());
    let mut second = server.second_client();
    let (archive, trash) = (server.mailbox("Archive"), server.mailbox("Trash"));
    let uids: Vec<String> =
        subjects.iter().map(|subject| uid(&mut second, "INBOX", subject).to_string()).collect();

    probe.run(&["move", &uids[0], &archive]);
    assert_eq!((count(&mut second, "INBOX", "to move"), count(&mut second, &archive, "to move")), (0, 1));

    probe.run(&["copy", &uids[1], &archive]);
    assert_eq!((count(&mut second, "INBOX", "to copy"), count(&mut second, &archive, "to copy")), (1, 1));

    for (change, is_set) in [("+\\Flagged", true), ("-\\Flagged", false), ("+\\Seen", true)] {
        probe.run(&["flag", &uids[2], change]);
        second.select("INBOX").unwrap();
        let flags = &second.flags().unwrap()[&uids[2].parse().unwrap()];
        assert_eq!(flags.iter().any(|flag| *flag == change[1..]), is_set, "{change}: {flags:?}");
    }

    probe.run(&["delete", &uids[3]]);
    assert_eq!((count(&mut second, "INBOX", "to delete"), count(&mut second, &trash, "to delete")), (0, 0));

    probe.run(&["trash", &uids[4]]);
    assert_eq!((count(&mut second, "INBOX", "to trash"), count(&mut second, &trash, "to trash")), (0, 1));

    let raw = Mail::short("handed over", "Hello").raw;
    let file = probe.file("mail.eml", &raw);
    probe.run(&["append", &archive, &file]);
    let uid = uid(&mut second, &archive, "handed over");
    assert_eq!(second.body(uid).unwrap(), raw);

    // The same without a state directory: what it knows of INBOX it learns first.
    let moved = server.mailbox("Junk");
    well(&mut probe.without_state(&["move", &uids[1], &moved]));
    assert_eq!((count(&mut second, "INBOX", "to copy"), count(&mut second, &moved, "to copy")), (0, 1));
}

pub(crate) fn news_is_printed_as_it_comes(server: &dyn RealServer) {
    seed(server, "INBOX", &[Mail::short("was there", "Hello")]);
    let probe = Probe::of(&server.login());
    let before = server.noted();
    let mut child =
        probe.command(&["idle", "3600"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let stays = within(Duration::from_secs(60), || idles(&server.noted(), &before));
    seed(server, "INBOX", &[Mail::short("just came", "Hello")]);
    let mut lines = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap());
    let first: Value = lines.find(|line: &Value| line["event"] == "message").unwrap();
    // It goes when it is told to, as at the end of its time.
    Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status().unwrap();
    let last = lines.last().unwrap();
    assert!(child.wait().unwrap().success() && stays, "{first} {last}");
    assert_eq!(text(&first, "subject"), "just came");
    assert_eq!((text(&last, "event"), text(&last, "status")), ("result", "ok"));
}

fn idles(now: &Noted, before: &Noted) -> bool {
    now.since(before).lines().any(|line| line.trim_end().ends_with(" IDLE"))
}

pub(crate) fn what_goes_wrong_has_its_kind(server: &dyn RealServer) {
    let probe = Probe::of(&server.login());
    let mut wrong = probe.command(&["login"]);
    assert_eq!(kind(wrong.env("WAXWING_PROBE_PASSWORD", "wrong")), "auth");
    assert_eq!(probe.refused(&["flag", "999", "+\\Seen"]), "stale", "no such UID");
    assert_eq!(probe.refused(&["headers", "Nowhere"]), "stale", "no such mailbox");
    // The account is known by now.
    let mut wrong = probe.command(&["list"]);
    assert_eq!(kind(wrong.env("WAXWING_PROBE_PASSWORD", "wrong")), "auth");
    probe.run(&["list"]);
    let mut other = server.login();
    other.user = "eve@example.test".into();
    let mut other = Probe::of(&other).without_state(&["list"]);
    assert_eq!(kind(other.arg("--state").arg(probe.state())), "usage", "the state is another user's");
}
