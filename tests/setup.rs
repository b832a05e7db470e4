//! From an address to settings: who is asked what, who is believed, and what is said where nothing can be found.

pub(crate) mod internet;
pub(crate) mod model;
mod newcomer;
pub(crate) mod recipient;
mod told_apart;

use std::time::Duration;

use waxwing_core::model::{
    Discovery, HintKind, Network, Obstacle, Proposal, Security, SettingsSource, SignInMethod, SourceState,
    SubmissionServer,
};
use waxwing_core::{Command, ErrorKind, Event};
use waxwing_tests::authority::{Authority, Validity};

use self::internet::{Device, Found, Internet, Page, Server};

const ISPDB: &str = "v1.ispdb.net";
const FILE: &str = "/mail/config-v1.1.xml";
const WELL_KNOWN: &str = "/.well-known/autoconfig/mail/config-v1.1.xml";
/// All of a search.
const OVERALL: Duration = Duration::from_secs(10);

/// A file that names these servers: kind, host, port, `SSL` or `STARTTLS` or `plain`.
fn file(servers: &[(&str, &str, u16, &str)]) -> Page {
    let servers: String = servers
        .iter()
        .map(|(kind, host, port, socket)| {
            let element = if *kind == "smtp" { "outgoingServer" } else { "incomingServer" };
            format!(
                "<{element} type=\"{kind}\"><hostname>{host}</hostname><port>{port}</port>\
                 <socketType>{socket}</socketType><username>%EMAILLOCALPART%</username>\
                 <authentication>password-cleartext</authentication></{element}>"
            )
        })
        .collect();
    Page::File(format!(
        "<?xml version=\"1.0\"?><clientConfig version=\"1.1\"><emailProvider id=\"x\">\
         <displayName>Example Mail</displayName>{servers}</emailProvider></clientConfig>"
    ))
}

fn usual_file() -> Page {
    file(&[("imap", "imap.example.org", 993, "SSL"), ("smtp", "smtp.example.org", 465, "SSL")])
}

/// One where the domain `example.org` exists and everybody who is asked has nothing.
fn internet() -> Internet {
    let internet = Internet::default();
    internet.web(ISPDB, &[]);
    internet.mx("example.org", &["mx.example.org"]);
    internet
}

fn best(found: &Found) -> &Proposal {
    found.discovery().proposals.first().expect("settings were found")
}

fn place(proposal: &Proposal) -> (SettingsSource, &str, u16, Security) {
    (proposal.source, proposal.imap_host.as_str(), proposal.imap_port, proposal.imap_security)
}

fn server(host: &str, port: u16, security: Security) -> Option<SubmissionServer> {
    Some(SubmissionServer { host: host.to_owned(), port, security })
}

/// Whatever happened: nothing in the clear but what STARTTLS wants, no secret, and in time.
fn in_order(internet: &Internet, found: &Found) {
    assert!(found.took <= OVERALL + Duration::from_millis(100), "{:?}", found.took);
    for asked in internet.asked() {
        assert!(!asked.ends_with(":80") && !asked.ends_with(":25"), "{asked}");
        for word in ["AUTH", "LOGIN", "MAIL", "RCPT"] {
            assert!(!asked.contains(&format!(" {word} ")), "{asked}");
        }
    }
}

#[test]
fn a_provider_of_the_table_is_known_without_the_network() {
    let internet = internet();
    let found = internet.discover("  Ann Field <Ann@GMail.com> ");
    let discovery = found.discovery();
    assert_eq!((discovery.address.as_str(), discovery.provider.as_str()), ("Ann@gmail.com", "Gmail"));
    assert_eq!((discovery.obstacle, &discovery.did_you_mean), (None, &None));
    let best = best(&found);
    assert_eq!(place(best), (SettingsSource::Table, "imap.gmail.com", 993, Security::Tls));
    assert_eq!(best.submission, server("smtp.gmail.com", 465, Security::Tls));
    assert_eq!(best.user_names, ["Ann@gmail.com"]);
    assert_eq!(best.sign_in, [SignInMethod::Browser, SignInMethod::AppPassword]);
    assert_eq!(best.oauth.as_ref().unwrap().token, "https://oauth2.googleapis.com/token");
    assert_eq!(best.hint.as_ref().unwrap().kind, HintKind::AppPassword);
    assert!(!best.needs_confirming);
    assert!(found.told.iter().all(|(source, _)| *source == SettingsSource::Table), "{:?}", found.told);
    assert_eq!(found.state(SettingsSource::Table), Some(SourceState::Found));
    assert_eq!(internet.asked(), Vec::<String>::new());
}

#[test]
fn the_domain_s_own_file_comes_before_everything_else() {
    let internet = internet();
    internet.web("autoconfig.example.org", &[(FILE, usual_file())]);
    internet.web("example.org", &[(WELL_KNOWN, file(&[("imap", "second.example.org", 993, "SSL")]))]);
    internet.web(ISPDB, &[("/example.org", file(&[("imap", "third.example.org", 993, "SSL")]))]);
    internet.srv("_imaps._tcp.example.org", &[(0, 0, "fourth.example.org", 993)]);
    internet.put("imap.example.org", 993, Server::Imap);
    let found = internet.discover("ann+x@example.org");
    assert_eq!(place(best(&found)), (SettingsSource::Autoconfig, "imap.example.org", 993, Security::Tls));
    assert_eq!(best(&found).submission, server("smtp.example.org", 465, Security::Tls));
    assert_eq!(
        (best(&found).user_names.as_slice(), best(&found).provider.as_str()),
        (&["ann+x".to_owned()][..], "Example Mail")
    );
    assert!(best(&found).is_tls_verified && !best(&found).needs_confirming);
    assert_eq!(found.state(SettingsSource::Autoconfig), Some(SourceState::Found));
    let asked = internet.asked();
    let wanted = format!("get autoconfig.example.org{FILE}?emailaddress=ann%2Bx%40example.org");
    assert!(asked.contains(&wanted), "{asked:?}");
    in_order(&internet, &found);
}

#[test]
fn the_domain_itself_has_a_place_for_the_file() {
    let internet = internet();
    internet.web("example.org", &[(WELL_KNOWN, usual_file())]);
    let found = internet.discover("ann@example.org");
    assert_eq!(place(best(&found)), (SettingsSource::WellKnown, "imap.example.org", 993, Security::Tls));
    assert!(!best(&found).is_tls_verified, "there is no server");
    assert_eq!(found.state(SettingsSource::Autoconfig), Some(SourceState::Nothing));
    in_order(&internet, &found);
}

#[test]
fn mozilla_s_collection_learns_the_domain_and_no_more() {
    let internet = internet();
    let elsewhere = file(&[
        ("imap", "imap.hoster.example", 993, "SSL"),
        ("imap", "imap.hoster.example", 143, "STARTTLS"),
    ]);
    internet.web(ISPDB, &[("/example.org", elsewhere)]);
    let found = internet.discover("ann@example.org");
    let places: Vec<_> = found.discovery().proposals.iter().map(place).collect();
    let host = "imap.hoster.example";
    assert_eq!(
        places,
        [
            (SettingsSource::Ispdb, host, 993, Security::Tls),
            (SettingsSource::Ispdb, host, 143, Security::StartTls)
        ]
    );
    assert!(!best(&found).needs_confirming, "it proved who it is");
    let told: Vec<String> = internet.asked().into_iter().filter(|asked| asked.starts_with("get")).collect();
    assert_eq!(told, [format!("get {ISPDB}/example.org")]);
    assert!(!internet.asked().concat().contains("ann"));
    in_order(&internet, &found);
}

#[test]
fn records_of_services_are_taken_in_their_order() {
    let internet = internet();
    internet.srv(
        "_imaps._tcp.example.org",
        &[
            (20, 0, "last.example.org", 993),
            (10, 5, "light.example.org", 993),
            (10, 90, "heavy.example.org", 9993),
        ],
    );
    internet.srv("_imap._tcp.example.org", &[(0, 0, "heavy.example.org", 143)]);
    internet.srv("_submission._tcp.example.org", &[(0, 0, "out.example.org", 587)]);
    internet.put("heavy.example.org", 9993, Server::Imap);
    let found = internet.discover("ann@example.org");
    let places: Vec<_> = found.discovery().proposals.iter().map(place).collect();
    assert_eq!(
        places,
        [
            (SettingsSource::Srv, "heavy.example.org", 9993, Security::Tls),
            (SettingsSource::Srv, "light.example.org", 993, Security::Tls),
            (SettingsSource::Srv, "heavy.example.org", 143, Security::StartTls),
        ]
    );
    assert_eq!(best(&found).submission, server("out.example.org", 587, Security::StartTls));
    assert_eq!(best(&found).user_names, ["ann@example.org", "ann"]);
    assert!(best(&found).is_tls_verified && !best(&found).needs_confirming);
    // TLS from the first byte is preferred for sending too (RFC 8314).
    internet.srv("_submissions._tcp.example.org", &[(0, 0, "out.example.org", 465)]);
    let found = internet.discover("ann@example.org");
    assert_eq!(best(&found).submission, server("out.example.org", 465, Security::Tls));
    in_order(&internet, &found);
}

#[test]
fn a_stranger_that_only_dns_named_is_to_be_confirmed() {
    let internet = internet();
    internet.srv("_imaps._tcp.example.org", &[(0, 0, "imap.stranger.example", 993)]);
    internet.put("imap.stranger.example", 993, Server::Imap);
    let found = internet.discover("ann@example.org");
    assert_eq!(place(best(&found)), (SettingsSource::Srv, "imap.stranger.example", 993, Security::Tls));
    assert!(best(&found).needs_confirming && best(&found).is_tls_verified);
    in_order(&internet, &found);
}

#[test]
fn who_takes_the_mail_tells_who_has_it() {
    let internet = internet();
    internet.mx("example.org", &["aspmx.l.google.com", "alt1.aspmx.l.google.com"]);
    let found = internet.discover("ann@example.org");
    assert_eq!(place(best(&found)), (SettingsSource::Mx, "imap.gmail.com", 993, Security::Tls));
    assert_eq!(best(&found).user_names, ["ann@example.org"]);
    assert_eq!(best(&found).sign_in, [SignInMethod::Browser, SignInMethod::AppPassword]);
    assert!(best(&found).needs_confirming && best(&found).oauth.is_some());

    // A hoster that only Mozilla's collection knows.
    internet.mx("example.org", &["mx1.mail.hoster.co.uk"]);
    internet.web(ISPDB, &[("/hoster.co.uk", file(&[("imap", "imap.hoster.co.uk", 993, "SSL")]))]);
    let found = internet.discover("ann@example.org");
    assert_eq!(place(best(&found)), (SettingsSource::Mx, "imap.hoster.co.uk", 993, Security::Tls));
    assert!(best(&found).needs_confirming);
    in_order(&internet, &found);
}

#[test]
fn servers_of_usual_names_are_found_and_told_nothing() {
    let internet = internet();
    internet.put("mail.example.org", 993, Server::Imap);
    internet.put("mail.example.org", 465, Server::Submission);
    internet.put("example.org", 993, Server::Imap);
    internet.put("imap.example.org", 993, Server::Babble);
    let found = internet.discover("ann@example.org");
    assert_eq!(place(best(&found)), (SettingsSource::Guess, "mail.example.org", 993, Security::Tls));
    assert_eq!(best(&found).submission, server("mail.example.org", 465, Security::Tls));
    assert_eq!(best(&found).user_names, ["ann@example.org", "ann"]);
    assert!(best(&found).is_tls_verified && !best(&found).needs_confirming);
    assert!(!internet.asked().concat().contains("ann"));
    in_order(&internet, &found);
}

#[test]
fn starttls_is_tried_where_there_is_no_tls_from_the_first_byte() {
    let internet = internet();
    internet.put("imap.example.org", 143, Server::ImapStartTls);
    internet.put("smtp.example.org", 587, Server::SubmissionStartTls);
    let found = internet.discover("ann@example.org");
    assert_eq!(place(best(&found)), (SettingsSource::Guess, "imap.example.org", 143, Security::StartTls));
    assert_eq!(best(&found).submission, server("smtp.example.org", 587, Security::StartTls));
    in_order(&internet, &found);
}

#[test]
fn a_server_that_does_not_prove_who_it_is_is_not_proposed() {
    let internet = internet();
    internet.put_expired("imap.example.org", 993, Server::Imap);
    internet.put_with("mail.example.org", 993, Server::Imap, &Authority::new().leaf(&["mail.example.org"]));
    internet.put_expired("imap.example.org", 143, Server::ImapStartTls);
    internet.put_expired("autoconfig.example.org", 443, Server::Babble);
    let found = internet.discover("ann@example.org");
    assert_eq!(found.discovery().proposals, []);
    assert_eq!(found.discovery().obstacle, None, "somebody is there");
    assert_eq!(found.state(SettingsSource::Guess), Some(SourceState::Nothing));
    assert!(!internet.asked().iter().any(|asked| asked.contains("LOGOUT")));
    in_order(&internet, &found);
}

#[test]
fn an_answer_that_leads_into_the_clear_is_none() {
    let internet = internet();
    let clear = Page::Elsewhere("http://autoconfig.example.org/clear.xml".to_owned());
    internet.web("autoconfig.example.org", &[(FILE, clear)]);
    internet.put("autoconfig.example.org", 80, Server::Babble);
    internet.web("example.org", &[(WELL_KNOWN, Page::Elsewhere("https://www.example.org/there".to_owned()))]);
    internet.web("www.example.org", &[("/there", usual_file())]);
    let found = internet.discover("ann@example.org");
    assert_eq!(place(best(&found)), (SettingsSource::WellKnown, "imap.example.org", 993, Security::Tls));
    assert_eq!(found.state(SettingsSource::Autoconfig), Some(SourceState::Nothing));
    in_order(&internet, &found);
}

#[test]
fn who_is_trusted_more_is_waited_for_and_no_longer_than_that() {
    let internet = internet();
    let Page::File(text) = usual_file() else { panic!("a file") };
    internet.web("autoconfig.example.org", &[(FILE, Page::Late(Duration::from_secs(3), text))]);
    internet.put("mail.example.org", 993, Server::Imap);
    let found = internet.discover("ann@example.org");
    assert_eq!(best(&found).source, SettingsSource::Autoconfig);
    assert_eq!(found.state(SettingsSource::Guess), Some(SourceState::Found));
    assert!(found.took >= Duration::from_secs(3) && found.took < Duration::from_secs(5), "{:?}", found.took);

    // One who is trusted less isn't.
    let internet = self::internet();
    internet.web("autoconfig.example.org", &[(FILE, usual_file())]);
    internet.put("imap.example.org", 993, Server::Imap);
    internet.put("example.org", 443, Server::Silent);
    let found = internet.discover("ann@example.org");
    assert_eq!(best(&found).source, SettingsSource::Autoconfig);
    assert_eq!(found.state(SettingsSource::WellKnown), Some(SourceState::Asking));
    assert!(found.took < Duration::from_secs(1), "{:?}", found.took);
}

#[test]
fn silence_and_floods_end() {
    let internet = internet();
    internet.put("autoconfig.example.org", 443, Server::Silent);
    internet.web("example.org", &[(WELL_KNOWN, Page::Endless)]);
    internet.put(ISPDB, 443, Server::Silent);
    internet.put("imap.example.org", 993, Server::Silent);
    internet.put("imap.example.org", 143, Server::ImapStartTls);
    internet.put("smtp.example.org", 465, Server::Silent);
    internet.put("smtp.example.org", 587, Server::SubmissionStartTls);
    let found = internet.discover("ann@example.org");
    assert_eq!(place(best(&found)), (SettingsSource::Guess, "imap.example.org", 143, Security::StartTls));
    assert_eq!(best(&found).submission, server("smtp.example.org", 587, Security::StartTls));
    assert_eq!(found.state(SettingsSource::Autoconfig), Some(SourceState::Unreached));
    assert_eq!(found.state(SettingsSource::WellKnown), Some(SourceState::Nothing));
    in_order(&internet, &found);

    for host in ["imap.example.org", "mail.example.org", "example.org", "smtp.example.org"] {
        for port in [143, 443, 465, 587, 993] {
            internet.put(host, port, Server::Silent);
        }
    }
    let found = internet.discover("ann@example.org");
    assert_eq!(found.discovery().proposals, []);
    for source in SettingsSource::ALL.into_iter().skip(1) {
        assert_ne!(found.state(source), Some(SourceState::Asking), "{source:?}");
    }
    in_order(&internet, &found);
}

#[test]
fn bug_what_was_found_is_there_for_who_does_not_want_to_wait_for_the_rest() {
    let internet = internet();
    internet.put("autoconfig.example.org", 443, Server::Silent);
    internet.web(ISPDB, &[("/example.org", usual_file())]);
    internet.put("mail.example.org", 993, Server::Imap);
    // Whether that server is there is not waited for either.
    internet.put("imap.example.org", 993, Server::Silent);
    let device = Device::on(&internet);
    let ticket = device.engine.submit(Command::Discover { address: "ann@example.org".to_owned() });
    let engine = device.engine.clone();
    let found = device.found_after(ticket, |event| {
        let is_found = |source| matches!(event, Event::DiscoveryProgress { source: of, state: SourceState::Found, .. } if *of == source);
        if is_found(SettingsSource::Ispdb) {
            engine.submit(Command::Cancel { ticket });
        }
    });
    assert_eq!(place(best(&found)), (SettingsSource::Ispdb, "imap.example.org", 993, Security::Tls));
    assert!(!best(&found).is_tls_verified, "nobody looked");
    assert!(found.took < Duration::from_secs(1), "{:?}", found.took);
    assert_ne!(found.state(SettingsSource::Autoconfig), Some(SourceState::Asking), "each is said to be over");
    assert_eq!(device.finished(Command::Cancel { ticket }).unwrap_err().kind(), ErrorKind::WrongState);
}

#[test]
fn a_search_can_be_given_up() {
    let internet = internet();
    internet.put("autoconfig.example.org", 443, Server::Silent);
    let device = Device::on(&internet);
    let ticket = device.engine.submit(Command::Discover { address: "ann@example.org".to_owned() });
    let engine = device.engine.clone();
    let mut canceled = None;
    let found = device.found_after(ticket, |event| {
        if matches!(event, Event::DiscoveryProgress { .. }) && canceled.is_none() {
            canceled = Some(engine.submit(Command::Cancel { ticket }));
        }
    });
    assert_eq!(found.outcome.as_ref().unwrap_err().kind(), ErrorKind::Canceled);
    assert!(found.took < Duration::from_secs(1), "{:?}", found.took);
    // It is over; and another goes on.
    assert_eq!(device.finished(Command::Cancel { ticket }).unwrap_err().kind(), ErrorKind::WrongState);
    let next = device.engine.submit(Command::Discover { address: "ann@gmail.com".to_owned() });
    assert!(device.found(next).outcome.is_ok());
    // Sleep ends it too.
    let ticket = device.engine.submit(Command::Discover { address: "ann@example.org".to_owned() });
    device.engine.submit(Command::Suspend { deadline: Duration::from_secs(1) });
    assert_eq!(device.found(ticket).outcome.unwrap_err().kind(), ErrorKind::Canceled);
}

#[test]
fn a_domain_in_other_letters_is_asked_as_dns_has_it() {
    let internet = internet();
    internet.mx("xn--bcher-kva.example", &["mx.xn--bcher-kva.example"]);
    internet.web(
        "autoconfig.xn--bcher-kva.example",
        &[(FILE, file(&[("imap", "imap.%EMAILDOMAIN%", 993, "SSL")]))],
    );
    let found = internet.discover("ann\u{ff20}B\u{fc}cher\u{3002}example");
    let Discovery { address, shown, .. } = found.discovery();
    assert_eq!((address.as_str(), shown.as_str()), ("ann@xn--bcher-kva.example", "ann@b\u{fc}cher.example"));
    assert_eq!(best(&found).imap_host, "imap.xn--bcher-kva.example");
    in_order(&internet, &found);
}

#[test]
fn a_mistyped_domain_is_asked_about_and_not_told_who() {
    let internet = internet();
    internet.web("autoconfig.gmial.com", &[(FILE, file(&[("imap", "imap.gmial.com", 993, "SSL")]))]);
    let found = internet.discover("ann@gmial.com");
    assert_eq!(found.discovery().did_you_mean.as_deref(), Some("ann@gmail.com"));
    assert_eq!(best(&found).imap_host, "imap.gmial.com");
    assert!(internet.asked().contains(&format!("get autoconfig.gmial.com{FILE}")), "{:?}", internet.asked());
    assert!(!internet.asked().concat().contains("ann"));
    assert_eq!(internet.discover("ann@gmail").discovery().did_you_mean.as_deref(), Some("ann@gmail.com"));
}

#[test]
fn where_there_is_nothing_to_sign_in_to_it_is_said_why() {
    let obstacle = |internet: &Internet, address: &str| {
        let found = internet.discover(address);
        assert_eq!(found.discovery().proposals, [], "{address}");
        in_order(internet, &found);
        found.discovery().obstacle
    };
    // The table knows.
    assert_eq!(obstacle(&internet(), "ann@proton.me"), Some(Obstacle::NoImap));

    // The domain's mail is at one that has none, whatever else is there.
    let internet = internet();
    internet.mx("example.org", &["mail.protonmail.ch"]);
    internet.put("imap.example.org", 993, Server::Imap);
    let found = internet.discover("ann@example.org");
    assert_eq!((found.discovery().obstacle, found.discovery().proposals.len()), (Some(Obstacle::NoImap), 0));
    assert_eq!(found.discovery().provider, "Proton Mail");

    // The domain says so (RFC 6186 section 3.4).
    let internet = self::internet();
    internet.srv("_imaps._tcp.example.org", &[(0, 0, "", 0)]);
    internet.srv("_imap._tcp.example.org", &[(0, 0, "", 0)]);
    assert_eq!(obstacle(&internet, "ann@example.org"), Some(Obstacle::NoImap));

    // POP3 alone; unless a server for reading mail is found all the same.
    let internet = self::internet();
    internet.web("autoconfig.example.org", &[(FILE, file(&[("pop3", "pop.example.org", 995, "SSL")]))]);
    assert_eq!(obstacle(&internet, "ann@example.org"), Some(Obstacle::PopOnly));
    internet.put("imap.example.org", 993, Server::Imap);
    let found = internet.discover("ann@example.org");
    assert_eq!((found.discovery().obstacle, best(&found).source), (None, SettingsSource::Guess));

    // There is no such domain; nobody is waited for.
    let internet = self::internet();
    internet.no_such_domain("nowhere.example");
    internet.put("autoconfig.nowhere.example", 443, Server::Silent);
    assert_eq!(obstacle(&internet, "ann@nowhere.example"), Some(Obstacle::NoSuchDomain));
    assert_eq!(obstacle(&internet, "ann@localhost"), Some(Obstacle::NoSuchDomain));

    // There is one, and nothing is known of it.
    assert_eq!(obstacle(&self::internet(), "ann@example.org"), None);
}

#[test]
fn a_network_that_leads_nowhere_is_told_from_a_domain_that_has_nothing() {
    let internet = internet();
    internet.cut_off();
    let found = internet.discover("ann@example.org");
    assert_eq!(found.discovery().obstacle, Some(Obstacle::Offline));
    assert_eq!(found.state(SettingsSource::Ispdb), Some(SourceState::Unreached));
    assert_eq!(found.state(SettingsSource::Srv), Some(SourceState::Unreached));

    // Somebody answers in everybody's place, with a certificate of its own.
    let own = Internet::authority().leaf(&["portal.hotel.example"]);
    let made_up = waxwing_tests::authority::Leaf::self_signed(&["192.168.1.1"], Validity::Now);
    for leaf in [own, made_up] {
        let internet = self::internet();
        internet.portal(&leaf);
        let found = internet.discover("ann@example.org");
        assert_eq!(found.discovery().obstacle, Some(Obstacle::CaptivePortal));
        assert_eq!(found.discovery().proposals, []);
        in_order(&internet, &found);
    }
    // Where certificates have run out the clock may be wrong: that is no such network.
    let internet = self::internet();
    internet.portal(&Internet::authority().leaf_valid(&[ISPDB, "autoconfig.example.org"], Validity::Past));
    assert_eq!(internet.discover("ann@example.org").discovery().obstacle, None);

    // Without a network nobody is asked, and the table answers all the same.
    let internet = self::internet();
    let device = Device::on(&internet);
    device.finished(Command::NetworkChanged { network: Network::None }).unwrap();
    let ask =
        |address: &str| device.found(device.engine.submit(Command::Discover { address: address.to_owned() }));
    assert_eq!(ask("ann@example.org").discovery().obstacle, Some(Obstacle::Offline));
    let slip = ask("ann@hotmial.com");
    assert_eq!(slip.discovery().did_you_mean.as_deref(), Some("ann@hotmail.com"));
    assert_eq!(ask("ann@gmx.de").discovery().proposals[0].imap_host, "imap.gmx.net");
    assert_eq!(internet.asked(), Vec::<String>::new());
}

#[test]
fn what_is_no_address_is_refused_before_anybody_is_asked() {
    let internet = internet();
    for typed in
        ["", "ann", "ann@", "@example.org", "ann@exa mple.org", "ann@example.org\r\nX", "ann\0@example.org"]
    {
        let error = internet.discover(typed).outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{typed:?}");
        assert!(!error.to_string().contains("ann"), "{error}");
    }
    assert_eq!(internet.asked(), Vec::<String>::new());
}
