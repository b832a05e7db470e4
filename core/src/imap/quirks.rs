//! What servers do otherwise than they say, and how they are recognised.
//!
//! One row per server. A capability that can't be relied on is taken out of what the session reports, so that
//! nobody has to remember; what else matters is a field of [`Quirks`].

use super::Capability;
use crate::sign_in::Wants;

/// How many octets of what a server says about itself are looked at, per kind.
const SIGNS_LIMIT: usize = 4096;

/// What is to be known about this server beyond its capabilities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quirks {
    /// Which row it was, for logs and for words to the person.
    pub server: Option<Server>,
    /// Capabilities that are offered and not to be used: iCloud's QRESYNC tells of deletions that never were, Zoho's
    /// CONDSTORE gives -1 for a MODSEQ.
    pub unusable: &'static [Capability],
    /// Bodies are fetched whole: parts of them come damaged (Exchange, Microsoft 365).
    pub whole_bodies_only: bool,
    /// How many connections one account may have at once: 5, Gmail 4 (it counts 15 over all devices).
    pub most_connections: usize,
    /// How many commands may be on their way: 8. Exchange drops the connection near 50; it is kept well clear of.
    pub most_commands: usize,
    /// The longest command line in octets, if it is shorter than usual: Yahoo 1,000.
    pub line_limit: Option<usize>,
    /// Mailboxes are labels: the same mail is in many, with one X-GM-MSGID (Gmail).
    pub labels: bool,
    /// What is sent by its submission server it keeps among sent mail itself (Gmail).
    pub keeps_sent: bool,
    /// SELECT is refused to clients that haven't said who they are after sign-in (163.com, 126.com, 188.com, yeah.net).
    /// The session says it to every server that offers ID, and to these whatever they offer.
    pub id_first: bool,
    /// Every mailbox but INBOX lies below it and new ones must (Courier): its names begin with `INBOX.`.
    pub below_inbox: bool,
    /// UIDs are given anew when the program at the other end is updated (Proton Mail Bridge): no reason to doubt the
    /// server, the mails are matched again.
    pub renumbers: bool,
    /// SCRAM tied to the connection is offered and can't be done over TLS 1.3 (Cyrus up to 3.8): each try would be
    /// a failed sign-in in the server's log, and enough of those lock people out.
    pub cannot_bind: bool,
    /// With what it lets people in: these providers take no password of theirs any more.
    pub(crate) wants: Wants,
    /// How many octets may be fetched a day, if that is limited (Gmail 2,500 MB).
    pub octets_a_day: Option<u64>,
}

impl Default for Quirks {
    fn default() -> Self {
        Self {
            server: None,
            unusable: &[],
            whole_bodies_only: false,
            most_connections: 5,
            most_commands: 8,
            line_limit: None,
            labels: false,
            keeps_sent: false,
            id_first: false,
            below_inbox: false,
            renumbers: false,
            cannot_bind: false,
            wants: Wants::Password,
            octets_a_day: None,
        }
    }
}

/// A server with a row of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Server {
    Gmail,
    ICloud,
    Exchange,
    Yahoo,
    Yandex,
    Zoho,
    NetEase,
    Qq,
    Courier,
    Cyrus,
    Dovecot,
    Proton,
}

/// What a server tells about itself, in lower case.
#[derive(Clone, Debug, Default)]
pub(super) struct Signs {
    host: String,
    greeting: String,
    id: String,
    capabilities: String,
}

impl Signs {
    /// `host` is where one is connected to; may be empty.
    pub(super) fn of(host: &str) -> Self {
        Self { host: host.trim_end_matches('.').to_ascii_lowercase(), ..Self::default() }
    }

    /// The text of the greeting.
    pub(super) fn greeting(&mut self, text: &[u8]) {
        self.greeting = sign(text);
    }

    /// The answer to ID: a list of names and values (RFC 2971).
    pub(super) fn id(&mut self, list: &[u8]) {
        self.id = sign(list);
    }

    /// The capabilities as last told, separated by spaces.
    pub(super) fn capabilities(&mut self, names: &[u8]) {
        self.capabilities = sign(names);
    }

    fn is_at(&self, domains: &[&str]) -> bool {
        domains.iter().any(|domain| {
            let rest = self.host.strip_suffix(domain);
            rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
    }

    fn greets(&self, words: &str) -> bool {
        self.greeting.contains(words)
    }

    /// Whether its name or vendor, as ID tells them, holds these words.
    fn is_called(&self, words: &str) -> bool {
        self.id.contains(words)
    }

    /// `name` in lower case.
    pub(super) fn offers(&self, name: &str) -> bool {
        self.capabilities.split(' ').any(|word| word == name)
    }
}

fn sign(text: &[u8]) -> String {
    String::from_utf8_lossy(text.get(..SIGNS_LIMIT).unwrap_or(text)).to_ascii_lowercase()
}

/// A server: how it is told from others, and what is different with it.
struct Row {
    server: Server,
    is_it: fn(&Signs) -> bool,
    apply: fn(&mut Quirks),
}

/// They know the binding of TLS 1.2 alone.
const CYRUS_THAT_CANNOT_BIND: [&str; 6] = [
    "cyrus imap v2.",
    "cyrus imap 3.0.",
    "cyrus imap 3.2.",
    "cyrus imap 3.4.",
    "cyrus imap 3.6.",
    "cyrus imap 3.8.",
];

/// Those of the table of providers that take no usual password: passwords for one program, or the browser.
const BY_APP_PASSWORD: &[&str] = &[
    "gmail.com",
    "googlemail.com",
    "mail.me.com",
    "icloud.com",
    "mail.yahoo.com",
    "aol.com",
    "163.com",
    "126.com",
    "188.com",
    "yeah.net",
    "qq.com",
    "fastmail.com",
    "t-online.de",
    "yandex.com",
    "mail.ru",
    "daum.net",
    "att.net",
];
/// Microsoft.
const BY_BROWSER: &[&str] = &["office365.com", "outlook.com", "hotmail.com"];

/// The first row that fits counts.
const ROWS: [Row; 13] = [
    // No QRESYNC, no BINARY.
    Row {
        server: Server::Gmail,
        is_it: |signs| {
            signs.offers("x-gm-ext-1")
                || signs.greets("gimap ready")
                || signs.is_at(&["gmail.com", "googlemail.com"])
        },
        apply: |quirks| {
            quirks.labels = true;
            quirks.keeps_sent = true;
            quirks.most_connections = 4;
            quirks.octets_a_day = Some(2_500_000_000);
        },
    },
    // No CONDSTORE, ESEARCH, LIST-STATUS, COMPRESS or SPECIAL-USE; `OK FETCH completed` without data.
    Row {
        server: Server::Exchange,
        is_it: |signs| {
            signs.greets("microsoft exchange")
                || signs.is_called("microsoft.exchange")
                || signs.is_at(&["office365.com", "outlook.com", "hotmail.com"])
        },
        apply: |quirks| quirks.whole_bodies_only = true,
    },
    // No IDLE and no CONDSTORE.
    Row {
        server: Server::Yahoo,
        is_it: |signs| {
            signs.offers("xymhighestmodseq")
                || signs.is_called("yahoo")
                || signs.is_at(&["mail.yahoo.com", "mail.yahoo.co.jp", "aol.com"])
        },
        apply: |quirks| quirks.line_limit = Some(1_000),
    },
    // No CONDSTORE; may say BYE inside a literal.
    Row {
        server: Server::Yandex,
        is_it: |signs| signs.greets("yandex imap") || signs.is_at(&["yandex.ru", "yandex.com", "yandex.net"]),
        apply: |_| {},
    },
    Row {
        server: Server::Zoho,
        is_it: |signs| {
            signs.greets("zoho")
                || signs.is_called("zoho")
                || signs.is_at(&["zoho.com", "zoho.eu", "zoho.in", "zohomail.com"])
        },
        apply: |quirks| quirks.unusable = &[Capability::Qresync, Capability::Condstore],
    },
    Row {
        server: Server::NetEase,
        is_it: |signs| {
            signs.greets("coremail")
                || signs.is_called("coremail")
                || signs.is_at(&["163.com", "126.com", "188.com", "yeah.net"])
        },
        apply: |quirks| quirks.id_first = true,
    },
    // A space before the closing parenthesis, which the reader takes.
    Row {
        server: Server::Qq,
        is_it: |signs| signs.greets("qqmail") || signs.is_at(&["qq.com"]),
        apply: |_| {},
    },
    // UIDs that are reset; a self-signed certificate on localhost.
    Row {
        server: Server::Proton,
        is_it: |signs| signs.greets("proton mail bridge") || signs.is_called("proton"),
        apply: |quirks| quirks.renumbers = true,
    },
    // No MOVE, CONDSTORE or SASL-IR; `* 0 FETCH`, which names nobody's mail and is passed over.
    Row {
        server: Server::Courier,
        is_it: |signs| signs.greets("courier-imap") || signs.is_called("courier"),
        apply: |quirks| quirks.below_inbox = true,
    },
    Row {
        server: Server::Cyrus,
        is_it: |signs| CYRUS_THAT_CANNOT_BIND.iter().any(|version| signs.greets(version)),
        apply: |quirks| quirks.cannot_bind = true,
    },
    // LOGINDISABLED is listed after sign-in, too; it is never looked at then.
    Row {
        server: Server::Cyrus,
        is_it: |signs| signs.greets("cyrus imap") || signs.is_called("cyrus"),
        apply: |_| {},
    },
    Row {
        server: Server::Dovecot,
        is_it: |signs| signs.greets("dovecot") || signs.is_called("dovecot"),
        apply: |_| {},
    },
    // No MOVE, SPECIAL-USE or LITERAL+. Others have taken over Apple's push service (Dovecot and Cyrus stand above); one
    // of them that is taken for iCloud loses a little speed, while iCloud taken for another loses mail.
    Row {
        server: Server::ICloud,
        is_it: |signs| {
            signs.offers("xapplepushservice") || signs.is_at(&["mail.me.com", "icloud.com", "mac.com"])
        },
        apply: |quirks| quirks.unusable = &[Capability::Qresync],
    },
];

impl Quirks {
    /// What is known of the server that shows these signs.
    pub(super) fn of(signs: &Signs) -> Self {
        let mut quirks = Self::default();
        if let Some(row) = ROWS.iter().find(|row| (row.is_it)(signs)) {
            quirks.server = Some(row.server);
            (row.apply)(&mut quirks);
        }
        // By where it is: the same programs run elsewhere too.
        if signs.is_at(BY_APP_PASSWORD) {
            quirks.wants = Wants::AppPassword;
        } else if signs.is_at(BY_BROWSER) {
            quirks.wants = Wants::Browser;
        }
        quirks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The server behind a host name, a greeting, the answer to ID and capabilities.
    fn known(host: &str, greeting: &str, id: &str, capabilities: &str) -> Quirks {
        let mut signs = Signs::of(host);
        signs.greeting(greeting.as_bytes());
        signs.id(id.as_bytes());
        signs.capabilities(capabilities.as_bytes());
        Quirks::of(&signs)
    }

    #[test]
    fn every_server_is_known_by_its_host_or_by_what_it_says() {
        let shown: [(&str, &str, &str, &str, Server); 25] = [
            ("imap.gmail.com", "", "", "", Server::Gmail),
            ("", "Gimap ready for requests from 192.0.2.1 x12", "", "", Server::Gmail),
            ("mail.company.example", "", "", "IMAP4rev1 X-GM-EXT-1", Server::Gmail),
            ("imap.mail.me.com", "", "", "", Server::ICloud),
            ("", "", "", "XAPPLEPUSHSERVICE IMAP4 IMAP4rev1 SASL-IR AUTH=ATOKEN", Server::ICloud),
            ("outlook.office365.com.", "", "", "", Server::Exchange),
            ("", "The Microsoft Exchange IMAP4 service is ready.", "", "", Server::Exchange),
            (
                "",
                "",
                "(\"name\" \"Microsoft.Exchange.Imap4.Imap4Server\" \"version\" \"15.20\")",
                "",
                Server::Exchange,
            ),
            ("imap.mail.yahoo.com", "", "", "", Server::Yahoo),
            ("", "", "", "IMAP4rev1 ID MOVE XYMHIGHESTMODSEQ", Server::Yahoo),
            ("imap.aol.com", "", "", "", Server::Yahoo),
            ("imap.yandex.ru", "", "", "", Server::Yandex),
            ("", "Yandex IMAP4rev1 at example.yandex.net:993", "", "", Server::Yandex),
            ("imap.zoho.eu", "", "", "", Server::Zoho),
            ("imap.163.com", "", "", "", Server::NetEase),
            ("imap.126.com", "", "", "", Server::NetEase),
            ("imap.188.com", "", "", "", Server::NetEase),
            ("", "Coremail System IMap Server Ready(163com)", "", "", Server::NetEase),
            ("imap.qq.com", "", "", "", Server::Qq),
            ("", "QQMail XMIMAP4Server ready", "", "", Server::Qq),
            ("127.0.0.1", "Proton Mail Bridge 03.04.02 - gluon session ID 1", "", "", Server::Proton),
            ("", "Courier-IMAP ready. Copyright 1998-2021 Double Precision, Inc.", "", "", Server::Courier),
            ("", "mail.example Cyrus IMAP 3.6.1-Debian server ready", "", "", Server::Cyrus),
            ("", "", "(\"name\" \"Dovecot\")", "", Server::Dovecot),
            ("", "", "(\"name\" \"Cyrus IMAPD\")", "XAPPLEPUSHSERVICE", Server::Cyrus),
        ];
        for (host, greeting, id, capabilities, server) in shown {
            assert_eq!(
                known(host, greeting, id, capabilities).server,
                Some(server),
                "{host} {greeting} {id}"
            );
        }
    }

    #[test]
    fn others_are_nobody_we_know() {
        assert_eq!(known("imap.example.org", "ready", "NIL", "IMAP4rev1 IDLE"), Quirks::default());
        // A name that only ends alike is another domain.
        assert_eq!(known("notgmail.com", "", "", "").server, None);
        assert_eq!(known("gmail.com.example.org", "", "", "").server, None);
    }

    #[test]
    fn icloud_has_no_qresync_and_zoho_no_condstore_either() {
        assert_eq!(known("imap.mail.me.com", "", "", "").unusable, [Capability::Qresync]);
        assert_eq!(known("imap.zoho.com", "", "", "").unusable, [Capability::Qresync, Capability::Condstore]);
    }

    #[test]
    fn bug_a_provider_of_app_passwords_is_told_as_a_wrong_password() {
        for host in crate::setup::providers::hosts_of_app_passwords() {
            assert_eq!(known(host, "", "", "").wants, Wants::AppPassword, "{host}");
        }
    }

    #[test]
    fn exchange_gives_bodies_whole() {
        let quirks = known("outlook.office365.com", "", "", "");
        assert!(quirks.whole_bodies_only && quirks.most_commands <= 8);
    }

    #[test]
    fn gmail_has_labels_and_few_connections() {
        let quirks = known("imap.gmail.com", "", "", "");
        assert!(quirks.labels && quirks.most_connections == 4 && quirks.octets_a_day.is_some());
    }

    #[test]
    fn the_rest_of_the_rows_say_what_they_are_for() {
        assert_eq!(known("imap.mail.yahoo.com", "", "", "").line_limit, Some(1_000));
        assert!(known("imap.163.com", "", "", "").id_first);
        assert!(known("", "Courier-IMAP ready", "", "").below_inbox);
        assert!(known("", "Proton Mail Bridge", "", "").renumbers);
        assert!(known("", "mail.example Cyrus IMAP 3.6.1-Debian server ready", "", "").cannot_bind);
        assert!(!known("", "mail.example Cyrus IMAP 3.12.0 server ready", "", "").cannot_bind);
    }

    #[test]
    fn long_words_are_cut() {
        let mut signs = Signs::of("");
        signs.greeting(&[b'x'; 100_000]);
        assert_eq!(signs.greeting.len(), SIGNS_LIMIT);
    }
}
