//! What a person is asked about a certificate, and what came of it.

use std::sync::Arc;

use super::{AccountId, CertificateFacts, Instant};
use crate::error::CertificateFault;

/// A question about a certificate; it means something for as long as the engine runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QuestionId(pub u64);

/// A server showed a certificate that is not believed. Nothing was said to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustQuestion {
    /// For [`Command::DecideTrust`](crate::Command::DecideTrust).
    pub id: QuestionId,
    /// For which account; `None` for one that is being added.
    pub account: Option<AccountId>,
    /// Where that was, as pins are kept: lower case, no brackets, no last dot.
    pub host: String,
    /// At which port.
    pub port: u16,
    /// Why it isn't believed.
    pub fault: CertificateFault,
    /// What it says.
    pub facts: Arc<CertificateFacts>,
    /// The certificate itself, as DER.
    pub leaf: Arc<[u8]>,
    /// Whether it may be believed all the same. Not where it can't be the right one (it was revoked, its key is weak, another
    /// was pinned, it can't be used), and not for a well-known provider, whose certificates are good.
    pub may_pin: bool,
}

/// What a person says to that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrustDecision {
    /// It isn't believed, as before.
    Refuse,
    /// This key is believed there until the engine ends.
    ThisRun,
    /// This key is believed there from now on.
    Pin,
}

/// The one key that is believed at a port of a host, whatever its certificate says of issuer, names and dates; and no other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The host: lower case, no brackets, no last dot.
    pub host: String,
    /// The port.
    pub port: u16,
    /// SHA-256 of the public key (SPKI).
    pub key: [u8; 32],
    /// Since when.
    pub since: Instant,
    /// Whom the certificate named that was shown then.
    pub subject: String,
    /// Whether it outlives this run of the engine.
    pub is_lasting: bool,
}
