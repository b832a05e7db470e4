//! The second client: looks at a server from outside and changes it there, sharing nothing with the core.
//!
//! Blocking, one command at a time, and strict: what it doesn't understand ends the test.

mod response;

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use sha2::{Digest, Sha256};

pub use response::Value;
use response::{literal_size, parse};

/// A signed-in connection.
pub struct SecondClient {
    stream: StreamOwned<ClientConnection, TcpStream>,
    buffer: Vec<u8>,
    next_tag: u32,
}

/// A mailbox as SELECT describes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Selected {
    pub exists: u32,
    pub uid_validity: u32,
    pub uid_next: u32,
    /// 0 where the server keeps none; Dovecot begins to when a client first asks for it.
    pub highest_modseq: u64,
}

/// A mail as the server has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerMail {
    /// As the server spells them, sorted, without `\Recent`.
    pub flags: Vec<String>,
    /// Of the octets of the whole mail, in hex.
    pub sha256: String,
    /// RFC822.SIZE.
    pub size: u64,
}

/// All mail of an account: mailbox → UID → mail.
pub type Snapshot = BTreeMap<String, BTreeMap<u32, ServerMail>>;

/// What a command brought.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Untagged responses, without `* ` and line end, literals in place after their `{n}` line.
    pub untagged: Vec<Vec<u8>>,
    /// The tagged line from its status (`OK`, `NO`, `BAD`) on.
    pub status: String,
}

impl SecondClient {
    /// Connects and signs in. A refusal is an error of kind `PermissionDenied`.
    pub fn connect(host: &str, port: u16, authority: &[u8], user: &str, password: &str) -> io::Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(authority.to_vec())).map_err(io::Error::other)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let session = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
        let socket = TcpStream::connect((host, port))?;
        socket.set_read_timeout(Some(Duration::from_secs(60)))?;
        socket.set_write_timeout(Some(Duration::from_secs(60)))?;
        socket.set_nodelay(true)?;
        let mut client = Self { stream: StreamOwned::new(session, socket), buffer: Vec::new(), next_tag: 1 };
        loop {
            let greeting = client.response()?;
            // Dovecot says so when it has only just started.
            if !greeting.starts_with(b"* OK Waiting") {
                break;
            }
        }
        let reply = client.run(&format!("LOGIN {} {}", quoted(user), quoted(password)))?;
        if !reply.status.starts_with("OK") {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, reply.status));
        }
        Ok(client)
    }

    /// Sends one command line and reads until its tagged answer, whatever that says.
    pub fn run(&mut self, command: &str) -> io::Result<Reply> {
        self.run_with_literal(command, None)
    }

    /// Sends one command that must succeed.
    pub fn ok(&mut self, command: &str) -> io::Result<Reply> {
        let reply = self.run(command)?;
        expect_ok(reply, command)
    }

    /// What the server can do, upper case.
    pub fn capabilities(&mut self) -> io::Result<Vec<String>> {
        let reply = self.ok("CAPABILITY")?;
        let line =
            reply.untagged.iter().find(|line| line.starts_with(b"CAPABILITY ")).cloned().unwrap_or_default();
        Ok(String::from_utf8_lossy(&line).split(' ').skip(1).map(str::to_ascii_uppercase).collect())
    }

    /// The names of all mailboxes, as on the wire.
    pub fn mailboxes(&mut self) -> io::Result<Vec<String>> {
        let reply = self.ok("LIST \"\" *")?;
        let mut names = Vec::new();
        for line in reply.untagged.iter().filter(|line| line.starts_with(b"LIST ")) {
            let values = parse(&line[5..])?;
            names.push(values.get(2).map(Value::text).unwrap_or_default());
        }
        names.sort();
        Ok(names)
    }

    /// Selects a mailbox for reading and writing.
    pub fn select(&mut self, mailbox: &str) -> io::Result<Selected> {
        let reply = self.ok(&format!("SELECT {}", quoted(mailbox)))?;
        let mut selected = Selected::default();
        for line in &reply.untagged {
            let line = String::from_utf8_lossy(line);
            if let Some(count) = line.strip_suffix(" EXISTS") {
                selected.exists = count.parse().map_err(io::Error::other)?;
            }
            selected.uid_validity = code(&line, "UIDVALIDITY").unwrap_or(selected.uid_validity);
            selected.uid_next = code(&line, "UIDNEXT").unwrap_or(selected.uid_next);
            selected.highest_modseq = code(&line, "HIGHESTMODSEQ").unwrap_or(selected.highest_modseq);
        }
        Ok(selected)
    }

    /// Flags of every mail in the selected mailbox, sorted, without `\Recent`.
    pub fn flags(&mut self) -> io::Result<BTreeMap<u32, Vec<String>>> {
        let rows = self.fetch("1:*", "UID FLAGS")?;
        Ok(rows.into_iter().map(|(uid, row)| (uid, flags_of(&row))).collect())
    }

    /// The octets of one mail in the selected mailbox. `\Seen` stays as it is.
    pub fn body(&mut self, uid: u32) -> io::Result<Vec<u8>> {
        let mut rows = self.fetch(&uid.to_string(), "UID BODY.PEEK[]")?;
        let row = rows.remove(&uid).ok_or_else(|| io::Error::other(format!("no mail with UID {uid}")))?;
        octets_of(&row)
    }

    /// Every mail of the selected mailbox. Reads all bodies, a hundred mails at a time.
    pub fn mails(&mut self) -> io::Result<BTreeMap<u32, ServerMail>> {
        let uids: Vec<u32> = self.fetch("1:*", "UID")?.into_keys().collect();
        let mut mails = BTreeMap::new();
        for some in uids.chunks(100) {
            for (uid, row) in self.fetch(&set(some), "UID FLAGS RFC822.SIZE BODY.PEEK[]")? {
                let size = row.get("RFC822.SIZE").map(Value::text).unwrap_or_default();
                let size = size.parse().map_err(io::Error::other)?;
                mails.insert(
                    uid,
                    ServerMail { flags: flags_of(&row), sha256: sha256(&octets_of(&row)?), size },
                );
            }
        }
        Ok(mails)
    }

    /// All mail of the account.
    pub fn snapshot(&mut self) -> io::Result<Snapshot> {
        let mut snapshot = Snapshot::new();
        for mailbox in self.mailboxes()? {
            self.ok(&format!("EXAMINE {}", quoted(&mailbox)))?;
            snapshot.insert(mailbox, self.mails()?);
        }
        Ok(snapshot)
    }

    /// UIDs in the selected mailbox that match, such as `SUBJECT "x"`.
    pub fn search(&mut self, keys: &str) -> io::Result<Vec<u32>> {
        let reply = self.ok(&format!("UID SEARCH {keys}"))?;
        let found = reply.untagged.iter().filter_map(|line| line.strip_prefix(b"SEARCH".as_slice()));
        let text: String = found.map(|line| String::from_utf8_lossy(line).into_owned()).collect();
        text.split_whitespace().map(|uid| uid.parse().map_err(io::Error::other)).collect()
    }

    /// Changes flags: `change` is `+FLAGS`, `-FLAGS` or `FLAGS`, `flags` such as `\Seen $Junk`.
    pub fn store(&mut self, uids: &[u32], change: &str, flags: &str) -> io::Result<()> {
        self.ok(&format!("UID STORE {} {change} ({flags})", set(uids))).map(drop)
    }

    /// Moves mails out of the selected mailbox.
    pub fn move_to(&mut self, uids: &[u32], mailbox: &str) -> io::Result<()> {
        self.ok(&format!("UID MOVE {} {}", set(uids), quoted(mailbox))).map(drop)
    }

    /// Copies mails out of the selected mailbox.
    pub fn copy_to(&mut self, uids: &[u32], mailbox: &str) -> io::Result<()> {
        self.ok(&format!("UID COPY {} {}", set(uids), quoted(mailbox))).map(drop)
    }

    /// Expunges exactly these mails.
    pub fn expunge(&mut self, uids: &[u32]) -> io::Result<()> {
        self.store(uids, "+FLAGS", "\\Deleted")?;
        self.ok(&format!("UID EXPUNGE {}", set(uids))).map(drop)
    }

    /// Adds a mail; `date` is its INTERNALDATE in seconds since 1970. Gives its UID (RFC 4315).
    pub fn append(&mut self, mailbox: &str, flags: &str, date: Option<u64>, raw: &[u8]) -> io::Result<u32> {
        let date = date.map(internal_date).transpose()?.unwrap_or_default();
        let command = format!("APPEND {} ({flags}){date}", quoted(mailbox));
        let reply = expect_ok(self.run_with_literal(&command, Some(raw))?, "APPEND")?;
        let uid = reply.status.split_once("APPENDUID ").and_then(|(_, rest)| rest.split([' ', ']']).nth(1));
        uid.and_then(|uid| uid.parse().ok()).ok_or_else(|| io::Error::other("no APPENDUID"))
    }

    /// Makes a mailbox.
    pub fn create(&mut self, mailbox: &str) -> io::Result<()> {
        self.ok(&format!("CREATE {}", quoted(mailbox))).map(drop)
    }

    /// Removes a mailbox and all mail in it.
    pub fn delete(&mut self, mailbox: &str) -> io::Result<()> {
        self.ok(&format!("DELETE {}", quoted(mailbox))).map(drop)
    }

    /// Renames a mailbox.
    pub fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.ok(&format!("RENAME {} {}", quoted(from), quoted(to))).map(drop)
    }

    /// FETCH by UID: for each mail its items by upper-case name. A set that matches nothing gives nothing.
    pub fn fetch(&mut self, uids: &str, items: &str) -> io::Result<BTreeMap<u32, BTreeMap<String, Value>>> {
        let reply = self.ok(&format!("UID FETCH {uids} ({items})"))?;
        let mut rows = BTreeMap::new();
        for line in &reply.untagged {
            let Some(place) = line.windows(7).take(20).position(|word| word == b" FETCH ") else { continue };
            let values = parse(&line[place + 7..])?;
            let Some(Value::List(pairs)) = values.into_iter().next() else {
                return Err(io::Error::other("FETCH without a list"));
            };
            let mut row = BTreeMap::new();
            for pair in pairs.chunks_exact(2) {
                row.insert(pair[0].text().to_ascii_uppercase(), pair[1].clone());
            }
            // Without a UID it is no answer but news: another client changed flags just now.
            let Some(uid) = row.get("UID").map(Value::text) else { continue };
            rows.insert(uid.parse().map_err(io::Error::other)?, row);
        }
        Ok(rows)
    }

    fn run_with_literal(&mut self, command: &str, literal: Option<&[u8]>) -> io::Result<Reply> {
        let tag = format!("s{}", self.next_tag);
        self.next_tag += 1;
        let mut untagged = Vec::new();
        if let Some(octets) = literal {
            self.stream.write_all(format!("{tag} {command} {{{}}}\r\n", octets.len()).as_bytes())?;
            self.stream.flush()?;
            let answer = self.response()?;
            if !answer.starts_with(b"+") {
                return Err(io::Error::other(String::from_utf8_lossy(&answer).into_owned()));
            }
            self.stream.write_all(octets)?;
            self.stream.write_all(b"\r\n")?;
        } else {
            self.stream.write_all(format!("{tag} {command}\r\n").as_bytes())?;
        }
        self.stream.flush()?;
        let prefix = format!("{tag} ");
        loop {
            let response = self.response()?;
            if let Some(line) = response.strip_prefix(b"* ") {
                untagged.push(line.to_vec());
            } else if let Some(status) = response.strip_prefix(prefix.as_bytes()) {
                return Ok(Reply { untagged, status: String::from_utf8_lossy(status).into_owned() });
            } else {
                return Err(io::Error::other(format!(
                    "out of place: {}",
                    String::from_utf8_lossy(&response)
                )));
            }
        }
    }

    /// One response with its literals, without the last line end.
    fn response(&mut self) -> io::Result<Vec<u8>> {
        let mut end = 0;
        loop {
            let line_end = self.line_end(end)?;
            match literal_size(&self.buffer[..line_end]) {
                Some(size) => {
                    end = line_end + 2 + size;
                    self.fill_to(end)?;
                }
                None => {
                    let mut response: Vec<u8> = self.buffer.drain(..line_end + 2).collect();
                    response.truncate(line_end);
                    return Ok(response);
                }
            }
        }
    }

    /// The place of the first CRLF from `start` on.
    fn line_end(&mut self, start: usize) -> io::Result<usize> {
        let mut looked = start;
        loop {
            if let Some(place) = self.buffer[looked..].windows(2).position(|pair| pair == b"\r\n") {
                return Ok(looked + place);
            }
            looked = self.buffer.len().saturating_sub(1).max(start);
            self.fill_to(self.buffer.len() + 1)?;
        }
    }

    fn fill_to(&mut self, length: usize) -> io::Result<()> {
        let mut chunk = [0; 65_536];
        while self.buffer.len() < length {
            let count = self.stream.read(&mut chunk)?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.buffer.extend_from_slice(&chunk[..count]);
        }
        Ok(())
    }
}

/// SHA-256 in lower-case hex.
pub fn sha256(octets: &[u8]) -> String {
    Sha256::digest(octets).iter().map(|octet| format!("{octet:02x}")).collect()
}

fn expect_ok(reply: Reply, command: &str) -> io::Result<Reply> {
    if reply.status.starts_with("OK") {
        Ok(reply)
    } else {
        Err(io::Error::other(format!("{command}: {}", reply.status)))
    }
}

fn flags_of(row: &BTreeMap<String, Value>) -> Vec<String> {
    let Some(Value::List(flags)) = row.get("FLAGS") else { return Vec::new() };
    let mut flags: Vec<String> = flags.iter().map(Value::text).filter(|flag| flag != "\\Recent").collect();
    flags.sort();
    flags
}

fn octets_of(row: &BTreeMap<String, Value>) -> io::Result<Vec<u8>> {
    match row.get("BODY[]") {
        Some(Value::Text(octets)) => Ok(octets.clone()),
        _ => Err(io::Error::other("no body")),
    }
}

/// A number in a response code, such as 7 in `OK [UIDNEXT 7] …`.
fn code<T: std::str::FromStr>(line: &str, name: &str) -> Option<T> {
    let (_, rest) = line.split_once(&format!("[{name} "))?;
    rest.split(']').next()?.parse().ok()
}

fn set(uids: &[u32]) -> String {
    uids.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
}

fn quoted(text: &str) -> String {
    assert!(!text.contains(['\r', '\n', '\0']), "not fit for a quoted string");
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// ` "17-Jul-2024 02:44:25 +0000"`
fn internal_date(seconds: u64) -> io::Result<String> {
    let seconds = i64::try_from(seconds).map_err(io::Error::other)?;
    let date = jiff::Timestamp::from_second(seconds).map_err(io::Error::other)?;
    Ok(format!(" \"{}\"", date.strftime("%d-%b-%Y %H:%M:%S +0000")))
}
