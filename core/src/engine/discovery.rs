//! From an address to settings: everybody who may know is asked at once, and the most trusted who does is believed.
//!
//! The table answers without the network, and then nobody is asked. Else the domain itself, Mozilla's collection, DNS and servers
//! of usual names are, each for a few seconds; it is over as soon as nobody who is trusted more can still answer. Nothing of the
//! person leaves but the domain, and the address to the domain itself, over TLS (`autoconfig.DOMAIN` wants it). No password is
//! known here.
//!
//! A person who doesn't want to wait any longer gets what was found by then, in the same order.

mod probe;
mod sources;

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use self::sources::{Answer, Asked};
use crate::error::{Error, ErrorKind};
use crate::model::{Discovery, Obstacle, Proposal, SettingsSource, SourceState};
use crate::net::Trust;
use crate::setup::{MailAddress, providers, score, typo};

/// All of it takes no longer.
const OVERALL: Duration = Duration::from_secs(10);
/// How many of the settings that were found are looked at more closely.
const CHECKED: usize = 3;

/// Ends a search before its time.
pub(super) struct Stop(watch::Sender<bool>);

/// Whether that was done.
pub(super) struct Stopped(watch::Receiver<bool>);

impl Stop {
    pub(super) fn new() -> (Self, Stopped) {
        let (sender, receiver) = watch::channel(false);
        (Self(sender), Stopped(receiver))
    }

    /// The search ends now.
    pub(super) fn now(&self) {
        self.0.send_replace(true);
    }
}

impl Stopped {
    async fn comes(&mut self) {
        if self.0.wait_for(|is_stopped| *is_stopped).await.is_err() {
            // Nobody can end it any more.
            std::future::pending().await
        }
    }
}

/// Finds settings for an address. `tell` hears how far each source is. Where it was `stopped` it is what was found by then.
///
/// Errors: `Canceled` where it was stopped and nothing to sign in with had been found.
pub(super) async fn discover(
    address: &MailAddress,
    trust: &Trust,
    (has_network, mut stopped): (bool, Stopped),
    tell: impl Fn(SettingsSource, SourceState),
) -> Result<Discovery, Error> {
    let mut discovery = Discovery {
        address: address.text(),
        shown: address.shown(),
        provider: String::new(),
        proposals: Vec::new(),
        did_you_mean: typo::did_you_mean(address.domain()).map(|domain| address.at(domain)),
        obstacle: None,
    };
    tell(SettingsSource::Table, SourceState::Asking);
    if let Some(provider) = providers::of_domain(address.domain()) {
        tell(SettingsSource::Table, SourceState::Found);
        provider.name.clone_into(&mut discovery.provider);
        discovery.proposals.extend(provider.proposal(address, SettingsSource::Table));
        discovery.obstacle = provider.obstacle;
        return Ok(discovery);
    }
    tell(SettingsSource::Table, SourceState::Nothing);
    if !has_network {
        discovery.obstacle = Some(Obstacle::Offline);
        return Ok(discovery);
    }
    if !address.domain().contains('.') {
        // Nobody has mail at such a one but within a house, and there it is known where the server is.
        discovery.obstacle = Some(Obstacle::NoSuchDomain);
        return Ok(discovery);
    }
    let until = Instant::now() + OVERALL;
    // Who has a domain that others mistype is told nothing of who did.
    let may_know_the_address = discovery.did_you_mean.is_none();
    let asked =
        Asked { address: address.clone(), trust: trust.clone(), dns: trust.dns(), may_know_the_address };
    let answers = ask(&asked, (until, &mut stopped), &tell).await;
    conclude(&mut discovery, &asked, answers);
    let is_stopped = tokio::select! {
        biased;
        () = stopped.comes() => true,
        () = check(&mut discovery.proposals, &asked.trust, until) => false,
    };
    if is_stopped && discovery.proposals.is_empty() {
        return Err(Error::new(ErrorKind::Canceled));
    }
    Ok(discovery)
}

/// Asks all at once, until the best answer is there, time is up or nobody wants to wait any longer.
async fn ask(
    asked: &Asked,
    (until, stopped): (Instant, &mut Stopped),
    tell: &impl Fn(SettingsSource, SourceState),
) -> BTreeMap<SettingsSource, Answer> {
    let mut asking: FuturesUnordered<_> = sources::all(asked).into_iter().collect();
    let mut missing: Vec<SettingsSource> =
        SettingsSource::ALL.into_iter().filter(|source| *source != SettingsSource::Table).collect();
    for source in &missing {
        tell(*source, SourceState::Asking);
    }
    let mut answers = BTreeMap::new();
    loop {
        let answered = tokio::select! {
            biased;
            () = stopped.comes() => break,
            answered = timeout_at(until, asking.next()) => answered,
        };
        let Ok(Some((source, answer))) = answered else { break };
        tell(source, answer.state());
        missing.retain(|still| *still != source);
        answers.insert(source, answer);
        if is_enough(&answers, &missing) {
            return answers;
        }
    }
    for source in missing {
        tell(source, SourceState::Unreached);
    }
    answers
}

/// Whether whoever is still to answer is trusted less than one who has answered; or there is no such domain at all.
fn is_enough(answers: &BTreeMap<SettingsSource, Answer>, missing: &[SettingsSource]) -> bool {
    // They are in order.
    let best = answers.iter().find(|(_, answer)| answer.is_final()).map(|(source, _)| *source);
    match best {
        Some(best) => missing.iter().all(|source| *source > best),
        None => answers.values().any(|answer| answer.has_no_such_domain),
    }
}

/// What the answers come to.
fn conclude(discovery: &mut Discovery, asked: &Asked, answers: BTreeMap<SettingsSource, Answer>) {
    let seen = Seen::of(answers.values());
    let mut proposals: Vec<Proposal> = Vec::new();
    let mut obstacle = None;
    for answer in answers.into_values() {
        match answer.obstacle {
            // There is no IMAP, and whoever is trusted less can't know better.
            Some(Obstacle::NoImap) if proposals.is_empty() => {
                obstacle = Some(Obstacle::NoImap);
                discovery.provider = answer.provider;
                break;
            }
            other => obstacle = obstacle.or(other),
        }
        proposals.extend(answer.proposals);
    }
    let proposals = score::merged(&asked.address, proposals);
    if proposals.is_empty() {
        discovery.obstacle = obstacle.or_else(|| seen.obstacle());
    }
    discovery.proposals = proposals;
}

/// Sees whether the servers of the first few are there.
async fn check(proposals: &mut [Proposal], trust: &Trust, until: Instant) {
    let unknown = proposals.iter_mut().take(CHECKED).filter(|proposal| !proposal.is_tls_verified);
    let checks = unknown.map(|proposal| async {
        let place = (proposal.imap_host.as_str(), proposal.imap_port, proposal.imap_security);
        let checked = timeout_at(until, probe::imap(place, trust)).await;
        proposal.is_tls_verified = matches!(checked, Ok(Ok(())));
    });
    join_all(checks).await;
}

/// What the answers tell of the network.
struct Seen {
    /// Somebody answered, whoever it was.
    anybody: bool,
    /// Somebody proved who they are.
    proved: bool,
    /// A server that is known to prove who it is came with a certificate for another.
    pretended: bool,
    no_such_domain: bool,
}

impl Seen {
    fn of<'a>(answers: impl Iterator<Item = &'a Answer> + Clone) -> Self {
        let any = |is_so: fn(&Answer) -> bool| answers.clone().any(is_so);
        Self {
            anybody: any(|answer| answer.was_heard),
            proved: any(|answer| answer.was_proved),
            pretended: any(|answer| answer.was_pretended),
            no_such_domain: any(|answer| answer.has_no_such_domain),
        }
    }

    fn obstacle(&self) -> Option<Obstacle> {
        match self {
            Self { proved: false, pretended: true, .. } => Some(Obstacle::CaptivePortal),
            Self { no_such_domain: true, .. } => Some(Obstacle::NoSuchDomain),
            Self { anybody: false, .. } => Some(Obstacle::Offline),
            _ => None,
        }
    }
}
