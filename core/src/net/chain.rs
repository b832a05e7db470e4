//! Who stands behind a certificate, asked of the app that embeds the engine: phones have verifiers that only apps can reach.
//! All else about it is looked at here as ever.

use rustls::client::verify_server_name;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, Error};
use tokio::runtime::{Handle, RuntimeFlavor};
use x509_parser::prelude::{FromDer, X509Certificate};

/// An app's way to ask its platform (SecTrust, X509TrustManager). It answers for the chain alone: that the certificate is for
/// this host, for servers and valid now is checked beside it, so that no answer switches that off.
pub trait ChainVerifier: Send + Sync {
    /// Whether an authority that is trusted stands behind the server's certificate, which is the first of these, DER each; with
    /// the OCSP answer that came along (RFC 6066), may be empty. May block; a connection waits for it.
    fn is_trusted(&self, host: &str, chain: &[&[u8]], ocsp: &[u8]) -> bool;
}

/// Whether this server is who it is to be.
pub(super) fn verify(
    verifier: &dyn ChainVerifier,
    (leaf, others): (&CertificateDer<'_>, &[CertificateDer<'_>]),
    name: &ServerName<'_>,
    ocsp: &[u8],
    now: UnixTime,
) -> Result<(), Error> {
    verify_server_name(&ParsedCertificate::try_from(leaf)?, name)?;
    let (_, certificate) = X509Certificate::from_der(leaf).map_err(|_| CertificateError::BadEncoding)?;
    is_valid_at(&certificate, now)?;
    is_for_servers(&certificate)?;
    let host = name.to_str();
    let chain: Vec<&[u8]> = std::iter::once(leaf).chain(others).map(AsRef::as_ref).collect();
    let ask = || verifier.is_trusted(&host, &chain, ocsp);
    // Whatever else this thread was to do goes on elsewhere.
    let can_move =
        Handle::try_current().is_ok_and(|runtime| runtime.runtime_flavor() == RuntimeFlavor::MultiThread);
    let is_trusted = if can_move { tokio::task::block_in_place(ask) } else { ask() };
    if is_trusted { Ok(()) } else { Err(CertificateError::UnknownIssuer.into()) }
}

fn is_valid_at(certificate: &X509Certificate<'_>, now: UnixTime) -> Result<(), CertificateError> {
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    let validity = certificate.validity();
    if now < validity.not_before.timestamp() {
        return Err(CertificateError::NotValidYet);
    }
    if now > validity.not_after.timestamp() {
        return Err(CertificateError::Expired);
    }
    Ok(())
}

/// One that says what it is for (RFC 5280 section 4.2.1.12) says that it is for servers.
fn is_for_servers(certificate: &X509Certificate<'_>) -> Result<(), CertificateError> {
    match certificate.extended_key_usage() {
        Ok(None) => Ok(()),
        Ok(Some(usage)) if usage.value.server_auth || usage.value.any => Ok(()),
        Ok(Some(_)) => Err(CertificateError::InvalidPurpose),
        Err(_) => Err(CertificateError::BadEncoding),
    }
}
