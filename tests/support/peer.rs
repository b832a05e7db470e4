//! A signed-in session and the server at its other end: the model server stepped in memory, or a real one over TLS.
//! What passes with one is tried with the other.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use waxwing_core::imap::ops::{MailboxStatus, OpError, Refusal};
use waxwing_core::imap::{Answer, Capabilities, Credentials, Fact, Op, OpId, Session, SessionOptions};
use waxwing_core::model::{Moment, Secret};
use waxwing_core::net::{self, Link, Target, Trust};
use waxwing_demo::model::{Connection, Dialect, Mailstore};

/// Far more exchanges of bytes than any op needs: a session that is not done by then never will be.
const MOST_STEPS: usize = 100_000;

/// A session with its server.
pub struct Peer {
    session: Session,
    now: Moment,
    server: Server,
    /// Bodies that came, by UID.
    pub bodies: Vec<(u32, Vec<u8>)>,
    body: Vec<u8>,
    /// The selected mailbox changed without our asking.
    pub changed: bool,
    /// What was told of other mailboxes without our asking.
    pub told: Vec<(String, MailboxStatus)>,
    /// The list of mailboxes changed without our asking.
    pub listed_anew: bool,
}

enum Server {
    Model { store: Box<Mailstore>, connection: Box<Connection> },
    Real { runtime: tokio::runtime::Runtime, link: Box<Link> },
}

impl Peer {
    /// The model server, in this thread, on a clock that moves only when nothing else does.
    pub fn model(mut store: Mailstore, dialect: Dialect, user: &str, password: &str) -> Self {
        store.set_password(user, password);
        let connection = Box::new(Connection::open(&mut store, dialect, 0));
        let server = Server::Model { store: Box::new(store), connection };
        Self::signed_in(server, SessionOptions::default(), user, password)
    }

    /// A server on this machine that speaks TLS with a certificate of that authority. All that the connection allows
    /// is used: sign-in by proof, and tied to the connection.
    pub fn real(host: &str, port: u16, authority: Vec<u8>, user: &str, password: &str) -> Self {
        let (server, options) = Self::connected(host, port, authority);
        Self::signed_in(server, options, user, password)
    }

    /// The same for a sign-in that is to be refused, and how it was.
    pub fn refused(host: &str, port: u16, authority: Vec<u8>, user: &str, password: &str) -> Refusal {
        let (server, options) = Self::connected(host, port, authority);
        match Self::begun(server, options, user, password).sign_in() {
            Fact::SignInRefused(refusal) => refusal,
            fact => panic!("no refusal: {fact:?}"),
        }
    }

    fn connected(host: &str, port: u16, authority: Vec<u8>) -> (Server, SessionOptions) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let trust = Trust::new(&[authority]).expect("a trust");
        let target = Target { host: host.to_owned(), port };
        let link =
            runtime.block_on(net::connect(&target, &trust, Duration::from_secs(20))).expect("a connection");
        let options = SessionOptions {
            host: host.to_owned(),
            channel_bindings: net::channel_bindings(&link),
            client_nonce: Some(net::nonce().expect("randomness")),
            ..SessionOptions::default()
        };
        (Server::Real { runtime, link: Box::new(link) }, options)
    }

    fn signed_in(server: Server, options: SessionOptions, user: &str, password: &str) -> Self {
        let mut peer = Self::begun(server, options, user, password);
        match peer.sign_in() {
            Fact::SignedIn => peer,
            fact => panic!("no sign-in: {fact:?}"),
        }
    }

    fn begun(server: Server, options: SessionOptions, user: &str, password: &str) -> Self {
        let credentials = Credentials::password(user, Secret::new(password));
        let session = Session::new(credentials, options, Moment(0));
        Self {
            session,
            now: Moment(0),
            server,
            bodies: Vec::new(),
            body: Vec::new(),
            changed: false,
            told: Vec::new(),
            listed_anew: false,
        }
    }

    /// How it ended.
    fn sign_in(&mut self) -> Fact {
        for _ in 0..MOST_STEPS {
            self.exchange();
            while let Some(fact) = self.session.next_fact() {
                if let Fact::SignedIn | Fact::SignInRefused(_) | Fact::NoMechanism | Fact::Closed(_) = fact {
                    return fact;
                }
            }
        }
        panic!("the sign-in never ended");
    }

    /// What the server offers.
    pub fn capabilities(&self) -> &Capabilities {
        self.session.capabilities()
    }

    /// Submits an op behind those under way.
    pub fn submit(&mut self, op: Op) -> OpId {
        self.session.submit(op, self.now)
    }

    /// Makes one exchange.
    pub fn ask(&mut self, op: Op) -> Result<Answer, OpError> {
        let id = self.submit(op);
        self.answer(id)
    }

    /// The answer of an op submitted earlier. Ops are to be waited for in their order.
    pub fn answer(&mut self, id: OpId) -> Result<Answer, OpError> {
        for _ in 0..MOST_STEPS {
            while let Some(fact) = self.session.next_fact() {
                match fact {
                    Fact::Answered { op, answer } if op == id => return answer,
                    Fact::BodyStart { .. } => self.body.clear(),
                    Fact::BodyChunk { bytes, .. } => self.body.extend_from_slice(&bytes),
                    Fact::BodyEnd { uid: Some(uid), .. } => {
                        self.bodies.push((uid, std::mem::take(&mut self.body)))
                    }
                    Fact::Closed(reason) => panic!("closed: {reason:?}"),
                    fact => self.note(fact),
                }
            }
            self.exchange();
        }
        panic!("an op was never answered");
    }

    /// What is told without our asking.
    fn note(&mut self, fact: Fact) {
        match fact {
            Fact::MailboxChanged => self.changed = true,
            Fact::MailboxStatus { mailbox, status } => self.told.push((mailbox.to_string(), status)),
            Fact::MailboxesChanged => self.listed_anew = true,
            _ => {}
        }
    }

    /// Listens until it has heard enough.
    pub fn listen(&mut self, enough: impl Fn(&Self) -> bool) {
        for _ in 0..MOST_STEPS {
            while let Some(fact) = self.session.next_fact() {
                self.note(fact);
            }
            if enough(self) {
                return;
            }
            self.exchange();
        }
        panic!("there was nothing to hear");
    }

    /// Goes into IDLE, lets `meanwhile` happen, and stays until the mailbox changes.
    pub fn idle_until_changed(&mut self, meanwhile: impl FnOnce(&mut Self)) {
        self.changed = false;
        let id = self.submit(Op::Idle);
        self.exchange();
        self.exchange();
        meanwhile(self);
        for _ in 0..MOST_STEPS {
            while let Some(fact) = self.session.next_fact() {
                self.changed |= fact == Fact::MailboxChanged;
            }
            if self.changed {
                self.session.finish_idle(self.now);
                self.answer(id).expect("IDLE ends well");
                return;
            }
            self.exchange();
        }
        panic!("IDLE told nothing");
    }

    /// Compresses the stream from now on; panics if the server refuses.
    pub fn compress(&mut self) {
        assert!(self.session.compress(self.now), "COMPRESS is not offered");
        for _ in 0..MOST_STEPS {
            if self.session.is_compressed() {
                return;
            }
            self.exchange();
        }
        panic!("COMPRESS was never answered");
    }

    /// What the session knows of its server and of the stream.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The store of the model server, if it is one.
    pub fn store(&mut self) -> Option<&mut Mailstore> {
        match &mut self.server {
            Server::Model { store, .. } => Some(store),
            Server::Real { .. } => None,
        }
    }

    /// Bytes go over, one way and the other.
    fn exchange(&mut self) {
        let output = self.session.take_output();
        self.now = self.now.after(Duration::from_millis(1));
        match &mut self.server {
            Server::Model { store, connection } => {
                let now = i64::try_from(self.now.0).unwrap_or(i64::MAX);
                connection.feed(store, &output, now);
                connection.poll(store, now);
                // In pieces of an awkward size, as a network would.
                for piece in connection.take_output().chunks(61) {
                    self.session.feed(piece, self.now);
                }
            }
            Server::Real { runtime, link } => {
                let mut buffer = vec![0; 16 << 10];
                let read = runtime.block_on(async {
                    link.write_all(&output).await.expect("the server reads");
                    link.flush().await.expect("the server reads");
                    tokio::time::timeout(Duration::from_millis(20), link.read(&mut buffer)).await
                });
                match read {
                    Ok(Ok(0)) => self.session.end_of_stream(None, self.now),
                    Ok(Ok(count)) => self.session.feed(&buffer[..count], self.now),
                    Ok(Err(error)) => panic!("the connection broke: {error}"),
                    Err(_) => {}
                }
            }
        }
    }
}
