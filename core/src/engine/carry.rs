//! Carrying out the person's wishes on the server, one run at a time.

use std::sync::Arc;
use std::time::Duration;

use super::account::{Account, Orphans};
use super::clock::Clock;
use super::line::Line;
use super::main_line::Stop;
use crate::command::Ticket;
use crate::error::{Error, ErrorKind};
use crate::imap::Capability;
use crate::imap::ops::OpError;
use crate::model::{Instant, MailboxId};
use crate::store::{Change, Changed, IntentRow, IntentState, Moved, Settled, Writer};
use crate::sync::intents::{Abilities, Ending, Item, Place, Run, Step, Want};

/// Mails of one run.
const MOST: usize = 500;
/// How often something is tried that the server keeps refusing for the moment.
const TRIES: u32 = 6;
/// The same where it is the line that fails: that alone is no reason to take a wish back, but something that ends
/// every line must not be sent for ever.
const TRIES_LOST: u32 = 24;
/// Before the second try; doubled each time.
const AGAIN: Duration = Duration::from_millis(500);

/// Whether something is due.
pub(super) async fn is_due(account: &Arc<Account>) -> Result<bool, Stop> {
    let id = account.id;
    Ok(account.write(move |writer| Ok(!writer.due_intents(id, Clock::wall(), 1)?.is_empty())).await?)
}

/// Carries out what is due. `false`: nothing was.
pub(super) async fn due(account: &Arc<Account>, line: &mut Line) -> Result<bool, Stop> {
    let id = account.id;
    let rows = account.write(move |writer| writer.due_intents(id, Clock::wall(), MOST)).await?;
    let Some(first) = rows.first().cloned() else { return Ok(false) };
    let (here, gone): (Vec<IntentRow>, Vec<IntentRow>) = rows.into_iter().partition(|row| row.uid.is_some());
    if !gone.is_empty() {
        nowhere(account, gone).await?;
    }
    if here.is_empty() {
        return Ok(true);
    }
    let (source, target) = (first.source, target(&first));
    let (source_folder, target_folder) = account
        .write(move |writer| {
            let target = match target {
                Some(target) => Some(writer.folder(target)?),
                None => None,
            };
            Ok((writer.folder(source)?, target))
        })
        .await?;
    let want = match (first.change, &target_folder) {
        (Change::Flags { add, remove }, _) => Want::Flags { add, remove },
        (Change::Expunge, _) => Want::Expunge,
        (Change::Move { .. }, Some(folder)) => Want::Move { to: Arc::clone(&folder.wire_name) },
        (Change::Move { .. }, None) => return Err(Stop::Store(Error::new(ErrorKind::Bug))),
    };
    let probe_from = (first.state == IntentState::Unknown)
        .then(|| here.iter().map(|row| row.target_uid_next).min().unwrap_or(0));
    let items = here
        .iter()
        .map(|row| Item {
            intent: row.id,
            uid: row.uid.unwrap_or(0),
            message_id: row.message_id.clone(),
            size: row.size,
            date: row.date,
        })
        .collect();
    let place =
        Place { mailbox: Arc::clone(&source_folder.wire_name), uid_validity: source_folder.uid_validity };
    let abilities = Abilities {
        moves: line.capabilities().has(Capability::Move),
        uidplus: line.capabilities().has(Capability::UidPlus),
    };
    let run = Run::new(place, want, abilities, items, probe_from);
    let (endings, broken) = drive(account, line, run).await?;
    conclude(account, &here, endings, broken.is_some()).await?;
    match broken {
        Some(error) => Err(Stop::Line(error)),
        None => Ok(true),
    }
}

fn target(row: &IntentRow) -> Option<MailboxId> {
    match row.change {
        Change::Move { to } => Some(to),
        Change::Flags { .. } | Change::Expunge => None,
    }
}

/// Makes a run's exchanges until it is over. The error is why the connection ended, if it did.
async fn drive(
    account: &Arc<Account>,
    line: &mut Line,
    mut run: Run,
) -> Result<(Vec<(i64, Ending)>, Option<Error>), Stop> {
    let mut broken = None;
    loop {
        let answer = match run.next_step() {
            Step::End(endings) => return Ok((endings, broken)),
            Step::Remember { intents, target_uid_next } => {
                let sent =
                    account.write(move |writer| writer.intents_sent(&intents, target_uid_next)).await?;
                run.go_on(&sent);
                continue;
            }
            Step::Enter(mailbox) => line.enter(&mailbox).await,
            Step::Ask(op) => line.ask(op).await,
        };
        if let Err(OpError::Lost { error, .. }) = &answer {
            broken = Some(error.clone());
        }
        run.answer(answer);
    }
}

/// Writes how each mail's run ended, and tells.
async fn conclude(
    account: &Arc<Account>,
    rows: &[IntentRow],
    endings: Vec<(i64, Ending)>,
    lost: bool,
) -> Result<(), Stop> {
    let mut outcome = Outcome { lost, ..Outcome::default() };
    for (intent, ending) in endings {
        let Some(row) = rows.iter().find(|row| row.id == intent) else { continue };
        outcome.add(row, ending);
    }
    {
        let mut todo = account.todo();
        for (row, error) in &outcome.refused {
            todo.errors.insert(row.operation, error.clone());
        }
        if !outcome.moved.is_empty() || !outcome.expunged.is_empty() {
            todo.orphans = Orphans::Some;
        }
    }
    let refused: Vec<(Ticket, Error)> =
        outcome.refused.iter().map(|(row, error)| (row.operation, error.clone())).collect();
    let look_at = std::mem::take(&mut outcome.look_at);
    account.settle(refused, move |writer| outcome.write(writer)).await?;
    for mailbox in look_at {
        account.look_at(mailbox);
    }
    Ok(())
}

/// Endings, sorted by what is written for them.
#[derive(Default)]
struct Outcome {
    /// The line ended meanwhile.
    lost: bool,
    flagged: Vec<i64>,
    expunged: Vec<i64>,
    moved: Vec<Moved>,
    retry: Vec<(i64, Instant)>,
    unknown: Vec<(i64, Instant)>,
    refused: Vec<(IntentRow, Error)>,
    look_at: Vec<MailboxId>,
}

impl Outcome {
    fn add(&mut self, row: &IntentRow, ending: Ending) {
        match (ending, row.change) {
            (Ending::Done, Change::Expunge) => self.expunged.push(row.id),
            (Ending::Done, _) => self.flagged.push(row.id),
            (Ending::Moved(target_uid), _) => {
                self.moved.push(Moved { intent: row.id, target_uid });
                if target_uid.is_none() {
                    self.see_again(target(row));
                }
            }
            (Ending::Retry, _) if row.tries >= if self.lost { TRIES_LOST } else { TRIES } => {
                let error = Error::note(ErrorKind::ServerRefused, "it was tried several times");
                self.refused.push((row.clone(), error));
                self.see_again(Some(row.source));
            }
            (Ending::Retry, _) => {
                self.retry.push((row.id, later(row.tries)));
                self.see_again(Some(row.source));
            }
            // After a lost line it is probed before anything else; a server that can't say is given time, and a
            // mailbox that was renumbered is read first.
            (Ending::Unknown, _) if self.lost && row.tries == 0 => self.unknown.push((row.id, Instant(0))),
            (Ending::Unknown, _) => {
                self.unknown.push((row.id, later(row.tries)));
                self.see_again(Some(row.source));
            }
            (Ending::Refused(error), _) => {
                self.refused.push((row.clone(), error));
                self.see_again(Some(row.source));
                self.see_again(target(row));
            }
            (Ending::Gone, _) => {
                self.refused.push((row.clone(), gone_error()));
                self.see_again(Some(row.source));
            }
        }
    }

    fn see_again(&mut self, mailbox: Option<MailboxId>) {
        if let Some(mailbox) = mailbox.filter(|mailbox| !self.look_at.contains(mailbox)) {
            self.look_at.push(mailbox);
        }
    }

    fn write(self, writer: &mut Writer) -> Result<(Vec<Settled>, Changed), Error> {
        let mut settled = Vec::new();
        let mut changed = Changed::default();
        let refused: Vec<i64> = self.refused.iter().map(|(row, _)| row.id).collect();
        for (more, also) in [
            writer.flags_done(&self.flagged)?,
            writer.expunges_done(&self.expunged)?,
            writer.moves_done(&self.moved)?,
            writer.intents_refused(&refused)?,
        ] {
            settled.extend(more);
            changed.and(also);
        }
        for (id, not_before) in self.retry {
            writer.intents_waiting(&[id], IntentState::Queued, not_before)?;
        }
        for (id, not_before) in self.unknown {
            writer.intents_waiting(&[id], IntentState::Unknown, not_before)?;
        }
        Ok((settled, changed))
    }
}

/// When something is tried again that was tried so often.
fn later(tries: u32) -> Instant {
    let wait = AGAIN.saturating_mul(1 << tries.min(8));
    Instant(Clock::wall().0.saturating_add(i64::try_from(wait.as_millis()).unwrap_or(0)))
}

fn gone_error() -> Error {
    Error::note(ErrorKind::NotFound, "the mail is no longer where it was")
}

/// Mails the server no longer has where the wish was made: deleted for ever is what was wanted of some, the others'
/// wishes can't be met.
async fn nowhere(account: &Arc<Account>, rows: Vec<IntentRow>) -> Result<(), Stop> {
    let mut outcome = Vec::new();
    for row in &rows {
        let ending = match (row.change, row.state) {
            (Change::Expunge, _) => Ending::Done,
            // Its move was under way: gone from here is what it would look like. The target will tell.
            (Change::Move { .. }, IntentState::Unknown) => Ending::Moved(None),
            _ => Ending::Gone,
        };
        outcome.push((row.id, ending));
    }
    conclude(account, &rows, outcome, false).await
}
