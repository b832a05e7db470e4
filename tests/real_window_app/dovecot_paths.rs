//! From a name, an address and a password to the list, by each way that settings can be found, in the real window, with a real
//! Dovecot and a server for sending.
//!
//! Names and DNS are the test's own: the window's engine is started with a resolver, a road and roots that the test injects (see
//! `tests/examples/window_in_a_small_internet.rs`), and all servers are on loopback. Each way has a domain and a profile of its
//! own, and nothing there but what that way needs, so that no other can have answered.

use std::collections::HashMap;
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use waxwing_demo::model::{Dialect, Mailstore};
use waxwing_demo::serve::{Server, ServerOptions};
use waxwing_tests::authority::Authority;
use waxwing_tests::desk;
use waxwing_tests::dovecot::{Dovecot, Options, User};
use waxwing_tests::pages::Pages;
use waxwing_tests::picture::{Area, Colour, Picture};
use waxwing_tests::repository;
use waxwing_tests::window::Window;

use super::{SOON, numbered, profile};

const ISPDB: &str = "v1.ispdb.net";
/// The shield beside the name of a server that only DNS named, in light colours.
const WARN: Colour = [0x8A, 0x5A, 0x00];
const PASSWORD: &str = "correct-horse";
/// From the first key to the list, at most: it is what a person is promised.
const LIMIT: Duration = Duration::from_secs(60);

/// One way from an address to settings.
struct Way {
    name: &'static str,
    domain: &'static str,
    imap: &'static str,
    smtp: &'static str,
    /// Where a file that names both servers lies, if the way has one.
    file: Option<&'static str>,
    /// What DNS says besides that there is such a domain.
    records: &'static [&'static str],
    /// The servers are outside the domain and only DNS says so: the person is asked whether they know them.
    is_asked_about: bool,
}

#[test]
fn the_table_of_providers_leads_to_the_list_within_a_minute() {
    leads_to_the_list(&Way {
        name: "table",
        domain: "mailbox.org",
        imap: "imap.mailbox.org",
        smtp: "smtp.mailbox.org",
        file: None,
        records: &[],
        is_asked_about: false,
    });
}

#[test]
fn a_domain_s_own_file_leads_to_the_list_within_a_minute() {
    leads_to_the_list(&Way {
        name: "autoconfig",
        domain: "by-file.test",
        imap: "reading.by-file.test",
        smtp: "sending.by-file.test",
        file: Some("autoconfig.by-file.test/mail/config-v1.1.xml"),
        records: &[],
        is_asked_about: false,
    });
}

#[test]
fn a_file_at_a_domain_s_web_site_leads_to_the_list_within_a_minute() {
    leads_to_the_list(&Way {
        name: "well-known",
        domain: "by-site.test",
        imap: "reading.by-site.test",
        smtp: "sending.by-site.test",
        file: Some("by-site.test/.well-known/autoconfig/mail/config-v1.1.xml"),
        records: &[],
        is_asked_about: false,
    });
}

#[test]
fn records_of_services_lead_to_the_list_within_a_minute_once_the_host_is_confirmed() {
    leads_to_the_list(&Way {
        name: "srv",
        domain: "by-records.test",
        imap: "reading.a-hoster.test",
        smtp: "sending.a-hoster.test",
        file: None,
        records: &[
            "srv _imaps._tcp.by-records.test reading.a-hoster.test 993",
            "srv _submissions._tcp.by-records.test sending.a-hoster.test 465",
        ],
        is_asked_about: true,
    });
}

#[test]
fn who_takes_a_domain_s_mail_leads_to_the_list_within_a_minute_once_the_host_is_confirmed() {
    leads_to_the_list(&Way {
        name: "mx",
        domain: "by-exchange.test",
        imap: "reading.another-hoster.test",
        smtp: "sending.another-hoster.test",
        // Mozilla's collection knows the hoster, not the domain.
        file: Some("v1.ispdb.net/another-hoster.test"),
        records: &["mx by-exchange.test mx1.another-hoster.test"],
        is_asked_about: true,
    });
}

#[test]
fn servers_of_usual_names_lead_to_the_list_within_a_minute() {
    leads_to_the_list(&Way {
        name: "guess",
        domain: "by-name.test",
        imap: "imap.by-name.test",
        smtp: "smtp.by-name.test",
        file: None,
        records: &[],
        is_asked_about: false,
    });
}

/// The servers of one way, and the window among them.
struct Ground {
    window: Window,
    dovecot: Dovecot,
    user: User,
    sending: Server,
    pages: Pages,
    _directory: TempDir,
}

fn ground(way: &Way) -> Ground {
    let (directory, profile) = profile();
    let authority = Authority::new();
    let site = way.file.and_then(|file| file.split('/').next()).unwrap_or(ISPDB);
    let leaf = authority.leaf(&[way.imap, way.smtp, site, ISPDB, "localhost"]);
    let files = authority.write_pem(&leaf, directory.path()).unwrap();
    let read = |path| std::fs::read_to_string(path).unwrap();
    let identity = Some((read(files.certificate), read(files.key)));
    let dovecot = Dovecot::start_with(Options { identity, ..Options::default() });
    let user = dovecot.user(&format!("ann@{}", way.domain), PASSWORD);
    dovecot.seed(&user, "INBOX", (1..=3).map(numbered));
    let users = vec![(user.name.clone(), PASSWORD.to_owned())];
    let options = ServerOptions { mailstore: Mailstore::new(), dialect: Dialect::full(), users };
    let sending = Server::start(options).unwrap();
    sending.store().show_certificate(leaf.server_config(), &leaf.der());
    let pages: HashMap<String, String> =
        way.file.map(|file| (file.to_owned(), settings(way))).into_iter().collect();
    let pages = Pages::serve(leaf.server_config(), pages);

    let mut map = vec![
        format!("domain {}", way.domain),
        format!("at {} 993 {}", way.imap, dovecot.port()),
        format!("at {} 465 {}", way.smtp, sending.submission_port()),
        format!("at {site} 443 {}", pages.port()),
        format!("at {ISPDB} 443 {}", pages.port()),
    ];
    map.extend(way.records.iter().map(|record| (*record).to_owned()));
    let path = directory.path().join("map");
    std::fs::write(&path, map.join("\n")).unwrap();
    let mut command = Command::new(repository::binary("examples/window_in_a_small_internet"));
    command.arg(&profile).arg(&files.root).arg(&path);
    command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
    let window = Window::of("small-internet", directory.path(), &mut command);
    Ground { window, dovecot, user, sending, pages, _directory: directory }
}

/// A file of settings that names both servers.
fn settings(way: &Way) -> String {
    let server = |element: &str, kind: &str, host: &str, port: u16| {
        format!(
            "<{element} type=\"{kind}\"><hostname>{host}</hostname><port>{port}</port><socketType>SSL</socketType>\
             <username>%EMAILADDRESS%</username><authentication>password-cleartext</authentication></{element}>"
        )
    };
    let imap = server("incomingServer", "imap", way.imap, 993);
    let smtp = server("outgoingServer", "smtp", way.smtp, 465);
    format!(
        "<clientConfig version=\"1.1\"><emailProvider id=\"x\">{imap}{smtp}</emailProvider></clientConfig>"
    )
}

impl Ground {
    fn press(&self, keys: &[&str]) {
        desk::settled(&self.window);
        self.window.keys(keys);
        desk::settled(&self.window);
    }

    fn signed_in_to_send(&self) -> usize {
        self.sending.store().with_outbox(|outbox| outbox.count("AUTH"))
    }

    /// The page that asks whether the host is known, and the key that says yes.
    fn confirm(&self, way: &Way) {
        let is_asked = |now: &Picture| now.count(&Area::new(380..900, 100..700), WARN, 40) > 30;
        desk::until(&self.window, Duration::from_secs(20), "the question about the host", is_asked);
        desk::settled(&self.window);
        self.window.picture(&format!("1-{}-question", way.name));
        assert!(!desk::has_primary(&self.window.pixels()), "nothing there asks to be pressed");
        assert_eq!(self.dovecot.sign_ins(&self.user.name), 0, "{}", self.dovecot.log());
        assert_eq!(self.signed_in_to_send(), 0);
        // Nothing has the focus there; before the first stands the last, which says yes.
        self.press(&["shift+Tab"]);
        self.press(&["Return"]);
    }
}

/// Name, address and password are typed, and no more; then mail is there. Who was signed in to, and how often, is what the servers
/// say.
fn leads_to_the_list(way: &Way) {
    let ground = ground(way);
    let (window, user) = (&ground.window, &ground.user);
    let card = Area::new(400..880, 230..540);
    desk::until(window, SOON, "welcome", |now| now.count(&card, [255; 3], 0) > 100_000);
    desk::settled(window);
    let start = Instant::now();
    ground.press(&["Return"]);
    window.type_text("Ann");
    ground.press(&["Tab"]);
    window.type_text(&user.name);
    ground.press(&["Return"]);
    if way.is_asked_about {
        ground.confirm(way);
    }
    desk::until(window, Duration::from_secs(20), "the sign-in", desk::has_primary);
    desk::settled(window);
    window.picture(&format!("1-{}-found", way.name));
    assert_eq!(ground.dovecot.sign_ins(&user.name), 0, "no password was typed: {}", ground.dovecot.log());
    window.type_text(&user.password);
    ground.press(&["Return"]);
    let left = LIMIT.saturating_sub(start.elapsed());
    desk::until(window, left, "the list", |now| desk::rows(now) == 3);
    println!("{}: {:?} from the first key to the list", way.name, start.elapsed());
    window.picture(&format!("1-{}-list", way.name));

    // The trial, and the account at work: its main connection, and from ten seconds on the one that watches the inbox.
    let log = ground.dovecot.log();
    let sign_ins = ground.dovecot.sign_ins(&user.name);
    assert!((2..=3).contains(&sign_ins), "{sign_ins}: {log}");
    assert!(!log.contains(&format!("passwd-file({},", user.name)), "none was refused: {log}");
    assert_eq!(log.matches("Login: user=").count(), sign_ins, "nobody else signs in: {log}");
    assert_eq!(ground.signed_in_to_send(), 1);
    let is_in_the_clear =
        ground.sending.store().with_outbox(|outbox| outbox.heard.iter().any(|(is_secured, _)| !is_secured));
    assert!(!is_in_the_clear);
    let asked = ground.pages.asked();
    let has_file = |file: &str| asked.iter().any(|one| one.split('?').next() == Some(file));
    assert!(way.file.is_none_or(has_file), "{asked:?}");
    assert_eq!(way.name == "table", asked.is_empty(), "who is in the table needs no network: {asked:?}");
    assert!(!asked.concat().contains(PASSWORD));
}
