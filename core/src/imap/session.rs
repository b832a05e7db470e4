//! The state machine of one connection (RFC 9051 section 3).

use crate::error::Error;
use crate::imap::ops::{Answer, Op, OpError, Refusal};
use crate::imap::{Capabilities, Uid};
use crate::model::{Moment, Secret};

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
    capabilities: Capabilities,
}

impl Session {
    /// A session that waits for the server's greeting and then signs in.
    pub fn new(_credentials: Credentials, _now: Moment) -> Self {
        Self { capabilities: Capabilities::default() }
    }

    /// Bytes that arrived.
    pub fn feed(&mut self, _bytes: &[u8], _now: Moment) {}

    /// The stream ended, cleanly (TLS close_notify) or with an error.
    pub fn end_of_stream(&mut self, _error: Option<Error>, _now: Moment) {}

    /// Time passed: deadlines are looked at.
    pub fn tick(&mut self, _now: Moment) {}

    /// When `tick` is to be called at the latest.
    pub fn wake_at(&self) -> Option<Moment> {
        None
    }

    /// Queues an op; it is sent as soon as the protocol allows, behind earlier ones.
    pub fn submit(&mut self, _op: Op, _now: Moment) -> OpId {
        OpId(0)
    }

    /// Ends a running IDLE (sends DONE); its op is then answered. Nothing happens when none runs.
    pub fn finish_idle(&mut self, _now: Moment) {}

    /// What is to be written to the stream, in order; empty when nothing is.
    pub fn take_output(&mut self) -> Vec<u8> {
        Vec::new()
    }

    /// The next fact, oldest first.
    pub fn next_fact(&mut self) -> Option<Fact> {
        None
    }

    /// What the server offers, as last told.
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }
}
