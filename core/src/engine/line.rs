//! One signed-in connection: the session's bytes on a real link.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{sleep, timeout};
use zeroize::Zeroizing;

use super::Manner;
use super::account::Came;
use super::clock::Clock;
use super::intake::Piece;
use super::life::{Life, Pulse, Renewals};
use super::opening::StartTls;
use crate::error::{Error, ErrorKind};
use crate::imap::ops::{Answer, MailboxStatus, Op, OpError, Refusal, SelectedMailbox};
use crate::imap::{
    Capabilities, CloseReason, Credentials, Fact, IdleRenewal, OpId, Quirks, Session, SessionOptions,
};
use crate::model::{MailboxId, Security, SyncCounts};
use crate::net::{self, Link, Target, Trust};
use crate::sign_in::{self, Wants};
use crate::sync::pace::Packing;

/// For names, TCP and TLS together.
const CONNECT: Duration = Duration::from_secs(30);
/// For handing bytes to the network.
const WRITE: Duration = Duration::from_secs(60);

/// Octets of a mail that are handed over at once.
const PIECE: usize = 64 << 10;

/// How much of a server's own words is passed on, in characters. How often it may speak the session knows.
const ALERT: usize = 1000;

/// A connection that is signed in.
pub(super) struct Line {
    link: Link,
    session: Session,
    clock: Clock,
    buffer: Vec<u8>,
    facts: Vec<Fact>,
    /// The mailbox it is in, as SELECT told it.
    selected: Option<(Arc<str>, SelectedMailbox)>,
    /// Mailboxes that it could not select.
    pub(super) shut_out_of: BTreeSet<MailboxId>,
    /// The selected mailbox changed without our asking.
    pub(super) changed: bool,
    /// What was told of other mailboxes, where the server was asked to tell.
    pub(super) elsewhere: Elsewhere,
    /// The server's own words since last looked at.
    pub(super) alerts: Vec<String>,
    closed: Option<Error>,
    pulse: Pulse,
    renewals: Renewals,
    began_with: IdleRenewal,
    /// Octets that came while answers were waited for, and how long that took.
    meter: (u64, Duration),
    /// Where octets that came are counted.
    came: Option<Arc<Came>>,
}

/// How often a secret may still be refused before the person is asked (SAFETY.md 3): over all ways to prove it, all names and
/// all connections of one attempt. Servers lock accounts that are tried too often.
pub(super) struct Tries(u8);

impl Default for Tries {
    fn default() -> Self {
        Self(2)
    }
}

impl Tries {
    /// Whether it may be said once more.
    pub(super) const fn are_left(&self) -> bool {
        self.0 > 0
    }
}

/// Why no line could be had.
#[derive(Debug)]
pub(super) enum NoLine {
    /// The network, the name, the certificate or TLS.
    Failed(Error),
    /// The sign-in was refused for good: the person is to be asked.
    SignIn(Error),
}

impl NoLine {
    /// For whoever waits.
    pub(super) fn into_error(self) -> Error {
        match self {
            Self::Failed(error) | Self::SignIn(error) => error,
        }
    }
}

impl Line {
    /// Connects, verifies, signs in.
    pub(super) async fn open(
        (target, security): (&Target, Security),
        trust: &Trust,
        (credentials, tries): (Credentials, &mut Tries),
        (clock, life, renewals, manner): (Clock, &Life, &Renewals, Manner),
    ) -> Result<Self, NoLine> {
        let (pulse, renewals, tries_before) = (life.pulse(), renewals.on(life.networks()), tries.0);
        let Manner { inactivity, memory, .. } = manner;
        let connect = inactivity.map_or(CONNECT, |inactivity| inactivity.min(CONNECT));
        let link = match security {
            Security::Tls => net::connect(target, trust, connect).await,
            Security::StartTls => net::connect_after(target, trust, connect, StartTls).await,
        };
        let link = link.map_err(NoLine::Failed)?;
        let options = SessionOptions {
            host: target.host.clone(),
            channel_bindings: net::channel_bindings(&link),
            client_nonce: net::nonce().ok(),
            idle_renewal: renewals.get(),
            inactivity,
            window: memory.window(),
            tries: tries.0,
            is_greeted: security == Security::StartTls,
            ..SessionOptions::default()
        };
        let mut line = Self {
            pulse,
            began_with: options.idle_renewal,
            renewals,
            link,
            session: Session::new(credentials, options, clock.now()),
            clock,
            buffer: vec![0; 64 << 10],
            facts: Vec::new(),
            selected: None,
            shut_out_of: BTreeSet::new(),
            changed: false,
            elsewhere: Elsewhere::default(),
            alerts: Vec::new(),
            closed: None,
            meter: (0, Duration::ZERO),
            came: None,
        };
        loop {
            line.pump().await;
            *tries = Tries(tries_before.saturating_sub(line.session.refusals()));
            for fact in std::mem::take(&mut line.facts) {
                match fact {
                    Fact::SignedIn => return Ok(line),
                    Fact::SignInRefused(refusal) => {
                        let wants = line.quirks().wants;
                        return Err(refused_sign_in(&refusal, wants, target));
                    }
                    Fact::NoMechanism => {
                        let error = Error::note(
                            ErrorKind::BrowserSignInNeeded,
                            "the server offers no way to sign in with a password",
                        );
                        return Err(NoLine::SignIn(error.helped_by(help_page(target))));
                    }
                    Fact::Alert(text) => line.alerts.push(text),
                    _ => {}
                }
            }
            if let Some(error) = line.closed.take() {
                // A server that can't prove that it knows the password isn't tried again and again.
                let is_persons = error.kind() == ErrorKind::LoginRefused;
                return Err(if is_persons { NoLine::SignIn(error) } else { NoLine::Failed(error) });
            }
        }
    }

    /// Counts octets here, those of the sign-in too.
    pub(super) fn count_for(&mut self, came: Arc<Came>) {
        came.count(SyncCounts { octets: self.session.plain_bytes().0, ..SyncCounts::default() });
        self.came = Some(came);
    }

    /// What the server offers.
    pub(super) fn capabilities(&self) -> &Capabilities {
        self.session.capabilities()
    }

    /// What the server does otherwise than it says.
    pub(super) fn quirks(&self) -> &Quirks {
        self.session.quirks()
    }

    /// How many UIDs one command can name, wherever they lie: its line stays within what the server reads.
    pub(super) fn most_uids(&self) -> usize {
        self.session.most_uids()
    }

    /// Queues an exchange behind those under way.
    pub(super) fn submit(&mut self, op: Op) -> OpId {
        if matches!(op, Op::Select { .. } | Op::Resync { .. }) {
            self.selected = None;
        }
        let id = self.session.submit(op, self.clock.now());
        // What is answered without being sent has its answer already: nothing will come from the network for it.
        self.gather();
        id
    }

    /// Makes one exchange.
    pub(super) async fn ask(&mut self, op: Op) -> Result<Answer, OpError> {
        let selecting = match &op {
            Op::Select { mailbox } | Op::Resync { mailbox, .. } => Some(Arc::clone(mailbox)),
            _ => None,
        };
        let id = self.submit(op);
        let answer = self.answer(id).await;
        let selected = match &answer {
            Ok(Answer::Selected(selected)) => Some(selected),
            Ok(Answer::Resynced(resynced)) => Some(&resynced.selected),
            _ => None,
        };
        if let (Some(mailbox), Some(selected)) = (selecting, selected) {
            self.selected = Some((mailbox, *selected));
        }
        answer
    }

    /// Waits for the answer of an op submitted earlier.
    pub(super) async fn answer(&mut self, id: OpId) -> Result<Answer, OpError> {
        loop {
            if let Some(answer) = self.take_answer(id) {
                return answer;
            }
            self.facts.retain(|fact| !is_body(fact));
            self.still_open()?;
            self.pump().await;
        }
    }

    /// Makes several exchanges, the next ones on their way before the first is answered. Answers in order.
    pub(super) async fn ask_all(&mut self, ops: impl Iterator<Item = Op>) -> Vec<Result<Answer, OpError>> {
        let ids: Vec<OpId> = ops.map(|op| self.submit(op)).collect();
        let mut answers = Vec::with_capacity(ids.len());
        for id in ids {
            answers.push(self.answer(id).await);
        }
        answers
    }

    /// Makes one APPEND, handing the mail over in pieces as the server takes them.
    pub(super) async fn append(&mut self, op: Op, mail: &[u8]) -> Result<Answer, OpError> {
        let id = self.submit(op);
        let mut pieces = mail.chunks(PIECE);
        let mut wanted = false;
        loop {
            // It may be wanted at once, with nothing to read before.
            self.gather();
            if let Some(answer) = self.take_answer(id) {
                return answer;
            }
            wanted |= self.facts.iter().any(|fact| *fact == Fact::LiteralWanted { op: id });
            self.facts.retain(|fact| !is_body(fact) && !matches!(fact, Fact::LiteralWanted { .. }));
            self.still_open()?;
            let piece = if wanted { pieces.next() } else { None };
            match piece {
                Some(piece) => {
                    self.session.literal(id, piece, self.clock.now());
                    self.write().await;
                }
                None => self.pump().await,
            }
        }
    }

    /// Is in this mailbox, selecting it only when it isn't already.
    pub(super) async fn enter(&mut self, mailbox: &Arc<str>) -> Result<Answer, OpError> {
        match &self.selected {
            Some((name, selected)) if name == mailbox => Ok(Answer::Selected(*selected)),
            _ => self.ask(Op::Select { mailbox: Arc::clone(mailbox) }).await,
        }
    }

    /// Whether it is in this mailbox.
    pub(super) fn is_in(&self, mailbox: &Arc<str>) -> bool {
        self.selected.as_ref().is_some_and(|(name, _)| name == mailbox)
    }

    /// Selects anew the next time it is to enter a mailbox, whichever.
    pub(super) fn leave(&mut self) {
        self.selected = None;
    }

    /// Waits for the answer of an op submitted earlier, or for bodies that came meanwhile.
    pub(super) async fn bodies_or_answer(&mut self, id: OpId) -> BodiesOrAnswer {
        loop {
            let mut bodies = Vec::new();
            let mut rest = Vec::new();
            for fact in std::mem::take(&mut self.facts) {
                match fact {
                    Fact::BodyStart { op, size } if op == id => bodies.push(Piece::Start(size)),
                    Fact::BodyChunk { op, bytes } if op == id => bodies.push(Piece::Chunk(bytes)),
                    Fact::BodyEnd { op, uid, mail } if op == id => bodies.push(match mail {
                        Some(mail) => Piece::Whole(Box::new(super::headers::new_email(*mail))),
                        None => Piece::End(uid),
                    }),
                    fact => rest.push(fact),
                }
            }
            self.facts = rest;
            if !bodies.is_empty() {
                return BodiesOrAnswer::Bodies(bodies);
            }
            if let Some(answer) = self.take_answer(id) {
                return BodiesOrAnswer::Answer(answer);
            }
            if let Err(error) = self.still_open() {
                return BodiesOrAnswer::Answer(Err(error));
            }
            self.pump().await;
        }
    }

    /// Stays in IDLE until the mailbox changes, the connection ends or `until` is over. `false`: the server ended it.
    pub(super) async fn idle(&mut self, until: impl Future<Output = ()>) -> Result<bool, OpError> {
        let id = self.submit(Op::Idle);
        tokio::pin!(until);
        let mut over = false;
        loop {
            if let Some(answer) = self.take_answer(id) {
                return answer.map(|_| over);
            }
            self.write().await;
            self.still_open()?;
            tokio::select! {
                () = &mut until, if !over => {
                    over = true;
                    self.session.finish_idle(self.clock.now());
                }
                () = Self::read(&mut self.link, &mut self.session, &mut self.buffer, &mut self.pulse, self.clock) => {}
            }
            self.gather();
            // The end of IDLE is a sign of life as good as any.
            if (self.pulse.take_asked() || self.changed || self.elsewhere.is_told()) && !over {
                over = true;
                self.session.finish_idle(self.clock.now());
            }
        }
    }

    /// Waits, with an ear on the connection: a change of the selected mailbox or its end ends the wait.
    pub(super) async fn listen(&mut self, until: impl Future<Output = ()>) -> Result<(), OpError> {
        tokio::pin!(until);
        while !self.changed {
            self.write().await;
            self.still_open()?;
            tokio::select! {
                () = &mut until => return Ok(()),
                () = Self::read(&mut self.link, &mut self.session, &mut self.buffer, &mut self.pulse, self.clock) => {}
            }
            self.gather();
            if self.pulse.take_asked() {
                self.ask(Op::Noop).await?;
            }
        }
        Ok(())
    }

    /// Says goodbye; whatever comes of it, the line is done.
    pub(super) async fn log_out(mut self) {
        let _ = timeout(Duration::from_secs(3), self.ask(Op::Logout)).await;
        let _ = timeout(Duration::from_secs(1), self.link.shutdown()).await;
    }

    /// The session answers every op before it closes; this keeps a mistake there from becoming a wait for ever.
    fn still_open(&self) -> Result<(), OpError> {
        match &self.closed {
            Some(error) => Err(OpError::Lost { sent: true, error: error.clone() }),
            None => Ok(()),
        }
    }

    fn take_answer(&mut self, id: OpId) -> Option<Result<Answer, OpError>> {
        let place =
            self.facts.iter().position(|fact| matches!(fact, Fact::Answered { op, .. } if *op == id))?;
        match self.facts.remove(place) {
            Fact::Answered { answer, .. } => Some(answer),
            _ => None,
        }
    }

    /// Writes what there is to write, then waits for bytes or the session's next deadline.
    async fn pump(&mut self) {
        let (before, began) = (self.session.plain_bytes().0, self.clock.precise());
        self.write().await;
        if self.closed.is_none() {
            Self::read(&mut self.link, &mut self.session, &mut self.buffer, &mut self.pulse, self.clock)
                .await;
        }
        let octets = self.session.plain_bytes().0.saturating_sub(before);
        if let Some(came) = &self.came {
            came.count(SyncCounts { octets, ..SyncCounts::default() });
        }
        self.meter.0 = self.meter.0.saturating_add(octets);
        self.meter.1 = self.meter.1.saturating_add(self.clock.precise().saturating_sub(began));
        self.gather();
    }

    /// Whether it is compressed.
    pub(super) fn is_packed(&self) -> bool {
        self.session.is_compressed()
    }

    /// Compresses the connection if mail comes so slowly that this is worth it.
    pub(super) fn pack_if_slow(&mut self, packing: &Packing) {
        if packing.is_packed() && !self.session.is_compressed() {
            self.session.compress(self.clock.now());
        }
    }

    /// Compresses the connection if that has shown to be faster, or is to be tried. `false`: it is compressed, and it
    /// has shown that it should not be; only another connection helps.
    pub(super) fn pack(&mut self, packing: &mut Packing) -> bool {
        let (octets, took) = self.meter;
        if packing.came(self.session.is_compressed(), octets, took) {
            self.meter = (0, Duration::ZERO);
        }
        if packing.is_packed() && !self.session.is_compressed() && self.session.compress(self.clock.now()) {
            self.meter = (0, Duration::ZERO);
        }
        packing.is_packed() || !self.session.is_compressed()
    }

    async fn write(&mut self) {
        // The sign-in is among what is written: it is wiped when this goes.
        let bytes = Zeroizing::new(self.session.take_output());
        if bytes.is_empty() {
            return;
        }
        let written = timeout(WRITE, async {
            self.link.write_all(&bytes).await?;
            self.link.flush().await
        });
        let error = match written.await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => Error::new(ErrorKind::Offline).because(error),
            Err(_) => Error::new(ErrorKind::TimedOut),
        };
        self.session.end_of_stream(Some(error), self.clock.now());
        // Nothing is read from a line that can't be written to.
        self.gather();
    }

    async fn read(
        link: &mut Link,
        session: &mut Session,
        buffer: &mut [u8],
        pulse: &mut Pulse,
        clock: Clock,
    ) {
        let most = session.most_to_feed().min(buffer.len());
        let buffer = buffer.get_mut(..most).unwrap_or_default();
        let wait = session.wake_at().map_or(Duration::from_secs(60), |moment| moment.since(clock.now()));
        let wait = pulse.left().map_or(wait, |left| left.min(wait));
        tokio::select! {
            // What has come already is a sign of life, however late it is looked at.
            biased;
            read = link.read(buffer) => match read {
                Ok(0) => session.end_of_stream(None, clock.now()),
                Ok(count) => {
                    pulse.beats();
                    session.feed(buffer.get(..count).unwrap_or_default(), clock.now());
                }
                Err(error) => {
                    session.end_of_stream(Some(Error::new(ErrorKind::Offline).because(error)), clock.now());
                }
            },
            () = sleep(wait) => {
                session.tick(clock.now());
                if pulse.is_dead() {
                    let error = Error::note(ErrorKind::TimedOut, "the connection didn't survive a change of the network");
                    session.end_of_stream(Some(error), clock.now());
                }
            }
            () = pulse.doubt() => {}
        }
    }

    fn gather(&mut self) {
        while let Some(fact) = self.session.next_fact() {
            match fact {
                Fact::MailboxChanged => self.changed = true,
                fact @ (Fact::MailboxStatus { .. } | Fact::MailboxesChanged | Fact::NotifyEnded) => {
                    self.elsewhere.add(fact);
                }
                Fact::Alert(text) => self.alerts.push(text.chars().take(ALERT).collect()),
                Fact::Closed(reason) => self.closed = Some(why(reason)),
                fact => self.facts.push(fact),
            }
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let renewal = self.session.idle_renewal();
        if renewal != self.began_with {
            self.renewals.set(renewal);
        }
    }
}

/// What a server tells of mailboxes that aren't selected (RFC 5465).
#[derive(Debug, Default)]
pub(super) struct Elsewhere {
    /// The last numbers of each that changed, by its name on the wire.
    pub(super) mailboxes: BTreeMap<Arc<str>, MailboxStatus>,
    /// Mailboxes came or went, or more changed than is kept here.
    pub(super) list: bool,
    /// It tells nothing any more.
    pub(super) ended: bool,
}

impl Elsewhere {
    /// More names than this are as good as a new list.
    const MOST: usize = 1_000;

    fn is_told(&self) -> bool {
        self.list || self.ended || !self.mailboxes.is_empty()
    }

    fn add(&mut self, fact: Fact) {
        match fact {
            Fact::MailboxStatus { mailbox, status } if self.mailboxes.len() < Self::MOST => {
                self.mailboxes.insert(mailbox, status);
            }
            Fact::NotifyEnded => self.ended = true,
            _ => self.list = true,
        }
    }
}

/// What a wait for bodies gave.
pub(super) enum BodiesOrAnswer {
    Bodies(Vec<Piece>),
    Answer(Result<Answer, OpError>),
}

fn is_body(fact: &Fact) -> bool {
    matches!(fact, Fact::BodyStart { .. } | Fact::BodyChunk { .. } | Fact::BodyEnd { .. })
}

fn why(reason: CloseReason) -> Error {
    match reason {
        CloseReason::LoggedOut => Error::new(ErrorKind::Closed),
        CloseReason::Bye(refusal) => Error::server(ErrorKind::Offline, &refusal.text),
        CloseReason::Failed(error) => error,
    }
}

fn help_page(target: &Target) -> Option<&'static str> {
    crate::setup::help_page(&target.host, target.port)
}

/// A refusal that is about the moment is tried again by itself; any other one is the person's.
fn refused_sign_in(refusal: &Refusal, wants: Wants, target: &Target) -> NoLine {
    let error = sign_in::refused_by_imap(&refusal.code, &refusal.text, wants).helped_by(help_page(target));
    match error.kind() {
        ErrorKind::ServerRefused => NoLine::Failed(error),
        _ => NoLine::SignIn(error),
    }
}

/// The error of an exchange, for a person.
pub(super) fn op_error(error: &OpError) -> Error {
    match error {
        OpError::No(refusal) | OpError::Bad(refusal) => crate::sync::intents::refused(refusal),
        OpError::NotOffered => Error::note(ErrorKind::ServerRefused, "the server can't do this"),
        OpError::Unsendable => Error::new(ErrorKind::InvalidInput),
        OpError::Incomplete => Error::note(ErrorKind::ProtocolBroken, "the server's answer isn't whole"),
        OpError::Lost { error, .. } => error.clone(),
    }
}
