//! Sockets, names, trust, and documents of the web. Knows no IMAP.

mod binding;
mod chain;
mod dns;
mod fault;
pub mod http;
mod loopback;
mod pins;
mod race;
mod road;
mod trust;

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::BufReader;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;

use crate::error::{Error, ErrorKind, NetworkFault};

pub use binding::{channel_bindings, nonce};
pub use chain::ChainVerifier;
pub use dns::{Dns, Exchange, NoRecord, Service};
pub use loopback::{Loopback, Visit};
pub use pins::{Key, Pins, usual_host};
pub use road::{Bytes, Road};
pub use trust::{Refusal, Trust, roots_of_pem};

/// Octets taken from the network at once.
const READ: usize = 64 << 10;

/// Where to connect, and whom to expect there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// A host name or an address literal; the certificate must be for it.
    pub host: String,
    pub port: u16,
}

/// A connection on which TLS was agreed and the server's identity verified. There is no other kind.
///
/// Reading it to the end is `Ok(0)` only after the server's close_notify; a stream that just stops is an
/// `UnexpectedEof` error, so that a cut is never taken for an end.
pub type Link = tokio_rustls::client::TlsStream<Box<dyn Bytes>>;

/// Resolves the name, races its addresses (RFC 8305, 250 ms apart), does TLS and verifies who answers.
///
/// All of it within `deadline`. Nothing but the handshake is sent before the server has proved who it is.
///
/// Errors: `InvalidInput` (no possible host name), `NameNotResolved`, `Offline` (refused, unreachable, hung
/// up), `TimedOut`, `TlsFailed` (no TLS there, or none in common), `CertificateUntrusted` with its fault.
pub async fn connect(target: &Target, trust: &Trust, deadline: Duration) -> Result<Link, Error> {
    connect_after(target, trust, deadline, NoWords).await
}

/// What is said in the clear to get a server to begin TLS (STARTTLS). No secret, and nothing of a person's mail.
pub trait Opening: Send {
    /// Says it, and is content with the answers. What was heard is forgotten then: the server has not proved who it is.
    ///
    /// # Errors
    /// Whatever makes TLS impossible: it isn't offered, it is refused, or the server spoke on before it began. The connection
    /// is given up.
    fn speak(self, bytes: &mut dyn Bytes) -> impl Future<Output = Result<(), Error>> + Send;
}

/// TLS from the first byte.
struct NoWords;

impl Opening for NoWords {
    async fn speak(self, _bytes: &mut dyn Bytes) -> Result<(), Error> {
        Ok(())
    }
}

/// As `connect`, where TLS begins only after some words: they are all that is sent before the server has proved who it is,
/// and there is no way on without TLS.
///
/// # Errors
/// Those of `connect`; those of the opening.
pub async fn connect_after(
    target: &Target,
    trust: &Trust,
    deadline: Duration,
    opening: impl Opening,
) -> Result<Link, Error> {
    let until = Instant::now() + deadline;
    let host = bare_host(&target.host);
    let name = ServerName::try_from(host.to_owned())
        .map_err(|error| Error::note(ErrorKind::InvalidInput, "this is no host name").because(error))?;

    let mut bytes = match trust.road() {
        None => socket(host, target.port, trust.only_public(), until).await?,
        Some(road) => timeout_at(until, road.go(target))
            .await
            .map_err(|_| Error::note(ErrorKind::TimedOut, "no address answered"))?
            .map_err(|error| no_way(error, target.port))?,
    };
    timeout_at(until, opening.speak(&mut *bytes))
        .await
        .map_err(|_| Error::note(ErrorKind::TimedOut, "the server didn't answer before TLS"))??;
    verified(target, trust, name, until, bytes).await
}

/// TLS, and the proof of who answers.
async fn verified(
    target: &Target,
    trust: &Trust,
    name: ServerName<'static>,
    until: Instant,
    bytes: Box<dyn Bytes>,
) -> Result<Link, Error> {
    let (host, port) = (usual_host(&target.host), target.port);
    let pin = trust.pins().key(&host, port);
    let connector = TlsConnector::from(trust.config(&host, port, pin));
    let connected = timeout_at(until, connector.connect(name, bytes))
        .await
        .map_err(|_| Error::note(ErrorKind::TimedOut, "TLS was not agreed on"))?;
    if trust.pins().key(&host, port) != pin {
        return Err(Error::note(ErrorKind::Offline, "somebody decided meanwhile whom to believe there"));
    }
    connected.map_err(|error| {
        if let Some(rustls::Error::InvalidCertificate(refused)) = as_tls(&error)
            && let Some(refused) = fault::refused(refused)
            && let Some(facts) = refused.facts.clone()
        {
            let (fault, leaf, is_sound) = (refused.fault, refused.leaf.clone(), refused.is_sound);
            trust.tell(Refusal { host, port, fault, facts, leaf, is_sound });
        }
        handshake_error(error)
    })
}

fn as_tls(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref().and_then(|inner| inner.downcast_ref())
}

/// Why there is no connection.
fn no_way(error: io::Error, port: u16) -> Error {
    let reason = match error.kind() {
        io::ErrorKind::NotFound => Error::new(ErrorKind::NameNotResolved),
        io::ErrorKind::ConnectionRefused => {
            Error::network(ErrorKind::Offline, NetworkFault::Refused { port })
        }
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown => {
            Error::network(ErrorKind::Offline, NetworkFault::NoNetwork)
        }
        _ => Error::new(ErrorKind::Offline),
    };
    reason.because(error)
}

async fn socket(host: &str, port: u16, only_public: bool, until: Instant) -> Result<Box<dyn Bytes>, Error> {
    let mut addresses = timeout_at(until, resolve(host, port))
        .await
        .map_err(|_| Error::note(ErrorKind::TimedOut, "the name was not resolved"))??;
    if only_public {
        addresses.retain(|address| is_public(address.ip()));
        if addresses.is_empty() {
            return Err(Error::note(ErrorKind::InvalidInput, "it lies in the person's own network"));
        }
    }
    let socket = timeout_at(until, race::connect_first(race::interleaved(addresses)))
        .await
        .map_err(|_| Error::note(ErrorKind::TimedOut, "no address answered"))?
        .map_err(|error| no_way(error, port))?;
    // Commands are small and waited for: Nagle's algorithm would hold each back.
    socket.set_nodelay(true).map_err(|error| Error::new(ErrorKind::Offline).because(error))?;
    // TLS reads in small pieces: each would be a call of the system.
    Ok(Box::new(BufReader::with_capacity(READ, socket)))
}

/// Whether an address is one of the network that everybody shares (RFC 6890), as far as is plain.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            let is_shared = first == 100 && (64..128).contains(&second);
            !(address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_multicast()
                || address.is_broadcast()
                || first == 0
                || is_shared)
        }
        IpAddr::V6(address) => {
            !(address.is_loopback()
                || address.is_unspecified()
                || address.is_multicast()
                || address.is_unique_local()
                || address.is_unicast_link_local())
        }
    }
}

/// The host without what people and URLs put around it: `[::1]` is `::1`, `mail.example.` is `mail.example`.
fn bare_host(host: &str) -> &str {
    let host = host.trim();
    match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(literal) => literal,
        None => host.strip_suffix('.').unwrap_or(host),
    }
}

async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, Error> {
    if let Ok(literal) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(literal, port)]);
    }
    let unknown = |error| match has_way_out() {
        true => Error::new(ErrorKind::NameNotResolved).because(error),
        false => Error::network(ErrorKind::NameNotResolved, NetworkFault::NoNetwork).because(error),
    };
    let found: Vec<SocketAddr> = tokio::net::lookup_host((host, port)).await.map_err(unknown)?.collect();
    if found.is_empty() { Err(Error::new(ErrorKind::NameNotResolved)) } else { Ok(found) }
}

/// Whether this device knows a way to anywhere else: without one nobody can be asked for a name. Nothing is sent (UDP); the
/// addresses are nobody's (RFC 5737, RFC 3849).
fn has_way_out() -> bool {
    let anywhere = [
        (SocketAddr::from(([0, 0, 0, 0], 0)), SocketAddr::from(([192, 0, 2, 1], 53))),
        (SocketAddr::from(([0; 8], 0)), SocketAddr::from(([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1], 53))),
    ];
    anywhere.into_iter().any(|(here, there)| match UdpSocket::bind(here) {
        Ok(socket) => match socket.connect(there) {
            Ok(()) => true,
            Err(error) => !is_no_network(&error),
        },
        Err(_) => false,
    })
}

fn is_no_network(error: &io::Error) -> bool {
    use io::ErrorKind as Reason;
    matches!(error.kind(), Reason::NetworkUnreachable | Reason::NetworkDown | Reason::AddrNotAvailable)
}

/// What a failed handshake means for the person.
fn handshake_error(error: io::Error) -> Error {
    let Some(tls) = as_tls(&error) else {
        // A balancer without a server behind it, or a server at its limit, hangs up right here.
        return Error::note(ErrorKind::Offline, "the server hung up before TLS was agreed on").because(error);
    };
    match tls {
        rustls::Error::InvalidCertificate(refused) => fault::refusal(refused).because(error),
        rustls::Error::NoCertificatesPresented => {
            Error::note(ErrorKind::TlsFailed, "the server showed no certificate").because(error)
        }
        rustls::Error::InvalidMessage(_) => {
            Error::note(ErrorKind::TlsFailed, "the server does not speak TLS on this port").because(error)
        }
        rustls::Error::PeerIncompatible(_) | rustls::Error::AlertReceived(_) => {
            Error::note(ErrorKind::TlsFailed, "the server agreed to no TLS of ours").because(error)
        }
        _ => Error::new(ErrorKind::TlsFailed).because(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Detail;

    #[test]
    fn hosts_lose_brackets_and_the_last_dot() {
        assert_eq!(bare_host("[::1]"), "::1");
        assert_eq!(bare_host(" imap.example. "), "imap.example");
        assert_eq!(bare_host("192.0.2.1"), "192.0.2.1");
    }

    #[test]
    fn no_network_and_a_closed_port_are_told_apart() {
        let of = |kind| no_way(io::Error::from(kind), 993).detail().clone();
        assert_eq!(
            of(io::ErrorKind::ConnectionRefused),
            Detail::Network(NetworkFault::Refused { port: 993 })
        );
        for kind in [io::ErrorKind::NetworkUnreachable, io::ErrorKind::NetworkDown] {
            assert_eq!(of(kind), Detail::Network(NetworkFault::NoNetwork));
        }
        // Somebody on the way answered: it isn't this device's network.
        assert_eq!(of(io::ErrorKind::HostUnreachable), Detail::None);
    }

    #[test]
    fn an_impossible_host_is_refused_before_anything_is_sent() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let target = Target { host: "not a host".into(), port: 993 };
        let key = rcgen::generate_simple_self_signed(["root.example".to_owned()]).unwrap();
        let trust = Trust::new(&[key.cert.der().to_vec()]).unwrap();
        let error = runtime.block_on(connect(&target, &trust, Duration::from_secs(1))).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }

    #[test]
    fn networks_of_a_house_are_told_from_everybodys() {
        for own in [
            "127.0.0.1",
            "10.1.2.3",
            "192.168.1.1",
            "172.16.0.9",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "::1",
            "fe80::1",
            "fd00::1",
            "::ffff:192.168.1.1",
            "255.255.255.255",
            "224.0.0.1",
        ] {
            assert!(!is_public(own.parse().unwrap()), "{own}");
        }
        for shared in ["9.9.9.9", "100.128.0.1", "2620:fe::fe", "::ffff:9.9.9.9"] {
            assert!(is_public(shared.parse().unwrap()), "{shared}");
        }
    }
}
