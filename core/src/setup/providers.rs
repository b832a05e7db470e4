//! Providers whose settings are known: `providers.txt`, whose head says what its lines mean.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::address::MailAddress;
use super::oauth;
use crate::model::{
    Hint, HintKind, Obstacle, Proposal, Security, SettingsSource, SignInMethod, SubmissionServer,
};

/// A provider, as a paragraph of the table has it.
#[derive(Debug)]
pub struct Provider {
    pub name: &'static str,
    /// Domains of the addresses it gives out; one that begins with a dot stands for all below it.
    domains: Vec<&'static str>,
    /// Names under which its servers take mail.
    exchanges: Vec<&'static str>,
    imap: Option<Server>,
    submission: Option<Server>,
    user_forms: Vec<UserForm>,
    sign_in: Vec<SignInMethod>,
    issuer: Option<&'static str>,
    hint: Option<(HintKind, Option<&'static str>)>,
    /// Why there is nothing to sign in to.
    pub obstacle: Option<Obstacle>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Server {
    host: &'static str,
    port: u16,
    security: Security,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum UserForm {
    Address,
    Local,
}

struct Table {
    providers: Vec<Provider>,
    by_domain: HashMap<&'static str, usize>,
    by_exchange: HashMap<&'static str, usize>,
    /// The registrable domains of their hosts.
    host_domains: HashSet<&'static str>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // Lines that mean nothing are found by a test, and left out.
    let (providers, _) = read(include_str!("providers.txt"));
    let (mut by_domain, mut by_exchange) = (HashMap::new(), HashMap::new());
    for (place, provider) in providers.iter().enumerate() {
        by_domain.extend(provider.domains.iter().map(|domain| (*domain, place)));
        by_exchange.extend(provider.exchanges.iter().map(|exchange| (*exchange, place)));
    }
    let servers = providers.iter().flat_map(|provider| [provider.imap, provider.submission]).flatten();
    let hosts = servers.map(|server| server.host).chain(oauth::hosts());
    let host_domains = hosts.filter_map(psl::domain_str).collect();
    Table { providers, by_domain, by_exchange, host_domains }
});

/// The servers that take passwords for one program, and no usual ones.
#[cfg(test)]
pub(crate) fn hosts_of_app_passwords() -> Vec<&'static str> {
    let is_one = |provider: &&Provider| {
        let takes = |method| provider.sign_in.contains(&method);
        takes(SignInMethod::AppPassword) && !takes(SignInMethod::Password)
    };
    TABLE.providers.iter().filter(is_one).filter_map(|provider| Some(provider.imap?.host)).collect()
}

/// Who gives out addresses of this domain (lower case, A-labels).
pub fn of_domain(domain: &str) -> Option<&'static Provider> {
    let exact = TABLE.by_domain.get(domain);
    let place = exact.or_else(|| TABLE.by_domain.get(domain.find('.').and_then(|dot| domain.get(dot..))?))?;
    TABLE.providers.get(*place)
}

/// Whether the table knows the domain.
pub fn is_known(domain: &str) -> bool {
    of_domain(domain).is_some()
}

/// Who takes mail at this server (lower case, A-labels): by its own name or one above it.
pub fn of_exchange(host: &str) -> Option<&'static Provider> {
    names_above(host).find_map(|name| {
        let place = TABLE.by_exchange.get(name).or_else(|| TABLE.by_domain.get(name))?;
        TABLE.providers.get(*place)
    })
}

/// Whose server for reading mail this is.
pub fn of_server(host: &str, port: u16) -> Option<&'static Provider> {
    // Of those that share one, the first speaks for all: they differ in whose addresses they are.
    let is_its =
        |provider: &&Provider| provider.imap.is_some_and(|imap| imap.host == host && imap.port == port);
    TABLE.providers.iter().find(is_its)
}

/// Whether one of them has hosts in the domain of this one (by the list of public suffixes): for mail, or to sign in in the browser.
pub(super) fn has_host(host: &str) -> bool {
    psl::domain_str(host).is_some_and(|domain| TABLE.host_domains.contains(domain))
}

/// Whether it is a host of those who take the tokens of that issuer.
pub(super) fn takes_tokens_of(issuer: &str, host: &str) -> bool {
    let Some(domain) = psl::domain_str(host) else { return false };
    TABLE
        .providers
        .iter()
        .filter(|provider| provider.oauth().is_some_and(|oauth| oauth.issuer == issuer))
        .any(|provider| {
            let servers = [provider.imap, provider.submission].into_iter().flatten();
            servers.filter_map(|server| psl::domain_str(server.host)).any(|its| its == domain)
        })
}

/// `a.b.c`, `b.c`, but not `c`.
fn names_above(host: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(host), |name| name.split_once('.').map(|(_, above)| above))
        .filter(|name| name.contains('.'))
}

impl Provider {
    /// Its settings for an address; `None` where there is nothing to sign in to.
    pub fn proposal(&self, address: &MailAddress, source: SettingsSource) -> Option<Proposal> {
        let imap = self.imap?;
        Some(Proposal {
            provider: self.name.to_owned(),
            source,
            imap_host: imap.host.to_owned(),
            imap_port: imap.port,
            imap_security: imap.security,
            submission: self.submission.map(|server| SubmissionServer {
                host: server.host.to_owned(),
                port: server.port,
                security: server.security,
            }),
            user_names: self.user_forms.iter().map(|form| form.of(address)).collect(),
            sign_in: self.sign_in.clone(),
            oauth: self.issuer.and_then(oauth::endpoints),
            needs_confirming: false,
            is_tls_verified: false,
            hint: self.hint(),
        })
    }

    /// How one signs in there.
    pub(super) fn sign_in(&self) -> Vec<SignInMethod> {
        self.sign_in.clone()
    }

    pub(super) fn oauth(&self) -> Option<crate::model::OAuthEndpoints> {
        self.issuer.and_then(oauth::endpoints)
    }

    pub(super) fn help_page(&self) -> Option<&'static str> {
        self.hint?.1
    }

    pub(super) fn hint(&self) -> Option<Hint> {
        self.hint.map(|(kind, page)| Hint { kind, page: page.map(str::to_owned) })
    }
}

impl UserForm {
    fn of(self, address: &MailAddress) -> String {
        match self {
            Self::Address => address.text(),
            Self::Local => address.local().to_owned(),
        }
    }
}

/// The providers of a table, and the lines that mean nothing.
fn read(text: &'static str) -> (Vec<Provider>, Vec<&'static str>) {
    let (mut providers, mut wrong) = (Vec::<Provider>::new(), Vec::new());
    for line in text.lines() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let Some(fact) = line.strip_prefix("  ") else {
            providers.push(Provider::named(line));
            continue;
        };
        if providers.last_mut().and_then(|provider| provider.learn(fact)).is_none() {
            wrong.push(line);
        }
    }
    (providers, wrong)
}

impl Provider {
    fn named(name: &'static str) -> Self {
        Self {
            name,
            domains: Vec::new(),
            exchanges: Vec::new(),
            imap: None,
            submission: None,
            user_forms: Vec::new(),
            sign_in: Vec::new(),
            issuer: None,
            hint: None,
            obstacle: None,
        }
    }

    /// Takes a line over; `None` where it means nothing.
    fn learn(&mut self, fact: &'static str) -> Option<()> {
        let (key, value) = fact.split_once(' ')?;
        let mut words = value.split(' ');
        match key {
            "domains" => self.domains.extend(words),
            "mx" => self.exchanges.extend(words),
            "imap" => self.imap = Some(server(value, 993)?),
            "smtp" => self.submission = Some(server(value, 465)?),
            "user" => self.user_forms = words.map(user_form).collect::<Option<_>>()?,
            "sign-in" => self.sign_in = words.map(sign_in_method).collect::<Option<_>>()?,
            "oauth" => self.issuer = Some(value),
            "hint" => {
                let kind = match words.next()? {
                    "app-password" => HintKind::AppPassword,
                    "switch-on" => HintKind::SwitchOn,
                    _ => return None,
                };
                self.hint = Some((kind, words.next()));
            }
            "no" => {
                self.obstacle = Some(match value {
                    "imap" => Obstacle::NoImap,
                    "pop" => Obstacle::PopOnly,
                    _ => return None,
                });
            }
            _ => return None,
        }
        Some(())
    }
}

fn user_form(word: &str) -> Option<UserForm> {
    match word {
        "address" => Some(UserForm::Address),
        "local" => Some(UserForm::Local),
        _ => None,
    }
}

fn sign_in_method(word: &str) -> Option<SignInMethod> {
    match word {
        "password" => Some(SignInMethod::Password),
        "app-password" => Some(SignInMethod::AppPassword),
        "browser" => Some(SignInMethod::Browser),
        _ => None,
    }
}

/// `host [port [starttls]]`.
fn server(value: &'static str, usual: u16) -> Option<Server> {
    let mut words = value.split(' ');
    let host = words.next()?;
    let port = words.next().map_or(Some(usual), |port| port.parse().ok())?;
    let security = match words.next() {
        None => Security::Tls,
        Some("starttls") => Security::StartTls,
        Some(_) => return None,
    };
    words.next().is_none().then_some(Server { host, port, security })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::setup::address::host_name;

    #[test]
    fn hosts_of_providers_are_known_and_names_like_theirs_are_not() {
        for host in [
            "imap.gmail.com",
            "smtp.mail.me.com",
            "outlook.office365.com",
            "imap.web.de",
            "mail.gmx.net",
            "accounts.google.com",
        ] {
            assert!(has_host(host), "{host}");
        }
        for host in
            ["imap.notgmail.com", "gmail.com.example.org", "localhost", "127.0.0.1", "", "com", "co.uk"]
        {
            assert!(!has_host(host), "{host}");
        }
    }

    #[test]
    fn every_line_of_the_table_means_something() {
        let (providers, wrong) = read(include_str!("providers.txt"));
        assert_eq!(wrong, Vec::<&str>::new());
        assert!(providers.len() >= 60, "{}", providers.len());
        let mut seen = HashSet::new();
        for provider in &providers {
            let name = provider.name;
            let names = provider.domains.iter().chain(&provider.exchanges);
            assert!(names.clone().next().is_some(), "{name} is found by nothing");
            for domain in names {
                let bare = domain.strip_prefix('.').unwrap_or(domain);
                assert_eq!(host_name(bare).as_deref(), Some(bare), "{name}: {domain}");
                assert!(bare.contains('.'), "{name}: {domain}");
            }
            for domain in &provider.domains {
                assert!(seen.insert(*domain), "{domain} stands there twice");
            }
            let servers = [provider.imap, provider.submission];
            for server in servers.into_iter().flatten() {
                assert_eq!(host_name(server.host).as_deref(), Some(server.host), "{name}");
                let is_plain = [25, 80, 110, 143, 587].contains(&server.port);
                let is_exception = server.host == "mobile.charter.net";
                assert!(!is_plain || is_exception || server.security == Security::StartTls, "{name}");
            }
            let can_sign_in = provider.obstacle.is_none();
            assert_eq!(provider.imap.is_some() && provider.submission.is_some(), can_sign_in, "{name}");
            assert_eq!(provider.sign_in.is_empty(), !can_sign_in, "{name}");
            assert!(
                provider.user_forms.len() <= 2 && provider.user_forms.is_empty() != can_sign_in,
                "{name}"
            );
            let browser = provider.sign_in.contains(&SignInMethod::Browser);
            assert_eq!(browser, provider.oauth().is_some(), "{name}");
            if let Some((_, Some(page))) = provider.hint {
                assert!(url::Url::parse(page).is_ok_and(|url| url.scheme() == "https"), "{name}: {page}");
            }
        }
        // Of two providers of one exchange one could never be found.
        let mut exchanges = HashSet::new();
        for exchange in providers.iter().flat_map(|provider| &provider.exchanges) {
            assert!(exchanges.insert(*exchange), "{exchange} stands there twice");
        }
    }

    #[test]
    fn a_line_that_means_nothing_is_found() {
        let (providers, wrong) = read(
            "  imap nowhere\nA\n  imap a.example 993 starttls x\n  imap a.example many\n  user both\n  sign-in by-hand\n  \
             hint\n  no mail\n  unheard of\n  imap\n  smtp a.example 587 starttls\n",
        );
        assert_eq!(wrong.len(), 9, "{wrong:?}");
        assert_eq!(providers[0].submission.unwrap().port, 587);
    }

    fn of(address: &str) -> (Proposal, &'static Provider) {
        let address = MailAddress::parse(address).unwrap();
        let provider = of_domain(address.domain()).unwrap();
        (provider.proposal(&address, SettingsSource::Table).unwrap(), provider)
    }

    #[test]
    fn facts_of_a_few() {
        let (gmail, _) = of("ann@gmail.com");
        assert_eq!((gmail.imap_host.as_str(), gmail.imap_port), ("imap.gmail.com", 993));
        assert_eq!(gmail.sign_in, [SignInMethod::Browser, SignInMethod::AppPassword]);
        assert_eq!(gmail.oauth.unwrap().issuer, "accounts.google.com");
        assert_eq!(gmail.hint.unwrap().kind, HintKind::AppPassword);
        let page = of_server("imap.gmail.com", 993).unwrap().help_page();
        assert_eq!(page, Some("https://myaccount.google.com/apppasswords"));

        let (web, _) = of("ann@web.de");
        assert_eq!(web.user_names, ["ann", "ann@web.de"]);
        assert_eq!(web.hint.unwrap().kind, HintKind::SwitchOn);

        let (microsoft, provider) = of("ann@contoso.onmicrosoft.com");
        assert_eq!((provider.name, microsoft.sign_in), ("Microsoft 365", vec![SignInMethod::Browser]));
        let sends_by = microsoft.submission.unwrap();
        assert_eq!((sends_by.port, sends_by.security), (587, Security::StartTls));

        assert_eq!(of_domain("proton.me").unwrap().obstacle, Some(Obstacle::NoImap));
        assert!(of_domain("example.org").is_none() && of_domain("").is_none());
        assert!(of_domain("sub.gmail.com").is_none());
    }

    #[test]
    fn who_takes_the_mail_is_found_by_the_name_above() {
        let name = |host| of_exchange(host).map(|provider| provider.name);
        assert_eq!(name("aspmx.l.google.com"), Some("Gmail"));
        assert_eq!(name("contoso-com.mail.protection.outlook.com"), Some("Microsoft 365"));
        assert_eq!(name("hotmail-com.olc.protection.outlook.com"), Some("Outlook.com"));
        assert_eq!(name("mx-aol.mail.gm0.yahoodns.net"), Some("AOL Mail"));
        assert_eq!(name("in1-smtp.messagingengine.com"), Some("Fastmail"));
        assert_eq!(name("mail.protonmail.ch"), Some("Proton Mail"));
        assert_eq!(name("google.com.evil.example"), None);
        assert_eq!(name("com"), None);
    }
}
