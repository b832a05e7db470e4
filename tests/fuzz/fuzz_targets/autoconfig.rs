//! Any file of settings is read or not; what is read of it could be signed in to.

#![no_main]

use libfuzzer_sys::fuzz_target;
use waxwing_core::model::SettingsSource;
use waxwing_core::setup::{MailAddress, autoconfig};
use waxwing_fuzz::within;

fuzz_target!(|file: &[u8]| {
    let Ok(address) = MailAddress::parse("ann@example.org") else { return };
    let proposals = within(1024 * 1024 + 64 * file.len(), || {
        autoconfig::read(file).map(|config| config.proposals(&address, SettingsSource::Autoconfig))
    });
    for proposal in proposals.unwrap_or_default() {
        let hosts = [Some(&proposal.imap_host), proposal.submission.as_ref().map(|server| &server.host)];
        assert!(hosts.into_iter().flatten().all(|host| !host.contains([' ', '/', '@']) && host.is_ascii()));
        assert!(proposal.imap_port > 0 && !proposal.user_names.is_empty() && !proposal.sign_in.is_empty());
        assert!(!proposal.user_names.iter().any(|name| name.contains(char::is_control)));
    }
});
