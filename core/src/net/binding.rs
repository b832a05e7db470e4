//! What ties a sign-in to its TLS connection.

use sha2::{Digest as _, Sha256, Sha384, Sha512};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::Link;
use crate::error::{Error, ErrorKind};
use crate::model::ChannelBindings;

/// The channel bindings of a connection: `tls-exporter` (RFC 9266) on TLS 1.3, `tls-server-end-point` (RFC 5929)
/// on any, except with certificates whose signature has no hash of its own.
pub fn channel_bindings(link: &Link) -> ChannelBindings {
    let connection = link.get_ref().1;
    let is_tls13 = connection.protocol_version() == Some(rustls::ProtocolVersion::TLSv1_3);
    let export = || {
        // Before 1.3 the exported value may be shared by two connections.
        connection.export_keying_material([0; 32], b"EXPORTER-Channel-Binding", Some(b"")).ok()
    };
    let leaf = connection.peer_certificates().and_then(<[_]>::first);
    ChannelBindings {
        exporter: is_tls13.then(export).flatten(),
        server_end_point: leaf.and_then(|leaf| end_point(leaf)),
    }
}

/// The digest of a certificate by the hash of its own signature, where that is MD5 or SHA-1 by SHA-256
/// (RFC 5929 section 4.1).
fn end_point(der: &[u8]) -> Option<Vec<u8>> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    match certificate.signature_algorithm.algorithm.to_id_string().as_str() {
        // RSA with MD5, SHA-1, SHA-256; ECDSA with SHA-1, SHA-256.
        "1.2.840.113549.1.1.4"
        | "1.2.840.113549.1.1.5"
        | "1.2.840.113549.1.1.11"
        | "1.2.840.10045.4.1"
        | "1.2.840.10045.4.3.2" => Some(Sha256::digest(der).to_vec()),
        "1.2.840.113549.1.1.12" | "1.2.840.10045.4.3.3" => Some(Sha384::digest(der).to_vec()),
        "1.2.840.113549.1.1.13" | "1.2.840.10045.4.3.4" => Some(Sha512::digest(der).to_vec()),
        _ => None,
    }
}

/// Characters nobody can guess, another time others: for a sign-in by proof. 144 bits.
///
/// Errors: `Bug` when the system has no randomness.
pub fn nonce() -> Result<String, Error> {
    use base64::Engine as _;
    let mut octets = [0; 18];
    rustls::crypto::ring::default_provider()
        .secure_random
        .fill(&mut octets)
        .map_err(|_| Error::note(ErrorKind::Bug, "the system gives no random numbers"))?;
    Ok(base64::engine::general_purpose::STANDARD.encode(octets))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_point_is_the_digest_by_the_signatures_own_hash() {
        for (algorithm, length) in [
            (&rcgen::PKCS_ECDSA_P256_SHA256, Some(32)),
            (&rcgen::PKCS_ECDSA_P384_SHA384, Some(48)),
            (&rcgen::PKCS_ED25519, None),
        ] {
            let key = rcgen::KeyPair::generate_for(algorithm).unwrap();
            let params = rcgen::CertificateParams::new(vec!["imap.example.org".to_owned()]).unwrap();
            let certificate = params.self_signed(&key).unwrap();
            assert_eq!(end_point(certificate.der()).map(|digest| digest.len()), length);
        }
        assert_eq!(end_point(b"no certificate"), None);
    }

    #[test]
    fn nonces_differ_and_can_stand_in_a_message() {
        let (one, other) = (nonce().unwrap(), nonce().unwrap());
        assert!(one != other && one.len() == 24 && !one.contains(','));
    }
}
