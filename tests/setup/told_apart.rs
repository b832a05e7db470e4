//! What may go wrong on the way to an account, from what a server does to what a person reads: the real engine, scripted servers,
//! and the screens themselves. Of each: its words, what can be pressed (and what Enter does), that nothing is kept of it here, that
//! no secret left the device but inside TLS and to one who had proved who it is, and how often the password was tried.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use waxwing_core::model::Security;
use waxwing_demo::submission::{Moment, Trouble};
use waxwing_desktop::screen::setup::{ADDRESS_FIELD, GO_BACK, PASSWORD_FIELD, Step, USER_FIELD};
use waxwing_tests::authority::{Authority, Leaf, Validity};

use super::internet::{Device, Internet, Page, Server};
use super::model::Model;
use super::newcomer::Newcomer;
use super::{FILE, WELL_KNOWN, internet};

const ADDRESS: &str = "ann@example.org";
const PASSWORD: &str = "Tr0ub4dor-and-3";
const IMAP: &str = "imap.example.org";
const SMTP: &str = "smtp.example.org";

/// A file that names `imap` and `smtp` and the name to sign in with.
fn settings(imap: &str, smtp: &str, user: &str) -> Page {
    let server = |element: &str, kind: &str, host: &str, port: u16| {
        format!(
            "<{element} type=\"{kind}\"><hostname>{host}</hostname><port>{port}</port><socketType>SSL</socketType>\
             <username>{user}</username><authentication>password-cleartext</authentication></{element}>"
        )
    };
    let (imap, smtp) =
        (server("incomingServer", "imap", imap, 993), server("outgoingServer", "smtp", smtp, 465));
    Page::File(format!("<clientConfig><emailProvider id=\"x\">{imap}{smtp}</emailProvider></clientConfig>"))
}

/// A domain whose own file names its servers.
fn with_file(internet: &Internet) {
    internet.web("autoconfig.example.org", &[(FILE, settings(IMAP, SMTP, "%EMAILADDRESS%"))]);
}

fn knowing() -> Model {
    Model::knowing(ADDRESS, PASSWORD)
}

/// One that takes what the browser brings back, and no password.
fn browser_only(user: &str) -> Model {
    Model::knowing(user, PASSWORD).offering(|dialect| {
        (dialect.plain, dialect.login_disabled) = (false, true);
        (dialect.oauthbearer, dialect.xoauth2) = (true, true);
    })
}

/// The domain of a file, and its servers.
fn hosted(internet: &Internet, model: &Model) {
    with_file(internet);
    internet.put(IMAP, 993, Server::Model(model.clone()));
    internet.put(SMTP, 465, Server::ModelSubmission(model.clone()));
}

/// A provider that the table knows.
fn provider(internet: &Internet, [imap, smtp]: [&str; 2], model: &Model) {
    internet.put(imap, 993, Server::Model(model.clone()));
    internet.put(smtp, 465, Server::ModelSubmission(model.clone()));
}

/// The servers of a domain, of which the one for reading shows that certificate.
fn showing(internet: &Internet, model: &Model, leaf: &Leaf) {
    hosted(internet, model);
    internet.put_with(IMAP, 993, Server::Model(model.clone()), leaf);
}

/// Puts servers there.
type World = Box<dyn Fn(&Internet, &Model)>;

/// What goes wrong, and what is to come of it.
struct Row {
    what: &'static str,
    address: &'static str,
    model: Model,
    /// What there is in the world.
    world: World,
    title: &'static str,
    /// All that can be pressed then, the primary one with a star.
    verbs: &'static [&'static str],
    /// How often the password is tried.
    tried: usize,
}

impl Row {
    fn new(
        what: &'static str,
        world: impl Fn(&Internet, &Model) + 'static,
        title: &'static str,
        verbs: &'static [&'static str],
        tried: usize,
    ) -> Self {
        Self { what, address: ADDRESS, model: knowing(), world: Box::new(world), title, verbs, tried }
    }

    fn at(self, address: &'static str) -> Self {
        Self { address, ..self }
    }

    fn by(self, model: Model) -> Self {
        Self { model, ..self }
    }
}

/// Before anything is signed in to.
fn on_the_way() -> Vec<Row> {
    let leaf = || Internet::authority().leaf(&["portal.hotel.example"]);
    vec![
        Row::new(
            "a typo in the domain",
            |_, _| {},
            "Did you mean ann@gmail.com?",
            &["*Use ann@gmail.com", "Back", "Keep ann@gmial.com"],
            0,
        )
        .at("ann@gmial.com"),
        Row::new(
            "no such domain",
            |internet, _| internet.no_such_domain("nowhere.example"),
            "There is no nowhere.example",
            &["Back", "Enter them myself", "*Correct the address"],
            0,
        )
        .at("ann@nowhere.example"),
        Row::new(
            "a provider without IMAP",
            |_, _| {},
            "proton.me keeps mail programs out",
            &["Back", "Enter them myself", "*Use another address"],
            0,
        )
        .at("ann@proton.me"),
        Row::new(
            "POP alone",
            |internet, _| {
                let pop = super::file(&[("pop3", "pop.example.org", 995, "SSL")]);
                internet.web("autoconfig.example.org", &[(FILE, pop)]);
            },
            "example.org has POP only",
            &["Back", "Enter them myself", "*Use another address"],
            0,
        ),
        Row::new(
            "nothing is known",
            |_, _| {},
            "No settings were found for example.org",
            &["Back", "*Enter them myself"],
            0,
        ),
        Row::new(
            "offline",
            |internet, _| internet.cut_off(),
            "You are offline",
            &["Back", "Enter them myself", "*Try again"],
            0,
        ),
        Row::new(
            "a network with a sign-in of its own",
            move |internet, _| internet.portal(&leaf()),
            "This network wants a sign-in of its own first",
            &["Back", "Try again", "*Open the browser"],
            0,
        ),
    ]
}

/// A server that can't be spoken to.
fn on_the_line() -> Vec<Row> {
    vec![
        Row::new(
            "no such server",
            |internet, _| with_file(internet),
            "There is no server called imap.example.org",
            &["Try again", "Back", "*Server settings"],
            0,
        ),
        Row::new(
            "nothing is at the port",
            |internet, _| {
                with_file(internet);
                // The host is there, at another port.
                internet.put(IMAP, 443, Server::Silent);
            },
            "No mail server answers at imap.example.org on port 993",
            &["Try again", "Back", "*Server settings"],
            0,
        ),
        Row::new(
            "it does not answer",
            |internet, model| {
                hosted(internet, model);
                internet.put(IMAP, 993, Server::Silent);
            },
            "imap.example.org did not answer in time",
            &["Server settings", "Back", "*Try again"],
            0,
        ),
        Row::new(
            "it speaks something else",
            |internet, model| {
                hosted(internet, model);
                internet.put(IMAP, 993, Server::Babble);
            },
            "imap.example.org answered something that makes no sense",
            &["Server settings", "Back", "*Try again"],
            0,
        ),
    ]
}

/// A server that does not prove who it is.
fn certificates() -> Vec<Row> {
    const MAY_BE_TRUSTED: &[&str] = &["Try again", "Trust this key…", "*Go back"];
    const NEVER: &[&str] = &["Try again", "*Go back"];
    let with = |what, leaf: Leaf, title, verbs| {
        Row::new(what, move |internet, model| showing(internet, model, &leaf), title, verbs, 0)
    };
    let own = |names: &[&str], validity| Internet::authority().leaf_valid(names, validity);
    vec![
        with(
            "signed by itself",
            Leaf::self_signed(&[IMAP], Validity::Now),
            "Nobody vouches for this server",
            MAY_BE_TRUSTED,
        ),
        with(
            "signed by nobody who is known",
            Authority::new().leaf(&[IMAP]),
            "The authority behind this server is not known",
            MAY_BE_TRUSTED,
        ),
        with(
            "run out",
            own(&[IMAP], Validity::Past),
            "This server’s certificate has run out",
            MAY_BE_TRUSTED,
        ),
        with(
            "for another host",
            own(&["mx4.hoster.example"], Validity::Now),
            "This server may not be who it says",
            MAY_BE_TRUSTED,
        ),
        with(
            "run out, and for another host",
            own(&["mx4.hoster.example"], Validity::Past),
            "This server may not be who it says",
            MAY_BE_TRUSTED,
        ),
        with(
            "the clock is wrong",
            own(&[IMAP], Validity::Future),
            "This computer’s clock seems to be wrong",
            MAY_BE_TRUSTED,
        ),
        Row::new(
            "a provider that everybody knows",
            |internet, model| {
                provider(internet, ["imap.gmx.net", "mail.gmx.net"], model);
                let leaf = Leaf::self_signed(&["imap.gmx.net"], Validity::Now);
                internet.put_with("imap.gmx.net", 993, Server::Model(model.clone()), &leaf);
            },
            "Nobody vouches for this server",
            NEVER,
            0,
        )
        .at("ann@gmx.net"),
        Row::new(
            "the server for sending alone",
            |internet, model| {
                hosted(internet, model);
                let leaf = Leaf::self_signed(&[SMTP], Validity::Now);
                internet.put_with(SMTP, 465, Server::ModelSubmission(model.clone()), &leaf);
            },
            "Nobody vouches for this server",
            MAY_BE_TRUSTED,
            1,
        ),
    ]
}

/// A server that says no.
fn refusals() -> Vec<Row> {
    let says = |what, (code, text): (&str, &str), title, verbs, tried| {
        Row::new(what, hosted, title, verbs, tried).by(knowing().refusing(9, code, text))
    };
    let gmx =
        |internet: &Internet, model: &Model| provider(internet, ["imap.gmx.net", "mail.gmx.net"], model);
    let fastmail = |internet: &Internet, model: &Model| {
        provider(internet, ["imap.fastmail.com", "smtp.fastmail.com"], model);
    };
    const AGAIN: &[&str] = &["Back", "*Try again"];
    vec![
        says(
            "a wrong password",
            ("AUTHENTICATIONFAILED", "Authentication failed."),
            "User name or password not accepted",
            &["Other user name", "Back", "*Try again"],
            1,
        ),
        Row::new(
            "a wrong password where either name may be the right one",
            |internet, model| {
                internet.put(IMAP, 993, Server::Model(model.clone()));
                internet.put(SMTP, 465, Server::ModelSubmission(model.clone()));
            },
            "User name or password not accepted",
            &["Other user name", "Back", "*Try again"],
            2,
        )
        .by(Model::knowing(ADDRESS, "another")),
        Row::new(
            "a way to sign in is missing",
            hosted,
            "Your provider signs in by browser only",
            &["Use another address", "Back", "*Try again"],
            0,
        )
        .by(browser_only(ADDRESS)),
        says(
            "an app password is asked for",
            ("ALERT", "Application-specific password required"),
            "Your provider wants an app password",
            AGAIN,
            1,
        ),
        Row::new(
            "a provider of app passwords says no more than no",
            fastmail,
            "Your provider wants an app password",
            &["Open the page for app passwords", "Back", "*Try again"],
            1,
        )
        .at("ann@fastmail.com")
        .by(Model::knowing("ann@fastmail.com", "an app password")),
        Row::new(
            "IMAP is switched off",
            gmx,
            "Your provider keeps mail programs out",
            &["Open the provider’s settings", "Back", "*Try again"],
            1,
        )
        .at("ann@gmx.net")
        .by(knowing().refusing(9, "ALERT", "Your account is not enabled for IMAP use.")),
        says(
            "a locked account",
            ("AUTHORIZATIONFAILED", "Your account is locked"),
            "Your account is locked",
            AGAIN,
            1,
        ),
        says("a password that ran out", ("EXPIRED", "Renew it"), "Your password has run out", AGAIN, 1),
        says(
            "over a limit",
            ("LIMIT", "Too many connections"),
            "imap.example.org wants a pause",
            // The primary one comes back after the pause.
            &["Back"],
            1,
        ),
        says(
            "an administrator has to agree",
            ("CONTACTADMIN", "Ask them"),
            "Your organisation has to allow this",
            &["Use another address", "Back", "*Try again"],
            1,
        ),
        Row::new(
            "reading works and sending does not",
            |internet, model| {
                hosted(internet, model);
                model.with_outbox(|outbox| {
                    outbox.fail_once(Moment::Auth, Trouble::Say("535 5.7.8 Error: authentication failed"));
                });
            },
            "Reading works, sending does not",
            &["Try again", "Server settings", "Back", "*Read mail now"],
            1,
        ),
    ]
}

/// Nothing is kept of an account: no row, no secret, no octet in a file.
fn assert_nothing_kept(device: &Device, what: &str) {
    assert!(device.engine.reader().accounts().unwrap().is_empty(), "{what}: an account");
    assert!(device.vault.is_empty(), "{what}: a secret");
    for word in [PASSWORD, "ann@", IMAP] {
        assert!(!is_in_a_file(device.directory(), word.as_bytes()), "{what}: {word} is in a file");
    }
}

fn is_in_a_file(directory: &Path, octets: &[u8]) -> bool {
    fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).any(|path| {
        if path.is_dir() { is_in_a_file(&path, octets) } else { holds(&fs::read(&path).unwrap(), octets) }
    })
}

fn holds(all: &[u8], octets: &[u8]) -> bool {
    all.windows(octets.len()).any(|part| part == octets)
}

/// Whoever is on the way sees no sign-in. What is said inside TLS is said after the other end proved who it is.
fn assert_nothing_in_the_clear(internet: &Internet, what: &str) {
    let wire = internet.wire();
    let plain = |user: &str| BASE64.encode(format!("\0{user}\0{PASSWORD}"));
    for word in ["LOGIN ", "AUTHENTICATE", "AUTH PLAIN", PASSWORD, &BASE64.encode(PASSWORD), &plain(ADDRESS)]
    {
        assert!(!holds(&wire, word.as_bytes()), "{what}: {word} is on the wire");
    }
}

fn assert_told(row: &Row) {
    let (internet, what) = (internet(), row.what);
    (row.world)(&internet, &row.model);
    let device = Device::on(&internet);
    let mut person = Newcomer::at(&device);
    person.types_address(row.address);
    person.types_password(PASSWORD);
    assert!(!person.is_in, "{what}");
    let seen = person.sees();
    assert!(seen.texts.iter().any(|text| text == row.title), "{what}: {:?}", seen.texts);
    assert_eq!(seen.verbs, row.verbs, "{what}");
    let (read, sent) = row.model.sign_ins();
    assert_eq!(read, row.tried, "{what}: sign-ins");
    assert!(sent <= 1 && (read > 0 || sent == 0), "{what}: {sent} sign-ins to send");
    assert_nothing_kept(&device, what);
    assert_nothing_in_the_clear(&internet, what);
}

#[test]
fn what_stands_in_the_way_of_settings_is_told_apart() {
    on_the_way().iter().for_each(assert_told);
}

#[test]
fn servers_that_can_not_be_spoken_to_are_told_apart() {
    on_the_line().iter().for_each(assert_told);
}

#[test]
fn certificates_are_told_apart_and_no_sign_in_is_begun() {
    certificates().iter().for_each(assert_told);
}

#[test]
fn refused_sign_ins_are_told_apart() {
    refusals().iter().for_each(assert_told);
}

#[test]
fn no_two_of_them_have_the_same_words() {
    let all: Vec<Row> = [on_the_way(), on_the_line(), refusals()].into_iter().flatten().collect();
    for (place, row) in all.iter().enumerate() {
        let twins = all.iter().skip(place + 1).filter(|other| other.title == row.title);
        for twin in twins {
            let is_same = |word: &str| row.what.contains(word) && twin.what.contains(word);
            assert!(is_same("wrong password") || is_same("app password"), "{} and {}", row.what, twin.what);
        }
    }
}

/// The person of a world, at what failed.
fn at_failure<'a>(device: &'a Device, address: &str) -> Newcomer<'a> {
    let mut person = Newcomer::at(device);
    person.types_address(address);
    person.types_password(PASSWORD);
    person
}

#[test]
fn the_other_address_is_one_click_away_and_leads_on() {
    let internet = internet();
    let device = Device::on(&internet);
    let mut person = Newcomer::at(&device);
    person.types_address("ann@gmial.com");
    person.presses("Use ann@gmail.com");
    assert!(person.is_at(Step::SignIn) && person.sees().texts.iter().any(|text| text == "Gmail"));
}

#[test]
fn a_domain_that_is_not_there_leads_back_to_the_address_which_stays() {
    let internet = internet();
    internet.no_such_domain("nowhere.example");
    let device = Device::on(&internet);
    let mut person = at_failure(&device, "ann@nowhere.example");
    person.presses("Correct the address");
    assert!(person.is_at(Step::Person) && person.focus == ADDRESS_FIELD);
}

#[test]
fn a_network_with_a_sign_in_of_its_own_is_led_to_and_then_it_is_tried_again() {
    let internet = internet();
    internet.portal(&Internet::authority().leaf(&["portal.hotel.example"]));
    let device = Device::on(&internet);
    let mut person = at_failure(&device, ADDRESS);
    person.presses("Open the browser");
    assert_eq!(person.opened, ["http://example.com/"]);
    internet.no_portal();
    hosted(&internet, &knowing());
    person.presses("Try again");
    assert!(person.is_at(Step::SignIn));
}

#[test]
fn after_a_pause_it_is_tried_again_and_not_before() {
    let (internet, model) = (internet(), knowing().refusing(1, "LIMIT", "Too many connections"));
    hosted(&internet, &model);
    let device = Device::on(&internet);
    let mut person = at_failure(&device, ADDRESS);
    assert!(person.sees().texts.iter().any(|text| text == "Try again in 1:00"));
    person.types_password(PASSWORD);
    assert_eq!(model.sign_ins().0, 1, "Enter does not get around it");
    assert_eq!(person.waits_for_the_pause(), 60);
    assert_eq!(person.sees().verbs, ["Back", "*Try again"]);
    person.presses("Try again");
    assert!(person.is_in);
}

#[test]
fn where_sending_fails_the_account_is_usable_without_it() {
    let (internet, model) = (internet(), knowing());
    hosted(&internet, &model);
    model.with_outbox(|outbox| {
        outbox.fail_once(Moment::Auth, Trouble::Say("535 5.7.8 Error: authentication failed"));
    });
    let device = Device::on(&internet);
    let mut person = at_failure(&device, ADDRESS);
    person.presses("Read mail now");
    assert!(person.is_in);
    let accounts = device.engine.reader().accounts().unwrap();
    assert_eq!(accounts.len(), 1);
    assert_eq!((&accounts[0].config.submission, accounts[0].config.imap_security), (&None, Security::Tls));
    assert_eq!(device.vault.len(), 1);
}

#[test]
fn where_the_browser_is_the_only_way_in_it_is_the_next_click_and_the_password_goes_nowhere() {
    let (internet, model) = (internet(), browser_only("ann@gmail.com"));
    provider(&internet, ["imap.gmail.com", "smtp.gmail.com"], &model);
    let device = Device::on(&internet);
    let mut person = Newcomer::at(&device);
    person.types_address("ann@gmail.com");
    // This build is known to the provider by no id, so that an app password is asked for first.
    person.types_password(PASSWORD);
    let seen = person.sees();
    assert!(seen.texts.iter().any(|text| text == "Your provider signs in by browser only"));
    assert!(seen.verbs.contains(&"*Continue in browser".to_owned()), "{:?}", seen.verbs);
    assert_eq!(model.sign_ins(), (0, 0));
    assert_nothing_kept(&device, "the browser alone");
    assert_nothing_in_the_clear(&internet, "the browser alone");
}

#[test]
fn a_network_that_is_lost_before_the_sign_in_is_told_as_that() {
    let (internet, model) = (internet(), knowing());
    hosted(&internet, &model);
    let device = Device::on(&internet);
    let mut person = Newcomer::at(&device);
    person.types_address(ADDRESS);
    internet.lose_the_network();
    person.types_password(PASSWORD);
    let seen = person.sees();
    assert!(seen.texts.iter().any(|text| text == "You are offline"), "{:?}", seen.texts);
    assert_eq!(seen.verbs, ["Back", "*Try again"]);
    assert_eq!(model.sign_ins(), (0, 0));
    assert_nothing_kept(&device, "no network");
}

#[test]
fn the_name_before_the_at_is_tried_after_the_whole_address() {
    let (internet, model) = (internet(), Model::knowing("ann", PASSWORD));
    internet.put(IMAP, 993, Server::Model(model.clone()));
    internet.put(SMTP, 465, Server::ModelSubmission(model.clone()));
    let device = Device::on(&internet);
    let mut person = Newcomer::at(&device);
    person.types_address(ADDRESS);
    person.types_password(PASSWORD);
    assert!(person.is_in);
    let accounts = device.engine.reader().accounts().unwrap();
    assert_eq!(accounts[0].config.user_name, "ann");
    assert_nothing_in_the_clear(&internet, "either name");
}

#[test]
fn a_typed_user_name_is_the_one_that_is_tried() {
    let (internet, model) = (internet(), Model::knowing("ann.field", PASSWORD));
    hosted(&internet, &model);
    let device = Device::on(&internet);
    let mut person = at_failure(&device, ADDRESS);
    person.presses("Other user name");
    assert!(person.sees().fields.contains(&USER_FIELD));
    assert_eq!(person.focus, USER_FIELD);
    person.types_user_name("ann.field");
    assert!(person.is_in);
    assert_eq!(model.sign_ins().1, 1);
}

#[test]
fn a_certificate_leads_back_and_what_was_typed_stays() {
    let (internet, model) = (internet(), knowing());
    showing(&internet, &model, &Leaf::self_signed(&[IMAP], Validity::Now));
    let device = Device::on(&internet);
    let mut person = at_failure(&device, ADDRESS);
    assert!(person.is_at(Step::Certificate) && person.focus == GO_BACK);
    person.presses("Go back");
    assert!(person.is_at(Step::SignIn) && person.sees().fields.contains(&PASSWORD_FIELD));
    assert_eq!(model.sign_ins(), (0, 0));
    // Behind a further click its key may be believed, and then it is signed in to.
    person.types_password(PASSWORD);
    person.presses("Trust this key…");
    person.presses("Trust this key");
    assert!(person.is_in);
    assert_nothing_in_the_clear(&internet, "a key that is trusted");
}

#[test]
fn addresses_of_every_script_lead_to_an_account() {
    for (typed, domain, user) in [
        ("ann@bücher.example", "xn--bcher-kva.example", "ann@xn--bcher-kva.example"),
        ("päivi@example.org", "example.org", "päivi@example.org"),
        ("用户@例子.example", "xn--fsqu00a.example", "用户@xn--fsqu00a.example"),
    ] {
        let (internet, model) = (internet(), Model::knowing(user, PASSWORD));
        internet.mx(domain, &[&format!("mx.{domain}")]);
        let (imap, smtp) = (format!("imap.{domain}"), format!("smtp.{domain}"));
        let page = settings(&imap, &smtp, "%EMAILADDRESS%");
        internet.web(domain, &[(WELL_KNOWN, page)]);
        internet.put(&imap, 993, Server::Model(model.clone()));
        internet.put(&smtp, 465, Server::ModelSubmission(model.clone()));
        let device = Device::on(&internet);
        let mut person = Newcomer::at(&device);
        person.types_address(typed);
        person.types_password(PASSWORD);
        assert!(person.is_in, "{typed}: {:?}", person.sees().texts);
        assert_eq!(model.sign_ins().1, 1, "{typed}");
        assert_nothing_in_the_clear(&internet, typed);
    }
}

#[test]
fn what_is_no_address_asks_nobody() {
    let internet = internet();
    let device = Device::on(&internet);
    for typed in ["ann", "ann@", "ann@exa mple.org"] {
        let mut person = Newcomer::at(&device);
        person.types_address(typed);
        assert!(person.is_at(Step::Person) && person.focus == ADDRESS_FIELD, "{typed}");
        assert!(person.sees().texts.iter().any(|text| text == "A mail address looks like name@example.org."));
    }
    assert_eq!(internet.asked(), [""; 0]);
    assert_nothing_kept(&device, "no address");
}
