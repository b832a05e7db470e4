//! The state machine of one connection (RFC 9051 section 3).
//!
//! `sign_in` leads from the greeting to the signed-in state, `queue` decides what goes out and answers what
//! ended, `responses` gives each response to whom it belongs, `deadlines` looks at the time.

mod deadlines;
mod outgoing;
#[cfg(test)]
mod properties;
mod queue;
mod responses;
mod sign_in;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, VecDeque};

use crate::error::{Error, ErrorKind};
use crate::imap::ops::{Answer, Op, OpError, Refusal};
use crate::imap::{Capabilities, Uid};
use crate::model::{Moment, Secret};
use crate::wire::framer::{Frame, Framer};
use outgoing::Outgoing;
use queue::{Order, Running};

/// Names a submitted op within its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OpId(pub u64);

/// With what to sign in.
#[derive(Clone, Debug)]
pub struct Credentials {
    pub user_name: String,
    pub secret: Secret,
}

/// What the session has to tell, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// Signed in; the capabilities of the signed-in state are known.
    SignedIn,
    /// The server refused the sign-in. Nothing more is sent.
    SignInRefused(Refusal),
    /// The server can't be signed in to with what it offers (no mechanism of ours, LOGINDISABLED); nothing secret was sent.
    NoMechanism,
    /// A body begins: `size` octets follow in `BodyChunk`s.
    BodyStart { op: OpId, size: u64 },
    /// Octets of the body begun last.
    BodyChunk { op: OpId, bytes: Vec<u8> },
    /// The body begun last is complete and belongs to `uid`. (The UID may come after the octets; `None` when it never came: throw it away.)
    BodyEnd { op: OpId, uid: Option<Uid> },
    /// The server waits for the mail of this APPEND: hand it over with [`Session::literal`], piece by piece.
    LiteralWanted { op: OpId },
    /// The final answer of an op.
    Answered { op: OpId, answer: Result<Answer, OpError> },
    /// The selected mailbox changed without our asking (EXISTS, EXPUNGE, VANISHED, FETCH).
    MailboxChanged,
    /// An ALERT: the server's own words.
    Alert(String),
    /// The session is over; every op still open was answered with `Lost` before this.
    Closed(CloseReason),
}

/// Why a session ended.
#[derive(Clone, Debug, PartialEq)]
pub enum CloseReason {
    /// We logged out.
    LoggedOut,
    /// The server said BYE.
    Bye(Refusal),
    /// The stream ended or failed, a deadline passed, or the server broke the protocol.
    Failed(Error),
}

/// One connection's state: bytes and moments in, bytes and facts out.
pub struct Session {
    phase: Phase,
    capabilities: Capabilities,
    /// Gone once they are written.
    credentials: Option<Credentials>,
    framer: Framer,
    outgoing: Outgoing,
    facts: VecDeque<Fact>,
    /// Not sent yet, oldest first.
    waiting: VecDeque<(OpId, Op)>,
    /// Sent and not answered yet, oldest first.
    running: VecDeque<Running>,
    /// A body is coming in; `Some` inside is whose it is.
    body: Option<Option<OpId>>,
    /// A SELECT was answered with OK, and none was begun since.
    has_mailbox: bool,
    /// The server told its capabilities while we were signing in.
    told_again: bool,
    /// The server said BYE then.
    bye: Option<(Refusal, Moment)>,
    alerts: BTreeSet<String>,
    ops: u64,
    tags: u64,
    began: Moment,
    last_arrival: Moment,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Greeting,
    SigningIn,
    Ready,
    Closed,
}

impl Session {
    /// A session that waits for the server's greeting and then signs in.
    pub fn new(credentials: Credentials, now: Moment) -> Self {
        Self {
            phase: Phase::Greeting,
            capabilities: Capabilities::default(),
            credentials: Some(credentials),
            framer: Framer::default(),
            outgoing: Outgoing::default(),
            facts: VecDeque::new(),
            waiting: VecDeque::new(),
            running: VecDeque::new(),
            body: None,
            has_mailbox: false,
            told_again: false,
            bye: None,
            alerts: BTreeSet::new(),
            ops: 0,
            tags: 0,
            began: now,
            last_arrival: now,
        }
    }

    /// Bytes that arrived.
    pub fn feed(&mut self, bytes: &[u8], now: Moment) {
        if self.phase == Phase::Closed {
            return;
        }
        self.last_arrival = now;
        let mut rest = bytes;
        let mut framer = std::mem::take(&mut self.framer);
        while self.phase != Phase::Closed {
            let Some(frame) = framer.next(&mut rest) else { break };
            self.frame(frame, now);
        }
        self.framer = framer;
        self.send_waiting(now);
    }

    fn frame(&mut self, frame: Frame<'_>, now: Moment) {
        match frame {
            Frame::Response(line) => self.response(line, now),
            Frame::BodyStart { head, size } => self.body_starts(head, size),
            Frame::BodyChunk(bytes) => {
                if let Some(Some(op)) = self.body {
                    self.facts.push_back(Fact::BodyChunk { op, bytes: bytes.to_vec() });
                }
            }
            Frame::Skipped => {
                tracing::debug!("a response over the limit was passed over");
                self.body_ends(None);
            }
            Frame::Broken(why) => {
                self.close(CloseReason::Failed(Error::note(ErrorKind::ProtocolBroken, why)));
            }
        }
    }

    /// The stream ended, cleanly (TLS close_notify) or with an error.
    pub fn end_of_stream(&mut self, error: Option<Error>, _now: Moment) {
        let logging_out = self.running.front().is_some_and(Running::is_logout);
        let reason = match self.bye.take() {
            Some(_) if logging_out => {
                if let Some(Order::Op { id, .. }) = self.running.pop_front().map(|running| running.order) {
                    self.answer(id, Ok(Answer::Done));
                }
                CloseReason::LoggedOut
            }
            Some((refusal, _)) => CloseReason::Bye(refusal),
            None => CloseReason::Failed(
                error.unwrap_or_else(|| Error::note(ErrorKind::Offline, "the server closed the connection")),
            ),
        };
        self.close(reason);
    }

    /// Queues an op; it is sent as soon as the protocol allows, behind earlier ones.
    pub fn submit(&mut self, op: Op, now: Moment) -> OpId {
        self.ops += 1;
        let id = OpId(self.ops);
        if self.phase == Phase::Closed {
            let error = Error::note(ErrorKind::Offline, "the connection was closed before");
            self.answer(id, Err(OpError::Lost { sent: false, error }));
        } else {
            self.waiting.push_back((id, op));
            self.send_waiting(now);
        }
        id
    }

    /// What is to be written to the stream, in order; empty when nothing is.
    ///
    /// While signing in it holds the secret: zero it once it is written.
    pub fn take_output(&mut self) -> Vec<u8> {
        self.outgoing.take()
    }

    /// The next fact, oldest first.
    pub fn next_fact(&mut self) -> Option<Fact> {
        self.facts.pop_front()
    }

    /// What the server offers, as last told.
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// How many octets of the stream are held in either direction, facts not fetched yet left out.
    pub fn buffered(&self) -> usize {
        self.framer.kept().saturating_add(self.outgoing.len())
    }

    fn answer(&mut self, op: OpId, answer: Result<Answer, OpError>) {
        self.facts.push_back(Fact::Answered { op, answer });
    }

    /// Ends the session: what is open is lost, what was to be sent is dropped.
    fn close(&mut self, reason: CloseReason) {
        if self.phase == Phase::Closed {
            return;
        }
        self.phase = Phase::Closed;
        self.credentials = None;
        self.body_ends(None);
        let error = match &reason {
            CloseReason::LoggedOut => Error::note(ErrorKind::Offline, "the connection was closed by us"),
            CloseReason::Bye(refusal) => Error::server(ErrorKind::Offline, &refusal.text),
            CloseReason::Failed(error) => error.clone(),
        };
        for running in std::mem::take(&mut self.running) {
            let sent = self.outgoing.has_left(running.starts_at);
            if let Order::Op { id, .. } = running.order {
                self.answer(id, Err(OpError::Lost { sent, error: error.clone() }));
            }
        }
        for (id, _) in std::mem::take(&mut self.waiting) {
            self.answer(id, Err(OpError::Lost { sent: false, error: error.clone() }));
        }
        self.outgoing.clear();
        self.facts.push_back(Fact::Closed(reason));
    }
}
