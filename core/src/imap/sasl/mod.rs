//! Ways to prove who one is (RFC 4422), one file each. Pure: challenges in, responses out, both without base64.
//!
//! Which one is used: the strongest that is offered, and SCRAM before PLAIN, as SCRAM doesn't hand the password over.
//! TLS is verified before any of them.

mod login;
mod oauth_bearer;
mod plain;
mod scram;
mod xoauth2;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use zeroize::Zeroizing;

use super::session::{Credentials, SessionOptions};
use super::{Capabilities, Capability};
use crate::error::{Error, ErrorKind};
use crate::model::SecretKind;
pub(super) use login::login;
use scram::{Binding, Hash, Scram};

/// What goes to the server, secrets among it.
pub(super) type Words = Zeroizing<Vec<u8>>;

/// One exchange of a mechanism.
trait Mechanism: Send {
    /// What is said first.
    fn first(&self) -> Words;

    /// What is said to a challenge.
    fn next(&mut self, challenge: &[u8]) -> Result<Words, Stop>;

    /// Whether what is said first shows the secret, or proves that it is known.
    fn proves_at_once(&self) -> bool {
        true
    }

    /// Whether the server asks for anything but what is said first.
    fn has_challenges(&self) -> bool {
        true
    }

    /// Whether the server has proved what it has to, so that its OK may be believed.
    fn is_content(&self) -> bool {
        true
    }
}

/// Why a mechanism doesn't go on.
#[derive(Debug, PartialEq)]
enum Stop {
    /// The server asks for more than there is.
    NothingLeft,
    /// The server can't do the mechanism the way it is asked to; another one may do.
    Unusable,
    /// The server is not to be talked to.
    Distrust(Error),
}

/// What became of an exchange the server ended with NO or BAD.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Ending {
    /// What the server said tells.
    #[default]
    Open,
    /// Whatever the server says: it had all there is to say.
    NothingLeft,
    /// The mechanism is to blame.
    Unusable,
}

/// A way to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// SCRAM (RFC 5802), tied to the connection or not.
    Scram {
        hash: Hash,
        bound: bool,
    },
    Plain,
    /// The LOGIN command, no SASL at all.
    Login,
    OauthBearer,
    XOauth2,
}

/// The ways to use with what is offered, best first.
pub(super) fn ways(credentials: &Credentials, offered: &Capabilities, options: &SessionOptions) -> Vec<Way> {
    let ways: &[(Capability, Way)] = match credentials.kind {
        // A grant is exchanged for a token before it comes here.
        SecretKind::BearerToken | SecretKind::Grant => {
            &[(Capability::AuthOauthBearer, Way::OauthBearer), (Capability::AuthXoauth2, Way::XOauth2)]
        }
        SecretKind::Password => &[
            (Capability::AuthScramSha256Plus, Way::Scram { hash: Hash::Sha256, bound: true }),
            (Capability::AuthScramSha256, Way::Scram { hash: Hash::Sha256, bound: false }),
            (Capability::AuthScramSha1Plus, Way::Scram { hash: Hash::Sha1, bound: true }),
            (Capability::AuthScramSha1, Way::Scram { hash: Hash::Sha1, bound: false }),
            (Capability::AuthPlain, Way::Plain),
        ],
    };
    let mut usable: Vec<Way> = ways
        .iter()
        .filter(|(capability, way)| offered.has(*capability) && is_possible(*way, options))
        .map(|(_, way)| *way)
        .collect();
    // LOGINDISABLED forbids LOGIN; a mechanism that is offered beside it may be used.
    if credentials.kind == SecretKind::Password && !offered.has(Capability::LoginDisabled) {
        usable.push(Way::Login);
    }
    if !scram::is_prepared(&credentials.user_name) || !scram::is_prepared(credentials.secret.reveal()) {
        // What SASLprep would make of these only the server can say: it is asked to do so, if it can be.
        usable.sort_by_key(|way| matches!(way, Way::Scram { .. }));
    }
    usable
}

fn is_possible(way: Way, options: &SessionOptions) -> bool {
    match way {
        Way::Scram { bound, .. } => {
            let bindings = &options.channel_bindings;
            let can_bind = bindings.exporter.is_some() || bindings.server_end_point.is_some();
            options.client_nonce.as_deref().is_some_and(scram::is_nonce) && (can_bind || !bound)
        }
        Way::Plain | Way::Login | Way::OauthBearer | Way::XOauth2 => true,
    }
}

/// An AUTHENTICATE on its way (RFC 9051 section 6.2.2).
pub(super) struct Exchange {
    way: Way,
    pub(super) name: &'static str,
    mechanism: Box<dyn Mechanism>,
    /// How often the first words were said.
    said: u8,
    /// A challenge was answered.
    went_on: bool,
    /// The secret, or a proof of it, has left: the server may count this as a try.
    has_proved: bool,
    pub(super) ending: Ending,
}

impl Exchange {
    /// Begins one; `None` for LOGIN, which is a command of its own.
    pub(super) fn begin(
        way: Way,
        credentials: &Credentials,
        offered: &Capabilities,
        options: &SessionOptions,
    ) -> Option<Self> {
        let (name, mechanism): (_, Box<dyn Mechanism>) = match way {
            Way::Login => return None,
            Way::Plain => ("PLAIN", Box::new(plain::Plain::new(credentials))),
            Way::OauthBearer => {
                ("OAUTHBEARER", Box::new(oauth_bearer::OauthBearer::new(credentials, &options.host)))
            }
            Way::XOauth2 => ("XOAUTH2", Box::new(xoauth2::XOauth2::new(credentials))),
            Way::Scram { hash, bound } => {
                let bindings = &options.channel_bindings;
                let binding = match (&bindings.exporter, &bindings.server_end_point) {
                    (Some(value), _) if bound => Binding::Value("tls-exporter", value.to_vec()),
                    (None, Some(value)) if bound => Binding::Value("tls-server-end-point", value.clone()),
                    (None, None) => Binding::Unable,
                    _ if offered.has(Capability::AuthScramSha256Plus)
                        || offered.has(Capability::AuthScramSha1Plus) =>
                    {
                        Binding::Unable
                    }
                    _ => Binding::NotOffered,
                };
                let nonce = options.client_nonce.as_deref().unwrap_or_default();
                (hash.mechanism(bound), Box::new(Scram::new(hash, credentials, nonce, binding)))
            }
        };
        Some(Self { way, name, mechanism, said: 0, went_on: false, has_proved: false, ending: Ending::Open })
    }

    /// The initial response (RFC 4959), in base64.
    pub(super) fn first(&mut self) -> Words {
        self.said += 1;
        self.has_proved |= self.mechanism.proves_at_once();
        encoded(&self.mechanism.first())
    }

    /// The line that answers a challenge, the text behind `+`. An error: the server is not to be talked to.
    ///
    /// Some servers ask for the initial response though they had it, and with words that are no base64.
    pub(super) fn challenge(&mut self, text: &[u8]) -> Result<Words, Error> {
        let challenge = BASE64.decode(text).unwrap_or_default();
        let asks_for_first = challenge.is_empty() || !self.mechanism.has_challenges();
        let next = if self.said == 0 || asks_for_first && self.said == 1 && !self.went_on {
            return Ok(with_line_end(&self.first()));
        } else {
            self.mechanism.next(&challenge)
        };
        self.went_on = true;
        match next {
            Ok(words) => {
                self.has_proved = true;
                return Ok(with_line_end(&encoded(&words)));
            }
            Err(Stop::NothingLeft) => self.ending = Ending::NothingLeft,
            Err(Stop::Unusable) => self.ending = Ending::Unusable,
            Err(Stop::Distrust(error)) => return Err(error),
        }
        // The exchange is given up (RFC 9051 section 6.2.2).
        Ok(Zeroizing::new(b"*\r\n".to_vec()))
    }

    /// The same without being tied to the connection, if it is and our proof is out.
    pub(super) const fn untied(&self) -> Option<Way> {
        match self.way {
            Way::Scram { hash, bound: true } if self.went_on => Some(Way::Scram { hash, bound: false }),
            _ => None,
        }
    }

    /// Whether a refusal is one of the secret, for all the server knows.
    pub(super) const fn has_proved(&self) -> bool {
        self.has_proved
    }

    /// Whether the server's OK may be believed: it has heard who we are, and said what it has to.
    pub(super) fn is_content(&self) -> bool {
        self.said > 0 && self.ending == Ending::Open && self.mechanism.is_content()
    }
}

/// The server says that all is well, and had to hear or to say something first.
pub(super) const fn unproved() -> Error {
    Error::note(ErrorKind::LoginRefused, "the server didn't prove that it knows the password")
}

fn encoded(words: &[u8]) -> Words {
    Zeroizing::new(BASE64.encode(words).into_bytes())
}

fn with_line_end(words: &[u8]) -> Words {
    joined(&[words, b"\r\n"])
}

/// All of these in a row. `concat` reserves the whole length first: no copy is left behind while it grows.
fn joined(pieces: &[&[u8]]) -> Words {
    Zeroizing::new(pieces.concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ChannelBindings, Secret};

    fn options(bindings: ChannelBindings) -> SessionOptions {
        SessionOptions {
            client_nonce: Some("abc".into()),
            channel_bindings: bindings,
            ..SessionOptions::default()
        }
    }

    fn names(credentials: &Credentials, offered: &str, options: &SessionOptions) -> Vec<&'static str> {
        let offered = Capabilities::read(offered.as_bytes());
        let name = |way| Exchange::begin(way, credentials, &offered, options).map_or("LOGIN", |it| it.name);
        ways(credentials, &offered, options).into_iter().map(name).collect()
    }

    const ALL: &str = "AUTH=PLAIN AUTH=SCRAM-SHA-1 AUTH=SCRAM-SHA-1-PLUS AUTH=SCRAM-SHA-256 \
                       AUTH=SCRAM-SHA-256-PLUS AUTH=XOAUTH2 AUTH=OAUTHBEARER";

    #[test]
    fn the_strongest_comes_first() {
        let password = Credentials::password("u", Secret::new("p"));
        let bound = options(ChannelBindings { exporter: Some([1; 32]), server_end_point: None });
        assert_eq!(
            names(&password, ALL, &bound),
            ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-1", "PLAIN", "LOGIN"]
        );
        let unbound = options(ChannelBindings::default());
        assert_eq!(names(&password, ALL, &unbound), ["SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "LOGIN"]);
        assert_eq!(names(&password, "LOGINDISABLED AUTH=XOAUTH2", &unbound), [""; 0]);
        let token = Credentials::bearer_token("u", Secret::new("t"));
        assert_eq!(names(&token, ALL, &bound), ["OAUTHBEARER", "XOAUTH2"]);
        assert_eq!(names(&token, "AUTH=PLAIN", &bound), [""; 0]);
    }

    #[test]
    fn without_a_nonce_there_is_no_scram() {
        let password = Credentials::password("u", Secret::new("p"));
        for nonce in [None, Some(String::new()), Some("a,b".into()), Some("a\r".into())] {
            let options = SessionOptions { client_nonce: nonce, ..SessionOptions::default() };
            assert_eq!(names(&password, ALL, &options), ["PLAIN", "LOGIN"]);
        }
    }

    #[test]
    fn what_only_the_server_can_prepare_goes_by_plain_where_that_is_offered() {
        let umlaut = Credentials::password("u", Secret::new("påss"));
        let options = options(ChannelBindings::default());
        assert_eq!(
            names(&umlaut, "AUTH=PLAIN AUTH=SCRAM-SHA-256 LOGINDISABLED", &options),
            ["PLAIN", "SCRAM-SHA-256"]
        );
    }

    proptest::proptest! {
        #[test]
        fn whatever_a_server_asks_it_gets_no_password_where_it_is_proved(
            challenges in proptest::collection::vec("[rsivme=,a-z0-9+/]{0,40}", 1..6),
            bound in proptest::bool::ANY,
        ) {
            let credentials = Credentials::password("u", Secret::new("p4ssw0rd"));
            let options = options(ChannelBindings { exporter: Some([1; 32]), server_end_point: None });
            let offered = Capabilities::default();
            for hash in [Hash::Sha1, Hash::Sha256] {
                let way = Way::Scram { hash, bound };
                let mut exchange = Exchange::begin(way, &credentials, &offered, &options).unwrap();
                for challenge in &challenges {
                    let Ok(line) = exchange.challenge(&encoded(challenge.as_bytes())) else { break };
                    let said = BASE64.decode(line.trim_ascii()).unwrap_or_default();
                    proptest::prop_assert!(!said.windows(8).any(|words| words == b"p4ssw0rd"));
                }
                proptest::prop_assert!(!exchange.is_content());
            }
        }
    }

    #[test]
    fn words_that_are_no_base64_ask_for_what_was_to_be_said_first() {
        let credentials = Credentials::password("u", Secret::new("p"));
        let options = SessionOptions::default();
        let mut plain =
            Exchange::begin(Way::Plain, &credentials, &Capabilities::default(), &options).unwrap();
        assert_eq!(plain.challenge(b"Go ahead!").unwrap().as_slice(), b"AHUAcA==\r\n");
        assert_eq!(plain.challenge(b"Password").unwrap().as_slice(), b"AHUAcA==\r\n");
        assert_eq!(plain.challenge(b"").unwrap().as_slice(), b"*\r\n");
        assert!(!plain.is_content());
    }
}
