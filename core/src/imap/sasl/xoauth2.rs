//! XOAUTH2: Google's, and the only one of Microsoft 365: a token of OAuth 2.
//!
//! A refusal comes as a challenge of JSON first, to be answered with an empty line; then the server says NO.

use super::{Mechanism, Stop, Words, joined};
use crate::imap::session::Credentials;

pub(super) struct XOauth2 {
    message: Words,
    refused: bool,
}

impl XOauth2 {
    pub(super) fn new(credentials: &Credentials) -> Self {
        let (user, token) = (credentials.user_name.as_bytes(), credentials.secret.reveal().as_bytes());
        let message = joined(&[b"user=", user, b"\x01auth=Bearer ", token, b"\x01\x01"]);
        Self { message, refused: false }
    }
}

impl Mechanism for XOauth2 {
    fn first(&self) -> Words {
        self.message.clone()
    }

    fn next(&mut self, _challenge: &[u8]) -> Result<Words, Stop> {
        if std::mem::replace(&mut self.refused, true) { Err(Stop::NothingLeft) } else { Ok(joined(&[])) }
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
    fn the_form_google_gives_and_its_answer_to_a_refusal() {
        let credentials =
            Credentials::bearer_token("someuser@example.com", Secret::new("ya29.vF9dft4qmTc2Nvb3RlckBh"));
        let mut mechanism = XOauth2::new(&credentials);
        assert_eq!(
            mechanism.first().as_slice(),
            b"user=someuser@example.com\x01auth=Bearer ya29.vF9dft4qmTc2Nvb3RlckBh\x01\x01"
        );
        assert_eq!(mechanism.next(br#"{"status":"401"}"#).unwrap().as_slice(), b"");
        assert!(!mechanism.is_content());
        assert_eq!(mechanism.next(b"x"), Err(Stop::NothingLeft));
    }
}
