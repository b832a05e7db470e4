//! A certificate authority that lives for one test.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PublicKeyData as _, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use sha2::{Digest as _, Sha256};

/// When a leaf is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// From long ago until far ahead.
    Now,
    /// Its last day was in 2002.
    Past,
    /// Its first day is in 2090.
    Future,
}

/// A root, and what it signs.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    root: Certificate,
}

/// A server's certificate with its key, ready to serve.
pub struct Leaf {
    certificate: Certificate,
    key: KeyPair,
}

/// Where the PEM files of a leaf and its root lie.
pub struct PemFiles {
    pub root: PathBuf,
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

impl Authority {
    /// A new root with a new key. Every one of them has the same name.
    pub fn new() -> Self {
        Self::named("Waxwing test authority")
    }

    /// The same with a name of its own.
    pub fn named(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().expect("a key");
        let root = params.self_signed(&key).expect("a root");
        Self { issuer: Issuer::new(params, key), root }
    }

    /// The root as DER: what `Trust::new` takes.
    pub fn root(&self) -> Vec<u8> {
        self.root.der().to_vec()
    }

    /// The root as PEM.
    pub fn root_pem(&self) -> String {
        self.root.pem()
    }

    /// A certificate for host names and address literals (subject alternative names).
    pub fn leaf(&self, names: &[&str]) -> Leaf {
        self.leaf_valid(names, Validity::Now)
    }

    /// The same with another validity.
    pub fn leaf_valid(&self, names: &[&str], validity: Validity) -> Leaf {
        self.sign(leaf_params(names, validity))
    }

    /// A certificate with the name in the subject's common name only.
    pub fn leaf_with_common_name_only(&self, name: &str) -> Leaf {
        let mut params = leaf_params(&[], Validity::Now);
        params.distinguished_name.push(DnType::CommonName, name);
        self.sign(params)
    }

    /// A certificate made for clients, not for servers.
    pub fn leaf_for_clients(&self, names: &[&str]) -> Leaf {
        let mut params = leaf_params(names, Validity::Now);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.sign(params)
    }

    fn sign(&self, params: CertificateParams) -> Leaf {
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a leaf");
        Leaf { certificate, key }
    }

    /// Writes root, leaf and key into a directory: what a real server is configured with.
    pub fn write_pem(&self, leaf: &Leaf, directory: &Path) -> io::Result<PemFiles> {
        let files = PemFiles {
            root: directory.join("root.pem"),
            certificate: directory.join("certificate.pem"),
            key: directory.join("key.pem"),
        };
        fs::write(&files.root, self.root_pem())?;
        fs::write(&files.certificate, leaf.certificate.pem())?;
        fs::write(&files.key, leaf.key.serialize_pem())?;
        Ok(files)
    }
}

impl Leaf {
    /// A certificate that vouches for itself.
    pub fn self_signed(names: &[&str], validity: Validity) -> Self {
        let key = KeyPair::generate().expect("a key");
        let certificate = leaf_params(names, validity).self_signed(&key).expect("a certificate");
        Self { certificate, key }
    }

    /// One that vouches for itself and says it is an authority, as `openssl req -x509` makes them.
    pub fn self_signed_authority(names: &[&str]) -> Self {
        let mut params = leaf_params(names, Validity::Now);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        Self { certificate, key }
    }

    /// The certificate as DER.
    pub fn der(&self) -> Vec<u8> {
        self.certificate.der().to_vec()
    }

    /// SHA-256 of its public key (SPKI): what a pin holds.
    pub fn key_sha256(&self) -> [u8; 32] {
        Sha256::digest(self.key.subject_public_key_info()).into()
    }

    /// A server that has this certificate and not its key.
    pub fn server_config_with_the_key_of(
        &self,
        other: &Self,
        versions: &[&'static rustls::SupportedProtocolVersion],
    ) -> Arc<ServerConfig> {
        let provider = rustls::crypto::ring::default_provider();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(other.key.serialize_der()));
        let key = provider.key_provider.load_private_key(key).expect("a key of ring");
        let shown = CertifiedKey::new(vec![CertificateDer::from(self.der())], key);
        let config = ServerConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(versions)
            .expect("versions of ring")
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(shown)));
        Arc::new(config)
    }

    /// A server's side of TLS 1.2 and 1.3 with this certificate.
    pub fn server_config(&self) -> Arc<ServerConfig> {
        self.server_config_for(&[&rustls::version::TLS13, &rustls::version::TLS12])
    }

    /// The same for given versions.
    pub fn server_config_for(
        &self,
        versions: &[&'static rustls::SupportedProtocolVersion],
    ) -> Arc<ServerConfig> {
        let chain = vec![CertificateDer::from(self.der())];
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(self.key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .expect("versions of ring")
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .expect("a key that fits its certificate");
        Arc::new(config)
    }
}

fn leaf_params(names: &[&str], validity: Validity) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("names fit for a certificate");
    params.distinguished_name.push(DnType::CommonName, "Waxwing test server");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    (params.not_before, params.not_after) = match validity {
        Validity::Now => (date_time_ymd(2020, 1, 1), date_time_ymd(2099, 1, 1)),
        Validity::Past => (date_time_ymd(2001, 1, 1), date_time_ymd(2002, 1, 1)),
        Validity::Future => (date_time_ymd(2090, 1, 1), date_time_ymd(2099, 1, 1)),
    };
    params
}
