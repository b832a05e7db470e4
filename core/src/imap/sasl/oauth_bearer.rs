//! OAUTHBEARER (RFC 7628): a token of OAuth 2.
//!
//! A refusal comes as a challenge of JSON first, to be answered with one octet 1; then the server says NO.

use super::{Mechanism, Stop, Words, joined, scram};
use crate::imap::session::Credentials;

pub(super) struct OauthBearer {
    message: Words,
    refused: bool,
}

impl OauthBearer {
    /// `host` is where one is connected to; it is left out when it isn't known.
    pub(super) fn new(credentials: &Credentials, host: &str) -> Self {
        let header = format!("n,a={},\x01", scram::sasl_name(&credentials.user_name));
        let host = if host.is_empty() { String::new() } else { format!("host={host}\x01") };
        let token = credentials.secret.reveal().as_bytes();
        let message = joined(&[header.as_bytes(), host.as_bytes(), b"auth=Bearer ", token, b"\x01\x01"]);
        Self { message, refused: false }
    }
}

impl Mechanism for OauthBearer {
    fn first(&self) -> Words {
        self.message.clone()
    }

    fn next(&mut self, _challenge: &[u8]) -> Result<Words, Stop> {
        if std::mem::replace(&mut self.refused, true) {
            Err(Stop::NothingLeft)
        } else {
            Ok(joined(&[b"\x01"]))
        }
    }

    fn is_content(&self) -> bool {
        !self.refused
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Secret;

    #[test]
    fn the_example_of_the_rfc_and_its_answer_to_a_refusal() {
        let credentials = Credentials::bearer_token(
            "user@example.com",
            Secret::new("vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="),
        );
        let mut mechanism = OauthBearer::new(&credentials, "server.example.com");
        assert_eq!(
            mechanism.first().as_slice(),
            b"n,a=user@example.com,\x01host=server.example.com\x01\
              auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\x01\x01"
        );
        assert_eq!(mechanism.next(br#"{"status":"invalid_token"}"#).unwrap().as_slice(), b"\x01");
        assert!(!mechanism.is_content());
        assert_eq!(mechanism.next(b"x"), Err(Stop::NothingLeft));
    }

    #[test]
    fn names_are_written_so_that_they_stay_one_name() {
        let mechanism = OauthBearer::new(&Credentials::bearer_token("a,b=c", Secret::new("t")), "");
        assert_eq!(mechanism.first().as_slice(), b"n,a=a=2Cb=3Dc,\x01auth=Bearer t\x01\x01");
    }
}
