//! What is said in the clear to begin TLS by STARTTLS (RFC 3207).
//!
//! Nothing of it is believed: what is offered here is asked again inside. A server that doesn't offer STARTTLS, or refuses it,
//! may be one that somebody else stands before; there is no way on without TLS. Octets that came after the answer, and so
//! before TLS, were put there by that somebody: the connection is given up.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::reply::{Heard, Reply};
use crate::error::{Error, ErrorKind};
use crate::net::{Bytes, Opening};

/// EHLO, then STARTTLS.
pub(super) struct StartTls {
    /// Whom we say we are.
    pub(super) hello: String,
}

impl Opening for StartTls {
    async fn speak(self, bytes: &mut dyn Bytes) -> Result<(), Error> {
        let mut heard = Heard::default();
        let greeting = answer(bytes, &mut heard).await?;
        if greeting.code != 220 {
            return Err(refused(&greeting));
        }
        say(bytes, &format!("EHLO {}\r\n", self.hello)).await?;
        let offers = answer(bytes, &mut heard).await?;
        if offers.code != 250 {
            return Err(refused(&offers));
        }
        if !offers.lines.iter().skip(1).any(|line| line.trim().eq_ignore_ascii_case("STARTTLS")) {
            return Err(Error::note(ErrorKind::TlsFailed, "the server offers no STARTTLS"));
        }
        say(bytes, "STARTTLS\r\n").await?;
        let agreed = answer(bytes, &mut heard).await?;
        if agreed.code != 220 {
            return Err(Error::note(ErrorKind::TlsFailed, "the server refused STARTTLS"));
        }
        if heard.is_empty() {
            Ok(())
        } else {
            Err(Error::note(ErrorKind::TlsFailed, "something was said between STARTTLS and TLS"))
        }
    }
}

/// What a server says that won't talk, or not now. From before TLS: its words are not passed on.
fn refused(answer: &Reply) -> Error {
    if answer.is_for_now() {
        Error::note(ErrorKind::Offline, "the server takes no mail at the moment")
    } else {
        Error::note(ErrorKind::TlsFailed, "the server ended the conversation before TLS")
    }
}

async fn say(bytes: &mut dyn Bytes, line: &str) -> Result<(), Error> {
    let written = async {
        bytes.write_all(line.as_bytes()).await?;
        bytes.flush().await
    };
    written.await.map_err(|error| Error::new(ErrorKind::Offline).because(error))
}

/// The next whole answer; `heard` keeps what came after it.
async fn answer(bytes: &mut dyn Bytes, heard: &mut Heard) -> Result<Reply, Error> {
    loop {
        if let Some(reply) = heard.take()? {
            return Ok(reply);
        }
        let mut piece = [0; 1024];
        let count =
            bytes.read(&mut piece).await.map_err(|error| Error::new(ErrorKind::Offline).because(error))?;
        if count == 0 {
            return Err(Error::note(ErrorKind::Offline, "the server hung up before TLS was agreed on"));
        }
        heard.add(piece.get(..count).unwrap_or_default());
    }
}
