//! What is said in the clear to begin TLS on a connection for mail (STARTTLS, RFC 9051 section 6.2.1).
//!
//! Nothing of it is believed: capabilities are asked for again inside, and no ALERT from here is shown. A server that doesn't
//! offer STARTTLS, or refuses it, may be one that somebody else stands before; there is no way on without TLS. Octets that came
//! after the answer, and so before TLS, were put there by that somebody: the connection is given up.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::error::{Error, ErrorKind};
use crate::net::{Bytes, Opening};
use crate::wire::reader::{self, Response, StatusKind};

/// All that may be said before TLS, in octets and in lines.
const MOST: usize = 16 << 10;
const MOST_LINES: usize = 100;

/// CAPABILITY, then STARTTLS.
pub(super) struct StartTls;

impl Opening for StartTls {
    async fn speak(self, bytes: &mut dyn Bytes) -> Result<(), Error> {
        let mut heard = Heard { bytes, waiting: Vec::new(), octets: 0, lines: 0 };
        let greeting = heard.line().await?;
        match reader::read(&greeting) {
            Response::Status(status) if status.kind == StatusKind::Ok => {}
            Response::Status(status) if status.kind == StatusKind::Bye => {
                return Err(Error::note(ErrorKind::Offline, "the server takes nobody at the moment"));
            }
            Response::Status(status) if status.kind == StatusKind::PreAuth => {
                return Err(no_tls("the server takes us for signed in already"));
            }
            _ => return Err(Error::note(ErrorKind::ProtocolBroken, "this is no IMAP greeting")),
        }
        if !heard.ask("T1", "CAPABILITY", true).await? {
            return Err(no_tls("the server offers no STARTTLS"));
        }
        heard.ask("T2", "STARTTLS", false).await?;
        if heard.waiting.is_empty() {
            Ok(())
        } else {
            Err(no_tls("something was said between STARTTLS and TLS"))
        }
    }
}

fn no_tls(note: &'static str) -> Error {
    Error::note(ErrorKind::TlsFailed, note)
}

/// What a server says before it has proved who it is.
struct Heard<'a> {
    bytes: &'a mut dyn Bytes,
    /// What came after the last line that was looked at.
    waiting: Vec<u8>,
    octets: usize,
    lines: usize,
}

impl Heard<'_> {
    /// Sends a command and waits until the server has agreed to it. Says whether STARTTLS was offered meanwhile, where that is
    /// what is `wanted`.
    async fn ask(&mut self, tag: &str, command: &str, wanted: bool) -> Result<bool, Error> {
        let line = format!("{tag} {command}\r\n");
        let written = async {
            self.bytes.write_all(line.as_bytes()).await?;
            self.bytes.flush().await
        };
        written.await.map_err(|error| Error::new(ErrorKind::Offline).because(error))?;
        let mut is_offered = false;
        loop {
            let line = self.line().await?;
            match reader::read(&line) {
                Response::Tagged { tag: its, status } if its == tag.as_bytes() => {
                    return match status.kind {
                        StatusKind::Ok => Ok(is_offered),
                        _ => Err(no_tls("the server refused STARTTLS")),
                    };
                }
                Response::Status(status) if status.kind == StatusKind::Bye => {
                    return Err(Error::note(
                        ErrorKind::Offline,
                        "the server hung up before TLS was agreed on",
                    ));
                }
                Response::Capability(names) if wanted => {
                    is_offered |= names
                        .split(|octet| *octet == b' ')
                        .any(|name| name.eq_ignore_ascii_case(b"STARTTLS"));
                }
                _ => {}
            }
        }
    }

    /// The next line, without its end.
    async fn line(&mut self) -> Result<Vec<u8>, Error> {
        loop {
            if let Some(end) = self.waiting.iter().position(|octet| *octet == b'\n') {
                let mut line: Vec<u8> = self.waiting.drain(..=end).collect();
                line.truncate(line.trim_ascii_end().len());
                self.lines += 1;
                return Ok(line);
            }
            if self.octets > MOST || self.lines > MOST_LINES {
                return Err(Error::note(
                    ErrorKind::ProtocolBroken,
                    "the server speaks without an end before TLS",
                ));
            }
            let mut piece = [0; 1024];
            let read = self.bytes.read(&mut piece).await;
            let count = read.map_err(|error| Error::new(ErrorKind::Offline).because(error))?;
            if count == 0 {
                return Err(Error::note(ErrorKind::Offline, "the server hung up before TLS was agreed on"));
            }
            self.octets += count;
            self.waiting.extend_from_slice(piece.get(..count).unwrap_or_default());
        }
    }
}
