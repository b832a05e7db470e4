//! Whether a server is there, proves who it is, and speaks the right protocol. Nothing is said but a greeting and a farewell.

use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesOrdered, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use crate::engine::opening::StartTls;
use crate::error::{Error, ErrorKind};
use crate::model::{Security, SubmissionServer};
use crate::net::{self, Link, Target, Trust};
use crate::smtp;
use crate::wire::reader::{self, Response, StatusKind};

/// For one server. Two rounds of them are over before discovery is.
const EACH: Duration = Duration::from_secs(4);
/// The longest greeting, in octets.
const GREETING: usize = 8 << 10;

/// What came of looking at several.
#[derive(Default)]
pub(super) struct Found {
    /// The first that is one.
    pub(super) place: Option<(String, u16, Security)>,
    /// One of them was there, whatever it was.
    pub(super) was_heard: bool,
    /// None of them has an address.
    pub(super) is_absent: bool,
}

type Place<'a> = (&'a str, u16, Security);
type Look = for<'a> fn(Place<'a>, &'a Trust) -> BoxFuture<'a, Result<(), Error>>;

/// Looks at all hosts at once: with TLS from the first byte at one port and, where none is there, with STARTTLS at the other.
pub(super) async fn first(hosts: &[String], [tls, starttls]: [u16; 2], trust: &Trust, look: Look) -> Found {
    let mut found = Found { is_absent: true, ..Found::default() };
    for (port, security) in [(tls, Security::Tls), (starttls, Security::StartTls)] {
        let mut looking: FuturesOrdered<_> = hosts
            .iter()
            .map(|host| async move { (host, look((host, port, security), trust).await) })
            .collect();
        while let Some((host, seen)) = looking.next().await {
            match seen {
                Ok(()) => {
                    (found.was_heard, found.is_absent) = (true, false);
                    found.place = Some((host.clone(), port, security));
                    return found;
                }
                Err(error) => {
                    found.was_heard |= is_from_somebody(&error);
                    found.is_absent &= error.kind() == ErrorKind::NameNotResolved;
                }
            }
        }
    }
    found
}

/// Whether the other end said something.
fn is_from_somebody(error: &Error) -> bool {
    !matches!(error.kind(), ErrorKind::Offline | ErrorKind::NameNotResolved | ErrorKind::TimedOut)
}

pub(super) fn imap_at<'a>(place: Place<'a>, trust: &'a Trust) -> BoxFuture<'a, Result<(), Error>> {
    Box::pin(imap(place, trust))
}

pub(super) fn submission_at<'a>(place: Place<'a>, trust: &'a Trust) -> BoxFuture<'a, Result<(), Error>> {
    Box::pin(async move {
        let (host, port, security) = place;
        smtp::greet(&SubmissionServer { host: host.to_owned(), port, security }, trust, EACH).await
    })
}

/// Whether a server for reading mail is there.
pub(super) async fn imap((host, port, security): Place<'_>, trust: &Trust) -> Result<(), Error> {
    let target = Target { host: host.to_owned(), port };
    let late = || Error::note(ErrorKind::TimedOut, "the server doesn't greet");
    let looking = async {
        let mut link = match security {
            Security::Tls => {
                let mut link = net::connect(&target, trust, EACH).await?;
                hear_greeting(&mut link).await?;
                link
            }
            // It has greeted already, and agreed to TLS.
            Security::StartTls => net::connect_after(&target, trust, EACH, StartTls).await?,
        };
        // Whether it hears that makes no difference.
        let _ = link.write_all(b"T3 LOGOUT\r\n").await;
        let _ = link.shutdown().await;
        Ok(())
    };
    timeout(EACH, looking).await.map_err(|_| late())?
}

/// One whose mail is open to everybody (PREAUTH), and one that has no time, is no server to sign in to.
async fn hear_greeting(link: &mut Link) -> Result<(), Error> {
    let mut heard = Vec::new();
    let mut piece = [0; 1024];
    let end = loop {
        if let Some(end) = heard.iter().position(|octet| *octet == b'\n') {
            break end;
        }
        let count =
            link.read(&mut piece).await.map_err(|error| Error::new(ErrorKind::Offline).because(error))?;
        if count == 0 || heard.len() > GREETING {
            return Err(Error::note(ErrorKind::ProtocolBroken, "this is no IMAP greeting"));
        }
        heard.extend_from_slice(piece.get(..count).unwrap_or_default());
    };
    let line = heard.get(..end).unwrap_or_default().trim_ascii_end();
    match reader::read(line) {
        Response::Status(status) if status.kind == StatusKind::Ok => Ok(()),
        _ => Err(Error::note(ErrorKind::ProtocolBroken, "this is no IMAP greeting")),
    }
}
