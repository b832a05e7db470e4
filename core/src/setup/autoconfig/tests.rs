use proptest::prelude::*;

use super::*;

fn address() -> MailAddress {
    MailAddress::parse("ann@example.org").unwrap()
}

fn proposals(file: &str) -> Vec<Proposal> {
    read(file.as_bytes()).unwrap().proposals(&address(), SettingsSource::Autoconfig)
}

/// A file about one provider with these elements in it.
fn file(inner: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<clientConfig version=\"1.1\"><emailProvider id=\"example.org\">\
         <domain>example.org</domain><displayName>Example &amp; Sons</displayName>{inner}</emailProvider></clientConfig>"
    )
}

fn server(kind: &str, host: &str, port: u16, socket: &str) -> String {
    let element = if kind == "smtp" { "outgoingServer" } else { "incomingServer" };
    format!(
        "<{element} type=\"{kind}\"><hostname>{host}</hostname><port>{port}</port><socketType>{socket}</socketType>\
         <username>%EMAILADDRESS%</username><authentication>password-cleartext</authentication></{element}>"
    )
}

#[test]
fn a_usual_file_is_read() {
    let all = [
        server("pop3", "pop.example.org", 995, "SSL"),
        server("imap", "imap.%EMAILDOMAIN%", 993, "SSL"),
        server("imap", "imap.example.org", 143, "STARTTLS"),
        server("imap", "plain.example.org", 143, "plain"),
        server("smtp", "plain.example.org", 25, "plain"),
        server("smtp", "smtp.example.org", 587, "STARTTLS"),
        server("smtp", "smtp.example.org", 465, "SSL"),
    ];
    let found = proposals(&file(&all.concat()));
    let places: Vec<_> = found.iter().map(|p| (p.imap_host.as_str(), p.imap_port, p.imap_security)).collect();
    assert_eq!(
        places,
        [("imap.example.org", 993, Security::Tls), ("imap.example.org", 143, Security::StartTls)]
    );
    let submission =
        Some(SubmissionServer { host: "smtp.example.org".into(), port: 465, security: Security::Tls });
    for proposal in &found {
        assert_eq!(proposal.provider, "Example & Sons");
        assert_eq!(proposal.user_names, ["ann@example.org"]);
        assert_eq!(proposal.sign_in, [SignInMethod::Password]);
        assert_eq!(proposal.submission, submission);
    }
}

#[test]
fn names_to_sign_in_with_are_filled_in_once() {
    let named = |user: &str| {
        let one = server("imap", "imap.example.org", 993, "SSL").replace("%EMAILADDRESS%", user);
        proposals(&file(&one))[0].user_names.clone()
    };
    assert_eq!(named("%EMAILLOCALPART%"), ["ann"]);
    assert_eq!(named("%EMAILLOCALPART%.%EMAILDOMAIN%"), ["ann.example.org"]);
    assert_eq!(named("100%"), ["100%"]);
    // Nothing, or nothing that could be sent: what is usual.
    for bad in ["", "a&#10;b", "a&#13;&#10;LOGOUT", &"x".repeat(2000)] {
        assert_eq!(named(bad), ["ann@example.org", "ann"], "{bad}");
    }
    // What stands in the address stands for itself.
    let odd = MailAddress::parse("%EMAILDOMAIN%@example.org").unwrap();
    assert_eq!(filled("%EMAILADDRESS%", &odd), "%EMAILDOMAIN%@example.org");
}

#[test]
fn hosts_and_ports_that_cannot_be_are_left_out() {
    for (host, port) in [
        ("", "993"),
        ("imap example org", "993"),
        ("imap.example.org/x", "993"),
        ("127.0.0.1", "993"),
        ("imap.example.org", "0"),
        ("imap.example.org", "70000"),
        ("imap.example.org", "imaps"),
    ] {
        let one = server("imap", host, 993, "SSL").replace("<port>993<", &format!("<port>{port}<"));
        assert_eq!(proposals(&file(&one)), [], "{host}:{port}");
    }
    let idn = proposals(&file(&server("imap", "imap.b\u{fc}cher.example", 993, "SSL")));
    assert_eq!(idn[0].imap_host, "imap.xn--bcher-kva.example");
}

#[test]
fn a_browser_is_sent_only_where_we_know_of() {
    let by = |ways: &str, oauth: &str| {
        let one = server("imap", "imap.example.org", 993, "SSL")
            .replace("<authentication>password-cleartext</authentication>", ways);
        let whole = file(&one).replace("</clientConfig>", &format!("{oauth}</clientConfig>"));
        let found = proposals(&whole).remove(0);
        (found.sign_in, found.oauth.map(|oauth| oauth.authorize))
    };
    let both = "<authentication>OAuth2</authentication><authentication>password-cleartext</authentication>";
    let issuer = |host: &str| {
        format!(
            "<oAuth2><issuer>{host}</issuer><scope>x</scope><authURL>https://evil.example/a</authURL>\
             <tokenURL>https://evil.example/t</tokenURL></oAuth2>"
        )
    };
    let google = Some("https://accounts.google.com/o/oauth2/v2/auth".to_owned());
    let ways = vec![SignInMethod::Browser, SignInMethod::Password];
    assert_eq!(by(both, &issuer("accounts.google.com")), (ways, google));
    assert_eq!(by(both, &issuer("evil.example")), (vec![SignInMethod::Password], None));
    let only = "<authentication>OAuth2</authentication>";
    assert_eq!(by(only, &issuer("evil.example")), (vec![SignInMethod::Browser], None));
    assert_eq!(by("<authentication>GSSAPI</authentication>", "").0, [SignInMethod::Password]);
}

#[test]
fn pop3_alone_is_said_so() {
    let pop = server("pop3", "pop.example.org", 995, "SSL");
    assert!(read(file(&pop).as_bytes()).unwrap().is_pop_only());
    let both = pop + &server("imap", "imap.example.org", 143, "plain");
    let config = read(file(&both).as_bytes()).unwrap();
    assert!(!config.is_pop_only());
    assert_eq!(config.proposals(&address(), SettingsSource::Ispdb), []);
    assert!(!read(file("").as_bytes()).unwrap().is_pop_only());
}

#[test]
fn what_is_no_such_file_is_none() {
    let good = file(&server("imap", "imap.example.org", 993, "SSL"));
    assert!(read(good.as_bytes()).is_some());
    let deep = format!("{}{}", "<a>".repeat(10_000), "</a>".repeat(10_000));
    let bomb = "<!DOCTYPE a [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]>";
    for bad in [
        String::new(),
        "<html><body>not found</body></html>".to_owned(),
        "{\"json\": 1}".to_owned(),
        good.replace("</emailProvider>", ""),
        good.replace("</clientConfig>", ""),
        good.replace("clientConfig", "other"),
        good.replace("<domain>", &format!("{deep}<domain>")),
        good.replace("<clientConfig", &format!("{bomb}<clientConfig")).replace("Example", "&b;"),
        good.replace("Example", "&nbsp;"),
        good.replace("Example", &"x".repeat(MOST)),
    ] {
        let start: String = bad.chars().take(60).collect();
        assert_eq!(read(bad.as_bytes()), None, "{start}");
    }
}

#[test]
fn of_several_providers_the_first_is_read_and_of_many_servers_a_few() {
    let first = file(&server("imap", "first.example.org", 993, "SSL"));
    let second = server("imap", "second.example.org", 993, "SSL");
    let both = first.replace(
        "</clientConfig>",
        &format!("<emailProvider><displayName>Other</displayName>{second}</emailProvider></clientConfig>"),
    );
    let found = proposals(&both);
    assert_eq!((found.len(), found[0].imap_host.as_str()), (1, "first.example.org"));
    assert_eq!(found[0].provider, "Example & Sons");
    let many = server("imap", "imap.example.org", 993, "SSL").repeat(500);
    assert_eq!(proposals(&file(&many)).len(), SERVERS);
}

/// Pieces of which such files are made, well or badly.
const PIECES: [&str; 24] = [
    "<clientConfig version=\"1.1\">",
    "</clientConfig>",
    "<emailProvider>",
    "</emailProvider>",
    "<incomingServer type=\"imap\">",
    "<incomingServer type='pop3'>",
    "</incomingServer>",
    "<outgoingServer type=\"smtp\">",
    "</outgoingServer>",
    "<hostname>",
    "imap.%EMAILDOMAIN%",
    "</hostname>",
    "<port>993</port>",
    "<socketType>SSL</socketType>",
    "<username>%EMAILADDRESS%%EMAILLOCALPART%</username>",
    "<authentication>OAuth2</authentication>",
    "<oAuth2><issuer>accounts.google.com</issuer></oAuth2>",
    "<displayName>\u{202e}X</displayName>",
    "<![CDATA[<]]>",
    "&amp;",
    "&#0;",
    "<!-- -->",
    "<!DOCTYPE x>",
    "<a",
];

proptest! {
    #[test]
    fn any_shuffle_of_its_pieces_is_read_or_not(pieces in proptest::collection::vec(0..PIECES.len(), 0..60)) {
        let text: String = pieces.iter().map(|piece| PIECES[*piece]).collect();
        check(text.as_bytes());
    }

    #[test]
    fn any_octets_are_read_or_not(octets in proptest::collection::vec(any::<u8>(), 0..400)) {
        check(&octets);
        check(file(&String::from_utf8_lossy(&octets)).as_bytes());
    }
}

/// What must hold of anything that was read: the same as in the fuzz target.
fn check(file: &[u8]) {
    let Some(config) = read(file) else { return };
    for proposal in config.proposals(&address(), SettingsSource::Autoconfig) {
        let hosts = [Some(&proposal.imap_host), proposal.submission.as_ref().map(|server| &server.host)];
        for host in hosts.into_iter().flatten() {
            assert_eq!(host_name(host).as_ref(), Some(host));
        }
        assert!(proposal.imap_port > 0 && (1..=2).contains(&proposal.user_names.len()));
        let texts = proposal.user_names.iter().chain([&proposal.provider]);
        assert!(texts.clone().all(|text| text.len() <= 400 && !text.chars().any(char::is_control)));
        assert!(!proposal.sign_in.is_empty());
    }
}
