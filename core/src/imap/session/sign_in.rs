//! From the greeting to the signed-in state (RFC 9051 section 6.2).
//!
//! Secrets are written here and nowhere else. Nothing secret leaves before the greeting and the capabilities
//! are known, and nothing at all after a refusal.

use base64::Engine as _;
use zeroize::Zeroizing;

use super::{CloseReason, Credentials, Fact, Order, Phase, Session};
use crate::error::{Error, ErrorKind};
use crate::imap::ops::Refusal;
use crate::imap::{Capabilities, Capability};
use crate::model::Moment;
use crate::wire::codec::{LINE_LIMIT, Parts};
use crate::wire::reader::{Response, Status, StatusKind};

/// The name we tell servers that ask who is there (RFC 2971).
const CLIENT_NAME: &str = "Waxwing";

impl Session {
    /// The first line of the server.
    pub(super) fn greeting(&mut self, response: &Response<'_>, now: Moment) {
        let broken = |note| CloseReason::Failed(Error::note(ErrorKind::ProtocolBroken, note));
        let Response::Status(status) = response else {
            return self.close(broken("this is no IMAP greeting"));
        };
        self.alert(status);
        match status.kind {
            StatusKind::Ok => {
                self.phase = Phase::SigningIn;
                if let Some(names) = status.code("CAPABILITY") {
                    self.capabilities = Capabilities::read(names);
                    self.sign_in(now);
                } else {
                    self.ask_capabilities(Order::AskCapabilities, now);
                }
            }
            StatusKind::Bye => self.close(CloseReason::Bye(Refusal::of(status))),
            // Whose mail would that be?
            StatusKind::PreAuth => self.close(broken("the server takes us for signed in already")),
            StatusKind::No | StatusKind::Bad => self.close(broken("this is no IMAP greeting")),
        }
    }

    fn ask_capabilities(&mut self, order: Order, now: Moment) {
        self.told_again = false;
        let tag = self.next_tag();
        let parts = self.writer(&tag).capability().unwrap_or_default();
        self.start(tag, order, parts, now);
    }

    /// The capabilities before sign-in are known, or never will be.
    pub(super) fn asked_capabilities(&mut self, status: &Status<'_>, now: Moment) {
        if status.kind == StatusKind::Ok && self.told_again {
            self.sign_in(now);
        } else {
            let error = Error::note(ErrorKind::ProtocolBroken, "the server doesn't tell its capabilities");
            self.close(CloseReason::Failed(error));
        }
    }

    fn sign_in(&mut self, now: Moment) {
        let Some(credentials) = self.credentials.take() else { return };
        let offered = self.capabilities.clone();
        let has = |capability| offered.has(capability);
        // LOGINDISABLED forbids LOGIN; a mechanism that is offered beside it may be used.
        let by_sasl = has(Capability::AuthPlain);
        if !by_sasl && has(Capability::LoginDisabled) {
            self.facts.push_back(Fact::NoMechanism);
            let error =
                Error::note(ErrorKind::BrowserSignInNeeded, "no way to sign in with a password is offered");
            return self.close(CloseReason::Failed(error));
        }
        let unsendable = |text: &str| text.bytes().any(|byte| matches!(byte, b'\r' | b'\n' | 0));
        let is_long = credentials.user_name.len() + credentials.secret.reveal().len() > LINE_LIMIT / 2;
        if unsendable(&credentials.user_name) || unsendable(credentials.secret.reveal()) || is_long {
            let error = Error::note(ErrorKind::InvalidInput, "user name or password can't be sent");
            return self.close(CloseReason::Failed(error));
        }
        let tag = self.next_tag();
        let parts = if by_sasl {
            plain(&tag, &credentials, has(Capability::SaslIr))
        } else {
            login(&tag, &credentials, has(Capability::LiteralPlus) || has(Capability::LiteralMinus))
        };
        self.told_again = false;
        self.start(tag, Order::SignIn { by_sasl }, parts, now);
    }

    /// The server has decided.
    pub(super) fn sign_in_ended(&mut self, status: &Status<'_>, now: Moment) {
        if status.kind == StatusKind::Ok {
            // What a server offers before and after differs.
            if self.told_again {
                self.signed_in(now)
            } else {
                self.ask_capabilities(Order::AskCapabilitiesAgain, now)
            }
            return;
        }
        let refusal = Refusal::of(status);
        let kind = match refusal.code.as_str() {
            "UNAVAILABLE" | "INUSE" | "LIMIT" | "SERVERBUG" => ErrorKind::Offline,
            _ => ErrorKind::LoginRefused,
        };
        let error = Error::server(kind, &refusal.text);
        self.facts.push_back(Fact::SignInRefused(refusal));
        self.close(CloseReason::Failed(error));
    }

    /// Signed in, and the capabilities that hold from now on are known.
    pub(super) fn signed_in(&mut self, now: Moment) {
        self.phase = Phase::Ready;
        self.facts.push_back(Fact::SignedIn);
        // 163.com and its like refuse SELECT to clients that didn't say who they are.
        if self.capabilities.has(Capability::Id) && self.bye.is_none() {
            let tag = self.next_tag();
            let parts = self.writer(&tag).id(CLIENT_NAME).unwrap_or_default();
            self.start(tag, Order::Identify, parts, now);
        }
    }
}

/// AUTHENTICATE PLAIN (RFC 4616), with the initial response (RFC 4959) where that is offered.
///
/// The response is kept as a second part in both cases: some servers ask for it though they had it.
fn plain(tag: &str, credentials: &Credentials, initial_response: bool) -> Parts {
    let (user_name, secret) = (credentials.user_name.as_bytes(), credentials.secret.reveal().as_bytes());
    let message = Zeroizing::new(joined(&[b"\0", user_name, b"\0", secret]));
    let encoded = Zeroizing::new(base64::engine::general_purpose::STANDARD.encode(&*message));
    let command = format!("{tag} AUTHENTICATE PLAIN");
    let first = if initial_response {
        joined(&[command.as_bytes(), b" ", encoded.as_bytes(), b"\r\n"])
    } else {
        joined(&[command.as_bytes(), b"\r\n"])
    };
    vec![first, joined(&[encoded.as_bytes(), b"\r\n"])]
}

/// LOGIN. What a quoted string can't hold goes as a literal.
fn login(tag: &str, credentials: &Credentials, free_literals: bool) -> Parts {
    let mut parts: Parts = vec![format!("{tag} LOGIN").into_bytes()];
    for argument in [credentials.user_name.as_str(), credentials.secret.reveal()] {
        let size = argument.len();
        if argument.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            let mut quoted = Zeroizing::new(String::with_capacity(2 * size));
            for character in argument.chars() {
                if matches!(character, '"' | '\\') {
                    quoted.push('\\');
                }
                quoted.push(character);
            }
            extend_last(&mut parts, &[b" \"", quoted.as_bytes(), b"\""]);
        } else if free_literals {
            extend_last(&mut parts, &[format!(" {{{size}+}}\r\n").as_bytes(), argument.as_bytes()]);
        } else {
            extend_last(&mut parts, &[format!(" {{{size}}}\r\n").as_bytes()]);
            parts.push(argument.as_bytes().to_vec());
        }
    }
    extend_last(&mut parts, &[b"\r\n"]);
    parts
}

/// Adds to the last part, leaving no copy of it behind.
fn extend_last(parts: &mut Parts, pieces: &[&[u8]]) {
    let Some(last) = parts.last_mut() else { return };
    let old = Zeroizing::new(std::mem::take(last));
    let mut whole: Vec<&[u8]> = vec![&old];
    whole.extend(pieces);
    *last = joined(&whole);
}

fn joined(pieces: &[&[u8]]) -> Vec<u8> {
    // `concat` reserves the whole length first: nothing is moved while it grows.
    pieces.concat()
}
