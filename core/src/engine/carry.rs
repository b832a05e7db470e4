//! Carrying out the person's wishes on the server, one run at a time.

use std::sync::Arc;
use std::time::Duration;

use super::account::{Account, Orphans};
use super::clock::Clock;
use super::filing;
use super::line::Line;
use super::mailboxes;
use super::main_line::Stop;
use crate::command::Ticket;
use crate::error::{Error, ErrorKind, Limited};
use crate::imap::ops::{Answer, Op, OpError};
use crate::imap::{Capability, Uid, UidSet};
use crate::model::{Instant, MailboxId};
use crate::store::{Change, Changed, IntentRow, IntentState, Moved, Settled, Writer};
use crate::sync::intents::{Abilities, AppendRun, Ending, Item, Mail, Place, Run, Step, Want};

/// Mails of one run.
const MOST: usize = 500;
/// How often something is tried that the server keeps refusing for the moment.
pub(super) const TRIES: u32 = 6;
/// The same where it is the line that fails: that alone is no reason to take a wish back, but something that ends
/// every line must not be sent for ever.
pub(super) const TRIES_LOST: u32 = 24;
/// What was sent on a line that is lost may still be on its way for that long.
pub(super) const ARRIVED: Duration = Duration::from_millis(500);
/// Before the second try; doubled each time.
const AGAIN: Duration = Duration::from_millis(500);

/// Whether something is due.
pub(super) async fn is_due(account: &Arc<Account>) -> Result<bool, Stop> {
    let (id, reader) = (account.id, account.store.reader());
    // The writer is busy with what comes in: it isn't waited for to hear that there is nothing.
    let is_waiting = tokio::task::spawn_blocking(move || reader.has_open_intents(id)).await;
    if matches!(is_waiting, Ok(Ok(false))) {
        return Ok(false);
    }
    Ok(account.write(move |writer| Ok(!writer.due_intents(id, Clock::wall(), 1)?.is_empty())).await?)
}

/// Carries out what is due. `false`: nothing was.
pub(super) async fn due(account: &Arc<Account>, line: &mut Line) -> Result<bool, Stop> {
    let id = account.id;
    if mailboxes::due(account, line).await? {
        return Ok(true);
    }
    let most = MOST.min(line.most_uids());
    let rows = account.write(move |writer| writer.due_intents(id, Clock::wall(), most)).await?;
    let Some(first) = rows.first().cloned() else { return Ok(false) };
    if matches!(first.change, Change::Send) {
        return filing::find_out(account, line, &first).await;
    }
    if let Change::Append { to } = first.change {
        if first.was_sent && filing::is_kept_by_server(account, line, &first, to).await? {
            return Ok(true);
        }
        return hand_over(account, line, &first, to).await;
    }
    // Whether a copy was made, or a mail that is gone from here was moved, is asked of the target alone.
    let is_here = |row: &IntentRow| {
        let asks = match row.change {
            Change::Copy { .. } => true,
            Change::Move { .. } => !row.server_id.is_of_mail(),
            _ => false,
        };
        row.uid.is_some() || asks && row.state == IntentState::Unknown
    };
    let (here, gone): (Vec<IntentRow>, Vec<IntentRow>) = rows.into_iter().partition(is_here);
    if !gone.is_empty() {
        nowhere(account, gone).await?;
    }
    if here.is_empty() {
        return Ok(true);
    }
    let (source, target) = (first.source, target(&first));
    let these = here.clone();
    let (source_folder, target_folder, others) = account
        .write(move |writer| {
            let others = match target {
                Some(target) => writer.known_before(target, &these)?,
                None => UidSet::default(),
            };
            let target = match target {
                Some(target) => Some(writer.folder(target)?),
                None => None,
            };
            Ok((writer.folder(source)?, target, others))
        })
        .await?;
    let want = match (first.change.clone(), &target_folder) {
        (Change::Flags { add, remove }, _) => Want::Flags { add, remove },
        (Change::Keywords { add, remove }, _) => Want::Keywords { add, remove },
        (Change::Expunge, _) => Want::Expunge,
        (Change::Move { .. }, Some(folder)) => Want::Move { to: Arc::clone(&folder.wire_name) },
        (Change::Copy { .. }, Some(folder)) => Want::Copy { to: Arc::clone(&folder.wire_name) },
        (Change::Move { .. } | Change::Copy { .. } | Change::Append { .. } | Change::Send, _) => {
            return Err(Stop::Store(Error::new(ErrorKind::Bug)));
        }
    };
    let probe_from = (first.state == IntentState::Unknown)
        .then(|| here.iter().map(|row| row.target_uid_next).min().unwrap_or(0));
    let items = here
        .iter()
        .zip((1..=Uid::MAX).rev())
        .map(|(row, nowhere)| Item {
            intent: row.id,
            uid: row.uid.unwrap_or(nowhere),
            is_gone: row.uid.is_none(),
            is_another: row.base.0 == source_folder.uid_validity
                && row.uid.is_some_and(|uid| row.base.1 != 0 && row.base.1 != uid),
            message_id: row.message_id.clone(),
            size: row.size,
            date: row.date,
            server_id: row.server_id.clone(),
            there: row.there,
        })
        .collect();
    let place =
        Place { mailbox: Arc::clone(&source_folder.wire_name), uid_validity: source_folder.uid_validity };
    let abilities = Abilities {
        moves: line.capabilities().has(Capability::Move),
        uidplus: line.capabilities().has(Capability::UidPlus),
    };
    let known = target_folder.map_or(0, |folder| folder.uid_validity);
    let mut run = Run::new(place, want, abilities, items, probe_from)
        .numbered(first.target_validity)
        .beside(known, others);
    let (endings, broken) = drive(account, line, &mut run, &[]).await?;
    let (told, named, lost) = (run.numbering(), run.named(), broken.is_some());
    let numbering = Numbering { told, known, named, lost, lingers: run.lingers() };
    conclude(account, &here, endings, numbering).await?;
    let not_kept = run.take_not_kept();
    if !not_kept.is_empty() {
        let changed = account.write(move |writer| writer.apply_flags(source, &not_kept, &[])).await?;
        account.tell_changed(changed);
    }
    match broken {
        Some(error) => Err(Stop::Line(error)),
        None => Ok(true),
    }
}

/// Hands a mail over to the server.
async fn hand_over(
    account: &Arc<Account>,
    line: &mut Line,
    row: &IntentRow,
    to: MailboxId,
) -> Result<bool, Stop> {
    let (reader, email) = (account.store.reader(), row.email);
    let octets = tokio::task::spawn_blocking(move || reader.raw(email))
        .await
        .unwrap_or_else(|error| Err(Error::new(ErrorKind::Bug).because(error)));
    let rows = std::slice::from_ref(row);
    let octets = match (octets, row.origin) {
        (Ok(octets), _) if !octets.is_empty() => octets,
        // What is kept of it is damaged, or nothing is: its own server has it still, perhaps.
        (Err(error), Some(origin))
            if matches!(error.kind(), ErrorKind::StorageFailed | ErrorKind::NotFound) =>
        {
            let again = account.write(move |writer| writer.body_damaged(origin)).await;
            let ending = match again {
                Ok(()) => Ending::Retry,
                Err(_) if error.kind() == ErrorKind::NotFound => Ending::Gone,
                Err(_) => Ending::Refused(error),
            };
            conclude(account, rows, vec![(row.id, ending)], Numbering::default()).await?;
            return Ok(true);
        }
        (Err(error), _) if error.kind() != ErrorKind::NotFound => return Err(Stop::Store(error)),
        (Ok(_) | Err(_), _) => {
            conclude(account, rows, vec![(row.id, Ending::Gone)], Numbering::default()).await?;
            return Ok(true);
        }
    };
    let size = octets.len() as u64;
    if let Some(limit) = line.capabilities().append_limit().filter(|limit| size > *limit) {
        let error = Error::limit(Limited::Octets, size, limit);
        conclude(account, rows, vec![(row.id, Ending::Refused(error))], Numbering::default()).await?;
        return Ok(true);
    }
    let these = vec![row.clone()];
    let (folder, others) =
        account.write(move |writer| Ok((writer.folder(to)?, writer.known_before(to, &these)?))).await?;
    let mail = Mail {
        intent: row.id,
        mailbox: Arc::clone(&folder.wire_name),
        flags: row.flags.clone(),
        date: row.date,
        message_id: row.message_id.clone(),
        size: octets.len() as u64,
    };
    let probe_from =
        (row.state == IntentState::Unknown).then_some((row.target_uid_next, row.target_validity));
    let mut run = AppendRun::new(mail, row.precedes, probe_from).beside(folder.uid_validity, others);
    let (endings, broken) = drive(account, line, &mut run, &octets).await?;
    // Where the same octets are one mail, only the mail itself tells which one it became.
    let told = if line.capabilities().has(Capability::Gmail) { 0 } else { run.numbering() };
    let (known, named, lost) = (folder.uid_validity, run.named(), broken.is_some());
    let numbering = Numbering { told, known, named, lost, lingers: false };
    conclude(account, rows, endings, numbering).await?;
    match broken {
        Some(error) => Err(Stop::Line(error)),
        None => Ok(true),
    }
}

fn target(row: &IntentRow) -> Option<MailboxId> {
    match row.change {
        Change::Move { to } | Change::Copy { to } | Change::Append { to } => Some(to),
        Change::Flags { .. } | Change::Keywords { .. } | Change::Expunge | Change::Send => None,
    }
}

/// Makes a run's exchanges until it is over; `octets` are those of the mail it hands over. The error is why the
/// connection ended, if it did.
async fn drive(
    account: &Arc<Account>,
    line: &mut Line,
    run: &mut impl Course,
    octets: &[u8],
) -> Result<(Vec<(i64, Ending)>, Option<Error>), Stop> {
    let mut broken = None;
    loop {
        let answer = match run.next_step() {
            Step::End(endings) => return Ok((endings, broken)),
            Step::Remember { intents, target_uid_next, target_validity } => {
                let sent = account
                    .write(move |writer| writer.intents_sent(&intents, target_uid_next, target_validity))
                    .await?;
                run.go_on(&sent);
                continue;
            }
            Step::Enter(mailbox) => line.enter(&mailbox).await,
            Step::Ask(op @ Op::Append { .. }) => line.append(op, octets).await,
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
    numbering: Numbering,
) -> Result<(), Stop> {
    let mut outcome = Outcome { numbering, ..Outcome::default() };
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

/// What is known of a run as a whole.
#[derive(Clone, Copy, Debug, Default)]
struct Numbering {
    /// The UIDVALIDITY that UIDs in the target belong to, and the one that is known here.
    told: u32,
    known: u32,
    /// The server itself named those UIDs.
    named: bool,
    /// The line ended meanwhile.
    lost: bool,
    /// Nothing can be expunged alone: what was moved or deleted is still there, marked.
    lingers: bool,
}

/// Endings, sorted by what is written for them.
#[derive(Default)]
struct Outcome {
    numbering: Numbering,
    flagged: Vec<i64>,
    tagged: Vec<i64>,
    expunged: Vec<i64>,
    moved: Vec<Moved>,
    arrived: Vec<Moved>,
    /// Mailboxes of mails that are gone here and linger there.
    left_marked: Vec<MailboxId>,
    homeless: Vec<(IntentRow, Error)>,
    retry: Vec<(i64, Instant)>,
    unknown: Vec<(i64, Instant)>,
    refused: Vec<(IntentRow, Error)>,
    look_at: Vec<MailboxId>,
}

impl Outcome {
    fn add(&mut self, row: &IntentRow, ending: Ending) {
        if self.numbering.lingers
            && matches!(row.change, Change::Move { .. } | Change::Expunge)
            && matches!(ending, Ending::Done | Ending::Moved(_))
            && !self.left_marked.contains(&row.source)
        {
            self.left_marked.push(row.source);
        }
        match (ending, &row.change) {
            (Ending::Done, Change::Expunge) => self.expunged.push(row.id),
            (Ending::Done, Change::Keywords { .. }) => self.tagged.push(row.id),
            (Ending::Done, _) => self.flagged.push(row.id),
            (Ending::Moved(target_uid), change) => {
                let target_validity = self.numbering.told;
                let named = self.numbering.named;
                let moved = Moved { intent: row.id, target_uid, target_validity, named };
                match change {
                    Change::Copy { .. } | Change::Append { .. } => self.arrived.push(moved),
                    _ => self.moved.push(moved),
                }
                if target_uid.is_none() || target_validity != self.numbering.known || target_validity == 0 {
                    self.see_again(target(row));
                }
            }
            (Ending::NoMailbox(error), _) if row.tries < TRIES => self.homeless.push((row.clone(), error)),
            (Ending::NoMailbox(error), _) => self.refused.push((row.clone(), error)),
            (Ending::Retry, _) if row.tries >= if self.numbering.lost { TRIES_LOST } else { TRIES } => {
                let error = Error::note(ErrorKind::ServerRefused, "it was tried several times");
                self.refused.push((row.clone(), error));
                self.see_again(Some(row.source));
            }
            (Ending::Retry, _) => {
                self.retry.push((row.id, later(row.tries)));
                self.see_again(Some(row.source));
            }
            (Ending::Unknown, _) if row.tries >= TRIES_LOST => {
                let error =
                    Error::note(ErrorKind::ServerRefused, "it can't be found out whether it was done");
                self.refused.push((row.clone(), error));
                self.see_again(Some(row.source));
                self.see_again(target(row));
            }
            // After a lost line it is probed as soon as whatever was sent must have arrived, else it would be done a
            // second time; a server that can't say is given time, and a mailbox that was renumbered is read first.
            (Ending::Unknown, _) if self.numbering.lost && row.tries == 0 => {
                self.unknown.push((row.id, after(ARRIVED)));
            }
            (Ending::Unknown, _) => {
                self.unknown.push((row.id, later(row.tries)));
                self.see_again(Some(row.source));
                self.see_again(target(row));
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
        // A mail that is handed over comes from no mailbox.
        if let Some(mailbox) = mailbox.filter(|mailbox| mailbox.0 != 0 && !self.look_at.contains(mailbox)) {
            self.look_at.push(mailbox);
        }
    }

    fn write(mut self, writer: &mut Writer) -> Result<(Vec<Settled>, Changed), Error> {
        let mut settled = Vec::new();
        let mut changed = Changed::default();
        for (row, error) in std::mem::take(&mut self.homeless) {
            match target(&row).map(|target| writer.make_target(row.id, target)) {
                Some(Ok(())) => writer.intents_waiting(&[row.id], IntentState::Queued, Instant(0))?,
                _ => self.refused.push((row, error)),
            }
        }
        for mailbox in &self.left_marked {
            // Its mails are one more than are known, which one that went meanwhile would hide.
            writer.folder_out_of_step(*mailbox)?;
        }
        let refused: Vec<(i64, Error)> =
            self.refused.iter().map(|(row, error)| (row.id, error.clone())).collect();
        for (more, also) in [
            writer.flags_done(&self.flagged)?,
            writer.keywords_done(&self.tagged)?,
            writer.expunges_done(&self.expunged)?,
            writer.moves_done(&self.moved)?,
            writer.arrivals_done(&self.arrived)?,
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
pub(super) fn later(tries: u32) -> Instant {
    after(AGAIN.saturating_mul(1 << tries.min(8)))
}

pub(super) fn after(wait: Duration) -> Instant {
    Instant(Clock::wall().0.saturating_add(i64::try_from(wait.as_millis()).unwrap_or(0)))
}

pub(super) fn gone_error() -> Error {
    Error::note(ErrorKind::NotFound, "the mail is no longer where it was")
}

/// Mails the server no longer has where the wish was made: deleted for ever is what was wanted of some, the others'
/// wishes can't be met.
async fn nowhere(account: &Arc<Account>, rows: Vec<IntentRow>) -> Result<(), Stop> {
    let (rows, vanished) = account
        .write(move |writer| {
            let rows = writer.begin_elsewhere(rows)?;
            let mut vanished = Vec::new();
            for row in &rows {
                if !vanished.contains(&row.source) && !writer.is_listed(row.source)? {
                    vanished.push(row.source);
                }
            }
            Ok((rows, vanished))
        })
        .await?;
    let mut outcome = Vec::new();
    for row in &rows {
        let ending = match (&row.change, row.state) {
            // With labels it may have been taken out of Trash, and be where nobody has looked yet; where its mailbox went it may
            // be in that one by another name.
            (Change::Expunge, _) if !row.server_id.is_of_mail() && !vanished.contains(&row.source) => {
                Ending::Done
            }
            // Another device put it there (labels).
            (Change::Move { .. }, _) if row.there.is_some() => Ending::Moved(None),
            // Its move was under way: gone from here is what it would look like. The target will tell.
            (Change::Move { .. }, IntentState::Unknown) => Ending::Moved(None),
            _ => Ending::Gone,
        };
        outcome.push((row.id, ending));
    }
    conclude(account, &rows, outcome, Numbering::default()).await
}

/// What has steps.
trait Course {
    fn next_step(&mut self) -> Step;
    fn go_on(&mut self, remembered: &[i64]);
    fn answer(&mut self, answer: Result<Answer, OpError>);
}

impl Course for Run {
    fn next_step(&mut self) -> Step {
        self.next_step()
    }
    fn go_on(&mut self, remembered: &[i64]) {
        self.go_on(remembered);
    }
    fn answer(&mut self, answer: Result<Answer, OpError>) {
        self.answer(answer);
    }
}

impl Course for AppendRun {
    fn next_step(&mut self) -> Step {
        self.next_step()
    }
    fn go_on(&mut self, remembered: &[i64]) {
        self.go_on(remembered);
    }
    fn answer(&mut self, answer: Result<Answer, OpError>) {
        self.answer(answer);
    }
}
