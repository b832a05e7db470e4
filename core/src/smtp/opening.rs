//! What is said in the clear to begin TLS by STARTTLS (RFC 3207).
//!
//! Nothing of it is believed: what is offered here is asked again inside. A server that doesn't offer STARTTLS, or refuses it,
//! may be one that somebody else stands before; there is no way on without TLS. Octets that came after the answer, and so
//! before TLS, were put there by that somebody: the connection is given up.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::error::{Error, ErrorKind};
use crate::net::{Bytes, Opening};

/// The longest answer, in octets.
const ANSWER: usize = 16 << 10;

/// EHLO, then STARTTLS.
pub(super) struct StartTls {
    /// Whom we say we are.
    pub(super) hello: String,
}

impl Opening for StartTls {
    async fn speak(self, bytes: &mut dyn Bytes) -> Result<(), Error> {
        let mut heard = Vec::new();
        let greeting = answer(bytes, &mut heard).await?;
        if greeting.code != "220" {
            return Err(refused(&greeting));
        }
        say(bytes, &format!("EHLO {}\r\n", self.hello)).await?;
        let offers = answer(bytes, &mut heard).await?;
        if offers.code != "250" {
            return Err(refused(&offers));
        }
        if !offers.lines.iter().skip(1).any(|line| line.trim().eq_ignore_ascii_case("STARTTLS")) {
            return Err(Error::note(ErrorKind::TlsFailed, "the server offers no STARTTLS"));
        }
        say(bytes, "STARTTLS\r\n").await?;
        let agreed = answer(bytes, &mut heard).await?;
        if agreed.code != "220" {
            return Err(Error::note(ErrorKind::TlsFailed, "the server refused STARTTLS"));
        }
        if heard.is_empty() {
            Ok(())
        } else {
            Err(Error::note(ErrorKind::TlsFailed, "something was said between STARTTLS and TLS"))
        }
    }
}

/// A reply (RFC 5321 section 4.2).
struct Answer {
    code: String,
    lines: Vec<String>,
}

/// What a server says that won't talk, or not now. From before TLS: its words are not passed on.
fn refused(answer: &Answer) -> Error {
    match answer.code.as_bytes().first() {
        Some(b'4') => Error::note(ErrorKind::Offline, "the server takes no mail at the moment"),
        _ => Error::note(ErrorKind::TlsFailed, "the server ended the conversation before TLS"),
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
async fn answer(bytes: &mut dyn Bytes, heard: &mut Vec<u8>) -> Result<Answer, Error> {
    let broken = || Error::note(ErrorKind::ProtocolBroken, "this is no answer of a mail server");
    let mut lines = Vec::new();
    loop {
        while let Some(end) = heard.iter().position(|octet| *octet == b'\n') {
            let line: Vec<u8> = heard.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches(['\r', '\n']);
            let (code, rest) = line.split_at_checked(3).ok_or_else(broken)?;
            if !code.bytes().all(|digit| digit.is_ascii_digit()) {
                return Err(broken());
            }
            lines.push(rest.get(1..).unwrap_or_default().to_owned());
            match rest.as_bytes().first() {
                Some(b'-') => {}
                None | Some(b' ') => return Ok(Answer { code: code.to_owned(), lines }),
                Some(_) => return Err(broken()),
            }
        }
        if heard.len() > ANSWER || lines.len() > 200 {
            return Err(broken());
        }
        let mut piece = [0; 1024];
        let count =
            bytes.read(&mut piece).await.map_err(|error| Error::new(ErrorKind::Offline).because(error))?;
        if count == 0 {
            return Err(Error::note(ErrorKind::Offline, "the server hung up before TLS was agreed on"));
        }
        heard.extend_from_slice(piece.get(..count).unwrap_or_default());
    }
}
