//! From the greeting to the server's agreement (RFC 9051 section 6.2).
//!
//! Secrets are written here and nowhere else. Nothing secret leaves before the greeting and the capabilities
//! are known, and nothing at all after a refusal of the password. Where the way to sign in is refused and not
//! the password, one other way is tried.
//!
//! Quirk: Cyrus up to 3.8 offers SCRAM tied to the connection though it doesn't know the way TLS 1.3 has it, and says
//! no more than NO to a proof that is tied like that: what it says to a wrong password. The same SCRAM is then tried
//! once untied, with "n" (we don't tie): to "y" (you can't) a server that offers it must say no, as something in
//! between would have hidden its offer. Nothing is lost by that over TLS that is verified: who could stand in between
//! in spite of it could as well offer PLAIN alone.

use super::{CloseReason, Fact, Order, Phase, Session};
use crate::error::{Error, ErrorKind};
use crate::imap::Capability;
use crate::imap::ops::Refusal;
use crate::imap::sasl::{self, Ending, Exchange, Way};
use crate::model::Moment;
use crate::model::SecretKind;
use crate::sign_in;
use crate::wire::codec::{LINE_LIMIT, Parts};
use crate::wire::reader::{Response, Status, StatusKind};

/// In how many ways the secret is proved at most: servers lock accounts that are tried too often.
const MOST_WAYS: usize = 2;

/// Codes of a NO (RFC 5530 and Google's) that are about the account or the moment: another way of saying the same
/// would change nothing. A NO without a code is about the password.
const ABOUT_THE_ACCOUNT: [&str; 13] = [
    "",
    "AUTHENTICATIONFAILED",
    "AUTHORIZATIONFAILED",
    "EXPIRED",
    "CONTACTADMIN",
    "NOPERM",
    "ALERT",
    "WEBALERT",
    "UNAVAILABLE",
    "INUSE",
    "LIMIT",
    "SERVERBUG",
    "THROTTLED",
];

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
                self.signs.greeting(status.text);
                if let Some(names) = status.code("CAPABILITY") {
                    self.told_capabilities(names);
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

    /// There is no greeting, and so no capabilities are known.
    pub(super) fn begin_ungreeted(&mut self, now: Moment) {
        self.phase = Phase::SigningIn;
        self.ask_capabilities(Order::AskCapabilities, now);
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
        let Some(credentials) = &self.credentials else { return };
        let mut ways = sasl::ways(credentials, &self.capabilities, &self.options);
        if self.quirks.cannot_bind {
            ways.retain(|way| !matches!(way, Way::Scram { bound: true, .. }));
        }
        ways.truncate(MOST_WAYS);
        let is_token = credentials.kind != SecretKind::Password;
        if ways.is_empty() {
            self.facts.push_back(Fact::NoMechanism);
            let error = if is_token {
                Error::note(ErrorKind::ServerRefused, "no way to sign in with a token is offered")
            } else {
                Error::note(ErrorKind::BrowserSignInNeeded, "no way to sign in with a password is offered")
            };
            return self.close(CloseReason::Failed(error));
        }
        let unsendable =
            |text: &str| text.bytes().any(|byte| matches!(byte, b'\r' | b'\n' | 0) || is_token && byte == 1);
        // Base64 makes four octets of three. A password may be quoted to twice its length.
        let most = if is_token { LINE_LIMIT / 10 * 7 } else { LINE_LIMIT / 2 };
        let is_long = credentials.user_name.len() + credentials.secret.reveal().len() > most;
        if unsendable(&credentials.user_name) || unsendable(credentials.secret.reveal()) || is_long {
            let error = Error::note(ErrorKind::InvalidInput, "user name or password can't be sent");
            return self.close(CloseReason::Failed(error));
        }
        self.ways = ways.into();
        self.try_next_way(now);
    }

    fn try_next_way(&mut self, now: Moment) {
        let Some(way) = self.ways.pop_front() else { return };
        let is_last = self.ways.is_empty();
        let credentials = if is_last { self.credentials.take() } else { self.credentials.clone() };
        let Some(credentials) = credentials else { return };
        let tag = self.next_tag();
        let has = |capability| self.capabilities.has(capability);
        let mut sasl = Exchange::begin(way, &credentials, &self.capabilities, &self.options);
        let parts = match &mut sasl {
            None => {
                let free_literals = has(Capability::LiteralPlus) || has(Capability::LiteralMinus);
                sasl::login(&tag, &credentials, free_literals)
            }
            Some(exchange) => authenticate(&tag, exchange, has(Capability::SaslIr)),
        };
        self.told_again = false;
        self.start(tag, Order::SignIn { sasl }, parts, now);
    }

    /// The server has decided.
    pub(super) fn sign_in_ended(&mut self, status: &Status<'_>, sasl: Option<&Exchange>, now: Moment) {
        if status.kind == StatusKind::Ok {
            if sasl.is_some_and(|exchange| !exchange.is_content()) {
                return self.close(CloseReason::Failed(sasl::unproved()));
            }
            // What a server offers before and after differs.
            if self.told_again {
                self.settle(now)
            } else {
                self.ask_capabilities(Order::AskCapabilitiesAgain, now)
            }
            return;
        }
        if sasl.is_none_or(Exchange::has_proved) {
            self.refusals = self.refusals.saturating_add(1);
        }
        let refusal = Refusal::of(status);
        let is_about_the_way = match sasl.map(|exchange| exchange.ending) {
            Some(Ending::Unusable) => true,
            Some(Ending::NothingLeft) => false,
            Some(Ending::Open) | None => {
                status.kind == StatusKind::Bad
                    || !ABOUT_THE_ACCOUNT.contains(&refusal.code.as_str())
                    || refusal.code.is_empty() && sasl.is_some_and(|exchange| self.is_next_untied(exchange))
            }
        };
        let may_go_on = self.bye.is_none() && self.refusals < self.options.tries;
        if is_about_the_way && !self.ways.is_empty() && may_go_on {
            return self.try_next_way(now);
        }
        let error = sign_in::refused_by_imap(&refusal.code, &refusal.text, self.quirks.wants);
        self.facts.push_back(Fact::SignInRefused(refusal));
        self.close(CloseReason::Failed(error));
    }
}

impl Session {
    /// Whether a proof tied to the connection was refused, and the same without that comes next.
    fn is_next_untied(&self, exchange: &Exchange) -> bool {
        exchange.untied().is_some_and(|untied| self.ways.front() == Some(&untied))
    }
}

/// AUTHENTICATE, with the initial response (RFC 4959) where that is offered.
fn authenticate(tag: &str, exchange: &mut Exchange, initial_response: bool) -> Parts {
    let command = format!("{tag} AUTHENTICATE {}", exchange.name);
    let line = if initial_response {
        [command.as_bytes(), b" ", &exchange.first(), b"\r\n"].concat()
    } else {
        [command.as_bytes(), b"\r\n"].concat()
    };
    vec![line]
}
