//! Sessions at work, and what must hold for them whatever a server says.

use std::collections::HashSet;

use waxwing_core::imap::{Credentials, Fact, Op, OpId, Session, SessionOptions, UidSet};
use waxwing_core::model::{Flags, Instant, Moment, Role, Secret};

pub const NOW: Moment = Moment(0);

/// Deadlines that may pass in silence until a session is over or has nothing left to wait for.
const MOST_DEADLINES: usize = 64;
/// Octets that a session may say, as all of them are asked for few things.
const MOST_OUTPUT: usize = 64 * 1024;

/// What a session is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Flags, headers, bodies, a move, a list, a search: all on their way at once.
    Plain,
    /// What only some servers know, on its way at once.
    Extended,
    /// A SELECT that tells what changed.
    Resync,
    /// Whole mails, and IDLE behind them.
    Whole,
    /// Work on mailboxes, and a sign-out behind it.
    Mailboxes,
    /// A mail is handed over.
    Append,
    /// A sign-in by proof, with a list waiting for its end.
    Proving,
    /// The greeting hasn't come.
    Greeting,
}

impl Work {
    pub const ALL: [Self; 8] = [
        Self::Plain,
        Self::Extended,
        Self::Resync,
        Self::Whole,
        Self::Mailboxes,
        Self::Append,
        Self::Proving,
        Self::Greeting,
    ];

    /// Whether all that is asked for has left before the first octet comes: then cuts can make no difference.
    pub fn is_all_sent(self) -> bool {
        matches!(self, Self::Plain | Self::Extended | Self::Resync)
    }

    fn ops(self) -> Vec<Op> {
        let uids = UidSet::range(1, 9);
        match self {
            Self::Plain => vec![
                Op::FetchFlags { uids: uids.clone() },
                Op::FetchHeaders { uids: uids.clone() },
                Op::FetchBodies { uids: uids.clone() },
                Op::Move { uids, to: "Old".into() },
                Op::List,
                Op::FindDeleted,
            ],
            Self::Extended => vec![
                Op::FetchChanged { uids: uids.clone(), since: 3, vanished: true },
                Op::FetchPart { uid: 7, part: "2".into(), offset: 0, length: 9 },
                Op::FetchStructure { uids },
                Op::FindAll,
                Op::ListStatus,
                Op::Namespace,
                Op::Notify,
            ],
            Self::Resync => {
                vec![Op::Resync { mailbox: "x".into(), uid_validity: 9, modseq: 3, known: Some(uids) }]
            }
            Self::Whole => vec![
                Op::FetchWhole { uids: uids.clone() },
                Op::FetchBinary { uid: 7, part: "1".into(), offset: 4, length: 9 },
                Op::Copy { uids, to: "Old".into() },
                Op::FindMessageId { message_id: "a@b".into(), from_uid: 3 },
                Op::Idle,
            ],
            Self::Mailboxes => vec![
                Op::Status { mailbox: "x".into() },
                Op::Create { mailbox: "y".into(), role: Role::Archive },
                Op::Rename { mailbox: "y".into(), to: "z &AOQ- \"".into() },
                Op::Subscribe { mailbox: "z".into(), subscribed: true },
                Op::ExpungeUids { uids },
                Op::Delete { mailbox: "z".into() },
                Op::Logout,
            ],
            Self::Append => vec![
                Op::Append {
                    mailbox: "Sent".into(),
                    flags: Flags::default(),
                    date: Some(Instant(0)),
                    size: 20,
                },
                Op::Noop,
                Op::Select { mailbox: "Sent".into() },
            ],
            Self::Proving | Self::Greeting => vec![Op::List],
        }
    }

    /// A session at this work. Signed in there is a mailbox, and tags go from A4 on.
    pub fn session(self) -> Session {
        let credentials = Credentials::password("u", Secret::new("p"));
        let options = SessionOptions { client_nonce: Some("abc".into()), ..SessionOptions::default() };
        let mut session = Session::new(credentials, options, NOW);
        match self {
            Self::Greeting => {}
            Self::Proving => {
                session
                    .feed(b"* OK [CAPABILITY IMAP4rev1 AUTH=SCRAM-SHA-256 AUTH=PLAIN SASL-IR] hi\r\n", NOW);
            }
            _ => {
                session.feed(
                    b"* OK [CAPABILITY IMAP4rev1] hi\r\nA1 OK [CAPABILITY MOVE IDLE UIDPLUS BINARY QRESYNC ESEARCH \
                      LIST-STATUS NAMESPACE NOTIFY OBJECTID CREATE-SPECIAL-USE X-GM-EXT-1] in\r\n\
                      * ENABLED CONDSTORE QRESYNC\r\nA2 OK\r\n",
                    NOW,
                );
                session.submit(Op::Select { mailbox: "INBOX".into() }, NOW);
                session.feed(b"* OK [HIGHESTMODSEQ 5]\r\nA3 OK\r\n", NOW);
                while session.next_fact().is_some() {}
            }
        }
        for op in self.ops() {
            session.submit(op, NOW);
        }
        session.take_output();
        session
    }
}

/// What a session told, and what it may not have done meanwhile.
#[derive(Default)]
pub struct Told {
    pub facts: Vec<Fact>,
    octets_fed: usize,
    octets_said: usize,
}

impl Told {
    /// Gives the session what arrived.
    pub fn feed(&mut self, session: &mut Session, piece: &[u8]) {
        assert!(piece.len() <= session.most_to_feed());
        session.feed(piece, NOW);
        self.octets_fed += piece.len();
        self.listen(session, NOW);
    }

    /// The stream ends, or nothing comes any more until the session has nothing left to wait for.
    pub fn end(&mut self, session: &mut Session, in_silence: bool) {
        if !in_silence {
            session.end_of_stream(None, NOW);
            self.listen(session, NOW);
            return;
        }
        let mut now = NOW;
        for _ in 0..MOST_DEADLINES {
            let Some(at) = session.wake_at() else { return };
            now = now.max(at);
            session.tick(now);
            self.listen(session, now);
        }
        panic!("the session neither closes nor waits");
    }

    fn listen(&mut self, session: &mut Session, now: Moment) {
        let mut wanted = Vec::new();
        while let Some(fact) = session.next_fact() {
            match (self.facts.last_mut(), fact) {
                // As these depend on the cuts.
                (Some(Fact::BodyChunk { op, bytes }), Fact::BodyChunk { op: of, bytes: more }) => {
                    assert_eq!(*op, of);
                    bytes.extend(more);
                }
                (Some(Fact::MailboxChanged), Fact::MailboxChanged)
                | (Some(Fact::MailboxesChanged), Fact::MailboxesChanged) => {}
                (_, fact) => {
                    if let Fact::LiteralWanted { op } = fact {
                        wanted.push(op);
                    }
                    self.facts.push(fact);
                }
            }
        }
        for op in wanted {
            session.literal(op, b"Subject: x\r\n", now);
            session.literal(op, b"\r\nbody and more than that", now);
        }
        self.octets_said += session.take_output().len();
        assert!(self.octets_said <= MOST_OUTPUT, "it said {} octets", self.octets_said);
    }

    /// Every op was answered once, bodies have a beginning and an end, nothing follows the end.
    pub fn is_well_formed(&self, ops: u64) {
        let mut answered = HashSet::new();
        let mut body: Option<OpId> = None;
        for (place, fact) in self.facts.iter().enumerate() {
            match fact {
                Fact::Answered { op, .. } => assert!(answered.insert(*op), "{op:?} was answered twice"),
                Fact::BodyStart { op, .. } => assert_eq!(body.replace(*op), None),
                Fact::BodyChunk { op, .. } => assert_eq!(body, Some(*op)),
                Fact::BodyEnd { op, .. } => assert_eq!(body.take(), Some(*op)),
                Fact::Closed(_) => assert_eq!(place + 1, self.facts.len(), "something follows the end"),
                _ => {}
            }
        }
        assert_eq!(body, None, "a body never ended");
        assert_eq!(answered.len() as u64, ops, "an op was never answered");
    }
}

/// Feeds a session and lets it end, with all that must hold for any session.
pub fn told(work: Work, pieces: &[&[u8]], in_silence: bool) -> Vec<Fact> {
    let mut session = work.session();
    let mut told = Told::default();
    for piece in pieces {
        told.feed(&mut session, piece);
        assert!(session.buffered() <= 16 * 1024 + 4 * told.octets_fed, "it keeps {}", session.buffered());
    }
    told.end(&mut session, in_silence);
    told.is_well_formed(work.ops().len() as u64);
    told.facts
}
