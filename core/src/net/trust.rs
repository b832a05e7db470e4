//! Who is believed: the platform's verifier, the roots given for this run, keys that a person pinned, and nobody else.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use rustls_platform_verifier::Verifier;

use super::chain::{self, ChainVerifier};
use super::dns::{Dns, NoDns, SystemDns};
use super::fault;
use super::pins::{Key, Pinned, Pins};
use super::road::Road;
use crate::error::{CertificateFault, Error, ErrorKind};
use crate::model::CertificateFacts;

/// The certificates of a PEM text as DER; whatever else is in it is passed over.
///
/// Errors: `InvalidInput` when one of them can't be read, or there is text and no certificate in it.
pub fn roots_of_pem(pem: &[u8]) -> Result<Vec<Vec<u8>>, Error> {
    let read: Result<Vec<CertificateDer<'_>>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match read {
        Ok(roots) if pem.is_empty() || !roots.is_empty() => {
            Ok(roots.iter().map(|root| root.as_ref().to_vec()).collect())
        }
        _ => Err(Error::note(ErrorKind::InvalidInput, "it holds no certificate in PEM")),
    }
}

/// What proves a server's identity: the platform's roots, those given for this run, and pins.
#[derive(Clone)]
pub struct Trust {
    /// What all connections have in common.
    config: Arc<ClientConfig>,
    verifier: Arc<NamingVerifier>,
    pins: Pins,
    configs: Arc<Mutex<Configs>>,
    /// Who is told of certificates that aren't believed.
    told: Option<Arc<dyn Fn(Refusal) + Send + Sync>>,
    /// How those are reached who have to prove themselves; `None` is by sockets.
    road: Option<Arc<dyn Road>>,
    /// Addresses of the person's own network are not gone to.
    only_public: bool,
}

/// One for each port of each host, and the pin it is for. TLS sessions are resumed within one of them, and who resumes one
/// isn't looked at again: so none is carried from one port to another, or past the change of a pin.
type Configs = HashMap<(String, u16), (Option<Key>, Arc<ClientConfig>)>;

/// Of more hosts sessions aren't kept.
const MOST_CONFIGS: usize = 64;
/// Sessions kept for one of them.
const SESSIONS: usize = 8;

/// A certificate that was not believed. Nothing was said to who showed it.
pub struct Refusal {
    /// Where, as pins are kept.
    pub host: String,
    pub port: u16,
    pub fault: CertificateFault,
    pub facts: Arc<CertificateFacts>,
    /// As DER.
    pub leaf: Vec<u8>,
    /// Whether a connection could be made with it, were it believed.
    pub is_sound: bool,
}

impl Trust {
    /// The platform's verifier plus extra roots (DER certificates).
    ///
    /// Reads the platform's roots from disk: tens of milliseconds, once per run.
    ///
    /// Errors: `InvalidInput` when an extra root is no certificate, `TlsFailed` when there is no root at all.
    pub fn new(extra_roots: &[Vec<u8>]) -> Result<Self, Error> {
        // The provider is named here and not taken from the process: whoever embeds the core may have another.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let roots: Vec<CertificateDer<'static>> =
            extra_roots.iter().cloned().map(CertificateDer::from).collect();
        let platform = platform_verifier(roots.clone(), Arc::clone(&provider))?;
        Self::by(NamingVerifier { chain: Chain::Platform(platform), extra_roots: roots }, provider)
    }

    /// The app's own verifier, in place of the platform's roots.
    ///
    /// Errors: `Bug`.
    pub fn asking(verifier: Arc<dyn ChainVerifier>) -> Result<Self, Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let chain = Chain::App(verifier, provider.signature_verification_algorithms);
        Self::by(NamingVerifier { chain, extra_roots: Vec::new() }, provider)
    }

    fn by(verifier: NamingVerifier, provider: Arc<CryptoProvider>) -> Result<Self, Error> {
        let verifier = Arc::new(verifier);
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
            .map_err(|error| Error::new(ErrorKind::Bug).because(error))?
            .dangerous() // rustls' word for "a verifier of one's own"; ours only names what the platform's refused
            .with_custom_certificate_verifier(Arc::<NamingVerifier>::clone(&verifier))
            .with_no_client_auth();
        let (pins, configs) = Default::default();
        Ok(Self {
            config: Arc::new(config),
            verifier,
            pins,
            configs,
            told: None,
            road: None,
            only_public: false,
        })
    }

    /// The same for servers that are reached on that road.
    #[cfg(feature = "simulation")]
    #[must_use]
    pub fn on(self, road: Arc<dyn Road>) -> Self {
        Self { road: Some(road), ..self }
    }

    /// Who is asked what DNS says.
    pub fn dns(&self) -> Arc<dyn Dns> {
        match &self.road {
            None => Arc::new(SystemDns::new()),
            Some(road) => road.dns().unwrap_or_else(|| Arc::new(NoDns)),
        }
    }

    /// The same without pins, and without sessions to resume: for a new engine.
    #[must_use]
    pub fn anew(self) -> Self {
        let (pins, configs) = Default::default();
        Self { pins, configs, ..self }
    }

    /// The same, telling of certificates that aren't believed.
    #[must_use]
    pub fn telling(&self, told: impl Fn(Refusal) + Send + Sync + 'static) -> Self {
        Self { told: Some(Arc::new(told)), ..self.clone() }
    }

    /// The same for addresses that a stranger chose: nobody is told of certificates, no pin holds, and none that lies in the
    /// person's own network is gone to.
    #[must_use]
    pub fn for_strangers(&self) -> Self {
        Self { told: None, only_public: true, ..self.clone().anew() }
    }

    pub(super) fn only_public(&self) -> bool {
        self.only_public
    }

    /// The pins that hold for it and all its clones.
    pub fn pins(&self) -> &Pins {
        &self.pins
    }

    pub(super) fn road(&self) -> Option<&dyn Road> {
        self.road.as_deref()
    }

    pub(super) fn tell(&self, refusal: Refusal) {
        if let Some(told) = &self.told {
            told(refusal);
        }
    }

    /// The configuration for connections to there, the host as pins are kept, as long as this is the pin.
    pub(super) fn config(&self, host: &str, port: u16, pin: Option<Key>) -> Arc<ClientConfig> {
        let mut configs = self.configs.lock().unwrap_or_else(PoisonError::into_inner);
        let place = (host.to_owned(), port);
        if let Some((its, config)) = configs.get(&place)
            && *its == pin
        {
            return Arc::clone(config);
        }
        let mut config = ClientConfig::clone(&self.config);
        config.resumption = Resumption::in_memory_sessions(SESSIONS);
        if let Some(pin) = pin {
            let verifier = Arc::new(Pinned::new(pin, Arc::<NamingVerifier>::clone(&self.verifier)));
            config.dangerous().set_certificate_verifier(verifier);
        }
        let config = Arc::new(config);
        if configs.len() >= MOST_CONFIGS {
            configs.clear();
        }
        configs.insert(place, (pin, Arc::clone(&config)));
        config
    }
}

fn platform_verifier(
    roots: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
) -> Result<Verifier, Error> {
    Verifier::new_with_extra_roots(roots, provider).map_err(|error| match error {
        rustls::Error::InvalidCertificate(_) => {
            Error::note(ErrorKind::InvalidInput, "an extra root is no usable certificate").because(error)
        }
        _ => {
            Error::note(ErrorKind::TlsFailed, "this device has no list of trusted authorities").because(error)
        }
    })
}

/// Who says who stands behind a certificate.
enum Chain {
    Platform(Verifier),
    App(Arc<dyn ChainVerifier>, WebPkiSupportedAlgorithms),
}

/// What the verifier of the chain refuses leaves with its fault and the facts of the certificate.
struct NamingVerifier {
    chain: Chain,
    extra_roots: Vec<CertificateDer<'static>>,
}

impl NamingVerifier {
    /// What is wrong apart from the dates: the same question asked for a day on which the leaf was valid.
    /// Its answer only names a refusal, it accepts nothing.
    fn fault_on_a_valid_day(
        &self,
        leaf: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
    ) -> Option<rustls::Error> {
        let day = fault::a_valid_day(leaf)?;
        match &self.chain {
            Chain::Platform(platform) => platform.verify_server_cert(leaf, chain, name, &[], day).err(),
            // It isn't asked about a day that isn't today.
            Chain::App(..) => None,
        }
    }
}

impl ServerCertVerifier for NamingVerifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verified = match &self.chain {
            Chain::Platform(platform) => platform.verify_server_cert(leaf, chain, name, ocsp_response, now),
            Chain::App(app, _) => chain::verify(&**app, (leaf, chain), name, ocsp_response, now)
                .map(|()| ServerCertVerified::assertion()),
        };
        verified.map_err(|refused| {
            let otherwise = if fault::is_about_dates(&refused) {
                self.fault_on_a_valid_day(leaf, chain, name)
            } else {
                None
            };
            let is_extra_root = self.extra_roots.iter().any(|root| root == leaf);
            fault::named(refused, otherwise.as_ref(), (leaf, is_extra_root), name)
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let verified = match &self.chain {
            Chain::Platform(platform) => platform.verify_tls12_signature(message, leaf, signature),
            Chain::App(_, algorithms) => verify_tls12_signature(message, leaf, signature, algorithms),
        };
        verified.map_err(|refused| fault::unproved(refused, leaf))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let verified = match &self.chain {
            Chain::Platform(platform) => platform.verify_tls13_signature(message, leaf, signature),
            Chain::App(_, algorithms) => verify_tls13_signature(message, leaf, signature, algorithms),
        };
        verified.map_err(|refused| fault::unproved(refused, leaf))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        match &self.chain {
            Chain::Platform(platform) => platform.supported_verify_schemes(),
            Chain::App(_, algorithms) => algorithms.supported_schemes(),
        }
    }
}

impl fmt::Debug for NamingVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NamingVerifier")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_that_is_no_certificate_is_said_so() {
        let error = Trust::new(&[b"-----BEGIN CERTIFICATE-----".to_vec()]).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }

    #[test]
    fn the_provider_is_not_the_process_default() {
        let root = rcgen::generate_simple_self_signed(["root.example".to_owned()]).unwrap();
        Trust::new(&[root.cert.der().to_vec()]).unwrap();
        assert!(CryptoProvider::get_default().is_none());
    }
}
