//! Which of the settings that were named come first, which are the same, and which are to be confirmed.

use super::address::MailAddress;
use super::providers;
use crate::model::{Proposal, Security, SettingsSource, SignInMethod};

/// More than these nobody looks at.
const MOST: usize = 10;

/// Puts proposals in order: by how far their source is trusted, then TLS from the first byte before STARTTLS (RFC 8314), then as
/// the source has them. Those of the same server for reading mail become one, the better one, with what the other has more.
pub fn merged(address: &MailAddress, mut proposals: Vec<Proposal>) -> Vec<Proposal> {
    proposals.sort_by_key(|proposal| (proposal.source, proposal.imap_security != Security::Tls));
    let mut merged: Vec<Proposal> = Vec::new();
    for proposal in proposals {
        match merged.iter_mut().find(|kept| is_same_server(kept, &proposal)) {
            Some(kept) => add(kept, proposal),
            None => merged.push(proposal),
        }
    }
    merged.truncate(MOST);
    for proposal in &mut merged {
        complete(proposal);
        keep_tokens_from_others(proposal);
        proposal.needs_confirming = needs_confirming(address, proposal);
    }
    merged
}

fn is_same_server(one: &Proposal, other: &Proposal) -> bool {
    (&one.imap_host, one.imap_port, one.imap_security)
        == (&other.imap_host, other.imap_port, other.imap_security)
}

/// What a less trusted source adds to settings that it named as well. Nothing that a password goes to.
fn add(kept: &mut Proposal, other: Proposal) {
    kept.is_tls_verified |= other.is_tls_verified;
    if kept.provider.is_empty() {
        kept.provider = other.provider;
    }
    if kept.submission.is_none() && kept.source == other.source {
        kept.submission = other.submission;
    }
}

/// The server of a well-known provider is signed in to as that provider wants it, whoever named the server.
fn complete(proposal: &mut Proposal) {
    let Some(provider) = providers::of_server(&proposal.imap_host, proposal.imap_port) else { return };
    if proposal.source == SettingsSource::Table {
        return;
    }
    if proposal.provider.is_empty() {
        provider.name.clone_into(&mut proposal.provider);
    }
    proposal.sign_in = provider.sign_in();
    proposal.oauth = provider.oauth();
    proposal.hint = provider.hint();
}

/// A token opens a person's mail at whoever issued it: no file of a stranger leads it to other servers than theirs.
fn keep_tokens_from_others(proposal: &mut Proposal) {
    let Some(oauth) = &proposal.oauth else { return };
    let submission = proposal.submission.as_ref().map(|server| server.host.as_str());
    let mut hosts = std::iter::once(proposal.imap_host.as_str()).chain(submission);
    if !hosts.all(|host| providers::takes_tokens_of(&oauth.issuer, host)) {
        proposal.oauth = None;
        proposal.sign_in = usable(std::mem::take(&mut proposal.sign_in), false);
    }
}

/// Whether a host may have been named by whoever forged DNS (RFC 6186 section 6): only DNS or a guess named it, and it belongs to
/// another than the domain of the address does.
fn needs_confirming(address: &MailAddress, proposal: &Proposal) -> bool {
    let is_proved = match proposal.source {
        SettingsSource::Table
        | SettingsSource::Autoconfig
        | SettingsSource::WellKnown
        | SettingsSource::Ispdb => true,
        SettingsSource::Srv | SettingsSource::Mx | SettingsSource::Guess => false,
    };
    let submission = proposal.submission.as_ref().map(|server| server.host.as_str());
    let mut hosts = std::iter::once(proposal.imap_host.as_str()).chain(submission);
    !is_proved && hosts.any(|host| !is_of(host, address.domain()))
}

/// Whether a host and a domain were registered by the same person (by the public suffix list).
fn is_of(host: &str, domain: &str) -> bool {
    match (registrable(host), registrable(domain)) {
        (Some(one), Some(other)) => one == other,
        _ => host == domain,
    }
}

/// The part of a name that was registered: `example.co.uk` of `mail.example.co.uk`.
pub fn registrable(name: &str) -> Option<&str> {
    psl::domain_str(name)
}

/// The ways to sign in that a source names, those first that can be used: a browser only where it is known where to.
pub(super) fn usable(mut named: Vec<SignInMethod>, browser_is_possible: bool) -> Vec<SignInMethod> {
    if named.is_empty() {
        return vec![SignInMethod::Password];
    }
    if !browser_is_possible && named.iter().any(|method| *method != SignInMethod::Browser) {
        named.retain(|method| *method != SignInMethod::Browser);
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SubmissionServer;

    fn address() -> MailAddress {
        MailAddress::parse("ann@mail.example.co.uk").unwrap()
    }

    fn named(source: SettingsSource, host: &str, port: u16) -> Proposal {
        Proposal {
            provider: String::new(),
            source,
            imap_host: host.to_owned(),
            imap_port: port,
            imap_security: if port == 143 { Security::StartTls } else { Security::Tls },
            submission: None,
            user_names: vec!["ann".to_owned()],
            sign_in: vec![SignInMethod::Password],
            oauth: None,
            needs_confirming: false,
            is_tls_verified: false,
            hint: None,
        }
    }

    fn order(proposals: &[Proposal]) -> Vec<(SettingsSource, &str, u16)> {
        proposals.iter().map(|p| (p.source, p.imap_host.as_str(), p.imap_port)).collect()
    }

    #[test]
    fn the_more_trusted_comes_first_then_tls_from_the_first_byte() {
        use SettingsSource::{Autoconfig, Guess, Ispdb, Srv};
        let all = vec![
            named(Guess, "imap.example.co.uk", 993),
            named(Srv, "b.example.co.uk", 143),
            named(Srv, "b.example.co.uk", 993),
            named(Ispdb, "c.example.co.uk", 143),
            named(Autoconfig, "a.example.co.uk", 143),
            named(Autoconfig, "a.example.co.uk", 993),
        ];
        let wanted = [
            (Autoconfig, "a.example.co.uk", 993),
            (Autoconfig, "a.example.co.uk", 143),
            (Ispdb, "c.example.co.uk", 143),
            (Srv, "b.example.co.uk", 993),
            (Srv, "b.example.co.uk", 143),
            (Guess, "imap.example.co.uk", 993),
        ];
        assert_eq!(order(&merged(&address(), all)), wanted);
    }

    #[test]
    fn the_same_server_is_named_once_by_the_more_trusted() {
        let mut verified = named(SettingsSource::Guess, "imap.example.co.uk", 993);
        verified.is_tls_verified = true;
        let host = "smtp.elsewhere.example".to_owned();
        verified.submission = Some(SubmissionServer { host, port: 465, security: Security::Tls });
        let mut first = named(SettingsSource::Ispdb, "imap.example.co.uk", 993);
        first.user_names = vec!["by ISPDB".to_owned()];
        let merged = merged(&address(), vec![verified, first]);
        assert_eq!(order(&merged), [(SettingsSource::Ispdb, "imap.example.co.uk", 993)]);
        assert_eq!(merged[0].user_names, ["by ISPDB"]);
        assert!(merged[0].is_tls_verified);
        assert_eq!(merged[0].submission, None, "a guess says where no password of theirs goes");
    }

    #[test]
    fn a_stranger_that_only_dns_named_is_to_be_confirmed() {
        let asks = |source, host| merged(&address(), vec![named(source, host, 993)])[0].needs_confirming;
        for source in [SettingsSource::Srv, SettingsSource::Mx, SettingsSource::Guess] {
            assert!(asks(source, "imap.elsewhere.example"), "{source:?}");
            assert!(asks(source, "example.co.uk.evil.example"), "{source:?}");
            assert!(asks(source, "other.co.uk"), "{source:?}");
            assert!(!asks(source, "imap.example.co.uk"), "{source:?}");
            assert!(!asks(source, "mail.example.co.uk"), "{source:?}");
        }
        for source in [SettingsSource::Table, SettingsSource::Autoconfig, SettingsSource::Ispdb] {
            assert!(!asks(source, "imap.elsewhere.example"), "{source:?}");
        }
        let mut sends_elsewhere = named(SettingsSource::Srv, "imap.example.co.uk", 993);
        let host = "smtp.elsewhere.example".to_owned();
        sends_elsewhere.submission = Some(SubmissionServer { host, port: 465, security: Security::Tls });
        assert!(merged(&address(), vec![sends_elsewhere])[0].needs_confirming);
    }

    #[test]
    fn bug_a_token_for_one_provider_is_led_to_servers_of_another_by_a_file_of_a_stranger() {
        use crate::setup::oauth::endpoints;
        let ways = vec![SignInMethod::Browser, SignInMethod::Password];
        let by = |issuer: &str, imap: &str, submission: &str| {
            let mut one = named(SettingsSource::Autoconfig, imap, 993);
            let host = submission.to_owned();
            one.submission = Some(SubmissionServer { host, port: 465, security: Security::Tls });
            (one.sign_in, one.oauth) = (ways.clone(), endpoints(issuer));
            let found = merged(&address(), vec![one]).remove(0);
            (found.oauth.is_some(), found.sign_in.contains(&SignInMethod::Browser))
        };
        let google = "accounts.google.com";
        assert_eq!(by(google, "imap.evil.example", "smtp.evil.example"), (false, false));
        assert_eq!(by(google, "imap.gmail.com", "smtp.evil.example"), (false, false));
        assert_eq!(by(google, "imap.gmail.com.evil.example", "smtp.gmail.com"), (false, false));
        assert_eq!(by(google, "imap.mail.yahoo.com", "smtp.gmail.com"), (false, false));
        assert_eq!(by(google, "imap.gmail.com", "smtp.gmail.com"), (true, true));
        assert_eq!(
            by("login.microsoftonline.com", "outlook.office365.com", "smtp.office365.com"),
            (true, true)
        );
        assert_eq!(by("login.yahoo.com", "imap.mail.yahoo.com", "smtp.mail.yahoo.com"), (true, true));
    }

    #[test]
    fn a_known_server_is_signed_in_to_as_its_provider_wants() {
        let merged = merged(&address(), vec![named(SettingsSource::Srv, "imap.gmail.com", 993)]);
        assert_eq!(merged[0].sign_in, [SignInMethod::Browser, SignInMethod::AppPassword]);
        assert!(merged[0].oauth.is_some() && merged[0].hint.is_some() && merged[0].needs_confirming);
    }
}
