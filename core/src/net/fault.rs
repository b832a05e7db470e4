//! What is wrong with a certificate, and what it says: for people who must decide what to do.

use std::error::Error as StdError;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::verify_server_name;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, OtherError};
use sha2::{Digest, Sha256};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};
use x509_parser::public_key::PublicKey;

use crate::error::{CertificateFault, Error};
use crate::model::{CertificateFacts, Instant};

/// Longest text taken from a certificate; a server may put megabytes there.
const LONGEST_TEXT: usize = 300;
/// Most names shown of a certificate.
const MOST_NAMES: usize = 100;

/// A refusal on its way out through rustls, which carries it unread inside `CertificateError::Other`.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) fault: CertificateFault,
    pub(super) facts: Option<Arc<CertificateFacts>>,
    /// The certificate, as DER.
    pub(super) leaf: Vec<u8>,
    /// Whether a connection could be made with it if somebody said that it is the right one.
    pub(super) is_sound: bool,
    cause: rustls::Error,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "certificate refused: {:?}", self.fault)
    }
}

impl StdError for Refused {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.cause)
    }
}

/// The verifier's refusal with its fault and the leaf's facts inside.
///
/// `otherwise` is what would be wrong if the dates were right; `is_extra_root` that the leaf itself was given
/// as a root for this run; `name` is whom it was to prove.
pub(super) fn named(
    refused: rustls::Error,
    otherwise: Option<&rustls::Error>,
    (leaf, is_extra_root): (&CertificateDer<'_>, bool),
    name: &ServerName<'_>,
) -> rustls::Error {
    let rustls::Error::InvalidCertificate(error) = &refused else { return refused };
    let parsed = parsed(leaf);
    let fault = match &parsed {
        Some(certificate) => {
            let otherwise = match otherwise {
                Some(rustls::Error::InvalidCertificate(error)) => Some(error),
                _ => None,
            };
            let fault = fault_of(error, otherwise, certificate, is_extra_root);
            if is_less_than_another_host(fault) && is_for_another(leaf, certificate, name) {
                CertificateFault::WrongHost
            } else {
                fault
            }
        }
        None => CertificateFault::Unusable,
    };
    carried(fault, leaf, refused)
}

/// A server did not prove that it has the key of the certificate it showed: whoever stands behind that, it isn't this server.
pub(super) fn unproved(refused: rustls::Error, leaf: &CertificateDer<'_>) -> rustls::Error {
    let rustls::Error::InvalidCertificate(_) = &refused else { return refused };
    let is_weak = parsed(leaf).is_some_and(|certificate| has_weak_key(&certificate));
    carried(if is_weak { CertificateFault::Weak } else { CertificateFault::Unusable }, leaf, refused)
}

/// Another key is pinned.
pub(super) fn pin_changed(leaf: &CertificateDer<'_>) -> rustls::Error {
    carried(CertificateFault::PinChanged, leaf, CertificateError::ApplicationVerificationFailure.into())
}

/// SHA-256 of the certificate's public key (SPKI), if it can be read.
pub(super) fn key_of(leaf: &CertificateDer<'_>) -> Option<[u8; 32]> {
    parsed(leaf).map(|certificate| Sha256::digest(certificate.public_key().raw).into())
}

fn parsed<'a>(leaf: &'a CertificateDer<'_>) -> Option<X509Certificate<'a>> {
    X509Certificate::from_der(leaf).ok().map(|(_, certificate)| certificate)
}

fn carried(fault: CertificateFault, leaf: &CertificateDer<'_>, cause: rustls::Error) -> rustls::Error {
    let parsed = parsed(leaf);
    let facts = parsed.as_ref().map(|certificate| Arc::new(facts_of(leaf, certificate)));
    let is_sound = parsed.is_some_and(|certificate| !has_weak_key(&certificate))
        && ParsedCertificate::try_from(leaf).is_ok();
    let refused = Refused { fault, facts, leaf: leaf.to_vec(), is_sound, cause };
    rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(refused))))
}

/// What our verifier said of a certificate that rustls did not accept.
pub(super) fn refused(error: &CertificateError) -> Option<&Refused> {
    match error {
        CertificateError::Other(OtherError(inner)) => inner.downcast_ref::<Refused>(),
        _ => None,
    }
}

/// The public error for it.
pub(super) fn refusal(error: &CertificateError) -> Error {
    match refused(error) {
        Some(refused) => Error::certificate(refused.fault, refused.facts.clone()),
        None => Error::certificate(plain_fault(error), None),
    }
}

/// Whether a refusal is about the dates alone.
pub(super) fn is_about_dates(error: &rustls::Error) -> bool {
    let rustls::Error::InvalidCertificate(error) = error else { return false };
    is_dates(plain_fault(error))
}

/// A moment within the leaf's validity.
pub(super) fn a_valid_day(leaf: &CertificateDer<'_>) -> Option<UnixTime> {
    let (_, certificate) = X509Certificate::from_der(leaf).ok()?;
    let validity = certificate.validity();
    let seconds = u64::try_from(validity.not_after.timestamp()).ok()?;
    Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
}

fn fault_of(
    error: &CertificateError,
    otherwise: Option<&CertificateError>,
    certificate: &X509Certificate<'_>,
    is_extra_root: bool,
) -> CertificateFault {
    let fault = plain_fault(error);
    // Whatever else is wrong: with such a key nobody proves anything.
    if fault != CertificateFault::Revoked && has_weak_key(certificate) {
        return CertificateFault::Weak;
    }
    let vouches_for_itself = certificate.subject().as_raw() == certificate.issuer().as_raw();
    match fault {
        // Given as a root and yet refused: not its origin is the trouble but what it may be used for.
        CertificateFault::UnknownIssuer | CertificateFault::Unusable if is_extra_root => {
            CertificateFault::Unusable
        }
        CertificateFault::UnknownIssuer | CertificateFault::Unusable if vouches_for_itself => {
            CertificateFault::SelfSigned
        }
        // Neither renewing it nor setting a clock right would help where something else is wrong too.
        CertificateFault::Expired | CertificateFault::NotYetValid => match otherwise {
            Some(otherwise) if !is_extra_root && !is_dates(plain_fault(otherwise)) => {
                fault_of(otherwise, None, certificate, is_extra_root)
            }
            _ => fault,
        },
        _ => fault,
    }
}

const fn is_dates(fault: CertificateFault) -> bool {
    matches!(fault, CertificateFault::Expired | CertificateFault::NotYetValid)
}

/// Whether that the certificate is for somebody else would be the graver news: whoever vouches for it and when, it doesn't even
/// say that it is for this host.
const fn is_less_than_another_host(fault: CertificateFault) -> bool {
    matches!(fault, CertificateFault::UnknownIssuer | CertificateFault::SelfSigned) || is_dates(fault)
}

/// Whether it names hosts, and not this one.
fn is_for_another(
    leaf: &CertificateDer<'_>,
    certificate: &X509Certificate<'_>,
    name: &ServerName<'_>,
) -> bool {
    let is_for_it = |leaf: &ParsedCertificate<'_>| verify_server_name(leaf, name).is_ok();
    !names_of(certificate).is_empty() && ParsedCertificate::try_from(leaf).is_ok_and(|leaf| !is_for_it(&leaf))
}

/// rustls' reasons as ours, one by one. Anything new there is `Unusable` until it is listed here.
fn plain_fault(error: &CertificateError) -> CertificateFault {
    use CertificateError as Reason;
    #[allow(deprecated)] // rustls still may report the old variant of an unsupported algorithm
    match error {
        Reason::Expired | Reason::ExpiredContext { .. } => CertificateFault::Expired,
        Reason::NotValidYet | Reason::NotValidYetContext { .. } => CertificateFault::NotYetValid,
        // A signature that is not the issuer's: somebody used a known authority's name, not its key.
        Reason::UnknownIssuer | Reason::BadSignature => CertificateFault::UnknownIssuer,
        Reason::NotValidForName | Reason::NotValidForNameContext { .. } => CertificateFault::WrongHost,
        Reason::Revoked => CertificateFault::Revoked,
        Reason::UnsupportedSignatureAlgorithm
        | Reason::UnsupportedSignatureAlgorithmContext { .. }
        | Reason::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => CertificateFault::Weak,
        _ => CertificateFault::Unusable,
    }
}

/// RSA below 2048 bits (CA/Browser Forum baseline); ring refuses it without saying why.
fn has_weak_key(certificate: &X509Certificate<'_>) -> bool {
    matches!(certificate.public_key().parsed(), Ok(PublicKey::RSA(key)) if key.key_size() < 2048)
}

fn facts_of(der: &CertificateDer<'_>, certificate: &X509Certificate<'_>) -> CertificateFacts {
    let validity = certificate.validity();
    CertificateFacts {
        subject: shown(&certificate.subject().to_string()),
        issuer: shown(&certificate.issuer().to_string()),
        names: names_of(certificate),
        not_before: Instant(validity.not_before.timestamp().saturating_mul(1000)),
        not_after: Instant(validity.not_after.timestamp().saturating_mul(1000)),
        sha256: fingerprint(der),
        key_sha256: Sha256::digest(certificate.public_key().raw).into(),
    }
}

/// The alternative names that count for servers; never the common name.
fn names_of(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else { return Vec::new() };
    let names = extension.value.general_names.iter().filter_map(|name| match name {
        GeneralName::DNSName(name) => Some(shown(name)),
        GeneralName::IPAddress(octets) => address(octets).map(|address| address.to_string()),
        _ => None,
    });
    names.take(MOST_NAMES).collect()
}

fn address(octets: &[u8]) -> Option<IpAddr> {
    if let Ok(octets) = <[u8; 4]>::try_from(octets) {
        return Some(IpAddr::from(octets));
    }
    <[u8; 16]>::try_from(octets).ok().map(IpAddr::from)
}

/// Text of an unproved certificate, fit to be shown: one line, no characters that reorder it, not endless.
fn shown(text: &str) -> String {
    text.chars().filter(|character| !crate::mime::is_unseen(*character)).take(LONGEST_TEXT).collect()
}

fn fingerprint(der: &[u8]) -> String {
    let octets: Vec<String> = Sha256::digest(der).iter().map(|octet| format!("{octet:02X}")).collect();
    octets.join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_the_certificate_s_own() {
        let names = ["mail.example".to_owned(), "192.0.2.7".to_owned(), "2001:db8::7".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        let der = made.cert.der();
        let (_, parsed) = X509Certificate::from_der(der).unwrap();
        let facts = facts_of(der, &parsed);
        assert_eq!(facts.names, ["mail.example", "192.0.2.7", "2001:db8::7"]);
        assert_eq!(facts.sha256.len(), 32 * 3 - 1);
        assert!(facts.not_before < facts.not_after);
        assert_eq!(facts.key_sha256, <[u8; 32]>::from(Sha256::digest(parsed.public_key().raw)));
    }

    #[test]
    fn text_of_a_stranger_is_cut_and_cleaned() {
        let text = shown(&format!("a\u{202e}b\n\0{}", "x".repeat(10_000)));
        assert!(text.starts_with("abxxx"));
        assert_eq!(text.chars().count(), LONGEST_TEXT);
    }

    #[test]
    fn a_reason_from_outside_our_verifier_keeps_its_name() {
        let error = refusal(&CertificateError::Revoked);
        let wanted = Error::certificate(CertificateFault::Revoked, None);
        assert_eq!(error, wanted);
    }
}
