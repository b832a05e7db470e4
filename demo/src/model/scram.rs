//! The server's side of SCRAM (RFC 5802, RFC 7677), with channel binding where the connection has one.

use std::num::NonZeroU32;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::{digest, hmac, pbkdf2};

/// As few as RFC 7677 lets a server ask for: tests sign in often.
const ITERATIONS: NonZeroU32 = NonZeroU32::MIN.saturating_add(4095);

#[derive(Clone, Copy)]
pub(super) enum Hash {
    Sha1,
    Sha256,
}

/// An exchange whose first two messages were said.
pub(super) struct Scram {
    hash: Hash,
    user: String,
    /// What the client said of channel binding, `n,,` for one, and the binding itself.
    bound: Vec<u8>,
    nonce: String,
    /// The first two messages, which the proofs are about.
    so_far: String,
}

/// What the client's last message leads to.
pub(super) enum Final {
    Malformed,
    Refused,
    Accepted { user: String, proof: String },
}

impl Scram {
    /// Reads the client's first message; gives the server's. `plus` says that the mechanism was -PLUS, `offered` that there
    /// was one.
    pub(super) fn start(
        hash: Hash,
        first: &str,
        nonce: &str,
        (plus, offered): (bool, bool),
        bindings: &[(&'static str, Vec<u8>)],
    ) -> Option<(Self, String)> {
        let (header, bare) = first.split_once(",,")?;
        // Who names a user to act as gets no further.
        let binding = match header {
            "n" if !plus => &[][..],
            // "I could bind but you don't offer it": where it is offered someone has tampered with the list.
            "y" if !plus && !offered => &[][..],
            header if plus => {
                let wanted = header.strip_prefix("p=")?;
                bindings.iter().find(|(name, _)| *name == wanted).map(|(_, binding)| &binding[..])?
            }
            _ => return None,
        };
        let bound = [header.as_bytes(), b",,", binding].concat();
        let mut fields = bare.split(',');
        let user = fields.next()?.strip_prefix("n=")?.replace("=2C", ",").replace("=3D", "=");
        let nonce = format!("{}{nonce}", fields.next()?.strip_prefix("r=")?);
        let salt = BASE64.encode(Self::salt(&user));
        let challenge = format!("r={nonce},s={salt},i={ITERATIONS}");
        let so_far = format!("{bare},{challenge}");
        Some((Self { hash, user, bound, nonce, so_far }, challenge))
    }

    pub(super) fn user(&self) -> &str {
        &self.user
    }

    /// Reads the client's last message, `c=…,r=…,p=…`.
    pub(super) fn finish(&self, last: &str, password: Option<&str>) -> Final {
        let Some((without_proof, proof)) = last.rsplit_once(",p=") else { return Final::Malformed };
        let expected = format!("c={},r={}", BASE64.encode(&self.bound), self.nonce);
        let Ok(proof) = BASE64.decode(proof) else { return Final::Malformed };
        let (true, Some(password)) = (without_proof == expected, password) else { return Final::Refused };
        let message = format!("{},{without_proof}", self.so_far);
        let salted = self.salted(password);
        let client_key = self.sign(&salted, b"Client Key");
        let signature = self.sign(&self.digest(&client_key), message.as_bytes());
        let right: Vec<u8> = client_key.iter().zip(&signature).map(|(key, octet)| key ^ octet).collect();
        // Compared in no constant time: this server guards nothing.
        if right != proof {
            return Final::Refused;
        }
        let server_key = self.sign(&salted, b"Server Key");
        let proof = format!("v={}", BASE64.encode(self.sign(&server_key, message.as_bytes())));
        Final::Accepted { user: self.user.clone(), proof }
    }

    fn salt(user: &str) -> String {
        format!("salt of {user}")
    }

    fn salted(&self, password: &str) -> Vec<u8> {
        let (algorithm, size) = match self.hash {
            Hash::Sha1 => (pbkdf2::PBKDF2_HMAC_SHA1, digest::SHA1_OUTPUT_LEN),
            Hash::Sha256 => (pbkdf2::PBKDF2_HMAC_SHA256, digest::SHA256_OUTPUT_LEN),
        };
        let mut salted = vec![0; size];
        let salt = Self::salt(&self.user);
        pbkdf2::derive(algorithm, ITERATIONS, salt.as_bytes(), password.as_bytes(), &mut salted);
        salted
    }

    fn sign(&self, key: &[u8], message: &[u8]) -> Vec<u8> {
        let algorithm = match self.hash {
            Hash::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Hash::Sha256 => hmac::HMAC_SHA256,
        };
        hmac::sign(&hmac::Key::new(algorithm, key), message).as_ref().to_vec()
    }

    fn digest(&self, octets: &[u8]) -> Vec<u8> {
        let algorithm = match self.hash {
            Hash::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Hash::Sha256 => &digest::SHA256,
        };
        digest::digest(algorithm, octets).as_ref().to_vec()
    }
}
