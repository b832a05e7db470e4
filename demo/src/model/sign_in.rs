//! Signing in: LOGIN and AUTHENTICATE.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::connection::{Connection, Expects, Reply};
use super::scram::{Final, Hash, Scram};
use super::{Account, Mailstore, Verb};

/// Where an AUTHENTICATE stands: what the client's next answer is.
pub(super) enum Exchange {
    Plain,
    /// And whether it is -PLUS.
    ScramFirst(Hash, bool),
    ScramFinal(Box<Scram>),
    /// The server proved itself; an empty answer ends it.
    ScramDone(String),
    /// XOAUTH2, or OAUTHBEARER.
    Bearer {
        oauthbearer: bool,
    },
    /// The reason was told; whatever comes now ends it.
    BearerFailed,
}

const REFUSED: &str = "[AUTHENTICATIONFAILED] Wrong user name or password";

impl Connection {
    pub(super) fn login(&mut self, store: &mut Mailstore, user: &str, password: &str) -> Reply {
        if self.user.is_some() {
            return Reply::Bad("Already signed in".to_owned());
        }
        if self.dialect.login_disabled {
            return Reply::no("LOGIN is disabled; use AUTHENTICATE");
        }
        self.sign_in_with(store, user, password)
    }

    pub(super) fn authenticate(
        &mut self,
        store: &mut Mailstore,
        tag: &str,
        mechanism: &str,
        initial: Option<String>,
    ) -> Reply {
        if self.user.is_some() {
            return Reply::Bad("Already signed in".to_owned());
        }
        let dialect = &self.dialect;
        let exchange = match mechanism {
            "PLAIN" if dialect.plain => Exchange::Plain,
            "SCRAM-SHA-256" if dialect.scram_sha_256 => Exchange::ScramFirst(Hash::Sha256, false),
            "SCRAM-SHA-1" if dialect.scram_sha_1 => Exchange::ScramFirst(Hash::Sha1, false),
            "SCRAM-SHA-256-PLUS" if dialect.scram_sha_256 && dialect.scram_plus => {
                Exchange::ScramFirst(Hash::Sha256, true)
            }
            "SCRAM-SHA-1-PLUS" if dialect.scram_sha_1 && dialect.scram_plus => {
                Exchange::ScramFirst(Hash::Sha1, true)
            }
            "XOAUTH2" if dialect.xoauth2 => Exchange::Bearer { oauthbearer: false },
            "OAUTHBEARER" if dialect.oauthbearer => Exchange::Bearer { oauthbearer: true },
            _ => return Reply::no("[CANNOT] No such mechanism"),
        };
        match initial {
            Some(_) if !self.dialect.sasl_ir => Reply::Bad("No initial response here".to_owned()),
            // `=` is an initial response of no octets (RFC 4959).
            Some(response) if response == "=" => self.step(store, tag, exchange, b""),
            Some(response) => self.step(store, tag, exchange, response.as_bytes()),
            None => self.challenge(tag, exchange, b""),
        }
    }

    /// A line that answers a challenge.
    pub(super) fn credentials(&mut self, store: &mut Mailstore, tag: &str, exchange: Exchange, line: &[u8]) {
        let cancelled = line == b"*";
        self.note(store, Verb::Authenticate, if cancelled { "*" } else { "***" });
        let reply = if cancelled {
            Reply::Bad("Cancelled".to_owned())
        } else {
            self.step(store, tag, exchange, line)
        };
        self.reply(tag, reply);
    }

    fn challenge(&mut self, tag: &str, exchange: Exchange, challenge: &[u8]) -> Reply {
        self.line(&format!("+ {}", BASE64.encode(challenge)));
        self.expects = Expects::Credentials { tag: tag.to_owned(), exchange };
        Reply::Later
    }

    fn step(&mut self, store: &mut Mailstore, tag: &str, exchange: Exchange, response: &[u8]) -> Reply {
        let bad = || Reply::Bad("Bad response".to_owned());
        let decoded = BASE64.decode(response).ok().and_then(|octets| String::from_utf8(octets).ok());
        let Some(decoded) = decoded else { return bad() };
        match exchange {
            Exchange::Plain => match decoded.split('\0').collect::<Vec<_>>()[..] {
                // PLAIN (RFC 4616): who to act as, who one is, and the password.
                [as_whom, user, password] if as_whom.is_empty() || as_whom == user => {
                    self.sign_in_with(store, user, password)
                }
                _ => bad(),
            },
            Exchange::ScramFirst(hash, plus) => {
                // No randomness in here: the nonce is new on every connection, which is all it has to be.
                let nonce = format!("{}n{}", self.id, self.now);
                match Scram::start(hash, &decoded, &nonce, (plus, self.dialect.scram_plus), &self.bindings) {
                    None => bad(),
                    Some((scram, challenge)) => {
                        self.challenge(tag, Exchange::ScramFinal(Box::new(scram)), challenge.as_bytes())
                    }
                }
            }
            Exchange::ScramFinal(scram) => {
                let password = store.account(scram.user()).and_then(Account::password);
                match scram.finish(&decoded, password) {
                    Final::Malformed => bad(),
                    Final::Refused => Reply::no(REFUSED),
                    Final::Accepted { user, proof } => {
                        self.challenge(tag, Exchange::ScramDone(user), proof.as_bytes())
                    }
                }
            }
            Exchange::ScramDone(user) if decoded.is_empty() => self.signed_in_as(store, &user),
            Exchange::ScramDone(_) => bad(),
            Exchange::Bearer { oauthbearer } => match bearer(&decoded, oauthbearer) {
                None => bad(),
                Some((user, token)) if store.account(user).is_some_and(|own| own.accepts_token(token)) => {
                    self.signed_in_as(store, user)
                }
                Some(_) => {
                    let reason: &[u8] = br#"{"status":"401","schemes":"bearer","scope":"mail"}"#;
                    self.challenge(tag, Exchange::BearerFailed, reason)
                }
            },
            Exchange::BearerFailed => Reply::no(REFUSED),
        }
    }

    fn sign_in_with(&mut self, store: &mut Mailstore, user: &str, password: &str) -> Reply {
        if store.account(user).is_some_and(|account: &Account| account.accepts(password)) {
            self.signed_in_as(store, user)
        } else {
            Reply::no(REFUSED)
        }
    }

    fn signed_in_as(&mut self, store: &mut Mailstore, user: &str) -> Reply {
        self.user = Some(user.to_owned());
        if self.dialect.gmail {
            store.make_gmail(user);
        }
        Reply::Ok(format!("{}Signed in", self.capability_code()))
    }
}

/// User and token: `user=U^Aauth=Bearer T^A^A`, or `n,a=U,^Ahost=H^Aport=P^Aauth=Bearer T^A^A` (RFC 7628 section 3.1).
fn bearer(response: &str, oauthbearer: bool) -> Option<(&str, &str)> {
    let mut fields = response.strip_suffix("\u{1}\u{1}")?.split('\u{1}');
    let first = fields.next()?;
    let user = if oauthbearer {
        first.strip_prefix("n,a=")?.strip_suffix(',')?
    } else {
        first.strip_prefix("user=")?
    };
    let token = fields.find_map(|field| field.strip_prefix("auth=Bearer "))?;
    Some((user, token))
}
