//! Keys that a person decided to believe, each at one port of one host: there it alone is believed.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, SignatureScheme};

use super::{bare_host, fault};

/// SHA-256 of a public key (SPKI).
pub type Key = [u8; 32];

/// The pins of an engine. Clones are the same pins.
#[derive(Clone, Default)]
pub struct Pins(Arc<Mutex<HashMap<(String, u16), Key>>>);

impl Pins {
    fn kept(&self) -> MutexGuard<'_, HashMap<(String, u16), Key>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The one key that is believed there, if that was decided.
    pub fn key(&self, host: &str, port: u16) -> Option<Key> {
        self.kept().get(&(usual_host(host), port)).copied()
    }

    /// From now on there are these pins and no others. Connections that are open stay so.
    pub fn replace(&self, all: impl IntoIterator<Item = (String, u16, Key)>) {
        *self.kept() = all.into_iter().map(|(host, port, key)| ((usual_host(&host), port), key)).collect();
    }
}

/// The one way to write a host: no brackets, no last dot, lower case; an address in its shortest form.
pub fn usual_host(host: &str) -> String {
    let host = bare_host(host);
    match host.parse::<IpAddr>() {
        Ok(address) => address.to_string(),
        Err(_) => host.to_ascii_lowercase(),
    }
}

/// Believes one key. That a server has it is proved by the signature of the handshake, as ever.
pub(super) struct Pinned {
    pin: Key,
    signatures: Arc<dyn ServerCertVerifier>,
}

impl Pinned {
    pub(super) fn new(pin: Key, signatures: Arc<dyn ServerCertVerifier>) -> Self {
        Self { pin, signatures }
    }
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        _chain: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if fault::key_of(leaf) == Some(self.pin) {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(fault::pin_changed(leaf))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.signatures.verify_tls12_signature(message, leaf, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.signatures.verify_tls13_signature(message, leaf, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.signatures.supported_verify_schemes()
    }
}

impl fmt::Debug for Pinned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pinned")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_for_one_port_of_one_host_however_that_is_written() {
        let pins = Pins::default();
        pins.replace([("Mail.Example.".into(), 993, [1; 32]), ("[2001:DB8:0::7]".into(), 993, [2; 32])]);
        assert_eq!(pins.key("mail.example", 993), Some([1; 32]));
        assert_eq!(pins.key("MAIL.example.", 993), Some([1; 32]));
        assert_eq!(pins.key("2001:db8::7", 993), Some([2; 32]));
        assert_eq!(pins.key("mail.example", 465), None);
        assert_eq!(pins.key("mail.example.org", 993), None);
        pins.replace([("MAIL.example".into(), 465, [3; 32])]);
        assert_eq!(pins.key("mail.example", 993), None);
        assert_eq!(pins.key("mail.example", 465), Some([3; 32]));
    }
}
