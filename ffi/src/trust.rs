//! Certificates that aren't believed, and what a person decides about them.

use std::mem::MaybeUninit;
use std::sync::Arc;

use waxwing_core::Command;
use waxwing_core::error::CertificateFault;
use waxwing_core::model::{Pin, QuestionId, TrustDecision, TrustQuestion};

use crate::accounts::request;
use crate::client::{Purpose, waxwing_client, waxwing_request};
use crate::event::{id, waxwing_event};
use crate::guard::{self, Misuse, given, or_else};
use crate::ids::waxwing_account_id;
use crate::rows::{Row, waxwing_rows};
use crate::status::waxwing_status;
use crate::text::{Texts, waxwing_bytes, waxwing_str};

/// Names a question about a certificate, in one life of a client.
pub type waxwing_question_id = u64;

/// Why a certificate isn't believed. An open set.
pub type waxwing_trust_reason = i32;
/// No known authority stands behind it.
pub const WAXWING_TRUST_UNKNOWN_ISSUER: waxwing_trust_reason = 1;
/// It belongs to another host.
pub const WAXWING_TRUST_WRONG_HOST: waxwing_trust_reason = 2;
/// Its last day has passed.
pub const WAXWING_TRUST_EXPIRED: waxwing_trust_reason = 3;
/// Its first day is yet to come, or this device's clock is wrong.
pub const WAXWING_TRUST_NOT_YET_VALID: waxwing_trust_reason = 4;
/// Its issuer withdrew it.
pub const WAXWING_TRUST_REVOKED: waxwing_trust_reason = 5;
/// Another key is pinned there.
pub const WAXWING_TRUST_PIN_CHANGED: waxwing_trust_reason = 6;
/// Its key or signature is too weak.
pub const WAXWING_TRUST_WEAK: waxwing_trust_reason = 7;
/// It vouches for itself.
pub const WAXWING_TRUST_SELF_SIGNED: waxwing_trust_reason = 8;
/// It is damaged, not meant for servers, or its key wasn't proved.
pub const WAXWING_TRUST_UNUSABLE: waxwing_trust_reason = 9;

/// What is to be done with a certificate.
pub type waxwing_trust_decision = i32;
/// It isn't believed, as before.
pub const WAXWING_TRUST_REFUSE: waxwing_trust_decision = 0;
/// Its key is believed there until the client is closed.
pub const WAXWING_TRUST_THIS_RUN: waxwing_trust_decision = 1;
/// Its key is believed there from now on.
pub const WAXWING_TRUST_PIN: waxwing_trust_decision = 2;

/// A certificate that isn't believed. Its texts are a stranger's: plain text, of no more than a few hundred characters each.
/// Library-made: a later version may be longer, as `struct_size` says.
#[repr(C)]
pub struct waxwing_trust_question {
    pub struct_size: u32,
    /// WAXWING_TRUST_*: why it isn't believed.
    pub reason: waxwing_trust_reason,
    /// For `waxwing_trust_decide`; also `question` of the event.
    pub question: waxwing_question_id,
    /// 0: of an account that is being added.
    pub account: waxwing_account_id,
    pub host: waxwing_str,
    pub port: u16,
    /// Whether it may be believed all the same. Else only WAXWING_TRUST_REFUSE is possible.
    pub may_pin: bool,
    pub subject: waxwing_str,
    pub issuer: waxwing_str,
    /// Host names and addresses it is for, each on a line of its own.
    pub names: waxwing_str,
    /// Of the whole certificate: upper-case hex, in pairs joined by colons.
    pub sha256_hex: waxwing_str,
    /// Of its public key (SPKI), in the same form: what a pin holds.
    pub key_sha256_hex: waxwing_str,
    pub not_before_ms: i64,
    pub not_after_ms: i64,
    /// The certificate, as DER.
    pub leaf_der: waxwing_bytes,
}

/// A question with what its pointers lead to.
pub(crate) struct Asked {
    pub(crate) view: waxwing_trust_question,
    _texts: Texts,
    _leaf: Arc<[u8]>,
}

impl Asked {
    pub(crate) fn of(question: &TrustQuestion) -> Self {
        let mut texts = Texts::default();
        let (facts, leaf) = (&question.facts, Arc::clone(&question.leaf));
        let view = waxwing_trust_question {
            struct_size: guard::size::<waxwing_trust_question>(),
            reason: reason(question.fault),
            question: question.id.0,
            account: question.account.map_or(0, |account| id(account.0)),
            host: texts.keep(&question.host),
            port: question.port,
            may_pin: question.may_pin,
            subject: texts.keep(&facts.subject),
            issuer: texts.keep(&facts.issuer),
            names: texts.keep(&facts.names.join("\n")),
            sha256_hex: texts.keep(&facts.sha256),
            key_sha256_hex: texts.keep(&hex(&facts.key_sha256)),
            not_before_ms: facts.not_before.0,
            not_after_ms: facts.not_after.0,
            leaf_der: waxwing_bytes::of(&leaf),
        };
        Self { view, _texts: texts, _leaf: leaf }
    }
}

const fn reason(fault: CertificateFault) -> waxwing_trust_reason {
    match fault {
        CertificateFault::UnknownIssuer => WAXWING_TRUST_UNKNOWN_ISSUER,
        CertificateFault::WrongHost => WAXWING_TRUST_WRONG_HOST,
        CertificateFault::Expired => WAXWING_TRUST_EXPIRED,
        CertificateFault::NotYetValid => WAXWING_TRUST_NOT_YET_VALID,
        CertificateFault::Revoked => WAXWING_TRUST_REVOKED,
        CertificateFault::PinChanged => WAXWING_TRUST_PIN_CHANGED,
        CertificateFault::Weak => WAXWING_TRUST_WEAK,
        CertificateFault::SelfSigned => WAXWING_TRUST_SELF_SIGNED,
        CertificateFault::Unusable => WAXWING_TRUST_UNUSABLE,
    }
}

fn hex(octets: &[u8]) -> String {
    let pairs: Vec<String> = octets.iter().map(|octet| format!("{octet:02X}")).collect();
    pairs.join(":")
}

/// What TRUST_QUESTION asks. Reads memory only; borrowed from `event`. NULL for other events.
#[unsafe(no_mangle)]
pub extern "C" fn waxwing_event_trust(event: MaybeUninit<&waxwing_event>) -> *const waxwing_trust_question {
    or_else(std::ptr::null(), || {
        // SAFETY: the caller's promise: NULL or an event that lives.
        let asked = unsafe { given(event, "event") }.ok().and_then(|event| event.trust());
        asked.map_or(std::ptr::null(), |asked| &raw const asked.view)
    })
}

/// Answers a question. A key that is believed is the only one from then on at that port of that host, whatever its certificate
/// says of issuer, names and dates; any other stops everything there (reason WAXWING_TRUST_PIN_CHANGED) until
/// `waxwing_pin_remove`. Accounts that wait for it connect at once; adding one is to be tried again. Final: DONE, or FAILED with
/// E_NOT_FOUND, or with E_STATE where it must not be believed.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_trust_decide(
    client: MaybeUninit<&waxwing_client>,
    question: waxwing_question_id,
    decision: waxwing_trust_decision,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    request(client, "waxwing_trust_decide", out_request, Purpose::Plain, || {
        let decision = match decision {
            WAXWING_TRUST_REFUSE => TrustDecision::Refuse,
            WAXWING_TRUST_THIS_RUN => TrustDecision::ThisRun,
            WAXWING_TRUST_PIN => TrustDecision::Pin,
            _ => return Err(Misuse::of("decision", "is not 0, 1 or 2").into()),
        };
        Ok(Command::DecideTrust { question: QuestionId(question), decision })
    })
}

/// A key that alone is believed at a port of a host.
#[repr(C)]
pub struct waxwing_pin_row {
    pub host: waxwing_str,
    pub port: u16,
    /// It outlives this client.
    pub lasting: bool,
    pub since_ms: i64,
    /// Whom the certificate named that was shown then.
    pub subject: waxwing_str,
    /// SHA-256 of the key (SPKI): upper-case hex, in pairs joined by colons.
    pub key_sha256_hex: waxwing_str,
}

// SAFETY: plain data.
unsafe impl Row for waxwing_pin_row {}

/// The keys that were pinned, by host and port: rows are `waxwing_pin_row`. Reads the store. Free it with `waxwing_rows_free`.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_pins_snapshot(
    client: MaybeUninit<&waxwing_client>,
    out: MaybeUninit<&mut *mut waxwing_rows>,
) -> waxwing_status {
    guard::from_client(client, "waxwing_pins_snapshot", out, |client| {
        let mut texts = Texts::default();
        let row = |pin: Pin| waxwing_pin_row {
            host: texts.keep(&pin.host),
            port: pin.port,
            lasting: pin.is_lasting,
            since_ms: pin.since.0,
            subject: texts.keep(&pin.subject),
            key_sha256_hex: texts.keep(&hex(&pin.key)),
        };
        let rows: Vec<waxwing_pin_row> = client.reader()?.pins()?.into_iter().map(row).collect();
        Ok(waxwing_rows::of(rows, texts))
    })
}

/// Takes a pin away: certificates at that port of that host are looked at as everywhere else, and connections to there are made
/// anew. Final: DONE, or FAILED with E_NOT_FOUND.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_pin_remove(
    client: MaybeUninit<&waxwing_client>,
    host: waxwing_str,
    port: u16,
    out_request: MaybeUninit<&mut waxwing_request>,
) -> waxwing_status {
    request(client, "waxwing_pin_remove", out_request, Purpose::Plain, || {
        // SAFETY: the caller's promise: a text that lives during the call.
        let host = unsafe { host.read("host")? }.to_owned();
        Ok(Command::Unpin { host, port })
    })
}
