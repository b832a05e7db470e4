//! Those who are asked, each in its way.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt, join, join4};
use tokio::time::timeout;

use super::probe;
use crate::engine::clock::Clock;
use crate::error::{CertificateFault, Detail, Error, ErrorKind};
use crate::model::{
    Obstacle, Proposal, Security, SettingsSource, SignInMethod, SourceState, SubmissionServer,
};
use crate::net::http::{self, Https};
use crate::net::{Dns, Exchange, NoRecord, Service, Trust};
use crate::setup::{MailAddress, autoconfig, host_name, providers, score};

/// For one answer.
const EACH: Duration = Duration::from_secs(5);
/// Mozilla's collection: a domain is asked for by its name.
const ISPDB: &str = "https://v1.ispdb.net/";
/// Servers of one record of DNS that are looked at.
const SERVERS: usize = 2;
/// Servers that take mail, likewise.
const EXCHANGES: usize = 5;

/// What is asked, and whom to believe.
pub(super) struct Asked {
    pub(super) address: MailAddress,
    pub(super) trust: Trust,
    pub(super) dns: Arc<dyn Dns>,
    /// The domain's own servers may be told the whole address.
    pub(super) may_know_the_address: bool,
}

/// What a source says.
#[derive(Default)]
pub(super) struct Answer {
    pub(super) proposals: Vec<Proposal>,
    /// It says that there is nothing to sign in to.
    pub(super) obstacle: Option<Obstacle>,
    /// Whose address it is, where that stands in the way.
    pub(super) provider: String,
    pub(super) has_no_such_domain: bool,
    /// There is no such server to be asked.
    is_absent: bool,
    /// Something answered.
    pub(super) was_heard: bool,
    /// A server proved who it is.
    pub(super) was_proved: bool,
    /// One that is known to do so came with a certificate for another.
    pub(super) was_pretended: bool,
}

impl Answer {
    pub(super) fn state(&self) -> SourceState {
        match self {
            _ if !self.proposals.is_empty() || self.obstacle.is_some() => SourceState::Found,
            Self { was_heard: true, .. } | Self { is_absent: true, .. } => SourceState::Nothing,
            _ => SourceState::Unreached,
        }
    }

    /// Whether nobody who is trusted less is worth waiting for. Mail that can be had by POP3 may be to be had otherwise too.
    pub(super) fn is_final(&self) -> bool {
        !self.proposals.is_empty() || self.obstacle == Some(Obstacle::NoImap)
    }

    fn heard() -> Self {
        Self { was_heard: true, ..Self::default() }
    }

    fn proved() -> Self {
        Self { was_heard: true, was_proved: true, ..Self::default() }
    }
}

type Asking<'a> = BoxFuture<'a, (SettingsSource, Answer)>;

/// The questions to all of them but the table.
pub(super) fn all(asked: &Asked) -> Vec<Asking<'_>> {
    vec![
        autoconfig(asked).map(|answer| (SettingsSource::Autoconfig, answer)).boxed(),
        well_known(asked).map(|answer| (SettingsSource::WellKnown, answer)).boxed(),
        ispdb(asked, asked.address.domain(), SettingsSource::Ispdb)
            .map(|answer| (SettingsSource::Ispdb, answer))
            .boxed(),
        services(asked).map(|answer| (SettingsSource::Srv, answer)).boxed(),
        exchanges(asked).map(|answer| (SettingsSource::Mx, answer)).boxed(),
        guess(asked).map(|answer| (SettingsSource::Guess, answer)).boxed(),
    ]
}

async fn autoconfig(asked: &Asked) -> Answer {
    let domain = asked.address.domain();
    let address = Https::parse(&format!("https://autoconfig.{domain}/mail/config-v1.1.xml"));
    let address = match address {
        Ok(address) if asked.may_know_the_address => address.with("emailaddress", &asked.address.text()),
        Ok(address) => address,
        Err(_) => return Answer::default(),
    };
    file(asked, &address, SettingsSource::Autoconfig).await
}

async fn well_known(asked: &Asked) -> Answer {
    let domain = asked.address.domain();
    match Https::parse(&format!("https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml")) {
        Ok(address) => file(asked, &address, SettingsSource::WellKnown).await,
        Err(_) => Answer::default(),
    }
}

async fn ispdb(asked: &Asked, domain: &str, source: SettingsSource) -> Answer {
    let Ok(address) = Https::parse(&format!("{ISPDB}{domain}")) else { return Answer::default() };
    let answer = file(asked, &address, source).await;
    // That this name has no address says nothing of the domain.
    Answer { is_absent: false, ..answer }
}

/// Asks for a file of settings, and reads it.
async fn file(asked: &Asked, address: &Https, source: SettingsSource) -> Answer {
    let reply = match http::get(address, &asked.trust, EACH).await {
        Ok(reply) => reply,
        Err(error) => return unanswered(&error, address.host()),
    };
    let config = if reply.status == 200 { autoconfig::read(&reply.body) } else { None };
    let Some(config) = config else { return Answer::proved() };
    Answer {
        proposals: config.proposals(&asked.address, source),
        obstacle: config.is_pop_only().then_some(Obstacle::PopOnly),
        ..Answer::proved()
    }
}

/// What it means that there is no file.
fn unanswered(error: &Error, host: &str) -> Answer {
    match error.kind() {
        ErrorKind::CertificateUntrusted => {
            Answer { was_pretended: is_for_another(error, host), ..Answer::heard() }
        }
        // Whoever it was, it was there.
        ErrorKind::TlsFailed | ErrorKind::ProtocolBroken | ErrorKind::LimitExceeded => Answer::heard(),
        kind => Answer { is_absent: kind == ErrorKind::NameNotResolved, ..Answer::default() },
    }
}

/// Whether a certificate is for another host than was asked. One whose dates are wrong may be the right one, on a device whose
/// clock is not.
fn is_for_another(error: &Error, host: &str) -> bool {
    let Detail::Certificate { fault, facts } = error.detail() else { return false };
    let now = Clock::wall();
    if facts.as_ref().is_some_and(|facts| now < facts.not_before || now > facts.not_after) {
        return false;
    }
    match (fault, facts) {
        (CertificateFault::WrongHost, _) => true,
        (CertificateFault::UnknownIssuer | CertificateFault::SelfSigned, Some(facts)) => {
            let above = host.split_once('.').map(|(_, above)| format!("*.{above}"));
            !facts.names.iter().any(|name| name.eq_ignore_ascii_case(host) || Some(name) == above.as_ref())
        }
        _ => false,
    }
}

/// Records of services (RFC 6186; with TLS from the first byte RFC 8314).
async fn services(asked: &Asked) -> Answer {
    let domain = asked.address.domain();
    let look = |service: &str| {
        let looking = asked.dns.services(&format!("_{service}._tcp.{domain}"));
        async { timeout(EACH, looking).await.unwrap_or(Err(NoRecord::Unreached)) }
    };
    let (imaps, imap, submissions, submission) =
        join4(look("imaps"), look("imap"), look("submissions"), look("submission")).await;
    let was_heard = [&imaps, &imap, &submissions, &submission]
        .iter()
        .any(|found| !matches!(found, Err(NoRecord::Unreached)));
    let is_denied = |found: &Result<Vec<Service>, NoRecord>| {
        found.as_ref().is_ok_and(|found| found.iter().all(|service| service.host.is_empty()))
    };
    let obstacle = (is_denied(&imaps) && is_denied(&imap)).then_some(Obstacle::NoImap);
    let by_tls = usable(submissions).into_iter().map(|(host, port)| (host, port, Security::Tls));
    let by_starttls = usable(submission).into_iter().map(|(host, port)| (host, port, Security::StartTls));
    let sends_by = by_tls.chain(by_starttls).next();
    let sends_by = sends_by.map(|(host, port, security)| SubmissionServer { host, port, security });
    let by_tls = usable(imaps).into_iter().map(|(host, port)| (host, port, Security::Tls));
    let by_starttls = usable(imap).into_iter().map(|(host, port)| (host, port, Security::StartTls));
    let proposals = by_tls
        .chain(by_starttls)
        .map(|place| proposal(&asked.address, SettingsSource::Srv, place, sends_by.clone()))
        .collect();
    Answer { proposals, obstacle, was_heard, ..Answer::default() }
}

/// The servers that records name, those first that want to be: the lower number, then the greater share.
fn usable(found: Result<Vec<Service>, NoRecord>) -> Vec<(String, u16)> {
    let mut found = found.unwrap_or_default();
    found.retain(|service| service.port > 0);
    found.sort_by_key(|service| (service.priority, std::cmp::Reverse(service.weight)));
    let places = found.into_iter().filter_map(|service| Some((host_name(&service.host)?, service.port)));
    places.take(SERVERS).collect()
}

/// Whoever takes the domain's mail, where that is a provider that is known.
async fn exchanges(asked: &Asked) -> Answer {
    let domain = asked.address.domain();
    let looking = asked.dns.exchanges(domain);
    let mut found = match timeout(EACH, looking).await.unwrap_or(Err(NoRecord::Unreached)) {
        Ok(found) => found,
        Err(NoRecord::NoSuchName) => return Answer { has_no_such_domain: true, ..Answer::heard() },
        Err(NoRecord::NoneOfThisKind) => return Answer::heard(),
        Err(NoRecord::Unreached) => return Answer::default(),
    };
    found.sort();
    let hosts: Vec<String> =
        found.iter().take(EXCHANGES).filter_map(|Exchange { host, .. }| host_name(host)).collect();
    let known = hosts.iter().find_map(|host| {
        providers::of_exchange(host).or_else(|| score::registrable(host).and_then(providers::of_domain))
    });
    if let Some(provider) = known {
        return Answer {
            proposals: provider.proposal(&asked.address, SettingsSource::Mx).into_iter().collect(),
            obstacle: provider.obstacle,
            provider: provider.name.to_owned(),
            ..Answer::heard()
        };
    }
    let above = hosts.first().and_then(|host| score::registrable(host));
    match above {
        Some(above) if above != domain => {
            let answer = ispdb(asked, above, SettingsSource::Mx).await;
            Answer { was_heard: true, ..answer }
        }
        _ => Answer::heard(),
    }
}

/// Servers of usual names that answer.
async fn guess(asked: &Asked) -> Answer {
    let domain = asked.address.domain();
    let names =
        |prefixes: &[&str]| prefixes.iter().map(|prefix| format!("{prefix}{domain}")).collect::<Vec<_>>();
    let (imap, submission) = join(
        probe::first(&names(&["imap.", "mail.", ""]), [993, 143], &asked.trust, probe::imap_at),
        probe::first(&names(&["smtp.", "mail."]), [465, 587], &asked.trust, probe::submission_at),
    )
    .await;
    let was_heard = imap.was_heard || submission.was_heard;
    let is_absent = imap.is_absent && submission.is_absent;
    let was_proved = imap.place.is_some() || submission.place.is_some();
    let sends_by = submission.place.map(|(host, port, security)| SubmissionServer { host, port, security });
    let proposals = imap.place.map(|place| Proposal {
        is_tls_verified: true,
        ..proposal(&asked.address, SettingsSource::Guess, place, sends_by)
    });
    Answer {
        proposals: proposals.into_iter().collect(),
        was_heard,
        was_proved,
        is_absent,
        ..Answer::default()
    }
}

/// Settings of which no more is known than the servers: the whole address signs in, or what stands before its @ (RFC 6186
/// section 4).
fn proposal(
    address: &MailAddress,
    source: SettingsSource,
    (imap_host, imap_port, imap_security): (String, u16, Security),
    submission: Option<SubmissionServer>,
) -> Proposal {
    Proposal {
        provider: String::new(),
        source,
        imap_host,
        imap_port,
        imap_security,
        submission,
        user_names: vec![address.text(), address.local().to_owned()],
        sign_in: vec![SignInMethod::Password],
        oauth: None,
        needs_confirming: false,
        is_tls_verified: false,
        hint: None,
    }
}
