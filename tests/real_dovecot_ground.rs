//! Whether the ground the other tests stand on holds: a private Dovecot and the second client.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use waxwing_tests::dovecot::{Dovecot, Format, Options};
use waxwing_tests::generated::{Generated, Mail};
use waxwing_tests::process::within;
use waxwing_tests::second_client::{SecondClient, sha256};

#[test]
fn seeded_mail_comes_back_octet_by_octet_with_flags_and_dates() {
    let server = Dovecot::start();
    let user = server.user("ann@example.test", "secret");
    let mails: Vec<Mail> = Generated::mailbox(7, 150).collect();
    assert_eq!(server.seed(&user, "INBOX", mails.clone()), 150);

    let mut client = server.second_client(&user);
    let selected = client.select("INBOX").unwrap();
    assert_eq!((selected.exists, selected.uid_next), (150, 151));
    // Dovecot keeps no modseqs until somebody asks: a first SELECT without CONDSTORE names none.
    assert_eq!(selected.highest_modseq, 0);
    client.ok("ENABLE CONDSTORE").unwrap();
    assert!(client.select("INBOX").unwrap().highest_modseq > 0);
    let found = client.mails().unwrap();
    let dates = client.fetch("1:*", "UID INTERNALDATE").unwrap();
    for (uid, mail) in (1..).zip(&mails) {
        let on_server = &found[&uid];
        assert_eq!(on_server.sha256, sha256(&mail.raw), "UID {uid}");
        assert_eq!(on_server.flags.join(" "), mail.flags(), "UID {uid}");
        assert_eq!(on_server.size, mail.raw.len() as u64, "UID {uid}");
        let date = jiff::Timestamp::from_second(mail.received.cast_signed()).unwrap();
        let date = date.strftime("%d-%b-%Y %H:%M:%S +0000").to_string();
        assert_eq!(dates[&uid]["INTERNALDATE"].text().trim_start().replace(' ', "0"), date.replace(' ', "0"));
    }
}

#[test]
fn the_second_client_changes_what_another_sees() {
    let server = Dovecot::start();
    let user = server.user("ann@example.test", "secret");
    server.seed(&user, "INBOX", (1..=4).map(|number| Mail::short(&format!("Mail {number}"), "Hello")));
    let mut one = server.second_client(&user);
    let mut other = server.second_client(&user);

    one.select("INBOX").unwrap();
    one.store(&[1], "+FLAGS", "\\Seen $Forwarded").unwrap();
    one.move_to(&[2], "Archive").unwrap();
    one.copy_to(&[3], "Trash").unwrap();
    one.expunge(&[4]).unwrap();
    let raw = Mail::short("Brought along", "two\r\nlines").raw;
    let uid = one.append("Drafts", "\\Draft", Some(1_600_000_000), &raw).unwrap();
    assert_eq!(one.search("SUBJECT \"Mail 3\"").unwrap(), [3]);

    let snapshot = other.snapshot().unwrap();
    let names: Vec<&str> = snapshot.keys().map(String::as_str).collect();
    assert_eq!(names, ["Archive", "Drafts", "INBOX", "Junk", "Sent", "Trash"]);
    let uids = |mailbox: &str| snapshot[mailbox].keys().copied().collect::<Vec<_>>();
    assert_eq!(uids("INBOX"), [1, 3]);
    assert_eq!(snapshot["INBOX"][&1].flags, ["$Forwarded", "\\Seen"]);
    assert_eq!((uids("Archive"), uids("Trash"), uids("Junk")), (vec![1], vec![1], vec![]));
    assert_eq!(snapshot["Drafts"][&uid].sha256, sha256(&raw));
    assert_eq!(snapshot["Drafts"][&uid].flags, ["\\Draft"]);
    other.select("Drafts").unwrap();
    assert_eq!(other.body(uid).unwrap(), raw);
}

#[test]
fn mail_that_is_delivered_later_reaches_who_is_watching() {
    let server = Dovecot::start();
    let user = server.user("ann@example.test", "secret");
    server.seed(&user, "INBOX", [Mail::short("Early", "Hello")]);
    let mut client = server.second_client(&user);
    assert_eq!(client.select("INBOX").unwrap().exists, 1);
    server.seed(&user, "INBOX", [Mail::short("Late", "Hello")]);
    let arrived = within(Duration::from_secs(10), || {
        client.ok("NOOP").unwrap().untagged.iter().any(|line| line == b"2 EXISTS")
    });
    assert!(arrived);
    assert_eq!(client.search("SUBJECT Late").unwrap(), [2]);
}

#[test]
fn a_mailbox_can_forget_its_uids_but_not_its_mail() {
    let server = Dovecot::start();
    let user = server.user("ann@example.test", "secret");
    server.seed(&user, "Lists", (1..=5).map(|number| Mail::short(&format!("Mail {number}"), "Hello")));
    let look = || {
        let mut client = server.second_client(&user);
        let selected = client.select("Lists").unwrap();
        let mails: Vec<String> = client.mails().unwrap().into_values().map(|mail| mail.sha256).collect();
        client.expunge(&[1]).unwrap();
        client.run("LOGOUT").unwrap();
        (selected, mails)
    };
    let (before, first) = look();
    server.reset_uids(&user, "Lists");
    let (after, second) = look();
    assert!(after.uid_validity > before.uid_validity, "{before:?} {after:?}");
    assert_eq!((before.uid_next, after.uid_next), (6, 5));
    assert_eq!(first[1..], second);
}

#[test]
fn settings_can_make_the_server_refuse_more_mail() {
    let settings = [
        "mail_plugins = quota",
        "plugin {",
        "quota = count:User",
        "quota_vsizes = yes",
        "quota_rule = *:storage=100k",
        "}",
    ]
    .map(str::to_owned)
    .to_vec();
    let server = Dovecot::start_with(Options { settings, ..Options::default() });
    let user = server.user("ann@example.test", "secret");
    let mut client = server.second_client(&user);
    let large = Mail::short("Large", &"x".repeat(900).repeat(70)).raw;
    client.append("INBOX", "", None, &large).unwrap();
    let error = client.append("INBOX", "", None, &large).err().unwrap().to_string();
    assert!(error.contains("[OVERQUOTA]"), "{error}");
}

#[test]
fn sdbox_holds_the_same_mail() {
    let server = Dovecot::start_with(Options { format: Format::Sdbox, ..Options::default() });
    let user = server.user("ann@example.test", "secret");
    let mails: Vec<Mail> = Generated::mailbox(8, 20).collect();
    server.seed(&user, "Lists/Tide", mails.clone());
    let mut client = server.second_client(&user);
    client.select("Lists/Tide").unwrap();
    let sums: Vec<String> = client.mails().unwrap().into_values().map(|mail| mail.sha256).collect();
    assert_eq!(sums, mails.iter().map(|mail| sha256(&mail.raw)).collect::<Vec<_>>());
}

#[test]
fn a_restart_keeps_the_port_and_the_mail_and_cuts_connections() {
    let mut server = Dovecot::start();
    let user = server.user("ann@example.test", "secret");
    server.seed(&user, "INBOX", [Mail::short("Kept", "Hello")]);
    let port = server.port();
    let mut before = server.second_client(&user);
    let selected = before.select("INBOX").unwrap();

    server.stop();
    assert!(before.run("NOOP").is_err() || before.run("NOOP").is_err());
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    server.restart();
    assert_eq!(server.port(), port);
    assert_eq!(server.second_client(&user).select("INBOX").unwrap(), selected);

    server.kill();
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    server.restart();
    assert_eq!(server.second_client(&user).select("INBOX").unwrap(), selected);
}

#[test]
fn sign_ins_are_seen_refused_ones_too() {
    let server = Dovecot::start();
    let user = server.user("ann@example.test", "secret");
    let sign_in = |password: &str| {
        SecondClient::connect(server.host(), server.port(), &server.authority(), &user.name, password)
    };
    assert_eq!(server.sign_ins("ann@example.test"), 0);
    let error = sign_in("wrong").err().unwrap();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert_eq!(server.sign_ins_reaching("ann@example.test", 1), 1);
    sign_in("secret").unwrap();
    assert_eq!(server.sign_ins_reaching("ann@example.test", 2), 2);

    server.user("ann@example.test", "another");
    assert_eq!(sign_in("secret").err().unwrap().kind(), ErrorKind::PermissionDenied);
    sign_in("another").unwrap();
    assert_eq!(server.sign_ins_reaching("ann@example.test", 4), 4);
}

#[test]
fn capabilities_can_be_taken_away() {
    let settings = vec!["imap_capability = IMAP4rev1 LITERAL+ UIDPLUS".to_owned()];
    let server = Dovecot::start_with(Options { settings, ..Options::default() });
    let user = server.user("ann@example.test", "secret");
    let capabilities = server.second_client(&user).capabilities().unwrap();
    assert!(capabilities.contains(&"UIDPLUS".to_owned()));
    assert!(
        !capabilities
            .iter()
            .any(|capability| ["MOVE", "QRESYNC", "CONDSTORE"].contains(&capability.as_str()))
    );
}

#[test]
fn only_its_own_authority_vouches_for_it() {
    let (server, stranger) = (Dovecot::start(), Dovecot::start());
    let user = server.user("ann@example.test", "secret");
    let attempt = |authority: &[u8]| {
        SecondClient::connect(server.host(), server.port(), authority, &user.name, "secret")
    };
    assert!(attempt(&stranger.authority()).is_err());
    assert!(attempt(&server.authority()).is_ok());
}

#[test]
fn without_tls_it_says_nothing() {
    let server = Dovecot::start();
    let mut socket = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    socket.write_all(b"a LOGIN ann@example.test secret\r\n").unwrap();
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer);
    assert!(!answer.windows(2).any(|pair| pair == b"OK"), "{answer:?}");
}

#[test]
fn a_dropped_server_leaves_nothing_behind() {
    let server = Dovecot::start();
    let user = server.user("ann@example.test", "secret");
    let (port, directory) = (server.port(), server.authority_file().parent().unwrap().to_owned());
    let connected = server.second_client(&user);
    drop(server);
    drop(connected);
    assert!(!directory.exists());
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    let name = format!("waxwing-{port}");
    let running: BTreeMap<String, String> = std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| {
            let text = std::fs::read(entry.path().join("cmdline")).ok()?;
            Some((entry.file_name().to_str()?.to_owned(), String::from_utf8_lossy(&text).into_owned()))
        })
        .filter(|(_, text)| text.contains(&name))
        .collect();
    assert!(running.is_empty(), "{running:?}");
}
