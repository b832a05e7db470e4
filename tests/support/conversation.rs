//! Plays conversations: files in which a server's lines, the client's lines, what is ordered and what is told
//! stand in order. The same file is played against the pure session, whole and octet by octet, and over TLS.
//!
//! A line of a file is one of these; empty lines and those that begin with `#` are left out.
//!
//! | line | means |
//! |---|---|
//! | `user: NAME SECRET` | with what to sign in, instead of `mia` and `sesame` |
//! | `token: NAME TOKEN` | the same with a token of OAuth 2 |
//! | `host: NAME` | where one is connected to |
//! | `nonce: TEXT` | the client's part of a SCRAM nonce; without it there is no SCRAM |
//! | `exporter: NUMBER`, `end point: TEXT` | channel bindings: 32 octets of that number, and the text's octets |
//! | `names: utf-8` | names of mailboxes are wanted in UTF-8 |
//! | `S: text` | the server sends this line |
//! | `S- text` | the server sends this without a line end |
//! | `S% text` | the server sends this line, `%XX` being an octet |
//! | `C: text` | the client sends exactly this line; `C% text` likewise |
//! | `do 1: op` | an op is submitted, and called 1 from now on; see [`op`] |
//! | `finish idle` | |
//! | `compress` | the stream is to be compressed; once it is, the lines above go over compressed |
//! | `raw% text` | the server sends these octets as they are, `%XX` being an octet |
//! | `fact: text` | the next fact, as [`Told::text`] writes it |
//! | `later: 60` | so many seconds pass |
//! | `end` | the server closes the stream properly |
//! | `cut` | the stream breaks |
//!
//! Whatever the client sends must be in the file before the server goes on; whatever it tells must be in the
//! file before its end.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A broken script is a failed test.

mod deflated;
mod over_tls;
mod script;
mod told;

use std::collections::HashMap;
use std::time::Duration;

use waxwing_core::imap::{OpId, Session};
use waxwing_core::model::Moment;
use waxwing_core::{Error, ErrorKind};

use deflated::Deflated;
use over_tls::OverTls;
use script::{Script, Step, parse};
use told::Told;

/// How the bytes get from one side to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Handed over as written.
    Whole,
    /// Handed over one by one.
    Octets,
    /// Over a TLS connection on this machine.
    Tls,
}

/// Plays a conversation; panics with the line where it went another way.
pub fn play(name: &str, text: &str, way: Way) {
    let script = parse(name, text);
    let steps = script.steps;
    let mut player = Player::new(name, way, Script { steps: Vec::new(), ..script });
    for (line, step) in steps {
        player.line = line;
        player.step(step);
    }
    player.nothing_is_left();
}

struct Player<'s> {
    name: &'s str,
    way: Way,
    line: usize,
    session: Session,
    now: Moment,
    tls: Option<OverTls>,
    /// The server's end of the compressed stream.
    deflated: Deflated,
    told: Told,
    labels: HashMap<OpId, u64>,
    /// What the client sent and the file hasn't named yet.
    heard: Vec<u8>,
}

impl<'s> Player<'s> {
    fn new(name: &'s str, way: Way, script: Script) -> Self {
        let now = Moment(0);
        Self {
            name,
            way,
            line: 0,
            session: Session::new(script.credentials, script.options, now),
            now,
            tls: (way == Way::Tls).then(OverTls::connect),
            deflated: Deflated::default(),
            told: Told::default(),
            labels: HashMap::new(),
            heard: Vec::new(),
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Server(bytes) if self.session.is_compressed() => {
                let bytes = self.deflated.batch(&bytes);
                self.server_sends(&bytes);
            }
            Step::Server(bytes) | Step::Raw(bytes) => self.server_sends(&bytes),
            Step::Compress => {
                self.session.compress(self.now);
            }
            Step::Client(bytes) => self.client_sent(&bytes),
            Step::Do(label, op) => {
                let id = self.session.submit(op, self.now);
                self.labels.insert(id, label);
            }
            Step::FinishIdle => self.session.finish_idle(self.now),
            Step::Fact(expected) => {
                self.listen();
                let told = self.told.next().unwrap_or_else(|| "(nothing)".to_owned());
                assert_eq!(told, expected, "\n{}: a fact", self.place());
            }
            Step::Later(seconds) => {
                self.client_is_silent();
                self.now = self.now.after(Duration::from_secs(seconds));
                self.session.tick(self.now);
            }
            Step::End | Step::Cut => {
                self.client_is_silent();
                let is_clean = step == Step::End;
                let is_clean = self.tls.as_mut().map_or(is_clean, |tls| tls.end(is_clean));
                let error = (!is_clean).then(|| Error::new(ErrorKind::Offline));
                self.session.end_of_stream(error, self.now);
            }
        }
    }

    fn server_sends(&mut self, bytes: &[u8]) {
        self.client_is_silent();
        match (&mut self.tls, self.way) {
            (Some(tls), _) => {
                for piece in tls.server_sends(bytes) {
                    self.session.feed(&piece, self.now);
                }
            }
            (None, Way::Octets) => bytes.chunks(1).for_each(|octet| self.session.feed(octet, self.now)),
            (None, _) => self.session.feed(bytes, self.now),
        }
        self.listen();
    }

    fn client_sent(&mut self, expected: &[u8]) {
        self.hear();
        let length =
            self.heard.iter().position(|byte| *byte == b'\n').map_or(self.heard.len(), |end| end + 1);
        let sent: Vec<u8> = self.heard.drain(..length).collect();
        let (sent, expected) = (sent.escape_ascii().to_string(), expected.escape_ascii().to_string());
        assert_eq!(sent, expected, "\n{}: what the client sends", self.place());
    }

    fn client_is_silent(&mut self) {
        self.hear();
        let sent = self.heard.escape_ascii().to_string();
        assert_eq!(sent, "", "\n{}: the client sends more than the file says", self.place());
    }

    fn hear(&mut self) {
        let output = self.session.take_output();
        let output = match &mut self.tls {
            Some(tls) => tls.client_sends(&output),
            None => output,
        };
        let is_compressed = self.session.is_compressed();
        self.heard.extend(if is_compressed { self.deflated.inflated(&output) } else { output });
    }

    fn listen(&mut self) {
        while let Some(fact) = self.session.next_fact() {
            self.told.add(fact, &self.labels);
        }
    }

    fn nothing_is_left(&mut self) {
        self.client_is_silent();
        self.listen();
        assert_eq!(self.told.next(), None, "\n{}: the file doesn't name this fact", self.place());
    }

    fn place(&self) -> String {
        format!("{}.imap line {} ({:?})", self.name, self.line, self.way)
    }
}
