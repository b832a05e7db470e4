//! With what a session begins.

use std::time::Duration;

use crate::model::{ChannelBindings, Secret, SecretKind};

/// With what to sign in.
#[derive(Clone, Debug)]
pub struct Credentials {
    pub user_name: String,
    pub secret: Secret,
    pub kind: SecretKind,
}

impl Credentials {
    /// To sign in with a secret of that kind.
    pub fn new(user_name: impl Into<String>, secret: Secret, kind: SecretKind) -> Self {
        Self { user_name: user_name.into(), secret, kind }
    }

    /// To sign in with a password.
    pub fn password(user_name: impl Into<String>, secret: Secret) -> Self {
        Self::new(user_name, secret, SecretKind::Password)
    }

    /// To sign in with an access token of OAuth 2.
    pub fn bearer_token(user_name: impl Into<String>, secret: Secret) -> Self {
        Self::new(user_name, secret, SecretKind::BearerToken)
    }
}

/// What a session is told about its connection and what it may do. The default does with less: no SCRAM.
#[derive(Clone)]
pub struct SessionOptions {
    /// The host one is connected to, by which some servers are recognised; may be empty.
    pub host: String,
    /// What ties the sign-in to the connection; from the TLS connection that carries this session and no other.
    pub channel_bindings: ChannelBindings,
    /// Printable ASCII without commas that nobody can guess, another for each session; without it there is no SCRAM.
    pub client_nonce: Option<String>,
    /// When IDLE is renewed, as [`super::Session::idle_renewal`] of the connection before gave it.
    pub idle_renewal: IdleRenewal,
    /// Whether names of mailboxes are to go over the wire as UTF-8, where the server can (RFC 6855, RFC 9051). All names
    /// of mailboxes with other than ASCII letters change with it, stored ones too: see
    /// docs/decisions/0004-names-stay-as-they-are.md.
    pub utf8_names: bool,
    /// A server from which nothing comes for so long while something is due is given up; `None`: a minute.
    pub inactivity: Option<Duration>,
    /// How many octets may be on their way to us, by what is expected of each op.
    pub window: u64,
    /// How often the secret may be refused before nothing more is tried. No more than two ways are, whatever this is.
    pub tries: u8,
    /// The server greeted before TLS, which nobody believes (STARTTLS): it won't again.
    pub is_greeted: bool,
}

impl Default for SessionOptions {
    fn default() -> Self {
        let (host, channel_bindings, client_nonce, idle_renewal, utf8_names, inactivity) = Default::default();
        Self {
            host,
            channel_bindings,
            client_nonce,
            idle_renewal,
            utf8_names,
            inactivity,
            window: 4 << 20,
            tries: 2,
            is_greeted: false,
        }
    }
}

/// How long an IDLE runs before it is renewed. Routers forget quiet connections, some after ten minutes, others never:
/// the time grows with each renewal that found the connection alive, and one that found it dead is not tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdleRenewal {
    after: Duration,
    at_most: Duration,
}

impl IdleRenewal {
    const SHORTEST: Duration = Duration::from_secs(9 * 60);
    /// Servers end an IDLE after 30 minutes (RFC 2177).
    const LONGEST: Duration = Duration::from_secs(29 * 60);
    const STEP: Duration = Duration::from_secs(4 * 60);

    /// How long the next IDLE runs.
    pub const fn after(self) -> Duration {
        self.after
    }

    /// A renewal found the connection alive.
    pub(super) fn survived(&mut self) {
        self.after = self.at_most.min(self.after + Self::STEP);
    }

    /// The connection was dead when IDLE was to end, after so long a silence. A short one was not what killed it.
    pub(super) fn died(&mut self, silence: Duration) {
        if silence >= Self::SHORTEST {
            self.at_most = Self::SHORTEST.max(self.after.min(silence).saturating_sub(Self::STEP));
            self.after = Self::SHORTEST;
        }
    }
}

impl Default for IdleRenewal {
    fn default() -> Self {
        Self { after: Self::SHORTEST, at_most: Self::LONGEST }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_idle_grows_while_the_link_lives_and_stays_below_what_killed_it() {
        let mut renewal = IdleRenewal::default();
        let minutes = |renewal: IdleRenewal| renewal.after().as_secs() / 60;
        assert_eq!(minutes(renewal), 9);
        for expected in [13, 17, 21, 25, 29, 29] {
            renewal.survived();
            assert_eq!(minutes(renewal), expected);
        }
        renewal.died(Duration::from_secs(60));
        assert_eq!(minutes(renewal), 29);
        renewal.died(renewal.after());
        for expected in [9, 13, 17, 21, 25, 25] {
            assert_eq!(minutes(renewal), expected);
            renewal.survived();
        }
        for _ in 0..9 {
            renewal.died(renewal.after());
        }
        renewal.survived();
        assert_eq!(minutes(renewal), 9);
    }
}
