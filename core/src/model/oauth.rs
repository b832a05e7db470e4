//! A sign-in in the browser: where, and as which program.

use std::fmt;

use super::{OAuthEndpoints, Secret};

/// As which program a sign-in in the browser takes place. A provider knows programs by ids that it gave to whoever made them.
#[derive(Clone)]
pub struct OAuthClient {
    /// Where it takes place; `None`: as the table of providers has it for the server of the account.
    pub endpoints: Option<OAuthEndpoints>,
    /// The id of the program, not secret.
    pub id: String,
    /// What some providers give beside it. In a program that anybody can look into it is no secret, and treated as one.
    pub secret: Option<Secret>,
    /// How the browser comes back.
    pub way: BrowserWay,
}

/// How the answer of a sign-in in the browser comes back (RFC 8252 section 7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BrowserWay {
    /// To a port of this device that is open for that time alone.
    Loopback,
    /// To an address of the app's own, which gives it to `Command::BrowserReturned`.
    App(String),
    /// Not at all: the person types a code at another device (RFC 8628).
    Device,
}

impl fmt::Debug for OAuthClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OAuthClient({:?})", self.way)
    }
}
