//! Bodies from a connection into the store: gathered, written while the next ones come in, made durable in batches.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use super::account::Account;
use super::main_line::Stop;
use crate::error::{Error, ErrorKind};
use crate::imap::Uid;
use crate::mime::{self, BEGINNING, Glance};
use crate::model::{Instant, MailboxId, Moment};
use crate::store::{Arrived, BodyEvent, Changed, NewEmail};

/// Octets that are handed to the store together, and how many may wait while it is busy with the last ones.
const HAND_OVER: usize = 256 << 10;
const MOST_WAITING: usize = 1 << 20;
/// What is made durable together, unless it has waited for so long.
const OCTETS: usize = 4 << 20;
const MAILS: usize = 500;
const WAIT: Duration = Duration::from_millis(250);

/// A piece of the stream of bodies of one connection.
#[derive(Debug)]
pub(super) enum Piece {
    /// A body of that many octets begins.
    Start(u64),
    Chunk(Vec<u8>),
    /// It has ended and is the body of that UID; without one it is thrown away.
    End(Option<Uid>),
    /// It has ended and is this mail, which isn't listed yet. What its header says is taken from the body.
    Whole(Box<NewEmail>),
}

/// The bodies of one mailbox on their way in.
pub(super) struct Intake<'a> {
    account: &'a Arc<Account>,
    mailbox: MailboxId,
    uid_validity: u32,
    gathered: Vec<BodyEvent>,
    octets: usize,
    /// How the body that comes in begins, and how much of it came.
    beginning: Vec<u8>,
    length: u64,
    /// What the store does with what was handed over last.
    writing: Option<JoinHandle<Result<(), Error>>>,
    /// Octets that came since somebody asked, and since when.
    came: u64,
    came_since: Option<Duration>,
    /// What is written and not yet durable.
    loose_octets: usize,
    loose_mails: usize,
    loose_since: Moment,
    /// UID ranges that are read to their end once what came so far is durable.
    closed: Vec<(MailboxId, Uid, Uid)>,
}

impl<'a> Intake<'a> {
    /// For bodies of this mailbox in this numbering.
    pub(super) fn new(account: &'a Arc<Account>, mailbox: MailboxId, uid_validity: u32) -> Self {
        Self {
            account,
            mailbox,
            uid_validity,
            gathered: Vec::new(),
            octets: 0,
            beginning: Vec::new(),
            length: 0,
            writing: None,
            came: 0,
            came_since: None,
            loose_octets: 0,
            loose_mails: 0,
            loose_since: account.clock.now(),
            closed: Vec::new(),
        }
    }

    /// With what came so far, every UID of this range is accounted for.
    pub(super) fn close(&mut self, low: Uid, high: Uid) {
        self.closed.push((self.mailbox, low, high));
    }

    /// Takes in what came. Waits for the store only when it is behind.
    pub(super) async fn add(&mut self, pieces: Vec<Piece>) -> Result<(), Stop> {
        for piece in pieces {
            let event = self.event(piece);
            self.gathered.push(event);
        }
        if self.octets >= HAND_OVER && !self.can_wait() {
            self.hand_over(false).await?;
        }
        Ok(())
    }

    /// What the store is told of a piece. Looking at each mail is done here, while the store writes others.
    fn event(&mut self, piece: Piece) -> BodyEvent {
        match piece {
            Piece::Start(size) => {
                self.beginning.clear();
                self.length = 0;
                self.came_since.get_or_insert_with(|| self.account.clock.precise());
                BodyEvent::Start(size)
            }
            Piece::Chunk(bytes) => {
                self.octets = self.octets.saturating_add(bytes.len());
                self.came = self.came.saturating_add(bytes.len() as u64);
                self.length = self.length.saturating_add(bytes.len() as u64);
                let room = BEGINNING.saturating_sub(self.beginning.len()).min(bytes.len());
                self.beginning.extend_from_slice(bytes.get(..room).unwrap_or_default());
                BodyEvent::Chunk(bytes)
            }
            Piece::End(None) => BodyEvent::Dropped,
            Piece::End(Some(uid)) => {
                self.loose_mails = self.loose_mails.saturating_add(1);
                BodyEvent::Ended(uid, Box::new(self.glance()))
            }
            Piece::Whole(mut email) => {
                self.loose_mails = self.loose_mails.saturating_add(1);
                let Glance { facts, preview, has_attachment } = self.glance();
                email.facts = facts;
                email.facts.has_attachment = has_attachment.unwrap_or(email.facts.has_attachment);
                email.preview = Some(preview);
                email.size = if email.size == 0 { self.length } else { email.size };
                if email.date == Instant::default() {
                    email.date = email.facts.written.unwrap_or_default();
                }
                BodyEvent::Whole(email)
            }
        }
    }

    fn glance(&self) -> Glance {
        mime::glance(&self.beginning, self.beginning.len() as u64 == self.length)
    }

    /// Whether the store is busy and there is room for more until it is done.
    fn can_wait(&self) -> bool {
        self.octets < MOST_WAITING && self.writing.as_ref().is_some_and(|writing| !writing.is_finished())
    }

    /// Octets that came since this was asked last, or since the first of them came, and how long that was.
    pub(super) fn take_pace(&mut self) -> (u64, Duration) {
        let now = self.account.clock.precise();
        let since = self.came_since.replace(now).unwrap_or(now);
        (std::mem::take(&mut self.came), now.saturating_sub(since))
    }

    /// The end of an exchange: what came is made durable if it is enough, or if nothing follows soon.
    pub(super) async fn exchange_ended(&mut self, is_last: bool) -> Result<(), Stop> {
        let waited = self.account.clock.now().since(self.loose_since);
        let is_enough = self.loose_octets.saturating_add(self.octets) >= OCTETS
            || self.loose_mails >= MAILS
            || waited >= WAIT;
        if is_last || (is_enough && !self.can_wait()) {
            self.hand_over(true).await?;
        }
        if is_last { self.written().await } else { Ok(()) }
    }

    async fn hand_over(&mut self, commit: bool) -> Result<(), Stop> {
        self.written().await?;
        let events = std::mem::take(&mut self.gathered);
        self.loose_octets = self.loose_octets.saturating_add(std::mem::take(&mut self.octets));
        if commit {
            self.loose_octets = 0;
            self.loose_mails = 0;
            self.loose_since = self.account.clock.now();
        }
        let (account, place) = (Arc::clone(self.account), (self.mailbox, self.uid_validity));
        let commit = commit.then(|| std::mem::take(&mut self.closed));
        // A task of its own: what was written is told even if this connection's task is stopped meanwhile.
        self.writing = Some(tokio::spawn(write(account, place, events, commit)));
        Ok(())
    }

    async fn written(&mut self) -> Result<(), Stop> {
        let Some(writing) = self.writing.take() else { return Ok(()) };
        let written = writing.await.unwrap_or_else(|error| Err(Error::new(ErrorKind::Bug).because(error)));
        Ok(written?)
    }
}

async fn write(
    account: Arc<Account>,
    (mailbox, uid_validity): (MailboxId, u32),
    events: Vec<BodyEvent>,
    commit: Option<Vec<(MailboxId, Uid, Uid)>>,
) -> Result<(), Error> {
    let id = account.id;
    let (arrived, changed) = account
        .write(move |writer| {
            writer.take_bodies(mailbox, uid_validity, events)?;
            match commit {
                Some(closed) => writer.commit_bodies(id, &closed).map(Some),
                None => Ok(None),
            }
        })
        .await?
        .unwrap_or_default();
    if arrived == Arrived::default() && changed == Changed::default() {
        return Ok(());
    }
    account.tell_arrived(arrived, changed);
    Ok(())
}
