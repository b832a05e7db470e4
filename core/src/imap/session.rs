//! The state machine of one connection (RFC 9051 section 3).
//!
//! `sign_in` leads from the greeting to the server's agreement and `settle` from there to the first op, `queue`
//! decides what goes out and answers what ended, `responses` gives each response to whom it belongs, `deadlines`
//! looks at the time, `compress` and `deflate` lie between all of them and the stream.

mod compress;
#[cfg(test)]
mod compressed_tests;
mod deadlines;
mod deflate;
mod options;
mod outgoing;
#[cfg(test)]
mod properties;
mod queue;
mod responses;
mod settle;
mod sign_in;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use crate::error::{Error, ErrorKind};
use crate::imap::ops::{Answer, FetchedHeader, MailboxStatus, Op, OpError, Refusal};
use crate::imap::quirks::{Quirks, Signs};
use crate::imap::sasl::Way;
use crate::imap::{Capabilities, Uid};
use crate::model::Moment;
use crate::wire::framer::{Frame, Framer};
use compress::Compressed;
pub use options::{Credentials, IdleRenewal, SessionOptions};
use outgoing::Outgoing;
use queue::{Order, Running, Waiting};

/// Names a submitted op within its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OpId(pub u64);

/// What the session has to tell, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// Signed in; what the server offers, is and has agreed to is known.
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
    /// `mail`: what the list needs of it, for [`Op::FetchWhole`].
    BodyEnd { op: OpId, uid: Option<Uid>, mail: Option<Box<FetchedHeader>> },
    /// The server waits for the mail of this APPEND: hand it over with [`Session::literal`], piece by piece.
    LiteralWanted { op: OpId },
    /// The final answer of an op.
    Answered { op: OpId, answer: Result<Answer, OpError> },
    /// The selected mailbox changed without our asking (EXISTS, EXPUNGE, VANISHED, FETCH).
    MailboxChanged,
    /// A mailbox that isn't selected changed, after [`Op::Notify`]. What the server left out is `None`; the name is as
    /// on the wire.
    MailboxStatus { mailbox: Arc<str>, status: MailboxStatus },
    /// Mailboxes came, went, or were renamed or subscribed to, after [`Op::Notify`].
    MailboxesChanged,
    /// Too much happened for the server to tell (RFC 5465 section 5.8): from now on it tells nothing of its own accord,
    /// of the selected mailbox neither. A new connection begins anew.
    NotifyEnded,
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
    options: SessionOptions,
    /// As last told.
    offered: Capabilities,
    /// Those of `offered` that may be used.
    capabilities: Capabilities,
    enabled: Capabilities,
    signs: Signs,
    quirks: Quirks,
    /// Gone once they are written for the last time.
    credentials: Option<Credentials>,
    /// How to sign in if the way under way can't be gone, best first.
    ways: VecDeque<Way>,
    /// How often the server refused the secret.
    refusals: u8,
    framer: Framer,
    outgoing: Outgoing,
    facts: VecDeque<Fact>,
    compressed: Compressed,
    /// Not sent yet, oldest first.
    waiting: VecDeque<Waiting>,
    /// Sent and not answered yet, oldest first.
    running: VecDeque<Running>,
    /// A body is coming in; `Some` inside is whose it is.
    body: Option<Option<OpId>>,
    /// How many octets of bodies came in.
    body_octets: u64,
    /// A SELECT was answered with OK, and none was begun since.
    has_mailbox: bool,
    /// That mailbox has modseqs.
    has_modseqs: bool,
    /// The server agreed to tell of other mailboxes.
    is_notified: bool,
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
    pub fn new(credentials: Credentials, options: SessionOptions, now: Moment) -> Self {
        let signs = Signs::of(&options.host);
        let mut session = Self {
            phase: Phase::Greeting,
            offered: Capabilities::default(),
            capabilities: Capabilities::default(),
            enabled: Capabilities::default(),
            quirks: Quirks::of(&signs),
            signs,
            options,
            credentials: Some(credentials),
            ways: VecDeque::new(),
            refusals: 0,
            framer: Framer::default(),
            outgoing: Outgoing::default(),
            facts: VecDeque::new(),
            compressed: Compressed::default(),
            waiting: VecDeque::new(),
            running: VecDeque::new(),
            body: None,
            body_octets: 0,
            has_mailbox: false,
            has_modseqs: false,
            is_notified: false,
            told_again: false,
            bye: None,
            alerts: BTreeSet::new(),
            ops: 0,
            tags: 0,
            began: now,
            last_arrival: now,
        };
        if session.options.is_greeted {
            session.begin_ungreeted(now);
        }
        session
    }

    /// Bytes that arrived.
    pub fn feed(&mut self, bytes: &[u8], now: Moment) {
        if self.phase == Phase::Closed {
            return;
        }
        self.last_arrival = now;
        let mut framer = std::mem::take(&mut self.framer);
        self.arrived(&mut framer, bytes, now);
        self.framer = framer;
        self.send_waiting(now);
    }

    /// Takes responses from the front of `input` until it is used up or the stream becomes a compressed one.
    fn frames(&mut self, framer: &mut Framer, input: &mut &[u8], now: Moment) {
        while self.phase != Phase::Closed && self.compressed.inflate.is_none() {
            let Some(frame) = framer.next(input) else { break };
            self.frame(frame, now);
        }
    }

    fn frame(&mut self, frame: Frame<'_>, now: Moment) {
        match frame {
            Frame::Response(line) => self.response(line, now),
            Frame::BodyStart { head, size } => self.body_starts(head, size),
            Frame::BodyChunk(bytes) => {
                self.body_octets =
                    self.body_octets.saturating_add(u64::try_from(bytes.len()).unwrap_or_default());
                if let Some(Some(op)) = self.body {
                    self.facts.push_back(Fact::BodyChunk { op, bytes: bytes.to_vec() });
                }
            }
            Frame::Skipped => {
                tracing::debug!("a response over the limit was passed over");
                for running in &mut self.running {
                    if let Order::Op { exchange, .. } = &mut running.order {
                        exchange.lost_one();
                    }
                }
                self.body_ends(None);
            }
            Frame::Broken(why) => {
                self.close(CloseReason::Failed(Error::note(ErrorKind::ProtocolBroken, why)));
            }
        }
    }

    /// The stream ended, cleanly (TLS close_notify) or with an error.
    pub fn end_of_stream(&mut self, error: Option<Error>, _now: Moment) {
        if error.is_some() {
            self.learn_of_silence();
        }
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
        self.submit_expecting(op, 0, now)
    }

    /// The same for an op whose answer will be about so many octets long. While as much as 4 MB is on its way it waits,
    /// so that what is asked for next never stands behind more than that.
    pub fn submit_expecting(&mut self, op: Op, octets: u64, now: Moment) -> OpId {
        self.ops += 1;
        let id = OpId(self.ops);
        if self.phase == Phase::Closed {
            let error = Error::note(ErrorKind::Offline, "the connection was closed before");
            self.answer(id, Err(OpError::Lost { sent: false, error }));
        } else {
            self.waiting.push_back(Waiting { id, op, octets });
            self.send_waiting(now);
        }
        id
    }

    /// What is to be written to the stream, in order; empty when nothing is.
    ///
    /// While signing in it holds the secret: zero it once it is written.
    pub fn take_output(&mut self) -> Vec<u8> {
        let plain = self.outgoing.take();
        self.sent(plain)
    }

    /// The next fact, oldest first.
    pub fn next_fact(&mut self) -> Option<Fact> {
        self.facts.pop_front()
    }

    /// How often the server refused the secret, or a proof of it. A way it refused before that doesn't count.
    pub fn refusals(&self) -> u8 {
        self.refusals
    }

    /// When the next IDLE would be renewed: to begin the next connection of this account over this network with.
    pub fn idle_renewal(&self) -> IdleRenewal {
        self.options.idle_renewal
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
        for Waiting { id, .. } in std::mem::take(&mut self.waiting) {
            self.answer(id, Err(OpError::Lost { sent: false, error: error.clone() }));
        }
        self.outgoing.clear();
        self.facts.push_back(Fact::Closed(reason));
    }
}
