//! PLAIN (RFC 4616): the user name and the password as they are. Only ever over verified TLS.

use super::{Mechanism, Stop, Words, joined};
use crate::imap::session::Credentials;

pub(super) struct Plain(Words);

impl Plain {
    pub(super) fn new(credentials: &Credentials) -> Self {
        // As whom to act is left empty: as oneself.
        let secret = credentials.secret.reveal().as_bytes();
        Self(joined(&[b"\0", credentials.user_name.as_bytes(), b"\0", secret]))
    }
}

impl Mechanism for Plain {
    fn first(&self) -> Words {
        self.0.clone()
    }

    fn next(&mut self, _challenge: &[u8]) -> Result<Words, Stop> {
        Err(Stop::NothingLeft)
    }

    fn has_challenges(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Secret;

    #[test]
    fn the_example_of_the_rfc() {
        let plain = Plain::new(&Credentials::password("tim", Secret::new("tanstaaftanstaaf")));
        assert_eq!(plain.first().as_slice(), b"\0tim\0tanstaaftanstaaf");
    }
}
