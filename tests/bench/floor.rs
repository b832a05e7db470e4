//! The floor: a bare TLS reader that asks for the same bytes and drops them. Nobody who keeps them can be faster.
//!
//! `waxwing-bench floor HOST PORT USER AUTHORITY CONNECTIONS WHAT`, the password in `BENCH_PASSWORD`.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::measure::{end_with_parent, say};

/// What the header pass of any client that shows a list has to ask for.
const HEADERS: &str = "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS \
                       (DATE FROM TO CC REPLY-TO SUBJECT MESSAGE-ID IN-REPLY-TO REFERENCES CONTENT-TYPE)])";
const BODIES: &str = "(UID FLAGS BODY.PEEK[])";

pub(crate) fn main(arguments: &[String]) {
    end_with_parent();
    let [host, port, user, authority, connections, what] = arguments else {
        panic!("HOST PORT USER AUTHORITY CONNECTIONS WHAT");
    };
    let password = std::env::var("BENCH_PASSWORD").expect("BENCH_PASSWORD");
    let config = config(&std::fs::read(authority).expect("the authority's file"));
    let port = port.parse().expect("a port");
    let open = || Bare::open(&config, host, port, user, &password);
    let items = match what.as_str() {
        "bodies" => BODIES,
        "headers" => HEADERS,
        "flags" => "(UID FLAGS)",
        "nothing" => {
            open();
            say("done", "");
            return;
        }
        other => {
            let bytes = resync(&mut open(), other);
            say("done", &bytes.to_string());
            return;
        }
    };
    let mut first = open();
    let selected = first.ask("SELECT INBOX");
    let count: u32 = connections.parse().expect("a number of connections");
    let share = number(&selected, "[UIDNEXT ") as u32 / count + 1;
    let bytes: u64 = std::thread::scope(|scope| {
        let others: Vec<_> = (1..count)
            .map(|place| {
                let open = &open;
                scope.spawn(move || {
                    let mut line = open();
                    line.ask("SELECT INBOX");
                    line.drop_answer(&format!(
                        "UID FETCH {}:{} {items}",
                        place * share + 1,
                        (place + 1) * share
                    ))
                })
            })
            .collect();
        let last = if count == 1 { "*".to_owned() } else { share.to_string() };
        let own = first.drop_answer(&format!("UID FETCH 1:{last} {items}"));
        own + others.into_iter().map(|other| other.join().expect("a reader")).sum::<u64>()
    });
    say("done", &bytes.to_string());
}

/// `qresync:UIDVALIDITY:MODSEQ[:UIDNEXT]`: what changed since then, and with a UIDNEXT the bodies from it on.
fn resync(line: &mut Bare, what: &str) -> u64 {
    let parts: Vec<&str> = what.split(':').collect();
    let ["qresync", validity, modseq, rest @ ..] = parts.as_slice() else { panic!("{what}") };
    line.ask("ENABLE QRESYNC");
    let mut bytes = line.drop_answer(&format!("SELECT INBOX (QRESYNC ({validity} {modseq}))"));
    if let [uid_next] = rest {
        bytes += line.drop_answer(&format!("UID FETCH {uid_next}:* {BODIES}"));
    }
    bytes
}

fn config(authority: &[u8]) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(authority.to_vec())).expect("an authority");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions of ring")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}

/// A signed-in connection that understands nothing but the end of an answer.
struct Bare {
    stream: StreamOwned<ClientConnection, TcpStream>,
    buffer: Vec<u8>,
    next_tag: u32,
}

impl Bare {
    fn open(config: &Arc<ClientConfig>, host: &str, port: u16, user: &str, password: &str) -> Self {
        let name = ServerName::try_from(host.to_owned()).expect("a host name");
        let session = ClientConnection::new(Arc::clone(config), name).expect("a TLS session");
        let socket = TcpStream::connect((host, port)).expect("a connection");
        socket.set_nodelay(true).expect("a socket");
        let mut line =
            Self { stream: StreamOwned::new(session, socket), buffer: vec![0; 64 << 10], next_tag: 1 };
        // No greeting is waited for: whoever speaks first, LOGIN is answered after it.
        line.ask(&format!("LOGIN \"{user}\" \"{password}\""));
        line
    }

    /// Sends a command and gives all that came until its end.
    fn ask(&mut self, command: &str) -> String {
        let mut answer = Vec::new();
        self.read_answer(command, |bytes| answer.extend_from_slice(bytes));
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// The same, and only counts it.
    fn drop_answer(&mut self, command: &str) -> u64 {
        let mut count = 0;
        self.read_answer(command, |bytes| count += bytes.len() as u64);
        count
    }

    fn read_answer(&mut self, command: &str, mut take: impl FnMut(&[u8])) {
        let tag = format!("floor-{}", self.next_tag);
        self.next_tag += 1;
        self.stream.write_all(format!("{tag} {command}\r\n").as_bytes()).expect("the server reads");
        self.stream.flush().expect("the server reads");
        let mut tail: Vec<u8> = Vec::new();
        loop {
            let count = self.stream.read(&mut self.buffer).expect("the server answers");
            assert!(count > 0, "the server ended in the middle of {command}");
            let bytes = &self.buffer[..count];
            take(bytes);
            // The last line may have come in pieces; it is short.
            tail.extend_from_slice(&bytes[count.saturating_sub(4096)..]);
            tail.drain(..tail.len().saturating_sub(4096));
            if let Some(status) = ended(&tail, &tag) {
                assert!(status.starts_with("OK"), "{command}: {status}");
                return;
            }
        }
    }
}

/// The status, if the last line is the tagged one.
fn ended<'a>(tail: &'a [u8], tag: &str) -> Option<&'a str> {
    let line = tail.strip_suffix(b"\r\n")?;
    let start = line.windows(2).rposition(|pair| pair == b"\r\n").map_or(0, |place| place + 2);
    str::from_utf8(&line[start..]).ok()?.strip_prefix(tag)?.strip_prefix(' ')
}

fn number(text: &str, name: &str) -> u64 {
    let (_, rest) = text.split_once(name).unwrap_or_else(|| panic!("no {name} in {text}"));
    rest.split(']').next().and_then(|digits| digits.parse().ok()).expect("a number")
}
