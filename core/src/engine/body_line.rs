//! The connection that fetches bodies: the one on the screen first, then newest first, mailbox by mailbox.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::account::{Account, Want, What};
use super::clock::Backoff;
use super::intake::{Intake, Piece};
use super::line::{BodiesOrAnswer, Line};
use super::main_line::{Stop, lost};
use super::parts::{self, Ended as PartEnded};
use super::pool::FETCHES;
use crate::error::{Error, ErrorKind};
use crate::event::Done;
use crate::imap::ops::{Answer, Op, OpError};
use crate::imap::{OpId, Uid, UidSet};
use crate::model::{AccountState, EmailId, MailboxId};
use crate::store::{Bulk, FolderState};
use crate::sync::folder::body_range;

/// Of one exchange.
const MAILS: usize = 100;
const BYTES: u64 = 1 << 20;
/// Mails of the first exchange, which is to tell how fast mail comes: enough for that on a fast connection, and soon here
/// on a slow one.
const FIRST: usize = 40;
/// Exchanges under way at once: the server works on the next while this one is written.
const AHEAD: usize = 2;
/// How long a look at a renumbered mailbox is waited for.
const NUMBERING: Duration = Duration::from_secs(2);
/// So many mails, and octets in all, come sooner over the main connection than over one that is yet to be opened.
const LITTLE: (usize, u64) = (MAILS / 4, BYTES / 4);
/// A connection without work is given back after this.
const LINGER: Duration = Duration::from_secs(60);

/// Runs for as long as the account is here.
pub(super) async fn run(account: Arc<Account>) {
    let mut backoff = Backoff::default();
    loop {
        account.life.network_comes().await;
        account.pool.wait_to_allow(FETCHES).await;
        online(&account).await;
        match has_work(&account).await {
            Ok(true) => {}
            Ok(false) => {
                account.bodies.notified().await;
                continue;
            }
            Err(_) => {
                sleep(Duration::from_secs(5)).await;
                continue;
            }
        }
        let ended = tokio::select! {
            ended = connected(&account, &mut backoff) => ended,
            () = account.life.network_goes() => {
                account.settled().await;
                Ended::Well
            }
            // The main connection fetches then.
            () = account.pool.wait_to_refuse(FETCHES) => Ended::Well,
        };
        if let Ended::Badly = ended {
            tokio::select! {
                () = pause(&account, backoff.next()) => {}
                () = account.life.shaken() => backoff.reset(),
            }
        }
    }
}

/// How a connection ended.
enum Ended {
    /// There is nothing left, or it isn't the server's doing.
    Well,
    /// The next one waits.
    Badly,
}

/// One connection from its beginning to its end.
async fn connected(account: &Arc<Account>, backoff: &mut Backoff) -> Ended {
    let Some(credentials) = account.credentials() else {
        sleep(Duration::from_secs(1)).await;
        return Ended::Well;
    };
    let opened = tokio::select! {
        opened = account.open_line(credentials) => opened,
        () = account.life.shaken() => return Ended::Well,
    };
    let mut line = match opened {
        Ok(line) => line,
        Err(why) => {
            let is_online = *account.state.borrow() == AccountState::Online;
            if is_online && account.pool.refused(&why) && !account.pool.allows(FETCHES) {
                // Who waits for a mail gets it from the main connection.
                account.work.notify_one();
                return Ended::Well;
            }
            // Who waits for a mail isn't kept waiting for as long as this may take.
            account.answer_emails(&why.into_error());
            return Ended::Badly;
        }
    };
    let _lease = account.pool.opened();
    let _fetching = Fetching::begin(account);
    let worked = work(account, &mut line).await;
    if std::mem::take(&mut account.todo().bodies_came) {
        backoff.reset();
    }
    match worked {
        Ok(()) => {
            line.log_out().await;
            backoff.reset();
            Ended::Well
        }
        Err(Stop::Line(error)) if error.kind() == ErrorKind::Canceled => Ended::Well,
        Err(stop) => {
            stopped(account, &stop);
            Ended::Badly
        }
    }
}

/// While it lives, the main connection leaves bodies to this one.
struct Fetching<'a>(&'a Account);

impl<'a> Fetching<'a> {
    fn begin(account: &'a Account) -> Self {
        account.fetching.store(true, Ordering::SeqCst);
        Self(account)
    }
}

impl Drop for Fetching<'_> {
    fn drop(&mut self) {
        self.0.fetching.store(false, Ordering::SeqCst);
        // What is left may be little.
        self.0.work.notify_one();
    }
}

/// Waits, or less if the person wants a mail. That ends: each try answers one of them at least.
async fn pause(account: &Account, wait: Duration) {
    let wait = sleep(wait);
    tokio::pin!(wait);
    while account.todo().emails.is_empty() {
        tokio::select! {
            () = &mut wait => return,
            () = account.bodies.notified() => {}
        }
    }
}

fn stopped(account: &Account, stop: &Stop) {
    match stop {
        Stop::Line(error) => tracing::debug!(account = account.id.0, %error, "body connection ended"),
        Stop::Store(error) => {
            // The main connection keeps its state; the person is told what holds up the download.
            account.set_state(AccountState::Failed, Some(error.clone()));
        }
    }
}

/// Waits until the main connection is signed in: a refused sign-in is never tried a second time from here.
async fn online(account: &Account) {
    let mut state = account.state.subscribe();
    let _ = state.wait_for(|state| *state == AccountState::Online || *state == AccountState::Failed).await;
}

/// How much there is to fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waiting {
    Nothing,
    /// The main connection does it as soon as it has nothing more urgent.
    Little,
    /// That, or something that didn't come when it was asked for, which may be what ends every connection.
    Much,
}

async fn has_work(account: &Account) -> Result<bool, Error> {
    Ok(!account.todo().emails.is_empty() || waiting(account).await? == Waiting::Much)
}

/// How much there is to fetch without being asked.
pub(super) async fn waiting(account: &Account) -> Result<Waiting, Error> {
    let (id, bulk) = (account.id, account.life.bulk());
    account
        .write(move |writer| {
            let (mut mails, mut octets) = (0_usize, 0_u64);
            for folder in writer.folders(id)?.into_iter().filter(is_numbered) {
                for body in writer.bodies_to_fetch(folder.id, LITTLE.0 + 1, bulk)? {
                    mails += 1;
                    octets = octets.saturating_add(body.size);
                    if mails > LITTLE.0 || octets > LITTLE.1 || body.tries > 0 {
                        return Ok(Waiting::Much);
                    }
                }
            }
            Ok(if mails == 0 { Waiting::Nothing } else { Waiting::Little })
        })
        .await
}

/// Fetches until there is nothing left for a while.
async fn work(account: &Arc<Account>, line: &mut Line) -> Result<(), Stop> {
    loop {
        if !line.pack(&mut account.packing()) {
            // It was compressed, and that has shown to be slower: the next one won't be.
            return Ok(());
        }
        if wanted_by_person(account, line, Portion::Large).await? {
            continue;
        }
        if some(account, line, Portion::Large).await? {
            if *account.state.borrow() == AccountState::Failed {
                account.set_state(AccountState::Online, None);
            }
            continue;
        }
        // With an ear on it: while it lives the main connection leaves bodies to it.
        let mut is_over = false;
        let over = async { is_over = timeout(LINGER, account.bodies.notified()).await.is_err() };
        if line.listen(over).await.is_err() || is_over {
            return Ok(());
        }
        line.changed = false;
    }
}

/// Fetches the mail that the person wants most, or a file. `false`: there is none.
pub(super) async fn wanted_by_person(
    account: &Arc<Account>,
    line: &mut Line,
    portion: Portion,
) -> Result<bool, Stop> {
    let Some(want) = account.todo().most_wanted() else { return Ok(false) };
    if let What::Part(number) = want.what {
        return part_wanted_by_person(account, line, (&want, number), portion).await;
    }
    let fetched = tokio::select! {
        fetched = one(account, line, want.email, want.what) => fetched,
        // What is under way of it can only be stopped by closing the connection.
        () = account.no_longer_wanted(want.ticket) => {
            account.todo().read_in_part(want.email);
            return Err(Stop::Line(Error::new(ErrorKind::Canceled)));
        }
    };
    let outcome = match &fetched {
        Ok(outcome) => outcome.clone(),
        Err(Stop::Line(error) | Stop::Store(error)) => Err(error.clone()),
    };
    account.answer_email(want.ticket, outcome);
    fetched.map(|_| true)
}

/// The same for a file, which goes on over another connection when this one is lost.
async fn part_wanted_by_person(
    account: &Arc<Account>,
    line: &mut Line,
    (want, number): (&Want, u32),
    portion: Portion,
) -> Result<bool, Stop> {
    match parts::part(account, line, (want, number), portion).await {
        Ok(PartEnded::Later) => Ok(true),
        Ok(PartEnded::Finally(outcome)) => {
            account.answer_email(want.ticket, outcome);
            Ok(true)
        }
        Err(Stop::Line(error)) => {
            if !account.todo().part_goes_on(want.ticket) {
                account.answer_email(want.ticket, Err(error.clone()));
            }
            Err(Stop::Line(error))
        }
        Err(Stop::Store(error)) => {
            account.answer_email(want.ticket, Err(error.clone()));
            Err(Stop::Store(error))
        }
    }
}

/// The body of the mail on the screen. It may be on its way to another mailbox: then it is asked for there. Of a large one that is
/// only to be read its large files are left out.
pub(super) async fn one(
    account: &Arc<Account>,
    line: &mut Line,
    email: EmailId,
    what: What,
) -> Result<Result<Done, Error>, Stop> {
    for _ in 0..3 {
        let place = account.write(move |writer| writer.wanted_body(email)).await?;
        let Some((mailbox, uid)) = place else { return Ok(Ok(Done::Nothing)) };
        if what == What::Body && parts::read_in_part(account, line, email).await? {
            return Ok(Ok(Done::Nothing));
        }
        let folder = account.write(move |writer| writer.folder(mailbox)).await?;
        fetch(account, line, &folder, VecDeque::from([UidSet::of([uid])]), None).await?;
    }
    let came = account.write(move |writer| writer.wanted_body(email)).await?.is_none();
    Ok(if came { Ok(Done::Nothing) } else { Err(Error::new(ErrorKind::NotFound)) })
}

/// How much is fetched before anything else gets its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Portion {
    /// One exchange, and a short one.
    Small,
    /// As much as there is.
    Large,
}

/// Some more of what is missing and to be here. `false`: nothing is.
pub(super) async fn some(account: &Arc<Account>, line: &mut Line, portion: Portion) -> Result<bool, Stop> {
    let (id, bulk) = (account.id, account.life.bulk());
    let (mails, bytes) = match portion {
        Portion::Small => LITTLE,
        Portion::Large => (MAILS, BYTES),
    };
    let on_screen = account.todo().on_screen;
    // The first ones tell how fast mail comes.
    let most = {
        let packing = account.packing();
        if packing.is_open() {
            FIRST
        } else if packing.is_certain() {
            8 * MAILS
        } else {
            MAILS
        }
    };
    let found = account
        .write(move |writer| {
            let mut folders = writer.folders(id)?;
            folders.retain(is_numbered);
            folders.sort_by_key(|folder| Some(folder.id) != on_screen);
            for folder in folders {
                let wanted = writer.bodies_to_fetch(folder.id, most, bulk)?;
                if !wanted.is_empty() {
                    return Ok(Some((folder, wanted)));
                }
            }
            Ok(None)
        })
        .await?;
    let Some((folder, wanted)) = found else { return Ok(false) };
    let mut ranges = VecDeque::new();
    // One of those that didn't come may be what ends every line: alone it keeps no other from coming.
    let (fresh, failed): (Vec<_>, Vec<_>) = wanted.into_iter().partition(|wanted| wanted.tries == 0);
    let fresh: Vec<(Uid, u64)> = fresh.iter().map(|wanted| (wanted.uid, wanted.size)).collect();
    let mut rest = fresh.as_slice();
    while !rest.is_empty() {
        let range = body_range(rest, mails.min(line.most_uids()), bytes);
        rest = rest.get(range.iter().count()..).unwrap_or_default();
        ranges.push_back(range);
    }
    ranges.extend(failed.iter().map(|wanted| UidSet::of([wanted.uid])));
    if portion == Portion::Small {
        ranges.truncate(1);
    }
    fetch(account, line, &folder, ranges, Some(bulk)).await?;
    Ok(true)
}

/// Whether the mailbox was looked at: before that, UIDs in it (of mails moved there) belong to no known numbering.
fn is_numbered(folder: &FolderState) -> bool {
    folder.uid_validity != 0
}

/// Fetches ranges of one mailbox, each made durable before it counts. One that goes by what may be fetched
/// unasked ends early when that changes, or when the person wants another mail.
async fn fetch(
    account: &Arc<Account>,
    line: &mut Line,
    folder: &FolderState,
    mut ranges: VecDeque<UidSet>,
    unasked: Option<Bulk>,
) -> Result<(), Stop> {
    let everything: Vec<Uid> = ranges.iter().flat_map(|range| range.iter().collect::<Vec<_>>()).collect();
    match entered(account, line, folder).await? {
        Entered::Well => {}
        Entered::Renumbered => return Ok(()),
        Entered::Refused => return give_up(account, folder.id, everything).await,
    }
    let _alone = account.intake.lock().await;
    let mut intake = Intake::new(account, folder.id, folder.uid_validity);
    let mut under_way: VecDeque<(OpId, UidSet)> = VecDeque::new();
    loop {
        let stop_early =
            unasked.is_some_and(|bulk| bulk != account.life.bulk() || !account.todo().emails.is_empty());
        while under_way.len() < AHEAD && !stop_early {
            let Some(range) = ranges.pop_front() else { break };
            under_way.push_back((line.submit(Op::FetchBodies { uids: range.clone() }), range));
        }
        let Some((op, range)) = under_way.pop_front() else { return intake.exchange_ended(true).await };
        let (came, broken) = take_in(line, &mut intake, op).await?;
        // What came whole before a connection was lost is kept as well.
        intake.exchange_ended(broken.is_some()).await?;
        let not_come: Vec<Uid> = range.iter().filter(|uid| !came.contains(uid)).collect();
        if !not_come.is_empty() {
            // They may have come to the mailbox after it was selected: the next time it is selected anew.
            line.leave();
            give_up(account, folder.id, not_come).await?;
        }
        if let Some(stop) = broken {
            return Err(stop);
        }
    }
}

/// How it went to enter a mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entered {
    Well,
    /// Its numbers are no longer those that are known: it is being looked at.
    Renumbered,
    Refused,
}

/// Whether the line is in that mailbox now, in the numbering that is known of it.
pub(super) async fn enter(
    account: &Arc<Account>,
    line: &mut Line,
    folder: &FolderState,
) -> Result<bool, Stop> {
    Ok(entered(account, line, folder).await? == Entered::Well)
}

async fn entered(account: &Arc<Account>, line: &mut Line, folder: &FolderState) -> Result<Entered, Stop> {
    let mut entered = line.enter(&folder.wire_name).await;
    if matches!(&entered, Ok(Answer::Selected(selected)) if selected.uid_validity != folder.uid_validity) {
        // It was selected before it was renumbered.
        entered = line.ask(Op::Select { mailbox: Arc::clone(&folder.wire_name) }).await;
    }
    match entered {
        Ok(Answer::Selected(selected)) if selected.uid_validity == folder.uid_validity => Ok(Entered::Well),
        Ok(_) => {
            // Renumbered, or not looked at yet: nobody's fault but time's. The look at it says when it is over.
            line.leave();
            account.look_at(folder.id);
            let _ = timeout(NUMBERING, account.bodies.notified()).await;
            Ok(Entered::Renumbered)
        }
        Err(error @ OpError::Lost { .. }) => Err(lost(error)),
        Err(_) => Ok(Entered::Refused),
    }
}

/// They didn't come this time.
async fn give_up(account: &Arc<Account>, mailbox: MailboxId, uids: Vec<Uid>) -> Result<(), Stop> {
    Ok(account.write(move |writer| writer.bodies_missed(mailbox, &uids)).await?)
}

/// Takes in the bodies of one exchange. Gives their UIDs, and what ended the line meanwhile.
pub(super) async fn take_in(
    line: &mut Line,
    intake: &mut Intake<'_>,
    op: OpId,
) -> Result<(HashSet<Uid>, Option<Stop>), Stop> {
    let mut ended = HashSet::new();
    let answer = loop {
        match line.bodies_or_answer(op).await {
            BodiesOrAnswer::Bodies(pieces) => {
                ended.extend(pieces.iter().filter_map(|piece| match piece {
                    Piece::End(uid) => *uid,
                    Piece::Whole(email) => Some(email.uid),
                    Piece::Start(_) | Piece::Chunk(_) => None,
                }));
                intake.add(pieces).await?;
            }
            BodiesOrAnswer::Answer(answer) => break answer,
        }
    };
    match answer {
        Ok(Answer::Bodies(uids)) => Ok((uids.into_iter().collect(), None)),
        Err(error @ OpError::Lost { .. }) => Ok((ended, Some(lost(error)))),
        Ok(_) | Err(_) => Ok((ended, None)),
    }
}
