//! SCRAM (RFC 5802, RFC 7677): the password is proved and not told, and the server proves that it knows it, too.
//!
//! With `-PLUS` both proofs are tied to this TLS connection. Names and passwords are prepared by SASLprep
//! (RFC 4013), which leaves printable ASCII as it is; other text is sent unchanged, which is right for what a
//! keyboard gives in its composed form (NFC), so that such text goes by PLAIN where that is offered.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, Mac as _};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{Mechanism, Stop, Words, joined};
use crate::error::{Error, ErrorKind};
use crate::imap::session::Credentials;
use crate::model::Secret;

/// How many rounds of hashing a server may ask for: more would hold the connection up for seconds.
const MOST_ROUNDS: u32 = 600_000;

/// The hash a SCRAM mechanism is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::imap) enum Hash {
    Sha1,
    Sha256,
}

impl Hash {
    pub(super) const fn mechanism(self, bound: bool) -> &'static str {
        match (self, bound) {
            (Self::Sha1, false) => "SCRAM-SHA-1",
            (Self::Sha1, true) => "SCRAM-SHA-1-PLUS",
            (Self::Sha256, false) => "SCRAM-SHA-256",
            (Self::Sha256, true) => "SCRAM-SHA-256-PLUS",
        }
    }

    fn digest(self, octets: &[u8]) -> Words {
        Zeroizing::new(match self {
            Self::Sha1 => Sha1::digest(octets).to_vec(),
            Self::Sha256 => Sha256::digest(octets).to_vec(),
        })
    }

    fn hmac(self, key: &[u8], message: &[u8]) -> Words {
        // A key of HMAC may have any length: neither fails.
        let sha1 = || Hmac::<Sha1>::new_from_slice(key).map(|mac| mac.chain_update(message).finalize());
        let sha256 = || Hmac::<Sha256>::new_from_slice(key).map(|mac| mac.chain_update(message).finalize());
        Zeroizing::new(match self {
            Self::Sha1 => sha1().map(|mac| mac.into_bytes().to_vec()).unwrap_or_default(),
            Self::Sha256 => sha256().map(|mac| mac.into_bytes().to_vec()).unwrap_or_default(),
        })
    }

    /// `Hi` of RFC 5802 section 2.2.
    fn salted(self, password: &[u8], salt: &[u8], rounds: u32) -> Words {
        let mut salted = Zeroizing::new(vec![0; if self == Self::Sha1 { 20 } else { 32 }]);
        // Fails for an output of absurd length alone.
        let _ = match self {
            Self::Sha1 => pbkdf2::pbkdf2::<Hmac<Sha1>>(password, salt, rounds, &mut salted),
            Self::Sha256 => pbkdf2::pbkdf2::<Hmac<Sha256>>(password, salt, rounds, &mut salted),
        };
        salted
    }
}

/// What is said about tying the sign-in to the connection (RFC 5802 section 6).
pub(super) enum Binding {
    /// It is tied, by this type of binding and its value.
    Value(&'static str, Vec<u8>),
    /// We could and the server doesn't offer it: if it does, somebody has hidden that.
    NotOffered,
    /// We don't.
    Unable,
}

pub(super) struct Scram {
    hash: Hash,
    password: Secret,
    nonce: String,
    header: String,
    binding_value: Vec<u8>,
    first_bare: String,
    state: State,
}

enum State {
    Began,
    /// Our proof is out; the server's own must be this.
    Proved {
        signature: Words,
    },
    /// The server proved that it knows the password.
    Content,
    Over,
}

impl Scram {
    /// `nonce` must be one for [`is_nonce`], and never be used twice.
    pub(super) fn new(hash: Hash, credentials: &Credentials, nonce: &str, binding: Binding) -> Self {
        let (header, binding_value) = match binding {
            Binding::Value(kind, value) => (format!("p={kind},,"), value),
            Binding::NotOffered => ("y,,".to_owned(), Vec::new()),
            Binding::Unable => ("n,,".to_owned(), Vec::new()),
        };
        Self {
            hash,
            password: credentials.secret.clone(),
            nonce: nonce.to_owned(),
            header,
            binding_value,
            first_bare: format!("n={},r={nonce}", sasl_name(&credentials.user_name)),
            state: State::Began,
        }
    }

    /// The server's first message, answered with the proof.
    fn proof(&mut self, challenge: &[u8]) -> Result<Words, Stop> {
        let challenge = std::str::from_utf8(challenge).map_err(|_| nonsense())?;
        if challenge.starts_with("m=") {
            return Err(Stop::Unusable); // An extension that must be understood.
        }
        if let Some(reason) = challenge.strip_prefix("e=") {
            return Err(refusal(reason));
        }
        let mut attributes = challenge.split(',');
        let mut attribute = |name: &str| attributes.next().and_then(|text| text.strip_prefix(name));
        let (nonce, salt, rounds) = (attribute("r="), attribute("s="), attribute("i="));
        let (Some(nonce), Some(salt), Some(rounds)) = (nonce, salt, rounds) else { return Err(nonsense()) };
        // Both sides add to the nonce: else what was said once could be said again.
        if !nonce.strip_prefix(&self.nonce).is_some_and(is_nonce) {
            return Err(nonsense());
        }
        let salt = BASE64.decode(salt).map_err(|_| nonsense())?;
        let rounds: u32 = rounds.parse().map_err(|_| nonsense())?;
        if salt.is_empty() || !(1..=MOST_ROUNDS).contains(&rounds) {
            let note = "the server asks for a proof that takes too long or is worth nothing";
            return Err(Stop::Distrust(Error::note(ErrorKind::LimitExceeded, note)));
        }

        let binding = BASE64.encode([self.header.as_bytes(), &self.binding_value].concat());
        let without_proof = format!("c={binding},r={nonce}");
        let message = format!("{},{challenge},{without_proof}", self.first_bare);
        let salted = self.hash.salted(self.password.reveal().as_bytes(), &salt, rounds);
        let client_key = self.hash.hmac(&salted, b"Client Key");
        let client_signature = self.hash.hmac(&self.hash.digest(&client_key), message.as_bytes());
        let proof: Vec<u8> = client_key.iter().zip(client_signature.iter()).map(|(a, b)| a ^ b).collect();
        let server_key = self.hash.hmac(&salted, b"Server Key");
        self.state = State::Proved { signature: self.hash.hmac(&server_key, message.as_bytes()) };
        Ok(joined(&[without_proof.as_bytes(), b",p=", BASE64.encode(proof).as_bytes()]))
    }
}

impl Mechanism for Scram {
    fn proves_at_once(&self) -> bool {
        false
    }

    fn first(&self) -> Words {
        joined(&[self.header.as_bytes(), self.first_bare.as_bytes()])
    }

    fn next(&mut self, challenge: &[u8]) -> Result<Words, Stop> {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Began => self.proof(challenge),
            State::Proved { signature } => {
                let challenge = std::str::from_utf8(challenge).map_err(|_| nonsense())?;
                if let Some(reason) = challenge.strip_prefix("e=") {
                    return Err(refusal(reason));
                }
                let told = challenge.strip_prefix("v=").and_then(|rest| rest.split(',').next());
                let told = told.and_then(|told| BASE64.decode(told).ok()).ok_or_else(unproved)?;
                if !is_same(&told, &signature) {
                    return Err(unproved());
                }
                self.state = State::Content;
                Ok(joined(&[]))
            }
            State::Content | State::Over => Err(Stop::NothingLeft),
        }
    }

    fn is_content(&self) -> bool {
        matches!(self.state, State::Content)
    }
}

/// Whether they are the same, in a time that doesn't tell where they differ.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

/// What a server's reason (RFC 5802 section 7) means for us.
fn refusal(reason: &str) -> Stop {
    match reason.split(',').next().unwrap_or_default() {
        "channel-bindings-dont-match" => Stop::Distrust(Error::note(
            ErrorKind::TlsFailed,
            "somebody else's connection was seen by the server that checks the password",
        )),
        "channel-binding-not-supported"
        | "unsupported-channel-binding-type"
        | "server-does-support-channel-binding"
        | "extensions-not-supported"
        | "invalid-encoding" => Stop::Unusable,
        _ => Stop::NothingLeft,
    }
}

fn nonsense() -> Stop {
    Stop::Distrust(Error::note(ErrorKind::ProtocolBroken, "the server's part of the sign-in makes no sense"))
}

fn unproved() -> Stop {
    Stop::Distrust(super::unproved())
}

/// A user name as it stands in a message: commas and equals signs would end it.
pub(super) fn sasl_name(name: &str) -> String {
    name.replace('=', "=3D").replace(',', "=2C")
}

/// Printable ASCII without a comma, and something at all.
pub(super) fn is_nonce(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, 0x21..=0x2b | 0x2d..=0x7e))
}

/// Whether SASLprep leaves it as it is.
pub(super) fn is_prepared(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(hash: Hash, nonce: &str, binding: Binding) -> Scram {
        Scram::new(hash, &Credentials::password("user", Secret::new("pencil")), nonce, binding)
    }

    fn text(words: &Words) -> &str {
        std::str::from_utf8(words).unwrap()
    }

    /// RFC 5802 section 5
    const SHA1: [&str; 5] = [
        "fyko+d2lbbFgONRv9qkxdawL",
        "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
        "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
        "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
        "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
    ];

    /// RFC 7677 section 3
    const SHA256: [&str; 5] = [
        "rOprNGfwEbeRWgbNEkqO",
        "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
        "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
        "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
    ];

    #[test]
    fn the_examples_of_the_rfcs() {
        for (hash, [nonce, first, challenge, answer, proof]) in [(Hash::Sha1, SHA1), (Hash::Sha256, SHA256)] {
            let mut scram = begin(hash, nonce, Binding::Unable);
            assert_eq!(text(&scram.first()), first);
            assert_eq!(text(&scram.next(challenge.as_bytes()).unwrap()), answer);
            assert!(!scram.is_content());
            assert_eq!(text(&scram.next(proof.as_bytes()).unwrap()), "");
            assert!(scram.is_content());
            assert_eq!(scram.next(b""), Err(Stop::NothingLeft));
        }
    }

    #[test]
    fn a_server_that_does_not_know_the_password_is_found_out() {
        let [nonce, _, challenge, _, proof] = SHA256;
        let wrong = [
            "v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
            "v=",
            "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95A==",
            "",
            "OK",
            SHA1[4],
        ];
        for told in wrong {
            let mut scram = begin(Hash::Sha256, nonce, Binding::Unable);
            scram.next(challenge.as_bytes()).unwrap();
            assert!(matches!(scram.next(told.as_bytes()), Err(Stop::Distrust(_))), "{told}");
            // Once found out it can't mend it.
            assert!(scram.next(proof.as_bytes()).is_err());
            assert!(!scram.is_content());
        }
    }

    #[test]
    fn challenges_that_make_no_sense_get_no_proof() {
        let [nonce, _, _, _, _] = SHA1;
        for challenge in [
            "",
            "r=fyko+d2lbbFgONRv9qkxdawL,s=QSXCR+Q6sek8bf92,i=4096",
            "r=another3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
            "r=fyko+d2lbbFgONRv9qkxdawL3rfc,s=,i=4096",
            "r=fyko+d2lbbFgONRv9qkxdawL3rfc,s=?,i=4096",
            "r=fyko+d2lbbFgONRv9qkxdawL3rfc,s=QSXCR+Q6sek8bf92,i=0",
            "r=fyko+d2lbbFgONRv9qkxdawL3rfc,s=QSXCR+Q6sek8bf92,i=-1",
            "r=fyko+d2lbbFgONRv9qkxdawL3rfc,s=QSXCR+Q6sek8bf92,i=4294967295",
            "r=fyko+d2lbbFgONRv9qkxdawL3rfc,s=QSXCR+Q6sek8bf92,i=99999999999999",
            "r=fyko+d2lbbFgONRv9qkxdawL3rfc,s=QSXCR+Q6sek8bf92",
            "s=QSXCR+Q6sek8bf92,i=4096,r=fyko+d2lbbFgONRv9qkxdawL3rfc",
        ] {
            let mut scram = begin(Hash::Sha1, nonce, Binding::Unable);
            assert!(matches!(scram.next(challenge.as_bytes()), Err(Stop::Distrust(_))), "{challenge}");
        }
        let mut scram = begin(Hash::Sha1, nonce, Binding::Unable);
        assert_eq!(scram.next(b"m=x,r=fyko+d2lbbFgONRv9qkxdawL3rfc"), Err(Stop::Unusable));
    }

    #[test]
    fn the_proof_is_tied_to_the_connection() {
        let value = vec![0xab; 32];
        let mut scram = begin(Hash::Sha1, SHA1[0], Binding::Value("tls-exporter", value.clone()));
        assert_eq!(text(&scram.first()), "p=tls-exporter,,n=user,r=fyko+d2lbbFgONRv9qkxdawL");
        let answer = scram.next(SHA1[2].as_bytes()).unwrap();
        let binding = BASE64.encode([b"p=tls-exporter,,", &value[..]].concat());
        assert!(text(&answer).starts_with(&format!("c={binding},r=")));
        assert!(!text(&answer).ends_with(&SHA1[3][SHA1[3].len() - 28..]));
        // What the server says for another connection is no proof.
        assert!(matches!(scram.next(SHA1[4].as_bytes()), Err(Stop::Distrust(_))));
        assert_eq!(begin(Hash::Sha1, "x", Binding::NotOffered).first().as_slice(), b"y,,n=user,r=x");
    }

    #[test]
    fn the_servers_reasons_are_told_apart() {
        for (reason, is_unusable) in
            [("e=channel-binding-not-supported", true), ("e=invalid-proof", false), ("e=unknown-user", false)]
        {
            let mut scram = begin(Hash::Sha1, SHA1[0], Binding::Unable);
            scram.next(SHA1[2].as_bytes()).unwrap();
            let stop = scram.next(reason.as_bytes()).unwrap_err();
            assert_eq!(stop, if is_unusable { Stop::Unusable } else { Stop::NothingLeft });
        }
        let mut scram = begin(Hash::Sha1, SHA1[0], Binding::Unable);
        scram.next(SHA1[2].as_bytes()).unwrap();
        let stop = scram.next(b"e=channel-bindings-dont-match").unwrap_err();
        assert!(matches!(stop, Stop::Distrust(error) if error.kind() == ErrorKind::TlsFailed));
    }

    #[test]
    fn names_are_written_so_that_they_stay_one_name() {
        let credentials = Credentials::password("a,b=c", Secret::new("p"));
        let scram = Scram::new(Hash::Sha1, &credentials, "x", Binding::Unable);
        assert_eq!(text(&scram.first()), "n,,n=a=2Cb=3Dc,r=x");
    }
}
